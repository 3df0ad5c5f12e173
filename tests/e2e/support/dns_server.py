# SPDX-License-Identifier: Apache-2.0
"""A name server on loopback, whose names are given to it."""

import socket
import struct
import threading


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


class Dns:
    """Answers A queries from a table; a name that maps to None gets no answer at all, one that maps
    to a name its CNAME alone."""

    def __init__(self, names):
        self.names, self.asked = names, []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                query, peer = self.sock.recvfrom(4096)
            except OSError:
                return
            labels, i = [], 12
            while query[i]:
                labels.append(query[i + 1:i + 1 + query[i]].decode())
                i += 1 + query[i]
            name, kind = ".".join(labels), struct.unpack("!H", query[i + 1:i + 3])[0]
            question = query[12:i + 5]
            self.asked.append((name, kind))
            if name in self.names and self.names[name] is None:
                continue
            records = self.names.get(name, [])
            alias = wire(records) if isinstance(records, str) else b""
            addresses = records if kind == 1 and not alias else []
            code = 0 if name in self.names else 3
            count = 1 if alias else len(addresses)
            reply = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, count, 0, 0) + question
            if alias:
                reply += b"\xc0\x0c" + struct.pack("!HHIH", 5, 1, 60, len(alias)) + alias
            for address in addresses:
                reply += b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(address)
            self.sock.sendto(reply, peer)

    def stop(self):
        self.sock.close()
