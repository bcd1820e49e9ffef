/* caption_network.c - the network of exercise 15, which lesson 15 writes by lab.nn: patches of 4x4 pixels become 64 features
 * each, on a grid of 8x8; blocks of convolutions let neighbours talk, and cross-attention lets every patch ask the words. */
#include "cli/exercises/caption_network.h"

#include "models/lines.h"

#include <stdio.h>

enum { SIZE = 64, GRID = 8, BLOCKS = 3, MOST_NAME = 32 };

typedef struct module {
    const char *name, *kind, *settings;
} module;

#define LINEAR(name, in, out)                                                                                \
    {                                                                                                        \
        name, "Linear", "in_features=" #in " out_features=" #out                                             \
    }
#define CONV(name)                                                                                           \
    {                                                                                                        \
        name, "Conv2d", "in_channels=64 out_channels=64 kernel_size=3 padding=1"                             \
    }
#define LAYER_NORM(name)                                                                                     \
    {                                                                                                        \
        name, "LayerNorm", "normalized_shape=64"                                                             \
    }
#define GROUP_NORM(name)                                                                                     \
    {                                                                                                        \
        name, "GroupNorm", "num_groups=8 num_channels=64"                                                    \
    }

/* Initial weights are drawn in this order: of one table after the other, the block's as often as there are blocks. */
enum {
    EMBED,
    PLACE,
    WORDS,
    ORDER,
    NORM,
    QKV,
    PROJ,
    MLP_0,
    MLP_1,
    MLP_2,
    MLP_3,
    TIME_0,
    TIME_1,
    TIME_2,
    FIRST
};
static const module first[FIRST] = {LINEAR("embed", 48, 64),
                                    {"place", "Parameter", "size_1=64 size_2=64"},
                                    {"words", "Embedding", "num_embeddings=30 embedding_dim=64"},
                                    {"order", "Parameter", "size_1=12 size_2=64"},
                                    LAYER_NORM("text.norm"),
                                    LINEAR("text.qkv", 64, 192),
                                    LINEAR("text.proj", 64, 64),
                                    LAYER_NORM("text.mlp.0"),
                                    LINEAR("text.mlp.1", 64, 128),
                                    {"text.mlp.2", "SiLU", ""},
                                    LINEAR("text.mlp.3", 128, 64),
                                    LINEAR("time.0", 64, 64),
                                    {"time.1", "SiLU", ""},
                                    LINEAR("time.2", 64, 64)};
enum { NORM_1, CONV_1, TIME, NORM_2, CONV_2, NORM_3, QUERY, KEY, VALUE, BLOCK_PROJ, PARTS };
static const module part[PARTS] = {GROUP_NORM("norm1"),     CONV("conv1"),         LINEAR("time", 64, 64),
                                   GROUP_NORM("norm2"),     CONV("conv2"),         LAYER_NORM("norm3"),
                                   LINEAR("query", 64, 64), LINEAR("key", 64, 64), LINEAR("value", 64, 64),
                                   LINEAR("proj", 64, 64)};
enum { LAST_NORM, OUT, LAST };
static const module last[LAST] = {LAYER_NORM("norm"), LINEAR("out", 64, 48)};

typedef struct writer {
    nb_network *net;
    int first[FIRST], part[BLOCKS][PARTS], last[LAST];
} writer;

static int add_module(nb_network *net, const char *name, const module *m)
{
    return nb_network_module(net, name, m->kind, m->settings);
}

static void add_modules(writer *w)
{
    for (int i = 0; i < FIRST; i++) w->first[i] = add_module(w->net, first[i].name, &first[i]);
    for (int b = 0; b < BLOCKS; b++) {
        for (int i = 0; i < PARTS; i++) {
            char name[MOST_NAME];
            snprintf(name, sizeof name, "blocks.%d.%s", b, part[i].name);
            w->part[b][i] = add_module(w->net, name, &part[i]);
        }
    }
    for (int i = 0; i < LAST; i++) w->last[i] = add_module(w->net, last[i].name, &last[i]);
}

/* What a module of the first table makes of x; -1: of nothing. */
static int apply(writer *w, int index, int x)
{
    return nb_line_name(w->net, first[index].name, nb_network_apply(w->net, w->first[index], x >= 0, &x));
}

static int apply_part(writer *w, int block, int index, int x)
{
    char name[MOST_NAME];
    snprintf(name, sizeof name, "blocks.%d.%s", block, part[index].name);
    return nb_line_name(w->net, name, nb_network_apply(w->net, w->part[block][index], 1, &x));
}

static int apply_last(writer *w, int index, int x)
{
    return nb_line_name(w->net, last[index].name, nb_network_apply(w->net, w->last[index], 1, &x));
}

static int call(writer *w, const char *kind, const char *settings, int x)
{
    return nb_network_call(w->net, kind, settings, 1, &x);
}

static int call_2(writer *w, const char *kind, const char *settings, int x, int y)
{
    const int values[2] = {x, y};
    return nb_network_call(w->net, kind, settings, 2, values);
}

static int add(writer *w, int x, int y) { return call_2(w, "add", "", x, y); }

static int attend(writer *w, int q, int k, int v)
{
    return call_2(w, "matmul", "num_heads=4", call_2(w, "attention_weights", "num_heads=4", q, k), v);
}

/* Words look at each other: which colour is whose. */
static int text(writer *w, int h)
{
    nb_network_enter(w->net, "text", "TextBlock");
    const int qkv = apply(w, QKV, apply(w, NORM, h));
    const int q = call(w, "narrow", "dim=2 start=0 length=64", qkv);
    const int k = call(w, "narrow", "dim=2 start=64 length=64", qkv);
    const int v = call(w, "narrow", "dim=2 start=128 length=64", qkv);
    h = add(w, h, apply(w, PROJ, attend(w, q, k, v)));
    nb_network_enter(w->net, "text.mlp", "Sequential");
    const int mlp = apply(w, MLP_3, apply(w, MLP_2, apply(w, MLP_1, apply(w, MLP_0, h))));
    nb_network_leave(w->net, mlp);
    h = add(w, h, nb_line_name(w->net, "text.mlp", mlp));
    nb_network_leave(w->net, h);
    return nb_line_name(w->net, "text", h);
}

static int time_embedding(writer *w, int t)
{
    const int h = call(w, "sinusoidal", "features=64", t);
    nb_network_enter(w->net, "time", "Sequential");
    const int out = apply(w, TIME_2, apply(w, TIME_1, apply(w, TIME_0, h)));
    nb_network_leave(w->net, out);
    return nb_line_name(w->net, "time", out);
}

static int tokens_of(writer *w, int h)
{
    return call(w, "transpose", "", call(w, "Flatten", "start_dim=2", h));
}

static int grid_of(writer *w, int h)
{
    return call(w, "reshape", "size_1=64 size_2=8 size_3=8", call(w, "transpose", "", h));
}

static int block(writer *w, int b, int h, int c, int words)
{
    char name[MOST_NAME];
    snprintf(name, sizeof name, "blocks.%d", b);
    nb_network_enter(w->net, name, "Block");
    int r = apply_part(w, b, CONV_1, call(w, "SiLU", "", apply_part(w, b, NORM_1, h)));
    r = add(w, r, apply_part(w, b, TIME, c));
    h = add(w, h, apply_part(w, b, CONV_2, call(w, "SiLU", "", apply_part(w, b, NORM_2, r))));
    const int q = apply_part(w, b, QUERY, apply_part(w, b, NORM_3, tokens_of(w, h)));
    const int k = apply_part(w, b, KEY, words), v = apply_part(w, b, VALUE, words);
    h = add(w, h, grid_of(w, apply_part(w, b, BLOCK_PROJ, attend(w, q, k, v))));
    nb_network_leave(w->net, h);
    return nb_line_name(w->net, name, h);
}

void caption_network(nb_network *net)
{
    const int shape[3] = {3, NB_SCENE_SIDE, NB_SCENE_SIDE}, tokens[2] = {NB_SCENE_TOKENS, NB_SCENE_WORDS};
    writer w = {.net = net};
    const int x = nb_network_input(net, "x", NB_INPUT_X, NB_IMAGE, 3, shape);
    const int t = nb_network_input(net, "t", NB_INPUT_TIMESTEP, NB_FEATURES, 0, NULL);
    const int caption = nb_network_input(net, "text", NB_INPUT_TOKENS, NB_FEATURES, 2, tokens);
    add_modules(&w);
    int words = apply(&w, WORDS, caption); /* a call a line: values are numbered in the order of calls */
    const int order = apply(&w, ORDER, -1);
    words = text(&w, add(&w, words, order));
    const int when = time_embedding(&w, t);
    const int c = call(&w, "SiLU", "", add(&w, when, call(&w, "mean", "dim=1", words)));
    int h = apply(&w, EMBED, call(&w, "patchify", "patch_size=4", x));
    const int place = apply(&w, PLACE, -1);
    h = grid_of(&w, add(&w, h, place));
    for (int b = 0; b < BLOCKS; b++) h = block(&w, b, h, c, words);
    h = apply_last(&w, OUT, apply_last(&w, LAST_NORM, tokens_of(&w, h)));
    nb_network_output(net, "eps", call(&w, "unpatchify", "patch_size=4 height=32 width=32", h));
}
