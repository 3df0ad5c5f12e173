# SPDX-License-Identifier: Apache-2.0
"""A site behind client certificates: catch-all, error page, CRL, protected location, DN map.

One complete configuration in several included files, and one test for each thing it promises.
"""

import re
import shutil
import subprocess
import threading
import time

import pytest

from support import rawhttp
from support.rawhttp import Conn, ask
from support.servers import wait_for

CODES = ("400 401 402 403 404 405 406 407 408 409 410 411 412 413 414 415 416 417 418 421 422 423 "
         "424 426 428 429 431 451 500 501 502 503 504 505 506 507 508 510 511")

FILES = {
    "conf.d/default.conf": """
include @DIR@/conf.d/include/context/map-hash-size-optimal;
include @DIR@/conf.d/include/context/map-client-blacklist;
""",
    "conf.d/include/context/map-hash-size-optimal": """
# Increase hashtable size for optimal map lookups.
map_hash_max_size 1024;
map_hash_bucket_size 128;
""",
    "conf.d/include/context/map-client-blacklist": """
map $ssl_client_s_dn $cert_authz {
  default SUCCESS;
  "CN=second machine,O=Yett Test,C=DE" BLACKLISTED;
  ~CN=rsa\\b REVOKED;
}
""",
    "conf.d/include/authn/cert/force-all-connections": """
if ($ssl_client_verify != SUCCESS) {
  return 403;
}
""",
    "conf.d/include/authz/enforce-blacklist": """
# Blacklisted authz certs should 403.
if ($cert_authz != SUCCESS) {
  return 403;
}
""",
    "conf.d/include/proxy/site": """
include @DIR@/conf.d/include/authn/cert/force-all-connections;
include @DIR@/conf.d/include/authz/enforce-blacklist;
""",
    "www/error.html": "<h1>something is wrong</h1> <!-- page -->\n",
    "www/index.html": "public <!-- page -->\n",
}

ALL_FILES = list(FILES) + [
    "ssl/letsencrypt-fullchain.pem", "ssl/letsencrypt-privkey.pem", "ssl/letsencrypt-chain.pem",
    "ssl/letsencrypt-ssl-dhparams.pem", "auth/ca-chain.cert.pem", "auth/ca-chain.crl.pem"]

HEADERS = {
    "X-Content-Type-Options": "nosniff", "X-XSS-Protection": "1; mode=block",
    "X-Robots-Tag": "none", "X-Download-Options": "noopen",
    "X-Permitted-Cross-Domain-Policies": "none", "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=15768000; includeSubDomains; preload;",
}

CONFIG = """
include @DIR@/conf.d/*.conf;
ssl_protocols TLSv1.2 TLSv1.3;

geo $trusted_network {
  default 0;
  127.0.7.0/24 1;
}

# The catch-all: nothing behind it is reachable without a name and a certificate.
server {
  listen 127.0.0.1:@PORT@ ssl default_server;
  server_name _;
  ssl_certificate      @DIR@/ssl/letsencrypt-fullchain.pem;
  ssl_certificate_key  @DIR@/ssl/letsencrypt-privkey.pem;
  return 403;
}

server {
  listen 127.0.0.1:@PORT@ ssl;
  server_name front.test;
""" + "".join(f'  add_header {k} "{v}";\n' for k, v in HEADERS.items()) + """
  ssl_certificate                              @DIR@/ssl/letsencrypt-fullchain.pem;
  ssl_certificate_key                          @DIR@/ssl/letsencrypt-privkey.pem;
  ssl_trusted_certificate                      @DIR@/ssl/letsencrypt-chain.pem;
  ssl_dhparam                                  @DIR@/ssl/letsencrypt-ssl-dhparams.pem;
@STAPLING@
  ssl_client_certificate                       @DIR@/auth/ca-chain.cert.pem;
  ssl_crl                                      @DIR@/auth/ca-chain.crl.pem;
  ssl_verify_client                            optional;

  root       @DIR@/www;
  error_page """ + CODES + """ /error.html;
  location = /error.html {
    allow    all;
    root     @DIR@/www;
  }

  location /secured_site {
    if ($remote_addr = 127.0.0.9) {
      proxy_pass http://some-backend;
    }

    if ($ssl_client_verify != SUCCESS) {
      return     403;
    }
    proxy_pass   http://some-backend;
  }

  # The same exemption, written so that the second check does not undo it.
  location /exempt_site {
    if ($remote_addr = 127.0.0.9) {
      proxy_pass http://some-backend;
      break;
    }
    if ($ssl_client_verify != SUCCESS) {
      return     403;
    }
    proxy_pass   http://some-backend;
  }

  location /network_site {
    set $allowed "$trusted_network$ssl_client_verify";
    if ($allowed !~ "^(1.*|0SUCCESS)$") {
      return 403;
    }
    proxy_pass http://some-backend;
  }

  location /mapped_site {
    include @DIR@/conf.d/include/proxy/site;
    proxy_set_header X-Client-DN $ssl_client_s_dn;
    proxy_pass http://some-backend;
  }

  location /debug_dn {
    add_header X-Client-DN $ssl_client_s_dn always;
    return 204;
  }
}

upstream some-backend { server @B@; }
"""


@pytest.fixture(scope="module")
def site(serve_module, pki, backend):
    files = dict(FILES)

    def pem(name):
        with open(pki.path(name), "rb") as source:
            return source.read()
    files.update({
        "ssl/letsencrypt-fullchain.pem": pem("srv-front.crt"),
        "ssl/letsencrypt-privkey.pem": pem("srv-front.key"),
        "ssl/letsencrypt-chain.pem": pem("ca.crt"),
        "ssl/letsencrypt-ssl-dhparams.pem": pem("dh.pem"),
        "auth/ca-chain.cert.pem": pem("ca.crt"), "auth/ca-chain.crl.pem": pem("all.crl")})
    return serve_module(CONFIG, files=files,
                        values={"B": backend.address, "STAPLING": ""})


STAPLING = """  ssl_stapling                                 on;
  ssl_stapling_verify                          on;
"""


def test_stapling_lines(serve, site, backend):
    """The two lines about stapling are taken; the throw-away certificate names no responder."""
    server = serve(CONFIG, files={path: site.read(path).replace(site.dir, "@DIR@") for path in ALL_FILES},
                   values={"B": backend.address, "STAPLING": STAPLING}, start=False)
    done = server.run("-t")
    assert done.returncode == 0, done.stderr
    assert '"ssl_stapling" ignored' in done.stderr, done.stderr


def visit(site, pki, path="/", cert=None, host="front.test", sni="front.test", version=None,
          source=None):
    return ask(site.port(), f"GET {path}", host=host, sni=sni, source=source,
               tls=rawhttp.tls_context(pki, cert, version))


PROTECTED = ["/secured_site", "/exempt_site", "/network_site", "/mapped_site"]


@pytest.mark.parametrize("path", PROTECTED)
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("cert,status", [
    (None, 403), ("good", 200), ("utf8", 200), ("revoked", 400), ("expired", 400), ("notyet", 400),
    ("foreign-client", 400), ("twin-client", 400), ("forged", 400), ("selfsigned", 400),
    ("serveronly", 400)])
def test_protected(site, pki, backend, path, version, cert, status):
    before = len(backend.requests)
    answer = visit(site, pki, path + "/x?y", cert, version=version)
    assert answer.status == status
    if status == 200:
        assert backend.last().target == path + "/x?y"
    else:
        assert len(backend.requests) == before, "nothing reached the backend"
        if status == 403:
            assert answer.text == FILES["www/error.html"]
        else:  # 495 and 496 are codes of their own, which this list does not name
            assert "400 The SSL certificate error" in answer.text


def test_error_page_needs_no_certificate(site, pki):
    for path, status in (("/nothing", 404), ("/secured_site", 403), ("/error.html", 200)):
        answer = visit(site, pki, path)
        assert (answer.status, answer.text) == (status, FILES["www/error.html"])
        assert answer.get("Content-Type") == "text/html"


@pytest.fixture(scope="module")
def site_with_495(serve_module, pki, site, backend):
    """The same with 495 and 496 in the list of the error page."""
    files = {path: site.read(path).replace(site.dir, "@DIR@") for path in ALL_FILES}
    return serve_module(CONFIG.replace(CODES, CODES + " 495 496"), files=files,
                        values={"B": backend.address, "STAPLING": ""})


def test_certificate_errors_use_the_page(site_with_495, pki):
    """A broken certificate gets the page, whatever is asked for, and never the content."""
    for path in ("/", "/index.html", "/error.html", "/debug_dn", "/secured_site"):
        answer = visit(site_with_495, pki, path, "revoked")
        assert (answer.status, answer.text) == (400, FILES["www/error.html"]), path
    assert visit(site_with_495, pki, "/", "good").status == 200


def test_certificate_errors_say_no_more_than_nginx(site, pki):
    for path in ("/", "/index.html", "/error.html", "/debug_dn", "/secured_site"):
        answer = visit(site, pki, path, "revoked")
        assert answer.status == 400 and "wrong" not in answer.text, path


def test_public_part(site, pki):
    assert visit(site, pki, "/").text == FILES["www/index.html"]
    assert visit(site, pki, "/", "good").text == FILES["www/index.html"]


@pytest.mark.parametrize("host,sni", [
    ("unknown.test", "unknown.test"), ("127.0.0.1", None), ("x", None), ("", "unknown.test")])
def test_catch_all(site, pki, host, sni):
    for path in ("/", "/secured_site", "/index.html", "/error.html"):
        for cert in (None, "good"):
            answer = visit(site, pki, path, cert, host or "front.test.example", sni)
            assert answer.status == 403 and "wrong" not in answer.text


@pytest.mark.parametrize("cert", [None, "good", "foreign-client"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("host", ["front.test", "FRONT.test", "front.test:443", "front.test."])
def test_no_way_in_through_the_catch_all(site, pki, backend, cert, version, host):
    """The connection was made for another name: 421, and never the content."""
    before = len(backend.requests)
    for path in PROTECTED:
        answer = visit(site, pki, path, cert, host, "unknown-but-sent.test", version)
        assert answer.status in (421, 403, 400)
    assert len(backend.requests) == before


@pytest.mark.yett_only("a name that matches no server counts as none there")
@pytest.mark.parametrize("sni", ["unknown.test", None])
def test_misdirected(site, pki, sni):
    assert visit(site, pki, "/", "good", "front.test", sni).status == 421


@pytest.mark.parametrize("name", HEADERS)
def test_security_headers(site, pki, name):
    assert visit(site, pki, "/").all(name) == [HEADERS[name]]
    assert visit(site, pki, "/secured_site", "good").all(name) == [HEADERS[name]]
    assert visit(site, pki, "/secured_site").all(name) == [], "without always, not on errors"
    assert visit(site, pki, "/debug_dn", "good").all(name) == [], "an own add_header replaces them"


def test_exempt_host(site, pki, backend):
    """As nginx runs it, the second `if` still speaks unless the first one ends with `break`."""
    assert visit(site, pki, "/exempt_site", source="127.0.0.9").status == 200
    assert visit(site, pki, "/exempt_site", source="127.0.0.8").status == 403
    assert visit(site, pki, "/secured_site", source="127.0.0.9").status == 403
    assert visit(site, pki, "/secured_site", "good", source="127.0.0.9").status == 200
    assert visit(site, pki, "/exempt_site", "revoked", source="127.0.0.9").status == 400


def test_exempt_network(site, pki):
    assert visit(site, pki, "/network_site", source="127.0.7.1").status == 200
    assert visit(site, pki, "/network_site", source="127.0.7.254").status == 200
    assert visit(site, pki, "/network_site", source="127.0.8.1").status == 403


@pytest.mark.parametrize("cert,status", [
    ("good", 200), ("utf8", 200), ("second", 403), ("rsa", 403), ("byroot", 200), ("multi", 200)])
def test_authorization_by_dn(site, pki, backend, cert, status):
    assert visit(site, pki, "/mapped_site", cert).status == status
    assert visit(site, pki, "/secured_site", cert).status == 200, "only the mapped site is closed"


def test_backend_sees_the_dn(site, pki, backend):
    visit(site, pki, "/mapped_site", "good")
    assert backend.last().get("X-Client-DN") == "CN=good machine,O=Yett Test,C=DE"


def test_debug_header_shows_the_dn(site, pki):
    assert visit(site, pki, "/debug_dn", "good").get("X-Client-DN") == (
        "CN=good machine,O=Yett Test,C=DE")
    assert visit(site, pki, "/debug_dn").get("X-Client-DN") is None


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("cert,code", [
    (None, "403"), ("good", "200"), ("revoked", "400"), ("expired", "400"),
    ("foreign-client", "400"), ("second", "403")])
def test_curl(site, pki, cert, code):
    """The way a person tries it."""
    command = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--http1.1",
               "--cacert", pki.path("root.crt"), "--resolve", f"front.test:{site.port()}:127.0.0.1",
               f"https://front.test:{site.port()}/mapped_site"]
    if cert:
        command += ["--cert", pki.path(cert + ".crt"), "--key", pki.path(cert + ".key")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == code, done.stderr


def test_openssl_sees_the_ca_names(site, pki):
    """The server names the CAs it accepts, which is how browsers choose a certificate."""
    for version in ("-tls1_2", "-tls1_3"):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{site.port()}", "-servername",
             "front.test", version, "-CAfile", pki.path("root.crt")], input=b"Q\n",
            capture_output=True, timeout=20, check=False)
        text = done.stdout.decode()
        assert "Verify return code: 0 (ok)" in text
        names = text[text.index("Acceptable client certificate CA names"):]
        assert re.search(r"CN ?= ?Test Root", names) and re.search(r"CN ?= ?Test Intermediate", names)


@pytest.mark.parametrize("crl,reason", [
    ("only-inter.crl", "unable to get certificate CRL"), ("stale.crl", "CRL has expired"),
    ("future.crl", "CRL is not yet valid")])
def test_a_crl_that_blocks_everyone_says_why(serve, pki, crl, reason):
    server = serve(f"""server {{ listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/{crl}; ssl_verify_client on;
        return 200; }}""")
    assert visit(server, pki, "/", "good").status == 400
    server.wait_log(reason)


@pytest.mark.yett_only("it says nothing before the first client is blocked")
@pytest.mark.parametrize("crl,says", [
    ("only-inter.crl", "Test Root"), ("stale.crl", "Test Intermediate")])
def test_a_crl_that_will_block_everyone_is_named_at_start(serve, pki, crl, says):
    server = serve(f"""server {{ listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/{crl}; ssl_verify_client on;
        return 200; }}""", start=False)
    done = server.run("-t")
    assert done.returncode == 0
    assert re.search(rf"\[warn\].*{crl}.*{says}|\[warn\].*{says}.*{crl}", done.stderr), done.stderr


# -- many reloads a day ------------------------------------------------------------------------------

def test_reloads_of_rules_under_load(serve, pki, backend):
    """The map changes again and again: no request is lost, and each answer fits a rule in force."""
    config = """
    include @DIR@/blacklist;
    server { listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
        ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl; ssl_verify_client optional;
        location / {
            if ($ssl_client_verify != SUCCESS) { return 403; }
            if ($cert_authz != SUCCESS) { return 403; }
            proxy_pass http://@B@; } }
    """
    open_map = 'map $ssl_client_s_dn $cert_authz { default SUCCESS; }\n'
    shut_map = ('map $ssl_client_s_dn $cert_authz { default SUCCESS; '
                '"CN=second machine,O=Yett Test,C=DE" BLACKLISTED; }\n')
    server = serve(config, files={"blacklist": open_map}, values={"B": backend.address})
    stop, failures, good = threading.Event(), [], []

    def client():
        context = rawhttp.tls_context(pki, "good")
        while not stop.is_set():
            try:
                with Conn(server.port(), context, "front.test", timeout=15) as conn:
                    answer = conn.ask("GET /echo", host="front.test")
                good.append(answer.status)
                if answer.status != 200:
                    failures.append(repr(answer))
            except Exception as error:  # noqa: BLE001
                failures.append(repr(error))
    threads = [threading.Thread(target=client) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for turn in range(10):
            shut = turn % 2 == 0
            server.write("blacklist", shut_map if shut else open_map)
            server.run("-s", "reload", check=True)
            wait_for(lambda shut=shut: visit(server, pki, "/echo", "second").status
                     == (403 if shut else 200), 15, "the new rule")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures, failures[:3]
    assert len(good) > 50
    assert visit(server, pki, "/echo").status == 403
    time.sleep(0.1)
