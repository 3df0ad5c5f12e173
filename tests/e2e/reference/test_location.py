# SPDX-License-Identifier: Apache-2.0
"""Location matching and URI normalisation, compared with nginx."""

from support import reference
from support.reference import Case, Q, pairs  # noqa: F401 (a fixture)

LOCATIONS = """
    location = /exact { return 200 "exact"; }
    location = / { return 200 "root"; }
    location / { return 200 "prefix / $uri"; }
    location /long { return 200 "long"; }
    location /long/er { return 200 "longer"; }
    location ^~ /images/ { return 200 "no regex"; }
    location ~ \\.(gif|jpg)$ { return 200 "regex $1"; }
    location ~* \\.PNG$ { return 200 "any case"; }
    location ~ ^/user/(?<name>[a-z]+)/(\\d+)$ { return 200 "name=$name id=$2"; }
    location /nest/ {
        return 200 "nest";
        location /nest/inner/ { return 200 "inner"; }
        location ~ \\.gif$ { return 200 "nested regex"; }
    }
    location /docs/ {
        location = /docs/one { return 200 "exact in docs"; }
        location ^~ /docs/raw/ { return 200 "raw"; }
        location ~ \\.html$ { return 200 "html in docs"; }
        return 200 "docs";
    }
    location /tail { return 200 "tail"; }
    location "/sp ace" { return 200 "space"; }
    location ~ "^/br{2}ace$" { return 200 "brace"; }
    location /internal { internal; return 200 "seen"; }
    location ~ ^/line/end$ { return 200 "line"; }
    location ~ ^/line/dot(.*)$ { return 200 "dot"; }
    location ~ (?s)^/line/any(.*)$ { return 200 "any byte"; }
    location ~ ^/first { return 200 "first"; }
    location ~ ^/firstly { return 200 "second"; }
    location @named { return 200 "named"; }
    location /to-named { error_page 418 = @named; return 418; }
"""

NORMALISED = [
    "/", "/a/b", "//a//b", "/a/./b", "/a/../b", "/a/b/..", "/a/b/../", "/a/.", "/a/./", "/a/...",
    "/a/..b", "/a/.b", "/a//../b", "/a/%2e%2e/b", "/a/%2E./b", "/a%2fb", "/a%2Fb/../c", "/a%20b",
    "/%41", "/a%3Fb", "/a%23b", "/a?x=1", "/a?", "/a??", "/a?x=/../y", "/a#frag", "/a?x#frag",
    "/a;b=c", "/%C3%BC", "/a+b", "/a%25b", "/a%2525", "/a\"b", "/a<b>", "/a|b", "/a\\b", "/~a",
    "/a//", "///", "/./", "/a/%2e/b", "/a%2e", "/a/b/../../c", "/a/%2f/b", "/a/b//..//c",
]

BAD = ["/../a", "/a/../../b", "/%2e%2e/a", "/a%00b", "/%", "/%2", "/%zz", "/a%", "/a%0"]

CASES = [
    Case("match", [
        Q("GET /exact", has="exact"), Q("GET /exact/", has="prefix /"), Q("GET /exac", has="prefix"),
        Q("GET /Exact", has="prefix"), Q("GET /", has="root"), Q("GET /?x=1", has="root"),
        Q("GET /other", has="prefix"), Q("GET /long", has="long"), Q("GET /longer", has="long"),
        Q("GET /long/er", has="longer"), Q("GET /long/erest", has="longer"),
        Q("GET /images/a.gif", has="no regex"), Q("GET /images", has="prefix"),
        Q("GET /a.gif", has="regex gif"), Q("GET /long/a.jpg", has="regex jpg"),
        Q("GET /a.GIF", has="prefix"), Q("GET /a.png", has="any case"), Q("GET /a.Png", has="any"),
        Q("GET /user/bob/42", has="name=bob id=42"), Q("GET /user/bob/x", has="prefix"),
        Q("GET /user/BOB/42", has="prefix"), Q("GET /nest/x", has="nest"),
        Q("GET /nest/inner/x", has="inner"), Q("GET /nest/x.gif", has="nested regex"),
        Q("GET /nest/inner/x.gif", has="nested regex"), Q("GET /docs/one", has="exact in docs"),
        Q("GET /docs/raw/x.html", has="raw"), Q("GET /docs/x.html", has="html in docs"),
        Q("GET /docs/x", has="docs"), Q("GET /docs/x.gif", has="regex gif"),
        Q("GET /tail", has="tail"), Q("GET /tail/x", has="tail"), Q("GET /tailor", has="tail"),
        Q("GET /sp%20ace", has="space"), Q("GET /brrace", has="brace"),
        Q("GET /line/end", has="line"), Q("GET /line/end%0a", has="line"), Q("GET /line/end%0ax", has="prefix"),
        Q("GET /line/end%0a%0a", has="prefix"), Q("GET /line/end%0d", has="prefix"),
        Q("GET /line/dot", has="dot"), Q("GET /line/dot%0a", has="dot"), Q("GET /line/dot%0ax", has="prefix"),
        Q("GET /line/any%0ax", has="any byte"), Q("GET /line/dot%0dx", has="dot"),
        Q("GET /internal", 404), Q("GET /internal/x", 404), Q("GET /firstly", has="first"),
        Q("GET /to-named", has="named"), Q("GET /@named", has="prefix"),
        Q("GET //exact", has="exact"), Q("GET /x/../exact", has="exact"),
        Q("GET /%65xact", has="exact"), Q("GET /exact%2f", has="prefix"),
        Q("GET http://localhost/exact", has="exact", id="absolute form"),
        Q("GET http://localhost", has="root", id="absolute form, no path"),
        Q("GET http://localhost?x=1", has="root", id="absolute form, only args"),
        Q("GET HTTP://LOCALHOST/exact", has="exact", id="absolute form, upper case"),
    ], server=LOCATIONS),
    Case("normalise", [Q(f"GET {u}", id=u) for u in NORMALISED]
         + [Q(f"GET {u}", 400, id=u) for u in BAD],
         server='location / { return 200 "[$uri] [$request_uri] [$args] [$is_args]"; }'),
    Case("no merge", [Q(f"GET {u}", id=u) for u in ["//", "//a//b", "/a//../b", "/a///b/..", "/a/b//"]],
         server='merge_slashes off; location / { return 200 "[$uri]"; }\n'
                'location /a/b/ { return 200 "ab"; }'),
    Case("regex only", [
        Q("GET /a", has="any"), Q("GET /A", has="any"), Q("GET /b", 404),
        Q("GET /cap/1/2/3", has="1-2-3"), Q("GET /cap/1/2/", has="1-2-"),
        Q("GET /neg/x", has="neg"), Q("GET /neg/y", 404)],
        server="""
    location ~* ^/a$ { return 200 "any"; }
    location ~ ^/cap/(.*)/(.*)/(.*)$ { return 200 "$1-$2-$3"; }
    location ~ ^/neg/(?!y) { return 200 "neg"; }"""),
    Case("slash redirect", [
        Q("GET /app", 301, header={"location": "http://localhost:PORT/app/"}),
        Q("GET /app?x=1", 301, header={"location": "http://localhost:PORT/app/?x=1"}),
        Q("GET /app/", 200), Q("GET /app/x", 200), Q("GET /ap", 404), Q("POST /app", 301),
        Q("GET /ex", 200), Q("GET /ex/", 200), Q("GET /apple", 404)],
        server="""
    location /app/ { proxy_pass http://@BACKEND@; }
    location = /ex { return 200 "exact wins"; }
    location /ex/ { proxy_pass http://@BACKEND@; }"""),
]

test = reference.comparison(CASES)
