/* layer.h - what a layer is given: where its inputs, outputs and parameters lie for some samples of a batch.
 *
 * A layer is up to three functions, side by side in one file: forward; gradient, that of its parameters; and
 * backward, the gradients of its inputs, which overwrites or adds to those it is asked for (data != NULL). It
 * owns nothing and remembers nothing. Layers of vectors take any number of samples, those of images one. */
#ifndef NB_NN_LAYER_H
#define NB_NN_LAYER_H

#include "kernels/kernels.h"

#include <stdint.h>
#include <string.h>

/* Samples of (height, width, channels) numbers; a vector is 1 x 1 x features. Between channels and `pixel`
 * there are zeros. Where a 3x3 convolution reads, a border of zeros surrounds the pixels: a pixel to the right
 * of each row, which is also the one to the left of the next, and a row above and below. */
typedef struct nb_tensor {
    float *data; /* pixel (0, 0) of the first sample */
    size_t height, width, channels;
    size_t pixel, row, sample; /* floats from one to the next */
} nb_tensor;

typedef struct nb_matrix {
    float *data;
    size_t width, stride; /* floats from row to row; from width to stride they are zero */
} nb_matrix;

typedef struct nb_layer_args {
    const nb_kernels *kernels;
    size_t rows; /* samples */
    nb_tensor in[2], out;
    nb_tensor plus; /* forward of a norm: added to its output, a vector to every pixel; data = NULL without */
    nb_tensor d_in[2], d_out; /* backward and gradient; d_out is the layer's to overwrite */
    bool add[2];              /* backward: add to d_in */
    nb_matrix weight;         /* (taps x in, out): PyTorch's transposed, so that vectors run over outputs */
    nb_matrix weight_t;       /* (taps x out, in); backward */
    size_t taps;              /* of a convolution: 1 or 9 */
    float *work;              /* room for what is needed only while the layer runs */
    const float *bias;
    float *d_weight, *d_bias; /* laid out as weight and bias; gradient */
    size_t first, count;      /* gradient: the rows of d_weight to do, and d_bias if first is 0 */
    bool accumulate;          /* gradient: add to what is there */
    float *saved;             /* numbers a layer keeps from forward for gradient and backward */
    const int32_t *labels;    /* (rows) */
} nb_layer_args;

typedef void nb_layer_fn(const nb_layer_args *a);

nb_layer_fn nb_linear_forward, nb_linear_backward, nb_linear_gradient; /* out = in[0] weight + bias */
nb_layer_fn nb_conv_forward, nb_conv_backward, nb_conv_gradient;       /* 3x3 with padding 1, or 1x1 */
size_t nb_conv_work(size_t width, size_t channels); /* floats of `work`, for the larger of in and out */
nb_layer_fn nb_group_norm_forward, nb_group_norm_backward, nb_group_norm_gradient;
nb_layer_fn nb_group_norm_relu_forward, nb_group_norm_relu_gradient; /* a ReLU folded in; the same backward */
nb_layer_fn nb_relu_forward, nb_relu_backward;                       /* out = max(in[0], 0), in place */
nb_layer_fn nb_silu_forward, nb_silu_backward;                       /* out = in[0] sigmoid(in[0]) */
nb_layer_fn nb_max_pool_forward, nb_max_pool_backward;               /* 2x2, stride 2 */
nb_layer_fn nb_upsample_forward, nb_upsample_backward;               /* bilinear, twice the size */
nb_layer_fn nb_concat_forward, nb_concat_backward;                   /* out = [in[0], in[1]], channels */
nb_layer_fn nb_add_forward, nb_add_backward;                         /* out = in[0] + in[1] */
nb_layer_fn nb_add_channels_forward, nb_add_channels_backward;       /* the same, in[1] for every pixel */
nb_layer_fn nb_sinusoidal_forward;                                   /* out = [sin, cos] of in[0] */
nb_layer_fn nb_embedding_forward, nb_embedding_gradient;             /* out = weight[label] */
nb_layer_fn nb_attention_forward, nb_attention_backward; /* of in[0] = [q, k, v]; channels a multiple of 4 */

enum { NB_GROUPS = 8, NB_MOST_CHANNELS = 1024 };

/* Floats that group_norm saves for a sample: mean and 1/deviation of each group, two sums of each channel. */
static inline size_t nb_group_norm_saved(size_t channels) { return 2 * NB_GROUPS + 2 * channels; }

/* Floats that attention saves for a sample of n pixels. */
static inline size_t nb_attention_saved(size_t n, size_t channels)
{
    return (2 * n + channels) * nb_stride(n);
}

/* to = from, or to += from, padding included: two tensors of one shape, whose pixels may lie apart. */
static inline void nb_move(nb_tensor to, nb_tensor from, size_t rows, bool add)
{
    const size_t pixel = nb_padded(from.channels);
    const bool close = to.pixel == pixel && from.pixel == pixel;
    const size_t runs = close ? 1 : from.width, n = close ? from.width * pixel : pixel;
    for (size_t i = 0; i < rows * from.height * runs; i++) {
        const size_t j = i % runs, line = i / runs % from.height, s = i / runs / from.height;
        float *p = to.data + s * to.sample + line * to.row + j * to.pixel;
        const float *q = from.data + s * from.sample + line * from.row + j * from.pixel;
        if (!add) {
            memcpy(p, q, n * sizeof *p);
            continue;
        }
        for (size_t k = 0; k < n; k++) p[k] += q[k];
    }
}

#endif
