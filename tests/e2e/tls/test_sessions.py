# SPDX-License-Identifier: Apache-2.0
"""TLS sessions: resumed where they were made, and never a way around what a server asks for.

A session made at one server and offered to another that asks for something else must cost a full
handshake there, for TLS 1.2 and 1.3, with tickets and with a cache. Its twin resumes.
"""

import subprocess
import time

import pytest

from support import pki as pki_module
from support import protocols
from support.protocols import H1, H2, both
from support.rawhttp import tls_context
from support.servers import YETT_IS_NGINX, wait_for
from support.sessions import CASES, STORES, Visit, reload_and_wait

SHOW = 'return 200 "$server_name|$ssl_session_reused|$ssl_client_verify|$ssl_client_s_dn";'
CA = "ssl_client_certificate @PKI@/ca.crt;"
VHOSTS = {
    "open.test": "",
    "on.test": f"ssl_verify_client on; {CA}",
    "same.test": f"ssl_verify_client on; {CA}",
    "crl.test": f"ssl_verify_client on; {CA} ssl_crl @PKI@/all.crl;",
    "otherca.test": "ssl_verify_client on; ssl_client_certificate @PKI@/other-ca.crt;",
    "bothca.test": "ssl_verify_client on; ssl_client_certificate @PKI@/both-ca.crt;",
    "optional.test": f"ssl_verify_client optional; {CA}",
    "noca.test": f"ssl_verify_client optional_no_ca; {CA}",
    "deep.test": f"ssl_verify_client on; ssl_verify_depth 3; {CA}",
    "shallow.test": "ssl_verify_client on; ssl_verify_depth 0; "
                    "ssl_client_certificate @PKI@/root.crt;",
}


def config(store, vhosts=None):
    parts = ["    @HTTP2@ ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate @PKI@/srv-front.crt;\n"
             "    ssl_certificate_key @PKI@/srv-front.key; ssl_session_timeout 10m;\n    "
             + STORES[store]]
    for name, extra in (vhosts or VHOSTS).items():
        parts.append(f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name {name}; {extra} {SHOW} }}")
    return "\n".join(parts)


@pytest.fixture(scope="module")
def vhosts(serve_module):
    return {store: serve_module(config(store)) for store in STORES}


def two_visits(server, pki, version, first, second, cert=None, host=None):
    context = tls_context(pki, cert, version)
    one = Visit(server, context, first)
    return one, Visit(server, context, second, one.session, host)


@both
@pytest.mark.parametrize("version,store", CASES)
@pytest.mark.parametrize("name,cert", [
    ("open.test", None), ("on.test", "good"), ("crl.test", "good"), ("optional.test", None),
    ("optional.test", "good"), ("noca.test", "foreign-client"), ("otherca.test", "other-client")])
def test_same_server_resumes(vhosts, pki, version, store, name, cert):
    one, two = two_visits(vhosts[store], pki, version, name, name, cert)
    assert one.status == 200 and one.flag == "." and not one.reused
    assert two.status == 200 and two.flag == "r" and two.reused
    assert two.verify == one.verify
    assert two.text.split("|")[3] == one.text.split("|")[3], "the identity came with the session"


@both
@pytest.mark.parametrize("version,store", CASES)
def test_resumes_again_and_again(vhosts, pki, version, store):
    context = tls_context(pki, "good", version)
    visit = Visit(vhosts[store], context, "on.test")
    for _ in range(4):
        visit = Visit(vhosts[store], context, "on.test", visit.session)
        assert visit.reused and visit.verify == "SUCCESS" and visit.status == 200


# from, to, certificate, status there after the full handshake
CROSSINGS = [
    ("open.test", "on.test", "good", 200),
    ("open.test", "on.test", None, 400),
    ("open.test", "optional.test", "good", 200),
    ("open.test", "crl.test", "revoked", 400),
    ("on.test", "crl.test", "revoked", 400),
    ("on.test", "crl.test", "good", 200),
    ("on.test", "otherca.test", "good", 400),
    ("bothca.test", "on.test", "other-client", 400),
    ("bothca.test", "otherca.test", "good", 400),
    ("optional.test", "on.test", None, 400),
    ("optional.test", "on.test", "good", 200),
    ("noca.test", "on.test", "foreign-client", 400),
    ("noca.test", "optional.test", "foreign-client", 400),
    ("deep.test", "shallow.test", "good", 400),
    (None, "on.test", "good", 200),
]


@both
@pytest.mark.yett_only("older ones resume here; patched ones break off or answer 421")
@pytest.mark.parametrize("version,store", CASES)
@pytest.mark.parametrize("first,second,cert,status", CROSSINGS)
def test_other_server_asks_again(vhosts, pki, version, store, first, second, cert, status):
    _, two = two_visits(vhosts[store], pki, version, first, second, cert)
    assert not two.reused, "a session crossed into a server that asks for something else"
    assert two.status == status, two.text
    if status == 200:
        assert two.server == second and two.flag == "." and two.verify == "SUCCESS"


@both
@pytest.mark.yett_only("it breaks off, or answers 421, instead of a full handshake")
@pytest.mark.parametrize("version,store", CASES)
def test_equal_servers_agree(vhosts, pki, version, store):
    """Two servers that ask for the same may share sessions; the verdict is the same either way."""
    _, two = two_visits(vhosts[store], pki, version, "on.test", "same.test", "good")
    assert two.status == 200 and two.verify == "SUCCESS" and two.server == "same.test"


@both
@pytest.mark.parametrize("version,store", CASES)
@pytest.mark.parametrize("first,host,cert", [
    ("open.test", "on.test", "good"), ("on.test", "crl.test", "revoked"),
    ("on.test", "otherca.test", "good")])
def test_resumed_connection_is_misdirected_too(vhosts, pki, version, store, first, host, cert):
    one, two = two_visits(vhosts[store], pki, version, first, first, cert, host)
    assert one.status == 200
    assert two.status == 421
    assert "|" not in two.text


REVOKE = "ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @DIR@/live.crl;"


def write_live_crl(server, pki, name):
    with open(pki.path(name), "rb") as source:
        server.write("live.crl", source.read())


@pytest.fixture
def revocable(serve, pki):
    def start(store):
        server = serve(config(store, {"gate.test": REVOKE}), start=False)
        write_live_crl(server, pki, "none-revoked.crl")
        return server.start()
    return start


@pytest.mark.parametrize("version,store", CASES)
def test_revoked_after_reload_fresh(revocable, pki, version, store):
    server = revocable(store)
    context = tls_context(pki, "revoked", version)
    assert Visit(server, context, "gate.test").status == 200
    if YETT_IS_NGINX:
        time.sleep(1.1)    # its object cache goes by a time in seconds
    write_live_crl(server, pki, "all.crl")
    reload_and_wait(server)
    assert Visit(server, tls_context(pki, "revoked", version), "gate.test").status == 400
    assert Visit(server, tls_context(pki, "good", version), "gate.test").status == 200


@both
@pytest.mark.yett_only("a resumed session keeps its verdict until it expires")
@pytest.mark.parametrize("version,store", CASES)
def test_revoked_after_reload_resumed(revocable, pki, version, store):
    server = revocable(store)
    context, fine = tls_context(pki, "revoked", version), tls_context(pki, "good", version)
    one, ok = Visit(server, context, "gate.test"), Visit(server, fine, "gate.test")
    assert one.status == ok.status == 200
    write_live_crl(server, pki, "all.crl")
    reload_and_wait(server)
    assert Visit(server, context, "gate.test", one.session).status == 400
    assert Visit(server, fine, "gate.test", ok.session).status == 200


@both
@pytest.mark.yett_only("a resumed session keeps its verdict until it expires")
@pytest.mark.parametrize("version,store", CASES)
def test_intermediate_known_from_the_client_alone(serve, pki, version, store):
    """After a reload nobody has met the intermediate yet: a session's client is let in all the same."""
    demand = "ssl_verify_client on; ssl_client_certificate @PKI@/root.crt; ssl_crl @DIR@/live.crl;"
    server = serve(config(store, {"gate.test": demand}), start=False)
    write_live_crl(server, pki, "none-revoked.crl")
    server.start()
    fine, gone = tls_context(pki, "good", version), tls_context(pki, "revoked", version)
    one, other = Visit(server, fine, "gate.test"), Visit(server, gone, "gate.test")
    assert one.status == other.status == 200
    reload_and_wait(server)
    assert Visit(server, fine, "gate.test", one.session).status == 200
    write_live_crl(server, pki, "all.crl")
    reload_and_wait(server)
    assert Visit(server, gone, "gate.test", other.session).status == 400
    assert Visit(server, fine, "gate.test", one.session).status == 200


@pytest.mark.yett_only("its object cache goes by inode and a time in seconds")
def test_crl_rewritten_in_place_within_a_second(revocable, pki):
    server = revocable("tickets")
    reload_and_wait(server)
    write_live_crl(server, pki, "all.crl")
    reload_and_wait(server)
    assert Visit(server, tls_context(pki, "revoked"), "gate.test").status == 400


BRIEF = [*((H1, *case) for case in CASES), (H2, "1.2", "cache"), (H2, "1.3", "tickets")]


@pytest.fixture(scope="module")
def brief(vhosts, pki):
    """{case: (context, session)} of clients that were let in, and whose certificates have expired since."""
    made = {}
    for case in BRIEF:
        end = pki_module.utc_now() + pki_module.datetime.timedelta(seconds=5)
        protocols.turn, version, store = case
        name = "brief-" + "-".join(case)
        pki.issue_client(name, start=end - pki_module.DAY, end=end)
        context = tls_context(pki, name, version)
        one = Visit(vhosts[store], context, "on.test")
        assert one.status == 200
        made[case] = context, one.session
    protocols.turn = H1
    wait_for(lambda: (pki_module.utc_now() - end).total_seconds() > 1.2, 10, "the end of the last of them")
    return made


@pytest.mark.yett_only("a resumed session outlives its certificate")
@pytest.mark.parametrize("protocol,version,store", BRIEF, indirect=["protocol"])
def test_session_ends_with_its_certificate(protocol, brief, vhosts, version, store):
    context, session = brief[protocol, version, store]
    assert Visit(vhosts[store], context, "on.test", session).status == 400


@both
@pytest.mark.parametrize("version,store", CASES)
def test_session_of_an_old_generation(serve, pki, version, store):
    """After a reload that makes certificates mandatory, an older session opens nothing."""
    server = serve(config(store, {"gate.test": ""}))
    context = tls_context(pki, None, version)
    one = Visit(server, context, "gate.test")
    assert one.status == 200
    server.configure(server.wrap(config(store, {"gate.test": VHOSTS["on.test"]})))
    reload_and_wait(server)
    assert Visit(server, context, "gate.test", one.session).status == 400


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_openssl_resumes(vhosts, pki, tmp_path, version):
    """The same with openssl s_client, which is not Python."""
    port, saved = vhosts["tickets"].port(), str(tmp_path / "session")
    base = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "on.test",
            "-cert", pki.path("good.crt"), "-cert_chain", pki.path("inter.crt"),
            "-key", pki.path("good.key"), "-CAfile", pki.path("root.crt"), "-ign_eof",
            "-tls" + version.replace(".", "_")]
    ask = b"GET / HTTP/1.1\r\nHost: on.test\r\nConnection: close\r\n\r\n"

    def run(*more):
        done = subprocess.run(base + list(more), input=ask, capture_output=True, timeout=20,
                              check=False)
        return done.stdout.decode("utf-8", "replace")
    first = run("-sess_out", saved)
    assert "New, TLSv" in first and "on.test|.|SUCCESS" in first
    second = run("-sess_in", saved)
    assert "Reused, TLSv" in second and "on.test|r|SUCCESS" in second


@both
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_no_store_no_resumption(serve, pki, version):
    server = serve(config("tickets", {"gate.test": ""}).replace("tickets on", "tickets off"))
    _, two = two_visits(server, pki, version, "gate.test", "gate.test")
    assert not two.reused and two.status == 200


def test_renegotiation_is_refused(vhosts, pki):
    """CVE-2009-3555: a client that asks for a new handshake within a connection gets none."""
    port = vhosts["tickets"].port()
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", "open.test",
         "-tls1_2", "-legacy_renegotiation"], input=b"R\nGET / HTTP/1.0\r\n\r\n",
        capture_output=True, timeout=20, check=False)
    assert b"open.test|" not in done.stdout
