# SPDX-License-Identifier: Apache-2.0
"""A refused client: its page has an id, the error log has the reason under that id, and `yett explain --id` says
what to do."""

import json
import os
import re
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from support.client_certs import TLS
from support.explain import run
from support.pki import DAY, NOW, simple
from support.protocols import both, connect
from support.rawhttp import tls_context

pytestmark = pytest.mark.yett_only("nginx says nothing of it")

ID = re.compile(r"Id for the administrator: ([0-9a-f]{32})<")


def server(name, demand, rest="return 200 in;", ca="ca.crt"):
    return (f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name {name}.test; {TLS} "
            f"ssl_client_certificate @PKI@/{ca}; {demand} location / {{ {rest} }} }}\n")


SITE = """
client_policy staff { deny "subject.CN=second machine"; allow "subject.O=Yett Test"; }
client_policy web { allow dns=*.web.test; }
client_policy near { allow network=192.0.2.0/24; }
client_policy known { allow serial=01 "issuer.CN=Other Intermediate"; }
client_policy none { deny all; }
""" + server("plain", "ssl_verify_client on; ssl_verify_depth 2;") \
    + server("optional", "ssl_verify_client optional; ssl_verify_depth 2;") \
    + server("nocheck", "ssl_verify_client optional_no_ca; ssl_verify_depth 2;") \
    + server("shallow", "ssl_verify_client on; ssl_verify_depth 0;") \
    + server("other", "ssl_verify_client on; ssl_verify_depth 2;", ca="other-ca.crt") \
    + server("root", "ssl_verify_client on; ssl_verify_depth 2;", ca="root.crt") \
    + server("lists", "ssl_verify_client on; ssl_verify_depth 2; ssl_crl @PKI@/all.crl;") \
    + server("stale", "ssl_verify_client on; ssl_verify_depth 2; ssl_crl @DIR@/stale.crl;") \
    + server("nolist", "ssl_verify_client on; ssl_verify_depth 2; ssl_crl @PKI@/root.crl;") \
    + server("future", "ssl_verify_client on; ssl_verify_depth 2; ssl_crl @DIR@/future.crl;") \
    + "".join(server(name, f"ssl_verify_client optional; ssl_verify_depth 2; client_access {name};")
              for name in ("staff", "web", "near", "known", "none")) \
    + server("page", "ssl_verify_client on; ssl_verify_depth 2; error_page 495 496 =403 /denied;",
             'return 200 in; } location = /denied { internal; return 403 "$client_denial_reason $request_id"; ')


@pytest.fixture(scope="module")
def made(pki):
    usage = [ExtendedKeyUsageOID.CLIENT_AUTH]
    pki.write_pair("small", pki.issue(simple("small"), pki.inter, eku=usage, key=rsa.generate_private_key(65537, 1024)),
                   [pki.inter[0]])
    pki.write_pair("authority", pki.inter, [])
    pki.write_pair("no-chain", pki.issue(simple("no chain"), pki.inter, eku=usage))
    deep = pki.issue(simple("Deep CA"), pki.inter, ca=True, path_length=0)  # below a path length of 0
    pki.write_pair("too-deep", pki.issue(simple("too deep"), deep, eku=usage), [deep[0], pki.inter[0]])
    below = pki.client["good"]  # no CA
    pki.write_pair("by-a-client", pki.issue(simple("by a client"), below, eku=usage), [below[0], pki.inter[0]])
    pki.write_pair("email-only", pki.issue(simple("mail"), pki.inter, eku=[ExtendedKeyUsageOID.EMAIL_PROTECTION]), [pki.inter[0]])
    pki.write_pair("web-in-cn", pki.issue(simple("a.web.test"), pki.inter, eku=usage), [pki.inter[0]])
    pki.write_pair("web-deep", pki.issue(simple("web"), pki.inter, eku=usage, names=["a.b.web.test"]), [pki.inter[0]])
    odd = pki.issue(simple('a", client: 10.0.0.1, reason: "policy: x; certificate: subject "'), pki.other_inter, eku=usage)
    pki.write_pair("odd", odd, [pki.other_inter[0]])
    long = pki.issue(simple("l" * 60, "o" * 64), pki.other_inter, eku=usage)
    pki.write_pair("long", long, [pki.other_inter[0]])
    key = ec.generate_private_key(ec.SECP256R1())
    critical = (x509.CertificateBuilder().subject_name(simple("critical")).issuer_name(pki.inter[0].subject)
                .public_key(key.public_key()).serial_number(77).not_valid_before(NOW - DAY).not_valid_after(NOW + DAY)
                .add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.55555.9"), b"\5\0"), True)
                .sign(pki.inter[1], hashes.SHA256()))
    pki.write_pair("critical", (critical, key), [pki.inter[0]])
    pki.write("touch", b"")
    return pki


@pytest.fixture(scope="module")
def site(serve_module, made):
    lists = {}
    for name in ("stale", "future"):
        with open(made.path(f"inter-{name}.crl"), encoding="ascii") as inter, \
             open(made.path("root.crl"), encoding="ascii") as root:
            lists[name + ".crl"] = inter.read() + root.read()
    return serve_module("@HTTP2@\n" + SITE, files=lists)


FAULTY = [  # certificate, server, the word of the reason, a part of the sentence
    (None, "plain", "no-certificate", "client sent no required SSL certificate"),
    ("expired", "plain", "expired", "certificate has expired"),
    ("expired", "optional", "expired", "certificate has expired"),
    ("expired", "nocheck", "expired", "certificate has expired"),
    ("notyet", "plain", "not-yet-valid", "not yet valid"),
    ("selfsigned", "plain", "self-signed", "self-signed certificate"),
    ("foreign-client", "plain", "unknown-ca", "unable to get local issuer"),
    ("foreign-client", "optional", "unknown-ca", "unable to get local issuer"),
    ("other-client", "plain", "unknown-ca", ""),
    ("twin-client", "plain", None, ""),
    ("forged", "plain", None, ""),
    ("good", "other", "unknown-ca", ""),
    ("no-chain", "root", "unknown-ca", ""),
    ("serveronly", "plain", "wrong-usage", "unsuitable certificate purpose"),
    ("email-only", "plain", "wrong-usage", "unsuitable certificate purpose"),
    ("good", "shallow", "unknown-ca", ""),  # the intermediate is one too many, so that its issuer is not looked for
    ("too-deep", "plain", "chain-too-long", "path length constraint exceeded"),
    ("by-a-client", "plain", None, ""),
    ("small", "plain", "weak", ""),
    ("critical", "plain", "invalid", "unhandled critical extension"),
    ("odd", "plain", "unknown-ca", ""),
    ("long", "plain", "unknown-ca", ""),
    ("revoked", "lists", "revoked", "certificate revoked"),
    ("expired", "lists", "expired", ""),
    ("good", "stale", "crl-expired", "CRL has expired"),
    ("good", "nolist", "no-crl", "unable to get certificate CRL"),
    ("good", "future", "crl-not-yet-valid", "CRL is not yet valid"),
    (None, "lists", "no-certificate", ""),
    ("second", "staff", "policy", 'denied by client_policy "staff": deny "subject.CN=second machine" in '),
    (None, "staff", "policy", "client without a verified certificate denied"),
    ("utf8", "staff", "policy", "no rule matches"),
    ("expired", "staff", "expired", ""),
    ("good", "web", "policy", "no rule matches"),
    ("web-in-cn", "web", "policy", "no rule matches"),
    ("web-deep", "web", "policy", "no rule matches"),
    ("good", "near", "policy", "no rule matches"),
    (None, "near", "policy", "no rule matches"),
    ("rsa", "known", "policy", "no rule matches"),
    ("good", "none", "policy", '"none": deny all in '),
    ("empty", "staff", "policy", "no rule matches"),
    ("revoked", "none", "policy", ""),
]


def ask(site, made, cert, name):
    tls = tls_context(made)
    tls.set_ciphers("DEFAULT:@SECLEVEL=0")  # this client takes a weak key
    if cert:
        tls.load_cert_chain(made.path(cert + ".crt"), made.path(cert + ".key"))
    with connect(site.port(), tls, f"{name}.test") as conn:
        return conn.ask("GET /secret", ["X-Odd: , denied"], host=f"{name}.test")


def told(site, number):
    done = run("-c", site.conf_path, "-p", site.dir, "--json", "--id", number)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["refusals"]


@both
@pytest.mark.parametrize("cert,name,reason,why", FAULTY, ids=lambda v: str(v))
def test_each_refusal_is_explained(site, made, cert, name, reason, why):
    answer = ask(site, made, cert, name)
    assert answer.status in (400, 403)
    number = ID.search(answer.text)
    assert number, answer.text
    [refusal] = told(site, number[1])
    assert (reason is None or refusal["reason"] == reason) and why in refusal["why"], refusal
    assert refusal["request"].startswith("client: 127.0.0.1, server: ") and 'request: "GET /secret' in refusal["request"]
    assert refusal["advice"]
    if reason == "policy" and "no rule" not in refusal["why"]:
        assert re.search(r"server\.conf:\d+", refusal["why"])
    if cert is None:
        assert "certificate" not in refusal
    else:
        with open(made.path(cert + ".crt"), "rb") as pem:
            certificate = x509.load_pem_x509_certificate(pem.read())
        shown = refusal["certificate"]
        assert shown["sha256"] == certificate.fingerprint(hashes.SHA256()).hex()
        assert int(shown["serial"], 16) == certificate.serial_number
        assert cert != "odd" or "reason: " in shown["subject"]
    # Nothing of it is on the page.
    for word in ("Yett Test", "policy", "server.conf", "issuer", "rule"):
        assert word not in answer.text


@both
def test_the_page_of_a_client_that_is_let_in_has_no_id(site, made):
    answer = ask(site, made, "good", "plain")
    assert answer.status == 200 and not ID.search(answer.text)


@both
@pytest.mark.parametrize("cert,reason", [(None, "no-certificate"), ("expired", "expired"), ("good", None)])
def test_an_error_page_can_show_it(site, made, cert, reason):
    answer = ask(site, made, cert, "page")
    if reason is None:
        assert answer.status == 200
        return
    word, number = answer.text.split(" ")
    assert answer.status == 403 and word == reason
    assert [refusal["reason"] for refusal in told(site, number)] == [reason]


def test_other_errors_have_no_id(site, made):
    with connect(site.port(), tls_context(made, "good"), "plain.test") as conn:
        answer = conn.ask("GET /", host="other.test")
    assert answer.status == 421 and not ID.search(answer.text)


def test_it_is_told_to_people(site, made):
    number = ID.search(ask(site, made, "expired", "plain").text)[1]
    done = run("-c", site.conf_path, "-p", site.dir, "--id", number)
    assert done.returncode == 0
    for part in (number, "certificate has expired", "yett ca renew", "expired machine", "GET /secret"):
        assert part in done.stdout, done.stdout


def test_a_client_cannot_write_its_own_explanation(site, made):
    """What it sends comes behind the place where the id stands, whatever line it gets into."""
    number = "0" * 32
    lie = f"client denied, id: {number}, reason: policy: lie"
    with connect(site.port(), tls_context(made, "expired"), "plain.test") as conn:
        assert conn.ask(f"GET /{lie.replace(' ', '%20')}", [f"X-A: {lie}"], host="plain.test").status == 400
    with connect(site.port(), tls_context(made, "expired"), "plain.test") as conn:
        conn.sock.sendall(f"{lie}\r\n\r\n".encode())
        conn.sock.recv(4096)
    done = run("-c", site.conf_path, "-p", site.dir, "--id", number)
    assert done.returncode == 1 and "no client was refused with the id" in done.stderr


def test_a_certificate_of_any_size_leaves_its_place_to_the_rest(site, made):
    """The longest names and serial, and a request that looks like the end of the line."""
    quotes = 'o"' * 32
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "9",
                    "-subj", f"/O={quotes}/OU={quotes}/OU={quotes}/CN={'c' * 64}", "-set_serial", "0x7f" + "ff" * 700,
                    "-keyout", made.path("huge.key"), "-out", made.path("huge.crt")], check=True, capture_output=True)
    with open(made.path("huge.crt"), "rb") as pem:
        huge = pem.read()
    made.write("huge.crt", huge, *[made.pem(pair[0]) for pair in (made.inter, made.root, made.other_inter, made.other_root)])
    lie = "GET /real, client: 6.6.6.6, server: x HTTP/1.1"
    with connect(site.port(), tls_context(made, "huge"), "plain.test") as conn:
        answer = conn.ask(f"GET /{lie.replace(' ', '%20')}", host="plain.test")
    [refusal] = told(site, ID.search(answer.text)[1])
    assert refusal["request"].startswith("client: 127.0.0.1, server: plain.test, request: ")
    shown = refusal["certificate"]
    assert shown["sha256"] == x509.load_pem_x509_certificate(huge).fingerprint(hashes.SHA256()).hex()
    assert shown["serial"].startswith("7FFF") and shown["serial"].endswith("…") and "GMT" in shown["until"]
    assert "client" not in shown["issuers_sent"]


def test_it_is_found_after_a_rotation(site, made, tmp_path):
    number = ID.search(ask(site, made, "expired", "plain").text)[1]
    log = tmp_path / "error.log"
    log.write_text("2026/12/01 00:00:00 [notice] 1#1: start\n")
    (tmp_path / "error.log.1").write_text(site.log())
    done = run("--log", str(log), "--json", "--id", number)
    assert [r["id"] for r in json.loads(done.stdout)["refusals"]] == [number]
    os.unlink(tmp_path / "error.log.1")
    assert run("--log", str(log), "--id", number).returncode == 1
    assert run("--log", str(tmp_path / "none.log"), "--id", number).returncode == 2


@pytest.mark.parametrize("args", [("--id", "x", "https://a.test/"), ("--id", "x", "--from", "1.2.3.4")])
def test_it_takes_no_request(site, args):
    done = run("-c", site.conf_path, "-p", site.dir, *args)
    assert done.returncode == 2 and "--id takes no request" in done.stderr


def test_report_mode_refuses_nobody(serve, made):
    site = serve(SITE.replace("client_access none;", "client_access none; client_access_mode report;"), files={
        "stale.crl": open(made.path("all.crl"), encoding="ascii").read(),
        "future.crl": open(made.path("all.crl"), encoding="ascii").read()})
    answer = ask(site, made, "good", "none")
    assert answer.status == 200 and "client denied, id:" not in site.log()
    assert "(report only)" in site.log()
