/* graph.h - a network as a static list of layers, built once.
 *
 * A batch is cut into at most NB_LANES runs of rows, which go through the list on their own: a lane runs on any
 * thread, with activations that stay in its cache. A parameter's gradient is then summed over the lanes in their
 * order, row after row as PyTorch does, while the threads share out the parameters: neither lanes nor threads
 * show in the bits. */
#ifndef NB_MODELS_GRAPH_H
#define NB_MODELS_GRAPH_H

#include "base/arena.h"
#include "kernels/engine.h"
#include "nn/layer.h"
#include "noisebook.h"

enum { NB_LANES = 4, NB_MOST_VALUES = 64, NB_MOST_LAYERS = 64, NB_MOST_PARAMS = 64 };

typedef int nb_value; /* index of a value: rows of numbers that a layer reads or writes */

typedef struct nb_value_info {
    size_t width, stride;
    size_t offset;   /* floats from the start of a lane's activations */
    bool needs_grad; /* something trainable, or x, lies upstream */
} nb_value_info;

typedef struct nb_param {
    char name[64];
    size_t rows, cols, stride; /* stored as (in, out) for a weight, (1, out) for a bias */
    size_t offset;             /* in the block of weights */
    size_t t_offset;           /* of the transposed copy; weights only */
    bool is_weight;
} nb_param;

typedef struct nb_layer {
    nb_layer_fn *forward, *backward, *gradient; /* gradient: NULL where there is no parameter */
    nb_value in[2], out;                        /* in[1] = -1 where there is one input */
    int weight, bias;                           /* parameters, or -1 */
} nb_layer;

typedef struct nb_graph {
    const nb_engine *engine;
    nb_value_info values[NB_MOST_VALUES];
    nb_layer layers[NB_MOST_LAYERS];
    nb_param params[NB_MOST_PARAMS];
    int n_values, n_layers, n_params;
    nb_value x, t, eps; /* inputs and output */
    size_t max_batch, lane_rows;
    size_t act_floats;    /* activations of one lane */
    size_t weight_floats; /* all parameters, padding included */
    size_t weight_t_floats;
    nb_arena arena;
    float *weights, *weights_t;
    float *grads;            /* of the parameters, laid out as weights */
    float *acts, *act_grads; /* (NB_LANES, act_floats) */
    size_t last_rows;        /* of the last forward pass; 0 if it was too large for backward */
    bool has_grads;          /* a backward pass has filled grads */
    bool weights_t_stale;
} nb_graph;

/* ---- Building: call these in the order of the network, then nb_graph_finish. ---- */

void nb_graph_begin(nb_graph *g, const nb_engine *engine, size_t max_batch);
nb_value nb_graph_input(nb_graph *g, size_t width, bool needs_grad);
/* Parameters <name>.weight and <name>.bias. */
nb_value nb_graph_linear(nb_graph *g, nb_value in, const char *name, size_t out_features);
nb_value nb_graph_relu(nb_graph *g, nb_value in); /* in place: returns `in` */
nb_value nb_graph_concat(nb_graph *g, nb_value a, nb_value b);
/* Takes all memory and draws the initial weights from init, as PyTorch does in module order. */
nb_status nb_graph_finish(nb_graph *g, nb_value x, nb_value t, nb_value eps, nb_rng *init, nb_error *err);
void nb_graph_free(nb_graph *g);

/* ---- Running ---- */

void nb_graph_forward(nb_graph *g, size_t n, const float *x, const float *t, float *eps);
/* For the rows of the last forward pass. d_x may be NULL. */
void nb_graph_backward(nb_graph *g, const float *d_eps, float *d_x);

/* Whether every gradient of the last backward pass is finite, and small enough that Adam can square it. */
bool nb_graph_grads_in_range(const nb_graph *g);

/* The stored matrix of a parameter to PyTorch's layout, and back. */
void nb_graph_read(const nb_param *p, const float *block, float *out);
void nb_graph_write(const nb_param *p, float *block, const float *values);

#endif
