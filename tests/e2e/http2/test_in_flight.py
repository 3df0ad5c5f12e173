# SPDX-License-Identifier: Apache-2.0
"""A new stream is the first to find that its client is no longer good: the streams beside it end as well."""

import contextlib
import datetime
import time

import pytest

from support import in_flight
from support.http2 import Http2, context, head
from support.ocsp_ca import Ca
from support.ocsp_responder import make
from support.pki import ExtendedKeyUsageOID, simple
from support.rawhttp import Conn
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("what is in flight goes on")
FILES = """location /files/ { root @DIR@; } location / { return 200 "$ssl_client_verify"; }"""
CLOCK = """server { listen 127.0.0.1:@PORT@ ssl; http2 on; server_name front.test;
    ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    ssl_client_certificate @PKI@/ca.crt; ssl_verify_client on; %s }""" % FILES
WHY = r"closing the connection before the exchange is complete: the client certificate is no longer valid"
EVERY = 0.005    # far more often than yett looks by itself


def download(server, tls, name, window=True):
    """A connection with a stream that would go on for hours; without `window` it waits for one."""
    client = Http2(server.port(), tls, name, keep=False, window=window)
    stream = client.request(head("/files/long", "GET", name))
    assert client.until(lambda: client.streams[stream].size)
    return client, client.streams[stream]


def ask_on(client, name, seconds):
    """New streams all the time; whether the connection ends."""
    until = time.monotonic() + seconds
    with contextlib.suppress(OSError):
        while time.monotonic() < until and not client.eof:
            client.request(head("/", "GET", name))
            client.until(lambda: False, EVERY)
    return client.closed(1)


def test_the_clock(serve, pki):
    server = serve(CLOCK, start=False)
    in_flight.prepare(server)
    server.start()
    twin, kept = download(server, context(pki, "good"), "front.test")
    end = datetime.datetime.utcnow().replace(microsecond=0) + datetime.timedelta(seconds=4)
    pki.write_pair("soon", pki.issue(simple("soon"), pki.inter, end=end,
                                     eku=[ExtendedKeyUsageOID.CLIENT_AUTH]), [pki.inter[0]])
    client, gone = download(server, context(pki, "soon"), "front.test")
    with client, twin:
        assert ask_on(client, "front.test", 20) and not gone.ended
        server.wait_log(WHY)
        before = kept.size
        assert not ask_on(twin, "front.test", 0.5) and kept.size > before


@pytest.fixture
def ca(pki):
    with Ca(pki) as made:
        yield made


@pytest.mark.parametrize("known", [False, True], ids=["asked for", "in the cache"])
def test_ocsp(serve, ca, known):
    """The responses expire, and the next ones say that the certificate is revoked."""
    server = serve(in_flight.HTTP + ca.conf("leaf", more="http2 on; ssl_ocsp_cache shared:o:1m;").replace(
        ' location / { return 200 "in|$ssl_client_verify|$ssl_session_reused"; }', FILES), start=False)
    in_flight.prepare(server)
    server.start()
    ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, start=-1, end=3)
    tls = ca.context("good")
    other = Conn(server.port(), tls, "ocsp.test")
    tls.set_alpn_protocols(["h2"])
    client, gone = download(server, tls, "ocsp.test")
    with client, other:
        ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, "revoked")
        if known:
            wait_for(lambda: other.ask("GET /", host="ocsp.test").status == 403, 10, "the rejection")
        assert ask_on(client, "ocsp.test", 20) and not gone.ended
        server.wait_log(WHY)


def test_time_limits_after_a_check(serve, ca, backend):
    """A new stream waits for the responder, and sends no body: its time limit counts all the same."""
    server = serve(in_flight.HTTP + ca.conf("leaf", more="http2 on; client_body_timeout 1s;").replace(
        ' location / { return 200 "in|$ssl_client_verify|$ssl_session_reused"; }',
        FILES + " location /up { proxy_pass http://@B@; }"), start=False, values={"B": backend.address})
    in_flight.prepare(server)
    server.start()
    ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, start=-1, end=2)
    tls = ca.context("good")
    tls.set_alpn_protocols(["h2"])
    client, kept = download(server, tls, "ocsp.test", window=False)
    with client:
        ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter)
        ca.responder.delay = 1
        until = time.monotonic() + 10
        while len(ca.responder.asked) < 2 and time.monotonic() < until:
            client.answer(client.request(head("/", "GET", "ocsp.test")), EVERY)
        stream = client.request(head("/up", "POST", "ocsp.test"), end=False)
        assert client.answer(stream, 8).over
        assert not kept.over and client.alive()
