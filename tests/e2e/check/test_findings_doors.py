# SPDX-License-Identifier: Apache-2.0
"""No guarded door that opens is without a finding; and none that guards nothing has one."""

import pytest

from support.check import DENY, GUARDED, Said

pytestmark = pytest.mark.yett_only("nginx has no such command")

APP = "proxy_pass http://127.0.0.1:9000;"
MANDATORY = GUARDED.replace("optional", "on")


def checked(tmp_path, pki, rest, server=GUARDED):
    return Said(tmp_path, pki, f"server {{ {server} {rest} }}")


@pytest.mark.parametrize("pages", [
    "error_page 495 496 = /;", "error_page 496 = @app;", "error_page 495 = @app;", "error_page 497 = @app;"])
def test_a_refusal_leads_in(tmp_path, pki, pages):
    said = checked(tmp_path, pki, f"{pages} location / {{ {APP} }} location @app {{ {APP} }}", MANDATORY)
    assert said.found("refusal-leads-in") and said.done.returncode == 1
    assert not said.found("optional-no-ca-trusted")


@pytest.mark.parametrize("pages", ["error_page 495 496 = /denied.html;", "error_page 495 496 @denied;", ""])
def test_a_refusal_leads_to_one_page(tmp_path, pki, pages):
    said = checked(tmp_path, pki, f"{pages} location = /denied.html {{ root /www; }} location / {{ {APP} }}\n"
                   "location @denied { root /www; try_files /denied.html =403; }", MANDATORY)
    assert not said.found("refusal-leads-in") and not said.found("optional-no-ca-trusted")


def test_a_large_body_leads_in(tmp_path, pki):
    said = checked(tmp_path, pki, "error_page 413 = @app; location @app { proxy_pass http://127.0.0.1:9000; }\n"
                   "location / { client_max_body_size 1k; return 403; }")
    assert said.state("/") == "open if" and said.done.returncode == 1
    assert "the body is larger" in said.found("conditional-door")[0]


def test_all_conditions_of_a_way_are_in_one_finding(tmp_path, pki):
    said = checked(tmp_path, pki, "location / { set $n 0; if ($http_a = 1) { set $n 1; } "
                   "if ($http_b = 2) { set $n \"${n}2\"; } if ($n != 12) { return 403; } root /www; }")
    assert len(said.found("conditional-door")) == 1
    assert said.found("conditional-door")[0].endswith("if $http_a = 1 and $http_b = 2")


@pytest.mark.parametrize("location,rule", [
    ("location /blog { return 301 https://there.test; }", "location-overtaken"),
    ("location = /gone { return 404; }", "location-slash"), ("location /old { return 410; }", "location-case")])
def test_what_guards_nothing(tmp_path, pki, location, rule):
    rest = rf"location ~ \.css$ {{ {APP} }} location / {{ {APP} }}"
    assert not checked(tmp_path, pki, location + rest).found(rule)
    name = location.split("{")[0]
    assert checked(tmp_path, pki, f"{name} {{ {DENY} {APP} }} {rest}").found(rule)


def test_a_chain_of_volatile_maps_ends(tmp_path, pki):
    rows = " ".join(f"k{n} v{n};" for n in range(20))
    maps = "".join(f'map "${{m{n}}}x" $m{n + 1} {{ volatile; default 0; {rows} }}\n' for n in range(22))
    said = Said(tmp_path, pki, f"map $http_x $m0 {{ volatile; default 0; {rows} }}\n{maps}"
                   f"server {{ {GUARDED} location / {{ if ($m22) {{ return 403; }} {APP} }} }}")
    assert said.state("/") == "open if"
