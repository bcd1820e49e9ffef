/* latents_networks.c - lesson 14's networks, as its classes write them by lab.nn: modules first, in the order of their fields,
 * then what forward does with them. */
#include "cli/exercises/latents.h"
#include "models/lines.h"

#include <stdio.h>

enum { MOST_LAYERS = 13, MOST_NAME = 32 };

typedef struct layer {
    const char *kind, *settings;
} layer;

/* An nn.Sequential and its modules. */
typedef struct sequence {
    const char *name;
    int count, modules[MOST_LAYERS];
} sequence;

#define LAYERS(list) (sizeof(list) / sizeof(list)[0]), list

static sequence add_sequence(nb_network *net, const char *name, size_t count, const layer *layers)
{
    sequence s = {.name = name, .count = (int)count};
    for (int i = 0; i < s.count; i++) {
        char path[MOST_NAME];
        snprintf(path, sizeof path, "%s.%d", name, i);
        s.modules[i] = nb_network_module(net, path, layers[i].kind, layers[i].settings);
    }
    return s;
}

static int apply(nb_network *net, const char *name, int module, int x)
{
    return nb_line_name(net, name, nb_line_apply(net, module, x));
}

static int apply_sequence(nb_network *net, const sequence *s, int x)
{
    nb_network_enter(net, s->name, "Sequential");
    for (int i = 0; i < s->count; i++) {
        char path[MOST_NAME];
        snprintf(path, sizeof path, "%s.%d", s->name, i);
        x = apply(net, path, s->modules[i], x);
    }
    nb_network_leave(net, x);
    return nb_line_name(net, s->name, x);
}

void latents_encoder(nb_network *net)
{
    static const layer convolutions[] = {
        {"Conv2d", "in_channels=3 out_channels=24 kernel_size=2 stride=2"},
        {"ReLU", ""},
        {"Conv2d", "in_channels=24 out_channels=48 kernel_size=2 stride=2"},
        {"GroupNorm", "num_groups=8 num_channels=48"},
        {"ReLU", ""},
        {"Conv2d", "in_channels=48 out_channels=48 kernel_size=3 padding=1"},
        {"GroupNorm", "num_groups=8 num_channels=48"},
        {"ReLU", ""},
        {"Conv2d", "in_channels=48 out_channels=8 kernel_size=1"},
    };
    static const layer mean[] = {{"AvgPool2d", "kernel_size=4"},
                                 {"Conv2d", "in_channels=3 out_channels=8 kernel_size=1"}};
    const int picture[3] = {3, NB_SCENE_SIDE, NB_SCENE_SIDE};
    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, picture);
    const sequence deep = add_sequence(net, "net", LAYERS(convolutions));
    const sequence shortcut = add_sequence(net, "shortcut", LAYERS(mean));
    const int h = apply_sequence(net, &deep, x);
    const int both = nb_line_call_2(net, "add", h, apply_sequence(net, &shortcut, x));
    const int mu = nb_network_call(net, "narrow", "dim=1 start=0 length=4", 1, &both);
    nb_network_output(net, "mean", mu);
    nb_network_output(net, "logvar", nb_network_call(net, "narrow", "dim=1 start=4 length=4", 1, &both));
}

void latents_decoder(nb_network *net)
{
    static const layer convolutions[] = {
        {"Conv2d", "in_channels=4 out_channels=48 kernel_size=3 padding=1"},
        {"GroupNorm", "num_groups=8 num_channels=48"},
        {"ReLU", ""},
        {"Conv2d", "in_channels=48 out_channels=48 kernel_size=3 padding=1"},
        {"GroupNorm", "num_groups=8 num_channels=48"},
        {"ReLU", ""},
        {"ConvTranspose2d", "in_channels=48 out_channels=32 kernel_size=2 stride=2"},
        {"ReLU", ""},
        {"Conv2d", "in_channels=32 out_channels=32 kernel_size=3 padding=1"},
        {"GroupNorm", "num_groups=8 num_channels=32"},
        {"ReLU", ""},
        {"ConvTranspose2d", "in_channels=32 out_channels=3 kernel_size=2 stride=2"},
    };
    static const layer colours[] = {
        {"Conv2d", "in_channels=4 out_channels=3 kernel_size=1"}, {"Upsample", ""}, {"Upsample", ""}};
    const int latent[3] = {LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE};
    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, latent);
    const sequence deep = add_sequence(net, "net", LAYERS(convolutions));
    const sequence shortcut = add_sequence(net, "shortcut", LAYERS(colours));
    const int h = apply_sequence(net, &deep, x);
    nb_network_output(net, "out", nb_line_call_2(net, "add", h, apply_sequence(net, &shortcut, x)));
}

/* ---- The denoiser ---------------------------------------------------------------------------------------- */

typedef struct block {
    const char *name;
    int norm1, conv1, time, norm2, conv2;
} block;

static int add_part(nb_network *net, const char *name, const char *part, const char *kind,
                    const char *settings)
{
    char path[MOST_NAME];
    snprintf(path, sizeof path, "%s.%s", name, part);
    return nb_network_module(net, path, kind, settings);
}

static int apply_part(nb_network *net, const char *name, const char *part, int module, int x)
{
    char path[MOST_NAME];
    snprintf(path, sizeof path, "%s.%s", name, part);
    return apply(net, path, module, x);
}

static const char norm[] = "num_groups=8 num_channels=48";
static const char conv[] = "in_channels=48 out_channels=48 kernel_size=3 padding=1";

static block add_block(nb_network *net, const char *name)
{
    block b = {.name = name};
    b.norm1 = add_part(net, name, "norm1", "GroupNorm", norm);
    b.conv1 = add_part(net, name, "conv1", "Conv2d", conv);
    b.time = add_part(net, name, "time", "Linear", "in_features=128 out_features=48");
    b.norm2 = add_part(net, name, "norm2", "GroupNorm", norm);
    b.conv2 = add_part(net, name, "conv2", "Conv2d", conv);
    return b;
}

static int apply_block(nb_network *net, const block *b, int x, int t)
{
    nb_network_enter(net, b->name, "Block");
    int h = apply_part(net, b->name, "norm1", b->norm1, x);
    h = apply_part(net, b->name, "conv1", b->conv1, nb_line_call(net, "ReLU", h));
    h = nb_line_call_2(net, "add", h, apply_part(net, b->name, "time", b->time, t));
    h = apply_part(net, b->name, "norm2", b->norm2, h);
    h = apply_part(net, b->name, "conv2", b->conv2, nb_line_call(net, "ReLU", h));
    char shortcut[MOST_NAME];
    snprintf(shortcut, sizeof shortcut, "%s.shortcut", b->name);
    nb_network_enter(net, shortcut, "Identity");
    nb_network_leave(net, x);
    h = nb_line_call_2(net, "add", h, nb_line_name(net, shortcut, x));
    nb_network_leave(net, h);
    return nb_line_name(net, b->name, h);
}

typedef struct attention {
    int norm, qkv, proj;
} attention;

static attention add_attention(nb_network *net)
{
    attention a;
    a.norm = nb_network_module(net, "attention.norm", "GroupNorm", norm);
    a.qkv =
        nb_network_module(net, "attention.qkv", "Conv2d", "in_channels=48 out_channels=144 kernel_size=1");
    a.proj =
        nb_network_module(net, "attention.proj", "Conv2d", "in_channels=48 out_channels=48 kernel_size=1");
    return a;
}

static int apply_attention(nb_network *net, const attention *a, int x)
{
    nb_network_enter(net, "attention", "Attention");
    int h = apply(net, "attention.qkv", a->qkv, apply(net, "attention.norm", a->norm, x));
    h = apply(net, "attention.proj", a->proj, nb_line_call(net, "attention", h));
    h = nb_line_call_2(net, "add", h, x);
    nb_network_leave(net, h);
    return nb_line_name(net, "attention", h);
}

void latents_denoiser(nb_network *net)
{
    static const layer mlp[] = {{"Linear", "in_features=64 out_features=128"},
                                {"ReLU", ""},
                                {"Linear", "in_features=128 out_features=128"},
                                {"ReLU", ""}};
    const int latent[3] = {LATENT_CHANNELS, LATENT_SIDE, LATENT_SIDE};
    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, latent);
    const int when = nb_network_input(net, "t", NB_INPUT_TIMESTEP, NB_FEATURES, 0, NULL);
    const sequence time_mlp = add_sequence(net, "time_mlp", LAYERS(mlp));
    const int in_conv =
        nb_network_module(net, "in_conv", "Conv2d", "in_channels=4 out_channels=48 kernel_size=3 padding=1");
    const block middle1 = add_block(net, "middle1");
    const attention attend = add_attention(net);
    const block middle2 = add_block(net, "middle2");
    const int out_norm = nb_network_module(net, "out_norm", "GroupNorm", norm);
    const int out_conv =
        nb_network_module(net, "out_conv", "Conv2d", "in_channels=48 out_channels=4 kernel_size=3 padding=1");
    const int t = apply_sequence(net, &time_mlp, nb_network_call(net, "sinusoidal", "features=64", 1, &when));
    int h = apply_block(net, &middle1, apply(net, "in_conv", in_conv, x), t);
    h = apply_block(net, &middle2, apply_attention(net, &attend, h), t);
    h = nb_line_call(net, "ReLU", apply(net, "out_norm", out_norm, h));
    nb_network_output(net, "eps", apply(net, "out_conv", out_conv, h));
}
