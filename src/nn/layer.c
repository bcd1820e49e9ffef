/* layer.c - what layers do to whole values. */
#include "nn/layer.h"

void nb_clear(nb_tensor t, size_t rows)
{
    const size_t n = (t.channels + NB_PAD - 1) / NB_PAD * NB_PAD;
    for (size_t i = 0; i < rows * t.height * t.width; i++) memset(nb_pixel(t, i), 0, n * sizeof *t.data);
}

void nb_move(nb_tensor to, nb_tensor from, size_t rows, bool add)
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
