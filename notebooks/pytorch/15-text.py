import itertools
import math
import re

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from scipy import ndimage
from torch import nn


def grid(images, labels=None, title="", columns=4, lo=-1, hi=1):
    """Pictures (n, channels, h, w), row by row, with what they show below."""
    rows = math.ceil(len(images) / columns)
    fig, axes = plt.subplots(rows, columns, figsize=(2.6 * columns, 2.9 * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for i, (ax, image) in enumerate(zip(axes.flat, ((images - lo) / (hi - lo)).clamp(0, 1))):
        ax.imshow(image.permute(1, 2, 0).squeeze(), cmap="gray", vmin=0, vmax=1)
        ax.set_title(labels[i] if labels else "", fontsize=7)
    fig.suptitle(title)
    plt.show()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# %% data
WORDS = ["", *("a two three small large red yellow green blue purple black circle square triangle circles squares"
               " triangles at in the top bottom left right middle of above below and").split()]
COLOURS, SHAPES = WORDS[6:12], WORDS[12:15]
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


def how_plainly(relation, a, b, least=1.0):
    """Above 0 if a lies so to b: further than, times least, it lies aside."""
    dy, dx = b["middle"] - a["middle"]
    along, aside = (dx, dy) if relation in ("left of", "right of") else (dy, dx)
    return (-along if relation in ("right of", "below") else along) - np.float32(least) * abs(aside)


def put_all(objects, relation, draw):
    for _ in range(200):                             # then another caption is tried
        placed = [put(thing, draw) for thing in objects]
        apart = all(far_enough(a, b) for i, b in enumerate(placed) for a in placed[:i])
        if apart and (relation is None or how_plainly(relation, *placed, 1.5) >= 0):
            return placed


def coverage(shape, r, y, x):
    """How much of each pixel a shape covers: edges are as soft as a pixel is wide."""
    dy, dx = np.arange(32)[:, None] + 0.5 - y, np.arange(32) + 0.5 - x
    if shape == "circle":
        return np.clip(r + 0.5 - np.sqrt(dy * dy + dx * dx), 0, 1)
    if shape == "square":
        return np.clip(0.89 * r + 0.5 - abs(dy), 0, 1) * np.clip(0.89 * r + 0.5 - abs(dx), 0, 1)
    side = 0.5 * (dy + 1.0125 * r) - 0.8660254037844386 * abs(dx)
    return np.clip(0.5 + np.minimum(1.0125 * r - dy, side), 0, 1)


def paint(objects):
    image = np.tile(PAPER[:, None, None], (1, 32, 32))
    for thing in objects:
        y, x = thing["middle"].astype(float)
        cover = coverage(thing["shape"], float(thing["radius"]), y, x).astype(np.float32)
        image = image * (1 - cover) + PALETTE[thing["colour"]][:, None, None] * cover
    return image


def put_in_words(objects, relation, alike):
    def name(thing):
        count = ["a", "two", "three"][len(objects) - 1] if alike else "a"
        words = filter(None, (count, thing["size"], thing["colour"], thing["shape"]))
        text, place = " ".join(words) + ("s" if alike else ""), thing["place"]
        if place:
            text += " in the middle" if place == (1, 1) else " ".join(filter(None, (
                " at the", ["top", "", "bottom"][place[0]], ["left", "", "right"][place[1]])))
        return text

    return name(objects[0]) if alike else f" {relation or 'and'} ".join(map(name, objects))


def scenes(n, least=1, most=2, said=0.75, leave_out=(), only=False, draw=np.random):
    """Pictures (n, 3, 32, 32) from -1 to 1, and captions. leave_out: such as ["red circle"]; only: no others."""
    images, captions = [], []
    while len(images) < n:
        objects, relation, alike = draw_caption(draw.randint(least, most + 1), draw)
        placed = put_all(objects, relation, draw)
        if not placed or any(f"{thing['colour']} {thing['shape']}" in leave_out for thing in placed) != only:
            continue
        images.append(paint(placed))
        for i, thing in enumerate(objects):          # not all is said
            if alike and i > 0:
                objects[i] = objects[0]
            elif draw.uniform() >= said or (len(objects) == 3 and not alike):
                thing["size"] = None
        if len(objects) == 1 and draw.uniform() >= said:
            objects[0]["place"] = None
        captions.append(put_in_words(objects, relation, alike))
    return torch.from_numpy(np.stack(images)), captions


np.random.seed(42)
torch.manual_seed(42)
leave_out = ["purple triangle", "red circle", "green square"]
images, captions = scenes(8000, most=2, said=0.9, leave_out=leave_out)       # a minute or so
grid(images[:12], captions[:12])

# %% tokens
def tokens(captions):
    """Of each caption a row of 12, filled up with zeros."""
    rows = torch.zeros(len(captions), 12, dtype=torch.long)
    for row, caption in zip(rows, captions):
        for i, word in enumerate(caption.split()):
            if word not in WORDS[1:]:
                raise ValueError(f'"{word}" is not among the words: {" ".join(WORDS[1:])}')
            row[i] = WORDS.index(word)
    return rows


print(tokens(["a large red circle left of a small blue square"]).tolist())
try:
    tokens(["a red hexagon"])
except ValueError as error:
    print(error)

# %% network
num_heads = 4                                        # in each, 16 of the 64 features look for something of their own


def attend(q, k, v):
    """(n, tokens, features) each. From PyTorch 2.0 on: F.scaled_dot_product_attention, of the heads."""
    q, k, v = (x.unflatten(2, (num_heads, -1)).transpose(1, 2) for x in (q, k, v))
    weights = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(q.shape[3]), dim=3)
    return (weights @ v).transpose(1, 2).flatten(2)


class TextBlock(nn.Module):
    """Words look at words."""

    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.mlp = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.SiLU(), nn.Linear(2 * dim, dim))

    def forward(self, h):
        h = h + self.proj(attend(*self.qkv(self.norm(h)).chunk(3, dim=2)))
        return h + self.mlp(h)


class Block(nn.Module):
    """Patches look at their neighbours, then at the words."""

    def __init__(self, dim):
        super().__init__()
        self.norm1 = nn.GroupNorm(8, dim)
        self.conv1 = nn.Conv2d(dim, dim, 3, padding=1)
        self.time = nn.Linear(dim, dim)
        self.norm2 = nn.GroupNorm(8, dim)
        self.conv2 = nn.Conv2d(dim, dim, 3, padding=1)
        self.norm3 = nn.LayerNorm(dim)
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, h, c, words):
        r = self.conv1(F.silu(self.norm1(h))) + self.time(c)[..., None, None]
        h = h + self.conv2(F.silu(self.norm2(r)))
        q = self.query(self.norm3(h.flatten(2).transpose(1, 2)))
        a = self.proj(attend(q, self.key(words), self.value(words)))
        return h + a.transpose(1, 2).reshape(h.shape)


class Painter(nn.Module):
    def __init__(self, dim=64):
        super().__init__()
        self.dim = dim
        self.embed = nn.Linear(48, dim)              # a patch: 3 x 4 x 4 numbers
        self.place = nn.Parameter(torch.zeros(64, dim))
        self.words = nn.Embedding(30, dim)
        self.order = nn.Parameter(torch.zeros(12, dim))
        self.text = TextBlock(dim)
        self.time = nn.Sequential(nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.blocks = nn.ModuleList([Block(dim), Block(dim), Block(dim)])
        self.norm = nn.LayerNorm(dim)
        self.out = nn.Linear(dim, 48)

    def forward(self, x, t, text):
        words = self.text(self.words(text) + self.order)
        c = F.silu(self.time(sinusoidal(t, self.dim)) + words.mean(dim=1))
        patches = F.unfold(x, 4, stride=4).transpose(1, 2)
        h = (self.embed(patches) + self.place).transpose(1, 2).reshape(-1, self.dim, 8, 8)
        for block in self.blocks:
            h = block(h, c, words)
        patches = self.out(self.norm(h.flatten(2).transpose(1, 2)))
        return F.fold(patches.transpose(1, 2), (32, 32), 4, stride=4)


def sinusoidal(t, features):
    half = features // 2
    angles = t.float()[:, None] * torch.exp(-math.log(10000) * torch.arange(half) / half)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


torch.manual_seed(1)
model = Painter()
print(f"Painter: {sum(p.numel() for p in model.parameters()):,} parameters")

# %% draw
T = 1000
alpha_bar = torch.cumprod(1 - torch.linspace(1e-4, 0.02, T), dim=0)
signal, noise = alpha_bar.sqrt(), (1 - alpha_bar).sqrt()


def start(n, seed=7):
    return torch.randn(n, 3, 32, 32, generator=seeded(seed))


@torch.no_grad()
def draw(model, text, w=3.0, steps=20, x=None, watch=None):
    """DDIM with guidance; the network gives x_0."""
    n = len(text)
    x = start(n) if x is None else x
    times = [T - 1 - k * T // steps for k in range(steps)]
    for t, t_next in zip(times, [*times[1:], None]):
        both = model(torch.cat([x, x]), torch.full((2 * n,), t), torch.cat([text, torch.zeros_like(text)]))
        with_words, without = both.chunk(2)
        x_0 = (without + w * (with_words - without)).clamp(-1, 1)
        eps = (x - signal[t] * x_0) / noise[t]
        if watch:
            watch(x, t, x_0)
        if t_next is None:
            return x_0
        x = signal[t_next] * x_0 + noise[t_next] * eps


# %% train
class Muon:
    """Weights that are matrices move along their momentum with all singular values made about 1; the rest is Adam's."""

    def __init__(self, model):
        weights = [layer.weight for layer in model.modules() if isinstance(layer, (nn.Linear, nn.Conv2d))]
        self.matrices = [w for w in weights if min(len(w), w[0].numel()) >= 16]
        self.adam = torch.optim.Adam([p for p in model.parameters() if not any(p is w for w in self.matrices)])
        self.momentum = [torch.zeros_like(w) for w in self.matrices]

    @torch.no_grad()
    def step(self, lr):
        self.adam.param_groups[0]["lr"] = lr
        self.adam.step()
        for w, m in zip(self.matrices, self.momentum):
            m.lerp_(w.grad, 0.05)
            x = (0.95 * m + 0.05 * w.grad).flatten(1)
            turned = x.shape[1] > x.shape[0]
            x = (x.T if turned else x) / x.norm()
            for _ in range(5):                       # Newton and Schulz: towards U V^T
                gram = x.T @ x
                x = 3.4445 * x + x @ (-4.7750 * gram + 2.0315 * gram @ gram)
            x = x.T if turned else x
            w -= lr * 0.2 * math.sqrt(max(x.shape)) * x.reshape(w.shape)


def train(model, text, steps, lr=0.004, decay=0.998):
    """Loss of every step. The model is left with the average of its weights."""
    muon, generator, losses, warmup = Muon(model), seeded(2), [], int(0.02 * steps + 0.5)
    average = {name: p.clone() for name, p in model.state_dict().items()}
    while len(losses) < steps:
        order = torch.randperm(len(images), generator=generator)
        for rows in order[:32 * (steps - len(losses))].split(32):
            x_0, n = images[rows], len(rows)
            spread = (torch.rand(1, generator=generator) + torch.arange(n) / n) % 1    # one draw, evenly spread
            t = (spread * T).long()
            eps = torch.randn(x_0.shape, generator=generator)
            a, s = signal[t][:, None, None, None], noise[t][:, None, None, None]
            loss = F.mse_loss(model(a * x_0 + s * eps, t, text[rows]), x_0)
            model.zero_grad()
            loss.backward()
            losses.append(loss.item())
            step = len(losses)
            gone = max(step - 1 - warmup, 0) / (steps - warmup)
            muon.step(lr * (step / warmup if step <= warmup else 0.5 * (1 + math.cos(math.pi * gone))))
            share = 1 - min(decay, (1 + step) / (10 + step))
            for name, p in model.state_dict().items():
                average[name] += share * (p - average[name])
            if step % 250 == 0:
                print(f"step {step} of {steps}, loss {loss.item():.4f}")
    model.load_state_dict(average)
    return losses


epochs, caption_dropout = 12, 0.1                    # some minutes without a GPU
text = tokens(captions)
luck = torch.tensor(np.random.rand(len(text)), dtype=torch.float32)
text[luck < caption_dropout] = 0
losses = train(model, text, epochs * len(images) // 32)
plt.semilogy(losses)
plt.gca().set(title="Loss", xlabel="step")
plt.show()
_, held = scenes(8, 1, 1, 1, leave_out, only=True, draw=np.random.RandomState(4))
grid(draw(model, tokens(held)), held)

# %% which
asked = ["a large yellow square at the bottom", "a small black triangle in the middle", "two blue circles",
         "a red square left of a green triangle"]
grid(draw(model, tokens(asked)), asked)

# %% type
caption = "a large green circle above a small purple square"       # yours
grid(draw(model, tokens([caption] * 4), w=3, steps=16, x=start(4, 1)), title=caption)

# %% maps
@torch.no_grad()
def attention(model, x, t, text, block):
    """The mean over the heads of what each patch heeds each word: (12 words, 64 patches)."""
    kept, hooks = {}, []
    for name in ("query", "key"):
        layer = getattr(model.blocks[block], name)
        hooks.append(layer.register_forward_hook(lambda _, given, out, name=name: kept.update({name: out})))
    model(x, torch.full((1,), t), text)
    for hook in hooks:
        hook.remove()
    q, k = (kept[name][0].unflatten(1, (num_heads, -1)).transpose(0, 1) for name in ("query", "key"))
    return torch.softmax(q @ k.transpose(1, 2) / math.sqrt(q.shape[2]), dim=2).mean(dim=0).T


caption, maps, guesses = "a large red circle left of a blue square", [], []
text_of = tokens([caption])


def watch(x, t, x_0):
    maps.append(attention(model, x, t, text_of, 1))
    guesses.append(x_0)


draw(model, text_of, steps=16, watch=watch)
grid(torch.cat(guesses[::2]), title="guess of x_0", columns=8)
for i, word in enumerate(caption.split()):
    if word not in ("a", "of"):
        seen = torch.stack(maps)[::2, i].reshape(-1, 1, 8, 8)
        grid(seen, title=word, columns=8, lo=0, hi=seen.max())
