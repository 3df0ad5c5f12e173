# SPDX-License-Identifier: Apache-2.0
"""An HTTP/2 backend that records what reached it, and misbehaves when told to.

It answers with a JSON description of the request. A path given to `on()` gets other treatment: a
function gets the Call. "PATH#head" is called when the head is there, before the body.
"""

import contextlib
import json
import socket
import threading

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings


class Call:
    """One request, and how to answer it."""

    def __init__(self, conn, stream, headers):
        self.conn, self.stream, self.headers = conn, stream, headers
        self.body, self.trailers, self.reset, self.ended = b"", [], None, False
        self.over = threading.Event()           # reset, or the connection ended

    def get(self, name, default=None):
        return next((v for n, v in self.headers if n == name), default)

    @property
    def path(self):
        return self.get(":path", "").split("?", 1)[0]

    def head(self, status=200, *fields, end=False):
        self.conn.do(lambda h: h.send_headers(self.stream, [(":status", str(status)), *fields],
                                              end_stream=end))
        return self

    def data(self, data, end=False):
        """Within the windows."""
        view = memoryview(data)
        while len(view) or end:
            n = self.conn.room(self, len(view))
            if n is None:
                return self
            part, view = bytes(view[:n]), view[n:]
            last = end and not len(view)
            self.conn.do(lambda h, part=part, last=last: h.send_data(self.stream, part, last))
            if last:
                break
        return self

    def trail(self, *fields):
        self.conn.do(lambda h: h.send_headers(self.stream, list(fields), end_stream=True))
        return self

    def abort(self, code):
        self.conn.do(lambda h: h.reset_stream(self.stream, code))

    def raw_head(self, *fields, flags=4):
        """HEADERS without any check; flags 5 ends the stream."""
        with self.conn.changed:
            self.frame(1, flags, self.conn.h2.encoder.encode(fields))

    def frame(self, kind, flags, payload, stream=None):
        stream = self.stream if stream is None else stream
        self.conn.raw(len(payload).to_bytes(3, "big") + bytes([kind, flags])
                      + stream.to_bytes(4, "big") + payload)

    def text(self, status=200, body="", *fields):
        data = body.encode()
        self.head(status, ("content-length", str(len(data))), *fields, end=not data)
        if data:
            self.data(data, end=True)


class Connection:
    def __init__(self, backend, sock, number):
        self.backend, self.sock, self.number = backend, sock, number
        self.h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.changed = threading.Condition(threading.RLock())
        self.calls, self.gone, self.pings = {}, False, 0

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.sock.sendall(data)

    def do(self, action):
        with self.changed, contextlib.suppress(OSError, h2.exceptions.ProtocolError):
            action(self.h2)
            self.flush()

    def raw(self, data):
        with self.changed, contextlib.suppress(OSError):
            self.flush()
            self.sock.sendall(data)

    def room(self, call, want):
        with self.changed:
            while not self.gone and call.reset is None:
                try:
                    n = min(want, self.h2.local_flow_control_window(call.stream),
                            self.h2.max_outbound_frame_size)
                except h2.exceptions.ProtocolError:
                    return None
                if n or not want:
                    return n
                self.changed.wait(10)
        return None

    def serve(self):
        with self.changed:
            self.h2.local_settings = h2.settings.Settings(
                client=False, initial_values=self.backend.settings)
            self.h2.decoder.max_header_list_size = self.backend.settings.get(6, 1 << 16)
            self.h2.initiate_connection()
            self.flush()
        try:
            while data := self.sock.recv(65536):
                with self.changed:
                    for event in self.h2.receive_data(data):
                        self.take(event)
                    self.flush()
                    self.changed.notify_all()
        except (OSError, h2.exceptions.ProtocolError) as error:
            self.error = error
        with self.changed:
            self.gone = True
            self.changed.notify_all()
        for call in list(self.calls.values()):
            call.over.set()
        with contextlib.suppress(OSError):
            self.sock.close()

    def take(self, event):
        call = self.calls.get(getattr(event, "stream_id", None))
        if isinstance(event, h2.events.RequestReceived):
            call = self.calls[event.stream_id] = Call(self, event.stream_id, event.headers)
            self.backend.calls.append(call)
            self.run(call, call.path + "#head")
        elif isinstance(event, h2.events.DataReceived):
            call.body += event.data
            if call.path not in self.backend.greedy:
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.TrailersReceived):
            call.trailers = event.headers
        elif isinstance(event, h2.events.StreamEnded):
            call.ended = True
            if not self.run(call, call.path) and call.path + "#head" not in self.backend.answers:
                self.run(call, None)
        elif isinstance(event, h2.events.StreamReset) and call:
            call.reset = event.error_code
            call.over.set()
        elif isinstance(event, h2.events.PingReceived):
            self.pings += 1
        elif isinstance(event, h2.events.ConnectionTerminated):
            self.backend.goaways.append(event.error_code)

    def run(self, call, path):
        answer = self.backend.answers.get(path, describe if path is None else None)
        if answer:
            threading.Thread(target=answer, args=(call,), daemon=True).start()
        return bool(answer)


def describe(call):
    call.text(200, json.dumps({"headers": call.headers, "body": call.body.decode("latin-1"),
                               "connection": call.conn.number, "trailers": call.trailers}),
              ("content-type", "application/json"))


class H2Backend:
    def __init__(self, path=None, tls=None, settings=None):
        if path:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.bind(path)
            self.sock.listen(64)
            self.address = f"unix:{path}"
        else:
            self.sock = socket.create_server(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % self.sock.getsockname()[1]
        self.tls, self.settings = tls, settings or {}
        self.calls, self.answers, self.greedy, self.goaways = [], {}, set(), []
        self.connections, self.open = 0, []
        threading.Thread(target=self._accept, daemon=True).start()

    def on(self, path, answer):
        self.answers[path] = answer

    def last(self):
        return self.calls[-1]

    def of(self, path):
        return [call for call in self.calls if call.path == path]

    def _accept(self):
        while True:
            try:
                sock, _ = self.sock.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._begin, args=(sock, self.connections), daemon=True).start()

    def _begin(self, sock, number):
        try:
            sock = self.tls.wrap_socket(sock, server_side=True) if self.tls else sock
        except OSError:
            return
        conn = Connection(self, sock, number)
        self.open.append(conn)
        conn.serve()

    def stop(self):
        for sock in [self.sock] + [conn.sock for conn in self.open]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
