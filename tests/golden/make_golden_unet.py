#!/usr/bin/python3
"""Makes the golden numbers of the layers and networks for images, and of the conditional network for points:
/usr/bin/python3 tests/golden/make_golden_unet.py, seconds. README.md lists the files; make_golden.py says what it needs.

Weights and inputs are drawn in float32 from a seed, so the C tests draw the same; results are computed from them in float64,
but for the training, which runs as PyTorch runs it.
"""
import course
import files
from course import np, torch
from networks import Attention, Block, CompanionUNet, ConditionalDiffusion, MiniUNet, Sinusoid, over_pixels
from torch import nn
from torch.nn import functional as F


# ---- layers: small nets around each ---------------------------------------------------------------------------------

class Net(nn.Module):
    """Modules in the order given, and what to do with them: f(modules, x, t, labels)."""

    def __init__(self, f, *modules):
        super().__init__()
        self.m, self.f = nn.ModuleList(modules), f

    def forward(self, x, t, labels):
        return self.f(self.m, x, t, labels)


def conv(c_in, c_out, side=3):
    return nn.Conv2d(c_in, c_out, side, padding=side // 2)


def double(x):
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def residual(m, x, t, labels):
    h = m[0](x) + x
    return m[1](h) + h


LAYERS = {  # name: (shape of x, net); the C test builds the same
    "conv": ((3, 3, 5, 7), lambda: Net(lambda m, x, t, c: m[0](x), conv(3, 5))),
    "conv_wide": ((2, 16, 4, 6), lambda: Net(lambda m, x, t, c: m[0](x), conv(16, 24))),
    "conv_grey": ((5, 1, 6, 6), lambda: Net(lambda m, x, t, c: m[0](x), conv(1, 16))),
    "conv_1x1": ((2, 7, 4, 5), lambda: Net(lambda m, x, t, c: m[0](x), conv(7, 3, 1))),
    "conv_transpose": ((2, 6, 5, 6), lambda: Net(lambda m, x, t, c: m[0](x), nn.ConvTranspose2d(6, 3, 3, padding=1))),
    "group_norm": ((2, 16, 5, 3), lambda: Net(lambda m, x, t, c: m[0](x), nn.GroupNorm(8, 16))),
    "group_norm_relu": ((2, 3, 6, 5), lambda: Net(lambda m, x, t, c: m[2](F.relu(m[1](m[0](x)))), conv(3, 24),
                                                  nn.GroupNorm(8, 24), conv(24, 2, 1))),
    "relu": ((2, 3, 3, 5), lambda: Net(lambda m, x, t, c: F.relu(m[0](x)), conv(3, 5, 1))),
    "silu": ((2, 3, 4, 3), lambda: Net(lambda m, x, t, c: m[1](F.silu(m[0](x))), conv(3, 6), conv(6, 2))),
    "max_pool": ((2, 3, 6, 8), lambda: Net(lambda m, x, t, c: F.max_pool2d(x, 2))),
    "max_pool_odd": ((2, 3, 7, 5), lambda: Net(lambda m, x, t, c: m[0](F.max_pool2d(x, 2)), conv(3, 4))),
    "upsample": ((2, 3, 3, 5), lambda: Net(lambda m, x, t, c: double(x))),
    "concat": ((2, 3, 4, 4), lambda: Net(lambda m, x, t, c: m[1](torch.cat([x, m[0](x)], dim=1)), conv(3, 5), conv(8, 2))),
    "residual": ((2, 6, 4, 5), lambda: Net(residual, conv(6, 6), conv(6, 6))),
    "add_channels": ((3, 3, 5, 4), lambda: Net(lambda m, x, t, c: m[2](F.relu(m[0](x)) + over_pixels(m[1](t[:, None]))),
                                               conv(3, 6), nn.Linear(1, 6), conv(6, 2))),
    "sinusoidal": ((6, 1, 4, 4), lambda: Net(lambda m, x, t, c: m[0](x) + over_pixels(m[1](Sinusoid(10)(t))),
                                             conv(1, 5), nn.Linear(10, 5))),
    "embedding": ((9, 1, 2, 3), lambda: Net(lambda m, x, t, c: m[0](x) + over_pixels(m[1](c)), conv(1, 5), nn.Embedding(4, 5))),
    "u": ((2, 3, 4, 6), lambda: Net(lambda m, x, t, c: m[1](torch.cat([double(F.max_pool2d(m[0](x), 2)), m[0](x)], dim=1)),
                                    conv(3, 4), conv(8, 3))),
    "block": ((2, 3, 4, 4), lambda: Net(lambda m, x, t, c: m[0](x, t[:, None].expand(-1, 7) / 1000), Block(3, 8, 7))),
    "attention": ((2, 8, 3, 5), lambda: Net(lambda m, x, t, c: m[0](x), Attention(8))),
}


def draw(shape, fraction=False, classes=3):
    """x, t, labels 0..classes (the last is the null class), d_eps as its own draw. All from PyTorch's stream."""
    n = shape[0]
    x = torch.randn(shape)
    t = torch.randint(0, 1000, (n,)).float()
    return x, (t / 1000.0 if fraction else t), torch.randint(0, classes + 1, (n,))


def differentiate(model, x, t, labels):
    """forward, d_x and the parameters' gradients, for d_eps drawn last."""
    model = model.double()
    x = x.double().requires_grad_()
    out = model(x, t.double(), labels)
    out.backward(torch.randn(out.shape).double())
    return out.detach(), x.grad, [p.grad for p in model.parameters()]


def layers():
    for seed, (name, (shape, build)) in enumerate(LAYERS.items()):
        course.seed_all(seed)
        net = build()
        for module in net.modules():
            if isinstance(module, nn.GroupNorm):
                module.weight.data, module.bias.data = torch.randn(module.num_channels), torch.randn(module.num_channels)
        out, d_x, grads = differentiate(net, *draw(shape))
        files.save_npy("layer_" + name, torch.cat([v.ravel() for v in (out, d_x, *grads)]).numpy(), np.float32)


# ---- networks -------------------------------------------------------------------------------------------------------

def summary(tensors):
    """(parameters, 18): first 8 entries, last 8 (missing ones 0), sum, sum of squares."""
    rows = []
    for tensor in tensors:
        flat = tensor.detach().numpy().ravel().astype(np.float64)
        head, tail = np.zeros(8), np.zeros(8)
        head[:min(8, flat.size)] = flat[:8]
        tail[:min(8, flat.size)] = flat[-8:]
        rows.append(np.concatenate([head, tail, [flat.sum(), (flat ** 2).sum()]]))
    return np.array(rows)


NETWORKS = {  # name: (network, shape of x, classes)
    "mini_unet_b8_c3": (lambda: MiniUNet(3, 8, 32), (3, 3, 8, 8), 3),
    "mini_unet_b16": (lambda: MiniUNet(1, 16), (2, 1, 16, 16), 3),
    "simple_unet": (lambda: CompanionUNet(), (2, 3, 6, 6), 3),
    "simple_unet_b6_c1": (lambda: CompanionUNet(1, 6), (5, 1, 5, 5), 3),
    "conditional_unet": (lambda: CompanionUNet(n_classes=10), (3, 3, 4, 4), 10),
    "conditional_unet_b5_k2": (lambda: CompanionUNet(3, 5, 2), (6, 3, 7, 7), 2),
    "conditional_diffusion": (lambda: ConditionalDiffusion(), (9, 2), 3),
    "conditional_diffusion_h20": (lambda: ConditionalDiffusion(3, 4, 20, 6), (7, 3), 4),
    "mini_unet_attention": (lambda: MiniUNet(1, 8, 16, True), (4, 1, 12, 12), 3),
}


def networks():
    for seed, (name, (build, shape, classes)) in enumerate(NETWORKS.items()):
        course.seed_all(seed + 100)
        model = build()
        files.save_npy(f"{name}_init_summary", summary(model.parameters()), np.float32)
        inputs = draw(shape, len(shape) == 2, classes)
        out, d_x, grads = differentiate(model, *inputs)
        files.save_npy(f"{name}_forward", out.numpy(), np.float32)
        files.save_npy(f"{name}_grad_x", d_x.numpy(), np.float32)
        files.save_npy(f"{name}_grads_summary", summary(grads), np.float32)
    counted = [MiniUNet(), MiniUNet(1, 16), MiniUNet(3, 8), CompanionUNet(), CompanionUNet(n_classes=10), ConditionalDiffusion()]
    files.save_npy("network_param_counts", [sum(p.numel() for p in m.parameters()) for m in counted], np.int64)


# ---- exercise 8: five training steps --------------------------------------------------------------------------------

def pictures(n, size):
    """Something with edges that both sides can make: -1 or 1 by a formula. (n, 1, size, size)"""
    k, r, c = np.meshgrid(np.arange(n), np.arange(size), np.arange(size), indexing="ij")
    return np.where((7 * k + 3 * r + 5 * c + r * c) % 11 < 5, 1.0, -1.0).astype(np.float32)[:, None]


TRAININGS = {"mini_unet_train_b16": (42, 16, 32, 16, 8), "mini_unet_train_b8": (7, 8, 16, 12, 5)}  # seed, base, size, n, batch


def training():
    for name, (seed, base, size, n, batch) in TRAININGS.items():
        course.seed_all(seed)
        model = MiniUNet(1, base)
        images = torch.tensor(pictures(n, size))
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
        alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), dim=0)
        losses, at = [], 0
        while len(losses) < 5:
            x_0 = images[at:at + batch]
            at = at + batch if at + batch < n else 0
            t = torch.randint(0, 1000, (len(x_0),))
            eps = torch.randn_like(x_0)
            bar = alpha_bar[t][:, None, None, None]
            loss = F.mse_loss(model(torch.sqrt(bar) * x_0 + torch.sqrt(1 - bar) * eps, t.float()), eps)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        files.save_npy(name + "_losses", losses, np.float32)


if __name__ == "__main__":
    for part in (layers, networks, training):
        part()
        print(part.__name__, "done", flush=True)
