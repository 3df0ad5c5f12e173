# SPDX-License-Identifier: Apache-2.0
"""Chromium passes the gate with what `yett client chrome` writes, and only there, and only until it is revoked."""

import json
import os
import shutil

import pytest

from support.backend import websocket
from support.browsers import BrowserError, Chromium, Machine
from support.guarded import (ADA, EVE, OTHER, SHUT, SITE, Guarded, lets_in, put, put_well,
                     shut_while_open)

pytestmark = pytest.mark.yett_only("nginx has no certificate authority")
POLICIES = ("chromium/policies/managed", "opt/chrome/policies/managed")
CONNECT = """
    const done = arguments[0];
    window.socket = new WebSocket("wss://" + location.host + "/up/ws");
    window.ended = new Promise(resolve => window.socket.onclose = () => resolve("close"));
    window.socket.onopen = () => done("open");
    window.ended.then(done);
"""
CLOSED = "window.ended.then(arguments[0]);"
OLD, NEW = ".pki/nssdb", ".local/share/pki/nssdb"


@pytest.fixture(scope="module")
def gate(tmp_path_factory, backend):
    running = Guarded(str(tmp_path_factory.mktemp("gate")), backend)
    yield running
    running.close()


@pytest.fixture
def machine():
    with Machine() as made:
        yield made


def chromium(machine, **more):
    return Chromium(machine, [SITE, OTHER], **more)


def install(gate, machine, name="ada@example.test", *more, **environment):
    put_well(machine, gate.client("chrome", name, "--trust-ca", *more), **environment)


def undo(gate, machine, name="ada@example.test", **environment):
    put_well(machine, gate.client("chrome", name, "--undo"), **environment)


def policy_files(machine):
    return sorted(os.path.join(folder, name) for folder in POLICIES
                  if os.path.isdir(os.path.join(machine.etc, folder))
                  for name in os.listdir(os.path.join(machine.etc, folder)))


def labels(machine, database=OLD):
    """What certutil lists: label -> trust."""
    done = machine.run("certutil", "-L", "-d", "sql:" + os.path.join(machine.home, database))
    assert done.returncode == 0, done.stderr
    rows = [line.rsplit(None, 1) for line in done.stdout.splitlines()[4:] if line.strip()]
    return {label.strip(): trust for label, trust in rows}


def keys(machine, database=OLD):
    done = machine.run("certutil", "-K", "-d", "sql:" + os.path.join(machine.home, database))
    return [line for line in done.stdout.splitlines() if line.startswith("<")]


def warns(browser, gate):
    """Of a site's own certificate: some versions of ChromeDriver show the page, some an error."""
    try:
        return "ERR_CERT_AUTHORITY_INVALID" in browser.open(gate.url())
    except BrowserError as error:
        return "ERR_CERT_AUTHORITY_INVALID" in error.args[1]


# -- through the gate ----------------------------------------------------------------------------------

@pytest.mark.parametrize("database", [None, OLD, NEW])
def test_passes_without_a_prompt(gate, machine, database):
    """Whichever database this Chromium reads on that machine: the script finds it."""
    if database:
        os.makedirs(os.path.join(machine.home, database))
    install(gate, machine)
    with chromium(machine) as browser:
        lets_in(browser, gate)


@pytest.mark.parametrize("moved", [False, True])
def test_both_databases(gate, machine, moved):
    """The old one is read if it is there; data directories may be elsewhere."""
    data = {"XDG_DATA_HOME": os.path.join(machine.home, "data")} if moved else {}
    new = "data/pki/nssdb" if moved else NEW
    for database in ((new,) if moved else (OLD, new)):
        os.makedirs(os.path.join(machine.home, database))
    install(gate, machine, **data)
    assert len(keys(machine, new if moved else OLD)) == 1
    with Chromium(machine, [SITE], **data) as browser:
        lets_in(browser, gate)
    undo(gate, machine, **data)
    assert not keys(machine, new if moved else OLD)


def test_asks_without_the_policy(gate, machine):
    install(gate, machine)
    for name in policy_files(machine):
        os.unlink(os.path.join(machine.etc, name))
    gate.forget()
    with chromium(machine) as browser:
        assert browser.prompts(gate.url())
    assert not gate.passed()


def test_another_site_does_not_see_it(gate, machine):
    install(gate, machine)
    with chromium(machine) as browser:
        lets_in(browser, gate)
        gate.forget()
        assert browser.prompts(gate.url(OTHER))
    assert not gate.passed(OTHER)


def test_all_sites_of_one_call(gate, machine):
    install(gate, machine, "ada@example.test", gate.url(OTHER))
    with chromium(machine) as browser:
        lets_in(browser, gate)
        lets_in(browser, gate, name=OTHER)


def put_beside(machine, ca, name):
    """By hand: it is not the script's."""
    path = os.path.join(machine.top, "other.p12")
    with open(os.path.join(machine.top, "password"), "w", encoding="ascii") as out:
        out.write("password of somebody\n")
    ca.ok("export", "--pkcs12", path, "--password-file", out.name, name)
    done = machine.run("pk12util", "-i", path, "-d", "sql:" + os.path.join(machine.home, OLD),
                       "-w", out.name)
    assert done.returncode == 0, done.stderr


def test_the_right_one_of_two(gate, machine):
    install(gate, machine)
    put_beside(machine, gate.foreign, "eve@example.test")
    with chromium(machine) as browser:
        lets_in(browser, gate)


@pytest.mark.parametrize("same", ["subject", "issuer"])
def test_no_other_one_is_chosen(gate, machine, same):
    """The gate would take it: only the policy's filter keeps it from being shown."""
    ca, name, subject = gate.foreign, "twin@example.test", ADA
    if same == "issuer":
        ca, subject = gate.ca, "CN=Grace,O=Example"
        name = gate.issue("grace@example.test", subject)
    install(gate, machine)
    ours = next(label for label in labels(machine) if label.startswith("ada@"))
    done = machine.run("certutil", "-F", "-d", "sql:" + os.path.join(machine.home, OLD), "-n", ours)
    assert done.returncode == 0, done.stderr
    put_beside(machine, ca, name)
    gate.forget()
    with chromium(machine) as browser:
        assert browser.prompts(gate.url())
    assert not gate.passed()
    # Its twin: with a policy for it, it passes.
    put_well(machine, gate.client("chrome", name, ca=ca).replace("\nnss_put\n", "\n"))
    with chromium(machine) as browser:
        lets_in(browser, gate, subject)


def test_two_names_on_one_machine(gate, machine):
    """A policy file each: the lists are merged, and what one undoes the other keeps."""
    put_well(machine, gate.client("chrome", "eve@example.test", "--trust-ca", ca=gate.foreign)
             .replace(SITE, OTHER))
    install(gate, machine)
    with chromium(machine) as browser:
        lets_in(browser, gate)
        lets_in(browser, gate, EVE, OTHER)
    undo(gate, machine)
    with chromium(machine, insecure=True) as browser:
        lets_in(browser, gate, EVE, OTHER)
        gate.forget()
        assert browser.prompts(gate.url())
    assert not gate.passed(SITE)


def test_an_administrators_policy_stays_in_force(gate, machine):
    """zz.json is read last; without merging it alone would count."""
    folder = os.path.join(machine.etc, POLICIES[0])
    os.makedirs(folder)
    with open(os.path.join(folder, "zz.json"), "w", encoding="ascii") as out:
        json.dump({"AutoSelectCertificateForUrls": [json.dumps(
            {"pattern": gate.url(OTHER, ""), "filter": {"SUBJECT": {"CN": "Ada Lovelace"}}})]}, out)
    install(gate, machine)
    with chromium(machine) as browser:
        lets_in(browser, gate)
        lets_in(browser, gate, name=OTHER)
    undo(gate, machine)
    assert policy_files(machine) == [POLICIES[0] + "/zz.json"]


# -- and back out --------------------------------------------------------------------------------------

def test_revoked(gate, machine):
    name = gate.issue("lost@example.test", "CN=Lost,O=Example")
    install(gate, machine, name)
    with chromium(machine) as browser:
        shut_while_open(gate, browser, name, "CN=Lost,O=Example")
    with chromium(machine) as browser:
        assert SHUT in browser.open(gate.url())


def test_a_websocket_of_a_revoked_client(gate, machine, backend):
    """The page is told: an open tunnel is closed, and there is no new one."""
    backend.on("/up/ws", websocket)
    name = gate.issue("talker@example.test", "CN=Talker,O=Example")
    install(gate, machine, name)
    with chromium(machine) as browser:
        lets_in(browser, gate, "CN=Talker,O=Example")
        assert browser.script(CONNECT) == "open"
        gate.revoke(name)
        assert browser.script(CLOSED) == "close"
        assert browser.script(CONNECT) == "close"


def test_undone(gate, machine):
    install(gate, machine)
    assert len(keys(machine)) == 1 and len(labels(machine)) == 3 and len(policy_files(machine)) == 2
    undo(gate, machine)
    assert not keys(machine) and not labels(machine) and not policy_files(machine)
    assert os.listdir(os.path.join(machine.etc, "opt")) == []
    with chromium(machine, insecure=True) as browser:
        assert SHUT in browser.open(gate.url())
    with chromium(machine) as browser:
        assert warns(browser, gate)
    undo(gate, machine)


def test_undo_before_install(gate, machine):
    undo(gate, machine)
    assert os.listdir(machine.home) == [] and not policy_files(machine)


# -- the script ----------------------------------------------------------------------------------------

def state(machine):
    files = {name: open(os.path.join(machine.etc, name), encoding="ascii").read()
             for name in policy_files(machine)}
    return labels(machine), keys(machine), files


def test_twice(gate, machine):
    install(gate, machine)
    once = state(machine)
    install(gate, machine)
    assert state(machine) == once


def test_renewed(gate, machine):
    """The new certificate takes the place of the old one."""
    name = gate.issue("again@example.test", "CN=Again,O=Example")
    install(gate, machine, name)
    old = keys(machine)
    gate.ca.ok("renew", name)
    install(gate, machine, name)
    assert len(keys(machine)) == 1 and keys(machine) != old
    with chromium(machine) as browser:
        lets_in(browser, gate, "CN=Again,O=Example")


def test_without_trust(gate, machine):
    put_well(machine, gate.client("chrome", "ada@example.test"))
    assert not [label for label, trust in labels(machine).items() if "C" in trust]
    with chromium(machine) as browser:
        assert warns(browser, gate)


def test_nobody_else_reads_the_key(gate, machine):
    install(gate, machine)
    for folder, _, names in os.walk(os.path.join(machine.home, ".pki")):
        assert os.stat(folder).st_mode & 0o77 == 0
        for name in names:
            assert os.stat(os.path.join(folder, name)).st_mode & 0o77 == 0
    assert sorted(os.listdir(os.path.join(machine.home, OLD))) == ["cert9.db", "key4.db",
                                                                   "pkcs11.txt"]


def test_somebodys_own_certificate_stays(gate, machine):
    """NSS gives certificates of one subject one label: ours could not be told from theirs."""
    install(gate, machine)
    database = "sql:" + os.path.join(machine.home, OLD)
    ours = next(label for label in labels(machine) if label.startswith("ada@"))
    assert machine.run("certutil", "--rename", "-d", database, "-n", ours, "--new-n",
                       "mine").returncode == 0
    done = put(machine, gate.client("chrome", "ada@example.test"))
    assert done.returncode == 1 and "another certificate with this subject" in done.stderr
    undo(gate, machine)
    assert "mine" in labels(machine) and len(keys(machine)) == 1


def test_somebodys_own_root_stays(gate, machine):
    """Also what is trusted by it."""
    os.makedirs(os.path.join(machine.home, OLD))
    database = "sql:" + os.path.join(machine.home, OLD)
    for words in (["-N", "--empty-password"],
                  ["-A", "-n", "mine", "-t", "CT,,", "-i", gate.ca.path("root.crt")]):
        assert machine.run("certutil", "-d", database, *words).returncode == 0
    said = put_well(machine, gate.client("chrome", "ada@example.test", "--trust-ca"))
    assert "already has mine: unchanged" in said
    assert labels(machine)["mine"] == "CT,,"
    undo(gate, machine)
    assert labels(machine) == {"mine": "CT,,"}


def programs(machine, **own):
    """A directory for PATH with all that a script may call; `own`: texts of scripts, or None for none."""
    folder = os.path.join(machine.top, "bin")
    os.mkdir(folder)
    for name in ("sh", "cat", "sed", "grep", "awk", "id", "mkdir", "mktemp", "rm", "rmdir", "mv",
                 "chmod", "flock", "certutil", "pk12util", "openssl"):
        if name not in own:
            os.symlink(shutil.which(name), os.path.join(folder, name))
    for name, text in own.items():
        if text:
            with open(os.path.join(folder, name), "w", encoding="ascii") as out:
                os.fchmod(out.fileno(), 0o755)
                out.write("#!/bin/sh\n" + text)
    return folder


def test_sudo_for_the_policy_alone(gate, machine):
    log = os.path.join(machine.top, "sudo.log")
    path = programs(machine, id="echo 1000", sudo=f'echo "$*" >>{log}\nexec "$@"')
    put_well(machine, gate.client("chrome", "ada@example.test"), PATH=path)
    calls = machine.read("sudo.log").splitlines()
    assert calls[:2] == [f"mkdir -p {top}/policies/managed" for top in ("/etc/chromium", "/etc/opt/chrome")]
    assert sum(call.startswith("sh -euc ") for call in calls) == 2
    assert len(policy_files(machine)) == 2 and len(keys(machine)) == 1


def test_no_password_for_sudo(gate, machine):
    """Where nobody can be asked, nothing is half done."""
    path = programs(machine, id="echo 1000", sudo="exit 1")
    assert put(machine, gate.client("chrome", "ada@example.test"), PATH=path).returncode == 1
    assert os.listdir(machine.home) == [] and not policy_files(machine)


def test_a_link_is_not_followed(gate, machine):
    """What it leads to is somebody's."""
    folder, victim = (os.path.join(machine.etc, "chromium", name) for name in ("policies", "victim"))
    link = os.path.join(folder, "managed", "yett-ada@example.test.json")
    os.makedirs(os.path.dirname(link))
    with open(victim, "w", encoding="ascii") as out:
        out.write("mine")
    os.symlink("../../victim", link)
    install(gate, machine)
    with open(victim, encoding="ascii") as file:
        assert file.read() == "mine"
    assert not os.path.islink(link) and len(policy_files(machine)) == 2
    assert os.listdir(folder) == ["managed"] and len(os.listdir(os.path.dirname(link))) == 1


def test_not_with_sudo(gate, machine):
    """Nobody's browser is root's."""
    done = put(machine, gate.client("chrome", "ada@example.test"), SUDO_USER="ada")
    assert done.returncode == 1 and "run this without sudo" in done.stderr
    assert os.listdir(machine.home) == [] and not policy_files(machine)


@pytest.mark.parametrize("lacking, packages", [
    ("certutil", "libnss3-tools"), ("openssl", "openssl"),
    ("certutil pk12util openssl", "libnss3-tools openssl")])
def test_missing_programs(gate, machine, lacking, packages):
    """All of them at once."""
    path = programs(machine, **dict.fromkeys(lacking.split()))
    done = put(machine, gate.client("chrome", "ada@example.test"), PATH=path)
    assert done.returncode == 1
    assert done.stderr == f"yett: missing: {lacking}; apt install {packages}\n"
    assert os.listdir(machine.home) == [] and not policy_files(machine)
