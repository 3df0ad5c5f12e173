# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 towards backends, `proxy_http_version 2`: requests, answers, and the connections that they share."""

import json
import threading
import time

import pytest

from support.h2_backend import H2Backend
from support.h2_proxy import CONFIG, connection_of, fields, get, many, seen
from support.http2 import Http2, head
from support.rawhttp import Conn, build
from support.servers import SPARE_KB, wait_for


@pytest.fixture(scope="module")
def h2():
    with H2Backend() as made:
        yield made


@pytest.fixture(scope="module")
def other():
    with H2Backend() as made:
        made.on("/next/x", lambda call: call.text(200, "other"))
        yield made


@pytest.fixture(scope="module")
def server(serve_module, h2, other):
    return serve_module(CONFIG, values={"B": h2.address, "C": other.address})


# -- the request -------------------------------------------------------------------------------------

def test_pseudo_fields(server):
    got = seen(get(server, "/a%20b?c=d", "X-Mixed-Case: Value", "Connection: keep-alive, X-Gone",
                   "X-Gone: 1", "Keep-Alive: 5", "Upgrade: h2c", "TE: trailers"))["headers"]
    assert got[:4] == [[":method", "GET"], [":scheme", "http"], [":authority", "kept"],
                       [":path", "/a%20b?c=d"]]
    names = [name for name, _ in got]
    assert ["x-mixed-case", "Value"] in got
    assert not set(names) & {"connection", "keep-alive", "upgrade", "te", "x-gone", "host",
                             "transfer-encoding"}


def test_set_headers(server):
    got = fields(get(server, "/set/", "X-One: client"))
    assert got[":authority"] == "name.test" and got["x-one"] == "1"
    assert not set(got) & {"connection", "te", "upgrade", "content-length", "host"}
    assert fields(get(server, "/te/"))["te"] == "trailers"


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
@pytest.mark.parametrize("where", ["/", "/stream/"])
def test_bodies(server, h2, size, where):
    path = f"{where}body{size}"
    h2.on(path, lambda call: call.text(200, f"{len(call.body)} {call.get('content-length')}"))
    assert get(server, path, method="POST", body=b"x" * size).text == f"{size} {size or None}"


def test_a_chunked_body_is_framed_by_http2(server, h2):
    h2.on("/stream/chunked", lambda call: call.text(200, f"{call.body!r} {call.get('content-length')}"))
    with Conn(server.port()) as conn:
        conn.send(b"POST /stream/chunked HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        time.sleep(0.2)
        conn.send(b"6\r\n world\r\n0\r\n\r\n")
        assert conn.read().text == "b'hello world' None"
    assert "transfer-encoding" not in dict(h2.last().headers)


@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_methods(server, h2, method):
    path = f"/method-{method}"
    h2.on(path, lambda call: call.head(200, ("x-method", call.get(":method")), ("content-length", "0"),
                                       end=True))
    assert get(server, path, method=method).get("x-method") == method


def test_both_protocols_of_clients(server):
    with Http2(server.port("PORT2")) as client:
        answer = client.ask("/through", "GET", "front.test")
        got = dict(map(tuple, json.loads(answer.text)["headers"]))
        assert got[":path"] == "/through" and got[":scheme"] == "http"


# -- the answer --------------------------------------------------------------------------------------

@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body(server, h2, status):
    h2.on(f"/none{status}", lambda call: call.head(status, ("etag", '"x"'), end=True))
    answer = get(server, f"/none{status}")
    assert answer.status == status and answer.body == b"" and answer.get("transfer-encoding") is None


@pytest.mark.parametrize("size", [0, 1, 65_536, 5_000_000])
@pytest.mark.parametrize("known", [True, False])
def test_answer_bodies(server, h2, size, known):
    path = f"/answer{size}-{known}"

    def answer(call):
        length = [("content-length", str(size))] if known else []
        call.head(200, *length, end=not size)
        if size:
            call.data(b"z" * size, end=True)
    h2.on(path, answer)
    got = get(server, path)
    assert got.body == b"z" * size
    assert got.get("content-length") == (str(size) if known or not size else None)


def test_head_keeps_the_length(server, h2):
    h2.on("/length", lambda call: call.head(200, ("content-length", "1234"), end=True))
    answer = get(server, "/length", method="HEAD")
    assert answer.get("content-length") == "1234" and answer.body == b""


def test_trailers(server, h2):
    for path in ("/trailers/x", "/x-trailers"):
        h2.on(path, lambda call: call.head(200).data(b"body").trail(("x-end", "1"), ("x-more", "2")))
    got = get(server, "/trailers/x")
    assert got.body == b"body" and got.trailers == [("x-end", "1"), ("x-more", "2")]
    assert get(server, "/x-trailers").trailers == []


def test_interim_answers_are_dropped(server, h2):
    def answer(call):
        for status in (100, 103, 103):
            call.raw_head((":status", str(status)), ("link", "</x>"))
        call.raw_head((":status", "200"), ("x-final", "1"), flags=5)
    h2.on("/interim", answer)
    got = get(server, "/interim")
    assert got.status == 200 and got.get("x-final") == "1" and got.get("link") is None


def test_an_early_answer(server, h2):
    """The answer may come before the body has left; then the rest is not sent."""
    h2.greedy.add("/stream/early")
    h2.on("/stream/early#head", lambda call: call.text(413, "enough"))
    with Conn(server.port(), timeout=8) as conn:
        conn.send(b"POST /stream/early HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nstart")
        assert conn.read().text == "enough"
    wait_for(lambda: h2.of("/stream/early")[0].reset is not None, what="the stream's end")


def test_counters(server, h2):
    h2.on("/log/x", lambda call: call.text(200, "12345"))
    get(server, "/log/x")
    sent, received, length = map(int, server.wait_log(r"200 (\d+) (\d+) (\d+)", "log").groups())
    assert length == 5 and received > 5 and sent > 20


# -- connections -------------------------------------------------------------------------------------

def test_requests_one_after_another_share_a_connection(server):
    first = connection_of(server, "/one")
    assert [connection_of(server, "/one") for _ in range(4)] == [first] * 4


def test_without_keepalive_each_has_its_own(server):
    assert len({connection_of(server, "/bare/x") for _ in range(3)}) == 3


def test_requests_at_once_share_a_connection(server, h2):
    gate = threading.Event()

    def answer(call):
        gate.wait(8)
        call.text(200, str(call.conn.number))
    h2.on("/at-once", answer)
    connection_of(server, "/one")
    before = len(h2.calls)
    conns = many(server, "/at-once", 20)
    wait_for(lambda: len(h2.calls) - before == 20, what="all requests")
    gate.set()
    assert len({conn.read().text for conn in conns}) == 1
    for conn in conns:
        conn.close()


def test_no_more_streams_than_the_backend_allows(serve):
    with H2Backend(settings={3: 2}) as backend:           # MAX_CONCURRENT_STREAMS
        server = serve(CONFIG, values={"B": backend.address, "C": backend.address})
        gate = threading.Event()

        def answer(call):
            gate.wait(8)
            call.text(200, str(call.conn.number))
        backend.on("/at-once", answer)
        connection_of(server, "/one")
        conns = many(server, "/at-once", 5)
        wait_for(lambda: len(backend.of("/at-once")) == 5, what="all requests")
        gate.set()
        used = [conn.read().text for conn in conns]
        for conn in conns:
            conn.close()
        assert max(used.count(one) for one in used) <= 2
        assert all(call.reset is None for call in backend.calls)


def test_requests_on_a_connection_are_counted(server):
    used = [connection_of(server, "/few/x") for _ in range(6)]
    assert used[0] == used[2] != used[3] == used[5]


def test_an_idle_connection_ends_in_order(server, h2):
    before = len(h2.goaways)
    connection_of(server, "/few/x")
    wait_for(lambda: len(h2.goaways) > before, what="GOAWAY after keepalive_timeout")
    assert h2.goaways[-1] == 0


def test_a_slow_client_does_not_stop_the_others(server, h2):
    h2.on("/flood", lambda call: call.head(200).data(b"f" * 20_000_000, end=True))
    number = connection_of(server, "/one")
    with Conn(server.port(), timeout=10) as slow:
        slow.send(build("GET /flood"))                        # reads nothing
        wait_for(lambda: h2.of("/flood"), what="the flood")
        time.sleep(0.3)
        assert connection_of(server, "/one") == number
        assert h2.of("/flood")[0].conn.number == number
    assert connection_of(server, "/one") == number        # it has left; the connection is kept
    wait_for(lambda: h2.of("/flood")[0].reset == 8, what="CANCEL")


def test_what_a_slow_client_does_not_take_stays_at_the_backend(server, h2):
    left = {}

    def answer(call):
        call.head(200)
        for i in range(200):
            call.data(b"f" * 500_000)
            left["sent"] = (i + 1) * 500_000
    h2.on("/huge", answer)
    before = server.memory_kb()
    with Conn(server.port(), timeout=10) as slow:
        slow.send(build("GET /huge"))
        time.sleep(1.5)
        assert left.get("sent", 0) < 20_000_000
        assert server.memory_kb() - before < 20_000 + SPARE_KB


def test_what_a_slow_backend_does_not_take_stays_at_the_client(server, h2):
    h2.greedy.add("/stream/slow")
    before = server.memory_kb()
    with Conn(server.port(), timeout=2) as conn:
        conn.send(b"POST /stream/slow HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n")
        sent = 0
        conn.sock.settimeout(1)
        with pytest.raises(OSError):
            while sent < 100_000_000:
                sent += conn.sock.send(b"x" * 65536)
        assert sent < 30_000_000
        assert server.memory_kb() - before < 20_000 + SPARE_KB


def test_a_client_that_leaves_cancels_its_exchange(server, h2):
    h2.on("/left", lambda call: call.over.wait(8))
    number = connection_of(server, "/one")
    with Conn(server.port()) as conn:
        conn.send(build("GET /left"))
        wait_for(lambda: h2.of("/left"), what="the request")
    wait_for(lambda: h2.of("/left")[0].reset is not None, what="RST_STREAM")
    assert h2.of("/left")[0].reset == 8
    assert connection_of(server, "/one") == number


def test_goaway(server, h2):
    """What is in flight is finished; what comes goes elsewhere."""
    gate, here = threading.Event(), threading.Event()

    def answer(call):
        call.conn.raw(b"\0\0\x08\x07\0\0\0\0\0" + call.stream.to_bytes(4, "big") + bytes(4))
        here.set()
        gate.wait(8)
        call.text(200, str(call.conn.number))
    h2.on("/goaway", answer)
    with Conn(server.port(), timeout=10) as conn:
        conn.send(build("GET /goaway"))
        assert here.wait(8)
        time.sleep(0.2)
        later = connection_of(server, "/one")
        gate.set()
        assert int(conn.read().text) != later


@pytest.mark.parametrize("how", ["refused", "goaway", "closed"])
def test_a_request_that_was_not_processed_goes_out_again(server, h2, how):
    """RFC 9113, 8.7: on a kept connection; its twin on a new one is an error."""
    path = f"/again-{how}"

    def answer(call):
        if len(h2.of(path)) > 1:
            call.text(200, str(call.conn.number))
        elif how == "refused":
            call.abort(7)
        elif how == "goaway":
            call.conn.raw(b"\0\0\x08\x07\0\0\0\0\0" + bytes(8))
        else:
            call.conn.sock.shutdown(2)
    h2.on(path, answer)
    connection_of(server, "/one")
    assert get(server, path).status == 200
    assert len(h2.of(path)) == 2
    bare = f"/bare/{how}"
    h2.on(bare, lambda call: call.abort(7) if how == "refused" else
          call.conn.raw(b"\0\0\x08\x07\0\0\0\0\0" + bytes(8)) if how == "goaway" else
          call.conn.sock.shutdown(2))
    assert get(server, bare).status == 502
    assert len(h2.of(bare)) == 1


@pytest.mark.parametrize("how", ["refused", "goaway"])
def test_a_refused_request_with_a_body_goes_out_again(server, h2, how):
    """The body was kept, so it can be sent once more; but only once."""
    path = f"/body-again-{how}"

    def refuse(call):
        if how == "refused":
            call.abort(7)
        else:
            call.conn.raw(b"\0\0\x08\x07\0\0\0\0\0" + bytes(8))
    h2.on(path, lambda call: refuse(call) if len(h2.of(path)) == 1 else call.text(200, str(len(call.body))))
    connection_of(server, "/one")
    assert get(server, path, method="POST", body=b"x" * 100_000).text == "100000"
    assert len(h2.of(path)) == 2
    always = f"/body-never-{how}"
    h2.on(always, refuse)
    connection_of(server, "/one")
    assert get(server, always, method="POST", body=b"x" * 1000).status == 502
    assert 1 <= len(h2.of(always)) <= 2


def test_a_refused_upload_is_not_sent_twice(server, h2):
    h2.on("/stream/refused#head", lambda call: call.abort(7))
    connection_of(server, "/one")
    with Conn(server.port(), timeout=8) as conn:
        conn.send(b"POST /stream/refused HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n12345")
        assert conn.read().status == 502
    assert len(h2.of("/stream/refused")) == 1


HINTS = """
    proxy_http_version 2; upstream kept { server @B@ max_fails=0; keepalive 8; }
    server { listen 127.0.0.1:@PORT@; http2 on; early_hints $arg_hints; location / { proxy_pass http://kept; } }
"""


@pytest.mark.parametrize("wanted", ["1", "0"])
def test_early_hints(serve, h2, wanted):
    """One at once, before the answer is there; its twin without early_hints gets none."""
    server = serve(HINTS, values={"B": h2.address})
    gate = threading.Event()

    def answer(call):
        call.raw_head((":status", "103"), ("link", "</one>"), flags=4)
        gate.wait(8)
        call.raw_head((":status", "103"), ("link", "</two>"), flags=4)
        call.raw_head((":status", "102"), flags=4)
        call.raw_head((":status", "200"), ("x-final", "1"), flags=5)
    h2.on("/hinted", answer)
    with Http2(server.port(), plain=True) as client:
        stream = client.request(head(f"/hinted?hints={wanted}", scheme="http"))
        if wanted == "1":
            assert client.until(lambda: client.streams[stream].informational == [103])
        gate.set()
        answer = client.answer(stream)
        assert answer.informational == ([103, 103] if wanted == "1" else [])
        assert answer.status == 200 and answer.get("x-final") == "1"
        if wanted == "1":
            assert [dict(h)["link"] for h in answer.heads[:2]] == ["</one>", "</two>"]
