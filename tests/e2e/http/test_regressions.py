# SPDX-License-Identifier: Apache-2.0
"""Faults that were found in the gate once: each with the sequence of bytes that showed it, and its twin."""

import socket
import ssl
import time

import pytest

from support import rawhttp
from support.rawhttp import Conn, build

LOCATIONS = """
    location /return { return 200 "$request_method $uri"; }
    location /proxy { proxy_pass http://@B@; }
    location /in { internal; return 200 "inside"; }
    location = /rewritten { rewrite ^ /in last; }
    location = /direct { rewrite ^ /in break; return 200 "$uri"; }
    location /named { try_files /nonexistent @named; }
    location @named { limit_except GET { deny all; } proxy_pass http://@B@; }
    location /page { error_page 400 413 @page; client_max_body_size 10; proxy_pass http://@B@; }
    location @page { proxy_pass http://@B@; }
    location /moved { return 302 http://elsewhere.test$uri; }
    location /app/ { proxy_pass http://@B@; }
    location /app { return 200 "not redirected"; }
    location /only/ { proxy_pass http://@B@; }
"""


@pytest.fixture(scope="module")
def server(serve_module, backend):

    return serve_module(
        "server { listen 127.0.0.1:@PORT@; " + LOCATIONS + "}"
        "server { listen 127.0.0.1:@PORT_TLS@ ssl; ssl_certificate @PKI@/srv-front.crt;"
        " ssl_certificate_key @PKI@/srv-front.key; " + LOCATIONS + "}",
        values={"B": backend.address})


class Records:
    """A TLS connection whose records are collected and sent in one segment."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.settimeout(8)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = rawhttp.tls_context().wrap_bio(self.incoming, self.outgoing)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.sock.sendall(self.outgoing.read())
                self.incoming.write(self.sock.recv(65536))
        self.sock.sendall(self.outgoing.read())
        time.sleep(0.1)  # what follows must not come with the handshake's last bytes

    def send(self, *records, close=False):
        for record in records:
            self.tls.write(record)
        if close:
            try:
                self.tls.unwrap()
            except ssl.SSLWantReadError:
                pass
        self.sock.sendall(self.outgoing.read())

    def read(self, until):
        """What came up to the bytes `until`, or the end of the connection."""
        got = b""
        while until not in got:
            try:
                data = self.tls.read(65536)
                if not data:
                    return got
                got += data
            except ssl.SSLWantReadError:
                data = self.sock.recv(65536)
                if not data:
                    return got
                self.incoming.write(data)
            except ssl.SSLError:
                return got
        return got

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()


def alive(server):
    assert rawhttp.ask(server.port(), "GET /return").status == 200


@pytest.mark.parametrize("path", ["/return", "/proxy/echo"])
def test_a_close_notify_right_behind_the_head_ends_that_request_only(server, path):
    workers = server.workers()
    with Records(server.port("PORT_TLS")) as conn:
        conn.send(build(f"POST {path}", ["Content-Length: 30"]), close=True)
        conn.read(b"never")
    alive(server)
    assert server.workers() == workers, "no worker crashed"


def test_a_body_in_records_of_one_segment_is_passed_on_whole(server, backend):
    with Records(server.port("PORT_TLS")) as conn:
        conn.send(build("POST /proxy/echo", ["Content-Length: 30"]), b"A" * 10, b"B" * 10, b"C" * 10)
        answer = conn.read(b"C" * 10)
    assert b" 200 " in answer.split(b"\r\n")[0]
    assert b"A" * 10 + b"B" * 10 + b"C" * 10 in answer


def test_a_dropped_body_in_records_of_one_segment_is_no_request(server):
    with Records(server.port("PORT_TLS")) as conn:
        conn.send(build("POST /return/a", ["Content-Length: 30"]), b"A" * 15, b"B" * 15,
                  build("GET /return/b"), build("GET /return/c"))
        answer = conn.read(b"GET /return/c")
    for text in (b"POST /return/a", b"GET /return/b", b"GET /return/c"):
        assert answer.count(text) == 1
    assert answer.count(b"HTTP/1.1 200") == 3


def test_limit_except_holds_in_a_named_location(server):
    assert rawhttp.ask(server.port(), "GET /named").status == 200
    assert rawhttp.ask(server.port(), "DELETE /named").status == 403


def test_a_rewrite_may_reach_an_internal_location_a_client_may_not(server):
    assert rawhttp.ask(server.port(), "GET /rewritten").text == "inside"
    assert rawhttp.ask(server.port(), "GET /in").status == 404


def test_a_page_for_a_broken_body_is_shown_at_once(server):
    for body in (b"zz\r\n", b"64\r\n" + b"x" * 100 + b"\r\n0\r\n\r\n"):
        with Conn(server.port(), timeout=5) as conn:
            conn.send(build("POST /page", ["Transfer-Encoding: chunked"]) + body)
            answer = conn.read()
            assert answer.status in (400, 413)
            assert conn.closed(5)
    with Conn(server.port()) as conn:
        conn.send(build("POST /page", ["Transfer-Encoding: chunked"]) + b"2\r\nok\r\n0\r\n\r\n")
        assert conn.read().status == 200


@pytest.mark.yett_only("it writes what it decoded into the header as it is")
def test_a_decoded_line_end_makes_no_field_of_its_own(server):
    answer = rawhttp.ask(server.port(), "GET /moved/%0d%0aSet-Cookie:a=b")
    assert answer.status == 302
    assert answer.all("Set-Cookie") == []
    assert answer.get("Location") == "http://elsewhere.test/moved/%0D%0ASet-Cookie:a=b"
    assert rawhttp.ask(server.port(), "GET /moved/a").get("Location").endswith("/moved/a")


def test_the_slash_is_added_only_where_no_location_has_that_name(server):
    assert rawhttp.ask(server.port(), "GET /app").text == "not redirected"
    assert rawhttp.ask(server.port(), "GET /only").status == 301


def test_a_half_closed_client_gets_all_it_asked_for(server):
    with Conn(server.port()) as conn:
        conn.send(build("GET /return/a") + build("GET /return/b"))
        conn.sock.shutdown(socket.SHUT_WR)
        assert conn.read().text == "GET /return/a"
        assert conn.read().text == "GET /return/b"
        assert conn.closed(5)


@pytest.mark.yett_only("it shows a server what another server asked the client for")
def test_a_verdict_is_shown_only_to_servers_with_the_same_demand(serve, pki):
    common = " ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"
    show = ' location / { return 200 "$ssl_client_verify|$ssl_client_s_dn"; }'
    ask = " ssl_client_certificate @PKI@/ca.crt; ssl_verify_client optional; ssl_verify_depth 3;"
    server = serve("".join(
        f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name {name};{common}{demand}{show} }}"
        for name, demand in (("asks.test", ask), ("same.test", ask), ("open.test", ""))))
    answers = {}
    for host in ("asks.test", "same.test", "open.test"):
        answer = rawhttp.ask(server.port(), host=host, sni="asks.test",
                             tls=rawhttp.tls_context(pki, "good"))
        answers[host] = answer.text.split("|")
    assert answers["asks.test"][0] == "SUCCESS" and "CN=" in answers["asks.test"][1]
    assert answers["same.test"] == answers["asks.test"]
    assert answers["open.test"] == ["NONE", ""]


def test_a_close_notify_behind_a_broken_request_ends_that_connection_only(server):
    workers = server.workers()
    broken = build("POST /return/b", ["Transfer-Encoding: chunked"])
    for rest in (b"zz\r\n", b"2\r\nok\r\n0\r\n\r\n"):
        with Records(server.port("PORT_TLS")) as conn:
            conn.send(build("GET /return/a") + broken + rest, close=True)
            answer = conn.read(b"never")
        assert answer.count(b"HTTP/1.1 200") == 2
    alive(server)
    assert server.workers() == workers, "no worker crashed"


def test_a_page_for_a_broken_head_is_asked_for_with_its_method(serve, backend):
    server = serve("server { listen 127.0.0.1:@PORT@; error_page 400 = @page;"
                   " location @page { proxy_pass http://@B@; }"
                   " location / { proxy_pass http://@B@; } }", values={"B": backend.address})
    for host in ("a b", "h"):
        with Conn(server.port()) as conn:
            conn.send(f"DELETE /echo HTTP/1.1\r\nHost: {host}\r\n\r\n")
            assert conn.read().status == 200
        assert backend.last().method == "DELETE"
