/* method.c - the samplers and their variances by name. */
#include "base/error.h"

#include <string.h>

static const char *const methods[NB_METHODS] = {
    [NB_DDPM] = "ddpm",
    [NB_DDIM] = "ddim",
    [NB_DPM_SOLVER_PP_2M] = "dpm-solver++",
    [NB_PNDM] = "plms",
};

static const char *const variances[NB_VARIANCES] = {
    [NB_VARIANCE_POSTERIOR] = "posterior",
    [NB_VARIANCE_BETA] = "beta",
    [NB_VARIANCE_ZERO] = "zero",
};

const char *nb_method_name(nb_method method)
{
    return (int)method >= 0 && (int)method < NB_METHODS ? methods[method] : NULL;
}

nb_status nb_method_find(const char *name, nb_method *out, nb_error *err)
{
    for (int k = 0; k < NB_METHODS; k++) {
        if (strcmp(name, methods[k]) == 0) {
            *out = (nb_method)k;
            return NB_OK;
        }
    }
    return nb_fail(err, NB_ERR_ARGUMENT,
                   "no method is named \"%.40s\": there are ddpm, ddim, dpm-solver++, plms", name);
}

const char *nb_variance_name(nb_variance variance)
{
    return (int)variance >= 0 && (int)variance < NB_VARIANCES ? variances[variance] : NULL;
}

nb_status nb_variance_find(const char *name, nb_variance *out, nb_error *err)
{
    for (int k = 0; k < NB_VARIANCES; k++) {
        if (strcmp(name, variances[k]) == 0) {
            *out = (nb_variance)k;
            return NB_OK;
        }
    }
    return nb_fail(err, NB_ERR_ARGUMENT, "no variance is named \"%.40s\": there are posterior, beta, zero",
                   name);
}
