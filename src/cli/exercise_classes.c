/* exercise_classes.c - exercise 10: train with labels, a tenth of them dropped, and sample with guidance. */
#include "cli/exercises.h"
#include "cli/figures.h"
#include "cli/steps.h"

#include <stdlib.h>

enum { CLASSES = 3, SCALES = 4 };
static const double scales[SCALES] = {0.0, 1.0, 2.0, 5.0};

typedef struct classes {
    const cli_options *o;
    nb_rng *numpy, *torch;
    nb_engine *engine;
    nb_schedule *schedule;
    nb_model *model;
    size_t n;       /* points, a multiple of the classes */
    double *data64; /* (n, 2) */
    float *data;
    int32_t *labels, *wanted; /* (n), (samples) */
    double *loss;
    float *samples; /* (scales, classes, samples, 2) */
} classes;

static void close_classes(classes *c)
{
    nb_model_destroy(c->model);
    nb_schedule_destroy(c->schedule);
    nb_engine_destroy(c->engine);
    nb_rng_destroy(c->numpy);
    nb_rng_destroy(c->torch);
    free(c->data64);
    free(c->data);
    free(c->labels);
    free(c->wanted);
    free(c->loss);
    free(c->samples);
}

static int take_memory(classes *c)
{
    const size_t samples = (size_t)c->o->samples;
    c->data64 = malloc(2 * c->n * sizeof *c->data64);
    c->data = malloc(2 * c->n * sizeof *c->data);
    c->labels = malloc(c->n * sizeof *c->labels);
    c->wanted = malloc(samples * sizeof *c->wanted);
    c->loss = malloc((size_t)c->o->epochs * sizeof *c->loss);
    c->samples = malloc(2 * SCALES * CLASSES * samples * sizeof *c->samples);
    if (c->data64 && c->data && c->labels && c->wanted && c->loss && c->samples) return 0;
    return cli_fail(NB_EXIT_FAILED, "not enough memory for %zu points and %zu samples", c->n, samples);
}

static int open_classes(classes *c, const cli_options *o, cli_result *r)
{
    nb_error err;
    nb_model_config config = nb_model_default(NB_CONDITIONAL_DIFFUSION);
    c->o = o;
    c->n = (size_t)o->points / CLASSES * CLASSES;
    if (c->n == 0) return cli_fail(NB_EXIT_USAGE, "--points %d: three classes take at least 3", o->points);
    config.hidden_dim = o->hidden;
    config.max_batch = o->batch;
    const int status = take_memory(c);
    if (status != 0) return status;
    if (nb_engine_create(o->mode, o->threads, NULL, &c->engine, &err) != NB_OK ||
        nb_rng_create(o->seed, &c->numpy, &err) != NB_OK ||
        nb_rng_create(o->seed, &c->torch, &err) != NB_OK ||
        nb_data_classes(c->numpy, c->n / CLASSES, c->data64, c->labels, &err) != NB_OK ||
        nb_schedule_create(o->schedule, o->timesteps, 1e-4, 0.02, &c->schedule, &err) != NB_OK ||
        nb_model_create(c->engine, &config, c->torch, &c->model, &err) != NB_OK)
        return cli_failed(&err);
    for (size_t i = 0; i < 2 * c->n; i++) c->data[i] = (float)c->data64[i];
    r->kernels = nb_engine_kernels(c->engine);
    r->parameters = nb_model_param_count(c->model);
    return 0;
}

static int train(classes *c, cli_result *r)
{
    const nb_train_config config = {
        .batch = c->o->batch, .lr = c->o->lr, .labels = c->labels, .label_dropout = 0.1};
    nb_trainer *trainer = NULL;
    nb_error err;
    if (nb_trainer_create(c->model, c->schedule, c->torch, c->data, c->n, &config, &trainer, &err) != NB_OK)
        return cli_failed(&err);
    const int status = cli_train(trainer, c->o->epochs, c->loss, r);
    nb_trainer_destroy(trainer);
    return status;
}

/* Every class at every guidance scale. */
static int sample(classes *c)
{
    const size_t n = (size_t)c->o->samples;
    float *out = c->samples;
    for (int w = 0; w < SCALES; w++) {
        for (int k = 0; k < CLASSES; k++, out += 2 * n) {
            for (size_t i = 0; i < n; i++) c->wanted[i] = k;
            const nb_sample_config config = {.n = n,
                                             .steps = c->o->steps,
                                             .labels = c->wanted,
                                             .guided = true,
                                             .guidance_scale = scales[w]};
            nb_sampler *s = NULL;
            nb_error err;
            if (nb_sampler_create(c->model, c->schedule, c->torch, &config, NULL, &s, &err) != NB_OK)
                return cli_failed(&err);
            const int status = cli_sample(s, c->o->steps ? c->o->steps : c->o->timesteps, 2 * n, out);
            nb_sampler_destroy(s);
            if (status != 0) return status;
        }
    }
    return 0;
}

int nb_exercise_10(const cli_options *o, cli_result *r)
{
    classes c = {0};
    int status = open_classes(&c, o, r);
    if (status == 0) status = train(&c, r);
    if (status == 0) status = sample(&c);
    if (status == 0) status = cli_add_model(c.model, (size_t)o->epochs, c.loss, r);
    if (status == 0) {
        const size_t points[2] = {c.n, 2}, n = (size_t)o->samples, shape[4] = {SCALES, CLASSES, n, 2};
        const bool good = cli_set_add_array(&r->files, "data.npy", NB_F64, 2, points, c.data64) &&
                          cli_set_add_array(&r->files, "labels.npy", NB_I32, 1, points, c.labels) &&
                          cli_set_add_array(&r->files, "samples.npy", NB_F32, 4, shape, c.samples) &&
                          figure_guidance(r, SCALES, scales, CLASSES, n, c.samples);
        if (!good) status = NB_EXIT_FAILED;
    }
    close_classes(&c);
    return status;
}
