import matplotlib.pyplot as plt
import numpy as np
import torch


def scatter(panels, lim=2.5):
    """Sets of points side by side: {title: points}."""
    fig, axes = plt.subplots(1, len(panels), figsize=(3.4 * len(panels), 3.4), squeeze=False)
    for ax, (title, points) in zip(axes[0], panels.items()):
        ax.scatter(points[:, 0], points[:, 1], s=2)
        ax.set(title=title, xlim=(-lim, lim), ylim=(-lim, lim), aspect="equal")
    plt.show()


# %% data
np.random.seed(42)
torch.manual_seed(42)
n = 1000
theta = np.linspace(0, 4 * np.pi, n)
r = theta / (4 * np.pi)
x_0 = np.stack([r * np.cos(theta), r * np.sin(theta)], axis=1)
scatter({"x_0": x_0}, lim=1.5)

# %% levels
def add_noise(x, level):
    eps = np.random.randn(*x.shape)
    return x + level * eps


panels = {f"level {level}": add_noise(x_0, level) for level in (0, 0.05, 0.1, 0.2, 0.5)}
scatter(panels, lim=1.5)

# %% two-rules
x_0 = torch.tensor(x_0, dtype=torch.float32)
eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(1))


def simplified_step(x, beta, eps):
    return x + beta * eps


def markov_step(x, beta, eps):
    return (1 - beta) ** 0.5 * x + beta ** 0.5 * eps


for beta in (0.02, 0.2, 0.9):
    scatter({f"x + {beta} eps": simplified_step(x_0, beta, eps),
             f"{(1 - beta) ** 0.5:.3f} x + {beta ** 0.5:.3f} eps": markov_step(x_0, beta, eps)})

# %% chain
beta, steps = 0.1, 300
generator = torch.Generator().manual_seed(2)
chains = {"simplified": [x_0], "markov": [x_0]}
for t in range(steps):
    eps = torch.randn(x_0.shape, generator=generator)
    chains["simplified"].append(simplified_step(chains["simplified"][-1], beta, eps))
    chains["markov"].append(markov_step(chains["markov"][-1], beta, eps))

spread = {name: [x.var(unbiased=False).item() for x in chain] for name, chain in chains.items()}
for name, variances in spread.items():
    plt.plot(variances, label=name)
plt.axhline(1, color="grey", label="always 1")
plt.gca().set(title="Variance", xlabel="t")
plt.legend()
plt.show()
scatter({f"{name}, t = {steps}": chain[-1] for name, chain in chains.items()}, lim=4)

# %% forget
x = 0.1 * x_0 + 5
for t in range(steps):
    x = markov_step(x, beta, torch.randn(x.shape, generator=generator))
normal = torch.randn(n, 2, generator=generator)
scatter({"far away, after 300 steps": x, "N(0, I), drawn directly": normal}, lim=6)


def sliced_wasserstein(x, y, directions=128):
    """Two sets of one size. Sorted along a direction, points are matched in order."""
    a = np.pi * (np.arange(directions) + 0.5) / directions
    u, v = (np.sort(s.double().numpy() @ np.stack([np.cos(a), np.sin(a)]), axis=0) for s in (x, y))
    return np.abs(u - v).mean()


other = torch.randn(n, 2, generator=torch.Generator().manual_seed(5))
for name, points in {"Markov chain": x, "N(0, I)": normal, "simplified": chains["simplified"][-1]}.items():
    print(f"{name:13} mean {points.mean():6.3f}  variance {points.var(unbiased=False):.3f}"
          f"  distance to N(0, I) {sliced_wasserstein(points, other):.3f}")

# %% solution-walk
def walk(x_0, betas, draw):
    x = x_0
    for beta in betas:
        x = (1 - beta) ** 0.5 * x + beta ** 0.5 * draw(x.shape)
    return x
