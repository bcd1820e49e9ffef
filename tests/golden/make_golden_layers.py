#!/usr/bin/python3
"""Makes the golden numbers of the layers in tests/c/layer_texts.h: /usr/bin/python3 tests/golden/make_golden_layers.py, seconds.

The networks are read from that header, so that they are written once; here stands what PyTorch does for each kind. Weights and inputs
are drawn in float32 from a seed, so the C test draws the same; results are computed from them in float64.
"""
import os
import re

import course
import files
from course import np, torch
from torch import nn
from torch.nn import functional as F

HEADER = os.path.join(files.HERE, "../c/layer_texts.h")


def texts():
    """(name, samples, text) of each entry."""
    source = open(HEADER, encoding="utf-8").read()
    source = source[source.index("layer_texts[] = {"):source.index("enum { LAYER_TEXTS")]
    source = re.sub(r'IMAGE\(("[^"]*")\)', r'"input x x image " \1 "\\n"', source)
    for name, n, literals in re.findall(r'\{"(\w+)",\s*(\d+),((?:\s*"(?:[^"\\]|\\.)*")+)\}', source):
        yield name, int(n), "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)).replace("\\n", "\n")


def settings_of(words):
    return {k: float(v) if "." in v or "e" in v else int(v) for k, v in (w.split("=") for w in words)}


def over(value, like):
    """A vector for every pixel, a value as it is."""
    if value.dim() == like.dim():
        return value
    return value.reshape(*value.shape, *[1] * (like.dim() - 2))


def module(kind, s):
    if "bias" in s:
        s["bias"] = bool(s["bias"])
    return getattr(nn, kind)(**s)


FUNCTIONS = {
    "GELU": lambda s, x: F.gelu(x),
    "Tanh": lambda s, x: torch.tanh(x),
    "Sigmoid": lambda s, x: torch.sigmoid(x),
    "Softplus": lambda s, x: F.softplus(x),
    "ReLU": lambda s, x: F.relu(x),
    "Upsample": lambda s, x: F.interpolate(x, scale_factor=2),
    "AvgPool2d": lambda s, x: (F.avg_pool2d if x.dim() == 4 else F.avg_pool1d)(x, s.get("kernel_size", 2)),
    "add": lambda s, x, y: x + y,
    "mul": lambda s, x, y: x * over(y, x),
}


def scale_shift(s, x, scale, shift, tokens):
    if tokens:
        return x * (1 + scale[:, None]) + shift[:, None]
    return x * (1 + over(scale, x)) + over(shift, x)


def run(text, n, seed):
    course.seed_all(seed)
    modules, lines = {}, [line.split() for line in text.splitlines()]
    for line in lines:
        if line[0] == "module":
            modules[line[1]] = module(line[2], settings_of(line[3:]))
    inputs = [line for line in lines if line[0] == "input"]
    tokens = inputs[0][3] == "tokens"
    shapes = [[int(w) for w in line[(4 if line[2] in ("x", "cond") else 3):]] for line in inputs]
    leaves = [torch.randn(n, *shapes[0]).double().requires_grad_()]
    if len(inputs) > 1:
        words = inputs[1][2] == "tokens"
        sizes = [shapes[1][0]] if words else [int(np.prod(shape)) for shape in shapes[1:]]
        cond = torch.randint(0, 9, (n, sum(sizes))) if words else torch.randn(n, sum(sizes))
        for size, part, shape in zip(sizes, torch.split(cond, sizes, dim=1), shapes[1:]):
            leaves.append(part if words else part.reshape(n, *shape).double().requires_grad_())
    values, out = list(leaves), []
    for m in modules.values():
        m.double()
    for line in lines:
        given = [values[int(w)] for w in line[2:] if w.isdigit()] if line[0] in ("apply", "call", "output") else []
        if line[0] == "apply":
            values.append(modules[line[1]](*given))
        elif line[0] == "call" and line[1] == "scale_shift":
            values.append(scale_shift({}, *given, tokens))
        elif line[0] == "call":
            values.append(FUNCTIONS[line[1]](settings_of(w for w in line[2:] if "=" in w), *given))
        elif line[0] == "output":
            out.append(given[0].reshape(n, -1))
    out = torch.cat(out, dim=1)
    out.backward(torch.randn(out.shape).double())
    grads = [leaves[0].grad.reshape(n, -1)]
    if len(leaves) > 1:
        grads.append(torch.cat([torch.zeros(leaf.shape).double() if leaf.grad is None else leaf.grad.reshape(n, -1) for leaf in leaves[1:]], dim=1))
    grads += [p.grad for m in modules.values() for p in m.parameters()]
    return torch.cat([v.detach().ravel() for v in (out, *grads)])


if __name__ == "__main__":
    for seed, (name, n, text) in enumerate(texts()):
        files.save_npy("text_" + name, run(text, n, seed).numpy(), np.float32)
