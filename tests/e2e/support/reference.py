# SPDX-License-Identifier: Apache-2.0
"""The comparison with nginx: one configuration, the same bytes sent to both, answers that must agree.

A test file holds a list of `Case`s and ends with `test = reference.comparison(CASES)`. Each query also
says what status it expects, so that two servers which are wrong in the same way are found too.
What may differ is listed in `differences.py` with its reason.
"""

import json
import os
import re
import socket

import pytest

from support import rawhttp
from support.backend import Backend
from support.differences import DIFFERENCES, IGNORED_HEADERS
from support.rawhttp import Closed, Conn, build
from support.servers import NGINX, YETT, YETT_IS_NGINX, Server, version_of

# What yett adds to the page of a client that is refused because of its certificate.
ID = re.compile(rb"<center>Id for the administrator: [0-9a-f]{32}</center>\r\n")
SIGNATURE = re.compile(rb"<hr><center>(nginx|yett)[^<]*</center>")
MTIME = 1700000000  # Tue, 14 Nov 2023 22:13:20 GMT


class Q:
    """A query: `line` is method and target, or `raw` holds exact bytes that yield `n` answers."""

    def __init__(self, line="GET /", expect=200, *headers, host="localhost", body=b"",
                 version="HTTP/1.1", raw=None, n=1, port="PORT", cert=None, sni=None, tls=None,
                 id=None, connection=False, header=None, has=None, wait=2.0, linger=False):
        self.line, self.headers, self.host, self.body = line, headers, host, body
        self.version, self.raw, self.n, self.port = version, raw, n, port
        self.cert, self.sni, self.tls, self.connection = cert, sni, tls, connection
        self.expect, self.header, self.has = expect, header or {}, has
        self.wait, self.linger = wait, linger
        shown = line if raw is None else repr(raw[:60])[2:-1]
        self.id = id or " ".join([shown, *headers] + ([host or "-"] if host != "localhost" else [])
                                 + ([cert] if cert else []) + ([sni] if sni else [])
                                 + ([tls] if isinstance(tls, str) else [])
                                 + ([version] if version != "HTTP/1.1" else []))

    def bytes(self):
        if self.raw is not None:
            return self.raw if isinstance(self.raw, bytes) else self.raw.encode("latin-1")
        return build(self.line, self.headers, self.host, self.body, self.version)

    def method(self):
        return self.line.split(" ", 1)[0]


class Case:
    """A configuration (inside `http {}`; a `server {}` is put around `server=`) and its queries."""

    def __init__(self, name, queries, http="", server=None, files=None, answers=None, main=""):
        self.name, self.queries, self.files = name, queries, files or {}
        self.answers, self.main = answers or {}, main
        self.http = "    proxy_http_version 1.1;\n" + http
        if server is not None:
            self.http += ("\nserver {\n    listen 127.0.0.1:@PORT@;\n    root @WWW@;\n"
                          + server + "\n}\n")


class Pairs:
    """The nginx and the yett of the current case; one case at a time."""

    def __init__(self, pki, www):
        self.backend, self.backend2 = Backend(), Backend()
        self.socket = os.path.join(www, "..", "b.sock")
        self.unix = Backend(path=os.path.realpath(self.socket))
        self.values = {"PKI": pki.dir, "WWW": www, "BACKEND": self.backend.address,
                       "BPORT": self.backend.port,
                       "BACKEND2": self.backend2.address, "UNIX": self.unix.address}
        self.pki, self.case, self.failed = pki, None, None
        self.servers = []

    def get(self, case):
        if self.case is not case:
            self.stop()
            self.case, self.failed = case, None
            for backend in (self.backend, self.backend2, self.unix):
                backend.answers = {
                    path: what.replace(b"@@", self.backend.address.encode())
                    if isinstance(what, bytes) else what for path, what in case.answers.items()}
            for binary in (NGINX, YETT):
                try:
                    self.servers.append(Server(case.http, binary=binary, values=self.values,
                                               files=case.files, main=case.main))
                except AssertionError as error:
                    self.failed = str(error)
                    break
        if self.failed:
            pytest.fail(self.failed, pytrace=False)
        return self.servers

    def stop(self):
        running, self.servers = self.servers, []
        for server in running:
            try:
                server.stop()
            except AssertionError as error:
                raise AssertionError(f"after the case {self.case.name!r}: {error}") from None

    def close(self):
        try:
            self.stop()
        finally:
            for backend in (self.backend, self.backend2, self.unix):
                backend.stop()

    # -- one exchange ------------------------------------------------------------------------------

    def exchange(self, server, query):
        """What the server answers, as plain values that can be compared."""
        tls = None
        if query.tls or query.cert or query.sni:
            version = query.tls if isinstance(query.tls, str) else None
            tls = rawhttp.tls_context(self.pki, query.cert, version)
        try:
            conn = Conn(server.port(query.port), tls, query.sni, timeout=query.wait + 2)
        except OSError as error:
            return {"answers": [], "closed": True, "error": type(error).__name__}
        with conn:
            try:
                conn.send(query.bytes())
            except OSError:
                pass
            answers = self._answers(conn, query, server)
            last = next((dict(a["headers"]).get("connection") for a in answers[-1:]), None)
            patience = query.wait if not answers or last == "close" else 0.005
            if query.linger:  # the server waits for the rest of what we announced
                conn.sock.shutdown(socket.SHUT_WR)
            closed = conn.closed(patience)
        return {"answers": answers, "closed": closed}

    def _answers(self, conn, query, server):
        answers = []
        while len([a for a in answers if not 100 <= a["status"] < 200]) < query.n:
            try:
                answer = conn.read(query.method())
            except (Closed, socket.timeout, TimeoutError, OSError):
                break
            except rawhttp.NotHttp as garbage:
                answers.append({"status": 0, "headers": [], "body": str(garbage)})
                break
            answers.append(self._plain(answer, query, server))
            if answer.status >= 200 and answer.get("Connection") == "close":
                break
        return answers

    def _plain(self, answer, query, server):
        headers, built_in = [], is_built_in(answer)
        for key, value in answer.headers:
            key = key.lower()
            if key in IGNORED_HEADERS or built_in and key == "content-length":
                continue
            if key == "etag":
                value = "W/etag" if value.startswith("W/") else "etag"
            if key == "content-type":
                value = re.sub(r"boundary=\S+", "boundary=B", value)
                value = value if built_in is False else value.split(";")[0]
            if (key == "content-length" and value == str(len(answer.body))
                    and answer.get("Content-Type") == "application/json"):
                value = "of the body"  # of which not all is compared
            if key == "connection":
                value = value.lower()
            headers.append((key, self._neutral(value, server)))
        body = self._body(answer, query, server)
        if isinstance(body, dict) and "headers" in body:
            # The echo of a request is longer where that request had a Connection header.
            headers = [h for h in headers if h[0] != "content-length"]
        return {"status": answer.status, "line": f"{answer.version} {answer.reason}",
                "headers": sorted(headers), "body": body, "trailers": answer.trailers,
                "whole": answer.whole}

    def _body(self, answer, query, server):
        text = SIGNATURE.sub(b"<hr><center>SERVER</center>", ID.sub(b"", answer.body)).decode("latin-1")
        boundary = re.search(r"boundary=(\S+)", answer.get("Content-Type") or "")
        if boundary:
            text = text.replace(boundary[1], "B")
        text = self._neutral(text, server)
        if (answer.get("Content-Type") or "") != "application/json":
            return text
        try:
            seen = json.loads(text)
        except ValueError:
            return text
        if isinstance(seen, dict) and "headers" in seen:
            seen["headers"] = sorted(tuple(h) for h in seen["headers"]
                                     if query.connection or h[0].lower() != "connection")
        return seen

    def _neutral(self, text, server):
        for key, port in server.ports.items():
            text = re.sub(rf"(?<!\d){port}(?!\d)", key, text)
        return text.replace(server.dir, "DIR")


def is_built_in(answer):
    """Whether the body is the server's own page for a status, which it signs with its name."""
    return bool(SIGNATURE.search(answer.body))


def make_www(directory):
    """The document root of the reference cases; every file has the same fixed time."""
    www = os.path.join(directory, "www")
    for sub in ("", "dir", "noindex", "other", "dir/sub", "sp ace"):
        os.makedirs(os.path.join(www, sub), exist_ok=True)
    files = {
        "index.html": "root index <!-- page -->\n", "a.txt": "0123456789" * 10 + "\n",
        "dir/index.html": "dir index <!-- page -->\n", "dir/index.txt": "dir text index\n",
        "dir/file.txt": "dir file\n", "dir/sub/deep.html": "deep <!-- page -->\n",
        "other/x.txt": "other x\n", "other/index.html": "other index <!-- page -->\n",
        "empty.txt": "", "plain": "no extension\n", "page.xyz": "unknown type\n",
        "image.PNG": "not really\n", "style.css": "a {}\n", "sp ace/sp ace.txt": "spaces\n",
        "100%.txt": "percent\n", "a+b.txt": "plus\n", "q?m.txt": "question\n",
        "ü.txt": "umlaut\n", "run.sh": "#!/bin/sh\n", "error.html": "the error <!-- page -->\n",
        "e404.html": "my 404 <!-- page -->\n", "hash#.txt": "hash\n", "c:d.txt": "colon\n",
        ".hidden": "hidden\n", "big.bin": "".join(f"{i:07d}\n" for i in range(40000)),
    }
    for path, text in files.items():
        full = os.path.join(www, path)
        with open(full, "w", encoding="utf-8") as out:
            out.write(text)
    os.chmod(os.path.join(www, "run.sh"), 0o755)
    for path, dirs, names in os.walk(www):
        for entry in dirs + names:
            os.utime(os.path.join(path, entry), (MTIME, MTIME))
    return www


@pytest.fixture(scope="module")
def pairs(pki, tmp_path_factory):
    running = Pairs(pki, make_www(str(tmp_path_factory.mktemp("ref"))))
    yield running
    running.close()


def check_expected(query, got, server):
    """The expectation that the query states itself."""
    final = [a for a in got["answers"] if not 100 <= a["status"] < 200]
    statuses = [a["status"] for a in final]
    if query.expect == "closed":
        assert not final and got["closed"], f"{server}: {got}"
        return
    want = query.expect if isinstance(query.expect, list) else [query.expect]
    assert statuses == want, f"{server}: {got}"
    headers = {}
    for key, value in final[-1]["headers"]:
        headers.setdefault(key, []).append(value)
    for key, value in query.header.items():
        assert ", ".join(headers.get(key.lower(), [])) == (value or ""), f"{server}: {key} in {got}"
    if query.has is not None:
        body = final[-1]["body"]
        assert query.has in (body if isinstance(body, str) else json.dumps(body)), \
            f"{server}: {query.has!r} not in {got}"


def compare(pairs, case, query):
    nginx, yett = pairs.get(case)
    theirs, ours = pairs.exchange(nginx, query), pairs.exchange(yett, query)
    difference = DIFFERENCES.get((case.name, query.id))
    if difference is not None and difference.until and version_of(NGINX) >= difference.until:
        difference.check(theirs)  # nginx has come to do the same, which leaves no difference
        difference = None
    else:
        check_expected(query, theirs, "nginx")
    if difference is None or YETT_IS_NGINX:
        assert ours == theirs, f"yett: {ours}\nnginx: {theirs}"
        return
    assert ours != theirs, f"no longer a difference: {difference.reason}"
    difference.check(ours)


def comparison(cases):
    """The test function of a file: every query of every case."""
    rows = [(case, query) for case in cases for query in case.queries]
    names = [f"{case.name}: {query.id}" for case, query in rows]
    twice = {n for n in names if names.count(n) > 1}
    assert not twice, f"queries need ids of their own: {twice}"
    pairs_seen = [case.name for case in cases]
    assert len(set(pairs_seen)) == len(pairs_seen), "case names must be unique"

    @pytest.mark.parametrize("case,query", rows, ids=names)
    def test(pairs, case, query):
        compare(pairs, case, query)
    return test
