/* loss_by_level.c - where along the noise levels a network still errs: its loss at given timesteps on fixed noise. */
#include "base/arena.h"
#include "base/error.h"
#include "diffusion/objective.h"
#include "models/model.h"

#include <math.h>
#include <string.h>

typedef struct validation {
    nb_model *model;
    const nb_schedule *schedule;
    size_t n, dim, cond_size, levels, rows; /* rows: samples that go through the model at once */
    const float *x_0, *eps, *cond;
    const int32_t *labels;
    nb_arena arena;
    float *drawn;      /* (n, dim) if the noise is drawn here */
    float *x_t, *pred; /* (rows, dim) */
    float *time;       /* (rows): t as the model takes it */
    int32_t *t;        /* (rows) */
    double *losses;    /* (levels) */
} validation;

static void take_memory(nb_arena *a, void *context)
{
    validation *v = context;
    v->x_t = nb_arena_take(a, nb_mul(v->rows, v->dim), sizeof(float));
    v->pred = nb_arena_take(a, nb_mul(v->rows, v->dim), sizeof(float));
    v->time = nb_arena_take(a, v->rows, sizeof(float));
    v->t = nb_arena_take(a, v->rows, sizeof(int32_t));
    v->losses = nb_arena_take(a, v->levels, sizeof(double));
    if (v->eps == NULL) v->drawn = nb_arena_take(a, nb_mul(v->n, v->dim), sizeof(float));
}

static nb_status draw(validation *v, uint32_t seed, nb_error *err)
{
    nb_rng *rng = NULL;
    const nb_status status = nb_rng_create(seed, &rng, err);
    if (status != NB_OK) return status;
    nb_torch_randn(rng, v->n * v->dim, v->drawn);
    v->eps = v->drawn;
    nb_rng_destroy(rng);
    return NB_OK;
}

/* Summed number by number, so that the size of a batch does not show in the bits. */
static nb_status level(const validation *v, int32_t t, double *out, nb_error *err)
{
    for (size_t i = 0; i < v->rows; i++) v->t[i] = t;
    nb_model_times(v->model, nb_schedule_T(v->schedule), v->rows, v->t, v->time, NULL); /* t is in range */
    const nb_level at = nb_level_of(v->schedule, t);
    double sum = 0.0;
    for (size_t done = 0; done < v->n; done += v->rows) {
        const size_t rows = v->n - done < v->rows ? v->n - done : v->rows, first = done * v->dim;
        const float *eps = v->eps + first;
        nb_q_sample(v->schedule, rows, v->dim, v->x_0 + first, v->t, eps, v->x_t, NULL); /* t is in range */
        const nb_inputs in = {v->x_t, v->time, v->labels ? v->labels + done : NULL,
                              v->cond ? v->cond + done * v->cond_size : NULL};
        const nb_status status = nb_model_run(v->model, rows, &in, v->pred, err);
        if (status != NB_OK) return status;
        nb_objective_to_eps(v->model->training.objective, &at, rows * v->dim, v->x_t, v->pred);
        for (size_t i = 0; i < rows * v->dim; i++) {
            const double difference = (double)v->pred[i] - (double)eps[i];
            sum += difference * difference;
        }
    }
    *out = sum / (double)(v->n * v->dim);
    if (isfinite(*out)) return NB_OK;
    return nb_fail(err, NB_ERR_NONFINITE,
                   "the loss at timestep %d is not finite: the weights or the data are not", (int)t);
}

nb_status nb_loss_by_level(nb_model *model, const nb_schedule *schedule, size_t n, const float *x_0,
                           const int32_t *labels, const float *cond, size_t levels, const int32_t *timesteps,
                           uint32_t seed, const float *eps, double *out, nb_error *err)
{
    if (n < 1 || n > NB_MAX_POINTS)
        return nb_fail(err, NB_ERR_ARGUMENT, "%zu validation samples: it takes 1 to %zu", n, NB_MAX_POINTS);
    const int T = nb_schedule_T(schedule);
    for (size_t k = 0; k < levels; k++) {
        if (timesteps[k] < 0 || timesteps[k] >= T)
            return nb_fail(err, NB_ERR_ARGUMENT, "timesteps[%zu] = %d: timesteps are 0 to %d", k,
                           (int)timesteps[k], T - 1);
    }
    nb_status status = nb_model_check_denoiser(model, err);
    if (status == NB_OK) status = nb_objective_check_schedule(model->training.objective, schedule, err);
    if (status != NB_OK) return status;
    status = nb_model_check_labels(model, n, labels, true, err); /* all at once: err names the sample */
    if (status == NB_OK) status = nb_model_check_kept_cond(model, n, cond, err);
    if (status != NB_OK) return status;
    const size_t batch = (size_t)nb_model_get_config(model).max_batch;
    validation v = {.model = model,
                    .schedule = schedule,
                    .n = n,
                    .dim = nb_model_sample_size(model),
                    .cond_size = nb_model_cond_size(model),
                    .levels = levels,
                    .rows = n < batch ? n : batch,
                    .x_0 = x_0,
                    .eps = eps,
                    .cond = cond,
                    .labels = labels};
    status = nb_arena_fill(&v.arena, take_memory, &v, err);
    if (status != NB_OK) return status;
    status = eps ? NB_OK : draw(&v, seed, err);
    for (size_t k = 0; status == NB_OK && k < levels; k++)
        status = level(&v, timesteps[k], &v.losses[k], err);
    if (status == NB_OK && levels > 0) memcpy(out, v.losses, levels * sizeof *out);
    nb_arena_free(&v.arena);
    return status;
}
