# SPDX-License-Identifier: Apache-2.0
"""The doors that `yett check` tells of a configuration, and attacks on them by clients without a verified
certificate: what they reach must not lie behind a door that is said to be shut."""

import collections
import http.client
import re
import socket
import ssl

from support.check import checked_doors
from support.walk import WALK, answers_of

MARK = b"OPEN"    # what is worth a guard says so

# What the attackers show: files of the Pki, and the word for tests/walk/walk.c.
CLIENTS = {"none": (None, "none"), "self-signed": ("selfsigned", "self-signed"),
           "foreign": ("foreign-client", "unknown-ca"), "twin": ("twin-client", "unknown-ca"),
           "expired": ("expired", "bad"), "revoked": ("revoked", "revoked")}
# Without a certificate all of these are empty.
OF_CERTIFICATES = ["cert", "escaped_cert", "raw_cert", "s_dn", "i_dn", "s_dn_legacy", "i_dn_legacy",
                   "serial", "fingerprint", "v_start", "v_end", "v_remain"]

MALFORMED = {
    400: b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    405: b"TRACE / HTTP/1.1\r\nHost: a.test\r\n\r\n",
    414: b"GET /" + b"x" * 40000 + b" HTTP/1.1\r\nHost: a.test\r\n\r\n",
    494: b"GET / HTTP/1.1\r\nHost: a.test\r\nX: " + b"x" * 40000 + b"\r\n\r\n",
    501: b"POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: zip\r\n\r\n",
    505: b"GET / HTTP/3.0\r\nHost: a.test\r\n\r\n",
}

Door = collections.namedtuple("Door", "state passages kind line")
Attack = collections.namedtuple("Attack", "secure port sni client host method target fields source")


def doors_of(conf_path):
    """{(listener, line of the server or location, "any", "none" or ""): [Door]}."""
    doors = {}
    for door in checked_doors(conf_path):
        kind = "" if door["location"] else "any" if door["every_path"] else "none"
        key = (door["listener"], door["line"], kind)
        doors.setdefault(key, []).append(Door(door["state"], door["passages"], kind, door["line"]))
    return doors


class Attackers:
    """Connections to one gate: one for each address, name and certificate, as clients keep them."""

    def __init__(self, gate, pki):
        self.gate, self.pki = gate, pki
        self.kept = {}
        self.contexts = {}

    def context(self, client):
        if client not in self.contexts:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            name = CLIENTS[client][0]
            if name:
                context.load_cert_chain(self.pki.path(name + ".crt"), self.pki.path(name + ".key"))
            self.contexts[client] = context
        return self.contexts[client]

    def connect(self, attack):
        plain = socket.create_connection(("127.0.0.1", attack.port), timeout=30,
                                         source_address=(attack.source, 0))
        if not attack.secure:
            return plain
        return self.context(attack.client).wrap_socket(plain, server_hostname=attack.sni)

    def reaches(self, attack, raw=None):
        """Whether the answer holds what is worth a guard. `raw` is sent instead of a request."""
        key = (attack.secure, attack.port, attack.sni, attack.client, attack.source)
        kept = None if raw else self.kept.pop(key, None)
        kept = kept or self.connect(attack)
        fields = {"Host": attack.host, "Content-Length": "0", **dict(attack.fields)}
        head = [f"{attack.method} {attack.target} HTTP/1.1"] + [f"{k}: {v}" for k, v in fields.items()]
        answer = http.client.HTTPResponse(kept, method=attack.method)
        try:
            kept.sendall(raw or "\r\n".join(head + ["", ""]).encode("latin-1"))
            answer.begin()
            text = answer.read()
        except (http.client.HTTPException, OSError):
            kept.close()
            return False
        if answer.will_close or raw:
            kept.close()
        else:
            self.kept[key] = kept
        return MARK in text

    def close(self):
        for kept in self.kept.values():
            kept.close()


def question_of(number, attack):
    """The attack as tests/walk/walk.c asks about it."""
    told = {"http_host": attack.host, "ssl_server_name": attack.sni or "", "server_port": str(attack.port)}
    for name, value in attack.fields:
        if name.lower() == "cookie":
            told.update({"cookie_" + pair.split("=")[0]: pair.split("=")[1] for pair in value.split("; ")})
        told["http_" + name.lower().replace("-", "_")] = value
    if attack.client == "none":
        told.update({"ssl_client_" + name: "" for name in OF_CERTIFICATES})
    listener = f"{'tls' if attack.secure else 'plain'} 127.0.0.1:{attack.port}"
    return "\t".join([str(number), listener, attack.sni or "", CLIENTS[attack.client][1], attack.source,
                      attack.host.lower(), attack.method, attack.target,
                      *(f"{name}={value}" for name, value in told.items())])


def opened_doors(conf_path, attacks):
    """For each attack that reached content, the doors (keys of doors_of) that it may have come through."""
    if not attacks:
        return []
    answers = answers_of(WALK, conf_path, [question_of(n, attack) for n, attack in enumerate(attacks)])
    opened = []
    for number, attack in enumerate(attacks):
        listener = f"127.0.0.1:{attack.port}"
        ways = [(server, door) for kind, _, _, server, door, _ in answers[number][0]
                if kind in ("handler", "text", "unknown")]
        if not ways:    # the target is no path: that is a malformed request
            opened.append({(listener, None, "any")})
            continue
        opened.append({(listener, server if door in ("any", "none") else int(door),
                        door if door in ("any", "none") else "") for server, door in ways})
    return opened


def clients_against(conf):
    """Those that are not verified. Without a CRL a revoked certificate is as good as any."""
    return [client for client in CLIENTS if client != "revoked" or "ssl_crl" in conf]


def malformed_for(conf):
    """Malformed requests whose status has an error page."""
    pages = " ".join(re.findall("error_page [^;]*;", conf))
    return [raw for status, raw in MALFORMED.items() if str(status) in pages]


def is_open(doors, key):
    """Without a line: any such door of the listener."""
    return any(door.state != "shut" for (listener, line, kind), found in doors.items() for door in found
               if (listener, kind) == (key[0], key[2]) and key[1] in (None, line))


def listeners_in(conf):
    """[(port, secure, [(line of the server, names)])], from the text of a configuration."""
    found = {}
    for block in re.finditer(r"^server \{.*?^\}", conf, re.M | re.S):
        line = conf.count("\n", 0, block.start()) + 1
        names = re.search(r"server_name ([^;]*);", block.group())
        for listen in re.finditer(r"listen (?:127.0.0.1:)?(\d+)([^;]*);", block.group()):
            secure = "ssl" in listen.group(2).split()
            servers = found.setdefault(int(listen.group(1)), (secure, []))[1]
            servers.append((line, names.group(1).split() if names else []))
    return [(port, secure, servers) for port, (secure, servers) in found.items()]


def host_of(name):
    """A Host that a name of a server selects; of a regular expression the text tells one itself."""
    if name.startswith("~"):
        return None
    return name.replace("*", "x").strip(".") if "*" in name else name.lstrip(".")
