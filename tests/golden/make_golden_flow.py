#!/usr/bin/python3
"""Makes the golden numbers of flow matching: /usr/bin/python3 tests/golden/make_golden_flow.py, seconds. README.md lists the
files; make_golden.py says what it needs."""
import course
import files
from course import np, torch

SEED, POINTS, BATCH, HIDDEN, EPOCHS = 3, 200, 64, 20, 3
TIMES = [1.0, 0.9, 0.55, 0.5, 0.1, 0.0]


def begin():
    """Data, model, optimizer: as exercise 5, small."""
    course.seed_all(SEED)
    data = torch.tensor(course.swiss_roll_2d(POINTS), dtype=torch.float32)
    model = course.NoisePredictor(2, HIDDEN)
    return data, model, torch.optim.Adam(model.parameters(), lr=1e-3)


def train(pairs):
    """Step losses of EPOCHS epochs. pairs: each sample has its own noise, drawn before."""
    data, model, adam = begin()
    own = torch.randn(POINTS, 2) if pairs else None
    losses = []
    for _ in range(EPOCHS):
        order = torch.randperm(POINTS)
        for first in range(0, POINTS, BATCH):
            rows = order[first:first + BATCH]
            x_0, t = data[rows], torch.rand(len(rows))
            eps = own[rows] if pairs else torch.randn_like(x_0)
            x_t = (1 - t)[:, None] * x_0 + t[:, None] * eps
            loss = ((model(x_t, t) - (eps - x_0)) ** 2).mean()
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(loss.item())
    return np.array(losses), model


def at(t, x):
    return torch.full((len(x),), t, dtype=x.dtype)


@torch.no_grad()
def sample(model, x, heun):
    """x at TIMES, from the first to the last."""
    path = [x.numpy()]
    for t, u in zip(TIMES, TIMES[1:]):
        v = model(x, at(t, x))
        if heun:
            v = (v + model(x + (u - t) * v, at(u, x))) / 2
        x = x + (u - t) * v
        path.append(x.numpy())
    return np.stack(path)


def divergence(model, x, t):
    x = x.detach().requires_grad_()
    v = model(x, at(t, x))
    parts = [torch.autograd.grad(v[:, k].sum(), x, retain_graph=True)[0][:, k] for k in range(2)]
    return v.detach(), sum(parts).detach()


def log_likelihood(model, x, steps):
    """By Heun's method, in double."""
    total = torch.zeros(len(x), dtype=torch.float64)
    for k in range(steps):
        h = 1 / steps
        v, div = divergence(model, x, k / steps)
        w, more = divergence(model, x + h * v, (k + 1) / steps)
        x, total = x + h * (v + w) / 2, total + h * (div + more) / 2
    return (total - (x**2 / 2 + np.log(2 * np.pi) / 2).sum(1)).numpy()


if __name__ == "__main__":
    losses, model = train(pairs=False)
    files.save_npy("flow_losses", losses)
    files.save_npy("flow_losses_pairs", train(pairs=True)[0])
    files.save_safetensors("flow_h20", {k: v.detach().numpy() for k, v in model.state_dict().items()})
    torch.manual_seed(SEED)
    noise = torch.randn(20, 2)
    files.save_npy("flow_euler", sample(model, noise, heun=False))
    files.save_npy("flow_heun", sample(model, noise, heun=True))
    course.seed_all(SEED)
    points = torch.tensor(course.swiss_roll_2d(20), dtype=torch.float32).double()
    files.save_npy("flow_log_likelihood", log_likelihood(model.double(), points, 25))
