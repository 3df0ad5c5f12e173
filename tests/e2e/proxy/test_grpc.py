# SPDX-License-Identifier: Apache-2.0
"""gRPC through grpc_pass, with gRPC's own library as client and server, and nginx for comparison."""

import concurrent.futures
import contextlib
import threading
import time

import grpc
import pytest

from support.h2_backend import H2Backend
from support.http2 import CANCEL, Http2, head
from support.rawhttp import ask
from support.servers import wait_for

CERTIFICATE = "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"
MUTUAL = CERTIFICATE + " ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;"


def config(h2):
    return """
    client_max_body_size 0;
    upstream service { server @B@ max_fails=0; keepalive 8; }
    log_format calls "$request_uri $status $upstream_status $sent_trailer_grpc_status";
    server { """ + h2("@PORT@", "") + """ grpc_read_timeout 5s;
        location / { grpc_pass service; }
        location /own/ { grpc_pass grpc://@B@; grpc_set_header Host own.test; grpc_set_header x-added $request_method; }
    }
    server { """ + h2("@PORT2@", "ssl") + MUTUAL + """ server_name front.test;
        location / { grpc_pass service; grpc_set_header x-client $ssl_client_s_dn; }
    }
"""


YETT = config(lambda port, more: f"listen 127.0.0.1:{port} {more}; http2 on; ")
NGINX = config(lambda port, more: f"listen 127.0.0.1:{port} http2 {more}; ")


class Service(grpc.GenericRpcHandler):
    """Bytes in, bytes out, by the method's name."""

    def __init__(self):
        self.metadata, self.cancelled, self.got = {}, threading.Event(), []

    def service(self, details):
        name = details.method.rsplit("/", 1)[1]
        self.metadata[name] = dict(details.invocation_metadata)
        kind = name.split("_")[0]
        made = {"unary": grpc.unary_unary_rpc_method_handler,
                "down": grpc.unary_stream_rpc_method_handler,
                "up": grpc.stream_unary_rpc_method_handler,
                "both": grpc.stream_stream_rpc_method_handler}.get(kind)
        return made(getattr(self, kind)) if made else None

    def unary(self, data, ctx):
        ctx.send_initial_metadata((("x-first", "1"),))
        ctx.set_trailing_metadata((("x-last", "2"),))
        if data == b"fail":
            ctx.abort(grpc.StatusCode.FAILED_PRECONDITION, "not möglich")
        if data == b"wait":
            ctx.add_callback(self.cancelled.set)
            self.cancelled.wait(10)
        return data[::-1]

    def down(self, data, ctx):
        for i in range(int(data)):
            yield b"%d" % i * 1000

    def up(self, parts, ctx):
        return b"%d" % sum(len(part) for part in parts)

    def both(self, parts, ctx):
        for part in parts:
            self.got.append(part)
            yield part + b"!"
            if part == b"stop":
                ctx.abort(grpc.StatusCode.ABORTED, "stopped")


@contextlib.contextmanager
def running(credentials=None):
    service = Service()
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(16), handlers=(service,),
                         options=[("grpc.so_reuseport", 0)])
    port = (server.add_secure_port("127.0.0.1:0", credentials) if credentials
            else server.add_insecure_port("127.0.0.1:0"))
    server.start()
    service.port = port
    try:
        yield service
    finally:
        service.cancelled.set()
        server.stop(0).wait()


@pytest.fixture(scope="module")
def service():
    with running() as made:
        yield made


@pytest.fixture(scope="module", params=["yett", "nginx"])
def server(request, serve_module, service):
    values = {"B": f"127.0.0.1:{service.port}"}
    if request.param == "nginx":
        return serve_module(NGINX, values=values, binary="/usr/sbin/nginx")
    return serve_module(YETT, values=values)


@pytest.fixture(scope="module")
def channel(server):
    with grpc.insecure_channel(f"127.0.0.1:{server.port()}") as made:
        yield made


def test_unary(channel, service):
    reply, call = channel.unary_unary("/s/unary").with_call(
        b"hello", timeout=10, metadata=(("x-meta", "value"), ("x-bin", b"\0\xff")))
    assert reply == b"olleh"
    assert dict(call.initial_metadata())["x-first"] == "1"
    assert dict(call.trailing_metadata())["x-last"] == "2"
    got = service.metadata["unary"]
    assert got["x-meta"] == "value" and got["x-bin"] == b"\0\xff"


@pytest.mark.parametrize("size", [0, 1, 100_000, 3_000_000])
def test_sizes(channel, size):
    assert channel.unary_unary("/s/unary")(b"a" * size, timeout=20) == b"a" * size


def test_a_status_reaches_the_client(channel):
    with pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/s/unary")(b"fail", timeout=10)
    assert raised.value.code() == grpc.StatusCode.FAILED_PRECONDITION
    assert raised.value.details() == "not möglich"
    assert dict(raised.value.trailing_metadata())["x-last"] == "2"


def test_an_unknown_method(channel):
    """The answer is a head that ends the stream (trailers-only)."""
    with pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/s/none")(b"", timeout=10)
    assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_streams(channel):
    got = list(channel.unary_stream("/s/down")(b"300", timeout=20))
    assert len(got) == 300 and got[299] == b"299" * 1000
    assert channel.stream_unary("/s/up")(iter([b"x" * 10_000] * 50), timeout=20) == b"500000"


def test_both_ways_at_once(channel):
    """Each message is answered before the next is sent: nothing waits for the end of a body."""
    heard = threading.Event()

    def say():
        for i in range(20):
            yield b"%d" % i
            assert heard.wait(10)
            heard.clear()
    count = 0
    for reply in channel.stream_stream("/s/both")(say(), timeout=20):
        assert reply == b"%d!" % count
        count += 1
        heard.set()
    assert count == 20


def test_the_service_ends_a_stream_early(channel):
    def say():
        yield b"stop"
        time.sleep(10)
    with pytest.raises(grpc.RpcError) as raised:
        list(channel.stream_stream("/s/both")(say(), timeout=8))
    assert raised.value.code() == grpc.StatusCode.ABORTED


def test_a_deadline_cancels_the_call_at_the_service(channel, service):
    service.cancelled.clear()
    with pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/s/unary")(b"wait", timeout=0.5)
    assert raised.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED
    assert service.cancelled.wait(5)


def test_many_calls_at_once(channel):
    ask_one = channel.unary_unary("/s/unary")
    calls = [ask_one.future(b"%d" % i, timeout=20) for i in range(200)]
    assert [call.result() for call in calls] == [(b"%d" % i)[::-1] for i in range(200)]


def test_set_headers(channel, service):
    channel.unary_unary("/own/unary_own")(b"x", timeout=10)
    assert service.metadata["unary_own"]["x-added"] == "POST"


# -- the gate ----------------------------------------------------------------------------------------

def secure(pki, server, name):
    def read(path):
        with open(pki.path(path), "rb") as file:
            return file.read()
    pair = {"private_key": read(name + ".key"), "certificate_chain": read(name + ".crt")} if name else {}
    credentials = grpc.ssl_channel_credentials(root_certificates=read("ca.crt"), **pair)
    return grpc.secure_channel(f"127.0.0.1:{server.port('PORT2')}", credentials,
                               options=[("grpc.ssl_target_name_override", "front.test")])


def test_a_client_certificate_is_demanded(server, pki, service):
    with secure(pki, server, "good") as channel:
        assert channel.unary_unary("/s/unary_good")(b"ab", timeout=10) == b"ba"
    assert "good machine" in service.metadata["unary_good"]["x-client"]
    for name in ("revoked", "expired", None):
        with secure(pki, server, name) as channel, pytest.raises(grpc.RpcError):
            channel.unary_unary("/s/unary_bad")(b"ab", timeout=5)
    assert "unary_bad" not in service.metadata


def test_over_tls_with_an_own_certificate(serve, pki):
    """The service demands a client certificate; only the location that has one is served."""
    def read(path):
        with open(pki.path(path), "rb") as file:
            return file.read()
    credentials = grpc.ssl_server_credentials(
        [(read("srv-backend.key"), read("srv-backend.crt"))], read("ca.crt"), True)
    with running(credentials) as service:
        server = serve("""
            upstream service { server 127.0.0.1:@B@ max_fails=0; keepalive 4; }
            server { listen 127.0.0.1:@PORT@; http2 on;
                grpc_ssl_verify on; grpc_ssl_trusted_certificate @PKI@/ca.crt; grpc_ssl_name backend.test;
                location / { grpc_pass grpcs://service; grpc_ssl_certificate @PKI@/good.crt;
                    grpc_ssl_certificate_key @PKI@/good.key; }
                location /none/ { grpc_pass grpcs://service; }
                location /name/ { grpc_pass grpcs://service; grpc_ssl_name wrong.test;
                    grpc_ssl_certificate @PKI@/good.crt; grpc_ssl_certificate_key @PKI@/good.key; } }""",
                       values={"B": service.port})
        with grpc.insecure_channel(f"127.0.0.1:{server.port()}") as channel:
            assert channel.unary_unary("/s/unary")(b"ab", timeout=10) == b"ba"
            for path in ("/none/unary", "/name/unary"):
                with pytest.raises(grpc.RpcError):
                    channel.unary_unary(path)(b"ab", timeout=10)
        server.wait_log('upstream SSL certificate does not match "wrong.test"')


# -- HTTP --------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def plain():
    with H2Backend() as made:
        yield made


@pytest.fixture(scope="module")
def front(serve_module, plain):
    return serve_module(YETT, values={"B": plain.address})


def over_http2(server, path, *fields, body=b"x"):
    with Http2(server.port(), plain=True) as client:
        stream = client.request(head(path, "POST", "front.test", *fields, scheme="http"), end=False)
        client.data(stream, body, end=True)
        return client.answer(stream)


def test_te_is_passed_on_if_the_client_said_it(front, plain):
    over_http2(front, "/te", ("te", "trailers"), ("content-type", "application/grpc"))
    assert plain.last().get("te") == "trailers" and plain.last().get("content-type") == "application/grpc"
    over_http2(front, "/te")
    assert plain.last().get("te") is None


def test_trailers_over_http1(front, plain):
    plain.on("/trailers", lambda call: call.head(200).data(b"body").trail(("grpc-status", "3")))
    answer = ask(front.port(), "POST /trailers", body=b"x")
    assert answer.body == b"body" and answer.trailers == [("grpc-status", "3")]


def test_authority(front, plain):
    over_http2(front, "/x")
    assert plain.last().get(":authority") == "service"
    over_http2(front, "/own/x")
    assert plain.last().get(":authority") == "own.test"


def test_a_reset_of_the_client_cancels(front, plain):
    plain.on("/cancel#head", lambda call: call.head(200).data(b"part"))
    with Http2(front.port(), plain=True) as client:
        stream = client.request(head("/cancel", "POST", "front.test", scheme="http"), end=False)
        assert client.until(lambda: client.streams[stream].body == b"part")
        client.reset(stream)
        wait_for(lambda: plain.of("/cancel")[0].reset == CANCEL, what="RST_STREAM(CANCEL)")
        assert client.alive()


def test_a_backend_that_is_not_there(serve):
    server = serve(YETT, values={"B": "127.0.0.1:1"})
    answer = over_http2(server, "/x", ("content-type", "application/grpc"))
    assert answer.status == 502


# -- what is refused at load -------------------------------------------------------------------------

REFUSED = {
    "grpc_pass 127.0.0.1;": 'no port in upstream "127.0.0.1"',
    "grpc_pass grpc://127.0.0.1:1/path;": "invalid host in upstream",
    "grpc_pass http://127.0.0.1:1;": 'invalid port in upstream "http://127.0.0.1:1"',
    "grpc_pass;": 'invalid number of arguments in "grpc_pass" directive',
    "grpc_pass a.invalid.:1;": "host not found in upstream",
    "grpc_pass 127.0.0.1:1; grpc_pass 127.0.0.1:2;": '"grpc_pass" directive is duplicate',
    "grpc_pass grpcs://127.0.0.1:1; grpc_ssl_verify on;": "grpc_ssl_trusted_certificate",
    "grpc_pass grpcs://127.0.0.1:1; grpc_ssl_certificate @PKI@/good.crt;": '"grpc_ssl_certificate_key"',
    "grpc_pass 127.0.0.1:1; grpc_buffering off;": 'unknown directive "grpc_buffering"',
}


@pytest.mark.parametrize("lines", REFUSED)
def test_refused(serve, lines):
    server = serve("server { listen 127.0.0.1:@PORT@; location / { " + lines + " } }", start=False)
    done = server.run("-t")
    assert done.returncode == 1 and REFUSED[lines] in done.stderr, done.stderr


@pytest.mark.parametrize("lines", [
    "grpc_pass 127.0.0.1:1;", "grpc_pass grpc://[::1]:1;", "grpc_pass unix:/tmp/x;",
    "grpc_pass $host:50051; resolver 127.0.0.1;", "grpc_pass grpcs://127.0.0.1:1;",
    "grpc_pass 127.0.0.1:1; grpc_next_upstream error timeout http_503 non_idempotent;",
    "grpc_pass 127.0.0.1:1; grpc_hide_header x; grpc_pass_header date; grpc_ignore_headers X-Accel-Redirect;",
    "grpc_pass 127.0.0.1:1; grpc_buffer_size 8k; grpc_socket_keepalive on; grpc_intercept_errors on;",
    "grpc_pass 127.0.0.1:1; grpc_bind 127.0.0.1; grpc_connect_timeout 1s; grpc_send_timeout 1s;",
    "if ($arg_x) { grpc_pass 127.0.0.1:1; }"])
def test_accepted(serve, lines):
    server = serve("server { listen 127.0.0.1:@PORT@; location / { " + lines + " } }", start=False)
    server.run("-t", check=True)
