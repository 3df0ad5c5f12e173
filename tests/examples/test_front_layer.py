# SPDX-License-Identifier: Apache-2.0
"""examples/front-layer: the 421, and the four ways out of it."""
import pytest

from running import example, open_path  # noqa: F401

GATE = '"CN=gate,OU=Gates,O=Example"'


def through(front, name):
    return front.curl(f"https://{name}.example.test/x")


def direct(front, name, host=None, cert=None):
    """One request to the application servers' door, past the front layer."""
    options = ["-H", f"Host: {host}.example.test"] if host else []
    return front.curl(f"https://{name}.example.test/x", *options, cert=cert, to=18444)


def test_misdirected(example):
    front = example("front-layer", "0-misdirected.conf")
    assert through(front, "www")[0] == 421
    assert direct(front, "www", cert="gate") == (200, "the public name\n")
    assert direct(front, "app-public.internal", cert="gate") == (200, "the internal name\n")
    assert direct(front, "www", "app-public.internal", cert="gate")[0] == 421
    # Neither name lets anyone in without a certificate.
    assert direct(front, "www")[0] == 400
    assert direct(front, "app-public.internal")[0] == 403


@pytest.mark.parametrize("conf", ["1-dedicated-address.conf", "2-internal-host.conf", "3-route-by-sni.conf"])
def test_way_out(example, conf):
    front = example("front-layer", conf)
    for _ in range(3):    # fresh connections, resumed sessions, kept connections
        assert through(front, "www") == (200, f"public for www.example.test, gate {GATE}\n")
        assert through(front, "admin") == (200, f"admin for admin.example.test, gate {GATE}\n")


def test_internal_host_still_misdirects(example):
    front = example("front-layer", "2-internal-host.conf")
    assert direct(front, "app-public.internal", "app-admin.internal", cert="gate")[0] == 421
    assert direct(front, "app-admin.internal")[0] == 400


def test_route_by_sni(example):
    front = example("front-layer", "3-route-by-sni.conf")
    assert through(front, "files")[0] == 502    # the door behind closes without an answer
    assert direct(front, "files", cert="gate")[0] == 0
    assert direct(front, "www", cert="gate")[0] == 200
    # Host decides nothing.
    status, body = direct(front, "www", host="admin", cert="gate")
    assert status == 200 and body.startswith("public for admin.example.test")
    assert direct(front, "www")[0] == 400


def test_stacked(example):
    front = example("front-layer", "4-stacked.conf")
    assert through(front, "www") == (200, "public for www.example.test, certificate check SUCCESS\n")
    assert through(front, "admin") == (200, f"admin for admin.example.test, gate {GATE}\n")
    assert direct(front, "www")[1] == "public for www.example.test, certificate check NONE\n"
    assert direct(front, "admin")[0] == 403
    assert direct(front, "www", host="admin")[0] == 403
    assert direct(front, "admin", cert="revoked")[0] == 400
    # Metadata from outside does not get past the first row.
    status, _ = front.curl("https://admin.example.test/", "-H", "X-Client-Verify: SUCCESS", to=18444)
    assert status == 403
