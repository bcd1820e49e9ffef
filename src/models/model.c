/* model.c - the public face of the networks. */
#include "models/model.h"

#include "base/error.h"

#include <stdlib.h>

static nb_network *const networks[NB_MODEL_KINDS] = {
    [NB_SIMPLE_NOISE_PREDICTOR] = nb_simple_noise_predictor,
    [NB_MINI_UNET] = nb_mini_unet,
    [NB_SIMPLE_UNET] = nb_simple_unet,
    [NB_CONDITIONAL_UNET] = nb_conditional_unet,
    [NB_CONDITIONAL_DIFFUSION] = nb_conditional_diffusion,
};

nb_status nb_model_create(const nb_engine *engine, const nb_model_config *config, nb_rng *init,
                          nb_model **out, nb_error *err)
{
    nb_status status = nb_model_check(config, err);
    if (status != NB_OK) return status;
    nb_model *model = malloc(sizeof *model);
    if (model == NULL) return nb_fail_memory(err, sizeof *model);
    model->config = *config;
    model->training = (nb_training){0};
    nb_graph_begin(&model->graph, engine, (size_t)config->max_batch);
    status = networks[config->kind](&model->graph, config, init, err);
    if (status != NB_OK) {
        free(model);
        return status;
    }
    *out = model;
    return NB_OK;
}

void nb_model_destroy(nb_model *model)
{
    if (model == NULL) return;
    nb_graph_free(&model->graph);
    free(model);
}

nb_model_config nb_model_get_config(const nb_model *model) { return model->config; }

size_t nb_model_params(const nb_model *model) { return (size_t)model->graph.n_params; }

nb_param_info nb_model_param_info(const nb_model *model, size_t index)
{
    return nb_graph_param_info(&model->graph.params[index]);
}

size_t nb_model_memory(const nb_model *model) { return sizeof *model + model->graph.bytes; }

size_t nb_model_param_count(const nb_model *model)
{
    size_t count = 0;
    for (size_t i = 0; i < nb_model_params(model); i++) count += nb_model_param_info(model, i).count;
    return count;
}

void nb_model_get_param(const nb_model *model, size_t index, float *out)
{
    nb_graph_read(&model->graph.params[index], model->graph.weights, out);
}

void nb_model_set_param(nb_model *model, size_t index, const float *values)
{
    nb_graph_write(&model->graph.params[index], model->graph.weights, values);
    nb_graph_weights_changed(&model->graph);
}

void nb_model_get_grad(const nb_model *model, size_t index, float *out)
{
    nb_graph_read(&model->graph.params[index], model->graph.grads, out);
}

nb_status nb_model_check_labels(const nb_model *model, size_t n, const int32_t *labels, bool no_class,
                                nb_error *err)
{
    const int classes = nb_model_classes(model), most = no_class ? classes : classes - 1;
    if (labels && classes == 0)
        return nb_fail(err, NB_ERR_ARGUMENT, "labels for a %s: it has no classes",
                       nb_model_kind_name(model->config.kind));
    for (size_t i = 0; labels && i < n; i++) {
        if (labels[i] >= 0 && labels[i] <= most) continue;
        if (!no_class)
            return nb_fail(err, NB_ERR_ARGUMENT, "label %d of sample %zu: training takes 0 to %d",
                           (int)labels[i], i, most);
        return nb_fail(err, NB_ERR_ARGUMENT, "label %d of sample %zu: it takes 0 to %d, %d being no class",
                       (int)labels[i], i, most, most);
    }
    return NB_OK;
}

nb_status nb_model_set_skips(nb_model *model, bool on, nb_error *err)
{
    nb_graph *g = &model->graph;
    if (!g->has_skips)
        return nb_fail(err, NB_ERR_ARGUMENT, "a %s has no skip connections: only mini-unet has",
                       nb_model_kind_name(model->config.kind));
    if (g->skips_off == on)
        nb_graph_forget(g, "the skip connections have been switched since the last forward pass");
    g->skips_off = !on;
    return NB_OK;
}

nb_status nb_model_check_skips(const nb_model *model, nb_error *err)
{
    if (!model->graph.skips_off) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT,
                   "no gradients while the skip connections are off: switch them on again to train");
}

nb_status nb_model_forward(nb_model *model, size_t n, const float *x, const float *t, const int32_t *labels,
                           float *eps, nb_error *err)
{
    nb_status status = nb_model_check_labels(model, n, labels, true, err);
    if (status == NB_OK) status = nb_model_check_times(model, n, t, err);
    if (status == NB_OK) nb_graph_forward(&model->graph, n, &(nb_inputs){x, t, labels, NULL}, eps);
    return status;
}

nb_status nb_model_predict(nb_model *model, size_t n, const float *x, const float *t, const int32_t *labels,
                           float *eps, nb_error *err)
{
    nb_status status = nb_model_check_labels(model, n, labels, true, err);
    if (status == NB_OK) status = nb_model_check_times(model, n, t, err);
    if (status == NB_OK) nb_graph_predict(&model->graph, n, &(nb_inputs){x, t, labels, NULL}, eps);
    return status;
}

nb_status nb_model_backward(nb_model *model, size_t n, const float *d_eps, float *d_x, nb_error *err)
{
    nb_graph *g = &model->graph;
    const nb_status status = nb_model_check_skips(model, err);
    if (status != NB_OK) return status;
    if (n > g->max_batch)
        return nb_fail(err, NB_ERR_SHAPE, "backward for %zu samples: this model was made for at most %zu", n,
                       g->max_batch);
    if (g->last_rows == 0)
        return nb_fail(err, NB_ERR_SHAPE, "backward for %zu samples: %s", n, g->no_backward);
    if (n != g->last_rows)
        return nb_fail(err, NB_ERR_SHAPE, "backward for %zu samples after a forward pass of %zu", n,
                       g->last_rows);
    nb_graph_backward(g, d_eps, d_x, NULL);
    return NB_OK;
}
