/* graph_run.c - running a graph: the list of layers forward, and in reverse backward. */
#include "models/graph.h"

#include <string.h>

typedef struct pass {
    nb_graph *g;
    size_t n, lane_rows; /* rows of this pass, and of each lane but the last */
    const float *x, *t, *d_eps;
    float *eps, *d_x;
} pass;

static size_t lanes_of(const pass *p)
{
    return (p->n + p->lane_rows - 1) / p->lane_rows;
}

/* A small batch still gives every lane its share: the cut depends on n alone. */
static size_t rows_per_lane(size_t n)
{
    return (n + NB_LANES - 1) / NB_LANES;
}

static nb_matrix matrix_of(const nb_graph *g, nb_value v, float *block)
{
    const nb_value_info *info = &g->values[v];
    return (nb_matrix){block + info->offset, info->width, info->stride};
}

static void copy_in(nb_matrix to, const float *from, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        memcpy(to.data + i * to.stride, from + i * to.width, to.width * sizeof(float));
}

static void copy_out(float *to, nb_matrix from, size_t rows)
{
    for (size_t i = 0; i < rows; i++)
        memcpy(to + i * from.width, from.data + i * from.stride, from.width * sizeof(float));
}

static nb_layer_args layer_args(const nb_graph *g, const nb_layer *layer, size_t rows, float *acts)
{
    nb_layer_args a = {.kernels = g->engine->kernels, .rows = rows, .out = matrix_of(g, layer->out, acts)};
    for (int i = 0; i < 2; i++) {
        if (layer->in[i] >= 0) a.in[i] = matrix_of(g, layer->in[i], acts);
    }
    if (layer->weight >= 0) {
        const nb_param *w = &g->params[layer->weight];
        a.weight = (nb_matrix){g->weights + w->offset, w->cols, w->stride};
        a.weight_t = (nb_matrix){g->weights_t + w->t_offset, w->rows, nb_stride(w->rows)};
        a.bias = g->weights + g->params[layer->bias].offset;
    }
    return a;
}

static size_t rows_of_lane(const pass *p, size_t lane)
{
    const size_t first = lane * p->lane_rows;
    return p->n - first < p->lane_rows ? p->n - first : p->lane_rows;
}

static void forward_lane(void *context, size_t lane, size_t thread)
{
    (void)thread;
    const pass *p = context;
    const nb_graph *g = p->g;
    const size_t first = lane * p->lane_rows, rows = rows_of_lane(p, lane);
    float *acts = g->acts + lane * g->act_floats;
    const nb_matrix x = matrix_of(g, g->x, acts), t = matrix_of(g, g->t, acts),
                    eps = matrix_of(g, g->eps, acts);
    copy_in(x, p->x + first * x.width, rows);
    copy_in(t, p->t + first * t.width, rows);
    for (int i = 0; i < g->n_layers; i++) {
        const nb_layer_args a = layer_args(g, &g->layers[i], rows, acts);
        g->layers[i].forward(&a);
    }
    copy_out(p->eps + first * eps.width, eps, rows);
}

void nb_graph_forward(nb_graph *g, size_t n, const float *x, const float *t, float *eps)
{
    const size_t x_width = g->values[g->x].width, t_width = g->values[g->t].width;
    for (size_t done = 0; done < n;) {
        const size_t rows = n - done < g->max_batch ? n - done : g->max_batch;
        pass p = {.g = g,
                  .n = rows,
                  .lane_rows = rows_per_lane(rows),
                  .x = x + done * x_width,
                  .t = t + done * t_width,
                  .eps = eps + done * g->values[g->eps].width};
        nb_pool_run(g->engine->pool, lanes_of(&p), forward_lane, &p);
        done += rows;
    }
    g->last_rows = n <= g->max_batch ? n : 0;
}

/* The gradients of all values of a lane. */
static void backward_lane(void *context, size_t lane, size_t thread)
{
    (void)thread;
    const pass *p = context;
    const nb_graph *g = p->g;
    const size_t first = lane * p->lane_rows, rows = rows_of_lane(p, lane);
    float *acts = g->acts + lane * g->act_floats, *grads = g->act_grads + lane * g->act_floats;
    const nb_matrix d_eps = matrix_of(g, g->eps, grads), d_x = matrix_of(g, g->x, grads);
    copy_in(d_eps, p->d_eps + first * d_eps.width, rows);
    for (int i = g->n_layers - 1; i >= 0; i--) {
        const nb_layer *layer = &g->layers[i];
        nb_layer_args a = layer_args(g, layer, rows, acts);
        a.d_out = matrix_of(g, layer->out, grads);
        for (int k = 0; k < 2 && layer->in[k] >= 0; k++) {
            a.d_in[k] = matrix_of(g, layer->in[k], grads);
            const bool wanted = g->values[layer->in[k]].needs_grad && (layer->in[k] != g->x || p->d_x);
            if (!wanted) a.d_in[k].data = NULL;
        }
        layer->backward(&a);
    }
    if (p->d_x) copy_out(p->d_x + first * d_x.width, d_x, rows);
}

enum { GRADIENT_ROWS = 32 }; /* of a weight in one task: small enough to share out evenly */

static size_t gradient_tasks(const nb_graph *g, const nb_layer *layer)
{
    return layer->gradient ? (g->params[layer->weight].rows + GRADIENT_ROWS - 1) / GRADIENT_ROWS : 0;
}

/* Some rows of one weight's gradient, lane after lane. */
static void gradient_rows(void *context, size_t index, size_t thread)
{
    (void)thread;
    const pass *p = context;
    const nb_graph *g = p->g;
    const nb_layer *layer = g->layers;
    for (; index >= gradient_tasks(g, layer); layer++) index -= gradient_tasks(g, layer);
    const nb_param *w = &g->params[layer->weight];
    const size_t first = index * GRADIENT_ROWS;
    for (size_t lane = 0; lane < lanes_of(p); lane++) {
        nb_layer_args a = layer_args(g, layer, rows_of_lane(p, lane), g->acts + lane * g->act_floats);
        a.d_out = matrix_of(g, layer->out, g->act_grads + lane * g->act_floats);
        a.d_weight = g->grads + w->offset;
        a.d_bias = g->grads + g->params[layer->bias].offset;
        a.first = first;
        a.count = w->rows - first < GRADIENT_ROWS ? w->rows - first : GRADIENT_ROWS;
        a.accumulate = lane > 0;
        layer->gradient(&a);
    }
}

/* weights_t = the transposed weights, in blocks that stay in the first-level cache. */
static void transpose(void *context, size_t index, size_t thread)
{
    (void)thread;
    enum { BLOCK = 16 };
    const nb_graph *g = context;
    const nb_param *p = &g->params[index];
    if (!p->is_weight) return;
    const float *from = g->weights + p->offset;
    float *to = g->weights_t + p->t_offset;
    const size_t stride = nb_stride(p->rows);
    for (size_t i0 = 0; i0 < p->rows; i0 += BLOCK) {
        const size_t i1 = i0 + BLOCK < p->rows ? i0 + BLOCK : p->rows;
        for (size_t o0 = 0; o0 < p->cols; o0 += BLOCK) {
            const size_t o1 = o0 + BLOCK < p->cols ? o0 + BLOCK : p->cols;
            for (size_t o = o0; o < o1; o++) {
                for (size_t i = i0; i < i1; i++) to[o * stride + i] = from[i * p->stride + o];
            }
        }
    }
}

void nb_graph_backward(nb_graph *g, const float *d_eps, float *d_x)
{
    if (g->weights_t_stale) {
        nb_pool_run(g->engine->pool, (size_t)g->n_params, transpose, g);
        g->weights_t_stale = false;
    }
    pass p = {
        .g = g, .n = g->last_rows, .lane_rows = rows_per_lane(g->last_rows), .d_eps = d_eps, .d_x = d_x};
    nb_pool_run(g->engine->pool, lanes_of(&p), backward_lane, &p);
    size_t tasks = 0;
    for (int i = 0; i < g->n_layers; i++) tasks += gradient_tasks(g, &g->layers[i]);
    nb_pool_run(g->engine->pool, tasks, gradient_rows, &p);
    g->has_grads = true;
}

bool nb_graph_grads_in_range(const nb_graph *g)
{
    const float limit = 1e18F;
    uint32_t most, out_of_range = 0;
    memcpy(&most, &limit, sizeof most);
    for (size_t i = 0; i < g->weight_floats;
         i++) { /* as integers: compilers vectorise this, and NaN is large */
        uint32_t bits;
        memcpy(&bits, &g->grads[i], sizeof bits);
        out_of_range |= (bits & 0x7fffffffU) > most;
    }
    return out_of_range == 0;
}
