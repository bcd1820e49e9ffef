#!/usr/bin/python3
"""Makes the golden numbers that the C core is tested against. README.md lists every file with shape and meaning.

On Debian 12:

    apt-get install python3-torch python3-numpy python3-sklearn libopenblas0-pthread
    /usr/bin/python3 tests/golden/make_golden.py            # everything, about 3 minutes
    /usr/bin/python3 tests/golden/make_golden.py --quick    # all but the PyTorch builds' own spread (losses_spread.json)
    /usr/bin/python3 tests/golden/quality.py                # quality.json and the metrics' reference values

Made with Python 3.11.2, PyTorch 1.13.0a0, NumPy 1.24.2, scikit-learn 1.2.1, OpenBLAS 0.3.21, one thread. course.py pins
vector units and BLAS kernels, so another AVX2 machine writes the same bytes. The tests and CI need none of this: the files
are committed. "Seed S" is np.random.seed(S); torch.manual_seed(S) right before data and model are made.
"""
import json
import os
import subprocess
import sys

import course
import files
from course import np, torch

SEEDS = (42, 0, 4294967295)     # rows of the stream files
TRAININGS = {                   # exercise 5; the rest is default: cosine, T 1000, lr 1e-3
    "seed42": dict(seed=42, points=5000, batch=128, hidden=128, epochs=100),
    "seed43": dict(seed=43, points=5000, batch=128, hidden=128, epochs=10),
    "seed7": dict(seed=7, points=5000, batch=128, hidden=128, epochs=10),
    "seed1_n1000_b32_h64": dict(seed=1, points=1000, batch=32, hidden=64, epochs=10),
    "seed5_n333_b50_h37": dict(seed=5, points=333, batch=50, hidden=37, epochs=5),
    "seed11_n131_b128_h16": dict(seed=11, points=131, batch=128, hidden=16, epochs=5),
    "seed9_n500_linear_T200": dict(seed=9, points=500, batch=128, hidden=128, epochs=5, schedule="linear", T=200, lr=3e-3),
}
BUILDS = {                      # other ways PyTorch runs on the same machine: how far apart do its own results lie?
    "openblas_skylakex": {"OPENBLAS_CORETYPE": "SkylakeX"},
    "openblas_nehalem": {"OPENBLAS_CORETYPE": "Nehalem"},
    "aten_default": {"ATEN_CPU_CAPABILITY": "default"},
    "reference_blas": {"LD_LIBRARY_PATH": "/usr/lib/x86_64-linux-gnu/blas"},
}


# ---- random streams -------------------------------------------------------------------------------------------------

def streams():
    def numpy_rows(name, draw):
        files.save_npy(name, [draw(np.random.RandomState(s)) for s in SEEDS], np.float64)

    def torch_rows(name, *draws):
        rows = []
        for s in SEEDS:
            torch.manual_seed(s)
            rows.append(torch.cat([draw().detach().ravel() for draw in draws]).numpy())
        files.save_npy(name, rows)

    def linear(n_in, n_out):
        layer = torch.nn.Linear(n_in, n_out)
        return torch.cat([layer.weight.ravel(), layer.bias])

    numpy_rows("numpy_random_sample", lambda r: r.random_sample(8))
    numpy_rows("numpy_uniform", lambda r: r.uniform(-1, 1, 8))
    numpy_rows("numpy_randn", lambda r: r.randn(9))
    torch_rows("torch_rand", lambda: torch.rand(8))
    torch_rows("torch_randn_5_5_3", *[lambda n=n: torch.randn(n) for n in (5, 5, 3)])
    for n in (16, 17, 40):
        torch_rows(f"torch_randn_{n}", lambda: torch.randn(n))
    torch_rows("torch_randint_1000", lambda: torch.randint(0, 1000, (8,)))
    torch_rows("torch_randperm_10", lambda: torch.randperm(10))
    torch_rows("torch_mixed", lambda: torch.randn(3), lambda: torch.rand(2), lambda: torch.randn(16), lambda: torch.randn(2))
    torch_rows("torch_linear_5_7", lambda: linear(5, 7))
    torch_rows("torch_linear_1_32", lambda: linear(1, 32))


def data():
    files.save_npy("spiral_n50", course.spiral(50))
    for seed, n, noise in ((42, 50, 0.1), (42, 7, 0.1), (7, 50, 0.1), (7, 7, 0.1), (42, 50, 0.0)):
        course.seed_all(seed)
        suffix = "" if noise else "_noise0"
        files.save_npy(f"swiss_roll_seed{seed}_n{n}{suffix}", course.swiss_roll_2d(n, noise))
    for n in (60, 21):          # 21: seven a class, so a cached normal crosses from one draw to the next
        course.seed_all(42)
        points, labels = course.three_classes(n)
        files.save_npy(f"classes_seed42_n{n}", points)
        files.save_npy(f"classes_seed42_n{n}_labels", labels, np.int64)


def schedules():
    for T, index in ((1000, np.arange(0, 1000, 37)), (10, np.arange(10))):   # 999 = 27 * 37: the last entry is in
        betas = {name: course.betas_of(name, T) for name in course.SCHEDULES}
        tables = {name: course.tables_of(b) for name, b in betas.items()}
        files.save_npy(f"schedules_T{T}_index", index, np.int64)
        files.save_npy(f"schedules_T{T}_betas", [b[index] for b in betas.values()], np.float64)
        files.save_npy(f"schedules_T{T}_tables",
                       [[t[k].numpy()[index] for k in course.TABLES] for t in tables.values()], np.float32)
    files.save_json("schedules", {"rows": list(course.SCHEDULES), "tables": list(course.TABLES),
                                  "beta_start": 1e-4, "beta_end": 0.02})


# ---- exercise 4 -----------------------------------------------------------------------------------------------------

def summary(tensors):
    """(parameters, 18) float64: first 8 entries, last 8 (missing ones 0), sum, sum of squares."""
    rows = []
    for tensor in tensors:
        flat = tensor.detach().numpy().ravel().astype(np.float64)
        head, tail = np.zeros(8), np.zeros(8)
        head[:min(8, flat.size)] = flat[:8]
        tail[:min(8, flat.size)] = flat[-8:]
        rows.append(np.concatenate([head, tail, [flat.sum(), (flat ** 2).sum()]]))
    return np.array(rows)


def save_weights(name, model, full, grads=False):
    tensors = {k: p.grad if grads else p for k, p in model.named_parameters()}
    if full:
        files.save_safetensors(name, {k: v.detach().numpy() for k, v in tensors.items()})
    else:
        files.save_npy(name + "_summary", summary(tensors.values()))


def predictor():
    draw = np.random.RandomState(1)
    x = torch.tensor(draw.randn(5, 2), dtype=torch.float32)
    t = torch.tensor([0.0, 0.001, 0.25, 0.5, 0.999])
    target = torch.tensor(draw.randn(5, 2), dtype=torch.float32)
    for name, value in (("x", x), ("t", t), ("target", target)):
        files.save_npy("predictor_" + name, value.numpy())

    for hidden, seed in ((20, 3), (128, 42)):
        name, full = f"predictor_h{hidden}", hidden == 20
        course.seed_all(seed)
        model = course.NoisePredictor(hidden_dim=hidden)
        assert hidden != 128 or sum(p.numel() for p in model.parameters()) == 38882
        save_weights(name + "_init", model, full)

        inputs = x.clone().requires_grad_()
        output = model(inputs, t)
        loss = torch.nn.functional.mse_loss(output, target)
        loss.backward()
        files.save_npy(name + "_forward", output.detach().numpy())
        files.save_npy(name + "_grad_x", inputs.grad.numpy())
        save_weights(name + "_grads", model, full, grads=True)

        losses, optimizer = [], torch.optim.Adam(model.parameters(), lr=1e-3)
        for step in range(1, 11):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(x, t), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if step in (1, 2, 10):
                save_weights(f"{name}_adam{step}", model, full)
        files.save_npy(name + "_losses", losses, np.float32)


# ---- exercise 5 -----------------------------------------------------------------------------------------------------

def run_training(seed, points, batch, hidden, epochs, **options):
    course.seed_all(seed)
    data_points = course.swiss_roll_2d(points)
    model = course.NoisePredictor(hidden_dim=hidden)
    return course.train(model, data_points, epochs, batch=batch, **options)


def losses():
    shown = {}
    for name, config in TRAININGS.items():
        per_epoch, steps = run_training(**config)
        files.save_npy(f"losses_{name}", per_epoch, np.float64)
        files.save_npy(f"losses_{name}_steps", steps[:5], np.float32)
        shown[name] = {"config": config, "epoch_losses": per_epoch.tolist(), "first_step_losses": steps[:5]}
    files.save_json("losses", shown)


def first_batch():
    """The first batch of the default run, drawn apart: where a stream goes wrong, this shows which one."""
    course.seed_all(42)
    data_points = course.swiss_roll_2d(5000)
    trainer = course.Trainer(course.NoisePredictor(), data_points, record=[])
    trainer.step(trainer.data[torch.randperm(5000)][:128])
    for key, tensor in zip(("x0", "t", "noise", "xt"), trainer.record[0]):
        files.save_npy("first_batch_" + key, tensor.numpy())


def spread():
    """Re-run the trainings with PyTorch's other builds and record, per run, the largest relative difference to the golden
    losses: over the first 5 steps, and epoch by epoch."""
    with open(files.path_of("losses.json"), encoding="utf-8") as f:
        golden = json.load(f)
    result = {}
    for build, changes in BUILDS.items():
        done = subprocess.run([sys.executable, __file__, "--print-losses"], env={**os.environ, **changes}, check=True,
                              capture_output=True, text=True)
        other = json.loads(done.stdout)
        result[build] = {name: {kind: relative(other[name][kind], golden[name][kind])
                                for kind in ("first_step_losses", "epoch_losses")} for name in golden}
    files.save_json("losses_spread", {"pinned": course.PINNED, "builds": BUILDS, "relative_difference": result})


def relative(ours, golden):
    return [float(f"{abs(a - b) / b:.2e}") for a, b in zip(ours, golden)]


def print_losses():
    out = {}
    for name, config in TRAININGS.items():
        per_epoch, steps = run_training(**config)
        out[name] = {"epoch_losses": per_epoch.tolist(), "first_step_losses": steps[:5]}
    json.dump(out, sys.stdout)


# ---- exercise 6 -----------------------------------------------------------------------------------------------------

def sampling():
    """Train a small model, then sample from the generator's state right after training, and from a fresh seed 123."""
    course.seed_all(3)
    data_points = course.swiss_roll_2d(200)
    model = course.NoisePredictor(hidden_dim=20)
    per_epoch, _ = course.train(model, data_points, 2, batch=64)
    files.save_npy("losses_seed3_n200_b64_h20", per_epoch, np.float64)
    save_weights("trained_h20", model, full=True)
    after_training = torch.get_rng_state()
    for n in (6, 20):           # 12 values a draw: the scalar path of randn; 40: blocks of 16 with a ragged end
        torch.set_rng_state(after_training)
        _, path = course.ddpm_sample(model, n, T=50, every_step=True)
        files.save_npy(f"sampling_n{n}_trajectory", path, np.float32)
        torch.manual_seed(123)
        _, path = course.ddpm_sample(model, n, T=50, every_step=True)
        files.save_npy(f"sampling_n{n}_seed123_trajectory", path, np.float32)


def main():
    if "--print-losses" in sys.argv:
        return print_losses()
    parts = [streams, data, schedules, predictor, first_batch, losses, sampling]
    if "--quick" not in sys.argv:
        parts.append(spread)
    for part in parts:
        part()
        print(part.__name__, "done", flush=True)


if __name__ == "__main__":
    main()
