/* conv2d.c - any convolution: kernel 1 to 7, stride, padding, groups; of a series (Conv1d) as a picture of height 1.
 *
 *   y[i, j] = sum over taps (u, v) of x[i s - p + u, j s - p + v] W[u, v] + b
 *   dx[i s - p + u, j s - p + v] += dy[i, j] W[u, v]^T      dW[u, v] = sum of x[...]^T dy[i, j]
 *
 * A row of outputs is one matrix product, whose left side is gathered from x, zeros beyond its border. With groups an output
 * sums over few inputs: plain loops, along the outputs. conv.c and winograd.c do what is usual faster. */
#include "nn/convolution.h"
#include "nn/layers.h"

#include <math.h>

typedef struct plan {
    size_t wide, taps, stride, padding, above, groups, in, out,
        apart; /* above: padding over the first row; in: of a group; apart: floats of a gathered tap */
} plan;

static plan plan_of(const nb_layer_args *a)
{
    const double *s = a->settings;
    plan p = {.wide = (size_t)s[NB_CONV_KERNEL],
              .stride = (size_t)s[NB_CONV_STRIDE],
              .padding = (size_t)s[NB_CONV_PADDING],
              .groups = (size_t)s[NB_CONV_GROUPS]};
    /* Nothing stands over a series. A picture whose kernel is of one row, too, has more than one if it is padded. */
    const bool one_row = a->taps == p.wide && a->in[0].height == 1 && a->out.height == 1;
    p.above = one_row ? 0 : p.padding;
    p.taps = a->taps;
    p.in = a->in[0].channels / p.groups;
    p.out = a->out.channels;
    p.apart = a->in[0].channels;
    return p;
}

/* The pixel of t that tap k of output (i, j) reads, or NULL beyond the border. */
static float *tap_at(const plan *p, nb_tensor t, size_t i, size_t j, size_t k)
{
    const size_t y = i * p->stride + k / p->wide, x = j * p->stride + k % p->wide;
    if (y < p->above || y - p->above >= t.height || x < p->padding || x - p->padding >= t.width) return NULL;
    return t.data + (y - p->above) * t.row + (x - p->padding) * t.pixel;
}

/* Row i of the outputs: (width, taps x channels). */
static void gather(const plan *p, const nb_layer_args *a, size_t i, float *to)
{
    for (size_t j = 0; j < a->out.width; j++) {
        for (size_t k = 0; k < p->taps; k++, to += p->apart) {
            const float *from = tap_at(p, a->in[0], i, j, k);
            for (size_t c = 0; c < p->apart; c++) to[c] = from ? from[c] : 0.0F;
        }
    }
}

/* ---- With groups: one pixel and tap at a time ---- */

static void grouped_forward(const plan *p, const nb_layer_args *a)
{
    const nb_tensor y = a->out;
    const size_t each = p->out / p->groups;
    nb_clear(y, 1);
    for (size_t i = 0; i < y.height * y.width; i++) {
        float *to = nb_pixel(y, i);
        for (size_t k = 0; k < p->taps; k++) {
            const float *from = tap_at(p, a->in[0], i / y.width, i % y.width, k);
            for (size_t c = 0; from && c < p->in; c++) {
                const float *w = a->weight.data + (k * p->in + c) * a->weight.stride;
                for (size_t o = 0; o < p->out; o++) to[o] += from[o / each * p->in + c] * w[o];
            }
        }
        for (size_t o = 0; a->bias && o < p->out; o++) to[o] += a->bias[o];
    }
}

static void grouped_backward(const plan *p, const nb_layer_args *a)
{
    const nb_tensor dy = a->d_out;
    const size_t each = p->out / p->groups;
    for (size_t i = 0; i < dy.height * dy.width; i++) {
        const float *d = nb_pixel(dy, i);
        for (size_t k = 0; k < p->taps; k++) {
            float *to = tap_at(p, a->d_in[0], i / dy.width, i % dy.width, k);
            for (size_t c = 0; to && c < p->in; c++) {
                const float *w = a->weight.data + (k * p->in + c) * a->weight.stride;
                for (size_t o = 0; o < p->out; o++) to[o / each * p->in + c] += d[o] * w[o];
            }
        }
    }
}

static void grouped_gradient(const plan *p, const nb_layer_args *a)
{
    const nb_tensor dy = a->d_out;
    const size_t each = p->out / p->groups, stride = a->weight.stride;
    if (!a->accumulate) memset(a->d_weight, 0, p->taps * p->in * stride * sizeof *a->d_weight);
    for (size_t i = 0; i < dy.height * dy.width; i++) {
        const float *d = nb_pixel(dy, i);
        for (size_t k = 0; k < p->taps; k++) {
            const float *from = tap_at(p, a->in[0], i / dy.width, i % dy.width, k);
            for (size_t c = 0; from && c < p->in; c++) {
                float *w = a->d_weight + (k * p->in + c) * stride;
                for (size_t o = 0; o < p->out; o++) w[o] += from[o / each * p->in + c] * d[o];
            }
        }
    }
}

/* ---- Without: matrix products ---- */

static void forward(const nb_layer_args *a)
{
    const plan p = plan_of(a);
    if (p.groups > 1) {
        grouped_forward(&p, a);
        return;
    }
    for (size_t i = 0; i < a->out.height; i++) {
        gather(&p, a, i, a->work);
        a->kernels->gemm(&(nb_gemm){.m = a->out.width,
                                    .n = p.out,
                                    .k = p.taps * p.apart,
                                    .a = a->work,
                                    .a_row = p.taps * p.apart,
                                    .b = a->weight.data,
                                    .b_row = a->weight.stride,
                                    .c = a->out.data + i * a->out.row,
                                    .c_row = a->out.pixel,
                                    .bias = a->bias});
    }
}

/* Row i of the outputs, tap k: its gradients go back to the pixels that it read. */
static void scatter(const plan *p, const nb_layer_args *a, size_t i, size_t k)
{
    const size_t apart = nb_padded(p->apart);
    a->kernels->gemm(&(nb_gemm){.m = a->d_out.width,
                                .n = p->apart,
                                .k = p->out,
                                .a = a->d_out.data + i * a->d_out.row,
                                .a_row = a->d_out.pixel,
                                .b = a->weight_t.data + k * p->out * a->weight_t.stride,
                                .b_row = a->weight_t.stride,
                                .c = a->work,
                                .c_row = apart});
    for (size_t j = 0; j < a->d_out.width; j++) {
        float *to = tap_at(p, a->d_in[0], i, j, k);
        for (size_t c = 0; to && c < p->apart; c++) to[c] += a->work[j * apart + c];
    }
}

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data == NULL) return;
    const plan p = plan_of(a);
    if (!a->add[0]) nb_clear(a->d_in[0], 1);
    if (p.groups > 1) {
        grouped_backward(&p, a);
        return;
    }
    for (size_t i = 0; i < a->d_out.height; i++)
        for (size_t k = 0; k < p.taps; k++) scatter(&p, a, i, k);
}

static void gradient(const nb_layer_args *a)
{
    const plan p = plan_of(a);
    const nb_tensor dy = a->d_out;
    if (p.groups > 1) grouped_gradient(&p, a);
    for (size_t i = 0; i < dy.height; i++) {
        const bool more = a->accumulate || i > 0;
        const float *row = dy.data + i * dy.row;
        if (a->d_bias) a->kernels->sum_rows(dy.width, p.out, row, dy.pixel, more, a->d_bias);
        if (p.groups > 1) continue;
        gather(&p, a, i, a->work);
        a->kernels->gemm(&(nb_gemm){.m = p.taps * p.apart,
                                    .n = p.out,
                                    .k = dy.width,
                                    .a = a->work,
                                    .a_row = p.taps * p.apart,
                                    .transposed = true,
                                    .b = row,
                                    .b_row = dy.pixel,
                                    .c = a->d_weight,
                                    .c_row = a->weight.stride,
                                    .accumulate = more});
    }
}

/* ---- Shapes ---- */

/* Outputs along a side, 0 if there are none. */
static size_t along(size_t side, const double *s)
{
    const size_t kernel = (size_t)s[NB_CONV_KERNEL], stride = (size_t)s[NB_CONV_STRIDE];
    const size_t whole = nb_add(side, 2 * (size_t)s[NB_CONV_PADDING]);
    return whole < kernel ? 0 : (whole - kernel) / stride + 1;
}

static bool fits(const nb_layer_spec *s, nb_axes axes)
{
    const size_t channels = (size_t)s->settings[NB_CONV_IN], groups = (size_t)s->settings[NB_CONV_GROUPS];
    const size_t out = (size_t)s->settings[NB_CONV_OUT];
    return s->in[0].axes == axes && s->in[0].channels == channels && channels % groups == 0 &&
           out % groups == 0;
}

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    if (!fits(s, NB_IMAGE)) return (nb_shape){0};
    return (nb_shape){along(in.height, s->settings), along(in.width, s->settings),
                      (size_t)s->settings[NB_CONV_OUT], in.axes};
}

static nb_shape shape_1d(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    if (!fits(s, NB_SERIES)) return (nb_shape){0};
    return (nb_shape){1, along(in.width, s->settings), (size_t)s->settings[NB_CONV_OUT], in.axes};
}

static nb_weight weight_of(const double *s, size_t taps, int rank)
{
    const size_t in = (size_t)(s[NB_CONV_IN] / s[NB_CONV_GROUPS]);
    return (nb_weight){NB_PARAM_CONV,         taps, in, (size_t)s[NB_CONV_OUT], rank, nb_mul(in, taps),
                       s[NB_CONV_BIAS] != 0.0};
}

static nb_weight weight(const double *s)
{
    return weight_of(s, (size_t)(s[NB_CONV_KERNEL] * s[NB_CONV_KERNEL]), 4);
}

static nb_weight weight_1d(const double *s) { return weight_of(s, (size_t)s[NB_CONV_KERNEL], 3); }

static size_t work(const nb_layer_spec *s)
{
    if (s->settings[NB_CONV_GROUPS] > 1.0) return 0;
    const size_t channels = nb_padded(s->in[0].channels);
    return nb_mul(s->out.width, nb_mul(s->taps, channels));
}

#define SETTINGS                                                                                             \
    {                                                                                                        \
        {"in_channels", 1, NB_MOST_FEATURES, NAN, false, NULL},                                              \
            {"out_channels", 1, NB_MOST_FEATURES, NAN, false, NULL},                                         \
            {"kernel_size", 1, NB_MOST_KERNEL, NAN, false, NULL}, {"stride", 1, 2, 1, false, NULL},          \
            {"padding", 0, NB_MOST_KERNEL - 1, 0, false, NULL},                                              \
            {"groups", 1, NB_MOST_FEATURES, 1, false, NULL},                                                 \
        {                                                                                                    \
            "bias", 0, 1, 1, false, NULL                                                                     \
        }                                                                                                    \
    }

const nb_layer_kind nb_conv2d_layer = {
    .name = "Conv2d",
    .takes_text = "(in_channels, height, width)",
    .settings = SETTINGS,
    .weight = weight,
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .shape = shape,
    .work = work,
    .faster = &nb_conv_layer,
    .reads_in = 1,
};

const nb_layer_kind nb_conv1d_layer = {
    .name = "Conv1d",
    .takes_text = "(in_channels, length)",
    .settings = SETTINGS,
    .weight = weight_1d,
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .shape = shape_1d,
    .work = work,
    .reads_in = 1,
};
