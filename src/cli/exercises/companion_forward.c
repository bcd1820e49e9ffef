/* companion_forward.c - the companion's forward process, its training step on noise, and its schedules. */
#include "cli/exercises/companion.h"
#include "cli/exercises/shared.h"
#include "cli/figures/figures.h"
#include "cli/message.h"

#include <stdio.h>

enum { SIDE = 64, PIXELS = 3 * SIDE * SIDE, MOMENTS = 4, BATCH = 4 };

/* The notebook's own schedule, whatever --schedule says. */
static int linear(const session *s, nb_schedule **out)
{
    nb_error err;
    return nb_schedule_create(NB_SCHEDULE_LINEAR, s->o->timesteps, 1e-4, 0.02, out, &err) == NB_OK
               ? 0
               : cli_failed(&err);
}

/* The square at t = 0, T/4, T/2 and T-1. */
static nb_status noise_square(session *s, const nb_schedule *schedule, const int32_t *t, float *x_t,
                              nb_error *err)
{
    static float square[PIXELS], eps[PIXELS];
    nb_status status = nb_data_colour_square(SIDE, SIDE, square, err);
    for (int k = 0; k < MOMENTS && status == NB_OK; k++) {
        nb_torch_randn(s->torch, PIXELS, eps);
        status = nb_q_sample(schedule, 1, PIXELS, square, t + k, eps, x_t + (size_t)k * PIXELS, err);
    }
    return status;
}

int companion_forward(session *s)
{
    const int T = s->o->timesteps;
    int32_t t[MOMENTS] = {0, T / 4, T / 2, T - 1};
    const size_t shape[4] = {MOMENTS, 3, SIDE, SIDE};
    float *x_t = session_take(s, (size_t)MOMENTS * PIXELS, sizeof *x_t);
    nb_schedule *schedule = NULL;
    nb_error err;
    int status = x_t ? linear(s, &schedule) : NB_EXIT_FAILED;
    if (status == 0 && noise_square(s, schedule, t, x_t, &err) != NB_OK) status = cli_failed(&err);
    if (status == 0)
        session_metric(s, "linear_alpha_bar_T", (double)nb_schedule_table(schedule, NB_ALPHA_BAR)[T - 1]);
    nb_schedule_destroy(schedule);
    if (status != 0) return status;
    char title[64];
    snprintf(title, sizeof title, "x_t at t = 0, %d, %d, %d", (int)t[1], (int)t[2], (int)t[3]);
    const picture_row row = {title, x_t};
    const bool good = session_add(s, "forward_t.npy", NB_I32, 1, shape, t) &&
                      session_add(s, "forward.npy", NB_F32, 4, shape, x_t);
    figure_rows(s, "forward.png", &(picture_grid){1, MOMENTS, 3, SIDE, SIDE, 0.0, 1.0, &row});
    return good ? 0 : NB_EXIT_FAILED;
}

/* loss[0] before a step of Adam on one batch, loss[1] on the same batch after it. */
static nb_status step(session *s, const nb_schedule *schedule, nb_model *model, float *work, double loss[2],
                      nb_error *err)
{
    const size_t count = (size_t)BATCH * PIXELS;
    float *x_0 = work, *eps = work + count, *pred = work + 2 * count, *d_pred = work + 3 * count;
    int32_t t[BATCH];
    float time[BATCH];
    nb_adam *adam = NULL;
    nb_torch_randn(s->torch, count, x_0);
    nb_torch_randint(s->torch, 0, (uint32_t)s->o->timesteps, BATCH, t, NULL);
    nb_torch_randn(s->torch, count, eps);
    for (int i = 0; i < BATCH; i++) time[i] = (float)t[i];
    nb_status status = nb_adam_create(model, 1e-3, 0.9, 0.999, 1e-8, &adam, err);
    if (status == NB_OK) status = nb_q_sample(schedule, BATCH, PIXELS, x_0, t, eps, x_0, err);
    for (int k = 0; k < 2 && status == NB_OK; k++) {
        status = nb_model_forward(model, BATCH, x_0, time, NULL, pred, err);
        if (status == NB_OK) loss[k] = nb_mse(count, pred, eps, d_pred);
        if (status == NB_OK && k == 0) status = nb_model_backward(model, BATCH, d_pred, NULL, err);
        if (status == NB_OK && k == 0) nb_adam_step(adam, NULL);
    }
    nb_adam_destroy(adam);
    return status;
}

int companion_first_step(session *s)
{
    nb_model_config config = nb_model_default(NB_SIMPLE_UNET);
    double loss[2] = {0.0, 0.0};
    float *work = session_take(s, 4 * (size_t)BATCH * PIXELS, sizeof *work);
    nb_schedule *schedule = NULL;
    nb_model *model = NULL;
    nb_error err;
    config.base_channels = s->o->channels;
    config.image_height = config.image_width = SIDE;
    config.max_batch = BATCH;
    int status = work ? linear(s, &schedule) : NB_EXIT_FAILED;
    if (status == 0 && (nb_model_create(s->engine, &config, s->torch, &model, &err) != NB_OK ||
                        step(s, schedule, model, work, loss, &err) != NB_OK))
        status = cli_failed(&err);
    nb_model_destroy(model);
    nb_schedule_destroy(schedule);
    session_metric(s, "first_loss", loss[0]);
    session_metric(s, "second_loss", loss[1]);
    return status;
}

int companion_schedules(session *s)
{
    static const nb_schedule_kind kinds[3] = {NB_SCHEDULE_LINEAR, NB_SCHEDULE_COSINE_9999,
                                              NB_SCHEDULE_QUADRATIC_SQRT};
    const size_t shape[2] = {3, 1000};
    double *beta = session_take(s, 3000, sizeof *beta);
    float *alpha_bar = session_take(s, 3000, sizeof *alpha_bar);
    if (!beta || !alpha_bar) return NB_EXIT_FAILED;
    const int status = cli_tabulate(3, kinds, 1000, beta, alpha_bar);
    if (status != 0) return status;
    const bool good = session_add(s, "beta.npy", NB_F64, 2, shape, beta) &&
                      session_add(s, "alpha_bar.npy", NB_F32, 2, shape, alpha_bar);
    figure_schedules(s, "schedules.png", 3, kinds, 1000, beta, alpha_bar);
    return good ? 0 : NB_EXIT_FAILED;
}
