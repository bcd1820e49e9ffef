import math
import os

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_swiss_roll
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


# %% model
np.random.seed(42)
torch.manual_seed(42)
T = 1000
alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, T), dim=0)
sqrt_alpha_bar, sqrt_one_minus_alpha_bar = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()


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


def train(model, epochs=10, batch_size=32, decay=0.99):
    """Lesson 8, some minutes without a GPU. The model is left with the average of its weights."""
    images, _ = shapes(2000)
    adam, step = torch.optim.Adam(model.parameters(), lr=1e-3), 0
    average = {name: p.clone() for name, p in model.state_dict().items()}
    for epoch in range(1, epochs + 1):
        for i in range(0, len(images), batch_size):
            x_0 = images[i:i + batch_size]
            t = torch.randint(0, T, (len(x_0),))
            eps = torch.randn_like(x_0)
            bar = alpha_bar[t][:, None, None, None]
            loss = F.mse_loss(model(bar.sqrt() * x_0 + (1 - bar).sqrt() * eps, t), eps)
            adam.zero_grad()
            loss.backward()
            adam.step()
            step += 1
            share = 1 - min(decay, (1 + step) / (10 + step))
            for name, p in model.state_dict().items():
                average[name] += share * (p - average[name])
        print(f"epoch {epoch}, loss of the last batch {loss.item():.3f}")
    model.load_state_dict(average)


model = MiniUNet(16)
if os.path.exists("lesson-8.pt"):                    # yours
    model.load_state_dict(torch.load("lesson-8.pt")["average"])
else:
    train(model)

# %% list
def even(T, steps):
    if steps == 1:
        return [T - 1]
    return [int((T - 1) * (steps - 1 - i) / (steps - 1) + 0.5) for i in range(steps)]


print("5 steps:", even(1000, 5))
print("7 steps:", even(1000, 7))

# %% ddim
def noise_of(seed, n):
    return torch.randn(n, 1, 32, 32, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def predict(x, t):
    """The noise in x at timestep t, and what is left without it."""
    eps = model(x, torch.full((len(x),), t))
    return eps, (x - sqrt_one_minus_alpha_bar[t] * eps) / sqrt_alpha_bar[t]


def ddim(x, times):
    for t, t_next in zip(times, [*times[1:], None]):
        eps, x_0 = predict(x, t)
        if t_next is None:                           # behind the last entry comes x_0, always
            return x_0
        x = sqrt_alpha_bar[t_next] * x_0 + sqrt_one_minus_alpha_bar[t_next] * eps


# %% few-steps
for steps in (1, 2, 5, 10, 50):
    grid(ddim(noise_of(3, 8), even(T, steps)), f"{steps} steps")

# %% stop-early
every_100th = list(range(999, 0, -100))
x = noise_of(4, 6)
for t, t_next in zip(every_100th, every_100th[1:]):  # pairs: the last step is missing
    eps, x_0 = predict(x, t)
    x = sqrt_alpha_bar[t_next] * x_0 + sqrt_one_minus_alpha_bar[t_next] * eps
grid(x, f"Stopped at t = 99: {100 * sqrt_one_minus_alpha_bar[99]:.0f}% noise left", columns=6)
grid(predict(x, 99)[1], "One more step: x_0", columns=6)
for steps in (5, 10, 20, 50, 100):
    t = 1000 // steps - 1
    print(f"{steps:3} steps, stops at t = {t:3}: noise left {sqrt_one_minus_alpha_bar[t]:.3f}")

# %% solution-sigma
def sigma(eta, t, t_next):
    bar, bar_next = alpha_bar[t], torch.tensor(1.0) if t_next is None else alpha_bar[t_next]
    return eta * ((1 - bar_next) / (1 - bar)).sqrt() * (1 - bar / bar_next).sqrt()


# %% eta
def stochastic(x, times, eta, generator):
    for t, t_next in zip(times, [*times[1:], None]):
        eps, x_0 = predict(x, t)
        if t_next is None:
            return x_0
        s = sigma(eta, t, t_next)
        z = torch.randn(x.shape, generator=generator)
        x = sqrt_alpha_bar[t_next] * x_0 + (1 - alpha_bar[t_next] - s ** 2).sqrt() * eps + s * z


six = noise_of(11, 6)
grid(ddim(six, even(T, 20)), "Deterministic: eta = 0", columns=6)
for seed in (1, 2):
    generator = torch.Generator().manual_seed(seed)
    grid(stochastic(six, even(T, 20), 1.0, generator), f"eta = 1, fresh noise of seed {seed}", columns=6)

# %% paths
spiral = torch.tensor(make_swiss_roll(150, noise=0.1, random_state=6)[0][:, [0, 2]] / 10)
plane_noise = torch.randn(150, 2, generator=torch.Generator().manual_seed(7))


def exact_noise(x, t):
    """The mean of the noise in x, by the 150 data points (lesson 4): it stands in the place of a network."""
    bar = alpha_bar[t].double()
    off = bar.sqrt() * spiral - x.double()[:, None]
    w = torch.softmax(-(off ** 2).sum(-1) / (2 * (1 - bar)), dim=1)
    return (-(w[..., None] * off).sum(1) / (1 - bar).sqrt()).float()


def walk(eta, steps=100):
    times, generator, frames = even(T, steps), torch.Generator().manual_seed(8), [plane_noise]
    for t, t_next in zip(times, [*times[1:], None]):
        x, eps = frames[-1], exact_noise(frames[-1], t)
        x_0 = (x - sqrt_one_minus_alpha_bar[t] * eps) / sqrt_alpha_bar[t]
        bar = torch.tensor(1.0) if t_next is None else alpha_bar[t_next]
        s, z = sigma(eta, t, t_next), torch.randn(x.shape, generator=generator)
        frames.append(bar.sqrt() * x_0 + (1 - bar - s ** 2).sqrt() * eps + s * z)
    return torch.stack(frames)


walks = {"DDPM: eta = 1": walk(1), "DDIM: eta = 0": walk(0)}
fig, axes = plt.subplots(1, 2, figsize=(11, 5.5))
for ax, (title, frames) in zip(axes, walks.items()):
    ax.scatter(spiral[:, 0], spiral[:, 1], s=3, color="lightgrey")
    ax.plot(frames[:, :6, 0], frames[:, :6, 1])      # six points leave a line
    ax.set(title=title, xlim=(-2.5, 2.5), ylim=(-2.5, 2.5), aspect="equal")
plt.show()

# %% steps
four = noise_of(15, 4)
runs = {steps: ddim(four, even(T, steps)) for steps in (5, 10, 20, 50, 100)}
for steps, images in runs.items():
    grid(images, f"{steps} steps", columns=4)
    print(f"{steps:3} steps: difference to 100 steps {F.mse_loss(images, runs[100]).sqrt():.4f}")

# %% lengths
def slerp(a, b, f):
    """Along the arc, which keeps the length."""
    omega = torch.acos((a * b).sum() / (a.norm() * b.norm()))
    return (torch.sin((1 - f) * omega) * a + torch.sin(f * omega) * b) / torch.sin(omega)


def straight(a, b, f):
    return (1 - f) * a + f * b


a, b = noise_of(21, 1), noise_of(22, 1)
fractions = torch.arange(21) / 20
for name, mix in {"along the arc": slerp, "straight": straight}.items():
    plt.plot(fractions, [mix(a, b, f).norm() for f in fractions], label=name)
plt.gca().set(title="Length of the mix", xlabel="from a to b")
plt.legend()
plt.show()

# %% strip
stops = torch.arange(9) / 8
arc = ddim(torch.cat([slerp(a, b, f) for f in stops]), even(T, 10))
line = ddim(torch.cat([straight(a, b, f) for f in stops]), even(T, 10))
grid(arc, "Along the arc", columns=9)
grid(line, "Straight", columns=9)

# %% solution-invert
def invert(picture, times):
    """Up the list of timesteps: the noise that a picture comes from."""
    x = picture
    for t, t_next in zip(times[::-1], times[::-1][1:]):
        eps, x_0 = predict(x, t)
        x = sqrt_alpha_bar[t_next] * x_0 + sqrt_one_minus_alpha_bar[t_next] * eps
    return x


# %% invert-strip
pair, _ = shapes(2, 32, np.random.RandomState(12))
addresses = invert(pair, even(T, 50))
between = torch.cat([slerp(addresses[:1], addresses[1:], f) for f in stops])
grid(pair, "The two pictures", columns=2)
grid(ddim(between, even(T, 50)), "From one to the other, along the arc", columns=9)

# %% solvers
ADAMS_BASHFORTH = [[1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24]]


def plms(x, times):
    """The last four guesses of eps, and DDIM's step with their sum."""
    past = []
    for t, t_next in zip(times, [*times[1:], None]):
        eps, x_0 = predict(x, t)
        if t_next is None:
            return x_0
        past = [eps, *past][:4]
        eps = sum(w * e for w, e in zip(ADAMS_BASHFORTH[len(past) - 1], past))
        x_0 = (x - sqrt_one_minus_alpha_bar[t] * eps) / sqrt_alpha_bar[t]
        x = sqrt_alpha_bar[t_next] * x_0 + sqrt_one_minus_alpha_bar[t_next] * eps


def dpm_solver(x, times):
    """DPM-Solver++(2M): a line through the last two x_0, its clock the log of signal over noise."""
    clock = 0.5 * torch.log(alpha_bar / (1 - alpha_bar))
    last, t_last = None, None
    for t, t_next in zip(times, [*times[1:], None]):
        _, x_0 = predict(x, t)
        if t_next is None:
            return x_0
        h, D = clock[t_next] - clock[t], x_0
        if last is not None:
            ahead = min(h / (clock[t] - clock[t_last]), 1) / 2
            D = (1 + ahead) * x_0 - ahead * last
        noise = sqrt_one_minus_alpha_bar[t_next] / sqrt_one_minus_alpha_bar[t]
        x = noise * x + sqrt_alpha_bar[t_next] * (1 - torch.exp(-h)) * D
        last, t_last = x_0, t


finest = dpm_solver(four, even(T, 100))
budgets, methods = [4, 7, 10, 15, 25], {"DDIM": ddim, "PLMS": plms, "DPM-Solver++": dpm_solver}
errors = {name: [F.mse_loss(method(four, even(T, steps)), finest).sqrt().item() for steps in budgets]
          for name, method in methods.items()}
for name, curve in errors.items():
    plt.semilogy(budgets, curve, label=name)
plt.gca().set(title="Difference to the fine run", xlabel="evaluations of the network")
plt.legend()
plt.show()

# %% first-step
t = np.linspace(0, 1, T)
f = np.cos((np.arange(T + 1) / T + 0.008) / 1.008 * np.pi / 2) ** 2
schedules = {"linear": 1e-4 + (0.02 - 1e-4) * t, "cosine": np.clip(1 - f[1:] / f[:-1], 0, 0.999),
             "quadratic": 1e-4 + (0.02 - 1e-4) * t ** 2}
for name, beta in schedules.items():
    signal = np.prod(1 - beta) ** 0.5
    print(f"{name:9} signal left at T - 1: {signal:.5f}, enlarges errors by {1 / signal:.0f}")
