/* pass.h - one pass through a graph: what it is given, and where the values of some samples lie. */
#ifndef NB_MODELS_PASS_H
#define NB_MODELS_PASS_H

#include "models/graph.h"

/* The samples of each lane that nobody has taken yet, and the threads at work in it: with images. */
typedef struct nb_share {
    atomic_size_t next[NB_LANES];
    atomic_uint threads[NB_LANES];
} nb_share;

typedef struct nb_run {
    nb_graph *g;
    size_t n, lane_rows;        /* samples of this pass, and of each lane but the last */
    nb_share *share;            /* with images */
    const nb_named_value *stop; /* the value that forward is run for, or NULL: the outputs */
    int n_layers;               /* those that make it */
    bool same_t;                /* of all samples, as when sampling */
    bool keep; /* each sample's activations, for backward; otherwise a thread's overwrite one another */
    bool back; /* it goes backward, after a forward pass or at once */
    nb_inputs in;
    float *out;
    const float *d_out;
    float *d_x, *d_cond;
    const nb_training_pass *training; /* where backward follows at once, or NULL */
    const nb_beside *beside;          /* or NULL */
} nb_run;

/* Some samples that go through the layers together: a lane of vectors, or with images one sample of it. */
typedef struct nb_chunk {
    size_t first, rows, lane;
    float *acts, *scratch, *work;
} nb_chunk;

/* What part of a weight's gradient is to be found: rows first .. first + count. */
typedef struct nb_aim {
    size_t lane, first, count;
    bool accumulate;
} nb_aim;

/* What a layer reads and writes for these samples (graph_run.c). */
nb_layer_args nb_layer_args_of(const nb_graph *g, const nb_layer *layer, const nb_chunk *c);
/* Forward through the layers of the pass; first: the samples that this thread began it with. */
void nb_chunk_forward(const nb_run *p, const nb_chunk *c, const nb_chunk *first);
/* The gradients of all values of the samples; with images those of the parameters as well. */
void nb_chunk_backward(const nb_run *p, const nb_chunk *c);

static inline void nb_graph_tell(const nb_graph *g, int layer, nb_pass which)
{
    if (g->watch) g->watch(g->watch_context, layer, which);
}

/* Where a parameter's gradient is summed: by a lane with images. */
static inline float *nb_param_grad(const nb_graph *g, int param, size_t lane)
{
    const nb_param *p = &g->params[param];
    return g->images ? g->lane_grads + lane * g->lane_floats + p->lane_offset : g->grads + p->offset;
}

static inline void nb_layer_aim(const nb_graph *g, const nb_layer *layer, nb_layer_args *a, nb_aim aim)
{
    a->d_weight = nb_param_grad(g, layer->module.weight, aim.lane);
    if (layer->module.bias >= 0) a->d_bias = nb_param_grad(g, layer->module.bias, aim.lane);
    a->first = aim.first;
    a->count = aim.count;
    a->accumulate = aim.accumulate;
}

static inline nb_tensor tensor_at(const nb_value_info *v, float *block, bool halo)
{
    const size_t row = nb_value_row(v, halo);
    return (nb_tensor){.data = block + (halo ? row + v->pixel : 0),
                       .height = v->height,
                       .width = v->width,
                       .channels = v->channels,
                       .pixel = v->pixel,
                       .row = row,
                       .sample = nb_value_size(v, halo),
                       .axes = v->axes};
}

/* Of a value, or of the whole that v is a part of, its channels. */
static inline nb_tensor part_of(nb_tensor whole, const nb_value_info *v)
{
    whole.data += v->at;
    whole.channels = v->channels;
    return whole;
}

static inline nb_tensor nb_value_tensor(const nb_graph *g, nb_value v, const nb_chunk *c)
{
    const nb_value_info *part = &g->values[v], *info = part->inside < 0 ? part : &g->values[part->inside];
    return part_of(tensor_at(info, (info->kept ? c->acts : c->scratch) + info->offset, info->halo), part);
}

static inline nb_tensor nb_grad_tensor(const nb_graph *g, nb_value v, const nb_chunk *c)
{
    const nb_value_info *part = &g->values[v], *info = part->inside < 0 ? part : &g->values[part->inside];
    return part_of(tensor_at(info, c->scratch + info->grad_offset, info->grad_halo), part);
}

static inline size_t nb_value_count(const nb_graph *g, nb_value v)
{
    return g->values[v].height * g->values[v].width * g->values[v].channels;
}

/* Between what the caller has, PyTorch's layout, and the graph's values (pass_copy.c). */
void nb_copy_inputs(const nb_run *p, const nb_chunk *c);
void nb_copy_outputs(const nb_run *p, const nb_chunk *c);
void nb_copy_output_grads(const nb_run *p, const nb_chunk *c);
void nb_copy_input_grads(const nb_run *p, const nb_chunk *c);

#endif
