/* relu.c - y = max(x, 0), in place where nothing else needs x: the sign of y tells backward all it needs of x. */
#include "nn/layers.h"

static void forward(const nb_layer_args *a)
{
    const nb_tensor y = a->out;
    if (y.data != a->in[0].data) nb_move(y, a->in[0], a->rows, false);
    if (y.sample == y.pixel) { /* vectors */
        a->kernels->relu(a->rows * y.sample, y.data);
        return;
    }
    for (size_t i = 0; i < y.height; i++) a->kernels->relu(y.width * y.pixel, y.data + i * y.row);
}

/* dy = 0 where nothing passed. */
static void stop(const nb_layer_args *a)
{
    const nb_tensor y = a->out, dy = a->d_out;
    if (y.sample == y.pixel) { /* vectors */
        a->kernels->relu_backward(a->rows * y.sample, y.data, dy.data);
        return;
    }
    for (size_t i = 0; i < y.height; i++)
        a->kernels->relu_backward(y.width * y.pixel, y.data + i * y.row, dy.data + i * dy.row);
}

static void backward(const nb_layer_args *a)
{
    stop(a);
    const nb_tensor dx = a->d_in[0];
    if (dx.data && dx.data != a->d_out.data) nb_move(dx, a->d_out, a->rows, a->add[0]);
}

const nb_layer_kind nb_relu_layer = {
    .name = "ReLU",
    .python = "F.relu({0})",
    .takes_text = "anything",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .reads_out = true,
    .folds = NB_FOLD_RELU,
    .in_place = true,
    .whole_rows = true,
};
