# SPDX-License-Identifier: Apache-2.0
"""Random small configurations and requests, and what site_walk and the live gate say of them."""

import http.client
import os
import random
import socket
import ssl
import subprocess

from support.servers import YETT

BUILD = os.path.dirname(os.path.realpath(YETT))
WALK = os.path.join(BUILD, "tests", "walk", "walk")

# Of TLS servers: name in the configuration, and a Host (and SNI) that selects it.
GUARDED = [("a.test", "a.test"), ("b.test", "b.test"), ("*.c.test", "x.c.test")]
PLAIN = [("p.test", "p.test"), ("~^q(?<digit>[0-9])[.]test$", "q7.test")]
HOSTS = ["a.test", "b.test", "x.c.test", "p.test", "q7.test", "other.test"]
MODES = ["on", "optional", "optional_no_ca", "off"]
CLIENTS = {"good": "good", "none": None, "unknown-ca": "foreign-client", "bad": "expired"}
PATHS = ["/", "/a", "/a/", "/a/b", "/a/b/c", "/s/x", "/e", "/n", "/r12", "/R7", "/x.php", "/i/1",
         "/deep/er/x", "/a//b", "/a/../s/x", "/%61/b", "/none"]
LOCATIONS = ["= /a", "/a", "/a/", "/a/b", "^~ /s", "/s/x", "~ ^/r([0-9]+)$", "~* ^/r", "~ [.]php$",
             "= /e", "/i/", "/deep/"]
TEXT = "$host|$uri|$args|$v|$http_x|$m|$ssl_client_verify|$server_name|$1|$digit"


class Writer:
    """Writes one configuration by chance; each level marks its answers with a number of its own."""

    def __init__(self, chance):
        self.chance = chance
        self.marks = 0

    def mark(self):
        self.marks += 1
        return f"add_header Where {self.marks} always;"

    def some(self, *lines):
        return self.chance.choice(lines)

    def page(self):
        codes = " ".join(self.chance.sample(["400", "403", "404", "405", "418", "421", "495", "496",
                                             "301", "500"], self.chance.randint(1, 3)))
        how = self.some("", "", "=", "=200", "=404")
        target = self.some("/e", "/a/b", "@n", "/none?z=1", "https://there.test/$uri", "/$http_x")
        return f"error_page {codes} {how} {target};"

    def answer(self):
        return self.some(
            "return 403;", "return 404;", "return 204;", "return 444;", "return 418 \"tea\";",
            f"return 200 \"{TEXT}\";", "return 302 /to?$args;", "return 301 https://there.test$uri;",
            "return 405;", "return 444 gone;")

    def condition(self):
        return self.some(
            "$ssl_client_verify != SUCCESS", "$ssl_client_verify = NONE", "$arg_k", "$arg_k = 1",
            "$http_x", "$http_x ~ ^([a-z]+)-(?<named>.*)", "$http_x !~ z", "$request_method = POST",
            "$m = q", "$v = set", "$uri ~ ^/a", "$remote_addr = 127.0.0.1", "$remote_addr = 10.0.0.1",
            "$host = a.test", "$scheme = https", "$https", "$is_args", "$near = here")

    def statement(self, where):
        kind = self.chance.randrange(10)
        if kind < 4:
            body = self.some(self.answer(), self.answer(), "set $v set;", "set $v \"$1-$http_x\";",
                             "break;", "rewrite ^/a(.*)$ /s$1 last;")
            return f"if ({self.condition()}) {{ {body} }}"
        if kind < 6:
            return self.some("set $v set;", "set $v $arg_k;", "set $args k=1;", "set $v $named;")
        if kind < 8:
            flag = self.some("", "last", "break", "redirect", "permanent")
            change = self.some("^/a/(.*)$ /s/$1", "^/s/(.*)$ /deep/$1?k=1", "^/i/ /a/b?",
                               "^(/r)([0-9]+) $1x?n=$2", "^/deep /e")
            return f"rewrite {change} {flag};"
        if where == "location" and kind == 8:
            return self.some("allow 127.0.0.1; deny all;", "deny 127.0.0.1;", "allow 10.0.0.0/8; deny all;",
                             "deny 10.1.0.0/16; allow all;", "internal;",
                             "limit_except GET { deny all; }", "limit_except POST PUT { deny 127.0.0.1; }")
        return self.answer() if self.chance.random() < 0.3 else ""

    def statements(self, where, most):
        """Fewer than `most`; limit_except and internal may stand once."""
        lines = []
        for _ in range(self.chance.randrange(most)):
            line = self.statement(where)
            if not any(line.startswith(word) for word in ("limit_except", "internal")) or \
                    line.split()[0] not in " ".join(lines):
                lines.append(line)
        return lines

    def location(self, name, depth=0):
        lines = [self.mark()] + self.statements("location", 3)
        if self.chance.random() < 0.25:
            lines.append(self.page())
        if self.chance.random() < 0.1:
            lines.append("recursive_error_pages on;")
        if depth == 0 and name in ("/a", "/deep/", "~* ^/r") and self.chance.random() < 0.5:
            inner = {"/a": "/a/b/", "/deep/": "~ x$", "~* ^/r": "~ 7"}[name]
            lines.append(self.location(inner, 1))
        lines.append("proxy_pass http://127.0.0.1:@PORT3@;")
        return f"location {name} {{\n" + "\n".join(lines) + "\n}"

    def server(self, listen, name, mode):
        lines = [f"listen {listen}; server_name {name};", self.mark()]
        if mode:
            lines.append(f"ssl_verify_client {mode};")
        lines += self.statements("server", 2)
        lines += [self.page() for _ in range(self.chance.randrange(3))]
        names = self.chance.sample(LOCATIONS, self.chance.randint(2, 7))
        lines += [self.location(chosen) for chosen in [*names, "/"]]
        lines.append(self.location("@n"))
        return "server {\n" + "\n".join(lines) + "\n}"

    def text(self):
        guarded = [self.server("127.0.0.1:@PORT@ ssl", name, self.chance.choice(MODES))
                   for name, _ in GUARDED]
        plain = [self.server("127.0.0.1:@PORT2@", name, None) for name, _ in PLAIN]
        return ("absolute_redirect off;\n"
                "map $http_x $m { default d; ~^(q)u q; z zz; hostnames; }\n".replace(" hostnames;", "")
                + "geo $near { default far; 127.0.0.1 here; }\n"
                "ssl_certificate @PKI@/srv-a.crt; ssl_certificate_key @PKI@/srv-a.key;\n"
                "ssl_client_certificate @PKI@/ca.crt; ssl_verify_depth 3;\n"
                "server { listen 127.0.0.1:@PORT3@; return 200 handler;\n"
                " location /named { if ($http_x ~ ^(?<named>never)) { return 404; } } }\n"
                + "\n".join(guarded + plain))


class Asked:
    """One request: what a client sends, and as whom."""

    def __init__(self, chance):
        self.secure = chance.random() < 0.7
        self.sni = chance.choice(HOSTS[:3] + [None]) if self.secure else None
        self.client = chance.choice(list(CLIENTS)) if self.secure else "none"
        same = self.sni if self.secure and chance.random() < 0.7 else None
        self.host = same or chance.choice(HOSTS)
        self.method = chance.choice(["GET", "GET", "GET", "POST", "HEAD", "PUT", "DELETE"])
        args = chance.choice(["", "", "?k=1", "?k=0&n=2", "?z"])
        self.target = chance.choice(PATHS) + args
        self.x = chance.choice([None, None, "abc-def", "quz", "z", "0"])

    def question(self, number, listener, entered, verdict, leave_open=()):
        words = {
            "client": verdict, "peer": "127.0.0.1", "host": self.host, "method": self.method,
            "target": self.target}
        told = []
        if self.x is not None:
            told.append(f"http_x={self.x}")
        if "x" in leave_open:
            told = ["http_x=?"]
        words.update({fact: "?" for fact in leave_open if fact != "x"})
        return "\t".join([str(number), listener, entered, *words.values(), *told])


class Clients:
    """Keeps a connection for each (SNI, certificate), as clients do."""

    def __init__(self, gate, pki):
        self.gate, self.pki = gate, pki
        self.kept = {}

    def connect(self, asked):
        port = self.gate.port("PORT" if asked.secure else "PORT2")
        plain = socket.create_connection(("127.0.0.1", port), timeout=30)
        if not asked.secure:
            return plain
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        pair = CLIENTS[asked.client]
        if pair:
            context.load_cert_chain(self.pki.path(pair + ".crt"), self.pki.path(pair + ".key"))
        return context.wrap_socket(plain, server_hostname=asked.sni)

    def ask(self, asked):
        """(status, Where, text): 444 when the connection is closed without an answer."""
        key = (asked.secure, asked.sni, asked.client)
        kept = self.kept.pop(key, None) or self.connect(asked)
        lines = [f"{asked.method} {asked.target} HTTP/1.1", f"Host: {asked.host}", "Content-Length: 0"]
        if asked.x is not None:
            lines.append(f"X: {asked.x}")
        kept.sendall("\r\n".join(lines + ["", ""]).encode())
        answer = http.client.HTTPResponse(kept, method=asked.method)
        try:
            answer.begin()
        except http.client.RemoteDisconnected:
            kept.close()
            return 444, None, None
        text = answer.read().decode()
        if answer.will_close:
            kept.close()
        else:
            self.kept[key] = kept
        return answer.status, int(answer.getheader("Where")), answer.getheader("Location") or text

    def close(self):
        for kept in self.kept.values():
            kept.close()


def where_of(conf):
    """{line of a location (0: a server): the marks there}, from the text of the configuration."""
    marks, line_of = {}, [0]
    for number, line in enumerate(conf.split("\n"), 1):
        if line.startswith("location "):
            line_of.append(number)
        elif line == "}" and len(line_of) > 1:
            line_of.pop()
        elif line.startswith("add_header Where "):
            marks.setdefault(line_of[-1], set()).add(int(line.split()[2]))
    return marks


def words_of(program, conf_path, questions):
    """site_walk's answers: {number: ([(kind, status, line, text)], whether these are all)}."""
    return {number: ([(kind, status, line, text) for kind, status, line, _, _, text in answers], all_)
            for number, (answers, all_) in answers_of(program, conf_path, questions).items()}


def answers_of(program, conf_path, questions):
    """The same, with more of each: (kind, status, line, line of the server, door, text)."""
    done = subprocess.run([program, conf_path], input="".join(q + "\n" for q in questions),
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found = {}
    for line in done.stdout.splitlines():
        number, *words = line.split("\t")
        answers, all_ = found.setdefault(int(number), ([], []))
        if len(words) == 1:
            all_.append(words[0] == "all")
        else:
            kind, status, at, server, door, text = words
            answers.append((kind, int(status), int(at), int(server), door, text))
    return {number: (answers, all_[0]) for number, (answers, all_) in found.items()}


def agrees(word, live, marks):
    """Whether an answer of site_walk is what the gate did."""
    kind, status, line, text = word
    live_status, where, live_text = live
    if kind == "close":
        return live_status == status
    if where is None or where not in marks.get(line, ()):
        return False
    if (status or 200) != live_status:
        return False
    if text.startswith("?") or kind == "handler":
        return True
    if kind == "page":
        return text == "=" or text[1:] == live_text
    return live_text in ("", text[1:])


def chance_of(seed):
    return random.Random(seed)
