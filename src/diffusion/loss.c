/* loss.c - the simple objective: mean squared error of the predicted noise, DDPM eq. 14. */
#include "base/platform.h"
#include "noisebook.h"

double nb_mse(size_t count, const float *pred, const float *target, float *d_pred)
{
    if (count == 0) return 0.0;
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        const float difference = pred[i] - target[i];
        sum += (double)difference * (double)difference;
    }
    if (d_pred) nb_mse_gradient(count, count, pred, target, d_pred);
    return sum / (double)count;
}

void nb_mse_gradient(size_t count, size_t n, const float *pred, const float *target, float *d_pred)
{
    const float scale = 2.0F / (float)count;
    for (size_t i = 0; i < n; i++) d_pred[i] = scale * (pred[i] - target[i]);
}
