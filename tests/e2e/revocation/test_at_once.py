# SPDX-License-Identifier: Apache-2.0
"""Revocation holds at once: new handshakes, sessions, live connections, tunnels, without a reload."""

import os
import signal

import pytest

from support.backend import websocket
from support.protocols import both, connect
from support.rawhttp import UPGRADE, Conn, build, tls_context
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("nginx takes lists up at a reload, and not everywhere")

CONFIG = """
    @HTTP2@
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/srv-front.crt;
        ssl_certificate_key @PKI@/srv-front.key; ssl_verify_client @MODE@;
        ssl_client_certificate @PKI@/ca.crt; ssl_crl @DIR@/live.crl;
        location / { return 200 "$ssl_client_verify|$ssl_session_reused"; }
        location /ws { proxy_pass http://@B@;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }
    }
"""


def put(site, pki, name, how="rename"):
    """Makes lists of the tests' PKI the server's."""
    with open(pki.path(name), "rb") as source:
        data = source.read()
    path = os.path.join(site.dir, "live.crl")
    if how == "rename":
        with open(path + ".new", "wb") as out:
            out.write(data)
        os.rename(path + ".new", path)
    else:
        with open(path, "r+b") as out:
            out.write(data)
            out.truncate()


@pytest.fixture(params=["on", "optional"])
def site(request, serve, pki, backend):
    backend.on("/ws", websocket)
    server = serve(CONFIG, start=False, values={"B": backend.address, "MODE": request.param})
    put(server, pki, "none-revoked.crl")
    server.start()
    return server


def visit(site, context, session=None):
    with connect(site.port(), context, session=session) as conn:
        answer = conn.ask("GET /")
        return answer, conn.sock.session, conn.sock.session_reused


def in_force(site):
    site.wait_log("new CRLs of .* are in force")


@both
@pytest.mark.parametrize("how", ["rename", "in place"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_swap_without_reload(site, pki, how, version):
    revoked, good = (tls_context(pki, cert, version) for cert in ("revoked", "good"))
    before, session, _ = visit(site, revoked)
    good_before, good_session, _ = visit(site, good)
    assert before.status == 200 and good_before.status == 200
    again, _, reused = visit(site, revoked, session)
    assert again.status == 200 and reused
    with connect(site.port(), revoked) as live, connect(site.port(), good) as twin:
        assert live.ask("GET /").status == 200 and twin.ask("GET /").status == 200
        put(site, pki, "all.crl", how)
        in_force(site)
        answer = live.ask("GET /")
        assert answer.status == 400 and "certificate" in answer.text
        assert live.closed()
        assert twin.ask("GET /").status == 200
    after, _, reused = visit(site, revoked, session)
    assert after.status == 400 and not reused
    assert visit(site, tls_context(pki, "revoked", version))[0].status == 400
    good_after, _, reused = visit(site, good, good_session)
    assert good_after.status == 200 and not reused


def test_tunnels(site, pki):
    with Conn(site.port(), tls_context(pki, "revoked")) as revoked, \
            Conn(site.port(), tls_context(pki, "good")) as good:
        for conn in (revoked, good):
            conn.send(build("GET /ws", UPGRADE))
            assert conn.read().status == 101
            conn.send(b"before")
            assert conn.take(6) == b"before"
        put(site, pki, "all.crl")
        assert revoked.closed()
        good.send(b"after")
        assert good.take(5) == b"after"


@both
@pytest.mark.parametrize("bad", ["garbage.crl", "forged.crl"])
def test_bad_file_changes_nothing(site, pki, bad):
    put(site, pki, "all.crl")
    in_force(site)
    put(site, pki, bad)
    site.wait_log("the file changed, but the previous CRLs stay in force")
    assert visit(site, tls_context(pki, "revoked"))[0].status == 400
    assert visit(site, tls_context(pki, "good"))[0].status == 200


def numbered(site, pki, number, revoked=()):
    """Lists of root and intermediate with that number."""
    data = b"".join(pki.issue_crl("numbered.crl", issuer, gone, number=number)
                    for issuer, gone in ((pki.root, ()), (pki.inter, revoked)))
    path = os.path.join(site.dir, "live.crl")
    with open(path + ".new", "wb") as out:
        out.write(data)
    os.rename(path + ".new", path)


def times(site, text, count):
    wait_for(lambda: site.log().count(text) >= count, 15, f"{count} times {text!r} in the log")


@pytest.mark.parametrize("how", ["watched", "reload", "generation dies"])
def test_older_lists_never_come_back(site, pki, how):
    gone = [pki.client["revoked"]]
    numbered(site, pki, 7, gone)
    in_force(site)
    assert visit(site, tls_context(pki, "revoked"))[0].status == 400
    numbered(site, pki, 6)
    times(site, "is older than", 1)
    if how == "reload":
        site.kill(signal.SIGHUP)
        times(site, "is older than", 2)
    elif how == "generation dies":
        os.kill(site.children(site.process.pid)[0], signal.SIGKILL)
        times(site, "is older than", 2)
        numbered(site, pki, 8, gone)
        times(site, "serves", 2)
    assert visit(site, tls_context(pki, "revoked"))[0].status == 400
    assert visit(site, tls_context(pki, "good"))[0].status == 200
    site.stop(allow="is older than|exited on signal 9")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("what,shut", [("live.crl", 0o600), ("lists", 0o700)])
def test_files_that_the_account_cannot_read(serve, pki, what, shut):
    config = CONFIG.replace("@DIR@/live.crl", f"@DIR@/{what}")
    site = serve(config, start=False, main="user nobody nogroup;",
                 values={"B": "127.0.0.1:1", "MODE": "on"})
    path = os.path.join(site.dir, what)
    put(site, pki, "all.crl")
    if what == "lists":
        os.mkdir(path)
        os.rename(os.path.join(site.dir, "live.crl"), os.path.join(path, "all.crl"))
    os.chmod(path, shut)
    site.start()
    site.wait_log(f"reading CRL .*{what}.* failed .*Permission denied.*take effect only at a reload")
    assert visit(site, tls_context(pki, "revoked"))[0].status == 400
    assert visit(site, tls_context(pki, "good"))[0].status == 200
