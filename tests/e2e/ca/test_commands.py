# SPDX-License-Identifier: Apache-2.0
"""The certificate authority: what it makes, as OpenSSL, GnuTLS, nginx and yett read it."""

import os
import re
import shutil
import stat
import subprocess
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from support.authority import GATE, PASSPHRASE, Authority, at_terminal, client, complete, visit
from support.servers import NGINX, ROOT, YETT, wait_for

pytestmark = pytest.mark.yett_only("nginx has no certificate authority")

DOCS = os.path.join(ROOT, "docs")
SKEW = 300  # seconds by which clocks may be late


def run(*words, good=True):
    done = subprocess.run(words, text=True, capture_output=True, check=False, timeout=60)
    assert (done.returncode == 0) == good, (words, done.stdout, done.stderr)
    return done.stdout + done.stderr


@pytest.fixture
def ca(tmp_path):
    return Authority(tmp_path)


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    """One of each kind; tests of it change nothing."""
    ca = Authority(tmp_path_factory.mktemp("ca"), "--organisation", "Example")
    ca.ok("issue", "server", "www.example.test")
    ca.ok("issue", "machine", "laptop")
    ca.ok("issue", "user", "ada@example.test", "--subject", "CN=Ada Lovelace,OU=Staff,O=Example")
    ca.ok("issue", "machine", "lost")
    ca.ok("revoke", "lost", "--reason", "keyCompromise")
    return ca


def openssl_verify(ca, path, purpose, good=True):
    return run("openssl", "verify", "-x509_strict", "-CAfile", ca.path("root.crt"), "-untrusted",
               ca.path("intermediate.crt"), "-crl_check_all", "-CRLfile", ca.path("all.crl"),
               "-purpose", purpose, path, good=good)


@pytest.mark.parametrize("name, purpose, other", [
    ("www.example.test", "sslserver", "sslclient"), ("laptop", "sslclient", "sslserver"),
    ("ada@example.test", "sslclient", "sslserver")])
def test_openssl_takes_it(issued, name, purpose, other):
    path = issued.file(name)
    openssl_verify(issued, path, purpose)
    openssl_verify(issued, path, other, good=False)


def test_openssl_refuses_the_revoked(issued):
    said = openssl_verify(issued, issued.file("lost"), "sslclient", good=False)
    assert "certificate revoked" in said


def test_openssl_reads_the_lists(issued):
    for name in ("root", "intermediate"):
        said = run("openssl", "crl", "-in", issued.path(name + ".crl"), "-CAfile",
                   issued.path("chain.crt"), "-noout", "-text")
        assert "verify OK" in said and "X509v3 CRL Number" in said
    assert "Key Compromise" in said


def test_gnutls_takes_it(issued, tmp_path):
    verify = ["certtool", "--verify", "--load-ca-certificate", issued.path("root.crt"),
              "--load-crl", issued.path("all.crl"), "--infile"]
    for name in ("www.example.test", "laptop", "ada@example.test"):
        assert "Verified" in run(*verify, issued.file(name))
    assert "revoked" in run(*verify, issued.file("lost"), good=False)
    assert "Serial" in run("certtool", "--crl-info", "--infile", issued.path("intermediate.crl"))
    run("certtool", "--key-info", "--infile", issued.path("private", "root.key"), "--password",
        PASSPHRASE)


def test_profile(issued):
    cert = issued.cert("laptop")
    get = cert.extensions.get_extension_for_class
    assert get(x509.ExtendedKeyUsage).value._usages == [x509.OID_CLIENT_AUTH]
    assert get(x509.BasicConstraints).critical and not get(x509.BasicConstraints).value.ca
    assert get(x509.KeyUsage).critical and get(x509.KeyUsage).value.digital_signature
    assert get(x509.SubjectAlternativeName).value.get_values_for_type(x509.DNSName) == ["laptop"]
    with open(issued.path("intermediate.crt"), "rb") as text:
        issuer = x509.load_pem_x509_certificate(text.read())
    assert get(x509.AuthorityKeyIdentifier).value.key_identifier == \
        issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    assert issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0
    assert 1 << 126 <= cert.serial_number < 1 << 127
    user = issued.cert("ada@example.test")
    assert user.subject.rfc4514_string() == "CN=Ada Lovelace,OU=Staff,O=Example"
    assert [a.rfc4514_attribute_name for a in user.subject] == ["O", "OU", "CN"]


def test_modes(issued):
    modes = {".": 0o711, "private": 0o700, "pending": 0o700, "ca.db": 0o600,
             "private/root.key": 0o600, "private/intermediate.key": 0o600,
             "live/laptop.pem": 0o600, "all.crl": 0o644}
    for name, mode in modes.items():
        assert stat.S_IMODE(os.stat(issued.path(name)).st_mode) == mode, name
    for key in ("root", "intermediate"):
        with open(issued.path("private", key + ".key"), encoding="ascii") as text:
            assert "ENCRYPTED" in text.read()


@pytest.mark.parametrize("key, kind", [("rsa:3072", rsa.RSAPublicKey), ("ed25519", None),
                                       ("p384", ec.EllipticCurvePublicKey)])
def test_other_keys(tmp_path, key, kind):
    ca = Authority(tmp_path, "--key", key)
    ca.ok("issue", "machine", "laptop", "--key", key)
    ca.ok("issue", "machine", "lost")
    ca.ok("revoke", "lost")
    openssl_verify(ca, ca.file("laptop"), "sslclient")
    assert "revoked" in openssl_verify(ca, ca.file("lost"), "sslclient",
                                       good=False)
    if kind:
        assert isinstance(ca.cert("laptop").public_key(), kind)


# -- gates ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("binary", [YETT, NGINX], ids=["yett", "nginx"])
def test_gate(issued, serve, binary):
    server = serve(GATE, binary=binary, values={"CA": issued.dir})
    answer = visit(server, client(issued, "laptop"))
    assert answer.status == 200 and answer.text == "CN=laptop"
    assert visit(server, client(issued, "ada@example.test")).text == \
        "CN=Ada Lovelace,OU=Staff,O=Example"
    assert visit(server, client(issued, "lost")).status == 400


def test_revocation_holds_at_once(ca, serve):
    ca.ok("issue", "server", "www.example.test")
    ca.ok("issue", "machine", "laptop", "twin")
    server = serve(GATE, values={"CA": ca.dir})
    laptop, twin = client(ca, "laptop"), client(ca, "twin")
    assert visit(server, laptop).status == visit(server, twin).status == 200
    ca.ok("revoke", "laptop")
    wait_for(lambda: visit(server, laptop).status == 400, 10, "the revocation")
    assert visit(server, twin).status == 200
    ca.ok("crl")
    server.wait_log("new CRLs of .* are in force")
    assert visit(server, laptop).status == 400 and visit(server, twin).status == 200


def test_gate_without_privileges_reads_the_lists(ca, serve):
    """A gate that runs as another account takes up new lists all the same."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    parent = ca.top
    while parent != "/" and parent.startswith("/tmp/"):
        os.chmod(parent, os.stat(parent).st_mode | 0o011)
        parent = os.path.dirname(parent)
    ca.ok("issue", "server", "www.example.test")
    ca.ok("issue", "machine", "laptop")
    server = serve(GATE, main="user nobody;", values={"CA": ca.dir})
    laptop = client(ca, "laptop")
    assert visit(server, laptop).status == 200
    ca.ok("revoke", "laptop")
    wait_for(lambda: visit(server, laptop).status == 400, 5, "the revocation")


# -- issue, renew -----------------------------------------------------------------------------

def test_name_twice(ca):
    first = ca.json("issue", "machine", "laptop")[0]
    assert "there already is a valid certificate named \"laptop\"" in ca.fails("issue", "machine", "laptop")
    assert "there already is a valid" in ca.fails("issue", "user", "other", "laptop")
    assert "no certificate named \"other\"" in ca.fails("show", "other")
    ca.ok("revoke", "laptop")
    second = ca.json("issue", "machine", "laptop")[0]
    assert first["serial"] != second["serial"]
    assert ca.cert("laptop").serial_number == int(second["serial"], 16)


@pytest.mark.parametrize("name", ["../x", ".x", "a/b", "root", "x" * 65, "a b", ""])
def test_bad_names(issued, name):
    before = issued.ok("list", "--all")
    issued.fails("issue", "machine", "--", name)
    assert issued.ok("list", "--all") == before
    assert os.listdir(issued.path("pending")) == []


def test_renew(ca):
    old = ca.json("issue", "server", "www", "--san", "www.example.test", "--san", "192.0.2.1",
                  "--days", "90", "--subject", "CN=The server,O=Example")[0]
    old_key = ca.cert("www").public_key()
    new = ca.json("renew", "www")[0]
    cert = ca.cert("www")
    assert new["serial"] != old["serial"] and cert.public_key() != old_key
    for field in ("kind", "subject", "names"):
        assert new[field] == old[field]
    assert new["names"] == ["dns:www.example.test", "ip:192.0.2.1"]
    assert 89 < (cert.not_valid_after - cert.not_valid_before).total_seconds() / 86400 < 91
    assert os.listdir(ca.path("live")) == ["www.pem"]
    key = ca.key("www")
    assert key.public_key().public_numbers() == cert.public_key().public_numbers()
    # Whoever lost a machine means all of its certificates.
    assert len(ca.json("revoke", "www")) == 2
    assert {int(old["serial"], 16), int(new["serial"], 16)} == ca.revoked()
    assert "was revoked" in ca.fails("renew", "www")
    assert "no certificate named" in ca.fails("renew", "nobody")


def test_days(ca):
    cert = ca.cert(ca.json("issue", "machine", "a", "--days", "1")[0]["name"])
    assert (cert.not_valid_after - cert.not_valid_before).total_seconds() < 86400 + 301
    for days in ("0", "-1", "x", "36501"):
        ca.fails("issue", "machine", "b", "--days", days, code=2)
    assert "is too long: the intermediate certificate expires" in ca.fails("issue", "machine", "b", "--days", "9999")


def test_never_beyond_the_issuer(tmp_path):
    ca = Authority(tmp_path, "--root-days", "20", "--days", "50")
    ca.ok("issue", "machine", "laptop")
    ends = [ca.cert("laptop").not_valid_after, ca.crl().next_update, ca.crl("root").next_update]
    for name in ("intermediate", "root"):
        with open(ca.path(name + ".crt"), "rb") as text:
            ends.append(x509.load_pem_x509_certificate(text.read()).not_valid_after)
    assert max(ends) == ends[-1] == ends[-2] and ends[0] == ends[-1]


def test_years_after_2049(tmp_path):
    """RFC 5280, 4.1.2.5: from 2050 on another form of time."""
    ca = Authority(tmp_path, "--root-days", "36500", "--days", "36500")
    ca.ok("issue", "machine", "laptop", "--days", "36000")
    assert ca.cert("laptop").not_valid_after.year > 2100
    openssl_verify(ca, ca.file("laptop"), "sslclient")
    ca.ok("crl", "--days", "36000")
    assert ca.crl().next_update.year > 2100
    openssl_verify(ca, ca.file("laptop"), "sslclient")


def request(tmp_path, key, tamper=False):
    built = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "what it asks for")]))
    der = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    if tamper:
        der = der.replace(b"what it asks for", b"what it ASKS for")
    path = str(tmp_path / "request.pem")
    text = run_input("openssl", "req", "-inform", "DER", data=der)
    with open(path, "wb") as out:
        out.write(text)
    return path


def run_input(*words, data):
    return subprocess.run(words, input=data, capture_output=True, check=True, timeout=60).stdout


def test_request(ca, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    record = ca.json("issue", "machine", "laptop", "--csr", request(tmp_path, key))[0]
    cert = ca.cert("laptop")
    assert cert.public_key().public_numbers() == key.public_key().public_numbers()
    assert record["subject"] == "CN=laptop" and record["has_key"] is False
    with open(ca.file("laptop"), encoding="ascii") as text:
        assert text.read().count("-----BEGIN CERTIFICATE-----") == 2
    assert stat.S_IMODE(os.stat(ca.file("laptop")).st_mode) == 0o644
    assert "no key for \"laptop\"" in ca.fails(
        "export", "laptop", "--pkcs12", str(tmp_path / "x.p12"), "--password-file", ca.passphrase)
    ca.ok("renew", "laptop")
    assert ca.cert("laptop").public_key().public_numbers() == key.public_key().public_numbers()


def test_bad_requests(ca, tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    assert "not signed by its own key" in ca.fails(
        "issue", "machine", "laptop", "--csr", request(tmp_path, key, tamper=True))
    weak = request(tmp_path, rsa.generate_private_key(65537, 1024))
    assert "RSA key of 1024 bits" in ca.fails("issue", "machine", "laptop", "--csr", weak)
    curve = request(tmp_path, ec.generate_private_key(ec.SECP256K1()))
    assert "curve" in ca.fails("issue", "machine", "laptop", "--csr", curve)
    assert "no PEM certificate signing request" in ca.fails("issue", "machine", "laptop", "--csr",
                                                        ca.path("root.crt"))
    assert "No such file" in ca.fails("issue", "machine", "laptop", "--csr", "/nonexistent")
    assert "no certificate named" in ca.fails("show", "laptop")


def test_many_names(ca, tmp_path):
    names = tmp_path / "names"
    names.write_text("# machines\n" + "".join(f"m{i}\n" for i in range(40)) + "\n")
    assert len(ca.json("issue", "machine", "--from-file", str(names))) == 40
    for name in ("m0", "m39"):
        openssl_verify(ca, ca.file(name), "sslclient")
        assert os.path.exists(ca.file(name))
    # All or none.
    names.write_text("n1\nn2\nm7\n")
    assert "named \"m7\"" in ca.fails("issue", "machine", "--from-file", str(names))
    assert "no certificate named" in ca.fails("show", "n1")
    assert os.listdir(ca.path("pending")) == [] and not os.path.exists(ca.file("n1"))


# -- revoke, lists --------------------------------------------------------------------------------

def test_revoke_by_serial_and_file(ca, tmp_path):
    a, b, c = ca.json("issue", "machine", "a", "b", "c")
    colons = ":".join(re.findall("..", a["serial"].lower()))
    ca.ok("revoke", "--serial", colons)
    copy = str(tmp_path / "copy.pem")
    shutil.copy(ca.file("b"), copy)
    ca.ok("revoke", "--file", copy, "--reason", "superseded")
    assert ca.revoked() == {int(a["serial"], 16), int(b["serial"], 16)}
    assert int(c["serial"], 16) not in ca.revoked()
    assert ca.json("show", "b")[0]["reason"] == "superseded"
    assert "this CA has no certificate" in ca.fails("revoke", "--serial", "40" * 16)
    assert "no certificate with the serial number 12" in ca.fails("revoke", "--serial", "12")
    assert "is not a serial number" in ca.fails("revoke", "--serial", "12x")


def test_what_is_not_ours_is_not_revoked(ca, pki):
    assert "this CA did not issue" in ca.fails("revoke", "--file", pki.path("good.crt"))
    assert "no certificate named" in ca.fails("revoke", "nobody")
    assert "unknown reason" in ca.fails("revoke", "root", "--reason", "lost", code=2)
    assert "a root certificate cannot be revoked" in ca.fails("revoke", "root")
    assert ca.revoked() == ca.revoked("root") == set()


def test_revoked_twice(ca):
    ca.ok("issue", "machine", "laptop")
    first = ca.json("revoke", "laptop", "--reason", "superseded")[0]
    again = ca.json("revoke", "laptop", "--reason", "keyCompromise")[0]
    assert again["revoked_at"] == first["revoked_at"] and again["reason"] == "superseded"
    assert len(ca.revoked()) == 1


def test_one_bad_target_revokes_nothing(ca):
    ca.ok("issue", "machine", "laptop")
    ca.fails("revoke", "laptop", "nobody")
    assert ca.revoked() == set() and ca.json("show", "laptop")[0]["status"] == "valid"


def test_revoked_intermediate(ca, serve):
    ca.ok("issue", "machine", "laptop")
    ca.ok("revoke", "intermediate", "--reason", "cACompromise")
    assert len(ca.revoked("root")) == 1 and ca.revoked() == set()
    assert "revoked" in openssl_verify(ca, ca.file("laptop"), "sslclient",
                                       good=False)
    assert "the intermediate certificate is revoked" in ca.fails("issue", "machine", "other")


@pytest.mark.parametrize("number", [127, 255, 32767, 65535, 2 ** 31 - 1, 2 ** 40])
def test_list_numbers(ca, number):
    ca.sql(f"INSERT INTO crl VALUES (2, {number}, 1, 2, 1)")
    ca.ok("crl")
    assert ca.crl_number() == number + 1 and ca.crl_number("root") == 2


def test_lists(ca):
    lists = ca.json("crl", "--days", "7")
    assert [(e["authority"], e["number"], e["written"]) for e in lists] == \
        [("root", 2, True), ("intermediate", 2, True)]
    assert (ca.crl().next_update - ca.crl().last_update).days == 7
    with open(ca.path("all.crl"), encoding="ascii") as text:
        assert text.read().count("BEGIN X509 CRL") == 2


def test_lists_begin_early(ca):
    """As certificates do, for a gate whose clock is late; what they say of a revocation is true."""
    ca.ok("issue", "machine", "laptop")
    for words in (("crl",), ("revoke", "laptop")):
        start = int(time.time())
        ca.ok(*words)
        assert start <= ca.crl().last_update.timestamp() + SKEW - time.timezone <= time.time()
    revoked, = ca.crl()
    assert start <= revoked.revocation_date.timestamp() - time.timezone <= time.time()


def test_first_lists_begin_with_their_authority(tmp_path):
    ca = Authority(tmp_path)
    for name in ("root", "intermediate"):
        with open(ca.path(name + ".crt"), "rb") as text:
            cert = x509.load_pem_x509_certificate(text.read())
        assert ca.crl(name).last_update >= cert.not_valid_before


def test_root_key_moved_away(ca, tmp_path):
    away = str(tmp_path / "root.key")
    os.rename(ca.path("private", "root.key"), away)
    ca.ok("issue", "machine", "laptop")
    ca.ok("revoke", "laptop")
    lists = ca.json("crl")
    assert [e["written"] for e in lists] == [False, True] and ca.crl_number("root") == 1
    said = ca.fails("revoke", "intermediate")
    assert "no root key at" in said and "--root-key FILE" in said
    ca.ok("crl", "--root-key", away)
    assert ca.crl_number("root") == 2
    assert "does not belong to the root certificate" in ca.fails(
        "crl", "--root-key", ca.path("private", "intermediate.key"))
    # A list that ends soon is spoken of in time; one that has ended is an error.
    ca.sql(f"INSERT INTO crl VALUES (1, 3, 1, {int(time.time()) + 86400}, 1)")
    assert "root.crl expires at" in ca.run("crl").stderr
    ca.sql(f"INSERT INTO crl VALUES (1, 4, 1, {int(time.time()) - 10}, 1)")
    assert "root.crl expired at" in ca.fails("crl")


# -- passphrase, directory, arguments ---------------------------------------------------------

def test_wrong_passphrase(ca, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("something else\n")
    ca.ok("issue", "machine", "laptop")
    for words in (("issue", "machine", "other"), ("renew", "laptop"), ("revoke", "laptop"),
                  ("crl",)):
        said = ca.fails(*words, "--passphrase-file", str(wrong), passphrase=False)
        assert "wrong passphrase for" in said and ".key" in said
    said = ca.fails("revoke", "laptop", passphrase=False)
    assert "no terminal" in said and "--passphrase-file" in said
    assert ca.json("show", "laptop")[0]["status"] == "valid" and ca.crl_number() == 1


def derivation(path):
    """How the passphrase becomes a key (RFC 8018), as openssl names it, with its numbers."""
    said = run("openssl", "asn1parse", "-in", path, "-i")
    return re.findall(r"OBJECT\s*:(\S+)", said), re.findall(r"INTEGER\s*:(\w+)", said)


def test_encryption_of_the_keys(tmp_path):
    """Dear to guess; and openssl reads it."""
    ca = Authority(tmp_path, start=False)
    ca.ok("init")
    for name in ("root", "intermediate"):
        key = ca.path("private", name + ".key")
        assert derivation(key) == (["PBES2", "scrypt", "aes-256-cbc"], ["4000", "08", "05"])
        run("openssl", "pkey", "-in", key, "-passin", "file:" + ca.passphrase, "-noout")
        run("openssl", "pkey", "-in", key, "-passin", "pass:something else", "-noout", good=False)
    done = ca.run("crl")
    assert (done.returncode, done.stderr) == (0, "")


def test_weaker_encryption_of_the_keys(ca):
    """As earlier versions wrote it: it opens, and stays until it is changed as docs/import.md says."""
    key = ca.path("private", "intermediate.key")
    assert "PBKDF2" in derivation(key)[0]
    said = ca.run("issue", "machine", "laptop").stderr
    assert said.count("weakly encrypted") == 1, said
    notice = re.search(rf'"{re.escape(key)}" is weakly encrypted.*"(openssl pkcs8 [^"]*)"', said)[1]
    with open(os.path.join(DOCS, "import.md"), encoding="utf-8") as text:
        command, = re.findall(r"openssl pkcs8 -topk8 -scrypt [^`\n]*", text.read())
    assert notice == command.replace("root.key.pem", f"'{key}'").replace("new.key.pem", "new.key")
    words = command.replace("root.key.pem", key).replace("new.key.pem", key + ".new").split()
    run(*words, "-passin", "pass:" + PASSPHRASE, "-passout", "pass:" + PASSPHRASE)
    os.replace(key + ".new", key)
    assert derivation(key) == (["PBES2", "scrypt", "aes-256-cbc"], ["4000", "08", "05"])
    done = ca.run("revoke", "laptop")
    assert (done.returncode, done.stderr) == (0, "")


def through_pipe(words, text, option="--passphrase-file"):
    """The command's result with the text in a pipe that is not closed before it has ended."""
    reads, writes = os.pipe()
    os.write(writes, text.encode())
    done = subprocess.run([*words, option, f"/dev/fd/{reads}"], pass_fds=[reads], text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=60)
    os.close(reads)
    os.close(writes)
    return done


def test_passphrase_from_a_pipe(ca, tmp_path):
    issue = ca.command("issue", "machine", "laptop", "second", passphrase=False)
    done = through_pipe(issue, "something else\n")
    assert done.returncode == 1 and "wrong passphrase" in done.stderr
    ca.fails("show", "laptop")
    assert through_pipe(issue, PASSPHRASE + "\nand more").returncode == 0
    # Of a pipe that is closed, what is in it: a last line needs no end.
    for text, code in ((PASSPHRASE, 0), ("", 1), ("\n", 1), ("x" * 1001, 1)):
        done = subprocess.run([*ca.command("renew", "laptop", passphrase=False), "--passphrase-file",
                               "/dev/stdin"], input=text, text=True, capture_output=True,
                              check=False, timeout=60)
        assert done.returncode == code, done.stderr
        assert code == 0 or "is empty or longer than" in done.stderr
    # The same for a new passphrase, and for a password.
    os.mkdir(tmp_path / "other")
    other = Authority(tmp_path / "other", start=False)
    assert through_pipe(other.command("init", passphrase=False), PASSPHRASE + "\n").returncode == 0
    fifo = str(tmp_path / "pipe")
    os.mkfifo(fifo)
    with subprocess.Popen(["sh", "-c", 'printf "a password\\r\\n" >"$0"', fifo]):
        ca.ok("export", "laptop", "--pkcs12", str(tmp_path / "x.p12"), "--password-file", fifo)
    run("openssl", "pkcs12", "-in", str(tmp_path / "x.p12"), "-passin", "pass:a password", "-noout")


def test_passphrase_from_what_is_no_file(ca):
    said = ca.fails("crl", "--passphrase-file", ca.dir, passphrase=False)
    assert "Is a directory" in said
    assert "No such file" in ca.fails("crl", "--passphrase-file", "/nonexistent", passphrase=False)


def test_terminal(tmp_path):
    ca = Authority(tmp_path, start=False)
    init = ca.command("init", passphrase=False)
    issue = ca.command("issue", "machine", "laptop", passphrase=False)
    assert at_terminal(init, PASSPHRASE, PASSPHRASE + "x")[0] == 1
    code, said = at_terminal(init, PASSPHRASE, PASSPHRASE)
    assert code == 0 and PASSPHRASE not in said
    code, said = at_terminal(issue, "something else")
    assert code == 1 and "wrong passphrase" in said
    code, said = at_terminal(issue, PASSPHRASE)
    assert code == 0 and PASSPHRASE not in said
    openssl_verify(ca, ca.file("laptop"), "sslclient")


def test_progress_at_a_terminal(ca, tmp_path):
    names = tmp_path / "names"
    names.write_text("".join(f"m{i}\n" for i in range(200)))
    many = ca.command("issue", "machine", "--from-file", str(names))
    code, said = at_terminal(many)
    assert code == 0 and "] 100 of 200" in said and "200 of 200\r\x1b[K" in said
    # Nothing for what is over at once, and nothing where nobody looks.
    assert " of " not in at_terminal(ca.command("revoke", "m1"))[1]
    names.write_text("".join(f"n{i}\n" for i in range(200)))
    assert " of 200" not in ca.run("issue", "machine", "--from-file", str(names)).stderr


def test_existing_directory(tmp_path):
    ca = Authority(tmp_path, start=False)
    os.mkdir(ca.dir)
    with open(ca.path("something"), "w", encoding="ascii"):
        pass
    assert "is not empty (it contains \"something\")" in ca.fails("init")
    assert os.listdir(ca.dir) == ["something"]
    os.unlink(ca.path("something"))
    assert "no CA in" in ca.fails("list")
    ca.ok("init")
    with open(ca.path("private", "root.key"), encoding="ascii") as text:
        key = text.read()
    assert "already contains a CA" in ca.fails("init")
    with open(ca.path("private", "root.key"), encoding="ascii") as text:
        assert text.read() == key


def test_short_passphrase(tmp_path):
    ca = Authority(tmp_path, start=False)
    with open(ca.passphrase, "w", encoding="ascii") as out:
        out.write("1234567\n")
    assert "shorter than 8" in ca.fails("init")
    assert not os.path.exists(ca.dir)


@pytest.mark.parametrize("words", [
    ("issue",), ("issue", "machine"), ("issue", "gadget", "x"), ("revoke",), ("renew",),
    ("renew", "a", "b"), ("crl", "x"), ("list", "a", "b"), ("list", "--status", "odd"), ("show",),
    ("export", "laptop"), ("init", "x"), ("list", "--nonsense"), ("list", "-x"), ("list", "--limit"),
    ("list", "--all=yes"), ("issue", "machine", "a", "b", "--san", "x.test"),
    ("issue", "machine", "a", "--key", "dsa"), ("issue", "machine", "a", "--from-file", "/x"),
    ("nonsense",)])
def test_usage(issued, words):
    issued.fails(*words, code=2)


@pytest.mark.parametrize("command", ["init", "import", "issue", "renew", "revoke", "crl", "list", "show",
                                     "export"])
def test_help(issued, command):
    said = issued.run(command, "--help")
    assert said.returncode == 0 and said.stdout.startswith(f"Usage: yett ca {command}")
    assert "--json" in said.stdout and "--dir DIR" in said.stdout


def test_options_before_the_command(issued):
    env = dict(os.environ, YETT_CA=issued.dir)
    before = run(YETT, "ca", "--dir", issued.dir, "--json", "list")
    after = subprocess.run([YETT, "ca", "list", "--json"], env=env, text=True, check=True,
                           capture_output=True)
    assert before == after.stdout and before.startswith("[{")


def test_list_and_show(issued):
    def names(*words):
        return {e["name"] for e in issued.json("list", *words)}
    assert names() >= {"root", "intermediate", "laptop", "lost", "www.example.test"}
    assert names("--status", "revoked") == {"lost"}
    assert "lost" not in names("--status", "valid") and names("--status", "expired") == set()
    assert names("l*") == {"laptop", "lost"}
    assert len(names("--limit", "2")) == 2
    assert "and more" in issued.ok("list", "--limit", "2")
    table = issued.ok("list").splitlines()
    assert table[0].split() == ["NAME", "KIND", "STATUS", "UNTIL", "SERIAL", "SUBJECT"]
    shown = issued.ok("show", "ada@example.test")
    assert "CN=Ada Lovelace,OU=Staff,O=Example" in shown and "email:ada@example.test" in shown
    by_file = issued.json("show", "--file", issued.file("laptop"))
    assert by_file == issued.json("show", "laptop")


# -- export -----------------------------------------------------------------------------------

@pytest.mark.parametrize("legacy", [False, True])
def test_pkcs12(issued, tmp_path, legacy):
    path = str(tmp_path / "laptop.p12")
    issued.ok("export", "laptop", "--pkcs12", path, "--password-file", issued.passphrase,
              *(["--legacy"] if legacy else []))
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(path, "rb") as data:
        key, cert, more = pkcs12.load_key_and_certificates(data.read(), PASSPHRASE.encode())
    assert cert == issued.cert("laptop") and len(more) == 1
    assert key.public_key().public_numbers() == cert.public_key().public_numbers()
    said = run("openssl", "pkcs12", "-in", path, "-passin", "pass:" + PASSPHRASE, "-info", "-noout")
    assert ("TripleDES" in said and "MAC: sha1" in said) if legacy else \
        ("AES-256-CBC" in said and "MAC: sha256" in said)
    run("openssl", "pkcs12", "-in", path, "-passin", "pass:wrong", "-noout", good=False)
    run("certtool", "--p12-info", "--inder", "--infile", path, "--password", PASSPHRASE)
    assert "is revoked" in issued.fails("export", "lost", "--pkcs12", path, "--password-file",
                                        issued.passphrase)
    assert "no certificate named" in issued.fails("export", "root", "--pkcs12", path,
                                                  "--password-file", issued.passphrase)


# -- completion -------------------------------------------------------------------------------

def test_completion(issued):
    assert complete(issued, "c") == ["ca", "cert", "check", "client"]
    assert complete(issued, "directives", "--") == ["--json", "--help"]
    assert complete(issued, "ca", "re") == ["renew", "revoke"]
    assert complete(issued, "ca", "revoke", "lap") == ["laptop"]
    assert complete(issued, "ca", "revoke", "ro") == []
    assert complete(issued, "ca", "issue", "m") == ["machine"]
    assert "--root-key" in complete(issued, "ca", "crl", "--")
    assert complete(issued, "ca", "revoke", "--reason", "key") == ["keyCompromise"]
    assert complete(issued, "ca", "--dir", issued.dir, "show", "www") == ["www.example.test"]


def test_manual():
    """Every option that a help names stands in the manual page."""
    page = os.path.join(ROOT, "man", "yett-ca.1")
    with open(page, encoding="utf-8") as text:
        manual = text.read()
    for command in ("init", "issue", "renew", "revoke", "crl", "list", "show", "export"):
        assert f".Ss {command}\n" in manual
        said = run(YETT, "ca", command, "--help")
        for option in re.findall(r"^  --([a-z0-9-]+)", said, re.M):
            assert f"Fl -{option}" in manual, (command, option)
