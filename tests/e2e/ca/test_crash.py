# SPDX-License-Identifier: Apache-2.0
"""The certificate authority killed at any moment, and used by many at once.

CA_KILLS in the environment says how often it is killed (1000).
"""

import functools
import os
import random
import signal
import subprocess
import time

import pytest
from cryptography import x509

from support.authority import Authority, private_key, start_to_kill

pytestmark = pytest.mark.yett_only("nginx has no certificate authority")

KILLS = int(os.environ.get("CA_KILLS", "1000"))


def killed(ca, delay, *words):
    """Whether the command got to its end before it was killed."""
    process = start_to_kill(ca.command(*words), stdout=subprocess.DEVNULL)
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    said = process.communicate()[1]
    assert process.returncode in (0, -signal.SIGKILL), said
    return process.returncode == 0


def lasts(ca, *words):
    start = time.monotonic()
    ca.ok(*words)
    return time.monotonic() - start


def check_store(ca):
    assert ca.sql("PRAGMA integrity_check") == "ok"
    assert ca.sql("PRAGMA foreign_key_check") == ""
    assert ca.sql("SELECT count(*) - count(DISTINCT serial) FROM certificate") == "0"


@functools.cache
def whole(path, serial, has_key, _stamp):
    """A certificate's files are what the store says; looked at again when the file is another."""
    with open(path, "rb") as file:
        text = file.read()
    cert = x509.load_pem_x509_certificate(text)
    assert cert.serial_number == serial
    if has_key:
        key = private_key(text)
        assert key.public_key().public_numbers() == cert.public_key().public_numbers()


def stamp(path):
    status = os.stat(path)
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def check_files(ca):
    """Every certificate of the store has its files, whole; who is revoked there is in the list; the
    next change leaves nothing else."""
    ca.ok("list")
    listed = ca.revoked()
    for entry in ca.json("list", "--all"):
        assert entry["status"] != "revoked" or int(entry["serial"], 16) in listed
        if entry["file"] is None:
            assert not entry["current"]
            continue
        whole(entry["file"], int(entry["serial"], 16), entry["has_key"], stamp(entry["file"]))
    with open(ca.path("all.crl"), encoding="ascii") as text:
        assert text.read().count("END X509 CRL") == 2
    ca.ok("crl")
    left = [name for _, _, names in os.walk(ca.dir) for name in names if name.endswith(".new")]
    assert left == [] and os.listdir(ca.path("pending")) == []


class Story:
    """What was done to an authority, as far as commands have said that they did it."""

    def __init__(self, ca):
        self.ca = ca
        self.random = random.Random(os.environ.get("CA_SEED", time.time_ns()))
        self.issued = []
        self.revoked = {}
        self.number = 0
        self.finished = 0
        ca.ok("issue", "machine", "first")
        self.span = 1.1 * max(lasts(ca, "crl"), lasts(ca, "issue", "machine", "second"),
                              lasts(ca, "revoke", "second"))

    def step(self, count):
        name = f"m{count}"
        what = self.random.choice(["issue", "issue", "revoke", "revoke", "crl", "renew"])
        delay = self.random.uniform(0, self.span)
        if what == "issue":
            if killed(self.ca, delay, "issue", "machine", name):
                self.issued.append(name)
                self.finished += 1
        elif what == "crl":
            self.finished += killed(self.ca, delay, "crl")
        elif self.issued:
            name = self.random.choice(self.issued)
            if what == "renew":
                self.finished += killed(self.ca, delay, "renew", name)
                return
            self.issued.remove(name)
            serial = self.ca.cert(name).serial_number
            if killed(self.ca, delay, "revoke", name):
                self.revoked[serial] = name
                self.finished += 1

    def check(self):
        """As anybody finds the files, at any moment: what was said to be revoked is in the list."""
        listed = self.ca.revoked()
        assert set(self.revoked) <= listed
        assert self.ca.crl_number() >= self.number
        self.number = self.ca.crl_number()


def test_killed_at_any_moment(tmp_path):
    ca = Authority(tmp_path)
    story = Story(ca)
    for count in range(KILLS):
        story.step(count)
        story.check()
        if count % 10 == 9:
            check_store(ca)
            check_files(ca)
    # Both happened: commands that were killed, and commands that got through.
    assert 0 < story.finished < KILLS
    ca.ok("crl")
    story.check()
    check_store(ca)
    check_files(ca)
    listed = ca.revoked()
    for entry in ca.json("list", "--all"):
        assert (entry["status"] == "revoked") == (int(entry["serial"], 16) in listed)
    for name in story.issued:
        assert ca.json("show", name)[0]["status"] == "valid"


def test_init_killed(tmp_path):
    """Whenever it is killed, either there is an authority or the next init makes one."""
    rng = random.Random(os.environ.get("CA_SEED", time.time_ns()))
    whole = Authority(tmp_path, start=False)
    span = lasts(whole, "init")
    for count in range(max(KILLS // 100, 3)):
        top = tmp_path / f"i{count}"
        top.mkdir()
        ca = Authority(top, start=False)
        if not killed(ca, rng.uniform(0, span), "init"):
            again = ca.run("init")
            assert again.returncode == 0 or "already contains a CA" in again.stderr
        ca.ok("issue", "machine", "laptop")
        check_store(ca)
        check_files(ca)
        assert ca.crl_number("root") >= 1


@pytest.mark.parametrize("kill", ["after the transaction", "before the transaction"])
def test_left_undone(tmp_path, kill):
    """The two states between which a kill decides, made by hand."""
    ca = Authority(tmp_path)
    record = ca.json("issue", "machine", "laptop")[0]
    serial = record["serial"]
    if kill == "before the transaction":
        with open(ca.path("pending", "keys"), "w", encoding="ascii") as out:
            out.write("of certificates that never were")
        with open(ca.path("pending", "intermediate.2.crl"), "w", encoding="ascii") as out:
            out.write("broken")
        ca.ok("revoke", "laptop")
        assert ca.crl_number() == 2 and ca.revoked() == {int(serial, 16)}
    else:
        with open(ca.file("laptop"), encoding="ascii") as text:
            key = text.read().partition("-----BEGIN PRIVATE")
        with open(ca.path("pending", "keys"), "w", encoding="ascii") as out:
            out.write(serial + "\n" + key[1] + key[2])
        os.unlink(ca.file("laptop"))
        ca.sql("UPDATE certificate SET complete = 0 WHERE name = 'laptop'")
        ca.ok("list")
        assert ca.key("laptop")
    check_files(ca)


def test_two_at_once(tmp_path):
    ca = Authority(tmp_path)
    ca.ok("issue", "machine", *[f"r{i}" for i in range(8)])
    commands = [ca.command("issue", "machine", f"m{i}") for i in range(8)]
    commands += [ca.command("revoke", f"r{i}") for i in range(8)]
    commands += [ca.command("crl"), ca.command("list")] * 2
    commands += [ca.command("issue", "machine", "same")] * 4
    running = [subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True) for words in commands]
    said = [process.communicate(timeout=120)[1] for process in running]
    codes = [process.returncode for process in running]
    assert codes[:-4] == [0] * (len(codes) - 4), said
    # Four wanted the same name: one got it.
    assert sorted(codes[-4:]) == [0, 1, 1, 1], said
    assert sum("there already is a valid certificate" in text for text in said) == 3
    check_store(ca)
    check_files(ca)
    assert len(ca.revoked()) == 8 and ca.crl_number() == 12
