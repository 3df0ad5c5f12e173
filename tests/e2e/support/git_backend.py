# SPDX-License-Identifier: Apache-2.0
"""A git server without TLS: `git http-backend` behind http.server, for gates to stand before."""

import http.server
import os
import subprocess
import threading

GIT_ENV = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "LANG": "C.UTF-8",
           "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x.test", "GIT_COMMITTER_NAME": "a",
           "GIT_COMMITTER_EMAIL": "a@x.test", "PATH": os.environ["PATH"]}


class GitCgi(http.server.BaseHTTPRequestHandler):
    """Runs `git http-backend` for each request, as a CGI server does."""

    protocol_version = "HTTP/1.1"
    root = None
    identities = []

    def body(self):
        if "chunked" in (self.headers.get("Transfer-Encoding") or ""):
            data = b""
            while True:
                size = int(self.rfile.readline().split(b";")[0], 16)
                data += self.rfile.read(size)
                self.rfile.readline()
                if not size:
                    return data
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def run(self):
        body = self.body()
        path, _, query = self.path.partition("?")
        self.identities.append(self.headers.get("X-Client"))
        env = {"GIT_PROJECT_ROOT": self.root, "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path,
               "QUERY_STRING": query, "REQUEST_METHOD": self.command,
               "CONTENT_TYPE": self.headers.get("Content-Type") or "",
               "CONTENT_LENGTH": str(len(body)), "REMOTE_USER": self.headers.get("X-Client") or "",
               "REMOTE_ADDR": "127.0.0.1", "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
               "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "", **GIT_ENV}
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True,
                              check=False)
        head, _, data = done.stdout.partition(b"\r\n\r\n")
        status, headers = 200, []
        for line in head.decode().split("\r\n"):
            key, _, value = line.partition(": ")
            if key.lower() == "status":
                status = int(value.split()[0])
            elif key:
                headers.append((key, value))
        self.send_response(status)
        for key, value in headers:
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = run

    def log_message(self, *_):
        pass


class GitServer(http.server.ThreadingHTTPServer):
    """app.git, a bare repository below `root` with a file "big" of 2 MB; ends with the `with`."""

    daemon_threads = True

    def __init__(self, root):
        env = {**GIT_ENV, "HOME": str(root)}
        work = root / "work"
        for command in (["git", "init", "-q", "--bare", "app.git"],
                        ["git", "-C", "app.git", "config", "http.receivepack", "true"],
                        ["git", "-C", "app.git", "symbolic-ref", "HEAD", "refs/heads/main"],
                        ["git", "init", "-q", "-b", "main", "work"]):
            subprocess.run(command, cwd=root, env=env, check=True)
        (work / "big").write_bytes(os.urandom(2_000_000))
        for command in (["git", "add", "."], ["git", "commit", "-qm", "first"],
                        ["git", "push", "-q", str(root / "app.git"), "main"]):
            subprocess.run(command, cwd=work, env=env, check=True)
        self.identities = []
        handler = type("Handler", (GitCgi,), {"root": str(root), "identities": self.identities})
        super().__init__(("127.0.0.1", 0), handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
