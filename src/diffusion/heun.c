/* heun.c - Heun's method for a flow, dx/dt = v(x, t), of second order (Karras et al. 2022, algorithm 1, without noise):
 *
 *   v_1 = v(x_t, t),  v_2 = v(x_t + h v_1, t'),  h = t' - t;  x_{t'} = x_t + h (v_1 + v_2) / 2 */
#include "diffusion/sampler.h"

static void update(nb_sampler *s, const nb_transition *step)
{
    const float h = (float)(step->time_next - step->time), half = 0.5F * h;
    float *mean = s->past[0];
    for (size_t i = 0; i < s->n * s->dim; i++) {
        mean[i] = s->x[i] + half * s->eps[i];
        s->x[i] += h * s->eps[i];
    }
}

static void correct(nb_sampler *s, const nb_transition *step)
{
    const float half = 0.5F * (float)(step->time_next - step->time);
    const float *mean = s->past[0];
    for (size_t i = 0; i < s->n * s->dim; i++) s->x[i] = mean[i] + half * s->eps[i];
}

const nb_sampling nb_heun = {
    .info = {.name = "heun",
             .identifier = "Heun",
             .title = "Heun",
             .source = "Karras et al. 2022, algorithm 1",
             .looks_back = 1,
             .evaluations = 2,
             .flow = true},
    .update = update,
    .correct = correct,
};
