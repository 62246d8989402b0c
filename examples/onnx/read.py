# SPDX-License-Identifier: MIT
#
import onnx
from onnx.numpy_helper import to_array

model = onnx.load("digits.onnx")
onnx.checker.check_model(model, full_check=True)
weights = {tensor.name: to_array(tensor) for tensor in model.graph.initializer}
names = {entry.key: entry.value for entry in model.metadata_props}
print(weights["W1"].shape, names["class_names.0"])
