# SPDX-License-Identifier: Apache-2.0
"""git clone and push over https with http.sslCert and http.sslKey, through the gate."""

import http.server
import os
import subprocess
import threading

import pytest

GIT_ENV = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LANG": "C.UTF-8",
           "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x.test", "GIT_COMMITTER_NAME": "a",
           "GIT_COMMITTER_EMAIL": "a@x.test", "PATH": os.environ["PATH"]}


class GitCgi(http.server.BaseHTTPRequestHandler):
    """Runs `git http-backend` for each request, as a CGI server does."""

    protocol_version = "HTTP/1.1"
    root = None
    identities = []

    def body(self):
        if "chunked" in (self.headers.get("Transfer-Encoding") or ""):
            data = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                data += self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    return data
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def run(self):
        body = self.body()
        path, _, query = self.path.partition("?")
        self.identities.append(self.headers.get("X-Client"))
        env = {"GIT_PROJECT_ROOT": self.root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
               "QUERY_STRING": query, "REQUEST_METHOD": self.command,
               "CONTENT_TYPE": self.headers.get("Content-Type") or "",
               "CONTENT_LENGTH": str(len(body)), "REMOTE_USER": self.headers.get("X-Client") or "",
               "REMOTE_ADDR": "127.0.0.1", "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
               "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "", **GIT_ENV}
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True,
                              check=False)
        head, _, data = done.stdout.partition(b"\r\n\r\n")
        status, headers = 200, []
        for line in head.decode().split("\r\n"):
            key, _, value = line.partition(": ")
            if key.lower() == "status":
                status = int(value.split()[0])
            elif key:
                headers.append((key, value))
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = run

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A bare repository with a file of 2 MB, served by CGI; yields the CGI server."""
    root = tmp_path_factory.mktemp("repos")
    env = {**GIT_ENV, "HOME": str(root)}
    work = root / "work"
    for command in (["git", "init", "-q", "--bare", "app.git"],
                    ["git", "-C", "app.git", "config", "http.receivepack", "true"],
                    ["git", "-C", "app.git", "symbolic-ref", "HEAD", "refs/heads/main"],
                    ["git", "init", "-q", "-b", "main", "work"]):
        subprocess.run(command, cwd=root, env=env, check=True)
    (work / "big").write_bytes(os.urandom(2_000_000))
    for command in (["git", "add", "."], ["git", "commit", "-qm", "first"],
                    ["git", "push", "-q", str(root / "app.git"), "main"]):
        subprocess.run(command, cwd=work, env=env, check=True)
    GitCgi.root = str(root)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GitCgi)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def gate(serve_module, repository):
    return serve_module("""
    server { listen 127.0.0.1:@PORT@ ssl; server_name localhost;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl; ssl_verify_client optional;
        client_max_body_size 0;
        location / {
            if ($ssl_client_verify != SUCCESS) { return 403; }
            proxy_http_version 1.1; proxy_set_header X-Client $ssl_client_s_dn;
            proxy_pass http://127.0.0.1:@B@; }
    }""", values={"B": repository.server_address[1]})


@pytest.fixture
def git(gate, pki, tmp_path):
    """git(cert, how, *args, cwd) runs git with the certificate configured in one of three ways."""
    url = f"https://localhost:{gate.port()}"

    def run(cert, how, *args, cwd=None):
        settings = ["-c", f"http.sslCAInfo={pki.path('root.crt')}"]
        lines = ""
        if cert:
            pair = (f"sslCert = {pki.path(cert + '.crt')}\n\tsslKey = {pki.path(cert + '.key')}\n")
            if how == "per URL":
                lines = f'[http "{url}"]\n\t{pair}'
            elif how == "global":
                lines = f"[http]\n\t{pair}"
            else:
                settings += ["-c", f"http.sslCert={pki.path(cert + '.crt')}",
                             "-c", f"http.sslKey={pki.path(cert + '.key')}"]
        (tmp_path / ".gitconfig").write_text(lines)
        env = {**GIT_ENV, "HOME": str(tmp_path)}
        return subprocess.run(["git", *settings, *[a.replace("URL", url) for a in args]],
                              cwd=cwd or tmp_path, env=env, capture_output=True, text=True,
                              timeout=60, check=False)
    return run


@pytest.mark.parametrize("how", ["global", "per URL", "command"])
def test_clone(git, tmp_path, how):
    done = git("good", how, "clone", "-q", "URL/app.git", "copy")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy" / "big").stat().st_size == 2_000_000
    assert GitCgi.identities[-1] == "CN=good machine,O=Yett Test,C=DE"


@pytest.mark.parametrize("cert,says", [
    (None, "403"), ("revoked", "400"), ("expired", "400"), ("foreign-client", "400")])
def test_clone_refused(git, tmp_path, cert, says):
    before = len(GitCgi.identities)
    done = git(cert, "global", "clone", "-q", "URL/app.git", "copy")
    assert done.returncode != 0
    assert says in done.stderr, done.stderr
    assert len(GitCgi.identities) == before, "nothing reached the repository"


def test_push_and_pull(git, tmp_path):
    assert git("good", "global", "clone", "-q", "URL/app.git", "one").returncode == 0
    assert git("second", "global", "clone", "-q", "URL/app.git", "two").returncode == 0
    one, two = tmp_path / "one", tmp_path / "two"
    (one / "more").write_bytes(os.urandom(3_000_000))  # more than http.postBuffer: chunked
    git("good", "global", "add", ".", cwd=one)
    git("good", "global", "commit", "-qm", "more", cwd=one)
    done = git("good", "global", "push", "-q", "origin", "main", cwd=one)
    assert done.returncode == 0, done.stderr
    done = git("second", "global", "pull", "-q", cwd=two)
    assert done.returncode == 0, done.stderr
    assert (two / "more").read_bytes() == (one / "more").read_bytes()


def test_push_refused(git, tmp_path):
    assert git("good", "global", "clone", "-q", "URL/app.git", "copy").returncode == 0
    copy = tmp_path / "copy"
    (copy / "evil").write_text("x")
    git(None, "global", "add", ".", cwd=copy)
    git(None, "global", "commit", "-qm", "evil", cwd=copy)
    before = len(GitCgi.identities)
    done = git(None, "global", "push", "-q", "origin", "main", cwd=copy)
    assert done.returncode != 0 and "403" in done.stderr
    done = git("revoked", "global", "push", "-q", "origin", "main", cwd=copy)
    assert done.returncode != 0
    assert len(GitCgi.identities) == before
