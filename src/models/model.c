/* model.c - the public face of the networks. */
#include "models/model.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

nb_model_config nb_model_default(nb_model_kind kind)
{
    return (nb_model_config){
        .kind = kind, .input_dim = 2, .hidden_dim = 128, .time_dim = 32, .max_batch = 128};
}

static nb_status check_size(const char *name, int value, int most, nb_error *err)
{
    if (value >= 1 && value <= most) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT, "%s = %d: it takes 1 to %d", name, value, most);
}

static nb_status check_config(const nb_model_config *c, nb_error *err)
{
    if (c->kind != NB_SIMPLE_NOISE_PREDICTOR)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d is no kind of model", (int)c->kind);
    nb_status status = check_size("input_dim", c->input_dim, 1024, err);
    if (status == NB_OK) status = check_size("hidden_dim", c->hidden_dim, 4096, err);
    if (status == NB_OK) status = check_size("time_dim", c->time_dim, 1024, err);
    if (status == NB_OK) status = check_size("max_batch", c->max_batch, 65536, err);
    return status;
}

nb_status nb_model_create(const nb_engine *engine, const nb_model_config *config, nb_rng *init,
                          nb_model **out, nb_error *err)
{
    nb_status status = check_config(config, err);
    if (status != NB_OK) return status;
    nb_model *model = malloc(sizeof *model);
    if (model == NULL) return nb_fail_memory(err, sizeof *model);
    model->config = *config;
    nb_graph_begin(&model->graph, engine, (size_t)config->max_batch);
    status = nb_simple_noise_predictor(&model->graph, config, init, err);
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

nb_model_config nb_model_get_config(const nb_model *model)
{
    return model->config;
}

size_t nb_model_params(const nb_model *model)
{
    return (size_t)model->graph.n_params;
}

nb_param_info nb_model_param_info(const nb_model *model, size_t index)
{
    const nb_param *p = &model->graph.params[index];
    nb_param_info info = {.name = p->name, .rank = p->is_weight ? 2 : 1, .count = p->rows * p->cols};
    info.shape[0] = (int)p->cols;
    info.shape[1] = p->is_weight ? (int)p->rows : 1;
    info.shape[2] = info.shape[3] = 1;
    return info;
}

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
    model->graph.weights_t_stale = true;
}

void nb_model_get_grad(const nb_model *model, size_t index, float *out)
{
    nb_graph_read(&model->graph.params[index], model->graph.grads, out);
}

void nb_model_forward(nb_model *model, size_t n, const float *x, const float *t, float *eps)
{
    nb_graph_forward(&model->graph, n, x, t, eps);
}

nb_status nb_model_backward(nb_model *model, size_t n, const float *d_eps, float *d_x, nb_error *err)
{
    nb_graph *g = &model->graph;
    if (n > g->max_batch)
        return nb_fail(err, NB_ERR_SHAPE, "backward for %zu samples: this model was made for at most %zu", n,
                       g->max_batch);
    if (n == 0 || n != g->last_rows)
        return nb_fail(err, NB_ERR_SHAPE, "backward for %zu samples after a forward pass of %zu", n,
                       g->last_rows);
    nb_graph_backward(g, d_eps, d_x);
    return NB_OK;
}
