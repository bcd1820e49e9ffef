/* pointwise.h - layers that make each number of its own: y = f(x), dx = dy f'(x), in double. */
#ifndef NB_NN_POINTWISE_H
#define NB_NN_POINTWISE_H

#include "nn/layer.h"

typedef double nb_point_fn(double x);

static inline void nb_point_forward(const nb_layer_args *a, nb_point_fn *f)
{
    const nb_tensor x = a->in[0], y = a->out;
    const size_t padding = nb_padded(x.channels) - x.channels;
    for (size_t i = 0; i < a->rows * x.height * x.width; i++) {
        const float *p = nb_pixel(x, i);
        float *q = nb_pixel(y, i);
        for (size_t c = 0; c < x.channels; c++) q[c] = (float)f((double)p[c]);
        for (size_t c = 0; c < padding; c++) q[x.channels + c] = 0.0F;
    }
}

static inline void nb_point_backward(const nb_layer_args *a, nb_point_fn *slope)
{
    const nb_tensor x = a->in[0], dy = a->d_out, dx = a->d_in[0];
    if (dx.data == NULL) return;
    const size_t padding = nb_padded(x.channels) - x.channels;
    for (size_t i = 0; i < a->rows * x.height * x.width; i++) {
        const float *p = nb_pixel(x, i);
        const float *q = nb_pixel(dy, i);
        float *d = nb_pixel(dx, i);
        for (size_t c = 0; c < x.channels; c++) {
            const float g = (float)((double)q[c] * slope((double)p[c]));
            d[c] = a->add[0] ? d[c] + g : g;
        }
        for (size_t c = 0; c < padding; c++) d[x.channels + c] = 0.0F;
    }
}

/* The functions of a layer, f and slope standing above it. */
#define NB_POINTWISE(id, pytorch)                                                                            \
    static void forward(const nb_layer_args *a) { nb_point_forward(a, f); }                                  \
    static void backward(const nb_layer_args *a) { nb_point_backward(a, slope); }                            \
    const nb_layer_kind id = {.name = (pytorch),                                                             \
                              .takes_text = "anything",                                                      \
                              .inputs = 1,                                                                   \
                              .forward = forward,                                                            \
                              .backward = backward,                                                          \
                              .reads_in = 1,                                                                 \
                              .whole_rows = true}

#endif
