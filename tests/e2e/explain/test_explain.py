# SPDX-License-Identifier: Apache-2.0
"""`yett explain`: what it says of a request is what the gate does with it, and why is where it says."""

import os
import re
import ssl

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from support import rawhttp
from support.authority import complete
from support.client_certs import TLS
from support.explain import (ANSWERED, DEPENDS, REFUSED, explain, fails, only, run, status_of, text, trail,
                             value_of)
from support.rawhttp import Closed, Conn, build
from support.servers import ROOT

pytestmark = pytest.mark.yett_only("nginx has no such command")

VERIFY = "ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl; ssl_verify_depth 3; "


def guarded(name, mode, body):
    return (f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name {name}; {TLS}\n"
            f"ssl_verify_client {mode}; {VERIFY if mode != 'off' else ''}\n{body}\n}}\n")


CONF = """
map $ssl_client_s_dn $role {
    default "";
    "CN=good machine,O=Yett Test,C=DE" admin;
    ~CN=second reader;
}
map $role:$request_method $may {
    default no;
    admin:POST yes;
    ~^(admin|reader):GET$ yes;
}
geo $near {
    default far;
    127.0.0.0/8 here;
    10.0.0.0/8 inside;
}
absolute_redirect off;
""" + guarded("on.test", "on", """
    location / { return 200 "in $ssl_client_s_dn"; }
""") + guarded("optional.test", "optional", """
    error_page 403 /sorry;
    location = /sorry { internal; return 200 "sorry"; }
    location /open { return 200 open; }
    location / {
        if ($ssl_client_verify != SUCCESS) { return 403; }
        proxy_set_header X-DN $ssl_client_s_dn;
        proxy_set_header X-Role $role;
        proxy_pass http://127.0.0.1:@PORT3@;
    }
    location /roles {
        if ($may = no) { return 403; }
        return 200 "$role $may";
    }
""") + guarded("noca.test", "optional_no_ca", """
    if ($ssl_client_verify = NONE) { return 401; }
    location / { return 200 "$ssl_client_verify $ssl_client_fingerprint"; }
""").replace("ssl_crl @PKI@/all.crl; ssl_verify_depth 3; \n\n    if", "\n    if") + guarded("pages.test", "on", """
    error_page 495 =401 /login;
    error_page 496 = @help;
    location = /login { return 200 "login $ssl_client_verify"; }
    location @help { return 302 /help?$args; }
""") + guarded("shallow.test", "on", """
    ssl_verify_depth 0;
    return 204;
""").replace("ssl_verify_depth 3; \n\n    ssl_verify_depth 0", "\n    ssl_verify_depth 0") \
    + guarded("off.test", "off", """
    location /near { allow 127.0.0.1; deny all; return 200 near; }
    location /far { allow 10.0.0.0/8; deny all; proxy_pass http://127.0.0.1:@PORT3@; }
    location /close { allow 127.0.0.0/8; deny all; proxy_pass http://127.0.0.1:@PORT3@; }
    location /geo { if ($near = here) { return 200 "$near"; } return 403; }
    location /read { limit_except GET { deny all; } proxy_pass http://127.0.0.1:@PORT3@; }
    location /hidden { internal; return 200 hidden; }
    location /move { return 301 /to$is_args$args; }
    location /old { rewrite ^/old/(.*)$ /new/$1 last; return 404; }
    location /new { return 200 "$uri $arg_a"; }
    location /field { if ($http_x_token ~ ^s3(cr)et$) { return 200 "$1"; } return 401; }
    location /cookie { if ($cookie_who = me) { return 200 $cookie_who; } return 401; }
    location /gone { return 444; }
    location /small { client_max_body_size 10; proxy_pass http://127.0.0.1:@PORT3@; }
    location /set { set $x "$arg_x!"; if ($x = "1!") { return 200 $x; } return 403; }
    location ~ ^/user/(?<user>[a-z]+)$ { return 200 "user $user"; }
    location /file/ { alias @DIR@/html/; }
""") + """
server { listen 127.0.0.1:@PORT@ ssl default_server; server_name _; """ + TLS + """
    ssl_reject_handshake on; }
server { listen 127.0.0.1:@PORT2@; server_name plain.test;
    location / { return 200 "$scheme $host $server_port $ssl_client_verify|$ssl_client_s_dn|"; } }
server { listen 127.0.0.1:@PORT3@; return 200 "$http_x_dn|$http_x_role"; }
"""


@pytest.fixture(scope="module")
def site(serve_module):
    return serve_module(CONF, files={"html/here.txt": "here"})


class Asked:
    """One request, for both."""

    def __init__(self, site, pki, name, line="GET /", cert=None, headers=(), host=None, sni=True, key="PORT"):
        self.site, self.pki = site, pki
        self.method, self.target = line.split(" ")
        self.cert, self.headers = cert, list(headers)
        self.secure, self.port = key == "PORT", site.port(key)
        self.name, self.host = name, host or f"{name}:{self.port}"
        self.sni = name if sni and self.secure else None

    def args(self):
        args = [self.method, f"http{'s' * self.secure}://{self.name}:{self.port}{self.target}",
                "--connect-to", "127.0.0.1", "--from", "127.0.0.1", "-H", "Host: " + self.host]
        if self.cert:
            args += ["--cert", self.pki.path(self.cert + ".crt")]
        if self.secure and not self.sni:
            args.append("--no-sni")
        for header in self.headers:
            args += ["-H", header]
        return args

    def explained(self):
        return explain(self.site, *self.args())

    def live(self):
        """(status, text, Location); 444 when the connection is closed without an answer."""
        tls = rawhttp.tls_context(self.pki, self.cert) if self.secure else None
        with Conn(self.port, tls, self.sni) as conn:
            try:
                answer = conn.send(build(f"{self.method} {self.target}", self.headers, self.host)).read(self.method)
            except Closed:
                return 444, "", None
        return answer.status, answer.text, answer.get("Location")


# (name, request line, certificate, headers, the gate's status, what explain calls the answer).
# Each that is let in has a twin that is not.
CASES = [
    ("on.test", "GET /", "good", (), 200, "text"),
    ("on.test", "GET /", None, (), 400, "page"),
    ("on.test", "GET /", "revoked", (), 400, "page"),
    ("on.test", "GET /", "expired", (), 400, "page"),
    ("on.test", "GET /", "foreign-client", (), 400, "page"),
    ("on.test", "GET /", "forged", (), 400, "page"),
    ("optional.test", "GET /x", "good", (), 200, "proxy_pass"),
    ("optional.test", "GET /x", None, (), 403, "text"),
    ("optional.test", "GET /x", "revoked", (), 400, "page"),
    ("optional.test", "GET /open", None, (), 200, "text"),
    ("optional.test", "GET /open", "expired", (), 400, "page"),
    ("optional.test", "GET /sorry", "good", (), 404, "page"),
    ("optional.test", "GET /roles", "good", (), 200, "text"),
    ("optional.test", "POST /roles", "good", (), 200, "text"),
    ("optional.test", "GET /roles", "second", (), 200, "text"),
    ("optional.test", "POST /roles", "second", (), 403, "text"),
    ("optional.test", "GET /roles", "rsa", (), 403, "text"),
    ("noca.test", "GET /", "foreign-client", (), 200, "text"),
    ("noca.test", "GET /", "good", (), 200, "text"),
    ("noca.test", "GET /", "expired", (), 400, "page"),
    ("noca.test", "GET /", None, (), 401, "page"),
    ("pages.test", "GET /", "revoked", (), 401, "text"),
    ("pages.test", "GET /?a=b", None, (), 302, "redirect"),
    ("shallow.test", "GET /", "byroot", (), 204, "text"),
    ("shallow.test", "GET /", "good", (), 400, "page"),
    ("off.test", "GET /near", "expired", (), 200, "text"),
    ("off.test", "GET /close", None, (), 200, "proxy_pass"),
    ("off.test", "GET /far", None, (), 403, "page"),
    ("off.test", "GET /geo", None, (), 200, "text"),
    ("off.test", "GET /read", None, (), 200, "proxy_pass"),
    ("off.test", "POST /read", None, (), 403, "page"),
    ("off.test", "GET /hidden", None, (), 404, "page"),
    ("off.test", "GET /move?a=1", None, (), 301, "redirect"),
    ("off.test", "GET /old/%41?a=1", None, (), 200, "text"),
    ("off.test", "GET /old", None, (), 404, "page"),
    ("off.test", "GET /field", None, ("X-Token: s3cret",), 200, "text"),
    ("off.test", "GET /field", None, ("X-Token: s3cret", "x-token: more"), 401, "page"),
    ("off.test", "GET /field", None, (), 401, "page"),
    ("off.test", "GET /cookie", None, ("Cookie: a=b; who=me",), 200, "text"),
    ("off.test", "GET /cookie", None, ("Cookie: a=b; who=you",), 401, "page"),
    ("off.test", "GET /gone", None, (), 444, "close"),
    ("off.test", "POST /small", None, ("Content-Length: 0",), 200, "proxy_pass"),
    ("off.test", "POST /small", None, ("Content-Length: 11",), 413, "page"),
    ("off.test", "GET /set?x=1", None, (), 200, "text"),
    ("off.test", "GET /set?x=2", None, (), 403, "page"),
    ("off.test", "GET /user/ada", None, (), 200, "text"),
    ("off.test", "GET /file/here.txt", None, (), 200, "static"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]} {case[2]} {case[4]}")
def test_is_what_the_gate_does(site, pki, case):
    name, line, cert, headers, status, kind = case
    asked = Asked(site, pki, name, line, cert, headers)
    live_status, live_text, live_to = asked.live()
    assert live_status == status
    said = asked.explained()
    answer = only(said)["answer"]
    assert answer["kind"] == kind
    assert (answer["status"] or 200) == status
    assert said["outcome"] == ("refused" if status >= 400 else "answered")
    if kind == "text":
        assert (answer["text"] or "") == live_text
    if kind == "redirect":
        assert answer["text"] == live_to
    if kind == "proxy_pass":
        sent = {header["name"]: header["value"] or "" for header in answer["headers"]}
        assert live_text == f"{sent.get('X-DN', '')}|{sent.get('X-Role', '')}"
    if kind == "static":
        with open(answer["file"], encoding="ascii") as file:
            assert file.read() == live_text


def test_every_answer_is_played():
    kinds = {case[5] for case in CASES}
    assert kinds == {"text", "page", "redirect", "proxy_pass", "static", "close"}
    assert {case[4] >= 400 for case in CASES if case[2]} == {True, False}


# -- names and connections ----------------------------------------------------------------------------

@pytest.mark.parametrize("sni, host, cert, status", [
    ("on.test", "off.test", "good", 200),        # nothing is demanded there: no certificate counts
    ("off.test", "on.test", "good", 421),        # never checked for it
    ("on.test", "optional.test", "good", 421),   # another mode
    ("on.test", "nowhere.test", "good", 404),    # the default server, a file
    ("on.test", "on.test", "good", 200),
])
def test_host_selects_another_server(site, pki, sni, host, cert, status):
    asked = Asked(site, pki, sni, "GET /new", cert, host=host)
    assert asked.live()[0] == status
    answer = only(asked.explained())["answer"]
    assert (answer["status"] or 404) == status and (answer["status"] or answer["kind"] == "static")
    if status == 421:
        steps = only(asked.explained())["trail"]
        assert any(f'server "{host}": its requirements' in step["text"] for step in steps)


def test_no_certificate_counts_where_none_is_demanded(site, pki):
    conf = site.conf.replace("location /near {", "location /who { return 200 \"<$ssl_client_s_dn>\"; }\nlocation /near {")
    with open(site.conf_path, encoding="utf-8") as file:
        before = file.read()
    try:
        with open(site.conf_path, "w", encoding="utf-8") as file:
            file.write(conf)
        asked = Asked(site, pki, "on.test", "GET /who", "good", host="off.test")
        assert only(asked.explained())["answer"]["text"] == "<>"
        same = Asked(site, pki, "on.test", "GET /", "good")
        assert only(same.explained())["answer"]["text"] == "in CN=good machine,O=Yett Test,C=DE"
    finally:
        with open(site.conf_path, "w", encoding="utf-8") as file:
            file.write(before)


def test_the_handshake_fails(site, pki):
    for name, sni in (("nowhere.test", True), ("on.test", False)):
        asked = Asked(site, pki, name, sni=sni)
        with pytest.raises(ssl.SSLError):
            asked.live()
        said = explain(site, *asked.args(), code=REFUSED)
        assert said["ways"] == [] and said["connection"]["refusal"] == "ssl_reject_handshake is on"
    assert explain(site, *Asked(site, pki, "off.test", "GET /near").args())["connection"]["refusal"] is None


def test_ports_without_tls(site, pki):
    asked = Asked(site, pki, "plain.test", key="PORT2")
    status, live, _ = asked.live()
    assert (status, live) == (200, f"http plain.test {asked.port} ||")
    assert only(asked.explained())["answer"]["text"] == live
    asked = Asked(site, pki, "plain.test", cert="good", key="PORT2")
    assert "without TLS, there is no client certificate" in text(site, *asked.args())
    asked.cert = None
    asked.port = site.port("PORT")
    assert asked.live()[0] == 400
    assert status_of(explain(site, *asked.args(), code=REFUSED)) == 400


def test_addresses(serve, pki):
    """Where several fit, and it matters, one is to be chosen."""
    site = serve("server { listen 127.0.0.1:@PORT@; server_name a.test; return 200 one; }\n"
                 "server { listen 127.0.0.2:@PORT@; server_name b.test; return 403; }\n"
                 "server { listen *:@PORT2@; listen [::]:@PORT2@; return 200 same; }\n"
                 "server { listen unix:@DIR@/sock; return 200 unix; }\n")
    port, second = site.port("PORT"), site.port("PORT2")
    said = fails(site, f"http://a.test:{port}/")
    assert "--connect-to" in said and f"127.0.0.1:{port}" in said and f"127.0.0.2:{port}" in said
    assert status_of(explain(site, f"http://a.test:{port}/", "--connect-to", "127.0.0.1")) == 200
    assert status_of(explain(site, f"http://a.test:{port}/", "--connect-to", f"127.0.0.2:{port}")) == 403
    assert status_of(explain(site, f"http://127.0.0.2:{port}/")) == 403
    for more in ((), ("--connect-to", "192.0.2.1"), ("--connect-to", "[::1]")):
        assert only(explain(site, f"http://a.test:{second}/", *more))["answer"]["text"] == "same"
    said = explain(site, "http://a.test/", "--connect-to", f"unix:{site.dir}/sock")
    assert only(said)["answer"]["text"] == "unix"
    said = fails(site, "http://a.test:1/")
    assert "does not listen on port 1, but on" in said and f"127.0.0.2:{port}" in said
    assert "does not use TLS" in fails(site, f"https://a.test:{port}/", "--connect-to", "127.0.0.1")


# -- why ------------------------------------------------------------------------------------------------

def line_with(site, part):
    lines = [number for number, line in enumerate(site.conf.split("\n"), 1) if part in line]
    assert len(lines) == 1, (part, lines)
    return lines[0]


def test_each_step_has_its_place(site, pki):
    way = only(Asked(site, pki, "optional.test", "GET /roles", "second").explained())
    steps = trail(way)
    dn = "CN=second machine,O=Yett Test,C=DE"
    # Both maps are asked for $may: the inner one first.
    assert steps[2:] == [
        (line_with(site, "~CN=second reader;"), f'map: $ssl_client_s_dn is "{dn}", which gives "reader"'),
        (line_with(site, "~^(admin|reader):GET$ yes;"),
         'map: $role:$request_method is "reader:GET", which gives "yes"'),
        (line_with(site, "if ($may = no)"), "if $may = no: no"),
        (line_with(site, 'return 200 "$role $may";'), "return 200")]
    assert steps[0] == (line_with(site, "server_name optional.test"), 'server "optional.test"')
    assert steps[1] == (line_with(site, "location /roles {"), 'location "/roles"')
    assert value_of(way, "role") == "reader" and value_of(way, "may") == "yes"
    assert value_of(way, "ssl_client_verify") == "SUCCESS" and value_of(way, "ssl_client_s_dn") == dn
    assert way["answer"]["place"].endswith(f":{line_with(site, 'location /roles {')}")


def test_the_default_row_and_what_follows(site, pki):
    way = only(Asked(site, pki, "optional.test", "GET /roles", "rsa").explained())
    steps = trail(way)
    assert (line_with(site, 'default "";'),
            'map: $ssl_client_s_dn is "CN=rsa machine,O=Yett Test,C=DE", which gives ""') in steps
    assert (line_with(site, "default no;"), 'map: $role:$request_method is ":GET", which gives "no"') in steps
    assert (line_with(site, "error_page 403 /sorry;"), "error_page 403: /sorry") in steps
    assert steps[-1] == (line_with(site, "location = /sorry"), "return 200")
    assert value_of(way, "role") == ""


def test_a_map_that_only_a_backend_is_told(site, pki):
    asked = Asked(site, pki, "optional.test", "GET /x", "second")
    way = only(asked.explained())
    assert trail(way)[-1] == (line_with(site, "~CN=second reader;"), "map: $ssl_client_s_dn is "
                              '"CN=second machine,O=Yett Test,C=DE", which gives "reader"')
    assert value_of(way, "role") == "reader"
    assert asked.live()[1] == "CN=second machine,O=Yett Test,C=DE|reader"


def test_rows_of_geo_and_rules(site, pki):
    steps = trail(only(Asked(site, pki, "off.test", "GET /geo").explained()))
    assert (line_with(site, "127.0.0.0/8 here;"), 'geo: the address is 127.0.0.1, which gives "here"') in steps
    steps = trail(only(Asked(site, pki, "off.test", "GET /far").explained()))
    assert (line_with(site, "location /far {"), "deny all") in steps
    steps = trail(only(Asked(site, pki, "off.test", "GET /close").explained()))
    assert (line_with(site, "location /close {"), "allow 127.0.0.0/8") in steps
    steps = trail(only(Asked(site, pki, "off.test", "GET /set?x=2").explained()))
    at = line_with(site, "location /set {")
    assert steps[2:] == [(at, 'set $x: "2!"'), (at, "if $x = 1!: no"), (at, "return 403")]


def test_what_the_connection_demands(site, pki):
    said = explain(site, *Asked(site, pki, "on.test", cert="revoked").args(), code=REFUSED)
    connection = said["connection"]
    assert connection["server"] == "on.test" and connection["ssl_verify_client"] == "on"
    assert connection["ca_file"] == pki.path("ca.crt") and connection["crl_files"] == [pki.path("all.crl")]
    assert connection["verify_depth"] == 3 and connection["sni"] == "on.test"
    assert connection["place"].endswith(f":{line_with(site, 'server_name on.test')}")
    certificate = said["certificate"]
    assert certificate["subject"] == "CN=revoked machine,O=Yett Test,C=DE"
    assert certificate["verdict"] == "FAILED:certificate revoked" and not certificate["accepted"]
    assert "(23:certificate revoked) at depth 0" in certificate["log"]
    good = explain(site, *Asked(site, pki, "on.test", cert="good").args(), code=ANSWERED)["certificate"]
    assert good["verdict"] == "SUCCESS" and good["accepted"] and good["log"] is None


def test_text_for_people(site, pki):
    asked = Asked(site, pki, "optional.test", "GET /x", "good")
    said = text(site, *asked.args())
    assert said.startswith("Request\n  method                     GET\n")
    place = f"{site.conf_path}:{line_with(site, 'server_name optional.test')}"
    for line in ("  server (by SNI)            optional.test", f"    at                       {place}",
                 "  ssl_verify_client          optional", f"  CRL files                  {pki.path('all.crl')}",
                 "  subject                    CN=good machine,O=Yett Test,C=DE",
                 "  verdict                    SUCCESS", f'  {place}  server "optional.test"',
                 '  $role                      "admin"',
                 f"  answer                     from the backend: proxy_pass http://127.0.0.1:{site.port('PORT3')}",
                 '    X-DN                     "CN=good machine,O=Yett Test,C=DE"'):
        assert line + "\n" in said, line
    asked.cert = "revoked"
    said = text(site, *asked.args(), code=REFUSED)
    assert "  verdict                    FAILED:certificate revoked\n  accepted                   no\n" in said
    assert "  status                     400\n" in said and "\"admin\"" not in said


# -- what is not given ----------------------------------------------------------------------------------

def ask_open(site, path, *more, code=DEPENDS):
    return explain(site, f"https://off.test:{site.port('PORT')}{path}", *more, code=code)


def test_an_address_that_is_not_given(site, pki):
    said = ask_open(site, "/far")
    ways = {way["supposed"]: way["answer"] for way in said["ways"]}
    assert set(ways) == {"the client's address is 10.0.0.0/8", "the client's address is not 10.0.0.0/8"}
    assert ways["the client's address is 10.0.0.0/8"]["kind"] == "proxy_pass"
    assert ways["the client's address is not 10.0.0.0/8"]["status"] == 403
    assert status_of(ask_open(site, "/far", "--from", "10.1.2.3", code=ANSWERED)) == 0
    assert status_of(ask_open(site, "/far", "--from", "11.1.2.3", code=REFUSED)) == 403
    said = text(site, f"https://off.test:{site.port('PORT')}/far", code=DEPENDS)
    assert "Possible answers\n  403, if the client's address is not 10.0.0.0/8\n" in said
    assert "\nIf the client's address is 10.0.0.0/8\n" in said
    # What depends on no address has one answer.
    assert only(ask_open(site, "/new", code=ANSWERED))["supposed"] is None


def test_an_address_that_a_map_needs(site, pki):
    said = ask_open(site, "/geo")
    answers = {way["supposed"]: way["answer"]["status"] for way in said["ways"]}
    assert answers == {"$remote_addr is of 127.0.0.0/8": 200, "$remote_addr is of 10.0.0.0/8": 403,
                       "no line is for this $remote_addr": 403}
    assert {value_of(way, "near") for way in said["ways"]} == {"here", "inside", "far"}


def test_what_only_a_real_request_has(serve, pki):
    site = serve("map $ssl_protocol $old { default 0; TLSv1.2 1; }\n" + guarded("t.test", "off", """
        location /old { if ($old) { return 403; } return 204; }
        location /say { return 200 "$request_id $ssl_cipher"; }
        location /tried { try_files $uri =404; }
        location /files { if (-f @DIR@/no) { return 403; } return 204; }"""))
    url = f"https://t.test:{site.port('PORT')}"
    said = explain(site, url + "/old", code=DEPENDS)
    assert {way["supposed"]: way["answer"]["status"] for way in said["ways"]} == {
        '$ssl_protocol is "TLSv1.2"': 403, "no line is for this $ssl_protocol": 204}
    way = only(explain(site, url + "/say", code=ANSWERED))
    assert not way["answer"]["text_known"] and way["answer"]["text"] is None
    assert {v["name"] for v in way["variables"] if not v["known"]} == {"$request_id"}
    said = text(site, url + "/say")
    assert "$request_id                not known: it depends on what only a real request has" in said
    for path, statuses in (("/tried", {None, 404}), ("/files", {403, 204})):
        said = explain(site, url + path, code=DEPENDS)
        assert {way["answer"]["status"] for way in said["ways"]} == statuses


def test_more_ways_than_are_shown(serve):
    rules = "".join(f"if ($remote_addr = 10.0.0.{n}) {{ set $v 1; }}\n" for n in range(9))
    site = serve("server { listen 127.0.0.1:@PORT@;\n" + rules + "if ($ssl_protocol) { return 403; } return 204; }")
    said = explain(site, f"http://a.test:{site.port('PORT')}/", code=ANSWERED)
    assert said["complete"] and len(said["ways"]) == 10
    rules = "".join(f"if ($request_id ~ {n}) {{ set $v 1; }}\n" for n in range(9))
    site.configure(site.wrap("server { listen 127.0.0.1:@PORT@;\n" + rules + "return 204; }"))
    said = explain(site, f"http://a.test:{site.port('PORT')}/", code=DEPENDS)
    assert not said["complete"] and len(said["ways"]) == 256
    assert "There are more ways than these" in text(site, f"http://a.test:{site.port('PORT')}/", code=DEPENDS)


# -- the command line -----------------------------------------------------------------------------------

def p12(pki, password):
    pair = pki.client["good"]
    how = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"good", pair[1], pair[0], [pki.inter[0]], how)


def test_forms_of_certificates(site, pki, tmp_path):
    (tmp_path / "good.p12").write_bytes(p12(pki, b"open sesame"))
    (tmp_path / "password").write_text("open sesame\n")
    (tmp_path / "wrong").write_text("other\n")
    url = f"https://on.test:{site.port('PORT')}/"
    cert = ["--cert", str(tmp_path / "good.p12"), "--password-file"]
    assert status_of(explain(site, url, *cert, str(tmp_path / "password"), code=ANSWERED)) == 200
    assert "wrong password?" in fails(site, url, *cert, str(tmp_path / "wrong"))
    assert "--password-file" in fails(site, url, *cert[:2])
    assert "open()" in fails(site, url, "--cert", str(tmp_path / "none.pem"))
    assert "no certificate in" in fails(site, url, "--cert", str(tmp_path / "password"))
    # Without its intermediate, the chain is not complete; one that the server has may help.
    assert status_of(explain(site, url, "-E", pki.path("good.crt"), code=ANSWERED)) == 200


def test_options(site, pki):
    url = f"https://off.test:{site.port('PORT')}"
    assert status_of(explain(site, url + "/field", "-HX-Token: s3cret")) == 200
    assert status_of(explain(site, url + "/field", "--header=X-Token: s3cret")) == 200
    assert status_of(explain(site, url + "/field", "-H", "X-Token: other")) == 401
    assert status_of(explain(site, url + "/read", "-X", "POST", "--from", "127.0.0.1")) == 403
    assert status_of(explain(site, "GET", url + "/read", "--from", "127.0.0.1")) == 0
    assert explain(site, url + "/near", "--sni", "ON.test", "-H", "Host: on.test")["connection"]["server"] == "on.test"
    assert explain(site, url + "?a=b")["request"]["target"] == "/?a=b"
    assert explain(site, url + "/new?a=b#c")["request"]["target"] == "/new?a=b"
    said = run("-p", site.dir, "-c", os.path.basename(site.conf_path), url + "/new")
    assert said.returncode == 0, said.stderr
    said = run("-p", site.dir, "-c", site.conf_path, "-g", "nonsense;", url + "/new")
    assert said.returncode == 2 and 'unknown directive "nonsense"' in said.stderr


@pytest.mark.parametrize("args, said", [
    ([], "give one URL"), (["GET", "POST", "https://a.test/"], "give one URL"),
    (["a.test"], "is not a URL"), (["ftp://a.test/"], "is not a URL"), (["https:///x"], "invalid host"),
    (["https://a.test:0/"], "invalid port"), (["https://a.test:65536/"], "invalid port"),
    (["https://me@a.test/"], "user name"), (["https://a b.test/"], "invalid host"),
    (["--from", "nowhere", "https://a.test/"], "is no address"),
    (["--connect-to", "nowhere", "https://a.test/"], "is no address"),
    (["--sni", "a", "--no-sni", "https://a.test/"], "exclude each other"),
    (["-X", "POST", "GET", "https://a.test/"], "two methods"), (["-Z"], 'unknown option "-Z"'),
    (["--nothing=1"], 'unknown option "--nothing"'), (["-H"], "needs a value"),
])
def test_misuse(site, args, said):
    err = fails(site, *args)
    assert said in err and "Usage: yett explain" in err


@pytest.mark.parametrize("args, said", [
    (["-H", "no colon"], "is no header"), (["-H", "a b: c"], "is no header"), (["-H", "a: b\nc: d"], "line break"),
    (["-X", "G T"], "is no method"), (["-H", "Host: a b"], "answers 400"), (["-H", "Host:"], "answers 400"),
    (["-H", "Content-Length: x"], "answers 400"), (["-X", "TRACE"], "answers 405"),
])
def test_what_is_no_request(site, args, said):
    assert said in fails(site, f"https://off.test:{site.port('PORT')}/new", *args)


def test_help_manual_and_completion():
    said = run("--help")
    assert said.returncode == 0
    options = re.findall(r"^  (?:(-.), )?--([a-z-]+)", said.stdout, re.M)
    with open(os.path.join(ROOT, "man", "yett-explain.1"), encoding="utf-8") as page:
        manual = page.read()
    for letter, option in options:
        assert f".It Fl {letter[1:]} , Fl -{option}" in manual if letter else f".It Fl -{option}" in manual

    class NoAuthority:
        dir = "/nonexistent"
    assert complete(NoAuthority, "e") == ["explain"]
    assert set(complete(NoAuthority, "explain", "--")) == {"--" + option for _, option in options}
    assert complete(NoAuthority, "explain", "htt") == ["https://", "http://"]


def test_targets_that_are_no_path(site):
    for path, said in (("/../x", "answers 400"), ("/%00", "answers 400"), ("/a b", "blank")):
        assert said in fails(site, f"https://off.test:{site.port('PORT')}{path}")


def test_configurations_that_do_not_load(serve):
    site = serve(conf="events { nonsense; }\nhttp { more; }", start=False)
    assert 'unknown directive "nonsense"' in fails(site, "http://a.test/")
    os.unlink(site.conf_path)
    assert "open()" in fails(site, "http://a.test/")
