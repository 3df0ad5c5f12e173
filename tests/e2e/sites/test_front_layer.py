# SPDX-License-Identifier: Apache-2.0
"""A front layer that terminates TLS, and backends with several vhosts that verify it.

The front sends the public Host; the backend sees the internal name in SNI. That is a 421, and there
are four ways out, each tested here with yett and nginx in either place.
"""

import pytest

from support import rawhttp
from support.rawhttp import Conn, ask
from support.servers import NGINX, YETT, Server

PAIRS = {"yett-yett": (YETT, YETT), "yett-nginx": (YETT, NGINX), "nginx-yett": (NGINX, YETT)}

PUBLIC = ["public.test", "priv.test"]

TLS = """ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
         ssl_protocols TLSv1.2 TLSv1.3;"""
VERIFY = "ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;"
IDENTITY = """proxy_http_version 1.1;
    proxy_ssl_certificate @PKI@/good.crt; proxy_ssl_certificate_key @PKI@/good.key;
    proxy_ssl_trusted_certificate @PKI@/ca.crt; proxy_ssl_verify on;
    proxy_ssl_session_reuse off;"""


def backend_vhost(address, name, text, listen=""):
    return (f"server {{ listen {address} ssl {listen}; server_name {name}; {VERIFY}\n"
            f"  ssl_protocols TLSv1.2 TLSv1.3;\n"
            f"  ssl_certificate @PKI@/srv-backend.crt; ssl_certificate_key @PKI@/srv-backend.key;\n"
            f'  return 200 "{text} host=$host sni=$ssl_server_name dn=$ssl_client_s_dn"; }}\n')


def front_vhost(name, location, extra=""):
    return (f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name {name}; {TLS} {extra}\n"
            f"  location / {{ {IDENTITY}\n {location} }} }}\n")


def visit(server, name, sni="same", version=None, cert=None, pki=None):
    return ask(server.port(), host=name, sni=name if sni == "same" else sni,
               tls=rawhttp.tls_context(pki, cert, version))


@pytest.fixture(scope="module", params=PAIRS)
def pair(request):
    return PAIRS[request.param]


@pytest.fixture(scope="module")
def layers(pair, pki):
    """layers(front text, backend text): both run for the module and are checked at the end."""
    running = []

    def start(front_text, back_text):
        back = Server(back_text, binary=pair[1], values={"PKI": pki.dir})
        running.append(back)
        values = {"PKI": pki.dir, **{"B" + key: port for key, port in back.ports.items()}}
        front = Server(front_text, binary=pair[0], values=values)
        running.append(front)
        return front, back
    yield start
    for server in reversed(running):
        server.stop()


@pytest.fixture(scope="module")
def problem(layers):
    """The set-up with the fault: public Host, internal SNI, two verifying vhosts on one address."""
    return layers(
        "".join(front_vhost(name, f"proxy_ssl_server_name on; proxy_ssl_name {internal};\n"
                            "proxy_set_header Host $host; proxy_pass https://127.0.0.1:@BPORT@;")
                for name, internal in zip(PUBLIC, ["backend.test", "internal.test"])),
        backend_vhost("127.0.0.1:@PORT@", "backend.test", "one", "default_server")
        + backend_vhost("127.0.0.1:@PORT@", "internal.test", "two").replace(
            "ca.crt", "both-ca.crt").replace("ssl_crl @PKI@/all.crl;", "")
        + backend_vhost("127.0.0.1:@PORT@", "public.test", "public").replace(
            "ca.crt", "other-ca.crt").replace("ssl_crl @PKI@/all.crl;", "")
        + backend_vhost("127.0.0.1:@PORT@", "priv.test", "priv").replace(
            "ca.crt", "other-ca.crt").replace("ssl_crl @PKI@/all.crl;", ""))


@pytest.mark.parametrize("name", PUBLIC)
def test_mismatch_is_421(problem, pki, name):
    answer = visit(problem[0], name, pki=pki)
    assert answer.status == 421
    assert "host=" not in answer.text


def test_dedicated_address(layers, pki):
    """Way 1: each verifying vhost has an address of its own, where it is the only server."""
    front, _ = layers(
        front_vhost("public.test", "proxy_ssl_name backend.test; proxy_set_header Host $host; "
                    "proxy_pass https://127.0.0.1:@BPORT@;")
        + front_vhost("priv.test", "proxy_ssl_name backend.test; proxy_set_header Host $host; "
                    "proxy_pass https://127.0.0.2:@BPORT2@;"),
        backend_vhost("127.0.0.1:@PORT@", "backend.test", "one")
        + backend_vhost("127.0.0.2:@PORT2@", "internal.test", "two"))
    for name, text in zip(PUBLIC, ["one", "two"]):
        answer = visit(front, name, pki=pki)
        assert answer.status == 200
        assert answer.text == f"{text} host={name} sni= dn=CN=good machine,O=Yett Test,C=DE"


def test_internal_host_name(layers, pki):
    """Way 2: Host and SNI are both the internal name."""
    front, back = layers(
        "".join(front_vhost(name, f"proxy_ssl_server_name on; proxy_ssl_name {internal};\n"
                            f"proxy_set_header Host {internal}; proxy_set_header X-Public $host;\n"
                            "proxy_pass https://127.0.0.1:@BPORT@;")
                for name, internal in zip(PUBLIC, ["backend.test", "internal.test"])),
        backend_vhost("127.0.0.1:@PORT@", "backend.test", "one", "default_server")
        + backend_vhost("127.0.0.1:@PORT@", "internal.test", "two"))
    for name, text, internal in zip(PUBLIC, ["one", "two"], ["backend.test", "internal.test"]):
        answer = visit(front, name, pki=pki)
        assert answer.text == (f"{text} host={internal} sni={internal} "
                               "dn=CN=good machine,O=Yett Test,C=DE")
    for cert in (None, "revoked", "foreign-client"):
        assert visit(back, "backend.test", cert=cert, pki=pki).status == 400


ROUTING = """
map $ssl_server_name $dyn_upstream {
  default     "none";
  public.test "public";
  priv.test   "priv";
}
upstream public { server 127.0.0.1:@PUBLIC@; }
upstream priv   { server 127.0.0.1:@PRIV@; }
server {
  listen 127.0.0.1:@PORT@ ssl; %s
  if ($dyn_upstream = "none") {
    # Early request termination
    return 444;
  }
  location / {
    proxy_pass http://$dyn_upstream/;
  }
}
server { listen 127.0.0.1:@PUBLIC@; return 200 "public $request_uri"; }
server { listen 127.0.0.1:@PRIV@; return 200 "priv $request_uri"; }
""" % TLS


@pytest.fixture(scope="module", params=[YETT, NGINX], ids=["yett", "nginx"])
def routing(request, pki):
    from support.servers import free_port
    values = {"PKI": pki.dir, "PUBLIC": free_port(), "PRIV": free_port()}
    with Server(ROUTING, binary=request.param, values=values) as server:
        yield server


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_routing_by_server_name(routing, pki, version):
    """Way 3: what the TLS name says decides; the Host header does not."""
    assert visit(routing, "public.test", version=version, pki=pki).text == "public /"
    assert visit(routing, "priv.test", version=version, pki=pki).text == "priv /"
    assert visit(routing, "priv.test", sni="public.test", version=version, pki=pki).text == "public /"
    assert visit(routing, "other", sni="PRIV.test", version=version, pki=pki).text == "priv /"


@pytest.mark.parametrize("sni", ["unknown.test", None, "public.test.evil"])
def test_444_closes_without_an_answer(routing, pki, sni):
    with Conn(routing.port(), rawhttp.tls_context(), sni) as conn:
        conn.send(rawhttp.build(host="public.test"))
        assert conn.read_all() == b""
        assert conn.eof


STACKED = """
# Verifies people and says who they are.
server {
  listen 127.0.0.1:@PORT@ ssl; server_name gate.test;
  ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;
  location / {
    proxy_set_header Host $http_x_target;
    proxy_set_header X-Client-Verify $ssl_client_verify;
    proxy_set_header X-Client-DN $ssl_client_s_dn;
    proxy_pass http://unix:@DIR@/inner.sock;
  }
}
# Routes, trusting only what came through the socket.
server {
  listen unix:@DIR@/inner.sock; server_name one.test;
  if ($http_x_client_verify != SUCCESS) { return 403; }
  return 200 "one for $http_x_client_dn";
}
server {
  listen unix:@DIR@/inner.sock; server_name two.test;
  if ($http_x_client_verify != SUCCESS) { return 403; }
  if ($http_x_client_dn !~ "CN=good machine,") { return 403; }
  return 200 "two for $http_x_client_dn";
}
"""


@pytest.fixture(scope="module", params=[YETT, NGINX], ids=["yett", "nginx"])
def stacked(request, pki):
    with Server(STACKED, binary=request.param, values={"PKI": pki.dir}) as server:
        yield server


@pytest.mark.parametrize("target,cert,status,text", [
    ("one.test", "good", 200, "one for CN=good machine,O=Yett Test,C=DE"),
    ("one.test", "second", 200, "one for CN=second machine,O=Yett Test,C=DE"),
    ("two.test", "good", 200, "two for CN=good machine,O=Yett Test,C=DE"),
    ("two.test", "second", 403, ""), ("one.test", None, 400, ""), ("one.test", "revoked", 400, "")])
def test_stacked_vhosts(stacked, pki, target, cert, status, text):
    """Way 4: two vhosts in one process; a client cannot forge what the first one says."""
    answer = ask(stacked.port(), headers=[f"X-Target: {target}", "X-Client-Verify: SUCCESS",
                                          "X-Client-DN: CN=good machine,forged"],
                 host="gate.test", sni="gate.test", tls=rawhttp.tls_context(pki, cert))
    assert answer.status == status
    assert not text or answer.text == text


@pytest.fixture(scope="module")
def vhosts(serve_module):
    """Row 1: several vhosts on one address, each with its certificate and its rule."""
    return serve_module("".join(f"""
    server {{ listen 127.0.0.1:@PORT@ ssl; server_name {names}; ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate @PKI@/srv-{cert}.crt; ssl_certificate_key @PKI@/srv-{cert}.key; {rule}
        return 200 "$server_name"; }}""" for names, cert, rule in [
            ("a.test *.a.test", "a", ""), ("b.test", "b", VERIFY), ("front.test", "front", "")]))


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("sni,subject", [
    ("a.test", "a.test"), ("x.a.test", "a.test"), ("b.test", "b.test"), ("front.test", "front.test"),
    ("unknown.test", "a.test"), (None, "a.test"), ("B.TEST", "b.test")])
def test_certificate_by_sni(vhosts, version, sni, subject):
    from cryptography import x509
    with Conn(vhosts.port(), rawhttp.tls_context(version=version), sni) as conn:
        certificate = x509.load_der_x509_certificate(conn.sock.getpeercert(True))
    assert certificate.subject.rfc4514_string().startswith(f"CN={subject},")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("sni,host,cert,status", [
    ("a.test", "a.test", None, 200), ("a.test", "front.test", None, 200),
    ("front.test", "x.a.test", None, 200), ("b.test", "b.test", "good", 200),
    ("b.test", "b.test", None, 400), ("a.test", "b.test", None, 421), ("a.test", "b.test", "good", 421),
    ("a.test", "B.test", "good", 421), ("a.test", "b.test.", "good", 421),
    ("a.test", "b.test:443", "good", 421), ("b.test", "a.test", "good", 200)])
def test_host_within_what_was_verified(vhosts, pki, version, sni, host, cert, status):
    answer = visit(vhosts, host, sni, version, cert, pki)
    assert answer.status == status
    assert status == 200 or answer.text not in ("a.test", "b.test")


def test_absolute_form_cannot_lie(vhosts, pki):
    """The host of an absolute request target counts, not the Host field."""
    with Conn(vhosts.port(), rawhttp.tls_context(pki, "good"), "a.test") as conn:
        assert conn.ask("GET https://b.test/", host="a.test").status == 421
