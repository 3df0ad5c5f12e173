# SPDX-License-Identifier: Apache-2.0
"""git configured by what `yett client git` prints, through a gate to a real git http-backend."""

import os
import shutil
import subprocess

import pytest

from support.authority import Authority
from support.git_backend import GIT_ENV, GitServer
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("nginx has no certificate authority")

GATE = """
    server { listen 127.0.0.1:@PORT@ ssl; server_name localhost;
        ssl_certificate @CA@/live/localhost.pem; ssl_certificate_key @CA@/live/localhost.pem;
        ssl_client_certificate @CA@/chain.crt; ssl_crl @CA@/all.crl; ssl_verify_client optional;
        client_max_body_size 0;
        location / {
            if ($ssl_client_verify != SUCCESS) { return 403; }
            proxy_http_version 1.1; proxy_set_header X-Client $ssl_client_s_dn;
            proxy_pass http://127.0.0.1:@B@; }
    }"""
HOSTILE = "a 'b' \"c\" $(touch pwned) `touch pwned` \\ ;:\n#~"


@pytest.fixture(scope="module")
def ca(tmp_path_factory):
    ca = Authority(tmp_path_factory.mktemp("ca"), "--organisation", "Example")
    ca.ok("issue", "server", "localhost", "--san", "localhost", "--san", "127.0.0.1")
    ca.ok("issue", "machine", "laptop", "second", "lost")
    return ca


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    with GitServer(tmp_path_factory.mktemp("repos")) as server:
        yield server


@pytest.fixture(scope="module")
def gate(serve_module, ca, repository):
    return serve_module(GATE, values={"CA": ca.dir, "B": repository.port})


class User:
    """Somebody with a home of their own."""

    def __init__(self, home, url):
        self.home, self.url = home, url
        self.config = home / ".gitconfig"

    def run(self, *words, cwd=None, stdin="", good=True, env=()):
        done = subprocess.run(words, cwd=cwd or self.home,
                              env={**GIT_ENV, "HOME": str(self.home), **dict(env)},
                              input=stdin, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode == 0) == good, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def git(self, *words, **more):
        return self.run("git", *words, **more)

    def sh(self, script, **more):
        return self.run("sh", stdin=script, **more)

    def refused(self, *words, says="403", **more):
        assert says in self.git(*words, good=False, **more)


@pytest.fixture
def user(gate, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return User(home, f"https://localhost:{gate.port()}")


@pytest.fixture
def trusting(user, ca):
    """Trusts the gate's own certificate already: refusals are then the gate's."""
    user.git("config", "--global", "http.sslCAInfo", ca.path("root.crt"))
    return user


def commit(user, work, name):
    (work / name).write_bytes(os.urandom(3_000_000))  # more than http.postBuffer: chunked
    user.git("add", ".", cwd=work)
    user.git("commit", "-qm", name, cwd=work)


def test_for_a_url(ca, user, repository):
    user.sh(ca.client("git", "laptop", user.url, "--trust-ca"))
    for copy in ("one", "two"):
        user.git("clone", "-q", user.url + "/app.git", copy)
    assert repository.identities[-1] == "CN=laptop"
    one, two = user.home / "one", user.home / "two"
    commit(user, one, "for a url")
    user.git("push", "-q", "origin", "main", cwd=one)
    user.git("fetch", "-q", cwd=two)
    user.git("merge", "-q", "origin/main", cwd=two)
    assert (two / "for a url").read_bytes() == (one / "for a url").read_bytes()


@pytest.mark.parametrize("variable", ["GIT_SSL_CAINFO", "GIT_SSL_CERT", "GIT_SSL_KEY"])
def test_what_git_reads_in_its_place(ca, user, variable):
    """git would not use what is set for the site: this is said, and nothing is changed."""
    script = ca.client("git", "laptop", user.url, "--trust-ca")
    other = {variable: "/etc/ssl/certs/ca-certificates.crt"}
    said = user.sh(script, env=other, good=False)
    assert f"yett: {variable} is set to /etc/ssl/certs/ca-certificates.crt" in said
    assert f"unset {variable}" in said and not user.config.exists()
    user.sh(script, env={variable: ""}, good=False)
    assert not user.config.exists()
    user.sh(script)
    user.git("ls-remote", user.url + "/app.git")
    user.refused("ls-remote", user.url + "/app.git", env=other, says="")
    # The same file is no conflict.
    same = {variable: ca.path("root.crt") if variable == "GIT_SSL_CAINFO" else ca.file("laptop")}
    assert user.sh(script, env=same) == ""
    user.git("ls-remote", user.url + "/app.git", env=same)


def test_environment_that_is_not_in_the_way(ca, user):
    script = ca.client("git", "laptop", user.url)
    assert user.sh(script, env={"GIT_SSL_CAINFO": ca.path("root.crt")}) == ""  # not --trust-ca
    user.git("ls-remote", user.url + "/app.git", env={"GIT_SSL_CAINFO": ca.path("root.crt")})
    assert user.sh(ca.client("git", "laptop", user.url, "--undo"), env={"GIT_SSL_CERT": "/x"}) == ""
    said = user.sh(script, env={"GIT_SSL_NO_VERIFY": "1"})
    assert "GIT_SSL_NO_VERIFY is set" in said
    user.git("ls-remote", user.url + "/app.git", env={"GIT_SSL_NO_VERIFY": "1"})  # as was said
    # What OpenSSL reads counts only where nothing is set.
    user.sh(ca.client("git", "laptop", user.url, "--trust-ca"), env={"SSL_CERT_FILE": "/nonexistent"})
    user.git("ls-remote", user.url + "/app.git", env={"SSL_CERT_FILE": "/nonexistent"})


def test_for_a_path(ca, trusting):
    user = trusting
    user.sh(ca.client("git", "laptop", user.url + "/team/"))
    user.refused("ls-remote", user.url + "/app.git")
    user.sh(ca.client("git", "laptop", user.url + "/app.git"))
    user.git("ls-remote", user.url + "/app.git")


def test_for_a_repository(ca, trusting, repository):
    user = trusting
    script = ca.client("git", "second", user.url, "--local")
    user.sh(script, good=False)  # not in a repository
    for name in ("one", "two"):
        user.git("init", "-q", "-b", "main", name)
        user.git("remote", "add", "origin", user.url + "/app.git", cwd=user.home / name)
    one, two = user.home / "one", user.home / "two"
    user.refused("fetch", cwd=one)
    before = user.config.read_bytes()
    user.sh(script, cwd=one)
    user.git("pull", "-q", "origin", "main", cwd=one)
    assert repository.identities[-1] == "CN=second"
    commit(user, one, "for a repository")
    user.git("push", "-q", "origin", "main", cwd=one)
    user.refused("fetch", cwd=two)
    user.refused("clone", user.url + "/app.git", "three")
    assert user.config.read_bytes() == before
    user.sh(ca.client("git", "second", user.url, "--local", "--undo"), cwd=one)
    user.refused("fetch", cwd=one)


def test_refused_without(trusting, repository):
    before = len(repository.identities)
    trusting.refused("clone", trusting.url + "/app.git", "one")
    assert len(repository.identities) == before


def test_not_shown_to_another_url(ca, gate, trusting):
    user = trusting
    other = f"https://127.0.0.1:{gate.port()}"
    user.sh(ca.client("git", "laptop", other, f"https://localhost:{gate.port() + 1}"))
    user.refused("ls-remote", user.url + "/app.git")
    user.git("ls-remote", other + "/app.git")


def test_the_root_is_not_trusted_unless_asked(ca, user):
    user.sh(ca.client("git", "laptop", user.url))
    user.refused("ls-remote", user.url + "/app.git", says="certificate")
    user.sh(ca.client("git", "laptop", user.url, "--trust-ca"))
    user.git("ls-remote", user.url + "/app.git")


def test_refused_after_revocation(ca, trusting):
    user = trusting
    user.sh(ca.client("git", "lost", user.url))
    user.git("ls-remote", user.url + "/app.git")
    ca.ok("revoke", "lost")

    def refused():
        """A request in flight is cut off; the next one is told why."""
        return "400" in subprocess.run(
            ["git", "ls-remote", user.url + "/app.git"], env={**GIT_ENV, "HOME": str(user.home)},
            capture_output=True, text=True, check=False, timeout=60).stderr
    wait_for(refused, what="the refusal")
    assert "revoked" in ca.client("git", "lost", user.url, code=1)
    user.sh(ca.client("git", "lost", user.url, "--undo"))  # then more than ever
    assert "lost" not in user.config.read_text()


@pytest.mark.parametrize("before", ["", "[user]\n\tname = Ada\n[http]\n\tversion = HTTP/1.1\n"])
def test_undo(ca, user, before):
    user.config.write_text(before)
    undo = ca.client("git", "laptop", user.url, "--undo")  # finds --trust-ca's, too
    user.sh(undo)  # before anything was done
    user.sh(ca.client("git", "laptop", user.url, "--trust-ca"))
    user.sh(ca.client("git", "laptop", user.url, "--trust-ca"))  # again
    assert user.config.read_text().count("laptop.pem") == 2
    for _ in range(2):
        user.sh(undo)
        assert user.config.read_text() == before


def test_somebodys_own_setting_stays(ca, user):
    key = f"http.{user.url}.sslCert"
    user.git("config", "--global", key, "/mine.pem")
    before = user.config.read_text()
    said = user.sh(ca.client("git", "laptop", user.url), good=False)
    assert f"{key} is already set to /mine.pem" in said
    assert user.config.read_text() == before
    user.sh(ca.client("git", "laptop", user.url, "--undo"))
    assert user.config.read_text() == before


def test_a_directory_to_carry(ca, user, tmp_path):
    """It works where it was brought, and when the authority is gone."""
    (tmp_path / "gone").mkdir()
    gone = Authority(tmp_path / "gone", start=False)
    shutil.copytree(ca.dir, gone.dir)
    gone.client("git", "laptop", user.url, "--trust-ca", "--out", str(tmp_path / "kit"))
    shutil.rmtree(gone.top)
    place = tmp_path / HOSTILE
    shutil.move(tmp_path / "kit", place)
    user.run(str(place / "install.sh"))
    user.git("clone", "-q", user.url + "/app.git", "one")
    user.run("sh", "undo.sh", cwd=place)
    assert user.config.read_text() == ""
    user.run("sh", "install.sh", cwd=place)
    user.git("ls-remote", user.url + "/app.git")
    assert not list(tmp_path.rglob("pwned"))


def test_hostile_directory(ca, user, tmp_path):
    (tmp_path / "x").mkdir()
    strange = Authority(tmp_path / "x", start=False)
    strange.dir = os.path.join(strange.top, HOSTILE)
    shutil.copytree(ca.dir, strange.dir)
    user.sh(strange.client("git", "laptop", user.url, "--trust-ca"))
    user.git("ls-remote", user.url + "/app.git")
    user.sh(strange.client("git", "laptop", user.url, "--undo"))
    assert user.config.read_text() == ""
    assert not list(tmp_path.rglob("pwned"))


def test_unreadable_certificate(ca, user, tmp_path):
    (tmp_path / "x").mkdir()
    moved = Authority(tmp_path / "x", start=False)
    shutil.copytree(ca.dir, moved.dir)
    script = moved.client("git", "laptop", user.url)
    shutil.rmtree(moved.dir)
    assert "cannot read" in user.sh(script, good=False)
    assert not user.config.exists()
