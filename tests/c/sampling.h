/* sampling.h - short forms for tests that sample. */
#ifndef NB_TESTS_SAMPLING_H
#define NB_TESTS_SAMPLING_H

#include "check.h"

enum { METHODS = 4 }; /* those of schedules */
static const char *const method_names[METHODS] = {"ddpm", "ddim", "dpm_solver", "plms"};

/* What makes DDPM deterministic, and is no option of the others. */
static inline nb_variance no_noise(int method)
{
    return method == NB_DDPM ? NB_VARIANCE_ZERO : NB_VARIANCE_POSTERIOR;
}

static inline nb_sampler *begin(nb_model *model, const nb_schedule *s, nb_rng *rng, nb_sample_config config,
                                const float *x_T)
{
    nb_sampler *sampler = NULL;
    nb_error err = {0};
    REQUIRE(nb_sampler_create(model, s, rng, &config, x_T, &sampler, &err) == NB_OK, "%s", err.message);
    return sampler;
}

static inline void step(nb_sampler *sampler)
{
    nb_error err = {0};
    REQUIRE(nb_sampler_step(sampler, &err) == NB_OK, "%s", err.message);
}

/* Runs it to the end and copies the samples, `size` bytes. */
static inline void finish(nb_sampler *sampler, float *out, size_t size)
{
    while (nb_sampler_t(sampler) >= 0) step(sampler);
    memcpy(out, nb_sampler_x(sampler), size);
    nb_sampler_destroy(sampler);
}

#endif
