/* conv_transpose2d.c - any transposed convolution: kernel 1 to 7, stride, padding, output_padding.
 *
 *   y[i s - p + u, j s - p + v] += x[i, j] W[u, v], + b
 *   dx[i, j] = sum over taps of dy[i s - p + u, j s - p + v] W[u, v]^T      dW[u, v] = sum of x[i, j]^T dy[...]
 *
 * Its taps are kept flipped (models/graph_params.c), as conv.c reads those of stride 1. */
#include "nn/convolution.h"
#include "nn/layers.h"

#include <math.h>

typedef struct plan {
    size_t side, taps, stride, padding, in, out;
} plan;

static plan plan_of(const nb_layer_args *a)
{
    const double *s = a->settings;
    return (plan){(size_t)s[NB_CONV_KERNEL],  a->taps,           (size_t)s[NB_CONV_STRIDE],
                  (size_t)s[NB_CONV_PADDING], a->in[0].channels, a->out.channels};
}

/* The pixel of t, as large as the output, that tap k (as it is kept) of input (i, j) reaches, or NULL. */
static float *tap_at(const plan *p, nb_tensor t, size_t i, size_t j, size_t k)
{
    const size_t tap = p->taps - 1 - k;
    const size_t y = i * p->stride + tap / p->side, x = j * p->stride + tap % p->side;
    if (y < p->padding || y - p->padding >= t.height || x < p->padding || x - p->padding >= t.width)
        return NULL;
    return t.data + (y - p->padding) * t.row + (x - p->padding) * t.pixel;
}

/* Row i of the inputs: what tap k gives each of the outputs that it reaches. */
static void scatter(const plan *p, const nb_layer_args *a, size_t i, size_t k)
{
    const size_t apart = nb_padded(p->out);
    a->kernels->gemm(&(nb_gemm){.m = a->in[0].width,
                                .n = p->out,
                                .k = p->in,
                                .a = a->in[0].data + i * a->in[0].row,
                                .a_row = a->in[0].pixel,
                                .b = a->weight.data + k * p->in * a->weight.stride,
                                .b_row = a->weight.stride,
                                .c = a->work,
                                .c_row = apart});
    for (size_t j = 0; j < a->in[0].width; j++) {
        float *to = tap_at(p, a->out, i, j, k);
        for (size_t c = 0; to && c < p->out; c++) to[c] += a->work[j * apart + c];
    }
}

static void forward(const nb_layer_args *a)
{
    const plan p = plan_of(a);
    const nb_tensor y = a->out;
    nb_clear(y, 1);
    for (size_t i = 0; i < a->in[0].height; i++)
        for (size_t k = 0; k < p.taps; k++) scatter(&p, a, i, k);
    for (size_t i = 0; a->bias && i < y.height * y.width; i++) {
        float *to = nb_pixel(y, i);
        for (size_t c = 0; c < p.out; c++) to[c] += a->bias[c];
    }
}

/* Tap k of the gradients that row i of the inputs reached: (width, out), `apart` floats from one to the next. */
static void gather(const plan *p, const nb_layer_args *a, size_t i, size_t k, float *to, size_t apart)
{
    for (size_t j = 0; j < a->in[0].width; j++, to += apart) {
        const float *from = tap_at(p, a->d_out, i, j, k);
        for (size_t c = 0; c < p->out; c++) to[c] = from ? from[c] : 0.0F;
    }
}

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data == NULL) return;
    const plan p = plan_of(a);
    const size_t all = p.taps * p.out;
    for (size_t i = 0; i < a->d_in[0].height; i++) {
        for (size_t k = 0; k < p.taps; k++) gather(&p, a, i, k, a->work + k * p.out, all);
        a->kernels->gemm(&(nb_gemm){.m = a->d_in[0].width,
                                    .n = p.in,
                                    .k = all,
                                    .a = a->work,
                                    .a_row = all,
                                    .b = a->weight_t.data,
                                    .b_row = a->weight_t.stride,
                                    .c = a->d_in[0].data + i * a->d_in[0].row,
                                    .c_row = a->d_in[0].pixel,
                                    .accumulate = a->add[0]});
    }
}

static void gradient(const nb_layer_args *a)
{
    const plan p = plan_of(a);
    const nb_tensor x = a->in[0], dy = a->d_out;
    const size_t apart = nb_padded(p.out);
    memset(a->work, 0, x.width * apart * sizeof *a->work);
    for (size_t i = 0; i < x.height; i++) {
        for (size_t k = 0; k < p.taps; k++) {
            gather(&p, a, i, k, a->work, apart);
            a->kernels->gemm(&(nb_gemm){.m = p.in,
                                        .n = p.out,
                                        .k = x.width,
                                        .a = x.data + i * x.row,
                                        .a_row = x.pixel,
                                        .transposed = true,
                                        .b = a->work,
                                        .b_row = apart,
                                        .c = a->d_weight + k * p.in * a->weight.stride,
                                        .c_row = a->weight.stride,
                                        .accumulate = a->accumulate || i > 0});
        }
    }
    for (size_t i = 0; a->d_bias && i < dy.height; i++)
        a->kernels->sum_rows(dy.width, p.out, dy.data + i * dy.row, dy.pixel, a->accumulate || i > 0,
                             a->d_bias);
}

/* Outputs along a side; 0 if the padding leaves none. */
static size_t along(size_t side, const double *s)
{
    const double n = ((double)side - 1.0) * s[NB_CONV_STRIDE] - 2.0 * s[NB_CONV_PADDING] + s[NB_CONV_KERNEL] +
                     s[NB_CONV_OUTPUT_PADDING];
    return n < 1.0 ? 0 : (size_t)n;
}

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    if (in.axes != NB_IMAGE || in.channels != (size_t)s->settings[NB_CONV_IN]) return (nb_shape){0};
    if (s->settings[NB_CONV_OUTPUT_PADDING] >= s->settings[NB_CONV_STRIDE]) return (nb_shape){0};
    return (nb_shape){along(in.height, s->settings), along(in.width, s->settings),
                      (size_t)s->settings[NB_CONV_OUT], NB_IMAGE};
}

/* PyTorch takes the weight's second axis for its inputs, which here are its outputs. */
static nb_weight weight(const double *s)
{
    const size_t out = (size_t)s[NB_CONV_OUT], taps = (size_t)(s[NB_CONV_KERNEL] * s[NB_CONV_KERNEL]);
    return (nb_weight){NB_PARAM_CONV_TRANSPOSE, taps, (size_t)s[NB_CONV_IN], out, 4, nb_mul(out, taps),
                       s[NB_CONV_BIAS] != 0.0};
}

static size_t work(const nb_layer_spec *s)
{
    return nb_mul(s->in[0].width, nb_mul(s->taps, nb_padded(s->weight_out)));
}

const nb_layer_kind nb_conv_transpose2d_layer = {
    .name = "ConvTranspose2d",
    .takes_text = "(in_channels, height, width), output_padding being less than stride",
    .settings = {{"in_channels", 1, NB_MOST_FEATURES, NAN, false, NULL},
                 {"out_channels", 1, NB_MOST_FEATURES, NAN, false, NULL},
                 {"kernel_size", 1, NB_MOST_KERNEL, NAN, false, NULL},
                 {"stride", 1, 2, 1, false, NULL},
                 {"padding", 0, NB_MOST_KERNEL - 1, 0, false, NULL},
                 {"output_padding", 0, 1, 0, false, NULL},
                 {"bias", 0, 1, 1, false, NULL}},
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
