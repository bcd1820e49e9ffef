/* max_pool.c - the largest of each block of k x k pixels, by channel; of a series, of each run of k. What is left over is dropped.
 *
 * Backward gives dy to the first of a block that equals it, as PyTorch does. */
#include "nn/layers.h"
#include "nn/pool.h"

static inline float larger(float a, float b) { return b > a ? b : a; }

/* The first of a block's pixels where channel c is the largest. */
static size_t largest(const nb_block *b, nb_tensor x, size_t c)
{
    size_t best = 0;
    for (size_t k = 1; k < nb_block_size(b); k++)
        if (nb_block_pixel(b, x, k)[c] > nb_block_pixel(b, x, best)[c]) best = k;
    return best;
}

static bool is_square(const nb_layer_args *a) { return a->settings[0] == 2.0 && a->in[0].height > 1; }

static void forward_any(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], y = a->out;
    for (size_t i = 0; i < y.height * y.width; i++) {
        const nb_block b = nb_block_of(a, i);
        float *to = nb_pixel(y, i);
        for (size_t c = 0; c < nb_padded(y.channels); c++)
            to[c] = nb_block_pixel(&b, x, largest(&b, x, c))[c];
    }
}

static void backward_any(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dy = a->d_out;
    for (size_t i = 0; i < dy.height * dy.width; i++) {
        const nb_block b = nb_block_of(a, i);
        const float *from = nb_pixel(dy, i);
        for (size_t c = 0; c < nb_padded(dy.channels); c++)
            nb_block_pixel(&b, a->d_in[0], largest(&b, x, c))[c] += from[c];
    }
}

static void forward(const nb_layer_args *a)
{
    if (!is_square(a)) {
        forward_any(a);
        return;
    }
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

/* One block: x0 to x3 are its pixels and to0 to to3 their gradients, by pointers that the compiler may take to be
 * apart. What one does not take is left to those before it; without branches, as adding 0 is as good as not adding. */
static void give(size_t n, const float *restrict x0, const float *restrict x1, const float *restrict x2,
                 const float *restrict x3, const float *restrict dy, float *restrict to0, float *restrict to1,
                 float *restrict to2, float *restrict to3)
{
    for (size_t c = 0; c < n; c++) {
        const float v0 = x0[c], v1 = x1[c], v2 = x2[c], v3 = x3[c], d = dy[c];
        const float top = larger(v0, v1), three = larger(top, v2);
        const float d3 = v3 > three ? d : 0.0F, left3 = v3 > three ? 0.0F : d;
        const float d2 = v2 > top ? left3 : 0.0F, left2 = v2 > top ? 0.0F : left3;
        const float d1 = v1 > v0 ? left2 : 0.0F, d0 = v1 > v0 ? 0.0F : left2;
        to0[c] += d0;
        to1[c] += d1;
        to2[c] += d2;
        to3[c] += d3;
    }
}

static void backward(const nb_layer_args *a)
{
    const nb_tensor x = a->in[0], dx = a->d_in[0], dy = a->d_out;
    if (dx.data == NULL) return;
    if (!a->add[0]) nb_clear(dx, 1);
    if (!is_square(a)) {
        backward_any(a);
        return;
    }
    for (size_t i = 0; i < dy.height; i++) {
        for (size_t j = 0; j < dy.width; j++) {
            const float *p = x.data + 2 * i * x.row + 2 * j * x.pixel;
            float *to = dx.data + 2 * i * dx.row + 2 * j * dx.pixel;
            give(nb_padded(dy.channels), p, p + x.pixel, p + x.row, p + x.row + x.pixel,
                 dy.data + i * dy.row + j * dy.pixel, to, to + dx.pixel, to + dx.row, to + dx.row + dx.pixel);
        }
    }
}

const nb_layer_kind nb_max_pool_layer = {
    .name = "MaxPool2d",
    .python = "F.max_pool2d({0}, {kernel_size})",
    .python_module = "nn.MaxPool2d({kernel_size})",
    .takes_text = "(channels, height, width), kernel_size x kernel_size or more",
    .settings = NB_POOL_SETTINGS,
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = nb_pooled_image,
    .reads_in = 1,
};

const nb_layer_kind nb_max_pool_1d_layer = {
    .name = "MaxPool1d",
    .python = "F.max_pool1d({0}, {kernel_size})",
    .python_module = "nn.MaxPool1d({kernel_size})",
    .takes_text = "(channels, length), kernel_size long or more",
    .settings = NB_POOL_SETTINGS,
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = nb_pooled_series,
    .reads_in = 1,
};
