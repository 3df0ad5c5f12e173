# SPDX-License-Identifier: Apache-2.0
"""`yett cert show`, and the certificates that are hard to show."""

import datetime
import json
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from support import pki as pki_module
from support.pki import name
from support.servers import REPORTS, YETT, Server

# Subjects that a grammar, a map or a terminal could stumble over.
HOSTILE = {
    "variable": "$request_uri ${host} $1",
    "regex": "~^.*$",
    "word": "default",
    "include": "include /etc/passwd",
    "breakout": '" 1; } map $uri $x { default "',
    "braces": "{ ; } # no comment",
    "backslashes": "\\ \\\\ \\n \\\" \\",
    "quotes": "'\"'\"\"",
    "spaces": "  two before and two behind  ",
    "hash": "#1234",
    "newline": "a\r\n\tb",
    "escape": "\x1b]0;title\x07\x1b[31mred",
    "c1": "\x9b31m",
    "bidi": "\u202egnp.exe\u2066",
    "nul": "good machine\x00.evil",
    "plus": "a+CN=b,c;d<e>f=g",
    "star": "*.example.test",
    "umlaut": "Jürgen 株式会社 🔒",
    "percent": "%0a%22",
    "long": "x" * 64,
}


def run(*args, stdin=None):
    done = subprocess.run([YETT, "cert", "show", *args], capture_output=True, check=False,
                          timeout=60, input=stdin, env=Server.environment())
    err = done.stderr.decode("utf-8", "replace")
    assert not REPORTS.search(err), err
    return done


def text(*args, code=0, stdin=None):
    done = run(*args, stdin=stdin)
    assert done.returncode == code, (args, done.returncode, done.stderr)
    assert done.stderr == b"", done.stderr
    return done.stdout.decode("utf-8")


def show(*args, code=0, stdin=None):
    return json.loads(text(*args, "--json", code=code, stdin=stdin))


def fails(*args, code=1, stdin=None):
    """What it says on standard error; nothing is shown."""
    done = run(*args, stdin=stdin)
    assert done.returncode == code, (args, done.returncode, done.stdout, done.stderr)
    assert done.stdout == b""
    return done.stderr.decode("utf-8")


def values(shown):
    """The variables; what is absent is empty, as a configuration has it."""
    return {key: value or "" for key, value in shown["variables"].items()}


def hostile_pki(pki):
    """Certificates of the trusted CA with those subjects; their names."""
    made = []
    for key, cn in HOSTILE.items():
        filename = "hostile-" + key
        pki.issue_client(filename, name((NameOID.ORGANIZATION_NAME, "Yett Test"),
                                        (NameOID.COMMON_NAME, cn)))
        made.append(filename)
    return made


def issue(pki, filename, extensions=(), subject=None, issuer=None):
    """A certificate with these extensions, (value, critical) each, and no others."""
    key = pki.new_key()
    issuer = issuer or pki.inter
    now = pki_module.NOW
    builder = (x509.CertificateBuilder().subject_name(subject or pki_module.simple(filename))
               .issuer_name(issuer[0].subject).public_key(key.public_key()).serial_number(0xfe01)
               .not_valid_before(now).not_valid_after(now + datetime.timedelta(days=3)))
    for value, critical in extensions:
        builder = builder.add_extension(value, critical)
    pair = builder.sign(issuer[1], hashes.SHA256()), key
    pki.write_pair(filename, pair, [pki.inter[0]])
    return pair


def raw(oid, der):
    return x509.UnrecognizedExtension(ObjectIdentifier(oid), der)


def key_usage(**on):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
             "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")
    return x509.KeyUsage(**{n: on.get(n, False) for n in names})


def der(pair):
    return pair[0].public_bytes(serialization.Encoding.DER)


CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
