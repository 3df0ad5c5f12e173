# SPDX-License-Identifier: Apache-2.0
"""Revocation and expiry reach whoever is in already: kept connections, bodies in flight, tunnels, sessions.

With several threads: each of them obeys.
"""

import datetime
import os
import signal
import threading
import time

import pytest

from support.backend import websocket
from support.lists import IN_FORCE, Gate, Lists, change, echoes, make, rewrite
from support.pki import DAY, NOW, ExtendedKeyUsageOID, simple
from support.protocols import both, connect
from support.rawhttp import Closed, Conn, ask, build, tls_context
from support.servers import NGINX, Server, wait_for

pytestmark = pytest.mark.yett_only("whoever is in stays in")
VERSIONS = ["1.2", "1.3"]


@pytest.fixture
def lists(pki):
    return Lists(pki)


@pytest.fixture(params=[1, 4], ids=["one thread", "four threads"])
def gate(request, serve, pki, lists, backend):
    return Gate(serve, pki, lists.bundle(), backend=backend,
                main=f"worker_processes {request.param};")


def revoke(gate, lists):
    gate.swap(lists.bundle([lists.gone], 2), rewrite)


# -- a list is swapped ---------------------------------------------------------------------------------

@both
@pytest.mark.parametrize("version", VERSIONS)
def test_many_connections_of_all_threads(gate, lists, version):
    revoked = [gate.connect("revoked", version) for _ in range(12)]
    good = [gate.connect("good", version) for _ in range(6)]
    tunnels = [(cert, gate.tunnel(cert, version)) for cert in ("revoked", "good") * 3]
    for conn in revoked + good:
        assert conn.ask().status == 200
    revoke(gate, lists)
    for conn in revoked:
        assert conn.ask().status == 400 and conn.closed()
    for conn in good:
        assert conn.ask().status == 200
    for cert, conn in tunnels:
        assert conn.closed() if cert == "revoked" else echoes(conn)
    for _ in range(8):
        gate.keeps_out("revoked")
        gate.lets_in("good")


def test_said_where_it_is_done(gate, lists):
    """The log says "in force" when the worker has the lists, not when it has been told."""
    generation, = gate.server.children(gate.server.process.pid)
    worker, = gate.server.children(generation)
    said = gate.count(IN_FORCE)
    os.kill(worker, signal.SIGSTOP)
    try:
        rewrite(gate.path, lists.bundle([lists.gone], 2))
        time.sleep(1.5)
        assert gate.count(IN_FORCE) == said
    finally:
        os.kill(worker, signal.SIGCONT)
    wait_for(lambda: gate.count(IN_FORCE) > said, 10, "the line")
    gate.keeps_out("revoked")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("cert", ["revoked", "good"])
def test_pipelined_requests(gate, lists, backend, version, cert):
    """The first is at the backend while the lists change; what waits behind it is not answered."""
    release = threading.Event()
    path = f"/up/{version}{cert}"

    def late(conn, request):
        release.wait(20)
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nup")
        return True
    backend.on(path, late)
    with gate.connect(cert, version) as conn:
        before = len(backend.requests)
        conn.send(build(f"GET {path}") + build("GET /"))
        wait_for(lambda: len(backend.requests) > before, 10, "the request at the backend")
        revoke(gate, lists)
        release.set()
        if cert == "revoked":
            assert conn.closed(10)
        else:
            assert [conn.read().status for _ in range(2)] == [200, 200]
            assert not conn.closed(0.2)


@both
@pytest.mark.parametrize("cert", ["revoked", "good"])
def test_a_body_in_flight(gate, lists, cert):
    """The request was let in before: it reaches no backend."""
    with gate.connect(cert) as conn:
        conn.start("POST /up", length=10).part(b"12345")
        revoke(gate, lists)
        if cert == "revoked":
            assert conn.closed(10)
        else:
            conn.part(b"67890", last=True)
            assert conn.read().status == 200 and conn.ask().status == 200
            assert not conn.closed(0.2)


@pytest.mark.parametrize("cert,status", [("revoked", 400), ("good", 200)])
def test_a_head_in_flight(gate, lists, cert, status):
    with gate.connect(cert) as conn:
        conn.send(b"GET / HTTP/1.1\r\nHo")
        revoke(gate, lists)
        conn.send(b"st: localhost\r\n\r\n")
        assert conn.read().status == status


@both
@pytest.mark.parametrize("cert,reused,status", [("revoked", False, 400), ("good", True, 200)])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tickets", ["on", "off"])
def test_sessions(serve, pki, lists, version, tickets, cert, reused, status):
    """A session is resumed under the lists it was made under, and asks anew under others."""
    gate = Gate(serve, pki, lists.bundle(), more=f"ssl_session_tickets {tickets};")
    context = tls_context(pki, cert, version)

    def visit(session=None):
        with connect(gate.port, context, session=session) as conn:
            return conn.ask().status, conn.sock.session_reused, conn.sock.session
    old = visit()[2]
    assert visit(old)[:2] == (200, True)
    revoke(gate, lists)
    assert visit(old)[:2] == (status, False)
    new = visit()[2]
    assert visit(new)[:2] == (status, reused)


# -- the clock -----------------------------------------------------------------------------------------

@both
@pytest.mark.parametrize("what", ["leaf", "intermediate"])
def test_a_certificate_expires(serve, pki, lists, backend, what):
    """On kept connections and in tunnels, by itself; with two threads."""
    gate = Gate(serve, pki, lists.bundle(), ca="root.crt", backend=backend, main="worker_processes 2;")
    end = datetime.datetime.utcnow().replace(microsecond=0) + datetime.timedelta(seconds=4)
    inter, name = pki.inter, "brief-" + what
    if what == "intermediate":
        inter = pki.issue(simple("brief intermediate"), pki.root, ca=True, path_length=0, end=end)
    leaf = pki.issue(simple(name), inter, end=end if what == "leaf" else NOW + DAY,
                     eku=[ExtendedKeyUsageOID.CLIENT_AUTH])
    pki.write_pair(name, leaf, [inter[0]])
    if inter != pki.inter:
        gate.swap(lists.bundle() + make(inter))
    live = [gate.connect(name, version) for version in VERSIONS]
    for conn in live:
        assert conn.ask().status == 200
    with gate.connect("good") as twin, gate.tunnel("good") as twin_tunnel, \
            gate.tunnel(name, "1.2") as first, gate.tunnel(name, "1.3") as second:
        assert first.closed(15) and second.closed(15)
        for conn in live:
            assert conn.ask().status == 400 and conn.closed()
        gate.keeps_out(name)
        assert twin.ask().status == 200 and echoes(twin_tunnel)
    gate.server.wait_log("certificate has expired")


# -- a reload ------------------------------------------------------------------------------------------

TIGHTER = {
    "other authorities": ("@PKI@/ca.crt", "@PKI@/other-ca.crt", 400),
    "depth": ("ssl_client_certificate @PKI@/ca.crt", "ssl_client_certificate @PKI@/root.crt", 400),
    "the same": ("ssl_verify_depth 2;", "ssl_verify_depth 2; add_header X y;", 200),
}


@both
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", TIGHTER)
def test_a_reload_that_tightens(serve, pki, lists, backend, what, version):
    """Sessions and kept connections of before open nothing that a new client would not get."""
    old, new, status = TIGHTER[what]
    gate = Gate(serve, pki, lists.bundle(), backend=backend)
    context = tls_context(pki, "good", version)
    with connect(gate.port, context) as live, gate.tunnel("good", version) as tunnel:
        assert live.ask().status == 200
        session = live.sock.session
        if what == "depth":
            new += "; ssl_verify_depth 0"
            gate.server.configure(gate.server.conf.replace("ssl_verify_depth 2;", ""))
        change(gate, old, new)
        try:
            assert live.ask().status != 200 or status == 200
        except (Closed, OSError):
            pass  # an idle one is closed when its generation ends
        with connect(gate.port, context, session=session) as again:
            assert again.ask().status == status
        if status == 200:
            assert echoes(tunnel)
        else:
            assert tunnel.closed(10)


def test_lists_swapped_after_a_reload(serve, pki, lists, backend):
    """What an earlier generation still carries goes by the new lists, too."""
    gate = Gate(serve, pki, lists.bundle(), backend=backend)
    with gate.tunnel("revoked") as old, gate.tunnel("good") as old_twin:
        change(gate, "ssl_verify_depth 2;", "ssl_verify_depth 2; add_header X y;")
        with gate.tunnel("revoked") as new, gate.tunnel("good") as new_twin:
            assert echoes(old) and echoes(new)
            revoke(gate, lists)
            assert old.closed(10) and new.closed(10)
            assert echoes(old_twin) and echoes(new_twin)


# -- when processes die ----------------------------------------------------------------------------------

@pytest.mark.parametrize("who", ["generation", "worker of an earlier one"])
def test_a_tunnel_whose_generation_died(serve, pki, lists, backend, who):
    """Nobody tells its worker of new lists any more, so it ends; another generation's goes on."""
    gate = Gate(serve, pki, lists.bundle(), backend=backend)
    master = gate.server.process.pid
    with gate.tunnel("good") as tunnel:
        generation = gate.server.children(master)[0]
        if who != "generation":
            change(gate, "ssl_verify_depth 2;", "ssl_verify_depth 2; add_header X y;")
        with gate.tunnel("good") as twin:
            os.kill(generation, signal.SIGKILL)
            assert tunnel.closed(10)
            if who == "generation":
                assert twin.closed(10)
            else:
                assert echoes(twin)
        wait_for(lambda: set(gate.server.children(master)) - {generation}, 15, "a generation")
        gate.becomes("good", 200)
        with gate.tunnel("revoked") as new, gate.tunnel("good") as new_twin:
            revoke(gate, lists)
            assert new.closed(10) and echoes(new_twin)
        gate.keeps_out("revoked")
        gate.lets_in("good")
    gate.server.stop(allow="exited on signal 9")


@both
@pytest.mark.parametrize("cert,status", [("revoked", 400), ("good", 200)])
def test_a_worker_dies_after_a_swap(gate, lists, cert, status):
    """The next is born with the lists in force, whatever the file says by then."""
    revoke(gate, lists)
    generation = gate.server.children(gate.server.process.pid)[0]
    worker = gate.server.children(generation)[0]
    gate.refuses(lists.bundle([], 1), "older than")
    os.kill(worker, signal.SIGKILL)
    wait_for(lambda: set(gate.server.children(generation)) - {worker}, 15, "another worker")
    assert gate.status(cert) == status
    revoke_second = lists.bundle([lists.gone, lists.second], 3)
    gate.swap(revoke_second)
    gate.keeps_out("second")
    assert gate.status(cert) == status
    gate.server.stop(allow="exited on signal 9")


# -- backends ------------------------------------------------------------------------------------------

BEHIND = "    ssl_protocols TLSv1.2 TLSv1.3;\n" + "".join(f"""
    server {{ listen 127.0.0.1:@{port}@ ssl; ssl_certificate @PKI@/srv-{cert}.crt;
        ssl_certificate_key @PKI@/srv-{cert}.key; keepalive_timeout 60s;
        return 200 "$connection"; }}""" for port, cert in (("PORT", "backend"), ("PORT2", "revoked")))
FRONT = """
    proxy_http_version 1.1; proxy_set_header Connection ""; proxy_ssl_verify on;
    proxy_ssl_trusted_certificate @PKI@/ca.crt; proxy_ssl_name backend.test;
    proxy_ssl_crl @DIR@/live.crl; proxy_ssl_protocols @V@;
    upstream good { server 127.0.0.1:@GOOD@; keepalive 4; }
    upstream revoked { server 127.0.0.1:@REVOKED@; keepalive 4; }
    server { listen 127.0.0.1:@PORT@;
        location = /good { proxy_pass https://good; }
        location = /revoked { proxy_pass https://revoked; } }
"""


@pytest.fixture(scope="module")
def behind(pki):
    with Server(BEHIND, binary=NGINX, values={"PKI": pki.dir}) as server:
        yield server


@pytest.mark.parametrize("how", ["kept", "resumed"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_backend_is_revoked(serve, pki, lists, behind, version, how):
    server = serve(FRONT.replace("proxy_set_header Connection \"\";", "" if how != "resumed" else
                                 "proxy_set_header Connection close;"), start=False,
                   main="worker_processes 1;",
                   values={"GOOD": behind.port(), "REVOKED": behind.port("PORT2"),
                           "V": "TLSv" + version})
    server.write("live.crl", lists.bundle())
    server.start()

    def visit(name):
        return ask(server.port(), "GET /" + name)
    first = {name: visit(name) for name in ("good", "revoked")}
    assert [a.status for a in first.values()] == [200, 200]
    kept = visit("good").text == first["good"].text
    assert kept == (how != "resumed"), "whether the connection was kept"
    server.write("live.crl", lists.bundle([pki.server["revoked"]], 2))
    server.wait_log("new CRLs of .* are in force")
    for _ in range(2):
        assert visit("revoked").status == 502
        assert visit("good").status == 200
    server.wait_log("upstream SSL certificate verify error: .*certificate revoked")
    server.write("live.crl", lists.bundle([], 3))
    wait_for(lambda: visit("revoked").status == 200, 10, "the backend to pass again")


@pytest.mark.parametrize("cert", ["revoked", "good"])
def test_an_upgrade_under_way(gate, lists, backend, cert):
    """The backend agrees to it only after the client's certificate was revoked."""
    release = threading.Event()

    def late(conn, request):
        release.wait(20)
        return websocket(conn, request)
    backend.on("/ws/late" + cert, late)
    with gate.connect(cert) as conn:
        before = len(backend.requests)
        conn.send(build("GET /ws/late" + cert, ["Upgrade: websocket", "Connection: Upgrade"]))
        wait_for(lambda: len(backend.requests) > before, 10, "the request at the backend")
        revoke(gate, lists)
        release.set()
        if cert == "good":
            assert conn.read().status == 101 and echoes(conn)
            return
        try:
            conn.read()
        except Closed:
            return
        assert conn.closed(10)
