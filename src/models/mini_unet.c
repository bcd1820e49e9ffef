/* mini_unet.c - the U-Net of exercises 7 to 9 (after Ronneberger et al. 2015 and Ho et al. 2020): residual
 * blocks at three sizes, each told the time, with skips from the way down to the way up. As an option, which
 * the course names but does not build, the pixels of the smallest size attend to one another. */
#include "models/model.h"

#include <stdio.h>

typedef struct residual_block {
    nb_module conv1, conv2, time_emb, norm1, norm2, shortcut;
} residual_block;

static residual_block make_block(nb_graph *g, const char *name, size_t in, size_t out, size_t time_dim)
{
    static const char *const parts[] = {"conv1", "conv2", "time_emb", "norm1", "norm2", "shortcut"};
    char names[6][48];
    for (int i = 0; i < 6; i++) snprintf(names[i], sizeof names[i], "%s.%s", name, parts[i]);
    residual_block b;
    b.conv1 = nb_graph_conv(g, names[0], in, out, 3);
    b.conv2 = nb_graph_conv(g, names[1], out, out, 3);
    b.time_emb = nb_graph_linear(g, names[2], time_dim, out);
    b.norm1 = nb_graph_group_norm(g, names[3], out);
    b.norm2 = nb_graph_group_norm(g, names[4], out);
    b.shortcut = in == out ? nb_graph_identity() : nb_graph_conv(g, names[5], in, out, 1);
    return b;
}

static nb_value run_block(nb_graph *g, residual_block b, nb_value x, nb_value time)
{
    /* What is added to a norm's output comes before it, so that the norm adds it. */
    const nb_value shift = nb_graph_apply(g, b.time_emb, time);
    nb_value h = nb_graph_apply(g, b.conv1, x);
    h = nb_graph_relu(g, nb_graph_apply(g, b.norm1, h));
    h = nb_graph_apply(g, b.conv2, nb_graph_add_channels(g, h, shift));
    const nb_value skip = nb_graph_apply(g, b.shortcut, x);
    h = nb_graph_relu(g, nb_graph_apply(g, b.norm2, h));
    return nb_graph_add(g, h, skip);
}

typedef struct attention_block {
    nb_module norm, qkv, proj;
} attention_block;

static attention_block make_attention(nb_graph *g, size_t channels)
{
    attention_block b;
    b.norm = nb_graph_group_norm(g, "attention.norm", channels);
    b.qkv = nb_graph_conv(g, "attention.qkv", channels, 3 * channels, 1);
    b.proj = nb_graph_conv(g, "attention.proj", channels, channels, 1);
    return b;
}

static nb_value run_attention(nb_graph *g, attention_block b, nb_value x)
{
    const nb_value qkv = nb_graph_apply(g, b.qkv, nb_graph_apply(g, b.norm, x));
    return nb_graph_add(g, nb_graph_apply(g, b.proj, nb_graph_attention(g, qkv)), x);
}

nb_status nb_mini_unet(nb_graph *g, const nb_model_config *c, nb_rng *init, nb_error *err)
{
    const size_t in = (size_t)c->in_channels, base = (size_t)c->base_channels, time_dim = (size_t)c->time_dim;
    const nb_module time_1 = nb_graph_linear(g, "time_mlp.1", time_dim, 2 * time_dim);
    const nb_module time_3 = nb_graph_linear(g, "time_mlp.3", 2 * time_dim, time_dim);
    const residual_block down1 = make_block(g, "down1", in, base, time_dim);
    const residual_block down2 = make_block(g, "down2", base, 2 * base, time_dim);
    const residual_block bottleneck = make_block(g, "bottleneck", 2 * base, 2 * base, time_dim);
    const residual_block up2 = make_block(g, "up2", 4 * base, 2 * base, time_dim);
    const residual_block up1 = make_block(g, "up1", 3 * base, base, time_dim);
    const nb_module out_conv = nb_graph_conv(g, "out_conv", base, in, 1);
    const nb_module none = nb_graph_identity();
    attention_block attention = {none, none, none};
    if (c->attention)
        attention = make_attention(g, 2 * base); /* last: the draws before it stay the course's */

    const nb_value x =
        nb_graph_input(g, NB_FROM_X, nb_image((size_t)c->image_height, (size_t)c->image_width, in));
    const nb_value t = nb_graph_input(g, NB_FROM_T, nb_vector(1)); /* the timestep itself */
    nb_value time = nb_graph_name(g, "sinusoidal", nb_graph_sinusoidal(g, t, time_dim));
    time = nb_graph_relu(g, nb_graph_apply(g, time_1, time));
    time = nb_graph_name(g, "time_emb", nb_graph_apply(g, time_3, time));

    const nb_value d1 = nb_graph_name(g, "down1", run_block(g, down1, x, time));
    const nb_value d2 = nb_graph_name(g, "down2", run_block(g, down2, nb_graph_max_pool(g, d1), time));
    nb_value middle = run_block(g, bottleneck, nb_graph_max_pool(g, d2), time);
    nb_graph_name(g, "bottleneck", middle);
    if (c->attention) middle = nb_graph_name(g, "attention", run_attention(g, attention, middle));

    nb_value up = run_block(g, up2, nb_graph_skip(g, nb_graph_upsample(g, middle), d2), time);
    nb_graph_name(g, "up2", up);
    up = run_block(g, up1, nb_graph_skip(g, nb_graph_upsample(g, up), d1), time);
    nb_graph_name(g, "up1", up);

    nb_graph_output(g, nb_graph_apply(g, out_conv, up));
    return nb_graph_finish(g, init, err);
}
