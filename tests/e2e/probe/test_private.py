# SPDX-License-Identifier: Apache-2.0
"""`yett probe` against a private copy: no door of yett opens, and nothing leaves for elsewhere."""

import glob
import os
import signal
import socket
import subprocess
import tempfile

import pytest

from support.probing import CANNOT_TELL, FAILED, HELD, OPENED, PROGRAM, Canary, pem, probe
from support.servers import YETT_IS_NGINX, Server, wait_for

pytestmark = pytest.mark.skipif(YETT_IS_NGINX, reason="the copy runs in yett")

TLS = "@HTTP2@ ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;\n"
CA = "ssl_client_certificate @PKI@/ca.crt;"
CRL = "ssl_crl @PKI@/all.crl;"

MANDATORY = TLS + f"""
server {{ listen 127.0.0.1:@PORT@ ssl default_server; server_name open.test; return 200 open; }}
server {{
    listen 127.0.0.1:@PORT@ ssl; server_name prot.test *.prot.test;
    ssl_verify_client on; {CA} {CRL}
    root @DIR@/html;
    location / {{ }}
    location = /one {{ return 200 one; }}
    location ~ \\.php$ {{ proxy_pass http://127.0.0.1:@BACKEND@; }}
}}
server {{
    listen 127.0.0.1:@PORT@ ssl; server_name lax.test;
    ssl_verify_client on; {CA} return 200 lax;
}}
"""

# A door inside a server that is open, an exemption for another address, a page that refuses.
OPTIONAL = TLS + f"""
upstream app {{ server 127.0.0.1:@BACKEND@; }}
map $ssl_client_s_dn $banned {{ default 0; "~CN=second machine" 1; }}
server {{
    listen 127.0.0.1:@PORT@ ssl; server_name front.test;
    ssl_verify_client optional; {CA} {CRL}
    error_page 400 401 403 404 405 421 495 496 500 502 504 /error.html;
    location = /error.html {{ allow all; root @DIR@/html; }}
    location / {{ root @DIR@/html; }}
    location /secured_site {{
        if ($remote_addr = 127.0.0.9) {{ proxy_pass http://app; }}
        if ($ssl_client_verify != SUCCESS) {{ return 403; }}
        if ($banned) {{ return 403; }}
        proxy_set_header X-Client-DN $ssl_client_s_dn;
        proxy_pass http://app;
    }}
    location ~ ^/secured_site/.*\\.php$ {{
        if ($ssl_client_verify != SUCCESS) {{ return 403; }}
        proxy_pass http://app;
    }}
}}
"""

# A refused client gets 200 with another page.
PAGE_200 = TLS + f"""
server {{
    listen 127.0.0.1:@PORT@ ssl; server_name page.test;
    ssl_verify_client on; {CA}
    error_page 495 496 =200 /denied.html;
    location = /denied.html {{ internal; root @DIR@/html; }}
    location / {{ return 200 "the secret"; }}
}}
"""


@pytest.fixture
def configured(pki):
    """configured(http, …): a Server that has its files and does not run."""
    made = []

    def make(http, **more):
        values = {"PKI": pki.dir, "BACKEND": 9, **more.pop("values", {})}
        made.append(Server(http, start=False, values=values, **more))
        return made[-1]
    yield make
    for server in made:
        server.remove()


FILES = {"html/error.html": "refused", "html/denied.html": "refused", "html/index.html": "open"}


@pytest.mark.parametrize("http, doors", [
    (MANDATORY, {"prot.test/x", "prot.test/one", "prot.test/x.php", "lax.test/yett-probe"}),
    (OPTIONAL, {"front.test/secured_sitex"}),
    (PAGE_200, {"page.test/x"}),
], ids=["mandatory", "optional", "page"])
def test_yett_opens_no_door(configured, http, doors):
    report = probe(configured(http, files=FILES), code=HELD)
    found = report.doors()
    assert doors <= set(found), set(found)
    for door in found.values():
        valid = "no client" if door["location"] == "= /denied.html" else "let in"
        assert (door["result"], door["valid"]) == ("held", valid), door
        assert door["attempts"] == door["held"] > 150, door
    assert report.data["opened"] == report.data["cannot_tell"] == 0


def test_open_locations_are_no_doors(configured):
    report = probe(configured(OPTIONAL, files=FILES), code=HELD)
    assert "front.test/x" not in report.doors()
    assert report.data["open"] == 2      # "/" and the page


def test_table(configured):
    text = probe(configured(PAGE_200, files=FILES), code=HELD, json_wanted=False).stdout
    assert "https://page.test:" in text and "let in" in text and "no client" in text
    assert "2 doors: 2 held, 0 opened, 0 cannot tell" in text


def test_nothing_is_sent_elsewhere(configured):
    """Backends, resolvers, responders of OCSP, and the addresses that the configuration listens on."""
    canary = Canary(tcp=4, udp=1)
    group, named, variable, ocsp = canary.ports(canary.tcp)
    http = TLS + f"""
    resolver 127.0.0.1:{canary.ports(canary.udp)[0]};
    upstream group {{ server 127.0.0.1:{group}; keepalive 4; }}
    server {{
        listen 127.0.0.1:@PORT@ ssl; server_name prot.test;
        ssl_verify_client on; {CA} {CRL}
        ssl_ocsp on; ssl_ocsp_responder http://127.0.0.1:{ocsp}/;
        location /a/ {{ proxy_pass http://group; }}
        location /b/ {{ proxy_pass http://127.0.0.1:{named}/x/; }}
        location /c/ {{ set $where localhost:{variable}; proxy_pass http://$where; }}
        location /d/ {{ grpc_pass grpc://127.0.0.1:{named}; }}
    }}
    """
    server = configured(http)
    with socket.socket() as place:       # its own address is taken: the copy does not need it
        place.bind(("127.0.0.1", int(server.port())))
        report = probe(server, code=HELD)
    assert set(report.doors()) >= {f"prot.test/{c}/x" for c in "abcd"}
    assert all(door["valid"] == "let in" for door in report.doors().values())
    canary.close()
    assert canary.seen == []


def test_nothing_is_left(configured):
    server = configured(PAGE_200, files=FILES)
    listing = sorted(os.listdir(server.dir))
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        probe(server, code=HELD, environment={"TMPDIR": place})
        assert not os.listdir(place)
    assert sorted(os.listdir(server.dir)) == listing


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_after_a_signal(configured, number):
    server = configured(PAGE_200, files=FILES)
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o755)
        with subprocess.Popen([PROGRAM, "probe", "--config", server.conf_path, "--prefix", server.dir],
                              env=dict(Server.environment(), TMPDIR=place), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            wait_for(lambda: glob.glob(f"{place}/yett-probe-*/pid"), 20, "the private copy")
            running.send_signal(number)
            _, said = running.communicate(timeout=60)
        assert running.returncode == FAILED and "interrupted" in said, said
        assert not os.listdir(place)


def test_a_door_that_does_not_open_says_nothing(configured):
    """Only a certain certificate is let in: the probe's own is not, a given one is."""
    http = TLS + f"""
    map $ssl_client_s_dn $known {{ default 0; "~CN=good machine" 1; }}
    server {{
        listen 127.0.0.1:@PORT@ ssl; server_name known.test;
        ssl_verify_client on; {CA} {CRL}
        if ($known = 0) {{ return 403; }}
        return 200 secret;
    }}
    """
    server = configured(http)
    report = probe(server, code=CANNOT_TELL)
    assert [door["valid"] for door in report.data["doors"]] == ["not let in"]


def test_a_given_certificate_opens_it(configured, pki, tmp_path):
    http = TLS + f"""
    map $ssl_client_s_dn $known {{ default 0; "~CN=good machine" 1; }}
    server {{
        listen 127.0.0.1:@PORT@ ssl; server_name known.test;
        ssl_verify_client on; {CA} {CRL}
        if ($known = 0) {{ return 403; }}
        return 200 secret;
    }}
    """
    server = configured(http)
    good = pem(pki, "good", str(tmp_path))
    report = probe(server, "--cert", good, "--revoked", pem(pki, "revoked", str(tmp_path)), code=HELD)
    assert [door["valid"] for door in report.data["doors"]] == ["let in"]
    # The twin: what is called revoked is not. Each way to show it is found.
    report = probe(server, "--cert", good, "--revoked", good, code=OPENED)
    assert ("certificates", "the revoked certificate, TLS 1.3") in report.found()


def test_the_configuration_as_a_word(configured):
    """As `yett check` takes it; with -c and --config it is the same."""
    server = configured(TLS + "server { listen 127.0.0.1:@PORT@ ssl; return 403; }")
    for words in ([server.conf_path], ["-c", server.conf_path], ["--config", server.conf_path]):
        done = subprocess.run([PROGRAM, "probe", "-p", server.dir, *words], capture_output=True, text=True,
                              timeout=120, env=Server.environment(), check=False)
        assert done.returncode == HELD and "1 doors: 1 held" in done.stdout, (words, done)


def test_a_configuration_without_doors(configured):
    report = probe(configured(TLS + "server { listen 127.0.0.1:@PORT@ ssl; return 200 open; }"),
                   code=CANNOT_TELL)
    assert report.data["doors"] == []


# Refused clients are led to content, or to a page.
LED_ON = TLS + f"""
server {{
    listen 127.0.0.1:@PORT@ ssl; server_name led.test;
    ssl_verify_client optional; {CA}
    set $guest $ssl_client_verify;
    location /page {{
        if ($guest != SUCCESS) {{ return 403; }}
        error_page 403 = @public;
        proxy_pass http://127.0.0.1:@BACKEND@;
    }}
    location /rewrite {{
        if ($guest != SUCCESS) {{ rewrite ^ /public last; }}
        proxy_pass http://127.0.0.1:@BACKEND@;
    }}
    location /shut {{
        if ($guest != SUCCESS) {{ return 403; }}
        error_page 403 = /page.html;
        proxy_pass http://127.0.0.1:@BACKEND@;
    }}
    location /gone {{
        if ($guest != SUCCESS) {{ rewrite ^ /nothing last; }}
        proxy_pass http://127.0.0.1:@BACKEND@;
    }}
    location = /page.html {{ internal; root @DIR@/html; }}
    location = /nothing {{ internal; return 404; }}
    location = /public {{ proxy_pass http://127.0.0.1:@BACKEND@; }}
    location @public {{ proxy_pass http://127.0.0.1:@BACKEND@; }}
}}
"""


def test_content_by_a_redirect_is_open(configured):
    """By configuration such a door is open, so that an answer is no hole; twins that lead to none are shut."""
    report = probe(configured(LED_ON, files={"html/page.html": "refused"}), code=HELD)
    attacked = {door["location"]: door["valid"] for door in report.data["doors"]}
    assert attacked == {"/shut": "let in", "/gone": "let in", "= /page.html": "no client",
                        "= /nothing": "no client"}
    assert report.data["open"] == 4      # "/page", "/rewrite", "/public", and files for other paths


def test_doors_behind_patterns_and_wildcards(configured):
    """A path and a name are guessed; where that fails, the table says so."""
    http = TLS + f"""
    server {{
        listen *:@PORT@ ssl; listen 127.0.0.1:@PORT@ ssl; server_name ~^(?<who>[a-z]+)[.]users[.]test$;
        ssl_verify_client on; {CA}
        location ~ "^/(?<kind>keys|tokens)/[0-9]{{3}}-\\w+$" {{ return 200 secret; }}
        location ~ ^/files/ {{
            return 403;
            location ~ [.](?:png|jpe?g)$ {{ return 200 secret; }}
        }}
        location ~ (?<=^/a)(?<=^/b) {{ return 200 secret; }}
    }}
    """
    report = probe(configured(http), code=CANNOT_TELL)
    by_listener = {}
    for door in report.data["doors"]:
        by_listener.setdefault(door["listener"], {})[door["location"]] = door
    assert len(by_listener) == 2
    for doors in by_listener.values():
        none = doors.pop("~ (?<=^/a)(?<=^/b)")
        assert none["path"] is None and none["attempts"] == 0 and none["result"] == "cannot tell"
        assert {door["valid"] for door in doors.values()} == {"let in", "no client"}
        assert {"let in"} == {door["valid"] for name, door in doors.items() if name and "(" in name}
        assert all(door["result"] == "held" and door["attempts"] > 150 for door in doors.values()), doors
    text = probe(configured(http), code=CANNOT_TELL, json_wanted=False).stdout
    assert "no request is known that reaches it" in text


def unreachable(configured, locations, code):
    """{location: result}"""
    http = TLS + f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name a.test; ssl_verify_client on; {CA}\n{locations} }}"
    return {door["location"]: door["result"] for door in probe(configured(http), code=code).data["doors"]}


def test_a_location_that_no_request_reaches(configured):
    """Its regular expressions take all of its paths: there is nothing to attack."""
    found = unreachable(configured, "location /a/b { return 200 b; } location ~ ^/a/ { return 200 a; }\n"
                        "location ~ ^/a/x(.*)$ { return 200 c; } location ~ ^/a { return 200 d; }\n"
                        "location = /a/c { return 200 e; } location ^~ /a/f { return 200 f; }\n"
                        "location ~* ^/g { return 200 g; } location /gx { return 200 h; } location / { return 200 i; }",
                        HELD)
    assert found == {"/a/b": "unreachable", "~ ^/a/": "held", "~ ^/a/x(.*)$": "unreachable", "~ ^/a": "held",
                     "= /a/c": "held", "^~ /a/f": "held", "~ ^/g": "held", "/gx": "unreachable", "/": "held"}


@pytest.mark.parametrize("locations", [
    "location ~ ^/a/(.*) { return 200 a; } location ~ ^/a/(x|y) { return 200 b; }",
    "location ~ ^/(a)/ { return 200 a; } location ~ ^/a/z(?=y)y { return 200 b; }"])
def test_what_is_not_proven_is_not_told(configured, locations):
    assert "cannot tell" in unreachable(configured, locations, CANNOT_TELL).values()


@pytest.mark.parametrize("rewrite,result,code", [
    ("rewrite ^ /all last;", "unreachable", HELD), ("rewrite ^/(.*)$ /all last;", "held", HELD),
    ("if ($http_x) { rewrite ^ /all last; }", "held", HELD)])
def test_all_is_led_elsewhere(configured, rewrite, result, code):
    """No path but one with a line feed gets by the second."""
    found = unreachable(configured, f"{rewrite} location /all {{ return 200 a; }} location /b {{ return 200 b; }}", code)
    assert found == {"/all": "held", "/b": result, None: result}


def test_a_location_that_a_redirect_leads_to_is_not_unreachable(configured):
    """The first search never ends there, and a page for an error does."""
    found = unreachable(configured, """error_page 404 = /err/x; if ($seen = "") { set $seen 1; rewrite ^ /in/x last; }
        location /in/ { return 404; } location /err/ { return 200 b; }""", CANNOT_TELL)
    assert found["/err/"] == "cannot tell"
