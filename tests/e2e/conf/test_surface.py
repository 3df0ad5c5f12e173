# SPDX-License-Identifier: Apache-2.0
"""The directives that gateways use: each is taken, or refused with its place and a reason.

A directive that must work now is never refused; one of a later release says "not yet"; one that is
dangerous says why not. Nothing is skipped over in silence, and nothing is taken where it is not allowed.
"""

import re

import pytest

from support.servers import YETT_IS_NGINX

CERT = "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"

# What must load, by context. Arguments are typical ones.
MAIN = """
daemon off; worker_processes 2; worker_processes auto; pid @DIR@/x.pid; user root;
worker_rlimit_nofile 1024; worker_shutdown_timeout 10s; error_log stderr;
error_log @DIR@/e.log debug; pcre_jit on; env TZ; env A=b; lock_file @DIR@/x.lock;
worker_priority 0; worker_cpu_affinity auto; timer_resolution 100ms; master_process on
"""
EVENTS = "worker_connections 512; multi_accept on; use epoll; accept_mutex off"
HTTP = """
access_log off; access_log @DIR@/a.log; access_log @DIR@/a.log combined if=$remote_addr;
error_log @DIR@/e.log warn; log_format f '$remote_addr'; log_format f escape=json '$remote_addr';
client_body_temp_path @DIR@/t; client_body_temp_path @DIR@/t 1 2; proxy_temp_path @DIR@/p;
root html; add_header X y; add_header X y always; error_page 404 /x; error_page 404 =200 /x;
proxy_set_header X y; proxy_http_version 1.1; proxy_http_version 1.0; ssl_session_cache off;
ssl_session_cache none; ssl_session_cache shared:S:1m; ssl_session_cache builtin:1000;
ssl_session_cache builtin:1000 shared:S:1m; ssl_session_tickets off; ssl_session_timeout 1h;
ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers HIGH:!aNULL; ssl_prefer_server_ciphers on;
ssl_ecdh_curve X25519:prime256v1; ssl_ecdh_curve auto; ssl_dhparam @PKI@/dh.pem;
ssl_buffer_size 4k; ssl_conf_command Options PrioritizeChaCha;
ssl_client_certificate @PKI@/ca.crt; ssl_trusted_certificate @PKI@/ca.crt; ssl_verify_depth 2;
ssl_crl @PKI@/all.crl; ssl_password_file @PKI@/enc.pass; ssl_reject_handshake off;
proxy_read_timeout 5s; proxy_send_timeout 5s; proxy_connect_timeout 5s;
proxy_ssl_session_reuse off; proxy_intercept_errors on; deny all; allow 127.0.0.1;
allow 10.0.0.0/8; allow ::1; allow unix:; keepalive_requests 10; keepalive_timeout 75s;
keepalive_timeout 75s 60s; keepalive_time 1h; client_header_buffer_size 1k;
large_client_header_buffers 4 8k; client_body_buffer_size 16k; client_body_in_single_buffer on;
client_body_in_file_only off; client_max_body_size 10m; client_max_body_size 0;
client_header_timeout 60s; client_body_timeout 60; send_timeout 1m30s; lingering_close on;
proxy_next_upstream error timeout http_502 non_idempotent; proxy_next_upstream_tries 2;
proxy_next_upstream_timeout 5s; proxy_ssl_certificate @PKI@/good.crt;
proxy_ssl_certificate_key @PKI@/good.key; proxy_ssl_name x;
proxy_ssl_trusted_certificate @PKI@/ca.crt; proxy_ssl_verify off; proxy_ssl_verify_depth 2;
proxy_ssl_password_file @PKI@/enc.pass; proxy_ssl_crl @PKI@/all.crl; proxy_ssl_server_name on;
proxy_ssl_protocols TLSv1.2 TLSv1.3; proxy_ssl_ciphers HIGH;
proxy_ssl_conf_command Options PrioritizeChaCha; proxy_buffer_size 4k; proxy_buffers 8 4k;
proxy_busy_buffers_size 8k; proxy_buffering off; proxy_request_buffering off;
proxy_max_temp_file_size 0; proxy_temp_file_write_size 16k; proxy_ignore_client_abort on;
proxy_pass_request_body off; proxy_pass_request_headers off; proxy_method POST; proxy_set_body x;
proxy_hide_header X; proxy_pass_header Server; proxy_redirect off; proxy_cookie_domain a b;
proxy_cookie_path a b; proxy_cookie_flags a secure; proxy_bind 127.0.0.1;
proxy_headers_hash_max_size 512; proxy_headers_hash_bucket_size 64; index index.html;
default_type text/plain; merge_slashes off; absolute_redirect off; port_in_redirect off;
server_name_in_redirect on; server_tokens off; log_not_found off; if_modified_since before;
ignore_invalid_headers off; underscores_in_headers on; max_ranges 1; recursive_error_pages on;
log_subrequest on; rewrite_log on; etag off; uninitialized_variable_warn off;
resolver 127.0.0.1 valid=10s; resolver_timeout 5s; map_hash_max_size 1024;
map_hash_bucket_size 128; variables_hash_max_size 1024; variables_hash_bucket_size 64;
server_names_hash_max_size 512; server_names_hash_bucket_size 64; types_hash_max_size 1024;
types_hash_bucket_size 64; connection_pool_size 512; request_pool_size 4k; tcp_nodelay on;
tcp_nopush on; sendfile on; reset_timedout_connection on; keepalive_disable msie6;
open_log_file_cache off; lingering_time 30s; lingering_timeout 5s; chunked_transfer_encoding on;
postpone_output 1460; output_buffers 2 32k; send_lowat 0; sendfile_max_chunk 2m; msie_padding off;
charset utf-8; charset off; charset $host; charset_types text/css application/json; charset_types *
"""
# Values that change nothing: taken without a word.
IDLE = """
proxy_cache off; proxy_store off; proxy_limit_rate 0; proxy_force_ranges off; disable_symlinks off;
limit_rate 0; limit_rate 0k; auth_basic off; auth_request off; autoindex off; ssi off; gunzip off;
gzip off; slice 0; mirror off; dav_methods off; userid off; override_charset off;
client_body_in_file_only off; add_before_body ""; proxy_cache_use_stale off; ssl_early_data off
"""
# Settings of what yett does not have: without that, they do nothing with nginx either.
SETTINGS = """
real_ip_recursive off; real_ip_recursive on; real_ip_header X-Forwarded-For; limit_rate_after 1m;
limit_req_status 429; limit_req_zone $remote_addr zone=z:1m rate=1r/s; limit_conn_status 429;
fastcgi_temp_path @DIR@/f; uwsgi_temp_path @DIR@/u 1 2; scgi_temp_path @DIR@/s; fastcgi_buffers 8 16k;
fastcgi_param A $request_uri; uwsgi_read_timeout 1h;
auth_basic_user_file @DIR@/users; autoindex_exact_size off; sub_filter_once off; ssi_types text/x;
mirror_request_body off; addition_types text/x;
proxy_store_access user:rw; memcached_read_timeout 5s
"""
# The same with another value, or what they are settings of: refused.
IDLE_TWINS = """
proxy_store on; proxy_limit_rate 1k; proxy_force_ranges on; disable_symlinks on; limit_rate 1k;
auth_basic realm; auth_request /x; autoindex on; ssi on; gunzip on; slice 1m; mirror /x;
dav_methods PUT; userid on; override_charset on; source_charset koi8-r;
client_body_in_file_only clean; add_before_body /x; ssl_early_data on; set_real_ip_from 10.0.0.0/8;
limit_conn z 1; proxy_cache_purge $arg_x
"""
HTTP_BLOCKS = {
    "map": "map $uri $x { default 1; a 2; ~b 3; }", "map hostnames": "map $host $x { hostnames; .a.test 1; }",
    "map volatile": "map $uri $x { volatile; default 1; }", "geo": "geo $x { default 0; 10.0.0.0/8 1; }",
    "geo of": "geo $arg_a $x { ranges; default 0; 10.0.0.0-10.0.0.9 1; }",
    "geo proxy": "geo $x { proxy 10.0.0.1; proxy_recursive; default 0; }",
    "split_clients": "split_clients $uri $x { 50% a; * b; }",
    "upstream": "upstream u { server 127.0.0.1:1 weight=2 max_fails=1 fail_timeout=5s max_conns=3; "
                "server unix:/tmp/x backup; server 127.0.0.1:2 down; }",
    "upstream keepalive": "upstream u { server 127.0.0.1:1; keepalive 4; keepalive_requests 10; "
                          "keepalive_timeout 5s; keepalive_time 1h; }",
    "upstream zone": "upstream u { zone z 64k; server 127.0.0.1:1; }",
    "types": "types { text/html html; text/plain txt log; }", "nested include": "include @DIR@/*.nothing;",
}
SERVER = """
listen 127.0.0.1:@P1@; listen 127.0.0.1:@P1@ default_server; listen 127.0.0.1:@P1@ ssl;
listen [::1]:@P1@ ipv6only=on; listen unix:@DIR@/s;
listen 127.0.0.1:@P1@ backlog=10 reuseport so_keepalive=on deferred rcvbuf=8k sndbuf=8k;
server_name a.test; server_name a.test *.b.test c.* ~^d(?<x>.)$ "" _; return 200;
return 301 http://x/; return 444; rewrite ^/a /b last; rewrite ^/a /b; set $x y;
if ($uri = /a) { return 403; }; break; try_files $uri =404; location / { }; location = /a { };
location ^~ /a { }; location ~ a { }; location ~* a { }; location @a { }; error_page 497 /x;
ssl_verify_client off; root @DIR@
"""
LOCATION = """
alias @DIR@/; internal; proxy_pass http://127.0.0.1:1; proxy_pass http://127.0.0.1:1/x/;
proxy_pass https://127.0.0.1:1; proxy_pass http://unix:/tmp/x:/y; proxy_pass http://$host;
return 403 text; limit_except GET { deny all; };
if ($remote_addr = 127.0.0.1) { proxy_pass http://127.0.0.1:1; };
if (!-f $request_filename) { return 404; }; try_files $uri $uri/ @x_none
"""
# Later releases: refused with "not yet", or already there.
LATER = """
limit_req_zone $remote_addr zone=z:1m rate=1r/s; limit_conn_zone $remote_addr zone=z:1m;
set_real_ip_from 127.0.0.1; real_ip_header X-Real-IP; real_ip_recursive on; auth_basic x;
auth_basic_user_file /x; limit_rate 1k; limit_rate_after 1k; limit_req_status 429;
limit_conn_status 429; limit_req_log_level info; limit_conn_log_level info; limit_req_dry_run on;
limit_conn_dry_run on; ssl_stapling off; ssl_stapling_verify off; ssl_ocsp off;
ssl_ocsp_cache off; ssl_ocsp_responder http://x/; ssl_stapling_file @PKI@/x;
ssl_stapling_responder http://x/; auth_delay 1s; expires 1h; add_trailer X y;
gzip on; gzip_types a/b; gunzip on; gzip_static on; proxy_limit_rate 1k; proxy_cache off;
proxy_store off; ssl_session_ticket_key @PKI@/x;
open_file_cache off; aio off; directio off; disable_symlinks off; read_ahead 0;
proxy_force_ranges on; proxy_ignore_headers X-Accel-Redirect; proxy_socket_keepalive on;
client_body_in_file_only on
"""
LATER_BLOCKS = {
    "ip_hash": "upstream u { ip_hash; server 127.0.0.1:1; }",
    "least_conn": "upstream u { least_conn; server 127.0.0.1:1; }",
    "hash": "upstream u { hash $uri consistent; server 127.0.0.1:1; }",
    "random": "upstream u { random two; server 127.0.0.1:1; }",
    "listen proxy_protocol": "server { listen 127.0.0.1:@P1@ proxy_protocol; }",
    "listen quic": "server { listen 127.0.0.1:@P1@ ssl quic; " + CERT + " }",
    "auth_request": "server { listen 127.0.0.1:@P1@; location / { auth_request /x; } }",
    "stub_status": "server { listen 127.0.0.1:@P1@; location / { stub_status; } }",
    "autoindex": "server { listen 127.0.0.1:@P1@; location / { autoindex on; } }",
    "mirror": "server { listen 127.0.0.1:@P1@; location / { mirror /x; } }",
    "fastcgi_pass": "server { listen 127.0.0.1:@P1@; location / { fastcgi_pass 127.0.0.1:1; } }",
    "uwsgi_pass": "server { listen 127.0.0.1:@P1@; location / { uwsgi_pass 127.0.0.1:1; } }",
    "set limit_rate": "server { listen 127.0.0.1:@P1@; location / { set $limit_rate 1k; } }",
    "sub_filter": "server { listen 127.0.0.1:@P1@; location / { sub_filter a b; } }",
}


def split(text):
    """Directives by semicolons outside braces and quotes."""
    found, depth, quote, current = [], 0, "", ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "{}":
            depth += 1 if char == "{" else -1
        if char == ";" and not depth and not quote:
            found.append(" ".join(current.split()))
            current = ""
        else:
            current += char
    found.append(" ".join(current.split()))
    return [d for d in found if d]


def ended(directive):
    return directive if directive.endswith("}") else directive + ";"


def in_http(text):
    return {"http": text}


def in_server(text):
    listen = "" if text.startswith("listen") else "listen 127.0.0.1:@P1@;"
    extra = CERT if " ssl" in text else ""
    return {"http": f"server {{ {listen} {extra}\n{text}\n}}"}


def in_location(text):
    return {"http": f"server {{ listen 127.0.0.1:@P1@; location @x_none {{ return 404; }}\n"
                    f"location / {{\n{text}\n}} }}"}


PLACES = {
    "main": (MAIN, lambda text: {"http": "", "main": text}),
    "events": (EVENTS, lambda text: {"http": "", "events": text}),
    "http": (HTTP, in_http), "server": (SERVER, in_server), "location": (LOCATION, in_location),
}
ROWS = [(place, directive) for place, (text, _) in PLACES.items() for directive in split(text)]


def load(serve, parts, values=None):
    from support.servers import free_port
    main = parts.get("main", "")
    server = serve(parts.get("http", ""), main=main, events=parts.get("events", ""), start=False,
                   values={"P1": free_port(), **(values or {})})
    conf = server.conf
    for name in ("pid", "user", "client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path",
                 "uwsgi_temp_path", "scgi_temp_path"):
        pattern = rf"^\s*{name} [^;]*;\n"
        if len(re.findall(rf"^\s*{name} ", conf, re.M)) > 1:
            conf = re.sub(pattern, "", conf, count=1, flags=re.M)
    server.configure(conf)
    return server, server.run("-t")


@pytest.mark.parametrize("place,directive", ROWS, ids=[f"{p}: {d[:60]}" for p, d in ROWS])
def test_taken(serve, place, directive):
    _, done = load(serve, PLACES[place][1](ended(directive)))
    assert done.returncode == 0, done.stderr
    assert "test is successful" in done.stderr


@pytest.mark.parametrize("name", HTTP_BLOCKS)
def test_block_taken(serve, name):
    _, done = load(serve, in_http(HTTP_BLOCKS[name]))
    assert done.returncode == 0, done.stderr


def words_about(directive, stderr):
    """What is said about a directive beside that the configuration is good."""
    return [line for line in stderr.splitlines() if f'"{directive.split()[0]}' in line]


@pytest.mark.parametrize("directive", split(IDLE))
def test_value_that_changes_nothing(serve, directive):
    _, done = load(serve, in_http(ended(directive)))
    unknown_there = YETT_IS_NGINX and "early_data" in directive
    assert done.returncode == 0 or unknown_there, done.stderr
    assert not words_about(directive, done.stderr) or unknown_there, done.stderr


@pytest.mark.parametrize("directive", split(SETTINGS))
def test_setting_of_what_is_not_there(serve, directive):
    _, done = load(serve, in_http(ended(directive)))
    assert done.returncode == 0, done.stderr
    assert YETT_IS_NGINX or any("[notice]" in line and "has no effect (it only matters with `" in line
                                for line in words_about(directive, done.stderr)), done.stderr


@pytest.mark.yett_only("it has all of these")
@pytest.mark.parametrize("directive", split(IDLE_TWINS))
def test_value_that_would_change_something(serve, directive):
    server, done = load(serve, in_http(ended(directive)))
    assert done.returncode == 1
    said, = words_about(directive, done.stderr)
    assert re.search(r"is not supported yet|is refused", said) and server.conf_path + ":" in said, said


def taken_or_refused_with_a_reason(server, done, name):
    if done.returncode == 0:
        return
    assert not YETT_IS_NGINX or "stapling" in name or "ticket_key" in name or "ocsp" in name, done.stderr
    assert done.returncode == 1
    assert re.search(r"not yet|not supported|is refused: \w+", done.stderr), done.stderr
    assert name.split()[0] in done.stderr or name.split()[-1] in done.stderr, done.stderr
    assert re.search(re.escape(server.conf_path) + r":\d+", done.stderr), done.stderr


@pytest.mark.parametrize("directive", split(LATER))
def test_later(serve, directive):
    server, done = load(serve, in_http(ended(directive)))
    taken_or_refused_with_a_reason(server, done, directive)


@pytest.mark.parametrize("name", LATER_BLOCKS)
def test_later_block(serve, name):
    server, done = load(serve, in_http(LATER_BLOCKS[name]))
    taken_or_refused_with_a_reason(server, done, name)


WRONG_PLACES = [
    ("main", "server_name a;"), ("main", "listen 80;"), ("main", "root html;"), ("http", "listen 80;"),
    ("http", "server_name a;"), ("http", "proxy_pass http://127.0.0.1:1;"), ("http", "internal;"),
    ("http", "alias /x;"), ("http", "return 200;"), ("http", "rewrite a b;"), ("http", "location / { }"),
    ("http", "worker_processes 1;"), ("http", "daemon off;"), ("http", "if ($uri) { return 403; }"),
    ("http", "set $x y;"), ("http", "try_files $uri =404;"), ("http", "weight 1;"),
    ("server", "internal;"), ("server", "alias /x;"), ("server", "proxy_pass http://127.0.0.1:1;"),
    ("server", "upstream u { server 127.0.0.1:1; }"), ("server", "map $uri $x { default 1; }"),
    ("server", "geo $x { default 1; }"), ("server", "log_format f x;"), ("server", "server { }"),
    ("server", "limit_except GET { deny all; }"), ("server", "types_hash_max_size 1024x;"),
    ("location", "listen 80;"), ("location", "server_name a;"), ("location", "ssl_verify_client on;"),
    ("location", "ssl_crl @PKI@/all.crl;"), ("location", "ssl_client_certificate @PKI@/ca.crt;"),
    ("location", "ssl_certificate @PKI@/srv-a.crt;"), ("location", "upstream u { }"),
    ("location", "location @x { }"), ("location", "underscores_in_headers on;"),
    ("location", "if ($uri) { if ($uri) { return 403; } }"), ("location", "if ($uri) { root_x /; }"),
    ("location", "if ($uri) { alias /x; }"), ("location", "if ($uri) { location /x { } }"),
    ("location", "if $uri { return 403; }"), ("location", "if ($uri) return 403;"),
    ("location", "if () { return 403; }"), ("location", "if ($uri = ) { return 403; }"),
    ("location", "if (uri) { return 403; }"), ("location", "if ($uri ? a) { return 403; }"),
    ("location", "proxy_pass 127.0.0.1:1;"), ("location", "proxy_pass http://;"),
    ("location", "rewrite ^/a /b nonsense;"), ("location", "rewrite ( /b;"), ("location", "return;"),
    ("location", "return abc;"), ("location", "set x y;"),
    ("location", "error_page 200 /x;"), ("location", "error_page 404;"), ("location", "error_page x /x;"),
    ("location", "try_files $uri;"), ("location", "add_header X;"), ("location", "add_header X y z;"),
    ("location", "allow 1.2.3;"), ("location", "deny 1.2.3.4/33;"), ("location", "proxy_http_version 3;"),
    ("location", "proxy_next_upstream sometimes;"), ("location", "client_max_body_size -1;"),
    ("location", "proxy_buffers 0 4k;"), ("location", "root a b;"), ("location", "root a; alias /b;"),
    ("location", "internal on;"),
    ("server", "listen 127.0.0.1:@P1@ nonsense;"), ("server", "listen;"), ("server", "server_name ~(;"),
    ("server", "ssl_protocols;"), ("server", "ssl_verify_depth x;"), ("server", "ssl_session_cache x;"),
    ("server", "ssl_session_cache shared:S:1;"), ("server", "ssl_session_timeout x;"),
    ("http", "map $uri { default 1; }"), ("http", "map $uri $x { a; }"), ("http", "map $uri $x { ~( 1; }"),
    ("http", "map $uri $x { a 1; a 2; }"), ("http", "map $uri x { a 1; }"), ("http", "geo $x { 10.0.0.0/99 1; }"), ("http", "geo x { default 1; }"),
    ("http", "geo $x { ranges; 10.0.0.9-10.0.0.1 1; }"), ("http", "upstream u { }"),
    ("http", "upstream u { server 127.0.0.1:1 weight=0; }"), ("http", "upstream u { server; }"),
    ("http", "upstream u { server 127.0.0.1:1 backup; }"), ("http", "upstream u { server 127.0.0.1:1; }\n"
                                                             "upstream u { server 127.0.0.1:1; }"),
    ("http", "split_clients $uri $x { 60% a; 60% b; }"), ("http", "log_format f '$nope_such';"),
    ("events", "server { }"), ("events", "worker_connections x;"), ("main", "worker_processes -1;"),
    ("main", "daemon maybe;"), ("main", "error_log @DIR@/e loud;"), ("main", "http { }"),
    ("main", "events { }"),
]


@pytest.mark.parametrize("place,text", WRONG_PLACES, ids=[f"{p}: {t[:70]}" for p, t in WRONG_PLACES])
def test_refused(serve, place, text):
    """The twin: in the wrong place or with wrong arguments it does not load, and the place is named."""
    server, done = load(serve, PLACES[place][1](text))
    assert done.returncode == 1, done.stderr
    assert "[emerg]" in done.stderr and "test failed" in done.stderr
    assert re.search(re.escape(server.conf_path) + r":\d+|no servers are inside upstream|"
                     r"unknown \"nope_such\" variable", done.stderr), done.stderr


@pytest.mark.yett_only("it compresses")
def test_notice_of_an_included_file_is_said_once(serve):
    server = serve("server { listen 127.0.0.1:@PORT@; include @DIR@/shared; }\n"
                   "server { listen 127.0.0.1:@PORT2@; include @DIR@/shared; }\n",
                   files={"shared": "gzip on;\n"}, start=False)
    done = server.run("-t")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count('"gzip" has no effect') == 1, done.stderr
