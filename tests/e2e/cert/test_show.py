# SPDX-License-Identifier: Apache-2.0
"""`yett cert show` beside what nginx, yett and OpenSSL make of the very same certificates."""

import hashlib
import ipaddress
import json
import os
import re
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from support import certshow, rawhttp
from support.authority import complete
from support.certshow import CLIENT, SERVER, der, fails, hostile_pki, issue, key_usage, raw, show, text
from support.client_certs import CERTS, TLS, VARIABLES
from support.pki import name, simple
from support.rawhttp import Conn, build
from support.servers import NGINX, ROOT, YETT, wait_for

pytestmark = pytest.mark.yett_only("nginx has no such command")

MANUAL = os.path.join(ROOT, "man", "yett-cert.1")
ALL = [v for v in VARIABLES if v != "ssl_client_verify"]
OWN = ["ssl_client_fingerprint_sha256", "ssl_client_san_dns", "ssl_client_san_email", "ssl_client_san_uri"]


def variables_of(program):
    return VARIABLES if program == NGINX else VARIABLES + OWN


KEYS = ["ssl_client_s_dn", "ssl_client_s_dn_legacy", "ssl_client_i_dn", "ssl_client_i_dn_legacy",
        "ssl_client_serial", "ssl_client_fingerprint"]
TOO_LONG_FOR_NGINX = "    map_hash_bucket_size 4096; map_hash_max_size 65536;\n"


def get(site, pki, cert, key=None, port="PORT", sni=None):
    with Conn(site.port(port), rawhttp.tls_context(pki, cert, key=key), sni) as conn:
        return conn.send(build("GET /", host=sni or "localhost")).read()


def answered(site, pki, cert):
    found = re.findall(r"^(\w+)=\[(.*?)\]$", get(site, pki, cert).text, re.M | re.S)
    return dict(found)


@pytest.fixture(scope="module")
def hostile(pki):
    return hostile_pki(pki)


@pytest.fixture(scope="module", params=["yett", "nginx"])
def program(request):
    return YETT if request.param == "yett" else NGINX


# -- what the rules see -----------------------------------------------------------------------------

def test_variables_are_those_of_a_running_server(pki, hostile, serve, program):
    variables = variables_of(program)
    compared = [v for v in variables if v != "ssl_client_verify"]
    shows = "return 200 '" + "\n".join(f"{v}=[${v}]" for v in variables) + "';"
    site = serve("server { listen 127.0.0.1:@PORT@ ssl; " + TLS + "ssl_verify_client optional_no_ca;"
                 "ssl_client_certificate @PKI@/ca.crt; error_page 495 =200 /why;"
                 "location / { " + shows + " } location /why { " + shows + " } }", binary=program)
    for cert in CERTS + hostile:
        seen = answered(site, pki, cert)
        assert len(seen) == len(variables), seen
        mine = certshow.values(show(pki.path(cert + ".crt")))
        assert set(mine) == set(ALL + OWN)
        assert {key: mine[key] for key in compared} == {key: seen[key] for key in compared}, cert


def pasted(shown_text, variable):
    """The line for a map, as somebody selects it in a terminal."""
    part = shown_text.split("\nMap lines for\n")[1]
    return re.search(rf"^  \${variable} +(\".*;)$", part, re.M)[1]


def test_pasted_lines_match_that_certificate_alone(pki, hostile, serve, program):
    certs = CERTS + hostile
    keys = KEYS if program == NGINX else KEYS + OWN[:1]
    maps, names = TOO_LONG_FOR_NGINX if program == NGINX else "", []
    for i, cert in enumerate(certs):
        shown = text(pki.path(cert + ".crt"))
        lines = show(pki.path(cert + ".crt"))["map_lines"]
        assert set(lines) == set(KEYS + OWN[:1])  # none of the lists of names, which may be empty
        for k, variable in enumerate(keys):
            assert pasted(shown, variable) == lines[variable]
            maps += f"map ${variable} $m{i}_{k} {{ default 0; {lines[variable]} }}\n"
        names.append(":".join(f"$m{i}_{k}" for k in range(len(keys))))
    site = serve(maps + "server { listen 127.0.0.1:@PORT@ ssl; " + TLS +
                 "ssl_verify_client optional_no_ca; ssl_client_certificate @PKI@/ca.crt;"
                 "error_page 495 =200 /why; location / { return 200 '" + " ".join(names) + "'; } "
                 "location /why { return 200 '" + " ".join(names) + "'; } }", binary=program)
    for i, cert in enumerate(certs):
        seen = get(site, pki, cert).text.split(" ")
        assert seen[i] == ":".join("1" * len(keys)), (cert, seen[i])
        for j, other in enumerate(certs):  # issuers may be the same, subjects and numbers are not
            if i != j:
                flags = dict(zip(keys, seen[j].split(":")))
                assert [flags[k] for k in keys if "i_dn" not in k] == ["0"] * (len(keys) - 2), (cert, other)


def test_a_line_longer_than_a_word_may_be_is_not_offered(pki):
    issue(pki, "huge", subject=name(*[(NameOID.ORGANIZATIONAL_UNIT_NAME, str(i) * 60)
                                      for i in range(80)]))
    assert show(pki.path("huge.crt"))["map_lines"]["ssl_client_s_dn"] is None
    assert "too long for a configuration" in text(pki.path("huge.crt"))


def test_nothing_reaches_the_terminal_as_a_command(pki, hostile):
    names = [x509.DNSName("a\x1b[2Jb"), x509.UniformResourceIdentifier("x:\r\n"),
             x509.RFC822Name("e@x\x07")]
    made = [*hostile]
    for i, one in enumerate(names):
        issue(pki, f"san{i}", [(x509.SubjectAlternativeName([one]), False)])
        made.append(f"san{i}")
    der_name = b"\x30\x0a\x82\x08a\x9b31m\xc2\x9b\x00"  # a dNSName that is no ASCII
    issue(pki, "sanraw", [(raw("2.5.29.17", der_name), False)])
    for cert in made + ["sanraw"]:
        for form in ([], ["--json"]):
            shown = certshow.run(pki.path(cert + ".crt"), *form).stdout
            assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", shown), cert
            assert not re.search("[\x80-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]",
                                 shown.decode("utf-8")), cert
    assert "a\\x1b[2Jb" in text(pki.path("san0.crt"))
    assert show(pki.path("san0.crt"))["alternative_names"][0]["value"] == "a\x1b[2Jb"


def test_attributes_are_readable(pki, hostile):
    assert show(pki.path("utf8.crt"))["subject"] == [
        {"kind": "C", "value": "DE"}, {"kind": "O", "value": "Käse & Söhne"},
        {"kind": "CN", "value": "Jürgen Groß 株式会社 🔒"}]
    assert "  CN                         Jürgen Groß 株式会社 🔒\n" in text(pki.path("utf8.crt"))
    assert show(pki.path("oid.crt"))["subject"][0]["kind"] == "1.3.6.1.4.1.55555.7"
    assert show(pki.path("empty.crt"))["subject"] == []


# -- the other fields -------------------------------------------------------------------------------

def test_numbers_and_digests(pki):
    for cert in ("good", "rsa", "second"):
        shown, mine = show(pki.path(cert + ".crt")), pki.client[cert][0]
        assert shown["serial"]["decimal"] == str(mine.serial_number)
        assert int(shown["serial"]["octets"].replace(":", ""), 16) == mine.serial_number
        assert shown["serial"]["hexadecimal"] == shown["variables"]["ssl_client_serial"]
        assert shown["fingerprints"]["sha1"] == hashlib.sha1(der([mine])).hexdigest()
        assert shown["fingerprints"]["sha256"] == hashlib.sha256(der([mine])).hexdigest()
        key = mine.public_key().public_bytes(serialization.Encoding.DER,
                                             serialization.PublicFormat.SubjectPublicKeyInfo)
        digest = subprocess.run(["openssl", "base64", "-A"], input=hashlib.sha256(key).digest(),
                                capture_output=True, check=True).stdout.decode()
        assert shown["fingerprints"]["key_pin"] == "sha256//" + digest
    assert show(pki.path("good.crt"))["key"]["public_key"] == "EC P-256, 256 bits"
    assert show(pki.path("rsa.crt"))["key"]["public_key"] == "RSA, 2048 bits"


def test_names_and_addresses(pki):
    directory = simple("in a directory")
    names = [x509.DNSName("a.test"), x509.RFC822Name("a@b.test"), x509.DirectoryName(directory),
             x509.UniformResourceIdentifier("spiffe://a/b"), x509.RegisteredID(NameOID.COMMON_NAME),
             x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
             x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
             x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x04a@\xc3\xa4"),
             x509.OtherName(x509.ObjectIdentifier("1.2.3.4"), b"\x02\x01\x05")]
    issue(pki, "names", [
        (x509.SubjectAlternativeName(names), False),
        (x509.CRLDistributionPoints([x509.DistributionPoint(
            [x509.UniformResourceIdentifier("http://crl.test/a.crl")], None, None, None)]), False),
        (x509.AuthorityInformationAccess([
            x509.AccessDescription(AuthorityInformationAccessOID.OCSP,
                                   x509.UniformResourceIdentifier("http://ocsp.test/")),
            x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS,
                                   x509.UniformResourceIdentifier("http://ca.test/"))]), False)])
    shown = show(pki.path("names.crt"))
    assert [(n["kind"], n["value"]) for n in shown["alternative_names"]] == [
        ("DNS", "a.test"), ("email", "a@b.test"), ("DN", "CN=in a directory,O=Yett Test,C=DE"),
        ("URI", "spiffe://a/b"), ("registeredID", "2.5.4.3"), ("IP", "192.0.2.1"),
        ("IP", "2001:db8::1"), ("UPN", "a@ä"), ("otherName 1.2.3.4", "not text")]
    assert shown["crl_addresses"] == [{"kind": "CRL", "value": "http://crl.test/a.crl"}]
    assert shown["authority_addresses"] == [{"kind": "OCSP", "value": "http://ocsp.test/"},
                                            {"kind": "caIssuers", "value": "http://ca.test/"}]
    assert "  DNS                        a.test\n" in text(pki.path("names.crt"))


@pytest.mark.parametrize("oid, what", [("2.5.29.17", "Alternative names"),
                                       ("2.5.29.31", "CRL distribution points"),
                                       ("1.3.6.1.5.5.7.1.1", "OCSP and issuer URLs")])
def test_a_broken_extension_is_called_so(pki, oid, what):
    issue(pki, "broken", [(raw(oid, b"\x30\x82\xff"), False)])
    assert len(show(pki.path("broken.crt"))["extensions"]["broken"]) == 1
    assert show(pki.path("good.crt"))["extensions"]["broken"] == []
    assert f"{what}\n  this extension is malformed or occurs twice\n" in text(pki.path("broken.crt"))


USES = {
    "none": [], "client": [(x509.ExtendedKeyUsage([CLIENT]), False)],
    "server": [(x509.ExtendedKeyUsage([SERVER]), True)],
    "both": [(x509.ExtendedKeyUsage([SERVER, CLIENT]), False)],
    "signing": [(key_usage(digital_signature=True), True)],
    "exchange": [(key_usage(key_encipherment=True), True)],
    "agreement": [(key_usage(key_agreement=True), True)],
    "lists": [(key_usage(crl_sign=True), True)],
    "ca": [(x509.BasicConstraints(True, 2), True), (key_usage(key_cert_sign=True), True)],
    "ca without signing": [(x509.BasicConstraints(True, None), True),
                           (key_usage(crl_sign=True), True)],
    "no ca": [(x509.BasicConstraints(False, None), True)],
    "nsCertType": [(raw("2.16.840.1.113730.1.1", b"\x03\x02\x04\x10"), False)],
    "broken": [(raw("2.5.29.19", b"\x30\x82\xff"), True)],
}


@pytest.mark.parametrize("case", USES)
def test_uses_are_openssls(pki, case):
    issue(pki, "use", USES[case])
    shown = show(pki.path("use.crt"))
    said = subprocess.run(["openssl", "x509", "-noout", "-purpose", "-in", pki.path("use.crt")],
                          text=True, capture_output=True, check=True).stdout
    for key, label in {"tls_client": "SSL client", "tls_server": "SSL server",
                       "authority": "SSL client CA"}.items():
        fits = shown["uses"][key]
        assert fits == (f"{label} : Yes\n" in said), said
        assert (shown["uses"][key + "_why"] is None) == fits
    assert text(pki.path("use.crt")).count("no: ") >= 1 or case == "both"


def test_reasons_and_extensions(pki):
    issue(pki, "use", USES["ca"])
    shown = show(pki.path("use.crt"))
    assert shown["extensions"]["basic_constraints"] == "CA, with at most 2 further CAs below it"
    assert shown["extensions"]["key_usage"] == ["keyCertSign"]
    assert shown["extensions"]["critical"] == ["basicConstraints", "keyUsage"]
    why = show(pki.path("serveronly.crt"))["uses"]["tls_client_why"]
    assert why == "its extendedKeyUsage lacks clientAuth"


def test_validity(pki):
    for cert, valid, why in (("good", True, None), ("expired", False, "expired"),
                             ("notyet", False, "not yet valid")):
        shown = show(pki.path(cert + ".crt"))["validity"]
        assert (shown["valid_now"], shown["valid_now_why"]) == (valid, why)
        end = pki.client[cert][0].not_valid_after
        assert shown["until"] == end.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "(in 29 days)" in text(pki.path("good.crt"))
    assert re.search(r"until +\S+Z \(49 hours ago\)|\(2 days ago\)", text(pki.path("expired.crt")))


def test_chain(pki):
    def pem(*pairs):
        return b"".join(pki.pem(p[0]) for p in pairs)
    good, other = pki.client["good"], pki.client["foreign"]
    cases = [
        (pem(good), [1], False, True, []), (pem(good, pki.inter), [1, 2], False, True, []),
        (pem(good, pki.inter, pki.root), [1, 2, 3], True, True, []),
        (pem(good, pki.root, pki.inter), [1, 3, 2], True, False, []),
        (pem(good, other, pki.inter), [1, 3], False, False, ["CN=foreign machine,O=Yett Test,C=DE"]),
        (pem(good, pki.twin_inter), [1], False, True, ["CN=Test Intermediate,O=Yett Test,C=DE"]),
        (pem(pki.root), [1], True, True, [])]
    for data, positions, self_signed, in_order, others in cases:
        shown = show("-", stdin=data)
        assert [c["position"] for c in shown["chain"]] == positions
        assert shown["chain_end"]["self_signed"] is self_signed
        assert shown["chain_end"]["in_order"] is in_order
        assert shown["others"] == others
    assert "its issuer \"CN=Test Intermediate,O=Yett Test,C=DE\" is missing" in text(
        "-", stdin=pem(good))


# -- files ------------------------------------------------------------------------------------------

def p12(pki, password):
    pair = pki.client["good"]
    how = (serialization.BestAvailableEncryption(password) if password
           else serialization.NoEncryption())
    return pkcs12.serialize_key_and_certificates(b"good", pair[1], pair[0], [pki.inter[0]], how)


def test_forms_of_files(pki, tmp_path):
    def write(filename, data):
        path = tmp_path / filename
        path.write_bytes(data)
        return str(path)
    want = show(pki.path("good.crt"))
    for key in ("source", "certificates"):
        del want[key]
    with open(pki.path("good.crt"), "rb") as pem, open(pki.path("good.key"), "rb") as key:
        chain, secret = pem.read(), key.read()
    escaped = certshow.values(show(pki.path("good.crt")))["ssl_client_escaped_cert"].encode()
    password = write("password", b"open sesame\n")
    for args, size in (
            ([write("crlf.pem", chain.replace(b"\n", b"\r\n"))], 2),
            ([write("key.pem", secret + b"text between\n" + chain + secret)], 2),
            ([write("a.der", der(pki.client["good"]))], 1), ([write("escaped", escaped)], 1),
            ([write("a.p12", p12(pki, b"open sesame")), "--password-file", password], 2),
            ([write("open.p12", p12(pki, None))], 2)):
        shown = show(*args)
        assert shown.pop("certificates") == size
        assert shown["variables"] == want["variables"]
        assert size == 1 or {k: v for k, v in shown.items() if k != "source"} == want
    shown = certshow.run(str(tmp_path / "key.pem")).stdout
    assert all(line not in shown for line in secret.split(b"\n")[1:3]) and b"PRIVATE" not in shown
    assert "good machine" in text("-", stdin=chain)
    pipe = subprocess.run(["bash", "-c", f"{YETT} cert show <(cat {pki.path('good.crt')})"],
                          capture_output=True, check=True)
    assert b"good machine" in pipe.stdout


def test_files_that_hold_none(pki, tmp_path):
    def refused(filename, data, *more):
        path = tmp_path / filename
        path.write_bytes(data)
        said = fails(str(path), *more)
        assert said.startswith("yett: ") and str(path) in said, said
        return said
    good = der(pki.client["good"])
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"wrong\n")
    assert "PKCS#12 expected" in refused("empty", b"")
    assert "PKCS#12 expected" in refused("text", b"\x1b[31mno certificate\x00\n")
    refused("cut.der", good[:-1])
    refused("more.der", good + b"\x00")
    refused("bad.pem", b"-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydA==\n"
                       b"-----END CERTIFICATE-----\n")
    refused("cut.pem", pki.pem(pki.client["good"][0])[:-30])
    assert "the file contains no certificate" in refused("key.pem", open(pki.path("good.key"), "rb").read())
    assert "the file contains no certificate" in refused("list.pem", open(pki.path("all.crl"), "rb").read())
    assert "--password-file" in refused("a.p12", p12(pki, b"open sesame"))
    assert "password" in refused("a.p12", p12(pki, b"open sesame"), "--password-file", str(wrong))
    assert "larger than" in refused("large", b"x" * (17 << 20))
    assert "No such file" in fails(str(tmp_path / "nothing.pem"))
    assert "Is a directory" in fails(str(tmp_path))
    for i in range(0, len(good), 7):  # a flipped bit: shown or refused, never a crash
        certshow.run("-", stdin=good[:i] + bytes([good[i] ^ 0x21]) + good[i + 1:])


@pytest.mark.parametrize("args", [[], ["a", "b"], ["--nonsense", "a"], ["a", "--config"],
                                  ["a", "--server", "b"]])
def test_misuse(args):
    assert "Usage: yett cert show" in fails(*args, code=2)


def test_help_manual_and_completion():
    said = text("--help")
    options = re.findall(r"^  --([a-z-]+)", said, re.M)
    with open(MANUAL, encoding="utf-8") as page:
        manual = page.read()
    for option in options:
        assert f".It Fl -{option}" in manual

    class NoAuthority:
        dir = "/nonexistent"
    assert "cert" in complete(NoAuthority, "c")
    assert complete(NoAuthority, "cert", "s") == ["show"]
    assert set(complete(NoAuthority, "cert", "show", "--")) == {"--" + o for o in options}
    done = subprocess.run([YETT, "cert", "nothing"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "unknown command" in done.stderr
    assert subprocess.run([YETT, "cert", "--help"], check=True, capture_output=True).stdout


# -- the log line -----------------------------------------------------------------------------------

def test_the_manuals_log_line(pki, hostile, serve, program):
    with open(MANUAL, encoding="utf-8") as page:
        lines = re.search(r"^log_format .*?^access_log .*?$", page.read(), re.M | re.S)[0]
    lines = lines.replace("\\(aq", "'").replace("/var/log/yett", "@DIR@")
    site = serve(lines + "\nserver { listen 127.0.0.1:@PORT@ ssl; " + TLS +
                 "ssl_verify_client optional_no_ca; ssl_client_certificate @PKI@/ca.crt;"
                 "location / { return 200 ok; } }", binary=program)
    for cert in ["good", "foreign-client", "empty", *hostile]:
        get(site, pki, cert)
    wait_for(lambda: site.read("certificates.log").count("\n") == len(hostile) + 3, 10, "the log")
    logged = [json.loads(line) for line in site.read("certificates.log").splitlines()]
    for cert, line in zip(["good", "foreign-client", "empty", *hostile], logged):
        mine = show(pki.path(cert + ".crt"))
        for key, value in certshow.values(mine).items():
            short = key.replace("ssl_client_", "")
            if short in line:
                assert (line[short] or "") == value, (cert, key)
        assert line["verify"] == ("FAILED:unable to get local issuer certificate"
                                  if cert == "foreign-client" else "SUCCESS")
        again = show("-", stdin=line["escaped_cert"].encode())
        assert again["variables"] == mine["variables"]
