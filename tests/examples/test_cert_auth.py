# SPDX-License-Identifier: Apache-2.0
"""examples/cert-auth: who gets in where, and what everybody sees."""
import re
import signal
import subprocess
import time

import pytest

from running import example, is_nginx, open_path  # noqa: F401

HEADERS = {
    "x-content-type-options": "nosniff",
    "x-xss-protection": "1; mode=block",
    "x-robots-tag": "none",
    "x-download-options": "noopen",
    "x-permitted-cross-domain-policies": "none",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=15768000; includeSubDomains; preload;",
}
WWW = "https://www.example.test"
GIT = "https://git.example.test"
FILES = "https://files.example.test"


def logged(gate, name, pattern):
    """The line in this log, as soon as it is there."""
    end = time.monotonic() + 10
    while not (found := re.search(pattern, (gate.dir / name).read_text())):
        assert time.monotonic() < end, f"no {pattern} in {name}"
        time.sleep(0.02)
    return found[0]


@pytest.fixture
def gate(example):
    return example("cert-auth", "nginx.conf")


@pytest.mark.parametrize("cert, secured, site, verify", [
    (None, 403, 403, "NONE"),
    ("good", 200, 200, "SUCCESS"),
    ("revoked", 400, 400, "FAILED:certificate revoked"),
    ("expired", 400, 400, "FAILED:certificate has expired"),
    ("foreign", 400, 400, "FAILED:"),
    ("barred", 403, 403, "SUCCESS"),
])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_verdicts(gate, cert, secured, site, verify, tls):
    version = [f"--tlsv{tls}", "--tls-max", tls]
    status, body = gate.curl(f"{WWW}/secured_site/x", *version, cert=cert)
    assert status == secured
    if secured == 200:
        assert body == ('some-backend: GET /secured_site/x, client '
                        '"CN=laptop-good,OU=Machines,O=Example" SUCCESS\n')
    else:
        assert "This request was rejected" in body
    assert gate.curl(f"{GIT}/", *version, cert=cert)[0] == site
    assert gate.curl(f"{FILES}/", *version, cert=cert)[0] == site
    assert gate.curl(f"{WWW}/whoami", *version, cert=cert)[0] == site
    # A public page needs none; a certificate that fails verification is refused even there.
    assert gate.curl(f"{WWW}/", *version, cert=cert)[0] == (400 if secured == 400 else 200)
    line = logged(gate, "access.log", r'www\.example\.test "GET /secured_site/x.*\n')
    assert f"verify={verify}" in line


def test_catch_all_serves_nobody(gate):
    for name in ("gate.example.test", "localhost"):
        for cert in (None, "good"):
            assert gate.curl(f"https://{name}/secured_site", cert=cert)[0] == 403
    assert gate.curl("https://127.0.0.1/")[0] == 403    # no SNI at all


def test_catch_all_is_no_way_in(gate):
    for cert in (None, "good"):
        status, _ = gate.curl("https://gate.example.test/secured_site", "-H", "Host: www.example.test", cert=cert)
        # nginx compares only names that it knows, and lets the location's own check decide.
        assert status == (403 if is_nginx() else 421)


def test_another_name_on_the_same_connection(gate):
    """Both sites demand the same of clients: nothing is weaker for it, and browsers do it."""
    for cert, expected in [("good", 200), ("barred", 403), ("revoked", 400), (None, 403)]:
        status, _ = gate.curl(f"{WWW}/", "-H", "Host: git.example.test", cert=cert)
        assert status == (421 if is_nginx() else expected)


def test_security_headers_on_every_answer(gate):
    for url, cert, expected in [(f"{WWW}/", None, 200), (f"{WWW}/none", None, 404),
                                (f"{WWW}/secured_site", None, 403), (f"{WWW}/secured_site", "good", 200),
                                (f"{WWW}/secured_site", "revoked", 400), (f"{GIT}/", None, 403)]:
        status, text = gate.curl(url, "-i", cert=cert)
        assert status == expected
        got = dict(re.findall(r"^([\w-]+): ([^\r\n]*)", text.lower(), re.M))
        for name, value in HEADERS.items():
            assert got.get(name) == value.lower(), (url, cert, name)


def test_one_error_page_for_all(gate):
    for url, expected in [("/missing", 404), ("/secured_site", 403), ("/error.html", 404)]:
        status, body = gate.curl(WWW + url)
        assert (status, "This request was rejected" in body) == (expected, True)
    status, body = gate.curl(f"http://www.example.test:{gate.port[18443]}/")    # plain HTTP: 497
    assert status == 400
    assert gate.curl(f"{WWW}/")[1].count("This request was rejected") == 0


def test_bypass_is_for_one_host_only(gate):
    assert gate.curl(f"{WWW}/secured_site", "--interface", "127.0.0.2")[0] == 200
    assert gate.curl(f"{WWW}/secured_site", "--interface", "127.0.0.3")[0] == 403
    assert gate.curl(f"{WWW}/whoami", "--interface", "127.0.0.2")[0] == 403
    assert gate.curl(f"{GIT}/", "--interface", "127.0.0.2")[0] == 403


def test_identity_is_not_taken_from_outside(gate):
    forged = ["-H", "X-Client-Verify: SUCCESS", "-H", "X-Client-DN: CN=root"]
    assert gate.curl(f"{WWW}/secured_site", *forged)[0] == 403
    for url, cert, interface in [(f"{WWW}/secured_site", None, "127.0.0.2"),
                                 (f"{WWW}/secured_site", "good", "127.0.0.1"),
                                 (f"{GIT}/", "good", "127.0.0.1")]:
        status, body = gate.curl(url, *forged, "--interface", interface, cert=cert)
        assert status == 200 and "CN=root" not in body


def test_backend_gets_the_gates_own_certificate(gate):
    status, body = gate.curl(f"{FILES}/a", cert="good")
    assert (status, body) == (200, 'some-backend over TLS: GET /a, gate "CN=gate,OU=Gates,O=Example"\n')


def test_a_reload_that_adds_to_the_list(gate):
    assert gate.curl(f"{WWW}/whoami", cert="good")[1] == "CN=laptop-good,OU=Machines,O=Example\n\n"[:-1]
    table = gate.dir / "conf.d/include/context/map-client-blacklist"
    table.write_text(table.read_text().replace("laptop-barred", "laptop-good"))
    subprocess.run([*gate.command, "-s", "reload"], check=True)
    end = time.monotonic() + 10
    while gate.curl(f"{WWW}/whoami", cert="good")[0] != 403:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert gate.curl(f"{WWW}/whoami", cert="barred")[0] == 200


def test_a_reload_that_fails_changes_nothing(gate):
    (gate.dir / "auth/ca-chain.crl.pem").write_text("no list\n")
    gate.process.send_signal(signal.SIGHUP)
    assert logged(gate, "error.log", r".*\[emerg\].*")
    assert gate.curl(f"{WWW}/secured_site", cert="good")[0] == 200
    assert gate.curl(f"{WWW}/secured_site", cert="revoked")[0] == 400
