/* ddpm.c - DDPM algorithm 2 (Ho et al. 2020), over any list of timesteps.
 *
 *   mean = 1/sqrt(alpha) (x_t - beta / sqrt(1 - alpha_bar_t) eps_theta(x_t, t))
 *   x_{t_prev} = mean + sqrt(variance) z,  z ~ N(0, I);  nothing is added at the last step
 *
 * Between t and t_prev the step's own alpha is alpha_bar_t / alpha_bar_{t_prev}; with every timestep in the
 * list that is the schedule's alpha_t. */
#include "diffusion/sampler.h"

#include <math.h>

void nb_ddpm_update(nb_sampler *s, const nb_transition *step)
{
    const bool noisy = step->t_prev >= 0 && s->variance != NB_VARIANCE_ZERO;
    const float variance = s->variance == NB_VARIANCE_POSTERIOR ? step->posterior_variance : step->beta;
    const float scale = sqrtf(1.0F / step->alpha), eps_weight = step->beta / step->noise,
                sd = sqrtf(variance);
    for (size_t i = 0; i < s->n * s->dim; i++) {
        const float mean = scale * (s->x[i] - eps_weight * s->eps[i]);
        s->x[i] = noisy ? mean + sd * s->z[i] : mean;
    }
}
