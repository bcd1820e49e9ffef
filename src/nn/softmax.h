/* softmax.h - the softmax of a row of scores, and its gradient. */
#ifndef NB_NN_SOFTMAX_H
#define NB_NN_SOFTMAX_H

#include "base/math.h"

#include <stddef.h>

/* row = softmax(scale row), over those whose mask is not 0 (NULL: all); the others, and a row without any, become 0. */
static inline void nb_softmax(float *row, size_t n, double scale, const float *mask)
{
    size_t any = 0;
    while (any < n && mask && mask[any] == 0.0F) any++;
    float most = any < n ? row[any] : 0.0F;
    for (size_t j = any; j < n; j++) most = row[j] > most && (!mask || mask[j] != 0.0F) ? row[j] : most;
    for (size_t j = 0; j < n; j++) row[j] = (float)nb_exp_in_loops(((double)row[j] - (double)most) * scale);
    for (size_t j = 0; mask && j < n; j++) row[j] = mask[j] == 0.0F ? 0.0F : row[j];
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) sum += (double)row[j];
    const float inverse = any < n ? (float)(1.0 / sum) : 0.0F;
    for (size_t j = 0; j < n; j++) row[j] *= inverse;
}

/* d = the gradient of what went in, p being what came out and d its gradient. */
static inline void nb_softmax_back(float *d, const float *p, size_t n, float scale)
{
    double sum = 0.0;
    for (size_t j = 0; j < n; j++) sum += (double)p[j] * (double)d[j];
    for (size_t j = 0; j < n; j++) d[j] = p[j] * (d[j] - (float)sum) * scale;
}

#endif
