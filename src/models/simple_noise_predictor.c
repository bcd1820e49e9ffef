/* simple_noise_predictor.c - the network of exercises 4 to 6: a time embedding beside the point, then four
 * layers. */
#include "models/lines.h"
#include "models/model.h"

void nb_simple_noise_predictor(nb_network *net, const nb_model_config *c)
{
    const int hidden = c->hidden_dim, time_dim = c->time_dim, dim = c->input_dim;
    const int time_0 = nb_line_linear(net, "time_embed.0", 1, time_dim);
    const int time_2 = nb_line_linear(net, "time_embed.2", time_dim, time_dim);
    const int net_0 = nb_line_linear(net, "net.0", dim + time_dim, hidden);
    const int net_2 = nb_line_linear(net, "net.2", hidden, hidden);
    const int net_4 = nb_line_linear(net, "net.4", hidden, hidden);
    const int net_6 = nb_line_linear(net, "net.6", hidden, dim);

    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_FEATURES, 1, &dim);
    const int t = nb_network_input(net, "t", NB_INPUT_FRACTION, NB_FEATURES, 0, NULL);
    nb_network_enter(net, "time_embed", "Sequential");
    int e = nb_line_call(net, "ReLU", nb_line_apply(net, time_0, t));
    e = nb_line_name(net, "time_emb", nb_line_apply(net, time_2, e));
    nb_network_leave(net, e);
    int h = nb_line_call_2(net, "cat", x, e);
    nb_network_enter(net, "net", "Sequential");
    h = nb_line_name(net, "hidden1", nb_line_call(net, "ReLU", nb_line_apply(net, net_0, h)));
    h = nb_line_name(net, "hidden2", nb_line_call(net, "ReLU", nb_line_apply(net, net_2, h)));
    h = nb_line_name(net, "hidden3", nb_line_call(net, "ReLU", nb_line_apply(net, net_4, h)));
    h = nb_line_apply(net, net_6, h);
    nb_network_leave(net, h);
    nb_network_output(net, "eps", h);
}
