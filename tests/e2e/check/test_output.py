# SPDX-License-Identifier: Apache-2.0
"""What `yett check` and `yett -t` print, and how they end."""

import json
import os
import pty
import re
import subprocess

import pytest

from support.check import TLS, Checked
from support.servers import YETT

pytestmark = pytest.mark.yett_only("nginx has no such command")

# A door of each state, and names that a terminal must not interpret.
DOORS = """
geo $office { default 0; 192.0.2.1 1; }
server {
    listen 127.0.0.1:@PORT@ ssl default_server;
    server_name www.test;
    ssl_verify_client optional;
    """ + TLS + """
    location = /public { proxy_pass http://127.0.0.1:9/; }
    location /office {
        if ($office) { set $ok 1; }
        if ($ssl_client_verify = SUCCESS) { set $ok 1; }
        if ($ok != 1) { return 403; }
        proxy_pass http://127.0.0.1:9;
    }
    location /guarded {
        if ($ssl_client_verify != SUCCESS) { return 403; }
        proxy_pass http://127.0.0.1:9;
    }
    location / { return 403; }
    location "/\x1b[31m" { return 403; }
    location ~ "^/\x1b]0;x" { proxy_pass http://127.0.0.1:9; }
}
"""
SHUT = """
server { listen 127.0.0.1:@PORT@ ssl; ssl_verify_client on; """ + TLS + """ location / { proxy_pass http://127.0.0.1:9; } }
"""


@pytest.fixture(name="doors")
def doors_(pki):
    made = Checked(DOORS, pki)
    before = made.files()
    yield made
    assert made.files() == before, "looking makes no file"
    made.remove()


@pytest.fixture(name="shut")
def shut_(pki):
    made = Checked(SHUT, pki)
    yield made
    made.remove()


def block(text, first):
    """The lines from the one that begins so to the next that is indented as much or less."""
    lines = text.split("\n")
    start = next(i for i, line in enumerate(lines) if re.match(first, line))
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = next(i for i in range(start + 1, len(lines))
               if len(lines[i]) - len(lines[i].lstrip()) <= indent)
    return [re.sub(r" {2,}", " | ", line.strip()) for line in lines[start:end]]


# -- text -------------------------------------------------------------------------------------------

def test_text_for_people(doors):
    said = doors.check(code=1).stdout
    port = doors.port("PORT")
    assert said.startswith(f"What a client reaches without a verified certificate, by {doors.conf_path}\n"
                           f"\n127.0.0.1:{port}, TLS\n\n  www.test, the default ")
    assert block(said, r"    open +=") == [f"open | = /public | server.conf:{doors.line('/public')}",
                                           "leads to http://127.0.0.1:9/"]
    office = block(said, r"    open if +/office")
    assert office[0].startswith("open if | /office | server.conf:")
    assert re.match(r"if \$remote_addr .*192\.0\.2\.1.* \| server\.conf:" + str(doors.line("geo $office")), office[1])
    assert office[2:] == ["leads to http://127.0.0.1:9"]
    assert "/guarded" not in said and re.search(r"^    shut +[34] more$", said, re.M)
    assert re.search(r"^Doors: \d open, 1 open under a condition, [34] shut\.$", said, re.M)
    assert re.search(r"^Findings: \d errors?, 1 warning\.$", said, re.M)
    assert f"error  optional-unchecked\n" in said and "\n  To do: " in said


def test_all_lists_what_is_shut(doors):
    said = doors.check("--all", code=1).stdout
    assert re.search(r"^    shut +/guarded +server\.conf:", said, re.M) and " more\n" not in said


def test_a_terminal_is_safe(doors):
    said = doors.check("--all").stdout
    assert "\x1b" not in said and "/\\x1b[31m" in said and "~ ^/\\x1b]0;x" in said


def test_what_is_shut(shut):
    said = shut.check(code=0).stdout
    assert re.search(r"^    shut +everything$", said, re.M)
    assert said.endswith("\nFindings: no errors, no warnings.\n")


MANY = "".join(f"    location /l{i} {{ proxy_pass http://127.0.0.1:9; }}\n" for i in range(15))


def test_addresses_with_the_same_doors_are_shown_once(pki):
    """As 0.0.0.0:443 and [::]:443 are. One where another server is the default, or without TLS, is not the same."""
    made = Checked("""
        server { listen 127.0.0.1:@PORT1@ ssl; listen 127.0.0.1:@PORT2@ ssl; listen 127.0.0.1:@PORT3@ ssl;
            listen 127.0.0.1:@PORT4@; server_name one.test; location / { proxy_pass http://127.0.0.1:9; } """ + TLS + """ }
        server { listen 127.0.0.1:@PORT1@ ssl; listen 127.0.0.1:@PORT2@ ssl; listen 127.0.0.1:@PORT3@ ssl default_server;
            listen 127.0.0.1:@PORT4@; server_name two.test; return 403; """ + TLS + """ }""", pki)
    one, two, three, four = (f"127.0.0.1:{made.port(f'PORT{i}')}" for i in (1, 2, 3, 4))
    said = made.check().stdout
    assert sorted(re.findall(r"^(127.*)$", said, re.M)) == sorted([
        ", ".join(sorted([one, two], key=said.index)) + ", TLS", three + ", TLS", four + ", plain HTTP"])
    assert {door["listener"] for door in made.json()["doors"]} == {one, two, three, four}, "JSON has them all"
    made.remove()


def test_long_lists_are_cut(pki):
    made = Checked(DOORS.replace("    location / {", MANY + "    location / {"), pki)
    said = made.check(code=1).stdout
    more = re.search(r"^  and (\d+) more: --all shows them$", said, re.M)
    assert more
    every = made.check("--all", code=1).stdout
    assert "--all shows them" not in every
    listed = [len(re.findall(r"^  server\.conf:\d+  location ", text, re.M)) for text in (said, every)]
    assert listed[1] - listed[0] == int(more[1])
    made.remove()


def at_a_terminal(made, environment):
    """What it writes to a terminal."""
    terminal, inside = pty.openpty()
    done = subprocess.Popen([YETT, "check", "--prefix", made.dir, made.conf_path], stdout=inside,
                            env={**made.environment(), **environment})
    os.close(inside)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    assert done.wait(20) == 1
    return shown.decode()


def test_colour(doors):
    """For a terminal, unless NO_COLOR forbids it; never for a pipe."""
    shown = at_a_terminal(doors, {"NO_COLOR": ""})
    for word, code in (("shut", 32), ("open if", 33), ("open", 31), ("error", 31), ("warning", 33)):
        assert f"\x1b[{code}m{word}\x1b[0m" in shown, word
    assert "\x1b[31m\"" not in shown and "/\\x1b" in shown
    plain = at_a_terminal(doors, {"NO_COLOR": "1"})
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d+m", "", shown) == plain
    assert plain.replace("\r\n", "\n") == doors.check(environment={"NO_COLOR": ""}).stdout


# -- JSON -------------------------------------------------------------------------------------------

FIELDS = {"state", "listener", "ssl", "server", "default", "location", "every_path", "file", "line", "passages"}


def test_json(doors):
    got = doors.json(code=1)
    assert set(got) == {"configuration", "complete", "doors", "findings"} and got["complete"] and got["configuration"] == doors.conf_path
    assert all(set(door) == FIELDS for door in got["doors"])
    states = {door["location"]: door["state"] for door in got["doors"]}
    assert (states["= /public"], states["/office"], states["/guarded"]) == ("open", "open if", "shut")
    office = next(door for door in got["doors"] if door["location"] == "/office")
    assert office["file"] == doors.conf_path and office["line"] == doors.line("location /office")
    assert office["listener"] == f"127.0.0.1:{doors.port('PORT')}" and office["ssl"] and office["default"]
    assert office["every_path"] is False
    way = office["passages"][0]
    assert set(way) == {"known", "client", "to", "conditions", "trail"}
    assert (way["known"], way["client"], way["to"]) == (True, "no certificate", "http://127.0.0.1:9")
    assert [c["line"] for c in way["conditions"]] == [doors.line("geo $office")]
    assert {"text", "file", "line"} == set(way["trail"][0])
    for finding in got["findings"]:
        assert set(finding) == {"rule", "severity", "file", "line", "text", "fix", "accepted"}
        assert finding["accepted"] is None
    assert ("conditional-door", "warning") in {(f["rule"], f["severity"]) for f in got["findings"]}


def test_every_field_is_documented(doors):
    with open(os.path.join(os.path.dirname(__file__), "../../../docs/check.md"), encoding="utf-8") as doc:
        json_section = doc.read().split("\n## JSON\n")[1].split("\n## ")[0]
    documented = set(re.findall(r"`([a-z_]+)`", json_section))
    got = doors.json()
    for one in (got, got["doors"][0], got["findings"][0],
                next(door for door in got["doors"] if door["passages"])["passages"][0]):
        assert set(one) <= documented


# -- the end ----------------------------------------------------------------------------------------

def test_what_does_not_load(pki):
    made = Checked("server { listen 127.0.0.1:@PORT@; nonsense on; }", pki)
    done = made.check(code=2)
    assert 'unknown directive "nonsense"' in done.stderr and "nothing is known of its doors" in done.stderr
    assert done.stdout == ""
    made.remove()


@pytest.mark.parametrize("args, says", [
    (["--json", "--sarif"], "--json and --sarif exclude each other"),
    (["another.conf"], "more than one configuration"),
    (["-c", "another.conf"], "more than one configuration"),
    (["--html", "/nowhere/map.html"], 'cannot write "/nowhere/map.html"'),
])
def test_misuse(doors, args, says):
    done = doors.check(*args, code=2)
    assert says in done.stderr and done.stdout == ""


def test_the_configuration_as_an_option(doors):
    """As with `yett probe` and `yett explain`."""
    plain = doors.check("--json").stdout
    for option in ("-c", "--config"):
        done = subprocess.run([YETT, "check", "-p", doors.dir, "--json", option, doors.conf_path],
                              capture_output=True, text=True, check=False, timeout=60)
        assert done.stdout == plain
    done = subprocess.run([YETT, "check", "-c", doors.conf_path + ".none"], capture_output=True, text=True,
                          check=False, timeout=60)
    assert done.returncode == 2 and "No such file" in done.stderr


def test_rules(doors):
    """Each rule once, by name. tools/check_docs.sh compares the table with docs/check.md."""
    done = subprocess.run([YETT, "check", "--rules"], capture_output=True, text=True, check=True, timeout=20)
    lines = done.stdout.splitlines()
    names = [re.match(r"\| \[([a-z-]+)\]\(#([a-z-]+)\) \| (note|warning|error) \| .+\. \|$", line)
             for line in lines[2:]]
    assert all(names) and all(n[1] == n[2] for n in names)
    assert [n[1] for n in names] == sorted({n[1] for n in names})
    assert {f["rule"] for f in doors.json()["findings"]} <= {n[1] for n in names}


# -- yett -t ----------------------------------------------------------------------------------------

def counts(made):
    findings = [f for f in made.json()["findings"] if not f["accepted"]]
    return [sum(f["severity"] == severity for f in findings) for severity in ("error", "warning")]


def plural(n, noun):
    return f"{n or 'no'} {noun}{'' if n == 1 else 's'}"


def test_the_test_counts(doors):
    errors, warnings = counts(doors)
    assert errors and warnings
    done = doors.run("-t", check=True)
    assert done.stderr.split("\n")[-3:] == [
        f"yett: configuration file {doors.conf_path} test is successful",
        f"yett: {plural(errors + warnings, 'finding')} ({plural(errors, 'error')}, "
        f'{plural(warnings, "warning")}): "yett check --prefix {doors.dir}/ {doors.conf_path}" shows them',
        ""]
    command = re.search(r'"yett (check .*)" shows', done.stderr)[1].split()
    shown = subprocess.run([YETT, *command], capture_output=True, text=True, check=False, timeout=60)
    assert shown.stdout == doors.check().stdout
    assert doors.run("-t", "-q", check=True).stderr == ""
    os.unlink(doors.log_path)    # a test opens the log, other than a look at the doors


def test_the_test_says_nothing_where_nothing_is_found(shut):
    done = shut.run("-t", check=True)
    assert done.stderr.endswith("test is successful\n")


def test_the_test_does_not_wait_for_doors_without_end(pki):
    """14 conditions are 16,384 ways through each location. The search is given up, the test succeeds."""
    program = "".join(f"if ($http_x{i} = a) {{ set $r{i} 1; }}" for i in range(14))
    many = "".join(f"location /l{i} {{ {program} proxy_pass http://127.0.0.1:9; }}\n" for i in range(400))
    made = Checked(SHUT.replace("verify_client on;", "verify_client optional;").replace(" location /", many + " location /"), pki)
    done = made.run("-t", check=True, timeout=20)
    assert "test is successful" in done.stderr
    assert f'takes too long here: "yett check --prefix {made.dir}/ {made.conf_path}" completes it' in done.stderr
    made.remove()


def test_the_time_limit(doors, shut):
    """What is not looked at is never called shut, and never good."""
    states = {door["location"]: door["state"] for door in doors.json(1)["doors"]}
    late = doors.check("--max-time", "0", "--json", code=1)
    said = json.loads(late.stdout)
    assert not said["complete"] and {door["location"] for door in said["doors"]} >= set(states)
    assert {door["state"] for door in said["doors"]} == {"cannot tell"}
    assert {p["to"] for door in said["doors"] for p in door["passages"]} == {"the time limit"}
    assert "The time limit was reached" in doors.check("--max-time", "0", code=1).stdout
    in_time = json.loads(doors.check("--max-time", "1000", "--json", code=1).stdout)
    assert in_time["complete"] and {door["location"]: door["state"] for door in in_time["doors"]} == states
    assert "time limit" not in doors.check("--max-time", "1000", code=1).stdout
    shut.check("--max-time", "1000", code=0)
    assert json.loads(shut.check("--max-time", "0", "--json", code=1).stdout)["doors"][0]["state"] == "shut"


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "99999999999"])
def test_no_number_of_seconds(shut, value):
    assert "--max-time" in shut.check("--max-time", value, code=2).stderr
