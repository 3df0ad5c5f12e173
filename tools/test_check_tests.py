# SPDX-License-Identifier: Apache-2.0
"""check_tests.py on small trees: each that passes has a twin that must not."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_tests  # noqa: E402

A, B = "tests/e2e/http/test_a.py", "tests/e2e/http/test_b.py"
HELPER = "tests/e2e/support/raw.py"
UNIT, BUILD = "tests/unit/http/test_uri.c", "tests/unit/http/meson.build"


def mistakes(tmp_path, files, covered):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return check_tests.check(tmp_path, covered)


@pytest.mark.parametrize("good, bad", [
    ({A: "from support.raw import ask\n"}, {A: "from test_b import ask\n"}),
    ({A: "from support import raw\n"}, {A: "from http import test_b\n"}),
    ({A: "import support.raw as raw\n"}, {A: "import http.test_b as raw\n"}),
    ({A: "def f():\n    from .raw import ask\n"}, {A: "def f():\n    from .test_b import ask\n"}),
    ({A: "# import test_b\n"}, {A: "import os, test_b\n"}),
    ({HELPER: "import os\n"}, {HELPER: "from test_b import CASES\n"}),
    ({HELPER: ""}, {"tests/e2e/raw.py": ""}),
    ({HELPER: ""}, {"tests/e2e/http/raw.py": ""}),
    ({"tests/e2e/conftest.py": "", A: ""}, {"tests/e2e/test_a.py": ""}),
    ({B: ""}, {"tests/e2e/support/test_b.py": ""}),
    ({"tests/examples/running.py": ""}, {"tests/examples/test_git.py": "from test_demo import stop\n"}),
])
def test_python(tmp_path, good, bad):
    assert mistakes(tmp_path / "good", good, {}) == []
    assert len(mistakes(tmp_path / "bad", bad, {})) == 1


@pytest.mark.parametrize("good, bad, covered", [
    ({UNIT: "", BUILD: "unit = ['uri']"}, {UNIT: "", BUILD: "unit = ['uris']"}, {}),
    ({UNIT: "", BUILD: "unit = ['uri']"}, {UNIT: ""}, {}),
    ({"src/http/uri.c": "", UNIT: "", BUILD: "unit = ['uri']"}, {"src/http/uri.c": ""}, {}),
    ({"src/gate/body.c": ""}, {"src/http/body.c": ""}, {}),
    ({"src/http/path.c": "", UNIT: "", BUILD: "'uri'"}, {"src/http/path.c": ""}, {"http/path": "http/uri"}),
    ({"src/http/path.c": "", UNIT: "", BUILD: "'uri'"}, {UNIT: "", BUILD: "'uri'"}, {"http/path": "http/uri"}),
    ({"src/http/path.c": "", UNIT: "", BUILD: "'uri'"},
     {"src/http/path.c": "", UNIT: "", BUILD: "'uri' 'path'", "tests/unit/http/test_path.c": ""},
     {"http/path": "http/uri"}),
])
def test_units(tmp_path, good, bad, covered):
    assert mistakes(tmp_path / "good", good, covered) == []
    assert len(mistakes(tmp_path / "bad", bad, covered)) == 1


def test_the_place_is_told(tmp_path):
    said, = mistakes(tmp_path, {A: "import os\nimport test_b\n"}, {})
    assert said == f"{A}:2: imports from a test; put what is shared into support/"
