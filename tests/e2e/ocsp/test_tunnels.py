# SPDX-License-Identifier: Apache-2.0
"""Tunnels whose client a responder is asked about again, and does not answer: requirements and CRLs
end them all the same."""

import re
import threading

import pytest

from support import lists
from support.backend import websocket
from support.http2 import Http2, head
from support.ocsp_ca import Ca
from support.ocsp_responder import make
from support.rawhttp import UPGRADE, Conn, build
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("it does not ask again")
MAP = 'map $http_upgrade $connection_upgrade { default upgrade; "" close; }\n'
LOCATIONS = """location /text { return 200 "text"; }
    location / { proxy_pass http://@B@; proxy_http_version 1.1; proxy_read_timeout 60s;
        proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }"""


class Tunnel1:
    """Over HTTP/1.1, where nothing can wait behind it."""

    def __init__(self, port, tls):
        self.conn = Conn(port, tls, "ocsp.test")
        self.conn.send(build("GET /ws", UPGRADE, host="ocsp.test"))
        assert self.conn.read().status == 101

    def ask(self):
        pass

    def echoes(self):
        self.conn.send(b"hello")
        return self.conn.take(5) == b"hello"

    def ends(self):
        return self.conn.closed(5)

    def answered(self):
        return True

    def close(self):
        self.conn.close()


class Tunnel2:
    """A stream, and another that cannot begin before the responder has answered (CONNECTION_CHECK)."""

    def __init__(self, port, tls):
        tls.set_alpn_protocols(["h2"])
        self.conn = Http2(port, tls, "ocsp.test")
        self.stream = self.conn.request([*head("/ws", "CONNECT", "ocsp.test"), (":protocol", "websocket"),
                                         ("sec-websocket-version", "13")], end=False)
        assert self.conn.until(lambda: self.got.heads) and self.got.status == 200

    @property
    def got(self):
        return self.conn.streams[self.stream]

    def ask(self):
        self.behind = self.conn.request(head("/text", "GET", "ocsp.test"))
        assert not self.conn.until(lambda: self.conn.streams[self.behind].over, 0.3), "it does not wait"

    def echoes(self):
        before = len(self.got.body)
        self.conn.data(self.stream, b"hello")
        return self.conn.until(lambda: self.got.body[before:] == b"hello")

    def ends(self):
        return self.conn.until(lambda: self.got.reset is not None or self.conn.eof) and not self.got.ended

    def answered(self):
        return self.conn.answer(self.behind).status == 200

    def close(self):
        self.conn.close()


class Site:
    """A server that asks `openssl ocsp` about its clients, again after two seconds; that answer stalls until
    `answers` is set. `over`: the backend saw the end of the tunnel."""

    def __init__(self, serve, ca, backend):
        self.ca, self.answers, self.over = ca, threading.Event(), threading.Event()
        backend.on("/ws", self.backend)
        conf = MAP + ca.conf(more="http2 on; ssl_crl @DIR@/lists.pem;").replace(
            ' location / { return 200 "in|$ssl_client_verify|$ssl_session_reused"; }', LOCATIONS)
        self.server = serve(conf, values={"B": backend.address}, files={"lists.pem": self.crls()})
        ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, start=-1, end=2)

    def crls(self, revoked=(), number=1):
        return lists.make(self.ca.root) + lists.make(self.ca.inter, revoked, number)

    def backend(self, conn, request):
        try:
            return websocket(conn, request)
        finally:
            self.over.set()

    def open(self, kind):
        """A tunnel for which the check of its client is open."""
        responder = self.ca.responder
        tunnel = kind(self.server.port(), self.ca.context("good"))
        assert tunnel.echoes()
        responder.answer, responder.stalled = None, self.answers
        asked = len(responder.asked)
        wait_for(lambda: len(responder.asked) > asked, 10, "the question that stalls")
        tunnel.ask()
        return tunnel

    def after(self, act, pattern):
        before = len(self.server.log())
        act()
        wait_for(lambda: re.search(pattern, self.server.log()[before:]), 10, pattern)

    def reload(self, old, new):
        conf = self.server.conf.replace(old, new)
        assert conf != self.server.conf
        self.server.configure(conf)
        self.after(lambda: self.server.run("-s", "reload", check=True), r"generation process \d+ serves")

    def revoke(self, name):
        path = self.server.dir + "/lists.pem"
        self.after(lambda: lists.rename_over(path, self.crls([self.ca.pairs[name]], 2)),
                   "new CRLs of .* are in force")


CHANGES = {
    "other requirements": (lambda site: site.reload("ssl_verify_depth 3;", "ssl_verify_depth 2;"),
                           "closing an upgraded connection: the requirements for clients changed"),
    "revoked": (lambda site: site.revoke("good"),
                r"the client certificate is no longer valid \(23:certificate revoked\)"),
}
TWINS = {
    "the same requirements": lambda site: site.reload("ssl_verify_depth 3;", "ssl_verify_depth 3; gzip off;"),
    "another is revoked": lambda site: site.revoke("gone"),
}


@pytest.fixture
def ca(pki):
    with Ca(pki) as made:
        yield made


@pytest.fixture
def site(serve, ca, backend):
    made = Site(serve, ca, backend)
    yield made
    made.answers.set()


@pytest.mark.parametrize("kind", [Tunnel1, Tunnel2], ids=["h1", "h2"])
@pytest.mark.parametrize("change", CHANGES)
def test_it_ends_whatever_the_responder_says_later(site, kind, change):
    """Client and backend of a stream may see it when the responder has answered: that is good."""
    act, says = CHANGES[change]
    tunnel = site.open(kind)
    act(site)
    site.server.wait_log(says, seconds=5)
    site.answers.set()
    assert site.over.wait(5) and tunnel.ends()
    tunnel.close()


@pytest.mark.parametrize("kind", [Tunnel1, Tunnel2], ids=["h1", "h2"])
@pytest.mark.parametrize("change", TWINS)
def test_it_goes_on_with_what_concerns_others(site, kind, change):
    tunnel = site.open(kind)
    TWINS[change](site)
    assert not site.over.wait(0.7)
    site.answers.set()
    assert tunnel.answered() and tunnel.echoes()
    tunnel.close()
