# SPDX-License-Identifier: Apache-2.0
"""Whatever the configuration: no client without a verified certificate gets through a door that `yett check`
calls shut. By chance, from seeds that a failure names.

    DOOR_SEEDS=1000 ./dev test e2e -k doors_by_chance     # more of it
"""

import os

import pytest

from support.doors_by_chance import Siege
from support.walk import BUILD

pytestmark = pytest.mark.yett_only("yett check")

SEEDS = int(os.environ.get("DOOR_SEEDS", "8" if "asan" in BUILD else "25"))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_door_that_is_said_to_be_shut_opens(seed, pki):
    siege = Siege(seed, pki)
    try:
        siege.press()
        assert not siege.violations, f"seed {seed}\n{siege.gate.conf}"
        states = siege.states()
        assert states.count("cannot tell") * 3 <= len(states), f"seed {seed}\n{siege.gate.conf}"
    finally:
        siege.gate.stop()
