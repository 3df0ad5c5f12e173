# SPDX-License-Identifier: Apache-2.0
"""What a file with revocation lists may hold: what is taken, what is refused, and what is said."""

import datetime
import re

import pytest
from cryptography import x509

from support.lists import DER, Gate, Lists, echoes, make, rewrite
from support.pki import DAY, NOW
from support.protocols import both

pytestmark = pytest.mark.yett_only("reads lists at a reload only, and no deltas")


@pytest.fixture
def lists(pki):
    return Lists(pki)


@pytest.fixture
def gate(serve, pki, lists):
    return Gate(serve, pki, lists.bundle())


# -- forms -------------------------------------------------------------------------------------------

def forms(lists, revoked, number):
    pem = lists.of_inter(revoked, number)
    der = lists.of_inter(revoked, number, form=DER)
    return {
        "PEM": lists.of_root + pem,
        "PEM the other way round": pem + lists.of_root,
        "PEM with text": b"Certificate Revocation List:\n" + lists.of_root + b"\n# text\n\n" + pem,
        "PEM with CR LF": (lists.of_root + pem).replace(b"\n", b"\r\n"),
        "DER": make(lists.root, form=DER) + der,
    }


@pytest.mark.parametrize("form", [
    "PEM", "PEM the other way round", "PEM with text", "PEM with CR LF", "DER"])
def test_forms(serve, pki, lists, form):
    gate = Gate(serve, pki, forms(lists, [], 1)[form])
    gate.lets_in("good", "revoked")
    gate.swap(forms(lists, [lists.gone], 2)[form])
    gate.keeps_out("revoked")
    gate.lets_in("good", "second")
    gate.swap(forms(lists, [lists.gone, lists.second], 3)[form], rewrite)
    gate.keeps_out("revoked", "second")
    gate.lets_in("good")


# -- deltas ------------------------------------------------------------------------------------------

def test_a_delta_adds_and_lifts(gate, lists):
    base = lists.bundle([lists.gone], 10)
    gate.swap(base)
    gate.keeps_out("revoked")
    gate.swap(base + lists.of_inter([lists.second], 11, base=10, lifted=[lists.gone]))
    gate.keeps_out("second")
    gate.lets_in("revoked", "good")
    gate.swap(lists.bundle([lists.second], 12))
    gate.keeps_out("second")
    gate.lets_in("revoked", "good")


@pytest.mark.parametrize("what,says", [
    ("without its base", "has no complete CRL to apply it to"),
    ("of a later base", "needs a complete CRL with number 0F or higher"),
    ("forged", "its signature is wrong")])
def test_a_delta_that_cannot_be_applied(gate, lists, what, says):
    gate.swap(lists.bundle([lists.gone], 10))
    delta = {"without its base": lists.of_root + lists.of_inter([], 11, base=10),
             "of a later base": lists.bundle([], 10) + lists.of_inter([], 16, base=15),
             "forged": lists.bundle([lists.gone], 10)
             + lists.of_inter([], 11, base=10, lifted=[lists.gone], key=lists.twin[1])}[what]
    gate.refuses(delta, says)
    gate.keeps_out("revoked")
    gate.lets_in("good")


# -- older ones --------------------------------------------------------------------------------------

@pytest.mark.parametrize("by", ["number", "thisUpdate"])
def test_an_older_list_is_refused(gate, lists, by):
    def of(revoked, age):
        if by == "number":
            return lists.bundle(revoked, 100 - age)
        return lists.bundle(revoked, None, start=NOW - datetime.timedelta(minutes=age))
    if by == "thisUpdate":
        gate.swap(of([], 60))
    gate.swap(of([lists.gone], 10))
    gate.keeps_out("revoked")
    gate.refuses(of([], 20), "older than")
    gate.keeps_out("revoked")
    gate.lets_in("good")
    gate.swap(of([lists.second], 5))
    gate.keeps_out("second")
    gate.lets_in("revoked", "good")


# -- broken ones -------------------------------------------------------------------------------------

@pytest.mark.parametrize("form", ["PEM", "DER"])
def test_cut_off_anywhere(gate, lists, form):
    """Half a list is refused wherever it ends."""
    gate.swap(lists.bundle([lists.gone], 2))
    data = (lists.bundle([], 3) if form == "PEM"
            else make(lists.root, form=DER) + lists.of_inter([], 3, form=DER))
    whole = len(lists.of_root if form == "PEM" else make(lists.root, form=DER))
    cuts = sorted({1, 10, whole // 2, whole - 3, whole + 40, len(data) // 2 + whole // 2,
                   len(data) - 60, len(data) - 2} - {whole})
    for cut in cuts:
        gate.refuses(data[:cut], "live.crl", rewrite)
        gate.keeps_out("revoked")
    gate.lets_in("good")
    gate.refuses(b"", "live.crl", rewrite)
    gate.swap(data, rewrite)
    gate.lets_in("revoked", "good")


def test_cut_off_between_two_lists(gate, lists):
    """That cannot be told from a file that is meant so. It opens nothing, and is said."""
    gate.swap(lists.bundle([lists.gone], 2))
    gate.after(lambda: gate.swap(lists.of_root, rewrite), r"\[warn\].*no CRL of .*Test Intermediate")
    gate.keeps_out("revoked", "good")
    gate.lets_in("byroot")
    gate.swap(lists.bundle([lists.gone], 2), rewrite)
    gate.keeps_out("revoked")
    gate.lets_in("good")


def idp(**more):
    fields = {"full_name": None, "relative_name": None, "only_contains_user_certs": False,
              "only_contains_ca_certs": False, "only_some_reasons": None, "indirect_crl": False,
              "only_contains_attribute_certs": False}
    return x509.IssuingDistributionPoint(**{**fields, **more})


POINT = [x509.UniformResourceIdentifier("http://crl.test/part1.crl")]
UNKNOWN = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.9"), b"\x05\x00")
REFUSED = {
    "unknown critical extension": ([UNKNOWN], "critical extension"),
    "indirect": ([idp(indirect_crl=True)], "indirect"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_list_that_cannot_be_honoured(serve, pki, lists, kind):
    more, says = REFUSED[kind]
    gate = Gate(serve, pki, lists.bundle([lists.gone], 2))
    gate.refuses(lists.bundle([], 3, more=more), says)
    gate.keeps_out("revoked")
    gate.lets_in("good")
    said, passes = gate.test()
    assert not passes and says in said.lower() and "Test Intermediate" in said
    gate.swap(lists.bundle([lists.second], 3))
    assert gate.test()[1]
    gate.keeps_out("second")
    gate.lets_in("revoked")


# Taken, but they tell nothing, or not all, about certificates without a distribution point.
PARTIAL = {
    "of some reasons": idp(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise])),
    "of attribute certificates": idp(only_contains_attribute_certs=True),
    "of one distribution point": idp(full_name=POINT),
}


@pytest.mark.parametrize("kind", PARTIAL)
def test_a_list_that_is_not_enough(serve, pki, lists, kind):
    gate = Gate(serve, pki, lists.bundle([lists.gone], 2))
    gate.swap(lists.bundle([], 3, more=[PARTIAL[kind]]))
    gate.keeps_out("revoked", "good")
    gate.swap(lists.bundle([], 3, more=[PARTIAL[kind]]) + lists.of_inter([lists.gone], 4))
    gate.keeps_out("revoked")
    gate.lets_in("good")


def test_lists_of_a_scope(serve, pki, lists):
    """Partitioned by what they speak of: together they cover all, alone they do not."""
    users = lists.of_inter([lists.gone], 2, more=[idp(only_contains_user_certs=True)])
    authorities = lists.of_inter([], 2, more=[idp(only_contains_ca_certs=True)])
    gate = Gate(serve, pki, lists.of_root + users)
    gate.keeps_out("revoked")
    gate.lets_in("good")
    gate.swap(lists.of_root + users + authorities)
    gate.keeps_out("revoked")
    gate.lets_in("good")
    gate.swap(lists.of_root + authorities)
    gate.keeps_out("good", "revoked")


@pytest.mark.parametrize("signed", ["by another key", "by nobody"])
def test_a_list_its_issuer_did_not_sign(gate, lists, signed):
    gate.swap(lists.bundle([lists.gone], 2))
    der = lists.of_inter([], 3, form=DER)
    forged = {"by another key": lists.bundle([], 3, key=lists.twin[1]),
              "by nobody": make(lists.root, form=DER) + der[:-1] + bytes([der[-1] ^ 1])}[signed]
    gate.refuses(forged, "its signature is wrong")
    gate.keeps_out("revoked")
    gate.lets_in("good")


# -- coverage and dates ------------------------------------------------------------------------------

def days(n):
    return NOW + n * DAY


WARNED = {
    "no list of the root": (lambda it: it.of_inter(), {"good": 400, "byroot": 400},
                            r'no CRL of "CN=Test Root,[^"]*" in "[^"]*live\.crl"'),
    "no list of the intermediate": (lambda it: it.of_root, {"good": 400, "byroot": 200},
                                    r'no CRL of "CN=Test Intermediate,[^"]*" in "[^"]*live\.crl"'),
    "expired": (lambda it: it.bundle(start=days(-9), end=days(-2)), {"good": 400, "byroot": 200},
                r'the CRL of "CN=Test Intermediate,[^"]*" in "[^"]*live\.crl" expired on '),
    "not yet valid": (lambda it: it.bundle(start=days(2), end=days(9)),
                      {"good": 400, "byroot": 200},
                      r'the CRL of "CN=Test Intermediate,[^"]*" in "[^"]*live\.crl" is not valid before '),
    "expires soon": (lambda it: it.bundle(end=days(1)), {"good": 200, "byroot": 200},
                     r'the CRL of "CN=Test Intermediate,[^"]*" in "[^"]*live\.crl" expires soon, on '),
}


@pytest.mark.parametrize("what", WARNED)
def test_warnings_at_the_start(serve, pki, lists, what):
    data, verdicts, says = WARNED[what]
    gate = Gate(serve, pki, data(lists))
    said, passes = gate.test()
    assert passes
    gate.server.wait_log(r"\[warn\].*" + says)
    assert len([line for line in said.splitlines() if "[warn]" in line]) == 1, said
    assert re.search(r"\[warn\].*" + says, said)
    for cert, status in verdicts.items():
        assert gate.status(cert) == status, cert
    gate.swap(lists.bundle(number=2))
    gate.lets_in("good", "byroot")
    said, passes = gate.test()
    assert passes and "[warn]" not in said


LATER = (WARNED["not yet valid"][0], {"good": 200, "byroot": 200},
         r'the CRL of "CN=Test Intermediate,[^"]*" in "[^"]*live\.crl" begins on ')


@pytest.mark.parametrize("what", WARNED)
def test_warnings_of_new_lists(serve, pki, lists, what):
    """As at the start, but for a list that begins later: the one before it counts until then."""
    data, verdicts, says = LATER if what == "not yet valid" else WARNED[what]
    gate = Gate(serve, pki, lists.bundle(number=None, start=days(-20)))
    assert "[warn]" not in gate.server.log()
    gate.lets_in("good", "byroot")
    gate.after(lambda: gate.swap(data(lists)), r"\[warn\].*" + says)
    for cert, status in verdicts.items():
        assert gate.status(cert) == status, cert


@pytest.mark.parametrize("stale,status", [
    ("", 400), ("ssl_crl_stale reject;", 400), ("ssl_crl_stale grace 1d;", 400),
    ("ssl_crl_stale grace 3d;", 200)])
def test_grace(serve, pki, lists, stale, status):
    gate = Gate(serve, pki, lists.bundle([lists.gone], start=days(-9), end=days(-2)), more=stale)
    assert gate.status("good") == status
    gate.keeps_out("revoked")
    gate.lets_in("byroot")
    said, passes = gate.test()
    assert passes
    assert ("yett accepts it until" in said) == (status == 200)
    assert ("yett rejects every certificate" in said) == (status != 200)


def seconds(n):
    return datetime.datetime.utcnow().replace(microsecond=0) + datetime.timedelta(seconds=n)


@both
def test_a_list_runs_out_while_connections_live(serve, pki, lists, backend):
    gate = Gate(serve, pki, lists.bundle(), backend=backend)
    with gate.connect("good") as live, gate.connect("byroot") as twin, \
            gate.tunnel("good") as tunnel, gate.tunnel("byroot") as twin_tunnel:
        assert live.ask().status == 200 and twin.ask().status == 200
        gate.swap(lists.bundle(number=2, end=seconds(3)))
        assert tunnel.closed(15)
        answer = live.ask()
        assert answer.status == 400 and live.closed()
        gate.keeps_out("good")
        assert twin.ask().status == 200 and echoes(twin_tunnel)
    gate.lets_in("byroot")
    gate.server.wait_log("CRL has expired")
    gate.swap(lists.bundle(number=3))
    gate.lets_in("good")
