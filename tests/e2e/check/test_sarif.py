# SPDX-License-Identifier: Apache-2.0
"""`yett check --sarif`: SARIF 2.1.0 (OASIS) with what GitHub's code scanning needs of it.

Clauses are those of the standard.
"""

import json
import os
import re
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from support.check import TLS, Checked

pytestmark = pytest.mark.yett_only("nginx has no such command")

LEVELS = {"none", "note", "warning", "error"}
CONF = """
server {
    listen 127.0.0.1:@PORT@ ssl;
    ssl_verify_client optional;
    """ + TLS + """
    location / { return 403; }
    location /open { proxy_pass http://127.0.0.1:9; }
    # yett: accept optional-unchecked "the" <status> page, größer
    location /accepted { proxy_pass http://127.0.0.1:9; }
    # yett: accept nothing
    include "inc/a file: 100%.conf";
}
"""
INCLUDED = "location /included {\n if ($http_x) { return 403; }\n proxy_pass http://127.0.0.1:9; }\n"


@pytest.fixture(name="site", scope="module")
def site_(pki):
    made = Checked(CONF, pki, files={"inc/a file: 100%.conf": INCLUDED})
    yield made
    made.remove()


def is_message(value):
    return set(value) <= {"text", "markdown"} and isinstance(value["text"], str) and value["text"].strip()


def is_uri(text):
    """RFC 3986: its characters, and a scheme."""
    return re.fullmatch(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", text) and urlsplit(text).scheme


def check_rule(rule):
    assert re.fullmatch(r"[a-z-]+", rule["id"])
    assert is_message(rule["shortDescription"]) and len(rule["shortDescription"]["text"]) <= 1024
    assert is_message(rule["fullDescription"]) and is_message(rule["help"])
    assert is_uri(rule["helpUri"]) and rule["helpUri"].endswith(f"check.md#{rule['id']}")
    assert rule["defaultConfiguration"]["level"] in LEVELS
    assert all(isinstance(tag, str) for tag in rule["properties"]["tags"])


def check_result(result, rules):
    assert set(result) == {"ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints",
                           "suppressions"}
    assert rules[result["ruleIndex"]]["id"] == result["ruleId"]    # 3.27.6
    assert result["level"] in LEVELS and is_message(result["message"])
    assert len(result["locations"]) == 1
    place = result["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] >= 1
    uri = place["artifactLocation"]["uri"]
    if "uriBaseId" in place["artifactLocation"]:    # 3.4.4: then it is relative
        assert not urlsplit(uri).scheme and not uri.startswith("/") and ".." not in uri.split("/")
    else:
        assert is_uri(uri)
    assert re.fullmatch("[0-9a-f]{32}:[1-9][0-9]*", result["partialFingerprints"]["yettFinding/v1"])    # 3.27.17
    for suppression in result["suppressions"]:    # 3.35
        assert suppression["kind"] == "inSource" and suppression["justification"]


def read(site, **more):
    """The results of the only run, after a look at its structure; and what names in it are relative to."""
    done = site.check("--sarif", **more)
    log = json.loads(done.stdout)
    assert set(log) == {"$schema", "version", "runs"} and log["version"] == "2.1.0"
    assert is_uri(log["$schema"]) and log["$schema"].endswith("sarif-2.1.0.json")
    [run] = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "yett check" and re.fullmatch(r"\d+\.\d+\.\d+", driver["semanticVersion"])
    rules = driver["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules) > 5
    for rule in rules:
        check_rule(rule)
    for result in run["results"]:
        check_result(result, rules)
    assert len(set(prints_of(run["results"]))) == len(run["results"])
    base = run["originalUriBaseIds"]["SRCROOT"]["uri"]
    assert base.startswith("file:///") and base.endswith("/")    # 3.14.14
    return run["results"], base


def prints_of(results):
    return [result["partialFingerprints"]["yettFinding/v1"] for result in results]


def path_of(result, base):
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    return unquote(urlsplit(urljoin(base, artifact["uri"])).path)


def test_results_are_the_findings(site):
    results, base = read(site, code=1)
    found = site.json()["findings"]
    assert found and [
        (r["ruleId"], r["level"], r["message"]["text"], path_of(r, base),
         r["locations"][0]["physicalLocation"]["region"]["startLine"],
         [s["justification"] for s in r["suppressions"]]) for r in results
    ] == [(f["rule"], f["severity"], f["text"], f["file"], f["line"],
           [f["accepted"]] if f["accepted"] else []) for f in found]


def test_suppressions(site):
    """3.27.23: all results have the property, as one has it."""
    results, _ = read(site)
    suppressed = {r["message"]["text"].split()[1]: r["suppressions"] for r in results if r["suppressions"]}
    assert suppressed == {"/accepted": [
        {"kind": "inSource", "justification": '"the" <status> page, größer'}]}


def test_names_are_relative_to_the_working_directory(site):
    results, base = read(site)
    assert base == f"file://{site.dir}/"
    names = {r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results}
    assert names == {"server.conf", "inc/a%20file%3A%20100%25.conf"}
    # from a directory beside it, and from the one above it
    results, base = read(site, cwd=os.path.join(site.dir, "tmp"))
    assert base == f"file://{site.dir}/tmp/"
    for result in results:
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert "uriBaseId" not in artifact and artifact["uri"].startswith(f"file://{site.dir}/")
    results, base = read(site, cwd=os.path.dirname(site.dir))
    assert all(path_of(r, base).startswith(site.dir + "/") for r in results)
    assert "uriBaseId" in results[0]["locations"][0]["physicalLocation"]["artifactLocation"]


MOVING = """
server {
    listen 127.0.0.1:4433 ssl; ssl_verify_client optional; root /www;
    """ + TLS + """
@MORE@
    location /set { proxy_pass http://127.0.0.1:9; proxy_set_header Authorization $ssl_client_verify; }
    location /open { proxy_pass http://127.0.0.1:9; }
    location /open2 { proxy_pass http://127.0.0.1:9; }
}
"""


def test_fingerprints(pki):
    """They stay when lines move, also those of lines that a sentence names, and the directory is another; a
    location that is written otherwise is another finding."""
    found = {}
    for name, more in {"as it was": "", "moved": "\n\n# a comment\n"}.items():
        made = Checked(MOVING.replace("@MORE@", more), pki)
        results, _ = read(made)
        found[name] = results
        made.remove()
    before, after = found.values()
    lines = [[r["locations"][0]["physicalLocation"]["region"]["startLine"] for r in results]
             for results in (before, after)]
    assert lines[0] != lines[1] and any(re.search(r":\d+\)", r["message"]["text"]) for r in before)
    assert prints_of(before) == prints_of(after) and before
    made = Checked(MOVING.replace("@MORE@", "").replace("/open2", "/open3"), pki)
    other = prints_of(read(made)[0])
    made.remove()
    assert other != prints_of(before) and set(other) & set(prints_of(before))


def test_nothing_found(pki):
    made = Checked("server { listen 127.0.0.1:@PORT@; return 403; }", pki)
    assert read(made, code=0)[0] == []
    made.remove()
