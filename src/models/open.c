/* open.c - the model of a file of weights, whichever it is. */
#include "models/checkpoint.h"
#include "models/training.h"

#include "base/error.h"

#include <stdlib.h>

/* A network by its graph; *out stays NULL for a file of another kind. */
static nb_status build(const nb_engine *engine, const nb_safetensors *st, int max_batch, nb_rng *init,
                       nb_model **out, nb_error *err)
{
    const char *kind = nb_safetensors_note(st, "model");
    if (kind == NULL || strcmp(kind, nb_model_kind_name(NB_NETWORK)) != 0) return NB_OK;
    char *text;
    nb_network *net = NULL;
    nb_error why;
    nb_status status = nb_safetensors_graph(st, &text, err);
    if (status == NB_OK && text == NULL)
        return nb_fail(err, NB_ERR_FORMAT,
                       "the record says that these are weights of a network, and has no graph");
    if (status != NB_OK) return status;
    status = nb_network_read(text, &net, &why);
    free(text);
    if (status == NB_OK) status = nb_model_build(engine, net, max_batch, init, out, &why);
    nb_network_destroy(net);
    if (status == NB_OK || status == NB_ERR_MEMORY)
        return status == NB_OK ? NB_OK : nb_fail(err, status, "%s", why.message);
    return nb_fail(err, NB_ERR_FORMAT, "the graph in this file is damaged: %.200s", why.message);
}

static nb_status create(const nb_engine *engine, const uint8_t *file, size_t size, int max_batch,
                        nb_rng *init, nb_model **out, nb_error *err)
{
    nb_model_kind kind;
    nb_model_config config;
    nb_status status = nb_model_kind_of(file, size, &kind, err);
    if (status == NB_OK) status = nb_model_config_of(kind, file, size, &config, err);
    if (status != NB_OK) return status;
    config.max_batch = max_batch;
    return nb_model_create(engine, &config, init, out, err);
}

nb_status nb_model_open(const nb_engine *engine, const uint8_t *file, size_t size, int max_batch,
                        nb_model **out, nb_error *err)
{
    nb_safetensors *st = NULL;
    nb_rng *rng = NULL;
    nb_model *model = NULL;
    if (max_batch < 1 || max_batch > 65536)
        return nb_fail(err, NB_ERR_ARGUMENT, "max_batch = %d: it takes 1 to 65536", max_batch);
    nb_status status = nb_checkpoint_open(file, size, &st, err);
    if (status == NB_OK) status = nb_rng_create(0, &rng, err);
    if (status == NB_OK) status = build(engine, st, max_batch, rng, &model, err);
    free(st);
    if (status == NB_OK && model == NULL) status = create(engine, file, size, max_batch, rng, &model, err);
    if (status == NB_OK) status = nb_model_load(model, file, size, err);
    nb_rng_destroy(rng);
    if (status == NB_OK)
        *out = model;
    else
        nb_model_destroy(model);
    return status;
}
