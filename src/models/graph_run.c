/* graph_run.c - some samples through a graph: the list of layers forward, and in reverse backward. */
#include "models/pass.h"

/* The border of a gradient whose memory was another's before. */
static void clear_halo(const nb_graph *g, nb_value v, const nb_chunk *c)
{
    const nb_value_info *info = &g->values[v];
    if (!info->grad_halo || !info->needs_grad) return;
    const nb_tensor t = nb_grad_tensor(g, v, c);
    const size_t edge = (t.row + t.pixel) * sizeof(float);
    memset(t.data - t.row - t.pixel, 0, edge);
    for (size_t i = 0; i < t.height; i++)
        memset(t.data + i * t.row + t.width * t.pixel, 0, t.pixel * sizeof(float));
    memset(t.data + t.height * t.row - t.pixel, 0, edge);
}

nb_layer_args nb_layer_args_of(const nb_graph *g, const nb_layer *layer, const nb_chunk *c)
{
    nb_layer_args a = {.kernels = g->engine->kernels,
                       .rows = c->rows,
                       .out = nb_value_tensor(g, layer->out, c),
                       .work = c->work};
    a.settings = layer->module.settings;
    if (layer->kind->draw && g->drew)
        a.drawn = g->drawn + layer->drawn * g->max_batch + c->first * nb_value_count(g, layer->out);
    for (int i = 0; i < layer->kind->inputs; i++) {
        if (layer->in[i] >= 0) a.in[i] = nb_value_tensor(g, layer->in[i], c);
    }
    if (layer->skip && g->skips_off) a.in[1].data = NULL;
    if (layer->module.weight >= 0) {
        const nb_param *w = &g->params[layer->module.weight];
        float *weights = w->winograd ? g->weights_u + w->u_offset : g->weights + w->offset;
        a.weight = (nb_matrix){weights, w->cols, w->stride};
        a.weight_t = (nb_matrix){g->weights_t + w->t_offset, w->in, nb_stride(w->in)};
        a.taps = w->taps;
    }
    if (layer->module.bias >= 0) a.bias = g->weights + g->params[layer->module.bias].offset;
    if (layer->plus >= 0) a.plus = nb_value_tensor(g, layer->plus, c);
    if (layer->saved >= 0) a.saved = nb_value_tensor(g, layer->saved, c).data;
    a.relu = layer->relu;
    return a;
}

static void run_layer(const nb_run *p, const nb_layer *layer, const nb_chunk *c, size_t rows)
{
    nb_layer_args a = nb_layer_args_of(p->g, layer, c);
    a.rows = rows;
    if (p->stop &&
        layer == &p->g->layers[p->n_layers - 1]) { /* what was folded into it when the value had its name */
        a.relu = p->stop->relu;
        if (p->stop->plus < 0) a.plus.data = NULL;
    }
    layer->kind->forward(&a);
}

/* A layer whose output t alone decides, where all samples have one t: done for the first that a thread meets, copied for the
 * others. */
static void forward_shared(const nb_run *p, const nb_layer *layer, const nb_chunk *c, const nb_chunk *first)
{
    const nb_graph *g = p->g;
    const nb_tensor to = nb_value_tensor(g, layer->out, c), from = nb_value_tensor(g, layer->out, first);
    size_t done = 0;
    if (c->first == first->first) {
        done = 1;
        run_layer(p, layer, c, 1);
    }
    for (; done < c->rows && to.data + done * to.sample != from.data; done++)
        memcpy(to.data + done * to.sample, from.data, to.sample * sizeof(float));
}

void nb_chunk_forward(const nb_run *p, const nb_chunk *c, const nb_chunk *first)
{
    const nb_graph *g = p->g;
    nb_copy_inputs(p, c);
    nb_graph_tell(g, -1, NB_PASS_FORWARD);
    for (int i = 0; i < p->n_layers; i++) {
        const nb_layer *layer = &g->layers[i];
        if (!layer->folded && p->same_t && g->values[layer->out].of_t) {
            forward_shared(p, layer, c, first);
        } else if (!layer->folded) {
            run_layer(p, layer, c, c->rows);
        }
        nb_graph_tell(g, i, NB_PASS_FORWARD);
    }
    nb_copy_outputs(p, c);
}

/* Whether it is an input whose gradient nobody has asked for. */
static bool unasked(const nb_run *p, nb_value v)
{
    const nb_graph *g = p->g;
    if (v == g->x) return p->d_x == NULL;
    for (int i = 0; p->d_cond == NULL && i < g->n_inputs; i++)
        if (g->inputs[i].value == v) return true;
    return false;
}

/* A lane's samples add to its gradients in their order, each after the one before, wherever that is. */
static void wait_for_turn(const nb_run *p, const nb_layer *layer, const nb_chunk *c)
{
    if (c->first % p->lane_rows == 0) return;
    const atomic_int *before = &p->g->turns[c->first - 1].left;
    for (unsigned turns = 0; atomic_load_explicit(before, memory_order_acquire) > layer->turn; turns++)
        nb_pool_pause(turns);
}

static void end_turn(const nb_run *p, int layer, const nb_chunk *c)
{
    atomic_store_explicit(&p->g->turns[c->first].left, layer, memory_order_release);
}

/* One layer backward: with images its parameters' gradients, then those of its inputs. */
static void backward_layer(const nb_run *p, const nb_layer *layer, const nb_chunk *c)
{
    const nb_graph *g = p->g;
    const int index = (int)(layer - g->layers);
    if (!g->values[layer->out].needs_grad || !g->values[layer->out].reached) return;
    nb_layer_args a = nb_layer_args_of(g, layer, c);
    a.d_out = nb_grad_tensor(g, layer->out, c);
    if (g->images && layer->kind->gradient) {
        wait_for_turn(p, layer, c);
        nb_layer_aim(g, layer, &a,
                     (nb_aim){.lane = c->lane,
                              .count = g->params[layer->module.weight].rows,
                              .accumulate = c->first % p->lane_rows > 0 || layer->again});
        layer->kind->gradient(&a);
        end_turn(p, index, c);
        nb_graph_tell(g, index, NB_PASS_GRADIENT);
    }
    if (layer->kind->backward == NULL) return;
    for (int k = 0; k < NB_INPUTS; k++) {
        const nb_value v = layer->in[k];
        if (v < 0 || !g->values[v].needs_grad || unasked(p, v)) continue;
        a.d_in[k] = nb_grad_tensor(g, v, c);
        a.add[k] = layer->add[k];
        if (!layer->add[k] && v != layer->out) clear_halo(g, v, c);
    }
    layer->kind->backward(&a);
    nb_graph_tell(g, index, NB_PASS_BACKWARD);
}

void nb_chunk_backward(const nb_run *p, const nb_chunk *c)
{
    const nb_graph *g = p->g;
    for (int i = 0; g->images && i < g->n_outputs; i++) clear_halo(g, g->outputs[i], c);
    nb_copy_output_grads(p, c);
    nb_graph_tell(g, -1, NB_PASS_BACKWARD);
    for (int i = g->n_layers - 1; i >= 0; i--) backward_layer(p, &g->layers[i], c);
    if (g->images) end_turn(p, 0, c);
    nb_copy_input_grads(p, c);
}
