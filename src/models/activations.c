/* activations.c - looking into a network: its named intermediate values. */
#include "models/model.h"

#include "base/error.h"

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
    nb_graph_activation(g, (int)index, n, &(nb_inputs){x, t, labels, NULL}, out);
    return NB_OK;
}
