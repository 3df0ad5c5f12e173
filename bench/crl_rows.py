# SPDX-License-Identifier: Apache-2.0
"""The rows of revocation lists: what a full handshake costs under a list of some size."""

from contextlib import ExitStack

import revocation
import sites
from certificates import Pair
from measure import NAMES, BenchError, Row, note

# nginx verifies the signature of the whole list in each handshake: 50 ms under a million entries.
NGINX_SLOW = {100_000: 16, 1_000_000: 4, 10_000_000: 0}
SIZES = ((0, "0", "empty CRL"), (10_000, "10k", "CRL of 10,000"),
         (100_000, "100k", "CRL of 100,000"), (1_000_000, "1m", "CRL of 1,000,000"),
         (10_000_000, "10m", "CRL of 10,000,000"))
# More than the handshakes that a server meets before it is stopped, or yett-load complains.
LEAVES = 1000
# Up and down the rows so many times a round.
SWEEPS = 4
PATIENCE = 120  # seconds until a server has read the longest list
OWN_MOST = 1.05  # a million entries cost at most so many times what none cost


def _row(entries, name, title, first):
    extra = "" if entries is None else f"ssl_crl {{directory}}/crl/{entries}.pem;"
    kind, suffix = ("new client", "-first") if first else ("returning client", "")
    return Row(f"crl{name}{suffix}", f"{kind}, {title}", "handshake", "/small", sites.SMALL, 32, 16,
               extra=extra, base=f"crl0{suffix}", entries=entries,
               first=first, nginx_count=NGINX_SLOW.get(entries))


ROWS = tuple(_row(entries, name, title, first) for first in (False, True)
             for entries, name, title in ((None, "none", "no CRL"), *SIZES))


def list_path(bench, entries):
    return bench.directory / "crl" / f"{entries}.pem"


def prepare(bench, sizes):
    """Makes the clients, and lists of these numbers of entries."""
    certs = bench.certs
    directory = bench.directory / "crl"
    directory.mkdir()
    note("making clients")
    revoked, *leaves = revocation.leaves_make(certs.authorities[0], certs.client.cert, LEAVES + 1)
    chain = directory / "revoked.chain.pem"
    chain.write_text(revocation.leaf_text(revoked) + certs.authorities[0].cert.read_text())
    bench.revoked = Pair(chain, certs.client.key)
    bench.leaves = directory / "leaves.pem"
    bench.leaves.write_text("".join(map(revocation.leaf_text, leaves)))
    for entries in sizes:
        note(f"making a list of {entries:,} entries")
        revocation.lists_make(list_path(bench, entries), certs.authorities, entries,
                              [revoked.serial_number])


def _servers(bench, rows, first, check, stack):
    """One for each list and program: rows of the same list share them."""
    servers = {}
    for row in rows:
        for name in (row.names if first else row.names[::-1]):
            if (row.extra, name) not in servers:
                note(f"starting {name}: {row.title}")
                server = bench.start(name, row.extra, stack, PATIENCE)
                servers[row.extra, name] = server
                if check:
                    bench.refuse(server, row)
    return servers


def _warm_up(loads):
    """A slice of each, not counted, in which all must negotiate alike."""
    seen = set()
    for row, name, load in loads:
        note(f"warming up {name}: {row.title}")
        report = load.slice()[1]
        seen.add(tuple(report[key] for key in ("protocol", "cipher", "group")))
    if len(seen) != 1:
        raise BenchError(f"rows of revocation lists: different handshakes: {seen}")


def round_run(bench, rows, number):
    """All rows side by side, so that each is compared with what the same moment gave the others."""
    first = number % 2 == 0
    samples = {row.name: {name: [] for name in NAMES} for row in rows}
    with ExitStack() as stack:
        servers = _servers(bench, rows, first, number == 0, stack)
        loads = [(row, name, bench.load(servers[row.extra, name], row.of(name), stack))
                 for row in rows for name in (row.names if first else row.names[::-1])]
        loads = loads if first else loads[::-1]
        _warm_up(loads)
        for sweep in range(bench.options.sweeps):
            note(f"round {number + 1} of {bench.options.rounds}, lists, "
                 f"sweep {sweep + 1} of {bench.options.sweeps}")
            for row, name, load in loads + loads[::-1]:
                samples[row.name][name].append(load.slice()[0])
    return samples


def verdict(summaries):
    """Which lists cost yett more than they may, compared with an empty one."""
    above = [one for one in summaries
             if one["entries"] and one["own"] is not None and one["own"] > OWN_MOST]
    every = ", ".join(f"{one['row']} ({one['own']:.3f})" for one in above
                      if one["own_min"] > OWN_MOST)
    median = ", ".join(f"{one['row']} ({one['own']:.3f})" for one in above
                       if one["own_min"] <= OWN_MOST)
    parts = ([f"in every round: {every}"] if every else []) + \
            ([f"by the median: {median}"] if median else [])
    return f"above {OWN_MOST} of yett's cost with an empty CRL {'; '.join(parts)}" if parts else ""
