/* mul.c - y = x0 x1, number by number; a vector is taken for every pixel (of tokens: for every token).
 *
 *   dx0 = dy x1      dx1 = dy x0, for a vector summed over the pixels */
#include "nn/layers.h"

static bool whole(const nb_layer_args *a)
{
    return a->in[1].width == a->in[0].width && a->in[1].height == a->in[0].height;
}

/* Pixel i, or of a vector beside `pixels` pixels of each sample the one of that sample. */
static float *pixel_at(nb_tensor t, size_t pixels, size_t i, bool one)
{
    return one ? t.data + i / pixels * t.sample : nb_pixel(t, i);
}

static void forward(const nb_layer_args *a)
{
    const nb_tensor y = a->out;
    const size_t n = nb_padded(y.channels), pixels = y.height * y.width;
    for (size_t i = 0; i < a->rows * pixels; i++) {
        const float *p = nb_pixel(a->in[0], i);
        const float *q = pixel_at(a->in[1], pixels, i, !whole(a));
        float *to = nb_pixel(y, i);
        for (size_t c = 0; c < n; c++) to[c] = p[c] * q[c];
    }
}

/* to (+)= dy by */
static void give(const nb_layer_args *a, nb_tensor to, nb_tensor by, bool one, bool by_one, bool add)
{
    const nb_tensor dy = a->d_out;
    const size_t n = nb_padded(dy.channels), pixels = dy.height * dy.width;
    if (one && !add) memset(to.data, 0, n * sizeof *to.data);
    for (size_t i = 0; i < a->rows * pixels; i++) {
        const float *d = nb_pixel(dy, i);
        const float *f = pixel_at(by, pixels, i, by_one);
        float *p = pixel_at(to, pixels, i, one);
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
    .reads_in = 2,
    .whole_rows = true,
};
