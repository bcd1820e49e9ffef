/* shared.c - what several exercises do alike. */
#include "cli/exercises/shared.h"

#include "cli/message.h"
#include "cli/session/steps.h"

#include <string.h>

nb_model_config cli_noise_predictor(const cli_options *o)
{
    nb_model_config config = nb_model_default(NB_SIMPLE_NOISE_PREDICTOR);
    config.hidden_dim = o->hidden;
    config.max_batch = o->batch ? cli_batch(o, (size_t)o->points) : config.max_batch;
    return config;
}

int cli_tabulate(size_t count, const nb_schedule_kind *kinds, int T, double *beta, float *alpha_bar)
{
    for (size_t k = 0; k < count; k++) {
        nb_schedule *s = NULL;
        nb_error err;
        if (nb_schedule_create(kinds[k], T, 1e-4, 0.02, &s, &err) != NB_OK) return cli_failed(&err);
        memcpy(beta + k * (size_t)T, nb_schedule_beta64(s), (size_t)T * sizeof *beta);
        memcpy(alpha_bar + k * (size_t)T, nb_schedule_table(s, NB_ALPHA_BAR), (size_t)T * sizeof *alpha_bar);
        nb_schedule_destroy(s);
    }
    return 0;
}
