import copy
import math
import time
import zlib

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def grid(images, title="", columns=8, lo=-1, hi=1):
    """Pictures (n, channels, h, w), row by row."""
    rows = math.ceil(len(images) / columns)
    fig, axes = plt.subplots(rows, columns, figsize=(1.3 * columns, 1.3 * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, image in zip(axes.flat, ((images - lo) / (hi - lo)).clamp(0, 1)):
        ax.imshow(image.permute(1, 2, 0).squeeze(), cmap="gray", vmin=0, vmax=1)
    fig.suptitle(title)
    plt.show()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# %% data
COLOURS, SHAPES = ["red", "yellow", "green", "blue", "purple", "black"], ["circle", "square", "triangle"]
RELATIONS = ["left of", "right of", "above", "below"]


def of_rgb(*rgb):
    return np.float32(2) * np.array(rgb, np.float32) - np.float32(1)


PAPER = of_rgb(0.96, 0.95, 0.91)
PALETTE = {"red": of_rgb(0.89, 0.23, 0.20), "yellow": of_rgb(0.97, 0.79, 0.18), "green": of_rgb(0.20, 0.66, 0.38),
           "blue": of_rgb(0.20, 0.42, 0.88), "purple": of_rgb(0.60, 0.30, 0.76), "black": of_rgb(0.13, 0.13, 0.16)}
HALF = {"circle": (1.0, 1.0), "square": (0.89, 0.89), "triangle": (1.0125, 1.169)}  # height, width, of radius 1


def draw_caption(count, draw):
    """What a scene shall have: its objects, their relation, and whether they are alike."""
    way, objects, relation = draw.randint(0, 10), [], None
    for _ in range(count):
        colour, shape, large = COLOURS[draw.randint(0, 6)], SHAPES[draw.randint(0, 3)], draw.randint(0, 2) == 1
        objects.append({"colour": colour, "shape": shape, "size": "large" if large else "small", "place": None})
    if count == 1:
        objects[0]["place"] = draw.randint(0, 3), draw.randint(0, 3)         # thirds: row and column
    if count == 2 and way < 6:
        relation = RELATIONS[draw.randint(0, 4)]
    alike = way >= 8 if count == 2 else count == 3 and way >= 5
    return [dict(objects[0]) for _ in objects] if alike else objects, relation, alike


def put(thing, draw):
    """Radius and middle of an object, where it may be."""
    radius = draw.uniform(5.6, 6.4) if thing["size"] == "large" else draw.uniform(3.2, 3.8)
    middle = []
    for half, third in zip(HALF[thing["shape"]], thing["place"] or (None, None)):
        low, high = (0, 32) if third is None else ((0, 10.5), (14, 18), (21.5, 32))[third]
        middle.append(draw.uniform(max(low, half * radius + 1), min(high, 31 - half * radius)))
    return {**thing, "radius": np.float32(radius), "middle": np.float32(middle)}


def far_enough(a, b):
    reach = [float(a["radius"]) * h + float(b["radius"]) * k + 2 for h, k in zip(HALF[a["shape"]], HALF[b["shape"]])]
    return bool((np.abs(a["middle"] - b["middle"]) >= reach).any())


def plainly(relation, a, b):
    dy, dx = b["middle"] - a["middle"]
    along, aside = (dx, dy) if relation in ("left of", "right of") else (dy, dx)
    return relation is None or (-along if relation in ("right of", "below") else along) >= np.float32(1.5) * abs(aside)


def put_all(objects, relation, draw):
    for _ in range(200):                             # then another caption is tried
        placed = [put(thing, draw) for thing in objects]
        apart = all(far_enough(a, b) for i, b in enumerate(placed) for a in placed[:i])
        if apart and (len(placed) != 2 or plainly(relation, *placed)):
            return placed


def paint(objects):
    """Edges are as soft as a pixel is wide."""
    image = np.tile(PAPER[:, None, None], (1, 32, 32))
    for thing in objects:
        r, (y, x) = float(thing["radius"]), thing["middle"].astype(float)
        dy, dx = np.arange(32)[:, None] + 0.5 - y, np.arange(32) + 0.5 - x
        if thing["shape"] == "circle":
            cover = np.clip(r + 0.5 - np.sqrt(dy * dy + dx * dx), 0, 1)
        elif thing["shape"] == "square":
            cover = np.clip(0.89 * r + 0.5 - abs(dy), 0, 1) * np.clip(0.89 * r + 0.5 - abs(dx), 0, 1)
        else:
            side = 0.5 * (dy + 1.0125 * r) - 0.8660254037844386 * abs(dx)
            cover = np.clip(0.5 + np.minimum(1.0125 * r - dy, side), 0, 1)
        cover = cover.astype(np.float32)
        image = image * (1 - cover) + PALETTE[thing["colour"]][:, None, None] * cover
    return image


def scenes(n, draw=np.random):
    """Pictures (n, 3, 32, 32) from -1 to 1, of one or two shapes. Lesson 15 has their captions, too."""
    images = []
    while len(images) < n:
        objects, relation, alike = draw_caption(draw.randint(1, 3), draw)
        placed = put_all(objects, relation, draw)
        if placed:
            images.append(paint(placed))
            draw.uniform(size=1 if alike else 2)     # what the caption leaves unsaid
    return torch.from_numpy(np.stack(images))


np.random.seed(42)
torch.manual_seed(42)
pictures, held_out = scenes(2000), scenes(256, np.random.RandomState(7))
grid(pictures[:16], "Scenes")

# %% autoencoder
class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(3, 24, 2, stride=2), nn.ReLU(),
            nn.Conv2d(24, 48, 2, stride=2), nn.GroupNorm(8, 48), nn.ReLU(),
            nn.Conv2d(48, 48, 3, padding=1), nn.GroupNorm(8, 48), nn.ReLU(),
            nn.Conv2d(48, 2 * 4, 1))
        self.shortcut = nn.Sequential(nn.AvgPool2d(4), nn.Conv2d(3, 2 * 4, 1))

    def forward(self, x):
        mean, logvar = (self.net(x) + self.shortcut(x)).chunk(2, dim=1)
        return mean, logvar


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(4, 48, 3, padding=1), nn.GroupNorm(8, 48), nn.ReLU(),
            nn.Conv2d(48, 48, 3, padding=1), nn.GroupNorm(8, 48), nn.ReLU(),
            nn.ConvTranspose2d(48, 32, 2, stride=2), nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=1), nn.GroupNorm(8, 32), nn.ReLU(),
            nn.ConvTranspose2d(32, 3, 2, stride=2))
        self.shortcut = nn.Sequential(nn.Conv2d(4, 3, 1), nn.Upsample(scale_factor=4))

    def forward(self, z):
        return self.net(z) + self.shortcut(z)


encoder, decoder = Encoder(), Decoder()
print(sum(p.numel() for model in (encoder, decoder) for p in model.parameters()), "parameters")

# %% step
def losses_of(encoder, decoder, x, eps):
    """Squared error and divergence. error + beta * kl is the loss; autograd goes through the draw."""
    mean, logvar = encoder(x)
    z = mean + (0.5 * logvar).exp() * eps
    error = F.mse_loss(decoder(z), x)
    kl = 0.5 * (mean ** 2 + logvar.exp() - logvar - 1).mean()
    return error, kl


# %% train
def train_autoencoder(encoder, decoder, beta=1e-4, steps=600):
    adam, log = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()]), []
    for step in range(1, steps + 1):
        adam.param_groups[0]["lr"] = 4e-3 * min(step / 30, 1 - (step - 1) / steps)
        x = pictures[torch.randint(0, len(pictures), (32,))]
        eps = torch.randn(32, 4, 8, 8)
        error, kl = losses_of(encoder, decoder, x, eps)
        adam.zero_grad()
        (error + beta * kl).backward()
        adam.step()
        log.append([error.item(), kl.item()])
    return log


# %% train-run
@torch.no_grad()
def reconstruct(x):
    """Decoded means: as a picture goes through without noise."""
    return decoder(encoder(x)[0])


log = train_autoencoder(encoder, decoder)
for name, curve in zip(("squared error", "KL"), np.transpose(log)):
    plt.semilogy(curve, label=name)
plt.gca().set(title="Squared error, and the divergence", xlabel="step")
plt.legend()
plt.show()
grid(torch.cat([held_out[:8], reconstruct(held_out[:8])]), "Held-out scenes, and what comes back")

# %% latents-shown
with torch.no_grad():
    some_means, some_logvars = encoder(held_out)
grid(some_means[0][:, None], "Latent of the first, 4 channels", columns=4, lo=some_means.min(), hi=some_means.max())
print(f"root mean squared error {F.mse_loss(reconstruct(held_out), held_out).sqrt():.4f}")
print(f"means: {some_means.mean():.3f}, deviation {some_means.std():.3f};  "
      f"mean of sigma {(0.5 * some_logvars).exp().mean():.3f}")

# %% walk
def apart(x, y):
    return F.mse_loss(x, y).sqrt().item()


@torch.no_grad()
def half_way(a, b):
    return decoder((encoder(a)[0] + encoder(b)[0]) / 2)


parts = torch.linspace(0, 1, 7)[:, None, None, None]
with torch.no_grad():
    grid((1 - parts) * held_out[:1] + parts * held_out[1:2], "Pixels, mixed", columns=7)
    grid(decoder((1 - parts) * some_means[:1] + parts * some_means[1:2]), "Latents, mixed and decoded", columns=7)
a, b = held_out[0:200:2], held_out[1:200:2]
mixed = half_way(a, b)
print(f"decoded from half-way, to the mixed pixels {apart(mixed, (a + b) / 2):.4f}, "
      f"to either scene {(apart(mixed, a) + apart(mixed, b)) / 2:.4f}")

# %% scale
with torch.no_grad():
    raw = encoder(pictures)[0]
shift, scale = raw.mean(), raw.std(unbiased=False)
latents = (raw - shift) / scale


def fingerprint(model):
    """A checksum of the weights."""
    return f"{zlib.crc32(b''.join(p.detach().numpy().tobytes() for p in model.parameters())):08x}"


key = fingerprint(decoder)                           # whose latents these are


@torch.no_grad()
def to_pictures(z, by=None):
    by = by or decoder
    if fingerprint(by) != key:
        raise ValueError("These latents are of another autoencoder: encode the pictures with the encoder of this decoder.")
    return by(z * scale + shift)


print(f"shift {shift:.3f}, scale {scale:.3f}")

# %% noise
z = torch.randn(6, 4, 8, 8, generator=seeded(2))
for part in (0.3, 1):
    mix = math.sqrt(1 - part) * latents[:6] + math.sqrt(part) * z
    grid(to_pictures(mix), f"{part} of the variance is noise, decoded", columns=6)

# %% network
class Block(nn.Module):
    def __init__(self, n, m):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, n)
        self.conv1 = nn.Conv2d(n, m, 3, padding=1)
        self.time = nn.Linear(128, m)
        self.norm2 = nn.GroupNorm(8, m)
        self.conv2 = nn.Conv2d(m, m, 3, padding=1)
        self.shortcut = nn.Identity() if n == m else nn.Conv2d(n, m, 1)

    def forward(self, x, t):
        h = self.conv1(F.relu(self.norm1(x))) + self.time(t)[..., None, None]
        return self.conv2(F.relu(self.norm2(h))) + self.shortcut(x)


class Attention(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.norm = nn.GroupNorm(8, n)
        self.qkv = nn.Conv2d(n, 3 * n, 1)
        self.proj = nn.Conv2d(n, n, 1)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).flatten(2).transpose(1, 2).chunk(3, dim=2)
        weights = torch.softmax(q @ k.transpose(1, 2) / math.sqrt(q.shape[2]), dim=2)
        return self.proj((weights @ v).transpose(1, 2).reshape(x.shape)) + x


class UNet(nn.Module):
    def __init__(self, channels, widths):
        super().__init__()
        *outer, inner = widths
        self.time_mlp = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU())
        self.in_conv = nn.Conv2d(channels, widths[0], 3, padding=1)
        self.down = nn.ModuleList(Block(widths[max(0, i - 1)], n) for i, n in enumerate(outer))
        self.middle1 = Block(outer[-1] if outer else inner, inner)
        self.attention = Attention(inner)
        self.middle2 = Block(inner, inner)
        self.narrow = nn.ModuleList(nn.Conv2d(widths[i + 1], n, 1) for i, n in enumerate(outer))
        self.up = nn.ModuleList(Block(n, n) for n in outer)
        self.out_norm = nn.GroupNorm(8, widths[0])
        self.out_conv = nn.Conv2d(widths[0], channels, 3, padding=1)

    def forward(self, x, t):
        t = self.time_mlp(sinusoidal(t, 64))
        h, kept = self.in_conv(x), []
        for block in self.down:
            h = block(h, t)
            kept.append(h)
            h = F.avg_pool2d(h, 2)
        h = self.middle2(self.attention(self.middle1(h, t)), t)
        for narrow, up, skip in zip(reversed(self.narrow), reversed(self.up), reversed(kept)):
            h = F.interpolate(narrow(h), scale_factor=2, mode="bilinear", align_corners=False)
            h = up(h + skip, t)
        return self.out_conv(F.relu(self.out_norm(h)))


def sinusoidal(t, features):
    half = features // 2
    angles = t.float()[:, None] * torch.exp(-math.log(10000) * torch.arange(half) / half)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


T = 1000
f = np.cos((np.arange(T + 1) / T + 0.008) / 1.008 * np.pi / 2) ** 2
beta = torch.tensor(np.clip(1 - f[1:] / f[:-1], 0, 0.999), dtype=torch.float32)
alpha_bar = torch.cumprod(1 - beta, dim=0)


class Racer:
    """Trains a network to give v (lesson 11), and keeps the average of its weights (lesson 8)."""

    def __init__(self, title, data, widths, decode):
        torch.manual_seed(1)
        self.model = UNet(data.shape[1], widths)
        self.title, self.data, self.decode, self.seconds, self.losses = title, data, decode, 0.0, []
        self.average = {name: p.clone() for name, p in self.model.state_dict().items()}
        self.adam, self.generator, self.order = torch.optim.Adam(self.model.parameters(), lr=2e-3), seeded(2), []

    def step(self):
        if len(self.order) == 0:
            self.order = torch.randperm(len(self.data), generator=self.generator)
        rows, self.order = self.order[:32], self.order[32:]
        x_0, n = self.data[rows], len(rows)
        spread = (torch.rand(1, generator=self.generator) + torch.arange(n) / n) % 1   # one draw, evenly spread
        t = (spread * T).long()
        eps = torch.randn(x_0.shape, generator=self.generator)
        a, s = (w[:, None, None, None] for w in (alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()))
        loss = F.mse_loss(self.model(a * x_0 + s * eps, t), a * eps - s * x_0)
        self.adam.zero_grad()
        loss.backward()
        self.losses.append(loss.item())
        step = len(self.losses)
        self.adam.param_groups[0]["lr"] = 2e-3 * min(step / 20, 1)
        self.adam.step()
        share = 1 - min(0.99, (1 + step) / (10 + step))
        for name, p in self.model.state_dict().items():
            self.average[name] += share * (p - self.average[name])

    @torch.no_grad()
    def draw(self, n, steps):
        """DDIM by the averaged weights, x_0 within the range of the data."""
        model = copy.deepcopy(self.model)
        model.load_state_dict(self.average)
        x = torch.randn(n, *self.data.shape[1:], generator=seeded(5))
        times = [int((T - 1) * (steps - 1 - i) / (steps - 1) + 0.5) for i in range(steps)]
        for t, t_next in zip(times, [*times[1:], None]):
            a, s = alpha_bar[t].sqrt(), (1 - alpha_bar[t]).sqrt()
            x_0 = (a * x - s * model(x, torch.full((n,), t))).clamp(self.data.min(), self.data.max())
            if t_next is None:
                return self.decode(x_0)
            x = alpha_bar[t_next].sqrt() * x_0 + (1 - alpha_bar[t_next]).sqrt() * (x - a * x_0) / s


# %% race
def race(racers, seconds):
    while True:
        behind = min(racers, key=lambda racer: racer.seconds)  # whose clock is behind
        if behind.seconds >= seconds:
            return
        began = time.perf_counter()
        behind.step()
        behind.seconds += time.perf_counter() - began


pixels = Racer("pixels", pictures, [16, 32, 64], lambda x: x)
in_latents = Racer("latents", latents, [48], to_pictures)

# %% race-run
def energy(x, y=held_out):
    a, b = x.flatten(1).double(), y.flatten(1).double()
    return (2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()).item()


race([pixels, in_latents], seconds=20)
for each in (pixels, in_latents):
    grid(each.draw(8, 50), f"{each.title}: {len(each.losses)} steps in {each.seconds:.0f} s")

# %% result
fresh = scenes(128, np.random.RandomState(9))
for each in (pixels, in_latents):
    cost = 1000 * each.seconds / len(each.losses)
    print(f"{each.title:34} {cost:5.1f} ms a step  energy distance {energy(each.draw(128, 50)):.3f}")
print(f"{'other scenes, encoded and decoded':34} energy distance {energy(reconstruct(fresh)):.3f}")
print(f"{'other scenes':34} energy distance {energy(fresh):.3f}")

# %% scales
for factor in (0.1, 1, 10):
    each = Racer(f"deviation {factor}", factor * latents, [48], lambda z: to_pictures(z / factor))
    for _ in range(250):
        each.step()
    x = each.draw(128, 20)
    grid(x[:8], f"latents of deviation {factor}: energy distance {energy(x):.3f}")

# %% floor
y, x = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
paper, ink = torch.tensor([0.92, 0.9, 0.82]), torch.tensor([-0.74, -0.74, -0.68])


def two_colours(inside, one=ink, other=paper):
    return torch.where(inside, one[:, None, None], other[:, None, None])


strange = torch.stack([
    two_colours((x + y) % 2 == 1),
    two_colours(x % 4 < 2, torch.tensor([0.8, -0.5, -0.6]), torch.tensor([-0.6, -0.2, 0.8])),
    two_colours((torch.hypot(x - 15.5, y - 15.5) - 10).abs() < 0.7),
    two_colours((x > 8) & (x < 24) & (y > 6) & (y < 26) & ((x == 9) | (x == 23) | (y == 16))),
])
grid(torch.cat([strange, reconstruct(strange)]), "Four other pictures, encoded and decoded", columns=4)
print(f"error {apart(reconstruct(strange), strange):.3f}, of scenes {apart(reconstruct(held_out), held_out):.3f}")

# %% foreign
torch.manual_seed(11)
other_encoder = Encoder()
torch.manual_seed(12)
other_decoder = Decoder()
train_autoencoder(other_encoder, other_decoder, steps=150)
six = latents[:6]
with torch.no_grad():
    grid(torch.cat([to_pictures(six), other_decoder(six * scale + shift)]), "By their own decoder, and by another", columns=6)
try:
    to_pictures(six, other_decoder)
except ValueError as error:
    print(error)

# %% solution-collage
def collage(left, right):
    return torch.cat([left[..., :4], right[..., 4:]], dim=3)


grid(to_pictures(collage(latents[:6], latents[6:12])), "cut in the latents, decoded", columns=6)

# %% solution-fold
def rescale(encoder_weights, decoder_weights, c):
    e = {name: w.clone() for name, w in encoder_weights.items()}
    d = {name: w.clone() for name, w in decoder_weights.items()}
    for layer in ("net.8", "shortcut.1"):
        e[f"{layer}.weight"][:4] *= c
        e[f"{layer}.bias"][:4] *= c
    e["net.8.bias"][4:] += 2 * math.log(c)
    for layer in ("net.0", "shortcut.0"):
        d[f"{layer}.weight"] /= c
    return e, d
