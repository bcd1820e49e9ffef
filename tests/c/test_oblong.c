/* test_oblong.c - pictures of two sides: a network whose 3x3 kernels are transposed gives, for transposed pictures, what it
 * gave, transposed. Forward, gradients, training and sampling, at 16x24. */
#include "check.h"
#include "models/model.h"

enum { HIGH = 16, WIDE = 24, PLANE = HIGH * WIDE, N = 3, COUNT = N * PLANE, MOST_WEIGHTS = 1 << 16 };

/* to (n, width, height) = from (n, height, width) */
static void transpose(size_t n, size_t height, size_t width, const float *from, float *to)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t y = 0; y < height; y++) {
            for (size_t x = 0; x < width; x++)
                to[i * height * width + x * height + y] = from[i * height * width + y * width + x];
        }
    }
}

/* A parameter's numbers as the other network has them. */
static void turn_param(const nb_param_info *info, const float *from, float *to)
{
    const size_t side = info->rank == 4 ? (size_t)info->shape[2] : 1;
    transpose(info->count / (side * side), side, side, from, to);
}

typedef struct pair {
    nb_engine *engine;
    nb_schedule *schedule;
    nb_rng *rng;
    nb_model *high, *wide; /* for pictures of WIDE x HIGH and HIGH x WIDE */
} pair;

static nb_model *make(const pair *p, nb_model_kind kind, int height, int width)
{
    nb_model_config config = nb_model_default(kind);
    nb_model *model = NULL;
    nb_error err = {0};
    nb_rng *rng = new_rng(7);
    config.in_channels = 1;
    config.base_channels = 8;
    config.time_dim = 16;
    config.image_height = height;
    config.image_width = width;
    config.attention = 1;
    config.max_batch = N;
    REQUIRE(nb_model_create(p->engine, &config, rng, &model, &err) == NB_OK, "%s", err.message);
    CHECK(nb_model_sample_size(model) == PLANE, "%zu numbers in a sample", nb_model_sample_size(model));
    nb_rng_destroy(rng);
    return model;
}

static pair begin(nb_model_kind kind)
{
    static float from[MOST_WEIGHTS], to[MOST_WEIGHTS];
    pair p = {.engine = new_engine(), .schedule = new_schedule(NB_SCHEDULE_COSINE, 100), .rng = new_rng(11)};
    p.wide = make(&p, kind, HIGH, WIDE);
    p.high = make(&p, kind, WIDE, HIGH);
    for (size_t i = 0; i < nb_model_params(p.wide); i++) {
        const nb_param_info info = nb_model_param_info(p.wide, i);
        REQUIRE(info.count <= MOST_WEIGHTS, "%s is too large", info.name);
        nb_model_get_param(p.wide, i, from);
        turn_param(&info, from, to);
        nb_model_set_param(p.high, i, to);
    }
    return p;
}

static void end(pair *p)
{
    nb_model_destroy(p->high);
    nb_model_destroy(p->wide);
    nb_rng_destroy(p->rng);
    nb_schedule_destroy(p->schedule);
    nb_engine_destroy(p->engine);
}

/* a and b, to 1e-5 of the largest. */
static void check_same(const char *what, size_t count, const float *a, const float *b)
{
    gap g = {0};
    for (size_t i = 0; i < count; i++) gap_add(&g, (double)a[i], (double)b[i]);
    CHECK(g.scale > 0.0 && g.worst <= 1e-5 * g.scale, "%s: off by %g of %g", what, g.worst, g.scale);
}

static void test_passes(pair *p)
{
    static float x[2][COUNT], eps[2][COUNT], d_eps[2][COUNT], d_x[2][COUNT], turned[COUNT];
    static float grad[2][MOST_WEIGHTS], turned_grad[MOST_WEIGHTS];
    const float t[N] = {3.0F, 50.0F, 99.0F};
    const int32_t labels[N] = {2, 0, 1};
    nb_model *const models[2] = {p->wide, p->high};
    nb_torch_randn(p->rng, COUNT, x[0]);
    nb_torch_randn(p->rng, COUNT, d_eps[0]);
    transpose(N, HIGH, WIDE, x[0], x[1]);
    transpose(N, HIGH, WIDE, d_eps[0], d_eps[1]);
    for (int k = 0; k < 2; k++) {
        const int32_t *l = nb_model_classes(models[k]) ? labels : NULL;
        REQUIRE(nb_model_forward(models[k], N, x[k], t, l, eps[k], NULL) == NB_OK, "forward");
        REQUIRE(nb_model_backward(models[k], N, d_eps[k], d_x[k], NULL) == NB_OK, "backward");
    }
    transpose(N, HIGH, WIDE, eps[0], turned);
    check_same("eps", COUNT, eps[1], turned);
    CHECK(memcmp(eps[0], eps[1], sizeof eps[0]) != 0, "nothing was transposed");
    transpose(N, HIGH, WIDE, d_x[0], turned);
    check_same("d_x", COUNT, d_x[1], turned);
    float largest = 0.0F;
    for (size_t i = 0; i < nb_model_params(p->wide); i++) {
        const nb_param_info info = nb_model_param_info(p->wide, i);
        for (int k = 0; k < 2; k++) nb_model_get_grad(models[k], i, grad[k]);
        turn_param(&info, grad[0], turned_grad);
        gap g = {0};
        for (size_t k = 0; k < info.count; k++) {
            gap_add(&g, (double)grad[1][k], (double)turned_grad[k]);
            largest = fmaxf(largest, fabsf(turned_grad[k]));
        }
        /* Before a norm a bias has no gradient but rounding errors. */
        CHECK(g.worst <= 1e-5 * larger(g.scale, (double)largest), "%s: off by %g of %g", info.name, g.worst,
              g.scale);
    }
    bits(nb_model_kind_name(nb_model_get_config(p->wide).kind), eps[0], sizeof eps[0]);
}

/* An epoch of pictures whose left part is light: the loss falls. */
static void test_training(pair *p)
{
    enum { PICTURES = 12 };
    static float data[PICTURES * PLANE];
    for (int i = 0; i < PICTURES * PLANE; i++) data[i] = i % WIDE < 8 + i / PLANE % 4 ? 1.0F : -1.0F;
    const nb_train_config config = {.batch = N, .lr = 2e-3};
    nb_trainer *trainer = NULL;
    nb_train_report report = {0};
    nb_error err = {0};
    double first = 0.0, last = 0.0;
    REQUIRE(nb_trainer_create(p->wide, p->schedule, p->rng, data, PICTURES, &config, &trainer, &err) == NB_OK,
            "%s", err.message);
    for (int i = 0; i < 40; i++) {
        REQUIRE(nb_trainer_step(trainer, &report, &err) == NB_OK, "%s", err.message);
        if (report.epoch_end && report.epoch == 1) first = report.epoch_loss;
        if (report.epoch_end) last = report.epoch_loss;
    }
    CHECK(report.epoch == 10 && last < 0.7 * first, "the loss went from %g to %g", first, last);
    nb_trainer_destroy(trainer);
}

/* The sampler's pictures, from the same noise, are each other's transposes. */
static void test_sampling(pair *p)
{
    static float noise[2][COUNT], out[2][COUNT], turned[COUNT];
    nb_model *const models[2] = {p->wide, p->high};
    nb_torch_randn(p->rng, COUNT, noise[0]);
    transpose(N, HIGH, WIDE, noise[0], noise[1]);
    for (int k = 0; k < 2; k++) {
        const nb_sample_config config = {.n = N,
                                         .steps = 5,
                                         .method = NB_DDIM,
                                         .clip = NB_CLIP_RANGE,
                                         .clip_low = -1.0F,
                                         .clip_high = 1.0F};
        nb_sampler *sampler = NULL;
        nb_error err = {0};
        REQUIRE(nb_sampler_create(models[k], p->schedule, NULL, &config, noise[k], &sampler, &err) == NB_OK,
                "%s", err.message);
        while (nb_sampler_t(sampler) >= 0)
            REQUIRE(nb_sampler_step(sampler, &err) == NB_OK, "%s", err.message);
        memcpy(out[k], nb_sampler_x(sampler), sizeof out[k]);
        nb_sampler_destroy(sampler);
    }
    transpose(N, HIGH, WIDE, out[0], turned);
    gap g = {0};
    for (size_t i = 0; i < COUNT; i++) gap_add(&g, (double)out[1][i], (double)turned[i]);
    CHECK(g.worst <= 1e-3 && g.scale > 0.1, "samples: off by %g of %g", g.worst, g.scale);
}

int main(void)
{
    static const nb_model_kind kinds[] = {NB_MINI_UNET, NB_SIMPLE_UNET, NB_CONDITIONAL_UNET};
    for (int i = 0; i < 3; i++) {
        pair p = begin(kinds[i]);
        test_passes(&p);
        if (kinds[i] == NB_MINI_UNET) test_sampling(&p);
        if (kinds[i] == NB_MINI_UNET) test_training(&p);
        end(&p);
    }
    return check_report();
}
