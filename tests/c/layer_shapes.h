/* layer_shapes.h - every layer on its own at sizes where something is too small for a vector or left over: pictures with
 * sides of 1, 2, 3 and 5 pixels, 1, 3, 8 and 24 channels, batches of 1, 3 and 5. */
#ifndef NB_TESTS_LAYER_SHAPES_H
#define NB_TESTS_LAYER_SHAPES_H

#include "layer_cases.h"

typedef struct layer_shape {
    const char *name;
    nb_value (*apply)(layer_net *n, nb_value x);
    size_t multiple; /* of which its channels must be */
    size_t least;    /* side of a picture; 0: it takes vectors */
} layer_shape;

/* A layer_case that build_shape finds itself again in. */
typedef struct shape_case {
    layer_case c; /* first */
    const layer_shape *shape;
    bool twice; /* beside one another on the same x, whose gradient is then a sum */
} shape_case;

enum { TABLE_ROWS = 4 }; /* of the embedding: run_case draws its labels below */

static nb_module odd_conv(layer_net *n, size_t side)
{
    const size_t in = n->channels, out = in == 1 ? 24 : in == 3 ? 8 : in == 8 ? 3 : 1;
    if (side == 0) return nb_graph_linear(n->g, "linear", in, out);
    return nb_graph_conv(n->g, "conv", in, out, side);
}

static nb_value linear_shape(layer_net *n, nb_value x) { return nb_graph_apply(n->g, odd_conv(n, 0), x); }
static nb_value conv_shape(layer_net *n, nb_value x) { return nb_graph_apply(n->g, odd_conv(n, 3), x); }
static nb_value conv_1x1_shape(layer_net *n, nb_value x) { return nb_graph_apply(n->g, odd_conv(n, 1), x); }

static nb_value conv_transpose_shape(layer_net *n, nb_value x)
{
    return nb_graph_apply(n->g, nb_graph_conv_transpose(n->g, "up", n->channels, 5), x);
}

static nb_value group_norm_shape(layer_net *n, nb_value x)
{
    return nb_graph_apply(n->g, nb_graph_group_norm(n->g, "norm", n->channels), x);
}

static nb_value group_norm_relu_shape(layer_net *n, nb_value x)
{
    return nb_graph_relu(n->g, group_norm_shape(n, x));
}

static nb_value relu_shape(layer_net *n, nb_value x) { return nb_graph_relu(n->g, conv_1x1_shape(n, x)); }
static nb_value silu_shape(layer_net *n, nb_value x) { return nb_graph_layer(n->g, &nb_silu_layer, x); }
static nb_value max_pool_shape(layer_net *n, nb_value x) { return nb_graph_max_pool(n->g, x); }
static nb_value upsample_shape(layer_net *n, nb_value x) { return nb_graph_upsample(n->g, x); }
static nb_value concat_shape(layer_net *n, nb_value x) { return nb_graph_concat(n->g, x, silu_shape(n, x)); }
static nb_value add_shape(layer_net *n, nb_value x) { return nb_graph_add(n->g, silu_shape(n, x), x); }
static nb_value attention_shape(layer_net *n, nb_value x) { return nb_graph_attention(n->g, x); }

static nb_value add_channels_shape(layer_net *n, nb_value x)
{
    const nb_module time = nb_graph_linear(n->g, "time", 1, n->channels);
    return nb_graph_add_channels(n->g, silu_shape(n, x), nb_graph_apply(n->g, time, n->t));
}

static nb_value embedding_shape(layer_net *n, nb_value x)
{
    const nb_module table = nb_graph_embedding(n->g, "table", TABLE_ROWS, n->channels);
    return nb_graph_add_channels(n->g, silu_shape(n, x), nb_graph_classes(n->g, table));
}

static const layer_shape layer_shapes[] = {{"linear", linear_shape, 1, 0},
                                           {"conv", conv_shape, 1, 1},
                                           {"conv_1x1", conv_1x1_shape, 1, 1},
                                           {"conv_transpose", conv_transpose_shape, 1, 1},
                                           {"group_norm", group_norm_shape, 8, 1},
                                           {"group_norm_relu", group_norm_relu_shape, 8, 1},
                                           {"relu", relu_shape, 1, 1},
                                           {"silu", silu_shape, 1, 1},
                                           {"max_pool", max_pool_shape, 1, 2},
                                           {"upsample", upsample_shape, 1, 1},
                                           {"concat", concat_shape, 1, 1},
                                           {"add", add_shape, 1, 1},
                                           {"add_channels", add_channels_shape, 1, 1},
                                           {"embedding", embedding_shape, 1, 1},
                                           {"attention", attention_shape, 12, 1}};
enum { LAYER_SHAPES = sizeof layer_shapes / sizeof *layer_shapes };

static nb_value build_shape(layer_net *n)
{
    const shape_case *s = (const shape_case *)n->from;
    if (s->shape->least) {
        begin(n, 1);
    } else {
        n->x = nb_graph_input(n->g, NB_FROM_X, nb_vector(n->channels));
        n->t = nb_graph_input(n->g, NB_FROM_T, nb_vector(1));
    }
    const nb_value once = s->shape->apply(n, n->x);
    return s->twice ? nb_graph_concat(n->g, once, s->shape->apply(n, n->x)) : once;
}

static inline bool takes(const layer_shape *shape, size_t channels, const size_t side[2])
{
    if (channels % shape->multiple) return false;
    if (shape->least == 0) return side[0] * side[1] == 1;
    return side[0] >= shape->least && side[1] >= shape->least;
}

enum { SIDES = 7, CHANNELS = 4, BATCHES = 3, SHAPE_CASES = LAYER_SHAPES * SIDES * CHANNELS * BATCHES * 2 };

/* Number `index` below SHAPE_CASES: every layer at every size. False if there is no such layer. */
static inline bool shape_case_at(size_t index, shape_case *out)
{
    static const size_t sides[SIDES][2] = {{1, 1}, {1, 5}, {2, 2}, {3, 1}, {2, 3}, {5, 3}, {5, 5}};
    static const size_t channels[CHANNELS] = {1, 3, 8, 24}, batches[BATCHES] = {1, 3, 5};
    const bool twice = index % 2;
    const size_t n = batches[(index /= 2) % BATCHES];
    size_t c = channels[(index /= BATCHES) % CHANNELS];
    const size_t *side = sides[(index /= CHANNELS) % SIDES];
    const layer_shape *shape = &layer_shapes[index / SIDES];
    if (shape->apply == attention_shape) c *= 3; /* [q, k, v] */
    if (!takes(shape, c, side)) return false;
    *out = (shape_case){{shape->name, n, c, side[0], side[1], build_shape, 1}, shape, twice};
    return true;
}

#endif
