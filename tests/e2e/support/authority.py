# SPDX-License-Identifier: Apache-2.0
"""`yett ca` on a directory of its own."""

import atexit
import functools
import json
import os
import pty
import shutil
import ssl
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from support.rawhttp import Conn
from support.servers import REPORTS, ROOT, YETT, Server

PASSPHRASE = "a passphrase for tests"


def start_to_kill(words, **more):
    """Without the search for leaks at its end: killed in that, it would leave a report about nothing."""
    env = Server.environment()
    env["ASAN_OPTIONS"] += ":detect_leaks=0"
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, **more)


def private_key(text):
    """The key in a file that has certificates as well."""
    return serialization.load_pem_private_key(text[text.index(b"-----BEGIN PRIVATE"):], None)


def weaken(directory):
    """The keys' encryption as it was before: each command takes a fifth of a second less."""
    for name in os.listdir(os.path.join(directory, "private")):
        path = os.path.join(directory, "private", name)
        subprocess.run(["openssl", "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512",
                        "-iter", "8000", "-in", path, "-passin", f"pass:{PASSPHRASE}",
                        "-out", path + ".weak", "-passout", f"pass:{PASSPHRASE}"], check=True,
                       capture_output=True, timeout=60)
        os.chmod(path + ".weak", 0o600)
        os.replace(path + ".weak", path)


@functools.cache
def made(init):
    """A directory that `yett ca init` has made with these arguments, to be copied."""
    top = tempfile.mkdtemp(prefix="ye-ca-")
    atexit.register(shutil.rmtree, top, ignore_errors=True)
    ca = Authority(top, start=False)
    ca.ok("init", *init)
    weaken(ca.dir)
    return ca.dir


class Authority:
    def __init__(self, directory, *init, start=True):
        self.top = str(directory)
        self.dir = os.path.join(self.top, "ca")
        self.passphrase = os.path.join(self.top, "passphrase")
        with open(self.passphrase, "w", encoding="ascii") as out:
            out.write(PASSPHRASE + "\n")
        if start:
            shutil.copytree(made(init), self.dir)

    def path(self, *name):
        return os.path.join(self.dir, *name)

    def command(self, command, *args, passphrase=True):
        words = [YETT, "ca", command, "--dir", self.dir, *args]
        if passphrase and command in ("init", "import", "issue", "renew", "revoke", "crl"):
            words += ["--passphrase-file", self.passphrase]
        return words

    def run(self, command, *args, passphrase=True):
        done = subprocess.run(self.command(command, *args, passphrase=passphrase), text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, check=False,
                              timeout=120, env=Server.environment(), start_new_session=True)
        assert not REPORTS.search(done.stderr), done.stderr
        return done

    def ok(self, command, *args):
        done = self.run(command, *args)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, command, *args):
        return json.loads(self.ok(command, *args, "--json"))

    def fails(self, command, *args, code=1, passphrase=True):
        """What it says on standard error."""
        done = self.run(command, *args, passphrase=passphrase)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert done.stderr.strip()
        return done.stderr

    def client(self, *args, code=0):
        """What `yett client` prints; with a code, what it says on standard error."""
        done = subprocess.run([YETT, "client", "--dir", self.dir, *args], text=True, check=False,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=120,
                              env=Server.environment(), start_new_session=True)
        assert not REPORTS.search(done.stderr), done.stderr
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        assert "PRIVATE KEY" not in done.stdout + done.stderr
        return done.stderr if code else done.stdout

    def file(self, name):
        """Certificate, chain and key of what the name means."""
        return self.path("live", name + ".pem")

    def cert(self, name):
        with open(self.file(name), "rb") as text:
            return x509.load_pem_x509_certificate(text.read())

    def key(self, name):
        with open(self.file(name), "rb") as text:
            return private_key(text.read())

    def crl(self, authority="intermediate"):
        with open(self.path(authority + ".crl"), "rb") as text:
            return x509.load_pem_x509_crl(text.read())

    def revoked(self, authority="intermediate"):
        return {entry.serial_number for entry in self.crl(authority)}

    def crl_number(self, authority="intermediate"):
        return self.crl(authority).extensions.get_extension_for_class(
            x509.CRLNumber).value.crl_number

    def sql(self, text):
        done = subprocess.run(["sqlite3", "-cmd", ".timeout 10000", self.path("ca.db"),
                               "PRAGMA foreign_keys = ON; " + text], text=True,
                              capture_output=True, check=True, timeout=60)
        return done.stdout.strip()


COMPLETION = os.path.join(ROOT, "completions", "yett.bash")


def complete(ca, *words):
    """What bash would offer for the last word."""
    script = (f"yett() {{ {YETT} \"$@\"; }}; . {COMPLETION}; COMP_WORDS=(\"$@\"); "
              "COMP_CWORD=$(($# - 1)); _yett; printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", script, "bash", "yett", *words], text=True, check=True,
                          capture_output=True, env=dict(os.environ, YETT_CA=ca.dir), timeout=60)
    assert done.stderr == ""
    return done.stdout.split()


def at_terminal(words, *answers):
    """Exit code and all output of a command that asks at its terminal."""
    pid, master = pty.fork()
    if pid == 0:
        os.execv(words[0], words)
    said = b""
    for answer in answers:
        while not said.endswith(b": "):
            said += os.read(master, 4096)
        os.write(master, answer.encode() + b"\n")
        said += b"\n"
    try:
        while chunk := os.read(master, 4096):
            said += chunk
    except OSError:
        pass  # how Linux says that the other side is closed
    os.close(master)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said.decode()


# A server whose files are those of the CA.
GATE = """
    server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @CA@/live/www.example.test.pem;
        ssl_certificate_key @CA@/live/www.example.test.pem; ssl_verify_client on;
        ssl_client_certificate @CA@/chain.crt; ssl_crl @CA@/all.crl;
        location / { return 200 "$ssl_client_s_dn"; } }
"""


def client(ca, name):
    """A TLS context that shows the named certificate and believes this CA."""
    context = ssl.create_default_context(cafile=ca.path("root.crt"))
    context.load_cert_chain(ca.file(name))
    return context


def visit(server, context):
    with Conn(server.port(), context, sni="www.example.test") as conn:
        return conn.ask("GET /", host="www.example.test")
