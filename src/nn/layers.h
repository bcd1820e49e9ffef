/* layers.h - the table of layers, a line each: nb_linear_layer and so on, each at the end of its file. */
#ifndef NB_NN_LAYERS_H
#define NB_NN_LAYERS_H

#include "nn/layer.h"

#define NB_LAYERS(LAYER)                                                                                     \
    LAYER(linear)         /* out = in[0] weight + bias */                                                    \
    LAYER(conv)           /* 3x3 with padding 1, or 1x1 */                                                   \
    LAYER(conv_transpose) /* the same, taps flipped */                                                       \
    LAYER(winograd)       /* the same for 3x3 and many channels, by fewer products */                        \
    LAYER(group_norm)     /* in 8 groups of channels */                                                      \
    LAYER(embedding)      /* out = weight[in[0]] */                                                          \
    LAYER(relu)           /* out = max(in[0], 0) */                                                          \
    LAYER(silu)           /* out = in[0] sigmoid(in[0]) */                                                   \
    LAYER(max_pool)       /* 2x2, stride 2 */                                                                \
    LAYER(upsample)       /* bilinear, twice the size */                                                     \
    LAYER(concat)         /* out = [in[0], in[1]], channels */                                               \
    LAYER(add)            /* out = in[0] + in[1] */                                                          \
    LAYER(add_channels)   /* the same, in[1] for every pixel */                                              \
    LAYER(sinusoidal)     /* out = [sin, cos] of in[0] */                                                    \
    LAYER(attention)      /* of in[0] = [q, k, v]; channels a multiple of 4 */

#define NB_DECLARE(name) extern const nb_layer_kind nb_##name##_layer;
NB_LAYERS(NB_DECLARE)
#undef NB_DECLARE

extern const nb_layer_kind *const nb_layers[]; /* NULL past the last */

#endif
