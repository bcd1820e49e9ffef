/* arrays.h - what a network is given, from .npy files. false after a message. */
#ifndef CLI_ARRAYS_H
#define CLI_ARRAYS_H

#include "cli/options/options.h"

/* Numbers of any type, finite as floats; out->data is malloc'ed for the caller. */
bool cli_read_floats(const char *path, nb_array *out);
/* --labels as int32 where it is given, *n of them, or with *n 0 as many as there are; *labels is malloc'ed for the caller. */
bool cli_read_labels(const cli_options *o, size_t *n, int32_t **labels);

/* Whether x is (n, and the shape of the model's sample). any_size: of pictures only the message tells the size. */
bool cli_check_samples(const nb_model *model, const char *path, const nb_array *x, bool any_size);
/* Whether cond (its data NULL: none) holds the model's further inputs for n samples. */
bool cli_check_cond(const nb_model *model, const nb_array *cond, size_t n);

#endif
