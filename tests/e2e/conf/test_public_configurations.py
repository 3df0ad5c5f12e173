# SPDX-License-Identifier: Apache-2.0
"""Configurations of the kinds that public projects ship: each loads and serves as it is.

Each comes with twins: one line more, or another value, and it is refused with the reason. The texts are
made up, after the habits of a registry's gateway, a proxy manager, a certificate robot, a generator of TLS
settings, an ingress controller and a distribution's own file.
"""

import re

import pytest

from support import rawhttp
from support.rawhttp import Conn, build
from support.servers import YETT_IS_NGINX, Server, version_of, YETT

pytestmark = pytest.mark.skipif(YETT_IS_NGINX and version_of(YETT) >= (1, 25, 1),
                                reason="ssl on is gone")

CERT = "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"

REGISTRY = f"""
    client_body_temp_path @DIR@/tmp/c; proxy_temp_path @DIR@/tmp/p; fastcgi_temp_path @DIR@/tmp/f;
    uwsgi_temp_path @DIR@/tmp/u; scgi_temp_path @DIR@/tmp/s;
    tcp_nodelay on;
    upstream registry {{ server @BACKEND@; }}
    upstream portal {{ server @BACKEND@; least_conn; }}
    map $http_x_forwarded_proto $seen_scheme {{ default $http_x_forwarded_proto; "" $scheme; }}
    log_format timed '$remote_addr "$request" $status $body_bytes_sent $request_time $pipe';
    access_log @DIR@/access.log timed;
    server {{
        listen 127.0.0.1:@PORT@ ssl; server_name registry.test; server_tokens off;
        {CERT}
        ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:SSL:1m; ssl_prefer_server_ciphers on;
        client_max_body_size 0; chunked_transfer_encoding on;
        add_header Strict-Transport-Security "max-age=31536000" always;
        proxy_store off;
        location / {{ proxy_pass http://portal/; proxy_set_header Host $host; proxy_cookie_path / "/; Secure";
            proxy_buffering off; proxy_request_buffering off; }}
        location /v1/ {{ return 404; }}
        location /v2/ {{ proxy_pass http://registry/v2/; proxy_set_header X-Forwarded-Proto $seen_scheme;
            proxy_buffering off; proxy_send_timeout 900; proxy_read_timeout 900; }}
    }}
    server {{ listen 127.0.0.1:@PORT2@; return 308 https://$host$request_uri; }}
"""

MANAGER = """
    include @DIR@/mime.types; default_type application/octet-stream;
    sendfile on; tcp_nopush on; server_tokens off; keepalive_timeout 90s; gzip on;
    proxy_ignore_client_abort off; server_names_hash_bucket_size 1024; proxy_http_version 1.1;
    proxy_set_header X-Forwarded-Scheme $scheme; proxy_set_header Accept-Encoding "";
    proxy_cache off;
    proxy_cache_path @DIR@/tmp/open levels=1:2 keys_zone=open:1m max_size=10m;
    proxy_cache_path @DIR@/tmp/own levels=1:2 keys_zone=own:1m max_size=20m;
    real_ip_header X-Real-IP; real_ip_recursive on;
    server {
        listen 127.0.0.1:@PORT@; server_name proxied.test; charset utf-8;
        location ~* \\.(css|js|jpg)$ {
            proxy_cache open; proxy_cache_valid any 1m; proxy_cache_use_stale error timeout updating http_502;
            proxy_cache_lock on; proxy_cache_bypass $cookie_fresh; proxy_no_cache $http_pragma;
            proxy_ignore_headers Set-Cookie Cache-Control Expires X-Accel-Expires;
            add_header X-Cache "[$upstream_cache_status]" always;
            proxy_pass http://@BACKEND@;
        }
        location / { auth_basic off; proxy_pass http://@BACKEND@; include @DIR@/custom[.]conf; }
    }
"""

ROBOT = f"""
    server {{
        server_name site.test; root @DIR@/html; index index.html;
        location /.well-known/acme-challenge/ {{ allow all; autoindex off; }}
        location / {{ try_files $uri $uri/ =404; disable_symlinks off; limit_rate 0; }}
        listen 127.0.0.1:@PORT@ ssl;
        {CERT}
        ssl_session_cache shared:robot:10m; ssl_session_timeout 1440m; ssl_session_tickets off;
        ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers off;
        ssl_ciphers "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
        ssl_dhparam @PKI@/dh.pem;
    }}
    server {{
        if ($host = site.test) {{ return 301 https://$host$request_uri; }}
        listen 127.0.0.1:@PORT2@; server_name site.test; return 404;
    }}
"""

GENERATOR = f"""
    charset utf-8; override_charset off;
    server {{
        listen 127.0.0.1:@PORT@; ssl on;
        {CERT}
        ssl_session_timeout 1d; ssl_session_cache shared:gen:10m; ssl_session_tickets off;
        ssl_protocols TLSv1.3; ssl_prefer_server_ciphers off; ssl_early_data off;
        add_header Strict-Transport-Security "max-age=63072000" always;
        ssl_client_certificate @PKI@/ca.crt; ssl_verify_client optional;
        location / {{ default_type text/html; return 200 "$ssl_client_verify"; }}
    }}
    server {{ listen 127.0.0.1:@PORT2@ default_server; ssl off;
        location / {{ return 301 https://$host$request_uri; }} }}
"""

INGRESS = """
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    limit_req_zone $remote_addr zone=spare:1m rate=10r/s; limit_req_status 429; limit_conn_status 503;
    http2_max_concurrent_streams 128; http2_max_requests 1000; reset_timedout_connection on;
    fastcgi_read_timeout 60s; grpc_connect_timeout 5s; grpc_read_timeout 60s; ssl_buffer_size 4k;
    aio threads; aio_write on; open_file_cache off; client_header_buffer_size 1k;
    upstream pods { zone pods 64k; server @BACKEND@ max_fails=0; keepalive 320; random two least_conn; }
    server {
        listen 127.0.0.1:@PORT@ default_server reuseport backlog=511; server_name _; set $ns "";
        location / {
            set $ns "default"; proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade; proxy_set_header X-Request-ID $request_id;
            proxy_http_version 1.1; proxy_cookie_domain off; proxy_cookie_path off; proxy_buffering off;
            proxy_max_temp_file_size 1024m; proxy_next_upstream error timeout; proxy_next_upstream_timeout 0;
            proxy_limit_rate 0; satisfy all; mirror off; slice 0; proxy_force_ranges off;
            proxy_pass http://pods; proxy_redirect off;
        }
    }
"""

PACKAGED = """
    include @DIR@/mime.types; types_hash_max_size 2048; sendfile on; server_tokens build;
    gzip on; gzip_vary on; gzip_proxied any; gzip_types text/plain text/css; gzip_disable "msie6";
    log_not_found off; open_file_cache max=1000 inactive=20s; open_file_cache_valid 30s;
    server {
        listen 127.0.0.1:@PORT@ default_server; root @DIR@/html; server_name _; charset_types text/css;
        include @DIR@/fastcgi.conf;
        location / { try_files $uri $uri/ =404; }
        location ~ /\\.ht { deny all; }
    }
"""

FILES = {"mime.types": "types { text/html html; text/css css; application/javascript js; }\n",
         "fastcgi.conf": "fastcgi_param QUERY_STRING $query_string;\nfastcgi_param HTTPS $https if_not_empty;\n",
         "html/index.html": "<p>hello\n"}

# The kind: its text, and twins of it: what is put in place of what, and the reason that is given.
KINDS = {
    "registry": (REGISTRY, {
        "stored answers": ("proxy_store off;", "proxy_store on;", '"proxy_store on" is not supported yet'),
        "sticky clients": ("least_conn;", "ip_hash;", '"ip_hash" is not supported yet'),
        "another protocol": ("return 404;", "fastcgi_pass 127.0.0.1:1;", '"fastcgi_pass" is refused: yett speaks only HTTP'),
        "temporary path in a location": ("return 404;", "if ($host) { scgi_temp_path /x; }",
                                         '"scgi_temp_path" directive is not allowed here')}),
    "manager": (MANAGER, {
        "addresses from a header": ("real_ip_recursive on;", "real_ip_recursive on; set_real_ip_from 10.0.0.0/8;",
                                    '"set_real_ip_from" is not supported yet'),
        "purging": ("proxy_cache_lock on;", "proxy_cache_purge $arg_purge;",
                    '"proxy_cache_purge $arg_purge" is not supported yet'),
        "passwords": ("auth_basic off;", "auth_basic Members;", '"auth_basic Members" is not supported yet'),
        "a cache twice": ("proxy_cache off;", "proxy_cache off; proxy_cache open;",
                          '"proxy_cache" directive is duplicate')}),
    "robot": (ROBOT, {
        "links": ("disable_symlinks off;", "disable_symlinks if_not_owner;",
                  '"disable_symlinks if_not_owner" is not supported yet'),
        "a slower client": ("limit_rate 0;", "limit_rate 100k;",
                            '"limit_rate 100k" is not supported yet, only "limit_rate 0" is accepted'),
        "listings": ("autoindex off;", "autoindex on;", '"autoindex on" is not supported yet')}),
    "generator": (GENERATOR, {
        "early data": ("ssl_early_data off;", "ssl_early_data on;", '"ssl_early_data on" is refused'),
        "recoding": ("override_charset off;", "source_charset koi8-r;", '"source_charset" is not supported yet'),
        "no certificate": (CERT, "", 'no "ssl_certificate" is defined for the "ssl" directive'),
        "no switch": ("ssl off;", "ssl maybe;", 'invalid value "maybe" in "ssl" directive')}),
    "ingress": (INGRESS, {
        "limits": ("satisfy all;", "limit_req zone=spare;", '"limit_req" is not supported yet'),
        "some of several": ("satisfy all;", "satisfy some;", 'invalid value "some" in "satisfy" directive'),
        "copies": ("mirror off;", "mirror /copy;", '"mirror /copy" is not supported yet'),
        "gRPC": ("proxy_pass http://pods;", "grpc_pass grpc://pods/x;", 'invalid host in upstream "pods/x"')}),
    "packaged": (PACKAGED, {
        "scripts": ("deny all;", "perl 'x';", '"perl" is refused: yett runs no scripts'),
        "a stream": ("", "", '"stream" is not supported yet, only "stream { }" is accepted')}),
}
TWINS = [(kind, twin) for kind, (_, twins) in KINDS.items() for twin in twins]


def load(backend, pki, http, main=""):
    conf = ("user root;\n" if main is not None else "") + (
        "pid @DIR@/server.pid; error_log @DIR@/error.log info; worker_rlimit_nofile 1024;\n"
        f"{main}\nevents {{ worker_connections 512; multi_accept on; debug_connection 127.0.0.1; }}\n"
        f"http {{\n{http}\n}}\n")
    if "access_log" not in http:
        conf = conf.replace("http {\n", "http {\n    access_log off;\n", 1)
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        if kind + "_temp_path" not in conf:
            conf = conf.replace("http {\n", f"http {{\n    {kind}_temp_path @DIR@/tmp/{kind};\n", 1)
    return Server(conf=conf, files=FILES, start=False, values={"PKI": pki.dir, "BACKEND": backend.address})


def ask(server, pki, line="GET /", host="localhost", tls=False, port="PORT", cert=None):
    with Conn(server.port(port), rawhttp.tls_context(pki, cert) if tls else None, host if tls else None) as conn:
        conn.send(build(line, host=host))
        return conn.read()


@pytest.mark.parametrize("kind", KINDS)
def test_loads_and_serves(backend, pki, kind):
    server = load(backend, pki, KINDS[kind][0], "stream { }\n" if kind == "packaged" and not YETT_IS_NGINX else "")
    try:
        done = server.run("-t")
        assert done.returncode == 0 and "[error]" not in done.stderr, done.stderr
        server.start()
        tls = kind in ("registry", "robot", "generator")
        answer = ask(server, pki, tls=tls)
        assert answer.status == 200, answer
        if kind == "manager":
            assert ask(server, pki, "GET /a.css").get("X-Cache") == ("[MISS]" if YETT_IS_NGINX else "[]")
        if kind == "generator":
            assert answer.get("Content-Type") == "text/html; charset=utf-8" and answer.body == b"NONE"
            assert ask(server, pki, tls=True, cert="good").body == b"SUCCESS"
            assert ask(server, pki, port="PORT2").status == 301
    finally:
        server.stop()


@pytest.mark.yett_only("it has what is refused")
@pytest.mark.parametrize("kind,twin", TWINS, ids=[f"{kind}: {twin}" for kind, twin in TWINS])
def test_twin_is_refused(backend, pki, kind, twin):
    http, (old, new, why) = KINDS[kind][0], KINDS[kind][1][twin]
    main = "" if old or new else "stream { server { } }\n"
    assert old in http
    server = load(backend, pki, http.replace(old, new, 1) if old else http, main)
    done = server.run("-t")
    assert done.returncode == 1 and why in done.stderr, done.stderr
    assert re.search(re.escape(server.conf_path) + r":\d+", done.stderr)
    server.remove()


@pytest.mark.yett_only("it caches")
def test_nothing_is_served_from_a_cache(backend, pki):
    """Each client's request reaches the backend, whatever the cache's directives say."""
    server = load(backend, pki, """proxy_cache_path @DIR@/tmp/x keys_zone=z:1m;
    server { listen 127.0.0.1:@PORT@ ssl; %s ssl_client_certificate @PKI@/ca.crt; ssl_verify_client optional;
        location / { proxy_pass http://@BACKEND@; proxy_set_header X-Client $ssl_client_s_dn;
            proxy_cache z; proxy_cache_valid any 1h; proxy_cache_key same; proxy_cache_methods GET POST;
            proxy_cache_use_stale error timeout http_500; proxy_ignore_headers Set-Cookie Cache-Control; } }
    """ % CERT)
    try:
        done = server.run("-t")
        assert done.returncode == 0
        assert done.stderr.count('has no effect (yett does not cache responses) in') == 6, done.stderr
        server.start()
        before = len(backend.requests)
        bodies = [ask(server, pki, "GET /secret", tls=True, cert=cert).body for cert in ("good", "second", None)]
        assert len(backend.requests) == before + 3
        assert len(set(bodies)) == 3 and b"X-Client" not in bodies[2]
    finally:
        server.stop()
