/* adam_checkpoint.c - Adam's moments and step count as named tensors. */
#include "optim/adam_checkpoint.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char first[] = "adam.exp_avg.", second[] = "adam.exp_avg_sq.";

nb_status nb_adam_add(nb_safetensors *st, const nb_adam *adam, float *buffer, nb_error *err)
{
    const size_t one = 1;
    float *squares = buffer + nb_model_param_count(adam->model);
    nb_status status = nb_checkpoint_add(st, adam->model, first, adam->m, buffer, err);
    if (status == NB_OK) status = nb_checkpoint_add(st, adam->model, second, adam->v, squares, err);
    if (status == NB_OK) nb_safetensors_add(st, "adam.step", NB_ST_I64, 1, &one, &adam->step);
    return status;
}

/* The step count, or -1 if there is no such tensor. */
static int64_t read_step(const nb_safetensors *st)
{
    const nb_st_tensor *t = nb_safetensors_find(st, "adam.step");
    int64_t step = -1;
    if (t && t->dtype == NB_ST_I64 && t->rank == 1 && t->shape[0] == 1) memcpy(&step, t->data, sizeof step);
    return step;
}

/* A square below 0 has no root: the first step would leave weights that are not numbers. */
static nb_status check_squares(const nb_safetensors *st, const nb_model *model, nb_error *err)
{
    for (size_t i = 0; i < nb_model_params(model); i++) {
        char name[NB_ST_MOST_NAME];
        snprintf(name, sizeof name, "%s%s", second, nb_model_param_info(model, i).name);
        const nb_st_tensor *t = nb_safetensors_find(st, name);
        for (size_t k = 0; k < nb_model_param_info(model, i).count; k++) {
            const float value = nb_safetensors_float(t, k);
            if (value < 0.0F)
                return nb_fail(err, NB_ERR_FORMAT, "tensor %s holds %g: a mean of squares is 0 or more", name,
                               (double)value);
        }
    }
    return NB_OK;
}

nb_status nb_adam_check(const nb_safetensors *st, const nb_adam *adam, nb_error *err)
{
    nb_status status = nb_checkpoint_check(st, adam->model, first, err);
    if (status == NB_OK) status = nb_checkpoint_check(st, adam->model, second, err);
    if (status == NB_OK) status = check_squares(st, adam->model, err);
    if (status != NB_OK) return status;
    if (read_step(st) < 0) return nb_fail(err, NB_ERR_FORMAT, "adam.step is missing or no count of steps");
    return NB_OK;
}

void nb_adam_fill(const nb_safetensors *st, nb_adam *adam)
{
    nb_checkpoint_fill(st, adam->model, first, adam->m);
    nb_checkpoint_fill(st, adam->model, second, adam->v);
    nb_adam_set_step(adam, read_step(st));
    nb_adam_took_moments(adam);
}

nb_status nb_adam_save(const nb_adam *adam, uint8_t **out, size_t *size, nb_error *err)
{
    const size_t bytes = nb_mul(nb_model_param_count(adam->model), 2 * sizeof(float));
    nb_safetensors *st = calloc(1, sizeof *st);
    float *buffer = bytes == NB_TOO_LARGE ? NULL : malloc(bytes);
    nb_status status = NB_OK;
    if (st == NULL || buffer == NULL) status = nb_fail_memory(err, nb_add(sizeof *st, bytes));
    if (status == NB_OK) status = nb_adam_add(st, adam, buffer, err);
    if (status == NB_OK) status = nb_safetensors_write(st, out, size, err);
    free(buffer);
    free(st);
    return status;
}

nb_status nb_adam_load(nb_adam *adam, const uint8_t *file, size_t size, nb_error *err)
{
    nb_safetensors *st = malloc(sizeof *st);
    if (st == NULL) return nb_fail_memory(err, sizeof *st);
    nb_status status = nb_safetensors_read(file, size, st, err);
    if (status == NB_OK) status = nb_adam_check(st, adam, err);
    if (status == NB_OK) nb_adam_fill(st, adam);
    free(st);
    return status;
}
