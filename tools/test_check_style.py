# SPDX-License-Identifier: Apache-2.0
"""check_style.py on small texts: each that passes has a twin that must not."""
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_style  # noqa: E402


def errors(text):
    return [message for error, message in check_style.check_c("x.c", text) if error]


def warnings(text):
    return [message for error, message in check_style.check_c("x.c", text) if not error]


def function(lines):
    return "static int\nlong_one(int a,\n         int b)\n{\n" + "    a++;\n" * (lines - 2) + "}\n"


@pytest.mark.parametrize("good, bad", [
    ("    snprintf(a, sizeof a, b);\n", "    sprintf(a, b);\n"),
    ("    my_strcpy(a, b);\n", "    strcpy(a, b);\n"),
    ("    str_strcat(a);\n", "    x = strcat (a, b);\n"),
    ("    p->gets(a);\n", "    gets(a);\n"),
    ("    /* atoi(a) */\n", "    atoi(a); /* */\n"),
    ('    puts("atoi(a)");\n', "    if (x == '\"') atoi(a);\n"),
    ("    x;\n", "    x; \n"),
    ("    x;\n", "\tx;\n"),
])
def test_line(good, bad):
    assert errors(good) == []
    assert len(errors(bad)) == 1


def test_function_length():
    assert errors(function(60)) == warnings(function(60)) == []
    assert "long_one() has 61 lines" in warnings(function(61))[0]
    assert errors(function(100)) == []
    assert "long_one() has 101 lines" in errors(function(101))[0]


def test_a_table_is_no_function():
    assert warnings("static const int t[] =\n{\n" + "    1,\n" * 200 + "};\n") == []


def test_file_length():
    assert warnings("\n" * 600) == []
    assert len(warnings("\n" * 601)) == 1
    assert errors("\n" * 800) == []
    assert len(errors("\n" * 801)) == 1


def test_licence(tmp_path):
    path = tmp_path / "x.c"
    path.write_text("/* SPDX-License-Identifier: Apache-2.0 */\n")
    assert check_style.main([str(tmp_path)]) == 0
    path.write_text("/* SPDX-License-Identifier: MIT */\n")
    assert check_style.main([str(tmp_path)]) == 1
