/* layer.h - what a layer is given: where its inputs, outputs and parameters lie for some rows of a batch.
 *
 * A layer is up to three functions, side by side in one file: forward; backward, the gradients of its inputs,
 * which overwrites those it is asked for (data != NULL); and gradient, that of its parameters. It owns nothing
 * and remembers nothing; a row is one sample. */
#ifndef NB_NN_LAYER_H
#define NB_NN_LAYER_H

#include "kernels/kernels.h"

/* Rows of `width` numbers, `stride` floats apart; from width to stride they are zero. */
typedef struct nb_matrix {
    float *data;
    size_t width, stride;
} nb_matrix;

typedef struct nb_layer_args {
    const nb_kernels *kernels;
    size_t rows;
    nb_matrix in[2], out;
    nb_matrix d_in[2], d_out; /* backward and gradient */
    nb_matrix weight;         /* (in, out): PyTorch's transposed, so that vectors run over outputs */
    nb_matrix weight_t;       /* (out, in); backward */
    const float *bias;
    float *d_weight, *d_bias; /* laid out as weight and bias; gradient */
    size_t first, count;      /* gradient: the rows of d_weight to do, and d_bias if first is 0 */
    bool accumulate;          /* gradient: add to what is there */
} nb_layer_args;

typedef void nb_layer_fn(const nb_layer_args *a);

nb_layer_fn nb_linear_forward, nb_linear_backward, nb_linear_gradient; /* out = in[0] weight + bias */
nb_layer_fn nb_relu_forward, nb_relu_backward;                         /* out = max(in[0], 0), in place */
nb_layer_fn nb_concat_forward, nb_concat_backward;                     /* out = [in[0], in[1]] */

#endif
