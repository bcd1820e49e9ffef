/* graph_plan.c - where a graph's values and their gradients lie, decided once.
 *
 * With images, what backward reads is kept for every sample of the batch. All else lives in a lane's scratch for
 * as long as a layer needs it: values during forward, gradients of values during backward. Each of these takes
 * the lowest place that no other of its time has. */
#include "models/graph.h"

#include "base/error.h"

#include <stdlib.h>

typedef struct span {
    bool used;
    int first, last; /* layers between which it lives, both included */
    size_t size, offset;
} span;

static size_t rounded(size_t floats) { return nb_round_up(floats, 16); }

/* What a value takes of a block. */
static size_t room_for(const nb_graph *g, size_t floats)
{
    return nb_add(rounded(floats), g->plain ? NB_GAP : 0);
}

static bool collide(const span *a, const span *b)
{
    return a->first <= b->last && b->first <= a->last && a->offset < nb_add(b->offset, b->size) &&
           b->offset < nb_add(a->offset, a->size);
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
            if (spans[k].offset + spans[k].size < spans[k].size) return NB_TOO_LARGE;
            spans[i].offset = spans[k].offset + spans[k].size;
            k = -1; /* further up, it may collide with one already passed */
        }
        const size_t end = nb_add(spans[i].offset, spans[i].size);
        all = end > all ? end : all;
    }
    return all;
}

/* ---- A concat's inputs are made where its output has them, so that there is nothing to copy. ---- */

static bool reads(const nb_layer *l, nb_value v)
{
    bool any = l->plus == v;
    for (int k = 0; k < NB_INPUTS; k++) any = any || l->in[k] == v;
    return any;
}

static bool is_output(const nb_graph *g, nb_value v)
{
    for (int i = 0; i < g->n_outputs; i++)
        if (g->outputs[i] == v) return true;
    return false;
}

static bool is_input(const nb_graph *g, nb_value v)
{
    for (int i = 0; i < g->n_inputs; i++)
        if (g->inputs[i].value == v) return true;
    return false;
}

/* Whether v can lie inside the output of the concat, which then is the last to touch it: nothing that backward reads of it may
 * be overwritten by what works in the place of that output. */
static bool can_join(const nb_graph *g, int concat, nb_value v)
{
    const nb_value out = g->layers[concat].out;
    const nb_value_info *part = &g->values[v], *whole = &g->values[out];
    if (is_input(g, v) || is_output(g, v) || part->inside >= 0 || part->channels % NB_PAD != 0) return false;
    if (part->grad_halo || (part->halo && !whole->halo)) return false;
    for (int i = 0; i < g->n_layers; i++) {
        const nb_layer *l = &g->layers[i];
        const bool makes = l->out == v;
        if (makes && l->kind->side_by_side) return false;
        if (i > concat && l->out == out && part->read_back) return false;
        if ((makes || reads(l, v)) && (i > concat || l->kind->whole_rows)) return false;
    }
    return true;
}

static void plan_concats(nb_graph *g)
{
    for (int i = 0; i < g->n_layers; i++) {
        const nb_layer *l = &g->layers[i];
        size_t at = 0;
        for (int k = 0; k < NB_INPUTS && l->kind->side_by_side && l->in[k] >= 0; k++) {
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
        bool touches = writes || l->saved == v;
        for (int k = 0; k < NB_INPUTS; k++) touches = touches || whole_of(g, l->in[k]) == v;
        if (writes || l->saved == v) s.first = i;
        if (s.last < 0 && touches) s.last = i;
    }
    if (is_output(g, v) || g->plain) s.last = g->n_layers;
    if (g->plain) s.first = -1;
    return s;
}

/* values, grads: room for a span of each. */
static void plan_sample(nb_graph *g, span *values, span *grads)
{
    static const span none = {0};
    for (nb_value v = 0; v < g->n_values; v++) {
        const nb_value_info *info = &g->values[v];
        values[v] = grads[v] = none;
        if (info->inside >= 0) continue;
        if (!info->kept) {
            values[v] = life_of(g, v);
            values[v].used = true;
            values[v].size = room_for(g, nb_value_size(info, info->halo));
        }
        if (info->needs_grad) {
            grads[v] = life_of(g, v);
            grads[v].used = true;
            grads[v].size = room_for(g, nb_value_size(info, info->grad_halo));
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
static void plan_additions(nb_graph *g, bool *begun)
{
    memset(begun, 0, (size_t)g->n_values * sizeof *begun);
    for (int i = 0; i < g->n_outputs; i++) begun[g->outputs[i]] = true;
    for (int i = g->n_layers - 1; i >= 0; i--) {
        nb_layer *l = &g->layers[i];
        for (int k = 0; k < NB_INPUTS; k++) {
            if (l->in[k] < 0 || l->in[k] == l->out) continue;
            l->add[k] = begun[l->in[k]];
            begun[l->in[k]] = begun[l->in[k]] || (l->kind->backward && begun[l->out]);
        }
    }
    for (nb_value v = 0; v < g->n_values; v++) g->values[v].reached = begun[v];
}

/* Going backward, the first layer that has a weight writes its gradient, those after it add to that. What leads to no output
 * does neither. */
static void plan_again(nb_graph *g)
{
    for (int i = 0; i < g->n_layers; i++) {
        nb_layer *l = &g->layers[i];
        l->turn = i;
        for (int k = 0; l->module.weight >= 0 && k < g->n_layers; k++) {
            if (g->layers[k].module.weight != l->module.weight || !g->values[g->layers[k].out].reached)
                continue;
            l->again = l->again || k > i;
            l->turn = k < l->turn ? k : l->turn;
        }
    }
}

/* Which values t alone decides. A layer that works in place on one takes that from it, unless it heeds t alone too. */
static void plan_sharing(nb_graph *g, bool *of_t, bool *written)
{
    memset(of_t, 0, (size_t)g->n_values * sizeof *of_t);
    memset(written, 0, (size_t)g->n_values * sizeof *written);
    if (g->t >= 0 && !g->plain) of_t[g->t] = true;
    for (int i = 0; i < g->n_layers; i++) {
        const nb_layer *l = &g->layers[i];
        bool shared = l->in[0] >= 0 && l->saved < 0; /* what it saves is not copied */
        for (int k = 0; k < NB_INPUTS; k++) shared = shared && (l->in[k] < 0 || of_t[l->in[k]]);
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
        const size_t matrices = nb_param_matrices(p),
                     floats = rounded(nb_mul(nb_mul(matrices, p->in), p->stride));
        p->lane_offset = g->lane_floats;
        p->t_offset = g->weight_t_floats;
        p->u_offset = g->weight_u_floats;
        g->lane_floats = nb_add(g->lane_floats, floats);
        if (p->kind <= NB_PARAM_CONV_TRANSPOSE)
            g->weight_t_floats =
                nb_add(g->weight_t_floats, rounded(nb_mul(nb_mul(matrices, p->cols), nb_stride(p->in))));
        if (p->winograd) g->weight_u_floats = nb_add(g->weight_u_floats, floats);
    }
}

/* How many chunks are worked on at a time; returns the rows of one. */
static size_t plan_slots(nb_graph *g)
{
    const size_t threads = (size_t)nb_pool_threads(g->engine->pool);
    g->slots = threads < g->max_batch ? threads : g->max_batch;
    if (g->images) return 1;
    g->lane_rows = nb_lane_rows(g->max_batch, threads, SIZE_MAX, SIZE_MAX);
    g->slots = (g->max_batch + g->lane_rows - 1) / g->lane_rows;
    return g->lane_rows;
}

/* Room for the planning, which is needed no longer then. */
typedef struct plan_room {
    nb_arena arena;
    size_t values;
    span *spans[2];
    bool *flags[2];
} plan_room;

static void take_room(nb_arena *a, void *object)
{
    plan_room *r = object;
    for (int i = 0; i < 2; i++) r->spans[i] = nb_arena_take(a, r->values, sizeof(span));
    for (int i = 0; i < 2; i++) r->flags[i] = nb_arena_take(a, r->values, sizeof(bool));
}

static bool is_image(const nb_graph *g, nb_value v) { return v >= 0 && g->values[v].axes != NB_FEATURES; }

/* Whether some layer works on images one by one. Pictures that are only reshaped into vectors, and back, go together as those
 * do: sample by sample, a weight would leave the cache each time. */
static bool has_images(const nb_graph *g)
{
    bool any = false;
    for (int i = 0; i < g->n_layers; i++) {
        const nb_layer *l = &g->layers[i];
        bool touches = is_image(g, l->out);
        for (int k = 0; k < NB_INPUTS; k++) touches = touches || is_image(g, l->in[k]);
        any = any || (touches && !l->kind->many_images);
    }
    return any;
}

nb_status nb_graph_plan(nb_graph *g, nb_error *err)
{
    g->images = has_images(g);
    plan_room room = {.values = (size_t)g->n_values};
    const nb_status status = nb_arena_fill(&room.arena, take_room, &room, err);
    if (status != NB_OK) return status;
    const size_t rows = plan_slots(g);
    if (g->images && !g->plain) plan_concats(g);
    for (nb_value v = 0; v < g->n_values; v++) {
        nb_value_info *info = &g->values[v];
        info->kept = !g->images || info->read_back || g->plain;
        if (!info->kept || info->inside >= 0) continue;
        info->offset = info->grad_offset = g->act_floats;
        g->act_floats = nb_add(g->act_floats, room_for(g, nb_mul(rows, nb_value_size(info, info->halo))));
    }
    if (g->images)
        plan_sample(g, room.spans[0], room.spans[1]);
    else
        g->scratch_floats = g->act_floats;
    plan_additions(g, room.flags[0]);
    plan_again(g);
    plan_params(g);
    plan_sharing(g, room.flags[0], room.flags[1]);
    nb_arena_free(&room.arena);
    return NB_OK;
}

static void take_memory(nb_arena *a, void *object)
{
    nb_graph *g = object;
    const size_t lanes = g->images ? NB_LANES : 0, kept = g->images ? g->max_batch : g->slots;
    g->weights = nb_arena_take(a, g->weight_floats, sizeof(float));
    g->weights_t = nb_arena_take_raw(a, g->weight_t_floats, sizeof(float));
    g->weights_u = nb_arena_take_raw(a, g->weight_u_floats, sizeof(float));
    g->grads = nb_arena_take_raw(a, g->weight_floats, sizeof(float));
    g->lane_grads = nb_arena_take_raw(a, nb_mul(lanes, g->lane_floats), sizeof(float));
    g->drawn = nb_arena_take_raw(a, nb_mul(g->draw_size, g->max_batch), sizeof(float));
    g->work = nb_arena_take_raw(a, nb_mul(g->slots, g->work_floats), sizeof(float));
    g->acts = nb_arena_take_raw(a, nb_mul(kept, g->act_floats), sizeof(float));
    g->scratch = nb_arena_take_raw(a, nb_mul(g->slots, g->scratch_floats), sizeof(float));
    g->turns = nb_arena_take(a, g->images ? g->max_batch : 0, sizeof(nb_turn));
    g->used_acts = nb_arena_take(a, kept, sizeof(bool));
    g->used_grads = nb_arena_take(a, lanes, sizeof(bool));
    g->bytes = a->used;
}

static nb_status plan_and_take(nb_graph *g, nb_rng *init, nb_error *err)
{
    nb_status status = nb_graph_plan(g, err);
    if (status == NB_OK) status = nb_arena_fill(&g->arena, take_memory, g, err);
    if (status == NB_OK) status = nb_graph_init(g, init, err);
    return status;
}

nb_status nb_graph_finish(nb_graph *g, nb_rng *init, nb_error *err)
{
    const nb_status status = nb_graph_failed(g) ? nb_fail(err, g->failure.status, "%s", g->failure.message)
                                                : plan_and_take(g, init, err);
    if (status != NB_OK) nb_graph_free(g);
    return status;
}

void nb_graph_free(nb_graph *g)
{
    nb_arena_free(&g->arena);
    for (int i = 0; i < g->n_params; i++) free(g->params[i].name);
    free(g->values);
    free(g->layers);
    free(g->params);
    free(g->named);
    free(g->inputs);
    free(g->outputs);
    *g = (nb_graph){0};
}
