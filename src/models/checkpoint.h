/* checkpoint.h - blocks laid out as a graph's weights (weights, Adam's moments) as named tensors. */
#ifndef NB_MODELS_CHECKPOINT_H
#define NB_MODELS_CHECKPOINT_H

#include "io/safetensors.h"
#include "models/model.h"

/* Appends every parameter of `block` as <prefix><name>, in PyTorch's layout. buffer: nb_model_param_count
 * floats that live until the file is written. NB_ERR_NONFINITE if a number is not finite. */
nb_status nb_checkpoint_add(nb_safetensors *st, const nb_model *model, const char *prefix, const float *block,
                            float *buffer, nb_error *err);
/* A file's header, to be freed. */
nb_status nb_checkpoint_open(const uint8_t *file, size_t size, nb_safetensors **st, nb_error *err);
/* NB_ERR_FORMAT for a tensor that is not there: says under which other name it is, or that these are not the weights of
 * `what`. */
nb_status nb_checkpoint_missing(const nb_safetensors *st, const char *name, const char *what, nb_error *err);
/* Checks that every parameter is there as <prefix><name>, of floating-point numbers that are finite in float32, with its
 * shape. */
nb_status nb_checkpoint_check(const nb_safetensors *st, const nb_model *model, const char *prefix,
                              nb_error *err);
/* After the check: fills block. */
void nb_checkpoint_fill(const nb_safetensors *st, const nb_model *model, const char *prefix, float *block);

#endif
