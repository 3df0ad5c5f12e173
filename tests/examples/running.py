# SPDX-License-Identifier: Apache-2.0
"""An example's folder, copied, with certificates and free ports, and its server running. The tests here
import the fixtures by name."""
import atexit
import functools
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PORTS = (18443, 18444, 18081, 18082)


def yett():
    return os.environ.get("YETT") or str(ROOT / "build" / "yett")


def is_nginx():
    """Where the two are meant to differ, tests say for which of them what holds."""
    return Path(yett()).name == "nginx"


@functools.cache
def certificates():
    """What make-certs.sh makes, once for all tests: to be copied."""
    top = tempfile.mkdtemp(prefix="yett-certs.")
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    subprocess.run([ROOT / "examples" / "make-certs.sh", top], check=True)
    return top


def copy_example(folder, directory):
    """An example's files with certificates."""
    shutil.copytree(ROOT / "examples" / folder, directory, dirs_exist_ok=True)
    shutil.copytree(certificates(), directory, symlinks=True, dirs_exist_ok=True)


class Example:
    """One running configuration; `port` maps the port in the files to the one in use. `edit` is called with
    the directory before the start."""

    def __init__(self, folder, conf, directory, edit=None):
        self.dir = directory
        copy_example(folder, directory)
        directory.chmod(0o755)
        held = [socket.create_server(("127.0.0.1", 0)) for _ in PORTS]
        self.port = {port: one.getsockname()[1] for port, one in zip(PORTS, held)}
        for one in held:
            one.close()
        for path in directory.rglob("*.conf"):
            path.write_text(re.sub(r":(18\d{3})\b", lambda m: f":{self.port[int(m[1])]}", path.read_text()))
        if edit:
            edit(directory)
        self.command = [yett(), "-p", str(directory), "-c", conf]
        self.output = open(directory / "output", "wb")
        self.process = subprocess.Popen([*self.command, "-g", "daemon off;"],
                                        stdout=self.output, stderr=subprocess.STDOUT)
        end = time.monotonic() + 20
        while not (directory / "yett.pid").exists():
            if self.process.poll() is not None or time.monotonic() > end:
                self.process.kill()
                pytest.fail("did not start: " + (directory / "output").read_text())
            time.sleep(0.02)

    def curl(self, url, *options, cert=None, to=18443):
        """(status, body) of one request; status 000 when there was no answer."""
        auth = ["--cert", f"clients/{cert}.pem"] if cert else []
        if cert == "gate":
            auth = ["--cert", "auth/nginx.crt.pem", "--key", "auth/nginx.key.pem"]
        done = subprocess.run(
            ["curl", "-sS", "--max-time", "15", "--cacert", "auth/root.cert.pem", "-w", "\n%{http_code}",
             "--connect-to", f"::127.0.0.1:{self.port[to]}", *auth, *options, url],
            cwd=self.dir, capture_output=True, text=True)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def stop(self):
        """QUIT; the exit status, which is 0 after a clean end."""
        self.process.send_signal(3)
        try:
            return self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "still running"
        finally:
            self.output.close()


@pytest.fixture
def open_path():
    """A directory that a worker can reach, which reads pages as another user when the tests run as root.
    Not pytest's tmp_path: each session that starts makes the parent of all of those private again."""
    with tempfile.TemporaryDirectory(prefix="yett-test.") as path:
        os.chmod(path, 0o755)
        yield Path(path)


@pytest.fixture
def example(open_path):
    """example(folder, conf) starts one; at the end it must stop cleanly."""
    running = []

    def start(folder, conf, edit=None):
        running.append(Example(folder, conf, open_path / str(len(running)), edit))
        return running[-1]

    yield start
    for one in running:
        assert one.stop() == 0
