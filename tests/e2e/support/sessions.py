# SPDX-License-Identifier: Apache-2.0
"""TLS sessions: how a server keeps them, and visits that take the one before along."""

import time

from support.protocols import connect

STORES = {
    "tickets": "ssl_session_tickets on; ssl_session_cache off;",
    "default": "",  # TLS 1.3 tickets of good clients are ids of sessions in memory
    "cache": "ssl_session_tickets off; ssl_session_cache shared:S:1m;",
}
CASES = [(version, store) for version in ("1.2", "1.3") for store in STORES]


class Visit:
    """One connection with one request; keeps the session for the next. Over the protocol whose turn it is."""

    def __init__(self, server, context, sni, session=None, host=None):
        with connect(server.port(), context, sni, session=session) as conn:
            answer = conn.ask("GET /", host=host or sni or "localhost")
            self.session, self.reused = conn.sock.session, conn.sock.session_reused
        self.status, self.text = answer.status, answer.text
        fields = (self.text.split("|") + ["", "", ""])[:4]
        self.server, self.flag, self.verify = fields[:3]


def reload_and_wait(server):
    before = set(server.workers())
    server.run("-s", "reload", check=True)
    end = time.monotonic() + 10
    while time.monotonic() < end and before & set(server.workers()):
        time.sleep(0.02)
