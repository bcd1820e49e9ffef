/* test_sampling.c - DDPM sampling against PyTorch's trajectories, and against Gaussians in closed form. */
#include "allocations.h"
#include "lesson.h"
#include "linear.h"

static nb_sampler *new_sampler(nb_model *model, const nb_schedule *s, nb_rng *rng, size_t n, int steps,
                               nb_variance variance, const float *x_T)
{
    nb_sampler *sampler = NULL;
    nb_error err = {0};
    const nb_sample_config config = {.n = n, .steps = steps, .variance = variance, .any_schedule = true};
    REQUIRE(nb_sampler_create(model, s, rng, &config, x_T, &sampler, &err) == NB_OK, "%s", err.message);
    return sampler;
}

static void step(nb_sampler *sampler)
{
    nb_error err = {0};
    REQUIRE(nb_sampler_step(sampler, &err) == NB_OK, "%s", err.message);
}

/* ---- PyTorch's trajectories -------------------------------------------------------------------------------- */

/* x at each of the 51 times against the golden file, relative to that time's largest coordinate. */
static void compare_trajectory(nb_model *model, const nb_schedule *s, nb_rng *rng, size_t n, const char *name,
                               double limit)
{
    nb_array want = golden(name);
    REQUIRE(want.rank == 3 && want.shape[0] == 51 && want.shape[1] == n, "%s has another shape", name);
    nb_sampler *sampler = new_sampler(model, s, rng, n, 0, NB_VARIANCE_POSTERIOR, NULL);
    double worst = 0.0;
    for (size_t i = 0; i <= 50; i++) {
        gap g = {0};
        if (i > 0) step(sampler);
        for (size_t k = 0; k < 2 * n; k++)
            gap_add(&g, (double)nb_sampler_x(sampler)[k], entry(&want, i * 2 * n + k));
        CHECK(g.worst == g.worst, "%s: NaN after %zu steps", name, i);
        worst = larger(worst, g.worst / g.scale);
    }
    printf("measured %s %.2g (limit %.2g)\n", name, worst, limit);
    CHECK(worst <= limit, "%s: off by %g of the scale", name, worst);
    CHECK(nb_sampler_t(sampler) == -1, "it is not done after 50 steps");
    bits(name, nb_sampler_x(sampler), 2 * n * sizeof(float));
    nb_sampler_destroy(sampler);
    free(want.data);
}

/* Exercise 6 after exercise 5: the generator goes on where training left it. */
static void test_golden(void)
{
    const lesson_config config = {3, 200, 64, 20, 1000, NB_SCHEDULE_COSINE_CLIPPED, 1e-3, 0};
    lesson l = lesson_begin(&config);
    nb_array losses = golden("losses_seed3_n200_b64_h20");
    for (size_t epoch = 0; epoch < 2; epoch++)
        CHECK(near(lesson_epoch(&l), entry(&losses, epoch), 0.0, 2e-7), "the loss of epoch %zu", epoch);
    free(losses.data);
    nb_schedule *s = new_schedule(NB_SCHEDULE_COSINE, 50);
    uint8_t state[NB_RNG_STATE_BYTES];
    nb_rng_get_state(l.rng, state);
    compare_trajectory(l.model, s, l.rng, 6, "sampling_n6_trajectory", 1e-6);
    nb_rng_set_state(l.rng, state, sizeof state, NULL);
    compare_trajectory(l.model, s, l.rng, 20, "sampling_n20_trajectory", 1e-6);
    load_golden(l.model, "trained_h20"); /* PyTorch's weights, loaded strictly */
    nb_rng_seed(l.rng, 123);
    compare_trajectory(l.model, s, l.rng, 6, "sampling_n6_seed123_trajectory", 3e-7);
    nb_rng_seed(l.rng, 123);
    compare_trajectory(l.model, s, l.rng, 20, "sampling_n20_seed123_trajectory", 3e-7);
    nb_schedule_destroy(s);
    lesson_end(&l);
}

/* ---- A model that is a known function ------------------------------------------------------------------------ */

static void test_linear_model(linear_model *l)
{
    const float x[6] = {1.5F, -2.0F, 0.0F, 3.0F, -0.25F, -1e-3F}, t[3] = {0.0F, 0.5F, 0.98F};
    float eps[6];
    set_factor(l, 0.5);
    nb_model_forward(l->model, 3, x, t, NULL, eps, NULL);
    for (size_t i = 0; i < 6; i++) CHECK(eps[i] == 0.5F * x[i], "eps is not x / 2");
}

/* ---- The chain in closed form: x_prev = a x + sd z ------------------------------------------------------------ */

typedef struct link {
    double a, sd;
    double scale; /* 1 / sqrt(alpha): what a rounding error before it becomes */
} link;

/* From the double betas and DDPM algorithm 2; alpha_bar as a product, for any list of timesteps. */
static link link_of(const nb_schedule *s, int t, int t_prev, nb_variance variance, double c)
{
    double bar = 1.0, bar_prev = 1.0;
    for (int k = 0; k <= t; k++) {
        bar *= 1.0 - nb_schedule_beta64(s)[k];
        if (k <= t_prev) bar_prev = bar;
    }
    const double alpha = bar / bar_prev, beta = 1.0 - alpha;
    const double v = variance == NB_VARIANCE_POSTERIOR ? beta * (1.0 - bar_prev) / (1.0 - bar) : beta;
    const bool noisy = t_prev >= 0 && variance != NB_VARIANCE_ZERO;
    return (link){(1.0 - beta / sqrt(1.0 - bar) * c) / sqrt(alpha), noisy ? sqrt(v) : 0.0, 1.0 / sqrt(alpha)};
}

typedef struct chain {
    const nb_schedule *schedule;
    int steps;
    nb_variance variance;
    double factor; /* eps = factor x; NaN: the exact score of N(0, data_variance) */
    double data_variance;
} chain;

/* Runs the chain on 20000 points: each against a replay in double with the same normals, and the variance of
 * them all against the recursion v' = a^2 v + sd^2 within 4 standard errors. Returns the last such v. */
static double run_chain(linear_model *l, const chain *c)
{
    enum { N = 20000 };
    static double replay[2 * N];
    static float z[2 * N];
    nb_rng_seed(l->rng, 5);
    nb_rng *same = new_rng(5);
    nb_sampler *sampler = new_sampler(l->model, c->schedule, l->rng, N, c->steps, c->variance, NULL);
    nb_torch_randn(same, 2 * N, z);
    for (size_t i = 0; i < 2 * N; i++) replay[i] = (double)z[i];
    double v = 1.0, worst = 0.0, far = 0.0, bound = 0.0;
    while (nb_sampler_t(sampler) >= 0) {
        const int t = nb_sampler_t(sampler);
        const double factor = isnan(c->factor) ? exact_factor(c->schedule, t, c->data_variance) : c->factor;
        set_factor(l, factor);
        step(sampler);
        const int t_prev = nb_sampler_t(sampler);
        const link k = link_of(c->schedule, t, t_prev, c->variance, factor);
        if (t_prev >= 0) nb_torch_randn(same, 2 * N, z);
        gap g = {0};
        double sum = 0.0;
        for (size_t i = 0; i < 2 * N; i++) {
            const double x = (double)nb_sampler_x(sampler)[i];
            replay[i] = k.a * replay[i] + k.sd * (double)z[i];
            gap_add(&g, x, replay[i]);
            sum += x * x;
        }
        /* Half an ulp of a point 5 standard deviations out, and what was wrong before. */
        bound = fabs(k.a) * bound + 0x1p-24 * k.scale * 5.0 * sqrt(v);
        v = k.a * k.a * v + k.sd * k.sd;
        worst = larger(worst, g.worst / bound);
        far = larger(far, fabs(sum / (2 * N) / v - 1.0) / sqrt(2.0 / (2 * N)));
    }
    CHECK(worst <= 4.0, "variance %d, %d steps: a point is off by %g bounds", (int)c->variance, c->steps,
          worst);
    CHECK(far <= 4.0, "variance %d, %d steps: %g standard errors", (int)c->variance, c->steps, far);
    printf("measured chain of %d steps, variance %d: points %.2g bounds (limit 4), moments %.2g errors "
           "(limit 4)\n",
           c->steps, (int)c->variance, worst, far);
    nb_sampler_destroy(sampler);
    nb_rng_destroy(same);
    return v;
}

static void test_gaussians(linear_model *l)
{
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50), *cosine = new_schedule(NB_SCHEDULE_COSINE, 100);
    for (int variance = 0; variance < 3; variance++) {
        const chain linear = {s, 50, (nb_variance)variance, 0.3, 0.0},
                    jumps = {s, 7, (nb_variance)variance, 0.3, 0.0};
        run_chain(l, &linear);
        run_chain(l, &jumps);
    }
    /* With the exact score and variance beta, N(0, 1) is stationary, whatever the list of timesteps. */
    static const int steps[] = {100, 50, 7};
    for (size_t i = 0; i < 3; i++) {
        const chain c = {cosine, steps[i], NB_VARIANCE_BETA, NAN, 1.0};
        const double v = run_chain(l, &c), last = (double)nb_schedule_table(cosine, NB_ALPHA)[0];
        CHECK(near(v, last, 0.0, 1e-6), "N(0, 1) is not stationary in %d steps: %g", steps[i], v);
    }
    nb_schedule_destroy(s);
    nb_schedule_destroy(cosine);
}

/* Data that is one point: with the posterior variance, the true reverse chain. It has the forward process's
 * variance 1 - alpha_bar at every t, and ends at the point exactly. */
static void test_one_point(linear_model *l)
{
    enum { N = 20000 };
    nb_schedule *s = new_schedule(NB_SCHEDULE_COSINE, 40);
    nb_rng_seed(l->rng, 6);
    static float x_T[2 * N];
    const double start = (double)nb_schedule_table(s, NB_SQRT_ONE_MINUS_ALPHA_BAR)[39];
    nb_torch_randn(l->rng, 2 * N, x_T);
    for (size_t i = 0; i < 2 * N; i++) x_T[i] *= (float)start;
    nb_sampler *sampler = new_sampler(l->model, s, l->rng, N, 0, NB_VARIANCE_POSTERIOR, x_T);
    for (int t = 39; t >= 0; t--) {
        set_factor(l, exact_factor(s, t, 0.0));
        step(sampler);
        double sum = 0.0;
        for (size_t i = 0; i < 2 * N; i++) sum += pow((double)nb_sampler_x(sampler)[i], 2.0) / (2 * N);
        const double want = t ? 1.0 - (double)nb_schedule_table(s, NB_ALPHA_BAR)[t - 1] : 0.0;
        CHECK(near(sum, want, 1e-10, 4.0 * sqrt(2.0 / (2 * N))), "at t = %d the variance is %g, not %g",
              t - 1, sum, want);
    }
    nb_sampler_destroy(sampler);
    nb_schedule_destroy(s);
}

/* ---- Lists of timesteps ---------------------------------------------------------------------------------------- */

static void check_list(linear_model *l, const nb_schedule *s, int steps)
{
    const float x_T[2] = {0.4F, -0.8F};
    nb_sampler *sampler = new_sampler(l->model, s, l->rng, 1, steps, NB_VARIANCE_BETA, x_T);
    int count = 0, t = nb_sampler_t(sampler), last = nb_schedule_T(s);
    CHECK(t == last - 1, "%d steps start at t = %d", steps, t);
    for (; t >= 0; t = nb_sampler_t(sampler), count++) {
        CHECK(t < last, "%d steps: t = %d after %d", steps, t, last);
        last = t;
        step(sampler);
    }
    CHECK(count == (steps ? steps : 50) && last == (steps == 1 ? 49 : 0),
          "%d steps: %d taken, the last from t = %d", steps, count, last);
    CHECK(memcmp(nb_sampler_x(sampler), nb_sampler_x0(sampler), 2 * sizeof(float)) == 0 ||
              near((double)nb_sampler_x(sampler)[0], (double)nb_sampler_x0(sampler)[0], 1e-6, 1e-6),
          "%d steps do not end at the predicted x_0", steps);
    float kept[2];
    memcpy(kept, nb_sampler_x(sampler), sizeof kept);
    FAILS(NB_ERR_ARGUMENT, "already", nb_sampler_step(sampler, &failure));
    CHECK(memcmp(kept, nb_sampler_x(sampler), sizeof kept) == 0 && nb_sampler_t(sampler) == -1,
          "after the end");
    nb_sampler_destroy(sampler);
}

static void test_lists(linear_model *l)
{
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50);
    set_factor(l, 0.3);
    static const int steps[] = {0, 1, 2, 7, 48, 49, 50};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) check_list(l, s, steps[i]);
    for (int i = 1; i <= 50; i++) check_list(l, s, i);
    nb_schedule_destroy(s);
}

/* ---- Variance zero, memory, refusals ---------------------------------------------------------------------------- */

/* Only x_T counts: neither the generator nor having one at all. */
static void test_deterministic(linear_model *l)
{
    enum { N = 40 };
    nb_schedule *s = new_schedule(NB_SCHEDULE_COSINE, 50);
    nb_model *model = new_model(l->engine, 20, 32, 16, l->rng);
    float x_T[2 * N], want[2 * N];
    nb_torch_randn(l->rng, 2 * N, x_T);
    nb_rng *a = new_rng(1), *b = new_rng(2), *rngs[3] = {a, b, NULL};
    for (size_t i = 0; i < 3; i++) {
        nb_sampler *sampler = new_sampler(model, s, rngs[i], N, 0, NB_VARIANCE_ZERO, x_T);
        CHECK(memcmp(nb_sampler_x(sampler), x_T, sizeof x_T) == 0, "it does not start at x_T");
        while (nb_sampler_t(sampler) >= 0) step(sampler);
        if (i == 0) memcpy(want, nb_sampler_x(sampler), sizeof want);
        CHECK(memcmp(want, nb_sampler_x(sampler), sizeof want) == 0, "variance 0 is not deterministic");
        nb_sampler_destroy(sampler);
    }
    nb_sampler *noisy = new_sampler(model, s, a, N, 0, NB_VARIANCE_POSTERIOR, x_T);
    while (nb_sampler_t(noisy) >= 0) step(noisy);
    CHECK(memcmp(want, nb_sampler_x(noisy), sizeof want) != 0, "the noise changes nothing");
    bits("variance_zero", want, sizeof want);
    nb_sampler_destroy(noisy);
    nb_model_destroy(model);
    nb_schedule_destroy(s);
    nb_rng_destroy(a);
    nb_rng_destroy(b);
}

static void test_no_allocation(linear_model *l)
{
    nb_schedule *s = new_schedule(NB_SCHEDULE_COSINE, 50);
    check_counter();
    nb_sampler *sampler = new_sampler(l->model, s, l->rng, 1200, 0, NB_VARIANCE_POSTERIOR, NULL);
    set_factor(l, 0.5);
    const long before = allocations;
    while (nb_sampler_t(sampler) >= 0) step(sampler);
    check_no_allocation("50 sampling steps", before);
    nb_sampler_destroy(sampler);
    nb_schedule_destroy(s);
}

static void test_refusals(linear_model *l)
{
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50);
    nb_sampler *sampler = NULL;
    const float x_T[4] = {1.0F, 2.0F, 3.0F, 4.0F};
    static const struct {
        const char *part;
        nb_sample_config config;
    } bad[] = {{"0 samples", {.n = 0, .steps = 0, .variance = NB_VARIANCE_BETA}},
               {"10000001 samples", {.n = NB_MAX_POINTS + 1, .steps = 0, .variance = NB_VARIANCE_BETA}},
               {"-1 sampling steps", {.n = 2, .steps = -1, .variance = NB_VARIANCE_BETA}},
               {"51 sampling steps", {.n = 2, .steps = 51, .variance = NB_VARIANCE_BETA}},
               {"variance", {.n = 2, .steps = 0, .variance = (nb_variance)3}},
               {"variance", {.n = 2, .steps = 0, .variance = (nb_variance)-1}}};
    uint8_t before[NB_RNG_STATE_BYTES], after[NB_RNG_STATE_BYTES];
    nb_rng_get_state(l->rng, before);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        FAILS(NB_ERR_ARGUMENT, bad[i].part,
              nb_sampler_create(l->model, s, l->rng, &bad[i].config, NULL, &sampler, &failure));
    const nb_sample_config zero = {.n = 2, .variance = NB_VARIANCE_ZERO},
                           noisy = {.n = 2, .variance = NB_VARIANCE_BETA};
    FAILS(NB_ERR_ARGUMENT, "generator",
          nb_sampler_create(l->model, s, NULL, &zero, NULL, &sampler, &failure));
    FAILS(NB_ERR_ARGUMENT, "generator",
          nb_sampler_create(l->model, s, NULL, &noisy, x_T, &sampler, &failure));
    CHECK(sampler == NULL, "a refused sampler was handed out");
    nb_rng_get_state(l->rng, after);
    CHECK(memcmp(before, after, sizeof before) == 0, "a refused sampler drew from the generator");
    nb_sampler_destroy(NULL);
    set_factor(l, 3e38); /* a prediction that grows out of range */
    sampler = new_sampler(l->model, s, l->rng, 2, 0, NB_VARIANCE_POSTERIOR, x_T);
    FAILS(NB_ERR_NONFINITE, "t = 49", nb_sampler_step(sampler, &failure));
    nb_sampler_destroy(sampler);
    nb_schedule_destroy(s);
}

int main(void)
{
    test_golden();
    linear_model l = linear_begin();
    test_linear_model(&l);
    test_gaussians(&l);
    test_one_point(&l);
    test_lists(&l);
    test_deterministic(&l);
    test_no_allocation(&l);
    test_refusals(&l);
    linear_end(&l);
    return check_report();
}
