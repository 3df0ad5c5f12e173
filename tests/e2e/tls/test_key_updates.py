# SPDX-License-Identifier: Apache-2.0
"""Key updates (RFC 8446, 4.6.3) without end, from a client or a backend: they must not hold up others."""

import ctypes
import socket
import threading
import time

import pytest

from support.rawhttp import Conn, ask, build

LIB = ctypes.CDLL("libssl.so.3")
for name in ("SSL_CTX_new", "SSL_new", "TLS_server_method", "TLS_client_method"):
    getattr(LIB, name).restype = ctypes.c_void_p

CONFIG = """
    proxy_ssl_verify off;
    server { listen 127.0.0.1:@PORT@;
        location /here { return 200 here; }
        location /h1/ { proxy_pass https://127.0.0.1:@B@; }
        location /h2/ { proxy_pass https://127.0.0.1:@B@; proxy_http_version 2; }
    }
    server { listen 127.0.0.1:@PORT2@ ssl; http2 on; location / { return 200 x; }
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key; }
"""


class Flood:
    """One end of a TLS connection that sends nothing but key updates, `n` of them."""

    def __init__(self, sock, server, pki, first=None):
        method = LIB.TLS_server_method() if server else LIB.TLS_client_method()
        self.sock, self.sent, self.failed = sock, 0, threading.Event()
        ctx = ctypes.c_void_p(LIB.SSL_CTX_new(ctypes.c_void_p(method)))
        if server:
            assert LIB.SSL_CTX_use_certificate_chain_file(ctx, pki.path("srv-backend.crt").encode()) == 1
            assert LIB.SSL_CTX_use_PrivateKey_file(ctx, pki.path("srv-backend.key").encode(), 1) == 1
        self.ssl = ctypes.c_void_p(LIB.SSL_new(ctx))
        sock.setblocking(True)
        LIB.SSL_set_fd(self.ssl, sock.fileno())
        assert (LIB.SSL_accept if server else LIB.SSL_connect)(self.ssl) == 1
        if server:
            LIB.SSL_read(self.ssl, ctypes.create_string_buffer(4096), 4096)
        if first:
            LIB.SSL_write(self.ssl, first, len(first))

    def run(self, n):
        while self.sent < n and LIB.SSL_key_update(self.ssl, 1) == 1 and LIB.SSL_do_handshake(self.ssl) == 1:
            self.sent += 1
        if self.sent < n:
            self.failed.set()

    def write(self, data):
        return LIB.SSL_write(self.ssl, data, len(data))


def others_are_served(server, seconds=3):
    """What the worker computes at most before it answers another."""
    until = time.monotonic() + seconds
    slowest = 0
    while time.monotonic() < until:
        began = server.cpu_seconds()
        assert ask(server.port(), "GET /here", timeout=60).text == "here"
        slowest = max(slowest, server.cpu_seconds() - began)
        time.sleep(0.05)
    return slowest


@pytest.mark.parametrize("path", ["/h1/", "/h2/"])
def test_from_a_backend(serve, pki, path):
    listener = socket.create_server(("127.0.0.1", 0))
    server = serve(CONFIG, values={"B": listener.getsockname()[1]})

    def backend():
        sock, _ = listener.accept()
        Flood(sock, True, pki, b"\0\0\0\4\0\0\0\0\0" if path == "/h2/" else None).run(1 << 30)
    with Conn(server.port(), timeout=8) as conn:
        conn.send(build("GET " + path))
        threading.Thread(target=backend, daemon=True).start()
        assert others_are_served(server) < 2.5
    listener.close()


def test_they_are_no_answer(serve, pki):
    """A key update now and then does not put off proxy_read_timeout."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = serve(CONFIG.replace("proxy_ssl_verify off;", "proxy_ssl_verify off; proxy_read_timeout 1s;"),
                   values={"B": listener.getsockname()[1]})

    def backend():
        flood = Flood(listener.accept()[0], True, pki)
        for n in range(1, 30):
            flood.run(n)
            time.sleep(0.3)
    threading.Thread(target=backend, daemon=True).start()
    assert ask(server.port(), "GET /h1/", timeout=6).status == 504
    listener.close()


def test_from_a_client(serve, pki):
    server = serve(CONFIG, values={"B": 1})
    flood = Flood(socket.create_connection(("127.0.0.1", server.port("PORT2"))), False, pki)
    threading.Thread(target=flood.run, args=(1 << 30,), daemon=True).start()
    assert others_are_served(server) < 2.5
    flood.sock.close()


def test_a_few_are_answered(serve, pki):
    server = serve(CONFIG, values={"B": 1})
    sock = socket.create_connection(("127.0.0.1", server.port("PORT2")))
    flood = Flood(sock, False, pki)
    flood.run(20)
    assert flood.sent == 20
    request = b"GET / HTTP/1.1\r\nHost: front.test\r\n\r\n"
    assert flood.write(request) == len(request)
    into = ctypes.create_string_buffer(4096)
    assert LIB.SSL_read(flood.ssl, into, 4096) > 0 and into.value.startswith(b"HTTP/1.1 200")
