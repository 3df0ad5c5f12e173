# SPDX-License-Identifier: Apache-2.0
"""`yett check` on a configuration that nobody runs."""

import json
import os
import subprocess

from support.servers import REPORTS, YETT, Server

TLS = """ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;"""

TOP = "error_log stderr; events {}\nhttp { access_log off;\n"
GUARDED = ("listen 127.0.0.1:8443 ssl; ssl_certificate PKI/srv-a.crt; ssl_certificate_key PKI/srv-a.key;\n"
           "ssl_client_certificate PKI/ca.crt; ssl_verify_client optional; root /www;\n")
DENY = "if ($ssl_client_verify != SUCCESS) { return 403; }"


def run(*args, cwd=None, environment=None):
    """The finished process; nothing is said on standard error unless it fails."""
    done = subprocess.run([YETT, "check", *map(str, args)], capture_output=True, text=True, timeout=120,
                          check=False, cwd=cwd, env={**Server.environment(), **(environment or {})})
    assert not REPORTS.search(done.stderr), done.stderr
    assert done.returncode == 2 or done.stderr == "", done.stderr
    return done


def checked_doors(conf_path):
    """The doors as it tells them in JSON."""
    done = run("--all", "--json", conf_path)
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)["doors"]


class Said:
    """What it says of the lines of `http`, in which PKI stands for the directory of certificates."""

    def __init__(self, directory, pki, http):
        path = directory / "check.conf"
        path.write_text((TOP + http + "\n}\n").replace("PKI", str(pki.dir)))
        self.done = run("--all", "--json", path)
        assert self.done.returncode in (0, 1), self.done.stderr
        self.said = json.loads(self.done.stdout)

    def state(self, location, server=None, listener=None):
        doors = [d for d in self.said["doors"]
                 if d["location"] == location and server in (None, d["server"])
                 and listener in (None, d["listener"])]
        assert len(doors) == 1, self.said["doors"]
        return doors[0]["state"]

    def conditions(self, location):
        """[[the conditions of a way], …]"""
        door, = [d for d in self.said["doors"] if d["location"] == location]
        return [[c["text"] for c in p["conditions"]] for p in door["passages"]]

    def found(self, rule):
        """The texts of the findings of a rule."""
        return [f["text"] for f in self.said["findings"] if f["rule"] == rule]


class Checked(Server):
    """A configuration in a directory of its own, to be checked with several options."""

    def __init__(self, http, pki, **more):
        super().__init__(http, values={"PKI": pki.dir}, start=False, **more)

    def check(self, *args, code=None, cwd=None, environment=None):
        done = run("--prefix", self.dir, *args, self.conf_path, cwd=cwd or self.dir, environment=environment)
        assert code is None or done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    def json(self, code=None):
        return json.loads(self.check("--json", code=code).stdout)

    def findings(self, code=None):
        """{(rule, line): accepted}"""
        return {(f["rule"], f["line"]): f["accepted"] for f in self.json(code)["findings"]}

    def line(self, text):
        """The number of the first line with that text."""
        return next(i for i, line in enumerate(self.conf.split("\n"), 1) if text in line)

    def files(self):
        return sorted(os.path.join(top, name) for top, _, names in os.walk(self.dir) for name in names)
