/* sampler.h - what the sampling methods share: the state of a run, and one step of it. */
#ifndef NB_DIFFUSION_SAMPLER_H
#define NB_DIFFUSION_SAMPLER_H

#include "base/arena.h"
#include "noisebook.h"

#define NB_SAMPLER_PAST 3 /* predictions of earlier steps that a method may look back on */

struct nb_sampler {
    nb_model *model;
    const nb_schedule *schedule;
    nb_rng *rng;
    nb_method method;
    nb_variance variance;
    double eta, guidance_scale;
    bool clip_x0;
    bool both; /* guidance between two predictions: each forward pass takes 2 n rows, without class first */
    size_t n, dim;
    int steps, next; /* length of the list; index of the next timestep */
    int past_count;  /* how many of `past` are filled */
    nb_arena arena;
    int *timesteps;               /* (steps), falling from T-1 */
    int32_t *labels;              /* of the rows of a forward pass, or NULL */
    float *x, *eps;               /* (n, dim), followed by n rows more if `both` */
    float *x0, *z;                /* (n, dim) */
    float *past[NB_SAMPLER_PAST]; /* (n, dim), the newest first; NULL where the method needs none */
    float *time;                  /* rows of a forward pass */
};

/* One step of the list. signal = sqrt(alpha_bar), noise = sqrt(1 - alpha_bar): x = signal x_0 + noise eps. */
typedef struct nb_transition {
    int t, t_prev; /* t_prev is -1 at the last step, where signal_prev = 1 and noise_prev = 0 */
    float signal, noise, signal_prev, noise_prev;
    float alpha, beta, posterior_variance; /* of the whole step; the schedule's own between neighbours */
} nb_transition;

/* A method's update: x at t becomes x at t_prev, in place, given eps, x0 (predicted from eps) and z. Not called for the
 * last step of the methods that end at the predicted x_0. */
typedef void nb_sampler_update(nb_sampler *s, const nb_transition *step);
nb_sampler_update nb_ddpm_update, nb_ddim_update, nb_dpm_solver_update, nb_plms_update;

/* Keeps `values` (n, dim) as past[0] and moves the older ones on. */
void nb_sampler_remember(nb_sampler *s, const float *values);

/* Classifier-free guidance: out = eps_null + w (eps_class - eps_null). out may be eps_null. */
void nb_guide(size_t count, float w, const float *eps_null, const float *eps_class, float *out);

#endif
