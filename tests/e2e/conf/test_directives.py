# SPDX-License-Identifier: Apache-2.0
"""`yett directives`: one table, for people and for programs."""

import json
import re
import subprocess

import pytest

from support.servers import YETT

pytestmark = pytest.mark.yett_only("nginx has no such command")


def run(*words):
    return subprocess.run([YETT, "directives", *words], capture_output=True, text=True, check=False,
                          timeout=30)


def test_both_forms_say_the_same():
    rows = json.loads(run("--json").stdout)
    text = run().stdout
    assert [row["name"] for row in rows if row["name"] == "ssl_verify_client"] == ["ssl_verify_client"]
    assert sorted(row["name"] for row in rows) == sorted(re.findall("^### (.*)", text, re.M))
    assert set(re.findall("^## (.*)", text, re.M)) == {row["module"] for row in rows}
    crl, = (row for row in rows if row["name"] == "ssl_crl")
    assert crl["contexts"] == ["http", "server"] and crl["default"] is None and not crl["block"]
    server, = (row for row in rows if row["name"] == "server" and row["contexts"] == ["http"])
    assert server["block"] and server["repeats"] and server["support"] == "as nginx documents it"


def test_values_that_change_nothing_are_shown():
    rows = {row["name"]: row for row in json.loads(run("--json").stdout)}
    assert rows["limit_rate"]["values_that_change_nothing"] == ["0"]
    assert rows["limit_rate"]["support"].startswith("not yet")
    assert rows["limit_req"]["values_that_change_nothing"] == []
    assert rows["proxy_cache_purge"]["values_that_change_nothing"] == ["0", '""']
    text = run().stdout
    limit, = re.findall(r"^### limit_rate\n.*?(?=^### )", text, re.M | re.S)
    assert "- Accepted, because it changes nothing: `limit_rate 0;`\n" in limit
    zone, = re.findall(r"^### limit_req\n.*?(?=^### )", text, re.M | re.S)
    assert "Accepted" not in zone


@pytest.mark.parametrize("word", ["ssl_crl", "--jsn", "--json=yes", "-x"])
def test_what_it_does_not_take(word):
    done = run(word)
    assert done.returncode == 2 and done.stdout == "" and "Usage: yett directives" in done.stderr


def test_help_and_a_full_disk():
    assert "--json" in run("--help").stdout
    with open("/dev/full", "w", encoding="ascii") as full:
        for words in ([], ["--json"]):
            done = subprocess.run([YETT, "directives", *words], stdout=full, stderr=subprocess.PIPE,
                                  text=True, check=False, timeout=30)
            assert done.returncode == 1 and "cannot write to standard output" in done.stderr
