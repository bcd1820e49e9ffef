/* activations.c - looking into a network: its named intermediate values, and skip connections switched off. */
#include "models/model.h"

#include "base/error.h"

#include <assert.h>

nb_value nb_graph_name(nb_graph *g, const char *name, nb_value v)
{
    assert(g->n_named < NB_MOST_NAMED);
    g->named[g->n_named++] = (nb_named_value){name, v, g->n_layers};
    return v;
}

size_t nb_model_activations(const nb_model *model) { return (size_t)model->graph.n_named; }

nb_activation_info nb_model_activation_info(const nb_model *model, size_t index)
{
    const nb_named_value *named = &model->graph.named[index];
    const nb_value_info *v = &model->graph.values[named->value];
    const bool vector = v->height == 1 && v->width == 1;
    return (nb_activation_info){.name = named->name,
                                .rank = vector ? 1 : 3,
                                .shape = {(int)v->channels, (int)v->height, (int)v->width},
                                .count = v->channels * v->height * v->width};
}

nb_status nb_model_activation(nb_model *model, size_t index, size_t n, const float *x, const float *t,
                              const int32_t *labels, float *out, nb_error *err)
{
    nb_graph *g = &model->graph;
    if (index >= nb_model_activations(model))
        return nb_fail(err, NB_ERR_ARGUMENT, "value %zu: this %s has named values 0 to %d", index,
                       nb_model_kind_name(model->config.kind), g->n_named - 1);
    nb_status status = nb_model_check_labels(model, n, labels, true, err);
    if (status == NB_OK) status = nb_model_check_times(model, n, t, err);
    if (status != NB_OK) return status;
    /* The layers up to the one that made the value are a network of their own, whose output it is. */
    const nb_value eps = g->eps;
    const int n_layers = g->n_layers;
    g->eps = g->named[index].value;
    g->n_layers = g->named[index].layers;
    nb_graph_forward(g, n, x, t, labels, out);
    g->eps = eps;
    g->n_layers = n_layers;
    g->last_rows = 0;
    return NB_OK;
}

nb_status nb_model_set_skips(nb_model *model, bool on, nb_error *err)
{
    nb_graph *g = &model->graph;
    if (!g->has_skips)
        return nb_fail(err, NB_ERR_ARGUMENT, "a %s has no skip connections: only mini-unet has",
                       nb_model_kind_name(model->config.kind));
    if (g->skips_off == on) g->last_rows = 0; /* the last forward pass was another network's */
    g->skips_off = !on;
    return NB_OK;
}

nb_status nb_model_check_skips(const nb_model *model, nb_error *err)
{
    if (!model->graph.skips_off) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT,
                   "no gradients while the skip connections are off: switch them on again to train");
}
