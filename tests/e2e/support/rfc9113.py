# SPDX-License-Identifier: Apache-2.0
"""RFC 9113 by cases: each is sent to yett and to nginx, and what they do must be what the RFC demands.

A test file holds a list of `Case`s and ends with `test = rfc9113.comparison(CASES, …)`. What yett does
instead, within what the RFC permits, and what nginx does otherwise than yett, is listed in
`rfc9113_differences.py` with its reason; one that is not there any more fails as well.
"""

import contextlib
import itertools
import json
import time

import pytest

from support.backend import Backend
from support.http2 import ERRORS, Http2, head
from support.rfc9113_differences import NGINX_DOES, PERMITTED
from support.servers import NGINX, YETT, YETT_IS_NGINX, Server

WAIT = 8.0      # for what must come
NUMBERS = itertools.count(1)
LONG = 300000   # bytes of /files/long
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, WITH_PRIORITY = 1, 1, 4, 8, 0x20

# What nginx has changed since 1.22, or may change, is said.
CONFIG = """
    ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    ssl_protocols TLSv1.2 TLSv1.3; client_header_buffer_size 1k; large_client_header_buffers 4 8k;
    http2_max_concurrent_streams 128; http2_body_preread_size 64k; http2_chunk_size 8k;
    keepalive_requests 1000; keepalive_timeout 75s; client_max_body_size 1m; proxy_http_version 1.1;
    server { listen 127.0.0.1:@PORT@ ssl http2; server_name front.test; @ROOMS@ }
    server { listen 127.0.0.1:@PORT@ ssl http2; server_name other.test; return 200 "other"; }
    server { listen 127.0.0.1:@PORT2@ http2; @ROOMS@ }
    server { listen 127.0.0.1:@PORT3@; @ROOMS@ }
    server { listen 127.0.0.1:@PORT4@ ssl http2; http2_max_concurrent_streams 2; @ROOMS@ }
"""
ROOMS = """
        location / { proxy_pass http://@B@; }
        location /stream { proxy_pass http://@B@; proxy_request_buffering off; proxy_buffering off;
            client_max_body_size 0; }
        location /small { proxy_pass http://@B@; client_max_body_size 10; }
        location = /text { return 200 "text"; }
        location = /none { return 204; }
        location /files/ { root @DIR@; }
"""


def stream_error(code):
    return "stream error " + code


def connection_error(code):
    return "connection error " + code


class Case:
    """`id` begins with the section. `must` is what the RFC demands; a tuple, where it leaves the choice.
    `send` gets a Client; `sees` says more of what came, which is compared as well. `run` takes the place
    of both: it gets the server and says what happens. `malformed`: no backend may see it. The rest is
    for the Client."""

    def __init__(self, id, must, send=None, sees=None, run=None, malformed=False, **connect):
        self.id, self.send, self.sees, self.run = id, send, sees, run
        self.must = (must,) if isinstance(must, str) else must
        self.malformed, self.connect = malformed, connect


class Client(Http2):
    """`stream` is the one whose end counts: the last that was opened, or that is watched."""

    def __init__(self, port, path, greet=True, **more):
        super().__init__(port, **more)
        self.path, self.stream, self.given_up = path, None, set()
        if greet and more.get("preface", True):
            self.until(lambda: self.settings)

    def ask_for(self, fields, end=True, stream=None):
        self.stream = self.request(fields, end, stream)
        return self.stream

    def get(self, path="/text", *more):
        return self.ask_for(head(path, "GET", "front.test", *more))

    def echo(self, *more):
        """A request that the backend shows."""
        return self.get(self.path, *more)

    def post(self, *more, where=""):
        """The stream stays open."""
        return self.ask_for(head(where + self.path, "POST", "front.test", *more), end=False)

    def hold(self):
        """Half-closed (remote): the backend does not answer."""
        return self.get("/hold")

    def done(self):
        """Closed: answered."""
        stream = self.get()
        self.answer(stream)
        return stream

    def refused(self, *more):
        """Closed: the server has reset it while it was open."""
        stream = self.post(("X-Capital", "1"), *more)
        self.until(lambda: self.streams[stream].over)
        return stream

    def watch(self, stream):
        self.stream = stream

    def wait(self):
        """Until the server has done all that came before."""
        self.alive(WAIT)
        self.alive(WAIT)

    def comes(self, condition, seconds=WAIT):
        """Reads until it holds. nginx keeps some heads until there is more to do: hence the PING."""
        end = time.monotonic() + seconds
        while not self.until(condition, 0.3) and time.monotonic() < end and not self.eof:
            self.alive(0.3)

    def set(self, *pairs):
        return self.frame(SETTINGS, 0, 0, b"".join(
            k.to_bytes(2, "big") + v.to_bytes(4, "big") for k, v in pairs))

    # -- what came -----------------------------------------------------------------------------------

    @property
    def got(self):
        return self.streams[self.stream]

    def seen_by_backend(self):
        try:
            return json.loads(self.got.text)
        except (KeyError, ValueError):
            return {"headers": [], "body": None}

    def field(self, name):
        """As the backend got it."""
        return ", ".join(v for n, v in self.seen_by_backend()["headers"] if n.lower() == name)

    def body(self):
        return self.seen_by_backend()["body"]

    def settle(self, expected):
        """Reads what must come, and what may come unasked."""
        if not any("open" in one for one in expected):
            got = self.streams.get(self.stream)
            self.comes(lambda: self.goaway is not None or got and got.over
                       or not got and "ignored" in expected)
        if self.goaway is None:
            self.wait()
        if self.goaway is not None:
            self.closed(WAIT / 2)

    def outcome(self):
        got, said = self.streams.get(self.stream), []
        if got and got.status:
            said.append(f"answer {got.status}" + ("" if got.over else ", left open"))
        if got and got.reset is not None and not (got.ended and got.reset == 0):
            said.append(stream_error(ERRORS[got.reset]))
        if self.goaway:
            said.append(connection_error(ERRORS[self.goaway]) + ("" if self.eof else ", left open"))
        elif self.goaway == 0:
            said.append("GOAWAY")
        elif self.eof:
            said.append("closed")
        return ", ".join(said) or ("left open" if got else "ignored")


def literal(name, value):
    """A field without an index, each length in one byte or three."""
    def text(data):
        n = len(data)
        if n < 127:
            return bytes([n]) + data
        rest, out = n - 127, b"\x7f"
        while rest >= 128:
            out, rest = out + bytes([rest % 128 + 128]), rest // 128
        return out + bytes([rest]) + data
    return b"\0" + text(name) + text(value)


def _hold(conn, request):
    conn.settimeout(30)
    conn.recv(1)
    return False


def _stuck(conn, request):
    """Takes no body."""
    time.sleep(3)
    raise ValueError("enough")


class Pair:
    """An nginx and a yett of one configuration, and a backend that shows what it gets."""

    def __init__(self, pki):
        self.backend = Backend(answers={"/hold": _hold, "/stream/stuck#head": _stuck})
        rooms = ROOMS.replace("@B@", self.backend.address)
        config = CONFIG.replace("@ROOMS@", rooms)
        self.servers = []
        for binary in (NGINX, YETT):
            self.servers.append(Server(config, binary=binary, values={"PKI": pki.dir},
                                       files={"files/long": "x" * LONG}))
        self.nginx, self.yett = self.servers

    def close(self):
        try:
            for server in self.servers:
                server.stop()
        finally:
            self.backend.stop()

    def observe(self, server, case, expected):
        """What happens, and whether the request reached the backend."""
        if case.run:
            return case.run(server, self.backend), False
        path = f"/x{next(NUMBERS)}"
        connect = dict(case.connect)
        port = server.port(connect.pop("port", "PORT"))
        with Client(port, path, **connect) as client:
            with contextlib.suppress(OSError):
                case.send(client)
            client.settle(expected)
            said = client.outcome()
            if case.sees:
                said += f" | {case.sees(client)}"
        return said, any(path in r.target or path.encode() in r.raw for r in self.backend.requests)


@pytest.fixture(scope="module")
def pair(pki):
    running = Pair(pki)
    yield running
    running.close()


def check(pair, case):
    permitted, why = PERMITTED.get(case.id, (None, ""))
    wanted = case.must if permitted is None else (permitted,)
    ours, reached = pair.observe(pair.yett, case, wanted)
    other, reason = NGINX_DOES.get(case.id, (None, ""))
    theirs, _ = pair.observe(pair.nginx, case, (ours if other is None else other,))
    if YETT_IS_NGINX:
        assert ours == theirs
        return
    assert permitted not in case.must, f"no longer a choice: {why}"
    assert ours in wanted, f"yett: {ours!r}; the RFC: {case.must}; nginx: {theirs!r}"
    assert not (case.malformed and reached), "a malformed request was passed on"
    if other is None:
        assert theirs == ours, f"nginx: {theirs!r}; yett: {ours!r}"
    else:
        assert theirs != ours, f"no longer a difference: {reason}"
        assert theirs == other, f"nginx: {theirs!r}; listed: {other!r}"


def comparison(cases, *chapters):
    """The test function of a file, whose cases are all those of these chapters."""
    ids = [case.id for case in cases]
    twice = {i for i in ids if ids.count(i) > 1}
    assert not twice, f"two cases of one name: {twice}"
    listed = {i for table in (PERMITTED, NGINX_DOES) for i in table
              if i.split(" ")[0].split(".")[0] in chapters}
    assert listed <= set(ids), f"listed, and no case: {listed - set(ids)}"
    assert {i.split(" ")[0].split(".")[0] for i in ids} == set(chapters)

    @pytest.mark.parametrize("case", cases, ids=ids)
    def test(pair, case):
        check(pair, case)
    return test
