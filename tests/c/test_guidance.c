/* test_guidance.c - sampling with classes: guidance against two separate passes; interpolation between noises. */
#include "allocations.h"
#include "base/math.h"
#include "sampling.h"

/* ---- Guidance ----------------------------------------------------------------------------------------------- */

typedef struct guided {
    nb_model *model;
    const nb_schedule *schedule;
    const int32_t *labels;
    const float *x_T;
    size_t n;
} guided;

/* Each predicted x_0 of a guided run is that of two separate passes, to the bit. */
static void check_formula(const guided *g, float w)
{
    enum { MOST = 64 };
    float x[MOST], eps_null[MOST], eps_class[MOST], time[MOST];
    const size_t values = g->n * nb_model_sample_size(g->model);
    const int T = nb_schedule_T(g->schedule);
    REQUIRE(values <= MOST, "too many");
    nb_sampler *sampler = begin(g->model, g->schedule, NULL,
                                (nb_sample_config){.n = g->n,
                                                   .steps = 6,
                                                   .method = NB_DDIM,
                                                   .labels = g->labels,
                                                   .guided = true,
                                                   .guidance_scale = (double)w},
                                g->x_T);
    while (nb_sampler_t(sampler) >= 0) {
        const int t = nb_sampler_t(sampler);
        memcpy(x, nb_sampler_x(sampler), values * sizeof *x);
        for (size_t i = 0; i < g->n; i++)
            time[i] = nb_model_takes_fraction(g->model) ? (float)t / (float)T : (float)t;
        nb_model_forward(g->model, g->n, x, time, NULL, eps_null, NULL);
        nb_model_forward(g->model, g->n, x, time, g->labels, eps_class, NULL);
        step(sampler);
        const float noise = nb_schedule_table(g->schedule, NB_SQRT_ONE_MINUS_ALPHA_BAR)[t];
        const float inverse = 1.0F / nb_schedule_table(g->schedule, NB_SQRT_ALPHA_BAR)[t];
        for (size_t i = 0; i < values; i++) {
            const float eps = eps_null[i] + w * (eps_class[i] - eps_null[i]),
                        x0 = (x[i] - noise * eps) * inverse;
            CHECK(x0 == nb_sampler_x0(sampler)[i], "w = %g at t = %d: x_0 of %zu", (double)w, t, i);
        }
    }
    nb_sampler_destroy(sampler);
}

static void check_ends(const guided *g)
{
    float plain[64], with[64];
    const size_t bytes = g->n * nb_model_sample_size(g->model) * sizeof(float);
    for (int m = NB_DDIM; m < METHODS; m++) {
        for (int w = 0; w <= 1; w++) {
            nb_sample_config config = {
                .n = g->n, .steps = 7, .method = (nb_method)m, .labels = w ? g->labels : NULL};
            finish(begin(g->model, g->schedule, NULL, config, g->x_T), plain, bytes);
            config.labels = g->labels;
            config.guided = true;
            config.guidance_scale = w;
            finish(begin(g->model, g->schedule, NULL, config, g->x_T), with, bytes);
            CHECK(memcmp(plain, with, bytes) == 0, "%s: w = %d is not what it says", method_names[m], w);
        }
        nb_sample_config config = {.n = g->n,
                                   .steps = 7,
                                   .method = (nb_method)m,
                                   .labels = g->labels,
                                   .guided = true,
                                   .guidance_scale = 2.0};
        nb_sampler *sampler = begin(g->model, g->schedule, NULL, config, g->x_T);
        const long before = allocations;
        while (nb_sampler_t(sampler) >= 0) step(sampler);
        check_no_allocation("a guided run", before);
        CHECK(memcmp(with, nb_sampler_x(sampler), bytes) != 0, "w = 2 changes nothing");
        char name[64];
        snprintf(name, sizeof name, "guided_%s_%s", nb_model_kind_name(nb_model_get_config(g->model).kind),
                 method_names[m]);
        bits(name, nb_sampler_x(sampler), bytes);
        nb_sampler_destroy(sampler);
    }
}

static void check_label_errors(const guided *g)
{
    const int32_t high[2] = {0, 4}, low[2] = {-1, 0};
    nb_sampler *sampler = NULL;
    nb_sample_config config = {.n = 2, .steps = 5, .method = NB_DDIM, .labels = high};
    FAILS(NB_ERR_ARGUMENT, "label 4 of sample 1",
          nb_sampler_create(g->model, g->schedule, NULL, &config, g->x_T, &sampler, &failure));
    config.labels = low;
    FAILS(NB_ERR_ARGUMENT, "label -1 of sample 0",
          nb_sampler_create(g->model, g->schedule, NULL, &config, g->x_T, &sampler, &failure));
    config.labels = NULL;
    config.guided = true;
    FAILS(NB_ERR_ARGUMENT, "takes labels",
          nb_sampler_create(g->model, g->schedule, NULL, &config, g->x_T, &sampler, &failure));
    CHECK(sampler == NULL, "a refused sampler was handed out");
}

/* Points of exercise 10, and images: the row size is the model's. */
static void test_guidance(const nb_engine *engine, nb_rng *rng, const nb_schedule *s)
{
    const int32_t labels[5] = {0, 1, 2, 3, 1}; /* 3: no class */
    float x_T[64];
    nb_torch_randn(rng, 64, x_T);
    for (int image = 0; image <= 1; image++) {
        nb_model_config config = nb_model_default(image ? NB_CONDITIONAL_UNET : NB_CONDITIONAL_DIFFUSION);
        config.hidden_dim = 20;
        config.base_channels = 4;
        config.in_channels = 1;
        config.image_height = config.image_width = 3;
        config.n_classes = 3;
        config.max_batch = 4;
        nb_model *model = NULL;
        nb_error err = {0};
        REQUIRE(nb_model_create(engine, &config, rng, &model, &err) == NB_OK, "%s", err.message);
        const guided g = {model, s, labels, x_T, 5};
        check_formula(&g, 2.0F);
        check_formula(&g, -0.5F);
        check_ends(&g);
        check_label_errors(&g);
        nb_model_destroy(model);
    }
}

/* ---- Interpolation between noises ----------------------------------------------------------------------------- */

static double norm(const float *x, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) sum += (double)x[i] * (double)x[i];
    return sqrt(sum);
}

static void test_slerp(nb_rng *rng)
{
    enum { N = 100 };
    float a[N], b[N], out[N], mirrored[N];
    CHECK(nb_acos(1.0) == 0.0 && nb_acos(-1.0) == NB_PI, "acos at its ends");
    nb_torch_randn(rng, N, a);
    nb_torch_randn(rng, N, b);
    const float scale = (float)(norm(a, N) / norm(b, N));
    for (size_t i = 0; i < N; i++) b[i] *= scale;
    nb_slerp(N, a, b, 0.0, out, NULL);
    CHECK(memcmp(out, a, sizeof a) == 0, "fraction 0 is not a");
    /* A small angle is one, too: on the line between the two the middle would be 3e-4 too short. */
    const float east[2] = {1.0F, 0.0F}, near_east[2] = {(float)nb_cos(0.05), (float)nb_sin(0.05)};
    float middle[2];
    nb_slerp(2, east, near_east, 0.5, middle, NULL);
    CHECK(near(norm(middle, 2), 1.0, 1e-6, 0.0), "the middle of a small angle has length %g",
          norm(middle, 2));
    nb_slerp(N, a, b, 1.0, out, NULL);
    CHECK(memcmp(out, b, sizeof b) == 0, "fraction 1 is not b");
    for (int k = 0; k <= 8; k++) {
        nb_slerp(N, a, b, k / 8.0, out, NULL);
        nb_slerp(N, b, a, 1.0 - k / 8.0, mirrored, NULL);
        CHECK(memcmp(out, mirrored, sizeof out) == 0, "%d/8 from a is not %d/8 from b", k, 8 - k);
        CHECK(near(norm(out, N), norm(a, N), 0.0, 1e-6), "%d/8 has another length", k);
    }
    nb_slerp(N, a, b, 0.3, out, NULL);
    bits("slerp", out, sizeof out);
    const float x[2] = {2.0F, 0.0F}, y[2] = {0.0F, 2.0F}, zero[2] = {0.0F, 0.0F},
                third[2] = {1.0F, sqrtf(3.0F)};
    nb_slerp(2, x, y, 2.0 / 3.0, out, NULL);
    CHECK(near((double)out[0], (double)third[0], 1e-6, 0.0) &&
              near((double)out[1], (double)third[1], 1e-6, 0.0),
          "two thirds of a right angle: %g, %g", (double)out[0], (double)out[1]);
    nb_slerp(2, x, x, 0.25, out, NULL); /* parallel: linear */
    CHECK(memcmp(out, x, sizeof x) == 0, "between equals");
    nb_slerp(2, x, zero, 0.25, out, NULL);
    CHECK(out[0] == 1.5F && out[1] == 0.0F, "towards zero");
    nb_slerp(N, a, b, 0.3, mirrored, NULL);
    nb_slerp(N, a, b, 0.3, a, NULL); /* in place */
    CHECK(memcmp(a, mirrored, sizeof a) == 0, "in place");
}

int main(void)
{
    nb_engine *engine = new_engine();
    nb_rng *rng = new_rng(77);
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50);
    check_counter();
    test_guidance(engine, rng, s);
    test_slerp(rng);
    nb_schedule_destroy(s);
    nb_rng_destroy(rng);
    nb_engine_destroy(engine);
    return check_report();
}
