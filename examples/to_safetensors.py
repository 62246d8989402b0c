#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns a network of scikit-learn or PyTorch with one hidden layer of sigmoids into a file that
`predict` and twolayer::load() read:

    from to_safetensors import save_estimator, save_state_dict
    save_estimator("model.safetensors", make_pipeline(StandardScaler(), mlp).fit(X, y))
    save_state_dict("model.safetensors", torch_net.state_dict(), "softmax", ["cat", "dog"])

Needs numpy.
"""

import json
import struct

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


def save(path, weights, output, class_names=(), columns=(), scaling=None):
    """Weights are W1 (D x M), b1 (M), W2 (M x K), b2 (K), or W1 and W2 alone, all float32 or all
    float64; output is "sigmoid", "softmax" or "identity"; columns are the names of the D inputs;
    scaling is the means and deviations of the D inputs, which are (x - mean) / deviation."""
    tensors = {name: np.ascontiguousarray(a) for name, a in weights.items()}
    kinds = {a.dtype.name for a in tensors.values()}
    if len(kinds) != 1 or not kinds <= DTYPES.keys():
        raise ValueError(f"the weights are {sorted(kinds)}, they must be all float32 or all float64")
    for name, a in tensors.items():
        if not np.isfinite(a).all():
            raise ValueError(f"{name} has an entry that is not finite")
    dtype, K = tensors["W1"].dtype, tensors["W2"].shape[1]
    if scaling is not None:
        mean, deviation = scaling
        tensors["inputs.mean"] = np.ascontiguousarray(mean, dtype)
        tensors["inputs.deviation"] = np.ascontiguousarray(deviation, dtype)
        tensors["targets.mean"], tensors["targets.deviation"] = np.zeros(K, dtype), np.ones(K, dtype)
    metadata = {"twolayer": "1", "output": output}
    if len(class_names) > 0:
        metadata["class_names"] = json.dumps([str(name) for name in class_names], ensure_ascii=False)
    if len(columns) > 0:
        metadata["columns"] = json.dumps([[str(name)] for name in columns], ensure_ascii=False)
    metadata["crc64"] = check_sum(tensors, metadata)
    write(path, tensors, metadata)


def save_estimator(path, estimator, columns=None):
    """A fitted MLPClassifier or MLPRegressor of scikit-learn with activation="logistic" and one
    hidden layer, or a Pipeline of a StandardScaler and one of these. Columns are the names of the
    inputs; those of the data frame that it was fitted to, where they are left out."""
    steps = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    mlp, scalers = steps[-1], steps[:-1]
    names = [type(step).__name__ for step in steps]
    if names[-1] not in ("MLPClassifier", "MLPRegressor") or names[:-1] not in ([], ["StandardScaler"]):
        raise ValueError(f"{' - '.join(names)} is not an MLP, alone or after a StandardScaler")
    if len(mlp.coefs_) != 2 or mlp.activation != "logistic":
        raise ValueError(f"the network has {len(mlp.coefs_) - 1} hidden layers with activation "
                         f"{mlp.activation}, it must have one with activation logistic")
    if columns is None:
        columns = getattr(steps[0], "feature_names_in_", ())
    W1, W2 = mlp.coefs_
    scaling = None
    if scalers:
        zeros, ones = np.zeros(len(W1)), np.ones(len(W1))
        scaling = (zeros if scalers[0].mean_ is None else scalers[0].mean_,
                   ones if scalers[0].scale_ is None else scalers[0].scale_)
    save(path, {"W1": W1, "b1": mlp.intercepts_[0], "W2": W2, "b2": mlp.intercepts_[1]},
         {"logistic": "sigmoid"}.get(mlp.out_activation_, mlp.out_activation_),
         getattr(mlp, "classes_", ()), columns, scaling)


def save_state_dict(path, state, output, class_names=(), columns=(), scaling=None):
    """The state_dict() of a PyTorch network Linear, Sigmoid, Linear, and an output: its weights,
    M x D and K x M, and its biases if it has them. Other arguments as those of save()."""
    arrays = {name: np.asarray(value) for name, value in state.items()}
    matrices = [a for a in arrays.values() if a.ndim == 2]
    biases = [a for a in arrays.values() if a.ndim == 1]
    if len(matrices) != 2 or len(biases) not in (0, 2) or len(arrays) != 2 + len(biases):
        raise ValueError(f"{list(arrays)} are not the weights of two layers, and both or none of "
                         "their biases")
    weights = {"W1": matrices[0].T, "W2": matrices[1].T}
    if biases:
        weights.update(b1=biases[0], b2=biases[1])
    save(path, weights, output, class_names, columns, scaling)
