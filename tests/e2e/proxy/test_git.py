# SPDX-License-Identifier: Apache-2.0
"""git clone and push over https with http.sslCert and http.sslKey, through the gate."""

import os
import subprocess

import pytest

from support.git_backend import GIT_ENV, GitServer


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    with GitServer(tmp_path_factory.mktemp("repos")) as server:
        yield server


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
    }""", values={"B": repository.port})


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
def test_clone(git, repository, tmp_path, how):
    done = git("good", how, "clone", "-q", "URL/app.git", "copy")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "copy" / "big").stat().st_size == 2_000_000
    assert repository.identities[-1] == "CN=good machine,O=Yett Test,C=DE"


@pytest.mark.parametrize("cert,says", [
    (None, "403"), ("revoked", "400"), ("expired", "400"), ("foreign-client", "400")])
def test_clone_refused(git, repository, tmp_path, cert, says):
    before = len(repository.identities)
    done = git(cert, "global", "clone", "-q", "URL/app.git", "copy")
    assert done.returncode != 0
    assert says in done.stderr, done.stderr
    assert len(repository.identities) == before, "nothing reached the repository"


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


def test_push_refused(git, repository, tmp_path):
    assert git("good", "global", "clone", "-q", "URL/app.git", "copy").returncode == 0
    copy = tmp_path / "copy"
    (copy / "evil").write_text("x")
    git(None, "global", "add", ".", cwd=copy)
    git(None, "global", "commit", "-qm", "evil", cwd=copy)
    before = len(repository.identities)
    done = git(None, "global", "push", "-q", "origin", "main", cwd=copy)
    assert done.returncode != 0 and "403" in done.stderr
    done = git("revoked", "global", "push", "-q", "origin", "main", cwd=copy)
    assert done.returncode != 0
    assert len(repository.identities) == before
