/* order.c - the numbers of a value in PyTorch's order. */
#include "nn/order.h"

/* Floats from channel to channel and from pixel to pixel. */
static void steps_of(nb_tensor t, size_t *channel, size_t *pixel)
{
    const bool last = t.axes == NB_TOKENS; /* features last, all others channels first */
    *channel = last ? 1 : t.height * t.width;
    *pixel = last ? t.channels : 1;
}

void nb_order_in(nb_tensor to, const float *from, size_t apart, size_t rows, bool add)
{
    const size_t plane = to.height * to.width, padding = nb_padded(to.channels) - to.channels;
    size_t step, next;
    steps_of(to, &step, &next);
    for (size_t s = 0; s < rows; s++, from += apart) {
        float *sample = to.data + s * to.sample;
        if (plane == 1 && !add) {
            memcpy(sample, from, to.channels * sizeof(float));
            memset(sample + to.channels, 0, padding * sizeof(float));
            continue;
        }
        for (size_t k = 0; k < plane; k++) {
            float *pixel = sample + k / to.width * to.row + k % to.width * to.pixel;
            for (size_t c = 0; c < to.channels; c++) {
                const float number = from[c * step + k * next];
                pixel[c] = add ? pixel[c] + number : number;
            }
            for (size_t c = 0; c < padding; c++) pixel[to.channels + c] = 0.0F;
        }
    }
}

void nb_order_out(float *to, size_t apart, nb_tensor from, size_t rows)
{
    const size_t plane = from.height * from.width;
    size_t step, next;
    steps_of(from, &step, &next);
    for (size_t s = 0; s < rows; s++, to += apart) {
        const float *sample = from.data + s * from.sample;
        for (size_t k = 0; k < plane; k++) {
            const float *pixel = sample + k / from.width * from.row + k % from.width * from.pixel;
            for (size_t c = 0; c < from.channels; c++) to[c * step + k * next] = pixel[c];
        }
    }
}
