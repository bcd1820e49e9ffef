/* graph_build.c - building a graph: values, layers, parameters and their initial weights. */
#include "models/graph.h"

#include "base/error.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

void nb_graph_begin(nb_graph *g, const nb_engine *engine, size_t max_batch)
{
    memset(g, 0, sizeof *g);
    g->engine = engine;
    g->max_batch = max_batch;
    g->lane_rows = (max_batch + NB_LANES - 1) / NB_LANES;
}

static nb_value add_value(nb_graph *g, size_t width, bool needs_grad)
{
    assert(g->n_values < NB_MOST_VALUES);
    nb_value_info *v = &g->values[g->n_values];
    *v = (nb_value_info){
        .width = width, .stride = nb_stride(width), .offset = g->act_floats, .needs_grad = needs_grad};
    g->act_floats += (g->lane_rows * v->stride + 15) / 16 * 16;
    return g->n_values++;
}

static int add_param(nb_graph *g, const char *name, const char *suffix, size_t rows, size_t cols,
                     bool is_weight)
{
    assert(g->n_params < NB_MOST_PARAMS);
    nb_param *p = &g->params[g->n_params];
    *p = (nb_param){.rows = rows,
                    .cols = cols,
                    .stride = nb_stride(cols),
                    .offset = g->weight_floats,
                    .t_offset = g->weight_t_floats,
                    .is_weight = is_weight};
    snprintf(p->name, sizeof p->name, "%s.%s", name, suffix);
    g->weight_floats += (rows * p->stride + 15) / 16 * 16;
    if (is_weight) g->weight_t_floats += (cols * nb_stride(rows) + 15) / 16 * 16;
    return g->n_params++;
}

static nb_value add_layer(nb_graph *g, nb_layer layer)
{
    assert(g->n_layers < NB_MOST_LAYERS);
    g->layers[g->n_layers++] = layer;
    return layer.out;
}

nb_value nb_graph_input(nb_graph *g, size_t width, bool needs_grad)
{
    return add_value(g, width, needs_grad);
}

nb_value nb_graph_linear(nb_graph *g, nb_value in, const char *name, size_t out_features)
{
    const int weight = add_param(g, name, "weight", g->values[in].width, out_features, true);
    const int bias = add_param(g, name, "bias", 1, out_features, false);
    return add_layer(g, (nb_layer){.forward = nb_linear_forward,
                                   .backward = nb_linear_backward,
                                   .gradient = nb_linear_gradient,
                                   .in = {in, -1},
                                   .out = add_value(g, out_features, true),
                                   .weight = weight,
                                   .bias = bias});
}

nb_value nb_graph_relu(nb_graph *g, nb_value in)
{
    return add_layer(g, (nb_layer){.forward = nb_relu_forward,
                                   .backward = nb_relu_backward,
                                   .in = {in, -1},
                                   .out = in,
                                   .weight = -1,
                                   .bias = -1});
}

nb_value nb_graph_concat(nb_graph *g, nb_value a, nb_value b)
{
    const nb_value_info *p = &g->values[a], *q = &g->values[b];
    const nb_value out = add_value(g, p->width + q->width, p->needs_grad || q->needs_grad);
    return add_layer(g, (nb_layer){.forward = nb_concat_forward,
                                   .backward = nb_concat_backward,
                                   .in = {a, b},
                                   .out = out,
                                   .weight = -1,
                                   .bias = -1});
}

static void take_memory(nb_graph *g)
{
    g->weights = nb_arena_take(&g->arena, g->weight_floats, sizeof(float));
    g->weights_t = nb_arena_take(&g->arena, g->weight_t_floats, sizeof(float));
    g->grads = nb_arena_take(&g->arena, g->weight_floats, sizeof(float));
    g->acts = nb_arena_take(&g->arena, NB_LANES * g->act_floats, sizeof(float));
    g->act_grads = nb_arena_take(&g->arena, NB_LANES * g->act_floats, sizeof(float));
}

/* nn.Linear: kaiming_uniform_(a = sqrt(5)) for the weight, 1/sqrt(fan_in) for the bias; PyTorch rounds them
 * apart. */
static nb_status init_param(nb_graph *g, const nb_param *p, size_t fan_in, nb_rng *init, nb_error *err)
{
    const double root = sqrt((double)fan_in), a = sqrt(5.0);
    const double bound = p->is_weight ? sqrt(3.0) * (sqrt(2.0 / (1.0 + a * a)) / root) : 1.0 / root;
    const size_t count = p->rows * p->cols;
    float *values = nb_aligned_alloc(count * sizeof *values);
    if (values == NULL) return nb_fail_memory(err, count * sizeof *values);
    nb_torch_uniform(init, count, (float)-bound, (float)bound, values);
    nb_graph_write(p, g->weights, values);
    nb_aligned_free(values);
    return NB_OK;
}

nb_status nb_graph_finish(nb_graph *g, nb_value x, nb_value t, nb_value eps, nb_rng *init, nb_error *err)
{
    g->x = x;
    g->t = t;
    g->eps = eps;
    take_memory(g);
    const size_t bytes = g->arena.used;
    if (!nb_arena_alloc(&g->arena)) return nb_fail_memory(err, bytes);
    take_memory(g);
    g->weights_t_stale = true;
    size_t fan_in = 1;
    for (int i = 0; i < g->n_params; i++) {
        if (g->params[i].is_weight) fan_in = g->params[i].rows; /* its bias follows */
        const nb_status status = init_param(g, &g->params[i], fan_in, init, err);
        if (status != NB_OK) {
            nb_graph_free(g);
            return status;
        }
    }
    return NB_OK;
}

void nb_graph_free(nb_graph *g)
{
    nb_arena_free(&g->arena);
}

void nb_graph_read(const nb_param *p, const float *block, float *out)
{
    const float *m = block + p->offset;
    for (size_t i = 0; i < p->rows; i++) {
        for (size_t o = 0; o < p->cols; o++) out[o * p->rows + i] = m[i * p->stride + o];
    }
}

void nb_graph_write(const nb_param *p, float *block, const float *values)
{
    float *m = block + p->offset;
    for (size_t i = 0; i < p->rows; i++) {
        for (size_t o = 0; o < p->cols; o++) m[i * p->stride + o] = values[o * p->rows + i];
    }
}
