# SPDX-License-Identifier: Apache-2.0
"""CRLs for distribution points, as step-ca and AWS Private CA issue them, and CRLs that begin later."""

import datetime
import signal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from support.backend import websocket
from support.lists import Gate, echoes, make, rewrite
from support.pki import DAY, NOW, simple, utc_now
from support.protocols import both, connect
from support.rawhttp import Conn, tls_context

pytestmark = pytest.mark.yett_only("nginx takes CRLs at a reload only")


def names(url):
    return [x509.UniformResourceIdentifier(url)]


def of_point(url):
    return [x509.IssuingDistributionPoint(
        full_name=names(url), relative_name=None, only_contains_user_certs=False,
        only_contains_ca_certs=False, only_some_reasons=None, indirect_crl=False,
        only_contains_attribute_certs=False)]


def client(pki, name, url):
    """A client whose certificate names that point; under NAME.crt with its chain, and NAME.key."""
    key = pki.new_key()
    cert = (x509.CertificateBuilder().subject_name(simple(name)).issuer_name(pki.inter[0].subject)
            .public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(NOW - DAY).not_valid_after(NOW + 30 * DAY)
            .add_extension(x509.CRLDistributionPoints([x509.DistributionPoint(
                names(url), None, None, None)]), critical=False)
            .sign(pki.inter[1], hashes.SHA256()))
    pem = serialization.Encoding.PEM
    with open(pki.path(name + ".crt"), "wb") as out:
        out.write(cert.public_bytes(pem) + pki.inter[0].public_bytes(pem))
    with open(pki.path(name + ".key"), "wb") as out:
        out.write(key.private_bytes(pem, serialization.PrivateFormat.PKCS8,
                                    serialization.NoEncryption()))
    return cert, key


ONE, TWO, THREE = (f"http://ca.test/{i}.crl" for i in (1, 2, 3))


@pytest.fixture
def clients(pki):
    return {n: client(pki, n, u) for n, u in (("at-one", ONE), ("at-two", TWO), ("at-three", THREE))}


def bundle(pki, one=(), two=(), number=1):
    return (make(pki.root) + make(pki.inter, one, number, more=of_point(ONE)) +
            make(pki.inter, two, number, more=of_point(TWO)))


@both
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_each_point_has_its_crl(serve, pki, clients, backend, version):
    """Revoked is who is on the CRL of the own point: at new connections, live ones, tunnels, sessions."""
    backend.on("/ws", websocket)
    gate = Gate(serve, pki, bundle(pki), backend=backend)
    first, second = gate.connect("at-one", version), gate.connect("at-two", version)
    tunnels = [gate.tunnel("at-one", version), gate.tunnel("at-two", version)]
    contexts = {name: tls_context(pki, name, version) for name in ("at-one", "at-two")}

    def visit(name, session=None):
        with connect(gate.port, contexts[name], session=session) as conn:
            return conn.ask().status, conn.sock.session
    sessions = {name: visit(name)[1] for name in contexts}
    assert first.ask().status == second.ask().status == 200
    # On the CRL of the other point alone: that is not the one which speaks of it.
    gate.swap(bundle(pki, two=[clients["at-one"]], number=2), rewrite)
    assert first.ask().status == second.ask().status == 200
    gate.swap(bundle(pki, one=[clients["at-one"]], number=3), rewrite)
    assert first.ask().status == 400 and first.closed()
    assert second.ask().status == 200
    assert tunnels[0].closed() and echoes(tunnels[1])
    assert visit("at-one", sessions["at-one"])[0] == 400
    assert visit("at-two", sessions["at-two"])[0] == 200
    gate.keeps_out("at-one")
    gate.lets_in("at-two")


def test_a_point_without_crl(serve, pki, clients):
    """It is refused, and the log says which point has none."""
    gate = Gate(serve, pki, bundle(pki), main="error_log error.log info;")
    gate.lets_in("at-one", "at-two")
    said = gate.after(lambda: gate.keeps_out("at-three", "good"),
                      r"3:unable to get certificate CRL.*distribution point: .*")
    assert f'distribution point: "{THREE}"' in said


def test_an_intermediate_without_crl(serve, pki):
    """Said beforehand: the root has a CRL for a point that the intermediate does not name."""
    gate = Gate(serve, pki, make(pki.root, more=of_point(ONE)) + make(pki.inter), start=False)
    said, passes = gate.test()
    assert passes and "is for the distribution point of the CA" in said and "(none)" in said


def test_a_crl_that_begins_later(serve, pki):
    """The one in force stays until then; what the new one revokes is revoked at once."""
    gate = Gate(serve, pki, make(pki.root) + make(pki.inter))
    start = utc_now().replace(microsecond=0) + datetime.timedelta(hours=1)
    gate.lets_in("good", "revoked")
    gate.swap(make(pki.root) + make(pki.inter, [pki.client["revoked"]], 2, start=start))
    gate.lets_in("good")
    gate.keeps_out("revoked")
    gate.after(lambda: gate.server.kill(signal.SIGHUP), "serves")
    gate.lets_in("good")
    gate.keeps_out("revoked")


@pytest.mark.parametrize("minutes,lets_in", [(4, True), (10, False)])
def test_no_crl_before_it(serve, pki, minutes, lets_in):
    start = utc_now().replace(microsecond=0) + datetime.timedelta(minutes=minutes)
    gate = Gate(serve, pki, make(pki.root) + make(pki.inter, start=start))
    (gate.lets_in if lets_in else gate.keeps_out)("good")
