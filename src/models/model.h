/* model.h - a model: its sizes and its graph. */
#ifndef NB_MODELS_MODEL_H
#define NB_MODELS_MODEL_H

#include "models/graph.h"

struct nb_model {
    nb_model_config config;
    nb_graph graph;
};

/* Each network of the course, built onto a graph that has just begun. */
nb_status nb_simple_noise_predictor(nb_graph *g, const nb_model_config *c, nb_rng *init, nb_error *err);

#endif
