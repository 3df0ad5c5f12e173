# SPDX-License-Identifier: Apache-2.0
"""TLS where its records, its renegotiation and its tickets meet what the rest of yett expects."""

import socket
import ssl
import time

import pytest

from support.backend import Backend
from support.rawhttp import ask


class TlsBackend(Backend):
    """The same, over TLS: one write of an answer becomes records of `record` bytes, in one segment."""

    def __init__(self, pki, **more):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pki.path("srv-backend.crt"), pki.path("srv-backend.key"))
        self.record = 4096
        super().__init__(**more)

    def _serve(self, conn):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self.context.wrap_bio(incoming, outgoing, server_side=True)

        def step(call, *args):
            while True:
                try:
                    return call(*args)
                except ssl.SSLWantReadError:
                    conn.sendall(outgoing.read())
                    data = conn.recv(65536)
                    incoming.write(data) if data else incoming.write_eof()

        try:
            step(tls.do_handshake)
            conn.sendall(outgoing.read())
            head = b""
            while b"\r\n\r\n" not in head:
                part = step(tls.read, 65536)
                if not part:
                    return
                head += part
            answer = self.answers["/"]
            for at in range(0, len(answer), self.record):
                tls.write(answer[at:at + self.record])
            conn.sendall(outgoing.read())
            self.release.wait(10)
        except OSError:
            pass
        finally:
            conn.close()


@pytest.fixture(scope="module")
def tls_backend(pki):
    with TlsBackend(pki) as backend:
        yield backend


@pytest.fixture(scope="module")
def front(serve_module, tls_backend):
    return serve_module(f"""
        server {{ listen 127.0.0.1:@PORT@ sndbuf=8k; proxy_http_version 1.1;
            proxy_buffers 2 4k; proxy_buffer_size 4k;
            location / {{ proxy_pass https://{tls_backend.address}/; }} }}""")


def chunked(body, chunk):
    parts = [body[i:i + chunk] for i in range(0, len(body), chunk)]
    return (b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n")


def read_slowly(port):
    """Takes so little at once that yett has to hold the backend back."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(4)
        sock.connect(("127.0.0.1", port))
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        time.sleep(0.2)
        answer = b""
        while data := sock.recv(4096):
            answer += data
    return answer


@pytest.mark.parametrize("chunk", [200, 1000])
@pytest.mark.parametrize("size", range(28000, 48000, 2000))
def test_a_slow_client_gets_all_of_an_answer(front, tls_backend, chunk, size):
    """What waits inside TLS while the backend is held back is not announced by the network."""
    body = bytes(i % 251 for i in range(size))
    tls_backend.record = 4096
    tls_backend.on("/", chunked(body, chunk))
    assert read_slowly(front.port()).endswith(b"\r\n\r\n" + body)


def test_a_head_of_many_records_is_read_to_its_end(front, tls_backend):
    tls_backend.record = 8
    tls_backend.on("/", b"HTTP/1.1 200 OK\r\nConnection: close\r\nX-Long: " + b"x" * 400
                   + b"\r\nContent-Length: 2\r\n\r\nok")
    answer = ask(front.port(), timeout=4)
    assert answer.status == 200 and answer.text == "ok" and answer.get("x-long") == "x" * 400
