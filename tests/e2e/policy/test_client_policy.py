# SPDX-License-Identifier: Apache-2.0
"""client_policy, client_access, client_access_mode: who gets in, on every way in, over both protocols; and what
`yett check` and `yett explain` say of it."""

import json
import os
import re
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from support.client_certs import TLS
from support.explain import explain, status_of
from support.protocols import both, connect
from support.pki import NOW, DAY, simple
from support.rawhttp import Closed, tls_context
from support.servers import YETT, wait_for
from support.sessions import reload_and_wait

pytestmark = pytest.mark.yett_only("nginx has no policies")

VERIFY = "ssl_client_certificate @PKI@/ca.crt; ssl_verify_depth 3; ssl_verify_client optional;"
POLICIES = """
client_access staff;
error_page 404 /missing;
client_policy staff {
    deny "subject.CN=second machine";
    allow "issuer.CN=Test Intermediate" "subject.O=Yett Test" "subject.CN=good machine";
    allow email=*@staff.test;
}
client_policy services { allow uri=spiffe://yett.test/ns/*; }
client_policy near { allow network=127.0.0.1; }
client_policy anyone { allow verified; }
"""
SITE = POLICIES + f"""
server {{ listen 127.0.0.1:@PORT@ ssl; listen 127.0.0.1:@PORT2@; server_name one.test; {TLS} {VERIFY}
    location / {{ return 200 in; }}
    location /files/ {{ root @DIR@/www; index index.html; error_page 404 = @other; try_files $uri $uri/ @other; }}
    location @other {{ client_access off; return 200 other; }}
    location @guarded {{ return 200 guarded; }}
    location /jump/ {{ client_access off; try_files /none @guarded; }}
    location /services/ {{ client_access services; return 200 services; location /services/any {{ client_access anyone; return 200 any; }} }}
    location /near/ {{ client_access near; return 200 near; }}
    location /open/ {{ client_access off; return 200 open; location /open/in/ {{ return 200 inside; }} }}
    location /tried/ {{ client_access_mode report; return 200 tried; }}
    location /moved/ {{ client_access off; rewrite ^ /private last; }}
    location /missing {{ return 200 "missing page"; }}
}}
server {{ listen 127.0.0.1:@PORT@ ssl; server_name text.test; {TLS} {VERIFY} return 200 "text of the server"; }}
"""


@pytest.fixture(scope="module")
def made(pki):
    """Certificates with alternative names, by the authority that the servers trust."""
    names = {
        "staff": [x509.RFC822Name("eve@staff.test")],
        "staff-in-cn": None,
        "staff-as-dns": [x509.DNSName("eve@staff.test")],
        "mail-beside": [x509.RFC822Name("eve@staff.test.evil.test")],
        "web": [x509.UniformResourceIdentifier("spiffe://yett.test/ns/web")],
        "web-only-begins": [x509.UniformResourceIdentifier("spiffe://yett.test/nsx/web")],
        "web-other-domain": [x509.UniformResourceIdentifier("spiffe://yett.test.evil/ns/web")],
        "web-climbs": [x509.UniformResourceIdentifier("spiffe://yett.test/ns/../x")],
    }
    for name, alternatives in names.items():
        cert, key = pki.issue(simple("eve@staff.test" if name == "staff-in-cn" else name), pki.inter,
                              eku=[x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH])
        if alternatives:
            builder = (x509.CertificateBuilder().subject_name(cert.subject).issuer_name(cert.issuer)
                       .public_key(cert.public_key()).serial_number(x509.random_serial_number())
                       .not_valid_before(NOW - DAY).not_valid_after(NOW + 30 * DAY)
                       .add_extension(x509.SubjectAlternativeName(alternatives), False))
            cert = builder.sign(pki.inter[1], hashes.SHA256())
        with open(pki.path(name + ".crt"), "wb") as out:
            out.write(cert.public_bytes(serialization.Encoding.PEM))
        with open(pki.path(name + ".key"), "wb") as out:
            out.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                        serialization.NoEncryption()))
    return pki


@pytest.fixture(scope="module")
def site(serve_module, made):
    return serve_module("@HTTP2@\n" + SITE, files={"www/files/a.txt": "file", "www/files/sub/index.html": "index"})


def ask(site, made, cert, path, host="one.test", port="PORT"):
    tls = tls_context(made, cert) if port == "PORT" else None
    with connect(site.port(port), tls, host if tls else None) as conn:
        answer = conn.ask("GET " + path, host=host)
        return answer.status, answer.text


@both
@pytest.mark.parametrize("cert,path,status,text", [
    ("good", "/", 200, "in"),
    ("second", "/", 403, None),
    ("rsa", "/", 403, None),
    (None, "/", 403, None),
    ("staff", "/", 200, "in"),
    ("staff-in-cn", "/", 403, None),
    ("staff-as-dns", "/", 403, None),
    ("mail-beside", "/", 403, None),
    ("good", "/files/a.txt", 200, "file"),
    ("good", "/files/sub/", 200, "index"),
    ("rsa", "/files/a.txt", 403, None),
    ("rsa", "/files/sub/", 403, None),
    ("rsa", "/files/none", 403, None),
    ("good", "/files/none", 200, "other"),
    ("good", "/jump/", 200, "guarded"),
    ("rsa", "/jump/", 403, None),
    (None, "/jump/", 403, None),
    ("web", "/services/", 200, "services"),
    ("web-only-begins", "/services/", 403, None),
    ("web-other-domain", "/services/", 403, None),
    ("web-climbs", "/services/", 403, None),
    ("good", "/services/", 403, None),
    ("good", "/services/any", 200, "any"),
    (None, "/services/any", 403, None),
    (None, "/near/", 200, "near"),
    (None, "/open/", 200, "open"),
    (None, "/open/in/", 200, "inside"),
    (None, "/tried/", 200, "tried"),
    (None, "/moved/", 403, None),
    ("good", "/moved/", 200, "in"),
])
def test_who_gets_in(site, made, cert, path, status, text):
    got, body = ask(site, made, cert, path)
    assert got == status
    assert text is None or body == text


@both
@pytest.mark.parametrize("cert,status", [("good", 200), ("rsa", 403), (None, 403)])
def test_a_text_of_the_server_itself_is_guarded(site, made, cert, status):
    assert ask(site, made, cert, "/", "text.test")[0] == status


@pytest.mark.parametrize("path,status", [("/", 403), ("/services/", 403), ("/near/", 200), ("/open/", 200)])
def test_a_plain_listener_has_no_clients_with_certificates(site, made, path, status):
    assert ask(site, made, None, path, port="PORT2")[0] == status


@pytest.mark.parametrize("cert,said", [
    ("second", 'client denied by client_policy "staff": deny "subject.CN=second machine" in '),
    ("rsa", 'client denied by client_policy "staff": no rule matches'),
    (None, 'client without a verified certificate denied by client_policy "staff"'),
])
def test_the_log_names_the_rule(site, made, cert, said):
    mark = len(site.log())
    ask(site, made, cert, "/")
    assert said in site.log()[mark:] and site.conf_path + ":" in site.log()[mark:]


@pytest.fixture(name="odd", scope="module")
def odd_(made):
    """A certificate whose CN needs quotes and escapes in a configuration."""
    cert, key = made.issue(simple('a "b" {c}; d\\ $e'), made.inter, eku=[x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH])
    with open(made.path("odd.crt"), "wb") as out:
        out.write(cert.public_bytes(serialization.Encoding.PEM))
    with open(made.path("odd.key"), "wb") as out:
        out.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                    serialization.NoEncryption()))
    return "odd"


def test_the_logged_rule_can_be_pasted_into_a_configuration(serve, made, odd):
    def logged(rule):
        site = serve(f"client_policy p {{ {rule}; allow verified; }}\nserver {{ listen 127.0.0.1:@PORT@ ssl; server_name one.test;"
                     f" {TLS} {VERIFY} client_access p; location / {{ return 200 in; }} }}")
        assert ask(site, made, odd, "/")[0] == 403
        assert ask(site, made, "good", "/")[0] == 200
        return re.search(r'client_policy "p": (deny .*) in /', site.log()).group(1)
    rule = logged(r"""deny "subject.CN=a \"b\" {c}; d\\ $e" 'issuer.CN=Test Intermediate' network=127.0.0.1""")
    assert rule == r'deny "subject.CN=a \"b\" {c}; d\\ $e" "issuer.CN=Test Intermediate" network=127.0.0.1'
    assert logged(rule) == rule


def test_report_mode_logs_what_it_would_deny(site, made):
    mark = len(site.log())
    assert ask(site, made, None, "/tried/")[0] == 200
    assert '"staff" (report only): no rule matches' in site.log()[mark:]


@pytest.mark.parametrize("cert,status", [("good", 200), ("second", 403), (None, 403)])
def test_explain_says_what_the_gate_does(site, made, cert, status):
    more = ["--cert", made.path(cert + ".crt")] if cert else []
    said = explain(site, *more, f"https://one.test:{site.port()}/")
    assert status_of(said) == status
    steps = json.dumps(said)
    assert ("no rule of client_policy" if cert is None else "subject.CN=") in steps


def test_a_reload_that_demands_more_holds_at_once(serve, made):
    def conf(rule):
        return (f"client_policy p {{ allow {rule}; }}\n"
                f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name one.test; {TLS} {VERIFY} client_access p;\n"
                "location / { return 200 in; } }")
    site = serve(conf("verified"))
    assert ask(site, made, "good", "/")[0] == 200
    with open(site.conf_path, encoding="utf-8") as old:
        text = old.read()
    with open(site.conf_path, "w", encoding="utf-8") as new:
        new.write(text.replace("allow verified", 'allow "subject.CN=second machine"'))
    reload_and_wait(site)
    assert ask(site, made, "good", "/")[0] == 403
    assert ask(site, made, "second", "/")[0] == 200


@both
@pytest.mark.parametrize("secure", [True, False])
def test_a_connection_from_before_a_reload_gets_no_more_than_a_new_one(serve, made, secure):
    tls = f"{TLS} {VERIFY}" if secure else ""
    gone = "location = /health { client_access off; return 200 health; }"
    site = serve(f"@HTTP2@ client_policy p {{ allow verified; }}\n"
                 f"server {{ listen 127.0.0.1:@PORT@{' ssl' if secure else ''}; server_name one.test; {tls} client_access p;\n"
                 f"location / {{ return 200 in; }} {gone} }}")
    context, sni = (tls_context(made), "one.test") if secure else (None, None)

    def status():
        with connect(site.port(), context, sni) as new:
            return new.ask("GET /health", host="one.test").status

    def status_if_answered():
        """The reload ends a connection that it finds between the handshake and the request."""
        try:
            return status()
        except (Closed, OSError):
            return None

    assert status() == 200
    with connect(site.port(), context, sni) as old:
        with open(site.conf_path, encoding="utf-8") as conf:
            text = conf.read()
        assert gone in text
        with open(site.conf_path, "w", encoding="utf-8") as conf:
            conf.write(text.replace(gone, ""))
        site.run("-s", "reload", check=True)
        wait_for(lambda: status_if_answered() == 403, 10, "the new policy")
        try:
            assert old.ask("GET /health", host="one.test").status != 200
        except (Closed, OSError):
            pass  # it was ended


@pytest.mark.parametrize("text,said", [
    ("client_access nobody;", 'unknown client_policy "nobody"'),
    ("client_policy p { permit all; }", 'unknown rule "permit"'),
    ("client_policy p { allow; }", ""),
    ("client_policy p { allow serial=01; }", "issuer"),
    ("client_policy p { allow dns=a.*.test; }", ""),
    ("client_policy p { deny subject.SHA256=x; }", "dotted OID"),
    ("client_policy p { deny policy=clientAuth; }", 'write "eku=clientAuth"'),
    ("client_policy p { deny eku=CN; }", "no extended key usage"),
    ("client_policy p { allow uri=spiffe://a/../*; }", "whole segments"),
    ("client_policy p { deny issuer.CN=x serial=1:23; }", "octets of two digits"),
    ("client_policy p { deny network=10.0.0.0/8 network=unix:; }", "write a rule for each"),
    ("client_policy p { allow all; } client_policy p { deny all; }", "duplicate"),
    ("client_policy off { allow all; }", "may not be named"),
])
def test_errors_of_a_policy(serve, text, said):
    site = serve("server { listen 127.0.0.1:@PORT@; }")
    with open(site.conf_path, encoding="utf-8") as old:
        conf = old.read()
    path = os.path.join(site.dir, "bad.conf")
    with open(path, "w", encoding="utf-8") as out:
        out.write(conf.replace("server {", text + "\nserver {", 1))
    done = subprocess.run([YETT, "-t", "-c", path, "-p", site.dir], capture_output=True, text=True, check=False,
                          timeout=60)
    assert done.returncode == 1 and said in done.stderr and "bad.conf:" in done.stderr
