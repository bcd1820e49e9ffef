/* lines.h - short ways to write a network down, for those that are made here. */
#ifndef NB_MODELS_LINES_H
#define NB_MODELS_LINES_H

#include "noisebook.h"

#include <stdio.h>

static inline int nb_line_linear(nb_network *net, const char *name, int in, int out)
{
    char s[80];
    snprintf(s, sizeof s, "in_features=%d out_features=%d", in, out);
    return nb_network_module(net, name, "Linear", s);
}

/* side x side, padded. */
static inline int nb_line_conv(nb_network *net, const char *name, int in, int out, int side)
{
    char s[80];
    snprintf(s, sizeof s, "in_channels=%d out_channels=%d kernel_size=%d padding=%d", in, out, side,
             side / 2);
    return nb_network_module(net, name, "Conv2d", s);
}

/* 3 x 3, padded. */
static inline int nb_line_conv_transpose(nb_network *net, const char *name, int in, int out)
{
    char s[80];
    snprintf(s, sizeof s, "in_channels=%d out_channels=%d kernel_size=3 padding=1", in, out);
    return nb_network_module(net, name, "ConvTranspose2d", s);
}

static inline int nb_line_group_norm(nb_network *net, const char *name, int channels)
{
    char s[80];
    snprintf(s, sizeof s, "num_groups=8 num_channels=%d", channels);
    return nb_network_module(net, name, "GroupNorm", s);
}

static inline int nb_line_embedding(nb_network *net, const char *name, int rows, int features)
{
    char s[80];
    snprintf(s, sizeof s, "num_embeddings=%d embedding_dim=%d", rows, features);
    return nb_network_module(net, name, "Embedding", s);
}

static inline int nb_line_apply(nb_network *net, int module, int in)
{
    return nb_network_apply(net, module, 1, &in);
}

static inline int nb_line_call(nb_network *net, const char *kind, int in)
{
    return nb_network_call(net, kind, "", 1, &in);
}

static inline int nb_line_call_2(nb_network *net, const char *kind, int a, int b)
{
    return nb_network_call(net, kind, "", 2, (int[]){a, b});
}

static inline int nb_line_name(nb_network *net, const char *name, int value)
{
    nb_network_name(net, name, value);
    return value;
}

#endif
