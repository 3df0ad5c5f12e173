# SPDX-License-Identifier: Apache-2.0
"""A pattern that hits its limit decides nothing: neither "it fits" nor "it does not"."""

import ssl

import pytest

from support import rawhttp
from support.rawhttp import Conn, ask

pytestmark = pytest.mark.yett_only("its limit is ten times as high, and a map goes on with its default")

SLOW = "a" * 60 + "!"
PATTERN = "^(a+)+$"

# Each location is decided by a pattern: it fits "aaa", does not fit "b", and hits its limit over SLOW.
HTTP = """
    map $arg_x $mapped { default "open"; ~^(a+)+$ "shut"; }
    map $arg_x $again { volatile; default "open"; ~^(a+)+$ "shut"; }
    map $arg_x $blocked { default ""; ~^(a+)+$ 1; }
    server { listen 127.0.0.1:@PORT@; error_page 500 /page; error_page 404 =200 $mapped;
        location = /page { return 200 "an open page"; }
        location /text { return 200 "$mapped"; }
        location /volatile { add_header X-Mapped $again always; return 200 "$again"; }
        location /map-if { if ($blocked) { return 403; } return 200 "open"; }
        location /map-set { set $y $blocked; if ($y) { return 403; } return 200 "open"; }
        location /if { if ($arg_x ~ ^(a+)+$) { return 403; } return 200 "open"; }
        location /not { if ($arg_x !~ ^(a+)+$) { return 200 "open"; } return 403; }
        location /header { add_header X-Mapped $mapped; return 200 "$uri"; }
        location /up { proxy_pass http://@B@; proxy_set_header X-Mapped $mapped; }
        location /streamed { proxy_pass http://@B@; proxy_set_header X-Mapped $mapped;
                             proxy_request_buffering off; }
        location /url { set $b @B@; proxy_pass http://$b/$mapped; }
        location /down { proxy_pass http://@B@; add_header X-Mapped $mapped; }
        location /file { alias @DIR@/html/$mapped; }
        location /try { try_files /html/$mapped /text; root @DIR@; }
        location /missing { root @DIR@; }
        location /moved { proxy_pass http://@B@; proxy_redirect ~^/(a+)+$ /shut; }
    }
    server { listen 127.0.0.1:@PORT2@; error_page 500 /page; rewrite ^/rewrite/(a+)+$ /in/shut;
        location ~ ^/where/(a+)+$ { return 403; }
        location ~ ^/in/ { return 403; }
        location / { return 200 "open"; }
    }
    server { listen 127.0.0.1:@PORT3@ default_server; listen 127.0.0.1:@PORT4@ ssl default_server;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        error_page 500 /page; return 200 "open"; }
    server { listen 127.0.0.1:@PORT3@; listen 127.0.0.1:@PORT4@ ssl; server_name ~^(a+)+$;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        return 403; }
"""

LONG_NAME = "a" * 60 + "-b"


def moved(to):
    return f"HTTP/1.1 302 F\r\nLocation: /{to}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.fixture(scope="module")
def server(serve_module, backend):
    for text in ("aaa", "b", SLOW):
        backend.on(f"/moved/{text}", moved(text))
    running = serve_module(HTTP, values={"B": backend.address})
    running.write("html/open", "open")
    running.write("html/shut", "shut")
    return running


def fails(server, answer):
    assert answer.status == 500 and b"open" not in answer.body, answer
    assert answer.get("X-Mapped") is None
    server.wait_log(r'\[error\] .*limit exceeded using "\^\(a\+\)\+\$"')


PLACES = ["text", "volatile", "map-if", "map-set", "if", "not", "header", "up", "streamed", "url", "down",
          "file", "try", "missing"]


@pytest.mark.parametrize("place", PLACES)
def test_what_a_pattern_decides_is_not_decided_without_it(server, backend, place):
    methods = ["GET"] if place in ("file", "try") else ["GET", "POST"]
    for method, body in ((m, b"body" if m == "POST" else b"") for m in methods):
        for text, is_open in (("b", True), ("aaa", False)):
            answer = ask(server.port(), f"{method} /{place}?x={text}", body=body)
            shown = answer.text + str(answer.headers)
            assert answer.status in (200, 302, 403)
            assert ("open" in shown) == is_open
        before = len(backend.requests)
        fails(server, ask(server.port(), f"{method} /{place}?x={SLOW}", body=body))
        assert len(backend.requests) - before == (place == "down")


@pytest.mark.parametrize("place", ["where", "rewrite"])
def test_what_a_path_decides(server, place):
    for text, status in (("b", 200), ("aaa", 403), (SLOW, 500)):
        answer = ask(server.port("PORT2"), f"GET /{place}/{text}")
        assert answer.status == status
        assert ("open" in answer.text) == (status == 200)
    server.wait_log(rf'limit exceeded using "\^/{place}/\(a\+\)\+\$"')


def test_what_a_backends_words_decide(server):
    for text, status, location in (("aaa", 302, "/shut"), ("b", 302, "/b"), (SLOW, 500, None)):
        answer = ask(server.port(), f"GET /moved/{text}")
        assert answer.status == status
        assert (answer.get("Location") or "").endswith(location or "")


def test_what_a_host_decides(server):
    for host, status in (("b", 200), ("aaa", 403), (LONG_NAME, 500)):
        assert ask(server.port("PORT3"), "GET /", host=host).status == status
    server.wait_log(r'limit exceeded using "\^\(a\+\)\+\$"')


def test_what_sni_decides(server):
    for name, status in (("b", 200), ("aaa", 403)):
        assert ask(server.port("PORT4"), host=name, sni=name, tls=rawhttp.tls_context()).status == status
    with pytest.raises((ssl.SSLError, ConnectionError)):
        Conn(server.port("PORT4"), rawhttp.tls_context(), LONG_NAME)
