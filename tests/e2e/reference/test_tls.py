# SPDX-License-Identifier: Apache-2.0
"""Client certificates and TLS settings: verdicts, variables, pages; compared with nginx."""

import ssl

import pytest

from support import rawhttp, reference
from support.client_certs import CERTS, TLS, VARIABLES
from support.reference import Case, Q, pairs  # noqa: F401 (a fixture)

BAD = {"expired", "notyet", "serveronly", "foreign-client", "twin-client", "other-client",
       "forged", "selfsigned"}
VERSIONS = ["1.2", "1.3"]

SHOW = "return 200 '" + "\n".join(f"{v}=[${v}]" for v in VARIABLES) + "';"
VERDICT = 'return 200 "[$ssl_client_verify]";'


def server(extra, port="PORT", name="", body=VERDICT, listen=""):
    return (f"server {{ listen 127.0.0.1:@{port}@ ssl {listen}; server_name {name or '_'};\n"
            f"{TLS}{extra}\n    location / {{ {body} }}\n}}\n")


def q(cert, expect=200, version="1.3", **more):
    return Q("GET /", expect, cert=cert, tls=version, id=more.pop("id", f"{cert} {version}"), **more)


def refused(cert):
    """Whether a server that verifies against ca.crt refuses it."""
    return cert in BAD or cert is None


CASES = [
    Case("variables", [q(c, 200, v) for c in CERTS + [None] for v in (VERSIONS if c in ("good", None)
                                                                     else ["1.3"])],
         http=server("ssl_verify_client optional_no_ca; ssl_client_certificate @PKI@/ca.crt; "
                     "error_page 495 =200 /why; location /why { " + SHOW + " }", body=SHOW)),
    Case("variables of the accepted", [
        q(c, 200, has="ssl_client_verify=[SUCCESS]") for c in CERTS if c not in BAD] + [
        q(None, 200, has="ssl_client_verify=[NONE]")],
        http=server("ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt;", body=SHOW)),
    Case("on", [q(c, 400 if refused(c) else 200, v) for c in CERTS + [None] for v in VERSIONS],
         http=server("ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;")),
    Case("optional", [q(c, 400 if c and refused(c) else 200) for c in CERTS + [None]],
         http=server("ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt;")),
    Case("optional_no_ca", [
        q("foreign-client", has="FAILED:"), q("selfsigned", has="FAILED:"),
        q("good", has="[SUCCESS]"), q(None, has="[NONE]"), q("expired", 400),
        q("expired", 400, "1.2"), q("revoked", has="[SUCCESS]"), q("twin-client", has="FAILED:"),
        q("forged", 400)],
        http=server("ssl_verify_client optional_no_ca; ssl_client_certificate @PKI@/ca.crt;")),
    Case("off", [q("good", has="[NONE]"), q(None, has="[NONE]"), q("foreign-client", has="[NONE]")],
         http=server("ssl_verify_client off; ssl_client_certificate @PKI@/ca.crt;")),
    Case("trusted certificate only", [q("good", has="[SUCCESS]"), q("foreign-client", 400)],
         http=server("ssl_verify_client on; ssl_client_certificate @PKI@/other-ca.crt; "
                     "ssl_trusted_certificate @PKI@/ca.crt;")),
    Case("depth", [
        Q("GET /", 400, cert="good", port="PORT", id="depth 0, two CAs"),
        Q("GET /", 200, cert="byroot", port="PORT", id="depth 0, one CA"),
        Q("GET /", 200, cert="good", port="PORT2", id="depth 1, root trusted"),
        Q("GET /", 200, cert="byroot", port="PORT2", id="depth 1, issued by the root"),
        Q("GET /", 200, cert="good", port="PORT3", id="depth 2"),
        Q("GET /", 200, cert="good", port="PORT4", id="default depth, both CAs trusted"),
        Q("GET /", 400, cert="good", port="PORT5", id="default depth, only the intermediate")],
        http=server("ssl_verify_client on; ssl_verify_depth 0; ssl_client_certificate @PKI@/root.crt;")
        + server("ssl_verify_client on; ssl_verify_depth 1; ssl_client_certificate @PKI@/root.crt;",
                 "PORT2")
        + server("ssl_verify_client on; ssl_verify_depth 2; ssl_client_certificate @PKI@/root.crt;",
                 "PORT3")
        + server("ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;", "PORT4")
        + server("ssl_verify_client on; ssl_client_certificate @PKI@/inter.crt;", "PORT5")),
    Case("error pages of certificates", [
        q(None, 403, id="none: 496 to 403", has="the error"),
        q("expired", 400, id="bad: 495 to a page", has="the error"),
        q("good", 200), Q("GET /", 400, tls="1.2", id="496 named", port="PORT2", has="no cert NONE"),
        Q("GET /", 418, cert="expired", id="495 named", port="PORT2", has="bad FAILED:certificate has"),
        Q("GET /", 302, port="PORT3", tls=True, id="496 to a URL", header={"location": "http://help.test/"}),
        Q("GET /", 200, port="PORT3", cert="foreign-client", id="495 =200", has="the error"),
        Q("GET /", 400, port="PORT4", tls=True, id="400 covers 496", has="the error"),
        Q("GET /", 400, port="PORT4", cert="revoked", id="400 covers 495", has="the error"),
        Q("GET /error.html", 404, port="PORT4", cert="good", id="the page is internal"),
        Q("GET /error.html", 400, port="PORT4", tls=True, id="the page by name without a certificate")],
        http=server("""ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; root @WWW@;
    error_page 496 =403 /error.html; error_page 495 /error.html; location = /error.html { internal; }""")
        + server("""ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;
    error_page 496 @none; error_page 495 =418 @bad;
    location @none { return 400 "no cert $ssl_client_verify"; }
    location @bad { return 418 "bad $ssl_client_verify"; }""", "PORT2")
        + server("""ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; root @WWW@;
    error_page 496 http://help.test/; error_page 495 =200 /error.html;
    location = /error.html { internal; }""", "PORT3")
        + server("""ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; root @WWW@;
    ssl_crl @PKI@/all.crl; error_page 400 495 496 /error.html;
    location = /error.html { internal; }""", "PORT4")),
    *[Case(f"CRL {crl}", [q(c, expect, v, has=None if expect == 400 else "[SUCCESS]")
                          for c, expect in verdicts.items() for v in VERSIONS]
           + [Q("GET /", 200, cert=c, port="PORT2", id=f"why: {c}") for c in verdicts],
           http=server(f"ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt; "
                       f"ssl_crl @PKI@/{crl};")
           + server(f"ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt; "
                    f"ssl_crl @PKI@/{crl}; error_page 495 =200 /why;", "PORT2",
                    body='return 200 "[$ssl_client_verify] [$ssl_client_s_dn]";'))
      for crl, verdicts in {
          "all.crl": {"good": 200, "revoked": 400, "byroot": 200, "foreign-client": 400},
          "none-revoked.crl": {"good": 200, "revoked": 200},
          "only-inter.crl": {"good": 400, "revoked": 400, "byroot": 400},
          "root.crl": {"good": 400, "byroot": 200},
          "stale.crl": {"good": 400, "revoked": 400, "byroot": 200},
          "future.crl": {"good": 400},
          "inter-revoked.crl": {"good": 400, "revoked": 400, "byroot": 200}}.items()],
    Case("plain HTTP on a TLS port", [
        Q("GET /", 400, id="497"), Q("GET /", 302, port="PORT2", id="497 redirected",
                                     header={"location": "https://localhost/"}),
        Q("GET /", 400, port="PORT3", id="497 covered by 400", has="the error"),
        Q("POST /", 400, body="x", id="497 with a body"), Q("GET /", 200, tls="1.3", id="TLS twin")],
        http=server("") + server("error_page 497 https://$host$request_uri;", "PORT2")
        + server("root @WWW@; error_page 400 497 /error.html; location = /error.html { internal; }",
                 "PORT3")),
    Case("protocols", [
        Q("GET /", "closed", tls="1.2", id="1.2 refused"), Q("GET /", tls="1.3", id="1.3 passes"),
        Q("GET /", "closed", tls="1.3", port="PORT2", id="1.3 refused"),
        Q("GET /", tls="1.2", port="PORT2", id="1.2 passes", has="[TLSv1.2]")],
        http=server("ssl_protocols TLSv1.3;", body='return 200 "[$ssl_protocol]";')
             .replace("    ssl_protocols TLSv1.2 TLSv1.3;", "   ")
        + server("ssl_protocols TLSv1.2; ssl_dhparam @PKI@/dh.pem;", "PORT2",
                 body='return 200 "[$ssl_protocol]";').replace("    ssl_protocols TLSv1.2 TLSv1.3;", "   ")),
    Case("connection variables", [
        Q("GET /", tls="1.2", sni="front.test", id="1.2"), Q("GET /", tls="1.3", sni="FRONT.test", id="1.3"),
        Q("GET /", tls="1.3", id="no SNI"), Q("GET /", tls="1.3", sni="Other.Test", id="other SNI")],
        http=server("ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384; ssl_ecdh_curve prime256v1; "
                    "ssl_prefer_server_ciphers on;",
                    body='return 200 "$ssl_protocol $ssl_cipher [$ssl_server_name] $ssl_session_reused '
                         '$https $scheme $ssl_curve $ssl_early_data";')),
    Case("reject handshake", [
        Q("GET /", "closed", tls="1.3", sni="unknown.test", id="unknown name 1.3"),
        Q("GET /", "closed", tls="1.2", sni="unknown.test", id="unknown name 1.2"),
        Q("GET /", "closed", tls="1.3", id="no name"), Q("GET /", tls="1.3", sni="a.test", host="a.test",
                                              id="known"),
        Q("GET /", tls="1.2", sni="www.a.test", host="www.a.test", id="known by wildcard"),
        Q("GET /", 400, id="plain on the rejecting port")], http="""
server { listen 127.0.0.1:@PORT@ ssl default_server; ssl_protocols TLSv1.2 TLSv1.3;
         ssl_reject_handshake on; }
""" + server("", name="a.test *.a.test")),
    Case("misdirected", [
        Q("GET /", expect, host=host, sni=sni, cert=cert, tls=version,
          id=f"{version} sni={sni} host={host} cert={cert}")
        for version in VERSIONS for sni, host, cert, expect in [
            ("open.test", "open.test", None, 200), ("open.test", "gate.test", None, 421),
            ("open.test", "gate.test", "good", 421), ("gate.test", "gate.test", "good", 200),
            ("gate.test", "open.test", "good", 200), ("gate.test", "gate.test", None, 400),
            ("gate.test", "GATE.TEST", "good", 200), ("gate.test", "gate.test:443", "good", 200),
            ("gate.test", "gate.test.", "good", 200), ("open.test", "GATE.test", "good", 421),
            ("open.test", "www.wild.test", "good", 421), ("www.wild.test", "www.wild.test", "good", 200),
            ("open.test", "gate.test.", "good", 421), ("open.test", "other.test", "good", 421),
            ("other.test", "other.test", "other-client", 200), ("gate.test", "other.test", "good", 421),
            ("open.test", "opt.test", None, 421), ("gate.test", "www.wild.test", "good", 421),
            ("gate.test", "opt.test", "good", 421), ("opt.test", "gate.test", "good", 421),
            ("gate.test", "unknown.test", "good", 200), ("opt.test", "opt.test", None, 200),
            ("unknown.test", "gate.test", "good", 400), ("unknown.test", "unknown.test", None, 200),
            (None, "open.test", None, 200), ("open.test", "rx1.test", "good", 421),
            (None, "gate.test", "good", 400)]],
        http=server("", name="open.test", body='return 200 "open";')
        + server("ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;", name="gate.test",
                 body='return 200 "gate";')
        + server("ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;", name="*.wild.test",
                 body='return 200 "wild";')
        + server("ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;", name="~^rx\\d+\\.test$",
                 body='return 200 "rx";')
        + server("ssl_verify_client on; ssl_client_certificate @PKI@/other-ca.crt;", name="other.test",
                 body='return 200 "other";')
        + server("ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt;", name="opt.test",
                 body='return 200 "opt";')),
    Case("misdirected page", [
        Q("GET /", 421, host="gate.test", sni="open.test", tls="1.3", has="my 404", id="421 page"),
        Q("GET /", 403, host="gate.test", sni="open2.test", tls="1.3", has="my 404", id="421 =403")],
        http=server("root @WWW@; error_page 421 /e404.html; location = /e404.html { }",
                    name="open.test")
        + server("root @WWW@; error_page 421 =403 /e404.html; location = /e404.html { }",
                 name="open2.test")
        + server("ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;", name="gate.test")),
    Case("certificate by name", [
        Q("GET /", tls="1.2", sni="a.test", id="a"), Q("GET /", tls="1.3", sni="x.a.test", id="wildcard"),
        Q("GET /", tls="1.2", sni="b.test", id="b")],
        http=server("", name="front.test") + server("", name="a.test *.a.test").replace("srv-front", "srv-a")
        + server("", name="b.test").replace("srv-front", "srv-b")),
    Case("two certificates and a password", [
        Q("GET /", tls="1.2", id="1.2"), Q("GET /", tls="1.3", id="1.3"),
        Q("GET /", tls="1.3", port="PORT2", id="encrypted key")],
        http=server("ssl_certificate @PKI@/srv-rsa.crt; ssl_certificate_key @PKI@/srv-rsa.key;")
        + server("ssl_password_file @PKI@/enc.pass;", "PORT2").replace("@PKI@/srv-front.key",
                                                                       "@PKI@/enc.key")),
    Case("maps of the DN", [
        q("good", 200, has="good machine"), q("second", 403), q("utf8", 200), q(None, 403)],
        http="""
map $ssl_client_s_dn $cert_authz { default SUCCESS; "" NONE;
    "CN=second machine,O=Yett Test,C=DE" BLACKLISTED; ~CN=revoked REVOKED; }
""" + server("ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt; "
             "if ($cert_authz != SUCCESS) { return 403; }", body='return 200 "[$ssl_client_s_dn]";')),
    Case("identity to the backend", [
        Q("GET /", 200, "X-Verify: SUCCESS", "X-DN: CN=forged", cert="good", tls="1.3", id="good"),
        Q("GET /", 200, "X-Verify: SUCCESS", "X-DN: CN=forged", tls="1.3", id="none"),
        Q("GET /", 200, "X-Verify: SUCCESS", cert="utf8", tls="1.3", id="utf8"),
        Q("GET /", 200, "Connection: X-Verify, X-DN, X-Serial", "X-Verify: SUCCESS", cert="good",
          tls="1.3", id="a Connection header names the identity", has="SUCCESS"),
        Q("GET /", 200, "X_Verify: SUCCESS", "X-Verify: SUCCESS", "x-verify: SUCCESS",
          "X.Verify: SUCCESS", tls="1.3", id="look-alikes", has="NONE"),
        Q("GET /", 400, "X-Verify : SUCCESS", tls="1.3", id="with a space"),
        Q("GET /", 400, cert="expired", tls="1.3", id="expired")],
        http=server("ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt;", body="""
        proxy_set_header X-Verify $ssl_client_verify; proxy_set_header X-DN $ssl_client_s_dn;
        proxy_set_header X-Cert $ssl_client_escaped_cert; proxy_set_header X-Serial $ssl_client_serial;
        proxy_pass http://@BACKEND@;""")),
]

test = reference.comparison(CASES)


@pytest.mark.yett_only("a list that proves nothing is found when somebody comes")
def test_crl_that_its_issuer_did_not_sign_stops_the_start(serve):
    site = serve(server("ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt; "
                        "ssl_crl @PKI@/forged.crl;"), start=False)
    done = site.run("-t")
    assert done.returncode == 1
    assert "forged.crl" in done.stderr and "is not signed with the key of this CA" in done.stderr


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("pieces", [2, 5, 40])
def test_hello_in_several_records(serve, version, pieces):
    """The server name is found however the ClientHello is cut into TLS records."""
    site = serve(server("", name="open.test", body='return 200 "open";')
                 + server("ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;",
                          name="gate.test", body='return 200 "gate";'))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = rawhttp.tls_context(version=version).wrap_bio(incoming, outgoing,
                                                        server_hostname="gate.test")
    with rawhttp.Conn(site.port()) as conn:
        def step(action, *args):
            while True:
                try:
                    return action(*args)
                except ssl.SSLWantReadError:
                    conn.send(outgoing.read())
                    data = conn.sock.recv(65536)
                    incoming.write(data) if data else incoming.write_eof()
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        hello = outgoing.read()
        body, size = hello[5:], -(-len(hello[5:]) // pieces)
        for i in range(0, len(body), size):
            part = body[i:i + size]
            conn.send(hello[:3] + len(part).to_bytes(2, "big") + part)
        step(tls.do_handshake)
        tls.write(rawhttp.build(host="gate.test"))
        conn.send(outgoing.read())
        answer = step(tls.read, 65536)
    assert answer.startswith(b"HTTP/1.1 400 "), "gate.test asks for a certificate"
