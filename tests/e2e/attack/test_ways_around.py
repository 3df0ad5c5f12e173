# SPDX-License-Identifier: Apache-2.0
"""Ways around the gate that somebody has tried. Each comes with a twin that must go through."""

import datetime
import socket
import ssl
import struct
import time

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from support import pki as pki_module
from support.http2 import PROTOCOL_ERROR, Http2, context, head
from support.protocols import ask, both, connect
from support.rawhttp import Closed, Conn, build, tls_context
from support.sessions import CASES, STORES

TLS = "@HTTP2@ ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;\n"
CA = "ssl_client_certificate @PKI@/ca.crt;"

CONFIG = TLS + f"""
server {{
    listen 127.0.0.1:@PORT@ ssl default_server;
    server_name open.test;
    return 200 "open for $host";
}}
server {{
    listen 127.0.0.1:@PORT@ ssl;
    server_name prot.test *.prot.test prot.* ~^re[0-9]+\\.test$;
    ssl_verify_client on; {CA}
    root @DIR@/html;
    error_page 405 =200 $uri;
    error_page 400 414 421 494 501 505 = @app;
    location @app {{ proxy_pass http://@B@; }}
    location / {{ return 200 "the secret"; }}
    location = /secret.txt {{ }}
}}
server {{
    listen 127.0.0.1:@PORT@ ssl;
    server_name otherca.test;
    ssl_verify_client on; ssl_client_certificate @PKI@/other-ca.crt;
    return 200 other;
}}
server {{
    listen 127.0.0.1:@PORT2@;
    server_name app.test;
    underscores_in_headers on;
    proxy_set_header X-Client-DN $ssl_client_s_dn;
    proxy_set_header Host $http_host;
    location / {{ proxy_pass http://@B@; }}
}}
server {{
    listen 127.0.0.1:@PORT3@;
    server_name app.test;
    ignore_invalid_headers off;
    proxy_set_header X-Client-DN $ssl_client_s_dn;
    location / {{ proxy_pass http://@B@; }}
}}
"""


@pytest.fixture(scope="module")
def server(serve_module, backend):
    return serve_module(CONFIG, values={"B": backend.address},
                        files={"html/secret.txt": "the secret"})


# -- broken requests and error_page ----------------------------------------------------------------

BROKEN = {
    "host": b"GET /secret.txt HTTP/1.1\r\nHost: a b\r\n\r\n",
    "no host": b"GET /secret.txt HTTP/1.1\r\n\r\n",
    "lengths": b"GET /secret.txt HTTP/1.1\r\nHost: prot.test\r\nContent-Length: 1\r\n"
               b"Content-Length: 1\r\n\r\n",
    "coding": b"GET /secret.txt HTTP/1.1\r\nHost: prot.test\r\nTransfer-Encoding: gzip\r\n\r\n",
    "version": b"GET /secret.txt HTTP/2.1\r\nHost: prot.test\r\n\r\n",
    "field": b"GET /secret.txt HTTP/1.1\r\nHost: prot.test\r\nX: " + b"a" * 40000 + b"\r\n\r\n",
    "trace": build("TRACE /secret.txt", host="prot.test"),
    "connect": build("CONNECT /secret.txt", host="prot.test"),
}


@pytest.mark.yett_only("error_page 400 = @app is reached without a certificate")
@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize("name", BROKEN)
def test_broken_request_does_not_skip_the_certificate(server, backend, name, tls):
    backend.reset()
    context, sni = (tls_context(), "prot.test") if tls else (None, None)
    with Conn(server.port(), context, sni) as conn:
        answer = conn.send(BROKEN[name]).read()
    assert answer.status == 400 and "secret" not in answer.text
    assert not backend.requests, "a request got through"
    if tls:
        assert "No required SSL certificate was sent" in answer.text


BROKEN_HEADS = {     # of HTTP/2: refused as malformed, or with 400
    "host": head("/secret.txt", "GET", "a b"),
    "no host": [f for f in head("/secret.txt") if f[0] != ":authority"],
    "other host": [*head("/secret.txt", "GET", "prot.test"), ("host", "open.test")],
    "lengths": [*head("/secret.txt", "GET", "prot.test"), ("content-length", "1"), ("content-length", "1")],
    "coding": [*head("/secret.txt", "GET", "prot.test"), ("transfer-encoding", "gzip")],
    "field": [*head("/secret.txt", "GET", "prot.test"), ("x", "a" * 40000)],
    "trace": head("/secret.txt", "TRACE", "prot.test"),
    "connect": [(":method", "CONNECT"), (":authority", "prot.test:443")],
    "path": head("secret.txt", "GET", "prot.test"),
}


@pytest.mark.yett_only("error_page 400 = @app is reached without a certificate")
@pytest.mark.parametrize("name", BROKEN_HEADS)
def test_broken_head_does_not_skip_the_certificate(server, backend, name):
    backend.reset()
    with Http2(server.port(), context(), "prot.test") as conn:
        answer = conn.answer(conn.request(BROKEN_HEADS[name]))
    assert answer.status == 400 or not answer.heads and answer.reset == PROTOCOL_ERROR, answer
    assert "secret" not in answer.text and not backend.requests, "a request got through"


@pytest.mark.parametrize("name", ["host", "lengths", "coding"])
def test_broken_request_with_a_certificate_gets_its_error_page(server, pki, backend, name):
    backend.reset()
    with Conn(server.port(), tls_context(pki, "good"), "prot.test") as conn:
        assert conn.send(BROKEN[name]).read().status == 200
    assert backend.last().path == "/secret.txt"


@both
@pytest.mark.yett_only("has no 421 without a named location that is reached")
@pytest.mark.parametrize("cert,reached", [(None, False), ("good", True)])
def test_misdirected_request_does_not_skip_the_certificate(server, pki, backend, cert, reached):
    backend.reset()
    context = tls_context(pki, cert)
    ask(server.port(), "GET /secret.txt", host="otherca.test", tls=context, sni="prot.test")
    assert bool(backend.requests) == reached


# -- what a backend is told --------------------------------------------------------------------------

@both
@pytest.mark.yett_only("passes X_Client_DN on beside X-Client-DN")
@pytest.mark.parametrize("port", ["PORT2", "PORT3"])
@pytest.mark.parametrize("name", ["X-Client-DN", "x-client-dn", "X_Client_DN", "X-Client_DN",
                                  "x_client_dn", "X.Client.DN"])
def test_no_alias_of_a_field_that_the_gate_sets(server, backend, port, name):
    backend.reset()
    assert ask(server.port(port), host="app.test", headers=[name + ": CN=forged"]).status == 200
    assert "forged" not in str(backend.last().headers)


@both
@pytest.mark.parametrize("port", ["PORT2", "PORT3"])
def test_other_fields_with_an_underscore_pass(server, backend, port):
    ask(server.port(port), host="app.test", headers=["X_Client_DNS: mine"])
    assert backend.last().get("X_Client_DNS") == "mine"


@pytest.mark.yett_only("$http_host is the Host field, whatever the target says")
def test_host_field_does_not_contradict_the_target(server, backend):
    ask(server.port("PORT2"), "GET http://app.test/x", host="internal.test")
    assert backend.last().all("Host") == ["app.test"]
    ask(server.port("PORT2"), "GET /x", host="app.test:80")
    assert backend.last().all("Host") == ["app.test:80"]


# -- paths -------------------------------------------------------------------------------------------

@both
@pytest.mark.yett_only("alias without the slash in the location leads out of its directory")
def test_no_way_out_of_an_alias(serve):
    server = serve("@HTTP2@ server { listen 127.0.0.1:@PORT@; location /a { alias @DIR@/html/; } "
                   "location /b/ { alias @DIR@/html/; } location /c { alias @DIR@/html; } "
                   "location /t { alias @DIR@/html/; try_files $uri /none; } "
                   "location = /none { return 404; } }",
                   files={"html/page": "page", "html/..page": "dots"})
    for path in ("/apage", "/b/page", "/c/page"):
        assert ask(server.port(), "GET " + path).text == "page"
    assert ask(server.port(), "GET /a..page").text == "dots"
    for path in ("/a../server.conf", "/a%2e%2e/server.conf", "/a..%2fserver.conf", "/a..",
                 "/b../server.conf", "/c../server.conf", "/t../server.conf"):
        answer = ask(server.port(), "GET " + path)
        assert answer.status >= 400 and "error_log" not in answer.text, path


@both
@pytest.mark.yett_only("captures and arguments lead out of root, alias and try_files")
def test_no_way_out_of_a_root(serve):
    server = serve("@HTTP2@ server { listen 127.0.0.1:@PORT@; root @DIR@/html; "
                   "location /rw { rewrite ^/rw(.*)$ /$1 break; } "
                   "location /last { rewrite ^/last(.*)$ /any/$1 last; } location /any/ { } "
                   "location ~ ^/re(.*)$ { alias @DIR@/html/$1; } "
                   "location /arg { root @DIR@/html/$arg_d; rewrite ^ /$arg_f break; } "
                   "location /try { try_files /$arg_f =404; } "
                   "location /fall { try_files /none /any/$arg_f; } "
                   "location /error { error_page 404 /any/$arg_f; return 404; } }",
                   files={"html/page": "page", "html/any/page": "page", "html/..page": "dots"})
    for path in ("/rw/page", "/rwpage", "/last/page", "/repage", "/arg?f=page", "/arg?d=any&f=page",
                 "/try?f=page", "/fall?f=page", "/error?f=page"):
        assert ask(server.port(), "GET " + path).text == "page", path
    for path in ("/rw..page", "/re..page", "/try?f=..page"):
        assert ask(server.port(), "GET " + path).text == "dots", path
    for path in ("/rw../server.conf", "/rw%2e%2e/server.conf", "/last../../server.conf",
                 "/re../server.conf", "/re..%2fserver.conf", "/arg?f=../server.conf",
                 "/arg?d=..&f=server.conf", "/try?f=../server.conf", "/fall?f=../../server.conf",
                 "/error?f=../../server.conf"):
        answer = ask(server.port(), "GET " + path)
        assert answer.status >= 400 and "error_log" not in answer.text, path


# -- names -------------------------------------------------------------------------------------------

NAMES = ["prot.test", "PROT.TEST", "prot.test.", "prot.test:443", "a.prot.test", "prot.org",
         "re1.test", "RE1.test.", "prot.test..", "prot.test,open.test", " prot.test"]


@both
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("sni", [None, "open.test", "127.0.0.1", "nobody.test", "prot.test"])
def test_no_name_leads_in(server, pki, version, sni):
    for name in NAMES:
        for line, host in (("GET /", name), (f"GET http://{name.strip()}/", "open.test")):
            try:
                answer = ask(server.port(), line, host=host, tls=tls_context(None, None, version),
                             sni=sni)
            except (Closed, OSError):
                continue
            assert "secret" not in answer.text, (name, line)
    for name in ("prot.test", "PROT.test.", "re1.test:1"):
        answer = ask(server.port(), host=name, tls=tls_context(pki, "good", version),
                     sni="prot.test")
        assert answer.text == "the secret"


class Hello:
    """A client's handshake whose first flight is in our hands."""

    def __init__(self, sni):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = tls_context(None, None, "1.3").wrap_bio(self.incoming, self.outgoing,
                                                           server_hostname=sni)
        with pytest.raises(ssl.SSLWantReadError):
            self.tls.do_handshake()
        self.first = self.outgoing.read()

    def finish(self, sock, request):
        """After the first flight was sent: the answer's status line."""
        done = False
        answer = b""
        while b"\r\n" not in answer:
            try:
                if not done:
                    self.tls.do_handshake()
                    done = True
                    self.tls.write(request)
                answer += self.tls.read(65536)
            except ssl.SSLWantReadError:
                sock.sendall(self.outgoing.read())
                data = sock.recv(65536)
                assert data, "closed"
                self.incoming.write(data)
        return answer


def in_segments(sock, hello):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in hello:
        sock.sendall(bytes([byte]))


def in_records(size):
    def send(sock, hello):
        parts = [hello[i:i + size] for i in range(5, len(hello), size)]
        sock.sendall(b"".join(b"\x16\x03\x01" + struct.pack(">H", len(p)) + p for p in parts))
    return send


@pytest.mark.parametrize("send", [in_segments, in_records(1), in_records(40), in_records(100)],
                         ids=["segments", "records1", "records40", "records100"])
@pytest.mark.parametrize("sni,host,status", [
    ("prot.test", "prot.test", 400), ("open.test", "prot.test", 421),
    ("open.test", "open.test", 200)])
def test_split_hello(server, send, sni, host, status):
    hello = Hello(sni)
    with socket.create_connection(("127.0.0.1", server.port()), 8) as sock:
        send(sock, hello.first)
        answer = hello.finish(sock, build("GET /", host=host))
    assert answer.startswith(b"HTTP/1.1 %d " % status)


def names_extension(*names, behind=b""):
    items = b"".join(bytes([kind]) + struct.pack(">H", len(n)) + n for kind, n in names)
    body = struct.pack(">H", len(items)) + items + behind
    return b"\0\0" + struct.pack(">H", len(body)) + body


def replace_names(hello, extension):
    """The hello with another server_name extension, lengths put right."""
    name = b"open.test"
    start = hello.index(name) - 9
    data = bytearray(hello[:start] + extension + hello[start + 9 + len(name):])
    more = len(data) - len(hello)

    def grow(at, size):
        data[at:at + size] = (int.from_bytes(data[at:at + size], "big") + more).to_bytes(size, "big")
    grow(3, 2)
    grow(6, 3)
    at = 9 + 2 + 32
    at += 1 + data[at]
    at += 2 + int.from_bytes(data[at:at + 2], "big")
    at += 1 + data[at]
    grow(at, 2)
    return bytes(data)


@pytest.mark.yett_only("takes some of these for no name at all")
@pytest.mark.parametrize("extension,taken", [
    (names_extension((0, b"open.test")), True),
    (names_extension((0, b"open.test"), (0, b"prot.test")), False),
    (names_extension((0, b"prot.test\0.open.test")), False),
    (names_extension((1, b"prot.test")), False),
    (names_extension(), False),
    (b"\0\0\0\0", False),
    (names_extension((0, b"open.test")) + names_extension((0, b"prot.test")), False),
    (names_extension((0, b"prot.test"), behind=b"x"), False),
    (names_extension((0, b"a" * 300)), False),
    (names_extension((0, b"...")), False),
], ids=["good", "two", "nul", "type", "none", "empty", "twice", "behind", "long", "dots"])
def test_odd_server_names_end_the_handshake(server, extension, taken):
    with socket.create_connection(("127.0.0.1", server.port()), 8) as sock:
        sock.sendall(replace_names(Hello("open.test").first, extension))
        assert sock.recv(100)[:1] == (b"\x16" if taken else b"\x15")


# -- sessions ----------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def short_lived(tmp_path_factory, serve_module):
    """Servers whose list, or whose client's intermediate, runs out in a moment; and the moment."""
    certs = pki_module.Pki(tmp_path_factory.mktemp("short"))
    end = pki_module.utc_now().replace(microsecond=0) + datetime.timedelta(seconds=7)
    certs.write("short.crl", certs.issue_crl("r.crl", certs.root),
                certs.issue_crl("i.crl", certs.inter, end=end))
    inter = certs.issue(pki_module.simple("short intermediate"), certs.root, ca=True,
                        path_length=0, end=end)
    certs.write_pair("short", certs.issue(pki_module.simple("long leaf"), inter,
                                          eku=[ExtendedKeyUsageOID.CLIENT_AUTH]), [inter[0]])
    servers = {store: serve_module(TLS + "ssl_protocols TLSv1.2 TLSv1.3;" + setting + f"""
        server {{ listen 127.0.0.1:@PORT@ ssl; server_name list.test; ssl_verify_client on;
            ssl_verify_depth 2; {CA} ssl_crl @PKI@/short.crl; return 200 in; }}
        server {{ listen 127.0.0.1:@PORT@ ssl; server_name inter.test; ssl_verify_client on;
            ssl_verify_depth 2; ssl_client_certificate @PKI@/root.crt; return 200 in; }}
        server {{ listen 127.0.0.1:@PORT@ ssl; server_name lasting.test; ssl_verify_client on;
            ssl_verify_depth 2; {CA} return 200 in; }}""", values={"PKI": certs.dir})
               for store, setting in STORES.items()}
    return certs, servers, end


@pytest.mark.yett_only("a session lives on whatever became of chain and lists")
def test_session_ends_with_its_chain_and_its_lists(short_lived):
    certs, servers, end = short_lived
    visits = []
    for version, store in CASES:
        for sni, cert in (("list.test", "good"), ("inter.test", "short"), ("lasting.test", "good")):
            context = tls_context(certs, cert, version)
            with connect(servers[store].port(), context, sni) as conn:
                assert conn.ask(host=sni).status == 200
                visits.append((store, sni, context, conn.sock.session))
    time.sleep(max(0.0, (end - pki_module.utc_now()).total_seconds()) + 1.2)
    for store, sni, context, session in visits:
        with connect(servers[store].port(), context, sni, session=session) as conn:
            lasts = sni == "lasting.test"
            assert conn.sock.session_reused == lasts, (store, sni)
            assert conn.ask(host=sni).status == (200 if lasts else 400), (store, sni)


# -- hostile certificates ------------------------------------------------------------------------------

def unchecked(text):
    """A common name that the library would not write."""
    attribute = x509.NameAttribute(NameOID.COMMON_NAME, "x")
    attribute._value = text
    return x509.Name([x509.RelativeDistinguishedName([attribute])])


HOSTILE = {
    "nul": unchecked("a\0b"),
    "fields": unchecked("a\r\nX-Evil: 1\r\n\r\n"),
    "controls": unchecked("".join(map(chr, range(1, 32)))),
    "variable": unchecked("$ssl_client_verify ${x} %0d%0a"),
    "quotes": unchecked('"\\,+=<>;#'),
    "many": x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, f"unit {i}")
                       for i in range(1000)]),
}


@both
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_subject(serve, pki, backend, name):
    pki.issue_client("hostile-" + name, HOSTILE[name])
    server = serve(TLS + f"""
    log_format dn '$ssl_client_s_dn|$ssl_client_s_dn_legacy';
    access_log @DIR@/access.log dn;
        server {{ listen 127.0.0.1:@PORT@ ssl; ssl_verify_client on; {CA}
            add_header X-DN $ssl_client_s_dn;
            location / {{ proxy_set_header X-DN $ssl_client_s_dn; proxy_pass http://@B@; }}
            location /back {{ return 302 /x?$ssl_client_s_dn; }} }}""",
                   values={"B": backend.address})
    for path in ("/", "/back"):
        answer = ask(server.port(), "GET " + path, tls=tls_context(pki, "hostile-" + name))
        assert answer.status in (200, 302)
        assert answer.get("X-DN") and not answer.get("X-Evil")
    assert backend.last().get("X-DN") and not backend.last().get("X-Evil")
    server.wait_log(r"\n.*\n", "access.log")
    assert all(line.isprintable() for line in server.read("access.log").split("\n"))
