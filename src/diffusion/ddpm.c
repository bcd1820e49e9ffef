/* ddpm.c - sampling: DDPM algorithm 2, over any list of timesteps.
 *
 *   mean = 1/sqrt(alpha) (x_t - beta / sqrt(1 - alpha_bar_t) eps_theta(x_t, t))
 *   x_{t_prev} = mean + sqrt(variance) z,  z ~ N(0, I);  nothing is added at the last step
 *
 * Between t and t_prev the step's own alpha is alpha_bar_t / alpha_bar_{t_prev}; with every timestep in the
 * list that is the schedule's alpha_t. The predicted x_0 is eq. 15 of the DDPM paper. */
#include "base/arena.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct step_coefficients {
    float scale;      /* 1 / sqrt(alpha) */
    float eps_weight; /* beta / sqrt(1 - alpha_bar_t) */
    float sd;         /* sqrt(variance) */
} step_coefficients;

struct nb_sampler {
    nb_model *model;
    const nb_schedule *schedule;
    nb_rng *rng;
    nb_variance variance;
    size_t n, dim;
    int steps, next; /* length of the list; index of the next timestep */
    nb_arena arena;
    int *timesteps;          /* (steps), falling from T-1 to 0 */
    float *x, *x0, *eps, *z; /* (n, dim) */
    float *time;             /* (n) */
};

static void take_memory(nb_sampler *s)
{
    nb_arena *a = &s->arena;
    const size_t values = s->n * s->dim;
    s->timesteps = nb_arena_take(a, (size_t)s->steps, sizeof(int));
    s->x = nb_arena_take(a, values, sizeof(float));
    s->x0 = nb_arena_take(a, values, sizeof(float));
    s->eps = nb_arena_take(a, values, sizeof(float));
    s->z = nb_arena_take(a, values, sizeof(float));
    s->time = nb_arena_take(a, s->n, sizeof(float));
}

/* Even from T-1 to 0, rounded to the nearest; one step is the list {T-1}. */
static void fill_timesteps(int *list, int steps, int T)
{
    for (int i = 0; i < steps; i++) {
        const int64_t left = (int64_t)(T - 1) * (steps - 1 - i), gaps = steps > 1 ? steps - 1 : 1;
        list[i] = steps > 1 ? (int)((2 * left + gaps) / (2 * gaps)) : T - 1;
    }
}

nb_status nb_sampler_create(nb_model *model, const nb_schedule *schedule, nb_rng *rng,
                            const nb_sample_config *config, const float *x_T, nb_sampler **out, nb_error *err)
{
    const int T = nb_schedule_T(schedule), steps = config->steps ? config->steps : T;
    if (config->n < 1 || config->n > NB_MAX_POINTS)
        return nb_fail(err, NB_ERR_ARGUMENT, "%zu samples: it takes 1 to %zu", config->n, NB_MAX_POINTS);
    if (steps < 1 || steps > T)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d sampling steps: with T = %d it takes 1 to %d", steps, T, T);
    if ((int)config->variance < 0 || config->variance > NB_VARIANCE_ZERO)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d is no variance: posterior is 0, beta 1, zero 2",
                       (int)config->variance);
    if (rng == NULL && (x_T == NULL || config->variance != NB_VARIANCE_ZERO))
        return nb_fail(err, NB_ERR_ARGUMENT, "a sampler without a generator needs x_T and variance zero");
    nb_sampler *s = malloc(sizeof *s);
    if (s == NULL) return nb_fail_memory(err, sizeof *s);
    *s = (nb_sampler){.model = model,
                      .schedule = schedule,
                      .rng = rng,
                      .variance = config->variance,
                      .n = config->n,
                      .dim = nb_model_sample_size(model),
                      .steps = steps};
    take_memory(s);
    const size_t bytes = s->arena.used;
    if (!nb_arena_alloc(&s->arena)) {
        free(s);
        return nb_fail_memory(err, bytes);
    }
    take_memory(s);
    fill_timesteps(s->timesteps, steps, T);
    if (x_T)
        memcpy(s->x, x_T, s->n * s->dim * sizeof *x_T);
    else
        nb_torch_randn(rng, s->n * s->dim, s->x);
    memcpy(s->x0, s->x, s->n * s->dim * sizeof *s->x);
    *out = s;
    return NB_OK;
}

void nb_sampler_destroy(nb_sampler *sampler)
{
    if (sampler == NULL) return;
    nb_arena_free(&sampler->arena);
    free(sampler);
}

int nb_sampler_t(const nb_sampler *s)
{
    return s->next < s->steps ? s->timesteps[s->next] : -1;
}
const float *nb_sampler_x(const nb_sampler *s)
{
    return s->x;
}
const float *nb_sampler_x0(const nb_sampler *s)
{
    return s->x0;
}

static step_coefficients coefficients(const nb_sampler *s, int t, int t_prev)
{
    const nb_schedule *sc = s->schedule;
    const float sqrt_one_minus = nb_schedule_table(sc, NB_SQRT_ONE_MINUS_ALPHA_BAR)[t];
    float alpha = nb_schedule_table(sc, NB_ALPHA)[t], beta = nb_schedule_table(sc, NB_BETA)[t];
    float posterior = nb_schedule_table(sc, NB_POSTERIOR_VARIANCE)[t];
    if (t_prev != t - 1) { /* a step over several timesteps */
        const double bar = (double)nb_schedule_table(sc, NB_ALPHA_BAR)[t];
        const double bar_prev = t_prev >= 0 ? (double)nb_schedule_table(sc, NB_ALPHA_BAR)[t_prev] : 1.0;
        alpha = (float)(bar / bar_prev);
        beta = (float)(1.0 - bar / bar_prev);
        posterior = (float)((1.0 - bar / bar_prev) * (1.0 - bar_prev) / (1.0 - bar));
    }
    float variance = s->variance == NB_VARIANCE_POSTERIOR ? posterior
                     : s->variance == NB_VARIANCE_BETA    ? beta
                                                          : 0.0F;
    if (t_prev < 0) variance = 0.0F;
    return (step_coefficients){sqrtf(1.0F / alpha), beta / sqrt_one_minus, sqrtf(variance)};
}

/* One update in place; false if a value came out non-finite. */
static bool update(nb_sampler *s, int t, step_coefficients c, bool noisy)
{
    const float inverse = 1.0F / nb_schedule_table(s->schedule, NB_SQRT_ALPHA_BAR)[t];
    const float sd_t = nb_schedule_table(s->schedule, NB_SQRT_ONE_MINUS_ALPHA_BAR)[t];
    bool finite = true;
    for (size_t i = 0; i < s->n * s->dim; i++) {
        const float x = s->x[i], eps = s->eps[i], mean = c.scale * (x - c.eps_weight * eps);
        s->x0[i] = (x - sd_t * eps) * inverse;
        s->x[i] = noisy ? mean + c.sd * s->z[i] : mean;
        finite = finite && isfinite(s->x[i]);
    }
    return finite;
}

nb_status nb_sampler_step(nb_sampler *s, nb_error *err)
{
    if (s->next == s->steps) return nb_fail(err, NB_ERR_ARGUMENT, "this sampler has reached x_0 already");
    const int t = s->timesteps[s->next], t_prev = s->next + 1 < s->steps ? s->timesteps[s->next + 1] : -1;
    const float unit = nb_model_takes_fraction(s->model) ? (float)nb_schedule_T(s->schedule) : 1.0F;
    const float time = (float)t / unit;
    for (size_t i = 0; i < s->n; i++) s->time[i] = time;
    const nb_status status = nb_model_forward(s->model, s->n, s->x, s->time, NULL, s->eps, err);
    if (status != NB_OK) return status;
    /* The noise is drawn although variance 0 has no use for it: runs that differ in the variance share their
     * draws. */
    const bool last = t_prev < 0;
    if (!last && s->rng) nb_torch_randn(s->rng, s->n * s->dim, s->z);
    if (!update(s, t, coefficients(s, t, t_prev), !last && s->variance != NB_VARIANCE_ZERO))
        return nb_fail(
            err, NB_ERR_NONFINITE,
            "a sample is not finite at t = %d: the model's prediction has grown out of range; train it "
            "further, or with a smaller learning rate",
            t);
    s->next++;
    return NB_OK;
}
