/* winograd.c - 3x3 convolution with padding 1 by fewer products: Winograd's F(2x2, 3x3), Lavin and Gray 2016.
 *
 *   y = A^T [(G w G^T) . (B^T x B)] A      for each 2x2 block of outputs, from the 4x4 pixels x around it
 *
 * The bracket is a product of numbers, at each of 16 points; summed over channels it is 16 matrix products, between
 * all blocks and all channels, which take 16 multiplications where the taps take 36. By transposition
 *
 *   dw = G^T [(B^T x B)^T . (A dy A^T)] G, summed over the blocks,
 *
 * and dx is the convolution of dy with the taps turned about. The transforms only add, so that the error stays near
 * that of the plain sum. G w G^T is made once a step, and a lane's gradients are summed at the 16 points.
 *
 * Some rows of blocks are done at a time, so that all stays in the second-level cache. */
#include "nn/winograd.h"

enum { BLOCKS = 32, LEAST_CHANNELS = 8, POINTS = NB_WINOGRAD_POINTS };

bool nb_winograd_fits(size_t height, size_t width, size_t in, size_t out)
{
    return height % 2 == 0 && width % 2 == 0 && in >= LEAST_CHANNELS && out >= LEAST_CHANNELS;
}

/* Rows of blocks that are done at a time. */
static size_t rows_at_once(size_t height, size_t width)
{
    const size_t across = width / 2, down = height / 2, rows = across < BLOCKS ? BLOCKS / across : 1;
    return rows < down ? rows : down;
}

/* From one point's matrix to the next: an odd number of cache lines, as a block writes to all 16. */
static size_t points_apart(size_t blocks, size_t channels) { return nb_stride(blocks * nb_padded(channels)); }

size_t nb_winograd_work(size_t height, size_t width, size_t in, size_t out)
{
    const size_t blocks = rows_at_once(height, width) * (width / 2);
    return POINTS * (points_apart(blocks, in) + points_apart(blocks, out));
}

/* Some rows of blocks of an image, and their 16 matrices (blocks, channels). */
typedef struct strip {
    nb_tensor image;
    float *matrices;
    size_t apart;
} strip;

static strip strip_of(nb_tensor image, float *matrices)
{
    const size_t blocks = rows_at_once(image.height, image.width) * (image.width / 2);
    return (strip){image, matrices, points_apart(blocks, image.channels)};
}

static size_t work_of(const strip *s) { return POINTS * s->apart; }

/* One of the kernels' transforms, for `rows` rows of blocks from row `first` on. */
static void transform(void (*kernel)(const nb_blocks *b), const strip *s, size_t first, size_t rows,
                      const float *bias, bool add)
{
    const nb_tensor t = s->image;
    const size_t pixel = nb_padded(t.channels);
    nb_blocks b = {.count = t.width / 2,
                   .channels = t.channels,
                   .pixel = t.pixel,
                   .row = t.row,
                   .block = pixel,
                   .point = s->apart,
                   .bias = bias,
                   .add = add};
    for (size_t i = 0; i < rows; i++) {
        b.image = t.data + 2 * (first + i) * t.row;
        b.points = s->matrices + i * b.count * pixel;
        kernel(&b);
    }
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* to (+)= from convolved (+ bias). */
static void convolve(const nb_layer_args *a, nb_tensor to, nb_tensor from, nb_matrix weight,
                     const float *bias, bool add)
{
    const strip x = strip_of(from, a->work), y = strip_of(to, a->work + work_of(&x));
    const size_t rows = rows_at_once(to.height, to.width), down = to.height / 2;
    nb_gemm g = {.n = to.channels,
                 .k = from.channels,
                 .a_row = nb_padded(from.channels),
                 .b_row = weight.stride,
                 .c_row = nb_padded(to.channels)};
    for (size_t first = 0; first < down; first += rows) {
        const size_t count = least(rows, down - first);
        transform(a->kernels->winograd_input, &x, first, count, NULL, false);
        g.m = count * (to.width / 2);
        for (size_t p = 0; p < POINTS; p++) {
            g.a = x.matrices + p * x.apart;
            g.b = weight.data + p * from.channels * weight.stride;
            g.c = y.matrices + p * y.apart;
            a->kernels->gemm(&g);
        }
        transform(a->kernels->winograd_output, &y, first, count, bias, add);
    }
}

void nb_winograd_forward(const nb_layer_args *a) { convolve(a, a->out, a->in[0], a->weight, a->bias, false); }

void nb_winograd_backward(const nb_layer_args *a)
{
    if (a->d_in[0].data) convolve(a, a->d_in[0], a->d_out, a->weight_t, NULL, a->add[0]);
}

void nb_winograd_gradient(const nb_layer_args *a)
{
    const nb_tensor dy = a->d_out;
    const strip x = strip_of(a->in[0], a->work), y = strip_of(dy, a->work + work_of(&x));
    const size_t rows = rows_at_once(dy.height, dy.width), down = dy.height / 2, in = a->in[0].channels;
    nb_gemm g = {.m = in,
                 .n = dy.channels,
                 .a_row = nb_padded(in),
                 .transposed = true,
                 .b_row = nb_padded(dy.channels),
                 .c_row = a->weight.stride,
                 .accumulate = a->accumulate};
    for (size_t first = 0; first < down; first += rows) {
        const size_t count = least(rows, down - first);
        transform(a->kernels->winograd_input, &x, first, count, NULL, false);
        transform(a->kernels->winograd_gradient, &y, first, count, NULL, false);
        g.k = count * (dy.width / 2);
        for (size_t p = 0; p < POINTS; p++) {
            g.a = x.matrices + p * x.apart;
            g.b = y.matrices + p * y.apart;
            g.c = a->d_weight + p * in * a->weight.stride;
            a->kernels->gemm(&g);
        }
        g.accumulate = true;
    }
    for (size_t i = 0; i < dy.height; i++)
        a->kernels->sum_rows(dy.width, dy.channels, dy.data + i * dy.row, dy.pixel, a->accumulate || i > 0,
                             a->d_bias);
}

/* ---- Weights --------------------------------------------------------------------------------------------- */

/* G: (a, b, c) to (a, (a + b + c) / 2, (a - b + c) / 2, c), by rows and then by columns. */
void nb_winograd_from_taps(size_t n, const float *restrict w, size_t tap, float *restrict u, size_t point)
{
    for (size_t i = 0; i < n; i++) {
        float half[4][3];
        for (size_t k = 0; k < 3; k++) {
            const float a = w[k * tap + i], b = w[(3 + k) * tap + i], c = w[(6 + k) * tap + i];
            half[0][k] = a;
            half[1][k] = 0.5F * ((a + c) + b);
            half[2][k] = 0.5F * ((a + c) - b);
            half[3][k] = c;
        }
        for (size_t k = 0; k < 4; k++) {
            const float a = half[k][0], b = half[k][1], c = half[k][2];
            float *to = u + 4 * k * point + i;
            to[0] = a;
            to[point] = 0.5F * ((a + c) + b);
            to[2 * point] = 0.5F * ((a + c) - b);
            to[3 * point] = c;
        }
    }
}

size_t nb_winograd_flipped(size_t p)
{
    static const size_t flipped[] = {3, 1, 2, 0};
    return 4 * flipped[p / 4] + flipped[p % 4];
}

/* G^T: (p, q, r, s) to (p + (q + r) / 2, (q - r) / 2, (q + r) / 2 + s). */
void nb_winograd_to_taps(size_t n, const float *restrict du, size_t point, float *restrict dw, size_t tap)
{
    for (size_t i = 0; i < n; i++) {
        float half[3][4];
        for (size_t k = 0; k < 4; k++) {
            const float p = du[k * point + i], q = du[(4 + k) * point + i], r = du[(8 + k) * point + i],
                        s = du[(12 + k) * point + i];
            half[0][k] = p + 0.5F * (q + r);
            half[1][k] = 0.5F * (q - r);
            half[2][k] = 0.5F * (q + r) + s;
        }
        for (size_t k = 0; k < 3; k++) {
            const float p = half[k][0], q = half[k][1], r = half[k][2], s = half[k][3];
            float *to = dw + 3 * k * tap + i;
            to[0] = p + 0.5F * (q + r);
            to[tap] = 0.5F * (q - r);
            to[2 * tap] = 0.5F * (q + r) + s;
        }
    }
}
