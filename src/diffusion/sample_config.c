/* sample_config.c - what a sampler may be asked for, and what follows from it. */
#include "base/error.h"
#include "diffusion/objective.h"
#include "diffusion/sampler.h"
#include "models/training.h"

#include <math.h>
#include <stdio.h>

enum { FLOW_STEPS = 100, MOST_FLOW_STEPS = 100000 };

static nb_status check_numbers(const nb_sample_config *c, int steps, int T, nb_error *err)
{
    if (c->n < 1 || c->n > NB_MAX_POINTS)
        return nb_fail(err, NB_ERR_ARGUMENT, "%zu samples: it takes 1 to %zu", c->n, NB_MAX_POINTS);
    if (T == 0 && (steps < 1 || steps > MOST_FLOW_STEPS))
        return nb_fail(err, NB_ERR_ARGUMENT, "%d sampling steps: of a flow it takes 1 to %d", steps,
                       MOST_FLOW_STEPS);
    if (T > 0 && (steps < 1 || steps > T))
        return nb_fail(err, NB_ERR_ARGUMENT, "%d sampling steps: with T = %d it takes 1 to %d", steps, T, T);
    if (!(c->eta >= 0.0 && c->eta <= 1.0))
        return nb_fail(err, NB_ERR_ARGUMENT, "eta = %g: it takes 0 (deterministic) to 1 (as DDPM)", c->eta);
    if (!isfinite(c->guidance_scale))
        return nb_fail(err, NB_ERR_ARGUMENT, "guidance scale %g: it takes a finite number",
                       c->guidance_scale);
    return NB_OK;
}

static bool rises(const int *list, int steps) { return list && steps > 1 && list[1] > list[0]; }

static nb_status check_start(int start, bool x_T, int T, nb_error *err)
{
    if (start == T - 1 || (x_T && start >= 0 && start < T)) return NB_OK;
    if (x_T)
        return nb_fail(err, NB_ERR_ARGUMENT, "the timesteps start at %d: with T = %d they are 0 to %d", start,
                       T, T - 1);
    return nb_fail(err, NB_ERR_ARGUMENT,
                   "the timesteps start at %d: without x_T they start at T - 1 = %d, where x is noise", start,
                   T - 1);
}

static nb_status check_timesteps(const int *list, int steps, bool x_T, int T, nb_error *err)
{
    if (list == NULL) return NB_OK;
    const nb_status status = check_start(list[0], x_T, T, err);
    if (status != NB_OK) return status;
    const bool rise = rises(list, steps);
    for (int i = 1; i < steps; i++) {
        if (rise ? list[i] > list[i - 1] && list[i] < T : list[i] < list[i - 1] && list[i] >= 0) continue;
        return nb_fail(err, NB_ERR_ARGUMENT, "timestep %d after %d: they must %s", list[i], list[i - 1],
                       rise ? "go on rising, and end at T - 1 or below" : "fall, and end at 0 or above");
    }
    return NB_OK;
}

/* Only without chance does the way lead back to where it came from. */
static nb_status check_rising(const nb_sampler *s, nb_error *err)
{
    if (!s->rises) return NB_OK;
    if (s->method->info.inverts && s->eta == 0.0) return NB_OK;
    int k = 0;
    while (!nb_method_describe((nb_method)k)->inverts) k++;
    return nb_fail(err, NB_ERR_ARGUMENT, "rising timesteps for %s%s: only %s with eta = 0 takes them",
                   s->method->info.name, s->eta > 0.0 ? " with noise" : "", nb_method_name((nb_method)k));
}

static nb_status check_times(const float *list, int steps, nb_error *err)
{
    for (int i = 0; list && i <= steps; i++) {
        if (!(list[i] >= 0.0F && list[i] <= 1.0F))
            return nb_fail(err, NB_ERR_ARGUMENT, "times[%d] = %g: a flow's times are 0 to 1", i,
                           (double)list[i]);
        if (i > 0 && (list[i] == list[i - 1] || (list[i] < list[i - 1]) != (list[1] < list[0])))
            return nb_fail(err, NB_ERR_ARGUMENT, "time %g after %g: they must all fall, or all rise",
                           (double)list[i], (double)list[i - 1]);
    }
    return NB_OK;
}

/* Timesteps or times, whichever are the method's. */
static nb_status check_list(const nb_sampler *s, const nb_sample_config *c, bool x_T, nb_error *err)
{
    const char *name = s->method->info.name;
    if (!s->method->info.flow) {
        if (c->times == NULL)
            return check_timesteps(c->timesteps, s->steps, x_T, nb_schedule_T(s->schedule), err);
        return nb_fail(err, NB_ERR_ARGUMENT, "times for %s: they are a flow's; it takes timesteps", name);
    }
    if (c->times && c->steps == 0)
        return nb_fail(err, NB_ERR_ARGUMENT, "times without steps: one more than steps");
    if (c->timesteps == NULL) return check_times(c->times, s->steps, err);
    return nb_fail(err, NB_ERR_ARGUMENT, "timesteps for %s: a flow has none; it takes times, from 1 to 0",
                   name);
}

static nb_status check_inputs(const nb_model *model, const nb_sample_config *c, nb_error *err)
{
    const nb_status denoises = nb_model_check_denoiser(model, err);
    if (denoises != NB_OK) return denoises;
    if (nb_model_classes(model) == 0 && c->guided)
        return nb_fail(err, NB_ERR_ARGUMENT, "guidance for a model without classes");
    if (c->guided && c->labels == NULL)
        return nb_fail(err, NB_ERR_ARGUMENT, "guidance takes labels: the class of each sample");
    const nb_status status = nb_model_check_labels(model, c->n, c->labels, true, err);
    return status == NB_OK ? nb_model_check_kept_cond(model, c->n, c->cond, err) : status;
}

/* ---- The method's own options ---------------------------------------------------------------------------- */

static bool takes_eta(const nb_method_info *info) { return info->takes_eta; }
static bool takes_variance(const nb_method_info *info) { return info->takes_variance; }

/* The first method that takes an option which this one does not. */
static const char *taker(bool (*takes)(const nb_method_info *))
{
    int k = 0;
    while (!takes(nb_method_describe((nb_method)k))) k++;
    return nb_method_name((nb_method)k);
}

static nb_status set_method(nb_sampler *s, const nb_sample_config *c, nb_error *err)
{
    nb_status status = nb_sampling_find(c->method, &s->method, err);
    if (status == NB_OK) status = nb_noising_find(c->variance, &s->variance, err);
    if (status != NB_OK) return status;
    const nb_method_info *info = &s->method->info;
    if (c->eta != 0.0 && !info->takes_eta)
        return nb_fail(err, NB_ERR_ARGUMENT, "eta = %g for %s: it is an option of %s", c->eta, info->name,
                       taker(takes_eta));
    if (c->variance != (nb_variance)0 && !info->takes_variance)
        return nb_fail(err, NB_ERR_ARGUMENT, "variance %s for %s: it is an option of %s",
                       s->variance->info.name, info->name, taker(takes_variance));
    s->eta = c->eta;
    return NB_OK;
}

/* Names of the methods that flows take, or of the others, for a message. */
static void list_methods(bool flow, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (int k = 0; nb_method_describe((nb_method)k); k++) {
        const nb_method_info *info = nb_method_describe((nb_method)k);
        if (info->flow == flow && used < size)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? ", " : "", info->name);
    }
}

/* Whether the method can use what the network predicts. */
static nb_status check_objective(const nb_sampler *s, nb_error *err)
{
    const nb_objective objective = s->model->training.objective;
    const bool flow = objective == NB_OBJECTIVE_FLOW;
    const nb_method_info *info = &s->method->info;
    if (info->flow == flow) return nb_objective_check_schedule(objective, s->schedule, err);
    char names[80];
    list_methods(flow, names, sizeof names);
    if (flow)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "%s for a network that predicts a flow's velocity: it is sampled by %s", info->name,
                       names);
    return nb_fail(
        err, NB_ERR_ARGUMENT,
        "%s for a network that predicts %s: it takes one trained with the objective flow; this one "
        "is sampled by %s",
        info->name, nb_objective_name(objective), names);
}

/* ---- Clipping ---------------------------------------------------------------------------------------------- */

static nb_status set_clip(nb_sampler *s, const nb_sample_config *c, nb_error *err)
{
    const nb_training known = nb_model_get_training(s->model);
    s->clip_low = known.data_min;
    s->clip_high = known.data_max;
    switch (c->clip) {
    case NB_CLIP_AUTO:
        s->clips = s->method->info.clips && known.has_range;
        return NB_OK;
    case NB_CLIP_OFF:
        return NB_OK;
    case NB_CLIP_DATA:
        s->clips = known.has_range;
        if (s->clips) return NB_OK;
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "clipping to the data's range: these weights do not say what it was; give the range");
    case NB_CLIP_RANGE:
        if (!isfinite(c->clip_low) || !isfinite(c->clip_high) || !(c->clip_low < c->clip_high))
            return nb_fail(err, NB_ERR_ARGUMENT,
                           "clipping to %g to %g: it takes two finite numbers, low < high",
                           (double)c->clip_low, (double)c->clip_high);
        s->clips = true;
        s->clip_low = c->clip_low;
        s->clip_high = c->clip_high;
        return NB_OK;
    }
    return nb_fail(err, NB_ERR_ARGUMENT, "%d is no way to clip: auto is 0, off 1, data 2, range 3",
                   (int)c->clip);
}

/* Whether x_0 can be told from what the model predicts at the first timestep of a list that falls: only T-1 may lack a signal. */
static nb_status check_signal(const nb_sampler *s, const nb_sample_config *c, nb_error *err)
{
    const int last = nb_schedule_T(s->schedule) - 1, first = c->timesteps ? c->timesteps[0] : last;
    if (last < 0 || s->rises || first < last) return NB_OK;
    const bool blind = nb_schedule_table(s->schedule, NB_ALPHA_BAR)[last] == 0.0F;
    if (!blind || nb_model_get_training(s->model).objective != NB_OBJECTIVE_EPS) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT,
                   "this schedule leaves no signal at t = %d (alpha_bar is 0), where predicted noise says "
                   "nothing of x_0: it takes a model trained to predict x0 or v",
                   last);
}

/* ---- All of it --------------------------------------------------------------------------------------------- */

nb_status nb_sampler_configure(nb_sampler *s, const nb_sample_config *c, bool x_T, nb_error *err)
{
    const int T = nb_schedule_T(s->schedule);
    s->n = c->n;
    s->dim = nb_model_sample_size(s->model);
    s->cond_size = nb_model_cond_size(s->model);
    s->steps = c->steps ? c->steps : T ? T : FLOW_STEPS;
    s->guidance_scale = c->guidance_scale;
    /* At 0 and at 1 one of the two predictions is enough. */
    s->both = c->guided && c->guidance_scale != 0.0 && c->guidance_scale != 1.0;
    s->labelled = c->labels && !(c->guided && c->guidance_scale == 0.0);
    nb_status status = set_method(s, c, err);
    if (status == NB_OK) status = check_objective(s, err);
    if (status == NB_OK) status = check_numbers(c, s->steps, T, err);
    if (status == NB_OK) status = check_list(s, c, x_T, err);
    s->rises = rises(c->timesteps, s->steps);
    if (status == NB_OK) status = check_rising(s, err);
    if (status == NB_OK) status = check_inputs(s->model, c, err);
    if (status == NB_OK) status = set_clip(s, c, err);
    if (status == NB_OK) status = check_signal(s, c, err);
    if (status == NB_OK && T > 0 && !c->any_schedule) status = nb_training_check(s->model, s->schedule, err);
    if (status != NB_OK) return status;
    const bool noisy = s->method->noisy && s->method->noisy(s);
    if (s->rng || (x_T && !noisy)) return NB_OK;
    return nb_fail(
        err, NB_ERR_ARGUMENT,
        "a sampler without a generator needs x_T and a method that adds no noise (for DDPM variance "
        "zero, for DDIM eta 0)");
}
