#!/usr/bin/python3
"""Makes the golden samples of DDIM: /usr/bin/python3 tests/golden/make_golden_samplers.py, seconds. README.md lists the
files; make_golden.py says what it needs.

Exercise 9's loop with one list of timesteps from T-1 to x_0, on an untrained MiniUNet(8): its weights, x_T and the noise
are drawn from one seed, so the C test draws the same.
"""
import course
import files
from course import np, torch
from networks import MiniUNet

SEED, N, SIZE, STEPS, T = 11, 3, 8, 10, 1000


@torch.no_grad()
def ddim(eta):
    torch.manual_seed(SEED)
    model = MiniUNet(1, 8).eval()
    alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, T), dim=0)
    timesteps = np.rint(np.linspace(T - 1, 0, STEPS)).astype(int)
    x = torch.randn(N, 1, SIZE, SIZE)
    for i, t in enumerate(timesteps):
        last = i + 1 == STEPS
        a, a_prev = alpha_bar[t], torch.tensor(1.0) if last else alpha_bar[timesteps[i + 1]]
        eps = model(x, torch.full((N,), float(t)))
        x_0 = (x - torch.sqrt(1 - a) * eps) / torch.sqrt(a)
        sigma = eta * torch.sqrt((1 - a_prev) / (1 - a)) * torch.sqrt(1 - a / a_prev)
        z = 0 if last else torch.randn_like(x)
        x = torch.sqrt(a_prev) * x_0 + torch.sqrt(1 - a_prev - sigma**2) * eps + sigma * z
    return x.numpy()


if __name__ == "__main__":
    for eta, name in ((0.0, "ddim_eta0"), (0.5, "ddim_eta05")):
        files.save_npy(name, ddim(eta))
