# SPDX-License-Identifier: Apache-2.0
"""What went wrong in other servers, and the test that says it does not here.

Each has its twin that passes. What other files test is named; the rest is below.

Resumption across policies
    nginx CVE-2014-3616           tls/test_sessions: other_server_asks_again, twin same_server_resumes
    nginx CVE-2025-23419          tls/test_sessions: other_server_asks_again,
                                  resumed_connection_is_misdirected_too; what its first mend broke:
                                  same_server_resumes, equal_servers_agree
    httpd CVE-2025-23048          tls/test_sessions: other_server_asks_again (on.test to otherca.test)
    HAProxy 4a8f76220             tls/test_sessions: other_server_asks_again
    HAProxy 9f1d59099             no_renewal_lengthens_a_session
    Envoy CVE-2022-21654          tls/test_sessions: session_of_an_old_generation;
                                  revocation/test_live: a_reload_that_tightens
    Go CVE-2025-68121             test_ways_around: session_ends_with_its_chain_and_its_lists;
                                  revocation/test_live: a_reload_that_tightens
    Traefik GHSA-gv8r-9rw9-9697   tls/test_sessions: other_server_asks_again
    botan #5818                   tls/test_sessions: session_of_an_old_generation, other_server_asks_again
                                  (open.test to on.test); ticket_from_before_certificates_were_asked_for
    revoked, and resumed          tls/test_sessions: revoked_after_reload_resumed;
                                  revocation/test_at_once: swap_without_reload; revocation/test_live: sessions
    made where there is no list   tls/test_sessions: other_server_asks_again (on.test to crl.test)
    list rewritten in place       tls/test_sessions: crl_rewritten_in_place_within_a_second;
                                  revocation/test_paths: in_place_with_the_same_times

SNI, Host and look-up
    Traefik CVE-2026-32305        test_ways_around: split_hello; reference/test_tls: hello_in_several_records
    Traefik CVE-2026-53622        names_in_any_case; test_ways_around: no_name_leads_in
    Caddy CVE-2026-27588          names_in_any_case (beyond a hundred names)
    Traefik CVE-2026-48491        reference/test_tls: misdirected; wildcards_count_for_421
    trailing dot                  names_in_any_case; test_ways_around: no_name_leads_in
    no SNI at all                 test_ways_around: no_name_leads_in

Fail-open
    Caddy CVE-2026-27586          authorities_that_cannot_be_read
    Traefik CVE-2022-46153        authorities_that_cannot_be_read, unknown_options_are_not_passed_over
    nginx CVE-2026-28755          ocsp/test_clients: request_sent_before_the_verdict, wrong_answers, verdicts
    HAProxy #248                  optional_is_not_open; reference/test_tls: optional
"""

import os
import signal
import subprocess
import time

import pytest

from support.protocols import ask, both
from support.rawhttp import tls_context
from support.sessions import CASES, STORES, Visit, reload_and_wait

TLS = ("    @HTTP2@ ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate @PKI@/srv-front.crt;\n"
       "    ssl_certificate_key @PKI@/srv-front.key;\n")
ON = "ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;"
VERSIONS = ["1.2", "1.3"]


# -- resumption --------------------------------------------------------------------------------------

@both
@pytest.mark.yett_only("each renewal resets the lifetime")
def test_no_renewal_lengthens_a_session(serve, pki):
    """Each visit resumes the session that the one before was given, until the first has run out."""
    servers = {store: serve(TLS + setting + f"""
        ssl_session_timeout 3s;
        server {{ listen 127.0.0.1:@PORT@ ssl; server_name on.test; {ON}
            return 200 "on.test|$ssl_session_reused|$ssl_client_verify|"; }}""")
               for store, setting in STORES.items()}
    contexts = {case: tls_context(pki, "good", case[0]) for case in CASES}
    visits = {case: Visit(servers[case[1]], contexts[case], "on.test") for case in CASES}
    resumed, ended, end = dict.fromkeys(CASES, 0), set(), time.monotonic() + 12
    while len(ended) < len(CASES):
        assert time.monotonic() < end, f"renewed again and again: {set(CASES) - ended}"
        for case in set(CASES) - ended:
            visits[case] = Visit(servers[case[1]], contexts[case], "on.test", visits[case].session)
            assert visits[case].status == 200 and visits[case].verify == "SUCCESS"
            if visits[case].reused:
                resumed[case] += 1
            else:
                ended.add(case)
        time.sleep(0.2)
    assert min(resumed.values()) > 0


@both
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mode,status", [("on", 400), ("optional", 200)])
def test_ticket_from_before_certificates_were_asked_for(serve, pki, version, mode, status):
    """With ticket keys from a file, which outlive every reload and restart."""
    config = TLS + """ssl_session_ticket_key @DIR@/tickets;
        server { listen 127.0.0.1:@PORT@ ssl; server_name gate.test; %s
            return 200 "gate.test|$ssl_session_reused|$ssl_client_verify|"; }"""
    server = serve(config % "", start=False)
    server.write("tickets", os.urandom(80))
    server.start()
    context = tls_context(None, None, version)
    one = Visit(server, context, "gate.test")
    assert Visit(server, context, "gate.test", one.session).reused
    server.configure(server.wrap(config % ON.replace("client on", "client " + mode)))
    reload_and_wait(server)
    two = Visit(server, context, "gate.test", one.session)
    assert not two.reused and two.status == status
    assert status == 400 or two.verify == "NONE"
    assert Visit(server, tls_context(pki, "good", version), "gate.test").verify == "SUCCESS"


# -- names -------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def many(serve_module):
    names = " ".join(f"Name{i}.Test" for i in range(300))
    return serve_module(TLS + f"""
        server {{ listen 127.0.0.1:@PORT@ ssl default_server; return 200 open; }}
        server {{ listen 127.0.0.1:@PORT@ ssl; server_name {names} *.Wild.Test; {ON}
            return 200 "the secret"; }}
        server {{ listen 127.0.0.1:@PORT@ ssl; server_name fold.test *.fold.test; return 200 fold; }}
    """)


@both
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["name0.test", "NAME150.TEST", "nAmE299.tEsT", "a.wild.test",
                                  "A.B.WILD.TEST", "name7.test.", "x.wild.test."])
def test_names_in_any_case(many, pki, version, name):
    for cert, status in ((None, 400), ("foreign-client", 400), ("good", 200)):
        context = tls_context(pki, cert, version)
        answer = ask(many.port(), host=name, tls=context, sni=name)
        assert answer.status == status, (name, cert)
        assert ("the secret" in answer.text) == (status == 200)
        for host in (name.lower(), name.upper(), name.rstrip(".")):
            assert ask(many.port(), host=host, tls=context, sni=name).status == status
    none = tls_context(None, None, version)
    assert ask(many.port(), host="name300.test", tls=none, sni="name300.test").text == "open"


@both
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("sni,host,status", [
    ("x.fold.test", "y.wild.test", 421), ("fold.test", "Y.Wild.Test.", 421),
    ("x.fold.test", "a.b.wild.test", 421), ("x.fold.test", "y.fold.test", 200),
    ("x.fold.test", "Fold.Test.", 200)])
def test_wildcards_count_for_421(many, pki, version, sni, host, status):
    for cert in (None, "good"):
        answer = ask(many.port(), host=host, tls=tls_context(pki, cert, version), sni=sni)
        assert answer.status == status and "secret" not in answer.text


# -- failing open --------------------------------------------------------------------------------------

GATE = TLS + """server { listen 127.0.0.1:@PORT@ ssl; ssl_verify_client %s;
    ssl_client_certificate @DIR@/ca.pem; %s return 200 "[$ssl_client_verify]"; }"""
UNREADABLE = {
    "missing": lambda path: os.unlink(path),
    "empty": lambda path: open(path, "wb").close(),
    "garbage": lambda path: put(path, b"-----BEGIN CERTIFICATE-----\nbm8=\n-----END CERTIFICATE-----\n"),
    "no certificate": lambda path: put(path, b"nothing here\n"),
    "cut off": lambda path: put(path, open(path, "rb").read()[:-40]),
    "a directory": lambda path: (os.unlink(path), os.mkdir(path)),
    "a key": lambda path: put(path, subprocess.run(
        ["openssl", "genpkey", "-algorithm", "ed25519"], capture_output=True, check=True).stdout),
}


def put(path, data):
    with open(path, "wb") as out:
        out.write(data)


@pytest.mark.parametrize("mode", ["on", "optional"])
@pytest.mark.parametrize("what", UNREADABLE)
def test_authorities_that_cannot_be_read(serve, pki, what, mode):
    """No start without them; and a reload without them leaves those of before in force."""
    server = serve(GATE % (mode, ""), start=False)
    path = os.path.join(server.dir, "ca.pem")
    with open(pki.path("ca.crt"), "rb") as source:
        put(path, source.read())
    assert server.run("-t").returncode == 0
    server.start()

    def statuses():
        return [ask(server.port(), tls=tls_context(pki, cert)).status
                for cert in (None, "foreign-client", "good")]
    before = statuses()
    assert before == [400 if mode == "on" else 200, 400, 200]
    UNREADABLE[what](path)
    done = server.run("-t")
    assert done.returncode == 1 and "ca.pem" in done.stderr
    if what in ("missing", "cut off"):
        server.kill(signal.SIGHUP)
        server.wait_log(r"\[emerg\].*ca\.pem")
        assert statuses() == before


@pytest.mark.parametrize("option", [
    "ssl_verify_client require;", "ssl_verify_client ON please;", "ssl_verify_depth many;",
    "ssl_verify_clients on;", "ssl_crl;", "ssl_crl @DIR@/nowhere.crl;"])
def test_unknown_options_are_not_passed_over(serve, pki, option):
    server = serve(GATE.replace("ssl_verify_client %s;", "%s") % ("", option), start=False)
    with open(pki.path("ca.crt"), "rb") as source:
        server.write("ca.pem", source.read())
    assert server.run("-t").returncode == 1
    server.configure(server.conf.replace(server.expand(option), "ssl_verify_client on;"))
    assert server.run("-t").returncode == 0


@both
@pytest.mark.parametrize("version", VERSIONS)
def test_optional_is_not_open(serve, pki, version):
    """Who shows a certificate that fails is refused, and who shows none is told apart."""
    server = serve(GATE % ("optional", ""), start=False)
    with open(pki.path("ca.crt"), "rb") as source:
        server.write("ca.pem", source.read())
    server.start()
    for cert, status, says in ((None, 200, "[NONE]"), ("good", 200, "[SUCCESS]"),
                               ("expired", 400, ""), ("foreign-client", 400, ""), ("forged", 400, "")):
        answer = ask(server.port(), tls=tls_context(pki, cert, version))
        assert answer.status == status and says in answer.text, cert
