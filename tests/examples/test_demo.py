# SPDX-License-Identifier: Apache-2.0
"""tools/demo.sh: ends by itself with its verdict, and stays up on a terminal until Ctrl-C."""
import os
import pty
import signal
import subprocess
import time

from running import ROOT, open_path, yett  # noqa: F401

DEMO = str(ROOT / "tools" / "demo.sh")


def test_once(open_path):
    done = subprocess.run([DEMO, "--once"], env={**os.environ, "YETT": yett(), "TMPDIR": str(open_path)},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All calls were answered as expected" in done.stdout
    assert done.stdout.count("as expected: ") == 12
    assert os.listdir(open_path) == []


def test_a_wrong_answer_is_loud(open_path):
    """A gate that lets everyone in: the demo must say so."""
    (open_path / "tools").mkdir()
    subprocess.run(["cp", "-r", ROOT / "examples", open_path / "examples"], check=True)
    subprocess.run(["cp", DEMO, open_path / "tools" / "demo.sh"], check=True)
    for name in ("authz/enforce-blacklist", "ssl"):
        path = open_path / "examples/cert-auth/conf.d/include" / name
        path.write_text("" if "authz" in name else path.read_text().replace("ssl_crl  ", "# "))
    done = subprocess.run([open_path / "tools" / "demo.sh", "--once"], env={**os.environ, "YETT": yett()},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert done.stdout.count("WRONG: ") == 3    # the two revoked ones and the barred one came in


def test_stays_up_until_ctrl_c(open_path):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(YETT=yett(), TMPDIR=str(open_path))
        os.execv(DEMO, [DEMO])
    output, end = b"", time.monotonic() + 60
    while b"Ctrl-C stops it" not in output and time.monotonic() < end:
        try:
            output += os.read(terminal, 4096)
        except OSError:
            break
    assert b"Ctrl-C stops it" in output, output.decode(errors="replace")
    time.sleep(0.3)
    os.write(terminal, b"\x03")
    status = None
    while status is None and time.monotonic() < end:
        try:
            os.read(terminal, 4096)
        except OSError:
            pass
        done, code = os.waitpid(pid, os.WNOHANG)
        status = os.waitstatus_to_exitcode(code) if done else None
        time.sleep(0.02)
    if status is None:
        os.kill(pid, signal.SIGKILL)
    os.close(terminal)
    assert status == 0
    assert os.listdir(open_path) == []
