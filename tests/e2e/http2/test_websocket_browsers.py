# SPDX-License-Identifier: Apache-2.0
"""WebSockets of browsers over HTTP/2: they ask for one on the connection that brought the page."""

import struct

import pytest

from support.backend import websocket
from support.browsers import Chromium, Firefox, Machine
from support.firefox_user import default_profile, home, machine  # noqa: F401

HTTP = """http2 on; ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    log_format seen "$connection $request $status";
    server { listen 127.0.0.1:@PORT@ ssl; server_name front.test; access_log @DIR@/seen.log seen;
        location / { default_type text/html; return 200 "<title>x</title>page"; }
        location /ws { proxy_pass http://@B@; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade; }
        location /bare { proxy_pass http://@B@; proxy_http_version 1.1; }
    }
"""
TALK = """
    const [url, done] = arguments, got = [], big = "b".repeat(100000);
    const socket = new WebSocket(url, "chat");
    socket.onopen = () => { got.push("open " + socket.protocol); socket.send("hello"); socket.send(big); };
    socket.onmessage = event => {
        got.push(event.data === big ? "big" : event.data);
        if (got.length === 3) { socket.close(1000, "bye"); }
    };
    socket.onclose = event => { got.push("close " + event.code); done(got); };
"""


def frames(conn, request):
    """Echoes messages (RFC 6455, 5), and the end."""
    class Once:
        @staticmethod
        def sendall(data):
            conn.sendall(data.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Protocol: chat\r\n\r\n"))

        @staticmethod
        def recv(_):
            return b""
    websocket(Once, request)
    stream = conn.makefile("rb")
    while True:
        first, size = stream.read(2)
        masked, size = size & 128, size & 127
        if size >= 126:
            size, = struct.unpack(">H" if size == 126 else ">Q", stream.read(2 if size == 126 else 8))
        assert masked
        mask, data = stream.read(4), stream.read(size)
        plain = bytes(b ^ mask[i % 4] for i, b in enumerate(data))
        length = bytes([size]) if size < 126 else b"\x7e" + struct.pack(">H", size) if size < 65536 \
            else b"\x7f" + struct.pack(">Q", size)
        conn.sendall(bytes([first]) + length + plain)
        if first & 15 == 8:
            return False


@pytest.fixture
def server(serve, backend):
    backend.on("/ws", frames)
    backend.on("/bare", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    return serve(HTTP, values={"B": backend.address})


def talk(server, browser):
    assert "page" in browser.open(f"https://front.test:{server.port()}/")
    got = browser.script(TALK, f"wss://front.test:{server.port()}/ws")
    assert got == ["open chat", "hello", "big", "close 1000"]
    server.wait_log("CONNECT /ws HTTP/2.0 200", "seen.log")
    assert browser.script(TALK, f"wss://front.test:{server.port()}/bare") == ["close 1006"]
    server.wait_log("CONNECT /bare HTTP/2.0 501", "seen.log")
    numbers = {line.split()[0] for line in server.read("seen.log").splitlines()
               if "favicon" not in line}
    assert len(numbers) == 1, server.read("seen.log")


def test_chromium(server):
    with Machine() as own, Chromium(own, ["front.test"], insecure=True) as browser:
        talk(server, browser)


def test_firefox(server, machine):  # noqa: F811
    with Firefox(machine, default_profile(machine), ["front.test"], insecure=True) as browser:
        talk(server, browser)
