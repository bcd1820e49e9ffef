/* relu.c - y = max(x, 0), in place: the sign of y tells backward all it needs of x. */
#include "nn/layer.h"

void nb_relu_forward(const nb_layer_args *a)
{
    a->kernels->relu(a->rows * a->out.stride, a->out.data);
}

void nb_relu_backward(const nb_layer_args *a)
{
    a->kernels->relu_backward(a->rows * a->out.stride, a->out.data, a->d_out.data);
}
