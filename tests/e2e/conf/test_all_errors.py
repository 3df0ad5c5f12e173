# SPDX-License-Identifier: Apache-2.0
"""Every error of a configuration at once, each with its line: -t, start, reload; and the command line."""

import os
import re
import signal
import subprocess

import pytest

from support.servers import YETT, wait_for

pytestmark = pytest.mark.yett_only("nginx stops at the first error")

PAIR = "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"

BROKEN = """
map $host $side { bad; }
server {
    listen 127.0.0.1:@PORT@ ssl quic;
    ssl_certificate @DIR@/none.crt;
    ssl_certificate_key @PKI@/srv-front.key;
    ssl_verify_client on;
    ssl_client_certificate @DIR@/none-ca.crt;
    ssl_crl @DIR@/none.crl;
    nonsense on;
    location / {
        proxy_pass https://127.0.0.1:1;
        proxy_ssl_trusted_certificate @DIR@/none-back.crt;
        proxy_ssl_verify on;
        proxy_read_timeout soon;
    }
}
server {
    listen 127.0.0.1:@PORT2@ ssl;
}
"""
# What is said, and in which of the lines above.
SAID = [("invalid number of", 2), (r'"quic" is not supported', 4), (r"none\.crt", 5),
        (r"none-ca\.crt", 8), (r"none\.crl", 9), ('unknown directive "nonsense"', 10),
        (r"none-back\.crt", 13), ("proxy_read_timeout", 15), ('no "ssl_certificate" is defined', 18)]


def errors(text):
    return re.findall(r"\[emerg\] (?:\d+#\d+: )?(.*)", text)


def line_of(server, part):
    """Where the text stands in the configuration."""
    with open(server.conf_path, encoding="utf-8") as text:
        lines = text.read().split("\n")
    return next(i for i, line in enumerate(lines, 1) if part in line)


def check(server, said):
    start = line_of(server, "map $host $side") - 2
    for pattern, line in SAID:
        found = [text for text in said if re.search(pattern, text)]
        assert len(found) == 1, (pattern, said)
        assert found[0].endswith(f" in {server.conf_path}:{start + line}"), (line, found)
    assert len(said) == len(SAID), said


def test_all_at_once(serve):
    server = serve(BROKEN, start=False)
    done = server.run("-t")
    assert done.returncode == 1
    check(server, errors(done.stderr))
    assert f"configuration file {server.conf_path} test failed" in done.stderr
    assert done.stderr.splitlines()[-1] == \
        'yett: "yett directives" describes each directive, yett(8) explains the errors'


def test_start(serve):
    server = serve(BROKEN, start=False)
    done = server.run()
    assert done.returncode == 1
    check(server, errors(done.stderr))


def test_reload(serve):
    """They are logged, and the old configuration stays; the command does not even ask for it."""
    good = "server { listen 127.0.0.1:@PORT@ ssl; %s return 200 old; }" % PAIR
    server = serve(good)
    before = len(server.log())
    server.configure(server.wrap(BROKEN))
    done = server.run("-s", "reload")
    assert done.returncode == 1
    check(server, errors(done.stderr))
    os.kill(server.process.pid, signal.SIGHUP)
    wait_for(lambda: len(errors(server.log()[before:])) >= len(SAID), 20, "the errors")
    check(server, errors(server.log()[before:]))
    server.stop(allow=r"\[emerg\]")


MENDED = {"bad;": "", " quic": "", "@DIR@/none.crt": "@PKI@/srv-front.crt", "nonsense on;": "",
          "@DIR@/none-ca.crt": "@PKI@/ca.crt", "soon": "1s", "ssl_crl @DIR@/none.crl;": "",
          "@DIR@/none-back.crt": "@PKI@/ca.crt", "@PORT2@ ssl;": "@PORT2@;"}


def test_none(serve):
    """The twin: mended, it loads, and nothing is said of where to read on."""
    text = BROKEN
    for part, whole in MENDED.items():
        text = text.replace(part, whole)
    server = serve(text, start=False)
    done = server.run("-t")
    assert done.returncode == 0 and errors(done.stderr) == [], done.stderr
    assert "yett directives" not in done.stderr


@pytest.mark.parametrize("text, said", [
    # No unknown variable where what defines it is not understood.
    ("map $host $side { a b c; } server { listen 127.0.0.1:@PORT@; return 200 $side$other; }", 1),
    ("server { listen 127.0.0.1:@PORT@; js_set $x f; return 200 $x; }", 1),
    ("server { listen 127.0.0.1:@PORT@; nonsense on; return 200 $x; }", 2),
    ("server { listen 127.0.0.1:@PORT@; return 200 $x; location /a { return 200 $y; } }", 2),
    # No missing certificate where its directive is not understood.
    ("server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate data:x; ssl_certificate_key @DIR@/n; }", 1),
    # No group that does not exist where it is only wrong.
    ("upstream u { server 127.0.0.1:1 odd; } "
     "server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://u; } }", 1),
    # No CRL of an unknown CA where the CA's certificate could not be read.
    ("server { listen 127.0.0.1:@PORT@ ssl; " + PAIR + " ssl_verify_client on;"
     " ssl_client_certificate @DIR@/none; ssl_crl @PKI@/all.crl; }", 1),
    # The same at several places is one error.
    ("proxy_ssl_trusted_certificate @DIR@/none; proxy_ssl_verify on; server { listen 127.0.0.1:@PORT@;"
     " location /a { proxy_pass https://127.0.0.1:1; } location /b { proxy_pass https://127.0.0.1:1; } }",
     1),
    # A syntax error is the end: what is behind it cannot be told.
    ("server { listen 127.0.0.1:@PORT@; nonsense on; ", 1),
])
def test_no_consequences(serve, text, said):
    done = serve(text, start=False).run("-t")
    assert done.returncode == 1 and len(errors(done.stderr)) == said, done.stderr


@pytest.mark.parametrize("conf, line", [
    ("ssl_crl @PKI@/ca.crt;", "ssl_crl"), ("ssl_ciphers NOSUCH;", "ssl_ciphers"),
    ("ssl_trusted_certificate @DIR@/none;", "ssl_trusted"), ("ssl_dhparam @DIR@/none;", "ssl_dhparam"),
    ("ssl_ecdh_curve nosuch;", "ssl_ecdh_curve"), ("ssl_session_ticket_key @DIR@/none;", "ticket_key"),
    ("ssl_conf_command NoSuch x;", "ssl_conf_command"),
    ("access_log @DIR@/none/a.log;", "access_log"), ("error_log @DIR@/none/e.log;", "none/e.log"),
])
def test_line(serve, conf, line):
    """Of the directive, also when http has it."""
    server = serve(conf + "\nserver {\nlisten 127.0.0.1:@PORT@ ssl;\n" + PAIR +
                   "\nssl_verify_client on;\nssl_client_certificate @PKI@/ca.crt;\n}", start=False)
    done = server.run("-t")
    assert done.returncode == 1
    error, = errors(done.stderr)
    assert error.endswith(f" in {server.conf_path}:{line_of(server, line)}"), error


def yett(*words):
    return subprocess.run([YETT, *words], text=True, capture_output=True, check=False, timeout=60,
                          env=dict(os.environ))


def test_help():
    for words in (("--help",), ("help",)):
        done = yett(*words)
        assert done.returncode == 0 and done.stderr == ""
        assert done.stdout.startswith("Usage: yett ") and "  client " in done.stdout
    done = yett("-h")  # as nginx
    assert done.returncode == 0 and done.stdout == "" and "Usage: yett " in done.stderr
    assert yett("help", "ca").stdout == yett("ca", "--help").stdout != ""
    assert yett("--version").stdout.startswith("yett version: yett/")


@pytest.mark.parametrize("word, meant", [
    ("chk", "yett check"), ("configtest", "yett -t"), ("crt", "yett cert"), ("clients", "yett client"),
    ("directive", "yett directives"), ("reload", "yett -s reload"), ("start", None), ("x", None),
    ("nonsense", None)])
def test_unknown_command(word, meant):
    for words in ((word,), ("help", word)):
        done = yett(*words)
        assert done.returncode == 2 and done.stdout == ""
        assert done.stderr.startswith(f'yett: no such command: "{word}"\n')
        assert done.stderr.endswith('yett: "yett --help" lists options and commands\n')
        assert (f'did you mean "{meant}"?' in done.stderr) if meant else "did you" not in done.stderr


def test_options_are_not_commands():
    done = yett("-x")
    assert done.returncode == 1 and 'invalid option: "x"' in done.stderr
    done = yett("-t", "chk")
    assert done.returncode == 1 and 'invalid option: "chk"' in done.stderr
