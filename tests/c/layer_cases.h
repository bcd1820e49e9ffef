/* layer_cases.h - small networks, each around one layer: what PyTorch's numbers and central differences are compared on.
 * The same as in tests/golden/make_golden_unet.py. */
#ifndef NB_TESTS_LAYER_CASES_H
#define NB_TESTS_LAYER_CASES_H

#include "check.h"
#include "models/graph.h"

struct layer_case;

typedef struct layer_net {
    nb_graph *g;
    nb_value x, t;
    size_t height, width, channels;
    const struct layer_case *from;
} layer_net;

static void begin(layer_net *n, size_t t_width)
{
    n->x = nb_graph_input(n->g, NB_FROM_X, nb_image(n->height, n->width, n->channels));
    n->t = nb_graph_input(n->g, NB_FROM_T, nb_vector(t_width));
}

static nb_module conv(layer_net *n, size_t in, size_t out) { return nb_graph_conv(n->g, "conv", in, out, 3); }

static nb_value build_conv(layer_net *n, size_t out, size_t side)
{
    const nb_module m = nb_graph_conv(n->g, "conv", n->channels, out, side);
    begin(n, 1);
    return nb_graph_apply(n->g, m, n->x);
}

static nb_value conv_5(layer_net *n) { return build_conv(n, 5, 3); }
static nb_value conv_24(layer_net *n) { return build_conv(n, 24, 3); }
static nb_value conv_16(layer_net *n) { return build_conv(n, 16, 3); }
static nb_value conv_1x1(layer_net *n) { return build_conv(n, 3, 1); }
static nb_value conv_relu(layer_net *n) { return nb_graph_relu(n->g, build_conv(n, 5, 1)); }

static nb_value conv_transpose(layer_net *n)
{
    const nb_module m = nb_graph_conv_transpose(n->g, "up", 6, 3);
    begin(n, 1);
    return nb_graph_apply(n->g, m, n->x);
}

static nb_value group_norm(layer_net *n)
{
    const nb_module m = nb_graph_group_norm(n->g, "norm", 16);
    begin(n, 1);
    return nb_graph_apply(n->g, m, n->x);
}

static nb_value group_norm_relu(layer_net *n)
{
    const nb_module a = conv(n, 3, 24), norm = nb_graph_group_norm(n->g, "norm", 24);
    const nb_module b = nb_graph_conv(n->g, "conv", 24, 2, 1);
    begin(n, 1);
    const nb_value h = nb_graph_relu(n->g, nb_graph_apply(n->g, norm, nb_graph_apply(n->g, a, n->x)));
    return nb_graph_apply(n->g, b, h);
}

static nb_value silu(layer_net *n)
{
    const nb_module a = conv(n, 3, 6), b = conv(n, 6, 2);
    begin(n, 1);
    return nb_graph_apply(n->g, b, nb_graph_layer(n->g, &nb_silu_layer, nb_graph_apply(n->g, a, n->x)));
}

static nb_value max_pool(layer_net *n)
{
    begin(n, 1);
    return nb_graph_max_pool(n->g, n->x);
}

static nb_value max_pool_odd(layer_net *n)
{
    const nb_module a = conv(n, 3, 4);
    begin(n, 1);
    return nb_graph_apply(n->g, a, nb_graph_max_pool(n->g, n->x));
}

static nb_value upsample(layer_net *n)
{
    begin(n, 1);
    return nb_graph_upsample(n->g, n->x);
}

static nb_value concat(layer_net *n)
{
    const nb_module a = conv(n, 3, 5), b = conv(n, 8, 2);
    begin(n, 1);
    return nb_graph_apply(n->g, b, nb_graph_concat(n->g, n->x, nb_graph_apply(n->g, a, n->x)));
}

static nb_value residual(layer_net *n)
{
    const nb_module a = conv(n, 6, 6), b = conv(n, 6, 6);
    begin(n, 1);
    const nb_value h = nb_graph_add(n->g, nb_graph_apply(n->g, a, n->x), n->x);
    return nb_graph_add(n->g, nb_graph_apply(n->g, b, h), h);
}

static nb_value add_channels(layer_net *n)
{
    const nb_module a = conv(n, 3, 6), time = nb_graph_linear(n->g, "time", 1, 6), b = conv(n, 6, 2);
    begin(n, 1);
    const nb_value h = nb_graph_relu(n->g, nb_graph_apply(n->g, a, n->x));
    return nb_graph_apply(n->g, b, nb_graph_add_channels(n->g, h, nb_graph_apply(n->g, time, n->t)));
}

static nb_value sinusoidal(layer_net *n)
{
    const nb_module a = conv(n, 1, 5), time = nb_graph_linear(n->g, "time", 10, 5);
    begin(n, 1);
    const nb_value e = nb_graph_apply(n->g, time, nb_graph_sinusoidal(n->g, n->t, 10));
    return nb_graph_add_channels(n->g, nb_graph_apply(n->g, a, n->x), e);
}

static nb_value embedding(layer_net *n)
{
    const nb_module a = conv(n, 1, 5), table = nb_graph_embedding(n->g, "table", 4, 5);
    begin(n, 1);
    return nb_graph_add_channels(n->g, nb_graph_apply(n->g, a, n->x), nb_graph_classes(n->g, table));
}

static nb_value u(layer_net *n)
{
    const nb_module a = conv(n, 3, 4), b = conv(n, 8, 3);
    begin(n, 1);
    const nb_value h = nb_graph_apply(n->g, a, n->x);
    const nb_value low = nb_graph_upsample(n->g, nb_graph_max_pool(n->g, h));
    return nb_graph_apply(n->g, b, nb_graph_concat(n->g, low, h));
}

static nb_value block(layer_net *n)
{
    nb_graph *g = n->g;
    const nb_module conv1 = conv(n, 3, 8), conv2 = conv(n, 8, 8), time = nb_graph_linear(g, "time", 7, 8);
    const nb_module norm1 = nb_graph_group_norm(g, "norm", 8), norm2 = nb_graph_group_norm(g, "norm", 8);
    const nb_module shortcut = nb_graph_conv(g, "shortcut", 3, 8, 1);
    begin(n, 7);
    nb_value h = nb_graph_relu(g, nb_graph_apply(g, norm1, nb_graph_apply(g, conv1, n->x)));
    h = nb_graph_add_channels(g, h, nb_graph_apply(g, time, n->t));
    h = nb_graph_relu(g, nb_graph_apply(g, norm2, nb_graph_apply(g, conv2, h)));
    return nb_graph_add(g, h, nb_graph_apply(g, shortcut, n->x));
}

static nb_value attention(layer_net *n)
{
    nb_graph *g = n->g;
    const nb_module norm = nb_graph_group_norm(g, "norm", 8), qkv = nb_graph_conv(g, "qkv", 8, 24, 1);
    const nb_module proj = nb_graph_conv(g, "proj", 8, 8, 1);
    begin(n, 1);
    const nb_value h = nb_graph_apply(g, qkv, nb_graph_apply(g, norm, n->x));
    return nb_graph_add(g, nb_graph_apply(g, proj, nb_graph_attention(g, h)), n->x);
}

typedef struct layer_case {
    const char *name;
    size_t n, channels, height, width;
    nb_value (*build)(layer_net *n);
    size_t t_width;
} layer_case;

/* In the golden script's order: the index is the seed. */
static const layer_case cases[] = {{"conv", 3, 3, 5, 7, conv_5, 1},
                                   {"conv_wide", 2, 16, 4, 6, conv_24, 1},
                                   {"conv_grey", 5, 1, 6, 6, conv_16, 1},
                                   {"conv_1x1", 2, 7, 4, 5, conv_1x1, 1},
                                   {"conv_transpose", 2, 6, 5, 6, conv_transpose, 1},
                                   {"group_norm", 2, 16, 5, 3, group_norm, 1},
                                   {"group_norm_relu", 2, 3, 6, 5, group_norm_relu, 1},
                                   {"relu", 2, 3, 3, 5, conv_relu, 1},
                                   {"silu", 2, 3, 4, 3, silu, 1},
                                   {"max_pool", 2, 3, 6, 8, max_pool, 1},
                                   {"max_pool_odd", 2, 3, 7, 5, max_pool_odd, 1},
                                   {"upsample", 2, 3, 3, 5, upsample, 1},
                                   {"concat", 2, 3, 4, 4, concat, 1},
                                   {"residual", 2, 6, 4, 5, residual, 1},
                                   {"add_channels", 3, 3, 5, 4, add_channels, 1},
                                   {"sinusoidal", 6, 1, 4, 4, sinusoidal, 1},
                                   {"embedding", 9, 1, 2, 3, embedding, 1},
                                   {"u", 2, 3, 4, 6, u, 1},
                                   {"block", 2, 3, 4, 4, block, 7},
                                   {"attention", 2, 8, 3, 5, attention, 1}};
enum { CASES = sizeof cases / sizeof *cases };

/* The norms' gamma and beta at random: 1 and 0 would hide much. */
static void draw_norms(nb_graph *g, nb_rng *rng)
{
    for (int i = 0; i < g->n_params; i++) {
        if (g->params[i].kind != NB_PARAM_NORM) continue;
        for (int k = i; k < i + 2; k++) {
            float values[64];
            nb_torch_randn(rng, g->params[k].cols, values);
            nb_graph_write(&g->params[k], g->weights, values);
        }
    }
}

/* The case's network, its weights drawn from rng. */
static void build_case(const layer_case *c, nb_graph *g, const nb_engine *engine, nb_rng *rng)
{
    layer_net n = {.g = g, .height = c->height, .width = c->width, .channels = c->channels, .from = c};
    nb_error err = {0};
    nb_graph_begin(g, engine, c->n);
    nb_graph_output(g, c->build(&n));
    REQUIRE(nb_graph_finish(g, rng, &err) == NB_OK, "%s", err.message);
    draw_norms(g, rng);
}

enum { MOST_NUMBERS = 65536, MOST_PARAMS = 16 };

/* A case's network and what it was last run on; nb_graph_free(&r->g) ends it. */
typedef struct layer_run {
    nb_graph g;
    float x[MOST_NUMBERS], t[MOST_NUMBERS], d_eps[MOST_NUMBERS];
    int32_t labels[16];
    size_t ends[MOST_PARAMS + 2]; /* where each part of the result ends: forward, d_x, gradients */
    size_t count;                 /* of all of it */
} layer_run;

/* Forward, d_x and all gradients, one after the other, on the golden script's draws. */
static inline void run_case(const layer_case *c, const nb_engine *engine, uint32_t seed, layer_run *r,
                            float *out)
{
    int32_t steps[16];
    nb_rng *rng = new_rng(seed);
    build_case(c, &r->g, engine, rng);
    const size_t x_count = c->n * c->channels * c->height * c->width;
    const size_t eps_count = c->n * r->g.out_size;
    REQUIRE(r->g.n_params <= MOST_PARAMS && eps_count + x_count + r->g.weight_floats <= MOST_NUMBERS,
            "%s is too large", c->name);
    nb_torch_randn(rng, x_count, r->x);
    nb_torch_randint(rng, 0, 1000, c->n, steps, NULL);
    nb_torch_randint(rng, 0, 4, c->n, r->labels, NULL);
    nb_torch_randn(rng, eps_count, r->d_eps);
    nb_rng_destroy(rng);
    for (size_t i = 0; i < c->n * c->t_width; i++)
        r->t[i] = (float)steps[i / c->t_width] / (c->t_width > 1 ? 1000.0F : 1.0F);
    nb_graph_forward(&r->g, c->n, &(nb_inputs){r->x, r->t, r->labels, NULL}, out);
    nb_graph_backward(&r->g, r->d_eps, out + eps_count, NULL);
    r->ends[0] = eps_count;
    r->ends[1] = r->count = eps_count + x_count;
    for (int i = 0; i < r->g.n_params; i++) {
        nb_graph_read(&r->g.params[i], r->g.grads, out + r->count);
        r->count += r->g.params[i].rows * r->g.params[i].cols;
        r->ends[2 + i] = r->count;
    }
}

#endif
