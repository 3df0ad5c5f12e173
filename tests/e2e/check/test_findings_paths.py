# SPDX-License-Identifier: Apache-2.0
"""Other paths to what a guarded location guards: each finding, and its twin that has none."""

import pytest

from support.check import DENY, GUARDED, Said

pytestmark = pytest.mark.yett_only("nginx has no such command")

BACKEND = "proxy_pass http://127.0.0.1:9000;"
SECURED = f"location /secured {{ {DENY} root /www; }}\n"


def checked(tmp_path, pki, locations, server=GUARDED):
    return Said(tmp_path, pki, f"server {{ {server} {locations} }}")


@pytest.mark.parametrize("regex,overtakes", [
    (r"~ \.php$", True), (r"~* \.PHP$", True), (r"~ ^/sec", True), (r"~ ^/other/.*\.php$", False)])
def test_a_regex_overtakes_a_guarded_prefix(tmp_path, pki, regex, overtakes):
    said = checked(tmp_path, pki, SECURED + f"location {regex} {{ {BACKEND} }}")
    assert said.state("/secured") == "shut"
    assert bool(said.found("location-overtaken")) == overtakes


@pytest.mark.parametrize("locations", [
    SECURED.replace("/secured", "^~ /secured", 1) + rf"location ~ \.php$ {{ {BACKEND} }}",
    SECURED + rf"location ~ \.php$ {{ {DENY} {BACKEND} }}",
    SECURED + r"location ~ \.php$ { return 404; }"])
def test_no_regex_overtakes(tmp_path, pki, locations):
    assert not checked(tmp_path, pki, locations).found("location-overtaken")


@pytest.mark.parametrize("name,other", [("= /admin", '"/admin/"'), ("/admin/", '"/admin"')])
def test_a_slash_makes_the_difference(tmp_path, pki, name, other):
    guard = f"location {name} {{ {DENY} {BACKEND} }}\n" if name[0] == "=" else \
        f"location {name} {{ {DENY} root /srv; }}\n"
    rest = f"location / {{ {BACKEND if name[0] == '=' else 'root /srv;'} }}"
    found = checked(tmp_path, pki, guard + rest).found("location-slash")
    assert len(found) == 1 and other in found[0]


@pytest.mark.parametrize("locations", [
    f"location /admin {{ {DENY} {BACKEND} }}\nlocation / {{ {BACKEND} }}",
    f"location = /admin {{ {DENY} {BACKEND} }}\nlocation / {{ proxy_pass http://127.0.0.1:9001; }}",
    f"location /admin/ {{ {DENY} {BACKEND} }}\nlocation / {{ {BACKEND} }}"])
def test_no_slash_makes_a_difference(tmp_path, pki, locations):
    assert not checked(tmp_path, pki, locations).found("location-slash")


def test_case_and_encoding(tmp_path, pki):
    said = checked(tmp_path, pki, f"location /admin {{ {DENY} {BACKEND} }}\nlocation / {{ {BACKEND} }}")
    assert '"/ADMIN"' in said.found("location-case")[0]
    assert '"/%2561dmin"' in said.found("location-encoding")[0]


@pytest.mark.parametrize("locations", [
    f"location ~* ^/admin {{ {DENY} {BACKEND} }}\nlocation / {{ proxy_pass http://127.0.0.1:9001; }}",
    f"location /admin {{ {DENY} {BACKEND} }}\nlocation / {{ {DENY} {BACKEND} }}"])
def test_neither_case_nor_encoding(tmp_path, pki, locations):
    said = checked(tmp_path, pki, locations)
    assert not said.found("location-case") and not said.found("location-encoding")


@pytest.mark.parametrize("location,climbs", [
    ("location /img { alias /data/img/; }", True), ("location /img/ { alias /data/img/; }", False),
    ("location /img { alias /data/img; }", False), ("location /img { root /data/; }", False),
    ("location /api { proxy_pass http://127.0.0.1:9000/v1/; }", True),
    ("location /api/ { proxy_pass http://127.0.0.1:9000/v1/; }", False),
    ("location /api { proxy_pass http://127.0.0.1:9000; }", False)])
def test_paths_that_climb(tmp_path, pki, location, climbs):
    assert bool(checked(tmp_path, pki, location).found("alias-traversal")) == climbs


def test_where_all_need_a_certificate_nothing_is_overtaken(tmp_path, pki):
    server = GUARDED.replace("optional", "on")
    said = checked(tmp_path, pki, SECURED + rf"location ~ \.php$ {{ {BACKEND} }}", server)
    assert said.state("/secured") == said.state(r"~ \.php$") == "shut"
    assert not said.said["findings"] or not said.found("location-overtaken")
