/* lower.c - from a network as it is written down to the graph that runs.
 *
 * Steps keep their order, but for one thing: what is added to a layer's output comes before that layer, so that the layer can
 * add it (NB_FOLD_PLUS). A residual block then runs as fast in whichever order its lines are written. */
#include "models/network.h"

#include "base/error.h"

#include <stdlib.h>

typedef struct lowering {
    const nb_network *net;
    nb_graph *g;
    nb_module *modules;  /* of the graph, by the network's number */
    nb_value *values;    /* likewise */
    bool *done, *needed; /* of the steps */
    int *reader;         /* of a value that one step reads: which */
    int *name, *next; /* of a value: the first step that names it, or -1; of such a step: the one after it */
} lowering;

static const nb_layer_kind *kind_of(const nb_network *net, const nb_step *s)
{
    return s->module >= 0 ? net->modules[s->module].kind : s->kind;
}

static nb_source source_of(nb_input_kind kind)
{
    switch (kind) {
    case NB_INPUT_X:
        return NB_FROM_X;
    case NB_INPUT_TIMESTEP:
    case NB_INPUT_FRACTION:
        return NB_FROM_T;
    case NB_INPUT_LABELS:
        return NB_FROM_LABELS;
    case NB_INPUT_COND:
    case NB_INPUT_TOKENS:
        break;
    }
    return NB_FROM_COND;
}

/* A value of the graph now stands for a value of the network. */
static void made(lowering *l, int value, nb_value in_graph)
{
    l->values[value] = in_graph;
    if (!nb_graph_failed(l->g) && l->net->values[value].uses > 1) l->g->values[in_graph].shared = true;
    for (int i = l->name[value]; i >= 0; i = l->next[i]) nb_graph_name(l->g, l->net->steps[i].name, in_graph);
}

/* A concat whose second part was made before its first: a skip connection, in a network of pictures. */
static bool is_skip(const lowering *l, const nb_step *s)
{
    const nb_net_value *a = &l->net->values[s->in[0]], *b = &l->net->values[s->in[1]];
    return kind_of(l->net, s) == &nb_concat_layer && s->in[2] < 0 && a->shape.axes == NB_IMAGE &&
           b->step >= 0 && b->step < a->step;
}

/* Whether the layer that makes the value, or that before its ReLU, can add something to it. */
static bool takes_sum(const lowering *l, int value)
{
    const nb_network *net = l->net;
    for (int k = 0; k < 2; k++) {
        const nb_net_value *v = &net->values[value];
        if (v->uses != 1 || v->step < 0) return false;
        const nb_step *maker = &net->steps[v->step];
        if (kind_of(net, maker)->takes & NB_FOLD_PLUS) return true;
        if (kind_of(net, maker)->folds != NB_FOLD_RELU) return false;
        value = maker->in[0];
    }
    return false;
}

/* What a sum can be folded into comes first: a + b = b + a. */
static bool turned(const lowering *l, const nb_step *s)
{
    if (kind_of(l->net, s) != &nb_add_layer) return false;
    const nb_net_value *a = &l->net->values[s->in[0]], *b = &l->net->values[s->in[1]];
    return a->shape.axes == b->shape.axes && takes_sum(l, s->in[1]) && !takes_sum(l, s->in[0]);
}

static void emit(lowering *l, int index)
{
    const nb_network *net = l->net;
    const nb_step *s = &net->steps[index];
    nb_graph *g = l->g;
    nb_value in[NB_INPUTS];
    l->done[index] = true;
    if (s->what != NB_STEP_APPLY) return;
    for (int i = 0; i < NB_INPUTS; i++) in[i] = s->in[i] >= 0 ? l->values[s->in[i]] : -1;
    if (turned(l, s)) {
        const nb_value first = in[0];
        in[0] = in[1];
        in[1] = first;
    }
    const int before = g->n_layers;
    const nb_module m = s->module >= 0 ? l->modules[s->module] : nb_graph_function(s->kind, s->settings);
    const nb_value out = is_skip(l, s) ? nb_graph_skip(g, in[0], in[1]) : nb_graph_layer_of(g, m, in);
    if (!nb_graph_failed(g) && g->n_layers > before) g->layers[before].order = index;
    made(l, s->out, out);
}

/* Runs what value v needs and has not been run yet. */
static void hoist(lowering *l, int v)
{
    const nb_network *net = l->net;
    const int last = net->values[v].step;
    if (last < 0 || l->done[last]) return;
    memset(l->needed, 0, (size_t)net->n_steps * sizeof *l->needed);
    l->needed[last] = true;
    for (int i = last; i >= 0; i--) {
        if (!l->needed[i] || l->done[i]) continue;
        for (int k = 0; k < NB_INPUTS; k++) {
            const int in = net->steps[i].in[k];
            if (in >= 0 && net->values[in].step >= 0) l->needed[net->values[in].step] = true;
        }
    }
    for (int i = 0; i <= last; i++)
        if (l->needed[i] && !l->done[i]) emit(l, i);
}

/* The step that alone reads the value, or NULL. */
static const nb_step *only_reader(const lowering *l, int value)
{
    if (l->net->values[value].uses != 1 || l->reader[value] < 0) return NULL;
    return &l->net->steps[l->reader[value]];
}

/* What will be added to the output of step `index`, if its layer can do that. */
static void hoist_sum(lowering *l, int index)
{
    const nb_network *net = l->net;
    const nb_step *s = &net->steps[index];
    if (s->what != NB_STEP_APPLY || !(kind_of(net, s)->takes & NB_FOLD_PLUS)) return;
    int value = s->out;
    const nb_step *next = only_reader(l, value);
    if (next && kind_of(net, next)->folds == NB_FOLD_RELU) {
        value = next->out;
        next = only_reader(l, value);
    }
    if (next == NULL || kind_of(net, next)->folds != NB_FOLD_PLUS) return;
    hoist(l, next->in[next->in[0] == value]); /* which does not need this step, whose one reader is the sum */
}

/* Who reads a value, and what it is called. */
static void look_around(lowering *l)
{
    const nb_network *net = l->net;
    for (int i = 0; i < net->n_values; i++) l->reader[i] = l->name[i] = -1;
    for (int i = net->n_steps - 1; i >= 0; i--) {
        const nb_step *s = &net->steps[i];
        for (int k = 0; s->what == NB_STEP_APPLY && k < NB_INPUTS; k++)
            if (s->in[k] >= 0) l->reader[s->in[k]] = i;
        if (s->what != NB_STEP_NAME) continue;
        l->next[i] = l->name[s->in[0]];
        l->name[s->in[0]] = i;
    }
}

static void lower(lowering *l)
{
    const nb_network *net = l->net;
    nb_graph *g = l->g;
    look_around(l);
    for (int i = 0; i < net->n_modules; i++) {
        const nb_net_module *m = &net->modules[i];
        l->modules[i] = nb_graph_module(g, m->kind, m->name, m->settings);
        if (!nb_graph_failed(g) && l->modules[i].weight >= 0)
            g->params[l->modules[i].weight].shared = m->uses > 1;
    }
    for (int i = 0; i < net->n_values; i++) {
        const int input = net->values[i].input;
        if (input < 0) continue;
        const nb_net_input *in = &net->inputs[input];
        made(l, i, nb_graph_input(g, source_of(in->kind), in->shape));
        if (in->kind == NB_INPUT_LABELS) g->classes = (size_t)in->count + 1;
    }
    for (int i = 0; i < net->n_steps; i++) {
        if (l->done[i]) continue;
        if (g->plain != NB_IN_ORDER) hoist_sum(l, i);
        emit(l, i);
    }
    for (int i = 0; i < net->n_outputs; i++) nb_graph_output(g, l->values[net->outputs[i].value]);
}

static void take_room(nb_arena *a, void *object)
{
    lowering *l = object;
    l->modules = nb_arena_take(a, (size_t)l->net->n_modules, sizeof *l->modules);
    l->values = nb_arena_take(a, (size_t)l->net->n_values, sizeof *l->values);
    l->done = nb_arena_take(a, (size_t)l->net->n_steps, sizeof *l->done);
    l->needed = nb_arena_take(a, (size_t)l->net->n_steps, sizeof *l->needed);
    l->reader = nb_arena_take(a, (size_t)l->net->n_values, sizeof *l->reader);
    l->name = nb_arena_take(a, (size_t)l->net->n_values, sizeof *l->name);
    l->next = nb_arena_take(a, (size_t)l->net->n_steps, sizeof *l->next);
}

nb_status nb_network_lower(const nb_network *net, nb_graph *g, nb_rng *init, nb_error *err)
{
    nb_arena room;
    lowering l = {.net = net, .g = g};
    const nb_status status = nb_arena_fill(&room, take_room, &l, err);
    if (status != NB_OK) {
        nb_graph_free(g);
        return status;
    }
    lower(&l);
    nb_arena_free(&room);
    return nb_graph_finish(g, init, err);
}
