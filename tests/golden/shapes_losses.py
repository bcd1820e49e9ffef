#!/usr/bin/python3
"""PyTorch's exercise 8 on our pictures: the mean loss of each epoch, beside that of `noisebook run 8`.

    build/native/noisebook run 8 --out eight
    /usr/bin/python3 tests/golden/shapes_losses.py eight      # tens of minutes, one thread

Seed 42, MiniUNet(1, 16), 30 epochs of 2,000 pictures in batches of 32 without shuffling, Adam at 1e-3, the linear schedule
with T = 1000. The pictures are those that the command wrote (data.npy), so that nothing differs but the arithmetic.

Measured once (PyTorch pinned as in course.py, noisebook in exact mode):

    epoch      1         2         3         10        20        30        mean of 21 to 30   mean of all
    PyTorch    0.226236  0.041261  0.032551  0.017275  0.013582  0.010731  0.012374           0.024252
    noisebook  0.226222  0.041284  0.032491  0.017403  0.013241  0.010754  0.012356           0.024334

From epoch 4 on rounding parts the two: single epochs differ by a few percent, in either's favour.
"""
import os
import sys

import course
from course import np, torch
from networks import MiniUNet
from torch.nn import functional as F


def train(images, epochs, batch=32):
    """Yields the mean loss of each epoch."""
    course.seed_all(42)
    model = MiniUNet(1, 16)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000), dim=0)
    for _ in range(epochs):
        losses = []
        for x_0 in images.split(batch):
            t = torch.randint(0, 1000, (len(x_0),))
            eps = torch.randn_like(x_0)
            bar = alpha_bar[t][:, None, None, None]
            loss = F.mse_loss(model(torch.sqrt(bar) * x_0 + torch.sqrt(1 - bar) * eps, t.float()), eps)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        yield np.mean(losses)


def main():
    ours = np.load(os.path.join(sys.argv[1], "loss.npy"))
    images = torch.from_numpy(np.load(os.path.join(sys.argv[1], "data.npy")))
    for epoch, (theirs, mine) in enumerate(zip(train(images, len(ours)), ours), 1):
        print(f"epoch {epoch:3d}  PyTorch {theirs:.6f}  noisebook {mine:.6f}  ratio {mine / theirs:.5f}", flush=True)


if __name__ == "__main__":
    main()
