# SPDX-License-Identifier: Apache-2.0
"""Names of backends: looked up at start, or at the moment through `resolver`."""


import pytest

from support.dns_server import Dns
from support.rawhttp import ask


@pytest.fixture(scope="module")
def dns():
    server = Dns({"app.test": ["127.0.0.1"], "silent.test": None, "dead.test": ["127.0.0.77"],
                  "two.test": ["127.0.0.77", "127.0.0.1"],
                  "localhost": ["127.0.0.1"], "app.localhost": ["127.0.0.1"], "alias.test": "alias2.test",
                  "alias2.test": "app.test", "nowhere.test": "unknown.test", "a.circle.test": "b.circle.test",
                  "b.circle.test": "a.circle.test", "self.test": "self.test", "stuck.test": "silent.test"})
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


@pytest.mark.parametrize("name", ["localhost", "app.localhost"])
def test_localhost_is_asked_for(server, backend, dns, name):
    answer = ask(server.port(), f"GET /x?h={name}")
    assert answer.status == 200
    assert backend.last().get("Host") == name
    assert (name, 1) in dns.asked


def test_localhost_that_the_server_does_not_know(serve, backend):
    """What a client says in Host must not lead to this machine."""
    dns = Dns({"known.test": ["127.0.0.1"]})
    server = serve("""resolver 127.0.0.1:@DNS@; server { listen 127.0.0.1:@PORT@;
        location / { proxy_pass http://$host:@B@; } }""", values={"DNS": dns.port, "B": backend.port})
    backend.reset()
    for name in ("localhost", "LOCALHOST", "x.localhost", "localhost."):
        assert ask(server.port(), host=name).status == 502
    assert not backend.requests
    server.wait_log(r"localhost could not be resolved \(3: Host not found\)")
    assert ask(server.port(), host="known.test").status == 200
    dns.stop()


def test_an_alias_alone_is_followed(server, dns):
    assert ask(server.port(), "GET /?h=alias.test").status == 200
    asked = [name for name, kind in dns.asked if kind == 1]
    assert asked.index("alias.test") < asked.index("alias2.test")
    before = len(dns.asked)
    assert ask(server.port(), "GET /?h=alias.test").status == 200
    assert len(dns.asked) == before  # kept under the name that was asked for


@pytest.mark.parametrize("name", ["nowhere.test", "a.circle.test", "self.test"])
def test_an_alias_that_leads_nowhere(server, dns, name):
    before = len(dns.asked)
    assert ask(server.port(), f"GET /?h={name}").status == 502
    server.wait_log(name.replace(".", r"\.") + r" could not be resolved \(")
    assert len(dns.asked) - before < 150


def test_an_alias_of_a_silent_name(server):
    assert ask(server.port(), "GET /?h=stuck.test").status == 502
    server.wait_log(r"stuck\.test could not be resolved \(110: Operation timed out\)")


def test_silent_server(server):
    assert ask(server.port(), "GET /?h=silent.test", timeout=20).status in (502, 504)
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
