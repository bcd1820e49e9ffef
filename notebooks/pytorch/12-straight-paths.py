import copy
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import make_swiss_roll
from torch import nn


def scatter(panels, behind, lim=2.0):
    """Sets of points side by side, the data behind them: {title: points}."""
    fig, axes = plt.subplots(1, len(panels), figsize=(3.6 * len(panels), 3.6), squeeze=False)
    for ax, (title, x) in zip(axes[0], panels.items()):
        ax.scatter(behind[:500, 0], behind[:500, 1], s=3, color="lightgrey")
        ax.scatter(x[:500, 0], x[:500, 1], s=3)
        ax.set(title=title, xlim=(-lim, lim), ylim=(-lim, lim), aspect="equal")
    plt.show()


def trajectories(panels, behind, lines=24, lim=2.6):
    """Paths side by side: {title: frames}, frames (moments, points, 2)."""
    fig, axes = plt.subplots(1, len(panels), figsize=(5 * len(panels), 5), squeeze=False)
    for ax, (title, frames) in zip(axes[0], panels.items()):
        ax.scatter(behind[:400, 0], behind[:400, 1], s=3, color="lightgrey")
        ax.plot(frames[:, :lines, 0], frames[:, :lines, 1], linewidth=1)
        ax.scatter(frames[-1, :, 0], frames[-1, :, 1], s=3)
        ax.set(title=title, xlim=(-lim, lim), ylim=(-lim, lim), aspect="equal")
    plt.show()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# %% net
class Net(nn.Module):
    def __init__(self, hidden=96):
        super().__init__()
        self.time_embed = nn.Sequential(nn.Linear(1, 32), nn.SiLU(), nn.Linear(32, 32))
        self.net = nn.Sequential(
            nn.Linear(2 + 32, hidden), nn.SiLU(), nn.Linear(hidden, hidden), nn.SiLU(),
            nn.Linear(hidden, hidden), nn.SiLU(), nn.Linear(hidden, 2))

    def forward(self, x, t):
        """t: one for all, or one for each point."""
        t = torch.as_tensor(t, dtype=x.dtype).expand(len(x))
        return self.net(torch.cat([x, self.time_embed(t[:, None])], dim=1))


def network():
    torch.manual_seed(1)
    return Net()


def swiss_roll(n, seed):
    points = make_swiss_roll(n, noise=0.1, random_state=seed)[0][:, [0, 2]] / 10
    return torch.tensor(points, dtype=torch.float32)


def noise_of(seed, n=2000):
    return torch.randn(n, 2, generator=seeded(seed))


def sliced_wasserstein(x, y, directions=128):
    """Sorted along a direction, points are matched in order. The mean over directions."""
    a = np.pi * (np.arange(directions) + 0.5) / directions
    u, v = (np.sort(s.double().numpy() @ np.stack([np.cos(a), np.sin(a)]), axis=0) for s in (x, y))
    return np.abs(u - v).mean()


BATCH = 256
N = 20 * BATCH
data, fresh, z = swiss_roll(N, 42), swiss_roll(2000, 8), noise_of(11)

# %% fit
def fit(model, x, steps, noise=None, generator=None, rate=lambda step: 1e-3):
    """noise: each point's own, or newly drawn by chance. The loss of every step."""
    generator = generator or seeded(2)
    adam, losses = torch.optim.Adam(model.parameters(), lr=1e-3), []
    for step in range(steps):
        at = step * BATCH % len(x)
        if at == 0:
            order = torch.randperm(len(x), generator=generator)
        rows = order[at:at + BATCH]
        x_0 = x[rows]
        t = torch.rand(BATCH, generator=generator)
        eps = torch.randn(x_0.shape, generator=generator) if noise is None else noise[rows]
        x_t = (1 - t[:, None]) * x_0 + t[:, None] * eps       # a straight line
        loss = F.mse_loss(model(x_t, t), eps - x_0)           # its velocity
        adam.zero_grad()
        loss.backward()
        adam.param_groups[0]["lr"] = rate(step)
        adam.step()
        losses.append(loss.item())
    return losses


# %% euler
def even(steps):
    return [1 - k / steps for k in range(steps + 1)]


@torch.no_grad()
def euler(model, x, times):
    """All of the path, from the first x to the last."""
    path = [x]
    for t, t_next in zip(times, times[1:]):
        path.append(path[-1] + (t_next - t) * model(path[-1], t))
    return torch.stack(path)


# %% train
flow = network()
losses = fit(flow, data, steps=3000)
scatter({"Samples by 20 steps": euler(flow, z[:500], even(20))[-1]}, data)
plt.plot(np.convolve(losses, np.ones(100) / 100, "valid"))
plt.gca().set(title="Loss, mean of 100 steps", xlabel="step")
plt.show()

# %% steps
by_steps = {f"steps of Euler: {steps}": euler(flow, z, even(steps))[-1] for steps in (1, 2, 5, 40)}
one_step = by_steps["steps of Euler: 1"]
scatter(by_steps, data)

# %% solution-heun
@torch.no_grad()
def heun(model, x, t, t_next):
    h = t_next - t
    v = model(x, t)
    w = model(x + h * v, t_next)
    return x + h / 2 * (v + w)


# %% order
def heun_sample(model, x, times):
    for t, t_next in zip(times, times[1:]):
        x = heun(model, x, t, t_next)
    return x


some = z[:500]
finest = heun_sample(flow, some, even(200))
budgets = [4, 8, 16, 32, 64]
errors = {"Euler": [F.mse_loss(euler(flow, some, even(n))[-1], finest).sqrt().item() for n in budgets],
          "Heun": [F.mse_loss(heun_sample(flow, some, even(n // 2)), finest).sqrt().item() for n in budgets]}
for name, curve in errors.items():
    plt.semilogy(budgets, curve, label=name)
plt.gca().set(title="Distance to the fine run", xlabel="evaluations of the network")
plt.legend()
plt.show()

# %% same
alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), dim=0)
signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()
points = data[:150].double()


def guess(x, t):
    """The mean of the noise in x, by the 150 points (lesson 4): it stands in the place of a network."""
    bar = alpha_bar[t].double()
    off = bar.sqrt() * points - x.double()[:, None]
    w = torch.softmax(-(off ** 2).sum(-1) / (2 * (1 - bar)), dim=1)
    return (-(w[..., None] * off).sum(1) / (1 - bar).sqrt()).float()


times = [999, 800, 600, 400, 200, 60, 5]
ddim, y = z[:100], z[:100] / signal[999]
for t, u in zip(times, times[1:]):
    eps = guess(ddim, t)
    x_0 = (ddim - noise[t] * eps) / signal[t]
    ddim = signal[u] * x_0 + noise[u] * eps                   # DDIM
    y = y + (noise[u] / signal[u] - noise[t] / signal[t]) * guess(y * signal[t], t)  # Euler, in y and sigma
print(f"a schedule, in y and sigma: DDIM and Euler differ by {(ddim - y * signal[5]).abs().max():.1e}")
mixed = straight = z[:100]
for t, u in zip(even(6), even(6)[1:]):
    with torch.no_grad():
        v, w = flow(mixed, t), flow(straight, t)
    mixed = (1 - u) * (mixed - t * v) + u * (mixed + (1 - t) * v)
    straight = straight + (u - t) * w
print(f"a straight line: they differ by {(mixed - straight).abs().max():.1e}")

# %% sde
@torch.no_grad()
def sde(model, x, k, steps, generator):
    """Noise is put in on the way, and pulled out again by the score. k = 0 is the flow."""
    h, path = 1 / steps, [x]
    for t in even(steps)[:-1]:
        x = path[-1]
        v = model(x, t)
        eps = x + (1 - t) * v
        path.append(x - h * v - h * k * eps + math.sqrt(2 * k * t * h) * torch.randn(x.shape, generator=generator))
    return torch.stack(path)


trajectories({"ODE: the flow": euler(flow, z[:200], even(100)), "SDE: k = 1": sde(flow, z[:200], 1, 100, seeded(9))},
             data, lines=14)

# %% solution-detour
def detour(frames):
    """frames (moments, points, 2)"""
    length = frames.diff(dim=0).norm(dim=2).sum(dim=0)
    return (length / (frames[-1] - frames[0]).norm(dim=1)).mean().item()


print(f"the flow's paths are {detour(euler(flow, z, even(100))):.3f} times as long as straight ones")

# %% reflow
starts = noise_of(21, N)
made = euler(flow, starts, even(100))[-1]                     # the flow's own pairs
second = copy.deepcopy(flow)
reflow_losses = fit(second, made, steps=3000, noise=starts)
trajectories({"the flow": euler(flow, z[:200], even(20)), "reflow": euler(second, z[:200], even(20))}, data)
print(f"loss of the last 100 steps: {np.mean(losses[-100:]):.3f}, and {np.mean(reflow_losses[-100:]):.3f} of reflow")

# %% few
reach = {f"{name}, {steps}": euler(model, z, even(steps))[-1]
         for name, model in (("flow", flow), ("reflow", second)) for steps in (1, 2, 100)}
scatter({name: reach[name] for name in ("flow, 1", "flow, 2", "reflow, 1", "reflow, 2")}, data)
away = {name: sliced_wasserstein(x, fresh) for name, x in reach.items()}
for name, distance in away.items():
    print(f"{name:11} steps: distance to data {distance:.4f}")

# %% student
student = copy.deepcopy(second)
adam = torch.optim.Adam(student.parameters(), lr=5e-4)
for step in range(1000):
    at = step * BATCH % N
    eps = starts[at:at + BATCH]
    loss = F.mse_loss(student(eps, 1), eps - made[at:at + BATCH])
    adam.zero_grad()
    loss.backward()
    adam.step()
truth = reach["flow, 100"]                                    # what the flow makes of z
for name, x in {"the flow, 100 steps": truth, "reflow, 1 step": reach["reflow, 1"],
                "student, 1 step": euler(student, z, even(1))[-1],
                "student, 100 steps": euler(student, z, even(100))[-1]}.items():
    off = F.mse_loss(x, truth).sqrt()
    print(f"{name:19}  distance to data {sliced_wasserstein(x, fresh):.4f}  from where the flow leads {off:.4f}")

# %% likelihood
S, angle = 0.25, 1.2566 * torch.arange(5)
centres = 1.2 * torch.stack([angle.cos(), angle.sin()], dim=1)


def mixture(n, seed):
    return S * noise_of(seed, n) + centres[torch.arange(n) % 5]


def log_density(x):
    off = ((x[:, None] - centres) ** 2).sum(-1)
    return torch.logsumexp(-off / (2 * S * S), dim=1) - math.log(5 * 2 * math.pi * S * S)


def velocity(model, x, t):
    """v and its divergence: the derivative of each output by its own input."""
    x = x.detach().requires_grad_()
    v = model(x, t)
    slopes = [torch.autograd.grad(v[:, k].sum(), x, retain_graph=True)[0][:, k] for k in range(2)]
    return v.detach(), sum(slopes)


def log_likelihood(model, x, steps):
    """From the data to the noise by Heun's method, the divergence summed up on the way."""
    total, h = torch.zeros(len(x)), 1 / steps
    for k in range(steps):
        v, div = velocity(model, x, k * h)
        w, div_next = velocity(model, x + h * v, (k + 1) * h)
        x, total = x + h / 2 * (v + w), total + h / 2 * (div + div_next)
    return total - (x ** 2 / 2 + math.log(2 * math.pi) / 2).sum(dim=1)


known = network()
known_losses = fit(known, mixture(N, 31), steps=2500, generator=seeded(32))
line = torch.stack([torch.arange(61) / 25 - 0.6, torch.zeros(61)], dim=1)
along = log_likelihood(known, line, 40)
plt.plot(line[:, 0], log_density(line).exp(), label="known")
plt.plot(line[:, 0], along.exp(), label="by the flow")
plt.gca().set(title="Density along the line through one of them", xlabel="x")
plt.legend()
plt.show()
held = mixture(500, 33)
by_truth, by_flow = log_density(held).mean().item(), log_likelihood(known, held, 40).mean().item()
print(f"mean log p of 500 new points: known density {by_truth:.3f}, the flow {by_flow:.3f}")

# %% draw
def up_and_down(step, lr=2e-3, warmup=50, steps=2000):
    """Lesson 5's learning rate."""
    gone = max(step - warmup, 0) / (steps - warmup)
    return lr * min((step + 1) / warmup, 0.5 * (1 + math.cos(math.pi * gone)))


y, x = torch.meshgrid(torch.arange(32) - 15.5, torch.arange(32) - 15.5, indexing="ij")
r = torch.hypot(x, y)
drawing = ((r - 12).abs() < 1.6) | ((r < 12) & (y.abs() < 1.6))  # your own: 32 x 32, True where something is
spots = drawing.nonzero()
u = torch.rand(N, 3, generator=seeded(41))
spot = spots[(u[:, 0] * len(spots)).long()]
target = torch.stack([(spot[:, 1] + u[:, 1] - 16) / 9, (16 - spot[:, 0] - u[:, 2]) / 9], dim=1)
first = network()
fit(first, target, 2000, generator=seeded(42), rate=up_and_down)
again = copy.deepcopy(first)
fit(again, euler(first, starts, even(50))[-1], 2000, starts, seeded(43), up_and_down)
scatter({"to be learned": target, "flow, 100 steps": euler(first, z, even(100))[-1],
         "flow, 1 step": euler(first, z, even(1))[-1], "reflow, 1 step": euler(again, z, even(1))[-1]}, target)
