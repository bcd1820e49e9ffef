/* figures.h - the figures of the exercises, as PNG files. */
#ifndef NB_CLI_FIGURES_H
#define NB_CLI_FIGURES_H

#include "cli/exercises.h"

/* Exercise 1: the points at each level, noise added above and after one true step below. Both (levels, n, 2). */
bool figure_noise(cli_result *r, size_t levels, const double *level, size_t n, const double *added,
                  const double *step);

/* Exercise 2: beta and alpha_bar of every schedule, (NB_SCHEDULE_KINDS, T) each. */
bool figure_schedules(cli_result *r, size_t T, const double *beta, const float *alpha_bar);

/* Exercise 3: pictures (n, size, size) at their timesteps, shown from -2 to 2. */
bool figure_images(cli_result *r, size_t n, const int32_t *t, int size, const float *pictures);

/* Exercise 4: the exact and the learned score at each timestep, (levels, cells, 2) each, as arrows of one length. */
bool figure_scores(cli_result *r, size_t levels, const int32_t *t, size_t cells, const double *grid,
                   const double *exact, const double *learned);

/* Exercise 5: the data and the loss of each epoch. false after a message. */
bool figure_training(cli_result *r, size_t n, const float *data, size_t epochs, const double *loss);

/* Exercise 6: x_t at five moments, the data and the samples. trajectory (frames, n, 2) with the timestep of
 * each frame (T for x_T itself, 0 for x_0). false after a message. */
bool figure_sampling(cli_result *r, size_t frames, const int *t, size_t n, const float *trajectory,
                     size_t points, const float *data);

#endif
