"""Holds exported networks against the core's numbers: python3 check_numbers.py FOLDER

FOLDER has four files of each, as tests/c/pytorch_numbers.h writes them. Each loads its weights strictly, has the names of the file, and
agrees in outputs to 1e-5 and in all gradients to 1e-4 (of the largest, if that is above 1). Prints how many were compared and
the largest differences."""

import importlib.util
import os
import sys

import numpy as np
import torch

(folder,) = sys.argv[1:]


def load(name):
    """The program, and its last class with the weights."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    net = [value for value in vars(module).values() if isinstance(value, type)][-1]()
    tensors, _ = module.load_safetensors(os.path.join(folder, name + ".safetensors"))
    assert list(net.state_dict()) == list(tensors), f"{name}: names of the state_dict"
    net.load_state_dict(tensors, strict=True)
    return net


def inputs_of(name, text, n, row):
    """The leaves, in the order of the network's inputs; x, then t, labels and the further ones are taken off the row."""
    lines = [line.split() for line in text.splitlines() if line.startswith("input ")]
    rank = {"x": 0, "timestep": 1, "fraction": 1, "labels": 2}
    shapes = {}
    for i, line in enumerate(lines):
        kind = line[2]
        shapes[i] = [int(w) for w in line[4:]] if kind in ("x", "cond") else [int(line[3])] if kind == "tokens" else []
    leaves, at = {}, 0
    further = [i for i, line in enumerate(lines) if line[2] in ("cond", "tokens")]
    for i in sorted((i for i in shapes if i not in further), key=lambda i: rank[lines[i][2]]):
        size = n * int(np.prod(shapes[i]))
        leaves[i] = row[at : at + size].reshape(n, *shapes[i]).clone()
        at += size
    sizes = [int(np.prod(shapes[i])) for i in further]
    cond = row[at : at + n * sum(sizes)].reshape(n, sum(sizes))
    for i, part in zip(further, torch.split(cond, sizes, dim=1) if further else []):
        leaves[i] = part.reshape(n, *shapes[i]).clone()
    for i, line in enumerate(lines):
        whole = line[2] in ("labels", "tokens")
        leaves[i] = leaves[i].long() if whole else leaves[i].requires_grad_(line[2] in ("x", "cond"))
    x = next(i for i in leaves if lines[i][2] == "x")
    return leaves, x, further, at + n * sum(sizes)


def gradient(leaf):
    return torch.zeros(leaf.shape) if leaf.grad is None else leaf.grad


def off(got, want):
    return ((got - want).abs().max() / max(1.0, want.abs().max().item())).item() if want.numel() else 0.0


def check(name):
    net = load(name)
    row = torch.from_numpy(np.load(os.path.join(folder, name + ".npy")))
    n = int(row[0])
    with open(os.path.join(folder, name + ".txt"), encoding="utf-8") as file:
        text = file.read()
    leaves, x, further, at = inputs_of(name, text, n, row[1:])
    out = net(*(leaves[i] for i in sorted(leaves)))
    out = torch.cat([o.reshape(n, -1) for o in out.values()], 1) if isinstance(out, dict) else out.reshape(n, -1)
    parts = torch.split(row[1 + at :], [out.numel(), out.numel(), len(row) - 1 - at - 2 * out.numel()])
    forward = off(out.ravel(), parts[1])
    assert forward < 1e-5, f"{name}: output differs by {forward}"
    out.backward(parts[0].reshape(out.shape))
    conds = [gradient(leaves[i]).reshape(n, -1) if leaves[i].is_floating_point() else torch.zeros(n, leaves[i][0].numel()) for i in further]
    got = [gradient(leaves[x]).ravel(), torch.cat(conds, 1).ravel() if conds else torch.zeros(0)]
    got += [gradient(p).ravel() for p in net.parameters()]
    backward = max(off(g, want) for g, want in zip(got, torch.split(parts[2], [g.numel() for g in got])))
    assert backward < 1e-4, f"{name}: gradients differ by {backward}"
    return forward, backward


names = sorted(file[:-4] for file in os.listdir(folder) if file.endswith(".npy"))
assert names, f"no networks in {folder}"
differences = [check(name) for name in names]
print(len(names), "networks", *(f"{max(each):.1e}" for each in zip(*differences)))
