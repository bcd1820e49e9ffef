#!/usr/bin/python3
"""The companion's first training step: the loss on a batch of noise before and after one step of Adam.

companion_first_step.npy  (seeds, 4): seed, T, loss before, loss after; SimpleUNet(3, 64) on pictures of 64x64, linear schedule.

The four noisy pictures drawn before the network, as in the notebook's first figure, only advance the generator.
"""
import course
import files
from course import np, torch
from networks import CompanionUNet
from torch.nn import functional as F


def first_step(seed, T):
    torch.manual_seed(seed)
    alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, T), dim=0)
    for _ in range(4):
        torch.randn(1, 3, 64, 64)
    model = CompanionUNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x_0 = torch.randn(4, 3, 64, 64)
    t = torch.randint(0, T, (4,))
    eps = torch.randn_like(x_0)
    bar = alpha_bar[t][:, None, None, None]
    x_t = torch.sqrt(bar) * x_0 + torch.sqrt(1 - bar) * eps
    losses = []
    for _ in range(2):
        loss = F.mse_loss(eps, model(x_t, t.float()))
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [seed, T, *losses]


if __name__ == "__main__":
    files.save_npy("companion_first_step", [first_step(42, 200), first_step(7, 50)], np.float64)
