# SPDX-License-Identifier: Apache-2.0
"""Chromium and Firefox over HTTP/2: one connection for the files of a page and for names with the same
requirements, another one for a name that asks for a certificate."""

import pytest

from support.browsers import Chromium, Firefox, Machine
from support.firefox_user import default_profile, home  # pylint: disable=unused-import
from support.firefox_user import machine as firefox_machine  # pylint: disable=unused-import
from support.guarded import ADA, OTHER, SITE, Guarded, put_well
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("the certificates come from yett ca")
THIRD = "third.example.test"
FILES = range(10)
GATE = """
    http2 on;
    log_format seen '$connection|$server_name|$status|$server_protocol|$ssl_client_verify|$request_uri';
    access_log @DIR@/seen.log seen;
    ssl_certificate @CA@/live/@SITE@.pem; ssl_certificate_key @CA@/live/@SITE@.pem;
    ssl_client_certificate @DIR@/authorities.crt; ssl_crl @LISTS@;
    default_type text/html;
    server {
        listen 127.0.0.1:@PORT@ ssl; server_name @SITE@;
        ssl_verify_client on;
        location / { return 200 "<p>$server_name lets in $ssl_client_s_dn</p>"; }
    }
    server {
        listen 127.0.0.1:@PORT@ ssl; server_name @OTHER@;
        location / { return 200 "<p>$host is open</p>"; }
        location = /page { return 200 '<body><p>page</p>SCRIPTS</body>'; }
        location /script/ { default_type text/javascript; return 200 "document.body.append('$uri ')"; }
    }
    server {
        listen 127.0.0.1:@PORT@ ssl; server_name @THIRD@;
        location / { return 200 "<p>$server_name is open too</p>"; }
    }
""".replace("SCRIPTS", "".join(f'<script src="/script/{n}"></script>' for n in FILES)).replace(
        "@THIRD@", THIRD)


@pytest.fixture(scope="module")
def gate(tmp_path_factory, backend):
    running = Guarded(str(tmp_path_factory.mktemp("gate")), backend, GATE, (SITE, OTHER, THIRD))
    yield running
    running.close()


@pytest.fixture(name="browser", params=["chromium", "firefox"])
def browser_(request, gate):
    """With Ada's certificate, for the one name that asks for it."""
    gate.forget()
    names = [SITE, OTHER, THIRD]
    if request.param == "firefox":
        machine = request.getfixturevalue("firefox_machine")
        put_well(machine, gate.client("firefox", "ada@example.test", "--trust-ca"))
        with Firefox(machine, default_profile(machine), names) as running:
            yield running
        return
    with Machine() as machine:
        put_well(machine, gate.client("chrome", "ada@example.test", "--trust-ca"))
        with Chromium(machine, names) as running:
            yield running


def requests(gate, *paths):
    """(connection, server, status, protocol, verdict) of each request for one of the paths."""
    return [line[:5] for line in gate.seen() if line[5] in paths]


def test_the_files_of_a_page_come_on_one_connection(gate, browser):
    scripts = [f"/script/{n}" for n in FILES]
    assert browser.open(gate.url(OTHER, "/page")).split() == ["page", *scripts]
    wait_for(lambda: len(requests(gate, *scripts)) == len(scripts), 5, "the log")
    lines = requests(gate, "/page", *scripts)
    assert len(lines) == 1 + len(scripts)
    assert {line[1:] for line in lines} == {(OTHER, "200", "HTTP/2.0", "NONE")}
    assert len({line[0] for line in lines}) == 1


def test_a_guarded_name_gets_a_connection_of_its_own(gate, browser):
    """It tries the open one first, as the server's certificate has both names: 421."""
    assert browser.open(gate.url(OTHER, "/open")) == f"{OTHER} is open"
    assert browser.open(gate.url(SITE, "/guarded")) == f"{SITE} lets in {ADA}"
    wait_for(lambda: len(requests(gate, "/guarded")) == 2, 5, "the log")
    opened, tried, served = requests(gate, "/open", "/guarded")
    assert opened[1:] == (OTHER, "200", "HTTP/2.0", "NONE")
    assert tried[0] == opened[0] and tried[2:] == ("421", "HTTP/2.0", "NONE")
    assert served[0] != opened[0] and served[1:] == (SITE, "200", "HTTP/2.0", "SUCCESS")


def test_a_name_with_the_same_requirements_does_not(gate, browser):
    assert browser.open(gate.url(OTHER, "/open")) == f"{OTHER} is open"
    assert browser.open(gate.url(THIRD, "/twin")) == f"{THIRD} is open too"
    wait_for(lambda: requests(gate, "/twin"), 5, "the log")
    opened, twin = requests(gate, "/open", "/twin")
    assert opened[1:] == (OTHER, "200", "HTTP/2.0", "NONE")
    assert twin == (opened[0], THIRD, "200", "HTTP/2.0", "NONE")
