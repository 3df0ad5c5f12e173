# SPDX-License-Identifier: Apache-2.0
"""Firefox chooses by the policy that `yett client firefox --policy` puts below /etc, and others' stay."""

import json
import os
import shutil
import stat

import pytest

from support.browsers import Machine
from support.firefox_user import (  # pylint: disable=unused-import
    CHOICE, default_profile, firefox, gate, home, keys, labels, machine, text, undo, warns)
from support.guarded import SHUT, lets_in, put, put_well

pytestmark = pytest.mark.yett_only("nginx has no certificate authority")
ADA_AT, GRACE_AT = "ada@example.test", "grace@example.test"
PREFERENCE = {"Value": "Select Automatically", "Status": "default"}
CHOICE_ONLY = {"policies": {"Preferences": {"security.default_personal_cert": PREFERENCE}}}
THEIRS = {"policies": {"DisableTelemetry": True}}


def script(gate, *more, name=ADA_AT):
    return gate.client("firefox", name, "--policy", *more)


def folder(machine, *name):
    return os.path.join(machine.etc, "firefox", "policies", *name)


def policies(machine):
    with open(folder(machine, "policies.json"), encoding="ascii") as file:
        return json.load(file)


def put_theirs(machine, value, name="policies.json"):
    os.makedirs(folder(machine), exist_ok=True)
    with open(folder(machine, name), "w", encoding="ascii") as out:
        out.write(json.dumps(value))


def refused(gate, machine, *more):
    done = put(machine, script(gate, *more))
    assert done.returncode == 1 and "was not written by this script" in done.stderr
    assert not keys(machine), "nothing was done before"
    return done.stderr


def root_of(gate):
    with open(gate.ca.path("root.crt"), encoding="ascii") as file:
        return file.read()


# -- through the gate ----------------------------------------------------------------------------------

def test_passes_asks_and_passes(gate, machine):
    """The choice is the policy's: without the file Firefox asks."""
    put_well(machine, script(gate, "--trust-ca"))
    assert not text(machine, "user.js")
    with firefox(machine) as browser:
        lets_in(browser, gate)
    assert CHOICE not in text(machine, "prefs.js")
    os.rename(folder(machine, "policies.json"), folder(machine, "elsewhere"))
    gate.forget()
    with firefox(machine) as browser:
        assert browser.prompts(gate.url())
    assert not [line for line in gate.seen() if line[3] == "SUCCESS"]


def test_undone(gate, machine):
    put_well(machine, script(gate, "--trust-ca"))
    with firefox(machine) as browser:
        lets_in(browser, gate)
    undo(gate, machine)
    assert not keys(machine) and not labels(machine)
    assert not os.path.exists(folder(machine))
    put_well(machine, gate.client("firefox", ADA_AT, "--trust-ca"))
    os.unlink(os.path.join(default_profile(machine), "user.js"))
    with firefox(machine) as browser:
        assert browser.prompts(gate.url())
    undo(gate, machine)
    undo(gate, machine)
    with firefox(machine) as browser:
        assert warns(browser, gate), "the root went as well"


def test_the_users_word_is_the_last(gate, machine):
    put_well(machine, script(gate, "--trust-ca"))
    with open(os.path.join(default_profile(machine), "user.js"), "w", encoding="ascii") as out:
        out.write('user_pref("security.default_personal_cert", "Ask Every Time");\n')
    with firefox(machine) as browser:
        assert browser.prompts(gate.url())


def test_everybody_trusts_the_root_and_keeps_it(gate, machine):
    """As docs/clients.md warns: a root from a policy outlives it in the profiles that it reached."""
    put_well(machine, script(gate, "--trust-ca"))
    mine = machine.home
    machine.home = os.path.join(machine.top, "other")
    shutil.copytree(mine, machine.home, symlinks=True)
    put_well(machine, gate.client("firefox", ADA_AT, "--undo").replace("\ndrop_policy\n", "\n"))
    assert not labels(machine)
    with firefox(machine) as browser:
        assert SHUT in browser.open(gate.url())
    theirs, machine.home = machine.home, mine
    said = put_well(machine, gate.client("firefox", ADA_AT, "--undo"))
    assert "still trust the root" in said and not os.path.exists(folder(machine))
    machine.home = theirs
    with firefox(machine) as browser:
        assert SHUT in browser.open(gate.url())


# -- the file ------------------------------------------------------------------------------------------

def test_what_is_written(gate, machine):
    put_well(machine, script(gate))
    assert policies(machine) == CHOICE_ONLY
    assert stat.S_IMODE(os.stat(folder(machine, "policies.json")).st_mode) == 0o644
    assert stat.S_IMODE(os.stat(folder(machine)).st_mode) == 0o755
    before = {name: os.stat(folder(machine, name)).st_mtime_ns for name in ("policies.json",)}
    put_well(machine, script(gate))
    assert before == {name: os.stat(folder(machine, name)).st_mtime_ns for name in before}
    assert not [name for name in os.listdir(folder(machine)) if name.startswith(".")]


def test_trust_comes_and_goes(gate, machine):
    """One who does not ask for the root's trust does not take it from one who did."""
    gate.issue(GRACE_AT, "CN=Grace,O=Example")
    put_well(machine, script(gate))
    put_well(machine, script(gate, "--trust-ca", name=GRACE_AT))
    [path] = policies(machine)["policies"]["Certificates"]["Install"]
    with open(path.replace("/etc", machine.etc, 1), encoding="ascii") as file:
        assert file.read() == root_of(gate)
    put_well(machine, script(gate))
    assert policies(machine)["policies"]["Certificates"]["Install"] == [path]
    undo(gate, machine)
    assert policies(machine)["policies"]["Preferences"], "Grace needs it"
    undo(gate, machine, GRACE_AT)
    assert not os.path.exists(folder(machine))


def test_two_authorities(gate, machine):
    """The first one's root goes with it, the choice with the last one."""
    other = gate.client("firefox", "eve@example.test", "--policy", "--trust-ca", ca=gate.foreign)
    put_well(machine, script(gate, "--trust-ca"))
    said = put_well(machine, other)
    assert "already has this setting" in said
    undo(gate, machine)
    assert policies(machine) == CHOICE_ONLY
    put_well(machine, gate.client("firefox", "eve@example.test", "--undo", ca=gate.foreign))
    assert not os.path.exists(folder(machine))


@pytest.mark.parametrize("more", [(), ("--trust-ca",)])
def test_policies_of_others_are_refused(gate, machine, more):
    put_theirs(machine, THEIRS)
    said = refused(gate, machine, *more)
    lines = said[said.index("\n{\n"):]
    assert json.loads(lines)["policies"]["Preferences"] == CHOICE_ONLY["policies"]["Preferences"]
    undo(gate, machine)
    assert policies(machine) == THEIRS and os.listdir(folder(machine)) == ["policies.json"]


def test_policies_of_others_with_the_choice(gate, machine):
    """After they were told what to put in."""
    merged = {"policies": {**THEIRS["policies"], **CHOICE_ONLY["policies"]}}
    put_theirs(machine, merged)
    assert "already has this setting" in put_well(machine, script(gate, "--trust-ca"))
    with firefox(machine) as browser:
        lets_in(browser, gate)
    undo(gate, machine)
    assert policies(machine) == merged and os.listdir(folder(machine)) == ["policies.json"]


def test_the_opposite_choice_of_others(gate, machine):
    put_theirs(machine, {"policies": {"Preferences": {"security.default_personal_cert": {
        "Value": "Ask Every Time", "Status": "locked"}}}})
    refused(gate, machine)


def test_the_same_file_of_others(gate, machine, tmp_path):
    """Distributed from the directory of --out by who looks after the machine: not ours to remove."""
    gate.client("firefox", ADA_AT, "--policy", "--out", str(tmp_path / "kit"))
    os.makedirs(folder(machine))
    shutil.copy(tmp_path / "kit" / "policies.json", folder(machine, "policies.json"))
    put_well(machine, script(gate))
    undo(gate, machine)
    assert policies(machine) == CHOICE_ONLY


def test_a_link_of_others(gate, machine):
    put_theirs(machine, THEIRS, "elsewhere.json")
    os.symlink("elsewhere.json", folder(machine, "policies.json"))
    refused(gate, machine)
    os.unlink(folder(machine, "elsewhere.json"))
    refused(gate, machine)
    assert os.listdir(folder(machine)) == ["policies.json"]


def test_policies_of_the_installation(gate, machine):
    """Firefox would not look at them any more."""
    theirs = os.path.join(machine.top, "distribution")
    os.mkdir(theirs)
    with open(os.path.join(theirs, "policies.json"), "w", encoding="ascii") as out:
        json.dump(THEIRS, out)
    path = os.path.join(machine.top, "script.sh")
    with open(path, "w", encoding="utf-8") as out:
        out.write(script(gate))
    done = machine.run("sh", "-c", 'mount --bind "$1" /usr/share/firefox-esr/distribution && '
                       'exec sh "$2"', "sh", theirs, path)
    assert done.returncode == 1 and "distribution/policies.json exists and was not written" in done.stderr
    assert not os.path.exists(folder(machine)) and not keys(machine)
    put_well(machine, script(gate))


def test_to_carry(gate, machine, tmp_path):
    gate.client("firefox", ADA_AT, "--policy", "--trust-ca", "--out", str(tmp_path / "kit"))
    assert set(os.listdir(tmp_path / "kit")) == {ADA_AT + ".pem", "root.crt", "install.sh", "undo.sh",
                                                 "policies.json"}
    done = machine.run(str(tmp_path / "kit" / "install.sh"))
    assert done.returncode == 0, done.stderr
    assert policies(machine) == json.loads((tmp_path / "kit" / "policies.json").read_text())
    with firefox(machine) as browser:
        lets_in(browser, gate)
    assert machine.run(str(tmp_path / "kit" / "undo.sh")).returncode == 0
    assert not os.path.exists(folder(machine)) and not keys(machine)
    gate.client("firefox", ADA_AT, "--out", str(tmp_path / "plain"))
    assert "policies.json" not in os.listdir(tmp_path / "plain")


def test_without_sudo(gate, machine):
    """Nothing is half done where nobody can be asked for a password."""
    tools = os.path.join(machine.top, "tools")
    os.mkdir(tools)
    for name, says in (("id", "echo 1000"), ("sudo", "echo no terminal >&2; exit 1")):
        with open(os.path.join(tools, name), "w", encoding="ascii") as out:
            out.write("#!/bin/sh\n" + says + "\n")
        os.chmod(out.name, 0o755)
    done = put(machine, script(gate), PATH=tools + ":" + os.environ["PATH"])
    assert done.returncode == 1 and done.stderr == "no terminal\n"
    assert not keys(machine) and not os.path.exists(folder(machine))
