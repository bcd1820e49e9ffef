/* conditional_diffusion.c - the network of exercise 10: point, class and time side by side, then four layers. */
#include "models/model.h"

nb_status nb_conditional_diffusion(nb_graph *g, const nb_model_config *c, nb_rng *init, nb_error *err)
{
    const size_t hidden = (size_t)c->hidden_dim, time_dim = (size_t)c->time_dim, dim = (size_t)c->input_dim;
    const nb_module class_embed = nb_graph_embedding(g, "class_embed", (size_t)c->n_classes + 1, hidden);
    const nb_module time_0 = nb_graph_linear(g, "time_embed.0", 1, time_dim);
    const nb_module time_2 = nb_graph_linear(g, "time_embed.2", time_dim, time_dim);
    const nb_module net_0 = nb_graph_linear(g, "net.0", dim + hidden + time_dim, 2 * hidden);
    const nb_module net_2 = nb_graph_linear(g, "net.2", 2 * hidden, 2 * hidden);
    const nb_module net_4 = nb_graph_linear(g, "net.4", 2 * hidden, hidden);
    const nb_module net_6 = nb_graph_linear(g, "net.6", hidden, dim);

    const nb_value x = nb_graph_input(g, NB_FROM_X, nb_vector(dim));
    const nb_value t = nb_graph_input(g, NB_FROM_T, nb_vector(1)); /* t / T */
    nb_value e = nb_graph_relu(g, nb_graph_apply(g, time_0, t));
    e = nb_graph_name(g, "time_emb", nb_graph_apply(g, time_2, e));
    const nb_value label = nb_graph_name(g, "class_emb", nb_graph_classes(g, class_embed));
    nb_value h = nb_graph_concat(g, nb_graph_concat(g, x, label), e);
    h = nb_graph_name(g, "hidden1", nb_graph_relu(g, nb_graph_apply(g, net_0, h)));
    h = nb_graph_name(g, "hidden2", nb_graph_relu(g, nb_graph_apply(g, net_2, h)));
    h = nb_graph_name(g, "hidden3", nb_graph_relu(g, nb_graph_apply(g, net_4, h)));
    nb_graph_output(g, nb_graph_apply(g, net_6, h));
    return nb_graph_finish(g, init, err);
}
