"""The networks of tests/c/layer_texts.h, which are written there only, with the draws that the C test makes: needs PyTorch."""
import math
import os
import re

import torch
from torch import nn
from torch.nn import functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
HEADER = os.path.join(HERE, "../c/layer_texts.h")


def texts():
    """(name, samples, text) of each entry."""
    source = open(HEADER, encoding="utf-8").read()
    source = source[source.index("layer_texts[] = {"):source.index("enum { LAYER_TEXTS")]
    source = re.sub(r'IMAGE\(\s*("[^"]*")\)', r'"input x x image " \1 "\\n"', source)
    for name, n, literals in re.findall(r'\{"(\w+)",\s*(\d+),((?:\s*"(?:[^"\\]|\\.)*")+)\}', source):
        yield name, int(n), "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)).replace("\\n", "\n")


def settings_of(words):
    return {k: v if v.isalpha() else float(v) if "." in v or "e-" in v else int(v) for k, v in (w.split("=") for w in words)}


class RMSNorm(nn.Module):
    """torch.nn's own came later than 1.13."""

    def __init__(self, normalized_shape, eps=torch.finfo(torch.float32).eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(normalized_shape)), eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class Value(nn.Module):
    """A parameter of the network itself, which is no module in PyTorch."""

    def __init__(self, size_1, size_2=0):
        super().__init__()
        self.value = nn.Parameter(torch.zeros(size_1, size_2) if size_2 else torch.zeros(size_1))

    def forward(self, like):
        return self.value.expand(len(like), *self.value.shape)


def module(kind, s):
    if kind == "Parameter":
        return Value(**s)
    if "bias" in s:
        s["bias"] = bool(s["bias"])
    return RMSNorm(**s) if kind == "RMSNorm" else getattr(nn, kind)(**s)


def over(value, like):
    """A vector for every pixel, a value as it is."""
    if value.dim() == like.dim():
        return value
    return value.reshape(*value.shape, *[1] * (like.dim() - 2))


def heads(x, s):
    """(batch, heads, tokens, features of a head)"""
    return x.unflatten(2, (s.get("num_heads", 1), -1)).transpose(1, 2)


def positions(s):
    """Float32, as a network computes them."""
    half = s["features"] // 2
    angles = torch.arange(s["tokens"])[:, None] * torch.exp(torch.arange(half) * (-math.log(10000.0)) / half)
    return torch.cat([angles.sin(), angles.cos()], 1).double()[None]


FUNCTIONS = {
    "GELU": lambda s, x: F.gelu(x),
    "Tanh": lambda s, x: torch.tanh(x),
    "Sigmoid": lambda s, x: torch.sigmoid(x),
    "Softplus": lambda s, x: F.softplus(x),
    "ReLU": lambda s, x: F.relu(x),
    "Dropout": lambda s, x: x,  # nobody has drawn
    "Upsample": lambda s, x: F.interpolate(x, scale_factor=2, mode=s.get("mode", "nearest")),
    "MaxPool2d": lambda s, x: F.max_pool2d(x, s.get("kernel_size", 2)),
    "MaxPool1d": lambda s, x: F.max_pool1d(x, s.get("kernel_size", 2)),
    "Flatten": lambda s, x: x.flatten(s.get("start_dim", 1)),
    "reshape": lambda s, x: x.reshape(len(x), *[s[f"size_{i}"] for i in (1, 2, 3) if f"size_{i}" in s]),
    "transpose": lambda s, x: x.transpose(1, 2),
    "patchify": lambda s, x: F.unfold(x, s["patch_size"], stride=s["patch_size"]).transpose(1, 2),
    "unpatchify": lambda s, x: F.fold(x.transpose(1, 2), (s["height"], s["width"]), s["patch_size"], stride=s["patch_size"]),
    "mean": lambda s, x: x.mean(s["dim"]),
    "narrow": lambda s, x: x.narrow(s["dim"], s["start"], s["length"]),
    "cat": lambda s, *x: torch.cat(x, s.get("dim", 1)),
    "scale": lambda s, x: x * s["factor"],
    "attention_weights": lambda s, q, k: torch.softmax(
        heads(q, s) @ heads(k, s).transpose(2, 3) / math.sqrt(q.shape[2] // s.get("num_heads", 1)), 3
    ).flatten(1, 2),
    "matmul": lambda s, p, v: (p.unflatten(1, (s.get("num_heads", 1), -1)) @ heads(v, s)).transpose(1, 2).flatten(2),
    "AvgPool2d": lambda s, x: F.avg_pool2d(x, s.get("kernel_size", 2)),
    "AvgPool1d": lambda s, x: F.avg_pool1d(x, s.get("kernel_size", 2)),
    "add": lambda s, x, y: x + over(y, x) if x.dim() >= y.dim() else over(x, y) + y,
    "mul": lambda s, x, y: x * over(y, x),
}


def scale_shift(s, x, scale, shift, tokens):
    if tokens:
        return x * (1 + scale[:, None]) + shift[:, None]
    return x * (1 + over(scale, x)) + over(shift, x)


def draws(text, n, seed):
    """Modules by name, inputs and the gradient of the output, in float64: all from the seed, in this order."""
    torch.manual_seed(seed)
    modules, lines = {}, [line.split() for line in text.splitlines()]
    for line in lines:
        if line[0] == "module":
            modules[line[1]] = module(line[2], settings_of(line[3:]))
    for m in modules.values():
        if isinstance(m, (nn.GroupNorm, nn.LayerNorm, RMSNorm, Value)):  # 1 and 0 would hide much
            for p in m.parameters():
                p.data = torch.randn(p.shape)
    inputs = [line for line in lines if line[0] == "input"]
    tokens = inputs[0][3] == "tokens"
    shapes = [[int(w) for w in line[(4 if line[2] in ("x", "cond") else 3):]] for line in inputs]
    leaves = [torch.randn(n, *shapes[0]).double().requires_grad_()]
    if len(inputs) > 1:
        words = inputs[1][2] == "tokens"
        sizes = [shapes[1][0]] if words else [math.prod(shape) for shape in shapes[1:]]
        cond = torch.randint(0, 9, (n, sum(sizes))) if words else torch.randn(n, sum(sizes))
        for size, part, shape in zip(sizes, torch.split(cond, sizes, dim=1), shapes[1:]):
            leaves.append(part if words else part.reshape(n, *shape).double().requires_grad_())
    for m in modules.values():
        m.double()
    return modules, leaves, torch.randn(n, outputs(text, modules, leaves).shape[1]).double()


def outputs(text, modules, leaves):
    """What the network gives, sample by sample."""
    values, out = list(leaves), []
    for line in (line.split() for line in text.splitlines()):
        given = [values[int(w)] for w in line[2:] if w.isdigit()] if line[0] in ("apply", "call", "output") else []
        if line[0] == "apply":
            values.append(modules[line[1]](*(given or leaves[:1])))
        elif line[0] == "call" and line[1] == "scale_shift":
            values.append(scale_shift({}, *given, leaves[0].dim() == 3))
        elif line[0] == "call" and line[1] == "positions":
            values.append(positions(settings_of(line[2:])))
        elif line[0] == "call":
            values.append(FUNCTIONS[line[1]](settings_of(w for w in line[2:] if "=" in w), *given))
        elif line[0] == "output":
            out.append(given[0].reshape(len(given[0]), -1))
    return torch.cat(out, dim=1)
