# SPDX-License-Identifier: Apache-2.0
"""`yett cert show URL`: what a server shows and asks for, beside what openssl s_client says of it."""

import re
import socket
import subprocess
import threading
import time

import pytest
from cryptography.hazmat.primitives import serialization

from support.certshow import fails, show, text
from support.servers import NGINX, YETT, free_port, wait_for

pytestmark = pytest.mark.yett_only("nginx has no such command")

BLOCKS = """
ssl_protocols TLSv1.2 TLSv1.3;
server { listen 127.0.0.1:@PORT@ ssl default_server; server_name a.test; ssl_verify_client on;
    ssl_certificate @PKI@/srv-a.crt; ssl_certificate_key @PKI@/srv-a.key;
    ssl_client_certificate @PKI@/both-ca.crt; ssl_crl @PKI@/all.crl; }
server { listen 127.0.0.1:@PORT@ ssl; server_name b.test; ssl_verify_client off;
    ssl_certificate @PKI@/srv-b.crt; ssl_certificate_key @PKI@/srv-b.key; }
server { listen 127.0.0.1:@PORT@ ssl; server_name front.test; ssl_verify_client optional;
    ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    ssl_trusted_certificate @PKI@/ca.crt; ssl_protocols TLSv1.2; }
server { listen 127.0.0.1:@PORT2@ ssl; server_name expired.test;
    ssl_certificate @PKI@/srv-expired.crt; ssl_certificate_key @PKI@/srv-expired.key; }
server { listen 127.0.0.1:@PORT3@ ssl; ssl_reject_handshake on; server_name _; }
server { listen 127.0.0.1:@PORT4@; return 200 plain; }
"""


@pytest.fixture(scope="module", params=["yett", "nginx"])
def site(request, serve_module):
    blocks = BLOCKS
    if request.param == "nginx":  # takes no list without that of every authority
        blocks = blocks.replace("ssl_crl @PKI@/all.crl;", "").replace(
            "ssl_trusted_certificate", "ssl_client_certificate")
    return serve_module(blocks, binary=YETT if request.param == "yett" else NGINX)


def at(site, name, *more, port="PORT", **kind):
    return show(f"https://{name}/", "--connect-to", f"127.0.0.1:{site.port(port)}", *more, **kind)


def s_client(site, name, *more):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{site.port()}",
                           "-servername", name, "-showcerts", "-nameopt", "RFC2253", *more],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                          timeout=30)
    names = re.search(r"Acceptable client certificate CA names\n(.*?)\n(Requested|---|Client|Peer)",
                      done.stdout, re.S)
    certs = re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", done.stdout,
                       re.S)
    return names[1].split("\n") if names else [], certs, re.search(r"New, (\S+), Cipher", done.stdout)[1]


@pytest.mark.parametrize("name, asks", [("a.test", True), ("b.test", False), ("front.test", True),
                                        ("unknown.test", True)])
def test_what_a_server_shows_and_asks(site, pki, name, asks):
    shown = at(site, name)
    names, certs, protocol = s_client(site, name)
    assert shown["connection"]["asks_for_a_certificate"] is asks
    assert shown["connection"]["of_these_authorities"] == names
    assert shown["connection"]["address"] == f"127.0.0.1:{site.port()}"
    assert shown["connection"]["protocol"] == protocol
    assert shown["certificates"] == len(certs) == 2
    assert shown["variables"]["ssl_client_raw_cert"] == certs[0]
    assert len(names) == (4 if name in ("a.test", "unknown.test") else len(names))


def test_the_name_and_authorities_are_verified(site, pki):
    for name, authorities, code in (("a.test", "ca.crt", 0), ("x.a.test", "root.crt", 0),
                                    ("unknown.test", "ca.crt", 3), ("a.test", "other-ca.crt", 3)):
        trust = at(site, name, "--ca", pki.path(authorities), code=code)["trust"]
        assert trust["as_tls_server"] is (code == 0) and trust["host"] == name
    assert at(site, "unknown.test", "--ca", pki.path("ca.crt"), code=3)["trust"][
        "as_tls_server_why"] == "hostname mismatch, at depth 0"
    trust = at(site, "backend.test", "--ca", pki.path("ca.crt"), port="PORT2", code=3)["trust"]
    assert trust["as_tls_server_why"] == "certificate has expired, at depth 0"


def test_the_systems_authorities_are_only_told(site):
    shown = at(site, "a.test")  # refused by them, and the status is 0
    if "trust" in shown:
        assert shown["trust"]["as_tls_server"] is False
        assert shown["trust"]["authorities"] == "/etc/ssl/certs/ca-certificates.crt"


def test_forms_of_addresses(site):
    port = site.port()
    for address in (f"localhost:{port}", f"127.0.0.1:{port}", f"https://127.0.0.1:{port}",
                    f"HTTPS://localhost:{port}/path?query", f"https://localhost:{port}?q"):
        assert show(address)["variables"]["ssl_client_s_dn"] == "CN=a.test,O=Yett Test,C=DE"
    for address in ("https://", "https://:443", "http://a.test", "https://a b/", "https://a:0",
                    "https://a:65536", "https://[::1", "https://u@a/"):
        assert "https://HOST[:PORT]" in fails(address)
    assert "No such file" in fails("nobody.test")


def test_servers_that_show_nothing(site):
    there = ["--connect-to", f"127.0.0.1:{site.port('PORT3')}"]
    said = fails("https://a.test", *there)
    assert said.startswith(f"yett: no certificate from 127.0.0.1:{site.port('PORT3')}: ")
    assert "unrecognized name" in said
    said = fails(f"127.0.0.1:{site.port('PORT4')}")
    assert "no certificate from" in said and "(SSL: error:" in said
    assert "failed (111: Connection refused)" in fails(f"127.0.0.1:{free_port()}")
    assert "host not found" in fails("https://nobody.invalid")
    assert "is not HOST:PORT" in fails("https://a.test", "--connect-to", "a b")
    assert "is not a number of seconds" in fails("https://a.test", "--timeout", "0")


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x16\x03\x03\xff"])
def test_a_peer_that_is_no_tls_server(answer):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve():
            peer = listener.accept()[0]
            peer.recv(4096)
            peer.sendall(answer)
            peer.close()
        thread = threading.Thread(target=serve)
        thread.start()
        assert "no certificate from" in fails("127.0.0.1:%d" % listener.getsockname()[1])
        thread.join()


def test_a_server_that_stalls_is_given_up():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        start = time.monotonic()
        said = fails("127.0.0.1:%d" % listener.getsockname()[1], "--timeout", "1")
        assert "the server did not answer in time" in said
        assert 0.9 < time.monotonic() - start < 9, "10 s is the default"


def test_certificates_are_shown_although_the_handshake_fails(pki):
    """TLS 1.2: who has to show a certificate is turned away before the handshake is over."""
    port = free_port()
    with subprocess.Popen(["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_2", "-cert",
                           pki.path("srv-a.crt"), "-key", pki.path("srv-a.key"), "-Verify", "1",
                           "-verify_return_error", "-CAfile", pki.path("root.crt"), "-quiet"],
                          stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as server:
        try:
            def listens():
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    return True
                except OSError:
                    return False
            wait_for(listens, 10, "s_server")
            shown = show(f"https://127.0.0.1:{port}")
        finally:
            server.terminate()
    assert shown["connection"]["protocol"] is None
    assert "handshake failure" in shown["connection"]["failure"]
    assert shown["connection"]["asks_for_a_certificate"] is True
    assert shown["connection"]["of_these_authorities"] == ["CN=Test Root,O=Yett Test,C=DE"]
    want = pki.server["a"][0].public_bytes(serialization.Encoding.PEM).decode()
    assert shown["variables"]["ssl_client_raw_cert"] == want


def test_text_for_people(site, pki):
    said = text("https://a.test", "--connect-to", f"127.0.0.1:{site.port()}", "--ca",
                pki.path("ca.crt"))
    assert "\n  asks for a certificate     yes\n" in said
    assert "\n  accepted CAs               CN=Test Root,O=Yett Test,C=DE\n" in said
    assert "\n  as TLS server              yes\n  host                       a.test\n" in said
    said = text("https://b.test", "--connect-to", f"127.0.0.1:{site.port()}")
    assert "\n  asks for a certificate     no\n" in said and "accepted CAs" not in said


def test_a_server_of_whom_nothing_is_named(pki, serve):
    site = serve("server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/srv-a.crt;"
                 "ssl_certificate_key @PKI@/srv-a.key; ssl_verify_client optional_no_ca; }")
    shown = show(f"127.0.0.1:{site.port()}")["connection"]
    assert (shown["asks_for_a_certificate"], shown["of_these_authorities"]) == (True, [])
    assert "the server names no CA" in text(f"127.0.0.1:{site.port()}")
