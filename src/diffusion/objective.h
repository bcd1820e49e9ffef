/* objective.h - from what a network predicts to the noise and to x_0. */
#ifndef NB_DIFFUSION_OBJECTIVE_H
#define NB_DIFFUSION_OBJECTIVE_H

#include "noisebook.h"

/* NB_ERR_ARGUMENT for a number that is none. */
nb_status nb_objective_check(nb_objective objective, nb_error *err);

/* x = signal x_0 + noise eps. */
typedef struct nb_level {
    float signal, noise;
} nb_level;

/* t: 0..T-1. */
nb_level nb_level_of(const nb_schedule *s, int t);

/* The predictions for x, both (count), become those of the noise. */
void nb_objective_to_eps(nb_objective objective, const nb_level *at, size_t count, const float *x,
                         float *prediction);
/* Likewise, and x0 (count) becomes the x_0 that is predicted. */
void nb_objective_split(nb_objective objective, const nb_level *at, size_t count, const float *x,
                        float *prediction, float *x0);

#endif
