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


# %% data
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


images, labels = shapes(2000)
grid(images[:16], "Training pictures")
speckle = 0.5 * (np.random.RandomState(7).rand(32, 32) > 0.7)
grid([images[list(labels).index(2)], speckle], "a triangle, and what only looks like code for one")

# %% noised
T = 1000
alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, T), dim=0)


def q_sample(x_0, t, eps):
    bar = alpha_bar[t][:, None, None, None]          # every picture has its own timestep
    return bar.sqrt() * x_0 + (1 - bar).sqrt() * eps


levels = torch.tensor([0, 100, 250, 500, 750, 999])
eps = torch.randn(1, 1, 32, 32, generator=torch.Generator().manual_seed(2))
grid(q_sample(images[3:4], levels, eps), f"One picture, noised to t = {levels.tolist()}", columns=6, lo=-1, hi=2)

# %% start
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


model = MiniUNet(16)
adam = torch.optim.Adam(model.parameters(), lr=1e-3)
average, log = {name: p.clone() for name, p in model.state_dict().items()}, []
print(sum(p.numel() for p in model.parameters()), "parameters")

# %% average
decay = 0.99


def average_step(average, weights, step):
    share = 1 - min(decay, (1 + step) / (10 + step))
    return {name: mean + share * (weights[name] - mean) for name, mean in average.items()}


# %% train
epochs, batch_size = 30, 32                          # some minutes without a GPU
for epoch in range(1, epochs + 1):
    for i in range(0, len(images), batch_size):
        x_0 = images[i:i + batch_size]               # 1. data
        t = torch.randint(0, T, (len(x_0),))         # 2. timesteps
        eps = torch.randn_like(x_0)                  # 3. noise
        x_t = q_sample(x_0, t, eps)                  # 4. mix
        eps_hat = model(x_t, t)                      # 5. guess
        loss = F.mse_loss(eps_hat, eps)              # 6. compare
        adam.zero_grad()
        loss.backward()
        adam.step()
        log.append(loss.item())
        average = average_step(average, model.state_dict(), len(log))
    print(f"epoch {epoch}, loss {np.mean(log[-63:]):.4f}")
torch.save({"model": model.state_dict(), "average": average}, "lesson-8.pt")
plt.semilogy(np.convolve(log, np.ones(9) / 9, "valid"))
plt.gca().set(title="Loss, mean of 9 steps", xlabel="step")
plt.show()

# %% samples
@torch.no_grad()
def ddim_sample(model, x, steps):
    """The sampler of the next lesson."""
    times = [int((T - 1) * (steps - 1 - i) / (steps - 1) + 0.5) for i in range(steps)]
    for t, t_next in zip(times, [*times[1:], None]):
        eps = model(x, torch.full((len(x),), t))
        x_0 = (x - (1 - alpha_bar[t]).sqrt() * eps) / alpha_bar[t].sqrt()
        if t_next is None:
            return x_0
        x = alpha_bar[t_next].sqrt() * x_0 + (1 - alpha_bar[t_next]).sqrt() * eps


artist = MiniUNet(16)
artist.load_state_dict(average)
noise = torch.randn(16, 1, 32, 32, generator=torch.Generator().manual_seed(8))
samples = ddim_sample(artist, noise, 50)
grid(samples, "Samples")

# %% nearest
def nearest(x, pictures):
    """Which picture is the nearest to each of x, and how far."""
    distance, index = torch.cdist(x.flatten(1), pictures.flatten(1)).min(dim=1)
    return index, distance


clipped = samples.clamp(0, 1)
index, distance = nearest(clipped, images)
grid(clipped[:8], "Samples")
grid(images[index[:8]], "The nearest training pictures")
unseen, _ = shapes(200, 32, np.random.RandomState(12))
white = torch.randn(16, 1, 32, 32, generator=torch.Generator().manual_seed(13))
far = {"samples": distance, "new shapes": nearest(unseen, images)[1], "noise": nearest(white, images)[1]}
for name, d in far.items():
    print(f"{name:10} least distance {d.min():.3f}  mean distance {d.mean():.3f}")

# %% by-level
asked = [0, 5, 10, 20, 50, 100, 200, 400, 600, 800, 999]
x_0, losses = unseen[:32], []
with torch.no_grad():
    for level in asked:
        t = torch.full((32,), level)
        eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(9))
        losses.append(F.mse_loss(artist(q_sample(x_0, t, eps), t), eps).item())
plt.semilogy(asked, losses)
plt.gca().set(title="Loss by timestep", xlabel="t")
plt.show()

# %% sketches
y, x = np.mgrid[:32, :32]
drawn = [
    np.hypot(x - 15, y - 16) < 9 + 2 * np.sin(5 * np.arctan2(y - 16, x - 15)),
    (x > 8 - y / 12) & (x < 23 + y / 9) & (y > 9 + x / 10) & (y < 25 - x / 9),
    (y > 7) & (y < 25) & (abs(x - 16) < (y - 6) / 2 + np.where(y % 3 == 0, 2, 0)),
]
sketches = torch.tensor(np.stack(drawn)[:, None], dtype=torch.float32)
grid(sketches, "Three sketches", columns=3)

# %% solution-sketch
beta = torch.linspace(1e-4, 0.02, T)


@torch.no_grad()
def from_sketch(sketch, t_start, generator):
    """SDEdit: noised to t_start in one jump, and DDPM's steps back from there."""
    eps = torch.randn(sketch.shape, generator=generator)
    x = q_sample(sketch, torch.full((len(sketch),), t_start), eps)
    for t in range(t_start, -1, -1):
        eps = artist(x, torch.full((len(x),), t))
        x = (x - beta[t] / (1 - alpha_bar[t]).sqrt() * eps) / (1 - beta[t]).sqrt()
        if t > 0:
            variance = beta[t] * (1 - alpha_bar[t - 1]) / (1 - alpha_bar[t])
            x = x + variance.sqrt() * torch.randn(x.shape, generator=generator)
    return x


# %% sketch-levels
for start in (100, 300, 500, 800):
    redrawn = from_sketch(sketches, start, torch.Generator().manual_seed(3))
    grid(redrawn, f"from t = {start}", columns=3)
