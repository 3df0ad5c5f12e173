# SPDX-License-Identifier: Apache-2.0
"""The row crlload: a list of a million entries takes the place of a short one in a running yett."""

import gc
import http.client
import multiprocessing
import os
import shutil
import signal
import socket
import ssl
import statistics
import time
from contextlib import ExitStack, contextmanager

import crl_rows
import sites
from measure import BenchError, note

NAME = "crlload"
ENTRIES = 1_000_000
POLL = 0.02  # seconds between handshakes of the revoked client
PACE = 0.002  # seconds between requests on kept connections
KEPT = 4  # connections that send them, one after the other
QUIET = 2.0  # seconds without a change: the noise floor
AFTER = 1.0  # seconds that still count as loading, once the list is in force
SETTLE = 3.0  # seconds from then to the steady state
UNASKED = 5.0  # seconds until the change counts as not picked up
ASKED = 60.0  # seconds for the same after a reload


class Client:
    """A client in Python: each handshake is a full one."""

    def __init__(self, certs, pair, port):
        self.port = port
        self.context = ssl.create_default_context(cafile=str(certs.root))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(pair.cert, pair.key)

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(plain, server_hostname=sites.NAME)

    def ask(self, connection, keep=True):
        """The status of a request's answer."""
        last = "" if keep else "Connection: close\r\n"
        connection.sendall(f"GET /small HTTP/1.1\r\nHost: {sites.NAME}\r\n{last}\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.read()
        return answer.status

    def visit(self):
        """The status that a new connection gets; 0 if it is refused by an alert."""
        try:
            with self.connect() as connection:
                return self.ask(connection, keep=False)
        except ssl.SSLError:
            return 0


class _Pace:
    """Kept connections that take turns at a request every PACE seconds."""

    def __init__(self, client):
        self.client = client
        self.connections = [client.connect() for _ in range(KEPT)]
        self.longest = 0.0
        self.reconnects = 0

    def ask(self, i):
        """One answer, on a new connection if the server has closed the kept one."""
        try:
            return self.client.ask(self.connections[i])
        except (OSError, http.client.HTTPException):
            self.connections[i].close()
            self.connections[i] = self.client.connect()
            self.reconnects += 1
            return self.client.ask(self.connections[i])

    def step(self, i):
        start = time.monotonic()
        status = self.ask(i)
        self.longest = max(self.longest, time.monotonic() - start)
        if status != 200:
            raise BenchError(f"a request on a kept connection was answered with {status}")
        time.sleep(PACE)

    def run(self, pipe):
        """Until the pipe is closed; each message is answered with the longest delay since the last,
        in seconds, and the connections that had to be made again."""
        gc.disable()
        number = 0
        while True:
            self.step(number % KEPT)
            number += 1
            if pipe.poll():
                pipe.recv()
                pipe.send((self.longest, self.reconnects))
                self.longest, self.reconnects = 0.0, 0


def _pace_main(client, pipe, others):
    others.close()
    try:
        _Pace(client).run(pipe)
    except EOFError:
        pass
    except (OSError, http.client.HTTPException, BenchError) as error:
        pipe.send(error)


@contextmanager
def _pace(client):
    """A process of its own that keeps the pace; gives a function that reads it."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_pace_main, args=(client, theirs, ours), daemon=True)
    process.start()
    theirs.close()

    def read():
        try:
            ours.send(None)
        except BrokenPipeError:
            pass  # it has ended, and said why
        answer = ours.recv()
        if isinstance(answer, Exception):
            raise BenchError(f"row {NAME}: kept connections: {answer}")
        return answer

    try:
        yield read
    finally:
        ours.close()
        process.join(5)
        process.kill()
        process.join()


class _Trial:
    """A yett of its own under an empty list, which one with a revoked client is to replace."""

    def __init__(self, bench, stack):
        self.directory = bench.directory / "crl" / "load"
        self.directory.mkdir()
        stack.callback(shutil.rmtree, self.directory)
        self.list = self.directory / "list.pem"
        self.new = self.directory / "new.pem"
        shutil.copyfile(crl_rows.list_path(bench, 0), self.list)
        shutil.copyfile(crl_rows.list_path(bench, ENTRIES), self.new)
        with open(self.new, "rb") as new:  # that it is written to disk is not part of the change
            os.fsync(new.fileno())
        self.server = bench.start("yett", f"ssl_crl {self.list};", stack)
        self.good = Client(bench.certs, bench.certs.client, self.server.port)
        self.revoked = Client(bench.certs, bench.revoked, self.server.port)
        if self.good.visit() != 200 or self.revoked.visit() != 200:
            raise BenchError(f"row {NAME}: clients are refused before the change")

    def poll(self, seconds, watch):
        """Visits as the revoked client until it is refused; the time of that, or None."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.revoked.visit() != 200:
                return time.monotonic()
            watch()
            time.sleep(POLL)
        return None

    def change(self, watch=lambda: None):
        """Renames the new list into place. How long until it is in force, in seconds, and whether
        that came by itself or, in the end, by a reload."""
        start = time.monotonic()
        self.new.rename(self.list)
        end = self.poll(UNASKED, watch)
        unasked = end is not None
        if not unasked:
            start = time.monotonic()
            self.server.process.send_signal(signal.SIGHUP)
            end = self.poll(ASKED, watch)
        if end is None:
            raise BenchError(f"row {NAME}: the revoked client still gets in {ASKED:.0f} s after a "
                             f"reload:\n{self.server.log()}".rstrip())
        if self.good.visit() != 200:
            raise BenchError(f"row {NAME}: the good client is refused")
        return end - start, unasked


def _time_and_delay(bench):
    with ExitStack() as stack:
        trial = _Trial(bench, stack)
        pace = stack.enter_context(_pace(trial.good))
        pace()
        trial.poll(QUIET, lambda: None)
        quiet = pace()[0]
        seconds, unasked = trial.change()
        time.sleep(AFTER)
        longest, reconnects = pace()
    return {"unasked": unasked, "seconds": seconds, "delay_ms": longest * 1000,
            "quiet_ms": quiet * 1000, "reconnects": reconnects}


def _memory(bench):
    seen = []
    with ExitStack() as stack:
        trial = _Trial(bench, stack)

        def watch():
            seen.append(trial.server.resident_kilobytes())

        trial.poll(AFTER, lambda: None)
        before = trial.server.resident_kilobytes()
        trial.change(watch)
        deadline = time.monotonic() + SETTLE
        while time.monotonic() < deadline:
            watch()
            time.sleep(POLL)
    return {"steady_mb": (seen[-1] - before) / 1024, "highest_mb": (max(seen) - before) / 1024}


def round_run(bench, number):
    """One round: time and delay in one yett, memory in another, which reading it may disturb."""
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, bench.options.all_cpus)
    try:
        note(f"round {number + 1} of {bench.options.rounds}: a list renamed into place")
        return {**_time_and_delay(bench), **_memory(bench)}
    finally:
        os.sched_setaffinity(0, pinned)


def summary(rounds):
    """The median and the range of each figure."""
    figures = {key: {"median": statistics.median(values), "min": min(values), "max": max(values)}
               for key in ("seconds", "steady_mb", "highest_mb", "delay_ms", "quiet_ms",
                           "reconnects")
               for values in [[one[key] for one in rounds]]}
    return {"row": NAME, "entries": ENTRIES, "unasked": all(one["unasked"] for one in rounds),
            **figures, "rounds": rounds}


LINES = (("seconds", "s", "until the revoked client is refused"),
         ("steady_mb", "MB", "resident memory added, steady"),
         ("highest_mb", "MB", "resident memory added, highest seen"),
         ("delay_ms", "ms", "longest delay of a request meanwhile"),
         ("quiet_ms", "ms", "the same without a change"),
         ("reconnects", "", "kept connections closed meanwhile"))


def table(one):
    how = "picked up by itself" if one["unasked"] else \
        f"NOT picked up within {UNASKED:.0f} s: figures are of a reload"
    lines = [f"yett, a CRL of {one['entries']:,} entries replaces an empty one: {how}",
             f"{'':42} {'unit':>8} {'yett':>9}   min - max"]
    for key, unit, title in LINES:
        of = one[key]
        lines.append(f"{title:42} {unit:>8} {of['median']:9.2f}   {of['min']:.2f} - {of['max']:.2f}")
    return "\n".join(lines)
