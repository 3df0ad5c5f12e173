#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The order of tests/: no test imports a test, what end-to-end tests share is in tests/e2e/support/, each
unit test is run, and each .c file of the folders that do no I/O has one.

    tools/check_tests.py [ROOT]
"""
import ast
import re
import sys
from pathlib import Path

PURE = ("base", "client", "conf", "http", "pki", "policy", "script", "site")

# Files of those folders without a test of their own, and the test that covers each.
COVERED = {
    "base/error": "base/log",
    "base/file": "base/log",
    "base/vec": "base/arena",
    "conf/context": "conf/directive",
    "http/char_class": "http/field_line",
    "http/h2_fields": "http/h2_response",
    "http/h2_options": "http/h2_response",
    "pki/bundle": "pki/trust",
    "pki/crl_carry": "pki/crl_judge",
    "pki/crl_extensions": "pki/crl_builder",
    "pki/crl_pick": "pki/crl_judge",
    "pki/crl_reader": "pki/crl_builder",
    "pki/crl_region": "pki/crl_builder",
    "pki/crl_set_index": "pki/crl_set",
    "pki/crl_signature": "pki/crl_set",
    "pki/crl_slot": "pki/trust",
    "pki/crl_slot_set": "pki/crl_set",
    "pki/der_stream": "pki/crl_builder",
    "pki/dist_points": "pki/crl_question",
    "pki/proof": "pki/crl_question",
    "pki/trust_load": "pki/trust",
    "pki/trust_report": "pki/trust",
    "script/condition": "script/program",
    "script/template_conf": "script/rewrite_conf",
    "script/ways": "site/question",
    "site/explorer": "site/question",
    "site/location": "site/question",
    "site/places": "site/uses",
    "site/programs": "site/walk",
    "site/server": "site/client",
    "site/settings": "site/walk",
    "site/try_files": "site/question",
    "site/walk_error": "site/walk",
}


def imported(tree):
    """(line, dotted name) of each module that may be meant by the imports of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or ''}.{name.name}") for name in node.names)


def check_imports(root):
    for path in sorted((root / "tests").rglob("*.py")):
        for line, module in imported(ast.parse(path.read_text(encoding="utf-8"))):
            if any(part.startswith("test_") for part in module.split(".")):
                yield f"{path.relative_to(root)}:{line}: imports from a test; put what is shared into support/"


def check_places(root):
    e2e = root / "tests/e2e"
    for path in sorted(e2e.rglob("*.py")):
        name, folder = path.relative_to(root), path.relative_to(e2e).parent.as_posix()
        is_test = path.name.startswith("test_")
        if is_test and folder in (".", "support"):
            yield f"{name}: a test that is in no folder of an area"
        elif not is_test and path.name != "conftest.py" and folder.split("/")[0] != "support":
            yield f"{name}: neither a test nor in support/"


def check_units(root):
    for path in sorted((root / "tests/unit").rglob("test_*.c")):
        build = path.parent / "meson.build"
        if not build.exists() or f"'{path.stem[5:]}'" not in build.read_text():
            yield f"{path.relative_to(root)}: {build.relative_to(root)} does not name it, so it never runs"


def test_of(unit, source):
    """The file of the unit test FOLDER/NAME."""
    folder, _, name = source.rpartition("/")
    return unit / folder / f"test_{name}.c"


def check_pure(root, covered):
    unit = root / "tests/unit"
    sources = {path.relative_to(root / "src").with_suffix("").as_posix()
               for folder in PURE for path in (root / "src" / folder).rglob("*.c")}
    for source in sorted(sources - set(covered)):
        if not test_of(unit, source).exists():
            yield f"src/{source}.c has no {test_of(unit, source).relative_to(root)}"
    for source, test in sorted(covered.items()):
        if source not in sources:
            yield f"tools/check_tests.py: COVERED names src/{source}.c, which does not exist"
        elif test_of(unit, source).exists():
            yield f"tools/check_tests.py: COVERED names src/{source}.c, which has a test of its own"
        elif not test_of(unit, test).exists():
            yield f"tools/check_tests.py: COVERED names {test} for src/{source}.c, and there is no such test"


def check(root, covered):
    return [*check_imports(root), *check_places(root), *check_units(root), *check_pure(root, covered)]


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    mistakes = check(root, COVERED)
    print(*mistakes, sep="\n", end="\n" if mistakes else "")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
