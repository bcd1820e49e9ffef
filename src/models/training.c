/* training.c - what a model's weights were trained for: kept by the model, asked for by whoever samples. */
#include "models/training.h"

#include "base/error.h"
#include "diffusion/objective.h"
#include "diffusion/schedule.h"

#include <math.h>
#include <stdio.h>

nb_training nb_training_begin(const nb_schedule *schedule, nb_objective objective, const nb_rng *rng,
                              size_t count, const float *data)
{
    nb_training training = {.objective = objective};
    if (schedule) nb_schedule_note(schedule, &training);
    training.has_seed = rng && nb_rng_get_seed(rng, &training.seed);
    if (count == 0) return training;
    float low = data[0], high = data[0];
    for (size_t i = 1; i < count; i++) {
        low = data[i] < low ? data[i] : low;
        high = data[i] > high ? data[i] : high;
    }
    training.has_range = low < high;
    if (training.has_range) {
        training.data_min = low;
        training.data_max = high;
    }
    return training;
}

nb_training nb_model_get_training(const nb_model *model) { return model->training; }

nb_status nb_training_valid(const nb_training *t, nb_error *err)
{
    if (t->T != 0 && (t->T < 2 || t->T > 100000))
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "trained with T = %d: it takes 2 to 100000, or 0 if it is not known", t->T);
    if (t->schedule != NB_SCHEDULE_OWN && nb_schedule_name(t->schedule) == NULL)
        return nb_fail(err, NB_ERR_ARGUMENT, "trained with schedule %d, which there is not",
                       (int)t->schedule);
    const bool betas = t->beta_start >= 0.0 && t->beta_start <= t->beta_end && t->beta_end < 1.0;
    if (!betas)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "trained with beta from %g to %g: it takes 0 <= start <= end < 1", t->beta_start,
                       t->beta_end);
    if (t->has_range && !(isfinite(t->data_min) && isfinite(t->data_max) && t->data_min < t->data_max))
        return nb_fail(
            err, NB_ERR_ARGUMENT,
            "trained on data from %g to %g: it takes two finite numbers, the first below the second",
            (double)t->data_min, (double)t->data_max);
    if (nb_objective_name(t->objective) == NULL)
        return nb_fail(err, NB_ERR_ARGUMENT, "trained with objective %d, which there is not",
                       (int)t->objective);
    if (t->steps < 0)
        return nb_fail(err, NB_ERR_ARGUMENT, "trained for %lld steps: it takes 0 or more",
                       (long long)t->steps);
    return NB_OK;
}

nb_status nb_model_set_training(nb_model *model, const nb_training *training, nb_error *err)
{
    const nb_status status = nb_training_valid(training, err);
    if (status == NB_OK) model->training = *training;
    return status;
}

nb_status nb_model_note_training(nb_model *model, const nb_schedule *schedule, nb_objective objective,
                                 const nb_rng *rng, size_t n, const float *data, int64_t steps, nb_error *err)
{
    const size_t count = data ? nb_mul(n, nb_model_sample_size(model)) : 0;
    nb_status status = nb_objective_check(objective, err);
    if (status == NB_OK) status = nb_objective_check_schedule(objective, schedule, err);
    if (status != NB_OK) return status;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(data[i]))
            return nb_fail(err, NB_ERR_NONFINITE, "data point %zu is not finite",
                           i / nb_model_sample_size(model));
    }
    nb_training training = nb_training_begin(schedule, objective, rng, count, data);
    training.steps = steps;
    return nb_model_set_training(model, &training, err);
}

/* "linear from 0.0001 to 0.02 with T = 1000". */
static void describe(const nb_training *t, char *out, size_t size)
{
    const bool own = t->schedule == NB_SCHEDULE_OWN;
    const char *zero = t->zero_terminal_snr ? ", zero terminal SNR" : "";
    const int used = snprintf(out, size, "%s", own ? "betas of its own" : nb_schedule_name(t->schedule));
    if (!own && nb_schedule_describe(t->schedule)->takes_beta)
        snprintf(out + used, size - (size_t)used, " from %g to %g with T = %d%s", t->beta_start, t->beta_end,
                 t->T, zero);
    else
        snprintf(out + used, size - (size_t)used, " with T = %d%s", t->T, zero);
}

nb_status nb_training_check(const nb_model *model, const nb_schedule *schedule, nb_error *err)
{
    const nb_training *known = &model->training;
    nb_training asked = {0};
    nb_schedule_note(schedule, &asked);
    if (known->T == 0 || (known->T == asked.T && known->beta_crc == asked.beta_crc)) return NB_OK;
    char was[100], is[100];
    describe(known, was, sizeof was);
    describe(&asked, is, sizeof is);
    return nb_fail(
        err, NB_ERR_ARGUMENT,
        "these weights were trained for the schedule %s, not %s: sample by theirs, or ask for any schedule",
        was, is);
}
