/* graph.h - a network as a static list of layers, built once.
 *
 * A batch is cut into lanes, runs of samples. Threads do not show in the bits:
 *   - A graph of vectors takes a lane's samples at once, on any thread, and has as many lanes as suit the threads. A
 *     parameter's gradient is then summed over the lanes in their order, sample after sample as PyTorch does, while the
 *     threads share out the parameters.
 *   - A graph with images takes one sample after the other, so that only one sample's gradients of values exist
 *     for a thread at a time, and these share memory by a plan made when the graph is built. Each of NB_LANES lanes sums
 *     its own gradients of parameters, in the order of its samples: those may be with several threads, each of which waits
 *     its turn, layer by layer. The lanes are then summed in their order. */
#ifndef NB_MODELS_GRAPH_H
#define NB_MODELS_GRAPH_H

#include "base/arena.h"
#include "kernels/engine.h"
#include "nn/layers.h"
#include "nn/winograd.h"
#include "noisebook.h"

#include <stdalign.h>
#include <stdatomic.h>

enum {
    NB_LANES = 4, /* of images: more would cost memory, and bring nothing, as threads share a lane */
    NB_GAP = 16   /* floats between two values of a graph that has them apart */
};

typedef int nb_value; /* index of a value: what a layer reads or writes */

typedef struct nb_value_info {
    size_t height, width, channels,
        pixel;            /* 1, 1, features for a vector; pixel: floats from one to the next */
    nb_axes axes;         /* how PyTorch has them */
    bool halo, grad_halo; /* a border of zeros around it, around its gradient */
    bool needs_grad;      /* something trainable, or x, lies upstream */
    bool reached;         /* an output depends on it: backward gives it a gradient, if it needs one */
    bool read_back;       /* backward reads it: it is kept, and not overwritten */
    bool shared;          /* an input, an output, or read by several layers: no layer works in its place */
    bool kept;            /* lies among the activations, otherwise in a lane's scratch */
    bool of_t;            /* kept, and t alone decides it: samples at one t share it */
    size_t offset, grad_offset; /* floats from the start of a sample's or lane's block */
    nb_value inside;            /* the concat's output that it is a part of, which has its memory, or -1 */
    size_t at;                  /* its first channel there */
} nb_value_info;

typedef struct nb_param {
    char *name; /* the graph's own */
    nb_param_kind kind;
    int rank;        /* of PyTorch's shape */
    size_t taps, in; /* of a weight: of its kernel, 1 without, and input features */
    size_t rows, cols,
        stride;      /* stored as (taps x in, out); an embedding as PyTorch does, a vector as a row */
    size_t offset;   /* in the block of weights */
    bool shared;     /* more than one layer has it */
    bool winograd;   /* computed at 36 points instead of 9 taps: nn/winograd.c */
    size_t u_offset; /* of the weights at these points */
    size_t
        t_offset; /* of the copy with each tap's or point's matrix transposed; linear and convolutions only */
    size_t lane_offset; /* of the gradient in a lane's block, with images */
    size_t fan_in;      /* of the weight, for its bias too; 0: a constant or N(0, 1) */
} nb_param;

/* One of PyTorch's modules: its layer and parameters. A kind of NULL: nn.Identity. */
typedef struct nb_module {
    const nb_layer_kind *kind;
    int weight, bias; /* -1 where there is none */
    double settings[NB_SETTINGS];
} nb_module;

typedef struct nb_layer {
    const nb_layer_kind *kind;
    nb_value in[NB_INPUTS], out; /* -1 where there is none */
    nb_value plus;               /* what forward adds to its output, for the sum that follows; or -1 */
    bool relu;                   /* it does the ReLU that follows as well */
    bool folded;                 /* a sum that the layer before it does in forward */
    nb_module module;
    int order;           /* among those that draw, which do so in the order of PyTorch's forward */
    size_t drawn;        /* where in a sample's draws its own begin */
    nb_value saved;      /* what forward saves for backward, or -1 */
    bool add[NB_INPUTS]; /* backward adds to the gradient of in[k], which a later layer has begun */
    bool again;          /* a later layer has the same module: gradient adds to what that one's has found */
    int turn;  /* the first layer that has the same module: with it, this gradient has been added to */
    bool skip; /* a concat whose in[1] is a skip connection */
} nb_layer;

/* The layers down to `left` have added a sample's part to the gradients of its lane. */
typedef struct nb_turn {
    alignas(NB_ALIGN) atomic_int left;
} nb_turn;

/* What one thread can do while the others predict. */
typedef struct nb_beside {
    void (*task)(void *context);
    void *context;
} nb_beside;

/* What a layer has just done, for one that measures. */
typedef enum nb_pass { NB_PASS_FORWARD, NB_PASS_GRADIENT, NB_PASS_BACKWARD, NB_PASSES } nb_pass;
/* Told of it; layer -1: the graph begins with some samples. */
typedef void nb_graph_watch(void *context, int layer, nb_pass pass);

/* A value that can be looked at: it is whole once the first `layers` layers have run, the last of them with no more folded
 * into it than this. */
typedef struct nb_named_value {
    const char *name;
    nb_value value;
    int layers;
    bool relu;
    nb_value plus;
} nb_named_value;

/* What an input is filled with. */
typedef enum nb_source { NB_FROM_X, NB_FROM_T, NB_FROM_LABELS, NB_FROM_COND } nb_source;

typedef struct nb_input {
    nb_source source;
    nb_value value;
    size_t at; /* the first of its numbers in a sample of `cond` */
} nb_input;

/* How much is left undone that only saves time and memory, set before the first layer: what tests hold a plan against. */
typedef enum nb_graph_plainness {
    NB_PLANNED,
    NB_APART, /* nothing is folded, made in place, or in memory that something else has; gaps between values */
    NB_IN_ORDER /* nor does any step of a network come before its turn */
} nb_graph_plainness;

typedef struct nb_graph {
    const nb_engine *engine;
    nb_value_info *values;
    nb_layer *layers;
    nb_param *params;
    nb_named_value *named;
    nb_input *inputs;
    nb_value *outputs;
    int n_values, n_layers, n_params, n_named, n_inputs, n_outputs;
    size_t value_room, layer_room, param_room, named_room, input_room,
        output_room;  /* how many there is room for */
    nb_error failure; /* of the first call that could not build what it was asked for; finish returns it */
    nb_graph_plainness plain;
    bool has_skips, skips_off; /* off: what comes by a skip connection is read as zeros */
    nb_value x, t;             /* inputs; t: -1 without */
    bool images;               /* sample by sample */
    size_t classes;            /* labels are below it, the null class being the last; 0: no labels */
    size_t x_size, t_size, cond_size,
        out_size;                /* numbers of a sample: of x, of all further inputs, of all outputs */
    size_t draw_size;            /* numbers that a sample's pass draws in training */
    size_t max_batch, lane_rows; /* of vectors, the most rows of a lane */
    size_t slots;      /* rooms to work in: one for each lane of vectors, or with images for each thread */
    size_t act_floats; /* kept values: of one lane, or of one sample with images */
    size_t scratch_floats; /* a slot's gradients of values, and values that are not kept */
    size_t weight_floats;  /* all parameters, padding included */
    size_t weight_t_floats, weight_u_floats;
    size_t lane_floats; /* a lane's own gradients of parameters, with images */
    size_t work_floats; /* a slot's room for what a layer needs only while it runs */
    size_t bytes;
    nb_arena arena;
    float *weights, *weights_t, *weights_u;
    float *grads;      /* of the parameters, laid out as weights */
    float *lane_grads; /* (NB_LANES, lane_floats) */
    float *drawn;      /* (draw_size, max_batch): a layer's, sample after sample, then the next layer's */
    float *acts, *scratch, *work;
    nb_turn *turns; /* of each sample of a batch, with images */
    bool *used_acts,
        *used_grads;          /* a sample's or lane's acts, a lane's lane_grads: cleared when first used */
    size_t drawn_rows;        /* what is drawn is for the next pass of so many samples; 0: it draws nothing */
    bool drew;                /* the last pass used it */
    size_t last_rows;         /* of the last forward pass; 0 if backward cannot follow it */
    const char *no_backward;  /* why not */
    bool has_grads;           /* a backward pass has filled grads, which are not even cleared before */
    atomic_bool out_of_range; /* by gradients of it that are not finite, or too large for Adam to square */
    bool weights_t_stale;     /* weights_t and weights_u are to be made again: nb_graph_weights_changed */
    bool has_weights_t;       /* they have been made before */
    nb_graph_watch *watch;    /* NULL, or called after each layer of each lane or sample; one thread only */
    void *watch_context;
} nb_graph;

/* ---- Building: first the modules in the order of PyTorch's __init__, which decides names and draws; then the
 * ---- network, in the order of its forward; then nb_graph_finish. ---- */

/* A call that cannot do what it is asked for, by its sizes or for want of memory, notes that (g->failure); those after it
 * do nothing, and finish fails. */
void nb_graph_begin(nb_graph *g, const nb_engine *engine, size_t max_batch);

/* A module of that kind; settings: as its descriptor lists them, checked by whoever read them. */
nb_module nb_graph_module(nb_graph *g, const nb_layer_kind *kind, const char *name, const double *settings);
nb_module nb_graph_linear(nb_graph *g, const char *name, size_t in, size_t out);
nb_module nb_graph_conv(nb_graph *g, const char *name, size_t in, size_t out,
                        size_t side);                                                    /* 1 or 3, padded */
nb_module nb_graph_conv_transpose(nb_graph *g, const char *name, size_t in, size_t out); /* 3x3, padding 1 */
nb_module nb_graph_group_norm(nb_graph *g, const char *name, size_t channels);
nb_module nb_graph_embedding(nb_graph *g, const char *name, size_t rows, size_t features);
nb_module nb_graph_identity(void);

/* The input of that source: x first. For x and cond its gradient can be asked for. */
nb_value nb_graph_input(nb_graph *g, nb_source source, nb_shape shape);
static inline nb_shape nb_vector(size_t features) { return (nb_shape){1, 1, features, NB_FEATURES}; }
static inline nb_shape nb_image(size_t height, size_t width, size_t channels)
{
    return (nb_shape){height, width, channels, NB_IMAGE};
}
/* Any layer without parameters, by its descriptor: nb_graph_layer(g, &nb_silu_layer, h). One that works in place (ReLU, a
 * sum) may overwrite its first input: use the result from here on. */
nb_value nb_graph_layer(nb_graph *g, const nb_layer_kind *kind, nb_value in);
nb_value nb_graph_layer_of_two(nb_graph *g, const nb_layer_kind *kind, nb_value a, nb_value b);
nb_value nb_graph_apply(nb_graph *g, nb_module module, nb_value in);
/* Any layer: in (NB_INPUTS), -1 where there is none. */
nb_value nb_graph_layer_of(nb_graph *g, nb_module module, const nb_value *in);
/* A kind without parameters as a module, for nb_graph_layer_of. */
nb_module nb_graph_function(const nb_layer_kind *kind, const double *settings);
nb_value nb_graph_classes(nb_graph *g, nb_module embedding); /* of the labels */
nb_value nb_graph_skip(nb_graph *g, nb_value a, nb_value b); /* concat, b coming by a skip connection */
nb_value nb_graph_sinusoidal(nb_graph *g, nb_value t, size_t features);
static inline nb_value nb_graph_relu(nb_graph *g, nb_value in)
{
    return nb_graph_layer(g, &nb_relu_layer, in);
}
static inline nb_value nb_graph_max_pool(nb_graph *g, nb_value in)
{
    const double kernel_size[NB_SETTINGS] = {2};
    return nb_graph_apply(g, nb_graph_function(&nb_max_pool_layer, kernel_size), in);
}
static inline nb_value nb_graph_upsample(nb_graph *g, nb_value in)
{
    const double bilinear[NB_SETTINGS] = {2, 1};
    return nb_graph_apply(g, nb_graph_function(&nb_upsample_layer, bilinear), in);
}
/* [q, k, v] along the channels */
static inline nb_value nb_graph_attention(nb_graph *g, nb_value qkv)
{
    return nb_graph_layer(g, &nb_attention_layer, qkv);
}
static inline nb_value nb_graph_concat(nb_graph *g, nb_value a, nb_value b)
{
    return nb_graph_layer_of_two(g, &nb_concat_layer, a, b);
}
static inline nb_value nb_graph_add(nb_graph *g, nb_value a, nb_value b)
{
    return nb_graph_layer_of_two(g, &nb_add_layer, a, b);
}
static inline nb_value nb_graph_add_channels(nb_graph *g, nb_value a, nb_value vector)
{
    return nb_graph_layer_of_two(g, &nb_add_channels_layer, a, vector);
}
/* What nb_graph_forward gives, one after the other. */
void nb_graph_output(nb_graph *g, nb_value v);
/* Gives the value that was just made a name, for nb_model_activation; returns it. The name is not copied. */
nb_value nb_graph_name(nb_graph *g, const char *name, nb_value v);

/* Plans and takes all memory and draws the initial weights from init, as PyTorch does in module order. */
nb_status nb_graph_finish(nb_graph *g, nb_rng *init, nb_error *err);
void nb_graph_free(nb_graph *g);

/* Rows of a lane, at most so many, that suit n vectors on so many threads; there are no more lanes than most_lanes. 0: none
 * fits. */
size_t nb_lane_rows(size_t n, size_t threads, size_t most_rows, size_t most_lanes);
/* Where values and gradients lie; fills in the layers' `add`. Part of finish. */
nb_status nb_graph_plan(nb_graph *g, nb_error *err);
/* Notes why the graph cannot be built, unless that is known already: the builders' way to fail. */
void nb_graph_fail(nb_graph *g, nb_status status, const char *why);
/* `list` with room for one more (base/grow.h); where there is no memory, that is noted. */
void *nb_graph_grow(nb_graph *g, void *list, size_t *room, int count, size_t size);
static inline bool nb_graph_failed(const nb_graph *g) { return g->failure.status != NB_OK; }

/* ---- Running. Images are (channels, height, width) outside, as PyTorch has them. ---- */

/* in: see noisebook.h; labels below g->classes. out: (n, out_size). */
void nb_graph_forward(nb_graph *g, size_t n, const nb_inputs *in, float *out);
/* The same without a backward pass to come: less memory is gone through. beside: what a thread does meanwhile, or NULL. */
void nb_graph_predict(nb_graph *g, size_t n, const nb_inputs *in, float *out, const nb_beside *beside);
/* Named value `index` as a forward pass makes it, which stops there; out: its numbers for n samples. */
void nb_graph_activation(nb_graph *g, int index, size_t n, const nb_inputs *in, float *out);
/* For the next pass of n samples, at most max_batch: what its layers draw in training. */
void nb_graph_draw(nb_graph *g, size_t n, nb_rng *rng);
/* For the samples of the last forward pass (last_rows). d_out: as out; d_x, d_cond: as x and cond, or NULL. */
void nb_graph_backward(nb_graph *g, const float *d_out, float *d_x, float *d_cond);
/* What a training pass is told to do on the way, on any thread. */
typedef struct nb_training_pass {
    void (*make)(void *context, size_t first,
                 size_t rows); /* makes the inputs of samples first .. first + rows;
                                                               or NULL */
    void (*loss)(void *context, size_t first,
                 size_t count); /* count numbers of the output stand in out, from number `first` on:
                                                                sets the same of d_out */
    void *context;
} nb_training_pass;
/* Forward, the loss and backward for n samples, at most max_batch: the numbers that nb_graph_forward and nb_graph_backward
 * give. A sample of images goes there and back at once, while its activations are in the cache. */
void nb_graph_train(nb_graph *g, size_t n, const nb_inputs *in, float *out, const float *d_out,
                    const nb_training_pass *pass);
/* `make` is called for multiples of so many samples, except for the last of a batch. */
size_t nb_graph_together(const nb_graph *g);

/* Whether every gradient of the last backward pass is finite, and small enough that Adam can square it. */
bool nb_graph_grads_in_range(const nb_graph *g);

/* ---- Parameters ---- */

/* Told by whoever has changed weights: what is derived from them is made anew, and no backward pass follows the last
 * forward pass, whose activations are other weights'. */
void nb_graph_weights_changed(nb_graph *g);
/* The last forward pass cannot be gone back through, and why: "NAME since the last forward pass". */
void nb_graph_forget(nb_graph *g, const char *why);

nb_param_info nb_graph_param_info(const nb_param *p);
/* Where number i of PyTorch's layout is stored, from the start of the parameter. */
size_t nb_graph_param_at(const nb_param *p, size_t i);
/* The stored matrix of a parameter to PyTorch's layout, and back. */
void nb_graph_read(const nb_param *p, const float *block, float *out);
void nb_graph_write(const nb_param *p, float *block, const float *values);
nb_status nb_graph_init(nb_graph *g, nb_rng *init, nb_error *err);
void nb_graph_derive(nb_graph *g); /* weights_u and weights_t from weights */
/* Changes all weights, and makes what is derived from them, on all threads: `change` is called for numbers first .. first +
 * count of the block of weights, padding included. */
typedef void nb_weights_update(void *context, size_t first, size_t count);
void nb_graph_update(nb_graph *g, nb_weights_update *change, void *context);

/* Matrices (in, cols) that a layer computes with: one for each tap or point. */
static inline size_t nb_param_matrices(const nb_param *p)
{
    return p->winograd ? NB_WINOGRAD_POINTS : p->taps;
}

static inline size_t nb_value_row(const nb_value_info *v, bool halo)
{
    return nb_mul(nb_add(v->width, halo), v->pixel);
}

/* Floats of one sample, border included. */
static inline size_t nb_value_size(const nb_value_info *v, bool halo)
{
    if (!halo) return nb_mul(v->height, nb_value_row(v, false));
    return nb_add(nb_mul(nb_add(v->height, 2), nb_value_row(v, true)), v->pixel);
}

#endif
