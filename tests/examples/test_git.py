# SPDX-License-Identifier: Apache-2.0
"""git over https through the gate of examples/cert-auth, with http.sslCert and http.sslKey: globally, for
one URL, for one repository."""
import os
import re
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from running import example, open_path  # noqa: F401

NAME = "git.example.test"


class GitBackend(BaseHTTPRequestHandler):
    """git-http-backend as a plain HTTP server; `repositories` is set by the fixture."""
    protocol_version = "HTTP/1.1"

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def do_GET(self):
        body = self.body()
        path, _, query = self.path.partition("?")
        done = subprocess.run(["git", "http-backend"], input=body, capture_output=True, env={
            "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(self.repositories), "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
            "REMOTE_USER": self.headers.get("X-Client-DN", ""), "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"})
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def gate(example, tmp_path):    # noqa: F811
    """The gate before a git server with one repository, project.git."""
    repositories = tmp_path / "repositories"
    subprocess.run(["git", "init", "-q", "--bare", repositories / "project.git"], check=True)
    subprocess.run(["git", "-C", repositories / "project.git", "config", "http.receivepack", "true"], check=True)
    handler = type("Handler", (GitBackend,), {"repositories": repositories})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def edit(directory):
        path = directory / "conf.d/backend.conf"
        path.write_text(re.sub(r"(upstream some-backend \{\s*server 127.0.0.1:)\d+",
                               rf"\g<1>{server.server_address[1]}", path.read_text()))
        path = directory / "conf.d/default.conf"    # a push may be larger than the default of 1m
        path.write_text("client_max_body_size 0;\n" + path.read_text())

    yield example("cert-auth", "nginx.conf", edit)
    server.shutdown()
    server.server_close()


@pytest.fixture
def git(gate, tmp_path):
    """git(arguments…) as a user with an empty home, who trusts the gate's authority and finds its name."""
    home = tmp_path / "home"
    home.mkdir()
    url = f"https://{NAME}:{gate.port[18443]}"
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1",
                   "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}

    def run(*arguments, cwd=home):
        return subprocess.run(["git", *arguments], cwd=cwd, env=environment, capture_output=True, text=True,
                              timeout=60)

    for name, value in [("http.sslCAInfo", str(gate.dir / "auth/root.cert.pem")),
                        ("http.curloptResolve", f"{NAME}:{gate.port[18443]}:127.0.0.1"),
                        ("user.name", "t"), ("user.email", "t@example.test"), ("init.defaultBranch", "main")]:
        run("config", "--global", name, value)
    run.home, run.url, run.repository = home, url, f"{url}/project.git"
    return run


def certificate(gate, name):
    file = str(gate.dir / f"clients/{name}.pem")
    return [("sslCert", file), ("sslKey", file)]


def test_clone_and_push(gate, git):
    for key, value in certificate(gate, "good"):
        git("config", "--global", f"http.{git.url}.{key}", value)
    assert git("clone", git.repository, "one").returncode == 0
    work = git.home / "one"
    (work / "text").write_text("first\n")
    (work / "large").write_bytes(os.urandom(3 << 20))    # over http.postBuffer: sent chunked
    git("add", ".", cwd=work)
    git("commit", "-qm", "first", cwd=work)
    pushed = git("push", "-q", "origin", "HEAD:main", cwd=work)
    assert pushed.returncode == 0, pushed.stderr
    assert git("clone", "-q", "-b", "main", git.repository, "two").returncode == 0
    for name in ("text", "large"):
        assert (git.home / "two" / name).read_bytes() == (work / name).read_bytes()


def test_settings_for_one_repository(gate, git):
    git("init", "-q", "one")
    git("remote", "add", "origin", git.repository, cwd=git.home / "one")
    assert "403" in git("ls-remote", "origin", cwd=git.home / "one").stderr
    for key, value in certificate(gate, "good"):
        git("config", "--local", f"http.{key}", value, cwd=git.home / "one")
    assert git("ls-remote", "origin", cwd=git.home / "one").returncode == 0
    assert git("ls-remote", git.repository).returncode != 0    # elsewhere nothing has changed


@pytest.mark.parametrize("name, answer", [(None, "403"), ("revoked", "400"), ("expired", "400"),
                                          ("foreign", "400"), ("barred", "403")])
def test_refused(gate, git, name, answer):
    for key, value in certificate(gate, name) if name else []:
        git("config", "--global", f"http.{key}", value)
    refused = git("clone", git.repository, "one")
    assert refused.returncode != 0 and answer in refused.stderr


def test_settings_for_another_url_do_not_count(gate, git):
    for key, value in certificate(gate, "good"):
        git("config", "--global", f"http.https://other.example.test.{key}", value)
    assert git("ls-remote", git.repository).returncode != 0
