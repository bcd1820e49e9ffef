import matplotlib.pyplot as plt
import numpy as np
import torch


def grid(images, titles, lo=-2, hi=2):
    fig, axes = plt.subplots(1, len(images), figsize=(2.4 * len(images), 2.7), squeeze=False)
    for ax, image, title in zip(axes[0], images, titles):
        ax.imshow(image, cmap="gray", vmin=lo, vmax=hi)
        ax.set_title(title)
        ax.axis("off")
    plt.show()


# %% board
torch.manual_seed(42)
T = 1000


def cosine_clipped(T, s=0.008):
    f = np.cos((np.arange(T + 1) / T + s) / (1 + s) * np.pi / 2) ** 2
    return np.clip(1 - f[1:] / f[:-1], 1e-4, 0.999)


beta = torch.tensor(cosine_clipped(T), dtype=torch.float32)
alpha_bar = torch.cumprod(1 - beta, dim=0)

row, column = torch.arange(64)[:, None] // 8, torch.arange(64) // 8
board = ((row + column) % 2 == 0).float()            # white in the upper left corner


def q_sample(x_0, t, eps):
    return alpha_bar[t].sqrt() * x_0 + (1 - alpha_bar[t]).sqrt() * eps


timesteps = [0, 100, 250, 500, 750, 999]
pictures = [q_sample(board, t, torch.randn(board.shape)) for t in timesteps]
grid(pictures, [f"t = {t}" for t in timesteps])

# %% scrub
eps = torch.randn(board.shape)
for t in (300, 600, 900):
    a, b = alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()
    grid([a * board + b * eps, a * board, b * eps], [f"x_t at t = {t}", f"{a:.3f} x_0", f"{b:.3f} eps"])

# %% squares
def mean_of_squares(image, square=8):
    k = len(image) // square
    means = image.reshape(k, square, k, square).mean(dim=(1, 3))
    return means.repeat_interleave(square, 0).repeat_interleave(square, 1)


x_t = q_sample(board, 750, eps)
grid([x_t, mean_of_squares(x_t)], ["x_t at t = 750", "the mean of each square"])

# %% walk-picture
def step(x, t, eps):
    return (1 - beta[t]).sqrt() * x + beta[t].sqrt() * eps


generator = torch.Generator().manual_seed(3)
walked, jumped, labels = [], [], []
x = board
for t in range(T):
    x = step(x, t, torch.randn(x.shape, generator=generator))
    if t % 50 == 49:
        walked.append(x)
        jumped.append(q_sample(board, t, torch.randn(x.shape, generator=generator)))
        labels.append(f"t = {t}")
grid(walked[::4], labels[::4])
grid(jumped[::4], labels[::4])

# %% moments
n, t = 400, 499
theta = np.linspace(0, 4 * np.pi, n)
r = 2 * theta / (4 * np.pi)
x_0 = torch.tensor(np.stack([r * np.cos(theta), r * np.sin(theta)], axis=1), dtype=torch.float32)


def draw():
    return torch.randn(n, 2, generator=generator)


chain = x_0
for s in range(t + 1):
    chain = step(chain, s, draw())
jump = q_sample(x_0, t, draw())
wrong = alpha_bar[t] * x_0 + (1 - alpha_bar[t]) * draw()

a = alpha_bar[t]
theory = a.sqrt() * x_0.mean(), a * x_0.var(unbiased=False) + 1 - a
print(f"theory        mean {theory[0]:6.3f}  variance {theory[1]:.3f}")
for name, x in {"walked": chain, "jumped": jump, "wrong weights": wrong}.items():
    print(f"{name:13} mean {x.mean():6.3f}  variance {x.var(unbiased=False):.3f}")

# %% energy
def energy_distance(x, y):
    x, y = x.double(), y.double()
    return (2 * torch.cdist(x, y).mean() - torch.cdist(x, x).mean() - torch.cdist(y, y).mean()).item()


def permutation_test(x, y, rounds=200):
    generator = torch.Generator().manual_seed(4)
    observed, bag, chance = energy_distance(x, y), torch.cat([x, y]), []
    for _ in range(rounds):
        order = torch.randperm(len(bag), generator=generator)
        chance.append(energy_distance(bag[order[:len(x)]], bag[order[len(x):]]))
    larger = sum(distance >= observed for distance in chance)
    return observed, sorted(chance)[int(0.95 * rounds)], (larger + 1) / (rounds + 1)


fair, unfair = permutation_test(chain, jump), permutation_test(chain, wrong)
for name, (observed, usual, p) in {"walked and jumped": fair, "walked and wrong weights": unfair}.items():
    print(f"{name:25} distance {observed:.4f}  95% of chance below {usual:.4f}  p {p:.3f}")

# %% solution-between
def jump_between(x_s, s, t, eps):
    ratio = alpha_bar[t] / alpha_bar[s]
    return ratio.sqrt() * x_s + (1 - ratio).sqrt() * eps
