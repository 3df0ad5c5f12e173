# SPDX-License-Identifier: Apache-2.0
"""Static files: root, alias, index, types, ranges, conditional requests; compared with nginx."""

from support import reference
from support.reference import Case, Q, pairs  # noqa: F401 (a fixture)

DATE = "Tue, 14 Nov 2023 22:13:20 GMT"
BEFORE = "Mon, 13 Nov 2023 22:13:20 GMT"
AFTER = "Wed, 15 Nov 2023 22:13:20 GMT"

TYPES = """
    types { text/html html htm; text/plain txt; text/css css; image/png png; }
"""

CASES = [
    Case("files", [
        Q("GET /", has="root index"), Q("GET /index.html", has="root index"),
        Q("GET /a.txt", header={"content-type": "text/plain", "content-length": "101",
                                "accept-ranges": "bytes", "last-modified": DATE}),
        Q("HEAD /a.txt", header={"content-length": "101"}), Q("POST /a.txt", 405),
        Q("PUT /a.txt", 405), Q("DELETE /a.txt", 405), Q("OPTIONS /a.txt", 405),
        Q("HEAD /missing", 404), Q("GET /missing", 404), Q("POST /missing", 404),
        Q("GET /empty.txt", header={"content-length": "0"}),
        Q("GET /plain", header={"content-type": "text/plain"}),
        Q("GET /page.xyz", header={"content-type": "text/plain"}),
        Q("GET /image.PNG", header={"content-type": "image/png"}),
        Q("GET /style.css", header={"content-type": "text/css"}),
        Q("GET /dir", 301, header={"location": "http://localhost:PORT/dir/"}),
        Q("GET /dir?x=1", 301, header={"location": "http://localhost:PORT/dir/?x=1"}),
        Q("GET /dir/", has="dir index"), Q("HEAD /dir/"), Q("POST /dir/", 405),
        Q("POST /dir", 301, id="POST directory"),
        Q("GET /noindex/", 403), Q("GET /noindex", 301), Q("GET /a.txt/", 404),
        Q("GET /a.txt/x", 404), Q("GET /sp%20ace/sp%20ace.txt", has="spaces"),
        Q("GET /sp%20ace", 301, header={"location": "http://localhost:PORT/sp%20ace/"}),
        Q("GET /100%25.txt", has="percent"), Q("GET /a+b.txt", has="plus"),
        Q("GET /q%3Fm.txt", has="question"), Q("GET /%C3%BC.txt", has="umlaut"),
        Q("GET /hash%23.txt", has="hash"), Q("GET /c:d.txt", has="colon"),
        Q("GET /.hidden", has="hidden"), Q("GET /dir/../a.txt", has="0123"),
        Q("GET /dir//file.txt", has="dir file"), Q("GET /a.txt?query", has="0123"),
        Q("GET /a.txt%00.html", 400), Q("GET /" + "x" * 300, 404, id="name too long"),
        Q("GET /big.bin", header={"content-length": "320000"}),
    ], http=TYPES, server="default_type text/plain;"),
    Case("default types", [
        Q("GET /a.txt", header={"content-type": "text/plain"}),
        Q("GET /plain", header={"content-type": "text/plain"}),
        Q("GET /style.css", header={"content-type": "text/plain"}),
        Q("GET /none/a.txt", 200, header={"content-type": "application/x-all"}),
        Q("GET /own/style.css", header={"content-type": "text/x-own"}),
    ], server="""
    location /none/ { alias @WWW@/; types { } default_type application/x-all; }
    location /own/ { alias @WWW@/; types { text/x-own css; } }"""),
    Case("root and alias", [
        Q("GET /d/file.txt", has="dir file"), Q("GET /d/", has="dir index"), Q("GET /d", 404),
        Q("GET /dir/file.txt", has="dir file"), Q("GET /one", has="0123"),
        Q("GET /re/file.txt", has="dir file"), Q("GET /re/sub/deep.html", has="deep"),
        Q("GET /other/x.txt", has="other x"), Q("GET /rootd/dir/file.txt", 404),
        Q("GET /var/x.txt", has="other x"), Q("GET /d/../a.txt", 200), Q("GET /d/sub", 301),
        Q("GET /s/x.txt", has="other x"), Q("GET /s/", has="other index"), Q("GET /re/sub", 301)],
        server="""
    set $place other;
    location /d/ { alias @WWW@/dir/; }
    location /s { alias @WWW@/other; }
    location = /one { alias @WWW@/a.txt; }
    location ~ ^/re/(.*)$ { alias @WWW@/dir/$1; }
    location /other/ { root @WWW@; }
    location /rootd/ { root @WWW@/dir; }
    location /var/ { alias @WWW@/$place/; }"""),
    Case("index", [
        Q("GET /dir/", has="dir text index"), Q("GET /noindex/", has="root index"),
        Q("GET /", has="root index"), Q("GET /other/", has="other index"),
        Q("GET /none/", 403), Q("GET /dir/sub/", has="deep")], server="""
    index nothing.html index.txt index.html;
    location /noindex/ { index missing.html /index.html; }
    location /dir/sub/ { index deep.html; }
    location /none/ { alias @WWW@/dir/; index absent.html; }"""),
    Case("index goes through locations", [
        Q("GET /dir/", has="relocated"), Q("GET /other/", has="other index")], server="""
    location = /dir/index.html { return 200 "relocated"; }"""),
    Case("ranges", [
        Q("GET /a.txt", 206, f"Range: bytes={r}", header={"content-range": f"bytes {c}/101"})
        for r, c in {"0-0": "0-0", "0-9": "0-9", "10-": "10-100", "-5": "96-100",
                     "100-": "100-100", "95-1000": "95-100", "0-": "0-100", "-101": "0-100",
                     "-500": "0-100", " 5-6": "5-6", "5-6 ": "5-6"}.items()] + [
        Q("GET /a.txt", 416, f"Range: bytes={r}", header={"content-range": "bytes */101"})
        for r in ["101-", "500-600", "-0", "9-5", "a-b", "-", "5", "5-6x", "1-2,", "--5",
                  "99999999999999999999-"]] + [
        Q("GET /a.txt", 206, "Range: bytes=0-1,3-4", header={"content-type":
                                                            "multipart/byteranges; boundary=B"}),
        Q("GET /a.txt", 206, "Range: bytes=0-1, 50-, -2"),
        Q("GET /a.txt", 200, "Range: bytes=0-60,20-90,1-50", id="more bytes than the file"),
        Q("GET /a.txt", 206, "Range: bytes=0-1,200-", header={"content-range": "bytes 0-1/101"}),
        Q("GET /a.txt", 416, "Range: bytes=200-,300-"),
        Q("GET /a.txt", 200, "Range: items=0-1"), Q("GET /a.txt", 206, "Range: BYTES=0-1"),
        Q("HEAD /a.txt", 206, "Range: bytes=0-1", header={"content-length": "2"}),
        Q("GET /empty.txt", 200, "Range: bytes=0-0"), Q("GET /a.txt", 200, "Range: bytes="), Q("GET /dir", 301, "Range: bytes=0-1"),
        Q("GET /missing", 404, "Range: bytes=0-1"),
        Q("GET /a.txt", 206, "Range: bytes=0-1", f"If-Range: {DATE}"),
        Q("GET /a.txt", 200, "Range: bytes=0-1", f"If-Range: {BEFORE}"),
        Q("GET /a.txt", 200, "Range: bytes=0-1", f"If-Range: {AFTER}"),
        Q("GET /a.txt", 200, "Range: bytes=0-1", 'If-Range: "other"'),
        Q("GET /a.txt", 200, "Range: bytes=0-1", "If-Range: nonsense"),
        Q("GET /big.bin", 206, "Range: bytes=100000-200000"),
    ], server=""),
    Case("max ranges", [
        Q("GET /one/a.txt", 206, "Range: bytes=0-1"),
        Q("GET /one/a.txt", 200, "Range: bytes=0-1,3-4"),
        Q("GET /no/a.txt", 200, "Range: bytes=0-1")], server="""
    location /one/ { alias @WWW@/; max_ranges 1; }
    location /no/ { alias @WWW@/; max_ranges 0; }"""),
    Case("conditional", [
        Q("GET /a.txt", 304, f"If-Modified-Since: {DATE}"),
        Q("GET /a.txt", 200, f"If-Modified-Since: {BEFORE}"),
        Q("GET /a.txt", 200, f"If-Modified-Since: {AFTER}", id="exact: later date"),
        Q("GET /a.txt", 200, "If-Modified-Since: nonsense"),
        Q("GET /a.txt", 304, "If-Modified-Since: Tuesday, 14-Nov-23 22:13:20 GMT"),
        Q("GET /a.txt", 304, "If-Modified-Since: Tue Nov 14 22:13:20 2023"),
        Q("HEAD /a.txt", 304, f"If-Modified-Since: {DATE}"),
        Q("GET /missing", 404, f"If-Modified-Since: {DATE}"),
        Q("GET /a.txt", 412, f"If-Unmodified-Since: {BEFORE}"),
        Q("GET /a.txt", 200, f"If-Unmodified-Since: {DATE}"),
        Q("GET /a.txt", 200, f"If-Unmodified-Since: {AFTER}"),
        Q("GET /a.txt", 304, "If-None-Match: *"), Q("GET /a.txt", 200, 'If-None-Match: "x"'),
        Q("GET /a.txt", 412, 'If-Match: "x"'), Q("GET /a.txt", 200, "If-Match: *"),
        Q("GET /a.txt", 200, 'If-None-Match: "x"', f"If-Modified-Since: {DATE}"),
        Q("GET /a.txt", 200, "If-None-Match: *", f"If-Modified-Since: {BEFORE}",
          id="both, date older"),
        Q("GET /before/a.txt", 304, f"If-Modified-Since: {AFTER}"),
        Q("GET /before/a.txt", 200, f"If-Modified-Since: {BEFORE}"),
        Q("GET /off/a.txt", 200, f"If-Modified-Since: {DATE}"),
        Q("GET /r", 200, f"If-Modified-Since: {DATE}"),
        Q("GET /notag/a.txt", 200, header={"etag": None}),
    ], server="""
    location /before/ { alias @WWW@/; if_modified_since before; }
    location /off/ { alias @WWW@/; if_modified_since off; }
    location /notag/ { alias @WWW@/; etag off; }
    location = /r { return 200 "returned"; }"""),
    Case("try_files", [
        Q("GET /a.txt", has="0123"), Q("GET /dir", has="dir index", id="directory index"),
        Q("GET /dir/file.txt", has="dir file"), Q("GET /missing", has="root index"),
        Q("GET /missing?x=1", has="root index"), Q("GET /code/x", 404), Q("GET /code/a.txt", 404),
        Q("GET /c2/x", 403), Q("GET /named/zzz", has="named /named/zzz"),
        Q("GET /named/a.txt", has="named"), Q("GET /args/x?y=z", has="uri=/shown args=q=/args/x"),
        Q("GET /al/file.txt", has="dir file"), Q("GET /al/none", has="root index"),
        Q("GET /only/dir", 301), Q("GET /re/a", has="0123"), Q("GET /re/b", 404),
        Q("GET /444/x", "closed"), Q("GET /var/txt", has="0123"),
        Q("POST /missing", 405, id="POST to a fallback file")], server="""
    location / { try_files $uri $uri/index.html /index.html; }
    location /code/ { try_files $uri =404; }
    location /c2/ { try_files $uri =403; }
    location /444/ { try_files $uri =444; }
    location /named/ { try_files $uri @named; }
    location @named { return 200 "named $uri"; }
    location /args/ { try_files $uri /shown?q=$uri; }
    location /shown { return 200 "uri=$uri args=$args"; }
    location /al/ { alias @WWW@/dir/; try_files $uri /index.html; }
    location /only/ { alias @WWW@/; try_files $uri $uri/ =404; }
    location ~ ^/re/(.*)$ { try_files /$1.txt =404; }
    location /var/ { set $ext txt; try_files /a.$ext =404; }"""),
    Case("variables of files", [
        Q("GET /dir/file.txt", 200, has="/dir/file.txt"), Q("GET /al/x", 200)], server="""
    location / { add_header X-Root $document_root; add_header X-File $request_filename; }
    location /al/ { alias @WWW@/dir/; return 200 "$document_root|$request_filename"; }
    location /dir/ { return 200 "$request_filename|$realpath_root"; }"""),
    Case("allow and deny", [
        Q("GET /d", 403), Q("GET /a", 200), Q("GET /first", 200), Q("GET /net", 403),
        Q("GET /in/x", 403), Q("GET /in/open/x", 404), Q("GET /unix", 403), Q("GET /other", 200),
        Q("GET /r", 200, id="return goes before access")], server="""
    location /d { deny all; }
    location = /a { allow all; alias @WWW@/a.txt; }
    location = /first { allow 127.0.0.1; deny all; alias @WWW@/a.txt; }
    location /net { deny 127.0.0.0/8; allow all; }
    location /in/ { deny 127.0.0.1; location /in/open/ { allow all; } }
    location /unix { allow unix:; allow ::1; deny all; }
    location = /other { deny 10.0.0.0/8; deny 2001:db8::/32; allow all; alias @WWW@/a.txt; }
    location /r { deny all; return 200 "returned"; }"""),
    Case("satisfy", [
        Q("GET /any", 403), Q("GET /any-in", 200), Q("GET /any-none", 404), Q("GET /all", 403),
        Q("GET /up/x", 403), Q("GET /up/back/x", 403)], server="""
    location /any { satisfy any; deny all; }
    location /any-in { satisfy any; allow 127.0.0.1; deny all; alias @WWW@/a.txt; }
    location /any-none { satisfy any; }
    location /all { satisfy all; deny 127.0.0.1; }
    location /up/ { satisfy any; deny 127.0.0.1; location /up/back/ { satisfy all; deny all; } }"""),
]

test = reference.comparison(CASES)
