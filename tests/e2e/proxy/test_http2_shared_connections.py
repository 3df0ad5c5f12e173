# SPDX-License-Identifier: Apache-2.0
"""Connections to HTTP/2 backends that many requests share: what one exchange, or a broken backend, does to the others."""

import contextlib
import socket
import threading
import time

import hpack
import pytest

from support.h2_backend import H2Backend
from support.rawhttp import Conn, ask, build
from support.servers import wait_for

CONFIG = """
    proxy_http_version 2; client_max_body_size 0; http2 on; large_client_header_buffers 4 256k;
    upstream kept { server @B@ max_fails=0; keepalive 8; }
    server { listen 127.0.0.1:@PORT@; proxy_send_timeout 1s;
        location / { proxy_pass http://kept; }
        location /stream/ { proxy_pass http://kept; proxy_request_buffering off; }
        location /wait { proxy_pass http://kept; proxy_send_timeout 3s; }
        location /stream/much { proxy_pass http://kept; proxy_request_buffering off; proxy_send_timeout 8s; }
        location /timeout/ { proxy_pass http://kept; proxy_read_timeout 1s; }
        location /trailers/ { proxy_pass http://kept; proxy_pass_trailers on; }
    }
"""


@pytest.fixture
def h2():
    with H2Backend(settings={6: 1 << 20}) as made:        # MAX_HEADER_LIST_SIZE
        yield made


@pytest.fixture
def server(serve, h2):
    return serve(CONFIG, values={"B": h2.address})


def get(server, path, *lines, method="GET", body=b"", timeout=8.0):
    return ask(server.port(), f"{method} {path}", lines, body=body, timeout=timeout)


def number(call):
    call.text(200, str(call.conn.number))


# -- whose time passes -------------------------------------------------------------------------------

def test_the_time_to_send_begins_with_what_there_is_to_send(server, h2):
    """The backend took the first part at once; the client sends the next one later than proxy_send_timeout."""
    h2.greedy.add("/stream/pause")
    h2.on("/stream/pause", lambda call: call.text(200, str(len(call.body))))
    with Conn(server.port(), timeout=8) as conn:
        conn.send(b"POST /stream/pause HTTP/1.1\r\nHost: h\r\nContent-Length: 65550\r\n\r\n")
        conn.send(b"x" * 65535)                          # the whole window
        wait_for(lambda: h2.of("/stream/pause") and len(h2.last().body) == 65535, what="the first part")
        time.sleep(1.5)
        conn.send(b"0123456789")
        time.sleep(0.4)
        call = h2.of("/stream/pause")[0]
        call.conn.do(lambda made: made.acknowledge_received_data(65535, call.stream))
        conn.send(b"01234")
        assert conn.read().text == "65550"


def test_the_time_to_send_ends(server, h2):
    h2.greedy.add("/stream/stuck")
    with Conn(server.port(), timeout=8) as conn:
        conn.send(b"POST /stream/stuck HTTP/1.1\r\nHost: h\r\nContent-Length: 65550\r\n\r\n")
        conn.send(b"x" * 65535)
        time.sleep(1.5)
        began = time.monotonic()
        conn.send(b"0123456789")
        assert conn.read().status == 504
        assert time.monotonic() - began > 0.8


def test_a_full_connection_does_not_end_exchanges_that_only_wait(server, h2):
    """The kernel takes no more for a moment, because of another upload."""
    gate = threading.Event()

    def wait(call):
        gate.wait(8)
        number(call)
    h2.on("/wait", wait)
    h2.on("/stream/much", lambda call: call.text(200, str(len(call.body))))
    h2.on("/stream/much#head", lambda call: None)
    assert get(server, "/one").status == 200
    with Conn(server.port(), timeout=8) as one, Conn(server.port(), timeout=8) as two:
        one.send(build("GET /wait"))
        wait_for(lambda: h2.of("/wait"), what="the request")
        conn = h2.of("/wait")[0].conn
        conn.do(lambda made: made.increment_flow_control_window(1 << 30))
        time.sleep(3.2)                                  # longer than proxy_send_timeout
        two.send(b"POST /stream/much HTTP/1.1\r\nHost: h\r\nContent-Length: 10000000\r\n\r\n")
        wait_for(lambda: h2.of("/stream/much"), what="the upload")
        upload = h2.of("/stream/much")[0]
        assert upload.conn is conn
        conn.do(lambda made: made.increment_flow_control_window(1 << 30, upload.stream))
        with conn.changed:                               # reads nothing meanwhile
            sender = threading.Thread(target=two.send, args=(b"x" * 10_000_000,))
            sender.start()
            time.sleep(0.4)
        sender.join(8)
        gate.set()
        assert one.read().status == 200
        assert two.read().status == 200


# -- connections that are dead -----------------------------------------------------------------------

def test_a_connection_that_says_nothing_gets_no_more_requests(server, h2):
    """A backend that vanished without a word: the kernel would go on for minutes."""
    h2.on("/timeout/one", number)
    first = get(server, "/timeout/one").text
    conn = h2.open[-1]
    with conn.changed:
        assert get(server, "/timeout/one").status == 504
        answer = get(server, "/timeout/one")
        assert answer.status == 200 and answer.text != first


def test_a_connection_that_answers_others_is_kept(server, h2):
    h2.on("/timeout/one", number)
    h2.on("/timeout/never", lambda call: call.over.wait(8))
    first = get(server, "/timeout/one").text
    with Conn(server.port(), timeout=8) as conn:
        conn.send(build("GET /timeout/never"))
        wait_for(lambda: h2.of("/timeout/never"), what="the request")
        time.sleep(0.3)
        assert get(server, "/timeout/one").text == first
        assert conn.read().status == 504
    assert get(server, "/timeout/one").text == first


# -- heads and trailers ------------------------------------------------------------------------------

@pytest.mark.parametrize("size", [1000, 60_000, 200_000])
def test_large_requests(server, h2, size):
    h2.on("/large", lambda call: call.text(200, str(len(call.get("x-large")))))
    assert get(server, "/large", "X-Large: " + "v" * size).text == str(size)


@pytest.mark.parametrize("field", ["content-length", "set-cookie", "authorization", "host", "trailer",
                                   "cache-control", "content-type", "content-encoding"])
def test_trailers_that_belong_into_heads(server, h2, field):
    """RFC 9110, 6.5.1: as after a chunked answer of an HTTP/1 backend, they go no further."""
    h2.on("/trailers/x", lambda call: (call.raw_head((":status", "200"), flags=4), call.frame(0, 0, b"body"),
                                       call.raw_head((field, "4"), ("x-end", "1"), flags=5)))
    answer = get(server, "/trailers/x")
    assert answer.body == b"body" and answer.trailers == [("x-end", "1")]


class Raw:
    """A backend that says what it is told to, frame by frame, once a request's head has come."""

    def __init__(self, script):
        self.script, self.sock = script, socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.sock.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self.sock.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        with sock, contextlib.suppress(OSError):
            sock.recv(24, socket.MSG_WAITALL)
            sock.sendall(frame(4, 0, 0))
            while len(start := sock.recv(9, socket.MSG_WAITALL)) == 9:
                sock.recv(int.from_bytes(start[:3], "big"), socket.MSG_WAITALL)
                if start[3] == 1:
                    self.script(sock, int.from_bytes(start[5:], "big"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def frame(kind, flags, stream, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def fields(*pairs):
    return hpack.Encoder().encode(pairs)


def test_pushes_before_the_settings_are_acknowledged(serve):
    """Until then the backend may not know that yett takes none (RFC 9113, 6.5.3)."""
    def push(sock, stream):
        pushed = fields((":method", "GET"), (":scheme", "http"), (":authority", "x"), (":path", "/pushed"))
        sock.sendall(frame(5, 4, stream, (2).to_bytes(4, "big") + pushed))
        sock.sendall(frame(1, 4, 2, b"\x88") + frame(0, 1, 2, b"pushed"))
        sock.sendall(frame(1, 4, stream, b"\x88") + frame(0, 1, stream, b"own"))
    with Raw(push) as backend:
        server = serve(CONFIG, values={"B": backend.address})
        assert get(server, "/x").body == b"own"
