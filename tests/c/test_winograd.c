/* test_winograd.c - Winograd's convolution: every variant's transforms against plain C, bit for bit; and the layer
 * and the plain convolution's against sums in double, at the sizes where strips of blocks begin and end. */
#include "fence.h"

#include "nn/layers.h"
#include "nn/winograd.h"
#include "variants.h"

static uint32_t state = 1;

static void fill(float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525U + 1013904223U;
        out[i] = (float)((double)state * 0x1p-31 - 1.0);
    }
}

/* ---- The transforms -------------------------------------------------------------------------------------- */

typedef enum transform { INPUT, OUTPUT, GRADIENT, TRANSFORMS } transform;

static void run(const nb_kernels *k, transform t, const nb_blocks *b)
{
    void (*const kernels[])(const nb_blocks *) = {k->winograd_input, k->winograd_output,
                                                  k->winograd_gradient};
    kernels[t](b);
}

enum { IMAGE, POINTS, BIAS }; /* the fences */

static float source[3][ROOM], want[2][ROOM];
static double tolerance; /* a fused variant rounds less often; numbers are at most 30 */

static bool same(float got, float wanted)
{
    if (tolerance > 0.0) return fabs((double)got - (double)wanted) <= tolerance;
    return got == wanted && signbit(got) == signbit(wanted);
}

static size_t differences_of(const size_t sizes[2], bool high)
{
    size_t differences = 0;
    for (int i = 0; i < 2; i++) {
        differences += broken_canaries(i, high);
        for (size_t j = 0; j < sizes[i]; j++) differences += !same(fences[i].array[j], want[i][j]);
    }
    return differences;
}

/* Numbers that differ in the image and at the points, canaries included. */
static size_t compare(const nb_kernels *k, transform t, size_t count, size_t channels, bool high)
{
    const size_t n = nb_padded(channels), pixel = n + 4, row = (4 * count + 1) * pixel, point = count * n + 4;
    /* The input's border reaches a pixel to the left and one beyond the last, which is the next row's. */
    const size_t border = t == INPUT ? row + pixel : 0;
    const size_t pixels =
        t == INPUT ? 5 * row + (4 * count + 2) * pixel - 4 : 3 * row + 4 * count * pixel - 4;
    const size_t sizes[] = {count ? pixels : 0, count ? 35 * point + count * n : 0, n};
    for (int i = 0; i < 3; i++) fill(source[i], sizes[i]);
    for (int pass = 0; pass < 2; pass++) {
        float *arrays[3];
        for (int i = 0; i < 3; i++) arrays[i] = fenced(i, high, sizes[i], source[i]);
        const nb_blocks b = {.count = count,
                             .channels = channels,
                             .image = arrays[IMAGE] + (count ? border : 0),
                             .pixel = pixel,
                             .row = row,
                             .points = arrays[POINTS],
                             .block = n,
                             .point = point,
                             .bias = count % 2 ? arrays[BIAS] : NULL,
                             .add = channels % 2};
        run(pass ? k : &nb_kernels_scalar, t, &b);
        if (pass) break;
        for (int i = 0; i < 2; i++) memcpy(want[i], arrays[i], sizes[i] * sizeof(float));
    }
    return differences_of(sizes, high);
}

/* The same for the weights' two transforms: the taps are the image. */
static size_t compare_weights(const nb_kernels *k, bool to_points, size_t n, bool high)
{
    const size_t tap = n + 4, point = n + 8, sizes[] = {8 * tap + n, 35 * point + n};
    for (int i = 0; i < 2; i++) fill(source[i], sizes[i]);
    for (int pass = 0; pass < 2; pass++) {
        const nb_kernels *kernels = pass ? k : &nb_kernels_scalar;
        float *taps = fenced(IMAGE, high, sizes[IMAGE], source[IMAGE]);
        float *points = fenced(POINTS, high, sizes[POINTS], source[POINTS]);
        if (to_points)
            kernels->winograd_weights(n, taps, tap, points, point);
        else
            kernels->winograd_taps(n, points, point, taps, tap);
        for (int i = 0; i < 2 && pass == 0; i++) memcpy(want[i], fences[i].array, sizes[i] * sizeof(float));
    }
    return differences_of(sizes, high);
}

static size_t compare_all(const nb_kernels *k)
{
    static const size_t counts[] = {0, 1, 2, 7}, channels[] = {1, 3, 4, 5, 8, 12, 16, 17, 20, 31, 33, 48};
    size_t differences = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (size_t j = 0; j < sizeof channels / sizeof *channels; j++) {
            for (int t = 0; t < TRANSFORMS; t++) {
                differences += compare(k, (transform)t, counts[i], channels[j], false);
                differences += compare(k, (transform)t, counts[i], channels[j], true);
            }
        }
    }
    for (size_t n = 0; n <= 48; n += NB_PAD) {
        for (unsigned mode = 0; mode < 4; mode++) differences += compare_weights(k, mode & 1, n, mode & 2);
    }
    return differences;
}

/* Faults that must be found. */
static void input_one_channel_short(const nb_blocks *b)
{
    nb_blocks fewer = *b;
    fewer.channels -= b->channels == 33 ? 4 : 0;
    nb_kernels_scalar.winograd_input(&fewer);
}

static void output_without_add(const nb_blocks *b)
{
    nb_blocks other = *b;
    other.add = false;
    nb_kernels_scalar.winograd_output(&other);
}

static void gradient_one_ulp(const nb_blocks *b)
{
    nb_kernels_scalar.winograd_gradient(b);
    if (b->count == 7) b->points[35 * b->point] = nextafterf(b->points[35 * b->point], 9.0F);
}

static void weights_of_first_taps(size_t n, const float *w, size_t tap, float *u, size_t point)
{
    (void)tap;
    nb_kernels_scalar.winograd_weights(n, w, 0, u, point);
}

static void taps_one_vector_short(size_t n, const float *du, size_t point, float *dw, size_t tap)
{
    nb_kernels_scalar.winograd_taps(n == 20 ? 16 : n, du, point, dw, tap);
}

static void test_transforms(void)
{
    check_variants(NB_MODE_EXACT, compare_all);
    tolerance = 1e-5;
    check_variants(NB_MODE_FAST, compare_all);
    tolerance = 0.0;
    enum { FAULTS = 5 };
    nb_kernels faulty[FAULTS];
    for (int i = 0; i < FAULTS; i++) faulty[i] = nb_kernels_scalar;
    faulty[0].winograd_input = input_one_channel_short;
    faulty[1].winograd_output = output_without_add;
    faulty[2].winograd_gradient = gradient_one_ulp;
    faulty[3].winograd_weights = weights_of_first_taps;
    faulty[4].winograd_taps = taps_one_vector_short;
    for (int i = 0; i < FAULTS; i++) CHECK(compare_all(&faulty[i]) > 0, "fault %d went unnoticed", i);
}

/* ---- The layer ------------------------------------------------------------------------------------------- */

enum { MOST = 1 << 17 };

static nb_tensor image(float *data, size_t height, size_t width, size_t channels)
{
    const size_t pixel = nb_padded(channels), row = (width + 1) * pixel;
    return (nb_tensor){.data = data + row + pixel,
                       .height = height,
                       .width = width,
                       .channels = channels,
                       .pixel = pixel,
                       .row = row,
                       .sample = (height + 2) * row + pixel};
}

static void fill_image(nb_tensor t)
{
    for (size_t i = 0; i < t.height; i++) {
        for (size_t j = 0; j < t.width; j++) fill(t.data + i * t.row + j * t.pixel, t.channels);
    }
}

/* The weights of both, and theirs transposed for backward. */
static float taps[MOST], taps_t[MOST], points[MOST], points_t[MOST];

static void fill_weights(size_t in, size_t out)
{
    const size_t stride = nb_stride(out), stride_t = nb_stride(in), matrix = in * stride;
    memset(taps, 0, sizeof taps);
    for (size_t i = 0; i < 9 * in; i++) fill(taps + i * stride, out);
    nb_kernels_scalar.winograd_weights(matrix, taps, matrix, points, matrix);
    for (size_t i = 0; i < in; i++) {
        for (size_t o = 0; o < out; o++) {
            for (size_t k = 0; k < 9; k++)
                taps_t[(k * out + o) * stride_t + i] = taps[(k * in + i) * stride + o];
            for (size_t k = 0; k < NB_WINOGRAD_POINTS; k++)
                points_t[(k * out + o) * stride_t + i] =
                    points[(nb_winograd_flipped(k) * in + i) * stride + o];
        }
    }
}

/* What a layer should be, in double: an image's numbers lie as in the image. dx begins at a half. */
static double want_y[MOST], want_dx[MOST], want_dw[MOST];

static void sum_in_double(nb_tensor x, nb_tensor dy, const float *bias, size_t stride)
{
    for (size_t i = 0; i < MOST; i++) {
        want_y[i] = want_dw[i] = 0.0;
        want_dx[i] = 0.5;
    }
    const size_t x_start = x.row + x.pixel, y_start = dy.row + dy.pixel;
    for (size_t at = 0; at < 9 * x.height * x.width; at++) {
        const size_t tap = at % 9, row = at / 9 / x.width, column = at / 9 % x.width;
        const size_t q = y_start + row * dy.row + column * dy.pixel;
        /* The border's zeros add nothing, and what they get is not looked at. */
        const size_t p = x_start + (row + tap / 3) * x.row + (column + tap % 3) * x.pixel - x.row - x.pixel;
        for (size_t o = 0; o < dy.channels; o++) {
            if (tap == 0) want_y[q + o] += (double)bias[o];
            for (size_t c = 0; c < x.channels; c++) {
                const size_t w = (tap * x.channels + c) * stride + o;
                want_y[q + o] += (double)x.data[p + c - x_start] * (double)taps[w];
                want_dx[p + c] += (double)dy.data[q + o - y_start] * (double)taps[w];
                want_dw[w] += (double)x.data[p + c - x_start] * (double)dy.data[q + o - y_start];
            }
        }
    }
}

/* How far an image is from the sums, in units of their largest. */
static double image_error(nb_tensor got, const double *sums)
{
    gap g = {0};
    for (size_t i = 0; i < got.height * got.width * got.channels; i++) {
        const size_t k = i / got.channels,
                     at = k / got.width * got.row + k % got.width * got.pixel + i % got.channels;
        gap_add(&g, (double)got.data[at], sums[got.row + got.pixel + at]);
    }
    return g.worst / g.scale;
}

typedef struct errors {
    double plain, winograd;
} errors;

static errors test_layer(const nb_kernels *kernels, size_t height, size_t width, size_t in, size_t out)
{
    static float x[MOST], y[MOST], d_x[MOST], d_y[MOST], d_w[2][MOST], d_b[2][64], bias[64], work[4 * MOST];
    const nb_layer_kind *const kinds[2] = {&nb_conv_layer, &nb_winograd_layer};
    const nb_layer_spec spec = {.in = {{height, width, in, NB_IMAGE}},
                                .out = {height, width, out, NB_IMAGE},
                                .weight_in = in,
                                .weight_out = out,
                                .taps = 9};
    REQUIRE(nb_winograd_layer.fits(&spec), "%zu x %zu", height, width);
    REQUIRE(nb_winograd_layer.work(&spec) <= 4 * MOST, "room");
    fill_weights(in, out);
    fill(bias, out);
    const nb_tensor tx = image(x, height, width, in), ty = image(d_y, height, width, out);
    memset(x, 0, sizeof x);
    memset(d_y, 0, sizeof d_y);
    fill_image(tx);
    fill_image(ty);
    const size_t stride = nb_stride(out), matrix = in * stride;
    sum_in_double(tx, ty, bias, stride);
    const nb_tensor got = image(y, height, width, out), got_dx = image(d_x, height, width, in);
    double worst[2] = {0.0, 0.0};
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < MOST; i++) d_x[i] = 0.5F;
        memset(d_w, 0, sizeof d_w);
        const nb_layer_args a = {.kernels = kernels,
                                 .rows = 1,
                                 .in = {tx},
                                 .out = got,
                                 .d_in = {got_dx},
                                 .d_out = ty,
                                 .add = {true},
                                 .weight = {k ? points : taps, out, stride},
                                 .weight_t = {k ? points_t : taps_t, in, nb_stride(in)},
                                 .taps = 9,
                                 .work = work,
                                 .bias = bias,
                                 .d_weight = d_w[k],
                                 .d_bias = d_b[k]};
        kinds[k]->forward(&a);
        kinds[k]->gradient(&a);
        kinds[k]->backward(&a);
        if (k) kernels->winograd_taps(matrix, d_w[1], matrix, d_w[0], matrix);
        gap weights = {0};
        for (size_t i = 0; i < 9 * matrix; i++) gap_add(&weights, (double)d_w[0][i], want_dw[i]);
        worst[k] = larger(larger(image_error(got, want_y), image_error(got_dx, want_dx)),
                          weights.worst / weights.scale);
    }
    CHECK(memcmp(d_b[0], d_b[1], out * sizeof(float)) == 0, "another gradient of the bias");
    return (errors){worst[0], worst[1]};
}

static void test_layers(nb_mode mode)
{
    static const size_t sizes[][4] = {{3, 3, 8, 8},    {4, 6, 8, 9},    {5, 9, 12, 8},
                                      {8, 8, 32, 33},  {6, 70, 8, 12},  {34, 6, 13, 16},
                                      {16, 16, 24, 8}, {32, 32, 9, 16}, {22, 15, 16, 31}};
    nb_engine *engine = NULL;
    REQUIRE(nb_engine_create(mode, 1, NULL, &engine, NULL) == NB_OK, "engine");
    errors worst = {0.0, 0.0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const size_t *s = sizes[i];
        const errors off = test_layer(engine->kernels, s[0], s[1], s[2], s[3]);
        CHECK(off.winograd > 0.0 && off.winograd <= 2e-6, "%zux%zu, %zu to %zu channels: off by %g", s[0],
              s[1], s[2], s[3], off.winograd);
        worst.plain = larger(worst.plain, off.plain);
        worst.winograd = larger(worst.winograd, off.winograd);
    }
    printf("measured Winograd's convolution, %s %.2g (limit 2e-6), the plain one %.2g\n",
           nb_engine_kernels(engine), worst.winograd, worst.plain);
    nb_engine_destroy(engine);
}

int main(void)
{
    fences_open();
    test_transforms();
    fences_close();
    test_layers(NB_MODE_EXACT);
    test_layers(NB_MODE_FAST);
    return check_report();
}
