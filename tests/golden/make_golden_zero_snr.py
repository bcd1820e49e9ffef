#!/usr/bin/python3
"""Makes the golden numbers of schedules that end in noise, and of what is predicted there: /usr/bin/python3
tests/golden/make_golden_zero_snr.py, seconds. README.md lists the files; make_golden.py says what it needs."""
import course
import files
from course import np, torch

NAMES, T = ("linear", "cosine", "quadratic_sqrt"), 1000
INDEX = np.arange(0, T, 37)  # 999 = 27 * 37: the last entry is in


def zero_terminal_snr(betas):
    """Lin et al. 2023 (2305.08891), algorithm 1, line by line."""
    alphas_bar_sqrt = (1 - betas).cumprod(0).sqrt()
    first, last = alphas_bar_sqrt[0].clone(), alphas_bar_sqrt[-1].clone()
    alphas_bar_sqrt -= last
    alphas_bar_sqrt *= first / (first - last)
    alphas_bar = alphas_bar_sqrt**2
    alphas = torch.cat([alphas_bar[:1], alphas_bar[1:] / alphas_bar[:-1]])
    return 1 - alphas


def predictions(tables, t):
    """x_t, v, and x_0 and eps again from v, at timesteps t."""
    torch.manual_seed(42)
    x_0, eps = torch.rand(len(t), 2) * 2 - 1, torch.randn(len(t), 2)
    signal, noise = (tables[k][t][:, None] for k in ("sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod"))
    x_t, v = signal * x_0 + noise * eps, signal * eps - noise * x_0
    return torch.stack([x_0, eps, x_t, v, signal * x_t - noise * v, noise * x_t + signal * v])


if __name__ == "__main__":
    betas = [zero_terminal_snr(torch.tensor(course.betas_of(name, T))) for name in NAMES]
    tables = [course.tables_of(b.numpy()) for b in betas]
    files.save_npy("zero_snr_betas", [b.numpy()[INDEX] for b in betas], np.float64)
    files.save_npy("zero_snr_alpha_bar", [t["alphas_cumprod"].numpy()[INDEX] for t in tables], np.float32)
    files.save_npy("zero_snr_predictions", predictions(tables[0], torch.tensor(INDEX)).numpy(), np.float32)
