# SPDX-License-Identifier: Apache-2.0
"""Firefox passes the gate with what `yett client firefox` writes, until it is revoked or undone."""

import contextlib
import json
import os
import re
import shutil

import pytest

from support.browsers import Machine
from support.firefox_user import (  # pylint: disable=unused-import
    CHOICE, FOLDERS, default_profile, firefox, gate, home, keys, labels, machine, text, undo, warns)
from support.guarded import ADA, OTHER, SHUT, lets_in, put, put_well, shut_while_open
from support.servers import ROOT, wait_for

pytestmark = pytest.mark.yett_only("nginx has no certificate authority")


def install(gate, machine, name="ada@example.test", **environment):
    put_well(machine, gate.client("firefox", name, "--trust-ca"), **environment)


# -- through the gate ----------------------------------------------------------------------------------

def test_passes_without_a_prompt(gate, machine):
    """The profile that Firefox chooses is the one that the script has found."""
    install(gate, machine)
    with firefox(machine) as browser:
        lets_in(browser, gate)


def test_every_site_that_asks_gets_it(gate, machine):
    """As docs/clients.md warns: the choice is not bound to the site that it was made for."""
    install(gate, machine)
    with firefox(machine) as browser:
        lets_in(browser, gate, name=OTHER)


def test_asks_without_the_choice(gate, machine):
    install(gate, machine)
    os.unlink(os.path.join(default_profile(machine), "user.js"))
    gate.forget()
    with firefox(machine) as browser:
        assert browser.prompts(gate.url())
    assert not gate.passed()


def test_a_remembered_decision(gate, machine):
    """The way for who does not want the choice to be made everywhere: asked once, for this site."""
    install(gate, machine, FIREFOX_ASK="1")
    assert not text(machine, "user.js")
    with firefox(machine, dialogs=True) as browser:
        assert browser.prompts(gate.url())
        browser.choose(1)
        wait_for(lambda: "lets in " + ADA in browser.text(), 30, "the page")
    with firefox(machine) as browser:
        lets_in(browser, gate)
        gate.forget()
        assert browser.prompts(gate.url(OTHER))
    assert not gate.passed(OTHER)


def test_revoked(gate, machine):
    name = gate.issue("lost@example.test", "CN=Lost,O=Example")
    install(gate, machine, name)
    with firefox(machine) as browser:
        shut_while_open(gate, browser, name, "CN=Lost,O=Example")
    with firefox(machine) as browser:
        assert SHUT in browser.open(gate.url())


def test_undone(gate, machine):
    """After a Firefox that has taken the choice into its own preferences."""
    install(gate, machine)
    with firefox(machine) as browser:
        lets_in(browser, gate)
    assert CHOICE in text(machine, "prefs.js")
    undo(gate, machine)
    assert not keys(machine) and not labels(machine)
    assert CHOICE not in text(machine, "prefs.js") and not text(machine, "user.js")
    with firefox(machine, insecure=True) as browser:
        assert SHUT in browser.open(gate.url())
    with firefox(machine) as browser:
        assert warns(browser, gate)
    undo(gate, machine)


def test_policies_for_all_users(gate, machine):
    """What docs/clients.md shows to administrators; this script only imports."""
    put_well(machine, gate.client("firefox", "ada@example.test"), FIREFOX_ASK="1")
    with open(os.path.join(ROOT, "docs", "clients.md"), encoding="utf-8") as page:
        shown = re.search(r"```json\n(.*?)```", page.read(), re.S)[1]
    folder = os.path.join(machine.etc, "firefox", "policies")
    os.mkdir(folder)
    [root] = json.loads(shown)["policies"]["Certificates"]["Install"]
    shutil.copy(gate.ca.path("root.crt"), root.replace("/etc", machine.etc, 1))
    with open(os.path.join(folder, "policies.json"), "w", encoding="ascii") as out:
        out.write(shown)
    with firefox(machine) as browser:
        lets_in(browser, gate)
    os.unlink(out.name)
    gate.forget()
    with firefox(machine) as browser:
        assert browser.prompts(gate.url())
    assert not gate.passed()


# -- the script ----------------------------------------------------------------------------------------

def test_twice(gate, machine):
    install(gate, machine)
    once = keys(machine), labels(machine), text(machine, "user.js")
    install(gate, machine)
    assert (keys(machine), labels(machine), text(machine, "user.js")) == once
    assert len(once[0]) == 1 and once[2].count(CHOICE) == 1


def test_two_names(gate, machine):
    """The choice stays as long as one of them does."""
    other = gate.issue("grace@example.test", "CN=Grace,O=Example")
    install(gate, machine)
    install(gate, machine, other)
    assert len(keys(machine)) == 2
    undo(gate, machine)
    assert len(keys(machine)) == 1 and CHOICE in text(machine, "user.js")
    assert len(labels(machine)) == 3
    undo(gate, machine, other)
    assert not keys(machine) and not labels(machine) and not text(machine, "user.js")


@pytest.mark.parametrize("file", ["user.js", "prefs.js"])
def test_somebodys_own_choice_stays(gate, machine, file):
    path = os.path.join(default_profile(machine), file)
    with open(path, "a", encoding="ascii") as out:
        out.write('user_pref("example.one", 1);\n' + CHOICE)
    before = text(machine, file)
    install(gate, machine)
    install(gate, machine, gate.issue(f"{file}@example.test", f"CN={file},O=Example"))
    undo(gate, machine)
    undo(gate, machine, f"{file}@example.test")
    assert text(machine, file).rstrip("\n") == before
    assert len(text(machine, "user.js").splitlines()) == (2 if file == "user.js" else 0)


def test_a_running_firefox(gate, machine):
    """It would not see the one, and overwrite the other."""
    with firefox(machine):
        done = put(machine, gate.client("firefox", "ada@example.test"))
        assert done.returncode == 1 and "close Firefox first" in done.stderr
        assert not keys(machine) and not text(machine, "user.js")
    install(gate, machine)
    with firefox(machine) as browser:
        done = put(machine, gate.client("firefox", "ada@example.test", "--undo"))
        assert done.returncode == 1 and "close Firefox first" in done.stderr
        lets_in(browser, gate)


def test_after_a_crash(gate, machine):
    """The link stays behind; its process is gone."""
    os.symlink("127.0.1.1:+4194305", os.path.join(default_profile(machine), "lock"))
    install(gate, machine)
    assert len(keys(machine)) == 1


def profiles(machine, folder, ini, *names):
    for name in names:
        os.makedirs(os.path.join(machine.home, folder, name))
    with open(os.path.join(machine.home, folder, "profiles.ini"), "w", encoding="ascii") as out:
        out.write(ini)


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("installs, chosen", [
    ("", ["b c"]),
    ("[InstallAAAA]\nDefault=a\nLocked=1\n", ["a"]),
    ("[InstallAAAA]\nDefault=a\n\n[InstallBBBB]\nDefault=@HOME@/elsewhere\n", ["a", "elsewhere"])])
def test_which_profile(gate, folder, installs, chosen):
    with Machine() as machine:
        os.mkdir(os.path.join(machine.home, "elsewhere"))
        profiles(machine, folder, installs.replace("@HOME@", machine.home) +
                 "[Profile1]\nName=x\nIsRelative=1\nPath=b c\nDefault=1\n\n[Profile0]\nName=y\n"
                 "IsRelative=1\nPath=a\n\n[Profile2]\nIsRelative=0\nPath=" +
                 machine.home + "/elsewhere\n\n[General]\nVersion=2\n", "a", "b c")
        install(gate, machine)
        paths = {name: os.path.join(machine.home, folder, name) for name in ("a", "b c")}
        paths["elsewhere"] = os.path.join(machine.home, "elsewhere")
        assert sorted(name for name, path in paths.items() if keys(machine, path)) == chosen
        undo(gate, machine)
        assert not [name for name, path in paths.items() if keys(machine, path)]


def test_profile_by_name(gate, machine):
    other = os.path.join(machine.home, "a b")
    os.mkdir(other)
    install(gate, machine, FIREFOX_PROFILE=other)
    assert len(keys(machine, other)) == 1 and not keys(machine)
    undo(gate, machine, FIREFOX_PROFILE=other)
    assert not keys(machine, other)


def test_no_profile(gate):
    with Machine() as machine:
        done = put(machine, gate.client("firefox", "ada@example.test"))
        assert done.returncode == 1
        assert done.stderr.startswith("yett: no Firefox profile found: start Firefox once")
        undo(gate, machine)
        assert os.listdir(machine.home) == []


# -- what else may be there ----------------------------------------------------------------------------

def test_linked_settings_stay_linked(gate, machine):
    """Of somebody who keeps user.js in a repository; and nobody's link is followed beside it."""
    kept, victim = (os.path.join(machine.home, name) for name in ("kept.js", "victim"))
    own = 'user_pref("example.one", 1);\n'
    link = os.path.join(default_profile(machine), "user.js")
    for content in (own, ""):
        with open(kept, "w", encoding="ascii") as out:
            out.write(content)
        os.chmod(kept, 0o640)
        with contextlib.suppress(FileExistsError):
            os.symlink(kept, link)
            os.symlink(victim, link + ".yett")
        install(gate, machine)
        undo(gate, machine)
        assert os.readlink(link) == kept and text(machine, "user.js") == content
        assert os.stat(kept).st_mode & 0o777 == 0o640
    assert not os.path.exists(victim)


def test_four_at_once(gate, machine):
    """Of a database that is not there yet."""
    profile = os.path.join(machine.home, "new")
    path = os.path.join(machine.top, "script.sh")
    os.mkdir(profile)
    for program, count in ((gate.client("firefox", "ada@example.test", "--trust-ca"), 1),
                           (gate.client("firefox", "ada@example.test", "--undo"), 0)):
        with open(path, "w", encoding="utf-8") as out:
            out.write(program)
        done = machine.run("env", "FIREFOX_PROFILE=" + profile, "timeout", "60", "sh", "-c",
                           'for i in 1 2 3 4; do sh "$1" & all="$all $!"; done; '
                           'for one in $all; do wait "$one" || exit; done', "sh", path)
        assert done.returncode == 0, done.stderr
        assert len(keys(machine, profile)) == count and len(labels(machine, profile)) == 3 * count
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(profile, "user.js"), encoding="ascii") as file:
                assert file.read().count(CHOICE) == count
