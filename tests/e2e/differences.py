# SPDX-License-Identifier: Apache-2.0
"""Every accepted difference from nginx, with its reason and what yett does instead."""

IGNORED_HEADERS = {
    "date": "it moves between the two requests",
    "server": "each server names itself",
}


class Difference:
    """`status` is yett's final status ("closed" for none); `closed` whether it closes."""

    def __init__(self, reason, status=None, closed=None):
        self.reason, self.status, self.closed = reason, status, closed

    def check(self, ours):
        final = [a["status"] for a in ours["answers"] if a["status"] >= 200]
        if self.status == "closed":
            assert not final and ours["closed"], ours
        elif self.status is not None:
            want = self.status if isinstance(self.status, list) else [self.status]
            assert final == want, ours
        if self.closed is not None:
            assert ours["closed"] == self.closed, ours


# (case, query) -> Difference
DIFFERENCES = {}
