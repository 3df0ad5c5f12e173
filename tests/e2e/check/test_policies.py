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
