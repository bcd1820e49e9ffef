#!/usr/bin/python3
"""PyTorch's side of quality.mjs: trains by a way of ways.mjs, on one thread, and draws samples for quality.mjs to judge.

    python3 tests/bench/torch_quality.py EXERCISE WAY STEPS FILE

EXERCISE and WAY: 5 notebook, 5 rate, 8 notebook. The samples go to FILE as float32; a line of JSON says how long training took, in
seconds of a core, and what shape they have.
"""
import json
import math
import os
import sys
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):   # read once, when the libraries load
    os.environ[_name] = "1"
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
os.environ["NOISEBOOK_UNPINNED"] = "1"
import course                                               # noqa: E402
from course import np, torch                                # noqa: E402
from make_images_metrics import shapes                      # noqa: E402
from networks import MiniUNet                               # noqa: E402

T = 1000


def rate(step, steps, lr=8e-3):
    """Of step 1, 2, ...: up in a straight line, then down along half a cosine."""
    warmup = int(0.02 * steps)
    if step <= warmup:
        return lr * step / warmup
    return lr * 0.5 * (1 + math.cos(math.pi * (step - 1 - warmup) / (steps - warmup)))


def points(way, steps):
    data = course.swiss_roll_2d(5000)
    model = course.NoisePredictor()
    trainer = course.Trainer(model, data)
    began, done = time.process_time(), 0
    while done < steps:
        shuffled = trainer.data[torch.randperm(len(trainer.data))]
        for i in range(0, min(len(shuffled), 128 * (steps - done)), 128):
            done += 1
            if way == "rate":
                trainer.optimizer.param_groups[0]["lr"] = rate(done, steps)
            trainer.step(shuffled[i:i + 128])
    seconds = time.process_time() - began
    torch.manual_seed(3)
    return seconds, course.ddpm_sample(model, 1000)[0]


@torch.no_grad()
def ddim_sample(model, bar, n, steps, low, high):
    """eta = 1, x_0 clipped."""
    fall = [round((T - 1) * (1 - k / (steps - 1))) for k in range(steps)]
    x = torch.randn(n, 1, 32, 32)
    for t, s in zip(fall, fall[1:] + [-1]):
        a, b = bar[t], bar[s] if s >= 0 else torch.ones(())
        eps = model(x, torch.full((n,), float(t)))
        x_0 = ((x - (1 - a).sqrt() * eps) / a.sqrt()).clamp(low, high)
        eps = (x - a.sqrt() * x_0) / (1 - a).sqrt()
        sigma = ((1 - b) / (1 - a) * (1 - a / b)).sqrt()
        x = b.sqrt() * x_0 + (1 - b - sigma ** 2).clamp(min=0).sqrt() * eps + sigma * torch.randn_like(x)
    return x


def pictures(_, steps):
    data = torch.tensor(shapes(2000, 32)[0])[:, None]
    model = MiniUNet(1, 16)
    bar = course.tables_of(course.betas_of("linear", T))["alphas_cumprod"]
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    began = time.process_time()
    for step in range(steps):
        at = step * 32 % 2016
        x_0 = data[at:at + 32]
        t = torch.randint(0, T, (len(x_0),))
        eps = torch.randn_like(x_0)
        a = bar[t].view(-1, 1, 1, 1)
        loss = torch.nn.functional.mse_loss(model(a.sqrt() * x_0 + (1 - a).sqrt() * eps, t.float()), eps)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    seconds = time.process_time() - began
    torch.manual_seed(8)
    return seconds, ddim_sample(model, bar, 128, 100, 0, 1).numpy()


def main():
    known = {("5", "notebook"): points, ("5", "rate"): points, ("8", "notebook"): pictures}
    if len(sys.argv) != 5 or (sys.argv[1], sys.argv[2]) not in known:
        sys.exit(f"torch_quality.py takes EXERCISE WAY STEPS FILE: there are {', '.join(' '.join(k) for k in known)}")
    number, way, steps, path = sys.argv[1:]
    course.seed_all(42)
    seconds, samples = known[number, way](way, int(steps))
    np.ascontiguousarray(samples, dtype=np.float32).tofile(path)
    print(json.dumps({"seconds": seconds, "shape": list(samples.shape)}))


main()
