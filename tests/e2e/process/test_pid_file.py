# SPDX-License-Identifier: Apache-2.0
"""The pid file: whom `-s` signals, and whom not."""

import os
import signal
import subprocess

import pytest

from support import rawhttp
from support.servers import YETT_IS_NGINX, wait_for

NOBODY = 65534
SITE = "server { listen 127.0.0.1:@PORT@; location / { return 200 old; } }"

pytestmark = pytest.mark.skipif(YETT_IS_NGINX,
                                reason="nginx signals whatever process the file names")


def text(server):
    return rawhttp.ask(server.port()).text


def change(server):
    server.configure(server.conf.replace("old", "new"))
    server.run("-s", "reload", check=True)
    wait_for(lambda: text(server) == "new", what="the reload")


@pytest.fixture(name="site")
def _site(serve):
    """A server whose pid file is where another account can write, if there is one."""
    server = serve(SITE, start=False)
    if os.geteuid() == 0:
        os.chown(server.dir, NOBODY, NOBODY)
    return server.start()


@pytest.fixture(name="other")
def _other():
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def put(server, pid):
    """As that account could: another file in the place of the master's."""
    os.rename(server.pid_path, server.pid_path + ".aside")
    server.write("server.pid", f"{pid}\n")
    if os.geteuid() == 0:
        os.chown(server.pid_path, NOBODY, NOBODY)


@pytest.mark.parametrize("how", ["stop", "quit", "reload", "reopen"])
def test_a_process_that_is_no_master(site, other, how):
    put(site, other.pid)
    done = site.run("-s", how)
    assert done.returncode == 1
    assert f'process {other.pid} gets no signal: it is not the master that wrote "{site.pid_path}"' \
        in done.stderr, done.stderr
    os.rename(site.pid_path + ".aside", site.pid_path)
    change(site)
    assert other.poll() is None


def test_another_master(site, serve):
    bystander = serve(SITE)
    put(site, bystander.pid())
    done = site.run("-s", "quit")
    assert done.returncode == 1 and "gets no signal" in done.stderr, done.stderr
    change(bystander)
    os.rename(site.pid_path + ".aside", site.pid_path)
    change(site)


def test_a_master_that_was_killed(site):
    site.kill(signal.SIGKILL)
    pid = site.process.pid
    site.process.wait()
    site.process = None
    done = site.run("-s", "stop")
    assert done.returncode == 1 and f"kill({pid}, 15) failed (3: No such process)" in done.stderr
    wait_for(lambda: not os.path.exists(f"/proc/{pid}"), what="its end")
    os.unlink(site.pid_path)
    site.start()
    change(site)


def move_pid(server, pid_path):
    inode = os.stat(server.pid_path).st_ino
    before = f"pid {server.pid_path};"
    assert before in server.conf
    server.configure(server.conf.replace(before, f"pid {pid_path};"))
    server.kill(signal.SIGHUP)
    wait_for(lambda: os.path.exists(pid_path) and os.stat(pid_path).st_ino != inode,
             what="the new pid file")
    server.pid_path = pid_path


def test_another_path_after_a_reload(site):
    """Also one that leads to the same file."""
    os.symlink(site.dir, site.dir + ".link")
    try:
        for pid_path in (f"{site.dir}/other.pid", f"{site.dir}.link/other.pid"):
            move_pid(site, pid_path)
            site.run("-s", "reopen", check=True)
        change(site)
        assert not os.path.exists(os.path.join(site.dir, "server.pid"))
    finally:
        os.unlink(site.dir + ".link")
