/* arrays.c - what a network is given, from .npy files. */
#include "cli/commands/arrays.h"

#include "cli/files/files.h"
#include "cli/message.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The array's numbers as floats in place of its data; false after a message. */
static bool as_floats(const char *path, nb_array *a)
{
    const size_t n = nb_array_count(a);
    float *out = malloc(n * sizeof *out + 1);
    if (out == NULL) {
        cli_fail(0, "%s: not enough memory", path);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        switch (a->dtype) {
        case NB_F32:
            out[i] = ((const float *)a->data)[i];
            break;
        case NB_F64:
            out[i] = (float)((const double *)a->data)[i];
            break;
        case NB_I32:
            out[i] = (float)((const int32_t *)a->data)[i];
            break;
        case NB_I64:
            out[i] = (float)((const int64_t *)a->data)[i];
            break;
        }
        if (!isfinite(out[i])) {
            cli_fail(0, "%s: number %zu is not finite as a float", path, i);
            free(out);
            return false;
        }
    }
    free(a->data);
    a->data = out;
    a->dtype = NB_F32;
    return true;
}

bool cli_read_floats(const char *path, nb_array *a) { return cli_read_npy(path, a) && as_floats(path, a); }

bool cli_read_labels(const cli_options *o, size_t *samples, int32_t **labels)
{
    nb_array a;
    if (o->labels == NULL) return true;
    if (!cli_read_npy(o->labels, &a)) return false;
    const bool integers = a.dtype == NB_I32 || a.dtype == NB_I64;
    const size_t n = *samples ? *samples : a.rank > 0 ? a.shape[0] : 0;
    if (!integers || a.rank != 1 || a.shape[0] != n || n == 0) {
        cli_fail(0, "%s: with %zu samples labels are whole numbers of shape (%zu,)", o->labels, n, n);
        free(a.data);
        return false;
    }
    int32_t *out = malloc(n * sizeof *out + 1);
    for (size_t i = 0; out && i < n; i++) {
        const int64_t label = a.dtype == NB_I32 ? ((const int32_t *)a.data)[i] : ((const int64_t *)a.data)[i];
        out[i] = label < 0 || label > INT32_MAX ? -1 : (int32_t)label; /* the core refuses -1 */
    }
    free(a.data);
    if (out == NULL) cli_fail(0, "not enough memory for the labels");
    *labels = out;
    *samples = n;
    return out != NULL;
}

bool cli_check_samples(const nb_model *model, const char *path, const nb_array *x, bool any_size)
{
    const nb_value_shape sample = nb_model_sample_shape(model);
    bool fits = x->rank == 1 + sample.rank;
    for (int i = 0; fits && i < sample.rank; i++) fits = x->shape[1 + i] == (size_t)sample.shape[i];
    if (fits) return true;
    char text[64] = "(n";
    for (int i = 0; i < sample.rank; i++) {
        const size_t n = strlen(text);
        if (any_size && sample.rank == 3 && i > 0)
            snprintf(text + n, sizeof text - n, ", %s", i == 1 ? "height" : "width");
        else
            snprintf(text + n, sizeof text - n, ", %d", sample.shape[i]);
    }
    cli_fail(0, "%s: this model takes x of shape %s)", path, text);
    return false;
}

bool cli_check_cond(const nb_model *model, const nb_array *cond, size_t n)
{
    const size_t size = nb_model_cond_size(model);
    if (size == 0 && cond->data == NULL) return true;
    if (size > 0 && cond->data && cond->rank == 2 && cond->shape[0] == n && cond->shape[1] == size)
        return true;
    if (size == 0)
        cli_fail(0, "--cond: this model takes no further inputs");
    else
        cli_fail(0, "--cond: with %zu samples this model takes further inputs of shape (%zu, %zu)", n, n,
                 size);
    return false;
}
