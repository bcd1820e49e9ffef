/* winograd.c - 3x3 convolution with padding 1 by fewer products: Winograd's F(4x4, 3x3), Lavin and Gray 2016.
 *
 *   y = A^T [(G w G^T) . (B^T x B)] A      for each 4x4 block of outputs, from the 6x6 pixels x around it
 *
 * The bracket is a product of numbers, at each of 36 points; summed over channels it is 36 matrix products, between
 * all blocks and all channels, which take 36 multiplications where the taps take 144. By transposition
 *
 *   dw = G^T [(B^T x B)^T . (A dy A^T)] G, summed over the blocks,
 *
 * and dx is the convolution of dy with the taps flipped. G w G^T is made once a step, and a lane's gradients are
 * summed at the 36 points.
 *
 * The matrices come of polynomials, known by their values at the points 0, a, -a, b, -b and infinity. With the usual
 * a = 1, b = 2 the error is five times that of the plain sum; a = sqrt(1/2), b = sqrt(2) bring it near to the plain
 * sum's own (tests/c/test_winograd.c). As b = 2 a there is little to multiply by, and as a b = 1 to flip the taps
 * is to exchange points:
 *
 *   B^T d = d0 - 5/2 d2 + d4                            G w = w0
 *           (2 d2 - d4) +- a (2 d1 - d3)                      2/3 ((w0 + w2/2) +- a w1)
 *           (d4 - d2/2) +- b (d3 - d1/2)                      2/3 ((w0/2 + w2) +- a w1)
 *           d1 - 5/2 d3 + d5                                  w2
 *
 *   A^T y = y0 + (y1 + y2) + (y3 + y4)/2
 *           a ((y1 - y2) + (y3 - y4))
 *           (y1 + y2)/2 + (y3 + y4)
 *           a ((y1 - y2)/2 + 2 (y3 - y4)) + y5
 *
 * (Barabasz, Anderson, Soodhalter and Gregg 2020 tell how the points decide the error.)
 *
 * Some rows of blocks are done at a time, so that all stays in the second-level cache. An image whose sides are no
 * multiples of 4 is copied into one, zeros around it. */
#include "nn/winograd.h"

#include "base/arena.h"
#include "nn/layers.h"

enum {
    SIDE = 4,
    BLOCKS = 16,
    LEAST_SIDE = 3,
    LEAST_CHANNELS = 8,
    POINTS = NB_WINOGRAD_POINTS,
    LARGE = 1 << 12
};

static size_t blocks_along(size_t side) { return (side + SIDE - 1) / SIDE; }

/* Rows of blocks that are done at a time. */
static size_t rows_at_once(size_t height, size_t width)
{
    const size_t across = blocks_along(width), down = blocks_along(height);
    const size_t rows = across < BLOCKS ? BLOCKS / across : 1;
    return rows < down ? rows : down;
}

/* From one point's matrix to the next: for all but small ones an odd number of cache lines, as a block writes to all 36. */
static size_t points_apart(size_t blocks, size_t channels)
{
    return nb_stride(nb_mul(blocks, nb_padded(channels)));
}

/* Floats of an image of whole blocks with its border, where the given one is none. */
static size_t frame_floats(size_t height, size_t width, size_t channels)
{
    if (height % SIDE == 0 && width % SIDE == 0) return 0;
    const size_t rows = SIDE * blocks_along(height) + 2, row = SIDE * blocks_along(width) + 1;
    return nb_mul(nb_add(nb_mul(rows, row), 1), nb_padded(channels));
}

static size_t matrix_floats(size_t height, size_t width, size_t channels)
{
    return nb_mul(POINTS, points_apart(rows_at_once(height, width) * blocks_along(width), channels));
}

/* Some rows of blocks of an image, and their 36 matrices (blocks, channels). */
typedef struct strip {
    nb_tensor image;
    float *matrices;
    size_t apart;
    float *frame; /* where the image is one of whole blocks in its place, or NULL */
} strip;

/* Takes its memory from *room. */
static strip strip_of(nb_tensor t, float **room)
{
    const size_t across = blocks_along(t.width), frame = frame_floats(t.height, t.width, t.channels);
    strip s = {t, *room, points_apart(rows_at_once(t.height, t.width) * across, t.channels), NULL};
    *room += matrix_floats(t.height, t.width, t.channels);
    if (frame == 0) return s;
    s.frame = *room;
    *room += frame;
    s.image.height = SIDE * blocks_along(t.height);
    s.image.width = SIDE * across;
    s.image.pixel = nb_padded(t.channels);
    s.image.row = (s.image.width + 1) * s.image.pixel;
    s.image.data = s.frame + s.image.row + s.image.pixel;
    return s;
}

/* A strip to be read. */
static strip strip_from(nb_tensor t, float **room)
{
    const strip s = strip_of(t, room);
    if (s.frame == NULL) return s;
    memset(s.frame, 0, frame_floats(t.height, t.width, t.channels) * sizeof *s.frame);
    nb_move(s.image, t, 1, false);
    return s;
}

/* One of the kernels' transforms, for `rows` rows of blocks from row `first` on. */
static void transform(void (*kernel)(const nb_blocks *b), const strip *s, size_t first, size_t rows,
                      const float *bias, bool add)
{
    const nb_tensor t = s->image;
    const size_t pixel = nb_padded(t.channels);
    nb_blocks b = {.count = t.width / SIDE,
                   .channels = t.channels,
                   .pixel = t.pixel,
                   .row = t.row,
                   .block = pixel,
                   .point = s->apart,
                   .bias = bias,
                   .add = add};
    for (size_t i = 0; i < rows; i++) {
        b.image = t.data + SIDE * (first + i) * t.row;
        b.points = s->matrices + i * b.count * pixel;
        kernel(&b);
    }
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* A matrix of weights on its way to the second-level cache while the product before it is made. In WebAssembly this is nothing. */
static void fetch(const float *matrix, size_t floats)
{
    enum { LINE = NB_ALIGN / sizeof(float) };
    for (size_t i = 0; i < floats; i += LINE) __builtin_prefetch(matrix + i, 0, 2);
}

/* to (+)= from convolved (+ bias). */
static void convolve(const nb_layer_args *a, nb_tensor to, nb_tensor from, nb_matrix weight,
                     const float *bias, bool add)
{
    float *room = a->work;
    const strip x = strip_from(from, &room), y = strip_of(to, &room);
    const size_t rows = rows_at_once(to.height, to.width), down = blocks_along(to.height),
                 matrix = from.channels * weight.stride;
    const bool large = matrix >= LARGE && down <= rows; /* read once, from beyond the second-level cache */
    nb_gemm g = {.n = to.channels,
                 .k = from.channels,
                 .a_row = nb_padded(from.channels),
                 .b_row = weight.stride,
                 .c_row = nb_padded(to.channels)};
    for (size_t first = 0; first < down; first += rows) {
        const size_t count = least(rows, down - first);
        transform(a->kernels->winograd_input, &x, first, count, NULL, false);
        g.m = count * blocks_along(to.width);
        for (size_t p = 0; p < POINTS; p++) {
            g.a = x.matrices + p * x.apart;
            g.b = weight.data + p * matrix;
            g.c = y.matrices + p * y.apart;
            if (large && p + 1 < POINTS) fetch(g.b + matrix, matrix);
            a->kernels->gemm(&g);
        }
        transform(a->kernels->winograd_output, &y, first, count, bias, add && y.frame == NULL);
    }
    if (y.frame == NULL) return;
    nb_tensor part = y.image;
    part.height = to.height;
    part.width = to.width;
    nb_move(to, part, 1, add);
}

static void forward(const nb_layer_args *a) { convolve(a, a->out, a->in[0], a->weight, a->bias, false); }

static void backward(const nb_layer_args *a)
{
    if (a->d_in[0].data) convolve(a, a->d_in[0], a->d_out, a->weight_t, NULL, a->add[0]);
}

static void gradient(const nb_layer_args *a)
{
    const nb_tensor dy = a->d_out;
    float *room = a->work;
    const strip x = strip_from(a->in[0], &room), y = strip_from(dy, &room);
    const size_t rows = rows_at_once(dy.height, dy.width), down = blocks_along(dy.height),
                 in = a->in[0].channels;
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
        g.k = count * blocks_along(dy.width);
        for (size_t p = 0; p < POINTS; p++) {
            g.a = x.matrices + p * x.apart;
            g.b = y.matrices + p * y.apart;
            g.c = a->d_weight + p * in * a->weight.stride;
            a->kernels->gemm(&g);
        }
        g.accumulate = true;
    }
    for (size_t i = 0; i < dy.height; i++)
        if (a->d_bias)
            a->kernels->sum_rows(dy.width, dy.channels, dy.data + i * dy.row, dy.pixel,
                                 a->accumulate || i > 0, a->d_bias);
}

size_t nb_winograd_flipped(size_t p)
{
    static const size_t flipped[] = {5, 3, 4, 1, 2, 0};
    return 6 * flipped[p / 6] + flipped[p % 6];
}

static bool fits(const nb_layer_spec *s)
{
    return s->taps == 9 && s->in[0].height >= LEAST_SIDE && s->in[0].width >= LEAST_SIDE &&
           s->weight_in >= LEAST_CHANNELS && s->weight_out >= LEAST_CHANNELS;
}

static size_t work(const nb_layer_spec *s)
{
    const size_t height = s->in[0].height, width = s->in[0].width;
    const size_t in =
        nb_add(matrix_floats(height, width, s->weight_in), frame_floats(height, width, s->weight_in));
    return nb_add(
        in, nb_add(matrix_floats(height, width, s->weight_out), frame_floats(height, width, s->weight_out)));
}

/* As conv, but weight is (36 x in, out), weight_t (36 x out, in) and d_weight (36 x in, out). */
const nb_layer_kind nb_winograd_layer = {
    .name = "winograd",
    .inputs = 1,
    .forward = forward,
    .backward = backward,
    .gradient = gradient,
    .shape = nb_weighted_shape,
    .work = work,
    .fits = fits,
    .winograd = true,
    .border = true,
    .reads_in = 1,
};
