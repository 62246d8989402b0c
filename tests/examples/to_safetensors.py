# SPDX-License-Identifier: MIT
"""Networks of Python predict here what they do there:  to_safetensors.py EXAMPLES PREDICT TRAIN

EXAMPLES is the folder of to_safetensors.py, PREDICT and TRAIN are the programs."""

import csv
import json
import struct
import subprocess
import sys
import warnings

import numpy as np
from sklearn.datasets import load_iris, load_wine
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

examples, predict, train = sys.argv[1:]
sys.path.insert(0, examples)
from to_safetensors import check_sum, save_estimator, save_state_dict, write

warnings.simplefilter("ignore")  # of trainings that are cut short


def predicted(model, X, names, *options):
    """What PREDICT says of the rows of X: the first column as text, all others as numbers."""
    with open("inputs.csv", "w", newline="") as file:
        csv.writer(file).writerows([names] + [[repr(float(x)) for x in row] for row in X])
    done = subprocess.run([predict, model, "inputs.csv", *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader(done.stdout.splitlines()))
    return rows[0], rows[1:]


def numbers(rows):
    return np.array(rows, dtype=float)


def close(a, b, dtype=np.float64):
    """To some roundings of sums of few terms of order one."""
    assert a.shape == b.shape, (a.shape, b.shape)
    error = np.abs(a - b).max()
    assert error <= 100 * np.finfo(dtype).eps * max(1, np.abs(b).max()), error


def read(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    kinds = {"F32": "<f4", "F64": "<f8"}
    return {name: np.frombuffer(data[slice(*entry["data_offsets"])], kinds[entry["dtype"]])
            .reshape(entry["shape"]) for name, entry in header.items()}, metadata


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# Three classes after a scaling, and two by one output.
wine = load_wine()
X, names = wine.data, list(wine.feature_names)
labels = np.array(wine.target_names)[wine.target]
for wanted in (labels, np.where(labels == "class_1", "yes, one", "no")):
    mlp = MLPClassifier((7,), activation="logistic", max_iter=30, random_state=1)
    pipeline = make_pipeline(StandardScaler(), mlp).fit(X, wanted)
    save_estimator("classes.safetensors", pipeline, names)
    header, rows = predicted("classes.safetensors", X, names)
    assert [row[0] for row in rows] == list(pipeline.predict(X))
    P = pipeline.predict_proba(X)
    close(numbers([row[1:] for row in rows]), P if len(mlp.classes_) > 2 else P[:, 1:])
    expected = list(mlp.classes_) if len(mlp.classes_) > 2 else [mlp.classes_[1]]
    assert header == ["class"] + ["probability of " + name for name in expected], header

# The columns are found by their names, in another order too.
header, rows = predicted("classes.safetensors", X[:, ::-1], names[::-1])
assert [row[0] for row in rows] == list(pipeline.predict(X))

# A regression of two targets, without a scaling and without names.
iris = load_iris().data
mlp = MLPRegressor((5,), activation="logistic", max_iter=50, random_state=1)
mlp.fit(iris[:, :2], iris[:, 2:])
save_estimator("regression.safetensors", mlp)
header, rows = predicted("regression.safetensors", iris[:, :2], ["a", "b"])
assert header == ["prediction 1", "prediction 2"]
close(numbers(rows), mlp.predict(iris[:, :2]))

# What state_dict() of PyTorch gives, with and without biases.
generator = np.random.default_rng(1)
draw = lambda *shape: generator.normal(size=shape).astype(np.float32)
state = {"0.weight": draw(6, 3), "0.bias": draw(6), "2.weight": draw(2, 6), "2.bias": draw(2)}
X = draw(10, 3).astype(float)
for biases in (True, False):
    kept = {name: a for name, a in state.items() if biases or a.ndim == 2}
    H = X @ state["0.weight"].T + biases * state["0.bias"]
    O = sigmoid(H) @ state["2.weight"].T + biases * state["2.bias"]
    save_state_dict("torch.safetensors", kept, "sigmoid", ["cat", "dog"])
    header, rows = predicted("torch.safetensors", X, ["a", "b", "c"])
    assert header[1:] == ["probability of cat", "probability of dog"]
    close(numbers([row[1:] for row in rows]), sigmoid(O))

# A file as safetensors.numpy.save_file writes it: nothing but the tensors.
write("plain.safetensors", {"W1": np.ascontiguousarray(state["0.weight"].T),
                            "W2": np.ascontiguousarray(state["2.weight"].T)}, {})
header, rows = predicted("plain.safetensors", X, ["a", "b", "c"], "--output", "identity")
close(numbers(rows), O)

# What is not such a network is refused.
for estimator in (MLPClassifier((5,)), MLPClassifier((5, 5), activation="logistic")):
    for wrong in (estimator, make_pipeline(MinMaxScaler(), estimator)):
        try:
            save_estimator("wrong.safetensors", wrong.fit(wine.data, labels))
        except ValueError:
            continue
        raise AssertionError("saved, though it is no network of two layers")
for wrong in ({"0.weight": draw(6, 3)}, {**state, "4.weight": draw(2, 2)},
              {**state, "0.bias": draw(6).astype(np.float64)}):
    try:
        save_state_dict("wrong.safetensors", wrong, "sigmoid")
    except ValueError:
        continue
    raise AssertionError("saved, though these are no weights of two layers")

# What TRAIN saves is read by Python.
names = ["sepal length", "sepal width", "petal length"]
with open("iris.csv", "w", newline="") as file:
    csv.writer(file).writerows([names + ["y"]] + iris.tolist())
subprocess.run([train, "--data", "iris.csv", "--target", "y", "--regression", "--hidden", "4",
                "--epochs", "20", "--save", "iris.safetensors"], check=True, capture_output=True)
tensors, metadata = read("iris.safetensors")
assert metadata["output"] == "identity" and metadata["seed"] == "1"
assert metadata["loss"] == "squared error" and metadata["crc64"] == check_sum(tensors, metadata)
assert json.loads(metadata["columns"]) == [[name] for name in names]
Z = sigmoid((iris[:, :3] - tensors["inputs.mean"]) / tensors["inputs.deviation"] @ tensors["W1"] +
            tensors["b1"])
Yhat = (Z @ tensors["W2"] + tensors["b2"]) * tensors["targets.deviation"] + tensors["targets.mean"]
header, rows = predicted("iris.safetensors", iris[:, :3], names)
close(numbers(rows), Yhat)
