/* scale_shift.c - y = x (1 + scale) + shift, scale and shift being vectors, for every pixel or token: FiLM (Perez et al. 2018),
 * adaLN (Peebles and Xie 2023).
 *
 *   dx = dy (1 + scale)      dscale = sum of dy x      dshift = sum of dy, over the pixels in order */
#include "nn/layers.h"

static void forward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    const size_t n = nb_padded(y.channels);
    for (size_t i = 0; i < a->rows * y.height * y.width; i++) {
        const size_t s = i / y.width / y.height;
        const float *scale = a->in[1].data + s * a->in[1].sample,
                    *shift = a->in[2].data + s * a->in[2].sample;
        const float *p = nb_pixel(x, i);
        float *q = nb_pixel(y, i);
        for (size_t c = 0; c < n; c++) q[c] = p[c] * (1.0F + scale[c]) + shift[c];
    }
}

static void clear(const nb_layer_args *a, int k)
{
    if (a->d_in[k].data == NULL || a->add[k]) return;
    for (size_t s = 0; s < a->rows; s++)
        memset(a->d_in[k].data + s * a->d_in[k].sample, 0, nb_padded(a->out.channels) * sizeof(float));
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dx = a->d_in[0], dy = a->d_out;
    const size_t n = nb_padded(dy.channels);
    clear(a, 1);
    clear(a, 2);
    for (size_t i = 0; i < a->rows * dy.height * dy.width; i++) {
        const size_t s = i / dy.width / dy.height;
        const float *scale = a->in[1].data + s * a->in[1].sample;
        const float *p = nb_pixel(x, i);
        const float *d = nb_pixel(dy, i);
        if (dx.data) {
            float *to = nb_pixel(dx, i);
            for (size_t c = 0; c < n; c++) to[c] = (a->add[0] ? to[c] : 0.0F) + d[c] * (1.0F + scale[c]);
        }
        float *ds = a->d_in[1].data ? a->d_in[1].data + s * a->d_in[1].sample : NULL;
        float *dt = a->d_in[2].data ? a->d_in[2].data + s * a->d_in[2].sample : NULL;
        for (size_t c = 0; ds && c < n; c++) ds[c] += d[c] * p[c];
        for (size_t c = 0; dt && c < n; c++) dt[c] += d[c];
    }
}

static nb_shape shape(const nb_layer_spec *s)
{
    for (int k = 1; k < 3; k++)
        if (s->in[k].axes != NB_FEATURES || s->in[k].channels != s->in[0].channels) return (nb_shape){0};
    return s->in[0];
}

const nb_layer_kind nb_scale_shift_layer = {
    .name = "scale_shift",
    .takes_text = "a value, and two vectors (channels)",
    .python = "scale_shift({0}, {1}, {2})",
    .python_needs = "def scale_shift(x, scale, shift):\n"
                    "    return x * (1 + scale) + shift\n",
    .spreads = true,
    .inputs = 3,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .reads_in = 2,
    .whole_rows = true,
};
