/* linear.c - y = x W + b, for each vector or token.
 *
 *   dx = dy W^T      dW = x^T dy      db = sum of dy over rows */
#include "nn/layers.h"

#include <math.h>

static void forward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    a->kernels->gemm(&(nb_gemm){.m = a->rows * x.width,
                                .n = y.channels,
                                .k = x.channels,
                                .a = x.data,
                                .a_row = x.pixel,
                                .b = a->weight.data,
                                .b_row = a->weight.stride,
                                .c = y.data,
                                .c_row = y.pixel,
                                .bias = a->bias});
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor dx = a->d_in[0], dy = a->d_out;
    if (dx.data == NULL) return;
    a->kernels->gemm(&(nb_gemm){.m = a->rows * dx.width,
                                .n = dx.channels,
                                .k = dy.channels,
                                .a = dy.data,
                                .a_row = dy.pixel,
                                .b = a->weight_t.data,
                                .b_row = a->weight_t.stride,
                                .c = dx.data,
                                .c_row = dx.pixel,
                                .accumulate = a->add[0]});
}

static void gradient(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dy = a->d_out;
    const size_t stride = a->weight.stride;
    a->kernels->gemm(&(nb_gemm){.m = a->count,
                                .n = dy.channels,
                                .k = a->rows * x.width,
                                .a = x.data + a->first,
                                .a_row = x.pixel,
                                .transposed = true,
                                .b = dy.data,
                                .b_row = dy.pixel,
                                .c = a->d_weight + a->first * stride,
                                .c_row = stride,
                                .accumulate = a->accumulate});
    if (a->first == 0 && a->d_bias)
        a->kernels->sum_rows(a->rows * dy.width, dy.channels, dy.data, dy.pixel, a->accumulate, a->d_bias);
}

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape out = nb_weighted_shape(s);
    return out.axes == NB_FEATURES || out.axes == NB_TOKENS ? out : (nb_shape){0};
}

enum { IN, OUT, BIAS };

static nb_weight weight(const double *s)
{
    const size_t in = (size_t)s[IN];
    return (nb_weight){NB_PARAM_LINEAR, 1, in, (size_t)s[OUT], 2, in, s[BIAS] != 0.0};
}

const nb_layer_kind nb_linear_layer = {
    .name = "Linear",
    .takes_text = "(in_features) or (tokens, in_features)",
    .settings = {{"in_features", 1, NB_MOST_FEATURES, NAN, false, NULL},
                 {"out_features", 1, NB_MOST_FEATURES, NAN, false, NULL},
                 {"bias", 0, 1, 1, false, NULL}},
    .weight = weight,
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .shape = shape,
    .reads_in = 1,
};
