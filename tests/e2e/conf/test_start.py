# SPDX-License-Identifier: Apache-2.0
"""What `-t` and the start say beforehand, and to whom."""

import os
import pty
import re
import select
import shutil
import signal
import time

import pytest

from support.rawhttp import ask, tls_context
from support.servers import wait_for

pytestmark = pytest.mark.yett_only("nginx says none of this")

PAIR = "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"
VERIFY = "ssl_client_certificate @PKI@/ca.crt; ssl_verify_client %s;"


def says(server, code=0):
    done = server.run("-t")
    assert done.returncode == code, done.stderr
    return done.stderr


def line_of(server, text):
    """FILE:LINE of the first line with that text."""
    lines = server.conf.split("\n")
    return f"{server.conf_path}:{next(i for i, line in enumerate(lines, 1) if text in line)}"


# -- servers that demand certificates by one of their addresses only -------------------------------

@pytest.mark.parametrize("mode", ["on", "optional", "optional_no_ca"])
def test_a_plain_address_beside_a_verifying_one_is_warned_of(serve, mode):
    server = serve(f"server {{\nlisten 127.0.0.1:@PORT@ ssl;\nlisten 127.0.0.1:@PORT2@;\n{PAIR}\n{VERIFY % mode}\n}}",
                   start=False)
    said = says(server)
    plain = f"127.0.0.1:{server.port('PORT2')}"
    assert re.search(rf"\[warn\] .*\"ssl_verify_client\".*{plain} without TLS need no certificate in "
                     + re.escape(line_of(server, f"listen {plain}")), said), said


@pytest.mark.parametrize("servers", [
    # No demand at all; a demand by TLS only; a redirect in a block of its own below a demand in http; an address
    # that is TLS by another block's word.
    f"server {{ listen 127.0.0.1:@PORT@ ssl; listen 127.0.0.1:@PORT2@; {PAIR} }}",
    f"server {{ listen 127.0.0.1:@PORT@ ssl; listen 127.0.0.1:@PORT2@ ssl; {PAIR} {VERIFY % 'on'} }}",
    f"{VERIFY % 'on'} server {{ listen 127.0.0.1:@PORT@ ssl; {PAIR} }} "
    "server { listen 127.0.0.1:@PORT2@; return 301 https://$host$request_uri; }",
    f"server {{ listen 127.0.0.1:@PORT@ ssl; {PAIR} }} "
    f"server {{ listen 127.0.0.1:@PORT@; listen 127.0.0.1:@PORT2@ ssl; {PAIR} {VERIFY % 'on'} }}",
])
def test_others_are_not(serve, servers):
    assert "without TLS need no certificate" not in says(serve(servers, start=False))


# -- keys that everybody can read -------------------------------------------------------------------

def test_a_readable_key_is_warned_of_once(serve, pki):
    server = serve("\n".join(f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name s{i}.test; "
                             f"ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key key.pem; }}"
                             for i in range(5)), start=False)
    key = os.path.join(server.dir, "key.pem")
    shutil.copy(pki.path("srv-front.key"), key)
    os.chmod(key, 0o644)
    assert says(server).count("can be read by everybody") == 1
    os.chmod(key, 0o600)
    assert "can be read" not in says(server)


# -- at a terminal ----------------------------------------------------------------------------------

def at_a_terminal(words, until):
    """What is shown to somebody who types it, until that is there or the program has ended."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(words[0], words)
    said, end = b"", time.monotonic() + 20
    while until not in said and time.monotonic() < end:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            said += os.read(terminal, 4096)
        except OSError:
            break
    return pid, terminal, said.decode()


TWO = "server { listen 127.0.0.1:@PORT@; listen unix:@DIR@/s; location / { return 200 ok; } }"


@pytest.mark.parametrize("daemon", ["on", "off"])
def test_the_start_says_where_it_serves(serve, daemon):
    server = serve(TWO, start=False)
    pid, terminal, said = at_a_terminal(server.command("-g", f"daemon {daemon};"), b"serving")
    try:
        assert re.search(rf"^yett: serving 127\.0\.0\.1:{server.port()}, unix:{server.dir}/s\r?$", said, re.M), said
    finally:
        if daemon == "off":
            os.kill(pid, signal.SIGTERM)
        else:
            server.run("-s", "stop", check=True)
        os.waitpid(pid, 0)
        os.close(terminal)
        wait_for(lambda: not os.path.exists(server.pid_path), 20, "the end")


def test_a_script_is_told_nothing(serve):
    server = serve(TWO, start=False)
    done = server.run(check=True)
    assert (done.stdout, done.stderr) == ("", "")
    server.run("-s", "stop", check=True)
    wait_for(lambda: not os.path.exists(server.pid_path), 20, "the end")


def test_a_start_that_fails_says_no_address(serve):
    server = serve("server { listen 127.0.0.1:@PORT@; root /x; root /y; }", start=False)
    pid, terminal, said = at_a_terminal(server.command("-g", "daemon off;"), b"serving")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    os.close(terminal)
    assert '"root" directive is duplicate' in said and "serving" not in said, said


# -- limits of a handshake ---------------------------------------------------------------------------

@pytest.fixture(scope="module")
def many_cas(tmp_path_factory):
    """One CA for each hundred bytes and more: 800 of them are too many for a handshake."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from support.pki import DAY, NOW, simple
    key, parts = ec.generate_private_key(ec.SECP256R1()), []
    for i in range(800):
        called = simple(f"authority number {i:04} of many", org="A company with a rather long name")
        parts.append(x509.CertificateBuilder().subject_name(called).issuer_name(called).public_key(key.public_key())
                     .serial_number(i + 1).not_valid_before(NOW).not_valid_after(NOW + 30 * DAY)
                     .add_extension(x509.BasicConstraints(True, None), True).sign(key, hashes.SHA256())
                     .public_bytes(serialization.Encoding.PEM))
    path = tmp_path_factory.mktemp("cas") / "cas.pem"
    path.write_bytes(b"".join(parts))
    return path


MANY = ("server {\nlisten 127.0.0.1:@PORT@ ssl;\n" + PAIR + "\nssl_verify_client on;\n%s @CAS@;\n"
        "ssl_client_certificate @PKI@/ca.crt;\nreturn 200 $ssl_client_verify; }")


def test_more_ca_names_than_a_handshake_carries(serve, pki, many_cas):
    server = serve(MANY.replace("ssl_client_certificate @PKI@/ca.crt;\n", "") % "ssl_client_certificate",
                   values={"CAS": many_cas, "PKI": pki.dir}, start=False)
    said = says(server, code=1)
    assert re.search(r"\[emerg\] the names of the 800 CAs .*\"ssl_trusted_certificate\".* in "
                     + re.escape(line_of(server, "ssl_client_certificate")), said), said


def test_as_many_that_are_not_sent_are_well(serve, pki, many_cas):
    server = serve(MANY % "ssl_trusted_certificate", values={"CAS": many_cas, "PKI": pki.dir})
    got = ask(server.port(), tls=tls_context(pki, "good"))
    assert (got.status, got.text) == (200, "SUCCESS"), (got, server.tail())


# -- what another account puts in the place of a log --------------------------------------------------

@pytest.mark.skipif(os.geteuid() != 0, reason="it is root who is to be careful")
@pytest.mark.parametrize("trap", ["link", "fifo"])
def test_a_trap_in_the_place_of_a_log(serve, trap):
    account = 65534
    server = serve("\naccess_log @DIR@/logs/access.log;\nserver { listen 127.0.0.1:@PORT@; return 200 old; }",
                   main="user nobody;")
    logs, precious = os.path.join(server.dir, "logs"), server.write("precious", "root's")
    os.chown(logs, account, account)
    path = os.path.join(logs, "access.log")
    os.unlink(path)
    os.symlink(precious, path) if trap == "link" else os.mkfifo(path)
    why = r"access\.log\" (refused|failed)"
    server.configure(server.conf.replace("old", "new"))
    server.kill(signal.SIGHUP)
    server.wait_log(why)
    assert ask(server.port()).text == "old"
    assert os.stat(precious).st_uid == 0 and server.read("precious") == "root's"
    seen = len(re.findall(why, server.log()))
    server.kill(signal.SIGUSR1)
    wait_for(lambda: len(re.findall(why, server.log())) > seen, what="the refusal to reopen")
    assert os.stat(precious).st_uid == 0 and server.read("precious") == "root's"
    os.unlink(path)
    server.kill(signal.SIGHUP)
    wait_for(lambda: ask(server.port()).text == "new", what="the reload after that")
    assert os.stat(path).st_uid == account


# -- loads that wait for something that does not come -------------------------------------------------

HANGS = "ssl_conf_command DHParameters @DIR@/fifo;"   # OpenSSL opens it, and waits until somebody writes


@pytest.fixture
def hanging(serve):
    """A server whose next reload hangs: reload() asks for one, and returns when it does."""
    server = serve("server { listen 127.0.0.1:@PORT@; return 200 old; }\n"
                   f"server {{ listen 127.0.0.1:@PORT2@ ssl; {PAIR} #HERE\n}}")
    os.mkfifo(os.path.join(server.dir, "fifo"))
    before = set(server.children(server.process.pid))

    def reload(extra=""):
        server.configure(extra + server.conf.replace("#HERE", server.expand(HANGS)))
        server.kill(signal.SIGHUP)
        wait_for(lambda: any(opens_fifo(pid) for pid in set(server.children(server.process.pid)) - before),
                 what="the load that hangs")
    return server, reload


def opens_fifo(pid):
    """Whether the process waits for the other end of a FIFO: it has read its configuration then."""
    try:
        with open(f"/proc/{pid}/wchan", encoding="ascii") as place:
            return "partner" in place.read()
    except OSError:
        return False


def test_a_file_that_is_cut_off_changes_nothing(serve):
    """As a reload may find it while an editor writes it."""
    server = serve("server { listen 127.0.0.1:@PORT@; return 200 old; }")
    whole = server.conf
    for text in ("", "pid @DIR@/server.pid;\n"):
        server.configure(text)
        seen = server.log().count('no "events" section in configuration')
        server.kill(signal.SIGHUP)
        wait_for(lambda: server.log().count('no "events" section in configuration') > seen, what="the refusal")
        assert ask(server.port()).text == "old"
    server.configure(whole.replace("200 old", "200 new"))
    server.kill(signal.SIGHUP)
    wait_for(lambda: ask(server.port()).text == "new", what="the whole file")


def test_a_load_has_a_limit(hanging):
    server, reload = hanging
    reload("load_timeout 1s;\n")
    server.wait_log(r'\[emerg\] .*longer than "load_timeout" \(1000 ms\)')
    wait_for(lambda: len(server.children(server.process.pid)) == 1, what="the end of the process that loads")
    assert ask(server.port()).text == "old"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGQUIT])
def test_stop_does_not_wait_for_a_load(hanging, how):
    server, reload = hanging
    reload()
    server.kill(how)
    server.process.wait(20)
    assert server.process.returncode == 0


def test_a_newer_reload_replaces_one_that_hangs(hanging):
    server, reload = hanging
    good = server.conf
    reload()
    server.configure(good.replace("200 old", "200 new"))
    server.kill(signal.SIGHUP)
    wait_for(lambda: ask(server.port()).text == "new", 30, what="the newer configuration")
    assert "load_timeout" not in server.log()


def test_a_start_that_hangs_ends(serve):
    server = serve(f"server {{ listen 127.0.0.1:@PORT@ ssl; {PAIR} {HANGS} }}", main="load_timeout 1s;", start=False)
    os.mkfifo(os.path.join(server.dir, "fifo"))
    done = server.run("-g", "daemon off;")
    assert done.returncode == 1 and "load_timeout" in done.stderr, done.stderr
