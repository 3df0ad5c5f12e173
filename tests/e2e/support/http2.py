# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 client that says what it is told to: frames as given, heads without a check, events as they come."""

import contextlib
import socket
import time

from hpack import Decoder, Encoder
from hyperframe import frame as frames

from support.rawhttp import tls_context

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR = 0, 1, 2, 3
SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM = 4, 5, 6, 7
CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM = 8, 9, 10, 11
ERRORS = ("NO_ERROR PROTOCOL_ERROR INTERNAL_ERROR FLOW_CONTROL_ERROR SETTINGS_TIMEOUT STREAM_CLOSED "
          "FRAME_SIZE_ERROR REFUSED_STREAM CANCEL COMPRESSION_ERROR CONNECT_ERROR ENHANCE_YOUR_CALM "
          "INADEQUATE_SECURITY HTTP_1_1_REQUIRED").split()


def context(pki=None, cert=None, version=None, protocols=("h2",)):
    """A TLS context that offers HTTP/2, and the certificate if one is named."""
    made = tls_context(pki, cert, version)
    if protocols:
        made.set_alpn_protocols(list(protocols))
    return made


def head(path="/", method="GET", authority="front.test", *more, scheme="https"):
    return [(":method", method), (":scheme", scheme), (":authority", authority), (":path", path),
            *more]


class Stream:
    """What came on one stream."""

    def __init__(self):
        self.heads, self.body, self.size, self.trailers = [], bytearray(), 0, None
        self.ended, self.reset, self.frames = False, None, 0

    @property
    def status(self):
        """Of the final answer; None before it, or when there is none."""
        return next((int(dict(h)[":status"]) for h in self.heads
                     if not dict(h)[":status"].startswith("1")), None)

    @property
    def informational(self):
        return [int(dict(h)[":status"]) for h in self.heads if dict(h)[":status"].startswith("1")]

    def get(self, name, default=None):
        return dict(self.heads[-1]).get(name, default) if self.heads else default

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def over(self):
        return self.ended or self.reset is not None

    def __repr__(self):
        return f"<{self.status} {self.heads} {bytes(self.body[:200])!r} ended={self.ended} reset={self.reset}>"


class Http2:
    """One connection. It acknowledges SETTINGS and PING unless `polite` is False, and gives windows
    back unless `window` is False. With `plain` there is no TLS."""

    def __init__(self, port, tls=None, sni="front.test", *, session=None, settings=None, polite=True,
                 window=True, timeout=20.0, preface=True, keep=True, receive_buffer=None, plain=False):
        raw = socket.socket()
        raw.settimeout(timeout)
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.connect(("127.0.0.1", port))
        try:
            self.sock = raw if plain else (tls or context()).wrap_socket(
                raw, server_hostname=sni, session=session)
        except BaseException:
            raw.close()
            raise
        self.timeout, self.polite, self.window, self.keep = timeout, polite, window, keep
        self.encoder, self.decoder = Encoder(), Decoder()
        self.decoder.max_allowed_table_size = 1 << 20
        self.streams, self.buffer, self.eof = {}, b"", False
        self.goaway, self.settings, self.pongs, self.seen = None, [], 0, []
        self.last_stream, self.echoes, self.sizes = None, [], []    # of GOAWAY, PING and DATA
        self.acknowledged = 0
        self.credit = {0: 65535}            # what we may send
        self.initial = 65535
        self.next_id, self._block = 1, b""
        if preface:
            self.raw(PREFACE + frames.SettingsFrame(settings=settings or {}).serialize())

    # -- sending -------------------------------------------------------------------------------

    def raw(self, data):
        self.sock.sendall(data)
        return self

    def send(self, *all_frames):
        return self.raw(b"".join(f.serialize() for f in all_frames))

    @staticmethod
    def packed(kind, flags, stream, payload=b""):
        """Exact bytes: type and flags as numbers."""
        return (len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big")
                + payload)

    def frame(self, kind, flags, stream, payload=b""):
        return self.raw(self.packed(kind, flags, stream, payload))

    def new_stream(self):
        stream, self.next_id = self.next_id, self.next_id + 2
        self.streams[stream] = Stream()
        self.credit[stream] = self.initial
        return stream

    def block(self, fields):
        return self.encoder.encode(fields)

    def request(self, fields, end=True, stream=None):
        """Sends the fields as one head, whatever they are; returns the stream."""
        stream = self.new_stream() if stream is None else stream
        self.streams.setdefault(stream, Stream())
        data = self.block(fields)
        first, rest = data[:16384], data[16384:]
        parts = [rest[i:i + 16384] for i in range(0, len(rest), 16384)]
        self.frame(1, (1 if end else 0) | (0 if parts else 4), stream, first)
        for i, part in enumerate(parts):
            self.frame(9, 4 if i == len(parts) - 1 else 0, stream, part)
        return stream

    def data(self, stream, data=b"", end=False):
        """At once, without regard to windows."""
        return self.frame(0, 1 if end else 0, stream, data)

    def upload(self, stream, data, end=True, seconds=20.0):
        """Within the windows; returns how much was sent."""
        sent, until = 0, time.monotonic() + seconds
        while sent < len(data) and not self.streams[stream].over and not self.eof:
            n = min(16384, len(data) - sent, self.credit[0], self.credit[stream])
            if n > 0:
                self.data(stream, data[sent:sent + n], end and sent + n == len(data))
                self.credit[0] -= n
                self.credit[stream] -= n
                sent += n
            elif time.monotonic() > until or not self.pump(0.2) and time.monotonic() > until:
                break
        return sent

    def reset(self, stream, code=CANCEL):
        return self.frame(3, 0, stream, code.to_bytes(4, "big"))

    def give(self, stream, n):
        return self.frame(8, 0, stream, n.to_bytes(4, "big"))

    # -- reading -------------------------------------------------------------------------------

    def pump(self, seconds=0.0):
        """Reads once, at most so long. False: nothing came."""
        if self.eof:
            return False
        self.sock.settimeout(max(seconds, 0.001))
        try:
            data = self.sock.recv(1 << 17)
            self.eof = not data
        except (TimeoutError, OSError) as error:
            if not isinstance(error, TimeoutError) and "timed out" not in str(error):
                self.eof, self.last = True, error
            return False
        finally:
            self.sock.settimeout(self.timeout)
        self.buffer += data
        while len(self.buffer) >= 9:
            frame, n = frames.Frame.parse_frame_header(memoryview(self.buffer)[:9])
            if len(self.buffer) < 9 + n:
                break
            frame.parse_body(memoryview(self.buffer)[9:9 + n])
            self.buffer = self.buffer[9 + n:]
            self._take(frame, n)
        return bool(data)

    def _take(self, frame, size):
        name = type(frame).__name__
        self.seen.append(name)
        with contextlib.suppress(OSError):
            getattr(self, "_on_" + name, lambda *_: None)(frame, size)

    def _stream(self, frame):
        return self.streams.setdefault(frame.stream_id, Stream())

    def _on_SettingsFrame(self, frame, _):
        if "ACK" in frame.flags:
            self.acknowledged += 1
            return
        self.settings.append(dict(frame.settings))
        if 4 in frame.settings:
            change = frame.settings[4] - self.initial
            self.initial += change
            for stream in self.credit:
                self.credit[stream] += change if stream else 0
        if self.polite:
            self.send(frames.SettingsFrame(flags=["ACK"]))

    def _on_PingFrame(self, frame, _):
        if "ACK" in frame.flags:
            self.pongs += 1
            self.echoes.append(bytes(frame.opaque_data))
        elif self.polite:
            self.send(frames.PingFrame(opaque_data=frame.opaque_data, flags=["ACK"]))

    def _on_GoAwayFrame(self, frame, _):
        self.goaway, self.last_stream = frame.error_code, frame.last_stream_id

    def _on_RstStreamFrame(self, frame, _):
        self._stream(frame).reset = frame.error_code

    def _on_WindowUpdateFrame(self, frame, _):
        self.credit[frame.stream_id] = self.credit.get(frame.stream_id, 0) + frame.window_increment

    def _on_HeadersFrame(self, frame, _):
        self._block, self._ends = frame.data, "END_STREAM" in frame.flags
        self._head_done(frame)

    def _on_ContinuationFrame(self, frame, _):
        self._block += frame.data
        self._head_done(frame)

    def _head_done(self, frame):
        if "END_HEADERS" not in frame.flags:
            return
        stream = self._stream(frame)
        fields = self.decoder.decode(self._block)
        if fields and fields[0][0] == ":status":
            stream.heads.append(fields)
        else:
            stream.trailers = fields
        stream.ended = stream.ended or self._ends

    def _on_DataFrame(self, frame, size):
        stream = self._stream(frame)
        stream.frames += 1
        stream.size += len(frame.data)
        self.sizes.append(size)
        if self.keep:
            stream.body += frame.data
        stream.ended = stream.ended or "END_STREAM" in frame.flags
        if self.window and size:
            self.give(0, size)
            if not stream.ended:
                self.give(frame.stream_id, size)

    def until(self, condition, seconds=20.0):
        """Reads until the condition holds or the connection ends; whether it holds."""
        end = time.monotonic() + seconds
        while not condition():
            if self.eof or time.monotonic() > end:
                return bool(condition())
            self.pump(0.1)
        return True

    def answer(self, stream, seconds=20.0):
        """The stream when it is over, one way or the other."""
        self.until(lambda: self.streams[stream].over, seconds)
        return self.streams[stream]

    def ask(self, *fields, **more):
        return self.answer(self.request(head(*fields, **more)))

    def closed(self, seconds=20.0):
        """Whether the server ends the connection within so long."""
        return self.until(lambda: self.eof, seconds) and self.eof

    def alive(self, seconds=20.0):
        """Whether the server answers a PING."""
        before = self.pongs
        with contextlib.suppress(OSError):
            self.send(frames.PingFrame(opaque_data=b"question"))
        return self.until(lambda: self.pongs > before, seconds)

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
