"""Runs of the studio as programs for PyTorch: python3 check_runs.py FOLDER...

Each folder is a run's unpacked file, with program.py, x.npy, t.npy, y.npy and the core's out.npy of these beside it. Prints a line of JSON for each: how far
the network's output is from the core's, the losses of training anew, and how far weights and samples then are from the run's."""

import contextlib
import io
import json
import os
import re
import runpy
import sys

import numpy as np
import torch


def network(module, path):
    """The last class of the program that is a network, with the weights."""
    classes = [value for value in module.values() if isinstance(value, type) and issubclass(value, torch.nn.Module)]
    net = classes[-1]()
    net.load_state_dict(module["load_safetensors"](path)[0], strict=True)
    return net.eval()


def apart(a, b):
    assert a.shape == b.shape, f"{a.shape}, not {b.shape}"
    return float(np.abs(a - b).max())


def check(folder):
    os.chdir(folder)
    module = runpy.run_path("program.py")
    inputs = [torch.from_numpy(np.load(name)) for name in ("x.npy", "t.npy", "y.npy") if os.path.exists(name)]
    with torch.no_grad():
        out = network(module, "model.safetensors")(*inputs).numpy()
    printed = io.StringIO()
    sys.argv = ["program.py"]
    with contextlib.redirect_stdout(printed):
        runpy.run_path("program.py", run_name="__main__")
    before, after = (module["load_safetensors"](name)[0] for name in ("model.safetensors", "trained.safetensors"))
    return {
        "output": apart(out, np.load("out.npy")),
        "losses": [float(each) for each in re.findall(r"loss ([\d.]+)", printed.getvalue())],
        "weights": max(apart(before[name].numpy(), after[name].numpy()) for name in before),
        "samples": apart(np.load("trained-samples.npy"), np.load("samples.npy")),
    }


for folder in [os.path.abspath(each) for each in sys.argv[1:]]:
    print(json.dumps(check(folder)))
