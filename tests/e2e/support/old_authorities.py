# SPDX-License-Identifier: Apache-2.0
"""Certificate authorities as other programs keep them, made by those programs."""

import os
import re
import shutil
import subprocess

ROOT_PASSPHRASE = "the root's old passphrase"
ISSUER_PASSPHRASE = "the intermediate's old passphrase"

CONFIG = """
[ca]
default_ca = CA_default

[CA_default]
dir = @DIR@
certs = $dir/certs
crl_dir = $dir/crl
new_certs_dir = $dir/newcerts
database = $dir/index.txt
serial = $dir/serial
private_key = $dir/private/@NAME@.key.pem
certificate = $dir/certs/@NAME@.cert.pem
crlnumber = $dir/crlnumber
crl = $dir/crl/@NAME@.crl.pem
crl_extensions = crl_ext
default_crl_days = 30
default_days = 375
default_md = sha256
unique_subject = no
policy = anything
copy_extensions = copy

[anything]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = supplied
emailAddress = optional

[req]
distinguished_name = dn
string_mask = utf8only

[dn]

[v3_ca]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer
basicConstraints = critical, CA:true
keyUsage = critical, digitalSignature, cRLSign, keyCertSign

[v3_intermediate_ca]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always,issuer
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, digitalSignature, cRLSign, keyCertSign

[usr_cert]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer
keyUsage = critical, nonRepudiation, digitalSignature, keyEncipherment
extendedKeyUsage = clientAuth, emailProtection

[server_cert]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid,issuer:always
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = serverAuth

[plain]
basicConstraints = CA:FALSE

[crl_ext]
authorityKeyIdentifier = keyid:always
"""


CA_PL = "/usr/lib/ssl/misc/CA.pl"
EASY_RSA = "/usr/share/easy-rsa/easyrsa"


def call(*words, cwd=None, data=None, env=None):
    done = subprocess.run(words, cwd=cwd, input=data, text=True, capture_output=True, check=False,
                          timeout=120, env={**os.environ, **(env or {})})
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def write(path, text):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)


def read(path):
    with open(path, encoding="utf-8") as text:
        return text.read()


def verdict(path, root, lists, *untrusted):
    """OpenSSL's, with lists for every level: OK, or the numbers of its errors."""
    words = ["openssl", "verify", "-CAfile", root, "-crl_check_all", "-CRLfile", lists]
    for extra in untrusted:
        words += ["-untrusted", extra]
    done = subprocess.run([*words, path], text=True, capture_output=True, check=False, timeout=60)
    said = done.stdout + done.stderr
    return "OK" if done.returncode == 0 else sorted(re.findall(r"error (\d+) at", said))


class Level:
    """One directory of `openssl ca`, with the folders and the names of the common instructions."""

    def __init__(self, directory, name, passphrase):
        self.dir = str(directory)
        self.name = name
        self.passphrase = passphrase
        for folder in ("certs", "crl", "csr", "newcerts", "private"):
            os.makedirs(self.path(folder))
        write(self.path("index.txt"), "")
        write(self.path("serial"), "1000\n")
        write(self.path("crlnumber"), "1000\n")
        self.config = self.path("openssl.cnf")
        write(self.config, CONFIG.replace("@DIR@", self.dir).replace("@NAME@", name))
        call("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-aes256", "-pass", f"pass:{passphrase}", "-out", self.key)

    def path(self, *name):
        return os.path.join(self.dir, *name)

    @property
    def key(self):
        return self.path("private", f"{self.name}.key.pem")

    @property
    def cert(self):
        return self.path("certs", f"{self.name}.cert.pem")

    @property
    def crl(self):
        return self.path("crl", f"{self.name}.crl.pem")

    def ca(self, *words):
        return call("openssl", "ca", "-batch", "-config", self.config, "-passin",
                    f"pass:{self.passphrase}", *words)

    def request(self, name, subject, *more, nodes=True):
        key = self.path("private", f"{name}.key.pem")
        csr = self.path("csr", f"{name}.csr.pem")
        call("openssl", "req", "-config", self.config, "-new", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-keyout", key, "-subj", subject, "-out", csr,
             *(["-nodes"] if nodes else ["-passout", "pass:its own passphrase"]), *more)
        return csr

    def sign(self, name, csr, extensions, *more):
        out = self.path("certs", f"{name}.cert.pem")
        self.ca("-extensions", extensions, "-notext", "-in", csr, "-out", out, *more)
        return out

    def issue(self, name, subject, extensions="usr_cert", *more, san=None, nodes=True):
        extra = ["-addext", f"subjectAltName={san}"] if san else []
        return self.sign(name, self.request(name, subject, *extra, nodes=nodes), extensions, *more)

    def revoke(self, name, *words):
        self.ca("-revoke", self.path("certs", f"{name}.cert.pem"), *words)

    def gencrl(self):
        self.ca("-gencrl", "-out", self.crl)


class Tutorial:
    """Root and intermediate, each with its openssl.cnf, the intermediate inside the root's."""

    def __init__(self, top):
        self.top = str(top)
        self.dir = os.path.join(self.top, "old")
        self.root = Level(self.dir, "ca", ROOT_PASSPHRASE)
        call("openssl", "req", "-config", self.root.config, "-key", self.root.key, "-new", "-x509",
             "-days", "7300", "-sha256", "-extensions", "v3_ca", "-passin",
             f"pass:{ROOT_PASSPHRASE}", "-subj", "/C=CH/O=Example/CN=Example Root", "-out",
             self.root.cert)
        self.issuer = Level(os.path.join(self.dir, "intermediate"), "intermediate",
                            ISSUER_PASSPHRASE)
        csr = self.issuer.path("csr", "intermediate.csr.pem")
        call("openssl", "req", "-config", self.issuer.config, "-new", "-sha256", "-key",
             self.issuer.key, "-passin", f"pass:{ISSUER_PASSPHRASE}", "-subj",
             "/C=CH/O=Example/CN=Example Intermediate", "-out", csr)
        self.root.ca("-extensions", "v3_intermediate_ca", "-days", "3650", "-notext", "-in", csr,
                     "-out", self.issuer.cert)
        self.chain = self.issuer.path("certs", "ca-chain.cert.pem")
        write(self.chain, read(self.issuer.cert) + read(self.root.cert))
        self.passphrases = os.path.join(self.top, "old-passphrases")
        write(self.passphrases, ROOT_PASSPHRASE + "\n" + ISSUER_PASSPHRASE + "\n")

    def fill(self):
        """Every kind of line that an index has."""
        ca = self.issuer
        ca.issue("www.example.test", "/C=CH/O=Example/CN=www.example.test", "server_cert",
                 san="DNS:www.example.test")
        ca.issue("laptop", "/O=Example/OU=Machines/CN=laptop")
        ca.issue("bob", "/O=Example/CN=Bob Example/emailAddress=bob@example.test", san=None)
        ca.issue("mail", "/O=Example/CN=Ada Lovelace", san="email:ada@example.test")
        ca.issue("plain", "/O=Example/CN=plain", "plain")
        ca.issue("sealed", "/O=Example/CN=sealed", nodes=False)
        for name, words in {
                "lost": ("-crl_reason", "keyCompromise"), "gone": (),
                "held": ("-crl_hold", "holdInstructionReject"),
                "leaked": ("-crl_compromise", "20260101000000Z"),
                "replaced": ("-crl_reason", "superseded")}.items():
            ca.issue(name, f"/O=Example/CN={name}")
            ca.revoke(name, *words)
        ca.issue("old", "/O=Example/CN=old", "usr_cert", "-startdate", "200101000000Z", "-enddate",
                 "210101000000Z")
        ca.ca("-updatedb")
        # Renewed under the same subject, and another subject with the same common name.
        ca.issue("laptop-2", "/O=Example/OU=Machines/CN=laptop")
        ca.issue("other-laptop", "/O=Elsewhere/CN=laptop")
        # The root has issued to others as well, and revoked one of them.
        self.root.issue("direct", "/O=Example/CN=direct")
        self.root.issue("direct-lost", "/O=Example/CN=direct-lost")
        self.root.revoke("direct-lost", "-crl_reason", "cessationOfOperation")
        self.root.issue("twin", "/O=Example/CN=twin")  # the serial number of Ada's
        self.gencrl()

    def gencrl(self):
        self.root.gencrl()
        self.issuer.gencrl()

    def lists(self):
        path = os.path.join(self.top, "old-lists.pem")
        write(path, read(self.root.crl) + read(self.issuer.crl))
        return path

    def certs(self):
        """All that were issued, from where `openssl ca` keeps them."""
        return [level.path("newcerts", name) for level in (self.root, self.issuer)
                for name in sorted(os.listdir(level.path("newcerts")))]


PLAIN = """
[default]
name = @NAME@
home = .

[ca]
default_ca = ca_default

[ca_default]
database = $home/db/index
serial = $home/db/serial
crlnumber = $home/db/crlnumber
certificate = $home/$name.crt
private_key = $home/private/$name.key
new_certs_dir = $home/certs
default_days = 365
default_crl_days = 30
default_md = sha256
policy = anything

[anything]
organizationName = optional
commonName = supplied

[req]
distinguished_name = dn

[dn]

[ca_ext]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash

[client_ext]
basicConstraints = critical, CA:false
extendedKeyUsage = clientAuth
"""


class Siblings:
    """root-ca/ and sub-ca/ beside each other: `db/`, no `dir` in NAME.conf, whose paths count from
    where the commands run, random serial numbers, and a root that is in its own index."""

    def __init__(self, top):
        self.top = str(top)
        self.root = self.level("root-ca")
        self.sub = self.level("sub-ca")
        self.sign("root-ca", "root-ca.csr", "ca_ext", "root-ca.crt", "-selfsign")
        self.sign("root-ca", "../sub-ca/sub-ca.csr", "ca_ext", "../sub-ca/sub-ca.crt")
        for name in ("laptop", "lost"):
            self.run(self.sub, "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout",
                     f"private/{name}.key", "-subj", f"/O=Example/CN={name}", "-out", f"{name}.csr",
                     "-config", "sub-ca.conf")
            self.sign("sub-ca", f"{name}.csr", "client_ext", f"{name}.crt")
        self.run(self.sub, "ca", "-config", "sub-ca.conf", "-revoke", "lost.crt", "-crl_reason",
                 "superseded")

    def run(self, directory, *words):
        call("openssl", *words, cwd=directory)

    def level(self, name):
        directory = os.path.join(self.top, name)
        for folder in ("certs", "db", "private"):
            os.makedirs(os.path.join(directory, folder))
        write(os.path.join(directory, "db", "index"), "")
        write(os.path.join(directory, "db", "crlnumber"), "1001\n")
        self.run(directory, "rand", "-hex", "-out", "db/serial", "16")
        write(os.path.join(directory, name + ".conf"), PLAIN.replace("@NAME@", name))
        self.run(directory, "req", "-new", "-config", name + ".conf", "-newkey", "rsa:2048",
                 "-nodes", "-keyout", f"private/{name}.key", "-subj", f"/O=Example/CN={name}",
                 "-out", name + ".csr")
        return directory

    def sign(self, name, csr, extensions, out, *more):
        self.run(os.path.join(self.top, name), "ca", "-batch", "-notext", "-config", name + ".conf",
                 "-in", csr, "-extensions", extensions, "-out", out, *more)


def demo_ca(top):
    """What OpenSSL's CA.pl makes: demoCA/, configured by the system's openssl.cnf, and files beside
    it. The key has no passphrase."""
    directory = os.path.join(str(top), "demo")
    os.mkdir(directory)
    subject = "-subj /C=AU/ST=Some-State/O=Demo/CN="
    call(CA_PL, "-newca", "-extra-req", f"{subject}Demo_CA -nodes", cwd=directory, data="\n")
    for name in ("laptop", "lost"):
        call(CA_PL, "-newreq-nodes", "-extra-req", subject + name, cwd=directory)
        call(CA_PL, "-sign", cwd=directory, data="y\ny\n")
        for kind in ("cert", "key", "req"):
            shutil.move(os.path.join(directory, f"new{kind}.pem"),
                        os.path.join(directory, f"{name}.{kind}.pem"))
    call(CA_PL, "-revoke", "lost.cert.pem", "keyCompromise", cwd=directory)
    call(CA_PL, "-crl", cwd=directory)
    return directory


def easy_rsa(top):
    """A PKI of easy-rsa, without a passphrase; lost.crt is what was revoked."""
    directory = os.path.join(str(top), "vpn")
    os.mkdir(directory)
    env = {"EASYRSA_BATCH": "1", "EASYRSA_ALGO": "ec", "EASYRSA_CURVE": "prime256v1"}
    for words in (("init-pki",), ("build-ca", "nopass"),
                  ("build-server-full", "vpn.example.test", "nopass"),
                  ("build-client-full", "laptop", "nopass"),
                  ("build-client-full", "lost", "nopass")):
        call(EASY_RSA, *words, cwd=directory, env=env)
    shutil.copy(os.path.join(directory, "pki", "issued", "lost.crt"), directory)
    for words in (("revoke", "lost", "superseded"), ("gen-crl",)):
        call(EASY_RSA, *words, cwd=directory, env=env)
    return directory
