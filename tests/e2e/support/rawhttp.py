# SPDX-License-Identifier: Apache-2.0
"""Requests of exact bytes over TCP or TLS, and answers read by their framing, nothing hidden."""

import re
import socket
import ssl
import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)
VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}

# What a WebSocket's client asks with.
UPGRADE = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]


class Closed(Exception):
    """The peer closed before a whole answer had come; .args[0] holds what came."""


class NotHttp(Exception):
    """What came is not an HTTP/1 answer."""


class Response:
    def __init__(self, status, reason, version, headers, body=b"", trailers=(), whole=True):
        self.status, self.reason, self.version = status, reason, version
        self.headers, self.body, self.trailers, self.whole = headers, body, list(trailers), whole

    def get(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r}>"


def tls_context(pki=None, cert=None, version=None, key=None):
    """A client context that accepts any server and offers the named certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version:
        context.minimum_version = context.maximum_version = VERSIONS[version]
    if cert:
        context.load_cert_chain(pki.path(cert + ".crt"), pki.path((key or cert) + ".key"))
    return context


class Conn:
    """One connection. With `tls` (a context) it is TLS, with `sni` sent if not None."""

    def __init__(self, port, tls=None, sni=None, timeout=20.0, session=None, host="127.0.0.1",
                 source=None):
        if isinstance(port, str):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            self.sock.connect(port)
        else:
            self.sock = socket.create_connection((host, port), timeout,
                                                 (source, 0) if source else None)
            # As browsers and curl do: else a request may wait for the acknowledgement of a handshake.
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 0)
        self.buffer = b""
        self.eof = False
        if tls is not None:
            raw = self.sock
            try:
                self.sock = tls.wrap_socket(raw, server_hostname=sni, session=session)
            except BaseException:
                raw.close()
                raise

    @classmethod
    def over(cls, sock):
        """A connection over what is like a socket already: sendall(), recv(), close()."""
        conn = cls.__new__(cls)
        conn.sock, conn.buffer, conn.eof = sock, b"", False
        return conn

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))
        return self

    def fill(self):
        """Reads once; False at the end of the stream (a reset counts as one)."""
        if self.eof:
            return False
        try:
            data = self.sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
            data = b""
        if not data:
            self.eof = True
            return False
        self.buffer += data
        return True

    def take_until(self, mark):
        while mark not in self.buffer:
            if not self.fill():
                raise Closed(self.buffer)
        head, self.buffer = self.buffer.split(mark, 1)
        return head

    def take(self, size):
        while len(self.buffer) < size:
            if not self.fill():
                raise Closed(self.buffer)
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def read(self, method="GET"):
        """The next answer (1xx ones included), with its body as its framing says."""
        head = self.take_until(b"\r\n\r\n").decode("latin-1")
        lines = head.split("\r\n")
        match = re.fullmatch(r"(HTTP/\d\.\d) (\d{3})(?: (.*))?", lines[0])
        if not match:
            raise NotHttp(f"not a status line: {lines[0]!r}")
        headers = []
        for line in lines[1:]:
            if ":" not in line:
                raise NotHttp(f"not a header: {line!r}")
            key, value = line.split(":", 1)
            headers.append((key, value.strip()))
        answer = Response(int(match[2]), match[3], match[1], headers)
        if method == "HEAD" or answer.status in (204, 304) or answer.status < 200:
            return answer
        if "chunked" in (answer.get("Transfer-Encoding") or "").lower():
            self._read_chunked(answer)
        elif answer.get("Content-Length") is not None:
            size = int(answer.get("Content-Length"))
            try:
                answer.body = self.take(size)
            except Closed:
                answer.body, self.buffer, answer.whole = self.buffer, b"", False
        else:
            answer.body = self.read_all()
        return answer

    def _read_chunked(self, answer):
        try:
            while True:
                size = int(self.take_until(b"\r\n").split(b";")[0], 16)
                if size == 0:
                    break
                answer.body += self.take(size)
                assert self.take(2) == b"\r\n"
            while True:
                line = self.take_until(b"\r\n").decode("latin-1")
                if not line:
                    return
                key, value = line.split(":", 1)
                answer.trailers.append((key, value.strip()))
        except Closed:
            answer.body += self.buffer
            self.buffer, answer.whole = b"", False

    def read_all(self):
        while self.fill():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def closed(self, timeout=3.0):
        """True if the peer closes within the timeout and sends nothing more."""
        if self.buffer:
            return False
        before = self.sock.gettimeout()
        self.sock.settimeout(timeout)
        try:
            return not self.fill()
        except (socket.timeout, TimeoutError):
            return False
        finally:
            self.sock.settimeout(before)

    def ask(self, line="GET /", headers=(), host="localhost", body=b"", version="HTTP/1.1"):
        """Sends one request and reads its final answer."""
        self.send(build(line, headers, host, body, version))
        method = line.split(" ", 1)[0]
        answer = self.read(method)
        while 100 <= answer.status < 200 and answer.status != 101:
            answer = self.read(method)
        return answer

    def close(self):
        self.sock.close()

    def abort(self):
        """Closes with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def build(line="GET /", headers=(), host="localhost", body=b"", version="HTTP/1.1"):
    """The bytes of a request; a body gets its length unless the headers frame it."""
    if isinstance(body, str):
        body = body.encode()
    lines = [f"{line} {version}"]
    if host is not None:
        lines.append(f"Host: {host}")
    lines += list(headers)
    names = [h.split(":", 1)[0].lower() for h in headers]
    if body and "content-length" not in names and "transfer-encoding" not in names:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def ask(port, line="GET /", headers=(), host="localhost", body=b"", tls=None, sni=None,
        timeout=20.0, version="HTTP/1.1", source=None):
    """One request on a connection of its own."""
    with Conn(port, tls, sni, timeout, source=source) as conn:
        return conn.ask(line, headers, host, body, version)
