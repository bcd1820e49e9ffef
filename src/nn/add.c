/* add.c - y = x0 + x1, in the place of x0 where nothing else needs it: the residual connection. */
#include "nn/layers.h"

static void forward(const nb_layer_args *a)
{
    if (a->out.data != a->in[0].data) nb_move(a->out, a->in[0], a->rows, false);
    nb_move(a->out, a->in[1], a->rows, true);
}

static void backward(const nb_layer_args *a)
{
    for (int k = 0; k < 2; k++) {
        if (a->d_in[k].data && a->d_in[k].data != a->d_out.data)
            nb_move(a->d_in[k], a->d_out, a->rows, a->add[k]);
    }
}

/* A vector beside an image is added to every pixel, by the layer that does so. */
static nb_shape shape(const nb_layer_spec *s)
{
    if (s->in[0].channels != s->in[1].channels) return (nb_shape){0};
    const bool fits = nb_same_size(s->in[0], s->in[1]) || nb_add_channels_layer.fits(s);
    return fits ? s->in[0] : (nb_shape){0};
}

const nb_layer_kind nb_add_layer = {
    .name = "add",
    .python = "{0} + {1}",
    .spreads = true,
    .takes_text = "two values of one shape, or a vector (channels) second",
    .inputs = 2,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .faster = &nb_add_channels_layer,
    .in_place = true,
    .many_images = true,
    .folds = NB_FOLD_PLUS,
};
