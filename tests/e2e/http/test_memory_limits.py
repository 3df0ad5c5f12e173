# SPDX-License-Identifier: Apache-2.0
"""What one request may cost: in proportion to what was sent, and never more than its limit."""

import os
import re
import time

import pytest

from support import tinytls
from support.dns_server import Dns
from support.rawhttp import Conn, ask, build
from support.servers import SPARE_KB

TLS = "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;\n"

# -- what is joined --------------------------------------------------------------------------------

JOINED = """
    log_format joined '$uri "$ssl_ciphers" "$ssl_curves" "$http_x_forwarded_for" "$http_cookie"';
    access_log @DIR@/access.log joined;
    server { listen 127.0.0.1:@PORT@; listen 127.0.0.1:@PORT2@ ssl; """ + TLS + """
        location /ciphers { return 200 $ssl_ciphers; }
        location /curves { return 200 $ssl_curves; }
        location /fields { return 200 $http_x_forwarded_for; }
        location /up { proxy_pass http://@B@;
                       proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }
        location /many { proxy_pass http://@B@; proxy_buffer_size 64k;
                         add_header X-Joined $upstream_http_x_many; }
    }
"""

SPARE = 4096 + SPARE_KB  # KB: TLS itself, buffers, the answer and its line in the log


@pytest.fixture(scope="module")
def joined(serve_module, backend):
    fields = b"".join(b"X-Many: %d\r\n" % i for i in range(990))
    backend.on("/many", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + fields + b"\r\n")
    return serve_module(JOINED, main="worker_processes 1;", values={"B": backend.address})


class Peak:
    """How much more memory than before the server had at most, in KB."""

    def __init__(self, server):
        self.pids = server.workers()
        for pid in self.pids:
            with open(f"/proc/{pid}/clear_refs", "w", encoding="ascii") as out:
                out.write("5")
        self.before = self.now()

    def now(self):
        total = 0
        for pid in self.pids:
            with open(f"/proc/{pid}/status", encoding="ascii") as text:
                total += int(re.search(r"VmHWM:\s+(\d+)", text.read()).group(1))
        return total

    def grown(self):
        return self.now() - self.before


def over_tiny_tls(port, path, **offers):
    client = tinytls.Client(port, **offers)
    try:
        with Conn.over(client) as conn:
            return conn.ask(f"GET {path}")
    finally:
        client.close()


@pytest.mark.parametrize("count", [2, 8000, 32000])
@pytest.mark.parametrize("path,kind", [("/ciphers", "suites"), ("/curves", "groups")])
def test_offers_of_a_stranger(joined, path, kind, count):
    unknown = [0x5A00 + i % 256 for i in range(count)]
    over_tiny_tls(joined.port("PORT2"), path)  # what the first connection needs is there by then
    peak = Peak(joined)
    answer = over_tiny_tls(joined.port("PORT2"), path, **{kind: unknown})
    assert answer.status == 200
    names = answer.text.split(":")
    assert names[:-1] == [f"0x{number:04x}" for number in unknown]
    assert names[-1] in ("TLS_AES_128_GCM_SHA256", "X25519")
    assert peak.grown() < SPARE
    joined.wait_log(re.escape(answer.text[-200:]), "access.log")


@pytest.mark.parametrize("count", [1, 990])
def test_fields_of_a_stranger(joined, backend, count):
    hops = [f"10.0.{i // 250}.{i % 250}" for i in range(count)]
    fields = [f"X-Forwarded-For: {hop}" for hop in hops]
    ask(joined.port(), "GET /up")
    peak = Peak(joined)
    assert ask(joined.port(), "GET /fields", fields).text == ", ".join(hops)
    assert ask(joined.port(), "GET /up", fields).status == 200
    assert backend.last().get("X-Forwarded-For") == ", ".join(hops + ["127.0.0.1"])
    assert peak.grown() < SPARE


def test_fields_of_a_backend(joined):
    ask(joined.port(), "GET /up")
    peak = Peak(joined)
    answer = ask(joined.port(), "GET /many")
    assert answer.get("X-Joined") == ", ".join(str(i) for i in range(990))
    assert peak.grown() < SPARE


# -- the limit of a request --------------------------------------------------------------------------

# $big is a hundred times what the client sent, and $used asks for it without a word.
LIMIT = """
    map $uri $big { default "%s"; }
    map $big $used { default "used"; }
    map $big $wanted { default 1; }
    log_format big '$uri [$big] $remote_addr $status';
    access_log off; large_client_header_buffers 4 32k;
    resolver 127.0.0.1:@DNS@; error_page 500 /page;
    server { listen 127.0.0.1:@PORT@;
        location = /page { return 200 "an open page"; }
        location /text { return 200 "open $used"; }
        location /set { set $x $used; return 200 "open"; }
        location /if { if ($used = no) { return 403; } return 200 "open"; }
        location /up { proxy_pass http://@B@; proxy_set_header X-Used $used; }
        location /streamed { proxy_pass http://@B@; proxy_set_header X-Used $used;
                             proxy_request_buffering off; }
        location /named { set $name app.test; proxy_pass http://$name:@P@;
                          proxy_set_header X-Used $used; }
        location /down { proxy_pass http://@B@; add_header X-Used $used; }
        location /file { root @DIR@/html; add_header X-Used $used; }
        location /logged { access_log @DIR@/access.log big; return 200 "open"; }
        location /wanted { access_log @DIR@/access.log big if=$wanted; return 200 "open"; }
        location /trailer { proxy_pass http://@B@; add_trailer X-Used $used; add_trailer X-End end; }
        location /roomy { client_body_buffer_size 4m; client_max_body_size 4m; proxy_pass http://@B@;
                          proxy_set_body "<$request_body>"; }
    }
""" % ("$http_x" * 100)

SMALL, LARGE = "X: " + "x" * 1000, "X: " + "x" * 30000
TOO_MUCH = r"\[error\] .*the request uses more than \d+ bytes of memory.* client: 127\.0\.0\.1"


@pytest.fixture(scope="module")
def limited(serve_module, backend):
    dns = Dns({"app.test": ["127.0.0.1"]})
    running = serve_module(LIMIT, values={"B": backend.address, "P": backend.port, "DNS": dns.port},
                           files={"html/file": "open"})
    backend.on("/trailer", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                           b"4\r\nopen\r\n0\r\n\r\n")
    yield running
    dns.stop()


def in_parts(port, path, field):
    """A request whose body comes later than its head, so that an event of its own brings it."""
    with Conn(port) as conn:
        conn.send(build(f"POST {path}", [field, "Content-Length: 4"]))
        time.sleep(0.2)
        return conn.send(b"body").read()


def count_of(server, pattern):
    return len(re.findall(pattern, server.log()))


PLACES = ["text", "set", "if", "up", "streamed", "named", "down"]
WAYS = [(place, False) for place in PLACES + ["file"]] + [(place, True) for place in PLACES]
pytestmark = pytest.mark.yett_only("it has no limit for the memory of a request")


@pytest.mark.parametrize("place,later", WAYS)
def test_a_request_over_its_limit_gets_500(limited, backend, place, later):
    send = in_parts if later else lambda port, path, field: ask(port, f"GET {path}", [field])
    answer = send(limited.port(), f"/{place}", SMALL)
    assert answer.status == 200
    before, lines = len(backend.requests), count_of(limited, TOO_MUCH)
    answer = send(limited.port(), f"/{place}", LARGE)
    assert answer.status == 500 and b"open" not in answer.body
    assert answer.get("X-Used") is None
    assert len(backend.requests) - before == (place == "down")
    limited.wait_log(TOO_MUCH)
    assert count_of(limited, TOO_MUCH) == lines + 1
    assert ask(limited.port(), f"GET /{place}", [SMALL]).status == 200


@pytest.mark.parametrize("place", ["logged", "wanted"])
def test_a_value_over_the_limit_hides_nothing_else_in_the_log(limited, place):
    for size, shown in ((1000, "[" + "x" * 100 * 1000 + "]"), (30000, "[-]")):
        lines = count_of(limited, TOO_MUCH)
        answer = ask(limited.port(), f"GET /{place}/{size}", ["X: " + "x" * size])
        assert (answer.status, answer.text) == (200, "open")
        found = limited.wait_log(rf"/{place}/{size} (\S+) 127\.0\.0\.1 200\n", "access.log")[1]
        if place == "logged":
            assert found == shown
            assert count_of(limited, TOO_MUCH) == lines + (size == 30000)


def test_the_log_has_a_request_that_was_refused(serve):
    server = serve(LIMIT.split("server {")[0].replace("resolver 127.0.0.1:@DNS@;", "") +
                   "server { listen 127.0.0.1:@PORT@; access_log @DIR@/access.log big; "
                   "location / { return 200 $used; } }")
    assert ask(server.port(), "GET /x", [LARGE]).status == 500
    server.wait_log(r"/x \[[x-]*\] 127\.0\.0\.1 500\n", "access.log")


def test_a_trailer_over_the_limit_is_not_sent(limited):
    for field, trailers in ((SMALL, [("X-Used", "used"), ("X-End", "end")]),
                            (LARGE, [("X-End", "end")])):
        answer = ask(limited.port(), "GET /trailer", [field])
        assert answer.text == "open" and answer.whole
        assert answer.trailers == trailers
    limited.wait_log(TOO_MUCH)


def test_what_the_configuration_allows_is_within_the_limit(limited, backend):
    body = os.urandom(3 << 20)
    assert ask(limited.port(), "POST /roomy", body=body).status == 200
    assert backend.last().body == b"<" + body + b">"
