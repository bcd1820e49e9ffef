/* concat.c - y = [x0, x1] along the channels of every pixel (the features of a vector). Without data, x1 is 0. What lies
 * in its place already is not copied. */
#include "nn/layers.h"

/* A pixel's channels, 16 at a time: for so few a call would take longer than the copy. */
static inline void copy_channels(float *restrict to, const float *restrict from, size_t n)
{
    for (; n >= 16; n -= 16, to += 16, from += 16) memcpy(to, from, 16 * sizeof *to);
    for (; n > 0; n--) *to++ = *from++;
}

/* x to the channels of y from `first` on. */
static void put(const nb_layer_args *a, nb_tensor x, size_t first)
{
    const nb_tensor y = a->out;
    if (x.data == y.data + first) return;
    for (size_t i = 0; i < a->rows * y.height; i++) {
        const size_t s = i / y.height, line = i % y.height;
        const float *from = x.data ? x.data + s * x.sample + line * x.row : NULL;
        float *to = y.data + s * y.sample + line * y.row + first;
        for (size_t j = 0; j < y.width; j++, to += y.pixel) {
            if (from)
                copy_channels(to, from + j * x.pixel, x.channels);
            else
                memset(to, 0, x.channels * sizeof *to);
        }
    }
}

static void forward(const nb_layer_args *a)
{
    put(a, a->in[0], 0);
    put(a, a->in[1], a->in[0].channels);
}

/* dx = the channels from `first` on of dy. */
static void take(const nb_layer_args *a, nb_tensor dx, size_t first, bool add)
{
    const nb_tensor dy = a->d_out;
    if (dx.data == dy.data + first) return;
    const size_t padding = nb_padded(dx.channels) - dx.channels;
    for (size_t i = 0; i < a->rows * dy.height; i++) {
        const float *from = dy.data + i / dy.height * dy.sample + i % dy.height * dy.row + first;
        float *to = dx.data + i / dy.height * dx.sample + i % dy.height * dx.row;
        for (size_t j = 0; j < dy.width; j++, to += dx.pixel, from += dy.pixel) {
            if (add) {
                for (size_t c = 0; c < dx.channels; c++) to[c] += from[c];
            } else {
                copy_channels(to, from, dx.channels);
                for (size_t c = 0; c < padding; c++) to[dx.channels + c] = 0.0F;
            }
        }
    }
}

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data) take(a, a->d_in[0], 0, a->add[0]);
    if (a->d_in[1].data) take(a, a->d_in[1], a->in[0].channels, a->add[1]);
}

static nb_shape shape(const nb_layer_spec *s)
{
    if (!nb_same_size(s->in[0], s->in[1])) return (nb_shape){0};
    return (nb_shape){s->in[0].height, s->in[0].width, nb_add(s->in[0].channels, s->in[1].channels),
                      s->in[0].axes};
}

const nb_layer_kind nb_concat_layer = {
    .name = "cat",
    .python = "torch.cat([{0}, {1}], 1)",
    .takes_text = "values that differ in their channels only",
    .inputs = 2,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .side_by_side = true,
};
