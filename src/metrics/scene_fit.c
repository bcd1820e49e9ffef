/* scene_fit.c - what is to be seen in a picture of a scene: shapes, their colours, sizes and places.
 *
 * Pixels are sorted to the nearest colour of the palette, or to the paper; those of one colour that touch are an object.
 * Around it, how much of each pixel is covered follows from where its colour lies between the paper's and the object's.
 * To that each shape is fitted, by small steps in place and radius: the best intersection over union is what it is. */
#include "base/error.h"
#include "data/scene.h"

#include <math.h>
#include <string.h>

enum {
    SIDE = NB_SCENE_SIDE,
    PLANE = SIDE * SIDE,
    LEAST_PIXELS = 6,
    PAPER = -1,
    DONE = -2,
    MET = 8,
    AROUND = 2
};

/* An object: its pixels' middle and bounds, and how much around is covered. */
typedef struct blob {
    int colour, pixels, inner, top, bottom, left, right; /* inner: those with no other pixel beside them */
    double cover[PLANE];
    double total;
} blob;

typedef struct scan {
    const float *image;
    int8_t label[PLANE]; /* a colour, PAPER, MET + a colour: part of an object, DONE: of one that was told */
} scan;

static double square(double x) { return x * x; }

static double distance(const float *image, int i, const float *colour)
{
    double sum = 0.0;
    for (int c = 0; c < 3; c++) sum += square((double)(image[c * PLANE + i] - colour[c]));
    return sum;
}

/* Halfway from the paper to a colour or nearer, and near to it: edges between colours belong to none. */
static int label_of(const float *image, int i)
{
    const double most = square(0.75); /* of values from -1 to 1 */
    double best = distance(image, i, nb_scene_paper);
    int label = PAPER;
    for (int k = 0; k < NB_SCENE_COLOURS; k++) {
        const double d = distance(image, i, nb_scene_palette[k]);
        if (d >= best) continue;
        best = d;
        label = d <= most ? k : PAPER;
    }
    return label;
}

/* All pixels of the same label that hang together with this one. */
static void collect(scan *s, int start, blob *out)
{
    int16_t stack[PLANE];
    int depth = 0;
    const int8_t label = s->label[start];
    *out = (blob){.colour = label % MET, .top = SIDE, .left = SIDE};
    stack[depth++] = (int16_t)start;
    s->label[start] = DONE;
    out->cover[start] = 1.0;
    while (depth > 0) {
        const int i = stack[--depth], y = i / SIDE, x = i % SIDE;
        const int near[4] = {y > 0 ? i - SIDE : i, y + 1 < SIDE ? i + SIDE : i, x > 0 ? i - 1 : i,
                             x + 1 < SIDE ? i + 1 : i};
        out->pixels++;
        if (y < out->top) out->top = y;
        if (y + 1 > out->bottom) out->bottom = y + 1;
        if (x < out->left) out->left = x;
        if (x + 1 > out->right) out->right = x + 1;
        int same = 0;
        for (int k = 0; k < 4; k++) {
            same += near[k] == i || out->cover[near[k]] > 0.0;
            if (s->label[near[k]] != label) continue;
            same++;
            s->label[near[k]] = DONE;
            out->cover[near[k]] = 1.0;
            stack[depth++] = (int16_t)near[k];
        }
        out->inner += same == 4;
    }
}

/* A line one pixel wide is no object, but the edge of one of another colour. */
static void find_objects(scan *s)
{
    blob b;
    for (int i = 0; i < PLANE; i++) {
        if (s->label[i] < 0 || s->label[i] >= MET) continue;
        collect(s, i, &b);
        const int8_t label = (int8_t)(b.pixels >= LEAST_PIXELS && b.inner > 0 ? MET + b.colour : PAPER);
        for (int k = 0; k < PLANE; k++) {
            if (b.cover[k] > 0.0) s->label[k] = label;
        }
    }
}

/* The part of the way from the paper to the object's colour that a pixel has gone. */
static double covered(const float *image, int i, const float *colour)
{
    double along = 0.0, whole = 0.0;
    for (int c = 0; c < 3; c++) {
        const double way = (double)(colour[c] - nb_scene_paper[c]);
        along += way * (double)(image[c * PLANE + i] - nb_scene_paper[c]);
        whole += way * way;
    }
    return along <= 0.0 ? 0.0 : along >= whole ? 1.0 : along / whole;
}

/* Of the pixels around it, those that belong to no other object. */
static void look_around(const scan *s, blob *b)
{
    b->top = b->top > AROUND ? b->top - AROUND : 0;
    b->left = b->left > AROUND ? b->left - AROUND : 0;
    b->bottom = b->bottom + AROUND < SIDE ? b->bottom + AROUND : SIDE;
    b->right = b->right + AROUND < SIDE ? b->right + AROUND : SIDE;
    b->total = 0.0;
    for (int y = b->top; y < b->bottom; y++) {
        for (int x = b->left; x < b->right; x++) {
            const int i = y * SIDE + x;
            if (b->cover[i] > 0.0 || s->label[i] == PAPER)
                b->cover[i] = covered(s->image, i, nb_scene_palette[b->colour]);
            b->total += b->cover[i];
        }
    }
}

typedef struct guess {
    double p[3], iou; /* y, x, radius */
} guess;

static double overlap(const blob *b, nb_shape_kind shape, const double *p)
{
    double both = 0.0, either = 0.0;
    for (int y = b->top; y < b->bottom; y++) {
        for (int x = b->left; x < b->right; x++) {
            const double a = b->cover[y * SIDE + x],
                         m = nb_scene_coverage(shape, p[2], y + 0.5 - p[0], x + 0.5 - p[1]);
            both += a < m ? a : m;
            either += a < m ? m : a;
        }
    }
    return either > 0.0 ? both / either : 0.0;
}

/* From the middle of its bounds, a step at a time in each direction, while that fits better; then smaller steps. */
static guess fit(const blob *b, nb_shape_kind shape)
{
    const double area = shape == NB_CIRCLE   ? 3.14159
                        : shape == NB_SQUARE ? 3.1684
                                             : 2.36725; /* of radius 1 */
    guess best = {{0.5 * (b->top + b->bottom), 0.5 * (b->left + b->right), sqrt(b->total / area)}, 0.0};
    best.iou = overlap(b, shape, best.p);
    for (double step = 1.0; step > 0.05;) {
        const guess from = best;
        for (int way = 0; way < 6; way++) {
            guess g = from;
            g.p[way / 2] += way % 2 ? step : -step;
            if (g.p[2] < 0.5) continue;
            g.iou = overlap(b, shape, g.p);
            if (g.iou > best.iou) best = g;
        }
        if (best.iou <= from.iou) step *= 0.5;
    }
    return best;
}

static void describe(const blob *b, float *out)
{
    guess best = {.iou = -1.0};
    int kind = NB_UNSAID;
    for (int k = 0; k < NB_SCENE_SHAPES; k++) {
        const guess g = fit(b, (nb_shape_kind)k);
        if (g.iou <= best.iou) continue;
        best = g;
        kind = k;
    }
    out[NB_OF_SHAPE] = best.iou >= NB_SCENE_CLEAN ? (float)kind : (float)NB_UNSAID;
    out[NB_OF_COLOUR] = (float)b->colour;
    out[NB_OF_RADIUS] = (float)best.p[2];
    out[NB_OF_Y] = (float)best.p[0];
    out[NB_OF_X] = (float)best.p[1];
    out[NB_OF_FIT] = (float)best.iou;
}

/* The largest come first: one that has no place is dropped. */
static void keep(const float *found, float *objects)
{
    const size_t bytes = NB_SCENE_NUMBERS * sizeof *found;
    int at = NB_SCENE_OBJECTS;
    while (at > 0 && found[NB_OF_RADIUS] > objects[(at - 1) * NB_SCENE_NUMBERS + NB_OF_RADIUS]) at--;
    if (at == NB_SCENE_OBJECTS) return;
    float *const here = objects + (ptrdiff_t)at * NB_SCENE_NUMBERS;
    memmove(here + NB_SCENE_NUMBERS, here, (size_t)(NB_SCENE_OBJECTS - 1 - at) * bytes);
    memcpy(here, found, bytes);
}

static void look(const float *image, float *objects)
{
    scan s = {.image = image};
    blob b;
    for (int i = 0; i < NB_SCENE_OBJECTS * NB_SCENE_NUMBERS; i++)
        objects[i] = i % NB_SCENE_NUMBERS < NB_OF_RADIUS ? (float)NB_UNSAID : 0.0F;
    for (int i = 0; i < PLANE; i++) s.label[i] = (int8_t)label_of(image, i);
    find_objects(&s);
    for (int i = 0; i < PLANE; i++) {
        if (s.label[i] < 0) continue;
        float found[NB_SCENE_NUMBERS];
        collect(&s, i, &b);
        look_around(&s, &b);
        describe(&b, found);
        keep(found, objects);
    }
}

nb_status nb_scene_fit(size_t n, const float *images, float *objects, nb_error *err)
{
    for (size_t i = 0; i < n * 3 * PLANE; i++) {
        if (!isfinite(images[i]))
            return nb_fail(err, NB_ERR_NONFINITE, "pictures with a value that is not finite");
    }
    for (size_t i = 0; i < n; i++, images += 3 * PLANE, objects += NB_SCENE_OBJECTS * NB_SCENE_NUMBERS)
        look(images, objects);
    return NB_OK;
}
