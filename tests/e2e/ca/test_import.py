# SPDX-License-Identifier: Apache-2.0
"""Authorities of `openssl ca` and easy-rsa, made by those programs and taken over by `yett ca`."""

import hashlib
import os
import random
import re
import shutil
import signal
import ssl
import subprocess
import time

import pytest
from cryptography import x509

from support import old_authorities as old
from support.authority import (GATE, PASSPHRASE, Authority, at_terminal, client, private_key, start_to_kill,
                       visit)
from support.rawhttp import Conn
from support.servers import NGINX, wait_for

pytestmark = pytest.mark.yett_only("nginx has no certificate authority")


def digest(directory):
    """Of every file, so that nobody changes one."""
    found = {}
    for top, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(top, name)
            with open(path, "rb") as file:
                found[path] = hashlib.sha256(file.read()).hexdigest()
    return found


class Imported(Authority):
    """An authority that is not there before `take`."""

    def __init__(self, directory):
        super().__init__(directory, start=False)

    def take(self, *words):
        return self.json("import", *words)

    def entries(self):
        return {(entry["issuer"], entry["serial"]): entry for entry in self.json("list", "--all")}

    def entry(self, name):
        return next(e for e in self.json("list", "--all", name) if e["current"])

    def verdict(self, path):
        chain = ["intermediate.crt"] if os.path.exists(self.path("intermediate.crt")) else []
        return old.verdict(path, self.path("root.crt"), self.path("all.crl"),
                           *map(self.path, chain))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The tutorial's two levels, with everything in them; copied by tests that change it."""
    tutorial = old.Tutorial(tmp_path_factory.mktemp("tutorial"))
    tutorial.fill()
    return tutorial


@pytest.fixture(scope="module")
def taken(made, tmp_path_factory):
    """It is imported; tests of this change nothing."""
    ca = Imported(tmp_path_factory.mktemp("taken"))
    before = digest(made.dir)
    ca.report = ca.take(made.dir, "--source-passphrase-file", made.passphrases)
    assert digest(made.dir) == before
    return ca


class Copy:
    """Of the tutorial's directory, in another place than its openssl.cnf says."""

    def __init__(self, made, top):
        self.dir = os.path.join(str(top), "copy")
        shutil.copytree(made.dir, self.dir)
        self.passphrases = made.passphrases

    def path(self, *name):
        return os.path.join(self.dir, *name)

    def edit(self, name, change):
        text = old.read(self.path(*name))
        changed = change(text)
        assert changed != text
        old.write(self.path(*name), changed)

    def words(self, *more):
        return (self.dir, "--source-passphrase-file", self.passphrases, *more)


@pytest.fixture
def copy(made, tmp_path):
    return Copy(made, tmp_path)


@pytest.fixture
def ca(tmp_path):
    return Imported(tmp_path)


# -- the same verdicts ----------------------------------------------------------------------------

def test_every_verdict_is_as_it_was(made, taken):
    lists = made.lists()
    seen = set()
    for path in made.certs():
        before = old.verdict(path, made.root.cert, lists, made.issuer.cert)
        assert taken.verdict(path) == before, path
        seen.add(str(before))
    # Good, expired, revoked: a comparison of nothing would be equal too.
    assert seen == {"OK", "['10']", "['23']"}


def test_what_is_known_of_them(taken):
    entries = taken.entries()
    assert len(entries) == 19
    expected = {
        "1000": ("www.example.test", "server", "valid", None),
        "1002": ("Bob_Example", "user", "valid", None),
        "1003": ("Ada_Lovelace", "user", "valid", None),
        "1004": ("plain", "machine", "valid", None),
        "1006": ("lost", "machine", "revoked", "keyCompromise"),
        "1007": ("gone", "machine", "revoked", "unspecified"),
        "1008": ("held", "machine", "revoked", "certificateHold"),
        "1009": ("leaked", "machine", "revoked", "keyCompromise"),
        "100A": ("replaced", "machine", "revoked", "superseded"),
        "100B": ("old", "machine", "expired", None),
        "100D": ("laptop-2", "machine", "valid", None),
    }
    for serial, (name, kind, status, reason) in expected.items():
        entry = entries["intermediate", serial]
        assert (entry["name"], entry["kind"], entry["status"], entry["reason"]) == \
            (name, kind, status, reason)
    # The same number, by the other level.
    assert entries["root", "1000"]["name"] == "intermediate"
    assert entries["root", "1001"]["name"] == "direct"
    assert entries["root", "1002"]["reason"] == "cessationOfOperation"
    # Two of one subject: the newer one is what the name means.
    assert not entries["intermediate", "1001"]["current"]
    assert entries["intermediate", "100C"]["current"]
    report = taken.report
    assert (report["certificates"], report["revoked"], report["expired"]) == (17, 6, 1)
    assert report["without_file"] == 0 and any("sealed.key.pem" in n for n in report["notes"])


def test_files(made, taken):
    for name, key in {"laptop": "laptop-2", "www.example.test": "www.example.test",
                      "direct": "direct"}.items():
        with open(taken.path("live", name + ".pem"), "rb") as file:
            text = file.read()
        cert = x509.load_pem_x509_certificate(text)
        level = made.root if name == "direct" else made.issuer
        assert private_key(text).public_key().public_numbers() == \
            cert.public_key().public_numbers()
        with open(level.path("certs", key + ".cert.pem"), "rb") as file:
            assert x509.load_pem_x509_certificate(file.read()) == cert
        # The intermediate goes along only with what it has signed.
        assert text.count(b"BEGIN CERTIFICATE") == (1 if name == "direct" else 2)
    for name in ("sealed", "lost", "twin"):
        with open(taken.path("live", name + ".pem"), "rb") as file:
            assert b"PRIVATE" not in file.read(), name
    assert any("twin: key not imported" in note for note in taken.report["notes"])


def test_keys_are_encrypted_anew(made, taken):
    for name, level in {"root": made.root, "intermediate": made.issuer}.items():
        path = taken.path("private", name + ".key")
        assert os.stat(path).st_mode & 0o777 == 0o600
        good = ["openssl", "pkey", "-in", path, "-pubout", "-passin"]
        assert old.call(*good, f"pass:{PASSPHRASE}") == old.call(
            "openssl", "x509", "-in", level.cert, "-noout", "-pubkey")
        assert subprocess.run([*good, f"pass:{level.passphrase}"], capture_output=True,
                              check=False).returncode != 0


def test_list_numbers_go_on(made, taken):
    for name, level in {"root": made.root, "intermediate": made.issuer}.items():
        with open(level.crl, "rb") as text:
            before = x509.load_pem_x509_crl(text.read()).extensions.get_extension_for_class(
                x509.CRLNumber).value.crl_number
        assert taken.crl_number(name) > before == 0x1000


# -- what it is good for afterwards ---------------------------------------------------------------

def test_life_goes_on(made, ca):
    ca.take(made.dir, "--source-passphrase-file", made.passphrases)
    ca.ok("revoke", "laptop", "--reason", "superseded")
    assert {ca.entries()["intermediate", s]["status"] for s in ("1001", "100C")} == {"revoked"}
    ca.ok("revoke", "--serial", "1003")
    ca.ok("revoke", "--file", made.issuer.path("certs", "bob.cert.pem"))
    ca.ok("revoke", "direct")
    for name, verdict in {"laptop": ["23"], "laptop-2": ["23"], "mail": ["23"], "bob": ["23"],
                          "plain": "OK", "lost": ["23"], "other-laptop": "OK"}.items():
        assert ca.verdict(made.issuer.path("certs", name + ".cert.pem")) == verdict, name
    assert ca.verdict(made.root.path("certs", "direct.cert.pem")) == ["23"]
    # New ones, and a renewal with the key that was imported.
    ca.ok("issue", "machine", "fresh")
    renewed = ca.json("renew", "www.example.test")[0]
    assert renewed["subject"] == "CN=www.example.test,O=Example,C=CH"
    for name in ("fresh", "www.example.test"):
        assert ca.verdict(ca.path("live", name + ".pem")) == "OK"
    # Without its key, the renewal is of the same key.
    before = ca.cert("sealed").public_key().public_numbers()
    ca.ok("renew", "sealed")
    assert ca.cert("sealed").public_key().public_numbers() == before
    assert ca.verdict(ca.path("live", "sealed.pem")) == "OK"
    ca.ok("revoke", "intermediate")
    assert ca.verdict(ca.path("live", "fresh.pem")) == ["23"]


def test_gate(made, ca, serve):
    ca.take(made.dir, "--source-passphrase-file", made.passphrases)
    nginx = serve(GATE, binary=NGINX, values={"CA": ca.dir})
    assert visit(nginx, old_client(made, "plain")).status == 200
    assert visit(nginx, old_client(made, "lost")).status == 400
    server = serve(GATE, values={"CA": ca.dir})
    plain, lost = (old_client(made, name) for name in ("plain", "lost"))
    assert visit(server, plain).status == 200
    assert visit(server, lost).status == 400
    ca.ok("revoke", "plain")
    wait_for(lambda: visit(server, plain).status == 400, 10, "the revocation")


def old_client(made, name):
    """The files that somebody has had since before the import."""
    context = ssl.create_default_context(cafile=made.root.cert)
    path = os.path.join(made.top, name + ".pem")
    old.write(path, old.read(made.issuer.path("certs", name + ".cert.pem")) +
              old.read(made.issuer.cert) + old.read(made.issuer.path("private", name + ".key.pem")))
    context.load_cert_chain(path)
    context.check_hostname = False
    return context


# -- other layouts --------------------------------------------------------------------------------

def test_moved_directory(made, copy, ca):
    """Its openssl.cnf still names the place where it was, which is there and means another one."""
    copy.edit(("intermediate", "index.txt"), lambda text: text + (
        "R\t271201171650Z\t261121171650Z\t2000\tunknown\t/CN=only in the copy\n"))
    report = ca.take(*copy.words())
    assert report["certificates"] == 18 and report["without_file"] == 1
    assert 0x2000 in ca.revoked() and len(ca.revoked("root")) == 1
    assert ca.verdict(made.certs()[-1]) == "OK"


def test_two_directories(made, copy, ca):
    """An intermediate that is not inside the root's directory."""
    elsewhere = os.path.join(ca.top, "sub")
    shutil.move(copy.path("intermediate"), elsewhere)
    assert "is not a root" in ca.fails(
        "import", elsewhere, "--source-passphrase-file", copy.passphrases)
    report = ca.take(copy.dir, elsewhere, "--source-passphrase-file", copy.passphrases)
    assert report["certificates"] == 17
    assert ca.verdict(made.issuer.path("certs", "plain.cert.pem")) == "OK"


def test_without_configuration(made, copy, ca):
    os.unlink(copy.path("openssl.cnf"))
    os.unlink(copy.path("intermediate", "openssl.cnf"))
    assert ca.take(*copy.words())["certificates"] == 17
    assert ca.crl_number() == 0x1001
    for path in made.certs():
        assert ca.verdict(path) == old.verdict(path, made.root.cert, made.lists(),
                                               made.issuer.cert)


def test_named_files(copy, ca):
    cert, key = copy.path("x.crt"), copy.path("x.key")
    os.unlink(copy.path("intermediate", "openssl.cnf"))
    shutil.move(copy.path("intermediate", "certs", "intermediate.cert.pem"), cert)
    shutil.move(copy.path("intermediate", "private", "intermediate.key.pem"), key)
    assert "name its file with --cert FILE" in ca.fails("import", *copy.words())
    assert "name its file with --key FILE" in ca.fails("import", *copy.words("--cert", cert))
    assert ca.take(*copy.words("--cert", cert, "--key", key))["certificates"] == 17


def test_offline_root(made, copy, ca):
    """The root's list stays as it was until its key is there."""
    away = os.path.join(ca.top, "root.key")
    shutil.move(copy.path("private", "ca.key.pem"), away)
    report = ca.take(*copy.words())
    assert any("root.crl is unchanged" in note for note in report["notes"])
    assert not os.path.exists(ca.path("private", "root.key"))
    with open(made.root.crl, "rb") as text:
        assert ca.crl("root") == x509.load_pem_x509_crl(text.read())
    for path in made.certs():
        assert ca.verdict(path) == old.verdict(path, made.root.cert, made.lists(),
                                               made.issuer.cert)
    number = ca.crl_number("root")
    secret = os.path.join(ca.top, "both")
    old.write(secret, PASSPHRASE + "\n")
    encrypted = os.path.join(ca.top, "root-new.key")
    old.call("openssl", "pkey", "-in", away, "-passin", f"pass:{old.ROOT_PASSPHRASE}", "-aes256",
             "-passout", f"pass:{PASSPHRASE}", "-out", encrypted)
    ca.ok("crl", "--root-key", encrypted)
    assert ca.crl_number("root") > number


def test_root_key_that_stays(copy, ca):
    away = os.path.join(ca.top, "root.key")
    shutil.move(copy.path("private", "ca.key.pem"), away)
    ca.take(*copy.words("--root-key", away))
    assert ca.crl_number("root") == 0x1001
    assert os.listdir(ca.path("private")) == ["intermediate.key"]


def test_offline_root_with_an_older_list(copy, ca):
    """What the index knows and the list does not is spoken of, and not forgotten."""
    shutil.move(copy.path("private", "ca.key.pem"), os.path.join(ca.top, "root.key"))
    copy.edit(("index.txt",), lambda text: re.sub(
        r"V\t(\w+)\t\t1001", r"R\t\1\t261121171650Z\t1001", text))
    report = ca.take(*copy.words())
    assert any("lacks 1 of the root's revocations" in note for note in report["notes"])
    assert ca.entries()["root", "1001"]["status"] == "revoked"


def test_offline_root_without_a_list(copy, ca):
    shutil.move(copy.path("private", "ca.key.pem"), os.path.join(ca.top, "root.key"))
    shutil.rmtree(copy.path("crl"))
    report = ca.take(*copy.words())
    assert any("there is no root.crl" in note for note in report["notes"])
    said = ca.fails("crl")
    assert "there is no root.crl" in said and "--root-key FILE" in said


def test_only_the_roots_certificate(made, copy, ca):
    shutil.copy(made.root.crl, ca.top)
    report = ca.take(copy.path("intermediate"), "--root-cert", made.root.cert, "--root-crl",
                     made.root.crl, "--source-passphrase-file", copy.passphrases)
    assert report["certificates"] == 15
    assert ca.revoked("root") == {0x1002}
    assert ca.verdict(made.issuer.path("certs", "plain.cert.pem")) == "OK"
    assert ca.verdict(made.issuer.path("certs", "lost.cert.pem")) == ["23"]


def test_another_intermediate(made, copy, ca):
    """Of two, one is taken over; the other can be revoked by the root."""
    root = copy.path("openssl.cnf")
    copy.edit(("openssl.cnf",), lambda text: text.replace(made.dir, copy.dir))
    key, csr, cert = (copy.path("csr", "other." + end) for end in ("key", "csr", "pem"))
    old.call("openssl", "req", "-config", root, "-new", "-newkey", "rsa:2048", "-nodes", "-keyout",
             key, "-subj", "/C=CH/O=Example/CN=Other CA", "-out", csr)
    old.call("openssl", "ca", "-batch", "-config", root, "-passin", f"pass:{old.ROOT_PASSPHRASE}",
             "-extensions", "v3_intermediate_ca", "-notext", "-in", csr, "-out", cert)
    report = ca.take(*copy.words())
    assert any("Other_CA: another CA" in note for note in report["notes"])
    entry = ca.json("show", "--file", cert)[0]
    assert (entry["name"], entry["kind"], entry["file"]) == ("Other_CA", "ca", None)
    assert not os.path.exists(ca.path("Other_CA.crt"))
    assert ca.verdict(cert) == "OK"
    ca.ok("revoke", "Other_CA")
    assert ca.verdict(cert) == ["23"]
    assert ca.verdict(made.issuer.path("certs", "plain.cert.pem")) == "OK"


def test_sibling_directories(ca, tmp_path):
    """RSA keys, and files that are called by the directory."""
    top = old.Siblings(tmp_path)
    report = ca.take(top.root, top.sub)
    assert (report["certificates"], report["revoked"], report["private_keys"]) == (2, 1, 1)
    assert ca.verdict(os.path.join(top.sub, "laptop.crt")) == "OK"
    assert ca.verdict(os.path.join(top.sub, "lost.crt")) == ["23"]
    assert (ca.crl_number(), ca.crl_number("root")) == (0x1001, 0x1001)
    ca.ok("issue", "machine", "fresh")
    assert ca.verdict(ca.path("live", "fresh.pem")) == "OK"


@pytest.mark.skipif(not os.path.exists(old.CA_PL), reason="this openssl has no CA.pl")
def test_demo_ca(ca, tmp_path):
    """CA.pl: one level, a root in its own index, serial numbers of twenty octets."""
    top = old.demo_ca(tmp_path)
    report = ca.take(top)
    assert report["intermediate"] is None and report["certificates"] == 2
    assert ca.verdict(os.path.join(top, "laptop.cert.pem")) == "OK"
    assert ca.verdict(os.path.join(top, "lost.cert.pem")) == ["23"]
    ca.ok("issue", "machine", "fresh")
    assert ca.verdict(ca.path("live", "fresh.pem")) == "OK"
    ca.ok("revoke", "laptop")
    assert ca.verdict(os.path.join(top, "laptop.cert.pem")) == ["23"]
    assert ca.crl_number("root") == 3


def test_easy_rsa(ca, tmp_path, serve):
    top = old.easy_rsa(tmp_path)
    issued = os.path.join(top, "pki", "issued")
    report = ca.take(top)
    assert (report["certificates"], report["revoked"], report["private_keys"]) == (3, 1, 2)
    assert ca.entry("vpn.example.test")["kind"] == "server"
    assert (ca.entry("lost")["status"], ca.entry("lost")["reason"]) == ("revoked", "superseded")
    assert ca.verdict(os.path.join(issued, "laptop.crt")) == "OK"
    assert ca.verdict(os.path.join(top, "lost.crt")) == ["23"]
    ca.ok("issue", "server", "www.example.test")
    server = serve(GATE, values={"CA": ca.dir})
    laptop = client(ca, "laptop")
    assert visit(server, laptop).status == 200
    ca.ok("renew", "laptop")
    assert visit(server, client(ca, "laptop")).status == 200
    ca.ok("revoke", "laptop")
    wait_for(lambda: visit(server, laptop).status == 400, 5, "the revocation")


def test_names_of_easy_rsa_files(ca, tmp_path):
    """A file is called otherwise than what is in it; the directory itself may be named."""
    top = old.easy_rsa(tmp_path)
    issued = os.path.join(top, "pki", "issued")
    os.rename(os.path.join(issued, "laptop.crt"), os.path.join(issued, "my laptop.crt"))
    ca.take(os.path.join(top, "pki"))
    assert ca.entry("my_laptop")["subject"] == "CN=laptop"


def elsewhere(top):
    """The original of a copy: what is changed there must not be seen."""
    old.write(os.path.join(top, "index.txt"), "not an index\n")
    for name in ("ca.crt", os.path.join("private", "ca.key"), "crl.pem"):
        old.write(os.path.join(top, name), "not this\n")


def test_copy_of_easy_rsa(ca, tmp_path):
    """Its configuration has absolute paths, of the original; without issued/ it is what is read."""
    top = old.easy_rsa(tmp_path)
    config = os.path.join(top, "pki", "safessl-easyrsa.cnf")
    assert os.path.join(top, "pki", "private", "ca.key") in old.read(config)
    copied = str(tmp_path / "copied")
    shutil.copytree(top, copied)
    elsewhere(os.path.join(top, "pki"))
    shutil.rmtree(os.path.join(copied, "pki", "issued"))
    report = ca.take(copied)
    assert (report["certificates"], report["revoked"], report["private_keys"]) == (3, 1, 2)
    assert not any(top + "/" in note for note in report["notes"])
    assert ca.verdict(os.path.join(copied, "lost.crt")) == ["23"]
    ca.ok("issue", "machine", "fresh")


def test_copy_whose_files_have_another_folder(ca, tmp_path):
    """As easy-rsa 2 had it: the configuration above the folder that it names by its whole path."""
    top = old.easy_rsa(tmp_path)
    text = old.read(os.path.join(top, "pki", "safessl-easyrsa.cnf"))
    copied = str(tmp_path / "copied")
    shutil.copytree(os.path.join(top, "pki"), os.path.join(copied, "keys"))
    shutil.copytree(os.path.join(top, "pki"), os.path.join(top, "keys"))
    os.unlink(os.path.join(copied, "keys", "safessl-easyrsa.cnf"))
    old.write(os.path.join(copied, "openssl-1.0.0.cnf"), text.replace(
        os.path.join(top, "pki"), os.path.join(top, "keys")))
    elsewhere(os.path.join(top, "keys"))
    report = ca.take(copied)
    assert (report["certificates"], report["revoked"], report["private_keys"]) == (3, 1, 2)


def test_copy_with_absolute_paths(made, copy, ca):
    """No `dir` says what was where: a key is not read from elsewhere, an index cannot be guessed."""
    key = os.path.join(ca.top, "x.key")
    shutil.copy(copy.path("intermediate", "private", "intermediate.key.pem"), key)
    config = ("intermediate", "openssl.cnf")
    copy.edit(config, lambda text: re.sub(r"(?m)^private_key\s*=.*", "private_key = " + key, text))
    report = ca.take(*copy.words())
    assert any(key in note and "outside of" in note for note in report["notes"])
    assert ca.verdict(made.issuer.path("certs", "lost.cert.pem")) == ["23"]


def test_copy_with_an_index_elsewhere(copy, ca):
    index = os.path.join(ca.top, "index.txt")
    shutil.copy(copy.path("intermediate", "index.txt"), index)
    copy.edit(("intermediate", "openssl.cnf"), lambda text: re.sub(
        r"(?m)^database\s*=.*", "database = " + index, text))
    refuse(ca, copy, index, "is outside of", "openssl.cnf")
    # The twin: what is in the directory may be named by its whole path, or through a link.
    copy.edit(("intermediate", "openssl.cnf"), lambda text: text.replace(
        index, copy.path("intermediate", "index.txt")))
    os.rename(copy.path("intermediate", "private"), os.path.join(ca.top, "private"))
    os.symlink(os.path.join(ca.top, "private"), copy.path("intermediate", "private"))
    assert ca.take(*copy.words())["notes"] != []
    ca.ok("issue", "machine", "fresh")


def test_old_passphrases_from_a_pipe(made, ca):
    """Of both levels, read once."""
    words = ca.command("import", made.dir)
    for text, code in ((old.ROOT_PASSPHRASE + "\nnone\n", 1),
                       (old.ROOT_PASSPHRASE + "\n" + old.ISSUER_PASSPHRASE, 0)):
        done = subprocess.run([*words, "--source-passphrase-file", "/dev/stdin"], text=True, input=text,
                              check=False, capture_output=True, timeout=60)
        assert done.returncode == code, done.stderr
        assert code == 0 or "no passphrase in" in done.stderr
    ca.ok("issue", "machine", "fresh")


# -- what does not fit together -------------------------------------------------------------------

def refuse(ca, copy, *said):
    told = ca.fails("import", *copy.words())
    for words in said:
        assert words in told, told
    assert not os.path.exists(ca.path("ca.db"))
    return told


@pytest.mark.parametrize("line, said", [
    ("X\t271201171650Z\t\t2000\tunknown\t/CN=x", "status"),
    ("R\t271201171650Z\t\t2000\tunknown\t/CN=x", "is not a valid revocation time"),
    ("R\t271201171650Z\t261121171650Z,lost\t2000\tunknown\t/CN=x", "unknown reason"),
    ("R\t271201171650Z\t261121171650Z,removeFromCRL\t2000\tunknown\t/CN=x", "delta"),
    ("V\t271201171650Z\t\t2000\tunknown", "six columns"),
    ("V\t271201171650Z\t\t1000\tunknown\t/CN=x", "also on line 1")])
def test_broken_index(copy, ca, line, said):
    copy.edit(("intermediate", "index.txt"), lambda text: text + line + "\n")
    refuse(ca, copy, "intermediate/index.txt:15: ", said)


def test_revoked_without_certificate(made, copy, ca):
    """Only the index speaks of it: it stays in the list."""
    os.unlink(copy.path("intermediate", "newcerts", "1006.pem"))
    os.unlink(copy.path("intermediate", "certs", "lost.cert.pem"))
    assert ca.take(*copy.words())["without_file"] == 1
    assert ca.verdict(made.issuer.path("certs", "lost.cert.pem")) == ["23"]
    entry = ca.entries()["intermediate", "1006"]
    assert (entry["status"], entry["reason"]) == ("revoked", "keyCompromise")
    assert entry["subject"] == "CN=lost,O=Example" and entry["file"] is None


def test_valid_without_certificate(made, copy, ca):
    """It can still be revoked."""
    os.unlink(copy.path("intermediate", "newcerts", "1004.pem"))
    os.unlink(copy.path("intermediate", "certs", "plain.cert.pem"))
    ca.take(*copy.words())
    path = made.issuer.path("certs", "plain.cert.pem")
    assert ca.verdict(path) == "OK"
    ca.ok("revoke", "plain", "--reason", "superseded")
    assert ca.verdict(path) == ["23"]


def test_revoked_only_in_the_list(made, copy, ca):
    """The index was put back to an older state."""
    copy.edit(("intermediate", "index.txt"), lambda text: re.sub(
        r"R\t(\w+)\t[^\t]*\t1006", r"V\t\1\t\t1006", re.sub(r"R\t[^\n]*\t1007\t[^\n]*\n", "", text)))
    os.unlink(copy.path("intermediate", "newcerts", "1007.pem"))
    os.unlink(copy.path("intermediate", "certs", "gone.cert.pem"))
    report = ca.take(*copy.words())
    assert any("2 revocations come from CRLs" in note for note in report["notes"])
    for name in ("lost", "gone"):
        assert ca.verdict(made.issuer.path("certs", name + ".cert.pem")) == ["23"]


def test_certificate_that_is_in_no_index(made, copy, ca):
    copy.edit(("intermediate", "index.txt"), lambda text: re.sub(r"V[^\n]*\t1004\t[^\n]*\n", "", text))
    report = ca.take(*copy.words())
    assert any("1 certificates are not in" in note for note in report["notes"])
    ca.ok("revoke", "--file", made.issuer.path("certs", "plain.cert.pem"))
    assert ca.verdict(made.issuer.path("certs", "plain.cert.pem")) == ["23"]


def test_file_with_another_serial(copy, ca):
    shutil.copy(copy.path("intermediate", "newcerts", "1001.pem"),
                copy.path("intermediate", "newcerts", "1002.pem"))
    refuse(ca, copy, "newcerts/1002.pem", "index.txt:3", "1002")


def test_file_by_another_authority(copy, ca):
    shutil.copy(copy.path("newcerts", "1001.pem"), copy.path("intermediate", "newcerts", "1001.pem"))
    refuse(ca, copy, "newcerts/1001.pem", "index.txt:2", "is not signed by")


def test_file_that_is_broken(copy, ca):
    copy.edit(("intermediate", "newcerts", "1001.pem"), lambda text: text[:200])
    refuse(ca, copy, "index.txt:2", "1001.pem")


def test_key_of_another(copy, ca):
    shutil.copy(copy.path("private", "ca.key.pem"),
                copy.path("intermediate", "private", "intermediate.key.pem"))
    refuse(ca, copy, "intermediate.key.pem", "does not belong to the certificate", "intermediate.cert.pem")


def test_intermediate_of_another_root(copy, ca, tmp_path):
    os.mkdir(tmp_path / "other")
    other = old.Tutorial(tmp_path / "other")
    told = ca.fails("import", other.dir, copy.path("intermediate"), "--source-passphrase-file",
                    copy.passphrases)
    assert "is not signed by" in told and "old/certs/ca.cert.pem" in told


def test_list_by_another(copy, ca):
    """The name of the authority, and not its signature."""
    path = copy.path("intermediate", "crl", "intermediate.crl.pem")
    raw = subprocess.run(["openssl", "crl", "-in", path, "-outform", "DER"], capture_output=True,
                         check=True).stdout
    changed = raw[:-1] + bytes([raw[-1] ^ 1])
    with open(path, "wb") as out:
        out.write(changed)
    refuse(ca, copy, "intermediate.crl.pem", "is not signed by the key of")


def test_broken_list_number(copy, ca):
    copy.edit(("crlnumber",), lambda text: "next\n")
    refuse(ca, copy, "crlnumber", "no CRL number")


def test_wrong_passphrase(copy, ca):
    wrong = os.path.join(ca.top, "wrong")
    old.write(wrong, old.ROOT_PASSPHRASE + "\nsomething else\n")
    told = ca.fails("import", copy.dir, "--source-passphrase-file", wrong)
    assert "no passphrase in" in told and "intermediate.key.pem" in told
    assert "--source-passphrase-file" in ca.fails("import", copy.dir)
    assert not os.path.exists(ca.path("ca.db"))


def test_terminal(made, ca):
    words = ca.command("import", made.dir, passphrase=False)
    code, said = at_terminal(words, old.ROOT_PASSPHRASE, old.ISSUER_PASSPHRASE, PASSPHRASE,
                             PASSPHRASE)
    assert code == 0 and "old passphrase of the intermediate key" in said
    assert PASSPHRASE not in said and old.ROOT_PASSPHRASE not in said
    ca.ok("issue", "machine", "fresh")


def test_not_an_authority(ca, tmp_path):
    assert "no index.txt in" in ca.fails("import", str(tmp_path))
    assert "is not a directory" in ca.fails("import", "/nonexistent")
    ca.fails("import", code=2)
    ca.fails("import", "a", "b", "c", code=2)


def test_twice(made, ca):
    ca.take(made.dir, "--source-passphrase-file", made.passphrases)
    before = ca.sql("SELECT count(*) FROM certificate"), digest(ca.dir)
    told = ca.fails("import", made.dir, "--source-passphrase-file", made.passphrases)
    assert "already contains a CA" in told
    assert (ca.sql("SELECT count(*) FROM certificate"), digest(ca.dir)) == before


# -- killed at any moment -------------------------------------------------------------------------

def test_killed(made, tmp_path):
    """All or nothing: it can be repeated, or it was done."""
    dice = random.Random(os.environ.get("CA_SEED", time.time_ns()))
    whole = Imported(tmp_path)
    start = time.monotonic()
    words = (made.dir, "--source-passphrase-file", made.passphrases)
    whole.take(*words)
    lasts = time.monotonic() - start
    expected = set(whole.entries())
    for i in range(int(os.environ.get("CA_KILLS", "100")) // 10):
        top = tmp_path / str(i)
        os.mkdir(top)
        ca = Imported(top)
        process = start_to_kill(ca.command("import", *words), stdout=subprocess.DEVNULL)
        try:
            process.wait(dice.uniform(0.2, 1.1) * lasts)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.communicate()
        again = ca.run("import", *words)
        done = again.returncode != 0
        print("done" if done else "undone", end=" ")
        assert not done or "already contains a CA" in again.stderr
        assert set(ca.entries()) == expected
        assert ca.revoked() == whole.revoked() and ca.revoked("root") == whole.revoked("root")
        assert ca.verdict(ca.path("live", "laptop.pem")) == "OK"
        ca.ok("crl")
        assert os.listdir(ca.path("pending")) == []
        with open(ca.path("live", "laptop.pem"), "rb") as file:
            assert private_key(file.read())
