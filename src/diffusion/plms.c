/* plms.c - PNDM's pseudo linear multistep method (Liu, Ren, Lin and Zhao 2022), eq. 11 and 12.
 *
 * eps of the last four steps by the Adams-Bashforth formulas, orders 2, 3, 4 as soon as there are as many; then
 * DDIM's deterministic transfer with that eps (and where x_t has no signal, which is at the first step only, with the predicted
 * x_0, for eps is x_t there). The formulas take the timesteps as evenly spaced. */
#include "diffusion/sampler.h"

static const float adams_bashforth[NB_SAMPLER_PAST + 1][NB_SAMPLER_PAST + 1] = {
    {1.0F, 0.0F, 0.0F, 0.0F},
    {3.0F / 2.0F, -1.0F / 2.0F, 0.0F, 0.0F},
    {23.0F / 12.0F, -16.0F / 12.0F, 5.0F / 12.0F, 0.0F},
    {55.0F / 24.0F, -59.0F / 24.0F, 37.0F / 24.0F, -9.0F / 24.0F},
};

static void update(nb_sampler *s, const nb_transition *step)
{
    const float *weights = adams_bashforth[s->past_count];
    const bool blind = step->signal == 0.0F;
    const float inverse = blind ? 0.0F : 1.0F / step->signal;
    for (size_t i = 0; i < s->n * s->dim; i++) {
        float eps = weights[0] * s->eps[i];
        for (int k = 0; k < s->past_count; k++) eps += weights[k + 1] * s->past[k][i];
        const float x_0 = blind ? s->x0[i] : (s->x[i] - step->noise * eps) * inverse;
        s->x[i] = step->signal_prev * x_0 + step->noise_prev * eps;
    }
    nb_sampler_remember(s, s->eps);
}

const nb_sampling nb_plms = {
    .info = {.name = "plms",
             .identifier = "PLMS",
             .title = "PLMS",
             .source = "Liu, Ren, Lin and Zhao 2022, eq. 11 and 12",
             .evaluations = 1,
             .looks_back = NB_SAMPLER_PAST,
             .clips = true},
    .update = update,
};
