# SPDX-License-Identifier: Apache-2.0
"""WebSocket and other upgrades through the proxy."""

import os

import pytest

from support import rawhttp
from support.backend import websocket
from support.rawhttp import UPGRADE, Conn, build
from support.servers import wait_for

CONFIG = """
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    server { listen 127.0.0.1:@PORT@; access_log @DIR@/a.log;
        location / { proxy_pass http://@B@; proxy_http_version 1.1; proxy_read_timeout 2s;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }
        location /bare { proxy_pass http://@B@; proxy_http_version 1.1; }
    }
    server { listen 127.0.0.1:@PORT2@ ssl; ssl_certificate @PKI@/srv-front.crt;
        ssl_certificate_key @PKI@/srv-front.key; ssl_verify_client on;
        ssl_client_certificate @PKI@/ca.crt;
        location / { proxy_pass http://@B@; proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }
    }
"""


@pytest.fixture(scope="module")
def server(serve_module, backend):
    backend.on("/ws", websocket)
    backend.on("/bare", websocket)
    backend.on("/refuse", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    return serve_module(CONFIG, values={"B": backend.address})


def upgraded(conn):
    conn.send(build("GET /ws", UPGRADE))
    answer = conn.read()
    assert answer.status == 101
    return answer


def test_echo(server):
    with Conn(server.port()) as conn:
        answer = upgraded(conn)
        assert answer.get("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert answer.get("Upgrade") == "websocket"
        assert answer.get("Connection").lower() == "upgrade"
        for size in (1, 100, 60000):
            data = os.urandom(size)
            conn.send(data)
            assert conn.take(size) == data


def test_bytes_sent_with_the_request(server):
    with Conn(server.port()) as conn:
        conn.send(build("GET /ws", UPGRADE) + b"early")
        assert conn.read().status == 101
        assert conn.take(5) == b"early"


def test_bulk_both_ways(server):
    """More than every buffer on the way, so that back-pressure is felt."""
    import threading
    data = os.urandom(3_000_000)
    with Conn(server.port()) as conn:
        upgraded(conn)
        sender = threading.Thread(target=conn.send, args=(data,))
        sender.start()
        assert conn.take(len(data)) == data
        sender.join()


def test_client_closes(server):
    with Conn(server.port()) as conn:
        upgraded(conn)
        conn.send(b"x")
        assert conn.take(1) == b"x"
    server.wait_log(r'"GET /ws HTTP/1.1" 101', "a.log")


def test_idle_ends_after_read_timeout(server):
    with Conn(server.port()) as conn:
        upgraded(conn)
        assert conn.closed(8)


def test_needs_a_certificate(server, pki):
    with Conn(server.port("PORT2"), rawhttp.tls_context(pki, "good"), "front.test") as conn:
        upgraded(conn)
        conn.send(b"over TLS")
        assert conn.take(8) == b"over TLS"
    with Conn(server.port("PORT2"), rawhttp.tls_context(pki), "front.test") as conn:
        conn.send(build("GET /ws", UPGRADE))
        assert conn.read().status == 400


def test_refused_by_the_backend(server):
    with Conn(server.port()) as conn:
        assert conn.ask("GET /refuse", UPGRADE).status == 403


def test_not_forwarded_without_the_headers(server, backend):
    """Without proxy_set_header the hop-by-hop headers stay here, and an unasked 101 is no upgrade."""
    with Conn(server.port()) as conn:
        conn.send(build("GET /echo", ["Upgrade: websocket", "Connection: Upgrade"]))
        conn.read()
    with Conn(server.port()) as conn:
        conn.send(build("GET /bare", UPGRADE))
        answer = conn.read()
    assert backend.last().get("Upgrade") is None
    assert answer.status in (101, 502)


def test_plain_request_on_the_same_location(server):
    with Conn(server.port()) as conn:
        assert conn.ask("GET /other").status == 200


def test_quit_lets_a_tunnel_end(serve, backend):
    import signal
    server = serve(CONFIG, values={"B": backend.address}, main="worker_shutdown_timeout 5s;")
    backend.on("/ws", websocket)
    with Conn(server.port()) as conn:
        upgraded(conn)
        server.kill(signal.SIGQUIT)
        wait_for(lambda: True)
        conn.send(b"still")
        assert conn.take(5) == b"still"
