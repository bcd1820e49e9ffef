#!/usr/bin/python3
"""PyTorch's side of the benchmark: the workloads of native/workloads.c, from the same seed.

    python3 tests/bench/torch_bench.py [--workload NAME]... [--threads N] [--seconds S]
    python3 tests/bench/torch_bench.py --loop [--threads N] [--seconds S]

One line of JSON each. First {"ready": true, "blas_gflops": ..., "blas_ok": ...}: a 1024^3 product on those threads. Below
50 GFLOP/s on two threads (25 on one) PyTorch is running on the slow reference BLAS (Debian: install
libopenblas0-pthread), or the machine is busy; then "blas_ok" is false, and without --loop the exit status is 3.

With --loop each line "check NAME" is answered by {"name", "check"}: the losses of the first three training steps, or the
mean size of the numbers in a set of samples; "run NAME" by {"name", "ms_median", "ms_all"}: runs are timed one by
one, at least one and until S seconds have passed. Model, data and warm-up are made afresh for each answer and not
timed. What cannot be answered gets {"error"}. The loop ends at end of input, so a caller can alternate A B A B with
another program.
"""
import argparse
import json
import os
import statistics
import sys
import time


def parse():
    p = argparse.ArgumentParser(description="PyTorch's side of the benchmark; see the file's head.")
    p.add_argument("--loop", action="store_true", help="answer 'check NAME' and 'run NAME' until end of input")
    p.add_argument("--workload", action="append", help="may be repeated; default: all")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seconds", type=float, default=1.0, help="keep repeating at least this long")
    args = p.parse_args()
    if args.threads < 1 or args.seconds < 0:
        p.error("--threads must be at least 1, --seconds at least 0")
    return args


ARGS = parse()
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):   # read once, when the libraries load
    os.environ[_name] = str(ARGS.threads)
# The golden numbers are made with pinned vector units; speed is measured with whatever PyTorch picks by itself.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
os.environ["NOISEBOOK_UNPINNED"] = "1"
import course                                                           # noqa: E402
from course import np, torch                                            # noqa: E402
from networks import CompanionUNet, ConditionalDiffusion, MiniUNet      # noqa: E402
from make_golden_unet import pictures                                   # noqa: E402

torch.set_num_threads(ARGS.threads)
T = 1000


def milliseconds(work):
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def blas_gflops(size=1024):
    """Best of six."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    return 2e-6 * size ** 3 / min(milliseconds(lambda: a @ b) for _ in range(6))


# ---- Training: one call is one step, from the data set to loss.item() -----------------------------------------------

class Training:
    """Batch, t, noise, q_sample, forward, loss, backward, Adam; an epoch's shuffle is drawn, and timed, with its first
    step."""

    def __init__(self, model, data, batch, schedule="linear", labels=None, keep_order=False, fraction=False,
                 lr=1e-3):
        self.model, self.batch, self.keep_order, self.fraction = model, batch, keep_order, fraction
        self.data = torch.tensor(data, dtype=torch.float32)
        self.labels = None if labels is None else torch.tensor(labels)
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr)
        tables = course.tables_of(course.betas_of(schedule, T))
        over_batch = (-1,) + (1,) * (self.data.dim() - 1)
        self.signal = tables["sqrt_alphas_cumprod"].reshape(over_batch)
        self.noise = tables["sqrt_one_minus_alphas_cumprod"].reshape(over_batch)
        self.at, self.order = 0, None
        model.train()

    def next_batch(self):
        if self.at % len(self.data) == 0:
            self.at, self.order = 0, None if self.keep_order else torch.randperm(len(self.data))
        rows = slice(self.at, self.at + self.batch)
        self.at += self.batch
        return rows if self.keep_order else self.order[rows]

    def inputs(self, rows, t):
        """What the model takes beside x: t or t / T and, with classes, labels of which a tenth is dropped."""
        time_of_model = t.float() / T if self.fraction else t.float()
        if self.labels is None:
            return (time_of_model,)
        dropped = torch.rand(self.batch) < 0.1
        return time_of_model, torch.where(dropped, self.model.class_embed.num_embeddings - 1, self.labels[rows])

    def __call__(self):
        rows = self.next_batch()
        x_0 = self.data[rows]
        t = torch.randint(0, T, (self.batch,))
        eps = torch.randn_like(x_0)
        x_t = self.signal[t] * x_0 + self.noise[t] * eps
        loss = torch.nn.functional.mse_loss(self.model(x_t, *self.inputs(rows, t)), eps)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


def train_mlp():
    model = course.NoisePredictor()
    return Training(model, course.swiss_roll_2d(4992), 128, schedule="cosine", fraction=True)


def train_cond():
    points, labels = course.three_classes(3840)
    return Training(ConditionalDiffusion(), points, 128, labels=labels, fraction=True)


def train_unet(base):
    return Training(MiniUNet(1, base), pictures(64, 32), 32, keep_order=True)


def train_simple_unet():
    return Training(CompanionUNet(), pictures(12, 64).reshape(4, 3, 64, 64), 4, keep_order=True, lr=1e-7)


# ---- Sampling: one call draws a set of samples and returns the mean size of its numbers ------------------------------

def mean_size(x):
    return float(np.abs(np.asarray(x, dtype=np.float64)).mean())


def ddpm_mlp():
    model = course.NoisePredictor()
    return lambda: mean_size(course.ddpm_sample(model, 500)[0])


def fall(steps):
    """Even timesteps from T-1 to 0, and what follows each: -1 after the last."""
    timesteps = np.rint(np.linspace(T - 1, 0, steps)).astype(int).tolist()
    return zip(timesteps, timesteps[1:] + [-1])


def alpha_bars():
    """alpha_bar_t, and 1 at t = -1."""
    return torch.cat([course.tables_of(course.betas_of("linear", T))["alphas_cumprod"], torch.ones(1)])


def ddim_unet16():
    model, bars = MiniUNet(1, 16).eval(), alpha_bars()

    @torch.no_grad()
    def draw():
        x = torch.randn(8, 1, 32, 32)
        for t, t_prev in fall(50):
            eps = model(x, torch.full((8,), float(t)))
            x_0 = (x - torch.sqrt(1 - bars[t]) * eps) / torch.sqrt(bars[t])
            x = torch.sqrt(bars[t_prev]) * x_0 + torch.sqrt(1 - bars[t_prev]) * eps
        return mean_size(x)

    return draw


def ddpm_cond(n=300, w=2.0):
    """Both halves of the guidance in one batch, as a fast program does."""
    model, bars = ConditionalDiffusion().eval(), alpha_bars()
    labels = torch.cat([torch.full((n,), 3), torch.arange(3).repeat_interleave(n // 3)])

    @torch.no_grad()
    def draw():
        x = torch.randn(n, 2)
        for t, t_prev in fall(100):
            none, own = model(torch.cat([x, x]), torch.full((2 * n,), t / T), labels).chunk(2)
            eps = none + w * (own - none)
            alpha = bars[t] / bars[t_prev]
            x = (x - (1 - alpha) / torch.sqrt(1 - bars[t]) * eps) / torch.sqrt(alpha)
            if t_prev >= 0:
                variance = (1 - alpha) * (1 - bars[t_prev]) / (1 - bars[t])
                x = x + torch.sqrt(variance) * torch.randn_like(x)
        return mean_size(x)

    return draw


# ---- Answers --------------------------------------------------------------------------------------------------------

# name -> maker, and training steps before the first timed one
WORKLOADS = {
    "train-mlp": (train_mlp, 80),
    "ddpm-mlp": (ddpm_mlp, 0),
    "train-unet16": (lambda: train_unet(16), 2),
    "train-unet32": (lambda: train_unet(32), 1),
    "ddim-unet16": (ddim_unet16, 0),
    "train-cond": (train_cond, 40),
    "ddpm-cond": (ddpm_cond, 0),
    "train-simple-unet": (train_simple_unet, 1),
}


def make(name):
    """Afresh, so that every run times the same stretch of training."""
    course.seed_all(42)
    return WORKLOADS[name][0]()


def check(name):
    work = make(name)
    return {"name": name, "check": [work() for _ in range(3 if name.startswith("train-") else 1)]}


def run(name):
    work = make(name)
    for _ in range(WORKLOADS[name][1]):
        work()
    times, end = [], time.perf_counter() + ARGS.seconds
    while not times or time.perf_counter() < end:
        times.append(milliseconds(work))
    return {"name": name, "ms_median": round(statistics.median(times), 5), "ms_all": [round(t, 5) for t in times]}


def reply(line):
    word, _, name = line.strip().partition(" ")
    if word not in ("check", "run"):
        return {"error": "expected 'check NAME' or 'run NAME'"}
    if name not in WORKLOADS:
        return {"error": f"unknown workload '{name}': there are {', '.join(WORKLOADS)}"}
    return {"check": check, "run": run}[word](name)


def answer(value):
    print(json.dumps(value), flush=True)


def main():
    speed = blas_gflops()
    good = speed >= 25 * min(ARGS.threads, 2)
    capability = torch.__config__.show().split("CPU capability usage: ")[-1].split("\n")[0]
    answer({"ready": True, "blas_gflops": round(speed, 1), "blas_ok": good, "threads": torch.get_num_threads(),
            "torch": torch.__version__, "cpu_capability": capability})
    if ARGS.loop:
        for line in sys.stdin:
            if line.strip():
                answer(reply(line))
        return 0
    for name in ARGS.workload or WORKLOADS:
        answer(reply(f"run {name}"))
    return 0 if good else 3


if __name__ == "__main__":
    sys.exit(main())
