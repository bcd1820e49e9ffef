/* model.c - the public face of the networks. */
#include "models/model.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

static nb_network_writer *const networks[NB_MODEL_KINDS] = {
    [NB_SIMPLE_NOISE_PREDICTOR] = nb_simple_noise_predictor,
    [NB_MINI_UNET] = nb_mini_unet,
    [NB_SIMPLE_UNET] = nb_simple_unet,
    [NB_CONDITIONAL_UNET] = nb_conditional_unet,
    [NB_CONDITIONAL_DIFFUSION] = nb_conditional_diffusion,
};

/* A model of what was written down, which it takes over, with its text or NULL; on failure both are gone. */
static nb_status build(const nb_engine *engine, nb_network *net, char *text, const nb_model_config *config,
                       nb_rng *init, nb_model **out, nb_error *err)
{
    nb_model *model = malloc(sizeof *model);
    if (model == NULL) {
        free(text);
        nb_network_destroy(net);
        return nb_fail_memory(err, sizeof *model);
    }
    nb_status status = nb_network_check(net, err);
    if (status == NB_OK) {
        *model = (nb_model){.config = *config, .network = net, .text = text};
        nb_graph_begin(&model->graph, engine, (size_t)config->max_batch);
        status = nb_network_lower(net, &model->graph, init, err);
    }
    if (status != NB_OK) {
        free(model);
        free(text);
        nb_network_destroy(net);
        return status;
    }
    *out = model;
    return NB_OK;
}

nb_status nb_model_create(const nb_engine *engine, const nb_model_config *config, nb_rng *init,
                          nb_model **out, nb_error *err)
{
    nb_network *net;
    nb_status status = nb_model_check(config, err);
    if (status == NB_OK) status = nb_network_create(&net, err);
    if (status != NB_OK) return status;
    networks[config->kind](net, config);
    return build(engine, net, NULL, config, init, out, err);
}

/* What only a whole network shows. */
static nb_status check_whole(const nb_network *net, int max_batch, nb_error *err)
{
    const nb_status status = nb_network_check(net, err);
    if (status != NB_OK) return status;
    bool x = false;
    for (int i = 0; i < net->n_inputs; i++) x = x || net->inputs[i].kind == NB_INPUT_X;
    if (!x) return nb_fail(err, NB_ERR_ARGUMENT, "a network without the input x");
    if (net->n_outputs == 0) return nb_fail(err, NB_ERR_ARGUMENT, "a network without an output");
    if (net->depth > 0) return nb_fail(err, NB_ERR_ARGUMENT, "a module is entered and not left");
    for (int i = 0; i < net->n_modules; i++) {
        if (net->modules[i].uses == 0 && net->modules[i].kind->weight)
            return nb_fail(err, NB_ERR_ARGUMENT,
                           "%.60s has weights and is not used: leave it out, or use it in forward",
                           net->modules[i].name);
    }
    if (max_batch < 1 || max_batch > 65536)
        return nb_fail(err, NB_ERR_ARGUMENT, "max_batch = %d: it takes 1 to 65536", max_batch);
    return NB_OK;
}

nb_status nb_model_build(const nb_engine *engine, const nb_network *net, int max_batch, nb_rng *init,
                         nb_model **out, nb_error *err)
{
    uint8_t *text = NULL;
    size_t length;
    nb_network *copy = NULL;
    nb_status status = check_whole(net, max_batch, err);
    if (status == NB_OK) status = nb_network_write(net, &text, &length, err);
    if (status == NB_OK) status = nb_network_read((const char *)text, &copy, err);
    if (status != NB_OK) {
        free(text);
        return status;
    }
    const nb_model_config config = {.kind = NB_NETWORK, .max_batch = max_batch};
    return build(engine, copy, (char *)text, &config, init, out, err);
}

void nb_model_destroy(nb_model *model)
{
    if (model == NULL) return;
    nb_graph_free(&model->graph);
    nb_network_destroy(model->network);
    free(model->text);
    free(model);
}

nb_status nb_model_describe(const nb_model *model, uint8_t **out, size_t *size, nb_error *err)
{
    return nb_network_write(model->network, out, size, err);
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
    const nb_graph *g = &model->graph;
    if (g->has_grads)
        nb_graph_read(&g->params[index], g->grads, out);
    else
        memset(out, 0, g->params[index].rows * g->params[index].cols * sizeof *out);
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
        return nb_fail(err, NB_ERR_ARGUMENT, "a %s has no skip connections",
                       nb_model_kind_name(model->config.kind));
    if (g->skips_off == on)
        nb_graph_forget(g, "the skip connections have been switched since the last forward pass");
    g->skips_off = !on;
    return NB_OK;
}

nb_status nb_model_check_denoiser(const nb_model *model, nb_error *err)
{
    const size_t in = nb_model_sample_size(model), out = nb_model_output_size(model);
    if (in != out)
        return nb_fail(err, NB_ERR_SHAPE,
                       "this network gives %zu numbers for a sample of %zu: what denoises gives as many", out,
                       in);
    return NB_OK;
}

nb_status nb_model_check_skips(const nb_model *model, nb_error *err)
{
    if (!model->graph.skips_off) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT,
                   "no gradients while the skip connections are off: switch them on again to train");
}

static nb_status check_tokens(const nb_net_input *in, size_t n, const float *cond, size_t apart,
                              nb_error *err)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < in->shape.channels; k++) {
            const float token = cond[i * apart + k];
            if (token >= 0.0F && token < (float)in->count && (float)(int)token == token) continue;
            return nb_fail(err, NB_ERR_ARGUMENT, "%.60s of sample %zu: token %g; its vocabulary is 0 to %d",
                           in->name, i, (double)token, in->count - 1);
        }
    }
    return NB_OK;
}

nb_status nb_model_check_cond(const nb_model *model, size_t n, const float *cond, nb_error *err)
{
    const nb_network *net = model->network;
    const size_t size = nb_model_cond_size(model);
    if (size > 0 && cond == NULL && n > 0)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "this network takes further inputs, %zu numbers a sample: none are given", size);
    if (cond == NULL) return NB_OK;
    nb_status status = NB_OK;
    for (int i = 0; status == NB_OK && i < net->n_inputs; i++) {
        const nb_net_input *in = &net->inputs[i];
        if (in->kind == NB_INPUT_TOKENS)
            status = check_tokens(in, n, cond + model->graph.inputs[i].at, size, err);
    }
    return status;
}

nb_status nb_model_check_kept_cond(const nb_model *model, size_t n, const float *cond, nb_error *err)
{
    const size_t size = nb_model_cond_size(model);
    if (cond && size == 0)
        return nb_fail(err, NB_ERR_ARGUMENT, "further inputs for a %s: it takes none",
                       nb_model_kind_name(model->config.kind));
    const size_t count = nb_mul(n, size);
    for (size_t i = 0; cond && i < count; i++) {
        if (!isfinite(cond[i]))
            return nb_fail(err, NB_ERR_NONFINITE, "the further inputs of sample %zu are not finite",
                           i / size);
    }
    return nb_model_check_cond(model, n, cond, err);
}

nb_status nb_model_check_inputs(const nb_model *model, size_t n, const nb_inputs *in, nb_error *err)
{
    nb_status status = nb_model_check_labels(model, n, in->labels, true, err);
    if (status == NB_OK) status = nb_model_check_times(model, n, in->t, err);
    return status == NB_OK ? nb_model_check_cond(model, n, in->cond, err) : status;
}

nb_status nb_model_run(nb_model *model, size_t n, const nb_inputs *in, float *out, nb_error *err)
{
    const nb_status status = nb_model_check_inputs(model, n, in, err);
    if (status == NB_OK) nb_graph_forward(&model->graph, n, in, out);
    return status;
}

nb_status nb_model_forward(nb_model *model, size_t n, const float *x, const float *t, const int32_t *labels,
                           float *eps, nb_error *err)
{
    return nb_model_run(model, n, &(nb_inputs){x, t, labels, NULL}, eps, err);
}

nb_status nb_model_predict(nb_model *model, size_t n, const nb_inputs *in, float *out, nb_error *err)
{
    const nb_status status = nb_model_check_inputs(model, n, in, err);
    if (status == NB_OK) nb_graph_predict(&model->graph, n, in, out, NULL);
    return status;
}

bool nb_model_draws(const nb_model *model) { return model->graph.draw_size > 0; }

nb_status nb_model_draw(nb_model *model, size_t n, nb_rng *rng, nb_error *err)
{
    if (n > model->graph.max_batch)
        return nb_fail(err, NB_ERR_SHAPE, "draws for %zu samples: this model was made for at most %zu", n,
                       model->graph.max_batch);
    nb_graph_draw(&model->graph, n, rng);
    return NB_OK;
}

nb_status nb_model_backward(nb_model *model, size_t n, const float *d_eps, float *d_x, nb_error *err)
{
    return nb_model_run_back(model, n, d_eps, d_x, NULL, err);
}

nb_status nb_model_run_back(nb_model *model, size_t n, const float *d_out, float *d_x, float *d_cond,
                            nb_error *err)
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
    nb_graph_backward(g, d_out, d_x, d_cond);
    return NB_OK;
}
