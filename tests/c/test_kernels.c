/* test_kernels.c - every kernel variant against plain C, bit for bit.
 *
 * A comparison that cannot fail proves nothing, so the same function is then given kernels with one small fault each
 * and must find it. */
#include "compare_kernels.h"

#include "base/math.h"
#include "kernels/engine.h"

/* ---- The variants
 * ------------------------------------------------------------------------------------------ */

static nb_engine *engine_with(nb_mode mode, const char *name)
{
    nb_engine *engine = NULL;
    nb_error err = {0};
    REQUIRE(nb_engine_create(mode, 1, name, &engine, &err) == NB_OK, "%s", err.message);
    return engine;
}

static void test_exact_variants(void)
{
    const char *names[16];
    const size_t count = nb_kernel_names(names, 16);
    REQUIRE(count >= 1 && count <= 16 && strcmp(names[0], "scalar") == 0, "%zu variants", count);
    for (size_t i = 0; i < count; i++) {
        nb_engine *engine = engine_with(NB_MODE_EXACT, names[i]);
        CHECK(strcmp(nb_engine_kernels(engine), names[i]) == 0, "asked for %s", names[i]);
        random_state = 7;
        const size_t gemms = compare_all_gemms(&nb_kernels_scalar, engine->kernels);
        const size_t rest = compare_the_rest(&nb_kernels_scalar, engine->kernels);
        CHECK(gemms == 0 && rest == 0, "%s: %zu numbers of gemm and %zu others differ from scalar", names[i],
              gemms, rest);
        nb_engine_destroy(engine);
    }
    nb_engine *best = engine_with(NB_MODE_EXACT, NULL);
    CHECK(strcmp(nb_engine_kernels(best), names[count - 1]) == 0, "the best is not the last");
    nb_engine_destroy(best);
    CHECK(nb_kernel_names(NULL, 0) == count, "the number depends on the capacity");
}

/* The largest rounding error of a sum, in units of sqrt(k + 1) half ulps of the sum of its terms' sizes:
 * errors of k + 1 roundings partly cancel. */
static double worst_error(const nb_kernels *kernels)
{
    double worst = 0.0;
    for (size_t k = 1; k <= 129; k += 16) {
        const gemm_case t = {.m = 13, .n = 37, .k = k, .bias = true, .transposed = k & 16, .high = true};
        for (int i = 0; i < 4; i++) fill(source[i], ROOM, false);
        size_t c_size;
        const nb_gemm g = gemm_args(&t, &c_size);
        kernels->gemm(&g);
        for (size_t m = 0; m < t.m; m++) {
            for (size_t n = 0; n < t.n; n++) {
                double sum = 0.0, size = fabs((double)g.bias[n]);
                for (size_t step = 0; step < k; step++) {
                    const double term =
                        (double)g.a[a_at(g.a_row, g.transposed, m, step)] * (double)g.b[step * g.b_row + n];
                    sum += term;
                    size += fabs(term);
                }
                sum += (double)g.bias[n];
                const double unit = sqrt((double)k + 1.0) * 0x1p-24 * size;
                worst = larger(worst, fabs((double)g.c[m * g.c_row + n] - sum) / unit);
            }
        }
    }
    return worst;
}

/* Plain C against a naive sum in double; the fused variants likewise, and exactly where nothing is fused. */
static void test_accuracy(void)
{
    const char *names[16];
    const size_t count = nb_kernel_names(names, 16);
    for (size_t i = 0; i < count; i++) {
        nb_engine *engine = engine_with(NB_MODE_FAST, names[i]);
        random_state = 9;
        const double worst = worst_error(engine->kernels);
        printf("measured %s %.2g (limit 1.3)\n", engine->kernels->name, worst);
        CHECK(worst > 0.0 && worst <= 1.3, "%s: %g units", engine->kernels->name, worst);
        CHECK(compare_the_rest(&nb_kernels_scalar, engine->kernels) == 0, "%s: it fuses more than gemm",
              engine->kernels->name);
        nb_engine_destroy(engine);
    }
    FAILS(NB_ERR_ARGUMENT, "mmx", nb_engine_create(NB_MODE_EXACT, 1, "mmx", &(nb_engine *){NULL}, &failure));
    FAILS(NB_ERR_ARGUMENT, "threads",
          nb_engine_create(NB_MODE_EXACT, 0, NULL, &(nb_engine *){NULL}, &failure));
    FAILS(NB_ERR_ARGUMENT, "threads",
          nb_engine_create(NB_MODE_EXACT, 65, NULL, &(nb_engine *){NULL}, &failure));
    FAILS(NB_ERR_ARGUMENT, "mode", nb_engine_create((nb_mode)2, 1, NULL, &(nb_engine *){NULL}, &failure));
}

/* ---- Kernels with a fault, which must be found
 * --------------------------------------------------------------- */

static void gemm_one_ulp(const nb_gemm *g)
{
    nb_kernels_scalar.gemm(g);
    float *last = g->c + (g->m - 1) * g->c_row + g->n - 1;
    if (g->m == 13 && g->n == 37 && g->k == 17) *last = nextafterf(*last, 9.0F);
}

static void gemm_without_last_column(const nb_gemm *g)
{
    nb_gemm fewer = *g;
    if (g->n % 4 == 1) fewer.n--;
    nb_kernels_scalar.gemm(&fewer);
}

/* Each sum by itself: fused, or from the other end of k. */
static void gemm_otherwise(const nb_gemm *g, bool fused)
{
    for (size_t m = 0; m < g->m; m++) {
        for (size_t n = 0; n < nb_padded(g->n); n++) {
            float *c = g->c + m * g->c_row + n, sum = g->accumulate ? *c : 0.0F;
            for (size_t step = 0; step < g->k; step++) {
                const size_t k = fused ? step : g->k - 1 - step;
                const float a = g->a[a_at(g->a_row, g->transposed, m, k)], b = g->b[k * g->b_row + n];
                sum = fused ? fmaf(a, b, sum) : sum + a * b;
            }
            *c = g->bias ? sum + g->bias[n] : sum;
        }
    }
}

static void gemm_fused(const nb_gemm *g) { gemm_otherwise(g, true); }

static void gemm_backwards(const nb_gemm *g) { gemm_otherwise(g, false); }

/* One number past the padding of the last row: the canaries' business. */
static void gemm_beyond(const nb_gemm *g)
{
    nb_kernels_scalar.gemm(g);
    const fence *f = &fences[2];
    if (f->array == f->room && g->m) g->c[(g->m - 1) * g->c_row + nb_padded(g->n)] = 0.0F;
}

static void relu_max(size_t n, float *x)
{
    for (size_t i = 0; i < n; i++) x[i] = x[i] > 0.0F ? x[i] : 0.0F; /* loses NaN and the sign of -0 */
}

static void relu_backward_at_zero(size_t n, const float *y, float *grad)
{
    for (size_t i = 0; i < n; i++) grad[i] = y[i] >= 0.0F ? grad[i] : 0.0F;
}

/* The bias before the sum, where it belongs behind it. */
static void gemm_bias_first(const nb_gemm *g)
{
    nb_gemm sum = *g;
    if (g->bias && !g->accumulate) {
        for (size_t m = 0; m < g->m; m++)
            memcpy(g->c + m * g->c_row, g->bias, nb_padded(g->n) * sizeof(float));
        sum.bias = NULL;
        sum.accumulate = true;
    }
    nb_kernels_scalar.gemm(&sum);
}

static void sum_rows_in_halves(size_t m, size_t n, const float *x, size_t x_row, bool accumulate, float *out)
{
    for (size_t j = 0; j < nb_padded(n); j++) {
        float sum[2] = {accumulate ? out[j] : 0.0F, 0.0F};
        for (size_t i = 0; i < m; i++) sum[i & 1] += x[i * x_row + j];
        out[j] = sum[0] + sum[1];
    }
}

static void sum_rows_anew(size_t m, size_t n, const float *x, size_t x_row, bool accumulate, float *out)
{
    (void)accumulate;
    nb_kernels_scalar.sum_rows(m, n, x, x_row, false, out);
}

static void silu_in_double(size_t n, const float *x, float *y)
{
    for (size_t i = 0; i < n; i++) y[i] = (float)((double)x[i] / (1.0 + nb_exp(-(double)x[i])));
}

static void silu_backward_anew(size_t n, const float *x, const float *dy, float *dx)
{
    for (size_t i = 0; i < n; i++) dx[i] = 0.0F;
    nb_kernels_scalar.silu_backward(n, x, dy, dx);
}

/* Keeps a subnormal first moment where the others flush it. */
static void adam_without_flush(size_t n, const nb_adam_step_args *s, const float *grad, float *p, float *m,
                               float *v)
{
    for (size_t i = 0; i < n; i++) {
        const float kept = m[i] * s->beta1 + grad[i] * s->one_minus_beta1;
        nb_kernels_scalar.adam(1, s, grad + i, p + i, m + i, v + i);
        m[i] = kept;
    }
}

static void test_faults(void)
{
    static const struct {
        const char *fault;
        nb_kernels replace;
    } faulty[] = {{"an ulp in one number", {.gemm = gemm_one_ulp}},
                  {"the last column left out", {.gemm = gemm_without_last_column}},
                  {"a fused sum", {.gemm = gemm_fused}},
                  {"another order of k", {.gemm = gemm_backwards}},
                  {"the bias first", {.gemm = gemm_bias_first}},
                  {"a number too many", {.gemm = gemm_beyond}},
                  {"relu that drops NaN", {.relu = relu_max}},
                  {"a gradient at 0", {.relu_backward = relu_backward_at_zero}},
                  {"rows in another order", {.sum_rows = sum_rows_in_halves}},
                  {"rows that do not accumulate", {.sum_rows = sum_rows_anew}},
                  {"silu rounded once", {.silu = silu_in_double}},
                  {"a gradient that is not added", {.silu_backward = silu_backward_anew}},
                  {"subnormal moments", {.adam = adam_without_flush}}};
    for (size_t i = 0; i < COUNT(faulty); i++) {
        nb_kernels k = nb_kernels_scalar;
        if (faulty[i].replace.gemm) k.gemm = faulty[i].replace.gemm;
        if (faulty[i].replace.relu) k.relu = faulty[i].replace.relu;
        if (faulty[i].replace.relu_backward) k.relu_backward = faulty[i].replace.relu_backward;
        if (faulty[i].replace.sum_rows) k.sum_rows = faulty[i].replace.sum_rows;
        if (faulty[i].replace.silu) k.silu = faulty[i].replace.silu;
        if (faulty[i].replace.silu_backward) k.silu_backward = faulty[i].replace.silu_backward;
        if (faulty[i].replace.adam) k.adam = faulty[i].replace.adam;
        random_state = 7;
        const size_t found = faulty[i].replace.gemm ? compare_all_gemms(&nb_kernels_scalar, &k)
                                                    : compare_the_rest(&nb_kernels_scalar, &k);
        CHECK(found > 0, "%s went unnoticed", faulty[i].fault);
    }
}

/* Against double, over all that a float can be asked for: the value and its slope within a few roundings of what they are. */
static void test_silu(void)
{
    enum { TRIED = 40000 };
    const nb_kernels *k = &nb_kernels_scalar;
    double worst = 0.0, steepest = 0.0;
    for (int i = 0; i <= TRIED; i++) {
        const float x = (float)(200.0 * i / TRIED - 100.0), one = 1.0F;
        float y, slope = 0.0F;
        k->silu(1, &x, &y);
        k->silu_backward(1, &x, &one, &slope);
        const double e = nb_exp(-(double)x), s = 1.0 / (1.0 + e), v = (double)x;
        const double want = v * s, rise = s * (1.0 + v * e * s);
        const double beyond = v < -87.0 ? 1e-29 : 0.0; /* a ten-millionth of that is nothing to anyone */
        const double off = fabs((double)y - want) / (fabs(want) + 1e-40 + beyond);
        const double turned = fabs((double)slope - rise) / (s * (1.0 + fabs(v) * e * s) + beyond);
        worst = off > worst ? off : worst;
        steepest = turned > steepest ? turned : steepest;
    }
    CHECK(worst < 4e-7, "silu: off by %g of its size", worst);
    CHECK(steepest < 6e-7, "silu's slope: off by %g", steepest);
    const float edges[] = {NAN, INFINITY, -INFINITY, 3e38F, -3e38F};
    float y[5];
    k->silu(5, edges, y);
    CHECK(y[0] != y[0] && y[1] == INFINITY && y[3] == 3e38F && y[4] < 0.0F && y[4] > -10.0F,
          "silu at the ends: %g %g %g", (double)y[1], (double)y[3], (double)y[4]);
}

static void test_bits(void)
{
    nb_engine *engine = new_engine();
    random_state = 3;
    for (int i = 0; i < 4; i++) fill(source[i], ROOM, false);
    const gemm_case t = {.m = 29, .n = 53, .k = 41, .bias = true, .transposed = true};
    size_t c_size;
    const nb_gemm g = gemm_args(&t, &c_size);
    engine->kernels->gemm(&g);
    bits("gemm", g.c, c_size * sizeof(float));
    engine->kernels->silu(1000, source[0], source[1]);
    bits("silu", source[1], 1000 * sizeof(float));
    engine->kernels->silu_backward(1000, source[0], source[2], source[1]);
    bits("silu's gradient", source[1], 1000 * sizeof(float));
    fill(source[1], 1000, false);
    for (size_t i = 0; i < 1000; i++) source[3][i] = fabsf(source[3][i]);
    engine->kernels->adam(1000, &adam_args, source[0], source[1], source[2], source[3]);
    bits("adam", source[1], 1000 * sizeof(float));
    nb_engine_destroy(engine);
}

int main(void)
{
    fences_open();
    test_exact_variants();
    test_accuracy();
    test_faults();
    test_silu();
    test_bits();
    fences_close();
    return check_report();
}
