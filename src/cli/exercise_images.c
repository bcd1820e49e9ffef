/* exercise_images.c - exercises 7 to 9: the mini U-Net, training it on shapes, sampling by DDIM. */
#include "cli/exercises.h"
#include "cli/figures.h"
#include "cli/steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, PIXELS = SIDE * SIDE, BASE_OF_7 = 32, BASE_OF_8 = 16, BATCH_OF_7 = 4 };

/* What the three exercises work on. */
typedef struct images {
    const cli_options *o;
    nb_rng *numpy, *torch;
    nb_engine *engine;
    nb_schedule *schedule;
    nb_model *model;
    float *pictures; /* (points, 1, 32, 32) */
    int32_t *labels; /* (points) */
    double *loss;    /* (epochs) */
    float *samples;  /* two rows of (samples, 1, 32, 32) */
} images;

static void close_images(images *c)
{
    nb_model_destroy(c->model);
    nb_schedule_destroy(c->schedule);
    nb_engine_destroy(c->engine);
    nb_rng_destroy(c->numpy);
    nb_rng_destroy(c->torch);
    free(c->pictures);
    free(c->labels);
    free(c->loss);
    free(c->samples);
}

/* Engine, generators and the model with `base` channels, from the weights if there are any. */
static int open_images(images *c, const cli_options *o, int base, cli_result *r)
{
    nb_error err;
    uint8_t *file = NULL;
    size_t size = 0;
    nb_model_config config = nb_model_default(NB_MINI_UNET);
    c->o = o;
    if (nb_engine_create(o->mode, o->threads, NULL, &c->engine, &err) != NB_OK ||
        nb_rng_create(o->seed, &c->numpy, &err) != NB_OK ||
        nb_rng_create(o->seed, &c->torch, &err) != NB_OK ||
        nb_schedule_create(o->schedule, o->timesteps, 1e-4, 0.02, &c->schedule, &err) != NB_OK)
        return cli_failed(&err);
    if (o->weights && !cli_read_file(o->weights, &file, &size)) return NB_EXIT_USAGE;
    config.base_channels = base;
    nb_status status = o->weights ? nb_model_config_of(NB_MINI_UNET, file, size, &config, &err) : NB_OK;
    config.in_channels = status == NB_OK && o->weights ? config.in_channels : 1;
    config.image_size = SIDE;
    config.max_batch = o->batch;
    if (status == NB_OK) status = nb_model_create(c->engine, &config, c->torch, &c->model, &err);
    if (status == NB_OK && o->weights) status = nb_model_load(c->model, file, size, &err);
    free(file);
    if (status != NB_OK) return cli_failed(&err);
    if (config.in_channels != 1)
        return cli_fail(NB_EXIT_USAGE, "%s: these weights are for colour pictures, the shapes are grey",
                        o->weights);
    r->kernels = nb_engine_kernels(c->engine);
    r->parameters = nb_model_param_count(c->model);
    return 0;
}

/* ---- Exercise 7 ---- */

int nb_exercise_7(const cli_options *o, cli_result *r)
{
    static float x[BATCH_OF_7 * PIXELS], eps[BATCH_OF_7 * PIXELS];
    float t[BATCH_OF_7];
    const size_t shape[4] = {BATCH_OF_7, 1, SIDE, SIDE};
    images c = {0};
    nb_error err;
    int status = open_images(&c, o, BASE_OF_7, r);
    if (status == 0) {
        nb_torch_randn(c.torch, (size_t)BATCH_OF_7 * PIXELS, x);
        nb_torch_rand(c.torch, BATCH_OF_7, t);
        for (int i = 0; i < BATCH_OF_7; i++) t[i] *= 1000.0F;
        if (nb_model_forward(c.model, BATCH_OF_7, x, t, NULL, eps, &err) != NB_OK) status = cli_failed(&err);
    }
    if (status == 0) status = cli_add_model(c.model, 0, NULL, r);
    if (status == 0) {
        const bool good = cli_set_add_array(&r->files, "x.npy", NB_F32, 4, shape, x) &&
                          cli_set_add_array(&r->files, "t.npy", NB_F32, 1, shape, t) &&
                          cli_set_add_array(&r->files, "eps.npy", NB_F32, 4, shape, eps) &&
                          figure_rows(r, BATCH_OF_7, SIDE, -2.0, 2.0,
                                      (picture_row[2]){{"x_t", x}, {"predicted eps, untrained", eps}});
        if (!good) status = NB_EXIT_FAILED;
    }
    close_images(&c);
    return status;
}

/* ---- Exercises 8 and 9 ---- */

static int make_pictures(images *c)
{
    const size_t n = (size_t)c->o->points;
    nb_error err;
    c->pictures = malloc(n * PIXELS * sizeof *c->pictures);
    c->labels = malloc(n * sizeof *c->labels);
    c->loss = malloc((size_t)c->o->epochs * sizeof *c->loss);
    if (!c->pictures || !c->labels || !c->loss)
        return cli_fail(NB_EXIT_FAILED, "not enough memory for %zu pictures", n);
    return nb_data_shapes(c->numpy, n, SIDE, c->pictures, c->labels, &err) == NB_OK ? 0 : cli_failed(&err);
}

/* The course goes through the pictures in their order, epoch after epoch. */
static int train(images *c, cli_result *r)
{
    const cli_options *o = c->o;
    const nb_train_config config = {.batch = o->batch, .lr = o->lr, .keep_order = true};
    nb_trainer *trainer = NULL;
    nb_error err;
    if (nb_trainer_create(c->model, c->schedule, c->torch, c->pictures, (size_t)o->points, &config, &trainer,
                          &err) != NB_OK)
        return cli_failed(&err);
    const int status = cli_train(trainer, o->epochs, c->loss, r);
    nb_trainer_destroy(trainer);
    return status;
}

static int add_training_files(images *c, cli_result *r)
{
    const size_t shape[4] = {(size_t)c->o->points, 1, SIDE, SIDE};
    const int status = cli_add_model(c->model, (size_t)c->o->epochs, c->loss, r);
    if (status != 0) return status;
    const bool good = cli_set_add_array(&r->files, "data.npy", NB_F32, 4, shape, c->pictures) &&
                      cli_set_add_array(&r->files, "labels.npy", NB_I32, 1, shape, c->labels);
    return good ? 0 : NB_EXIT_FAILED;
}

int nb_exercise_8(const cli_options *o, cli_result *r)
{
    images c = {0};
    int status = open_images(&c, o, BASE_OF_8, r);
    if (status == 0) status = make_pictures(&c);
    if (status == 0) status = train(&c, r);
    if (status == 0) status = add_training_files(&c, r);
    if (status == 0 &&
        !figure_pictures_and_loss(r, (size_t)o->points, c.pictures, SIDE, (size_t)o->epochs, c.loss))
        status = NB_EXIT_FAILED;
    close_images(&c);
    return status;
}

static int ddim(images *c, double eta, float *out)
{
    const nb_sample_config config = {
        .n = (size_t)c->o->samples, .steps = c->o->steps, .method = NB_DDIM, .eta = eta};
    nb_sampler *s = NULL;
    nb_error err;
    if (nb_sampler_create(c->model, c->schedule, c->torch, &config, NULL, &s, &err) != NB_OK)
        return cli_failed(&err);
    const int status = cli_sample(s, c->o->steps, (size_t)c->o->samples * PIXELS, out);
    nb_sampler_destroy(s);
    return status;
}

/* A row of deterministic samples and a row of stochastic ones, each from noise of its own as in the course. */
static int sample_both(images *c, cli_result *r)
{
    const size_t n = (size_t)c->o->samples, shape[4] = {n, 1, SIDE, SIDE};
    c->samples = malloc(2 * n * PIXELS * sizeof *c->samples);
    if (c->samples == NULL) return cli_fail(NB_EXIT_FAILED, "not enough memory for %zu samples", n);
    float *stochastic = c->samples + n * PIXELS;
    int status = ddim(c, 0.0, c->samples);
    if (status == 0) status = ddim(c, 1.0, stochastic);
    if (status != 0) return status;
    const bool good = cli_set_add_array(&r->files, "samples.npy", NB_F32, 4, shape, c->samples) &&
                      cli_set_add_array(&r->files, "stochastic.npy", NB_F32, 4, shape, stochastic) &&
                      figure_rows(r, n < 8 ? n : 8, SIDE, 0.0, 1.0,
                                  (picture_row[2]){{"DDIM, eta = 0", c->samples}, {"eta = 1", stochastic}});
    return good ? 0 : NB_EXIT_FAILED;
}

int nb_exercise_9(const cli_options *o, cli_result *r)
{
    images c = {0};
    int status = open_images(&c, o, BASE_OF_8, r);
    if (status == 0 && !o->weights) {
        status = make_pictures(&c);
        if (status == 0) status = train(&c, r);
        if (status == 0) status = add_training_files(&c, r);
    } else if (status == 0) {
        nb_rng_seed(c.torch, o->seed); /* the model's own draws are not part of this run */
    }
    if (status == 0) status = sample_both(&c, r);
    close_images(&c);
    return status;
}
