/* ddpm.c - DDPM algorithm 2 (Ho et al. 2020), over any list of timesteps.
 *
 *   mean = 1/sqrt(alpha) (x_t - beta / sqrt(1 - alpha_bar_t) eps_theta(x_t, t))
 *   x_{t_prev} = mean + sqrt(variance) z,  z ~ N(0, I);  nothing is added at the last step
 *
 * Between t and t_prev the step's own alpha is alpha_bar_t / alpha_bar_{t_prev}; with every timestep in the
 * list that is the schedule's alpha_t. Where it is 0, at the first step of a schedule with zero terminal SNR, x_t has nothing
 * of x_{t_prev}, and the mean is sqrt(alpha_bar_{t_prev}) x_0 (eq. 7). */
#include "diffusion/sampler.h"

#include <math.h>

static bool noisy(const nb_sampler *s) { return s->variance->of != NULL; }

static void update(nb_sampler *s, const nb_transition *step)
{
    const bool noise = step->t_prev >= 0 && noisy(s);
    const bool blind = step->alpha == 0.0F;
    const float scale = blind ? 0.0F : sqrtf(1.0F / step->alpha), eps_weight = step->beta / step->noise;
    const float sd = noise ? sqrtf(s->variance->of(step)) : 0.0F;
    for (size_t i = 0; i < s->n * s->dim; i++) {
        const float mean = blind ? step->signal_prev * s->x0[i] : scale * (s->x[i] - eps_weight * s->eps[i]);
        s->x[i] = noise ? mean + sd * s->z[i] : mean;
    }
}

const nb_sampling nb_ddpm = {
    .info = {.name = "ddpm",
             .identifier = "DDPM",
             .title = "DDPM",
             .source = "Ho, Jain and Abbeel 2020, algorithm 2",
             .evaluations = 1,
             .takes_variance = true,
             .draws = true},
    .update = update,
    .noisy = noisy,
    .last = true,
};
