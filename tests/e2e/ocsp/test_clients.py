# SPDX-License-Identifier: Apache-2.0
"""ssl_ocsp: clients whose certificates a responder vouches for, and all others, who are refused."""

import threading
import time

import pytest

from support.dns_server import Dns
from support.ocsp_ca import Ca
from support.ocsp_responder import make
from support.rawhttp import Conn
from support.servers import NGINX, YETT_IS_NGINX, wait_for

FAILED = "FAILED:certificate status request failed"
REVOKED = "FAILED:certificate revoked"
VERSIONS = ["1.2", "1.3"]


@pytest.fixture
def ca(pki):
    with Ca(pki) as made:
        yield made


CASES = [("good", 200, "SUCCESS"), ("gone", 403, REVOKED),
         ("unknown", 403, "FAILED:certificate status unknown"),
         ("silent", 403, FAILED), ("https", 403, FAILED), ("refused", 403, FAILED),
         ("named", 403, FAILED)]


@pytest.mark.parametrize("binary", [None, NGINX], ids=["yett", "nginx"])
@pytest.mark.parametrize("verify", ["on", "optional"])
def test_verdicts(serve, ca, binary, verify):
    """What nginx says of each client, yett says."""
    server = serve(ca.conf(verify=verify), binary=binary)
    for version in VERSIONS:
        for name, status, verdict in CASES:
            assert ca.visit(server, name, version) == (status, verdict), (name, version)
        expected = (403, "NONE") if verify == "on" else (200, "NONE")
        assert ca.visit(server, None, version) == expected


def test_off_asks_nobody(serve, ca):
    server = serve(ca.conf("off"))
    assert ca.visit(server, "gone") == (200, "SUCCESS")
    assert not ca.responder.asked and not ca.above.asked


@pytest.mark.parametrize("mode,expected", [("on", (403, REVOKED)), ("leaf", (200, "SUCCESS"))])
def test_revoked_ca(serve, ca, mode, expected):
    server = serve(ca.conf(mode))
    assert ca.visit(server, "good") == (200, "SUCCESS")
    assert bool(ca.above.asked) == (mode == "on")
    ca.above.revoked.add(ca.inter[0].serial_number)
    assert ca.visit(server, "good") == expected
    assert ca.visit(server, "gone") == (403, REVOKED)


def test_ca_that_nobody_vouches_for(serve, ca):
    ca.above.answer = lambda _: b"garbage"
    server = serve(ca.conf())
    assert ca.visit(server, "good") == (403, FAILED)
    server.wait_log(r'not an OCSP response.* while requesting certificate status, responder: 127\.0\.0\.1, '
                    r'certificate: "CN=OCSP CA')
    server.wait_log(r"client SSL certificate verify error: \(\d+:certificate status request failed\) "
                    r"at depth 1")


@pytest.mark.yett_only("it believes some of these")
@pytest.mark.parametrize("what", ["garbage", "empty", "status", "type", "large", "expired", "future",
                                  "other", "signer", "sibling", "old", "sha"])
def test_wrong_answers(serve, ca, pki, what):
    pair, issuer = ca.pairs["good"], ca.inter
    answers = {
        "garbage": b"0", "empty": b"", "large": make(pair, issuer) + b"\0" * 70000,
        "status": (500, "application/ocsp-response", make(pair, issuer)),
        "type": (200, "text/plain", make(pair, issuer)),
        "expired": make(pair, issuer, start=-9000, end=-4000),
        "future": make(pair, issuer, start=4000, end=9000),
        "other": make(ca.pairs["gone"], issuer),
        "signer": make(pair, issuer, signer=pki.inter),
        "sibling": make(pair, issuer, signer=ca.pairs["gone"]),
        "old": make(pair, issuer, start=-4000, end=None),
        "sha": (200, "application/ocsp-response", b"\x30\x03\x0a\x01\x03"),
    }
    server = serve(ca.conf("leaf"))
    ca.responder.answer = lambda _: answers[what]
    for verify in (ca.visit(server, "good"), ca.visit(server, "good", "1.2")):
        assert verify == (403, FAILED)
    ca.responder.answer = lambda _: make(pair, issuer)
    assert ca.visit(server, "good") == (200, "SUCCESS")


def test_answer_without_an_end_counts_once(serve, ca):
    ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, end=None)
    server = serve(ca.conf("leaf", more="ssl_ocsp_cache shared:o:1m;"))
    for count in (1, 2):
        assert ca.visit(server, "good") == (200, "SUCCESS")
        assert len(ca.responder.asked) == count


def test_cache(serve, ca):
    server = serve(ca.conf(more="ssl_ocsp_cache shared:o:1m;"), main="worker_processes 2;")
    for _ in range(4):
        assert ca.visit(server, "good") == (200, "SUCCESS")
        assert ca.visit(server, "gone") == (403, REVOKED)
        assert ca.visit(server, "unknown") == (403, "FAILED:certificate status unknown")
    count = ca.responder.asked.count
    assert count(ca.serial("good")) == 1 and count(ca.serial("gone")) == 1
    assert count(ca.serial("unknown")) == 4, "that may change any moment"
    assert len(ca.above.asked) == 1
    ca.responder.down()
    assert ca.visit(server, "good") == (200, "SUCCESS")
    assert ca.visit(server, "unknown") == (403, FAILED)


def test_cache_off(serve, ca):
    server = serve(ca.conf("leaf"))
    assert ca.visit(server, "good") == (200, "SUCCESS")
    ca.responder.revoked.add(ca.serial("good"))
    assert ca.visit(server, "good") == (403, REVOKED)


def test_cached_answers_end(serve, ca):
    ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, start=-1, end=2)
    server = serve(ca.conf("leaf", more="ssl_ocsp_cache shared:o:1m;"))
    assert ca.visit(server, "good") == (200, "SUCCESS")
    ca.responder.answer = None
    ca.responder.revoked.add(ca.serial("good"))
    wait_for(lambda: ca.visit(server, "good") == (403, REVOKED), 10, "the end of the answer")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("verify", ["on", "optional"])
@pytest.mark.parametrize("sessions", ["", "ssl_session_cache shared:S:1m; ssl_session_tickets off;",
                                      "ssl_session_cache off;"])
def test_sessions_are_no_way_around(serve, ca, version, verify, sessions):
    """nginx does not ask about who comes back with a session."""
    server = serve(ca.conf(verify=verify, more=sessions))
    context = ca.context("good", version)

    def visit(session=None):
        with Conn(server.port(), context, "ocsp.test", session=session) as conn:
            answer = conn.ask(host="ocsp.test")
            return answer, conn.sock.session, conn.sock.session_reused
    answer, session, _ = visit()
    assert answer.status == 200 and answer.text == "in|SUCCESS|."
    answer, session, reused = visit(session)
    assert answer.status == 200 and not reused
    ca.responder.revoked.add(ca.serial("good"))
    answer, _, reused = visit(session)
    assert answer.status == 403 and not reused
    if verify == "optional":
        context = ca.context(None, version)
        _, session, _ = visit()
        answer, _, reused = visit(session)
        assert answer.text == "in|NONE|r" and reused, "who shows no certificate may come back"


@pytest.mark.parametrize("version", VERSIONS)
def test_session_of_a_server_that_does_not_ask(serve, ca, version):
    """A session, or a connection, made where nobody asked proves nothing where somebody does."""
    server = serve(ca.conf("off", name="lax.test") + ca.conf("on") +
                   ca.conf("leaf", name="leaf.test") + ca.conf("on", name="same.test"))
    context = ca.context("gone", version)
    with Conn(server.port(), context, "lax.test") as conn:
        assert conn.ask(host="lax.test").text == "in|SUCCESS|."
        session = conn.sock.session
        assert conn.ask(host="ocsp.test").status == 421
    with Conn(server.port(), context, "lax.test", session=session) as conn:
        assert conn.ask(host="lax.test").text == "in|SUCCESS|r"
    with Conn(server.port(), context, "ocsp.test", session=session) as conn:
        assert conn.ask(host="ocsp.test").text == f"out|{REVOKED}|"
    with Conn(server.port(), ca.context("good", version), "ocsp.test") as conn:
        assert conn.ask(host="same.test").status == 200
        assert conn.ask(host="leaf.test").status == 421


def test_several_requests(serve, ca):
    """Each request of a refused connection is refused; a good one is asked about once."""
    server = serve(ca.conf("leaf"))
    with Conn(server.port(), ca.context("good"), "ocsp.test") as conn:
        for _ in range(3):
            assert conn.ask(host="ocsp.test").status == 200
    assert len(ca.responder.asked) == 1
    with Conn(server.port(), ca.context("gone"), "ocsp.test") as conn:
        assert conn.ask(host="ocsp.test").status == 403


@pytest.mark.parametrize("later,status", [("good", 200), ("revoked", 403), ("unknown", 403)])
@pytest.mark.parametrize("cache", ["", "ssl_ocsp_cache shared:o:1m;"])
def test_live_connection_is_asked_about_again(serve, ca, later, status, cache):
    """When the answer is over, the next request waits for another."""
    server = serve(ca.conf("leaf", more=cache))
    ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, start=-1, end=2)
    with Conn(server.port(), ca.context("good"), "ocsp.test") as conn:
        assert conn.ask(host="ocsp.test").status == 200
        ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, later)
        assert conn.ask(host="ocsp.test").status == 200
        assert len(ca.responder.asked) == 1
        time.sleep(3.1)    # whole seconds are compared
        ca.responder.delay = 0.3
        conn.send("GET / HTTP/1.1\r\nHost: ocsp.te")
        time.sleep(0.1)
        conn.send("st\r\n\r\n")
        assert conn.read().status == status
        assert len(ca.responder.asked) == 2
        if status == 200:
            assert conn.ask(host="ocsp.test").status == 200
            assert len(ca.responder.asked) == 2
    if status == 403:
        server.wait_log(r"client SSL certificate verify error: \(\d+:certificate [a-z ]+\) at depth 0")


@pytest.mark.parametrize("version", VERSIONS)
def test_request_sent_before_the_verdict(serve, ca, version):
    """What a client sends while it waits is kept, and answered by what the verdict is."""
    server = serve(ca.conf("leaf"))
    ca.responder.delay = 0.5
    for name, status in (("good", 200), ("gone", 403)):
        with Conn(server.port(), ca.context(name, version), "ocsp.test") as conn:
            conn.send("GET / HTTP/1.1\r\nHost: ocsp.test\r\n\r\n" * 2)
            assert conn.read().status == status
            assert conn.closed() if name == "gone" else conn.read().status == status


def test_slow_responder_delays_nobody_else(serve, ca):
    server = serve(ca.conf("leaf", more="ssl_ocsp_cache shared:o:1m;") +
                   ca.conf("off", name="lax.test"), main="worker_processes 1;")
    assert ca.visit(server, "good") == (200, "SUCCESS")
    ca.responder.stalled = threading.Event()
    result = []
    waiting = threading.Thread(target=lambda: result.append(ca.visit(server, "gone")))
    waiting.start()
    wait_for(lambda: ca.serial("gone") in ca.responder.asked, 5, "the slow question")
    for _ in range(5):
        assert ca.visit(server, "good") == (200, "SUCCESS")
        assert ca.visit(server, "good", sni="lax.test") == (200, "SUCCESS")
    assert not result
    ca.responder.stalled.set()
    waiting.join()
    assert result == [(403, REVOKED)]


def test_many_share_one_question(serve, ca):
    server = serve(ca.conf("leaf"), main="worker_processes 1;")
    ca.responder.delay = 1
    results = []
    threads = [threading.Thread(target=lambda: results.append(ca.visit(server, "good")))
               for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [(200, "SUCCESS")] * 12
    assert len(ca.responder.asked) <= 2, "one, and one for whoever came late"


def test_clients_that_leave(serve, ca):
    server = serve(ca.conf("leaf", more="ssl_ocsp_cache shared:o:1m;"))
    ca.responder.delay = 1
    for _ in range(3):
        Conn(server.port(), ca.context("good"), "ocsp.test").abort()
    with Conn(server.port(), ca.context("gone"), "ocsp.test"):
        pass
    wait_for(lambda: len(ca.responder.asked) >= 2, 5, "both questions")
    ca.responder.delay = 0
    assert ca.visit(server, "good") == (200, "SUCCESS")
    assert ca.visit(server, "gone") == (403, REVOKED)


def test_end_of_the_server_while_somebody_waits(serve, ca):
    """A reload lets who waits finish; a stop does not wait for responders."""
    server = serve(ca.conf("leaf"))
    ca.responder.stalled = threading.Event()
    result = []
    waiting = threading.Thread(target=lambda: result.append(ca.visit(server, "good")))
    waiting.start()
    wait_for(lambda: ca.responder.asked, 5, "the question")
    server.run("-s", "reload", check=True)
    server.wait_log("gracefully shutting down")
    ca.responder.stalled.set()
    waiting.join()
    assert result == [(200, "SUCCESS")]
    ca.responder.stalled = threading.Event()
    conn = Conn(server.port(), ca.context("good"), "ocsp.test")
    wait_for(lambda: len(ca.responder.asked) == 2, 5, "the second question")
    server.stop()    # else it asserts, after less time than a responder has
    conn.close()
    ca.responder.stalled.set()


def test_responder_directive(serve, ca):
    """It replaces what the certificates say; `leaf`, as it answers for one CA."""
    server = serve(ca.conf("leaf", more=f"ssl_ocsp_responder {ca.responder.url};"))
    for name in ("silent", "https", "refused", "named"):
        assert ca.visit(server, name) == (200, "SUCCESS")
    ca.responder.revoked.add(ca.serial("silent"))
    assert ca.visit(server, "silent") == (403, REVOKED)


def test_resolver(serve, ca):
    dns = Dns({"ocsp.test": ["127.0.0.1"], "dead.test": None})
    ca.client("byname", ocsp=f"http://ocsp.test:{ca.responder.port}/")
    ca.client("bydead", ocsp=f"http://dead.test:{ca.responder.port}/")
    server = serve(ca.conf("leaf", more=f"resolver 127.0.0.1:{dns.port}; resolver_timeout 1s;"))
    assert ca.visit(server, "byname") == (200, "SUCCESS")
    assert ca.visit(server, "bydead") == (403, FAILED)
    assert ca.visit(server, "named") == (403, FAILED)
    dns.stop()
    server = serve(ca.conf("leaf"))
    assert ca.visit(server, "byname") == (403, FAILED)
    server.wait_log("no resolver defined to resolve ocsp.test while requesting certificate status")


def test_responder_comes_back(serve, ca):
    server = serve(ca.conf("leaf"))
    port = ca.responder.port
    ca.responder.down()
    assert ca.visit(server, "good") == (403, FAILED)
    ca.responder.up(port)
    assert ca.visit(server, "good") == (200, "SUCCESS")


@pytest.mark.parametrize("text,sentence", [
    ("ssl_ocsp maybe;", 'invalid value "maybe"'),
    ("ssl_ocsp on; ssl_verify_client optional_no_ca;",
     '"ssl_ocsp" is incompatible with "ssl_verify_client optional_no_ca"'),
    ("ssl_ocsp on; ssl_verify_client on; ssl_ocsp_responder https://x/;",
     'invalid URL prefix in OCSP responder "https://x/" in "ssl_ocsp_responder"'),
    ("ssl_ocsp on; ssl_verify_client on; ssl_ocsp_responder http://no-such-host.invalid/;",
     'host not found in OCSP responder "http://no-such-host.invalid/" in "ssl_ocsp_responder"'),
    ("ssl_ocsp_cache on;", 'invalid OCSP cache "on"'),
    ("ssl_ocsp_cache shared:o;", 'invalid OCSP cache "shared:o"'),
    ("ssl_ocsp_cache shared:o:1k;", 'OCSP cache "shared:o:1k" is too small'),
])
def test_does_not_load(serve, text, sentence):
    server = serve("server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/srv-front.crt; "
                   "ssl_certificate_key @PKI@/srv-front.key; ssl_client_certificate @PKI@/ca.crt; "
                   + text + " }", start=False)
    done = server.run("-t", timeout=60)
    assert done.returncode == 1
    assert YETT_IS_NGINX or sentence in done.stderr, done.stderr


def test_verify_off_needs_nothing(serve, ca):
    server = serve(ca.conf(verify="off", more="ssl_ocsp_cache shared:o:1m;"))
    assert ca.visit(server, None) == (200, "NONE")
    assert not ca.responder.asked
