/* trainer.c - training: DDPM algorithm 1 over shuffled batches.
 *
 *   x_0 ~ data, t ~ {0..T-1}, eps ~ N(0, I);  x_t = q_sample(x_0, t, eps);  step down the gradient of
 *   |eps - eps_theta(x_t, t)|^2, or of what else is to be predicted
 *
 * and of a flow: t ~ U(0, 1), x_t = (1 - t) x_0 + t eps, |(eps - x_0) - v_theta(x_t, t)|^2.
 *
 * The order of the draws is the course's: a permutation each epoch, then timesteps and noise each step, and
 * last the labels to drop. */
#include "train/trainer.h"

#include "base/box_muller.h"
#include "base/error.h"
#include "diffusion/objective.h"
#include "models/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void take_memory(nb_arena *a, void *trainer)
{
    nb_trainer *tr = trainer;
    const size_t batch = tr->batch, values = nb_mul(batch, tr->dim);
    tr->data = nb_arena_take(a, nb_mul(tr->n, tr->dim), sizeof(float));
    tr->order = nb_arena_take(a, tr->n, sizeof(int32_t));
    tr->t = nb_arena_take(a, batch, sizeof(int32_t));
    if (tr->options.objective == NB_OBJECTIVE_FLOW) tr->flow_t = nb_arena_take(a, batch, sizeof(float));
    if (tr->options.noise) tr->noise = nb_arena_take(a, nb_mul(tr->n, tr->dim), sizeof(float));
    tr->time = nb_arena_take(a, batch, sizeof(float));
    tr->x_0 = nb_arena_take(a, values, sizeof(float));
    tr->eps = nb_arena_take(a, values, sizeof(float));
    tr->x_t = nb_arena_take(a, values, sizeof(float));
    tr->target =
        tr->options.objective == NB_OBJECTIVE_EPS ? tr->eps : nb_arena_take(a, values, sizeof(float));
    tr->pred = nb_arena_take(a, values, sizeof(float));
    tr->d_pred = nb_arena_take(a, values, sizeof(float));
    if (tr->options.labels) tr->labels = nb_arena_take(a, tr->n, sizeof(int32_t));
    if (tr->options.labels) tr->batch_labels = nb_arena_take(a, batch, sizeof(int32_t));
    if (tr->cond_size > 0) tr->cond = nb_arena_take(a, nb_mul(tr->n, tr->cond_size), sizeof(float));
    if (tr->cond_size > 0) tr->batch_cond = nb_arena_take(a, nb_mul(batch, tr->cond_size), sizeof(float));
    if (tr->options.label_dropout > 0.0) tr->draws = nb_arena_take(a, batch, sizeof(float));
    if (nb_loss_weighs(&tr->options))
        tr->weight = nb_arena_take(a, (size_t)nb_schedule_T(tr->schedule), sizeof(float));
    if (tr->options.ema_decay > 0.0)
        tr->ema = nb_arena_take(a, tr->model->graph.weight_floats, sizeof(float));
}

static nb_status check_finite(const char *what, size_t count, size_t dim, const float *data, nb_error *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(data[i])) return nb_fail(err, NB_ERR_NONFINITE, "%s %zu is not finite", what, i / dim);
    }
    return NB_OK;
}

static nb_status check(const nb_model *model, const nb_schedule *schedule, const float *data, size_t n,
                       const nb_train_config *config, nb_error *err)
{
    const nb_model_config c = nb_model_get_config(model);
    const nb_status denoises = nb_model_check_denoiser(model, err);
    if (denoises != NB_OK) return denoises;
    if (n < 1 || n > NB_MAX_POINTS)
        return nb_fail(err, NB_ERR_ARGUMENT, "%zu data points: training takes 1 to %zu", n, NB_MAX_POINTS);
    if (config->batch < 1 || config->batch > c.max_batch)
        return nb_fail(err, NB_ERR_ARGUMENT, "batch %d: this model was made for batches of 1 to %d",
                       config->batch, c.max_batch);
    const size_t dim = nb_model_sample_size(model);
    const size_t values = nb_mul(n, dim);
    if (values == NB_TOO_LARGE) return nb_fail_memory(err, values);
    nb_status status = check_finite("data point", values, dim, data, err);
    if (status == NB_OK && config->noise)
        status = check_finite("the noise of data point", values, dim, config->noise, err);
    if (status == NB_OK) status = nb_train_check(model, n, config, err);
    if (status == NB_OK) status = nb_objective_check_schedule(config->objective, schedule, err);
    return status == NB_OK ? nb_weights_check(config, nb_schedule_T(schedule), err) : status;
}

nb_status nb_trainer_create(nb_model *model, const nb_schedule *schedule, nb_rng *rng, const float *data,
                            size_t n, const nb_train_config *config, nb_trainer **out, nb_error *err)
{
    nb_status status = check(model, schedule, data, n, config, err);
    if (status != NB_OK) return status;
    nb_trainer *tr = malloc(sizeof *tr);
    if (tr == NULL) return nb_fail_memory(err, sizeof *tr);
    *tr = (nb_trainer){.model = model,
                       .schedule = schedule,
                       .rng = rng,
                       .n = n,
                       .dim = nb_model_sample_size(model),
                       .cond_size = nb_model_cond_size(model),
                       .batch = (size_t)config->batch,
                       .options = *config,
                       .lr = config->lr};
    status = nb_adam_create(model, config->lr, 0.9, 0.999, 1e-8, &tr->adam, err);
    if (status == NB_OK && config->optimizer == NB_OPTIMIZER_MUON) status = nb_adam_use_muon(tr->adam, err);
    if (status == NB_OK) status = nb_arena_fill(&tr->arena, take_memory, tr, err);
    if (status != NB_OK) {
        nb_trainer_destroy(tr);
        return status;
    }
    tr->training = nb_training_begin(schedule, config->objective, rng, n * tr->dim, data);
    tr->training.steps = model->training.steps;
    memcpy(tr->data, data, n * tr->dim * sizeof *data);
    if (tr->noise) memcpy(tr->noise, config->noise, n * tr->dim * sizeof *tr->noise);
    if (config->labels) memcpy(tr->labels, config->labels, n * sizeof *tr->labels);
    if (tr->cond) memcpy(tr->cond, config->cond, n * tr->cond_size * sizeof *tr->cond);
    if (tr->weight) nb_loss_weights(config, schedule, tr->weight);
    if (tr->ema) memcpy(tr->ema, model->graph.weights, model->graph.weight_floats * sizeof *tr->ema);
    *out = tr;
    return NB_OK;
}

nb_training nb_trainer_note(const nb_trainer *tr)
{
    nb_training now = tr->training;
    now.steps += tr->adam->step;
    return now;
}

void nb_trainer_destroy(nb_trainer *trainer)
{
    if (trainer == NULL) return;
    nb_adam_destroy(trainer->adam);
    nb_arena_free(&trainer->arena);
    free(trainer);
}

nb_status nb_trainer_set_lr(nb_trainer *trainer, double lr, nb_error *err)
{
    const nb_status status = nb_adam_set_lr(trainer->adam, lr, err);
    if (status == NB_OK) trainer->lr = lr;
    return status;
}

static void begin_epoch(nb_trainer *tr)
{
    if (!tr->options.keep_order) {
        nb_torch_randperm(tr->rng, tr->n, tr->order, NULL);
        return;
    }
    for (size_t i = 0; i < tr->n; i++) tr->order[i] = (int32_t)i;
}

/* batch_labels of the next `rows` samples. */
static void next_labels(nb_trainer *tr, size_t rows)
{
    for (size_t i = 0; i < rows; i++) tr->batch_labels[i] = tr->labels[tr->order[tr->position + i]];
    if (tr->draws == NULL) return;
    nb_torch_rand(tr->rng, rows, tr->draws);
    for (size_t i = 0; i < rows; i++) {
        if (tr->draws[i] < (float)tr->options.label_dropout)
            tr->batch_labels[i] = nb_model_classes(tr->model);
    }
}

/* `size` numbers of each of the batch's samples first .. first + rows. */
static void gather(const nb_trainer *tr, size_t first, size_t rows, size_t size, const float *from, float *to)
{
    const int32_t *order = tr->order + tr->position;
    for (size_t i = first; i < first + rows; i++)
        memcpy(to + i * size, from + (size_t)order[i] * size, size * sizeof *to);
}

enum { BLOCK = 16 }; /* numbers that the Box-Muller transform takes together */

/* Draws eps for the batch, unless it is given: only the uniform numbers, if the threads can each transform their samples' own. */
static void draw_noise(nb_trainer *tr, size_t rows)
{
    if (tr->noise) return;
    const size_t together = nb_graph_together(&tr->model->graph) * tr->dim;
    tr->uniform = rows * tr->dim % BLOCK == 0 && together % BLOCK == 0;
    if (tr->uniform)
        nb_torch_rand(tr->rng, rows * tr->dim, tr->eps);
    else
        nb_torch_randn(tr->rng, rows * tr->dim, tr->eps);
}

/* Fills t, time, batch_labels and batch_cond for the next batch, and draws eps; returns its size. */
static size_t next_batch(nb_trainer *tr)
{
    if (tr->position == 0) begin_epoch(tr);
    const size_t left = tr->n - tr->position, rows = left < tr->batch ? left : tr->batch;
    if (tr->cond) gather(tr, 0, rows, tr->cond_size, tr->cond, tr->batch_cond);
    const int T = nb_schedule_T(tr->schedule);
    if (tr->flow_t)
        nb_draw_times(&tr->options, tr->rng, rows, tr->flow_t);
    else
        nb_draw_timesteps(&tr->options, tr->rng, T, rows, tr->t);
    draw_noise(tr, rows);
    if (tr->flow_t)
        for (size_t i = 0; i < rows; i++) tr->time[i] = nb_model_flow_time(tr->model, tr->flow_t[i]);
    else
        nb_model_times(tr->model, T, rows, tr->t, tr->time, NULL);
    if (tr->labels) next_labels(tr, rows);
    return rows;
}

typedef struct pass {
    nb_trainer *trainer;
    size_t count; /* numbers in the batch */
} pass;

/* x_0, eps and x_t of some samples of the batch. */
static void make_samples(void *context, size_t first, size_t rows)
{
    const pass *o = context;
    const nb_trainer *tr = o->trainer;
    const size_t at = first * tr->dim, count = rows * tr->dim;
    gather(tr, first, rows, tr->dim, tr->data, tr->x_0);
    if (tr->noise) gather(tr, first, rows, tr->dim, tr->noise, tr->eps);
    for (size_t i = 0; tr->uniform && i < count; i += BLOCK) nb_box_muller_16(tr->eps + at + i);
    if (tr->flow_t) {
        nb_flow_sample(rows, tr->dim, tr->x_0 + at, tr->flow_t + first, tr->eps + at, tr->x_t + at,
                       tr->target + at);
        return;
    }
    nb_q_sample(tr->schedule, rows, tr->dim, tr->x_0 + at, tr->t + first, tr->eps + at, tr->x_t + at,
                NULL); /* t is in range */
    if (tr->target != tr->eps)
        nb_objective_target(tr->schedule, tr->options.objective, rows, tr->dim, tr->x_0 + at, tr->t + first,
                            tr->eps + at, tr->target + at, NULL);
}

static void set_d_pred(void *context, size_t first, size_t count)
{
    const pass *o = context;
    const nb_trainer *tr = o->trainer;
    nb_mse_gradient(o->count, count, tr->pred + first, tr->target + first, tr->d_pred + first);
    if (tr->weight == NULL) return;
    for (size_t i = first; i < first + count; i++) tr->d_pred[i] *= tr->weight[tr->t[i / tr->dim]];
}

/* Counts a step that was taken. */
static nb_train_report advance(nb_trainer *tr, size_t rows, double loss)
{
    if (tr->position == 0) {
        tr->epoch_sum = 0.0;
        tr->in_epoch = 0;
    }
    tr->epoch_sum += loss;
    tr->in_epoch++;
    tr->position += rows;
    const bool epoch_end = tr->position == tr->n;
    if (epoch_end) {
        tr->position = 0;
        tr->epoch++;
    }
    return (nb_train_report){.loss = loss,
                             .epoch_loss = tr->epoch_sum / tr->in_epoch,
                             .step = tr->adam->step,
                             .epoch = tr->epoch,
                             .in_epoch = epoch_end ? 0 : tr->in_epoch,
                             .per_epoch = (int32_t)((tr->n + tr->batch - 1) / tr->batch),
                             .epoch_end = epoch_end};
}

nb_status nb_trainer_step(nb_trainer *tr, nb_train_report *report, nb_error *err)
{
    if (tr->ema_in_use)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "a step while the EMA weights are in the model: put the trained weights back first");
    nb_status status = nb_model_check_skips(tr->model, err);
    if (status != NB_OK) return status;
    tr->adam->lr = tr->lr * nb_lr_factor(&tr->options, tr->adam->step + 1);
    const size_t rows = next_batch(tr);
    pass o = {tr, rows * tr->dim};
    if (nb_model_draws(tr->model)) nb_graph_draw(&tr->model->graph, rows, tr->rng);
    nb_graph_train(&tr->model->graph, rows, &(nb_inputs){tr->x_t, tr->time, tr->batch_labels, tr->batch_cond},
                   tr->pred, tr->d_pred, &(nb_training_pass){make_samples, set_d_pred, &o});
    const double loss = nb_mse(rows * tr->dim, tr->pred, tr->target, NULL);
    if (!isfinite(loss))
        return nb_fail(
            err, NB_ERR_NONFINITE,
            "the loss is not finite at step %lld (epoch %d): learning rate %g has driven the weights out of "
            "range; a smaller one keeps them",
            (long long)tr->adam->step + 1, (int)tr->epoch + 1, tr->adam->lr);
    status = nb_adam_step(tr->adam, err);
    if (status != NB_OK) return status;
    nb_ema_step(tr);
    tr->model->training = nb_trainer_note(tr);
    *report = advance(tr, rows, loss);
    return NB_OK;
}
