/* euler.c - Euler's method for a flow, dx/dt = v(x, t): x_{t'} = x_t + (t' - t) v(x_t, t). One step from t = 1 is x_0 = eps - v(eps, 1). */
#include "diffusion/sampler.h"

static void update(nb_sampler *s, const nb_transition *step)
{
    const float h = (float)(step->time_next - step->time);
    for (size_t i = 0; i < s->n * s->dim; i++) s->x[i] += h * s->eps[i];
}

const nb_sampling nb_euler = {
    .info = {.name = "euler",
             .identifier = "Euler",
             .title = "Euler",
             .source = "Lipman et al. 2023; Liu, Gong and Liu 2023",
             .evaluations = 1,
             .flow = true},
    .update = update,
};
