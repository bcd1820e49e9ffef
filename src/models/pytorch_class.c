/* pytorch_class.c - which scopes share a class, and the classes. */
#include "models/pytorch.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_class(const writer *w, int scope)
{
    return w->e.scopes[scope].apart && !w->e.scopes[scope].sequential;
}

/* How many classes stand in one another within it. */
static void find_heights(writer *w)
{
    for (int i = w->e.n_scopes - 1; i > 0; i--) {
        if (!is_class(w, i)) continue;
        int outer = w->e.scopes[i].parent;
        while (outer > 0 && !is_class(w, outer)) outer = w->e.scopes[outer].parent;
        if (w->blocks[outer].height <= w->blocks[i].height) w->blocks[outer].height = w->blocks[i].height + 1;
    }
}

static void clear(body *b)
{
    b->init.length = b->forward.length = 0;
    b->n_holes = b->n_parts = b->n_in = 0;
}

static void free_body(body *b)
{
    free(b->init.data);
    free(b->forward.data);
    free(b->holes);
    free(b->parts);
}

/* The scope's text into b. false: without that part it is none. */
static bool write_body(writer *w, int scope, const char *without, bool plain, body *b)
{
    clear(b);
    nb_pytorch_put(w, &b->init, "%s", "");
    nb_pytorch_put(w, &b->forward, "%s", "");
    w->now = b;
    w->plain = plain;
    if (!nb_pytorch_takes(w, scope, without)) return false;
    nb_pytorch_init(w, scope);
    nb_pytorch_forward(w, scope);
    for (int i = 0; scope > 0 && i < w->whole.n_in; i++) b->in[b->n_in++] = w->whole.in[i];
    return w->status == NB_OK;
}

static bool same_hole(const hole *a, const hole *b)
{
    const char *one = a->setting ? a->setting->words : NULL, *other = b->setting ? b->setting->words : NULL;
    return a->style == b->style && strcmp(a->name, b->name) == 0 && one == other;
}

static bool same_body(const body *a, const body *b)
{
    if (a->n_holes != b->n_holes || strcmp(nb_pytorch_string(&a->init), nb_pytorch_string(&b->init)) != 0 ||
        strcmp(nb_pytorch_string(&a->forward), nb_pytorch_string(&b->forward)) != 0)
        return false;
    for (int i = 0; i < a->n_holes; i++)
        if (!same_hole(&a->holes[i], &b->holes[i])) return false;
    return true;
}

static bool same_part(const part *a, const part *b)
{
    return a->length == b->length && strncmp(a->path + a->start, b->path + b->start, a->length) == 0;
}

/* The one part of a that b has not, if it is an attribute by itself; -1. */
static int lacking(const body *a, const body *b)
{
    if (a->n_parts != b->n_parts + 1) return -1;
    int i = 0;
    while (i < b->n_parts && same_part(&a->parts[i], &b->parts[i])) i++;
    for (int k = i; k < b->n_parts; k++)
        if (!same_part(&a->parts[k + 1], &b->parts[k])) return -1;
    return a->parts[i].path[a->parts[i].start + a->parts[i].length] == '\0' ? i : -1;
}

static void set_class(writer *w, int from, int to, int lacks)
{
    for (int i = 1; i < w->e.n_scopes; i++) {
        if (!is_class(w, i) || w->blocks[i].of != from) continue;
        w->blocks[i].of = to;
        w->blocks[i].lacks = lacks;
    }
}

/* Whether each scope of a class has all of its parts. */
static bool whole_class(const writer *w, int scope)
{
    for (int i = 1; i < w->e.n_scopes; i++)
        if (is_class(w, i) && w->blocks[i].of == scope && w->blocks[i].lacks >= 0) return false;
    return true;
}

/* The class of `scope` does for that of `other` too, if that is the same without one part: nn.Identity stands there. */
static void share_optional(writer *w, int scope, int other, body *trial)
{
    const body *all = &w->blocks[scope].body;
    const int which = whole_class(w, other) ? lacking(all, &w->blocks[other].body) : -1;
    if (which < 0 || !write_body(w, scope, all->parts[which].path, true, trial)) return;
    bool same = same_body(trial, &w->blocks[other].body) && trial->n_in == all->n_in;
    for (int i = 0; same && i < all->n_in; i++) same = trial->in[i] == all->in[i];
    if (!same) return;
    set_class(w, other, scope, which);
    if (nb_pytorch_arguments(w, scope)) return;
    for (int i = 1; i < w->e.n_scopes; i++) {
        if (!is_class(w, i) || w->blocks[i].of != scope || w->blocks[i].lacks != which) continue;
        w->blocks[i].of = other;
        w->blocks[i].lacks = -1;
    }
}

static bool of_one_name(const writer *w, int a, int b)
{
    return is_class(w, b) && w->blocks[a].height == w->blocks[b].height && w->blocks[b].of == b &&
           strcmp(w->e.scopes[a].of, w->e.scopes[b].of) == 0;
}

static void share_classes(writer *w, int height)
{
    body trial = {0};
    for (int i = 1; i < w->e.n_scopes; i++)
        for (int k = 1; k < i && is_class(w, i) && w->blocks[i].height == height && w->blocks[i].of == i; k++)
            if (of_one_name(w, i, k) && same_body(&w->blocks[i].body, &w->blocks[k].body))
                w->blocks[i].of = k;
    for (int i = 1; i < w->e.n_scopes; i++)
        for (int k = 1; k < w->e.n_scopes && is_class(w, i) && w->blocks[i].height == height; k++)
            if (k != i && w->blocks[i].of == i && of_one_name(w, i, k)) share_optional(w, i, k, &trial);
    free_body(&trial);
}

/* ---- The classes ---------------------------------------------------------------------------------------------- */

static void name_class(writer *w, int scope)
{
    const char *of = nb_pytorch_free(w, w->e.scopes[scope].of) ? w->e.scopes[scope].of : "Block";
    char name[MOST_NAME];
    for (int number = 1;; number++) {
        snprintf(name, sizeof name, number > 1 ? "%.30s%d" : "%.30s", of, number);
        int other = 0;
        while (other < w->e.n_scopes && strcmp(w->blocks[other].name, name) != 0) other++;
        if (other == w->e.n_scopes) break;
    }
    memcpy(w->blocks[scope].name, name, sizeof name);
}

static void put_class(writer *w, int scope)
{
    const block *b = &w->blocks[scope];
    body named = {0};
    text lines = {0};
    if (write_body(w, scope, NULL, false, &named)) {
        nb_pytorch_put(w, &lines, "class %s(nn.Module):\n", b->name);
        if (b->n_arguments + named.n_parts > 0) {
            nb_pytorch_put(w, &lines, "    def __init__(self");
            for (int i = 0; i < b->n_arguments; i++) nb_pytorch_put(w, &lines, ", %s", b->arguments[i].name);
            nb_pytorch_put(w, &lines, "):\n        super().__init__()\n");
        }
        for (int i = 0; i < b->n_arguments; i++)
            if (b->arguments[i].forward)
                nb_pytorch_put(w, &lines, "        self.%s = %s\n", b->arguments[i].name,
                               b->arguments[i].name);
        nb_pytorch_fill(w, &lines, &named, &named.init, scope);
        if (b->n_arguments + named.n_parts > 0) nb_pytorch_put(w, &lines, "\n");
        nb_pytorch_fill(w, &lines, &named, &named.forward, scope);
        nb_pytorch_wrap(w, &w->classes, &lines);
        nb_pytorch_put(w, &w->classes, "\n\n");
    }
    free(lines.data);
    free_body(&named);
}

void nb_pytorch_classes(writer *w)
{
    for (int i = 0; i < w->e.n_scopes; i++) {
        w->blocks[i].of = i;
        w->blocks[i].lacks = -1;
    }
    find_heights(w);
    for (int height = 0; height <= w->blocks[0].height; height++) {
        for (int i = 0; i < w->e.n_scopes; i++)
            if (is_class(w, i) && w->blocks[i].height == height)
                write_body(w, i, NULL, true, &w->blocks[i].body);
        share_classes(w, height);
        for (int i = 0; i < w->e.n_scopes && w->status == NB_OK; i++) {
            if (!is_class(w, i) || w->blocks[i].height != height || w->blocks[i].of != i) continue;
            nb_pytorch_arguments(w, i);
            name_class(w, i);
            put_class(w, i);
        }
    }
}

void nb_pytorch_end(writer *w)
{
    for (int i = 0; i < w->e.n_scopes; i++) {
        free_body(&w->blocks[i].body);
        free(w->blocks[i].arguments);
    }
    free(w->helpers.data);
    free(w->classes.data);
}
