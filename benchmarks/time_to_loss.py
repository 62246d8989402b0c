#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the time that twolayer and other programs take to reach a loss, on one thread.

    cmake --workflow --preset benchmark
    python3 benchmarks/time_to_loss.py --program build/benchmark/benchmarks/time_to_loss build/tasks

Writes the tasks, trains each with several seeds until L = 1/(2N) sum (Yhat - Y)^2 on its samples
reaches its level, and prints a table of processor times. The median is over all seeds; a seed that
does not reach the level counts as infinitely slow. Minimum and maximum are over those that do.
"""

import argparse
import csv
import datetime
import math
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
OURS = "twolayer"
BY_HAND = "LBFGSpp"  # only a minimizer; the user writes the gradient, here in plain Eigen
ONE_THREAD = {name: "1" for name in
              ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")}


class Row:
    """One method of one program on one task."""

    def __init__(self, program, version, method, minimizes):
        self.program, self.version = program, version
        self.method, self.minimizes = method, minimizes
        self.runs, self.times = 0, []

    def add(self, seconds, loss, level, limit):
        self.runs += 1
        # A tolerance of 0.1 % for programs that sum in single precision.
        if loss <= 1.001 * level and seconds <= limit:
            self.times.append(1e3 * seconds)

    @property
    def median(self):
        return statistics.median(self.times + [math.inf] * (self.runs - len(self.times)))

    def cells(self):
        show = lambda ms: f"{ms:.3g}" if ms < 1000 else f"{ms:.0f}"
        median = show(self.median) if math.isfinite(self.median) else "-"
        least, most = (show(min(self.times)), show(max(self.times))) if self.times else ("-", "-")
        return [self.program, self.method, self.minimizes, median, least, most,
                f"{len(self.times)}/{self.runs}"]


def measured_by(commands, task, level, limit, left_out):
    """The rows of a task, fastest first."""
    rows = {}
    for command in commands:
        lines = subprocess.run(command, env={**os.environ, **ONE_THREAD}, check=True, text=True,
                               stdout=subprocess.PIPE).stdout.splitlines()
        for kind, *fields in csv.reader(lines):
            if kind == "left out":
                left_out[fields[0]] = fields[1]
                continue
            _, program, version, method, minimizes, _, seconds, loss = fields
            row = rows.setdefault((program, method, minimizes),
                                  Row(program, version, method, minimizes))
            row.add(float(seconds), float(loss), level, limit)
    return sorted(rows.values(), key=lambda row: (row.median, -len(row.times)))


def aligned(header, lines):
    widths = [max(map(len, column)) for column in zip(header, *lines)]
    numbers = {"median ms", "min", "max", "reached", "ms", "times ours"}
    for line in [header, *lines]:
        print("  ".join(cell.rjust(width) if name in numbers else cell.ljust(width)
                        for cell, width, name in zip(line, widths, header)).rstrip())
    print()


def summary(task, rows):
    """fit(), the best program for each loss, and L-BFGS on a gradient written by hand."""
    ours = next(row for row in rows if row.program == OURS and row.method == "fit")
    lines = [[task, "ours", "fit", *ours.cells()[3:4], *ours.cells()[6:], "1"]]
    programs = [row for row in rows if row.program not in (OURS, BY_HAND)]
    groups = [(name, [row for row in programs if row.minimizes == name])
              for name in ("squared error", "log-loss")]
    groups.append(("either, by hand", [row for row in rows if row.program == BY_HAND]))
    for name, peers in groups:
        peers = [row for row in peers if math.isfinite(row.median)]
        if peers:
            best = peers[0]
            ratio = f"{best.median / ours.median:.2f}" if math.isfinite(ours.median) else "-"
            lines.append(["", name, f"{best.program} {best.method}", *best.cells()[3:4],
                          *best.cells()[6:], ratio])
    return lines


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            return next(line.split(":")[1].strip() for line in file
                        if line.startswith("model name"))
    except (OSError, StopIteration):
        return "an unknown processor"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder to write the tasks into")
    parser.add_argument("--program", type=Path, required=True, help="path of the built time_to_loss")
    parser.add_argument("--tasks", help="names of tasks, separated by commas [default: all]")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--csv", type=Path, help="write the table to this file as well")
    options = parser.parse_args()

    left_out = {}
    programs = [[str(options.program)], [sys.executable, str(HERE / "peers/scikit_learn.py")]]
    if shutil.which("Rscript"):
        programs.append(["Rscript", "--vanilla", str(HERE / "peers/nnet.R")])
    else:
        left_out["R nnet"] = "r-cran-nnet"
    subprocess.run([sys.executable, str(HERE / "tasks.py"), str(options.folder)], check=True)

    print(f"{processor()}, processor time of one thread, {datetime.date.today()}, "
          f"{options.seeds} seeds\n")
    versions, summaries, table = {}, [], []
    header = ["program", "method", "minimizes", "median ms", "min", "max", "reached"]
    with open(options.folder / "tasks.csv", newline="") as file:
        tasks = list(csv.reader(file))
    for task, hidden, level, limit in tasks:
        if options.tasks and task not in options.tasks.split(","):
            continue
        arguments = [str(options.folder), task, str(options.first_seed), str(options.seeds)]
        rows = measured_by([program + arguments for program in programs], task, float(level),
                           float(limit), left_out)
        print(f"{task}: {hidden} hidden units, L = {level}, at most {limit} s")
        aligned(header, [row.cells() for row in rows])
        sys.stdout.flush()
        versions.update((row.program, row.version) for row in rows)
        summaries += summary(task, rows)
        table += [[task, *row.cells()] for row in rows]

    aligned(["task", "minimizes", "method", "ms", "reached", "times ours"], summaries)
    print("versions: " + ", ".join(f"{name} {version}".strip() for name, version
                                   in sorted(versions.items())))
    for name, package in left_out.items():
        print(f"not measured: {name} (needs {package})")
    if options.csv:
        with open(options.csv, "w", newline="") as file:
            csv.writer(file).writerows([["task", *header], *table])


if __name__ == "__main__":
    main()
