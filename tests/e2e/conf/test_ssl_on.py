# SPDX-License-Identifier: Apache-2.0
"""`ssl on | off`, which nginx had until 1.25: what it means, where it is inherited, what is refused.

An address speaks TLS when one of its `listen` lines says `ssl`, or its default server says `ssl on`. The
same is asked of nginx where that still knows the directive.
"""

import pytest

from support import rawhttp
from support.rawhttp import Conn, build
from support.servers import NGINX, YETT, YETT_IS_NGINX, Server, version_of

OLD_NGINX = version_of(NGINX) < (1, 25, 1)
BINARIES = [pytest.param(YETT, id="yett", marks=[] if OLD_NGINX or not YETT_IS_NGINX else [
    pytest.mark.skip(reason="the directive is gone")])]
BINARIES += [pytest.param(NGINX, id="nginx")] if OLD_NGINX and not YETT_IS_NGINX else []

CERT = "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"
DEPRECATED = 'the "ssl" directive is deprecated, use the "listen ... ssl" directive instead in '


def block(said, name="a.test", listen="127.0.0.1:@PORT@", extra=CERT):
    return f"server {{ listen {listen}; server_name {name}; {said} {extra} return 200 {name}[$https]; }}\n"


# What is written, and by port and name of the server what is spoken: "tls", "plain".
MEANINGS = {
    "on": (block("ssl on;"), {("PORT", "a.test"): "tls"}),
    "off": (block("ssl off;", extra=""), {("PORT", "a.test"): "plain"}),
    "upper case": (block("ssl ON;"), {("PORT", "a.test"): "tls"}),
    "listen ssl wins": (block("ssl off;", listen="127.0.0.1:@PORT@ ssl"), {("PORT", "a.test"): "tls"}),
    "both": (block("ssl on;", listen="127.0.0.1:@PORT@ ssl"), {("PORT", "a.test"): "tls"}),
    "inherited, and taken back": (
        f"ssl on; {CERT}\n" + block("", extra="") + block("ssl off;", "b.test", "127.0.0.1:@PORT2@", ""),
        {("PORT", "a.test"): "tls", ("PORT2", "b.test"): "plain"}),
    "every address of the server": (
        block("ssl on;", listen="127.0.0.1:@PORT@; listen 127.0.0.1:@PORT2@"),
        {("PORT", "a.test"): "tls", ("PORT2", "a.test"): "tls"}),
    "the first server decides": (
        block("ssl on;") + block("", "b.test", extra=""),
        {("PORT", "a.test"): "tls", ("PORT", "b.test"): "tls"}),
    "the first server decides against": (
        block("", extra="") + block("ssl on;", "b.test"),
        {("PORT", "a.test"): "plain", ("PORT", "b.test"): "plain"}),
    "default_server decides": (
        block("", extra="") + block("ssl on;", "b.test", "127.0.0.1:@PORT@ default_server"),
        {("PORT", "a.test"): "tls", ("PORT", "b.test"): "tls"}),
}


def ask(server, pki, port, name, tls):
    """The body, or None where TLS was asked for and nobody speaks it."""
    try:
        with Conn(server.port(port), rawhttp.tls_context(pki) if tls else None, name if tls else None) as conn:
            conn.send(build("GET /", host=name))
            return conn.read().body.decode()
    except OSError:
        return None


@pytest.mark.parametrize("binary", BINARIES)
@pytest.mark.parametrize("name", MEANINGS)
def test_what_is_spoken(pki, binary, name):
    http, spoken = MEANINGS[name]
    server = Server(http, binary=binary, values={"PKI": pki.dir})
    try:
        for (port, host), what in spoken.items():
            tls, plain = ask(server, pki, port, host, True), ask(server, pki, port, host, False)
            if what == "tls":
                assert tls == f"{host}[on]"
                assert "The plain HTTP request was sent to HTTPS port" in plain
            else:
                assert tls is None and plain == f"{host}[]"
    finally:
        server.stop()


REFUSED = {
    "no certificate": (block("ssl on;", extra=""), 'no "ssl_certificate" is defined for the "ssl" directive in '),
    "no certificate, beside a plain server": (
        block("", extra="") + block("ssl on;", "b.test", extra=""),
        'no "ssl_certificate" is defined for the "ssl" directive in '),
    "inherited without a certificate": (
        "ssl on;\n" + block("") + block("", "b.test", extra=""),
        'no "ssl_certificate" is defined for the "ssl" directive in '),
    "another value": (block("ssl maybe;"), 'invalid value "maybe" in "ssl" directive, it must be "on" or "off" in '),
    "twice": (block("ssl on; ssl on;"), '"ssl" directive is duplicate in '),
    "in a location": (block("location /x { ssl on; }"), '"ssl" directive is not allowed here'),
    "no CA": (block("ssl on; ssl_verify_client on;"), "no ssl_client_certificate for ssl_verify_client"),
}


@pytest.mark.parametrize("binary", BINARIES)
@pytest.mark.parametrize("name", REFUSED)
def test_refused(pki, binary, name):
    http, why = REFUSED[name]
    server = Server(http, binary=binary, values={"PKI": pki.dir}, start=False)
    done = server.run("-t")
    assert done.returncode == 1 and why in done.stderr, done.stderr
    server.remove()


@pytest.mark.parametrize("binary", BINARIES)
@pytest.mark.parametrize("said", ["on", "off"])
def test_the_warning_names_what_to_write(pki, binary, said):
    server = Server(block(f"\nssl {said};\n"), binary=binary, values={"PKI": pki.dir}, start=False)
    done = server.run("-t")
    assert done.returncode == 0 and done.stderr.count(DEPRECATED + server.conf_path) == 1, done.stderr
    server.remove()


@pytest.mark.yett_only("it says nothing")
def test_a_server_whose_word_does_not_count_is_warned_about(serve):
    plain = serve(block("", extra="") + block("ssl on;", "b.test"), start=False).run("-t")
    assert plain.returncode == 0
    assert "has no effect on 127.0.0.1:" in plain.stderr and '"listen ... ssl"' in plain.stderr
    for twin in (block("ssl on;") + block("ssl on;", "b.test"),
                 block("", listen="127.0.0.1:@PORT@ ssl") + block("ssl on;", "b.test")):
        done = serve(twin, start=False).run("-t")
        assert done.returncode == 0 and "has no effect on" not in done.stderr, done.stderr


def test_clients_are_verified_as_with_listen_ssl(pki, serve):
    if YETT_IS_NGINX and not OLD_NGINX:
        pytest.skip("the directive is gone")
    server = serve(block("ssl on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;"
                         "ssl_verify_client on;"))
    for cert, status in [("good", 200), ("revoked", 400), (None, 400), ("expired", 400)]:
        with Conn(server.port(), rawhttp.tls_context(pki, cert), "a.test") as conn:
            conn.send(build("GET /", host="a.test"))
            assert conn.read().status == status, cert
