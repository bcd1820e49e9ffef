/* images.c - the small pictures of the course: a checkerboard, a colour square, geometric shapes. */
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static nb_status check_size(const char *what, int size, int least, nb_error *err)
{
    if (size >= least && size <= 4096) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT, "%s of size %d: it takes %d to 4096", what, size, least);
}

nb_status nb_data_checkerboard(int size, int square, float *out, nb_error *err)
{
    if (check_size("a checkerboard", size, 1, err) != NB_OK) return NB_ERR_ARGUMENT;
    if (square < 1 || square > size)
        return nb_fail(err, NB_ERR_ARGUMENT, "squares of %d pixels on a board of %d: it takes 1 to %d",
                       square, size, size);
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) out[y * size + x] = (x / square + y / square) % 2 == 0 ? 1.0F : 0.0F;
    }
    return NB_OK;
}

nb_status nb_data_colour_square(int size, float *out, nb_error *err)
{
    if (check_size("a colour square", size, 4, err) != NB_OK) return NB_ERR_ARGUMENT;
    for (int c = 0; c < 3; c++) {
        for (int y = 0; y < size; y++) {
            for (int x = 0; x < size; x++) {
                const bool inside = x >= size / 4 && x < size * 3 / 4 && y >= size / 4 && y < size * 3 / 4;
                *out++ = inside ? 1.0F : 0.0F;
            }
        }
    }
    return NB_OK;
}

static int draw_int(nb_rng *rng, int low, int high)
{
    int32_t value;
    nb_numpy_randint(rng, (uint32_t)low, (uint32_t)high, 1, &value);
    return value;
}

static void circle(nb_rng *rng, int size, float *out)
{
    const int cy = draw_int(rng, 8, size - 8), cx = draw_int(rng, 8, size - 8), radius = draw_int(rng, 4, 8);
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
            if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius) out[y * size + x] = 1.0F;
        }
    }
}

static void square(nb_rng *rng, int size, float *out)
{
    const int side = draw_int(rng, 8, 16);
    const int x0 = draw_int(rng, 0, size - side), y0 = draw_int(rng, 0, size - side);
    for (int y = y0; y < y0 + side; y++) {
        for (int x = x0; x < x0 + side; x++) out[y * size + x] = 1.0F;
    }
}

/* Twice the signed area of the triangle (a, b, p): which side of the edge a b the point lies on. */
static int side_of(const int32_t *a, const int32_t *b, int y, int x)
{
    return (b[1] - a[1]) * (y - a[0]) - (b[0] - a[0]) * (x - a[1]);
}

/* Filled, edges included, where the course sprinkles random dots. Corners that nearly lie on a line would leave a stroke:
 * they are drawn again. */
static void triangle(nb_rng *rng, int size, float *out)
{
    int32_t p[6]; /* three corners (y, x) */
    do nb_numpy_randint(rng, 4, (uint32_t)(size - 4), 6, p);
    while (abs(side_of(p, p + 2, p[4], p[5])) < 64); /* half of it is the area: 32 pixels */
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
            const int a = side_of(p, p + 2, y, x), b = side_of(p + 2, p + 4, y, x),
                      c = side_of(p + 4, p, y, x);
            if ((a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0)) out[y * size + x] = 1.0F;
        }
    }
}

nb_status nb_data_shapes(nb_rng *rng, size_t n, int size, float *out, int32_t *labels, nb_error *err)
{
    static void (*const draw[3])(nb_rng *, int, float *) = {circle, square, triangle};
    if (check_size("shapes", size, 24, err) != NB_OK) return NB_ERR_ARGUMENT;
    if (n < 1 || n > 1000000) return nb_fail(err, NB_ERR_ARGUMENT, "%zu pictures: it takes 1 to 1000000", n);
    const size_t pixels = (size_t)size * (size_t)size;
    memset(out, 0, n * pixels * sizeof *out);
    for (size_t i = 0; i < n; i++) {
        labels[i] = draw_int(rng, 0, 3);
        draw[labels[i]](rng, size, out + i * pixels);
    }
    return NB_OK;
}
