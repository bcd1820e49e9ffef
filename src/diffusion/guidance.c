/* guidance.c - classifier-free guidance (Ho and Salimans 2022), as exercise 10 writes it. */
#include "diffusion/sampler.h"

void nb_guide(size_t count, float w, const float *eps_null, const float *eps_class, float *out)
{
    for (size_t i = 0; i < count; i++) out[i] = eps_null[i] + w * (eps_class[i] - eps_null[i]);
}
