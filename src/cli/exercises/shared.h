/* shared.h - what several exercises do alike. */
#ifndef CLI_SHARED_H
#define CLI_SHARED_H

#include "cli/session/session.h"

/* The noise predictor of exercises 4 to 6 as the options ask for it. */
nb_model_config cli_noise_predictor(const cli_options *o);

/* images.c: exercise 8's network, trained on shapes as there, or with --weights. An exit status. */
int cli_shapes_model(session *s);

/* beta and alpha_bar, (count, T) each, of schedules of these kinds. An exit status. */
int cli_tabulate(size_t count, const nb_schedule_kind *kinds, int T, double *beta, float *alpha_bar);

#endif
