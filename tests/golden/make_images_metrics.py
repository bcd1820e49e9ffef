"""Golden numbers for the small pictures, the metrics of any dimension and the exact score.

    python3 tests/golden/make_images_metrics.py          (versions as in make_golden.py)

The pictures are drawn here by array operations on a grid, pixel by pixel in the core; the metrics are written out by
broadcasting, in float64.
"""
import course  # first: it pins what decides the last bits
import numpy as np

from files import save_npy as save


def shapes(n, size):
    """Exercise 8's pictures with a true triangle: corners that nearly lie on a line are drawn again."""
    y, x = np.ogrid[:size, :size]
    images, labels = np.zeros((n, size, size), np.float32), np.zeros(n, np.int32)
    for image, i in zip(images, range(n)):
        labels[i] = ("circle", "square", "triangle").index(np.random.choice(["circle", "square", "triangle"]))
        if labels[i] == 0:
            cy, cx = np.random.randint(8, size - 8, 2)
            radius = np.random.randint(4, 8)
            image[(x - cx) ** 2 + (y - cy) ** 2 <= radius ** 2] = 1
        elif labels[i] == 1:
            side = np.random.randint(8, 16)
            left, top = np.random.randint(0, size - side), np.random.randint(0, size - side)
            image[top:top + side, left:left + side] = 1
        else:
            while True:
                p = np.random.randint(4, size - 4, (3, 2))
                (a, b), (c, d) = p[1] - p[0], p[2] - p[0]
                if abs(a * d - b * c) >= 64:
                    break
            sides = [(q[1] - o[1]) * (y - o[0]) - (q[0] - o[0]) * (x - o[1]) for o, q in zip(p, np.roll(p, -1, axis=0))]
            inside = np.all([s >= 0 for s in sides], axis=0) | np.all([s <= 0 for s in sides], axis=0)
            image[inside] = 1
    return images, labels


def distances(a, b):
    return np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1))


def energy(a, b):
    return 2 * distances(a, b).mean() - distances(a, a).mean() - distances(b, b).mean()


def mmd2(a, b, sigma):
    def kernel(p, q):
        return np.exp(-distances(p, q) ** 2 / (2 * sigma ** 2)).mean()
    return kernel(a, a) + kernel(b, b) - 2 * kernel(a, b)


def share_among(a, b, k):
    """How many of a lie within the k-th neighbour's distance of some b."""
    radius = np.sort(distances(b, b), axis=1)[:, k]  # column 0 is the point itself
    return (distances(a, b) <= radius).any(axis=1).mean()


def score(alpha_bar, data, x):
    """The mixture's score, from its log-density by a softmax over the components."""
    variance = 1 - alpha_bar
    towards = np.sqrt(alpha_bar) * data[None] - x[:, None]
    exponent = -(towards ** 2).sum(-1) / (2 * variance)
    weight = np.exp(exponent - exponent.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    return (weight[..., None] * towards).sum(1) / variance


def main():
    rows = []
    for seed in (42, 0, 4294967295):
        np.random.seed(seed)
        rows.append(np.concatenate([np.random.randint(0, 3, 6), np.random.randint(5, 6, 2), np.random.randint(8, 24, 6),
                                    np.random.randint(0, 1000, 4)]))
    save("numpy_randint", np.array(rows, np.int64))

    np.random.seed(42)
    images, labels = shapes(30, 32)
    save("shapes_seed42_n30", np.packbits(images.astype(bool)).astype(np.int32))
    save("shapes_seed42_n30_labels", labels)

    rng = np.random.RandomState(5)
    a = rng.randn(40, 3).astype(np.float32)
    b = (rng.randn(25, 3) * 0.7 + 0.4).astype(np.float32)
    save("sets_a", a)
    save("sets_b", b)
    A, B = a.astype(np.float64), b.astype(np.float64)
    save("sets_values", np.array([energy(A, B), energy(A, A), mmd2(A, B, 1.0), mmd2(A, B, 0.3), share_among(A, B, 3),
                                  share_among(B, A, 3), share_among(A, B, 1), share_among(B, A, 1)]))
    nearest = distances(A, B)
    save("sets_nearest", nearest.argmin(axis=1).astype(np.int32))
    save("sets_nearest_distance", nearest.min(axis=1))

    np.random.seed(7)
    data = course.swiss_roll_2d(50)
    x = rng.uniform(-2, 2, (20, 2))
    tables = course.tables_of(course.betas_of("cosine", 1000))
    alpha_bar = tables["alphas_cumprod"].double().numpy()
    save("score_x", x)
    save("score_values", np.stack([score(alpha_bar[t], data, x) for t in (0, 50, 500, 999)]))


if __name__ == "__main__":
    main()
