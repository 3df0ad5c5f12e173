# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 towards backends: `proxy_http_version 2`. Each fault of a backend costs its own exchange only."""

import json
import re
import ssl
import subprocess
import threading
import time

import pytest

from support.h2_backend import H2Backend
from support.http2 import Http2, head
from support.rawhttp import Conn, ask, build
from support.servers import SPARE_KB, free_port, wait_for

CONFIG = """
    proxy_http_version 2; proxy_next_upstream_timeout 5s; client_max_body_size 0; http2 on;
    log_format bytes "$upstream_status $upstream_bytes_sent $upstream_bytes_received $upstream_response_length";
    upstream kept { server @B@ max_fails=0; keepalive 8; }
    upstream bare { server @B@ max_fails=0; keepalive 0; }
    upstream few { server @B@ max_fails=0; keepalive 8; keepalive_requests 3; keepalive_timeout 1s; }
    upstream second { server @B@ max_fails=0; server @C@ backup; }
    server { listen 127.0.0.1:@PORT@;
        location / { proxy_pass http://kept; }
        location /bare/ { proxy_pass http://bare; }
        location /few/ { proxy_pass http://few; }
        location /next/ { proxy_pass http://second; proxy_next_upstream error http_500; }
        location /timeout/ { proxy_pass http://kept; proxy_read_timeout 1s; proxy_send_timeout 1s; }
        location /stream/ { proxy_pass http://kept; proxy_request_buffering off; }
        location /trailers/ { proxy_pass http://kept; proxy_pass_trailers on; }
        location /small/ { proxy_pass http://kept; proxy_buffer_size 1k; proxy_buffers 2 4k; }
        location /set/ { proxy_pass http://kept; proxy_set_header Host name.test;
            proxy_set_header X-One 1; proxy_set_header Connection close; proxy_set_header TE gzip;
            proxy_set_header Upgrade websocket; proxy_set_header Content-Length 7; }
        location /te/ { proxy_pass http://kept; proxy_set_header TE trailers; }
        location /log/ { proxy_pass http://kept;
            access_log @DIR@/log bytes; }
    }
    server { listen 127.0.0.1:@PORT2@ ssl; ssl_certificate @PKI@/srv-front.crt;
        ssl_certificate_key @PKI@/srv-front.key; location / { proxy_pass http://kept; } }
"""


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


def get(server, path, *lines, method="GET", body=b"", timeout=8.0):
    return ask(server.port(), f"{method} {path}", lines, body=body, timeout=timeout)


def seen(answer):
    assert answer.status == 200, answer
    return json.loads(answer.text)


def fields(answer):
    return dict(map(tuple, seen(answer)["headers"]))


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

def connection_of(server, path):
    return seen(get(server, path))["connection"]


def test_requests_one_after_another_share_a_connection(server):
    first = connection_of(server, "/one")
    assert [connection_of(server, "/one") for _ in range(4)] == [first] * 4


def test_without_keepalive_each_has_its_own(server):
    assert len({connection_of(server, "/bare/x") for _ in range(3)}) == 3


def many(server, path, n):
    """n requests at once, by as many clients."""
    conns = [Conn(server.port(), timeout=10) for _ in range(n)]
    for conn in conns:
        conn.send(build("GET " + path))
    return conns


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


# -- faults ------------------------------------------------------------------------------------------

def test_a_reset_before_the_answer(server, h2):
    h2.on("/reset", lambda call: call.abort(2))
    number = connection_of(server, "/one")
    assert get(server, "/reset").status == 502
    server.wait_log(r"upstream rejected request with error 2 while reading response header")
    assert connection_of(server, "/one") == number


def test_a_reset_within_the_answer(server, h2):
    h2.on("/half", lambda call: call.head(200, ("content-length", "10")).data(b"12345").abort(2))
    assert not get(server, "/half").whole
    server.wait_log(r"upstream rejected request with error 2 while reading upstream")


def test_the_end_of_the_connection_within_answers(server, h2):
    def answer(call):
        call.head(200, ("content-length", "10")).data(b"12345")
        call.conn.sock.shutdown(2)
    h2.on("/cut", answer)
    assert not get(server, "/cut").whole
    server.wait_log(r"upstream prematurely closed connection while reading upstream")


def test_the_next_backend(server, h2):
    h2.on("/next/x", lambda call: call.abort(2))
    assert get(server, "/next/x").text == "other"


def test_read_timeout(server, h2):
    number = connection_of(server, "/one")
    h2.on("/timeout/read", lambda call: call.over.wait(8))
    assert get(server, "/timeout/read").status == 504
    server.wait_log(r"upstream timed out \(110: Connection timed out\) while reading response header")
    assert h2.of("/timeout/read")[0].over.wait(5) and h2.of("/timeout/read")[0].reset == 8
    assert connection_of(server, "/one") == number        # only that exchange is over


def test_send_timeout(server, h2):
    h2.greedy.add("/timeout/send")
    assert get(server, "/timeout/send", method="POST", body=b"x" * 500_000).status == 504
    server.wait_log(r"upstream timed out .* while sending request to upstream")


def test_timeout_within_the_answer(server, h2):
    def answer(call):
        call.head(200, ("content-length", "10")).data(b"12345")
        call.over.wait(8)
    h2.on("/timeout/within", answer)
    assert not get(server, "/timeout/within").whole
    server.wait_log(r"upstream timed out .* while reading upstream")


def raw(*pairs, flags=5):
    return lambda call: call.raw_head(*pairs, flags=flags)


OK = (":status", "200")
MALFORMED = {                                            # RFC 9113, 8.1.1, 8.2, 8.3
    "no-status": raw(("x", "1")),
    "empty-status": raw((":status", "")),
    "short-status": raw((":status", "20")),
    "word-status": raw((":status", "abc")),
    "status-099": raw((":status", "099")),
    "two-statuses": raw(OK, OK),
    "late-status": raw(("x", "1"), OK),
    "101": raw((":status", "101")),
    "request-field": raw(OK, (":path", "/")),
    "unknown-pseudo": raw(OK, (":x", "1")),
    "capitals": raw(OK, ("X-A", "1")),
    "blank-in-name": raw(OK, ("x a", "1")),
    "colon-in-name": raw(OK, ("x:a", "1")),
    "no-name": raw(OK, ("", "1")),
    "line-break": raw(OK, ("x", "1\r\nset-cookie: evil=1")),
    "line-feed": raw(OK, ("x", "1\nset-cookie: evil=1")),
    "nul": raw(OK, ("x", "1\0")),
    "connection": raw(OK, ("connection", "close")),
    "keep-alive": raw(OK, ("keep-alive", "1")),
    "transfer-encoding": raw(OK, ("transfer-encoding", "chunked")),
    "upgrade": raw(OK, ("upgrade", "h2c")),
    "proxy-connection": raw(OK, ("proxy-connection", "x")),
    "bad-length": raw(OK, ("content-length", "x")),
    "two-lengths": raw(OK, ("content-length", "0"), ("content-length", "0")),
    "negative-length": raw(OK, ("content-length", "-1")),
    "length-and-no-body": raw(OK, ("content-length", "5")),
    "interim-that-ends": raw((":status", "103")),
    "too-large": raw(OK, *[(f"x-{i}", "v" * 100) for i in range(100)]),
    "data-first": lambda call: call.frame(0, 1, b"data"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed_heads(server, h2, case):
    path = f"/malformed-{case}"
    h2.on(path, MALFORMED[case])
    answer = get(server, path)
    assert answer.status == 502 and "evil" not in str(answer.headers)
    assert seen(get(server, "/one"))


def test_too_many_interim_answers(server, h2):
    def answer(call):
        for _ in range(200):
            call.raw_head((":status", "103"), flags=4)
        call.raw_head(OK, flags=5)
    h2.on("/interims", answer)
    assert get(server, "/interims").status == 502


WITHIN = {
    "short": lambda call: (call.raw_head(OK, ("content-length", "10"), flags=4), call.frame(0, 1, b"12345")),
    "long": lambda call: (call.raw_head(OK, ("content-length", "3"), flags=4), call.frame(0, 1, b"12345")),
    "bad-trailer": lambda call: (call.raw_head(OK, flags=4), call.frame(0, 0, b"12345"),
                                 call.raw_head((":status", "200"), flags=5)),
    "trailer-without-end": lambda call: (call.raw_head(OK, flags=4), call.frame(0, 0, b"12345"),
                                         call.raw_head(("x", "1"), flags=4)),
    "trailer-line-break": lambda call: (call.raw_head(OK, flags=4), call.frame(0, 0, b"12345"),
                                        call.raw_head(("x", "1\r\ny: 2"), flags=5)),
    "large-trailers": lambda call: (call.raw_head(OK, flags=4), call.frame(0, 0, b"12345"),
                                    call.raw_head(*[(f"x-{i}", "v" * 100) for i in range(100)], flags=5)),
}


@pytest.mark.parametrize("case", WITHIN)
def test_malformed_after_the_head(server, h2, case):
    path = f"/trailers/within-{case}"
    h2.on(path, WITHIN[case])
    assert not get(server, path).whole
    assert seen(get(server, "/one"))


CONNECTION_ERRORS = {
    "stream-zero": lambda call: call.frame(0, 0, b"x", stream=0),
    "unknown-stream": lambda call: call.frame(1, 4, b"\x88", stream=1001),
    "even-stream": lambda call: call.frame(1, 4, b"\x88", stream=2),
    "push": lambda call: call.frame(5, 4, b"\0\0\0\x02\x82\x84\x86"),
    "large-frame": lambda call: call.conn.raw(b"\xff\xff\xff\0\0\0\0\0\x01"),
    "bad-hpack": lambda call: call.frame(1, 5, b"\xff\xff\xff\xff\xff\xff"),
    "http1": lambda call: call.conn.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "window": lambda call: call.frame(8, 0, b"\x7f\xff\xff\xff", stream=0),
    "window-zero": lambda call: call.frame(8, 0, bytes(4), stream=0),
    "continuation": lambda call: call.frame(9, 4, b"\x88"),
    "settings-length": lambda call: call.frame(4, 0, b"12345", stream=0),
    "ping-length": lambda call: call.frame(6, 0, b"1", stream=0),
}


@pytest.mark.parametrize("case", CONNECTION_ERRORS)
def test_connection_errors(server, h2, case):
    path = f"/bare/error-{case}"
    h2.on(path, CONNECTION_ERRORS[case])
    assert get(server, path).status == 502
    assert seen(get(server, "/one"))


def test_a_backend_that_speaks_only_http1(serve, backend, h2):
    server = serve(CONFIG, values={"B": backend.address, "C": h2.address})
    assert get(server, "/x").status == 502


# -- TLS ---------------------------------------------------------------------------------------------

TLS = """
    proxy_http_version 2; proxy_ssl_server_name on; proxy_ssl_name backend.test;
    upstream kept { server @B@ max_fails=0; keepalive 8; }
    server { listen 127.0.0.1:@PORT@;
        proxy_ssl_trusted_certificate @PKI@/ca.crt; proxy_ssl_verify on; proxy_ssl_crl @DIR@/all.crl;
        location / { proxy_pass https://kept; proxy_ssl_certificate @PKI@/good.crt; proxy_ssl_certificate_key @PKI@/good.key; }
        location /other/ { proxy_pass https://kept; proxy_ssl_certificate @PKI@/second.crt; proxy_ssl_certificate_key @PKI@/second.key; }
        location /name/ { proxy_pass https://kept; proxy_ssl_name wrong.test; }
    }
"""


def tls_backend(pki, *protocols, cert="srv-backend"):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.path(cert + ".crt"), pki.path(cert + ".key"))
    if protocols:
        context.set_alpn_protocols(list(protocols))
    return H2Backend(tls=context)


def tls_server(serve, pki, backend, crl="all.crl"):
    with open(pki.path(crl), "rb") as crl:
        return serve(TLS, values={"B": backend.address}, files={"all.crl": crl.read()})


@pytest.mark.parametrize("protocols", [("h2", "http/1.1"), ("h2",), ()])
def test_over_tls(serve, pki, protocols):
    with tls_backend(pki, *protocols) as backend:
        server = tls_server(serve, pki, backend)
        got = fields(get(server, "/x"))
        assert got[":scheme"] == "https"
        assert get(server, "/name/x").status == 502
        server.wait_log(r'upstream SSL certificate does not match "wrong.test"')


def test_another_protocol_by_alpn(serve, pki):
    """OpenSSL's server ends the handshake if it has no protocol in common."""
    with tls_backend(pki, "http/1.1") as backend:
        server = tls_server(serve, pki, backend)
        answer = get(server, "/x")
        assert answer.status == 502 or fields(answer)


def test_clients_certificates_do_not_share_a_connection(serve, pki):
    with tls_backend(pki, "h2") as backend:
        server = tls_server(serve, pki, backend)
        one, two = connection_of(server, "/x"), connection_of(server, "/other/x")
        assert one != two
        assert connection_of(server, "/x") == one and connection_of(server, "/other/x") == two


def test_a_revoked_backend_gets_no_more_requests(serve, pki):
    with tls_backend(pki, "h2", cert="srv-revoked") as backend:
        server = tls_server(serve, pki, backend, "none-revoked.crl")
        first = connection_of(server, "/x")
        assert connection_of(server, "/x") == first
        with open(pki.path("all.crl"), "rb") as crl:
            server.write("all.crl", crl.read())
        wait_for(lambda: get(server, "/x").status == 502, what="the refusal")
        server.wait_log("23:certificate revoked")


def test_many_answers_at_once_over_tls(serve, pki):
    """More than is read in one turn, so that the rest waits inside TLS."""
    with tls_backend(pki, "h2") as backend:
        server = tls_server(serve, pki, backend)
        gate = threading.Event()

        def answer(call):
            gate.wait(8)
            call.head(200).data(b"m" * 60_000, end=True)
        backend.on("/many", answer)
        first = connection_of(server, "/x")
        conns = many(server, "/many", 40)
        wait_for(lambda: len(backend.of("/many")) == 40, what="all requests")
        gate.set()
        assert all(conn.read().body == b"m" * 60_000 for conn in conns)
        assert {call.conn.number for call in backend.of("/many")} == {first}
        for conn in conns:
            conn.close()


# -- other implementations ---------------------------------------------------------------------------

def test_nginx_as_backend(serve, nginx):
    inner = serve('server { listen 127.0.0.1:@PORT@ http2; root @DIR@/html;'
                  ' location = /echo { return 200 "$server_protocol|$request_method|$http_host|$args"; } }',
                  binary=nginx)
    inner.write("html/big", b"n" * 2_000_000)
    server = serve(CONFIG, values={"B": f"127.0.0.1:{inner.port()}", "C": "127.0.0.1:1"})
    assert get(server, "/echo?a=b").text == "HTTP/2.0|GET|kept|a=b"
    assert get(server, "/big").body == b"n" * 2_000_000
    assert get(server, "/none").status == 404
    assert get(server, "/big", "Range: bytes=5-9").body == b"nnnnn"


def test_nghttpd_as_backend(serve, tmp_path):
    (tmp_path / "file").write_bytes(b"d" * 1_000_000)
    port = free_port()
    with subprocess.Popen(["nghttpd", "--no-tls", "-a", "127.0.0.1", "-d", str(tmp_path), str(port)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            server = serve(CONFIG, values={"B": f"127.0.0.1:{port}", "C": "127.0.0.1:1"})
            wait_for(lambda: get(server, "/file").status == 200, what="nghttpd")
            for _ in range(3):
                assert get(server, "/file").body == b"d" * 1_000_000
            assert get(server, "/none").status == 404
        finally:
            running.terminate()


def test_yett_behind_yett(serve, h2):
    inner = serve('http2 on; server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://@B@; proxy_http_version 2; } }',
                  values={"B": h2.address})
    server = serve(CONFIG, values={"B": f"127.0.0.1:{inner.port()}", "C": "127.0.0.1:1"})
    h2.on("/deep", lambda call: call.text(200, f"{len(call.body)}"))
    for size in (0, 10, 400_000):
        assert get(server, "/deep", method="POST", body=b"x" * size).text == str(size)


def test_a_unix_socket(serve, tmp_path):
    with H2Backend(path=str(tmp_path / "s")) as backend:
        server = serve(CONFIG, values={"B": backend.address, "C": "127.0.0.1:1"})
        first = connection_of(server, "/x")
        assert connection_of(server, "/x") == first


def test_quit_waits_for_what_is_in_flight(serve, h2):
    server = serve(CONFIG, values={"B": h2.address, "C": h2.address})
    gate = threading.Event()

    def answer(call):
        gate.wait(8)
        call.text(200, "late")
    h2.on("/quit", answer)
    with Conn(server.port(), timeout=10) as conn:
        conn.send(build("GET /quit"))
        wait_for(lambda: h2.of("/quit"), what="the request")
        server.run("-s", "quit", check=True)
        time.sleep(0.3)
        gate.set()
        assert conn.read().text == "late"
    server.process.wait(10)


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
