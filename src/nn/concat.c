/* concat.c - y = [x0, x1] along the features. */
#include "nn/layer.h"

#include <string.h>

void nb_concat_forward(const nb_layer_args *a)
{
    const nb_matrix p = a->in[0], q = a->in[1], y = a->out;
    for (size_t i = 0; i < a->rows; i++) {
        memcpy(y.data + i * y.stride, p.data + i * p.stride, p.width * sizeof(float));
        memcpy(y.data + i * y.stride + p.width, q.data + i * q.stride, q.width * sizeof(float));
    }
}

void nb_concat_backward(const nb_layer_args *a)
{
    const nb_matrix dp = a->d_in[0], dq = a->d_in[1], dy = a->d_out;
    for (size_t i = 0; i < a->rows; i++) {
        const float *row = dy.data + i * dy.stride;
        if (dp.data) memcpy(dp.data + i * dp.stride, row, dp.width * sizeof(float));
        if (dq.data) memcpy(dq.data + i * dq.stride, row + dp.width, dq.width * sizeof(float));
    }
}
