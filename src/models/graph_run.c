/* graph_run.c - running a graph: the list of layers forward, and in reverse backward. */
#include "models/pass.h"

/* lane_rows is set: the analyzer loses it in the callers' loops. NOLINTNEXTLINE(clang-analyzer-core.*) */
static size_t lanes_of(const nb_run *p) { return (p->n + p->lane_rows - 1) / p->lane_rows; }

/* A small batch still gives every lane its share: the cut depends on n alone. */
static size_t rows_per_lane(size_t n) { return (n + NB_LANES - 1) / NB_LANES; }

static size_t rows_of_lane(const nb_run *p, size_t lane)
{
    const size_t first = lane * p->lane_rows;
    return p->n - first < p->lane_rows ? p->n - first : p->lane_rows;
}

static size_t chunks_of_lane(const nb_run *p, size_t lane)
{
    return p->g->images ? rows_of_lane(p, lane) : 1;
}

static nb_chunk chunk_of(const nb_run *p, size_t lane, size_t index)
{
    const nb_graph *g = p->g;
    const size_t first = lane * p->lane_rows + index;
    return (nb_chunk){.first = first,
                      .rows = g->images ? 1 : rows_of_lane(p, lane),
                      .acts = g->acts + (g->images && p->keep ? first : lane) * g->act_floats,
                      .scratch = g->scratch + lane * g->scratch_floats,
                      .work = g->work + lane * g->work_floats};
}

static void clear_once(bool *used, float *memory, size_t floats)
{
    if (!*used) memset(memory, 0, floats * sizeof *memory);
    *used = true;
}

/* A sample's values, or a lane's, when they are first made: their borders stay zeros. Most models never use all of their memory,
 * and a large one takes longer to clear than to build. */
static void clear_acts(const nb_run *p, size_t lane, const nb_chunk *c)
{
    const nb_graph *g = p->g;
    clear_once(&g->used_acts[g->images && p->keep ? c->first : lane], c->acts, g->act_floats);
}

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

static inline nb_layer_args layer_args(const nb_graph *g, const nb_layer *layer, const nb_chunk *c)
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

static void tell(const nb_graph *g, int layer, nb_pass which)
{
    if (g->watch) g->watch(g->watch_context, layer, which);
}

static float *param_grad(const nb_graph *g, int param, size_t lane)
{
    const nb_param *p = &g->params[param];
    return g->images ? g->lane_grads + lane * g->lane_floats + p->lane_offset : g->grads + p->offset;
}

/* A layer's gradients are to be found for rows first .. first + count of its weight. */
static void aim(const nb_graph *g, const nb_layer *layer, nb_layer_args *a, size_t lane, size_t first,
                size_t count, bool accumulate)
{
    a->d_weight = param_grad(g, layer->module.weight, lane);
    if (layer->module.bias >= 0) a->d_bias = param_grad(g, layer->module.bias, lane);
    a->first = first;
    a->count = count;
    a->accumulate = accumulate;
}

static void run_layer(const nb_run *p, const nb_layer *layer, const nb_chunk *c, size_t rows)
{
    nb_layer_args a = layer_args(p->g, layer, c);
    a.rows = rows;
    if (p->stop &&
        layer == &p->g->layers[p->n_layers - 1]) { /* what was folded into it when the value had its name */
        a.relu = p->stop->relu;
        if (p->stop->plus < 0) a.plus.data = NULL;
    }
    layer->kind->forward(&a);
}

/* A layer whose output t alone decides, where all samples have one t: done for a lane's first sample, copied for the
 * others. */
static void forward_shared(const nb_run *p, const nb_layer *layer, const nb_chunk *c, size_t lane)
{
    const nb_graph *g = p->g;
    const nb_chunk first = chunk_of(p, lane, 0);
    const nb_tensor to = nb_value_tensor(g, layer->out, c), from = nb_value_tensor(g, layer->out, &first);
    size_t done = 0;
    if (c->first == first.first) {
        done = 1;
        run_layer(p, layer, c, 1);
    }
    for (; done < c->rows && to.data + done * to.sample != from.data; done++)
        memcpy(to.data + done * to.sample, from.data, to.sample * sizeof(float));
}

static void forward_chunk(const nb_run *p, const nb_chunk *c, size_t lane)
{
    const nb_graph *g = p->g;
    nb_copy_inputs(p, c);
    tell(g, -1, NB_PASS_FORWARD);
    for (int i = 0; i < p->n_layers; i++) {
        const nb_layer *layer = &g->layers[i];
        if (!layer->folded && p->same_t && g->values[layer->out].of_t) {
            forward_shared(p, layer, c, lane);
        } else if (!layer->folded) {
            run_layer(p, layer, c, c->rows);
        }
        tell(g, i, NB_PASS_FORWARD);
    }
    nb_copy_outputs(p, c);
}

static void forward_lane(void *context, size_t lane, size_t thread)
{
    (void)thread;
    const nb_run *p = context;
    for (size_t k = 0; k < chunks_of_lane(p, lane); k++) {
        const nb_chunk c = chunk_of(p, lane, k);
        clear_acts(p, lane, &c);
        forward_chunk(p, &c, lane);
    }
}

/* The inputs from sample `first` on. */
static nb_inputs inputs_from(const nb_graph *g, const nb_inputs *in, size_t first)
{
    return (nb_inputs){in->x + first * g->x_size, in->t ? in->t + first * g->t_size : NULL,
                       in->labels ? in->labels + first : NULL,
                       in->cond ? in->cond + first * g->cond_size : NULL};
}

void nb_graph_draw(nb_graph *g, size_t n, nb_rng *rng)
{
    for (int done = -1, next = 0; next >= 0; done = next) {
        next = -1;
        for (int i = 0; i < g->n_layers; i++) {
            const nb_layer *l = &g->layers[i];
            if (l->kind->draw && l->order > done && (next < 0 || l->order < next)) next = l->order;
        }
        for (int i = 0; next >= 0 && i < g->n_layers; i++) {
            const nb_layer *l = &g->layers[i];
            if (l->kind->draw && l->order == next)
                l->kind->draw(l->module.settings, rng, n * nb_value_count(g, l->out),
                              g->drawn + l->drawn * g->max_batch);
        }
    }
    g->drawn_rows = n;
}

/* What was drawn is for one pass, and the backward pass that follows. */
static void use_drawn(nb_graph *g, size_t n)
{
    g->drew = n > 0 && g->drawn_rows == n;
    g->drawn_rows = 0;
}

/* Forward for the outputs, or for value `stop`. */
static void run_forward(nb_graph *g, const nb_named_value *stop, size_t n, const nb_inputs *in, float *out,
                        bool keep)
{
    if (g->weights_t_stale) nb_graph_derive(g);
    const size_t size = stop ? nb_value_count(g, stop->value) : g->out_size;
    use_drawn(g, keep ? n : 0);
    for (size_t done = 0; done < n;) {
        const size_t rows = n - done < g->max_batch ? n - done : g->max_batch;
        nb_run p = {.g = g,
                    .n = rows,
                    .stop = stop,
                    .n_layers = stop ? stop->layers : g->n_layers,
                    .lane_rows = rows_per_lane(rows),
                    .keep = keep,
                    .in = inputs_from(g, in, done),
                    .out = out + done * size};
        p.same_t = p.in.t && memcmp(p.in.t, p.in.t + g->t_size, (rows - 1) * g->t_size * sizeof(float)) == 0;
        nb_pool_run(g->engine->pool, lanes_of(&p), forward_lane, &p);
        done += rows;
    }
    if (keep && n > 0 && n <= g->max_batch)
        g->last_rows = n;
    else
        nb_graph_forget(g, keep ? "the last forward pass was larger than the model's max_batch, or empty"
                                : "the last forward pass was a prediction, which keeps no activations");
}

void nb_graph_forward(nb_graph *g, size_t n, const nb_inputs *in, float *out)
{
    run_forward(g, NULL, n, in, out, true);
}

void nb_graph_predict(nb_graph *g, size_t n, const nb_inputs *in, float *out)
{
    run_forward(g, NULL, n, in, out, false);
}

/* The layers up to the one that makes the value are a network of their own, whose output it is. */
void nb_graph_activation(nb_graph *g, int index, size_t n, const nb_inputs *in, float *out)
{
    run_forward(g, &g->named[index], n, in, out, false);
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

/* One layer backward: with images its parameters' gradients, then those of its inputs. */
static void backward_layer(const nb_run *p, const nb_layer *layer, const nb_chunk *c, size_t lane,
                           bool accumulate)
{
    const nb_graph *g = p->g;
    if (!g->values[layer->out].needs_grad || !g->values[layer->out].reached) return;
    nb_layer_args a = layer_args(g, layer, c);
    a.d_out = nb_grad_tensor(g, layer->out, c);
    if (g->images && layer->kind->gradient) {
        aim(g, layer, &a, lane, 0, g->params[layer->module.weight].rows, accumulate || layer->again);
        layer->kind->gradient(&a);
        tell(g, (int)(layer - g->layers), NB_PASS_GRADIENT);
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
    tell(g, (int)(layer - g->layers), NB_PASS_BACKWARD);
}

/* The gradients of all values of some samples; with images those of the parameters as well. */
static void backward_chunk(const nb_run *p, const nb_chunk *c, size_t lane, bool accumulate)
{
    const nb_graph *g = p->g;
    for (int i = 0; g->images && i < g->n_outputs; i++) clear_halo(g, g->outputs[i], c);
    nb_copy_output_grads(p, c);
    tell(g, -1, NB_PASS_BACKWARD);
    for (int i = g->n_layers - 1; i >= 0; i--) backward_layer(p, &g->layers[i], c, lane, accumulate);
    nb_copy_input_grads(p, c);
}

static void backward_lane(void *context, size_t lane, size_t thread)
{
    (void)thread;
    const nb_run *p = context;
    const nb_graph *g = p->g;
    const size_t size = g->out_size;
    if (g->images) clear_once(&g->used_grads[lane], g->lane_grads + lane * g->lane_floats, g->lane_floats);
    for (size_t k = 0; k < chunks_of_lane(p, lane); k++) {
        const nb_chunk c = chunk_of(p, lane, k);
        if (p->loss) {
            clear_acts(p, lane, &c);
            forward_chunk(p, &c, lane);
            p->loss(p->loss_context, c.first * size, c.rows * size);
        }
        backward_chunk(p, &c, lane, k > 0);
    }
}

enum { GRADIENT_ROWS = 32 }; /* of a weight in one task: small enough to share out evenly */

static size_t gradient_tasks(const nb_graph *g, const nb_layer *layer)
{
    if (layer->kind->gradient == NULL || layer->again || !g->values[layer->out].reached) return 0;
    return (g->params[layer->module.weight].rows + GRADIENT_ROWS - 1) / GRADIENT_ROWS;
}

/* Some rows of one weight's gradient, lane after lane: a graph of vectors. */
static void gradient_rows(void *context, size_t index, size_t thread)
{
    (void)thread;
    const nb_run *p = context;
    const nb_graph *g = p->g;
    const nb_layer *layer = g->layers;
    for (; index >= gradient_tasks(g, layer); layer++) index -= gradient_tasks(g, layer);
    const size_t rows = g->params[layer->module.weight].rows, first = index * GRADIENT_ROWS;
    const size_t count = rows - first < GRADIENT_ROWS ? rows - first : GRADIENT_ROWS;
    tell(g, -1, NB_PASS_GRADIENT);
    for (const nb_layer *user = layer; user >= g->layers; user--) {
        if (user->module.weight != layer->module.weight || !g->values[user->out].reached) continue;
        for (size_t lane = 0; lane < lanes_of(p); lane++) {
            const nb_chunk c = chunk_of(p, lane, 0);
            nb_layer_args a = layer_args(g, user, &c);
            a.d_out = nb_grad_tensor(g, user->out, &c);
            aim(g, user, &a, 0, first, count, lane > 0 || user->again);
            user->kind->gradient(&a);
            tell(g, (int)(user - g->layers), NB_PASS_GRADIENT);
        }
    }
}

enum { SUM_ROWS = 16 }; /* of a parameter in one task */

static size_t rows_to_sum(const nb_param *w) { return w->winograd ? w->in : w->rows; }

static size_t sum_tasks(const nb_param *w) { return (rows_to_sum(w) + SUM_ROWS - 1) / SUM_ROWS; }

/* Some rows of one parameter's gradient, summed over the lanes in order: a graph with images. */
static void sum_lanes(void *context, size_t index, size_t thread)
{
    (void)thread;
    const nb_run *p = context;
    const nb_graph *g = p->g;
    const nb_param *w = g->params;
    for (; index >= sum_tasks(w); w++) index -= sum_tasks(w);
    const size_t first = index * SUM_ROWS, left = rows_to_sum(w) - first;
    const size_t n = (left < SUM_ROWS ? left : SUM_ROWS) * w->stride, matrix = w->in * w->stride;
    float *from = param_grad(g, (int)(w - g->params), 0) + first * w->stride;
    float *to = g->grads + w->offset + first * w->stride;
    for (size_t k = 0; k < (w->winograd ? nb_param_matrices(w) : 1); k++)
        g->engine->kernels->sum_rows(lanes_of(p), n, from + k * matrix, g->lane_floats, false,
                                     w->winograd ? from + k * matrix : to);
    if (w->winograd) g->engine->kernels->winograd_taps(n, from, matrix, to, matrix);
}

static void run_backward(nb_run *p)
{
    nb_graph *g = p->g;
    if (g->weights_t_stale) nb_graph_derive(g);
    clear_once(&g->has_grads, g->grads, g->weight_floats);
    p->lane_rows = rows_per_lane(p->n);
    nb_pool_run(g->engine->pool, lanes_of(p), backward_lane, p);
    size_t tasks = 0;
    if (g->images) {
        for (int i = 0; i < g->n_params; i++) tasks += sum_tasks(&g->params[i]);
        nb_pool_run(g->engine->pool, tasks, sum_lanes, p);
    } else {
        for (int i = 0; i < g->n_layers; i++) tasks += gradient_tasks(g, &g->layers[i]);
        nb_pool_run(g->engine->pool, tasks, gradient_rows, p);
    }
}

void nb_graph_backward(nb_graph *g, const float *d_out, float *d_x, float *d_cond)
{
    run_backward(
        &(nb_run){.g = g, .n = g->last_rows, .keep = true, .d_out = d_out, .d_x = d_x, .d_cond = d_cond});
}

void nb_graph_train(nb_graph *g, size_t n, const nb_inputs *in, float *out, const float *d_out,
                    nb_graph_loss *loss, void *context)
{
    nb_run p = {.g = g,
                .n = n,
                .n_layers = g->n_layers,
                .in = *in,
                .out = out,
                .d_out = d_out,
                .loss = loss,
                .loss_context = context};
    use_drawn(g, n);
    run_backward(&p);
    nb_graph_forget(g, "the last forward pass was a training step's, which went backward itself");
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
