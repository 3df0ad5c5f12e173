# SPDX-License-Identifier: Apache-2.0
"""Somebody who has started Firefox once, and what `yett client firefox` leaves there; the tests import the
fixtures by name."""

import configparser
import contextlib
import glob
import os
import shutil

import pytest

from support.browsers import PATIENCE, BrowserError, Firefox, Machine, stop_group
from support.guarded import OTHER, SITE, Guarded, put_well
from support.servers import wait_for

CHOICE = 'user_pref("security.default_personal_cert", "Select Automatically");'
FOLDERS = (".mozilla/firefox", ".config/mozilla/firefox")


@pytest.fixture(scope="module")
def gate(tmp_path_factory, backend):
    running = Guarded(str(tmp_path_factory.mktemp("gate")), backend)
    yield running
    running.close()


@pytest.fixture(scope="module")
def home():
    """Of somebody who has started Firefox once: it has made its own profiles there."""
    with Machine() as machine:
        with machine.log("firefox.log") as log:
            process = machine.start("firefox-esr", "--headless", stdout=log, stderr=log)
        try:
            wait_for(lambda: default_profile(machine) and
                     os.path.exists(os.path.join(default_profile(machine), "cert9.db")),
                     PATIENCE, "a profile")
        finally:
            stop_group(process)
        yield machine.home


@pytest.fixture
def machine(home):
    with Machine() as made:
        os.rmdir(made.home)
        shutil.copytree(home, made.home, symlinks=True)
        for lock in glob.glob(os.path.join(default_profile(made), "*lock")):
            os.unlink(lock)
        yield made


def default_profile(machine):
    """What Firefox itself starts with."""
    for folder in FOLDERS:
        ini = configparser.ConfigParser(interpolation=None)
        ini.read(os.path.join(machine.home, folder, "profiles.ini"))
        for section in ini.sections():
            if section.startswith("Install"):
                return os.path.join(machine.home, folder, ini[section]["Default"])
    return None


def firefox(machine, **more):
    return Firefox(machine, default_profile(machine), [SITE, OTHER], **more)


def undo(gate, machine, name="ada@example.test", **environment):
    put_well(machine, gate.client("firefox", name, "--undo"), **environment)


def keys(machine, profile=None):
    done = machine.run("certutil", "-K", "-d", "sql:" + (profile or default_profile(machine)))
    return [line for line in done.stdout.splitlines() if line.startswith("<")]


def labels(machine, profile=None):
    done = machine.run("certutil", "-L", "-d", "sql:" + (profile or default_profile(machine)))
    return [line.rsplit(None, 1)[0].strip() for line in done.stdout.splitlines()[4:] if line.strip()]


def text(machine, name):
    with contextlib.suppress(FileNotFoundError):
        with open(os.path.join(default_profile(machine), name), encoding="utf-8") as file:
            return file.read()
    return ""


def warns(browser, gate):
    try:
        browser.open(gate.url())
    except BrowserError as error:
        return "SEC_ERROR_UNKNOWN_ISSUER" in str(error) or error.args[0] == "insecure certificate"
    return False
