#!/usr/bin/python3
"""Runs the lessons' notebooks of Python (notebooks/pytorch/, as the build writes them), with short trainings, and holds their
numbers against those of the page's own cells and against the golden numbers.

    /usr/bin/python3 tests/golden/check_pytorch_lessons.py [NAME...]        (versions as in make_golden.py, and a built build/wasm)

All cells of a notebook run, from top to bottom. Where an expression of Python and one of JavaScript stand side by side below, the
cell of that name has just run on both sides, from the same seeds; their values have to agree. Without PyTorch nothing runs.
"""
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time

try:
    import course  # first: it pins what decides the last bits
except ImportError as error:
    print(f"skipped: {error}. On Debian: apt-get install python3-torch python3-sklearn python3-matplotlib")
    sys.exit(0)
import files
import matplotlib
import numpy as np
from lesson_cases import LESSONS

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = {"torch": course.torch, "np": np, "golden": lambda name: np.load(files.path_of(name + ".npy"))}


def from_page(slug, case):
    """The notebook of Python, and the values of all that is asked of the page's cells."""
    ask = [[cell, [js for _, js, _ in rows]] for cell, rows in case.get("same", {}).items()]
    request = {"slug": slug, "skip": case.get("skip", []), "replace": case.get("js", {}), "ask": ask}
    done = subprocess.run(["node", os.path.join(HERE, "lesson_numbers.mjs")], input=json.dumps(request), check=True,
                          stdout=subprocess.PIPE, text=True)
    answer = json.loads(done.stdout)
    return json.loads(answer["notebook"]), dict(zip(case.get("same", {}), answer["numbers"]))


def shipped(name):
    """Weights of web/data, as a state_dict."""
    tensors = files.load_safetensors(os.path.join(HERE, "../../web/data", name + ".safetensors"))
    return {key: course.torch.from_numpy(value.astype(np.float32)) for key, value in tensors.items()}


def shortened(cell, source, changes):
    for old, new in changes.get(cell, []):
        assert source.count(old) == 1, f"cell {cell}: {old!r} should stand there once"
        source = source.replace(old, new)
    return source


def numbers(value):
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    return np.asarray(value, dtype=np.float64).ravel()


def difference(ours, theirs):
    """The largest, relative to the largest value where that is above 1."""
    a, b = numbers(ours), numbers(theirs)
    assert a.shape == b.shape, f"{a.shape} and {b.shape} numbers"
    assert np.isfinite(a).all() and np.isfinite(b).all(), "a number is not finite"
    return np.abs(a - b).max() / max(1, np.abs(b).max())


def run_lesson(slug, case):
    """Prints a line for each comparison; returns how many there were, and how many failed."""
    notebook, asked = from_page(slug, case)
    names, count, failed = {"__name__": "lesson", "shipped": shipped}, 0, 0

    def report(cell, what, apart, most):
        nonlocal count, failed
        count += 1
        failed += not apart <= most
        print(f"  {'' if apart <= most else 'FAILED '}{cell}: {' '.join(what.split())}: {apart:.1e} of {most:.0e}")

    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        # As Jupyter does: a line that begins with % is no Python.
        source = "".join(line for line in cell["source"] if not line.startswith("%"))
        source = shortened(cell["id"], source, case.get("py", {}))
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, f"{slug}, cell {cell['id']}", "exec"), names)
        plt.close("all")
        for (python, _, most), page in zip(case.get("same", {}).get(cell["id"], []), asked.get(cell["id"], [])):
            report(cell["id"], python, difference(eval(python, names), page), most)
        for python, golden, most in case.get("golden", {}).get(cell["id"], []):
            report(cell["id"], f"{python} and {golden}", difference(eval(python, names), eval(golden, GOLDEN)), most)
    return count, failed


def main():
    chosen = sys.argv[1:] or list(LESSONS)
    scripts = {f[:-3] for f in os.listdir(os.path.join(HERE, "../../notebooks/pytorch")) if f.endswith(".py")}
    missing = {f for f in scripts if not any(f == slug or f.startswith(f"{slug}-") for slug in LESSONS)}
    assert not missing, f"lesson_cases.py says nothing of {missing}"
    total = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # lessons leave their models there, the next find them
        for slug in chosen:
            began = time.time()
            print(slug, flush=True)
            count, failed = run_lesson(slug, LESSONS[slug])
            total, wrong = total + count, wrong + failed
            print(f"  {count} comparisons, {time.time() - began:.0f} s", flush=True)
    print(f"{total - wrong} passed, {wrong} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
