# SPDX-License-Identifier: Apache-2.0
"""The files in examples/, run as they are (but for the ports), on yett and on nginx."""

import os
import re
import shutil
import subprocess
import tempfile

import pytest

from support import rawhttp
from support.rawhttp import Conn, ask
from support.servers import NGINX, ROOT, YETT, Server, free_port

EXAMPLES = os.path.join(ROOT, "examples")
FRONT = ["0-misdirected.conf", "1-dedicated-address.conf", "2-internal-host.conf",
         "3-route-by-sni.conf", "4-stacked.conf"]


class Example(Server):
    """A server in a copy of an example's folder, with its own certificates and free ports."""

    def __init__(self, folder, conf, binary, certs):
        super().__init__("", binary=binary, start=False)
        os.rmdir(os.path.join(self.dir, "tmp"))
        shutil.copytree(os.path.join(EXAMPLES, folder), self.dir, dirs_exist_ok=True)
        for sub in ("ssl", "auth", "clients"):
            shutil.copytree(os.path.join(certs, sub), os.path.join(self.dir, sub))
        for old in ("18443", "18444", "18081", "18082"):
            self.ports[old] = free_port()
        for path, _, names in os.walk(self.dir):
            for name in names:
                if name.endswith(".conf"):
                    self._move_ports(os.path.join(path, name))
        self.conf_path = os.path.join(self.dir, conf)
        self.pid_path = os.path.join(self.dir, "yett.pid")
        self.start()

    def _move_ports(self, path):
        with open(path, encoding="utf-8") as source:
            text = source.read()
        for old, new in self.ports.items():
            text = re.sub(rf"\b{old}\b", str(new), text)
        if os.geteuid() == 0 and "events {" in text:
            text = "user root;\n" + text
        elif self.nginx and "http {" in text:
            # Debian's nginx has them where root alone may make them.
            temporary = "".join(f"{kind}_temp_path {self.dir}/{kind};" for kind in ("fastcgi", "uwsgi", "scgi"))
            text = text.replace("http {", "http { " + temporary, 1)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)

    def client(self, cert=None):
        context = rawhttp.tls_context()
        if cert:
            base = os.path.join(self.dir, "clients", cert)
            context.load_cert_chain(base + ".pem")
        return context

    def visit(self, host, path="/", cert=None, sni="same", headers=(), source=None):
        return ask(self.ports["18443"], f"GET {path}", headers, host=host, source=source,
                   sni=host if sni == "same" else sni, tls=self.client(cert))


@pytest.fixture(scope="module")
def certs():
    where = tempfile.mkdtemp(prefix="ye-certs-")
    done = subprocess.run([os.path.join(EXAMPLES, "make-certs.sh"), where], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield where
    shutil.rmtree(where)


BINARIES = pytest.mark.parametrize("binary", [YETT, NGINX], ids=["yett", "nginx"])


@pytest.fixture(scope="module", params=[YETT, NGINX], ids=["yett", "nginx"])
def gate(request, certs):
    with Example("cert-auth", "nginx.conf", request.param, certs) as server:
        yield server


# What examples/README.md says of https://www.example.test/secured_site.
VERDICTS = {None: 403, "good": 200, "revoked": 400, "expired": 400, "foreign": 400, "barred": 403}


@pytest.mark.parametrize("cert,status", VERDICTS.items())
@pytest.mark.parametrize("host,path", [
    ("www.example.test", "/secured_site"), ("git.example.test", "/"), ("git.example.test", "/x?y"),
    ("files.example.test", "/"), ("www.example.test", "/whoami")])
def test_verdicts(gate, host, path, cert, status):
    answer = gate.visit(host, path, cert, headers=["X-Client-Verify: SUCCESS", "X-Client-DN: CN=forged"])
    assert answer.status == status
    assert ("laptop-good" in answer.text or "CN=gate" in answer.text) == (status == 200)
    assert "forged" not in answer.text


def test_gate_shows_its_own_certificate(gate):
    assert gate.visit("files.example.test", "/", "good").text == (
        'some-backend over TLS: GET /, gate "CN=gate,OU=Gates,O=Example"\n')


def test_catch_all(gate):
    for host, sni in (("other.test", "other.test"), ("127.0.0.1", None)):
        for cert in (None, "good"):
            assert gate.visit(host, "/secured_site", cert, sni).status == 403


def test_no_other_name(gate):
    for host in ("www.example.test", "git.example.test", "files.example.test"):
        for cert in (None, "good", "foreign"):
            answer = gate.visit(host, "/", cert, sni="other.test")
            assert "some-backend" not in answer.text
            # nginx takes a name that matches no server for none, and shows what is public.
            assert gate.nginx or answer.status == 421


def test_error_page(gate):
    with open(os.path.join(EXAMPLES, "cert-auth", "www", "error.html"), encoding="utf-8") as page:
        page = page.read()
    for path, cert, status in (("/none", None, 404), ("/secured_site", None, 403), ("/", "revoked", 400),
                               ("/error.html", None, 404), ("/error.html", "expired", 400)):
        answer = gate.visit("www.example.test", path, cert)
        assert (answer.status, answer.text) == (status, page)
    plain = ask(gate.ports["18443"], "GET /", host="www.example.test")
    assert plain.status == 400
    assert (plain.text == page) == (plain.get("X-Robots-Tag") == "none")


def test_headers_on_every_answer(gate):
    for path in ("/", "/none", "/secured_site", "/whoami"):
        answer = gate.visit("www.example.test", path)
        assert answer.get("X-Content-Type-Options") == "nosniff"
        assert answer.get("Strict-Transport-Security").startswith("max-age=15768000;")


def test_exempt_host(gate):
    assert gate.visit("www.example.test", "/secured_site", source="127.0.0.2").status == 200
    assert gate.visit("www.example.test", "/secured_site", source="127.0.0.3").status == 403
    assert gate.visit("git.example.test", "/", source="127.0.0.2").status == 403


def test_log_names_the_certificate(gate):
    gate.visit("git.example.test", "/logged", "barred")
    gate.wait_log(r'git\.example\.test "GET /logged HTTP/1\.1" 403 verify=SUCCESS serial=[0-9A-F]+ '
                  r'dn="CN=laptop-barred,OU=Machines,O=Example"', "access.log")


def test_pfx_for_browsers(gate):
    done = subprocess.run(["openssl", "pkcs12", "-in", os.path.join(gate.dir, "clients/good.pfx"),
                           "-passin", "pass:password", "-nokeys"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0 and "laptop-good" in done.stdout


@pytest.fixture(scope="module", params=[YETT, NGINX], ids=["yett", "nginx"])
def front(request, certs):
    running = {}

    def get(name):
        if name not in running:
            running[name] = Example("front-layer", name, request.param, certs)
        return running[name]
    yield get
    for server in running.values():
        server.stop()


# file: {name: (status, what the answer says)}
ANSWERS = {
    "0-misdirected.conf": {"www.example.test": (421, "")},
    "1-dedicated-address.conf": {
        "www.example.test": (200, 'public for www.example.test, gate "CN=gate,'),
        "admin.example.test": (200, 'admin for admin.example.test, gate "CN=gate,')},
    "2-internal-host.conf": {"www.example.test": (200, 'gate "CN=gate,'),
                             "admin.example.test": (200, 'gate "CN=gate,')},
    "3-route-by-sni.conf": {
        "www.example.test": (200, 'public for www.example.test, gate "CN=gate,'),
        "admin.example.test": (200, 'admin for admin.example.test, gate "CN=gate,')},
    "4-stacked.conf": {
        "www.example.test": (200, "public for www.example.test, certificate check SUCCESS"),
        "admin.example.test": (200, 'admin for admin.example.test, gate "CN=gate,')},
}


@pytest.mark.parametrize("conf,host", [(c, h) for c, hosts in ANSWERS.items() for h in hosts])
def test_front_layer(front, conf, host):
    status, says = ANSWERS[conf][host]
    answer = front(conf).visit(host)
    assert answer.status == status and says in answer.text, (answer, front(conf).tail())


BACK = {"1-dedicated-address.conf": ("127.0.0.3", "app-admin.internal.example.test"),
        "2-internal-host.conf": ("127.0.0.1", "app-admin.internal.example.test"),
        "3-route-by-sni.conf": ("127.0.0.1", "admin.example.test"),
        "4-stacked.conf": ("127.0.0.1", "admin.example.test")}


@pytest.mark.parametrize("conf", BACK)
@pytest.mark.parametrize("cert,refused", [(None, True), ("revoked", True), ("expired", True),
                                          ("foreign", True), ("good", False)])
def test_nobody_reaches_the_second_layer_without(front, conf, cert, refused):
    """Straight at the application servers: their own check holds."""
    server, (address, name) = front(conf), BACK[conf]
    with Conn(server.ports["18444"], server.client(cert), name, host=address) as conn:
        answer = conn.ask("GET /", ["X-Client-Verify: SUCCESS", "X-Client-DN: x"], host=name)
    assert answer.status in ((400, 403) if refused else (200,))


@pytest.mark.parametrize("sni", ["unknown.example.test", None])
def test_unknown_name_gets_no_answer(front, sni):
    server = front("3-route-by-sni.conf")
    with Conn(server.ports["18444"], server.client("good"), sni) as conn:
        conn.send(rawhttp.build(host="www.example.test"))
        assert conn.read_all() == b""


@BINARIES
@pytest.mark.parametrize("folder,conf", [("cert-auth", "nginx.conf")]
                         + [("front-layer", name) for name in FRONT])
def test_configuration_is_fine(certs, binary, folder, conf):
    """-t says so without a warning."""
    with Example(folder, conf, binary, certs) as server:
        done = server.run("-t")
    assert done.returncode == 0
    assert "[emerg]" not in done.stderr and "[error]" not in done.stderr


def test_every_example_is_tested():
    found = sorted(name for name in os.listdir(os.path.join(EXAMPLES, "front-layer"))
                   if name.endswith(".conf"))
    assert found == FRONT
