# SPDX-License-Identifier: Apache-2.0
"""`listen unix:`: the name of the socket, and what another account may have put in its place."""

import os
import shutil
import signal
import socket
import stat
import tempfile

import pytest

from support import rawhttp
from support.servers import YETT_IS_NGINX, wait_for

NOBODY = 65534
SITE = """server { listen 127.0.0.1:@PORT@; listen unix:@SOCKETS@/s;
    location / { return 200 "old $server_addr"; } }"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="it is root who is to be careful")
yett_only = pytest.mark.skipif(YETT_IS_NGINX, reason="nginx binds where the path leads")


def ask(path):
    return rawhttp.ask(path).text


class Sockets:
    """A server that is not started yet, and the directory of its socket."""

    def __init__(self, serve, directory):
        self.dir, self.path = directory, os.path.join(directory, "s")
        self.server = serve(SITE, values={"SOCKETS": directory}, start=False)

    def move(self, directory):
        self.server.configure(self.server.conf.replace(self.dir, directory))
        self.dir, self.path = directory, os.path.join(directory, "s")

    def reload(self):
        self.server.configure(self.server.conf.replace("old", "new"))
        self.server.kill(signal.SIGHUP)

    def refuses(self, why):
        """Neither a start nor a reload makes a socket there."""
        done = self.server.run("-g", "daemon off;")
        assert done.returncode == 1 and why in done.stderr, done.stderr
        conf = self.server.conf
        self.server.configure(conf.replace(f"listen unix:{self.path};", ""))
        self.server.start()
        self.server.configure(conf)
        self.server.kill(signal.SIGHUP)
        self.server.wait_log(why.replace("(", r"\(").replace(")", r"\)"))
        assert rawhttp.ask(self.server.port()).status == 200


@pytest.fixture(name="own")
def _own(serve):
    """No other account can write to a directory that leads there. /tmp is one where all can."""
    directory = tempfile.mkdtemp(prefix="ye-", dir="/run" if os.geteuid() == 0 else None)
    os.chmod(directory, 0o755)
    yield Sockets(serve, directory)
    shutil.rmtree(directory)


@pytest.fixture(name="shared")
def _shared(serve):
    """Another account can do what it likes there."""
    directory = tempfile.mkdtemp(prefix="ye-")
    os.chmod(directory, 0o755)
    os.chown(directory, NOBODY, NOBODY)
    yield Sockets(serve, directory)
    shutil.rmtree(directory)


def check_life(sockets):
    server = sockets.server.start()
    assert ask(sockets.path) == f"old unix:{sockets.path}"
    assert stat.S_IMODE(os.stat(sockets.path).st_mode) == 0o666
    inode = os.stat(sockets.path).st_ino
    sockets.reload()
    wait_for(lambda: ask(sockets.path) == f"new unix:{sockets.path}", what="the reload")
    assert os.stat(sockets.path).st_ino == inode
    server.stop(how=signal.SIGQUIT)
    assert not os.path.lexists(sockets.path)


def test_a_directory_of_ones_own(own):
    check_life(own)


@needs_root
def test_a_directory_of_another_account(shared):
    check_life(shared)


@needs_root
@yett_only
def test_a_link_in_the_place_of_the_directory(shared):
    precious = os.path.join(shared.server.dir, "precious")
    os.mkdir(precious)
    shared.move(os.path.join(shared.dir, "inside"))
    os.symlink(precious, shared.dir)
    shared.refuses('"inside" is a symbolic link')
    assert not os.listdir(precious)
    os.unlink(shared.dir)
    os.mkdir(shared.dir)
    shared.server.kill(signal.SIGHUP)
    wait_for(lambda: os.path.exists(shared.path), what="the reload after that")
    assert ask(shared.path) == f"old unix:{shared.path}"


@needs_root
@yett_only
def test_a_link_in_the_place_of_the_socket(shared):
    target = os.path.join(shared.server.dir, "target")
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(target)
    inode = os.stat(target).st_ino
    os.symlink(target, shared.path)
    shared.refuses(f"bind() to unix:{shared.path} failed (98: Address already in use)")
    assert os.readlink(shared.path) == target
    assert os.stat(target).st_ino == inode


@needs_root
@yett_only
def test_a_socket_left_behind(shared):
    server = shared.server
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(shared.path)
    server.start()
    assert ask(shared.path) == f"old unix:{shared.path}"
