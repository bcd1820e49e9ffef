/* test_random.c - exact math, and the random streams of NumPy and PyTorch. */
#include "base/math.h"
#include "check.h"

#include <float.h>

static const uint32_t seeds[3] = {42, 0, 4294967295U};

/* Wherever long double has more digits than double, and functions that give them, the functions of math.h are within
 * what it promises. Elsewhere their bits are compared with those that were measured. */
#if LDBL_MANT_DIG > DBL_MANT_DIG && !defined(__EMSCRIPTEN__)
/* How far `got` is from the true value, in ulps of that: 2^-52 of its power of two, 2^-1074 among the subnormals. */
static double ulps(double got, long double want)
{
    int exponent;
    frexpl(want, &exponent);
    return (double)(fabsl((long double)got - want) /
                    ldexpl(1.0L, (exponent < -1021 ? -1021 : exponent) - 53));
}

static void test_ulps(void)
{
    enum { EXP, LOOP_EXP, LOG, SIN, COS, ACOS, FUNCTIONS, POINTS = 50000 };
    static const char *const functions[FUNCTIONS] = {"exp", "exp in loops", "log", "sin", "cos", "acos"};
    static const double limits[FUNCTIONS] = {1.0, 1.0, 1.0, 1.0, 1.0, 1.5};
    double worst[FUNCTIONS] = {0.0};
    for (int i = 0; i < POINTS; i++) {
        const double u = fmod((i + 0.5) * 0.6180339887498949, 1.0), v = 2.0 * u - 1.0; /* in no order */
        const double narrow = 40.0 * v, wide = u * 1454.7 - 745.1, subnormal = u * 37.0 - 745.1;
        worst[EXP] = larger(worst[EXP], ulps(nb_exp(narrow), expl((long double)narrow)));
        worst[EXP] = larger(worst[EXP], ulps(nb_exp(wide), expl((long double)wide)));
        worst[EXP] = larger(worst[EXP], ulps(nb_exp(subnormal), expl((long double)subnormal)));
        const double within = 708.0 * v;
        worst[LOOP_EXP] = larger(worst[LOOP_EXP], ulps(nb_exp_in_loops(narrow), expl((long double)narrow)));
        worst[LOOP_EXP] = larger(worst[LOOP_EXP], ulps(nb_exp_in_loops(within), expl((long double)within)));
        const double near_1 = 0.5 + 1.5 * u, scaled = ldexp(near_1, i % 2040 - 1020);
        worst[LOG] = larger(worst[LOG], ulps(nb_log(near_1), logl((long double)near_1)));
        worst[LOG] = larger(worst[LOG], ulps(nb_log(scaled), logl((long double)scaled)));
        const double angles[3] = {10.0 * v, 1e5 * v,
                                  (i + 1) * NB_PI / 2.0}; /* the last lies next to a zero */
        for (int k = 0; k < 3; k++) {
            worst[SIN] = larger(worst[SIN], ulps(nb_sin(angles[k]), sinl((long double)angles[k])));
            worst[COS] = larger(worst[COS], ulps(nb_cos(angles[k]), cosl((long double)angles[k])));
        }
        worst[ACOS] = larger(worst[ACOS], ulps(nb_acos(v), acosl((long double)v)));
    }
    for (int i = 0; i < FUNCTIONS; i++) {
        printf("measured %s %.3g ulp (limit %g)\n", functions[i], worst[i], limits[i]);
        CHECK(worst[i] > 0.0 && worst[i] <= limits[i], "%s is %g ulp away", functions[i], worst[i]);
    }
}
#else
static void test_ulps(void) {}
#endif

static void test_math(void)
{
    CHECK(nb_exp(0.0) == 1.0 && nb_log(1.0) == 0.0 && nb_sin(0.0) == 0.0 && nb_cos(0.0) == 1.0, "at 0");
    CHECK(nb_exp(1000.0) == HUGE_VAL && nb_exp(-1000.0) == 0.0 && isnan(nb_exp(NAN)), "beyond the range");
    CHECK(nb_exp_in_loops(0.0) == 1.0 && isnan(nb_exp_in_loops(NAN)), "exp in loops");
    CHECK(isinf((float)nb_exp_in_loops(1000.0)) && (float)nb_exp_in_loops(-1000.0) == 0.0F &&
              isinf((float)nb_exp_in_loops(HUGE_VAL)) && (float)nb_exp_in_loops(-HUGE_VAL) == 0.0F,
          "exp in loops, beyond its range");
    CHECK(near(nb_exp(-740.0), 0x55p-1074, 0x1p-1074, 0.0), "a subnormal result: %a", nb_exp(-740.0));
    double table[300];
    for (int i = 0; i < 100; i++) {
        table[i] = nb_exp(i * 0.1 - 5.0);
        table[100 + i] = nb_log(i * 0.1 + 0.05);
        table[200 + i] = nb_sin(i * 0.1) + nb_cos(i * 0.3);
    }
    bits("math", table, sizeof table);
}

/* Row `row` of a golden file equals values to `absolute`. */
static void compare_row(const char *name, size_t row, const float *values, size_t n, double absolute)
{
    nb_array want = golden(name);
    REQUIRE(want.rank == 2 && want.shape[1] == n, "%s has another shape", name);
    for (size_t i = 0; i < n; i++)
        CHECK(near((double)values[i], entry(&want, row * n + i), absolute, 0.0),
              "%s[%zu][%zu]: %.9g, not %.9g", name, row, i, (double)values[i], entry(&want, row * n + i));
    free(want.data);
}

static void compare_row64(const char *name, size_t row, const double *values, size_t n)
{
    nb_array want = golden(name);
    for (size_t i = 0; i < n; i++)
        CHECK(near(values[i], entry(&want, row * n + i), 0.0, 4e-16), "%s[%zu][%zu]: %.17g, not %.17g", name,
              row, i, values[i], entry(&want, row * n + i));
    free(want.data);
}

static void compare_ints(const char *name, size_t row, const int32_t *values, size_t n)
{
    nb_array want = golden(name);
    for (size_t i = 0; i < n; i++)
        CHECK((double)values[i] == entry(&want, row * n + i), "%s[%zu][%zu]: %d", name, row, i,
              (int)values[i]);
    free(want.data);
}

static void test_numpy(nb_rng *rng, size_t row)
{
    double v[9];
    nb_rng_seed(rng, seeds[row]);
    nb_numpy_uniform(rng, 8, 0.0, 1.0, v, NULL);
    compare_row64("numpy_random_sample", row, v, 8);
    nb_rng_seed(rng, seeds[row]);
    nb_numpy_uniform(rng, 8, -1.0, 1.0, v, NULL);
    compare_row64("numpy_uniform", row, v, 8);
    nb_rng_seed(rng, seeds[row]);
    nb_numpy_randn(rng, 4, v); /* two calls: the value kept back crosses them */
    nb_numpy_randn(rng, 5, v + 4);
    compare_row64("numpy_randn", row, v, 9);
}

static void test_torch(nb_rng *rng, size_t row)
{
    float v[40];
    int32_t k[10];
    nb_rng_seed(rng, seeds[row]);
    nb_torch_rand(rng, 8, v);
    compare_row("torch_rand", row, v, 8, 0.0);
    nb_rng_seed(rng, seeds[row]);
    nb_torch_randn(rng, 5, v);
    nb_torch_randn(rng, 5, v + 5);
    nb_torch_randn(rng, 3, v + 10);
    compare_row("torch_randn_5_5_3", row, v, 13, 1e-7);
    static const struct {
        const char *name;
        size_t n;
    } fills[] = {{"torch_randn_16", 16}, {"torch_randn_17", 17}, {"torch_randn_40", 40}};
    for (size_t i = 0; i < 3; i++) {
        nb_rng_seed(rng, seeds[row]);
        nb_torch_randn(rng, fills[i].n, v);
        compare_row(fills[i].name, row, v, fills[i].n, 0.0); /* PyTorch's own bits */
    }
    nb_rng_seed(rng, seeds[row]);
    nb_torch_randn(rng, 3, v);
    nb_torch_rand(rng, 2, v + 3);
    nb_torch_randn(rng, 16, v + 5);
    nb_torch_randn(rng, 2, v + 21);
    compare_row("torch_mixed", row, v, 23, 1e-7);
    nb_rng_seed(rng, seeds[row]);
    nb_torch_randint(rng, 0, 1000, 8, k, NULL);
    compare_ints("torch_randint_1000", row, k, 8);
    nb_rng_seed(rng, seeds[row]);
    nb_torch_randperm(rng, 10, k, NULL);
    compare_ints("torch_randperm_10", row, k, 10);
}

/* Skipped numbers leave the generator where drawn ones do, wherever in its words it stands. */
static void test_skip(void)
{
    static const size_t counts[] = {0, 1, 3, 15, 16, 17, 40, 624, 1000, 1999, 2, 5};
    nb_rng *a = new_rng(7), *b = new_rng(7);
    uint8_t drawn[NB_RNG_STATE_BYTES], skipped[NB_RNG_STATE_BYTES];
    float x[1999];
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        nb_torch_randn(a, counts[i], x);
        nb_torch_skip_randn(b, counts[i]);
        nb_rng_get_state(a, drawn);
        nb_rng_get_state(b, skipped);
        CHECK(memcmp(drawn, skipped, sizeof drawn) == 0, "%zu numbers skipped: another state", counts[i]);
    }
    nb_rng_destroy(a);
    nb_rng_destroy(b);
}

static void test_state(void)
{
    nb_rng *a = new_rng(7), *b = new_rng(8);
    uint8_t state[NB_RNG_STATE_BYTES];
    float x[25], y[25];
    nb_error err;
    nb_torch_randn(a, 3, x); /* leaves a value kept back */
    nb_rng_get_state(a, state);
    CHECK(nb_rng_set_state(b, state, sizeof state, &err) == NB_OK, "%s", err.message);
    nb_torch_randn(a, 5, x);
    nb_torch_randn(a, 20, x + 5);
    nb_torch_randn(b, 5, y);
    nb_torch_randn(b, 20, y + 5);
    CHECK(memcmp(x, y, sizeof x) == 0, "a restored generator went another way");
    CHECK(nb_rng_set_state(b, state, 17, &err) == NB_ERR_FORMAT && strstr(err.message, "bytes"),
          "a short state");
    memset(state + 4 * 624, 0xff, 4);
    CHECK(nb_rng_set_state(b, state, sizeof state, &err) == NB_ERR_FORMAT, "a position out of range");
    /* Words from which only 0 would come, for ever; a kept value that is no number. */
    const double bad = NAN;
    nb_rng_get_state(a, state);
    memset(state, 0, 4 * 624);
    state[0] = 1;
    FAILS(NB_ERR_FORMAT, "all 0", nb_rng_set_state(b, state, sizeof state, &failure));
    nb_rng_get_state(a, state);
    memcpy(state + 4 * 624 + 8, &bad, sizeof bad);
    FAILS(NB_ERR_FORMAT, "normal values", nb_rng_set_state(b, state, sizeof state, &failure));
    nb_torch_randn(a, 25, x);
    nb_torch_randn(b, 25, y);
    CHECK(memcmp(x, y, sizeof x) == 0, "a refused state changed the generator");
    nb_rng_destroy(a);
    nb_rng_destroy(b);
}

/* Bounds that are none: refused, and nothing is drawn. */
static void test_bounds(void)
{
    nb_rng *rng = new_rng(5), *same = new_rng(5);
    int32_t k[2] = {7, 7};
    float f[2] = {7.0F, 7.0F};
    double d[2] = {7.0, 7.0};
    FAILS(NB_ERR_ARGUMENT, "from 3 to below 3", nb_torch_randint(rng, 3, 3, 2, k, &failure));
    FAILS(NB_ERR_ARGUMENT, "from 4 to below 3", nb_torch_randint(rng, 4, 3, 2, k, &failure));
    FAILS(NB_ERR_ARGUMENT, "2^31", nb_torch_randint(rng, 0, 4000000000U, 2, k, &failure));
    FAILS(NB_ERR_ARGUMENT, "from 3 to below 3", nb_numpy_randint(rng, 3, 3, 2, k, &failure));
    FAILS(NB_ERR_ARGUMENT, "finite", nb_torch_uniform(rng, 2, 0.0F, INFINITY, f, &failure));
    FAILS(NB_ERR_ARGUMENT, "finite", nb_torch_uniform(rng, 2, 1.0F, 0.0F, f, &failure));
    FAILS(NB_ERR_ARGUMENT, "finite", nb_torch_uniform(rng, 2, -3e38F, 3e38F, f, &failure));
    FAILS(NB_ERR_ARGUMENT, "finite", nb_numpy_uniform(rng, 2, NAN, 1.0, d, &failure));
#if SIZE_MAX > UINT32_MAX
    FAILS(NB_ERR_ARGUMENT, "2^31 - 1", nb_torch_randperm(rng, (size_t)1 << 32, k, &failure));
#endif
    CHECK(k[0] == 7 && f[0] == 7.0F && d[0] == 7.0, "a refused call wrote");
    uint8_t a[NB_RNG_STATE_BYTES], b[NB_RNG_STATE_BYTES];
    nb_rng_get_state(rng, a);
    nb_rng_get_state(same, b);
    CHECK(memcmp(a, b, sizeof a) == 0, "a refused call drew");
    uint32_t seed = 0;
    CHECK(nb_rng_get_seed(rng, &seed) && seed == 5, "the seed");
    nb_rng_set_state(rng, a, sizeof a, NULL);
    CHECK(!nb_rng_get_seed(rng, &seed), "a state of unknown origin has a seed");
    CHECK(nb_torch_randint(rng, 0, UINT32_C(1) << 31, 2, k, NULL) == NB_OK && k[0] >= 0 && k[1] >= 0, "2^31");
    nb_rng_destroy(rng);
    nb_rng_destroy(same);
}

int main(void)
{
    test_math();
    test_ulps();
    nb_rng *rng = new_rng(0);
    for (size_t row = 0; row < 3; row++) {
        test_numpy(rng, row);
        test_torch(rng, row);
    }
    float noise[4096];
    nb_rng_seed(rng, 42);
    nb_torch_randn(rng, 4096, noise);
    bits("randn", noise, sizeof noise);
    nb_rng_destroy(rng);
    test_skip();
    test_state();
    test_bounds();
    return check_report();
}
