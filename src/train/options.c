/* options.c - what a trainer can be asked for beyond the course's loop, and what its steps make of that. */
#include "base/error.h"
#include "base/math.h"
#include "base/names.h"
#include "diffusion/objective.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>

static const char *const weights[NB_LOSS_WEIGHTS] = {"one", "min-snr", "v"};

static const char *weight_at(size_t index) { return index < NB_LOSS_WEIGHTS ? weights[index] : NULL; }

const char *nb_loss_weight_name(nb_loss_weight weight)
{
    return (int)weight >= 0 ? weight_at((size_t)weight) : NULL;
}

nb_status nb_loss_weight_find(const char *name, nb_loss_weight *out, nb_error *err)
{
    size_t found;
    const nb_status status = nb_name_find("loss weight", weight_at, name, &found, err);
    if (status == NB_OK) *out = (nb_loss_weight)found;
    return status;
}

static const char *const optimizers[NB_OPTIMIZERS] = {"adam", "muon"};

static const char *optimizer_at(size_t index) { return index < NB_OPTIMIZERS ? optimizers[index] : NULL; }

const char *nb_optimizer_name(nb_optimizer optimizer)
{
    return (int)optimizer >= 0 ? optimizer_at((size_t)optimizer) : NULL;
}

nb_status nb_optimizer_find(const char *name, nb_optimizer *out, nb_error *err)
{
    size_t found;
    const nb_status status = nb_name_find("optimizer", optimizer_at, name, &found, err);
    if (status == NB_OK) *out = (nb_optimizer)found;
    return status;
}

static nb_status check_labels(const nb_model *model, size_t n, const nb_train_config *c, nb_error *err)
{
    nb_status status = nb_model_check_labels(model, n, c->labels, false, err);
    if (status == NB_OK) status = nb_model_check_kept_cond(model, n, c->cond, err);
    if (status != NB_OK) return status;
    if (!(c->label_dropout >= 0.0 && c->label_dropout <= 1.0))
        return nb_fail(err, NB_ERR_ARGUMENT, "label dropout %g: it takes a probability, 0 to 1",
                       c->label_dropout);
    if (c->label_dropout > 0.0 && c->labels == NULL)
        return nb_fail(err, NB_ERR_ARGUMENT, "label dropout %g without labels: there is nothing to drop",
                       c->label_dropout);
    return NB_OK;
}

nb_status nb_train_check(const nb_model *model, size_t n, const nb_train_config *c, nb_error *err)
{
    nb_status status = check_labels(model, n, c, err);
    if (status != NB_OK) return status;
    if (!(c->ema_decay >= 0.0 && c->ema_decay < 1.0))
        return nb_fail(err, NB_ERR_ARGUMENT, "EMA decay %g: it takes 0 for none, or a number below 1",
                       c->ema_decay);
    if (c->warmup < 0)
        return nb_fail(err, NB_ERR_ARGUMENT, "a warm-up of %d steps: it takes 0 or more", c->warmup);
    if (c->decay_steps != 0 && c->decay_steps <= c->warmup)
        return nb_fail(
            err, NB_ERR_ARGUMENT,
            "a learning rate that falls until step %d, after a warm-up of %d: it takes a later step, or 0 "
            "for none",
            c->decay_steps, c->warmup);
    if (c->decay_steps != 0 && !(c->lr_end >= 0.0 && c->lr_end <= 1.0))
        return nb_fail(err, NB_ERR_ARGUMENT, "a learning rate that ends at %g of the first: it takes 0 to 1",
                       c->lr_end);
    status = nb_objective_check(c->objective, err);
    if (status == NB_OK) status = nb_name_check("optimizer", optimizer_at, (int)c->optimizer, err);
    if (status != NB_OK) return status;
    status = nb_name_check("loss weight", weight_at, (int)c->loss_weight, err);
    if (status != NB_OK) return status;
    if (c->loss_weight != NB_WEIGHT_ONE && c->objective == NB_OBJECTIVE_FLOW)
        return nb_fail(err, NB_ERR_ARGUMENT, "loss weights %s for the objective flow: it takes %s",
                       nb_loss_weight_name(c->loss_weight), weights[NB_WEIGHT_ONE]);
    if (c->loss_weight != NB_WEIGHT_ONE && !(c->weight_limit > 0.0 && c->weight_limit <= 1e6))
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "loss weights with limit %g: it takes a number above 0, at most 1e6", c->weight_limit);
    return NB_OK;
}

nb_status nb_weights_check(const nb_train_config *c, int T, nb_error *err)
{
    if (c->weights == NULL) return NB_OK;
    if (c->loss_weight != NB_WEIGHT_ONE)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "loss weights %s beside weights of each timestep: it takes one of them",
                       nb_loss_weight_name(c->loss_weight));
    if (c->objective == NB_OBJECTIVE_FLOW)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "weights of each timestep for the objective flow, which has none");
    float most = 0.0F;
    for (int t = 0; t < T; t++) {
        if (!(c->weights[t] >= 0.0F && c->weights[t] <= 1e6F))
            return nb_fail(err, NB_ERR_ARGUMENT, "the weight %g of timestep %d: it takes 0 to 1e6",
                           (double)c->weights[t], t);
        most = fmaxf(most, c->weights[t]);
    }
    return most > 0.0F
               ? NB_OK
               : nb_fail(err, NB_ERR_ARGUMENT, "a weight of 0 at every timestep: one must be above 0");
}

double nb_lr_factor(const nb_train_config *c, int64_t step)
{
    if (step <= c->warmup) return (double)step / c->warmup;
    if (c->decay_steps == 0) return 1.0;
    const int64_t gone = step - 1 - c->warmup, all = c->decay_steps - c->warmup;
    if (gone >= all) return c->lr_end;
    return c->lr_end + (1.0 - c->lr_end) * 0.5 * (1.0 + nb_cos(NB_PI * (double)gone / (double)all));
}

bool nb_loss_weighs(const nb_train_config *c) { return c->weights || c->loss_weight != NB_WEIGHT_ONE; }

void nb_loss_weights(const nb_train_config *c, const nb_schedule *schedule, float *out)
{
    if (c->weights) {
        memcpy(out, c->weights, (size_t)nb_schedule_T(schedule) * sizeof *out);
        return;
    }
    const float *alpha_bar = nb_schedule_table(schedule, NB_ALPHA_BAR);
    for (int t = 0; t < nb_schedule_T(schedule); t++) {
        const double signal = (double)alpha_bar[t], snr = signal / (1.0 - signal);
        const double of_noise = c->objective == NB_OBJECTIVE_X0  ? snr
                                : c->objective == NB_OBJECTIVE_V ? signal
                                                                 : 1.0;
        out[t] = (float)(c->loss_weight == NB_WEIGHT_V ? fmin(1.0 / signal, c->weight_limit) * of_noise
                         : c->loss_weight == NB_WEIGHT_MIN_SNR && snr > 0.0
                             ? fmin(snr, c->weight_limit) / snr * of_noise
                         : c->loss_weight == NB_WEIGHT_MIN_SNR ? of_noise /* its limit */
                                                               : 1.0);
    }
}

/* out[i] = (u + i / rows) mod 1 of one u. */
static float spread(float u, size_t i, size_t rows)
{
    const float from = u + (float)i / (float)rows;
    return from >= 1.0F ? from - 1.0F : from;
}

void nb_draw_times(const nb_train_config *c, nb_rng *rng, size_t rows, float *out)
{
    nb_torch_rand(rng, c->stratified ? 1 : rows, out);
    if (!c->stratified) return;
    const float u = out[0];
    for (size_t i = 0; i < rows; i++) out[i] = spread(u, i, rows);
}

void nb_draw_timesteps(const nb_train_config *c, nb_rng *rng, int T, size_t rows, int32_t *out)
{
    if (!c->stratified) {
        nb_torch_randint(rng, 0, (uint32_t)T, rows, out, NULL);
        return;
    }
    float u;
    nb_torch_rand(rng, 1, &u);
    for (size_t i = 0; i < rows; i++) {
        const int32_t t = (int32_t)(spread(u, i, rows) * (float)T);
        out[i] = t < T ? t : T - 1;
    }
}
