# SPDX-License-Identifier: Apache-2.0
"""examples/open-doors: what README.md says that `yett check` finds in it."""
import re
import subprocess

import pytest

from running import ROOT, copy_example, is_nginx, yett

pytestmark = pytest.mark.skipif(is_nginx(), reason="nginx has no such command")


@pytest.fixture(name="directory")
def directory_(tmp_path):
    copy_example("open-doors", tmp_path)
    return tmp_path


def check(directory):
    done = subprocess.run([yett(), "check", directory / "yett.conf"], capture_output=True, text=True,
                          check=False, timeout=60)
    assert (done.returncode, done.stderr) == (1, "")
    return done.stdout.replace(str(directory), "/etc/yett")


def shown():
    """The block after the command in README.md."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"^    \$ yett check /etc/yett/yett\.conf\n((?:    .*\n|\n)+)", text, re.M)[1]
    return re.sub(r"^    ", "", block, flags=re.M).rstrip("\n") + "\n"


def test_readme_shows_the_output(directory):
    """If this fails: the output, indented by four blanks, belongs into README.md."""
    assert check(directory) == shown()


def test_everything_but_one_location_is_open(directory):
    said = shown()
    assert re.search(r"^    open +\(other paths\)\n +leads to files of /www$", said, re.M)
    assert re.findall(r"^    shut +(.+?)(?:  .*)?$", said, re.M) == ["/secured_site"]
    # Its twin: with the guard for the whole server, nothing is open.
    conf = directory / "yett.conf"
    conf.write_text(conf.read_text().replace("ssl_verify_client      optional;", "ssl_verify_client      on;"))
    done = subprocess.run([yett(), "check", conf], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0 and re.search(r"^    shut +everything$", done.stdout, re.M)
