/* pytorch_class.c - a class of PyTorch's for each module that is entered: __init__ and forward. */
#include "models/pytorch.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_identifier(const char *name, size_t n)
{
    static const char *const taken[] = {"in",     "is",     "as",    "if",    "or",   "and",
                                        "not",    "for",    "def",   "del",   "from", "pass",
                                        "class",  "with",   "None",  "True",  "else", "lambda",
                                        "return", "global", "while", "yield", "try",  "False"};
    if (n == 0 || isdigit((unsigned char)name[0])) return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strlen(taken[i]) == n && strncmp(taken[i], name, n) == 0) return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_') return false;
    return true;
}

/* ---- A class's __init__ --------------------------------------------------------------------------------------- */

static int scope_named(const writer *w, const char *path)
{
    for (int i = 1; i < w->e.n_scopes; i++)
        if (w->e.scopes[i].apart && strcmp(w->e.scopes[i].path, path) == 0) return i;
    return -1;
}

/* The scope apart that stands in `scope` and has this one. */
static int child_of(const nb_export *e, int scope, int inner)
{
    int found = inner;
    for (int i = e->scopes[inner].parent; i > scope; i = e->scopes[i].parent)
        if (e->scopes[i].apart) found = i;
    return found;
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
                path = e->scopes[child_of(e, scope, k)].path;
        int known = 0;
        while (known < w->n_leaves && strcmp(w->leaves[known], path) != 0) known++;
        if (known == w->n_leaves) w->leaves[w->n_leaves++] = path;
    }
    for (int k = scope + 1; k < e->n_scopes; k++) {
        int known = 0;
        if (!e->scopes[k].apart || !nb_export_contains(e, scope, k) || child_of(e, scope, k) != k) continue;
        while (known < w->n_leaves && strcmp(w->leaves[known], e->scopes[k].path) != 0) known++;
        if (known == w->n_leaves) w->leaves[w->n_leaves++] = e->scopes[k].path;
    }
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

static void put_sequential(writer *w, text *t, int scope)
{
    const nb_scope *s = &w->e.scopes[scope];
    nb_pytorch_put(w, t, "nn.Sequential(");
    const char *comma = "";
    for (int i = s->first; i < s->last; i++) {
        const nb_step *step = &w->net->steps[i];
        if (step->what != NB_STEP_APPLY) continue;
        nb_pytorch_put(w, t, "%s", comma);
        nb_pytorch_module(w, t, step->kind, step->settings);
        comma = ", ";
    }
    nb_pytorch_put(w, t, ")");
}

/* What makes the module or container at prefix, n letters long. */
static void put_part(writer *w, text *t, const char *prefix, size_t n, int depth)
{
    char path[200];
    snprintf(path, sizeof path, "%.*s", (int)n, prefix);
    const int scope = scope_named(w, path);
    if (scope > 0 && w->e.scopes[scope].sequential) {
        put_sequential(w, t, scope);
        return;
    }
    if (scope > 0) {
        nb_pytorch_put(w, t, "%s()", w->class_names[scope]);
        return;
    }
    for (int i = 0; i < w->net->n_modules; i++) {
        const nb_net_module *m = &w->net->modules[i];
        if (strcmp(m->name, path) != 0) continue;
        nb_pytorch_module(w, t, m->kind, m->settings);
        return;
    }
    const bool list = is_list(w, prefix, n);
    const char *comma = "";
    nb_pytorch_put(w, t, list ? "nn.ModuleList([" : "nn.ModuleDict({");
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

static void put_init(writer *w, text *t, int scope)
{
    const size_t outer = strlen(w->e.scopes[scope].path);
    bool any = false;
    nb_pytorch_put(w, t, "    def __init__(self):\n        super().__init__()\n");
    for (int i = 0; i < w->n_leaves; i++) {
        const size_t length = new_component(w, i, w->e.scopes[scope].path, outer);
        const char *name = w->leaves[i] + outer + (outer > 0);
        if (length == 0) continue;
        const bool plain = is_identifier(name, length);
        nb_pytorch_put(w, t, plain ? "        self.%.*s = " : "        self.add_module(\"%.*s\", ",
                       (int)length, name);
        put_part(w, t, w->leaves[i], (size_t)(name - w->leaves[i]) + length, 0);
        nb_pytorch_put(w, t, plain ? "\n" : ")\n");
        any = true;
    }
    if (!any) t->length -= strlen("    def __init__(self):\n        super().__init__()\n");
    if (any) nb_pytorch_put(w, t, "\n");
}

static void put_access(writer *w, text *t, int scope, const char *path)
{
    const size_t outer = strlen(w->e.scopes[scope].path);
    size_t at = outer + (outer > 0), n = strcspn(path + at, ".");
    nb_pytorch_put(w, t, is_identifier(path + at, n) ? "self.%.*s" : "self._modules[\"%.*s\"]", (int)n,
                   path + at);
    for (at += n; path[at] == '.'; at += 1 + n) {
        n = strcspn(path + at + 1, ".");
        nb_pytorch_put(w, t, is_list(w, path, at) ? "[%.*s]" : "[\"%.*s\"]", (int)n, path + at + 1);
    }
}

/* ---- A class's forward ---------------------------------------------------------------------------------------- */

static void add_atom(writer *w, int step, int scope)
{
    const nb_export *e = &w->e;
    atom *a = &w->atoms[w->n_atoms++];
    *a = (atom){.step = step, .scope = scope, .nested = -1, .reader = -1};
    a->out = step >= 0 ? w->net->steps[step].out : e->scopes[scope].result;
    const int first = step >= 0 ? step : e->scopes[scope].first,
              last = step >= 0 ? step + 1 : e->scopes[scope].last;
    for (int i = first; i < last; i++) {
        const nb_step *s = &w->net->steps[i];
        for (int k = 0; s->what == NB_STEP_APPLY && k < NB_INPUTS && s->in[k] >= 0; k++) {
            const int from = w->net->values[s->in[k]].step;
            int known = 0;
            if (scope >= 0 && from >= first && from < last) continue;
            while (scope >= 0 && known < a->n_in && a->in[known] != s->in[k]) known++;
            if (scope >= 0 && known < a->n_in) continue;
            if (a->n_in < MOST_PARTS)
                a->in[a->n_in++] = s->in[k];
            else
                w->lacks = "a module of more than 16 values";
        }
    }
}

static void find_atoms(writer *w, int scope)
{
    const nb_scope *s = &w->e.scopes[scope];
    w->n_atoms = 0;
    for (int i = s->first; i < s->last; i++) {
        const int at = w->e.at[i];
        if (w->net->steps[i].what == NB_STEP_APPLY && at == scope) add_atom(w, i, -1);
        if (at == scope) continue;
        const int child = child_of(&w->e, scope, at);
        add_atom(w, -1, child);
        i = w->e.scopes[child].last - 1;
    }
    for (int i = 0; i < w->net->n_values; i++) w->atom_of[i] = w->line_of[i] = -1;
    for (int i = 0; i < w->n_atoms; i++) w->atom_of[w->atoms[i].out] = i;
}

static bool is_output(const writer *w, int scope, int value)
{
    if (scope > 0) return value == w->e.scopes[scope].result;
    for (int i = 0; i < w->net->n_outputs; i++)
        if (w->net->outputs[i].value == value) return true;
    return false;
}

/* What is read once, by what follows, is written into it. */
static void nest(writer *w, int scope)
{
    for (int i = 0; i < w->n_atoms; i++) {
        int depth = 0;
        for (int k = 0; k < w->atoms[i].n_in; k++) {
            const int maker = w->atom_of[w->atoms[i].in[k]];
            if (maker < 0) continue;
            int uses = 0;
            for (int j = 0; j < w->n_atoms; j++)
                for (int l = 0; l < w->atoms[j].n_in; l++) uses += w->atoms[j].in[l] == w->atoms[i].in[k];
            atom *m = &w->atoms[maker];
            m->reader = i;
            const int under = m->nested; /* so far: the depth of its own parts */
            if (uses != 1 || is_output(w, scope, m->out) || under >= MOST_NESTED) m->reader = -1;
            if (m->reader >= 0 && under + 1 > depth) depth = under + 1;
        }
        w->atoms[i].nested = depth;
    }
    for (int i = w->n_atoms - 1; i >= 0; i--) {
        int line = i;
        while (w->atoms[line].reader >= 0) line = w->atoms[line].reader;
        for (int k = 0; k < w->atoms[i].n_in; k++)
            if (w->line_of[w->atoms[i].in[k]] < line) w->line_of[w->atoms[i].in[k]] = line;
        if (is_output(w, scope, w->atoms[i].out)) w->line_of[w->atoms[i].out] = w->n_atoms;
    }
}

/* Whether a variable may be called so: it hides nothing that a program here calls. */
static bool is_variable(const char *name)
{
    static const char *const called[] = {"self", "torch", "nn", "F", "math", "json", "struct", "attention"};
    for (size_t i = 0; i < sizeof called / sizeof *called; i++)
        if (strcmp(called[i], name) == 0) return false;
    return is_identifier(name, strlen(name)) && strlen(name) < 30;
}

/* A name for the value that no value has which is read after line `now`. */
static void name_value(writer *w, int value, int now, const char *own, const char *fallback)
{
    const char *base = own && is_variable(own) ? own : fallback;
    for (int i = 0; own == NULL && i < w->net->n_steps; i++) {
        const nb_step *s = &w->net->steps[i];
        if (s->what != NB_STEP_NAME || s->in[0] != value) continue;
        const char *dot = strrchr(s->name, '.');
        const char *last = dot ? dot + 1 : s->name;
        if (is_variable(last)) base = last;
    }
    for (int number = 1; number < 5000; number++) {
        char name[MOST_NAME];
        snprintf(name, sizeof name, number > 1 ? "%.30s%d" : "%.30s", base, number);
        int other = 0;
        while (other < w->net->n_values &&
               (other == value || w->line_of[other] <= now || strcmp(w->names[other], name) != 0))
            other++;
        if (other < w->net->n_values) continue;
        memcpy(w->names[value], name, sizeof name);
        return;
    }
}

static void put_atom(writer *w, text *t, int scope, const atom *a);

static void put_value(writer *w, text *t, int scope, int value)
{
    const int maker = w->atom_of[value];
    if (maker >= 0 && w->atoms[maker].reader >= 0)
        put_atom(w, t, scope, &w->atoms[maker]);
    else
        nb_pytorch_put(w, t, "%s", w->names[value]);
}

static bool is_sum(const writer *w, int value)
{
    const int maker = w->atom_of[value];
    return maker >= 0 && w->atoms[maker].reader >= 0 && w->atoms[maker].step >= 0 &&
           w->net->steps[w->atoms[maker].step].kind == &nb_add_layer;
}

/* What makes a vector fit beside the first value. */
static const char *spread(const writer *w, const atom *a, int k)
{
    static const char *const ways[] = {[NB_FEATURES] = "",
                                       [NB_TOKENS] = "[:, None]",
                                       [NB_SERIES] = "[:, :, None]",
                                       [NB_IMAGE] = "[:, :, None, None]"};
    const nb_axes first = w->net->values[a->in[0]].shape.axes, axes = w->net->values[a->in[k]].shape.axes;
    const bool spreads = w->net->steps[a->step].kind->spreads;
    return spreads && k > 0 && axes == NB_FEATURES ? ways[first] : "";
}

static void put_call(writer *w, text *t, int scope, const atom *a)
{
    const nb_step *s = &w->net->steps[a->step];
    text parts[NB_INPUTS] = {0};
    const char *values[NB_INPUTS] = {"", "", "", ""};
    for (int k = 0; k < a->n_in; k++) {
        const bool braces = is_sum(w, a->in[k]) && s->kind == &nb_add_layer && k > 0;
        nb_pytorch_put(w, &parts[k], "%s", braces ? "(" : "");
        put_value(w, &parts[k], scope, a->in[k]);
        nb_pytorch_put(w, &parts[k], "%s%s", braces ? ")" : "", spread(w, a, k));
        if (parts[k].data) values[k] = parts[k].data;
    }
    if (s->kind->python) {
        nb_pytorch_form(w, t, s->kind, s->settings, s->kind->python, values);
    } else {
        if (a->n_in != 1) w->lacks = s->kind->name;
        nb_pytorch_module(w, t, s->kind, s->settings);
        nb_pytorch_put(w, t, "(%s)", values[0]);
    }
    for (int k = 0; k < a->n_in; k++) free(parts[k].data);
}

static void put_atom(writer *w, text *t, int scope, const atom *a)
{
    if (a->step >= 0 && w->net->steps[a->step].module < 0) {
        put_call(w, t, scope, a);
        return;
    }
    put_access(w, t, scope,
               a->step >= 0 ? w->net->modules[w->net->steps[a->step].module].name
                            : w->e.scopes[a->scope].path);
    nb_pytorch_put(w, t, "(");
    for (int k = 0; k < a->n_in; k++) {
        nb_pytorch_put(w, t, "%s", k ? ", " : "");
        put_value(w, t, scope, a->in[k]);
    }
    nb_pytorch_put(w, t, ")");
}

/* ---- The class ---------------------------------------------------------------------------------------------- */

static void put_outputs(writer *w, text *t, int scope)
{
    const nb_network *net = w->net;
    nb_pytorch_put(w, t, "        return ");
    if (scope > 0 || net->n_outputs == 1) {
        nb_pytorch_put(w, t, "%s\n", w->names[w->e.scopes[scope].result]);
        return;
    }
    for (int i = 0; i < net->n_outputs; i++)
        nb_pytorch_put(w, t, "%s\"%s\": %s", i ? ", " : "{", net->outputs[i].name,
                       w->names[net->outputs[i].value]);
    nb_pytorch_put(w, t, "}\n");
}

static void put_forward(writer *w, text *t, int scope)
{
    const nb_network *net = w->net;
    for (int i = 0; i < net->n_values; i++) w->names[i][0] = '\0';
    nb_pytorch_put(w, t, "    def forward(self");
    if (scope == 0) {
        for (int i = 0; i < net->n_values; i++)
            if (net->values[i].input >= 0) {
                name_value(w, i, -1, net->inputs[net->values[i].input].name, "x");
                nb_pytorch_put(w, t, ", %s", w->names[i]);
            }
    } else {
        for (int k = 0; k < w->whole.n_in; k++) {
            name_value(w, w->whole.in[k], -1, k == 0 ? "x" : NULL, "h");
            nb_pytorch_put(w, t, ", %s", w->names[w->whole.in[k]]);
        }
    }
    nb_pytorch_put(w, t, "):\n");
    for (int i = 0; scope == 0 && i < net->n_values; i++) {
        const int input = net->values[i].input;
        if (input >= 0 &&
            (net->inputs[input].kind == NB_INPUT_FRACTION || net->inputs[input].kind == NB_INPUT_TIMESTEP))
            nb_pytorch_put(w, t, "        %s = %s[:, None]\n", w->names[i], w->names[i]);
    }
    for (int i = 0; i < w->n_atoms; i++) {
        text line = {0};
        if (w->atoms[i].reader >= 0) continue;
        put_atom(w, &line, scope, &w->atoms[i]);
        name_value(w, w->atoms[i].out, i, scope > 0 && is_output(w, scope, w->atoms[i].out) ? "h" : NULL,
                   "h");
        nb_pytorch_put(w, t, "        %s = %s\n", w->names[w->atoms[i].out], line.data ? line.data : "");
        free(line.data);
    }
    put_outputs(w, t, scope);
}

/* Its name, or that of a class which is the same. */
static void name_class(writer *w, int scope)
{
    const char *of = w->e.scopes[scope].of;
    for (int i = w->e.n_scopes - 1; i > scope; i--) {
        const bool same = w->classes[i].data && strcmp(w->e.scopes[i].of, of) == 0;
        if (!same || w->class_names[i][0] == '\0' || strcmp(w->classes[i].data, w->classes[scope].data) != 0)
            continue;
        memcpy(w->class_names[scope], w->class_names[i], MOST_NAME);
        return;
    }
    for (int number = 1;; number++) {
        char name[MOST_NAME];
        snprintf(name, sizeof name, number > 1 ? "%.30s%d" : "%.30s",
                 is_identifier(of, strlen(of)) ? of : "Block", number);
        int other = 0;
        while (other < w->e.n_scopes && strcmp(w->class_names[other], name) != 0) other++;
        if (other < w->e.n_scopes) continue;
        memcpy(w->class_names[scope], name, sizeof name);
        nb_pytorch_put(w, &w->out, "class %s(nn.Module):\n%s\n\n", name, w->classes[scope].data);
        return;
    }
}

void nb_pytorch_classes(writer *w)
{
    for (int scope = w->e.n_scopes - 1; scope >= 0; scope--) {
        if (!w->e.scopes[scope].apart || w->e.scopes[scope].sequential) continue;
        text *t = &w->classes[scope];
        w->n_atoms = 0;
        if (scope > 0) add_atom(w, -1, scope);
        if (scope > 0) w->whole = w->atoms[0];
        find_leaves(w, scope);
        find_atoms(w, scope);
        nest(w, scope);
        put_init(w, t, scope);
        put_forward(w, t, scope);
        if (t->data) name_class(w, scope);
    }
}
