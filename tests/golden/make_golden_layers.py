#!/usr/bin/python3
"""Makes the golden numbers of the layers in tests/c/layer_texts.h: /usr/bin/python3 tests/golden/make_golden_layers.py, seconds.

The networks are read from that header, so that they are written once; here stands what PyTorch does for each kind. Weights and inputs
are drawn in float32 from a seed, so the C test draws the same; results are computed from them in float64.
"""
import files
import numpy as np
import torch
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


if __name__ == "__main__":
    for seed, (name, n, text) in enumerate(texts()):
        files.save_npy("text_" + name, run(text, n, seed).numpy(), np.float32)
