/* network_run.h - a random network's inputs, and all the numbers that it makes of them. */
#ifndef NB_TESTS_NETWORK_RUN_H
#define NB_TESTS_NETWORK_RUN_H

#include "models/model.h"
#include "models/pass.h"
#include "random_network.h"

/* What a network is given, in blocks of exactly their size, so that the sanitizers see every number too far. */
typedef struct network_inputs {
    size_t n, max_batch;
    bool no_labels;
    float *x, *t, *cond, *d_out;
    int32_t *labels;
    nb_rng *rng;
} network_inputs;

/* The numbers of a pass: outputs, d_x, d_cond, and the gradients of each parameter. */
typedef struct network_numbers {
    size_t count, outputs, x, cond; /* of each */
    float *all;
} network_numbers;

static inline float *new_floats(size_t count)
{
    float *values = malloc(count > 0 ? count * sizeof *values : 1);
    REQUIRE(values != NULL, "memory");
    for (size_t i = 0; i < count; i++) values[i] = 0.0F;
    return values;
}

/* One timestep for all samples, as in sampling, or one for each. */
static inline void draw_times(network_inputs *in, const nb_network *net)
{
    bool fraction = false;
    for (int i = 0; i < net->n_inputs; i++) fraction = fraction || net->inputs[i].kind == NB_INPUT_FRACTION;
    const bool same = chance(in->rng, 40);
    for (size_t i = 0; i < in->n; i++) {
        const float t = (float)below(in->rng, 1000);
        in->t[i] = same && i > 0 ? in->t[0] : fraction ? t / 1000.0F : t;
    }
}

static inline void draw_cond(network_inputs *in, const nb_network *net, const nb_graph *g)
{
    if (g->cond_size > 0) nb_torch_randn(in->rng, in->n * g->cond_size, in->cond);
    for (int i = 0; i < net->n_inputs; i++) {
        if (net->inputs[i].kind != NB_INPUT_TOKENS) continue;
        for (size_t k = 0; k < in->n * net->inputs[i].shape.channels; k++) {
            const size_t sample = k / net->inputs[i].shape.channels, at = k % net->inputs[i].shape.channels;
            in->cond[sample * g->cond_size + g->inputs[i].at + at] =
                (float)below(in->rng, net->inputs[i].count);
        }
    }
}

/* What the network is run on, from its seed: 1 to 5 samples. */
static inline network_inputs draw_inputs(const nb_network *net, const nb_graph *g, uint32_t seed, size_t n)
{
    network_inputs in = {.n = n, .rng = new_rng(seed + 1)};
    in.x = new_floats(n * g->x_size);
    in.t = new_floats(n);
    in.cond = new_floats(n * g->cond_size);
    in.d_out = new_floats(n * g->out_size);
    in.labels = malloc(n * sizeof *in.labels);
    REQUIRE(in.labels != NULL, "memory");
    nb_torch_randn(in.rng, n * g->x_size, in.x);
    nb_torch_randn(in.rng, n * g->out_size, in.d_out);
    draw_times(&in, net);
    draw_cond(&in, net, g);
    for (size_t i = 0; i < n; i++) in.labels[i] = g->classes ? below(in.rng, (int)g->classes) : 0;
    in.no_labels = g->classes == 0 || chance(in.rng, 20);
    return in;
}

static inline void free_inputs(network_inputs *in)
{
    free(in->x);
    free(in->t);
    free(in->cond);
    free(in->d_out);
    free(in->labels);
    nb_rng_destroy(in->rng);
}

static inline nb_inputs inputs_of(const network_inputs *in, const nb_graph *g)
{
    return (nb_inputs){.x = in->x,
                       .t = g->t >= 0 ? in->t : NULL,
                       .labels = in->no_labels ? NULL : in->labels,
                       .cond = g->cond_size ? in->cond : NULL};
}

/* Biases, the norms' gamma and beta, and what begins at 0 at random: 0 and 1 would hide much. */
static inline void draw_constants(nb_graph *g, uint32_t seed)
{
    nb_rng *rng = new_rng(seed + 2);
    for (int i = 0; i < g->n_params; i++) {
        const nb_param *p = &g->params[i];
        if (p->rank != 1 && p->kind != NB_PARAM_VALUE) continue;
        float *values = new_floats(p->rows * p->cols);
        nb_torch_randn(rng, p->rows * p->cols, values);
        nb_graph_write(p, g->weights, values);
        free(values);
    }
    nb_graph_weights_changed(g);
    nb_rng_destroy(rng);
}

static inline network_numbers new_numbers(const nb_graph *g, size_t n)
{
    network_numbers r = {.outputs = n * g->out_size, .x = n * g->x_size, .cond = n * g->cond_size};
    r.count = r.outputs + r.x + r.cond;
    for (int i = 0; i < g->n_params; i++) r.count += g->params[i].rows * g->params[i].cols;
    r.all = new_floats(r.count);
    return r;
}

static inline void read_gradients(const nb_graph *g, network_numbers *r)
{
    float *to = r->all + r->outputs + r->x + r->cond;
    for (int i = 0; i < g->n_params; i++) {
        nb_graph_read(&g->params[i], g->grads, to);
        to += g->params[i].rows * g->params[i].cols;
    }
}

static inline void pass_back(nb_graph *g, const network_inputs *in, network_numbers *r)
{
    float *d_x = r->all + r->outputs, *d_cond = d_x + r->x;
    nb_graph_backward(g, in->d_out, d_x, g->cond_size ? d_cond : NULL);
    read_gradients(g, r);
}

static inline void pass(nb_graph *g, const network_inputs *in, network_numbers *r)
{
    const nb_inputs given = inputs_of(in, g);
    nb_graph_forward(g, in->n, &given, r->all);
    pass_back(g, in, r);
}

/* Numbers that are none have no bits of their own. */
static inline bool all_numbers(const network_numbers *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (!(fabs((double)r->all[i]) < 1e20)) return false;
    return true;
}

static inline nb_model *build_network(const nb_engine *engine, const nb_network *net, size_t max_batch,
                                      uint32_t seed)
{
    nb_model *model = NULL;
    nb_error err = {0};
    nb_rng *rng = new_rng(seed + 3);
    REQUIRE(nb_model_build(engine, net, (int)max_batch, rng, &model, &err) == NB_OK, "network %u: %s",
            (unsigned)seed, err.message);
    nb_rng_destroy(rng);
    draw_constants(&model->graph, seed);
    return model;
}

#endif
