/* checkpoint.c - a trainer's whole state, so that it continues with the same bits. */
#include "models/training.h"
#include "optim/adam_checkpoint.h"
#include "train/trainer.h"

#include "base/crc32.h"
#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is left of the state once weights, moments, generator and permutation are named, as doubles. */
enum { EPOCH, IN_EPOCH, POSITION, EPOCH_SUM, LR, PROGRESS };

/* What decides, beyond the course's loop, how training goes on. A file without, or with fewer, is of a trainer that has none of it. */
enum {
    STRATIFIED,
    WARMUP,
    DECAY_STEPS,
    LR_END,
    LOSS_WEIGHT,
    WEIGHT_LIMIT,
    OBJECTIVE,
    OPTIMIZER,
    WEIGHTS,
    OPTIONS
};
static const char *const option_names[OPTIONS] = {"stratified", "warmup",      "decay_steps",
                                                  "lr_end",     "loss_weight", "weight_limit",
                                                  "objective",  "optimizer",   "checksum of weights"};

/* What is not read is 0. */
static void list_options(const nb_trainer *tr, double out[OPTIONS])
{
    const nb_train_config *c = &tr->options;
    out[STRATIFIED] = c->stratified;
    out[WARMUP] = c->warmup;
    out[DECAY_STEPS] = c->decay_steps;
    out[LR_END] = c->decay_steps ? c->lr_end : 0.0;
    out[LOSS_WEIGHT] = c->loss_weight;
    out[WEIGHT_LIMIT] = c->loss_weight == NB_WEIGHT_ONE ? 0.0 : c->weight_limit;
    out[OBJECTIVE] = c->objective;
    out[OPTIMIZER] = c->optimizer;
    out[WEIGHTS] =
        c->weights ? nb_crc32(tr->weight, (size_t)nb_schedule_T(tr->schedule) * sizeof *tr->weight) : 0.0;
}

static const char average[] = "ema.";

/* What is no weight. It lives until the file is written. */
typedef struct state {
    double progress[PROGRESS], options[OPTIONS];
    uint8_t rng[NB_RNG_STATE_BYTES];
} state;

/* The tensors; buffer: room for all parameters of weights, moments and average, which lives as long. */
static nb_status add_state(nb_safetensors *st, const nb_trainer *tr, float *buffer, const state *rest,
                           nb_error *err)
{
    const size_t count = nb_model_param_count(tr->model);
    const float *weights = tr->ema_in_use ? tr->ema : tr->model->graph.weights;
    const float *ema = tr->ema_in_use ? tr->model->graph.weights : tr->ema;
    const nb_training training = nb_trainer_note(tr);
    nb_record_add(st, tr->model, &training);
    nb_status status = nb_checkpoint_add(st, tr->model, "", weights, buffer, err);
    if (status == NB_OK) status = nb_adam_add(st, tr->adam, buffer + count, err);
    if (status == NB_OK && tr->ema)
        status = nb_checkpoint_add(st, tr->model, average, ema, buffer + 3 * count, err);
    if (status != NB_OK) return status;
    nb_safetensors_add(st, "trainer.progress", NB_ST_F64, 1, &(size_t){PROGRESS}, rest->progress);
    nb_safetensors_add(st, "trainer.options", NB_ST_F64, 1, &(size_t){OPTIONS}, rest->options);
    nb_safetensors_add(st, "trainer.order", NB_ST_I32, 1, &tr->n, tr->order);
    nb_safetensors_add(st, "trainer.rng", NB_ST_U8, 1, &(size_t){NB_RNG_STATE_BYTES}, rest->rng);
    return NB_OK;
}

nb_status nb_trainer_save(const nb_trainer *tr, uint8_t **out, size_t *size, nb_error *err)
{
    const size_t blocks = tr->ema ? 4 : 3,
                 bytes = nb_mul(nb_model_param_count(tr->model), blocks * sizeof(float));
    nb_safetensors *st = calloc(1, sizeof *st);
    float *buffer = bytes == NB_TOO_LARGE ? NULL : malloc(bytes);
    state rest = {{tr->epoch, tr->in_epoch, (double)tr->position, tr->epoch_sum, tr->lr}, {0}, {0}};
    nb_status status = NB_OK;
    if (st == NULL || buffer == NULL) status = nb_fail_memory(err, nb_add(sizeof *st, bytes));
    list_options(tr, rest.options);
    nb_rng_get_state(tr->rng, rest.rng);
    if (status == NB_OK) status = add_state(st, tr, buffer, &rest, err);
    if (status == NB_OK) status = nb_safetensors_write(st, out, size, err);
    free(buffer);
    free(st);
    return status;
}

/* The tensor if it is a vector of this type and length, else NULL. */
static const uint8_t *vector(const nb_safetensors *st, const char *name, nb_st_dtype dtype, size_t n)
{
    const nb_st_tensor *t = nb_safetensors_find(st, name);
    return t && t->dtype == dtype && t->rank == 1 && t->shape[0] == n ? t->data : NULL;
}

static bool whole(double value, double most)
{
    return value >= 0.0 && value <= most && floor(value) == value;
}

/* The permutation's indices and the counters are in range. */
static bool plausible(const nb_trainer *tr, const double p[PROGRESS], const uint8_t *order)
{
    for (size_t i = 0; i < tr->n; i++) {
        int32_t index;
        memcpy(&index, order + 4 * i, 4);
        if (index < 0 || (size_t)index >= tr->n) return false;
    }
    return whole(p[EPOCH], 1e9) && whole(p[IN_EPOCH], 1e9) && whole(p[POSITION], (double)tr->n - 1.0) &&
           isfinite(p[EPOCH_SUM]) && p[LR] > 0.0 && p[LR] <= 1e6;
}

/* The run is the one that was saved, whatever this trainer's generator was seeded with. Adam's steps are taken over. */
static void take_record(nb_trainer *tr, const nb_safetensors *st)
{
    nb_model_config config;
    nb_training saved = {0};
    nb_record_of(st, &config, &saved);
    tr->training.has_seed = saved.has_seed;
    tr->training.seed = saved.seed;
    const int64_t before = saved.steps - tr->adam->step;
    tr->training.steps = before > 0 ? before : 0;
    tr->model->training = nb_trainer_note(tr);
}

static nb_status restore(nb_trainer *tr, const nb_safetensors *st, nb_error *err)
{
    const uint8_t *progress = vector(st, "trainer.progress", NB_ST_F64, PROGRESS);
    const uint8_t *order = vector(st, "trainer.order", NB_ST_I32, tr->n);
    const uint8_t *rng = vector(st, "trainer.rng", NB_ST_U8, NB_RNG_STATE_BYTES);
    if (progress == NULL || order == NULL || rng == NULL)
        return nb_fail(err, NB_ERR_FORMAT, "not the state of a training run on %zu points", tr->n);
    double p[PROGRESS];
    memcpy(p, progress, sizeof p);
    if (!plausible(tr, p, order))
        return nb_fail(err, NB_ERR_FORMAT,
                       "the state of a training run whose counters or permutation are out of range");
    const nb_status status = nb_rng_set_state(tr->rng, rng, NB_RNG_STATE_BYTES, err);
    if (status != NB_OK) return status;
    nb_checkpoint_fill(st, tr->model, "", tr->model->graph.weights);
    nb_adam_fill(st, tr->adam);
    if (tr->ema) nb_checkpoint_fill(st, tr->model, average, tr->ema);
    take_record(tr, st);
    tr->ema_in_use = false;
    nb_graph_weights_changed(&tr->model->graph);
    memcpy(tr->order, order, tr->n * sizeof *tr->order);
    tr->epoch = (int32_t)p[EPOCH];
    tr->in_epoch = (int32_t)p[IN_EPOCH];
    tr->position = (size_t)p[POSITION];
    tr->epoch_sum = p[EPOCH_SUM];
    tr->lr = p[LR];
    return NB_OK;
}

/* The average is there if and only if this trainer keeps one. */
static nb_status check_average(const nb_safetensors *st, const nb_trainer *tr, nb_error *err)
{
    char name[NB_ST_MOST_NAME];
    snprintf(name, sizeof name, "%s%s", average, nb_model_param_info(tr->model, 0).name);
    const bool there = nb_safetensors_find(st, name) != NULL;
    if (there && tr->ema == NULL)
        return nb_fail(
            err, NB_ERR_FORMAT,
            "the state of a training run with an EMA of the weights: this trainer was made without");
    if (!there && tr->ema)
        return nb_fail(err, NB_ERR_FORMAT,
                       "the state of a training run without an EMA of the weights: this trainer keeps one");
    return there ? nb_checkpoint_check(st, tr->model, average, err) : NB_OK;
}

/* The options are those of this trainer. */
static nb_status check_options(const nb_safetensors *st, const nb_trainer *tr, nb_error *err)
{
    double saved[OPTIONS] = {0}, own[OPTIONS];
    const nb_st_tensor *there = nb_safetensors_find(st, "trainer.options");
    if (there && (there->dtype != NB_ST_F64 || there->rank != 1 || there->shape[0] > OPTIONS))
        return nb_fail(err, NB_ERR_FORMAT,
                       "the state of a training run of which this version does not know the options");
    if (there) memcpy(saved, there->data, there->shape[0] * sizeof *saved);
    list_options(tr, own);
    for (int i = 0; i < OPTIONS; i++) {
        if (saved[i] == own[i]) continue;
        return nb_fail(err, NB_ERR_FORMAT,
                       "the state of a training run with %s = %.10g: this trainer has %.10g", option_names[i],
                       saved[i], own[i]);
    }
    return NB_OK;
}

nb_status nb_trainer_load(nb_trainer *tr, const uint8_t *file, size_t size, nb_error *err)
{
    nb_safetensors *st = malloc(sizeof *st);
    if (st == NULL) return nb_fail_memory(err, sizeof *st);
    nb_status status = nb_safetensors_read(file, size, st, err);
    if (status == NB_OK) status = nb_checkpoint_check(st, tr->model, "", err);
    if (status == NB_OK) status = nb_adam_check(st, tr->adam, err);
    if (status == NB_OK) status = check_average(st, tr, err);
    if (status == NB_OK) status = check_options(st, tr, err);
    if (status == NB_OK) status = restore(tr, st, err);
    free(st);
    return status;
}
