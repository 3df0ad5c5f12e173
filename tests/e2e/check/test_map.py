# SPDX-License-Identifier: Apache-2.0
"""The page of `yett check --html`, read in Chromium: the doors of --json, nothing loaded, nothing run."""

import os

import pytest

from support.browsers import Chromium, Machine
from support.check import TLS, Checked

pytestmark = pytest.mark.yett_only("nginx has no such command")

HOSTILE = """/<script>document.title='run'</script>"""
CONF = """
geo $office { default 0; 192.0.2.1 1; }
upstream "a'&b" { server 127.0.0.1:9; }
server {
    listen 127.0.0.1:@PORT@ ssl;
    server_name "<img src=x onerror=alert(1)>.test";
    ssl_verify_client optional;
    """ + TLS + """
    location / { return 403; }
    location "@HOSTILE@" { proxy_pass "http://a'&b"; }
    location "/\\"onclick='x'" { proxy_pass http://127.0.0.1:9; }
    # yett: accept optional-unchecked </p><script>document.title='run'</script>
    location "/accepted&amp;" { proxy_pass http://127.0.0.1:9; }
    location /office {
        if ($office) { set $ok 1; }
        if ($ssl_client_verify = SUCCESS) { set $ok 1; }
        if ($ok != 1) { return 403; }
        proxy_pass http://127.0.0.1:9;
    }
    location /many {
        if ($http_a = 1) { proxy_pass http://127.0.0.1:1; break; }
        if ($http_b = 1) { proxy_pass http://127.0.0.1:2; break; }
        if ($http_c = 1) { proxy_pass http://127.0.0.1:3; break; }
        if ($http_d = 1) { proxy_pass http://127.0.0.1:4; break; }
        return 403;
    }
}
server {
    listen 127.0.0.1:@PORT@ ssl; listen 127.0.0.1:@PORT2@; server_name plain.test;
    """ + TLS + """
    ssl_verify_client on;
    location /x { proxy_pass http://127.0.0.1:9; }
}
"""
# What a page shows of its doors, as --json has it.
READ = """
const text = (at, what) => at.querySelector(':scope ' + what)?.textContent ?? '';
const found = [];
for (const listener of document.querySelectorAll('main > section.listener'))
    for (const server of listener.querySelectorAll(':scope > section.server'))
        for (const door of server.querySelectorAll(':scope > .door'))
            found.push({
                listener: text(listener, '> .line h3'), server: text(server, '> .line h4'),
                state: text(door, '> .line .state'), location: text(door, '> .line .name'),
                place: text(door, '> .line .place'),
                ways: [...door.querySelectorAll('.way')].map(way => ({
                    to: text(way, '> p code'), client: text(way, '.client'),
                    conditions: [...way.querySelectorAll('.conditions li')].map(
                        one => [text(one, 'code'), text(one, '.place')]),
                    trail: [...way.querySelectorAll('details ol > li')].length}))});
const findings = [...document.querySelectorAll('.finding')].map(one => ({
    severity: text(one, '.severity'), rule: text(one, '.name'), place: text(one, '.place'),
    text: text(one, '.text'), accepted: text(one, '.accepted')}));
arguments[0]({found, findings, title: document.title,
    scripts: document.scripts.length, images: document.images.length,
    handlers: [...document.querySelectorAll('*')].filter(
        one => [...one.attributes].some(a => a.name.startsWith('on'))).length,
    loaded: performance.getEntriesByType('resource').map(one => one.name)});
"""


@pytest.fixture(name="site", scope="module")
def site_(pki):
    made = Checked(CONF.replace("@HOSTILE@", HOSTILE), pki)
    made.page = os.path.join(made.dir, "map.html")
    made.check("--html", made.page, code=1)
    yield made
    made.remove()


@pytest.fixture(name="machine", scope="module")
def machine_():
    with Machine() as made:
        yield made


@pytest.fixture(name="browser", scope="module")
def browser_(machine, site):
    with Chromium(machine, logs=True) as running:
        running.open("file://" + site.page)
        yield running


def place(one):
    return f"{os.path.basename(one['file'])}:{one['line']}" if one["file"] else ""


def test_the_page_has_the_doors(site, browser):
    read = browser.script(READ)
    doors = site.json()["doors"]
    assert len(doors) > 7
    assert read["found"] == [{
        "listener": door["listener"], "server": door["server"], "state": door["state"],
        "location": door["location"] or ("(every path)" if door["every_path"] else "(other paths)"),
        "place": place(door) if door["location"] else "",
        "ways": [{"to": way["to"], "client": "" if way["client"] == "no certificate" else way["client"],
                  "conditions": [[c["text"], place(c)] for c in way["conditions"]],
                  "trail": len(way["trail"])} for way in door["passages"]],
    } for door in doors]
    assert {door["state"] for door in read["found"]} >= {"open", "open if", "shut"}


def test_the_page_has_the_findings(site, browser):
    findings = site.json()["findings"]
    assert browser.script(READ)["findings"] == [{
        "severity": ("accepted " if one["accepted"] else "") + one["severity"], "rule": one["rule"],
        "place": place(one), "text": one["text"],
        "accepted": "Accepted: " + one["accepted"] if one["accepted"] else ""} for one in findings]
    assert any(one["accepted"] for one in findings)


def test_text_stays_text(site, browser):
    """Names come from a configuration, whoever wrote it."""
    read = browser.script(READ)
    names = {door["location"] for door in read["found"]}
    assert {HOSTILE, "/\"onclick='x'", "/accepted&amp;"} <= names
    assert "<img src=x onerror=alert(1)>.test" in {door["server"] for door in read["found"]}
    assert read["title"] == f"Doors of {site.conf_path}"
    assert (read["scripts"], read["images"], read["handlers"]) == (0, 0, 0)


SHOWN = """
const of = kind => [...document.querySelectorAll('.door.' + kind)].map(one => one.checkVisibility());
arguments[0]({shut: of('shut'), open: of('open'), 'if': of('if')});
"""


def test_filter(browser):
    """By state, without a script."""
    before = browser.script(SHOWN)
    assert all(all(shown) and shown for shown in before.values())
    browser.script("document.getElementById('show-shut').click(); arguments[0]()")
    after = browser.script(SHOWN)
    assert not any(after["shut"]) and all(after["open"]) and all(after["if"])
    browser.script("document.getElementById('show-shut').click(); arguments[0]()")
    assert browser.script(SHOWN) == before


def test_states_differ_by_more_than_colour(browser):
    """A word for each; and the colours are readable, in light and in dark (WCAG 2.1, 1.4.3)."""
    contrast = """
        const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
        const light = c => { const [r, g, b] = c.match(/\\d+/g).map(Number).map(channel);
                             return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const ratio = one => { const s = getComputedStyle(one);
                               const [a, b] = [light(s.color), light(s.backgroundColor)].sort((x, y) => y - x);
                               return (a + 0.05) / (b + 0.05); };
        const all = [...document.querySelectorAll('.state, .severity, .sums li')];
        arguments[0]({dark: matchMedia('(prefers-color-scheme: dark)').matches, n: all.length,
                      least: Math.min(...all.map(ratio))});
    """
    for dark in (False, True):
        browser.ask("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]}})
        seen = browser.script(contrast)
        assert seen["dark"] is dark and seen["n"] > 10 and seen["least"] >= 4.5, seen


def test_on_a_phone(browser):
    """360 pixels: nothing is wider than the screen, opened details neither."""
    browser.ask("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
        "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}})
    width = browser.script("document.querySelectorAll('details').forEach(one => one.open = true);"
                           "arguments[0]([innerWidth, document.documentElement.scrollWidth])")
    browser.ask("POST", "/goog/cdp/execute", {"cmd": "Emulation.clearDeviceMetricsOverride", "params": {}})
    assert width == [360, 360]


def test_nothing_is_loaded_and_nothing_is_said(browser, site):
    """No request but the one for the page; no word on the console, as of a policy that forbids something."""
    page = "file://" + site.page
    browser.open(page)
    browser.said()
    browser.requested()
    browser.open(page)
    assert browser.said() == []
    assert [url for url in browser.requested() if not url.startswith("data:,")] == [page]
    assert browser.script(READ)["loaded"] == []
    # What would be seen: the same page with an image and a script, which its policy forbids.
    with open(site.page, encoding="utf-8") as text:
        more = text.read().replace("</body>", "<img src='http://127.0.0.1:9/x'><script>1</script></body>")
    other = site.write("other.html", more.replace("img-src data:", "img-src *"))
    browser.open("file://" + other)
    assert "http://127.0.0.1:9/x" in browser.requested()
    assert any("Content Security Policy" in line for line in browser.said())


def test_the_page_replaces_nothing_when_it_cannot_be_written(site):
    """A full disk is an error, not half a page that looks whole."""
    done = site.check("--html", "/dev/full", code=2)
    assert 'cannot write all of "/dev/full"' in done.stderr


def test_text_is_printed_as_well(site):
    assert site.check("--html", site.page).stdout == site.check().stdout

