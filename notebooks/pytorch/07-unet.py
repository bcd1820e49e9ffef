import math
import os

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def grid(images, title="", columns=8, lo=0, hi=1):
    """Pictures (n, 1, h, w), row by row."""
    rows = math.ceil(len(images) / columns)
    fig, axes = plt.subplots(rows, columns, figsize=(1.3 * columns, 1.3 * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, image in zip(axes.flat, images):
        ax.imshow(image.squeeze(), cmap="gray", vmin=lo, vmax=hi)
    fig.suptitle(title)
    plt.show()


# %% filter
np.random.seed(42)
torch.manual_seed(42)


def shapes(n, size=32, draw=np.random):
    """White on black: circles (class 0), squares (1) and filled triangles (2)."""
    y, x = np.ogrid[:size, :size]
    images, labels = np.zeros((n, 1, size, size), np.float32), np.zeros(n, int)
    for i, image in enumerate(images[:, 0]):
        labels[i] = draw.choice(3)
        if labels[i] == 0:
            cy, cx = draw.randint(8, size - 8, 2)
            image[(x - cx) ** 2 + (y - cy) ** 2 <= draw.randint(4, 8) ** 2] = 1
        elif labels[i] == 1:
            side = draw.randint(8, 16)
            left, top = draw.randint(0, size - side), draw.randint(0, size - side)
            image[top:top + side, left:left + side] = 1
        else:
            area = 0
            while area < 64:  # twice the triangle's: thin ones are drawn again
                p = draw.randint(4, size - 4, (3, 2))
                (a, b), (c, d) = p[1] - p[0], p[2] - p[0]
                area = abs(a * d - b * c)
            sides = [(q[1] - o[1]) * (y - o[0]) - (q[0] - o[0]) * (x - o[1])
                     for o, q in zip(p, np.roll(p, -1, axis=0))]
            image[np.all([s >= 0 for s in sides], axis=0) | np.all([s <= 0 for s in sides], axis=0)] = 1
    return torch.from_numpy(images), labels


images, labels = shapes(600)
filters = {
    "left edge": [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
    "top edge": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "blur": [[1 / 16, 2 / 16, 1 / 16], [2 / 16, 4 / 16, 2 / 16], [1 / 16, 2 / 16, 1 / 16]],
    "outline": [[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]],
}
weights = torch.tensor(list(filters.values()), dtype=torch.float32)[:, None]
triangle = images[list(labels).index(2)]
y = F.conv2d(triangle[None], weights, padding=1)[0]  # zeros beyond the border
grid([triangle, *y], "triangle, " + ", ".join(filters), columns=5, lo=-1, hi=2)

# %% sinusoidal
def sinusoidal(t, dim):
    """t (n,) to (n, dim): sines, then cosines."""
    h = dim // 2
    f = torch.exp(-math.log(10000) * torch.arange(h) / h)
    angle = t.float()[:, None] * f
    return torch.cat([angle.sin(), angle.cos()], dim=1)


times = torch.arange(0, 1000, 3)
plt.imshow(sinusoidal(times, 128).T, aspect="auto", extent=(0, 999, 127, 0))
plt.gca().set(title="Every column is one timestep", xlabel="t", ylabel="entry")
plt.colorbar()
plt.show()

# %% similarity
clock = sinusoidal(torch.arange(1000), 128)
alike = clock @ clock[500] / 64
plt.plot(alike)
plt.gca().set(title="How alike a timestep is to t = 500", xlabel="t")
plt.show()

# %% block
def residual_block(x, time, p):
    h = F.conv2d(x, p["conv1.weight"], p["conv1.bias"], padding=1)
    h = F.relu(F.group_norm(h, 8, p["norm1.weight"], p["norm1.bias"]))
    h = h + F.linear(time, p["time_emb.weight"], p["time_emb.bias"])[..., None, None]
    h = F.conv2d(h, p["conv2.weight"], p["conv2.bias"], padding=1)
    h = F.relu(F.group_norm(h, 8, p["norm2.weight"], p["norm2.bias"]))
    fits = "shortcut.weight" not in p
    return h + (x if fits else F.conv2d(x, p["shortcut.weight"], p["shortcut.bias"]))


# %% write-blocks
class TimeEmbedding(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, t):
        h = self.dim // 2
        f = torch.exp(-math.log(10000) * torch.arange(h) / h)
        angle = t.float()[:, None] * f
        return torch.cat([angle.sin(), angle.cos()], dim=1)


class ResidualBlock(nn.Module):
    def __init__(self, n, m, time_dim):
        super().__init__()
        self.conv1 = nn.Conv2d(n, m, 3, padding=1)
        self.conv2 = nn.Conv2d(m, m, 3, padding=1)
        self.time_emb = nn.Linear(time_dim, m)
        self.norm1 = nn.GroupNorm(8, m)
        self.norm2 = nn.GroupNorm(8, m)
        self.shortcut = nn.Identity() if n == m else nn.Conv2d(n, m, 1)

    def forward(self, x, t):
        h = F.relu(self.norm1(self.conv1(x))) + self.time_emb(t)[..., None, None]
        h = F.relu(self.norm2(self.conv2(h)))
        return h + self.shortcut(x)


# %% write
class MiniUNet(nn.Module):
    def __init__(self, base=32, dim=128):
        super().__init__()
        self.time_mlp = nn.Sequential(
            TimeEmbedding(dim), nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))
        self.down1 = ResidualBlock(1, base, dim)
        self.down2 = ResidualBlock(base, 2 * base, dim)
        self.bottleneck = ResidualBlock(2 * base, 2 * base, dim)
        self.up2 = ResidualBlock(4 * base, 2 * base, dim)
        self.up1 = ResidualBlock(3 * base, base, dim)
        self.out_conv = nn.Conv2d(base, 1, 1)

    def forward(self, x, t):
        t = self.time_mlp(t)
        d1 = self.down1(x, t)
        d2 = self.down2(F.max_pool2d(d1, 2), t)
        h = self.bottleneck(F.max_pool2d(d2, 2), t)
        h = self.up2(torch.cat([double(h), d2], dim=1), t)
        h = self.up1(torch.cat([double(h), d1], dim=1), t)
        return self.out_conv(h)


def double(h):
    return F.interpolate(h, scale_factor=2, mode="bilinear", align_corners=False)


torch.manual_seed(42)
own = MiniUNet(8)
print(f"MiniUNet(8): {sum(p.numel() for p in own.parameters()):,} parameters")

x, t = torch.randn(1, 1, 16, 16), torch.tensor([321])
time_emb = own.time_mlp(t)
by_hand = residual_block(x, time_emb, own.down1.state_dict())
print("the block by hand differs by", (by_hand - own.down1(x, time_emb)).abs().max().item())

# %% side-by-side
small_shapes, _ = shapes(600, 24, np.random.RandomState(1))
alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), dim=0)


def train(make, seed=42, steps=200, batch_size=16):
    """Every network gets the same pictures, timesteps and noise, in the same order."""
    torch.manual_seed(seed)
    model = make()
    torch.manual_seed(seed + 1)
    adam, losses = torch.optim.Adam(model.parameters(), lr=2e-3), []
    while len(losses) < steps:
        order = torch.randperm(len(small_shapes))
        for i in range(0, len(order), batch_size):
            x_0 = small_shapes[order[i:i + batch_size]]
            t = torch.randint(0, 1000, (len(x_0),))
            eps = torch.randn_like(x_0)
            bar = alpha_bar[t][:, None, None, None]
            loss = F.mse_loss(model(bar.sqrt() * x_0 + (1 - bar).sqrt() * eps, t), eps)
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(loss.item())
    return model, losses[:steps]


def side_by_side(networks, **options):
    runs = {name: train(make, **options) for name, make in networks.items()}
    for name, (model, losses) in runs.items():
        size = sum(p.numel() for p in model.parameters())
        plt.semilogy(np.convolve(losses, np.ones(20) / 20, "valid"), label=name)
        print(f"{name:9} {size:7,} parameters, loss of the last 50 steps {np.mean(losses[-50:]):.4f}")
    plt.gca().set(title="Loss, mean of 20 steps", xlabel="step")
    plt.legend()
    plt.show()
    return runs


# %% solution-change
class SelfAttention(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.norm = nn.GroupNorm(8, n)
        self.qkv = nn.Conv2d(n, 3 * n, 1)
        self.proj = nn.Conv2d(n, n, 1)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).flatten(2).transpose(1, 2).chunk(3, dim=2)
        p = torch.softmax(q @ k.transpose(1, 2) / q.shape[2] ** 0.5, dim=2)
        return self.proj((p @ v).transpose(1, 2).reshape(x.shape)) + x


class Changed(MiniUNet):
    def __init__(self, base=32, dim=128):
        super().__init__(base, dim)
        self.bottleneck = Attended(self.bottleneck, 2 * base)


class Attended(nn.Module):
    """A block, and then attention."""

    def __init__(self, block, n):
        super().__init__()
        self.block = block
        self.attention = SelfAttention(n)

    def forward(self, x, t):
        return self.attention(self.block(x, t))


race = side_by_side({"MiniUNet": lambda: MiniUNet(8), "Changed": lambda: Changed(8)})

# %% parameters
torch.manual_seed(42)
unet = MiniUNet(32)
counts = {name: sum(p.numel() for p in part.parameters()) for name, part in unet.named_children()}
print(counts)
print(sum(counts.values()), "parameters")
x_test, t_test = torch.randn(4, 1, 32, 32), torch.rand(4) * 1000
out = unet(x_test, t_test)
print("in:", tuple(x_test.shape), "and", tuple(t_test.shape), "  out:", tuple(out.shape))

# %% solution-count
def block_parameters(n, m, time_dim=128):
    conv1, conv2 = 9 * n * m + m, 9 * m * m + m
    time_emb = time_dim * m + m
    norms = 2 * 2 * m
    shortcut = 0 if n == m else n * m + m
    return conv1 + conv2 + time_emb + norms + shortcut


# %% solution-pool
def max_pool(x):
    """One picture (height, width), both even. F.max_pool2d(x[None], 2)[0] is the same."""
    height, width = x.shape
    return x.reshape(height // 2, 2, width // 2, 2).amax(dim=(1, 3))


# %% model
model = MiniUNet(16)
if os.path.exists("lesson-8.pt"):                    # yours, from lesson 8
    model.load_state_dict(torch.load("lesson-8.pt")["average"])
else:                                                # a short training
    torch.manual_seed(42)
    model = MiniUNet(16)
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    order = torch.randperm(len(images))
    for i in range(0, len(images), 8):
        x_0 = images[order[i:i + 8]]
        t = torch.randint(0, 1000, (len(x_0),))
        eps = torch.randn_like(x_0)
        bar = alpha_bar[t][:, None, None, None]
        loss = F.mse_loss(model(bar.sqrt() * x_0 + (1 - bar).sqrt() * eps, t), eps)
        adam.zero_grad()
        loss.backward()
        adam.step()

# %% maps
noise = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(3))
square, t = images[list(labels).index(1)], 150
x_t = alpha_bar[t].sqrt() * square + (1 - alpha_bar[t]).sqrt() * noise
seen = {}
hooks = [getattr(model, name).register_forward_hook(lambda m, i, out, name=name: seen.update({name: out}))
         for name in ("down1", "down2", "bottleneck", "up2", "up1")]
with torch.no_grad():
    model(x_t, torch.tensor([t]))
for hook in hooks:
    hook.remove()
for name, maps in seen.items():
    grid(maps[0], f"{name}: {maps.shape[1]} channels of {maps.shape[2]} by {maps.shape[3]}",
         columns=16, lo=maps.min(), hi=maps.max())

# %% skips
class WithoutSkips(nn.Module):
    """The same blocks; zeros go across."""

    def __init__(self, unet):
        super().__init__()
        self.unet = unet

    def forward(self, x, t):
        u, t = self.unet, self.unet.time_mlp(t)
        d1 = u.down1(x, t)
        d2 = u.down2(F.max_pool2d(d1, 2), t)
        h = u.bottleneck(F.max_pool2d(d2, 2), t)
        h = u.up2(torch.cat([double(h), torch.zeros_like(d2)], dim=1), t)
        h = u.up1(torch.cat([double(h), torch.zeros_like(d1)], dim=1), t)
        return u.out_conv(h)


with torch.no_grad():
    on, off = (net(x_t, torch.tensor([t])) for net in (model, WithoutSkips(model)))
grid([noise, on, off], "the noise: true, guessed, without skips", lo=-2.5, hi=2.5)
print("loss with skips", F.mse_loss(on, noise).item(), " without", F.mse_loss(off, noise).item())

# %% skips-levels
held_out, _ = shapes(16, 32, np.random.RandomState(5))
levels = [50, 150, 300, 500, 700, 900]


@torch.no_grad()
def loss_by_level(net):
    losses = []
    for level in levels:
        eps = torch.randn(held_out.shape, generator=torch.Generator().manual_seed(9))
        x_t = alpha_bar[level].sqrt() * held_out + (1 - alpha_bar[level]).sqrt() * eps
        losses.append(F.mse_loss(net(x_t, torch.full((len(held_out),), level)), eps).item())
    return losses


plt.plot(levels, loss_by_level(model), label="with skips")
plt.plot(levels, loss_by_level(WithoutSkips(model)), label="without")
plt.axhline(1, color="grey", label="always 0")
plt.gca().set(title="Loss by timestep, on new shapes", xlabel="t")
plt.legend()
plt.show()
