#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation check: would the tests see it if one operator or sign of a header were another?

Changes one token at a time in include/twolayer/core/ and second_order/, compiles the tests that bear
on the header, and runs them until one fails. A mutant that all of them pass is tried again under
the address and undefined sanitizers. What then survives must stand in survivors.txt with a reason.
Results are kept in build/mutation until the header or the test changes.

    tests/mutation/run.py                            all of it: hours
    tests/mutation/run.py --only core/view.hpp       one header, or a folder
    tests/mutation/run.py --sample 100               so many mutants, by a fixed seed

Needs clang++ and what the tests need.
"""

import argparse
import concurrent.futures
import hashlib
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mutants import mutants
from tables import PROGRAMS, SPEED, TESTS, Program

ROOT = Path(__file__).resolve().parents[2]
HEADERS, TEST_FILES, STORE = ROOT / "include/twolayer", ROOT / "tests", ROOT / "build/mutation"
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
PRECOMPILED = """
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>
#include <Eigen/Core>
#include "catch.hpp"
"""


class Toolchain:
    """The compiler with one set of flags, and what the test programs of these flags share."""

    def __init__(self, flags, catch):
        self.flags = ["-std=c++20", "-O0", "-w", "-march=x86-64-v3", *flags]
        self.catch = catch
        self.folder = STORE / digest(*self.flags, catch)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.objects = []
        if catch:
            header = self.folder / "precompiled.hpp"
            header.write_text(PRECOMPILED)
            self.run([], "-x", "c++-header", header, "-o", header.with_suffix(".pch"), check=True)
            self.flags += ["-include-pch", str(header.with_suffix(".pch"))]
            # Linked after the test, so that functions in both are those of the mutant.
            for name in ("core/test_product", "support/test_allocations"):
                self.objects.append(self.compiled(name))

    def run(self, before, *arguments, **options):
        search = [*before, ROOT / "include", TEST_FILES]
        command = ["clang++", *self.flags, *(f"-I{folder}" for folder in search)]
        command += ["-isystem", "/usr/include/eigen3", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, **options)

    def compiled(self, name):
        target = self.folder / (name.replace("/", "_") + ".o")
        self.run([], "-c", TEST_FILES / f"{name}.cpp", "-o", target, check=True)
        return target


class Test:
    """A test's program, to be built with a changed header in front of the others."""

    def __init__(self, name, sanitized=False):
        self.name = name
        program = PROGRAMS.get(name, Program())
        self.flags = program.flags + (SANITIZERS if sanitized else ())
        self.toolchain = Toolchain(self.flags, program.catch)
        self.beside = [self.toolchain.compiled(source) for source in program.beside]
        sources = [TEST_FILES / f"{one}.cpp" for one in (name, *program.beside)]
        self.digest = digest(*self.flags, *(source.read_text() for source in sources))
        self.seconds = 60.0
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as empty:
            if self.outcome(Path(empty)) != "passed":
                sys.exit(f"{name} fails without any change")
        self.seconds = 5 + 4 * (time.monotonic() - started)

    def outcome(self, folder):
        """With the headers of `folder` before all others: passed, failed, or does not compile."""
        tools, program = self.toolchain, folder / "program"
        source, target = TEST_FILES / f"{self.name}.cpp", folder / "test.o"
        compilation = tools.run([folder], "-c", source, "-o", target)
        if compilation.returncode != 0:
            told = re.search("static_assert|static assertion", compilation.stderr)
            return "failed" if told else "does not compile"
        objects = [target, *self.beside]
        if tools.catch:
            # One that is the test itself would define its cases twice.
            own = self.name.replace("/", "_") + ".o"
            objects += [shared for shared in tools.objects if shared.name != own]
            objects += ["-lCatch2WithMain"]
        tools.run([], *objects, "-pthread", "-fuse-ld=lld", "-o", program, check=True)
        try:
            arguments = ["--abort", "~[support]"] if tools.catch else []
            run = subprocess.run(
                [program, *arguments],
                capture_output=True,
                cwd=folder,
                timeout=self.seconds,
                preexec_fn=None if SANITIZERS[0] in self.flags else bound_memory,
                env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
            )
            return "passed" if run.returncode == 0 else "failed"
        except subprocess.TimeoutExpired:
            return "failed"

    def active_lines(self, header):
        """The lines of a header that are compiled at all, by their numbers."""
        path = HEADERS / header
        text = self.toolchain.run([], "-E", "-x", "c++", path, check=True).stdout
        active, file, number = set(), None, 0
        for line in text.splitlines():
            if mark := re.match(r'# (\d+) "(.*?)"', line):
                file, number = mark[2], int(mark[1]) - 1
            elif file == str(path) and line.strip():
                active.add(number)
            number += 1 if file else 0
        return active


def bound_memory():
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def digest(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:24]


class Check:
    """All mutants of a header against its tests."""

    tests = {}  # by name and whether sanitized

    def __init__(self, header):
        self.header = header
        path = Path(header)
        own = f"{path.parent}/test_{path.stem}"
        names = [own] if (TEST_FILES / f"{own}.cpp").exists() else []
        self.names = list(dict.fromkeys(names + TESTS.get(header, [])))
        source = (HEADERS / header).read_text()
        self.active = {}
        for name in self.names:
            self.active[name] = self.test(name).active_lines(header)
        compiled = set().union(*self.active.values())
        found = list(mutants(source, SPEED.get(header, [])))
        self.mutants = [m for m in found if m.line_number in compiled]
        self.not_compiled = len(found) - len(self.mutants)

    @classmethod
    def test(cls, name, sanitized=False):
        key = (name, sanitized)
        if key not in cls.tests:
            cls.tests[key] = Test(name, sanitized)
        return cls.tests[key]

    def outcome(self, mutant):
        """caught, survived, or does not compile."""
        for sanitized in (False, True):
            for name in self.names:
                if mutant.line_number not in self.active[name]:
                    continue
                outcome = self.kept_outcome(mutant, self.test(name, sanitized))
                if outcome == "failed":
                    return "caught"
                if outcome != "passed":
                    return outcome
        return "survived"

    def kept_outcome(self, mutant, test):
        kept = STORE / "outcomes" / digest(self.header, mutant.text, test.digest)
        if kept.exists():
            return kept.read_text()
        with tempfile.TemporaryDirectory() as folder:
            header = Path(folder) / "twolayer" / self.header
            header.parent.mkdir(parents=True)
            header.write_text(mutant.text)
            outcome = test.outcome(Path(folder))
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(outcome)
        return outcome


def known_survivors():
    """{(header, marked line): reason}: blocks of such lines, and indented below why they survive."""
    known, block = {}, []
    for line in (Path(__file__).parent / "survivors.txt").read_text().splitlines():
        if line.startswith(" "):
            known.update({key: (known.get(key, "") + " " + line.strip()).strip() for key in block})
        elif ": " in line and not line.startswith("#"):
            if block and block[-1] in known:
                block = []
            block.append(tuple(line.split(": ", 1)))
    return known


def main():
    parser = argparse.ArgumentParser(description="Change one operator at a time; do the tests see it?")
    parser.add_argument("--only", nargs="+", default=[""], help="headers, or how their paths begin")
    parser.add_argument("--sample", type=int, help="so many mutants of all")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="name the mutants, and run nothing")
    options = parser.parse_args()

    headers = [f for folder in ("core", "second_order") for f in (HEADERS / folder).rglob("*.hpp")]
    headers = sorted(str(header.relative_to(HEADERS)) for header in headers)
    work = []
    for header in headers:
        if header.startswith(tuple(options.only)):
            if options.list:
                for mutant in mutants((HEADERS / header).read_text(), SPEED.get(header, [])):
                    print(f"{header}: {mutant.line()}")
                continue
            check = Check(header)
            if check.not_compiled:
                print(f"{header}: {check.not_compiled} mutants in lines not compiled here")
            work += [(check, mutant) for mutant in check.mutants]
    if options.sample:
        work = random.Random(1).sample(work, min(options.sample, len(work)))
    if not work:
        return

    counts, unknown = {"caught": 0, "survived": 0, "does not compile": 0}, 0
    same, known = 0, known_survivors()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (check, mutant), outcome in zip(work, pool.map(lambda one: one[0].outcome(one[1]), work)):
            counts[outcome] += 1
            if outcome == "survived":
                reason = known.get((check.header, mutant.line()), "unknown")
                unknown += reason == "unknown"
                same += reason.startswith("same:")
                print(f"{check.header}: {mutant.line()}\n    {reason}", flush=True)

    changing = counts["caught"] + counts["survived"] - same
    print(
        f"{len(work)} mutants: {counts['does not compile']} do not compile, {same} give the same "
        f"result, {counts['caught']} of the other {changing} are caught "
        f"({100 * counts['caught'] / max(changing, 1):.1f} %), {unknown} survive without a reason"
    )
    if unknown or counts["caught"] < 0.95 * changing:
        sys.exit(1)


if __name__ == "__main__":
    main()
