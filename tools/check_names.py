#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Names below src/ that a search would not tell apart: two functions with one name, static ones included,
and two files of a folder whose names differ by an "s".

    tools/check_names.py [SRC]
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import check_style  # noqa: E402


def read_functions(src):
    """{name: [file:line]} of every function that is defined in a .c file, or in a header."""
    found = {}
    for path in sorted(src.rglob("*.[ch]")):
        code = check_style.blank(path.read_text())
        for name, line, _ in check_style.functions(code):
            found.setdefault(name, []).append(f"src/{path.relative_to(src).as_posix()}:{line}")
    return found


def check_functions(found):
    for name, places in sorted(found.items()):
        if len(places) > 1:
            yield f"{name}() is defined {len(places)} times: {', '.join(places)}"


def check_files(paths):
    """`paths` relative to src: stems of one folder that are one word and its plural."""
    stems = {(path.parent, path.stem) for path in paths}
    for folder, stem in sorted(stems):
        if (folder, stem + "s") in stems:
            yield f"src/{folder.as_posix()}: {stem} and {stem}s differ by one letter"


def check(src):
    paths = [path.relative_to(src) for path in sorted(src.rglob("*.[ch]"))]
    return [*check_functions(read_functions(src)), *check_files(paths)]


def main(arguments):
    src = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent / "src"
    mistakes = check(src)
    print(*mistakes, sep="\n", end="\n" if mistakes else "")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
