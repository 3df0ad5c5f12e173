# SPDX-License-Identifier: Apache-2.0
"""nginx and HAProxy on either side: what they read as backends, and what they hand on as outer proxies."""

import base64
import os
import re
import subprocess
import urllib.parse

import pytest
from cryptography import x509

from support.client_certs import TLS
from support.protocols import both, connect
from support.rawhttp import Conn, tls_context
from support.servers import NGINX, Server, free_port, wait_for

pytestmark = pytest.mark.yett_only("nginx has no such directive")

VERIFY = "ssl_client_certificate @PKI@/ca.crt; ssl_verify_depth 3; ssl_verify_client optional;"
FORGED = "forged"
NAMES = ("Client-Cert", "Client-Cert-Chain", "X-Forwarded-Client-Cert", "X-Client-DN")
# Both say what they read, under the one spelling that they know.
NGINX_BACKEND = """
underscores_in_headers on; ignore_invalid_headers off; large_client_header_buffers 4 32k;
server { listen 127.0.0.1:@PORT@;
    return 200 "$http_client_cert|$http_client_cert_chain|$http_x_forwarded_client_cert|$http_x_client_dn"; }
"""
HAPROXY_BACKEND = """
global
    tune.bufsize 65536
defaults
    mode http
    timeout client 10s
    timeout connect 10s
    timeout server 10s
frontend read
    bind 127.0.0.1:@PORT@
    http-request return status 200 content-type text/plain lf-string "%[req.hdr(client-cert)]|%[req.fhdr(client-cert-chain)]|%[req.fhdr(x-forwarded-client-cert)]|%[req.fhdr(x-client-dn)]"
"""
HAPROXY_FRONT = """
defaults
    mode http
    timeout client 10s
    timeout connect 10s
    timeout server 10s
frontend outer
    bind 127.0.0.1:@PORT@
    http-request set-header Client-Cert :Zm9yZ2Vk:
    http-request set-header X-Forwarded-Client-Cert Hash=forged
    http-request set-header X-Client-DN CN=forged
    default_backend gate
backend gate
    server gate 127.0.0.1:@GATE@
"""
NGINX_FRONT = """
server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://127.0.0.1:@GATE@;
    proxy_set_header Client-Cert :Zm9yZ2Vk:; proxy_set_header X-Forwarded-Client-Cert Hash=forged;
    proxy_set_header X-Client-DN CN=forged; } }
"""


class Haproxy:
    """One that runs as long as the test."""

    def __init__(self, directory, text, **values):
        self.port = free_port()
        path = os.path.join(directory, f"haproxy-{self.port}.cfg")
        for name, value in {"PORT": self.port, **values}.items():
            text = text.replace(f"@{name}@", str(value))
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        with open(path + ".log", "wb") as log:
            self.process = subprocess.Popen(["/usr/sbin/haproxy", "-db", "-f", path],  # pylint: disable=consider-using-with
                                            stdout=log, stderr=log)
        wait_for(self.listens, 10, "haproxy")

    def listens(self):
        assert self.process.poll() is None, "haproxy ended"
        try:
            Conn(self.port).close()
        except OSError:
            return False
        return True

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(name="reader", scope="module", params=["nginx", "haproxy"])
def reader_(request, tmp_path_factory):
    """The port of a backend that says what it reads."""
    if request.param == "nginx":
        with Server(NGINX_BACKEND, binary=NGINX) as server:
            yield server.port()
        return
    running = Haproxy(str(tmp_path_factory.mktemp("haproxy")), HAPROXY_BACKEND)
    yield running.port
    running.stop()


@pytest.fixture(name="site", scope="module")
def site_(serve_module, reader):
    backend = f"proxy_pass http://127.0.0.1:{reader};"
    return serve_module(f"""@HTTP2@ underscores_in_headers on; ignore_invalid_headers off;
        server {{ listen 127.0.0.1:@PORT@ ssl; server_name front.test; {TLS} {VERIFY} client_identity_headers rfc9440;
            location / {{ {backend} }}
            location /xfcc {{ client_identity_headers xfcc; {backend} }}
            location /dn {{ client_identity_headers off; proxy_set_header X-Client-DN $ssl_client_s_dn; {backend} }} }}
        server {{ listen 127.0.0.1:@PORT2@; location / {{ {backend} }} }}""")


def read(conn, path, headers=()):
    answer = conn.ask("GET " + path, headers, host="front.test")
    assert answer.status == 200, answer
    return dict(zip(NAMES, answer.text.split("|")))


@both
def test_backends_read_who_the_client_is(site, pki):
    certificate, inter = pki.client["good"][0], pki.inter[0]
    with connect(site.port(), tls_context(pki, "good"), "front.test") as conn:
        seen = read(conn, "/")
        assert x509.load_der_x509_certificate(base64.b64decode(seen["Client-Cert"].strip(":"))) == certificate
        assert x509.load_der_x509_certificate(base64.b64decode(seen["Client-Cert-Chain"].strip(":"))) == inter
        assert not seen["X-Forwarded-Client-Cert"] and not seen["X-Client-DN"]
        seen = read(conn, "/xfcc")
        pem = urllib.parse.unquote(re.search('Cert="([^"]*)"', seen["X-Forwarded-Client-Cert"])[1])
        assert x509.load_pem_x509_certificate(pem.encode()) == certificate
        assert read(conn, "/dn")["X-Client-DN"] == certificate.subject.rfc4514_string()


@both
@pytest.mark.parametrize("cert", [None, "good"])
@pytest.mark.parametrize("spelling", ["Client-Cert", "client_cert", "CLIENT.CERT", "X-Forwarded-Client-Cert", "x_client_dn",
                                      "X-Client-DN", "Client-Cert-Chain"])
def test_backends_read_nothing_forged(site, pki, cert, spelling):
    with connect(site.port(), tls_context(pki, cert), "front.test") as conn:
        for path in ("/", "/xfcc", "/dn"):
            assert FORGED not in "".join(read(conn, path, [f"{spelling}: {FORGED}"]).values())
    with connect(site.port("PORT2")) as conn:
        assert not any(read(conn, "/", [f"{spelling}: {FORGED}"]).values())


@pytest.mark.parametrize("front", ["nginx", "haproxy"])
def test_an_outer_proxy_that_is_not_named_is_not_believed(site, front, tmp_path):
    gate = site.port("PORT2")
    if front == "nginx":
        with Server(NGINX_FRONT, binary=NGINX, values={"GATE": str(gate)}) as server, connect(server.port()) as conn:
            assert not any(read(conn, "/").values())
        return
    running = Haproxy(str(tmp_path), HAPROXY_FRONT, GATE=gate)
    try:
        with Conn(running.port) as conn:
            conn.send(b"GET / HTTP/1.1\r\nHost: front.test\r\n\r\n")
            assert conn.read().text == "|||"
    finally:
        running.stop()
