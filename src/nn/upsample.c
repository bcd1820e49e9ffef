/* upsample.c - twice the height and width: the nearest pixel, or bilinear with align_corners = false.
 *
 * Pixel 2i + o of a line lies at i - 1/4 (o = 0) or i + 1/4 (o = 1) of the smaller one: 3/4 of pixel i and 1/4
 * of its neighbour, which at the edge is pixel i itself. Backward gives each gradient to the pixels it came
 * from, in the order of the large image. */
#include "nn/layers.h"

/* Where output line i of 2n reads: lines near (weight 3/4) and far (1/4). */
typedef struct source {
    size_t near, far;
} source;

static source source_of(size_t i, size_t n)
{
    const size_t near = i / 2;
    if (i % 2 == 0) return (source){near, near > 0 ? near - 1 : 0};
    return (source){near, near + 1 < n ? near + 1 : near};
}

/* p and q lie beside each other, r and s below or above them. */
static void blend(size_t n, const float *restrict p, const float *restrict q, const float *restrict r,
                  const float *restrict s, float *restrict to)
{
    for (size_t c = 0; c < n; c++)
        to[c] = 0.75F * (0.75F * p[c] + 0.25F * q[c]) + 0.25F * (0.75F * r[c] + 0.25F * s[c]);
}

enum { SCALE, MODE };

enum { NEAREST, BILINEAR, LINEAR /* of a series, whose one line is its own neighbour */ };

static bool nearest(const nb_layer_args *a) { return (int)a->settings[MODE] == NEAREST; }

/* Each pixel 2 x 2 times; of a series, whose height stays 1, 2 times. */
static void forward_nearest(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    const size_t tall = y.height / x.height, bytes = nb_padded(y.channels) * sizeof *y.data;
    for (size_t i = 0; i < y.height; i++) {
        for (size_t j = 0; j < y.width; j++)
            memcpy(y.data + i * y.row + j * y.pixel, x.data + i / tall * x.row + j / 2 * x.pixel, bytes);
    }
}

static void forward(const nb_layer_args *a)
{
    if (nearest(a)) {
        forward_nearest(a);
        return;
    }
    const nb_tensor x = a->in[0], y = a->out;
    const size_t n = nb_padded(y.channels);
    for (size_t i = 0; i < y.height; i++) {
        const source v = source_of(i, x.height);
        for (size_t j = 0; j < y.width; j++) {
            const source h = source_of(j, x.width);
            const float *near = x.data + v.near * x.row, *far = x.data + v.far * x.row;
            blend(n, near + h.near * x.pixel, near + h.far * x.pixel, far + h.near * x.pixel,
                  far + h.far * x.pixel, y.data + i * y.row + j * y.pixel);
        }
    }
}

static void spread(float *restrict to, const float *restrict from, size_t n, float weight)
{
    for (size_t c = 0; c < n; c++) to[c] += weight * from[c];
}

/* In the order of the large image. */
static void backward_nearest(const nb_layer_args *a)
{
    const nb_tensor dx = a->d_in[0], dy = a->d_out;
    const size_t tall = dy.height / dx.height, n = nb_padded(dx.channels);
    if (!a->add[0]) nb_clear(dx, 1);
    for (size_t i = 0; i < dy.height; i++) {
        for (size_t j = 0; j < dy.width; j++)
            spread(dx.data + i / tall * dx.row + j / 2 * dx.pixel, dy.data + i * dy.row + j * dy.pixel, n,
                   1.0F);
    }
}

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data && nearest(a)) {
        backward_nearest(a);
        return;
    }
    const nb_tensor dx = a->d_in[0], dy = a->d_out;
    if (dx.data == NULL) return;
    const size_t n = nb_padded(dx.channels);
    if (!a->add[0]) nb_clear(dx, 1);
    for (size_t i = 0; i < dy.height; i++) {
        const source v = source_of(i, dx.height);
        float *near = dx.data + v.near * dx.row, *far = dx.data + v.far * dx.row;
        for (size_t j = 0; j < dy.width; j++) {
            const source h = source_of(j, dx.width);
            const float *from = dy.data + i * dy.row + j * dy.pixel;
            spread(near + h.near * dx.pixel, from, n, 0.5625F);
            spread(near + h.far * dx.pixel, from, n, 0.1875F);
            spread(far + h.near * dx.pixel, from, n, 0.1875F);
            spread(far + h.far * dx.pixel, from, n, 0.0625F);
        }
    }
}

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    if (in.axes == NB_SERIES && (int)s->settings[MODE] != BILINEAR)
        return (nb_shape){1, nb_mul(2, in.width), in.channels, in.axes};
    if (in.axes != NB_IMAGE || (int)s->settings[MODE] == LINEAR) return (nb_shape){0};
    return (nb_shape){nb_mul(2, in.height), nb_mul(2, in.width), in.channels, in.axes};
}

const nb_layer_kind nb_upsample_layer = {
    .name = "Upsample",
    .python = "F.interpolate({0}, scale_factor={scale_factor}, mode={mode})",
    .python_module = "nn.Upsample(scale_factor={scale_factor}, mode={mode})",
    .takes_text =
        "(channels, height, width) for mode nearest or bilinear, (channels, length) for nearest or linear",
    .settings = {{"scale_factor", 2, 2, 2, false, NULL}, {"mode", 0, 2, 0, false, "nearest bilinear linear"}},
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = shape,
};
