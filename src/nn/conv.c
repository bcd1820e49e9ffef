/* conv.c - convolution, 3x3 with padding 1 or 1x1, stride 1, over one image.
 *
 *   y[p] = sum over taps d of x[p + d] W[d] + b, d in {-1, 0, 1}^2
 *   dx[p] = sum over d of dy[p - d] W[d]^T      dW[d] = sum over p of x[p + d]^T dy[p]      db = sum of dy
 *
 * A row of pixels is one matrix product with its taps laid side by side; the border of zeros makes every tap a plain
 * read. Winograd's (winograd.c) takes the 3x3 convolutions of many channels, so that little is copied here. A
 * transposed convolution of stride 1 is the same with its taps flipped and in and out exchanged; its weights are
 * stored so (PyTorch: ConvTranspose2d, padding 1). */
#include "nn/convolution.h"
#include "nn/layers.h"

/* One tap of each pixel of a row. */
static void copy_tap(size_t width, size_t n, const float *restrict from, size_t pixel, float *restrict to,
                     size_t apart)
{
    for (size_t j = 0; j < width; j++, from += pixel, to += apart) {
        if (n == 1) /* a call of memcpy would cost more than it does */
            *to = *from;
        else
            memcpy(to, from, n * sizeof *to);
    }
}

/* Sets row i of an image, (width, taps x channels), as the matrix A of a product: tap d of pixel p is p + sign d. */
static void set_row(const nb_layer_args *a, nb_tensor from, size_t i, ptrdiff_t sign, nb_gemm *g)
{
    const float *row = from.data + i * from.row;
    if (a->taps == 1) {
        g->a = row;
        g->a_row = from.pixel;
        return;
    }
    g->a = a->work;
    g->a_row = 9 * from.channels;
    for (ptrdiff_t d = 0; d < 9; d++) {
        const ptrdiff_t y = d / 3 - 1, x = d % 3 - 1;
        copy_tap(from.width, from.channels,
                 row + sign * (y * (ptrdiff_t)from.row + x * (ptrdiff_t)from.pixel), from.pixel,
                 a->work + d * (ptrdiff_t)from.channels, g->a_row);
    }
}

/* to[p] (+)= sum over taps of from[p + sign d] weight[d] (+ bias). */
static void convolve(const nb_layer_args *a, nb_tensor to, nb_tensor from, nb_matrix weight,
                     const float *bias, ptrdiff_t sign, bool add)
{
    nb_gemm g = {.m = to.width,
                 .n = to.channels,
                 .k = a->taps * from.channels,
                 .b = weight.data,
                 .b_row = weight.stride,
                 .c_row = to.pixel,
                 .bias = bias,
                 .accumulate = add};
    for (size_t i = 0; i < to.height; i++) {
        set_row(a, from, i, sign, &g);
        g.c = to.data + i * to.row;
        a->kernels->gemm(&g);
    }
}

static void forward(const nb_layer_args *a) { convolve(a, a->out, a->in[0], a->weight, a->bias, 1, false); }

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data) convolve(a, a->d_in[0], a->d_out, a->weight_t, NULL, -1, a->add[0]);
}

/* A sum over the rows of the image, then the pixels of a row. */
static void gradient(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dy = a->d_out;
    nb_gemm g = {.m = a->taps * x.channels,
                 .n = dy.channels,
                 .k = dy.width,
                 .transposed = true,
                 .b_row = dy.pixel,
                 .c = a->d_weight,
                 .c_row = a->weight.stride};
    for (size_t i = 0; i < dy.height; i++) {
        set_row(a, x, i, 1, &g);
        g.b = dy.data + i * dy.row;
        g.accumulate = a->accumulate || i > 0;
        a->kernels->gemm(&g);
        if (a->d_bias) a->kernels->sum_rows(dy.width, dy.channels, g.b, dy.pixel, g.accumulate, a->d_bias);
    }
}

static size_t work(const nb_layer_spec *s)
{
    const size_t channels = s->weight_in > s->weight_out ? s->weight_in : s->weight_out;
    return s->taps == 1 ? 0 : nb_mul(s->in[0].width, nb_mul(9, channels));
}

/* Of Conv2d and ConvTranspose2d alike: both are kept so that this does either. */
static bool fits(const nb_layer_spec *s)
{
    const double kernel = s->settings[NB_CONV_KERNEL], padding = s->settings[NB_CONV_PADDING];
    return s->in[0].axes == NB_IMAGE && s->settings[NB_CONV_STRIDE] == 1.0 &&
           s->settings[NB_CONV_GROUPS] <= 1.0 &&
           ((kernel == 1.0 && padding == 0.0) || (kernel == 3.0 && padding == 1.0));
}

const nb_layer_kind nb_conv_layer = {
    .name = "conv",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .shape = nb_weighted_shape,
    .work = work,
    .faster = &nb_winograd_layer,
    .fits = fits,
    .border = true,
    .reads_in = 1,
};
