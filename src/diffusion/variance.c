/* variance.c - how much noise DDPM puts back at a step: the choices by number and by name.
 *
 * Ho et al. 2020, section 3.2: beta is the best for x_0 ~ N(0, I), the posterior variance for a single x_0. */
#include "base/names.h"
#include "diffusion/sampler.h"

static float posterior(const nb_transition *step) { return step->posterior_variance; }
static float beta(const nb_transition *step) { return step->beta; }

static const nb_noising variances[NB_VARIANCES] = {
    [NB_VARIANCE_POSTERIOR] = {{"posterior", "beta_t (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t)"}, posterior},
    [NB_VARIANCE_BETA] = {{"beta", "beta_t"}, beta},
    [NB_VARIANCE_ZERO] = {{"zero", "0"}, NULL},
};

static const char *name_at(size_t index) { return index < NB_VARIANCES ? variances[index].info.name : NULL; }

nb_status nb_noising_find(nb_variance variance, const nb_noising **out, nb_error *err)
{
    const nb_status status = nb_name_check("variance", name_at, (int)variance, err);
    if (status == NB_OK) *out = &variances[variance];
    return status;
}

const nb_variance_info *nb_variance_describe(nb_variance variance)
{
    return (int)variance >= 0 && (int)variance < NB_VARIANCES ? &variances[variance].info : NULL;
}

const char *nb_variance_name(nb_variance variance)
{
    return (int)variance >= 0 ? name_at((size_t)variance) : NULL;
}

nb_status nb_variance_find(const char *name, nb_variance *out, nb_error *err)
{
    size_t found;
    const nb_status status = nb_name_find("variance", name_at, name, &found, err);
    if (status == NB_OK) *out = (nb_variance)found;
    return status;
}
