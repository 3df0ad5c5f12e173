# SPDX-License-Identifier: Apache-2.0
"""`yett explain`, asked about the configuration of a running server."""

import json
import subprocess

from support.servers import REPORTS, YETT, Server

ANSWERED, REFUSED, MISUSED, DEPENDS = 0, 1, 2, 3


def run(*args, **more):
    done = subprocess.run([YETT, "explain", *args], capture_output=True, text=True, check=False, timeout=60,
                          env=Server.environment(), **more)
    assert not REPORTS.search(done.stderr), done.stderr
    return done


def text(site, *args, code=ANSWERED):
    done = run("-c", site.conf_path, "-p", site.dir, *args)
    assert done.returncode == code, (args, done.returncode, done.stdout, done.stderr)
    return done.stdout


def explain(site, *args, code=None):
    """What it says; without a code, the exit status must be that of its outcome."""
    done = run("-c", site.conf_path, "-p", site.dir, "--json", *args)
    assert done.returncode in (ANSWERED, REFUSED, DEPENDS), (args, done.stderr)
    said = json.loads(done.stdout)
    assert done.returncode == {"answered": ANSWERED, "refused": REFUSED, "depends": DEPENDS}[said["outcome"]]
    assert code in (None, done.returncode), (args, done.stdout)
    return said


def fails(site, *args):
    done = run("-c", site.conf_path, "-p", site.dir, *args)
    assert (done.returncode, done.stdout) == (MISUSED, ""), (args, done)
    return done.stderr


def only(said):
    """The one way there is."""
    assert said["complete"] and len(said["ways"]) == 1, said
    return said["ways"][0]


def status_of(said):
    """0: the handler decides it."""
    return only(said)["answer"]["status"] or 0


def trail(way):
    """[(line, text)]"""
    return [(int((step["place"] or ":0").rsplit(":", 1)[1]), step["text"]) for step in way["trail"]]


def value_of(way, variable):
    found = [v for v in way["variables"] if v["name"] == "$" + variable]
    assert len(found) <= 1, found
    return found[0]["value"] if found else None
