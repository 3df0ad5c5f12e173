# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end tests. YETT and NGINX in the environment name the two programs."""

import os
import subprocess

import pytest

pytest.register_assert_rewrite("support")    # an assertion there says as much as one in a test

from support import protocols, servers  # noqa: E402
from support.backend import Backend  # noqa: E402
from support.pki import Pki  # noqa: E402
from support.servers import NGINX, YETT, YETT_IS_NGINX, Server, version_of  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "yett_only(reason): nginx is known to do otherwise")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """A file stays on one worker, so that its servers start once."""
    from xdist.scheduler import LoadFileScheduling
    return LoadFileScheduling(config, log)


# Begun first: else one worker may be at the longest when the others are done.
LONGEST = ("e2e/revocation/test_in_flight.py", "e2e/ca/test_crash.py", "e2e/ocsp/test_clients.py",
           "e2e/ocsp/test_stapling.py", "e2e/proxy/test_faults.py", "e2e/ca/test_import.py", "e2e/walk/test_walk.py",
           "e2e/client/test_chrome.py", "e2e/client/test_firefox.py", "e2e/client/test_firefox_policy.py",
           "e2e/cert/test_show.py", "e2e/cert/test_show_config.py", "e2e/http2/test_floods.py",
           "e2e/revocation/test_live.py", "e2e/reference/test_proxy.py", "examples/test_demo.py")


def pytest_collection_modifyitems(items):
    place = {path: number for number, path in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.nodeid.split("::")[0], len(LONGEST)))
    for item in items:
        mark = item.get_closest_marker("yett_only")
        if mark and YETT_IS_NGINX:
            reason = mark.kwargs.get("reason") or (mark.args[0] if mark.args else "")
            item.add_marker(pytest.mark.skip(reason="yett only: " + reason))


@pytest.fixture(params=[protocols.H1, protocols.H2])
def protocol(request):
    """What clients speak in this test: see support/protocols.py."""
    if request.param == protocols.H2 and YETT_IS_NGINX and version_of(YETT) < (1, 25, 1):
        pytest.skip("no http2 directive")
    protocols.turn = request.param
    yield request.param
    protocols.turn = protocols.H1


@pytest.fixture(scope="session", autouse=True)
def programs():
    for program in (YETT, NGINX):
        assert os.access(program, os.X_OK), f"{program} is missing; set YETT and NGINX"
        subprocess.run([program, "-v"], check=True, capture_output=True)


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    return Pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module")
def backend():
    with Backend() as running:
        yield running


def started(pki):
    """A fixture's generator: gives start(http, …); in the end all are stopped and checked."""
    running = []

    def start(http=None, **more):
        more.setdefault("values", {}).setdefault("PKI", pki.dir)
        server = Server(http, **more)
        running.append(server)
        return server
    yield start
    errors = []
    for server in reversed(running):
        try:
            server.stop()
        except AssertionError as error:
            errors.append(error)
    if errors:
        raise errors[0]


@pytest.fixture
def serve(pki):
    """serve(http, …) starts a server for one test."""
    yield from started(pki)


@pytest.fixture(scope="module")
def serve_module(pki):
    """As `serve`, for servers that live as long as the module."""
    yield from started(pki)


@pytest.fixture
def nginx():
    return NGINX


__all__ = ["servers"]
