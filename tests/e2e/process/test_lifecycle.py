# SPDX-License-Identifier: Apache-2.0
"""Command line, signals, reload, and what the master and its workers owe to people's scripts."""

import os
import pwd
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from support import rawhttp
from support.backend import stall
from support.rawhttp import Conn, ask
from support.servers import YETT, YETT_IS_NGINX, free_port, wait_for

HELLO = "server { listen 127.0.0.1:@PORT@; location / { return 200 hello; } }"

# name: (configuration inside http {}, what the message says, the line in the block it names)
BROKEN = {
    "unknown directive": (
        "server {\n  listen 127.0.0.1:@PORT@;\n  lisen 80;\n}",
        r'unknown directive "lisen"', 3),
    "no semicolon": ("server {\n  listen 127.0.0.1:@PORT@\n}", r'unexpected "}"', 3),
    "unclosed": (
        "server {\n  listen 127.0.0.1:@PORT@;",
        r'unexpected end of file, expecting "}"', None),
    "extra brace": ("server { listen 127.0.0.1:@PORT@; }\n}\n}", r'unexpected "}"', None),
    "wrong context": ("listen 127.0.0.1:@PORT@;", r'"listen" directive is not allowed here', 1),
    "wrong number": (
        "server {\n  server_tokens;\n}",
        r'invalid number of arguments in "server_tokens" directive', 2),
    "bad flag": (
        "server {\n  merge_slashes maybe;\n}",
        r'invalid value "maybe" in "merge_slashes" directive', 2),
    "duplicate": ("server {\n  root /a;\n  root /b;\n}", r'"root" directive is duplicate', 3),
    "unknown variable": (
        "server {\n  listen 127.0.0.1:@PORT@;\n  return 200 $nope_such;\n}",
        r'unknown "nope_such" variable', None),
    "bad regex": (
        "server {\n  location ~ ( { }\n}",
        r"pcre2?_compile\(\) failed|regular expression|regex", 2),
    "missing include": ("include @DIR@/nowhere.conf;", r"nowhere\.conf.*No such file", 1),
    "duplicate location": (
        "server {\n  location /a { }\n  location /a { }\n}",
        r'duplicate location "/a"', 3),
    "bad port": ("server {\n  listen 127.0.0.1:99999;\n}", r'invalid port', 2),
    "bad size": ("client_max_body_size 10x;", r'"client_max_body_size" directive invalid value', 1),
    "bad time": (
        "keepalive_timeout 10x;",
        r'"keepalive_timeout" directive invalid value|invalid value "10x"', 1),
    "return outside": (
        "server {\n  location / { return 1000; }\n}",
        r'invalid return code "1000"', 2),
    "unknown upstream parameter": (
        "upstream u {\n  server 127.0.0.1:1 wait=1;\n}",
        r'invalid parameter "wait=1"', 2),
    "missing log format": (
        "server {\n  access_log /dev/null nofmt;\n}",
        r'unknown log format "nofmt"', 2),
    "bad cidr": (
        "server {\n  allow 10.0.0.0/99;\n}",
        r'invalid (parameter|value|network).*10\.0\.0\.0/99', 2),
    "duplicate default": (
        "server {\n  listen 127.0.0.1:@PORT@ default_server;\n}\nserver {\n"
        "  listen 127.0.0.1:@PORT@ default_server;\n}",
        r"duplicate default server", 5),
}
PAIR = "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key; "
VERIFY = "ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; "
TLS_BROKEN = {
    "missing certificate": (
        "ssl_certificate @PKI@/none.crt; ssl_certificate_key @PKI@/srv-front.key;",
        r"none\.crt"),
    "missing key": (
        "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/none.key;",
        r"none\.key"),
    "key of another": (
        "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-a.key;",
        r"key values mismatch|does not match|srv-a\.key"),
    "garbage certificate": (
        "ssl_certificate @PKI@/garbage.pem; ssl_certificate_key @PKI@/srv-front.key;",
        r"garbage\.pem"),
    "empty CA file": (
        PAIR + "ssl_verify_client on; ssl_client_certificate @PKI@/empty.pem;",
        r"empty\.pem"),
    "missing CA file": (
        PAIR + "ssl_verify_client on; ssl_client_certificate @PKI@/none.pem;",
        r"none\.pem"),
    "verify without a CA": (
        PAIR + "ssl_verify_client on;",
        r"no ssl_client_certificate for ssl_verify_client|ssl_client_certificate"),
    "missing CRL": (PAIR + VERIFY + "ssl_crl @PKI@/none.crl;", r"none\.crl"),
    "garbage CRL": (PAIR + VERIFY + "ssl_crl @PKI@/garbage.crl;", r"garbage\.crl"),
    "empty CRL": (PAIR + VERIFY + "ssl_crl @PKI@/empty.pem;", r"empty\.pem"),
    "wrong password": (
        "ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/enc.key; ssl_password_file @PKI@/wrong.pass;",
        r"enc\.key"),
    "no certificate": ("", r'no "ssl_certificate" is defined'),
    "bad protocol": ("ssl_protocols TLSv9;", r'invalid value "TLSv9"'),
    "bad ciphers": (PAIR + "ssl_ciphers NONSENSE;", r"NONSENSE"),
    "bad curve": (PAIR + "ssl_ecdh_curve nonsense;", r"nonsense"),
    "bad verify": ("ssl_verify_client maybe;", r'invalid value "maybe"'),
    "missing dhparam": (PAIR + "ssl_dhparam @PKI@/none.pem;", r"none\.pem"),
}


def refuses(server, pattern):
    done = server.run("-t")
    assert done.returncode == 1, done
    assert re.search(pattern, done.stderr), done.stderr
    assert "[emerg]" in done.stderr
    assert f"configuration file {server.conf_path} test failed" in done.stderr
    return done.stderr


# -- the command line ------------------------------------------------------------------------------

def test_good_configuration(serve):
    server = serve(HELLO, start=False)
    done = server.run("-t")
    assert done.returncode == 0
    assert f"the configuration file {server.conf_path} syntax is ok" in done.stderr
    assert f"configuration file {server.conf_path} test is successful" in done.stderr
    assert not os.path.exists(server.pid_path) or not server.pid()


def test_quiet(serve):
    server = serve(HELLO, start=False)
    done = server.run("-t", "-q")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    server.configure(server.wrap("nonsense;"))
    done = server.run("-t", "-q")
    assert done.returncode == 1 and "nonsense" in done.stderr


@pytest.mark.parametrize("name", BROKEN)
def test_broken_configuration(serve, name):
    text, pattern, line = BROKEN[name]
    server = serve(text, start=False)
    message = refuses(server, pattern)
    if line:
        first = server.conf.split("\n").index(server.expand(text).split("\n")[0]) + 1
        assert f"{server.conf_path}:{first + line - 1}" in message, message


@pytest.mark.parametrize("name", TLS_BROKEN)
def test_broken_tls(serve, name):
    extra, pattern = TLS_BROKEN[name]
    server = serve(f"server {{ listen 127.0.0.1:@PORT@ ssl; {extra} }}", start=False)
    if name == "empty CRL" and YETT_IS_NGINX:
        pytest.skip("nginx 1.22 takes an empty list as no list")
    refuses(server, pattern)


@pytest.mark.yett_only("its messages have no suggestions")
def test_nearest_name(serve):
    message = refuses(serve("server { proxy_passs http://x; }", start=False), "proxy_passs")
    assert '"proxy_pass"' in message or "proxy_pass?" in message or "proxy_pass" in message.replace(
        "proxy_passs", "")


@pytest.mark.yett_only("nginx knows other directives")
@pytest.mark.parametrize("directive", ["ssl_early_data on;", "post_action /x;"])
def test_refused_directives(serve, directive):
    message = refuses(serve(f"server {{\n{directive}\n}}", start=False), directive.split()[0])
    assert server_line(message)


def server_line(message):
    return re.search(r"server\.conf:\d+", message)


def test_broken_include_names_the_included_file(serve):
    server = serve("include @DIR@/sub/*.conf;", start=False,
                   files={"sub/a.conf": "server_tokens on;\n", "sub/b.conf": "\n\nbogus on;\n"})
    assert f"{server.dir}/sub/b.conf:3" in refuses(server, 'unknown directive "bogus"')


def test_broken_does_not_start(serve):
    server = serve("bogus;", start=False)
    done = server.run("-g", "daemon off;")
    assert done.returncode == 1 and "bogus" in done.stderr
    assert "bogus" in server.log()


def test_missing_file():
    done = subprocess.run([YETT, "-t", "-c", "/nonexistent/x.conf", "-e", "/dev/null"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "/nonexistent/x.conf" in done.stderr


def test_dump(serve):
    server = serve("include @DIR@/sub/*.conf;\n" + HELLO, start=False,
                   files={"sub/a.conf": "# a comment\nserver_tokens on;\n"})
    done = server.run("-T")
    assert done.returncode == 0
    assert f"# configuration file {server.conf_path}:" in done.stdout
    assert f"# configuration file {server.dir}/sub/a.conf:" in done.stdout
    assert "# a comment\nserver_tokens on;" in done.stdout and "return 200 hello" in done.stdout


def test_version():
    done = subprocess.run([YETT, "-v"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert re.search(r"version: \w+/\d+\.\d+", done.stdout + done.stderr)
    done = subprocess.run([YETT, "-V"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "OpenSSL" in done.stdout + done.stderr


def test_help():
    done = subprocess.run([YETT, "-h"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    for option in ("-c", "-p", "-e", "-g", "-t", "-T", "-q", "-s", "-v", "-V"):
        assert option in done.stdout + done.stderr


@pytest.mark.parametrize("args", [["-x"], ["-s", "explode"], ["-c"], ["-q", "stray"]])
def test_bad_options(args):
    done = subprocess.run([YETT, *args], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and done.stderr


def test_g_sets_main_directives(serve):
    server = serve(HELLO, start=False)
    done = server.run("-t", "-g", "worker_processes bogus;")
    assert done.returncode == 1 and "worker_processes" in done.stderr


@pytest.mark.parametrize("words", [["-t"], ["-T"], [], ["-s", "stop"]])
@pytest.mark.parametrize("block", ["http { server { listen 127.0.0.1:@PORT@; } }", "events { }"])
def test_g_takes_no_blocks(serve, words, block):
    server = serve(HELLO, start=False)
    block = block.replace("@PORT@", str(server.port()))
    done = server.run(*words, "-g", block, timeout=20)
    assert done.returncode == 1
    assert "block directives are not supported in -g option in command line" in done.stderr


def test_prefix_of_relative_paths(serve):
    """Files are found beside the configuration, logs and roots under the prefix."""
    server = serve("""
    access_log rel-access.log; include rel.inc;
    server { listen 127.0.0.1:@PORT@; root html; }""", files={"rel.inc": "server_tokens off;\n",
                                                          "html/x.txt": "from the prefix"})
    assert ask(server.port(), "GET /x.txt").text == "from the prefix"
    server.wait_log("GET /x.txt", "rel-access.log")


def test_signal_without_a_pid_file(serve):
    server = serve(HELLO, start=False)
    done = server.run("-s", "stop")
    assert done.returncode == 1 and "server.pid" in done.stderr


def test_port_in_use(serve):
    first = serve(HELLO)
    second = serve(HELLO.replace("@PORT@", str(first.port())), start=False)
    done = second.run("-g", "daemon off;", timeout=30)
    assert done.returncode == 1
    assert f"bind() to 127.0.0.1:{first.port()} failed (98: Address already in use)" in done.stderr
    assert ask(first.port()).text == "hello"


def runs(pid):
    """Not so what has ended and is nobody's child to be waited for, as where the first process does not do that."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as text:
            return text.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_daemon(serve):
    """daemon on: the command returns once the server answers; -s quit ends it."""
    server = serve(HELLO, start=False)
    port = int(re.search(r"127\.0\.0\.1:(\d+)", server.conf)[1])
    done = server.run("-g", "daemon on;")
    assert done.returncode == 0, done.stderr
    pid = wait_for(server.pid, 5, "pid file")
    try:
        assert ask(port).text == "hello"
        assert os.getsid(pid) != os.getsid(0)
        server.run("-s", "quit", check=True)
        wait_for(lambda: not runs(pid), 10, "the daemon to end")
        assert not os.path.exists(server.pid_path)
    finally:
        if runs(pid):
            os.kill(pid, signal.SIGKILL)


# -- signals ---------------------------------------------------------------------------------------

def ended(server, timeout=10):
    """Waits for the server to end on its own and checks how it did."""
    process, server.process = server.process, None
    process.wait(timeout)
    server.check_reports()
    assert process.returncode == 0
    assert not os.path.exists(server.pid_path)


@pytest.mark.parametrize("how", ["-s stop", "-s quit", "TERM", "INT", "QUIT"])
def test_ends(serve, how):
    server = serve(HELLO)
    workers = server.workers()
    assert ask(server.port()).text == "hello"
    if how.startswith("-s"):
        server.run(*how.split(), check=True)
    else:
        server.kill(getattr(signal, "SIG" + how))
    ended(server)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in workers)
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port()), 2)


def test_pid_file_after_listening(serve):
    """Whoever sees the pid file can connect."""
    for _ in range(5):
        server = serve(HELLO, start=False)
        port = int(re.search(r"127\.0\.0\.1:(\d+)", server.conf)[1])
        seen = []

        def watch(path=server.pid_path, port=port, seen=seen):
            end = time.monotonic() + 10
            while time.monotonic() < end:
                if os.path.exists(path) and os.path.getsize(path):
                    with socket.socket() as probe:
                        seen.append(probe.connect_ex(("127.0.0.1", port)))
                    return
        watcher = threading.Thread(target=watch)
        watcher.start()
        server.start()
        watcher.join()
        assert seen == [0]
        with open(server.pid_path, encoding="ascii") as text:
            assert text.read() == f"{server.process.pid}\n"


def test_logs_exist_from_the_start(serve):
    server = serve("server { listen 127.0.0.1:@PORT@; access_log @DIR@/a.log; return 200; }\n"
                   "server { listen 127.0.0.1:@PORT2@; error_log @DIR@/e2.log; return 200; }")
    assert all(os.path.exists(os.path.join(server.dir, f)) for f in ("a.log", "error.log", "e2.log"))


def test_error_log_format(serve):
    server = serve("server { listen 127.0.0.1:@PORT@; root @DIR@/html; server_name n.test; }")
    ask(server.port(), "GET /none?x", host="n.test")
    line = server.wait_log(r".*/html/none.*").group(0)
    assert re.match(r'\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[error\] \d+#\d+: \*\d+ .*\(2: No such file or '
                    r'directory\), client: 127\.0\.0\.1, server: n\.test, request: '
                    r'"GET /none\?x HTTP/1\.1", host: "n\.test"', line), line


def test_error_log_level(serve):
    server = serve("server { listen 127.0.0.1:@PORT@; root @DIR@/html; }", log_level="crit")
    assert ask(server.port(), "GET /none").status == 404
    assert "/none" not in server.log()


def test_reopen(serve):
    server = serve("access_log @DIR@/a.log;\n" + HELLO)
    ask(server.port(), "GET /before")
    server.wait_log("/before", "a.log")
    for name in ("a.log", "error.log"):
        os.rename(os.path.join(server.dir, name), os.path.join(server.dir, name + ".1"))
    server.run("-s", "reopen", check=True)
    wait_for(lambda: os.path.exists(os.path.join(server.dir, "a.log")), 5, "the new log")
    time.sleep(0.3)
    ask(server.port(), "GET /after")
    server.wait_log("/after", "a.log")
    assert "/after" not in server.read("a.log.1") and "/before" not in server.read("a.log")


def test_usr1_reopens(serve):
    server = serve("access_log @DIR@/a.log;\n" + HELLO)
    os.unlink(os.path.join(server.dir, "a.log"))
    server.kill(signal.SIGUSR1)
    wait_for(lambda: os.path.exists(os.path.join(server.dir, "a.log")), 5, "the new log")


# -- QUIT --------------------------------------------------------------------------------------------

def test_quit_finishes_what_is_in_flight(serve, backend):
    backend.release.clear()
    backend.on("/slow", stall(backend.release))
    server = serve("server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://@B@; } }",
                   values={"B": backend.address})
    with Conn(server.port()) as busy, Conn(server.port()) as idle:
        idle.ask("GET /echo")
        before = len(backend.requests)
        busy.send(rawhttp.build("GET /slow"))
        wait_for(lambda: len(backend.requests) > before, 5, "the request at the backend")
        server.kill(signal.SIGQUIT)
        assert idle.closed(5), "an idle connection is closed at once"
        assert server.process.poll() is None
        wait_for(lambda: socket.socket().connect_ex(("127.0.0.1", server.port())) != 0, 5,
                 "the port to be closed")
        backend.release.set()
        answer = busy.read()
        assert (answer.status, answer.text) == (200, "done")
        assert (answer.get("Connection") or "").lower() == "close"
        assert busy.closed(5)
    ended(server)


def test_quit_is_bounded_by_worker_shutdown_timeout(serve, backend):
    backend.release.clear()
    backend.on("/slow", stall(backend.release))
    server = serve("server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://@B@; } }",
                   values={"B": backend.address}, main="worker_shutdown_timeout 1s;")
    with Conn(server.port(), timeout=15) as busy:
        before = len(backend.requests)
        busy.send(rawhttp.build("GET /slow"))
        wait_for(lambda: len(backend.requests) > before, 5, "the request at the backend")
        server.kill(signal.SIGQUIT)
        ended(server, 10)
    backend.release.set()


def test_term_does_not_wait(serve, backend):
    backend.release.clear()
    backend.on("/slow", stall(backend.release))
    server = serve("server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://@B@; } }",
                   values={"B": backend.address})
    with Conn(server.port()) as busy:
        before = len(backend.requests)
        busy.send(rawhttp.build("GET /slow"))
        wait_for(lambda: len(backend.requests) > before, 5, "the request at the backend")
        server.kill(signal.SIGTERM)
        ended(server, 8)
    backend.release.set()


# -- reload ------------------------------------------------------------------------------------------

def answers(server, key="PORT"):
    try:
        return ask(server.port(key)).text
    except (OSError, rawhttp.Closed):
        return None


def test_reload_takes_the_new_configuration(serve):
    server = serve(HELLO)
    old = server.workers()
    server.configure(server.wrap(HELLO.replace("hello", "changed")
                                 + HELLO.replace("@PORT@", "@PORT2@").replace("hello", "added")))
    server.run("-s", "reload", check=True)
    wait_for(lambda: answers(server) == "changed" and answers(server, "PORT2") == "added", 10,
             "the new configuration")
    wait_for(lambda: not set(old) & set(server.workers()), 10, "the old worker to end")
    assert server.pid() == server.process.pid


def test_reload_closes_a_removed_port(serve):
    server = serve(HELLO + HELLO.replace("@PORT@", "@PORT2@"))
    assert answers(server, "PORT2") == "hello"
    server.configure(server.wrap(HELLO))
    server.kill(signal.SIGHUP)
    wait_for(lambda: answers(server, "PORT2") is None, 10, "the port to be closed")
    assert answers(server) == "hello"


@pytest.mark.parametrize("name,broken", [
    ("syntax", "server { listen 127.0.0.1:@PORT@; bogus; }"),
    ("missing certificate", "server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/none; "
                            "ssl_certificate_key @PKI@/none; }"),
    ("missing CRL", "server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/srv-a.crt; "
                    "ssl_certificate_key @PKI@/srv-a.key; ssl_verify_client on; "
                    "ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/none; }"),
    ("port in use", "server { listen 127.0.0.1:@PORT@; return 200 new; }\n"
                    "server { listen 127.0.0.1:@TAKEN@; }")])
def test_broken_reload_changes_nothing(serve, name, broken):
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        server = serve(HELLO, values={"TAKEN": taken.getsockname()[1]})
        workers = server.workers()
        with Conn(server.port()) as kept:
            assert kept.ask().text == "hello"
            server.configure(server.wrap(broken))
            before = len(server.log())
            server.kill(signal.SIGHUP)
            wait_for(lambda: re.search(r"\[emerg\]", server.log()[before:]), 20, "the complaint")
            time.sleep(0.3)
            assert kept.ask().text == "hello"
        assert answers(server) == "hello"
        assert server.workers() == workers
        assert server.process.poll() is None


def test_reload_refuses_before_signalling(serve):
    """-s reload reads the configuration first, as nginx's does, and says what is wrong."""
    server = serve(HELLO)
    server.configure(server.wrap("bogus;"))
    done = server.run("-s", "reload")
    assert done.returncode == 1 and "bogus" in done.stderr
    assert answers(server) == "hello"


def test_reload_keeps_a_request_in_flight(serve, backend):
    backend.release.clear()
    backend.on("/slow", stall(backend.release))
    config = "server { listen 127.0.0.1:@PORT@; location / { proxy_pass http://@B@; } }"
    server = serve(config, values={"B": backend.address})
    with Conn(server.port()) as busy:
        before = len(backend.requests)
        busy.send(rawhttp.build("GET /slow"))
        wait_for(lambda: len(backend.requests) > before, 5, "the request at the backend")
        server.configure(server.wrap(HELLO))
        server.kill(signal.SIGHUP)
        wait_for(lambda: answers(server) == "hello", 10, "the new configuration")
        backend.release.set()
        assert busy.read().text == "done"


def load(port, stop, failures, counts, tls=None):
    """Asks again and again, on fresh and kept connections, and notes whatever goes wrong."""
    while not stop.is_set():
        try:
            with Conn(port, tls, "front.test" if tls else None, timeout=15) as conn:
                for turn in range(5):
                    try:
                        answer = conn.ask()
                    except (rawhttp.Closed, BrokenPipeError, ConnectionResetError) as error:
                        if turn and not getattr(error, "args", [b""])[0]:
                            break  # a kept connection may be closed between two requests
                        if turn and isinstance(error, (BrokenPipeError, ConnectionResetError)):
                            break
                        raise
                    counts.append(answer.text)
                    if answer.status != 200:
                        failures.append(repr(answer))
                    if (answer.get("Connection") or "") == "close":
                        break
        except Exception as error:  # noqa: BLE001 (a thread must hand over whatever happened)
            failures.append(repr(error))


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "mutual TLS"])
def test_reload_under_load_loses_nothing(serve, pki, tls):
    extra = (" ssl; ssl_certificate @PKI@/srv-front.crt; ssl_certificate_key @PKI@/srv-front.key;"
             " ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; ssl_crl @PKI@/all.crl;"
             if tls else ";")
    config = f"server {{ listen 127.0.0.1:@PORT@{extra} location / {{ return 200 'gen-@GEN@'; }} }}"
    server = serve(config, values={"GEN": "0"})
    processes = len(server.workers())
    stop, failures, counts = threading.Event(), [], []
    context = rawhttp.tls_context(pki, "good") if tls else None
    clients = [threading.Thread(target=load, args=(server.port(), stop, failures, counts, context))
               for _ in range(3)]
    for client in clients:
        client.start()
    try:
        for turn in range(1, 21):
            server.values["GEN"] = str(turn)
            server.configure(server.wrap(config))
            server.kill(signal.SIGHUP)
            wait_for(lambda turn=turn: f"gen-{turn}" in counts[-6:], 15, f"generation {turn}")
    finally:
        stop.set()
        for client in clients:
            client.join()
    assert not failures, failures[:5]
    assert len(counts) > 200
    wait_for(lambda: len(server.workers()) <= processes, 15, "old workers to end")


@pytest.mark.yett_only("both generations accept for a moment")
def test_no_window_with_the_old_rule(serve):
    """Once the new rule has been seen, the old one never is again."""
    config = "server { listen 127.0.0.1:@PORT@; location / { return 200 @GEN@; } }"
    server = serve(config, values={"GEN": "old"})
    server.values["GEN"] = "new"
    server.configure(server.wrap(config))
    server.kill(signal.SIGHUP)
    wait_for(lambda: answers(server) == "new", 10, "the new rule")
    assert {answers(server) for _ in range(60)} == {"new"}


# -- workers -----------------------------------------------------------------------------------------

def test_crashed_worker_is_replaced(serve):
    server = serve(HELLO)
    for _ in range(2):
        old = server.workers()
        os.kill(old[0], signal.SIGKILL)
        wait_for(lambda old=old: len(set(server.workers()) - set(old)) == len(old), 10, "all anew")
        wait_for(lambda: answers(server) == "hello", 10, "an answer")
    assert "[alert]" in server.log()
    assert server.process.poll() is None
    server.stop(allow="exited on signal 9")


def test_reload_after_a_crash(serve):
    server = serve(HELLO)
    old = server.workers()
    os.kill(old[0], signal.SIGKILL)
    wait_for(lambda: server.workers() and old[0] not in server.workers(), 10, "a new worker")
    server.configure(server.wrap(HELLO.replace("hello", "changed")))
    server.kill(signal.SIGHUP)
    wait_for(lambda: answers(server) == "changed", 10, "the new configuration")
    server.stop(allow="exited on signal 9")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_privileges_are_dropped(serve):
    server = serve(HELLO, main="user nobody nogroup;")
    assert answers(server) == "hello"
    nobody = pwd.getpwnam("nobody")
    with open(f"/proc/{server.workers()[0]}/status", encoding="ascii") as text:
        status = text.read()
    assert re.search(rf"Uid:\s+{nobody.pw_uid}\s+{nobody.pw_uid}\s+{nobody.pw_uid}", status)
    assert re.search(rf"Gid:\s+{nobody.pw_gid}\s+{nobody.pw_gid}\s+{nobody.pw_gid}", status)
    groups = re.search(r"Groups:\s*(.*)", status)[1].split()
    assert set(groups) <= {str(nobody.pw_gid)}
    assert int(re.search(r"CapEff:\s+(\w+)", status)[1], 16) == 0
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as text:
        assert re.search(r"Uid:\s+0", text.read())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_keys_only_root_can_read(serve, pki):
    """The worker serves with a key that its own user cannot read, also after a reload and a crash."""
    config = ("server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/srv-front.crt; "
              "ssl_certificate_key @PKI@/srv-front.key; return 200 hello; }")
    server = serve(config, main="user nobody nogroup;")
    assert oct(os.stat(pki.path("srv-front.key")).st_mode & 0o777) == "0o600"

    def secure():
        try:
            return ask(server.port(), tls=rawhttp.tls_context()).text
        except OSError:
            return None
    assert secure() == "hello"
    old = server.workers()
    server.kill(signal.SIGHUP)
    wait_for(lambda: server.workers() and not set(old) & set(server.workers()), 10, "a reload")
    assert secure() == "hello"


def test_unknown_user(serve):
    server = serve(HELLO, start=False, main="user nosuchuser;")
    if os.geteuid() != 0:
        pytest.skip("needs root")
    assert "nosuchuser" in refuses(server, "nosuchuser")


def test_unix_socket_listener(serve):
    server = serve("""server { listen unix:@DIR@/s.sock; allow unix:; deny all;
        location / { return 200 "$remote_addr $server_addr"; } }""")
    path = os.path.join(server.dir, "s.sock")
    assert ask(path).text == f"unix: unix:{path}"
    server.kill(signal.SIGHUP)
    time.sleep(0.5)
    assert ask(path).text == f"unix: unix:{path}"
    server.stop(how=signal.SIGQUIT)
    assert not os.path.exists(path)


def test_ipv6_listener(serve):
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("no IPv6 here")
    server = serve("""geo $six { default no; ::1/128 yes; }
    server { listen [::1]:@PORT@; allow ::1; deny all; location / { return 200 "$remote_addr $six"; } }""")
    with Conn(server.port(), host="::1") as conn:
        assert conn.ask(host="[::1]").text == "::1 yes"


def test_several_threads(serve):
    server = serve(HELLO, main="worker_processes 3;")
    assert all(answers(server) == "hello" for _ in range(30))


@pytest.mark.yett_only("it has no process between master and worker")
def test_a_dead_generation_is_replaced_once_its_files_load_again(serve):
    server = serve(HELLO)
    good = server.wrap(HELLO)
    old = server.workers()
    server.configure("broken")
    os.kill(old[0], signal.SIGKILL)
    server.wait_log(r"\[emerg\].*unexpected end of file")
    assert server.process.poll() is None, "the master waits for files that load"
    server.configure(good)
    wait_for(lambda: answers(server) == "hello", 15, "an answer")
    server.stop(allow=r"exited on signal 9|\[emerg\]")
