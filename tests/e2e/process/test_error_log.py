# SPDX-License-Identifier: Apache-2.0
"""The error log says what happened in nginx's sentences and levels, so that people's rules still match."""

import re

import pytest

from support import rawhttp
from support.rawhttp import Conn, build
from support.servers import YETT, is_nginx, wait_for

# Whoever administers yett must find what a refused client asks about.
REFUSED = "info" if is_nginx(YETT) else "error"
DENIED = "" if is_nginx(YETT) else "client denied, id: [0-9a-f]{32}, reason: [a-z-]+: "

CONFIG = """
    client_max_body_size 100; large_client_header_buffers 2 1k;
    upstream dead { server 127.0.0.1:1; server 127.0.0.2:1; }
    server { listen 127.0.0.1:@PORT@; server_name plain.test; root @DIR@/html;
        location /deny { deny all; }
        location /loop { rewrite ^ /loop last; }
        location /named { error_page 404 = @nowhere; return 404; }
        location /refused { proxy_pass http://127.0.0.1:1; }
        location /dead { proxy_pass http://dead; }
        location /post { proxy_pass http://127.0.0.1:1; }
        location /quiet { log_not_found off; }
        location /cycle { error_page 404 /cycle; recursive_error_pages on; return 404; }
        location /index { index /index; }
        location /uninit { set $a $uninit_x; if ($arg_q) { set $uninit_x 1; } return 200 "[$uninit_x]"; }
    }
    server { listen 127.0.0.1:@PORT2@ ssl; server_name gate.test; ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl; return 200; }
    server { listen 127.0.0.1:@PORT2@ ssl; server_name open.test;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key; return 200; }
"""


@pytest.fixture(scope="module")
def server(serve_module):
    running = serve_module(CONFIG)
    running.write("html/empty/.keep", "")
    return running


def said(server, send, level, pattern):
    """Runs send() and waits for a line of that level that matches the pattern."""
    before = len(server.log())
    send()
    line = rf"^\d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d \[{level}\] \d+#\d+: \*\d+ (?:{pattern})"
    return wait_for(lambda: re.search(line + r".*", server.log()[before:], re.M), 6,
                    f"[{level}] {pattern} in {server.log()[before:]}").group(0)


def exchange(server, data, port="PORT", tls=None, sni=None):
    with Conn(server.port(port), tls, sni) as conn:
        try:
            conn.send(data)
            conn.read()
        except (rawhttp.Closed, OSError):
            pass


PLAIN = {
    "missing file": (build("GET /none"), "error",
                     r'open\(\) "DIR/html/none" failed \(2: No such file or directory\), client: '
                     r'127\.0\.0\.1, server: plain\.test, request: "GET /none HTTP/1\.1", host: "localhost"'),
    "no index": (build("GET /empty/"), "error", r'directory index of "DIR/html/empty/" is forbidden'),
    "denied": (build("GET /deny"), "error", r"access forbidden by rule, client: 127\.0\.0\.1"),
    "loop": (build("GET /loop"), "error", r'rewrite or internal redirection cycle'),
    "refused": (build("GET /refused"), "error",
                r'connect\(\) failed \(111: Connection refused\) while connecting to upstream, client: '
                r'127\.0\.0\.1, server: plain\.test, request: "GET /refused HTTP/1\.1", upstream: '
                r'"http://127\.0\.0\.1:1/refused", host: "localhost"'),
    "too large": (build("POST /post", body=b"x" * 200), "error",
                  r"client intended to send too large body: 200 bytes"),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", "info",
                r'client sent HTTP/1\.1 request without "Host" header'),
    "bad host": (build(host="a b"), "info", r"client sent invalid host header"),
    "two hosts": (build(headers=["Host: b"]), "info",
                  r'client sent duplicate (host )?header( line)?|client sent duplicate'),
    "bad method": (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", "info", r"client sent invalid method"),
    "bad version": (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", "info", r"client sent invalid version"),
    "bad request": (b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", "info", r"client sent invalid request"),
    "long URI": (b"GET /" + b"x" * 3000 + b" HTTP/1.1\r\n\r\n", "info", r"client sent too long URI"),
    "long header": (build(headers=["X: " + "y" * 3000]), "info", r"client sent too long header line"),
    "bad header": (build(headers=["X\x01: y"]), "info", r"client sent invalid header line"),
    "bad length": (build("POST /post", ["Content-Length: x"]), "info",
                   r'client sent invalid "Content-Length" header'),
    "both lengths": (build("POST /post", ["Content-Length: 1", "Transfer-Encoding: chunked"]), "info",
                     r'client sent "Content-Length" and "Transfer-Encoding" headers at the same time'),
    "unknown coding": (build("POST /post", ["Transfer-Encoding: gzip"]), "info",
                       r'client sent unknown "Transfer-Encoding": "gzip"'),
    "bad chunk": (build("POST /post", ["Transfer-Encoding: chunked"]) + b"x\r\n", "error|info",
                  r"client sent invalid chunked body"),
    "uninitialised": (build("GET /uninit"), "warn", r'using uninitialized "uninit_x" variable'),
    "keep-alive closed": (build(), "info", r"client 127\.0\.0\.1 closed keepalive connection"),
    "dead group": (build("GET /dead"), "error", r"connect\(\) failed \(111: Connection refused\)"),
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain(server, name):
    data, level, pattern = PLAIN[name]
    said(server, lambda: exchange(server, data), level, pattern.replace("DIR", re.escape(server.dir)))


def test_no_live_upstreams(server):
    exchange(server, build("GET /dead"))
    said(server, lambda: exchange(server, build("GET /dead")), "error",
         r'no live upstreams while connecting to upstream, .*upstream: "http://dead/dead"')


def test_log_not_found_off(server):
    before = len(server.log())
    exchange(server, build("GET /quiet/none"))
    exchange(server, build("GET /loud"))
    wait_for(lambda: "/loud" in server.log()[before:], 5, "the other line")
    assert "/quiet/none" not in server.log()[before:]


VERIFY = {
    "expired": r"client SSL certificate verify error: \(10:certificate has expired\)",
    "notyet": r"client SSL certificate verify error: \(9:certificate is not yet valid\)",
    "revoked": r"client SSL certificate verify error: \(23:certificate revoked\)",
    "foreign-client": r"client SSL certificate verify error: \((20|2|19|21|3):",
    "selfsigned": r"client SSL certificate verify error: \((18:self[- ]signed certificate|3:)",
    "forged": r"client SSL certificate verify error: \(7:certificate signature failure\)",
    "serveronly": r"client SSL certificate verify error: \(26:(unsupported|unsuitable) certificate purpose\)",
}


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("cert", VERIFY)
def test_verify(server, pki, cert, version):
    context = rawhttp.tls_context(pki, cert, version)
    line = said(server, lambda: exchange(server, build(host="gate.test"), "PORT2", context, "gate.test"),
                REFUSED, f"{DENIED}(?:{VERIFY[cert]}).* while reading client request headers")
    assert 'client: 127.0.0.1, server: gate.test' in line


def test_no_certificate(server):
    said(server, lambda: exchange(server, build(host="gate.test"), "PORT2", rawhttp.tls_context(),
                                  "gate.test"),
         REFUSED, DENIED + "client sent no required SSL certificate while reading client request headers")


def test_misdirected(server):
    said(server, lambda: exchange(server, build(host="gate.test"), "PORT2", rawhttp.tls_context(),
                                  "open.test"),
         "info", "client attempted to request the server name different from the one that was negotiated")


def test_plain_on_tls(server):
    said(server, lambda: exchange(server, build(), "PORT2"), "info",
         "client sent plain HTTP request to HTTPS port")


def test_handshake_failure(server):
    said(server, lambda: exchange(server, b"\x16\x03\x01\x00\x05hello", "PORT2"), "info|crit|error",
         r"SSL_do_handshake\(\) failed .*while SSL handshaking, client: 127\.0\.0\.1, server: ")


@pytest.mark.yett_only("it writes a decoded path into its log as it is")
def test_control_characters_are_escaped(server):
    """Nobody writes lines of their own into the log."""
    before = len(server.log())
    exchange(server, build("GET /fake%0a2020/01/01%1b[31m"))
    exchange(server, build("GET /x", host="loud.test"))
    wait_for(lambda: "loud.test" in server.log()[before:], 5, "the other line")
    new = server.log()[before:]
    assert "\x1b" not in new
    assert not re.search("^2020/01/01", new, re.M)
