# SPDX-License-Identifier: Apache-2.0
"""Patterns that a line feed in the path passes: the finding, its twins, and what a gate does with such a path."""

import pytest

from support.check import DENY, GUARDED, Said

pytestmark = pytest.mark.yett_only("nginx has no such command")

RULE = "regex-stops-at-newline"
APP = "proxy_pass http://127.0.0.1:9000;"
OPEN = f"location / {{ {APP} }}"
FLAG = ("set $need 0; if (%s) { set $need 1; } if ($ssl_client_verify = SUCCESS) { set $need 0; }\n"
        "if ($need) { return 403; }\n")


def found(tmp_path, pki, rest, before="", server=GUARDED):
    return Said(tmp_path, pki, f"{before}\nserver {{ {server} {rest} }}").found(RULE)


@pytest.mark.parametrize("regex,path", [
    ("^/r(.*)$", "/r%0Ax"), ("^/r/.+$", "/r/x%0Ax"), (r"^/r/.*\.cgi$", "/r/%0Ax.cgi"), ("^/.*/private/", "/%0Ax/private/"),
    ("^/(?<user>[a-z]+)/secret(.*)$", "/a/secret%0Ax")])
def test_a_location_stops_at_a_line_feed(tmp_path, pki, regex, path):
    texts = found(tmp_path, pki, f"location ~ {regex} {{ {DENY} {APP} }} {OPEN}")
    assert len(texts) == 1 and f'"{path}"' in texts[0] and "http://127.0.0.1:9000" in texts[0]


@pytest.mark.parametrize("regex", [
    "(?s)^/r(.*)$", "^/r", "^/r(.*)", "^/r/[^/]+$", r"\.cgi$", "^/r$", "^/r/[a-z]*$"])
def test_a_location_that_no_line_feed_passes(tmp_path, pki, regex):
    """A class without the line feed keeps out what else it has not, too: that is no matter of the line feed. '$'
    alone still matches before a last one."""
    assert not found(tmp_path, pki, f"location ~ {regex} {{ {DENY} {APP} }} {OPEN}")


@pytest.mark.parametrize("rest", [
    f"location ~ ^/r(.*)$ {{ {DENY} {APP} }} location / {{ {DENY} {APP} }}",
    f"location ~ ^/r(.*)$ {{ {DENY} {APP} }} location / {{ return 404; }}",
    f"location ~ ^/r(.*)$ {{ {DENY} {APP} }} location / {{ proxy_pass http://127.0.0.1:9001; }}",
    f"location ~ ^/r(.*)$ {{ {APP} }} {OPEN}",
    f"location ~ ^/r(.*)$ {{ return 404; }} {OPEN}"])
def test_what_it_misses_leads_nowhere(tmp_path, pki, rest):
    assert not found(tmp_path, pki, rest)


def test_where_all_need_a_certificate_or_none(tmp_path, pki):
    rest = f"location ~ ^/r(.*)$ {{ {DENY} {APP} }} {OPEN}"
    assert not found(tmp_path, pki, rest, server=GUARDED.replace("optional", "on"))
    assert not found(tmp_path, pki, rest, server=GUARDED.replace("optional", "off"))
    assert found(tmp_path, pki, rest, server=GUARDED.replace("optional", "optional_no_ca"))


def test_a_nested_location(tmp_path, pki):
    nested = f"location /app/ {{ {APP} location ~ ^/app/r(.*)$ {{ {DENY} {APP} }} }}"
    assert "/app/r%0Ax" in found(tmp_path, pki, nested)[0]
    assert not found(tmp_path, pki, nested.replace("^/app", "(?s)^/app"))


@pytest.mark.parametrize("condition,stops", [
    ("$uri ~ ^/r/(.*)$", True), ("$document_uri ~* ^/r/(.*)$", True), ("$uri ~ ^/r/", False),
    ("$uri ~ (?s)^/r/(.*)$", False), ("$request_uri ~ ^/r/(.*)$", False), ("$uri !~ ^/public(.*)$", False),
    ("$http_x ~ ^/r/(.*)$", False)])
def test_a_condition_of_the_server(tmp_path, pki, condition, stops):
    texts = found(tmp_path, pki, FLAG % condition + OPEN)
    assert bool(texts) == stops
    assert not stops or "/r/%0Ax" in texts[0]


@pytest.mark.parametrize("statement,stops", [
    ("if ($uri ~ ^/r/(.*)$) { return 403; }", True), ("if ($uri ~ ^/r/(.*)$) { return 301 /x; }", False),
    ("rewrite ^/r/(.*)$ /denied last;", True), ("rewrite ^/r/(.*)$ /a/$1 last;", False),
    ("rewrite ^/r/ /denied last;", False), ("rewrite ^/r/(.*)$ https://a.test/$1 permanent;", False)])
def test_a_statement_that_shuts_for_all(tmp_path, pki, statement, stops):
    assert bool(found(tmp_path, pki, f"{statement} location /denied {{ return 403; }} {OPEN}")) == stops


@pytest.mark.parametrize("row,stops", [("~^/r/(.*)$ 1;", True), ("~(?s)^/r/(.*)$ 1;", False), ("~^/r/ 1;", False)])
def test_a_map_of_paths(tmp_path, pki, row, stops):
    maps = f"map $uri $private {{ default 0; {row} }}\nmap $uri $unused {{ default 0; ~^/z(.*)$ 1; }}"
    assert bool(found(tmp_path, pki, FLAG % "$private" + OPEN, maps)) == stops


def test_the_door_that_it_opens_is_not_called_shut(tmp_path, pki):
    said = Said(tmp_path, pki, f"server {{ {GUARDED} rewrite ^/(.*)$ /denied/$1 last;\n"
                f"location /denied {{ {DENY} {APP} }} location / {{ {APP} }} }}")
    assert said.state("/") == "open"
    assert "/%0Ax" in said.found(RULE)[0]
