/* max_pool.c - the largest of each 2x2 block of pixels, by channel. A row or column left over is dropped.
 *
 * Backward gives dy to the first of the four that equals it, as PyTorch does. */
#include "nn/layer.h"

static inline float larger(float a, float b)
{
    return b > a ? b : a;
}

void nb_max_pool_forward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    const size_t n = nb_padded(y.channels);
    for (size_t i = 0; i < y.height; i++) {
        for (size_t j = 0; j < y.width; j++) {
            const float *p = x.data + 2 * i * x.row + 2 * j * x.pixel, *q = p + x.row;
            float *to = y.data + i * y.row + j * y.pixel;
            for (size_t c = 0; c < n; c++)
                to[c] = larger(larger(p[c], p[x.pixel + c]), larger(q[c], q[x.pixel + c]));
        }
    }
}

static void clear(nb_tensor t)
{
    for (size_t i = 0; i < t.height; i++) memset(t.data + i * t.row, 0, t.width * t.pixel * sizeof *t.data);
}

void nb_max_pool_backward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dx = a->d_in[0], dy = a->d_out;
    if (dx.data == NULL) return;
    if (!a->add[0]) clear(dx);
    for (size_t i = 0; i < dy.height; i++) {
        for (size_t j = 0; j < dy.width; j++) {
            const float *p = x.data + 2 * i * x.row + 2 * j * x.pixel, *q = p + x.row;
            const float *from = dy.data + i * dy.row + j * dy.pixel;
            float *to = dx.data + 2 * i * dx.row + 2 * j * dx.pixel;
            for (size_t c = 0; c < dy.channels; c++) {
                const float v[4] = {p[c], p[x.pixel + c], q[c], q[x.pixel + c]};
                size_t most = 0;
                for (size_t k = 1; k < 4; k++) most = v[k] > v[most] ? k : most;
                to[(most >> 1) * dx.row + (most & 1) * dx.pixel + c] += from[c];
            }
        }
    }
}
