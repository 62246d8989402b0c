#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutation check: do the tests detect a changed operator or sign in a header?

Changes one token at a time in the headers of base/ to network/, compiles the tests of the header, and
runs them until one fails. If all of them pass, runs the first again under the address sanitizer. A
mutant that still survives must be in survivors.txt with a reason. Results are cached in
build/mutation until the header or the test changes.

    tests/mutation/run.py                            all mutants, which takes hours
    tests/mutation/run.py --only base/view.hpp       one header, or a folder
    tests/mutation/run.py --sample 100               100 random mutants, with a fixed seed

Needs clang++ and what the tests need.
"""

import argparse
import atexit
import functools
import hashlib
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from mutants import mutants, switched
from tables import PROGRAMS, SPEED, TESTS, Program

ROOT = Path(__file__).resolve().parents[2]
HEADERS, TEST_FILES, STORE = ROOT / "include/twolayer", ROOT / "tests", ROOT / "build/mutation"
SANITIZER = ("-fsanitize=address",)
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


@functools.cache
class Toolchain:
    """The compiler with one set of flags, and the objects that test programs with these flags share."""

    def __init__(self, flags, catch):
        self.flags = ["-std=c++20", "-O0", "-w", "-Wno-narrowing", "-march=x86-64-v3", *flags]
        self.catch = catch
        self.folder = STORE / digest(*self.flags, catch)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.objects = []
        if catch:
            header = self.folder / "precompiled.hpp"
            header.write_text(PRECOMPILED)
            self.run([], "-x", "c++-header", header, "-o", header.with_suffix(".pch"), check=True)
            self.flags += ["-include-pch", str(header.with_suffix(".pch"))]
            # Linked after the test, so that functions defined in both are those of the mutant.
            self.objects.append(self.compiled("support/test_allocations"))

    def run(self, before, *arguments, **options):
        search = [*before, ROOT / "include", TEST_FILES]
        command = ["clang++", *self.flags, *(f"-I{folder}" for folder in search)]
        command += ["-isystem", "/usr/include/eigen3", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, **options)

    def compiled(self, name):
        target = self.folder / (name.replace("/", "_") + ".o")
        self.run([], "-c", TEST_FILES / f"{name}.cpp", "-o", target, check=True)
        return target


@functools.cache
class Test:
    """The program of a test, which is built with a changed header."""

    def __init__(self, name, sanitized):
        self.name = name
        program = PROGRAMS.get(name, Program())
        self.flags = program.flags + (SANITIZER if sanitized else ())
        self.toolchain = Toolchain(self.flags, program.catch)
        self.arguments = ["--abort", "~[support]"] if program.catch else []
        self.others = [Toolchain((), program.catch).compiled(source) for source in program.others]
        sources = [TEST_FILES / f"{one}.cpp" for one in (name, *program.others)]
        self.digest = digest(*self.flags, *(source.read_text() for source in sources))
        self.seconds = 100
        with tempfile.TemporaryDirectory() as empty:
            if self.build(Path(empty)) != "built" or self.outcome(Path(empty)) != "passed":
                sys.exit(f"{name} fails without any change")
        self.seconds = 1 + 4 * self.taken

    def build(self, folder):
        """Compiles with the headers of `folder` first: built, failed, or does not compile."""
        tools = self.toolchain
        source, target = TEST_FILES / f"{self.name}.cpp", folder / "test.o"
        compilation = tools.run([folder], "-c", source, "-o", target, preexec_fn=bounds(200, 8 << 30))
        if compilation.returncode != 0:
            asserted = re.search("static_assert|static assertion", compilation.stderr)
            return "failed" if asserted else "does not compile"
        objects = [target, *self.others]
        if tools.catch:
            objects += [*tools.objects, "-lCatch2WithMain"]
        tools.run([], *objects, "-pthread", "-fuse-ld=lld", "-o", folder / "program", check=True)
        return "built"

    def outcome(self, folder, **environment):
        """Runs the program of `folder`: passed or failed."""
        memory = resource.RLIM_INFINITY if SANITIZER[0] in self.flags else 4 << 30
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        run = subprocess.run(
            [folder / "program", *self.arguments],
            capture_output=True,
            cwd=folder,
            preexec_fn=bounds(self.seconds, memory),
            env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0", **environment},
        )
        self.taken = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        return "passed" if run.returncode == 0 else "failed"

    def active_lines(self, header):
        """The numbers of the lines of a header that are compiled."""
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


def bounds(seconds, memory):
    """The limits of a process, since a mutant may never end. Beyond them, it counts as failed."""

    def bound():
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 1))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    return bound


def digest(*parts):
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:24]


class Switches:
    """A program of a test with all mutants of a header that can be switched on at run time."""

    def __init__(self, header, test):
        self.header, self.test = header, test
        self.programs = {}  # by the mutant: folder and number
        numbered = list(enumerate(found_mutants(header), start=1))
        if numbered:
            self.build(numbered[0][1].source, numbered)

    def build(self, source, numbered):
        text, included = switched(source, numbered)
        if not included:
            return
        folder = Path(tempfile.mkdtemp(dir=STORE))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        changed = folder / "twolayer" / self.header
        changed.parent.mkdir(parents=True)
        include = f'#include "{Path(__file__).parent / "switch.hpp"}"\n'
        changed.write_text(text.replace("#pragma once\n", "#pragma once\n" + include))
        if self.test.build(folder) == "built":
            met = folder / "met"
            if self.test.outcome(folder, MUTANTS_MET=str(met)) == "passed":
                numbers = set(map(int, met.read_text().split() if met.exists() else []))
                self.programs.update({m: (folder, n) for n, m in included if n in numbers})
        elif len(included) > 1:
            half = len(included) // 2
            self.build(source, included[:half])
            self.build(source, included[half:])

    def outcome(self, mutant):
        """The outcome of a mutant; None if it cannot be switched on here."""
        if mutant not in self.programs:
            return None
        folder, number = self.programs[mutant]
        return self.test.outcome(folder, MUTANT=str(number))


@functools.cache
def found_mutants(header):
    return list(mutants((HEADERS / header).read_text(), SPEED.get(header, [])))


class Check:
    """Runs the tests of a header on its mutants."""

    def __init__(self, header):
        self.header = header
        path = Path(header)
        own = f"{path.parent}/test_{path.stem}"
        names = [own] if (TEST_FILES / f"{own}.cpp").exists() else []
        names = dict.fromkeys(names + TESTS.get(header, []))
        if not names and found_mutants(header):
            sys.exit(f"tables.py names no test of {header}")
        self.active = {name: Test(name, False).active_lines(header) for name in names}
        self.switches = {}

    def outcome(self, mutant):
        """caught, survived, does not compile, or not compiled here."""
        names = [name for name, lines in self.active.items() if mutant.line_number in lines]
        if not names:
            return "not compiled here"
        for name, sanitized in [*((name, False) for name in names), (names[0], True)]:
            outcome = self.kept_outcome(mutant, Test(name, sanitized))
            if outcome == "failed":
                return "caught"
            if outcome != "passed":
                return outcome
        return "survived"

    def kept_outcome(self, mutant, test):
        kept = STORE / "outcomes" / digest(self.header, mutant.text, test.digest)
        if kept.exists():
            return kept.read_text()
        if test not in self.switches:
            self.switches[test] = Switches(self.header, test)
        outcome = self.switches[test].outcome(mutant) or self.outcome_alone(mutant, test)
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(outcome)
        return outcome

    def outcome_alone(self, mutant, test):
        with tempfile.TemporaryDirectory() as folder:
            changed = Path(folder) / "twolayer" / self.header
            changed.parent.mkdir(parents=True)
            changed.write_text(mutant.text)
            built = test.build(Path(folder))
            return test.outcome(Path(folder)) if built == "built" else built


def known_survivors():
    """{(header, marked line): reason}, from blocks of lines with an indented reason below."""
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
    parser = argparse.ArgumentParser(description="Checks that the tests detect changed operators.")
    parser.add_argument("--only", nargs="+", default=[""], help="paths of headers, or their beginnings")
    parser.add_argument("--sample", type=int, help="check only this number of random mutants")
    parser.add_argument("--list", action="store_true", help="list the mutants without checking them")
    options = parser.parse_args()

    headers = [f for folder in ("base", "kernels", "policies", "tiles", "network") for f in (HEADERS / folder).rglob("*.hpp")]
    headers = sorted(str(header.relative_to(HEADERS)) for header in headers)
    headers = [header for only in options.only for header in headers if header.startswith(only)]
    work = [(header, mutant) for header in headers for mutant in found_mutants(header)]
    if options.sample:
        work = sorted(random.Random(1).sample(work, min(options.sample, len(work))), key=work.index)
    if options.list:
        for header, mutant in work:
            print(f"{header}: {mutant.line()}")
        return

    check = functools.cache(Check)  # constructed when first used
    counts, known, same, unknown = Counter(), known_survivors(), 0, 0
    for header, mutant in work:
        outcome = check(header).outcome(mutant)
        counts[outcome] += 1
        if outcome == "survived":
            reason = known.get((header, mutant.line()), "no reason")
            unknown += reason == "no reason"
            same += reason.startswith("same:")
            print(f"{header}: {mutant.line()}\n    {reason}", flush=True)

    caught = counts["caught"]
    changing = caught + counts["survived"] - same
    print(
        f"{len(work)} mutants: {counts['not compiled here']} in lines not compiled here, "
        f"{counts['does not compile']} do not compile, {same} give the same result; "
        f"of the other {changing}, {caught} are caught ({100 * caught / max(changing, 1):.1f} %), "
        f"{unknown} survive without a reason"
    )
    if unknown or caught < 0.95 * changing:
        sys.exit(1)


if __name__ == "__main__":
    main()
