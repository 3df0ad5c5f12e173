# SPDX-License-Identifier: Apache-2.0
"""The throw-away certificates, keys and revocation lists that the tests use.

`Pki(directory)` writes everything once; files are named after what is right or wrong with them:

    root.crt inter.crt ca.crt          the trusted root, its intermediate, both in one file
    foreign.crt                        a root that nobody trusts
    twin-ca.crt                        a root and intermediate with the trusted names and other keys
    other-ca.crt                       a second trusted root, for servers that ask for another CA
    NAME.crt NAME.key                  a certificate followed by its chain, and its key
    all.crl only-inter.crl ...         lists; see `_lists`
"""

import datetime
import ipaddress
import os
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

PASSWORD = b"open sesame"


def utc_now():
    """Without a time zone, as certificates have it."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


# An hour ago: whole days from it do not end during the tests, when two looks at the days that are
# left would differ.
NOW = utc_now().replace(microsecond=0) - datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)


def name(*parts):
    """A subject: each part is (oid, text), or a list of such pairs for a multi-valued RDN."""
    rdns = []
    for part in parts:
        pairs = part if isinstance(part, list) else [part]
        rdns.append(x509.RelativeDistinguishedName([x509.NameAttribute(o, t) for o, t in pairs]))
    return x509.Name(rdns)


def simple(cn, org="Yett Test"):
    return name((NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, org),
                (NameOID.COMMON_NAME, cn))


CLIENT_SUBJECTS = {
    "good": simple("good machine"),
    "second": simple("second machine"),
    "revoked": simple("revoked machine"),
    "expired": simple("expired machine"),
    "notyet": simple("not yet machine"),
    "serveronly": simple("server only"),
    "rsa": simple("rsa machine"),
    "utf8": name((NameOID.COUNTRY_NAME, "DE"), (NameOID.ORGANIZATION_NAME, "Käse & Söhne"),
                 (NameOID.COMMON_NAME, "Jürgen Groß 株式会社 🔒")),
    "multi": name((NameOID.COUNTRY_NAME, "DE"),
                  [(NameOID.COMMON_NAME, "multi machine"), (NameOID.USER_ID, "u123")],
                  (NameOID.ORGANIZATIONAL_UNIT_NAME, "Ops"),
                  (NameOID.ORGANIZATIONAL_UNIT_NAME, "Night")),
    "special": name((NameOID.ORGANIZATION_NAME, 'Comma, Plus+ "Quote" <angle>; back\\slash'),
                    (NameOID.COMMON_NAME, "#hash /slash/CN=fake,CN=fake = ")),
    "email": name((NameOID.DOMAIN_COMPONENT, "test"), (NameOID.DOMAIN_COMPONENT, "example"),
                  (NameOID.STATE_OR_PROVINCE_NAME, "Bayern"), (NameOID.LOCALITY_NAME, "Fürth"),
                  (NameOID.SERIAL_NUMBER, "0042"), (NameOID.GIVEN_NAME, "Eve"),
                  (NameOID.SURNAME, "Example"), (NameOID.TITLE, "Dr."),
                  (NameOID.COMMON_NAME, "eve"),
                  (NameOID.EMAIL_ADDRESS, "eve@example.test")),
    "oid": name((x509.ObjectIdentifier("1.3.6.1.4.1.55555.7"), "private attribute"),
                (NameOID.COMMON_NAME, "oid machine")),
    "space": name((NameOID.COMMON_NAME, " leading and trailing ")),
    "newline": name((NameOID.COMMON_NAME, "line\nbreak\tand\x7fdelete")),
    "empty": x509.Name([]),
    "byroot": simple("issued by the root"),
}

SERVER_NAMES = {
    "a": ["a.test", "*.a.test"],
    "b": ["b.test", "*.b.test"],
    "front": ["front.test", "localhost", "*.front.test"],
    "backend": ["backend.test", "internal.test"],
}


class Pki:
    def __init__(self, directory):
        self.dir = str(directory)
        os.makedirs(self.dir, exist_ok=True)
        self._authorities()
        self._clients()
        self._servers()
        self._lists()
        self._extras()

    def path(self, filename):
        return os.path.join(self.dir, filename)

    # -- issuing ---------------------------------------------------------------------------------

    @staticmethod
    def new_key(kind="ec"):
        if kind == "rsa":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return ec.generate_private_key(ec.SECP256R1())

    def issue(self, subject, issuer=None, *, ca=False, path_length=None, eku=None, names=(),
              start=None, end=None, kind="ec", serial=None, key=None, aki=True, ocsp=None):
        """Returns (certificate, key); issuer is such a pair, or None for self-signed."""
        key = key or self.new_key(kind)
        sign_with = issuer[1] if issuer else key
        issuer_name = issuer[0].subject if issuer else subject
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer_name)
                   .public_key(key.public_key())
                   .serial_number(serial or x509.random_serial_number())
                   .not_valid_before(start or NOW - DAY).not_valid_after(end or NOW + 30 * DAY)
                   .add_extension(x509.BasicConstraints(ca, path_length), critical=True)
                   .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                                  critical=False))
        if aki:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(sign_with.public_key()), False)
        if ca:
            builder = builder.add_extension(
                x509.KeyUsage(False, False, False, False, False, True, True, False, False),
                critical=True)
        if eku:
            builder = builder.add_extension(x509.ExtendedKeyUsage(eku), critical=False)
        if ocsp:
            builder = builder.add_extension(x509.AuthorityInformationAccess(
                [x509.AccessDescription(AuthorityInformationAccessOID.OCSP,
                                        x509.UniformResourceIdentifier(ocsp))]), critical=False)
        if names:
            alternatives = [x509.IPAddress(ipaddress.ip_address(n)) if n[0].isdigit()
                            else x509.DNSName(n) for n in names]
            builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), False)
        return builder.sign(sign_with, hashes.SHA256()), key

    def issue_client(self, filename, subject=None, issuer=None, **more):
        """A client certificate under the intermediate, written with its chain."""
        pair = self.issue(subject or simple(filename), issuer or self.inter,
                          eku=[ExtendedKeyUsageOID.CLIENT_AUTH], **more)
        chain = [self.inter[0]] if issuer is None else []
        self.write_pair(filename, pair, chain)
        return pair

    def issue_crl(self, filename, issuer, revoked=(), *, start=None, end=None, number=1):
        builder = (x509.CertificateRevocationListBuilder().issuer_name(issuer[0].subject)
                   .last_update(start or NOW - DAY).next_update(end or NOW + 30 * DAY)
                   .add_extension(x509.CRLNumber(number), critical=False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(
                       issuer[1].public_key()), critical=False))
        for pair in revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(pair[0].serial_number)
                .revocation_date(NOW - DAY / 2).build())
        pem = builder.sign(issuer[1], hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        self.write(filename, pem)
        return pem

    # -- writing ---------------------------------------------------------------------------------

    def write(self, filename, *parts):
        with open(self.path(filename), "wb") as out:
            out.write(b"".join(parts))

    @staticmethod
    def pem(cert):
        return cert.public_bytes(serialization.Encoding.PEM)

    def write_pair(self, filename, pair, chain=()):
        self.write(filename + ".crt", self.pem(pair[0]), *[self.pem(c) for c in chain])
        self.write(filename + ".key", pair[1].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        os.chmod(self.path(filename + ".key"), 0o600)

    # -- the set ---------------------------------------------------------------------------------

    def _authority(self, root_cn, inter_cn):
        root = self.issue(simple(root_cn), ca=True, end=NOW + 90 * DAY)
        inter = self.issue(simple(inter_cn), root, ca=True, path_length=0, end=NOW + 60 * DAY)
        return root, inter

    def _authorities(self):
        self.root, self.inter = self._authority("Test Root", "Test Intermediate")
        self.twin_root, self.twin_inter = self._authority("Test Root", "Test Intermediate")
        self.other_root, self.other_inter = self._authority("Other Root", "Other Intermediate")
        self.foreign_root, self.foreign_inter = self._authority("Foreign Root", "Foreign CA")
        for filename, certs in {
                "root.crt": [self.root], "inter.crt": [self.inter],
                "ca.crt": [self.root, self.inter],
                "twin-ca.crt": [self.twin_root, self.twin_inter],
                "other-ca.crt": [self.other_root, self.other_inter],
                "both-ca.crt": [self.root, self.inter, self.other_root, self.other_inter],
                "foreign.crt": [self.foreign_root, self.foreign_inter]}.items():
            self.write(filename, *[self.pem(c[0]) for c in certs])

    def _clients(self):
        odd = {"expired": {"start": NOW - 20 * DAY, "end": NOW - 2 * DAY},
               "notyet": {"start": NOW + 2 * DAY, "end": NOW + 20 * DAY},
               "rsa": {"kind": "rsa", "serial": 1},
               "second": {"serial": 0x00ABCDEF0123456789}}
        self.client = {}
        for filename, subject in CLIENT_SUBJECTS.items():
            usage = ExtendedKeyUsageOID.CLIENT_AUTH
            if filename == "serveronly":
                usage = ExtendedKeyUsageOID.SERVER_AUTH
            issuer = self.root if filename == "byroot" else self.inter
            pair = self.issue(subject, issuer, eku=[usage], **odd.get(filename, {}))
            self.client[filename] = pair
            self.write_pair(filename, pair, [] if filename == "byroot" else [self.inter[0]])
        for filename, issuer in {"foreign": self.foreign_inter, "twin": self.twin_inter,
                                 "other": self.other_inter}.items():
            pair = self.issue(simple(filename + " machine"), issuer,
                              eku=[ExtendedKeyUsageOID.CLIENT_AUTH])
            self.client[filename] = pair
            self.write_pair(filename + "-client", pair, [issuer[0]])
        pair = self.issue(simple("forged machine"), self.twin_inter, aki=False,
                          eku=[ExtendedKeyUsageOID.CLIENT_AUTH])
        self.client["forged"] = pair  # names the trusted CA as its issuer, signed by another key
        self.write_pair("forged", pair)
        pair = self.issue(simple("self machine"))
        self.client["selfsigned"] = pair
        self.write_pair("selfsigned", pair)
        self.write("good-leaf.crt", self.pem(self.client["good"][0]))

    def _servers(self):
        usage = [ExtendedKeyUsageOID.SERVER_AUTH]
        self.server = {}
        for filename, names in SERVER_NAMES.items():
            pair = self.issue(simple(names[0]), self.inter, names=names, eku=usage)
            self.server[filename] = pair
            self.write_pair("srv-" + filename, pair, [self.inter[0]])
        pair = self.issue(simple("front.test"), self.inter, names=["front.test"], eku=usage,
                          kind="rsa")
        self.write_pair("srv-rsa", pair, [self.inter[0]])
        pair = self.issue(simple("backend.test"), self.inter, names=["backend.test"], eku=usage,
                          start=NOW - 20 * DAY, end=NOW - 2 * DAY)
        self.write_pair("srv-expired", pair, [self.inter[0]])
        pair = self.issue(simple("backend.test"), self.inter, names=["backend.test"], eku=usage)
        self.server["revoked"] = pair
        self.write_pair("srv-revoked", pair, [self.inter[0]])
        pair = self.issue(simple("backend.test"), self.foreign_inter, names=["backend.test"],
                          eku=usage)
        self.write_pair("srv-foreign", pair, [self.foreign_inter[0]])
        pair = self.issue(simple("byip"), self.inter, names=["127.0.0.1"], eku=usage)
        self.write_pair("srv-ip", pair, [self.inter[0]])

    def _lists(self):
        gone = [self.client["revoked"], self.server["revoked"]]
        root = self.issue_crl("root.crl", self.root)
        inter = self.issue_crl("only-inter.crl", self.inter, gone)
        fresh = self.issue_crl("inter-empty.crl", self.inter)
        stale = self.issue_crl("inter-stale.crl", self.inter, gone, start=NOW - 9 * DAY,
                               end=NOW - 2 * DAY)
        future = self.issue_crl("inter-future.crl", self.inter, gone, start=NOW + 2 * DAY,
                                end=NOW + 9 * DAY)
        forged = self.issue_crl("inter-forged.crl", self.twin_inter, gone)
        chain = self.issue_crl("root-revokes-inter.crl", self.root, [self.inter])
        self.write("all.crl", root, inter)
        self.write("none-revoked.crl", root, fresh)
        self.write("stale.crl", root, stale)
        self.write("future.crl", root, future)
        self.write("forged.crl", root, forged)
        self.write("inter-revoked.crl", chain, inter)
        self.write("other.crl", self.issue_crl("o1.crl", self.other_root),
                   self.issue_crl("o2.crl", self.other_inter))

    def _extras(self):
        self.write("enc.key", self.server["front"][1].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSWORD)))
        self.write("client-enc.key", self.client["good"][1].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(PASSWORD)))
        self.write("enc.pass", b"wrong one\n", PASSWORD, b"\n")
        self.write("wrong.pass", b"wrong one\nwrong too\n")
        self.write("empty.pem", b"")
        self.write("garbage.pem", b"-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydA==\n"
                   b"-----END CERTIFICATE-----\n")
        self.write("garbage.crl", b"-----BEGIN X509 CRL-----\nbm90IGEgY3Js\n"
                   b"-----END X509 CRL-----\n")
        subprocess.run(["openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
                        "group:ffdhe2048", "-out", self.path("dh.pem")],
                       check=True, capture_output=True)
