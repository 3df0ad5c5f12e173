#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Simple mistakes that no compiler reports: functions and files that grew too long, functions that
cannot be used safely, a missing licence line, tabs and trailing blanks in C.

    tools/check_style.py [ROOT]
"""
import re
import sys
from pathlib import Path

FUNCTION_WARN, FUNCTION_MAX = 60, 100
FILE_WARN, FILE_MAX = 600, 800
BANNED = {
    "strcpy": "copies without a limit",
    "strcat": "appends without a limit",
    "sprintf": "prints without a limit; snprintf",
    "vsprintf": "prints without a limit; vsnprintf",
    "gets": "reads without a limit",
    "atoi": "hides errors; strtol, or the parser in base/",
    "atol": "hides errors",
    "strtok": "keeps a mutable static",
    "localtime": "keeps a mutable static; localtime_r",
    "gmtime": "keeps a mutable static; gmtime_r",
    "alloca": "no check is possible",
}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(BANNED) + r")\s*\(")
# A comment, a string or a character constant: blanked, with line breaks kept.
OPAQUE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
BEFORE_PARENTHESIS = re.compile(r"(\w+)\s*$")
LICENSED = {".c", ".h", ".py", ".sh", ".build"}
SKIP = {".git", "corpus", "__pycache__", ".pytest_cache"}


def blank(text):
    return OPAQUE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def function_name(head):
    """The name before the last parentheses of what stands before a body; attributes do not count."""
    while head.rstrip().endswith(")"):
        depth, at = 0, len(head.rstrip())
        while at and (depth or at == len(head.rstrip())):
            at -= 1
            depth += {")": 1, "(": -1}.get(head[at], 0)
        found = BEFORE_PARENTHESIS.search(head[:at])
        if not found or found[1] != "__attribute__":
            return found and found[1]
        head = head[:found.start()]
    return None


def functions(code):
    """(name, first line, lines) of each function: a brace in the first column, up to its mirror."""
    lines = code.split("\n")
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            name = function_name("\n".join(lines[max(0, start - 12):start - 1]))
            if name and line.rstrip() == "}":
                yield name, start, number - start + 1
            start = None


def check_c(name, text):
    """(is an error, message) for each mistake of one C file."""
    code = blank(text)
    count = text.count("\n")
    if count > FILE_WARN:
        yield count > FILE_MAX, f"{name}: {count} lines (warning over {FILE_WARN}, limit {FILE_MAX})"
    for function, line, length in functions(code):
        if length > FUNCTION_WARN:
            yield (length > FUNCTION_MAX, f"{name}:{line}: {function}() has {length} lines "
                   f"(warning over {FUNCTION_WARN}, limit {FUNCTION_MAX})")
    for match in CALL.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        yield True, f"{name}:{line}: {match[1]}() {BANNED[match[1]]}"
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            yield True, f"{name}:{number}: tab"
        if line != line.rstrip():
            yield True, f"{name}:{number}: blanks at the end"


def check_licence(name, text):
    if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(text.split("\n")[:3]):
        yield True, f"{name}:1: no SPDX-License-Identifier: Apache-2.0 in the first lines"


def check(root):
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        if SKIP & set(parts) or parts[0].startswith("build") or not path.is_file():
            continue
        suffix = path.suffix
        if suffix not in LICENSED and path.name not in ("dev", "run"):
            continue
        name = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8", errors="replace")
        if suffix in (".c", ".h"):
            yield from check_c(name, text)
        yield from check_licence(name, text)


def main(arguments):
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    failed = False
    for error, message in check(root):
        failed |= error
        print(("error: " if error else "warning: ") + message)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
