# SPDX-License-Identifier: Apache-2.0
"""`yett cert show --config`: what it says of a gate is what that gate says, and does."""

import os

import pytest

from support import rawhttp
from support.certshow import fails, show, text
from support.client_certs import TLS
from support.pki import simple
from support.rawhttp import Conn, build
from support.servers import NGINX, Server, sampled

pytestmark = pytest.mark.yett_only("nginx has no such command")

# A certificate with the chain that its file has, and the key to it.
CLIENTS = {c: c for c in ("good", "second", "revoked", "expired", "notyet", "serveronly", "rsa",
                          "utf8", "special", "empty", "byroot", "foreign-client", "twin-client",
                          "other-client", "forged", "selfsigned")}
CLIENTS["good-leaf"] = "good"  # without its intermediate

MODES = {
    "on": "ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;",
    "lists": "ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;",
    "no-intermediate": "ssl_verify_client on; ssl_client_certificate @PKI@/root.crt;",
    "depth": "ssl_verify_client on; ssl_verify_depth 0; ssl_client_certificate @PKI@/root.crt;",
    "optional": "ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt;",
    "no-ca": "ssl_verify_client optional_no_ca; ssl_client_certificate @PKI@/ca.crt;",
    "stale": "ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/stale.crl;",
    "ca-revoked": "ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; "
                  "ssl_crl @PKI@/inter-revoked.crl;",
    "off": "ssl_verify_client off; ssl_client_certificate @PKI@/ca.crt;",
    "other": "ssl_verify_client on; ssl_client_certificate @PKI@/other-ca.crt;",
}
MAPS = """
map $ssl_client_s_dn $cert_authz { default SUCCESS; "" NONE; ~CN=revoked REVOKED;
    "CN=second machine,O=Yett Test,C=DE" BLACKLISTED; }
map $ssl_client_verify:$cert_authz $both { default no; SUCCESS:SUCCESS yes; }
map $ssl_client_s_dn $cn { ~CN=(?<found>[^,]+) $found; default none; }
map $ssl_client_serial $by_serial { default "other"; "01" 'one "quoted"'; }
"""
NAMES = ["cert_authz", "both", "cn", "by_serial"]
VALUES = "return 200 '$ssl_client_verify|" + "|".join("$" + n for n in NAMES) + "';"


def block(mode, extra=""):
    return (f"server {{ listen 127.0.0.1:@PORT_{mode.upper().replace('-', '')}@ ssl; "
            f"server_name {mode}.test; {TLS} {MODES[mode]} {extra}\n"
            f"location / {{ {VALUES} }} }}\n")


def why(mode):
    """The same with a page that tells the refused why; at a port of its own."""
    return block(mode, "error_page 495 =210 /why; location /why { " + VALUES + " }").replace(
        "@ ssl", "WHY@ ssl").replace(f"{mode}.test", f"{mode}.why")


@pytest.fixture(scope="module")
def gates(serve_module):
    conf = MAPS + "".join(block(mode) + why(mode) for mode in MODES)
    return serve_module(conf), serve_module(conf, binary=NGINX)


def ask(site, pki, mode, cert, more=""):
    key = f"PORT_{mode.upper().replace('-', '')}{more}"
    tls = rawhttp.tls_context(pki, cert, key=CLIENTS[cert])
    with Conn(site.port(key), tls, None) as conn:
        return conn.send(build("GET /")).read()


def ours(site, pki, mode, cert, code):
    shown = show(pki.path(cert + ".crt"), "--config", site.conf_path, "--prefix", site.dir,
                 "--server", mode + ".test", code=code)
    assert len(shown["config"]) == 1
    return shown["config"][0]


@pytest.mark.parametrize("mode", MODES)
def test_verdicts_and_maps_are_the_gates(gates, pki, mode):
    site, nginx = gates
    for cert in sampled(CLIENTS, list(MODES).index(mode)):
        answer, told = ask(site, pki, mode, cert), ask(site, pki, mode, cert, "WHY")
        verify, *maps = told.text.split("|")
        good = answer.status == 200
        mine = ours(site, pki, mode, cert, 0 if good else 3)
        assert answer.status in (200, 400) and told.status == (200 if good else 210)
        assert mine["ssl_client_verify"] == verify, cert
        assert mine["accepted"] is good, cert
        assert mine["status"] == (0 if good else 495)
        assert mine["answer"] == (None if good else "400 (495)")
        assert {m["variable"][1:]: m["value"] for m in mine["maps"]} == dict(zip(NAMES, maps)), cert
        assert all(m["known"] for m in mine["maps"])
        theirs = ask(nginx, pki, mode, cert, "WHY")
        assert (theirs.status, theirs.text) == (told.status, told.text), cert
        if mine["log"]:
            assert mine["log"] + ", subject" in site.log(), (cert, mine["log"])
        assert bool(mine["log"]) == verify.startswith("FAILED:")


def test_text_for_people(gates, pki):
    site = gates[0]
    args = ["--config", site.conf_path, "--prefix", site.dir, "--server"]
    said = text(pki.path("revoked.crt"), *args, "lists.test", code=3)
    for line in ("$ssl_client_verify       FAILED:certificate revoked", "certificate accepted     no",
                 "log                      client SSL certificate verify error: (23:certificate "
                 "revoked) at depth 0", "answer                   400 (495)",
                 "  $both                  \"no\" (map of $ssl_client_verify:$cert_authz)"):
        assert "    " + line + "\n" in said
    said = text(pki.path("foreign-client.crt"), *args, "no-ca.test")
    assert "certificate accepted     yes" in said
    assert "the configuration must check $ssl_client_verify" in said
    said = text(pki.path("good.crt"), *args, "lists.test")
    assert "answer" not in said and "verify error" not in said
    said = text(pki.path("revoked.crt"), *args, "lists.why", code=3)
    assert "answer                   error_page 495 =210 /why\n" in said


def test_all_blocks_that_verify(gates, pki):
    """Refused by one of them is 3."""
    site = gates[0]
    shown = show(pki.path("good.crt"), "--config", site.conf_path, "--prefix", site.dir, code=3)
    assert [s["server"] for s in shown["config"]] == [
        mode + end for mode in MODES if mode != "off" for end in (".test", ".why")]
    refusing = {s["server"][:-5] for s in shown["config"] if not s["accepted"]}
    assert refusing == {"depth", "stale", "ca-revoked", "other"} | {
        s["server"][:-5] for s in shown["config"] if s["server"].endswith(".why")
        and not s["accepted"]}
    for one in shown["config"]:
        place, line = one["place"].rsplit(":", 1)
        with open(place, encoding="utf-8") as conf:
            assert conf.read().splitlines()[int(line) - 1].startswith("server {")


NAMED = """
map $remote_addr$ssl_client_s_dn $mixed { default 0; }
map $assigned$ssl_client_s_dn $with_set { default 0; }
map $captured:$ssl_client_serial $with_capture { default 0; }
map $ssl_client_s_dn $to_unknown { default $host; }
map $ssl_client_s_dn $to_known { default "$ssl_client_serial"; ~nobody $host; }
map $to_known $indirect { default indirect; }
map $host $unrelated { default 0; }
map $ssl_client_s_dn $slow { ~^CN=(a+)+$ 1; default 0; }
server { listen 127.0.0.1:@PORT@ ssl; server_name open.test;
    ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key; }
server { listen 127.0.0.1:@PORT@ ssl; server_name *.wild.test ~^rx(?<captured>\\d+)\\.test$;
    ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; error_page 495 /page;
    set $assigned 1; return 200 "$with_capture $with_set $mixed"; }
server { listen 127.0.0.1:@PORT2@; server_name plain.test; }
"""


def files_of(directory):
    return sorted(os.listdir(directory))


@pytest.fixture
def named(pki):
    """A configuration that nobody runs."""
    site = Server(NAMED, values={"PKI": pki.dir}, start=False)
    before = files_of(site.dir)
    yield lambda *args, **more: show(*args, "--config", site.conf_path, "--prefix", site.dir, **more)
    assert files_of(site.dir) == before, "looking makes no file"
    site.remove()


def test_a_server_is_chosen_as_sni_does(named, pki):
    good, foreign = pki.path("good.crt"), pki.path("foreign-client.crt")
    assert named(good, "--server", "WWW.Wild.test")["config"][0]["server"] == "*.wild.test"
    assert named(foreign, "--server", "rx12.test", code=3)["config"][0]["accepted"] is False
    shown = named(foreign, "--server", "open.test")["config"][0]
    assert shown["ssl_verify_client"] == "off" and shown["ssl_client_verify"] == "NONE"
    to_known = [m for m in shown["maps"] if m["variable"] == "$to_known"][0]
    assert (to_known["known"], to_known["value"]) == (True, ""), "nobody shows a certificate there"
    assert [s["server"] for s in named(foreign, code=3)["config"]] == ["*.wild.test"]


def test_what_takes_more_than_a_certificate_is_not_guessed(named, pki):
    shown = named(pki.path("good.crt"), "--server", "a.wild.test")["config"][0]
    serial = show(pki.path("good.crt"))["variables"]["ssl_client_serial"]
    got = {m["variable"]: (m["known"], m["value"], m["missing"]) for m in shown["maps"]}
    more = "depends on more than the certificate"
    assert got == {
        "$mixed": (False, None, "also depends on $remote_addr"), "$with_set": (False, None, more),
        "$with_capture": (False, None, more), "$to_unknown": (False, None, "also depends on $host"),
        "$to_known": (True, serial, None), "$indirect": (True, "indirect", None),
        "$slow": (True, "0", None)}
    assert named(pki.path("expired.crt"), "--server", "a.wild.test", code=3)["config"][0][
        "answer"] == "400 (495), with error_page /page"


def test_a_pattern_at_its_limit(pki):
    site = Server(NAMED, values={"PKI": pki.dir}, start=False)
    pki.issue_client("a-long-name", simple("a" * 60))
    shown = show(pki.path("a-long-name.crt"), "--config", site.conf_path, "--prefix", site.dir)
    slow = [m for m in shown["config"][0]["maps"] if m["variable"] == "$slow"][0]
    assert (slow["known"], slow["missing"]) == (False, "a regular expression hit its limit")
    site.remove()


@pytest.mark.parametrize("args, said", [
    (["--server", "nobody.test"], "has the name \"nobody.test\""),
    (["--server", "plain.test"], "has the name \"plain.test\"")])
def test_no_such_server(pki, args, said):
    site = Server(NAMED, values={"PKI": pki.dir}, start=False)
    assert said in fails(pki.path("good.crt"), "--config", site.conf_path, "--prefix", site.dir,
                         *args)
    site.remove()


def test_a_configuration_that_does_not_load(pki, tmp_path):
    conf = tmp_path / "broken.conf"
    for body, said in (("http { nonsense; }", 'unknown directive "nonsense"'),
                       ("http { server { listen 127.0.0.1:1 ssl; ssl_certificate a; "
                        "ssl_certificate_key a; } }", 'cannot load certificate')):
        conf.write_text("events {}\n" + body)
        assert said in fails(pki.path("good.crt"), "--config", str(conf))
    assert "nothing.conf" in fails(pki.path("good.crt"), "--config", str(tmp_path / "nothing.conf"))


def test_a_relative_name_is_looked_up_here(pki, tmp_path, monkeypatch):
    (tmp_path / "mine.conf").write_text(f"events {{}} http {{ access_log {tmp_path}/a.log; }}")
    monkeypatch.chdir(tmp_path)
    said = text(pki.path("good.crt"), "--config", "mine.conf")
    assert "With the configuration mine.conf\n  no server block asks for client certificates\n" in said
    assert files_of(tmp_path) == ["mine.conf"]


# -- against authorities ----------------------------------------------------------------------------

@pytest.mark.parametrize("cert, client, server", [
    ("good", None, "unsuitable certificate purpose"), ("serveronly", "unsuitable certificate purpose",
                                                       None),
    ("expired", "certificate has expired", "certificate has expired"),
    ("foreign-client", "unable to get local issuer certificate", "")])
def test_ca(pki, cert, client, server):
    good = client is None or server is None
    shown = show(pki.path(cert + ".crt"), "--ca", pki.path("ca.crt"), code=0 if good else 3)["trust"]
    for key, why in (("as_tls_client", client), ("as_tls_server", server)):
        assert shown[key] is (why is None)
        assert shown[key + "_why"] is None if why is None else shown[key + "_why"].startswith(why)
    assert "No such file" in fails(pki.path(cert + ".crt"), "--ca", "/nonexistent")
