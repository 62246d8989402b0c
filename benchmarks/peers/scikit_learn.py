#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the processor seconds until scikit-learn's networks reach the level of a task.

Arguments: FOLDER TASK FIRST_SEED SEEDS.

MLPClassifier, with each column of Y as a separate label, has sigmoid outputs and minimizes the
log-loss. MLPRegressor, for targets between 0 and 1, has identity outputs and minimizes the squared
error. Prints one line per training, like the program time_to_loss.
"""

import csv
import sys
import time
import warnings
from pathlib import Path

try:
    import numpy as np
    import sklearn
    from sklearn.neural_network import MLPClassifier, MLPRegressor
except ImportError:
    print("left out,scikit-learn,python3-sklearn")
    sys.exit()

PATIENCE = 3  # a method that has not reached the level in this many time limits is dropped


class Ended(Exception):
    pass


def squared_error(net, X, Y):
    Yhat = net._forward_pass_fast(X).reshape(Y.shape)
    return ((Yhat - Y) ** 2).sum() / (2 * len(X))


class Watched:
    """Ends a training at the level, using residuals that scikit-learn computes anyway."""

    def watch(self, X, Y, level, deadline):
        self.watched, self.level, self.deadline = (X, Y), level, deadline
        self.seen, self.sum = 0, 0.0

    def _backprop(self, X, y, activations, deltas, coef_grads, intercept_grads):
        result = super()._backprop(X, y, activations, deltas, coef_grads, intercept_grads)
        residual = deltas[self.n_layers_ - 2]
        self.seen += len(residual)
        self.sum += np.vdot(residual, residual)
        samples = len(self.watched[0])
        if self.seen >= samples:
            L = self.sum / (2 * self.seen)
            self.seen, self.sum = 0, 0.0
            # With mini-batches, the weights changed during the epoch: recompute L if it is close.
            if len(residual) < samples and L <= 1.5 * self.level:
                L = squared_error(self, *self.watched)
            if L <= self.level or time.process_time() > self.deadline:
                raise Ended
        return result


class WatchedClassifier(Watched, MLPClassifier):
    pass


class WatchedRegressor(Watched, MLPRegressor):
    pass


def train(kind, settings, X, Y, hidden, level, limit, seed):
    """Seconds and loss of one training from fresh weights."""
    targets = Y.ravel() if Y.shape[1] == 1 else Y
    begin = time.process_time()
    net = kind(
        hidden_layer_sizes=(hidden,),
        activation="logistic",
        alpha=0,
        tol=0,
        max_iter=10**9,
        random_state=seed,
        warm_start=True,
        **settings,
    )
    try:
        # L-BFGS stops when an iteration lowers the loss by less than 2e-9. A warm start continues.
        while True:
            net.watch(X, Y, level, begin + limit)
            net.fit(X, targets)
            if net.n_iter_ < 2:
                break
    except Ended:
        pass
    seconds = time.process_time() - begin
    return seconds, squared_error(net, X, Y)


def methods(labels):
    kind = WatchedClassifier if labels else WatchedRegressor
    minimizes = "log-loss" if labels else "squared error"
    note = "" if labels else " identity"
    adam = {"solver": "adam", "learning_rate_init": 0.01, "n_iter_no_change": 10**9}
    return [
        ("L-BFGS" + note, minimizes, kind, {"solver": "lbfgs", "max_fun": 10**9}),
        ("Adam 0.01 batch 200" + note, minimizes, kind, adam),
        ("Adam 0.01 batch 32" + note, minimizes, kind, {**adam, "batch_size": 32}),
    ]


def main(folder, task, first_seed, seeds):
    warnings.simplefilter("ignore")
    with open(Path(folder) / "tasks.csv", newline="") as file:
        hidden, level, limit = next(row[1:] for row in csv.reader(file) if row[0] == task)
    X = np.loadtxt(Path(folder) / f"{task}_X.csv", delimiter=",", ndmin=2)
    Y = np.loadtxt(Path(folder) / f"{task}_Y.csv", delimiter=",", ndmin=2)
    labels = bool(np.isin(Y, [0, 1]).all())
    hidden, level, limit = int(hidden), float(level), float(limit)
    for name, minimizes, kind, settings in methods(labels):
        train(kind, settings, X, Y, hidden, level, 0.05, 0)  # warms up: libraries load at first use
        spent, reached = 0.0, 0
        for seed in range(first_seed, first_seed + seeds):
            if reached == 0 and spent > 0.99 * PATIENCE * limit:
                break
            seconds, loss = train(kind, settings, X, Y, hidden, level, limit, seed)
            spent += seconds
            reached += loss <= 1.001 * level and seconds <= limit
            print(f"run,{task},scikit-learn,{sklearn.__version__},{name},{minimizes},{seed},"
                  f"{seconds:.9f},{loss:.9g}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
