# SPDX-License-Identifier: Apache-2.0
"""What is in flight ends when its client is no longer good: by a CRL, by the clock, by OCSP."""

import datetime
import os
import signal
import ssl
import time

import pytest

from support import in_flight
from support.in_flight import KINDS, OF_HTTP1, begin, kinds
from support.lists import Gate, Lists, change, make as make_list
from support.ocsp_ca import Ca
from support.ocsp_responder import make
from support.pki import DAY, NOW, ExtendedKeyUsageOID, simple
from support.protocols import H1, H2, both, connect
from support.rawhttp import tls_context
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("what is in flight goes on")
CONFIG = in_flight.HTTP + """
    server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/srv-front.crt;
        ssl_certificate_key @PKI@/srv-front.key; ssl_verify_client on; ssl_verify_depth 2;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_client_certificate @PKI@/@CA@; ssl_crl @DIR@/@CRL@; @MORE@
""" + in_flight.LOCATIONS + "}"
WHY = r"\[notice\].*closing the connection before the exchange is complete: the client " \
      r"certificate is no longer valid \(%s\)"


@pytest.fixture
def lists(pki):
    return Lists(pki)


@pytest.fixture
def gate(serve, pki, lists, backend):
    made = Gate(serve, pki, lists.bundle(), backend=backend, config=CONFIG,
                main="worker_processes 2;")
    in_flight.prepare(made.server)
    return made


def revoke(gate, lists):
    gate.swap(lists.bundle([lists.gone], 2))


def all_go_on(exchanges):
    for one in exchanges:
        assert one.goes_on(), one.path


def all_end(exchanges):
    for one in exchanges:
        assert one.ends() and one.backend_knows(), one.path


def close(exchanges):
    for one in exchanges:
        one.stop.set()
        one.conn.close()


# -- a CRL ---------------------------------------------------------------------------------------------

@pytest.mark.parametrize("protocol,kind,version", [
    (protocol, kind, version) for protocol in (H1, H2)
    for kind, version in [(kind, "1.3") for kind in KINDS] + [("file", "1.2")]
    if protocol == H1 or kind not in OF_HTTP1], indirect=["protocol"])
def test_a_crl_ends_it(protocol, gate, lists, backend, kind, version):
    with gate.connect("revoked", version) as conn, gate.connect("good", version) as twin:
        gone, good = begin(kind, conn, backend), begin(kind, twin, backend)
        assert gone.goes_on() and good.goes_on()
        revoke(gate, lists)
        assert gone.ends(), "it looks whole"
        assert gone.backend_knows()
        assert good.goes_on() and not good.over.is_set()
        good.stop.set()
    gate.server.wait_log(WHY % "23:certificate revoked" + rf".*{gone.path}")
    status = 400 if kind in ("quiet", "upload", "kept upload") else \
        101 if kind in ("websocket", "upgrade") else 200
    gate.server.wait_log(rf"(?m)^{gone.path} {status} FAILED:certificate revoked$", "seen.log")


@both
def test_a_crl_that_names_others_ends_nothing(gate, lists, backend):
    """Each kind goes on while CRLs are exchanged several times."""
    made = [begin(kind, gate.connect("good"), backend) for kind in kinds()]
    for number in range(2, 5):
        gate.swap(lists.bundle([lists.gone, lists.second][:number - 1], number))
        all_go_on(made)
    close(made)


@both
def test_many_at_once(gate, lists, backend):
    """Each that ends leaves those beside it as they are."""
    used = ("file", "events", kinds()[-1])
    made = [(begin(used[i % 3], gate.connect("good" if i % 4 == 3 else "revoked"), backend), i % 4 == 3)
            for i in range(96)]
    revoke(gate, lists)
    all_end([one for one, good in made if not good])
    all_go_on([one for one, good in made if good])
    close([one for one, _ in made])


def test_nothing_more_of_a_finished_answer(gate, lists, backend):
    """The backend is done, and what it sent waits for a slow client."""
    backend.on("/whole", b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n" + bytes(30_000_000))
    with gate.connect("revoked") as conn:
        conn.send(in_flight.build("GET /whole"))
        assert conn.take_until(b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
        assert conn.take(1000) == bytes(1000)
        revoke(gate, lists)
        gate.server.wait_log(WHY % "23:certificate revoked")
        assert len(conn.read_all()) < 29_000_000


def test_an_answer_without_a_length(gate, lists, backend):
    """HTTP/1.0: only the end of the connection ends it, and TLS says that this was none."""
    def answer(conn, _):
        conn.sendall(b"HTTP/1.0 200 OK\r\n\r\nfirst")
        conn.settimeout(30)
        conn.recv(1)
        return False
    backend.on("/endless", answer)
    with gate.connect("revoked") as conn:
        conn.send(in_flight.build("GET /endless", version="HTTP/1.0"))
        assert conn.take_until(b"first")
        revoke(gate, lists)
        conn.sock.suppress_ragged_eofs = False
        with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
            assert conn.sock.recv(1) != b"", "an end as if all had been sent"


@both
@pytest.mark.parametrize("cert", ["good", "none"])
def test_optional(serve, pki, lists, backend, cert):
    """Who showed no certificate is nobody that a CRL could name."""
    gate = Gate(serve, pki, lists.bundle(), backend=backend,
                config=CONFIG.replace("ssl_verify_client on", "ssl_verify_client optional"))
    in_flight.prepare(gate.server)
    twin_context = tls_context(pki, "good" if cert == "good" else None)
    with gate.connect("revoked") as conn, connect(gate.port, twin_context) as twin:
        gone, good = begin("events", conn, backend), begin("events", twin, backend)
        assert gone.goes_on() and good.goes_on()
        revoke(gate, lists)
        assert gone.ends() and good.goes_on()
        good.stop.set()


# -- the clock -----------------------------------------------------------------------------------------

def soon(seconds):
    return datetime.datetime.utcnow().replace(microsecond=0) + datetime.timedelta(seconds=seconds)


@both
@pytest.mark.parametrize("what", ["leaf", "crl"])
def test_the_clock_ends_it(serve, pki, lists, backend, what):
    """A certificate expires, or the CRL of its CA does."""
    inter = pki.issue(simple("clock intermediate"), pki.root, ca=True, path_length=0)
    gate = Gate(serve, pki, lists.bundle() + make_list(inter), ca="root.crt", backend=backend, config=CONFIG)
    in_flight.prepare(gate.server)
    good = [begin(kind, gate.connect("good"), backend) for kind in kinds()]
    leaf = pki.issue(simple("clock"), inter, end=soon(6) if what == "leaf" else NOW + DAY,
                     eku=[ExtendedKeyUsageOID.CLIENT_AUTH])
    pki.write_pair("clock", leaf, [inter[0]])
    gone = [begin(kind, gate.connect("clock"), backend) for kind in kinds()]
    all_go_on(gone + good)
    if what == "crl":
        gate.swap(lists.bundle() + make_list(inter, number=2, end=soon(3)))
    all_end(gone)
    all_go_on(good)
    close(gone + good)
    gate.server.wait_log(WHY % ("10:certificate has expired" if what == "leaf"
                                else "12:CRL has expired"))


# -- OCSP ----------------------------------------------------------------------------------------------

@pytest.fixture
def ca(pki):
    with Ca(pki) as made:
        yield made


def ocsp_server(serve, ca, backend, more=""):
    server = serve(in_flight.HTTP + ca.conf("leaf", more=more).replace(
        ' location / { return 200 "in|$ssl_client_verify|$ssl_session_reused"; }',
        in_flight.LOCATIONS), values={"B": backend.address})
    in_flight.prepare(server)
    return server


def of(ca, name, **more):
    """Answers about this client as told, about all others that they are good."""
    def answer(question):
        serial = question.serial_number
        who = next(n for n, pair in ca.pairs.items() if pair[0].serial_number == serial)
        if who != name:
            return make(ca.pairs[who], ca.inter)
        return make(ca.pairs[who], ca.inter, **more)
    return answer


@both
def test_ocsp_ends_it(serve, ca, backend):
    """The responder's answer ends, and the next one says that the certificate is revoked."""
    ca.client("twin")
    server = ocsp_server(serve, ca, backend)
    ca.responder.answer = of(ca, "good", start=-1, end=2)
    gone, good = ([begin(kind, connect(server.port(), ca.context(name), "ocsp.test"), backend)
                   for kind in kinds()] for name in ("good", "twin"))
    all_go_on(gone + good)
    ca.responder.answer = of(ca, "good", status="revoked")
    all_end(gone)
    all_go_on(good)
    close(gone + good)
    server.wait_log(WHY % "23:certificate revoked")


@pytest.mark.parametrize("protocol,later", [(H1, "unknown"), (H1, "error"), (H1, "down"), (H1, "silent"),
                                            (H2, "unknown"), (H2, "down")], indirect=["protocol"])
def test_nobody_vouches_any_more(protocol, serve, ca, backend, later):
    """As for a request: that nobody can say is no. A responder that says nothing has ten seconds."""
    server = ocsp_server(serve, ca, backend)
    ca.responder.answer = of(ca, "good", start=-1, end=2)
    with connect(server.port(), ca.context("good"), "ocsp.test", timeout=30) as conn:
        gone = begin("events", conn, backend)
        assert gone.goes_on()
        asked = len(ca.responder.asked)
        if later == "unknown":
            ca.responder.answer = of(ca, "good", status="unknown")
        elif later == "error":
            ca.responder.answer = lambda _: (500, "text/plain", b"no")
        elif later == "down":
            ca.responder.down()
        else:
            ca.responder.delay = 40
            wait_for(lambda: len(ca.responder.asked) > asked, 10, "another question")
            assert gone.goes_on(), "meanwhile it goes on"
        assert gone.ends() and gone.backend_knows()
    said = "unknown" if later == "unknown" else "request failed"
    server.wait_log(WHY % (r"\d+:certificate status " + said))
    if later == "down":
        ca.responder.up()


@pytest.mark.parametrize("protocol,cache", [
    (H1, ""), (H1, "ssl_ocsp_cache shared:o:1m;"), (H2, "ssl_ocsp_cache shared:o:1m;")],
                         indirect=["protocol"])
def test_ocsp_is_asked_again_while_bytes_go_on(protocol, serve, ca, backend, cache):
    """Of each kind at once: they go on while the responder thinks, and afterwards."""
    server = ocsp_server(serve, ca, backend, cache)
    ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, start=-1, end=2)
    made = [begin(kind, connect(server.port(), ca.context("good"), "ocsp.test"), backend)
            for kind in kinds()]
    ca.responder.asked.clear()
    ca.responder.delay = 0.7
    for number in (1, 2):
        wait_for(lambda number=number: len(ca.responder.asked) >= number, 10, "another question")
        all_go_on(made)
    ca.responder.delay = 0
    all_go_on(made)
    close(made)
    assert "no longer valid" not in server.log()


@both
@pytest.mark.parametrize("later,status", [("good", 200), ("revoked", 403)])
def test_a_request_behind_an_open_question(serve, ca, backend, later, status):
    """The exchange ends while the responder thinks: the next request waits for what it says."""
    server = ocsp_server(serve, ca, backend, "ssl_ocsp_cache shared:o:1m;")
    ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, start=-1, end=3)
    with connect(server.port(), ca.context("good"), "ocsp.test") as conn:
        events = begin("events", conn, backend)
        assert events.goes_on()
        ca.responder.answer = lambda _: make(ca.pairs["good"], ca.inter, later)
        ca.responder.delay = 1
        wait_for(lambda: len(ca.responder.asked) == 2, 10, "the second question")
        events.stop.set()
        assert conn.whole()
        assert conn.ask("GET /next", host="ocsp.test").status == status
    assert ca.responder.asked.count(ca.serial("good")) == 2


# -- a reload, and the end of processes ----------------------------------------------------------------

@both
def test_an_earlier_generation_hears_of_crls(gate, lists, backend):
    """A reload finishes what is in flight, and a CRL ends it there, too."""
    gone, good = ([begin(kind, gate.connect(name), backend) for kind in kinds()]
                  for name in ("revoked", "good"))
    change(gate, "ssl_verify_depth 2;", "ssl_verify_depth 2; add_header X y;")
    all_go_on(gone + good)
    revoke(gate, lists)
    all_end(gone)
    all_go_on(good)
    close(gone + good)


@both
def test_an_earlier_generation_keeps_the_time(serve, pki, lists, backend):
    gate = Gate(serve, pki, lists.bundle(), backend=backend, config=CONFIG)
    in_flight.prepare(gate.server)
    leaf = pki.issue(simple("late"), pki.inter, end=soon(6), eku=[ExtendedKeyUsageOID.CLIENT_AUTH])
    pki.write_pair("late", leaf, [pki.inter[0]])
    with gate.connect("late") as conn, gate.connect("good") as twin:
        gone, good = begin("download", conn, backend), begin("download", twin, backend)
        change(gate, "ssl_verify_depth 2;", "ssl_verify_depth 2; add_header X y;")
        assert gone.goes_on() and good.goes_on()
        assert gone.ends() and gone.backend_knows()
        assert good.goes_on()
        good.stop.set()


@both
def test_an_earlier_generation_asks_again(serve, ca, backend):
    server = ocsp_server(serve, ca, backend)
    ca.responder.answer = of(ca, "good", start=-1, end=2)
    with connect(server.port(), ca.context("good"), "ocsp.test") as conn:
        gone = begin("events", conn, backend)
        server.run("-s", "reload", check=True)
        server.wait_log(r"gracefully shutting down")
        assert gone.goes_on()
        ca.responder.answer = of(ca, "good", status="revoked")
        assert gone.ends() and gone.backend_knows()


@both
@pytest.mark.parametrize("crl,ended", [("ssl_crl @DIR@/live.crl;", True), ("", False)],
                         ids=["with CRLs", "without CRLs"])
def test_new_crls_cannot_come_any_more(serve, pki, lists, backend, crl, ended):
    """The process that would send them is killed: whether the client is on one cannot be told."""
    gate = Gate(serve, pki, lists.bundle(), backend=backend,
                config=CONFIG.replace("ssl_crl @DIR@/@CRL@;", crl))
    in_flight.prepare(gate.server)
    generation = gate.server.children(gate.server.process.pid)[0]
    with gate.connect("good") as conn:
        one = begin("download", conn, backend)
        assert one.goes_on()
        os.kill(generation, signal.SIGKILL)
        if ended:
            assert one.ends() and one.backend_knows()
            gate.server.wait_log("new CRLs no longer reach this process")
        else:
            time.sleep(2)
            assert one.goes_on() and not one.over.is_set()
            one.stop.set()
    gate.server.stop(allow="exited on signal 9")
