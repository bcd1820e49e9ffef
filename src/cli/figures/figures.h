/* figures.h - the figures of the exercises, as PNG files. One that cannot be made is left out (session_lacks): the numbers
 * do not depend on it. */
#ifndef CLI_FIGURES_H
#define CLI_FIGURES_H

#include "cli/session/session.h"

/* Exercise 1: the points at each level, noise added above and after one true step below. Both (levels, n, 2). */
void figure_noise(session *s, size_t levels, const double *level, size_t n, const double *added,
                  const double *step);

/* Exercise 2: the tables (count, T) as curves. */
void figure_schedules(session *s, const char *name, size_t count, const nb_schedule_kind *kinds, size_t T,
                      const double *beta, const float *alpha_bar);

/* Exercise 3: pictures (n, size, size) at their timesteps, shown from -2 to 2. */
void figure_images(session *s, size_t n, const int32_t *t, int size, const float *pictures);

/* Exercise 4: the exact and the learned score at each timestep, (levels, cells, 2) each, as arrows of one length. */
void figure_scores(session *s, size_t levels, const int32_t *t, size_t cells, const double *grid,
                   const double *exact, const double *learned);

/* Exercise 5: the data and the loss of each epoch. */
void figure_training(session *s, size_t n, const float *data, size_t epochs, const double *loss);

/* Exercise 6: x_t at five moments, the data and the samples. trajectory (frames, n, 2) with the timestep of
 * each frame (T for x_T itself, 0 for x_0). */
void figure_sampling(session *s, size_t frames, const int *t, size_t n, const float *trajectory,
                     size_t points, const float *data);

/* Exercise 12: the paths (2, frames, n, 2) of a flow and of its reflow, and samples (3, 3, n, 2) of them and of a student in 1, 2 and
 * frames - 1 steps. */
void figure_flows(session *s, size_t frames, size_t n, const float *paths, const float *samples,
                  size_t points, const float *data);

/* Rows of pictures under their titles, shown from low (black) to high (white). */
typedef struct picture_row {
    const char *title;
    const float *pictures; /* (columns, channels, height, width) */
} picture_row;
typedef struct picture_grid {
    size_t rows, columns;
    int channels, height, width; /* 1 or 3 channels */
    double low, high;
    const picture_row *row;
} picture_grid;
void figure_rows(session *s, const char *name, const picture_grid *grid);

/* The companion: `count` loss curves (epochs), each with its title, as powers of ten. */
void figure_losses(session *s, const char *name, size_t count, const char *const *titles, size_t epochs,
                   double *const *loss);

/* Exercise 8: the first pictures (n, height, width) and the loss of each epoch. */
void figure_pictures_and_loss(session *s, size_t n, const float *pictures, int height, int width,
                              size_t epochs, const double *loss);

/* Exercise 10: samples (scales, classes, n, 2) of each class at each guidance scale. */
void figure_guidance(session *s, size_t scales, const double *scale, size_t classes, size_t n,
                     const float *samples);

#endif
