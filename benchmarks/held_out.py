#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Held-out scores of scikit-learn's MLP, tuned by an inner grid search, on five outer folds.

    held_out.py FOLDER [DATA_SET ...] [--seed SEED]

For each data set, writes FOLDER/DATA_SET/X.csv (N x D, raw units), Y.csv (N labels, or N x K
targets) and folds.csv (for each row the outer fold that holds it out), without headers. Appends the
results to FOLDER/sklearn.csv, one row for each data set and fold. Existing rows are kept, so the
same command continues an interrupted run. held_out.cpp scores the library on the same folds and
prints both scores.
"""

import argparse
import csv
import os
import time
import warnings
from pathlib import Path

# The libraries below read these variables when they are loaded.
for library in ("OMP", "OPENBLAS", "MKL", "BLIS"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import numpy as np
from sklearn import datasets
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "data"
FOLDS = 5
SEED = 1  # of generated data, folds and initial weights; --seed changes it
GRID = {
    "hidden_layer_sizes": [(8,), (32,), (96,)],
    "alpha": [1e-4, 1e-2, 1.0],
    "solver": ["lbfgs", "adam"],
}
HEADER = ["data set", "task", "fold", "score", "seconds", "hidden", "alpha", "solver"]


def penguins(target):
    """X and the target of the complete rows. X has all other columns, with text one-hot encoded."""
    with open(EXAMPLES / "penguins.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if "NA" not in row.values()]
    inputs = []
    for name in [name for name in rows[0] if name != target]:
        column = [row[name] for row in rows]
        try:
            inputs.append([float(cell) for cell in column])
        except ValueError:
            for category in sorted(set(column)):
                inputs.append([float(cell == category) for cell in column])
    return np.array(inputs).T, np.array([row[target] for row in rows])


def penguins_species():
    X, species = penguins("species")
    return X, np.unique(species, return_inverse=True)[1]


def penguins_mass():
    X, mass = penguins("body_mass_g")
    return X, mass.astype(float)


def digits():
    table = np.loadtxt(EXAMPLES / "digits.csv", delimiter=",")
    return table[:, :-1], table[:, -1].astype(int)


def eleven_classes():
    return datasets.make_classification(
        n_samples=990, n_features=10, n_informative=10, n_redundant=0, n_classes=11, class_sep=2.5,
        random_state=SEED)


# The expensive ones last, so that an interrupted run has compared as many data sets as possible.
DATA_SETS = {
    "iris": ("classes", lambda: datasets.load_iris(return_X_y=True)),
    "linnerud": ("numbers", lambda: datasets.load_linnerud(return_X_y=True)),
    "wine": ("classes", lambda: datasets.load_wine(return_X_y=True)),
    "penguins_species": ("classes", penguins_species),
    "penguins_mass": ("numbers", penguins_mass),
    "moons": ("classes", lambda: datasets.make_moons(500, noise=0.25, random_state=SEED)),
    "diabetes": ("numbers", lambda: datasets.load_diabetes(return_X_y=True, scaled=False)),
    "friedman1": ("numbers", lambda: datasets.make_friedman1(500, noise=1.0, random_state=SEED)),
    "breast_cancer": ("classes", lambda: datasets.load_breast_cancer(return_X_y=True)),
    "eleven_classes": ("classes", eleven_classes),
    "digits": ("classes", digits),
}


def shuffled_folds(task):
    """Folds, outer or inner. They are shuffled, because some tables are sorted by their target."""
    kind = StratifiedKFold if task == "classes" else KFold
    return kind(FOLDS, shuffle=True, random_state=SEED)


def tuned_mlp(task):
    """The search over GRID, which refits its best model, and the prefix of its parameter names."""
    settings = {"activation": "logistic", "max_iter": 1000, "random_state": SEED}
    if task == "classes":
        model = make_pipeline(StandardScaler(), MLPClassifier(**settings))
        prefix = "mlpclassifier__"
    else:
        regressor = make_pipeline(StandardScaler(), MLPRegressor(**settings))
        model = TransformedTargetRegressor(regressor, transformer=StandardScaler())
        prefix = "regressor__mlpregressor__"
    grid = {prefix + name: values for name, values in GRID.items()}
    return GridSearchCV(model, grid, cv=shuffled_folds(task), n_jobs=1), prefix


def held_out_result(task, X, Y, held_out):
    """Score, seconds, hidden units, alpha and solver of a search without the held-out rows."""
    search, prefix = tuned_mlp(task)
    # Processor time, since the machine may be busy.
    begin = time.process_time()
    search.fit(X[~held_out], Y[~held_out])
    seconds = time.process_time() - begin
    chosen = {name: search.best_params_[prefix + name] for name in GRID}
    hidden = chosen["hidden_layer_sizes"][0]
    score = search.score(X[held_out], Y[held_out])
    return score, seconds, hidden, chosen["alpha"], chosen["solver"]


def write_data(folder, task, X, Y):
    """Writes the three files and returns the outer fold of each row."""
    fold_of_row = np.empty(len(X), int)
    for fold, (_, held_out) in enumerate(shuffled_folds(task).split(X, Y)):
        fold_of_row[held_out] = fold
    folder.mkdir(parents=True, exist_ok=True)
    np.savetxt(folder / "X.csv", X, "%.17g", ",")
    np.savetxt(folder / "Y.csv", Y, "%d" if task == "classes" else "%.17g", ",")
    np.savetxt(folder / "folds.csv", fold_of_row, "%d")
    return fold_of_row


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("data_sets", nargs="*", metavar="DATA_SET",
                        help="some of " + ", ".join(DATA_SETS) + " [default: all]")
    parser.add_argument("--seed", type=int, default=SEED,
                        help="seed of generated data, folds and initial weights [default: %(default)s]")
    arguments = parser.parse_args()
    globals()["SEED"] = arguments.seed
    names = arguments.data_sets or list(DATA_SETS)
    if unknown := [name for name in names if name not in DATA_SETS]:
        parser.error("unknown data set: " + ", ".join(unknown))

    # Settings that do not converge are compared by their scores like all others.
    warnings.simplefilter("ignore", ConvergenceWarning)

    data = {}
    for name in names:
        task, load = DATA_SETS[name]
        X, Y = load()
        data[name] = task, X, Y, write_data(arguments.folder / name, task, X, Y)

    results = arguments.folder / "sklearn.csv"
    if not results.exists():
        results.write_text(",".join(HEADER) + "\n")
    with open(results, newline="") as file:
        done = {(row["data set"], int(row["fold"])) for row in csv.DictReader(file)}
    for name, (task, X, Y, fold_of_row) in data.items():
        for fold in range(FOLDS):
            if (name, fold) in done:
                continue
            score, seconds, *chosen = held_out_result(task, X, Y, fold_of_row == fold)
            row = [name, task, fold, f"{score:.6f}", f"{seconds:.2f}", *chosen]
            with open(results, "a", newline="") as file:
                csv.writer(file, lineterminator="\n").writerow(row)
            print(*row, flush=True)


if __name__ == "__main__":
    main()
