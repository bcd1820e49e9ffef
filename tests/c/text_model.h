/* text_model.h - a model of a network that a test writes down. */
#ifndef NB_TESTS_TEXT_MODEL_H
#define NB_TESTS_TEXT_MODEL_H

#include "check.h"
#include "models/model.h"

static inline nb_model *text_model(const nb_engine *engine, const char *text, int max_batch, nb_rng *init)
{
    nb_network *net;
    nb_model *model;
    nb_error err = {0};
    REQUIRE(nb_network_read(text, &net, &err) == NB_OK, "%s\n%s", err.message, text);
    REQUIRE(nb_model_build(engine, net, max_batch, init, &model, &err) == NB_OK, "%s\n%s", err.message, text);
    nb_network_destroy(net);
    return model;
}

#endif
