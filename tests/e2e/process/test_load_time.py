# SPDX-License-Identifier: Apache-2.0
"""Files that do not open, as on a network file system whose server is gone: yett loads, stops and reloads in time."""

import ctypes
import os
import re
import select
import signal
import struct
import subprocess
import time

import pytest

from support.backend import stall
from support.rawhttp import Conn, ask, build, tls_context
from support.servers import YETT, wait_for

pytestmark = [pytest.mark.yett_only("nginx waits for the file"),
              pytest.mark.skipif(os.geteuid() != 0, reason="only root can let others wait for a file")]

STOPS_WITHIN = 4  # seconds


class Held:
    """A file that opens for no process until it is released (fanotify)."""

    CLASS_CONTENT, NONBLOCK, MARK_ADD, OPEN_PERM, ALLOW = 4, 2, 1, 0x10000, 1
    EVENT = struct.Struct("=IBBHQii")

    def __init__(self, path):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.fanotify_mark.argtypes = [ctypes.c_int, ctypes.c_uint, ctypes.c_uint64, ctypes.c_int, ctypes.c_char_p]
        self.fd = libc.fanotify_init(self.CLASS_CONTENT | self.NONBLOCK, os.O_RDONLY)
        if self.fd < 0 or libc.fanotify_mark(self.fd, self.MARK_ADD, self.OPEN_PERM, -100, os.fsencode(path)) != 0:
            pytest.skip(f"no fanotify: {os.strerror(ctypes.get_errno())}")

    def caught(self, seconds=10):
        """Waits until a process opens the file; its id."""
        assert select.select([self.fd], [], [], seconds)[0], "nobody opens the file"
        _, _, _, _, _, self.event, pid = self.EVENT.unpack_from(os.read(self.fd, 4096))
        return pid

    def release(self):
        if self.fd >= 0:
            os.close(self.fd)  # which lets all pass that wait
        self.fd = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()


SAYS = "server { listen 127.0.0.1:@PORT@; location / { return 200 '@GEN@'; } }"


class Changing:
    """A server that says "old", and a next configuration, which says "new" and includes a file that does not open."""

    def __init__(self, serve, main="", next_main=""):
        self.server = serve(SAYS, main=main, values={"GEN": "old"})
        self.included = self.server.write("included", "")
        self.configure("new", f"{next_main}\ninclude {self.included};")

    def configure(self, says, main):
        self.server.values["GEN"] = says
        self.server.configure(self.server.wrap(SAYS, main))

    def reload(self):
        self.server.kill(signal.SIGHUP)

    def says(self, text):
        wait_for(lambda: ask(self.server.port()).text == text, what=f"the answer {text}")


def ends(server):
    """Ended in order and in time, with all of its processes."""
    processes = server.workers()
    server.process.wait(STOPS_WITHIN)
    assert server.process.returncode == 0, server.stderr()
    wait_for(lambda: not any(lives(pid) for pid in processes), STOPS_WITHIN, "the end of all processes")
    assert not os.path.exists(server.pid_path)


def lives(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as text:
            return text.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


# -- the configuration itself --------------------------------------------------------------------------

@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
def test_stop_does_not_wait_for_an_include(serve, how):
    changing = Changing(serve)
    with Held(changing.included) as held:
        changing.reload()
        assert held.caught() != changing.server.process.pid, "it is not the master that reads"
        changing.server.kill(how)
        ends(changing.server)


def test_an_include_has_the_limit_of_the_configuration_that_serves(serve):
    changing = Changing(serve, "load_timeout 1s;", "load_timeout 600s;")
    with Held(changing.included) as held:
        changing.reload()
        held.caught()
        changing.server.wait_log(r'\[emerg\] .*loading took longer than "load_timeout" \(1000 ms\)')
        assert ask(changing.server.port()).text == "old"
        changing.configure("new", "")
        changing.reload()
        changing.says("new")


def test_an_include_that_is_slow_loads(serve):
    changing = Changing(serve, "load_timeout 10s;")
    with Held(changing.included) as held:
        changing.reload()
        held.caught()
        time.sleep(1)
        assert ask(changing.server.port()).text == "old"
        held.release()
        changing.says("new")
    assert "load_timeout" not in changing.server.log()


def test_the_limit_of_a_configuration_holds_once_it_is_read(serve):
    """The include is slower than what serves allows for, and comes after the limit of its own: both are read first."""
    changing = Changing(serve, "load_timeout 600s;", "load_timeout 1s;")
    certificate = changing.server.write("certificate", "")
    changing.server.configure(changing.server.conf.replace(
        f"listen 127.0.0.1:{changing.server.port()};",
        f"listen 127.0.0.1:{changing.server.port()} ssl; ssl_certificate {certificate}; "
        "ssl_certificate_key @DIR@/none;"))
    with Held(certificate) as held:
        changing.reload()
        held.caught()
        changing.server.wait_log(r'\[emerg\] .*loading took longer than "load_timeout" \(1000 ms\)')
    assert ask(changing.server.port()).text == "old"


def test_a_start_that_waits_for_an_include_can_be_interrupted(serve):
    server = serve(SAYS, main="include @DIR@/included;", values={"GEN": "old"}, start=False)
    # Tests that were begun in the background ignore the signal, and so would what they start.
    heed = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    with Held(server.write("included", "")) as held, \
            subprocess.Popen(server.command("-g", "daemon off;"), stderr=subprocess.DEVNULL, **heed) as start:
        try:
            assert held.caught() == start.pid
            start.send_signal(signal.SIGINT)
            start.wait(STOPS_WITHIN)
        finally:
            start.kill()


# -- accounts ------------------------------------------------------------------------------------------

@pytest.fixture
def own_accounts(tmp_path):
    """A yett that sees a file of the test in the place of /etc/passwd, and that file."""
    accounts, program = tmp_path / "passwd", tmp_path / "start"
    accounts.write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n")
    program.write_text(f"#!/bin/sh\nexec unshare --mount sh -c 'mount --bind {accounts} /etc/passwd && "
                       f"exec {os.path.realpath(YETT)} \"$@\"' sh \"$@\"\n")
    program.chmod(0o755)
    return str(program), str(accounts)


def test_stop_does_not_wait_for_accounts(serve, own_accounts):
    program, accounts = own_accounts
    server = serve(SAYS, main="user nobody nogroup;", values={"GEN": "old"}, binary=program)
    with Held(accounts) as held:
        server.kill(signal.SIGHUP)
        assert held.caught() != server.process.pid
        assert ask(server.port()).text == "old"
        server.kill(signal.SIGTERM)
        ends(server)


def test_accounts_that_are_slow(serve, own_accounts):
    program, accounts = own_accounts
    server = serve(SAYS, main="user nobody nogroup;", values={"GEN": "old"}, binary=program)
    server.values["GEN"] = "new"
    server.configure(server.wrap(SAYS, "user nobody nogroup;"))
    with Held(accounts) as held:
        server.kill(signal.SIGHUP)
        held.caught()
        held.release()
        wait_for(lambda: ask(server.port()).text == "new", what="the new configuration")


# -- a generation that is stuck, as one that looks for new CRLs there -------------------------------------

VERIFIES = ("server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/srv-front.crt; "
            "ssl_certificate_key @PKI@/srv-front.key; ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; "
            "ssl_crl @DIR@/crl; location / { return 200 '@GEN@'; } }")
KILLED = r"generation process \d+ does not react: killing it"


@pytest.fixture
def stuck(serve, pki):
    """A server whose generation waits for its CRL file, which has been exchanged."""
    crls = []
    for name in ("none-revoked.crl", "all.crl"):
        with open(pki.path(name), "rb") as text:
            crls.append(text.read())
    server = serve(VERIFIES, values={"GEN": "old"}, files={"crl": crls[0]})
    with Held(server.write("next", crls[1])) as held:
        os.rename(os.path.join(server.dir, "next"), os.path.join(server.dir, "crl"))
        assert held.caught() == server.children(server.process.pid)[0]
        yield server, held


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
def test_stop_does_not_wait_for_a_crl(stuck, how):
    server, _ = stuck
    server.kill(how)
    ends(server)
    assert re.search(KILLED, server.log())


def test_a_generation_that_is_stuck_is_replaced(stuck, pki):
    """Its worker accepts nobody any more before the next one does."""
    server, _ = stuck
    workers = server.workers()
    server.configure(server.conf.replace("'old'", "'new'").replace(f"{server.dir}/crl", pki.path("all.crl")))
    server.kill(signal.SIGHUP)
    wait_for(lambda: ask(server.port(), tls=tls_context(pki, "good")).text == "new", what="the new configuration")
    wait_for(lambda: not any(lives(pid) for pid in workers), what="the end of the old processes")
    assert re.search(KILLED, server.log()) and "did not stop accepting" not in server.log()


def test_a_crl_that_is_slow(stuck):
    server, held = stuck
    held.release()
    server.wait_log("new CRLs .* are in force")
    server.kill(signal.SIGTERM)
    ends(server)
    assert not re.search(KILLED, server.log())


@pytest.mark.parametrize("halted", [True, False], ids=["stuck", "well"])
def test_what_is_in_flight_is_finished(serve, backend, halted):
    backend.release.clear()
    backend.on("/slow", stall(backend.release))
    server = serve("server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://@B@; } }",
                   values={"B": backend.address})
    generation = server.children(server.process.pid)[0]
    with Conn(server.port(), timeout=20) as conn:
        before = len(backend.requests)
        conn.send(build("GET /slow"))
        wait_for(lambda: len(backend.requests) > before, what="the request at the backend")
        if halted:
            os.kill(generation, signal.SIGSTOP)
        server.kill(signal.SIGQUIT)
        time.sleep(3)
        assert lives(generation) != halted and server.process.poll() is None
        backend.release.set()
        assert conn.read().text == "done"
    ends(server)
    assert bool(re.search(KILLED, server.log())) == halted


def test_a_worker_that_is_stuck_too(serve):
    server = serve(SAYS, values={"GEN": "old"})
    processes = server.workers()
    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    server.kill(signal.SIGTERM)
    server.process.wait(5 + STOPS_WITHIN)
    wait_for(lambda: not any(lives(pid) for pid in processes), STOPS_WITHIN, "the end of all processes")
