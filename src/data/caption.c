/* caption.c - the words of scenes' captions: text to tokens, tokens to what they say, and whether it holds. */
#include "base/error.h"
#include "data/scene.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const words[NB_SCENE_WORDS] = {
    "",       "a",     "two",    "three",  "small",    "large",   "red",     "yellow",    "green", "blue",
    "purple", "black", "circle", "square", "triangle", "circles", "squares", "triangles", "at",    "in",
    "the",    "top",   "bottom", "left",   "right",    "middle",  "of",      "above",     "below", "and"};

enum {
    NOTHING,
    A,
    TWO,
    THREE,
    SMALL,
    LARGE,
    RED,
    BLACK = RED + NB_SCENE_COLOURS - 1,
    CIRCLE,
    TRIANGLE = CIRCLE + 2,
    CIRCLES,
    TRIANGLES = CIRCLES + 2,
    AT,
    IN,
    THE,
    TOP,
    BOTTOM,
    LEFT,
    RIGHT,
    MIDDLE,
    OF,
    ABOVE,
    BELOW,
    AND
};

const char *nb_scene_word(int token) { return token >= 0 && token < NB_SCENE_WORDS ? words[token] : NULL; }

/* ---- Text to tokens ---- */

/* What a word is made of: letters of any script, digits; an apostrophe, a dash and the like part words. */
static bool in_word(char c)
{
    const unsigned char u = (unsigned char)c;
    return u >= 0x80 || (u >= '0' && u <= '9') || (u >= 'A' && u <= 'Z') || (u >= 'a' && u <= 'z');
}

static bool is_word(const char *text, size_t length, const char *word)
{
    if (strlen(word) != length) return false;
    for (size_t i = 0; i < length; i++) {
        const char lower = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
        if (lower != word[i]) return false;
    }
    return true;
}

static int find_word(const char *text, size_t length)
{
    for (int token = 1; token < NB_SCENE_WORDS; token++) {
        if (is_word(text, length, words[token])) return token;
    }
    return NOTHING;
}

static nb_status unknown_word(const char *text, size_t length, nb_error *err)
{
    enum { SHOWN = 24 };
    char all[224] = "";
    size_t at = 0, shown = length < SHOWN ? length : SHOWN;
    for (int i = 1; i < NB_SCENE_WORDS; i++)
        at += (size_t)snprintf(all + at, sizeof all - at, " %s", words[i]);
    while (shown < length && shown > 0 && ((unsigned char)text[shown] & 0xC0U) == 0x80U)
        shown--; /* whole letters */
    return nb_fail(err, NB_ERR_ARGUMENT, "\"%.*s%s\" is not among the words:%s", (int)shown, text,
                   shown < length ? "..." : "", all);
}

nb_status nb_scene_tokens(const char *text, int32_t *tokens, nb_error *err)
{
    int32_t found[NB_SCENE_TOKENS] = {0};
    size_t count = 0;
    for (const char *p = text; *p;) {
        size_t length = 0;
        while (in_word(p[length])) length++;
        if (length == 0) {
            p++;
            continue;
        }
        const int token = find_word(p, length);
        if (token == NOTHING) return unknown_word(p, length, err);
        if (count < NB_SCENE_TOKENS) found[count] = token;
        count++;
        p += length;
    }
    if (count == 0) return nb_fail(err, NB_ERR_ARGUMENT, "a caption without a word: try \"a red circle\"");
    if (count > NB_SCENE_TOKENS)
        return nb_fail(err, NB_ERR_ARGUMENT, "a caption of %zu words: it has at most %d", count,
                       NB_SCENE_TOKENS);
    memcpy(tokens, found, sizeof found);
    return NB_OK;
}

/* ---- What tokens say ---- */

static const nb_scene_wish ANY = {NB_UNSAID, NB_UNSAID, NB_UNSAID, NB_UNSAID, NB_UNSAID};

typedef struct reader {
    nb_scene_caption *out;
    nb_scene_wish next; /* what stands before the noun that comes */
    int times;          /* how often that comes */
    bool open;          /* whether anything stands there */
} reader;

static nb_status close_object(reader *r, nb_error *err)
{
    if (r->out->count + r->times > NB_SCENE_MOST)
        return nb_fail(err, NB_ERR_ARGUMENT, "a caption of more than %d shapes", NB_SCENE_MOST);
    r->out->counted = r->times > 1;
    for (int i = 0; i < r->times; i++) r->out->objects[r->out->count++] = r->next;
    r->next = ANY;
    r->times = 1;
    r->open = false;
    return NB_OK;
}

/* "the top left": of all that were named last. */
static void put_place(nb_scene_caption *c, int token)
{
    if (c->count == 0) return;
    nb_scene_wish *const w = &c->objects[c->count - 1];
    if (token == TOP || token == BOTTOM) w->row = token == TOP ? 0 : 2;
    if (token == LEFT || token == RIGHT) w->column = token == LEFT ? 0 : 2;
    if (token == MIDDLE) w->row = w->column = 1;
    if (w->row == NB_UNSAID) w->row = 1;
    if (w->column == NB_UNSAID) w->column = 1;
}

static nb_status read_token(reader *r, int token, int following, nb_error *err)
{
    const bool relates =
        token == ABOVE || token == BELOW || ((token == LEFT || token == RIGHT) && following == OF);
    if (token >= RED && token <= BLACK) r->next.colour = token - RED;
    if (token == SMALL || token == LARGE) r->next.large = token == LARGE;
    if (token == TWO || token == THREE) r->times = token;
    r->open = r->open || (token >= TWO && token <= BLACK);
    if (relates && r->out->count == 1)
        r->out->relation = token == ABOVE   ? NB_ABOVE
                           : token == BELOW ? NB_BELOW
                           : token == LEFT  ? NB_LEFT_OF
                                            : NB_RIGHT_OF;
    else if (!relates && token >= TOP && token <= MIDDLE)
        put_place(r->out, token);
    if (token < CIRCLE || token > TRIANGLES) return NB_OK;
    r->next.shape = (token - CIRCLE) % NB_SCENE_SHAPES;
    return close_object(r, err);
}

nb_status nb_scene_read(const int32_t *tokens, nb_scene_caption *out, nb_error *err)
{
    nb_scene_caption c = {.relation = NB_UNSAID};
    reader r = {&c, ANY, 1, false};
    for (int i = 0; i < NB_SCENE_TOKENS; i++) {
        if (tokens[i] < 0 || tokens[i] >= NB_SCENE_WORDS)
            return nb_fail(err, NB_ERR_ARGUMENT, "token %d: they are 0 to %d", (int)tokens[i],
                           NB_SCENE_WORDS - 1);
        const int following = i + 1 < NB_SCENE_TOKENS ? tokens[i + 1] : NOTHING;
        if (read_token(&r, tokens[i], following, err) != NB_OK) return NB_ERR_ARGUMENT;
    }
    if (r.open && close_object(&r, err) != NB_OK) return NB_ERR_ARGUMENT; /* "large red" */
    if (c.count == 0) return nb_fail(err, NB_ERR_ARGUMENT, "a caption that names nothing to be seen");
    if (c.count != 2) c.relation = NB_UNSAID;
    c.counted = c.counted && c.count > 1;
    *out = c;
    return NB_OK;
}

/* ---- A caption in words ---- */

static int32_t *write_object(const nb_scene_wish *w, int times, int32_t *to)
{
    *to++ = times > 1 ? times : A; /* TWO is 2 */
    if (w->large != NB_UNSAID) *to++ = w->large ? LARGE : SMALL;
    if (w->colour != NB_UNSAID) *to++ = RED + w->colour;
    *to++ = (times > 1 ? CIRCLES : CIRCLE) + w->shape;
    return to;
}

static int32_t *write_place(const nb_scene_wish *w, int32_t *to)
{
    if (w->row == NB_UNSAID) return to;
    const bool middle = w->row == 1 && w->column == 1;
    *to++ = middle ? IN : AT;
    *to++ = THE;
    if (middle) *to++ = MIDDLE;
    if (w->row != 1) *to++ = w->row == 0 ? TOP : BOTTOM;
    if (w->column != 1) *to++ = w->column == 0 ? LEFT : RIGHT;
    return to;
}

static int32_t *write_relation(int relation, int32_t *to)
{
    static const int first[NB_SCENE_RELATIONS] = {LEFT, RIGHT, ABOVE, BELOW};
    *to++ = relation == NB_UNSAID ? AND : first[relation];
    if (relation == NB_LEFT_OF || relation == NB_RIGHT_OF) *to++ = OF;
    return to;
}

void nb_scene_write(const nb_scene_caption *caption, int32_t *tokens)
{
    memset(tokens, 0, NB_SCENE_TOKENS * sizeof *tokens);
    int32_t *to = tokens;
    if (caption->counted) {
        write_place(&caption->objects[0], write_object(&caption->objects[0], caption->count, to));
        return;
    }
    for (int i = 0; i < caption->count; i++) {
        if (i > 0) to = write_relation(caption->relation, to);
        to = write_place(&caption->objects[i], write_object(&caption->objects[i], 1, to));
    }
}

/* ---- Whether it holds ---- */

typedef struct verdict {
    int32_t right[NB_SCENE_PARTS];
    int score;
} verdict;

static int third_of(float at) { return at < 12.25F ? 0 : at > 19.75F ? 2 : 1; }

/* A part is right if it is for all objects of which it is said. */
static void say(verdict *v, nb_scene_part part, bool said, bool holds)
{
    if (!said) return;
    v->score += holds;
    v->right[part] = v->right[part] != 0 && holds;
}

static bool related(int relation, const float *a, const float *b)
{
    const float dy = b[NB_OF_Y] - a[NB_OF_Y], dx = b[NB_OF_X] - a[NB_OF_X];
    const bool along = relation == NB_LEFT_OF || relation == NB_RIGHT_OF;
    const bool back = relation == NB_RIGHT_OF || relation == NB_BELOW;
    return (along ? dx : dy) * (back ? -1.0F : 1.0F) > fabsf(along ? dy : dx);
}

/* objects[which[i]] taken for the caption's object i; a place without a shape is nothing. */
static verdict judge(const nb_scene_caption *c, const float *objects, const int *which)
{
    verdict v = {.score = 0};
    for (int part = 0; part < NB_SCENE_PARTS; part++) v.right[part] = NB_UNSAID;
    for (int i = 0; i < c->count; i++) {
        const nb_scene_wish *const w = &c->objects[i];
        const float *const o = objects + (ptrdiff_t)which[i] * NB_SCENE_NUMBERS;
        const bool there = o[NB_OF_RADIUS] > 0.0F;
        say(&v, NB_PART_SHAPE, w->shape != NB_UNSAID, there && o[NB_OF_SHAPE] == (float)w->shape);
        say(&v, NB_PART_COLOUR, w->colour != NB_UNSAID, there && o[NB_OF_COLOUR] == (float)w->colour);
        say(&v, NB_PART_SIZE, w->large != NB_UNSAID, there && (o[NB_OF_RADIUS] > 4.7F) == (w->large == 1));
        say(&v, NB_PART_PLACE, w->row != NB_UNSAID,
            there && third_of(o[NB_OF_Y]) == w->row && third_of(o[NB_OF_X]) == w->column);
    }
    if (c->relation != NB_UNSAID) {
        const float *const a = objects + (ptrdiff_t)which[0] * NB_SCENE_NUMBERS, *const b =
                                                                                     objects +
                                                                                     (ptrdiff_t)which[1] *
                                                                                         NB_SCENE_NUMBERS;
        say(&v, NB_PART_PLACE, true,
            a[NB_OF_RADIUS] > 0.0F && b[NB_OF_RADIUS] > 0.0F && related(c->relation, a, b));
    }
    return v;
}

static bool all_differ(const int *which, int count)
{
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < i; j++) {
            if (which[i] == which[j]) return false;
        }
    }
    return true;
}

/* The objects are taken for those that the caption names in the way that makes most of it right. */
void nb_scene_compare(const nb_scene_caption *caption, const float *objects, int32_t *right)
{
    int seen = 0, ways = 1;
    for (int i = 0; i < NB_SCENE_OBJECTS; i++) seen += objects[i * NB_SCENE_NUMBERS + NB_OF_RADIUS] > 0.0F;
    for (int i = 0; i < caption->count; i++) ways *= NB_SCENE_OBJECTS;
    verdict best = {.score = -1};
    for (int way = 0; way < ways; way++) {
        int which[NB_SCENE_MOST];
        for (int i = 0, rest = way; i < caption->count; i++, rest /= NB_SCENE_OBJECTS)
            which[i] = rest % NB_SCENE_OBJECTS;
        if (!all_differ(which, caption->count)) continue;
        const verdict v = judge(caption, objects, which);
        if (v.score > best.score) best = v;
    }
    memcpy(right, best.right, sizeof best.right);
    right[NB_PART_COUNT] = seen == caption->count;
}

nb_status nb_scene_agree(size_t n, const int32_t *tokens, const float *objects, int32_t *right, nb_error *err)
{
    nb_scene_caption caption;
    /* All of them first: a caption that is refused leaves `right` as it was. */
    for (size_t i = 0; i < n; i++)
        if (nb_scene_read(tokens + i * NB_SCENE_TOKENS, &caption, err) != NB_OK) return NB_ERR_ARGUMENT;
    for (size_t i = 0; i < n; i++) {
        const nb_status read = nb_scene_read(tokens + i * NB_SCENE_TOKENS, &caption, err);
        if (read != NB_OK) return read;
        nb_scene_compare(&caption, objects + i * NB_SCENE_OBJECTS * NB_SCENE_NUMBERS,
                         right + i * NB_SCENE_PARTS);
    }
    return NB_OK;
}
