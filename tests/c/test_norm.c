/* test_norm.c - the kernels of group normalisation: every variant against plain C, bit for bit, and plain C against
 * sums in double. */
#include "fence.h"

#include "variants.h"

static uint32_t state = 1;

static void fill(float *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525U + 1013904223U;
        out[i] = (float)((double)state * 0x1p-31 - 1.0);
    }
}

typedef enum kernel { SQUARES, NORM, NORM_SHIFT, NORM_SUM, GRADIENT, BACKWARD, KERNELS } kernel;

enum { X, Y, MEAN, SCALE, BETA, SUMS, MORE, FENCED }; /* the fences */

static float source[FENCED][ROOM], want[FENCED][ROOM];

typedef struct shape {
    size_t pixels, channels;
    bool flag, high; /* flag: a ReLU follows, or backward adds */
} shape;

/* Pixels of x lie farther apart than those of y: what is between them must stay. */
static size_t x_pixel(const shape *s) { return nb_padded(s->channels) + 4; }
static size_t y_pixel(const shape *s) { return nb_padded(s->channels) + 8; }

static void run(const nb_kernels *k, kernel which, const shape *s, float *a[FENCED])
{
    nb_norm r = {.pixels = s->pixels,
                 .channels = s->channels,
                 .x = a[X],
                 .x_pixel = x_pixel(s),
                 .mean = a[MEAN],
                 .scale = a[SCALE],
                 .beta = a[BETA],
                 .relu = s->flag};
    if (which == SQUARES) k->sum_squares(s->pixels, s->channels, a[X], x_pixel(s), a[MEAN], a[SUMS]);
    if (which == NORM_SHIFT) r.plus = a[SUMS]; /* the same for every pixel */
    if (which == NORM_SUM) {
        r.plus = a[X];
        r.plus_pixel = x_pixel(s);
    }
    if (which == NORM || which == NORM_SHIFT || which == NORM_SUM) k->norm(&r, a[Y], y_pixel(s));
    if (which == GRADIENT) k->norm_gradient(&r, a[Y], y_pixel(s), a[SUMS], a[MORE]);
    /* dx takes the place of dy. */
    if (which == BACKWARD)
        k->norm_backward(&r, a[Y], y_pixel(s), a[SUMS], a[MORE], s->flag, a[Y], y_pixel(s));
}

static size_t size_of(const shape *s, int which)
{
    const size_t n = nb_padded(s->channels), pixel = which == X ? x_pixel(s) : y_pixel(s);
    if (which != X && which != Y) return n;
    return s->pixels ? (s->pixels - 1) * pixel + n : 0;
}

/* Runs a kernel on fresh numbers, the same ones each time. */
static void run_fenced(const nb_kernels *k, kernel which, const shape *s)
{
    float *arrays[FENCED];
    for (int i = 0; i < FENCED; i++) arrays[i] = fenced(i, s->high, size_of(s, i), source[i]);
    run(k, which, s, arrays);
}

static size_t compare(const nb_kernels *k, kernel which, const shape *s)
{
    for (int i = 0; i < FENCED; i++) fill(source[i], size_of(s, i));
    run_fenced(&nb_kernels_scalar, which, s);
    for (int i = 0; i < FENCED; i++) memcpy(want[i], fences[i].array, size_of(s, i) * sizeof(float));
    run_fenced(k, which, s);
    size_t differences = 0;
    for (int i = 0; i < FENCED; i++) {
        differences += broken_canaries(i, s->high);
        for (size_t j = 0; j < size_of(s, i); j++)
            differences += memcmp(&want[i][j], &fences[i].array[j], sizeof(float)) != 0;
    }
    return differences;
}

static const size_t pixels_tried[] = {0, 1, 2, 3, 7, 16},
                    channels_tried[] = {1, 4, 8, 12, 16, 24, 33, 64, 80};
#define COUNT(array) (sizeof(array) / sizeof *(array))

static size_t compare_all(const nb_kernels *k)
{
    size_t differences = 0;
    for (size_t i = 0; i < COUNT(pixels_tried) * COUNT(channels_tried); i++) {
        for (unsigned mode = 0; mode < 4; mode++) {
            const shape s = {pixels_tried[i % COUNT(pixels_tried)], channels_tried[i / COUNT(pixels_tried)],
                             mode & 1, mode & 2};
            for (int which = 0; which < KERNELS; which++) differences += compare(k, (kernel)which, &s);
        }
    }
    return differences;
}

/* ---- Plain C, by the formulas -------------------------------------------------------------------------------- */

static const shape normal = {.pixels = 16, .channels = 24, .flag = true};

static void check_close(float got, double wanted, double tolerance)
{
    CHECK(fabs((double)got - wanted) <= tolerance, "%.9g is not %.9g", (double)got, wanted);
}

/* One channel of `normal`, from the sources, in double. */
static void check_channel(kernel which, size_t c)
{
    const double mean = (double)source[MEAN][c], scale = (double)source[SCALE][c];
    double squares = 0.0, sum_dy = 0.0, sum_c = 0.0;
    for (size_t j = 0; j < normal.pixels; j++) {
        const size_t at = j * y_pixel(&normal) + c;
        const double x = (double)source[X][j * x_pixel(&normal) + c], centred = x - mean;
        const double y = centred * scale + (double)source[BETA][c], dy = (double)source[Y][at];
        squares += centred * centred;
        sum_dy += y > 0.0 ? dy : 0.0;
        sum_c += y > 0.0 ? dy * centred : 0.0;
        const double dx = dy + dy * scale - centred * (double)source[SUMS][c] - (double)source[MORE][c];
        const double shown[KERNELS] = {
            dy, fmax(y, 0.0), fmax(y, 0.0) + (double)source[SUMS][c], fmax(y, 0.0) + x, y > 0.0 ? dy : 0.0,
            dx};
        check_close(fences[Y].array[at], shown[which], 1e-6);
    }
    if (which == SQUARES) check_close(fences[SUMS].array[c], squares, 1e-5);
    if (which == GRADIENT) check_close(fences[SUMS].array[c], sum_dy, 1e-5);
    if (which == GRADIENT) check_close(fences[MORE].array[c], sum_c, 1e-5);
}

static void test_formulas(void)
{
    for (int which = 0; which < KERNELS; which++) {
        for (int i = 0; i < FENCED; i++) fill(source[i], size_of(&normal, i));
        run_fenced(&nb_kernels_scalar, (kernel)which, &normal);
        for (size_t c = 0; c < normal.channels; c++) check_channel((kernel)which, c);
    }
}

/* A NaN must reach the reader, not end in a ReLU. */
static void test_nan(void)
{
    float x[4] = {NAN, 1.0F, -1.0F, 0.0F}, y[4];
    const float zero[4] = {0}, one[4] = {1.0F, 1.0F, 1.0F, 1.0F};
    const nb_norm r = {
        .pixels = 1, .channels = 4, .x = x, .mean = zero, .scale = one, .beta = zero, .relu = true};
    nb_kernels_scalar.norm(&r, y, 4);
    CHECK(isnan(y[0]) && y[1] == 1.0F && y[2] == 0.0F && y[3] == 0.0F, "%g %g %g %g", (double)y[0],
          (double)y[1], (double)y[2], (double)y[3]);
}

/* ---- Faults that must be found ------------------------------------------------------------------------------ */

static void squares_in_halves(size_t m, size_t n, const float *x, size_t x_row, const float *mean, float *out)
{
    for (size_t j = 0; j < nb_padded(n); j++) {
        float sum[2] = {0.0F, 0.0F};
        for (size_t i = 0; i < m; i++) {
            const float d = x[i * x_row + j] - mean[j];
            sum[i & 1] += d * d;
        }
        out[j] = sum[0] + sum[1];
    }
}

static void norm_fused(const nb_norm *r, float *y, size_t to_pixel)
{
    for (size_t j = 0; j < r->pixels; j++) {
        for (size_t c = 0; c < nb_padded(r->channels); c++) {
            const float v = fmaf(r->x[j * r->x_pixel + c] - r->mean[c], r->scale[c], r->beta[c]);
            y[j * to_pixel + c] = r->relu && v < 0.0F ? 0.0F : v;
        }
    }
}

static void norm_alone(const nb_norm *r, float *y, size_t to_pixel)
{
    nb_norm other = *r;
    other.plus = NULL;
    nb_kernels_scalar.norm(&other, y, to_pixel);
}

static void norm_of_first_pixel(const nb_norm *r, float *y, size_t to_pixel)
{
    nb_norm other = *r;
    other.plus_pixel = 0;
    nb_kernels_scalar.norm(&other, y, to_pixel);
}

static void gradient_without_relu(const nb_norm *r, float *dy, size_t dy_pixel, float *sum_dy, float *sum_c)
{
    nb_norm other = *r;
    other.relu = false;
    nb_kernels_scalar.norm_gradient(&other, dy, dy_pixel, sum_dy, sum_c);
}

static void backward_anew(const nb_norm *r, const float *dy, size_t dy_pixel, const float *slope,
                          const float *level, bool add, float *dx, size_t dx_pixel)
{
    (void)add;
    nb_kernels_scalar.norm_backward(r, dy, dy_pixel, slope, level, false, dx, dx_pixel);
}

static void test_faults(void)
{
    nb_kernels faulty[KERNELS];
    for (int i = 0; i < KERNELS; i++) faulty[i] = nb_kernels_scalar;
    faulty[SQUARES].sum_squares = squares_in_halves;
    faulty[NORM].norm = norm_fused;
    faulty[NORM_SHIFT].norm = norm_alone;
    faulty[NORM_SUM].norm = norm_of_first_pixel;
    faulty[GRADIENT].norm_gradient = gradient_without_relu;
    faulty[BACKWARD].norm_backward = backward_anew;
    for (int i = 0; i < KERNELS; i++) CHECK(compare_all(&faulty[i]) > 0, "fault %d went unnoticed", i);
}

int main(void)
{
    fences_open();
    check_variants(NB_MODE_EXACT, compare_all);
    check_variants(NB_MODE_FAST, compare_all);
    test_formulas();
    test_nan();
    test_faults();
    fences_close();
    return check_report();
}
