# SPDX-License-Identifier: Apache-2.0
"""map, geo, split_clients, server_name and default servers; compared with nginx."""

from support import reference
from support.reference import Case, Q, pairs  # noqa: F401 (a fixture)


def hosts(names, **more):
    return [Q("GET /", host=name, id=f"Host {name!r}", **more) for name in names]


def echo(variable):
    return f'server {{ listen 127.0.0.1:@PORT@; location / {{ return 200 "[{variable}]"; }} }}'


CASES = [
    Case("map exact", [
        Q("GET /?k=a", has="[alpha]"), Q("GET /?k=A", has="[alpha]"), Q("GET /?k=b", has="[B b]"),
        Q("GET /?k=zzz", has="[none]"), Q("GET /?k=", has="[empty]"), Q("GET /", has="[empty]"),
        Q("GET /?k=default", has="[none]", id="the word default"), Q("GET /?k=inc", has="[included]"),
        Q("GET /?k=two%20w", has="[none]"), Q("GET /?k=v", has="[/]"), Q("GET /?k=esc", has="[e]")],
        files={"more.map": "inc included;\n# comment\nesc e;\n"}, http="""
map $arg_k $out {
    default none;
    a alpha; b "B b"; "" empty; v $uri; include @DIR@/more.map;
}""" + echo("$out")),
    Case("map regex", [
        Q("GET /?k=abc", has="[rx-b]"), Q("GET /?k=ABC", has="[ci-B]"), Q("GET /?k=exact", has="[ex]"),
        Q("GET /?k=name-bob", has="[bob]"), Q("GET /?k=zz1", has="[first]"), Q("GET /?k=x", has="[]"),
        Q("GET /?k=tilde", has="[]"), Q("GET /?k=~t", has="[literal tilde]"), Q("GET /?k=%C3%BC", has="[]")],
        http="""
map $arg_k $out {
    ~a(b)c rx-$1; ~*a(b)c ci-$1; ~^exact$ wrong; exact ex;
    "~^name-(?<who>[a-z]+)$" $who; ~^zz first; ~^zz1 second; \\~t "literal tilde";
}""" + echo("$out")),
    Case("map hostnames", hosts(
        ["a.test", "www.a.test", "x.y.a.test", "b.test", "www.b.test", "prefix.com", "prefix.org",
         "prefix.co.uk", "c.test", "www.c.test", "A.TEST", "WWW.B.TEST", "other", "a.test.", "a.test:80",
         "xb.test", "d.prefix.com"]), http="""
map $host $out {
    hostnames;
    default none; a.test exact; *.a.test sub; .b.test dot; prefix.* pre; ~^www\\.c regex; *.test any;
}""" + echo("$out")),
    Case("map chains", [
        Q("GET /?a=1&b=2", has="[both]"), Q("GET /?a=1", has="[no]"), Q("GET /?a=x&b=2", has="[no]"),
        Q("GET /vol?a=1&b=2", has="1-2"), Q("GET /vol?b=2", has="-2")], http="""
map $arg_a $one { default 0; 1 yes; }
map "$one:$arg_b" $both { default no; yes:2 both; }
map $sub$arg_a $live { volatile; default $arg_a; }
server { listen 127.0.0.1:@PORT@; set $sub "";
    location / { return 200 "[$both]"; }
    location /vol { set $x "$live-$arg_b"; return 200 $x; } }"""),
    Case("map reads changes", [Q("GET /v", has="a=1 b=2"), Q("GET /c", has="a=1 b=1")], http="""
map $t $vol { volatile; default ""; 1 1; 2 2; }
map $t $kept { default ""; 1 1; 2 2; }
server { listen 127.0.0.1:@PORT@;
    location /v { set $t 1; set $a $vol; set $t 2; return 200 "a=$a b=$vol"; }
    location /c { set $t 1; set $a $kept; set $t 2; return 200 "a=$a b=$kept"; } }"""),
    Case("geo", [
        *[Q(f"GET /?ip={ip}", id=f"{name} {ip}", host=name) for ip in
          ["10.0.0.1", "10.1.0.1", "10.1.2.3", "10.1.2.4", "127.0.0.1", "192.168.1.1", "8.8.8.8",
           "2001:db8::1", "2001:db9::1", "::ffff:10.1.2.3", "nonsense", ""] for name in ["c", "d"]],
        Q("GET /remote", has="[local]", host="r")], files={"nets.geo": "192.168.0.0/16 included;\n"},
        http="""
geo $arg_ip $c { default none; 10.0.0.0/8 ten; 10.1.0.0/16 tenone; 10.1.2.3 host; 10.1.2.4/32 gone;
    delete 10.1.2.4/32; 2001:db8::/32 six; include @DIR@/nets.geo; }
geo $arg_ip $d { ranges; default none; 10.0.0.0-10.0.255.255 r1; 10.1.0.0-10.1.2.3 r2;
    127.0.0.1-127.0.0.1 lo; }
geo $r { default far; 127.0.0.0/8 local; }
server { listen 127.0.0.1:@PORT@; server_name c; return 200 "[$c]"; }
server { listen 127.0.0.1:@PORT@; server_name d; return 200 "[$d]"; }
server { listen 127.0.0.1:@PORT@; server_name r; return 200 "[$r]"; }"""),
    Case("geo proxy", [
        Q("GET /", 200, "X-Forwarded-For: 10.1.1.1", has="[ten][ten]"),
        Q("GET /", 200, "X-Forwarded-For: 10.1.1.1, 8.8.8.8", has="[far][eight]"),
        Q("GET /", 200, "X-Forwarded-For: 10.1.1.1, 127.0.0.1", has="[local][ten]"),
        Q("GET /", 200, has="[local][local]"), Q("GET /", 200, "X-Forwarded-For: junk"),
        Q("GET /", 200, "X-Forwarded-For: 10.1.1.1", "X-Forwarded-For: 9.9.9.9")], http="""
geo $p { proxy 127.0.0.1; default far; 10.0.0.0/8 ten; 127.0.0.0/8 local; }
geo $q { proxy 127.0.0.0/8; proxy_recursive; default far; 8.0.0.0/8 eight; 10.0.0.0/8 ten;
         127.0.0.0/8 local; }
""" + echo("$p][$q")),
    Case("server names", hosts([
        "exact.test", "EXACT.test", "exact.test.", "exact.test:8080", "www.wild.test", "wild.test",
        "a.b.wild.test", "dot.test", "www.dot.test", "pre.com", "pre.co.uk", "pre", "u7.rx.test",
        "unknown.test", "long.wild.test", "www.tail.com", "www.tail.test", "127.0.0.1", "[::1]",
        "[::1]:80", "u7.RX.test", "xdot.test", "pre.test"])
        + [Q("GET /", host=None, version="HTTP/1.0", id="HTTP/1.0 without Host", has="default")]
        + [Q("GET http://exact.test/", host="wild.test", id="absolute form wins", has="exact"),
           Q("GET /", 200, host="exact.test", port="PORT2", has="second port"),
           Q("GET /", 200, host="other", port="PORT2", has="marked")], http="""
server { listen 127.0.0.1:@PORT@; listen 127.0.0.1:@PORT2@; server_name ""; return 200 "default|$server_name|$host"; }
server { listen 127.0.0.1:@PORT@; server_name exact.test; return 200 "exact|$server_name|$host"; }
server { listen 127.0.0.1:@PORT@; server_name first.test *.wild.test; return 200 "wild|$server_name"; }
server { listen 127.0.0.1:@PORT@; server_name .dot.test; return 200 "dot|$server_name"; }
server { listen 127.0.0.1:@PORT@; server_name pre.*; return 200 "pre|$server_name"; }
server { listen 127.0.0.1:@PORT@; server_name ~^u(?<num>\\d+)\\.rx\\.test$; return 200 "rx $num|$server_name"; }
server { listen 127.0.0.1:@PORT@; server_name long.wild.test www.tail.*; return 200 "long|$server_name"; }
server { listen 127.0.0.1:@PORT2@; server_name exact.test; return 200 "second port"; }
server { listen 127.0.0.1:@PORT2@ default_server; server_name _; return 200 "marked default"; }"""),
    Case("the catch-all hides what is behind it", [
        Q("GET /secret", 403, host="x"), Q("GET /secret", 403, host="localhost"),
        Q("GET /secret", 200, host="app.test"),
        Q("GET /secret", 200, host="app.test:9")], http="""
server { listen 127.0.0.1:@PORT@ default_server; return 403; }
server { listen 127.0.0.1:@PORT@; server_name app.test; return 200 "app"; }"""),
    Case("split_clients", [Q(f"GET /?k={k}") for k in ["a", "b", "c", "user42", "", "zz"]], http="""
split_clients "$arg_k" $v { 20% one; 30.5% two; * rest; }""" + echo("$v")),
    Case("variables", [
        Q("GET /a%20b?x=1&Y=2", 200, "Cookie: a=1; b=2", "X-Test: t", "Referer: r", "User-Agent: ua",
          "X-Forwarded-For: 1.2.3.4"), Q("GET /?", 200), Q("GET /?x=", 200, "Content-Type: c/t"),
        Q("POST /?x=1&x=2", 200, body="hello"), Q("HEAD /?x"), Q("GET /?&x=1"), Q("GET /?ax=2&x=1"),
        Q("GET /", 200, "X-Test: a", "X-Test: b"), Q("GET /", 200, "Cookie: a=1", "Cookie: b=2"),
        Q("GET /", 200, "X_Test: dropped"), Q("GET /", version="HTTP/1.0", host="h"),
        Q("GET /", 200, "X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2")],
        server="""return 200 "m=$request_method u=$uri ru=$request_uri a=$args q=$query_string i=$is_args
x=$arg_x Y=$arg_y ck=$cookie_b hc=$http_cookie xt=$http_x_test ref=$http_referer ua=$http_user_agent
h=$host hh=$http_host s=$scheme ht=$https sp=$server_port sa=$server_addr pr=$server_protocol
ra=$remote_addr cl=$content_length ct=$content_type xf=$proxy_add_x_forwarded_for rq=$request
dr=$document_root sn=$server_name cr=$connection_requests ru=$remote_user p=$pipe rc=$request_completion
nope=$arg_none x_=$http_x_forwarded_for hn=$hostname end";"""),
]

test = reference.comparison(CASES)
