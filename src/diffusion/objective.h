/* objective.h - from what a network predicts to the noise and to x_0. */
#ifndef NB_DIFFUSION_OBJECTIVE_H
#define NB_DIFFUSION_OBJECTIVE_H

#include "noisebook.h"

/* NB_ERR_ARGUMENT for a number that is none. */
nb_status nb_objective_check(nb_objective objective, nb_error *err);
/* NB_ERR_ARGUMENT for a flow with a schedule, and for all else without. */
nb_status nb_objective_check_schedule(nb_objective objective, const nb_schedule *schedule, nb_error *err);

/* x = signal x_0 + noise eps. */
typedef struct nb_level {
    float signal, noise;
} nb_level;

/* t: 0..T-1. */
nb_level nb_level_of(const nb_schedule *s, int t);

/* Of a flow, at time t of 0..1. */
static inline nb_level nb_level_of_flow(double t) { return (nb_level){(float)(1.0 - t), (float)t}; }

/* x_t = (1 - t) x_0 + t eps and its velocity eps - x_0 for n samples of d numbers; t: (n), all else (n, d). */
void nb_flow_sample(size_t n, size_t d, const float *x_0, const float *t, const float *eps, float *x_t,
                    float *velocity);

/* The predictions for x, both (count), become those of the noise. */
void nb_objective_to_eps(nb_objective objective, const nb_level *at, size_t count, const float *x,
                         float *prediction);
/* Likewise, and x0 (count) becomes the x_0 that is predicted; but a flow's predictions stay its velocity. */
void nb_objective_split(nb_objective objective, const nb_level *at, size_t count, const float *x,
                        float *prediction, float *x0);

#endif
