# SPDX-License-Identifier: Apache-2.0
"""What the servers serve: one configuration for those measured, one for the backend behind them."""

import os

NAME = "bench.example"
SMALL = 100
LARGE = 1 << 20
HUGE = 10 << 20

# Written out is what nginx 1.22 and the newest documentation default differently: ssl_protocols,
# proxy_http_version, kept backend connections. Limits that a long run would meet are raised. What
# differs between servers is in `listen.conf`.
CONFIGURATION = """\
{user}
worker_processes 1;
worker_rlimit_nofile 20000;
daemon off;
pid logs/server.pid;
error_log logs/error.log error;

events {{
    worker_connections 16384;
}}

http {{
    access_log off;
    default_type text/plain;
    keepalive_timeout 600s;
    keepalive_requests 1000000000;

    upstream backend {{
        server 127.0.0.1:{backend_port};
        keepalive 32;
        keepalive_requests 1000000000;
        keepalive_timeout 600s;
    }}

    server {{
        include listen.conf;
        server_name {name};

        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate {server.cert};
        ssl_certificate_key {server.key};
        ssl_client_certificate {root};
        ssl_verify_client on;
        ssl_verify_depth 3;
{extra}
        location = /small {{
            return 200 "{small}";
        }}

        location /files/ {{
            root {html};
        }}

        location /backend/ {{
            proxy_pass http://backend;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""

BACKEND = """\
{user}
worker_processes 1;
daemon off;
pid logs/server.pid;
error_log logs/error.log error;

events {{
    worker_connections 1024;
}}

http {{
    access_log off;
    default_type text/plain;
    keepalive_timeout 600s;
    keepalive_requests 1000000000;

    server {{
        listen 127.0.0.1:{port};

        location / {{
            return 200 "{small}";
        }}
    }}
}}
"""


def user():
    return "user root;" if os.geteuid() == 0 else ""


def _text():
    return ("yett " * SMALL)[:SMALL]


def write_files(directory):
    """The static files, under `directory`/files."""
    files = directory / "files"
    files.mkdir(parents=True)
    (files / "small").write_text(_text())
    (files / "large").write_bytes(bytes(range(256)) * (LARGE // 256))
    (files / "huge").write_bytes(bytes(range(256)) * (HUGE // 256))


def configuration(certificates, html, backend_port, extra=""):
    """The text that each measured server gets; `extra` is put into its server block."""
    return CONFIGURATION.format(user=user(), name=NAME, server=certificates.server,
                                root=certificates.root, html=html, backend_port=backend_port,
                                small=_text(), extra=extra)


def write_prefix(prefix, text, port=None, http2=False):
    """A server's directory: its configuration and, if it is measured, the address it listens on,
    with HTTP/2 or without."""
    (prefix / "conf").mkdir(parents=True)
    (prefix / "logs").mkdir()
    (prefix / "conf" / "bench.conf").write_text(text)
    if port is not None:
        (prefix / "conf" / "listen.conf").write_text(
            f"listen 127.0.0.1:{port} ssl{' http2' if http2 else ''};\n")


def backend(port):
    return BACKEND.format(user=user(), port=port, small=_text())
