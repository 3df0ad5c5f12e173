# SPDX-License-Identifier: Apache-2.0
"""client_identity_headers: what a backend is told of the client, and that no client can tell it that itself."""

import base64
import itertools
import os
import random
import re
import urllib.parse

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from support.client_certs import TLS
from support.http2 import Http2, context, head
from support.pki import CLIENT_SUBJECTS
from support.protocols import both, connect
from support.rawhttp import Conn, tls_context

pytestmark = pytest.mark.yett_only("nginx has no such directive")

VERIFY = "ssl_client_certificate @PKI@/ca.crt; ssl_verify_depth 3; ssl_verify_client optional;"
SITE = f"""
map $ssl_client_s_dn $who {{ default "somebody"; "" ""; }}
underscores_in_headers on; ignore_invalid_headers off;
upstream app {{ server @B@; }}
server {{ listen 127.0.0.1:@PORT@ ssl; server_name one.test; {TLS} {VERIFY} client_identity_headers rfc9440;
    location / {{ proxy_pass http://app; }}
    location /off/ {{ client_identity_headers off; proxy_pass http://app; }}
    location /xfcc/ {{ client_identity_headers xfcc; proxy_pass http://app; }}
    location /named/ {{ proxy_set_header X-Client-Name $who; proxy_set_header SSL_CLIENT_SERIAL $ssl_client_serial;
        proxy_set_header Authorization "Bearer $who"; proxy_pass http://app; }}
    location /websocket {{ proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_pass http://app; }}
}}
server {{ listen 127.0.0.1:@PORT@ ssl; server_name strict.test; {TLS}
    ssl_client_certificate @PKI@/other-ca.crt; ssl_verify_client on; client_identity_headers rfc9440;
    location / {{ proxy_pass http://app; }}
}}
server {{ listen 127.0.0.1:@PORT2@; server_name plain.test; location / {{ proxy_pass http://app; }}
    location /told/ {{ client_identity_headers rfc9440; proxy_pass http://app; }} }}
server {{ listen 127.0.0.1:@PORT@ ssl; server_name anybody.test; {TLS} ssl_verify_client optional_no_ca; {VERIFY.replace("ssl_verify_client optional;", "")}
    client_identity_headers xfcc; location / {{ proxy_pass http://app; }} }}
"""
NAMES = ("client-cert", "client-cert-chain", "x-forwarded-client-cert", "x-client-name", "ssl-client-serial")


@pytest.fixture(scope="module")
def site(serve_module, backend):
    return serve_module("@HTTP2@\n" + SITE, values={"B": backend.address})


def spelled(name):
    """As an application may have it that knows fields as variables."""
    return re.sub("[^a-z0-9]", "-", name.lower())


def told(backend, name):
    """The values of all fields that the backend may take for that name."""
    return [value for field, value in backend.last().headers if spelled(field) == name]


def visit(site, pki, cert, path="/", host="one.test", headers=(), port="PORT"):
    tls = tls_context(pki, cert) if port == "PORT" else None
    with connect(site.port(port), tls, host if tls else None) as conn:
        answer = conn.ask("GET " + path, headers, host=host)
        assert answer.status == 200, answer
        return answer


def read_list(text):
    """A list of byte sequences: certificates, by their DER."""
    items = text.split(", ")
    assert all(re.fullmatch(r":[A-Za-z0-9+/]+={0,2}:", item) for item in items)
    return [x509.load_der_x509_certificate(base64.b64decode(item[1:-1], validate=True)) for item in items]


def read_xfcc(text):
    """(key, value) pairs, as Envoy reads them: only a backslash before a quotation mark hides it."""
    pairs, rest = [], text
    while rest:
        match = re.match(r'([A-Za-z]+)=(?:"((?:[^"\\]|\\"|\\)*?)"|([^";,]*))(;|$)', rest)
        assert match, rest
        pairs.append((match[1], match[2] if match[2] is not None else match[3]))
        rest = rest[match.end():]
    return pairs


@both
@pytest.mark.parametrize("cert", [c for c in CLIENT_SUBJECTS if c not in ("revoked", "expired", "notyet", "serveronly")])
def test_rfc9440_has_the_certificate_and_its_chain(site, pki, backend, cert):
    visit(site, pki, cert)
    assert [read_list(v) for v in told(backend, "client-cert")] == [[pki.client[cert][0]]]
    chains = [read_list(v) for v in told(backend, "client-cert-chain")]
    assert chains == ([] if cert == "byroot" else [[pki.inter[0]]])
    assert not told(backend, "x-forwarded-client-cert")


@both
@pytest.mark.parametrize("cert", ["good", "byroot", "special", "utf8", "newline", "empty"])
def test_xfcc_has_the_certificate_and_its_fields(site, pki, backend, cert):
    visit(site, pki, cert, "/xfcc/")
    [text] = told(backend, "x-forwarded-client-cert")
    pairs = read_xfcc(text)
    certificate = pki.client[cert][0]
    keys = [key for key, _ in pairs]
    assert keys[:2] == ["Hash", "Cert"] and len(set(keys)) == len(keys)
    fields = dict(pairs)
    assert fields["Hash"] == certificate.fingerprint(hashes.SHA256()).hex()
    assert x509.load_pem_x509_certificate(urllib.parse.unquote(fields["Cert"]).encode()) == certificate
    if cert == "byroot":
        assert "Chain" not in fields
    else:
        blocks = re.findall("-----BEGIN.*?-----END CERTIFICATE-----\n", urllib.parse.unquote(fields["Chain"]), re.S)
        assert [x509.load_pem_x509_certificate(block.encode()) for block in blocks] == [certificate, pki.inter[0]]
    assert '"' not in fields["Subject"] and not re.search(r"[\0-\x1f\x7f]", text)
    if cert in ("good", "byroot"):
        assert fields["Subject"] == certificate.subject.rfc4514_string()
    assert not told(backend, "client-cert")


def test_xfcc_has_the_alternative_names(site, pki, backend):
    pair = pki.issue_client("many-names", names=["a.test", "b.test"])
    visit(site, pki, "many-names", "/xfcc/")
    pairs = read_xfcc(told(backend, "x-forwarded-client-cert")[0])
    assert [value for key, value in pairs if key == "DNS"] == ["a.test", "b.test"]
    assert pair[0] is not None


@both
@pytest.mark.parametrize("cert,host,path", [
    (None, "one.test", "/"), (None, "one.test", "/xfcc/"), ("good", "one.test", "/off/"),
    ("foreign-client", "anybody.test", "/"), (None, "anybody.test", "/"),
])
def test_nothing_is_told_of_a_client_that_was_not_verified(site, pki, backend, cert, host, path):
    visit(site, pki, cert, path, host)
    assert all(spelled(name) not in NAMES for name, _ in backend.last().headers)


def test_nothing_is_told_over_plain_http(site, pki, backend):
    visit(site, pki, None, "/told/", "plain.test", port="PORT2")
    assert all(spelled(name) not in NAMES for name, _ in backend.last().headers)


@both
def test_a_certificate_for_another_server_is_not_told(site, pki, backend):
    """The verdict belongs to the server that asked: another one answers 421."""
    with connect(site.port(), tls_context(pki, "good"), "one.test") as conn:
        assert conn.ask("GET /", host="strict.test").status == 421


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("cert,resumes", [("good", False), ("byroot", True)])
def test_a_resumed_session_tells_the_same(serve, pki, backend, version, cert, resumes):
    """A chain with intermediates is in no session: such a client is verified anew."""
    site = serve(SITE.replace("ssl_session_tickets off;", ""), values={"B": backend.address})
    tls = tls_context(pki, cert, version)
    seen = []
    session = None
    for _ in range(3):
        with Conn(site.port(), tls, "one.test", session=session) as conn:
            conn.send(b"GET / HTTP/1.1\r\nHost: one.test\r\n\r\n")
            assert conn.read().status == 200
            seen.append((told(backend, "client-cert"), told(backend, "client-cert-chain"), conn.sock.session_reused))
            session = conn.sock.session
    assert {(str(a), str(b)) for a, b, _ in seen} == {(str(seen[0][0]), str(seen[0][1]))}
    assert [reused for _, _, reused in seen] == [False, resumes, resumes]


# --- spoofing -------------------------------------------------------------------------------------

FORGED = "forged-by-the-client"


def spellings(name, chance):
    """One that some backend reads as the name."""
    def one(c):
        return c if c != "-" else chance.choice("-_.~!+")
    return "".join(chance.choice((c.lower(), c.upper())) if c.isalpha() else one(c) for c in name)


PLACES = [("PORT", "one.test", "/"), ("PORT", "one.test", "/off/"), ("PORT", "one.test", "/xfcc/"), ("PORT", "one.test", "/named/"),
          ("PORT2", "plain.test", "/"), ("PORT2", "plain.test", "/told/"), ("PORT", "anybody.test", "/")]


def assert_not_forged(backend, place, sent):
    for name, value in backend.last().headers:
        assert not (spelled(name) in NAMES and FORGED in value), (place, sent, name, value)
    for name, value in backend.last().trailers:
        assert not (spelled(name) in NAMES and FORGED in value), (place, sent, name, value)


@both
@pytest.mark.parametrize("cert", [None, "good"])
@pytest.mark.parametrize("place", PLACES, ids=lambda p: f"{p[1]}{p[2]}")
def test_no_client_tells_a_backend_who_it_is(site, pki, backend, cert, place):
    """Case, '_', '.', duplicates, nominated by Connection, beside a field that must go through."""
    port, host, path = place
    chance = random.Random(f"{cert}{place}")
    count = int(os.environ.get("SPOOFS", "12"))
    tls = tls_context(pki, cert) if port == "PORT" else None
    is_h2 = None
    with connect(site.port(port), tls, host if tls else None) as conn:
        is_h2 = isinstance(conn, Http2)
        for name, _ in itertools.product(NAMES, range(count)):
            field = spellings(name, chance)
            sent = [f"{field}: {FORGED}"] * chance.choice((1, 1, 2))
            if not is_h2 and chance.random() < .3:
                sent.insert(chance.randrange(len(sent) + 1), f"Connection: {chance.choice((field, name))}, keep-alive")
            sent.append("X-Client-Names: goes through")
            answer = conn.ask("GET " + path, sent, host=host)
            assert answer.status in (200, 400), (sent, answer)
            if answer.status == 200:
                assert_not_forged(backend, place, sent)
                assert told(backend, "x-client-names") == ["goes through"]


@pytest.mark.parametrize("place", PLACES[:2] + PLACES[4:5], ids=lambda p: f"{p[1]}{p[2]}")
@pytest.mark.parametrize("name", ["Client-Cert", "X-Forwarded-Client-Cert", "X_Client_Name"])
def test_neither_trailers_nor_folded_fields_tell_it(site, pki, backend, place, name):
    port, host, path = place
    tls = tls_context(pki, None) if port == "PORT" else None
    trailer = (f"POST {path} HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\nTrailer: {name}\r\n\r\n"
               f"2\r\nhi\r\n0\r\n{name}: {FORGED}\r\n\r\n").encode()
    folded = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nX-Other: a\r\n {name}: {FORGED}\r\n\r\n".encode()
    for request, want in ((trailer, 200), (folded, 400)):
        with Conn(site.port(port), tls, host if tls else None) as conn:
            conn.send(request)
            assert conn.read().status == want
    assert_not_forged(backend, place, trailer)
    assert backend.last().body == b"hi"


def test_trailers_of_http2_do_not_tell_it(site, pki, backend):
    client = Http2(site.port(), context(pki, "good"), "one.test")
    with client:
        stream = client.request(head("/off/", "POST", "one.test"), end=False)
        client.data(stream, b"hi")
        client.request([("client-cert", FORGED)], True, stream)
        assert client.answer(stream).status == 200
    assert_not_forged(backend, "h2", "trailers")
    assert backend.last().body == b"hi"


def test_a_websocket_is_told_the_same(site, pki, backend):
    with Conn(site.port(), tls_context(pki, "good"), "one.test") as conn:
        conn.send(f"GET /websocket HTTP/1.1\r\nHost: one.test\r\nUpgrade: websocket\r\nConnection: upgrade, client-cert\r\n"
                  f"Client-Cert: {FORGED}\r\n\r\n".encode())
        conn.read()
    assert read_list(told(backend, "client-cert")[0]) == [pki.client["good"][0]]
    assert_not_forged(backend, "websocket", "")


def test_fields_that_every_client_sends_still_pass(site, pki, backend):
    """Authorization is set from the certificate in one location: elsewhere it is the client's own."""
    visit(site, pki, None, "/off/", headers=["Authorization: Basic abc", "Cookie: a=b"])
    assert told(backend, "authorization") == ["Basic abc"] and told(backend, "cookie") == ["a=b"]


def test_what_was_dropped_is_in_the_log(serve, pki, backend):
    server = serve(SITE, values={"B": backend.address})
    visit(server, pki, None, "/", "plain.test", headers=["Client-Cert: x"], port="PORT2")
    assert "the client's \"Client-Cert\" is not passed on" in server.log()


@pytest.mark.parametrize("directive,error", [
    ("client_identity_headers envoy;", 'invalid value "envoy"'),
    ("client_identity_headers rfc9440; proxy_set_header Client_Cert x;", "client_identity_headers sends"),
    ("client_identity_headers rfc9440; proxy_set_header client-cert-chain $ssl_client_cert;", "client_identity_headers sends"),
    ("client_identity_headers xfcc; proxy_set_header X-Forwarded-Client-Cert $x;", "client_identity_headers sends"),
    ("client_identity_headers xfcc; proxy_set_header Client-Cert x;", None),
    ("client_identity_headers off; proxy_set_header Client-Cert $ssl_client_escaped_cert;", None),
])
def test_what_contradicts_is_refused(serve, directive, error):
    server = serve(f"server {{ listen 127.0.0.1:@PORT@; location / {{ set $x y; {directive} proxy_pass http://127.0.0.1:9; }} }}",
                   start=False)
    done = server.run("-t")
    assert done.returncode == (1 if error else 0)
    assert error is None or (error in done.stderr and "server.conf:" in done.stderr), done.stderr
