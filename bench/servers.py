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


def _pss_kilobytes_if_there(pid):
    try:
        return _pss_kilobytes(pid)
    except (OSError, ServerError):
        return 0


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

    def pss_kilobytes_now(self):
        """The same, while processes may come and go."""
        return sum(map(_pss_kilobytes_if_there, _tree(self.process.pid)))
