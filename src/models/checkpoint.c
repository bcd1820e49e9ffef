/* checkpoint.c - weights to and from PyTorch: safetensors with state_dict names, strictly. */
#include "models/checkpoint.h"
#include "models/training.h"

#include "base/error.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void prefixed(char out[NB_ST_MOST_NAME], const char *prefix, const nb_param *p)
{
    snprintf(out, NB_ST_MOST_NAME, "%s%s", prefix, p->name);
}

enum { OTHER_TENSORS = 16 }; /* room for what a file holds beside blocks of parameters */

/* A graph may have more parameters, and longer names, than a file takes. */
static nb_status check_room(const nb_safetensors *st, const nb_model *model, const char *prefix,
                            nb_error *err)
{
    const size_t most = NB_ST_MOST_TENSORS - OTHER_TENSORS, params = nb_model_params(model);
    if (st->count + params > most)
        return nb_fail(err, NB_ERR_SHAPE, "%zu tensors in one file: it takes at most %zu", st->count + params,
                       most);
    for (size_t i = 0; i < params; i++) {
        const char *name = nb_model_param_info(model, i).name;
        if (strlen(prefix) + strlen(name) >= NB_ST_MOST_NAME)
            return nb_fail(err, NB_ERR_SHAPE,
                           "the parameter %.40s...: in a file a name has at most %zu letters", name,
                           NB_ST_MOST_NAME - 1 - strlen(prefix));
    }
    return NB_OK;
}

nb_status nb_checkpoint_add(nb_safetensors *st, const nb_model *model, const char *prefix, const float *block,
                            float *buffer, nb_error *err)
{
    const nb_status status = check_room(st, model, prefix, err);
    if (status != NB_OK) return status;
    for (size_t i = 0; i < nb_model_params(model); i++) {
        const nb_param_info info = nb_model_param_info(model, i);
        size_t shape[4];
        for (int d = 0; d < 4; d++) shape[d] = (size_t)info.shape[d];
        char name[NB_ST_MOST_NAME];
        prefixed(name, prefix, &model->graph.params[i]);
        nb_graph_read(&model->graph.params[i], block, buffer);
        for (size_t k = 0; k < info.count; k++) {
            if (!isfinite(buffer[k]))
                return nb_fail(
                    err, NB_ERR_NONFINITE,
                    "%s holds a number that is not finite, so nothing is saved: training has driven it "
                    "out of range, as a learning rate that is too large does",
                    name);
        }
        nb_safetensors_add(st, name, NB_ST_F32, info.rank, shape, buffer);
        buffer += info.count;
    }
    return NB_OK;
}

static void shape_text(char out[64], int rank, const size_t *shape)
{
    size_t used = (size_t)snprintf(out, 64, "(");
    for (int i = 0; i < rank; i++)
        used += (size_t)snprintf(out + used, 64 - used, i ? ", %zu" : "%zu", shape[i]);
    snprintf(out + used, 64 - used, ")");
}

/* Whether the axes are the same but in another order. */
static bool permuted(const nb_st_tensor *t, const nb_param_info *info)
{
    if (t->rank != info->rank || t->rank < 2) return false;
    unsigned taken = 0;
    for (int i = 0; i < t->rank; i++) {
        int d = 0;
        while (d < info->rank && (taken >> d & 1U || t->shape[i] != (size_t)info->shape[d])) d++;
        if (d == info->rank) return false;
        taken |= 1U << d;
    }
    return true;
}

static nb_status check_shape(const nb_st_tensor *t, const nb_param_info *info, nb_error *err)
{
    bool same = t->rank == info->rank;
    for (int d = 0; same && d < info->rank; d++) same = t->shape[d] == (size_t)info->shape[d];
    if (same) return NB_OK;
    size_t want[4];
    for (int d = 0; d < 4; d++) want[d] = (size_t)info->shape[d];
    char is[64], takes[64];
    shape_text(is, t->rank, t->shape);
    shape_text(takes, info->rank, want);
    const char *why = "";
    if (permuted(t, info))
        why = t->rank == 2 ? ": it is transposed; save its .T"
                           : ": its axes are in another order; PyTorch's is (out, in, height, width)";
    return nb_fail(err, NB_ERR_SHAPE, "tensor %s has shape %s where this model takes %s%s", t->name, is,
                   takes, why);
}

static nb_status check_numbers(const nb_st_tensor *t, size_t count, nb_error *err)
{
    if (!nb_st_dtypes[t->dtype].real)
        return nb_fail(err, NB_ERR_FORMAT, "tensor %s is of type %s: weights are F32, F64, F16 or BF16",
                       t->name, nb_st_dtypes[t->dtype].name);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(nb_safetensors_float(t, i)))
            return nb_fail(err, NB_ERR_NONFINITE, "tensor %s holds a number that is not finite%s", t->name,
                           t->dtype == NB_ST_F64 ? " as float32" : "");
    }
    return NB_OK;
}

nb_status nb_checkpoint_check(const nb_safetensors *st, const nb_model *model, const char *prefix,
                              nb_error *err)
{
    for (size_t i = 0; i < nb_model_params(model); i++) {
        const nb_param_info info = nb_model_param_info(model, i);
        char name[NB_ST_MOST_NAME];
        prefixed(name, prefix, &model->graph.params[i]);
        const nb_st_tensor *t = nb_safetensors_find(st, name);
        if (t == NULL) return nb_checkpoint_missing(st, name, "this model", err);
        nb_status status = check_shape(t, &info, err);
        if (status == NB_OK) status = check_numbers(t, info.count, err);
        if (status != NB_OK) return status;
    }
    return NB_OK;
}

void nb_checkpoint_fill(const nb_safetensors *st, const nb_model *model, const char *prefix, float *block)
{
    for (size_t i = 0; i < nb_model_params(model); i++) {
        const nb_param *p = &model->graph.params[i];
        char name[NB_ST_MOST_NAME];
        prefixed(name, prefix, p);
        const nb_st_tensor *t = nb_safetensors_find(st, name);
        float *m = block + p->offset;
        for (size_t k = 0; k < p->rows * p->cols; k++)
            m[nb_graph_param_at(p, k)] = nb_safetensors_float(t, k);
    }
}

nb_status nb_model_save(const nb_model *model, uint8_t **out, size_t *size, nb_error *err)
{
    nb_safetensors *st = calloc(1, sizeof *st);
    const size_t bytes = nb_mul(nb_model_param_count(model), sizeof(float));
    float *buffer = bytes == NB_TOO_LARGE ? NULL : malloc(bytes);
    nb_status status;
    if (st == NULL || buffer == NULL) {
        status = nb_fail_memory(err, nb_add(sizeof *st, bytes));
    } else {
        nb_record_add(st, model, &model->training);
        status = nb_checkpoint_add(st, model, "", model->graph.weights, buffer, err);
    }
    if (status == NB_OK) status = nb_safetensors_write(st, out, size, err);
    free(buffer);
    free(st);
    return status;
}

/* Everything that the file holds is a parameter of the model. */
static nb_status check_no_more(const nb_safetensors *st, const nb_model *model, nb_error *err)
{
    for (size_t k = 0; k < st->count; k++) {
        size_t i = 0;
        while (i < nb_model_params(model) && strcmp(st->tensors[k].name, model->graph.params[i].name) != 0)
            i++;
        if (i == nb_model_params(model))
            return nb_fail(err, NB_ERR_FORMAT, "tensor %s is none of this model's", st->tensors[k].name);
    }
    return NB_OK;
}

nb_status nb_model_load(nb_model *model, const uint8_t *file, size_t size, nb_error *err)
{
    nb_safetensors *st = malloc(sizeof *st);
    if (st == NULL) return nb_fail_memory(err, sizeof *st);
    nb_status status = nb_safetensors_read(file, size, st, err);
    if (status == NB_OK) status = nb_checkpoint_check(st, model, "", err);
    if (status == NB_OK) status = check_no_more(st, model, err);
    if (status == NB_OK) {
        nb_model_config config;
        nb_training training = {0};
        const bool known = nb_record_of(st, &config, &training) && config.kind == model->config.kind;
        model->training = known ? training : (nb_training){0};
        nb_checkpoint_fill(st, model, "", model->graph.weights);
        nb_graph_weights_changed(&model->graph);
    }
    free(st);
    return status;
}
