/* simple_noise_predictor.c - the network of exercises 4 to 6: a time embedding beside the point, then four
 * layers. */
#include "models/model.h"

nb_status nb_simple_noise_predictor(nb_graph *g, const nb_model_config *c, nb_rng *init, nb_error *err)
{
    const size_t hidden = (size_t)c->hidden_dim, time_dim = (size_t)c->time_dim, dim = (size_t)c->input_dim;
    const nb_module time_0 = nb_graph_linear(g, "time_embed.0", 1, time_dim);
    const nb_module time_2 = nb_graph_linear(g, "time_embed.2", time_dim, time_dim);
    const nb_module net_0 = nb_graph_linear(g, "net.0", dim + time_dim, hidden);
    const nb_module net_2 = nb_graph_linear(g, "net.2", hidden, hidden);
    const nb_module net_4 = nb_graph_linear(g, "net.4", hidden, hidden);
    const nb_module net_6 = nb_graph_linear(g, "net.6", hidden, dim);

    const nb_value x = nb_graph_input(g, NB_FROM_X, nb_vector(dim));
    const nb_value t = nb_graph_input(g, NB_FROM_T, nb_vector(1)); /* t / T */
    nb_value e = nb_graph_relu(g, nb_graph_apply(g, time_0, t));
    e = nb_graph_name(g, "time_emb", nb_graph_apply(g, time_2, e));
    nb_value h = nb_graph_concat(g, x, e);
    h = nb_graph_name(g, "hidden1", nb_graph_relu(g, nb_graph_apply(g, net_0, h)));
    h = nb_graph_name(g, "hidden2", nb_graph_relu(g, nb_graph_apply(g, net_2, h)));
    h = nb_graph_name(g, "hidden3", nb_graph_relu(g, nb_graph_apply(g, net_4, h)));
    nb_graph_output(g, nb_graph_apply(g, net_6, h));
    return nb_graph_finish(g, init, err);
}
