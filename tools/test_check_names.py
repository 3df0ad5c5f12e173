# SPDX-License-Identifier: Apache-2.0
"""check_names.py on small trees: each that passes has a twin that must not."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_names  # noqa: E402

ONE = "static int one(int a)\n{\n    return a;\n}\n"
TWO = "int two(void)\n{\n    return one(2);\n}\n"
ONE_AGAIN = "void one(void)\n{\n}\n"
STACK = "static STACK_OF(X509) *one(STACK_OF(X509) *a,\n    int b)\n{\n}\n"
STACK_TOO = "static void two(STACK_OF(X509) *a) __attribute__((unused))\n{\n}\n"
SPLIT_HEAD = "static struct str\none(int a,\n    int b)\n{\n}\n"


def mistakes(tmp_path, files):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return check_names.check(tmp_path)


@pytest.mark.parametrize("good, bad", [
    ({"a/x.c": ONE, "a/y.c": TWO}, {"a/x.c": ONE, "a/y.c": ONE_AGAIN}),
    ({"a/x.c": ONE, "b/y.c": "/* " + ONE + " */"}, {"a/x.c": ONE, "b/y.c": SPLIT_HEAD}),
    ({"a/x.c": "int one(int a);\n", "b/y.c": ONE}, {"a/x.h": ONE, "b/y.c": ONE}),
    ({"a/x.c": STACK, "b/y.c": STACK_TOO}, {"a/x.c": STACK, "b/y.c": ONE}),
    ({"a/slot.c": ONE, "b/slots.c": TWO}, {"a/slot.c": ONE, "a/slots.c": TWO}),
    ({"a/slot.c": ONE, "a/slot.h": ""}, {"a/slot.h": "", "a/slots.c": TWO}),
    ({"a/class.c": ONE, "a/cla.c": TWO}, {"a/clas.c": ONE, "a/class.c": TWO}),
])
def test_names(tmp_path, good, bad):
    assert mistakes(tmp_path / "good", good) == []
    assert len(mistakes(tmp_path / "bad", bad)) == 1


def test_the_places_are_told(tmp_path):
    said, = mistakes(tmp_path, {"a/x.c": ONE, "b/y.c": ONE_AGAIN})
    assert said == "one() is defined 2 times: src/a/x.c:2, src/b/y.c:2"
