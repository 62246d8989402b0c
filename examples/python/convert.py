# SPDX-License-Identifier: MIT
#
# Converts a classifier of scikit-learn, and weights as PyTorch has them, into files for load() and predict.

import numpy as np
from sklearn.datasets import load_wine
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from to_safetensors import save_estimator, save_state_dict

wine = load_wine()
labels = wine.target_names[wine.target]
mlp = MLPClassifier((8,), activation="tanh", max_iter=1000, random_state=1)
estimator = make_pipeline(StandardScaler(), mlp).fit(wine.data, labels)
save_estimator("wine.safetensors", estimator, columns=wine.feature_names)
print(f"accuracy {estimator.score(wine.data, labels):.3f}")

# The state_dict() of a torch.nn.Sequential(Linear(2, 4), Sigmoid(), Linear(4, 2))
draw = np.random.default_rng(1).normal
state_dict = {"0.weight": draw(size=(4, 2)), "0.bias": draw(size=4),
              "2.weight": draw(size=(2, 4)), "2.bias": draw(size=2)}
save_state_dict("pets.safetensors", state_dict, "softmax", class_names=["cat", "dog"], columns=["length", "mass"])
