/* test_loss_by_level.c - the loss by noise level, and what it shows: networks for classes and for images learn. */
#include "allocations.h"
#include "lesson.h"
#include "options.h"

enum { LEVELS = 5 };
static const int32_t levels[LEVELS] = {0, 20, 60, 120, T - 1};

static double mean(const double *values, size_t n)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) sum += values[i];
    return sum / (double)n;
}

static double mean_loss(const course *c, size_t n, const float *x_0, const int32_t *labels, double *out)
{
    nb_error err = {0};
    REQUIRE(nb_loss_by_level(c->model, c->schedule, n, x_0, labels, NULL, LEVELS, levels, 99, NULL, out,
                             &err) == NB_OK,
            "%s", err.message);
    return mean(out, LEVELS);
}

/* ---- What it computes ------------------------------------------------------------------------------------- */

/* Written out, with torch.manual_seed(99)'s noise. */
static void test_by_hand(void)
{
    const classes data = new_classes();
    const course c = train_classes(4, (nb_train_config){.batch = BATCH, .lr = 1e-3, .labels = data.labels});
    static float eps[2 * POINTS], x[2 * POINTS], pred[2 * POINTS], t[POINTS];
    static int32_t steps[POINTS];
    double got[LEVELS], given[LEVELS], again[LEVELS];
    nb_rng *noise = new_rng(99), *untouched = new_rng(0);
    nb_torch_randn(noise, (size_t)2 * POINTS, eps);
    for (int i = 0; i < 7; i++) train_step(&c);
    uint8_t state[NB_RNG_STATE_BYTES];
    nb_rng_get_state(c.rng, state);
    REQUIRE(nb_rng_set_state(untouched, state, sizeof state, NULL) == NB_OK, "a state");
    mean_loss(&c, POINTS, data.x, data.labels, got);
    for (size_t k = 0; k < LEVELS; k++) {
        for (size_t i = 0; i < POINTS; i++) {
            steps[i] = levels[k];
            t[i] = (float)levels[k] / (float)T;
        }
        nb_q_sample(c.schedule, POINTS, 2, data.x, steps, eps, x, NULL);
        nb_model_forward(c.model, POINTS, x, t, data.labels, pred, NULL);
        const double want = nb_mse((size_t)2 * POINTS, pred, eps, NULL);
        CHECK(near(got[k], want, 0.0, 1e-7), "t = %d: %.17g, by hand %.17g", (int)levels[k], got[k], want);
    }
    mean_loss(&c, POINTS, data.x, data.labels, again);
    CHECK(memcmp(got, again, sizeof got) == 0, "other losses the second time");
    nb_loss_by_level(c.model, c.schedule, POINTS, data.x, data.labels, NULL, LEVELS, levels, 5, eps, given,
                     NULL);
    CHECK(memcmp(got, given, sizeof got) == 0, "other losses with the noise given");
    CHECK(same_rng(c.rng, untouched), "the training's generator was drawn from");
    bits("loss_by_level", got, sizeof got);
    course_end((course *)&c);
    nb_rng_destroy(noise);
    nb_rng_destroy(untouched);
}

/* The size of the batches does not show, and a training that is measured goes on with the same bits. */
static void test_no_trace(void)
{
    const classes data = new_classes();
    const nb_train_config options = {.batch = 7, .lr = 1e-3, .labels = data.labels, .label_dropout = 0.2};
    course measured = train_classes(4, options), alone = train_classes(4, options);
    course one_by_one = course_begin(small_conditional(1), 4);
    double batches[LEVELS], singles[LEVELS], other[LEVELS];
    mean_loss(&measured, POINTS, data.x, data.labels, batches);
    mean_loss(&one_by_one, POINTS, data.x, data.labels, singles);
    CHECK(memcmp(batches, singles, sizeof batches) == 0, "the size of a batch shows");
    nb_loss_by_level(measured.model, measured.schedule, POINTS, data.x, data.labels, NULL, LEVELS, levels,
                     100, NULL, other, NULL);
    CHECK(memcmp(batches, other, sizeof batches) != 0, "another seed draws the same noise");
    for (int i = 0; i < 15; i++) {
        mean_loss(&measured, 3, data.x, NULL, other);
        const double a = train_step(&measured).loss, b = train_step(&alone).loss;
        CHECK(memcmp(&a, &b, sizeof a) == 0, "step %d: loss %.17g, not %.17g", i, a, b);
    }
    course_end(&measured);
    course_end(&alone);
    course_end(&one_by_one);
}

static void test_refusals(void)
{
    classes data = new_classes();
    course c = course_begin(small_conditional(BATCH), 4);
    double out[2] = {-7.0, -7.0};
    static const int32_t fine[2] = {0, T - 1}, low[2] = {0, -1}, high[2] = {0, T};
#define LOSS(n, labels, t)                                                                                   \
    nb_loss_by_level(c.model, c.schedule, n, data.x, labels, NULL, 2, t, 1, NULL, out, &failure)
    FAILS(NB_ERR_ARGUMENT, "0 validation samples", LOSS(0, NULL, fine));
    FAILS(NB_ERR_ARGUMENT, "timesteps[1] = -1", LOSS(POINTS, NULL, low));
    FAILS(NB_ERR_ARGUMENT, "timesteps[1] = 200: timesteps are 0 to 199", LOSS(POINTS, NULL, high));
    data.labels[POINTS - 1] = 4; /* 3 is no class */
    FAILS(NB_ERR_ARGUMENT, "label 4 of sample 89", LOSS(POINTS, data.labels, fine));
    data.x[POINTS] = NAN;
    FAILS(NB_ERR_NONFINITE, "timestep 0", LOSS(POINTS, NULL, fine));
#undef LOSS
    CHECK(out[0] == -7.0 && out[1] == -7.0, "a refused call wrote its result");
    CHECK(nb_loss_by_level(c.model, c.schedule, 1, data.x, NULL, NULL, 0, NULL, 1, NULL, NULL, NULL) == NB_OK,
          "no levels");
    course_end(&c);
}

/* ---- What it shows ---------------------------------------------------------------------------------------- */

/* Exercise 5, ten epochs: lower than before wherever there is noise enough to be seen. */
static void test_swiss_roll(void)
{
    const lesson_config config = {21, 500, 50, 32, 1000, NB_SCHEDULE_COSINE_CLIPPED, 2e-3, 0};
    lesson l = lesson_begin(&config);
    double roll[2 * 200], before[4], after[4];
    float x[2 * 200];
    nb_rng *numpy = new_rng(77); /* points that it was not trained on */
    REQUIRE(nb_data_swiss_roll(numpy, 200, 0.1, roll, NULL) == NB_OK, "no memory");
    for (int i = 0; i < 400; i++) x[i] = (float)roll[i];
    static const int32_t at[4] = {300, 500, 700, 900};
    nb_loss_by_level(l.model, l.schedule, 200, x, NULL, NULL, 4, at, 1, NULL, before, NULL);
    for (int epoch = 0; epoch < 10; epoch++) lesson_epoch(&l);
    nb_loss_by_level(l.model, l.schedule, 200, x, NULL, NULL, 4, at, 1, NULL, after, NULL);
    for (int k = 0; k < 4; k++) {
        printf("measured loss at t = %d: %.3f untrained, %.3f trained\n", (int)at[k], before[k], after[k]);
        CHECK(after[k] < before[k], "t = %d: %g trained, %g untrained", (int)at[k], after[k], before[k]);
    }
    bits("loss_by_level_roll", after, sizeof after);
    nb_rng_destroy(numpy);
    lesson_end(&l);
}

/* Exercise 10: the right labels beat the wrong ones, and no label at all. */
static void test_classes(void)
{
    const classes data = new_classes();
    int32_t wrong[POINTS];
    for (int i = 0; i < POINTS; i++) wrong[i] = (data.labels[i] + 1) % 3;
    const nb_train_config options = {
        .batch = BATCH, .lr = 3e-3, .labels = data.labels, .label_dropout = 0.1, .ema_decay = 0.99};
    course c = train_classes(12, options);
    double loss[LEVELS], losses[4];
    for (int i = 0; i < 200 * PER_EPOCH; i++) train_step(&c);
    losses[0] = mean_loss(&c, POINTS, data.x, data.labels, loss);
    losses[1] = mean_loss(&c, POINTS, data.x, NULL, loss);
    losses[2] = mean_loss(&c, POINTS, data.x, wrong, loss);
    nb_trainer_use_ema(c.trainer, true, NULL);
    losses[3] = mean_loss(&c, POINTS, data.x, data.labels, loss);
    printf("measured loss with the right labels %.3f, no class %.3f, wrong labels %.3f, right and averaged "
           "%.3f\n",
           losses[0], losses[1], losses[2], losses[3]);
    CHECK(losses[0] < losses[1] && losses[0] < 0.92 * losses[2], "the labels do not count");
    CHECK(losses[3] < losses[1], "the averaged weights do not know the labels");
    bits("loss_by_level_classes", losses, sizeof losses);
    course_end(&c);
}

/* ---- Images ----------------------------------------------------------------------------------------------- */

enum { SIDE = 16, PIXELS = SIDE * SIDE, PICTURES = 48 };

static nb_model_config unet(int base, int side, int max_batch)
{
    nb_model_config config = nb_model_default(NB_MINI_UNET);
    config.base_channels = base;
    config.image_height = config.image_width = side;
    config.max_batch = max_batch;
    return config;
}

/* Exercise 8's shapes at half their size, -1 to 1. */
static float *half_shapes(void)
{
    enum { WIDE = 2 * SIDE };
    float *large = malloc(sizeof(float) * PICTURES * WIDE * WIDE),
          *small = malloc(sizeof(float) * PICTURES * PIXELS);
    int32_t labels[PICTURES];
    nb_rng *numpy = new_rng(42);
    REQUIRE(large != NULL && small != NULL, "no memory");
    REQUIRE(nb_data_shapes(numpy, PICTURES, WIDE, WIDE, large, labels, NULL) == NB_OK, "shapes");
    for (size_t i = 0; i < (size_t)PICTURES * PIXELS; i++) {
        const float *at =
            large + i / SIDE * 2 * WIDE + i % SIDE * 2; /* rows of all pictures follow each other */
        small[i] = (at[0] + at[1] + at[WIDE] + at[WIDE + 1]) / 2.0F - 1.0F;
    }
    nb_rng_destroy(numpy);
    free(large);
    return small;
}

static void test_shapes(void)
{
    float *images = half_shapes();
    course c = course_begin(unet(8, SIDE, 16), 42);
    const nb_train_config options = {.batch = 16, .lr = 2e-3, .ema_decay = 0.95};
    nb_error err = {0};
    REQUIRE(nb_trainer_create(c.model, c.schedule, c.rng, images, PICTURES, &options, &c.trainer, &err) ==
                NB_OK,
            "%s", err.message);
    double losses[30], before[LEVELS], after[LEVELS];
    mean_loss(&c, PICTURES, images, NULL, before);
    const long allocated = allocations;
    for (int i = 0; i < 30; i++) losses[i] = train_step(&c).loss;
    check_no_allocation("training on images", allocated);
    mean_loss(&c, PICTURES, images, NULL, after);
    printf("measured MiniUNet(8) on shapes: loss %.3f, 30 steps later %.3f; at t = 60 %.3f and %.3f\n",
           mean(losses, 3), mean(losses + 25, 5), before[2], after[2]);
    CHECK(mean(losses + 25, 5) < 0.7 * mean(losses, 3), "the loss falls too slowly");
    CHECK(mean(after, LEVELS) < 0.7 * mean(before, LEVELS), "the loss on fixed noise falls too slowly");
    bits("options_shapes", losses, sizeof losses);
    bits("loss_by_level_shapes", after, sizeof after);
    free(images);
    course_end(&c);
}

/* Five steps in order against PyTorch's, on pictures by a formula. */
static void test_golden(const char *name, uint32_t seed, int base, int side, size_t n, int batch)
{
    course c = {.engine = new_engine(), .rng = new_rng(seed)};
    const nb_model_config config = unet(base, side, batch);
    REQUIRE(nb_model_create(c.engine, &config, c.rng, &c.model, NULL) == NB_OK, "no memory");
    c.schedule = new_schedule(NB_SCHEDULE_LINEAR, 1000);
    const size_t width = (size_t)side, plane = width * width;
    float *images = malloc(n * plane * sizeof *images);
    REQUIRE(images != NULL, "no memory");
    for (size_t i = 0; i < n * plane; i++) {
        const size_t k = i / plane, row = i % plane / width, column = i % width;
        images[i] = (7 * k + 3 * row + 5 * column + row * column) % 11 < 5 ? 1.0F : -1.0F;
    }
    const nb_train_config options = {.batch = batch, .lr = 1e-3, .keep_order = true};
    nb_error err = {0};
    REQUIRE(nb_trainer_create(c.model, c.schedule, c.rng, images, n, &options, &c.trainer, &err) == NB_OK,
            "%s", err.message);
    free(images);
    nb_array want = golden(name);
    gap g = {0};
    for (size_t i = 0; i < 5; i++) gap_add(&g, train_step(&c).loss, entry(&want, i));
    check_gap(name, g, 1e-6);
    free(want.data);
    course_end(&c);
}

int main(void)
{
    test_by_hand();
    test_no_trace();
    test_refusals();
    test_swiss_roll();
    test_classes();
    test_shapes();
    test_golden("mini_unet_train_b16_losses", 42, 16, 32, 16, 8);
    test_golden("mini_unet_train_b8_losses", 7, 8, 16, 12, 5);
    return check_report();
}
