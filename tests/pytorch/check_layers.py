"""Holds the networks of tests/c/layer_texts.h, exported, against their golden numbers: python3 check_layers.py NOISEBOOK FOLDER

Weights are those of the golden script's draws. Output and the gradients of x and of every parameter agree to 1e-6 of the largest; the names of
the state_dict are the file's. FOLDER is for what is written on the way. Prints how many were compared."""

import importlib.util
import json
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../golden"))
sys.path.insert(0, here)

import numpy as np
import torch

from layer_texts import draws, texts

noisebook, folder = sys.argv[1:]


def save_weights(path, graph, tensors):
    """A safetensors file that says which network it is of."""
    header, offset, data = {"__metadata__": {"format": "pt", "noisebook": "1", "model": "network", "graph": graph, "objective": "eps"}}, 0, b""
    for name, tensor in tensors.items():
        blob = tensor.detach().numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        offset += len(blob)
        data += blob
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def exported(name, graph, tensors):
    """The exported network, with these weights."""
    weights, program = (os.path.join(folder, name + suffix) for suffix in (".safetensors", ".py"))
    save_weights(weights, graph, tensors)
    subprocess.run([noisebook, "export", "--weights", weights, "--out", program], check=True)
    spec = importlib.util.spec_from_file_location(name, program)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    net = [value for value in vars(module).values() if isinstance(value, type)][-1]()
    net.load_state_dict(module.load_safetensors(weights)[0], strict=True)
    return net.double().eval()


def name_of(path, key):
    """A parameter of the network itself has the name that its module has here."""
    return path if key == "value" else f"{path}.{key}"


def agree(name, what, got, want):
    scale = max(1e-3, np.abs(want).max(initial=0.0))
    off = np.abs(got.detach().numpy().ravel() - want).max(initial=0.0) / scale
    assert off < 1e-6, f"{name}: {what} differs by {off}"


compared = 0
for seed, (name, n, graph) in enumerate(texts()):
    modules, inputs, d_out = draws(graph, n, seed)
    tensors = {name_of(path, key): value for path, m in modules.items() for key, value in m.state_dict().items()}
    net = exported(name, graph, tensors)
    assert list(net.state_dict()) == list(tensors), f"{name}: names of the state_dict"
    golden = np.load(os.path.join(here, "../golden", f"text_{name}.npy"))
    out = net(*inputs)
    out = (torch.cat([o.reshape(n, -1) for o in out.values()], 1) if isinstance(out, dict) else out.reshape(n, -1))
    agree(name, "output", out, golden[: out.numel()])
    out.backward(d_out)
    agree(name, "d_x", inputs[0].grad, golden[out.numel() : out.numel() + inputs[0].numel()])
    at = len(golden) - sum(p.numel() for p in net.parameters())
    for key, p in net.named_parameters():
        agree(name, key, p.grad, golden[at : at + p.numel()])
        at += p.numel()
    compared += 1
print(compared, "networks")
