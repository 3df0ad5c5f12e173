#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark: yett and nginx on one configuration, their CPU time and memory as ratios.

See docs/benchmark.md for what is measured and how to read it.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import certificates
import sites
from servers import Server, ServerError, free_port

ROOT = Path(__file__).resolve().parent.parent
NAMES = ("yett", "nginx")


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


# A slice is some 30 to 50 ms of a server's time: short against the drifts of a shared machine.
ROWS = (
    Row("handshake", "full handshake, client certificate", "handshake", "/small", sites.SMALL, 32,
        16),
    Row("resume", "resumed handshake", "resume", "/small", sites.SMALL, 48, 16),
    Row("small", "small answer, kept connection", "request", "/small", sites.SMALL, 3200, 16),
    Row("file", "small file, kept connection", "request", "/files/small", sites.SMALL, 2400, 16,
        default=False),
    Row("proxy", "proxied request, kept connections", "request", "/backend/", sites.SMALL, 1600,
        16),
    Row("body", "1 MB body", "body", "/files/large", sites.LARGE, 48, 8),
    Row("idle", "memory of an idle connection", "idle", "/small", sites.SMALL, 1000, 16,
        memory=True),
)
ROUNDS = 7
# New servers and connections a turn: where these happen to lie in memory and in the kernel's
# tables is worth some percent, and only repetition levels it.
TURNS = 7


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

    def add(self, yett, nginx):
        """One round: lists of equal length, where each pair was measured side by side."""
        self.yett.append(middle_mean(yett))
        self.nginx.append(middle_mean(nginx))
        self.ratios.append(middle_mean(y / n for y, n in zip(yett, nginx)))

    def summary(self):
        return {"row": self.row.name, "title": self.row.title,
                "unit": "KB/connection" if self.row.memory else "us/operation",
                "yett": statistics.median(self.yett), "nginx": statistics.median(self.nginx),
                "ratio": statistics.median(self.ratios), "ratio_min": min(self.ratios),
                "ratio_max": max(self.ratios),
                "rounds": {"yett": self.yett, "nginx": self.nginx, "ratio": self.ratios}}


class Load:
    """A yett-load at work on a server: warmed up when made, then a slice at a time."""

    def __init__(self, program, server, certs, row, pair):
        self.server = server
        self.row = row
        argv = [program, "--gate", "--mode", row.mode, "--connect", f"127.0.0.1:{server.port}",
                "--sni", sites.NAME, "--ca", certs.root, "--path", row.path,
                "--length", row.length, "--count", row.count, "--concurrency", row.concurrency]
        if pair is not None:
            argv += ["--cert", pair.cert, "--key", pair.key]
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
        self.serial = 0

    def start(self, name, extra, stack):
        """A fresh server, stopped when `stack` unwinds."""
        self.serial += 1
        program = self.options.yett if name == "yett" else self.options.nginx
        prefix = self.directory / f"{self.serial}-{name}"
        port = free_port()
        sites.write_prefix(prefix, self.text_of(extra), port)
        server = Server(name, program, prefix, port)
        stack.callback(shutil.rmtree, prefix, ignore_errors=True)
        stack.callback(server.stop)
        server.start()
        return server

    def load(self, server, row, stack):
        """A load of the good client, ready."""
        load = stack.enter_context(Load(self.options.load, server, self.certs, row,
                                        self.certs.client))
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

    def memory(self, name, row):
        """Kilobytes per connection, in a server that has seen only a few before."""
        few = replace(row, name="warm-up", mode="handshake", count=20, concurrency=1, memory=False)
        with ExitStack() as stack:
            server = self.start(name, row.extra, stack)
            self.load(server, few, stack).slice()
            before = server.pss_kilobytes()
            load = self.load(server, row, stack)
            after = server.pss_kilobytes()
            load.release()
        return (after - before) / row.count

    def refuse(self, server, row):
        """Raises if strangers get in: a server that checks nobody does less work."""
        one = replace(row, name="door", mode="handshake", count=1, concurrency=1)
        strangers = ((None, "without a certificate"), (self.certs.stranger, "of a foreign CA"))
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


def cpu_turn(bench, rows, samples, number):
    """One turn of rows that have `extra` in common, on fresh servers."""
    first = number % 2 == 0
    with ExitStack() as stack:
        servers = {name: bench.start(name, rows[0].extra, stack)
                   for name in (NAMES if first else NAMES[::-1])}
        for row in rows:
            if number == 0:  # what is broken is told before minutes of measuring
                for server in servers.values():
                    bench.refuse(server, row)
            spent = bench.cpu_turn(row, servers, first)
            for name in NAMES:
                samples[row.name][name] += spent[name]


def round_run(bench, rows, results, number):
    """Each row's turns, spread over the whole round; then the rows of memory."""
    turns = bench.options.turns
    samples = {row.name: {name: [] for name in NAMES} for row in rows}
    alike = {}
    for row in rows:
        if not row.memory:
            alike.setdefault(row.extra, []).append(row)
    for turn in range(turns):
        note(f"round {number + 1} of {bench.options.rounds}, turn {turn + 1} of {turns}")
        for group in alike.values():
            cpu_turn(bench, group, samples, number * turns + turn)
    for row in (row for row in rows if row.memory):
        note(f"round {number + 1} of {bench.options.rounds}: {row.title}")
        for name in NAMES:
            samples[row.name][name].append(bench.memory(name, row))
    for row in rows:
        results[row.name].add(**samples[row.name])


def rounds_run(bench, rows):
    results = {row.name: Result(row) for row in rows}
    for number in range(bench.options.rounds):
        round_run(bench, rows, results, number)
    note("")
    return [result.summary() for result in results.values()]


def verdict(summaries):
    """Which rows are above 1.0, and whether every round says so or only the median."""
    def named(rows):
        return ", ".join(f"{row['row']} ({row['ratio']:.3f})" for row in rows)

    above = [one for one in summaries if one["ratio"] > 1.0]
    every = [one for one in above if one["ratio_min"] > 1.0]
    median = [one for one in above if one["ratio_min"] <= 1.0]
    parts = ([f"above 1.0 in every round: {named(every)}"] if every else []) + \
            ([f"above 1.0 by the median: {named(median)}"] if median else [])
    return "; ".join(parts) or "no row is above 1.0"


def version(program):
    """What the program calls itself."""
    done = subprocess.run([program, "-v"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return (done.stdout.splitlines() or [""])[0]


def table(summaries):
    lines = [f"{'':42} {'unit':>8} {'yett':>9} {'nginx':>9} {'ratio':>6}   min - max"]
    for one in summaries:
        lines.append(f"{one['title']:42} {'KB' if one['unit'].startswith('KB') else 'us':>8} "
                     f"{one['yett']:9.2f} {one['nginx']:9.2f} {one['ratio']:6.3f}   "
                     f"{one['ratio_min']:.3f} - {one['ratio_max']:.3f}")
    return "\n".join(lines + [verdict(summaries)])


def rows_select(names):
    if names is None:
        return [row for row in ROWS if row.default]
    known = {row.name: row for row in ROWS}
    unknown = [name for name in names.split(",") if name not in known]
    if unknown:
        raise BenchError(f"no such row: {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in names.split(",")]


def options_parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--yett", type=Path, default=ROOT / "build" / "yett", metavar="PATH")
    parser.add_argument("--nginx", type=Path, default=Path("/usr/sbin/nginx"), metavar="PATH")
    parser.add_argument("--load", type=Path, default=ROOT / "build" / "bench" / "yett-load",
                        metavar="PATH", help="the load generator")
    parser.add_argument("--rows", metavar="A,B,...",
                        help="of: " + ", ".join(row.name for row in ROWS))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--turns", type=int, default=TURNS, help="turns of a round")
    parser.add_argument("--quick", action="store_true",
                        help="one round of one turn: shows that it runs, not how fast")
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)), metavar="N",
                        help="the processor that everything runs on, -1 for any")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return parser.parse_args()


def bench_run(options):
    rows = rows_select(options.rows)
    if options.quick:
        options.rounds, options.turns = 1, 1
    if options.cpu >= 0:
        os.sched_setaffinity(0, {options.cpu})
    for program in (options.yett, options.nginx, options.load):
        if not program.is_file():
            raise BenchError(f"{program} does not exist")
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yett-bench-")))
        certs = certificates.make(directory, sites.NAME)
        sites.write_files(directory / "html")
        port = free_port()
        sites.write_prefix(directory / "backend", sites.backend(port))
        backend = Server("backend", options.nginx, directory / "backend", port)
        stack.callback(backend.stop)
        backend.start()

        def text_of(extra):
            return sites.configuration(certs, directory / "html", port,
                                       extra.format(directory=directory))

        return rounds_run(Bench(options, directory, certs, text_of), rows)


def main():
    options = options_parse()
    for number in (signal.SIGTERM, signal.SIGHUP):  # unwind, so that the servers are stopped
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        summaries = bench_run(options)
    except (BenchError, ServerError, OSError, subprocess.CalledProcessError) as error:
        note("")
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    programs = {name: f"{getattr(options, name)} ({version(getattr(options, name))})"
                for name in NAMES}
    if options.json:
        print(json.dumps({"programs": programs, "rows": summaries, "verdict": verdict(summaries)}))
    else:
        print(*(f"{name}: {programs[name]}" for name in NAMES), table(summaries), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
