/* activations.c - looking into a network: its named intermediate values. */
#include "models/model.h"

#include "base/error.h"

size_t nb_model_activations(const nb_model *model) { return (size_t)model->graph.n_named; }

nb_activation_info nb_model_activation_info(const nb_model *model, size_t index)
{
    const nb_named_value *named = &model->graph.named[index];
    const nb_value_info *v = &model->graph.values[named->value];
    const nb_value_shape s = nb_shape_of((nb_shape){v->height, v->width, v->channels, v->axes});
    return (nb_activation_info){.name = named->name,
                                .rank = s.rank,
                                .shape = {s.shape[0], s.shape[1], s.shape[2]},
                                .count = v->channels * v->height * v->width};
}

nb_status nb_model_activation(nb_model *model, size_t index, size_t n, const nb_inputs *in, float *out,
                              nb_error *err)
{
    nb_graph *g = &model->graph;
    if (index >= nb_model_activations(model))
        return nb_fail(err, NB_ERR_ARGUMENT, "value %zu: this %s has named values 0 to %d", index,
                       nb_model_kind_name(model->config.kind), g->n_named - 1);
    const nb_status status = nb_model_check_inputs(model, n, in, err);
    if (status == NB_OK) nb_graph_activation(g, (int)index, n, in, out);
    return status;
}
