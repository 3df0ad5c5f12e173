# SPDX-License-Identifier: Apache-2.0
"""Comments that accept findings: what they change, and what they do not. tests/unit/check/test_accept.c has
the grammar."""

import pytest

from support.check import TLS, Checked

pytestmark = pytest.mark.yett_only("nginx has no such command")

CONF = """
server {{
    listen 127.0.0.1:@PORT@ ssl;
    ssl_verify_client optional;
    """ + TLS + """
    location / {{ return 403; }}
{before}
    location /public {{{behind}
        proxy_pass http://127.0.0.1:9;
    }}
}}
"""
RULE = "optional-unchecked"


@pytest.fixture(name="accepting")
def accepting_(pki):
    """accepting(before, behind): comments before the line of the open location, and at its end."""
    made = []

    def make(before="", behind="", **more):
        made.append(Checked(CONF.format(before=before, behind=behind), pki, **more))
        return made[-1]
    yield make
    for one in made:
        one.remove()


def of_public(site, code):
    """What is found at the open location; and the other findings that are about comments."""
    found = site.findings(code)
    line = site.line("location /public")
    assert (RULE, line) in found
    return found[RULE, line], {rule for rule, _ in found if rule.startswith("accept-")}


def test_not_accepted(accepting):
    site = accepting()
    assert of_public(site, 1) == (None, set())


@pytest.mark.parametrize("before, behind", [
    ("", " # yett: accept optional-unchecked a public page"),
    ("    # yett: accept optional-unchecked a public page", ""),
])
def test_accepted(accepting, before, behind):
    site = accepting(before, behind)
    assert of_public(site, 0) == ("a public page", set())
    said = site.check().stdout
    assert "\n    accepted: a public page\n" in said
    assert said.endswith(", and 1 accepted.\n")
    assert "    open        /public" in said, "it is as open as before"
    assert "Findings: no errors, no warnings, and 1 accepted." in said and "To do" not in said
    assert site.run("-t", check=True).stderr.endswith("test is successful\n")


@pytest.mark.parametrize("before, behind, rule", [
    # twins that accept nothing: no reason, no such rule, another rule, another line
    ("", " # yett: accept optional-unchecked", "accept-without-reason"),
    ("", " # yett: accept optional-uncheckd a public page", "accept-unknown"),
    ("", " # yett: accept conditional-door a public page", "accept-unused"),
    ("    # yett: accept optional-unchecked a public page\n", "", "accept-unused"),
    ("    allow all; # yett: accept optional-unchecked a public page", "", "accept-unused"),
])
def test_not_accepted_by(accepting, before, behind, rule):
    site = accepting(before, behind)
    assert of_public(site, 1) == (None, {rule})


def test_a_comment_with_a_mistake_counts(accepting):
    """As a warning: a misspelt acceptance would be missed otherwise. An unused one does not count."""
    clean = "\n    # yett: accept optional-unchecked a public page"
    for more, code in ((" # yett: accept no-such-rule x", 1), (" # yett: accept undecided-door", 1),
                       (" # yett: accept undecided-door x", 0)):
        site = accepting(clean, more)
        site.check(code=code)
        severity = {f["severity"] for f in site.json()["findings"] if f["rule"].startswith("accept-")}
        assert severity == {"warning" if code else "note"}


def test_in_quotes_it_is_no_comment(accepting):
    text = "# yett: accept optional-unchecked a public page"
    assert of_public(accepting(f'    set $text "\n{text}";'), 1) == (None, set())
    assert of_public(accepting(f'    set $text "#";\n{text}'), None) == ("a public page", set())


def test_in_an_included_file(accepting):
    """The finding is at a line of that file."""
    text = ("# yett: accept optional-unchecked all of it is public\n"
            "location /included { proxy_pass http://127.0.0.1:9; }\n")
    site = accepting("    include inc.conf;", "", files={"inc.conf": text})
    included = [f for f in site.json()["findings"] if f["file"].endswith("/inc.conf")]
    assert [(f["rule"], f["line"], f["accepted"]) for f in included] == [(RULE, 2, "all of it is public")]
    assert of_public(site, 1)[0] is None
