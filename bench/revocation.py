# SPDX-License-Identifier: Apache-2.0
"""Revocation lists of any size, and many clients to look up in them.

A list is written as it is made, some thousand entries at a time: ten million take no more memory
than ten thousand. All entries are equally long, so that every length is known before the first.
"""

import binascii
import hashlib
import random
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

SERIAL = 16  # octets
BATCH = 48 * 1024  # entries made at a time
DAYS = 30
# AlgorithmIdentifier of ecdsa-with-SHA256 (RFC 5758, section 3.2).
ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
# SEQUENCE { r, s } of P-256 has 70, 71 or, seldom, 72 octets and, very seldom, fewer.
SIGNATURE = 71


def _open(authority):
    """Certificate and key of a CA, which is a `certificates.Pair`."""
    key = serialization.load_pem_private_key(authority.key.read_bytes(), None)
    return x509.load_pem_x509_certificate(authority.cert.read_bytes()), key


def _head(tag, length):
    """Tag and length of a DER value (X.690, section 8.1.3)."""
    if length < 0x80:
        return bytes([tag, length])
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets


def _der(tag, *contents):
    content = b"".join(contents)
    return _head(tag, len(content)) + content


def _integer(number):
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _time(moment):
    return _der(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())


def _extension(oid, value):
    return _der(0x30, _der(0x06, bytes.fromhex(oid)), _der(0x04, value))


def _extensions(cert, number):
    """crlExtensions (RFC 5280, sections 5.2.1 and 5.2.3)."""
    key = cert.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    both = (_extension("551d23", _der(0x30, _der(0x80, key))),
            _extension("551d14", _integer(number)))
    return _der(0xA0, _der(0x30, *both))


def _entry(serial, moment):
    return _der(0x30, _der(0x02, serial), _time(moment))


def serial_octets(serial):
    """A serial as it stands in a list; it must be one of sixteen octets."""
    octets = serial.to_bytes(SERIAL, "big")
    if not 0 < octets[0] < 0x80:
        raise ValueError(f"{serial:x} does not take {SERIAL} octets")
    return octets


def _entries(count, seed, moment):
    """`count` entries of random serials, in batches; the same ones for the same seed."""
    template = _entry(bytes(SERIAL), moment)
    at = template.index(bytes(SERIAL))
    # The first octet makes the INTEGER positive and all of it needed (X.690, section 8.3.2).
    positive = bytes(octet & 0x3F | 0x40 for octet in range(256))
    source = random.Random(seed)
    while count > 0:
        batch = min(count, BATCH)
        octets = source.randbytes(batch * SERIAL)
        entries = bytearray(template * batch)
        for i in range(SERIAL):  # column by column: an entry by itself would take fifty times longer
            column = octets[i::SERIAL]
            entries[at + i::len(template)] = column.translate(positive) if i == 0 else column
        yield bytes(entries)
        count -= batch


class _Pem:
    """Writes what it is given as one PEM block of lines of 64 characters (RFC 7468)."""

    LINE = 48  # octets

    def __init__(self, out):
        self.out = out
        self.rest = b""
        out.write(b"-----BEGIN X509 CRL-----\n")

    def write(self, octets):
        octets = self.rest + octets
        whole = len(octets) // self.LINE * self.LINE
        self.rest = octets[whole:]
        text = binascii.b2a_base64(octets[:whole], newline=False)
        self.out.write(b"".join(text[i:i + 64] + b"\n" for i in range(0, len(text), 64)))

    def close(self):
        if self.rest:
            self.out.write(binascii.b2a_base64(self.rest))
        self.out.write(b"-----END X509 CRL-----\n")


def _sign(key, digest):
    """The signature of a digest, drawn until it has the length that was promised."""
    signature = b""
    while len(signature) != SIGNATURE:
        signature = key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
    return signature


def list_write(out, authority, count, seed, revoked=()):
    """Appends the authority's list of `count` entries to a binary file: the serials of `revoked`,
    then random ones. Its CRL number is one more than its entries, so longer lists are newer ones."""
    cert, key = _open(authority)
    now = datetime.now(timezone.utc)
    past = now - timedelta(hours=1)
    first = b"".join(_entry(serial_octets(serial), past) for serial in revoked)
    size = count * len(_entry(bytes(SERIAL), past))
    start = [_integer(1), ECDSA_SHA256, cert.subject.public_bytes(), _time(past),
             _time(now + timedelta(days=DAYS))]
    if count:  # RFC 5280, section 5.1.2.6: absent rather than empty
        start += [_head(0x30, size), first]
    start = b"".join(start)
    end = _extensions(cert, count + 1)
    to_sign = len(start) - len(first) + size + len(end)
    tail = ECDSA_SHA256 + _head(0x03, 1 + SIGNATURE) + b"\0"
    head = _head(0x30, to_sign)
    pem = _Pem(out)
    pem.write(_head(0x30, len(head) + to_sign + len(tail) + SIGNATURE))
    digest = hashlib.sha256()
    for octets in _parts(head + start, _entries(count - len(revoked), seed, past), end):
        digest.update(octets)
        pem.write(octets)
    pem.write(tail + _sign(key, digest.digest()))
    pem.close()


def _parts(first, middle, last):
    yield first
    yield from middle
    yield last


def lists_make(path, authorities, count, revoked=()):
    """A file with a list of each authority: of `count` entries of the first, of none of the rest."""
    part = path.with_suffix(".part")
    with open(part, "wb") as out:
        for authority in authorities[1:]:
            list_write(out, authority, 0, 0)
        list_write(out, authorities[0], count, count, revoked if count else ())
    part.rename(path)


def _leaf(issuer, issuer_key, model, number, serial):
    """The model's twin with another name and serial, and the same key."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "yett bench"),
                      x509.NameAttribute(x509.NameOID.COMMON_NAME, f"client {number:06}")])
    now = datetime.now(timezone.utc)
    builder = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer.subject)
               .public_key(model.public_key()).serial_number(serial)
               .not_valid_before(now - timedelta(hours=1))
               .not_valid_after(now + timedelta(days=DAYS)))
    for extension in model.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder.sign(issuer_key, hashes.SHA256())


def leaves_make(authority, model, count, seed=1):
    """Client certificates on the key of the client certificate in the file `model`. Making a key
    for each would take longer, and a server could not tell the difference."""
    issuer, key = _open(authority)
    model = x509.load_pem_x509_certificate(model.read_bytes())
    source = random.Random(seed)
    # Clear of the first octets of the lists' random serials: nobody is revoked by chance.
    return [_leaf(issuer, key, model, number, source.getrandbits(SERIAL * 8 - 3) | 1 << 120)
            for number in range(count)]


def leaf_text(leaf):
    return leaf.public_bytes(serialization.Encoding.PEM).decode()
