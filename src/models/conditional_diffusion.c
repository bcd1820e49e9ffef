/* conditional_diffusion.c - the network of exercise 10: point, class and time side by side, then four layers. */
#include "models/lines.h"
#include "models/model.h"

void nb_conditional_diffusion(nb_network *net, const nb_model_config *c)
{
    const int hidden = c->hidden_dim, time_dim = c->time_dim, dim = c->input_dim;
    const int class_embed = nb_line_embedding(net, "class_embed", c->n_classes + 1, hidden);
    const int time_0 = nb_line_linear(net, "time_embed.0", 1, time_dim);
    const int time_2 = nb_line_linear(net, "time_embed.2", time_dim, time_dim);
    const int net_0 = nb_line_linear(net, "net.0", dim + hidden + time_dim, 2 * hidden);
    const int net_2 = nb_line_linear(net, "net.2", 2 * hidden, 2 * hidden);
    const int net_4 = nb_line_linear(net, "net.4", 2 * hidden, hidden);
    const int net_6 = nb_line_linear(net, "net.6", hidden, dim);

    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_FEATURES, 1, &dim);
    const int t = nb_network_input(net, "t", NB_INPUT_FRACTION, NB_FEATURES, 0, NULL);
    const int label = nb_network_input(net, "label", NB_INPUT_LABELS, NB_FEATURES, 1, &c->n_classes);
    nb_network_enter(net, "time_embed", "Sequential");
    int e = nb_line_call(net, "ReLU", nb_line_apply(net, time_0, t));
    e = nb_line_name(net, "time_emb", nb_line_apply(net, time_2, e));
    nb_network_leave(net, e);
    const int of_class = nb_line_name(net, "class_emb", nb_line_apply(net, class_embed, label));
    int h = nb_line_call_2(net, "cat", nb_line_call_2(net, "cat", x, of_class), e);
    nb_network_enter(net, "net", "Sequential");
    h = nb_line_name(net, "hidden1", nb_line_call(net, "ReLU", nb_line_apply(net, net_0, h)));
    h = nb_line_name(net, "hidden2", nb_line_call(net, "ReLU", nb_line_apply(net, net_2, h)));
    h = nb_line_name(net, "hidden3", nb_line_call(net, "ReLU", nb_line_apply(net, net_4, h)));
    h = nb_line_apply(net, net_6, h);
    nb_network_leave(net, h);
    nb_network_output(net, "eps", h);
}
