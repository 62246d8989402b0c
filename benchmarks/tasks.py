#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the tasks of time_to_loss as CSV files into a folder.

tasks.csv has a line NAME,HIDDEN,LEVEL,SECONDS for each task. NAME_X.csv has its inputs,
standardized with the population standard deviation, and NAME_Y.csv its targets in [0, 1]. The data
come with scikit-learn or the examples, or are generated here.
"""

import csv
import sys
from pathlib import Path

import numpy as np
from sklearn import datasets

PENGUINS = Path(__file__).resolve().parent.parent / "examples" / "data" / "penguins.csv"


def standardized(X):
    deviation = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(deviation > 0, deviation, 1)


def scaled(y):
    """Scales each column to [0.1, 0.9]."""
    low, high = y.min(axis=0), y.max(axis=0)
    return 0.1 + 0.8 * (y - low) / (high - low)


def one_hot(labels):
    return (np.asarray(labels)[:, None] == np.unique(labels)[None, :]).astype(float)


def surface():
    x = np.random.default_rng(1).uniform(-1, 1, (1000, 2))
    return x, 0.5 + 0.4 * np.sin(3 * x[:, :1]) * np.cos(2 * x[:, 1:])


def spirals():
    """Two arms of 200 points and one and a half turns each, without noise."""
    turn = np.sqrt(np.random.default_rng(2).uniform(0.02, 1, 200)) * 3 * np.pi
    arm = np.column_stack([turn * np.cos(turn), turn * np.sin(turn)])
    return np.vstack([arm, -arm]), np.repeat([[0.0], [1.0]], 200, axis=0)


def robot_arm():
    """The position of the hand of an arm with two links, of length 1 and 0.7, from its two angles."""
    angles = np.random.default_rng(3).uniform([0, 0], [np.pi / 2, np.pi], (600, 2))
    shoulder, both = angles[:, 0], angles.sum(axis=1)
    x = np.cos(shoulder) + 0.7 * np.cos(both)
    y = np.sin(shoulder) + 0.7 * np.sin(both)
    return angles, scaled(np.column_stack([x, y]))


def penguins():
    """The species from four measurements, for the complete rows."""
    with open(PENGUINS, newline="") as file:
        rows = [row for row in csv.DictReader(file) if "NA" not in row.values()]
    columns = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
    X = np.array([[float(row[column]) for column in columns] for row in rows])
    return X, one_hot([row["species"] for row in rows])


def classes(load):
    data = load()
    return data.data, one_hot(data.target)


def breast_cancer():
    data = datasets.load_breast_cancer()
    return data.data, data.target[:, None].astype(float)


def diabetes():
    data = datasets.load_diabetes()
    return data.data, scaled(data.target[:, None])


# name, X and Y, hidden units, level of the loss, time limit in seconds
TASKS = [
    ("iris", lambda: classes(datasets.load_iris), 8, 0.006, 5),
    ("breast_cancer", breast_cancer, 8, 0.001, 5),
    ("digits", lambda: classes(datasets.load_digits), 32, 0.002, 20),
    ("surface", surface, 20, 1e-5, 5),
    ("diabetes", diabetes, 5, 0.0065, 5),
    ("wine", lambda: classes(datasets.load_wine), 8, 0.002, 5),
    ("penguins", penguins, 8, 0.004, 5),
    ("spirals", spirals, 16, 0.01, 5),
    ("robot_arm", robot_arm, 12, 2e-5, 5),
]


def write_tasks(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, make, hidden, level, seconds in TASKS:
        X, Y = make()
        np.savetxt(folder / f"{name}_X.csv", standardized(X), fmt="%.17g", delimiter=",")
        np.savetxt(folder / f"{name}_Y.csv", Y, fmt="%.17g", delimiter=",")
        lines.append(f"{name},{hidden},{level},{seconds}\n")
    (folder / "tasks.csv").write_text("".join(lines))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: tasks.py FOLDER")
    write_tasks(sys.argv[1])
