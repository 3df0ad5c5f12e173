# SPDX-License-Identifier: Apache-2.0
"""A backend's 103 reaches the clients that `early_hints` names, over HTTP/2 and HTTP/1.1, before the
answer; all other 1xx answers, and what is about one connection, do not."""

import threading

import pytest

from support.backend import die
from support.http2 import Http2, context, head
from support.rawhttp import Conn, build, tls_context

SERVER = """http2 on;
    ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    map $http_sec_fetch_mode $early_hints { navigate $http2$ssl_protocol; }
    proxy_buffering off;
    server { listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        location / { proxy_pass http://@B@; early_hints $early_hints; }
        location /none { proxy_pass http://@B@; }
        location /zero { proxy_pass http://@B@; early_hints 0 "" $arg_x; }
        location /always { proxy_pass http://@B@; early_hints "" 0 1; }
        location /twice { proxy_pass http://@B@; early_hints 0; early_hints 1; }
        location /outer { early_hints 1; location /outer/inner { proxy_pass http://@B@; early_hints 0; }
            location /outer/same { proxy_pass http://@B@; } }
        location /hide { proxy_pass http://@B@; early_hints 1; proxy_hide_header X-Secret;
            proxy_cookie_path /a /b; }
        location /small { proxy_pass http://@B@; early_hints 1; proxy_buffer_size 2k; }
        location /page { proxy_pass http://@B@; early_hints 1; proxy_intercept_errors on;
            error_page 404 = /none/page; }
    }
"""
FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nLink: <final>\r\n\r\nok"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>; rel=preload\r\n\r\n"
LINK = "</s.css>; rel=preload"


@pytest.fixture(scope="module")
def server(serve_module, backend):
    return serve_module(SERVER, values={"B": backend.address})


def over_h2(server, path, fields=(), method="GET"):
    with Http2(server.port()) as client:
        got = client.answer(client.request([*head(path, method), *fields]))
        assert got.ended and not got.reset, got
        return [(int(f[0][1]), f[1:]) for f in got.heads], got.text


def over_h1(server, path, fields=(), method="GET", version="HTTP/1.1"):
    with Conn(server.port(), tls_context(), "front.test") as client:
        client.send(build(f"{method} {path}", [f"{n}: {v}" for n, v in fields], "front.test",
                          version=version))
        heads = []
        while not heads or heads[-1][0] < 200:
            answer = client.read(method)
            heads.append((answer.status, [(n.lower(), v) for n, v in answer.headers]))
        return heads, answer.body.decode()


BOTH = pytest.mark.parametrize("over", [over_h2, over_h1])
NAVIGATE = [("sec-fetch-mode", "navigate")]


@BOTH
@pytest.mark.parametrize("path, fields, passes", [
    ("/x", NAVIGATE, True), ("/x", [("sec-fetch-mode", "cors")], False), ("/x", [], False),
    ("/none", NAVIGATE, False), ("/zero", [], False), ("/zero?x=0", [], False), ("/zero?x=1", [], True),
    ("/always", [], True), ("/twice", [], True), ("/outer/inner", [], False), ("/outer/same", [], True)])
def test_who_gets_them(server, backend, over, path, fields, passes):
    backend.on(path.split("?")[0], HINTS + FINAL)
    heads, body = over(server, path, fields)
    assert [h[0] for h in heads] == ([103, 200] if passes else [200]) and body == "ok"
    if passes:
        assert heads[0][1] == [("link", LINK)]
    assert ("link", "<final>") in heads[-1][1]


def test_not_to_http_1_0(server, backend):
    backend.on("/always", HINTS + FINAL)
    heads, body = over_h1(server, "/always", version="HTTP/1.0")
    assert [h[0] for h in heads] == [200] and body == "ok"


@BOTH
def test_they_come_before_the_answer(server, backend, over):
    go = threading.Event()

    def wait(conn, request):
        conn.sendall(HINTS)
        assert go.wait(8)
        conn.sendall(FINAL)
        return False
    backend.on("/always/wait", wait)
    if over is over_h2:
        with Http2(server.port()) as client:
            stream = client.request(head("/always/wait"))
            assert client.until(lambda: client.streams[stream].informational == [103])
            assert client.streams[stream].status is None
            go.set()
            assert client.answer(stream).status == 200
    else:
        with Conn(server.port(), tls_context(), "front.test") as client:
            client.send(build("GET /always/wait", host="front.test"))
            assert client.read().status == 103
            go.set()
            assert client.read().status == 200
            backend.on("/always/next", HINTS + FINAL)
            client.send(build("GET /always/next", host="front.test"))
            assert [client.read().status, client.read().status] == [103, 200]


@BOTH
@pytest.mark.parametrize("framing", [b"Transfer-Encoding: chunked", b"Content-Length: 7"])
def test_fields_that_go_no_further(server, backend, over, framing):
    """As of a final answer: about the connection, hidden, nominated, invalid, rewritten."""
    backend.on("/hide", b"HTTP/1.1 103 Early Hints\r\nLink: a\r\nlink: b\r\nConnection: x-hop\r\n"
               b"X-Hop: 1\r\nKeep-Alive: timeout=5\r\nUpgrade: x\r\n"
               b"Proxy-Connection: x\r\n" + framing + b"\r\nContent-Type: a/b\r\nTrailer: x\r\n"
               b"X-Secret: 1\r\nServer: s\r\nDate: d\r\nX-Accel-Redirect: /x\r\nX-Pad: p\r\n"
               b"x(y: 1\r\nX-Seen: 1\r\nSet-Cookie: c=1; Path=/a\r\n\r\n" + FINAL)
    heads, _ = over(server, "/hide")
    assert [h[0] for h in heads] == [103, 200]
    assert heads[0][1] == [("link", "a"), ("link", "b"), ("x-seen", "1"), ("set-cookie", "c=1; Path=/b")]


@BOTH
@pytest.mark.parametrize("status", [100, 102, 104, 199])
def test_others_are_dropped(server, backend, over, status):
    backend.on("/always/other", b"HTTP/1.1 %d X\r\nLink: x\r\n\r\n" % status + HINTS + FINAL)
    assert [h[0] for h in over(server, "/always/other")[0]] == [103, 200]


@BOTH
def test_several_and_head(server, backend, over):
    backend.on("/always/many", HINTS * 16 + FINAL)
    assert [h[0] for h in over(server, "/always/many")[0]] == [103] * 16 + [200]
    backend.on("/always/head", HINTS + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
    assert [h[0] for h in over(server, "/always/head", method="HEAD")[0]] == [103, 200]


@BOTH
def test_too_many_and_too_big(server, backend, over):
    backend.on("/always/17", HINTS * 17 + FINAL)
    assert over(server, "/always/17")[0][-1][0] == 502
    one = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"l" * 900 + b"\r\n\r\n"
    backend.on("/small", one * 4 + FINAL)
    assert [h[0] for h in over(server, "/small")[0]] == [103, 103, 200]
    server.wait_log("upstream sent too big early hints")
    backend.on("/small/one", b"HTTP/1.1 103 Early Hints\r\nLink: " + b"l" * 3000 + b"\r\n\r\n" + FINAL)
    assert over(server, "/small/one")[0][-1][0] == 502


@BOTH
def test_then_another_answer(server, backend, over):
    """Hints, and then no answer, or one that a page of error_page replaces."""
    backend.on("/always/dies", die(HINTS))
    assert [h[0] for h in over(server, "/always/dies")[0]] == [103, 502]
    backend.on("/page", HINTS + b"HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n")
    backend.on("/none/page", HINTS + FINAL)
    heads, body = over(server, "/page")
    assert [h[0] for h in heads] == [103, 200] and body == "ok"


def test_a_client_that_reads_nothing(server, backend):
    """Each backend answer holds a few hints at most, so what waits for a client is bounded."""
    backend.on("/always/slow", HINTS * 16 + FINAL)
    with Http2(server.port(), context(), window=False, settings={4: 0}) as client:
        streams = [client.request(head("/always/slow")) for _ in range(100)]
        assert client.until(lambda: all(client.streams[s].informational for s in streams), 20)
        assert not any(client.streams[s].over for s in streams)
