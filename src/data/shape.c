/* shape.c - what a circle, a square and a triangle of exercise 8 cover. */
#include "data/shape.h"
#include "base/platform.h"

#include <stdlib.h>

int nb_shape_numbers(nb_shape_kind kind) { return kind == NB_TRIANGLE ? 6 : 3; }

/* Twice the signed area of the triangle (a, b, p): which side of the edge a b the point lies on. */
static int side_of(const int *a, const int *b, int y, int x)
{
    return (b[1] - a[1]) * (y - a[0]) - (b[0] - a[0]) * (x - a[1]);
}

bool nb_shape_covers(const nb_shape *s, int y, int x)
{
    const int *p = s->p;
    if (s->kind == NB_CIRCLE) return (x - p[1]) * (x - p[1]) + (y - p[0]) * (y - p[0]) <= p[2] * p[2];
    if (s->kind == NB_SQUARE) return y >= p[0] && y < p[0] + p[2] && x >= p[1] && x < p[1] + p[2];
    const int a = side_of(p, p + 2, y, x), b = side_of(p + 2, p + 4, y, x), c = side_of(p + 4, p, y, x);
    return (a >= 0 && b >= 0 && c >= 0) || (a <= 0 && b <= 0 && c <= 0);
}

static bool within(int value, int low, int high) { return value >= low && value < high; }

bool nb_shape_is_drawn(const nb_shape *s, int height, int width)
{
    const int *p = s->p;
    if (s->kind == NB_CIRCLE)
        return within(p[0], 8, height - 8) && within(p[1], 8, width - 8) && within(p[2], 4, 8);
    if (s->kind == NB_SQUARE)
        return within(p[2], 8, 16) && within(p[0], 0, height - p[2]) && within(p[1], 0, width - p[2]);
    for (int i = 0; i < 6; i++) {
        if (!within(p[i], 4, (i % 2 == 0 ? height : width) - 4)) return false;
    }
    return abs(side_of(p, p + 2, p[4], p[5])) >= 64; /* half of it is the area: 32 pixels */
}

static int least(int a, int b, int c) { return a < b ? (a < c ? a : c) : b < c ? b : c; }

static int most(int a, int b, int c) { return a > b ? (a > c ? a : c) : b > c ? b : c; }

nb_shape_box nb_shape_bounds(const nb_shape *s)
{
    const int *p = s->p;
    if (s->kind == NB_CIRCLE)
        return (nb_shape_box){p[0] - p[2], p[0] + p[2] + 1, p[1] - p[2], p[1] + p[2] + 1};
    if (s->kind == NB_SQUARE) return (nb_shape_box){p[0], p[0] + p[2], p[1], p[1] + p[2]};
    return (nb_shape_box){least(p[0], p[2], p[4]), most(p[0], p[2], p[4]) + 1, least(p[1], p[3], p[5]),
                          most(p[1], p[3], p[5]) + 1};
}
