# SPDX-License-Identifier: Apache-2.0
"""Server blocks with the same TLS settings share a context; twins that differ in one directive do not.

Each twin keeps its own word on fresh connections, on its own sessions, and on those of the other.
"""

import pytest

from support.protocols import both
from support.rawhttp import tls_context
from support.sessions import CASES, STORES, Visit

SHOW = 'return 200 "$server_name|$ssl_session_reused|$ssl_client_verify|$ssl_client_s_dn";'
BASE = {
    "ssl_verify_client": "on",
    "ssl_client_certificate": "@PKI@/ca.crt",
    "ssl_crl": "@PKI@/all.crl",
    "ssl_verify_depth": "2",
}
DEEP = {"ssl_verify_client": "on", "ssl_client_certificate": "@PKI@/root.crt", "ssl_verify_depth": "3"}
# name: the directives, and the status for a good, a revoked and no client certificate
TWINS = {
    "base.test": (BASE, 200, 400, 400),
    "equal.test": (dict(reversed(BASE.items())), 200, 400, 400),
    "off.test": (BASE | {"ssl_verify_client": "off"}, 200, 200, 200),
    "optional.test": (BASE | {"ssl_verify_client": "optional"}, 200, 400, 200),
    "nocrl.test": ({name: value for name, value in BASE.items() if name != "ssl_crl"}, 200, 200, 400),
    "otherca.test": (BASE | {"ssl_client_certificate": "@PKI@/other-ca.crt"}, 400, 400, 400),
    "deep.test": (DEEP, 200, 200, 400),
    "shallow.test": (DEEP | {"ssl_verify_depth": "0"}, 400, 400, 400),
}
CERTS = ["good", "revoked", None]


def config(store, vhosts):
    parts = ["    @HTTP2@ ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate @PKI@/srv-front.crt;\n"
             "    ssl_certificate_key @PKI@/srv-front.key;\n    " + STORES[store]]
    for name, directives in vhosts.items():
        words = " ".join(f"{directive} {value};" for directive, value in directives.items())
        parts.append(f"server {{ listen 127.0.0.1:@PORT@ ssl; server_name {name}; {words} {SHOW} }}")
    return "\n".join(parts)


@pytest.fixture(scope="module")
def twins(serve_module):
    vhosts = {name: row[0] for name, row in TWINS.items()}
    return {store: serve_module(config(store, vhosts)) for store in STORES}


def status_of(name, cert):
    return TWINS[name][1 + CERTS.index(cert)]


@both
@pytest.mark.parametrize("version,store", CASES)
@pytest.mark.parametrize("cert", CERTS)
@pytest.mark.parametrize("name", TWINS)
def test_each_twin_has_its_word(twins, pki, version, store, name, cert):
    context = tls_context(pki, cert, version)
    fresh = Visit(twins[store], context, name)
    again = Visit(twins[store], context, name, fresh.session)
    for visit in (fresh, again):
        assert visit.status == status_of(name, cert), visit.text
        assert visit.status != 200 or visit.server == name
    assert not fresh.reused
    assert again.reused == (again.status == 200)


CROSSINGS = ([(name, "base.test") for name in TWINS if name != "base.test"] +
             [("base.test", name) for name in TWINS if name != "base.test"] +
             [("deep.test", "shallow.test")])


@both
@pytest.mark.yett_only("it breaks off, or answers 421, instead of a full handshake")
@pytest.mark.parametrize("version,store", CASES)
@pytest.mark.parametrize("cert", CERTS)
@pytest.mark.parametrize("first,second", CROSSINGS)
def test_no_session_crosses(twins, pki, version, store, first, second, cert):
    """Not even between blocks that share a context: the name is another (RFC 6066, 3)."""
    context = tls_context(pki, cert, version)
    visit = Visit(twins[store], context, first)
    other = Visit(twins[store], context, second, visit.session)
    assert not other.reused
    assert other.status == status_of(second, cert), other.text


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_tickets_of_twins(serve, pki, version):
    """With and without ssl_session_tickets, under settings that are equal otherwise."""
    vhosts = {"with.test": BASE | {"ssl_session_tickets": "on"},
              "without.test": BASE | {"ssl_session_tickets": "off"},
              "too.test": BASE | {"ssl_session_tickets": "on"}}
    server = serve(config("default", vhosts))
    context = tls_context(pki, "good", version)
    for name in vhosts:
        fresh = Visit(server, context, name)
        again = Visit(server, context, name, fresh.session)
        assert (fresh.status, again.status) == (200, 200)
        assert again.reused == (name != "without.test"), name
