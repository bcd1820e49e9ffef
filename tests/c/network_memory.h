/* network_memory.h - what a graph's memory holds before a pass, and must hold after it: numbers that are none wherever no layer may
 * count on what is there, and gaps that no layer may touch. */
#ifndef NB_TESTS_NETWORK_MEMORY_H
#define NB_TESTS_NETWORK_MEMORY_H

#include "network_run.h"

static const uint32_t poison_bits = 0x7fc0deadU; /* a NaN */

static inline void poison(float *at, size_t count)
{
    for (size_t i = 0; i < count; i++) memcpy(&at[i], &poison_bits, sizeof poison_bits);
}

static inline bool poisoned(const float *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&at[i], &poison_bits, sizeof poison_bits) != 0) return false;
    return true;
}

/* Blocks of kept values: one for each sample, or for each lane of vectors. */
static inline size_t act_blocks(const nb_graph *g) { return g->images ? g->max_batch : g->slots; }

/* Numbers of a value in a block. */
static inline size_t floats_of(const nb_graph *g, nb_value v, bool halo)
{
    return (g->images ? 1 : g->lane_rows) * nb_value_size(&g->values[v], halo);
}

/* All but the borders of zeros, which are made once. */
static inline void poison_acts(const nb_graph *g)
{
    for (size_t b = 0; b < act_blocks(g); b++) {
        const nb_chunk c = {.acts = g->acts + b * g->act_floats};
        poison(c.acts, g->act_floats);
        g->used_acts[b] = true;
        for (nb_value v = 0; v < g->n_values; v++) {
            const nb_value_info *info = &g->values[v];
            if (!info->kept || !info->halo || info->inside >= 0) continue;
            memset(c.acts + info->offset, 0, floats_of(g, v, true) * sizeof(float));
            const nb_tensor t = nb_value_tensor(g, v, &c);
            for (size_t i = 0; i < t.height; i++) poison(t.data + i * t.row, t.width * t.pixel);
        }
    }
}

static inline void poison_scratch(const nb_graph *g) { poison(g->scratch, g->slots * g->scratch_floats); }

/* A nb_graph_watch: what a layer leaves in its room to work is no other's to find. */
static inline void poison_work(void *context, int layer, nb_pass which)
{
    const nb_graph *g = context;
    (void)layer;
    (void)which;
    poison(g->work, g->slots * g->work_floats);
}

/* A graph that has not run yet, where what the heap gives is not zeros. */
static inline void poison_heap(const nb_graph *g)
{
    poison(g->acts, act_blocks(g) * g->act_floats);
    poison(g->lane_grads, g->images ? NB_LANES * g->lane_floats : 0);
    poison(g->grads, g->weight_floats);
    poison(g->weights_t, g->weight_t_floats);
    poison(g->weights_u, g->weight_u_floats);
    poison(g->scratch, g->slots * g->scratch_floats);
    poison(g->work, g->slots * g->work_floats);
}

/* The values beyond whose end something was written, in a graph that has them apart: the first, or -1. */
static inline nb_value overrun(const nb_graph *g)
{
    for (nb_value v = 0; v < g->n_values; v++) {
        const nb_value_info *info = &g->values[v];
        for (size_t b = 0; b < act_blocks(g); b++) {
            const size_t n = floats_of(g, v, info->halo), left = nb_round_up(n, 16) + NB_GAP - n;
            if (!poisoned(g->acts + b * g->act_floats + info->offset + n, left)) return v;
        }
        for (size_t b = 0; b < g->slots && (info->needs_grad || !g->images); b++) {
            const bool halo = g->images && info->grad_halo;
            const size_t n = floats_of(g, v, halo), left = nb_round_up(n, 16) + NB_GAP - n;
            if (!poisoned(g->scratch + b * g->scratch_floats + info->grad_offset + n, left)) return v;
        }
    }
    return -1;
}

/* Forward and back where nothing is left of what was there before. */
static inline void pass_poisoned(nb_graph *g, const network_inputs *in, network_numbers *r)
{
    const nb_inputs given = inputs_of(in, g);
    g->watch = poison_work;
    g->watch_context = g;
    poison_work(g, 0, NB_PASS_FORWARD);
    poison_acts(g);
    poison_scratch(g);
    nb_graph_forward(g, in->n, &given, r->all);
    poison_scratch(g);
    pass_back(g, in, r);
    g->watch = NULL;
}

/* The same for a prediction, or with index >= 0 for the value of that number. */
static inline void predict_poisoned(nb_graph *g, const network_inputs *in, int index, float *out)
{
    const nb_inputs given = inputs_of(in, g);
    poison_acts(g);
    poison_scratch(g);
    if (index < 0)
        nb_graph_predict(g, in->n, &given, out, NULL);
    else
        nb_graph_activation(g, index, in->n, &given, out);
}

#endif
