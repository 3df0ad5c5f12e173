# SPDX-License-Identifier: Apache-2.0
"""Processes die while lists are swapped and configurations reloaded, and clients come all the time.

Once somebody was refused because of a list, nobody on that list passes any more; and nobody who is
on none is ever refused. YETT_SEED in the environment repeats a run's choices.
"""

import os
import random
import signal
import threading
import time

import pytest

from support.lists import Gate, Lists, make, rename_over, rewrite
from support.rawhttp import Closed, Conn, tls_context
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("sessions and connections outlive a revocation")
SECONDS, VICTIMS = 14, 11


class Client(threading.Thread):
    """Asks again and again, as one of the names it may choose from; notes what came."""

    def __init__(self, gate, kind, names, seed):
        super().__init__(daemon=True)
        self.gate, self.kind, self.names = gate, kind, names
        self.choice = random.Random(seed)
        self.stop, self.errors = threading.Event(), []
        self.notes = []  # (name, when it began, when it ended, status, kind)
        self.kept, self.sessions, self.contexts = {}, {}, {}

    def context(self, name):
        if name not in self.contexts:
            version = self.choice.choice(["1.2", "1.3"])
            self.contexts[name] = tls_context(self.gate.pki, name, version)
        return self.contexts[name]

    def ask_kept(self, name):
        conn = self.kept.pop(name, None) or Conn(self.gate.port, self.context(name), timeout=15)
        try:
            answer = conn.ask()
        except BaseException:
            conn.close()
            raise
        if answer.status == 200:
            self.kept[name] = conn
        else:
            conn.close()
        return answer.status

    def ask_once(self, name):
        session = self.sessions.get(name) if self.kind == "resumed" else None
        with Conn(self.gate.port, self.context(name), session=session, timeout=15) as conn:
            answer = conn.ask()
            self.sessions[name] = conn.sock.session
        return answer.status

    def run(self):
        while not self.stop.is_set():
            name = self.choice.choice(self.names())
            begun = time.monotonic()
            try:
                status = self.ask_kept(name) if self.kind == "kept" else self.ask_once(name)
                if status == 421:  # of a worker that nobody tells of lists: come again elsewhere
                    raise Closed(status)
                self.notes.append((name, begun, time.monotonic(), status, self.kind))
            except (OSError, Closed) as error:
                self.errors.append((time.monotonic(), repr(error)))
            time.sleep(0.015)
        for conn in self.kept.values():
            conn.close()


class Trial:
    def __init__(self, gate, pki, lists, seed):
        self.gate, self.lists, self.choice = gate, lists, random.Random(seed)
        self.victims = [f"victim{i}" for i in range(VICTIMS)]
        self.pairs = {name: pki.issue_client(name) for name in self.victims}
        self.revoked = 0  # of the victims, on the list
        kinds = ("new", "resumed", "kept")
        self.bad = [Client(gate, kind, self.exposed, f"{seed}{kind}") for kind in kinds]
        self.good = [Client(gate, kind, lambda: ["good", "second"], f"{seed}{kind}") for kind in kinds]
        self.kills = 0

    def exposed(self):
        """Those on the list, and the next who will be; mostly that one and the last who was."""
        now = self.victims[:self.revoked + 1]
        return now + now[-2:] * len(now)

    def notes(self, clients):
        return sorted((n for client in clients for n in list(client.notes)), key=lambda n: n[1])

    def wait_note(self, clients, what, wanted):
        begun = time.monotonic()
        wait_for(lambda: [n for n in self.notes(clients) if n[1] > begun and wanted(n)], 25, what)

    def kill(self, deep):
        generations = self.gate.server.children(self.gate.server.process.pid)
        generation = self.choice.choice(generations) if generations else None
        targets = [generation] if deep else self.gate.server.children(generation or 0)
        for pid in targets[:1]:
            if pid:
                try:
                    os.kill(pid, signal.SIGKILL)
                    self.kills += 1
                except ProcessLookupError:
                    pass

    def swap(self):
        gone = [self.pairs[name] for name in self.victims[:self.revoked + 1]]
        data = self.lists.of_root + make(self.lists.inter, gone, self.revoked + 2)
        self.choice.choice([rename_over, rewrite])(self.gate.path, data)
        self.revoked += 1

    def spoil(self):
        """The file is what it was before somebody was revoked, or nothing of worth; the next swap mends it."""
        gone = [self.pairs[name] for name in self.victims[:self.revoked - 1]]
        older = self.lists.of_root + make(self.lists.inter, gone, self.revoked)
        rename_over(self.gate.path, self.choice.choice([older, older[:-40], b""]))
        time.sleep(self.choice.choice([0.0, 0.15, 0.3]))
        if self.choice.random() < 0.5:
            self.gate.server.kill(signal.SIGHUP)
        else:
            self.kill(False)

    def round(self):
        """A swap, and around it a reload and a death at random moments."""
        victim = self.victims[self.revoked]
        self.wait_note(self.bad, f"{victim} to get in", lambda n: n[0] == victim and n[3] == 200)
        acts = [self.swap]
        if self.choice.random() < 0.4:
            acts.append(lambda: self.gate.server.kill(signal.SIGHUP))
        acts += [lambda: self.kill(False)] * (self.choice.random() < 0.35)
        acts += [lambda: self.kill(True)] * (self.choice.random() < 0.35)
        self.choice.shuffle(acts)
        for act in acts:
            time.sleep(self.choice.choice([0.0, 0.02, 0.1, 0.25]))
            act()
        self.wait_note(self.bad, f"{victim} to be refused", lambda n: n[0] == victim and n[3] == 400)
        for client in self.bad:
            self.wait_note([client], f"{victim}, {client.kind}", lambda n: n[0] == victim)
        self.wait_note(self.good, "a good one to get in", lambda n: n[3] == 200)
        if self.choice.random() < 0.4:
            self.spoil()

    def run(self):
        clients = self.bad + self.good
        for client in clients:
            client.start()
        try:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end and self.revoked < VICTIMS - 1:
                self.round()
            time.sleep(0.3)
        finally:
            for client in clients:
                client.stop.set()
            for client in clients:
                client.join(30)

    def verdict(self):
        good = self.notes(self.good)
        assert {n[3] for n in good} == {200}, [n for n in good if n[3] != 200][:5]
        for name in self.victims[:self.revoked]:
            mine = [n for n in self.notes(self.bad) if n[0] == name]
            first = min(n[2] for n in mine if n[3] == 400)
            late = [(n[1] - first, n[3], n[4]) for n in mine if n[3] != 400 and n[1] > first]
            assert not late, f"{name} got in again: {late} (seconds after a refusal, status, how)"
        came_again = [n for n in self.notes(self.bad) if n[0] == self.victims[0] and n[3] == 400]
        assert len(came_again) > 5, "the first to be revoked did not try again"
        for name in self.victims[self.revoked:]:
            assert {n[3] for n in self.notes(self.bad) if n[0] == name} <= {200}
        return len(good)


@pytest.mark.parametrize("threads", [2])
def test_kills_during_swaps_and_reloads(serve, pki, threads):
    seed = os.environ.get("YETT_SEED") or str(random.randrange(1 << 32))
    lists = Lists(pki)
    gate = Gate(serve, pki, lists.bundle(), main=f"worker_processes {threads};")
    trial = Trial(gate, pki, lists, seed)
    try:
        trial.run()
        answers = trial.verdict()
        errors = sum(len(client.errors) for client in trial.good)
        assert trial.revoked >= 3 and answers > 50
        assert errors <= 12 * (trial.kills + 2), f"{errors} broken connections, {trial.kills} kills"
    except AssertionError as error:
        raise AssertionError(f"YETT_SEED={seed}: {error}\n{gate.server.tail()}") from error
    finally:
        print(f"YETT_SEED={seed}: {trial.revoked} swaps, {trial.kills} kills, broken connections: "
              f"{[len(c.errors) for c in trial.good + trial.bad]}")
        gate.server.stop(allow="exited on signal 9")
