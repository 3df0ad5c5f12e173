# SPDX-License-Identifier: Apache-2.0
"""A server under measurement: its processes, started and stopped by pid, their time and memory."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path


class ServerError(Exception):
    """A server did not start, stop or stay as it should."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _children(pid):
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:  # the thread has ended
            pass
    return found


def _tree(pid):
    """The process and its descendants."""
    pids = [pid]
    for one in pids:
        pids += _children(one)
    return pids


def _cpu_nanoseconds(pid):
    # The kernel's CPU clock of a process (clock_getcpuclockid(3)): user and system time of all its
    # threads, those that have ended too, in nanoseconds. utime and stime of /proc/PID/stat are the
    # same time in ticks of ten milliseconds.
    return time.clock_gettime_ns((~pid << 3) | 2)


def _pss_kilobytes(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise ServerError(f"no Pss for process {pid}")


def _maps(pid):
    """(inode, bytes, kilobytes of Pss) of each mapping of memfd_create(2); inode 0: the others."""
    mapping = (0, 0)
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        words = line.split(maxsplit=5)
        if not words[0].endswith(":"):
            start, end = (int(word, 16) for word in words[0].split("-"))
            memfd = len(words) > 5 and words[5].startswith("/memfd:")
            mapping = (int(words[4]), end - start) if memfd else (0, 0)
        elif words[0] == "Pss:":
            yield *mapping, int(words[1])


def _descriptors(pid):
    """(inode, bytes in memory) of each open file of memfd_create(2)."""
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if os.readlink(entry).startswith("/memfd:"):
                status = entry.stat()
                yield status.st_ino, status.st_blocks * 512
        except OSError:  # closed meanwhile
            pass


def _resident_kilobytes(pids):
    """Pss, but a file of memfd_create(2) counts with all it holds in memory, once, whether the
    pages are mapped by anyone just now or not: only its end gives them back."""
    private, mapped, held = 0, {}, {}
    for pid in pids:
        try:
            for inode, size, pss in _maps(pid):
                if inode == 0:
                    private += pss
                else:
                    mapped[inode] = max(mapped.get(inode, 0), size)
            held.update(_descriptors(pid))
        except OSError:  # the process has ended
            pass
    return private + sum((mapped | held).values()) / 1024  # the descriptor knows better


class Server:
    """An nginx, or a program with nginx's command line, running in the foreground."""

    def __init__(self, name, program, prefix, port):
        self.name = name
        self.port = port
        self.prefix = prefix
        self.argv = [str(program), "-p", f"{prefix}/", "-c", f"{prefix}/conf/bench.conf",
                     "-e", "logs/error.log"]
        self.process = None
        self.pids = []  # of the tree, once measured

    def start(self, patience=10):
        """Returns, after `patience` seconds at most, when the port accepts connections and the workers exist."""
        with open(self.prefix / "logs" / "output.log", "ab") as output:
            self.process = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, start_new_session=True)
        deadline = time.monotonic() + patience
        while not (self._accepts() and _children(self.process.pid)):
            if self.process.poll() is not None:
                raise ServerError(f"{self.name} ended at once with status "
                                  f"{self.process.returncode}:\n{self.log()}".rstrip())
            if time.monotonic() > deadline:
                raise ServerError(f"{self.name} does not listen on port {self.port}:\n{self.log()}")
            time.sleep(0.02)

    def _accepts(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self):
        """Asks the master to end; after five seconds ends what is left of its process group."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process = None

    def log(self):
        """The end of what the server had to say."""
        text = ""
        for name in ("output.log", "error.log"):
            path = self.prefix / "logs" / name
            if path.exists():
                text += "".join(path.read_text(errors="replace").splitlines(True)[-10:])
        return text

    def _sum(self, measure):
        pids = _tree(self.process.pid)
        self.pids = self.pids or pids  # the first time is after a warm-up: all workers are there
        if pids != self.pids:
            raise ServerError(f"{self.name}'s processes changed while measured:\n{self.log()}")
        return sum(map(measure, pids))

    def cpu_nanoseconds(self):
        """User and system time since the start, master and workers."""
        return self._sum(_cpu_nanoseconds)

    def pss_kilobytes(self):
        """Resident memory, shared pages divided among those who share them, master and workers."""
        return self._sum(_pss_kilobytes)

    def resident_kilobytes(self):
        """The same with all of memory files, and while processes may come and go."""
        return _resident_kilobytes(_tree(self.process.pid))
