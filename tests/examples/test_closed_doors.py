# SPDX-License-Identifier: Apache-2.0
"""examples/closed-doors: open-doors with a policy. Only the error page is open."""
import json
import subprocess

import pytest

from running import copy_example, is_nginx, yett

pytestmark = pytest.mark.skipif(is_nginx(), reason="nginx has no policies")


@pytest.fixture(name="directory")
def directory_(tmp_path):
    copy_example("closed-doors", tmp_path)
    return tmp_path


def doors_of(directory):
    done = subprocess.run([yett(), "check", "--all", "--json", directory / "yett.conf"], capture_output=True, text=True,
                          check=False, timeout=60)
    return {door["location"]: door["state"] for door in json.loads(done.stdout)["doors"]}


def test_only_the_error_page_is_open(directory):
    doors = doors_of(directory)
    assert {location for location, state in doors.items() if state != "shut"} == {"= /error.html"}
    assert doors["/secured_site"] == "shut"
    # Its twin: without the policy everything is open.
    conf = directory / "yett.conf"
    conf.write_text(conf.read_text().replace("client_access          staff;", ""))
    assert "shut" not in doors_of(directory).values()


def run_cases(directory):
    return subprocess.run([yett(), "policy", "test", directory / "yett.cases"], capture_output=True, text=True,
                          check=False, timeout=60)


def test_its_cases_hold(directory):
    done = run_cases(directory)
    assert done.returncode == 0 and "8 of 8 cases as expected" in done.stdout, (done.stdout, done.stderr)
    # Its twin: without the policy the gate is open.
    conf = directory / "yett.conf"
    conf.write_text(conf.read_text().replace("client_access          staff;", ""))
    done = run_cases(directory)
    assert done.returncode == 1 and "expected deny, got allow" in done.stdout, (done.stdout, done.stderr)


@pytest.mark.parametrize("name,answer", [("good", 'allow "issuer.CN=Example Intermediate CA" subject.OU=Machines'), ("barred", "deny subject.CN=laptop-barred"), (None, "no rule of client_policy")])
def test_explain_names_the_rule(directory, name, answer):
    more = ["--cert", directory / "clients" / f"{name}.pem"] if name else []
    done = subprocess.run([yett(), "explain", "-c", directory / "yett.conf", "-p", directory, *more,
                           "https://www.example.test:18443/secured_site"], capture_output=True, text=True, check=False,
                          timeout=60)
    assert answer in done.stdout, (done.stdout, done.stderr)
