/* muon.c - Muon (Jordan et al. 2024): a matrix moves along its momentum with all singular values made about 1.
 *
 *   m = beta m + (1 - beta) g;  X = beta m + (1 - beta) g  (Nesterov's), over its Frobenius norm
 *   five times: A = X^T X;  X = a X + X (b A + c A A)      (Newton and Schulz's iteration, its limit being U V^T)
 *   W = W - lr 0.2 sqrt(max(rows, columns)) X
 *
 * The last factor makes the entries of a step about as large as Adam's (Liu et al. 2025, Moonlight, eq. 4), so that one learning rate serves
 * both. X is taken with its longer side down, so that A is small. */
#include "optim/muon.h"

#include <float.h>
#include <math.h>

enum { LEAST_SIDE = 16, ITERATIONS = 5 };
static const float momentum = 0.95F;

struct nb_muon_matrix {
    size_t first, floats; /* in the block of weights */
    size_t rows, cols, stride;
    bool turned; /* X is the transposed matrix */
    size_t tall, wide, wide_stride;
    float *x, *next;   /* (tall, wide_stride) */
    float *gram, *sum; /* (wide, wide_stride) */
};
typedef struct nb_muon_matrix matrix;

static bool is_matrix(const nb_param *p)
{
    return p->kind <= NB_PARAM_CONV_TRANSPOSE && p->rows >= LEAST_SIDE && p->cols >= LEAST_SIDE;
}

static matrix matrix_of(const nb_param *p)
{
    matrix m = {.first = p->offset,
                .floats = nb_round_up(p->rows * p->stride, 16),
                .rows = p->rows,
                .cols = p->cols,
                .stride = p->stride,
                .turned = p->cols > p->rows};
    m.tall = m.turned ? m.cols : m.rows;
    m.wide = m.turned ? m.rows : m.cols;
    m.wide_stride = nb_stride(m.wide);
    return m;
}

typedef struct wish {
    const nb_graph *g;
    nb_muon *muon;
} wish;

static void take_memory(nb_arena *a, void *context)
{
    const wish *w = context;
    w->muon->matrices = nb_arena_take(a, w->muon->count, sizeof *w->muon->matrices);
    w->muon->step = nb_arena_take(a, w->g->weight_floats, sizeof(float));
    matrix *out = w->muon->matrices;
    for (int i = 0; i < w->g->n_params; i++) {
        if (!is_matrix(&w->g->params[i])) continue;
        matrix m = matrix_of(&w->g->params[i]);
        m.x = nb_arena_take(a, nb_mul(m.tall, m.wide_stride), sizeof(float));
        m.next = nb_arena_take(a, nb_mul(m.tall, m.wide_stride), sizeof(float));
        m.gram = nb_arena_take(a, nb_mul(m.wide, m.wide_stride), sizeof(float));
        m.sum = nb_arena_take(a, nb_mul(m.wide, m.wide_stride), sizeof(float));
        if (out) *out++ = m; /* the arena only measures at first */
    }
}

nb_status nb_muon_create(const nb_model *model, nb_muon *out, nb_error *err)
{
    const nb_graph *g = &model->graph;
    nb_muon muon = {.count = 0};
    for (int i = 0; i < g->n_params; i++) muon.count += is_matrix(&g->params[i]);
    const nb_status status = nb_arena_fill(&muon.arena, take_memory, &(wish){g, &muon}, err);
    if (status == NB_OK) *out = muon;
    return status;
}

void nb_muon_destroy(nb_muon *muon) { nb_arena_free(&muon->arena); }

bool nb_muon_has(const nb_muon *muon, size_t first)
{
    size_t low = 0, high = muon->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (muon->matrices[middle].first + muon->matrices[middle].floats <= first)
            low = middle + 1;
        else
            high = middle;
    }
    return low < muon->count && muon->matrices[low].first <= first;
}

/* X = the momentum after this gradient, with norm 1, or 0 where it is; padding stays 0. */
static void begin(const matrix *x, const float *grad, float *m)
{
    double sum = 0.0;
    for (size_t i = 0; i < x->rows; i++) {
        for (size_t j = 0; j < x->cols; j++) {
            const size_t at = i * x->stride + j,
                         to = x->turned ? j * x->wide_stride + i : i * x->wide_stride + j;
            const float mean = momentum * m[at] + (1.0F - momentum) * grad[at];
            m[at] = fabsf(mean) < FLT_MIN ? 0.0F : mean;
            x->x[to] = momentum * m[at] + (1.0F - momentum) * grad[at];
            sum += (double)x->x[to] * (double)x->x[to];
        }
    }
    const float scale = sum > 1e-60 ? (float)(1.0 / sqrt(sum)) : 0.0F;
    for (size_t i = 0; i < x->tall * x->wide_stride; i++) {
        const float value = x->x[i] * scale;
        x->x[i] = fabsf(value) < 1e-12F ? 0.0F : value; /* no product of two is subnormal */
    }
}

static void iterate(const nb_kernels *k, matrix *x)
{
    static const float a = 3.4445F, b = -4.7750F, c = 2.0315F;
    const size_t n = x->wide, row = x->wide_stride;
    k->gemm(&(nb_gemm){.m = n,
                       .n = n,
                       .k = x->tall,
                       .a = x->x,
                       .a_row = row,
                       .transposed = true,
                       .b = x->x,
                       .b_row = row,
                       .c = x->gram,
                       .c_row = row});
    k->gemm(&(nb_gemm){.m = n,
                       .n = n,
                       .k = n,
                       .a = x->gram,
                       .a_row = row,
                       .b = x->gram,
                       .b_row = row,
                       .c = x->sum,
                       .c_row = row});
    for (size_t i = 0; i < n * row; i++) x->sum[i] = b * x->gram[i] + c * x->sum[i];
    k->gemm(&(nb_gemm){.m = x->tall,
                       .n = n,
                       .k = n,
                       .a = x->x,
                       .a_row = row,
                       .b = x->sum,
                       .b_row = row,
                       .c = x->next,
                       .c_row = row});
    for (size_t i = 0; i < x->tall * row; i++) x->x[i] = a * x->x[i] + x->next[i];
}

typedef struct turn {
    const nb_muon *muon;
    const nb_graph *g;
    float *m;
} turn;

static void turn_matrix(void *context, size_t index)
{
    const turn *t = context;
    matrix *x = &t->muon->matrices[index];
    begin(x, t->g->grads + x->first, t->m + x->first);
    for (int i = 0; i < ITERATIONS; i++) iterate(t->g->engine->kernels, x);
    const float size = 0.2F * sqrtf((float)x->tall);
    float *out = t->muon->step + x->first;
    for (size_t i = 0; i < x->rows; i++) {
        for (size_t j = 0; j < x->cols; j++)
            out[i * x->stride + j] = size * x->x[x->turned ? j * x->wide_stride + i : i * x->wide_stride + j];
    }
}

void nb_muon_turn(const nb_muon *muon, const nb_graph *g, float *m)
{
    nb_pool_run(g->engine->pool, muon->count, turn_matrix, &(turn){muon, g, m});
}
