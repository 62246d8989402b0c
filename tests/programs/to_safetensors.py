# SPDX-License-Identifier: MIT
"""Networks from Python predict the same in predict:  to_safetensors.py TOOLS PREDICT TRAIN

TOOLS is the folder of to_safetensors.py, PREDICT and TRAIN are the programs."""

import csv
import json
import os
import struct
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info
from onnx.numpy_helper import from_array
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_iris, load_wine
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

tools, predict, train = sys.argv[1:]
sys.path.insert(0, tools)
from to_safetensors import check_sum, save_estimator, save_onnx, save_state_dict, write

warnings.simplefilter("ignore")  # of trainings that are cut short


def predicted(model, X, names, *options):
    """The output of PREDICT for the rows of X: the first column as text, all others as numbers."""
    with open("inputs.csv", "w", newline="") as file:
        csv.writer(file).writerows([names] + [[repr(float(x)) for x in row] for row in X])
    done = subprocess.run([predict, model, "inputs.csv", *options], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = list(csv.reader(done.stdout.splitlines()))
    return rows[0], rows[1:]


def numbers(rows):
    return np.array(rows, dtype=float)


def close(a, b, dtype=np.float64):
    """Compares up to a few roundings of short sums of terms of order one."""
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


def softmax(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def check(model, X, expected):
    """Whether PREDICT agrees with predictions of the model's own precision, N x K, but for rounding:

        4 (D + M + 8) eps (1 + |b2| + sum_m |Z_m W2_mk| + (|x| |W1|)_m |W2_mk| / 4)

    for scaled x; the slopes of the outputs are at most 1. Returns the output."""
    tensors, metadata = read(model)
    W1, W2 = tensors["W1"], tensors["W2"]
    b1, b2 = tensors.get("b1", 0), tensors.get("b2", 0)
    x = (X - tensors.get("inputs.mean", 0)) / tensors.get("inputs.deviation", 1)
    sums = sigmoid(x @ W1 + b1) @ abs(W2) + abs(x) @ abs(W1) @ abs(W2) / 4 + abs(b2)
    allowed = 4 * (sum(W1.shape) + 8) * np.finfo(W1.dtype).eps * (1 + sums.max())
    header, rows = predicted(model, X, [f"x{i}" for i in range(X.shape[1])])
    found = numbers([row[len(row) - W2.shape[1]:] for row in rows])
    assert found.shape == expected.shape, (found.shape, expected.shape)
    error = np.abs(found - expected).max()
    assert error <= allowed, (error, allowed)
    assert allowed < 1e-2 * np.ptp(expected, axis=0).min(), "any prediction would pass"
    return metadata["output"]


def refusal(call, *arguments, **options):
    """The message of the ValueError that a call raises."""
    try:
        call(*arguments, **options)
    except ValueError as error:
        return str(error)
    raise AssertionError("nothing refused")


# Three classes with a scaling, and two classes with one output.
wine = load_wine()
X, names = wine.data, list(wine.feature_names)
labels = np.array(wine.target_names)[wine.target]
binary = np.where(labels == "class_1", "yes, one", "no")
for wanted, activation in ((labels, "logistic"), (labels, "tanh"), (binary, "tanh"), (binary, "logistic")):
    mlp = MLPClassifier((7,), activation=activation, max_iter=30, random_state=1)
    pipeline = make_pipeline(StandardScaler(), mlp).fit(X, wanted)
    save_estimator("classes.safetensors", pipeline, names)
    header, rows = predicted("classes.safetensors", X, names)
    assert [row[0] for row in rows] == list(pipeline.predict(X))
    P = pipeline.predict_proba(X)
    close(numbers([row[1:] for row in rows]), P if len(mlp.classes_) > 2 else P[:, 1:])
    expected = list(mlp.classes_) if len(mlp.classes_) > 2 else [mlp.classes_[1]]
    assert header == ["class"] + ["probability of " + name for name in expected], header

# The columns are found by their names, also in a different order.
header, rows = predicted("classes.safetensors", X[:, ::-1], names[::-1])
assert [row[0] for row in rows] == list(pipeline.predict(X))

# A regression of two targets, without scaling and names.
iris = load_iris().data
for activation in ("logistic", "tanh"):
    mlp = MLPRegressor((5,), activation=activation, max_iter=50, random_state=1)
    mlp.fit(iris[:, :2], iris[:, 2:])
    save_estimator("regression.safetensors", mlp)
    header, rows = predicted("regression.safetensors", iris[:, :2], ["a", "b"])
    assert header == ["prediction 1", "prediction 2"]
    close(numbers(rows), mlp.predict(iris[:, :2]))

# Regressions of scaled targets, with the wrapper around the pipeline, in the pipeline, and around the MLP.
for targets in (1e3 * iris[:, 2:] + 50, 1e3 * iris[:, 2] + 50):
    for scaler in (StandardScaler(), StandardScaler(with_mean=False), StandardScaler(with_std=False)):
        mlp = MLPRegressor((5,), activation="tanh", max_iter=50, random_state=1)
        wrapped = TransformedTargetRegressor(mlp, transformer=scaler)
        whole = TransformedTargetRegressor(make_pipeline(clone(scaler), mlp), transformer=scaler)
        for estimator in (wrapped, whole, make_pipeline(clone(scaler), wrapped)):
            estimator.fit(iris[:, :2], targets)
            save_estimator("scaled.safetensors", estimator, ["a", "b"])
            header, rows = predicted("scaled.safetensors", iris[:, :2], ["a", "b"])
            close(numbers(rows), estimator.predict(iris[:, :2]).reshape(len(iris), -1))
            assert read("scaled.safetensors")[0].get("targets.mean", np.zeros(1)).max() == 0

# The result of PyTorch's state_dict(), with and without biases.
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

# Files exported by PyTorch, and its predictions.
torch = Path(__file__).parent / "torch"
stored = np.load(torch / "networks.npz")
four = ["w", "x", "y", "z"]
for name, output in (("sigmoid", "sigmoid"), ("tanh", "identity"), ("tanh_softmax_double", "softmax"),
                     ("scaled_softmax", "softmax"), ("no_biases_tanh", "identity")):
    save_onnx("torch.safetensors", torch / f"{name}.onnx")
    assert check("torch.safetensors", stored[f"{name}.X"], stored[f"{name}.Yhat"]) == output
save_onnx("torch.safetensors", torch / "tanh.onnx", four, output="softmax")
assert check("torch.safetensors", stored["tanh.X"], softmax(stored["tanh.Yhat"])) == "softmax"
assert predicted("torch.safetensors", stored["tanh.X"], ["a", "b", "c"])[1][0][0] in four
subprocess.run([sys.executable, f"{tools}/to_safetensors.py", torch / "tanh.onnx", "command.safetensors",
                "--output", "softmax", "--classes", *four], check=True)
assert Path("command.safetensors").read_bytes() == Path("torch.safetensors").read_bytes()

# The weights of the same network without its graph.
save_state_dict("torch.safetensors", np.load(torch / "state_dict.npz"), "identity", activation="tanh")
check("torch.safetensors", stored["tanh.X"], stored["tanh.Yhat"])


def graph(*steps, producer="tf2onnx"):
    """An ONNX file of operations one after the other, with their constants and attributes, and the
    names that tf2onnx gives to the layers of Keras."""
    nodes, constants, value = [], [], "X"
    dtypes = {np.dtype("float32"): TensorProto.FLOAT, np.dtype("float64"): TensorProto.DOUBLE}
    for operation, *operands in steps:
        attributes = operands.pop() if operands and isinstance(operands[-1], dict) else {}
        name = f"model/dense_{len(nodes)}/{operation}"
        names = [f"{name}/ReadVariableOp:{i}" for i in range(len(operands))]
        constants += [from_array(a, constant) for a, constant in zip(operands, names)]
        nodes.append(make_node(operation, [value, *names], [name + ":0"], name=name,
                               domain="ai.onnx.ml" if operation == "Scaler" else "", **attributes))
        value = name + ":0"
    kind = dtypes[next(a.dtype for step in steps for a in step if isinstance(a, np.ndarray))]
    model = make_model(make_graph(nodes, "model", [make_tensor_value_info("X", kind, ["N", 3])],
                                  [make_tensor_value_info(value, kind, ["N", None])], constants),
                       producer_name=producer,
                       opset_imports=[make_opsetid("", 13), make_opsetid("ai.onnx.ml", 2)])
    onnx.save(model, "graph.onnx")
    return model


# Graphs of Keras as written by tf2onnx: every output, activation and scaling, and biases in one layer only.
for dtype in (np.float32, np.float64):
    draw = lambda *shape: generator.normal(size=shape).astype(dtype)
    V1, a1, V2, a2 = draw(3, 6), draw(6), draw(6, 4), draw(4)
    mean, deviation = 10 * draw(1, 3), 2 + abs(draw(1, 3))
    first, second = [("MatMul", V1), ("Add", a1)], [("MatMul", V2), ("Add", a2)]
    x = draw(10, 3).astype(float)
    for activation, sigma in (("Sigmoid", sigmoid), ("Tanh", np.tanh)):
        for output, of in (("Sigmoid", sigmoid), ("Softmax", softmax), ("Identity", lambda O: O)):
            last = [] if output == "Identity" else [(output,)]
            onnx.checker.check_model(graph(*first, (activation,), *second, *last), full_check=True)
            save_onnx("keras.safetensors", "graph.onnx")
            Yhat = of(sigma(x @ V1 + a1) @ V2 + a2)
            assert check("keras.safetensors", x, Yhat) == output.lower()
            assert "inputs.mean" not in read("keras.safetensors")[0]
    for scaling, inputs in (([("Sub", mean), ("Div", deviation)], x * deviation + mean),
                            ([("Sub", mean)], x + mean), ([("Div", deviation[0])], x * deviation),
                            ([("Scaler", {"offset": [1.0, 2.0, 3.0], "scale": [0.5]})], 2 * x + [1, 2, 3]),
                            ([("Scaler", {"offset": [4.0]})], x + 4), ([("Scaler", {"scale": [0.5]})], 2 * x)):
        graph(*scaling, *first, ("Tanh",), *second)
        save_onnx("keras.safetensors", "graph.onnx")
        check("keras.safetensors", inputs, np.tanh(x @ V1 + a1) @ V2 + a2)
    factor, shift = np.array([[0.5, -0.4, 0.6, 0.7]], dtype), draw(4)
    for scaling, outputs in (([("Mul", factor), ("Add", shift)], lambda O: O * factor + shift),
                             ([("Div", factor[0]), ("Sub", shift[:1])], lambda O: O / factor - shift[0]),
                             ([("Add", shift), ("Mul", factor)], lambda O: (O + shift) * factor)):
        for activation, sigma in (("Sigmoid", sigmoid), ("Tanh", np.tanh)):
            for biases in (True, False):
                layers = [*first, (activation,), *second] if biases else [first[0], (activation,), second[0]]
                raw = sigma(x @ V1 + biases * a1) @ V2 + biases * a2
                graph(*layers, *scaling)
                save_onnx("keras.safetensors", "graph.onnx")
                check("keras.safetensors", x, outputs(raw))
    graph(*first, ("Tanh",), *second, ("Mul", factor), ("Softmax",))
    save_onnx("keras.safetensors", "graph.onnx")
    Yhat = softmax((np.tanh(x @ V1 + a1) @ V2 + a2) * factor)
    assert check("keras.safetensors", x, Yhat) == "softmax"
    graph(*first, ("Tanh",), second[0], ("Mul", factor[:, :1]))
    save_onnx("keras.safetensors", "graph.onnx")
    assert np.array_equal(read("keras.safetensors")[0]["W2"], (2 * (V2 * np.float64(factor[0, 0])).astype(dtype)))
    graph(*first, ("Sigmoid",), ("Gemm", V2.T, {"transB": 1}))
    save_onnx("keras.safetensors", "graph.onnx")
    check("keras.safetensors", x, sigmoid(x @ V1 + a1) @ V2)
    model = graph(("MatMul", V1), ("Add", a1), ("Tanh",), ("Gemm", V2, a2[:1]))
    model.graph.node[1].input[:] = reversed(model.graph.node[1].input)
    onnx.save(model, "graph.onnx")
    save_onnx("keras.safetensors", "graph.onnx")
    check("keras.safetensors", x, np.tanh(x @ V1 + a1) @ V2 + a2[0])
    model.graph.node[3].input[2] = ""  # a bias that is left out
    onnx.save(model, "graph.onnx")
    save_onnx("keras.safetensors", "graph.onnx")
    check("keras.safetensors", x, np.tanh(x @ V1 + a1) @ V2)

# Any other graph is refused by its first node that does not fit.
for steps, place in (
        ([*first, ("Relu",), *second], 'node "model/dense_2/Relu" (Relu)'),
        ([*first, ("Tanh",), *second, ("Tanh",)], 'node "model/dense_5/Tanh"'),
        ([*first, ("Tanh",), *second, ("Softmax", {"axis": 0})], 'node "model/dense_5/Softmax"'),
        ([*first, ("Tanh",), *second, ("Sigmoid",), ("Mul", a2)], 'node "model/dense_6/Mul"'),
        ([*first, ("Tanh",), *second, ("Mul", draw(3))], 'node "model/dense_5/Mul"'),
        ([*first, ("Tanh",), *second, ("Exp",)], 'node "model/dense_5/Exp"'),
        ([("Mul", mean), *first, ("Tanh",), *second], 'node "model/dense_0/Mul"'),
        ([("Sub", mean.T), *first, ("Tanh",), *second], 'node "model/dense_0/Sub"'),
        ([("Sub", draw(2)), *first, ("Tanh",), *second], 'node "model/dense_0/Sub"'),
        ([("Gemm", V1, a1, {"alpha": 0.5}), ("Tanh",), *second], 'node "model/dense_0/Gemm"'),
        ([("Gemm", V1, a1, {"beta": 2.0}), ("Tanh",), *second], 'node "model/dense_0/Gemm"'),
        ([("Gemm", V1, a1, {"transA": 1}), ("Tanh",), *second], 'node "model/dense_0/Gemm"'),
        ([("Gemm", V1, draw(5)), ("Tanh",), *second], 'node "model/dense_0/Gemm"'),
        ([("MatMul", draw(2, 3, 6)), ("Tanh",), *second], 'node "model/dense_0/MatMul"'),
        ([*first, ("Tanh",)], "the end of the graph")):
    graph(*steps)
    message = refusal(save_onnx, "wrong.safetensors", "graph.onnx")
    assert f"{place} " in message and "save_estimator" not in message, message
graph(*first, ("Tanh",), *second, ("Softmax",), ("Mul", a2))
message = refusal(save_onnx, "wrong.safetensors", "graph.onnx")
assert "scales a softmax, which cannot be folded" in message, message
graph(*first, ("Tanh",), *second, ("Softmax",), ("ArgMax",), producer="skl2onnx")
message = refusal(save_onnx, "wrong.safetensors", "graph.onnx")
assert "(ArgMax)" in message and "pass the estimator itself to save_estimator()" in message, message
model = graph(*first, ("Tanh",), *second, ("Sigmoid",))
assert "is sigmoid, expected softmax" in refusal(save_onnx, "wrong.safetensors", "graph.onnx", output="softmax")
for i, operand in ((0, 0), (1, 1), (2, 0), (3, 0)):  # a node that takes another value
    other = onnx.ModelProto.FromString(model.SerializeToString())
    other.graph.node[i].input[operand] = "model/dense_4/Add:0"
    onnx.save(other, "graph.onnx")
    assert other.graph.node[i].name in refusal(save_onnx, "wrong.safetensors", "graph.onnx")
model.graph.output.append(make_tensor_value_info("model/dense_2/Tanh:0", TensorProto.DOUBLE, ["N", 6]))
onnx.save(model, "graph.onnx")
assert "the graph has the outputs" in refusal(save_onnx, "wrong.safetensors", "graph.onnx")
for name, operation in (("three_layers", "Tanh"), ("relu", "Relu")):
    assert f"({operation})" in refusal(save_onnx, "wrong.safetensors", torch / f"{name}.onnx")
done = subprocess.run([sys.executable, f"{tools}/to_safetensors.py", torch / "relu.onnx", "wrong.safetensors"],
                      capture_output=True, text=True)
assert done.returncode == 1 and done.stderr.startswith("to_safetensors: "), done.stderr

# Files that TRAIN exports for other programs can be converted back.
exported = [train, "--epochs", "3", "--save", "digits.safetensors", "--export-onnx", "digits.onnx"]
subprocess.run(exported, check=True, capture_output=True)
save_onnx("back.safetensors", "digits.onnx")
(back, _), (saved, _) = read("back.safetensors"), read("digits.safetensors")
assert back.keys() == saved.keys() - {"inputs.lowest", "inputs.highest"}  # ONNX files have no ranges
assert all(np.array_equal(back[name], saved[name]) for name in back)

# A file as written by safetensors.numpy.save_file: only the tensors.
write("plain.safetensors", {"W1": np.ascontiguousarray(state["0.weight"].T),
                            "W2": np.ascontiguousarray(state["2.weight"].T)}, {})
header, rows = predicted("plain.safetensors", X, ["a", "b", "c"], "--output", "identity")
close(numbers(rows), O)

# The documentation's program.
example = Path(__file__).parents[2] / "examples" / "python" / "convert.py"
done = subprocess.run([sys.executable, example], env={**os.environ, "PYTHONPATH": tools}, check=True,
                      capture_output=True, text=True)
header, rows = predicted("wine.safetensors", wine.data, list(wine.feature_names))
right = np.mean(np.array([row[0] for row in rows]) == labels)
assert right > 0.95 and done.stdout == f"accuracy {right:.3f}\n", (right, done.stdout)
header, rows = predicted("pets.safetensors", np.ones((1, 2)), ["length", "mass"])
assert header == ["class", "probability of cat", "probability of dog"], header

# Other networks are refused.
for estimator in (MLPClassifier((5,)), MLPClassifier((5, 5), activation="logistic")):
    for wrong in (estimator, make_pipeline(MinMaxScaler(), estimator)):
        refusal(save_estimator, "wrong.safetensors", wrong.fit(wine.data, labels))
mlp = MLPRegressor((5,), activation="tanh", max_iter=5)
wrong = TransformedTargetRegressor(mlp, func=np.log, inverse_func=np.exp).fit(iris[:, :2], iris[:, 2])
message = refusal(save_estimator, "wrong.safetensors", wrong)
assert "by FunctionTransformer, which cannot be folded" in message, message
for wrong in ({"0.weight": state["0.weight"]}, {**state, "4.weight": np.ones((2, 2), np.float32)},
              {**state, "0.bias": state["0.bias"].astype(np.float64)}, {**state, "1.bias": state["0.bias"]},
              {**state, "2.weight": state["0.weight"]}, {**state, "0.bias": state["2.bias"]},
              {**state, "2.bias": np.full(2, np.inf, np.float32)}):
    message = refusal(save_state_dict, "wrong.safetensors", wrong, "sigmoid")
    assert "are not the weights" in message or wrong.keys() == state.keys(), message
refusal(save_state_dict, "wrong.safetensors", state, "relu")
refusal(save_state_dict, "wrong.safetensors", state, "sigmoid", activation="relu")
for scaling in ((np.zeros(3), np.zeros(3)), (np.zeros(3), np.ones(2))):
    refusal(save_state_dict, "wrong.safetensors", state, "sigmoid", scaling=scaling)
assert not Path("wrong.safetensors").exists()

# Python reads the files that TRAIN saves.
names = ["sepal length", "sepal width", "petal length"]
with open("iris.csv", "w", newline="") as file:
    csv.writer(file).writerows([names + ["y"]] + iris.tolist())
subprocess.run([train, "--data", "iris.csv", "--target", "y", "--regression", "--hidden", "4",
                "--epochs", "20", "--save", "iris.safetensors", "--export-onnx", "iris.onnx"],
               check=True, capture_output=True)
tensors, metadata = read("iris.safetensors")
assert metadata["output"] == "identity" and metadata["seed"] == "1"
assert metadata["loss"] == "squared error" and metadata["crc64"] == check_sum(tensors, metadata)
assert json.loads(metadata["columns"]) == [[name] for name in names]
Z = sigmoid((iris[:, :3] - tensors["inputs.mean"]) / tensors["inputs.deviation"] @ tensors["W1"] +
            tensors["b1"])
Yhat = (Z @ tensors["W2"] + tensors["b2"]) * tensors["targets.deviation"] + tensors["targets.mean"]
header, rows = predicted("iris.safetensors", iris[:, :3], names)
close(numbers(rows), Yhat)

# In ONNX files of TRAIN, the scaling of the target is folded into W2 and b2.
save_onnx("back.safetensors", "iris.onnx", columns=names)
header, rows = predicted("back.safetensors", iris[:, :3], names)
close(numbers(rows), Yhat)
