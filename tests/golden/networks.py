"""The course's networks beside SimpleNoisePredictor (course.py), written for PyTorch: names and order of the parameters
are those of the course. Import course.py first."""
import torch
from torch import nn
from torch.nn import functional as F


class Sinusoid(nn.Module):
    """Exercise 7: sines, then cosines, of t / 10000^(i / half). In float32 whatever the model's type: a timestep near 1000
    leaves an angle's fourth decimal to rounding."""

    def __init__(self, features):
        super().__init__()
        self.half = features // 2

    def forward(self, t):
        steps = torch.exp(-torch.log(torch.tensor(10000.0)) * torch.arange(self.half) / self.half)
        angle = t.float()[:, None] * steps[None]
        return torch.cat([angle.sin(), angle.cos()], dim=1).to(t.dtype)


def over_pixels(vector):
    return vector[..., None, None]


class Block(nn.Module):
    def __init__(self, c_in, c_out, c_time):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(c_in, c_out, 3, padding=1), nn.Conv2d(c_out, c_out, 3, padding=1)
        self.time_emb = nn.Linear(c_time, c_out)
        self.norm1, self.norm2 = nn.GroupNorm(8, c_out), nn.GroupNorm(8, c_out)
        self.shortcut = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, x, time):
        h = F.relu(self.norm1(self.conv1(x))) + over_pixels(self.time_emb(time))
        return F.relu(self.norm2(self.conv2(h))) + self.shortcut(x)


class Attention(nn.Module):
    """Single-head self-attention between pixels, as a residual: the course names it as a next step."""

    def __init__(self, channels):
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.qkv, self.proj = nn.Conv2d(channels, 3 * channels, 1), nn.Conv2d(channels, channels, 1)

    def forward(self, x):
        q, k, v = self.qkv(self.norm(x)).flatten(2).transpose(1, 2).chunk(3, dim=2)
        mixed = torch.softmax(q @ k.transpose(1, 2) / q.shape[2] ** 0.5, dim=2) @ v
        return x + self.proj(mixed.transpose(1, 2).reshape(x.shape))


class MiniUNet(nn.Module):
    def __init__(self, in_channels=1, base=32, time_dim=128, attention=False):
        super().__init__()
        self.time_mlp = nn.Sequential(Sinusoid(time_dim), nn.Linear(time_dim, 2 * time_dim), nn.ReLU(),
                                      nn.Linear(2 * time_dim, time_dim))
        self.down1, self.down2 = Block(in_channels, base, time_dim), Block(base, 2 * base, time_dim)
        self.bottleneck = Block(2 * base, 2 * base, time_dim)
        self.up2, self.up1 = Block(4 * base, 2 * base, time_dim), Block(3 * base, base, time_dim)
        self.out_conv = nn.Conv2d(base, in_channels, 1)
        self.attention = Attention(2 * base) if attention else nn.Identity()

    def forward(self, x, t, labels=None):
        time = self.time_mlp(t)
        d1 = self.down1(x, time)
        d2 = self.down2(F.max_pool2d(d1, 2), time)
        h = self.attention(self.bottleneck(F.max_pool2d(d2, 2), time))
        for block, skip in ((self.up2, d2), (self.up1, d1)):
            h = F.interpolate(h, scale_factor=2, mode="bilinear", align_corners=False)
            h = block(torch.cat([h, skip], dim=1), time)
        return self.out_conv(h)


class CompanionUNet(nn.Module):
    """SimpleUNet, or with n_classes ConditionalUNet."""

    def __init__(self, in_channels=3, base=64, n_classes=0):
        super().__init__()
        self.down1 = nn.Conv2d(in_channels, base, 3, padding=1)
        self.down2 = nn.Conv2d(base, 2 * base, 3, padding=1)
        self.class_emb = nn.Embedding(n_classes + 1, 2 * base) if n_classes else None
        self.time_mlp = nn.Linear(1, 2 * base)
        self.up1 = nn.ConvTranspose2d(2 * base, base, 3, padding=1)
        self.up2 = nn.ConvTranspose2d(base, in_channels, 3, padding=1)

    def forward(self, x, t, labels=None):
        h = F.relu(self.down2(F.relu(self.down1(x)))) + over_pixels(self.time_mlp(t[:, None]))
        if self.class_emb is not None:
            h = h + over_pixels(self.class_emb(labels))
        return self.up2(F.relu(self.up1(h)))


class ConditionalDiffusion(nn.Module):
    def __init__(self, input_dim=2, n_classes=3, hidden=128, time_dim=32):
        super().__init__()
        self.class_embed = nn.Embedding(n_classes + 1, hidden)
        self.time_embed = nn.Sequential(nn.Linear(1, time_dim), nn.ReLU(), nn.Linear(time_dim, time_dim))
        self.net = nn.Sequential(nn.Linear(input_dim + hidden + time_dim, 2 * hidden), nn.ReLU(),
                                 nn.Linear(2 * hidden, 2 * hidden), nn.ReLU(), nn.Linear(2 * hidden, hidden), nn.ReLU(),
                                 nn.Linear(hidden, input_dim))

    def forward(self, x, t, labels=None):
        return self.net(torch.cat([x, self.class_embed(labels), self.time_embed(t[:, None])], dim=1))
