/* pytorch_arguments.c - what the scopes of a class differ in: its arguments, named after the settings. */
#include "models/pytorch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What stands in a hole of the class in one of its scopes; NAN in a part that this one lacks. */
static double value_at(const writer *w, int member, int at)
{
    const block *b = &w->blocks[member];
    if (b->lacks >= 0) {
        const part *p = &w->blocks[b->of].body.parts[b->lacks];
        if (at >= p->from && at < p->to) return NAN;
        if (at >= p->to) at -= p->to - p->from;
    }
    return b->body.holes[at].value;
}

double nb_pytorch_argument(const writer *w, int member, const argument *a)
{
    if (a->hole >= 0) return value_at(w, member, a->hole);
    return w->blocks[member].lacks == a->part ? 0.0 : 1.0;
}

static bool is_member(const writer *w, int scope, int of)
{
    return w->blocks[scope].body.forward.data && w->blocks[scope].of == of;
}

/* Whether the numbers of two holes are the same in each scope that has both. */
static bool agree(const writer *w, int scope, int a, int b)
{
    for (int i = 0; i < w->e.n_scopes; i++) {
        if (!is_member(w, i, scope)) continue;
        const double one = value_at(w, i, a), other = value_at(w, i, b);
        if (!isnan(one) && !isnan(other) && one != other) return false;
    }
    return true;
}

static bool varies(const writer *w, int scope, int at, bool *everywhere)
{
    double first = NAN;
    bool differ = false;
    *everywhere = true;
    for (int i = 0; i < w->e.n_scopes; i++) {
        if (!is_member(w, i, scope)) continue;
        const double value = value_at(w, i, at);
        if (isnan(value)) *everywhere = false;
        if (isnan(first)) first = value;
        differ = differ || (!isnan(value) && value != first);
    }
    return differ;
}

static bool same_words(const hole *a, const hole *b)
{
    const char *one = a->setting ? a->setting->words : "", *other = b->setting ? b->setting->words : "";
    const bool truth = a->setting == NULL || strcmp(a->name, "bias") == 0;
    return one == other && truth == (b->setting == NULL || strcmp(b->name, "bias") == 0);
}

static bool taken(const writer *w, const block *b, const char *name)
{
    for (int i = 0; i < b->n_arguments; i++)
        if (strcmp(b->arguments[i].name, name) == 0) return true;
    for (int i = 0; i < b->body.n_parts; i++) {
        const part *p = &b->body.parts[i];
        if (strlen(name) == p->length && strncmp(p->path + p->start, name, p->length) == 0) return true;
    }
    return !nb_pytorch_free(w, name);
}

static void name_argument(const writer *w, const block *b, const hole *h, char out[MOST_NAME])
{
    const size_t outer = b->body.n_parts > 0 ? b->body.parts[0].start : 0;
    snprintf(out, MOST_NAME, "%.30s", h->name);
    if (!taken(w, b, out)) return;
    if (h->module) {
        snprintf(out, MOST_NAME, "%.20s_%.20s", h->module + outer, h->name);
        for (char *c = out; *c; c++) *c = *c == '.' || *c == '-' ? '_' : *c;
        if (!taken(w, b, out)) return;
    }
    for (int number = 2; number < 5000 && taken(w, b, out); number++)
        snprintf(out, MOST_NAME, "%.30s%d", h->name, number);
}

static void add_argument(writer *w, block *b, argument a)
{
    argument *grown = nb_pytorch_grow(w, b->arguments, b->n_arguments, &b->argument_room, sizeof a);
    if (grown == NULL) return;
    b->arguments = grown;
    b->arguments[b->n_arguments++] = a;
}

/* The hole's argument, a new one if need be; -1: it is a number. */
static int find_argument(writer *w, int scope, int at, bool differs, bool everywhere)
{
    block *b = &w->blocks[scope];
    hole *h = &b->body.holes[at];
    for (int i = 0; i < b->n_arguments; i++) {
        const hole *other = &b->body.holes[b->arguments[i].hole];
        if (!differs && (everywhere || strcmp(other->name, h->name) != 0)) continue;
        if (same_words(other, h) && agree(w, scope, b->arguments[i].hole, at)) return i;
    }
    if (!differs || !everywhere) return -1;
    argument a = {.hole = at, .part = -1};
    name_argument(w, b, h, a.name);
    add_argument(w, b, a);
    return b->n_arguments - 1;
}

/* Whether two arguments are the same in those scopes, and only those, that lack the part. */
static bool tells(const writer *w, int scope, int which, const argument *a, const argument *b)
{
    for (int i = 0; i < w->e.n_scopes; i++)
        if (is_member(w, i, scope) &&
            (nb_pytorch_argument(w, i, a) == nb_pytorch_argument(w, i, b)) != (w->blocks[i].lacks == which))
            return false;
    return true;
}

/* What is to be so for the part to be there: "a != b", or an argument; NULL: it always is. */
static bool condition(const writer *w, int scope, int which, char out[3 * MOST_NAME], bool *argued)
{
    const block *b = &w->blocks[scope];
    bool lacked = false;
    for (int i = 0; i < w->e.n_scopes; i++)
        lacked = lacked || (is_member(w, i, scope) && w->blocks[i].lacks == which);
    *argued = false;
    if (!lacked) return false;
    for (int i = 0; i < b->n_arguments; i++) {
        if (b->arguments[i].hole < 0 && b->arguments[i].part == which) {
            snprintf(out, 3 * MOST_NAME, "%s", b->arguments[i].name);
            return true;
        }
        for (int k = i + 1; k < b->n_arguments; k++) {
            if (b->arguments[i].hole < 0 || b->arguments[k].hole < 0) continue;
            if (!same_words(&b->body.holes[b->arguments[i].hole], &b->body.holes[b->arguments[k].hole]))
                continue;
            if (!tells(w, scope, which, &b->arguments[i], &b->arguments[k])) continue;
            snprintf(out, 3 * MOST_NAME, "%s != %s", b->arguments[i].name, b->arguments[k].name);
            return true;
        }
    }
    *argued = true;
    return true;
}

bool nb_pytorch_arguments(writer *w, int scope)
{
    block *b = &w->blocks[scope];
    b->n_arguments = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < b->body.n_holes; i++) {
            bool everywhere;
            const bool differs = varies(w, scope, i, &everywhere);
            if (everywhere != (pass == 0)) continue;
            hole *h = &b->body.holes[i];
            h->argument = find_argument(w, scope, i, differs, everywhere);
            if (differs && h->argument < 0) return false;
            if (h->argument >= 0 && h->forward) b->arguments[h->argument].forward = true;
        }
    }
    for (int i = 0; i < b->body.n_parts; i++) {
        char words[3 * MOST_NAME];
        bool argued;
        if (!condition(w, scope, i, words, &argued) || !argued) continue;
        const part *p = &b->body.parts[i];
        argument a = {.hole = -1, .part = i};
        snprintf(a.name, sizeof a.name, "with_%.*s", (int)(p->length < 30 ? p->length : 30),
                 p->path + p->start);
        add_argument(w, b, a);
    }
    return true;
}

void nb_pytorch_call(writer *w, text *t, int scope)
{
    const block *class = &w->blocks[w->blocks[scope].of];
    nb_pytorch_put(w, t, "%s(", class->name);
    for (int i = 0; i < class->n_arguments; i++) {
        const argument *a = &class->arguments[i];
        nb_pytorch_hole(w, t,
                        (hole){.setting = a->hole >= 0 ? class->body.holes[a->hole].setting : NULL,
                               .name = a->name,
                               .module = w->e.scopes[scope].path,
                               .value = nb_pytorch_argument(w, scope, a),
                               .style = HOLE_PLACE});
    }
    nb_pytorch_put(w, t, ")");
}

/* ---- Text with its holes filled ------------------------------------------------------------------------------- */

static void put_hole(writer *w, text *out, const block *b, const hole *h)
{
    const argument *a = h->argument >= 0 ? &b->arguments[h->argument] : NULL;
    const double given = h->setting ? h->setting->given : NAN;
    if (h->style == HOLE_OPTION && a == NULL && h->value == given) return;
    if (h->style == HOLE_MORE && a == NULL && h->value == 0.0) return;
    if (h->style != HOLE_PLAIN && out->length > 0 && out->data[out->length - 1] != '(')
        nb_pytorch_put(w, out, ", ");
    if (h->style == HOLE_OPTION) nb_pytorch_put(w, out, "%s=", h->name);
    if (a)
        nb_pytorch_put(w, out, h->forward ? "self.%s" : "%s", a->name);
    else
        nb_pytorch_value(w, out, h->setting, h->value);
}

void nb_pytorch_fill(writer *w, text *out, const body *texts, const text *t, int scope)
{
    const block *b = &w->blocks[scope];
    int parts = 0;
    for (const char *c = nb_pytorch_string(t); *c; c++) {
        if (*c == HOLE) {
            char digits[HOLE_DIGITS + 1] = "";
            memcpy(digits, c + 1, HOLE_DIGITS);
            c += HOLE_DIGITS;
            hole h = texts->holes[strtol(digits, NULL, 10)];
            h.argument = b->body.holes[strtol(digits, NULL, 10)].argument;
            put_hole(w, out, b, &h);
        } else if (*c == PART_END) {
            char words[3 * MOST_NAME];
            bool argued;
            if (condition(w, scope, parts++, words, &argued) && !argued)
                nb_pytorch_put(w, out, " if %s else nn.Identity()", words);
        } else {
            nb_pytorch_put(w, out, "%c", *c);
        }
    }
}
