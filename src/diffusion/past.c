/* past.c - what a method of several steps looks back on. */
#include "diffusion/sampler.h"

#include <string.h>

void nb_sampler_remember(nb_sampler *s, const float *values)
{
    const int last = s->method->info.looks_back - 1;
    float *oldest = s->past[last];
    for (int k = last; k > 0; k--) s->past[k] = s->past[k - 1];
    s->past[0] = oldest;
    memcpy(oldest, values, s->n * s->dim * sizeof *values);
    if (s->past_count <= last) s->past_count++;
}
