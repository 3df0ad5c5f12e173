# SPDX-License-Identifier: Apache-2.0
"""Exchanges that would go on for hours, and whether they still do; over either protocol."""

import os
import threading

from support import protocols
from support.backend import websocket
from support.rawhttp import build
from support.servers import wait_for

SIZE = 1 << 36  # of a body that nobody waits for: no loopback brings a quarter of it before the end
PAUSE = 0.05

LOCATIONS = """
        proxy_http_version 1.1; proxy_read_timeout 60s; client_max_body_size 0; sendfile off;
        access_log @DIR@/seen.log seen;
        location /files/ { root @DIR@; }
        location / { proxy_pass http://@B@; proxy_request_buffering off; proxy_buffering off;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgrade;
            proxy_set_header X-Verify $ssl_client_verify; }
        location /kept { proxy_pass http://@B@; client_body_buffer_size 16k; }
"""
HTTP = """
    @HTTP2@
    map $http_upgrade $upgrade { default upgrade; "" close; }
    log_format seen "$request_uri $status $ssl_client_verify";
"""


def prepare(server):
    """The file that is downloaded: long, and nothing on the disk."""
    os.makedirs(os.path.join(server.dir, "files"))
    with open(os.path.join(server.dir, "files", "long"), "wb") as out:
        out.truncate(SIZE)


class Kind:
    """An exchange on a connection. `over` is set when the backend sees its end."""

    number = 0

    def __init__(self, conn, backend, name):
        Kind.number += 1
        self.conn, self.path = conn, f"/{name}{Kind.number}"
        self.over, self.stop = threading.Event(), threading.Event()
        backend.on(self.path, self.backend)
        self.begin()

    def backend(self, conn, request):
        try:
            return self.answer(conn, request)
        finally:
            self.over.set()

    def answer(self, conn, request):
        raise NotImplementedError

    def begin(self):
        assert self.conn.start("GET " + self.path).status() == 200

    def goes_on(self):
        """Uses it; the next bytes come."""
        raise NotImplementedError

    def ends(self):
        """Waits for the end; True if the client can see that the answer is not whole."""
        raise NotImplementedError

    def backend_knows(self):
        return self.over.wait(10)


class Events(Kind):
    """Server-sent events, chunked."""

    def answer(self, conn, request):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                     b"Transfer-Encoding: chunked\r\n\r\n")
        while not self.stop.wait(PAUSE):
            conn.sendall(b"9\r\ndata: x\n\n\r\n")
        conn.sendall(b"0\r\n\r\n")
        return False

    def goes_on(self):
        return self.conn.comes(b"data: x\n\n")

    def ends(self):
        return self.conn.breaks_off()


class Download(Kind):
    def answer(self, conn, request):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
        while not self.stop.is_set():
            conn.sendall(bytes(10000))
        return False

    def goes_on(self):
        return self.conn.take(20000) == bytes(20000)

    def ends(self):
        return self.conn.breaks_off(SIZE // 4)


class Quiet(Kind):
    """An answer of which nothing has come yet."""

    def begin(self):
        self.conn.start("GET " + self.path)

    def answer(self, conn, request):
        conn.settimeout(30)
        assert conn.recv(1) == b""
        return False

    def goes_on(self):
        return not self.conn.closed(0.2)

    def ends(self):
        return self.conn.closed(10)


class File(Kind):
    """A file that yett itself sends."""

    def begin(self):
        self.path = "/files/long"
        super().begin()

    goes_on = Download.goes_on
    ends = Download.ends

    def backend_knows(self):
        return True


class Upload(Kind):
    """Passed on as it comes."""

    def __init__(self, conn, backend, name):
        self.received = 0
        backend.on(f"/{name}{Kind.number + 1}#head", self.take)
        super().__init__(conn, backend, name)

    def begin(self):
        self.conn.start("POST " + self.path, length=SIZE)

    def take(self, conn, _):
        """Before the whole request is there, which it never is."""
        try:
            data = conn.recv(65536)
            while data:
                self.received += len(data)
                data = conn.recv(65536)
        finally:
            self.over.set()
        raise ValueError("it ended")

    def goes_on(self):
        """What was read together with the head is not counted: so it is sent until some is."""
        before = self.received

        def arrives():
            self.conn.part(bytes(1000))
            return self.received > before
        return wait_for(arrives, 10, "the body at the backend")

    def ends(self):
        return refuses(self.conn)


class Kept(Kind):
    """An upload that is kept until it is complete."""

    def begin(self):
        self.path = "/kept"
        self.conn.start("POST " + self.path, length=SIZE)

    def goes_on(self):
        self.conn.part(bytes(1000))
        return not self.conn.closed(0.2)

    def ends(self):
        return refuses(self.conn)

    def backend_knows(self):
        return True


class WebSocket(Kind):
    protocol = "websocket"

    def begin(self):
        self.conn.send(build("GET " + self.path, [
            "Upgrade: " + self.protocol, "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]))
        assert self.conn.read().status == 101

    def answer(self, conn, request):
        return websocket(conn, request)

    def goes_on(self):
        self.conn.send(b"hello")
        return self.conn.take(5) == b"hello"

    def ends(self):
        return self.conn.closed(10)


class Upgrade(WebSocket):
    """Bytes both ways, as after CONNECT."""

    protocol = "raw-bytes"

    def answer(self, conn, request):
        conn.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: raw-bytes\r\n"
                     b"Connection: Upgrade\r\n\r\n")
        data = conn.recv(65536)
        while data:
            conn.sendall(data)
            data = conn.recv(65536)
        return False


def refuses(conn):
    """Waits until what the client sends is taken no more."""
    def fails():
        try:
            conn.part(bytes(10000))
        except OSError:
            return True
        return False
    return wait_for(fails, 20, "the end of an upload")


KINDS = {"events": Events, "download": Download, "quiet": Quiet, "file": File, "upload": Upload,
         "kept upload": Kept, "websocket": WebSocket, "upgrade": Upgrade}


OF_HTTP1 = ("websocket", "upgrade")


def kinds():
    """Of the protocol whose turn it is."""
    return [kind for kind in KINDS if protocols.turn == protocols.H1 or kind not in OF_HTTP1]


def begin(kind, conn, backend):
    return KINDS[kind](conn, backend, kind.replace(" ", "-"))
