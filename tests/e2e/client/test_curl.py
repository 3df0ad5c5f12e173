# SPDX-License-Identifier: Apache-2.0
"""curl with what `yett client curl` prints and carries."""

import os
import shutil
import subprocess

import pytest

from support.authority import Authority
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("nginx has no certificate authority")

GATE = """
    server { listen 127.0.0.1:@PORT@ ssl; server_name localhost;
        ssl_certificate @CA@/live/localhost.pem; ssl_certificate_key @CA@/live/localhost.pem;
        ssl_client_certificate @CA@/chain.crt; ssl_crl @CA@/all.crl; ssl_verify_client optional;
        location / {
            if ($ssl_client_verify != SUCCESS) { return 403; }
            return 200 $ssl_client_s_dn; }
    }"""
HOSTILE = "a 'b' \"c\" $(touch pwned) \\ \\: ;:\n\t#~"


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    ca = Authority(tmp_path_factory.mktemp("ca"))
    ca.ok("issue", "server", "localhost")
    ca.ok("issue", "machine", "laptop", "lost")
    return ca


@pytest.fixture(scope="module")
def gate(serve_module, ca):
    return serve_module(GATE, values={"CA": ca.dir})


@pytest.fixture
def url(gate):
    return f"https://localhost:{gate.port()}"


def run(*words, cwd=None, env=()):
    """Exit status, and the answer's status with its body."""
    done = subprocess.run([*words, "-sS", "-w", " %{http_code}"], cwd=cwd, capture_output=True,
                          text=True, timeout=60, check=False, env={**os.environ, **dict(env)})
    return done.returncode, done.stdout + done.stderr


def config(tmp_path, text):
    path = tmp_path / "site.curlrc"
    path.write_text(text)
    return str(path)


def test_configuration_file(ca, url, tmp_path):
    path = config(tmp_path, ca.client("curl", "laptop", url, "--trust-ca"))
    assert run("curl", "-q", "-K", path, url) == (0, "CN=laptop 200")
    assert run("curl", "-q", "--cacert", ca.path("root.crt"), url)[1].endswith("403")
    status, said = run("curl", "-q", "-K", path, url.replace("https", "http"))
    assert status == 1 and "disabled" in said  # nothing goes out in the clear


def test_the_root_is_not_trusted_unless_asked(ca, url, tmp_path):
    path = config(tmp_path, ca.client("curl", "laptop", url))
    assert run("curl", "-q", "-K", path, url)[0] == 60
    assert run("curl", "-q", "-K", path, "--cacert", ca.path("root.crt"), url)[0] == 0


def test_trust_in_the_environment(ca, url, tmp_path):
    """It counts only where the file says nothing."""
    trusting = config(tmp_path, ca.client("curl", "laptop", url, "--trust-ca"))
    for variable in ("CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        assert run("curl", "-q", "-K", trusting, url, env={variable: "/nonexistent"}) == \
            (0, "CN=laptop 200")
    path = config(tmp_path, ca.client("curl", "laptop", url))
    assert run("curl", "-q", "-K", path, url, env={"CURL_CA_BUNDLE": ca.path("root.crt")})[0] == 0
    assert run("curl", "-q", "-K", path, url, env={"CURL_CA_BUNDLE": "/nonexistent"})[0] == 77


def test_refused_after_revocation(ca, url, tmp_path):
    path = config(tmp_path, ca.client("curl", "lost", url, "--trust-ca"))
    assert run("curl", "-q", "-K", path, url) == (0, "CN=lost 200")
    ca.ok("revoke", "lost")
    wait_for(lambda: run("curl", "-q", "-K", path, url)[1].endswith("400"), what="the refusal")


def test_hostile_directory(ca, url, tmp_path):
    strange = Authority(tmp_path, start=False)
    strange.dir = os.path.join(strange.top, HOSTILE)
    shutil.copytree(ca.dir, strange.dir)
    path = config(tmp_path, strange.client("curl", "laptop", url, "--trust-ca"))
    assert run("curl", "-q", "-K", path, url) == (0, "CN=laptop 200")
    assert not list(tmp_path.rglob("pwned"))


def test_a_directory_to_carry(ca, url, tmp_path):
    gone = Authority(tmp_path, start=False)
    shutil.copytree(ca.dir, gone.dir)
    gone.client("curl", "laptop", url, "--trust-ca", "--out", str(tmp_path / "kit"))
    shutil.rmtree(gone.dir)
    place = tmp_path / HOSTILE
    shutil.move(tmp_path / "kit", place)
    assert run(str(place / "curl.sh"), url) == (0, "CN=laptop 200")
    assert run("sh", "curl.sh", url, cwd=place) == (0, "CN=laptop 200")
    assert not list(tmp_path.rglob("pwned"))


def test_undo_says_that_there_is_nothing(ca, url):
    assert "nothing was installed" in ca.client("curl", "laptop", url, "--undo")
