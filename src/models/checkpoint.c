/* checkpoint.c - weights to and from PyTorch: safetensors with state_dict names, strictly. */
#include "models/checkpoint.h"

#include "base/error.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void prefixed(char out[NB_ST_MOST_NAME], const char *prefix, const nb_param *p)
{
    snprintf(out, NB_ST_MOST_NAME, "%s%s", prefix, p->name);
}

void nb_checkpoint_add(nb_safetensors *st, const nb_model *model, const char *prefix, const float *block,
                       float *buffer)
{
    for (size_t i = 0; i < nb_model_params(model); i++) {
        const nb_param_info info = nb_model_param_info(model, i);
        size_t shape[4];
        for (int d = 0; d < 4; d++) shape[d] = (size_t)info.shape[d];
        char name[NB_ST_MOST_NAME];
        prefixed(name, prefix, &model->graph.params[i]);
        nb_graph_read(&model->graph.params[i], block, buffer);
        nb_safetensors_add(st, name, NB_ST_F32, info.rank, shape, buffer);
        buffer += info.count;
    }
}

static void shape_text(char out[64], int rank, const size_t *shape)
{
    size_t used = (size_t)snprintf(out, 64, "(");
    for (int i = 0; i < rank; i++)
        used += (size_t)snprintf(out + used, 64 - used, i ? ", %zu" : "%zu", shape[i]);
    snprintf(out + used, 64 - used, ")");
}

static bool all_finite(const nb_st_tensor *t)
{
    for (size_t at = 0; at < t->end - t->begin; at += sizeof(float)) {
        float value; /* the file's numbers need not be aligned */
        memcpy(&value, t->data + at, sizeof value);
        if (!isfinite(value)) return false;
    }
    return true;
}

nb_status nb_checkpoint_check(const nb_safetensors *st, const nb_model *model, const char *prefix,
                              nb_error *err)
{
    for (size_t i = 0; i < nb_model_params(model); i++) {
        const nb_param_info info = nb_model_param_info(model, i);
        char name[NB_ST_MOST_NAME];
        prefixed(name, prefix, &model->graph.params[i]);
        const nb_st_tensor *t = nb_safetensors_find(st, name);
        if (t == NULL)
            return nb_fail(err, NB_ERR_FORMAT, "tensor %s is missing: these are not this model's weights",
                           name);
        if (t->dtype != NB_ST_F32)
            return nb_fail(err, NB_ERR_FORMAT, "tensor %s is not float32 (F32): convert it with .float()",
                           name);
        bool same = t->rank == info.rank;
        for (int d = 0; same && d < info.rank; d++) same = t->shape[d] == (size_t)info.shape[d];
        if (!same) {
            size_t want[4];
            for (int d = 0; d < 4; d++) want[d] = (size_t)info.shape[d];
            char a[64], b[64];
            shape_text(a, t->rank, t->shape);
            shape_text(b, info.rank, want);
            return nb_fail(err, NB_ERR_SHAPE, "tensor %s has shape %s where this model takes %s", name, a, b);
        }
        if (!all_finite(t))
            return nb_fail(err, NB_ERR_NONFINITE, "tensor %s holds a number that is not finite", name);
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
            memcpy(m + nb_graph_param_at(p, k), t->data + k * sizeof(float), sizeof(float));
    }
}

nb_status nb_model_save(const nb_model *model, uint8_t **out, size_t *size, nb_error *err)
{
    nb_safetensors *st = calloc(1, sizeof *st);
    float *buffer = malloc(nb_model_param_count(model) * sizeof *buffer);
    nb_status status;
    if (st == NULL || buffer == NULL) {
        status = nb_fail_memory(err, sizeof *st + nb_model_param_count(model) * sizeof *buffer);
    } else {
        nb_checkpoint_add(st, model, "", model->graph.weights, buffer);
        status = nb_safetensors_write(st, out, size, err);
    }
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
        nb_checkpoint_fill(st, model, "", model->graph.weights);
        model->graph.weights_t_stale = true;
    }
    free(st);
    return status;
}

/* A size that shows in a file. */
typedef struct clue {
    nb_model_kind kind;
    const char *tensor;
    int axis, less; /* shape[axis] = size + less */
    size_t offset;  /* of the size in nb_model_config */
} clue;

#define CLUE(kind, tensor, axis, less, field)                                                                \
    {                                                                                                        \
        kind, tensor, axis, less, offsetof(nb_model_config, field)                                           \
    }

static const clue clues[] = {
    CLUE(NB_SIMPLE_NOISE_PREDICTOR, "time_embed.0.weight", 0, 0, time_dim),
    CLUE(NB_SIMPLE_NOISE_PREDICTOR, "net.0.weight", 0, 0, hidden_dim),
    CLUE(NB_SIMPLE_NOISE_PREDICTOR, "net.6.weight", 0, 0, input_dim),
    CLUE(NB_MINI_UNET, "time_mlp.3.weight", 0, 0, time_dim),
    CLUE(NB_MINI_UNET, "out_conv.weight", 0, 0, in_channels),
    CLUE(NB_MINI_UNET, "out_conv.weight", 1, 0, base_channels),
    CLUE(NB_SIMPLE_UNET, "down1.weight", 0, 0, base_channels),
    CLUE(NB_SIMPLE_UNET, "down1.weight", 1, 0, in_channels),
    CLUE(NB_CONDITIONAL_UNET, "down1.weight", 0, 0, base_channels),
    CLUE(NB_CONDITIONAL_UNET, "down1.weight", 1, 0, in_channels),
    CLUE(NB_CONDITIONAL_UNET, "class_emb.weight", 0, 1, n_classes),
    CLUE(NB_CONDITIONAL_DIFFUSION, "time_embed.0.weight", 0, 0, time_dim),
    CLUE(NB_CONDITIONAL_DIFFUSION, "class_embed.weight", 1, 0, hidden_dim),
    CLUE(NB_CONDITIONAL_DIFFUSION, "class_embed.weight", 0, 1, n_classes),
    CLUE(NB_CONDITIONAL_DIFFUSION, "net.6.weight", 0, 0, input_dim),
};

static nb_status read_clues(const nb_safetensors *st, nb_model_config *c, nb_error *err)
{
    for (size_t i = 0; i < sizeof clues / sizeof *clues; i++) {
        const clue *k = &clues[i];
        if (k->kind != c->kind) continue;
        const nb_st_tensor *t = nb_safetensors_find(st, k->tensor);
        if (t == NULL || t->rank < 2 || t->shape[k->axis] > 65536)
            return nb_fail(err, NB_ERR_FORMAT, "not the weights of a %s: %s is missing or no matrix",
                           nb_model_kind_name(c->kind), k->tensor);
        const int size = (int)t->shape[k->axis] - k->less;
        memcpy((char *)c + k->offset, &size, sizeof size);
    }
    c->attention = c->kind == NB_MINI_UNET && nb_safetensors_find(st, "attention.qkv.weight") != NULL;
    return nb_model_check(c, err);
}

nb_status nb_model_config_of(nb_model_kind kind, const uint8_t *file, size_t size, nb_model_config *out,
                             nb_error *err)
{
    if (nb_model_kind_name(kind) == NULL)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d is no kind of model", (int)kind);
    nb_safetensors *st = malloc(sizeof *st);
    if (st == NULL) return nb_fail_memory(err, sizeof *st);
    nb_status status = nb_safetensors_read(file, size, st, err);
    nb_model_config c = nb_model_default(kind);
    if (status == NB_OK) status = read_clues(st, &c, err);
    if (status == NB_OK) *out = c;
    free(st);
    return status;
}
