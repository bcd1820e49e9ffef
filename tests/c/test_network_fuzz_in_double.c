/* test_network_fuzz_in_double.c - the gradients of random networks against central differences along random directions: of x, of
 * each further input, of each parameter, every number of it at once. Wrong gradients are found.
 *
 *     NB_LONG=1 test_network_fuzz_in_double      twenty times as many */
#define DIFFERENCE_LIMIT 5e-6 /* norms of nearly equal numbers make rounding larger */
#include "differences.h"
#include "network_run.h"

enum { NETWORKS = 1000, MOST_TENSORS = 64, SIZES = 3 };

/* A tensor that the loss depends on, moved along a direction. */
typedef struct along {
    double *direction; /* as large as the numbers of a pass; 0 but for the tensor's */
    double difference, scale, rough;
} along;

static along alongs[MOST_TENSORS];
static int n_alongs, param_of[MOST_TENSORS]; /* -1 of an input */
static uint32_t seed;
static const double smooth = 1e-8; /* how near two steps' differences must be */
static int compared, left_out, noticed;

static double *new_zeros(size_t count) { return new_floats(count); }

/* ---- The loss, moved ---------------------------------------------------------------------------------------- */

static void move_param(nb_graph *g, int param, const double *direction, double by)
{
    const nb_param *p = &g->params[param];
    double *values = new_zeros(p->rows * p->cols);
    nb_graph_read(p, g->weights, values);
    for (size_t i = 0; i < p->rows * p->cols; i++) values[i] += by * direction[i];
    nb_graph_write(p, g->weights, values);
    nb_graph_weights_changed(g);
    free(values);
}

/* Where the gradients of the tensor begin among a pass's numbers. */
static size_t place_of(const nb_graph *g, const network_numbers *r, int param)
{
    size_t at = r->outputs;
    if (param < 0) return at;
    at += r->x + r->cond;
    for (int i = 0; i < param; i++) at += g->params[i].rows * g->params[i].cols;
    return at;
}

/* The outputs with the tensor moved by `by`; and back to where it was, to the bit. */
static void moved(nb_graph *g, network_inputs *in, const network_numbers *r, int index, double by,
                  double *out)
{
    const int param = param_of[index];
    const double *direction = alongs[index].direction + place_of(g, r, param);
    network_inputs other = *in;
    double *kept = NULL;
    other.x = new_zeros(r->x);
    other.cond = new_zeros(r->cond);
    memcpy(other.x, in->x, r->x * sizeof *in->x);
    memcpy(other.cond, in->cond, r->cond * sizeof *in->cond);
    if (param >= 0) {
        kept = new_zeros(g->params[param].rows * g->params[param].cols);
        nb_graph_read(&g->params[param], g->weights, kept);
        move_param(g, param, direction, by);
    } else {
        for (size_t i = 0; i < r->x; i++) other.x[i] += by * direction[i];
        for (size_t i = 0; i < r->cond; i++) other.cond[i] += by * direction[r->x + i];
    }
    const nb_inputs given = inputs_of(&other, g);
    nb_graph_predict(g, in->n, &given, out, NULL);
    if (param >= 0) nb_graph_write(&g->params[param], g->weights, kept);
    nb_graph_weights_changed(g);
    free(kept);
    free(other.x);
    free(other.cond);
}

/* (L(v + h) - L(v - h)) / 2h; outputs are subtracted, not the sums. */
static double difference(nb_graph *g, network_inputs *in, const network_numbers *r, int index, double h)
{
    double *above = new_zeros(r->outputs), *under = new_zeros(r->outputs), sum = 0.0;
    moved(g, in, r, index, h, above);
    moved(g, in, r, index, -h, under);
    for (size_t i = 0; i < r->outputs; i++) sum += in->d_out[i] * (above[i] - under[i]);
    free(above);
    free(under);
    return sum / (2.0 * h);
}

/* ---- Directions --------------------------------------------------------------------------------------------- */

/* Of `count` numbers from `at` on, every `apart`-th run of which belongs to the tensor. */
static void add_along(const network_numbers *r, nb_rng *rng, int param, size_t at, size_t count, size_t apart,
                      size_t runs)
{
    REQUIRE(n_alongs < MOST_TENSORS, "network %u has many tensors", (unsigned)seed);
    double *v = new_zeros(r->count), squares = 0.0;
    for (size_t k = 0; k < runs; k++) {
        nb_numpy_randn(rng, count, v + at + k * apart);
        for (size_t i = 0; i < count; i++) squares += r->all[at + k * apart + i] * r->all[at + k * apart + i];
    }
    alongs[n_alongs] = (along){.direction = v, .scale = sqrt(squares)};
    param_of[n_alongs++] = param;
}

/* x, further inputs but for tokens, and parameters. What is much smaller than the largest gradient, or than the outputs, whose
 * rounding shows, is measured by these. */
static void find_alongs(const nb_network *net, const nb_graph *g, const network_numbers *r, size_t n)
{
    nb_rng *rng = new_rng(seed + 5);
    double largest = 1.0, squares = 0.0;
    n_alongs = 0;
    add_along(r, rng, -1, r->outputs, r->x, 0, 1);
    for (int i = 0; i < g->n_inputs; i++) {
        if (net->inputs[i].kind != NB_INPUT_COND) continue;
        const size_t count = nb_value_count(g, g->inputs[i].value);
        add_along(r, rng, -1, r->outputs + r->x + g->inputs[i].at, count, g->cond_size, n);
    }
    for (int i = 0; i < g->n_params; i++)
        add_along(r, rng, i, place_of(g, r, i), g->params[i].rows * g->params[i].cols, 0, 1);
    for (int i = 0; i < n_alongs; i++) largest = larger(largest, alongs[i].scale);
    for (size_t i = 0; i < r->outputs; i++) squares += r->all[i] * r->all[i];
    largest = larger(largest, sqrt(squares));
    for (int i = 0; i < n_alongs; i++) alongs[i].scale = larger(alongs[i].scale, 0.01 * largest);
    nb_rng_destroy(rng);
}

static void free_alongs(void)
{
    for (int i = 0; i < n_alongs; i++) free(alongs[i].direction);
}

/* How far the gradient along the direction is off, in units of the scale. */
static double off(const network_numbers *r, int index)
{
    double sum = 0.0;
    for (size_t i = 0; i < r->count; i++) sum += r->all[i] * alongs[index].direction[i];
    return fabs(sum - alongs[index].difference) / alongs[index].scale;
}

/* Steps become smaller until two of them agree; where none do, something has a kink, or is steep. */
static void take_difference(nb_graph *g, network_inputs *in, const network_numbers *r, int index)
{
    static const double steps[SIZES] = {2e-5, 4e-6, 1e-6};
    along *a = &alongs[index];
    for (int i = 0; i < SIZES; i++) {
        const double near_it = difference(g, in, r, index, steps[i]),
                     around = difference(g, in, r, index, 2.0 * steps[i]);
        a->difference = (4.0 * near_it - around) / 3.0;
        a->rough = fabs(near_it - around) / a->scale;
        if (a->rough <= smooth) return;
    }
}

/* ---- Faults ------------------------------------------------------------------------------------------------- */

/* A layer with a fault: where it changes gradients, the differences show it. */
static void test_fault(nb_graph *g, network_inputs *in, const network_numbers *want, int layer, int fault)
{
    static nb_layer_fn *const faults[] = {flipped_backward, nearly_right_backward, flipped_gradient,
                                          nearly_right_gradient};
    nb_layer *l = &g->layers[layer];
    const nb_layer_kind *const kind = l->kind;
    nb_layer_kind wrong = *kind;
    nb_layer_fn **const place = fault < 2 ? &wrong.backward : &wrong.gradient;
    right = *place;
    if (right == NULL) return;
    *place = faults[fault];
    l->kind = &wrong;
    network_numbers got = new_numbers(g, in->n);
    pass(g, in, &got);
    l->kind = kind;
    double change = 0.0, seen = 0.0;
    for (int i = 0; i < n_alongs; i++) {
        double sum = 0.0;
        if (alongs[i].rough > smooth) continue;
        for (size_t k = 0; k < got.count; k++) sum += (got.all[k] - want->all[k]) * alongs[i].direction[k];
        change = larger(change, fabs(sum) / alongs[i].scale);
        seen = larger(seen, off(&got, i));
    }
    if (change > 4.0 * difference_limit) {
        noticed++;
        CHECK(seen > difference_limit, "network %u: a wrong %s of %s goes unnoticed", (unsigned)seed,
              fault < 2 ? "backward" : "gradient", kind->name);
    }
    free(got.all);
}

/* ---- All of it ---------------------------------------------------------------------------------------------- */

static void fuzz(const nb_engine *engine)
{
    nb_network *net = a_network(seed);
    nb_rng *rng = new_rng(seed + 4);
    const size_t n = (size_t)(1 + below(rng, 5));
    nb_model *model = build_network(engine, net, n, seed);
    nb_graph *g = &model->graph;
    network_inputs in = draw_inputs(net, g, seed, n);
    network_numbers want = new_numbers(g, n);
    pass(g, &in, &want);
    if (all_numbers(&want)) {
        find_alongs(net, g, &want, n);
        for (int i = 0; i < n_alongs; i++) {
            take_difference(g, &in, &want, i);
            compared++;
            if (alongs[i].rough > smooth) {
                left_out++;
                continue;
            }
            difference_worst = larger(difference_worst, off(&want, i));
            CHECK(off(&want, i) <= difference_limit,
                  "network %u, %s: gradients are off by %g of their size %g", (unsigned)seed,
                  param_of[i] < 0 ? "an input" : g->params[param_of[i]].name, off(&want, i), alongs[i].scale);
        }
        for (int i = 0; i < 4 * g->n_layers; i++) test_fault(g, &in, &want, i / 4, i % 4);
        free_alongs();
    }
    free(want.all);
    free_inputs(&in);
    nb_rng_destroy(rng);
    nb_model_destroy(model);
    nb_network_destroy(net);
}

int main(int argc, char **argv)
{
    nb_engine engine = plain_engine();
    const uint32_t networks = networks_to_try(NETWORKS);
    if (argc == 3 && strcmp(argv[1], "--seed") == 0) {
        seed = (uint32_t)atoi(argv[2]);
        fuzz(&engine);
    } else {
        for (seed = 0; seed < 16 * networks; seed += 16) fuzz(&engine);
        CHECK(left_out * 5 <= compared, "%d of %d are at a kink", left_out, compared);
        CHECK(noticed >= (int)networks, "%d faults were looked for", noticed);
    }
    printf("measured differences of random networks %.2g (limit %.0e), %d of %d at a kink, %d faults found\n",
           difference_worst, difference_limit, left_out, compared, noticed);
    nb_pool_destroy(engine.pool);
    return check_report();
}
