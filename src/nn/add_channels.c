/* add_channels.c - y[p] = x[p] + v for every pixel p: how an image learns of its time or class.
 *
 *   dx = dy      dv = sum over p of dy[p], row by row and then over the rows */
#include "nn/layers.h"

static void forward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    const float *v = a->in[1].data;
    const size_t n = nb_padded(y.channels);
    for (size_t i = 0; i < y.height; i++) {
        for (size_t j = 0; j < y.width; j++) {
            const float *from = x.data + i * x.row + j * x.pixel;
            float *to = y.data + i * y.row + j * y.pixel;
            for (size_t c = 0; c < n; c++) to[c] = from[c] + v[c];
        }
    }
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor dx = a->d_in[0], dv = a->d_in[1], dy = a->d_out;
    if (dx.data && dx.data != dy.data) nb_move(dx, dy, a->rows, a->add[0]);
    if (dv.data == NULL) return;
    float line[NB_MOST_CHANNELS];
    if (!a->add[1]) memset(dv.data, 0, dv.sample * sizeof *dv.data);
    for (size_t i = 0; i < dy.height; i++) {
        a->kernels->sum_rows(dy.width, dy.channels, dy.data + i * dy.row, dy.pixel, false, line);
        for (size_t c = 0; c < dy.channels; c++) dv.data[c] += line[c];
    }
}

static bool fits(const nb_layer_spec *s)
{
    return s->in[1].axes == NB_FEATURES && s->in[0].axes != NB_FEATURES &&
           s->in[0].channels == s->in[1].channels && s->in[0].channels <= NB_MOST_CHANNELS;
}

static nb_shape shape(const nb_layer_spec *s) { return fits(s) ? s->in[0] : (nb_shape){0}; }

const nb_layer_kind nb_add_channels_layer = {
    .name = "add_channels",
    .python = "{0} + {1}",
    .spreads = true,
    .takes_text = "(channels, height, width) and (channels)",
    .inputs = 2,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .fits = fits,
    .in_place = true,
    .folds = NB_FOLD_PLUS,
};
