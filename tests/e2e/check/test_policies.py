# SPDX-License-Identifier: Apache-2.0
"""The doors of locations with a client policy."""

import pytest

from support.check import GUARDED, Said

pytestmark = pytest.mark.yett_only("nginx has no such command")

APP = "proxy_pass http://127.0.0.1:9000;"
POLICIES = """
client_policy staff { deny subject.CN=x; allow issuer.CN=ca subject.O=y; allow verified eku=clientAuth; }
client_policy near { allow network=10.0.0.0/8; allow verified; }
client_policy all { allow all; }
"""


def checked(tmp_path, pki, rest):
    return Said(tmp_path, pki, f"{POLICIES} server {{ {GUARDED} {rest} }}")


@pytest.mark.parametrize("access,state", [
    ("staff", "shut"), ("near", "open if"), ("all", "open"), ("off", "open"),
])
def test_a_policy_decides_the_door(tmp_path, pki, access, state):
    said = checked(tmp_path, pki, f"location / {{ client_access {access}; {APP} }}")
    assert said.state("/") == state


def test_a_network_is_named_as_the_condition(tmp_path, pki):
    said = checked(tmp_path, pki, f"location / {{ client_access near; {APP} }}")
    assert any("network=10.0.0.0/8" in text for way in said.conditions("/") for text in way)


def test_the_servers_policy_covers_what_is_in_it(tmp_path, pki):
    said = checked(tmp_path, pki, f"client_access staff; error_page 404 /e; location /a {{ {APP} }} location /e {{ {APP} }}\n"
                   f"location /b {{ client_access off; {APP} }} location /c {{ client_access_mode report; {APP} }}")
    assert [said.state(path) for path in ("/a", "/e", "/b", "/c")] == ["shut", "shut", "open", "open"]


def test_an_internal_redirect_comes_to_the_policy_of_its_target(tmp_path, pki):
    said = checked(tmp_path, pki, f"location /in {{ error_page 404 = @app; return 404; }} location @app {{ client_access staff; {APP} }}\n"
                   f"location /out {{ client_access staff; try_files /none @open; }} location @open {{ {APP} }}")
    assert (said.state("/in"), said.state("/out")) == ("shut", "shut")


def test_off_is_said_to_be_on_purpose(tmp_path, pki):
    conf = f"client_access staff; location /a {{ {APP} }}\nlocation /b {{\nclient_access off; {APP} location /b/c {{ {APP} }} }}"
    said = checked(tmp_path, pki, conf)
    found = [f for f in said.said["findings"] if f["rule"] == "policy-off"]
    line = (tmp_path / "check.conf").read_text().split("\n").index(f"client_access off; {APP} location /b/c {{ {APP} }} }} }}") + 1
    assert sorted((f["text"].split(" of ")[0], f["line"], f["severity"]) for f in found) == [
        ("location /b", line, "note"), ("location /b/c", line, "note")]
    assert not said.found("optional-unchecked")
    # Its twin: the same without a word about it is an error.
    said = checked(tmp_path, pki, conf.replace("client_access staff;", "").replace("client_access off;", ""))
    assert len(said.found("optional-unchecked")) == 4 and not said.found("policy-off")


def test_off_without_a_policy_around_it_accepts_nothing(tmp_path, pki):
    said = checked(tmp_path, pki, f"client_access off; location /a {{ client_access off; {APP} }}")
    assert len(said.found("optional-unchecked")) == 2 and not said.found("policy-off")


def test_a_door_that_is_shut_anyway_is_not_said_to_be_open(tmp_path, pki):
    said = checked(tmp_path, pki, "client_access staff; location / { client_access off; return 403; }")
    assert not said.found("policy-off")


def test_report_mode_is_named_wherever_it_holds(tmp_path, pki):
    said = checked(tmp_path, pki, f"client_access staff; location /a {{\nclient_access_mode report; {APP}\n"
                   f"location /a/b {{ client_access near; {APP} }} location /a/c {{ client_access_mode enforce; {APP} }}\n"
                   f"location /a/d {{ client_access off; {APP} }} }}")
    found = [f for f in said.said["findings"] if f["rule"] == "policy-reports"]
    line = (tmp_path / "check.conf").read_text().split("\n").index(f"client_access_mode report; {APP}") + 1
    assert sorted((f["text"].split(" of ")[0], f["line"]) for f in found) == [
        ('client_policy "near" only reports in location /a/b', line),
        ('client_policy "staff" only reports in location /a', line)]
    assert [said.state(path) for path in ("/a", "/a/c")] == ["open", "shut"]
