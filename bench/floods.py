#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What floods of HTTP/2 frames cost yett and nginx until the connection ends: docs/http2.md.

    bench/floods.py [--yett PATH] [--nginx PATH] [FLOOD ...]
"""

import argparse
import contextlib
import select
import socket
import ssl
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import certificates
from servers import Server, ServerError, free_port
from sites import NAME, user, write_files, write_prefix

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 15  # then a flood that the server still takes is given up
TIMEOUT = 3  # of the servers, in seconds
TURNS = 3  # of each flood on a server: the median counts
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PING, WINDOW, CONTINUATION = 0, 1, 2, 3, 4, 6, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1

CONFIGURATION = """\
{user}
worker_processes 1;
daemon off;
pid logs/server.pid;
error_log logs/error.log error;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    default_type text/plain;
    keepalive_requests 1000;
    client_header_timeout {timeout}s;
    client_body_timeout {timeout}s;
    send_timeout {timeout}s;
    keepalive_timeout {timeout}s;
    server {{
        include listen.conf;
        ssl_certificate {server.cert};
        ssl_certificate_key {server.key};
        location / {{ return 200 "text"; }}
        location /files/ {{ root {html}; }}
        location /held {{ proxy_pass http://127.0.0.1:{backend}; proxy_request_buffering off; }}
    }}
}}
"""


# --- frames --------------------------------------------------------------------------------------

def frame(kind, flags, stream, payload=b""):
    return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
            + payload)


def literal(index, value):
    """A field that is not added to the table (RFC 7541, 6.2.2), by a name of the static one."""
    return bytes([index, len(value)]) + value.encode()


def fields(path, method=b"\x82"):
    return method + b"\x87" + literal(1, NAME) + literal(4, path)


def request(stream, path="/", flags=END_STREAM | END_HEADERS, method=b"\x82"):
    return frame(HEADERS, flags, stream, fields(path, method))


POST = b"\x83"


def setting(number, value):
    return number.to_bytes(2, "big") + value.to_bytes(4, "big")


def streams():
    """Numbers of streams, as long as there are any."""
    return range(1, 1 << 31, 2)


# --- floods: bytes to send, and None for a tenth of a second of nothing ----------------------------

def rapid_reset():
    for stream in streams():
        yield request(stream, "/held") + frame(RESET, 0, stream, bytes([0, 0, 0, 8]))


def server_resets():
    for stream in streams():
        yield request(stream, "/held") + frame(WINDOW, 0, stream, bytes(4))


def continuation():
    yield request(1, flags=END_STREAM)
    block = (b"\0\1x\x7e" + b"y" * 126) * 126
    while True:
        yield frame(CONTINUATION, 0, 1, block)


def of_frames(one, first=b""):
    def flood():
        if first:
            yield first
        while True:
            yield one * 10
    return flood


def hpack_bomb():
    """A field of 3,900 octets enters the table, and is named by one octet each time."""
    size = bytes([0x7f]) + bytes([0x80 | (3900 - 127) % 128, (3900 - 127) // 128])
    yield frame(HEADERS, 5, 1, fields("/") + b"\x40\1x" + size + b"y" * 3900)
    for stream in range(3, 203, 2):
        yield frame(HEADERS, END_STREAM, stream, fields("/") + b"\xbe" * 16000)
        yield frame(CONTINUATION, 0, stream, b"\xbe" * 16384)
        yield frame(CONTINUATION, END_HEADERS, stream, b"\xbe" * 16384)
    while True:
        yield None


def zero_windows():
    yield frame(SETTINGS, 0, 0, setting(4, 0))
    for stream in range(1, 201, 2):
        yield request(stream, "/files/large")
    while True:
        yield None


def thousand_streams():
    """Each answer may be one octet long for now."""
    yield frame(SETTINGS, 0, 0, setting(4, 1))
    for stream in range(1, 2001, 2):
        yield request(stream, "/files/large")
    while True:
        yield None


def slow_head():
    """An octet of a frame in a tenth of a second."""
    whole = frame(HEADERS, END_STREAM | END_HEADERS, 1, fields("/") + literal(1, "x" * 100) * 10)
    for octet in whole[:-1]:
        yield bytes([octet])
        yield None


def slow_bodies():
    for stream in range(1, 201, 2):
        yield request(stream, "/held", END_HEADERS, POST)
    while True:
        yield None


@dataclass(frozen=True)
class Flood:
    title: str
    pieces: object
    at_once: int = 20  # pieces between two looks at what the server says


FLOODS = {
    "reset": Flood("rapid reset", rapid_reset),
    "provoked": Flood("resets that the server is made to send", server_resets),
    "continuation": Flood("CONTINUATION without end", continuation, 1),
    "settings": Flood("SETTINGS", of_frames(frame(SETTINGS, 0, 0, setting(1, 4096) * 6))),
    "ping": Flood("PING", of_frames(frame(PING, 0, 0, bytes(8)))),
    "priority": Flood("PRIORITY", of_frames(frame(PRIORITY, 0, 99, b"\0\0\0\3\x10"))),
    "window": Flood("WINDOW_UPDATE", of_frames(frame(WINDOW, 0, 0, b"\0\0\0\1"))),
    "empty": Flood("empty DATA", of_frames(frame(DATA, 0, 1),
                                           request(1, "/held", END_HEADERS, POST))),
    "hpack": Flood("HPACK bomb, 100 streams", hpack_bomb, 1),
    "zero": Flood("windows of 0, 100 answers of 1 MB", zero_windows),
    "thousand": Flood("1,000 streams, windows of 1", thousand_streams),
    "head": Flood("slow head", slow_head, 1),
    "bodies": Flood("100 bodies that do not come", slow_bodies),
}


# --- a client ------------------------------------------------------------------------------------

class Client:
    """Sends, and reads without keeping anything."""

    def __init__(self, port, root):
        context = ssl.create_default_context(cafile=str(root))
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection(("127.0.0.1", port), 10)
        self.sock = context.wrap_socket(raw, server_hostname=NAME)
        if self.sock.selected_alpn_protocol() != "h2":
            raise ServerError("the server did not choose h2")
        self.sent, self.ended = 0, False
        self.send(PREFACE + frame(SETTINGS, 0, 0) + frame(SETTINGS, ACK, 0))

    def send(self, data):
        try:
            self.sock.settimeout(SECONDS)
            self.sock.sendall(data)
            self.sent += len(data)
        except OSError:
            self.ended = True

    def read(self, seconds=0.0):
        """All that has come, or comes first within so long."""
        if not self.ended and not self.sock.pending() and seconds:
            select.select([self.sock], [], [], seconds)
        self.sock.settimeout(0)
        with contextlib.suppress(ssl.SSLWantReadError, BlockingIOError):
            while not self.ended:
                try:
                    self.ended = not self.sock.recv(65536)
                except (ssl.SSLWantReadError, BlockingIOError):
                    raise
                except OSError:
                    self.ended = True

    def flood(self, flood):
        """Seconds until the server has ended the connection; None: it has not."""
        started = time.monotonic()
        pieces = []
        for piece in flood.pieces():
            if piece is not None:
                pieces.append(piece)
            if piece is None or len(pieces) >= flood.at_once:
                self.send(b"".join(pieces))
                pieces = []
                self.read(0 if piece is not None else 0.1)
            if self.ended:
                return time.monotonic() - started
            if time.monotonic() - started > SECONDS:
                return None
        return None


class Backend:
    """Takes connections, reads, and never answers."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        self.kept = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self.kept.append(self.listener.accept()[0])
                if len(self.kept) > 500:  # those that the server has closed
                    self.kept = [one for one in self.kept if self._lives(one)]

    @staticmethod
    def _lives(one):
        one.setblocking(False)
        try:
            while True:
                if not one.recv(65536):
                    one.close()
                    return False
        except BlockingIOError:
            return True
        except OSError:
            one.close()
            return False

    def stop(self):
        self.listener.close()
        for one in self.kept:
            one.close()


# --- measuring -----------------------------------------------------------------------------------

class Peak:
    """The highest resident memory of a server while it is open, above that before."""

    def __init__(self, server):
        self.server, self.before = server, server.pss_kilobytes()
        self.most, self.stop = self.before, threading.Event()
        self.thread = threading.Thread(target=self._sample)

    def _sample(self):
        while not self.stop.wait(0.02):
            self.most = max(self.most, self.server.pss_kilobytes())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    @property
    def kilobytes(self):
        return self.most - self.before


@dataclass
class Cost:
    seconds: float | None  # None: the connection was still there
    kilobytes_sent: float
    milliseconds: float
    memory: int


def measure(program, flood, run):
    """One flood, on a fresh server."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yett-flood-")))
        port = free_port()
        write_prefix(directory / "server", run["text"], port, True)
        server = Server(program.name, program, directory / "server", port)
        stack.callback(server.stop)
        server.start()
        for _ in range(3):  # what a first connection costs once
            warm = Client(port, run["root"])
            warm.send(request(1, "/files/large"))
            warm.read(0.1)
            warm.sock.close()
        time.sleep(0.1)
        before = server.cpu_nanoseconds()
        with Peak(server) as peak:
            client = Client(port, run["root"])
            seconds = client.flood(flood)
        spent = server.cpu_nanoseconds() - before
        client.sock.close()
        return Cost(seconds, client.sent / 1024, spent / 1e6, peak.kilobytes)


def median(costs):
    ended = sorted((c.seconds for c in costs if c.seconds is not None))
    middle = len(costs) // 2

    def of(name):
        return sorted(getattr(c, name) for c in costs)[middle]
    return Cost(ended[len(ended) // 2] if len(ended) > middle else None, of("kilobytes_sent"),
                of("milliseconds"), of("memory"))


def words(cost):
    ends = f"{cost.seconds:.1f} s" if cost.seconds is not None else "no"
    return f"{ends} | {cost.kilobytes_sent:,.0f} KB | {cost.milliseconds:,.0f} ms | {cost.memory:,} KB"


def options_parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--yett", type=Path, default=ROOT / "build" / "yett", metavar="PATH")
    parser.add_argument("--nginx", type=Path, default=Path("/usr/sbin/nginx"), metavar="PATH")
    parser.add_argument("floods", nargs="*", metavar="FLOOD", default=list(FLOODS),
                        help=", ".join(FLOODS))
    options = parser.parse_args()
    unknown = [name for name in options.floods if name not in FLOODS]
    if unknown:
        parser.error(f"no such flood: {', '.join(unknown)}")
    return options


def main():
    options = options_parse()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="yett-flood-")))
        certs = certificates.make(directory, NAME)
        write_files(directory / "html")
        backend = Backend()
        stack.callback(backend.stop)
        run = {"root": certs.root, "text": CONFIGURATION.format(
            user=user(), server=certs.server, html=directory / "html",
            backend=backend.port, timeout=TIMEOUT)}
        print("| flood | yett: ends after | sent | CPU | memory | nginx: ends after | sent | CPU | memory |")
        print("|---|---|---|---|---|---|---|---|---|")
        for name in options.floods:
            costs = {program: [] for program in (options.yett, options.nginx)}
            for _ in range(TURNS):
                for program, found in costs.items():
                    found.append(measure(program.resolve(), FLOODS[name], run))
            print(f"| {FLOODS[name].title} | "
                  f"{' | '.join(words(median(found)) for found in costs.values())} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
