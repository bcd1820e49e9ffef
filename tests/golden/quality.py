#!/usr/bin/python3
"""How good are the samples of PyTorch's own exercise 5 and 6? Writes quality.json and the metrics' reference values.

    /usr/bin/python3 tests/golden/quality.py             # about 2 minutes, one thread
    /usr/bin/python3 tests/golden/quality.py --reference # only metrics_*.npy

For each seed S of 42..49: seed S, swiss roll of 5,000 points, 100 epochs with the defaults, then 2,000 DDPM samples
(T = 1000, cosine) on the same generator. Two metrics, both exact and free of randomness; float64 throughout:

curve distance   Mean over the points of the distance to c(u) = (u cos u, u sin u) / 10, u in [1.5 pi, 4.5 pi], taken as the
                 polyline through 4,097 vertices at equal steps of u (distance to the segments, ends included).
sliced W1        Mean over K = 128 directions (cos a, sin a), a = pi (k + 0.5) / K, of the Wasserstein-1 distance between the two
                 projected samples: the integral over q in [0, 1] of |F^-1(q) - G^-1(q)|, F^-1 and G^-1 being step
                 functions (equal sizes: the mean of |difference| of the sorted values).
"""
import sys

import course
import files
from course import np, torch

SEEDS = range(42, 50)
COUNT = 2000


def spiral_vertices(segments=4096):
    u = np.linspace(1.5 * np.pi, 4.5 * np.pi, segments + 1)
    return np.stack([u * np.cos(u), u * np.sin(u)], axis=1) / 10.0


def curve_distance(points, vertices):
    """Mean distance of points (N, 2) to the polyline through vertices (M + 1, 2)."""
    start, edge = vertices[:-1], np.diff(vertices, axis=0)
    length2 = (edge ** 2).sum(axis=1)
    total = 0.0
    for p in np.asarray(points, np.float64):
        along = np.clip(((p - start) * edge).sum(axis=1) / length2, 0.0, 1.0)
        gap = p - (start + along[:, None] * edge)
        total += np.sqrt((gap ** 2).sum(axis=1).min())
    return total / len(points)


def wasserstein_1d(a, b):
    """Integral of |F^-1 - G^-1|: between two neighbouring steps of either quantile function both are constant. The steps lie at
    i/n and j/m; compared as the integers i*m and j*n they merge without rounding."""
    a, b = np.sort(a), np.sort(b)
    n, m = len(a), len(b)
    i = j = at = 0
    total = 0.0
    while i < n and j < m:
        upto = min((i + 1) * m, (j + 1) * n)
        total += (upto - at) * abs(a[i] - b[j])
        at = upto
        i += upto == (i + 1) * m
        j += upto == (j + 1) * n
    return total / (n * m)


def sliced_w1(a, b, directions=128):
    """Points (N, 2) and (M, 2)."""
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    total = 0.0
    for k in range(directions):
        angle = np.pi * (k + 0.5) / directions
        pa, pb = (x[:, 0] * np.cos(angle) + x[:, 1] * np.sin(angle) for x in (a, b))
        if len(a) == len(b):
            total += np.abs(np.sort(pa) - np.sort(pb)).mean()
        else:
            total += wasserstein_1d(pa, pb)
    return total / directions


def reference():
    """Small arrays with known answers, for the C tests: metrics_values = [sliced W1(a, b), sliced W1(a, c), sliced W1(a, a),
    curve distance of a, of b]; metrics_w1 = exact 1-D W1 of the first columns of (a, b) and (a, c)."""
    draw = np.random.RandomState(8)
    a, b, c = draw.randn(40, 2), draw.randn(25, 2) * 0.7 + 0.2, draw.uniform(-1, 1, (40, 2))
    for name, array in (("a", a), ("b", b), ("c", c)):
        files.save_npy("metrics_" + name, array, np.float64)
    curve = spiral_vertices()
    files.save_npy("metrics_values", [sliced_w1(a, b), sliced_w1(a, c), sliced_w1(a, a),
                                      curve_distance(a, curve), curve_distance(b, curve)], np.float64)
    files.save_npy("metrics_w1", [wasserstein_1d(a[:, 0], b[:, 0]), wasserstein_1d(a[:, 0], c[:, 0])], np.float64)


def fresh(seed):
    np.random.seed(seed)
    return course.swiss_roll_2d(COUNT)


def one_seed(seed, curve):
    course.seed_all(seed)
    data = course.swiss_roll_2d(5000)
    model = course.NoisePredictor()
    losses, _ = course.train(model, data, 100)
    samples, _ = course.ddpm_sample(model, COUNT)
    new = fresh(1000 + seed)
    gauss = np.random.RandomState(3000 + seed).multivariate_normal(data.mean(axis=0), np.cov(data.T), COUNT)
    row = {"seed": seed, "final_loss": float(losses[-1])}
    for name, points in (("pytorch", samples), ("fresh", fresh(2000 + seed)), ("gaussian", gauss)):
        row[name] = {"curve_distance": curve_distance(points, curve), "sliced_w1": sliced_w1(points, new),
                     "sliced_w1_to_training": sliced_w1(points, data)}
    return row


def main():
    reference()
    if "--reference" in sys.argv:
        return
    curve, rows = spiral_vertices(), []
    for seed in SEEDS:
        rows.append(one_seed(seed, curve))
        print(rows[-1], flush=True)
    medians = {kind: {metric: float(np.median([r[kind][metric] for r in rows])) for metric in rows[0][kind]}
               for kind in ("pytorch", "fresh", "gaussian")}
    files.save_json("quality", {
        "definitions": {
            "curve_distance": "mean distance to the polyline of 4096 segments on (u cos u, u sin u)/10, u in [1.5 pi, 4.5 pi]",
            "sliced_w1": "mean of exact 1-D W1 over 128 directions at angles pi (k + 0.5)/128, against the fresh points",
            "sliced_w1_to_training": "the same against the 5,000 training points of seed S",
            "fresh points": "np.random.seed(1000 + S), make_swiss_roll(2000, noise 0.1), columns 0 and 2, / 10",
            "pytorch": "2,000 DDPM samples, T 1000, cosine, after 100 epochs with the defaults and seed S",
            "fresh": "2,000 points drawn like the fresh points, from seed 2000 + S",
            "gaussian": "2,000 points of RandomState(3000 + S).multivariate_normal(mean, covariance of the training points)",
        },
        "made_with": {"torch": torch.__version__, "numpy": np.__version__, **course.PINNED},
        "median": medians, "seeds": rows})


if __name__ == "__main__":
    main()
