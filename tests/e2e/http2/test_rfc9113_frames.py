# SPDX-License-Identifier: Apache-2.0
"""RFC 9113, chapters 6 and 7: each type of frame with each of its rules, and error codes. Compared with
nginx."""

from support import rfc9113
from support.http2 import head
from support.rfc9113 import (CONTINUATION, DATA, END_HEADERS, END_STREAM, GOAWAY, HEADERS, LONG, PADDED,
                             PING, PRIORITY, PUSH_PROMISE, RST_STREAM, SETTINGS, WINDOW_UPDATE,
                             WITH_PRIORITY, Case, connection_error, pair, stream_error)  # noqa: F401 (pair is a fixture)

OK = "answer 200"
C_PROTOCOL, S_PROTOCOL = connection_error("PROTOCOL_ERROR"), stream_error("PROTOCOL_ERROR")
C_SIZE, S_SIZE = connection_error("FRAME_SIZE_ERROR"), stream_error("FRAME_SIZE_ERROR")
C_FLOW, S_FLOW = connection_error("FLOW_CONTROL_ERROR"), stream_error("FLOW_CONTROL_ERROR")
MAX = (1 << 31) - 1     # of a window
SELF = b"\0\0\0\0\x10"


def fields(c):
    return c.block(head("/text"))


def padded(c, n, data=b"abc", pad=None, flags=END_STREAM):
    """DATA that says n bytes of padding."""
    c.frame(DATA, PADDED | flags, c.post(), bytes([n]) + data + (bytes(n) if pad is None else pad))


def block(c, payload, flags=END_HEADERS | END_STREAM, more=None):
    """HEADERS on a new stream."""
    c.watch(c.new_stream())
    c.frame(HEADERS, flags, c.stream, payload)
    if more is not None:
        c.frame(CONTINUATION, END_HEADERS, c.stream, more)


def within(c, kind, stream=None, payload=b"", flags=0):
    """A frame between HEADERS and CONTINUATION."""
    data = fields(c)
    block(c, data[:3], END_STREAM)
    c.frame(kind, flags, c.stream if stream is None else stream, payload)
    c.frame(CONTINUATION, END_HEADERS, c.stream, data[3:])


def in_two(c):
    data = fields(c)
    block(c, data[:5], END_STREAM, data[5:])


def uploads(c, times, send):
    """So much that a connection's window would be used up if it were not given back."""
    for _ in range(times):
        send(c.post())
        c.until(lambda: c.got.over or c.stream in c.given_up)
    c.upload(c.post(), b"x" * 100000)


def with_padding(c):
    uploads(c, 100, lambda s: [c.frame(DATA, PADDED | (i == 59), s, b"\xfex" + bytes(254))
                               for i in range(60)])


def on_closed(c):
    def send(stream):
        c.reset(stream)
        c.given_up.add(stream)
        for _ in range(3):
            c.data(stream, bytes(16384))
    uploads(c, 50, send)


DATA_CASES = [
    Case("6.1 on stream 0", C_PROTOCOL, lambda c: c.data(0, b"x")),
    Case("6.1 padding", "answer 200 | abc", lambda c: padded(c, 5), lambda c: c.body()),
    Case("6.1 no padding", "answer 200 | abc", lambda c: padded(c, 0), lambda c: c.body()),
    Case("6.1 the most padding", "answer 200 | abc", lambda c: padded(c, 255), lambda c: c.body()),
    Case("6.1 nothing but padding", "answer 200 | ", lambda c: padded(c, 5, b""), lambda c: c.body()),
    Case("6.1 padding as long as the frame", C_PROTOCOL, lambda c: padded(c, 4, b"abc", b""),
         malformed=True),
    Case("6.1 padding longer than the frame", C_PROTOCOL, lambda c: padded(c, 255, b"abc", b""),
         malformed=True),
    Case("6.1 PADDED without its length", (S_SIZE, C_SIZE), lambda c: c.frame(
        DATA, PADDED | END_STREAM, c.post()), malformed=True),
    Case("6.1 padding that is not zero", ("answer 200 | abc", C_PROTOCOL + " | None"),
         lambda c: padded(c, 5, b"abc", b"xxxxx"), lambda c: c.body()),
    Case("6.1 empty, with END_STREAM", "answer 200 | ", lambda c: c.data(c.post(), b"", True),
         lambda c: c.body()),
    Case("6.1 empty ones between", "answer 200 | ab", lambda c: (
        c.data(c.post(), b"a"), c.data(c.stream), c.data(c.stream), c.data(c.stream, b"b", True)),
         lambda c: c.body()),
    Case("6.1 padding counts for the windows, and is given back", "answer 200 | 100000", with_padding,
         lambda c: len(c.body() or "")),
]

HEADERS_CASES = [
    Case("6.2 on stream 0", C_PROTOCOL, lambda c: c.frame(HEADERS, 5, 0, fields(c))),
    Case("6.2 padding", OK, lambda c: block(c, b"\x05" + fields(c) + bytes(5), 5 | PADDED)),
    Case("6.2 padding and priority", OK, lambda c: block(
        c, b"\x05" + SELF + fields(c) + bytes(5), 5 | PADDED | WITH_PRIORITY)),
    Case("6.2 padding that is not zero", (OK, C_PROTOCOL), lambda c: block(
        c, b"\x05" + fields(c) + b"xxxxx", 5 | PADDED)),
    Case("6.2 padding as long as the frame", C_PROTOCOL, lambda c: block(
        c, bytes([len(fields(c)) + 1]) + fields(c), 5 | PADDED)),
    Case("6.2 padding longer than the frame", C_PROTOCOL, lambda c: block(
        c, b"\xff" + fields(c), 5 | PADDED)),
    Case("6.2 PADDED without its length", C_SIZE, lambda c: block(c, b"", 5 | PADDED)),
    Case("6.2 a priority that is cut", C_SIZE, lambda c: block(c, SELF[:4], 5 | WITH_PRIORITY)),
    Case("6.2 without END_HEADERS, then DATA", C_PROTOCOL, lambda c: (
        block(c, fields(c), 0), c.data(c.stream, b"x", True))),
    Case("6.2 without END_HEADERS, then PING", C_PROTOCOL, lambda c: within(c, PING, 0, bytes(8))),
    Case("6.2 without END_HEADERS, then SETTINGS", C_PROTOCOL, lambda c: within(c, SETTINGS, 0)),
    Case("6.2 without END_HEADERS, then WINDOW_UPDATE", C_PROTOCOL, lambda c: within(
        c, WINDOW_UPDATE, 0, b"\0\0\0\1")),
    Case("6.2 without END_HEADERS, then RST_STREAM", C_PROTOCOL, lambda c: within(
        c, RST_STREAM, None, bytes(4))),
    Case("6.2 without END_HEADERS, then GOAWAY", C_PROTOCOL, lambda c: within(c, GOAWAY, 0, bytes(8))),
    Case("6.2 without END_HEADERS, then HEADERS", C_PROTOCOL, lambda c: within(
        c, HEADERS, 3, b"\x82", 5)),
    Case("6.2 without END_HEADERS, then another's CONTINUATION", C_PROTOCOL, lambda c: within(
        c, CONTINUATION, 3, b"", END_HEADERS)),
    Case("6.2 END_STREAM, and CONTINUATION", OK, in_two),
]

PRIORITY_CASES = [
    Case("6.3 on stream 0", C_PROTOCOL, lambda c: c.frame(PRIORITY, 0, 0, SELF)),
    Case("6.3 of 4 bytes", S_SIZE, lambda c: c.frame(PRIORITY, 0, c.hold(), SELF[:4])),
    Case("6.3 of 6 bytes", S_SIZE, lambda c: c.frame(PRIORITY, 0, c.hold(), SELF + b"\0")),
    Case("6.3 within a field block", C_PROTOCOL, lambda c: within(c, PRIORITY, 1, SELF)),
    Case("6.3 of a stream that comes later", OK, lambda c: (c.frame(PRIORITY, 0, 1, SELF), c.get())),
    Case("6.3 of an even stream", OK, lambda c: (c.frame(PRIORITY, 0, 2, SELF), c.get())),
    Case("6.3 on itself", ("left open", S_PROTOCOL), lambda c: c.frame(
        PRIORITY, 0, c.hold(), b"\0\0\0\1\0")),
]

RESET_CASES = [
    Case("6.4 on stream 0", C_PROTOCOL, lambda c: c.reset(0)),
    Case("6.4 of 3 bytes", C_SIZE, lambda c: c.frame(RST_STREAM, 0, c.hold(), bytes(3))),
    Case("6.4 of 5 bytes", C_SIZE, lambda c: c.frame(RST_STREAM, 0, c.hold(), bytes(5))),
    Case("6.4 nothing more is sent for that stream", "answer 200 | 0", lambda c: (
        c.get("/files/long"), c.until(lambda: c.got.size == 10), c.reset(c.stream),
        setattr(c.streams[1], "size", 0), c.give(1, 1000), c.get("/none"), c.get()),
         lambda c: c.streams[1].size, settings={4: 10}, window=False),
    Case("6.4 others go on", OK, lambda c: (
        c.hold(), c.reset(c.stream), c.get())),
    Case("7 an error code that is unknown, in RST_STREAM", OK, lambda c: (
        c.reset(c.hold(), 0xdeadbeef), c.get())),
    Case("7 an error code that is unknown, in GOAWAY", ("answer 200", "answer 200, GOAWAY"), lambda c: (
        c.data(c.post(), b"a"), c.frame(GOAWAY, 0, 0, bytes(4) + b"\xde\xad\xbe\xef"),
        c.data(c.stream, b"", True))),
]


def all_acknowledged(c):
    for n in range(5):
        c.set((4, 65535 + n))
    c.get()


SETTINGS_CASES = [
    Case("6.5 on a stream", C_PROTOCOL, lambda c: c.frame(SETTINGS, 0, 1)),
    Case("6.5 an acknowledgement with values", C_SIZE, lambda c: c.frame(SETTINGS, 1, 0, bytes(6))),
    Case("6.5 of 5 bytes", C_SIZE, lambda c: c.frame(SETTINGS, 0, 0, bytes(5))),
    Case("6.5 of 7 bytes", C_SIZE, lambda c: c.frame(SETTINGS, 0, 0, b"\0\3\0\0\0\1\0")),
    Case("6.5 empty", OK, lambda c: (c.set(), c.get())),
    Case("6.5 the last value of one name counts", "answer 200, left open | 7", lambda c: (
        c.set((4, 100), (4, 7)), c.get("/files/long"), c.until(lambda: c.got.size)), lambda c: c.got.size,
         window=False),
    Case("6.5.2 HEADER_TABLE_SIZE: the most", OK, lambda c: (c.set((1, (1 << 32) - 1)), c.get())),
    Case("6.5.2 ENABLE_PUSH: 0 and 1", OK, lambda c: (c.set((2, 0)), c.set((2, 1)), c.get())),
    Case("6.5.2 ENABLE_PUSH: 2", C_PROTOCOL, lambda c: c.set((2, 2))),
    Case("6.5.2 ENABLE_PUSH: the server's is 0 or missing", "answer 200 | True", lambda c: c.get(),
         lambda c: c.settings[0].get(2, 0) == 0),
    Case("6.5.2 MAX_CONCURRENT_STREAMS: 0", OK, lambda c: (c.set((3, 0)), c.get())),
    Case("6.5.2 MAX_CONCURRENT_STREAMS: the server's is 128", "answer 200 | 128", lambda c: c.get(),
         lambda c: c.settings[0][3]),
    Case("6.5.2 INITIAL_WINDOW_SIZE: the most", OK, lambda c: (c.set((4, MAX)), c.get())),
    Case("6.5.2 INITIAL_WINDOW_SIZE: one more", C_FLOW, lambda c: c.set((4, MAX + 1))),
    Case("6.5.2 MAX_FRAME_SIZE: the least", OK, lambda c: (c.set((5, 16384)), c.get())),
    Case("6.5.2 MAX_FRAME_SIZE: one less", C_PROTOCOL, lambda c: c.set((5, 16383))),
    Case("6.5.2 MAX_FRAME_SIZE: the most", OK, lambda c: (c.set((5, (1 << 24) - 1)), c.get())),
    Case("6.5.2 MAX_FRAME_SIZE: one more", C_PROTOCOL, lambda c: c.set((5, 1 << 24))),
    Case("6.5.2 MAX_FRAME_SIZE: no frame is longer", f"answer 200 | True {LONG}", lambda c: (
        c.get("/files/long")), lambda c: f"{max(c.sizes) <= 16384} {c.got.size}",
         settings={4: 1 << 20}),
    Case("6.5.2 MAX_HEADER_LIST_SIZE: advice", OK, lambda c: (c.set((6, 1)), c.get())),
    Case("6.5.3 each is acknowledged", "answer 200 | 6", all_acknowledged, lambda c: c.acknowledged),
    Case("6.5.3 an acknowledgement is not", "answer 200 | 1", lambda c: (c.get(), c.answer(c.stream)),
         lambda c: c.acknowledged),
    Case("6.5.3 a value counts from the acknowledgement", "answer 200, left open | 3", lambda c: (
        c.set((4, 3)), c.until(lambda: c.acknowledged == 2), c.get("/files/long"),
        c.until(lambda: c.got.size)), lambda c: c.got.size, window=False),
]

PUSH_CASES = [
    Case("6.6 from a client", C_PROTOCOL, lambda c: c.frame(
        PUSH_PROMISE, END_HEADERS, c.post(), b"\0\0\0\2" + fields(c))),
    Case("6.6 on stream 0", C_PROTOCOL, lambda c: c.frame(
        PUSH_PROMISE, END_HEADERS, 0, b"\0\0\0\2" + fields(c))),
    Case("6.6 of an odd stream", C_PROTOCOL, lambda c: c.frame(
        PUSH_PROMISE, END_HEADERS, c.hold(), b"\0\0\0\3" + fields(c))),
    Case("6.6 none to a client that takes them", "answer 200 | 0", lambda c: c.get(),
         lambda c: c.seen.count("PushPromiseFrame"), settings={2: 1}),
]

PING_CASES = [
    Case("6.7 the same bytes come back", "answer 200 | True", lambda c: (
        c.frame(PING, 0, 0, b"\xff\0\x01abcd\xfe"), c.get()), lambda c: b"\xff\0\x01abcd\xfe" in c.echoes),
    Case("6.7 an acknowledgement is not answered", "answer 200 | 0", lambda c: (
        c.frame(PING, 1, 0, b"answered"), c.get()), lambda c: c.echoes.count(b"answered")),
    Case("6.7 on a stream", C_PROTOCOL, lambda c: c.frame(PING, 0, 1, bytes(8))),
    Case("6.7 of 7 bytes", C_SIZE, lambda c: c.frame(PING, 0, 0, bytes(7))),
    Case("6.7 of 9 bytes", C_SIZE, lambda c: c.frame(PING, 0, 0, bytes(9))),
    Case("6.7 of none", C_SIZE, lambda c: c.frame(PING, 0, 0)),
]

GOAWAY_CASES = [
    Case("6.8 on a stream", C_PROTOCOL, lambda c: c.frame(GOAWAY, 0, 1, bytes(8))),
    Case("6.8 of 7 bytes", C_SIZE, lambda c: c.frame(GOAWAY, 0, 0, bytes(7))),
    Case("6.8 what is in flight is answered", ("answer 200 | a", "answer 200, GOAWAY | a"), lambda c: (
        c.post(), c.frame(GOAWAY, 0, 0, bytes(8)), c.data(c.stream, b"a", True)), lambda c: c.body()),
    Case("6.8 with more data", ("answer 200 | a", "answer 200, GOAWAY | a"), lambda c: (
        c.post(), c.frame(GOAWAY, 0, 0, bytes(8) + b"bye" * 100), c.data(c.stream, b"a", True)),
         lambda c: c.body()),
    Case("6.8 twice", ("answer 200 | a", "answer 200, GOAWAY | a"), lambda c: (
        c.post(), c.frame(GOAWAY, 0, 0, bytes(8)), c.frame(GOAWAY, 0, 0, bytes(8)),
        c.data(c.stream, b"a", True)), lambda c: c.body()),
]


def shrink(c):
    """6.9.2: 10 bytes were sent, then the window is 4: 6 too many."""
    c.get("/files/long")
    c.until(lambda: c.got.size == 10)
    c.set((4, 4))
    c.until(lambda: c.acknowledged == 2)
    c.give(c.stream, 6)
    c.wait()
    before = c.got.size
    c.give(c.stream, 3)
    c.until(lambda: c.got.size > before)


def beyond(c):
    """More than a window and all buffers on the way to a backend that does not read."""
    c.ask_for(head("/stream/stuck", "POST"), end=False)
    for _ in range(3000):
        if c.got.over or c.goaway is not None:
            break
        c.data(c.stream, bytes(16384))
        c.pump(0.0005)


def grow(c):
    c.get("/files/long")
    c.until(lambda: c.got.size == 10)
    c.set((4, 25))
    c.until(lambda: c.got.size > 10)


WINDOW_CASES = [
    Case("6.9 of 3 bytes", C_SIZE, lambda c: c.frame(WINDOW_UPDATE, 0, 0, bytes(3))),
    Case("6.9 of 5 bytes", C_SIZE, lambda c: c.frame(WINDOW_UPDATE, 0, c.hold(), bytes(5))),
    Case("6.9 0 for a stream", S_PROTOCOL, lambda c: c.give(c.hold(), 0)),
    Case("6.9 0 for the connection", C_PROTOCOL, lambda c: c.give(0, 0)),
    Case("6.9 the reserved bit", OK, lambda c: (c.give(0, 1 << 31 | 1), c.get())),
    Case("6.9 DATA counts on closed streams too", "answer 200 | 100000", on_closed,
         lambda c: len(c.body() or "")),
    Case("6.9.1 a stream's window: the most", "left open", lambda c: c.give(c.hold(), MAX - 65535)),
    Case("6.9.1 a stream's window: one more", S_FLOW, lambda c: c.give(c.hold(), MAX - 65534)),
    Case("6.9.1 the connection's window: the most", "answer 204", lambda c: (
        c.give(0, MAX - 65535), c.get("/none"))),
    Case("6.9.1 the connection's window: one more", C_FLOW, lambda c: c.give(0, MAX - 65534)),
    Case("6.9.1 more DATA than a stream's window", S_FLOW, beyond),
    Case("6.9.1 windows are given back", "answer 200 | 900000", lambda c: c.upload(c.post(), b"x" * 900000),
         lambda c: len(c.body() or "")),
    Case("6.9.2 SETTINGS change the windows of open streams", "answer 200, left open | 25", grow,
         lambda c: c.got.size, settings={4: 10}, window=False),
    Case("6.9.2 a window below zero", "answer 200, left open | 13", shrink, lambda c: c.got.size,
         settings={4: 10}, window=False),
    Case("6.9.2 SETTINGS that lift a window too high", C_FLOW, lambda c: (
        c.give(c.hold(), MAX - 65535), c.set((4, 65536)))),
    Case("6.9.2 SETTINGS do not change the connection's window", "answer 200, left open | 65535", lambda c: (
        c.set((4, MAX)), c.get("/files/long"), c.until(lambda: c.got.size >= 65535)), lambda c: c.got.size,
         window=False),
]


def continued(c, n, fragment=b""):
    """So many CONTINUATION frames before the last."""
    block(c, fields(c), END_STREAM)
    for _ in range(n):
        c.frame(CONTINUATION, 0, c.stream, fragment)
    c.frame(CONTINUATION, END_HEADERS, c.stream)


CONTINUATION_CASES = [
    Case("6.10 on stream 0", C_PROTOCOL, lambda c: c.frame(CONTINUATION, 4, 0, fields(c))),
    Case("6.10 on stream 0, within a field block", C_PROTOCOL, lambda c: within(
        c, CONTINUATION, 0, b"", END_HEADERS)),
    Case("6.10 behind END_HEADERS", C_PROTOCOL, lambda c: c.frame(CONTINUATION, 4, c.hold())),
    Case("6.10 behind DATA", C_PROTOCOL, lambda c: (
        c.data(c.post(), b"a"), c.frame(CONTINUATION, 4, c.stream))),
    Case("6.10 without HEADERS", C_PROTOCOL, lambda c: c.frame(CONTINUATION, 4, 1, fields(c))),
    Case("6.10 several", OK, lambda c: continued(c, 7, b"\0\1x\1y")),     # 8 of them
    Case("6.10 empty", OK, lambda c: continued(c, 5)),
    Case("6.10 any number", OK, lambda c: continued(c, 8, b"\0\1x\1y")),
    Case("6.10 of trailers", "answer 200 | a", lambda c: (
        c.data(c.post(), b"a"), c.frame(HEADERS, END_STREAM, c.stream, b"\0\1x"),
        c.frame(CONTINUATION, END_HEADERS, c.stream, b"\1y")), lambda c: c.body()),
]

test = rfc9113.comparison(DATA_CASES + HEADERS_CASES + PRIORITY_CASES + RESET_CASES + SETTINGS_CASES
                          + PUSH_CASES + PING_CASES + GOAWAY_CASES + WINDOW_CASES + CONTINUATION_CASES,
                          "6", "7")
