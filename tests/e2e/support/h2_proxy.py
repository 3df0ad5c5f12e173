# SPDX-License-Identifier: Apache-2.0
"""A server in front of an HTTP/2 backend (support.h2_backend), and how to ask it."""

import json

from support.rawhttp import Conn, ask, build

CONFIG = """
    proxy_http_version 2; proxy_next_upstream_timeout 5s; client_max_body_size 0; http2 on;
    log_format bytes "$upstream_status $upstream_bytes_sent $upstream_bytes_received $upstream_response_length";
    upstream kept { server @B@ max_fails=0; keepalive 8; }
    upstream bare { server @B@ max_fails=0; keepalive 0; }
    upstream few { server @B@ max_fails=0; keepalive 8; keepalive_requests 3; keepalive_timeout 1s; }
    upstream second { server @B@ max_fails=0; server @C@ backup; }
    server { listen 127.0.0.1:@PORT@;
        location / { proxy_pass http://kept; }
        location /bare/ { proxy_pass http://bare; }
        location /few/ { proxy_pass http://few; }
        location /next/ { proxy_pass http://second; proxy_next_upstream error http_500; }
        location /timeout/ { proxy_pass http://kept; proxy_read_timeout 1s; proxy_send_timeout 1s; }
        location /stream/ { proxy_pass http://kept; proxy_request_buffering off; }
        location /trailers/ { proxy_pass http://kept; proxy_pass_trailers on; }
        location /set/ { proxy_pass http://kept; proxy_set_header Host name.test;
            proxy_set_header X-One 1; proxy_set_header Connection close; proxy_set_header TE gzip;
            proxy_set_header Upgrade websocket; proxy_set_header Content-Length 7; }
        location /te/ { proxy_pass http://kept; proxy_set_header TE trailers; }
        location /log/ { proxy_pass http://kept;
            access_log @DIR@/log bytes; }
    }
    server { listen 127.0.0.1:@PORT2@ ssl; ssl_certificate @PKI@/srv-front.crt;
        ssl_certificate_key @PKI@/srv-front.key; location / { proxy_pass http://kept; } }
"""


def get(server, path, *lines, method="GET", body=b"", timeout=8.0):
    return ask(server.port(), f"{method} {path}", lines, body=body, timeout=timeout)


def seen(answer):
    assert answer.status == 200, answer
    return json.loads(answer.text)


def fields(answer):
    return dict(map(tuple, seen(answer)["headers"]))


def connection_of(server, path):
    return seen(get(server, path))["connection"]


def many(server, path, n):
    """n requests at once, by as many clients."""
    conns = [Conn(server.port(), timeout=10) for _ in range(n)]
    for conn in conns:
        conn.send(build("GET " + path))
    return conns
