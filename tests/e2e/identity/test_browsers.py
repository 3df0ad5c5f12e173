# SPDX-License-Identifier: Apache-2.0
"""Somebody in front of Chromium is refused: the page has an id, and `yett explain --id` tells the administrator the
rest."""

import json
import re

import pytest

from support.browsers import Chromium, Machine
from support.client_certs import TLS
from support.explain import run
from support.protocols import both

pytestmark = pytest.mark.yett_only("nginx says nothing of it")


@both
@pytest.mark.parametrize("demand,reason,line", [
    ("ssl_verify_client on;", "no-certificate", "No required SSL certificate was sent"),
    ("ssl_verify_client optional; client_access staff;", "policy", "403 Forbidden"),
])
def test_a_page_says_the_id_and_nothing_else(serve, demand, reason, line):
    site = serve(f"""@HTTP2@ client_policy staff {{ allow "subject.O=Yett Test"; }}
        server {{ listen 127.0.0.1:@PORT@ ssl; server_name front.test; {TLS} ssl_client_certificate @PKI@/ca.crt; {demand}
            location / {{ return 200 in; }} }}""")
    with Machine() as machine, Chromium(machine, ["front.test"], insecure=True) as browser:
        text = browser.open(f"https://front.test:{site.port()}/private")
    assert line in text and "Yett Test" not in text and "staff" not in text
    number = re.search(r"Id for the administrator: ([0-9a-f]{32})$", text, re.M)
    assert number, text
    done = run("-c", site.conf_path, "-p", site.dir, "--json", "--id", number[1])
    [refusal] = json.loads(done.stdout)["refusals"]
    assert refusal["reason"] == reason and "GET /private" in refusal["request"]
