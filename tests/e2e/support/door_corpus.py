# SPDX-License-Identifier: Apache-2.0
"""Small configurations that say of each door what it is, and all the attacks on them that follow from what
they say.

A file of tests/e2e/check/corpus/ holds several, each after a line "## what it is about". A comment at the end
of a line says what the door that stands on it is: "#: open", "#: open if CONDITION", "#: shut",
"#: cannot tell". CONDITION is a part of what is told; "unreached" at the end: no attack here meets it. On the
line of a server, "any" is the door before any location, and "none" that of no location. "shut ssl; open plain"
tells listeners apart. Lines "#! header|target|host|from|method VALUE" say what attackers send besides.
"""

import glob
import os
import re

from support.doors import (Attack, Attackers, clients_against, doors_of, host_of, listeners_in, malformed_for,
                           opened_doors)
from support.servers import ROOT, Server

CORPUS = os.path.join(ROOT, "tests", "e2e", "check", "corpus")
FILES = {"www/" + name: "OPEN" for name in ("a.html", "pub/index.html", "pub/a.html", "index.html", "b.css",
                                            "files/x", "app/static/x", "acme", "x.php", "inner",
                                            "files/index.html", ".well-known/acme-challenge/x", "public/x")}
FILES.update({"www/page.html": "page", "www/pages/index.html": "page"})
GENERIC = ["/", "/a.html", "/x.php", "/pub/", "/pub/a.html", "/pub/x", "/user/a.html", "/none", "/old/x", "/b.css",
           "/app/b.css", "/public", "/.well-known/acme-challenge/x", "/files/x", "/files/index.html",
           "/app/static/x"]


def cases():
    """{"file: title": text}."""
    found = {}
    for path in sorted(glob.glob(os.path.join(CORPUS, "*.conf"))):
        with open(path, encoding="utf-8") as text:
            for part in re.split(r"^## ", text.read(), flags=re.M)[1:]:
                title, body = part.split("\n", 1)
                name = f"{os.path.basename(path)[:-5]}: {title}"
                assert name not in found, name
                found[name] = body
    return found


def whole(text):
    return ("absolute_redirect off; client_body_timeout 300ms; lingering_timeout 100ms; access_log off;\n"
            "ssl_certificate @PKI@/srv-a.crt; ssl_certificate_key @PKI@/srv-a.key;\n"
            "ssl_client_certificate @PKI@/ca.crt; ssl_verify_depth 3;\n"
            + text.replace("@APP@", "proxy_pass http://127.0.0.1:@PORT9@;")
            + "\nserver {\n    listen 127.0.0.1:@PORT9@;\n    return 200 OPEN;\n}\n")


def expected(conf):
    """[(line, kind of door, "ssl", "plain" or "", state, condition, whether an attack reaches it)]."""
    found = []
    for number, line in enumerate(conf.split("\n"), 1):
        for part in line.split("#: ", 1)[1].split("; ") if "#: " in line else ():
            said = re.fullmatch(r"(?:(any|none) )?(shut|open if|open|cannot tell)"
                                r"(?: (?!unreached|ssl|plain)(.*?))?(?: (ssl|plain))?( unreached)?", part.strip())
            assert said, line
            kind, state, condition, listener, unreached = said.groups()
            found.append((number, kind or "", listener or "", state, condition or "", not unreached))
    return found


def paths_of(conf):
    """For each location its name, and what is like it; the first of each three are the names."""
    base, more = [], []
    for kind, name in re.findall(r"location (=|\^~|~\*|~)? ?([^ {]+) \{", conf):
        if kind in ("~", "~*") or not name.startswith("/"):
            continue
        base.append(name)
        more += [name + "x", name.rstrip("/") + "/x", name.rstrip("/") or "/", name.upper(), "/" + name,
                 "/x/.." + name, name.rstrip("/") + "/../x", name[:1] + "%%%02x" % ord(name[1:2] or "/") + name[2:],
                 name + "/index.html", name + "?k=1", name + ";x", name + "%00", "/." + name]
    return base, more + GENERIC


def siege_conf(text, pki, **more):
    """A case as a Server, with what it shows."""
    return Server(whole(text), values={"PKI": pki.dir}, files=FILES, **more)


class Siege:
    """A case, served and attacked."""

    def __init__(self, text, pki):
        self.gate = siege_conf(text, pki)
        self.pki = pki
        self.doors = doors_of(self.gate.conf_path)
        self.expected = expected(self.gate.conf)
        self.listeners = [row for row in listeners_in(self.gate.conf) if row[0] != self.gate.port("PORT9")]
        self.hints = {}
        for word, value in re.findall(r"#! (\w+) (.*)", self.gate.conf):
            self.hints.setdefault(word, []).append(value)

    def secure(self, listener):
        return next(secure for port, secure, _ in self.listeners if listener.endswith(f":{port}"))

    # -- what check says ---------------------------------------------------------------------------

    def told(self):
        """[(line, kind, "ssl" or "plain", state, conditions)] of the doors, the backend's apart."""
        found = []
        for (listener, line, kind), doors in self.doors.items():
            if listener != f"127.0.0.1:{self.gate.port('PORT9')}":
                for door in doors:
                    found.append((line, kind, "ssl" if self.secure(listener) else "plain", door.state,
                                  [condition for passage in door.passages
                                   for condition in passage["conditions"]]))
        return found

    def misjudged(self):
        """What check says otherwise than the case does."""
        wrong = []
        for line, kind, listener, state, conditions in self.told():
            fitting = [row for row in self.expected if row[:2] == (line, kind) and row[2] in ("", listener)]
            if not fitting and (kind, state) == ("any", "shut"):
                continue    # the server refuses all: its locations are not told
            if not fitting:
                wrong.append(("not expected", line, kind, listener, state))
                continue
            _, _, _, wanted, condition, _ = fitting[0]
            texts = [c["text"] for c in conditions]
            if state != wanted or not any(condition in text for text in [*texts, condition and "" or condition]):
                wrong.append((line, kind, listener, state, texts, "expected", wanted, condition))
            wrong += [("not on that line", c) for c in conditions if not self.is_there(c)]
        refuses = any(row[1] == "any" for row in self.told())
        for line, kind, listener, wanted, _, _ in self.expected:
            if not any(row[:2] == (line, kind) and listener in ("", row[2]) for row in self.told()) \
                    and not (wanted == "shut" and (refuses or kind == "any")):
                wrong.append(("not told", line, kind, listener, wanted))
        return wrong

    def is_there(self, condition):
        """A condition's line holds a word of it, but for those that speak of the location."""
        if condition["line"] is None:
            return True
        line = self.gate.conf.split("\n")[condition["line"] - 1]
        words = re.findall(r"[\w.$^/-]{2,}", condition["text"])
        return "location" in line or "server {" in line or any(word in line for word in words) or \
            "no line is for this" in condition["text"]

    # -- attacks -----------------------------------------------------------------------------------

    def hosts(self, servers):
        names = [host_of(name) for _, names in servers for name in names]
        return [name for name in names if name and name != "_"] or ["a.test"]

    def attacks(self):
        base, more = paths_of(self.gate.conf)
        base += self.hints.get("target", [])
        headers = [tuple([tuple(text.split(": "))]) for text in self.hints.get("header", [])]
        sources = ["127.0.0.1", *self.hints.get("from", [])]
        for port, secure, servers in self.listeners:
            hosts = self.hosts(servers) + self.hints.get("host", [])
            pairs = [(host if secure else None, host) for host in hosts]
            strange = [(None, "other.test")]
            if secure:
                strange += [(sni, host) for sni in hosts for host in hosts if sni != host]
            for sni, host in strange:
                yield from (Attack(secure, port, sni, client, host, "GET", path, (), "127.0.0.1")
                            for path in base[:2] for client in (["none", "foreign"] if secure else ["none"]))
            for sni, host in pairs:
                def attack(target, client="none", method="GET", fields=(), source="127.0.0.1",
                           sni=sni, host=host, port=port, secure=secure):
                    return Attack(secure, port, sni, client, host, method, target, fields, source)
                for source in sources:
                    for client in clients_against(self.gate.conf) if secure else ["none"]:
                        yield from (attack(path, client, source=source) for path in base)
                    for fields in headers:
                        yield from (attack(path, fields=fields, source=source) for path in base)
                yield from (attack(path) for path in more)
                for method in ["POST", "PUT", *self.hints.get("method", [])]:
                    yield from (attack(path, method=method) for path in base + ["/"])
                yield from (attack(path, method="POST", fields=(("Content-Length", "2000000"),))
                            for path in base)

    def strays(self):
        """(attack, what is sent, line of the server) of malformed requests, and of plain ones to TLS."""
        for port, secure, servers in self.listeners:
            for line, names in servers if secure else servers[:1]:
                host = next(iter(self.hosts([(line, names)])))
                for client in ["none", "self-signed", "expired"] if secure else ["none"]:
                    for raw in malformed_for(self.gate.conf):
                        yield Attack(secure, port, host if secure else None, client, host, "GET", "/", (),
                                     "127.0.0.1"), raw, line
                if secure:
                    yield Attack(False, port, None, "none", host, "GET", "/", (), "127.0.0.1"), None, line

    def reached(self):
        """The doors through which attacks reached content, each with one of these attacks."""
        attackers = Attackers(self.gate, self.pki)
        found = {}
        try:
            hits = [attack for attack in self.attacks() if attackers.reaches(attack)]
            for attack, keys in zip(hits, opened_doors(self.gate.conf_path, hits)):
                found.update({key: attack for key in keys})
            for attack, raw, line in self.strays():
                if attackers.reaches(attack, raw):
                    found[(f"127.0.0.1:{attack.port}", line, "any")] = attack
        finally:
            attackers.close()
        return found
