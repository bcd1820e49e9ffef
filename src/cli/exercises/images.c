/* images.c - exercises 7 to 9: the mini U-Net, training it on shapes, sampling by DDIM. */
#include "cli/exercises/exercises.h"
#include "cli/exercises/shared.h"
#include "cli/figures/figures.h"
#include "cli/message.h"
#include "cli/session/steps.h"

#include <stdio.h>

enum { BASE_OF_7 = 32, BASE_OF_8 = 16, BATCH_OF_7 = 4, MOST_SHOWN = 12 };

static size_t pixels(const session *s) { return (size_t)s->o->height * (size_t)s->o->width; }

static int make_model(session *s, int base, int max_batch)
{
    nb_model_config config = nb_model_default(NB_MINI_UNET);
    config.base_channels = base;
    config.in_channels = 1;
    config.image_height = s->o->height;
    config.image_width = s->o->width;
    config.max_batch = max_batch;
    return session_model(s, config);
}

/* ---- Exercise 7 ---- */

int nb_exercise_7(session *s)
{
    float t[BATCH_OF_7];
    const size_t shape[4] = {BATCH_OF_7, 1, (size_t)s->o->height, (size_t)s->o->width},
                 count = BATCH_OF_7 * pixels(s);
    float *x = session_take(s, 2 * count, sizeof *x), *eps = x + count;
    nb_error err;
    if (x == NULL) return NB_EXIT_FAILED;
    int status = make_model(s, BASE_OF_7, BATCH_OF_7);
    if (status != 0) return status;
    nb_torch_randn(s->torch, count, x);
    nb_torch_rand(s->torch, BATCH_OF_7, t);
    for (int i = 0; i < BATCH_OF_7; i++) t[i] *= 1000.0F;
    if (nb_model_forward(s->model, BATCH_OF_7, x, t, NULL, eps, &err) != NB_OK) return cli_failed(&err);
    status = session_add_model(s, "model.safetensors", s->model);
    if (status != 0) return status;
    const picture_row rows[2] = {{"x_t", x},
                                 {s->o->weights ? "predicted eps" : "predicted eps, untrained", eps}};
    const picture_grid grid = {2, BATCH_OF_7, 1, s->o->height, s->o->width, -2.0, 2.0, rows};
    const bool good = session_add(s, "x.npy", NB_F32, 4, shape, x) &&
                      session_add(s, "t.npy", NB_F32, 1, shape, t) &&
                      session_add(s, "eps.npy", NB_F32, 4, shape, eps);
    figure_rows(s, "figure.png", &grid);
    return good ? 0 : NB_EXIT_FAILED;
}

/* ---- Exercises 8 and 9 ---- */

typedef struct shapes {
    size_t n;
    float *pictures; /* (n, 1, height, width) */
    int32_t *labels; /* (n) */
    double *loss;    /* (epochs) */
} shapes;

/* The pictures with the values that the recipe trains on. NULL after a message. */
static float *in_range(session *s, const shapes *c)
{
    const float low = s->o->trains ? s->o->trains->low : 0.0F,
                high = s->o->trains ? s->o->trains->high : 1.0F;
    const size_t count = c->n * pixels(s);
    float *out = session_take(s, count, sizeof *out);
    for (size_t i = 0; out && i < count; i++) out[i] = low + (high - low) * c->pictures[i];
    return out;
}

/* Draws the shapes and trains on them. The course goes through them in their order, epoch after epoch. */
static int train(session *s, shapes *c)
{
    nb_error err;
    c->n = (size_t)s->o->points;
    c->pictures = session_take(s, c->n * pixels(s), sizeof *c->pictures);
    c->labels = session_take(s, c->n, sizeof *c->labels);
    if (!c->pictures || !c->labels) return NB_EXIT_FAILED;
    if (nb_data_shapes(s->numpy, c->n, s->o->height, s->o->width, c->pictures, c->labels, &err) != NB_OK)
        return cli_failed(&err);
    const nb_train_config config = {.keep_order = true};
    float *trained = in_range(s, c);
    if (trained == NULL) return NB_EXIT_FAILED;
    int status = cli_train(s, "", s->model, trained, c->n, config, &c->loss);
    if (status == 0) status = session_add_model(s, "model.safetensors", s->model);
    if (status != 0) return status;
    const size_t shape[4] = {c->n, 1, (size_t)s->o->height, (size_t)s->o->width},
                 epochs = (size_t)s->o->epochs;
    const bool good = session_add(s, "loss.npy", NB_F64, 1, &epochs, c->loss) &&
                      session_add(s, "data.npy", NB_F32, 4, shape, c->pictures) &&
                      session_add(s, "labels.npy", NB_I32, 1, shape, c->labels);
    return good ? 0 : NB_EXIT_FAILED;
}

int nb_exercise_8(session *s)
{
    shapes c = {0};
    int status = make_model(s, BASE_OF_8, cli_batch(s->o, (size_t)s->o->points));
    if (status == 0) status = train(s, &c);
    if (status != 0) return status;
    const size_t epochs = (size_t)s->o->epochs;
    figure_pictures_and_loss(s, c.n, c.pictures, s->o->height, s->o->width, epochs, c.loss);
    return 0;
}

/* How many of the samples are a clean shape, where pictures are as large as shapes are. An exit status. */
static int judge(session *s, const char *name, double low, double high, const float *samples)
{
    const size_t n = (size_t)s->o->samples;
    int32_t *kind = session_take(s, n, sizeof *kind);
    double *iou = session_take(s, n, sizeof *iou), clean;
    nb_error err;
    if (!kind || !iou) return NB_EXIT_FAILED;
    if (s->o->height < NB_SHAPES_LEAST_SIDE || s->o->width < NB_SHAPES_LEAST_SIDE) return 0;
    const float middle = (float)(0.5 * (low + high));
    if (nb_shape_fit(n, s->o->height, s->o->width, samples, middle, kind, iou, &clean, &err) != NB_OK)
        return cli_failed(&err);
    session_metric(s, name, clean);
    return 0;
}

/* A row of deterministic samples and a row of stochastic ones, each from noise of its own as in the course. */
static int sample_both(session *s)
{
    const size_t n = (size_t)s->o->samples, shape[4] = {n, 1, (size_t)s->o->height, (size_t)s->o->width};
    float *samples = session_take(s, 2 * n * pixels(s), sizeof *samples),
          *stochastic = samples + n * pixels(s);
    if (samples == NULL) return NB_EXIT_FAILED;
    nb_sample_config config = cli_sampling(s->o);
    config.method = NB_DDIM;
    config.eta = 0.0;
    int status = cli_sample(s, s->model, &config, NULL, samples);
    config.eta = s->o->eta;
    if (status == 0) status = cli_sample(s, s->model, &config, NULL, stochastic);
    const nb_training known = nb_model_get_training(s->model);
    const double low = known.has_range ? (double)known.data_min : 0.0;
    const double high = known.has_range ? (double)known.data_max : 1.0;
    if (status == 0) status = judge(s, "clean_shapes", low, high, samples);
    if (status == 0) status = judge(s, "clean_shapes_stochastic", low, high, stochastic);
    if (status != 0) return status;
    char title[2][48];
    snprintf(title[0], sizeof title[0], "DDIM, %d steps, eta = 0", s->o->steps);
    snprintf(title[1], sizeof title[1], "eta = %g", s->o->eta);
    const picture_row rows[2] = {{title[0], samples}, {title[1], stochastic}};
    const picture_grid grid = {2,   n < MOST_SHOWN ? n : MOST_SHOWN, 1, s->o->height, s->o->width, low, high,
                               rows};
    const bool good = session_add(s, "samples.npy", NB_F32, 4, shape, samples) &&
                      session_add(s, "stochastic.npy", NB_F32, 4, shape, stochastic);
    figure_rows(s, "figure.png", &grid);
    return good ? 0 : NB_EXIT_FAILED;
}

int cli_shapes_model(session *s)
{
    shapes c = {0};
    int status = make_model(s, BASE_OF_8, cli_batch(s->o, (size_t)s->o->points));
    if (status == 0 && s->o->weights)
        nb_rng_seed(s->torch, s->o->seed); /* the model's own draws are not part of this run */
    else if (status == 0)
        status = train(s, &c);
    return status;
}

int nb_exercise_9(session *s)
{
    const int status = cli_shapes_model(s);
    return status == 0 ? sample_both(s) : status;
}
