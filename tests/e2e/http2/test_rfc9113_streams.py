# SPDX-License-Identifier: Apache-2.0
"""RFC 9113, chapters 3 to 5: the start of a connection, frames, field compression, states of streams,
flow control, errors, extension. Compared with nginx."""

from support import rfc9113
from support.http2 import PREFACE, head
from support.rawhttp import Conn
from support.rfc9113 import (CONTINUATION, DATA, END_HEADERS, GOAWAY, HEADERS, LONG, PING,
                             PRIORITY, PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE, WITH_PRIORITY,
                             Case, connection_error, literal, pair, stream_error)  # noqa: F401 (pair is a fixture)

OK = "answer 200"
C_PROTOCOL, S_PROTOCOL = connection_error("PROTOCOL_ERROR"), stream_error("PROTOCOL_ERROR")
C_SIZE, S_SIZE = connection_error("FRAME_SIZE_ERROR"), stream_error("FRAME_SIZE_ERROR")
C_CLOSED, S_CLOSED = connection_error("STREAM_CLOSED"), stream_error("STREAM_CLOSED")
C_COMPRESSION = connection_error("COMPRESSION_ERROR")
EMPTY = b"\0\0\0\4\0\0\0\0\0"    # SETTINGS


def fields(c):
    return c.block(head("/text"))


def raw_block(c, block, end=5):
    """A request whose field block is this."""
    c.watch(c.new_stream())
    c.frame(HEADERS, end, c.stream, block)


def pieces(c, *sizes):
    """The field block in fragments of these sizes, and the rest."""
    block = fields(c)
    c.watch(c.new_stream())
    c.frame(HEADERS, 1, c.stream, block[:sizes[0]])
    block = block[sizes[0]:]
    for size in sizes[1:]:
        c.frame(CONTINUATION, 0, c.stream, block[:size])
        block = block[size:]
    c.frame(CONTINUATION, END_HEADERS, c.stream, block)


def by_the_byte(c):
    for byte in PREFACE + EMPTY:
        c.raw(bytes([byte]))
    c.get()


def upgrade(server, backend):
    """3.1: there is no upgrade to HTTP/2 any more; HTTP/1.1 goes on as if nobody had asked."""
    with Conn(server.port("PORT3")) as conn:
        answer = conn.ask("GET /text", ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings",
                                        "HTTP2-Settings: AAMAAABkAAQAAP__"])
        return f"{answer.version} {answer.status} {answer.text}"


def of_size(c, size):
    """A field block of so many bytes."""
    block, n = c.block(head("/text")), 0
    while size - len(block) > 4100:
        block, n = block + literal(b"x%d" % n, b"y" * 4000), n + 1
    rest = size - len(block)
    return block + literal(b"x", b"y" * (rest - 6))


START = [
    Case("3.2 HTTP/2 by ALPN", "answer 200 | h2", lambda c: c.get(),
         lambda c: c.sock.selected_alpn_protocol()),
    Case("3.1 Upgrade: h2c over HTTP/1.1", "HTTP/1.1 200 text", run=upgrade),
    Case("3.3 prior knowledge", OK, lambda c: c.get(), port="PORT2", plain=True),
    Case("3.4 a preface and SETTINGS", OK, lambda c: c.get()),
    Case("3.4 the server begins with SETTINGS", "answer 200 | SettingsFrame", lambda c: c.get(),
         lambda c: c.seen[0]),
    Case("3.4 a request before the server's SETTINGS", OK, lambda c: c.get(), greet=False),
    Case("3.4 a preface by the byte", OK, by_the_byte, preface=False),
    Case("3.4 SETTINGS of the preface with values", OK, lambda c: c.get(),
         settings={1: 0, 2: 0, 3: 10, 4: 100000, 5: 20000, 6: 5000}),
    Case("3.4 a request of HTTP/1.1", C_PROTOCOL,
         lambda c: c.raw(b"GET /text HTTP/1.1\r\nHost: front.test\r\n\r\n"), preface=False),
    Case("3.4 another version", C_PROTOCOL, lambda c: c.raw(b"PRI * HTTP/3.0\r\n\r\nSM\r\n\r\n" + EMPTY),
         preface=False),
    Case("3.4 a preface that ends otherwise", C_PROTOCOL,
         lambda c: c.raw(b"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n" + EMPTY), preface=False),
    Case("3.4 frames without a preface", C_PROTOCOL, lambda c: c.raw(EMPTY * 4), preface=False),
    Case("3.4 PING in place of SETTINGS", C_PROTOCOL,
         lambda c: c.raw(PREFACE).frame(PING, 0, 0, bytes(8)), preface=False),
    Case("3.4 HEADERS in place of SETTINGS", C_PROTOCOL,
         lambda c: (c.raw(PREFACE), c.get()), preface=False),
    Case("3.4 an acknowledgement in place of SETTINGS", C_PROTOCOL,
         lambda c: c.raw(PREFACE).frame(SETTINGS, 1, 0), preface=False),
    Case("3.4 prior knowledge, a preface that ends otherwise", C_PROTOCOL,
         lambda c: c.raw(b"PRI * HTTP/2.0\r\n\r\nSX\r\n\r\n" + EMPTY), preface=False, port="PORT2",
         plain=True),
]

FRAMES = [
    Case("4.1 the reserved bit of HEADERS", OK, lambda c: (
        c.watch(c.new_stream()), c.frame(HEADERS, 5, c.stream | 1 << 31, fields(c)))),
    Case("4.1 the reserved bit of DATA", "answer 200 | a", lambda c: (
        c.post(), c.frame(DATA, 1, c.stream | 1 << 31, b"a")), lambda c: c.body()),
    Case("4.1 the reserved bit of PING", "answer 200 | 1", lambda c: (
        c.frame(PING, 0, 1 << 31, b"reserved"), c.get()), lambda c: c.echoes.count(b"reserved")),
    Case("4.1 the reserved bit of SETTINGS", OK, lambda c: (c.frame(SETTINGS, 0, 1 << 31), c.get())),
    Case("4.1 undefined flags of HEADERS", OK, lambda c: (
        c.watch(c.new_stream()), c.frame(HEADERS, 5 | 0xd2, c.stream, fields(c)))),
    Case("4.1 undefined flags of DATA", "answer 200 | a", lambda c: (
        c.post(), c.frame(DATA, 1 | 0xf6, c.stream, b"a")), lambda c: c.body()),
    Case("4.1 undefined flags of SETTINGS", OK, lambda c: (c.frame(SETTINGS, 0xfe, 0), c.get())),
    Case("4.1 undefined flags of PING", "answer 200 | 1", lambda c: (
        c.frame(PING, 0xfe, 0, b"flags..."), c.get()), lambda c: c.echoes.count(b"flags...")),
    Case("4.1 undefined flags of PRIORITY, RST_STREAM, GOAWAY and WINDOW_UPDATE", OK, lambda c: (
        c.frame(PRIORITY, 0xff, c.hold(), b"\0\0\0\0\1"), c.frame(WINDOW_UPDATE, 0xff, 0, b"\0\0\0\1"),
        c.frame(RST_STREAM, 0xff, c.stream, b"\0\0\0\x08"), c.get())),
    Case("4.1 undefined flags of CONTINUATION", OK, lambda c: (
        c.watch(c.new_stream()), c.frame(HEADERS, 1, c.stream, fields(c)),
        c.frame(CONTINUATION, 0xff, c.stream))),
    Case("4.2 DATA of 16,384 bytes", "answer 200 | 16384", lambda c: (
        c.post(), c.data(c.stream, b"x" * 16384, True)), lambda c: len(c.body() or "")),
    Case("4.2 HEADERS of 16,384 bytes", OK, lambda c: raw_block(c, of_size(c, 16384))),
    Case("4.2 an unknown frame of 16,384 bytes", OK, lambda c: (
        c.frame(0x42, 0, 0, bytes(16384)), c.get())),
    Case("4.2 DATA of 16,385 bytes", S_SIZE, lambda c: c.data(c.post(), bytes(16385), True),
         malformed=True),
    Case("4.2 HEADERS of 16,385 bytes", C_SIZE, lambda c: raw_block(c, of_size(c, 16385))),
    Case("4.2 CONTINUATION of 16,385 bytes", C_SIZE, lambda c: (
        raw_block(c, b"", 1), c.frame(CONTINUATION, END_HEADERS, c.stream, of_size(c, 16385)))),
    Case("4.2 SETTINGS of 16,386 bytes", C_SIZE, lambda c: c.frame(
        SETTINGS, 0, 0, b"\0\3\0\0\0\1" * 2731)),
    Case("4.2 an unknown frame of 16,385 bytes on stream 0", C_SIZE, lambda c: (
        c.frame(0x42, 0, 0, bytes(16385)), c.get())),
]

COMPRESSION = [
    Case("4.3 index 0", C_COMPRESSION, lambda c: raw_block(c, b"\x80")),
    Case("4.3 an index beyond the table", C_COMPRESSION, lambda c: raw_block(c, fields(c) + b"\xff\x7f")),
    Case("4.3 an index without end", C_COMPRESSION, lambda c: raw_block(c, b"\xff" + b"\xff" * 12)),
    Case("4.3 a name's index beyond the table", C_COMPRESSION,
         lambda c: raw_block(c, fields(c) + b"\x0f\x70\1a")),
    Case("4.3 a name that is cut", C_COMPRESSION, lambda c: raw_block(c, fields(c) + b"\0\x0aabc")),
    Case("4.3 a value that is cut", C_COMPRESSION, lambda c: raw_block(c, fields(c) + b"\0\1x\x0aabc")),
    Case("4.3 a field without a value", C_COMPRESSION, lambda c: raw_block(c, fields(c) + b"\0\1x")),
    Case("4.3 EOS in a Huffman string", C_COMPRESSION,
         lambda c: raw_block(c, fields(c) + b"\0\1x\x84\xff\xff\xff\xff")),
    Case("4.3 Huffman padding of zeros", C_COMPRESSION,
         lambda c: raw_block(c, fields(c) + b"\0\1x\x81\x18")),
    Case("4.3 Huffman padding of a byte", C_COMPRESSION,
         lambda c: raw_block(c, fields(c) + b"\0\1x\x82\x1f\xff")),
    Case("4.3 a table larger than allowed", C_COMPRESSION,
         lambda c: raw_block(c, b"\x3f\xe1\xff\x03" + fields(c))),
    Case("4.3 a size of the table behind a field", C_COMPRESSION,
         lambda c: raw_block(c, fields(c) + b"\x20")),
    Case("4.3 sizes of the table before the fields", OK,
         lambda c: raw_block(c, b"\x20\x3f\xe1\x1f" + fields(c))),
    Case("4.3 a block in fragments of a byte", OK, lambda c: pieces(c, *[1] * 7)),
    Case("4.3 a first fragment that is empty", OK, lambda c: pieces(c, 0)),
    Case("4.3 the table is kept between requests", "answer 200 | kept", lambda c: (
        c.echo(("x-state", "kept")), c.answer(c.stream), c.echo(("x-state", "kept"))),
         lambda c: c.field("x-state")),
    Case("4.3 the table is kept behind a malformed request", "answer 200 | kept", lambda c: (
        c.refused(("x-state", "kept")), c.echo(("x-state", "kept"))), lambda c: c.field("x-state")),
    Case("4.3 the table is kept behind a reset", "answer 200 | kept", lambda c: (
        c.reset(c.post(("x-state", "kept"))), c.echo(("x-state", "kept"))),
         lambda c: c.field("x-state")),
    Case("4.3 the table is kept behind trailers of a reset stream", "answer 200 | kept", lambda c: (
        c.request([("x-state", "kept")], stream=c.refused()), c.echo(("x-state", "kept"))),
         lambda c: c.field("x-state")),
    Case("4.3.1 a table of nothing for the server", "answer 200 | 200", lambda c: (
        setattr(c.decoder, "max_allowed_table_size", 0), c.get(), c.answer(c.stream), c.get()),
         lambda c: c.streams[1].status, settings={1: 0}),
    Case("4.3.1 a table that shrinks", "answer 200 | 200", lambda c: (
        c.get(), c.answer(c.stream), c.set((1, 64)), c.until(lambda: c.acknowledged == 2),
        setattr(c.decoder, "max_allowed_table_size", 64), c.get()), lambda c: c.streams[1].status),
]

# -- 5.1: each frame that a client may send, or not, in each state ------------------------------------
SELF = b"\0\0\0\0\x10"

STATES = [
    # idle: only HEADERS and PRIORITY
    Case("5.1 idle: DATA", C_PROTOCOL, lambda c: c.data(5, b"x", True)),
    Case("5.1 idle: RST_STREAM", C_PROTOCOL, lambda c: c.reset(5)),
    Case("5.1 idle: WINDOW_UPDATE", C_PROTOCOL, lambda c: c.give(5, 1)),
    Case("5.1 idle: CONTINUATION", C_PROTOCOL, lambda c: c.frame(CONTINUATION, 4, 5, fields(c))),
    Case("5.1 idle: PUSH_PROMISE", C_PROTOCOL, lambda c: c.frame(
        PUSH_PROMISE, 4, 5, b"\0\0\0\2" + fields(c))),
    Case("5.1 idle: PRIORITY", OK, lambda c: (c.frame(PRIORITY, 0, 5, SELF), c.get())),
    Case("5.1 idle: an unknown frame", OK, lambda c: (c.frame(0x42, 0, 5, b"x"), c.get())),
    Case("5.1 idle, the server's: DATA", C_PROTOCOL, lambda c: c.data(2, b"x", True)),
    Case("5.1 idle, the server's: WINDOW_UPDATE", C_PROTOCOL, lambda c: c.give(2, 1)),
    Case("5.1 idle, the server's: RST_STREAM", C_PROTOCOL, lambda c: c.reset(2)),
    # open
    Case("5.1 open: DATA", "answer 200 | ab", lambda c: (
        c.data(c.post(), b"a"), c.data(c.stream, b"b", True)), lambda c: c.body()),
    Case("5.1 open: WINDOW_UPDATE and PRIORITY", OK, lambda c: (
        c.give(c.post(), 1), c.frame(PRIORITY, 0, c.stream, SELF), c.data(c.stream, b"", True))),
    Case("5.1 open: RST_STREAM", OK, lambda c: (c.reset(c.post()), c.get())),
    Case("5.1 open: an unknown frame", OK, lambda c: (
        c.frame(0x42, 1, c.post(), b"x"), c.data(c.stream, b"", True))),
    Case("5.1 open: CONTINUATION", C_PROTOCOL, lambda c: c.frame(CONTINUATION, 4, c.post(), b"")),
    Case("5.1 open: PUSH_PROMISE", C_PROTOCOL, lambda c: c.frame(
        PUSH_PROMISE, 4, c.post(), b"\0\0\0\2" + fields(c))),
    # half-closed (remote)
    Case("5.1 half-closed: WINDOW_UPDATE and PRIORITY", "left open", lambda c: (
        c.give(c.hold(), 1), c.frame(PRIORITY, 0, c.stream, SELF))),
    Case("5.1 half-closed: RST_STREAM", OK, lambda c: (c.reset(c.hold()), c.get())),
    Case("5.1 half-closed: an unknown frame", "left open", lambda c: c.frame(0x42, 1, c.hold(), b"x")),
    Case("5.1 half-closed: DATA", S_CLOSED, lambda c: c.data(c.hold(), b"x")),
    Case("5.1 half-closed: empty DATA with END_STREAM", S_CLOSED, lambda c: c.data(c.hold(), b"", True)),
    Case("5.1 half-closed: HEADERS", S_CLOSED, lambda c: c.request([("x", "y")], stream=c.hold())),
    Case("5.1 half-closed: a request", S_CLOSED, lambda c: c.request(head("/text"), stream=c.hold())),
    Case("5.1 half-closed: CONTINUATION", C_PROTOCOL, lambda c: c.frame(CONTINUATION, 4, c.hold(), b"")),
    Case("5.1 half-closed: PUSH_PROMISE", C_PROTOCOL, lambda c: c.frame(
        PUSH_PROMISE, 4, c.hold(), b"\0\0\0\2" + fields(c))),
    # closed, by END_STREAM of both
    Case("5.1 closed: PRIORITY", OK, lambda c: (c.frame(PRIORITY, 0, c.done(), SELF), c.get())),
    Case("5.1 closed: WINDOW_UPDATE", OK, lambda c: (c.give(c.done(), 1), c.get())),
    Case("5.1 closed: RST_STREAM", OK, lambda c: (c.reset(c.done()), c.get())),
    Case("5.1 closed: an unknown frame", OK, lambda c: (c.frame(0x42, 0, c.done(), b"x"), c.get())),
    Case("5.1 closed: DATA", "answer 200, " + S_CLOSED,
         lambda c: c.data(c.done(), b"x")),
    Case("5.1 closed: HEADERS", ("answer 200", "answer 200, " + S_CLOSED, "answer 200, " + C_CLOSED),
         lambda c: c.request([("x", "y")], stream=c.done())),
    Case("5.1 closed: CONTINUATION", "answer 200, " + C_PROTOCOL,
         lambda c: c.frame(CONTINUATION, 4, c.done(), b"")),
    # closed, by the client's RST_STREAM
    Case("5.1 reset: PRIORITY", OK, lambda c: (
        c.reset(c.post()), c.frame(PRIORITY, 0, c.stream, SELF), c.get())),
    Case("5.1 reset: WINDOW_UPDATE", OK, lambda c: (c.reset(c.post()), c.give(c.stream, 1), c.get())),
    Case("5.1 reset: RST_STREAM again", "answer 200 | None", lambda c: (
        c.reset(c.post()), c.reset(c.stream), c.get()), lambda c: c.streams[1].reset),
    Case("5.1 reset: DATA", "answer 200 | 5", lambda c: (
        c.reset(c.post()), c.data(c.stream, b"x"), c.get()), lambda c: c.streams[1].reset),
    Case("5.1 reset: HEADERS", ("answer 200 | None", "answer 200 | 5", C_CLOSED + " | None"), lambda c: (
        c.reset(c.post()), c.request([("x", "y")], stream=c.stream), c.get()),
         lambda c: c.streams[1].reset),
    # closed, by the server's RST_STREAM: what the client sends may have been on its way
    Case("5.1 reset by the server: PRIORITY", OK, lambda c: (
        c.frame(PRIORITY, 0, c.refused(), SELF), c.get())),
    Case("5.1 reset by the server: WINDOW_UPDATE", OK, lambda c: (c.give(c.refused(), 1), c.get())),
    Case("5.1 reset by the server: RST_STREAM", OK, lambda c: (c.reset(c.refused()), c.get())),
    Case("5.1 reset by the server: DATA", OK, lambda c: (c.data(c.refused(), b"x", True), c.get())),
    Case("5.1 reset by the server: HEADERS", OK, lambda c: (
        c.request([("x", "y")], stream=c.refused()), c.get())),
    Case("5.1.1 an even stream", C_PROTOCOL, lambda c: c.ask_for(head("/text"), stream=2)),
    Case("5.1.1 a stream lower than the last", C_PROTOCOL, lambda c: (
        c.ask_for(head("/hold"), stream=5), c.ask_for(head("/text"), stream=3))),
    Case("5.1.1 a stream again", "answer 200, " + C_PROTOCOL, lambda c: (
        c.done(), c.ask_for(head("/text"), stream=1))),
    Case("5.1.1 streams that are left out", OK, lambda c: c.ask_for(head("/text"), stream=101)),
    Case("5.1.1 the highest stream", OK, lambda c: c.ask_for(head("/text"), stream=(1 << 31) - 1)),
    Case("5.1.1 a stream that was left out: WINDOW_UPDATE", OK, lambda c: (
        c.ask_for(head("/text"), stream=9), c.answer(9), c.give(3, 1))),
    Case("5.1.2 as many streams as allowed", "left open | [None, None]", lambda c: (c.hold(), c.hold()),
         lambda c: [s.reset for s in c.streams.values()], port="PORT4"),
    Case("5.1.2 one more", (stream_error("REFUSED_STREAM"), S_PROTOCOL), lambda c: (
        c.hold(), c.hold(), c.get()), port="PORT4", polite=False),
    Case("5.1.2 one more, the limit acknowledged", (stream_error("REFUSED_STREAM"), S_PROTOCOL), lambda c: (
        c.hold(), c.hold(), c.get()), port="PORT4"),
    Case("5.1.2 streams that are over do not count", OK, lambda c: (
        c.hold(), c.done(), c.done(), c.reset(c.hold()), c.get()), port="PORT4"),
]


def by_steps(c):
    """The window of a stream opens byte by byte."""
    c.get("/files/long")
    for _ in range(3):
        c.wait()
        c.give(c.stream, 1)


FLOW = [
    Case("5.2.1 a stream's window", "answer 200, left open | 10", lambda c: (
        c.get("/files/long"), c.until(lambda: c.got.size)), lambda c: c.got.size, settings={4: 10},
         window=False),
    Case("5.2.1 the connection's window", "answer 200, left open | 65535", lambda c: (
        c.get("/files/long"), c.until(lambda: c.got.size >= 65535)), lambda c: c.got.size,
         settings={4: 1 << 20}, window=False),
    Case("5.2.1 one window for all streams", "answer 200, left open | 65535", lambda c: (
        c.get("/files/long"), c.get("/files/long"),
        c.comes(lambda: sum(s.size for s in c.streams.values()) >= 65535 and c.got.status)),
         lambda c: sum(s.size for s in c.streams.values()), settings={4: 1 << 20}, window=False),
    Case("5.2.1 a shut window stops DATA alone", "answer 200, left open | 0", lambda c: (
        c.get("/files/long"), c.comes(lambda: c.got.status)), lambda c: c.got.size, settings={4: 0},
         window=False),
    Case("5.2.1 an answer without DATA and a shut window", "answer 204", lambda c: c.get("/none"),
         settings={4: 0}, window=False),
    Case("5.2.1 a window that opens by the byte", "answer 200, left open | 3", by_steps,
         lambda c: c.got.size, settings={4: 0}, window=False),
    Case("5.2.2 PING and SETTINGS while windows are shut", "answer 200, left open | [b'withheld'] 2",
         lambda c: (c.get("/files/long"), c.until(lambda: c.got.size), c.set((4, 10)),
                    c.frame(PING, 0, 0, b"withheld"), c.until(lambda: c.acknowledged == 2 and c.echoes)),
         lambda c: f"{c.echoes[:1]} {c.acknowledged}", settings={4: 10}, window=False),
    Case("5.2.2 windows that open again", f"answer 200 | {LONG}", lambda c: (
        c.get("/files/long"), c.until(lambda: c.got.size == 10), c.give(0, LONG), c.give(c.stream, LONG)),
         lambda c: c.got.size, settings={4: 10}, window=False),
    Case("5.3.2 HEADERS with a priority", OK, lambda c: raw_block(c, SELF + fields(c), 5 | WITH_PRIORITY)),
    Case("5.3.2 an exclusive dependency", OK, lambda c: raw_block(
        c, b"\x80\0\0\x09\xff" + fields(c), 5 | WITH_PRIORITY)),
    Case("5.3.2 the field priority", OK, lambda c: c.get("/text", ("priority", "u=1, i"))),
    Case("5.3.2 PRIORITY_UPDATE", OK, lambda c: (c.frame(0x10, 0, 0, b"\0\0\0\1u=1"), c.get())),
    Case("5.3.2 a stream that depends on itself", (OK, S_PROTOCOL), lambda c: raw_block(
        c, b"\0\0\0\1\0" + fields(c), 5 | WITH_PRIORITY)),
    Case("5.4 one stream's error leaves the others", "answer 200 | ab", lambda c: (
        c.data(c.post(), b"a"), c.refused(), c.data(1, b"b", True), c.watch(1)), lambda c: c.body()),
    Case("5.4.1 GOAWAY says which stream was the last", C_PROTOCOL + " | 5", lambda c: (
        c.done(), c.done(), c.done(), c.watch(None), c.frame(PING, 0, 1, bytes(8))),
         lambda c: c.last_stream),
    Case("5.4.2 one RST_STREAM for a stream", S_PROTOCOL + " | 1", lambda c: (
        c.refused(), c.data(c.stream, b"x"), c.data(c.stream, b"y", True)),
         lambda c: c.seen.count("RstStreamFrame")),
    Case("5.4.2 none in response to RST_STREAM", "answer 200 | 0", lambda c: (
        c.reset(c.post(), 1), c.reset(c.hold(), 5), c.get()), lambda c: c.seen.count("RstStreamFrame")),
    Case("5.5 an unknown frame on stream 0", OK, lambda c: (c.frame(0xff, 0xff, 0, bytes(100)), c.get())),
    Case("5.5 an unknown empty frame", OK, lambda c: (c.frame(0x42, 0, 0), c.get())),
    Case("5.5 an unknown frame within a field block", C_PROTOCOL, lambda c: (
        raw_block(c, fields(c), 1), c.frame(0x42, 0, c.stream), c.frame(CONTINUATION, 4, c.stream))),
    Case("5.5 an unknown setting", OK, lambda c: (c.set((0xffff, 7), (0, 1), (0x4242, 1)), c.get())),
    Case("5.5 ALTSVC and ORIGIN from a client", OK, lambda c: (
        c.frame(0xa, 0, 0, b"\0\0h2"), c.frame(0xc, 0, 0, b"\0\1x"), c.get())),
]

test = rfc9113.comparison(START + FRAMES + COMPRESSION + STATES + FLOW, "3", "4", "5")
