# SPDX-License-Identifier: Apache-2.0
"""Random configurations with guards, random requests of clients without a verified certificate, and whether
a door that `yett check` calls shut lets one of them through."""

from support.doors import (Attack, Attackers, clients_against, doors_of, is_open, listeners_in, malformed_for,
                           opened_doors)
from support.servers import Server
from support.walk import GUARDED, HOSTS, LOCATIONS, MODES, PATHS, PLAIN, Writer, chance_of

MAPS = """
map $ssl_client_verify $known { default 0; SUCCESS 1; }
map $ssl_client_verify $lax { default 1; NONE 0; }
map "$ssl_client_verify:$ssl_client_s_dn" $named_one { default 0; ~^SUCCESS:.*CN=good 1; "NONE:" 0; ~CN=self 1; }
map $http_x $m { default d; ~^(q)u q; z zz; abc-def $known; }
map "$m:$ssl_client_verify" $both { default 0; d:SUCCESS 1; ~^zz: 1; }
map $uri $free { default 0; ~^/(?<part>a)/ 1; /e 1; }
map $cookie_k $target { default /none; 1 /a/b; 2 @n; }
map $http_x $loose { volatile; default 0; ~^a 1; }
split_clients $http_x $half { 50% 1; * 0; }
geo $near { default far; 127.0.0.1 here; 127.0.0.2 there; }
geo $trusted { default 0; 127.0.0.2 1; }
"""
FIELDS = [(), (), (("X", "abc-def"),), (("X", "quz"),), (("X", "z"),), (("X", "0"),), (("Cookie", "k=1"),),
          (("Cookie", "k=2"),)]


class DoorWriter(Writer):
    """A Writer whose conditions are guards, and ways around them."""

    def condition(self):
        return self.some(
            "$ssl_client_verify != SUCCESS", "$ssl_client_verify != SUCCESS", "$ssl_client_verify = NONE",
            "$ssl_client_verify !~ ^(SUCCESS|FAILED)", "$known = 0", "$known", "$lax", "$named_one = 0",
            "$both != 1", "$free", "$loose", "$half", "$near = here", "$trusted", "$ok = 0", "$ok = 01",
            "$ok = 011", "$part", "$cookie_k = 1", super().condition(), super().condition())

    def idiom(self):
        """As tutorials join conditions."""
        return ("set $ok 0;\n"
                f"if ({self.condition()}) {{ set $ok \"${{ok}}1\"; }}\n"
                f"if ({self.condition()}) {{ set $ok \"${{ok}}1\"; }}\n"
                f"if ($ok {self.some('= 0', '= 01', '!= 011', '!~ 1')}) {{ return 403; }}")

    def statement(self, where):
        kind = self.chance.randrange(8)
        if kind == 0:
            return self.idiom()
        if kind < 3:
            return f"if ({self.condition()}) {{ return {self.some('403', '403', '404', '444', '418')}; }}"
        if kind == 3:
            return self.some("set $ok $known;", "set $ok \"$ok$trusted\";", "set $v $part;", "set $args \"\";",
                             "set $ok $1;")
        return super().statement(where)

    def page(self):
        if self.chance.random() < 0.5:
            return super().page()
        codes = self.some("400 414 494", "403", "403 404", "404", "413", "421", "495 496", "497", "505 501")
        target = self.some("/e", "/s/x", "@n", "@n", "@m", "$target", "/deep/$cookie_k", "/page.html",
                           "/pages/", "/none?$args", "/a$is_args$args")
        return f"error_page {codes} {self.some('', '=', '=200')} {target};"

    def location(self, name, depth=0):
        text = super().location(name, depth)
        ends = "proxy_pass http://127.0.0.1:@PORT3@;\n}"
        assert text.endswith(ends)
        kind = self.chance.randrange(8)
        if kind == 0:
            files = self.some("/file.html", "$uri /none.html", "$uri $uri/", "/$cookie_k")
            back = self.some("=404", "=403", "@n", "@m", "/e$is_args$args", "/s/x?a=$arg_k")
            return text[:-len(ends)] + f"root @DIR@/www; try_files {files} {back};\n}}"
        if kind == 1:
            return text[:-len(ends)] + "root @DIR@/www;\n}"
        if kind == 2:
            return text[:-1] + "client_max_body_size 10;\n}"
        return text

    def server(self, listen, name, mode):
        lines = [f"listen {listen}; server_name {name};", self.mark()]
        if mode:
            lines.append(f"ssl_verify_client {mode};")
        lines += self.statements("server", 3)
        lines += [self.page() for _ in range(self.chance.randrange(4))]
        names = self.chance.sample(LOCATIONS, self.chance.randint(2, 6))
        lines += [self.location(chosen) for chosen in names]
        if self.chance.random() < 0.8:
            lines.append(self.location("/"))
        lines += [self.location("@n"), self.location("@m")]
        return "server {\n" + "\n".join(lines) + "\n}"

    def text(self):
        guarded = [self.server("127.0.0.1:@PORT@ ssl", name, self.chance.choice(MODES))
                   for name, _ in GUARDED]
        plain = [self.server("127.0.0.1:@PORT2@", name, None) for name, _ in PLAIN]
        return ("absolute_redirect off; client_body_timeout 300ms; lingering_timeout 100ms; large_client_header_buffers 4 8k;\n" + MAPS
                + "ssl_certificate @PKI@/srv-a.crt; ssl_certificate_key @PKI@/srv-a.key;\n"
                "ssl_client_certificate @PKI@/ca.crt; ssl_verify_depth 3;\n"
                + self.some("", "ssl_crl @PKI@/all.crl;\n") +
                "root @DIR@/www;\n"
                "server { listen 127.0.0.1:@PORT3@; return 200 OPEN;\n"
                " location /named { set $ok 0; if ($http_x ~ ^(?<named>never)) { return 404; } }\n}\n"
                + "\n".join(guarded + plain))


# Files worth a guard, and pages that error_page and try_files name.
FILES = {"www/" + name: "OPEN" for name in ("x.php", "i/1", "deep/er/x", "deep/1", "abc-def", "quz", "1")}
FILES.update({"www/" + name: "page" for name in ("page.html", "pages/index.html", "e", "s/x", "a/b", "file.html",
                                                 "index.html")})


class Siege:
    """One configuration under attack."""

    def __init__(self, seed, pki, requests=120):
        chance = chance_of(seed)
        self.gate = Server(DoorWriter(chance).text(), values={"PKI": pki.dir}, files=FILES)
        self.doors = doors_of(self.gate.conf_path)
        self.attackers = Attackers(self.gate, pki)
        self.clients = clients_against(self.gate.conf)
        self.attacks = [self.attack(chance) for _ in range(requests)]
        self.violations = []

    def attack(self, chance):
        secure = chance.random() < 0.75
        sni = chance.choice(HOSTS[:3] + [None]) if secure else None
        host = sni if sni and chance.random() < 0.8 else chance.choice(HOSTS)
        target = chance.choice(PATHS + ["/file.html", "/pages/", "/page.html"])
        fields = chance.choice(FIELDS)
        if chance.random() < 0.1:
            fields += (("Content-Length", "2000000"),)
        return Attack(secure, self.gate.port("PORT" if secure else "PORT2"), sni,
                      chance.choice(self.clients) if secure else "none", host,
                      chance.choice(["GET", "GET", "GET", "POST", "PUT"]),
                      target + chance.choice(["", "", "?k=1", "?k=0&n=2", "?z"]), fields,
                      chance.choice(["127.0.0.1", "127.0.0.1", "127.0.0.2"]))

    def press(self):
        """Attacks; self.violations are those that got through a door that is said to be shut."""
        reached = [attack for attack in self.attacks if self.attackers.reaches(attack)]
        for attack, keys in zip(reached, opened_doors(self.gate.conf_path, reached)):
            if not any(is_open(self.doors, key) for key in keys):
                self.violations.append((attack, keys))
        self.press_malformed()
        self.attackers.close()

    def press_malformed(self):
        for port, secure, servers in listeners_in(self.gate.conf):
            for sni in (HOSTS[:3] if secure else [None]):
                entered = next((line for line, names in servers
                                if sni and (sni in names or "*.c.test" in names and sni == "x.c.test")),
                               servers[0][0])
                for client in (["none", "foreign", "expired"] if secure else ["none"]):
                    for raw in malformed_for(self.gate.conf):
                        attack = Attack(secure, port, sni, client, "a.test", "GET", "/", (), "127.0.0.1")
                        key = (f"127.0.0.1:{port}", entered, "any")
                        if self.attackers.reaches(attack, raw) and not is_open(self.doors, key):
                            self.violations.append((raw[:30], attack, key))
            if secure and "497" in self.gate.conf:
                for host in HOSTS[:3]:
                    attack = Attack(False, port, None, "none", host, "GET", "/a", (), "127.0.0.1")
                    if self.attackers.reaches(attack) and not any(
                            is_open(self.doors, (f"127.0.0.1:{port}", line, "any")) for line, _ in servers):
                        self.violations.append(("plain", attack))

    def states(self):
        return [door.state for found in self.doors.values() for door in found]
