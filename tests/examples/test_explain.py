# SPDX-License-Identifier: Apache-2.0
"""`yett explain` of examples/cert-auth: what docs/explain.md shows, and what the running example answers."""
import json
import re
import subprocess

import pytest

from running import ROOT, example, is_nginx, open_path, yett  # noqa: F401

pytestmark = pytest.mark.skipif(is_nginx(), reason="nginx has no such command")
WWW = "https://www.example.test"
SITES = [WWW, "https://git.example.test", "https://files.example.test", "https://gate.example.test"]


@pytest.fixture
def gate(example):
    return example("cert-auth", "nginx.conf")


def run(gate, url, *options):
    """The example has free ports: the URL is for the one in its files."""
    host, _, path = url.removeprefix("https://").partition("/")
    return subprocess.run([yett(), "explain", "-p", str(gate.dir), "-c", "nginx.conf", *options,
                           f"https://{host}:{gate.port[18443]}/{path}"],
                          cwd=gate.dir, capture_output=True, text=True, timeout=60)


def explained(gate, url, *options, cert=None):
    done = run(gate, url, "--json", *options, *(["--cert", f"clients/{cert}.pem"] if cert else []))
    assert done.returncode in (0, 1, 3), done.stderr
    return json.loads(done.stdout)


def test_the_example_of_the_document(gate):
    done = run(gate, WWW + "/secured_site", "--cert", "clients/barred.pem", "--from", "192.0.2.7")
    assert done.returncode == 1, done.stderr
    said = done.stdout.replace(f"{gate.dir}/", "/etc/yett/").replace(str(gate.port[18443]), "18443")
    said = re.sub(r"(serial +|serial +\")[0-9A-F]{32}", r"\1NUMBER", said)
    document = (ROOT / "docs" / "explain.md").read_text()
    shown = document.partition("https://www.example.test:18443/secured_site\n")[2]
    shown = re.match(r"((    .*)?\n)+", shown)[0]
    shown = "".join(line[4:] + "\n" for line in shown.strip("\n").split("\n"))
    assert said == re.sub(r"(serial +|serial +\")[0-9A-F]{32}", r"\1NUMBER", shown)


@pytest.mark.parametrize("cert", [None, "good", "revoked", "expired", "foreign", "barred"])
def test_each_site_answers_as_it_says(gate, cert):
    for site in SITES:
        for path in ("/", "/secured_site/x", "/whoami", "/error.html", "/nothing"):
            status, _ = gate.curl(site + path, cert=cert)
            said = explained(gate, site + path, "--from", "127.0.0.1", cert=cert)
            assert len(said["ways"]) == 1, said
            answer = said["ways"][0]["answer"]
            # What a file or a backend answers is theirs to say.
            assert (answer["status"] or status) == status, (site, path, said)
            assert answer["status"] or status in (200, 404), (site, path, said)
            assert (said["outcome"] == "refused") == ((answer["status"] or 0) >= 400)


def test_the_one_address_without_a_certificate(gate):
    """It is allowed at its location, and there only; the backend is told who it is: nobody."""
    way, = explained(gate, WWW + "/secured_site", "--from", "127.0.0.2")["ways"]
    assert way["answer"]["kind"] == "proxy_pass"
    headers = {header["name"]: header["value"] for header in way["answer"]["headers"]}
    assert headers == {"Host": "www.example.test", "X-Client-Verify": "NONE", "X-Client-DN": None}
    for url, address in ((WWW + "/secured_site", "127.0.0.3"), (WWW + "/whoami", "127.0.0.2")):
        way, = explained(gate, url, "--from", address)["ways"]
        assert way["answer"]["status"] == 403
    ways = explained(gate, WWW + "/secured_site")["ways"]
    assert {(way["supposed"], way["answer"]["status"]) for way in ways} == {
        ("$remote_addr = 127.0.0.2", None), ("$remote_addr != 127.0.0.2", 403)}


def test_another_name_is_no_way_in(gate):
    said = explained(gate, "https://gate.example.test/secured_site", "-H", "Host: www.example.test", cert="good")
    assert said["ways"][0]["answer"]["status"] == 421
