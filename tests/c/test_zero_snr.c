/* test_zero_snr.c - schedules that end in noise alone: against PyTorch, and what samplers make of them against Gaussians in closed form. */
#include "diffusion/objective.h"
#include "linear.h"
#include "options.h"
#include "sampling.h"
#include "train/trainer.h"

enum { EVERY = 37, COUNT = 28, STEPS = 1000 };

static nb_schedule *rescaled(const nb_schedule *s)
{
    nb_schedule *out = NULL;
    nb_error err = {0};
    REQUIRE(nb_schedule_rescale(s, &out, &err) == NB_OK, "%s", err.message);
    return out;
}

static nb_schedule *zero_snr(nb_schedule_kind kind, int steps)
{
    nb_schedule *s = new_schedule(kind, steps), *out = rescaled(s);
    nb_schedule_destroy(s);
    return out;
}

static double table_at(const nb_schedule *s, nb_table table, int t)
{
    return (double)nb_schedule_table(s, table)[t];
}

/* ---- The schedule ------------------------------------------------------------------------------------------- */

static void test_golden(void)
{
    static const nb_schedule_kind kinds[3] = {NB_SCHEDULE_LINEAR, NB_SCHEDULE_COSINE_CLIPPED,
                                              NB_SCHEDULE_QUADRATIC_SQRT};
    nb_array betas = golden("zero_snr_betas"), bars = golden("zero_snr_alpha_bar");
    gap beta = {0}, bar = {0};
    for (size_t k = 0; k < 3; k++) {
        nb_schedule *s = zero_snr(kinds[k], STEPS);
        for (int i = 0; i < COUNT; i++) {
            const size_t at = k * COUNT + (size_t)i;
            gap_add(&beta, nb_schedule_beta64(s)[i * EVERY], entry(&betas, at));
            gap_add(&bar, table_at(s, NB_ALPHA_BAR, i * EVERY), (double)((const float *)bars.data)[at]);
        }
        nb_schedule_destroy(s);
    }
    check_gap("rescaled betas against PyTorch", beta, 1e-14);
    check_gap("their alpha_bar", bar, 6e-8);
    free(betas.data);
    free(bars.data);
}

/* sqrt(alpha_bar) is the old one on a line that keeps its first value and takes the last one to 0. */
static void test_closed_form(void)
{
    for (int kind = 0; kind < NB_SCHEDULE_KINDS; kind++) {
        nb_schedule *before = new_schedule((nb_schedule_kind)kind, STEPS), *s = rescaled(before);
        const double first = table_at(before, NB_SQRT_ALPHA_BAR, 0),
                     last = table_at(before, NB_SQRT_ALPHA_BAR, STEPS - 1);
        double worst = 0.0;
        for (int t = 0; t < STEPS; t++) {
            const double old = table_at(before, NB_SQRT_ALPHA_BAR, t);
            worst = larger(worst,
                           fabs(table_at(s, NB_SQRT_ALPHA_BAR, t) - (old - last) * first / (first - last)));
            CHECK(nb_schedule_beta64(s)[t] >= nb_schedule_beta64(before)[t] - 1e-15,
                  "%s: beta[%d] has become smaller", nb_schedule_name((nb_schedule_kind)kind), t);
        }
        CHECK(worst < 1e-6, "%s: sqrt(alpha_bar) is off by %g", nb_schedule_name((nb_schedule_kind)kind),
              worst);
        CHECK(table_at(s, NB_ALPHA_BAR, STEPS - 1) == 0.0 && table_at(s, NB_SNR, STEPS - 1) == 0.0 &&
                  table_at(s, NB_SQRT_ONE_MINUS_ALPHA_BAR, STEPS - 1) == 1.0 &&
                  nb_schedule_beta64(s)[STEPS - 1] == 1.0,
              "it ends with %g of the signal", table_at(s, NB_ALPHA_BAR, STEPS - 1));
        CHECK(nb_schedule_kind_of(s) == kind, "another kind");
        bits(nb_schedule_name((nb_schedule_kind)kind), nb_schedule_table(s, NB_ALPHA_BAR),
             STEPS * sizeof(float));
        nb_schedule *again = rescaled(s);
        CHECK(memcmp(nb_schedule_table(again, NB_BETA), nb_schedule_table(s, NB_BETA),
                     STEPS * sizeof(float)) == 0,
              "rescaled twice it is another");
        nb_schedule_destroy(again);
        nb_schedule_destroy(s);
        nb_schedule_destroy(before);
    }
}

static void test_own(void)
{
    const double ends[3] = {0.1, 0.2, 1.0}, inside[3] = {0.1, 1.0, 0.2}, above[2] = {0.1, 1.0000001};
    nb_schedule *s = NULL;
    REQUIRE(nb_schedule_from_beta(3, ends, &s, NULL) == NB_OK, "a last beta of 1");
    CHECK(table_at(s, NB_ALPHA_BAR, 2) == 0.0, "it leaves a signal");
    nb_schedule_destroy(s);
    FAILS(NB_ERR_ARGUMENT, "beta[1] = 1: each beta takes 6e-8 to below 1, and the last one 1 too",
          nb_schedule_from_beta(3, inside, &s, &failure));
    FAILS(NB_ERR_ARGUMENT, "beta[1] = 1: each", nb_schedule_from_beta(2, above, &s, &failure));
}

/* ---- What is predicted -------------------------------------------------------------------------------------- */

static void test_predictions(void)
{
    enum { X_0, EPS, X_T, V, AGAIN_X_0, AGAIN_EPS, SIZE = 2 * COUNT };
    nb_array all = golden("zero_snr_predictions");
    const float *want = all.data;
    nb_schedule *s = zero_snr(NB_SCHEDULE_LINEAR, STEPS);
    int32_t t[COUNT];
    float x_t[SIZE], v[SIZE];
    for (int i = 0; i < COUNT; i++) t[i] = i * EVERY;
    REQUIRE(nb_q_sample(s, COUNT, 2, want, t, want + SIZE, x_t, NULL) == NB_OK, "x_t");
    REQUIRE(nb_objective_target(s, NB_OBJECTIVE_V, COUNT, 2, want, t, want + SIZE, v, NULL) == NB_OK, "v");
    gap g = {0};
    for (size_t i = 0; i < SIZE; i++) {
        gap_add(&g, (double)x_t[i], (double)want[X_T * SIZE + i]);
        gap_add(&g, (double)v[i], (double)want[V * SIZE + i]);
    }
    for (size_t i = 0; i < COUNT; i++) {
        const nb_level at = nb_level_of(s, t[i]);
        float x_0[2];
        nb_objective_split(NB_OBJECTIVE_V, &at, 2, x_t + 2 * i, v + 2 * i, x_0);
        for (size_t d = 0; d < 2; d++) {
            gap_add(&g, (double)x_0[d], (double)want[AGAIN_X_0 * SIZE + 2 * i + d]);
            gap_add(&g, (double)v[2 * i + d], (double)want[AGAIN_EPS * SIZE + 2 * i + d]);
        }
    }
    check_gap("x_t, v, and x_0 and eps from it, against PyTorch", g, 1e-6);
    nb_schedule_destroy(s);
    free(all.data);
}

/* ---- Sampling data from N(0, 1/4) by the exact v ------------------------------------------------------------- */

/* E[v | x] as a multiple of x: v = signal eps - noise x_0 of E[x_0 | x] and E[eps | x]. */
static double exact_v(const nb_schedule *s, int t, double variance)
{
    const double a = table_at(s, NB_SQRT_ALPHA_BAR, t), b = table_at(s, NB_SQRT_ONE_MINUS_ALPHA_BAR, t);
    return a * b * (1.0 - variance) / (a * a * variance + b * b);
}

static void predicts(linear_model *l, nb_objective objective)
{
    REQUIRE(nb_model_set_training(l->model, &(nb_training){.objective = objective}, NULL) == NB_OK,
            "objective");
}

/* DDIM multiplies x by signal' E[x_0|x]/x + noise' E[eps|x]/x at each step; in many steps it keeps x in units of the standard
 * deviation, which goes from 1 to 1/2. */
static void check_ddim(linear_model *l, const nb_schedule *s, int steps, double limit)
{
    const float x_T[2] = {1.0F, -0.5F};
    nb_sampler *sampler =
        begin(l->model, s, NULL, (nb_sample_config){.n = 1, .steps = steps, .method = NB_DDIM}, x_T);
    double factor = 1.0, worst = 0.0;
    while (nb_sampler_t(sampler) >= 0) {
        const int t = nb_sampler_t(sampler);
        const double k = exact_v(s, t, 0.25), a = table_at(s, NB_SQRT_ALPHA_BAR, t),
                     b = table_at(s, NB_SQRT_ONE_MINUS_ALPHA_BAR, t);
        set_factor(l, k);
        step(sampler);
        const int next = nb_sampler_t(sampler);
        const double signal = next < 0 ? 1.0 : table_at(s, NB_SQRT_ALPHA_BAR, next),
                     noise = next < 0 ? 0.0 : table_at(s, NB_SQRT_ONE_MINUS_ALPHA_BAR, next);
        factor *= signal * (a - b * k) + noise * (b + a * k);
        for (size_t d = 0; d < 2; d++)
            worst = larger(worst, fabs((double)nb_sampler_x(sampler)[d] - factor * (double)x_T[d]));
    }
    printf("measured DDIM by v, %d steps: %.2g of the closed form (limit 1e-5); ends at %.4f of 0.5\n", steps,
           worst, factor);
    CHECK(worst <= 1e-5, "%d steps: off by %g", steps, worst);
    CHECK(near(factor, 0.5, limit, 0.0), "%d steps: the deviation ends at %g", steps, factor);
    nb_sampler_destroy(sampler);
}

/* The variance of many samples, by a method that draws noise. */
static void check_variance(linear_model *l, const nb_schedule *s, nb_sample_config config)
{
    enum { N = 6000 };
    config.n = N;
    nb_rng_seed(l->rng, 21);
    nb_sampler *sampler = begin(l->model, s, l->rng, config, NULL);
    while (nb_sampler_t(sampler) >= 0) {
        set_factor(l, exact_v(s, nb_sampler_t(sampler), 0.25));
        step(sampler);
    }
    double squares = 0.0;
    for (size_t i = 0; i < (size_t)2 * N; i++)
        squares += (double)nb_sampler_x(sampler)[i] * (double)nb_sampler_x(sampler)[i];
    printf("measured variance by %s: %.4f of 0.25\n", method_names[config.method], squares / (2 * N));
    CHECK(near(squares / (2 * N), 0.25, 0.01, 0.0), "%s: variance %g", method_names[config.method],
          squares / (2 * N));
    nb_sampler_destroy(sampler);
}

static void test_gaussian(linear_model *l)
{
    nb_schedule *s = zero_snr(NB_SCHEDULE_LINEAR, STEPS);
    predicts(l, NB_OBJECTIVE_V);
    check_ddim(l, s, STEPS, 2e-3);
    check_ddim(l, s, 50, 0.03);
    check_ddim(l, s, 1, 0.5); /* the mean of the data: all that noise alone says */
    check_variance(l, s, (nb_sample_config){.method = NB_DDPM});
    check_variance(l, s, (nb_sample_config){.method = NB_DDIM, .eta = 1.0});
    nb_schedule_destroy(s);
}

/* Every method begins there: with 50 steps the deviation comes near the flow's 1/2, and nothing is out of range. */
static void test_methods(linear_model *l)
{
    nb_schedule *s = zero_snr(NB_SCHEDULE_COSINE, STEPS);
    predicts(l, NB_OBJECTIVE_V);
    const float x_T[2] = {1.0F, -0.5F};
    for (int m = NB_DDIM; m < METHODS; m++) {
        nb_sampler *sampler =
            begin(l->model, s, NULL, (nb_sample_config){.n = 1, .steps = 50, .method = (nb_method)m}, x_T);
        while (nb_sampler_t(sampler) >= 0) {
            set_factor(l, exact_v(s, nb_sampler_t(sampler), 0.25));
            step(sampler);
        }
        const double end = (double)nb_sampler_x(sampler)[0];
        printf("measured %s: ends at %.4f of 0.5\n", method_names[m], end);
        CHECK(near(end, 0.5, 0.03, 0.0), "%s: ends at %g", method_names[m], end);
        nb_sampler_destroy(sampler);
    }
    nb_schedule_destroy(s);
}

/* ---- What cannot be -------------------------------------------------------------------------------------------- */

static void test_noise_is_refused(linear_model *l)
{
    nb_schedule *s = zero_snr(NB_SCHEDULE_LINEAR, STEPS);
    nb_sampler *none = NULL;
    predicts(l, NB_OBJECTIVE_EPS);
    for (int m = 0; m < METHODS; m++)
        FAILS(NB_ERR_ARGUMENT, "leaves no signal at t = 999 (alpha_bar is 0)",
              nb_sampler_create(l->model, s, l->rng, &(nb_sample_config){.n = 1, .method = (nb_method)m},
                                NULL, &none, &failure));
    nb_schedule_destroy(s);
}

/* Weights are finite at every timestep; where noise is predicted and none is left to weigh, it is 1. */
static void test_weights(void)
{
    nb_schedule *s = zero_snr(NB_SCHEDULE_LINEAR, STEPS);
    float w[STEPS];
    for (int o = 0; o < NB_OBJECTIVES; o++) {
        for (int k = 0; k < NB_LOSS_WEIGHTS; k++) {
            const nb_train_config c = {
                .objective = (nb_objective)o, .loss_weight = (nb_loss_weight)k, .weight_limit = 5.0};
            nb_loss_weights(&c, s, w);
            for (int t = 0; t < STEPS; t++)
                CHECK(isfinite(w[t]) && w[t] >= 0.0F, "objective %d, weight %d: %g at %d", o, k, (double)w[t],
                      t);
            if (o == NB_OBJECTIVE_EPS && k == NB_WEIGHT_MIN_SNR)
                CHECK(w[STEPS - 1] == 1.0F, "min-snr: %g at the end", (double)w[STEPS - 1]);
        }
    }
    nb_schedule_destroy(s);
}

/* Weights remember it: their file says so, and the schedule without is another. */
static void test_record(void)
{
    course c = course_begin(small_conditional(BATCH), 1);
    nb_schedule *s = rescaled(c.schedule);
    nb_error err = {0};
    nb_sampler *none = NULL;
    uint8_t *file = NULL;
    size_t size;
    REQUIRE(nb_model_note_training(c.model, s, NB_OBJECTIVE_V, NULL, 0, NULL, 5, &err) == NB_OK, "%s",
            err.message);
    REQUIRE(nb_model_save(c.model, &file, &size, &err) == NB_OK, "%s", err.message);
    nb_model_set_training(c.model, &(nb_training){0}, NULL);
    REQUIRE(nb_model_load(c.model, file, size, &err) == NB_OK, "%s", err.message);
    CHECK(nb_model_get_training(c.model).zero_terminal_snr, "it is forgotten");
    FAILS(NB_ERR_ARGUMENT, "cosine with T = 200, zero terminal SNR, not cosine with T = 200",
          nb_sampler_create(c.model, c.schedule, c.rng, &(nb_sample_config){.n = 1}, NULL, &none, &failure));
    free(file);
    nb_schedule_destroy(s);
    course_end(&c);
}

int main(void)
{
    linear_model l = linear_begin();
    test_golden();
    test_closed_form();
    test_own();
    test_predictions();
    test_gaussian(&l);
    test_methods(&l);
    test_noise_is_refused(&l);
    test_weights();
    test_record();
    linear_end(&l);
    return check_report();
}
