# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 and HTTP/2 by one client: a test with the mark `both` runs over each of them.

`connect` and `ask` speak the protocol whose turn it is; `protocol` is a fixture in conftest.py.
"""

import time

import pytest

from support.http2 import Http2, head
from support.rawhttp import Closed, Conn, Response, build

both = pytest.mark.usefixtures("protocol")
H1, H2 = "h1", "h2"
turn = H1


class Conn1(Conn):
    """HTTP/1.1, with what both can do beside what `Conn` can."""

    def start(self, line="GET /", headers=(), host="localhost", length=None):
        """The head of a request; with a length, its body follows by `part`."""
        more = [] if length is None else [f"Content-Length: {length}"]
        return self.send(build(line, [*headers, *more], host))

    def part(self, data, last=False):
        """OSError: the body is not taken any more."""
        self.send(data)

    def status(self):
        """Reads the head of the answer."""
        line = self.take_until(b"\r\n\r\n").split(b"\r\n")[0]
        return int(line.split(b" ")[1])

    def comes(self, mark):
        """Whether these bytes of the body come, from now on."""
        self.buffer = b""
        return self.take_until(mark) is not None

    def rest(self):
        """The end of the connection: the last bytes before, and how many there were."""
        size, last, until = 0, self.buffer, time.monotonic() + 20
        while self.fill():
            size += len(self.buffer)
            last, self.buffer = (last + self.buffer)[-100:], b""
            assert time.monotonic() < until, "it goes on"
        return last, size

    def breaks_off(self, size=None):
        """Waits for the end; True if the client can tell that the answer is not whole."""
        last, got = self.rest()
        return not last.endswith(b"0\r\n\r\n") if size is None else got < size

    def whole(self):
        """Reads a chunked answer to its end."""
        return self.take_until(b"0\r\n\r\n") is not None


class Conn2(Http2):
    """One connection of HTTP/2 with one request at a time, as `Conn1` has."""

    def __init__(self, port, tls=None, sni=None, timeout=20.0, session=None):
        if tls is not None:
            tls.set_alpn_protocols(["h2"])
        super().__init__(port, tls, sni, session=session, timeout=timeout, plain=tls is None)
        self.stream = None

    @property
    def got(self):
        return self.streams[self.stream]

    def start(self, line="GET /", headers=(), host="localhost", length=None):
        method, path = line.split(" ", 1)
        fields = [(n.strip().lower(), v.strip()) for n, v in (h.split(":", 1) for h in headers)]
        if length is not None:
            fields.append(("content-length", str(length)))
        scheme = "http" if not hasattr(self.sock, "cipher") else "https"
        self.stream = self.request(head(path, method, host, *fields, scheme=scheme),
                                   end=length is None)
        return self

    def part(self, data, last=False):
        self.pump()
        self.until(lambda: self.got.over or min(self.credit[0], self.credit[self.stream]) >= len(data), 5)
        if self.eof or self.got.over:
            raise ConnectionResetError(self.got)
        for window in (0, self.stream):
            self.credit[window] -= len(data)
        self.data(self.stream, data, last)

    def status(self):
        self.until(lambda: self.got.status or self.got.over)
        if not self.got.status:
            raise Closed(self.got)
        return self.got.status

    def comes(self, mark):
        self.got.body.clear()
        return self.until(lambda: mark in self.got.body)

    def take(self, size):
        if not self.until(lambda: len(self.got.body) >= size):
            raise Closed(self.got)
        data = bytes(self.got.body[:size])
        del self.got.body[:size]
        return data

    def breaks_off(self, _=None):
        self.keep = False
        return self.until(lambda: self.got.over or self.eof, 20) and not self.got.ended

    def whole(self):
        return self.until(lambda: self.got.ended)

    def read(self, _=None):
        """The whole answer, or what came of it."""
        got = self.answer(self.stream, self.timeout)
        if not got.status:
            raise Closed(got)
        return Response(got.status, "", "HTTP/2.0", [f for f in got.heads[-1] if f[0][0] != ":"],
                        bytes(got.body), got.trailers or (), got.ended)

    def ask(self, line="GET /", headers=(), host="localhost", body=b""):
        body = body.encode() if isinstance(body, str) else body
        self.start(line, headers, host, len(body) if body else None)
        if body:
            self.upload(self.stream, body)
        return self.read()

    def abort(self):
        """Closes with a reset."""
        Conn.abort(self)

    def closed(self, seconds=3.0):
        return super().closed(seconds)


def connect(port, tls=None, sni=None, timeout=20.0, session=None):
    return (Conn2 if turn == H2 else Conn1)(port, tls, sni, timeout, session)


def ask(port, line="GET /", headers=(), host="localhost", body=b"", tls=None, sni=None, timeout=20.0):
    """One request on a connection of its own."""
    with connect(port, tls, sni, timeout) as conn:
        return conn.ask(line, headers, host, body)
