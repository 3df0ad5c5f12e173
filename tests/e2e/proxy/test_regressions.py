# SPDX-License-Identifier: Apache-2.0
"""Faults that were found in forwarding once: each with the order of events that showed it, and its twin."""

import contextlib
import os
import signal
import socket
import ssl
import time

import pytest

from support import rawhttp
from support.rawhttp import Conn, build
from support.servers import wait_for

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond"


class Peer:
    """A backend that does what the test says, connection by connection."""

    def __init__(self):
        self.sock = socket.create_server(("127.0.0.1", 0))
        self.sock.settimeout(8)
        self.address = "127.0.0.1:%d" % self.sock.getsockname()[1]
        self.open = [self.sock]

    def accept(self, tls=None):
        conn, _ = self.sock.accept()
        conn.settimeout(8)
        # What is sent to a server that does not read yet must fit.
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        if tls:
            conn = tls.wrap_socket(conn, server_side=True)
        self.open.append(conn)
        return conn

    def close(self):
        for sock in self.open:
            sock.close()


@pytest.fixture
def peers():
    """peers(): one more of them."""
    made = []

    def make():
        made.append(Peer())
        return made[-1]
    yield make
    for peer in made:
        peer.close()


def read_until(sock, mark):
    got = b""
    while mark not in got:
        data = sock.recv(65536)
        assert data, got
        got += data
    return got


def state(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as text:
        return text.read().rsplit(")", 1)[1].split()[0]


@contextlib.contextmanager
def frozen(server):
    """What happens within is seen by the worker in one turn of its loop, in this order."""
    worker = server.workers()[-1]
    time.sleep(0.1)  # it has done all that was to be done
    os.kill(worker, signal.SIGSTOP)
    try:
        wait_for(lambda: state(worker) == "T", what="the worker to stop")
        yield
        time.sleep(0.05)
    finally:
        os.kill(worker, signal.SIGCONT)


def pause():
    """Lets one event be queued before the next."""
    time.sleep(0.05)


def only_answer(conn):
    """The next answer, behind which nothing comes."""
    answer = conn.read()
    conn.sock.settimeout(0.5)
    with contextlib.suppress(TimeoutError):
        assert conn.read_all() == b""
    assert conn.buffer == b""
    return answer


# -- an answer of our own while the backend's is on its way ------------------------------------------

@pytest.mark.parametrize("end,status,body", [(b"ZZ\r\n", 400, b""), (b"0\r\n\r\n", 200, b"second")])
def test_a_broken_body_is_answered_once(serve, peers, end, status, body):
    peer = peers()
    server = serve("server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://@B@;"
                   " proxy_http_version 1.1; proxy_request_buffering off; } }",
                   values={"B": peer.address})
    workers = server.workers()
    with Conn(server.port()) as conn:
        conn.send(build("POST /", ["Transfer-Encoding: chunked"]) + b"3\r\nabc\r\n")
        backend = peer.accept()
        read_until(backend, b"abc\r\n")
        with frozen(server):
            conn.send(end)
            pause()
            backend.sendall(ANSWER)
        answer = only_answer(conn)
        assert answer.status == status and answer.body.endswith(body)
    assert server.workers() == workers, "no worker crashed"


@pytest.mark.yett_only("it has no bound on the memory of a request")
@pytest.mark.parametrize("size,status", [(50_000, 500), (500, 200)])
def test_too_much_memory_is_answered_once(serve, peers, size, status):
    """The backend speaks before it is asked, on a kept connection, in the turn of the overflow."""
    peer = peers()
    server = serve('large_client_header_buffers 4 64k; map "@MUCH@" $none { default ""; }'
                   " upstream u { server @B@; keepalive 1; } server { listen 127.0.0.1:@PORT@;"
                   " location / { proxy_pass http://u; proxy_http_version 1.1; proxy_pass_request_headers off;"
                   ' proxy_set_header Connection ""; proxy_set_header X-A $none; } }',
                   values={"B": peer.address, "MUCH": "$http_x" * 50})
    workers = server.workers()
    with Conn(server.port()) as conn:
        conn.send(build("GET /"))
        backend = peer.accept()
        read_until(backend, b"\r\n\r\n")
        backend.sendall(ANSWER)
        assert conn.read().text == "second"
        with frozen(server):
            conn.send(build("GET /", ["X: " + "x" * size]))
            pause()
            backend.sendall(ANSWER)
        assert only_answer(conn).status == status
    assert server.workers() == workers, "no worker crashed"


# -- what is held inside TLS -------------------------------------------------------------------------

def chunks(n, size):
    return b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for _ in range(n)) + b"0\r\n\r\n"


def pieces(data, size):
    return [data[at:at + size] for at in range(0, len(data), size)]


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG_HEAD = (b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%02d: value\r\n" % i for i in range(40)) +
             b"Transfer-Encoding: chunked\r\n\r\n")


@pytest.mark.parametrize("buffers,records", [
    ("8 8k", pieces(LONG_HEAD, 20) + [chunks(1, 2)]),
    ("8 8k", pieces(LONG_HEAD, 100) + [chunks(1, 2)]),
    *(("2 1k; proxy_busy_buffers_size 1k", [CHUNKED, *pieces(chunks(n, 1000), 4096)]) for n in range(8, 20, 2)),
    ("64 8k", [CHUNKED, *pieces(chunks(18, 1000), 4096)])],
    ids=["head of many records", "head of few records", *(f"paused at {n}" for n in range(8, 20, 2)),
         "never paused"])
def test_what_tls_holds_is_read(serve, peers, pki, buffers, records):
    """The kernel tells nothing of what was read with the record before: all records come at once."""
    peer = peers()
    server = serve("server { listen 127.0.0.1:@PORT@; location / { proxy_pass https://@B@;"
                   " proxy_http_version 1.1; proxy_buffer_size 1k; proxy_buffers @BUFFERS@; } }",
                   values={"B": peer.address, "BUFFERS": buffers})
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki.path("srv-front.crt"), pki.path("srv-front.key"))
    with Conn(server.port()) as conn:
        conn.send(build("GET /"))
        backend = peer.accept(tls)
        read_until(backend, b"\r\n\r\n")
        with frozen(server):
            for record in records:
                backend.sendall(record)
        answer = conn.read()
    assert answer.status == 200 and answer.whole and set(answer.body) == {ord("x")}


# -- who has the request ---------------------------------------------------------------------------

@pytest.mark.parametrize("method,rule,status", [
    ("POST", "error", 502), ("POST", "error non_idempotent", 200), ("GET", "error", 200)])
def test_a_request_that_was_sent_is_repeated_only_if_it_may_be(serve, peers, method, rule, status):
    """The kept connection ends in the turn in which the request went out on it."""
    one, two = peers(), peers()
    server = serve("upstream u { server @A@ max_fails=0; server @B@ backup; keepalive 1; }"
                   "server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://u;"
                   " proxy_http_version 1.1; proxy_set_header Connection '';"
                   " proxy_next_upstream @RULE@; } }",
                   values={"A": one.address, "B": two.address, "RULE": rule})
    with Conn(server.port()) as conn:
        conn.send(build("GET /"))
        backend = one.accept()
        read_until(backend, b"\r\n\r\n")
        backend.sendall(ANSWER)
        assert conn.read().text == "second"
        one.sock.close()
        with frozen(server):
            conn.send(build(f"{method} /"))
            pause()
            backend.close()
        if status == 200:
            backend = two.accept()
            read_until(backend, b"\r\n\r\n")
            backend.sendall(ANSWER)
        assert conn.read().status == status


# -- what a client may say of the backend ------------------------------------------------------------

@pytest.mark.parametrize("path,status", [
    ("/to/localhost/", 200), ("/to/localhost%0d%0aX-In:%201%0d%0aX-On:%20/", 500),
    ("/to/local%20host/", 500), ("/to/localhost%7f/", 500), ("/to/localhost%09/", 500)])
@pytest.mark.yett_only("it takes any byte for part of a name, and asks the resolver")
def test_a_decoded_authority_makes_no_field(serve, backend, path, status):
    server = serve("upstream localhost { server @B@; } server { listen 127.0.0.1:@PORT@;"
                   " location ~ ^/to/([^/]*)/ { proxy_pass http://$1/echo; } }",
                   values={"B": backend.address})
    before = len(backend.requests)
    assert rawhttp.ask(server.port(), f"GET {path}").status == status
    assert len(backend.requests) - before == (status == 200)
    if status == 500:
        server.wait_log("invalid host in upstream")


# -- the log of a client that left -------------------------------------------------------------------

@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"])
def test_the_time_that_a_backend_took_until_the_client_left(serve, peers, head):
    peer = peers()
    server = serve("""
    log_format times "$status|$upstream_status|$upstream_header_time|$upstream_response_time|";
    access_log @DIR@/access.log times;
    server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://@B@; proxy_buffering off; } }""",
                   values={"B": peer.address})
    with Conn(server.port()) as conn:
        conn.send(build("GET /"))
        backend = peer.accept()
        read_until(backend, b"\r\n\r\n")
        if head:
            backend.sendall(head + b"a")
            read_until(conn.sock, b"\r\n\r\n")
    number = r"\d+\.\d{3}"
    begin = r"200\|200\|" + number if head else r"499\|-\|-"
    server.wait_log(begin + r"\|" + number + r"\|", "access.log")
