# SPDX-License-Identifier: Apache-2.0
"""check_layers.py on small trees: each that passes has a twin that must not."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_layers  # noqa: E402

TABLE = Path(__file__).resolve().parent / "layers.txt"

LEAF = {"base/str.h": "", "conf/parse.h": "", "pki/cert.h": "", "http/uri.h": "", "net/loop.h": "",
        "tls/ctx.h": "", "gate/request.h": "", "ca/store.h": "", "cli/table.h": "", "app/master.h": "", "modules/proxy/forward.h": "", "gate/h1/h1.h": "",
        "modules/another/own.h": "",
        "script/map.h": ""}


def mistakes(tmp_path, files, table=TABLE):
    for name, text in {**LEAF, **files}.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return check_layers.check(tmp_path / "src", table)


def include(*names):
    return "".join(f'#include "{name}"\n' for name in names)


@pytest.mark.parametrize("name, allowed, refused", [
    ("base/x.c", "base/str.h", "net/loop.h"),
    ("conf/x.c", "base/str.h", "pki/cert.h"),
    ("pki/x.c", "base/str.h", "net/loop.h"),
    ("http/x.c", "base/str.h", "tls/ctx.h"),
    ("script/x.c", "http/uri.h", "pki/cert.h"),
    ("tls/x.c", "pki/cert.h", "http/uri.h"),
    ("tls/x_conf.c", "conf/parse.h", "gate/request.h"),
    ("pki/x_conf.h", "conf/parse.h", "http/uri.h"),
    ("tls/x_conf.c", "script/map.h", "http/uri.h"),
    ("gate/x.c", "tls/ctx.h", "conf/parse.h"),
    ("gate/x.c", "tls/ctx.h", "gate/h1/h1.h"),
    ("gate/x_conf.c", "conf/parse.h", "app/master.h"),
    ("modules/static/x.c", "gate/request.h", "tls/ctx.h"),
    ("modules/static/x.c", "gate/request.h", "modules/proxy/forward.h"),
    ("modules/another/x.c", "tls/ctx.h", "modules/proxy/forward.h"),
    ("modules/another/x.c", "modules/another/own.h", "conf/parse.h"),
    ("load/x.c", "conf/parse.h", "modules/proxy/forward.h"),
    ("gate/h1/x.c", "gate/request.h", "modules/proxy/forward.h"),
    ("app/x.c", "conf/parse.h", "ca/store.h"),
    ("app/x.c", "gate/request.h", "cli/table.h"),
    ("cli/x.c", "ca/store.h", "nowhere/x.h"),
])
def test_layer(tmp_path, name, allowed, refused):
    assert mistakes(tmp_path / "allowed", {name: include(allowed)}) == []
    found = mistakes(tmp_path / "refused", {name: include(allowed, refused)})
    assert len(found) == 1 and f"src/{name}:2:" in found[0]


def test_only_conf_files_may_include_conf(tmp_path):
    for name in ("tls/x.c", "tls/conf_x.c", "tls/x_config.c"):
        assert mistakes(tmp_path / name, {name: include("conf/parse.h")}) != []


def test_a_header_of_the_own_folder_needs_the_folder(tmp_path):
    assert mistakes(tmp_path / "allowed", {"tls/x.c": include("tls/ctx.h")}) == []
    assert mistakes(tmp_path / "refused", {"tls/x.c": include("ctx.h")}) != []


def test_angle_brackets_are_the_systems(tmp_path):
    assert mistakes(tmp_path, {"base/x.c": "#include <net/if.h>\n"}) == []


def test_comments_do_not_count(tmp_path):
    text = '/* \n#include "net/loop.h"\n*/\n'
    assert mistakes(tmp_path / "allowed", {"base/x.c": text}) == []
    found = mistakes(tmp_path / "refused", {"base/x.c": text + include("net/loop.h")})
    assert len(found) == 1 and "src/base/x.c:4:" in found[0]


def test_unknown_folder(tmp_path):
    assert "not in the table" in mistakes(tmp_path, {"misc/x.c": ""})[0]


def test_source_file_is_not_included(tmp_path):
    assert mistakes(tmp_path, {"base/a.c": include("base/b.c"), "base/b.c": ""}) != []


def test_own_header_first(tmp_path):
    own = {"base/x.h": ""}
    assert mistakes(tmp_path / "a", {**own, "base/x.c": include("base/x.h", "base/str.h")}) == []
    assert mistakes(tmp_path / "b", {**own, "base/x.c": include("base/str.h", "base/x.h")}) != []
    assert mistakes(tmp_path / "c", {**own, "base/x.c": "#include <stdio.h>\n" + include("base/x.h")}) != []
    assert mistakes(tmp_path / "d", {**own, "base/x.c": ""}) != []


def test_cycles(tmp_path):
    line = {"base/a.h": include("base/b.h", "base/c.h"), "base/b.h": include("base/c.h"), "base/c.h": ""}
    assert mistakes(tmp_path / "a", line) == []
    found = mistakes(tmp_path / "b", {**line, "base/c.h": include("base/a.h")})
    assert len(found) == 1 and found[0].startswith("cycle: base/a.h -> ")
    assert mistakes(tmp_path / "c", {"base/a.h": include("base/a.h")}) == [
        "cycle: base/a.h -> base/a.h"]


@pytest.mark.parametrize("text", ["base\n", "base: nobody\n", "base:\nbase:\n", ": base\n"])
def test_broken_table(tmp_path, text):
    table = tmp_path / "layers.txt"
    table.write_text(text)
    with pytest.raises(SystemExit):
        mistakes(tmp_path, {}, table)


def test_the_command_fails_where_the_check_does(tmp_path):
    assert mistakes(tmp_path, {"base/x.c": ""}) == []
    assert check_layers.main([str(tmp_path / "src"), str(TABLE)]) == 0
    mistakes(tmp_path, {"base/x.c": include("net/loop.h")})
    assert check_layers.main([str(tmp_path / "src"), str(TABLE)]) == 1
