import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_swiss_roll
from torch import nn


def scatter(panels, lim=2.0):
    """Sets of points side by side: {title: points, or a list of them}."""
    fig, axes = plt.subplots(1, len(panels), figsize=(4 * len(panels), 4), squeeze=False)
    for ax, (title, sets) in zip(axes[0], panels.items()):
        for points in sets if isinstance(sets, list) else [sets]:
            ax.scatter(points[:, 0], points[:, 1], s=2)
        ax.set(title=title, xlim=(-lim, lim), ylim=(-lim, lim), aspect="equal")
    plt.show()


# %% lazy-network
noise = torch.randn(5000, 2, generator=torch.Generator().manual_seed(1))
print(F.mse_loss(torch.zeros(5000, 2), noise).item())

# %% data
np.random.seed(42)     # for the data
torch.manual_seed(42)  # for all else
roll, _ = make_swiss_roll(n_samples=5000, noise=0.1)
points = roll[:, [0, 2]] / 10                        # seen from the side
data = torch.tensor(points, dtype=torch.float32)
scatter({"Training data": data})

# %% schedule
T = 1000


def cosine_clipped(T, s=0.008):
    f = np.cos((np.arange(T + 1) / T + s) / (1 + s) * np.pi / 2) ** 2
    return np.clip(1 - f[1:] / f[:-1], 1e-4, 0.999)


beta = torch.tensor(cosine_clipped(T), dtype=torch.float32)
alpha_bar = torch.cumprod(1 - beta, dim=0)           # alpha_bar[0] is what a paper calls alpha_bar_1
sqrt_alpha_bar, sqrt_one_minus_alpha_bar = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()


def q_sample(x_0, t, eps):
    """Every row has a timestep of its own, and so two weights of its own."""
    return sqrt_alpha_bar[t, None] * x_0 + sqrt_one_minus_alpha_bar[t, None] * eps


x_0 = data[:2000]
eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(7))
scatter({f"x_t at t = {t}": q_sample(x_0, torch.full((2000,), t), eps) for t in (50, 100, 400)})

# %% network
class SimpleNoisePredictor(nn.Module):
    def __init__(self, input_dim=2, hidden_dim=128, time_dim=32):
        super().__init__()
        self.time_embed = nn.Sequential(
            nn.Linear(1, time_dim), nn.ReLU(), nn.Linear(time_dim, time_dim))
        self.net = nn.Sequential(
            nn.Linear(input_dim + time_dim, hidden_dim), nn.ReLU(),
            nn.Linear(hidden_dim, hidden_dim), nn.ReLU(),
            nn.Linear(hidden_dim, hidden_dim), nn.ReLU(),
            nn.Linear(hidden_dim, input_dim))

    def forward(self, x, t):
        return self.net(torch.cat([x, self.time_embed(t[:, None])], dim=1))


model = SimpleNoisePredictor()
print(sum(p.numel() for p in model.parameters()), "parameters")
for name, p in model.named_parameters():
    print(f"{name:22} {tuple(p.shape)}")

# %% optimiser
fresh = {"weights": {k: v.clone() for k, v in model.state_dict().items()}, "rng": torch.get_rng_state()}
adam = torch.optim.Adam(model.parameters(), lr=1e-3)
log = []
plans = {
    "better": {"lr": 8e-3, "warmup": 80, "decay_steps": 100 * math.ceil(len(data) / 128)},
    "notebook": {"lr": 1e-3, "warmup": 0, "decay_steps": 0},
}


def rate(plan, step):
    """The learning rate of step 1, 2, ...: up in a straight line, then down along half a cosine."""
    lr, warmup, decay_steps = plan["lr"], plan["warmup"], plan["decay_steps"]
    if step <= warmup:
        return lr * step / warmup
    gone = min((step - 1 - warmup) / (decay_steps - warmup), 1) if decay_steps else 0
    return lr * 0.5 * (1 + math.cos(math.pi * gone))


plan = plans["better"]

# %% train
epochs, batch_size, step = 100, 128, 0
for epoch in range(1, epochs + 1):
    order = torch.randperm(len(data))
    for i in range(0, len(data), batch_size):
        x_0 = data[order[i:i + batch_size]]          # 1. data
        t = torch.randint(0, T, (len(x_0),))         # 2. timesteps
        eps = torch.randn_like(x_0)                  # 3. noise
        x_t = q_sample(x_0, t, eps)                  # 4. mix
        eps_hat = model(x_t, t.float() / T)          # 5. guess
        loss = F.mse_loss(eps_hat, eps)              # 6. compare
        adam.zero_grad()
        loss.backward()
        step += 1
        adam.param_groups[0]["lr"] = rate(plan, step)
        adam.step()
        log.append(loss.item())
    if epoch % 20 == 0:
        print(f"epoch {epoch}: {np.mean(log[-40:]):.4f}")

per_epoch = math.ceil(len(data) / batch_size)
epoch_losses = np.reshape(log, (-1, per_epoch)).mean(axis=1)
plt.plot(epoch_losses, label="mean of the epoch")
plt.axhline(1, color="grey", label="always 0")
plt.gca().set(title="Loss", xlabel="epoch")
plt.legend()
plt.show()

# %% save
torch.save({"model": model.state_dict(), "adam": adam.state_dict(), "rng": torch.get_rng_state()},
           "lesson-5.pt")
print("loss of the last epoch:", epoch_losses[-1])

# %% beside
plain = SimpleNoisePredictor()
plain.load_state_dict(fresh["weights"])
torch.set_rng_state(fresh["rng"])                    # the same batches, timesteps and noise
plain_adam = torch.optim.Adam(plain.parameters(), lr=plans["notebook"]["lr"])
for epoch in range(epochs):
    order = torch.randperm(len(data))
    for i in range(0, len(data), batch_size):
        x_0 = data[order[i:i + batch_size]]
        t = torch.randint(0, T, (len(x_0),))
        eps = torch.randn_like(x_0)
        plain_adam.zero_grad()
        F.mse_loss(plain(q_sample(x_0, t, eps), t.float() / T), eps).backward()
        plain_adam.step()


@torch.no_grad()
def ddpm_sample(model, n, generator):
    """The sampler of the next lesson."""
    before = torch.cat([torch.ones(1), alpha_bar[:-1]])
    variance = beta * (1 - before) / (1 - alpha_bar)
    x = torch.randn(n, 2, generator=generator)
    for t in reversed(range(T)):
        eps = model(x, torch.full((n,), float(t)) / T)
        x = (x - beta[t] / sqrt_one_minus_alpha_bar[t] * eps) / (1 - beta[t]).sqrt()
        if t > 0:
            x = x + variance[t].sqrt() * torch.randn(n, 2, generator=generator)
    return x


def curve_distance(x, segments=2000):
    """Mean distance to the spiral without noise, a line through many places of it."""
    u = np.linspace(1.5 * np.pi, 4.5 * np.pi, segments)
    corners = np.stack([u * np.cos(u), u * np.sin(u)], axis=1) / 10
    start, edge = corners[:-1], np.diff(corners, axis=0)
    off = np.asarray(x, dtype=np.float64)[:, None] - start
    along = np.clip((off * edge).sum(-1) / (edge ** 2).sum(-1), 0, 1)
    return np.linalg.norm(off - along[..., None] * edge, axis=-1).min(axis=1).mean()


samples = ddpm_sample(model, 1000, torch.Generator().manual_seed(3))
plain_samples = ddpm_sample(plain, 1000, torch.Generator().manual_seed(3))
scatter({f"{name}: {curve_distance(x):.3f} from the spiral": [data, x]
         for name, x in {"Trained above": samples, "As in the notebook": plain_samples}.items()})

# %% loss-by-t
def best_noise(x_t, t):
    """The mean of all noises that could have led to x_t, weighted by how likely they are (lesson 4)."""
    middles = sqrt_alpha_bar[t] * data
    weights = torch.softmax(-torch.cdist(x_t, middles) ** 2 / (2 * (1 - alpha_bar[t])), dim=1)
    return (x_t - weights @ middles) / sqrt_one_minus_alpha_bar[t]


levels = [0, 5, 10, 20, 35] + [50 * k for k in range(1, 20)] + [T - 1]
x_0, by_t, plain_by_t, floor = data[:1000], [], [], []
with torch.no_grad():
    for level in levels:
        t = torch.full((len(x_0),), level)
        eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(9))
        x_t = q_sample(x_0, t, eps)
        by_t.append(F.mse_loss(model(x_t, t.float() / T), eps).item())
        plain_by_t.append(F.mse_loss(plain(x_t, t.float() / T), eps).item())
        floor.append(F.mse_loss(best_noise(x_t, level), eps).item())
plt.plot(levels, by_t, label="trained above")
plt.plot(levels, plain_by_t, label="as in the notebook")
plt.plot(levels, floor, label="the floor")
plt.axhline(1, color="grey", label="always 0")
plt.gca().set(title="Loss by timestep", xlabel="t")
plt.legend()
plt.show()

# %% fields
at = -2.6 + 5.2 * (torch.arange(17) + 0.5) / 17
rows, columns = torch.meshgrid(at.flip(0), at, indexing="ij")
places = torch.stack([columns.ravel(), rows.ravel()], dim=1)


@torch.no_grad()
def answers(t):
    """What is best to answer at the places, what the network answers, and how far apart they are."""
    best = best_noise(places, t)
    guessed = model(places, torch.full((len(places),), t / T))
    return best, guessed, (guessed - best).norm(dim=1)


far = torch.cdist(places, data).min(dim=1).values    # from the nearest data point
for t in (100, 300, 600):
    best, guessed, error = answers(t)
    fig, axes = plt.subplots(1, 2, figsize=(10, 5))
    axes[1].imshow(error.reshape(17, 17), extent=(-2.6, 2.6, -2.6, 2.6), vmin=0, vmax=1.5, cmap="Oranges")
    for ax, noise in zip(axes, (best, guessed)):
        score = -noise / sqrt_one_minus_alpha_bar[t]
        ax.quiver(places[:, 0], places[:, 1], score[:, 0], score[:, 1])
        ax.set(title=f"{'exact score' if noise is best else 'network; error of its noise'}, t = {t}", aspect="equal")
    plt.show()
    print(f"t = {t}: mean error within 0.3 of data {error[far < 0.3].mean():.3f}, more than 1 away {error[far > 1].mean():.3f}")

# %% gaussian-fit
def gaussian_fit(x, z):
    """mean + L z, where L is the Cholesky factor of the data's covariance."""
    L = torch.linalg.cholesky(torch.cov(x.T, correction=0))
    return x.mean(dim=0) + z @ L.T


# %% metrics
def sliced_wasserstein(x, y, directions=128):
    """Sorted along a direction, points are matched in order. The mean over directions."""
    a = np.pi * (np.arange(directions) + 0.5) / directions
    both = [np.asarray(s, dtype=np.float64) @ np.stack([np.cos(a), np.sin(a)]) for s in (x, y)]
    n = math.lcm(len(x), len(y))
    u, v = (np.sort(s, axis=0).repeat(n // len(s), axis=0) for s in both)
    return np.abs(u - v).mean()


z = torch.randn(1000, 2, generator=torch.Generator().manual_seed(4))
gaussian = gaussian_fit(data, z)
fresh = make_swiss_roll(1000, noise=0.1, random_state=6)[0][:, [0, 2]] / 10
sets = {"trained above": samples, "as in the notebook": plain_samples, "Gaussian fit": gaussian, "fresh data": fresh}
scatter(sets)
for name, x in sets.items():
    print(f"{name:18}  curve {curve_distance(x):.4f}  sliced W {sliced_wasserstein(x, points):.4f}")

# %% solution-noise
def add_noise(x_0, t, eps):
    bar = alpha_bar[t][:, None]  # one number a row
    return bar.sqrt() * x_0 + (1 - bar).sqrt() * eps
