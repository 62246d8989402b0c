# SPDX-License-Identifier: MIT
#
import json
import struct

import numpy as np


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    kinds = {"F32": "<f4", "F64": "<f8"}
    tensors = {name: np.frombuffer(data[slice(*entry["data_offsets"])], kinds[entry["dtype"]]).reshape(entry["shape"])
               for name, entry in header.items()}
    return tensors, metadata


t, metadata = read_safetensors("digits.safetensors")
X = np.zeros((2, 64))  # two blank images
H = (X - t["inputs.mean"]) / t["inputs.deviation"] @ t["W1"] + t["b1"]
Z = 1 / (1 + np.exp(-H))
O = Z @ t["W2"] + t["b2"]
E = np.exp(O - O.max(axis=1, keepdims=True))  # metadata["output"] is "softmax"
Yhat = E / E.sum(axis=1, keepdims=True)
names = np.array(json.loads(metadata["class_names"]))
print(Yhat.shape, names[Yhat.argmax(axis=1)])  # the most likely class of each image
