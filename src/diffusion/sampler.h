/* sampler.h - what the sampling methods share: the state of a run, one step of it, and what a method is. */
#ifndef NB_DIFFUSION_SAMPLER_H
#define NB_DIFFUSION_SAMPLER_H

#include "base/arena.h"
#include "noisebook.h"

#define NB_SAMPLER_PAST 3 /* the most evaluations that a method may look back on */

/* One step of the list. signal = sqrt(alpha_bar), noise = sqrt(1 - alpha_bar): x = signal x_0 + noise eps. */
typedef struct nb_transition {
    int t, t_prev; /* t_prev is -1 at the last step, where signal_prev = 1 and noise_prev = 0 */
    float signal, noise, signal_prev, noise_prev;
    float alpha, beta, posterior_variance; /* of the whole step; the schedule's own between neighbours */
    double time, time_next;                /* of a flow, which has these, signal and noise only */
} nb_transition;

/* A method's update: x at t becomes x at t_prev, in place, given eps (of a flow its velocity), x0 (predicted from eps) and z. */
typedef void nb_sampler_update(nb_sampler *s, const nb_transition *step);

/* A method: its file ends with one of these, and method.c lists it. */
typedef struct nb_sampling {
    nb_method_info info;
    nb_sampler_update *update;
    nb_sampler_update *correct; /* of a flow: after another evaluation at time_next; NULL: none */
    bool (*noisy)(
        const nb_sampler *s); /* whether the noise that it draws has any weight; NULL: it draws none */
    bool last; /* of a schedule: it makes the last step too; without, the sampler ends at the predicted x_0 */
} nb_sampling;

/* NB_ERR_ARGUMENT for a number that is no method. */
nb_status nb_sampling_find(nb_method method, const nb_sampling **out, nb_error *err);

/* A variance: of(step), or NULL where no noise is added. */
typedef struct nb_noising {
    nb_variance_info info;
    float (*of)(const nb_transition *step);
} nb_noising;

nb_status nb_noising_find(nb_variance variance, const nb_noising **out, nb_error *err);

struct nb_sampler {
    nb_model *model;
    const nb_schedule *schedule; /* NULL for a flow */
    nb_rng *rng;
    const nb_sampling *method;
    const nb_noising *variance;
    double eta, guidance_scale;
    bool clips, rises; /* rises: the list of timesteps does, and its last is where x ends */
    float clip_low, clip_high;
    bool both,
        labelled; /* both: guidance between two predictions, each forward pass takes 2 n rows, without class first */
    size_t n, dim, cond_size;
    int steps, next; /* length of the list; index of the next timestep */
    int past_count;  /* how many of `past` are filled */
    nb_arena arena;
    int *timesteps;               /* (steps), falling, or rising where `rises`; NULL for a flow */
    double *times;                /* (steps + 1), of a flow; else NULL */
    int32_t *labels;              /* of the rows of a forward pass, or NULL */
    float *cond;                  /* likewise */
    float *x, *eps;               /* (n, dim), followed by n rows more if `both` */
    float *x0, *z;                /* (n, dim) */
    float *past[NB_SAMPLER_PAST]; /* (n, dim), the newest first; as many as the method looks back on */
    float *time;                  /* rows of a forward pass */
};

/* Keeps `values` (n, dim) as past[0] and moves the older ones on. */
void nb_sampler_remember(nb_sampler *s, const float *values);

/* What a configuration may be, and what follows from it: method, variance, eta, guidance and clipping of *s, whose model,
 * schedule and rng are there. x_T: whether it is given. */
nb_status nb_sampler_configure(nb_sampler *s, const nb_sample_config *config, bool x_T, nb_error *err);

/* Classifier-free guidance: out = eps_null + w (eps_class - eps_null). out may be eps_null. */
void nb_guide(size_t count, float w, const float *eps_null, const float *eps_class, float *out);

#endif
