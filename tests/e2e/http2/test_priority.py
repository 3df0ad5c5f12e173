# SPDX-License-Identifier: Apache-2.0
"""RFC 9218: what a client says is urgent is sent first; what it says nothing of shares the connection."""

import contextlib

import pytest

from support.http2 import ENHANCE_YOUR_CALM, FRAME_SIZE_ERROR, PROTOCOL_ERROR, Http2, head

HTTP = """http2 on; ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;
    server { listen 127.0.0.1:@PORT@ ssl; server_name front.test;
        location / { root @DIR@; } location /text { return 200 "text"; } }
"""
WINDOW, SIZE = 65535, 1 << 20
NO_RFC7540_PRIORITIES = 9


@pytest.fixture(scope="module")
def server(serve_module):
    made = serve_module(HTTP)
    made.write("big", bytes(SIZE))
    return made


@pytest.fixture
def client(server):
    """Each stream may bring all at once; the connection's window is given by hand."""
    with Http2(server.port(), window=False, settings={4: SIZE}, keep=False) as made:
        assert made.until(lambda: made.settings) and made.settings[0][NO_RFC7540_PRIORITIES] == 1
        yield made


def ask(client, priority=None):
    stream = client.request([*head("/big"), *([("priority", priority)] if priority is not None else [])])
    assert client.until(lambda: client.streams[stream].heads)
    return stream


def update(client, stream, value):
    return client.frame(0x10, 0, 0, stream.to_bytes(4, "big") + value)


def give(client, streams, n=300_000):
    """What each of the streams gets of that many bytes."""
    before = [client.streams[s].size for s in streams]
    client.give(0, n)
    got = lambda: [client.streams[s].size - b for s, b in zip(streams, before)]  # noqa: E731
    assert client.until(lambda: sum(got()) == n), got()
    return got()


def spent(client, priority=None):
    """A stream that has taken all of the connection's first window."""
    stream = ask(client, priority)
    assert client.until(lambda: client.streams[stream].size == WINDOW)
    return stream


@pytest.mark.parametrize("first, second", [
    ("u=7", "u=0"), ("u=7", None), ("u=4, i", "u=3, i"), (None, "u=2"), (None, "i;q=1, u=0;x"),
    ("u=6", "u=x, u=1")])
def test_the_more_urgent_first(client, first, second):
    later = spent(client, first)
    urgent = ask(client, second)
    assert give(client, [later, urgent]) == [0, 300_000]


@pytest.mark.parametrize("first, second", [("u=0", "u=7"), ("u=1", "u=1"), (None, "u=4"), ("u=3", None)])
def test_the_less_urgent_waits(client, first, second):
    urgent = spent(client, first)
    later = ask(client, second)
    assert give(client, [urgent, later]) == [300_000, 0]
    assert give(client, [urgent, later], SIZE)[0] == SIZE - WINDOW - 300_000, "and then gets the rest"


@pytest.mark.parametrize("first, second", [(None, None), ("u=3, i", None), ("i", "i"), ("u=0, i", "u=0, i")])
def test_equals_share(client, first, second):
    streams = [spent(client, first), ask(client, second)]
    got = give(client, streams)
    assert min(got) > 50_000, got


@pytest.mark.parametrize("value", ["u=", "=", "u=1,,", "\"", "u=99999999999999999999", "((", "u=0 x", ",",
                                   "u=8", "u=-1", "u=a", "u=0.5", "u=?1"])
def test_malformed(client, value):
    """Ignored: the request is served, as urgent as one that says nothing (4.1)."""
    streams = [spent(client, "u=2"), ask(client, value), ask(client, "u=4")]
    assert give(client, streams) == [300_000, 0, 0]
    rest = SIZE - WINDOW - 300_000
    assert give(client, streams, rest + 300_000) == [rest, 300_000, 0]


def test_a_change_of_mind(client):
    first, second = spent(client, "u=1"), ask(client, "u=5")
    assert give(client, [first, second]) == [300_000, 0]
    update(client, first, b"u=7")
    assert client.alive()
    assert give(client, [first, second]) == [0, 300_000]
    update(client, second, b"(")
    assert client.alive()
    assert give(client, [first, second]) == [0, 300_000]


def test_an_update_before_its_stream(client):
    first = spent(client)
    update(client, first + 2, b"u=0")
    assert client.alive()
    second = ask(client)
    assert second == first + 2 and give(client, [first, second]) == [0, 300_000]


@pytest.mark.parametrize("frame", [
    lambda c: c.frame(0x10, 0, 1, b"\0\0\0\1u=1"), lambda c: c.frame(0x10, 0, 0, b"\0\0\0")])
def test_updates_that_are_refused(client, frame):
    """7.1: on a stream, too short."""
    spent(client)
    frame(client)
    assert client.until(lambda: client.goaway is not None) and client.goaway in (PROTOCOL_ERROR, FRAME_SIZE_ERROR)


def test_the_old_scheme_counts_for_nothing(client):
    """RFC 9113, 5.3.2: PRIORITY frames, and what HEADERS say of dependencies, are passed over."""
    streams = [spent(client), ask(client)]
    client.frame(2, 0, streams[0], streams[1].to_bytes(4, "big") + b"\x01")
    assert client.alive() and min(give(client, streams)) > 50_000


@pytest.mark.parametrize("ahead", [False, True])
def test_a_flood_of_updates(client, ahead):
    """Of one stream, or of streams to come."""
    stream = spent(client)
    with contextlib.suppress(OSError):
        for i in range(3000):
            update(client, stream + 2 * i * ahead, b"u=1")
    assert client.closed(10) and client.goaway in (ENHANCE_YOUR_CALM, PROTOCOL_ERROR, None)
