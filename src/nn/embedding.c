/* embedding.c - y = row x of a table, x being a whole number; its gradient goes back to that row. */
#include "nn/layers.h"

#include <math.h>

/* Labels are exact in float: there are fewer than 2^24 (NB_MOST_ROWS). */
static size_t row_of(const nb_layer_args *a, size_t s) { return (size_t)a->in[0].data[s * a->in[0].sample]; }

static void forward(const nb_layer_args *a)
{
    for (size_t s = 0; s < a->rows; s++)
        memcpy(a->out.data + s * a->out.sample, a->weight.data + row_of(a, s) * a->weight.stride,
               a->out.channels * sizeof(float));
}

static void gradient(const nb_layer_args *a)
{
    const nb_tensor dy = a->d_out;
    const size_t stride = a->weight.stride;
    if (!a->accumulate) memset(a->d_weight + a->first * stride, 0, a->count * stride * sizeof(float));
    for (size_t s = 0; s < a->rows; s++) {
        const size_t label = row_of(a, s);
        if (label < a->first || label >= a->first + a->count) continue;
        float *row = a->d_weight + label * stride;
        for (size_t c = 0; c < dy.channels; c++) row[c] += dy.data[s * dy.sample + c];
    }
}

static nb_shape shape(const nb_layer_spec *s)
{
    return s->in[0].axes == NB_FEATURES && s->in[0].channels == 1
               ? (nb_shape){1, 1, s->weight_out, NB_FEATURES}
               : (nb_shape){0};
}

enum { ROWS, FEATURES };

static nb_weight weight(const double *s)
{
    return (nb_weight){NB_PARAM_EMBEDDING, 1, (size_t)s[ROWS], (size_t)s[FEATURES], 2, 0, false};
}

const nb_layer_kind nb_embedding_layer = {
    .name = "Embedding",
    .takes_text = "labels",
    .settings = {{"num_embeddings", 1, NB_MOST_ROWS, NAN, false},
                 {"embedding_dim", 1, NB_MOST_FEATURES, NAN, false}},
    .weight = weight,
    .inputs = 1,
    .forward = forward,
    .gradient = gradient,
    .shape = shape,
    .reads_in = true,
    .takes_rows = true,
};
