# SPDX-License-Identifier: Apache-2.0
"""`yett client`: registry files, configuration profiles, directories to carry, refusals."""

import json
import os
import plistlib
import re
import shutil
import stat
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs12

from support.authority import Authority, complete
from support.servers import ROOT, YETT

pytestmark = pytest.mark.yett_only("nginx has no certificate authority")

PASSWORD = "a password for tests"
URL = "https://www.example.test"
SUBJECT = "CN=Ada \\\"Countess\\\" O'Lovelace <a&b> $(x) %PATH% \\\\ ä 𝄞,OU=Staff,O=Example,L=London"
NAMES = {"CN": "Ada \"Countess\" O'Lovelace <a&b> $(x) %PATH% \\ ä 𝄞", "L": "London",
         "O": "Example", "OU": "Staff"}
ISSUER = {"CN": "Example Intermediate CA", "O": "Example"}


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    ca = Authority(tmp_path_factory.mktemp("ca"), "--organisation", "Example")
    ca.ok("issue", "server", "www.example.test")
    ca.ok("issue", "machine", "laptop", "lost")
    ca.ok("issue", "user", "ada@example.test", "--subject", SUBJECT)
    ca.ok("issue", "machine", "nameless", "--subject", "C=DE,serialNumber=7")
    ca.ok("revoke", "lost")
    ca.password = os.path.join(ca.top, "password")
    with open(ca.password, "w", encoding="ascii") as out:
        out.write(PASSWORD + "\n")
    return ca


def registry(data):
    """{key: {name: value or None}}, as regedit reads a file of version 5; strict."""
    text = data.decode("ascii")
    assert text.startswith("Windows Registry Editor Version 5.00\r\n\r\n")
    assert "\n" not in text.replace("\r\n", "") and "\r" not in text.replace("\r\n", "")
    keys, key = {}, None
    for line in text.split("\r\n")[1:]:
        if not line or line.startswith(";"):
            continue
        if line.startswith("["):
            assert line.endswith("]") and line[1:-1] not in keys
            key = keys.setdefault(line[1:-1], {})
            continue
        name, value = re.fullmatch(r'"(\d+)"=(-|"(?:[^"\\]|\\["\\])*")', line).groups()
        assert name not in key
        key[name] = None if value == "-" else re.sub(r"\\(.)", r"\1", value[1:-1])
    return keys


def entries(values):
    found = [json.loads(value) for value in values]
    for entry in found:
        assert entry.keys() == {"pattern", "filter"}
        assert entry["filter"].keys() == {"ISSUER", "SUBJECT"}
    return found


CHROME = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Google\Chrome\AutoSelectCertificateForUrls"
EDGE = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\Edge\AutoSelectCertificateForUrls"


def carried(ca, out, *args):
    ca.client("--out", str(out), *args)
    return {name: (out / name).read_bytes() for name in os.listdir(out)}


def test_registry_file(ca, tmp_path):
    ca_args = ("windows", "ada@example.test", URL, URL + ":8443/a", URL + ":8443/b", "https://[::1]/")
    files = carried(ca, tmp_path / "kit", *ca_args, "--password-file", ca.password)
    keys = registry(files["install.reg"])
    assert list(keys) == [CHROME, EDGE] and keys[CHROME] == keys[EDGE]
    found = entries(keys[CHROME].values())
    assert [entry["pattern"] for entry in found] == [URL + ":443", URL + ":8443", "https://[::1]:443"]
    for entry in found:
        assert entry["filter"] == {"ISSUER": ISSUER, "SUBJECT": NAMES}
    undo = registry(files["undo.reg"])
    assert undo == {key: dict.fromkeys(keys[key]) for key in keys}
    assert all(100 < int(name) < 2**31 for name in keys[CHROME])


def test_registry_numbers_are_the_sites(ca):
    """Another certificate for a site replaces the entry; other sites' entries stay."""
    def numbers(*args):
        return set(registry(ca.client("windows", *args).replace("\n", "\r\n").encode())[CHROME])
    assert numbers("laptop", URL) == numbers("ada@example.test", URL, "--undo")
    assert numbers("laptop", URL) == numbers("laptop", URL + "/path")
    assert not numbers("laptop", URL) & numbers("laptop", URL + ":444")


def test_batch_files(ca, tmp_path):
    files = carried(ca, tmp_path / "kit", "windows", "laptop", URL, "--trust-ca", "--password-file",
                    ca.password)
    assert set(files) == {"install.cmd", "install.reg", "laptop.p12", "root.crt", "undo.cmd",
                          "undo.reg"}
    install = files["install.cmd"].decode("ascii")
    assert install.startswith("@echo off\r\n")
    for line in ('certutil -user -importPFX My "%~dp0laptop.p12" NoRoot,NoExport\r\n',
                 'certutil -user -addstore Root "%~dp0root.crt"\r\n',
                 'regedit /s "%~dp0install.reg"\r\n'):
        assert line in install
    undo = files["undo.cmd"].decode("ascii")
    assert f"-delstore My {ca.cert('laptop').fingerprint(hashes.SHA1()).hex()}\r\n" in undo
    root = x509.load_pem_x509_certificate(files["root.crt"])
    assert f"-delstore Root {root.fingerprint(hashes.SHA1()).hex()}\r\n" in undo
    assert 'regedit /s "%~dp0undo.reg"\r\n' in undo
    without = carried(ca, tmp_path / "other", "windows", "laptop", URL, "--password-file",
                      ca.password)
    assert "root.crt" not in without
    assert not any(b"Root" in text.replace(b"NoRoot", b"") for text in without.values())


def profile(text):
    loaded = plistlib.loads(text.encode())
    assert loaded["PayloadType"] == "Configuration" and loaded["PayloadVersion"] == 1
    payloads = loaded["PayloadContent"]
    uuids = [loaded["PayloadUUID"]] + [one["PayloadUUID"] for one in payloads]
    assert len(set(uuids)) == len(uuids)
    for one in uuids:
        assert re.fullmatch(r"[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}", one)
    for one in payloads:
        assert one["PayloadIdentifier"].startswith(loaded["PayloadIdentifier"] + ".")
        assert one["PayloadVersion"] == 1 and one["PayloadDisplayName"]
    return loaded, payloads


def types(payloads):
    return [one["PayloadType"] for one in payloads]


@pytest.mark.parametrize("legacy", [False, True])
def test_profile_for_macos(ca, tmp_path, legacy):
    sites = (URL + "/team", URL, "https://other.example.test:8443")
    text = ca.client("macos", "ada@example.test", *sites, "--password-file", ca.password,
                     *(["--legacy"] if legacy else []))
    loaded, payloads = profile(text)
    assert loaded["PayloadScope"] == "User"
    assert types(payloads) == ["com.apple.security.pkcs12"] + 3 * [
        "com.apple.security.identitypreference"] + ["com.google.Chrome", "com.microsoft.Edge"]
    for one, site in zip(payloads[1:], sites):
        assert one["Name"] == site + "/"
        assert one["PayloadCertificateUUID"] == payloads[0]["PayloadUUID"]
    for one in payloads[4:]:
        found = entries(one["AutoSelectCertificateForUrls"])
        assert [entry["pattern"] for entry in found] == [
            URL + ":443", "https://other.example.test:8443"]
        assert found[0]["filter"] == {"ISSUER": ISSUER, "SUBJECT": NAMES}
    check_pkcs12(ca, payloads[0]["PayloadContent"], "ada@example.test", tmp_path, legacy)


def check_pkcs12(ca, data, name, tmp_path, legacy=False):
    (tmp_path / "a.p12").write_bytes(data)
    words = ["openssl", "pkcs12", "-in", str(tmp_path / "a.p12"), "-nodes", *(["-legacy"] if legacy else []),
             "-info"]
    done = subprocess.run([*words, "-passin", "pass:" + PASSWORD], capture_output=True, text=True,
                          check=True)
    assert ("3-KeyTripleDES" in done.stderr) == legacy
    assert subprocess.run([*words, "-passin", "pass:wrong"], capture_output=True,
                          check=False).returncode != 0
    key, cert, chain = pkcs12.load_key_and_certificates(data, PASSWORD.encode())
    assert cert == ca.cert(name)
    assert key.public_key().public_numbers() == cert.public_key().public_numbers()
    assert [one.subject for one in chain] == [cert.issuer]


def test_profile_for_ios(ca, tmp_path):
    text = ca.client("ios", "laptop", URL, "--trust-ca", "--password-file", ca.password)
    loaded, payloads = profile(text)
    assert "PayloadScope" not in loaded
    assert types(payloads) == ["com.apple.security.pkcs12", "com.apple.security.root"]
    with open(ca.path("root.crt"), "rb") as root:
        assert x509.load_der_x509_certificate(
            payloads[1]["PayloadContent"]) == x509.load_pem_x509_certificate(root.read())
    check_pkcs12(ca, payloads[0]["PayloadContent"], "laptop", tmp_path)


def test_profile_to_carry(ca, tmp_path):
    files = carried(ca, tmp_path / "kit", "macos", "laptop", URL, "--password-file", ca.password)
    assert set(files) == {"laptop.mobileconfig", "undo.txt"}
    loaded, _ = profile(files["laptop.mobileconfig"].decode())
    assert loaded["PayloadIdentifier"] in files["undo.txt"].decode()
    assert files["undo.txt"].decode() == ca.client("macos", "laptop", URL, "--undo")


def test_a_profile_replaces_the_one_before(ca):
    """The renewed certificate for the same sites comes under the same identifier."""
    def loaded(*sites):
        return profile(ca.client("ios", "laptop", *sites, "--password-file", ca.password))[0]
    first, other = loaded(URL), loaded(URL + ":444")
    ca.ok("renew", "laptop")
    again = loaded(URL)
    assert first["PayloadIdentifier"] == again["PayloadIdentifier"] != other["PayloadIdentifier"]
    assert first["PayloadUUID"] != again["PayloadUUID"]


def test_modes_of_a_directory_to_carry(ca, tmp_path):
    kit = tmp_path / "kit"
    said = ca.client("--out", str(kit), "git", "laptop", URL, "--trust-ca")
    modes = {name: stat.S_IMODE(os.stat(kit / name).st_mode) for name in os.listdir(kit)}
    assert modes == {"laptop.pem": 0o600, "root.crt": 0o644, "install.sh": 0o700, "undo.sh": 0o700}
    assert stat.S_IMODE(os.stat(kit).st_mode) == 0o700
    assert sorted(said.split()) == sorted(str(kit / name) for name in modes)
    assert (kit / "laptop.pem").read_bytes() == open(ca.file("laptop"), "rb").read()
    for name in modes:
        assert ca.dir not in (kit / name).read_text(), "nothing points back to the authority"


def test_an_existing_directory_is_refused(ca, tmp_path):
    (tmp_path / "kit").mkdir()
    assert "already exists" in ca.client("--out", str(tmp_path / "kit"), "git", "laptop", URL, code=1)
    assert os.listdir(tmp_path / "kit") == []
    os.symlink(tmp_path / "elsewhere", tmp_path / "link")
    ca.client("--out", str(tmp_path / "link"), "git", "laptop", URL, code=1)
    assert not (tmp_path / "elsewhere").exists()


def test_nothing_is_left_of_what_failed(ca, tmp_path):
    ca.client("--out", str(tmp_path / "kit"), "windows", "nameless", URL, "--password-file",
              ca.password, code=1)
    assert not (tmp_path / "kit").exists()


def test_json(ca, tmp_path):
    said = json.loads(ca.client("git", "laptop", URL + "/", URL + ":443/team", "--json"))
    assert said["program"] == "git" and said["sites"] == [URL, URL + "/team"]
    assert said["install"] == ca.client("git", "laptop", URL, URL + "/team")
    assert said["undo"] == ca.client("git", "laptop", URL, URL + "/team", "--undo")
    assert int(said["certificate"]["serial"], 16) == ca.cert("laptop").serial_number
    said = json.loads(ca.client("git", "laptop", URL, "--json", "--out", str(tmp_path / "kit")))
    assert sorted(said["files"]) == sorted(os.listdir(said["directory"]))
    assert "install" not in json.loads(ca.client("git", "laptop", URL, "--json", "--undo"))


def test_json_of_a_path_that_has_none(ca, tmp_path):
    """The script says which file: in JSON it would be another one."""
    other = Authority(tmp_path, start=False)
    other.dir = os.path.join(tmp_path, os.fsdecode(b"a\xff"))
    shutil.copytree(ca.dir, other.dir)
    words = [YETT, "client", "--dir", other.dir, "git", "laptop", URL]
    said = subprocess.run([*words, "--json"], capture_output=True, check=False)
    assert said.returncode == 1 and said.stdout == b"" and b"not UTF-8" in said.stderr
    said = subprocess.run(words, capture_output=True, check=True)
    assert b"/a\xff/live/laptop.pem'" in said.stdout


@pytest.mark.parametrize("args, code, says", [
    (("git", "lost", URL), 1, "is revoked"),
    (("git", "nobody", URL), 1, "no certificate named"),
    (("git", "www.example.test", URL), 1, "is a server certificate"),
    (("git", "intermediate", URL), 1, "no certificate named"),
    (("windows", "nameless", URL), 1, "no CN, L, O or OU"),
    (("git", "laptop"), 2, "a program, a name and a URL"),
    (("svn", "laptop", URL), 2, "unknown program"),
    (("curl", "laptop", URL, "--local"), 2, "--local works with git only"),
    (("chrome", "laptop", URL, "--policy"), 2, "--policy works with firefox only"),
    (("git", "laptop", URL, "--legacy"), 2, "no"),
    (("windows", "laptop", URL, "--password-file", "x"), 2, "PKCS#12"),
    (("git", "laptop", URL, "--undo", "--out", "x"), 2, "--undo cannot be used with --out"),
    (("git", "laptop", "http://www.example.test"), 2, "does not start with"),
    (("git", "laptop", "https://*.example.test"), 2, "wildcard"),
    (("git", "laptop", "https://me@example.test"), 2, "user name"),
    (("git", "laptop", URL, "https://a'b/"), 2, "is not a host name"),
])
def test_refused(ca, args, code, says):
    assert says in ca.client(*args, code=code)


def test_a_key_that_was_never_here(ca, tmp_path):
    subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-subj", "/CN=own", "-keyout", tmp_path / "key", "-out", tmp_path / "csr"],
                   check=True, capture_output=True)
    ca.ok("issue", "machine", "own", "--csr", str(tmp_path / "csr"))
    assert "no key for" in ca.client("git", "own", URL, code=1)


@pytest.mark.parametrize("change, says", [
    ("not_after = unixepoch() - 1", "expired"), ("not_before = unixepoch() + 60", "not valid before")])
def test_not_valid_now(ca, tmp_path, change, says):
    other = Authority(tmp_path, start=False)
    shutil.copytree(ca.dir, other.dir)
    other.client("git", "laptop", URL)
    other.sql(f"UPDATE certificate SET {change} WHERE name = 'laptop'")
    assert says in other.client("git", "laptop", URL, code=1)


def test_completion(ca):
    assert complete(ca, "client", "cu") == ["curl"]
    assert complete(ca, "client", "--dir", ca.dir, "--undo", "wind") == ["windows"]
    assert complete(ca, "client", "git", "lap") == ["laptop"]
    assert complete(ca, "client", "--out", "x", "git", "lap") == ["laptop"]
    assert complete(ca, "client", "git", "laptop", "h") == []
    assert complete(ca, "client", "git", "--tr") == ["--trust-ca"]
    assert complete(ca, "client", "firefox", "laptop", "--po") == ["--policy"]


def test_manual(ca):
    """Every option and program that the help names stands in the manual page."""
    page = os.path.join(ROOT, "man", "yett-client.1")
    with open(page, encoding="utf-8") as text:
        manual = text.read()
    said = subprocess.run([YETT, "client", "--help"], capture_output=True, text=True, check=True).stdout
    options, programs = (re.findall(pattern, said, re.M) for pattern in (
        r"^  --([a-z0-9-]+)", r"^  ([a-z]+)  ", ))
    assert "undo" in options and "git" in programs
    for option in options:
        assert f"Fl -{option}" in manual, option
    for program in programs:
        assert re.search(rf"^\.Ss (\w+ , )*{program}\b", manual, re.M), program
