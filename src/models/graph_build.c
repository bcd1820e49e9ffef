/* graph_build.c - building a graph: its values, and its layers in the order of PyTorch's forward. */
#include "models/graph.h"

#include "base/error.h"
#include "base/grow.h"

#include <stdio.h>

void nb_graph_begin(nb_graph *g, const nb_engine *engine, size_t max_batch)
{
    memset(g, 0, sizeof *g);
    g->engine = engine;
    g->max_batch = max_batch;
    g->x = g->t = -1;
    g->no_backward = "no forward pass has been run yet";
}

void nb_graph_fail(nb_graph *g, nb_status status, const char *why)
{
    if (!nb_graph_failed(g)) nb_fail(&g->failure, status, "%s", why);
}

void *nb_graph_grow(nb_graph *g, void *list, size_t *room, int count, size_t size)
{
    void *grown = nb_grow(list, room, (size_t)count, size);
    if (grown) return grown;
    nb_graph_fail(g, NB_ERR_MEMORY, "not enough memory for the lists of a graph");
    return list;
}

/* ---- Values ---- */

static nb_value add_value(nb_graph *g, nb_shape shape, bool needs_grad)
{
    if (shape.height == 0 || shape.width == 0 || shape.channels == 0)
        nb_graph_fail(g, NB_ERR_SHAPE, "a value of no size in a graph");
    g->values = nb_graph_grow(g, g->values, &g->value_room, g->n_values, sizeof *g->values);
    if (nb_graph_failed(g)) return 0;
    const bool vector = shape.axes == NB_FEATURES;
    g->values[g->n_values] =
        (nb_value_info){.height = shape.height,
                        .width = shape.width,
                        .channels = shape.channels,
                        .axes = shape.axes,
                        .pixel = vector ? nb_stride(shape.channels) : nb_padded(shape.channels),
                        .needs_grad = needs_grad,
                        .inside = -1};
    return g->n_values++;
}

static size_t numbers_of(nb_shape s) { return nb_mul(nb_mul(s.height, s.width), s.channels); }

nb_value nb_graph_input(nb_graph *g, nb_source source, nb_shape shape)
{
    g->inputs = nb_graph_grow(g, g->inputs, &g->input_room, g->n_inputs, sizeof *g->inputs);
    const nb_value v = add_value(g, shape, source == NB_FROM_X || source == NB_FROM_COND);
    if (nb_graph_failed(g)) return 0;
    g->inputs[g->n_inputs++] = (nb_input){source, v, g->cond_size};
    g->values[v].shared =
        true; /* its gradient may not be asked for, while what is made in its place has one */
    if (source == NB_FROM_X) {
        g->x = v;
        g->x_size = numbers_of(shape);
    }
    if (source == NB_FROM_T) {
        g->t = v;
        g->t_size = numbers_of(shape);
    }
    if (source == NB_FROM_COND) g->cond_size = nb_add(g->cond_size, numbers_of(shape));
    return v;
}

void nb_graph_output(nb_graph *g, nb_value v)
{
    g->outputs = nb_graph_grow(g, g->outputs, &g->output_room, g->n_outputs, sizeof *g->outputs);
    if (nb_graph_failed(g)) return;
    const nb_value_info *info = &g->values[v];
    g->values[v].shared = true;
    g->outputs[g->n_outputs++] = v;
    g->out_size = nb_add(g->out_size, nb_mul(nb_mul(info->height, info->width), info->channels));
}

nb_value nb_graph_name(nb_graph *g, const char *name, nb_value v)
{
    g->named = nb_graph_grow(g, g->named, &g->named_room, g->n_named, sizeof *g->named);
    if (nb_graph_failed(g)) return v;
    const nb_layer *last = g->n_layers ? &g->layers[g->n_layers - 1] : NULL;
    g->named[g->n_named++] =
        (nb_named_value){name, v, g->n_layers, last && last->relu, last ? last->plus : -1};
    return v;
}

/* ---- Layers ---- */

static nb_shape shape_of(const nb_graph *g, nb_value v)
{
    if (v < 0) return (nb_shape){0};
    return (nb_shape){g->values[v].height, g->values[v].width, g->values[v].channels, g->values[v].axes};
}

static bool needs_grad(const nb_graph *g, nb_value v) { return v >= 0 && g->values[v].needs_grad; }

static void fail_inputs(nb_graph *g, const nb_layer_kind *kind, const nb_layer_spec *s)
{
    char why[256];
    int n = snprintf(why, sizeof why, "a layer of kind %s does not take", kind->name);
    for (int i = 0; i < kind->inputs && n >= 0 && (size_t)n < sizeof why; i++)
        n += snprintf(why + n, sizeof why - (size_t)n, "%s (%zu, %zu, %zu)", i ? " and" : "",
                      s->in[i].channels, s->in[i].height, s->in[i].width);
    nb_graph_fail(g, NB_ERR_SHAPE, why);
}

/* What forward saves, and the room that it works in. */
static void add_memory(nb_graph *g, nb_layer *layer, const nb_layer_spec *s)
{
    const nb_layer_kind *kind = layer->kind;
    const size_t work = kind->work ? kind->work(s) : 0;
    g->work_floats = work > g->work_floats ? work : g->work_floats;
    if (kind->draw) {
        layer->drawn = g->draw_size;
        g->draw_size = nb_add(g->draw_size, numbers_of(s->out));
    }
    if (kind->saved == NULL) return;
    layer->saved = add_value(g, nb_vector(kind->saved(s)), false);
    if (!nb_graph_failed(g)) g->values[layer->saved].read_back = true;
}

/* What the layer asks of the values that it reads and writes. */
static void mark_values(nb_graph *g, const nb_layer *layer, const nb_layer_spec *s)
{
    const nb_layer_kind *kind = layer->kind;
    for (int i = 0; i < kind->reads_in; i++) g->values[layer->in[i]].read_back = true;
    if (kind->reads_out) g->values[layer->out].read_back = true;
    if (kind->border && s->taps > 1) g->values[layer->in[0]].halo = g->values[layer->out].grad_halo = true;
    if (layer->module.weight >= 0) g->params[layer->module.weight].winograd = kind->winograd;
}

/* Whether the layer that has just made v does what `kind` would do to it. A sum after a ReLU is one more, and the last. */
static bool can_fold(const nb_graph *g, const nb_layer_kind *kind, nb_value v)
{
    const nb_layer *last = g->n_layers ? &g->layers[g->n_layers - 1] : NULL;
    if (last == NULL || last->out != v || !(last->kind->takes & kind->folds) || last->plus >= 0) return false;
    if (g->plain) return false;
    return !g->values[v].shared && (kind->folds != NB_FOLD_RELU || !last->relu);
}

/* Of the layer's module and inputs. */
static nb_layer_spec spec_of(const nb_graph *g, const nb_layer *layer)
{
    nb_layer_spec s = {0};
    for (int i = 0; i < NB_INPUTS; i++) s.in[i] = shape_of(g, layer->in[i]);
    memcpy(s.settings, layer->module.settings, sizeof s.settings);
    if (layer->module.weight >= 0) {
        const nb_param *w = &g->params[layer->module.weight];
        s.weight_in = w->in;
        s.weight_out = w->cols;
        s.taps = w->taps;
    }
    return s;
}

/* A weight that several layers have is kept in one way for all. */
static const nb_layer_kind *fastest(const nb_layer_kind *kind, const nb_layer_spec *s, bool shared)
{
    while (kind->faster && kind->faster->fits(s) && !(shared && kind->faster->winograd)) kind = kind->faster;
    return kind;
}

static bool wants_gradient(const nb_graph *g, const nb_layer *layer)
{
    if (layer->kind->gradient) return true;
    bool any = false;
    for (int i = 0; i < NB_INPUTS; i++) any = any || needs_grad(g, layer->in[i]);
    return any && layer->kind->backward;
}

static nb_value add_layer(nb_graph *g, nb_layer layer)
{
    const nb_layer_kind *kind = layer.module.kind;
    const nb_value a = layer.in[0];
    nb_layer_spec s = spec_of(g, &layer);
    s.out = kind->shape ? kind->shape(&s) : s.in[0];
    if (s.out.height == 0 || s.out.width == 0 || s.out.channels == 0) fail_inputs(g, kind, &s);
    g->layers = nb_graph_grow(g, g->layers, &g->layer_room, g->n_layers, sizeof *g->layers);
    if (nb_graph_failed(g)) return 0;
    layer.kind = fastest(kind, &s, layer.module.weight >= 0 && g->params[layer.module.weight].shared);
    kind = layer.kind;
    const bool in_place =
        kind->in_place && needs_grad(g, a) && !g->values[a].read_back && !g->values[a].shared && !g->plain;
    if (in_place && kind->folds == NB_FOLD_PLUS && can_fold(g, kind, a)) {
        layer.folded = true; /* backward has two layers still */
        g->layers[g->n_layers - 1].plus = layer.in[1];
    }
    layer.out = in_place ? a : add_value(g, s.out, wants_gradient(g, &layer));
    add_memory(g, &layer, &s);
    if (nb_graph_failed(g)) return 0;
    mark_values(g, &layer, &s);
    g->layers[g->n_layers++] = layer;
    return layer.out;
}

nb_module nb_graph_function(const nb_layer_kind *kind, const double *settings)
{
    nb_module m = {.kind = kind, .weight = -1, .bias = -1};
    if (settings) memcpy(m.settings, settings, sizeof m.settings);
    return m;
}

nb_value nb_graph_layer_of(nb_graph *g, nb_module module, const nb_value *in)
{
    if (nb_graph_failed(g)) return 0;
    if (module.kind == NULL) return in[0];
    if (module.kind->folds == NB_FOLD_RELU && can_fold(g, module.kind, in[0])) {
        g->layers[g->n_layers - 1].relu = true;
        return in[0];
    }
    nb_layer layer = {.plus = -1, .module = module, .saved = -1};
    memcpy(layer.in, in, sizeof layer.in);
    return add_layer(g, layer);
}

nb_value nb_graph_apply(nb_graph *g, nb_module module, nb_value in)
{
    return nb_graph_layer_of(g, module, (nb_value[NB_INPUTS]){in, -1, -1, -1});
}

nb_value nb_graph_layer(nb_graph *g, const nb_layer_kind *kind, nb_value in)
{
    return nb_graph_apply(g, nb_graph_function(kind, NULL), in);
}

nb_value nb_graph_layer_of_two(nb_graph *g, const nb_layer_kind *kind, nb_value a, nb_value b)
{
    return nb_graph_layer_of(g, nb_graph_function(kind, NULL), (nb_value[NB_INPUTS]){a, b, -1, -1});
}

nb_value nb_graph_classes(nb_graph *g, nb_module embedding)
{
    if (nb_graph_failed(g)) return 0;
    g->classes = g->params[embedding.weight].rows;
    return nb_graph_apply(g, embedding, nb_graph_input(g, NB_FROM_LABELS, nb_vector(1)));
}

nb_value nb_graph_skip(nb_graph *g, nb_value a, nb_value b)
{
    const nb_value out = nb_graph_concat(g, a, b);
    if (!nb_graph_failed(g)) g->layers[g->n_layers - 1].skip = g->has_skips = true;
    return out;
}

nb_value nb_graph_sinusoidal(nb_graph *g, nb_value t, size_t features)
{
    const double settings[NB_SETTINGS] = {(double)features};
    return nb_graph_apply(g, nb_graph_function(&nb_sinusoidal_layer, settings), t);
}
