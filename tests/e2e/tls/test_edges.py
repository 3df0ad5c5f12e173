# SPDX-License-Identifier: Apache-2.0
"""TLS where its records, its renegotiation and its tickets meet what the rest of yett expects."""

import base64
import socket
import ssl
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from support.backend import Backend
from support.pki import simple
from support.rawhttp import ask, tls_context


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


# -- handshakes that fail by our own fault ------------------------------------------------------------

def der(tag, body):
    size = len(body)
    length = bytes([size]) if size < 128 else (b"\x82" + size.to_bytes(2, "big"))
    return bytes([tag]) + length + body


def rsa_pem(numbers, p):
    """A private key (RFC 8017, A.1.2) whose first prime is replaced: OpenSSL loads it, and cannot sign with it."""
    parts = [0, numbers.public_numbers.n, numbers.public_numbers.e, numbers.d, p, numbers.q, numbers.dmp1,
             numbers.dmq1, numbers.iqmp]
    body = b"".join(der(2, part.to_bytes(part.bit_length() // 8 + 1, "big")) for part in parts)
    lines = base64.encodebytes(der(0x30, body)).decode()
    return f"-----BEGIN RSA PRIVATE KEY-----\n{lines}-----END RSA PRIVATE KEY-----\n"


@pytest.fixture
def rsa_server(serve, pki):
    """rsa_server(damage) serves with an RSA key; its prime is `damage` larger than it should be."""
    def start(damage):
        key = rsa.generate_private_key(65537, 2048)
        pair = pki.issue(simple("front.test"), pki.inter, key=key, names=["front.test"])
        pki.write_pair("damaged", pair, [pki.inter[0]])
        numbers = key.private_numbers()
        return serve("server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/damaged.crt; "
                     "ssl_certificate_key @DIR@/damaged.key; ssl_protocols TLSv1.2 TLSv1.3; return 200 ok; }",
                     files={"damaged.key": rsa_pem(numbers, numbers.p + damage)})
    return start


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_handshake_that_fails_by_our_fault_is_critical(rsa_server, version):
    server = rsa_server(1)
    with pytest.raises(ssl.SSLError):
        ask(server.port(), tls=tls_context(version=version))
    server.wait_log(r"\[crit\] .*SSL_do_handshake\(\) failed .*client: 127\.0\.0\.1")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_client_that_leaves_is_not(rsa_server, version):
    server = rsa_server(0)
    assert ask(server.port(), tls=tls_context(version=version)).text == "ok"
    with socket.create_connection(("127.0.0.1", server.port())) as conn:
        conn.sendall(b"GET / HTTP/1.0\r\n\r\n\x16\x03")
    strict = ssl.create_default_context()
    with pytest.raises(ssl.SSLError):
        ask(server.port(), tls=strict, sni="front.test")
    server.wait_log(r"\[info\] .*SSL_do_handshake\(\) failed")
    assert "[crit]" not in server.log()
