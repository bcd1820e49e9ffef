/* pool.h - what is pooled: blocks of kernel_size x kernel_size pixels, of a series runs of kernel_size. What is left over is
 * dropped. */
#ifndef NB_NN_POOL_H
#define NB_NN_POOL_H

#include "nn/layer.h"

/* Its only setting. */
#define NB_POOL_SETTINGS                                                                                     \
    {                                                                                                        \
        {                                                                                                    \
            "kernel_size", 2, 64, 2, false, NULL                                                             \
        }                                                                                                    \
    }

typedef struct nb_block {
    size_t tall, wide, row, column; /* its size and its first pixel */
} nb_block;

/* Of pixel i of the output. */
static inline nb_block nb_block_of(const nb_layer_args *a, size_t i)
{
    const size_t wide = (size_t)a->settings[0], tall = a->in[0].height > 1 ? wide : 1;
    return (nb_block){tall, wide, i / a->out.width * tall, i % a->out.width * wide};
}

static inline size_t nb_block_size(const nb_block *b) { return b->tall * b->wide; }

/* Its pixel k, row after row, in t. */
static inline float *nb_block_pixel(const nb_block *b, nb_tensor t, size_t k)
{
    return t.data + (b->row + k / b->wide) * t.row + (b->column + k % b->wide) * t.pixel;
}

static inline nb_shape nb_pooled_image(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    const size_t side = (size_t)s->settings[0];
    return in.axes == NB_IMAGE ? (nb_shape){in.height / side, in.width / side, in.channels, in.axes}
                               : (nb_shape){0};
}

static inline nb_shape nb_pooled_series(const nb_layer_spec *s)
{
    const nb_shape in = s->in[0];
    return in.axes == NB_SERIES ? (nb_shape){1, in.width / (size_t)s->settings[0], in.channels, in.axes}
                                : (nb_shape){0};
}

#endif
