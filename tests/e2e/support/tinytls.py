# SPDX-License-Identifier: Apache-2.0
"""A TLS 1.3 client (RFC 8446) that offers what no library would: any cipher suites, any groups.

It knows TLS_AES_128_GCM_SHA256 and X25519, believes every server, and shows no certificate.
"""

import hashlib
import hmac
import os
import socket
import struct

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

SUITE, X25519 = 0x1301, 0x001D
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
FINISHED = 20
RECORD_MAX = 16384


def vector(size, data):
    return len(data).to_bytes(size, "big") + data


def numbers(values):
    return vector(2, b"".join(struct.pack(">H", v) for v in values))


def extension(kind, data):
    return struct.pack(">H", kind) + vector(2, data)


def digest(data):
    return hashlib.sha256(data).digest()


def extract(salt, secret):
    return hmac.new(salt, secret, hashlib.sha256).digest()


def expand(secret, label, context, size):
    """HKDF-Expand-Label, for at most one block."""
    info = struct.pack(">H", size) + vector(1, b"tls13 " + label) + vector(1, context)
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:size]


class Direction:
    """The keys of one direction."""

    def __init__(self, secret):
        self.aead = AESGCM(expand(secret, b"key", b"", 16))
        self.iv = int.from_bytes(expand(secret, b"iv", b"", 12), "big")
        self.number = 0

    def nonce(self):
        nonce = (self.iv ^ self.number).to_bytes(12, "big")
        self.number += 1
        return nonce

    def seal(self, kind, data):
        head = struct.pack(">BHH", DATA, 0x0303, len(data) + 17)
        return head + self.aead.encrypt(self.nonce(), data + bytes([kind]), head)

    def open(self, head, body):
        plain = self.aead.decrypt(self.nonce(), body, head).rstrip(b"\0")
        return plain[-1], plain[:-1]


class Client:
    """One connection, ready for send() and recv(). `suites` and `groups` are offered first."""

    def __init__(self, port, suites=(), groups=()):
        self.sock = socket.create_connection(("127.0.0.1", port), 20)
        self.input, self.messages, self.transcript = b"", b"", b""
        self.reader = self.writer = None
        key = X25519PrivateKey.generate()
        self._say(1, self._hello(key, list(suites) + [SUITE], list(groups) + [X25519]))
        self._agree(key, self._hear())
        while self._hear()[0] != FINISHED:
            pass
        self._finish()

    @staticmethod
    def _hello(key, suites, groups):
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        share = struct.pack(">H", X25519) + vector(2, public)
        extensions = (extension(10, numbers(groups)) + extension(13, numbers([0x0403, 0x0804]))
                      + extension(43, b"\2\3\4") + extension(51, vector(2, share)))
        return (b"\3\3" + os.urandom(32) + b"\0" + numbers(suites) + b"\1\0"
                + vector(2, extensions))

    # -- handshake -------------------------------------------------------------------------------

    def _say(self, kind, body):
        message = bytes([kind]) + vector(3, body)
        self.transcript += message
        for at in range(0, len(message), RECORD_MAX):
            part = message[at:at + RECORD_MAX]
            self.sock.sendall(self.writer.seal(HANDSHAKE, part) if self.writer else
                              struct.pack(">BH", HANDSHAKE, 0x0301) + vector(2, part))

    def _hear(self):
        """The next handshake message: its type and body."""
        while len(self.messages) < 4 or len(self.messages) < 4 + self._size():
            kind, data = self._record()
            assert kind == HANDSHAKE, (kind, data)
            self.messages += data
        message, self.messages = (self.messages[:4 + self._size()],
                                  self.messages[4 + self._size():])
        self.transcript += message
        return message[0], message[4:]

    def _size(self):
        return int.from_bytes(self.messages[1:4], "big")

    def _secret(self, secret, label, context=None):
        return expand(secret, label, digest(self.transcript if context is None else context), 32)

    def _agree(self, key, hello):
        peer = hello[1].split(struct.pack(">HHHH", 51, 36, X25519, 32))[1][:32]
        shared = key.exchange(X25519PublicKey.from_public_bytes(peer))
        early = extract(bytes(32), bytes(32))
        self.secret = extract(self._secret(early, b"derived", b""), shared)
        self.finished_by = self._secret(self.secret, b"c hs traffic")
        self.writer = Direction(self.finished_by)
        self.reader = Direction(self._secret(self.secret, b"s hs traffic"))

    def _finish(self):
        master = extract(self._secret(self.secret, b"derived", b""), bytes(32))
        reads, writes = (self._secret(master, label) for label in (b"s ap traffic", b"c ap traffic"))
        self._say(FINISHED, extract(expand(self.finished_by, b"finished", b"", 32),
                                    digest(self.transcript)))
        self.reader, self.writer = Direction(reads), Direction(writes)

    # -- records ---------------------------------------------------------------------------------

    def _take(self, size):
        while len(self.input) < size:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self.input += data
        data, self.input = self.input[:size], self.input[size:]
        return data

    def _record(self):
        while True:
            head = self._take(5)
            body = self._take(struct.unpack(">H", head[3:])[0])
            if head[0] == DATA and self.reader:
                return self.reader.open(head, body)
            if head[0] != CHANGE_CIPHER_SPEC:
                return head[0], body

    # -- what is like a socket -------------------------------------------------------------------

    def sendall(self, data):
        for at in range(0, len(data), RECORD_MAX):
            self.sock.sendall(self.writer.seal(DATA, data[at:at + RECORD_MAX]))

    def recv(self, size):
        """One record's bytes, whatever `size` is; b"" at the end."""
        try:
            while True:
                kind, data = self._record()
                if kind == DATA:
                    return data
                if kind == ALERT:
                    return b""
        except EOFError:
            return b""

    def close(self):
        self.sock.close()
