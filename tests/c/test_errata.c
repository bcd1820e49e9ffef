/* test_errata.c - what the source notebooks get wrong, and what is right, one test each. Both are computed where the
 * mistake can be shown beside the cure. Number 8, on metrics, is in test_quality.c, which trains the network for it. */
#include "linear.h"
#include "options.h"
#include "sampling.h"

static double variance_of(const float *x, size_t n)
{
    double sum = 0.0, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i];
        squares += (double)x[i] * (double)x[i];
    }
    return (squares - sum * sum / (double)n) / (double)n;
}

/* ---- 1 and 2: variances ------------------------------------------------------------------------------------- */

/* Exercise 1's cell adds noise of standard deviation beta and keeps the signal: its variance grows for ever. With
 * sqrt(1 - beta) on the signal and sqrt(beta) on the noise it goes to 1, and a jump gives the same. */
static void errata_1_noise_without_shrinking_the_signal_never_settles(void)
{
    enum { N = 20000, STEPS = 1000 };
    static float added[N], markov[N], jump[N], eps[N];
    static int32_t t[N];
    nb_schedule *s = NULL;
    REQUIRE(nb_schedule_create(NB_SCHEDULE_LINEAR, STEPS, 0.05, 0.05, &s, NULL) == NB_OK, "no schedule");
    const float beta = nb_schedule_table(s, NB_BETA)[0];
    nb_rng *rng = new_rng(1);
    double half_way = 0.0;
    for (int step = 1; step <= STEPS; step++) {
        nb_torch_randn(rng, N, eps);
        for (size_t i = 0; i < N; i++) {
            added[i] += beta * eps[i];
            markov[i] = sqrtf(1.0F - beta) * markov[i] + sqrtf(beta) * eps[i];
        }
        if (step == STEPS / 2) half_way = variance_of(added, N);
    }
    for (size_t i = 0; i < N; i++) t[i] = STEPS - 1;
    nb_torch_randn(rng, N, eps);
    REQUIRE(nb_q_sample(s, N, 1, jump, t, eps, jump, NULL) == NB_OK, "q_sample");
    CHECK(near(variance_of(added, N), 2.0 * half_way, 0.0, 0.1), "it does not grow: %g after %g",
          variance_of(added, N), half_way);
    CHECK(near(variance_of(added, N), STEPS * 0.05 * 0.05, 0.0, 0.05), "%g", variance_of(added, N));
    CHECK(near(variance_of(markov, N), 1.0, 0.05, 0.0), "the Markov chain has variance %g",
          variance_of(markov, N));
    CHECK(near(variance_of(jump, N), 1.0, 0.05, 0.0), "the jump has variance %g", variance_of(jump, N));
    nb_schedule_destroy(s);
    nb_rng_destroy(rng);
}

/* From x_t = 0, and a network that finds no noise, a step of DDPM is sigma z and nothing else: sigma is the root of the
 * posterior variance. The text takes the variance itself. */
static void errata_2_a_variance_is_not_a_standard_deviation(void)
{
    enum { N = 4000 };
    static float zero[2 * N];
    linear_model l = linear_begin();
    set_factor(&l, 0.0);
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50);
    for (int variance = 0; variance < 2; variance++) {
        const double want = (double)nb_schedule_table(s, variance ? NB_BETA : NB_POSTERIOR_VARIANCE)[49];
        nb_sampler *sampler =
            begin(l.model, s, l.rng, (nb_sample_config){.n = N, .variance = (nb_variance)variance}, zero);
        step(sampler);
        const double got = variance_of(nb_sampler_x(sampler), 2 * N);
        CHECK(near(got, want, 0.0, 0.05), "a step adds variance %g, not %g (its square is %g)", got, want,
              want * want);
        nb_sampler_destroy(sampler);
    }
    for (int t = 0; t < 50; t++) {
        const float one = 1.0F, nothing = 0.0F;
        const int32_t at = t;
        float x_t = 0.0F;
        REQUIRE(nb_q_sample(s, 1, 1, &nothing, &at, &one, &x_t, NULL) == NB_OK, "q_sample");
        CHECK(near((double)x_t * (double)x_t, 1.0 - (double)nb_schedule_table(s, NB_ALPHA_BAR)[t], 0.0, 1e-5),
              "the noise at t = %d", t);
    }
    nb_schedule_destroy(s);
    linear_end(&l);
}

/* Exercise 5 says 1..T and draws 0..T-1, which is what the tables hold. */
static void errata_2_timesteps_run_from_0_to_T_minus_1(void)
{
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50);
    const float one[2] = {1.0F, 1.0F};
    const int32_t ends[2] = {0, 49}, beyond[2] = {0, 50}, before[2] = {-1, 0};
    float x_t[2] = {7.0F, 7.0F};
    FAILS(NB_ERR_ARGUMENT, "t[1] = 50", nb_q_sample(s, 2, 1, one, beyond, one, x_t, &failure));
    FAILS(NB_ERR_ARGUMENT, "t[0] = -1", nb_q_sample(s, 2, 1, one, before, one, x_t, &failure));
    CHECK(x_t[0] == 7.0F && x_t[1] == 7.0F, "a refused t wrote something");
    CHECK(nb_q_sample(s, 2, 1, one, ends, one, x_t, NULL) == NB_OK, "0 and T-1");
    nb_schedule_destroy(s);
}

/* ---- 3: the triangle ------------------------------------------------------------------------------------------ */

enum { SIDE = 32, PIXELS = SIDE * SIDE };

/* Takes out the pixels that hang together with number `i`, by their sides or corners; returns how many. */
static int flood(float *image, int i)
{
    int stack[9 * PIXELS], depth = 0, area = 0;
    stack[depth++] = i;
    while (depth > 0) {
        i = stack[--depth];
        if (image[i] == 0.0F) continue;
        image[i] = 0.0F;
        area++;
        for (int k = 0; k < 9; k++) {
            const int y = i / SIDE + k / 3 - 1, x = i % SIDE + k % 3 - 1;
            if (y >= 0 && y < SIDE && x >= 0 && x < SIDE) stack[depth++] = y * SIDE + x;
        }
    }
    return area;
}

/* Exercise 8's is speckle. Ours is black and white, large enough to see, in one piece, and convex along every row. */
static void errata_3_a_triangle_is_filled_and_in_one_piece(void)
{
    static float image[PIXELS];
    nb_rng *rng = new_rng(3);
    int seen = 0;
    for (int k = 0; k < 60; k++) {
        int32_t label;
        REQUIRE(nb_data_shapes(rng, 1, SIDE, SIDE, image, &label, NULL) == NB_OK, "no shape");
        if (label != 2) continue;
        seen++;
        int area = 0, piece = 0;
        for (int i = 0; i < PIXELS; i++) {
            const bool on = image[i] == 1.0F, starts = on && (i % SIDE == 0 || image[i - 1] == 0.0F);
            CHECK(on || image[i] == 0.0F, "a pixel of %g", (double)image[i]);
            for (int j = i - i % SIDE; starts && j < i; j++)
                CHECK(image[j] == 0.0F, "triangle %d has a hole in row %d", k, i / SIDE);
            area += on;
        }
        REQUIRE(area >= 24, "triangle %d has %d pixels", k, area);
        for (int i = 0; i < PIXELS; i++) {
            const int found = flood(image, i);
            piece = found > piece ? found : piece;
        }
        /* A corner may be so sharp that its last pixel or two stand alone. */
        CHECK(piece >= area - 6, "triangle %d has %d pixels, %d in one piece", k, area, piece);
    }
    CHECK(seen >= 10, "only %d triangles of 60 shapes", seen);
    nb_rng_destroy(rng);
}

/* ---- 4: guidance ---------------------------------------------------------------------------------------------- */

/* Samples of class 0, 1 and 2 in turn, from the same x_T and noise. */
static void sample_classes(const course *c, nb_method method, bool guided, double w, bool labelled,
                           float *out)
{
    enum { N = 30 };
    int32_t labels[N];
    nb_rng *rng = new_rng(5);
    for (int i = 0; i < N; i++) labels[i] = i % 3;
    const nb_sample_config config = {.n = N,
                                     .steps = 20,
                                     .method = method,
                                     .eta = method == NB_DDIM ? 0.5 : 0.0,
                                     .labels = labelled ? labels : NULL,
                                     .guided = guided,
                                     .guidance_scale = w};
    finish(begin(c->model, c->schedule, rng, config, NULL), out, 2 * N * sizeof *out);
    nb_rng_destroy(rng);
}

/* Exercise 10 samples a network that never was trained, by x -= 0.01 eps, without a null class. Ours is trained with a
 * tenth of the labels dropped, which teaches the null class; w = 0 is unconditional, w = 1 conditional, to the bit. */
static void errata_4_guidance_takes_a_trained_network_and_a_null_class(void)
{
    static float plain[60], with[60], conditional[60], before[4][16], after[4][16];
    const classes data = new_classes();
    course c = train_classes(
        10, (nb_train_config){.batch = BATCH, .lr = 1e-3, .labels = data.labels, .label_dropout = 0.1});
    size_t table = 0;
    while (strcmp(nb_model_param_info(c.model, table).name, "class_embed.weight") != 0) table++;
    REQUIRE(nb_model_param_info(c.model, table).count == 4 * 16, "another table");
    nb_model_get_param(c.model, table, before[0]);
    const double first = train_step(&c).loss;
    double last = 0.0;
    for (int k = 0; k < 60 * PER_EPOCH; k++) {
        const nb_train_report report = train_step(&c);
        if (report.epoch_end) last = report.epoch_loss;
    }
    nb_model_get_param(c.model, table, after[0]);
    CHECK(last < 0.8 * first, "training took the loss from %g to %g", first, last);
    for (int row = 0; row <= NONE; row++)
        CHECK(memcmp(before[row], after[row], sizeof after[row]) != 0, "class %d was not trained", row);
    CHECK(nb_model_takes_fraction(c.model), "the network takes t / T, whatever T is");
    for (int method = NB_DDPM; method <= NB_DDIM; method++) {
        sample_classes(&c, (nb_method)method, false, 0.0, false, plain);
        sample_classes(&c, (nb_method)method, true, 0.0, true, with);
        CHECK(memcmp(plain, with, sizeof plain) == 0, "%s: w = 0 is not unconditional", method_names[method]);
        sample_classes(&c, (nb_method)method, false, 0.0, true, conditional);
        sample_classes(&c, (nb_method)method, true, 1.0, true, with);
        CHECK(memcmp(conditional, with, sizeof plain) == 0, "%s: w = 1 is not conditional",
              method_names[method]);
        CHECK(memcmp(conditional, plain, sizeof plain) != 0, "%s: a class changes nothing",
              method_names[method]);
    }
    course_end(&c);
}

/* ---- 5 and 7: timesteps ----------------------------------------------------------------------------------------- */

/* The companion multiplies T numbers by T - 1. Ours has T, with alpha_bar_{-1} = 1, so that the first is 0. */
static void errata_5_the_posterior_variance_has_T_entries(void)
{
    for (int n = 2; n <= 1000; n = 3 * n + 1) {
        nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, n);
        const float *got = nb_schedule_table(s, NB_POSTERIOR_VARIANCE);
        double bar = 1.0;
        CHECK(got[0] == 0.0F, "the first is %g", (double)got[0]);
        for (int t = 0; t < n; t++) {
            const double beta = nb_schedule_beta64(s)[t], before = bar;
            bar *= 1.0 - beta;
            /* The tables are floats: 1 - alpha_bar loses digits where it is small. */
            CHECK(near((double)got[t], beta * (1.0 - before) / (1.0 - bar), 0.0, t < 5 ? 2e-3 : 1e-3),
                  "T = %d, t = %d: %g", n, t, (double)got[t]);
        }
        nb_schedule_destroy(s);
    }
}

/* The companion's DDIM stops one step short. Where eps = c x, one jump to x_0 is known: x (1 - c sqrt(1 - abar)) / sqrt(abar). */
static void errata_5_the_last_step_of_ddim_reaches_x_0(void)
{
    const float x_T[2] = {0.7F, -1.2F};
    linear_model l = linear_begin();
    set_factor(&l, 0.5);
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50);
    nb_sampler *sampler =
        begin(l.model, s, NULL, (nb_sample_config){.n = 1, .steps = 10, .method = NB_DDIM}, x_T);
    while (nb_sampler_t(sampler) > 0) step(sampler);
    const double bar = (double)nb_schedule_table(s, NB_ALPHA_BAR)[0], x_0 = (double)nb_sampler_x(sampler)[0];
    step(sampler);
    CHECK(nb_sampler_t(sampler) == -1, "it ends at t = %d", nb_sampler_t(sampler));
    CHECK(near((double)nb_sampler_x(sampler)[0], x_0 * (1.0 - 0.5 * sqrt(1.0 - bar)) / sqrt(bar), 0.0, 1e-5),
          "it ends at %g, not at x_0", (double)nb_sampler_x(sampler)[0]);
    CHECK((double)nb_sampler_x(sampler)[0] != x_0, "the last step does nothing");
    nb_sampler_destroy(sampler);
    nb_schedule_destroy(s);
    linear_end(&l);
}

/* t_prev comes from one list. 37 is prime: no number of steps but 1 and 37 divides it. */
static void errata_7_any_number_of_steps_goes_from_T_minus_1_to_x_0(void)
{
    enum { LAST = 36 };
    const float x_T[2] = {0.7F, -1.2F};
    linear_model l = linear_begin();
    set_factor(&l, 0.4);
    nb_schedule *s = new_schedule(NB_SCHEDULE_COSINE, LAST + 1);
    for (int method = 0; method < METHODS; method++) {
        for (int steps = 1; steps <= LAST + 1; steps++) {
            nb_sampler *sampler =
                begin(l.model, s, l.rng,
                      (nb_sample_config){.n = 1, .steps = steps, .method = (nb_method)method}, x_T);
            int taken = 0, before = LAST + 1;
            CHECK(nb_sampler_t(sampler) == LAST, "%d steps start at %d", steps, nb_sampler_t(sampler));
            for (int t = LAST; t >= 0; t = nb_sampler_t(sampler), taken++) {
                CHECK(t < before, "%d steps: %d after %d", steps, t, before);
                before = t;
                step(sampler);
            }
            CHECK(taken == steps && nb_sampler_t(sampler) == -1, "%s: %d of %d steps, then t = %d",
                  method_names[method], taken, steps, nb_sampler_t(sampler));
            CHECK(near((double)nb_sampler_x(sampler)[0], (double)nb_sampler_x0(sampler)[0], 1e-6, 1e-6),
                  "%s in %d steps does not end at x_0", method_names[method], steps);
            nb_sampler_destroy(sampler);
        }
    }
    nb_schedule_destroy(s);
    linear_end(&l);
}

/* ---- 6: schedules ------------------------------------------------------------------------------------------------- */

static double beta_at(nb_schedule_kind kind, int n, int t)
{
    nb_schedule *s = new_schedule(kind, n);
    const double beta = nb_schedule_beta64(s)[t];
    nb_schedule_destroy(s);
    return beta;
}

/* Two "quadratic" schedules, two clips of the cosine, two ends of the exponential: all are there, each by its name. */
static void errata_6_schedules_that_share_a_name(void)
{
    const double start = 1e-4, end = 0.02;
    /* Linear in t^2 is not the square of a line in sqrt(beta). */
    CHECK(near(beta_at(NB_SCHEDULE_QUADRATIC, 1001, 500), start + (end - start) / 4.0, 1e-17, 0.0), "t^2");
    const double root = (sqrt(start) + sqrt(end)) / 2.0;
    CHECK(near(beta_at(NB_SCHEDULE_QUADRATIC_SQRT, 1001, 500), root * root, 1e-17, 0.0), "a line in sqrt");
    /* Two clips. */
    CHECK(beta_at(NB_SCHEDULE_COSINE_CLIPPED, 1000, 999) == 0.999, "the cosine's clip");
    CHECK(beta_at(NB_SCHEDULE_COSINE_9999, 1000, 999) == 0.9999, "the other cosine's clip");
    CHECK(beta_at(NB_SCHEDULE_COSINE_CLIPPED, 1000, 0) == 1e-4, "the cosine's lower clip");
    CHECK(beta_at(NB_SCHEDULE_COSINE, 1000, 500) == beta_at(NB_SCHEDULE_COSINE_9999, 1000, 500), "inside");
    /* t from 0 to T-1 begins at beta_1 and stops short of beta_T; t from 1 to T the other way round. */
    for (int n = 10; n <= 1000; n *= 10) {
        const double ratio = pow(end / start, 1.0 / n);
        CHECK(beta_at(NB_SCHEDULE_EXPONENTIAL, n, 0) == start, "exponential at t = 0");
        CHECK(near(beta_at(NB_SCHEDULE_EXPONENTIAL, n, n - 1), end / ratio, 0.0, 2e-15), "at T - 1");
        CHECK(near(beta_at(NB_SCHEDULE_EXPONENTIAL_CLOSED, n, 0), start * ratio, 0.0, 2e-15),
              "closed, first");
        CHECK(near(beta_at(NB_SCHEDULE_EXPONENTIAL_CLOSED, n, n - 1), end, 0.0, 2e-15), "closed, last");
    }
    static const struct {
        nb_schedule_kind kind;
        const char *name;
    } names[] = {
        {NB_SCHEDULE_QUADRATIC, "quadratic"},     {NB_SCHEDULE_QUADRATIC_SQRT, "quadratic-sqrt"},
        {NB_SCHEDULE_COSINE, "cosine"},           {NB_SCHEDULE_COSINE_9999, "cosine-0.9999"},
        {NB_SCHEDULE_EXPONENTIAL, "exponential"}, {NB_SCHEDULE_EXPONENTIAL_CLOSED, "exponential-closed"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CHECK(strcmp(nb_schedule_name(names[i].kind), names[i].name) == 0, "%s", names[i].name);
    CHECK(beta_at(NB_SCHEDULE_LINEAR, 1000, 0) == start && beta_at(NB_SCHEDULE_LINEAR, 1000, 999) == end,
          "linear does not reach its ends");
}

int main(void)
{
    errata_1_noise_without_shrinking_the_signal_never_settles();
    errata_2_a_variance_is_not_a_standard_deviation();
    errata_2_timesteps_run_from_0_to_T_minus_1();
    errata_3_a_triangle_is_filled_and_in_one_piece();
    errata_4_guidance_takes_a_trained_network_and_a_null_class();
    errata_5_the_posterior_variance_has_T_entries();
    errata_5_the_last_step_of_ddim_reaches_x_0();
    errata_6_schedules_that_share_a_name();
    errata_7_any_number_of_steps_goes_from_T_minus_1_to_x_0();
    return check_report();
}
