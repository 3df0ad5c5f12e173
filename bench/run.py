#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark: yett and nginx on one configuration, CPU time and memory of the servers, as ratios.

See docs/benchmark.md for what is measured and how to read it.
"""

import argparse
import json
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

import certificates
import sites
from servers import Server, ServerError, free_port

ROOT = Path(__file__).resolve().parent.parent


class BenchError(Exception):
    """The benchmark cannot give an answer that means anything."""


@dataclass(frozen=True)
class Row:
    """One line of the table. A row with its own `extra` directives gets servers of its own."""

    name: str
    title: str
    mode: str  # of yett-load
    path: str
    length: int  # expected, in bytes
    count: int  # operations of one slice, or connections held
    concurrency: int
    memory: bool = False  # measures kilobytes per connection instead of CPU time per operation
    default: bool = True  # part of a run without --rows
    extra: str = ""  # directives added to the server block


ROWS = (
    Row("handshake", "full handshake with a client certificate", "handshake", "/small", sites.SMALL, 500, 16),
    Row("resume", "resumed handshake", "resume", "/small", sites.SMALL, 1000, 16),
    Row("small", "small answer, kept connection", "request", "/small", sites.SMALL, 20000, 16),
    Row("file", "small static file, kept connection", "request", "/files/small", sites.SMALL, 20000, 16,
        default=False),
    Row("proxy", "proxied request, kept connections", "request", "/backend/", sites.SMALL, 8000, 16),
    Row("body", "1 MB body", "body", "/files/large", sites.LARGE, 300, 8),
    Row("idle", "memory of an idle connection", "idle", "/small", sites.SMALL, 2000, 16, memory=True),
)


@dataclass
class Result:
    """What the rounds of one row gave, a value a round for each server."""

    row: Row
    yett: list = field(default_factory=list)
    nginx: list = field(default_factory=list)

    def ratios(self):
        return [y / n for y, n in zip(self.yett, self.nginx)]

    def summary(self):
        ratios = self.ratios()
        return {"row": self.row.name, "title": self.row.title,
                "unit": "KB/connection" if self.row.memory else "us/operation",
                "yett": statistics.median(self.yett), "nginx": statistics.median(self.nginx),
                "ratio": statistics.median(ratios), "ratio_min": min(ratios),
                "ratio_max": max(ratios), "rounds": {"yett": self.yett, "nginx": self.nginx}}


class Load:
    """A yett-load run against a server, held at its gates: warmed up, done."""

    def __init__(self, program, server, certs, row, pair):
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
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass

    def line(self):
        return self.process.stdout.readline().strip()

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self):
        """Lets go of the connections; returns whether everything went as expected, and the complaints."""
        self.process.stdin.close()
        complaints = self.process.stderr.read().strip()
        return self.process.wait() == 0, complaints


class Bench:
    def __init__(self, options, directory, certs, text_of):
        self.options = options
        self.directory = directory
        self.certs = certs
        self.text_of = text_of
        self.serial = 0
        self.negotiated = {}

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

    def load(self, server, row, pair):
        return Load(self.options.load, server, self.certs, row, pair)

    def _failed(self, server, row, complaints):
        return BenchError(f"row {row.name} on {server.name}: {complaints}\n{server.log()}".rstrip())

    def _expect_same_tls(self, server, row, report):
        """Both servers must have agreed on the same protocol, or their times mean nothing."""
        seen = tuple(report[key] for key in ("protocol", "cipher", "group"))
        first, first_name = self.negotiated.setdefault(row.name, (seen, server.name))
        if seen != first:
            raise BenchError(f"row {row.name}: {server.name} negotiated {seen}, {first_name} {first}")

    def slice(self, server, row):
        """CPU nanoseconds of `row.count` operations."""
        with self.load(server, row, self.certs.client) as load:
            line = load.line()
            if line != "READY":
                raise self._failed(server, row, load.finish()[1])
            before = server.cpu_nanoseconds()
            load.go()
            report = json.loads(load.line() or "{}")
            time.sleep(0.005)  # the last close() of the server
            after = server.cpu_nanoseconds()
            good, complaints = load.finish()
        if not good or report.get("operations") != row.count:
            raise self._failed(server, row, complaints)
        self._expect_same_tls(server, row, report)
        return after - before

    def cpu_round(self, row, servers, first):
        """Microseconds per operation for each server; slices A B B A, so that a drift hits both alike."""
        spent = {name: 0 for name in servers}
        order = ["yett", "nginx"] if first else ["nginx", "yett"]
        for name in order + order[::-1]:
            spent[name] += self.slice(servers[name], row)
        return {name: total / (2 * row.count) / 1000 for name, total in spent.items()}

    def memory(self, name, row):
        """Kilobytes per connection, in a server that has seen only a few before."""
        with ExitStack() as stack:
            server = self.start(name, row.extra, stack)
            warm_up = Row("warm-up", "", "handshake", row.path, row.length, 20, 1)
            self.slice(server, warm_up)
            before = server.pss_kilobytes()
            with self.load(server, row, self.certs.client) as load:
                if load.line() != "READY":
                    raise self._failed(server, row, load.finish()[1])
                after = server.pss_kilobytes()
                good, complaints = load.finish()
            if not good:
                raise self._failed(server, row, complaints)
        return (after - before) / row.count

    def refuse(self, server, row):
        """A server that lets anyone in does less work: no certificate and a foreign one must be refused."""
        one = Row("door", "", "handshake", row.path, row.length, 1, 1)
        for pair, who in ((None, "without a certificate"), (self.certs.stranger, "of a foreign CA")):
            with self.load(server, one, pair) as load:
                line = load.line()
                load.finish()
            errors = json.loads(line)["errors"] if line.startswith("{") else {}
            if not set(errors) & {"status", "handshake", "closed"}:
                raise BenchError(f"{server.name} does not refuse a client {who}")


def note(text):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}")
        sys.stderr.flush()


def rounds_run(bench, rows, rounds):
    results = {row.name: Result(row) for row in rows}
    cpu_rows = [row for row in rows if not row.memory]
    sites_needed = list(dict.fromkeys(row.extra for row in cpu_rows))
    for number in range(rounds):
        first = number % 2 == 0
        for extra in sites_needed:
            with ExitStack() as stack:
                servers = {name: bench.start(name, extra, stack) for name in ("yett", "nginx")}
                if number == 0:  # a broken set-up is told before minutes of measuring
                    for server in servers.values():
                        bench.refuse(server, ROWS[0])
                for row in (row for row in cpu_rows if row.extra == extra):
                    note(f"round {number + 1} of {rounds}: {row.title}")
                    spent = bench.cpu_round(row, servers, first)
                    results[row.name].yett.append(spent["yett"])
                    results[row.name].nginx.append(spent["nginx"])
        for row in (row for row in rows if row.memory):
            note(f"round {number + 1} of {rounds}: {row.title}")
            results[row.name].yett.append(bench.memory("yett", row))
            results[row.name].nginx.append(bench.memory("nginx", row))
    note("")
    return [result.summary() for result in results.values()]


def verdict(summaries):
    above = [f"{one['row']} ({one['ratio']:.2f})" for one in summaries if one["ratio"] > 1.0]
    return f"above 1.0: {', '.join(above)}" if above else "no row is above 1.0"


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
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true",
                        help="two rounds of a tenth: shows that it runs, not how fast")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return parser.parse_args()


def bench_run(options):
    rows = rows_select(options.rows)
    if options.quick:
        options.rounds = 2
        rows = [Row(**{**asdict(row), "count": row.count // 10}) for row in rows]
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
            return sites.configuration(certs, directory / "html", port, extra)

        return rounds_run(Bench(options, directory, certs, text_of), rows, options.rounds)


def main():
    options = options_parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        summaries = bench_run(options)
    except (BenchError, ServerError, subprocess.CalledProcessError) as error:
        note("")
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print(json.dumps({"rows": summaries, "verdict": verdict(summaries)}) if options.json
          else table(summaries))
    return 0


if __name__ == "__main__":
    sys.exit(main())
