/* avg_pool.c - the mean of each k x k block of pixels (of a series: of k numbers). What is left over is dropped. */
#include "nn/layers.h"

enum { KERNEL };

/* The block's pixels by number, row after row. */
static const float *pixel_of(nb_tensor x, size_t side, size_t tall, size_t i, size_t j, size_t k)
{
    return x.data + (i * tall + k / side) * x.row + (j * side + k % side) * x.pixel;
}

static size_t tall_of(const nb_layer_args *a, size_t side)
{
    return a->in[0].height / a->out.height >= side ? side : 1;
}

static void forward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    const size_t side = (size_t)a->settings[KERNEL], tall = tall_of(a, side), n = nb_padded(y.channels);
    const float part = 1.0F / (float)(side * tall);
    for (size_t i = 0; i < y.height; i++) {
        for (size_t j = 0; j < y.width; j++) {
            float *to = y.data + i * y.row + j * y.pixel;
            memset(to, 0, n * sizeof *to);
            for (size_t k = 0; k < side * tall; k++) {
                const float *from = pixel_of(x, side, tall, i, j, k);
                for (size_t c = 0; c < n; c++) to[c] += from[c];
            }
            for (size_t c = 0; c < n; c++) to[c] *= part;
        }
    }
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor dx = a->d_in[0], dy = a->d_out;
    if (dx.data == NULL) return;
    const size_t side = (size_t)a->settings[KERNEL], tall = tall_of(a, side), n = nb_padded(dy.channels);
    const float part = 1.0F / (float)(side * tall);
    if (!a->add[0]) nb_clear(dx, 1);
    for (size_t i = 0; i < dy.height; i++) {
        for (size_t j = 0; j < dy.width; j++) {
            const float *from = dy.data + i * dy.row + j * dy.pixel;
            for (size_t k = 0; k < side * tall; k++) {
                float *to = dx.data + (i * tall + k / side) * dx.row + (j * side + k % side) * dx.pixel;
                for (size_t c = 0; c < n; c++) to[c] += from[c] * part;
            }
        }
    }
}

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    const size_t side = (size_t)s->settings[KERNEL];
    return in.axes == NB_IMAGE ? (nb_shape){in.height / side, in.width / side, in.channels, in.axes}
                               : (nb_shape){0};
}

static nb_shape shape_1d(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    return in.axes == NB_SERIES ? (nb_shape){1, in.width / (size_t)s->settings[KERNEL], in.channels, in.axes}
                                : (nb_shape){0};
}

const nb_layer_kind nb_avg_pool_layer = {
    .name = "AvgPool2d",
    .takes_text = "(channels, height, width), kernel_size x kernel_size or more",
    .settings = {{"kernel_size", 2, 64, 2, false, NULL}},
    .python_module = "nn.AvgPool2d({kernel_size})",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = shape,
};

const nb_layer_kind nb_avg_pool_1d_layer = {
    .name = "AvgPool1d",
    .takes_text = "(channels, length), kernel_size long or more",
    .settings = {{"kernel_size", 2, 64, 2, false, NULL}},
    .python_module = "nn.AvgPool1d({kernel_size})",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = shape_1d,
};
