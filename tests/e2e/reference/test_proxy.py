# SPDX-License-Identifier: Apache-2.0
"""proxy_pass: what the backend receives and what the client gets back; compared with nginx."""

from support import reference
from support.reference import Case, Q, pairs  # noqa: F401 (a fixture)


def answer(*headers, status="200 OK", body="body"):
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("latin-1")


URIS = """
    location /same { proxy_pass http://@BACKEND@; }
    location /slash/ { proxy_pass http://@BACKEND@/; }
    location /to/ { proxy_pass http://@BACKEND@/else/where/; }
    location /join { proxy_pass http://@BACKEND@/joined; }
    location = /exact { proxy_pass http://@BACKEND@/target; }
    location = /exactq { proxy_pass http://@BACKEND@/target?fixed=1; }
    location ~ ^/re/(.*)$ { proxy_pass http://@BACKEND@; }
    location ~ ^/rev/(.*)$ { proxy_pass http://@BACKEND@/x/$1; }
    location /var/ { set $b @BACKEND@; proxy_pass http://$b; }
    location /varuri/ { set $b @BACKEND@; proxy_pass http://$b/fixed; }
    location /varrq/ { set $b @BACKEND@; proxy_pass http://$b$request_uri; }
    location /vargroup/ { set $g group; proxy_pass http://$g; }
    location /rw/ { rewrite ^/rw/(.*)$ /written/$1 break; proxy_pass http://@BACKEND@; }
    location /rwuri/ { rewrite ^/rwuri/(.*)$ /written/$1 break; proxy_pass http://@BACKEND@/ignored/; }
    location /rwargs/ { rewrite ^/rwargs/(.*)$ /written?p=$1 break; proxy_pass http://@BACKEND@; }
    location /group/ { proxy_pass http://group; }
    location /groupuri/ { proxy_pass http://group/g/; }
    location /unix/ { proxy_pass http://@UNIX@; }
    location /unixuri/ { proxy_pass http://@UNIX@:/u/; }
    location /if/ { if ($arg_a) { proxy_pass http://@BACKEND@; } proxy_pass http://@BACKEND2@; }
    location /name/ { proxy_pass http://localhost:@BPORT@; }
    location @named { proxy_pass http://@BACKEND@; }
    location /viaerror/ { error_page 404 = @named; return 404; }
    location /try/ { try_files /none @named; }
    location /lim/ { limit_except GET { deny all; } proxy_pass http://@BACKEND@; }
    location /args { proxy_pass http://@BACKEND@/x?y=1; }
    location / { return 404; }
"""

# Where the location's name ends and the URI of proxy_pass begins: the backend sees such a "..".
SEAMS = {"re../x": '"/v1../x"', "re%2e%2e/x": '"/v1../x"', "re/../x": "fell through: /x",
         "pre../x": '"/v1/../x"', "pre%2e%2e/x": '"/v1/../x"', "pre/../x": "fell through: /x"}

# What a backend says beside X-Accel-Redirect.
KEPT = ["Set-Cookie: a=1", "Set-Cookie: b=2", "Content-Type: x/y", "Cache-Control: private", "Expires: soon",
        "Content-Disposition: attachment", "X-Other: q", 'ETag: "z"', "Content-Encoding: gzip", "Location: http://x/"]

CASES = [
    Case("URI rules", [
        Q("GET /same"), Q("GET /same/a?x=1", has='"/same/a?x=1"'), Q("GET /samex"),
        Q("GET /same/%41%20b%2Fc?d%20e", has='"/same/%41%20b%2Fc?d%20e"'), Q("GET /same//a/../b"),
        Q("GET /same/./x"), Q("GET //same"), Q("GET /slash/", has='"/"'),
        Q("GET /slash/a/b?x", has='"/a/b?x"'), Q("GET /slash//a//b", has='"/a/b"'),
        Q("GET /slash/%41%20b%2Fc%3Fd%25", 200), Q("GET /slash/../slash/x"), Q("GET /slash", 301),
        Q("GET /slash/ü".encode().decode("latin-1")), Q("GET /slash/%C3%BC%23;,+&=:@"),
        Q("GET /to/x", has='"/else/where/x"'), Q("GET /join", has='"/joined"'),
        Q("GET /join/x", has='"/joined/x"'), Q("GET /joinx?q", has='"/joinedx?q"'),
        Q("GET /exact?x=1", has='"/target?x=1"'), Q("GET /exactq?x=1"), Q("GET /exactq"),
        Q("GET /re/a%20b?x", has='"/re/a%20b?x"'), Q("GET /rev/a?x"), Q("GET /rev/a%20b"),
        Q("GET /var/a?x", has='"/var/a?x"'), Q("GET /varuri/a?x", has='"/fixed"'),
        Q("GET /varrq/a%20?x"), Q("GET /vargroup/x", has='"/vargroup/x"'),
        Q("GET /rw/a%20b?x", has='"/written/a%20b?x"'), Q("GET /rwuri/a?x"), Q("GET /rwargs/a?x"),
        Q("GET /group/a"), Q("GET /groupuri/a", has='"/g/a"'), Q("GET /unix/a"),
        Q("GET /unixuri/a", has='"/u/a"'), Q("GET /if/x?a=1"), Q("GET /if/x"), Q("GET /name/x"),
        Q("GET /viaerror/x?y", has='"/viaerror/x'), Q("GET /try/x?y", has='"/try/x?y"'),
        Q("GET /lim/x"), Q("HEAD /lim/x"), Q("POST /lim/x", 403, body="x"), Q("DELETE /lim/x", 403),
        Q("GET /args", has="/x?y=1"), Q("GET http://localhost/same?x", id="absolute form"),
        Q("GET http://localhost", 404, id="absolute form without a path"),
        Q("GET /same?", has='"/same?"'), Q("GET /slash/?", 200), Q("GET /same#frag"),
        Q("GET /slash/x#frag")], http="    upstream group { server @BACKEND@; }\n", server=URIS),
    Case("seams", [
        Q(f"GET /{where}{rest}", 400 if rest == "/..%2f..%2fx" else 301 if where + rest == "slash" else 200,
          has=SEAMS.get(where + rest)) for where in ("re", "reraw", "pre", "slash", "join", "vars", "rw")
        for rest in ("../x", "/../x", "%2e%2e/x", "/%2e%2e/x", "/..%2fx", "/..%2f..%2fx", "%2f../x",
                     "..", "/..", "/a/../../x", "..%2fx", "/.%2e/x", "//../x", "%5c..%5cx",
                     "/a%2f..%2f..%2fx", "/%252e%252e/x", "/x%3f/../y", "%23/../x", "x", "/x", "")],
        server="""
    location ~ ^/re(.*)$ { proxy_pass http://@BACKEND@/v1$1; }
    location ~ ^/reraw { proxy_pass http://@BACKEND@; }
    location /pre { proxy_pass http://@BACKEND@/v1/; }
    location /slash/ { proxy_pass http://@BACKEND@/v1/; }
    location /join { proxy_pass http://@BACKEND@/v1; }
    location /vars { set $b @BACKEND@; proxy_pass http://$b/v1$uri; }
    location /rw { rewrite ^/rw(.*)$ /v1$1 break; proxy_pass http://@BACKEND@; }
    location / { return 200 "fell through: $uri"; }
"""),
    Case("ways out", [
        Q("GET /api../admin", has="/x/../admin"), Q("GET /api..%2fadmin"), Q("GET /api%2e%2e/admin"), Q("GET /api.."),
        Q("GET /api..;/admin"), Q("GET /api..;a=b/admin"), Q("GET /api..."), Q("GET /api..a/b"), Q("GET /api/ok", has="/x//ok"),
        Q("GET /api;a/b"), Q("GET /api/../slash/x", has='"/x/x"'), Q("GET /slash/../slash/x", has='"/x/x"'),
        Q("GET /slash/..;/x"), Q("GET /slash/a;b/x", has='"/x/a;b/x"'), Q("GET /dot./x", has="/x/../x"), Q("GET /dotx", has="/x/.x"),
        Q("GET /query../x", has="/x?q=../x"),
        Q("GET /re../x", has="/x/../x"), Q("GET /reok", has='"/x/ok"'),
        Q("GET /var../x", has="/x/../x"), Q("GET /varok", has='"/x/ok"'), Q("GET /var%252e%252e/x", has="/x/%2e%2e/x"),
        Q("GET /arg?p=../x", has="/x/../x"), Q("GET /arg?p=%2e%2e/x"), Q("GET /arg?p=%252e%252E%252fx"),
        Q("GET /arg?p=..;/x"), Q("GET /arg?p=a..b/x", has="/x/a..b/x"), Q("GET /arg?p=x?../y", has="/x/x?../y"),
        Q("GET /rw../x", has="/x/../x"), Q("GET /rwok", has='"/x/ok"'), Q("GET /last../x", has="/x/../x"),
        Q("GET /raw/../raw/x", has="/x/raw/../raw/x"), Q("GET /raw/%2e%2e/raw/x", has="/x/raw/%2e%2e/raw/x"),
        Q("GET /same/..;/x", has='"/same/..;/x"'), Q("GET /same/../same/x", has='"/same/../same/x"')],
        server="""
    location /api { proxy_pass http://@BACKEND@/x/; }
    location /slash/ { proxy_pass http://@BACKEND@/x/; }
    location /dot { proxy_pass http://@BACKEND@/x/.; }
    location /query { proxy_pass http://@BACKEND@/x?q=; }
    location ~ ^/re(.*)$ { proxy_pass http://@BACKEND@/x/$1; }
    location ~ ^/var(?<rest>.*)$ { set $b @BACKEND@; proxy_pass http://$b/x/$rest; }
    location /arg { proxy_pass http://@BACKEND@/x/$arg_p; }
    location /rw { rewrite ^/rw(.*)$ /x/$1 break; proxy_pass http://@BACKEND@; }
    location /last { rewrite ^/last(.*)$ /x/$1 last; }
    location /x/ { proxy_pass http://@BACKEND@; }
    location /raw/ { proxy_pass http://@BACKEND@/x$request_uri; }
    location /same/ { proxy_pass http://@BACKEND@; }
"""),
    Case("X-Accel-Redirect", [
        *(Q(f"GET /{name}", 200, header={
            "content-type": "x/y", "set-cookie": "a=1, b=2", "cache-control": "private", "expires": "soon",
            "content-disposition": "attachment", "x-other": None, "location": None, "etag": tag, "content-encoding": None})
          for name, tag in (("file", "etag"), ("named", None), ("written", None))),
        Q("POST /file", body="x"), Q("HEAD /file"), Q("GET /file", 206, "Range: bytes=0-3", header={"content-type": "x/y"}),
        Q("GET /other", 200, header={"content-type": "b/b", "set-cookie": "a=1, b=2, c=3"}),
        Q("GET /typed", header={"content-type": "text/html; charset=utf-8"}),
        Q("GET /untyped", header={"content-type": "text/plain"}), Q("GET /missing", 404, header={
            "content-type": "text/html", "set-cookie": "a=1, b=2"}),
        Q("GET /missingpage", 404, has="my 404", header={"set-cookie": "a=1, b=2"}),
        Q("GET /slashless", 301, header={"content-type": "text/html", "cache-control": "private"}),
        Q("GET /old", 200, header={"cache-control": "no-cache", "expires": "Thu, 01 Jan 1970 00:00:01 GMT"}),
        Q("GET /failed", 200, header={"content-type": "x/y"}), Q("GET /hidden", header={"x-other": None}),
        Q("GET /blank", has="spaces"), Q("GET /escaped", has="spaces"), Q("GET /dots", has="0123456789"),
        *(Q(f"GET /up{i}", 404) for i in range(8))],
        answers={
            **{f"/{name}": answer(f"X-Accel-Redirect: {target}", *KEPT) for name, target in {
                "file": "/files/a.txt", "named": "@named", "written": "/text", "other": "/back/x",
                "missing": "/files/none", "missingpage": "/pages/none", "slashless": "/files/dir",
                "old": "/old/a.txt", "hidden": "/files/a.txt"}.items()},
            "/failed": answer("X-Accel-Redirect: /files/a.txt", *KEPT, status="503 S"),
            "/back/x": answer("Set-Cookie: c=3", "Content-Type: b/b", "Content-Disposition: inline"),
            "/typed": answer("X-Accel-Redirect: /files/a.txt", "Content-Type: text/html; charset=utf-8"),
            "/untyped": answer("X-Accel-Redirect: /files/a.txt"),
            "/blank": answer("X-Accel-Redirect: /files/sp ace/sp ace.txt"),
            "/escaped": answer("X-Accel-Redirect: /files/sp%20ace/sp%20ace.txt"),
            "/dots": answer("X-Accel-Redirect: /files//./a.txt?x=../y"),
            **{f"/up{i}": answer(f"X-Accel-Redirect: {target}") for i, target in enumerate([
                "/files/../files/a.txt", "/files/%2e%2e/files/a.txt", "/files/.%2E/files/a.txt",
                "/files/..%2ffiles/a.txt", "../files/a.txt", "/files/dir/..", "files/a.txt",
                "/files/%252e%252e/a.txt"])}},
        server="""
    location / { proxy_pass http://@BACKEND@; }
    location /hidden { proxy_pass http://@BACKEND@; proxy_hide_header Set-Cookie; }
    location /files/ { internal; alias @WWW@/; }
    location /pages/ { internal; alias @WWW@/; error_page 404 /e404.html; }
    location = /e404.html { }
    location /old/ { internal; alias @WWW@/; expires epoch; }
    location /text { internal; return 200 "text $uri $upstream_http_x_other"; }
    location @named { return 200 "named $uri"; }
    location /back/ { proxy_pass http://@BACKEND@; }
"""),
    Case("request headers", [
        Q("GET /plain", 200, "X-A: 1", "Cookie: c=d", "Accept-Encoding: gzip", "Host2: x"),
        Q("GET /plain", host="name.test:81"), Q("GET /host", host="Name.Test:81", has="name.test"),
        Q("GET /httphost", host="Name.Test:81", has="Name.Test:81"), Q("GET /set", 200, "X-Del: gone",
                                                                     "X-Over: client"),
        Q("GET /set", 200, "x-del: other case", "X-OVER: client", id="other case"),
        Q("GET /set/inherit", 200), Q("GET /set/replace", 200, "X-Del: stays"),
        Q("GET /xff", 200, "X-Forwarded-For: 1.2.3.4", has="1.2.3.4, 127.0.0.1"), Q("GET /xff"),
        Q("GET /xff", 200, "X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2"),
        Q("GET /noheaders", 200, "X-A: 1", "Cookie: c"), Q("POST /nobody", body="dropped"),
        Q("POST /body", body="replaced"), Q("GET /body"), Q("POST /bodyvar?v=1", body="x"),
        Q("GET /method", has='"POST"'), Q("HEAD /plain"), Q("POST /method2", body="b"),
        Q("GET /v10", has="HTTP/1.0"), Q("GET /conn", connection=True, has='"Connection", "x-y"'),
        Q("GET /up", 200, "Upgrade: foo", "Connection: upgrade", connection=True),
        Q("GET /range", 200, "Range: bytes=0-1", "If-None-Match: x",
          "If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT"),
        Q("GET /plain", 200, "X-Dup: 1", "X-Dup: 2"), Q("POST /plain", 200, "Content-Length: 0"),
        Q("POST /cl", body="abc", has="3"), Q("GET /plain", 200, "Expect: 100-continue"),
        Q("POST /plain", 200, "Expect: 100-continue", body="hi"), Q("GET /plain", 200, "TE: trailers"),
        Q("GET /emptyhost"), Q("GET /plain", version="HTTP/1.0", host="old.test"),
        Q("GET /plain", version="HTTP/1.0", host=None, id="1.0 without Host"),
        Q("GET /vars", 200, "X-Real: a"), Q("GET /plain", 200, "Authorization: Basic eDp5"),
        Q("POST /plain", 200, "Content-Type: a/b; c=d", body="x")], server="""
    location /plain { proxy_pass http://@BACKEND@; }
    location /host { proxy_pass http://@BACKEND@; proxy_set_header Host $host; }
    location /httphost { proxy_pass http://@BACKEND@; proxy_set_header Host $http_host; }
    location /set { proxy_pass http://@BACKEND@; proxy_set_header X-Del ""; proxy_set_header X-Over mine;
        proxy_set_header X-New "a b"; proxy_set_header X-Empty $arg_none;
        location /set/inherit { proxy_pass http://@BACKEND@; }
        location /set/replace { proxy_pass http://@BACKEND@; proxy_set_header X-Only 1; } }
    location /xff { proxy_pass http://@BACKEND@; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                    proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; }
    location /noheaders { proxy_pass http://@BACKEND@; proxy_pass_request_headers off; }
    location /nobody { proxy_pass http://@BACKEND@; proxy_pass_request_body off;
                       proxy_set_header Content-Length ""; }
    location /body { proxy_pass http://@BACKEND@; proxy_set_body "new body"; }
    location /bodyvar { proxy_pass http://@BACKEND@; proxy_set_body "$arg_v:$request_body"; }
    location /method { proxy_pass http://@BACKEND@; proxy_method POST; }
    location /method2 { proxy_pass http://@BACKEND@; proxy_method PUT; }
    location /v10 { proxy_pass http://@BACKEND@; proxy_http_version 1.0; }
    location /conn { proxy_pass http://@BACKEND@; proxy_set_header Connection "x-y"; }
    location /up { proxy_pass http://@BACKEND@; proxy_set_header Connection $http_connection;
                   proxy_set_header Upgrade $http_upgrade; }
    location /range { proxy_pass http://@BACKEND@; }
    location /cl { proxy_pass http://@BACKEND@; proxy_set_header X-CL $content_length; }
    location /emptyhost { proxy_pass http://@BACKEND@; proxy_set_header Host ""; }
    location /vars { proxy_pass http://@BACKEND@; proxy_set_header X-P "$proxy_host $proxy_port";
                     proxy_set_header X-U "$uri $request_uri $http_x_real"; }
"""),
    Case("response headers", [
        Q("GET /r", 200, header={"x-a": "1", "x-accel-redirect": None, "x-pad": None}), Q("HEAD /r"),
        Q("GET /hide", 200, header={"x-a": None, "x-powered-by": None}),
        Q("GET /pass", 200, header={"x-accel-limit-rate": "0", "x-pad": "p"}), Q("GET /sub/x", 200),
        Q("GET /nocl", 200, has="until close"), Q("GET /chunked", 200, has="hello world"),
        Q("GET /chunked", version="HTTP/1.0", has="hello world"), Q("GET /204", 204), Q("GET /304", 304),
        Q("GET /1xx", 200, has="after 1xx"), Q("GET /404", 404, has="not here"), Q("GET /500", 500),
        Q("GET /reason", 200), Q("GET /noreason", 200), Q("GET /299", 299), Q("GET /v10", 200),
        Q("GET /dup", 200, header={"x-d": "1, 2"}), Q("GET /cookies", 200), Q("GET /accept", 200),
        Q("GET /rr", 206, "Range: bytes=0-1"), Q("GET /date", 200), Q("GET /empty", 200),
        Q("GET /401", 401), Q("GET /trail", 200), Q("GET /charset", 200), Q("GET /noct", 200),
        Q("GET /buf", 200, has="hello world"), Q("GET /etagged", 200, 'If-None-Match: "x"'),
        Q("GET /refresh", 200), Q("GET /te", 200), Q("HEAD /chunked"), Q("GET /connhdr", 200)],
        answers={
            "/r": answer("X-A: 1", "X-Accel-Limit-Rate: 0", "X-Pad: p", "Server: own", "X-Powered-By: y"),
            "/hide": answer("X-A: 1", "X-Powered-By: y", "X-B: 2"),
            "/pass": answer("X-Accel-Limit-Rate: 0", "X-Pad: p", "Server: own-server"),
            "/sub/x": answer("X-A: 1", "X-C: 1"),
            "/nocl": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n\r\nuntil close",
            "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;e=1\r\n"
                        b" world\r\n0\r\n\r\n",
            "/buf": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;e=1\r\n"
                    b" world\r\n0\r\n\r\n",
            "/204": b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n",
            "/304": b"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
            "/1xx": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nafter 1xx",
            "/404": answer(status="404 Not Found", body="not here"),
            "/500": answer(status="500 Oops", body="broken"),
            "/reason": answer(status="200 Perfectly Fine"), "/noreason": answer(status="200"),
            "/299": answer(status="299 Odd"),
            "/v10": b"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody",
            "/dup": answer("X-D: 1", "X-D: 2"), "/cookies": answer("Set-Cookie: a=1", "Set-Cookie: b=2"),
            "/accept": answer("Accept-Ranges: bytes"),
            "/rr": answer("Content-Range: bytes 0-1/9", status="206 Partial Content", body="ab"),
            "/date": answer("Date: Tue, 14 Nov 2023 22:13:20 GMT", "Last-Modified: x"),
            "/empty": answer(body=""), "/401": answer("WWW-Authenticate: Basic realm=x", status="401 U"),
            "/trail": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-T: 1\r\n\r\n",
            "/charset": answer("Content-Type: text/html; charset=utf-8"), "/noct": answer(),
            "/etagged": answer('ETag: "x"'), "/refresh": answer("Refresh: 5; url=/x"),
            "/te": answer("TE: x", "Upgrade: y", "Keep-Alive: z"),
            "/connhdr": answer("Connection: x-named, keep-alive", "X-Named: hop")},
        server="""
    location / { proxy_pass http://@BACKEND@; proxy_buffering on; }
    location /hide { proxy_pass http://@BACKEND@; proxy_hide_header X-A; proxy_hide_header x-powered-by; }
    location /pass { proxy_pass http://@BACKEND@; proxy_pass_header X-Pad; proxy_pass_header Server;
                     proxy_pass_header X-Accel-Limit-Rate; }
    location /sub/ { proxy_hide_header X-A; location /sub/x { proxy_pass http://@BACKEND@; } }
    location /buf { proxy_pass http://@BACKEND@; proxy_buffering off; }"""),
    Case("bad answers", [
        Q(f"GET /{name}", expect) for name, expect in {
            "garbage": 0, "nothing": 502, "halfline": 502, "halfhead": 502, "badstatus": 0,
            "short": 200, "shortchunk": 200, "badchunk": "closed", "long": 200, "badcl": 200, "toobig": 502,
            "twocl": 200, "clte": 200, "reset": 502, "badheader": 502, "status99": 0,
            "http2": 0, "lf": 200}.items()],
        answers={
            "/garbage": b"garbage\r\n\r\n", "/nothing": b"", "/halfline": b"HTTP/1.1 20",
            "/halfhead": b"HTTP/1.1 200 OK\r\nX-A: 1\r\n", "/badstatus": b"HTTP/1.1 abc OK\r\n\r\n",
            "/short": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
            "/shortchunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
            "/badchunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n",
            "/long": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nlonger than said",
            "/badcl": b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nbody",
            "/toobig": b"HTTP/1.1 200 OK\r\nX-Big: " + b"x" * 9000 + b"\r\n\r\nbody",
            "/twocl": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc",
            "/clte": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"5\r\nhello\r\n0\r\n\r\n",
            "/badheader": b"HTTP/1.1 200 OK\r\nBad Header: 1\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi",
            "/status99": b"HTTP/1.1 99 OK\r\nContent-Length: 2\r\n\r\nhi",
            "/http2": b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            "/lf": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi"},
        server="""
    proxy_buffer_size 4k; proxy_buffers 8 4k;
    location / { proxy_pass http://@BACKEND@; }
    location /reset { proxy_pass http://127.0.0.1:1; }"""),
    Case("redirects and cookies", [
        Q("GET /default/x", 302, header={"location": "http://localhost:PORT/default/y"}),
        Q("GET /off/x", 302), Q("GET /own/x", 302, header={"location": "http://new.test/z"}),
        Q("GET /rx/x", 302), Q("GET /rel/x", 302), Q("GET /two/x", 302), Q("GET /case/x", 302),
        Q("GET /refresh/x", 200), Q("GET /domain/x", 200), Q("GET /path/x", 200),
        Q("GET /flags/x", 200), Q("GET /other/x", 302), Q("GET /201/x", 201), Q("GET /mapped/x", 302),
        Q("GET /flagsoff/x", 200)],
        answers={
            "/inner/x": answer("Location: http://@@/inner/y", status="302 F"),
            "/off2/x": answer("Location: http://@@/off2/y", status="302 F"),
            "/own/x": answer("Location: http://old.test/z", status="302 F"),
            "/rx/x": answer("Location: http://old.test:8080/a/b?c", status="302 F"),
            "/rel/x": answer("Location: /somewhere", status="302 F"),
            "/two/x": answer("Location: http://b.test/z", status="302 F"),
            "/case/x": answer("Location: http://OLD.test/z", status="302 F"),
            "/refresh/x": answer("Refresh: 5; url=http://old.test/z"),
            "/domain/x": answer("Set-Cookie: a=1; Domain=old.test; Path=/", "Set-Cookie: b=2; domain=.old.test",
                                "Set-Cookie: c=3", "Set-Cookie: d=4; Domain=sub.old.test"),
            "/path/x": answer("Set-Cookie: a=1; Path=/old/; Secure", "Set-Cookie: b=2; path=/x/old",
                              "Set-Cookie: c=3; HttpOnly"),
            "/flags/x": answer("Set-Cookie: one=1", "Set-Cookie: two=2; Secure; HttpOnly; SameSite=Lax",
                               "Set-Cookie: three=3; Path=/"),
            "/flagsoff/x": answer("Set-Cookie: one=1"),
            "/other/x": answer("Location: http://unrelated.test/", status="302 F"),
            "/201/x": answer("Location: http://old.test/made", status="201 Created"),
            "/mapped/x": answer("Location: http://old.test/z", status="302 F")},
        server="""
    location /default/ { proxy_pass http://@BACKEND@/inner/; }
    location /off/ { proxy_pass http://@BACKEND@/off2/; proxy_redirect off; }
    location /own/ { proxy_pass http://@BACKEND@; proxy_redirect http://old.test/ http://new.test/; }
    location /rx/ { proxy_pass http://@BACKEND@; proxy_redirect ~^http://([^:]+):\\d+(/.*)$ https://$1$2; }
    location /rel/ { proxy_pass http://@BACKEND@; proxy_redirect /some /any; }
    location /two/ { proxy_pass http://@BACKEND@; proxy_redirect http://a.test/ /a/;
                     proxy_redirect http://b.test/ /b/; proxy_redirect default; }
    location /case/ { proxy_pass http://@BACKEND@; proxy_redirect ~*old\\.test http://n.test; }
    location /refresh/ { proxy_pass http://@BACKEND@; proxy_redirect http://old.test/ /new/; }
    location /domain/ { proxy_pass http://@BACKEND@; proxy_cookie_domain old.test new.test;
                        proxy_cookie_domain ~\\.(sub)\\. $1; }
    location /path/ { proxy_pass http://@BACKEND@; proxy_cookie_path /old/ /new/;
                      proxy_cookie_path ~^/x/(.*)$ /y/$1; }
    location /flags/ { proxy_pass http://@BACKEND@; proxy_cookie_flags one httponly secure samesite=strict;
                       proxy_cookie_flags ~^t nosecure nohttponly nosamesite; }
    location /flagsoff/ { proxy_pass http://@BACKEND@; proxy_cookie_flags off; }
    location /other/ { proxy_pass http://@BACKEND@; }
    location /201/ { proxy_pass http://@BACKEND@; proxy_redirect http://old.test/ /new/; }
    location /mapped/ { proxy_pass http://@BACKEND@; proxy_redirect http://old.test/ $scheme://$host:77/$uri; }"""),
    Case("errors of backends", [
        Q("GET /refused", 502), Q("GET /icept", 404, has="my 404"), Q("GET /icept401", 401,
                                                                      header={"www-authenticate": "X"}),
        Q("GET /noicept", 404, has="backend"), Q("GET /iceptnone", 500, has="backend"),
        Q("GET /next", 200), Q("GET /next404", 200), Q("POST /nextpost", 502, body="x"),
        Q("POST /nextnon", 200, body="x"), Q("GET /down", 502), Q("GET /backup", 200),
        Q("GET /timeout", 504), Q("GET /varbad", 502)],
        answers={
            "/icept": answer("X-B: 1", status="404 N", body="backend"),
            "/icept401": answer("WWW-Authenticate: X", status="401 N", body="backend"),
            "/noicept": answer(status="404 N", body="backend"),
            "/iceptnone": answer(status="500 N", body="backend"),
            "/timeout": lambda conn, request: __import__("time").sleep(3)},
        http="""
    upstream next { server 127.0.0.1:1 max_fails=0; server @BACKEND@ backup; }
    upstream once { server @BACKEND2@ max_fails=0; server 127.0.0.1:1 max_fails=0; }
    upstream down { server @BACKEND@ down; }
    upstream spare { server @BACKEND@ down; server 127.0.0.1:1; server @BACKEND2@ backup; }
""", server="""
    error_page 404 /e404.html; error_page 401 /error.html;
    location /refused { proxy_pass http://127.0.0.1:1; }
    location /icept { proxy_pass http://@BACKEND@; proxy_intercept_errors on; }
    location /noicept { proxy_pass http://@BACKEND@; }
    location /iceptnone { proxy_pass http://@BACKEND@; proxy_intercept_errors on; }
    location /next { proxy_pass http://next; }
    location /next404 { proxy_pass http://next; proxy_next_upstream error http_404; }
    location /nextpost { proxy_pass http://next; proxy_next_upstream off; }
    location /nextnon { proxy_pass http://next; proxy_next_upstream error non_idempotent; }
    location /down { proxy_pass http://down; }
    location /backup { proxy_pass http://spare; }
    location /timeout { proxy_pass http://@BACKEND@; proxy_read_timeout 1s; proxy_next_upstream off; }
    location /varbad { set $h 127.0.0.1:1; proxy_pass http://$h; }"""),
    Case("streaming", [
        Q("GET /big", 200), Q("GET /bigchunked", 200), Q("GET /bigunbuf", 200),
        Q("POST /up", 200, body="u" * 300000, id="300 KB up"),
        Q("POST /upstream", 200, body="v" * 300000, id="300 KB up, streamed"),
        Q("GET /big", version="HTTP/1.0")],
        answers={
            "/big": answer(body="0123456789" * 50000),
            "/bigchunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                           + b"2710\r\n" + b"x" * 10000 + b"\r\n" + b"0\r\n\r\n",
            "/bigunbuf": answer(body="abcdefgh" * 50000)},
        server="""
    client_body_buffer_size 16k; proxy_buffer_size 4k; proxy_buffers 4 4k; proxy_busy_buffers_size 8k;
    location / { proxy_pass http://@BACKEND@; }
    location /bigunbuf { proxy_pass http://@BACKEND@; proxy_buffering off; }
    location /upstream { proxy_pass http://@BACKEND@; proxy_request_buffering off; }"""),
]

test = reference.comparison(CASES)
