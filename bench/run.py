#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark: yett and nginx on one configuration, their CPU time and memory as ratios.

See docs/benchmark.md for what is measured and how to read it.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import certificates
import crl_load
import crl_rows
import sites
from measure import NAMES, Bench, BenchError, Result, Row, note
from servers import Server, ServerError, free_port

ROOT = Path(__file__).resolve().parent.parent
# A slice is some 30 to 50 ms of a server's time: short against the drifts of a shared machine.
ROWS = (
    Row("handshake", "full handshake, returning client", "handshake", "/small", sites.SMALL, 32,
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
    Row("h2-small", "HTTP/2: small answer", "request", "/small", sites.SMALL, 2400, 16, streams=1),
    Row("h2-proxy", "HTTP/2: proxied request", "request", "/backend/", sites.SMALL, 1200, 16,
        streams=1),
    Row("h2-body", "HTTP/2: 1 MB body", "body", "/files/large", sites.LARGE, 32, 8, streams=1),
    Row("h2-huge", "HTTP/2: 10 MB body", "body", "/files/huge", sites.HUGE, 4, 2, streams=1),
    Row("h2-ten", "HTTP/2: ten small answers at once", "request", "/small", sites.SMALL, 320, 16,
        streams=10),
    Row("h2-ten-proxy", "HTTP/2: ten proxied requests at once", "request", "/backend/",
        sites.SMALL, 160, 4, streams=10),
    Row("h2-idle", "HTTP/2: memory of an idle connection", "idle", "/small", sites.SMALL, 1000, 16,
        memory=True, streams=1),
    *crl_rows.ROWS,
)
ROUNDS = 7
# New servers and connections a turn: where these happen to lie in memory and in the kernel's
# tables is worth some percent, and only repetition levels it.
TURNS = 7


def cpu_turn(bench, rows, samples, number):
    """One turn of rows that have `extra` and protocol in common, on fresh servers."""
    first = number % 2 == 0
    with ExitStack() as stack:
        http2 = bool(rows[0].streams)
        servers = {name: bench.start(name, rows[0].extra, stack, http2=http2)
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
    lists = [row for row in rows if row.base]
    alike = {}
    for row in rows:
        if not row.memory and not row.base:
            alike.setdefault((row.extra, bool(row.streams)), []).append(row)
    for turn in range(turns):
        note(f"round {number + 1} of {bench.options.rounds}, turn {turn + 1} of {turns}")
        for group in alike.values():
            cpu_turn(bench, group, samples, number * turns + turn)
    for row in (row for row in rows if row.memory):
        note(f"round {number + 1} of {bench.options.rounds}: {row.title}")
        for name in NAMES:
            samples[row.name][name].append(bench.memory(name, row))
    if lists:
        samples.update(crl_rows.round_run(bench, lists, number))
    for row in rows:
        results[row.name].add(**samples[row.name], base=samples.get(row.base, {}).get("yett", ()))


def rounds_run(bench, rows, loading):
    """Summaries of the rows, and of lists renamed into place if that is wanted, else None."""
    results = {row.name: Result(row) for row in rows}
    loads = []
    for number in range(bench.options.rounds):
        round_run(bench, rows, results, number)
        if loading:
            loads.append(crl_load.round_run(bench, number))
    note("")
    return ([result.summary() for result in results.values()],
            crl_load.summary(loads) if loading else None)


def lists_prepare(bench, rows, loading):
    sizes = {row.entries for row in rows if row.entries is not None}
    sizes |= {0, crl_load.ENTRIES} if loading else set()
    if loading or any(row.base for row in rows):
        crl_rows.prepare(bench, sorted(sizes))


def verdict(summaries):
    """Which rows are above 1.0, and whether every round says so or only the median."""
    def named(rows):
        return ", ".join(f"{row['row']} ({row['ratio']:.3f})" for row in rows)

    above = [one for one in summaries if one["ratio"] is not None and one["ratio"] > 1.0]
    every = [one for one in above if one["ratio_min"] > 1.0]
    median = [one for one in above if one["ratio_min"] <= 1.0]
    parts = ([f"above 1.0 in every round: {named(every)}"] if every else []) + \
            ([f"above 1.0 by the median: {named(median)}"] if median else [])
    return "; ".join(parts) or "no row is above 1.0"


def verdicts(summaries):
    """A line about nginx and, if there is something to say, one about revocation lists."""
    return [line for line in (verdict(summaries), crl_rows.verdict(summaries)) if line]


def version(program):
    """What the program calls itself."""
    done = subprocess.run([program, "-v"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return (done.stdout.splitlines() or [""])[0]


def ratio_columns(one, key):
    if one[key] is None:
        return f"{'-':>6}   {'':13}"
    return f"{one[key]:6.3f}   {one[key + '_min']:.3f} - {one[key + '_max']:.3f}"


def table(summaries):
    """The rows; those of revocation lists have their ratio to yett's own base row beside them."""
    own = any(one["base"] for one in summaries)
    lines = [f"{'':42} {'unit':>8} {'yett':>9} {'nginx':>9} {'ratio':>6}   min - max" +
             (f"     {'to empty':>8}   min - max" if own else "")]
    for one in summaries:
        nginx = "-" if one["nginx"] is None else f"{one['nginx']:.2f}"
        line = (f"{one['title']:42} {'KB' if one['unit'].startswith('KB') else 'us':>8} "
                f"{one['yett']:9.2f} {nginx:>9} {ratio_columns(one, 'ratio')}")
        lines.append((line + "   " + "  " + ratio_columns(one, "own") if one["base"] else line)
                     .rstrip())
    return "\n".join(lines + verdicts(summaries))


def rows_select(names):
    """The rows of a list of names (None: the usual ones), and whether crlload is among them."""
    if names is None:
        return [row for row in ROWS if row.default], True
    known = {row.name: row for row in ROWS} | {crl_load.NAME: None}
    names = list(dict.fromkeys(names.split(",")))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BenchError(f"no such row: {', '.join(unknown)}; there are: {', '.join(known)}")
    return [known[name] for name in names if known[name]], crl_load.NAME in names


def options_parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--yett", type=Path, default=ROOT / "build" / "yett", metavar="PATH")
    parser.add_argument("--nginx", type=Path, default=Path("/usr/sbin/nginx"), metavar="PATH")
    parser.add_argument("--load", type=Path, default=ROOT / "build" / "bench" / "yett-load",
                        metavar="PATH", help="the load generator")
    parser.add_argument("--rows", metavar="A,B,...",
                        help="of: " + ", ".join([*(row.name for row in ROWS), crl_load.NAME]))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--turns", type=int, default=TURNS, help="turns of a round")
    parser.add_argument("--sweeps", type=int, default=crl_rows.SWEEPS, metavar="N",
                        help="sweeps of a round, in rows of revocation lists")
    parser.add_argument("--quick", action="store_true",
                        help="one round of one turn: shows that it runs, not how fast")
    parser.add_argument("--cpu", type=int, default=max(os.sched_getaffinity(0)), metavar="N",
                        help="the processor that everything runs on, -1 for any")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return parser.parse_args()


def bench_run(options):
    rows, loading = rows_select(options.rows)
    if options.quick:
        options.rounds, options.turns, options.sweeps = 1, 1, 1
    options.all_cpus = os.sched_getaffinity(0)
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

        bench = Bench(options, directory, certs, text_of)
        lists_prepare(bench, rows, loading)
        return rounds_run(bench, rows, loading)


def main():
    options = options_parse()
    for number in (signal.SIGTERM, signal.SIGHUP):  # unwind, so that the servers are stopped
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        summaries, loaded = bench_run(options)
    except (BenchError, ServerError, OSError, subprocess.CalledProcessError) as error:
        note("")
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    programs = {name: f"{getattr(options, name)} ({version(getattr(options, name))})"
                for name in NAMES}
    if options.json:
        print(json.dumps({"programs": programs, "rows": summaries, "load": loaded,
                          "verdict": "; ".join(verdicts(summaries))}))
        return 0
    print(*(f"{name}: {programs[name]}" for name in NAMES), sep="\n")
    if summaries:
        print(table(summaries))
    if loaded is not None:
        print(crl_load.table(loaded))
    return 0


if __name__ == "__main__":
    sys.exit(main())
