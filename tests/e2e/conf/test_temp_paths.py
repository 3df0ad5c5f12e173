# SPDX-License-Identifier: Apache-2.0
"""client_body_temp_path: checked by -t, start and reload, as the account that will write there."""

import os
import pwd
import re
import shutil
import signal
import subprocess

import pytest

from support.browsers import namespace
from support.rawhttp import ask
from support.servers import YETT, Server, wait_for

pytestmark = pytest.mark.yett_only("nginx does not try the directories")
ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")
as_root = pytest.mark.skipif(not ROOT, reason="root starts these")

BODY = bytes(range(256)) * 80   # 20 KB: more than client_body_buffer_size
CONF = """pid server.pid; error_log @DIR@/error.log info; @USER@
events { }
http {
    access_log off;
    server {
        listen 127.0.0.1:@PORT@;
        @PATH@
        location / { proxy_pass http://127.0.0.1:@BACKEND@; }
    }
}
"""


class Gate(Server):
    """Started by root with `user nobody`, or by an ordinary account: then all of its directory is that one's."""

    def __init__(self, backend, path, ordinary=False):
        self.ordinary = ordinary or not ROOT
        self.account = pwd.getpwuid(os.geteuid()).pw_name if not ROOT else "nobody"
        super().__init__(conf=CONF, start=False, values={
            "BACKEND": backend.port, "USER": "" if self.ordinary else "user nobody;",
            "PATH": f"client_body_temp_path {path};" if path else ""})
        if self.ordinary and ROOT:
            self.binary = shutil.copy(YETT, self.dir)   # the account may not reach the other
            self.own(self.dir)

    @staticmethod
    def own(path, uid=NOBODY.pw_uid):
        for top, folders, files in os.walk(path):
            for name in [top] + [os.path.join(top, name) for name in folders + files]:
                os.chown(name, uid, NOBODY.pw_gid)

    def command(self, *args):
        words = super().command(*args)
        if self.ordinary and ROOT:
            words = ["setpriv", "--reuid", str(NOBODY.pw_uid), "--regid", str(NOBODY.pw_gid), "--clear-groups", *words]
        return words

    def at(self, *names):
        return os.path.join(self.dir, *names)

    def folder(self, name, mode, uid=None):
        path = self.at(name)
        os.makedirs(path)
        if uid is not None:
            os.chown(path, uid, uid)
        os.chmod(path, mode)
        return path

    def line(self):
        return f"{self.conf_path}:{self.conf.split('client_body_temp_path')[0].count(chr(10)) + 1}"


def refuses(gate, why):
    """-t and the start alike, with the path, the account, and what to do."""
    for words in (["-t"], ["-g", "daemon off;"]):
        done = gate.run(*words)
        assert done.returncode == 1, done
        found = re.findall(rf".*\[emerg\] .*{why}.*", done.stderr)
        assert len(found) == 1 and f'account "{gate.account}" can write to' in found[0], done.stderr
        if "client_body_temp_path" in gate.conf:
            assert found[0].endswith(" in " + gate.line()), found
        else:
            assert found[0].endswith('or name another one with "client_body_temp_path"'), found
    assert not os.path.exists(gate.pid_path)


def takes_an_upload(gate, backend):
    done = gate.run("-t")
    assert done.returncode == 0, done.stderr
    gate.start()
    uploads(gate, backend)


def uploads(gate, backend):
    backend.reset()
    assert ask(gate.port(), "POST /up", body=BODY).status == 200, gate.tail()
    assert backend.last().body == BODY


@pytest.fixture
def gate(backend):
    made = []

    def make(path, **more):
        made.append(Gate(backend, path, **more))
        return made[-1]
    yield make
    for each in made:
        each.stop()


ROLES = pytest.mark.parametrize("ordinary", [pytest.param(False, marks=as_root), True], ids=["root", "ordinary"])


# -- as root with `user nobody`, and as an ordinary account ------------------------------------------

@ROLES
def test_one_that_is_missing_is_made(gate, backend, ordinary):
    server = gate("more/body", ordinary=ordinary)
    assert server.run("-t").returncode == 0
    path = server.at("more", "body")
    assert pwd.getpwuid(os.stat(path).st_uid).pw_name == server.account
    assert os.stat(path).st_mode & 0o777 == 0o700
    takes_an_upload(server, backend)
    assert os.listdir(path) == []


@ROLES
def test_more_that_is_missing_is_not(gate, ordinary):
    server = gate("much/more/of/it", ordinary=ordinary)
    refuses(server, re.escape(f'mkdir() "{server.at("much/more/of/it")}"') + ".*No such file or directory")


@ROLES
def test_one_that_cannot_be_written_to(gate, backend, ordinary):
    server = gate("body", ordinary=ordinary)
    path = server.folder("body", 0o500, NOBODY.pw_uid if ROOT else None)
    refuses(server, re.escape(f'"{path}" failed (13: Permission denied)'))
    os.chmod(path, 0o700)
    takes_an_upload(server, backend)


@ROLES
def test_a_file_in_its_place(gate, ordinary):
    server = gate("body", ordinary=ordinary)
    server.write("body", "")
    refuses(server, re.escape(f'"{server.at("body")}"') + ".*Not a directory")


@ROLES
@pytest.mark.parametrize("flag, code", [("ro", 1), ("noexec", 0)])
def test_a_read_only_file_system(gate, ordinary, flag, code):
    """Also what says nothing about files that are only written and read."""
    server = gate("body", ordinary=ordinary)
    path = server.folder("body", 0o777)
    script = ('dir=$1; shift; mount --bind "$dir" "$dir" && '
              f'mount -o remount,bind,{flag} "$dir" && exec "$@"')
    done = subprocess.run([*namespace(), "sh", "-c", script, "sh", path, *server.command("-t")],
                          capture_output=True, text=True, check=False, timeout=60, env=server.environment())
    assert done.returncode == code, done.stderr
    assert ("30: Read-only file system" in done.stderr) == (flag == "ro"), done.stderr


# -- of another account ------------------------------------------------------------------------------

@as_root
def test_root_gives_one_of_another_account(gate, backend):
    server = gate("body")
    path = server.folder("body", 0o700, 65533)
    takes_an_upload(server, backend)
    assert os.stat(path).st_uid == NOBODY.pw_uid


@as_root
def test_root_leaves_one_that_all_may_use(gate, backend):
    server = gate("body")
    path = server.folder("body", 0o1777, 65533)
    takes_an_upload(server, backend)
    assert os.stat(path).st_uid == 65533


@as_root
def test_an_ordinary_account_cannot_use_it(gate, backend):
    server = gate("body", ordinary=True)
    path = server.folder("body", 0o700, 65533)
    refuses(server, re.escape(f'"{path}" failed (13: Permission denied)'))
    assert os.stat(path).st_uid == 65533
    os.chmod(path, 0o777)
    takes_an_upload(server, backend)


@as_root
def test_one_below_what_the_account_cannot_enter(gate, backend):
    """Root can, and makes it: that proves nothing."""
    server = gate("closed/body")
    closed = server.folder("closed", 0o700, 0)
    refuses(server, "13: Permission denied")
    os.chmod(closed, 0o711)
    takes_an_upload(server, backend)


# -- the default -------------------------------------------------------------------------------------

def test_the_default_of_an_ordinary_account(gate, backend):
    server = gate(None, ordinary=True)
    takes_an_upload(server, backend)
    assert os.listdir(server.at("client_body_temp")) == []


@as_root
def test_the_default_below_a_prefix_of_another_account(gate):
    server = gate(None, ordinary=True)
    for name in ("error.log", "server.pid"):
        server.own(os.path.dirname(server.write(f"state/{name}", "")))
    server.configure(server.conf.replace("pid server", "pid state/server").replace("/error.log", "/state/error.log"))
    os.chown(server.dir, 0, 0)
    refuses(server, re.escape(f'mkdir() "{server.at("client_body_temp")}" failed (13: Permission denied)'))


def test_every_directory_is_told_of(gate):
    """And only where one is used: nobody needs that of http when each server has its own."""
    server = gate("none/of/these", ordinary=True)
    server.configure(server.conf.replace("http {", "http { client_body_temp_path nor/of/those;")
                     .replace("location / {", "location / { client_body_temp_path nor/these/two;"))
    said = server.run("-t").stderr
    assert len(re.findall(r"\[emerg\]", said)) == 2, said
    assert "none/of/these" in said and "nor/these/two" in said


# -- later -------------------------------------------------------------------------------------------

@ROLES
def test_a_reload_is_checked_too(gate, backend, ordinary):
    server = gate("body", ordinary=ordinary)
    takes_an_upload(server, backend)
    good = server.conf
    server.configure(good.replace("path body", "path none/of/these"))
    done = server.run("-s", "reload")
    assert done.returncode == 1 and "none/of/these" in done.stderr, done
    server.kill(signal.SIGHUP)
    server.wait_log(r"\[emerg\] .*none/of/these")
    uploads(server, backend)
    server.configure(good.replace("path body", "path other"))
    before = server.workers()
    server.kill(signal.SIGHUP)
    wait_for(lambda: server.workers() and not set(before) & set(server.workers()), 20, "the reload")
    uploads(server, backend)
    assert os.path.isdir(server.at("other"))
