/* graph_run.c - running a graph: the list of layers forward, and in reverse backward. */
#include "models/graph.h"

typedef struct pass {
    nb_graph *g;
    size_t n, lane_rows; /* samples of this pass, and of each lane but the last */
    nb_value out;        /* what forward is run for, into eps */
    int n_layers;        /* those that make it */
    bool same_t;         /* of all samples, as when sampling */
    bool keep; /* each sample's activations, for backward; otherwise a lane's overwrite one another */
    const float *x, *t;
    float *eps;
    const float *d_eps;
    float *d_x;
    nb_graph_loss *loss; /* sets d_eps, where backward follows at once, or NULL */
    void *loss_context;
} pass;

/* Some samples that go through the layers together: a lane, or with images one sample of it. */
typedef struct chunk {
    size_t first, rows;
    float *acts, *scratch, *work;
} chunk;

/* lane_rows is set: the analyzer loses it in the callers' loops. NOLINTNEXTLINE(clang-analyzer-core.*) */
static size_t lanes_of(const pass *p) { return (p->n + p->lane_rows - 1) / p->lane_rows; }

/* A small batch still gives every lane its share: the cut depends on n alone. */
static size_t rows_per_lane(size_t n) { return (n + NB_LANES - 1) / NB_LANES; }

static size_t rows_of_lane(const pass *p, size_t lane)
{
    const size_t first = lane * p->lane_rows;
    return p->n - first < p->lane_rows ? p->n - first : p->lane_rows;
}

static size_t chunks_of_lane(const pass *p, size_t lane) { return p->g->images ? rows_of_lane(p, lane) : 1; }

static chunk chunk_of(const pass *p, size_t lane, size_t index)
{
    const nb_graph *g = p->g;
    const size_t first = lane * p->lane_rows + index;
    return (chunk){.first = first,
                   .rows = g->images ? 1 : rows_of_lane(p, lane),
                   .acts = g->acts + (g->images && p->keep ? first : lane) * g->act_floats,
                   .scratch = g->scratch + lane * g->scratch_floats,
                   .work = g->work + lane * g->work_floats};
}

static nb_tensor tensor_at(const nb_value_info *v, float *block, bool halo)
{
    const size_t row = nb_value_row(v, halo);
    return (nb_tensor){.data = block + (halo ? row + v->pixel : 0),
                       .height = v->height,
                       .width = v->width,
                       .channels = v->channels,
                       .pixel = v->pixel,
                       .row = row,
                       .sample = nb_value_size(v, halo)};
}

/* Of a value, or of the whole that v is a part of, its channels. */
static nb_tensor part_of(nb_tensor whole, const nb_value_info *v)
{
    whole.data += v->at;
    whole.channels = v->channels;
    return whole;
}

static nb_tensor value_of(const nb_graph *g, nb_value v, const chunk *c)
{
    const nb_value_info *part = &g->values[v], *info = part->inside < 0 ? part : &g->values[part->inside];
    return part_of(tensor_at(info, (info->kept ? c->acts : c->scratch) + info->offset, info->halo), part);
}

static nb_tensor grad_of(const nb_graph *g, nb_value v, const chunk *c)
{
    const nb_value_info *part = &g->values[v], *info = part->inside < 0 ? part : &g->values[part->inside];
    return part_of(tensor_at(info, c->scratch + info->grad_offset, info->grad_halo), part);
}

/* The border of a gradient whose memory was another's before. */
static void clear_halo(const nb_graph *g, nb_value v, const chunk *c)
{
    const nb_value_info *info = &g->values[v];
    if (!info->grad_halo) return;
    const nb_tensor t = grad_of(g, v, c);
    const size_t edge = (t.row + t.pixel) * sizeof(float);
    memset(t.data - t.row - t.pixel, 0, edge);
    for (size_t i = 0; i < t.height; i++)
        memset(t.data + i * t.row + t.width * t.pixel, 0, t.pixel * sizeof(float));
    memset(t.data + t.height * t.row - t.pixel, 0, edge);
}

/* From (channels, height, width), the padding set to 0. */
static void copy_in(nb_tensor to, const float *from, size_t rows)
{
    const size_t plane = to.height * to.width, padding = nb_padded(to.channels) - to.channels;
    for (size_t s = 0; s < rows; s++, from += plane * to.channels) {
        float *sample = to.data + s * to.sample;
        if (plane == 1) {
            memcpy(sample, from, to.channels * sizeof(float));
            memset(sample + to.channels, 0, padding * sizeof(float));
            continue;
        }
        for (size_t k = 0; k < plane; k++) {
            float *pixel = sample + k / to.width * to.row + k % to.width * to.pixel;
            for (size_t c = 0; c < to.channels; c++) pixel[c] = from[c * plane + k];
            for (size_t c = 0; c < padding; c++) pixel[to.channels + c] = 0.0F;
        }
    }
}

static void copy_out(float *to, nb_tensor from, size_t rows)
{
    const size_t plane = from.height * from.width;
    for (size_t s = 0; s < rows; s++, to += plane * from.channels) {
        const float *sample = from.data + s * from.sample;
        for (size_t k = 0; k < plane; k++) {
            const float *pixel = sample + k / from.width * from.row + k % from.width * from.pixel;
            for (size_t c = 0; c < from.channels; c++) to[c * plane + k] = pixel[c];
        }
    }
}

static size_t count_of(const nb_graph *g, nb_value v)
{
    return g->values[v].height * g->values[v].width * g->values[v].channels;
}

static nb_layer_args layer_args(const nb_graph *g, const nb_layer *layer, const chunk *c)
{
    nb_layer_args a = {
        .kernels = g->engine->kernels, .rows = c->rows, .out = value_of(g, layer->out, c), .work = c->work};
    for (int i = 0; i < 2; i++) {
        if (layer->in[i] >= 0) a.in[i] = value_of(g, layer->in[i], c);
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
    if (layer->plus >= 0) a.plus = value_of(g, layer->plus, c);
    if (layer->saved >= 0) a.saved = value_of(g, layer->saved, c).data;
    a.relu = layer->relu;
    if (g->classes) a.labels = g->labels + c->first;
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

/* A layer whose output t alone decides, where all samples have one t: done for a lane's first sample, copied for the
 * others. */
static void forward_shared(const pass *p, const nb_layer *layer, const chunk *c, size_t lane)
{
    const nb_graph *g = p->g;
    const chunk first = chunk_of(p, lane, 0);
    const nb_tensor to = value_of(g, layer->out, c), from = value_of(g, layer->out, &first);
    size_t done = 0;
    if (c->first == first.first) {
        nb_layer_args a = layer_args(g, layer, c);
        a.rows = done = 1;
        layer->kind->forward(&a);
    }
    for (; done < c->rows && to.data + done * to.sample != from.data; done++)
        memcpy(to.data + done * to.sample, from.data, to.sample * sizeof(float));
}

static void forward_chunk(const pass *p, const chunk *c, size_t lane)
{
    const nb_graph *g = p->g;
    copy_in(value_of(g, g->x, c), p->x + c->first * count_of(g, g->x), c->rows);
    copy_in(value_of(g, g->t, c), p->t + c->first * count_of(g, g->t), c->rows);
    tell(g, -1, NB_PASS_FORWARD);
    for (int i = 0; i < p->n_layers; i++) {
        const nb_layer *layer = &g->layers[i];
        if (p->same_t && g->values[layer->out].of_t) {
            forward_shared(p, layer, c, lane);
        } else if (!layer->folded) {
            const nb_layer_args a = layer_args(g, layer, c);
            layer->kind->forward(&a);
        }
        tell(g, i, NB_PASS_FORWARD);
    }
    copy_out(p->eps + c->first * count_of(g, p->out), value_of(g, p->out, c), c->rows);
}

static void forward_lane(void *context, size_t lane, size_t thread)
{
    (void)thread;
    const pass *p = context;
    for (size_t k = 0; k < chunks_of_lane(p, lane); k++) {
        const chunk c = chunk_of(p, lane, k);
        forward_chunk(p, &c, lane);
    }
}

static void set_labels(nb_graph *g, size_t n, const int32_t *labels)
{
    for (size_t i = 0; g->classes && i < n; i++) g->labels[i] = labels ? labels[i] : (int32_t)g->classes - 1;
}

/* Forward for value `out`, which the first n_layers layers make. */
static void run_forward(nb_graph *g, nb_value out, int n_layers, size_t n, const float *x, const float *t,
                        const int32_t *labels, float *eps, bool keep)
{
    if (g->weights_t_stale) nb_graph_derive(g);
    for (size_t done = 0; done < n;) {
        const size_t rows = n - done < g->max_batch ? n - done : g->max_batch;
        pass p = {.g = g,
                  .n = rows,
                  .out = out,
                  .n_layers = n_layers,
                  .lane_rows = rows_per_lane(rows),
                  .keep = keep,
                  .x = x + done * count_of(g, g->x),
                  .t = t + done * count_of(g, g->t),
                  .eps = eps + done * count_of(g, out)};
        p.same_t = memcmp(p.t, p.t + count_of(g, g->t), (rows - 1) * count_of(g, g->t) * sizeof(float)) == 0;
        set_labels(g, rows, labels ? labels + done : NULL);
        nb_pool_run(g->engine->pool, lanes_of(&p), forward_lane, &p);
        done += rows;
    }
    if (keep && n > 0 && n <= g->max_batch)
        g->last_rows = n;
    else
        nb_graph_forget(g, keep ? "the last forward pass was larger than the model's max_batch, or empty"
                                : "the last forward pass was a prediction, which keeps no activations");
}

void nb_graph_forward(nb_graph *g, size_t n, const float *x, const float *t, const int32_t *labels,
                      float *eps)
{
    run_forward(g, g->eps, g->n_layers, n, x, t, labels, eps, true);
}

void nb_graph_predict(nb_graph *g, size_t n, const float *x, const float *t, const int32_t *labels,
                      float *eps)
{
    run_forward(g, g->eps, g->n_layers, n, x, t, labels, eps, false);
}

/* The layers up to the one that makes the value are a network of their own, whose output it is. */
void nb_graph_activation(nb_graph *g, int index, size_t n, const float *x, const float *t,
                         const int32_t *labels, float *out)
{
    const nb_named_value *named = &g->named[index];
    run_forward(g, named->value, named->layers, n, x, t, labels, out, false);
}

/* One layer backward: with images its parameters' gradients, then those of its inputs. */
static void backward_layer(const pass *p, const nb_layer *layer, const chunk *c, size_t lane, bool accumulate)
{
    const nb_graph *g = p->g;
    if (!g->values[layer->out].needs_grad) return;
    nb_layer_args a = layer_args(g, layer, c);
    a.d_out = grad_of(g, layer->out, c);
    if (g->images && layer->kind->gradient) {
        aim(g, layer, &a, lane, 0, g->params[layer->module.weight].rows, accumulate);
        layer->kind->gradient(&a);
        tell(g, (int)(layer - g->layers), NB_PASS_GRADIENT);
    }
    if (layer->kind->backward == NULL) return;
    for (int k = 0; k < 2; k++) {
        const nb_value v = layer->in[k];
        if (v < 0 || !g->values[v].needs_grad || (v == g->x && p->d_x == NULL)) continue;
        a.d_in[k] = grad_of(g, v, c);
        a.add[k] = layer->add[k];
        if (!layer->add[k] && v != layer->out) clear_halo(g, v, c);
    }
    layer->kind->backward(&a);
    tell(g, (int)(layer - g->layers), NB_PASS_BACKWARD);
}

/* The gradients of all values of some samples; with images those of the parameters as well. */
static void backward_chunk(const pass *p, const chunk *c, size_t lane, bool accumulate)
{
    const nb_graph *g = p->g;
    if (g->images) clear_halo(g, g->eps, c);
    copy_in(grad_of(g, g->eps, c), p->d_eps + c->first * count_of(g, g->eps), c->rows);
    tell(g, -1, NB_PASS_BACKWARD);
    for (int i = g->n_layers - 1; i >= 0; i--) backward_layer(p, &g->layers[i], c, lane, accumulate);
    if (p->d_x) copy_out(p->d_x + c->first * count_of(g, g->x), grad_of(g, g->x, c), c->rows);
}

static void backward_lane(void *context, size_t lane, size_t thread)
{
    (void)thread;
    const pass *p = context;
    const size_t size = count_of(p->g, p->g->eps);
    for (size_t k = 0; k < chunks_of_lane(p, lane); k++) {
        const chunk c = chunk_of(p, lane, k);
        if (p->loss) {
            forward_chunk(p, &c, lane);
            p->loss(p->loss_context, c.first * size, c.rows * size);
        }
        backward_chunk(p, &c, lane, k > 0);
    }
}

enum { GRADIENT_ROWS = 32 }; /* of a weight in one task: small enough to share out evenly */

static size_t gradient_tasks(const nb_graph *g, const nb_layer *layer)
{
    if (layer->kind->gradient == NULL) return 0;
    return (g->params[layer->module.weight].rows + GRADIENT_ROWS - 1) / GRADIENT_ROWS;
}

/* Some rows of one weight's gradient, lane after lane: a graph of vectors. */
static void gradient_rows(void *context, size_t index, size_t thread)
{
    (void)thread;
    const pass *p = context;
    const nb_graph *g = p->g;
    const nb_layer *layer = g->layers;
    for (; index >= gradient_tasks(g, layer); layer++) index -= gradient_tasks(g, layer);
    const size_t rows = g->params[layer->module.weight].rows, first = index * GRADIENT_ROWS;
    const size_t count = rows - first < GRADIENT_ROWS ? rows - first : GRADIENT_ROWS;
    tell(g, -1, NB_PASS_GRADIENT);
    for (size_t lane = 0; lane < lanes_of(p); lane++) {
        const chunk c = chunk_of(p, lane, 0);
        nb_layer_args a = layer_args(g, layer, &c);
        a.d_out = grad_of(g, layer->out, &c);
        aim(g, layer, &a, 0, first, count, lane > 0);
        layer->kind->gradient(&a);
        tell(g, (int)(layer - g->layers), NB_PASS_GRADIENT);
    }
}

enum { SUM_ROWS = 16 }; /* of a parameter in one task */

static size_t rows_to_sum(const nb_param *w) { return w->winograd ? w->in : w->rows; }

static size_t sum_tasks(const nb_param *w) { return (rows_to_sum(w) + SUM_ROWS - 1) / SUM_ROWS; }

/* Some rows of one parameter's gradient, summed over the lanes in order: a graph with images. */
static void sum_lanes(void *context, size_t index, size_t thread)
{
    (void)thread;
    const pass *p = context;
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

static void run_backward(pass *p)
{
    nb_graph *g = p->g;
    if (g->weights_t_stale) nb_graph_derive(g);
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
    g->has_grads = true;
}

void nb_graph_backward(nb_graph *g, const float *d_eps, float *d_x)
{
    run_backward(&(pass){.g = g, .n = g->last_rows, .keep = true, .d_eps = d_eps, .d_x = d_x});
}

void nb_graph_train(nb_graph *g, size_t n, const float *x, const float *t, const int32_t *labels, float *eps,
                    const float *d_eps, nb_graph_loss *loss, void *context)
{
    set_labels(g, n, labels);
    pass p = {.g = g,
              .n = n,
              .out = g->eps,
              .n_layers = g->n_layers,
              .x = x,
              .t = t,
              .eps = eps,
              .d_eps = d_eps,
              .loss = loss,
              .loss_context = context};
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
