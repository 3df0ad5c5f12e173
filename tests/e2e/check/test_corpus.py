# SPDX-License-Identifier: Apache-2.0
"""What `yett check` says of the doors of small configurations is what they are, and what clients without a
verified certificate find when these are served: see support/door_corpus.py."""

import pytest

from support.door_corpus import Siege, cases
from support.doors import is_open

pytestmark = pytest.mark.yett_only("yett check")

CASES = cases()


@pytest.fixture(params=CASES)
def siege(request, pki):
    siege = Siege(CASES[request.param], pki)
    yield siege
    siege.gate.stop()


def test_doors_are_what_check_says(siege):
    assert siege.expected, "the case says nothing"
    assert not siege.misjudged(), siege.gate.conf
    reached = siege.reached()
    for key, attack in reached.items():
        assert is_open(siege.doors, key), (key, attack, siege.gate.conf)
    for line, kind, listener, state, _, is_reached in siege.expected:
        if state.startswith("open") and is_reached:
            assert any(key[1:] == (line, kind) and listener in ("", "ssl" if siege.secure(key[0]) else "plain")
                       for key in reached), (line, kind, state, siege.gate.conf)


def test_the_corpus_is_large():
    assert len(CASES) >= 120
