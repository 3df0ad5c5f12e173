#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The layers below src/: refuses an include that tools/layers.txt does not allow, a cycle of includes
between files, and a .c file that does not include its own header first.

    tools/check_layers.py [SRC [TABLE]]
"""
import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^">]+)[">]', re.M)
COMMENT = re.compile(r"/\*.*?\*/", re.S)


def read_table(path):
    """The rows of the table as {folder: set of folders}, `*` spelled out."""
    rows = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        folder, colon, allowed = line.partition(":")
        if not colon or not folder.strip() or folder.strip() in rows:
            sys.exit(f"{path}:{number}: expected a new 'folder: folders'")
        rows[folder.strip()] = allowed.split()
    folders = {name for name in rows if not name.startswith("_")}
    for name, allowed in rows.items():
        known = set()
        for word in allowed:
            known |= folders if word == "*" else {word.lstrip("-")}
        if known - folders:
            sys.exit(f"{path}: {name}: unknown folder {', '.join(sorted(known - folders))}")
        for word in allowed:
            if word.startswith("-"):
                known.discard(word[1:])
        rows[name] = known
    return rows


def read_includes(src):
    """{file: [(line, what it includes, written with quotes?)]}, all names relative to src."""
    found = {}
    for path in sorted(src.rglob("*.[ch]")):
        # Comments go, their line breaks stay: the line numbers are to be right.
        text = COMMENT.sub(lambda m: "\n" * m[0].count("\n"), path.read_text())
        found[path.relative_to(src).as_posix()] = [
            (text.count("\n", 0, m.start()) + 1, m[2], m[1] == '"') for m in INCLUDE.finditer(text)
        ]
    return found


def folder_of(name, table):
    """The longest folder around the file that has a row, and that row; else its first folder."""
    around = name.split("/")[:-1]
    for n in range(len(around), 1, -1):
        folder = "/".join(around[:n])
        for row in (folder, "/".join([*around[:n - 1], "*"])):
            if row in table:
                return folder, row
    first = around[0] if around else ""
    return first, first


def is_conf(name):
    return re.search(r"_conf\.[ch]$", name) is not None


def check_allowed(includes, table):
    for name, lines in includes.items():
        folder, row = folder_of(name, table)
        if row not in table:
            yield f"src/{name}: folder '{folder}' is not in the table"
            continue
        allowed = set(table[row])
        if is_conf(name):
            allowed |= table.get("_conf", set())
        for line, target, quoted in lines:
            if not quoted:
                continue
            if target not in includes:
                yield f"src/{name}:{line}: \"{target}\" is no file below src/ (quotes take folder/file.h)"
                continue
            if target.endswith(".c"):
                yield f"src/{name}:{line}: includes a .c file"
                continue
            other, other_row = folder_of(target, table)
            if other != folder and other_row not in allowed:
                yield f"src/{name}:{line}: {folder}/ may not include {other}/ ({target})"


def check_own_header_first(includes):
    for name, lines in includes.items():
        own = name[:-2] + ".h"
        if name.endswith(".c") and own in includes and (not lines or lines[0][1] != own):
            line = lines[0][0] if lines else 1
            yield f"src/{name}:{line}: its own header \"{own}\" is not the first include"


def check_cycles(includes):
    """Every include that leads back to a file on the way to it (depth first, each file once)."""
    done = set()
    for start in includes:
        way, todo = [], [start]
        while todo:
            name = todo.pop()
            if name is None:    # all that the last file on the way includes has been seen
                done.add(way.pop())
            elif name in way:
                yield "cycle: " + " -> ".join(way[way.index(name):] + [name])
            elif name not in done:
                way.append(name)
                todo.append(None)
                todo += [target for _, target, quoted in includes[name] if quoted and target in includes]


def check(src, table_path):
    table = read_table(table_path)
    includes = read_includes(src)
    return [*check_allowed(includes, table), *check_own_header_first(includes), *check_cycles(includes)]


def main(arguments):
    here = Path(__file__).resolve().parent
    src = Path(arguments[0]) if arguments else here.parent / "src"
    table = Path(arguments[1]) if len(arguments) > 1 else here / "layers.txt"
    mistakes = check(src, table)
    print(*mistakes, sep="\n", end="\n" if mistakes else "")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
