/* linear.c - y = x W + b.
 *
 *   dx = dy W^T      dW = x^T dy      db = sum of dy over rows */
#include "nn/layer.h"

void nb_linear_forward(const nb_layer_args *a)
{
    const nb_matrix x = a->in[0], y = a->out, w = a->weight;
    a->kernels->gemm(&(nb_gemm){.m = a->rows,
                                .n = y.width,
                                .k = x.width,
                                .a = x.data,
                                .a_row = x.stride,
                                .a_step = 1,
                                .b = w.data,
                                .b_row = w.stride,
                                .c = y.data,
                                .c_row = y.stride,
                                .row = a->bias});
}

void nb_linear_backward(const nb_layer_args *a)
{
    const nb_matrix dx = a->d_in[0], dy = a->d_out, wt = a->weight_t;
    if (dx.data == NULL) return;
    a->kernels->gemm(&(nb_gemm){.m = a->rows,
                                .n = dx.width,
                                .k = dy.width,
                                .a = dy.data,
                                .a_row = dy.stride,
                                .a_step = 1,
                                .b = wt.data,
                                .b_row = wt.stride,
                                .c = dx.data,
                                .c_row = dx.stride});
}

void nb_linear_gradient(const nb_layer_args *a)
{
    const nb_matrix x = a->in[0], dy = a->d_out;
    const size_t stride = a->weight.stride;
    a->kernels->gemm(&(nb_gemm){.m = a->count,
                                .n = dy.width,
                                .k = a->rows,
                                .a = x.data + a->first,
                                .a_row = 1,
                                .a_step = x.stride,
                                .b = dy.data,
                                .b_row = dy.stride,
                                .c = a->d_weight + a->first * stride,
                                .c_row = stride,
                                .accumulate = a->accumulate});
    if (a->first == 0) a->kernels->sum_rows(a->rows, dy.width, dy.data, dy.stride, a->accumulate, a->d_bias);
}
