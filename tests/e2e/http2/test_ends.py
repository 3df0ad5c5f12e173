# SPDX-License-Identifier: Apache-2.0
"""How connections end: with GOAWAY, whoever ends them; and what goes on behind a client that has left."""

import os
import threading
import time

import pytest

from support.http2 import NO_ERROR, Http2, context, head
from support.lists import Lists, rename_over
from support.servers import wait_for

TLS = """http2 on; ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    log_format seen "$request_uri $status";
    access_log @DIR@/seen.log seen;
"""
PROXY = "proxy_pass http://@B@; proxy_http_version 1.1; proxy_buffering off;"


# -- GOAWAY --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("limit, asks", [("keepalive_timeout 1s;", 2), ("keepalive_requests 2;", 2),
                                         ("keepalive_time 2s;", 1)])
def test_idle_connections_and_worn_ones(serve, limit, asks):
    server = serve(TLS + limit + """server { listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        location / { return 200 "text"; } }""")
    with Http2(server.port()) as client:
        for _ in range(asks):
            assert client.goaway is None and client.ask("/").text == "text"
        if asks == 1:
            time.sleep(2.2)
            client.frame(6, 0, 0, bytes(8))     # looked at when something comes
        assert client.closed() and client.goaway == NO_ERROR


def test_stop(serve, backend):
    """A connection in use is told as well."""
    server = serve(TLS + "server { listen 127.0.0.1:@PORT@ ssl; location / { %s } }" % PROXY,
                   values={"B": backend.address})
    started, go = hold(backend, "/stop")
    with Http2(server.port()) as client:
        stream = client.request(head("/stop"))
        assert started.wait(8) and client.until(lambda: client.streams[stream].size)
        server.run("-s", "stop", check=True)
        assert client.closed() and client.goaway == NO_ERROR and not client.streams[stream].ended
    go.set()


def hold(backend, path, first=b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf", rest=b"rest"):
    """The backend answers with `first`, waits, and says the rest: go.rest tells whether it could."""
    started, go = threading.Event(), threading.Event()
    go.done = threading.Event()

    def answer(conn, request):
        conn.sendall(first)
        started.set()
        assert go.wait(20)
        conn.settimeout(0.3)
        try:
            go.alive = conn.recv(1) != b""
        except TimeoutError:
            go.alive = True
        except OSError:
            go.alive = False
        conn.settimeout(10)
        try:
            conn.sendall(rest)
        except OSError:
            go.alive = False
        go.done.set()
        return False
    backend.on(path, answer)
    return started, go


GUARDED = TLS + """
    server { listen 127.0.0.1:@PORT@ ssl; server_name front.test; ssl_verify_client on; ssl_verify_depth 2;
        ssl_client_certificate @PKI@/ca.crt; ssl_crl @DIR@/lists.pem; location / { %s } }
""" % PROXY


def test_a_revoked_client_is_told(serve, pki, backend):
    lists = Lists(pki)
    server = serve(GUARDED, values={"B": backend.address}, files={"lists.pem": lists.bundle()})
    _, go = hold(backend, "/told")
    with Http2(server.port(), context(pki, "revoked")) as gone, \
            Http2(server.port(), context(pki, "good")) as stays:
        asked = gone.request(head("/told")), stays.request(head("/told"))
        assert gone.until(lambda: gone.streams[asked[0]].size) and stays.until(lambda: stays.streams[asked[1]].size)
        rename_over(os.path.join(server.dir, "lists.pem"), lists.bundle([lists.gone], 2))
        assert gone.closed()
        assert gone.goaway == NO_ERROR and gone.streams[asked[0]].body == b"half"
        assert not gone.streams[asked[0]].ended and stays.goaway is None
        go.set()
        assert stays.answer(asked[1]).body == b"halfrest"


def test_a_revoked_client_that_does_not_read_gets_nothing_more(serve, pki, backend):
    """No goodbye may let out what waits before it."""
    lists = Lists(pki)
    server = serve(GUARDED, values={"B": backend.address}, files={"lists.pem": lists.bundle()})
    backend.on("/whole", b"HTTP/1.1 200 OK\r\nContent-Length: 60000000\r\n\r\n" + bytes(60_000_000))
    with Http2(server.port(), context(pki, "revoked"), settings={4: 1 << 30}, keep=False,
               receive_buffer=65536) as gone:
        gone.give(0, 1 << 30)
        stream = gone.request(head("/whole"))
        assert gone.until(lambda: gone.streams[stream].size)
        rename_over(os.path.join(server.dir, "lists.pem"), lists.bundle([lists.gone], 2))
        server.wait_log("the client certificate is no longer valid")
        assert gone.closed(20) and gone.streams[stream].size < 59_000_000


# -- a client that leaves -----------------------------------------------------------------------------------------

IGNORE = TLS + """
    server { listen 127.0.0.1:@PORT@ ssl; server_name front.test; http2_max_concurrent_streams 4;
        location / { %s }
        location /on { %s proxy_ignore_client_abort on; proxy_set_header Upgrade $http_upgrade; }
        location /page { error_page 404 = /files/a; proxy_intercept_errors on; proxy_ignore_client_abort on; %s }
        location /files/ { root @DIR@; }
        location /text { return 200 "text"; } }
""" % (PROXY, PROXY, PROXY)


@pytest.fixture(scope="module")
def server(serve_module, backend):
    made = serve_module(IGNORE, values={"B": backend.address})
    made.write("files/a", bytes(300000))
    return made


def leave(client, stream, how):
    if how == "reset":
        client.reset(stream)
        assert client.ask("/text").text == "text"
    else:
        client.close()


ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + bytes(1000000)


@pytest.mark.parametrize("how", ["reset", "close"])
@pytest.mark.parametrize("half", [0, 400000])
@pytest.mark.parametrize("where, goes_on", [("/on", True), ("/off", False)])
def test_the_backend_goes_on(server, backend, where, goes_on, how, half):
    path, first, rest = f"{where}/{how}/{half}", ANSWER[:half], ANSWER[half:]
    started, go = hold(backend, path, first, rest)
    with Http2(server.port()) as client:
        stream = client.request(head(path))
        assert started.wait(8)
        if first:
            assert client.until(lambda: client.streams[stream].size)
        leave(client, stream, how)
        time.sleep(0.2)
        go.set()
        assert go.done.wait(10) and go.alive == goes_on
        server.wait_log(rf"{path} {200 if goes_on or first else 499}\n", "seen.log")
        if how == "reset":
            assert client.ask("/text").text == "text"
    if goes_on:
        server.wait_log("client prematurely closed connection while .*" + path)
    else:
        server.wait_log("client prematurely closed connection, so upstream connection is closed too.*" + path)


def test_a_page_instead(server, backend):
    started, go = hold(backend, "/page", b"", b"HTTP/1.1 404 N\r\nContent-Length: 0\r\n\r\n")
    with Http2(server.port()) as client:
        stream = client.request(head("/page"))
        assert started.wait(8)
        leave(client, stream, "reset")
        go.set()
        server.wait_log(r"/page 200\n", "seen.log")
        assert client.ask("/text").text == "text"


def test_an_upload_that_is_cut_off_goes_nowhere(server, backend):
    count = len(backend.requests)
    with Http2(server.port()) as client:
        stream = client.request([*head("/on/upload", "POST"), ("content-length", "100")], end=False)
        client.data(stream, b"x")
        leave(client, stream, "reset")
        server.wait_log("/on/upload 499", "seen.log")
    assert len(backend.requests) == count


def test_no_more_than_the_streams_allowed(server, backend):
    """Rapid reset: what goes on without its client counts, too."""
    go, over, running = threading.Event(), [0], [0]

    def wait(conn, request):
        running[0] += 1
        conn.settimeout(0.1)
        while not go.is_set():
            try:
                if not conn.recv(1):
                    over[0] += 1
                    return False
            except TimeoutError:
                pass
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return False
    backend.on("/on/many", wait)
    with Http2(server.port()) as client:
        for i in range(20):
            stream = client.request(head("/on/many"))
            wait_for(lambda: running[0] > i, 8, "the request")  # pylint: disable=cell-var-from-loop
            client.reset(stream)
        wait_for(lambda: over[0] == 16, 8, "the end of those beyond the limit")
        time.sleep(0.3)
        assert over[0] == 16 and client.ask("/text").text == "text"
        go.set()
        wait_for(lambda: len(server.read("seen.log").split("/on/many 200")) == 5, 8, "the others")
        assert client.ask("/text").text == "text"


def test_a_tunnel_that_its_client_left_before_the_answer(server, backend):
    """Nobody could end it: proxy_ignore_client_abort is not for upgrades."""
    started, closed = threading.Event(), threading.Event()

    def wait(conn, request):
        started.set()
        conn.settimeout(8)
        try:
            if not conn.recv(1):
                closed.set()
        except OSError:
            closed.set()
        return False
    backend.on("/on/tunnel", wait)
    with Http2(server.port()) as client:
        stream = client.request([*head("/on/tunnel", "CONNECT"), (":protocol", "websocket"),
                                 ("sec-websocket-version", "13")], end=False)
        assert started.wait(8)
        client.reset(stream)
        assert closed.wait(5)
        assert client.ask("/text").text == "text"
