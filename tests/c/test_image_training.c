/* test_image_training.c - training on images: five steps of exercise 8 against PyTorch, without an allocation;
 * memory; the trainer and the sampler with a network that takes t itself. */
#include "allocations.h"

#include "models/model.h"

/* ---- Exercise 8: five steps --------------------------------------------------------------------------------- */

enum { SIZE = 32, PIXELS = SIZE * SIZE, MOST_BATCH = 32 };

static float picture(size_t k, size_t r, size_t c)
{
    return (7 * k + 3 * r + 5 * c + r * c) % 11 < 5 ? 1.0F : -1.0F;
}

/* The next batch of `rows` pictures from number `first` on, noised: x_t, t and the noise. */
static void noised(const nb_schedule *schedule, nb_rng *rng, size_t first, size_t rows, size_t size, float *x,
                   float *t, float *eps)
{
    int32_t steps[MOST_BATCH];
    const size_t plane = size * size;
    for (size_t i = 0; i < rows * plane; i++) x[i] = picture(first + i / plane, i % plane / size, i % size);
    nb_torch_randint(rng, 0, 1000, rows, steps, NULL);
    nb_torch_randn(rng, rows * plane, eps);
    REQUIRE(nb_q_sample(schedule, rows, plane, x, steps, eps, x, NULL) == NB_OK, "noising");
    for (size_t i = 0; i < rows; i++) t[i] = (float)steps[i];
}

static float x[MOST_BATCH * PIXELS], eps[MOST_BATCH * PIXELS], pred[MOST_BATCH * PIXELS],
    d_pred[MOST_BATCH * PIXELS], t[MOST_BATCH];

static double step(nb_model *model, nb_adam *adam, size_t rows)
{
    nb_error err = {0};
    const size_t count = rows * nb_model_sample_size(model);
    CHECK(nb_model_forward(model, rows, x, t, NULL, pred, &err) == NB_OK, "%s", err.message);
    const double loss = nb_mse(count, pred, eps, d_pred);
    CHECK(nb_model_backward(model, rows, d_pred, NULL, &err) == NB_OK, "%s", err.message);
    nb_adam_step(adam, NULL);
    return loss;
}

static void train(const char *name, uint32_t seed, int base, size_t size, size_t n, size_t batch)
{
    nb_engine *engine = new_engine();
    nb_rng *rng = new_rng(seed);
    nb_model_config config = nb_model_default(NB_MINI_UNET);
    config.base_channels = base;
    config.image_height = config.image_width = (int)size;
    nb_model *model = NULL;
    REQUIRE(nb_model_create(engine, &config, rng, &model, NULL) == NB_OK, "model");
    nb_schedule *schedule = new_schedule(NB_SCHEDULE_LINEAR, 1000);
    nb_adam *adam = NULL;
    REQUIRE(nb_adam_create(model, 1e-3, 0.9, 0.999, 1e-8, &adam, NULL) == NB_OK, "Adam");
    nb_array want = golden(name);
    gap g = {0};
    const long before = allocations;
    for (size_t i = 0, first = 0; i < 5; i++) {
        const size_t rows = n - first < batch ? n - first : batch;
        noised(schedule, rng, first, rows, size, x, t, eps);
        gap_add(&g, step(model, adam, rows), entry(&want, i));
        first = first + batch < n ? first + batch : 0;
    }
    check_no_allocation("five steps", before);
    check_gap(name, g, 1e-6);
    bits(name, model->graph.weights, model->graph.weight_floats * sizeof(float));
    free(want.data);
    nb_adam_destroy(adam);
    nb_schedule_destroy(schedule);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
    nb_engine_destroy(engine);
}

static void test_memory(void)
{
    nb_engine *engine = new_engine();
    nb_rng *rng = new_rng(1);
    nb_model_config config = nb_model_default(NB_MINI_UNET);
    config.base_channels = 16;
    config.max_batch = 32;
    nb_model *model = NULL;
    REQUIRE(nb_model_create(engine, &config, rng, &model, NULL) == NB_OK, "model");
    const double adam = 2.0 * (double)model->graph.weight_floats * sizeof(float), mb = 1024.0 * 1024.0;
    const double batches = 5.0 * sizeof x; /* x_0, noise, x_t, prediction and its gradient */
    const double all = ((double)nb_model_memory(model) + adam + batches) / mb;
    printf("measured memory of MiniUNet(16), batch 32, 32x32: model %.1f MB, training %.1f MB (limit 64)\n",
           (double)nb_model_memory(model) / mb, all);
    CHECK(all <= 64.0, "%g MB", all);
    int joined = 0; /* both inputs of both concats lie in their outputs */
    for (nb_value v = 0; v < model->graph.n_values; v++) joined += model->graph.values[v].inside >= 0;
    CHECK(joined == 4, "%d values lie in a concat's output", joined);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
    nb_engine_destroy(engine);
}

/* ---- Trainer and sampler -------------------------------------------------------------------------------------- */

/* The trainer's first step is a permutation, timesteps and noise, then a step as above. */
static void test_trainer(void)
{
    enum { N = 7, SIDE = 8, PLANE = SIDE * SIDE };
    static float data[N * PLANE], shuffled[N * PLANE];
    int32_t order[N], steps[N];
    nb_model_config config = nb_model_default(NB_MINI_UNET);
    config.base_channels = 8;
    config.image_height = config.image_width = SIDE;
    nb_engine *engine = new_engine();
    nb_schedule *schedule = new_schedule(NB_SCHEDULE_LINEAR, 1000);
    for (size_t i = 0; i < N * PLANE; i++) data[i] = picture(i / PLANE, i % PLANE / SIDE, i % SIDE);

    nb_rng *rng = new_rng(5);
    nb_model *model = NULL;
    REQUIRE(nb_model_create(engine, &config, rng, &model, NULL) == NB_OK, "model");
    nb_torch_randperm(rng, N, order, NULL);
    for (size_t i = 0; i < N; i++)
        memcpy(shuffled + i * PLANE, data + (size_t)order[i] * PLANE, PLANE * sizeof *data);
    nb_torch_randint(rng, 0, 1000, N, steps, NULL);
    nb_torch_randn(rng, N * PLANE, eps);
    REQUIRE(nb_q_sample(schedule, N, PLANE, shuffled, steps, eps, x, NULL) == NB_OK, "noising");
    for (size_t i = 0; i < N; i++) t[i] = (float)steps[i];
    nb_adam *adam = NULL;
    REQUIRE(nb_adam_create(model, 1e-3, 0.9, 0.999, 1e-8, &adam, NULL) == NB_OK, "Adam");
    const double loss = step(model, adam, N);

    nb_rng *again = new_rng(5);
    nb_model *trained = NULL;
    nb_trainer *trainer = NULL;
    nb_train_report report = {0};
    nb_error err = {0};
    REQUIRE(nb_model_create(engine, &config, again, &trained, NULL) == NB_OK, "model");
    REQUIRE(nb_trainer_create(trained, schedule, again, data, N, &(nb_train_config){.batch = N, .lr = 1e-3},
                              &trainer, &err) == NB_OK,
            "%s", err.message);
    CHECK(nb_trainer_step(trainer, &report, &err) == NB_OK, "%s", err.message);
    CHECK(report.loss == loss, "the trainer's loss is %.9g, not %.9g", report.loss, loss);
    CHECK(memcmp(model->graph.weights, trained->graph.weights, model->graph.weight_floats * sizeof(float)) ==
              0,
          "the trainer's weights differ");
    FAILS(NB_ERR_SHAPE, "weights have changed since the last forward pass",
          nb_model_backward(trained, N, d_pred, NULL, &failure));
    nb_trainer_destroy(trainer);
    nb_adam_destroy(adam);
    nb_model_destroy(trained);
    nb_model_destroy(model);
    nb_rng_destroy(again);
    nb_rng_destroy(rng);
    nb_schedule_destroy(schedule);
    nb_engine_destroy(engine);
}

/* The sampler's first step: what its formula gives for the network at t = T-1 itself. */
static void test_sampler(void)
{
    enum { N = 3, SIDE = 8, PLANE = SIDE * SIDE, T = 50 };
    nb_model_config config = nb_model_default(NB_MINI_UNET);
    config.base_channels = 8;
    config.image_height = config.image_width = SIDE;
    nb_engine *engine = new_engine();
    nb_schedule *schedule = new_schedule(NB_SCHEDULE_LINEAR, T);
    nb_rng *rng = new_rng(6);
    nb_model *model = NULL;
    nb_sampler *sampler = NULL;
    nb_error err = {0};
    REQUIRE(nb_model_create(engine, &config, rng, &model, NULL) == NB_OK, "model");
    nb_torch_randn(rng, N * PLANE, x);
    REQUIRE(nb_sampler_create(model, schedule, NULL,
                              &(nb_sample_config){.n = N, .steps = 0, .variance = NB_VARIANCE_ZERO}, x,
                              &sampler, &err) == NB_OK,
            "%s", err.message);
    CHECK(nb_sampler_step(sampler, &err) == NB_OK, "%s", err.message);
    for (size_t i = 0; i < N; i++) t[i] = T - 1;
    CHECK(nb_model_forward(model, N, x, t, NULL, pred, &err) == NB_OK, "%s", err.message);
    const float bar = nb_schedule_table(schedule, NB_ALPHA_BAR)[T - 1];
    gap g = {0};
    for (size_t i = 0; i < N * PLANE; i++) {
        const double x_0 = ((double)x[i] - sqrt(1.0 - (double)bar) * (double)pred[i]) / sqrt((double)bar);
        gap_add(&g, (double)nb_sampler_x0(sampler)[i], x_0);
    }
    check_gap("x_0 predicted at T-1", g, 1e-6);
    bits("sampled", nb_sampler_x(sampler), N * PLANE * sizeof(float));
    nb_sampler_destroy(sampler);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
    nb_schedule_destroy(schedule);
    nb_engine_destroy(engine);
}

int main(void)
{
    check_counter();
    train("mini_unet_train_b16_losses", 42, 16, 32, 16, 8);
    train("mini_unet_train_b8_losses", 7, 8, 16, 12, 5);
    test_memory();
    test_trainer();
    test_sampler();
    return check_report();
}
