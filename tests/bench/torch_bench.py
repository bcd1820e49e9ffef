#!/usr/bin/python3
"""Times PyTorch on the workloads of tests/bench, for an honest comparison. Prints JSON lines.

    torch_bench.py [--workload NAME]... [--threads N] [--seconds S] [--repeats R]    run, print one line each, end
    torch_bench.py --loop [--threads N] [--seconds S] [--repeats R]                  serve: "run NAME" on stdin -> one line

The first line is always {"ready": true, "blas_gflops": G, ...}: a 1024^3 float32 product on one thread. Below 50 GFLOP/s
PyTorch is running on the slow reference BLAS (Debian: install libopenblas0-pthread), or the machine is busy; then
"blas_ok" is false, and without --loop the exit status is 3. Each answer is {"name", "ms_median", "ms_all"}: repeats are timed
one by one, at least R of them and until S seconds have passed (S = 0: exactly R). Model, data and warm-up are made
afresh for each answer and not timed. An unknown name is answered by {"error"}. The loop ends at end of input, so a
caller can alternate A B A B with another program.

  train-mlp   one training step of exercise 5, batch 128, hidden 128, from the shuffled data to loss.item(); the
              shuffle itself is drawn once every 39 steps, as in an epoch of 5,000 points (full batches only), and is timed
  ddpm-mlp    500 DDPM samples in 1,000 steps (exercise 6)
"""
import argparse
import json
import os
import statistics
import sys
import time

WORKLOADS = {"train-mlp": {"repeats": 400, "warmup": 80}, "ddpm-mlp": {"repeats": 3, "warmup": 1}}


def parse():
    p = argparse.ArgumentParser(description="PyTorch's side of the benchmark; see the file's head.")
    p.add_argument("--loop", action="store_true", help="answer 'run NAME' lines from stdin until end of input")
    p.add_argument("--workload", action="append", choices=sorted(WORKLOADS), help="may be repeated; default: all")
    p.add_argument("--threads", type=int, default=1)
    p.add_argument("--seconds", type=float, default=0.0, help="keep repeating at least this long")
    p.add_argument("--repeats", type=int, default=None, help="at least so many timed repeats")
    args = p.parse_args()
    if args.threads < 1 or args.seconds < 0 or (args.repeats is not None and args.repeats < 1):
        p.error("--threads and --repeats must be at least 1, --seconds at least 0")
    return args


ARGS = parse()
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):   # read once, when the libraries load
    os.environ[_name] = str(ARGS.threads)
# The golden numbers are made with pinned vector units; speed is measured with whatever PyTorch picks by itself.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
os.environ["NOISEBOOK_UNPINNED"] = "1"
import course                   # noqa: E402
from course import torch        # noqa: E402
from threadpoolctl import threadpool_limits     # noqa: E402


def milliseconds(work):
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def blas_gflops(size=1024):
    """Best of six, on one thread whatever --threads says."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    torch.set_num_threads(1)
    with threadpool_limits(1):
        best = min(milliseconds(lambda: a @ b) for _ in range(6))
    torch.set_num_threads(ARGS.threads)
    return 2.0 * size ** 3 / (best * 1e6)


class TrainMlp:
    """One call is one step: batch from the shuffled data, t, noise, q_sample, forward, loss, backward, Adam, item."""

    def __init__(self):
        course.seed_all(42)
        self.trainer = course.Trainer(course.NoisePredictor(), course.swiss_roll_2d(5000))
        self.at = 0
        self.shuffled = None

    def __call__(self):
        if self.at + self.trainer.batch > len(self.trainer.data) or self.shuffled is None:
            self.shuffled = self.trainer.data[torch.randperm(len(self.trainer.data))]
            self.at = 0
        loss = self.trainer.step(self.shuffled[self.at:self.at + self.trainer.batch])
        self.at += self.trainer.batch
        return loss


class DdpmMlp:
    """One call draws 500 points in 1,000 steps."""

    def __init__(self):
        course.seed_all(42)
        self.model = course.NoisePredictor()

    def __call__(self):
        return course.ddpm_sample(self.model, 500)


MAKERS = {"train-mlp": TrainMlp, "ddpm-mlp": DdpmMlp}


def run(name):
    if name not in MAKERS:
        return {"error": f"unknown workload '{name}'", "known": sorted(MAKERS)}
    work = MAKERS[name]()       # afresh, so that every run times the same stretch of training
    for _ in range(WORKLOADS[name]["warmup"]):
        work()
    repeats = ARGS.repeats or WORKLOADS[name]["repeats"]
    times, end = [], time.perf_counter() + ARGS.seconds
    while len(times) < repeats or time.perf_counter() < end:
        times.append(milliseconds(work))
    return {"name": name, "ms_median": round(statistics.median(times), 5), "ms_all": [round(t, 5) for t in times]}


def answer(value):
    print(json.dumps(value), flush=True)


def main():
    speed = blas_gflops()
    capability = torch.__config__.show().split("CPU capability usage: ")[-1].split("\n")[0]
    answer({"ready": True, "blas_gflops": round(speed, 1), "blas_ok": speed >= 50, "threads": torch.get_num_threads(),
            "torch": torch.__version__, "cpu_capability": capability})
    if not ARGS.loop:
        for name in ARGS.workload or sorted(MAKERS):
            answer(run(name))
        return 0 if speed >= 50 else 3
    for line in sys.stdin:
        words = line.split()
        if len(words) == 2 and words[0] == "run":
            answer(run(words[1]))
        elif words:
            answer({"error": "expected 'run NAME'"})
    return 0


if __name__ == "__main__":
    sys.exit(main())
