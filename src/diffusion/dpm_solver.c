/* dpm_solver.c - DPM-Solver++(2M), algorithm 2 of Lu et al. 2022b: two steps' predictions of x_0, extrapolated
 * in the half log signal-to-noise ratio lambda = log(signal / noise).
 *
 *   h = lambda_prev - lambda_t,  r = h of the step before / h
 *   D = (1 + 1/(2r)) x_0(t) - 1/(2r) x_0(step before);  at the first step D = x_0(t)
 *   x_{t_prev} = noise_prev / noise_t x_t + signal_prev (1 - e^-h) D
 *
 * r < 1 counts as 1: even timesteps end in a step many times longer in lambda than the one before it, and a line drawn that
 * far beyond its two points makes few steps worse than DDIM's. Lists even in lambda, as the paper's, are not affected.
 *
 * At the first step of a schedule with zero terminal SNR lambda is minus infinity. So e^-h is 0 there and 1/(2r) is 0 at the
 * next step: both are DDIM's. */
#include "base/math.h"
#include "diffusion/sampler.h"

#include <math.h>

/* Half the log of alpha_bar / (1 - alpha_bar). */
static double lambda(const nb_schedule *s, int t)
{
    const double alpha_bar = (double)nb_schedule_table(s, NB_ALPHA_BAR)[t];
    return alpha_bar > 0.0 ? 0.5 * nb_log(alpha_bar / (1.0 - alpha_bar)) : -HUGE_VAL;
}

static void update(nb_sampler *s, const nb_transition *step)
{
    const double now = lambda(s->schedule, step->t), h = lambda(s->schedule, step->t_prev) - now;
    double ahead = 0.0; /* 1 / (2r) */
    if (s->past_count > 0) {
        const double before = now - lambda(s->schedule, s->timesteps[s->next - 1]);
        ahead = h < before ? h / before / 2.0 : 0.5;
    }
    const float x_weight = step->noise_prev / step->noise;
    const float weight = (float)((double)step->signal_prev * (1.0 - nb_exp(-h)));
    const float newer = (float)(1.0 + ahead), older = (float)ahead;
    for (size_t i = 0; i < s->n * s->dim; i++) {
        const float D = s->past_count > 0 ? newer * s->x0[i] - older * s->past[0][i] : s->x0[i];
        s->x[i] = x_weight * s->x[i] + weight * D;
    }
    nb_sampler_remember(s, s->x0);
}

const nb_sampling nb_dpm_solver = {
    .info = {.name = "dpm-solver++",
             .identifier = "DPMSolver",
             .title = "DPM-Solver++(2M)",
             .source = "Lu et al. 2022b, algorithm 2",
             .evaluations = 1,
             .looks_back = 1,
             .clips = true},
    .update = update,
};
