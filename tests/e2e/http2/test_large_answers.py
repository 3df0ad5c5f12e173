# SPDX-License-Identifier: Apache-2.0
"""Heads of answers that are larger than nghttp2 sends by itself (64 KB)."""

import socket
import threading

import pytest

from support.http2 import Http2

CONFIG = """
    server { listen 127.0.0.1:@PORT@ ssl; http2 on;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        location / { proxy_pass http://127.0.0.1:@B@; proxy_buffer_size 512k; } }
"""


@pytest.mark.parametrize("size", [1000, 60_000, 200_000])
def test_of_backends(serve, size):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = serve(CONFIG, values={"B": listener.getsockname()[1]})

        def backend():
            sock, _ = listener.accept()
            with sock:
                sock.recv(65536)
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Large: " + b"v" * size + b"\r\n\r\nbody")
        threading.Thread(target=backend, daemon=True).start()
        with Http2(server.port()) as client:
            client.decoder.max_header_list_size = 1 << 20
            answer = client.ask("/", "GET", "front.test")
            assert answer.status == 200
            assert len(dict(answer.heads[-1])["x-large"]) == size and answer.text == "body"
