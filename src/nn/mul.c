/* mul.c - y = x0 x1, number by number; a vector is taken for every pixel (of tokens: for every token).
 *
 *   dx0 = dy x1      dx1 = dy x0, for a vector summed over the pixels */
#include "nn/layers.h"

static bool whole(const nb_layer_args *a)
{
    return a->in[1].width == a->in[0].width && a->in[1].height == a->in[0].height;
}

/* Pixel i of t; of a vector beside a picture always the one. */
static float *pixel_at(nb_tensor t, size_t width, size_t height, size_t i, bool one)
{
    const size_t s = i / width / height;
    return t.data + s * t.sample + (one ? 0 : i / width % height * t.row + i % width * t.pixel);
}

static void forward(const nb_layer_args *a)
{
    const nb_tensor y = a->out;
    const size_t n = nb_padded(y.channels);
    for (size_t i = 0; i < a->rows * y.height * y.width; i++) {
        const float *p = pixel_at(a->in[0], y.width, y.height, i, false);
        const float *q = pixel_at(a->in[1], y.width, y.height, i, !whole(a));
        float *to = pixel_at(y, y.width, y.height, i, false);
        for (size_t c = 0; c < n; c++) to[c] = p[c] * q[c];
    }
}

/* to (+)= dy by */
static void give(const nb_layer_args *a, nb_tensor to, nb_tensor by, bool one, bool by_one, bool add)
{
    const nb_tensor dy = a->d_out;
    const size_t n = nb_padded(dy.channels);
    if (one && !add) memset(to.data, 0, n * sizeof *to.data);
    for (size_t i = 0; i < a->rows * dy.height * dy.width; i++) {
        const float *d = pixel_at(dy, dy.width, dy.height, i, false);
        const float *f = pixel_at(by, dy.width, dy.height, i, by_one);
        float *p = pixel_at(to, dy.width, dy.height, i, one);
        for (size_t c = 0; c < n; c++) p[c] = add || one ? p[c] + d[c] * f[c] : d[c] * f[c];
    }
}

static void backward(const nb_layer_args *a)
{
    const bool one = !whole(a);
    if (a->d_in[0].data) give(a, a->d_in[0], a->in[1], false, one, a->add[0]);
    if (a->d_in[1].data) give(a, a->d_in[1], a->in[0], one, false, a->add[1]);
}

static nb_shape shape(const nb_layer_spec *s)
{
    if (s->in[0].channels != s->in[1].channels) return (nb_shape){0};
    return nb_same_size(s->in[0], s->in[1]) || s->in[1].axes == NB_FEATURES ? s->in[0] : (nb_shape){0};
}

const nb_layer_kind nb_mul_layer = {
    .name = "mul",
    .takes_text = "two values of one shape, or a vector (channels) second",
    .python = "torch.mul({0}, {1})",
    .spreads = true,
    .inputs = 2,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .reads_in = true,
    .reads_in_1 = true,
    .whole_rows = true,
};
