/* pytorch_forward.c - what a class does: its forward. */
#include "models/pytorch.h"

#include <stdio.h>

/* ---- What there is to do ------------------------------------------------------------------------------------ */

/* Whether step i is of the attribute that is left out. */
static bool left_out(const writer *w, int i)
{
    const nb_step *s = &w->net->steps[i];
    if (w->without_scope >= 0) return nb_export_contains(&w->e, w->without_scope, w->e.at[i]);
    return w->without && s->what == NB_STEP_APPLY && s->module >= 0 &&
           strcmp(w->net->modules[s->module].name, w->without) == 0;
}

static void add_input(writer *w, atom *a, int value, bool once)
{
    for (int i = 0; once && i < a->n_in; i++)
        if (a->in[i] == value) return;
    if (a->n_in < MOST_PARTS)
        a->in[a->n_in++] = value;
    else
        w->lacks = "a module of more than 16 values";
}

/* What a step, or else a scope, makes of which values. */
static atom atom_of(writer *w, int step, int scope)
{
    const nb_export *e = &w->e;
    atom a = {.step = step, .scope = scope, .nested = -1, .reader = -1};
    a.out = w->stands[step >= 0 ? w->net->steps[step].out : e->scopes[scope].result];
    const int first = step >= 0 ? step : e->scopes[scope].first,
              last = step >= 0 ? step + 1 : e->scopes[scope].last;
    for (int i = first; i < last; i++) {
        const nb_step *s = &w->net->steps[i];
        if (s->what != NB_STEP_APPLY || left_out(w, i)) continue;
        for (int k = 0; k < NB_INPUTS && s->in[k] >= 0; k++) {
            const int value = w->stands[s->in[k]], from = w->net->values[value].step;
            if (scope < 0 || from < first || from >= last) add_input(w, &a, value, scope >= 0);
        }
    }
    return a;
}

/* The atom that begins at step i of the scope, and where it ends: *next. Its step and scope are -1 if there is none. */
static atom atom_at(writer *w, int scope, int i, int *next)
{
    const int at = w->e.at[i];
    *next = i + 1;
    if (at == scope && w->net->steps[i].what == NB_STEP_APPLY) return atom_of(w, i, -1);
    if (at == scope) return (atom){.step = -1, .scope = -1};
    const int child = nb_pytorch_child(&w->e, scope, at);
    *next = w->e.scopes[child].last;
    return atom_of(w, -1, child);
}

static const char *path_of(const writer *w, const atom *a)
{
    if (a->step < 0) return w->e.scopes[a->scope].path;
    const int module = w->net->steps[a->step].module;
    return module >= 0 ? w->net->modules[module].name : "";
}

bool nb_pytorch_takes(writer *w, int scope, const char *without)
{
    const nb_scope *s = &w->e.scopes[scope];
    bool single = true;
    int left_scope = -1;
    w->without = NULL;
    w->without_scope = -1;
    for (int i = 0; i < w->net->n_values; i++) w->stands[i] = i;
    for (int i = s->first, next; without && i < s->last; i = next) {
        const atom a = atom_at(w, scope, i, &next);
        if ((a.step < 0 && a.scope < 0) || strcmp(path_of(w, &a), without) != 0) continue;
        single = single && a.n_in == 1;
        left_scope = a.scope;
        if (single) w->stands[a.out] = a.in[0];
    }
    w->without = without;
    w->without_scope = left_scope;
    if (scope > 0 && single) w->whole = atom_of(w, -1, scope);
    return single;
}

static void find_atoms(writer *w, int scope)
{
    const nb_scope *s = &w->e.scopes[scope];
    w->n_atoms = 0;
    for (int i = s->first, next; i < s->last; i = next) {
        const atom a = atom_at(w, scope, i, &next);
        if ((a.step < 0 && a.scope < 0) || left_out(w, i)) continue;
        w->atoms[w->n_atoms++] = a;
    }
    for (int i = 0; i < w->net->n_values; i++) w->atom_of[i] = w->line_of[i] = -1;
    for (int i = 0; i < w->n_atoms; i++) w->atom_of[w->atoms[i].out] = i;
}

static bool is_output(const writer *w, int scope, int value)
{
    if (scope > 0) return value == w->whole.out;
    for (int i = 0; i < w->net->n_outputs; i++)
        if (w->net->outputs[i].value == value) return true;
    return false;
}

/* A block has a line of its own. */
static bool is_block(const writer *w, const atom *a)
{
    return a->scope >= 0 && !w->e.scopes[a->scope].sequential;
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
            if (uses != 1 || is_output(w, scope, m->out) || is_block(w, m) || under >= MOST_NESTED)
                m->reader = -1;
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

/* ---- Names ---------------------------------------------------------------------------------------------------- */

const char *nb_pytorch_named(const writer *w, int value)
{
    const char *found = NULL;
    for (int i = 0; i < w->net->n_steps; i++) {
        const nb_step *s = &w->net->steps[i];
        if (s->what != NB_STEP_NAME || s->in[0] != value) continue;
        const char *last = nb_pytorch_last(s->name);
        if (nb_pytorch_free(w, last)) found = last;
    }
    const int input = w->net->values[value].input;
    if (input >= 0 && nb_pytorch_free(w, w->net->inputs[input].name)) found = w->net->inputs[input].name;
    return found;
}

/* A name for the value that no value has which is read after line `now`. */
static void name_value(writer *w, int value, int now, const char *base)
{
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

/* ---- Calls ---------------------------------------------------------------------------------------------------- */

static void put_atom(writer *w, text *t, int scope, const atom *a);

static void put_value(writer *w, text *t, int scope, int value)
{
    const int maker = w->atom_of[value];
    if (maker >= 0 && w->atoms[maker].reader >= 0)
        put_atom(w, t, scope, &w->atoms[maker]);
    else
        nb_pytorch_put(w, t, "%s", w->names[value]);
}

/* Whether the value is written as a + b or a * b where it is read. */
static bool is_operation(const writer *w, int value)
{
    const int maker = w->atom_of[value];
    if (maker < 0 || w->atoms[maker].reader < 0 || w->atoms[maker].step < 0) return false;
    const nb_step *s = &w->net->steps[w->atoms[maker].step];
    return s->module < 0 && s->kind->python && strncmp(s->kind->python, "{0} ", 4) == 0;
}

/* Whether what stands for value k of a form must hold together: (a + b).mean(1), x + (a + b). */
static bool holds(const nb_layer_kind *kind, int k)
{
    char place[16];
    snprintf(place, sizeof place, "{%d}", k);
    const char *at = kind->python ? strstr(kind->python, place) : NULL;
    if (at == NULL) return false;
    return at[3] == '.' || strncmp(at + 3, " *", 2) == 0 ||
           (at > kind->python && strncmp(at - 2, "+ ", 2) == 0);
}

/* Labels and tokens as numbers, for what looks nothing up. */
static const char *as_numbers(const writer *w, const atom *a, int k)
{
    const int input = a->step >= 0 ? w->net->values[a->in[k]].input : -1;
    if (input < 0 || w->net->steps[a->step].kind->takes_rows) return "";
    if (w->net->inputs[input].kind == NB_INPUT_LABELS) return "[:, None].float()";
    return w->net->inputs[input].kind == NB_INPUT_TOKENS ? ".float()" : "";
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

/* Value k, as the atom reads it. */
static void put_input(writer *w, text *t, int scope, const atom *a, int k)
{
    const bool function = a->step >= 0 && w->net->steps[a->step].module < 0;
    const char *way = function ? spread(w, a, k) : "";
    const bool braces =
        function && is_operation(w, a->in[k]) && (*way || holds(w->net->steps[a->step].kind, k));
    nb_pytorch_put(w, t, "%s", braces ? "(" : "");
    put_value(w, t, scope, a->in[k]);
    nb_pytorch_put(w, t, "%s%s%s", braces ? ")" : "", as_numbers(w, a, k), way);
}

static void put_call(writer *w, text *t, int scope, const atom *a)
{
    const nb_step *s = &w->net->steps[a->step];
    text parts[NB_INPUTS] = {0};
    const char *values[NB_INPUTS] = {"", "", "", ""};
    for (int k = 0; k < a->n_in; k++) {
        put_input(w, &parts[k], scope, a, k);
        values[k] = nb_pytorch_string(&parts[k]);
    }
    if (s->kind->python) {
        nb_pytorch_form(w, t, s->kind, s->settings, s->kind->python, NULL, values);
    } else {
        if (a->n_in != 1) w->lacks = s->kind->name;
        nb_pytorch_module(w, t, s->kind, s->settings, NULL);
        nb_pytorch_put(w, t, "(%s)", values[0]);
    }
    for (int k = 0; k < a->n_in; k++) nb_pytorch_drop(&parts[k]);
}

/* Whether what makes it reads no value: it has no batch, each sample has the same. */
static bool is_alone(const writer *w, int value)
{
    const int step = w->net->values[value].step;
    return step >= 0 && w->net->steps[step].kind->inputs == 0;
}

/* Whether all that read the value are sums and products with samples, beside which it needs no batch of its own. */
static bool broadcasts(const writer *w, int value)
{
    for (int i = 0; i < w->n_atoms; i++) {
        const atom *a = &w->atoms[i];
        for (int k = 0; k < a->n_in; k++) {
            if (a->in[k] != value) continue;
            const nb_layer_kind *kind = a->step >= 0 ? w->net->steps[a->step].kind : NULL;
            const int other = a->in[k == 0 && a->n_in > 1];
            if ((kind != &nb_add_layer && kind != &nb_mul_layer) || is_alone(w, other)) return false;
            if (w->net->values[other].shape.axes != w->net->values[value].shape.axes) return false;
        }
    }
    return w->line_of[value] < w->n_atoms; /* nor is it given back */
}

static void put_expand(writer *w, text *t, int scope, int value)
{
    const int first = scope > 0 && w->whole.n_in > 0 ? w->whole.in[0] : 0;
    const nb_value_shape s = nb_shape_of(w->net->values[value].shape);
    if (broadcasts(w, value)) return;
    nb_pytorch_put(w, t, ".expand(%s.shape[0]", w->names[first]);
    for (int i = 0; i < s.rank; i++) nb_pytorch_put(w, t, ", %d", s.shape[i]);
    nb_pytorch_put(w, t, ")");
}

/* One token is a vector here and not in PyTorch. */
static bool is_one_token(const writer *w, const atom *a)
{
    const nb_step *s = a->step >= 0 ? &w->net->steps[a->step] : NULL;
    const int input = s && s->kind->takes_rows ? w->net->values[a->in[0]].input : -1;
    return input >= 0 && w->net->inputs[input].kind == NB_INPUT_TOKENS &&
           w->net->values[a->out].shape.axes == NB_FEATURES;
}

static void put_atom(writer *w, text *t, int scope, const atom *a)
{
    const bool function = a->step >= 0 && w->net->steps[a->step].module < 0;
    const bool alone = a->step >= 0 && is_alone(w, a->out); /* a parameter is no module */
    if (function)
        put_call(w, t, scope, a);
    else
        nb_pytorch_access(w, t, scope, path_of(w, a));
    for (int k = 0; k < a->n_in && !function; k++) {
        nb_pytorch_put(w, t, k ? ", " : "(");
        put_input(w, t, scope, a, k);
    }
    nb_pytorch_put(w, t, "%s%s", function || alone ? "" : ")", is_one_token(w, a) ? "[:, 0]" : "");
    if (alone) put_expand(w, t, scope, a->out);
}

/* ---- forward -------------------------------------------------------------------------------------------------- */

static void put_outputs(writer *w, text *t)
{
    const nb_network *net = w->net;
    nb_pytorch_put(w, t, "        return {");
    for (int i = 0; i < net->n_outputs; i++)
        nb_pytorch_put(w, t, "%s\"%s\": %s", i ? ", " : "", net->outputs[i].name,
                       w->names[net->outputs[i].value]);
    nb_pytorch_put(w, t, "}\n");
}

/* The name of input k of a class that some scopes share: the network's, if that is the same in all of them. */
static const char *shared_name(const writer *w, int scope, int k)
{
    const char *name = NULL;
    for (int i = 1; i < w->e.n_scopes && !w->plain; i++) {
        const block *b = &w->blocks[i];
        if (b->of != scope || b->body.n_in <= k) continue;
        const char *own = nb_pytorch_named(w, b->body.in[k]);
        if (own == NULL || (name && strcmp(own, name) != 0)) return "h";
        name = own;
    }
    return name ? name : "h";
}

static void put_inputs(writer *w, text *t, int scope)
{
    const nb_network *net = w->net;
    nb_pytorch_put(w, t, "    def forward(self");
    for (int i = 0; scope == 0 && i < net->n_values; i++) {
        if (net->values[i].input < 0) continue;
        const char *own = nb_pytorch_named(w, i);
        name_value(w, i, -1, own ? own : "x");
        nb_pytorch_put(w, t, ", %s", w->names[i]);
    }
    for (int k = 0; scope > 0 && k < w->whole.n_in; k++) {
        name_value(w, w->whole.in[k], -1, k == 0 ? "x" : shared_name(w, scope, k));
        nb_pytorch_put(w, t, ", %s", w->names[w->whole.in[k]]);
    }
    nb_pytorch_put(w, t, "):\n");
    for (int i = 0; scope == 0 && i < net->n_values; i++) {
        const int input = net->values[i].input;
        if (input >= 0 && net->values[i].uses > 0 &&
            (net->inputs[input].kind == NB_INPUT_FRACTION || net->inputs[input].kind == NB_INPUT_TIMESTEP))
            nb_pytorch_put(w, t, "        %s = %s[:, None]\n", w->names[i], w->names[i]);
    }
}

/* "h = ...", with the network's own name for what is read later than by the next line. */
static void put_line(writer *w, text *t, int scope, int i, bool last)
{
    text line = {0};
    const atom *a = &w->atoms[i];
    put_atom(w, &line, scope, a);
    int next = i + 1;
    while (next < w->n_atoms && w->atoms[next].reader >= 0) next++;
    const bool kept = !w->plain && w->line_of[a->out] > next;
    const char *own = kept ? nb_pytorch_named(w, a->out) : NULL;
    if (last) {
        nb_pytorch_put(w, t, "        return %s\n", nb_pytorch_string(&line));
    } else {
        name_value(w, a->out, i, own ? own : "h");
        nb_pytorch_put(w, t, "        %s = %s\n", w->names[a->out], nb_pytorch_string(&line));
    }
    nb_pytorch_drop(&line);
}

void nb_pytorch_forward(writer *w, int scope)
{
    text *t = &w->now->forward;
    const bool one = scope > 0 || w->net->n_outputs == 1;
    const int result = scope > 0 ? w->whole.out : w->net->outputs[0].value;
    bool returned = false;
    find_atoms(w, scope);
    nest(w, scope);
    for (int i = 0; i < w->net->n_values; i++) w->names[i][0] = '\0';
    put_inputs(w, t, scope);
    for (int i = 0; i < w->n_atoms; i++) {
        if (w->atoms[i].reader >= 0) continue;
        returned = one && i == w->n_atoms - 1 && w->atoms[i].out == result;
        put_line(w, t, scope, i, returned);
    }
    if (one && !returned) nb_pytorch_put(w, t, "        return %s\n", w->names[result]);
    if (!one) put_outputs(w, t);
}
