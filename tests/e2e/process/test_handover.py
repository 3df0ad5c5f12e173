# SPDX-License-Identifier: Apache-2.0
"""A reload passes the clients on in one moment: new rules, once seen, hold for whoever comes later.

Also for those who stay: an upgraded connection lives on only while the new configuration asks of its
client what the old one did.
"""

import os
import re
import signal
import threading
import time

import pytest

from support import rawhttp
from support.backend import websocket
from support.rawhttp import Conn, ask, build
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("both generations accept for a moment, and tunnels stay")

SAYS = "server { listen 127.0.0.1:@PORT@; location / { return 200 '@GEN@'; } }"


class Handover:
    """A server that says @GEN@, and the processes of its configurations, oldest first."""

    def __init__(self, serve, threads=1):
        self.main = f"worker_processes {threads};"
        self.server = serve(SAYS, values={"GEN": "0"}, main=self.main)
        self.master = self.server.process.pid

    def reload(self, gen):
        self.server.values["GEN"] = str(gen)
        self.server.configure(self.server.wrap(SAYS, self.main))
        self.server.kill(signal.SIGHUP)

    def generations(self):
        return sorted(self.server.children(self.master))

    def workers(self, generation):
        """Its children that serve: while it loads, others come and go."""
        return [pid for pid in self.server.children(generation) if self.title(pid).startswith("yett: worker")]

    @staticmethod
    def title(pid):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as text:
                return text.read()
        except OSError:
            return ""

    def next_after(self, generation):
        """A generation started since, with its worker."""
        def found():
            new = [g for g in self.generations() if g > generation]
            workers = self.workers(new[-1]) if new else []
            return (new[-1], workers[0]) if workers else None
        return wait_for(found, 10, "the next generation")

    @staticmethod
    def was_told_to_quit(pid):
        with open(f"/proc/{pid}/status", encoding="ascii") as text:
            pending = re.search(r"ShdPnd:\s+(\w+)", text.read())[1]
        return int(pending, 16) >> signal.SIGQUIT - 1 & 1

    def halted(self):
        """The old worker stopped in the middle of a reload to 1: (its generation, it), (the new).

        The new worker is ready.
        """
        generation = self.generations()[0]
        worker = self.workers(generation)[0]
        os.kill(worker, signal.SIGSTOP)
        self.reload(1)
        new = self.next_after(generation)
        wait_for(lambda: self.was_told_to_quit(worker), 5, "the order to finish")
        return (generation, worker), new

    def answer(self, timeout=8.0):
        return ask(self.server.port(), timeout=timeout).text

    def nobody_answers(self, seconds):
        with pytest.raises(TimeoutError):
            self.answer(seconds)

    def says(self, gen, seconds=8.0):
        wait_for(lambda: self.answer(seconds) == str(gen), seconds, f"generation {gen}")
        assert {self.answer() for _ in range(20)} == {str(gen)}

    @staticmethod
    def ends(pid):
        def ended():
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii") as text:
                    return text.read().rsplit(")", 1)[1].split()[0] == "Z"
            except (FileNotFoundError, ProcessLookupError):
                return True
        wait_for(ended, 8, f"process {pid} to end")


def ask_on(port, stop, answers, failures):
    """Asks on new connections until told to stop: (when it began, when it was answered, answer)."""
    while not stop.is_set():
        begun = time.monotonic()
        try:
            text = ask(port, timeout=10).text
            answers.append((begun, time.monotonic(), int(text)))
        except Exception as error:  # noqa: BLE001 (a thread must hand over whatever happened)
            failures.append(repr(error))


class Clients:
    """Several that ask in a loop, while something happens."""

    def __init__(self, port, n=4):
        self.stop, self.answers, self.failures = threading.Event(), [], []
        self.threads = [threading.Thread(target=ask_on, args=(port, self.stop, self.answers,
                                                              self.failures)) for _ in range(n)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def seen(self, gen, seconds=10):
        wait_for(lambda: any(a[2] == gen for a in self.answers[-50:]), seconds, f"an answer {gen}")

    def never_back(self):
        """Who began after somebody had an answer of one generation got none of an earlier one."""
        assert not self.failures, self.failures[:5]
        latest = max(a[2] for a in self.answers)
        for gen in range(1, latest + 1):
            first = min(a[1] for a in self.answers if a[2] >= gen)
            late = [a for a in self.answers if a[0] > first and a[2] < gen]
            assert not late, f"{len(late)} answers of before {gen}, up to " \
                             f"{max(a[0] for a in late) - first:.4f} s later"
        return latest


@pytest.mark.parametrize("threads", [1, 2])
def test_no_old_answer_after_a_new_one(serve, threads):
    handover = Handover(serve, threads)
    with Clients(handover.server.port()) as clients:
        clients.seen(0)
        for gen in range(1, 13):
            handover.reload(gen)
            clients.seen(gen)
    assert clients.never_back() == 12


def test_no_old_answer_after_a_new_one_when_the_generation_dies(serve):
    """The files have changed since, and are read again; its worker finishes."""
    handover = Handover(serve, 2)
    handover.server.configure(handover.server.wrap(SAYS.replace("@GEN@", "1"), handover.main))
    with Clients(handover.server.port()) as clients:
        time.sleep(1.2)  # after so long it is replaced at once
        os.kill(handover.generations()[0], signal.SIGKILL)
        clients.seen(1)
    assert clients.never_back() == 1
    handover.server.stop(allow="exited on signal 9")


def test_a_worker_in_the_place_of_another_serves(serve):
    """What it serves is what its generation has read, whatever the files say by then."""
    handover = Handover(serve)
    handover.reload(1)
    handover.says(1)
    handover.server.configure(handover.server.wrap(SAYS.replace("@GEN@", "2"), handover.main))
    generation = handover.generations()[-1]
    os.kill(handover.workers(generation)[0], signal.SIGKILL)
    assert handover.answer() == "1"
    handover.server.stop(allow="exited on signal 9")


def test_clients_wait_for_the_old_worker(serve):
    handover = Handover(serve)
    (_, old), _ = handover.halted()
    try:
        handover.nobody_answers(1)
    finally:
        os.kill(old, signal.SIGCONT)
    handover.says(1)
    assert "did not stop accepting" not in handover.server.log()


def test_a_stuck_worker_is_not_waited_for_long(serve):
    handover = Handover(serve)
    (_, old), _ = handover.halted()
    try:
        assert handover.answer() == "1"
        assert "[alert]" in handover.server.log()
        handover.server.wait_log(r"did not stop accepting clients within 2 seconds")
    finally:
        os.kill(old, signal.SIGCONT)
    handover.ends(old)
    handover.says(1)


@pytest.mark.parametrize("first", ["old worker closes", "new worker is replaced"])
def test_the_new_worker_dies(serve, first):
    handover = Handover(serve)
    (_, old), (generation, new) = handover.halted()
    os.kill(new, signal.SIGKILL)
    if first == "new worker is replaced":
        wait_for(lambda: new not in handover.workers(generation) and handover.workers(generation),
                 4, "another worker")
        handover.nobody_answers(0.3)
    os.kill(old, signal.SIGCONT)
    handover.says(1)
    assert generation in handover.generations()
    handover.server.stop(allow="exited on signal 9")


def test_the_new_generation_dies(serve):
    """The old worker takes no clients any more: the files are loaded again at once."""
    handover = Handover(serve)
    (_, old), (generation, new) = handover.halted()
    os.kill(generation, signal.SIGKILL)
    third, _ = handover.next_after(generation)
    handover.nobody_answers(0.3)
    os.kill(old, signal.SIGCONT)
    handover.says(1)
    wait_for(lambda: handover.generations() == [third], 5, "the old generation to end")
    handover.ends(new)
    handover.server.stop(allow="exited on signal 9")


@pytest.mark.parametrize("with_worker", [False, True])
def test_the_old_generation_dies(serve, with_worker):
    """Its worker lives on and would accept: its end is waited for, and not longer."""
    handover = Handover(serve)
    (generation, old), (new, _) = handover.halted()
    os.kill(generation, signal.SIGKILL)
    if with_worker:
        os.kill(old, signal.SIGKILL)
        assert handover.answer(1.0) == "1"
    else:
        handover.nobody_answers(0.5)
        os.kill(old, signal.SIGCONT)
    handover.says(1)
    handover.ends(old)
    wait_for(lambda: handover.generations() == [new], 5, "the old generation to be gone")
    assert "did not stop accepting" not in handover.server.log()


def test_a_reload_during_a_reload(serve):
    handover = Handover(serve)
    (_, old), (generation, _) = handover.halted()
    handover.reload(2)
    time.sleep(0.3)
    assert handover.generations()[-1] == generation, "one after the other"
    os.kill(old, signal.SIGCONT)
    handover.says(2)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
def test_the_end_during_a_reload(serve, how):
    handover = Handover(serve)
    (_, old), _ = handover.halted()
    handover.server.kill(how)
    time.sleep(0.2)
    os.kill(old, signal.SIGCONT)
    handover.server.process.wait(5)
    assert "did not stop accepting" not in handover.server.log()
    assert not os.path.exists(handover.server.pid_path)


# -- tunnels -----------------------------------------------------------------------------------------

TUNNEL = """
    map $http_upgrade $connection_upgrade { default upgrade; "" close; }
    proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    server { listen 127.0.0.1:@PORT2@; location / { return 200 'version @GEN@'; } }
    @REST@
"""
PROXY = "location / { proxy_pass http://@B@; }"
FRONT = "server { listen 127.0.0.1:@PORT@ ssl; server_name front.test; %s " + PROXY + " }"
OTHER = "server { listen 127.0.0.1:@PORT@ ssl; server_name other.test; %s " + PROXY + " }"
PLAIN = "server { listen 127.0.0.1:@PORT@; server_name front.test; %s " + PROXY + " }"
CA = "ssl_client_certificate @PKI@/ca.crt;"
BOTH = "ssl_client_certificate @PKI@/both-ca.crt;"
ON, OPTIONAL = f"ssl_verify_client on; {CA}", f"ssl_verify_client optional; {CA}"

# name: (whether it is TLS, before, after)
CLOSED = {
    "other authorities": (True, FRONT % ON, FRONT % f"ssl_verify_client on; {BOTH}"),
    "other depth": (True, FRONT % (ON + "ssl_verify_depth 2;"), FRONT % (ON + "ssl_verify_depth 3;")),
    "off, now on": (True, FRONT % "", FRONT % ON),
    "optional, now on": (True, FRONT % OPTIONAL, FRONT % ON),
    "no list, now one": (True, FRONT % ON, FRONT % (ON + "ssl_crl @PKI@/all.crl;")),
    "another list": (True, FRONT % (ON + "ssl_crl @PKI@/none-revoked.crl;"),
                     FRONT % (ON + "ssl_crl @PKI@/all.crl;")),
    "by the other block now": (True, FRONT % ON, OTHER % ON),
    "port gone": (True, FRONT % ON, (FRONT % ON).replace("@PORT@", "@PORT3@")),
    "plain, now TLS": (False, PLAIN % "", FRONT % ""),
    # The block that would be right is shadowed by one that asks for something else.
    "shadowed": (True, FRONT % "", FRONT % ON + FRONT % ""),
}
KEPT = {
    "demanding": (True, FRONT % ON, FRONT % (ON + "add_header X y;")),
    "with a list": (True, FRONT % (ON + "ssl_crl @PKI@/all.crl;"),
                    FRONT % (ON + "ssl_crl @PKI@/all.crl; gzip off;")),
    "asking nothing": (True, FRONT % "", FRONT % "add_header X y;"),
    "plain": (False, PLAIN % "", PLAIN % "add_header X y;"),
    "other block is new": (True, FRONT % OPTIONAL, OTHER % ON + FRONT % OPTIONAL),
    "other block demands more": (True, FRONT % ON + OTHER % "", FRONT % ON + OTHER % ON),
    "address in other words": (True, FRONT % ON, (FRONT % ON).replace("127.0.0.1:@PORT@",
                                                                     "localhost:@PORT@")),
}


class Tunnels:
    """A server with tunnels through it."""

    def __init__(self, serve, backend, pki, tls, before, main=""):
        backend.on("/ws", websocket)
        self.main = main
        self.server = serve(TUNNEL.replace("@REST@", before), main=main,
                            values={"B": backend.address, "GEN": "0"})
        self.tls = rawhttp.tls_context(pki, "good") if tls else None

    def configure(self, rest, gen):
        self.server.values["GEN"] = str(gen)
        self.server.configure(self.server.wrap(TUNNEL.replace("@REST@", rest), self.main))

    def wait(self, gen):
        wait_for(lambda: ask(self.server.port("PORT2")).text == f"version {gen}", 10, "the reload")

    def reload(self, rest, gen=1):
        self.configure(rest, gen)
        self.server.kill(signal.SIGHUP)
        self.wait(gen)

    def connect(self):
        return Conn(self.server.port(), self.tls, "front.test" if self.tls else None)

    def ask(self, conn, path="/ws"):
        conn.send(build(f"GET {path}", ["Upgrade: websocket", "Connection: Upgrade",
                                        "Sec-WebSocket-Version: 13",
                                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
                        host="front.test"))

    def open(self):
        conn = self.connect()
        self.ask(conn)
        assert conn.read().status == 101
        echoes(conn)
        return conn


def echoes(conn):
    conn.send(b"hello")
    assert conn.take(5) == b"hello"


@pytest.mark.parametrize("name", CLOSED)
def test_a_tunnel_ends_with_the_terms_it_was_let_in_on(serve, backend, pki, name):
    tls, before, after = CLOSED[name]
    tunnels = Tunnels(serve, backend, pki, tls, before)
    with tunnels.open() as conn:
        tunnels.reload(after)
        assert conn.closed()
    tunnels.server.wait_log(r"closing an upgraded connection.*client: 127\.0\.0\.1")


@pytest.mark.parametrize("name", KEPT)
def test_a_tunnel_lives_on_while_the_terms_are_the_same(serve, backend, pki, name):
    tls, before, after = KEPT[name]
    tunnels = Tunnels(serve, backend, pki, tls, before)
    with tunnels.open() as conn:
        tunnels.reload(after)
        assert not conn.closed(0.5)
        echoes(conn)


def test_tunnels_of_all_threads_and_all_earlier_generations_end(serve, backend, pki):
    before, unrelated = FRONT % ON, FRONT % (ON + "add_header X y;")
    tunnels = Tunnels(serve, backend, pki, True, before, "worker_processes 2;")
    conns = [tunnels.open() for _ in range(6)]
    tunnels.reload(unrelated, 1)
    conns += [tunnels.open() for _ in range(6)]
    tunnels.reload(before, 2)
    conns += [tunnels.open() for _ in range(6)]
    for conn in conns:
        echoes(conn)
    tunnels.reload(FRONT % (ON + "ssl_crl @PKI@/all.crl;"), 3)
    for conn in conns:
        assert conn.closed()
        conn.close()
    wait_for(lambda: len(tunnels.server.children(tunnels.server.process.pid)) == 1, 5,
             "the earlier generations to end")


def test_a_tunnel_ends_with_the_generation_that_looks_after_it(serve, backend, pki):
    """Nobody would tell its worker any more of new lists or of other terms."""
    tunnels = Tunnels(serve, backend, pki, True, FRONT % (ON + "ssl_crl @PKI@/none-revoked.crl;"))
    master = tunnels.server.process.pid
    with tunnels.open() as conn:
        tunnels.reload(FRONT % (ON + "ssl_crl @PKI@/none-revoked.crl; gzip off;"))
        echoes(conn)
        os.kill(min(tunnels.server.children(master)), signal.SIGKILL)
        assert conn.closed()
    with tunnels.open() as conn:
        assert not conn.closed(0.3)
        echoes(conn)


@pytest.mark.parametrize("tightened", [False, True])
def test_an_upgrade_that_comes_after_the_reload(serve, backend, pki, tightened):
    """The request was let in on the old terms, and becomes a tunnel when they hold no more."""
    release = threading.Event()

    def late(conn, request):
        release.wait(20)
        return websocket(conn, request)
    backend.on("/late", late)
    tunnels = Tunnels(serve, backend, pki, True, FRONT % ON)
    with tunnels.connect() as conn:
        before = len(backend.requests)
        tunnels.ask(conn, "/late")
        wait_for(lambda: len(backend.requests) > before, 5, "the request at the backend")
        tunnels.reload(FRONT % (ON + ("ssl_crl @PKI@/all.crl;" if tightened else "")))
        release.set()
        if tightened:
            assert conn.closed()
        else:
            assert conn.read().status == 101
            echoes(conn)


def test_a_reload_that_fails_ends_no_tunnel(serve, backend, pki):
    tunnels = Tunnels(serve, backend, pki, True, FRONT % ON)
    with tunnels.open() as conn:
        tunnels.configure(FRONT % (ON + "ssl_crl @PKI@/nowhere.crl;"), 1)
        tunnels.server.kill(signal.SIGHUP)
        tunnels.server.wait_log(r"\[emerg\].*nowhere\.crl")
        assert not conn.closed(0.3)
        echoes(conn)
