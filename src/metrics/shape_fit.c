/* shape_fit.c - how well a picture is one of the shapes that exercise 8 draws: the best intersection over union.
 *
 * A shape is a few whole numbers. From a rough guess they are moved by one or two, one or two at a time, as long as that
 * fits better. The guesses: a circle and a square about the white pixels' centre, of their area; a triangle between three
 * of the pixels that lie farthest out in 16 directions, those that fit best. */
#include "base/error.h"
#include "data/shape.h"

#include <math.h>
#include <string.h>

enum { DIRECTIONS = 16, LEAST_SIDE = NB_SHAPES_LEAST_SIDE, MOST_SIDE = 4096 };

typedef struct picture {
    int height, width;
    const float *pixels;
    float threshold;
    double white, y, x;     /* how many pixels are above the threshold, and their mean place */
    int far[DIRECTIONS][2]; /* of those, the farthest in each direction */
} picture;

typedef struct fit {
    nb_shape shape;
    double iou;
} fit;

static bool is_white(const picture *v, int y, int x)
{
    return v->pixels[(ptrdiff_t)y * v->width + x] > v->threshold;
}

/* Counts the white pixels and finds the outermost. */
static void look(picture *v)
{
    static const int way[DIRECTIONS][2] = {{0, 8},  {3, 7},  {6, 6},  {7, 3},   {8, 0},   {7, -3},
                                           {6, -6}, {3, -7}, {0, -8}, {-3, -7}, {-6, -6}, {-7, -3},
                                           {-8, 0}, {-7, 3}, {-6, 6}, {-3, 7}};
    int most[DIRECTIONS];
    for (int k = 0; k < DIRECTIONS; k++) most[k] = -8 * 2 * MOST_SIDE;
    v->white = v->y = v->x = 0.0;
    for (int y = 0; y < v->height; y++) {
        for (int x = 0; x < v->width; x++) {
            if (!is_white(v, y, x)) continue;
            v->white++;
            v->y += y;
            v->x += x;
            for (int k = 0; k < DIRECTIONS; k++) {
                const int reach = way[k][0] * y + way[k][1] * x;
                if (reach <= most[k]) continue;
                most[k] = reach;
                v->far[k][0] = y;
                v->far[k][1] = x;
            }
        }
    }
    v->y /= v->white;
    v->x /= v->white;
}

/* Takes over a shape that is one of the data set's and fits better. */
static bool try_shape(const picture *v, const nb_shape *s, fit *best)
{
    if (!nb_shape_is_drawn(s, v->height, v->width)) return false;
    const nb_shape_box b = nb_shape_bounds(s);
    double covered = 0.0, both = 0.0;
    for (int y = b.top; y < b.bottom; y++) {
        for (int x = b.left; x < b.right; x++) {
            if (!nb_shape_covers(s, y, x)) continue;
            covered++;
            if (is_white(v, y, x)) both++;
        }
    }
    const double iou = both / (covered + v->white - both);
    if (iou <= best->iou) return false;
    *best = (fit){*s, iou};
    return true;
}

/* Moves one or two of the numbers by up to two, while that helps. */
static void climb(const picture *v, fit *best)
{
    enum { WAYS = 5 };
    const int n = nb_shape_numbers(best->shape.kind);
    bool better = best->iou > 0.0;
    while (better) {
        const nb_shape from = best->shape;
        better = false;
        for (int i = 0; i < n * n * WAYS * WAYS; i++) {
            nb_shape s = from;
            s.p[i % n] += i / n / n % WAYS - WAYS / 2;
            s.p[i / n % n] += i / n / n / WAYS - WAYS / 2;
            better = try_shape(v, &s, best) || better;
        }
    }
}

static fit fit_circle(const picture *v)
{
    fit best = {.shape.kind = NB_CIRCLE};
    for (int r = 4; r < 8; r++)
        try_shape(v, &(nb_shape){NB_CIRCLE, {(int)(v->y + 0.5), (int)(v->x + 0.5), r}}, &best);
    climb(v, &best);
    return best;
}

static fit fit_square(const picture *v)
{
    fit best = {.shape.kind = NB_SQUARE};
    for (int side = 8; side < 16; side++) {
        const double half = (side - 1) / 2.0;
        if (v->y < half || v->x < half) continue;
        try_shape(v, &(nb_shape){NB_SQUARE, {(int)(v->y - half + 0.5), (int)(v->x - half + 0.5), side}},
                  &best);
    }
    climb(v, &best);
    return best;
}

static fit fit_triangle(const picture *v)
{
    fit best = {.shape.kind = NB_TRIANGLE};
    for (int i = 0; i < DIRECTIONS; i++) {
        for (int j = 0; j < i; j++) {
            for (int k = 0; k < j; k++) {
                const int *a = v->far[i], *b = v->far[j], *c = v->far[k];
                try_shape(v, &(nb_shape){NB_TRIANGLE, {a[0], a[1], b[0], b[1], c[0], c[1]}}, &best);
            }
        }
    }
    climb(v, &best);
    return best;
}

nb_status nb_shape_fit(size_t n, int height, int width, const float *images, float threshold, int32_t *kind,
                       double *iou, double *clean, nb_error *err)
{
    static fit (*const fits[NB_SHAPE_KINDS])(const picture *) = {fit_circle, fit_square, fit_triangle};
    if (height < LEAST_SIDE || height > MOST_SIDE || width < LEAST_SIDE || width > MOST_SIDE)
        return nb_fail(err, NB_ERR_ARGUMENT, "shapes of %dx%d pixels: height and width are %d to %d", height,
                       width, LEAST_SIDE, MOST_SIDE);
    if (!isfinite(threshold)) return nb_fail(err, NB_ERR_NONFINITE, "a threshold that is not finite");
    size_t good = 0;
    for (size_t i = 0; i < n; i++, images += (ptrdiff_t)height * width) {
        picture v = {.height = height, .width = width, .pixels = images, .threshold = threshold};
        look(&v);
        kind[i] = NB_CIRCLE;
        iou[i] = 0.0;
        for (int k = 0; v.white > 0.0 && k < NB_SHAPE_KINDS; k++) {
            const fit best = fits[k](&v);
            if (best.iou <= iou[i]) continue;
            kind[i] = k;
            iou[i] = best.iou;
        }
        good += iou[i] >= NB_CLEAN_SHAPE;
    }
    *clean = n > 0 ? (double)good / (double)n : 0.0;
    return NB_OK;
}
