/* companion_unets.c - SimpleUNet and ConditionalUNet of the DDPM companion: two convolutions, the time (and the
 * class) added to every pixel, two transposed convolutions. Neither has skips or another size of image. */
#include "models/lines.h"
#include "models/model.h"

static void write(nb_network *net, const nb_model_config *c, bool classes)
{
    const int in = c->in_channels, base = c->base_channels, shape[] = {in, c->image_height, c->image_width};
    const int down1 = nb_line_conv(net, "down1", in, base, 3);
    const int down2 = nb_line_conv(net, "down2", base, 2 * base, 3);
    const int class_emb = classes ? nb_line_embedding(net, "class_emb", c->n_classes + 1, 2 * base) : -1;
    const int time_mlp = nb_line_linear(net, "time_mlp", 1, 2 * base);
    const int up1 = nb_line_conv_transpose(net, "up1", 2 * base, base);
    const int up2 = nb_line_conv_transpose(net, "up2", base, in);

    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, shape);
    const int t = nb_network_input(net, "t", NB_INPUT_TIMESTEP, NB_FEATURES, 0, NULL);
    const int label =
        classes ? nb_network_input(net, "label", NB_INPUT_LABELS, NB_FEATURES, 1, &c->n_classes) : -1;
    int h = nb_line_name(net, "down1", nb_line_call(net, "ReLU", nb_line_apply(net, down1, x)));
    h = nb_line_name(net, "down2", nb_line_call(net, "ReLU", nb_line_apply(net, down2, h)));
    h = nb_line_call_2(net, "add", h, nb_line_name(net, "time_emb", nb_line_apply(net, time_mlp, t)));
    if (classes)
        h = nb_line_call_2(net, "add", h,
                           nb_line_name(net, "class_emb", nb_line_apply(net, class_emb, label)));
    h = nb_line_name(net, "up1", nb_line_call(net, "ReLU", nb_line_apply(net, up1, h)));
    nb_network_output(net, "eps", nb_line_apply(net, up2, h));
}

void nb_simple_unet(nb_network *net, const nb_model_config *c) { write(net, c, false); }

void nb_conditional_unet(nb_network *net, const nb_model_config *c) { write(net, c, true); }
