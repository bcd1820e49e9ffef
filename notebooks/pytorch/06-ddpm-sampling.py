import math
import os

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_swiss_roll
from torch import nn


def scatter(panels, lim=3.0):
    """Sets of points side by side: {title: points}."""
    fig, axes = plt.subplots(1, len(panels), figsize=(3.6 * len(panels), 3.6), squeeze=False)
    for ax, (title, x) in zip(axes[0], panels.items()):
        ax.scatter(x[:, 0], x[:, 1], s=2)
        ax.set(title=title, xlim=(-lim, lim), ylim=(-lim, lim), aspect="equal")
    plt.show()


# %% model
np.random.seed(42)
torch.manual_seed(42)
T = 1000


def cosine_clipped(T, s=0.008):
    f = np.cos((np.arange(T + 1) / T + s) / (1 + s) * np.pi / 2) ** 2
    return np.clip(1 - f[1:] / f[:-1], 1e-4, 0.999)


beta = torch.tensor(cosine_clipped(T), dtype=torch.float32)
alpha = 1 - beta
alpha_bar = torch.cumprod(alpha, dim=0)
sqrt_alpha_bar, sqrt_one_minus_alpha_bar = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
before = torch.cat([torch.ones(1), alpha_bar[:-1]])  # alpha_bar one step earlier
posterior_variance = beta * (1 - before) / (1 - alpha_bar)

points = make_swiss_roll(n_samples=5000, noise=0.1)[0][:, [0, 2]] / 10
data = torch.tensor(points, dtype=torch.float32)


class SimpleNoisePredictor(nn.Module):
    def __init__(self):
        super().__init__()
        self.time_embed = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 32))
        self.net = nn.Sequential(
            nn.Linear(2 + 32, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(),
            nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 2))

    def forward(self, x, t):
        return self.net(torch.cat([x, self.time_embed(t[:, None])], dim=1))


def train(model, epochs=100, batch_size=128):
    """Lesson 5."""
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    step, warmup, decay_steps = 0, 80, 4000
    for epoch in range(epochs):
        order = torch.randperm(len(data))
        for i in range(0, len(data), batch_size):
            x_0 = data[order[i:i + batch_size]]
            t = torch.randint(0, T, (len(x_0),))
            eps = torch.randn_like(x_0)
            x_t = sqrt_alpha_bar[t, None] * x_0 + sqrt_one_minus_alpha_bar[t, None] * eps
            loss = F.mse_loss(model(x_t, t.float() / T), eps)
            adam.zero_grad()
            loss.backward()
            step += 1
            gone = max((step - 1 - warmup) / (decay_steps - warmup), 0)
            adam.param_groups[0]["lr"] = 8e-3 * min(step / warmup, 0.5 * (1 + math.cos(math.pi * gone)))
            adam.step()


model = SimpleNoisePredictor()
if os.path.exists("lesson-5.pt"):                    # yours; go on where lesson 5 stopped
    saved = torch.load("lesson-5.pt")
    model.load_state_dict(saved["model"])
    torch.set_rng_state(saved["rng"])
else:
    train(model)

# %% one-go
def predict_x_0(x_t, eps, t):
    return (x_t - sqrt_one_minus_alpha_bar[t] * eps) / sqrt_alpha_bar[t]


@torch.no_grad()
def guess(x, t):
    """The noise that the network sees in x, all of it at timestep t."""
    return model(x, torch.full((len(x),), t / T))


noise = torch.randn(1000, 2, generator=torch.Generator().manual_seed(2))
for t in (200, 400, 600):
    x_t = sqrt_alpha_bar[t] * data[:1000] + sqrt_one_minus_alpha_bar[t] * noise
    scatter({f"x_t at t = {t}": x_t, "all noise removed": predict_x_0(x_t, guess(x_t, t), t)})

# %% bayes
def posterior(x_0, x_t, t, s):
    """What is known about one coordinate at an earlier timestep s, given x_t and x_0: (mean, variance) of prior,
    likelihood and posterior."""
    bar, ratio = alpha_bar.double()[s], alpha_bar.double()[t] / alpha_bar.double()[s]
    prior = bar.sqrt() * x_0, 1 - bar
    likelihood = x_t / ratio.sqrt(), (1 - ratio) / ratio
    variance = 1 / (1 / prior[1] + 1 / likelihood[1])
    return prior, likelihood, (variance * (prior[0] / prior[1] + likelihood[0] / likelihood[1]), variance)


axis = torch.linspace(-3, 3, 1201)
found = dict(zip(("prior, by x_0", "likelihood, by x_t", "posterior"), posterior(x_0=1, x_t=-1, t=500, s=350)))
for name, (mean, variance) in found.items():
    plt.plot(axis, torch.exp(-(axis - mean) ** 2 / (2 * variance)), label=f"{name}: mean {mean:.3f}")
plt.gca().set(title="x_s for s = 350 (each curve drawn to height 1)", xlabel="x_s")
plt.legend()
plt.show()

# %% sigma
for t in (10, 100, 500, 900):
    variance = posterior_variance[t]
    print(f"t {t:3}  beta {beta[t]:.6f}  variance {variance:.6f}  what multiplies z {variance.sqrt():.6f}")

# %% sample
@torch.no_grad()
def ddpm_sample(x, frames=None):
    for t in reversed(range(T)):
        eps = guess(x, t)
        mean = (x - beta[t] / sqrt_one_minus_alpha_bar[t] * eps) / alpha[t].sqrt()
        sigma = posterior_variance[t].sqrt()         # the table holds variances
        x = mean + sigma * torch.randn(x.shape) if t > 0 else mean
        if frames is not None and t % 100 == 0:
            frames[f"t = {t}"] = x
    return x


n, frames = 500, {}
samples = ddpm_sample(torch.randn(n, 2), frames)
scatter({name: frames[name] for name in ("t = 800", "t = 400", "t = 200", "t = 100", "t = 0")})

# %% compare
def curve_distance(x, segments=2000):
    """Mean distance to the spiral without noise, a line through many places of it."""
    u = np.linspace(1.5 * np.pi, 4.5 * np.pi, segments)
    corners = np.stack([u * np.cos(u), u * np.sin(u)], axis=1) / 10
    start, edge = corners[:-1], np.diff(corners, axis=0)
    off = np.asarray(x, dtype=np.float64)[:, None] - start
    along = np.clip((off * edge).sum(-1) / (edge ** 2).sum(-1), 0, 1)
    return np.linalg.norm(off - along[..., None] * edge, axis=-1).min(axis=1).mean()


def sliced_wasserstein(x, y, directions=128):
    """Sorted along a direction, points are matched in order. The mean over directions."""
    a = np.pi * (np.arange(directions) + 0.5) / directions
    both = [np.asarray(s, dtype=np.float64) @ np.stack([np.cos(a), np.sin(a)]) for s in (x, y)]
    size = math.lcm(len(x), len(y))
    u, v = (np.sort(s, axis=0).repeat(size // len(s), axis=0) for s in both)
    return np.abs(u - v).mean()


def measure(name, x):
    print(f"{name:11} distance to the curve {curve_distance(x):.4f}  sliced W {sliced_wasserstein(x, points):.4f}")


fresh = make_swiss_roll(n, noise=0.1, random_state=6)[0][:, [0, 2]] / 10
scatter({"Generated": samples, "Original": data[:n]}, lim=2)
measure("generated", samples)
measure("fresh data", fresh)

# %% solution-zero
@torch.no_grad()
def deterministic_sample(x):
    for t in reversed(range(T)):
        x = (x - beta[t] / sqrt_one_minus_alpha_bar[t] * guess(x, t)) / alpha[t].sqrt()
    return x


# %% collapse
without = deterministic_sample(torch.randn(n, 2, generator=torch.Generator().manual_seed(3)))
scatter({"with noise": samples, "variance 0": without}, lim=2)
measure("with noise", samples)
measure("variance 0", without)
