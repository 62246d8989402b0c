#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks every .onnx file of a folder with ONNX's checker. Exits with 77 if it is not installed."""

import sys
from pathlib import Path

try:
    import onnx
except ImportError:
    print("skipped: the Python package onnx (Debian: python3-onnx) is not installed")
    sys.exit(77)

files = sorted(Path(sys.argv[1]).glob("*.onnx"))
assert len(files) == 38, files
for file in files:
    model = onnx.load(file)
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 8, file
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 13)], file
    elem_type = onnx.TensorProto.FLOAT if file.name.startswith("float") else onnx.TensorProto.DOUBLE
    for name, values in (("X", model.graph.input), ("Yhat", model.graph.output)):
        assert [value.name for value in values] == [name], file
        tensor = values[0].type.tensor_type
        assert tensor.elem_type == elem_type, file
        assert [dim.dim_param for dim in tensor.shape.dim] == ["N", ""], file
print(f"{len(files)} files pass the checker of ONNX {onnx.__version__}")
