/* mini_unet.c - the U-Net of exercises 7 to 9 (after Ronneberger et al. 2015 and Ho et al. 2020): residual
 * blocks at three sizes, each told the time, with skips from the way down to the way up. As an option, which
 * the course names but does not build, the pixels of the smallest size attend to one another. */
#include "models/lines.h"
#include "models/model.h"

#include <stdio.h>

typedef struct residual_block {
    const char *name;
    int conv1, conv2, time_emb, norm1, norm2, shortcut; /* shortcut: -1 for nn.Identity */
} residual_block;

static residual_block make_block(nb_network *net, const char *name, int in, int out, int time_dim)
{
    static const char *const parts[] = {"conv1", "conv2", "time_emb", "norm1", "norm2", "shortcut"};
    char names[6][48];
    for (int i = 0; i < 6; i++) snprintf(names[i], sizeof names[i], "%s.%s", name, parts[i]);
    residual_block b = {.name = name};
    b.conv1 = nb_line_conv(net, names[0], in, out, 3);
    b.conv2 = nb_line_conv(net, names[1], out, out, 3);
    b.time_emb = nb_line_linear(net, names[2], time_dim, out);
    b.norm1 = nb_line_group_norm(net, names[3], out);
    b.norm2 = nb_line_group_norm(net, names[4], out);
    b.shortcut = in == out ? -1 : nb_line_conv(net, names[5], in, out, 1);
    return b;
}

static int run_block(nb_network *net, residual_block b, int x, int time)
{
    nb_network_enter(net, b.name, "ResidualBlock");
    int h = nb_line_call(net, "ReLU", nb_line_apply(net, b.norm1, nb_line_apply(net, b.conv1, x)));
    h = nb_line_call_2(net, "add", h, nb_line_apply(net, b.time_emb, time));
    h = nb_line_call(net, "ReLU", nb_line_apply(net, b.norm2, nb_line_apply(net, b.conv2, h)));
    h = nb_line_call_2(net, "add", h, b.shortcut < 0 ? x : nb_line_apply(net, b.shortcut, x));
    nb_network_leave(net, h);
    return nb_line_name(net, b.name, h);
}

typedef struct attention_block {
    int norm, qkv, proj;
} attention_block;

static attention_block make_attention(nb_network *net, int channels)
{
    attention_block b;
    b.norm = nb_line_group_norm(net, "attention.norm", channels);
    b.qkv = nb_line_conv(net, "attention.qkv", channels, 3 * channels, 1);
    b.proj = nb_line_conv(net, "attention.proj", channels, channels, 1);
    return b;
}

static int run_attention(nb_network *net, attention_block b, int x)
{
    nb_network_enter(net, "attention", "SelfAttention");
    const int qkv = nb_line_apply(net, b.qkv, nb_line_apply(net, b.norm, x));
    const int h =
        nb_line_call_2(net, "add", nb_line_apply(net, b.proj, nb_line_call(net, "attention", qkv)), x);
    nb_network_leave(net, h);
    return nb_line_name(net, "attention", h);
}

static int upsample(nb_network *net, int h)
{
    return nb_network_call(net, "Upsample", "mode=bilinear", 1, &h);
}

/* t to a vector that every block is told. */
static int embed_time(nb_network *net, int time_dim, int time_1, int time_3, int t)
{
    char s[32];
    snprintf(s, sizeof s, "features=%d", time_dim);
    nb_network_enter(net, "time_mlp", "Sequential");
    int time = nb_line_name(net, "sinusoidal", nb_network_call(net, "sinusoidal", s, 1, &t));
    time = nb_line_call(net, "ReLU", nb_line_apply(net, time_1, time));
    time = nb_line_name(net, "time_emb", nb_line_apply(net, time_3, time));
    nb_network_leave(net, time);
    return time;
}

void nb_mini_unet(nb_network *net, const nb_model_config *c)
{
    const int in = c->in_channels, base = c->base_channels, time_dim = c->time_dim;
    const int time_1 = nb_line_linear(net, "time_mlp.1", time_dim, 2 * time_dim);
    const int time_3 = nb_line_linear(net, "time_mlp.3", 2 * time_dim, time_dim);
    const residual_block down1 = make_block(net, "down1", in, base, time_dim);
    const residual_block down2 = make_block(net, "down2", base, 2 * base, time_dim);
    const residual_block bottleneck = make_block(net, "bottleneck", 2 * base, 2 * base, time_dim);
    const residual_block up2 = make_block(net, "up2", 4 * base, 2 * base, time_dim);
    const residual_block up1 = make_block(net, "up1", 3 * base, base, time_dim);
    const int out_conv = nb_line_conv(net, "out_conv", base, in, 1);
    attention_block attention = {0};
    if (c->attention)
        attention = make_attention(net, 2 * base); /* last: the draws before it stay the course's */

    const int shape[] = {in, c->image_height, c->image_width};
    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, shape);
    const int t = nb_network_input(net, "t", NB_INPUT_TIMESTEP, NB_FEATURES, 0, NULL);
    const int time = embed_time(net, time_dim, time_1, time_3, t);
    const int d1 = run_block(net, down1, x, time);
    const int d2 = run_block(net, down2, nb_line_call(net, "MaxPool2d", d1), time);
    int h = run_block(net, bottleneck, nb_line_call(net, "MaxPool2d", d2), time);
    if (c->attention) h = run_attention(net, attention, h);
    h = run_block(net, up2, nb_line_call_2(net, "cat", upsample(net, h), d2), time);
    h = run_block(net, up1, nb_line_call_2(net, "cat", upsample(net, h), d1), time);
    nb_network_output(net, "eps", nb_line_apply(net, out_conv, h));
}
