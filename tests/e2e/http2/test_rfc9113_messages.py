# SPDX-License-Identifier: Apache-2.0
"""RFC 9113, chapters 8 to 10: messages, fields, pseudo-fields, CONNECT, Upgrade, connections and TLS,
limits. Compared with nginx."""

import ssl
import subprocess

from support import rfc9113
from support.http2 import Http2, context, head
from support.rfc9113 import (CONTINUATION, HEADERS, Case, connection_error, pair,
                             stream_error)  # noqa: F401 (pair is a fixture)

OK = "answer 200"
MALFORMED = stream_error("PROTOCOL_ERROR")      # 8.1.1
BAD = (MALFORMED, "answer 400")                 # an answer may come in its place
S_CLOSED = stream_error("STREAM_CLOSED")


def body(c, data, *more, end=True):
    c.data(c.post(*more), data, end)


def length(n):
    return ("content-length", str(n))


def trailers(c, *fields, end=True, data=b"abc"):
    c.data(c.post(), data)
    c.request(list(fields), end, c.stream)


def answered_with(text, path="/given", method="GET", *more):
    """A request whose backend answers so."""
    def run(server, backend):
        backend.on(path, text)
        with Http2(server.port()) as c:
            c.until(lambda: c.settings)
            return shown(c.ask(path, method, "front.test", *more))
    return run


def shown(got):
    """An answer with what an answer must not have."""
    bad = [n for h in got.heads for n, _ in h if n in (
        "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade") or n != n.lower()
        or n.startswith(":") and n != ":status"]
    first = got.heads[-1][0][0] if got.heads else None
    end = "" if got.ended else f" reset {got.reset}"
    return f"{got.informational} {got.status} {first} {bytes(got.body)!r} {got.trailers} {bad}{end}"


def with_expect(c):
    c.post(length(3), ("expect", "100-continue"))
    c.comes(lambda: c.got.informational, 1.0)
    c.data(c.stream, b"abc", True)


def many_requests(c):
    for _ in range(100):
        c.done()


def at_once(c):
    """One write: the request is not begun before the body is there."""
    block = c.block(head(c.path, "POST", "front.test", length(0)))
    c.watch(c.new_stream())
    c.raw(c.packed(HEADERS, 4, c.stream, block) + c.packed(0, 1, c.stream, b"abc"))


BODIES = [
    Case("8.1 a request without a body", OK, lambda c: c.echo()),
    Case("8.1 a body", "answer 200 | abc", lambda c: body(c, b"abc"), lambda c: c.body()),
    Case("8.1 a body of GET", "answer 200 | abc", lambda c: (
        c.ask_for(head(c.path), end=False), c.data(c.stream, b"abc", True)), lambda c: c.body()),
    Case("8.1 a body and trailers", "answer 200 | abc", lambda c: trailers(c, ("x-sum", "1")),
         lambda c: c.body()),
    Case("8.1 trailers without a body", OK, lambda c: c.request([("x-sum", "1")], stream=c.post())),
    Case("8.1 trailers that are empty", OK, lambda c: c.request([], stream=c.post())),
    Case("8.1 trailers without END_STREAM", MALFORMED, lambda c: trailers(c, ("x-sum", "1"), end=False),
         malformed=True),
    Case("8.1 trailers with a pseudo-field", MALFORMED, lambda c: trailers(c, (":path", "/")),
         malformed=True),
    Case("8.1 trailers with :status", MALFORMED, lambda c: trailers(c, (":status", "200")),
         malformed=True),
    Case("8.1 DATA behind trailers", S_CLOSED, lambda c: (
        c.request([("x", "1")], stream=c.ask_for(head("/hold", "POST"), end=False)),
        c.data(c.stream, b"x", True))),
    Case("8.1 an interim answer", "answer 200 | [100] abc", with_expect,
         lambda c: f"{c.got.informational} {c.body()}"),
    Case("8.1 no interim answer unasked", "answer 200 | []", lambda c: body(c, b"abc"),
         lambda c: c.got.informational),
    Case("8.1 an answer before the request's end", "answer 413", lambda c: c.data(
        c.post(length(100000), where="/small"), b"x" * 100)),
    Case("8.1.1 as long as it says", "answer 200 | abc", lambda c: body(c, b"abc", length(3)),
         lambda c: c.body()),
    Case("8.1.1 shorter than it says", BAD, lambda c: body(c, b"abc", length(4)), malformed=True),
    Case("8.1.1 longer than it says", BAD, lambda c: body(c, b"abcde", length(4)), malformed=True),
    Case("8.1.1 a length and no body", BAD, lambda c: c.echo(length(4)), malformed=True),
    Case("8.1.1 a body and a length of 0", BAD, at_once),   # may be passed on: complete until then
    Case("8.1.1 shorter, with trailers", BAD, lambda c: (
        c.data(c.post(length(4)), b"abc"), c.request([("x", "1")], stream=c.stream)), malformed=True),
    Case("8.1.1 padding is not content", "answer 200 | abc", lambda c: c.frame(
        0, 9, c.post(length(3)), b"\x04abc" + bytes(4)), lambda c: c.body()),
    Case("8.1.1 two lengths that differ", BAD, lambda c: body(c, b"abc", length(3), length(4)),
         malformed=True),
    Case("8.1.1 two lengths that agree", BAD, lambda c: body(c, b"abc", length(3), length(3)),
         malformed=True),
    Case("8.1.1 a length with a sign", BAD, lambda c: body(c, b"abc", length("+3")), malformed=True),
    Case("8.1.1 a negative length", BAD, lambda c: body(c, b"abc", length("-3")), malformed=True),
    Case("8.1.1 a length in hex", BAD, lambda c: body(c, b"abc", length("0x3")), malformed=True),
    Case("8.1.1 an empty length", BAD, lambda c: body(c, b"abc", length("")), malformed=True),
    Case("8.1.1 a length beyond 64 bits", BAD, lambda c: body(c, b"abc", length("9" * 30)),
         malformed=True),
    Case("8.1.1 HEAD: a length and no DATA", "[] 200 :status b'' None []", run=answered_with(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n", method="HEAD")),
    Case("8.1.1 304: a length and no DATA", "[] 304 :status b'' None []", run=answered_with(
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n")),
    Case("8.1.1 204: no DATA", "[] 204 :status b'' None []", run=answered_with(
        b"HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n")),
]


def named(name, value="1"):
    return lambda c: c.echo((name, value))


def valued(value):
    return lambda c: c.echo(("x-v", value))


NAMES = {"a capital letter": "X-y", "a blank": "x y", "a blank at its end": "xy ", "a tab": "x\ty",
         "CR": "x\ry", "LF": "x\ny", "NUL": "x\0y", "a control": "x\x01y", "DEL": "x\x7fy", "a high byte": b"x\xc3\xa9",
         "a colon": "x:y", "a colon at its end": "xy:", "CR LF and a field": "x: 1\r\ny"}
VALUES = {"NUL": "a\0b", "LF": "a\nb", "CR": "a\rb", "CR LF and a field": "a\r\ny: 2", "a blank first": " a",
          "a tab first": "\ta", "a blank last": "a ", "a tab last": "a\t", "nothing but a blank": " "}

FIELDS = [
    *[Case("8.2.1 a name with " + what, BAD, named(name), malformed=True) for what, name in NAMES.items()],
    Case("8.2.1 an empty name", BAD, named(""), malformed=True),
    Case("8.2.1 a name that is no token", BAD, named("x(y)"), malformed=True),
    Case("8.2.1 a name of all token characters", OK, named("x!#$%&'*+.^`|~0")),
    *[Case("8.2.1 a value with " + what, BAD, valued(v), malformed=True) for what, v in VALUES.items()],
    Case("8.2.1 a value with a control", BAD, valued("a\x01b"), malformed=True),
    Case("8.2.1 a value with DEL", BAD, valued("a\x7fb"), malformed=True),
    Case("8.2.1 an empty value", "answer 200 | ", valued(""), lambda c: c.field("x-v")),
    Case("8.2.1 blanks within a value", "answer 200 | a \t b", valued("a \t b"),
         lambda c: c.field("x-v")),
    Case("8.2.1 high bytes in a value", OK, valued(b"\xc3\xa9\xff")),
    Case("8.2.1 colons and commas in a value", "answer 200 | a: b, c", valued("a: b, c"),
         lambda c: c.field("x-v")),
    Case("8.2.1 CR LF in a trailer", MALFORMED, lambda c: trailers(c, ("x", "1\r\ny: 2")), malformed=True),
    Case("8.2.1 a capital letter in a trailer", MALFORMED, lambda c: trailers(c, ("X", "1")),
         malformed=True),
    *[Case("8.2.2 " + name, BAD, named(name, value), malformed=True) for name, value in (
        ("connection", "close"), ("keep-alive", "timeout=5"), ("proxy-connection", "close"),
        ("transfer-encoding", "chunked"), ("upgrade", "websocket"))],
    Case("8.2.2 connection that names a field", BAD, lambda c: c.echo(("connection", "x-y"), ("x-y", "1")),
         malformed=True),
    Case("8.2.2 transfer-encoding and a body", BAD, lambda c: body(
        c, b"3\r\nabc\r\n0\r\n\r\n", ("transfer-encoding", "chunked")), malformed=True),
    Case("8.2.2 te: trailers", OK, named("te", "trailers")),
    Case("8.2.2 te: gzip", BAD, named("te", "gzip"), malformed=True),
    Case("8.2.2 te: trailers, gzip", BAD, named("te", "trailers, gzip"), malformed=True),
    Case("8.2.2 connection in a trailer", MALFORMED, lambda c: trailers(c, ("connection", "close")),
         malformed=True),
    Case("8.2.2 fields of the backend's connection", "[] 200 :status b'ok' None []", run=answered_with(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive, X-A\r\nKeep-Alive: 1\r\n"
        b"X-A: 1\r\n\r\nok")),
    Case("8.2.2 chunks of the backend", "[] 200 :status b'ok' None []", run=answered_with(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n2\r\nok\r\n"
        b"0\r\n\r\n")),
    Case("8.2 names of the backend in capitals", "[] 200 :status b'ok' None []", run=answered_with(
        b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 2\r\nX-Y: 1\r\nConnection: keep-alive\r\n\r\nok")),
    Case("8.2.3 a cookie in crumbs", "answer 200 | a=b; c=d; e=f", lambda c: c.echo(
        ("cookie", "a=b"), ("x", "1"), ("cookie", "c=d"), ("cookie", "e=f")), lambda c: c.field("cookie")),
    Case("8.2.3 a cookie in one field", "answer 200 | a=b; c=d", lambda c: c.echo(
        ("cookie", "a=b; c=d")), lambda c: c.field("cookie")),
    Case("8.2.3 crumbs of several", "answer 200 | a=b; c=d; e=f", lambda c: c.echo(
        ("cookie", "a=b; c=d"), ("cookie", "e=f")), lambda c: c.field("cookie")),
    Case("8.2.3 a crumb with CR LF", BAD, lambda c: c.echo(("cookie", "a=b"), ("cookie", "c=d\r\nx: y")),
         malformed=True),
]

GET, HTTPS, AT = (":method", "GET"), (":scheme", "https"), (":authority", "front.test")


def path(c):
    return (":path", c.path)


def ask(*make):
    """A request of these fields; None stands for the path, which is in a usual field if there is none."""
    def send(c):
        fields = [path(c) if f is None else f for f in make]
        c.ask_for(fields if None in make else [*fields, ("x-path", c.path)])
    return send


def method(name, form=None):
    return lambda c: c.ask_for(head(form or c.path, name))


def target(form):
    return lambda c: c.ask_for(head(form.replace("PATH", c.path)))


def in_parts(c):
    block = c.block(head(c.path, "POST", "front.test", length(3)))
    c.watch(c.new_stream())
    c.frame(HEADERS, 0, c.stream, block[:7])
    c.frame(CONTINUATION, 4, c.stream, block[7:])
    c.data(c.stream, b"abc", True)


PSEUDO = [
    Case("8.3 any order", OK, ask(None, AT, HTTPS, GET)),
    Case("8.3 one behind a usual field", BAD, ask(GET, HTTPS, AT, ("x", "1"), None), malformed=True),
    Case("8.3 one that is not defined", BAD, ask(GET, HTTPS, AT, None, (":x", "1")), malformed=True),
    Case("8.3 one of answers", BAD, ask(GET, HTTPS, AT, None, (":status", "200")), malformed=True),
    Case("8.3 a colon alone", BAD, ask(GET, HTTPS, AT, None, (":", "1")), malformed=True),
    *[Case(f"8.3 {field[0]} twice", BAD, ask(GET, HTTPS, AT, None, field), malformed=True)
      for field in (GET, HTTPS, AT, (":path", "/"))],
    Case("8.3.1 no :method", BAD, ask(HTTPS, AT, None), malformed=True),
    Case("8.3.1 no :scheme", BAD, ask(GET, AT, None), malformed=True),
    Case("8.3.1 no :path", BAD, ask(GET, HTTPS, AT), malformed=True),
    Case("8.3.1 no fields at all", BAD, lambda c: c.ask_for([]), malformed=True),
    Case("8.3.1 an empty :method", BAD, ask((":method", ""), HTTPS, AT, None), malformed=True),
    Case("8.3.1 an empty :scheme", BAD, ask(GET, (":scheme", ""), AT, None), malformed=True),
    Case("8.3.1 an empty :path", BAD, ask(GET, HTTPS, AT, (":path", "")), malformed=True),
    Case("8.3.1 a :scheme that is not served", (MALFORMED, "answer 400", "answer 421", "answer 200"),
         ask(GET, (":scheme", "gopher"), AT, None)),
    Case("8.3.1 a :scheme with a blank", BAD, ask(GET, (":scheme", "ht tp"), AT, None), malformed=True),
    Case("8.3.1 http within TLS", (OK, "answer 400", "answer 421"), ask(GET, (":scheme", "http"), AT, None)),
    Case("8.3.1 a :method with a blank", BAD, method("GE T"), malformed=True),
    Case("8.3.1 a :method with CR LF", BAD, method("GET / HTTP/1.1\r\nx: y\r\n\r\nGET"), malformed=True),
    Case("8.3.1 a :method that is unknown", OK, method("FROB")),
    Case("8.3.1 a :method in small letters", (OK, "answer 400", "answer 405", "answer 501"), method("get")),
    Case("8.3.1 a :method with a colon", BAD, method("GET:"), malformed=True),
    Case("8.3.1 a :path without a slash", BAD, target("x"), malformed=True),
    Case("8.3.1 a :path that is a URI", BAD, target("https://front.testPATH"), malformed=True),
    Case("8.3.1 a :path with a blank", BAD, target("PATH x"), malformed=True),
    Case("8.3.1 a :path with a version", BAD, target("PATH HTTP/1.0"), malformed=True),
    Case("8.3.1 a :path with LF", BAD, target("PATH\nx: y"), malformed=True),
    Case("8.3.1 a :path with NUL", BAD, target("PATH\0"), malformed=True),
    Case("8.3.1 a :path with DEL", BAD, target("PATH\x7f"), malformed=True),
    Case("8.3.1 a query", OK, target("PATH?a=b&c=/?d")),
    Case("8.3.1 * of OPTIONS", (OK, "answer 400", "answer 405"), method("OPTIONS", "*")),
    Case("8.3.1 * of GET", BAD, target("*"), malformed=True),
    Case("8.3.1 the version is 2.0", "answer 200 | GET", ask(GET, HTTPS, AT, None),
         lambda c: c.seen_by_backend().get("method")),
    Case("8.3.1 Host alone", OK, ask(GET, HTTPS, None, ("host", "front.test"))),
    Case("8.3.1 Host alone selects the server", "answer 200 | other", ask(
        GET, HTTPS, None, ("host", "other.test")), lambda c: c.got.text),
    Case("8.3.1 :authority selects the server", "answer 200 | other", ask(
        GET, HTTPS, (":authority", "other.test"), None), lambda c: c.got.text),
    Case("8.3.1 neither Host nor :authority", ("answer 400", MALFORMED), ask(GET, HTTPS, None),
         malformed=True),
    Case("8.3.1 Host and :authority that agree", OK, ask(GET, HTTPS, AT, None, ("host", "front.test"))),
    Case("8.3.1 Host in capitals", OK, ask(GET, HTTPS, AT, None, ("host", "FRONT.test"))),
    Case("8.3.1 Host with the default port", OK, ask(GET, HTTPS, AT, None, ("host", "front.test:443"))),
    Case("8.3.1 Host and :authority that differ", BAD, ask(GET, HTTPS, AT, None, ("host", "other.test")),
         malformed=True),
    Case("8.3.1 two Hosts", BAD, ask(GET, HTTPS, AT, None, ("host", "front.test"), ("host", "other.test")),
         malformed=True),
    Case("8.3.1 an empty :authority", BAD, ask(GET, HTTPS, (":authority", ""), None), malformed=True),
    Case("8.3.1 :authority with a user", BAD, ask(GET, HTTPS, (":authority", "me@front.test"), None),
         malformed=True),
    Case("8.3.1 :authority with a path", BAD, ask(GET, HTTPS, (":authority", "front.test/x"), None),
         malformed=True),
    Case("8.3.1 :authority with CR LF", BAD, ask(GET, HTTPS, (":authority", "front.test\r\nx: y"), None),
         malformed=True),
    Case("8.3.1 :authority with a port", OK, ask(GET, HTTPS, (":authority", "front.test:443"), None)),
    Case("8.3.2 :status comes first, and alone", "[] 200 :status b'text' None []",
         run=answered_with(b"", "/text")),
    Case("8.4 PUSH_PROMISE from a client", connection_error("PROTOCOL_ERROR"), lambda c: c.frame(
        5, 4, c.hold(), b"\0\0\0\2" + c.block(head("/text")))),
    Case("8.5 CONNECT", ("answer 405", "answer 501", "answer 400"), ask(
        (":method", "CONNECT"), (":authority", "front.test:443")), malformed=True),
    Case("8.5 CONNECT with a path", BAD + ("answer 405",), ask((":method", "CONNECT"), AT, None),
         malformed=True),
    Case("8.5 CONNECT with scheme and path", BAD + ("answer 405",), ask(
        (":method", "CONNECT"), HTTPS, AT, None), malformed=True),
    Case("8.5 CONNECT without :authority", BAD, ask((":method", "CONNECT"),), malformed=True),
    Case("8.6 the field upgrade", BAD, named("upgrade", "h2c"), malformed=True),
    Case("8.6 101 of the backend", "[] 502 :status", run=lambda server, backend: answered_with(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "/101")(server, backend)[:14]),
    Case("8.7 a refused stream was not processed", ("stream error REFUSED_STREAM", MALFORMED),
         lambda c: (c.hold(), c.hold(), c.echo()), port="PORT4", polite=False, malformed=True),
    # RFC 9110, 6.5.1: trailers may be dropped
    Case("8.8.2 trailers of the backend", ("[] 200 :status b'ok' [('x-sum', '1')] []",
                                           "[] 200 :status b'ok' None []"), run=answered_with(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\nConnection: keep-alive\r\n\r\n"
        b"2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n", "/trailers", "GET", ("te", "trailers"))),
    Case("8.8.3 a head in two parts, and a body", "answer 200 | abc", in_parts,
         lambda c: c.body()),
]


def over_tls(version, ciphers=None, curve=None):
    """What is agreed on, and an answer."""
    def run(server, backend):
        tls = context()
        tls.minimum_version = tls.maximum_version = version
        if ciphers:
            tls.set_ciphers(ciphers)
        if curve:
            tls.set_ecdh_curve(curve)
        try:
            with Http2(server.port(), tls) as c:
                return (f"{c.sock.selected_alpn_protocol()} {c.ask('/text').status} "
                        f"{c.sock.cipher()[0] if ciphers else ''} {c.sock.compression()}")
        except (ssl.SSLError, OSError):
            return "refused"
    return run


def renegotiated(server, backend):
    """9.2.1: within HTTP/2 there is none. `R` asks for it."""
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port()}", "-servername", "front.test",
         "-tls1_2", "-alpn", "h2", "-legacy_renegotiation"], input=b"R\n", capture_output=True, timeout=20,
        check=False)
    # The alert, or what the server says meanwhile ("unexpected record"), ends the client.
    asked = b"RENEGOTIATING" in done.stdout + done.stderr
    return "refused" if asked and done.returncode != 0 else f"{done.returncode} {done.stderr[-300:]}"


def too_large(c):
    c.get("/text", *[(f"x{i}", "y" * 7000) for i in range(6)])


CONNECTIONS = [
    Case("9.1 a hundred requests", OK, many_requests),
    Case("9.1 requests side by side", "answer 200 | [200, 200, 200, 200]", lambda c: (
        c.get(), c.get(), c.get(), c.get(), c.until(lambda: all(s.over for s in c.streams.values()))),
         lambda c: [s.status for s in c.streams.values()]),
    Case("9.1.1 another name on one connection", "answer 200 | other", lambda c: c.ask_for(
        head("/text", "GET", "other.test")), lambda c: c.got.text),
    Case("9.2 TLS 1.3", "h2 200  None", run=over_tls(ssl.TLSVersion.TLSv1_3)),
    Case("9.2 TLS 1.2", "h2 200  None", run=over_tls(ssl.TLSVersion.TLSv1_2)),
    Case("9.2 TLS 1.1", "refused", run=over_tls(ssl.TLSVersion.TLSv1_1, "DEFAULT:@SECLEVEL=0")),
    Case("9.2.1 renegotiation", "refused", run=renegotiated),
    Case("9.2.2 a suite that is not prohibited, on P-256", "h2 200 ECDHE-ECDSA-AES128-GCM-SHA256 None",
         run=over_tls(ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256", "prime256v1")),
    Case("10.5.1 fields larger than allowed", ("answer 431", "answer 400", "answer 494"), too_large),
    Case("10.5.1 the next request behind them", "answer 200 | kept", lambda c: (
        too_large(c), c.answer(c.stream), c.echo(("x-state", "kept"))), lambda c: c.field("x-state")),
    Case("10.5.1 one field larger than allowed", ("answer 431", "answer 400", "answer 494"),
         lambda c: c.get("/text", ("x", "y" * 9000))),
    Case("10.3 a head that would be two requests", BAD, lambda c: c.echo(
        ("x", "1\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: front.test")), malformed=True),
]

test = rfc9113.comparison(BODIES + FIELDS + PSEUDO + CONNECTIONS, "8", "9", "10")
