/* rng.c - MT19937 with NumPy's legacy stream and PyTorch's CPU stream.
 *
 * Twister: Matsumoto and Nishimura, ACM TOMACS 8 (1998). What each library makes of its words is read off its
 * documented behaviour: np.random.RandomState (frozen since NumPy 1.16) and torch.Generator on the CPU. */
#include "base/box_muller.h"
#include "base/error.h"
#include "base/math.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 624, SHIFT = 397 };

struct nb_rng {
    uint32_t word[WORDS];
    uint32_t next; /* index of the next word to hand out; WORDS: make new ones first */
    bool has_torch_normal, has_numpy_normal;
    bool has_seed; /* `seed` is what it was started from */
    uint32_t seed;
    double torch_normal, numpy_normal; /* the second value of a pair, kept back */
};

void nb_rng_seed(nb_rng *rng, uint32_t seed)
{
    memset(rng, 0, sizeof *rng);
    rng->has_seed = true;
    rng->seed = seed;
    rng->word[0] = seed;
    for (uint32_t i = 1; i < WORDS; i++) {
        const uint32_t previous = rng->word[i - 1];
        rng->word[i] = 1812433253U * (previous ^ (previous >> 30)) + i;
    }
    rng->next = WORDS;
}

nb_status nb_rng_create(uint32_t seed, nb_rng **out, nb_error *err)
{
    nb_rng *rng = malloc(sizeof *rng);
    if (rng == NULL) return nb_fail_memory(err, sizeof *rng);
    nb_rng_seed(rng, seed);
    *out = rng;
    return NB_OK;
}

void nb_rng_destroy(nb_rng *rng) { free(rng); }

bool nb_rng_get_seed(const nb_rng *rng, uint32_t *seed)
{
    if (rng->has_seed) *seed = rng->seed;
    return rng->has_seed;
}

static void twist(nb_rng *rng)
{
    uint32_t *w = rng->word;
    for (int i = 0; i < WORDS; i++) {
        const uint32_t y = (w[i] & 0x80000000U) | (w[(i + 1) % WORDS] & 0x7fffffffU);
        w[i] = w[(i + SHIFT) % WORDS] ^ (y >> 1) ^ ((y & 1) ? 0x9908b0dfU : 0);
    }
    rng->next = 0;
}

static uint32_t draw(nb_rng *rng)
{
    if (rng->next == WORDS) twist(rng);
    uint32_t y = rng->word[rng->next++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680U;
    y ^= (y << 15) & 0xefc60000U;
    return y ^ (y >> 18);
}

/* ---- The state as bytes ---- */

static uint8_t *put(uint8_t *p, const void *value, size_t size)
{
    memcpy(p, value, size); /* every target of this project is little-endian */
    return p + size;
}

void nb_rng_get_state(const nb_rng *rng, uint8_t *state)
{
    const uint32_t has_torch = rng->has_torch_normal, has_numpy = rng->has_numpy_normal;
    uint8_t *p = put(state, rng->word, sizeof rng->word);
    p = put(p, &rng->next, sizeof rng->next);
    p = put(p, &has_torch, sizeof has_torch);
    p = put(p, &rng->torch_normal, sizeof rng->torch_normal);
    p = put(p, &has_numpy, sizeof has_numpy);
    put(p, &rng->numpy_normal, sizeof rng->numpy_normal);
}

/* The polar method squares multiples of 2^-52: the largest normal value it gives is sqrt(-2 log 2^-104) = 12.0. */
static bool possible(double normal) { return fabs(normal) < 13.0; }

/* The state from which the twister draws 0 for ever, and a method that rejects never ends. Of word 0 it uses the first
 * bit alone. */
static bool all_zero(const uint8_t *state)
{
    if (state[3] & 0x80) return false;
    for (size_t i = 4; i < sizeof(uint32_t) * WORDS; i++)
        if (state[i]) return false;
    return true;
}

nb_status nb_rng_set_state(nb_rng *rng, const uint8_t *state, size_t size, nb_error *err)
{
    if (size != NB_RNG_STATE_BYTES)
        return nb_fail(err, NB_ERR_FORMAT, "a generator's state has %zu bytes, this one has %zu",
                       NB_RNG_STATE_BYTES, size);
    uint32_t next, has_torch, has_numpy;
    const uint8_t *p = state + sizeof rng->word;
    memcpy(&next, p, 4);
    memcpy(&has_torch, p + 4, 4);
    memcpy(&has_numpy, p + 16, 4);
    if (next > WORDS || has_torch > 1 || has_numpy > 1)
        return nb_fail(err, NB_ERR_FORMAT, "not a generator's state: its position or flags are out of range");
    double torch_normal, numpy_normal;
    memcpy(&torch_normal, p + 8, 8);
    memcpy(&numpy_normal, p + 20, 8);
    if (all_zero(state) || !possible(torch_normal) || !possible(numpy_normal))
        return nb_fail(err, NB_ERR_FORMAT,
                       "not a generator's state: its words are all 0, or its normal values are out of range");
    memcpy(rng->word, state, sizeof rng->word);
    rng->next = next;
    rng->has_torch_normal = has_torch;
    rng->has_numpy_normal = has_numpy;
    rng->torch_normal = torch_normal;
    rng->numpy_normal = numpy_normal;
    rng->has_seed = false;
    return NB_OK;
}

/* Bounds of random numbers. */
static nb_status check_real(double low, double high, double range, nb_error *err)
{
    if (isfinite(low) && isfinite(high) && isfinite(range) && low <= high) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT,
                   "numbers from %g to %g: it takes two finite numbers, the first no larger", low, high);
}

static nb_status check_whole(uint32_t low, uint32_t high, nb_error *err)
{
    if (low < high && high <= UINT32_C(1) << 31) return NB_OK;
    return nb_fail(
        err, NB_ERR_ARGUMENT,
        "whole numbers from %lu to below %lu: the first bound must be smaller, the second at most 2^31",
        (unsigned long)low, (unsigned long)high);
}

/* ---- NumPy ---- */

static double numpy_double(nb_rng *rng)
{
    const uint32_t a = draw(rng) >> 5, b = draw(rng) >> 6;
    return (a * 67108864.0 + b) / 9007199254740992.0;
}

nb_status nb_numpy_uniform(nb_rng *rng, size_t n, double low, double high, double *out, nb_error *err)
{
    const double range = high - low;
    const nb_status status = check_real(low, high, range, err);
    if (status != NB_OK) return status;
    for (size_t i = 0; i < n; i++) out[i] = low + range * numpy_double(rng);
    return NB_OK;
}

/* Masked rejection, as RandomState does for ranges below 2^32; a range of one number draws nothing. */
nb_status nb_numpy_randint(nb_rng *rng, uint32_t low, uint32_t high, size_t n, int32_t *out, nb_error *err)
{
    const nb_status status = check_whole(low, high, err);
    if (status != NB_OK) return status;
    const uint32_t range = high - low - 1;
    uint32_t mask = range;
    for (int shift = 1; shift < 32; shift *= 2) mask |= mask >> shift;
    for (size_t i = 0; i < n; i++) {
        uint32_t value = 0;
        if (range > 0) {
            do value = draw(rng) & mask;
            while (value > range);
        }
        out[i] = (int32_t)(low + value);
    }
    return NB_OK;
}

static double numpy_normal(nb_rng *rng)
{
    if (rng->has_numpy_normal) {
        rng->has_numpy_normal = false;
        return rng->numpy_normal;
    }
    double x, y, rr;
    do { /* Marsaglia's polar method: a point inside the unit circle */
        x = 2.0 * numpy_double(rng) - 1.0;
        y = 2.0 * numpy_double(rng) - 1.0;
        rr = x * x + y * y;
    } while (rr >= 1.0 || rr == 0.0);
    const double f = sqrt(-2.0 * nb_log(rr) / rr);
    rng->numpy_normal = f * x;
    rng->has_numpy_normal = true;
    return f * y;
}

void nb_numpy_randn(nb_rng *rng, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++) out[i] = numpy_normal(rng);
}

/* ---- PyTorch ---- */

static float torch_float(nb_rng *rng) { return (float)(draw(rng) & 0xffffffU) * 0x1p-24F; }

static double torch_double(nb_rng *rng)
{
    const uint64_t high = draw(rng), low = draw(rng);
    return (double)((high << 32 | low) & ((UINT64_C(1) << 53) - 1)) * 0x1p-53;
}

void nb_torch_rand(nb_rng *rng, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = torch_float(rng);
}

void nb_torch_bernoulli(nb_rng *rng, size_t n, double p, float *out)
{
    for (size_t i = 0; i < n; i++) out[i] = torch_double(rng) < p ? 1.0F : 0.0F;
}

nb_status nb_torch_uniform(nb_rng *rng, size_t n, float low, float high, float *out, nb_error *err)
{
    const nb_status status = check_real((double)low, (double)high, (double)(high - low), err);
    if (status != NB_OK) return status;
    /* PyTorch fuses the product and the sum; both are exact in double, so this rounds once as well. */
    const double range = (double)(high - low), from = (double)low;
    for (size_t i = 0; i < n; i++) out[i] = (float)((double)torch_float(rng) * range + from);
    return NB_OK;
}

static double torch_normal(nb_rng *rng)
{
    if (rng->has_torch_normal) {
        rng->has_torch_normal = false;
        return rng->torch_normal;
    }
    const double u1 = torch_double(rng), u2 = torch_double(rng);
    const double r = sqrt(-2.0 * nb_log(1.0 - u2)); /* 1 - u2 is exact: this is PyTorch's log1p(-u2) */
    double s, c;
    nb_sincos(2.0 * NB_PI * u1, &s, &c);
    rng->torch_normal = r * s;
    rng->has_torch_normal = true;
    return r * c;
}

void nb_torch_randn(nb_rng *rng, size_t n, float *out)
{
    if (n < 16) {
        for (size_t i = 0; i < n; i++) out[i] = (float)torch_normal(rng);
        return;
    }
    nb_torch_rand(rng, n, out);
    size_t i = 0;
    for (; i + 16 <= n; i += 16) nb_box_muller_16(out + i);
    if (i < n) { /* PyTorch draws the last 16 anew, over the end of the block before */
        nb_torch_rand(rng, 16, out + n - 16);
        nb_box_muller_16(out + n - 16);
    }
}

void nb_torch_skip_randn(nb_rng *rng, size_t n)
{
    if (n < 16) {
        for (size_t i = 0; i < n; i++) torch_normal(rng);
        return;
    }
    size_t words = n + (n % 16 ? 16 : 0);
    while (words > 0) {
        if (rng->next == WORDS) twist(rng);
        const size_t left = WORDS - rng->next, some = words < left ? words : left;
        rng->next += (uint32_t)some;
        words -= some;
    }
}

nb_status nb_torch_randint(nb_rng *rng, uint32_t low, uint32_t high, size_t n, int32_t *out, nb_error *err)
{
    const nb_status status = check_whole(low, high, err);
    if (status != NB_OK) return status;
    for (size_t i = 0; i < n; i++) out[i] = (int32_t)(low + draw(rng) % (high - low));
    return NB_OK;
}

nb_status nb_torch_randperm(nb_rng *rng, size_t n, int32_t *out, nb_error *err)
{
    if (n > INT32_MAX)
        return nb_fail(err, NB_ERR_ARGUMENT, "a permutation of %zu numbers: it takes at most 2^31 - 1", n);
    for (size_t i = 0; i < n; i++) out[i] = (int32_t)i;
    for (size_t i = 0; i + 1 < n; i++) { /* Fisher and Yates, from the front */
        const size_t j = i + draw(rng) % (uint32_t)(n - i);
        const int32_t swap = out[i];
        out[i] = out[j];
        out[j] = swap;
    }
    return NB_OK;
}
