# SPDX-License-Identifier: Apache-2.0
"""`yett probe`, and what it meets: a server that a trick opens, and places that nothing may be sent to."""

import json
import os
import selectors
import socket
import ssl
import subprocess
import threading

from hpack import Decoder, Encoder
from hyperframe import frame as frames

from support.servers import REPORTS, ROOT, Server

# The command is yett's, also where the server under test is another.
PROGRAM = os.environ.get("YETT_PROBE", os.path.join(ROOT, "build", "yett"))
HELD, OPENED, FAILED, CANNOT_TELL = range(4)


class Report:
    def __init__(self, done):
        self.code, self.stdout, self.stderr = done.returncode, done.stdout, done.stderr
        assert not REPORTS.search(done.stderr), done.stderr
        self.data = json.loads(done.stdout) if done.stdout.startswith("{") else None

    def doors(self):
        return {f"{door['host']}{door['path']}": door for door in self.data["doors"]}

    def found(self, host=None):
        """{(attack, attempt)} of what was opened."""
        return {(one["attack"], one["attempt"]) for door in self.data["doors"] for one in door["findings"]
                if one["result"] == "opened" and host in (None, door["host"])}

    def attacks(self, host=None):
        return {attack for attack, _ in self.found(host)}


def probe(server, *words, code=None, json_wanted=True, timeout=240, environment=None):
    """Runs it on the configuration of a Server, which need not run."""
    command = [PROGRAM, "probe", "--config", server.conf_path, "--prefix", server.dir, *words]
    done = subprocess.run(command + (["--json"] if json_wanted else []), capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=timeout, check=False,
                          env={**Server.environment(), **(environment or {})})
    report = Report(done)
    assert code in (None, report.code), (report.code, report.stdout[-4000:], report.stderr)
    return report


def pem(pki, name, directory):
    """Certificate, chain and key in one file."""
    path = os.path.join(directory, name + ".pem")
    with open(path, "w", encoding="ascii") as out:
        for kind in ("crt", "key"):
            with open(pki.path(f"{name}.{kind}"), encoding="ascii") as text:
                out.write(text.read())
    return path


class Leaky(threading.Thread):
    """A TLS server that refuses everything, but for one trick: a function of (head, sni, TLS version)."""

    def __init__(self, port, pki, trick):
        super().__init__(daemon=True)
        self.trick = trick
        self.names = {}
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pki.path("srv-front.crt"), pki.path("srv-front.key"))
        self.context.sni_callback = lambda sock, name, _: self.names.__setitem__(id(sock), name)
        self.listener = socket.create_server(("127.0.0.1", port))
        self.start()

    def run(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        sock.settimeout(20)
        try:
            tls = self.context.wrap_socket(sock, server_side=True)
            name = self.names.pop(id(tls), None)
            data = b""
            while chunk := tls.recv(65536):
                data += chunk
                while b"\r\n\r\n" in data:
                    head, data = data.split(b"\r\n\r\n", 1)
                    tls.sendall(self.answer(head, name, tls.version()))
        except OSError:
            pass
        finally:
            sock.close()

    def answer(self, head, name, version):
        opens = self.trick(head.decode("latin-1"), name, version)
        body = b"" if head.startswith(b"HEAD") else b"secret" if opens else b"refused"
        return (b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b"
                % (b"200 OK" if opens else b"403 Forbidden", 6 if opens else 7, body))

    def close(self):
        self.listener.close()


class LeakyH2(Leaky):
    """The same over HTTP/2, where it takes whatever comes: a function of (heads, number of frames of the first)."""

    def __init__(self, port, pki, trick):
        self.trick_h2 = trick
        super().__init__(port, pki, lambda head, sni, version: False)

    def serve(self, sock):
        sock.settimeout(20)
        self.context.set_alpn_protocols(["h2"])
        try:
            tls = self.context.wrap_socket(sock, server_side=True)
            if tls.selected_alpn_protocol() == "h2":
                self.serve_h2(tls)
        except OSError:
            pass
        finally:
            sock.close()

    def serve_h2(self, tls):
        read = tls.makefile("rb").read
        read(24)
        tls.sendall(frames.SettingsFrame(settings={}).serialize())
        decoder, block, pieces, heads = Decoder(), b"", 0, []
        while prefix := read(9):
            frame, length = frames.Frame.parse_frame_header(memoryview(prefix))
            frame.parse_body(memoryview(read(length)))
            if isinstance(frame, (frames.HeadersFrame, frames.ContinuationFrame)):
                block, pieces = block + frame.data, pieces + (not heads)
                ends = "END_STREAM" in frame.flags if isinstance(frame, frames.HeadersFrame) else ends
                if "END_HEADERS" in frame.flags:
                    heads.append(decoder.decode(block))
                    block = b""
                    if ends or (":method", "CONNECT") in heads[0]:
                        self.answer_h2(tls, frame.stream_id, self.trick_h2(heads, pieces))
                        pieces, heads = 0, []

    @staticmethod
    def answer_h2(tls, stream, opens):
        head = frames.HeadersFrame(stream, Encoder().encode([(":status", "200" if opens else "403")]),
                                   flags=["END_HEADERS"])
        body = frames.DataFrame(stream, b"secret" if opens else b"refused", flags=["END_STREAM"])
        tls.sendall(head.serialize() + body.serialize())


class Canary(threading.Thread):
    """Addresses that nothing may be sent to; `seen` has what came."""

    def __init__(self, tcp=0, udp=0):
        super().__init__(daemon=True)
        self.seen = []
        self.selector = selectors.DefaultSelector()
        self.tcp, self.udp = [], []
        for _ in range(tcp):
            self.tcp.append(socket.create_server(("127.0.0.1", 0)))
        for _ in range(udp):
            self.udp.append(socket.socket(type=socket.SOCK_DGRAM))
            self.udp[-1].bind(("127.0.0.1", 0))
        for sock in self.tcp + self.udp:
            self.selector.register(sock, selectors.EVENT_READ)
        self.stopped = threading.Event()
        self.start()

    def run(self):
        while not self.stopped.is_set():
            for key, _ in self.selector.select(0.1):
                sock = key.fileobj
                port = sock.getsockname()[1]
                if sock in self.tcp:
                    sock.accept()[0].close()
                else:
                    sock.recv(4096)
                self.seen.append(port)

    @staticmethod
    def ports(socks):
        return [sock.getsockname()[1] for sock in socks]

    def close(self):
        self.stopped.set()
        self.join(5)
        for sock in self.tcp + self.udp:
            sock.close()
