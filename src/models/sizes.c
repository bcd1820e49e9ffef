/* sizes.c - which network a file holds the weights of, and how large it is: by its record, else by its tensors. */
#include "models/training.h"

#include "base/error.h"
#include "models/checkpoint.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A size that shows in a file. Biases are asked where there are any: they cannot be transposed. */
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
    CLUE(NB_SIMPLE_NOISE_PREDICTOR, "time_embed.0.bias", 0, 0, time_dim),
    CLUE(NB_SIMPLE_NOISE_PREDICTOR, "net.0.bias", 0, 0, hidden_dim),
    CLUE(NB_SIMPLE_NOISE_PREDICTOR, "net.6.bias", 0, 0, input_dim),
    CLUE(NB_MINI_UNET, "time_mlp.3.bias", 0, 0, time_dim),
    CLUE(NB_MINI_UNET, "out_conv.bias", 0, 0, in_channels),
    CLUE(NB_MINI_UNET, "down1.conv1.bias", 0, 0, base_channels),
    CLUE(NB_SIMPLE_UNET, "down1.bias", 0, 0, base_channels),
    CLUE(NB_SIMPLE_UNET, "up2.bias", 0, 0, in_channels),
    CLUE(NB_CONDITIONAL_UNET, "down1.bias", 0, 0, base_channels),
    CLUE(NB_CONDITIONAL_UNET, "up2.bias", 0, 0, in_channels),
    CLUE(NB_CONDITIONAL_UNET, "class_emb.weight", 0, 1, n_classes),
    CLUE(NB_CONDITIONAL_DIFFUSION, "time_embed.0.bias", 0, 0, time_dim),
    CLUE(NB_CONDITIONAL_DIFFUSION, "net.4.bias", 0, 0, hidden_dim),
    CLUE(NB_CONDITIONAL_DIFFUSION, "class_embed.weight", 0, 1, n_classes),
    CLUE(NB_CONDITIONAL_DIFFUSION, "net.6.bias", 0, 0, input_dim),
};
enum { CLUES = sizeof clues / sizeof *clues };

static nb_status read_clues(const nb_safetensors *st, nb_model_config *c, nb_error *err)
{
    char what[64];
    snprintf(what, sizeof what, "a %s", nb_model_kind_name(c->kind));
    if (c->kind == NB_NETWORK)
        return nb_fail(err, NB_ERR_FORMAT,
                       "not the weights of a network of one's own: no record of its graph");
    for (size_t i = 0; i < CLUES; i++) {
        const clue *k = &clues[i];
        if (k->kind != c->kind) continue;
        const nb_st_tensor *t = nb_safetensors_find(st, k->tensor);
        if (t == NULL) return nb_checkpoint_missing(st, k->tensor, what, err);
        if (t->rank <= k->axis || t->shape[k->axis] > 65536)
            return nb_fail(err, NB_ERR_FORMAT, "not the weights of %s: %s has no size there is", what,
                           k->tensor);
        const int size = (int)t->shape[k->axis] - k->less;
        memcpy((char *)c + k->offset, &size, sizeof size);
    }
    c->attention = c->kind == NB_MINI_UNET && nb_safetensors_find(st, "attention.qkv.weight") != NULL;
    return nb_model_check(c, err);
}

/* The kind most of whose clues are there, none missing; a kind with classes has more of them. -1: none. */
static int kind_of_clues(const nb_safetensors *st)
{
    int best = -1, most = 0;
    for (int kind = 0; kind < NB_MODEL_KINDS; kind++) {
        int found = 0, lost = 0;
        for (size_t i = 0; i < CLUES; i++) {
            if ((int)clues[i].kind != kind) continue;
            const bool there = nb_safetensors_find(st, clues[i].tensor) != NULL;
            found += there;
            lost += !there;
        }
        if (lost > 0 || found <= most) continue;
        best = kind;
        most = found;
    }
    return best;
}

bool nb_record_of(const nb_safetensors *st, nb_model_config *config, nb_training *training)
{
    nb_model_config recorded, found;
    nb_training known;
    if (!nb_record_read(st, &recorded, &known)) return false;
    found = recorded;
    if (recorded.kind != NB_NETWORK && read_clues(st, &found, NULL) != NB_OK) return false;
    if (memcmp(&found, &recorded, sizeof found) != 0) return false;
    *config = recorded;
    *training = known;
    return true;
}

nb_status nb_checkpoint_open(const uint8_t *file, size_t size, nb_safetensors **st, nb_error *err)
{
    nb_safetensors *read = malloc(sizeof *read);
    if (read == NULL) return nb_fail_memory(err, sizeof *read);
    const nb_status status = nb_safetensors_read(file, size, read, err);
    if (status == NB_OK)
        *st = read;
    else
        free(read);
    return status;
}

nb_status nb_model_config_of(nb_model_kind kind, const uint8_t *file, size_t size, nb_model_config *out,
                             nb_error *err)
{
    if (nb_model_kind_name(kind) == NULL)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d is no kind of model", (int)kind);
    nb_safetensors *st = NULL;
    nb_status status = nb_checkpoint_open(file, size, &st, err);
    if (status != NB_OK) return status;
    nb_model_config c;
    nb_training training;
    if (!nb_record_of(st, &c, &training) || c.kind != kind) {
        c = nb_model_default(kind);
        status = read_clues(st, &c, err);
    }
    if (status == NB_OK) *out = c;
    free(st);
    return status;
}

nb_status nb_model_kind_of(const uint8_t *file, size_t size, nb_model_kind *out, nb_error *err)
{
    nb_safetensors *st = NULL;
    nb_status status = nb_checkpoint_open(file, size, &st, err);
    if (status != NB_OK) return status;
    nb_model_config c;
    nb_training training;
    const int kind = kind_of_clues(st);
    if (nb_record_of(st, &c, &training))
        *out = c.kind;
    else if (kind >= 0)
        *out = (nb_model_kind)kind;
    else
        status = nb_checkpoint_missing(
            st, "net.0.bias", "any network of the course, and the file has no graph of its own", err);
    free(st);
    return status;
}

nb_status nb_training_of(const uint8_t *file, size_t size, nb_training *out, nb_error *err)
{
    nb_safetensors *st = NULL;
    const nb_status status = nb_checkpoint_open(file, size, &st, err);
    if (status != NB_OK) return status;
    nb_model_config c;
    nb_training training = {0};
    nb_record_of(st, &c, &training);
    *out = training;
    free(st);
    return NB_OK;
}
