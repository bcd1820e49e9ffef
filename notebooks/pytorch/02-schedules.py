import matplotlib.pyplot as plt
import numpy as np
import torch

# %% schedules
T, first, last = 1000, 1e-4, 0.02


def cosine(T, s=0.008, least=0.0, most=0.999):
    f = np.cos((np.arange(T + 1) / T + s) / (1 + s) * np.pi / 2) ** 2
    return np.clip(1 - f[1:] / f[:-1], least, most)


betas = {
    "linear": np.linspace(first, last, T),
    "cosine": cosine(T),
    "quadratic": first + (last - first) * np.linspace(0, 1, T) ** 2,
    "quadratic-sqrt": np.linspace(first ** 0.5, last ** 0.5, T) ** 2,
}

# %% alpha-bar
signal = {name: np.cumprod(1 - beta) for name, beta in betas.items()}
snr = {name: a / (1 - a) for name, a in signal.items()}

# %% compare
np.random.seed(42)
torch.manual_seed(42)
tables = {"alpha_bar: the share that is still data": signal,
          "beta: the share that a step replaces": betas, "Signal-to-noise ratio": snr}
fig, axes = plt.subplots(1, 3, figsize=(15, 4))
for ax, (title, of) in zip(axes, tables.items()):
    for name, curve in of.items():
        ax.plot(curve, label=name)
    ax.set(title=title, xlabel="t", yscale="linear" if of is signal else "log")
axes[0].legend()
plt.show()

theta = np.linspace(0, 4 * np.pi, 1000)
r = 2.8 * theta / (4 * np.pi)
x_0 = torch.tensor(np.stack([r * np.cos(theta), r * np.sin(theta)], axis=1), dtype=torch.float32)
eps = torch.randn(x_0.shape)
for t in (120, 300, 500, 700):
    fig, axes = plt.subplots(1, 4, figsize=(14, 3.5))
    for ax, (name, alpha_bar) in zip(axes, signal.items()):
        x_t = alpha_bar[t] ** 0.5 * x_0 + (1 - alpha_bar[t]) ** 0.5 * eps
        ax.scatter(x_t[:, 0], x_t[:, 1], s=2)
        ax.set(title=f"{name}, t = {t}: {100 * alpha_bar[t]:.0f}%", xlim=(-4, 4), ylim=(-4, 4), aspect="equal")
    plt.show()

# %% ends
def ends(name, beta):
    alpha_bar = np.cumprod(1 - beta)
    print(f"{name:24} last beta {beta[-1]:.4f}  alpha_bar, end {alpha_bar[-1]:.2e}"
          f"  weight of the data {alpha_bar[-1] ** 0.5:.2e}  steps above 1% {(alpha_bar > 0.01).sum()}")


for name, beta in betas.items():
    ends(name, beta)
ends("cosine, cut at 0.9999", cosine(T, most=0.9999))
ends("cosine, lifted to 0.0001", cosine(T, least=1e-4))

# %% solution-exponential
def exponential(T, beta_1, beta_T):
    return beta_1 * (beta_T / beta_1) ** (np.arange(T) / T)


# %% yours
mine = np.cumprod(1 - exponential(T, first, last))
for name, curve in {"yours": mine, "linear": signal["linear"], "cosine": signal["cosine"]}.items():
    plt.plot(curve, label=name)
plt.gca().set(title="alpha_bar", xlabel="t")
plt.legend()
plt.show()
ends("yours", exponential(T, first, last))
