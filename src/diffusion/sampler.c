/* sampler.c - from noise to samples: the loop that every method shares.
 *
 *   for t, t_prev in the list of timesteps:
 *       eps = model(x, t), guided;  x_0 = (x - sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_bar_t), eq. 15 of DDPM
 *       x = the method's update (ddpm.c, ddim.c, dpm_solver.c, plms.c) */
#include "diffusion/sampler.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static nb_sampler_update *const updates[NB_METHODS] = {
    [NB_DDPM] = nb_ddpm_update,
    [NB_DDIM] = nb_ddim_update,
    [NB_DPM_SOLVER_PP_2M] = nb_dpm_solver_update,
    [NB_PNDM] = nb_plms_update,
};

/* ---- What a configuration may be ------------------------------------------------------------------------- */

static nb_status check_numbers(const nb_sample_config *c, int steps, int T, nb_error *err)
{
    if (c->n < 1 || c->n > NB_MAX_POINTS)
        return nb_fail(err, NB_ERR_ARGUMENT, "%zu samples: it takes 1 to %zu", c->n, NB_MAX_POINTS);
    if (steps < 1 || steps > T)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d sampling steps: with T = %d it takes 1 to %d", steps, T, T);
    if ((int)c->variance < 0 || c->variance > NB_VARIANCE_ZERO)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d is no variance: posterior is 0, beta 1, zero 2",
                       (int)c->variance);
    if ((int)c->method < 0 || (int)c->method >= NB_METHODS)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "%d is no method: DDPM is 0, DDIM 1, DPM-Solver++ 2, PNDM 3 (PLMS)", (int)c->method);
    if (!(c->eta >= 0.0 && c->eta <= 1.0))
        return nb_fail(err, NB_ERR_ARGUMENT, "eta = %g: it takes 0 (deterministic) to 1 (as DDPM)", c->eta);
    if (!isfinite(c->guidance_scale))
        return nb_fail(err, NB_ERR_ARGUMENT, "guidance scale %g: it takes a finite number",
                       c->guidance_scale);
    return NB_OK;
}

static nb_status check_timesteps(const int *list, int steps, int T, nb_error *err)
{
    if (list == NULL) return NB_OK;
    if (list[0] != T - 1)
        return nb_fail(err, NB_ERR_ARGUMENT, "the timesteps start at %d: with T = %d they start at %d",
                       list[0], T, T - 1);
    for (int i = 1; i < steps; i++) {
        if (list[i] >= list[i - 1] || list[i] < 0)
            return nb_fail(err, NB_ERR_ARGUMENT,
                           "timestep %d after %d: they must fall, and end at 0 or above", list[i],
                           list[i - 1]);
    }
    return NB_OK;
}

static nb_status check_classes(const nb_model *model, const nb_sample_config *c, nb_error *err)
{
    const int classes = nb_model_classes(model);
    if (classes == 0 && (c->labels || c->guided))
        return nb_fail(err, NB_ERR_ARGUMENT, "%s for a model without classes",
                       c->labels ? "labels" : "guidance");
    if (c->guided && c->labels == NULL)
        return nb_fail(err, NB_ERR_ARGUMENT, "guidance takes labels: the class of each sample");
    for (size_t i = 0; c->labels && i < c->n; i++) {
        if (c->labels[i] < 0 || c->labels[i] > classes)
            return nb_fail(err, NB_ERR_ARGUMENT,
                           "label %d of sample %zu: it takes 0 to %d, %d being no class", (int)c->labels[i],
                           i, classes, classes);
    }
    return NB_OK;
}

static bool adds_noise(const nb_sample_config *c)
{
    if (c->method == NB_DDPM) return c->variance != NB_VARIANCE_ZERO;
    return c->method == NB_DDIM && c->eta > 0.0;
}

static nb_status check(const nb_model *model, int T, const nb_rng *rng, const nb_sample_config *c,
                       const float *x_T, nb_error *err)
{
    const int steps = c->steps ? c->steps : T;
    nb_status status = check_numbers(c, steps, T, err);
    if (status == NB_OK) status = check_timesteps(c->timesteps, steps, T, err);
    if (status == NB_OK) status = check_classes(model, c, err);
    if (status != NB_OK) return status;
    if (rng == NULL && (x_T == NULL || adds_noise(c)))
        return nb_fail(
            err, NB_ERR_ARGUMENT,
            "a sampler without a generator needs x_T and a method that adds no noise (for DDPM variance "
            "zero, for DDIM eta 0)");
    return NB_OK;
}

/* ---- Life ------------------------------------------------------------------------------------------------ */

static size_t rows(const nb_sampler *s) { return s->both ? 2 * s->n : s->n; }

static void take_memory(nb_sampler *s, bool labelled)
{
    static const int looks_back[NB_METHODS] = {[NB_DPM_SOLVER_PP_2M] = 1, [NB_PNDM] = NB_SAMPLER_PAST};
    nb_arena *a = &s->arena;
    const size_t values = s->n * s->dim;
    s->timesteps = nb_arena_take(a, (size_t)s->steps, sizeof(int));
    if (labelled) s->labels = nb_arena_take(a, rows(s), sizeof(int32_t));
    s->x = nb_arena_take(a, rows(s) * s->dim, sizeof(float));
    s->eps = nb_arena_take(a, rows(s) * s->dim, sizeof(float));
    s->x0 = nb_arena_take(a, values, sizeof(float));
    s->z = nb_arena_take(a, values, sizeof(float));
    s->time = nb_arena_take(a, rows(s), sizeof(float));
    for (int k = 0; k < looks_back[s->method]; k++) s->past[k] = nb_arena_take(a, values, sizeof(float));
}

/* Even from T-1 to 0, rounded to the nearest; one step is the list {T-1}. */
static void fill_timesteps(int *list, int steps, int T)
{
    for (int i = 0; i < steps; i++) {
        const int64_t left = (int64_t)(T - 1) * (steps - 1 - i), gaps = steps > 1 ? steps - 1 : 1;
        list[i] = steps > 1 ? (int)((2 * left + gaps) / (2 * gaps)) : T - 1;
    }
}

/* Labels of the rows of a forward pass: the samples' own, after n rows of no class if there are both. */
static void fill_labels(nb_sampler *s, const int32_t *labels)
{
    const int32_t none = nb_model_classes(s->model);
    int32_t *own = s->labels + (rows(s) - s->n);
    for (int32_t *at = s->labels; at < own; at++) *at = none;
    memcpy(own, labels, s->n * sizeof *own);
}

nb_status nb_sampler_create(nb_model *model, const nb_schedule *schedule, nb_rng *rng,
                            const nb_sample_config *config, const float *x_T, nb_sampler **out, nb_error *err)
{
    const int T = nb_schedule_T(schedule);
    const nb_status status = check(model, T, rng, config, x_T, err);
    if (status != NB_OK) return status;
    const size_t dim = nb_model_sample_size(model);
    if (config->n > SIZE_MAX / 8 / dim) return nb_fail_memory(err, SIZE_MAX);
    nb_sampler *s = malloc(sizeof *s);
    if (s == NULL) return nb_fail_memory(err, sizeof *s);
    const double w = config->guidance_scale;
    /* At 0 and at 1 one of the two predictions is enough. */
    const bool labelled = config->labels && !(config->guided && w == 0.0);
    *s = (nb_sampler){.model = model,
                      .schedule = schedule,
                      .rng = rng,
                      .method = config->method,
                      .variance = config->variance,
                      .eta = config->eta,
                      .guidance_scale = w,
                      .clip_x0 = config->clip_x0,
                      .both = config->guided && w != 0.0 && w != 1.0,
                      .n = config->n,
                      .dim = dim,
                      .steps = config->steps ? config->steps : T};
    take_memory(s, labelled);
    const size_t bytes = s->arena.used;
    if (!nb_arena_alloc(&s->arena)) {
        free(s);
        return nb_fail_memory(err, bytes);
    }
    take_memory(s, labelled);
    if (config->timesteps)
        memcpy(s->timesteps, config->timesteps, (size_t)s->steps * sizeof *s->timesteps);
    else
        fill_timesteps(s->timesteps, s->steps, T);
    if (labelled) fill_labels(s, config->labels);
    if (x_T)
        memcpy(s->x, x_T, s->n * dim * sizeof *x_T);
    else
        nb_torch_randn(rng, s->n * dim, s->x);
    memcpy(s->x0, s->x, s->n * dim * sizeof *s->x);
    *out = s;
    return NB_OK;
}

void nb_sampler_destroy(nb_sampler *sampler)
{
    if (sampler == NULL) return;
    nb_arena_free(&sampler->arena);
    free(sampler);
}

int nb_sampler_t(const nb_sampler *s) { return s->next < s->steps ? s->timesteps[s->next] : -1; }
const float *nb_sampler_x(const nb_sampler *s) { return s->x; }
const float *nb_sampler_x0(const nb_sampler *s) { return s->x0; }

/* ---- A step ---------------------------------------------------------------------------------------------- */

static nb_transition transition(const nb_schedule *s, int t, int t_prev)
{
    const float *signal = nb_schedule_table(s, NB_SQRT_ALPHA_BAR);
    const float *noise = nb_schedule_table(s, NB_SQRT_ONE_MINUS_ALPHA_BAR);
    nb_transition step = {t,
                          t_prev,
                          signal[t],
                          noise[t],
                          t_prev >= 0 ? signal[t_prev] : 1.0F,
                          t_prev >= 0 ? noise[t_prev] : 0.0F,
                          nb_schedule_table(s, NB_ALPHA)[t],
                          nb_schedule_table(s, NB_BETA)[t],
                          nb_schedule_table(s, NB_POSTERIOR_VARIANCE)[t]};
    if (t_prev != t - 1) { /* a step over several timesteps */
        const double bar = (double)nb_schedule_table(s, NB_ALPHA_BAR)[t];
        const double bar_prev = t_prev >= 0 ? (double)nb_schedule_table(s, NB_ALPHA_BAR)[t_prev] : 1.0;
        step.alpha = (float)(bar / bar_prev);
        step.beta = (float)(1.0 - bar / bar_prev);
        step.posterior_variance = (float)((1.0 - bar / bar_prev) * (1.0 - bar_prev) / (1.0 - bar));
    }
    return step;
}

/* eps of all samples at t, by one forward pass. */
static nb_status predict(nb_sampler *s, int t, nb_error *err)
{
    const size_t values = s->n * s->dim;
    const float unit = nb_model_takes_fraction(s->model) ? (float)nb_schedule_T(s->schedule) : 1.0F;
    const float time = (float)t / unit;
    for (size_t i = 0; i < rows(s); i++) s->time[i] = time;
    if (s->both) memcpy(s->x + values, s->x, values * sizeof *s->x);
    const nb_status status = nb_model_predict(s->model, rows(s), s->x, s->time, s->labels, s->eps, err);
    if (status == NB_OK && s->both)
        nb_guide(values, (float)s->guidance_scale, s->eps, s->eps + values, s->eps);
    return status;
}

/* x_0 from x and eps. Where it is clipped, eps becomes what leads from there to x. False if an x_0 is not finite. */
static bool predict_x0(nb_sampler *s, const nb_transition *step)
{
    const float inverse = 1.0F / step->signal;
    bool finite = true;
    for (size_t i = 0; i < s->n * s->dim; i++) {
        const float x0 = (s->x[i] - step->noise * s->eps[i]) * inverse;
        finite = finite && isfinite(x0);
        s->x0[i] = x0;
        if (!s->clip_x0 || (x0 >= -1.0F && x0 <= 1.0F)) continue;
        s->x0[i] = x0 > 1.0F ? 1.0F : -1.0F;
        s->eps[i] = (s->x[i] - step->signal * s->x0[i]) / step->noise;
    }
    return finite;
}

static bool all_finite(const float *x, size_t count)
{
    bool finite = true;
    for (size_t i = 0; i < count; i++) finite = finite && isfinite(x[i]);
    return finite;
}

void nb_sampler_remember(nb_sampler *s, const float *values)
{
    int last = 0;
    while (last + 1 < NB_SAMPLER_PAST && s->past[last + 1]) last++;
    float *oldest = s->past[last];
    for (int k = last; k > 0; k--) s->past[k] = s->past[k - 1];
    s->past[0] = oldest;
    memcpy(oldest, values, s->n * s->dim * sizeof *values);
    if (s->past_count <= last) s->past_count++;
}

/* Variance 0 and eta 0 have no use for the noise; yet runs that differ in these share their draws. */
static void draw_noise(nb_sampler *s, size_t values)
{
    const bool ddpm = s->method == NB_DDPM, ddim = s->method == NB_DDIM;
    if ((ddpm && s->variance != NB_VARIANCE_ZERO) || (ddim && s->eta > 0.0))
        nb_torch_randn(s->rng, values, s->z);
    else if (ddpm || ddim)
        nb_torch_skip_randn(s->rng, values);
}

nb_status nb_sampler_step(nb_sampler *s, nb_error *err)
{
    if (s->next == s->steps) return nb_fail(err, NB_ERR_ARGUMENT, "this sampler has reached x_0 already");
    const int t = s->timesteps[s->next], t_prev = s->next + 1 < s->steps ? s->timesteps[s->next + 1] : -1;
    const nb_transition step = transition(s->schedule, t, t_prev);
    const size_t values = s->n * s->dim;
    const nb_status status = predict(s, t, err);
    if (status != NB_OK) return status;
    bool finite = predict_x0(s, &step);
    if (finite && t_prev >= 0 && s->rng) draw_noise(s, values);
    if (finite && (s->method == NB_DDPM || t_prev >= 0))
        updates[s->method](s, &step);
    else if (finite) /* without noise left, every other method ends at the predicted x_0 */
        memcpy(s->x, s->x0, values * sizeof *s->x);
    if (!finite || !all_finite(s->x, values))
        return nb_fail(
            err, NB_ERR_NONFINITE,
            "a sample is not finite at t = %d: the model's prediction has grown out of range; train it "
            "further, or with a smaller learning rate",
            t);
    s->next++;
    return NB_OK;
}
