# SPDX-License-Identifier: Apache-2.0
"""docs/quick-start.md, as it stands there, on a machine of its own: from nothing to git and a browser inside."""

import os
import pty
import pwd
import re
import select
import shutil
import socket
import subprocess
import time

import pytest

from support.authority import PASSPHRASE
from support.backend import Backend
from support.browsers import PATIENCE, Chromium, Machine
from support.servers import REPORTS, ROOT, YETT, wait_for

pytestmark = pytest.mark.yett_only("it is yett's quick start")
INSIDE = "You are CN=laptop, and you are inside."
OUTSIDE = "Your client certificate is missing"


def blocks():
    """The commands, one list for each indented block."""
    with open(os.path.join(ROOT, "docs", "quick-start.md"), encoding="utf-8") as text:
        parts = re.findall(r"(?<=\n\n)(?:    .*\n)+", text.read())
    return [[line.strip() for line in part.splitlines()] for part in parts]


class Desk:
    """Somebody at a terminal, in a checkout of yett; the port is a free one instead of the text's."""

    def __init__(self, machine):
        self.machine = machine
        with socket.create_server(("127.0.0.1", 0)) as held:
            self.port = held.getsockname()[1]
        self.config = os.path.join(machine.home, ".config", "yett")
        self.checkout = os.path.join(machine.home, "yett")
        bin_folder = os.path.join(machine.top, "bin")
        os.mkdir(bin_folder)
        self.make_yett(os.path.join(bin_folder, "yett"))
        self.env = machine.environment(
            PATH=f"{bin_folder}:{os.environ['PATH']}", TERM="dumb",
            **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")})
        # Where the one who runs the tests is root, "yett ca" would take /etc/yett.
        self.env["YETT_CA"] = os.path.join(self.config, "ca")
        self.make_checkout()

    def make_yett(self, path):
        """Everybody is root on this machine, by a name alone: see Machine.command(). yett is to be nobody's root."""
        user = "" if os.geteuid() == 0 else f"unshare --user --map-user={os.getuid()} --map-group={os.getgid()} "
        with open(path, "w", encoding="utf-8") as out:
            out.write(f'#!/bin/sh\nexec {user}{YETT} "$@"\n')
        os.chmod(path, 0o755)

    def make_checkout(self):
        shutil.copytree(os.path.join(ROOT, "examples"), os.path.join(self.checkout, "examples"))
        git = ["git", "-C", self.checkout, "-c", "user.name=x", "-c", "user.email=x@example.test"]
        for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "everything"]):
            subprocess.run(git + words, check=True, env=self.env)

    def words(self, line):
        return self.machine.command("bash", "-c", f"cd ~/yett && {line}".replace(":8443", f":{self.port}"))

    def types(self, line, answers=()):
        """Runs it at a terminal; each answer is given to a prompt. What was shown."""
        pid, terminal = pty.fork()
        if pid == 0:
            words = self.words(line)
            os.execvpe(words[0], words, self.env)
        said, answers, end = b"", list(answers), time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                chunk = os.read(terminal, 4096)
            except OSError:
                break   # how Linux says that the other side is closed
            said += chunk
            if said.endswith(b": ") and answers:
                os.write(terminal, answers.pop(0).encode() + b"\n")
        # Closing it first would hang up on who has closed its output and is about to end.
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(terminal)
        text = said.decode()
        assert not REPORTS.search(text), text
        return code, text

    def does(self, line, answers=()):
        code, said = self.types(line, answers)
        assert code == 0, (line, said)
        return said

    def root_serves_itself(self):
        """What root starts gives up its rights to somebody who cannot read this home."""
        path = os.path.join(self.config, "yett.conf")
        with open(path, encoding="utf-8") as text:
            conf = text.read().replace(":8443", f":{self.port}")
        with open(path, "w", encoding="utf-8") as out:
            out.write(("user root;\n" if os.geteuid() == 0 else "") + conf)

    def follows(self, lines):
        for line in lines:
            self.does(line, [PASSPHRASE, PASSPHRASE])
            if "examples/quick-start" in line:
                self.root_serves_itself()

    def url(self):
        return f"https://localhost:{self.port}/"


class OrdinaryDesk(Desk):
    """Its yett is never root's, whoever runs the tests: all of the home is another account's then."""

    def make_yett(self, path):
        super().make_yett(path)
        if os.geteuid() == 0:
            os.chmod(self.machine.top, 0o755)
            copy = shutil.copy(YETT, os.path.join(self.machine.top, "yett"))   # the account may not reach the other
            with open(path, "w", encoding="utf-8") as out:
                out.write(f'#!/bin/sh\nexec setpriv --reuid nobody --regid nogroup --clear-groups {copy} "$@"\n')

    def root_serves_itself(self):
        path = os.path.join(self.config, "yett.conf")
        with open(path, encoding="utf-8") as text:
            conf = text.read().replace(":8443", f":{self.port}")
        self.change(conf)

    def change(self, conf):
        with open(os.path.join(self.config, "yett.conf"), "w", encoding="utf-8") as out:
            out.write(conf)
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for top in (self.machine.home, os.path.join(self.machine.top, "tmp")):
                subprocess.run(["chown", "-R", f"{nobody.pw_uid}:{nobody.pw_gid}", top], check=True)


def at_a_desk(kind):
    with Machine() as machine:
        made = kind(machine)
        yield made
        made.types("yett -p ~/.config/yett -c yett.conf -s stop")
        pid = os.path.join(made.config, "yett.pid")
        wait_for(lambda: not os.path.exists(pid), 20, "the end of the gate")


@pytest.fixture
def desk():
    yield from at_a_desk(Desk)


@pytest.fixture
def ordinary_desk():
    yield from at_a_desk(OrdinaryDesk)


def test_ten_commands_and_what_follows(desk):
    setup, clone, curl, revoke, again, *_ = blocks()
    assert len(setup) == 10
    # These need a network, or change the machine that the tests run on.
    assert setup[0].startswith("git clone https://") and setup[1] == "./dev install"
    desk.follows(setup[2:])
    desk.does(f"cd /tmp && cd $(mktemp -d) && {clone[0]} && cmp project/examples/README.md ~/yett/examples/README.md")
    assert OUTSIDE in desk.does(curl[0])
    assert "\r\n403" in desk.does(curl[0] + " -o /dev/null -w '\\n%{http_code}'")
    with Chromium(desk.machine) as browser:
        assert browser.open(desk.url()) == INSIDE
        desk.does(revoke[0], [PASSPHRASE])
        wait_for(lambda: OUTSIDE in browser.open(desk.url()), 10, "the shut gate")
    code, said = desk.types(f"cd $(mktemp -d) && {clone[0]}")
    assert code != 0 and "403" in said
    desk.does(again[0], [PASSPHRASE])
    desk.does(setup[9])
    with Chromium(desk.machine) as browser:
        assert browser.open(desk.url()) == INSIDE


def test_nobody_passes_before(desk):
    """The same without the two last commands: git and the browser stay outside."""
    setup, clone, *_ = blocks()
    desk.follows(setup[2:8])
    code, said = desk.types(f"cd $(mktemp -d) && git -c http.sslVerify=false {clone[0].removeprefix('git ')}")
    assert code != 0 and "403" in said
    with Chromium(desk.machine, insecure=True) as browser:
        assert OUTSIDE in browser.open(desk.url())


def test_an_upload_of_an_ordinary_user(ordinary_desk):
    """As "Next steps" says, an application takes the place of the page; what is sent is too large for memory."""
    desk, (setup, *_) = ordinary_desk, blocks()
    body = bytes(range(256)) * 80
    with open(os.path.join(ROOT, "docs", "quick-start.md"), encoding="utf-8") as text:
        line, = re.findall(r"replace the lines by `(proxy_pass [^`]*)`", text.read())
    desk.follows([setup[2], *setup[4:7]])
    with Backend() as application:
        with open(os.path.join(desk.config, "yett.conf"), encoding="utf-8") as text:
            conf, n = re.subn(r"(location / \{\n)[^}]*(\n    \})",
                              rf"\1{line.replace(':3000', f':{application.port}')}\2", text.read())
        assert n == 1
        desk.change(conf)
        with open(os.path.join(desk.machine.home, "upload"), "wb") as out:
            out.write(body)
        desk.does("yett -t -p ~/.config/yett -c yett.conf")
        desk.does(setup[7])
        said = desk.does(f"curl -sS -o /dev/null -w '%{{http_code}}' --cacert {desk.config}/ca/root.crt "
                         f"--cert {desk.config}/ca/live/laptop.pem --data-binary @$HOME/upload {desk.url()}")
        assert said.endswith("200"), said
        assert application.last().body == body
        assert os.path.isdir(os.path.join(desk.config, "client_body_temp"))
