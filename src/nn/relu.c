/* relu.c - y = max(x, 0), in place: the sign of y tells backward all it needs of x. */
#include "nn/layer.h"

void nb_relu_forward(const nb_layer_args *a)
{
    const nb_tensor y = a->out;
    if (y.sample == y.pixel) { /* vectors */
        a->kernels->relu(a->rows * y.sample, y.data);
        return;
    }
    for (size_t i = 0; i < y.height; i++) a->kernels->relu(y.width * y.pixel, y.data + i * y.row);
}

void nb_relu_backward(const nb_layer_args *a)
{
    const nb_tensor y = a->out, dy = a->d_out;
    if (y.sample == y.pixel) { /* vectors */
        a->kernels->relu_backward(a->rows * y.sample, y.data, dy.data);
        return;
    }
    for (size_t i = 0; i < y.height; i++)
        a->kernels->relu_backward(y.width * y.pixel, y.data + i * y.row, dy.data + i * dy.row);
}
