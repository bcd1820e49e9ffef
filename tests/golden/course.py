"""The course's data, schedules, model, training and sampling, written for PyTorch and NumPy: the reference that the C core
is held against. Arithmetic and the order of random draws are those of the course, to the last bit; see check_streams.py for
what those draws are.

Import this module before numpy and torch: it pins what decides their last bits, so that the same numbers come out on every
x86-64 machine with AVX2 (see `PINNED`). Set NOISEBOOK_UNPINNED=1 to leave that to the libraries (for timing).
"""
import os
import sys

PINNED = {
    "ATEN_CPU_CAPABILITY": "avx2",         # PyTorch's vector kernels and randn
    "OPENBLAS_CORETYPE": "Haswell",        # matrix products
    "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",  # float64 sin, cos: libm
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
assert "numpy" not in sys.modules and "torch" not in sys.modules, "import course first"
if not os.environ.get("NOISEBOOK_UNPINNED"):
    for _name, _value in PINNED.items():
        os.environ.setdefault(_name, _value)

import warnings                                     # noqa: E402

warnings.filterwarnings("ignore", message=".*CPU features.*")

import numpy as np                                  # noqa: E402
import torch                                        # noqa: E402
from sklearn.datasets import make_swiss_roll        # noqa: E402
from torch import nn                                # noqa: E402

torch.set_num_threads(1)


def seed_all(seed):
    """What "seed S" means everywhere in this project."""
    np.random.seed(seed)
    torch.manual_seed(seed)


# ---- data (float64) -------------------------------------------------------------------------------------------------

def spiral(n):
    """Exercise 1: two turns, radius growing from 0 to 1. (n, 2)"""
    theta = np.linspace(0, 4 * np.pi, n)
    r = theta / (4 * np.pi)
    return np.stack([r * np.cos(theta), r * np.sin(theta)], axis=1)


def swiss_roll_2d(n, noise=0.1):
    """Exercise 5: scikit-learn's roll seen along its axis, divided by 10. Draws from NumPy's global stream. (n, 2)"""
    points, _ = make_swiss_roll(n_samples=n, noise=noise)
    return points[:, [0, 2]] / 10.0


def three_classes(n):
    """Exercise 10: ring, square, blob, n // 3 points each. Draws from NumPy's global stream. (3 * (n // 3), 2), labels"""
    m = n // 3
    angle = np.random.uniform(0, 2 * np.pi, m)
    radius = 1.0 + np.random.randn(m) * 0.1
    ring = (radius * np.cos(angle), radius * np.sin(angle))
    square = (np.random.uniform(-1, 1, m), np.random.uniform(-1, 1, m))
    blob = (np.random.randn(m) * 0.3, np.random.randn(m) * 0.3)
    points = np.concatenate([np.stack(c, axis=1) for c in (ring, square, blob)])
    return points, np.repeat(np.arange(3), m)


# ---- schedules (float64 betas) --------------------------------------------------------------------------------------

def _cosine(T, clip, s=0.008):
    t = np.linspace(0, T, T + 1)
    f = np.cos(((t / T) + s) / (1 + s) * np.pi * 0.5) ** 2
    f = f / f[0]
    return np.clip(1 - (f[1:] / f[:-1]), 0.0001, clip)


def _exponential(t, T, first, last):
    return first * np.exp(t * np.log(last / first) / T)


SCHEDULES = {  # name -> betas(T, beta_start, beta_end)
    "linear": lambda T, a, b: np.linspace(a, b, T),
    "cosine": lambda T, a, b: _cosine(T, 0.999),
    "cosine_9999": lambda T, a, b: _cosine(T, 0.9999),
    "quadratic": lambda T, a, b: a + (b - a) * np.linspace(0, 1, T) ** 2,
    "quadratic_sqrt": lambda T, a, b: np.linspace(a ** 0.5, b ** 0.5, T) ** 2,
    "exponential": lambda T, a, b: _exponential(np.arange(T), T, a, b),
    "exponential_inclusive": lambda T, a, b: _exponential(np.arange(1, T + 1), T, a, b),
}
TABLES = ("alphas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod",
          "sqrt_recip_alphas", "posterior_variance")


def betas_of(name, T, beta_start=1e-4, beta_end=0.02):
    return SCHEDULES[name](T, beta_start, beta_end)


def tables_of(betas):
    """Every derived table in float32, each step rounded as PyTorch rounds it. Keys: betas and TABLES."""
    b = torch.tensor(betas, dtype=torch.float32)
    a = 1 - b
    bar = torch.cumprod(a, dim=0)
    before = torch.cat([torch.ones(1), bar[:-1]])
    return {
        "betas": b, "alphas": a, "alphas_cumprod": bar, "alphas_cumprod_prev": before,
        "sqrt_alphas_cumprod": torch.sqrt(bar), "sqrt_one_minus_alphas_cumprod": torch.sqrt(1 - bar),
        "sqrt_recip_alphas": torch.sqrt(1.0 / a), "posterior_variance": b * (1 - before) / (1 - bar),
    }


# ---- exercise 4: the model ------------------------------------------------------------------------------------------

class NoisePredictor(nn.Module):
    """SimpleNoisePredictor: predicted noise from x (B, input_dim) and t (B,) in [0, 1)."""

    def __init__(self, input_dim=2, hidden_dim=128, time_dim=32):
        super().__init__()
        self.time_embed = nn.Sequential(nn.Linear(1, time_dim), nn.ReLU(), nn.Linear(time_dim, time_dim))
        sizes = [input_dim + time_dim, hidden_dim, hidden_dim, hidden_dim, input_dim]
        layers = [nn.Linear(sizes[0], sizes[1])]
        for n_in, n_out in zip(sizes[1:], sizes[2:]):
            layers += [nn.ReLU(), nn.Linear(n_in, n_out)]
        self.net = nn.Sequential(*layers)

    def forward(self, x, t):
        return self.net(torch.cat([x, self.time_embed(t[:, None])], dim=-1))


# ---- exercise 5: training -------------------------------------------------------------------------------------------

class Trainer:
    """One object a run, so that a single step can be timed or recorded. `record`, if a list, receives (x0, t, noise, x_t)."""

    def __init__(self, model, data, batch=128, lr=1e-3, T=1000, schedule="cosine", record=None):
        self.model, self.batch, self.T, self.record = model, batch, T, record
        self.data = torch.tensor(data, dtype=torch.float32)
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        tables = tables_of(betas_of(schedule, T))
        self.signal = tables["sqrt_alphas_cumprod"]
        self.noise = tables["sqrt_one_minus_alphas_cumprod"]
        model.train()

    def step(self, x0):
        t = torch.randint(0, self.T, (len(x0),))
        eps = torch.randn_like(x0)
        xt = self.signal[t][:, None] * x0 + self.noise[t][:, None] * eps
        if self.record is not None:
            self.record.append((x0, t, eps, xt))
        predicted = self.model(xt, t.float() / float(self.T))
        loss = nn.functional.mse_loss(predicted, eps)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def epoch(self):
        """Step losses of one pass over the data, in a fresh order."""
        shuffled = self.data[torch.randperm(len(self.data))]
        return [self.step(shuffled[i:i + self.batch]) for i in range(0, len(shuffled), self.batch)]


def train(model, data, epochs, **options):
    """Mean loss per epoch (float64) and the step losses of the first epoch."""
    trainer = Trainer(model, data, **options)
    steps = [trainer.epoch() for _ in range(epochs)]
    return np.array([np.mean(s) for s in steps]), steps[0]


# ---- exercise 6: DDPM sampling --------------------------------------------------------------------------------------

@torch.no_grad()
def ddpm_sample(model, n, T=1000, schedule="cosine", every_step=False):
    """Samples (n, 2) float32, and if asked x at every step, x_T first: (T + 1, n, 2)."""
    model.eval()
    k = tables_of(betas_of(schedule, T))
    x = torch.randn(n, 2)
    path = [x.numpy()]
    for t in reversed(range(T)):
        eps = model(x, torch.full((n,), float(t)) / T)
        scale = k["betas"][t] / k["sqrt_one_minus_alphas_cumprod"][t]
        x = k["sqrt_recip_alphas"][t] * (x - scale * eps)
        if t > 0:
            x = x + torch.sqrt(k["posterior_variance"][t]) * torch.randn_like(x)
        if every_step:
            path.append(x.numpy())
    return x.numpy(), (np.stack(path) if every_step else None)
