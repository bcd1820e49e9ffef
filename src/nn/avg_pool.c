/* avg_pool.c - the mean of each k x k block of pixels (of a series: of k numbers). What is left over is dropped. */
#include "nn/layers.h"
#include "nn/pool.h"

static void forward(const nb_layer_args *a)
{
    const nb_tensor y = a->out;
    const size_t n = nb_padded(y.channels);
    for (size_t i = 0; i < y.height * y.width; i++) {
        const nb_block b = nb_block_of(a, i);
        const float part = 1.0F / (float)nb_block_size(&b);
        float *to = nb_pixel(y, i);
        memset(to, 0, n * sizeof *to);
        for (size_t k = 0; k < nb_block_size(&b); k++) {
            const float *from = nb_block_pixel(&b, a->in[0], k);
            for (size_t c = 0; c < n; c++) to[c] += from[c];
        }
        for (size_t c = 0; c < n; c++) to[c] *= part;
    }
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor dx = a->d_in[0], dy = a->d_out;
    const size_t n = nb_padded(dy.channels);
    if (dx.data == NULL) return;
    if (!a->add[0]) nb_clear(dx, 1);
    for (size_t i = 0; i < dy.height * dy.width; i++) {
        const nb_block b = nb_block_of(a, i);
        const float part = 1.0F / (float)nb_block_size(&b);
        const float *from = nb_pixel(dy, i);
        for (size_t k = 0; k < nb_block_size(&b); k++) {
            float *to = nb_block_pixel(&b, dx, k);
            for (size_t c = 0; c < n; c++) to[c] += from[c] * part;
        }
    }
}

const nb_layer_kind nb_avg_pool_layer = {
    .name = "AvgPool2d",
    .takes_text = "(channels, height, width), kernel_size x kernel_size or more",
    .settings = NB_POOL_SETTINGS,
    .python_module = "nn.AvgPool2d({kernel_size})",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = nb_pooled_image,
};

const nb_layer_kind nb_avg_pool_1d_layer = {
    .name = "AvgPool1d",
    .takes_text = "(channels, length), kernel_size long or more",
    .settings = NB_POOL_SETTINGS,
    .python_module = "nn.AvgPool1d({kernel_size})",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = nb_pooled_series,
};
