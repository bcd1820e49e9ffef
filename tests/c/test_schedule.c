/* test_schedule.c - the eight schedules and their tables against NumPy and PyTorch, noising, and the loss. */
#include "check.h"

static const char *const names[NB_SCHEDULE_KINDS] = {
    "linear",         "cosine",      "cosine-0.9999",      "quadratic",
    "quadratic-sqrt", "exponential", "exponential-closed", "cosine-clipped"};

/* The golden tables' rows are the course's seven: its cosine is the clipped one. */
enum { GOLDEN = 7 };
static const nb_schedule_kind golden_kinds[GOLDEN] = {NB_SCHEDULE_LINEAR,
                                                      NB_SCHEDULE_COSINE_CLIPPED,
                                                      NB_SCHEDULE_COSINE_9999,
                                                      NB_SCHEDULE_QUADRATIC,
                                                      NB_SCHEDULE_QUADRATIC_SQRT,
                                                      NB_SCHEDULE_EXPONENTIAL,
                                                      NB_SCHEDULE_EXPONENTIAL_CLOSED};

/* The golden tables' order. */
static const nb_table golden_tables[7] = {NB_ALPHA,
                                          NB_ALPHA_BAR,
                                          NB_ALPHA_BAR_PREV,
                                          NB_SQRT_ALPHA_BAR,
                                          NB_SQRT_ONE_MINUS_ALPHA_BAR,
                                          NB_SQRT_RECIP_ALPHA,
                                          NB_POSTERIOR_VARIANCE};

typedef struct golden_schedule {
    nb_array index, betas, tables;
    size_t count;
} golden_schedule;

static golden_schedule load(int T)
{
    char name[64];
    golden_schedule g;
    snprintf(name, sizeof name, "schedules_T%d_index", T);
    g.index = golden(name);
    snprintf(name, sizeof name, "schedules_T%d_betas", T);
    g.betas = golden(name);
    snprintf(name, sizeof name, "schedules_T%d_tables", T);
    g.tables = golden(name);
    g.count = g.index.shape[0];
    REQUIRE(g.betas.shape[0] == GOLDEN && g.tables.shape[1] == 7 && g.tables.shape[2] == g.count,
            "the golden tables have another shape");
    return g;
}

/* NumPy's beta in double. The lines and squares are its bits; the exponentials may be off by one unit in the
 * last place of exp. The cosine kinds take 1 - a quotient near 1: an ulp of a cosine becomes an absolute
 * error of a few 1e-16 in a beta of 1e-4. */
static void compare_betas(const nb_schedule *s, size_t row, const golden_schedule *g)
{
    const nb_schedule_kind kind = golden_kinds[row];
    const bool cosine = kind == NB_SCHEDULE_COSINE_CLIPPED || kind == NB_SCHEDULE_COSINE_9999;
    const bool exponential = kind == NB_SCHEDULE_EXPONENTIAL || kind == NB_SCHEDULE_EXPONENTIAL_CLOSED;
    const double absolute = cosine ? 4.5e-16 : 0.0, relative = exponential ? 4.5e-16 : 0.0;
    for (size_t i = 0; i < g->count; i++) {
        const size_t t = (size_t)entry(&g->index, i);
        const double got = nb_schedule_beta64(s)[t], want = entry(&g->betas, row * g->count + i);
        CHECK(near(got, want, absolute, relative), "%s: beta[%zu] = %.17g, not %.17g (%.2g)", names[kind], t,
              got, want, (got - want) / want);
    }
}

/* PyTorch's tables, bit for bit: every operation is one correctly rounded float operation on both sides, and
 * a beta that differs in its last double digit is still the same float. */
static void compare_tables(const nb_schedule *s, size_t row, const golden_schedule *g)
{
    const nb_schedule_kind kind = golden_kinds[row];
    for (size_t k = 0; k < 7; k++) {
        const float *table = nb_schedule_table(s, golden_tables[k]);
        for (size_t i = 0; i < g->count; i++) {
            const size_t t = (size_t)entry(&g->index, i);
            const float want = ((const float *)g->tables.data)[(row * 7 + k) * g->count + i];
            CHECK(table[t] == want, "%s: table %zu at t = %zu: %.9g, not %.9g", names[kind], k, t,
                  (double)table[t], (double)want);
        }
    }
}

/* What the tables mean, whatever made the betas. */
static void check_meaning(const nb_schedule *s, int kind)
{
    const float *table[NB_TABLES];
    const size_t last = (size_t)nb_schedule_T(s) - 1;
    for (int k = 0; k < NB_TABLES; k++) table[k] = nb_schedule_table(s, (nb_table)k);
    double product = 1.0;
    for (size_t t = 0; t <= last; t++) {
        const double beta = (double)table[NB_BETA][t], bar = (double)table[NB_ALPHA_BAR][t];
        const double previous = (double)table[NB_ALPHA_BAR_PREV][t];
        product *= (double)table[NB_ALPHA][t];
        CHECK(beta > 0.0 && beta < 1.0 && table[NB_BETA][t] == (float)nb_schedule_beta64(s)[t],
              "%s: beta[%zu] = %g", names[kind], t, beta);
        CHECK(near(bar, product, 0.0, 6e-8), "%s: alpha_bar[%zu] is no product", names[kind], t);
        CHECK(previous == (t ? (double)table[NB_ALPHA_BAR][t - 1] : 1.0), "%s: alpha_bar_prev[%zu]",
              names[kind], t);
        CHECK(t == 0 || bar < previous, "%s: alpha_bar does not fall at %zu", names[kind], t);
        CHECK(near((double)table[NB_SNR][t], bar / (1.0 - bar), 0.0, 2e-7), "%s: SNR[%zu]", names[kind], t);
        const double variance = beta * (1.0 - previous) / (1.0 - bar);
        CHECK(near((double)table[NB_POSTERIOR_VARIANCE][t], variance, 0.0, 3e-7),
              "%s: posterior variance[%zu]", names[kind], t);
        CHECK((double)table[NB_POSTERIOR_VARIANCE][t] <= beta, "%s: it exceeds beta at %zu", names[kind], t);
    }
    CHECK(table[NB_POSTERIOR_VARIANCE][0] == 0.0F, "%s: x_0 given x_0 varies", names[kind]);
    CHECK(table[NB_POSTERIOR_VARIANCE][last] > 0.0F, "%s: T entries", names[kind]);
    char name[64];
    snprintf(name, sizeof name, "%s_T%zu", names[kind], last + 1);
    bits(name, table[0], NB_TABLES * (last + 1) * sizeof(float));
    snprintf(name, sizeof name, "%s_T%zu_beta64", names[kind], last + 1);
    bits(name, nb_schedule_beta64(s), (last + 1) * sizeof(double));
}

static void test_golden(int T)
{
    golden_schedule g = load(T);
    for (int kind = 0; kind < NB_SCHEDULE_KINDS; kind++) {
        nb_schedule *s = new_schedule((nb_schedule_kind)kind, T);
        CHECK(nb_schedule_T(s) == T, "T = %d", nb_schedule_T(s));
        check_meaning(s, kind);
        for (size_t row = 0; row < GOLDEN; row++) {
            if ((int)golden_kinds[row] != kind) continue;
            compare_betas(s, row, &g);
            compare_tables(s, row, &g);
        }
        nb_schedule_destroy(s);
    }
    free(g.index.data);
    free(g.betas.data);
    free(g.tables.data);
}

static void test_names(void)
{
    for (int kind = 0; kind < NB_SCHEDULE_KINDS; kind++) {
        nb_schedule_kind found = NB_SCHEDULE_LINEAR;
        const char *name = nb_schedule_name((nb_schedule_kind)kind);
        CHECK(name && strcmp(name, names[kind]) == 0, "kind %d has another name", kind);
        CHECK(nb_schedule_find(names[kind], &found, NULL) == NB_OK && (int)found == kind, "%s", names[kind]);
    }
    CHECK(nb_schedule_name((nb_schedule_kind)NB_SCHEDULE_KINDS) == NULL, "a kind too many");
    nb_schedule_kind kept = NB_SCHEDULE_QUADRATIC;
    static const char *const unknown[] = {"", "Linear", "linear ", "cosine-0.999", "sigmoid\nschedule"};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
        FAILS(NB_ERR_ARGUMENT, "exponential-closed", nb_schedule_find(unknown[i], &kept, &failure));
    CHECK(kept == NB_SCHEDULE_QUADRATIC, "a refused name wrote a kind");
}

static void test_other_names(void)
{
    static const char *const methods[] = {"ddpm", "ddim", "dpm-solver++", "plms"};
    static const char *const variances[NB_VARIANCES] = {"posterior", "beta", "zero"};
    for (int k = 0; k < 4; k++) {
        nb_method found = NB_DDPM;
        CHECK(strcmp(nb_method_name((nb_method)k), methods[k]) == 0, "method %d has another name", k);
        CHECK(nb_method_find(methods[k], &found, NULL) == NB_OK && (int)found == k, "%s", methods[k]);
    }
    for (int k = 0; k < NB_VARIANCES; k++) {
        nb_variance found = NB_VARIANCE_POSTERIOR;
        CHECK(strcmp(nb_variance_name((nb_variance)k), variances[k]) == 0, "variance %d has another name", k);
        CHECK(nb_variance_find(variances[k], &found, NULL) == NB_OK && (int)found == k, "%s", variances[k]);
    }
    CHECK(nb_method_name((nb_method)6) == NULL, "a method too many");
    CHECK(nb_variance_name((nb_variance)NB_VARIANCES) == NULL, "a variance too many");
    nb_method method = NB_PNDM;
    nb_variance variance = NB_VARIANCE_ZERO;
    static const char *const unknown[] = {"", "DDPM", "ddim ", "posteriors"};
    for (size_t i = 0; i < 4; i++) {
        FAILS(NB_ERR_ARGUMENT, "dpm-solver++", nb_method_find(unknown[i], &method, &failure));
        FAILS(NB_ERR_ARGUMENT, "posterior", nb_variance_find(unknown[i], &variance, &failure));
    }
    CHECK(method == NB_PNDM && variance == NB_VARIANCE_ZERO, "a refused name wrote a value");
}

static void test_refusals(void)
{
    nb_schedule *kept = new_schedule(NB_SCHEDULE_LINEAR, 5), *s = kept;
    static const int bad_T[] = {1, 0, -1000, 100001, INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < sizeof bad_T / sizeof *bad_T; i++)
        FAILS(NB_ERR_ARGUMENT,
              "T = ", nb_schedule_create(NB_SCHEDULE_COSINE, bad_T[i], 1e-4, 0.02, &s, &failure));
    static const double bad_beta[][2] = {{NAN, 0.02},   {1e-4, NAN},      {0.02, 1e-4}, {0.0, 0.02},
                                         {-1e-4, 0.02}, {1e-4, INFINITY}, {1e-4, 1.0},  {-INFINITY, 0.02}};
    for (size_t i = 0; i < sizeof bad_beta / sizeof *bad_beta; i++)
        FAILS(NB_ERR_ARGUMENT, "beta",
              nb_schedule_create(NB_SCHEDULE_LINEAR, 10, bad_beta[i][0], bad_beta[i][1], &s, &failure));
    FAILS(NB_ERR_ARGUMENT, "schedule",
          nb_schedule_create((nb_schedule_kind)NB_SCHEDULE_KINDS, 10, 1e-4, 0.02, &s, &failure));
    FAILS(NB_ERR_ARGUMENT, "schedule",
          nb_schedule_create((nb_schedule_kind)-1, 10, 1e-4, 0.02, &s, &failure));
    CHECK(s == kept, "a refused schedule was handed out");
    nb_schedule_destroy(kept);
    nb_schedule_destroy(NULL);
}

static nb_schedule *create(nb_schedule_kind kind, int T, double beta_start, double beta_end)
{
    nb_schedule *s = NULL;
    nb_error err = {0};
    REQUIRE(nb_schedule_create(kind, T, beta_start, beta_end, &s, &err) == NB_OK, "%s", err.message);
    return s;
}

static bool all_finite(const nb_schedule *s)
{
    for (int k = 0; k < NB_TABLES; k++) {
        for (int t = 0; t < nb_schedule_T(s); t++) {
            if (!isfinite(nb_schedule_table(s, (nb_table)k)[t])) return false;
        }
    }
    return true;
}

/* As NumPy's linspace, a line ends at what was asked for, to the bit. */
static void test_last(void)
{
    size_t off = 0;
    for (int T = 2; T < 500; T++) {
        nb_schedule *s = create(NB_SCHEDULE_LINEAR, T, 1e-4, 0.02);
        off += nb_schedule_beta64(s)[0] != 1e-4 || nb_schedule_beta64(s)[T - 1] != 0.02;
        nb_schedule_destroy(s);
    }
    CHECK(off == 0, "%zu lines begin or end elsewhere", off);
}

/* The ends of what is accepted; every table that is handed out is finite. */
static void test_extremes(void)
{
    static const struct {
        nb_schedule_kind kind;
        int T;
        double beta_start, beta_end;
    } good[] = {{NB_SCHEDULE_LINEAR, 2, 1e-4, 0.02},
                {NB_SCHEDULE_LINEAR, 8600, 1e-4, 0.02},
                {NB_SCHEDULE_LINEAR, 100000, 0x1p-24, 1e-3},
                {NB_SCHEDULE_LINEAR, 3, 0x1p-24, 0.99999},
                {NB_SCHEDULE_EXPONENTIAL, 10, 0.01, 0.01},
                {NB_SCHEDULE_COSINE, 10, 0.0, NAN}, /* the cosine kinds ignore both */
                {NB_SCHEDULE_COSINE_9999, 10, 2.0, -1.0}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        nb_schedule *s = create(good[i].kind, good[i].T, good[i].beta_start, good[i].beta_end);
        CHECK(all_finite(s), "case %zu has tables that are not finite", i);
        nb_schedule_destroy(s);
    }
    nb_schedule *s = create(NB_SCHEDULE_EXPONENTIAL, 10, 0.01, 0.01), *kept = s;
    CHECK(nb_schedule_beta64(s)[9] == 0.01, "a constant schedule");
    FAILS(NB_ERR_ARGUMENT, "no signal",
          nb_schedule_create(NB_SCHEDULE_LINEAR, 9000, 1e-4, 0.02, &s, &failure));
    FAILS(NB_ERR_ARGUMENT, "no signal",
          nb_schedule_create(NB_SCHEDULE_LINEAR, 10, 0.1, 0.99999999, &s, &failure)); /* 1 in float */
    FAILS(NB_ERR_ARGUMENT, "beta", nb_schedule_create(NB_SCHEDULE_LINEAR, 10, 0x1p-25, 0.02, &s, &failure));
    CHECK(s == kept, "a refused schedule was handed out");
    nb_schedule_destroy(kept);
}

/* The caller's own betas: those of each kind give its tables, bit for bit. */
static void test_from_beta(void)
{
    for (int kind = 0; kind < NB_SCHEDULE_KINDS; kind++) {
        nb_schedule *s = new_schedule((nb_schedule_kind)kind, 1000), *own = NULL;
        nb_error err = {0};
        REQUIRE(nb_schedule_from_beta(1000, nb_schedule_beta64(s), &own, &err) == NB_OK, "%s", err.message);
        CHECK(nb_schedule_T(own) == 1000, "T = %d", nb_schedule_T(own));
        for (int k = 0; k < NB_TABLES; k++)
            CHECK(memcmp(nb_schedule_table(own, (nb_table)k), nb_schedule_table(s, (nb_table)k),
                         1000 * sizeof(float)) == 0,
                  "%s: table %d", names[kind], k);
        CHECK(memcmp(nb_schedule_beta64(own), nb_schedule_beta64(s), 1000 * sizeof(double)) == 0, "%s: beta",
              names[kind]);
        check_meaning(own, kind);
        nb_schedule_destroy(s);
        nb_schedule_destroy(own);
    }
    /* They need not rise, and may differ by much. */
    const double odd[5] = {0.3, 0x1p-24, 0.5, 0.01, 0.999};
    nb_schedule *s = NULL, *kept = NULL;
    REQUIRE(nb_schedule_from_beta(5, odd, &s, NULL) == NB_OK, "odd betas");
    CHECK(all_finite(s) && nb_schedule_beta64(s)[4] == 0.999, "odd betas");
    kept = s;
    static const double bad[] = {0.0, -0.1, 1.0, 1.5, 0x1p-25, NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const double betas[3] = {0.1, bad[i], 0.1};
        FAILS(NB_ERR_ARGUMENT, "beta[1] = ", nb_schedule_from_beta(3, betas, &s, &failure));
    }
    FAILS(NB_ERR_ARGUMENT, "T = 1", nb_schedule_from_beta(1, odd, &s, &failure));
    FAILS(NB_ERR_ARGUMENT, "T = 100001", nb_schedule_from_beta(100001, odd, &s, &failure));
    static double strong[2000];
    for (size_t t = 0; t < 2000; t++) strong[t] = 0.5;
    FAILS(NB_ERR_ARGUMENT, "no signal from t = 126", nb_schedule_from_beta(2000, strong, &s, &failure));
    CHECK(s == kept, "a refused schedule was handed out");
    nb_schedule_destroy(kept);
}

/* Nichol and Dhariwal's equation 17: alpha_bar follows the curve at any T, as far as the last beta's clip at 0.999 lets it. The
 * course's floor leaves it as T grows, by what the documentation says. */
static void test_equation_17(void)
{
    static const struct {
        int T;
        double least, most; /* how far the floor moves alpha_bar */
    } cases[] = {{443, 0.0, 0.0}, {1000, 0.0003, 0.0005}, {4000, 0.0125, 0.0135}, {8000, 0.0535, 0.0545}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const int n = cases[i].T;
        nb_schedule *s = new_schedule(NB_SCHEDULE_COSINE, n),
                    *floor = new_schedule(NB_SCHEDULE_COSINE_CLIPPED, n);
        const float *bar = nb_schedule_table(s, NB_ALPHA_BAR),
                    *lifted = nb_schedule_table(floor, NB_ALPHA_BAR);
        double worst = 0.0, moved = 0.0;
        for (int t = 0; t < n - 1; t++) {
            const double turn = 3.14159265358979323846 / 2.0, at = ((t + 1.0) / n + 0.008) / 1.008 * turn;
            const double curve = pow(cos(at) / cos(0.008 / 1.008 * turn), 2.0);
            worst = fmax(worst, fabs((double)bar[t] - curve));
            moved = fmax(moved, fabs((double)lifted[t] - (double)bar[t]));
        }
        printf("measured T = %d: %.2g from equation 17 (limit 2e-6), the floor moves alpha_bar by %.4f\n", n,
               worst, moved);
        CHECK(worst <= 2e-6, "T = %d: alpha_bar is %g from equation 17", n, worst); /* betas are float */
        CHECK(moved >= cases[i].least && moved <= cases[i].most, "T = %d: the floor moves alpha_bar by %g", n,
              moved);
        nb_schedule_destroy(s);
        nb_schedule_destroy(floor);
    }
}

/* The first batch of the default run: x_t bit for bit, also when it replaces x_0 or the noise. */
static void test_q_sample(void)
{
    enum { N = 128, VALUES = 256 };
    nb_array x_0 = golden("first_batch_x0"), eps = golden("first_batch_noise");
    nb_array t64 = golden("first_batch_t"), want = golden("first_batch_xt");
    nb_schedule *s = new_schedule(NB_SCHEDULE_COSINE_CLIPPED, 1000);
    int32_t t[N];
    float x_t[VALUES], in_place[VALUES];
    for (size_t i = 0; i < N; i++) t[i] = (int32_t)entry(&t64, i);
    nb_error err = {0};
    CHECK(nb_q_sample(s, N, 2, x_0.data, t, eps.data, x_t, &err) == NB_OK, "%s", err.message);
    CHECK(memcmp(x_t, want.data, sizeof x_t) == 0, "x_t has other bits than PyTorch's");
    memcpy(in_place, x_0.data, sizeof in_place);
    nb_q_sample(s, N, 2, in_place, t, eps.data, in_place, NULL);
    CHECK(memcmp(in_place, x_t, sizeof x_t) == 0, "x_t in the place of x_0");
    memcpy(in_place, eps.data, sizeof in_place);
    nb_q_sample(s, N, 2, x_0.data, t, in_place, in_place, NULL);
    CHECK(memcmp(in_place, x_t, sizeof x_t) == 0, "x_t in the place of eps");
    for (int bad = -1; bad <= 1000; bad += 1001) {
        t[77] = bad;
        memset(x_t, 0x55, sizeof x_t);
        FAILS(NB_ERR_ARGUMENT, "t[77]", nb_q_sample(s, N, 2, x_0.data, t, eps.data, x_t, &failure));
        CHECK(((const uint8_t *)x_t)[0] == 0x55, "a refused call wrote x_t");
    }
    CHECK(nb_q_sample(s, 0, 2, NULL, NULL, NULL, NULL, NULL) == NB_OK, "no points");
    nb_schedule_destroy(s);
    free(x_0.data);
    free(eps.data);
    free(t64.data);
    free(want.data);
}

static void test_mse(void)
{
    const float pred[5] = {1.0F, 2.0F, -3.0F, 0.5F, 0.0F}, target[5] = {0.0F, 2.0F, 1.0F, 1.0F, 0.0F};
    static const double want_grad[5] = {0.4, 0.0, -1.6, -0.2, 0.0};
    float grad[6] = {9.0F, 9.0F, 9.0F, 9.0F, 9.0F, 9.0F};
    CHECK(nb_mse(5, pred, target, grad) == 17.25 / 5.0, "the loss is %g", nb_mse(5, pred, target, NULL));
    for (size_t i = 0; i < 5; i++)
        CHECK(near((double)grad[i], want_grad[i], 0.0, 1.2e-7), "gradient %zu is %g", i, (double)grad[i]);
    CHECK(grad[5] == 9.0F, "a gradient too many");
    CHECK(nb_mse(0, pred, target, grad) == 0.0, "no numbers");
    CHECK(isnan(nb_mse(1, &(float){NAN}, target, NULL)), "NaN");
    CHECK(nb_mse(1, &(float){3e30F}, target, NULL) > 8.9e60, "it is summed in double");
    /* Against central differences, in double. */
    double values[5];
    for (size_t i = 0; i < 5; i++) values[i] = (double)pred[i];
    for (size_t i = 0; i < 5; i++) {
        double loss[2] = {0.0, 0.0};
        for (int side = 0; side < 2; side++) {
            for (size_t j = 0; j < 5; j++) {
                const double moved = values[j] + (i == j ? (side ? 1e-6 : -1e-6) : 0.0);
                loss[side] += pow(moved - (double)target[j], 2.0) / 5.0;
            }
        }
        CHECK(near((double)grad[i], (loss[1] - loss[0]) / 2e-6, 1e-9, 1.2e-7), "difference %zu", i);
    }
}

int main(void)
{
    test_golden(10);
    test_golden(1000);
    test_names();
    test_other_names();
    test_refusals();
    test_last();
    test_extremes();
    test_from_beta();
    test_equation_17();
    test_q_sample();
    test_mse();
    return check_report();
}
