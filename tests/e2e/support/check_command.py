# SPDX-License-Identifier: Apache-2.0
"""`yett check` on a configuration that nobody runs."""

import json
import os
import subprocess

from support.servers import REPORTS, YETT, Server

TLS = """ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;"""


class Checked(Server):
    """A configuration in a directory of its own."""

    def __init__(self, http, pki, **more):
        super().__init__(http, values={"PKI": pki.dir}, start=False, **more)

    def check(self, *args, code=None, cwd=None, environment=None):
        """The finished process; nothing is said on standard error unless it fails."""
        done = subprocess.run([YETT, "check", "--prefix", self.dir, *args, self.conf_path],
                              capture_output=True, text=True, timeout=60, check=False, cwd=cwd or self.dir,
                              env={**self.environment(), **(environment or {})})
        assert not REPORTS.search(done.stderr), done.stderr
        assert done.returncode == 2 or done.stderr == "", done.stderr
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
