/* max_pool.c - the largest of each block of k x k pixels, by channel; of a series, of each run of k. What is left over is dropped.
 *
 * Backward gives dy to the first of a block that equals it, as PyTorch does. */
#include "nn/layers.h"

enum { KERNEL };

static inline float larger(float a, float b) { return b > a ? b : a; }

/* Block i, j of another size than 2x2. */
typedef struct block {
    nb_tensor x;
    size_t tall, wide, row, column;
} block;

static block block_of(const nb_layer_args *a, size_t i, size_t j)
{
    const size_t wide = (size_t)a->settings[KERNEL], tall = a->in[0].height > 1 ? wide : 1;
    return (block){a->in[0], tall, wide, i * tall, j * wide};
}

/* Pixel k of the block, of this or another tensor of the same shape. */
static float *pixel_of(const block *b, nb_tensor t, size_t k)
{
    return t.data + (b->row + k / b->wide) * t.row + (b->column + k % b->wide) * t.pixel;
}

/* The first of its pixels where channel c is the largest. */
static size_t largest(const block *b, size_t c)
{
    size_t best = 0;
    for (size_t k = 1; k < b->tall * b->wide; k++) {
        const float most = pixel_of(b, b->x, best)[c], value = pixel_of(b, b->x, k)[c];
        if (value > most) best = k;
    }
    return best;
}

static bool is_square(const nb_layer_args *a) { return a->settings[KERNEL] == 2.0 && a->in[0].height > 1; }

static void forward_any(const nb_layer_args *a)
{
    const nb_tensor y = a->out;
    for (size_t i = 0; i < y.height * y.width; i++) {
        const block b = block_of(a, i / y.width, i % y.width);
        float *to = nb_pixel(y, i);
        for (size_t c = 0; c < nb_padded(y.channels); c++) to[c] = pixel_of(&b, b.x, largest(&b, c))[c];
    }
}

static void backward_any(const nb_layer_args *a)
{
    const nb_tensor dy = a->d_out;
    for (size_t i = 0; i < dy.height * dy.width; i++) {
        const block b = block_of(a, i / dy.width, i % dy.width);
        const float *from = nb_pixel(dy, i);
        for (size_t c = 0; c < nb_padded(dy.channels); c++)
            pixel_of(&b, a->d_in[0], largest(&b, c))[c] += from[c];
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

static nb_shape shape(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    const size_t side = (size_t)s->settings[KERNEL];
    return in.axes == NB_IMAGE ? (nb_shape){in.height / side, in.width / side, in.channels, in.axes}
                               : (nb_shape){0};
}

static nb_shape shape_1d(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    return in.axes == NB_SERIES ? (nb_shape){1, in.width / (size_t)s->settings[KERNEL], in.channels, in.axes}
                                : (nb_shape){0};
}

const nb_layer_kind nb_max_pool_layer = {
    .name = "MaxPool2d",
    .python = "F.max_pool2d({0}, {kernel_size})",
    .python_module = "nn.MaxPool2d({kernel_size})",
    .takes_text = "(channels, height, width), kernel_size x kernel_size or more",
    .settings = {{"kernel_size", 2, 64, 2, false, NULL}},
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = shape,
    .reads_in = 1,
};

const nb_layer_kind nb_max_pool_1d_layer = {
    .name = "MaxPool1d",
    .python = "F.max_pool1d({0}, {kernel_size})",
    .python_module = "nn.MaxPool1d({kernel_size})",
    .takes_text = "(channels, length), kernel_size long or more",
    .settings = {{"kernel_size", 2, 64, 2, false, NULL}},
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .shape = shape_1d,
    .reads_in = 1,
};
