"""Holds exported networks against the core's numbers: python3 check_numbers.py FOLDER

FOLDER has four files of each, as tests/c/pytorch_numbers.h writes them. Each loads its weights strictly, has the names of the file, and
agrees in outputs to 1e-5 and in all gradients to 1e-4 (of the largest, if that is above 1). Prints how many were compared and
the largest differences."""

import copy
import importlib.util
import os
import sys

import numpy as np
import torch

(folder,) = sys.argv[1:]


def load(name):
    """The last class of the program, with the weights, and their names in the file's order."""
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    net = [value for value in vars(module).values() if isinstance(value, type)][-1]()
    tensors, _ = module.load_safetensors(os.path.join(folder, name + ".safetensors"))
    assert sorted(net.state_dict()) == sorted(tensors), f"{name}: names of the state_dict"
    net.load_state_dict(tensors, strict=True)
    return net, list(tensors)


class Row:
    """The core's numbers, taken one part after the other."""

    def __init__(self, numbers):
        self.numbers = torch.from_numpy(numbers)

    def take(self, *shape):
        count = int(np.prod(shape))
        part, self.numbers = self.numbers[:count], self.numbers[count:]
        return part.reshape(shape)


def inputs_of(text, n, row):
    """What forward takes, in its order, and which of these are further inputs."""
    lines = [line.split() for line in text.splitlines() if line.startswith("input ")]
    kinds = [line[2] for line in lines]
    shapes = [[int(word) for word in line[4:]] if line[2] in ("x", "cond") else [int(line[3])] if line[2] == "tokens" else [] for line in lines]
    leaves = [None] * len(lines)
    for of in (["x"], ["timestep", "fraction"], ["labels"]):
        for i, kind in enumerate(kinds):
            if kind in of:
                leaves[i] = row.take(n, *shapes[i])
    further = [i for i, kind in enumerate(kinds) if kind in ("cond", "tokens")]
    sizes = [int(np.prod(shapes[i])) for i in further]
    for i, part in zip(further, split(row.take(n, sum(sizes)), sizes)):
        leaves[i] = part.reshape(n, *shapes[i])
    for i, kind in enumerate(kinds):
        whole = kind in ("labels", "tokens")
        leaves[i] = leaves[i].long() if whole else leaves[i].clone().requires_grad_(kind in ("x", "cond"))
    return leaves, kinds.index("x"), further


def split(rows, sizes):
    return torch.split(rows, sizes, dim=1) if sizes else []


def run(net, names, leaves, n, d_out):
    """Outputs, and the gradients of the inputs that have one and of the parameters."""
    out = net.eval()(*leaves)
    out = torch.cat([o.reshape(n, -1) for o in out.values()], 1) if isinstance(out, dict) else out.reshape(n, -1)
    if out.requires_grad:
        out.backward(d_out.reshape(out.shape).to(out.dtype))
    grad = lambda of: torch.zeros(of.shape) if of.grad is None else of.grad
    return out.detach(), [grad(leaf) for leaf in leaves if leaf.requires_grad] + [grad(net.get_parameter(name)) for name in names]


def run_in_double(net, names, leaves, n, d_out):
    """The same, .float() in the program being .double()."""
    to_float, torch.Tensor.float = torch.Tensor.float, torch.Tensor.double
    torch.set_default_dtype(torch.float64)
    try:
        double = lambda leaf: leaf.detach().double().requires_grad_(leaf.requires_grad) if leaf.is_floating_point() else leaf
        return run(copy.deepcopy(net).double(), names, [double(leaf) for leaf in leaves], n, d_out)
    finally:
        torch.Tensor.float = to_float
        torch.set_default_dtype(torch.float32)


def apart(name, what, got, exact, want, most):
    """How far they are apart. Where rounding shows more, as it does behind a norm of nearly equal numbers, they are only as near as
    PyTorch's float32 is to its float64, four times."""
    if want.numel() == 0:
        return 0.0
    scale = max(1.0, exact.abs().max().item())
    off, rounding = ((got.ravel() - other.ravel()).abs().max().item() / scale for other in (want, exact))
    assert off < most + 4 * rounding, f"{name}: {what} differs by {off}, and float32 from float64 by {rounding}"
    return off


def check(name):
    net, names = load(name)
    row = Row(np.load(os.path.join(folder, name + ".npy")))
    n = int(row.take(1))
    with open(os.path.join(folder, name + ".txt"), encoding="utf-8") as file:
        leaves, x, further = inputs_of(file.read(), n, row)
    with torch.no_grad():
        count = sum(o.numel() for o in (lambda o: o.values() if isinstance(o, dict) else [o])(net(*leaves)))
    d_out, out = row.take(count), row.take(count)
    want = {x: row.take(*leaves[x].shape)}
    sizes = [leaves[i][0].numel() for i in further]
    want.update(zip(further, split(row.take(n, sum(sizes)), sizes)))
    want = [want[i] for i, leaf in enumerate(leaves) if leaf.requires_grad] + [row.take(*net.get_parameter(name).shape) for name in names]
    exact = run_in_double(net, names, leaves, n, d_out)
    got = run(net, names, leaves, n, d_out)
    forward = apart(name, "output", got[0], exact[0], out, 1e-5)
    return forward, max(apart(name, f"gradient {i}", *each, 1e-4) for i, each in enumerate(zip(got[1], exact[1], want)))


names = sorted(file[:-4] for file in os.listdir(folder) if file.endswith(".npy"))
assert names, f"no networks in {folder}"
differences = [check(name) for name in names]
print(len(names), "networks", *(f"{max(each):.1e}" for each in zip(*differences)))
