#!/usr/bin/python3
"""Rebuild NumPy's legacy and PyTorch's CPU random streams from raw MT19937 words.

PyTorch does not document how its generator turns words into numbers, so this file states it as a program: each
function below is the formula that the C core implements, in plain NumPy, and `main` holds it against torch and
numpy themselves. The printed figure is the largest difference in units in the last place (ulp); 0 means the same bits.

    /usr/bin/python3 tests/golden/check_streams.py
    ATEN_CPU_CAPABILITY=default /usr/bin/python3 tests/golden/check_streams.py    # PyTorch's scalar build of randn

Exit status 1 if a stream that must be exact is not.
"""
import math
import sys

import numpy as np

F32 = np.float32


class Words:
    """MT19937: 32-bit words. np.random.seed(S) and torch.manual_seed(S) both start it by Knuth's recurrence on S."""

    def __init__(self, seed):
        self.state = np.zeros(624, np.uint32)
        word = seed & 0xFFFFFFFF
        for i in range(624):
            self.state[i] = word
            word = (1812433253 * (word ^ (word >> 30)) + i + 1) & 0xFFFFFFFF
        self.position = 624
        self.cached_normal = None

    def _twist(self):
        s = self.state
        for begin, end in ((0, 227), (227, 454), (454, 623), (623, 624)):  # a slice reads only words already final
            i = np.arange(begin, end)
            y = (s[i] & np.uint32(0x80000000)) | (s[(i + 1) % 624] & np.uint32(0x7FFFFFFF))
            odd = (y & np.uint32(1)) * np.uint32(0x9908B0DF)
            s[i] = s[(i + 397) % 624] ^ (y >> np.uint32(1)) ^ odd
        self.position = 0

    def next(self):
        if self.position == 624:
            self._twist()
        y = int(self.state[self.position])
        self.position += 1
        y ^= y >> 11
        y ^= (y << 7) & 0x9D2C5680
        y ^= (y << 15) & 0xEFC60000
        return y ^ (y >> 18)


# ---- NumPy's legacy RandomState -------------------------------------------------------------------------------------

def numpy_double(w):
    """random_sample: 53 bits from two words, in [0, 1)."""
    high, low = w.next() >> 5, w.next() >> 6
    return (high * 67108864.0 + low) / 9007199254740992.0


def numpy_uniform(w, low, high):
    """uniform(low, high): two rounded operations, no fused multiply-add."""
    return low + (high - low) * numpy_double(w)


def numpy_normal(w):
    """randn: Marsaglia's polar method. The second factor (x2) is returned first, the first is kept for the next call."""
    if w.cached_normal is not None:
        kept, w.cached_normal = w.cached_normal, None
        return kept
    while True:
        x1 = 2.0 * numpy_double(w) - 1.0
        x2 = 2.0 * numpy_double(w) - 1.0
        r2 = x1 * x1 + x2 * x2
        if 0.0 < r2 < 1.0:
            break
    f = math.sqrt(-2.0 * math.log(r2) / r2)
    w.cached_normal = f * x1
    return f * x2


# ---- PyTorch's CPU generator ----------------------------------------------------------------------------------------

def torch_rand(w):
    """float32 in [0, 1): the low 24 bits of one word."""
    return F32((w.next() & 0xFFFFFF) * 2.0 ** -24)


def torch_uniform(w, low, high, fused):
    """uniform_(low, high) in float32: x*(high - low) + low. `fused`: one rounding (the AVX2 build), else two."""
    low, high = F32(low), F32(high)
    x, width = torch_rand(w), high - low
    if fused:
        return fma(x, width, low)
    return F32(F32(x * width) + low)


def torch_double(w):
    """float64 in [0, 1): the low 53 bits of (first word << 32 | second word)."""
    high = w.next()
    return ((high << 32 | w.next()) & (2 ** 53 - 1)) * 2.0 ** -53


def torch_normal_scalar(w):
    """randn of fewer than 16 elements: Box-Muller in float64, the sine kept for the next scalar draw."""
    if w.cached_normal is not None:
        kept, w.cached_normal = w.cached_normal, None
        return kept
    u1 = torch_double(w)
    u2 = torch_double(w)
    r = math.sqrt(-2.0 * math.log1p(-u2))
    theta = 2.0 * math.pi * u1
    w.cached_normal = r * math.sin(theta)
    return r * math.cos(theta)


def torch_randn(w, n, block):
    """randn of n elements. From 16 on: n uniforms first, then each run of 16 becomes normals in place (first 8 are
    u1, last 8 u2); a ragged end draws 16 NEW uniforms over the last 16 places and transforms those. The value cached
    by the scalar path is neither used nor dropped."""
    if n < 16:
        return np.array([torch_normal_scalar(w) for _ in range(n)], np.float64).astype(F32)
    out = np.array([torch_rand(w) for _ in range(n)], F32)
    for i in range(0, n - 15, 16):
        out[i:i + 16] = block(out[i:i + 16])
    if n % 16:
        out[-16:] = block(np.array([torch_rand(w) for _ in range(16)], F32))
    return out


def torch_randint(w, low, high, n):
    """randint: one word modulo the range (ranges below 2^32)."""
    return np.array([w.next() % (high - low) + low for _ in range(n)], np.int64)


def torch_randperm(w, n):
    """randperm: Fisher-Yates from the front; n - 1 words."""
    r = np.arange(n)
    for i in range(n - 1):
        j = i + w.next() % (n - i)
        r[i], r[j] = r[j], r[i]
    return r


def torch_linear(w, n_in, n_out, fused):
    """nn.Linear: weight (n_out, n_in) row by row, then bias. kaiming_uniform_(a = sqrt 5) is U(-1/sqrt(n_in), ..), its
    bound computed in float64 the long way (sqrt 3 times gain over sqrt fan) and rounded to float32."""
    gain = math.sqrt(2.0 / (1 + math.sqrt(5) ** 2))
    bound_w = math.sqrt(3.0) * (gain / math.sqrt(n_in))
    bound_b = 1 / math.sqrt(n_in)
    weight = np.array([torch_uniform(w, -bound_w, bound_w, fused) for _ in range(n_out * n_in)], F32)
    bias = np.array([torch_uniform(w, -bound_b, bound_b, fused) for _ in range(n_out)], F32)
    return weight.reshape(n_out, n_in), bias


# ---- the block of 16 normals, three ways ----------------------------------------------------------------------------

def fma(a, b, c):
    """Correctly rounded float32 a*b + c: the product is exact in float64; the sum is rounded to odd, then to float32."""
    p = np.float64(a) * np.float64(b)
    c = np.float64(c)
    s = p + c
    t = s - p
    error = (p - (s - t)) + (c - t)
    bits = np.asarray(s).view(np.int64)
    toward = np.nextafter(s, np.where(error > 0, np.inf, -np.inf))
    odd = np.where((error != 0) & ((bits & 1) == 0), toward, s)
    return odd.astype(F32)


def block_rounded(u):
    """Box-Muller with log, sin and cos computed in float64 and rounded once to float32: what the scalar build does up to
    glibc's last bit. theta is 2*pi*u2 in float64, rounded to float32."""
    u1, u2 = F32(1) - u[:8], u[8:]
    radius = np.sqrt(F32(-2) * np.log(u1.astype(np.float64)).astype(F32))
    theta = (2.0 * math.pi * u2.astype(np.float64)).astype(F32).astype(np.float64)
    return np.concatenate([radius * np.cos(theta).astype(F32), radius * np.sin(theta).astype(F32)])


def block_avx2(u):
    """The AVX2 build: Cephes polynomials (avx_mathfun), compiled with contraction; theta is float32(2 pi) * u2."""
    log, sin, cos = cephes_log(F32(1) - u[:8]), *cephes_sincos(F32(2 * math.pi) * u[8:])
    radius = np.sqrt(F32(-2) * log)
    return np.concatenate([radius * cos, radius * sin])


LOG_P = [F32(p) for p in (7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
                          -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1)]


def cephes_log(x):
    bits = x.view(np.int32)
    e = (bits >> 23) - 126
    m = ((bits & 0x007FFFFF) | 0x3F000000).view(F32)
    small = m < F32(0.707106781186547524)
    e = (e - small).astype(F32)
    m = np.where(small, (m - F32(1)) + m, m - F32(1)).astype(F32)
    z = m * m
    y = np.full_like(m, LOG_P[0])
    for p in LOG_P[1:]:
        y = fma(y, m, p)
    y = y * m
    y = fma(y, z, e * F32(-2.12194440e-4))
    y = fma(-z, F32(0.5), y)
    return fma(e, F32(0.693359375), m + y)


def cephes_sincos(x):
    """x >= 0. Reduction to [-pi/4, pi/4] in three steps, then one polynomial each."""
    j = (x * F32(1.27323954473516)).astype(np.int32)
    j = (j + 1) & ~1
    y = j.astype(F32)
    r = fma(y, F32(-0.78515625), x)
    r = fma(y, F32(-2.4187564849853515625e-4), r)
    r = fma(y, F32(-3.77489497744594108e-8), r)
    z = r * r
    c = np.full_like(z, F32(2.443315711809948e-5))
    for p in (-1.388731625493765e-3, 4.166664568298827e-2):
        c = fma(c, z, F32(p))
    c = fma(c * z, z, -(z * F32(0.5))) + F32(1)
    s = np.full_like(z, F32(-1.9515295891e-4))
    for p in (8.3321608736e-3, -1.6666654611e-1):
        s = fma(s, z, F32(p))
    s = fma(s * z, r, r)
    swap = (j & 2) != 0
    sine = np.where((j & 4) != 0, -1, 1).astype(F32) * np.where(swap, c, s)
    cosine = np.where(((j - 2) & 4) == 0, -1, 1).astype(F32) * np.where(swap, s, c)
    return sine, cosine


# ---- the comparison -------------------------------------------------------------------------------------------------

def ulps(a, b):
    """Largest distance in representable numbers between two arrays of the same float type."""
    a, b = np.ascontiguousarray(a), np.ascontiguousarray(b)
    assert a.dtype == b.dtype and a.shape == b.shape, (a.dtype, b.dtype, a.shape, b.shape)
    if a.dtype.kind == "i":
        return int(np.abs(a - b).max())
    kind, low = (np.int32, -2 ** 31) if a.dtype == F32 else (np.int64, -2 ** 63)
    ia, ib = a.view(kind).astype(object), b.view(kind).astype(object)
    ordered = [np.where(i < 0, low - i, i) for i in (ia, ib)]
    return int(np.abs(ordered[0] - ordered[1]).max())


def main():
    import torch
    torch.set_num_threads(1)
    capability = torch.__config__.show().split("CPU capability usage: ")[1].split("\n")[0]
    print(f"torch {torch.__version__}, numpy {np.__version__}, CPU capability {capability}")
    avx2 = capability == "AVX2"
    failed = False

    def compare(name, ours, theirs, limit):
        nonlocal failed
        worst = max(ulps(a, b) for a, b in zip(ours, theirs))
        differing = np.mean([np.mean(np.asarray(a) != np.asarray(b)) for a, b in zip(ours, theirs)])
        bad = limit is not None and worst > limit
        failed |= bad
        print(f"{name:46s} {worst:6d} ulp, {100 * differing:6.2f}% differ {'  FAIL' if bad else ''}")

    seeds = (42, 0, 7, 4294967295)

    def streams(name, ours, theirs, limit):
        def run(s):
            torch.manual_seed(s)
            return theirs()
        compare(name, [ours(Words(s)) for s in seeds], [run(s) for s in seeds], limit)

    rs = np.random.RandomState
    for name, ours, theirs in (
            ("random_sample", numpy_double, lambda s: rs(s).random_sample(2001)),
            ("uniform(-1, 1)", lambda w: numpy_uniform(w, -1.0, 1.0), lambda s: rs(s).uniform(-1, 1, 2001)),
            ("randn", numpy_normal, lambda s: rs(s).randn(2001))):
        compare("numpy " + name, [np.array([ours(w) for _ in range(2001)]) for w in map(Words, seeds)],
                [theirs(s) for s in seeds], 0)

    streams("torch rand", lambda w: np.array([torch_rand(w) for _ in range(2000)]), lambda: torch.rand(2000).numpy(), 0)
    streams("torch randint(0, 1000)", lambda w: torch_randint(w, 0, 1000, 2000),
            lambda: torch.randint(0, 1000, (2000,)).numpy(), 0)
    streams("torch randperm(5000)", lambda w: torch_randperm(w, 5000), lambda: torch.randperm(5000).numpy(), 0)
    for fused in (True, False):
        for n_in, n_out in ((5, 7), (1, 32), (34, 128), (128, 128)):
            def theirs():
                layer = torch.nn.Linear(n_in, n_out)
                return torch.cat([layer.weight.detach().ravel(), layer.bias.detach()]).numpy()

            def ours(w):
                weight, bias = torch_linear(w, n_in, n_out, fused)
                return np.concatenate([weight.ravel(), bias])
            streams(f"torch Linear({n_in}, {n_out}) {'fused' if fused else 'two roundings'}", ours, theirs,
                    0 if fused == avx2 else None)

    def mixed(w, block):
        parts = [torch_randn(w, 3, block), np.array([torch_rand(w), torch_rand(w)]), torch_randn(w, 16, block),
                 torch_randn(w, 2, block), torch_randn(w, 15, block), torch_randn(w, 1, block)]
        return np.concatenate(parts)

    def mixed_torch():
        t = torch
        return t.cat([t.randn(3), t.rand(2), t.randn(16), t.randn(2), t.randn(15), t.randn(1)]).numpy()

    streams("torch randn(15), 100 times",
            lambda w: np.concatenate([torch_randn(w, 15, None) for _ in range(100)]),
            lambda: torch.cat([torch.randn(15) for _ in range(100)]).numpy(), 0)
    for name, block in (("float64, rounded", block_rounded), ("Cephes with FMA", block_avx2)):
        limit = 0 if block is block_avx2 and avx2 else None
        for n in (16, 17, 31, 40, 20000):
            streams(f"torch randn({n}), {name}", lambda w: torch_randn(w, n, block), lambda: torch.randn(n).numpy(), limit)
        streams(f"torch mixed sequence, {name}", lambda w: mixed(w, block), mixed_torch, limit)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
