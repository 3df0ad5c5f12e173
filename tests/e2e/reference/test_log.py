# SPDX-License-Identifier: Apache-2.0
"""access_log and log_format: the lines of yett and nginx must agree."""

import re

import pytest

from support import rawhttp, reference
from support.rawhttp import Conn, build
from support.reference import Case, pairs  # noqa: F401 (a fixture)
from support.servers import wait_for

FORMATS = r"""
    log_format main '$remote_addr - $remote_user "$request" $status $body_bytes_sent '
                    '"$http_referer" "$http_user_agent"';
    log_format json escape=json '{"uri":"$uri","ua":"$http_user_agent","n":"$arg_none","q":"$args"}';
    log_format none escape=none '$http_user_agent|$arg_none|';
    log_format vars '$request_method $request_uri $uri $args $is_args $host $http_host $server_name '
                    '$server_port $scheme $status $body_bytes_sent $request_length $server_protocol '
                    '$connection_requests $content_length $content_type $sent_http_content_type '
                    '$sent_http_location $sent_http_x_h $cookie_a $request_completion $https';
    log_format up   '$upstream_status|$upstream_addr|$upstream_http_x_b|$upstream_response_length|'
                    '$upstream_cookie_c|$proxy_host|$proxy_port';
    log_format when '$time_local|$time_iso8601|$msec|$request_time|$connection|$pid|$request_id|'
                    '$upstream_response_time|$upstream_connect_time|$upstream_header_time|$bytes_sent';
    map $status $loggable { ~^[23] 0; default 1; }
    upstream two { server 127.0.0.1:1 max_fails=0; server @BACKEND@ backup; }
"""

SERVER = """
    access_log @DIR@/main.log main; access_log @DIR@/json.log json;
    access_log @DIR@/none.log none; access_log @DIR@/vars.log vars; access_log @DIR@/up.log up;
    access_log @DIR@/combined.log; access_log @DIR@/errors.log main if=$loggable;
    access_log @DIR@/when.log when;
    proxy_set_header Connection ""; # our default, so that what is echoed has one length
    location /off { access_log off; return 200; }
    location /own { access_log @DIR@/own.log main; return 200 own; }
    location /ret { return 200 "some text"; } location /444 { return 444; }
    location /red { return 302 /x; } location /h { add_header X-H v; return 200; }
    proxy_set_header Connection "";
    location /echo { proxy_pass http://@BACKEND@; }
    location /two { proxy_pass http://two; }
    location /dead { proxy_pass http://127.0.0.1:1; }
    location /xb { proxy_pass http://@BACKEND@; }
    location /err { error_page 404 /e404.html; return 404; }
    location /named { error_page 404 =200 @n; return 404; }
    location @n { return 200 "n"; }
    location /rw { rewrite ^ /ret last; }
"""

CASE = Case("log", [], http=FORMATS, server=SERVER, answers={
    "/xb": b"HTTP/1.1 200 OK\r\nX-B: b\r\nSet-Cookie: c=d\r\nContent-Length: 2\r\n\r\nhi"})

REQUESTS = [
    build("GET /ret?a=b", ["User-Agent: plain", "Referer: http://r/"]),
    build("GET /ret", ['User-Agent: quote " back \\ tab\t high \xc3\xbc']),
    build("GET /ret%01%0A%7F?x"),
    build("HEAD /ret"), build("POST /echo", ["Content-Type: t/x", "Cookie: a=1"], body=b"12345"),
    build("GET /a.txt"), build("GET /a.txt", ["Range: bytes=0-4"]), build("GET /none"),
    build("GET /%41%20%22?x=%22\"<>"), build("GET /red"), build("GET /h"), build("GET /err"),
    build("GET /named"), build("GET /off"), build("GET /own"), build("GET /rw?z"),
    build("GET /echo"), build("GET /two"), build("GET /dead"), build("GET /xb"),
    build("GET /444"), build("GET /", host="named.test:81"), b"GET / HTTP/1.0\r\n\r\n",
    build("GET /ret", ["Authorization: Basic dXNlcjpwYXNz"]),
    build("GET /ret") * 2,
    b"GET /bad%zz HTTP/1.1\r\nHost: a\r\n\r\n", b"garbage\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
    build("GET /ret\x80\xff"), build("GET /" + "y" * 300),
]

LOGS = ["main", "json", "none", "vars", "up", "combined", "errors", "own", "when"]


def send_all(server):
    for data in REQUESTS:
        with Conn(server.port(), timeout=4) as conn:
            try:
                conn.send(data)
                for _ in range(data.count(b"/ret HTTP/1.1") or 1):
                    conn.read("HEAD" if data.startswith(b"HEAD") else "GET")
            except (rawhttp.Closed, rawhttp.NotHttp):
                pass


@pytest.fixture(scope="module")
def logs(pairs):  # noqa: F811
    """{name: (nginx's lines, yett's lines)} after the same requests."""
    both = []
    for server in pairs.get(CASE):
        send_all(server)
        wait_for(lambda s=server: len(s.read("main.log").splitlines()) >= len(REQUESTS) - 1, 5,
                 "log lines")
        found = {}
        for name in LOGS:
            text = server.read(name + ".log")
            for key, port in server.ports.items():
                text = re.sub(rf"(?<!\d){port}(?!\d)", key, text)
            # The built-in pages name the server, and so differ in size.
            text = re.sub(r"(?<= )([345]\d\d) \d+(?= )", r"\1 SIZE", text)
            found[name] = text.splitlines()
        both.append(found)
    return {name: (both[0][name], both[1][name]) for name in LOGS}


@pytest.mark.parametrize("name", [n for n in LOGS if n not in ("combined", "when")])
def test_lines_agree(logs, name):
    theirs, ours = logs[name]
    assert theirs, "nginx logged nothing"
    if name == "vars":
        # Of a head that is refused nginx knows what came before the mistake, yett what can be read.
        assert sum(" 400 SIZE " in line for line in ours) == 4
        theirs, ours = ([line if " 400 SIZE " not in line else "400" for line in lines]
                        for lines in (theirs, ours))
    assert ours == theirs


def test_combined_agrees_but_for_the_time(logs):
    theirs, ours = [[re.sub(r"\[[^]]*\]", "[]", line) for line in lines]
                    for lines in logs["combined"]]
    assert theirs and ours == theirs
    assert all(re.search(r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]", line)
               for line in logs["combined"][1])


def test_time_and_number_formats(logs):
    shape = re.compile(
        r"\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d\|"
        r"\d+\.\d{3}\|\d+\.\d{3}\|\d+\|\d+\|[0-9a-f]{32}\|[-0-9., ]+\|[-0-9., ]+\|[-0-9., ]+\|\d+")
    for lines in logs["when"]:
        assert lines
        for line in lines:
            assert shape.fullmatch(line), line


def test_off_writes_nothing(logs):
    assert not any("/off" in line for line in logs["main"][1])


def test_if_leaves_out_what_succeeded(logs):
    assert logs["errors"][1]
    assert not any(re.search(r'" [23]\d\d ', line) for line in logs["errors"][1])


def test_own_replaces_the_outer(logs):
    assert any("/own" in line for line in logs["own"][1])
    assert not any("/own" in line for line in logs["main"][1])


def test_tls_variables_in_the_log(serve, pki):
    server = serve("""
    log_format ssl '$ssl_protocol $ssl_client_verify [$ssl_client_s_dn] $ssl_client_serial '
                   '$ssl_server_name $ssl_session_reused $status';
    server { listen 127.0.0.1:@PORT@ ssl; access_log @DIR@/ssl.log ssl;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_client_certificate @PKI@/ca.crt; ssl_verify_client on; return 200; }""")
    for cert in ("second", None, "expired"):
        rawhttp.ask(server.port(), tls=rawhttp.tls_context(pki, cert, "1.3"), sni="front.test")
    wait_for(lambda: len(server.read("ssl.log").splitlines()) >= 3, 5, "log lines")
    first, second, third = server.read("ssl.log").splitlines()
    assert first == ("TLSv1.3 SUCCESS [CN=second machine,O=Yett Test,C=DE] ABCDEF0123456789 "
                     "front.test . 200"), first
    assert second == "TLSv1.3 NONE [-] - front.test . 400"
    assert third.startswith("TLSv1.3 FAILED:certificate has expired [CN=expired machine")


@pytest.mark.yett_only("nginx logs only the reason")
def test_error_log_names_the_failed_certificate(serve, pki):
    server = serve("""
    server { listen 127.0.0.1:@PORT@ ssl;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        ssl_crl @PKI@/all.crl;
        ssl_client_certificate @PKI@/ca.crt; ssl_verify_client on; return 200; }""")
    rawhttp.ask(server.port(), tls=rawhttp.tls_context(pki, "revoked"), sni="front.test")
    line = server.wait_log(r".*revoked machine.*").group(0)
    serial = format(pki.client["revoked"][0].serial_number, "X")
    assert "certificate revoked" in line
    assert "Test Intermediate" in line
    assert serial.lower() in line.lower()
