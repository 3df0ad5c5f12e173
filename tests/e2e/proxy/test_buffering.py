# SPDX-License-Identifier: Apache-2.0
"""proxy_buffering: how much of an answer waits for a client that does not read."""

import socket
import threading

import pytest

from support.servers import wait_for

SIZE = 48 << 20     # more than the kernel holds for two connections

SERVER = """
    proxy_buffer_size 4k; proxy_buffers 8 8m; proxy_busy_buffers_size 8m; proxy_max_temp_file_size 0;
    server { listen 127.0.0.1:@PORT@;
        location /on { proxy_pass http://127.0.0.1:@BACKEND@; }
        location /off { proxy_pass http://127.0.0.1:@BACKEND@; proxy_buffering off; }
        location /ignored { proxy_pass http://127.0.0.1:@BACKEND@; proxy_ignore_headers X-Accel-Buffering; } }
"""


class Backend:
    """Answers one request with SIZE bytes; `.sent` of them are gone."""

    def __init__(self, fields):
        self.fields, self.sent, self.stopped = fields, 0, False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        connection, _ = self.listener.accept()
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 200 OK\r\n{self.fields}Content-Length: {SIZE}\r\n\r\n".encode())
        block = bytes(1 << 16)
        connection.settimeout(2)
        try:
            while self.sent < SIZE:
                self.sent += connection.send(block)
        except OSError:
            pass
        self.stopped = True


@pytest.mark.parametrize("path, fields, waits", [
    ("/on", "", False), ("/off", "", True), ("/on", "X-Accel-Buffering: no\r\n", True),
    ("/off", "X-Accel-Buffering: yes\r\n", False), ("/ignored", "X-Accel-Buffering: no\r\n", False)])
def test_backend_waits_for_the_client(serve, path, fields, waits):
    backend = Backend(fields)
    server = serve(SERVER, values={"BACKEND": backend.port})
    with socket.create_connection(("127.0.0.1", server.port())) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_for(lambda: backend.stopped, 60, "the backend's last byte")
        assert (backend.sent < SIZE) == waits
