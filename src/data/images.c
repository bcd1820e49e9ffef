/* images.c - the small pictures of the course: a checkerboard, a colour square, geometric shapes. */
#include "base/error.h"
#include "base/size.h"
#include "data/shape.h"

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

static int draw_int(nb_rng *rng, int low, int high)
{
    int32_t value;
    nb_numpy_randint(rng, (uint32_t)low, (uint32_t)high, 1, &value, NULL);
    return value;
}

static nb_shape draw_circle(nb_rng *rng, int height, int width)
{
    nb_shape s = {.kind = NB_CIRCLE};
    s.p[0] = draw_int(rng, 8, height - 8);
    s.p[1] = draw_int(rng, 8, width - 8);
    s.p[2] = draw_int(rng, 4, 8);
    return s;
}

static nb_shape draw_square(nb_rng *rng, int height, int width)
{
    nb_shape s = {.kind = NB_SQUARE};
    s.p[2] = draw_int(rng, 8, 16);
    s.p[1] = draw_int(rng, 0, width - s.p[2]);
    s.p[0] = draw_int(rng, 0, height - s.p[2]);
    return s;
}

/* Filled, where the course sprinkles random dots. Corners that nearly lie on a line would leave a stroke: they are drawn
 * again. */
static nb_shape draw_triangle(nb_rng *rng, int height, int width)
{
    nb_shape s = {.kind = NB_TRIANGLE};
    do {
        for (int i = 0; i < 6; i++) s.p[i] = draw_int(rng, 4, (i % 2 == 0 ? height : width) - 4);
    } while (!nb_shape_is_drawn(&s, height, width));
    return s;
}

nb_status nb_data_shapes(nb_rng *rng, size_t n, int height, int width, float *out, int32_t *labels,
                         nb_error *err)
{
    static nb_shape (*const draw[NB_SHAPE_KINDS])(nb_rng *, int, int) = {draw_circle, draw_square,
                                                                         draw_triangle};
    if (check_sides("shapes", height, width, NB_SHAPES_LEAST_SIDE, err) != NB_OK) return NB_ERR_ARGUMENT;
    if (n < 1 || n > 1000000) return nb_fail(err, NB_ERR_ARGUMENT, "%zu pictures: it takes 1 to 1000000", n);
    const size_t pixels = (size_t)height * (size_t)width, bytes = nb_mul(nb_mul(n, pixels), sizeof *out);
    if (bytes == NB_TOO_LARGE) return nb_fail_memory(err, bytes); /* out cannot be as large */
    for (size_t i = 0; i < n; i++) {
        labels[i] = draw_int(rng, 0, NB_SHAPE_KINDS);
        const nb_shape s = draw[labels[i]](rng, height, width);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) *out++ = nb_shape_covers(&s, y, x) ? 1.0F : 0.0F;
        }
    }
    return NB_OK;
}
