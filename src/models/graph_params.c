/* graph_params.c - a graph's parameters: declared as PyTorch's modules are, drawn as these draw them, stored as
 * the kernels read them. */
#include "models/graph.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

/* "name.weight", to be freed; a parameter of the network itself has its own name. */
static char *name_of(const char *name, nb_param_kind kind)
{
    const char *suffix = kind == NB_PARAM_VALUE ? "" : kind == NB_PARAM_BIAS ? ".bias" : ".weight";
    const size_t n = strlen(name), m = strlen(suffix);
    char *both = malloc(n + m + 1);
    if (both == NULL) return NULL;
    memcpy(both, name, n);
    memcpy(both + n, suffix, m + 1);
    return both;
}

static int add_param(nb_graph *g, const char *name, nb_param p)
{
    if (p.rows == 0 || p.cols == 0) nb_graph_fail(g, NB_ERR_SHAPE, "a parameter of no size in a graph");
    g->params = nb_graph_grow(g, g->params, &g->param_room, g->n_params, sizeof *g->params);
    if (nb_graph_failed(g)) return 0;
    p.name = name_of(name, p.kind);
    if (p.name == NULL) {
        nb_graph_fail(g, NB_ERR_MEMORY, "not enough memory for the name of a parameter");
        return 0;
    }
    p.stride = nb_stride(p.cols);
    p.offset = g->weight_floats;
    g->weight_floats = nb_add(g->weight_floats, nb_round_up(nb_mul(p.rows, p.stride), 16));
    g->params[g->n_params] = p;
    return g->n_params++;
}

nb_module nb_graph_module(nb_graph *g, const nb_layer_kind *kind, const char *name, const double *settings)
{
    nb_module m = nb_graph_function(kind, settings);
    if (kind->weight == NULL) return m;
    const nb_weight w = kind->weight(settings);
    m.weight = add_param(g, name,
                         (nb_param){.kind = w.kind,
                                    .rank = w.rank,
                                    .taps = w.taps,
                                    .in = w.in,
                                    .rows = nb_mul(w.taps, w.in),
                                    .cols = w.out,
                                    .fan_in = w.fan_in});
    if (w.bias)
        m.bias = add_param(g, name,
                           (nb_param){.kind = NB_PARAM_BIAS,
                                      .rank = 1,
                                      .taps = 1,
                                      .in = 1,
                                      .rows = 1,
                                      .cols = w.out,
                                      .fan_in = w.fan_in});
    return m;
}

nb_module nb_graph_linear(nb_graph *g, const char *name, size_t in, size_t out)
{
    return nb_graph_module(g, &nb_linear_layer, name, (double[NB_SETTINGS]){(double)in, (double)out, 1});
}

nb_module nb_graph_conv(nb_graph *g, const char *name, size_t in, size_t out, size_t side)
{
    const size_t padding = side / 2;
    const double settings[NB_SETTINGS] = {(double)in, (double)out, (double)side, 1, (double)padding, 1, 1};
    return nb_graph_module(g, &nb_conv2d_layer, name, settings);
}

nb_module nb_graph_conv_transpose(nb_graph *g, const char *name, size_t in, size_t out)
{
    const double settings[NB_SETTINGS] = {(double)in, (double)out, 3, 1, 1, 0, 1};
    return nb_graph_module(g, &nb_conv_transpose2d_layer, name, settings);
}

enum { NB_GROUPS = 8 }; /* the course's */

nb_module nb_graph_group_norm(nb_graph *g, const char *name, size_t channels)
{
    return nb_graph_module(g, &nb_group_norm_layer, name,
                           (double[NB_SETTINGS]){NB_GROUPS, (double)channels, 1e-5});
}

nb_module nb_graph_embedding(nb_graph *g, const char *name, size_t rows, size_t features)
{
    return nb_graph_module(g, &nb_embedding_layer, name,
                           (double[NB_SETTINGS]){(double)rows, (double)features});
}

nb_module nb_graph_identity(void) { return (nb_module){.weight = -1, .bias = -1}; }

nb_param_info nb_graph_param_info(const nb_param *p)
{
    nb_param_info info = {.name = p->name, .rank = p->rank, .shape = {(int)p->cols, 1, 1, 1}};
    info.count = p->rows * p->cols;
    if (p->rank == 1) return info;
    const bool in_first =
        p->kind == NB_PARAM_CONV_TRANSPOSE || p->kind == NB_PARAM_EMBEDDING || p->kind == NB_PARAM_VALUE;
    info.shape[0] = (int)(in_first ? p->in : p->cols);
    info.shape[1] = (int)(in_first ? p->cols : p->in);
    int side = 1;
    while (side * side < (int)p->taps) side++;
    if (p->rank == 3) info.shape[2] = (int)p->taps;
    if (p->rank == 4) info.shape[2] = info.shape[3] = side;
    return info;
}

/* PyTorch's numbers of a parameter as three loops, the last the innermost, and how far apart they are stored. */
typedef struct layout {
    size_t count[3];
    ptrdiff_t step[3], start;
} layout;

static layout layout_of(const nb_param *p)
{
    const ptrdiff_t row = (ptrdiff_t)p->stride, tap = (ptrdiff_t)p->in * row;
    switch (p->kind) {
    case NB_PARAM_LINEAR:
    case NB_PARAM_CONV:
        return (layout){{p->cols, p->in, p->taps}, {1, row, tap}, 0};
    case NB_PARAM_CONV_TRANSPOSE: /* as a convolution, its taps flipped */
        return (layout){{p->in, p->cols, p->taps}, {row, 1, -tap}, (ptrdiff_t)(p->taps - 1) * tap};
    case NB_PARAM_EMBEDDING:
    case NB_PARAM_VALUE:
    case NB_PARAM_NORM:
    case NB_PARAM_BIAS:
        break;
    }
    return (layout){{p->rows, p->cols, 1}, {row, 1, 0}, 0};
}

size_t nb_graph_param_at(const nb_param *p, size_t i)
{
    const layout l = layout_of(p);
    const size_t k = i % l.count[2], j = i / l.count[2] % l.count[1];
    const ptrdiff_t outer = (ptrdiff_t)(i / l.count[2] / l.count[1]);
    return (size_t)(l.start + outer * l.step[0] + (ptrdiff_t)j * l.step[1] + (ptrdiff_t)k * l.step[2]);
}

/* Without a division for each number: a page may look at all weights after every step. */
void nb_graph_read(const nb_param *p, const float *block, float *out)
{
    const layout l = layout_of(p);
    const float *outer = block + p->offset + l.start;
    for (size_t i = 0; i < l.count[0]; i++, outer += l.step[0]) {
        const float *middle = outer;
        for (size_t j = 0; j < l.count[1]; j++, middle += l.step[1]) {
            for (size_t k = 0; k < l.count[2]; k++) *out++ = middle[(ptrdiff_t)k * l.step[2]];
        }
    }
}

void nb_graph_write(const nb_param *p, float *block, const float *values)
{
    const layout l = layout_of(p);
    float *outer = block + p->offset + l.start;
    for (size_t i = 0; i < l.count[0]; i++, outer += l.step[0]) {
        float *middle = outer;
        for (size_t j = 0; j < l.count[1]; j++, middle += l.step[1]) {
            for (size_t k = 0; k < l.count[2]; k++) middle[(ptrdiff_t)k * l.step[2]] = *values++;
        }
    }
}

/* What PyTorch's reset_parameters gives. Linear and convolutions: kaiming_uniform_(a = sqrt(5)) for the weight,
 * 1/sqrt(fan_in) for the bias, which PyTorch rounds apart. Norms: 1 and 0. Embedding: N(0, 1). A value: 0. */
static void draw(const nb_param *p, nb_rng *init, float *values)
{
    const size_t count = p->rows * p->cols;
    if (p->kind == NB_PARAM_EMBEDDING) {
        nb_torch_randn(init, count, values);
    } else if (p->fan_in == 0) {
        for (size_t i = 0; i < count; i++) values[i] = p->kind == NB_PARAM_NORM ? 1.0F : 0.0F;
    } else {
        const double root = sqrt((double)p->fan_in), a = sqrt(5.0);
        const double bound =
            p->kind == NB_PARAM_BIAS ? 1.0 / root : sqrt(3.0) * (sqrt(2.0 / (1.0 + a * a)) / root);
        nb_torch_uniform(init, count, (float)-bound, (float)bound, values, NULL);
    }
}

nb_status nb_graph_init(nb_graph *g, nb_rng *init, nb_error *err)
{
    for (int i = 0; i < g->n_params; i++) {
        const nb_param *p = &g->params[i];
        const size_t bytes = nb_mul(nb_mul(p->rows, p->cols), sizeof(float));
        float *values = nb_aligned_alloc(bytes);
        if (values == NULL) return nb_fail_memory(err, bytes);
        draw(p, init, values);
        nb_graph_write(p, g->weights, values);
        nb_aligned_free(values);
    }
    nb_graph_weights_changed(g);
    g->no_backward = "no forward pass has been run yet";
    return NB_OK;
}

void nb_graph_forget(nb_graph *g, const char *why)
{
    g->last_rows = 0;
    g->no_backward = why;
}

void nb_graph_weights_changed(nb_graph *g)
{
    g->weights_t_stale = true;
    nb_graph_forget(g, "the weights have changed since the last forward pass");
}

enum { ROWS = 16 }; /* of a parameter's matrices in one task: what a transposed row takes of a cache line */

/* to (cols, rows) = from (rows, cols) transposed, in blocks that stay in the first-level cache. */
static void transpose_rows(size_t rows, size_t cols, const float *from, size_t from_stride, float *to,
                           size_t to_stride)
{
    for (size_t o0 = 0; o0 < cols; o0 += ROWS) {
        const size_t o1 = o0 + ROWS < cols ? o0 + ROWS : cols;
        for (size_t o = o0; o < o1; o++) {
            for (size_t i = 0; i < rows; i++) to[o * to_stride + i] = from[i * from_stride + o];
        }
    }
}

/* Whether layers compute with copies of it. */
static bool has_copies(const nb_param *p) { return p->kind <= NB_PARAM_CONV_TRANSPOSE; }

/* Rows of each of its matrices: as it is stored, one for each tap. */
static size_t matrix_rows(const nb_param *p) { return has_copies(p) ? p->in : p->rows; }

static void derive_rows(const nb_graph *g, const nb_param *p, size_t first, size_t rows)
{
    const size_t matrix = p->in * p->stride, t_stride = nb_stride(p->in);
    const float *w = g->weights + p->offset + first * p->stride;
    if (p->winograd) {
        float *u = g->weights_u + p->u_offset + first * p->stride;
        g->engine->kernels->winograd_weights(rows * p->stride, w, matrix, u, matrix);
        w = u;
    }
    for (size_t k = 0; k < nb_param_matrices(p); k++) {
        const size_t from = p->winograd ? nb_winograd_flipped(k) : k;
        transpose_rows(rows, p->cols, w + from * matrix, p->stride,
                       g->weights_t + p->t_offset + k * p->cols * t_stride + first, t_stride);
    }
}

typedef struct update {
    nb_graph *g;
    nb_weights_update *change; /* or NULL: only what is derived is made */
    void *context;
} update;

static size_t tasks_of(const nb_param *p) { return (matrix_rows(p) + ROWS - 1) / ROWS; }

static void update_rows(void *context, size_t index)
{
    const update *u = context;
    const nb_param *p = u->g->params;
    for (; index >= tasks_of(p); p++) index -= tasks_of(p);
    const size_t first = index * ROWS, left = matrix_rows(p) - first, rows = left < ROWS ? left : ROWS;
    for (size_t k = 0; u->change && k < (has_copies(p) ? p->taps : 1); k++)
        u->change(u->context, p->offset + (k * matrix_rows(p) + first) * p->stride, rows * p->stride);
    if (has_copies(p)) derive_rows(u->g, p, first, rows);
}

void nb_graph_update(nb_graph *g, nb_weights_update *change, void *context)
{
    size_t tasks = 0;
    if (!g->has_weights_t) { /* what pads its rows is computed with, and thrown away */
        memset(g->weights_t, 0, g->weight_t_floats * sizeof(float));
        g->has_weights_t = true;
    }
    for (int i = 0; i < g->n_params; i++) tasks += tasks_of(&g->params[i]);
    nb_pool_run(g->engine->pool, tasks, update_rows, &(update){g, change, context});
    if (change) nb_graph_weights_changed(g);
    g->weights_t_stale = false;
}

void nb_graph_derive(nb_graph *g) { nb_graph_update(g, NULL, NULL); }
