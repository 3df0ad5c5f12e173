# SPDX-License-Identifier: Apache-2.0
"""Where revocation lists come from: directories, files that vanish, links, accounts, and late issuers."""

import os
import pwd
import shutil

import pytest

from support.protocols import both
from support.lists import DER, IN_FORCE, STAYS, Gate, Lists, make, rename_over, rewrite
from support.pki import ExtendedKeyUsageOID, simple
from support.rawhttp import ask, tls_context

pytestmark = pytest.mark.yett_only("reads lists at a reload only, and from one file")


@pytest.fixture
def lists(pki):
    return Lists(pki)


# -- directories -------------------------------------------------------------------------------------

class Directory(Gate):
    def __init__(self, serve, pki, files, **more):
        super().__init__(serve, pki, None, name="lists", start=False, **more)
        os.mkdir(self.path)
        for name, data in files.items():
            self.put(name, data)
        self.server.start()

    def file(self, name):
        return os.path.join(self.path, name)

    def put(self, name, data):
        rename_over(self.file(name), data)

    def add(self, name, data):
        self.after(lambda: self.put(name, data), IN_FORCE)


def test_a_directory(serve, pki, lists):
    gate = Directory(serve, pki, {"root.crl": lists.of_root, "inter.pem": lists.of_inter(),
                                  "README.txt": b"nothing", ".hidden.crl": b"nothing"})
    gate.lets_in("good", "revoked")
    gate.add("inter.pem", lists.of_inter([lists.gone], 2, form=DER))
    gate.keeps_out("revoked")
    gate.lets_in("good", "second")
    gate.add("1f2e3d4c.r0", lists.of_inter([lists.gone, lists.second], 3))  # the newer one counts
    gate.keeps_out("revoked", "second")
    gate.lets_in("good")


def test_a_file_added_for_an_authority_that_had_none(serve, pki, lists):
    gate = Directory(serve, pki, {"root.crl": lists.of_root})
    gate.server.wait_log(r"\[warn\].*no CRL of .*Test Intermediate")
    gate.keeps_out("good", "revoked")
    gate.add("inter.crl", lists.of_inter([lists.gone]))
    gate.lets_in("good")
    gate.keeps_out("revoked")


def test_a_file_removed(serve, pki, lists):
    """Nobody gets in by it: the newest list that is left must not be older than what was known."""
    gate = Directory(serve, pki, {"root.crl": lists.of_root, "old.crl": lists.of_inter([], 1),
                                  "new.crl": lists.of_inter([lists.gone], 2)})
    gate.keeps_out("revoked")
    gate.lets_in("good")
    gate.after(lambda: os.unlink(gate.file("new.crl")), "older than the one in force.*" + STAYS)
    gate.keeps_out("revoked")
    gate.lets_in("good")
    gate.after(lambda: os.unlink(gate.file("old.crl")), r"\[warn\].*no CRL of .*Test Intermediate")
    gate.keeps_out("revoked", "good")
    gate.lets_in("byroot")


@pytest.mark.parametrize("broken", ["garbage", "forged"])
def test_a_broken_file_added(serve, pki, lists, broken):
    gate = Directory(serve, pki, {"root.crl": lists.of_root, "inter.crl": lists.of_inter()})
    data = {"garbage": b"nothing", "forged": lists.of_inter([], 9, key=lists.twin[1])}[broken]
    gate.after(lambda: gate.put("broken.crl", data), "broken.crl.*" + STAYS)
    gate.lets_in("good", "revoked")
    gate.after(lambda: gate.put("inter.crl", lists.of_inter([lists.gone], 2)), STAYS)
    gate.lets_in("revoked")
    gate.after(lambda: os.unlink(gate.file("broken.crl")), IN_FORCE)
    gate.keeps_out("revoked")
    gate.lets_in("good")


def test_an_empty_directory(serve, pki, lists):
    gate = Directory(serve, pki, {"all.crl": lists.bundle([lists.gone])})
    gate.after(lambda: os.unlink(gate.file("all.crl")), "directory contains no CRL file.*" + STAYS)
    assert not gate.test()[1]
    gate.keeps_out("revoked")
    gate.lets_in("good")
    shutil.rmtree(gate.path)
    gate.keeps_out("revoked")
    gate.lets_in("good")
    os.mkdir(gate.path)
    gate.add("again.crl", lists.bundle([lists.gone, lists.second], 2))
    gate.keeps_out("revoked", "second")
    gate.lets_in("good")


# -- a file that comes and goes ------------------------------------------------------------------------

def test_a_file_vanishes_and_comes_back(serve, pki, lists):
    gate = Gate(serve, pki, lists.bundle([lists.gone], 2))
    gate.after(lambda: os.unlink(gate.path), "No such file.*" + STAYS)
    gate.keeps_out("revoked")
    gate.lets_in("good")
    gate.after(lambda: gate.server.write(gate.name, lists.bundle([lists.second], 3)), IN_FORCE)
    gate.keeps_out("second")
    gate.lets_in("good", "revoked")


@pytest.mark.parametrize("what", ["file", "directory"])
def test_a_link_that_is_turned(serve, pki, lists, what):
    """As a mounted volume is updated: names lead through ..data, which is renamed over."""
    name = "volume/live.crl" if what == "file" else "volume"
    gate = Gate(serve, pki, None, name=name, start=False)
    volume = os.path.join(gate.server.dir, "volume")
    gate.server.write("volume/..1/live.crl", lists.bundle())
    os.symlink("..1", os.path.join(volume, "..data"))
    os.symlink("..data/live.crl", os.path.join(volume, "live.crl"))
    gate.server.start()
    gate.lets_in("good", "revoked")

    def turn(number, revoked):
        gate.server.write(f"volume/..{number}/live.crl", lists.bundle(revoked, number))
        os.symlink(f"..{number}", os.path.join(volume, "..new"))
        os.rename(os.path.join(volume, "..new"), os.path.join(volume, "..data"))
    gate.after(lambda: turn(2, [lists.gone]), IN_FORCE)
    gate.keeps_out("revoked")
    gate.lets_in("good", "second")
    shutil.rmtree(os.path.join(volume, "..1"))
    gate.after(lambda: turn(3, [lists.gone, lists.second]), IN_FORCE)
    gate.keeps_out("revoked", "second")
    gate.lets_in("good")


def test_in_place_with_the_same_times(serve, pki, lists):
    """Same inode, size and modification time, twice: the content counts."""
    gate = Gate(serve, pki, lists.bundle([pki.client["good"]], 1))
    was = os.stat(gate.path)

    def same(path, data):
        rewrite(path, data)
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))
    for number, gone in ((2, "revoked"), (3, "second")):
        gate.swap(lists.bundle([pki.client[gone]], number), same)
        now = os.stat(gate.path)
        assert (now.st_ino, now.st_mtime_ns) == (was.st_ino, was.st_mtime_ns)
        gate.keeps_out(gone)
        gate.lets_in("good")
    gate.lets_in("revoked")


# -- accounts ------------------------------------------------------------------------------------------

@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the account")
@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_lists_that_the_workers_account_cannot_read(serve, pki, lists, mode):
    try:
        pwd.getpwnam("nobody")
    except KeyError:
        pytest.skip("there is no account nobody")
    gate = Gate(serve, pki, lists.bundle([lists.gone]), main="user nobody nogroup;", start=False)
    os.chmod(gate.path, mode)
    gate.server.start()
    says = r"\[warn\].*reading CRL.*take effect only at a reload"
    gate.keeps_out("revoked")
    gate.lets_in("good", "second")
    if mode == 0o600:
        gate.server.wait_log(says)

    def put(path, data):
        rename_over(path, data)
        os.chmod(path, mode)
    data = lists.bundle([lists.gone, lists.second], 2)
    if mode == 0o644:
        gate.swap(data, put)
        assert not gate.count(says)
    else:
        gate.after(lambda: put(gate.path, data), "Permission denied.*" + STAYS)
        gate.lets_in("second")
        gate.server.run("-s", "reload", check=True)
        gate.becomes("second", 400)
    gate.keeps_out("second", "revoked")
    gate.lets_in("good")


# -- issuers that only the client's chain names ------------------------------------------------------

@both
def test_an_issuer_known_only_from_the_chain(serve, pki, lists):
    gate = Gate(serve, pki, lists.bundle([lists.gone]), ca="root.crt")
    gate.lets_in("good", "second")
    gate.keeps_out("revoked")
    with gate.connect("second") as live, gate.connect("good") as twin:
        assert live.ask().status == 200 and twin.ask().status == 200
        gate.swap(lists.bundle([lists.gone, lists.second], 2))
        assert live.ask().status == 400 and live.closed()
        assert twin.ask().status == 200
    gate.keeps_out("revoked", "second")
    gate.lets_in("good", "byroot")


def test_a_forged_list_of_an_issuer_known_only_from_the_chain(serve, pki, lists):
    """It cannot be seen when it is read; it counts for nothing, so nobody of that issuer passes."""
    gate = Gate(serve, pki, lists.bundle([lists.gone]), ca="root.crt")
    gate.swap(lists.of_root + make(lists.inter, [], 2, key=lists.twin[1]))
    gate.keeps_out("revoked")
    gate.lets_in("byroot")
    gate.swap(lists.bundle([lists.gone], 3))
    gate.keeps_out("revoked")
    gate.lets_in("good", "byroot")


def test_authorities_of_one_name(serve, pki, lists):
    """Two keys under one name, as after a renewal: each needs, and gets, its own list."""
    renewed = pki.issue(pki.inter[0].subject, pki.root, ca=True, path_length=0)
    pki.write_pair("renewed", pki.issue(simple("of the renewed one"), renewed,
                                        eku=[ExtendedKeyUsageOID.CLIENT_AUTH]), [renewed[0]])
    gate = Gate(serve, pki, lists.bundle(), ca="root.crt")
    gate.lets_in("good", "revoked")
    gate.keeps_out("renewed")
    gate.swap(lists.bundle([lists.gone], 2) + make(renewed, [], 1))
    gate.lets_in("good", "renewed")
    gate.keeps_out("revoked")


TWO = "".join(f"""
    server {{ listen 127.0.0.1:@{port}@ ssl; ssl_certificate @PKI@/srv-front.crt;
        ssl_certificate_key @PKI@/srv-front.key; ssl_verify_client on;
        ssl_client_certificate @PKI@/ca.crt; ssl_crl @DIR@/{name}; return 200; }}
""" for port, name in (("PORT", "live.crl"), ("PORT2", "other.crl")))


def test_two_servers_with_a_file_each(serve, pki, lists):
    gate = Gate(serve, pki, lists.bundle(), config=TWO, start=False)
    gate.server.write("other.crl", lists.bundle())
    gate.server.start()

    def status(port, cert):
        return ask(gate.server.port(port), tls=tls_context(pki, cert)).status
    assert status("PORT", "revoked") == status("PORT2", "revoked") == 200
    gate.after(lambda: rename_over(os.path.join(gate.server.dir, "other.crl"),
                                   lists.bundle([lists.gone], 2)), r'CRLs of ".*other\.crl" are in')
    assert status("PORT2", "revoked") == 400
    assert status("PORT2", "good") == status("PORT", "good") == 200
    assert status("PORT", "revoked") == 200
    gate.swap(lists.bundle([lists.gone], 2))
    assert status("PORT", "revoked") == 400
