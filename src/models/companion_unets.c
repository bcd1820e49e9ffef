/* companion_unets.c - SimpleUNet and ConditionalUNet of the DDPM companion: two convolutions, the time (and the
 * class) added to every pixel, two transposed convolutions. Neither has skips or another size of image. */
#include "models/model.h"

static nb_status build(nb_graph *g, const nb_model_config *c, bool classes, nb_rng *init, nb_error *err)
{
    const size_t in = (size_t)c->in_channels, base = (size_t)c->base_channels;
    const nb_module down1 = nb_graph_conv(g, "down1", in, base, 3);
    const nb_module down2 = nb_graph_conv(g, "down2", base, 2 * base, 3);
    nb_module class_emb = nb_graph_identity();
    if (classes) class_emb = nb_graph_embedding(g, "class_emb", (size_t)c->n_classes + 1, 2 * base);
    const nb_module time_mlp = nb_graph_linear(g, "time_mlp", 1, 2 * base);
    const nb_module up1 = nb_graph_conv_transpose(g, "up1", 2 * base, base);
    const nb_module up2 = nb_graph_conv_transpose(g, "up2", base, in);

    const nb_value x =
        nb_graph_input(g, NB_FROM_X, nb_image((size_t)c->image_height, (size_t)c->image_width, in));
    const nb_value t = nb_graph_input(g, NB_FROM_T, nb_vector(1)); /* the timestep itself */
    nb_value h = nb_graph_name(g, "down1", nb_graph_relu(g, nb_graph_apply(g, down1, x)));
    h = nb_graph_name(g, "down2", nb_graph_relu(g, nb_graph_apply(g, down2, h)));
    h = nb_graph_add_channels(g, h, nb_graph_name(g, "time_emb", nb_graph_apply(g, time_mlp, t)));
    if (classes)
        h = nb_graph_add_channels(g, h, nb_graph_name(g, "class_emb", nb_graph_classes(g, class_emb)));
    h = nb_graph_name(g, "up1", nb_graph_relu(g, nb_graph_apply(g, up1, h)));
    nb_graph_output(g, nb_graph_apply(g, up2, h));
    return nb_graph_finish(g, init, err);
}

nb_status nb_simple_unet(nb_graph *g, const nb_model_config *c, nb_rng *init, nb_error *err)
{
    return build(g, c, false, init, err);
}

nb_status nb_conditional_unet(nb_graph *g, const nb_model_config *c, nb_rng *init, nb_error *err)
{
    return build(g, c, true, init, err);
}
