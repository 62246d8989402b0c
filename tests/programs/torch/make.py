#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the files of PyTorch in this folder (Debian: python3-torch 1.13): NAME.onnx, and in
networks.npz for each name the inputs X, N x D, and what PyTorch predicts; in state_dict.npz the
weights of the network "tanh", as numpy.savez(path, **net.state_dict()) writes them."""

from pathlib import Path

import numpy as np
import torch
from torch.nn import Linear, Sequential, Sigmoid, Softmax, Tanh

folder = Path(__file__).parent
torch.manual_seed(1)


class Scaled(torch.nn.Module):
    """A network that scales its inputs first."""

    def __init__(self, net):
        super().__init__()
        self.net = net
        self.register_buffer("mean", torch.tensor([100.0, -3.0, 0.5]))
        self.register_buffer("deviation", torch.tensor([20.0, 0.25, 3.0]))

    def forward(self, X):
        return self.net((X - self.mean) / self.deviation)


# D = 3, M = 5, K = 4: no dimension equals another, so that a forgotten transpose cannot pass.
networks = {
    "sigmoid": Sequential(Linear(3, 5), Sigmoid(), Linear(5, 4), Sigmoid()),
    "tanh": Sequential(Linear(3, 5), Tanh(), Linear(5, 4)),
    "tanh_softmax_double": Sequential(Linear(3, 5), Tanh(), Linear(5, 4), Softmax(1)).double(),
    "scaled_softmax": Scaled(Sequential(Linear(3, 5), Sigmoid(), Linear(5, 4), Softmax(-1))),
    "no_biases_tanh": Sequential(Linear(3, 5, bias=False), Tanh(), Linear(5, 4, bias=False)),
    "three_layers": Sequential(Linear(3, 5), Tanh(), Linear(5, 4), Tanh(), Linear(4, 2)),
    "relu": Sequential(Linear(3, 5), torch.nn.ReLU(), Linear(5, 4)),
}
numbers = {}
for name, net in networks.items():
    X = 2 * torch.randn(8, 3, dtype=next(net.parameters()).dtype)
    if isinstance(net, Scaled):
        X = X * net.deviation + net.mean
    torch.onnx.export(net.eval(), X, str(folder / f"{name}.onnx"), input_names=["X"],
                      dynamic_axes={"X": {0: "N"}})
    numbers[f"{name}.X"], numbers[f"{name}.Yhat"] = X.numpy(), net(X).detach().numpy()
np.savez(folder / "networks.npz", **numbers)
np.savez(folder / "state_dict.npz", **networks["tanh"].state_dict())
