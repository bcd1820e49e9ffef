#!/usr/bin/python3
"""Makes the golden numbers of the layers in tests/c/layer_texts.h: /usr/bin/python3 tests/golden/make_golden_layers.py, seconds.

The networks are read from that header, so that they are written once; here stands what PyTorch does for each kind. Weights and inputs
are drawn in float32 from a seed, so the C test draws the same; results are computed from them in float64.
"""
import files
import numpy as np
import torch
from torch.nn import functional as F
from layer_texts import draws, outputs, texts


def run(text, n, seed):
    modules, leaves, d_out = draws(text, n, seed)
    out = outputs(text, modules, leaves)
    out.backward(d_out)
    grads = [leaves[0].grad.reshape(n, -1)]
    if len(leaves) > 1:
        grads.append(torch.cat([torch.zeros(leaf.shape).double() if leaf.grad is None else leaf.grad.reshape(n, -1) for leaf in leaves[1:]], dim=1))
    grads += [p.grad for m in modules.values() for p in m.parameters()]
    return torch.cat([v.detach().ravel() for v in (out, *grads)])


def dropout():
    """Two layers in training: what they draw, and what the generator draws next. Output, gradient of x, a draw."""
    torch.manual_seed(11)
    x = torch.randn(3, 5, 2, 3)
    given = x.double().requires_grad_()
    drawn = F.dropout(torch.ones_like(x), 0.3), F.dropout(torch.ones_like(x), 0.5)
    out = torch.tanh(given * drawn[0]) * drawn[1]
    out.backward(torch.ones_like(out))
    return torch.cat([v.detach().ravel() for v in (out, given.grad, torch.rand(1))])


if __name__ == "__main__":
    files.save_npy("dropout", dropout().numpy(), np.float32)
    for seed, (name, n, text) in enumerate(texts()):
        files.save_npy("text_" + name, run(text, n, seed).numpy(), np.float32)
