# SPDX-License-Identifier: Apache-2.0
"""Each door that `yett check` calls shut is tried by `yett probe`, and none opens.

By default a fixed quarter of the corpus of tests/e2e/check/; all of it:

    PROBE_CORPUS=all ./dev test e2e tests/e2e/probe/test_corpus.py
"""

import os

import pytest

from support.check import checked_doors
from support.door_corpus import cases, siege_conf
from support.probing import probe

pytestmark = pytest.mark.yett_only("yett check")

CASES = cases()
QUARTER = os.environ.get("PROBE_CORPUS") != "all"

def key_of(door):
    return door["listener"], door["server"], door["location"], door["every_path"], door["line"]


@pytest.mark.parametrize("name", sorted(CASES)[::4] if QUARTER else sorted(CASES))
def test_shut_doors_are_tried_and_hold(name, pki):
    server = siege_conf(CASES[name], pki, start=False)
    try:
        shut = {key_of(door) for door in checked_doors(server.conf_path) if door["state"] == "shut"}
        report = probe(server)
        tried = {key_of(door): door for door in report.data["doors"]}
        for key in shut:
            door = tried[key]
            assert door["attempts"] == door["held"] > 10, door
        assert report.data["opened"] == 0, report.data
    finally:
        server.remove()
