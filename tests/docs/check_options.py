#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that docs/train-and-predict.md and the programs have the same options: each option that a program
declares is in a table of its section, and each that the page names is declared.

Prints each option that is missing on one side.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "train-and-predict.md"
SHARED = "tools/support/program_options.hpp"
SOURCES = {"train": ["tools/support/command_line.hpp", SHARED], "predict": ["tools/predict.cpp", SHARED]}
OPTION = r"--[a-z][a-z-]*"
EVERYWHERE = {"--help", "--version"}


def declared(program):
    """The options that the sources of a program pass to the functions that add one."""
    added = rf'\badd_(?:option|flag|choice|option_function)(?:<[^(]*>)?\(\s*(?:app,\s*)?"({OPTION})"'
    return {option for source in SOURCES[program] for option in re.findall(added, (ROOT / source).read_text())}


def explained(page, program):
    """The options in the first columns of the tables in the section of a program."""
    section = re.search(rf"^## Options of {program}\n(.*?)(?=^## )", page, re.DOTALL | re.MULTILINE)[1]
    return {option for cell in re.findall(r"^\|([^|]*)\|", section, re.MULTILINE)
            for option in re.findall(rf"`({OPTION})", cell)}


def named(page):
    """The options that the page names, alone or on a command line of a program."""
    alone = re.findall(rf"`({OPTION})", page)
    lines = re.findall(r"^(?:\S*/)?(?:train|predict) .*|`(?:\S*/)?(?:train|predict) [^`]*`", page, re.MULTILINE)
    return {*alone, *(option for line in lines for option in re.findall(rf"(?<= ){OPTION}", line.split("#")[0]))}


def main():
    page = PAGE.read_text()
    faults = [f"{option} is named, but neither program has it"
              for option in named(page) - declared("train") - declared("predict") - EVERYWHERE]
    for program in SOURCES:
        options, rows = declared(program), explained(page, program)
        if len(options) < 10:
            sys.exit(f"{program}: found only {sorted(options)}: see declared()")
        faults += [f"{option} of {program} has no row in a table" for option in options - rows]
        faults += [f"{option} has a row, but {program} has no such option" for option in rows - options]
    for fault in sorted(faults):
        print(f"{PAGE.relative_to(ROOT)}: {fault}", file=sys.stderr)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
