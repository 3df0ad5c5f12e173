# SPDX-License-Identifier: Apache-2.0
"""OCSP staples of our own certificate: fetched, verified, renewed, or not sent at all."""

import os
import re
import signal
import subprocess
import threading
import time

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from support.dns_server import Dns
from support.ocsp_responder import Responder, make
from support.pki import simple
from support.rawhttp import ask, tls_context
from support.servers import wait_for

NONE = "no response sent"
SERVER_AUTH = [ExtendedKeyUsageOID.SERVER_AUTH]


def staple(port, *more, sni="staple.test", version="1.3"):
    """What s_client -status shows: good, revoked, unknown or none, and until when."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", sni, "-status",
         "-tls" + version.replace(".", "_"), *more],
        input="", capture_output=True, text=True, timeout=20, check=False)
    text = done.stdout
    if NONE in text:
        return "none"
    found = re.search(r"Cert Status: (\w+)", text)
    assert found, text + done.stderr
    return found[1]


class Site:
    """A certificate with a responder of its own."""

    number = 0

    def __init__(self, pki, issuer=None, **more):
        Site.number += 1
        self.pki, self.name = pki, f"staple{Site.number}"
        self.issuer = issuer or pki.inter
        self.responder = Responder(self.issuer)
        self.pair = self.issue(self.name, **more)
        self.serial = self.pair[0].serial_number

    def issue(self, name, **more):
        more.setdefault("ocsp", self.responder.url)
        pair = self.pki.issue(simple("staple.test"), self.issuer, names=["staple.test"],
                              eku=SERVER_AUTH, **more)
        self.pki.write_pair(name, pair, [self.issuer[0]])
        return pair

    def conf(self, more="", extra=""):
        return (f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name staple.test;"
                f" ssl_certificate @PKI@/{self.name}.crt; ssl_certificate_key @PKI@/{self.name}.key;"
                f" ssl_stapling on; {more} return 200 ok; }} {extra}")


@pytest.fixture
def site(pki):
    made = Site(pki)
    yield made
    made.responder.down()


def wait_staple(server, expected, **more):
    wait_for(lambda: staple(server.port(), **more) == expected, 10, f"a staple {expected}")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_fetched_at_start(serve, site, version):
    server = serve(site.conf())
    wait_staple(server, "good", version=version)
    assert site.responder.asked == [site.serial]
    time.sleep(0.3)
    assert staple(server.port(), version=version) == "good"
    assert site.responder.asked == [site.serial], "one answer serves until it is due"


def test_off_by_default(serve, site):
    server = serve(site.conf().replace("ssl_stapling on;", ""))
    time.sleep(0.3)
    assert staple(server.port()) == "none" and not site.responder.asked


def test_client_that_does_not_ask_gets_none(serve, site):
    server = serve(site.conf())
    wait_staple(server, "good")
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port()}", "-trace"],
                          input="", capture_output=True, text=True, timeout=20, check=False)
    assert "status_request" not in done.stdout


def test_revoked_is_told(serve, site):
    site.responder.revoked.add(site.serial)
    server = serve(site.conf())
    wait_staple(server, "revoked")
    server.wait_log(r'\[error\].*certificate status "revoked" \(keyCompromise\) in the OCSP response')


def test_unknown_is_not_sent(serve, site):
    site.responder.unknown.add(site.serial)
    server = serve(site.conf())
    server.wait_log(r'certificate status "unknown" in the OCSP response')
    assert staple(server.port()) == "none"
    assert ask(server.port(), tls=tls_context(), sni="staple.test").status == 200


@pytest.mark.parametrize("what", ["garbage", "status", "type", "large", "expired", "future", "other",
                                  "signer", "sibling", "endless", "empty"])
def test_wrong_answers_are_not_sent(serve, site, pki, what):
    def wrong(_):
        if what == "garbage":
            return b"\x30\x03\x0a\x01\x07"
        if what == "empty":
            return b""
        if what == "status":
            return 404, "application/ocsp-response", make(site.pair, site.issuer)
        if what == "type":
            return 200, "text/html", make(site.pair, site.issuer)
        if what == "large":
            return make(site.pair, site.issuer) + b"\0" * 70000
        if what == "expired":
            return make(site.pair, site.issuer, start=-9000, end=-5000)
        if what == "future":
            return make(site.pair, site.issuer, start=5000, end=9000)
        if what == "other":
            return make(pki.server["a"], site.issuer)
        if what == "signer":
            return make(site.pair, site.issuer, signer=pki.twin_inter)
        if what == "sibling":
            return make(site.pair, site.issuer, signer=pki.server["a"])
        return make(site.pair, site.issuer, end=None)
    site.responder.answer = wrong
    server = serve(site.conf())
    server.wait_log(r"\[error\].*while requesting certificate status, responder: 127\.0\.0\.1, "
                    rf'certificate: ".*{site.name}\.crt"')
    assert staple(server.port()) == "none"
    assert ask(server.port(), tls=tls_context(), sni="staple.test").status == 200


def test_delegated_responder(serve, site, pki):
    signer = pki.issue(simple("responder"), site.issuer, eku=[ExtendedKeyUsageOID.OCSP_SIGNING])
    site.responder.answer = lambda _: make(site.pair, site.issuer, signer=signer)
    wait_staple(serve(site.conf()), "good")


def test_renewed_and_over(serve, site):
    """Renewed after half of its life; never sent when it is over."""
    site.responder.answer = lambda _: make(site.pair, site.issuer, start=-1, end=6)
    server = serve(site.conf())
    wait_staple(server, "good")
    wait_for(lambda: len(site.responder.asked) >= 2, 10, "a renewal")
    assert staple(server.port()) == "good"
    site.responder.answer = lambda _: b"garbage"
    before = len(site.responder.asked)
    wait_for(lambda: len(site.responder.asked) > before, 10, "the failing renewal")
    assert staple(server.port()) == "good", "the old one serves on"
    wait_staple(server, "none")


def test_an_older_answer_does_not_win(serve, site):
    site.responder.answer = lambda _: make(site.pair, site.issuer, "revoked", start=-1, end=4)
    server = serve(site.conf())
    wait_staple(server, "revoked")
    site.responder.answer = lambda _: make(site.pair, site.issuer, "good", start=-3000, end=3000)
    server.wait_log("older than the one in use")
    assert staple(server.port()) == "revoked"


def test_responder_down(serve, site):
    site.responder.down()
    server = serve(site.conf())
    server.wait_log("Connection refused.*while requesting certificate status")
    assert staple(server.port()) == "none"
    assert ask(server.port(), tls=tls_context(), sni="staple.test").status == 200
    site.responder.up()


def test_slow_responder_holds_nothing_up(serve, site):
    site.responder.stalled = threading.Event()
    server = serve(site.conf())
    assert staple(server.port()) == "none"
    server.run("-s", "reload", check=True)
    wait_for(lambda: len(site.responder.asked) == 2, 10, "the new generation's question")


def test_own_responder_directive(serve, site):
    other = Responder(site.issuer)
    server = serve(site.conf(f"ssl_stapling_responder http://localhost:{other.port}/x;"))
    wait_staple(server, "good")
    assert other.asked and not site.responder.asked
    other.down()


def test_threads_and_blocks_share_one_answer(serve, site):
    other = site.conf().replace("staple.test;", "*.other.test;", 1)
    server = serve(site.conf() + other, main="worker_processes 3;")
    for _ in range(6):
        wait_staple(server, "good")
        wait_staple(server, "good", sni="x.other.test")
    assert len(site.responder.asked) <= 2


def test_chosen_block_and_certificate(serve, site, pki):
    """The staple is of the block that SNI selects, and of the certificate that the client gets."""
    rsa = site.issue(site.name + "-rsa", kind="rsa")
    site.responder.revoked.add(rsa[0].serial_number)
    more = (f"ssl_certificate @PKI@/{site.name}-rsa.crt;"
            f" ssl_certificate_key @PKI@/{site.name}-rsa.key;")
    plain = ("server { listen 127.0.0.1:@PORT@ ssl default_server; ssl_certificate "
             "@PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key; return 200 x; }")
    server = serve(plain + site.conf(more))
    wait_for(lambda: staple(server.port(), "-sigalgs", "ecdsa_secp256r1_sha256") == "good", 10, "ec")
    wait_for(lambda: staple(server.port(), "-sigalgs", "rsa_pss_rsae_sha256") == "revoked", 10, "rsa")
    assert staple(server.port(), sni="elsewhere.test") == "none"


def test_resolver(serve, pki):
    dns = Dns({"ocsp.test": ["127.0.0.1"]})
    site = Site(pki)
    site.issue(site.name, ocsp=f"http://ocsp.test:{site.responder.port}/")
    server = serve(site.conf(f"resolver 127.0.0.1:{dns.port}; resolver_timeout 2s;"))
    wait_staple(server, "good")
    assert ("ocsp.test", 1) in dns.asked
    dns.stop()
    site.responder.down()


# -- what the configuration says ------------------------------------------------------------------

def test_ignored_without_issuer_or_responder(serve, site, pki):
    pair = site.issue("no-aia", ocsp=None)
    pki.write("alone.crt", pki.pem(pair[0]))
    pki.write_pair("no-aia", pair, [])
    pki.write_pair("with-issuer", pair, [pki.inter[0]])
    site.issue("https-aia", ocsp="https://ocsp.test/")
    site.issue("unknown-host", ocsp="http://no-such-host.invalid/")

    def warnings(name, more=""):
        server = serve(f"server {{ listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/{name}.crt; "
                       f"ssl_certificate_key @PKI@/{name}.key; ssl_stapling on; {more} }}",
                       start=False)
        done = server.run("-t", timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stderr
    path = pki.path
    assert ('"ssl_stapling" ignored, issuer certificate not found for certificate '
            f'"{path("no-aia.crt")}"') in warnings("no-aia")
    assert ('"ssl_stapling" ignored, no OCSP responder URL in the certificate '
            f'"{path("no-aia.crt")}"') in warnings("no-aia",
                                                   "ssl_trusted_certificate @PKI@/inter.crt;")
    assert "no OCSP responder URL" in warnings("with-issuer")
    assert "ignored" not in warnings(site.name)
    assert 'invalid URL prefix in OCSP responder "https://ocsp.test/"' in warnings("https-aia")
    assert "ignored, invalid URL prefix" in warnings(site.name, "ssl_stapling_responder ftp://x/;")
    assert ('ignored, host not found in OCSP responder "http://no-such-host.invalid/"'
            in warnings("unknown-host"))


@pytest.mark.parametrize("trusted,expected", [("ca.crt", "good"), ("inter.crt", "good"),
                                              ("root.crt", "good"), ("twin-ca.crt", "none"),
                                              (None, "none")])
def test_stapling_verify(serve, site, trusted, expected):
    more = "ssl_stapling_verify on;"
    if trusted:
        more += f" ssl_trusted_certificate @PKI@/{trusted};"
    server = serve(site.conf(more))
    if expected == "good":
        wait_staple(server, "good")
    else:
        server.wait_log(r'"ssl_stapling" ignored, "ssl_trusted_certificate" does not trust')
        assert staple(server.port()) == "none"


def test_file(serve, site, pki):
    def conf():
        return site.conf("ssl_stapling_file @PKI@/response.der;")
    pki.write("response.der", make(site.pair, site.issuer, end=4))
    server = serve(conf())
    assert staple(server.port()) == "good"
    wait_staple(server, "none")
    assert not site.responder.asked
    done = server.run("-t")
    assert done.returncode == 0 and "is not sent: the OCSP response has expired" in done.stderr


@pytest.mark.parametrize("what", ["missing", "garbage", "other", "signer"])
def test_wrong_file_does_not_load(serve, site, pki, what):
    data = {"garbage": b"x", "other": make(pki.server["a"], site.issuer),
            "signer": make(site.pair, site.issuer, signer=pki.twin_inter)}
    if what in data:
        pki.write(what + ".der", data[what])
    server = serve(site.conf(f"ssl_stapling_file @PKI@/{what}.der;"), start=False)
    done = server.run("-t")
    assert done.returncode == 1
    assert re.search(rf'cannot (load|use) OCSP response ".*{what}\.der"', done.stderr)


# OpenSSL's clients end a handshake of TLS 1.2 at a message with a larger staple.
TOO_LARGE = r"the OCSP response has \d+ bytes, but clients accept no more than 16380"


def padded(site, size):
    """A response of exactly so many bytes."""
    least = len(make(site.pair, site.issuer, padding=1000)) - 1000
    for spare in range(-4, 5):  # ECDSA signatures differ in length
        for _ in range(50):
            data = make(site.pair, site.issuer, padding=size - least + spare)
            if len(data) == size:
                return data
    raise AssertionError("no response has that size")


def test_file_that_is_too_large(serve, site, pki):
    pki.write("large.der", padded(site, 16381))
    done = serve(site.conf("ssl_stapling_file @PKI@/large.der;"), start=False).run("-t")
    assert done.returncode == 1
    assert re.search(rf'cannot use OCSP response ".*large\.der": {TOO_LARGE}', done.stderr), done.stderr


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_file_that_is_as_large_as_may_be(serve, site, pki, version):
    pki.write("large.der", padded(site, 16380))
    server = serve(site.conf("ssl_stapling_file @PKI@/large.der;"))
    assert staple(server.port(), version=version) == "good"


def test_fetched_but_too_large(serve, site):
    site.responder.answer = lambda question: padded(site, 16381)
    server = serve(site.conf())
    server.wait_log(TOO_LARGE)
    assert staple(server.port(), version="1.2") == "none"


# -- what comes after begins with what was there -----------------------------------------------------

def reload(server):
    """Until another generation serves."""
    said = server.log().count(" serves")
    server.run("-s", "reload", check=True)
    wait_for(lambda: server.log().count(" serves") > said, 10, "the next generation")


def with_staple(serve, site, responder_up=False):
    """A server that has fetched a staple, and whose responder is down now."""
    server = serve(site.conf())
    wait_staple(server, "good")
    if not responder_up:
        site.responder.down()
    return server


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_survives_reloads(serve, site, version):
    server = with_staple(serve, site)
    for _ in range(3):
        reload(server)
        assert staple(server.port(), version=version) == "good"
        server.wait_log("Connection refused.*while requesting certificate status")
    assert len(site.responder.asked) == 1
    site.responder.up()


@pytest.mark.parametrize("who", ["worker", "generation"])
def test_survives_the_end_of_a_process(serve, site, who):
    server = with_staple(serve, site)
    generation, = server.children(server.process.pid)
    worker, = server.children(generation)
    os.kill(worker if who == "worker" else generation, signal.SIGKILL)
    wait_for(lambda: set(server.workers()) - {generation, worker} and
             "Connection refused" in server.log(), 10, "another worker that asks")
    wait_staple(server, "good")
    assert len(site.responder.asked) == 1
    site.responder.up()
    server.stop(allow="exited on signal 9")


def test_over_is_over_after_a_reload_too(serve, site):
    """An answer that has ended is not stapled, whoever kept it."""
    site.responder.answer = lambda _: make(site.pair, site.issuer, start=-1, end=6)
    server = with_staple(serve, site)
    reload(server)
    assert staple(server.port()) == "good"
    wait_staple(server, "none")
    reload(server)
    assert staple(server.port()) == "none"
    site.responder.up()


def test_the_newest_survives(serve, site):
    """What a later answer said is not forgotten for an earlier one's sake."""
    site.responder.answer = lambda _: make(site.pair, site.issuer, start=-1, end=4)
    server = with_staple(serve, site, responder_up=True)
    site.responder.answer = lambda _: make(site.pair, site.issuer, "revoked", start=0)
    wait_staple(server, "revoked")
    site.responder.down()
    reload(server)
    assert staple(server.port()) == "revoked"
    site.responder.up()


def test_only_for_its_own_certificate(serve, site, pki):
    """A reload that shows another certificate has no staple for it; the old one's comes back with
    the old certificate only if it is fetched again: what is not shown is not kept."""
    server = with_staple(serve, site)
    old = server.conf
    site.issue(site.name + "-next")
    server.configure(old.replace(f"/{site.name}.", f"/{site.name}-next."))
    reload(server)
    assert staple(server.port()) == "none"
    server.configure(old)
    reload(server)
    assert staple(server.port()) == "none"
    site.responder.up()
