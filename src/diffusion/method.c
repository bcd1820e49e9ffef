/* method.c - the sampling methods by number and by name. A new one is its file and its line here. */
#include "base/names.h"
#include "diffusion/sampler.h"

extern const nb_sampling nb_ddpm, nb_ddim, nb_dpm_solver, nb_plms, nb_euler, nb_heun;

static const nb_sampling *const methods[] = {
    [NB_DDPM] = &nb_ddpm, [NB_DDIM] = &nb_ddim,   [NB_DPM_SOLVER_PP_2M] = &nb_dpm_solver,
    [NB_PNDM] = &nb_plms, [NB_EULER] = &nb_euler, [NB_HEUN] = &nb_heun,
};
enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

static const char *name_at(size_t index) { return index < METHODS ? methods[index]->info.name : NULL; }

nb_status nb_sampling_find(nb_method method, const nb_sampling **out, nb_error *err)
{
    const nb_status status = nb_name_check("method", name_at, (int)method, err);
    if (status == NB_OK) *out = methods[method];
    return status;
}

const nb_method_info *nb_method_describe(nb_method method)
{
    return (int)method >= 0 && (int)method < METHODS ? &methods[method]->info : NULL;
}

const char *nb_method_name(nb_method method) { return (int)method >= 0 ? name_at((size_t)method) : NULL; }

nb_status nb_method_find(const char *name, nb_method *out, nb_error *err)
{
    size_t found;
    const nb_status status = nb_name_find("method", name_at, name, &found, err);
    if (status == NB_OK) *out = (nb_method)found;
    return status;
}
