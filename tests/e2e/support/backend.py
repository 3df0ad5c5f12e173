# SPDX-License-Identifier: Apache-2.0
"""A small HTTP backend that records what reached it byte by byte, and misbehaves when told to.

It answers with a JSON description of the request. A path given to `on()` gets other treatment:
bytes are sent as they are and the connection closed, a function gets (socket, request).
"""

import base64
import hashlib
import json
import os
import socket
import struct
import threading
import time


class Request:
    def __init__(self, line, headers, body, raw, number, trailers=()):
        self.method, self.target, self.version = (line.split(" ") + ["", ""])[:3]
        self.line, self.headers, self.body, self.raw = line, headers, body, raw
        self.number, self.trailers = number, list(trailers)

    @property
    def path(self):
        return self.target.split("?", 1)[0]

    def get(self, name, default=None):
        values = [v for n, v in self.headers if n.lower() == name.lower()]
        return values[0] if values else default

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]


class Backend:
    def __init__(self, path=None, answers=None):
        if path:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.bind(path)
            self.address, self.port = f"unix:{path}", path
        else:
            self.sock = socket.create_server(("127.0.0.1", 0))
            self.port = self.sock.getsockname()[1]
            self.address = f"127.0.0.1:{self.port}"
        self.sock.listen(512)
        self.requests = []
        self.connections = 0
        self.answers = dict(answers or {})
        self.release = threading.Event()
        self._open = set()
        self._stopping = False
        threading.Thread(target=self._accept, daemon=True).start()

    def on(self, path, answer):
        self.answers[path] = answer

    def last(self):
        return self.requests[-1]

    def reset(self):
        self.requests.clear()
        self.connections = 0

    def stop(self):
        self._stopping = True
        self.release.set()
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()
        for conn in list(self._open):
            try:
                conn.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    # -- serving ---------------------------------------------------------------------------------

    def _accept(self):
        while not self._stopping:
            try:
                conn, _ = self.sock.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn):
        self._open.add(conn)
        number = 0
        stream = conn.makefile("rb")
        try:
            while True:
                request = self._read(conn, stream, number)
                if request is None or not self._answer(conn, request):
                    return
                number += 1
        except (OSError, ValueError):
            pass
        finally:
            self._open.discard(conn)
            try:
                stream.close()
                conn.close()
            except OSError:
                pass

    def _read(self, conn, stream, number):
        raw, lines = b"", []
        while True:
            line = stream.readline()
            if not line:
                return None
            raw += line
            if line == b"\r\n":
                break
            lines.append(line.rstrip(b"\r\n").decode("latin-1"))
        headers = [tuple(p.strip() if i else p for i, p in enumerate(line.split(":", 1)))
                   for line in lines[1:]]
        request = Request(lines[0], headers, b"", raw, number)
        if request.path + "#head" in self.answers:
            self.answers[request.path + "#head"](conn, request)
        if (request.get("Expect") or "").lower() == "100-continue":
            conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in (request.get("Transfer-Encoding") or ""):
            request.body, rest = self._read_chunked(stream, request)
        else:
            size = int(request.get("Content-Length") or 0)
            request.body = rest = stream.read(size)
        request.raw += rest
        self.requests.append(request)
        return request

    @staticmethod
    def _read_chunked(stream, request):
        body, raw = b"", b""
        while True:
            line = stream.readline()
            raw += line
            size = int(line.split(b";")[0], 16)
            if not size:
                break
            data = stream.read(size)
            raw += data + stream.readline()
            body += data
        while True:
            line = stream.readline()
            raw += line
            if line in (b"\r\n", b""):
                return body, raw
            key, value = line.decode("latin-1").split(":", 1)
            request.trailers.append((key, value.strip()))

    def _answer(self, conn, request):
        action = self.answers.get(request.path)
        if callable(action):
            return action(conn, request)
        if action is not None:
            conn.sendall(action)
            return b"Connection: keep-alive" in action
        body = json.dumps({
            "method": request.method, "target": request.target, "version": request.version,
            "headers": request.headers, "trailers": request.trailers,
            "body": request.body.decode("latin-1")}).encode()
        if request.method == "HEAD":
            body = b""
        head = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n" % len(body))
        close = "close" in (request.get("Connection") or "")
        conn.sendall(head + (b"Connection: close\r\n" if close else b"") + b"\r\n" + body)
        return not close


# -- misbehaviour --------------------------------------------------------------------------------

def die(data=b"", reset=False):
    """Sends data and closes, with a reset if wanted."""
    def action(conn, request):
        conn.sendall(data)
        if reset:
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    return action


def slow(pieces, pause):
    """Sends the pieces with a pause before each but the first."""
    def action(conn, request):
        for i, piece in enumerate(pieces):
            if i:
                time.sleep(pause)
            conn.sendall(piece)
        return False
    return action


def stall(event, then=b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ndone"):
    """Waits for the event, then answers."""
    def action(conn, request):
        event.wait(30)
        conn.sendall(then)
        return False
    return action


def websocket(conn, request):
    """Accepts the upgrade and echoes every byte back; ends when the peer does."""
    key = (request.get("Sec-WebSocket-Key") or "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
    conn.sendall(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").encode())
    while True:
        data = conn.recv(65536)
        if not data:
            return False
        conn.sendall(data)


def big(size, chunked=False):
    """A body of `size` bytes with a recognisable pattern."""
    block = os.urandom(4096)

    def action(conn, request):
        if chunked:
            conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        else:
            conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        left = size
        while left:
            piece = block[:min(left, len(block))]
            conn.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            left -= len(piece)
        if chunked:
            conn.sendall(b"0\r\n\r\n")
        return True
    return action
