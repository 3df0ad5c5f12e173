# SPDX-License-Identifier: Apache-2.0
"""RFC 8441: WebSockets over HTTP/2. An extended CONNECT reaches the backend as the upgrade of RFC 6455,
where the location lets an upgrade pass, and nowhere else opens a tunnel."""

import base64
import hashlib
import os
import re
import threading
import time

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest

from support.backend import websocket
from support.http2 import CANCEL, NO_ERROR, PROTOCOL_ERROR, Http2, context, head
from support.lists import Lists, rename_over
from support.servers import SPARE_KB, wait_for

TLS = """http2 on; ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    log_format seen "$request|$request_method|$status|$upstream_status|$ssl_client_verify";
    access_log @DIR@/seen.log seen;
"""
UPGRADES = """proxy_pass http://@B@; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;"""
SERVER = TLS + f"""
    server {{ listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        location / {{ {UPGRADES} proxy_read_timeout 20s; add_header X-Added 1; }}
        location /idle {{ {UPGRADES} proxy_read_timeout 1s; }}
        location /bare {{ proxy_pass http://@B@; proxy_http_version 1.1; }}
        location /old {{ proxy_pass http://@B@; proxy_http_version 1.0;
            proxy_set_header Upgrade websocket; }}
        location /always {{ proxy_pass http://@B@; proxy_http_version 1.1;
            proxy_set_header Upgrade websocket; proxy_set_header Connection upgrade; }}
        location /text {{ return 200 "text"; }}
        location /post {{ {UPGRADES} limit_except POST {{ deny all; }} }}
        location /files/ {{ root @DIR@; }}
        location /page {{ error_page 403 =200 /text; return 403; }}
        location /else {{ return 302 /text; }}
    }}
    server {{ listen 127.0.0.1:@PORT@ ssl; server_name guard.test; ssl_verify_client on;
        ssl_client_certificate @PKI@/ca.crt; location / {{ {UPGRADES} }} }}
"""


def connect(path, *more, protocol="websocket", authority="front.test"):
    return [*head(path, "CONNECT", authority), (":protocol", protocol), ("sec-websocket-version", "13"),
            *more]


@pytest.fixture(scope="module")
def server(serve_module, backend):
    for path in ("/ws", "/idle", "/bare", "/always", "/old", "/post"):
        backend.on(path, websocket)
    made = serve_module(SERVER, values={"B": backend.address})
    made.write("files/a", b"file")
    return made


@pytest.fixture
def client(server):
    with Http2(server.port()) as made:
        yield made


def opened(client, path="/ws", *more, **how):
    stream = client.request(connect(path, *more, **how), end=False)
    assert client.until(lambda: client.streams[stream].heads), client.streams[stream]
    assert client.streams[stream].status == 200, client.streams[stream]
    return stream


def echoes(client, stream, data=b"hello"):
    before = len(client.streams[stream].body)
    client.data(stream, data)
    return client.until(lambda: client.streams[stream].body[before:] == data)


# -- what the backend sees, and the client ----------------------------------------------------------------

def test_the_upgrade(server, client, backend):
    assert client.until(lambda: client.settings) and client.settings[0][8] == 1
    stream = opened(client, "/ws", ("origin", "https://front.test"), ("sec-websocket-protocol", "chat"),
                    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="), ("cookie", "a=1"), ("cookie", "b=2"))
    got, seen = client.streams[stream], backend.last()
    assert dict(got.heads[0]).keys() == {":status", "server", "date"}, got.heads
    assert seen.line == "GET /ws HTTP/1.1" and seen.get("Host") == backend.address
    assert seen.all("Upgrade") == ["websocket"] and seen.all("Connection") == ["upgrade"]
    assert seen.all("Sec-WebSocket-Version") == ["13"] and seen.all("Cookie") == ["a=1; b=2"]
    assert seen.all("Origin") == ["https://front.test"] and seen.all("Sec-WebSocket-Protocol") == ["chat"]
    key, = seen.all("Sec-WebSocket-Key")
    assert len(base64.b64decode(key, validate=True)) == 16 and key != "dGhlIHNhbXBsZSBub25jZQ=="
    assert not any(n.lower() in (":protocol", "content-length", "transfer-encoding")
                   for n, _ in seen.headers)
    opened(client)
    assert backend.last().get("Sec-WebSocket-Key") != key
    for size in (1, 100, 16384):
        assert echoes(client, stream, os.urandom(size))
    client.reset(stream)
    server.wait_log(r"CONNECT /ws HTTP/2.0\|GET\|200\|101\|NONE", "seen.log")


def test_bytes_sent_with_the_request(client):
    stream = client.request(connect("/ws"), end=False)
    client.data(stream, b"early")
    assert client.until(lambda: client.streams[stream].body == b"early")


def test_many_at_once_and_requests_beside_them(client):
    streams = [opened(client) for _ in range(20)]
    for i, stream in enumerate(streams):
        client.data(stream, b"%d" % i)
    assert client.ask("/text").text == "text"
    assert client.until(lambda: [client.streams[s].body for s in streams] == [b"%d" % i for i in range(20)])


def test_h2_library(server):
    """Another client than ours."""
    with Http2(server.port(), preface=False) as raw:
        conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
        conn.initiate_connection()
        raw.sock.sendall(conn.data_to_send())
        got, status, sent = b"", None, False
        until = time.monotonic() + 8
        while got != b"hello" and time.monotonic() < until:
            for event in conn.receive_data(raw.sock.recv(65536)):
                if isinstance(event, h2.events.RemoteSettingsChanged):
                    assert conn.remote_settings.enable_connect_protocol == 1
                    if not sent:
                        conn.send_headers(1, connect("/ws"))
                        sent = True
                elif isinstance(event, h2.events.ResponseReceived):
                    status = dict(event.headers).get(b":status", dict(event.headers).get(":status"))
                    conn.send_data(1, b"hello")
                elif isinstance(event, h2.events.DataReceived):
                    got += event.data
            raw.sock.sendall(conn.data_to_send())
        assert status in (b"200", "200") and got == b"hello"


# -- where no tunnel opens ----------------------------------------------------------------------------------

@pytest.mark.parametrize("path, status", [
    ("/bare", 502),              # Upgrade is not passed on, and yet the backend says 101
    ("/old", 502),               # HTTP/1.0 knows no upgrade
    ("/plain", 501), ("/text", 501), ("/files/a", 501), ("/page", 501),  # 2xx would open it
    ("/else", 302), ("/files/none", 404), ("/refuse", 403), ("/post", 403)])
def test_no_tunnel(client, backend, path, status):
    backend.on("/plain", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    backend.on("/refuse", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
    stream = client.request(connect(path), end=False)
    client.data(stream, b"GET /smuggled HTTP/1.1\r\n\r\n")
    got = client.answer(stream)
    assert got.status == status and got.ended, got
    assert client.until(lambda: got.reset is not None) and got.reset == NO_ERROR
    assert client.ask("/text").text == "text"
    assert not any("smuggled" in r.target for r in backend.requests)


@pytest.mark.parametrize("answer", [
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept:\r\n", b"accept Upgrade: h2c\r\n",
    b"accept "])
def test_answers_that_accept_something_else(server, client, backend, answer):
    def wrong(conn, request):
        made = base64.b64encode(hashlib.sha1((request.get("Sec-WebSocket-Key") +
                                "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
        fields = answer.replace(b"accept ", b"Sec-WebSocket-Accept: " + made + b"\r\n")
        conn.sendall(b"HTTP/1.1 101 Switching Protocols\r\n" + fields + b"\r\n")
        return False
    backend.on("/wrong", wrong)
    got = client.answer(client.request(connect("/wrong"), end=False))
    assert got.status == 502
    server.wait_log("upstream sent an invalid answer to an upgrade")


def test_a_request_that_asks_for_nothing_gets_no_tunnel(client):
    got = client.ask("/always")
    assert got.status == 502 and got.ended


MALFORMED = {
    "another method": [*head("/ws"), (":protocol", "websocket")],
    "no authority": [(":method", "CONNECT"), (":scheme", "https"), (":path", "/ws"),
                     (":protocol", "websocket")],
    "no path": [(":method", "CONNECT"), (":scheme", "https"), (":authority", "front.test"),
                (":protocol", "websocket")],
    "no scheme": [(":method", "CONNECT"), (":path", "/ws"), (":authority", "front.test"),
                  (":protocol", "websocket")],
    "twice": [*head("/ws", "CONNECT"), (":protocol", "websocket"), (":protocol", "websocket")],
    "late": [*head("/ws", "CONNECT"), ("x", "1"), (":protocol", "websocket")],
    "line break": connect("/ws", protocol="websocket\r\nx: y"), "empty": connect("/ws", protocol=""),
    "length": connect("/ws", ("content-length", "5")), "upgrade": connect("/ws", ("upgrade", "websocket")),
    "connection": connect("/ws", ("connection", "upgrade")),
    "without protocol": [field for field in connect("/ws") if field[0] != ":protocol"],
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed(client, backend, case):
    count = len(backend.requests)
    stream = client.request(MALFORMED[case], end=False)
    assert client.answer(stream).reset == PROTOCOL_ERROR and not client.streams[stream].heads
    assert client.ask("/text").text == "text" and len(backend.requests) == count


@pytest.mark.parametrize("protocol", ["connect-udp", "h2c", "websocket2"])
def test_unknown_protocols(client, backend, protocol):
    count = len(backend.requests)
    assert client.answer(client.request(connect("/ws", protocol=protocol), end=False)).status == 501
    assert len(backend.requests) == count
    assert client.ask("/text").text == "text"
    stream = opened(client, protocol="WebSocket")
    assert echoes(client, stream)


def test_the_door_is_the_same(client, server, pki):
    got = client.answer(client.request(connect("/ws", authority="guard.test"), end=False))
    assert got.status == 421
    with Http2(server.port(), context(pki), "guard.test") as other:
        got = other.answer(other.request(connect("/ws", authority="guard.test"), end=False))
        assert got.status == 400
    with Http2(server.port(), context(pki, "good"), "guard.test") as other:
        assert echoes(other, opened(other, authority="guard.test"))


# -- ends -------------------------------------------------------------------------------------------------------

def test_the_client_ends_its_side(client, backend):
    """The backend sees the end, may still speak, and then ends the stream."""
    seen = threading.Event()

    def last_word(conn, request):
        websocket_head(conn, request)
        while conn.recv(65536):
            pass
        seen.set()
        conn.sendall(b"last word")
        return False
    backend.on("/half", last_word)
    stream = opened(client, "/half")
    client.data(stream, b"x", end=True)
    assert seen.wait(5)
    got = client.answer(stream)
    assert got.ended and got.body == b"last word" and got.reset in (None, NO_ERROR)
    direct = client.request(connect("/half"), end=True)
    assert client.answer(direct).body == b"last word"
    assert client.ask("/text").text == "text"


def websocket_head(conn, request):
    class Once:
        sendall = staticmethod(conn.sendall)
        recv = staticmethod(lambda n: b"")
    websocket(Once, request)


def test_the_client_resets(server, client, backend):
    over = threading.Event()

    def wait(conn, request):
        websocket_head(conn, request)
        conn.settimeout(20)
        try:
            while conn.recv(65536):
                pass
        except OSError:
            pass
        over.set()
        return False
    backend.on("/reset", wait)
    stream = opened(client, "/reset")
    assert not over.wait(0.2)
    client.reset(stream)
    assert over.wait(5) and client.ask("/text").text == "text"


def test_the_backend_ends(client, backend):
    def ends(conn, request):
        websocket_head(conn, request)
        conn.sendall(b"bye")
        return False
    backend.on("/ends", ends)
    stream = client.request(connect("/ends"), end=False)
    got = client.answer(stream)
    assert got.ended and got.body == b"bye"
    assert client.until(lambda: got.reset is not None) and got.reset == NO_ERROR
    assert client.ask("/text").text == "text"


def test_the_backend_is_silent(client):
    stream = opened(client, "/idle")
    got = client.answer(stream)
    assert got.reset == CANCEL and not got.ended and client.ask("/text").text == "text"


# -- windows ----------------------------------------------------------------------------------------------------

def test_bulk_both_ways(client):
    data, stream = os.urandom(2_000_000), opened(client)
    sent = client.upload(stream, data, end=False)
    assert sent == len(data)
    assert client.until(lambda: client.streams[stream].size >= len(data), 20)
    assert client.streams[stream].body == data


def test_a_side_that_does_not_read_stops_the_other(server, backend):
    sent, go = [0], threading.Event()

    def endless(conn, request):
        websocket_head(conn, request)
        while sent[0] < 64 << 20:
            sent[0] += conn.send(bytes(1 << 16))
        return False

    def deaf(conn, request):
        websocket_head(conn, request)
        go.wait(20)
        return False
    backend.on("/endless", endless)
    backend.on("/deaf", deaf)
    before = server.memory_kb()
    with Http2(server.port(), window=False, settings={4: 1000}, keep=False) as client:
        down, up = opened(client, "/endless"), opened(client, "/deaf")
        client.until(lambda: False, 1)
        stopped = sent[0]
        assert client.streams[down].size == 1000 and stopped < 32 << 20
        assert client.upload(up, bytes(64 << 20), end=False, seconds=1) < 16 << 20
        client.until(lambda: False, 0.3)
        assert sent[0] == stopped and server.memory_kb() - before < 4096 + SPARE_KB
        go.set()


# -- requirements and revocation ----------------------------------------------------------------------------------

GUARDED = TLS + f"""
    server {{ listen 127.0.0.1:@PORT@ ssl; server_name front.test; @MODE@
        ssl_client_certificate @PKI@/ca.crt; ssl_verify_depth 2; ssl_crl @DIR@/lists.pem;
        location / {{ {UPGRADES} }} location /text {{ return 200 "text"; }} }}
    server {{ listen 127.0.0.1:@PORT@ ssl; server_name open.test; location / {{ {UPGRADES} }} }}
"""


def test_a_revoked_client_loses_its_tunnel(serve, pki, backend):
    lists = Lists(pki)
    server = serve(GUARDED, values={"B": backend.address, "MODE": "ssl_verify_client on;"},
                   files={"lists.pem": lists.bundle()})
    backend.on("/ws", websocket)
    with Http2(server.port(), context(pki, "revoked")) as gone, \
            Http2(server.port(), context(pki, "good")) as stays:
        streams = opened(gone), opened(stays)
        assert echoes(gone, streams[0]) and echoes(stays, streams[1])
        rename_over(os.path.join(server.dir, "lists.pem"), lists.bundle([lists.gone], 2))
        assert gone.closed()
        assert not gone.streams[streams[0]].ended
        assert echoes(stays, streams[1], b"still here")


def reload(server, generations):
    server.run("-s", "reload", check=True)
    wait_for(lambda: len(re.findall(r"generation process \d+ serves", server.log())) == generations, 10,
             "the reload")


def test_a_reload_with_other_requirements(serve, pki, backend):
    """Ends the tunnels of the server whose requirements changed, and only those."""
    lists = Lists(pki)
    server = serve(GUARDED, values={"B": backend.address, "MODE": "ssl_verify_client optional;"},
                   files={"lists.pem": lists.bundle()})
    backend.on("/ws", websocket)
    with Http2(server.port(), context(pki, "good")) as client, \
            Http2(server.port(), context(pki), "open.test") as other:
        stream, more = opened(client), opened(client)
        free = opened(other, authority="open.test")
        reload(server, 2)
        assert echoes(client, stream) and echoes(other, free)
        server.configure(server.conf.replace("ssl_verify_client optional;", "ssl_verify_client on;"))
        reload(server, 3)
        assert client.answer(stream).reset == CANCEL and client.answer(more).reset == CANCEL
        assert echoes(other, free, b"still here")
        server.wait_log("closing an upgraded connection: the requirements for clients changed")
