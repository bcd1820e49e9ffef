/* test_samplers.c - the sampling methods and their knobs against Gaussians in closed form. */
#include "allocations.h"
#include "linear.h"
#include "sampling.h"

/* alpha_bar from the double betas; 1 at t = -1. */
static double alpha_bar(const nb_schedule *s, int t)
{
    double product = 1.0;
    for (int k = 0; k <= t; k++) product *= 1.0 - nb_schedule_beta64(s)[k];
    return product;
}

/* ---- DDIM's noise ------------------------------------------------------------------------------------------ */

/* With eps = 0, x' = sqrt(bar_prev / bar) x + sigma z: each step shows its sigma. */
static void check_sigma(linear_model *l, const nb_schedule *s, double eta)
{
    enum { N = 200 };
    nb_rng *rng = new_rng(3), *same = new_rng(3);
    float x[2 * N] = {0.0F}, z[2 * N];
    nb_sampler *sampler =
        begin(l->model, s, rng, (nb_sample_config){.n = N, .method = NB_DDIM, .eta = eta}, x);
    set_factor(l, 0.0);
    double worst = 0.0;
    for (int t = nb_schedule_T(s) - 1; t > 0; t--) {
        memcpy(x, nb_sampler_x(sampler), sizeof x);
        step(sampler);
        nb_torch_randn(same, 2 * N, z);
        const double ratio = sqrt(alpha_bar(s, t - 1) / alpha_bar(s, t));
        double xz = 0.0, zz = 0.0;
        for (size_t i = 0; i < 2 * N; i++) {
            xz += ((double)nb_sampler_x(sampler)[i] - ratio * (double)x[i]) * (double)z[i];
            zz += (double)z[i] * (double)z[i];
        }
        const double got = xz / zz * (xz / zz);
        const double want = eta * eta * (double)nb_schedule_table(s, NB_POSTERIOR_VARIANCE)[t];
        worst = larger(worst, fabs(got - want) / want);
    }
    printf("measured sigma^2 at eta %g %.2g (limit 1e-4)\n", eta, worst);
    CHECK(worst <= 1e-4, "eta %g: sigma^2 is off by %g", eta, worst);
    nb_sampler_destroy(sampler);
    nb_rng_destroy(rng);
    nb_rng_destroy(same);
}

/* eta = 1 on every timestep is DDPM with the posterior variance: the same normals lead to the same points. */
static void check_as_ddpm(linear_model *l, const nb_schedule *s)
{
    enum { N = 500 };
    nb_rng *rngs[2] = {new_rng(9), new_rng(9)};
    nb_sampler *ddpm = begin(l->model, s, rngs[0], (nb_sample_config){.n = N}, NULL);
    nb_sampler *ddim =
        begin(l->model, s, rngs[1], (nb_sample_config){.n = N, .method = NB_DDIM, .eta = 1.0}, NULL);
    gap g = {0};
    while (nb_sampler_t(ddpm) >= 0) {
        set_factor(l, exact_factor(s, nb_sampler_t(ddpm), 0.25));
        step(ddpm);
        step(ddim);
        for (size_t i = 0; i < 2 * N; i++)
            gap_add(&g, (double)nb_sampler_x(ddim)[i], (double)nb_sampler_x(ddpm)[i]);
    }
    check_gap("DDIM with eta 1 against DDPM", g, 2e-5);
    nb_sampler_destroy(ddpm);
    nb_sampler_destroy(ddim);
    nb_rng_destroy(rngs[0]);
    nb_rng_destroy(rngs[1]);
}

static void test_eta(linear_model *l)
{
    nb_schedule *linear = new_schedule(NB_SCHEDULE_LINEAR, 50),
                *cosine = new_schedule(NB_SCHEDULE_COSINE, 60);
    check_sigma(l, linear, 1.0);
    check_sigma(l, linear, 0.5);
    check_sigma(l, cosine, 1.0);
    check_as_ddpm(l, linear);
    check_as_ddpm(l, cosine);
    nb_schedule_destroy(linear);
    nb_schedule_destroy(cosine);
}

/* ---- Moments: x' = a x + sigma z in closed form ------------------------------------------------------------- */

/* Data from N(0, 1/4) and its exact score: the variance of all points follows the recursion at every step, and ends
 * near the data's. */
static void check_moments(linear_model *l, const nb_schedule *s, int steps, double eta, double limit)
{
    enum { N = 6000 };
    nb_rng_seed(l->rng, 21);
    nb_sampler *sampler = begin(
        l->model, s, l->rng, (nb_sample_config){.n = N, .steps = steps, .method = NB_DDIM, .eta = eta}, NULL);
    double v = 1.0, worst = 0.0, worst_mean = 0.0;
    while (nb_sampler_t(sampler) >= 0) {
        const int t = nb_sampler_t(sampler);
        const double c = exact_factor(s, t, 0.25), bar = alpha_bar(s, t);
        set_factor(l, c);
        step(sampler);
        const double prev = alpha_bar(s, nb_sampler_t(sampler));
        const double sigma = eta * sqrt((1.0 - prev) / (1.0 - bar)) * sqrt(1.0 - bar / prev);
        const double a =
            sqrt(prev / bar) * (1.0 - sqrt(1.0 - bar) * c) + sqrt(1.0 - prev - sigma * sigma) * c;
        v = a * a * v + sigma * sigma;
        double sum = 0.0, squares = 0.0;
        for (size_t i = 0; i < 2 * N; i++) {
            const double x = (double)nb_sampler_x(sampler)[i];
            sum += x;
            squares += x * x;
        }
        worst = larger(worst, fabs(squares / (2 * N) / v - 1.0) / sqrt(2.0 / (2 * N)));
        worst_mean = larger(worst_mean, fabs(sum / (2 * N)) / sqrt(v / (2 * N)));
    }
    printf("measured DDIM of %d steps, eta %g: mean %.2g, variance %.2g errors (limit 4); ends at %.4f of "
           "0.25\n",
           steps, eta, worst_mean, worst, v);
    CHECK(worst <= 4.0 && worst_mean <= 4.0, "%d steps, eta %g: %g and %g standard errors", steps, eta,
          worst_mean, worst);
    CHECK(near(v, 0.25, 0.0, limit), "%d steps, eta %g: the variance ends at %g", steps, eta, v);
    nb_sampler_destroy(sampler);
}

static void test_moments(linear_model *l)
{
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 1000);
    for (int i = 0; i <= 2; i++) {
        check_moments(l, s, 50, i / 2.0, 0.25);
        check_moments(l, s, 1000, i / 2.0, 0.02);
    }
    nb_schedule_destroy(s);
}

/* ---- Order of convergence ---------------------------------------------------------------------------------- */

/* How far a run of `gaps` even steps from T-1 to `end` is from the probability flow of N(0, v), which keeps x in units of
 * its standard deviation. The list goes on to 0, but the run stops at `end`. */
static double flow_error(linear_model *l, const nb_schedule *s, nb_method method, int gaps, int end, double v)
{
    enum { MOST = 90 };
    const int T = nb_schedule_T(s);
    int list[MOST];
    for (int i = 0; i <= gaps; i++) list[i] = T - 1 - (T - 1 - end) / gaps * i;
    REQUIRE(list[gaps] == end, "%d steps from %d to %d are not even", gaps, T - 1, end);
    const float *bar = nb_schedule_table(s, NB_ALPHA_BAR), x_T[2] = {1.0F, -0.5F};
    nb_sampler *sampler =
        begin(l->model, s, NULL,
              (nb_sample_config){.n = 1, .steps = gaps + 1, .timesteps = list, .method = method}, x_T);
    while (nb_sampler_t(sampler) > end) {
        set_factor(l, exact_factor(s, nb_sampler_t(sampler), v));
        step(sampler);
    }
    const double first = (double)bar[end], last = (double)bar[T - 1];
    const double want = sqrt((first * v + 1.0 - first) / (last * v + 1.0 - last));
    const double error = fabs((double)nb_sampler_x(sampler)[0] / want - 1.0);
    nb_sampler_destroy(sampler);
    return error;
}

/* Fine enough that every list is exactly even: the course's linear schedule in continuous time. Away from t = 0, where
 * eps grows as the root of t and no method has its order in t. */
static void test_order(linear_model *l)
{
    nb_schedule *s = NULL;
    REQUIRE(nb_schedule_create(NB_SCHEDULE_LINEAR, 8001, 1e-4 / 8.0, 0.02 / 8.0, &s, NULL) == NB_OK,
            "no schedule");
    static const double order[METHODS] = {0.0, 0.8, 1.7, 1.7};
    double ddim[4];
    for (int m = NB_DDIM; m < METHODS; m++) {
        double slope = 0.0, error[4];
        for (int k = 0; k < 4; k++) {
            error[k] = flow_error(l, s, (nb_method)m, 10 << k, 1600, 2.0);
            slope -= (k - 1.5) * log2(error[k]) / 5.0; /* least squares over k = 0..3 */
            /* All the way down, few steps or many: the higher orders are worth having. */
            const double whole = flow_error(l, s, (nb_method)m, 10 << k, 0, 0.25);
            if (m == NB_DDIM) ddim[k] = whole;
            CHECK(m == NB_DDIM || whole < ddim[k] / 2.0, "%s in %d steps: error %g, DDIM's %g",
                  method_names[m], 10 << k, whole, ddim[k]);
        }
        printf("measured order of %s %.2f (at least %g): errors %.2g %.2g %.2g %.2g\n", method_names[m],
               slope, order[m], error[0], error[1], error[2], error[3]);
        CHECK(slope >= order[m], "%s converges with order %g", method_names[m], slope);
    }
    nb_schedule_destroy(s);
}

/* ---- Lists of timesteps, determinism, clipping -------------------------------------------------------------- */

static void check_list(nb_model *model, const nb_schedule *s, nb_method method, int steps)
{
    const int T = nb_schedule_T(s);
    const float x_T[4] = {0.4F, -0.8F, 1.5F, 0.1F};
    int list[64], count = 0;
    float even[4], same[4];
    nb_rng *rng = new_rng(4);
    nb_sample_config config = {
        .n = 2, .steps = steps, .method = method, .eta = method == NB_DDIM ? 0.5 : 0.0};
    nb_sampler *sampler = begin(model, s, rng, config, x_T);
    CHECK(nb_sampler_t(sampler) == T - 1, "%d steps start at %d", steps, nb_sampler_t(sampler));
    for (; nb_sampler_t(sampler) >= 0; step(sampler)) list[count++] = nb_sampler_t(sampler);
    CHECK(count == steps && (steps == 1 || list[count - 1] == 0), "%d of %d steps", count, steps);
    memcpy(even, nb_sampler_x(sampler), sizeof even);
    CHECK(method == NB_DDPM || memcmp(even, nb_sampler_x0(sampler), sizeof even) == 0,
          "%s in %d steps does not end at x_0", method_names[method], steps);
    FAILS(NB_ERR_ARGUMENT, "already", nb_sampler_step(sampler, &failure));
    nb_sampler_destroy(sampler);
    nb_rng_seed(rng, 4);
    config.timesteps = list;
    finish(begin(model, s, rng, config, x_T), same, sizeof same);
    CHECK(memcmp(even, same, sizeof even) == 0, "%s: the same list of %d gives something else",
          method_names[method], steps);
    nb_rng_destroy(rng);
}

static void test_lists(nb_model *model, const nb_schedule *s)
{
    for (int m = 0; m < METHODS; m++) {
        for (int steps = 1; steps <= nb_schedule_T(s); steps++) check_list(model, s, (nb_method)m, steps);
    }
    /* A list that is not even, and ends above 0. */
    const int list[3] = {49, 20, 3};
    const float x_T[2] = {0.4F, -0.8F};
    nb_sampler *sampler = begin(
        model, s, NULL, (nb_sample_config){.n = 1, .steps = 3, .timesteps = list, .method = NB_PNDM}, x_T);
    for (int i = 0; i < 3; i++, step(sampler)) CHECK(nb_sampler_t(sampler) == list[i], "not timestep %d", i);
    CHECK(nb_sampler_t(sampler) == -1, "not at x_0");
    nb_sampler_destroy(sampler);
}

/* Without noise, only x_T counts; the bits of each method; no allocation in a step. */
static void test_methods(nb_model *model, const nb_schedule *s)
{
    enum { N = 40 };
    float x_T[2 * N], got[2 * N], again[2 * N];
    nb_rng *a = new_rng(1), *b = new_rng(2);
    nb_torch_randn(a, 2 * N, x_T);
    check_counter();
    for (int m = NB_DDIM; m < METHODS; m++) {
        const nb_sample_config config = {.n = N, .steps = 12, .method = (nb_method)m};
        finish(begin(model, s, a, config, x_T), got, sizeof got);
        finish(begin(model, s, b, config, x_T), again, sizeof again);
        CHECK(memcmp(got, again, sizeof got) == 0, "%s is not deterministic", method_names[m]);
        nb_sampler *sampler = begin(model, s, NULL, config, x_T);
        const long before = allocations;
        while (nb_sampler_t(sampler) >= 0) step(sampler);
        check_no_allocation(method_names[m], before);
        CHECK(memcmp(got, nb_sampler_x(sampler), sizeof got) == 0, "%s takes from the generator",
              method_names[m]);
        nb_sampler_destroy(sampler);
        bits(method_names[m], got, sizeof got);
    }
    nb_rng_seed(b, 5);
    finish(begin(model, s, b, (nb_sample_config){.n = N, .steps = 12, .method = NB_DDIM, .eta = 1.0}, x_T),
           got, sizeof got);
    bits("ddim_eta_1", got, sizeof got);
    nb_rng_destroy(a);
    nb_rng_destroy(b);
}

static void test_clipping(linear_model *l, const nb_schedule *s)
{
    const float x_T[4] = {3.0F, -2.5F, 0.01F, -0.02F};
    const int T = nb_schedule_T(s), list[2] = {T - 1, 10};
    set_factor(l, 0.0); /* x_0 = x / signal: the first two are far out, the others within */
    nb_sample_config config = {.n = 2,
                               .steps = 2,
                               .timesteps = list,
                               .method = NB_DDIM,
                               .clip = NB_CLIP_RANGE,
                               .clip_low = -1.0F,
                               .clip_high = 1.0F};
    nb_sampler *sampler = begin(l->model, s, NULL, config, x_T);
    step(sampler);
    const double bar = alpha_bar(s, T - 1), prev = alpha_bar(s, 10);
    for (size_t i = 0; i < 4; i++) {
        const double x = (double)x_T[i], x0 = fmax(-1.0, fmin(1.0, x / sqrt(bar)));
        const double eps = (x - sqrt(bar) * x0) / sqrt(1.0 - bar),
                     want = sqrt(prev) * x0 + sqrt(1.0 - prev) * eps;
        CHECK(near((double)nb_sampler_x0(sampler)[i], x0, 0.0, 1e-5), "x_0 of %zu is not clipped", i);
        CHECK(near((double)nb_sampler_x(sampler)[i], want, 1e-7, 1e-5), "eps of %zu does not fit x_0", i);
    }
    nb_sampler_destroy(sampler);
    for (int m = 0; m < METHODS; m++) {
        float with[4], without[4];
        config = (nb_sample_config){.n = 2, .steps = 9, .method = (nb_method)m, .variance = no_noise(m)};
        config.clip = NB_CLIP_RANGE;
        config.clip_low = -1.0F;
        config.clip_high = 1.0F;
        finish(begin(l->model, s, NULL, config, x_T), with, sizeof with);
        config.clip = NB_CLIP_OFF;
        finish(begin(l->model, s, NULL, config, x_T), without, sizeof without);
        for (size_t i = 0; i < 4; i++)
            CHECK(fabsf(with[i]) <= 1.00001F, "%s ends at %g", method_names[m], (double)with[i]);
        CHECK(memcmp(with, without, sizeof with) != 0, "clipping changes nothing");
        CHECK(memcmp(with + 2, without + 2, 2 * sizeof *with) == 0, "clipping changes what is within");
    }
}

/* ---- Refusals, numbers that are not finite -------------------------------------------------------------------- */

static void test_refusals(linear_model *l, const nb_schedule *s)
{
    static const int late[3] = {48, 20, 0}, flat[3] = {49, 20, 20}, rising[3] = {49, 20, 30},
                     below[3] = {49, 0, -1};
    static const int32_t labels[2] = {0, 0};
    static const struct {
        const char *part;
        nb_sample_config config;
    } bad[] = {{"eta = -0.1", {.n = 2, .method = NB_DDIM, .eta = -0.1}},
               {"eta = 1.1", {.n = 2, .method = NB_DDIM, .eta = 1.1}},
               {"eta = ", {.n = 2, .method = NB_DDIM, .eta = NAN}},
               {"no method", {.n = 2, .method = (nb_method)6}},
               {"no method", {.n = 2, .method = (nb_method)-1}},
               {"start at 48", {.n = 2, .steps = 3, .timesteps = late}},
               {"20 after 20", {.n = 2, .steps = 3, .timesteps = flat}},
               {"30 after 20", {.n = 2, .steps = 3, .timesteps = rising}},
               {"-1 after 0", {.n = 2, .steps = 3, .timesteps = below}},
               {"guidance scale", {.n = 2, .guidance_scale = NAN}},
               {"guidance scale", {.n = 2, .guidance_scale = INFINITY}},
               {"guidance for a model without classes", {.n = 2, .guided = true}},
               {"labels for a simple-noise-predictor", {.n = 2, .labels = labels}}};
    nb_sampler *sampler = NULL;
    uint8_t before[NB_RNG_STATE_BYTES], after[NB_RNG_STATE_BYTES];
    nb_rng_get_state(l->rng, before);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        FAILS(NB_ERR_ARGUMENT, bad[i].part,
              nb_sampler_create(l->model, s, l->rng, &bad[i].config, NULL, &sampler, &failure));
    const float x_T[4] = {1.0F, 2.0F, 3.0F, 4.0F}, hole[4] = {1.0F, NAN, 3.0F, 4.0F};
    const nb_sample_config noisy = {.n = 2, .method = NB_DDIM, .eta = 0.1};
    FAILS(NB_ERR_ARGUMENT, "generator",
          nb_sampler_create(l->model, s, NULL, &noisy, x_T, &sampler, &failure));
    nb_rng_get_state(l->rng, after);
    CHECK(sampler == NULL && memcmp(before, after, sizeof before) == 0, "a refused sampler left something");
    for (int m = 0; m < METHODS; m++) {
        /* Clipping must not hide it. */
        const nb_sample_config config = {.n = 2,
                                         .steps = 9,
                                         .method = (nb_method)m,
                                         .variance = no_noise(m),
                                         .clip = NB_CLIP_RANGE,
                                         .clip_low = -1.0F,
                                         .clip_high = 1.0F};
        set_factor(l, 0.3);
        sampler = begin(l->model, s, NULL, config, hole);
        FAILS(NB_ERR_NONFINITE, "t = 49", nb_sampler_step(sampler, &failure));
        CHECK(nb_sampler_t(sampler) == 49, "a failed step counts");
        nb_sampler_destroy(sampler);
        sampler = begin(l->model, s, NULL, config, x_T);
        step(sampler);
        set_factor(l, INFINITY);
        FAILS(NB_ERR_NONFINITE, "t = 43", nb_sampler_step(sampler, &failure));
        nb_sampler_destroy(sampler);
    }
}

/* ---- PyTorch's samples ---------------------------------------------------------------------------------------- */

/* Exercise 9's loop on a MiniUNet(8) that is drawn from the seed, as are x_T and the noise. */
static void test_golden(const nb_engine *engine, double eta, const char *name)
{
    nb_rng *rng = new_rng(11);
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 1000);
    nb_model_config config = nb_model_default(NB_MINI_UNET);
    config.base_channels = 8;
    config.image_height = config.image_width = 8;
    nb_model *model = NULL;
    nb_error err = {0};
    REQUIRE(nb_model_create(engine, &config, rng, &model, &err) == NB_OK, "%s", err.message);
    nb_array want = golden(name);
    float got[3 * 64];
    REQUIRE(nb_array_count(&want) == 3 * 64, "%s has another shape", name);
    const nb_sample_config sample = {.n = 3, .steps = 10, .method = NB_DDIM, .eta = eta};
    finish(begin(model, s, rng, sample, NULL), got, sizeof got);
    gap g = {0};
    for (size_t i = 0; i < 3 * 64; i++) gap_add(&g, (double)got[i], entry(&want, i));
    check_gap(name, g, 1e-5);
    bits(name, got, sizeof got);
    free(want.data);
    nb_model_destroy(model);
    nb_schedule_destroy(s);
    nb_rng_destroy(rng);
}

int main(void)
{
    linear_model l = linear_begin();
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50);
    nb_model *model = new_model(l.engine, 20, 32, 16, l.rng);
    test_golden(l.engine, 0.0, "ddim_eta0");
    test_golden(l.engine, 0.5, "ddim_eta05");
    test_eta(&l);
    test_moments(&l);
    test_order(&l);
    test_lists(model, s);
    test_methods(model, s);
    test_clipping(&l, s);
    test_refusals(&l, s);
    nb_model_destroy(model);
    nb_schedule_destroy(s);
    linear_end(&l);
    return check_report();
}
