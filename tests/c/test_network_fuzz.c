/* test_network_fuzz.c - random networks of every layer: text there and back; the same bits from every variant of the kernels, with
 * any number of threads, from every kind of pass, and with memory planned as without a plan.
 *
 *     test_network_fuzz                some hundreds of networks, always the same
 *     NB_LONG=1 test_network_fuzz      twenty times as many
 *     test_network_fuzz --seed 17      one of them, with its text
 *     test_network_fuzz --texts 20     nothing but the texts of the first twenty, an empty line after each */
#include "network_memory.h"

enum { NETWORKS = 1500, MOST_ENGINES = 32, MOST_KINDS = 128, IN_A_BLOCK = 50, LEAST_OFTEN = 5 };

static nb_engine *engines[MOST_ENGINES]; /* the first: plain C, one thread */
static size_t n_engines;
static int often[MOST_KINDS]; /* how many layers of each kind of nb_layers have been run */
static uint32_t seed;         /* of the network at hand */
static int not_finite, skips;

static void open_engines(void)
{
    const char *names[8];
    const size_t variants = nb_kernel_names(names, 8);
    for (size_t v = 0; v < variants; v++) {
        for (int threads = 1; threads <= 3; threads++) {
            if (nb_engine_create(NB_MODE_EXACT, threads, names[v], &engines[n_engines], NULL) == NB_OK)
                n_engines++;
        }
    }
}

static void print_network(const nb_network *net)
{
    uint8_t *text;
    size_t size;
    REQUIRE(nb_network_write(net, &text, &size, NULL) == NB_OK, "memory");
    printf("%s", (const char *)text);
    free(text);
}

/* Fails with the network's text. */
static void same(const nb_network *net, const char *what, const float *got, const float *want, size_t count)
{
    size_t i = 0;
    while (i < count && memcmp(&got[i], &want[i], sizeof *got) == 0) i++;
    CHECK(i == count, "network %u, %s: number %zu of %zu is %g, not %g", (unsigned)seed, what, i, count,
          (double)got[i], (double)want[i]);
    if (i < count) print_network(net);
}

/* ---- Text --------------------------------------------------------------------------------------------------- */

static void test_text(const nb_network *net)
{
    uint8_t *text, *again;
    size_t size, size_again;
    nb_network *read = NULL;
    nb_error err = {0};
    REQUIRE(nb_network_write(net, &text, &size, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_network_read((const char *)text, &read, &err) == NB_OK, "network %u: %s\n%s", (unsigned)seed,
            err.message, (const char *)text);
    REQUIRE(nb_network_write(read, &again, &size_again, &err) == NB_OK, "%s", err.message);
    CHECK(size == size_again && memcmp(text, again, size) == 0, "network %u there:\n%sand back:\n%s",
          (unsigned)seed, (const char *)text, (const char *)again);
    free(text);
    free(again);
    nb_network_destroy(read);
}

/* ---- Every engine ------------------------------------------------------------------------------------------- */

static void test_engines(const nb_network *net, const network_inputs *in, const network_numbers *want)
{
    for (size_t e = 1; e < n_engines; e++) {
        char what[64];
        nb_model *model = build_network(engines[e], net, in->max_batch, seed);
        network_numbers got = new_numbers(&model->graph, in->n);
        pass(&model->graph, in, &got);
        snprintf(what, sizeof what, "%s on %d threads", nb_engine_kernels(engines[e]),
                 nb_engine_threads(engines[e]));
        same(net, what, got.all, want->all, want->count);
        free(got.all);
        nb_model_destroy(model);
    }
}

/* ---- Every kind of pass ------------------------------------------------------------------------------------- */

typedef struct loss_context {
    const float *d_out;
    float *to;
} loss_context;

static void give_loss(void *context, size_t first, size_t count)
{
    const loss_context *c = context;
    memcpy(c->to + first, c->d_out + first, count * sizeof *c->to);
}

/* Forward and back in one. */
static void test_train(const nb_network *net, nb_graph *g, const network_inputs *in,
                       const network_numbers *want)
{
    network_numbers got = new_numbers(g, in->n);
    const size_t inner = want->outputs + want->x + want->cond;
    const nb_inputs given = inputs_of(in, g);
    loss_context c = {in->d_out, new_floats(got.outputs)};
    nb_graph_train(g, in->n, &given, got.all, c.to, &(nb_training_pass){NULL, give_loss, &c});
    read_gradients(g, &got);
    same(net, "outputs while training", got.all, want->all, want->outputs);
    same(net, "gradients while training", got.all + inner, want->all + inner, want->count - inner);
    free(c.to);
    free(got.all);
}

/* Without the gradients of the inputs, or with one of them. */
static void test_some_gradients(const nb_network *net, nb_graph *g, const network_inputs *in,
                                const network_numbers *want)
{
    const nb_inputs given = inputs_of(in, g);
    const size_t inner = want->outputs + want->x + want->cond;
    for (int which = 0; which < 3; which++) {
        network_numbers got = new_numbers(g, in->n);
        float *d_x = got.all + got.outputs, *d_cond = d_x + got.x;
        if (which == 1) d_cond = NULL;
        if (which == 2) d_x = NULL;
        nb_graph_forward(g, in->n, &given, got.all);
        nb_graph_backward(g, in->d_out, which ? d_x : NULL, which && g->cond_size ? d_cond : NULL);
        read_gradients(g, &got);
        if (which == 1) same(net, "d_x alone", d_x, want->all + want->outputs, want->x);
        if (which == 2) same(net, "d_cond alone", d_cond, want->all + inner - want->cond, want->cond);
        same(net, "gradients of parameters alone", got.all + inner, want->all + inner, want->count - inner);
        free(got.all);
    }
}

static void test_predict(const nb_network *net, nb_graph *g, const network_inputs *in,
                         const network_numbers *want)
{
    network_inputs one = *in;
    nb_inputs given = inputs_of(in, g);
    float *out = new_floats(want->outputs);
    nb_graph_predict(g, in->n, &given, out, NULL);
    same(net, "a prediction", out, want->all, want->outputs);
    one.n = 1;
    for (size_t i = 0; i < in->n; i++) { /* a sample does not know of the others */
        given = inputs_of(&one, g);
        nb_graph_predict(g, 1, &given, out, NULL);
        same(net, "a sample alone", out, want->all + i * g->out_size, g->out_size);
        one.x += g->x_size;
        one.t++;
        one.labels++;
        one.cond += g->cond_size;
    }
    nb_model *small = build_network(engines[0], net, 1, seed); /* in parts of max_batch */
    given = inputs_of(in, g);
    nb_graph_predict(&small->graph, in->n, &given, out, NULL);
    same(net, "a prediction beyond max_batch", out, want->all, want->outputs);
    nb_model_destroy(small);
    free(out);
}

static void test_passes(const nb_network *net, nb_graph *g, const network_inputs *in,
                        const network_numbers *want)
{
    test_predict(net, g, in, want);
    test_train(net, g, in, want);
    test_some_gradients(net, g, in, want);
}

/* ---- Memory ------------------------------------------------------------------------------------------------- */

/* The same network on a graph of that kind. */
static void build_plain(nb_graph *g, nb_graph_plainness plain, const nb_model *model)
{
    nb_error err = {0};
    nb_rng *rng = new_rng(seed + 3);
    nb_graph_begin(g, engines[0], model->graph.max_batch);
    g->plain = plain;
    REQUIRE(nb_network_lower(model->network, g, rng, &err) == NB_OK, "%s", err.message);
    nb_rng_destroy(rng);
    draw_constants(g, seed);
}

/* Every value that has a name; what is an output too, is that. */
static void test_activations(const nb_network *net, nb_graph *g, nb_graph *apart, const network_inputs *in,
                             const float *outputs)
{
    CHECK(g->n_named == apart->n_named, "network %u: %d names", (unsigned)seed, g->n_named);
    for (int i = 0; i < g->n_named; i++) {
        const size_t size = nb_value_count(g, g->named[i].value);
        float *got = new_floats(in->n * size), *want = new_floats(in->n * size);
        predict_poisoned(g, in, i, got);
        predict_poisoned(apart, in, i, want);
        same(net, g->named[i].name, got, want, in->n * size);
        size_t at = 0;
        for (int k = 0; k < g->n_outputs; at += nb_value_count(g, g->outputs[k++])) {
            for (size_t s = 0; s < in->n && apart->outputs[k] == apart->named[i].value; s++)
                same(net, "a value that is an output", got + s * size, outputs + s * g->out_size + at, size);
        }
        free(got);
        free(want);
    }
}

/* Steps in the order in which they are written: sums of gradients are then in another, outputs are not. */
static void test_order(const nb_network *net, const nb_model *model, const network_inputs *in,
                       const network_numbers *want)
{
    nb_graph plain;
    float *out = new_floats(want->outputs);
    build_plain(&plain, NB_IN_ORDER, model);
    predict_poisoned(&plain, in, -1, out);
    same(net, "steps in order", out, want->all, want->outputs);
    nb_graph_free(&plain);
    free(out);
}

/* What is planned gives the bits of what has all the room there is, from nothing that was there before. */
static void test_memory(const nb_network *net, nb_model *model, const network_inputs *in,
                        const network_numbers *want)
{
    nb_graph *g = &model->graph, apart;
    network_numbers got = new_numbers(g, in->n);
    nb_model *fresh = build_network(engines[0], net, in->max_batch, seed);
    poison_heap(&fresh->graph);
    pass(&fresh->graph, in, &got);
    same(net, "memory as the heap gives it", got.all, want->all, want->count);
    nb_model_destroy(fresh);
    pass_poisoned(g, in, &got);
    same(net, "memory with nothing in it", got.all, want->all, want->count);
    build_plain(&apart, NB_APART, model);
    pass_poisoned(&apart, in, &got);
    same(net, "values apart", got.all, want->all, want->count);
    CHECK(overrun(&apart) < 0, "network %u: beyond value %d", (unsigned)seed, overrun(&apart));
    predict_poisoned(g, in, -1, got.all);
    same(net, "a prediction with nothing in memory", got.all, want->all, want->outputs);
    test_activations(net, g, &apart, in, want->all);
    if (g->has_skips) {
        network_numbers other = new_numbers(g, in->n);
        g->skips_off = apart.skips_off = true;
        predict_poisoned(g, in, -1, got.all);
        predict_poisoned(&apart, in, -1, other.all);
        same(net, "skip connections off", got.all, other.all, want->outputs);
        g->skips_off = false;
        free(other.all);
        skips++;
    }
    nb_graph_free(&apart);
    free(got.all);
}

/* ---- All of it ---------------------------------------------------------------------------------------------- */

static void count_kinds(const nb_graph *g)
{
    for (int i = 0; i < g->n_layers; i++) {
        int k = 0;
        while (nb_layers[k] && nb_layers[k] != g->layers[i].kind) k++;
        often[k < MOST_KINDS ? k : 0]++;
    }
}

static uint64_t hash_of(uint64_t hash, const network_numbers *r)
{
    for (size_t i = 0; i < r->count * sizeof *r->all; i++)
        hash = (hash ^ ((const uint8_t *)r->all)[i]) * UINT64_C(1099511628211);
    return hash;
}

static void fuzz(uint64_t *hash)
{
    nb_network *net = a_network(seed);
    nb_rng *rng = new_rng(seed + 4);
    const size_t n = (size_t)(1 + below(rng, 5)), max_batch = n + (size_t)below(rng, 3);
    nb_rng_destroy(rng);
    test_text(net);
    nb_model *model = build_network(engines[0], net, max_batch, seed);
    nb_graph *g = &model->graph;
    network_inputs in = draw_inputs(net, g, seed, n);
    in.max_batch = max_batch;
    network_numbers want = new_numbers(g, n);
    pass(g, &in, &want);
    if (all_numbers(&want)) {
        *hash = hash_of(*hash, &want);
        count_kinds(g);
        test_engines(net, &in, &want);
        test_passes(net, g, &in, &want);
        test_memory(net, model, &in, &want);
        test_order(net, model, &in, &want);
    } else {
        not_finite++;
    }
    free(want.all);
    free_inputs(&in);
    nb_model_destroy(model);
    nb_network_destroy(net);
}

static void fuzz_all(uint32_t networks)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < networks; i++) {
        char name[40];
        seed = 16 * i;
        fuzz(&hash);
        if (i % IN_A_BLOCK != IN_A_BLOCK - 1) continue;
        snprintf(name, sizeof name, "networks_%u", (unsigned)(i / IN_A_BLOCK));
        bits(name, &hash, sizeof hash);
        hash = 0;
    }
    for (int k = 0; networks >= NETWORKS && nb_layers[k]; k++) {
        printf("measured layers of kind %s: %d\n", nb_layers[k]->name, often[k]);
        CHECK(often[k] >= LEAST_OFTEN, "%s was met %d times", nb_layers[k]->name, often[k]);
    }
    CHECK(skips > 0 || networks < NETWORKS, "%d networks with skip connections", skips);
    printf("measured networks without finite numbers: %d of %u\n", not_finite, (unsigned)networks);
    CHECK(not_finite * 20 <= (int)networks, "%d networks were left out", not_finite);
}

static void print_texts(int count)
{
    for (int i = 0; i < count; i++) {
        nb_network *net = a_network(16 * (uint32_t)i);
        print_network(net);
        printf("\n");
        nb_network_destroy(net);
    }
}

int main(int argc, char **argv)
{
    const char *option = argc == 3 ? argv[1] : "";
    if (strcmp(option, "--texts") == 0) {
        print_texts(atoi(argv[2]));
        return 0;
    }
    open_engines();
    if (strcmp(option, "--seed") == 0) {
        uint64_t hash = 0;
        seed = (uint32_t)atoi(argv[2]);
        nb_network *net = a_network(seed);
        print_network(net);
        nb_network_destroy(net);
        fuzz(&hash);
    } else {
        fuzz_all(networks_to_try(NETWORKS));
    }
    for (size_t i = 0; i < n_engines; i++) nb_engine_destroy(engines[i]);
    return check_report();
}
