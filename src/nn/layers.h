/* layers.h - the table of layers, a line each: nb_linear_layer and so on, each at the end of its file. */
#ifndef NB_NN_LAYERS_H
#define NB_NN_LAYERS_H

#include "nn/layer.h"

#define NB_LAYERS(LAYER)                                                                                     \
    LAYER(linear)           /* out = in[0] weight + bias */                                                  \
    LAYER(conv2d)           /* any */                                                                        \
    LAYER(conv1d)           /* of a series */                                                                \
    LAYER(conv_transpose2d) /* any */                                                                        \
    LAYER(conv)             /* 3x3 with padding 1, or 1x1, of stride 1, for both */                          \
    LAYER(winograd)         /* the same for 3x3 and many channels, by fewer products */                      \
    LAYER(group_norm)       /* in 8 groups of channels */                                                    \
    LAYER(layer_norm)       /* of each vector or token */                                                    \
    LAYER(rms_norm)         /* the same without the mean */                                                  \
    LAYER(embedding)        /* out = weight[in[0]] */                                                        \
    LAYER(relu)             /* out = max(in[0], 0) */                                                        \
    LAYER(gelu)             /* out = in[0] Phi(in[0]) */                                                     \
    LAYER(tanh)                                                                                              \
    LAYER(sigmoid)                                                                                           \
    LAYER(softplus)          /* out = log(1 + exp in[0]) */                                                  \
    LAYER(avg_pool)          /* the mean of k x k pixels */                                                  \
    LAYER(avg_pool_1d)       /* of a series */                                                               \
    LAYER(mul)               /* out = in[0] in[1] */                                                         \
    LAYER(scale_shift)       /* out = in[0] (1 + in[1]) + in[2] */                                           \
    LAYER(silu)              /* out = in[0] sigmoid(in[0]) */                                                \
    LAYER(max_pool)          /* k x k pixels */                                                              \
    LAYER(max_pool_1d)       /* of a series */                                                               \
    LAYER(upsample)          /* bilinear or nearest, twice the size */                                       \
    LAYER(concat)            /* out = [in[0], in[1], ...], channels */                                       \
    LAYER(concat_pixels)     /* the same along tokens or a series */                                         \
    LAYER(narrow)            /* a part of in[0] */                                                           \
    LAYER(flatten)           /* in[0] as a vector, or as a series */                                         \
    LAYER(reshape)           /* in[0] in any shape of as many numbers */                                     \
    LAYER(transpose)         /* tokens to a series and back */                                               \
    LAYER(patchify)          /* squares of an image to tokens */                                             \
    LAYER(unpatchify)        /* and back */                                                                  \
    LAYER(mean)              /* over tokens, or the length of a series */                                    \
    LAYER(dropout)           /* in training, some of in[0] is 0 */                                           \
    LAYER(scale)             /* out = factor in[0] */                                                        \
    LAYER(parameter)         /* out = weight */                                                              \
    LAYER(positions)         /* out[j] = sinusoidal of j */                                                  \
    LAYER(attention_weights) /* softmax of in[0] in[1]^T, by heads */                                        \
    LAYER(attention_apply)   /* out = in[0] in[1], by heads */                                               \
    LAYER(add)               /* out = in[0] + in[1] */                                                       \
    LAYER(add_channels)      /* the same, in[1] for every pixel */                                           \
    LAYER(sinusoidal)        /* out = [sin, cos] of in[0] */                                                 \
    LAYER(attention)         /* of in[0] = [q, k, v]; channels a multiple of 4 */

#define NB_DECLARE(name) extern const nb_layer_kind nb_##name##_layer;
NB_LAYERS(NB_DECLARE)
#undef NB_DECLARE

extern const nb_layer_kind *const nb_layers[]; /* NULL past the last */

#endif
