/* images.c - the small pictures of the course: a checkerboard, a colour square, geometric shapes. */
#include "base/error.h"
#include "base/size.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SIDE = 4096 };

static nb_status check_sides(const char *what, int height, int width, int least, nb_error *err)
{
    if (height >= least && height <= MOST_SIDE && width >= least && width <= MOST_SIDE) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT, "%s of %dx%d pixels: height and width are %d to %d", what, height,
                   width, least, MOST_SIDE);
}

nb_status nb_data_checkerboard(int height, int width, int square, float *out, nb_error *err)
{
    if (check_sides("a checkerboard", height, width, 1, err) != NB_OK) return NB_ERR_ARGUMENT;
    const int shorter = height < width ? height : width;
    if (square < 1 || square > shorter)
        return nb_fail(err, NB_ERR_ARGUMENT, "squares of %d pixels on a board of %dx%d: it takes 1 to %d",
                       square, height, width, shorter);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) *out++ = (x / square + y / square) % 2 == 0 ? 1.0F : 0.0F;
    }
    return NB_OK;
}

static bool in_middle_half(int i, int side) { return i >= side / 4 && i < side * 3 / 4; }

nb_status nb_data_colour_square(int height, int width, float *out, nb_error *err)
{
    if (check_sides("a colour square", height, width, 4, err) != NB_OK) return NB_ERR_ARGUMENT;
    for (int c = 0; c < 3; c++) {
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++)
                *out++ = in_middle_half(y, height) && in_middle_half(x, width) ? 1.0F : 0.0F;
        }
    }
    return NB_OK;
}

/* A picture to draw on. */
typedef struct canvas {
    int height, width;
    float *pixels;
} canvas;

static void set(const canvas *c, int y, int x) { c->pixels[(ptrdiff_t)y * c->width + x] = 1.0F; }

static int draw_int(nb_rng *rng, int low, int high)
{
    int32_t value;
    nb_numpy_randint(rng, (uint32_t)low, (uint32_t)high, 1, &value, NULL);
    return value;
}

static void circle(nb_rng *rng, const canvas *c)
{
    const int cy = draw_int(rng, 8, c->height - 8), cx = draw_int(rng, 8, c->width - 8);
    const int radius = draw_int(rng, 4, 8);
    for (int y = 0; y < c->height; y++) {
        for (int x = 0; x < c->width; x++) {
            if ((x - cx) * (x - cx) + (y - cy) * (y - cy) <= radius * radius) set(c, y, x);
        }
    }
}

static void square(nb_rng *rng, const canvas *c)
{
    const int side = draw_int(rng, 8, 16);
    const int x0 = draw_int(rng, 0, c->width - side), y0 = draw_int(rng, 0, c->height - side);
    for (int y = y0; y < y0 + side; y++) {
        for (int x = x0; x < x0 + side; x++) set(c, y, x);
    }
}

/* Twice the signed area of the triangle (a, b, p): which side of the edge a b the point lies on. */
static int side_of(const int32_t *a, const int32_t *b, int y, int x)
{
    return (b[1] - a[1]) * (y - a[0]) - (b[0] - a[0]) * (x - a[1]);
}

/* Filled, edges included, where the course sprinkles random dots. Corners that nearly lie on a line would leave a stroke:
 * they are drawn again. */
static void triangle(nb_rng *rng, const canvas *c)
{
    int32_t p[6]; /* three corners (y, x) */
    do {
        for (int i = 0; i < 6; i++) p[i] = draw_int(rng, 4, (i % 2 == 0 ? c->height : c->width) - 4);
    } while (abs(side_of(p, p + 2, p[4], p[5])) < 64); /* half of it is the area: 32 pixels */
    for (int y = 0; y < c->height; y++) {
        for (int x = 0; x < c->width; x++) {
            const int a = side_of(p, p + 2, y, x), b = side_of(p + 2, p + 4, y, x),
                      d = side_of(p + 4, p, y, x);
            if ((a >= 0 && b >= 0 && d >= 0) || (a <= 0 && b <= 0 && d <= 0)) set(c, y, x);
        }
    }
}

nb_status nb_data_shapes(nb_rng *rng, size_t n, int height, int width, float *out, int32_t *labels,
                         nb_error *err)
{
    static void (*const draw[3])(nb_rng *, const canvas *) = {circle, square, triangle};
    if (check_sides("shapes", height, width, 24, err) != NB_OK) return NB_ERR_ARGUMENT;
    if (n < 1 || n > 1000000) return nb_fail(err, NB_ERR_ARGUMENT, "%zu pictures: it takes 1 to 1000000", n);
    const size_t pixels = (size_t)height * (size_t)width, bytes = nb_mul(nb_mul(n, pixels), sizeof *out);
    if (bytes == NB_TOO_LARGE) return nb_fail_memory(err, bytes); /* out cannot be as large */
    memset(out, 0, bytes);
    for (size_t i = 0; i < n; i++, out += pixels) {
        labels[i] = draw_int(rng, 0, 3);
        draw[labels[i]](rng, &(canvas){height, width, out});
    }
    return NB_OK;
}
