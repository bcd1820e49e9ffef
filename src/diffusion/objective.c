/* objective.c - what a network predicts: the noise, the data, v, or a flow's velocity. */
#include "diffusion/objective.h"

#include "base/error.h"
#include "base/names.h"
#include "diffusion/schedule.h"

static const char *const names[NB_OBJECTIVES] = {"eps", "x0", "v", "flow"};

static const char *name_at(size_t index) { return index < NB_OBJECTIVES ? names[index] : NULL; }

const char *nb_objective_name(nb_objective objective)
{
    return (int)objective >= 0 ? name_at((size_t)objective) : NULL;
}

nb_status nb_objective_find(const char *name, nb_objective *out, nb_error *err)
{
    size_t found;
    const nb_status status = nb_name_find("objective", name_at, name, &found, err);
    if (status == NB_OK) *out = (nb_objective)found;
    return status;
}

nb_status nb_objective_check(nb_objective objective, nb_error *err)
{
    return nb_name_check("objective", name_at, (int)objective, err);
}

nb_status nb_objective_check_schedule(nb_objective objective, const nb_schedule *schedule, nb_error *err)
{
    const bool flow = objective == NB_OBJECTIVE_FLOW;
    if (flow == (schedule == NULL)) return NB_OK;
    if (flow)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "a schedule for the objective flow: its x_t = (1 - t) x_0 + t eps has none");
    return nb_fail(err, NB_ERR_ARGUMENT,
                   "no schedule for the objective %s: only that of flow does without one",
                   nb_objective_name(objective));
}

nb_level nb_level_of(const nb_schedule *s, int t)
{
    return (nb_level){nb_schedule_table(s, NB_SQRT_ALPHA_BAR)[t],
                      nb_schedule_table(s, NB_SQRT_ONE_MINUS_ALPHA_BAR)[t]};
}

static void set_target(nb_objective objective, nb_level at, size_t d, const float *x_0, const float *eps,
                       float *out)
{
    for (size_t i = 0; i < d; i++)
        out[i] = objective == NB_OBJECTIVE_X0  ? x_0[i]
                 : objective == NB_OBJECTIVE_V ? at.signal * eps[i] - at.noise * x_0[i]
                                               : eps[i];
}

nb_status nb_objective_target(const nb_schedule *s, nb_objective objective, size_t n, size_t d,
                              const float *x_0, const int32_t *t, const float *eps, float *out, nb_error *err)
{
    const int T = nb_schedule_T(s);
    nb_status status = nb_objective_check(objective, err);
    if (status == NB_OK) status = nb_objective_check_schedule(objective, s, err);
    if (status != NB_OK) return status;
    for (size_t i = 0; i < n; i++) {
        if (t[i] < 0 || t[i] >= T)
            return nb_fail(err, NB_ERR_ARGUMENT, "t[%zu] = %d: timesteps are 0 to %d", i, (int)t[i], T - 1);
    }
    for (size_t i = 0; i < n; i++)
        set_target(objective, nb_level_of(s, t[i]), d, x_0 + i * d, eps + i * d, out + i * d);
    return NB_OK;
}

void nb_objective_to_eps(nb_objective objective, const nb_level *at, size_t count, const float *x,
                         float *prediction)
{
    if (objective == NB_OBJECTIVE_V) {
        for (size_t i = 0; i < count; i++) prediction[i] = at->noise * x[i] + at->signal * prediction[i];
    } else if (objective == NB_OBJECTIVE_FLOW) {
        for (size_t i = 0; i < count; i++) prediction[i] = x[i] + at->signal * prediction[i];
    } else if (objective == NB_OBJECTIVE_X0) {
        const float inverse = 1.0F / at->noise;
        for (size_t i = 0; i < count; i++) prediction[i] = (x[i] - at->signal * prediction[i]) * inverse;
    }
}

void nb_objective_split(nb_objective objective, const nb_level *at, size_t count, const float *x,
                        float *prediction, float *x0)
{
    if (objective == NB_OBJECTIVE_FLOW) {
        for (size_t i = 0; i < count; i++) x0[i] = x[i] - at->noise * prediction[i];
        return;
    }
    const float inverse = 1.0F / at->signal;
    for (size_t i = 0; i < count; i++)
        x0[i] = objective == NB_OBJECTIVE_X0  ? prediction[i]
                : objective == NB_OBJECTIVE_V ? at->signal * x[i] - at->noise * prediction[i]
                                              : (x[i] - at->noise * prediction[i]) * inverse;
    nb_objective_to_eps(objective, at, count, x, prediction);
}
