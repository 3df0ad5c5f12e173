# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 backends that reset, stall, vanish or send what is no HTTP: each fault costs its own exchange only."""

import pytest

from support.h2_backend import H2Backend
from support.h2_proxy import CONFIG, connection_of, get, seen


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
