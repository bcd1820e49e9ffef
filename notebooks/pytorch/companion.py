import math

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch import nn


def grid(images, title="", columns=10, lo=-1, hi=1):
    """Pictures (n, channels, h, w), row by row; lo is shown black, hi in full light."""
    rows = math.ceil(len(images) / columns)
    fig, axes = plt.subplots(rows, columns, figsize=(1.2 * columns, 1.2 * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    for ax, image in zip(axes.flat, images):
        ax.imshow(((image - lo) / (hi - lo)).clamp(0, 1).permute(1, 2, 0).squeeze(), cmap="gray", vmin=0, vmax=1)
    fig.suptitle(title)
    plt.show()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


# %% forward
torch.manual_seed(42)
T = 200
beta = torch.linspace(1e-4, 0.02, T)
alpha_bar = torch.cumprod(1 - beta, dim=0)


def forward_diffusion_sample(x_0, t, noise, alpha_bar=alpha_bar):
    bar = alpha_bar[t][:, None, None, None]          # every picture has its own two weights
    return bar.sqrt() * x_0 + (1 - bar).sqrt() * noise


square = torch.zeros(1, 3, 64, 64)
square[:, :, 16:48, 16:48] = 1
moments = [0, 50, 100, 199]
noised = [forward_diffusion_sample(square, torch.tensor([t]), torch.randn(square.shape)) for t in moments]
grid(torch.cat(noised), f"t = {moments}", columns=4, lo=0)

# %% model
class SimpleUNet(nn.Module):
    def __init__(self, channels=3, base=64):
        super().__init__()
        self.down1 = nn.Conv2d(channels, base, 3, padding=1)
        self.down2 = nn.Conv2d(base, 2 * base, 3, padding=1)
        self.time_mlp = nn.Linear(1, 2 * base)
        self.up1 = nn.ConvTranspose2d(2 * base, base, 3, padding=1)
        self.up2 = nn.ConvTranspose2d(base, channels, 3, padding=1)

    def forward(self, x, t):
        h = F.relu(self.down1(x))
        h = F.relu(self.down2(h)) + self.time_mlp(t.float()[:, None])[..., None, None]
        return self.up2(F.relu(self.up1(h)))


model = SimpleUNet()
for name, p in model.named_parameters():
    print(f"{name:15} {tuple(p.shape)}")
print(sum(p.numel() for p in model.parameters()), "parameters")

# %% sees
x_test = torch.randn(1, 3, 64, 64, generator=seeded(3))
touched, t = x_test.clone(), torch.tensor([100])
touched[0, 0, 32, 32] += 1
with torch.no_grad():
    change = (model(touched, t) - model(x_test, t)).abs().sum(dim=1)[0]
plt.imshow(change)
plt.title(f"Change of the output: {(change > 0).sum()} pixels")
plt.show()

# %% step
adam = torch.optim.Adam(model.parameters(), lr=1e-3)
x_0 = torch.randn(4, 3, 64, 64)                      # 1. data
t = torch.randint(0, T, (4,))                        # 2. timesteps
eps = torch.randn_like(x_0)                          # 3. noise
x_t = forward_diffusion_sample(x_0, t, eps)          # 4. mix
eps_hat = model(x_t, t)                              # 5. guess
loss = F.mse_loss(eps_hat, eps)                      # 6. compare
adam.zero_grad()
loss.backward()
adam.step()
again = F.mse_loss(model(x_t, t), eps)
print("timesteps", t.tolist(), " loss", loss.item(), " after one step", again.item())

# %% data
digits = load_digits()
levels = np.floor(digits.images * 15 / 16 + 0.5) / 15  # 16 levels, 0 to 1
pixels, labels = torch.tensor(levels, dtype=torch.float32)[:, None], torch.tensor(digits.target)
orange = torch.tensor([1, 0.55, 0.1])[:, None, None]
colour = 2 * pixels * orange - 1


def cosine_beta(T, s=0.008, least=0.0, most=0.999):
    f = np.cos((np.arange(T + 1) / T + s) / (1 + s) * np.pi / 2) ** 2
    return torch.tensor(np.clip(1 - f[1:] / f[:-1], least, most), dtype=torch.float32)


cosine = cosine_beta(T)
grid(colour[:20], "Training data")
print(len(colour), "pictures; weight of the picture at the last step", torch.cumprod(1 - cosine, 0)[-1].sqrt().item())

# %% tame
def new_network():
    torch.manual_seed(7)
    return SimpleUNet(3, 16)


def tamed(network):
    """w / T times t is w times t / T."""
    with torch.no_grad():
        network.time_mlp.weight /= T
    return network


def train(model, beta, data, epochs, generator, lr=4e-3, late_lr=None, classes=None, decay=0.99, batch_size=16):
    """Losses of all steps, and the averaged weights after every epoch. classes: labels, a tenth of them dropped."""
    adam, alpha_bar = torch.optim.Adam(model.parameters(), lr=lr), torch.cumprod(1 - beta, dim=0)
    average, losses, averages = {name: p.clone() for name, p in model.state_dict().items()}, [], []
    for epoch in range(1, epochs + 1):
        if late_lr and epoch == 15:
            adam.param_groups[0]["lr"] = late_lr
        order = torch.randperm(len(data), generator=generator)
        for i in range(0, len(data), batch_size):
            batch = order[i:i + batch_size]
            x_0 = data[batch]
            t = torch.randint(0, T, (len(x_0),), generator=generator)
            eps = torch.randn(x_0.shape, generator=generator)
            given = []
            if classes is not None:
                dropped = torch.rand(len(x_0), generator=generator) < 0.1
                given = [torch.where(dropped, NONE, classes[batch])]
            x_t = forward_diffusion_sample(x_0, t, eps, alpha_bar)
            loss = F.mse_loss(model(x_t, t, *given), eps)
            adam.zero_grad()
            loss.backward()
            adam.step()
            losses.append(loss.item())
            share = 1 - min(decay, (1 + len(losses)) / (10 + len(losses)))
            for name, p in model.state_dict().items():
                average[name] += share * (p - average[name])
        averages.append({name: p.clone() for name, p in average.items()})
    return losses, averages


first_losses = {clock: train(network, cosine, colour, 2, seeded(8), lr=1e-3)[0]
                for clock, network in {"clock: t": new_network(), "clock: t / T": tamed(new_network())}.items()}
for clock, losses in first_losses.items():
    plt.semilogy(np.convolve(losses, np.ones(10) / 10, "valid"), label=clock)
plt.axhline(1, color="grey", label="always 0")
plt.gca().set(title="Loss, mean of 10 steps", xlabel="step")
plt.legend()
plt.show()

# %% train
learner = tamed(new_network())
losses, averages = train(learner, cosine, colour, 20, seeded(9), late_lr=1e-3)
per_epoch = -(-len(colour) // 16)
plt.plot(np.reshape(losses, (-1, per_epoch)).mean(axis=1), label="mean of the epoch")
plt.axhline(1, color="grey", label="always 0")
plt.gca().set(title="Loss", xlabel="epoch")
plt.legend()
plt.show()
learner.load_state_dict(averages[-1])                # samples come from the average

# %% ddpm
def predict_x_0(x, eps, bar):
    """x_0 clipped to the range of the data, and the noise that leads from there to x."""
    x_0 = ((x - (1 - bar).sqrt() * eps) / bar.sqrt()).clamp(-1, 1)
    return x_0, (x - bar.sqrt() * x_0) / (1 - bar).sqrt()


@torch.no_grad()
def ddpm_sample(network, x, beta, generator, sigma=torch.sqrt):
    alpha_bar = torch.cumprod(1 - beta, dim=0)
    before = torch.cat([torch.ones(1), alpha_bar[:-1]])
    variance = beta * (1 - before) / (1 - alpha_bar)
    for t in reversed(range(len(beta))):
        eps = network(x, torch.full((len(x),), t))
        _, eps = predict_x_0(x, eps, alpha_bar[t])
        x = (x - beta[t] / (1 - alpha_bar[t]).sqrt() * eps) / (1 - beta[t]).sqrt()  # the mean
        if t > 0:
            x = x + sigma(variance[t]) * torch.randn(x.shape, generator=generator)
    return x


# %% compare-ddpm
def energy_distance(a, b):
    a, b = a.flatten(1).double(), b.flatten(1).double()
    return (2 * torch.cdist(a, b).mean() - torch.cdist(a, a).mean() - torch.cdist(b, b).mean()).item()


def nearest(x, pictures):
    distance, index = torch.cdist(x.flatten(1), pictures.flatten(1)).min(dim=1)
    return index, distance


x_T = torch.randn(30, 3, 8, 8, generator=seeded(11))
by_ddpm = ddpm_sample(learner, x_T, cosine, seeded(12))
sets = {
    "Untrained": ddpm_sample(tamed(new_network()), x_T, cosine, seeded(12)),
    "Trained, the root forgotten": ddpm_sample(learner, x_T, cosine, seeded(12), sigma=lambda variance: variance),
    "Trained": by_ddpm,
    "Data": colour[400:430],
}
reference = colour[:400]
for title, x in sets.items():
    grid(x[:10], title)
    print(f"{title:28} mean light {x.mean():6.3f}  energy distance to the data {energy_distance(x, reference):.4f}")
grid(colour[nearest(by_ddpm, colour)[0][:10]], "Nearest training pictures to the trained network's")

# %% solution-variance
def posterior_variance(beta, alpha_bar):
    before = torch.cat([torch.ones(1), alpha_bar[:-1]])  # before the first step all is data
    return beta * (1 - before) / (1 - alpha_bar)


# %% ddim
@torch.no_grad()
def ddim_sample(predict, x, times, last_step=True):
    """Visits the timesteps of the list; one more step leads from the last of them to x_0."""
    bar = torch.cumprod(1 - cosine, dim=0)
    for t, s in zip(times, [*times[1:], None]):
        if s is None and not last_step:
            break
        x_0, eps = predict_x_0(x, predict(x, torch.full((len(x),), t)), bar[t])
        if s is None:
            return x_0
        x = bar[s].sqrt() * x_0 + (1 - bar[s]).sqrt() * eps
    return x


lists = {"50 steps, from t = 196 to 0": list(range(196, -1, -4)),
         "5 steps, from t = 199 to 39": list(range(199, 0, -40))}
for title, times in lists.items():
    full, cut = (ddim_sample(learner, x_T[:10], times, last_step) for last_step in (True, False))
    grid(torch.cat([full, cut]), f"{title}; below, without the last step")
    print(title, "size of the difference:", (cut - full).std(unbiased=False).item())

# %% fewer
def even(T, n):
    return [int((T - 1) * (n - 1 - i) / (n - 1) + 0.5) for i in range(n)]


many_T = torch.randn(40, 3, 8, 8, generator=seeded(11))
rows = {"DDPM, 200 steps": ddpm_sample(learner, many_T, cosine, seeded(12))}
for steps in (50, 20, 10, 5, 2):
    rows[f"DDIM, {steps} steps"] = ddim_sample(learner, many_T, even(T, steps))
for title, x in rows.items():
    grid(x[:10], title)
    print(f"{title:16} energy distance to the data {energy_distance(x, reference):.4f}"
          f"  nearest training picture {nearest(x, colour)[1].mean():.3f}")

# %% solution-list
def timesteps(T, n):
    if n == 1:
        return [T - 1]
    return [int((T - 1) * (n - 1 - i) / (n - 1) + 0.5) for i in range(n)]


# %% conditional-network
class ConditionalUNet(nn.Module):
    def __init__(self, channels, base, n_classes):
        super().__init__()
        self.down1 = nn.Conv2d(channels, base, 3, padding=1)
        self.down2 = nn.Conv2d(base, 2 * base, 3, padding=1)
        self.class_emb = nn.Embedding(n_classes + 1, 2 * base)  # the last row: no class
        self.time_mlp = nn.Linear(1, 2 * base)
        self.up1 = nn.ConvTranspose2d(2 * base, base, 3, padding=1)
        self.up2 = nn.ConvTranspose2d(base, channels, 3, padding=1)

    def forward(self, x, t, c):
        h = F.relu(self.down2(F.relu(self.down1(x))))
        h = h + self.time_mlp(t.float()[:, None])[..., None, None] + self.class_emb(c)[..., None, None]
        return self.up2(F.relu(self.up1(h)))


NONE = 10
torch.manual_seed(21)
untaught = ConditionalUNet(1, 16, NONE)
print(f"{sum(p.numel() for p in untaught.parameters()):,} parameters")

# %% conditional
grey = 2 * pixels - 1
generator = torch.manual_seed(20)                    # for the weights, and then for the training
cond = tamed(ConditionalUNet(1, 16, NONE))
cond_losses, cond_averages = train(cond, cosine, grey, 30, generator, classes=labels)
cond.load_state_dict(cond_averages[-1])
print("loss of the last epoch", np.mean(cond_losses[-113:]))

# %% guided
@torch.no_grad()
def cfg_guided_noise(x_t, t, c, w):
    without = cond(x_t, t, torch.full_like(c, NONE))
    given = cond(x_t, t, c)
    return without + w * (given - without)


def guided_sample(rounds, w, steps=25):
    c = torch.arange(10).repeat(rounds)
    start = torch.randn(10 * rounds, 1, 8, 8, generator=seeded(22))
    return ddim_sample(lambda x, t: cfg_guided_noise(x, t, c, w), start, even(T, steps))


for w in (1, 3, 7.5):
    grid(guided_sample(3, w), f"0 to 9, three of each, w = {w}")

# %% scales
def share_among(a, b, k=3):
    """Which part of a lies within the k-th neighbour's distance of some picture of b."""
    a, b = a.flatten(1).double(), b.flatten(1).double()
    radius = torch.cdist(b, b).sort(dim=1).values[:, k]  # column 0 is the picture itself
    return (torch.cdist(a, b) <= radius).any(dim=1).double().mean().item()


asked = torch.arange(10).repeat(10)
for w in (0, 1, 3, 7.5, 15):
    x = guided_sample(10, w, steps=20)
    index, distance = nearest(x, grey)
    print(f"w = {w:4}: the digit asked for {100 * (labels[index] == asked).double().mean():.0f}%"
          f"  fully black or white {100 * (x.abs() > 0.99).double().mean():.0f}%"
          f"  recall {100 * share_among(grey[:400], x):.0f}%  nearest training picture {distance.mean():.3f}")

# %% schedules
N = 1000
rates = {
    "linear": torch.linspace(1e-4, 0.02, N),
    "cosine-0.9999": cosine_beta(N, least=1e-4, most=0.9999),
    "quadratic-sqrt": torch.linspace(1e-4 ** 0.5, 0.02 ** 0.5, N) ** 2,
    "quadratic": 1e-4 + (0.02 - 1e-4) * torch.linspace(0, 1, N) ** 2,
}
fig, axes = plt.subplots(1, 2, figsize=(13, 4))
for name, each in rates.items():
    axes[0].semilogy(each, label=name)
    axes[1].plot(torch.cumprod(1 - each, dim=0), label=name)
axes[0].set(title="beta: what a step replaces", xlabel="t")
axes[1].set(title="alpha_bar: what is still data", xlabel="t")
axes[0].legend()
plt.show()

# %% by-schedule
contest = {"linear": beta, "quadratic-sqrt": torch.linspace(1e-4 ** 0.5, 0.02 ** 0.5, T) ** 2, "cosine": cosine}
for name, each in contest.items():
    network = tamed(new_network())
    if name == "cosine":
        network.load_state_dict(averages[7])         # kept from the training above
    else:
        network.load_state_dict(train(network, each, colour, 8, seeded(9))[1][-1])
    x = ddpm_sample(network, many_T, each, seeded(12))
    grid(x[:20], name)
    print(f"{name:15} weight of the data at the end {torch.cumprod(1 - each, 0)[-1].sqrt():.4f}"
          f"  mean light {x.mean():.3f}  energy distance to the data {energy_distance(x, reference):.4f}")
print("mean light of the data", colour.mean().item())
