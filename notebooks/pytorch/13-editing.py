import math
import os

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def grid(images, title="", columns=8, lo=0, hi=1):
    """Pictures (n, 1, h, w), row by row."""
    rows = math.ceil(len(images) / columns)
    fig, axes = plt.subplots(rows, columns, figsize=(1.3 * columns, 1.3 * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, image in zip(axes.flat, images):
        ax.imshow(image.squeeze(), cmap="gray", vmin=lo, vmax=hi)
    fig.suptitle(title)
    plt.show()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# %% model
np.random.seed(42)
torch.manual_seed(42)
T = 1000
alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, T), dim=0)
sqrt_alpha_bar, sqrt_one_minus_alpha_bar = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()


class TimeEmbedding(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, t):
        h = self.dim // 2
        f = torch.exp(-math.log(10000) * torch.arange(h) / h)
        angle = t.float()[:, None] * f
        return torch.cat([angle.sin(), angle.cos()], dim=1)


class ResidualBlock(nn.Module):
    def __init__(self, n, m, time_dim):
        super().__init__()
        self.conv1 = nn.Conv2d(n, m, 3, padding=1)
        self.conv2 = nn.Conv2d(m, m, 3, padding=1)
        self.time_emb = nn.Linear(time_dim, m)
        self.norm1 = nn.GroupNorm(8, m)
        self.norm2 = nn.GroupNorm(8, m)
        self.shortcut = nn.Identity() if n == m else nn.Conv2d(n, m, 1)

    def forward(self, x, t):
        h = F.relu(self.norm1(self.conv1(x))) + self.time_emb(t)[..., None, None]
        h = F.relu(self.norm2(self.conv2(h)))
        return h + self.shortcut(x)


class MiniUNet(nn.Module):
    def __init__(self, base=32, dim=128):
        super().__init__()
        self.time_mlp = nn.Sequential(
            TimeEmbedding(dim), nn.Linear(dim, 2 * dim), nn.ReLU(), nn.Linear(2 * dim, dim))
        self.down1 = ResidualBlock(1, base, dim)
        self.down2 = ResidualBlock(base, 2 * base, dim)
        self.bottleneck = ResidualBlock(2 * base, 2 * base, dim)
        self.up2 = ResidualBlock(4 * base, 2 * base, dim)
        self.up1 = ResidualBlock(3 * base, base, dim)
        self.out_conv = nn.Conv2d(base, 1, 1)

    def forward(self, x, t):
        t = self.time_mlp(t)
        d1 = self.down1(x, t)
        d2 = self.down2(F.max_pool2d(d1, 2), t)
        h = self.bottleneck(F.max_pool2d(d2, 2), t)
        h = self.up2(torch.cat([double(h), d2], dim=1), t)
        h = self.up1(torch.cat([double(h), d1], dim=1), t)
        return self.out_conv(h)


def double(h):
    return F.interpolate(h, scale_factor=2, mode="bilinear", align_corners=False)


def shapes(n, size=32, draw=np.random):
    """White on black: circles (class 0), squares (1) and filled triangles (2)."""
    y, x = np.ogrid[:size, :size]
    images, labels = np.zeros((n, 1, size, size), np.float32), np.zeros(n, int)
    for i, image in enumerate(images[:, 0]):
        labels[i] = draw.choice(3)
        if labels[i] == 0:
            cy, cx = draw.randint(8, size - 8, 2)
            image[(x - cx) ** 2 + (y - cy) ** 2 <= draw.randint(4, 8) ** 2] = 1
        elif labels[i] == 1:
            side = draw.randint(8, 16)
            left, top = draw.randint(0, size - side), draw.randint(0, size - side)
            image[top:top + side, left:left + side] = 1
        else:
            area = 0
            while area < 64:  # twice the triangle's: thin ones are drawn again
                p = draw.randint(4, size - 4, (3, 2))
                (a, b), (c, d) = p[1] - p[0], p[2] - p[0]
                area = abs(a * d - b * c)
            sides = [(q[1] - o[1]) * (y - o[0]) - (q[0] - o[0]) * (x - o[1])
                     for o, q in zip(p, np.roll(p, -1, axis=0))]
            image[np.all([s >= 0 for s in sides], axis=0) | np.all([s <= 0 for s in sides], axis=0)] = 1
    return torch.from_numpy(images), labels


def train(model, epochs=10, batch_size=32, decay=0.99):
    """Lesson 8, some minutes without a GPU. The model is left with the average of its weights."""
    images, _ = shapes(2000)
    adam, step = torch.optim.Adam(model.parameters(), lr=1e-3), 0
    average = {name: p.clone() for name, p in model.state_dict().items()}
    for epoch in range(1, epochs + 1):
        for i in range(0, len(images), batch_size):
            x_0 = images[i:i + batch_size]
            t = torch.randint(0, T, (len(x_0),))
            eps = torch.randn_like(x_0)
            bar = alpha_bar[t][:, None, None, None]
            loss = F.mse_loss(model(bar.sqrt() * x_0 + (1 - bar).sqrt() * eps, t), eps)
            adam.zero_grad()
            loss.backward()
            adam.step()
            step += 1
            share = 1 - min(decay, (1 + step) / (10 + step))
            for name, p in model.state_dict().items():
                average[name] += share * (p - average[name])
        print(f"epoch {epoch}, loss of the last batch {loss.item():.3f}")
    model.load_state_dict(average)


model = MiniUNet(16)
if os.path.exists("lesson-8.pt"):                    # yours
    model.load_state_dict(torch.load("lesson-8.pt")["average"])
else:
    train(model)


def down_from(t, steps):
    """So many timesteps, evenly from the first down to 0."""
    return list(dict.fromkeys(int(t * (1 - i / (steps - 1)) + 0.5) for i in range(steps)))


def draw(fn):
    """A picture of 32 x 32 pixels, white where fn says so."""
    y, x = torch.meshgrid(torch.arange(32) + 0.5, torch.arange(32) + 0.5, indexing="ij")
    return fn(x, y).float()[None, None]


examples, _ = shapes(8, 32, np.random.RandomState(1))
grid(examples, "What this network was trained on")

# %% denoise
@torch.no_grad()
def predict(x, t):
    """The noise in x at timestep t, and what is left without it."""
    eps = model(x, torch.full((len(x),), t))
    return eps, (x - sqrt_one_minus_alpha_bar[t] * eps) / sqrt_alpha_bar[t]


def q_sample(x_0, t, eps):
    return sqrt_alpha_bar[t] * x_0 + sqrt_one_minus_alpha_bar[t] * eps


def denoise(x, times):
    """DDIM of lesson 9, from whatever x is at the first timestep."""
    for t, t_next in zip(times, [*times[1:], None]):
        eps, x_0 = predict(x, t)
        if t_next is None:
            return x_0
        x = q_sample(x_0, t_next, eps)


# %% scribble
def lobed(x, y):
    angle = torch.atan2(y - 15, x - 16)
    return torch.hypot(x - 16, y - 15) < 7 + 2.2 * torch.sin(3.1 * angle) + 1.5 * torch.cos(5 * angle)


def sdedit(drawing, t, steps, eps):
    return denoise(q_sample(drawing, t, eps), down_from(t, steps))


blob = draw(lobed)
four = torch.randn(4, 1, 32, 32, generator=seeded(3))
for t in (100, 200, 650):
    grid(torch.cat([blob, sdedit(blob, t, 20, four)]), f"The drawing, and back from t = {t} in four noises", columns=5)

# %% trade-off
def crooked(seed):
    a, b, c, d = torch.rand(4, generator=seeded(seed))

    def inside(x, y):
        dx, dy = x - 12 - 8 * a, y - 12 - 8 * b
        angle = torch.atan2(dy, dx)
        return torch.hypot(dx, dy) < 6 + 2.5 * torch.sin(3 * angle + 7 * c) + 1.5 * torch.sin(5 * angle + 7 * d)

    return draw(inside)


def overlap(x, y):
    """What both have white, of what either has."""
    return (((x > 0.5) & (y > 0.5)).sum() / ((x > 0.5) | (y > 0.5)).sum()).item()


drawings = torch.cat([crooked(i + 1) for i in range(12)])
twelve = torch.randn(drawings.shape, generator=seeded(9))
levels = [25, 50, 100, 150, 200, 300, 400, 500, 650, 800]
back = {t: sdedit(drawings, t, 12, twelve) for t in levels}
kept = [overlap(x, drawings) for x in back.values()]
grid(drawings[:6], "drawn", columns=6)
for t in levels[1::3]:
    grid(back[t][:6], f"back from t = {t}", columns=6)
plt.plot(levels, kept)
plt.gca().set(title="Overlap with the drawing", xlabel="into noise: t")
plt.show()

# %% inpaint
def mixed(x, keep, z):
    return keep.sqrt() * x + (1 - keep).sqrt() * z


def step_down(x_0, eps, t, t_next, z):
    """DDIM with eta = 1 (lesson 9). t_next None: behind the last entry alpha_bar is 1."""
    bar, bar_next = alpha_bar[t], torch.tensor(1.0) if t_next is None else alpha_bar[t_next]
    sigma = ((1 - bar_next) / (1 - bar) * (1 - bar / bar_next)).sqrt()
    return bar_next.sqrt() * x_0 + (1 - bar_next - sigma ** 2).clamp(min=0).sqrt() * eps + sigma * z


def inpaint(picture, mask, times, rounds=1, generator=None):
    """mask: 1 in the hole. rounds: how often each step is made (RePaint)."""
    def z():
        return torch.randn(picture.shape, generator=generator)

    x = z()
    for t, t_next in zip(times, [*times[1:], None]):
        bar_next = torch.tensor(1.0) if t_next is None else alpha_bar[t_next]
        for k in range(1 if t_next is None else rounds):
            if k > 0:
                x = mixed(x, alpha_bar[t] / bar_next, z())    # up again, from t_next to t
            eps, x_0 = predict(x, t)
            sampled = step_down(x_0, eps, t, t_next, z())
            known = mixed(picture, bar_next, z())
            x = torch.where(mask > 0, sampled, known)
    return x


# %% hole
triangle = draw(lambda x, y: (y > 8) & (y < 25) & ((x - 14).abs() < (y - 8) / 2))
right_half = draw(lambda x, y: x > 14)
for title, steps, rounds in (("One round, 96 steps", 96, 1), ("Eight rounds, 12 steps", 12, 8)):
    x = inpaint(triangle.repeat(4, 1, 1, 1), right_half, down_from(999, steps), rounds, seeded(3))
    grid(torch.cat([triangle * (1 - right_half), x]), title, columns=5)

# %% seams
whole, _ = shapes(16, 32, np.random.RandomState(31))
middles = [(picture[0] > 0.5).nonzero()[:, 1].float().mean() for picture in whole]
halves = torch.cat([draw(lambda x, y: x > int(middle + 0.5) + 1) for middle in middles])


def seam(x):
    """The mean difference of neighbours of which one is known and one is not."""
    across = halves.diff(dim=3) != 0
    return x.diff(dim=3)[across].abs().mean().item()


filled = {"the pictures themselves": whole}
for name, steps, rounds in (("one round", 128, 1), ("eight rounds", 16, 8)):
    filled[name] = inpaint(whole, halves, down_from(999, steps), rounds, seeded(5))
grid((whole * (1 - halves) + 0.5 * halves)[:8], "Known")
for name, x in filled.items():
    grid(x[:8], f"{name}: difference at the seam {seam(x):.3f}")

# %% solution-here
def edit_here(drawn, mask, times, eps):
    x = q_sample(drawn, times[0], eps)
    for t, t_next in zip(times, [*times[1:], None]):
        guess, x_0 = predict(x, t)
        x = x_0 if t_next is None else q_sample(x_0, t_next, guess)
        known = drawn if t_next is None else q_sample(drawn, t_next, eps)
        x = torch.where(mask > 0, x, known)
    return x


square = draw(lambda x, y: ((x - 12).abs() < 7) & ((y - 14).abs() < 7))
bump = draw(lambda x, y: torch.hypot(x - 20, y - 10) < 5)
drawn, mask = (square + bump).clamp(0, 1), draw(lambda x, y: (x > 15) & (y < 18))
edited = edit_here(drawn, mask, down_from(300, 12), torch.randn(drawn.shape, generator=seeded(4)))
grid(torch.cat([drawn, mask, edited]), "drawn, may change, made to fit", columns=3)

# %% scales
def shrink(x, k=4):
    """Means of k x k pixels."""
    return F.avg_pool2d(x, k)


def enlarge(y):
    """Each pixel as k x k of them."""
    return F.interpolate(y, size=(32, 32), mode="nearest")


# %% upscale
def upscale(y, way, steps=40, strength=2.0, generator=None):
    def z():
        return torch.randn(len(y), 1, 32, 32, generator=generator)

    def coarse(x):
        return enlarge(shrink(x, 32 // y.shape[3]))

    x, times, wanted = z(), down_from(999, steps), enlarge(y)
    for t, t_next in zip(times, [*times[1:], None]):
        bar_next = torch.tensor(1.0) if t_next is None else alpha_bar[t_next]
        x = x.detach().requires_grad_(way == "pull")
        eps = model(x, torch.full((len(x),), t))
        x_0 = (x - sqrt_one_minus_alpha_bar[t] * eps) / sqrt_alpha_bar[t]
        if way == "pull":                                     # the slope of each length, through the network
            lengths = (coarse(x_0) - wanted).flatten(1).norm(dim=1)
            pull, = torch.autograd.grad(lengths.sum(), x)
        with torch.no_grad():
            x = step_down(x_0, eps, t, t_next, z())
            if way == "replace":
                x = x + coarse(mixed(wanted, bar_next, z()) - x)
            else:
                x = x - strength * pull
    return x


# %% sizes
def rms(a, b):
    return F.mse_loss(a, b).sqrt().item()


originals, _ = shapes(12, 32, np.random.RandomState(33))
back_in = {}
for k in (4, 2):
    y = shrink(originals, k)
    back_in[k] = {"pixels enlarged": enlarge(y)}
    for way in ("replace", "pull"):
        back_in[k][way] = upscale(y, way, generator=seeded(5))
    print(f"from {32 // k} x {32 // k}")
    for way, x in back_in[k].items():
        print(f"{way:15}  obeys {rms(shrink(x, k), y):.4f}  like the original {rms(x, originals):.3f}")
another = upscale(shrink(originals), "pull", generator=seeded(6))
print(f"from other noise: overlap of the two runs {overlap(back_in[4]['pull'], another):.2f}")
for way, x in {**back_in[4], "pull, other noise": another, "the originals": originals}.items():
    grid(x[:6], way, columns=6)

# %% solution-area
def slope_of_area(x_0, area):
    mean = x_0.mean(dim=(1, 2, 3), keepdim=True)
    return (2 * (mean - area) / x_0[0].numel()).expand_as(x_0)  # autograd gives the same


# %% invert
def invert(x, up):
    """Up the list of timesteps: the noise that a picture comes from."""
    for t, t_next in zip(up, up[1:]):
        eps, x_0 = predict(x, t)
        x = q_sample(x_0, t_next, eps)
    return x


eight, _ = shapes(8, 32, np.random.RandomState(41))
trips = {}
for entries in (6, 11, 21, 51, 101):
    times = down_from(999, entries)
    own = invert(eight, times[::-1])
    trips[entries] = own, denoise(own, times)
    print(f"{entries:3} entries: error {rms(trips[entries][1], eight):.4f}, std of the noise {own.std():.2f}")
grid(eight, "pictures")
grid(trips[51][0], "their noise", lo=-2, hi=2)
grid(trips[51][1], "and down again")

# %% digits
def slerp(a, b, f):
    """Along the arc, which keeps the length."""
    omega = torch.acos((a * b).sum() / (a.norm() * b.norm()))
    return (torch.sin((1 - f) * omega) * a + torch.sin(f * omega) * b) / torch.sin(omega)


# Here with shapes, by the network that is at hand; the page has digits and the companion's.
a, b = trips[51][0][0:1], trips[51][0][1:2]
stops = torch.arange(9) / 8
along = denoise(torch.cat([slerp(a, b, f) for f in stops]), down_from(999, 51))
faded = torch.cat([(1 - f) * eight[0:1] + f * eight[1:2] for f in stops])
grid(along, "Along the arc between their noises", columns=9)
grid(faded, "For comparison, faded into each other", columns=9)
