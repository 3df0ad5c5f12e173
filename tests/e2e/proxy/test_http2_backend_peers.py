# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 to backends over TLS, and to other implementations of it."""

import ssl
import subprocess
import threading
import time

import pytest

from support.h2_backend import H2Backend
from support.h2_proxy import CONFIG, connection_of, fields, get, many
from support.rawhttp import Conn, build
from support.servers import free_port, wait_for


@pytest.fixture(scope="module")
def h2():
    with H2Backend() as made:
        yield made


# -- TLS ---------------------------------------------------------------------------------------------

TLS = """
    proxy_http_version 2; proxy_ssl_server_name on; proxy_ssl_name backend.test;
    upstream kept { server @B@ max_fails=0; keepalive 8; }
    server { listen 127.0.0.1:@PORT@;
        proxy_ssl_trusted_certificate @PKI@/ca.crt; proxy_ssl_verify on; proxy_ssl_crl @DIR@/all.crl;
        location / { proxy_pass https://kept; proxy_ssl_certificate @PKI@/good.crt; proxy_ssl_certificate_key @PKI@/good.key; }
        location /other/ { proxy_pass https://kept; proxy_ssl_certificate @PKI@/second.crt; proxy_ssl_certificate_key @PKI@/second.key; }
        location /name/ { proxy_pass https://kept; proxy_ssl_name wrong.test; }
    }
"""


def tls_backend(pki, *protocols, cert="srv-backend"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.path(cert + ".crt"), pki.path(cert + ".key"))
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return H2Backend(tls=context)


def tls_server(serve, pki, backend, crl="all.crl"):
    with open(pki.path(crl), "rb") as crl:
        return serve(TLS, values={"B": backend.address}, files={"all.crl": crl.read()})


@pytest.mark.parametrize("protocols", [("h2", "http/1.1"), ("h2",), ()])
def test_over_tls(serve, pki, protocols):
    with tls_backend(pki, *protocols) as backend:
        server = tls_server(serve, pki, backend)
        got = fields(get(server, "/x"))
        assert got[":scheme"] == "https"
        assert get(server, "/name/x").status == 502
        server.wait_log(r'upstream SSL certificate does not match "wrong.test"')


def test_another_protocol_by_alpn(serve, pki):
    """OpenSSL's server ends the handshake if it has no protocol in common."""
    with tls_backend(pki, "http/1.1") as backend:
        server = tls_server(serve, pki, backend)
        answer = get(server, "/x")
        assert answer.status == 502 or fields(answer)


def test_clients_certificates_do_not_share_a_connection(serve, pki):
    with tls_backend(pki, "h2") as backend:
        server = tls_server(serve, pki, backend)
        one, two = connection_of(server, "/x"), connection_of(server, "/other/x")
        assert one != two
        assert connection_of(server, "/x") == one and connection_of(server, "/other/x") == two


def test_a_revoked_backend_gets_no_more_requests(serve, pki):
    with tls_backend(pki, "h2", cert="srv-revoked") as backend:
        server = tls_server(serve, pki, backend, "none-revoked.crl")
        first = connection_of(server, "/x")
        assert connection_of(server, "/x") == first
        with open(pki.path("all.crl"), "rb") as crl:
            server.write("all.crl", crl.read())
        wait_for(lambda: get(server, "/x").status == 502, what="the refusal")
        server.wait_log("23:certificate revoked")


def test_many_answers_at_once_over_tls(serve, pki):
    """More than is read in one turn, so that the rest waits inside TLS."""
    with tls_backend(pki, "h2") as backend:
        server = tls_server(serve, pki, backend)
        gate = threading.Event()

        def answer(call):
            gate.wait(8)
            call.head(200).data(b"m" * 60_000, end=True)
        backend.on("/many", answer)
        first = connection_of(server, "/x")
        conns = many(server, "/many", 40)
        wait_for(lambda: len(backend.of("/many")) == 40, what="all requests")
        gate.set()
        assert all(conn.read().body == b"m" * 60_000 for conn in conns)
        assert {call.conn.number for call in backend.of("/many")} == {first}
        for conn in conns:
            conn.close()


# -- other implementations ---------------------------------------------------------------------------

def test_nginx_as_backend(serve, nginx):
    inner = serve('server { listen 127.0.0.1:@PORT@ http2; root @DIR@/html;'
                  ' location = /echo { return 200 "$server_protocol|$request_method|$http_host|$args"; } }',
                  binary=nginx)
    inner.write("html/big", b"n" * 2_000_000)
    server = serve(CONFIG, values={"B": f"127.0.0.1:{inner.port()}", "C": "127.0.0.1:1"})
    assert get(server, "/echo?a=b").text == "HTTP/2.0|GET|kept|a=b"
    assert get(server, "/big").body == b"n" * 2_000_000
    assert get(server, "/none").status == 404
    assert get(server, "/big", "Range: bytes=5-9").body == b"nnnnn"


def test_nghttpd_as_backend(serve, tmp_path):
    (tmp_path / "file").write_bytes(b"d" * 1_000_000)
    port = free_port()
    with subprocess.Popen(["nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", str(tmp_path), str(port)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            server = serve(CONFIG, values={"B": f"127.0.0.1:{port}", "C": "127.0.0.1:1"})
            wait_for(lambda: get(server, "/file").status == 200, what="nghttpd")
            for _ in range(3):
                assert get(server, "/file").body == b"d" * 1_000_000
            assert get(server, "/none").status == 404
        finally:
            running.terminate()


def test_yett_behind_yett(serve, h2):
    inner = serve('http2 on; server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://@B@; proxy_http_version 2; } }',
                  values={"B": h2.address})
    server = serve(CONFIG, values={"B": f"127.0.0.1:{inner.port()}", "C": "127.0.0.1:1"})
    h2.on("/deep", lambda call: call.text(200, f"{len(call.body)}"))
    for size in (0, 10, 400_000):
        assert get(server, "/deep", method="POST", body=b"x" * size).text == str(size)


def test_a_unix_socket(serve, tmp_path):
    with H2Backend(path=str(tmp_path / "s")) as backend:
        server = serve(CONFIG, values={"B": backend.address, "C": "127.0.0.1:1"})
        first = connection_of(server, "/x")
        assert connection_of(server, "/x") == first


def test_quit_waits_for_what_is_in_flight(serve, h2):
    server = serve(CONFIG, values={"B": h2.address, "C": h2.address})
    gate = threading.Event()

    def answer(call):
        gate.wait(8)
        call.text(200, "late")
    h2.on("/quit", answer)
    with Conn(server.port(), timeout=10) as conn:
        conn.send(build("GET /quit"))
        wait_for(lambda: h2.of("/quit"), what="the request")
        server.run("-s", "quit", check=True)
        time.sleep(0.3)
        gate.set()
        assert conn.read().text == "late"
    server.process.wait(10)
