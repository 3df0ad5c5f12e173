# SPDX-License-Identifier: Apache-2.0
"""The certificate authority's speed: a thousand certificates in one call beside bare keys and
signatures, and commands on a store of a million certificates.

ext4 makes files slowly for a minute after many were deleted (it does not give their numbers away again
so soon), this benchmark's own of the run before among them: wait that long, or set TMPDIR to another
file system.

    /usr/bin/python3 bench/authority.py [--build build] [--rows 1000000] [--revoked 10000] [--rounds 5]
"""

import argparse
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time

NAMES = 1000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default="build")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--revoked", type=int, default=10_000, help="of them, for the first part")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


class Bench:
    def __init__(self, options, top):
        self.options, self.top = options, top
        self.yett = os.path.join(options.build, "yett")
        self.passphrase = os.path.join(top, "passphrase")
        with open(self.passphrase, "w", encoding="ascii") as out:
            out.write("a passphrase to measure with\n")

    def ca(self, directory, command, *args):
        """Milliseconds of wall clock."""
        words = [self.yett, "ca", command, "--dir", os.path.join(self.top, directory), *args]
        if command not in ("list", "show"):
            words += ["--passphrase-file", self.passphrase]
        start = time.perf_counter()
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
        return (time.perf_counter() - start) * 1e3

    def middle(self, measure):
        return statistics.median(measure(i) for i in range(self.options.rounds))

    def issue(self):
        names = os.path.join(self.top, "names")

        def bare(_):
            done = subprocess.run([os.path.join(self.options.build, "bench/bare-keys"), str(NAMES)],
                                  check=True, capture_output=True, text=True)
            return float(done.stdout)

        def ours(i):
            with open(names, "w", encoding="ascii") as out:
                out.writelines(f"m{i}-{j}\n" for j in range(NAMES))
            return self.ca("small", "issue", "machine", "--from-file", names)

        self.ca("small", "init")
        keys, whole = self.middle(bare), self.middle(ours)
        one = self.middle(lambda i: self.ca("small", "issue", "machine", f"one{i}"))
        print(f"{NAMES} bare key pairs and signatures  {keys:8.0f} ms")
        print(f"{NAMES} certificates in one call       {whole:8.0f} ms  = {whole / keys:.2f} times")
        print(f"one certificate                      {one:8.0f} ms")

    def fill(self):
        """Rows as issue makes them, but with one certificate's DER for all."""
        self.ca("big", "init")
        self.ca("big", "issue", "machine", "model")
        store = sqlite3.connect(os.path.join(self.top, "big", "ca.db"))
        der, = store.execute("SELECT der FROM certificate WHERE name = 'model'").fetchone()
        now = int(time.time())
        rows = ((bytes([0x40 | os.urandom(1)[0] & 0x3f]) + os.urandom(15), f"machine{i}",
                 f"CN=machine{i}", f"dns:machine{i}", der, now - 10, now + 10_000_000 + i,
                 *((now - 5, i % 7) if i < self.options.revoked else (None, None)))
                for i in range(self.options.rows))
        with store:
            store.executemany(
                "INSERT INTO certificate (serial, issuer, kind, name, subject, sans, der,"
                " not_before, not_after, has_key, current, revoked_at, reason, complete)"
                " VALUES (?, 2, 2, ?, ?, ?, ?, ?, ?, 0, 1, ?, ?, 1)", rows)
        store.close()

    def serial(self, number):
        store = sqlite3.connect(os.path.join(self.top, "big", "ca.db"))
        found, = store.execute("SELECT hex(serial) FROM certificate WHERE name = ?",
                               (f"machine{number}",)).fetchone()
        store.close()
        return found

    def revoke_rest(self):
        store = sqlite3.connect(os.path.join(self.top, "big", "ca.db"))
        with store:
            store.execute("UPDATE certificate SET revoked_at = not_before, reason = 1"
                          " WHERE revoked_at IS NULL AND kind = 2")
        store.close()

    def big(self):
        rows = self.options.rows
        self.fill()
        serial = self.serial(rows // 3)
        for what, words in (("list", ()), ("list", (f"machine{rows // 20}*",)),
                            ("list", (f"*{rows // 20}",)), ("list", ("--status", "revoked")),
                            ("list", ("--status", "expired")), ("show", (f"machine{rows // 2}",)),
                            ("show", ("--serial", serial))):
            cost = self.middle(lambda _, w=what, a=words: self.ca("big", w, *a))
            print(f"{' '.join((what, *words))[:36]:36} {cost:8.0f} ms")
        cost = self.middle(lambda i: self.ca("big", "revoke", f"machine{rows - 1 - i}"))
        print(f"revoke one ({self.options.revoked} in the list)".ljust(36), f"{cost:8.0f} ms")
        self.revoke_rest()
        cost = self.middle(lambda _: self.ca("big", "crl"))
        size = os.path.getsize(os.path.join(self.top, "big", "intermediate.crl")) / 1e6
        print(f"crl, all revoked ({size:.0f} MB)".ljust(36), f"{cost:8.0f} ms")


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="ye-ca-") as top:
        bench = Bench(options, top)
        bench.issue()
        if options.rows:
            print(f"\n{options.rows} certificates in the store")
            bench.big()


if __name__ == "__main__":
    main()
