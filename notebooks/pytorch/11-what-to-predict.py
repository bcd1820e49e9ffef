import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_swiss_roll
from torch import nn


def scatter(panels, lim=2.0):
    """Sets of points side by side: {title: points}."""
    fig, axes = plt.subplots(1, len(panels), figsize=(3.6 * len(panels), 3.6), squeeze=False)
    for ax, (title, x) in zip(axes[0], panels.items()):
        ax.scatter(x[:, 0], x[:, 1], s=3)
        ax.set(title=title, xlim=(-lim, lim), ylim=(-lim, lim), aspect="equal")
    plt.show()


def row(images, title=""):
    """Pictures of 8 x 8 side by side."""
    fig, axes = plt.subplots(1, len(images), figsize=(len(images), 1.4))
    for ax, image in zip(axes, images):
        ax.imshow(image.reshape(8, 8), cmap="gray", vmin=-1.5, vmax=1.5)
        ax.axis("off")
    fig.suptitle(title)
    plt.show()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# %% convert
T = 1000
f = np.cos((np.arange(T + 1) / T + 0.008) / 1.008 * np.pi / 2) ** 2
beta = torch.tensor(np.clip(1 - f[1:] / f[:-1], 0, 0.999), dtype=torch.float32)
alpha_bar = torch.cumprod(1 - beta, dim=0)

# a and s: the weights of signal and noise, the roots of alpha_bar and of 1 - alpha_bar
target = {                                           # what a network is trained to give
    "eps": lambda x_0, eps, a, s: eps,
    "x0": lambda x_0, eps, a, s: x_0,
    "v": lambda x_0, eps, a, s: a * eps - s * x_0,
}
to_x_0 = {                                           # and x_0 from that
    "eps": lambda x, eps, a, s: (x - s * eps) / a,
    "x0": lambda x, x_0, a, s: x_0,
    "v": lambda x, v, a, s: a * x - s * v,
}


def to_eps(x, x_0, a, s):
    return (x - a * x_0) / s


def weights(alpha_bar, t):
    return alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()


x_0, eps = torch.randn(50, 2, generator=seeded(1)), torch.randn(50, 2, generator=seeded(2))
for name in target:
    for t in (100, 500, 900):
        a, s = weights(alpha_bar, t)
        found = to_x_0[name](a * x_0 + s * eps, target[name](x_0, eps, a, s), a, s)
        print(f"{name:3} at t = {t}: x_0 comes again to {(found - x_0).abs().max():.1e}")

# %% solution-weights
def weight_of_x_0(name, alpha_bar):
    snr = alpha_bar / (1 - alpha_bar)
    return {"eps": snr, "x0": 1, "v": snr + 1}[name]


# %% train
class Net(nn.Module):
    def __init__(self, dim, hidden=96):
        super().__init__()
        self.time_embed = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 32))
        self.net = nn.Sequential(
            nn.Linear(dim + 32, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, dim))

    def forward(self, x, t):
        return self.net(torch.cat([x, self.time_embed(t[:, None])], dim=1))


def train(data, objective, alpha_bar, steps=2000, hidden=96, lr=1e-3, loss_weight=None, batch_size=128):
    """A new network, and each step's loss without its weight. All objectives get the same draws."""
    torch.manual_seed(1)
    model = Net(data.shape[1], hidden)
    torch.manual_seed(2)
    adam, losses, T = torch.optim.Adam(model.parameters(), lr=lr), [], len(alpha_bar)
    while len(losses) < steps:
        order = torch.randperm(len(data))
        for i in range(0, len(data), batch_size):
            x_0 = data[order[i:i + batch_size]]
            t = torch.randint(0, T, (len(x_0),))
            eps = torch.randn_like(x_0)
            a, s = weights(alpha_bar, t[:, None])
            error = (model(a * x_0 + s * eps, t / T) - target[objective](x_0, eps, a, s)) ** 2
            losses.append(error.mean().item())
            if loss_weight is not None:
                error = loss_weight[t, None] * error
            adam.zero_grad()
            error.mean().backward()
            adam.step()
            if len(losses) == steps:
                break
    return model, losses


@torch.no_grad()
def ddim(model, objective, alpha_bar, x, steps, clip=None):
    """Lesson 9, for each objective: its answer becomes x_0, and x_0 the noise."""
    T = len(alpha_bar)
    times = [int((T - 1) * (1 - i / (steps - 1)) + 0.5) for i in range(steps)]
    for t, t_next in zip(times, [*times[1:], None]):
        a, s = weights(alpha_bar, t)
        x_0 = to_x_0[objective](x, model(x, torch.full((len(x),), t / T)), a, s)
        if clip:                                     # few steps divide by almost nothing
            x_0 = x_0.clamp(*clip)
        if t_next is None:
            return x_0
        eps = to_eps(x, x_0, a, s)
        a, s = weights(alpha_bar, t_next)
        x = a * x_0 + s * eps


@torch.no_grad()
def error_of_noise(model, objective, level):
    """Whatever it was asked for: the squared error of the noise."""
    a, s = weights(alpha_bar, level)
    eps = torch.randn(judged.shape, generator=seeded(0))
    x_t = a * judged + s * eps
    x_0 = to_x_0[objective](x_t, model(x_t, torch.full((len(x_t),), level / T)), a, s)
    return F.mse_loss(to_eps(x_t, x_0, a, s), eps).item()


def swiss_roll(n, seed):
    points = make_swiss_roll(n, noise=0.1, random_state=seed)[0][:, [0, 2]] / 10
    return torch.tensor(points, dtype=torch.float32)


data, judged = swiss_roll(5000, 42), swiss_roll(1000, 7)
models = {name: train(data, name, alpha_bar)[0] for name in target}
clip = data.min(), data.max()
samples = {name: ddim(model, name, alpha_bar, torch.randn(300, 2, generator=seeded(5)), 25, clip)
           for name, model in models.items()}
scatter(samples)
levels = [2, 5, 10, 20, 40, 80, 150, 250, 350, 450, 550, 650, 750, 850, 920, 970, 990]
by_level = {name: [error_of_noise(model, name, t) for t in levels] for name, model in models.items()}
for name, errors in by_level.items():
    plt.semilogy(levels, errors, label=name)
plt.gca().set(title="Squared error of the noise", xlabel="t")
plt.legend()
plt.show()

# %% min-snr
def min_snr(objective, alpha_bar, limit=5.0):
    """What a training loop multiplies the squared error of its own target by: loss_weight in train()."""
    snr = alpha_bar / (1 - alpha_bar)
    return snr.clamp(max=limit) / weight_of_x_0(objective, alpha_bar)


at = torch.arange(0, T, 5)
snr = alpha_bar[at] / (1 - alpha_bar[at])
curves = {"eps": snr, "x0": torch.ones_like(snr), "v": snr + 1, "min-SNR": snr.clamp(max=5)}
for name, curve in curves.items():
    plt.semilogy(at, curve, label=name)
plt.gca().set(title="Weight on the squared error of x_0", xlabel="t")
plt.legend()
plt.show()

# %% draw-weights
snr = alpha_bar / (1 - alpha_bar)
starts = {"min-SNR-5": min_snr("eps", alpha_bar), "uniform": torch.ones(T), "1/SNR": (1 / snr).clamp(max=1000)}
answers = {}
for name, loss_weight in starts.items():
    model, _ = train(data, "eps", alpha_bar, steps=600, loss_weight=loss_weight)
    answers[name] = torch.tensor([error_of_noise(model, "eps", t) for t in levels])
for name, errors in answers.items():
    plt.plot(levels, errors / answers["uniform"], label=name)
plt.gca().set(title="Squared error of the noise, as a multiple of that with uniform weights", xlabel="t")
plt.legend()
plt.show()

# %% ends
def brightness_left(beta, pixels):
    """What is left of x_0 at the end, and how far a white picture stands out of the noise, in deviations."""
    left, rest = weights(torch.cumprod(1 - beta, dim=0), -1)
    return left.item(), (left / rest * pixels ** 0.5).item()


linear = {T: torch.linspace(1e-4, 0.02, T) for T in (200, 1000)}
stable_diffusion = torch.linspace(0.00085 ** 0.5, 0.012 ** 0.5, 1000) ** 2
for name, beta, side in (
        ("linear", linear[1000], 32), ("Stable Diffusion", stable_diffusion, 64), ("linear", linear[200], 8)):
    left, deviations = brightness_left(beta, side * side)
    print(f"{name:16} T = {len(beta):4}  {side} x {side}: {left:.4f} left, {deviations:.2f} deviations")

# %% bright
def squares(n, draws):
    """8 x 8: a small square on a ground of any brightness from -1, black, to 1, white."""
    ground, left, top, sign = (torch.rand(n, generator=draws) for _ in range(4))
    left, top, at = (6 * left).long()[:, None, None], (6 * top).long()[:, None, None], torch.arange(8)
    x, y = at[None, None, :], at[None, :, None]
    inside = (x >= left) & (x < left + 3) & (y >= top) & (y < top + 3)
    shade = torch.where(sign < 0.5, -0.5, 0.5)[:, None, None]
    return (2 * ground[:, None, None] - 1 + inside * shade).reshape(n, 64)


def sorted_by_brightness(x):
    """12 of them, from the darkest to the brightest."""
    order = x.mean(dim=1).argsort()
    return x[order[[round(k * (len(x) - 1) / 11) for k in range(12)]]]


def spread_of(x):
    return x.mean(dim=1).std(unbiased=False).item()


def try_way(way, objective, alpha_bar):
    model, _ = train(pictures, objective, alpha_bar, steps=800, hidden=128, lr=2e-3)
    x = ddim(model, objective, alpha_bar, torch.randn(200, 64, generator=seeded(5)), 50)
    row(sorted_by_brightness(x), way)
    light = x.mean(dim=1)
    print(f"{way:24} spread {spread_of(x):.3f}  darkest {light.min():.2f}  brightest {light.max():.2f}")
    return model, x


pictures = squares(2000, seeded(11))
row(sorted_by_brightness(pictures), "Data, from the darkest to the brightest")
print(f"{'data':24} spread {spread_of(pictures):.3f}")
leaky = torch.cumprod(1 - linear[200], dim=0)
bright_models, drawn = {}, {}
for objective in ("eps", "v"):                       # the third way needs the task that comes next
    way = f"{objective}, linear"
    bright_models[way], drawn[way] = try_way(way, objective, leaky)

# %% solution-rescale
def rescale(alpha_bar):
    root = alpha_bar.sqrt()
    first, last = root[0], root[-1]
    return ((root - last) * first / (first - last)) ** 2


ends_in_noise = rescale(leaky.double()).float()
way = "v, zero terminal SNR"
bright_models[way], drawn[way] = try_way(way, "v", ends_in_noise)

# %% refused-code
x_T, end = torch.randn(6, 64, generator=seeded(8)), torch.full((6,), 199 / 200)
a, s = weights(ends_in_noise, 199)
with torch.no_grad():
    by_noise = to_x_0["eps"](x_T, bright_models["eps, linear"](x_T, end), a, s)
    by_v = to_x_0["v"](x_T, bright_models[way](x_T, end), a, s)
print("x_0 by the noise:", by_noise[0, :4])          # divided by 0, and PyTorch says nothing
row(by_v, "Predicting v, the first x_0 is the mean picture")
