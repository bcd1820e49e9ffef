/* workloads.c - what `noisebook-bench` times. tests/bench/ does the same in WebAssembly, in PyTorch and in
 * TensorFlow.js, from the same seed: the losses have to agree, so that nobody is timed doing something else. */
#include "workloads.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { T = 1000, SEED = 42, ROLL = 4992, RING = 3840, PICTURES = 64 };

#define POINTS_MODEL(which)                                                                                  \
    {                                                                                                        \
        .kind = which, .max_batch = 128                                                                      \
    }
#define IMAGE_MODEL(which, base, batch)                                                                      \
    {                                                                                                        \
        .kind = which, .base_channels = base, .max_batch = batch                                             \
    }

static const bench_workload workloads[] = {
    {.name = "train-mlp",
     .about = "training step of exercise 5, batch 128",
     .model = POINTS_MODEL(NB_SIMPLE_NOISE_PREDICTOR),
     .schedule = NB_SCHEDULE_COSINE_CLIPPED,
     .points = ROLL,
     .train = {.batch = 128, .lr = 1e-3},
     .warmup = 80},
    {.name = "ddpm-mlp",
     .about = "500 DDPM samples in 1,000 steps (exercise 6)",
     .model = POINTS_MODEL(NB_SIMPLE_NOISE_PREDICTOR),
     .schedule = NB_SCHEDULE_COSINE_CLIPPED,
     .sample = {.n = 500, .steps = T}},
    {.name = "train-unet16",
     .about = "training step of exercise 8, MiniUNet(16), 32 pictures of 32x32",
     .model = IMAGE_MODEL(NB_MINI_UNET, 16, 32),
     .points = PICTURES,
     .train = {.batch = 32, .lr = 1e-3, .keep_order = true},
     .warmup = 2},
    {.name = "train-unet32",
     .about = "the same with MiniUNet(32)",
     .model = IMAGE_MODEL(NB_MINI_UNET, 32, 32),
     .points = PICTURES,
     .train = {.batch = 32, .lr = 1e-3, .keep_order = true},
     .warmup = 1},
    {.name = "ddim-unet16",
     .about = "8 DDIM samples in 50 steps (exercise 9), MiniUNet(16)",
     .model = IMAGE_MODEL(NB_MINI_UNET, 16, 32),
     .sample = {.n = 8, .steps = 50, .method = NB_DDIM}},
    {.name = "train-cond",
     .about = "training step of exercise 10, batch 128",
     .model = POINTS_MODEL(NB_CONDITIONAL_DIFFUSION),
     .points = RING,
     .train = {.batch = 128, .lr = 1e-3, .label_dropout = 0.1},
     .warmup = 40},
    {.name = "ddpm-cond",
     .about = "300 guided DDPM samples in 100 steps (exercise 10)",
     .model = POINTS_MODEL(NB_CONDITIONAL_DIFFUSION),
     .sample = {.n = 300, .steps = 100, .guided = true, .guidance_scale = 2.0}},
    {.name = "train-simple-unet",
     .about = "training step of the companion's SimpleUNet, 4 colour pictures of 64x64",
     .model = IMAGE_MODEL(NB_SIMPLE_UNET, 64, 4),
     .points = 4,
     .train = {.batch = 4, .lr = 1e-7, .keep_order = true}, /* fed t itself, its loss would run away */
     .warmup = 1},
    {.name = NULL},
};

const bench_workload *bench_workloads(void) { return workloads; }

const bench_workload *bench_find(const char *name)
{
    const bench_workload *w = workloads;
    while (w->name && strcmp(w->name, name) != 0) w++;
    return w->name ? w : NULL;
}

static nb_model_config config_of(const bench_workload *w)
{
    nb_model_config c = nb_model_default(w->model.kind);
    c.max_batch = w->model.max_batch;
    if (w->model.base_channels) c.base_channels = w->model.base_channels;
    return c;
}

/* ---- Useful work ---- */

/* Multiply-adds for one sample: of a forward pass, and of the gradients that a backward pass need not take, those of
 * the point or picture and of the timestep. */
typedef struct madds {
    double forward, unneeded;
} madds;

static double residual_block(double in, double out, double time_dim, double pixels)
{
    const double shortcut = in == out ? 0.0 : in * out;
    return pixels * (9.0 * in * out + 9.0 * out * out + shortcut) + time_dim * out;
}

static madds mini_unet(const nb_model_config *c)
{
    const double in = c->in_channels, b = c->base_channels, t = c->time_dim;
    const double large = (double)c->image_height * c->image_width, middle = large / 4.0, small = large / 16.0;
    const double blocks = residual_block(in, b, t, large) + residual_block(b, 2 * b, t, middle) +
                          residual_block(2 * b, 2 * b, t, small) + residual_block(4 * b, 2 * b, t, middle) +
                          residual_block(3 * b, b, t, large);
    return (madds){4.0 * t * t + blocks + large * b * in, 2.0 * t * t + large * 10.0 * in * b};
}

static madds simple_unet(const nb_model_config *c)
{
    const double in = c->in_channels, b = c->base_channels;
    const double pixels = (double)c->image_height * c->image_width;
    return (madds){pixels * 9.0 * (2.0 * in * b + 4.0 * b * b) + 2.0 * b, pixels * 9.0 * in * b + 2.0 * b};
}

static madds simple_noise_predictor(const nb_model_config *c)
{
    const double in = c->input_dim, h = c->hidden_dim, t = c->time_dim;
    return (madds){t + t * t + (in + t) * h + 2.0 * h * h + h * in, t + in * h};
}

static madds conditional_diffusion(const nb_model_config *c)
{
    const double in = c->input_dim, h = c->hidden_dim, t = c->time_dim;
    return (madds){t + t * t + 2.0 * h * (in + h + t) + 6.0 * h * h + h * in, t + 2.0 * h * in};
}

double bench_flops(const bench_workload *w)
{
    static madds (*const count[NB_MODEL_KINDS])(const nb_model_config *) = {
        [NB_SIMPLE_NOISE_PREDICTOR] = simple_noise_predictor,
        [NB_MINI_UNET] = mini_unet,
        [NB_SIMPLE_UNET] = simple_unet,
        [NB_CONDITIONAL_DIFFUSION] = conditional_diffusion,
    };
    const nb_model_config c = config_of(w);
    const madds one = count[c.kind](&c);
    if (w->train.batch) return 2.0 * w->train.batch * (3.0 * one.forward - one.unneeded);
    return 2.0 * (double)w->sample.n * w->sample.steps * (w->sample.guided ? 2.0 : 1.0) * one.forward;
}

/* ---- Data: the course's points; pictures by a formula that every language can follow ---- */

static void to_floats(const double *from, size_t count, float *out)
{
    for (size_t i = 0; i < count; i++) out[i] = (float)from[i];
}

static nb_status make_points(const bench_workload *w, float *out, int32_t *labels, nb_error *err)
{
    static double points[2 * ROLL];
    nb_rng *numpy = NULL;
    nb_status status = nb_rng_create(SEED, &numpy, err);
    if (status == NB_OK && labels) status = nb_data_classes(numpy, w->points / 3, points, labels, err);
    if (status == NB_OK && !labels) status = nb_data_swiss_roll(numpy, w->points, 0.1, points, err);
    nb_rng_destroy(numpy);
    if (status == NB_OK) to_floats(points, 2 * w->points, out);
    return status;
}

static void make_pictures(size_t planes, size_t size, float *out)
{
    for (size_t k = 0; k < planes; k++)
        for (size_t r = 0; r < size; r++)
            for (size_t c = 0; c < size; c++)
                *out++ = (7 * k + 3 * r + 5 * c + r * c) % 11 < 5 ? 1.0F : -1.0F;
}

static nb_status make_trainer(bench_fixture *f, nb_error *err)
{
    static int32_t labels[RING];
    const bench_workload *w = f->workload;
    const nb_model_config c = config_of(w);
    const bool classes = nb_model_classes(f->model) > 0;
    const size_t sample = nb_model_sample_size(f->model);
    float *data = malloc(w->points * sample * sizeof *data);
    if (data == NULL) {
        *err = (nb_error){NB_ERR_MEMORY, "not enough memory for the data set"};
        return NB_ERR_MEMORY;
    }
    nb_status status = NB_OK;
    if (c.image_height)
        make_pictures(w->points * (size_t)c.in_channels, (size_t)c.image_height, data);
    else
        status = make_points(w, data, classes ? labels : NULL, err);
    nb_train_config train = w->train;
    if (classes) train.labels = labels;
    if (status == NB_OK)
        status = nb_trainer_create(f->model, f->schedule, f->rng, data, w->points, &train, &f->trainer, err);
    free(data);
    return status;
}

nb_status bench_make(const bench_workload *w, const nb_engine *engine, bench_fixture *f, nb_error *err)
{
    const nb_model_config c = config_of(w);
    f->workload = w;
    nb_status status = nb_rng_create(SEED, &f->rng, err);
    if (status == NB_OK) status = nb_schedule_create(w->schedule, T, 1e-4, 0.02, &f->schedule, err);
    if (status == NB_OK) status = nb_model_create(engine, &c, f->rng, &f->model, err);
    if (status == NB_OK && w->train.batch) status = make_trainer(f, err);
    return status;
}

void bench_end(bench_fixture *f)
{
    nb_trainer_destroy(f->trainer);
    nb_model_destroy(f->model);
    nb_schedule_destroy(f->schedule);
    nb_rng_destroy(f->rng);
}

/* ---- One run ---- */

static double mean_size(const float *x, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) sum += fabs((double)x[i]);
    return sum / (double)count;
}

/* Where the model has classes, the samples are as many of each, class after class. */
static nb_status draw_samples(bench_fixture *f, nb_error *err)
{
    static int32_t labels[1024];
    nb_sample_config config = f->workload->sample;
    const int classes = nb_model_classes(f->model);
    for (size_t i = 0; classes && i < config.n; i++) labels[i] = (int32_t)(i * (size_t)classes / config.n);
    if (classes) config.labels = labels;
    nb_sampler *sampler = NULL;
    nb_status status = nb_sampler_create(f->model, f->schedule, f->rng, &config, NULL, &sampler, err);
    while (status == NB_OK && nb_sampler_t(sampler) >= 0) status = nb_sampler_step(sampler, err);
    if (status == NB_OK)
        f->result = mean_size(nb_sampler_x(sampler), config.n * nb_model_sample_size(f->model));
    nb_sampler_destroy(sampler);
    return status;
}

nb_status bench_run(bench_fixture *f, nb_error *err)
{
    if (f->trainer == NULL) return draw_samples(f, err);
    nb_train_report report;
    const nb_status status = nb_trainer_step(f->trainer, &report, err);
    if (status == NB_OK) f->result = report.loss;
    return status;
}
