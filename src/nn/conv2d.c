/* conv2d.c - any convolution: kernel 1 to 7, stride, padding, groups; of a series (Conv1d) as a picture of height 1.
 *
 *   y[i, j] = sum over taps (u, v) of x[i s - p + u, j s - p + v] W[u, v] + b
 *   dx[i s - p + u, j s - p + v] += dy[i, j] W[u, v]^T      dW[u, v] = sum of x[...]^T dy[i, j]
 *
 * Outputs that lie close are one matrix product, whose left side is gathered from x, zeros beyond its border. Groups of few
 * outputs are plain loops, along the outputs. conv.c and winograd.c do what is usual faster. */
#include "nn/convolution.h"
#include "nn/layers.h"

#include <math.h>

typedef struct plan {
    size_t wide, taps, stride, padding, above, groups, in,
        out; /* above: padding over the first row; in: of a group */
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
    return p;
}

/* The pixel of t that tap k of output (i, j) reads, or NULL beyond the border. */
static float *tap_at(const plan *p, nb_tensor t, size_t i, size_t j, size_t k)
{
    const size_t y = i * p->stride + k / p->wide, x = j * p->stride + k % p->wide;
    if (y < p->above || y - p->above >= t.height || x < p->padding || x - p->padding >= t.width) return NULL;
    return t.data + (y - p->above) * t.row + (x - p->padding) * t.pixel;
}

/* ---- With groups of few outputs: one pixel and tap at a time ---- */

/* Input c of a group: to[o] += x w[o], x being what output o reads. Once in the program, as add_to: they are long. */
__attribute__((noinline)) static void add_from(const plan *p, size_t c, float *restrict to, const float *x,
                                               const float *w)
{
    const size_t each = p->out / p->groups;
    if (each == 1 && p->in == 1) {
        for (size_t o = 0; o < p->out; o++) to[o] += x[o] * w[o];
        return;
    }
    for (size_t o = 0; o < p->out; o++) to[o] += x[o / each * p->in + c] * w[o];
}

/* The other way: to, what output o reads, += d[o] w[o]. */
__attribute__((noinline)) static void add_to(const plan *p, size_t c, float *restrict to, const float *d,
                                             const float *w)
{
    const size_t each = p->out / p->groups;
    if (each == 1 && p->in == 1) {
        add_from(p, c, to, d, w);
        return;
    }
    for (size_t o = 0; o < p->out; o++) to[o / each * p->in + c] += d[o] * w[o];
}

typedef enum pass { FORWARD, BACKWARD, GRADIENT } pass;

static void plainly(const plan *p, const nb_layer_args *a, pass which)
{
    const nb_tensor out = which == FORWARD ? a->out : a->d_out,
                    in = which == BACKWARD ? a->d_in[0] : a->in[0];
    for (size_t i = 0; i < out.height * out.width; i++) {
        float *y = nb_pixel(out, i);
        for (size_t k = 0; k < p->taps; k++) {
            float *x = tap_at(p, in, i / out.width, i % out.width, k);
            for (size_t c = 0; x && c < p->in; c++) {
                const size_t at = (k * p->in + c) * a->weight.stride;
                if (which == FORWARD) add_from(p, c, y, x, a->weight.data + at);
                if (which == BACKWARD) add_to(p, c, x, y, a->weight.data + at);
                if (which == GRADIENT) add_from(p, c, a->d_weight + at, x, y);
            }
        }
        for (size_t o = 0; which == FORWARD && a->bias && o < p->out; o++) y[o] += a->bias[o];
    }
}

/* ---- Otherwise matrix products, group by group, of some outputs at a time ---- */

enum { AT_ONCE = 64 };

/* Whether a group's outputs begin where a vector of numbers does. */
static bool by_products(size_t out, size_t groups) { return groups == 1 || out / groups % NB_PAD == 0; }

/* How many outputs: a row, or several that lie close. */
static size_t at_once(size_t height, size_t width, bool close)
{
    const size_t rows = close && width < AT_ONCE ? AT_ONCE / width : 1;
    return width * (rows < height ? rows : height);
}

static bool is_close(nb_tensor t) { return t.row == t.width * t.pixel; }

/* Some outputs of a group, and what they read: a row (taps x in) of `work` each. */
typedef struct part {
    size_t group, first, count, from, to; /* from, to: the group's first input and output */
} part;

/* The first part, or the one after *t; false: there is none. */
static bool next_part(const plan *p, nb_tensor out, part *t)
{
    if (out.height == 0 || out.width == 0) return false; /* there are none, which the analyzer cannot know */
    const size_t all = out.height * out.width, most = at_once(out.height, out.width, is_close(out));
    t->first += t->count;
    if (t->first == all) {
        t->group++;
        t->first = 0;
    }
    t->count = all - t->first < most ? all - t->first : most;
    t->from = t->group * p->in;
    t->to = t->group * (p->out / p->groups);
    return t->group < p->groups;
}

/* A run of pixels is copied at once. */
static void gather(const plan *p, const nb_layer_args *a, const part *t)
{
    const nb_tensor x = a->in[0];
    float *to = a->work;
    for (size_t o = t->first; o < t->first + t->count; o++) {
        const size_t i = o / a->out.width, j = o % a->out.width, left = j * p->stride;
        const bool inside = left >= p->padding && left - p->padding + p->wide <= x.width;
        for (size_t k = 0; k < p->taps; k += p->wide, to += p->wide * p->in) {
            const float *run = inside ? tap_at(p, x, i, j, k) : NULL;
            if (run && x.pixel == p->in) {
                memcpy(to, run, p->wide * p->in * sizeof *to);
                continue;
            }
            for (size_t v = 0; v < p->wide; v++) {
                const float *from = tap_at(p, x, i, j, k + v);
                for (size_t c = 0; c < p->in; c++) to[v * p->in + c] = from ? from[t->from + c] : 0.0F;
            }
        }
    }
}

static void forward(const nb_layer_args *a)
{
    const plan p = plan_of(a);
    if (!by_products(p.out, p.groups)) {
        nb_clear(a->out, 1);
        plainly(&p, a, FORWARD);
        return;
    }
    for (part t = {0}; next_part(&p, a->out, &t);) {
        gather(&p, a, &t);
        a->kernels->gemm(&(nb_gemm){.m = t.count,
                                    .n = p.out / p.groups,
                                    .k = p.taps * p.in,
                                    .a = a->work,
                                    .a_row = p.taps * p.in,
                                    .b = a->weight.data + t.to,
                                    .b_row = a->weight.stride,
                                    .c = nb_pixel(a->out, t.first) + t.to,
                                    .c_row = a->out.pixel,
                                    .bias = a->bias ? a->bias + t.to : NULL});
    }
}

/* Of some outputs, tap k: their gradients go back to the pixels that they read. */
static void scatter(const plan *p, const nb_layer_args *a, const part *t, size_t k)
{
    const nb_tensor dy = a->d_out;
    const size_t apart = nb_padded(p->in);
    a->kernels->gemm(&(nb_gemm){.m = t->count,
                                .n = p->in,
                                .k = p->out / p->groups,
                                .a = nb_pixel(dy, t->first) + t->to,
                                .a_row = dy.pixel,
                                .b = a->weight_t.data + (k * p->out + t->to) * a->weight_t.stride,
                                .b_row = a->weight_t.stride,
                                .c = a->work,
                                .c_row = apart});
    for (size_t n = 0; n < t->count; n++) {
        const size_t o = t->first + n;
        float *to = tap_at(p, a->d_in[0], o / dy.width, o % dy.width, k);
        for (size_t c = 0; to && c < p->in; c++) to[t->from + c] += a->work[n * apart + c];
    }
}

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data == NULL) return;
    const plan p = plan_of(a);
    if (!a->add[0]) nb_clear(a->d_in[0], 1);
    if (!by_products(p.out, p.groups)) {
        plainly(&p, a, BACKWARD);
        return;
    }
    for (part t = {0}; next_part(&p, a->d_out, &t);)
        for (size_t k = 0; k < p.taps; k++) scatter(&p, a, &t, k);
}

static void sum_bias(const nb_layer_args *a, size_t out)
{
    const nb_tensor dy = a->d_out;
    for (size_t i = 0; a->d_bias && i < dy.height; i++)
        a->kernels->sum_rows(dy.width, out, dy.data + i * dy.row, dy.pixel, a->accumulate || i > 0,
                             a->d_bias);
}

static void gradient(const nb_layer_args *a)
{
    const plan p = plan_of(a);
    const size_t each = p.out / p.groups;
    sum_bias(a, p.out);
    if (!by_products(p.out, p.groups)) {
        if (!a->accumulate) memset(a->d_weight, 0, p.taps * p.in * a->weight.stride * sizeof *a->d_weight);
        plainly(&p, a, GRADIENT);
        return;
    }
    for (part t = {0}; next_part(&p, a->d_out, &t);) {
        gather(&p, a, &t);
        a->kernels->gemm(&(nb_gemm){.m = p.taps * p.in,
                                    .n = each,
                                    .k = t.count,
                                    .a = a->work,
                                    .a_row = p.taps * p.in,
                                    .transposed = true,
                                    .b = nb_pixel(a->d_out, t.first) + t.to,
                                    .b_row = a->d_out.pixel,
                                    .c = a->d_weight + t.to,
                                    .c_row = a->weight.stride,
                                    .accumulate = a->accumulate || t.first > 0});
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
    const size_t groups = (size_t)s->settings[NB_CONV_GROUPS];
    if (!by_products(s->out.channels, groups)) return 0;
    return nb_mul(at_once(s->out.height, s->out.width, true),
                  nb_mul(s->taps, nb_padded(s->in[0].channels / groups)));
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
