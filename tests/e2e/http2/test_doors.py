# SPDX-License-Identifier: Apache-2.0
"""Client certificates over HTTP/2: the same answers and log lines as over HTTP/1.1, for each stream."""

import os
import re
import threading

import pytest

from support.http2 import NO_ERROR, Http2, context, head
from support.rawhttp import Conn, tls_context
from support.servers import wait_for
from support.sessions import reload_and_wait

TLS = """http2 on; ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    log_format seen "$request_method $request_uri $server_name $status $ssl_client_verify $ssl_client_s_dn";
    access_log @DIR@/seen.log seen;
"""
CLIENTS = [None, "good", "foreign-client", "revoked", "expired", "notyet", "selfsigned", "serveronly"]
ASK = "ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;"
TEXT = 'return 200 "$server_name|$ssl_client_verify|$ssl_session_reused";'


def ask1(server, tls, sni, path, authority):
    with Conn(server.port(), tls, sni) as conn:
        answer = conn.ask("GET " + path, host=authority)
        return answer.status, answer.text if answer.status == 200 else ""


def ask2(server, tls, sni, path, authority):
    with Http2(server.port(), tls, sni) as conn:
        answer = conn.ask(path, "GET", authority)
        return answer.status, answer.text if answer.status == 200 else ""


def errors_of(server, since):
    """What the error log says of clients: how a connection ended is compared apart."""
    lines = []
    for line in server.log()[since:].splitlines():
        text = re.sub(r"^\S+ \S+ (\[\w+\]) \S+ \*\d+ ", r"\1 ", line)
        text = re.sub(r"HTTP/\d\.\d", "HTTP", text)
        text = re.sub(r" id: [0-9a-f]{32},", " id,", text)
        if "client: " in text and "closed" not in text and "SSL_" not in text:
            lines.append(text)
    return lines


@pytest.mark.parametrize("mode", ["on", "optional", "optional_no_ca"])
@pytest.mark.parametrize("cert", CLIENTS)
def test_clients_get_what_they_get_over_http1(serve, pki, mode, cert):
    server = serve(TLS + f"ssl_verify_client {mode}; {ASK}" + """
        server { listen 127.0.0.1:@PORT@ ssl; server_name front.test;
            location / { %s }
            location /guarded { if ($ssl_client_verify != SUCCESS) { return 403; } %s } }""" % (TEXT, TEXT))
    said, seen = [], []
    for ask, protocols in ((ask1, ("http/1.1",)), (ask2, ("h2",))):
        tls, since = context(pki, cert, protocols=protocols), len(server.log())
        before = len(server.read("seen.log"))
        answers = [ask(server, tls, "front.test", path, "front.test") for path in ("/", "/guarded")]
        wait_for(lambda: server.read("seen.log")[before:].count("\n") == 2, 5, "two lines")
        said.append((answers, errors_of(server, since)))
        seen.append(server.read("seen.log")[before:])
    assert said[0] == said[1]
    assert seen[0] == seen[1]
    if cert == "good":
        assert [status for status, _ in said[1][0]] == [200, 200]
    else:
        assert said[1][0][1][0] in (400, 403)
        assert mode != "on" or said[1][0][0][0] == 400


def test_a_client_that_leaves(serve):
    """The sentence is the same over both; a client that asked for nothing is not worth one."""
    server = serve(TLS + "server { listen 127.0.0.1:@PORT@ ssl; server_name front.test; " + TEXT + " }")
    Http2(server.port()).close()
    for ask, protocols in ((ask1, ("http/1.1",)), (ask2, ("h2",))):
        since = len(server.log())
        assert ask(server, context(protocols=protocols), "front.test", "/", "front.test")[0] == 200
        wait_for(lambda: re.findall(r"\[info\] \S+ \*\d+ client 127.0.0.1 closed keepalive connection\n",
                                    server.log()[since:]), 5, protocols)
    assert server.log().count("closed keepalive connection") == 2


# -- requirements that differ --------------------------------------------------------------------------

SITES = TLS + """
    server { listen 127.0.0.1:@PORT@ ssl; server_name open.test; %s }
    server { listen 127.0.0.1:@PORT@ ssl; server_name open2.test; %s }
    server { listen 127.0.0.1:@PORT@ ssl; server_name guarded.test; ssl_verify_client on; %s %s }
    server { listen 127.0.0.1:@PORT@ ssl; server_name guarded2.test; ssl_verify_client on; %s %s }
    server { listen 127.0.0.1:@PORT@ ssl; server_name other.test; ssl_verify_client on;
        ssl_client_certificate @PKI@/other-ca.crt; %s }
""" % (TEXT, TEXT, ASK, TEXT, ASK, TEXT, TEXT)

PAIRS = [("open.test", "open2.test", 200), ("guarded.test", "guarded2.test", 200),
         ("guarded.test", "open.test", 200), ("open.test", "guarded.test", 421),
         ("guarded.test", "other.test", 421), ("open.test", "other.test", 421)]


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("sni,name,status", PAIRS)
def test_each_stream_is_judged_by_its_authority(serve, pki, version, sni, name, status):
    server = serve(SITES)
    tls, session, results = context(pki, "good", version), None, []
    for _ in range(3):
        with Http2(server.port(), tls, sni, session=session) as client:
            own, other, again = [client.request(head("/", "GET", n)) for n in (sni, name, sni)]
            assert client.answer(own).status == 200 and client.answer(own).text.startswith(sni)
            assert client.answer(other).status == status
            assert status != 200 or client.answer(other).text.startswith(name + "|")
            assert client.answer(again).status == 200
            alone = client.answer(client.request([*head("/", "GET", sni)[:2], (":path", "/"),
                                                  ("host", name)]))
            assert alone.status == status, "Host without :authority"
            bare = client.answer(client.request([*head("/", "GET", sni), ("host", name)]))
            assert bare.reset and not bare.heads, "Host against :authority"
            session = client.sock.session
            results.append(client.sock.session_reused)
        assert ask1(server, context(pki, "good", version, ("http/1.1",)), sni, "/", name)[0] == status
    assert results[0] is False


def test_misdirected_streams_without_a_certificate(serve, pki):
    server = serve(SITES)
    with Http2(server.port(), context(), "open.test") as client:
        for name in ("guarded.test", "GUARDED.test", "guarded.test.", "guarded.test:443"):
            answer = client.ask("/", "GET", name)
            assert answer.status in (400, 421), (name, answer)
        assert client.ask("/", "GET", "open2.test").status == 200


# -- what changes while streams are in flight ----------------------------------------------------------

def put(server, pki, name):
    with open(pki.path(name), "rb") as source, open(os.path.join(server.dir, "new"), "wb") as out:
        out.write(source.read())
    os.rename(os.path.join(server.dir, "new"), os.path.join(server.dir, "live.crl"))


LIVE = TLS + """
    server { listen 127.0.0.1:@PORT@ ssl; server_name front.test; ssl_verify_client @MODE@;
        ssl_client_certificate @PKI@/ca.crt; ssl_crl @DIR@/live.crl;
        location / { proxy_pass http://@B@; proxy_http_version 1.1; proxy_buffering off; }
        location /text { return 200 "$ssl_client_verify"; } }
"""


class Held:
    """A path of the backend that answers when told to, and knows when it was given up."""

    def __init__(self, backend, path):
        self.go, self.here, self.over, self.path = *(threading.Event() for _ in range(3)), path
        backend.on(path, self.answer)

    def answer(self, conn, request):
        self.here.set()
        conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        try:
            while not self.go.wait(0.05):
                conn.sendall(b"1\r\na\r\n")
            conn.sendall(b"0\r\n\r\n")
        finally:
            self.over.set()
        return False


@pytest.mark.yett_only("nginx takes lists up at a reload")
@pytest.mark.parametrize("mode", ["on", "optional"])
def test_a_new_crl_ends_all_streams(serve, pki, backend, mode):
    server = serve(LIVE, start=False, values={"B": backend.address, "MODE": mode})
    put(server, pki, "none-revoked.crl")
    server.start()
    held = [Held(backend, f"/held-{mode}-{i}") for i in range(4)]
    twin = Held(backend, f"/twin-{mode}")
    with Http2(server.port(), context(pki, "revoked")) as client, \
            Http2(server.port(), context(pki, "good")) as good:
        for one in held:
            client.request(head(one.path))
        kept = good.request(head(twin.path))
        assert client.until(lambda: all(client.streams[s].size for s in client.streams))
        assert good.until(lambda: good.streams[kept].size)
        put(server, pki, "all.crl")
        server.wait_log("new CRLs of .* are in force")
        assert client.closed(2), "within a second or two"
        assert not any(s.ended for s in client.streams.values())
        for one in held:
            assert one.over.wait(5)
        assert good.ask("/text").text == "SUCCESS"
        twin.go.set()
        assert good.answer(kept).ended


@pytest.mark.yett_only("nginx takes lists up at a reload")
@pytest.mark.parametrize("mode,status", [("on", 400), ("optional", 400)])
def test_a_new_crl_meets_the_next_stream(serve, pki, backend, mode, status):
    server = serve(LIVE, start=False, values={"B": backend.address, "MODE": mode})
    put(server, pki, "none-revoked.crl")
    server.start()
    with Http2(server.port(), context(pki, "revoked")) as client, \
            Http2(server.port(), context(pki, "good")) as good:
        assert client.ask("/text").text == "SUCCESS" and good.ask("/text").text == "SUCCESS"
        put(server, pki, "all.crl")
        server.wait_log("new CRLs of .* are in force")
        answer = client.ask("/text")
        assert answer.status == status, answer
        assert good.ask("/text").text == "SUCCESS"


@pytest.mark.parametrize("how", ["quit", "reload"])
def test_leaving(serve, backend, how):
    """GOAWAY at once; what is in flight is finished; nothing new is taken."""
    server = serve(TLS + """server { listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        location / { proxy_pass http://@B@; proxy_http_version 1.1; proxy_buffering off; } }""",
                   values={"B": backend.address})
    held = Held(backend, "/held-" + how)
    with Http2(server.port()) as client, Http2(server.port()) as idle:
        stream = client.request(head(held.path))
        assert client.until(lambda: client.streams[stream].size)
        assert idle.ask("/x").status == 200
        server.run("-s", how, check=True)
        assert client.until(lambda: client.goaway is not None), client.seen
        assert client.goaway == NO_ERROR and not client.eof
        assert idle.closed() and idle.goaway == NO_ERROR
        late = client.request(head("/late"))
        client.until(lambda: False, 0.5)
        assert not client.streams[late].heads
        held.go.set()
        assert client.answer(stream).ended
        assert client.closed()
    assert not [r for r in backend.requests if r.path == "/late"]
    if how == "quit":
        server.process.wait(10)


def test_a_reload_that_demands_more(serve, pki):
    config = TLS + "%s server { listen 127.0.0.1:@PORT@ ssl; server_name front.test; " + TEXT + " }"
    server = serve(config % "")
    with Http2(server.port()) as before:
        assert before.ask("/").status == 200
        server.configure(server.wrap(config % ("ssl_verify_client on; " + ASK)))
        reload_and_wait(server)
        if not before.closed(2):
            assert before.ask("/").status != 200
    with Http2(server.port()) as without, Http2(server.port(), context(pki, "good")) as good:
        assert without.ask("/").status == 400 and good.ask("/").status == 200


# -- what is agreed on ---------------------------------------------------------------------------------

@pytest.mark.parametrize("offered,agreed", [(("h2", "http/1.1"), "h2"), (("http/1.1", "h2"), "h2"),
                                            (("http/1.1",), "http/1.1"), ((), None)])
def test_alpn(serve, offered, agreed):
    config = TLS + "server { listen 127.0.0.1:@PORT@ ssl; server_name front.test; " + TEXT + " }"
    on, off = serve(config), serve(config.replace("http2 on", "http2 off"))
    with Conn(on.port(), context(protocols=offered), "front.test") as conn:
        assert conn.sock.selected_alpn_protocol() == agreed
    if offered != ("h2",):
        with Conn(off.port(), context(protocols=offered), "front.test") as conn:
            assert conn.sock.selected_alpn_protocol() == ("http/1.1" if offered else None)
    with Conn(on.port(), tls_context(), "front.test") as conn:
        assert conn.ask("GET /", host="front.test").status == 200
