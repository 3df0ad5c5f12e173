# SPDX-License-Identifier: Apache-2.0
"""`yett probe --running` finds what is open: the holes of nginx, a wrong configuration, each trick."""

import os
import re
import shutil
import subprocess

import pytest

from support.authority import Authority, complete
from support.probing import CANNOT_TELL, FAILED, HELD, OPENED, PROGRAM, Leaky, LeakyH2, pem, probe
from support.servers import NGINX, ROOT, Server

YETT = os.environ.get("YETT_PROBE", os.path.join(ROOT, "build", "yett"))
TLS = ("ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"
       "ssl_protocols TLSv1.2 TLSv1.3;\n")
CA = "ssl_client_certificate @PKI@/ca.crt;"

# Two server blocks with the same certificate and CA, of which one has a CRL.
SHARED = TLS + f"""
ssl_session_tickets off; ssl_session_cache shared:S:1m;
server {{
    listen 127.0.0.1:@PORT@ ssl default_server; server_name lax.test;
    ssl_verify_client on; {CA} return 200 lax;
}}
server {{
    listen 127.0.0.1:@PORT@ ssl; server_name crl.test;
    ssl_verify_client on; {CA} ssl_crl @DIR@/gate.crl;
    location / {{ return 200 secret; }}
}}
"""


def start_shared(serve, pki, binary):
    with open(pki.path("all.crl"), encoding="ascii") as text:
        return serve(SHARED, binary=binary, files={"gate.crl": text.read()})


def revoke_second(server, pki):
    """The command that revokes `second`, and reloads."""
    root = pki.issue_crl("probe-root.crl", pki.root)
    inter = pki.issue_crl("probe-inter.crl", pki.inter, [pki.client["revoked"], pki.client["second"]])
    pki.write("probe-two.crl", root, inter)
    gate = os.path.join(server.dir, "gate.crl")
    return (f"cp {pki.path('probe-two.crl')} {gate}.new && mv {gate}.new {gate} && "
            f"kill -HUP {server.pid()} && sleep 1.5")


def probe_shared(server, pki, directory, **more):
    words = ["--cert", pem(pki, "good", directory), "--revoked", pem(pki, "revoked", directory),
             "--expired", pem(pki, "expired", directory), "--revoke", pem(pki, "second", directory),
             "--revoke-command", revoke_second(server, pki)]
    return probe(server, "--running", *words, **more)


def test_the_holes_of_nginx_are_found(serve, pki, tmp_path):
    server = start_shared(serve, pki, NGINX)
    report = probe_shared(server, pki, str(tmp_path), code=OPENED)
    found = report.found("crl.test")
    for version in ("TLS 1.2", "TLS 1.3"):
        assert ("sessions", "session of a connection without a server name, made with "
                f"the revoked certificate, {version}") in found
        assert ("revocation", f"revoked now: its session, made before, {version}") in found
    assert report.attacks("crl.test") == {"sessions", "revocation"}
    assert f"will connect to 127.0.0.1:{server.port()}" in report.stderr


def test_yett_has_none_of_them(serve, pki, tmp_path):
    server = start_shared(serve, pki, YETT)
    report = probe_shared(server, pki, str(tmp_path))
    assert report.found("crl.test") == set()
    assert report.doors()["crl.test/x"]["result"] == "held"
    assert report.doors()["crl.test/x"]["valid"] == "let in"


def test_repeat_line(serve, pki, tmp_path):
    """What is found can be found again with the line that the report has."""
    server = start_shared(serve, pki, NGINX)
    keep = str(tmp_path)
    report = probe(server, "--running", "--cert", pem(pki, "good", keep), "--revoked",
                   pem(pki, "revoked", keep), "--keep", keep, code=OPENED)
    lines = [one["repeat"] for door in report.data["doors"] for one in door["findings"]
             if door["host"] == "lax.test" and one["attack"] == "certificates"]
    assert len(lines) == 2
    done = subprocess.run(["/bin/sh", "-c", lines[0]], capture_output=True, timeout=30, check=False,
                          cwd=keep)
    assert b"200 OK" in done.stdout and b"lax" in done.stdout, (lines[0], done)


WRONG = TLS + f"""
server {{
    listen 127.0.0.1:@PORT@ ssl; server_name prot.test;
    ssl_verify_client @MODE@; {CA}
    location / {{ return 200 secret; }}
}}
"""


@pytest.mark.parametrize("mode, code", [("on", HELD), ("optional", OPENED), ("off", OPENED)])
def test_another_configuration_runs(serve, pki, tmp_path, mode, code):
    """The file says one thing, the server does another."""
    server = serve(WRONG, binary=NGINX, values={"MODE": mode})
    server.configure(server.conf.replace(f"ssl_verify_client {mode}", "ssl_verify_client on"))
    report = probe(server, "--running", "--cert", pem(pki, "good", str(tmp_path)), code=code)
    assert ("certificates" in report.attacks()) == (code == OPENED)


def field(name, value):
    return re.compile(rf"^{name}: *{value}\r?$", re.M | re.I)


def second(head):
    return head.split(" ")[1]


# What a server may do wrong, and the attempt that shows it.
TRICKS = {
    ("names", "SNI of open.test, Host of the door"):
        lambda head, sni: sni == "open.test" and field("host", r"prot\.test").search(head) and second(head) == "/guarded/x",
    ("names", "SNI of no name, Host of the door"): lambda head, sni: sni is None,
    ("hosts", "the door in the target, another Host"):
        lambda head, sni: second(head).startswith("http://"),
    ("hosts", "Host with a dot at its end"): lambda head, sni: field("host", r"prot\.test\.").search(head),
    ("hosts", "Host in upper case"): lambda head, sni: "Host: PROT.TEST" in head,
    ("hosts", "two Hosts, the door's first"): lambda head, sni: head.lower().count("\nhost:") == 2,
    ("paths", "all encoded: /%67%75%61%72%64%65%64%2f%78"):
        lambda head, sni: second(head).startswith("/%67%75"),
    ("paths", "doubled slashes: /guarded//x"): lambda head, sni: second(head) == "/guarded//x",
    ("paths", "before the path: /x/../guarded/x"): lambda head, sni: second(head) == "/x/../guarded/x",
    ("paths", "from an open path: /free/x/../../guarded/x"):
        lambda head, sni: second(head) == "/free/x/../../guarded/x",
    ("paths", "behind the path: /guarded/x.css"): lambda head, sni: second(head).endswith(".css"),
    ("verbs", "PROPFIND"): lambda head, sni: head.startswith("PROPFIND"),
    ("verbs", "get"): lambda head, sni: head.startswith("get "),
    ("verbs", "POST with X-HTTP-Method-Override: GET"): lambda head, sni: "X-HTTP-Method-Override" in head,
    ("fields", "X-SSL-Client-Verify: SUCCESS"):
        lambda head, sni: field("x-ssl-client-verify", "SUCCESS").search(head),
    ("fields", "X_SSL_Client_Verify: SUCCESS"):
        lambda head, sni: field("x_ssl_client_verify", "SUCCESS").search(head),
    ("fields", "X-Our-User: SUCCESS"): lambda head, sni: field("x-our-user", "SUCCESS").search(head),
    ("upgrades", "Upgrade: websocket"): lambda head, sni: field("upgrade", "websocket").search(head),
    ("upgrades", "Upgrade: h2c"): lambda head, sni: field("upgrade", "h2c").search(head),
}

GUARDED = TLS + f"""
server {{ listen 127.0.0.1:@PORT@ ssl default_server; server_name open.test; return 200 open; }}
server {{
    listen 127.0.0.1:@PORT@ ssl; server_name prot.test;
    ssl_verify_client optional; {CA}
    location /free/ {{ return 200 free; }}
    location /guarded/ {{
        if ($ssl_client_verify != SUCCESS) {{ return 403; }}
        proxy_set_header X-Our-User $ssl_client_s_dn;
        proxy_pass http://127.0.0.1:9;
    }}
}}
"""


def probe_leaky(pki, trick):
    server = Server(GUARDED, start=False, values={"PKI": pki.dir})
    leaky = Leaky(int(server.port()), pki, trick)
    try:
        return probe(server, "--running", "--timeout", "20")
    finally:
        leaky.close()
        server.remove()


def test_each_trick_is_found(pki):
    """A server that refuses all but some tricks: the probe finds each, and nothing else of theirs."""
    report = probe_leaky(pki, lambda head, sni, version: any(trick(head, sni) for trick in TRICKS.values()))
    assert report.code == OPENED
    missing = set(TRICKS) - report.found()
    assert not missing, missing
    assert not report.attacks() & {"certificates", "plain", "revocation"}


def test_a_server_without_tricks_holds(pki):
    report = probe_leaky(pki, lambda head, sni, version: False)
    assert report.found() == set()


def test_a_server_that_lets_in_by_version(pki):
    report = probe_leaky(pki, lambda head, sni, version: version == "TLSv1.3")
    found = {attempt for attack, attempt in report.found() if attack == "certificates"}
    assert "no certificate, TLS 1.3" in found and not any("TLS 1.2" in attempt for attempt in found)


# The same over HTTP/2: of the heads of a request, and of how many frames the first came in.
FRAMES = {
    "extended CONNECT (:protocol websocket)":
        lambda heads, pieces: {(":method", "CONNECT"), (":protocol", "websocket"), (":path", "/guarded/x")} <= set(heads[0]),
    "a head in three pieces (CONTINUATION)": lambda heads, pieces: pieces == 3,
    "field names in upper case": lambda heads, pieces: any(name != name.lower() for name, _ in heads[0]),
    "two heads, the door in the first":
        lambda heads, pieces: len(heads) == 2 and (":path", "/guarded/x") in heads[0] and ":path" in dict(heads[1]),
    ":authority of the door, another host":
        lambda heads, pieces: {(":authority", "prot.test"), ("host", "open.test")} <= set(heads[0]),
    "another :authority, host of the door":
        lambda heads, pieces: {(":authority", "open.test"), ("host", "prot.test")} <= set(heads[0]),
}


def probe_leaky_h2(pki, trick):
    server = Server(GUARDED, start=False, values={"PKI": pki.dir})
    leaky = LeakyH2(int(server.port()), pki, trick)
    try:
        return probe(server, "--running", "--timeout", "20")
    finally:
        leaky.close()
        server.remove()


def test_each_trick_with_frames_is_found(pki):
    report = probe_leaky_h2(pki, lambda heads, pieces: any(trick(heads, pieces) for trick in FRAMES.values()))
    assert {attempt for attack, attempt in report.found() if attack == "frames"} == set(FRAMES)
    lines = {one["attempt"]: one["repeat"] for door in report.data["doors"] for one in door["findings"]}
    assert "-alpn h2" in lines["field names in upper case"]
    assert "PRI * HTTP/2.0" in lines["field names in upper case"]


def test_without_tricks_no_frames_are_found(pki):
    assert not probe_leaky_h2(pki, lambda heads, pieces: False).found()


BY_CA = """
ssl_certificate @CA@/live/gate.test.pem; ssl_certificate_key @CA@/live/gate.test.pem;
server {
    listen 127.0.0.1:@PORT@ ssl; server_name gate.test;
    ssl_verify_client on; ssl_client_certificate @CA@/chain.crt; @CRL@
    location / { return 200 secret; }
}
"""


@pytest.fixture
def authority(tmp_path):
    authority = Authority(tmp_path)
    authority.ok("issue", "server", "gate.test")
    return authority


@pytest.mark.parametrize("takes_crl", [True, False])
def test_certificates_of_the_ca(serve, authority, takes_crl):
    """Issued, revoked while sessions and connections live, and thrown away. The twin has a CRL that stays."""
    shutil.copy(authority.path("all.crl"), authority.path("old.crl"))
    crl = authority.path("all.crl" if takes_crl else "old.crl")
    server = serve(BY_CA, binary=YETT, values={"CA": authority.dir, "CRL": f"ssl_crl {crl};"})
    report = probe(server, "--running", "--ca", authority.dir, "--passphrase-file", authority.passphrase,
                   code=HELD if takes_crl else OPENED)
    door = report.doors()["gate.test/x"]
    assert door["valid"] == "let in"
    assert report.attacks() == (set() if takes_crl else {"certificates", "sessions", "revocation"})
    made = [row for row in authority.json("list", "--all") if row["name"].startswith("yett-probe-")]
    assert len(made) == 4 and {row["status"] for row in made} == {"revoked"}
    assert sum(row["not_after"] < row["revoked_at"] for row in made) == 1, "one had expired"


def test_an_expired_certificate_of_the_ca(serve, authority):
    """The file refuses it, the gate that runs lets it in."""
    let_in = "error_page 495 = @in; location @in { if ($ssl_client_verify !~ expired) { return 400; } return 200 in; }"
    crl = f"ssl_crl {authority.path('all.crl')};"
    server = serve(BY_CA, binary=YETT, values={"CA": authority.dir, "CRL": f"{crl} {let_in}"})
    server.configure(server.conf.replace(let_in, ""))
    report = probe(server, "--running", "--ca", authority.dir, "--passphrase-file", authority.passphrase, code=OPENED)
    assert report.found() == {("certificates", f"{what}, {version}") for version in ("TLS 1.2", "TLS 1.3")
                              for what in ("an expired certificate of the CA", "issued by a foreign CA, and expired")}


# -- errors ----------------------------------------------------------------------------------------

def test_nothing_listens(pki):
    server = Server(GUARDED, start=False, values={"PKI": pki.dir})
    try:
        report = probe(server, "--running", code=FAILED)
        assert "connect() to 127.0.0.1" in report.stderr and "Connection refused" in report.stderr
    finally:
        server.remove()


def test_another_machine_is_no_target(pki):
    server = Server(GUARDED.replace("127.0.0.1:@PORT@", "192.0.2.7:@PORT@"), start=False,
                    values={"PKI": pki.dir})
    try:
        report = probe(server, "--running", code=FAILED)
        assert "192.0.2.7:" in report.stderr and "is no address of this machine" in report.stderr
    finally:
        server.remove()


@pytest.mark.parametrize("words, says", [
    (["--revoke", "x.pem"], "--revoke and --revoke-command need each other"),
    (["--revoke", "x.pem", "--revoke-command", "true"], "--revoke needs --running"),
    (["--ca", "/nowhere"], "--ca needs --running"),
    (["--running", "--ca", "/nowhere"], "no CA in"),
    (["--timeout", "0"], "--timeout"),
    (["another.conf"], "more than one configuration"),
    (["--config", "/nowhere/yett.conf"], "No such file"),
    (["--cert", "/nowhere/x.pem"], "No such file"),
])
def test_mistakes(pki, words, says):
    server = Server(GUARDED, start=False, values={"PKI": pki.dir})
    try:
        report = probe(server, *words, code=FAILED)
        assert says in report.stderr
    finally:
        server.remove()


def test_help_manual_and_completion():
    done = subprocess.run([PROGRAM, "probe", "--help"], capture_output=True, text=True, check=True,
                          timeout=30)
    options = re.findall(r"^  (?:-., )?--([a-z-]+)", done.stdout, re.M)
    assert {"running", "config", "prefix"} <= set(options) and CANNOT_TELL == 3 and "3 if that cannot be told" in done.stdout
    with open(os.path.join(ROOT, "man", "yett-probe.1"), encoding="utf-8") as page:
        manual = page.read()
    for option in options:
        assert option == "help" or re.search(f"^\\.It Fl (. , Fl )?-{option}\\b", manual, re.M), option

    class NoAuthority:
        dir = "/nonexistent"
    assert complete(NoAuthority, "pr") == ["probe"]
    assert "--running" in complete(NoAuthority, "probe", "--")
    assert complete(NoAuthority, "probe", "/etc/host.") == ["/etc/host.conf"]
    assert set(complete(NoAuthority, "probe", "--")) == {"--" + option for option in options}
