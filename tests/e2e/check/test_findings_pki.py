# SPDX-License-Identifier: Apache-2.0
"""What `yett check` finds about certificates, CRLs, names and backends. Each configuration that has a
finding stands beside a twin that has not."""

import datetime
import json
import subprocess

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from support.pki import DAY, NOW, simple
from support.protocols import connect
from support.rawhttp import tls_context
from support.servers import YETT

pytestmark = pytest.mark.yett_only("yett check")

HOUR = datetime.timedelta(hours=1)
SITE = ("ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"
        " server_name front.test;")
GUARD = "ssl_client_certificate @PKI@/ca.crt; ssl_verify_client on;"
BACKEND = "http://192.0.2.7:8080"


@pytest.fixture(name="check")
def fixture_check(pki, tmp_path):
    """check(http) gives the findings of a configuration, by rule: [(line, text)]."""
    def check(http):
        conf = tmp_path / "yett.conf"
        text = f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n{http}\n}}\n"
        conf.write_text(text.replace("@PKI@", pki.dir))
        done = subprocess.run([YETT, "check", "--json", str(conf)], capture_output=True, text=True,
                              timeout=60, check=False)
        assert done.returncode in (0, 1), done.stderr
        rules = {}
        for finding in json.loads(done.stdout)["findings"]:
            rules.setdefault(finding["rule"], []).append((finding["line"], finding["text"]))
        return rules
    return check


def server(more="", guard=GUARD, location="location / { return 200 ok; }", listen="127.0.0.1:8443 ssl"):
    return f"server {{ listen {listen}; {SITE} {guard} {more}\n{location}\n}}\n"


def only(found):
    """The one finding's text."""
    assert len(found) == 1, found
    return found[0][1]


# -- CRLs --------------------------------------------------------------------------------------------


def test_crl_missing(check):
    has = check(server("ssl_crl @PKI@/only-inter.crl;"))
    assert 'CN=Test Root' in only(has["crl-missing"])
    assert "crl-missing" not in check(server("ssl_crl @PKI@/all.crl;"))


def test_crl_missing_of_a_backends_ca(check):
    tls = "location / {{ proxy_pass https://192.0.2.7; proxy_ssl_verify on; proxy_ssl_verify_depth 2;" \
          " proxy_ssl_trusted_certificate @PKI@/ca.crt; proxy_ssl_crl @PKI@/{}; }}"
    assert "crl-missing" in check(server(location=tls.format("only-inter.crl")))
    assert "crl-missing" not in check(server(location=tls.format("all.crl")))


def test_no_revocation(check):
    assert "no-revocation" in check(server())
    both = check(server() + server().replace("front.test", "b.test"))
    assert "1 more" in only(both["no-revocation"])
    assert "no-revocation" not in check(server("ssl_crl @PKI@/all.crl;"))
    assert "no-revocation" not in check(server("ssl_ocsp on; resolver 192.0.2.1;"))
    assert "no-revocation" not in check(server(guard=""))


def test_crl_expired(check):
    has = check(server("ssl_crl @PKI@/stale.crl;"))
    text = only(has["crl-expired"])
    assert "CN=Test Intermediate" in text and "stale.crl" in text
    assert (NOW - 2 * DAY).strftime("%Y GMT") in text
    assert "crl-expires-soon" not in has
    assert "crl-expired" not in check(server("ssl_crl @PKI@/all.crl;"))


def test_crl_that_is_stale_but_accepted_expires_soon(check):
    has = check(server("ssl_crl @PKI@/stale.crl; ssl_crl_stale grace 30d;"))
    assert "crl-expired" not in has
    assert "ssl_crl_stale" in only(has["crl-expires-soon"])


@pytest.mark.parametrize("start, end, soon", [
    (20 * DAY, 6 * DAY, True), (20 * DAY, 8 * DAY, False),      # of four weeks: a week
    (18 * HOUR, 5 * HOUR, True), (12 * HOUR, 12 * HOUR, False),  # of a day: six hours
])
def test_crl_expires_soon(check, pki, start, end, soon):
    pki.issue_crl("soon-inter.crl", pki.inter, start=NOW - start, end=NOW + HOUR + end, number=9)
    with open(pki.path("root.crl"), "rb") as root, open(pki.path("soon-inter.crl"), "rb") as inter:
        pki.write("soon.crl", root.read(), inter.read())
    has = check(server("ssl_crl @PKI@/soon.crl;"))
    assert ("crl-expires-soon" in has) == soon, has
    assert "crl-expired" not in has


# -- certificates ------------------------------------------------------------------------------------


def ca_until(pki, filename, end, start=None):
    root = pki.issue(simple("Aging Root"), ca=True, start=start, end=end)
    pki.write(filename, pki.pem(root[0]))
    return root


def of_ca(filename):
    return f"ssl_client_certificate @PKI@/{filename}; ssl_verify_client on;"


def test_ca_expired(check, pki):
    ca_until(pki, "old-ca.crt", NOW - DAY, NOW - 9 * DAY)
    has = check(server(guard=of_ca("old-ca.crt")))
    assert "Aging Root" in only(has["ca-expired"]) and "old-ca.crt" in only(has["ca-expired"])
    assert "ca-expires-soon" not in has
    assert "ca-expired" not in check(server())
    assert "ca-expired" not in check(server(guard=of_ca("old-ca.crt").replace(" on;", " off;")))


def test_ca_expired_but_renewed(check, pki):
    old = ca_until(pki, "old-ca.crt", NOW - DAY, NOW - 9 * DAY)
    new = ca_until(pki, "new-ca.crt", NOW + 90 * DAY)
    pki.write("renewed-ca.crt", pki.pem(old[0]), pki.pem(new[0]))
    assert "ca-expired" not in check(server(guard=of_ca("renewed-ca.crt")))


def test_ca_expires_soon(check, pki):
    ca_until(pki, "near-ca.crt", NOW + 29 * DAY)
    ca_until(pki, "far-ca.crt", NOW + 31 * DAY)
    has = check(server(guard=of_ca("near-ca.crt")))
    assert "Aging Root" in only(has["ca-expires-soon"]) and "ca-expired" not in has
    assert "ca-expires-soon" not in check(server(guard=of_ca("far-ca.crt")))


def test_ca_of_several_servers_is_found_once(check, pki):
    ca_until(pki, "near-ca.crt", NOW + 29 * DAY)
    other = server(guard=of_ca("near-ca.crt")).replace("front.test", "b.test")
    only(check(server(guard=of_ca("near-ca.crt")) + other)["ca-expires-soon"])


def test_certificate_expired(check):
    old = SITE.replace("srv-front", "srv-expired")
    has = check(server().replace(SITE, old))
    assert "srv-expired.crt" in only(has["certificate-expired"])
    assert "certificate-expires-soon" not in has
    assert "certificate-expired" not in check(server())


def test_certificate_expires_soon(check, pki):
    for name, days in (("near", 13), ("far", 15)):
        pair = pki.issue(simple("front.test"), pki.inter, names=["front.test"], end=NOW + days * DAY,
                         eku=[ExtendedKeyUsageOID.SERVER_AUTH])
        pki.write_pair("srv-" + name, pair)
    has = check(server().replace(SITE, SITE.replace("srv-front", "srv-near")))
    assert "srv-near.crt" in only(has["certificate-expires-soon"])
    assert "certificate-expires-soon" not in check(
        server().replace(SITE, SITE.replace("srv-front", "srv-far")))


def test_certificate_for_days_expires_soon_in_its_last_quarter(check, pki):
    for hours, soon in ((30, True), (60, False)):
        pair = pki.issue(simple("front.test"), pki.inter, names=["front.test"],
                         start=NOW - 6 * DAY + hours * HOUR, end=NOW + hours * HOUR,
                         eku=[ExtendedKeyUsageOID.SERVER_AUTH])
        pki.write_pair("srv-days", pair)
        has = check(server().replace(SITE, SITE.replace("srv-front", "srv-days")))
        assert ("certificate-expires-soon" in has) == soon, hours


def test_certificate_for_backends_expired(check):
    tls = "location / {{ proxy_pass https://192.0.2.7; proxy_ssl_certificate @PKI@/{0}.crt;" \
          " proxy_ssl_certificate_key @PKI@/{0}.key; }}"
    has = check(server(location=tls.format("expired")))
    assert "expired.crt" in only(has["certificate-expired"])
    assert "certificate-expired" not in check(server(location=tls.format("good")))


def test_depth_too_small(check, pki):
    middle = pki.issue(simple("Middle CA"), pki.root, ca=True)
    lowest = pki.issue(simple("Lowest CA"), middle, ca=True)
    pki.write("three-ca.crt", *[pki.pem(c[0]) for c in (pki.root, middle, lowest)])
    has = check(server(guard=of_ca("three-ca.crt")))
    assert "Lowest CA" in only(has["depth-too-small"])
    assert "depth-too-small" not in check(server("ssl_verify_depth 2;", guard=of_ca("three-ca.crt")))
    assert "depth-too-small" not in check(server())
    assert "depth-too-small" in check(server("ssl_verify_depth 0;"))


def test_depth_as_the_gate_counts_it(serve, pki):
    middle = pki.issue(simple("Middle CA"), pki.root, ca=True)
    lowest = pki.issue(simple("Lowest CA"), middle, ca=True)
    pki.write("three-ca.crt", *[pki.pem(c[0]) for c in (pki.root, middle, lowest)])
    pki.issue_client("lowest-client", issuer=lowest)
    for depth, status in ((1, 400), (2, 200)):
        gate = serve(server(f"ssl_verify_depth {depth};", guard=of_ca("three-ca.crt"),
                            listen="127.0.0.1:@PORT@ ssl"))
        with connect(gate.port(), tls_context(pki, "lowest-client")) as conn:
            assert conn.ask().status == status


# -- names -------------------------------------------------------------------------------------------

BOTH = "ssl_client_certificate @PKI@/both-ca.crt; ssl_verify_client on;"
ALLOW = 'map {} $allowed {{ default 0; {} 1; }}\n'
IF_ALLOWED = "location / { if ($allowed = 0) { return 403; } return 200 ok; }"


def test_dn_other_ca(check):
    by_name = ALLOW.format("$ssl_client_s_dn", '"CN=alice,O=A"')
    has = check(by_name + server(guard=BOTH, location=IF_ALLOWED))
    text = only(has["dn-other-ca"])
    assert "CN=Test Intermediate" in text and "CN=Other Intermediate" in text
    assert "dn-other-ca" not in check(by_name + server(location=IF_ALLOWED))        # one CA
    assert "dn-other-ca" not in check(by_name + server(guard=BOTH))                 # never read
    for subject in ('"$ssl_client_i_dn|$ssl_client_s_dn"', "$ssl_client_fingerprint",
                    "$ssl_client_serial"):
        both = ALLOW.format(subject, '"CN=x|CN=alice"')
        assert "dn-other-ca" not in check(both + server(guard=BOTH, location=IF_ALLOWED)), subject


def test_dn_other_ca_in_an_if(check):
    by_if = 'location / { if ($ssl_client_s_dn != "CN=alice") { return 403; } return 200 ok; }'
    assert "dn-other-ca" in check(server(guard=BOTH, location=by_if))
    issuer = 'if ($ssl_client_i_dn != "CN=Test Intermediate,O=Yett Test,C=DE") { return 403; }'
    assert "dn-other-ca" not in check(server(issuer, guard=BOTH, location=by_if))


def test_dn_other_ca_for_a_backend(check):
    user = 'map $ssl_client_s_dn $user { default ""; "CN=alice" alice; }\n'
    told = f"location / {{ proxy_pass {BACKEND}; proxy_set_header X-User $user; }}"
    assert "dn-other-ca" in check(user + server(guard=BOTH, location=told))
    assert "dn-other-ca" not in check(user + server(location=told))


def test_dn_order(check):
    has = check(ALLOW.format("$ssl_client_s_dn", '"CN=alice,O=A"') + server(location=IF_ALLOWED))
    assert "CN=alice,O=A" in only(has["dn-order"])
    assert "dn-order" not in check(ALLOW.format("$ssl_client_s_dn", '"CN=alice"')
                                   + server(location=IF_ALLOWED))
    assert "dn-order" in check(ALLOW.format("$ssl_client_s_dn_legacy", '"/C=DE/CN=alice"')
                               + server(location=IF_ALLOWED))
    assert "dn-order" not in check(ALLOW.format("$http_x", '"CN=alice,O=A"')
                                   + server(location=IF_ALLOWED))


@pytest.mark.parametrize("pattern, found", [
    ("CN=alice", True),
    ("^CN=alice", True),
    ("CN=alice$", True),
    ("^CN=alice|CN=bob$", True),
    ("^CN=www.example.test$", True),
    ("^CN=alice$", False),
    ("^CN=alice,", False),
    ("^CN=alice,.*$", False),
    ("(^|,)CN=alice(,|$)", False),
    ("^(CN=alice|CN=bob)$", False),
    (r"^CN=www\.example\.test$", False),
    ("^CN=[^,]+,O=A$", False),
])
def test_dn_unanchored(check, pattern, found):
    has = check(ALLOW.format("$ssl_client_s_dn", f'"~{pattern}"') + server(location=IF_ALLOWED))
    assert ("dn-unanchored" in has) == found, has
    by_if = f'location / {{ if ($ssl_client_s_dn !~ "{pattern}") {{ return 403; }} return 200 ok; }}'
    assert ("dn-unanchored" in check(server(location=by_if))) == found


def test_dn_unanchored_refuses_too_many_at_worst(check):
    refused = 'location / { if ($ssl_client_s_dn ~ "CN=bad") { return 403; } return 200 ok; }'
    assert "dn-unanchored" not in check(server(location=refused))
    let_in = 'location / { if ($ssl_client_s_dn ~ "CN=ok") { return 200 ok; } return 403; }'
    assert "dn-unanchored" in check(server(location=let_in))


@pytest.mark.parametrize("subject", ["$ssl_client_s_dn", "$ssl_client_serial", "$ssl_client_fingerprint"])
def test_dn_default_allows(check, subject):
    refuse = f'map {subject} $state {{ default SUCCESS; "bad" FAILED; }}\n'
    guarded = "location / { if ($state != SUCCESS) { return 403; } return 200 ok; }"
    has = check(refuse + server(location=guarded))
    assert subject in only(has["dn-default-allows"]) and has["dn-default-allows"][0][0] == 5
    allow = refuse.replace("default SUCCESS", "default NO").replace("FAILED", "SUCCESS")
    assert "dn-default-allows" not in check(allow + server(location=guarded))
    assert "dn-default-allows" not in check(refuse + server())                       # not asked
    only(check(refuse + server(location=guarded + guarded.replace("/", "/b", 1)))["dn-default-allows"])


def test_dn_default_allows_without_a_default(check):
    refuse = 'map $ssl_client_s_dn $refused { "bad" 1; }\n'
    guarded = "location / { if ($refused) { return 403; } return 200 ok; }"
    assert "dn-default-allows" in check(refuse + server(location=guarded))
    role = 'map $ssl_client_s_dn $role { "boss" boss; }\n'
    greets = "location / { if ($role) { return 302 /boss; } return 200 ok; }"
    assert "dn-default-allows" not in check(role + server(location=greets))


@pytest.mark.parametrize("takes,names_it", [
    ("if ($ssl_client_s_dn ~ CN=([^,]+)) { set $cn $1; }", True), ("if ($ssl_client_s_dn ~ CN=(?<cn>[^,]+)) { set $x 1; }", True),
    ("set $cn $ssl_client_serial;", True), ("if ($http_x ~ CN=([^,]+)) { set $cn $1; }", False), ("set $cn $http_x;", False),
    ('if ($ssl_client_verify = SUCCESS) { set $cn $http_x; }', False)])
def test_dn_default_allows_follows_if_and_set(check, takes, names_it):
    """Of a header it is no matter of clients' names."""
    refuse = 'map $cn $refused { default 0; bad 1; }\n'
    guarded = f"location / {{ {takes} if ($refused) {{ return 403; }} return 200 ok; }}"
    assert ("dn-default-allows" in check(refuse + server(location=guarded))) == names_it
    allow = 'map $cn $refused { default 1; good 0; }\n'
    assert "dn-default-allows" not in check(allow + server(location=guarded))


def test_dn_default_allows_follows_a_map(check):
    maps = 'map $ssl_client_s_dn $cn { ~CN=([^,]+) $1; }\nmap $cn $refused { default 0; bad 1; }\n'
    guarded = "location / { if ($refused) { return 403; } return 200 ok; }"
    assert "dn-default-allows" in check(maps + server(location=guarded))
    assert "dn-default-allows" not in check(maps.replace("$ssl_client_s_dn", "$http_x") + server(location=guarded))


def test_optional_no_ca(check):
    mode = "ssl_verify_client optional_no_ca;"
    has = check(server(guard=mode, location="location / { return 403; }"))
    assert "optional-no-ca" in has
    known = ALLOW.format("$ssl_client_fingerprint", "0123")
    assert "optional-no-ca" not in check(known + server(guard=mode, location=IF_ALLOWED))
    assert "optional-no-ca" not in check(server(location="location / { return 403; }"))


# -- what backends are told --------------------------------------------------------------------------

TELLS = f"location /a {{ proxy_pass {BACKEND}; proxy_set_header X-User $ssl_client_s_dn; }}\n"
# A field with a meaning of its own, which clients may send elsewhere.
AUTHORIZES = TELLS.replace("X-User", "Authorization")


def test_identity_forgeable(check):
    silent = f"location /b {{ proxy_pass {BACKEND}; }}"
    has = check(server(location=AUTHORIZES + silent))
    text = only(has["identity-forgeable"])
    assert '"Authorization"' in text and "/b" in text
    assert "identity-not-cleared" not in has
    cleared = f'location /b {{ proxy_pass {BACKEND}; proxy_set_header Authorization ""; }}'
    assert "identity-forgeable" not in check(server(location=AUTHORIZES + cleared))
    passes_none = f"location /b {{ proxy_pass {BACKEND}; proxy_pass_request_headers off; }}"
    assert "identity-forgeable" not in check(server(location=AUTHORIZES + passes_none))


def test_identity_forgeable_where_other_headers_end_inheritance(check):
    outer = "proxy_set_header Authorization $ssl_client_s_dn;"
    plain = f"location /a {{ proxy_pass {BACKEND}; }}\n"
    own = f"location /b {{ proxy_pass {BACKEND}; proxy_set_header X-Other 1; }}"
    assert "identity-forgeable" in check(server(outer, location=plain + own))
    assert "identity-forgeable" not in check(server(outer, location=plain))


def test_identity_forgeable_through_another_server_and_map(check):
    user = 'map $ssl_client_s_dn $user { default ""; "CN=alice" alice; }\n'
    group = "upstream app { server 192.0.2.7:8080; }\n"
    tells = "location / { proxy_pass http://app; proxy_set_header Authorization $user; }"
    plain = server(guard="", location=f"location / {{ proxy_pass {BACKEND}; }}", listen="127.0.0.1:8081")
    assert "identity-forgeable" in check(user + group + server(location=tells) + plain)
    unknown = user.replace("$ssl_client_s_dn", "$http_x")
    assert "identity-forgeable" not in check(unknown + group + server(location=tells) + plain)


@pytest.mark.parametrize("take", [
    'if ($ssl_client_s_dn ~ "CN=(?<user>[^,]+)") { set $x 1; }',
    'set $user ""; if ($ssl_client_s_dn ~ "CN=([^,]+)") { set $user $1; }',
    "set $user $ssl_client_s_dn;",
])
def test_identity_from_a_part_of_the_name(check, take):
    tells = f"location /a {{ {take} proxy_pass {BACKEND}; proxy_set_header Authorization $user; }}\n"
    silent = f"location /b {{ proxy_pass {BACKEND}; }}"
    assert "identity-forgeable" in check(server(location=tells + silent))
    other = tells.replace("$ssl_client_s_dn", "$http_x")
    assert "identity-forgeable" not in check(server(location=other + silent))


def test_identity_where_nothing_is_passed_on(check):
    silent = f"location /b {{ return 403; proxy_pass {BACKEND}; }}"
    assert "identity-forgeable" not in check(server(location=AUTHORIZES + silent))


def test_identity_not_cleared(check):
    other = "location /b { proxy_pass http://192.0.2.8:8080; }"
    has = check(server(location=AUTHORIZES + other))
    assert "/b" in only(has["identity-not-cleared"])
    assert "identity-forgeable" not in has
    cleared = other.replace(";", '; proxy_set_header authorization "";', 1)
    assert "identity-not-cleared" not in check(server(location=AUTHORIZES + cleared))


def test_identity_not_cleared_towards_a_server_of_the_same_gate(check):
    front = "server { listen 127.0.0.1:8080; location / { proxy_pass http://127.0.0.1:8081; } }\n"
    inner = server(listen="127.0.0.1:8081", guard="", location="location / { return 200 ok; }")
    assert "identity-not-cleared" not in check(server(location=AUTHORIZES) + front + inner)
    assert "identity-not-cleared" in check(server(location=AUTHORIZES) + front)


@pytest.mark.parametrize("name", ["X-User", "X_USER"])
def test_identity_that_the_gate_clears(check, name):
    """No server passes what a client sends under that name, in any spelling."""
    tells = TELLS.replace("X-User", name)
    for silent in (f"location /b {{ proxy_pass {BACKEND}; }}", "location /b { proxy_pass http://192.0.2.8:8080; }"):
        assert not {"identity-forgeable", "identity-not-cleared"} & set(check(server(location=tells + silent)))


@pytest.mark.parametrize("value,found", [
    ("$http_x_user", True), ("\"a $http_cookie\"", True), ("$arg_user", True), ("$remote_addr", False), ("$http_host", False),
    ("\"\"", False), ("$ssl_client_s_dn", False)])
def test_identity_that_another_location_takes_from_the_client(check, value, found):
    taken = f"location /b {{ proxy_pass {BACKEND}; proxy_set_header X-User {value}; }}"
    has = check(server(location=TELLS + taken))
    assert ("identity-forgeable" in has) == found
    assert not found or "X-User" in only(has["identity-forgeable"])
    assert "identity-forgeable" not in check(server(location=taken))  # nobody believes it


@pytest.mark.parametrize("source", ["set $taken $http_x_user;", 'set $taken ""; if ($http_x_user ~ "(.*)") { set $taken $1; }',
                                    "set $taken $mapped;"])
def test_identity_that_another_location_takes_through_a_variable(check, source):
    mapped = "map $http_x_user $mapped { default $http_x_user; }\n"
    taken = f"location /b {{ {source} proxy_pass {BACKEND}; proxy_set_header X-User $taken; }}"
    assert "identity-forgeable" in check(mapped + server(location=TELLS + taken))
    other = taken.replace("$http_x_user", "$remote_addr").replace("$mapped", "$remote_addr")
    assert "identity-forgeable" not in check(mapped + server(location=TELLS + other))


def test_backend_tls_unverified(check):
    has = check(server(location="location / { proxy_pass https://192.0.2.7; }"))
    assert "https://192.0.2.7" in only(has["backend-tls-unverified"])
    verified = "location / { proxy_pass https://192.0.2.7; proxy_ssl_verify on;" \
               " proxy_ssl_trusted_certificate @PKI@/ca.crt; }"
    assert "backend-tls-unverified" not in check(server(location=verified))
    assert "backend-tls-unverified" not in check(
        server(location=f"location / {{ proxy_pass {BACKEND}; }}"))


def test_backend_tls_unverified_grpc(check):
    has = check(server("http2 on;", location="location / { grpc_pass grpcs://192.0.2.7:443; }"))
    assert "grpc_ssl_verify" in only(has["backend-tls-unverified"])
    assert "backend-tls-unverified" not in check(
        server("http2 on;", location="location / { grpc_pass grpc://192.0.2.7:80; }"))


STACKED = "location / { proxy_pass http://127.0.0.1:8088; proxy_set_header X-User $ssl_client_s_dn; }"
BEHIND = ("server {{ listen {}; server_name app; {}"
          " if ($http_x_user = '') {{ return 403; }} location / {{ return 200 ok; }} }}\n")


def test_backend_exposed(check):
    front = server(location=STACKED)
    assert "app" in only(check(front + BEHIND.format("8088", ""))["backend-exposed"])
    for listen, more in (("127.0.0.1:8088", ""), ("8088", "allow 127.0.0.1; deny all;"),
                         ("8089", "")):
        assert "backend-exposed" not in check(front + BEHIND.format(listen, more)), listen
    ignores = BEHIND.format("8088", "").replace("$http_x_user", "$http_user_agent")
    assert "backend-exposed" not in check(front + ignores)


def test_backend_exposed_that_passes_the_header_on(check):
    behind = f"server {{ listen 8088; location / {{ proxy_pass {BACKEND}; }} }}\n"
    assert "backend-exposed" in check(server(location=STACKED) + behind)
    assert "backend-exposed" not in check(
        server(location=STACKED) + behind.replace("8088", "127.0.0.1:8088"))


# -- one connection for two servers ------------------------------------------------------------------


def test_coalescing(check):
    guarded = server("http2 on;")
    other = guarded.replace(GUARD, "").replace("server_name front.test", "server_name www.front.test")
    has = check(guarded + other)
    text = only(has["coalescing"])
    assert "www.front.test" in text and "front.test" in text
    foreign = other.replace("www.front.test", "b.test").replace("srv-front", "srv-b")
    assert "coalescing" not in check(guarded + foreign)                    # each its certificate
    same = guarded.replace("server_name front.test", "server_name www.front.test")
    assert "coalescing" not in check(guarded + same)                       # the same requirements
    assert "coalescing" not in check((guarded + other).replace("http2 on;", ""))
