# SPDX-License-Identifier: Apache-2.0
"""Relative names in a configuration: of certificates they count from its folder, of others from the prefix, and never
from the directory where somebody has started the server. nginx does the same."""

import os
import re
import shutil

import pytest

from support.rawhttp import ask
from support.servers import wait_for

BACKEND = """
server { listen 127.0.0.1:@PORT@ ssl; ssl_certificate @PKI@/srv-backend.crt; ssl_certificate_key @PKI@/srv-backend.key;
    ssl_verify_client on; ssl_client_certificate @PKI@/ca.crt; return 200 "$ssl_client_s_dn"; }
"""
FRONT = """
proxy_ssl_name backend.test;
map $arg_kind $chosen { default own/$arg_c; absolute @DIR@/conf/own/$arg_c; }
log_format line '$request_uri';
access_log $arg_log line;
server {
    listen 127.0.0.1:@PORT@;
    location /text { proxy_pass https://127.0.0.1:@BACKEND@;
        proxy_ssl_certificate own/$arg_c.crt; proxy_ssl_certificate_key own/$arg_c.key; }
    location /variable { proxy_pass https://127.0.0.1:@BACKEND@;
        proxy_ssl_certificate $chosen.crt; proxy_ssl_certificate_key $chosen.key; }
    location /command { proxy_pass https://127.0.0.1:@BACKEND@;
        proxy_ssl_conf_command Certificate own/good.crt; proxy_ssl_conf_command PrivateKey own/good.key; }
    location /files { root $arg_root; }
}
server {
    listen 127.0.0.1:@PORT2@ ssl; ssl_certificate own/srv-a.crt; ssl_certificate_key own/srv-a.key;
    ssl_conf_command Certificate own/srv-front.crt; ssl_conf_command PrivateKey own/srv-front.key;
    return 200 ok;
}
"""


@pytest.fixture(scope="module")
def front(serve_module, pki):
    backend = serve_module(BACKEND)
    server = serve_module(FRONT, values={"BACKEND": backend.port(), "PKI": pki.dir}, start=False,
                          files={"html/files/x": "here"})
    for folder in ("conf/own", "elsewhere"):
        os.makedirs(os.path.join(server.dir, folder))
    for name in ("good", "srv-front", "srv-a"):
        for end in ("crt", "key"):
            shutil.copy(pki.path(f"{name}.{end}"), os.path.join(server.dir, "conf", "own"))
    # A configuration in a folder of its own, a prefix given relative, and a working directory elsewhere.
    server.conf_path = os.path.join(server.dir, "conf", "server.conf")
    server.configure(server.conf + f"\nworking_directory {server.dir}/elsewhere;")
    os.chmod(server.dir, 0o755)
    # nginx loses a relative prefix in a process with another working directory.
    prefix = server.dir if server.nginx else "."
    server.command = lambda *args: ["env", "-C", server.dir, server.binary, "-p", prefix, "-c", "conf/server.conf",
                                    "-e", server.log_path, *args]
    return server.start()


@pytest.mark.parametrize("path", ["/text?c=good", "/variable?c=good", "/variable?kind=absolute&c=good", "/command"])
def test_certificates_are_found_beside_the_configuration(front, path):
    got = ask(front.port(), "GET " + path)
    assert got.status == 200 and got.text.startswith("CN=good machine"), (got.text, front.tail())


@pytest.mark.parametrize("path", ["/text?c=none", "/variable?c=none", "/variable?kind=absolute&c=none"])
def test_what_is_not_there_is_not_found_elsewhere(front, path):
    with open(os.path.join(front.dir, "elsewhere", "none.crt"), "w", encoding="ascii"):
        pass
    assert ask(front.port(), "GET " + path).status in (500, 502)
    front.wait_log(f"{front.dir}/(\\./)?conf/own/none.crt")


def test_the_server_s_own_by_a_command(front):
    assert front.run("-t").returncode == 0
    good = front.conf
    try:
        front.configure(good.replace("Certificate own/srv-front.crt", "Certificate own/none.crt"))
        done = front.run("-t")
        assert done.returncode == 1 and re.search(r"conf/own/none\.crt", done.stderr), done.stderr
    finally:
        front.configure(good)


def test_files_of_a_variable_root_are_below_the_prefix(front):
    assert ask(front.port(), "GET /files/x?root=html").text == "here"
    assert ask(front.port(), f"GET /files/x?root={front.dir}/html").text == "here"
    assert ask(front.port(), "GET /files/x?root=elsewhere").status == 404


@pytest.mark.yett_only("nginx puts the prefix before an absolute one, too")
def test_logs_of_a_variable_are_below_the_prefix(front):
    ask(front.port(), "GET /files/y?log=logs/one.log")
    ask(front.port(), f"GET /files/z?log={front.dir}/logs/two.log")
    wait_for(lambda: "/files/y" in front.read("logs/one.log"), what="the line in the one log")
    wait_for(lambda: "/files/z" in front.read("logs/two.log"), what="the line in the other")
