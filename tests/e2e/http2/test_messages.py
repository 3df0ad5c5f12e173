# SPDX-License-Identifier: Apache-2.0
"""RFC 9113, section by section: a malformed message ends its stream or its connection and reaches no
backend; its twin is served."""

import itertools
import os
import subprocess
import threading
import time

import pytest

from support.backend import big, die
from support.http2 import (COMPRESSION_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, NO_ERROR,
                           PROTOCOL_ERROR, REFUSED_STREAM, STREAM_CLOSED, Http2, head)
from support.servers import SPARE_KB

TLS = """ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"""
SERVER = "http2 on; " + TLS + """
    log_format seen "$request|$status|$server_protocol";
    access_log @DIR@/seen.log seen;
    server { listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        location / { proxy_pass http://@B@; proxy_http_version 1.1; }
        location /stream { proxy_pass http://@B@; proxy_http_version 1.1; proxy_request_buffering off;
            proxy_buffering off; client_max_body_size 0; }
        location /small { proxy_pass http://@B@; client_max_body_size 1000; }
        location /small-stream { proxy_pass http://@B@; proxy_http_version 1.1;
            proxy_request_buffering off; client_max_body_size 1000; }
        location /text { return 200 "text"; }
        location /nothing { return 444; }
        location /files/ { root @DIR@; }
    }
"""
NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def server(serve_module, backend):
    return serve_module(SERVER, values={"B": backend.address})


@pytest.fixture
def client(server):
    with Http2(server.port()) as made:
        yield made


def path_of(backend, path="/x"):
    """A path that no other test asks for, so that what the backend got for it can be told apart."""
    return f"{path}-{next(NUMBERS)}"


def reached(backend, path):
    return [r for r in backend.requests if path in r.target or path.encode() in r.raw]


def post(path, *more):
    return head(path, "POST", "front.test", *more)


# -- 8.2, 8.3: heads ---------------------------------------------------------------------------------

H = {"method": (":method", "GET"), "scheme": (":scheme", "https"), "authority": (":authority", "front.test")}

MALFORMED = {
    "no method": lambda p: [H["scheme"], H["authority"], (":path", p)],
    "no scheme": lambda p: [H["method"], H["authority"], (":path", p)],
    "no path": lambda p: [H["method"], H["scheme"], H["authority"], ("x", p)],
    "empty path": lambda p: [*head("")[:], ("x", p)],
    "method twice": lambda p: [H["method"], *head(p)],
    "path twice": lambda p: [*head(p), (":path", "/text")],
    "authority twice": lambda p: [*head(p), (":authority", "front.test")],
    "status": lambda p: [*head(p), (":status", "200")],
    "unknown pseudo": lambda p: [*head(p), (":x", "1")],
    "protocol without connect": lambda p: [*head(p), (":protocol", "websocket")],
    "late pseudo": lambda p: [*head(p)[:3], ("x", "1"), (":path", p)],
    "path without slash": lambda p: head(p[1:]),
    "absolute path": lambda p: head("https://front.test" + p),
    "blank in path": lambda p: head(p + " HTTP/1.1"),
    "lf in path": lambda p: head(p + "\nx: y"),
    "crlf in path": lambda p: head(p + "\r\nx: y"),
    "nul in path": lambda p: head(p + "\0"),
    "crlf in method": lambda p: head(p, "GET /y HTTP/1.1\r\n\r\nGET"),
    "blank in method": lambda p: head(p, "GET /y"),
    "crlf in authority": lambda p: head(p, "GET", "front.test\r\nx: y"),
    "blank in authority": lambda p: head(p, "GET", "front.test y"),
    "lf in scheme": lambda p: head(p, scheme="https\n"),
    "scheme": lambda p: head(p, scheme="gopher"),
    "capitals": lambda p: [*head(p), ("X-Y", "1")],
    "empty name": lambda p: [*head(p), ("", "1")],
    "blank in name": lambda p: [*head(p), ("a b", "1")],
    "colon in name": lambda p: [*head(p), ("a:b", "1")],
    "crlf in name": lambda p: [*head(p), ("a: 1\r\nb", "1")],
    "lf at name's end": lambda p: [*head(p), ("content-length\n", "1")],
    "nul in name": lambda p: [*head(p), ("a\0", "1")],
    "crlf in value": lambda p: [*head(p), ("a", "1\r\nb: 2")],
    "lf in value": lambda p: [*head(p), ("a", "1\nb: 2")],
    "cr in value": lambda p: [*head(p), ("a", "1\rb")],
    "nul in value": lambda p: [*head(p), ("a", "1\0")],
    "blank before value": lambda p: [*head(p), ("a", " 1")],
    "blank behind value": lambda p: [*head(p), ("a", "1 ")],
    "tab behind value": lambda p: [*head(p), ("a", "1\t")],
    "connection": lambda p: [*head(p), ("connection", "close")],
    "keep-alive": lambda p: [*head(p), ("keep-alive", "timeout=1")],
    "proxy-connection": lambda p: [*head(p), ("proxy-connection", "close")],
    "transfer-encoding": lambda p: [*post(p), ("transfer-encoding", "chunked")],
    "upgrade": lambda p: [*head(p), ("upgrade", "websocket")],
    "te": lambda p: [*head(p), ("te", "gzip")],
    "other host": lambda p: [*head(p), ("host", "other.test")],
    "length twice": lambda p: [*post(p), ("content-length", "0"), ("content-length", "0")],
    "length differs": lambda p: [*post(p), ("content-length", "0"), ("content-length", "1")],
    "length with sign": lambda p: [*post(p), ("content-length", "+0")],
    "length list": lambda p: [*post(p), ("content-length", "0, 0")],
    "length without body": lambda p: [*post(p), ("content-length", "5")],
    "negative length": lambda p: [*post(p), ("content-length", "-1")],
    "huge length": lambda p: [*post(p), ("content-length", "99999999999999999999")],
}

SERVED = {
    "plain": lambda p: head(p),
    "order": lambda p: list(reversed(head(p))),
    "http": lambda p: head(p, scheme="http"),
    "host": lambda p: [*head(p), ("host", "front.test")],
    "host alone": lambda p: [H["method"], H["scheme"], (":path", p), ("host", "front.test")],
    "te": lambda p: [*head(p), ("te", "trailers")],
    "empty value": lambda p: [*head(p), ("a", "")],
    "blank within": lambda p: [*head(p), ("a", "1 \t 2")],
    "length": lambda p: [*post(p), ("content-length", "0")],
    "colon in value": lambda p: [*head(p), ("a", "b: c")],
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_heads_end_their_stream(server, client, backend, case):
    path = path_of(backend)
    stream = client.request(MALFORMED[case](path))
    answer = client.answer(stream)
    assert answer.reset == PROTOCOL_ERROR and answer.status is None, answer
    assert client.ask("/text").text == "text", "the connection goes on"
    assert not reached(backend, path)


@pytest.mark.parametrize("case", SERVED)
def test_their_twins_are_served(server, client, backend, case):
    path = path_of(backend)
    answer = client.answer(client.request(SERVED[case](path)))
    assert answer.status == 200 and answer.ended, answer
    assert len(reached(backend, path)) == 1


REFUSED = {  # well-formed, and refused as over HTTP/1.1
    "connect": (lambda p: [(":method", "CONNECT"), (":authority", "front.test:443"), ("x", p)], 405),
    "trace": (lambda p: head(p, "TRACE"), 405),
    "no host": (lambda p: [H["method"], H["scheme"], (":path", p)], 400),
    "two hosts": (lambda p: [H["method"], H["scheme"], (":path", p), ("host", "front.test"),
                             ("host", "front.test")], 400),
    "user in authority": (lambda p: head(p, "GET", "me@front.test"), 400),
    "path in authority": (lambda p: head(p, "GET", "front.test/x"), 400),
    "asterisk": (lambda p: [*head("*", "OPTIONS"), ("x", p)], 400),
    "up and out": (lambda p: head("/../.." + p), 400),
    "nul": (lambda p: head(p + "%00"), 400),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_http1_refuses(server, client, backend, case):
    make, status = REFUSED[case]
    path = path_of(backend)
    answer = client.answer(client.request(make(path)))
    assert answer.status == status and answer.ended or answer.reset == PROTOCOL_ERROR, answer
    assert client.ask("/text").text == "text"
    assert not reached(backend, path)


def test_fields_reach_the_backend_as_http1(client, backend):
    path = path_of(backend)
    got = client.answer(client.request([
        *head(path), ("cookie", "a=1"), ("x", "1"), ("cookie", "b=2"), ("x", "2"), ("user-agent", "me"),
        ("te", "trailers")]))
    assert got.status == 200
    request = reached(backend, path)[0]
    assert request.all("cookie") == ["a=1; b=2"] and request.all("x") == ["1", "2"]
    assert request.version == "HTTP/1.1" and not request.get("transfer-encoding")


def test_large_heads(server, client, backend):
    assert client.answer(client.request([*head("/text"), ("a", "x" * 8000)])).status == 200
    for more in ([("a", "x" * 9000)], [("a", "x" * 7000)] * 5, [("a", "x")] * 5000,
                 [("cookie", "x" * 3000)] * 3):
        path = path_of(backend)
        answer = client.answer(client.request([*head(path), *more]))
        assert answer.status in (400, 431, 494) and answer.ended, answer
        assert not reached(backend, path)
    long = client.answer(client.request(head("/" + "x" * 9000)))
    assert long.status == 414
    assert client.ask("/text").text == "text"


# -- 8.1: bodies ---------------------------------------------------------------------------------------

@pytest.mark.parametrize("where", ["/x", "/stream"])
@pytest.mark.parametrize("said,sent", [(5, 4), (5, 6), (0, 1), (5, 0), (70000, 69999)])
def test_lengths_that_lie(client, backend, where, said, sent):
    path = path_of(backend, where)
    stream = client.request(post(path, ("content-length", str(said))), end=False)
    client.upload(stream, b"x" * sent, end=False)
    client.data(stream, end=True)
    answer = client.answer(stream)
    if said:
        assert answer.reset == PROTOCOL_ERROR and answer.status is None, answer
    else:  # it was complete with the head, and may have been answered already
        assert answer.reset == PROTOCOL_ERROR or answer.ended, answer
    assert client.ask("/text").text == "text"
    assert not [r for r in reached(backend, path) if said and len(r.body) == said or r.body and not said]


@pytest.mark.parametrize("where", ["/x", "/stream"])
@pytest.mark.parametrize("size", [0, 1, 5, 16384, 70000, 1 << 20])
@pytest.mark.parametrize("known", [True, False])
def test_bodies_arrive(client, backend, where, size, known):
    path, body = path_of(backend, where), os.urandom(size)
    stream = client.request(post(path, *([("content-length", str(size))] if known else [])), end=False)
    client.upload(stream, body, end=False)
    client.data(stream, end=True)
    assert client.answer(stream).status == 200
    assert [r.body for r in reached(backend, path)] == [body]


def test_padding_is_no_body(client, backend):
    path = path_of(backend)
    stream = client.request(post(path, ("content-length", "3")), end=False)
    client.frame(0, 8 | 1, stream, b"\x05abc" + bytes(5))
    assert client.answer(stream).status == 200
    assert [r.body for r in reached(backend, path)] == [b"abc"]
    stream = client.request(post(path), end=False)
    client.frame(0, 8 | 1, stream, b"\x09abc" + bytes(5))
    assert client.until(lambda: client.goaway is not None)
    assert client.goaway == PROTOCOL_ERROR and len(reached(backend, path)) == 1


def test_trailers_of_the_client(client, backend):
    """They are dropped; those that are malformed end the stream (8.1)."""
    path = path_of(backend)
    stream = client.request(post(path), end=False)
    client.data(stream, b"abc")
    client.request([("x-sum", "1")], stream=stream)
    assert client.answer(stream).status == 200
    assert reached(backend, path)[0].body == b"abc"
    for trailers, end in (([(":path", "/y")], True), ([("x", "1\r\ny: 2")], True),
                          ([("connection", "close")], True), ([("x-sum", "1")], False)):
        path = path_of(backend)
        stream = client.request(post(path), end=False)
        client.data(stream, b"abc")
        client.request(trailers, end, stream)
        answer = client.answer(stream)
        assert answer.reset == PROTOCOL_ERROR, (trailers, answer)
        assert not reached(backend, path)
    assert client.ask("/text").text == "text"


@pytest.mark.parametrize("trailers", [b"X-Sum: 1\r\nConnection: close\r\n", b"X-Sum: 1\r\n"])
@pytest.mark.parametrize("body", [b"3\r\nabc\r\n", b""])
def test_trailers_of_the_backend(client, backend, trailers, body):
    path = path_of(backend)
    backend.on(path, b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n" + body
               + b"0\r\n" + trailers + b"\r\n")
    answer = client.answer(client.request([*head(path), ("te", "trailers")]))
    assert answer.ended and answer.body == (b"abc" if body else b"")
    assert not answer.trailers or answer.trailers == [("x-sum", "1")]


@pytest.mark.parametrize("method,status", [("HEAD", 200), ("GET", 204), ("GET", 304), ("HEAD", 404)])
def test_answers_without_a_body(client, backend, method, status):
    path = path_of(backend)
    length = b"" if status == 204 else b"Content-Length: 1234\r\n"
    backend.on(path, b"HTTP/1.1 %d X\r\nX: y\r\n%sConnection: keep-alive\r\n\r\n" % (status, length))
    answer = client.ask(path, method)
    assert answer.status == status and answer.ended and answer.frames == 0 and answer.get("x") == "y"
    assert answer.get("connection") is None
    assert client.ask("/text").text == "text"


def test_fields_of_a_connection_stay_there(client, backend):
    path = path_of(backend)
    backend.on(path, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nKEEP-Alive: 1\r\nUpgrade: h2c\r\n"
                     b"Proxy-Connection: x\r\nX-UPPER: V\r\nConnection: keep-alive, x-upper\r\n\r\nok")
    answer = client.ask(path)
    names = [name for name, _ in answer.heads[-1]]
    assert answer.text == "ok" and not {"connection", "keep-alive", "upgrade", "proxy-connection",
                                        "transfer-encoding"} & set(names)
    assert all(name == name.lower() for name in names)


@pytest.mark.parametrize("expect,wanted", [(True, [100]), (False, [])])
def test_expect(client, backend, expect, wanted):
    path = path_of(backend)
    more = [("expect", "100-continue")] if expect else []
    stream = client.request(post(path, ("content-length", "3"), *more), end=False)
    got = client.streams[stream]
    if expect:
        assert client.until(lambda: got.informational)
    client.data(stream, b"abc", end=True)
    assert client.answer(stream).status == 200 and got.informational == wanted
    assert reached(backend, path)[0].body == b"abc"


@pytest.mark.parametrize("end", [True, False], ids=["GET", "an upload"])
def test_no_answer_at_all(server, client, end):
    """444 ends the stream; the connection goes on, as in nginx."""
    path = path_of(None, "/nothing")
    stream = client.request(head(path) if end else post(path), end=end)
    answer = client.answer(stream, 5)
    assert answer.reset == PROTOCOL_ERROR and not answer.heads
    assert client.ask("/text").text == "text"
    server.wait_log(rf"{path} HTTP/2.0\|444\|", "seen.log")


def test_answers_that_break_off(client, backend):
    """The client can tell (8.1.1): a reset, or no answer but 502."""
    for text, status in ((b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 200),
                         (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", 200),
                         (b"", 502), (b"nonsense\r\n\r\n", 502)):
        path = path_of(backend, "/stream")
        backend.on(path, die(text))
        answer = client.ask(path)
        assert answer.status == status and (answer.ended if status == 502 else
                                            answer.reset and not answer.ended), (text, answer)
    assert client.ask("/text").text == "text"


# -- 413 and other early answers -----------------------------------------------------------------------

@pytest.mark.parametrize("where", ["/small", "/small-stream"])
@pytest.mark.parametrize("known", [True, False])
def test_413_while_the_upload_goes_on(client, backend, where, known):
    more = [("content-length", str(1 << 20))] if known else []
    stream = client.request(post(path_of(backend, where), *more), end=False)
    client.upload(stream, bytes(1 << 20), end=False)
    answer = client.answer(stream)
    assert answer.status == 413 and answer.ended
    assert client.until(lambda: answer.reset is not None) and answer.reset == NO_ERROR
    assert client.ask("/text").text == "text"
    exact = client.request(post("/small/exact", ("content-length", "1000")), end=False)
    client.data(exact, bytes(1000), end=True)
    assert client.answer(exact).status == 200


@pytest.mark.parametrize("how", [["-T", "-"], ["--data-binary", "@-"]])
@pytest.mark.parametrize("where", ["/small/x", "/small-stream/x"])
def test_curl_sees_413(server, where, how):
    done = subprocess.run(
        ["curl", "-sk", "--http2", "-m", "20", "-o", "/dev/null", "-w", "%{http_code} %{http_version}",
         *how, f"https://127.0.0.1:{server.port()}{where}"], input=bytes(20 << 20),
        capture_output=True, check=False, timeout=30)
    assert done.stdout == b"413 2", (done.stdout, done.stderr)


def test_bodies_that_nobody_asked_for(client, backend):
    """An answer before the body has come leaves the connection usable, window and all."""
    for _ in range(40):
        stream = client.request(post("/text"), end=False)
        client.upload(stream, bytes(60000), end=False, seconds=1)
        assert client.answer(stream).status == 200
        client.until(lambda: client.streams[stream].reset is not None, 2)
    path = path_of(backend)
    stream = client.request(post(path), end=False)
    assert client.upload(stream, bytes(1 << 20)) == 1 << 20
    assert client.answer(stream).status == 200


# -- cancelling, and several at once -------------------------------------------------------------------

@pytest.mark.parametrize("where", ["/x", "/stream"])
def test_cancelled_requests_end_at_the_backend(server, client, backend, where):
    path, over, here = path_of(backend, where), threading.Event(), threading.Event()

    def wait(conn, request):
        here.set()
        conn.settimeout(20)
        assert conn.recv(1) == b""
        over.set()
        return False
    backend.on(path, wait)
    stream = client.request(head(path))
    assert here.wait(8)
    assert not over.wait(0.3)
    client.reset(stream)
    assert over.wait(5)
    server.wait_log(f"GET {path} HTTP/2.0\\|499\\|HTTP/2.0", "seen.log")
    assert client.ask("/text").text == "text"


def test_cancelled_uploads_and_downloads(client, backend):
    path, over = path_of(backend, "/stream"), threading.Event()

    def endless(conn, request):
        try:
            conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                conn.sendall(b"4000\r\n" + bytes(0x4000) + b"\r\n")
        finally:
            over.set()
    backend.on(path, endless)
    stream = client.request(head(path))
    assert client.until(lambda: client.streams[stream].size > 100000)
    client.reset(stream)
    assert over.wait(5)
    upload = path_of(backend, "/stream")
    stream = client.request(post(upload), end=False)
    client.upload(stream, bytes(30000), end=False)
    client.reset(stream)
    assert client.ask("/text").text == "text" and not reached(backend, upload)


def test_many_streams_at_once(client, backend):
    sizes = [0, 1, 9, 4096, 16383, 16384, 16385, 65535, 65536, 100000, 1 << 20, 3 << 20]
    bodies, streams = {}, {}
    for size in sizes * 3:
        path = path_of(backend)
        body = bodies[path] = os.urandom(size)
        backend.on(path, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (size, body))
        streams[path] = client.request(head(path))
    assert client.until(lambda: all(client.streams[s].over for s in streams.values()), 20)
    for path, stream in streams.items():
        got = client.streams[stream]
        assert got.ended and got.body == bodies[path], (path, len(bodies[path]), got.size, got.reset)


def test_uploads_side_by_side(client, backend):
    bodies = {path_of(backend, w): os.urandom(n) for w in ("/x", "/stream")
              for n in (10, 20000, 70000, 200000, 500000)}
    streams = {path: client.request(post(path), end=False) for path in bodies}
    left = dict(bodies)
    end = time.monotonic() + 20
    while left and time.monotonic() < end:
        for path in list(left):
            n = min(10000, client.credit[0], client.credit[streams[path]], len(left[path]))
            if n:
                client.credit[0] -= n
                client.credit[streams[path]] -= n
                client.data(streams[path], left[path][:n], n == len(left[path]))
                left[path] = left[path][n:]
                if not left[path]:
                    del left[path]
        client.pump(0.01)
    for path, stream in streams.items():
        assert client.answer(stream).status == 200
        assert [r.body for r in reached(backend, path)] == [bodies[path]]


def test_files(server, client):
    data = os.urandom(5 << 20)
    server.write("files/a", data)
    assert client.ask("/files/a").body == data
    part = client.answer(client.request([*head("/files/a"), ("range", "bytes=5-100004")]))
    assert part.status == 206 and part.body == data[5:100005]
    assert client.ask("/files/a", "HEAD").frames == 0
    assert client.ask("/files/none").status == 404


def test_files_that_share_a_connection(server, client):
    data = [os.urandom(size) for size in ((3 << 20) + 1, 1 << 20, 300_000, 70_001, 8183 * 8)]
    for i, content in enumerate(data):
        server.write(f"files/shared{i}", content)
    asked = [(client.request(head(f"/files/shared{i}")), content) for i, content in enumerate(data)] + [
        (client.request(head(f"/files/shared{i}")), content) for i, content in enumerate(data)]
    small = [client.request(head("/text")) for _ in range(5)]
    for stream, content in asked:
        answer = client.answer(stream, 30)
        assert answer.status == 200 and answer.body == content, stream
    assert all(client.answer(stream).text == "text" for stream in small)


# -- windows -------------------------------------------------------------------------------------------

def test_a_client_that_does_not_read_stops_the_backend(server, backend):
    path, sent = path_of(backend, "/stream"), [0]

    def endless(conn, request):
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (64 << 20))
        while sent[0] < 64 << 20:
            sent[0] += conn.send(bytes(1 << 16))
        return False
    backend.on(path, endless)
    before = server.memory_kb()
    with Http2(server.port(), window=False, settings={4: 1000}, keep=False) as client:
        stream = client.request(head(path))
        client.until(lambda: False, 1.5)
        got = client.streams[stream]
        assert got.size == 1000
        stopped = sent[0]
        assert stopped < 32 << 20
        client.until(lambda: False, 0.5)
        assert sent[0] == stopped
        assert server.memory_kb() - before < 4096 + SPARE_KB
        assert client.ask("/text").size == 4, "other streams go on"
        client.window = True
        client.give(stream, 1 << 20)
        client.give(0, 1 << 20)
        assert client.answer(stream, 30).size == 64 << 20 and got.ended


def test_a_backend_that_does_not_read_stops_the_client(server, backend):
    path, go, size = path_of(backend, "/stream"), threading.Event(), 24 << 20
    backend.on(path + "#head", lambda conn, request: go.wait(20))
    before = server.memory_kb()
    with Http2(server.port()) as client:
        stream = client.request(post(path, ("content-length", str(size))), end=False)
        sent = client.upload(stream, bytes(size), seconds=1.5)
        assert sent < 16 << 20
        assert server.memory_kb() - before < 4096 + SPARE_KB
        assert client.ask("/text").text == "text"
        go.set()
        sent += client.upload(stream, bytes(size - sent), seconds=60)
        assert sent == size and client.answer(stream, 60).status == 200
    assert len(reached(backend, path)[0].body) == size


@pytest.mark.parametrize("frame", [
    lambda c, s: c.give(s, 0), lambda c, s: c.give(s, 0x7fffffff), lambda c, s: c.give(0, 0),
    lambda c, s: c.give(0, 0x7fffffff)])
def test_windows_that_overflow(client, backend, frame):
    """6.9, 6.9.1: of a stream, or of the connection."""
    path, end = path_of(backend), threading.Event()
    backend.on(path, lambda conn, request: end.wait(8) and False)
    stream = client.request(head(path))
    frame(client, stream)
    assert client.until(lambda: client.streams[stream].reset in (PROTOCOL_ERROR, FLOW_CONTROL_ERROR)
                        or client.goaway in (PROTOCOL_ERROR, FLOW_CONTROL_ERROR))
    end.set()


def test_more_than_the_window(server, backend):
    path, go = path_of(backend, "/stream"), threading.Event()
    backend.on(path + "#head", lambda conn, request: go.wait(20))
    with Http2(server.port()) as client:
        stream = client.request(post(path), end=False)
        client.upload(stream, bytes(32_000_000), seconds=1.0)   # until the backend takes no more
        assert client.credit[stream] < 16384
        client.data(stream, bytes(16384))
        client.until(lambda: client.eof or client.goaway is not None or client.streams[stream].over)
        assert client.goaway == FLOW_CONTROL_ERROR or client.streams[stream].reset == FLOW_CONTROL_ERROR
    go.set()


# -- 4 to 6: frames ------------------------------------------------------------------------------------

def _after_end(c):
    stream = c.request(head("/text"))
    c.answer(stream)
    c.data(stream, b"x")


CONNECTION_ERRORS = {
    "data on stream 0": lambda c: c.data(0, b"x"),
    "headers on stream 0": lambda c: c.request(head("/text"), stream=0),
    "headers on an even stream": lambda c: c.request(head("/text"), stream=2),
    "data on an idle stream": lambda c: c.data(99, b"x"),
    "reset of an idle stream": lambda c: c.reset(99),
    "window of an idle stream": lambda c: c.give(99, 1),
    "continuation alone": lambda c: c.frame(9, 4, 1, c.block(head("/text"))),
    "something between": lambda c: (c.frame(1, 1, 1, c.block(head("/text"))), c.frame(6, 0, 0, bytes(8))),
    "continuation of another": lambda c: (c.frame(1, 1, 1, c.block(head("/text"))), c.frame(9, 4, 3, b"")),
    "frame too large": lambda c: c.frame(0, 0, 1, bytes(16385)),
    "continuation too large": lambda c: (c.frame(1, 1, 1, c.block(head("/text"))),
                                         c.frame(9, 4, 1, b"\0\1x\x7f\x81\x7f" + b"y" * 16379)),
    "window that a setting lifts too high": lambda c: (
        c.request(head("/x", "POST"), end=False), c.give(1, 0x7fff0000), c.frame(4, 0, 0, b"\0\4\0\2\0\0")),
    "ping of 7": lambda c: c.frame(6, 0, 0, bytes(7)),
    "ping on a stream": lambda c: c.frame(6, 0, 1, bytes(8)),
    "settings of 5": lambda c: c.frame(4, 0, 0, bytes(5)),
    "settings on a stream": lambda c: c.frame(4, 0, 1, b""),
    "acknowledgement with payload": lambda c: c.frame(4, 1, 0, bytes(6)),
    "window setting": lambda c: c.frame(4, 0, 0, b"\0\4\xff\xff\xff\xff"),
    "frame size setting": lambda c: c.frame(4, 0, 0, b"\0\5\0\0\0\1"),
    "push setting": lambda c: c.frame(4, 0, 0, b"\0\2\0\0\0\2"),
    "push promise": lambda c: c.frame(5, 4, 1, b"\0\0\0\2" + c.block(head("/text"))),
    "reset of 3": lambda c: c.frame(3, 0, 1, bytes(3)),
    "window of 3": lambda c: c.frame(8, 0, 0, bytes(3)),
    "goaway on a stream": lambda c: c.frame(7, 0, 1, bytes(8)),
    "hpack index": lambda c: c.frame(1, 5, 1, b"\xff\xff\xff\x7f"),
    "hpack cut": lambda c: c.frame(1, 5, 1, b"\x40\x0aabc"),
    "hpack table size": lambda c: c.frame(1, 5, 1, b"\x3f\xe1\xff\x03" + c.block(head("/text"))),
    "head padded beyond": lambda c: c.frame(1, 4 | 8 | 1, 1, b"\xff" + c.block(head("/text"))),
    "depends on itself": lambda c: c.frame(1, 4 | 1 | 0x20, 1, b"\0\0\0\1\0" + c.block(head("/text"))),
}


@pytest.mark.parametrize("case", CONNECTION_ERRORS)
def test_frames_that_end_the_connection(server, backend, case):
    count = len(backend.requests)
    with Http2(server.port()) as client:
        client.until(lambda: client.settings)
        CONNECTION_ERRORS[case](client)
        assert client.until(lambda: client.goaway is not None or
                            any(s.reset for s in client.streams.values())), client.seen
        if client.goaway is not None:
            assert client.goaway in (PROTOCOL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR, STREAM_CLOSED,
                                     FLOW_CONTROL_ERROR)
            assert client.closed()
        else:
            assert case in ("depends on itself", "frame too large"), client.streams
    assert len(backend.requests) == count


@pytest.mark.parametrize("preface", [b"GET / HTTP/1.1\r\nHost: front.test\r\n\r\n",
                                     b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
                                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x08\x06\0\0\0\0\0" + bytes(8)])
def test_prefaces(server, preface):
    """3.4: the preface, and SETTINGS first."""
    with Http2(server.port(), preface=False) as client:
        client.raw(preface)
        assert client.closed() and not any(s.heads for s in client.streams.values())
        assert client.goaway == PROTOCOL_ERROR


def test_frames_to_pass_over(client):
    """5.5: unknown types and flags; 5.1: what was on its way when a stream ended."""
    client.frame(0x42, 0xff, 0, b"x" * 100)
    client.frame(0x42, 0, 7, b"")
    client.frame(4, 0, 0, b"\xff\xff\0\0\0\1")
    client.frame(2, 0, 5, b"\0\0\0\0\x10")
    first = client.request(head("/text"))
    assert client.answer(first).text == "text"
    client.give(first, 10)
    client.reset(first)
    assert client.ask("/text").text == "text"


def test_a_stream_older_than_the_last(client):
    """5.1.1: there was none, and it is not served."""
    stream = client.request(head("/text"), stream=9)
    assert client.answer(stream).text == "text"
    client.request(head("/text"), stream=5)
    assert client.alive() or client.goaway == PROTOCOL_ERROR
    assert 5 not in client.streams or not client.streams[5].heads


def test_a_stream_that_is_over(client):
    """5.1: DATA behind END_STREAM is an error of the stream or connection, and nothing else."""
    _after_end(client)
    client.until(lambda: client.goaway is not None or client.streams[1].reset is not None, 1)
    assert client.goaway in (None, STREAM_CLOSED, PROTOCOL_ERROR)


def test_more_streams_than_allowed(server, backend):
    """5.1.2: refused before the client has acknowledged the limit; behind that it is an error of the
    connection."""
    most, go, path = 128, threading.Event(), path_of(backend)
    backend.on(path, lambda conn, request: go.wait(20) and conn.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") and False)
    with Http2(server.port(), polite=False) as client:
        assert client.until(lambda: client.settings) and client.settings[0][3] == most
        streams = [client.request(head(path)) for _ in range(most + 1)]
        assert client.answer(streams[-1]).reset == REFUSED_STREAM
        assert not any(client.streams[s].over for s in streams[:-1])
        go.set()
        assert client.until(lambda: all(client.streams[s].over for s in streams), 20)
        assert all(client.streams[s].text == "ok" for s in streams[:-1])
        assert client.ask("/text").text == "text"
    go.clear()
    with Http2(server.port()) as client:
        assert client.ask("/text").text == "text"
        for _ in range(most + 1):
            client.request(head(path))
        assert client.closed() and client.goaway == PROTOCOL_ERROR
    go.set()


# -- other clients -------------------------------------------------------------------------------------

def test_nghttp(server, backend):
    path = path_of(backend)
    backend.on(path, big(1 << 20))
    done = subprocess.run(["nghttp", "-nv", "-m", "5", f"https://127.0.0.1:{server.port()}{path}"],
                          capture_output=True, text=True, check=False, timeout=30)
    assert done.stdout.count(":status: 200") == 5, done.stdout[-2000:]


def test_h2load(server):
    done = subprocess.run(["h2load", "-n", "5000", "-c", "10", "-m", "50",
                           f"https://127.0.0.1:{server.port()}/text"],
                          capture_output=True, text=True, check=False, timeout=60)
    assert "5000 succeeded, 0 failed" in done.stdout, done.stdout


def test_variables_and_log(server, client, backend):
    path = path_of(backend)
    client.ask(path)
    server.wait_log(rf"GET {path} HTTP/2\.0\|200\|HTTP/2\.0", "seen.log")


# -- bodies and heads in one read --------------------------------------------------------------------

@pytest.mark.parametrize("path", ["/whole", "/stream/whole"])
@pytest.mark.parametrize("size", [0, 1, 5000])
def test_a_body_that_comes_with_its_head(client, backend, path, size):
    """Without a content-length, in one write: what has arrived already counts as the body."""
    path = path_of(backend, path)
    encoded = client.block(post(path))
    stream = client.new_stream()
    number = stream.to_bytes(4, "big")
    body = b"b" * size
    client.raw(len(encoded).to_bytes(3, "big") + b"\1\4" + number + encoded
               + size.to_bytes(3, "big") + b"\0\1" + number + body)
    assert client.answer(stream).status == 200
    assert reached(backend, path)[-1].body == body
