# SPDX-License-Identifier: Apache-2.0
"""return, rewrite, if, set, error_page, add_header, redirects; compared with nginx."""

from support import reference
from support.reference import Case, Q, pairs  # noqa: F401 (a fixture)

CASES = [
    Case("return", [
        Q("GET /code", 403), Q("GET /text", 200, has="hello"), Q("GET /empty", 200),
        Q("GET /204", 204), Q("GET /301", 301, header={"location": "http://other.test/x?y"}),
        Q("GET /302", 302, header={"location": "http://localhost:PORT/rel"}),
        Q("GET /url", 302, header={"location": "https://localhost/url?q=1"}, id="URL only"),
        Q("GET /303", 303), Q("GET /307", 307), Q("GET /308", 308), Q("GET /444", "closed"),
        Q("GET /var?a=b", 200, has="b /var localhost"), Q("GET /404t", 404, has="my text"),
        Q("GET /500", 500), Q("GET /unknown", 599), Q("GET /299", 299), Q("HEAD /text", 200),
        Q("POST /text", 200, body="ignored"), Q("GET /405", 405), Q("GET /304", 304),
        Q("GET /413", 413), Q("GET /400", 400), Q("GET /json", 200,
                                                    header={"content-type": "application/json2"}),
        Q("GET /quote", 200, has='say "hi" /quote'), Q("GET /408", "closed"), Q("GET /495", 400),
        Q("GET /503", 503), Q("GET /418", 418), Q("GET /421", 421), Q("GET /429", 429),
        Q("GET /505", 505), Q("GET /451", 451), Q("GET /200", 200), Q("GET /long", 200)], server="""
    location /code { return 403; } location /text { return 200 hello; }
    location /empty { return 200 ""; } location /204 { return 204; }
    location /301 { return 301 http://other.test/x?y; } location /302 { return 302 /rel; }
    location /url { return https://$host$request_uri?q=1; }
    location /303 { return 303 /x; } location /307 { return 307 /x; }
    location /308 { return 308 /x; } location /444 { return 444; }
    location /var { return 200 "$arg_a $uri $host"; } location /404t { return 404 "my text"; }
    location /500 { return 500; } location /unknown { return 599; } location /299 { return 299; }
    location /405 { return 405; } location /304 { return 304; } location /413 { return 413; }
    location /400 { return 400; } location /408 { return 408; } location /495 { return 495; }
    location /503 { return 503; } location /418 { return 418; } location /421 { return 421; }
    location /429 { return 429; } location /505 { return 505; } location /451 { return 451; }
    location /200 { return 200; }
    location /json { default_type application/json2; return 200 '{"a":1}'; }
    location /quote { return 200 "say \\"hi\\" $uri"; }
    location /long { return 200 "%s"; }""" % ("x" * 3000)),
    Case("return from server", [Q("GET /", 200, has="server /"), Q("GET /x", 200, has="server /x"),
                                Q("GET /missing", 200)],
         server='return 200 "server $uri"; location /x { return 500; }'),
    Case("rewrite", [
        Q("GET /old/a", has="/new/a"), Q("GET /old/a?x=1", has="x=1"), Q("GET /noargs/a?x=1", 200),
        Q("GET /addargs/a?x=1", 200), Q("GET /break/a", has="in break /broken/a"),
        Q("GET /red/a?b", 302, header={"location": "http://localhost:PORT/to/a?b"}),
        Q("GET /perm/a", 301), Q("GET /abs/a", 302, header={"location": "http://e.test/a"}),
        Q("GET /absargs/a?q", 302), Q("GET /absnoargs/a?q", 302), Q("GET /https/a", 302),
        Q("GET /chain/a", has="/three"), Q("GET /loop", 500), Q("GET /cap/1/2", has="2-1"),
        Q("GET /named/bob", has="bob"), Q("GET /case/ABC", has="matched"),
        Q("GET /enc/%20x%3Fy", 200), Q("GET /encr/%20x%3Fy", 302), Q("GET /server/x", has="/new/x"),
        Q("GET /self/break", has="self"), Q("GET /setlast/q", has="v=set"),
        Q("GET /two/a", has="/three"), Q("GET /nomatch", 404), Q("GET /uri/%41", has="/new/A"),
        Q("GET /plus/a+b%2Bc?d+e", 302), Q("GET /utf/%C3%BC", 302), Q("GET /empty", 200)], server="""
    rewrite ^/server/(.*)$ /new/$1;
    location /old/ { rewrite ^/old/(.*)$ /new/$1 last; return 500; }
    location /new/ { return 200 "$uri?$args|$request_uri"; }
    location /noargs/ { rewrite ^/noargs/(.*)$ /new/$1? last; }
    location /addargs/ { rewrite ^/addargs/(.*)$ /new/$1?y=2 last; }
    location /break/ { rewrite ^/break/(.*)$ /broken/$1 break; return 500;
                       error_page 404 = @inbreak; }
    location @inbreak { return 200 "in break $uri"; }
    location /red/ { rewrite ^/red/(.*)$ /to/$1 redirect; }
    location /perm/ { rewrite ^/perm/(.*)$ /to/$1 permanent; }
    location /abs/ { rewrite ^/abs/(.*)$ http://e.test/$1; }
    location /absargs/ { rewrite ^ http://e.test/x?a=1; }
    location /absnoargs/ { rewrite ^ http://e.test/x?; }
    location /https/ { rewrite ^/https(.*)$ https://$host$1; }
    location /chain/ { rewrite ^/chain/ /two/x last; }
    location /two/ { rewrite ^ /one; rewrite ^/one$ /three last; }
    location /three { return 200 "$uri"; }
    location /loop { rewrite ^ /loop last; }
    location /cap/ { rewrite ^/cap/(.)/(.)$ /new/$2-$1 last; }
    location /named/ { rewrite ^/named/(?<who>.*)$ /who last; }
    location /who { return 200 "who=$who"; }
    location /case/ { rewrite (?i)/abc$ /new/matched last; }
    location /enc/ { rewrite ^/enc/(.*)$ /new/$1 last; }
    location /encr/ { rewrite ^/encr/(.*)$ /new/$1?z=$1 redirect; }
    location /self/ { rewrite ^ /new/x break; if ($uri = /new/x) { return 500; }
                      error_page 404 = @self; }
    location @self { return 200 "self $uri"; }
    location /setlast/ { set $v set; rewrite ^ /shown last; set $v not; }
    location /shown { return 200 "v=$v"; }
    location /uri/ { rewrite ^/uri/(.*)$ /new/$1 last; }
    location /plus/ { rewrite ^/plus/(.*)$ /new/$1 redirect; }
    location /utf/ { rewrite ^/utf/(.*)$ /new/$1 redirect; }
    location /empty { return 200 "still $uri"; }"""),
    Case("if", [
        Q("GET /eq?a=1", has="one"), Q("GET /eq?a=2", has="no"), Q("GET /eq", has="no"),
        Q("GET /ne?a=1", has="no"), Q("GET /ne?a=2", has="not one"),
        Q("GET /re?a=xABCx", has="no"), Q("GET /re?a=xabcx", has="got b"),
        Q("GET /rei?a=xABCx", has="got B"), Q("GET /nre?a=abc", has="no"),
        Q("GET /nre?a=x", has="not"), Q("GET /nrei?a=ABC", has="no"), Q("GET /nrei?a=x", has="not"),
        Q("GET /set?a=x", has="set"), Q("GET /set?a=0", has="no"), Q("GET /set?a=", has="no"),
        Q("GET /set", has="no"), Q("GET /set?a=00", has="set"), Q("GET /file/a.txt", has="is file"),
        Q("GET /file/dir", has="no"), Q("GET /file/none", has="no"),
        Q("GET /nfile/a.txt", has="no"), Q("GET /nfile/none", has="no file"),
        Q("GET /d/dir", has="is dir"), Q("GET /d/a.txt", has="no"), Q("GET /nd/dir", has="no"),
        Q("GET /nd/a.txt", has="no dir"), Q("GET /e/dir", has="exists"), Q("GET /e/none", has="no"),
        Q("GET /ne2/none", has="absent"), Q("GET /ne2/a.txt", has="no"),
        Q("GET /x/run.sh", has="exec"), Q("GET /x/a.txt", has="no"), Q("GET /nx/run.sh", has="no"),
        Q("GET /nx/a.txt", has="not exec"), Q("GET /var?a=1&b=1", has="same"),
        Q("GET /var?a=1&b=2", has="no"), Q("GET /many?a=1&b=1", has="x1y1"),
        Q("GET /many?a=1", has="x1y"), Q("GET /many", has="xy"), Q("GET /srv?stop=1", 403),
        Q("GET /srv", 404), Q("GET /cond?a=1", 200, header={"x-in": "if"}),
        Q("GET /cond", 404, header={"x-in": None, "x-out": None}),
        Q("GET /pp?a=1", has="/pp?a=1"), Q("GET /pp", 403), Q("GET /last?a=1", 200),
        Q("GET /brk?a=1", 404), Q("GET /brk", 200, has="after"), Q("POST /method", 405),
        Q("GET /method", 404), Q("GET /agent", 403, "User-Agent: BadBot/1.0"),
        Q("GET /agent", 200, "User-Agent: Good"), Q("GET /cookie", 200, "Cookie: a=b; role=admin; c=d", has="admin"),
        Q("GET /cookie", 403, "Cookie: role=user"), Q("GET /444?x=1", "closed"),
        Q("GET /inner?a=1", has="inner"), Q("GET /two?a=1&b=1", 200), Q("GET /two?b=1", 200),
        Q("GET /quoted?a=two%20words", 200)], server="""
    if ($arg_stop) { return 403; }
    location /eq { if ($arg_a = 1) { return 200 "one"; } return 200 "no"; }
    location /ne { if ($arg_a != 1) { return 200 "not one"; } return 200 "no"; }
    location /re { if ($arg_a ~ a(b)c) { return 200 "got $1"; } return 200 "no"; }
    location /rei { if ($arg_a ~* "a(b)c") { return 200 "got $1"; } return 200 "no"; }
    location /nre { if ($arg_a !~ abc) { return 200 "not"; } return 200 "no"; }
    location /nrei { if ($arg_a !~* abc) { return 200 "not"; } return 200 "no"; }
    location /set { if ($arg_a) { return 200 "set"; } return 200 "no"; }
    location /file/ { alias @WWW@/; if (-f $request_filename) { return 200 "is file"; } return 200 "no"; }
    location /nfile/ { alias @WWW@/; if (!-f $request_filename) { return 200 "no file"; } return 200 "no"; }
    location /d/ { alias @WWW@/; if (-d $request_filename) { return 200 "is dir"; } return 200 "no"; }
    location /nd/ { alias @WWW@/; if (!-d $request_filename) { return 200 "no dir"; } return 200 "no"; }
    location /e/ { alias @WWW@/; if (-e $request_filename) { return 200 "exists"; } return 200 "no"; }
    location /ne2/ { alias @WWW@/; if (!-e $request_filename) { return 200 "absent"; } return 200 "no"; }
    location /x/ { alias @WWW@/; if (-x $request_filename) { return 200 "exec"; } return 200 "no"; }
    location /nx/ { alias @WWW@/; if (!-x $request_filename) { return 200 "not exec"; } return 200 "no"; }
    location /var { if ($arg_a = $arg_b) { return 200 "same"; } return 200 "no"; }
    location /many { set $x ""; set $y ""; if ($arg_a) { set $x 1; } if ($arg_b) { set $y 1; }
                     return 200 "x${x}y$y"; }
    location /cond { add_header X-Out out; if ($arg_a) { add_header X-In if; return 200 "in"; } }
    location /pp { if ($arg_a) { proxy_pass http://@BACKEND@; } if ($arg_a = "") { return 403; }
                   proxy_pass http://@BACKEND2@; }
    location /last { if ($arg_a) { rewrite ^ /many last; } }
    location /brk { if ($arg_a) { break; } return 200 "after"; }
    location /method { if ($request_method !~ ^(GET|HEAD)$) { return 405; } }
    location /agent { if ($http_user_agent ~* badbot) { return 403; } return 200; }
    location /cookie { if ($cookie_role = admin) { return 200 "admin"; } return 403; }
    location /444 { if ($arg_x) { return 444; } return 200; }
    location /inner { set $r outer; if ($arg_a) { set $r inner; } return 200 $r; }
    location /two { if ($arg_a) { proxy_pass http://@BACKEND2@; }
                    if ($arg_b) { proxy_pass http://@BACKEND@; } }
    location /quoted { if ($args = "a=two%20words") { return 200; } return 403; }"""),
    Case("set", [
        Q("GET /a", has="[x y] [localhost/a] [] [5]"), Q("GET /b?v=1", has="1-late"),
        Q("GET /c", has="server"), Q("GET /args?x=1", has="y=2"),
        Q("GET /curly", has="xhosty")], server="""
    set $srv server;
    location /a { set $t "x y"; set $u $host$uri; set $e ""; set $n 5; return 200 "[$t] [$u] [$e] [$n]"; }
    location /b { set $k $arg_v; set $k "$k-late"; return 200 $k; }
    location /c { return 200 $srv; }
    location /args { set $args "y=2"; return 200 "$args $arg_y $query_string"; }
    location /curly { set $h host; return 200 "x${h}y"; }"""),
    Case("error_page", [
        Q("GET /404", 404, has="my 404"), Q("GET /missing", 404, has="my 404"),
        Q("HEAD /missing", 404), Q("POST /ret404", 404, id="POST keeps its code"),
        Q("GET /code200", 200, has="my 404"), Q("GET /code410", 410), Q("GET /codeeq", 200, has="from"),
        Q("GET /named", 404, has="named"), Q("GET /named200", 200, has="named"),
        Q("GET /url", 302, header={"location": "http://e.test/sorry"}),
        Q("GET /url301", 301), Q("GET /url403", 302), Q("GET /list?c=1", 403), Q("GET /list2", 500),
        Q("GET /inherit/x", 404), Q("GET /override/x", 404, has="over"), Q("GET /internal.html", 404),
        Q("GET /deny", 403), Q("GET /vars", 404, has="var /vars 404"), Q("GET /recurse", 403),
        Q("GET /method", 404, has="GET"), Q("POST /method", 404, body="abc", id="POST becomes GET"),
        Q("POST /methodnamed", 404, body="abc", has="POST", id="POST stays in a named location"),
        Q("GET /proxy404", 404, has="backend says"), Q("GET /icept", 404, has="my 404"),
        Q("GET /icept200", 200), Q("GET /iceptcode", 503, has="my 404"), Q("GET /dead", 502),
        Q("GET /dead2", 200, has="fallback"), Q("GET /args?x=y", 404, has="args="),
        Q("GET /args2?x=y", 404, has="args=z"), Q("GET /416", 416, "Range: bytes=9999-"),
        Q("GET /rel", 302), Q("GET /missingpage", 404), Q("GET /retbody", 404, has="own body"),
        Q("GET /two", 404, has="named"), Q("GET /toself", 404)],
        answers={"/proxy404": b"HTTP/1.1 404 No\r\nContent-Length: 12\r\nX-B: 1\r\n\r\nbackend says",
                 "/icept": b"HTTP/1.1 404 No\r\nContent-Length: 12\r\nX-B: 1\r\n\r\nbackend says",
                 "/iceptcode": b"HTTP/1.1 500 No\r\nContent-Length: 12\r\n\r\nbackend says"},
        server="""
    error_page 404 /e404.html;
    error_page 403 500 /error.html;
    location = /error.html { internal; }
    location /404 { } location /ret404 { return 404; }
    location /code200 { error_page 404 =200 /e404.html; return 404; }
    location /code410 { error_page 404 =410 /e404.html; return 404; }
    location /codeeq { error_page 404 = /from; return 404; } location /from { return 200 "from"; }
    location /named { error_page 404 @named; return 404; }
    location /named200 { error_page 404 =200 @named200; return 404; }
    location @named { return 404 "named"; } location @named200 { return 200 "named"; }
    location /url { error_page 404 http://e.test/sorry; return 404; }
    location /url301 { error_page 404 =301 http://e.test/sorry; return 404; }
    location /url403 { error_page 404 =403 http://e.test/sorry; return 404; }
    location /list { return 403; } location /list2 { return 500; }
    location /inherit/ { } location /override/ { error_page 404 /over; }
    location /over { return 200 "over"; }
    location = /internal.html { internal; return 200 "hidden"; }
    location /deny { deny all; }
    location /vars { error_page 404 /show; return 404; }
    location /show { return 200 "var $request_uri $status $uri"; }
    location /recurse { error_page 404 /recurse2; return 404; }
    location /recurse2 { error_page 403 /error.html; return 403; }
    location /method { error_page 404 /m; return 404; } location = /m { return 200 "$request_method"; }
    location /methodnamed { error_page 404 @m; return 404; }
    location @m { return 404 "$request_method"; }
    location /proxy404 { proxy_pass http://@BACKEND@; }
    location /icept { proxy_pass http://@BACKEND@; proxy_intercept_errors on; }
    location /icept200 { proxy_pass http://@BACKEND@; proxy_intercept_errors on; }
    location /iceptcode { proxy_pass http://@BACKEND@; proxy_intercept_errors on;
                          error_page 500 =503 /e404.html; }
    location /dead { proxy_pass http://127.0.0.1:1; }
    location /dead2 { proxy_pass http://127.0.0.1:1; error_page 502 = @fb; }
    location @fb { return 200 "fallback"; }
    location /args { error_page 404 /showargs; return 404; }
    location /args2 { error_page 404 /showargs?z=$uri; return 404; }
    location /showargs { return 200 "args=$args"; }
    location = /416 { alias @WWW@/a.txt; error_page 416 /e404.html; }
    location /rel { error_page 404 =302 /over; return 404; }
    location /missingpage { error_page 404 /nonexistent; return 404; }
    location /retbody { error_page 404 =200 /own; return 404 "own body"; }
    location /own { return 200 "page"; }
    location /two { error_page 404 403 @named; return 404; }
    location /toself { error_page 404 /toself; return 404; }"""),
    Case("error_page recursive", [
        Q("GET /a", 403, has="the error"), Q("GET /b", 403), Q("GET /n", 403)], server="""
    location /a { recursive_error_pages on; error_page 404 /second; return 404; }
    location /second { recursive_error_pages on; error_page 403 /error.html; return 403; }
    location /b { error_page 404 /second2; return 404; }
    location /second2 { error_page 403 /error.html; return 403; }
    location /n { error_page 404 @x; return 404; }
    location @x { error_page 403 /error.html; return 403; }"""),
    Case("error_page every code", [
        *[Q(f"GET /{c}", c, has="the error") for c in
          (400, 401, 403, 404, 405, 409, 410, 416, 421, 429, 500, 503, 511)],
        Q("GET /x y", 400, id="bad request line", raw="GET /x\x01y HTTP/1.1\r\nHost: a\r\n\r\n"),
        Q(id="no host", raw="GET / HTTP/1.1\r\n\r\n", expect=400, has="the error"),
        Q("GET /none", 404, has="the error")],
        server="    error_page 400 401 402 403 404 405 406 407 408 409 410 411 412 413 414 415 416 "
        "417 418 421 422 423 424 426 428 429 431 451 500 501 502 503 504 505 506 507 508 510 511 "
        "/error.html;\n    location = /error.html { allow all; root @WWW@; }\n"
        + "".join(f"    location /{c} {{ return {c}; }}\n" for c in
                  (400, 401, 403, 404, 405, 409, 410, 416, 421, 429, 500, 503, 511))),
    Case("add_header", [
        Q("GET /", 200, header={"x-s": "server", "x-a": "always"}),
        Q("GET /none", 404, header={"x-s": None, "x-a": "always"}),
        Q("GET /own/a.txt", 200, header={"x-s": None, "x-own": "yes"}),
        Q("GET /own/none", 404, header={"x-a": None, "x-own": None}),
        Q("GET /inh/a.txt", 200, header={"x-s": "server"}),
        Q("GET /var/a.txt?q=v", 200, header={"x-v": "v", "x-empty": None}),
        Q("GET /two/a.txt", 200, header={"x-t": "1, 2"}), Q("GET /301", 301, header={"x-s": "server"}),
        Q("GET /403", 403, header={"x-s": None, "x-a": "always"}), Q("GET /204", 204),
        Q("GET /302", 302), Q("GET /304", 304), Q("GET /500", 500), Q("GET /201", 201),
        Q("GET /a.txt", 206, "Range: bytes=0-1"),
        Q("GET /if?a=1", 200), Q("GET /ep", 404), Q("GET /proxy", 200, header={"x-b": "one, two"}),
        Q("GET /proxy404", 404), Q("GET /last", 200, header={"last-modified": "never"}),
        Q("GET /cc", 200), Q("GET /444", "closed"), Q("GET /nolast/a.txt", 200)],
        answers={"/proxy": b"HTTP/1.1 200 OK\r\nX-B: one\r\nContent-Length: 0\r\n\r\n",
                 "/proxy404": b"HTTP/1.1 404 OK\r\nX-B: one\r\nContent-Length: 0\r\n\r\n"},
        server="""
    add_header X-S server; add_header X-A always always;
    location /own/ { alias @WWW@/; add_header X-Own yes; }
    location /inh/ { alias @WWW@/; }
    location /var/ { alias @WWW@/; add_header X-V $arg_q; add_header X-Empty $arg_none; }
    location /two/ { alias @WWW@/; add_header X-T 1; add_header X-T 2; }
    location /301 { return 301 /x; } location /302 { return 302 /x; } location /403 { return 403; }
    location /204 { return 204; } location /304 { return 304; } location /500 { return 500; }
    location /201 { return 201 "made"; } location /444 { return 444; }
    location /if { add_header X-L l; if ($arg_a) { add_header X-I i; return 200; } return 404; }
    location /ep { error_page 404 /e404.html; return 404; }
    location = /e404.html { add_header X-Page page always; }
    location /proxy { proxy_pass http://@BACKEND@; add_header X-B two; }
    location /last { add_header Last-Modified never; return 200; }
    location /nolast/ { alias @WWW@/; add_header Last-Modified ""; }
    location /cc { add_header Cache-Control "no-store"; add_header Set-Cookie a=b; return 200; }"""),
    Case("redirects", [
        Q("GET /r", 302, header={"location": "http://host.test:PORT/x"}, host="host.test"),
        Q("GET /r", 302, host="host.test:1234"), Q("GET /dir", 301, host="host.test"),
        Q("GET /r", 302, host=None, version="HTTP/1.0", id="no host at all"),
        Q("GET /r", 302, host="host.test", port="PORT2", header={"location": "/x"}, id="relative"),
        Q("GET /dir", 301, host="host.test", port="PORT2", header={"location": "/dir/"}, id="rel dir"),
        Q("GET /r", 302, host="host.test", port="PORT3",
          header={"location": "http://host.test/x"}, id="no port"),
        Q("GET /r", 302, host="host.test", port="PORT4",
          header={"location": "http://first.test:PORT4/x"}, id="server name"),
        Q("GET /rw", 302, host="host.test"), Q("GET /abs", 302, host="host.test", port="PORT2"),
        Q("GET /sch", 302, host="host.test")],
        http="\n".join(f"""
server {{ listen 127.0.0.1:@{port}@; server_name first.test second.test; root @WWW@; {extra}
    location /r {{ return 302 /x; }} location /rw {{ rewrite ^ /y redirect; }}
    location /abs {{ return 302 http://$host/z; }}
    location /sch {{ return 302 $scheme://$host:$server_port/; }} }}""" for port, extra in {
            "PORT": "", "PORT2": "absolute_redirect off;", "PORT3": "port_in_redirect off;",
            "PORT4": "server_name_in_redirect on;"}.items())),
    Case("server_tokens", [Q("GET /missing", 404), Q("GET /", 200)],
         server="server_tokens off;"),
]

test = reference.comparison(CASES)
