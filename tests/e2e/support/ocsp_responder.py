# SPDX-License-Identifier: Apache-2.0
"""An OCSP responder: `openssl ocsp` behind a small HTTP server, or answers made to order.

`openssl ocsp -port` listens on all addresses; here it is run once for each question, with the
question in a file, so that everything stays on the loopback. One test starts it as a server.
"""

import base64
import datetime
import http.server
import os
import subprocess
import tempfile
import threading
import time
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

STATUS = {"good": ocsp.OCSPCertStatus.GOOD, "revoked": ocsp.OCSPCertStatus.REVOKED,
          "unknown": ocsp.OCSPCertStatus.UNKNOWN}


def make(pair, issuer, status="good", *, start=-60, end=3600, signer=None, sent=True, padding=0):
    """DER of a response about `pair`; start and end in seconds from now. `padding`: bytes of an unknown extension."""
    now = datetime.datetime.utcnow().replace(microsecond=0)
    later = None if end is None else now + datetime.timedelta(seconds=end)
    signer = signer or issuer
    revoked = now - datetime.timedelta(hours=2) if status == "revoked" else None
    reason = x509.ReasonFlags.key_compromise if status == "revoked" else None
    builder = ocsp.OCSPResponseBuilder().add_response(
        pair[0], issuer[0], hashes.SHA1(), STATUS[status], now + datetime.timedelta(seconds=start),
        later, revoked, reason).responder_id(ocsp.OCSPResponderEncoding.NAME, signer[0])
    if sent:
        builder = builder.certificates([signer[0]])
    if padding:
        value = b"\x04\x82" + padding.to_bytes(2, "big") + bytes(padding)
        builder = builder.add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), value),
                                        critical=False)
    return builder.sign(signer[1], hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class Responder:
    """Answers for the certificates of one CA: those in `revoked` (serial numbers) are, those in
    `unknown` it does not know, all others are good. `answer`, when set, is called with the question
    instead and returns the body, or (status, type, body). `stalled`, when set, is an event: questions
    wait for it."""

    def __init__(self, issuer, minutes=5):
        self.issuer, self.minutes = issuer, minutes
        self.revoked, self.unknown = set(), set()
        self.answer, self.delay, self.asked = None, 0, []
        self.stalled = None
        self.keep = tempfile.TemporaryDirectory(prefix="ye-ocsp-")  # gone with this object
        self.dir = self.keep.name
        self._write("ca.crt", issuer[0].public_bytes(serialization.Encoding.PEM))
        self._write("ca.key", issuer[1].private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        self.server = None
        self.up()

    def up(self, port=0):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):  # nginx asks so (RFC 6960, A.1)
                self.reply(base64.b64decode(urllib.parse.unquote(self.path.lstrip("/"))))

            def do_POST(self):
                assert self.headers["Content-Type"] == "application/ocsp-request"
                self.reply(self.rfile.read(int(self.headers["Content-Length"])))

            def reply(self, body):
                status, kind, data = outer.respond(body)
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Threads(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

        self.server = Threads(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        # `shutdown` waits for the next poll.
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def down(self):
        self.server.shutdown()
        self.server.server_close()

    def respond(self, body):
        question = ocsp.load_der_ocsp_request(body)
        self.asked.append(question.serial_number)
        if self.delay:
            time.sleep(self.delay)
        if self.stalled:
            self.stalled.wait(60)
        if self.answer:
            made = self.answer(question)
            return made if isinstance(made, tuple) else (200, "application/ocsp-response", made)
        return 200, "application/ocsp-response", self._openssl(body, question.serial_number)

    def line(self, serial):
        """Of OpenSSL's index of certificates."""
        hexed = f"{serial:X}"
        hexed = "0" * (len(hexed) % 2) + hexed
        if serial in self.revoked:
            return f"R\t491231235959Z\t251101000000Z,keyCompromise\t{hexed}\tunknown\t/CN=x\n"
        return "" if serial in self.unknown else f"V\t491231235959Z\t\t{hexed}\tunknown\t/CN=x\n"

    def _openssl(self, body, serial):
        """What `openssl ocsp` answers from an index with this one certificate."""
        with tempfile.TemporaryDirectory(dir=self.dir) as where:
            index, request, out = (os.path.join(where, n) for n in ("index", "request", "out"))
            with open(index, "w", encoding="ascii") as text:
                text.write(self.line(serial))
            with open(request, "wb") as data:
                data.write(body)
            subprocess.run(
                ["openssl", "ocsp", "-index", index, "-CA", self.path("ca.crt"), "-rsigner",
                 self.path("ca.crt"), "-rkey", self.path("ca.key"), "-nmin", str(self.minutes),
                 "-reqin", request, "-respout", out], check=True, capture_output=True)
            with open(out, "rb") as data:
                return data.read()

    def path(self, name):
        return os.path.join(self.dir, name)

    def _write(self, name, data):
        with open(self.path(name), "wb") as out:
            out.write(data)
