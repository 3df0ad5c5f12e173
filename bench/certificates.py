# SPDX-License-Identifier: Apache-2.0
"""Throw-away certificates: a P-256 root, an intermediate, leaves for a server and its clients."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

EXTENSIONS = """\
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:{name}
authorityKeyIdentifier = keyid
[client]
basicConstraints = CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True)
class Pair:
    """A certificate with the chain below its root, and its key. Both are PEM files."""

    cert: Path
    key: Path


@dataclass(frozen=True)
class Certificates:
    root: Path
    server: Pair
    client: Pair
    stranger: Pair  # a client of another root, which must be refused
    authorities: tuple  # pairs: who issues the leaves, then who issued its certificate: the root


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


class _Authority:
    """A root and its intermediate in a directory of their own."""

    def __init__(self, directory, name):
        directory.mkdir()
        self.directory = directory
        self.extensions = directory / "extensions.cnf"
        self.extensions.write_text(EXTENSIONS.format(name=name))
        self.root = self._issue("root", None, "root")
        self.intermediate = self._issue("intermediate", "root", "intermediate")

    def _issue(self, subject, issuer, section):
        cert, key, request = (self.directory / f"{subject}.{kind}"
                              for kind in ("pem", "key", "csr"))
        _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-subj", f"/O=yett bench/CN={subject}", "-keyout", key, "-out", request)
        signer = (["-signkey", key] if issuer is None else
                  ["-CA", self.directory / f"{issuer}.pem",
                   "-CAkey", self.directory / f"{issuer}.key", "-CAcreateserial"])
        _openssl("x509", "-req", "-in", request, "-days", "30", "-sha256", *signer,
                 "-extfile", self.extensions, "-extensions", section, "-out", cert)
        return Pair(cert, key)

    def leaf(self, section):
        pair = self._issue(section, "intermediate", section)
        chain = self.directory / f"{section}.chain.pem"
        chain.write_text(pair.cert.read_text() + self.intermediate.cert.read_text())
        return Pair(chain, pair.key)


def make(directory, name):
    """Makes everything under `directory`, which must exist; `name` is the server's."""
    ours = _Authority(directory / "ours", name)
    foreign = _Authority(directory / "foreign", name)
    return Certificates(ours.root.cert, ours.leaf("server"), ours.leaf("client"),
                        foreign.leaf("client"), (ours.intermediate, ours.root))
