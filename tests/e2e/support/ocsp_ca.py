# SPDX-License-Identifier: Apache-2.0
"""A CA whose certificates responders answer for, a server that asks them, and its clients."""

from cryptography.x509.oid import ExtendedKeyUsageOID

from support.ocsp_responder import Responder
from support.pki import simple
from support.rawhttp import ask, tls_context

CLIENT_AUTH = [ExtendedKeyUsageOID.CLIENT_AUTH]


class Ca:
    """A root and a CA below it, each with a responder, and clients that name them."""

    number = 0

    def __init__(self, pki):
        Ca.number += 1
        self.pki, self.prefix = pki, f"ocsp{Ca.number}"
        self.root = pki.issue(simple(f"OCSP Root {Ca.number}"), ca=True)
        self.above = Responder(self.root)
        self.inter = pki.issue(simple(f"OCSP CA {Ca.number}"), self.root, ca=True, path_length=0,
                               ocsp=self.above.url)
        self.responder = Responder(self.inter)
        self.file = self.prefix + "-root.crt"
        pki.write(self.file, pki.pem(self.root[0]))
        self.pairs = {}
        for name in ("good", "gone", "unknown"):
            self.client(name)
        self.responder.revoked.add(self.serial("gone"))
        self.responder.unknown.add(self.serial("unknown"))
        self.client("silent", ocsp=None)
        self.client("https", ocsp="https://127.0.0.1/")
        self.client("refused", ocsp="http://127.0.0.1:1/")
        self.client("named", ocsp="http://ocsp.invalid/")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.responder.down()
        self.above.down()

    def client(self, name, **more):
        more.setdefault("ocsp", self.responder.url)
        pair = self.pki.issue(simple(name), self.inter, eku=CLIENT_AUTH, **more)
        self.pki.write_pair(f"{self.prefix}-{name}", pair, [self.inter[0]])
        self.pairs[name] = pair

    def serial(self, name):
        return self.pairs[name][0].serial_number

    def context(self, name, version=None):
        return tls_context(self.pki, name and f"{self.prefix}-{name}", version)

    def conf(self, mode="on", verify="on", more="", name="ocsp.test"):
        return (f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name {name};"
                f" ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"
                f" ssl_client_certificate @PKI@/{self.file}; ssl_verify_client {verify};"
                f" ssl_protocols TLSv1.2 TLSv1.3; ssl_verify_depth 3; ssl_ocsp {mode}; {more}"
                " error_page 495 496 = @refused;"
                ' location / { return 200 "in|$ssl_client_verify|$ssl_session_reused"; }'
                ' location @refused { return 403 "out|$ssl_client_verify|"; } }\n')

    def visit(self, server, name, version=None, sni="ocsp.test", host=None):
        """(status, $ssl_client_verify)"""
        answer = ask(server.port(), tls=self.context(name, version), sni=sni, host=host or sni,
                     timeout=20)
        return answer.status, (answer.text.split("|") + [""])[1]
