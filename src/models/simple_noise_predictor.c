/* simple_noise_predictor.c - the network of exercises 4 to 6: a time embedding beside the point, then four
 * layers. */
#include "models/model.h"

nb_status nb_simple_noise_predictor(nb_graph *g, const nb_model_config *c, nb_rng *init, nb_error *err)
{
    const size_t hidden = (size_t)c->hidden_dim, time_dim = (size_t)c->time_dim, dim = (size_t)c->input_dim;
    const nb_value x = nb_graph_input(g, dim, true);
    const nb_value t = nb_graph_input(g, 1, false); /* t / T */

    nb_value e = nb_graph_relu(g, nb_graph_linear(g, t, "time_embed.0", time_dim));
    e = nb_graph_linear(g, e, "time_embed.2", time_dim);

    nb_value h = nb_graph_concat(g, x, e);
    h = nb_graph_relu(g, nb_graph_linear(g, h, "net.0", hidden));
    h = nb_graph_relu(g, nb_graph_linear(g, h, "net.2", hidden));
    h = nb_graph_relu(g, nb_graph_linear(g, h, "net.4", hidden));
    const nb_value eps = nb_graph_linear(g, h, "net.6", dim);

    return nb_graph_finish(g, x, t, eps, init, err);
}
