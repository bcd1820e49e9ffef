/* ddim.c - denoising diffusion implicit models, eq. 12 and 16 (Song, Meng and Ermon 2021).
 *
 *   sigma = eta sqrt((1 - alpha_bar_prev) / (1 - alpha_bar_t)) sqrt(1 - alpha_bar_t / alpha_bar_prev)
 *   x_{t_prev} = sqrt(alpha_bar_prev) x_0 + sqrt(1 - alpha_bar_prev - sigma^2) eps + sigma z
 *
 * With eta = 0 it goes up a list of timesteps as well, from a picture to the noise that leads to it (inversion, section 4.3).
 * sigma^2 is eta^2 times DDPM's posterior variance: eta = 0 is deterministic, eta = 1 has DDPM's distribution. */
#include "diffusion/sampler.h"

#include <math.h>

static bool noisy(const nb_sampler *s) { return s->eta > 0.0; }

static void update(nb_sampler *s, const nb_transition *step)
{
    const double variance = s->eta * s->eta * (double)step->posterior_variance;
    const double noise_prev = (double)step->noise_prev, rest = noise_prev * noise_prev - variance;
    const float signal = step->signal_prev, sigma = (float)sqrt(variance);
    /* With eta = 0 the direction is the schedule's own root: no square, no second rounding. */
    const float direction = s->eta > 0.0 ? (float)sqrt(rest > 0.0 ? rest : 0.0) : step->noise_prev;
    for (size_t i = 0; i < s->n * s->dim; i++) {
        const float mean = signal * s->x0[i] + direction * s->eps[i];
        s->x[i] = s->eta > 0.0 ? mean + sigma * s->z[i] : mean;
    }
}

const nb_sampling nb_ddim = {
    .info = {.name = "ddim",
             .identifier = "DDIM",
             .title = "DDIM",
             .source = "Song, Meng and Ermon 2021, eq. 12 and 16",
             .evaluations = 1,
             .takes_eta = true,
             .draws = true,
             .clips = true,
             .inverts = true},
    .update = update,
    .noisy = noisy,
};
