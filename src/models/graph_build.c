/* graph_build.c - building a graph: its values, and its layers in the order of PyTorch's forward. */
#include "models/graph.h"

#include <assert.h>

void nb_graph_begin(nb_graph *g, const nb_engine *engine, size_t max_batch)
{
    memset(g, 0, sizeof *g);
    g->engine = engine;
    g->max_batch = max_batch;
    g->lane_rows = (max_batch + NB_LANES - 1) / NB_LANES;
}

static nb_value add_value(nb_graph *g, size_t height, size_t width, size_t channels, bool needs_grad)
{
    assert(g->n_values < NB_MOST_VALUES);
    const bool vector = height == 1 && width == 1;
    g->values[g->n_values] = (nb_value_info){.height = height,
                                             .width = width,
                                             .channels = channels,
                                             .pixel = vector ? nb_stride(channels) : nb_padded(channels),
                                             .needs_grad = needs_grad,
                                             .inside = -1};
    return g->n_values++;
}

/* A value of the size of `in`, with as many channels. */
static nb_value like(nb_graph *g, nb_value in, size_t channels, bool needs_grad)
{
    return add_value(g, g->values[in].height, g->values[in].width, channels, needs_grad);
}

nb_value nb_graph_input(nb_graph *g, size_t width, bool needs_grad)
{
    return add_value(g, 1, 1, width, needs_grad);
}

nb_value nb_graph_image(nb_graph *g, size_t height, size_t width, size_t channels)
{
    g->images = true;
    return add_value(g, height, width, channels, true);
}

static nb_layer *add_layer(nb_graph *g, nb_layer_fn *forward, nb_layer_fn *backward, nb_value a, nb_value b,
                           nb_value out)
{
    assert(g->n_layers < NB_MOST_LAYERS);
    nb_layer *layer = &g->layers[g->n_layers++];
    *layer = (nb_layer){.forward = forward,
                        .backward = backward,
                        .in = {a, b},
                        .out = out,
                        .plus = -1,
                        .module = nb_graph_identity(),
                        .saved = -1};
    return layer;
}

static nb_value apply_linear(nb_graph *g, nb_module module, nb_value in)
{
    const nb_value out = add_value(g, 1, 1, g->params[module.weight].cols, true);
    nb_layer *layer = add_layer(g, nb_linear_forward, nb_linear_backward, in, -1, out);
    layer->gradient = nb_linear_gradient;
    layer->module = module;
    return out;
}

static nb_value apply_conv(nb_graph *g, nb_module module, nb_value in)
{
    const nb_value out = like(g, in, g->params[module.weight].cols, true);
    nb_layer *layer = add_layer(g, nb_conv_forward, nb_conv_backward, in, -1, out);
    layer->gradient = nb_conv_gradient;
    layer->module = module;
    nb_param *w = &g->params[module.weight];
    if (w->taps == 1) return out;
    const size_t height = g->values[in].height, width = g->values[in].width;
    g->values[in].halo = g->values[out].grad_halo = true;
    w->winograd = nb_winograd_fits(height, width, w->in, w->cols);
    const size_t work = w->winograd ? nb_winograd_work(height, width, w->in, w->cols)
                                    : nb_conv_work(width, w->in > w->cols ? w->in : w->cols);
    g->work_floats = work > g->work_floats ? work : g->work_floats;
    if (w->winograd) {
        layer->forward = nb_winograd_forward;
        layer->backward = nb_winograd_backward;
        layer->gradient = nb_winograd_gradient;
    }
    return out;
}

static nb_value apply_group_norm(nb_graph *g, nb_module module, nb_value in)
{
    const size_t channels = g->values[in].channels;
    const nb_value out = like(g, in, channels, true);
    nb_layer *layer = add_layer(g, nb_group_norm_forward, nb_group_norm_backward, in, -1, out);
    layer->gradient = nb_group_norm_gradient;
    layer->module = module;
    layer->saved = add_value(g, 1, 1, nb_group_norm_saved(channels), false);
    g->values[layer->saved].read_back = true;
    return out;
}

nb_value nb_graph_apply(nb_graph *g, nb_module module, nb_value in)
{
    if (module.weight < 0) return in;
    const nb_param *w = &g->params[module.weight];
    g->values[in].read_back = true;
    assert(w->kind != NB_PARAM_EMBEDDING);
    assert((w->kind == NB_PARAM_NORM ? w->cols : w->in) == g->values[in].channels);
    if (w->kind == NB_PARAM_LINEAR) return apply_linear(g, module, in);
    if (w->kind == NB_PARAM_NORM) return apply_group_norm(g, module, in);
    return apply_conv(g, module, in);
}

nb_value nb_graph_classes(nb_graph *g, nb_module embedding)
{
    const nb_param *w = &g->params[embedding.weight];
    const nb_value out = add_value(g, 1, 1, w->cols, true);
    nb_layer *layer = add_layer(g, nb_embedding_forward, NULL, -1, -1, out);
    layer->gradient = nb_embedding_gradient;
    layer->module = embedding;
    g->classes = w->rows;
    return out;
}

nb_value nb_graph_relu(nb_graph *g, nb_value in)
{
    nb_layer *last = g->n_layers ? &g->layers[g->n_layers - 1] : NULL;
    if (last && last->out == in && last->forward == nb_group_norm_forward) {
        /* Folded into the norm, which finds the signs again: what follows may overwrite the value. */
        last->forward = nb_group_norm_relu_forward;
        last->gradient = nb_group_norm_relu_gradient;
        return in;
    }
    assert(!g->values[in].read_back);
    add_layer(g, nb_relu_forward, nb_relu_backward, in, -1, in);
    g->values[in].read_back = true;
    return in;
}

nb_value nb_graph_silu(nb_graph *g, nb_value in)
{
    const nb_value out = like(g, in, g->values[in].channels, g->values[in].needs_grad);
    add_layer(g, nb_silu_forward, nb_silu_backward, in, -1, out);
    g->values[in].read_back = true;
    return out;
}

nb_value nb_graph_max_pool(nb_graph *g, nb_value in)
{
    const nb_value_info *v = &g->values[in];
    const nb_value out = add_value(g, v->height / 2, v->width / 2, v->channels, v->needs_grad);
    add_layer(g, nb_max_pool_forward, nb_max_pool_backward, in, -1, out);
    g->values[in].read_back = true;
    return out;
}

nb_value nb_graph_upsample(nb_graph *g, nb_value in)
{
    const nb_value_info *v = &g->values[in];
    const nb_value out = add_value(g, 2 * v->height, 2 * v->width, v->channels, v->needs_grad);
    add_layer(g, nb_upsample_forward, nb_upsample_backward, in, -1, out);
    return out;
}

nb_value nb_graph_attention(nb_graph *g, nb_value qkv)
{
    const size_t channels = g->values[qkv].channels / 3, n = g->values[qkv].height * g->values[qkv].width;
    assert(g->values[qkv].channels % (3 * NB_PAD) == 0);
    const nb_value out = like(g, qkv, channels, true);
    nb_layer *layer = add_layer(g, nb_attention_forward, nb_attention_backward, qkv, -1, out);
    layer->saved = add_value(g, 1, 1, nb_attention_saved(n, channels), false);
    g->values[qkv].read_back = g->values[layer->saved].read_back = true;
    return out;
}

nb_value nb_graph_concat(nb_graph *g, nb_value a, nb_value b)
{
    const nb_value_info *p = &g->values[a], *q = &g->values[b];
    assert(p->height == q->height && p->width == q->width);
    const nb_value out = like(g, a, p->channels + q->channels, p->needs_grad || q->needs_grad);
    add_layer(g, nb_concat_forward, nb_concat_backward, a, b, out);
    return out;
}

nb_value nb_graph_skip(nb_graph *g, nb_value a, nb_value b)
{
    const nb_value out = nb_graph_concat(g, a, b);
    g->layers[g->n_layers - 1].skip = g->has_skips = true;
    return out;
}

static bool is_norm(const nb_layer *l)
{
    return l->forward == nb_group_norm_forward || l->forward == nb_group_norm_relu_forward;
}

/* In place of `a` unless backward needs a as it is. */
static nb_value sum(nb_graph *g, nb_layer_fn *forward, nb_layer_fn *backward, nb_value a, nb_value b)
{
    const nb_value_info *p = &g->values[a], *q = &g->values[b];
    assert(p->channels == q->channels);
    const bool in_place = !p->read_back && p->needs_grad;
    const nb_value out = in_place ? a : like(g, a, p->channels, p->needs_grad || q->needs_grad);
    nb_layer *last = g->n_layers ? &g->layers[g->n_layers - 1] : NULL;
    const bool folded = in_place && last && last->out == a && is_norm(last) && last->plus < 0;
    if (folded) last->plus = b; /* forward saves a pass over memory; backward has two layers still */
    add_layer(g, folded ? NULL : forward, backward, a, b, out);
    return out;
}

nb_value nb_graph_add(nb_graph *g, nb_value a, nb_value b)
{
    return sum(g, nb_add_forward, nb_add_backward, a, b);
}

nb_value nb_graph_add_channels(nb_graph *g, nb_value a, nb_value vector)
{
    return sum(g, nb_add_channels_forward, nb_add_channels_backward, a, vector);
}

nb_value nb_graph_sinusoidal(nb_graph *g, nb_value t, size_t features)
{
    const nb_value out = add_value(g, 1, 1, features, false);
    add_layer(g, nb_sinusoidal_forward, NULL, t, -1, out);
    return out;
}
