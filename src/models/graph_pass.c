/* graph_pass.c - a batch through a graph: how its samples are shared out among threads, and parameters' gradients summed. */
#include "models/pass.h"

/* lane_rows is set: the analyzer loses it in the callers' loops. NOLINTNEXTLINE(clang-analyzer-core.*) */
static size_t lanes_of(const nb_run *p) { return (p->n + p->lane_rows - 1) / p->lane_rows; }

static size_t rows_of_lane(const nb_run *p, size_t lane)
{
    const size_t first = lane * p->lane_rows;
    return p->n - first < p->lane_rows ? p->n - first : p->lane_rows;
}

/* ---- Lanes ---- */

enum { ROWS = 8 }; /* the lanes of vectors are multiples of it, as kernels take rows */

/* About how long a pass of vectors takes, in rows: a lane costs as much as two beside its own. */
static size_t time_of(size_t n, size_t rows, size_t threads)
{
    const size_t lanes = (n + rows - 1) / rows;
    return (lanes + threads - 1) / threads * (rows + 2);
}

size_t nb_lane_rows(size_t n, size_t threads, size_t most_rows, size_t most_lanes)
{
    const size_t quarter = nb_round_up((n + 3) / 4, ROWS); /* of more rows, a lane leaves the cache */
    size_t best = 0;
    for (size_t rows = ROWS; rows <= most_rows && (rows <= quarter || best == 0); rows += ROWS) {
        if ((n + rows - 1) / rows > most_lanes) continue;
        if (best == 0 || time_of(n, rows, threads) < time_of(n, best, threads)) best = rows;
    }
    return best;
}

/* With images the cut shows in the bits and depends on n alone: a small batch still gives every lane its share. */
static size_t rows_per_lane(const nb_graph *g, size_t n)
{
    if (g->images) return (n + NB_LANES - 1) / NB_LANES;
    return nb_lane_rows(n, (size_t)nb_pool_threads(g->engine->pool), g->lane_rows, g->slots);
}

size_t nb_graph_together(const nb_graph *g) { return g->images ? 1 : ROWS; }

static void clear_once(bool *used, float *memory, size_t floats)
{
    if (!*used) memset(memory, 0, floats * sizeof *memory);
    *used = true;
}

/* Which of the blocks of kept values is theirs. */
static size_t block_of(const nb_run *p, size_t first, size_t slot)
{
    return p->g->images && p->keep ? first : slot;
}

/* Samples `first` on, in the scratch of that slot. */
static nb_chunk chunk_of(const nb_run *p, size_t first, size_t rows, size_t slot)
{
    const nb_graph *g = p->g;
    return (nb_chunk){.first = first,
                      .rows = rows,
                      .lane = first / p->lane_rows,
                      .acts = g->acts + block_of(p, first, slot) * g->act_floats,
                      .scratch = g->scratch + slot * g->scratch_floats,
                      .work = g->work + slot * g->work_floats};
}

static nb_chunk chunk_of_lane(const nb_run *p, size_t lane)
{
    return chunk_of(p, lane * p->lane_rows, rows_of_lane(p, lane), lane);
}

/* first: that with which the thread began. Values are cleared when they are first made, and their borders stay zeros: most
 * models never use all of their memory, and a large one takes longer to clear than to build. */
static void pass_chunk(const nb_run *p, size_t slot, const nb_chunk *c, const nb_chunk *first)
{
    clear_once(&p->g->used_acts[block_of(p, c->first, slot)], c->acts, p->g->act_floats);
    const size_t size = p->g->out_size;
    const nb_training_pass *t = p->training;
    if (t && t->make) t->make(t->context, c->first, c->rows);
    if (p->out) nb_chunk_forward(p, c, first);
    if (t) t->loss(t->context, c->first * size, c->rows * size);
    if (p->back) nb_chunk_backward(p, c);
}

static void pass_lane(const nb_run *p, size_t lane)
{
    const nb_chunk c = chunk_of_lane(p, lane);
    pass_chunk(p, lane, &c, &c);
}

/* ---- Samples of images ---- */

static size_t left_in(const nb_run *p, size_t lane)
{
    const size_t next = atomic_load_explicit(&p->share->next[lane], memory_order_relaxed);
    return next < rows_of_lane(p, lane) ? rows_of_lane(p, lane) - next : 0;
}

/* The lane whose samples go furthest among the threads at work in it; lanes_of(p) if none has one left. */
static size_t busiest_lane(const nb_run *p)
{
    size_t best = lanes_of(p), best_left = 0, best_threads = 1;
    for (size_t lane = 0; lane < lanes_of(p); lane++) {
        const size_t left = left_in(p, lane);
        const size_t threads = 1 + atomic_load_explicit(&p->share->threads[lane], memory_order_relaxed);
        if (left * best_threads <= best_left * threads) continue;
        best = lane;
        best_left = left;
        best_threads = threads;
    }
    return best;
}

/* A sample that nobody has taken, of this lane as long as it has one; false if there is none. Those of a lane are taken in
 * their order, so that whoever waits for a turn waits for one who runs. */
static bool take_sample(const nb_run *p, size_t *lane, size_t *sample)
{
    while (*lane < lanes_of(p)) {
        const size_t k = atomic_fetch_add_explicit(&p->share->next[*lane], 1, memory_order_relaxed);
        *sample = *lane * p->lane_rows + k;
        if (k < rows_of_lane(p, *lane)) return true;
        atomic_fetch_sub_explicit(&p->share->threads[*lane], 1, memory_order_relaxed);
        *lane = busiest_lane(p);
        if (*lane < lanes_of(p))
            atomic_fetch_add_explicit(&p->share->threads[*lane], 1, memory_order_relaxed);
    }
    return false;
}

/* A thread's samples, one after the other, in a slot of its own. It begins with one lane and helps with others when that is
 * done. */
static void pass_samples(const nb_run *p, size_t slot)
{
    const nb_graph *g = p->g;
    size_t lane = slot % lanes_of(p), sample;
    nb_chunk first = {0};
    atomic_fetch_add_explicit(&p->share->threads[lane], 1, memory_order_relaxed);
    while (take_sample(p, &lane, &sample)) {
        const nb_chunk c = chunk_of(p, sample, 1, slot);
        if (first.rows == 0) first = c;
        if (p->back && c.first % p->lane_rows == 0)
            clear_once(&g->used_grads[lane], g->lane_grads + lane * g->lane_floats, g->lane_floats);
        pass_chunk(p, slot, &c, &first);
    }
}

static void pass_share(void *context, size_t index)
{
    const nb_run *p = context;
    if (p->beside && index == 0) {
        p->beside->task(p->beside->context);
        return;
    }
    index -= p->beside != NULL;
    if (p->g->images)
        pass_samples(p, index);
    else
        pass_lane(p, index);
}

static void run_pass(nb_run *p)
{
    nb_graph *g = p->g;
    nb_share share = {0};
    p->share = &share;
    p->lane_rows = rows_per_lane(g, p->n);
    for (size_t i = 0; g->images && p->back && i < p->n; i++) atomic_init(&g->turns[i].left, g->n_layers);
    const size_t tasks = g->images ? (p->n < g->slots ? p->n : g->slots) : lanes_of(p);
    nb_pool_run(g->engine->pool, tasks + (p->beside != NULL), pass_share, p);
}

/* ---- Forward ---- */

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
                        bool keep, const nb_beside *beside)
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
                    .keep = keep,
                    .in = inputs_from(g, in, done),
                    .out = out + done * size,
                    .beside = done == 0 ? beside : NULL};
        p.same_t = p.in.t && memcmp(p.in.t, p.in.t + g->t_size, (rows - 1) * g->t_size * sizeof(float)) == 0;
        run_pass(&p);
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
    run_forward(g, NULL, n, in, out, true, NULL);
}

void nb_graph_predict(nb_graph *g, size_t n, const nb_inputs *in, float *out, const nb_beside *beside)
{
    run_forward(g, NULL, n, in, out, false, beside);
}

/* The layers up to the one that makes the value are a network of their own, whose output it is. */
void nb_graph_activation(nb_graph *g, int index, size_t n, const nb_inputs *in, float *out)
{
    run_forward(g, &g->named[index], n, in, out, false, NULL);
}

/* ---- Backward ---- */

/* Notes a gradient that Adam cannot square, or that is not finite. */
static void check_range(nb_graph *g, const float *grads, size_t count)
{
    const float limit = 1e18F;
    uint32_t most, out_of_range = 0;
    memcpy(&most, &limit, sizeof most);
    for (size_t i = 0; i < count; i++) { /* as integers: compilers vectorise this, and NaN is large */
        uint32_t bits;
        memcpy(&bits, &grads[i], sizeof bits);
        out_of_range |= (bits & 0x7fffffffU) > most;
    }
    if (out_of_range) atomic_store_explicit(&g->out_of_range, true, memory_order_relaxed);
}

/* Rows of a weight in one task: small enough to share out evenly. */
static size_t gradient_rows(const nb_graph *g) { return nb_pool_threads(g->engine->pool) > 4 ? 16 : 32; }

static size_t gradient_tasks(const nb_graph *g, const nb_layer *layer)
{
    if (layer->kind->gradient == NULL || layer->again || !g->values[layer->out].reached) return 0;
    return (g->params[layer->module.weight].rows + gradient_rows(g) - 1) / gradient_rows(g);
}

/* Some rows of one weight's gradient, lane after lane: a graph of vectors. */
static void find_gradient(void *context, size_t index)
{
    const nb_run *p = context;
    nb_graph *g = p->g;
    const nb_layer *layer = g->layers;
    for (; index >= gradient_tasks(g, layer); layer++) index -= gradient_tasks(g, layer);
    const nb_param *w = &g->params[layer->module.weight];
    const size_t first = index * gradient_rows(g), left = w->rows - first;
    const size_t count = left < gradient_rows(g) ? left : gradient_rows(g);
    nb_graph_tell(g, -1, NB_PASS_GRADIENT);
    for (const nb_layer *user = layer; user >= g->layers; user--) {
        if (user->module.weight != layer->module.weight || !g->values[user->out].reached) continue;
        for (size_t lane = 0; lane < lanes_of(p); lane++) {
            const nb_chunk c = chunk_of_lane(p, lane);
            nb_layer_args a = nb_layer_args_of(g, user, &c);
            a.d_out = nb_grad_tensor(g, user->out, &c);
            nb_layer_aim(g, user, &a,
                         (nb_aim){.first = first, .count = count, .accumulate = lane > 0 || user->again});
            user->kind->gradient(&a);
            nb_graph_tell(g, (int)(user - g->layers), NB_PASS_GRADIENT);
        }
    }
    check_range(g, g->grads + w->offset + first * w->stride, count * w->stride);
    if (first == 0 && layer->module.bias >= 0) {
        const nb_param *bias = &g->params[layer->module.bias];
        check_range(g, g->grads + bias->offset, bias->stride);
    }
}

enum { SUM_ROWS = 16 }; /* of a parameter in one task */

static size_t rows_to_sum(const nb_param *w) { return w->winograd ? w->in : w->rows; }

static size_t sum_tasks(const nb_param *w) { return (rows_to_sum(w) + SUM_ROWS - 1) / SUM_ROWS; }

/* Some rows of one parameter's gradient, summed over the lanes in order: a graph with images. */
static void sum_lanes(void *context, size_t index)
{
    const nb_run *p = context;
    nb_graph *g = p->g;
    const nb_param *w = g->params;
    for (; index >= sum_tasks(w); w++) index -= sum_tasks(w);
    const size_t first = index * SUM_ROWS, left = rows_to_sum(w) - first;
    const size_t n = (left < SUM_ROWS ? left : SUM_ROWS) * w->stride, matrix = w->in * w->stride;
    float *from = nb_param_grad(g, (int)(w - g->params), 0) + first * w->stride;
    float *to = g->grads + w->offset + first * w->stride;
    for (size_t k = 0; k < (w->winograd ? nb_param_matrices(w) : 1); k++)
        g->engine->kernels->sum_rows(lanes_of(p), n, from + k * matrix, g->lane_floats, false,
                                     w->winograd ? from + k * matrix : to);
    if (w->winograd) g->engine->kernels->winograd_taps(n, from, matrix, to, matrix);
    for (size_t k = 0; k < (w->winograd ? w->taps : 1); k++) check_range(g, to + k * matrix, n);
}

static void run_backward(nb_run *p)
{
    nb_graph *g = p->g;
    if (g->weights_t_stale) nb_graph_derive(g);
    clear_once(&g->has_grads, g->grads, g->weight_floats);
    atomic_store_explicit(&g->out_of_range, false, memory_order_relaxed);
    p->back = true;
    run_pass(p);
    size_t tasks = 0;
    for (int i = 0; g->images && i < g->n_params; i++) tasks += sum_tasks(&g->params[i]);
    for (int i = 0; !g->images && i < g->n_layers; i++) tasks += gradient_tasks(g, &g->layers[i]);
    nb_pool_run(g->engine->pool, tasks, g->images ? sum_lanes : find_gradient, p);
}

void nb_graph_backward(nb_graph *g, const float *d_out, float *d_x, float *d_cond)
{
    run_backward(
        &(nb_run){.g = g, .n = g->last_rows, .keep = true, .d_out = d_out, .d_x = d_x, .d_cond = d_cond});
}

void nb_graph_train(nb_graph *g, size_t n, const nb_inputs *in, float *out, const float *d_out,
                    const nb_training_pass *pass)
{
    nb_run p = {
        .g = g, .n = n, .n_layers = g->n_layers, .in = *in, .out = out, .d_out = d_out, .training = pass};
    use_drawn(g, n);
    run_backward(&p);
    nb_graph_forget(g, "the last forward pass was a training step's, which went backward itself");
}

bool nb_graph_grads_in_range(const nb_graph *g)
{
    return !atomic_load_explicit(&g->out_of_range, memory_order_relaxed);
}
