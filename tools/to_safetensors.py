#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Converts networks of PyTorch, Keras and scikit-learn, with one hidden layer of sigmoid or tanh
units, into files that `predict` and twolayer::load() read.

    python3 to_safetensors.py net.onnx net.safetensors --classes cat dog

or, in Python,

    from to_safetensors import save_estimator, save_onnx, save_state_dict
    save_estimator("net.safetensors", make_pipeline(StandardScaler(), mlp).fit(X, y))
    save_onnx("net.safetensors", "net.onnx", class_names=["cat", "dog"])
    save_state_dict("net.safetensors", torch_net.state_dict(), "softmax", ["cat", "dog"])

Requires numpy and, for ONNX files, the package onnx (Debian: python3-onnx).
"""

import argparse
import json
import struct
import sys

import numpy as np


def crc64(data):
    """CRC-64/XZ."""
    crc = 2**64 - 1
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ (2**64 - 1)


def _crc_of_byte(rest):
    for _ in range(8):
        rest = (rest >> 1) ^ (0xC96C5795D7870F42 if rest & 1 else 0)
    return rest


CRC_TABLE = [_crc_of_byte(byte) for byte in range(256)]
DTYPES = {"float32": "F32", "float64": "F64"}


def check_sum(tensors, metadata):
    """What twolayer puts under "crc64": over all metadata but free text, and all tensors, each text
    after its length in eight bytes."""
    parts = []
    for name in sorted(metadata.keys() - {"crc64", "comment"}):
        parts += [name.encode(), metadata[name].encode()]
    for name in sorted(tensors):
        a = tensors[name]
        shape = "[" + ",".join(map(str, a.shape)) + "]"
        parts += [name.encode(), DTYPES[a.dtype.name].encode(), shape.encode(), a.tobytes()]
    return "%016x" % crc64(b"".join(struct.pack("<Q", len(part)) + part for part in parts))


def write(path, tensors, metadata):
    """A safetensors file, as the package safetensors writes it: arrays row by row."""
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, a in tensors.items():
        end = len(data) + a.nbytes
        header[name] = {"dtype": DTYPES[a.dtype.name], "shape": a.shape, "data_offsets": [len(data), end]}
        data += a.astype(a.dtype.newbyteorder("<")).tobytes()
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def two_layers(layers, activation):
    """Layers (V1, a1) and (V2, a2), where a bias may be None, as the weights of

        sigma(X W1 + 1 b1) W2 + 1 b2

    With sigmoids they stay as they are. tanh(h) = 2 sigma(2h) - 1, therefore
    W1 = 2 V1, b1 = 2 a1, W2 = 2 V2, b2 = a2 - V2^T 1."""
    if activation not in ("sigmoid", "tanh"):
        raise ValueError(f"the hidden layer has the activation {activation}, expected sigmoid or tanh")
    (V1, a1), (V2, a2) = layers
    if activation == "sigmoid" and a1 is None and a2 is None:
        return {"W1": V1, "W2": V2}
    a1, a2 = (np.zeros(V.shape[1], V.dtype) if a is None else a for V, a in layers)
    if activation == "tanh":
        a2 = (a2 - V2.sum(0, np.float64)).astype(a2.dtype)
        V1, a1, V2 = 2 * V1, 2 * a1, 2 * V2
    return {"W1": V1, "b1": a1, "W2": V2, "b2": a2}


def scaled(layer, deviation, mean):
    """The layer (V, a), where a may be None, with the output O .* deviation + mean in place of O."""
    V, a = layer
    shift = mean if a is None else a * np.float64(deviation) + mean
    if a is not None or np.any(shift):
        a = np.broadcast_to(shift, V.shape[1]).astype(V.dtype)
    return (V * np.float64(deviation)).astype(V.dtype), a


def save(path, weights, output, class_names=(), columns=(), scaling=None):
    """Weights are W1 (D x M), b1 (M), W2 (M x K), b2 (K), or W1 and W2 alone, all float32 or all
    float64. The output is "sigmoid", "softmax" or "identity". Columns are the names of the D inputs.
    The scaling is (mean, deviation) of the D inputs: the network takes (x - mean) / deviation."""
    tensors = {name: np.ascontiguousarray(a) for name, a in weights.items()}
    kinds = {a.dtype.name for a in tensors.values()}
    if len(kinds) != 1 or not kinds <= DTYPES.keys():
        raise ValueError(f"the weights are {sorted(kinds)}, expected all float32 or all float64")
    if output not in ("sigmoid", "softmax", "identity"):
        raise ValueError(f"the output is {output}, expected sigmoid, softmax or identity")
    dtype, (D, M), K = tensors["W1"].dtype, tensors["W1"].shape, tensors["W2"].shape[1]
    if scaling is not None:
        mean, deviation = scaling
        tensors["inputs.mean"] = np.ascontiguousarray(mean, dtype)
        tensors["inputs.deviation"] = np.ascontiguousarray(deviation, dtype)
        tensors["targets.mean"], tensors["targets.deviation"] = np.zeros(K, dtype), np.ones(K, dtype)
        if not (tensors["inputs.deviation"] > 0).all():
            raise ValueError("a deviation of the inputs is not positive")
    shapes = {"W1": (D, M), "b1": (M,), "W2": (M, K), "b2": (K,)}
    for name, a in tensors.items():
        if not np.isfinite(a).all():
            raise ValueError(f"{name} has an entry that is not finite")
        expected = shapes.get(name, (D if name.startswith("inputs") else K,))
        if a.shape != expected:
            raise ValueError(f"{name} has the shape {a.shape}, expected {expected}")
    metadata = {"twolayer": "1", "output": output}
    if len(class_names) > 0:
        metadata["class_names"] = json.dumps([str(name) for name in class_names], ensure_ascii=False)
    if len(columns) > 0:
        metadata["columns"] = json.dumps([[str(name)] for name in columns], ensure_ascii=False)
    metadata["crc64"] = check_sum(tensors, metadata)
    write(path, tensors, metadata)


def save_estimator(path, estimator, columns=None):
    """A fitted MLPClassifier or MLPRegressor of scikit-learn with one hidden layer and
    activation="logistic" or "tanh", or a Pipeline of a StandardScaler and one of these. A regressor,
    or the whole Pipeline, may be in a TransformedTargetRegressor with a StandardScaler, which is
    folded into W2 and b2. Columns are the names of the inputs. If they are left out, those of the
    data frame of fit() are taken."""
    steps, targets = steps_of(estimator)
    mlp, scalers = steps[-1], steps[:-1]
    names = [type(step).__name__ for step in steps]
    if names[-1] not in ("MLPClassifier", "MLPRegressor") or names[:-1] not in ([], ["StandardScaler"]):
        raise ValueError(f"{' - '.join(names)} is not an MLP, alone or after a StandardScaler")
    if any(type(scaler).__name__ != "StandardScaler" for scaler in targets):
        raise ValueError(f"the targets are transformed by {type(targets[0]).__name__}, which cannot be folded "
                         "into the weights: expected StandardScaler")
    if len(mlp.coefs_) != 2:
        raise ValueError(f"the network has {len(mlp.coefs_) - 1} hidden layers, expected one")
    if columns is None:
        columns = getattr(steps[0], "feature_names_in_", ())
    sigmoid = {"logistic": "sigmoid"}
    first, last = zip(mlp.coefs_, mlp.intercepts_)
    for scaler in targets:
        mean, deviation = moments(scaler, last[0].shape[1])
        last = scaled(last, deviation, mean)
    save(path, two_layers([first, last], sigmoid.get(mlp.activation, mlp.activation)),
         sigmoid.get(mlp.out_activation_, mlp.out_activation_), getattr(mlp, "classes_", ()), columns,
         moments(scalers[0], len(first[0])) if scalers else None)


def steps_of(estimator):
    """The steps of a Pipeline, or the estimator alone; and the transformers of its targets. Looks into
    a TransformedTargetRegressor."""
    steps = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    if type(steps[-1]).__name__ != "TransformedTargetRegressor":
        return steps, []
    inner, targets = steps_of(steps[-1].regressor_)
    return steps[:-1] + inner, targets + [steps[-1].transformer_]


def moments(scaler, size):
    """The means and deviations that a fitted StandardScaler uses: mean_ exists with_mean=False, too."""
    return (scaler.mean_ if scaler.with_mean else np.zeros(size),
            scaler.scale_ if scaler.with_std else np.ones(size))


def save_state_dict(path, state, output, class_names=(), columns=(), scaling=None, activation="sigmoid"):
    """The state_dict() of a PyTorch network Linear, Sigmoid or Tanh, Linear, and an output, or
    np.load() of an .npz file of it: the weights, M x D and K x M, and the biases if it has any. The
    activation is "sigmoid" or "tanh". Other arguments as those of save()."""
    arrays = {name: np.asarray(value) for name, value in state.items()}
    layers = [name[:-len("weight")] for name in arrays if name.endswith("weight")]
    known = {layer + part for layer in layers for part in ("weight", "bias")}
    if len(layers) != 2 or not arrays.keys() <= known:
        raise ValueError(f"{list(arrays)} are not the weights and biases of two layers")
    save(path, two_layers([(arrays[layer + "weight"].T, arrays.get(layer + "bias")) for layer in layers],
                          activation), output, class_names, columns, scaling)


def save_onnx(path, source, class_names=(), columns=(), output=None):
    """The network in an ONNX file, as PyTorch and tf2onnx (Keras) export it. A graph without Sigmoid or
    Softmax at its end has the output "identity", or the one that is given here: PyTorch's
    CrossEntropyLoss and BCEWithLogitsLoss contain it. A scaling after the second layer is folded into
    W2 and b2. Other arguments as those of save()."""
    import onnx
    graph = Graph(onnx.load(str(source)))
    scalings = graph.scalings()
    layers = [graph.layer()]
    activation = graph.take("Sigmoid", "Tanh").operation.lower()
    layers.append(graph.scaled_layer())
    found = graph.end()
    if output is not None and found not in ("identity", output):
        raise ValueError(f"the output of the graph is {found}, expected {output}")
    scaling = [graph.vector(node, a, len(layers[0][0])) for node, a in scalings]
    save(path, two_layers(layers, activation), output or found, class_names, columns,
         scaling if scaling else None)


class Node:
    """One operation of a graph."""

    def __init__(self, node, attributes):
        self.operation, self.operands, self.value = node.op_type, list(node.input), node.output[0]
        self.attributes = attributes
        self.text = f'node "{node.name or self.value}" ({self.operation})'


class Graph:
    """An ONNX graph, taken apart from its input to its output. Each node must take the value of the
    one before it, and constants."""

    def __init__(self, model):
        from onnx.helper import get_attribute_value
        from onnx.numpy_helper import to_array
        graph = model.graph
        self.producer = model.producer_name
        self.outputs = [output.name for output in graph.output]
        self.constants = {tensor.name: to_array(tensor) for tensor in graph.initializer}
        self.nodes = []
        for node in graph.node:
            attributes = {a.name: get_attribute_value(a) for a in node.attribute}
            if node.op_type == "Constant" and "value" in attributes:
                self.constants[node.output[0]] = to_array(attributes["value"])
            else:
                self.nodes.append(Node(node, attributes))
        self.value = next((i.name for i in graph.input if i.name not in self.constants), None)

    def refuse(self, node):
        what = node.text if node else "end"
        advice = (". The file is from skl2onnx: pass the estimator itself to save_estimator()"
                  if self.producer == "skl2onnx" else "")
        raise ValueError(f"the {what} of the graph does not fit. Expected: Sub, Div or Scaler, if inputs are "
                         "scaled; Gemm, or MatMul and Add; Sigmoid or Tanh; Gemm, or MatMul and Add; Mul, Div, "
                         f"Add or Sub, if outputs are scaled; Sigmoid, Softmax or nothing{advice}")

    def next_is(self, *operations):
        return len(self.nodes) > 0 and self.nodes[0].operation in operations

    def take(self, *operations):
        """The next node, which must be one of these operations, with its constants as operands."""
        node = self.nodes[0] if self.nodes else None
        if not self.next_is(*operations):
            self.refuse(node)
        if node.operation in ("Add", "Mul") and node.operands[0] != self.value:
            node.operands.reverse()
        first, *others = [name for name in node.operands if name]
        if first != self.value or any(name not in self.constants for name in others):
            self.refuse(node)
        node.operands = [self.constants[name] for name in others]
        self.nodes.pop(0)
        self.value = node.value
        return node

    def vector(self, node, a, size):
        """A constant as the vector that is used in every row."""
        try:
            return np.broadcast_to(a, (1, size))[0]
        except ValueError:
            self.refuse(node)

    def scalings(self):
        """Means and deviations of the inputs, with their nodes, or nothing."""
        if self.next_is("Scaler"):
            node = self.take("Scaler")
            scale = np.array(node.attributes.get("scale", 1.0))
            return [(node, node.attributes.get("offset", 0.0)), (node, 1 / scale)]
        pairs = [(None, 0.0), (None, 1.0)]
        for i, operation in enumerate(("Sub", "Div")):
            if self.next_is(operation):
                node = self.take(operation)
                pairs[i] = node, node.operands[0]
        return [] if pairs[0][0] is pairs[1][0] is None else pairs

    def layer(self):
        """The weights of a layer, a row for each of its inputs, and the biases or None."""
        node = self.take("Gemm", "MatMul")
        W, *b = node.operands
        usual = {"alpha": 1, "beta": 1, "transA": 0}
        if W.ndim != 2 or any(node.attributes.get(name, x) != x for name, x in usual.items()):
            self.refuse(node)
        if node.attributes.get("transB"):
            W = W.T
        if node.operation == "MatMul" and self.next_is("Add"):
            node = self.take("Add")
            b = node.operands
        return W, self.vector(node, b[0], W.shape[1]) if b else None

    def scaled_layer(self):
        """A layer with the scalings that follow it: O * a, O / a, O + a, O - a."""
        layer = self.layer()
        deviation, mean = 1.0, 0.0
        while self.next_is("Mul", "Div", "Add", "Sub"):
            node = self.take("Mul", "Div", "Add", "Sub")
            a = self.vector(node, node.operands[0], layer[0].shape[1]).astype(np.float64)
            if node.operation in ("Mul", "Div"):
                factor = a if node.operation == "Mul" else 1 / a
                deviation, mean = deviation * factor, mean * factor
            else:
                mean = mean + a if node.operation == "Add" else mean - a
        return scaled(layer, deviation, mean)

    def end(self):
        """The output, if the graph ends here."""
        output = "identity"
        if self.next_is("Sigmoid", "Softmax"):
            node = self.take("Sigmoid", "Softmax")
            output = node.operation.lower()
            if node.attributes.get("axis", -1) not in (-1, 1):
                self.refuse(node)
        if output != "identity" and self.next_is("Mul", "Div", "Add", "Sub"):
            raise ValueError(f"the {self.nodes[0].text} of the graph scales a {output}, which cannot be folded "
                             "into the weights: expected a scaling only of a network without it")
        if self.nodes:
            self.refuse(self.nodes[0])
        if self.outputs != [self.value]:
            raise ValueError(f'the graph has the outputs {self.outputs}, expected "{self.value}" alone')
        return output


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Converts an ONNX file into a safetensors file.")
    parser.add_argument("onnx", help="file that PyTorch or tf2onnx wrote")
    parser.add_argument("safetensors", help="file to write")
    parser.add_argument("--classes", nargs="+", default=(), help="names of the classes")
    parser.add_argument("--output", choices=("sigmoid", "softmax", "identity"),
                        help="of a graph that ends before it")
    arguments = parser.parse_args()
    try:
        save_onnx(arguments.safetensors, arguments.onnx, arguments.classes, output=arguments.output)
    except (OSError, ValueError) as error:
        sys.exit(f"to_safetensors: {arguments.onnx}: {error}")
