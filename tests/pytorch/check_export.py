"""Holds an exported network against the core: python3 check_export.py NET.py WEIGHTS X.npy T.npy EPS.npy TARGET.npy GRADS

The names of its state_dict are the file's, its output is EPS to 1e-5, and the gradients of the mean squared error to TARGET are
those in GRADS to 1e-4. Prints the largest differences."""

import importlib.util
import sys

import numpy as np
import torch

net_path, weights, x, t, eps, target, grads = sys.argv[1:]
spec = importlib.util.spec_from_file_location("net", net_path)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = [value for value in vars(module).values() if isinstance(value, type)][-1]()
tensors = module.load_safetensors(weights)
model.load_state_dict(tensors, strict=True)
assert list(model.state_dict()) == list(tensors), "names of the state_dict"
x, t, eps, target = (torch.from_numpy(np.load(path)) for path in (x, t, eps, target))
output = model(x, t)
forward = (output - eps).abs().max().item()
assert forward < 1e-5, f"output differs by {forward}"
torch.nn.functional.mse_loss(output, target).backward()
backward = 0.0
for name, gradient in module.load_safetensors(grads).items():
    backward = max(backward, (model.get_parameter(name).grad - gradient).abs().max().item())
assert backward < 1e-4, f"gradients differ by {backward}"
print(forward, backward)
