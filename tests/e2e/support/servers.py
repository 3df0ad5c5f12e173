# SPDX-License-Identifier: Apache-2.0
"""A running yett or nginx: started on a configuration text, watched, and stopped by its own pid."""

import functools
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
NGINX = os.environ.get("NGINX", "/usr/sbin/nginx")
YETT = os.environ.get("YETT", os.path.join(ROOT, "build", "yett"))
YETT_IS_NGINX = os.path.basename(os.path.realpath(YETT)) == "nginx"

SANITIZED = "asan" in os.path.realpath(YETT)
# A sanitized build keeps freed memory for a while: its growth says little.
SPARE_KB = 300_000 if SANITIZED else 0

REPORTS = re.compile(r"AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|ThreadSanitizer"
                     r"|runtime error:|Assertion .* failed|exited on signal")
_used_ports = set()


def free_port():
    """A loopback port below the ephemeral range, so that no outgoing connection can take it."""
    while True:
        port = random.randint(10000, 32000)
        if port in _used_ports:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _used_ports.add(port)
        return port


PATIENCE = 3    # on a machine that others use as well; a test that passes is not longer for it


def wait_for(condition, seconds=10.0, what="condition"):
    """Polls until condition() is true and returns its value. `seconds` on a machine that does nothing else."""
    seconds *= PATIENCE
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.01)


def sampled(items, turn=0, step=4):
    """All, or one in `step` where the sanitizers look: each test of a series, with its number as `turn`, takes
    others. E2E_WHOLE in the environment takes all there as well."""
    items = list(items)
    return items[turn % step::step] if SANITIZED and not os.environ.get("E2E_WHOLE") else items


def is_nginx(binary):
    return os.path.basename(os.path.realpath(binary)) == "nginx"


@functools.lru_cache(maxsize=None)
def version_of(binary):
    """What `-v` says, as numbers that compare: (1, 22, 1)."""
    said = subprocess.run([binary, "-v"], check=True, capture_output=True, text=True).stderr
    return tuple(int(n) for n in re.search(r"/([0-9.]+)", said)[1].split("."))


class Server:
    """One server process tree in a directory of its own.

    `conf` is the whole file, or `http` is what goes inside `http {}`. `@PORT@`, `@PORT2@` … become
    free ports, `@DIR@` the server's directory, `@HTTP2@` the directive, and `@KEY@` the value given for KEY.
    """

    def __init__(self, http=None, *, conf=None, main="", events="", binary=None, values=None,
                 files=None, options=None, log_level="info", start=True):
        self.binary = binary or YETT
        self.nginx = is_nginx(self.binary)
        self.dir = tempfile.mkdtemp(prefix="ye-")
        os.chmod(self.dir, 0o755)
        for sub in ("tmp", "html", "logs"):
            os.mkdir(os.path.join(self.dir, sub))
        self.ports = {}
        self.values = dict(values or {})
        self.conf_path = os.path.join(self.dir, "server.conf")
        self.pid_path = os.path.join(self.dir, "server.pid")
        self.log_path = os.path.join(self.dir, "error.log")
        self.stderr_path = os.path.join(self.dir, "stderr")
        self.log_level = log_level
        self.options = options or []
        self.process = None
        for path, text in (files or {}).items():
            self.write(path, text)
        if conf is None:
            conf = self.wrap(http or "", main, events)
        self.configure(conf)
        if start:
            self.start()

    # -- configuration ---------------------------------------------------------------------------

    def wrap(self, http, main="", events=""):
        foreign = ""
        if self.nginx:
            foreign = "".join(f"    {kind}_temp_path @DIR@/tmp/{kind};\n"
                              for kind in ("fastcgi", "uwsgi", "scgi"))
        user = "user root;\n" if os.geteuid() == 0 and "user " not in main else ""
        return (f"{user}pid @DIR@/server.pid;\nerror_log @DIR@/error.log {self.log_level};\n"
                f"{main}\nevents {{ {events} }}\nhttp {{\n"
                f"    client_body_temp_path @DIR@/tmp/body;\n"
                f"    proxy_temp_path @DIR@/tmp/proxy;\n{foreign}"
                + ("" if re.search(r"^ {0,4}access_log ", http, re.M) else
                   "    access_log off;\n")
                + http + "\n}\n")

    def expand(self, text):
        def value(match):
            key = match.group(1)
            if key == "DIR":
                return self.dir
            if key == "HTTP2":  # for tests that run over both protocols
                too_old = self.nginx and version_of(self.binary) < (1, 25, 1)
                return "" if too_old else "http2 on;"
            if key.startswith("PORT"):
                if key not in self.ports:
                    self.ports[key] = free_port()
                return str(self.ports[key])
            return str(self.values[key])
        return re.sub(r"@([A-Z][A-Z0-9_]*)@", value, text)

    def configure(self, conf):
        self.conf = self.expand(conf)
        with open(self.conf_path, "w", encoding="utf-8") as out:
            out.write(self.conf)

    def write(self, path, data):
        path = os.path.join(self.dir, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if isinstance(data, str):
            data = self.expand(data).encode()
        with open(path, "wb") as out:
            out.write(data)
        return path

    # -- running ---------------------------------------------------------------------------------

    def command(self, *args):
        return [self.binary, "-c", self.conf_path, "-p", self.dir, "-e", self.log_path, *args]

    def run(self, *args, check=False, timeout=30):
        """Runs the program once (-t, -s reload …) and returns the finished process."""
        done = subprocess.run(self.command(*args), capture_output=True, text=True,
                              timeout=timeout, env=self.environment(), check=False)
        assert not REPORTS.search(done.stderr), done.stderr
        if check:
            assert done.returncode == 0, done.stderr
        return done

    @staticmethod
    def environment():
        env = dict(os.environ)
        env.setdefault("ASAN_OPTIONS", "exitcode=99:detect_leaks=1")
        env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
        return env

    def start(self):
        with open(self.stderr_path, "ab") as err:
            self.process = subprocess.Popen(
                self.command("-g", "daemon off;", *self.options), stdin=subprocess.DEVNULL,
                stdout=err, stderr=err, env=self.environment())
        try:
            wait_for(lambda: self.process.poll() is not None or self.pid(), 20, "the pid file")
            assert self.process.poll() is None, \
                f"{self.binary} did not start:\n{self.stderr()}{self.log()}\n{self.conf}"
        except AssertionError:
            self.stop(check=False)
            raise
        return self

    def pid(self):
        try:
            with open(self.pid_path, encoding="ascii") as text:
                return int(text.read().strip() or 0)
        except (OSError, ValueError):
            return 0

    def kill(self, number):
        os.kill(self.process.pid, number)

    def stop(self, how=signal.SIGTERM, check=True, timeout=40, allow=""):
        """Ends the server; with check, asserts a clean end and no sanitizer report."""
        process, self.process = self.process, None
        if process is None:
            self.remove()
            return
        workers = self.descendants(process.pid)
        try:
            process.send_signal(how)
            try:
                process.wait(timeout)
            except subprocess.TimeoutExpired:
                for pid in workers + [process.pid]:
                    self._kill(pid)
                process.wait()
                raise AssertionError(f"{self.binary} did not end on signal {int(how)}: "
                                     f"{self.tail()}") from None
            if check:
                self.check_reports(allow)
                assert process.returncode == 0, \
                    f"exit code {process.returncode}\n{self.stderr()}\n{self.tail()}"
        finally:
            self.remove()

    def remove(self):
        if not os.environ.get("E2E_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    @staticmethod
    def _kill(pid):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def check_reports(self, allow=""):
        for text in (self.stderr(), self.log()):
            for line in text.splitlines():
                if allow and re.search(allow, line):
                    continue
                assert not REPORTS.search(line), text[-6000:]

    # -- looking -------------------------------------------------------------------------------

    def port(self, key="PORT"):
        return self.ports[key]

    def read(self, path):
        try:
            with open(os.path.join(self.dir, path), encoding="utf-8", errors="replace") as text:
                return text.read()
        except OSError:
            return ""

    def log(self):
        return self.read("error.log")

    def stderr(self):
        return self.read("stderr")

    def tail(self, size=3000):
        return self.log()[-size:]

    def wait_log(self, pattern, path="error.log", seconds=10.0):
        return wait_for(lambda: re.search(pattern, self.read(path)), seconds,
                        f"{pattern!r} in {path}:\n{self.read(path)[-2000:]}")

    @staticmethod
    def children(pid):
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as text:
                return [int(p) for p in text.read().split()]
        except OSError:
            return []

    @classmethod
    def descendants(cls, pid):
        found = []
        for child in cls.children(pid):
            found += [child] + cls.descendants(child)
        return found

    def workers(self):
        return self.descendants(self.process.pid)

    def fd_count(self):
        return sum(len(os.listdir(f"/proc/{p}/fd")) for p in self.workers())

    def cpu_seconds(self):
        """What the workers have computed so far: a measure that others on the machine do not change."""
        ticks = 0
        for pid in self.workers():
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as text:
                user, system = text.read().rpartition(")")[2].split()[11:13]
            ticks += int(user) + int(system)
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory_kb(self):
        total = 0
        for pid in self.workers():
            with open(f"/proc/{pid}/status", encoding="ascii") as text:
                total += int(re.search(r"VmRSS:\s+(\d+)", text.read()).group(1))
        return total

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.stop(check=kind is None)
