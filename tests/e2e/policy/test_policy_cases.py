# SPDX-License-Identifier: Apache-2.0
"""`yett policy test`: each expectation with a twin that fails, and what a file of cases may say."""

import json
import subprocess
from types import SimpleNamespace

import pytest

from support.authority import complete
from support.check import GUARDED, TOP
from support.servers import REPORTS, YETT, Server

pytestmark = pytest.mark.yett_only("nginx has no policies")

HTTP = f"""
client_policy staff {{
    deny "subject.CN=second machine";
    allow "issuer.CN=Test Intermediate" "subject.CN=good machine";
    allow dns=*.staff.test network=10.0.0.0/8;
}}
client_access staff;
server {{ {GUARDED} server_name one.test; ssl_crl PKI/all.crl; ssl_verify_depth 3;
    location / {{ return 200 in; }}
    location /app/ {{ proxy_pass http://127.0.0.1:9000; }}
    location /gone {{ client_access off; return 404; }}
    location /moved {{ client_access off; return 302 /; }}
    location /tried/ {{ client_access_mode report; return 200 tried; }}
    location /page/ {{ error_page 403 =200 /hello; return 200 in; }}
    location /hello {{ client_access off; return 200 hello; }}
    location /header {{ client_access off; if ($http_x_a = yes) {{ return 403; }} return 200 in; }}
}}
server {{ listen 127.0.0.1:8443 ssl; server_name shut.test; ssl_reject_handshake on; }}
server {{ listen 127.0.0.1:8080; server_name plain.test; location / {{ return 200 in; }} }}
"""
REQUEST = "request https://one.test:8443/"


class Cases:
    def __init__(self, directory, pki):
        self.dir = directory
        (directory / "site.conf").write_text((TOP + HTTP + "}\n").replace("PKI", str(pki.dir)))
        self.pki = pki

    def write(self, text):
        path = self.dir / "site.cases"
        path.write_text(text.replace("PKI", str(self.pki.dir)))
        return path

    def run(self, text, *options):
        done = subprocess.run([YETT, "policy", "test", *options, self.write(text)], capture_output=True, text=True,
                              check=False, timeout=60, env=Server.environment())
        assert not REPORTS.search(done.stderr), done.stderr
        return done

    def one(self, body):
        """What JSON says of a case, and the exit status."""
        done = self.run(f'config site.conf; prefix .; case "x" {{ {body} }}', "--json")
        assert done.returncode in (0, 1), done.stderr
        said, = json.loads(done.stdout)["cases"]
        assert done.returncode == (0 if said["passed"] else 1)
        return said

    def refused(self, text, *options):
        done = self.run(text, *options)
        assert (done.returncode, done.stdout) == (2, ""), done
        return done.stderr


@pytest.fixture(name="cases")
def cases_(tmp_path, pki):
    return Cases(tmp_path, pki)


@pytest.mark.parametrize("client,path,expected", [
    ("cert PKI/good.crt;", "", "allow"),
    ("cert PKI/good.crt;", "", "200"),
    ("cert PKI/good.crt;", "app/", "allow"),
    ("cert PKI/second.crt;", "", "deny"),
    ("cert PKI/second.crt;", "", "403"),
    ("cert PKI/expired.crt;", "", "deny"),
    ("cert PKI/revoked.crt;", "", "deny"),
    ("cert PKI/foreign.crt;", "", "deny"),
    ("no_cert;", "", "deny"),
    ("no_cert;", "gone", "404"),
    ("no_cert;", "moved", "allow"),
    ("no_cert;", "moved", "302"),
    ("no_cert;", "hello", "allow"),
    ("no_cert;", "page/", "200"),
    ("no_cert;", "tried/", "deny"),
    ("cert PKI/good.crt;", "tried/", "allow"),
    ("client 'issuer.CN=Test Intermediate' 'subject.CN=good machine';", "", "allow"),
    ("client 'issuer.CN=Other' 'subject.CN=good machine';", "", "deny"),
    ("client 'subject.CN=good machine';", "", "deny"),
    ("client dns=a.staff.test; from 10.1.2.3;", "", "allow"),
    ("client dns=a.staff.test; from 11.1.2.3;", "", "deny"),
    ("client dns=staff.test; from 10.1.2.3;", "", "deny"),
    ("client dns=b.test dns=a.staff.test 'subject.CN=second machine'; from 10.1.2.3;", "", "deny"),
    ("no_cert;", "header", "allow"),
    ("no_cert; header 'X-A: yes';", "header", "deny"),
])
def test_each_expectation_and_its_twin(cases, client, path, expected):
    said = cases.one(f"{client} {REQUEST}{path}; expect {expected};")
    assert said["passed"], said
    for twin in {"allow": ("deny", "404"), "deny": ("allow", "404")}.get(expected, ("500", "allow by x")):
        said = cases.one(f"{client} {REQUEST}{path}; expect {twin};")
        assert not said["passed"], said


def test_a_status_that_is_no_refusal_is_neither(cases):
    for expected in ("allow", "deny"):
        said = cases.one(f"no_cert; {REQUEST}gone; expect {expected};")
        assert (said["passed"], said["outcome"], said["status"]) == (False, "neither", 404)


def test_a_denied_client_that_gets_an_answer_all_the_same_is_neither(cases):
    for expected in ("allow", "deny"):
        said = cases.one(f"no_cert; {REQUEST}page/; expect {expected};")
        assert (said["passed"], said["outcome"], said["status"]) == (False, "neither", 200)


@pytest.mark.parametrize("policy,expected", [
    ("allow all;", "allow"), ("deny all;", "deny"), ("allow verified;", "deny"), ("", "deny"),
    ("deny verified; allow all;", "allow"), ("allow verified; deny all;", "deny")])
def test_a_policy_may_be_on_one_line(cases, policy, expected):
    site = cases.dir / "site.conf"
    site.write_text("events {} http { access_log off; client_policy p { " + policy + " } client_access p;\n"
                    "server { listen 127.0.0.1:8443; location / { return 200 in; } } }\n")
    said = cases.one(f"no_cert; request http://a.test:8443/; expect {expected};")
    assert said["passed"], said
    twin = "deny" if expected == "allow" else "allow"
    assert not cases.one(f"no_cert; request http://a.test:8443/; expect {twin};")["passed"]


def test_a_rule_that_decides_only_for_some_addresses_does_not_decide(cases):
    site = cases.dir / "site.conf"
    site.write_text("events {} http { access_log off; client_policy p {\n allow network=10.0.0.0/8;\n allow all;\n }\n"
                    "client_access p; server { listen 127.0.0.1:8443; location / { return 200 in; } } }\n")
    ask = "no_cert; request http://a.test:8443/; expect allow"
    by = 'by "allow network=10.0.0.0/8"'
    assert cases.one(f"{ask};")["passed"]
    assert cases.one(f"from 10.1.1.1; {ask} {by};")["passed"]
    for rule in (by, 'by "allow all"'):
        assert not cases.one(f"{ask} {rule};")["passed"]


def test_what_is_not_told_is_not_guessed(cases):
    for expected in ("allow", "deny"):
        said = cases.one(f"client dns=a.staff.test; {REQUEST}; expect {expected};")
        assert (said["passed"], said["outcome"]) == (False, "depends")


def test_it_names_the_rule_and_its_place(cases):
    deny = 'deny "subject.CN=second machine"'
    said = cases.one(f"cert PKI/second.crt; {REQUEST}; expect deny by '{deny}';")
    line = (cases.dir / "site.conf").read_text().split("\n").index(f"    {deny};") + 1
    assert said["passed"] and (said["rule"], said["rule_place"]) == (deny, f"{cases.dir}/site.conf:{line}")
    said = cases.one(f"no_cert; {REQUEST}; expect deny by '{deny}';")
    assert not said["passed"] and said["rule"] == 'no rule of client_policy "staff" matches'


def test_it_says_why_a_certificate_is_rejected(cases):
    assert "expired" in cases.one(f"cert PKI/expired.crt; {REQUEST}; expect deny;")["certificate_rejected"]
    assert "revoked" in cases.one(f"cert PKI/revoked.crt; {REQUEST}; expect deny;")["certificate_rejected"]
    assert cases.one(f"cert PKI/good.crt; {REQUEST}; expect allow;")["certificate_rejected"] is None


def test_report_mode_is_judged_as_if_it_were_enforced(cases):
    said = cases.one(f"no_cert; {REQUEST}tried/; expect 403;")
    assert said["passed"] and said["report_mode"]
    assert not cases.one(f"cert PKI/good.crt; {REQUEST}tried/; expect 200;")["report_mode"]
    done = cases.run(f'config site.conf; case a {{ no_cert; {REQUEST}tried/; expect deny; }}')
    assert "report mode: a server lets it in" in done.stdout


def test_sni_and_the_listener(cases):
    # Nobody gets in there: that says nothing of this client, whose host may be misspelt.
    for expected in ("allow", "deny"):
        said = cases.one(f"no_cert; sni shut.test; {REQUEST}hello; expect {expected};")
        assert (said["passed"], said["outcome"]) == (False, "neither") and "handshake fails" in said["rule"]
    assert not cases.one(f"no_cert; sni one.test; {REQUEST}hello; expect deny;")["passed"]
    assert cases.one("client 'subject.CN=x'; request http://plain.test:8080/; expect deny;")["passed"]
    assert cases.one(f"no_cert; connect_to 127.0.0.1:8443; {REQUEST}hello; expect allow;")["passed"]


def test_the_text_for_people(cases):
    done = cases.run(f'config site.conf;\ncase good {{ cert PKI/good.crt; {REQUEST}; expect allow; }}\n'
                     f'case bad {{ no_cert; {REQUEST}; expect allow; }}')
    assert done.returncode == 1
    lines = done.stdout.split("\n")
    assert lines[0].startswith("ok      good  allow (200)  ")
    assert lines[1].startswith("FAILED  bad   expected allow, got deny (403)  ")
    assert f"{cases.dir}/site.cases:3  the case" in lines[2]
    assert lines[-2] == "1 of 2 cases as expected"


def test_the_command_line_names_another_configuration(cases):
    text = f'config none.conf; case a {{ no_cert; {REQUEST}; expect deny; }}'
    assert "none.conf" in cases.refused(text)
    assert cases.run(text, "-c", str(cases.dir / "site.conf")).returncode == 0
    open_conf = cases.dir / "open.conf"
    open_conf.write_text((cases.dir / "site.conf").read_text().replace("client_access staff;", ""))
    assert cases.run(text, "-c", str(open_conf)).returncode == 1


@pytest.mark.parametrize("body,said", [
    ("no_cert; expect deny;", 'has no "request"'),
    (f"no_cert; {REQUEST};", 'has no "expect"'),
    (f"{REQUEST}; expect deny;", 'needs one of "cert", "no_cert" and "client"'),
    (f"no_cert; cert PKI/good.crt; {REQUEST}; expect deny;", "needs one of"),
    (f"no_cert; client subject.CN=x; {REQUEST}; expect deny;", "needs one of"),
    (f"no_cert; {REQUEST}; expect denied;", 'not "denied"'),
    (f"no_cert; {REQUEST}; expect 4030;", 'not "4030"'),
    (f"no_cert; {REQUEST}; expect deny because x;", "by RULE"),
    (f"no_cert; {REQUEST}; expect deny by;", "by RULE"),
    (f"no_cert; {REQUEST}; expect deny; expect allow;", "stands twice"),
    (f"no_cert; {REQUEST}; expects deny;", 'unknown word "expects"'),
    (f"no_cert {{ }} {REQUEST}; expect deny;", "has no block"),
    (f"no_cert x; {REQUEST}; expect deny;", "number of words"),
    (f"cert PKI/none.crt; {REQUEST}; expect deny;", "none.crt"),
    (f"client subject.SHA256=x; {REQUEST}; expect deny;", "no name of a certificate"),
    (f"client dns=*.x; {REQUEST}; expect deny;", "write one value"),
    (f"client ip=10.0.0.0/8; {REQUEST}; expect deny;", "write one value"),
    (f"client serial=1 serial=1; {REQUEST}; expect deny;", "only one"),
    (f"client network=10.0.0.0/8; {REQUEST}; expect deny;", "from ADDRESS"),
    (f"client all; {REQUEST}; expect deny;", "no field"),
    (f"no_cert; from nowhere; {REQUEST}; expect deny;", "nowhere"),
    ("no_cert; request one.test; expect deny;", "is not a URL"),
    ("no_cert; request https://one.test:9999/; expect deny;", "does not listen"),
])
def test_errors_of_a_case(cases, body, said):
    text = cases.refused(f'config site.conf;\ncase "x" {{\n{body}\n}}')
    assert said in text and ("site.cases:3" in text or "site.cases:2" in text), text


@pytest.mark.parametrize("text,said", [
    ("config site.conf;", "no case"),
    ("", "no case"),
    ("config a; config b; case x { }", "stands once"),
    ("case { }", 'write case "NAME"'),
    ("case x;", 'write case "NAME"'),
    ("cases x { }", 'unknown word "cases"'),
    ("case x {", "unexpected end of file"),
])
def test_errors_of_a_file(cases, text, said):
    assert said in cases.refused(text)


def test_misuse():
    for words in ([], ["test"], ["test", "a", "b"], ["nonsense"], ["test", "--nonsense"], ["test", "/nonexistent"]):
        assert subprocess.run([YETT, "policy", *words], capture_output=True, check=False, timeout=60).returncode == 2
    for words in (["--help"], ["test", "--help"]):
        done = subprocess.run([YETT, "policy", *words], capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0 and "Usage: yett policy" in done.stdout


def test_completion(tmp_path):
    ca = SimpleNamespace(dir=str(tmp_path))
    assert "policy" in complete(ca, "pol")
    assert complete(ca, "policy", "") == ["test"]
    assert complete(ca, "policy", "x") == []
    assert set(complete(ca, "policy", "test", "--")) == {"--config", "--prefix", "--json", "--help"}
