# SPDX-License-Identifier: Apache-2.0
"""Revocation lists of every kind, and a server whose lists change while it runs."""

import os
import re

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from support.backend import websocket
from support.pki import DAY, NOW
from support.protocols import connect
from support.rawhttp import UPGRADE, Conn, build, tls_context
from support.servers import wait_for

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


def entry(pair, reason=None):
    builder = (x509.RevokedCertificateBuilder().serial_number(pair[0].serial_number)
               .revocation_date(NOW - DAY / 2))
    if reason:
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    return builder.build()


def make(issuer, revoked=(), number=1, *, base=None, lifted=(), start=None, end=None, more=(),
         key=None, form=PEM):
    """A list of this issuer (signed by `key` if given); with `base` a delta to that number.

    `more`: further extensions, critical.
    """
    key = key or issuer[1]
    builder = (x509.CertificateRevocationListBuilder().issuer_name(issuer[0].subject)
               .last_update(start or NOW - DAY).next_update(end or NOW + 30 * DAY)
               .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                   issuer[1].public_key()), critical=False))
    if number is not None:
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    for extension in more:
        builder = builder.add_extension(extension, critical=True)
    for pair in revoked:
        builder = builder.add_revoked_certificate(entry(pair))
    for pair in lifted:
        builder = builder.add_revoked_certificate(entry(pair, x509.ReasonFlags.remove_from_crl))
    return builder.sign(key, hashes.SHA256()).public_bytes(form)


class Lists:
    """The tests' authorities, and lists of theirs."""

    def __init__(self, pki):
        self.root, self.inter, self.twin = pki.root, pki.inter, pki.twin_inter
        self.gone, self.second = pki.client["revoked"], pki.client["second"]
        self.of_root = make(self.root)

    def of_inter(self, revoked=(), number=1, **more):
        return make(self.inter, revoked, number, **more)

    def bundle(self, revoked=(), number=1, **more):
        return self.of_root + self.of_inter(revoked, number, **more)


def rename_over(path, data):
    with open(path + ".new", "wb") as out:
        out.write(data)
    os.rename(path + ".new", path)


def rewrite(path, data):
    """In place: the same inode."""
    with open(path, "r+b") as out:
        out.write(data)
        out.truncate()


GATE = """
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    @HTTP2@ ssl_session_cache shared:S:1m; ssl_protocols TLSv1.2 TLSv1.3;
    server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/srv-front.crt;
        ssl_certificate_key @PKI@/srv-front.key; ssl_verify_client on; ssl_verify_depth 2;
        ssl_client_certificate @PKI@/@CA@; ssl_crl @DIR@/@CRL@; @MORE@
        location / { return 200 "$ssl_session_reused"; }
        location /up { proxy_pass http://@B@; }
        location /ws { proxy_pass http://@B@; proxy_read_timeout 60s;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; }
    }
"""

IN_FORCE = r"new CRLs of .* are in force"
STAYS = r"the file changed, but the previous CRLs stay in force"


class Gate:
    """A server of clients with certificates whose lists are `name` in its directory."""

    def __init__(self, serve, pki, data, *, name="live.crl", ca="ca.crt", more="", main="",
                 backend=None, config=GATE, start=True):
        self.pki, self.name = pki, name
        if backend:
            backend.on("/ws", websocket)
        self.server = serve(config, start=False, main=main, values={
            "B": backend.address if backend else "127.0.0.1:1", "CA": ca, "CRL": name, "MORE": more})
        if data is not None:
            self.server.write(name, data)
        if start:
            self.server.start()

    @property
    def port(self):
        return self.server.port()

    @property
    def path(self):
        return os.path.join(self.server.dir, self.name)

    def count(self, pattern):
        return len(re.findall(pattern, self.server.log()))

    def after(self, act, pattern):
        """Acts, and waits until the log has said once more what matches; returns that."""
        before = len(self.server.log())
        act()
        try:
            return wait_for(lambda: re.search(pattern, self.server.log()[before:]), 10)[0]
        except AssertionError:
            raise AssertionError(f"no {pattern!r} in {self.server.log()[before:]}") from None

    def swap(self, data, how=rename_over):
        self.after(lambda: how(self.path, data), IN_FORCE)

    def refuses(self, data, says, how=rename_over):
        """Other lists are there, are not taken, and the log says why."""
        taken = self.count(IN_FORCE)
        line = self.after(lambda: how(self.path, data), rf".*{says}.*{STAYS}")
        assert self.count(IN_FORCE) == taken, line

    def test(self):
        """What a test of the configuration says, and whether it passes."""
        done = self.server.run("-t")
        return done.stderr, done.returncode == 0

    def connect(self, cert, version=None, session=None):
        """Over the protocol whose turn it is."""
        return connect(self.port, tls_context(self.pki, cert, version), session=session)

    def status(self, cert, version=None):
        with self.connect(cert, version) as conn:
            return conn.ask().status

    def lets_in(self, *certs):
        for cert in certs:
            assert self.status(cert) == 200, (cert, self.server.tail())

    def keeps_out(self, *certs):
        for cert in certs:
            assert self.status(cert) == 400, (cert, self.server.tail())

    def becomes(self, cert, status, version=None):
        wait_for(lambda: self.status(cert, version) == status, 15, f"{status} for {cert}")

    def tunnel(self, cert, version=None):
        conn = Conn(self.port, tls_context(self.pki, cert, version))
        conn.send(build("GET /ws", UPGRADE))
        assert conn.read().status == 101
        assert echoes(conn)
        return conn


def echoes(conn):
    conn.send(b"hello")
    return conn.take(5) == b"hello"


def change(gate, old, new):
    """Another configuration, by a reload; returns when its generation serves."""
    conf = gate.server.conf.replace(gate.server.expand(old), gate.server.expand(new))
    assert conf != gate.server.conf
    gate.server.configure(conf)
    gate.after(lambda: gate.server.run("-s", "reload", check=True), r"generation process \d+ serves")
