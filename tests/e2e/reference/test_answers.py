# SPDX-License-Identifier: Apache-2.0
"""Answers that several directives have a say in: error pages, trailers, ranges, repeated fields; compared with nginx."""

from support import reference
from support.reference import Case, Q, pairs  # noqa: F401 (a fixture)

THEN = "Tue, 14 Nov 2023 22:13:20 GMT"
BEFORE = "Tue, 14 Nov 2000 22:13:20 GMT"


def answer(*headers, status="200 OK", body="body"):
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")


TWICE = ("Last-Modified", "ETag", "Server", "Date", "Location", "Content-Type", "Content-Encoding", "Accept-Ranges",
         "Expires")
OFTEN = ("Cache-Control", "Set-Cookie", "Vary", "Link", "WWW-Authenticate", "X-Own", "Content-Language")

CHUNKED = "Host: l\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"

CASES = [
    Case("error page of a redirect", [
        Q("GET /text", 302, header={"location": "text"}, has="page /t"),
        Q("GET /path", 302, header={"location": "http://localhost:PORT/path"}),
        Q("GET /rewrite", 302, header={"location": "http://localhost:PORT/x"}),
        Q("GET /overwrite", 200, header={"location": "http://x/"}),
        Q("GET /other", 404, header={"location": "http://localhost:PORT/z"}),
        Q("GET /named", 302, header={"location": "http://localhost:PORT/z"}, has="named /named"),
        Q("GET /file", 302, header={"location": "http://localhost:PORT/z"}, has="the error"),
        Q("GET /backend", 302, header={"location": "http://localhost:PORT/z"}),
        Q("GET /backendmoves", 302, header={"x-b": "1"}),
        Q("GET /again", 303, header={"location": "http://localhost:PORT/last"}),
        Q("GET /url", 302, header={"location": "http://page.test/"}),
        Q("GET /gone", 410, header={"location": "http://localhost:PORT/z"}),
        Q("GET /error", 404, header={"location": None}), Q("GET /plain", 302, has="302 Found"),
        Q("GET /icept", 302, header={"location": None}), Q("GET /icept401", 401)],
        answers={"/moved": answer("X-B: 1"),
                 "/icept": answer("Location: http://b/", status="302 F"),
                 "/icept401": answer("WWW-Authenticate: a", "WWW-Authenticate: b", status="401 U")},
        server="""
    location = /t { return 200 "page $uri"; }
    location = /t303 { return 303 /last; }
    location = /t410 { return 410; }
    location = /error.html { }
    location @n { return 200 "named $uri"; }
    location /text { error_page 302 /t; return 302 text; }
    location /path { error_page 302 /t; return 302 /path; }
    location /rewrite { error_page 302 /t; rewrite ^ /x redirect; }
    location /overwrite { error_page 301 = /t; return 301 http://x/; }
    location /other { error_page 302 =404 /t; return 302 /z; }
    location /named { error_page 302 @n; return 302 /z; }
    location /file { error_page 302 /error.html; return 302 /z; }
    location /backend { error_page 302 /b; return 302 /z; }
    location /backendmoves { error_page 302 /moved; return 302 /z; }
    location = /b { proxy_pass http://@BACKEND@; }
    location = /moved { proxy_pass http://@BACKEND@; }
    location /again { error_page 302 /t303; return 302 /z; }
    location /url { error_page 302 http://page.test/; return 302 /z; }
    location /gone { error_page 302 /t410; return 302 /z; }
    location /error { error_page 404 /t; return 404; }
    location /plain { return 302 /z; }
    location /icept { error_page 302 401 /t; proxy_intercept_errors on; proxy_pass http://@BACKEND@; }
"""),
    Case("trailers", [
        Q("GET /a.txt", 200, header={"transfer-encoding": "chunked", "content-length": None}),
        Q("GET /a.txt", version="HTTP/1.0", header={"content-length": "101"}), Q("HEAD /a.txt"),
        Q("GET /empty.txt"), Q("GET /text"), Q("GET /204", 204), Q("GET /302", 302), Q("GET /none", 404),
        Q("GET /always", 404), Q("GET /a.txt", 206, "Range: bytes=0-3"), Q("GET /a.txt", 206, "Range: bytes=0-3,5-6"),
        Q("GET /a.txt", 304, f"If-Modified-Since: {THEN}"), Q("GET /big.bin"), Q("GET /p"), Q("GET /pchunked"),
        Q("GET /p204", 204), Q("GET /emptyvalue/a.txt"), Q("GET /off/a.txt", header={"content-length": "101"}),
        Q("GET /sent")],
        answers={"/p": answer("X-B: y"), "/p204": b"HTTP/1.1 204 N\r\n\r\n",
                 "/pchunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Back: 1\r\n\r\n"},
        server="""
    add_trailer X-T $uri;
    location /text { return 200 text; }
    location /204 { return 204; }
    location /302 { return 302 /x; }
    location /always { add_trailer X-A 1 always; return 404; }
    location /p { proxy_pass http://@BACKEND@; }
    location /emptyvalue/ { alias @WWW@/; add_trailer X-T $arg_none; }
    location /off/ { alias @WWW@/; chunked_transfer_encoding off; add_trailer X-T a; }
    location /sent { add_trailer A 1; add_trailer A 2; add_trailer B $sent_trailer_a; return 200 ""; }
"""),
    Case("body that is there", [
        Q("POST /off", 200, body="abc", header={"x-b": "abc"}),
        Q("POST /sent", 200, body="abc", has='"X-Req", "abc"'),
        Q("POST /small", 200, body="x" * 3000, header={"x-b": None}), Q("POST /on", 200, body="abc", header={"x-b": "abc"}),
        Q("POST /page", 404, body="abc", has='"body": "abc"'), Q("POST /named", 404, body="abc", has="body: abc"),
        Q(raw="POST /off HTTP/1.1\r\n" + CHUNKED, id="chunked", header={"x-b": "abc"}),
        Q(raw="POST /off HTTP/1.1\r\n" + CHUNKED.replace("0\r\n\r\n", "zz\r\n"), expect=400, id="broken chunks"),
        Q("GET /off", header={"x-b": None})],
        answers={"/page": answer(status="404 N"), "/named": answer(status="404 N")},
        server="""
    proxy_request_buffering off; add_header X-B $request_body;
    location /off { proxy_pass http://@BACKEND@; }
    location /sent { proxy_pass http://@BACKEND@; proxy_set_header X-Req $request_body; }
    location /small { proxy_pass http://@BACKEND@; client_body_buffer_size 1k; }
    location /on { proxy_pass http://@BACKEND@; proxy_request_buffering on; }
    location /page { proxy_pass http://@BACKEND@; proxy_intercept_errors on; error_page 404 /on; }
    location /named { proxy_pass http://@BACKEND@; proxy_intercept_errors on; error_page 404 @n; }
    location @n { return 200 "body: $request_body"; }
"""),
    Case("fields of one name", [
        Q("GET /", 200, "Content-Type: a", "Content-Type: b"), Q("GET /", 200, "Content-Type: a", has="<a>"), Q("GET /", has="<>")],
        server='    location / { return 200 "<$content_type>"; }'),
    Case("If-Range and add_header", [
        *(Q(f"GET /{place}/a.txt", expect, "Range: bytes=0-1", f"If-Range: {value}") for place, value, expect in (
            ("date", BEFORE, 206), ("date", THEN, 200), ("date", '"x"', 200), ("empty", THEN, 200), ("bad", THEN, 200),
            ("tag", '"own"', 206), ("tag", '"x"', 200), ("tag", THEN, 206), ("other", THEN, 206), ("other", BEFORE, 200))),
        Q("GET /date/a.txt", 304, f"If-Modified-Since: {THEN}"), Q("GET /date/a.txt", 200, f"If-Modified-Since: {BEFORE}"),
        Q("GET /date/a.txt", 206, "Range: bytes=0-1")],
        server=f"""
    location /date/ {{ alias @WWW@/; add_header Last-Modified "{BEFORE}"; }}
    location /empty/ {{ alias @WWW@/; add_header Last-Modified ""; }}
    location /bad/ {{ alias @WWW@/; add_header Last-Modified "nonsense"; }}
    location /tag/ {{ alias @WWW@/; add_header ETag '"own"'; }}
    location /other/ {{ alias @WWW@/; add_header X-Other "{BEFORE}"; }}
"""),
    Case("literal hosts", [
        *(Q("GET /", 200, host=host) for host in (
            "[v1.a]", "[v1.a:b]:80", "[VF.X]", "[vffff.!$&'()*+,;=:-._~]", "[::1]", "[v.x]", "[vg.x]", "[v1.]", "[v1]",
            "[v1.[]", "[v1.a%20]", "[v1.a]x")),
        Q("GET /", 400, host="[v1.a b]"), Q("GET /", 400, host="[v1.a/]")],
        server='    location / { return 200 "$host|$http_host"; }'),
    Case("fields that a backend sends twice", [
        Q("GET /twice", 200), Q("GET /often", 200), Q("GET /expires/one", 200), Q("GET /epoch/one", 200, header={
            "expires": "Thu, 01 Jan 1970 00:00:01 GMT", "cache-control": "no-cache, x"}),
        Q("GET /epoch/two", 200, header={"cache-control": "no-cache, x"}), Q("GET /epoch/twice", 200),
        Q("GET /epoch/404", 404, header={"expires": "soon"}), Q("GET /off/one", 200, header={"expires": "soon"})],
        answers={"/twice": answer(*(f"{name}: {i}" for name in TWICE for i in (1, 2))),
                 "/often": answer(*(f"{name}: {i}" for name in OFTEN for i in (1, 2))),
                 **{f"/{place}/{name}": answer(*fields, status=status) for place in ("expires", "epoch", "off")
                    for name, status, fields in (
                        ("one", "200 OK", ["Expires: soon", "Cache-Control: private"]),
                        ("two", "200 OK", ["Cache-Control: private", "Cache-Control: no-store"]),
                        ("twice", "200 OK", ["Expires: soon", "Expires: later"]),
                        ("404", "404 N", ["Expires: soon"]))}},
        server="""
    location / { proxy_pass http://@BACKEND@; proxy_pass_header Date; proxy_redirect off; }
    location /expires/ { proxy_pass http://@BACKEND@; }
    location /epoch/ { proxy_pass http://@BACKEND@; expires epoch; add_header Cache-Control x; }
    location /off/ { proxy_pass http://@BACKEND@; expires off; }
"""),
]

test = reference.comparison(CASES)
