# SPDX-License-Identifier: Apache-2.0
"""charset and charset_types: the parameter of Content-Type, as nginx sends it. Nothing is recoded."""

import pytest

from support import rawhttp, reference
from support.reference import Case, Q, pairs  # noqa: F401 (a fixture)
from support.servers import NGINX, YETT, Server

TYPES = "types { text/html html; text/plain txt; text/css css; application/json json; }\n"
HTML, UTF8 = "text/html", "text/html; charset=utf-8"


def q(target, type_, *headers, expect=200, **more):
    return Q("GET " + target, expect, *headers, header={"content-type": type_}, **more)


def typed(type_, status="200 OK", extra=""):
    """A backend's answer as bytes."""
    field = f"Content-Type: {type_}\r\n" if type_ else ""
    return f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n{field}{extra}\r\nhi".encode()


ANSWERS = {
    "/html": typed("text/html"), "/upper": typed("TEXT/HTML"), "/png": typed("image/png"),
    "/none": typed(""), "/own": typed("text/html; charset=koi8-r"),
    "/quoted": typed('text/html;Charset="KOI8-R"'), "/other": typed("text/html; x=y"),
    "/second": typed("text/html; x=y; charset=koi8-r"), "/empty": typed("text/html; charset="),
    "/bare": typed("text/html;"), "/like": typed("text/html; mycharset=x"),
    "/missing": typed("text/html", "404 Not Found"), "/moved": typed("text/html", "301 Moved"),
    "/found": typed("text/html", "302 Found"), "/see": typed("text/html", "303 See Other"),
    "/kept": typed("text/html", "307 Kept"),
    "/accel": typed("image/png", extra="X-Accel-Charset: KOI8-R\r\n"),
    "/accel-unknown": typed("text/html", extra="X-Accel-Charset: windows-1251\r\n"),
    "/accel-own": typed("text/html; charset=a", extra="X-Accel-Charset: koi8-r\r\n"),
}

CASES = [
    Case("charset of files", [
        q("/index.html", UTF8), q("/a.txt", "text/plain; charset=utf-8"), q("/style.css", "text/css"),
        q("/page.xyz", "text/plain; charset=utf-8"), q("/image.PNG", "text/plain; charset=utf-8"),
        q("/a.txt", "text/plain; charset=utf-8", "Range: bytes=0-3", expect=206),
        q("/a.txt", "multipart/byteranges; boundary=B", "Range: bytes=0-3,5-6", expect=206,
          has="Content-Type: text/plain; charset=utf-8", id="two ranges"),
        Q("HEAD /index.html", header={"content-type": UTF8}),
        Q("GET /a.txt", 304, "If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT"),
        q("/off/", HTML), q("/koi/", "text/html; charset=koi8-r"), q("/KOI/", "text/html; charset=koi8-r"),
        q("/types/style.css", "text/css; charset=utf-8"), q("/types/index.html", UTF8),
        q("/types/a.txt", "text/plain"), q("/types/in/a.txt", "text/plain"),
        q("/all/style.css", "text/css; charset=utf-8"), q("/again/style.css", "text/css; charset=utf-8")],
        server=TYPES + """charset utf-8;
    location /off/ { alias @WWW@/; charset off; }
    location /koi/ { alias @WWW@/; charset koi8-r; }
    location /KOI/ { alias @WWW@/; charset KOI8-R; }
    location /types/ { alias @WWW@/; charset_types text/css;
        location /types/in/ { alias @WWW@/; } }
    location /all/ { alias @WWW@/; charset_types *; }
    location /again/ { alias @WWW@/; charset_types text/x; charset_types text/css; }"""),
    Case("charset of return", [
        q("/text", "text/plain; charset=utf-8"), q("/html", UTF8), q("/Html", "Text/HTML; charset=utf-8"),
        q("/own", "text/html; charset=koi8-r"), q("/param", "text/html;x=y"),
        q("/param-listed", "text/html; x=y; charset=utf-8"), q("/type-less", None),
        q("/404", "text/plain; charset=utf-8", expect=404), q("/page", UTF8, expect=404),
        q("/if", UTF8), q("/if?k=1", "text/html; charset=koi8-r"),
        Q("GET /seen", header={"content-type": UTF8, "x-type": "[text/html]"}), q("/twice", f"{UTF8}, text/xml")],
        server="""charset utf-8; default_type text/html;
    location /text { default_type text/plain; return 200 x; }
    location /html { return 200 x; }
    location /Html { default_type Text/HTML; return 200 x; }
    location /own { default_type "text/html; charset=koi8-r"; return 200 x; }
    location /param { default_type "text/html;x=y"; return 200 x; }
    location /param-listed { default_type "text/html; x=y"; charset_types *; return 200 x; }
    location /type-less { default_type ""; charset_types *; return 200 x; }
    location /404 { default_type text/plain; return 404 x; }
    location /page { error_page 404 /e404.html; return 404; }
    location /if { if ($arg_k) { charset koi8-r; } return 200 x; }
    location /seen { add_header X-Type "[$sent_http_content_type]"; return 200 x; }
    location /twice { add_header Content-Type text/xml; return 200 x; }"""),
    Case("charset from a variable", [
        q("/?c=utf-8", UTF8), q("/?c=", HTML), q("/?c=weird", "text/html; charset=weird"),
        q("/?c=off", "text/html; charset=off"), q("/?c=a%20b", "text/html; charset=a%20b"),
        q("/literal", "text/html; charset=a$arg_c-b"), q("/mapped?c=1", "text/html; charset=koi8-r"),
        q("/mapped", UTF8)],
        http="map $arg_c $mapped { default utf-8; 1 koi8-r; }\n", server="""default_type text/html;
    location / { charset $arg_c; return 200 x; }
    location /literal { charset a$arg_c-b; return 200 x; }
    location /mapped { charset $mapped; return 200 x; }"""),
    Case("charset of backends", [
        q("/html", UTF8), q("/upper", "TEXT/HTML; charset=utf-8"), q("/png", "image/png"), q("/none", None),
        q("/own", "text/html; charset=koi8-r"), q("/quoted", 'text/html;Charset="KOI8-R"'),
        q("/other", "text/html; x=y"), q("/second", "text/html; x=y; charset=koi8-r"),
        q("/empty", "text/html; charset="), q("/bare", "text/html;"), q("/like", "text/html; mycharset=x"),
        q("/missing", UTF8, expect=404), q("/moved", HTML, expect=301), q("/found", HTML, expect=302),
        q("/see", UTF8, expect=303), q("/kept", UTF8, expect=307),
        q("/accel", "image/png; charset=KOI8-R"), q("/accel-unknown", HTML),
        q("/accel-own", "text/html; charset=a"),
        q("/deaf/accel", "image/png"), q("/deaf/accel-unknown", UTF8)],
        answers={**ANSWERS, **{"/deaf" + path: ANSWERS[path] for path in ("/accel", "/accel-unknown")}},
        server="""charset utf-8;
    location / { proxy_pass http://@BACKEND@; }
    location /deaf/ { proxy_pass http://@BACKEND@; proxy_ignore_headers X-Accel-Charset; }
    location /known/ { charset koi8-r; }"""),
]

test = reference.comparison(CASES)


@pytest.mark.parametrize("binary", [NGINX, YETT], ids=["nginx", "yett"])
def test_pages_and_refusals_of_the_server_have_it(pki, binary):
    server = Server("charset utf-8; server { listen 127.0.0.1:@PORT@; location /301 { return 301 /x; } }",
                    binary=binary, values={"PKI": pki.dir})
    try:
        for line, status, type_ in [("GET /none", 404, UTF8), ("GET /301", 301, HTML),
                                    ("BAD% /", 400, UTF8)]:
            with rawhttp.Conn(server.port()) as conn:
                conn.send(rawhttp.build(line))
                answer = conn.read()
            assert (answer.status, answer.get("Content-Type")) == (status, type_)
    finally:
        server.stop()


@pytest.mark.yett_only("it sends the line break")
def test_a_captured_line_break_begins_no_field(serve):
    server = serve("server { listen 127.0.0.1:@PORT@; default_type text/html;\n"
                   "location ~ ^/c(?<name>[\\s\\S]*)$ { charset $name; return 200 x; } }")
    for target, type_ in [("/cutf-8", UTF8), ("/ca%0d%0aX-Made:%201", HTML), ("/ca%0aX-Made:%201", HTML)]:
        with rawhttp.Conn(server.port()) as conn:
            conn.send(rawhttp.build("GET " + target))
            answer = conn.read("GET")
        assert answer.status == 200
        assert answer.get("Content-Type") == type_ and answer.get("X-Made") is None
