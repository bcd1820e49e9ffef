"""Lesson 14's autoencoder in PyTorch: one step's loss and gradients, as torch.manual_seed's weights and noise give them.

latents_step.json: squared error, KL, and of each gradient, by its name, its sum and the sum of its squares.
"""
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn


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
        return (self.net(x) + self.shortcut(x)).chunk(2, 1)


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(4, 48, 3, padding=1), nn.GroupNorm(8, 48), nn.ReLU(),
            nn.Conv2d(48, 48, 3, padding=1), nn.GroupNorm(8, 48), nn.ReLU(),
            nn.ConvTranspose2d(48, 32, 2, stride=2), nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=1), nn.GroupNorm(8, 32), nn.ReLU(),
            nn.ConvTranspose2d(32, 3, 2, stride=2))
        self.shortcut = nn.Sequential(nn.Conv2d(4, 3, 1), nn.Upsample(scale_factor=2), nn.Upsample(scale_factor=2))

    def forward(self, z):
        return self.net(z) + self.shortcut(z)


torch.manual_seed(5)
encoder, decoder = Encoder(), Decoder()
x = torch.randn(6, 3, 32, 32)
eps = torch.randn(6, 4, 8, 8)
mean, logvar = encoder(x)
z = mean + (0.5 * logvar).exp() * eps
error = F.mse_loss(decoder(z), x)
kl = 0.5 * (mean ** 2 + logvar.exp() - logvar - 1).mean()
(error + 0.3 * kl).backward()
gradients = {
    f"{name}.{key}": [p.grad.double().sum().item(), p.grad.double().pow(2).sum().item()]
    for name, model in (("encoder", encoder), ("decoder", decoder)) for key, p in model.named_parameters()
}
out = {"error": error.item(), "kl": kl.item(), "gradients": gradients}
Path(__file__).with_name("latents_step.json").write_text(json.dumps(out, indent=1) + "\n")
