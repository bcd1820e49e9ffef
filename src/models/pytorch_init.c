/* pytorch_init.c - what a class is made of: its __init__. */
#include "models/pytorch.h"

#include <stdio.h>

static int scope_named(const writer *w, const char *path)
{
    for (int i = 1; i < w->e.n_scopes; i++)
        if (w->e.scopes[i].apart && strcmp(w->e.scopes[i].path, path) == 0) return i;
    return -1;
}

int nb_pytorch_child(const nb_export *e, int scope, int inner)
{
    int found = inner;
    for (int i = e->scopes[inner].parent; i > scope; i = e->scopes[i].parent)
        if (e->scopes[i].apart) found = i;
    return found;
}

static void add_leaf(writer *w, const char *path)
{
    if (w->without && strcmp(w->without, path) == 0) return;
    for (int i = 0; i < w->n_leaves; i++)
        if (strcmp(w->leaves[i], path) == 0) return;
    w->leaves[w->n_leaves++] = path;
}

static void find_leaves(writer *w, int scope)
{
    const nb_export *e = &w->e;
    w->n_leaves = 0;
    for (int i = 0; i < w->net->n_modules; i++) {
        const char *path = w->net->modules[i].name;
        if (w->net->modules[i].uses == 0 || !nb_export_within(e, path, scope)) continue;
        for (int k = scope + 1; k < e->n_scopes && path == w->net->modules[i].name; k++)
            if (e->scopes[k].apart && nb_export_contains(e, scope, k) && nb_export_within(e, path, k))
                path = e->scopes[nb_pytorch_child(e, scope, k)].path;
        add_leaf(w, path);
    }
    for (int k = scope + 1; k < e->n_scopes; k++)
        if (e->scopes[k].apart && nb_export_contains(e, scope, k) && nb_pytorch_child(e, scope, k) == k)
            add_leaf(w, e->scopes[k].path);
}

static bool starts(const char *path, const char *prefix, size_t n)
{
    return strncmp(path, prefix, n) == 0 && (path[n] == '.' || path[n] == '\0');
}

/* The next component of the leaf after n letters, if no leaf before it has the same; its length, else 0. */
static size_t new_component(const writer *w, int leaf, const char *prefix, size_t n)
{
    const char *path = w->leaves[leaf];
    if (n > 0 && !(starts(path, prefix, n) && path[n] == '.')) return 0;
    const size_t from = n > 0 ? n + 1 : 0, length = strcspn(path + from, ".");
    for (int i = 0; i < leaf; i++)
        if (starts(w->leaves[i], path, from + length)) return 0;
    return length;
}

/* Whether the parts of a container are 0, 1, ... in this order. */
static bool is_list(const writer *w, const char *prefix, size_t n)
{
    int count = 0;
    for (int i = 0; i < w->n_leaves; i++) {
        const size_t length = new_component(w, i, prefix, n);
        char number[16];
        if (length == 0) continue;
        snprintf(number, sizeof number, "%d", count++);
        if (strlen(number) != length || strncmp(w->leaves[i] + n + 1, number, length) != 0) return false;
    }
    return true;
}

/* Whether a container has a Parameter of its own, which no ModuleDict takes. */
static bool has_parameter(const writer *w, const char *prefix, size_t n)
{
    for (int i = 0; i < w->n_leaves; i++) {
        const char *path = w->leaves[i];
        if (!starts(path, prefix, n) || path[n] == '\0' || strchr(path + n + 1, '.')) continue;
        for (int k = 0; k < w->net->n_modules; k++)
            if (w->net->modules[k].kind->inputs == 0 && strcmp(w->net->modules[k].name, path) == 0)
                return true;
    }
    return false;
}

static void put_sequential(writer *w, text *t, int scope);

static void put_scope(writer *w, text *t, int scope)
{
    if (w->e.scopes[scope].sequential)
        put_sequential(w, t, scope);
    else
        nb_pytorch_call(w, t, scope);
}

static void put_sequential(writer *w, text *t, int scope)
{
    const nb_scope *s = &w->e.scopes[scope];
    nb_pytorch_put(w, t, "nn.Sequential(");
    const char *comma = "";
    for (int i = s->first; i < s->last; i++) {
        const nb_step *step = &w->net->steps[i];
        if (step->what == NB_STEP_NAME) continue;
        nb_pytorch_put(w, t, "%s", comma);
        comma = ", ";
        if (step->what == NB_STEP_APPLY) {
            const char *path = step->module >= 0 ? w->net->modules[step->module].name : s->path;
            nb_pytorch_module(w, t, step->kind, step->settings, path);
            continue;
        }
        const int child = nb_export_entered(&w->e, i);
        put_scope(w, t, child);
        i = w->e.scopes[child].last;
    }
    nb_pytorch_put(w, t, ")");
}

static void put_part(writer *w, text *t, const char *prefix, size_t n, int depth);

static void put_container(writer *w, text *t, const char *prefix, size_t n, int depth)
{
    const bool parameter = has_parameter(w, prefix, n), list = !parameter && is_list(w, prefix, n);
    const char *comma = "";
    nb_pytorch_put(w, t, parameter ? "Parts({" : list ? "nn.ModuleList([" : "nn.ModuleDict({");
    for (int i = 0; i < w->n_leaves && depth < 20; i++) {
        const size_t length = new_component(w, i, prefix, n);
        if (length == 0) continue;
        nb_pytorch_put(w, t, "%s", comma);
        if (!list) nb_pytorch_put(w, t, "\"%.*s\": ", (int)length, w->leaves[i] + n + 1);
        put_part(w, t, w->leaves[i], n + 1 + length, depth + 1);
        comma = ", ";
    }
    nb_pytorch_put(w, t, list ? "])" : "})");
}

/* What makes the module or container at prefix, n letters long. */
static void put_part(writer *w, text *t, const char *prefix, size_t n, int depth)
{
    char path[200];
    snprintf(path, sizeof path, "%.*s", (int)n, prefix);
    const int scope = scope_named(w, path);
    if (scope > 0) {
        put_scope(w, t, scope);
        return;
    }
    for (int i = 0; i < w->net->n_modules; i++) {
        const nb_net_module *m = &w->net->modules[i];
        if (strcmp(m->name, path) != 0) continue;
        nb_pytorch_module(w, t, m->kind, m->settings, m->name);
        return;
    }
    put_container(w, t, prefix, n, depth);
}

static void add_part(writer *w, part p)
{
    body *b = w->now;
    part *grown = nb_pytorch_grow(w, b->parts, b->n_parts, &b->part_room, sizeof *b->parts);
    if (grown == NULL) return;
    b->parts = grown;
    b->parts[b->n_parts++] = p;
}

void nb_pytorch_init(writer *w, int scope)
{
    const char *outer = w->e.scopes[scope].path;
    const size_t n = strlen(outer), start = n + (n > 0);
    text *t = &w->now->init;
    find_leaves(w, scope);
    for (int i = 0; i < w->n_leaves; i++) {
        const size_t length = new_component(w, i, outer, n);
        const char *name = w->leaves[i] + start;
        if (length == 0) continue;
        const bool plain = nb_pytorch_identifier(name, length);
        const int from = w->now->n_holes;
        nb_pytorch_put(w, t, plain ? "        self.%.*s = " : "        self.add_module(\"%.*s\", ",
                       (int)length, name);
        put_part(w, t, w->leaves[i], start + length, 0);
        nb_pytorch_put(w, t, plain ? "%c\n" : "%c)\n", PART_END);
        add_part(w, (part){w->leaves[i], start, length, from, w->now->n_holes});
    }
}

void nb_pytorch_access(writer *w, text *t, int scope, const char *path)
{
    const size_t outer = strlen(w->e.scopes[scope].path);
    size_t at = outer + (outer > 0), n = strcspn(path + at, ".");
    nb_pytorch_put(w, t, nb_pytorch_identifier(path + at, n) ? "self.%.*s" : "self._modules[\"%.*s\"]",
                   (int)n, path + at);
    for (at += n; path[at] == '.'; at += 1 + n) {
        n = strcspn(path + at + 1, ".");
        const bool list = is_list(w, path, at) && !has_parameter(w, path, at);
        nb_pytorch_put(w, t, list ? "[%.*s]" : "[\"%.*s\"]", (int)n, path + at + 1);
    }
}
