/* steps.h - training and sampling to the end, with a progress bar on a terminal. */
#ifndef NB_CLI_STEPS_H
#define NB_CLI_STEPS_H

#include "cli/exercises.h"

/* A bar on stderr if that is a terminal; loss is left out if it is NaN. */
void cli_progress(const char *what, long done, long total, double loss);
/* Trains for `epochs` and puts the mean loss of each into loss (epochs) and the last into r. An exit status. */
int cli_train(nb_trainer *trainer, int epochs, double *loss, cli_result *r);
/* Samples to x_0 and copies the count numbers of x there. An exit status. */
int cli_sample(nb_sampler *sampler, int steps, size_t count, float *out);
/* Adds model.safetensors and, unless loss is NULL, loss.npy. An exit status. */
int cli_add_model(const nb_model *model, size_t epochs, double *loss, cli_result *r);

#endif
