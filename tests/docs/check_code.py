#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles the C++ and C code of the documentation, and parses its Python code.

    check_code.py COMPILER [FLAG ...]                   all pages
    check_code.py COMPILER [FLAG ...] docs/faq.md ...   these alone

A block of C++ is one of these:

    a program     with a main(): compiled as it stands, and run if the page says what it prints
    a quotation   its lines follow each other in a header, apart from their indentation: not compiled again
    definitions   a line begins with struct or template: compiled after preamble.hpp
    a fragment    otherwise: compiled in a function with the variables of preamble.hpp

Prints what does not compile, or prints something else, with the page and its line.
"""

import ast
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
HEADERS = [header.read_text() for header in (ROOT / "include").rglob("*.hpp")]


def blocks(page, language):
    """The line number of the first line, and the text, of each block of code in this language."""
    begin, lines = None, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if begin is None and re.fullmatch(r"```\w+", line):
            begin, lines, found = number + 1, [], line[3:]
        elif begin is not None and line == "```":
            if found == language:
                yield begin, "\n".join(lines)
            begin = None
        elif begin is not None:
            lines.append(line)


def unindented(text):
    return "\n" + "\n".join(line.strip() for line in text.splitlines()) + "\n"


HEADERS = [unindented(text) for text in HEADERS]
shown = []  # what programs are said to print


def unit_of_page(page, fragments):
    """A translation unit with all fragments of a page, each in its own namespace."""
    includes, bodies = [], []
    for line, text in fragments:
        code = []
        for row in text.splitlines():
            if row.startswith("#include"):
                includes.append(row)
                row = ""
            code.append(row)
        marked = f'#line {line} "{page.relative_to(ROOT)}"\n' + "\n".join(code)
        if not re.search(r"^(struct|template)\b", text, re.MULTILINE):
            marked = f"void f(PREAMBLE) {{\n{{\n{marked}\n}}\n}}"
        bodies.append(f"namespace line_{line} {{\n{marked}\n}}")
    return "\n".join(["#include <preamble.hpp>", *includes, *bodies, ""])


def compiles(command, text, suffix=".cpp"):
    with tempfile.TemporaryDirectory() as folder:
        unit = Path(folder) / ("unit" + suffix)
        unit.write_text(text)
        return subprocess.run([*command, "-fsyntax-only", str(unit)], check=False).returncode == 0


def printed_after(page, program):
    """The output of a program as the page shows it; None if it does not show it."""
    rest = page.read_text().split(program + "\n```\n", 1)[1]
    match = re.match(r"\n(?:[^\n]*\. )?It prints\n\n```\n(.*?)^```$", rest, re.DOTALL | re.MULTILINE)
    return match and match[1]


def prints(command, text, expected):
    with tempfile.TemporaryDirectory() as folder:
        unit, program = Path(folder) / "unit.cpp", Path(folder) / "unit"
        unit.write_text(text)
        subprocess.run([*command, "-O1", str(unit), "-o", str(program)], check=True)
        (Path(folder) / "examples").symlink_to(ROOT / "examples")
        found = subprocess.run([str(program)], check=False, cwd=folder, stdout=subprocess.PIPE, text=True).stdout
        if found != expected:
            print(f"{text.splitlines()[0]}: prints\n{found}instead of\n{expected}", file=sys.stderr)
        return found == expected


def check_page(page, command):
    """The number of translation units that do not compile."""
    failures, fragments = 0, []
    for line, text in blocks(page, "cpp"):
        if re.search(r"\bint main\(", text):
            program = f'#line {line} "{page.relative_to(ROOT)}"\n{text}\n'
            expected = printed_after(page, text)
            shown.append(expected)
            failures += not (prints(command, program, expected) if expected else compiles(command, program))
        elif not any(unindented(text) in header for header in HEADERS):
            fragments.append((line, text))
    if fragments:
        failures += not compiles([*command, f"-I{HERE}"], unit_of_page(page, fragments))
    for line, text in blocks(page, "c"):
        failures += not compiles(["cc", "-std=c99"], f'#line {line} "{page.relative_to(ROOT)}"\n{text}\n', ".c")
    for line, text in blocks(page, "python"):
        try:
            ast.parse(text)
        except SyntaxError as error:
            print(f"{page.relative_to(ROOT)}:{line + error.lineno - 1}: {error.msg}", file=sys.stderr)
            failures += 1
    return failures


def main():
    asked = [Path(word).resolve() for word in sys.argv[1:] if word.endswith(".md")]
    command = [word for word in sys.argv[1:] if not word.endswith(".md")] + ["-std=c++20"]
    pages = [page for page in asked or PAGES if page.exists()]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        failures = sum(pool.map(lambda page: check_page(page, command), pages))
    if not asked and sum(map(bool, shown)) < 4:
        sys.exit("the pages no longer say what their programs print: see printed_after()")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
