# SPDX-License-Identifier: Apache-2.0
"""A measurement: a row, the load that makes its operations, the servers of a run, the results."""

import json
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

import sites
from servers import Server, free_port

NAMES = ("yett", "nginx")
IDLE_SECONDS = 2.5  # until the memory of connections without a request is measured


class BenchError(Exception):
    """The benchmark cannot give an answer that means anything."""


@dataclass(frozen=True)
class Row:
    """One line of the table. Rows with `extra` directives get servers of their own."""

    name: str
    title: str
    mode: str  # of yett-load
    path: str
    length: int  # expected, in bytes
    count: int  # operations of one slice, or connections held
    concurrency: int
    memory: bool = False  # measures kilobytes per connection instead of CPU time per operation
    default: bool = True  # part of a run without --rows
    extra: str = ""  # directives for the server block; {directory} is the run's own
    streams: int = 0  # requests at once that are one operation, by HTTP/2; 0: HTTP/1.1
    base: str = ""  # the row to whose cost yett's own is compared, slice by slice
    entries: int | None = None  # of the revocation list in force, if there is one
    first: bool = False  # each handshake is of a client that the server has not met
    nginx_count: int | None = None  # operations of nginx's slice, where others; 0: yett alone

    @property
    def names(self):
        """The servers that the row measures."""
        return NAMES[:1] if self.nginx_count == 0 else NAMES

    def of(self, name):
        """The row as this server meets it."""
        if name == "yett" or self.nginx_count is None:
            return self
        return replace(self, count=self.nginx_count)


def middle_mean(values):
    """The mean of the middle half: as deaf to outliers as the median, and steadier."""
    values = sorted(values)
    cut = len(values) // 4
    return statistics.mean(values[cut:len(values) - cut])


@dataclass
class Result:
    """What the rounds of one row gave: for each server a value a round, and a ratio a round."""

    row: Row
    yett: list = field(default_factory=list)
    nginx: list = field(default_factory=list)
    ratios: list = field(default_factory=list)
    own: list = field(default_factory=list)  # yett's cost as a multiple of the base row's

    def add(self, yett, nginx, base=()):
        """One round: lists of equal length (or empty), where each pair was measured side by side."""
        self.yett.append(middle_mean(yett))
        if nginx:
            self.nginx.append(middle_mean(nginx))
            self.ratios.append(middle_mean(y / n for y, n in zip(yett, nginx)))
        if base:
            self.own.append(middle_mean(y / b for y, b in zip(yett, base)))

    def summary(self):
        return {"row": self.row.name, "title": self.row.title,
                "unit": "KB/connection" if self.row.memory else "us/operation",
                "base": self.row.base, "entries": self.row.entries,
                **{f"{name}{suffix}": of(values) if values else None
                   for name, values in (("yett", self.yett), ("nginx", self.nginx),
                                        ("ratio", self.ratios), ("own", self.own))
                   for suffix, of in (("", statistics.median), ("_min", min), ("_max", max))},
                "rounds": {"yett": self.yett, "nginx": self.nginx, "ratio": self.ratios,
                           "own": self.own}}


class Load:
    """A yett-load at work on a server: warmed up when made, then a slice at a time."""

    def __init__(self, program, server, certs, row, pair, leaves=None):
        self.server = server
        self.row = row
        argv = [program, "--gate", "--mode", row.mode, "--connect", f"127.0.0.1:{server.port}",
                "--sni", sites.NAME, "--ca", certs.root, "--path", row.path,
                "--length", row.length, "--count", row.count, "--concurrency", row.concurrency]
        if row.streams:
            argv += ["--http2", row.streams]
        if pair is not None:
            argv += ["--cert", pair.cert, "--key", pair.key]
        if leaves is not None:
            argv += ["--leaves", leaves]
        self.process = subprocess.Popen([str(word) for word in argv], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def line(self):
        return self.process.stdout.readline().strip()

    def ready(self):
        if self.line() != "READY":
            raise self.failed()

    def failed(self):
        """The error that says what this load has met."""
        complaints = self.process.communicate()[1]
        return BenchError(f"row {self.row.name} on {self.server.name}: {complaints}"
                          f"{self.server.log()}".rstrip())

    def report(self):
        """The next report, if it is of success."""
        line = self.line()
        report = json.loads(line) if line.startswith("{") else {"failed": 1}
        if report["failed"] or report["operations"] != self.row.count:
            raise self.failed()
        return report

    def slice(self):
        """Does `row.count` operations; the server's microseconds for one, and the report."""
        before = self.server.cpu_nanoseconds()
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        report = self.report()
        time.sleep(0.003)  # the server's last close()
        spent = self.server.cpu_nanoseconds() - before
        return spent / self.row.count / 1000, report

    def release(self):
        """Lets go of held connections, which must have been open until now."""
        self.process.stdin.close()
        self.process.stdin = None
        return self.report()


class Bench:
    """The servers of a run and what is done with them."""

    def __init__(self, options, directory, certs, text_of):
        self.options = options
        self.directory = directory
        self.certs = certs
        self.text_of = text_of
        self.revoked = None  # a client that is on every list, once there are lists
        self.leaves = None  # a file of clients, once it is made
        self.serial = 0

    def start(self, name, extra, stack, patience=10, http2=False):
        """A fresh server, stopped when `stack` unwinds; `patience`: seconds until it serves."""
        self.serial += 1
        program = self.options.yett if name == "yett" else self.options.nginx
        prefix = self.directory / f"{self.serial}-{name}"
        port = free_port()
        sites.write_prefix(prefix, self.text_of(extra), port, http2)
        server = Server(name, program, prefix, port)
        stack.callback(shutil.rmtree, prefix, ignore_errors=True)
        stack.callback(server.stop)
        server.start(patience)
        return server

    def load(self, server, row, stack):
        """A load of the good client, or of clients that come for the first time, ready."""
        load = stack.enter_context(Load(self.options.load, server, self.certs, row,
                                        self.certs.client, self.leaves if row.first else None))
        load.ready()
        return load

    def cpu_turn(self, row, servers, first):
        """Microseconds per operation on new connections: for each server a value a slice."""
        spent = {name: [] for name in NAMES}
        order = NAMES if first else NAMES[::-1]
        tls = {}
        with ExitStack() as stack:
            loads = {name: self.load(servers[name], row, stack) for name in NAMES}
            for name in order:
                report = loads[name].slice()[1]  # its time is not counted: a warm-up
                tls[name] = tuple(report[key] for key in ("protocol", "cipher", "group"))
            if tls["yett"] != tls["nginx"]:
                raise BenchError(f"row {row.name}: different handshakes: {tls}")
            for name in order + order[::-1]:  # A B B A: a steady drift hits both alike
                spent[name].append(loads[name].slice()[0])
        return spent

    def meet(self, server, row, stack):
        """Twenty connections, one after the other, that end."""
        if not row.streams:
            few = replace(row, name="warm-up", mode="handshake", count=20, concurrency=1,
                          memory=False)
            self.load(server, few, stack).slice()
            return
        for _ in range(20):  # with HTTP/2 it is the client that ends a connection
            one = replace(row, name="warm-up", count=1, concurrency=1)
            self.load(server, one, stack).release()
        time.sleep(0.1)

    def memory(self, name, row):
        """Kilobytes per connection, in a server that has seen only a few before."""
        with ExitStack() as stack:
            server = self.start(name, row.extra, stack, http2=bool(row.streams))
            self.meet(server, row, stack)
            before = server.pss_kilobytes()
            load = self.load(server, row, stack)
            time.sleep(IDLE_SECONDS)
            after = server.pss_kilobytes()
            load.release()
        return (after - before) / row.count

    def refuse(self, server, row):
        """Raises if strangers get in: a server that checks nobody does less work."""
        one = replace(row, name="door", mode="handshake", count=1, concurrency=1, streams=0)
        strangers = [(None, "without a certificate"), (self.certs.stranger, "of a foreign CA")]
        if row.entries:
            strangers.append((self.revoked, "that is revoked"))
        for pair, who in strangers:
            with Load(self.options.load, server, self.certs, one, pair) as load:
                line = load.line()
            errors = json.loads(line)["errors"] if line.startswith("{") else {}
            if not set(errors) & {"status", "handshake", "closed"}:
                raise BenchError(f"{server.name} does not refuse a client {who}")


def note(text):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()
