# SPDX-License-Identifier: Apache-2.0
"""Values that no header field can hold: certificates in PEM, line breaks that are written or decoded."""

import pytest
from cryptography import x509

from support.rawhttp import Conn, ask, build, tls_context

VERIFY = ("ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;\n"
          "ssl_verify_client optional; ssl_client_certificate @PKI@/ca.crt;\n")

FIELDS = """
    map $ssl_client_verify $mapped { SUCCESS $ssl_client_raw_cert; }
    server { listen 127.0.0.1:@PORT@ ssl; """ + VERIFY + """
        set $own $ssl_client_cert;
        location /legacy { proxy_pass http://@B@; proxy_set_header X-Cert $ssl_client_cert; }
        location /raw { proxy_pass http://@B@; proxy_set_header X-Cert "c=$ssl_client_raw_cert;"; }
        location /own { proxy_pass http://@B@; proxy_set_header X-Cert $own; }
        location /mapped { proxy_pass http://@B@; proxy_set_header X-Cert $mapped; }
        location /escaped { proxy_pass http://@B@; proxy_set_header X-Cert $ssl_client_escaped_cert; }
        location /added { add_header X-Cert $ssl_client_raw_cert; return 200 ok; }
        location /trailer { add_trailer X-Cert $ssl_client_cert; return 200 ok; }
        location /body { return 200 $ssl_client_raw_cert; }
    }"""


@pytest.fixture(scope="module")
def server(serve_module, backend):
    return serve_module(FIELDS, values={"B": backend.address}, log_level="warn")


def leaf(pki):
    """The client's certificate alone, of the file that its chain follows in."""
    with open(pki.path("good.crt"), encoding="ascii") as text:
        head, end, _ = text.read().partition("-----END CERTIFICATE-----\n")
    return head + end


def one_line(pki):
    pem = leaf(pki)
    return " ".join(pem.splitlines()), x509.load_pem_x509_certificate(pem.encode())


def is_same(value, cert):
    """A backend reads what it got."""
    pem = value.replace("BEGIN CERTIFICATE", "BEGIN_C").replace("END CERTIFICATE", "END_C")
    pem = pem.replace(" ", "\n").replace("BEGIN_C", "BEGIN CERTIFICATE").replace("END_C", "END CERTIFICATE")
    return x509.load_pem_x509_certificate(pem.encode()) == cert


@pytest.mark.yett_only("nginx folds what is obsolete, or sends what no HTTP is")
@pytest.mark.parametrize("path,around", [("/legacy", "{}"), ("/raw", "c={} ;"), ("/own", "{}"), ("/mapped", "{}")])
def test_a_certificate_is_sent_in_one_line(server, backend, pki, path, around):
    want, cert = one_line(pki)
    assert ask(server.port(), "GET " + path, tls=tls_context(pki, "good")).status == 200
    assert backend.last().all("X-Cert") == [around.format(want)]
    assert b"\n\t" not in backend.last().raw and is_same(want, cert)


@pytest.mark.yett_only("nginx sends nothing of it, or what no HTTP is")
def test_answers_hold_a_certificate_in_one_line(server, pki):
    want, _ = one_line(pki)
    assert ask(server.port(), "GET /added", tls=tls_context(pki, "good")).all("X-Cert") == [want]
    assert ask(server.port(), "GET /trailer", tls=tls_context(pki, "good")).trailers == [("X-Cert", want)]


def test_other_forms_of_a_certificate_stay_as_they_are(server, backend, pki):
    ask(server.port(), "GET /escaped", tls=tls_context(pki, "good"))
    assert "%0A" in backend.last().get("X-Cert")
    assert ask(server.port(), "GET /body", tls=tls_context(pki, "good")).text == leaf(pki)
    for path in ("/legacy", "/mapped"):
        assert ask(server.port(), "GET " + path, tls=tls_context()).status == 200
        assert backend.last().get("X-Cert") is None


@pytest.mark.yett_only("it says nothing")
def test_loading_says_which_variable_and_what_to_use(server):
    said = [line for line in server.run("-t").stderr.splitlines() if "sends each line break" in line]
    for field, variable in (("proxy_set_header X-Cert", "ssl_client_cert"),
                            ("proxy_set_header X-Cert", "ssl_client_raw_cert"),
                            ("proxy_set_header X-Cert", "own"), ("proxy_set_header X-Cert", "mapped"),
                            ("add_header X-Cert", "ssl_client_raw_cert"),
                            ("add_trailer X-Cert", "ssl_client_cert")):
        lines = [line for line in said if f'"{field}"' in line and f'"${variable}"' in line]
        assert len(lines) == 1, (field, variable, said)
        assert "[warn]" in lines[0] and '"$ssl_client_escaped_cert"' in lines[0]
        assert ".conf:" in lines[0]
    assert len(said) == 6, said


@pytest.mark.yett_only("nginx sends it")
@pytest.mark.parametrize("directive", [
    'proxy_set_header X-A "a\nb";', 'proxy_set_header X-A "$host\r$uri";', 'add_header X-A "a\nb: c";',
    'add_header X-A "$host\n";', 'add_trailer X-A "\n$uri";', 'default_type "text/plain\nX: y";',
    'types { "text/plain\nX: y" txt; }', 'return 302 "/x\nX: y";', 'rewrite ^ "/x\n$uri" redirect;'])
def test_a_line_break_that_is_written_is_an_error(serve, directive):
    conf = "server { listen 127.0.0.1:@PORT@; location / { %s } }"
    done = serve(conf % directive, start=False).run("-t")
    assert done.returncode == 1 and "contains a line break or a NUL" in done.stderr
    assert "server.conf:" in done.stderr
    for mark in ("\n", "\r"):
        directive = directive.replace(mark, " ")
    assert serve(conf % directive, start=False).run("-t").returncode == 0


DECODED = """
    server { listen 127.0.0.1:@PORT@;
        location ~ ^/set/([^?]*)$ { proxy_pass http://@B@/x; proxy_set_header X-A $1; }
        location ~ ^/uri/ { proxy_pass http://@B@/x; proxy_set_header X-A "<$uri>"; }
        location ~ ^/user/ { proxy_pass http://@B@/x; proxy_set_header X-A $remote_user; }
        location ~ ^/add/([^?]*)$ { add_header X-A $1; return 200 ok; }
        location ~ ^/addproxy/([^?]*)$ { add_header X-A $1 always; proxy_pass http://@B@/x; }
        location ~ ^/trailer/([^?]*)$ { add_trailer X-A $1; return 200 ok; }
        location ~ ^/cookie/ { proxy_pass http://@B@/cookie; proxy_cookie_path /old $uri; }
        location ~ ^/domain/ { proxy_pass http://@B@/cookie; proxy_cookie_domain old.test $uri; }
        location ~ ^/place/ { proxy_pass http://@B@/place; proxy_redirect http://old.test/ http://new.test$uri; }
        location ~ ^/refresh/ { proxy_pass http://@B@/place; proxy_redirect http://old.test/ http://new.test$uri; }
        location ~ ^/page/([^?]*)$ { error_page 500 /sorry; proxy_pass http://@B@/x; proxy_set_header X-A $1; }
        location = /sorry { return 200 "sorry"; }
    }"""
ANSWER = b"HTTP/1.1 200 OK\r\n%s\r\nContent-Length: 4\r\n\r\nbody"


@pytest.fixture(scope="module")
def decoded(serve_module, backend):
    backend.on("/cookie", ANSWER % b"Set-Cookie: a=1; Path=/old; Domain=old.test")
    backend.on("/place", ANSWER % b"Location: http://old.test/\r\nRefresh: 1; url=http://old.test/")
    # A variable keeps the URI of proxy_pass where the location is a regular expression.
    return serve_module(DECODED.replace("http://@B@/", "http://$b/").replace(
        "listen 127.0.0.1:@PORT@;", "listen 127.0.0.1:@PORT@; set $b @B@;"), values={"B": backend.address})


def heads(server, line, *headers):
    """The bytes of an answer's head."""
    with Conn(server.port()) as conn:
        conn.send(build(line, [*headers, "Connection: close"]))
        return conn.read_all().split(b"\r\n\r\n")[0]


@pytest.mark.yett_only("nginx lets a field begin there")
@pytest.mark.parametrize("breaks", ["%0d%0aX-B:%20b", "%0aX-B:%20b", "%0db"])
@pytest.mark.parametrize("path,part", [
    ("/set/", "proxy_set_header X-A\" cannot be sent: \"$1\""), ("/uri/", "proxy_set_header X-A\" cannot be sent: \"$uri\""),
    ("/add/", "add_header X-A\" cannot be sent: \"$1\""), ("/addproxy/", "add_header X-A\" cannot be sent: \"$1\""),
    ("/cookie/", "\"Set-Cookie\" cannot be sent"), ("/domain/", "\"Set-Cookie\" cannot be sent")])
def test_a_decoded_line_break_is_not_sent(decoded, backend, path, part, breaks):
    backend.reset()
    head = heads(decoded, f"GET {path}a{breaks}")
    assert head.startswith(b"HTTP/1.1 500 ") and b"X-B" not in head and b"X-A" not in head
    assert all("X-B" not in str(request.headers) for request in backend.requests)
    decoded.wait_log(r"\[error\].*" + part.replace("$", r"\$"))
    assert heads(decoded, f"GET {path}a%20b").startswith(b"HTTP/1.1 200 ")


@pytest.mark.yett_only("nginx lets a field begin there")
def test_a_decoded_line_break_of_a_user_name(decoded, backend):
    backend.reset()
    assert heads(decoded, "GET /user/", "Authorization: Basic YQpYLUI6IGI6eA==").startswith(b"HTTP/1.1 500 ")
    assert not backend.requests
    decoded.wait_log(r'"proxy_set_header X-A" cannot be sent: "\$remote_user" contains a line break')
    assert heads(decoded, "GET /user/", "Authorization: Basic YTp4").startswith(b"HTTP/1.1 200 ")
    assert backend.last().get("X-A") == "a"


@pytest.mark.yett_only("nginx lets a field begin there")
@pytest.mark.parametrize("path,field", [("/place/", b"Location: "), ("/refresh/", b"Refresh: 1; url=")])
def test_a_decoded_line_break_in_a_url_is_escaped(decoded, path, field):
    head = heads(decoded, f"GET {path}a%0d%0aX-B:%20b")
    assert head.startswith(b"HTTP/1.1 200 ") and b"\nX-B" not in head
    assert field + b"http://new.test" + path.encode() + b"a%0D%0AX-B:%20b" in head


@pytest.mark.yett_only("nginx lets a field begin there")
def test_a_trailer_that_cannot_be_sent_is_logged(decoded):
    answer = ask(decoded.port(), "GET /trailer/a%0ab")
    assert (answer.status, answer.text, answer.trailers) == (200, "ok", [])
    decoded.wait_log(r'"add_trailer X-A" cannot be sent: "\$1" contains a line break')
    assert ask(decoded.port(), "GET /trailer/a%20b").trailers == [("X-A", "a b")]


@pytest.mark.yett_only("nginx lets a field begin there")
def test_the_page_of_a_field_that_cannot_be_sent(decoded):
    answer = ask(decoded.port(), "GET /page/a%0ab")
    assert (answer.status, answer.text) == (500, "sorry")
