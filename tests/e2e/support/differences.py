# SPDX-License-Identifier: Apache-2.0
"""Every accepted difference from nginx, with its reason and what yett does instead."""

IGNORED_HEADERS = {
    "date": "it moves between the two requests",
    "server": "each server names itself",
}


class Difference:
    """`status` is yett's final status ("closed" for none); `closed` whether it closes; `until` the
    version of nginx that does the same."""

    def __init__(self, reason, status=None, closed=None, until=None):
        self.reason, self.status, self.closed, self.until = reason, status, closed, until

    def check(self, ours):
        final = [a["status"] for a in ours["answers"] if a["status"] >= 200]
        if self.status == "closed":
            assert not final and ours["closed"], ours
        elif self.status is not None:
            want = self.status if isinstance(self.status, list) else [self.status]
            assert final == want, ours
        if self.closed is not None:
            assert ours["closed"] == self.closed, ours


BARE_LF = "a line ends in CR LF here: a bare LF is where two parsers disagree (RFC 9112, 2.2)"
WAY_OUT = "a \"..\" that comes about when a URI is put together leads out of what proxy_pass names"
BAD_HOST = "a Host that is not host[:port] is refused (RFC 9112, 3.2; RFC 3986, 3.2.2)"


def _strict(reason, case, *queries):
    """Requests that nginx serves and yett answers with 400 and a close."""
    return {(case, query): Difference(reason, 400, True) for query in queries}


# (case, query) -> Difference
DIFFERENCES = {
    ("error_page", "GET /416 Range: bytes=9999-"): Difference(
        "the page has one ETag, its own: nginx sends that of the file asked for as well", 416, False),
    **_strict(BARE_LF, "request line", "bare LF after the line"),
    **_strict(BARE_LF, "framing", "bare LF in chunks", "bare LF between headers",
              "bare LF ends the head"),
    **_strict("a field line has a colon (RFC 9112, 5)", "framing", "line without a colon"),
    **_strict("chunk-size is only hex digits (RFC 9112, 7.1)", "framing",
              "space after the chunk size"),
    **_strict("one SP separates the parts of a request line (RFC 9112, 3)", "request line",
              "two spaces", "trailing space"),
    **_strict(BAD_HOST, "host", "with at", "bad port", "two ports",
              "port too large", "open bracket", "bracket with junk",
              "not an address in brackets", "high byte", "percent", "question mark", "hash",
              "backslash", "quote", "angle", "leading dot"),
    **_strict("a field value holds no control characters (RFC 9110, 5.5)", "framing",
              "control in a value", "vertical tab before chunked"),
    **_strict("a target has the form of this server's schemes (RFC 9112, 3.2.2)", "request line",
              "ftp target"),
    **_strict("HTTP-version has two digits (RFC 9112, 2.3)", "request line", "version 3"),
    ("request line", "version 1.2"): Difference("no HTTP/1.2 exists", 505, True),
    ("request line", "HTTP/2 preface"): Difference("the preface says HTTP/2.0", 505, True),
    ("request line", "CONNECT"): Difference("CONNECT is refused as a method, as nginx does since "
                                            "1.21.1 for its proper form", 405, True),
    ("fields of one name", "GET / Content-Type: a Content-Type: b"): Difference(
        "equal fields are joined", 200, until=(1, 23)),
    ("error page of a redirect", "GET /icept401"): Difference(
        "all challenges are kept", 401, until=(1, 23)),
    ("trailers", "GET /sent"): Difference("equal trailers are joined", 200, until=(1, 23)),
    **{("fields that a backend sends twice", f"GET /{path}"): Difference(
        "an answer has one of these: the first counts", 200, until=(1, 23))
       for path in ("twice", "epoch/twice")},
    **{("literal hosts", f"GET / {host}"): Difference(BAD_HOST, 400, True)
       for host in ("[v.x]", "[vg.x]", "[v1.]", "[v1]", "[v1.[]", "[v1.a%20]", "[v1.a]x")},
    **{("bad answers", f"GET /{name}"): Difference("what is no HTTP/1 answer is not passed on as one",
                                                   502)
       for name in ("garbage", "badstatus", "status99", "http2")},
    **{("bad answers", f"GET /{name}"): Difference("the length of an answer must be certain", 502,
                                                   until=(1, 23))
       for name in ("badcl", "twocl", "clte")},
    ("keepalive_requests", "zero timeout closes"): Difference(
        "nginx says keep-alive and then closes: a close is announced here", 200, True),
    ("bodies", "expect on a return"): Difference(
        "who waits for 100 gets the answer at once when nobody will read the body "
        "(RFC 9110, 10.1.1); the connection ends, since the body may or may not follow", 200, True),
    ("underscores", "off"): Difference(
        "how a head is read is up to the default server: it is read before Host is known", 200),
    ("variables", "GET / X-Test: a X-Test: b"): Difference(
        "equal fields are joined", 200, until=(1, 23)),
    **{(case, "GET /304"): Difference(
        "a 304 has no Content-Length of 0, which would be that of the answer to a GET "
        "(RFC 9110, 8.6)", 304) for case in ("return", "add_header")},
    ("files", "HEAD /missing"): Difference("the length of the page, which names the server", 404),
    **{("conditional", f"GET /a.txt {condition}"): Difference(
        "a 412 does not end the connection, as nothing is left unread", 412, False)
       for condition in ('If-Match: "x"', "If-Unmodified-Since: Mon, 13 Nov 2023 22:13:20 GMT")},
    **{("connection variables", name): Difference(
        "names are compared in lower case, and SNI is shown as it is compared", 200)
       for name in ("1.3", "other SNI")},
    ("proxied header hygiene", "GET /echo Keep-Alive: 5 Proxy-Connection: x TE: gzip Upgrade: h2c "
     "Connection: close, X-Gone X-Gone: was named"): Difference(
        "what is about one connection, or named in Connection, goes no further "
        "(RFC 9110, 7.6.1)", 200),
    ("URI rules", "GET /rev/a%20b"): Difference(
        "a blank from a variable does not end the backend's request line", 200),
    **{("seams", f"GET /{path}"): Difference(WAY_OUT, 500) for path in (
        "pre../x", "pre%2e%2e/x", "pre..", "pre..%2fx", "re/%252e%252e/x", "reraw/%252e%252e/x",
        "vars/%252e%252e/x")},
    **{("ways out", f"GET /{path}"): Difference(WAY_OUT, 500) for path in (
        "api../admin", "api..%2fadmin", "api%2e%2e/admin", "api..", "api..;/admin", "api..;a=b/admin",
        "slash/..;/x", "dot./x", "re../x", "var../x", "var%252e%252e/x", "arg?p=../x",
        "arg?p=%2e%2e/x", "arg?p=%252e%252E%252fx", "arg?p=..;/x", "rw../x", "last../x")},
    ("X-Accel-Redirect", "GET /hidden"): Difference(
        "proxy_hide_header holds for what survives X-Accel-Redirect as well", 200),
    ("request headers", "GET /plain Expect: 100-continue"): Difference(
        "a request without a body waits for nothing (RFC 9110, 10.1.1)", 200),
    ("response headers", "GET /1xx"): Difference(
        "an interim answer is not the answer (RFC 9110, 15.2)", 200),
    ("response headers", "GET /noreason"): Difference(
        "a status line has its second blank (RFC 9112, 4), and the usual words behind it", 200),
    ("response headers", "GET /connhdr"): Difference(
        "what a backend names in Connection goes no further (RFC 9110, 7.6.1)", 200),
    ("bad answers", "GET /badchunk"): Difference(
        "the head was good, and was passed on before the body broke", 200, True),
    **{("misdirected", f"{version} sni={sni} host=gate.test cert=good"): Difference(
        "a Host that verifies clients is never reached without its own name in SNI: not even the "
        "page for a missing certificate", 421)
       for version in ("1.2", "1.3") for sni in (None, "unknown.test")},
    **{("misdirected", f"{version} sni=gate.test host=www.wild.test cert=good"): Difference(
        "both servers ask for the same, so that a browser may use one connection for both", 200)
       for version in ("1.2", "1.3")},
}
