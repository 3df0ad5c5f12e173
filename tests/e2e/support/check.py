# SPDX-License-Identifier: Apache-2.0
"""`yett check` on a configuration that is written in the test."""

import json
import subprocess

from support.servers import YETT

TOP = "error_log stderr; events {}\nhttp { access_log off;\n"
GUARDED = ("listen 127.0.0.1:8443 ssl; ssl_certificate PKI/srv-a.crt; ssl_certificate_key PKI/srv-a.key;\n"
           "ssl_client_certificate PKI/ca.crt; ssl_verify_client optional; root /www;\n")
DENY = "if ($ssl_client_verify != SUCCESS) { return 403; }"


def run(path, *options):
    return subprocess.run([YETT, "check", *options, str(path)], capture_output=True, text=True,
                          timeout=60, check=False)


class Checked:
    """What it says of `http`; PKI stands for the directory of certificates."""

    def __init__(self, directory, pki, http):
        path = directory / "check.conf"
        path.write_text((TOP + http + "\n}\n").replace("PKI", str(pki.dir)))
        self.done = run(path, "--all", "--json")
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
