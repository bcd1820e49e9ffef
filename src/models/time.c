/* time.c - t as a model takes it: the timestep, or the fraction t / T. */
#include "models/model.h"

#include "base/error.h"

static const int most_timestep = 99999; /* the last one of the longest schedule */
static const float flow_unit = 1000.0F; /* what a network that takes timesteps has in place of a flow's 1 */

nb_status nb_model_times(const nb_model *model, int T, size_t n, const int32_t *timesteps, float *out,
                         nb_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (timesteps[i] < 0 || timesteps[i] >= T)
            return nb_fail(err, NB_ERR_ARGUMENT, "t[%zu] = %d: timesteps are 0 to %d", i, (int)timesteps[i],
                           T - 1);
    }
    const float unit = nb_model_takes_fraction(model) ? (float)T : 1.0F;
    for (size_t i = 0; i < n; i++) out[i] = (float)timesteps[i] / unit;
    return NB_OK;
}

float nb_model_flow_time(const nb_model *model, float t)
{
    return nb_model_takes_fraction(model) ? t : flow_unit * t;
}

nb_status nb_model_check_times(const nb_model *model, size_t n, const float *t, nb_error *err)
{
    const bool fraction = nb_model_takes_fraction(model);
    if (!nb_model_takes_t(model)) return NB_OK;
    if (t == NULL && n > 0) return nb_fail(err, NB_ERR_ARGUMENT, "this network takes t: none is given");
    const float most = fraction ? 1.0F : (float)most_timestep;
    for (size_t i = 0; i < n; i++) {
        if (t[i] >= 0.0F && t[i] <= most) continue;
        const char *kind = nb_model_kind_name(model->config.kind);
        if (fraction)
            return nb_fail(err, NB_ERR_ARGUMENT,
                           "t[%zu] = %g: a %s takes t / T, from 0 to 1; divide the timestep by T", i,
                           (double)t[i], kind);
        return nb_fail(err, NB_ERR_ARGUMENT, "t[%zu] = %g: a %s takes the timestep, from 0 to %d", i,
                       (double)t[i], kind, most_timestep);
    }
    return NB_OK;
}
