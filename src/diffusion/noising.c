/* noising.c - the forward process in one jump: q(x_t | x_0), DDPM eq. 4; and a flow's, a straight line. */
#include "base/error.h"
#include "diffusion/objective.h"

nb_status nb_q_sample(const nb_schedule *s, size_t n, size_t d, const float *x_0, const int32_t *t,
                      const float *eps, float *x_t, nb_error *err)
{
    const int T = nb_schedule_T(s);
    for (size_t i = 0; i < n; i++) {
        if (t[i] < 0 || t[i] >= T)
            return nb_fail(err, NB_ERR_ARGUMENT, "t[%zu] = %d: timesteps are 0 to %d", i, (int)t[i], T - 1);
    }
    const float *signal = nb_schedule_table(s, NB_SQRT_ALPHA_BAR);
    const float *noise = nb_schedule_table(s, NB_SQRT_ONE_MINUS_ALPHA_BAR);
    for (size_t i = 0; i < n; i++) {
        const float a = signal[t[i]], b = noise[t[i]];
        for (size_t j = i * d; j < (i + 1) * d; j++) x_t[j] = a * x_0[j] + b * eps[j];
    }
    return NB_OK;
}

void nb_flow_sample(size_t n, size_t d, const float *x_0, const float *t, const float *eps, float *x_t,
                    float *velocity)
{
    for (size_t i = 0; i < n; i++) {
        const float a = 1.0F - t[i], b = t[i];
        for (size_t j = i * d; j < (i + 1) * d; j++) {
            x_t[j] = a * x_0[j] + b * eps[j];
            velocity[j] = eps[j] - x_0[j];
        }
    }
}
