# SPDX-License-Identifier: Apache-2.0
"""Names of backends: looked up at start, or at the moment through `resolver`."""

import socket
import struct
import threading
import time

import pytest

from rawhttp import ask


class Dns:
    """Answers A queries from a table; a name that maps to None gets no answer at all."""

    def __init__(self, names):
        self.names, self.asked = names, []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                query, peer = self.sock.recvfrom(4096)
            except OSError:
                return
            labels, i = [], 12
            while query[i]:
                labels.append(query[i + 1:i + 1 + query[i]].decode())
                i += 1 + query[i]
            name, kind = ".".join(labels), struct.unpack("!H", query[i + 1:i + 3])[0]
            question = query[12:i + 5]
            self.asked.append((name, kind))
            if name in self.names and self.names[name] is None:
                continue
            addresses = self.names.get(name, []) if kind == 1 else []
            code = 0 if name in self.names else 3
            reply = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(addresses), 0, 0) + question
            for address in addresses:
                reply += b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
            self.sock.sendto(reply, peer)

    def stop(self):
        self.sock.close()


@pytest.fixture(scope="module")
def dns():
    server = Dns({"app.test": ["127.0.0.1"], "silent.test": None, "dead.test": ["127.0.0.77"],
                  "two.test": ["127.0.0.77", "127.0.0.1"]})
    yield server
    server.stop()


@pytest.fixture(scope="module")
def server(serve_module, dns, backend):
    return serve_module("""
    resolver 127.0.0.1:@DNS@ valid=30s; resolver_timeout 1s;
    server { listen 127.0.0.1:@PORT@;
        location / { set $name $arg_h; proxy_pass http://$name:@B@; proxy_connect_timeout 2s;
                     proxy_set_header Host $name; }
    }""", values={"DNS": dns.port, "B": backend.port})


def test_name_by_variable(server, backend):
    answer = ask(server.port(), "GET /x?h=app.test")
    assert answer.status == 200
    assert backend.last().get("Host") == "app.test"
    assert backend.last().target == "/x?h=app.test"


def test_answers_are_kept(server, dns):
    ask(server.port(), "GET /?h=app.test")
    before = len(dns.asked)
    for _ in range(5):
        assert ask(server.port(), "GET /?h=app.test").status == 200
    assert len(dns.asked) == before


def test_unknown_name(server):
    assert ask(server.port(), "GET /?h=unknown.test").status == 502
    server.wait_log(r"unknown\.test could not be resolved \(3: Host not found\)")


def test_silent_server(server):
    begin = time.monotonic()
    assert ask(server.port(), "GET /?h=silent.test").status in (502, 504)
    assert time.monotonic() - begin < 8
    server.wait_log(r"silent\.test could not be resolved \(110: Operation timed out\)")


def test_address_needs_no_resolver(server):
    assert ask(server.port(), "GET /?h=127.0.0.1").status == 200


def test_second_address_is_tried(server):
    assert ask(server.port(), "GET /?h=two.test").status == 200


def test_no_resolver(serve, backend):
    server = serve("""server { listen 127.0.0.1:@PORT@; location / { set $n app.test;
        proxy_pass http://$n:@B@; } }""", values={"B": backend.port})
    assert ask(server.port()).status == 502
    server.wait_log(r"no resolver defined to resolve app\.test")


def test_unknown_at_start(serve):
    server = serve("server { listen 127.0.0.1:@PORT@; location / { "
                   "proxy_pass http://no-such-host.invalid; } }", start=False)
    done = server.run("-t", timeout=60)
    assert done.returncode == 1
    assert 'host not found in upstream "no-such-host.invalid"' in done.stderr
