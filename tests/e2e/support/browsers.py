# SPDX-License-Identifier: Apache-2.0
"""Chromium and Firefox on a machine of their own: a home, and an /etc in which policies can be put.

Driven by what Debian ships: ChromeDriver (W3C WebDriver over HTTP) and Firefox's Marionette protocol.
"""

import contextlib
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import urllib.error
import urllib.request

from support.servers import wait_for

PATIENCE = 90.0
TIMEOUTS = {"pageLoad": 60000, "script": 30000}
# Runs "$@" with $1/etc in the place of /etc, in a mount namespace that ends with it.
ENTER = ('top=$1; shift; mount --bind /etc "$top/etc.real" && mount --bind "$top/etc" /etc && '
         'exec "$@"')
# Folders of /etc that are the machine's own, and what of the real ones is not to be seen there.
OWN = {"chromium": {"policies"}, "opt": {"chrome"}, "firefox": {"policies", "certificates"},
       "firefox-esr": {"policies"}}


class BrowserError(Exception):
    """What a driver says instead of a result; .args[0] is the error's name."""


@functools.lru_cache(maxsize=None)
def namespace():
    """The words that start a program with mounts of its own."""
    words = ["unshare", "--mount"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode == 0:
        return words
    # In a plain chroot the root is no mount, and so cannot be made private: it may be so already.
    words += ["--propagation", "unchanged"]
    with tempfile.TemporaryDirectory(prefix="ye-probe-") as probe:
        subprocess.run([*words, "mount", "--bind", probe, probe], check=True)
        with open("/proc/self/mountinfo", encoding="utf-8") as mounts:
            leaks = probe in mounts.read()
        if leaks:
            subprocess.run(["umount", probe], check=True)
    assert not leaks, "mounts of tests would be seen by everybody: bind the chroot to itself first"
    return words


class Machine:
    """A home directory and an /etc. What runs on it changes nothing outside of .top."""

    def __init__(self):
        self.top = tempfile.mkdtemp(prefix="ye-machine-")
        self.home = os.path.join(self.top, "home")
        self.etc = os.path.join(self.top, "etc")
        for name in ("home", "tmp", "etc.real"):
            os.mkdir(os.path.join(self.top, name))
        self._mirror("", set(OWN))
        for name, hidden in OWN.items():
            self._mirror(name, hidden)

    def _mirror(self, folder, hidden):
        """A folder of /etc whose entries are links to the real ones."""
        real, here = os.path.join("/etc", folder), os.path.join(self.etc, folder)
        os.mkdir(here)
        for name in os.listdir(real) if os.path.isdir(real) else ():
            if name in hidden:
                continue
            target = os.path.join(real, name)
            if os.path.islink(target):
                target = os.readlink(target)
            else:
                target = os.path.join(self.top, "etc.real", folder, name)
            os.symlink(target, os.path.join(here, name))

    def environment(self, **more):
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TERM") if name in os.environ}
        return {**kept, "HOME": self.home, "TMPDIR": os.path.join(self.top, "tmp"),
                "XDG_RUNTIME_DIR": os.path.join(self.top, "tmp"), **more}

    def command(self, *words):
        return [*namespace(), "sh", "-c", ENTER, "sh", self.top, *words]

    def start(self, *words, **more):
        """A process group of its own: end it with stop_group()."""
        return subprocess.Popen(self.command(*words), stdin=subprocess.DEVNULL,
                                env=self.environment(), start_new_session=True, **more)

    def run(self, *words):
        return subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=PATIENCE, check=False, env=self.environment())

    def log(self, name):
        return open(os.path.join(self.top, name), "ab")  # pylint: disable=consider-using-with

    def read(self, name):
        try:
            with open(os.path.join(self.top, name), encoding="utf-8", errors="replace") as text:
                return text.read()
        except OSError:
            return ""

    def close(self):
        if not os.environ.get("E2E_KEEP"):
            shutil.rmtree(self.top, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


def stop_group(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class Chromium:
    """`names` are host names that are found on 127.0.0.1. With `logs`, said() and requested() work."""

    FLAGS = ("--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
             "--disable-background-networking --disable-component-update --disable-sync "
             "--disable-dev-shm-usage --disable-breakpad").split()

    def __init__(self, machine, names=(), insecure=False, logs=False, **environment):
        self.profile = tempfile.mkdtemp(prefix="profile-", dir=machine.top)
        self.url = None
        with machine.log("chromedriver.log") as log:
            self.process = machine.start("env", *(f"{k}={v}" for k, v in environment.items()),
                                         "chromedriver", "--port=0", stdout=subprocess.PIPE,
                                         stderr=log)
        try:
            port = self._port()
            rules = ",".join(f"MAP {name} 127.0.0.1" for name in names)
            flags = [*self.FLAGS, f"--user-data-dir={self.profile}", f"--host-resolver-rules={rules}"]
            self.url = f"http://127.0.0.1:{port}/session"
            session = self.ask("POST", "", {"capabilities": {"alwaysMatch": {
                "acceptInsecureCerts": insecure, "goog:chromeOptions": {"args": flags},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"} if logs else {},
                "timeouts": TIMEOUTS}}})
            self.url += "/" + session["sessionId"]
        except BaseException:
            stop_group(self.process)
            raise

    def _port(self):
        for line in self.process.stdout:
            found = re.search(rb"started successfully on port (\d+)", line)
            if found:
                return int(found[1])
        raise AssertionError("chromedriver did not start")

    def ask(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.url + path, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]
            raise BrowserError(said["error"], said["message"]) from None

    def open(self, url):
        """The text of the page."""
        self.ask("POST", "/url", {"url": url})
        return self.text()

    def prompts(self, url, seconds=3):
        """Whether opening it waits for somebody: nobody is here to choose a certificate."""
        self.ask("POST", "/timeouts", {"pageLoad": seconds * 1000})
        try:
            self.ask("POST", "/url", {"url": url})
        except BrowserError as error:
            assert error.args[0] == "timeout", error
            return True
        return False

    def script(self, text, *args):
        return self.ask("POST", "/execute/async", {"script": text, "args": list(args)})

    def text(self):
        return self.ask("POST", "/execute/sync", {"script": "return document.body?.innerText",
                                                  "args": []})

    def said(self):
        """What pages wrote to the console since the last call, with what the browser complains of."""
        return [entry["message"] for entry in self.ask("POST", "/se/log", {"type": "browser"})]

    def requested(self):
        """The URLs that pages asked for since the last call."""
        events = (json.loads(entry["message"])["message"]
                  for entry in self.ask("POST", "/se/log", {"type": "performance"}))
        return [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]

    def close(self):
        with contextlib.suppress(OSError, BrowserError):
            self.ask("DELETE", "")
        stop_group(self.process)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class Firefox:
    """`profile` is the one that it starts with by itself on this machine.

    With `dialogs`, choose() can answer it.
    """

    PREFS = {
        "marionette.port": 0,
        "browser.shell.checkDefaultBrowser": False,
        "browser.startup.page": 0,
        "browser.aboutwelcome.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
        "datareporting.healthreport.uploadEnabled": False,
        "app.normandy.enabled": False,
        "app.update.enabled": False,
        "extensions.update.enabled": False,
        "network.captive-portal-service.enabled": False,
        "network.connectivity-service.enabled": False,
        "services.settings.server": "data:,",
        "browser.safebrowsing.update.enabled": False,
        "browser.newtabpage.enabled": False,
        "browser.tabs.remote.autostart": True,
        "dom.ipc.processCount": 1,
        "dom.ipc.processPrelaunch.enabled": False,
        "toolkit.telemetry.enabled": False,
    }

    # The dialog that asks which certificate to show: 0 not, 1 always, 2 while it runs.
    CHOOSE = """
        const [remember] = arguments;
        for (const frame of document.querySelectorAll("browser.dialogFrame")) {
            const page = frame.contentDocument;
            if (page?.documentURI.endsWith("/clientauthask.xhtml")) {
                page.getElementById("rememberSetting").value = remember;
                page.querySelector("dialog").acceptDialog();
                return true;
            }
        }
        return false;
    """

    def __init__(self, machine, profile, names=(), insecure=False, dialogs=False):
        self.profile, self.sock, self.last = profile, None, 0
        with open(os.path.join(profile, "prefs.js"), "a", encoding="ascii") as out:
            for name, value in {**self.PREFS, "network.dns.localDomains": ",".join(names)}.items():
                out.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        port_file = os.path.join(profile, "MarionetteActivePort")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(port_file)
        with machine.log("firefox.log") as log:
            self.process = machine.start(
                "firefox-esr", "--headless", "--marionette",
                *(["--remote-allow-system-access"] if dialogs else []), stdout=log, stderr=log)
        try:
            port = wait_for(lambda: self._port(port_file), PATIENCE, "Firefox's port")
            self.sock = socket.create_connection(("127.0.0.1", port), PATIENCE)
            self.stream = self.sock.makefile("rb")
            self._read()
            self.ask("WebDriver:NewSession", {"acceptInsecureCerts": insecure, "timeouts": TIMEOUTS})
        except BaseException:
            self.close()
            raise

    def _port(self, path):
        assert self.process.poll() is None, "Firefox ended"
        try:
            with open(path, encoding="ascii") as text:
                return int(text.read() or 0)
        except OSError:
            return 0

    def _read(self):
        """One message: its length in decimal, a colon, JSON."""
        size = b""
        while not size.endswith(b":"):
            byte = self.stream.read(1)
            if not byte:
                raise ConnectionError("Firefox hung up")
            size += byte
        return json.loads(self.stream.read(int(size[:-1])))

    def ask(self, command, args=None):
        self.last += 1
        data = json.dumps([0, self.last, command, args or {}]).encode()
        self.sock.sendall(str(len(data)).encode() + b":" + data)
        kind, number, error, result = self._read()
        assert (kind, number) == (1, self.last)
        if error:
            raise BrowserError(error["error"], error["message"])
        return result

    def open(self, url):
        self.ask("WebDriver:Navigate", {"url": url})
        return self.text()

    def prompts(self, url, seconds=3):
        self.ask("WebDriver:SetTimeouts", {"pageLoad": seconds * 1000})
        try:
            self.ask("WebDriver:Navigate", {"url": url})
        except BrowserError as error:
            assert error.args[0] == "timeout", error
            return True
        return False

    def choose(self, remember):
        """Answers the dialog with the certificate that it shows."""
        self.ask("Marionette:SetContext", {"value": "chrome"})
        answered = self.script(self.CHOOSE, str(remember), name="WebDriver:ExecuteScript")
        self.ask("Marionette:SetContext", {"value": "content"})
        assert answered, "there is no dialog"

    def script(self, text, *args, name="WebDriver:ExecuteAsyncScript"):
        return self.ask(name, {"script": text, "args": list(args)})["value"]

    def text(self):
        try:
            return self.script("return document.body?.innerText", name="WebDriver:ExecuteScript") or ""
        except BrowserError as error:
            if error.args[0] != "javascript error":
                raise
            return ""  # one document makes way for another

    def close(self):
        if self.sock:
            with contextlib.suppress(OSError, BrowserError, ConnectionError):
                self.ask("Marionette:Quit", {"flags": ["eForceQuit"]})
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
            self.stream.close()
            self.sock.close()
        stop_group(self.process)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
