/* conv.c - convolution, 3x3 with padding 1 or 1x1, stride 1, over one image.
 *
 *   y[p] = sum over taps d of x[p + d] W[d] + b, d in {-1, 0, 1}^2
 *   dx[p] = sum over d of dy[p - d] W[d]^T      dW[d] = sum over p of x[p + d]^T dy[p]      db = sum of dy
 *
 * The border of zeros makes every tap a plain read: a row of pixels is one sum over taps, then channels, that
 * stays in registers, and nothing is copied. A transposed convolution of stride 1 is the same with its taps
 * turned about and in and out exchanged; its weights are stored so (PyTorch: ConvTranspose2d, padding 1). */
#include "nn/layer.h"

/* to[p] (+)= sum over taps of from[p + sign d] weight[d] (+ bias). */
static void convolve(const nb_layer_args *a, nb_tensor to, nb_tensor from, nb_matrix weight,
                     const float *bias, ptrdiff_t sign, bool add)
{
    const size_t side = a->taps == 9 ? 3 : 1, tap = from.channels * weight.stride;
    const ptrdiff_t row = sign * (ptrdiff_t)from.row, pixel = sign * (ptrdiff_t)from.pixel;
    const ptrdiff_t first = side == 3 ? -row - pixel : 0;
    nb_gemm_blocks s = {.g = {.m = to.width,
                              .n = to.channels,
                              .k = from.channels,
                              .a_row = from.pixel,
                              .a_step = 1,
                              .b = weight.data,
                              .b_row = weight.stride,
                              .c_row = to.pixel,
                              .row = bias,
                              .accumulate = add},
                        .rows = side,
                        .columns = side,
                        .a_y = row,
                        .a_x = pixel,
                        .b_y = side * tap,
                        .b_x = tap};
    for (size_t i = 0; i < to.height; i++) {
        s.g.a = from.data + i * from.row + first;
        s.g.c = to.data + i * to.row;
        a->kernels->gemm_blocks(&s);
    }
}

void nb_conv_forward(const nb_layer_args *a) { convolve(a, a->out, a->in[0], a->weight, a->bias, 1, false); }

void nb_conv_backward(const nb_layer_args *a)
{
    if (a->d_in[0].data) convolve(a, a->d_in[0], a->d_out, a->weight_t, NULL, -1, a->add[0]);
}

/* Each tap's matrix is one sum over the rows of the image, then the pixels of a row. */
void nb_conv_gradient(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dy = a->d_out;
    const ptrdiff_t row = (ptrdiff_t)x.row, pixel = (ptrdiff_t)x.pixel;
    nb_gemm_blocks s = {.g = {.m = x.channels,
                              .n = dy.channels,
                              .k = dy.width,
                              .a_row = 1,
                              .a_step = x.pixel,
                              .b = dy.data,
                              .b_row = dy.pixel,
                              .c_row = a->weight.stride,
                              .accumulate = a->accumulate},
                        .rows = dy.height,
                        .columns = 1,
                        .a_y = row,
                        .b_y = dy.row};
    for (size_t d = 0; d < a->taps; d++) {
        const ptrdiff_t y = (ptrdiff_t)(d / 3) - 1, z = (ptrdiff_t)(d % 3) - 1;
        s.g.a = a->taps == 9 ? x.data + y * row + z * pixel : x.data;
        s.g.c = a->d_weight + d * x.channels * a->weight.stride;
        a->kernels->gemm_blocks(&s);
    }
    for (size_t i = 0; i < dy.height; i++)
        a->kernels->sum_rows(dy.width, dy.channels, dy.data + i * dy.row, dy.pixel, a->accumulate || i > 0,
                             a->d_bias);
}
