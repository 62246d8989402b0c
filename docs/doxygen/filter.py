#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns a file into one as Doxygen 1.9.4 reads it, on the standard output.

In a page as GitHub reads it, headings get their names as anchors, links between pages and to headers become
references, and links to files that are not part of the reference become plain code. In a header, the sentence
at its beginning becomes the description of the file.
"""

import re
import sys
from collections import Counter
from pathlib import Path

PAGE = Path(sys.argv[1]).resolve()
ROOT = Path(__file__).resolve().parents[2]
HEADERS = ROOT / "include"


def name_of(page):
    return "page_" + re.sub(r"\W", "_", page.stem)


def anchor_of(page, heading):
    words = re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
    return f"{name_of(page)}_{words}"


def link(match):
    text, target = match[1], match[2]
    if re.match(r"\w+:", target):
        return match[0]
    path, _, heading = target.partition("#")
    file = (PAGE.parent / path).resolve() if path else PAGE
    if file.suffix == ".png":
        return f"[{text}]({file.name})"
    if file.suffix == ".hpp" and HEADERS in file.parents:
        return f'\\ref {file.relative_to(HEADERS)} "{text.replace("`", "")}"'
    if file.suffix != ".md" or file.parent not in (ROOT, ROOT / "docs"):
        return text if text.startswith("`") else f"`{text}`"
    if file.stem == "README":
        return f'\\ref index "{text}"'
    return f'\\ref {anchor_of(file, heading) if heading else name_of(file)} "{text}"'


def print_header():
    lines = PAGE.read_text().splitlines()
    for number, line in enumerate(lines):
        if number == 0:
            line = "/// \\file"
        elif number < lines.index("#pragma once"):
            line = line.replace("//", "/// \\brief" if number == 1 else "///", 1)
        print(line)


def print_page():
    inside, title, used = False, PAGE.stem != "README", Counter()
    for line in PAGE.read_text().splitlines():
        if line.startswith("```"):
            inside = not inside
        elif not inside and (heading := re.match(r"(#+) +(.+)", line)):
            plain = heading[2].replace("`", "")
            name = name_of(PAGE) if title else anchor_of(PAGE, heading[2])
            used[name] += 1
            again = f"-{used[name] - 1}" if used[name] > 1 else ""
            line = f"{heading[1]} {plain} {{#{name}{again}}}"
            title = False
        elif not inside:
            line = re.sub(r"\[([^\]]*)\]\(([^)\s]+)\)", link, line)
        print(line)


if __name__ == "__main__":
    print_header() if PAGE.suffix == ".hpp" else print_page()
