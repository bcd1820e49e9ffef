/* scenes.c - colour pictures with captions: one to three circles, squares and triangles on paper.
 *
 * A caption is drawn first, then objects that it fits. Everything is made of products, sums and square roots: the same bits
 * everywhere. */
#include "base/error.h"
#include "base/size.h"
#include "data/scene.h"

#include <math.h>
#include <string.h>

enum { SIDE = NB_SCENE_SIDE, PLANE = SIDE * SIDE, TRIES = 200, SCENES_TRIED = 20000, MOST_PATTERNS = 16 };

#define SIGNED(r, g, b)                                                                                      \
    {                                                                                                        \
        2.0F * (r)-1.0F, 2.0F * (g)-1.0F, 2.0F * (b)-1.0F                                                    \
    }

const float nb_scene_paper[3] = SIGNED(0.96F, 0.95F, 0.91F);
const float nb_scene_palette[NB_SCENE_COLOURS][3] = {
    SIGNED(0.89F, 0.23F, 0.20F), /* red */
    SIGNED(0.97F, 0.79F, 0.18F), /* yellow */
    SIGNED(0.20F, 0.66F, 0.38F), /* green */
    SIGNED(0.20F, 0.42F, 0.88F), /* blue */
    SIGNED(0.60F, 0.30F, 0.76F), /* purple */
    SIGNED(0.13F, 0.13F, 0.16F), /* black */
};

/* Of radius 1: half a square's side; an even triangle's half width and half height. */
static const double SQUARE = 0.89, WIDE = 1.169, HIGH = 1.0125;

static double clamp(double value) { return value < 0.0 ? 0.0 : value > 1.0 ? 1.0 : value; }

double nb_scene_half_width(nb_shape_kind shape, double radius)
{
    return radius * (shape == NB_CIRCLE ? 1.0 : shape == NB_SQUARE ? SQUARE : WIDE);
}

double nb_scene_half_height(nb_shape_kind shape, double radius)
{
    return radius * (shape == NB_CIRCLE ? 1.0 : shape == NB_SQUARE ? SQUARE : HIGH);
}

double nb_scene_coverage(nb_shape_kind shape, double radius, double dy, double dx)
{
    if (shape == NB_CIRCLE) return clamp(radius + 0.5 - sqrt(dy * dy + dx * dx));
    if (shape == NB_SQUARE) {
        const double reach = SQUARE * radius + 0.5;
        return clamp(reach - fabs(dy)) * clamp(reach - fabs(dx));
    }
    const double high = HIGH * radius, base = high - dy,
                 side = 0.5 * (dy + high) - 0.8660254037844386 * fabs(dx);
    return clamp(0.5 + (base < side ? base : side));
}

/* ---- Draws ---- */

static int draw_int(nb_rng *rng, int low, int high)
{
    int32_t value;
    nb_numpy_randint(rng, (uint32_t)low, (uint32_t)high, 1, &value, NULL);
    return value;
}

static double draw_real(nb_rng *rng, double low, double high)
{
    double value;
    nb_numpy_uniform(rng, 1, low, high, &value, NULL);
    return value;
}

static nb_scene_wish draw_wish(nb_rng *rng)
{
    nb_scene_wish w;
    w.colour = draw_int(rng, 0, NB_SCENE_COLOURS);
    w.shape = draw_int(rng, 0, NB_SCENE_SHAPES);
    w.large = draw_int(rng, 0, 2);
    w.row = w.column = NB_UNSAID;
    return w;
}

/* All that could be said of a scene of so many objects. Two: six times of ten where they lie, twice beside each other
 * without a word of where, twice alike and counted. Three: alike, or named one after the other. */
static nb_scene_caption draw_caption(nb_rng *rng, int count)
{
    nb_scene_caption c = {.count = count, .relation = NB_UNSAID};
    const int way = draw_int(rng, 0, 10);
    for (int i = 0; i < count; i++) c.objects[i] = draw_wish(rng);
    if (count == 1) {
        c.objects[0].row = draw_int(rng, 0, 3);
        c.objects[0].column = draw_int(rng, 0, 3);
    }
    if (count == 2 && way < 6) c.relation = draw_int(rng, 0, NB_SCENE_RELATIONS);
    c.counted = count == 2 ? way >= 8 : count == 3 && way >= 5;
    for (int i = 1; c.counted && i < count; i++) c.objects[i] = c.objects[0];
    return c;
}

/* From `low` to `high`, a third of it or all. */
static double draw_place(nb_rng *rng, int third, double half)
{
    static const double from[3] = {0.0, 14.0, 21.5}, to[3] = {10.5, 18.0, 32.0};
    double low = third == NB_UNSAID ? 0.0 : from[third], high = third == NB_UNSAID ? SIDE : to[third];
    if (low < half + 1.0) low = half + 1.0;
    if (high > SIDE - 1.0 - half) high = SIDE - 1.0 - half;
    return draw_real(rng, low, high);
}

static void place(nb_rng *rng, const nb_scene_wish *w, float *object)
{
    const nb_shape_kind shape = (nb_shape_kind)w->shape;
    const double radius = w->large ? draw_real(rng, 5.6, 6.4) : draw_real(rng, 3.2, 3.8);
    object[NB_OF_SHAPE] = (float)w->shape;
    object[NB_OF_COLOUR] = (float)w->colour;
    object[NB_OF_RADIUS] = (float)radius;
    object[NB_OF_Y] = (float)draw_place(rng, w->row, nb_scene_half_height(shape, radius));
    object[NB_OF_X] = (float)draw_place(rng, w->column, nb_scene_half_width(shape, radius));
    object[NB_OF_FIT] = 1.0F;
}

static bool apart(const float *a, const float *b)
{
    const nb_shape_kind k = (nb_shape_kind)a[NB_OF_SHAPE], l = (nb_shape_kind)b[NB_OF_SHAPE];
    const double r = (double)a[NB_OF_RADIUS], s = (double)b[NB_OF_RADIUS], gap = 2.0;
    return fabs((double)(a[NB_OF_Y] - b[NB_OF_Y])) >=
               nb_scene_half_height(k, r) + nb_scene_half_height(l, s) + gap ||
           fabs((double)(a[NB_OF_X] - b[NB_OF_X])) >=
               nb_scene_half_width(k, r) + nb_scene_half_width(l, s) + gap;
}

/* Whether a lies as plainly in that relation to b as a caption should have it. */
static bool plainly(int relation, const float *a, const float *b)
{
    const float dy = b[NB_OF_Y] - a[NB_OF_Y], dx = b[NB_OF_X] - a[NB_OF_X];
    const bool along = relation == NB_LEFT_OF || relation == NB_RIGHT_OF,
               back = relation == NB_RIGHT_OF || relation == NB_BELOW;
    const float far = (along ? dx : dy) * (back ? -1.0F : 1.0F), aside = fabsf(along ? dy : dx);
    return relation == NB_UNSAID || far >= 1.5F * aside;
}

/* Objects that the caption fits; false if there is no room for those it names after as many tries. */
static bool place_all(nb_rng *rng, const nb_scene_caption *c, float *objects)
{
    for (int tried = 0; tried < TRIES; tried++) {
        bool good = true;
        for (int i = 0; i < c->count; i++) {
            float *const each = objects + (ptrdiff_t)i * NB_SCENE_NUMBERS;
            place(rng, &c->objects[i], each);
            for (int j = 0; j < i; j++) good = good && apart(objects + (ptrdiff_t)j * NB_SCENE_NUMBERS, each);
        }
        if (good && (c->count != 2 || plainly(c->relation, objects, objects + NB_SCENE_NUMBERS))) return true;
    }
    return false;
}

/* Leaves words away that a caption need not have: each object's size, and the place. */
static void leave_unsaid(nb_rng *rng, double said, nb_scene_caption *c)
{
    for (int i = 0; i < c->count; i++) {
        if (c->counted && i > 0)
            c->objects[i] = c->objects[0];
        else if (draw_real(rng, 0.0, 1.0) >= said || (c->count == 3 && !c->counted))
            c->objects[i].large = NB_UNSAID;
    }
    if (c->count == 1 && draw_real(rng, 0.0, 1.0) >= said)
        c->objects[0].row = c->objects[0].column = NB_UNSAID;
}

/* ---- Pictures ---- */

static void paint(const float *objects, int count, float *image)
{
    for (int i = 0; i < PLANE; i++) {
        const int y = i / SIDE, x = i % SIDE;
        float rgb[3];
        memcpy(rgb, nb_scene_paper, sizeof rgb);
        for (int k = 0; k < count; k++, objects += NB_SCENE_NUMBERS) {
            const double dy = y + 0.5 - (double)objects[NB_OF_Y], dx = x + 0.5 - (double)objects[NB_OF_X];
            const float a = (float)nb_scene_coverage((nb_shape_kind)objects[NB_OF_SHAPE],
                                                     (double)objects[NB_OF_RADIUS], dy, dx);
            for (int c = 0; c < 3; c++)
                rgb[c] = rgb[c] * (1.0F - a) + nb_scene_palette[(int)objects[NB_OF_COLOUR]][c] * a;
        }
        objects -= (ptrdiff_t)count * NB_SCENE_NUMBERS;
        for (int c = 0; c < 3; c++) image[c * PLANE + i] = rgb[c];
    }
}

/* ---- What is left out ---- */

typedef struct patterns {
    int count;
    nb_scene_caption each[MOST_PATTERNS];
} patterns;

static nb_status read_patterns(const char *text, patterns *out, nb_error *err)
{
    char one[128];
    out->count = 0;
    while (text && *text) {
        const size_t length = strcspn(text, ",");
        if (out->count == MOST_PATTERNS || length >= sizeof one)
            return nb_fail(err, NB_ERR_ARGUMENT, "what is left out: at most %d phrases of %zu letters",
                           MOST_PATTERNS, sizeof one - 1);
        memcpy(one, text, length);
        one[length] = '\0';
        int32_t tokens[NB_SCENE_TOKENS];
        if (nb_scene_tokens(one, tokens, err) != NB_OK ||
            nb_scene_read(tokens, &out->each[out->count++], err) != NB_OK)
            return NB_ERR_ARGUMENT;
        text += length + (text[length] == ',');
    }
    return NB_OK;
}

/* Whether all that a phrase says holds for some of the objects. */
static bool shows(const nb_scene_caption *pattern, const float *objects)
{
    int32_t right[NB_SCENE_PARTS];
    nb_scene_compare(pattern, objects, right);
    for (int part = 1; part < NB_SCENE_PARTS; part++) { /* however many there are */
        if (right[part] == 0) return false;
    }
    return true;
}

static bool shows_any(const patterns *p, const float *objects)
{
    for (int i = 0; i < p->count; i++) {
        if (shows(&p->each[i], objects)) return true;
    }
    return false;
}

static void draw_scene(nb_rng *rng, const nb_scenes_config *config, nb_scene_caption *caption, float *objects)
{
    do {
        for (int i = 0; i < NB_SCENE_OBJECTS * NB_SCENE_NUMBERS; i++)
            objects[i] = i % NB_SCENE_NUMBERS < NB_OF_RADIUS ? (float)NB_UNSAID : 0.0F;
        *caption = draw_caption(rng, draw_int(rng, config->least, config->most + 1));
    } while (!place_all(rng, caption, objects));
}

/* A scene that may stay, and what of it is said. */
static nb_status draw_allowed(nb_rng *rng, const nb_scenes_config *config, const patterns *out,
                              nb_scene_caption *caption, float *objects, nb_error *err)
{
    int tried = 0;
    do {
        if (tried++ == SCENES_TRIED)
            return nb_fail(err, NB_ERR_ARGUMENT,
                           "of %d scenes that were drawn none may stay: less has to be left out",
                           SCENES_TRIED);
        draw_scene(rng, config, caption, objects);
    } while (shows_any(out, objects) != config->only);
    leave_unsaid(rng, config->said, caption);
    return NB_OK;
}

/* Whether n scenes can be drawn, tried by a copy of the generator. */
static nb_status try_all(const nb_rng *rng, size_t n, const nb_scenes_config *config, const patterns *out,
                         nb_error *err)
{
    uint8_t state[NB_RNG_STATE_BYTES];
    nb_scene_caption caption;
    float objects[NB_SCENE_OBJECTS * NB_SCENE_NUMBERS];
    nb_rng *copy;
    nb_status status = nb_rng_create(0, &copy, err);
    if (status != NB_OK) return status;
    nb_rng_get_state(rng, state);
    status = nb_rng_set_state(copy, state, sizeof state, err);
    for (size_t i = 0; i < n && status == NB_OK; i++)
        status = draw_allowed(copy, config, out, &caption, objects, err);
    nb_rng_destroy(copy);
    return status;
}

nb_status nb_data_scenes(nb_rng *rng, size_t n, const nb_scenes_config *config, const char *left_out,
                         float *images, int32_t *tokens, float *objects, nb_error *err)
{
    patterns out;
    if (n < 1 || n > 1000000) return nb_fail(err, NB_ERR_ARGUMENT, "%zu scenes: it takes 1 to 1000000", n);
    if (config->least < 1 || config->most > NB_SCENE_MOST || config->least > config->most)
        return nb_fail(err, NB_ERR_ARGUMENT, "scenes of %d to %d shapes: it takes 1 to %d", config->least,
                       config->most, NB_SCENE_MOST);
    if (!(config->said >= 0.0 && config->said <= 1.0))
        return nb_fail(err, NB_ERR_ARGUMENT, "said = %g: how likely a size or place is said is 0 to 1",
                       config->said);
    if (read_patterns(left_out, &out, err) != NB_OK) return NB_ERR_ARGUMENT;
    if (config->only && out.count == 0)
        return nb_fail(err, NB_ERR_ARGUMENT, "only what is left out is wanted, and nothing is left out");
    const size_t bytes = nb_mul(nb_mul(n, 3 * PLANE), sizeof *images);
    if (bytes == NB_TOO_LARGE) return nb_fail_memory(err, bytes); /* images cannot be as large */
    /* Before anything is written, so that a failure leaves everything as it was. */
    nb_status status = out.count > 0 ? try_all(rng, n, config, &out, err) : NB_OK;
    if (status != NB_OK) return status;
    for (size_t i = 0; i < n; i++) {
        nb_scene_caption caption;
        status = draw_allowed(rng, config, &out, &caption, objects, err);
        if (status != NB_OK) return status;
        nb_scene_write(&caption, tokens);
        paint(objects, caption.count, images);
        images += 3 * PLANE;
        tokens += NB_SCENE_TOKENS;
        objects += NB_SCENE_OBJECTS * NB_SCENE_NUMBERS;
    }
    return NB_OK;
}
