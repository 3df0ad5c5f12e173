# SPDX-License-Identifier: Apache-2.0
"""Which of Debian's packages each command of ./dev asks for."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = {"chromium", "chromium-driver", "firefox-esr"}
BUILD = {"gcc", "meson", "libssl-dev"}


def names(*kinds):
    done = subprocess.run([ROOT / "tools/setup.sh", "--list", *kinds], text=True, check=True,
                          capture_output=True)
    return set(done.stdout.split())


@pytest.fixture
def bare(tmp_path):
    """A machine on which nothing is installed, and nothing can be: apt-get is not the real one."""
    for name, text in (("dpkg-query", "exit 1"), ("apt-get", "exit 1"), ("sudo", 'exec "$@"')):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)

    def asks(*words):
        done = subprocess.run([ROOT / "dev", *words], text=True, check=False, capture_output=True,
                              env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
        assert done.returncode != 0
        first, *rows = done.stdout.splitlines()
        assert first.startswith("Missing, and installed now")
        return {row.split("|")[0].strip() for row in rows}
    return asks


def test_all_is_every_kind():
    kinds = ("build", "demo", "unit", "fuzz", "e2e", "asan", "check", "format", "tidy", "cppcheck",
             "bench")
    assert names() == names("all") == names(*kinds)
    assert names("build") < names("demo") < names("e2e")


def test_unknown_kind():
    done = subprocess.run([ROOT / "tools/setup.sh", "--list", "everything"], text=True, check=False,
                          capture_output=True)
    assert done.returncode == 1 and done.stderr == "dev: no such setup: everything\n"


@pytest.mark.parametrize("words, some, none", [
    (("bench",), BUILD | {"nginx", "python3", "openssl"}, BROWSERS | {"libcmocka-dev", "clang"}),
    (("test", "unit", "base/str"), BUILD | {"libcmocka-dev"}, BROWSERS | {"nginx", "clang", "curl"}),
    (("test", "fuzz"), BUILD | {"clang", "libcmocka-dev"}, BROWSERS | {"nginx", "clang-tidy"}),
    (("test", "e2e", "-x"), BUILD | BROWSERS | {"nginx", "git"}, {"libcmocka-dev", "clang"}),
    (("test", "asan"), BUILD | {"nginx", "libcmocka-dev"}, BROWSERS | {"clang"}),
    (("test", "unit", "fuzz"), BUILD | {"libcmocka-dev", "clang"}, BROWSERS | {"nginx"}),
    (("test",), BUILD | BROWSERS | {"libcmocka-dev", "clang"}, {"clang-tidy", "clang-format"}),
    (("check",), BUILD | {"clang-format", "clang-tidy", "cppcheck", "git"}, BROWSERS | {"nginx"}),
    (("check", "layers"), BUILD | {"git"}, BROWSERS | {"clang-format", "clang-tidy", "cppcheck"}),
    (("check", "format", "style"), {"clang-format"}, {"clang-tidy", "cppcheck"}),
    (("format",), {"clang-format", "git"}, BUILD | BROWSERS),
    (("build",), BUILD, BROWSERS | {"curl", "libcmocka-dev"}),
    (("install",), BUILD, BROWSERS | {"curl", "libcmocka-dev"}),
    (("demo",), BUILD | {"curl"}, BROWSERS | {"nginx", "libcmocka-dev"}),
    (("setup",), BUILD | BROWSERS | {"clang", "libcmocka-dev", "clang-tidy"}, set()),
    (("setup", "demo"), BUILD | {"curl"}, BROWSERS),
])
def test_commands(bare, words, some, none):
    asked = bare(*words)
    assert some <= asked and not none & asked


@pytest.mark.parametrize("words", [("nonsense",), ("test", "unit", "e2e", "-x")])
def test_mistakes(words):
    done = subprocess.run([ROOT / "dev", *words], text=True, check=False, capture_output=True)
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith("dev: ")
