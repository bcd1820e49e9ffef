/* shape.h - the circles, squares and triangles of exercise 8: what each is, and which of them are drawn. */
#ifndef NB_DATA_SHAPE_H
#define NB_DATA_SHAPE_H

#include <stdbool.h>

typedef enum nb_shape_kind { NB_CIRCLE, NB_SQUARE, NB_TRIANGLE } nb_shape_kind;
enum { NB_SHAPE_KINDS = 3, NB_SHAPE_MOST = 6 };

/* Whole numbers: a circle's y, x and radius; a square's upper left corner y, x and side; a triangle's corners y, x. */
typedef struct nb_shape {
    nb_shape_kind kind;
    int p[NB_SHAPE_MOST];
} nb_shape;

int nb_shape_numbers(nb_shape_kind kind); /* how many of p it has */
/* Edges included. */
bool nb_shape_covers(const nb_shape *s, int y, int x);
/* Whether the data set can have it, in pictures of this size. */
bool nb_shape_is_drawn(const nb_shape *s, int height, int width);
/* The first pixel that it covers and one past the last, of all rows and columns. */
typedef struct nb_shape_box {
    int top, bottom, left, right;
} nb_shape_box;
nb_shape_box nb_shape_bounds(const nb_shape *s);

#endif
