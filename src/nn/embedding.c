/* embedding.c - y = row x of a table, x being a whole number; its gradient goes back to that row. Of tokens, one for each. */
#include "nn/layers.h"

#include <math.h>

/* Labels are exact in float: there are fewer than 2^24 (NB_MOST_ROWS). */
static size_t row_of(const nb_layer_args *a, size_t i)
{
    const size_t width = a->out.width;
    return (size_t)a->in[0].data[i / width * a->in[0].sample + i % width];
}

static void forward(const nb_layer_args *a)
{
    for (size_t i = 0; i < a->rows * a->out.width; i++)
        memcpy(nb_pixel(a->out, i), a->weight.data + row_of(a, i) * a->weight.stride,
               nb_padded(a->out.channels) * sizeof(float));
}

static void gradient(const nb_layer_args *a)
{
    const nb_tensor dy = a->d_out;
    const size_t stride = a->weight.stride;
    if (!a->accumulate) memset(a->d_weight + a->first * stride, 0, a->count * stride * sizeof(float));
    for (size_t i = 0; i < a->rows * dy.width; i++) {
        const size_t label = row_of(a, i);
        if (label < a->first || label >= a->first + a->count) continue;
        float *row = a->d_weight + label * stride;
        const float *d = nb_pixel(dy, i);
        for (size_t c = 0; c < dy.channels; c++) row[c] += d[c];
    }
}

/* A label gives a vector; several numbers, which are tokens, give one each. */
static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    if (in.axes != NB_FEATURES) return (nb_shape){0};
    return (nb_shape){1, in.channels, s->weight_out, in.channels == 1 ? NB_FEATURES : NB_TOKENS};
}

enum { ROWS, FEATURES };

static nb_weight weight(const double *s)
{
    return (nb_weight){NB_PARAM_EMBEDDING, 1, (size_t)s[ROWS], (size_t)s[FEATURES], 2, 0, false};
}

const nb_layer_kind nb_embedding_layer = {
    .name = "Embedding",
    .takes_text = "labels or tokens",
    .settings = {{"num_embeddings", 1, NB_MOST_ROWS, NAN, false, NULL},
                 {"embedding_dim", 1, NB_MOST_FEATURES, NAN, false, NULL}},
    .weight = weight,
    .inputs = 1,
    .forward = forward,
    .gradient = gradient,
    .shape = shape,
    .reads_in = 1,
    .takes_rows = true,
};
