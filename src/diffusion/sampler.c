/* sampler.c - from noise to samples: the loop that every method shares.
 *
 *   for t, t_prev in the list of timesteps:
 *       eps = model(x, t), guided, or what follows from what else it predicts;  x_0 = (x - sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_bar_t), eq. 15 of DDPM
 *       x = the method's update (ddpm.c, ddim.c, dpm_solver.c, plms.c)
 *
 * and of a flow the same over times, with v = model(x, t), x_0 = x - t v (euler.c, heun.c). */
#include "diffusion/sampler.h"

#include "base/error.h"
#include "diffusion/objective.h"
#include "models/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Life ------------------------------------------------------------------------------------------------ */

static size_t rows(const nb_sampler *s) { return s->both ? 2 * s->n : s->n; }

static void take_memory(nb_arena *a, void *sampler)
{
    nb_sampler *s = sampler;
    const size_t values = nb_mul(s->n, s->dim), all = nb_mul(rows(s), s->dim);
    if (s->schedule)
        s->timesteps = nb_arena_take(a, (size_t)s->steps, sizeof(int));
    else
        s->times = nb_arena_take(a, (size_t)s->steps + 1, sizeof(double));
    if (s->labelled) s->labels = nb_arena_take(a, rows(s), sizeof(int32_t));
    if (s->cond_size > 0) s->cond = nb_arena_take(a, nb_mul(rows(s), s->cond_size), sizeof(float));
    s->x = nb_arena_take(a, all, sizeof(float));
    s->eps = nb_arena_take(a, all, sizeof(float));
    s->x0 = nb_arena_take(a, values, sizeof(float));
    s->z = nb_arena_take(a, values, sizeof(float));
    s->time = nb_arena_take(a, rows(s), sizeof(float));
    for (int k = 0; k < s->method->info.looks_back; k++) s->past[k] = nb_arena_take(a, values, sizeof(float));
}

/* Even from T-1 to 0, rounded to the nearest; one step is the list {T-1}. */
static void fill_timesteps(int *list, int steps, int T)
{
    for (int i = 0; i < steps; i++) {
        const int64_t left = (int64_t)(T - 1) * (steps - 1 - i), gaps = steps > 1 ? steps - 1 : 1;
        list[i] = steps > 1 ? (int)((2 * left + gaps) / (2 * gaps)) : T - 1;
    }
}

/* The list of the configuration, or an even one. */
static void fill_list(nb_sampler *s, const nb_sample_config *config)
{
    if (s->times) {
        for (int i = 0; i <= s->steps; i++)
            s->times[i] = config->times ? (double)config->times[i] : (double)(s->steps - i) / s->steps;
        return;
    }
    if (config->timesteps)
        memcpy(s->timesteps, config->timesteps, (size_t)s->steps * sizeof *s->timesteps);
    else
        fill_timesteps(s->timesteps, s->steps, nb_schedule_T(s->schedule));
}

/* Labels of the rows of a forward pass: the samples' own, after n rows of no class if there are both. */
static void fill_labels(nb_sampler *s, const int32_t *labels)
{
    const int32_t none = nb_model_classes(s->model);
    int32_t *own = s->labels + (rows(s) - s->n);
    for (int32_t *at = s->labels; at < own; at++) *at = none;
    memcpy(own, labels, s->n * sizeof *own);
}

/* Further inputs likewise: both halves have them. */
static void fill_cond(nb_sampler *s, const float *cond)
{
    const size_t count = s->n * s->cond_size;
    memcpy(s->cond, cond, count * sizeof *cond);
    if (s->both) memcpy(s->cond + count, cond, count * sizeof *cond);
}

nb_status nb_sampler_create(nb_model *model, const nb_schedule *schedule, nb_rng *rng,
                            const nb_sample_config *config, const float *x_T, nb_sampler **out, nb_error *err)
{
    nb_sampler asked = {.model = model, .schedule = schedule, .rng = rng};
    nb_status status = nb_sampler_configure(&asked, config, x_T != NULL, err);
    if (status != NB_OK) return status;
    nb_sampler *s = malloc(sizeof *s);
    if (s == NULL) return nb_fail_memory(err, sizeof *s);
    *s = asked;
    status = nb_arena_fill(&s->arena, take_memory, s, err);
    if (status != NB_OK) {
        free(s);
        return status;
    }
    fill_list(s, config);
    if (s->labelled) fill_labels(s, config->labels);
    if (s->cond_size > 0) fill_cond(s, config->cond);
    const size_t values = s->n * s->dim;
    if (x_T)
        memcpy(s->x, x_T, values * sizeof *x_T);
    else
        nb_torch_randn(rng, values, s->x);
    memcpy(s->x0, s->x, values * sizeof *s->x);
    *out = s;
    return NB_OK;
}

void nb_sampler_destroy(nb_sampler *sampler)
{
    if (sampler == NULL) return;
    nb_arena_free(&sampler->arena);
    free(sampler);
}

/* Down the list the last step goes to x_0, up the list there is none after its last timestep. */
static int steps_of(const nb_sampler *s) { return s->rises ? s->steps - 1 : s->steps; }

int nb_sampler_t(const nb_sampler *s)
{
    return s->next >= steps_of(s) ? -1 : s->times ? s->steps - s->next - 1 : s->timesteps[s->next];
}

double nb_sampler_time(const nb_sampler *s)
{
    if (s->times) return s->times[s->next];
    return s->next < s->steps ? (double)s->timesteps[s->next] / nb_schedule_T(s->schedule) : 0.0;
}

size_t nb_sampler_size(const nb_sampler *s) { return s->n * s->dim; }
const float *nb_sampler_x(const nb_sampler *s) { return s->x; }
const float *nb_sampler_x0(const nb_sampler *s) { return s->x0; }

bool nb_sampler_clips(const nb_sampler *s, float *low, float *high)
{
    if (!s->clips) return false;
    *low = s->clip_low;
    *high = s->clip_high;
    return true;
}

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
                          nb_schedule_table(s, NB_POSTERIOR_VARIANCE)[t],
                          0.0,
                          0.0};
    if (t_prev != t - 1) { /* a step over several timesteps */
        const double bar = (double)nb_schedule_table(s, NB_ALPHA_BAR)[t];
        const double bar_prev = t_prev >= 0 ? (double)nb_schedule_table(s, NB_ALPHA_BAR)[t_prev] : 1.0;
        step.alpha = (float)(bar / bar_prev);
        step.beta = (float)(1.0 - bar / bar_prev);
        step.posterior_variance = (float)((1.0 - bar / bar_prev) * (1.0 - bar_prev) / (1.0 - bar));
    }
    return step;
}

static nb_transition transition_of_flow(double from, double to)
{
    const nb_level now = nb_level_of_flow(from), then = nb_level_of_flow(to);
    return (nb_transition){.signal = now.signal,
                           .noise = now.noise,
                           .signal_prev = then.signal,
                           .noise_prev = then.noise,
                           .time = from,
                           .time_next = to};
}

/* eps, or a flow's velocity, of all samples at time[0], by one forward pass. */
static nb_status predict(nb_sampler *s, const nb_beside *beside, nb_error *err)
{
    const size_t values = s->n * s->dim;
    for (size_t i = 1; i < rows(s); i++) s->time[i] = s->time[0];
    if (s->both) memcpy(s->x + values, s->x, values * sizeof *s->x);
    const nb_inputs in = {s->x, s->time, s->labels, s->cond};
    const nb_status status = nb_model_check_inputs(s->model, rows(s), &in, err);
    if (status != NB_OK) return status;
    nb_graph_predict(&s->model->graph, rows(s), &in, s->eps, beside);
    if (s->both) nb_guide(values, (float)s->guidance_scale, s->eps, s->eps + values, s->eps);
    return NB_OK;
}

/* eps, or a flow's velocity, and x_0 from x and the prediction at this level. Where x_0 is clipped, eps becomes what leads from there to x. False if an
 * x_0 is not finite. */
static bool predict_x0(nb_sampler *s, const nb_level at)
{
    /* x = signal x_0 + noise eps; of a flow x = x_0 + noise v */
    const float signal = s->times ? 1.0F : at.signal;
    nb_objective_split(s->model->training.objective, &at, s->n * s->dim, s->x, s->eps, s->x0);
    bool finite = true;
    for (size_t i = 0; i < s->n * s->dim; i++) {
        const float x0 = s->x0[i];
        finite = finite && isfinite(x0);
        if (!s->clips || (x0 >= s->clip_low && x0 <= s->clip_high)) continue;
        s->x0[i] = x0 > s->clip_high ? s->clip_high : s->clip_low;
        if (at.noise > 0.0F) s->eps[i] = (s->x[i] - signal * s->x0[i]) / at.noise;
    }
    return finite;
}

static bool all_finite(const float *x, size_t count)
{
    bool finite = true;
    for (size_t i = 0; i < count; i++) finite = finite && isfinite(x[i]);
    return finite;
}

/* Variance 0 and eta 0 have no use for the noise; yet runs that differ in these share their draws. */
static void draw_noise(void *sampler)
{
    nb_sampler *s = sampler;
    const size_t values = s->n * s->dim;
    if (s->method->noisy(s))
        nb_torch_randn(s->rng, values, s->z);
    else
        nb_torch_skip_randn(s->rng, values);
}

static nb_status fail_nonfinite(const char *what, double t, nb_error *err)
{
    return nb_fail(
        err, NB_ERR_NONFINITE,
        "a sample is not finite at %s = %g: the model's prediction has grown out of range; train it "
        "further, or with a smaller learning rate",
        what, t);
}

static nb_status step_of_flow(nb_sampler *s, nb_error *err)
{
    const nb_transition step = transition_of_flow(s->times[s->next], s->times[s->next + 1]);
    const double at[] = {step.time, step.time_next};
    nb_sampler_update *const parts[] = {s->method->update, s->method->correct};
    bool finite = true;
    for (int k = 0; k < 2 && parts[k] && finite; k++) {
        s->time[0] = nb_model_flow_time(s->model, (float)at[k]);
        const nb_status status = predict(s, NULL, err);
        if (status != NB_OK) return status;
        finite = predict_x0(s, nb_level_of_flow(at[k]));
        if (finite) parts[k](s, &step);
    }
    if (!finite || !all_finite(s->x, s->n * s->dim)) return fail_nonfinite("time", step.time, err);
    s->next++;
    return NB_OK;
}

nb_status nb_sampler_step(nb_sampler *s, nb_error *err)
{
    if (s->next == steps_of(s))
        return nb_fail(err, NB_ERR_ARGUMENT, "this sampler has reached %s already",
                       s->rises ? "its last timestep" : "x_0");
    if (s->times) return step_of_flow(s, err);
    const int t = s->timesteps[s->next], t_prev = s->next + 1 < s->steps ? s->timesteps[s->next + 1] : -1;
    const nb_transition step = transition(s->schedule, t, t_prev);
    const size_t values = s->n * s->dim;
    const bool draws = s->method->info.draws && t_prev >= 0 && s->rng;
    nb_model_times(s->model, nb_schedule_T(s->schedule), 1, &(int32_t){t}, s->time, NULL); /* t is in range */
    const nb_status status = predict(s, draws ? &(nb_beside){draw_noise, s} : NULL, err);
    if (status != NB_OK) return status;
    bool finite = predict_x0(s, (nb_level){step.signal, step.noise});
    if (finite && (s->method->last || t_prev >= 0))
        s->method->update(s, &step);
    else if (finite) /* without noise left, most methods end at the predicted x_0 */
        memcpy(s->x, s->x0, values * sizeof *s->x);
    if (!finite || !all_finite(s->x, values)) return fail_nonfinite("t", t, err);
    s->next++;
    return NB_OK;
}
