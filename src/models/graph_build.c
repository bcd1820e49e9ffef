/* graph_build.c - building a graph: its values, and its layers in the order of PyTorch's forward. */
#include "models/graph.h"

#include "base/error.h"
#include "base/grow.h"

#include <stdio.h>

static const nb_module no_module = {NULL, -1, -1};

void nb_graph_begin(nb_graph *g, const nb_engine *engine, size_t max_batch)
{
    memset(g, 0, sizeof *g);
    g->engine = engine;
    g->max_batch = max_batch;
    g->lane_rows = (max_batch + NB_LANES - 1) / NB_LANES;
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
    const bool vector = shape.height == 1 && shape.width == 1;
    g->values[g->n_values] =
        (nb_value_info){.height = shape.height,
                        .width = shape.width,
                        .channels = shape.channels,
                        .pixel = vector ? nb_stride(shape.channels) : nb_padded(shape.channels),
                        .needs_grad = needs_grad,
                        .inside = -1};
    return g->n_values++;
}

nb_value nb_graph_input(nb_graph *g, size_t width, bool needs_grad)
{
    return add_value(g, (nb_shape){1, 1, width}, needs_grad);
}

nb_value nb_graph_image(nb_graph *g, size_t height, size_t width, size_t channels)
{
    g->images = true;
    return add_value(g, (nb_shape){height, width, channels}, true);
}

nb_value nb_graph_name(nb_graph *g, const char *name, nb_value v)
{
    g->named = nb_graph_grow(g, g->named, &g->named_room, g->n_named, sizeof *g->named);
    if (nb_graph_failed(g)) return v;
    g->named[g->n_named++] = (nb_named_value){name, v, g->n_layers};
    return v;
}

/* ---- Layers ---- */

static nb_shape shape_of(const nb_graph *g, nb_value v)
{
    if (v < 0) return (nb_shape){0};
    return (nb_shape){g->values[v].height, g->values[v].width, g->values[v].channels};
}

static bool needs_grad(const nb_graph *g, nb_value v) { return v >= 0 && g->values[v].needs_grad; }

static void fail_inputs(nb_graph *g, const nb_layer_kind *kind, const nb_layer_spec *s)
{
    char text[2][80] = {"", ""}, why[200];
    for (int i = 0; i < kind->inputs; i++)
        snprintf(text[i], sizeof text[i], "%s(%zu, %zu, %zu)", i ? " and " : "", s->in[i].channels,
                 s->in[i].height, s->in[i].width);
    snprintf(why, sizeof why, "a layer of kind %s does not take %s%s", kind->name, text[0], text[1]);
    nb_graph_fail(g, NB_ERR_SHAPE, why);
}

/* What forward saves, and the room that it works in. */
static void add_memory(nb_graph *g, nb_layer *layer, const nb_layer_spec *s)
{
    const nb_layer_kind *kind = layer->kind;
    const size_t work = kind->work ? kind->work(s) : 0;
    g->work_floats = work > g->work_floats ? work : g->work_floats;
    if (kind->saved == NULL) return;
    layer->saved = add_value(g, (nb_shape){1, 1, kind->saved(s)}, false);
    if (!nb_graph_failed(g)) g->values[layer->saved].read_back = true;
}

/* What the layer asks of the values that it reads and writes. */
static void mark_values(nb_graph *g, const nb_layer *layer, const nb_layer_spec *s)
{
    const nb_layer_kind *kind = layer->kind;
    if (kind->reads_in) g->values[layer->in[0]].read_back = true;
    if (kind->reads_out) g->values[layer->out].read_back = true;
    if (kind->border && s->taps > 1) g->values[layer->in[0]].halo = g->values[layer->out].grad_halo = true;
    if (layer->module.weight >= 0) g->params[layer->module.weight].winograd = kind->winograd;
}

/* Whether the layer that has just made v does what `kind` would do to it. A sum after a ReLU is one more, and the last. */
static bool can_fold(const nb_graph *g, const nb_layer_kind *kind, nb_value v)
{
    const nb_layer *last = g->n_layers ? &g->layers[g->n_layers - 1] : NULL;
    if (last == NULL || last->out != v || !(last->kind->takes & kind->folds) || last->plus >= 0) return false;
    return kind->folds != NB_FOLD_RELU || !last->relu;
}

static nb_value add_layer(nb_graph *g, const nb_layer_kind *kind, nb_layer layer, nb_layer_spec s)
{
    const nb_value a = layer.in[0];
    s.in[0] = shape_of(g, a);
    s.in[1] = shape_of(g, layer.in[1]);
    s.out = kind->shape ? kind->shape(&s) : s.in[0];
    if (s.out.height == 0 || s.out.width == 0 || s.out.channels == 0) fail_inputs(g, kind, &s);
    g->layers = nb_graph_grow(g, g->layers, &g->layer_room, g->n_layers, sizeof *g->layers);
    if (nb_graph_failed(g)) return 0;
    const bool in_place = kind->in_place && needs_grad(g, a) && !g->values[a].read_back;
    if (in_place && kind->folds == NB_FOLD_PLUS && can_fold(g, kind, a)) {
        layer.folded = true; /* backward has two layers still */
        g->layers[g->n_layers - 1].plus = layer.in[1];
    }
    const bool fast = kind->faster && kind->faster->fits(&s);
    layer.kind = fast ? kind->faster : kind;
    const bool grad = kind->gradient || (kind->backward && (needs_grad(g, a) || needs_grad(g, layer.in[1])));
    layer.out = in_place ? a : add_value(g, s.out, grad);
    add_memory(g, &layer, &s);
    if (nb_graph_failed(g)) return 0;
    mark_values(g, &layer, &s);
    g->layers[g->n_layers++] = layer;
    return layer.out;
}

static nb_layer layer_of(nb_module module, nb_value a, nb_value b)
{
    return (nb_layer){.in = {a, b}, .plus = -1, .module = module, .saved = -1};
}

nb_value nb_graph_layer(nb_graph *g, const nb_layer_kind *kind, nb_value in)
{
    if (nb_graph_failed(g)) return 0;
    if (kind->folds == NB_FOLD_RELU && can_fold(g, kind, in)) {
        g->layers[g->n_layers - 1].relu = true;
        return in;
    }
    return add_layer(g, kind, layer_of(no_module, in, -1), (nb_layer_spec){0});
}

nb_value nb_graph_layer_of_two(nb_graph *g, const nb_layer_kind *kind, nb_value a, nb_value b)
{
    if (nb_graph_failed(g)) return 0;
    return add_layer(g, kind, layer_of(no_module, a, b), (nb_layer_spec){0});
}

static nb_value apply(nb_graph *g, nb_module module, nb_value in)
{
    const nb_param *w = &g->params[module.weight];
    const nb_layer_spec s = {.weight_in = w->in, .weight_out = w->cols, .taps = w->taps};
    return add_layer(g, module.kind, layer_of(module, in, -1), s);
}

nb_value nb_graph_apply(nb_graph *g, nb_module module, nb_value in)
{
    if (nb_graph_failed(g)) return 0;
    return module.kind ? apply(g, module, in) : in;
}

nb_value nb_graph_classes(nb_graph *g, nb_module embedding)
{
    if (nb_graph_failed(g)) return 0;
    g->classes = g->params[embedding.weight].rows;
    return apply(g, embedding, -1);
}

nb_value nb_graph_skip(nb_graph *g, nb_value a, nb_value b)
{
    const nb_value out = nb_graph_concat(g, a, b);
    if (!nb_graph_failed(g)) g->layers[g->n_layers - 1].skip = g->has_skips = true;
    return out;
}

nb_value nb_graph_sinusoidal(nb_graph *g, nb_value t, size_t features)
{
    if (nb_graph_failed(g)) return 0;
    return add_layer(g, &nb_sinusoidal_layer, layer_of(no_module, t, -1),
                     (nb_layer_spec){.features = features});
}
