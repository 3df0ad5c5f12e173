# SPDX-License-Identifier: Apache-2.0
"""The lists and leaves of the benchmark, as openssl and cryptography read them."""
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509

sys.path.insert(0, str(Path(__file__).resolve().parent))
import certificates  # noqa: E402
import revocation  # noqa: E402


@pytest.fixture(scope="module")
def certs(tmp_path_factory):
    return certificates.make(tmp_path_factory.mktemp("bench"), "bench.example")


def one_list(path, authority, *arguments):
    with open(path, "wb") as out:
        revocation.list_write(out, authority, *arguments)
    return x509.load_pem_x509_crl(path.read_bytes())


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)


def verify(path, authority):
    return openssl("crl", "-noout", "-in", path, "-CAfile", authority.cert, "-verify").stderr


# Around lengths that take one octet more, around a batch, and one of each fill of the last line.
@pytest.mark.parametrize("count", [0, 1, 2, 3, 7, 1000, revocation.BATCH - 1, revocation.BATCH,
                                   revocation.BATCH + 1, 2 * revocation.BATCH])
def test_openssl_verifies_and_all_entries_are_there(tmp_path, certs, count):
    path = tmp_path / "list.pem"
    made = one_list(path, certs.authorities[0], count, 5)
    assert verify(path, certs.authorities[0]).strip() == "verify OK"
    assert len(made) == count
    assert len({entry.serial_number for entry in made}) == count
    assert {len(revocation.serial_octets(entry.serial_number)) for entry in made} <= {16}
    lines = path.read_text().splitlines()[1:-1]
    assert {len(line) for line in lines[:-1]} <= {64} and 0 < len(lines[-1]) <= 64


def test_another_authority_did_not_sign(tmp_path, certs):
    path = tmp_path / "list.pem"
    one_list(path, certs.authorities[0], 3, 5)
    assert "verify OK" not in verify(path, certs.authorities[1])


def test_the_seed_decides_the_entries(tmp_path, certs):
    first, again, other = ([entry.serial_number for entry in
                            one_list(tmp_path / "list.pem", certs.authorities[0], 100, seed)]
                           for seed in (5, 5, 6))
    assert first == again and not set(first) & set(other)


def test_a_longer_list_is_a_newer_one(tmp_path, certs):
    numbers = [one_list(tmp_path / "list.pem", certs.authorities[0], count, 5)
               .extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
               for count in (0, 127, 128, 1000)]
    assert numbers == [1, 128, 129, 1001]


def test_only_the_revoked_leaf_is_revoked(tmp_path, certs):
    good, revoked = revocation.leaves_make(certs.authorities[0], certs.client.cert, 2)
    path = tmp_path / "lists.pem"
    revocation.lists_make(path, certs.authorities, 1000, [revoked.serial_number])
    assert path.read_text().count("BEGIN X509 CRL") == 2
    (tmp_path / "good.pem").write_text(revocation.leaf_text(good))
    (tmp_path / "revoked.pem").write_text(revocation.leaf_text(revoked))

    def check(name):
        return openssl("verify", "-crl_check_all", "-CAfile", certs.root, "-CRLfile", path,
                       "-untrusted", certs.authorities[0].cert, tmp_path / name)
    assert check("good.pem").returncode == 0
    assert "certificate revoked" in check("revoked.pem").stderr
