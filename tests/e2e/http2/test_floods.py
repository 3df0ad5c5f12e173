# SPDX-License-Identifier: Apache-2.0
"""Floods: each ends its stream or connection; the worker lives, serves others, and does not grow."""

import contextlib
import threading
import time

import pytest

from support.backend import big
from support.http2 import CANCEL, ENHANCE_YOUR_CALM, INTERNAL_ERROR, Http2, head
from support.servers import SPARE_KB

TLS = "http2 on; ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"
SERVER = TLS + """
    send_timeout 1s; client_header_timeout 1s; client_body_timeout 1s; keepalive_timeout 20s;
    log_format seen "$request|$status"; access_log @DIR@/seen.log seen;
    server { listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        location / { proxy_pass http://@B@; proxy_http_version 1.1; proxy_buffering off; }
        location /stream { proxy_pass http://@B@; proxy_http_version 1.1; proxy_request_buffering off; }
        location /text { return 200 "text"; }
        location /files/ { root @DIR@; }
    }
    server { listen 127.0.0.1:@PORT2@ ssl; client_header_timeout 60s; return 200 "text"; }
"""
GROWTH_KB = 8192
PING = (8).to_bytes(3, "big") + b"\6\0\0\0\0\0" + bytes(8)
SETTINGS = bytes(3) + b"\4\0\0\0\0\0"


@pytest.fixture(scope="module")
def server(serve_module, backend):
    made = serve_module(SERVER, values={"B": backend.address}, main="worker_processes 1;")
    made.write("files/long", bytes(8 << 20))
    with Http2(made.port()) as client:
        assert client.ask("/files/long").size == 8 << 20
    return made


@pytest.fixture(autouse=True)
def nothing_is_lost(server):
    """The worker is the same one, others are served the while, and memory stays."""
    workers, before, stop, failed = server.workers(), server.memory_kb(), threading.Event(), []
    peak = [before]

    def others():
        while not stop.wait(0.2):
            started = server.cpu_seconds()
            try:
                with Http2(server.port("PORT2"), timeout=60) as client:
                    text = client.answer(client.request(head("/text")), 60).text
                waited = server.cpu_seconds() - started    # the worker's time for others
                if text != "text" or waited > 3:
                    failed.append((text, waited))
                peak[0] = max(peak[0], server.memory_kb())
            except (OSError, AssertionError) as error:
                failed.append(error)
    thread = threading.Thread(target=others)
    thread.start()
    yield
    time.sleep(0.3)
    stop.set()
    thread.join(20)
    assert server.workers() == workers, server.tail()
    assert not failed, failed
    assert peak[0] - before < GROWTH_KB + SPARE_KB, (before, peak[0])


def flood(client, piece, times, calm=True):
    """Sends it so many times; it must be too many. Returns how many went out."""
    sent = 0
    with contextlib.suppress(OSError):
        for sent in range(times):
            piece()
            if sent % 50 == 0:
                client.pump(0.001)
            if client.eof or client.goaway is not None:
                break
    assert client.closed(), (sent, client.seen[-5:])
    if calm:
        assert client.goaway in (ENHANCE_YOUR_CALM, None)    # a reset may overtake it
    return sent


def test_rapid_reset(server, backend):
    """CVE-2023-44487."""
    with Http2(server.port()) as client:
        def piece():
            stream = client.request(head("/slow"))
            client.reset(stream)
        # keepalive_requests may have it leave first
        assert flood(client, piece, 20000, calm=False) < 5000


def test_rapid_reset_in_one_piece(server, backend):
    before = backend.connections
    with Http2(server.port()) as client:
        client.until(lambda: client.settings)
        block = client.block(head("/x"))
        block = client.block(head("/x"))
        out = b""
        for i in range(5000):
            stream = (2 * i + 1).to_bytes(4, "big")
            out += len(block).to_bytes(3, "big") + b"\1\5" + stream + block
            out += (4).to_bytes(3, "big") + b"\3\0" + stream + bytes([0, 0, 0, 8])
        with contextlib.suppress(OSError):
            client.raw(out)
        assert client.closed()
    assert backend.connections - before < 2500


RESETS = {      # CVE-2025-8671: the client has the server reset its streams
    "window of 0": lambda c, s: c.give(s, 0),
    "window too large": lambda c, s: c.give(s, 0x7fffffff),
    "malformed": None,
    "data behind the end": lambda c, s: c.data(s, b"x"),
    "head behind the end": lambda c, s: c.frame(1, 5, s, c.block(head("/text"))),
    "length that lies": "length",
    "depends on itself": lambda c, s: c.frame(2, 0, s, s.to_bytes(4, "big") + b"\0"),
}


@pytest.mark.parametrize("how", RESETS)
def test_resets_that_the_server_is_made_to_send(server, how):
    with Http2(server.port()) as client:
        def piece():
            if how == "malformed":
                client.request([*head("/files/long"), ("connection", "close")])
            elif how == "length that lies":
                stream = client.request([*head("/x", "POST"), ("content-length", "5")], end=False)
                client.data(stream, b"x", end=True)
            else:
                RESETS[how](client, client.request(head("/files/long")))
        assert flood(client, piece, 20000, calm=False) < 5000


def test_head_without_end(server):
    """CVE-2024-27316: CONTINUATION for ever."""
    with Http2(server.port()) as client:
        client.frame(1, 1, 1, client.block(head("/text")))
        block = b"\0\1x\x7f\x81\x3e" + b"y" * 189
        assert flood(client, lambda: client.frame(9, 0, 1, block * 80), 5000, calm=False) < 1000


def test_empty_continuations(server):
    with Http2(server.port()) as client:
        client.frame(1, 1, 1, client.block(head("/text")))
        assert flood(client, lambda: client.frame(9, 0, 1), 50000, calm=False) < 20000


@pytest.mark.parametrize("name,frame", {
    "settings": (4, 0, 0, b""), "settings of six": (4, 0, 0, b"\0\1\0\0\x10\0" * 6),
    "ping": (6, 0, 0, bytes(8)), "priority": (2, 0, 1, b"\0\0\0\3\x10"),
    "priority of idle": (2, 0, 99, b"\0\0\0\3\x10"),
    "window": (8, 0, 0, b"\0\0\0\1"), "reset": None, "empty data": None, "padded data": None,
}.items())
def test_control_frames(server, name, frame):
    with Http2(server.port(), polite=False) as client:
        stream = client.request(head("/x", "POST"), end=False)
        if name == "empty data":
            frame = (0, 0, stream, b"")
        elif name == "padded data":
            frame = (0, 8, stream, b"\0")
        elif name == "reset":
            client.data(stream, end=True)
            client.answer(stream)
            client.reset(stream)
            frame = (8, 0, stream, b"\0\0\0\1")     # of a stream that is over
        out = (len(frame[3]).to_bytes(3, "big") + bytes(frame[:2]) + frame[2].to_bytes(4, "big")
               + frame[3]) * 10
        if name == "reset":
            with contextlib.suppress(OSError):
                for _ in range(2000):
                    client.raw(out)
            return
        assert flood(client, lambda: client.raw(out), 5000) < 1000


def test_nothing_is_read(server):
    """Answers to PING and SETTINGS that the client never takes."""
    with Http2(server.port(), receive_buffer=4096, polite=False) as client:
        client.sock.settimeout(2)
        with contextlib.suppress(OSError):
            for _ in range(5000):
                client.raw(PING * 100)
                client.frame(4, 0, 0, b"")
        assert client.closed(20)


def test_hpack_bombs(server):
    """A field of 4 KB, named by one byte again and again: refused, and kept nowhere."""
    with Http2(server.port()) as client:
        fields = [*head("/text"), ("x", "y" * 3900)]
        client.answer(client.request(fields))
        index = client.block([("x", "y" * 3900)])
        assert len(index) == 1
        for _ in range(20):
            stream = client.new_stream()
            base = client.block(head("/text"))
            client.frame(1, 1, stream, base + index * 16000)
            client.frame(9, 0, stream, index * 16384)
            client.frame(9, 4, stream, index * 16384)
            answer = client.answer(stream)
            assert answer.status in (400, 431, 494) or answer.reset, answer
        assert client.ask("/text").text == "text"


@pytest.mark.parametrize("n,ends", [(1, "answer"), (12, "reset")])
def test_trailer_sections_are_bounded(server, n, ends):
    """What is not read is not decoded without end either."""
    with Http2(server.port()) as client:
        stream = client.request(head("/echo", "POST"), end=False)
        client.data(stream, b"body")
        client.request([("x", "y" * 3900)] * n, stream=stream)
        answer = client.answer(stream)
        if ends == "answer":
            assert answer.status is not None and answer.reset in (None, 0)
        else:
            assert answer.reset == INTERNAL_ERROR
        assert client.ask("/text").text == "text"


@pytest.mark.parametrize("n,ends", [(12, "400"), (100, "reset")])
def test_a_header_far_too_large_is_not_answered(server, n, ends):
    """Beyond eight times the limit the stream is reset, and its fields are not looked at any more."""
    with Http2(server.port()) as client:
        fields = [*head("/text"), ("x", "y" * 3900)]
        client.answer(client.request(fields))
        answer = client.answer(client.request([*head("/text"), *[("x", "y" * 3900)] * n]))
        assert (answer.status, answer.reset) == ((400, None) if ends == "400" else (None, INTERNAL_ERROR))
        assert client.ask("/text").text == "text"


def test_many_large_heads_at_once(server):
    """Each of 128 streams keeps no more than large_client_header_buffers."""
    with Http2(server.port(), polite=False) as client:
        fields = [(f"x{i}", "y" * 3900) for i in range(7)]
        streams = []
        for _ in range(100):
            streams.append(client.request([*head("/text", "POST"), *fields], end=False))
        client.until(lambda: all(client.streams[s].over for s in streams), 30)
        assert all(client.streams[s].status for s in streams)


def test_window_that_stays_shut(server):
    """CVE-2019-9517: 100 large answers asked for, none taken: send_timeout ends them."""
    with Http2(server.port(), settings={4: 0}, window=False, keep=False) as client:
        streams = [client.request(head("/files/long")) for _ in range(100)]
        started = time.monotonic()
        assert client.until(lambda: all(client.streams[s].reset is not None for s in streams), 20)
        assert time.monotonic() - started > 0.9
        twin = client.request(head("/files/long"))
        client.give(twin, 1 << 24)
        client.give(0, 1 << 24)
        assert client.answer(twin).size == 8 << 20


@pytest.mark.parametrize("more", [0, 1])
def test_window_for_all_but_the_end(server, backend, more):
    """The answer has left, and its end needs a window too; the twin's window is a byte larger."""
    def answer(conn, _):
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n" + bytes(1000) + b"\r\n")
        time.sleep(0.5)
        conn.sendall(b"0\r\n\r\n")
        return False
    backend.on(f"/all-but-{more}", answer)
    with Http2(server.port(), settings={4: 1000 + more}, window=False) as client:
        stream = client.answer(client.request(head(f"/all-but-{more}")), 6)
        assert stream.size == 1000 and stream.over
        assert stream.ended if more else stream.reset == CANCEL
        assert client.ask("/text").text == "text"


def test_window_that_opens_by_a_byte(server):
    """CVE-2019-9511: each byte of the answer costs the client as much as the server."""
    with Http2(server.port(), settings={4: 0}, window=False, keep=False) as client:
        stream = client.request(head("/files/long"))
        with contextlib.suppress(OSError):      # which may be too many before the first byte is sent
            for _ in range(3000):
                client.give(stream, 1)
        client.until(lambda: client.streams[stream].size >= 3000 or client.eof)
        assert client.streams[stream].size <= 3000


def test_a_thousand_streams_of_one_byte(server):
    """CVE-2019-9511: no more at once than http2_max_concurrent_streams; the client must count itself."""
    with Http2(server.port(), settings={4: 1}, window=False, keep=False) as client:
        client.until(lambda: client.settings)
        with contextlib.suppress(OSError):
            for _ in range(1000):
                client.request(head("/files/long?thousand"))
        assert client.closed()
        assert sum(stream.size for stream in client.streams.values()) <= 128
    time.sleep(0.3)
    assert server.read("seen.log").count("/files/long?thousand") <= 128


def test_a_thousand_streams_one_after_the_other(server):
    """The twin: as many bytes on as many streams, within the limit."""
    with Http2(server.port(), settings={4: 4}, window=False, keep=False) as client:
        for _ in range(99):
            streams = [client.request(head("/text")) for _ in range(10)]
            assert client.until(lambda: all(client.streams[s].over for s in streams))
            assert all(client.streams[s].size == 4 for s in streams)
            client.give(0, 40)
        assert client.goaway is None


def test_socket_that_is_not_read(server):
    with Http2(server.port(), settings={4: 0x7fffffff}, receive_buffer=4096) as client:
        client.give(0, 0x7fff0000 - 65535)
        for _ in range(100):
            client.request(head("/files/long"))
        time.sleep(3)
        client.window = False
        client.keep = False
        assert client.closed(20)


def test_streams_are_reset_while_the_socket_is_full(server):
    """What was made of the answers still comes; the rest does not, and the connection goes on."""
    with Http2(server.port(), settings={4: 0x7fffffff}, receive_buffer=4096, keep=False) as client:
        client.give(0, 0x7fff0000 - 65535)
        streams = [client.request(head("/files/long")) for _ in range(3)]
        time.sleep(0.5)
        for stream in streams:
            client.reset(stream)
        assert client.ask("/text").size == 4
        assert all(client.streams[stream].size < 8 << 20 for stream in streams)


def test_slow_heads(server):
    with Http2(server.port()) as client:
        assert client.ask("/text").text == "text"
        client.frame(1, 1, 3, client.block(head("/text"))[:2])
        started = time.monotonic()
        assert client.until(lambda: client.eof or client.goaway is not None, 20)
        assert time.monotonic() - started > 0.9


def test_a_head_by_the_byte(server):
    with Http2(server.port()) as client:
        block = client.block([*head("/text"), ("x", "y" * 200)])
        frame = len(block).to_bytes(3, "big") + b"\1\5\0\0\0\1" + block
        with contextlib.suppress(OSError):
            for at in range(len(frame) - 1):
                client.raw(frame[at:at + 1])
                client.pump(0.1)
                if client.eof or client.goaway is not None:
                    break
            else:
                pytest.fail("each byte gave it more time")
        assert client.closed()


def test_silence(server):
    """No preface: client_header_timeout."""
    with Http2(server.port(), preface=False, polite=False) as client:
        started = time.monotonic()
        assert client.closed(6)
        assert time.monotonic() - started > 0.9


def test_idle_connections_are_kept(server):
    """Looking after the time limits of streams does not shorten keepalive_timeout."""
    with Http2(server.port()) as client:
        for _ in range(2):
            assert client.ask("/files/long").size == 8 << 20
            assert client.ask("/text").text == "text"
            assert not client.closed(2.5)
        assert client.alive()


@pytest.mark.parametrize("asks", [True, False], ids=["a request", "none"])
def test_frames_without_a_stream_keep_no_connection(serve, asks):
    """A PING now and then, for ever; the twin, that asks for something now and then, is kept."""
    made = serve(TLS + "keepalive_timeout 2s; server { listen 127.0.0.1:@PORT@ ssl; return 200 text; }")
    with Http2(made.port()) as client, Http2(made.port()) as twin:
        if asks:
            assert client.ask("/").text == "text"
        started = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - started < 20 and not client.eof:
                client.raw(PING + SETTINGS)
                client.until(lambda: client.eof, 0.3)
                assert twin.ask("/").text == "text"
        assert client.closed(1) and time.monotonic() - started > 1.9
        assert twin.ask("/").text == "text"


@pytest.mark.parametrize("where", ["/x", "/stream"])
def test_slow_bodies(server, backend, where):
    with Http2(server.port()) as client:
        stream = client.request([*head(where, "POST"), ("content-length", "10")], end=False)
        twin = client.request([*head(where, "POST"), ("content-length", "10")], end=False)
        for _ in range(9):
            client.data(twin, b"x")
            client.until(lambda: False, 0.3)
        assert client.streams[stream].over and client.streams[stream].status != 200
        assert not client.streams[twin].over
        client.data(twin, b"x", end=True)
        assert client.answer(twin).status == 200


def test_bodies_that_nobody_takes(server, backend):
    """Uploads whose backend does not read hold a window each, and a window for all."""
    go = threading.Event()
    backend.on("/stream/held#head", lambda conn, request: go.wait(20))
    with Http2(server.port()) as client:
        client.until(lambda: client.settings)
        streams = [client.request([*head("/stream/held", "POST"), ("content-length", str(1 << 24))],
                                  end=False) for _ in range(100)]
        for stream in streams:
            client.upload(stream, bytes(65536), end=False, seconds=0.05)
        assert client.alive()
        go.set()


def test_honest_clients_are_not_taken_for_floods(server, backend):
    """A window given back for each frame, of stream and connection; requests that come and go."""
    backend.on("/big", big(40 << 20))
    with Http2(server.port(), keep=False) as client:
        assert client.answer(client.request(head("/big")), 60).size == 40 << 20
        for _ in range(600):
            assert client.ask("/text").size == 4
        assert client.goaway is None


def test_many_connections(server):
    clients = [Http2(server.port()) for _ in range(60)]
    try:
        for client in clients:
            client.request(head("/text"))
        for client in clients:
            assert client.answer(1).text == "text"
    finally:
        for client in clients:
            client.close()
