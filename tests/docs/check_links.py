#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the references of the documentation: links between pages and to their headings, paths of files,
headers in angle brackets, and pages named in the comments of headers.

Prints each broken reference with its page and line. Links to other sites are not followed.
"""

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("include", "examples", "tools", "tests", "benchmarks", "docs", "fuzz", "cmake", ".ci")
HISTORY = "CHANGELOG.md"  # it names files of the past


def pages():
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for folder in ("examples", "tests", "tools", "benchmarks"):
        found += (ROOT / folder).rglob("*.md")
    return sorted(found)


def text_lines(page):
    """The lines of a page that are not in a block of code, with their numbers."""
    inside = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        elif not inside:
            yield number, line


def anchors(page):
    """The anchors that GitHub and GitLab generate for the headings of a page."""
    names = Counter()
    for _, line in text_lines(page):
        if heading := re.match(r"#+ +(.+)", line):
            words = re.sub(r"[^\w\- ]", "", heading[1].lower())
            names[words.strip().replace(" ", "-")] += 1
    return set(names) | {f"{name}-{i}" for name, count in names.items() for i in range(1, count)}


def broken_link(page, target):
    """The reason why a link is broken, or None."""
    if re.match(r"\w+:", target):
        return None
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    if not file.exists():
        return f"{target}: no such file"
    if anchor and anchor not in anchors(file):
        return f"{target}: no such heading"
    return None


def broken_path(code):
    """The reason why the path at the start of a piece of code is broken, or None."""
    if header := re.fullmatch(r"<(twolayer[\w/]*\.hpp)>", code):
        return None if (ROOT / "include" / header[1]).exists() else f"{code}: no such header"
    path = code.split(" ")[0]
    is_path = re.fullmatch(r"[\w./-]+", path) and path.split("/")[0] in FOLDERS and "/" in path
    if not is_path or re.search(r"[A-Z]{4}", path.rsplit("/", 1)[-1].replace("README", "")):
        return None  # capitals stand for a name
    names = [ROOT / path, *(ROOT / f"{path}{ending}" for ending in (".cpp", ".py"))]  # or a program
    return None if any(name.exists() for name in names) else f"{path}: no such file"


def references(page):
    """The line and the reason of each broken reference of a page."""
    for number, line in text_lines(page):
        without_code = re.sub(r"`[^`]*`", "code", line)
        for target in re.findall(r"\]\(([^)\s]+)\)", without_code):
            yield number, broken_link(page, target)
        if page.name != HISTORY:
            for code in re.findall(r"`([^`]+)`", line):
                yield number, broken_path(code)


def references_of_source(source):
    """The line and the reason of each page that a source names and that does not exist."""
    for number, line in enumerate(source.read_text().splitlines(), 1):
        for path in re.findall(r"\bdocs/[\w-]+\.\w+", line):
            yield number, None if (ROOT / path).exists() else f"{path}: no such page"


def main():
    faults = 0
    sources = [(header, references_of_source) for header in (ROOT / "include").rglob("*.hpp")]
    for file, find in [*((page, references) for page in pages()), *sources]:
        for number, fault in find(file):
            if fault:
                print(f"{file.relative_to(ROOT)}:{number}: {fault}", file=sys.stderr)
                faults += 1
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
