import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def scatter(panels, lim=2.0):
    """Sets of points side by side: {title: points}."""
    fig, axes = plt.subplots(1, len(panels), figsize=(3.6 * len(panels), 3.6), squeeze=False)
    for ax, (title, x) in zip(axes[0], panels.items()):
        ax.scatter(x[:, 0], x[:, 1], s=3)
        ax.set(title=title, xlim=(-lim, lim), ylim=(-lim, lim), aspect="equal")
    plt.show()


# %% data
np.random.seed(42)
torch.manual_seed(42)
names, none = ["ring", "square", "blob"], 3          # none: the label that stands for no class


def three_classes(n):
    m = n // 3
    angle = np.random.uniform(0, 2 * np.pi, m)
    radius = 1 + 0.1 * np.random.randn(m)
    ring = radius * np.cos(angle), radius * np.sin(angle)
    square = np.random.uniform(-1, 1, m), np.random.uniform(-1, 1, m)
    blob = 0.3 * np.random.randn(m), 0.3 * np.random.randn(m)
    points = np.concatenate([np.stack(each, axis=1) for each in (ring, square, blob)])
    return torch.tensor(points, dtype=torch.float32), torch.arange(3).repeat_interleave(m)


data, labels = three_classes(3000)
scatter({name: data[labels == c] for c, name in enumerate(names)})

# %% network
class ConditionalDiffusion(nn.Module):
    def __init__(self, n_classes, dim=2, hidden=128, time_dim=32):
        super().__init__()
        self.class_embed = nn.Embedding(n_classes + 1, hidden)  # the last row: no class
        self.time_embed = nn.Sequential(
            nn.Linear(1, time_dim), nn.ReLU(), nn.Linear(time_dim, time_dim))
        self.net = nn.Sequential(
            nn.Linear(dim + hidden + time_dim, 2 * hidden), nn.ReLU(),
            nn.Linear(2 * hidden, 2 * hidden), nn.ReLU(),
            nn.Linear(2 * hidden, hidden), nn.ReLU(),
            nn.Linear(hidden, dim))

    def forward(self, x, t, c):
        return self.net(torch.cat([x, self.class_embed(c), self.time_embed(t[:, None])], dim=1))


model = ConditionalDiffusion(3)
print(f"{sum(p.numel() for p in model.parameters()):,} parameters")

# %% train
T = 1000
beta = torch.linspace(1e-4, 0.02, T)
alpha_bar = torch.cumprod(1 - beta, dim=0)
sqrt_alpha_bar, sqrt_one_minus_alpha_bar = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()


def train(model, epochs, label_dropout=0.1, decay=0.99, batch_size=128):
    """The loss of every step. The model is left with the average of its weights."""
    adam, losses = torch.optim.Adam(model.parameters(), lr=1e-3), []
    average = {name: p.clone() for name, p in model.state_dict().items()}
    for epoch in range(epochs):
        order = torch.randperm(len(data))
        for i in range(0, len(data), batch_size):
            batch = order[i:i + batch_size]
            x_0 = data[batch]
            t = torch.randint(0, T, (len(x_0),))
            eps = torch.randn_like(x_0)
            c = labels[batch]
            if label_dropout > 0:
                c = torch.where(torch.rand(len(x_0)) < label_dropout, none, c)
            x_t = sqrt_alpha_bar[t, None] * x_0 + sqrt_one_minus_alpha_bar[t, None] * eps
            loss = F.mse_loss(model(x_t, t.float() / T, c), eps)
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(loss.item())
            share = 1 - min(decay, (1 + len(losses)) / (10 + len(losses)))
            for name, p in model.state_dict().items():
                average[name] += share * (p - average[name])
    model.load_state_dict(average)
    return losses


losses = train(model, epochs=100)
per_epoch = -(-len(data) // 128)
plt.plot(np.reshape(losses, (-1, per_epoch)).mean(axis=1))
plt.gca().set(title="Loss, mean of the epoch", xlabel="epoch")
plt.show()

# %% classifier
def log_classifier(x, t, c):
    """log p_t(c | x) by the data: the share of class c in the density at x."""
    off = sqrt_alpha_bar.double()[t] * data.double() - x[:, None]
    log_density = -(off ** 2).sum(-1) / (2 * (1 - alpha_bar.double()[t]))
    return torch.logsumexp(log_density[:, labels == c], dim=1) - torch.logsumexp(log_density, dim=1)


def slope(x, t, c):
    """Its gradient in x, by autograd."""
    x = x.double().requires_grad_()
    return torch.autograd.grad(log_classifier(x, t, c).sum(), x)[0]


@torch.no_grad()
def learned_slope(x, t, c):
    """The same by the network: the difference of its two answers."""
    time, of = torch.full((len(x),), t / T), lambda k: model(x, time, torch.full((len(x),), k))
    return -(of(c) - of(none)) / sqrt_one_minus_alpha_bar[t]


at = -2 + 4 * (torch.arange(17) + 0.5) / 17
rows, columns = torch.meshgrid(at.flip(0), at, indexing="ij")
places, t, blob = torch.stack([columns.ravel(), rows.ravel()], dim=1), 100, 2
arrows = {"classifier of a blob, and its slope": slope(places, t, blob),
          "difference of the two answers": learned_slope(places, t, blob)}
probability = log_classifier(places.double(), t, blob).exp()
fig, axes = plt.subplots(1, 2, figsize=(10, 5))
for ax, (title, v) in zip(axes, arrows.items()):
    ax.imshow(probability.reshape(17, 17), extent=(-2, 2, -2, 2), vmin=0, vmax=1, cmap="Blues")
    ax.quiver(places[:, 0], places[:, 1], v[:, 0], v[:, 1])
    ax.set_title(title)
plt.show()
length = slope(places, t, blob).norm(dim=1)
for low, high in ((0, 0.05), (0.05, 0.5), (0.5, 0.8)):
    inside = (probability >= low) & (probability <= high)
    print(f"probability of the blob {low} to {high}: mean length of the arrows {length[inside].mean():.2f}")

# %% sample
@torch.no_grad()
def guided_noise(x, t, c, w):
    """Every point has a class of its own."""
    time = torch.full((len(x),), t / T)
    eps_null = model(x, time, torch.full((len(x),), none))
    eps_class = model(x, time, c)
    return eps_null + w * (eps_class - eps_null)


def sample_classes(x, c, w, steps=25):
    """DDIM of lesson 9: from each timestep of the list to the next, and at last to x_0."""
    times = [int((T - 1) * (1 - i / (steps - 1)) + 0.5) for i in range(steps)]
    for t, t_next in zip(times, [*times[1:], None]):
        eps = guided_noise(x, t, c, w)
        x_0 = (x - sqrt_one_minus_alpha_bar[t] * eps) / sqrt_alpha_bar[t]
        if t_next is None:
            return x_0
        x = sqrt_alpha_bar[t_next] * x_0 + sqrt_one_minus_alpha_bar[t_next] * eps


z = torch.randn(200, 2, generator=torch.Generator().manual_seed(7))
x_T, wanted = z.repeat(3, 1), torch.arange(3).repeat_interleave(200)  # the same noise for every class
drawn = {w: sample_classes(x_T, wanted, w) for w in (0, 1, 2, 5)}
for w, x in drawn.items():
    scatter({f"{name}, w = {w}": x[wanted == c] for c, name in enumerate(names)})

# %% measure
def sliced_wasserstein(x, y, directions=128):
    """Sorted along a direction, points are matched in order: here of sets that are equally large."""
    a = np.pi * (np.arange(directions) + 0.5) / directions
    u, v = (np.sort(np.asarray(s, dtype=np.float64) @ np.stack([np.cos(a), np.sin(a)]), axis=0) for s in (x, y))
    return np.abs(u - v).mean()


def newly(seed):
    np.random.seed(seed)
    return three_classes(600)[0]


fresh, more = newly(43), newly(44)
sets = {**{f"w = {w}": x for w, x in drawn.items()}, "other new points": more}
distances = {title: [sliced_wasserstein(x[200 * c:200 * c + 200], fresh[200 * c:200 * c + 200]) for c in range(3)]
             for title, x in sets.items()}
for title, each in distances.items():
    print(title, [f"{name} {far:.4f}" for name, far in zip(names, each)])

# %% shortcut
x = z
for t in reversed(range(100)):                       # t / 100 is another time than the network learned
    with torch.no_grad():
        time = torch.full((len(x),), t / 100)
        eps_null = model(x, time, torch.full((len(x),), none))
        eps = eps_null + 2 * (model(x, time, torch.zeros(len(x), dtype=torch.long)) - eps_null)
    x = x - 0.01 * eps                               # and a constant is no schedule
scatter({"the noise": z, "minus 0.01 eps, 100 times": x, "DDIM, 25 steps": drawn[2][wanted == 0]})

# %% trade-off
def share_among(a, b, k=3):
    """Which part of a lies within the k-th neighbour's distance of some point of b."""
    radius = torch.cdist(b, b).sort(dim=1).values[:, k]  # column 0 is the point itself
    return (torch.cdist(a, b) <= radius).any(dim=1).float().mean().item()


scales, quality, diversity = [0, 0.5, 1, 1.5, 2, 3, 4, 5], [], []
for w in scales:
    y = sample_classes(x_T, wanted, w, steps=20).double()
    pairs = [(y[wanted == c], data[labels == c][:200].double()) for c in range(3)]
    quality.append(np.mean([share_among(a, b) for a, b in pairs]))
    diversity.append(np.mean([share_among(b, a) for a, b in pairs]))
    print(f"w = {w:3}: precision {quality[-1]:.3f}, recall {diversity[-1]:.3f}")
plt.plot(scales, quality, label="precision")
plt.plot(scales, diversity, label="recall")
plt.gca().set(title="Quality against diversity, mean of the classes", xlabel="guidance scale w")
plt.legend()
plt.show()

# %% solution-drop
@torch.no_grad()
def loss_without_class(model, level=500):
    eps = torch.randn(data.shape, generator=torch.Generator().manual_seed(9))
    x_t = sqrt_alpha_bar[level] * data + sqrt_one_minus_alpha_bar[level] * eps
    eps_hat = model(x_t, torch.full((len(data),), level / T), torch.full((len(data),), none))
    return F.mse_loss(eps_hat, eps).item()


second = ConditionalDiffusion(3)
train(second, epochs=20, label_dropout=0)
print("without class: with dropout", loss_without_class(model), "and never dropped", loss_without_class(second))

# %% solution-ddpm
def ddpm_classes(x, c, w, generator):
    before = torch.cat([torch.ones(1), alpha_bar[:-1]])
    variance = beta * (1 - before) / (1 - alpha_bar)
    for t in reversed(range(T)):
        eps = guided_noise(x, t, c, w)
        x = (x - beta[t] / sqrt_one_minus_alpha_bar[t] * eps) / (1 - beta[t]).sqrt()
        if t > 0:
            x = x + variance[t].sqrt() * torch.randn(x.shape, generator=generator)
    return x


few = torch.randn(20, 2, generator=torch.Generator().manual_seed(21)).repeat(3, 1)
c = torch.arange(3).repeat_interleave(20)
for w in (1, 2, 5):
    x = ddpm_classes(few, c, w, torch.Generator().manual_seed(22))
    scatter({f"{name}, w = {w}": x[c == i] for i, name in enumerate(names)})

# %% solution-spread
def spread(x):
    return ((x - x.mean(dim=0)) ** 2).sum(dim=1).mean().sqrt().item()


for w, x in drawn.items():
    print(f"w = {w}: " + ", ".join(f"{name} {spread(x[wanted == c]):.3f}" for c, name in enumerate(names)))
