# SPDX-License-Identifier: Apache-2.0
"""A gate for browsers: two authorities, two sites, one denial page, and what `yett client` writes for it."""

import os
import subprocess

from support.authority import Authority
from support.servers import YETT, Server, wait_for

SITE, OTHER = "gate.example.test", "other.example.test"
SHUT = "The gate is shut"

GATE = """
    map $http_upgrade $upgrade { default upgrade; "" close; }
    log_format seen '$connection|$server_name|$status|$ssl_client_verify|$ssl_client_s_dn';
    access_log @DIR@/seen.log seen;
    ssl_certificate @CA@/live/@SITE@.pem; ssl_certificate_key @CA@/live/@SITE@.pem;
    ssl_client_certificate @DIR@/authorities.crt; ssl_crl @LISTS@;
    ssl_verify_client optional;
    error_page 400 401 403 404 405 413 414 495 496 497 500 502 503 504 /denied.html;
""" + "".join("""
    server {
        listen 127.0.0.1:@PORT@ ssl; server_name @%s@;
        location = /denied.html { internal; root @DIR@/html; }
        location / {
            if ($ssl_client_verify != SUCCESS) { return 403; }
            default_type text/html;
            return 200 "<p>$server_name lets in $ssl_client_s_dn</p>";
        }
        location /up/ {
            if ($ssl_client_verify != SUCCESS) { return 403; }
            proxy_pass http://127.0.0.1:@BACKEND@; proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $upgrade;
        }
    }
""" % name for name in ("SITE", "OTHER"))

ADA = "CN=Ada Lovelace,OU=Staff,O=Example"
EVE = "CN=Eve,OU=Staff,O=Example"


def _read(path):
    with open(path, encoding="ascii") as text:
        return text.read()


class Guarded:
    """.ca has ada@…; .foreign, which the gate takes as well, has eve@… and another Ada, twin@…."""

    def __init__(self, directory, backend, gate=GATE, names=(SITE, OTHER)):
        """`gate` is the configuration, `names` are in the server's one certificate; the first is SITE."""
        paths = [os.path.join(directory, name) for name in ("own", "foreign")]
        for path in paths:
            os.mkdir(path)
        self.ca = Authority(paths[0], "--organisation", "Example")
        self.foreign = Authority(paths[1], "--organisation", "Elsewhere")
        self.ca.ok("issue", "server", SITE, *(word for name in names
                                              for word in ("--san", "dns:" + name)))
        self.ca.ok("issue", "user", "ada@example.test", "--subject", ADA)
        self.foreign.ok("issue", "user", "eve@example.test", "--subject", EVE)
        self.foreign.ok("issue", "user", "twin@example.test", "--subject", ADA)
        chains = _read(self.ca.path("chain.crt")) + _read(self.foreign.path("chain.crt"))
        lists = os.path.join(directory, "lists")
        os.mkdir(lists)
        for ca, name in ((self.ca, "own.crl"), (self.foreign, "foreign.crl")):
            os.symlink(ca.path("all.crl"), os.path.join(lists, name))
        self.server = Server(gate, files={"html/denied.html": f"<p>{SHUT}.</p>",
                                          "authorities.crt": chains},
                             values={"CA": self.ca.dir, "LISTS": lists, "SITE": SITE,
                                     "OTHER": OTHER, "BACKEND": backend.port})

    def url(self, name=SITE, path="/"):
        return f"https://{name}:{self.server.port()}{path}"

    def client(self, program, name, *more, ca=None, good=True):
        """What `yett client` prints."""
        words = [YETT, "client", "--dir", (ca or self.ca).dir, program, name, self.url(), *more]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60,
                              stdin=subprocess.DEVNULL, env=Server.environment())
        assert (done.returncode == 0) == good, done.stderr
        return done.stdout if good else done.stderr

    def issue(self, name, subject):
        """A certificate of a test's own."""
        self.ca.ok("issue", "user", name, "--subject", subject)
        return name

    def seen(self):
        """(connection, server, status, verdict, subject) of each request."""
        lines = self.server.read("seen.log").splitlines()
        return [tuple(line.split("|")) for line in lines]

    def passed(self, name=None):
        """Whether anybody got in since forget(): a browser that closes may cancel its question."""
        return any(line[2] == "200" and name in (None, line[1]) for line in self.seen())

    def forget(self):
        """Lines from before are no longer seen."""
        os.truncate(os.path.join(self.server.dir, "seen.log"), 0)

    def revoke(self, name):
        self.ca.ok("revoke", name)

    def wait_shut(self, browser):
        """The page that a browser gets when the list has reached the gate."""
        return wait_for(lambda: SHUT in browser.open(self.url()), 30, "the denial page")

    def close(self):
        self.server.stop()


def lets_in(browser, gate, subject=ADA, name=SITE):
    assert browser.open(gate.url(name)) == f"{name} lets in {subject}"


def shut_while_open(gate, browser, name, subject):
    """A certificate is revoked under a browser that has come in with it."""
    lets_in(browser, gate, subject)
    gate.forget()
    lets_in(browser, gate, subject)
    gate.revoke(name)
    gate.wait_shut(browser)
    passed = {line[0] for line in gate.seen() if line[2] == "200"}
    refused = [line for line in gate.seen() if line[2] == "400"]
    assert refused[0][0] in passed, "it was refused on a new connection only"
    assert all("revoked" in line[3] for line in refused)


def put(machine, text, **environment):
    """Runs a script, as somebody who has it in a file."""
    path = os.path.join(machine.top, "script.sh")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    return machine.run("/usr/bin/env", *(f"{name}={value}" for name, value in environment.items()),
                       "/bin/sh", path)


def put_well(machine, text, **environment):
    done = put(machine, text, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
