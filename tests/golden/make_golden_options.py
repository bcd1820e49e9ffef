#!/usr/bin/python3
"""Makes the golden numbers of the trainer's options: /usr/bin/python3 tests/golden/make_golden_options.py, seconds. README.md
lists the files; make_golden.py says what it needs."""
import course
import files
from course import np, torch

WARMUP, STEPS, END, T = 5, 40, 0.1, 1000


def factors():
    """What part of the learning rate each step takes: a line, then half a cosine."""
    adam = torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=1.0)
    rise = torch.optim.lr_scheduler.LinearLR(adam, start_factor=1 / WARMUP, total_iters=WARMUP - 1)
    taken = []
    for step in range(STEPS):
        if step == WARMUP:
            adam.param_groups[0]["lr"] = 1.0
            fall = torch.optim.lr_scheduler.CosineAnnealingLR(adam, T_max=STEPS - WARMUP, eta_min=END)
        taken.append(adam.param_groups[0]["lr"])
        adam.step()
        (rise if step < WARMUP else fall).step()
    return np.array(taken)


def timesteps(batches, n):
    torch.manual_seed(42)
    return np.stack([((torch.rand(1) + torch.arange(n) / n) % 1 * T).long().numpy() for _ in range(batches)])


if __name__ == "__main__":
    files.save_npy("options_lr", factors())
    files.save_npy("options_timesteps", timesteps(4, 32).astype(np.int32))
