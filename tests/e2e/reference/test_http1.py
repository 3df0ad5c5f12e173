# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 messages: keep-alive, pipelining, bodies, limits, and strict framing; compared with nginx.

Framing that nginx lets pass and yett does not is listed in support/differences.py.
"""

import email.utils
import re
import time

import pytest

from support import rawhttp, reference
from support.reference import Case, Q, pairs  # noqa: F401 (a fixture)


def raw(id, data, expect=200, **more):
    return Q(id=id, raw=data, expect=expect, **more)


def head(*lines, start="GET /echo HTTP/1.1", host="Host: a"):
    return "\r\n".join([start] + ([host] if host else []) + list(lines)) + "\r\n\r\n"


POST = "POST /echo HTTP/1.1"
BASIC = """
    location / { return 200 "ok $uri\\n"; }
    location /echo { proxy_pass http://@BACKEND@; }
    location /stream { proxy_pass http://@BACKEND@/echo; proxy_request_buffering off; }
    location /file { alias @WWW@/a.txt; }
"""


def chunked(*pieces, end="0\r\n\r\n", extra=()):
    return head("Transfer-Encoding: chunked", *extra, start=POST) + "".join(
        f"{len(p):x}\r\n{p}\r\n" for p in pieces) + end


CASES = [
    Case("keep-alive", [
        Q("GET /", header={"connection": "keep-alive"}),
        Q("GET /", 200, "Connection: close", header={"connection": "close"}),
        Q("GET /", 200, "Connection: Close", header={"connection": "close"}),
        Q("GET /", 200, "Connection: keep-alive"), Q("GET /", 200, "Connection: foo"),
        Q("GET /", version="HTTP/1.0", header={"connection": "close"}),
        Q("GET /", 200, "Connection: keep-alive", version="HTTP/1.0"),
        raw("two pipelined", head() + head(), [200, 200], n=2),
        raw("three kinds pipelined", head(start="GET / HTTP/1.1") + head(start="GET /x HTTP/1.1")
            + head(start="GET /file HTTP/1.1"), [200, 200, 200], n=3),
        raw("pipelined body", head("Content-Length: 3", start=POST) + "abc" + head(), [200, 200], n=2),
        raw("pipelined chunks", chunked("abc") + head(), [200, 200], n=2),
        raw("body of a return is skipped", head("Content-Length: 3", start="POST / HTTP/1.1") + "abc"
            + head(), [200, 200], n=2),
        raw("second after close is ignored", head("Connection: close") + head(), [200], n=2),
        raw("error then another", head(start="GET /%zz HTTP/1.1") + head(), [400], n=2),
        raw("empty lines before a request", "\r\n\r\n" + head(), 200),
        raw("empty line between requests", head() + "\r\n" + head(), [200, 200], n=2),
        raw("HTTP/1.0 twice", "GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n", [200], n=2),
    ], server=BASIC),
    Case("keepalive_requests", [
        raw("third closes", head() * 4, [200, 200, 200], n=4),
        raw("zero timeout closes", head(start="GET / HTTP/1.1", host="Host: z"), 200)], http="""
server { listen 127.0.0.1:@PORT@; keepalive_requests 3; location / { return 200 ok; }
         location /echo { proxy_pass http://@BACKEND@; } }
server { listen 127.0.0.1:@PORT@; server_name z; keepalive_timeout 0; return 200 ok; }"""),
    Case("keepalive header", [Q("GET /", 200, header={"keep-alive": "timeout=20"})],
         server="keepalive_timeout 30s 20s; return 200 ok;"),
    Case("bodies", [
        Q("POST /echo", body="hello", has='"hello"'), Q("POST /echo", 200, "Content-Length: 0"),
        Q("PUT /echo", body="x" * 100000, id="100 KB"), Q("POST /echo", id="POST without a length"),
        raw("chunked", chunked("hello", " world"), has="hello world"),
        raw("chunked streamed", chunked("hello", " world").replace("/echo", "/stream"),
            has="hello world"),
        raw("chunk extension", head("Transfer-Encoding: chunked", start=POST)
            + "5;ext=1\r\nhello\r\n0;x\r\n\r\n", has='"hello"'),
        raw("chunk size upper case and zeros", head("Transfer-Encoding: chunked", start=POST)
            + "00A\r\n0123456789\r\n0\r\n\r\n", has="0123456789"),
        raw("Chunked in other case", head("Transfer-Encoding: Chunked", start=POST)
            + "1\r\nx\r\n0\r\n\r\n", has='"x"'),
        raw("trailers", chunked("hello", end="0\r\nX-T: 1\r\n\r\n") + head(), [200, 200], n=2),
        Q("GET /echo", body="get body", has="get body"), Q("DELETE /echo", body="d", has='"d"'),
        Q("PATCH /echo", body="p"), Q("OPTIONS /echo"), Q("OPTIONS *", 400, id="OPTIONS *"),
        Q("FOO /echo", 200, id="unknown method"),
        Q("HEAD /echo"), Q("POST /stream", body="s" * 50000, id="streamed 50 KB"),
        Q("POST /", body="ignored"), Q("POST /file", 405, body="ignored"),
        raw("expect", head("Expect: 100-continue", "Content-Length: 2", start=POST) + "hi",
            has='"hi"'),
        raw("expect on a return", head("Expect: 100-continue", "Content-Length: 2",
                                       start="POST / HTTP/1.1") + "hi"),
        raw("other expectation", head("Expect: something", "Content-Length: 2", start=POST) + "hi"),
        raw("expect over HTTP/1.0", head("Expect: 100-continue", "Content-Length: 2",
                                         start="POST /echo HTTP/1.0") + "hi"),
    ], server=BASIC),
    Case("limits", [
        Q("POST /echo", 413, body="x" * 1001, id="one byte too many"),
        Q("POST /echo", 200, body="x" * 1000, id="just fits"),
        raw("announced too large", head("Content-Length: 99999999", start=POST), 413, linger=True),
        raw("chunked too large", chunked("x" * 600, "y" * 600), 413),
        raw("expect too large", head("Content-Length: 2000", "Expect: 100-continue", start=POST), 413,
            linger=True),
        Q("POST /free", 200, body="x" * 5000, id="no limit here"),
        Q("GET /" + "x" * 900, 200, id="line in the first buffer"),
        Q("GET /" + "x" * 1500, 200, id="line in a large buffer"),
        Q("GET /" + "x" * 2100, 414, id="line too long"),
        Q("GET /", 200, "X-Long: " + "x" * 1500, id="header in a large buffer"),
        Q("GET /", 400, "X-Long: " + "x" * 2100, id="header too long"),
        Q("GET /", 400, *[f"X-{i}: " + "x" * 400 for i in range(20)], id="headers too large"),
        Q("GET /", 200, *[f"X-{i}: x" for i in range(90)], id="many small headers"),
        raw("URI without end", "GET /" + "x" * 4000, 414)], server="""
    client_header_buffer_size 1k; large_client_header_buffers 2 2k; client_max_body_size 1000;
    location / { return 200 ok; } location /echo { proxy_pass http://@BACKEND@; }
    location /free { client_max_body_size 0; proxy_pass http://@BACKEND@; }"""),
    Case("proxied header hygiene", [
        Q("GET /echo", 200, "X-A: 1", "x-a: 2", "X-Empty:", "X_Under: dropped", "X.Dot: dropped"),
        Q("GET /echo", 200, "Keep-Alive: 5", "Proxy-Connection: x", "TE: gzip", "Upgrade: h2c",
          "Connection: close, X-Gone", "X-Gone: was named"),
        Q("GET /echo", 200, "X-Space:   padded \t "), Q("GET /echo", 200, "X-Utf: \u00fc"),
        Q("GET /echo", 200, "X-1: digit", "1-X: digit first")], server=BASIC),
    Case("underscores", [Q("GET /echo", 200, "X_Under: kept", has="X_Under"),
                         Q("GET /echo", 200, "A_B: 1", host="other", id="off")], http="""
server { listen 127.0.0.1:@PORT@; underscores_in_headers on; location / { proxy_pass http://@BACKEND@; } }
server { listen 127.0.0.1:@PORT@; server_name other; location / { proxy_pass http://@BACKEND@; } }"""),
    Case("request line", [
        raw("lower case method", head(start="get /echo HTTP/1.1"), 400),
        raw("version 2.0", head(start="GET / HTTP/2.0"), 505),
        raw("version 1.2", head(start="GET / HTTP/1.2"), 200),
        raw("version 3", head(start="GET / HTTP/3"), 505),
        raw("bad protocol", head(start="GET / FTP/1.1"), 400),
        raw("no target", head(start="GET HTTP/1.1"), 400),
        raw("relative target", head(start="GET echo HTTP/1.1"), 400),
        raw("two spaces", head(start="GET  / HTTP/1.1"), 200),
        raw("space in target", head(start="GET /a b HTTP/1.1"), 400),
        raw("trailing space", head(start="GET / HTTP/1.1 "), 200),
        raw("tab instead of space", head(start="GET\t/ HTTP/1.1"), 400),
        raw("NUL in target", head(start="GET /\0 HTTP/1.1"), 400),
        raw("control in target", head(start="GET /\x01 HTTP/1.1"), 400),
        raw("high bytes in target", head(start="GET /\xfc HTTP/1.1"), 200),
        raw("CONNECT", head(start="CONNECT a:443 HTTP/1.1"), 400),
        raw("TRACE", head(start="TRACE / HTTP/1.1"), 405),
        raw("garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        raw("bare LF after the line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 200),
        raw("CR only", "GET / HTTP/1.1\rHost: a\r\r", 400),
        raw("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        raw("ftp target", head(start="GET ftp://a/ HTTP/1.1"), 200),
        raw("userinfo in target", head(start="GET http://u@a/ HTTP/1.1"), 400),
    ], server=BASIC),
    Case("framing", [
        raw("two lengths, same", head("Content-Length: 2", "Content-Length: 2", start=POST) + "hi", 400),
        raw("two lengths", head("Content-Length: 2", "Content-Length: 3", start=POST) + "hix", 400),
        raw("list of lengths", head("Content-Length: 2, 2", start=POST) + "hi", 400),
        raw("length and chunked", head("Content-Length: 2", "Transfer-Encoding: chunked", start=POST)
            + "0\r\n\r\n", 400),
        raw("chunked and length", head("Transfer-Encoding: chunked", "Content-Length: 2", start=POST)
            + "0\r\n\r\n", 400),
        raw("negative length", head("Content-Length: -1", start=POST), 400),
        raw("plus length", head("Content-Length: +2", start=POST) + "hi", 400),
        raw("hex length", head("Content-Length: 0x2", start=POST) + "hi", 400),
        raw("length with a space", head("Content-Length: 1 2", start=POST) + "hi", 400),
        raw("empty length", head("Content-Length:", start=POST) + "hi", 400),
        raw("huge length", head("Content-Length: 99999999999999999999", start=POST), 400),
        raw("other coding", head("Transfer-Encoding: gzip", start=POST), 501),
        raw("gzip, chunked", head("Transfer-Encoding: gzip, chunked", start=POST) + "0\r\n\r\n", 501),
        raw("identity", head("Transfer-Encoding: identity", start=POST), 501),
        raw("chunked twice", head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked",
                                  start=POST) + "0\r\n\r\n", 400),
        raw("chunked over HTTP/1.0", head("Transfer-Encoding: chunked", start="POST /echo HTTP/1.0")
            + "0\r\n\r\n", 400),
        raw("vertical tab before chunked", head("Transfer-Encoding: \x0bchunked", start=POST)
            + "0\r\n\r\n", 501),
        raw("bad chunk size", head("Transfer-Encoding: chunked", start=POST) + "xyz\r\n\r\n", 400),
        raw("negative chunk size", head("Transfer-Encoding: chunked", start=POST) + "-1\r\n\r\n", 400),
        raw("0x chunk size", head("Transfer-Encoding: chunked", start=POST) + "0x1\r\na\r\n0\r\n\r\n",
            400),
        raw("space after the chunk size", head("Transfer-Encoding: chunked", start=POST)
            + "1 \r\na\r\n0\r\n\r\n", 200),
        raw("chunk too long", head("Transfer-Encoding: chunked", start=POST) + "1\r\nab\r\n0\r\n\r\n",
            400),
        raw("huge chunk size", head("Transfer-Encoding: chunked", start=POST)
            + "fffffffffffffffff\r\n", 400),
        raw("bare LF in chunks", head("Transfer-Encoding: chunked", start=POST) + "1\na\n0\n\n", 200),
        raw("no CR LF after data", head("Transfer-Encoding: chunked", start=POST)
            + "1\r\nax0\r\n\r\n", 400),
        raw("space before the colon", head("X-A : 1"), 400),
        raw("space before the colon of length", head("Content-Length : 2", start=POST) + "hi", 400),
        raw("tab before the colon", head("X-A\t: 1"), 400),
        raw("folded line", head("X-A: 1", " more"), 400),
        raw("folded first line", "GET /echo HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        raw("line without a colon", head("nonsense"), 200),
        raw("empty name", head(": value"), 400),
        raw("NUL in a name", head("X\0A: 1"), 400),
        raw("NUL in a value", head("X-A: a\0b"), 400),
        raw("control in a name", head("X\x01A: 1"), 400),
        raw("control in a value", head("X-A: a\x01b"), 200),
        raw("high byte in a name", head("X\xfc: 1"), 200),
        raw("bare CR in a value", head("X-A: a\rb"), 400),
        raw("bare CR before a header", "GET /echo HTTP/1.1\r\nHost: a\r\n\rX-A: 1\r\n\r\n", 400),
        raw("bare LF between headers", "GET /echo HTTP/1.1\r\nHost: a\nX-A: 1\r\n\r\n", 200),
        raw("bare LF ends the head", "GET /echo HTTP/1.1\r\nHost: a\n\n", 200),
        raw("parentheses in a name", head("X(A): 1"), 200),
        raw("folded transfer encoding", head("Transfer-Encoding:", " chunked", start=POST)
            + "0\r\n\r\n", 400),
    ], server=BASIC),
    Case("host", [
        raw("missing", head(host=None), 400), raw("missing over HTTP/1.0",
                                                  head(host=None, start="GET / HTTP/1.0"), 200),
        raw("empty", head(host="Host:"), 400),
        raw("two", head("Host: b"), 400), raw("two, the same", head("Host: a"), 400),
        raw("with a space", head(host="Host: a b"), 400),
        raw("with a slash", head(host="Host: a/b"), 400),
        raw("with at", head(host="Host: u@a"), 200),
        raw("with a comma", head(host="Host: a,b"), 200),
        raw("with NUL", head(host="Host: a\0b"), 400),
        raw("two dots", head(host="Host: a..b"), 400),
        raw("only a dot", head(host="Host: ."), 400),
        raw("leading dot", head(host="Host: .a"), 200),
        raw("trailing dot", head(host="Host: a."), 200),
        raw("empty port", head(host="Host: a:"), 200),
        raw("bad port", head(host="Host: a:x"), 200),
        raw("two ports", head(host="Host: a:1:2"), 200),
        raw("port too large", head(host="Host: a:99999"), 200),
        raw("open bracket", head(host="Host: [::1"), 200),
        raw("IPv6", head(host="Host: [::1]:80"), 200),
        raw("bracket with junk", head(host="Host: [::1]x"), 200),
        raw("not an address in brackets", head(host="Host: [zz]"), 200),
        raw("control", head(host="Host: a\x01"), 400),
        raw("DEL", head(host="Host: a\x7f"), 400),
        raw("high byte", head(host="Host: \xfc"), 200),
        raw("percent", head(host="Host: a%00b"), 200),
        raw("question mark", head(host="Host: a?b"), 200),
        raw("hash", head(host="Host: a#b"), 200),
        raw("backslash", head(host="Host: a\\b"), 200),
        raw("quote", head(host='Host: a"b'), 200),
        raw("angle", head(host="Host: <a>"), 200),
        raw("upper case", head(host="Host: A.TEST"), 200),
        raw("absolute form, no Host", head(start="GET http://a/ HTTP/1.1", host=None), 400),
        raw("absolute form, empty host", head(start="GET http:/// HTTP/1.1"), 400),
    ], server='location / { return 200 "[$host]"; }'),
]

test = reference.comparison(CASES)


@pytest.mark.parametrize("tokens,shape", [("on", r"\w+/[0-9.]+"), ("off", r"\w+")])
def test_server_header(serve, tokens, shape):
    """The program names itself on every answer; its version only with server_tokens on."""
    server = serve(f"server {{ listen 127.0.0.1:@PORT@; server_tokens {tokens}; "
                   "location /ok { return 200 ok; } location / { return 404; } }")
    for path in ("/ok", "/none"):
        answer = rawhttp.ask(server.port(), f"GET {path}")
        assert re.fullmatch(shape, answer.get("Server")), answer.get("Server")
        assert len(answer.all("Server")) == len(answer.all("Date")) == 1
    page = re.search(r"<hr><center>([^<]*)</center>", answer.text)
    assert page[1] == answer.get("Server")
    bad = rawhttp.ask(server.port(), "GET /%zz")
    assert bad.status == 400 and re.fullmatch(shape, bad.get("Server"))


def test_date_is_now(serve):
    server = serve("server { listen 127.0.0.1:@PORT@; return 200; }")
    for pause in (0, 1.3):
        time.sleep(pause)
        sent = email.utils.parsedate_to_datetime(rawhttp.ask(server.port()).get("Date"))
        assert abs(sent.timestamp() - time.time()) < 3
