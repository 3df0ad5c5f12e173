# SPDX-License-Identifier: Apache-2.0
"""One thread serves everybody: a client that never stops sending does not keep the others waiting."""

import subprocess
import sys

import pytest

from support.rawhttp import Conn, ask, build, tls_context

HTTP = """
    client_max_body_size 0; lingering_time 300s;
    ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    server { listen 127.0.0.1:@PORT@; listen 127.0.0.1:@PORT2@ ssl;
        location / { return 200 here; }
        location /streamed { proxy_pass http://@B@; proxy_request_buffering off; }
    }
"""


def swallow(conn, _request):
    """Reads what comes, for ever."""
    while conn.recv(1 << 20):
        pass
    raise ConnectionError  # there is no request


@pytest.fixture(scope="module")
def server(serve_module, backend):
    backend.on("/streamed#head", swallow)
    backend.on("/streamed/whole", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    return serve_module(HTTP, main="worker_processes 1;", values={"B": backend.address})


UPLOAD = """
import socket, ssl, sys
port, path, tls = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "True"
sock = socket.create_connection(("127.0.0.1", port))
if tls:
    context = ssl._create_unverified_context()
    sock = context.wrap_socket(sock)
sock.sendall(f"POST {path} HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: {10 ** 15}\\r\\n\\r\\n".encode())
print("begun", flush=True)
while True:
    sock.sendall(bytes(1 << 20))
"""


def upload(server, tls, path):
    """A process of its own that sends as fast as it can."""
    port = server.port("PORT2" if tls else "PORT")
    running = subprocess.Popen([sys.executable, "-c", UPLOAD, str(port), path, str(tls)],
                               stdout=subprocess.PIPE)
    assert running.stdout.readline() == b"begun\n"
    return running


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("path", ["/", "/streamed"])
def test_an_endless_upload_leaves_others_their_turn(server, tls, path):
    uploads = [upload(server, tls, path) for _ in range(2)]
    try:
        for _ in range(20):
            assert ask(server.port(), "GET /x", timeout=20).text == "here"
            assert ask(server.port("PORT2"), "GET /x", tls=tls_context(), timeout=20).text == "here"
        assert [running.poll() for running in uploads] == [None, None], "the uploads ended"
    finally:
        for running in uploads:
            running.kill()
            running.wait()
            running.stdout.close()


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_pipelined_requests_are_all_answered_in_order(server, tls):
    context, port = (tls_context(), "PORT2") if tls else (None, "PORT")
    with Conn(server.port(port), context, timeout=20) as conn:
        for _ in range(3):
            conn.send(build("GET /x") * 300)
            assert [conn.read().text for _ in range(300)] == ["here"] * 300


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_large_upload_arrives_whole(server, backend, tls):
    context, port = (tls_context(), "PORT2") if tls else (None, "PORT")
    body = bytes(range(256)) * (8 << 12)
    with Conn(server.port(port), context, timeout=20) as conn:
        assert conn.ask("POST /streamed/whole", body=body).status == 200
    assert backend.last().body == body
