# SPDX-License-Identifier: Apache-2.0
"""TLS to backends: the proxy's own certificate, and what it demands of the backend's.

The backend is an nginx that wants a client certificate; each refusal has its twin that passes.
"""

import pytest

from support import rawhttp
from support.rawhttp import ask
from support.servers import NGINX, YETT, Server, is_nginx, wait_for

BACKEND = """
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache shared:S:1m;
    log_format b '$ssl_server_name $ssl_session_reused $ssl_client_verify $ssl_protocol $connection';
    access_log @DIR@/b.log b;
""" + "".join(f"""
    server {{ listen 127.0.0.1:@{port}@ ssl; ssl_certificate @PKI@/srv-{cert}.crt;
        ssl_certificate_key @PKI@/srv-{cert}.key; {extra}
        return 200 "$ssl_client_verify|$ssl_client_s_dn|$ssl_server_name|$host|$ssl_protocol"; }}
""" for port, cert, extra in [
    ("PORT", "backend", "ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;"),
    ("PORT2", "expired", ""), ("PORT3", "revoked", ""), ("PORT4", "foreign", ""), ("PORT5", "a", ""),
    ("PORT6", "ip", ""), ("PORT7", "backend", "ssl_protocols TLSv1.2;")])

IDENTITY = "proxy_ssl_certificate @PKI@/good.crt; proxy_ssl_certificate_key @PKI@/good.key;"
VERIFY = "proxy_ssl_verify on; proxy_ssl_trusted_certificate @PKI@/ca.crt; "
NAME = "proxy_ssl_name backend.test;"

# path: (port of the backend, settings, expected status, what the backend saw or the log says)
LOCATIONS = {
    "/own": ("PORT", IDENTITY, 200, "SUCCESS|CN=good machine"),
    "/none": ("PORT", "", 400, None),
    "/expiredown": ("PORT", IDENTITY.replace("good", "expired"), 400, None),
    "/revokedown": ("PORT", IDENTITY.replace("good", "revoked"), 400, None),
    "/foreignown": ("PORT", IDENTITY.replace("good", "foreign-client"), 400, None),
    "/password": ("PORT", IDENTITY.replace("good.key", "client-enc.key")
                  + "proxy_ssl_password_file @PKI@/enc.pass;", 200, "SUCCESS|CN=good machine"),
    "/unverified": ("PORT4", "", 200, "NONE"),
    "/verify": ("PORT", IDENTITY + VERIFY + NAME, 200, "SUCCESS"),
    "/wrongca": ("PORT", IDENTITY + "proxy_ssl_verify on; "
                 "proxy_ssl_trusted_certificate @PKI@/foreign.crt; " + NAME, 502,
                 "upstream SSL certificate verify error"),
    "/twinca": ("PORT", IDENTITY + "proxy_ssl_verify on; "
                "proxy_ssl_trusted_certificate @PKI@/twin-ca.crt; " + NAME, 502,
                "upstream SSL certificate verify error"),
    "/foreign": ("PORT4", VERIFY + NAME, 502, "upstream SSL certificate verify error"),
    "/wrongname": ("PORT", IDENTITY + VERIFY + "proxy_ssl_name other.test;", 502,
                   'upstream SSL certificate does not match "other.test"'),
    "/addressname": ("PORT", IDENTITY + VERIFY, 502,
                     'upstream SSL certificate does not match "127.0.0.1"'),
    "/wildcard": ("PORT5", VERIFY + "proxy_ssl_name x.a.test;", 200, "NONE"),
    "/wildcarddeep": ("PORT5", VERIFY + "proxy_ssl_name x.y.a.test;", 502, "does not match"),
    "/namecase": ("PORT", IDENTITY + VERIFY + "proxy_ssl_name BACKEND.test;", 200, "SUCCESS"),
    "/expired": ("PORT2", VERIFY + NAME, 502, r"10:certificate has expired"),
    "/expiredunverified": ("PORT2", "", 200, "NONE"),
    "/revoked": ("PORT3", VERIFY + NAME + "proxy_ssl_crl @PKI@/all.crl;", 502,
                 r"23:certificate revoked"),
    "/revokednocrl": ("PORT3", VERIFY + NAME, 200, "NONE"),
    "/crlgood": ("PORT", IDENTITY + VERIFY + NAME + "proxy_ssl_crl @PKI@/all.crl;", 200, "SUCCESS"),
    "/crlmissing": ("PORT", IDENTITY + VERIFY + NAME + "proxy_ssl_crl @PKI@/only-inter.crl;", 502,
                    r"3:unable to get certificate CRL"),
    "/crlstale": ("PORT", IDENTITY + VERIFY + NAME + "proxy_ssl_crl @PKI@/stale.crl;", 502,
                  r"12:CRL has expired"),
    "/depth": ("PORT", IDENTITY + "proxy_ssl_verify on; proxy_ssl_verify_depth 0; "
               "proxy_ssl_trusted_certificate @PKI@/root.crt;" + NAME, 502, "verify error"),
    "/depthok": ("PORT", IDENTITY + "proxy_ssl_verify on; proxy_ssl_verify_depth 1; "
                 "proxy_ssl_trusted_certificate @PKI@/root.crt;" + NAME, 200, "SUCCESS"),
    "/sni": ("PORT5", VERIFY + "proxy_ssl_server_name on; proxy_ssl_name sni.a.test;", 200,
             "NONE||sni.a.test|"),
    "/nosni": ("PORT5", VERIFY + "proxy_ssl_name sni.a.test;", 200, "NONE|||"),
    "/sniip": ("PORT5", "proxy_ssl_server_name on;", 200, "NONE|||"),
    "/v12": ("PORT", IDENTITY + "proxy_ssl_protocols TLSv1.2;", 200, "TLSv1.2"),
    "/v13": ("PORT", IDENTITY + "proxy_ssl_protocols TLSv1.3;", 200, "TLSv1.3"),
    "/v13only": ("PORT7", "proxy_ssl_protocols TLSv1.3;", 502, "SSL_do_handshake"),
    "/ciphers": ("PORT", IDENTITY + "proxy_ssl_protocols TLSv1.2; "
                 "proxy_ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256;", 200, "SUCCESS"),
}


def proxy_config(backend, front):
    # nginx keeps one session for each peer, whatever certificate and verification it was made with.
    reuse = "proxy_ssl_session_reuse off;" if is_nginx(front) else ""
    parts = ["    proxy_http_version 1.1; proxy_ssl_protocols TLSv1.2 TLSv1.3;\n"
             "    server {\n        "
             f"listen 127.0.0.1:@PORT@; {reuse}\n"]
    for path, (key, settings, _, _) in LOCATIONS.items():
        parts.append(f"        location = {path} {{ {settings} "
                     f"proxy_pass https://127.0.0.1:{backend.port(key)}; }}\n")
    main = backend.port()
    parts.append(f"""
        location = /var {{ proxy_ssl_certificate @PKI@/$arg_c.crt; proxy_ssl_certificate_key @PKI@/$arg_c.key;
            proxy_pass https://127.0.0.1:{main}; }}
        location = /reuse {{ {IDENTITY} proxy_ssl_session_reuse on; proxy_set_header Connection close;
            proxy_ssl_server_name on; proxy_ssl_name reuse.test; proxy_pass https://127.0.0.1:{main}; }}
        location = /noreuse {{ {IDENTITY} proxy_ssl_session_reuse off; proxy_set_header Connection close;
            proxy_ssl_server_name on; proxy_ssl_name noreuse.test; proxy_pass https://127.0.0.1:{main}; }}
        location = /group {{ {IDENTITY} {VERIFY} {NAME} proxy_pass https://group; }}
        location = /groupname {{ {VERIFY} proxy_pass https://backend.test; }}
        location = /plain {{ proxy_pass http://127.0.0.1:{main}; }}
    }}
    upstream group {{ server 127.0.0.1:{main}; keepalive 4; }}
    upstream backend.test {{ server 127.0.0.1:{backend.port("PORT5")}; }}
""")
    return "".join(parts)


PAIRS = {"yett to nginx": (YETT, NGINX), "nginx to yett": (NGINX, YETT), "yett to yett": (YETT, YETT)}


@pytest.fixture(scope="module", params=PAIRS)
def proxied(request, pki):
    """(proxy, backend), each of them stopped and checked afterwards."""
    front, behind = PAIRS[request.param]
    with Server(BACKEND, binary=behind, values={"PKI": pki.dir}) as backend:
        with Server(proxy_config(backend, front), binary=front, values={"PKI": pki.dir}) as proxy:
            yield proxy, backend


@pytest.mark.parametrize("path", LOCATIONS)
def test_verdict(proxied, path):
    proxy, _ = proxied
    _, _, status, says = LOCATIONS[path]
    before = len(proxy.log())
    answer = ask(proxy.port(), f"GET {path}")
    assert answer.status == status, (answer, proxy.tail())
    if says and status == 200:
        assert says in answer.text
    elif says:
        wait_for(lambda: says in proxy.log()[before:], 5, f"{says!r} in {proxy.log()[before:]}")


@pytest.mark.parametrize("name,status,says", [
    ("good", 200, "CN=good machine"), ("second", 200, "CN=second machine"), ("utf8", 200, "CN="),
    ("revoked", 400, ""), ("nosuchfile", 500, "")])
def test_certificate_by_variable(proxied, name, status, says):
    proxy, _ = proxied
    answer = ask(proxy.port(), f"GET /var?c={name}")
    assert answer.status == status and says in answer.text, answer


def test_identities_do_not_mix(proxied):
    """Connections and sessions kept for one certificate are not used for another."""
    proxy, _ = proxied
    for _ in range(5):
        for name in ("good", "second"):
            assert f"CN={name} machine" in ask(proxy.port(), f"GET /var?c={name}").text


def test_session_reuse(proxied):
    proxy, backend = proxied
    for path in ("/reuse", "/noreuse"):
        for _ in range(4):
            assert ask(proxy.port(), f"GET {path}").status == 200
    lines = wait_for(lambda: backend.read("b.log").count("reuse.test") >= 8
                     and backend.read("b.log").splitlines(), 5, "the backend's log")
    flags = {name: [line.split()[1] for line in lines if line.startswith(name + " ")]
             for name in ("reuse.test", "noreuse.test")}
    assert "r" in flags["reuse.test"]
    assert flags["noreuse.test"].count("r") == 0


def test_kept_connections(proxied):
    proxy, backend = proxied
    with rawhttp.Conn(proxy.port()) as conn:
        for _ in range(3):
            assert "SUCCESS|CN=good" in conn.ask("GET /group").text
    assert ask(proxy.port(), "GET /groupname").status == 502  # srv-a is not backend.test


def test_plain_to_a_tls_port(proxied):
    proxy, _ = proxied
    assert ask(proxy.port(), "GET /plain").status == 400


@pytest.mark.parametrize("settings,pattern", [
    ("proxy_ssl_verify on;", "no proxy_ssl_trusted_certificate for proxy_ssl_verify"),
    ("proxy_ssl_certificate @PKI@/good.crt;", 'no "proxy_ssl_certificate_key" is defined'),
    ("proxy_ssl_certificate @PKI@/good.crt; proxy_ssl_certificate_key @PKI@/srv-a.key;",
     "srv-a.key"),
    ("proxy_ssl_trusted_certificate @PKI@/none.crt; proxy_ssl_verify on;", "none.crt"),
    ("proxy_ssl_verify on; proxy_ssl_trusted_certificate @PKI@/ca.crt; proxy_ssl_crl @PKI@/none.crl;",
     "none.crl")])
def test_broken_settings_do_not_load(serve, settings, pattern):
    server = serve(f"server {{ listen 127.0.0.1:@PORT@; location / {{ {settings} "
                   "proxy_pass https://127.0.0.1:1; } }", start=False)
    done = server.run("-t")
    assert done.returncode == 1 and pattern in done.stderr, done.stderr


@pytest.mark.parametrize("pair", PAIRS)
def test_two_layers(serve, pki, pair):
    """The front verifies people, the back verifies the front; nobody reaches the back alone."""
    front_binary, back_binary = PAIRS[pair]
    back = serve("""server { listen 127.0.0.1:@PORT@ ssl; server_name internal.test;
        ssl_certificate @PKI@/srv-backend.crt; ssl_certificate_key @PKI@/srv-backend.key;
        ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;
        return 200 "$ssl_client_s_dn saw $http_x_client"; }""", binary=back_binary)
    front = serve(f"""server {{ listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt;
        location / {{ proxy_ssl_certificate @PKI@/second.crt; proxy_ssl_certificate_key @PKI@/second.key;
            proxy_ssl_trusted_certificate @PKI@/ca.crt; proxy_ssl_verify on;
            proxy_ssl_name internal.test; proxy_ssl_server_name on;
            proxy_set_header Host internal.test; proxy_set_header X-Client $ssl_client_s_dn;
            proxy_pass https://127.0.0.1:{back.port()}; }} }}""", binary=front_binary)

    def visit(server, cert, host):
        return ask(server.port(), host=host, tls=rawhttp.tls_context(pki, cert), sni=host)
    assert visit(front, "good", "front.test").text == (
        "CN=second machine,O=Yett Test,C=DE saw CN=good machine,O=Yett Test,C=DE")
    assert visit(front, None, "front.test").status == 400
    assert visit(front, "foreign-client", "front.test").status == 400
    assert visit(back, None, "internal.test").status == 400
