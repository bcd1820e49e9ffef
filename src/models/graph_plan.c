/* graph_plan.c - where a graph's values and their gradients lie, decided once.
 *
 * With images, what backward reads is kept for every sample of the batch. All else lives in a lane's scratch for
 * as long as a layer needs it: values during forward, gradients of values during backward. Each of these takes
 * the lowest place that no other of its time has. */
#include "models/graph.h"

#include "base/error.h"

typedef struct span {
    bool used;
    int first, last; /* layers between which it lives, both included */
    size_t size, offset;
} span;

static size_t rounded(size_t floats) { return (floats + 15) / 16 * 16; }

static bool collide(const span *a, const span *b)
{
    return a->first <= b->last && b->first <= a->last && a->offset < b->offset + b->size &&
           b->offset < a->offset + a->size;
}

/* Places every span in turn; returns the floats they take together. */
static size_t place(span *spans, int n)
{
    size_t all = 0;
    for (int i = 0; i < n; i++) {
        if (!spans[i].used) continue;
        spans[i].offset = 0;
        for (int k = 0; k < i; k++) {
            if (!spans[k].used || !collide(&spans[i], &spans[k])) continue;
            spans[i].offset = spans[k].offset + spans[k].size;
            k = -1; /* further up, it may collide with one already passed */
        }
        const size_t end = spans[i].offset + spans[i].size;
        all = end > all ? end : all;
    }
    return all;
}

/* ---- A concat's inputs are made where its output has them, so that there is nothing to copy. ---- */

/* These go through a row of a value in one run: all its channels must be there, and no others. */
static bool takes_rows_whole(const nb_layer *l)
{
    return l->forward == nb_relu_forward || l->forward == nb_silu_forward ||
           l->forward == nb_attention_forward;
}

/* Whether v can lie inside the output of the concat, which then is the last to touch it. */
static bool can_join(const nb_graph *g, int concat, nb_value v)
{
    const nb_value_info *part = &g->values[v], *whole = &g->values[g->layers[concat].out];
    if (v == g->x || v == g->eps || part->inside >= 0 || part->channels % NB_PAD != 0) return false;
    if (part->grad_halo || (part->halo && !whole->halo)) return false;
    for (int i = 0; i < g->n_layers; i++) {
        const nb_layer *l = &g->layers[i];
        const bool makes = l->out == v;
        if (makes && l->forward == nb_concat_forward) return false;
        if ((makes || l->in[0] == v || l->in[1] == v || l->plus == v) && (i > concat || takes_rows_whole(l)))
            return false;
    }
    return true;
}

static void plan_concats(nb_graph *g)
{
    for (int i = 0; i < g->n_layers; i++) {
        const nb_layer *l = &g->layers[i];
        size_t at = 0;
        for (int k = 0; k < 2 && l->forward == nb_concat_forward; k++) {
            nb_value_info *part = &g->values[l->in[k]], *whole = &g->values[l->out];
            if (at % NB_PAD == 0 && can_join(g, i, l->in[k])) {
                part->inside = l->out;
                part->at = at;
                whole->read_back = whole->read_back || part->read_back;
            }
            at += part->channels;
        }
    }
}

/* The value in whose memory v lies. */
static nb_value whole_of(const nb_graph *g, nb_value v)
{
    return v >= 0 && g->values[v].inside >= 0 ? g->values[v].inside : v;
}

/* From the layer that first writes v or a part of it (-1 for an input) to the last that reads it (n_layers for the
 * output). */
static span life_of(const nb_graph *g, nb_value v)
{
    span s = {.first = -1, .last = -1};
    for (int i = g->n_layers - 1; i >= 0; i--) {
        const nb_layer *l = &g->layers[i];
        const bool writes = whole_of(g, l->out) == v;
        const bool reads = whole_of(g, l->in[0]) == v || whole_of(g, l->in[1]) == v || l->saved == v;
        if (writes) s.first = i;
        if (s.last < 0 && (reads || writes)) s.last = i;
    }
    if (v == g->eps) s.last = g->n_layers;
    return s;
}

static void plan_sample(nb_graph *g)
{
    static const span none = {0};
    span values[NB_MOST_VALUES], grads[NB_MOST_VALUES];
    for (nb_value v = 0; v < g->n_values; v++) {
        const nb_value_info *info = &g->values[v];
        values[v] = grads[v] = none;
        if (info->inside >= 0) continue;
        if (!info->kept) {
            values[v] = life_of(g, v);
            values[v].used = true;
            values[v].size = rounded(nb_value_size(info, info->halo));
        }
        if (info->needs_grad) {
            grads[v] = life_of(g, v);
            grads[v].used = true;
            grads[v].size = rounded(nb_value_size(info, info->grad_halo));
        }
    }
    const size_t a = place(values, g->n_values), b = place(grads, g->n_values);
    g->scratch_floats = a > b ? a : b;
    for (nb_value v = 0; v < g->n_values; v++) {
        if (values[v].used) g->values[v].offset = values[v].offset;
        g->values[v].grad_offset = grads[v].offset;
    }
}

/* Going backward, the first layer that gives a value a gradient writes it, those after it add to it. */
static void plan_additions(nb_graph *g)
{
    bool begun[NB_MOST_VALUES] = {false};
    begun[g->eps] = true;
    for (int i = g->n_layers - 1; i >= 0; i--) {
        nb_layer *l = &g->layers[i];
        for (int k = 0; k < 2; k++) {
            if (l->in[k] < 0 || l->in[k] == l->out) continue;
            l->add[k] = begun[l->in[k]];
            begun[l->in[k]] = true;
        }
    }
}

/* Which values t alone decides. A layer that works in place on one takes that from it, unless it heeds t alone too. */
static void plan_sharing(nb_graph *g)
{
    bool of_t[NB_MOST_VALUES] = {false}, written[NB_MOST_VALUES] = {false};
    of_t[g->t] = true;
    for (int i = 0; i < g->n_layers; i++) {
        const nb_layer *l = &g->layers[i];
        const bool shared = l->in[0] >= 0 && of_t[l->in[0]] && (l->in[1] < 0 || of_t[l->in[1]]);
        of_t[l->out] = shared && (!written[l->out] || of_t[l->out]);
        written[l->out] = true;
    }
    for (nb_value v = 0; v < g->n_values; v++) g->values[v].of_t = of_t[v] && g->values[v].kept;
}

/* Where a parameter's gradient and the copies made of it lie. */
static void plan_params(nb_graph *g)
{
    for (int i = 0; i < g->n_params; i++) {
        nb_param *p = &g->params[i];
        const size_t matrices = nb_param_matrices(p), floats = rounded(matrices * p->in * p->stride);
        p->lane_offset = g->lane_floats;
        p->t_offset = g->weight_t_floats;
        p->u_offset = g->weight_u_floats;
        g->lane_floats += floats;
        if (p->kind <= NB_PARAM_CONV_TRANSPOSE)
            g->weight_t_floats += rounded(matrices * p->cols * nb_stride(p->in));
        if (p->winograd) g->weight_u_floats += floats;
    }
}

void nb_graph_plan(nb_graph *g)
{
    const size_t rows = g->images ? 1 : g->lane_rows;
    if (g->images) plan_concats(g);
    for (nb_value v = 0; v < g->n_values; v++) {
        nb_value_info *info = &g->values[v];
        info->kept = !g->images || info->read_back;
        if (!info->kept || info->inside >= 0) continue;
        info->offset = info->grad_offset = g->act_floats;
        g->act_floats += rounded(rows * nb_value_size(info, info->halo));
    }
    if (g->images)
        plan_sample(g);
    else
        g->scratch_floats = g->act_floats;
    plan_additions(g);
    plan_params(g);
    plan_sharing(g);
}

static void take_memory(nb_graph *g)
{
    const size_t lanes = NB_LANES, image_lanes = g->images ? lanes : 0;
    g->weights = nb_arena_take(&g->arena, g->weight_floats, sizeof(float));
    g->weights_t = nb_arena_take(&g->arena, g->weight_t_floats, sizeof(float));
    g->weights_u = nb_arena_take(&g->arena, g->weight_u_floats, sizeof(float));
    g->grads = nb_arena_take(&g->arena, g->weight_floats, sizeof(float));
    g->lane_grads = nb_arena_take(&g->arena, image_lanes * g->lane_floats, sizeof(float));
    g->work = nb_arena_take(&g->arena, lanes * g->work_floats, sizeof(float));
    g->acts = nb_arena_take(&g->arena, (g->images ? g->max_batch : lanes) * g->act_floats, sizeof(float));
    g->scratch = nb_arena_take(&g->arena, lanes * g->scratch_floats, sizeof(float));
    g->labels = nb_arena_take(&g->arena, g->classes ? g->max_batch : 0, sizeof(int32_t));
}

nb_status nb_graph_finish(nb_graph *g, nb_value x, nb_value t, nb_value eps, nb_rng *init, nb_error *err)
{
    g->x = x;
    g->t = t;
    g->eps = eps;
    nb_graph_plan(g);
    take_memory(g);
    g->bytes = g->arena.used;
    if (!nb_arena_alloc(&g->arena)) return nb_fail_memory(err, g->bytes);
    take_memory(g);
    const nb_status status = nb_graph_init(g, init, err);
    if (status != NB_OK) nb_graph_free(g);
    return status;
}

void nb_graph_free(nb_graph *g) { nb_arena_free(&g->arena); }
