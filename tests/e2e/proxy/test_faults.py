# SPDX-License-Identifier: Apache-2.0
"""Clients and backends that stall, reset, flood, lie or die cost only themselves."""

import contextlib
import os
import re
import socket
import ssl
import threading
import time

import pytest

from support import rawhttp
from support.backend import Backend, big, die, slow
from support.protocols import H1, H2, ask, both, connect
from support.rawhttp import Conn, build
from support.servers import SANITIZED, SPARE_KB, wait_for

CONFIG = """
    @HTTP2@ client_header_timeout 1s; client_body_timeout 1s; send_timeout 2s; keepalive_timeout 1s;
    proxy_http_version 1.1; proxy_next_upstream_timeout 5s; client_max_body_size 10m;
    upstream group { server @B@ max_fails=0; }
    server { listen 127.0.0.1:@PORT@ backlog=1024; root @DIR@/html;
        location / { return 200 hello; }
        location /echo { proxy_pass http://@B@; }
        location /b/ { proxy_pass http://@B@; proxy_read_timeout 1s; proxy_send_timeout 1s; }
        location /u/ { proxy_pass http://@B@; proxy_buffering off; proxy_read_timeout 1s; }
        location /s/ { proxy_pass http://@B@; proxy_request_buffering off; }
        location /file { alias @DIR@/html/big; }
    }
    server { listen 127.0.0.1:@PORT2@ ssl backlog=1024; ssl_certificate @PKI@/srv-front.crt;
        ssl_certificate_key @PKI@/srv-front.key; ssl_protocols TLSv1.2 TLSv1.3;
        ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;
        ssl_session_tickets off; ssl_session_cache off; return 200 secure; }
    server { listen 127.0.0.1:@PORT3@ ssl backlog=1024; ssl_certificate @PKI@/srv-front.crt;
        ssl_certificate_key @PKI@/srv-front.key; ssl_protocols TLSv1.2 TLSv1.3;
        ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;
        return 200 secure; }
"""


@pytest.fixture(scope="module")
def server(serve_module, backend):
    running = serve_module(CONFIG, values={"B": backend.address}, main="worker_rlimit_nofile 8192;",
                           events="worker_connections 4096;")
    running.write("html/big", b"0123456789abcdef" * 500_000)
    return running


def alive(server):
    """The server still answers."""
    assert ask(server.port()).text == "hello"


# -- clients -----------------------------------------------------------------------------------------

@pytest.mark.parametrize("data", [
    b"", b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n", b"GET / HTTP/1.1\r\nX"])
def test_stalled_head_times_out(server, data):
    """408 is not sent to someone who may not be speaking HTTP at all: the connection closes."""
    with Conn(server.port(), timeout=12) as conn:
        conn.send(data)
        got = conn.read_all()
        assert got == b"" or got.startswith(b"HTTP/1.1 408 ")
    alive(server)


def test_slow_loris_does_not_get_more_time(server):
    """A byte now and then does not renew client_header_timeout."""
    with Conn(server.port(), timeout=5) as conn:
        with pytest.raises(OSError):
            for byte in build("GET /", ["X-Long: " + "x" * 400]):
                conn.send(bytes([byte]))
                time.sleep(0.05)
    alive(server)


def test_stalled_body_times_out(server):
    with Conn(server.port(), timeout=12) as conn:
        conn.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
        got = conn.read_all()
        assert got == b"" or got.startswith(b"HTTP/1.1 408 ")
    alive(server)


@both
def test_idle_connection_is_closed(server):
    with connect(server.port(), timeout=12) as conn:
        assert conn.ask().text == "hello"
        assert conn.closed(10)


def test_stalled_reader_is_dropped(server, backend):
    """A client that asks for much and reads nothing is dropped after send_timeout."""
    fds = server.fd_count()
    with Conn(server.port()) as conn:
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        conn.send(build("GET /file"))
        wait_for(lambda: server.fd_count() > fds, 5, "the file to be open")
        wait_for(lambda: server.fd_count() <= fds, 15, "the connection to be dropped")
    alive(server)


def test_stalled_handshake(server):
    with Conn(server.port("PORT2"), timeout=75) as conn:
        conn.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"x" * 20)
        alive(server)


@pytest.mark.parametrize("data", [
    b"\x00" * 100, os.urandom(2000), b"\r\n" * 5000, b"A" * 100_000, b"GET " + b"/" * 100_000,
    b"\x16\x03\x01\x00\x05hello", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000,
    b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X" * 50_000], ids=range(8))
@pytest.mark.parametrize("port", ["PORT", "PORT2"])
def test_garbage(server, data, port):
    with Conn(server.port(port), timeout=12) as conn:
        try:
            conn.send(data)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        try:
            assert b"HTTP/1.1 2" not in conn.read_all()
        except OSError:
            pass
    alive(server)


def test_truncated_client_hello(server):
    """The ClientHello in pieces of every size is answered; cut short it opens nothing."""
    class Tap:
        def __init__(self):
            self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = rawhttp.tls_context().wrap_bio(self.incoming, self.outgoing,
                                                      server_hostname="front.test")
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            self.hello = self.outgoing.read()
    hello = Tap().hello
    for cut in (1, 5, 6, 50, len(hello) - 1):
        with Conn(server.port("PORT2")) as conn:
            conn.send(hello[:cut])
            conn.sock.shutdown(socket.SHUT_WR)
            assert b"\x16\x03\x03" not in conn.read_all()[:3]
    with Conn(server.port("PORT2")) as conn:
        for i in range(0, len(hello), 40):
            conn.send(hello[i:i + 40])
            time.sleep(0.005)
        assert conn.take(1) == b"\x16"


def test_resets(server, backend):
    backend.on("/echo/slow", slow([b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", b"12345678"], 0.3))
    for data in (b"", b"GET / HT", build("GET /file"), build("GET /echo/slow"),
                 b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc",
                 b"POST /s/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc"):
        for _ in range(5):
            conn = Conn(server.port())
            conn.send(data)
            time.sleep(0.01)
            conn.abort()
    alive(server)


@both
def test_client_leaves_the_backend(server, backend):
    """When the client goes, so does the connection to the backend."""
    came, gone = threading.Event(), threading.Event()

    def wait_for_end(conn, request):
        came.set()
        conn.settimeout(20)
        try:
            if not conn.recv(1):
                gone.set()
        except OSError:
            gone.set()
        return False
    backend.on("/echo/gone", wait_for_end)
    with connect(server.port()) as conn:
        conn.start("GET /echo/gone")
        assert came.wait(5)  # this one: a late request of another test is no sign of it
    assert gone.wait(10)


def test_many_stalled_clients_leave_the_others_alone(server):
    stalled = [Conn(server.port()) for _ in range(200)]
    try:
        for i, conn in enumerate(stalled):
            conn.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-" + str(i).encode())
        alive(server)
    finally:
        for conn in stalled:
            conn.close()


def test_half_closed_client_gets_its_answer(server):
    """A client that shuts down its sending side (as `nc -N` does) is still answered."""
    with Conn(server.port()) as conn:
        conn.send(build())
        conn.sock.shutdown(socket.SHUT_WR)
        assert conn.read().text == "hello"


def test_one_byte_at_a_time(server):
    with Conn(server.port()) as conn:
        for byte in build("POST /echo", ["Transfer-Encoding: chunked"]) + b"3\r\nabc\r\n0\r\n\r\n":
            conn.send(bytes([byte]))
        answer = conn.read()
        assert answer.status == 200 and '"body": "abc"' in answer.text


# -- backends ----------------------------------------------------------------------------------------

HEAD = b"HTTP/1.1 200 OK\r\nX-A: 1\r\n"


@pytest.mark.parametrize("prefix", ["/b", "/u"])
@pytest.mark.parametrize("name,action,status,logged", [
    ("closes", die(), 502, "upstream prematurely closed connection while reading response header"),
    ("resets", die(reset=True), 502, r"recv\(\) failed \(104: |prematurely closed"),
    ("half a head", die(HEAD), 502, "upstream prematurely closed connection while reading response"),
    ("half a line", die(b"HTTP/1.1 2"), 502, "upstream prematurely closed connection"),
    ("stalls", slow([b"", b"late"], 2.5), 504, r"upstream timed out \(110: Connection timed out\) "
     "while reading response header"),
    ("stalls in the head", slow([HEAD, b"\r\n"], 2.5), 504, "upstream timed out"),
    ("head too big", die(HEAD + b"X-Big: " + b"x" * 70000 + b"\r\n\r\n"), 502,
     "upstream sent too big header"),
])
def test_backend_dies_before_its_answer(protocol, server, backend, prefix, name, action, status, logged):
    path = f"{prefix}/{name.replace(' ', '-')}"
    backend.on(path, action)
    before = len(server.log())
    answer = ask(server.port(), f"GET {path}", timeout=15)
    assert answer.status == status
    wait_for(lambda: re.search(logged, server.log()[before:]), 5, f"{logged!r}: {server.log()[before:]}")
    line = re.search(rf".*(?:{logged}).*", server.log()[before:]).group(0)
    version = "1.1" if protocol == H1 else "2.0"
    assert f'request: "GET {path} HTTP/{version}", upstream: "http://{backend.address}{path}"' in line
    alive(server)


@pytest.mark.parametrize("prefix", ["/b", "/u"])
@pytest.mark.parametrize("name,action", [
    ("short", die(HEAD + b"Content-Length: 100\r\n\r\n" + b"x" * 50)),
    ("short chunk", die(HEAD + b"Transfer-Encoding: chunked\r\n\r\n32\r\n" + b"x" * 20)),
    ("no last chunk", die(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")),
    ("reset", die(HEAD + b"Content-Length: 100\r\n\r\n" + b"x" * 50, reset=True)),
    ("stall", slow([HEAD + b"Content-Length: 100\r\n\r\n" + b"x" * 50, b"x"], 2.5)),
])
def test_backend_dies_in_mid_answer(protocol, server, backend, prefix, name, action):
    """The client can tell that the answer is not whole: nothing completes it."""
    path = f"{prefix}/mid-{name.replace(' ', '-')}"
    backend.on(path, action)
    before = len(server.log())
    with connect(server.port(), timeout=15) as conn:
        try:
            answer = conn.ask(f"GET {path}")
            assert answer.status in (200, 502, 504)
            if answer.status == 200:
                assert not answer.whole
        except rawhttp.Closed:
            pass
        assert conn.closed(10) if protocol == H1 else conn.ask().text == "hello"
    wait_for(lambda: re.search(r"while reading upstream|prematurely closed|recv\(\) failed",
                               server.log()[before:]), 5, server.log()[before:])
    alive(server)


@both
def test_backend_sends_too_much(server, backend):
    """What follows the announced length never reaches the next request."""
    backend.on("/b/over", HEAD + b"Content-Length: 2\r\nConnection: keep-alive\r\n\r\nok"
               b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison")
    for _ in range(3):
        answer = ask(server.port(), "GET /b/over")
        assert (answer.status, answer.text) == (200, "ok")
        assert "poison" not in ask(server.port(), "GET /echo/clean").text


@both
def test_backend_answers_before_the_body(server, backend):
    """A backend may refuse early; its answer comes through."""
    backend.on("/s/early#head", lambda conn, request: (
        conn.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"),
        conn.shutdown(socket.SHUT_WR)))
    with connect(server.port()) as conn:
        conn.start("POST /s/early", length=1000000)
        with contextlib.suppress(OSError):  # the answer may be there already
            conn.part(b"x" * 1000)
        assert conn.read().status == 403
    alive(server)


@both
def test_big_answer_to_a_slow_reader(server, backend):
    """Memory stays bounded: the backend waits, the proxy does not swallow everything."""
    size = 12_000_000
    backend.on("/u/huge", big(size))
    base = server.memory_kb()
    with connect(server.port(), timeout=30) as conn:
        conn.start("GET /u/huge")
        time.sleep(0.5)
        assert server.memory_kb() - base < 6_000 + SPARE_KB
        assert len(conn.read().body) == size


@both
def test_big_upload_streamed(server):
    """10 MB through a streaming location does not have to fit into memory."""
    base = server.memory_kb()
    answer = ask(server.port(), "POST /s/big", body=b"x" * 9_000_000, timeout=30)
    assert answer.status == 200
    assert server.memory_kb() - base < 25_000 + SPARE_KB


@both
def test_kept_backend_connection_that_closed(serve, backend):
    """A kept connection that the backend closed meanwhile is replaced unseen."""
    server = serve("""@HTTP2@ upstream g { server @B@; keepalive 4; }
    server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://g; proxy_http_version 1.1;
        proxy_set_header Connection ""; } }""", values={"B": backend.address})
    backend.reset()
    for _ in range(3):
        assert ask(server.port(), "GET /echo").status == 200
    assert backend.connections == 1, "connections are kept"
    for conn in list(backend._open):
        conn.shutdown(socket.SHUT_RDWR)
    time.sleep(0.2)
    assert ask(server.port(), "GET /echo").status == 200


# -- several backends --------------------------------------------------------------------------------

GROUP = """
    @HTTP2@ upstream g { @SERVERS@ }
    log_format u '$upstream_addr|$upstream_status|$status';
    server { listen 127.0.0.1:@PORT@; access_log @DIR@/u.log u;
        location / { proxy_pass http://g; proxy_connect_timeout 1s; proxy_read_timeout 1s; @EXTRA@ } }
"""


@pytest.fixture
def group(serve):
    """group(servers, extra, answers) -> (server, backends a and b)."""
    made = []

    def start(servers, extra="", a=None, b=None):
        one, two = Backend(answers=a), Backend(answers=b)
        made.extend([one, two])
        text = servers.replace("@A@", one.address).replace("@B@", two.address)
        server = serve(GROUP.replace("@SERVERS@", text).replace("@EXTRA@", extra))
        return server, one, two
    yield start
    for backend in made:
        backend.stop()


def test_round_robin(group):
    server, a, b = group("server @A@; server @B@;")
    for _ in range(10):
        assert ask(server.port(), "GET /echo").status == 200
    assert (len(a.requests), len(b.requests)) == (5, 5)


def test_weights(group):
    server, a, b = group("server @A@ weight=3; server @B@;")
    for _ in range(12):
        ask(server.port(), "GET /echo")
    assert (len(a.requests), len(b.requests)) == (9, 3)


def test_down_and_backup(group):
    server, a, b = group("server @A@ down; server @B@ backup; server 127.0.0.1:1 max_fails=0;")
    for _ in range(4):
        assert ask(server.port(), "GET /echo").status == 200
    assert (len(a.requests), len(b.requests)) == (0, 4)


def test_backup_stays_idle_while_others_work(group):
    server, a, b = group("server @A@; server @B@ backup;")
    for _ in range(4):
        ask(server.port(), "GET /echo")
    assert (len(a.requests), len(b.requests)) == (4, 0)


def test_max_fails(group):
    """After max_fails failures a server rests for fail_timeout."""
    server, a, b = group("server @A@ max_fails=2 fail_timeout=30s; server @B@;", a={"/x": die()})
    for _ in range(10):
        assert ask(server.port(), "GET /x").status == 200
    assert len(a.requests) == 2 and len(b.requests) == 10


def test_fail_timeout_ends(group):
    server, a, _ = group("server @A@ max_fails=1 fail_timeout=1s; server @B@;", a={"/x": die()})
    ask(server.port(), "GET /x")
    ask(server.port(), "GET /x")
    before = len(a.requests)
    a.on("/x", None)
    del a.answers["/x"]
    time.sleep(2.2)
    for _ in range(6):
        ask(server.port(), "GET /x")
    assert len(a.requests) > before


def test_upstream_variables_name_every_try(group):
    server, a, b = group("server @A@ max_fails=0; server @B@ max_fails=0;", a={"/x": die()})
    while not a.requests:
        ask(server.port(), "GET /x")
    server.wait_log(rf"{a.address}, {b.address}\|502, 200\|200", "u.log")


@both
@pytest.mark.parametrize("rule,code,method,again", [
    ("error timeout", 502, "GET", True), ("error timeout", 503, "GET", False),
    ("http_503", 503, "GET", True), ("http_404", 404, "GET", True), ("http_500", 500, "GET", True),
    ("http_503", 503, "POST", False), ("http_503 non_idempotent", 503, "POST", True),
    ("off", 502, "GET", False), ("error", 502, "POST", False),
    ("error non_idempotent", 502, "POST", True), ("invalid_header", 0, "GET", True)])
def test_next_upstream(group, rule, code, method, again):
    answer = {502: die(), 0: die(b"HTTP/1.1 200 OK\r\nbad header: x\r\n\r\n")}.get(
        code, b"HTTP/1.1 %d X\r\nContent-Length: 1\r\n\r\nx" % code)
    server, a, b = group("server @A@ max_fails=0; server @B@ max_fails=0;",
                         f"proxy_next_upstream {rule};", a={"/x": answer})
    statuses = {ask(server.port(), f"{method} /x", body=b"x" if method == "POST" else b"").status
                for _ in range(2)}
    assert len(a.requests) == 1
    assert statuses == ({200} if again else {200, code})
    assert len(b.requests) == (2 if again else 1)


def test_next_upstream_tries(group):
    server, a, b = group("server @A@ max_fails=0; server @B@ max_fails=0; server 127.0.0.1:1 "
                         "max_fails=0;", "proxy_next_upstream_tries 1;", a={"/x": die()},
                         b={"/x": die()})
    assert ask(server.port(), "GET /x").status == 502
    assert len(a.requests) + len(b.requests) == 1


@both
def test_all_fail(group):
    server, a, b = group("server @A@ max_fails=1; server @B@ max_fails=1;", a={"/x": die()},
                         b={"/x": die()})
    assert ask(server.port(), "GET /x").status == 502
    assert ask(server.port(), "GET /x").status == 502
    server.wait_log("no live upstreams while connecting to upstream")


@both
def test_request_body_goes_to_the_next(group):
    server, a, b = group("server @A@ max_fails=0; server @B@ max_fails=0;",
                         "proxy_next_upstream error non_idempotent;", a={"/x": die()})
    body = os.urandom(40_000)
    for _ in range(2):
        assert ask(server.port(), "POST /x", body=body).status == 200
    assert all(request.body == body for request in b.requests) and len(b.requests) == 2


# -- growth ------------------------------------------------------------------------------------------

ROUNDS = int(os.environ.get("E2E_ROUNDS", "200" if SANITIZED else "2000"))


def visit_plain(server, pki, context):
    with connect(server.port()) as conn:
        conn.ask()


def visit_proxied(server, pki, context):
    with connect(server.port()) as conn:
        conn.ask("GET /echo")


def visit_aborted(server, pki, context):
    conn = connect(server.port())
    conn.start("GET /echo/x")
    conn.abort()


def visit_garbage(server, pki, context):
    with Conn(server.port()) as conn:
        conn.send(b"\x00garbage\r\n\r\n")
        conn.read_all()


def visit_tls(server, pki, context):
    with Conn(server.port("PORT2"), context, "front.test") as conn:
        assert conn.ask().text == "secure"


def visit_kept(server, pki, context):
    assert ask(server.port("PORT3"), tls=context).text == "secure"


def visit_refused(server, pki, context):
    with Conn(server.port("PORT2"), context, "front.test") as conn:
        assert conn.ask().status == 400


def visit_cut_handshake(server, pki, context):
    conn = Conn(server.port("PORT2"))
    conn.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    conn.close()


@pytest.mark.parametrize("protocol,visit,cert", [
    (H1, visit_plain, None), (H1, visit_proxied, None), (H1, visit_aborted, None),
    (H1, visit_garbage, None), (H1, visit_tls, "good"), (H1, visit_kept, "good"),
    (H1, visit_refused, "revoked"), (H1, visit_cut_handshake, None), (H2, visit_proxied, None),
    (H2, visit_aborted, None)], indirect=["protocol"],
    ids=lambda v: getattr(v, "__name__", str(v))[6:] if callable(v) else "")
def test_nothing_grows(protocol, server, pki, visit, cert):
    context = rawhttp.tls_context(pki, cert) if cert else None
    rounds = ROUNDS // 4 if visit in (visit_tls, visit_kept, visit_refused) else ROUNDS
    for _ in range(rounds // 4):
        visit(server, pki, context)
    time.sleep(1.2)
    memory = server.memory_kb()
    fds = wait_for(lambda: server.fd_count(), 1, "fds")
    for _ in range(rounds):
        visit(server, pki, context)
    wait_for(lambda: server.fd_count() <= fds, 10, f"descriptors back to {fds}: {server.fd_count()}")
    kept = min(rounds, 2048) * 12 if visit is visit_kept else 0  # sessions are kept, so many at most
    assert server.memory_kb() - memory < 4_000 + SPARE_KB + kept
    alive(server)
