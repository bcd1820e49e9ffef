import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_swiss_roll
from torch import nn

# %% score
np.random.seed(42)
torch.manual_seed(42)
T = 1000


def cosine_clipped(T, s=0.008):
    f = np.cos((np.arange(T + 1) / T + s) / (1 + s) * np.pi / 2) ** 2
    return np.clip(1 - f[1:] / f[:-1], 1e-4, 0.999)


beta = torch.tensor(cosine_clipped(T), dtype=torch.float32)
alpha_bar = torch.cumprod(1 - beta, dim=0)
roll, _ = make_swiss_roll(n_samples=1000, noise=0.1)
points = torch.tensor(roll[:, [0, 2]] / 10)          # float64


def exact_score(x, t):
    """The score of the points noised to t, at places x (n, 2). softmax divides the weights by the largest."""
    a, variance = alpha_bar[t].double().sqrt(), 1 - alpha_bar[t].double()
    off = a * points - x.double()[:, None]           # from each place to each noised point
    w = torch.softmax(-(off ** 2).sum(-1) / (2 * variance), dim=1)
    return (w[..., None] * off).sum(1) / variance


# %% field
def lattice(n, lim=2.6):
    at = -lim + 2 * lim * (torch.arange(n) + 0.5) / n
    y, x = torch.meshgrid(at.flip(0), at, indexing="ij")
    return torch.stack([x.ravel(), y.ravel()], dim=1)


places = lattice(17)
eps = torch.randn(1000, 2, generator=torch.Generator().manual_seed(1))


def q_sample(x_0, t, eps):
    return alpha_bar[t].sqrt() * x_0 + (1 - alpha_bar[t]).sqrt() * eps


def noised(t):
    return q_sample(points.float(), t, eps)


def draw_field(ax, vectors, title):
    ax.quiver(places[:, 0], places[:, 1], vectors[:, 0], vectors[:, 1])
    ax.set(title=title, xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), aspect="equal")


fig, axes = plt.subplots(1, 4, figsize=(18, 4.5))
for ax, t in zip(axes, (50, 300, 600, 999)):
    x_t, vectors = noised(t), exact_score(places, t)
    ax.scatter(x_t[:, 0], x_t[:, 1], s=2, color="lightgrey")
    draw_field(ax, vectors, f"score at t = {t}, up to {vectors.norm(dim=1).max():.1f} long")
plt.show()

# %% langevin
def langevin(x, t, h=0.015, steps=300, noise=1.0):
    generator = torch.Generator().manual_seed(6)
    for _ in range(steps):
        z = torch.randn(x.shape, generator=generator)
        x = x + h * exact_score(x, t) + noise * (2 * h) ** 0.5 * z
    return x


def sliced_wasserstein(x, y, directions=128):
    """Sorted along a direction, points are matched in order. len(y) is a multiple of len(x)."""
    a = np.pi * (np.arange(directions) + 0.5) / directions
    u, v = (np.sort(s.double().numpy() @ np.stack([np.cos(a), np.sin(a)]), axis=0) for s in (x, y))
    return np.abs(u.repeat(len(y) // len(x), axis=0) - v).mean()


anywhere = 4 * torch.rand(200, 2, generator=torch.Generator().manual_seed(5)) - 2
drawn = noised(300)
sets = {"uphill only": langevin(anywhere, 300, h=0.05, noise=0), "uphill and noise": langevin(anywhere, 300),
        "noised data": drawn[:200]}
fig, axes = plt.subplots(1, 3, figsize=(13, 4.3))
for ax, (name, x) in zip(axes, sets.items()):
    ax.scatter(drawn[:, 0], drawn[:, 1], s=2, color="lightgrey")
    ax.scatter(x[:, 0], x[:, 1], s=6)
    ax.set(title=name, xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), aspect="equal")
    print(f"{name:17} distance to noised data {sliced_wasserstein(x, drawn[200:]):.4f}")
plt.show()

# %% average
t, width = 300, 0.1
corners = torch.tensor([[1.2, 0.4], [-0.3, 0.2], [0.4, -1.6]])
count, total = torch.zeros(3), torch.zeros(3, 2)
generator = torch.Generator().manual_seed(8)
for _ in range(20):
    m = 10000
    x_0 = points.float()[torch.randint(0, len(points), (m,), generator=generator)]
    noise = torch.randn(m, 2, generator=generator)
    x_t = q_sample(x_0, t, noise)
    for k, place in enumerate(corners):
        inside = ((x_t - place).abs() <= width).all(dim=1)
        count[k] += inside.sum()
        total[k] += noise[inside].sum(dim=0)
mean_noise = total / count[:, None]
formula = -(1 - alpha_bar[t]).sqrt() * exact_score(corners, t)
for place, mean, expected in zip(corners.tolist(), mean_noise.tolist(), formula.tolist()):
    print(np.round(place, 2), " mean noise", np.round(mean, 3), " formula", np.round(expected, 3))

# %% network
class NoisePredictor(nn.Module):
    def __init__(self):
        super().__init__()
        self.time_embed = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 32))
        self.net = nn.Sequential(
            nn.Linear(2 + 32, 128), nn.ReLU(),
            nn.Linear(128, 128), nn.ReLU(),
            nn.Linear(128, 128), nn.ReLU(),
            nn.Linear(128, 2))

    def forward(self, x, t):
        return self.net(torch.cat([x, self.time_embed(t)], dim=1))


torch.manual_seed(42)
model = NoisePredictor()
for name, p in model.named_parameters():
    print(f"{name:22} {str(tuple(p.shape)):11} {p.numel()}")
print(sum(p.numel() for p in model.parameters()), "parameters")

x_test, t_test = torch.randn(32, 2), torch.rand(32, 1)
noise_pred = model(x_test, t_test)
print("in:", tuple(x_test.shape), "and", tuple(t_test.shape), "  out:", tuple(noise_pred.shape))

# %% forward
state = model.state_dict()


def linear(x, name):
    return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]


def forward(x, time):
    clock = linear(linear(time, "time_embed.0").clamp(min=0), "time_embed.2")
    h = torch.cat([x, clock], dim=1)
    for name in ("net.0", "net.2", "net.4"):
        h = linear(h, name).clamp(min=0)
    return linear(h, "net.6")


print("largest difference:", (forward(x_test, t_test) - noise_pred).abs().max().item())

# %% compare-fields
@torch.no_grad()
def guessed_noise(x, t):
    return model(x, torch.full((len(x), 1), t / T))


def error(x, t):
    """How far the network's guess is from the mean of the noise, at each place."""
    exact = -(1 - alpha_bar[t]).sqrt() * exact_score(x, t)
    return (guessed_noise(x, t) - exact).norm(dim=1)


for t in (100, 300, 600):
    fig, axes = plt.subplots(1, 2, figsize=(10, 5))
    draw_field(axes[0], exact_score(places, t), f"exact score, t = {t}")
    axes[1].imshow(error(places, t).reshape(17, 17), extent=(-2.6, 2.6, -2.6, 2.6), vmin=0, vmax=1.5, cmap="Oranges")
    draw_field(axes[1], -guessed_noise(places, t) / (1 - alpha_bar[t]).sqrt(), "network, untrained; error of its noise")
    plt.show()
    print(f"t = {t}: mean error where noised points are {error(noised(t)[:250], t).mean():.3f}")

# %% solution-score
def learned_score(model, x, t):
    eps = model(x, torch.full((len(x), 1), t / T))
    return -eps / (1 - alpha_bar[t]).sqrt()
