/* layer.h - what a layer is, and what it is given: where its inputs, outputs and parameters lie for some samples.
 *
 * A layer is one file that ends in one descriptor, an nb_layer_kind, and one line in the table (nn/layers.h). Its
 * functions stand side by side: forward; gradient, that of its parameters; and backward, the gradients of its inputs,
 * which overwrites or adds to those it is asked for (data != NULL). It owns nothing and remembers nothing. Layers of
 * vectors take any number of samples, those of images one, but for `many_images`. */
#ifndef NB_NN_LAYER_H
#define NB_NN_LAYER_H

#include "base/size.h"
#include "kernels/kernels.h"
#include "noisebook.h"

#include <stdint.h>
#include <string.h>

/* Samples of (height, width, channels) numbers; a vector is 1 x 1 x features. Between channels and `pixel`
 * there are zeros. Where a 3x3 convolution reads, a border of zeros surrounds the pixels: a pixel to the right
 * of each row, which is also the one to the left of the next, and a row above and below. */
typedef struct nb_tensor {
    float *data; /* pixel (0, 0) of the first sample */
    size_t height, width, channels;
    size_t pixel, row, sample; /* floats from one to the next */
    nb_axes axes;              /* how PyTorch has them */
} nb_tensor;

typedef struct nb_matrix {
    float *data;
    size_t width, stride; /* floats from row to row; from width to stride they are zero */
} nb_matrix;

enum { NB_INPUTS = 4 /* values that a layer reads, at most */, NB_SETTINGS = 8 };

typedef struct nb_layer_args {
    const nb_kernels *kernels;
    size_t rows;            /* samples */
    const double *settings; /* of the layer, in the descriptor's order; NULL if it takes none */
    nb_tensor in[NB_INPUTS], out;
    nb_tensor
        plus; /* forward (NB_FOLD_PLUS): added to the output, a vector to every pixel; data = NULL without */
    nb_tensor d_in[NB_INPUTS], d_out; /* backward and gradient; d_out is the layer's to overwrite */
    bool add[NB_INPUTS];              /* backward: add to d_in */
    nb_matrix weight;   /* (taps x in, out): PyTorch's transposed, so that vectors run over outputs */
    nb_matrix weight_t; /* (taps x out, in); backward */
    size_t taps;        /* of a convolution: those of its kernel */
    float *work;        /* room for what is needed only while the layer runs */
    const float *bias;
    float *d_weight, *d_bias; /* laid out as weight and bias; gradient */
    size_t first, count;      /* gradient: the rows of d_weight to do, and d_bias if first is 0 */
    bool accumulate;          /* gradient: add to what is there */
    float *saved;             /* numbers a layer keeps from forward for gradient and backward */
    const float
        *drawn; /* what `draw` has made for these samples, in PyTorch's order; NULL where nothing is drawn */
    bool relu;  /* forward, gradient: a ReLU follows that this layer does too (NB_FOLD_RELU) */
} nb_layer_args;

typedef void nb_layer_fn(const nb_layer_args *a);

/* What a layer is to work on, asked when a graph is built. */
typedef struct nb_shape {
    size_t height, width, channels; /* 1, 1, features of a vector; all 0 where there is none */
    nb_axes axes;                   /* how PyTorch has these; tokens and series are of height 1 */
} nb_shape;

typedef struct nb_layer_spec {
    nb_shape in[NB_INPUTS], out;
    double settings[NB_SETTINGS];
    size_t weight_in, weight_out, taps; /* of its weight; 0 without */
} nb_layer_spec;

typedef enum nb_param_kind {
    NB_PARAM_LINEAR,         /* (out, in) in PyTorch */
    NB_PARAM_CONV,           /* (out, in, k, k), or (out, in, k) */
    NB_PARAM_CONV_TRANSPOSE, /* (in, out, k, k) */
    NB_PARAM_EMBEDDING,      /* (rows, features) */
    NB_PARAM_VALUE,          /* (features) or (tokens, features), a parameter of the network itself */
    NB_PARAM_NORM,           /* gamma: (channels) */
    NB_PARAM_BIAS            /* (out) */
} nb_param_kind;

/* A weight, as a layer with these settings has it. */
typedef struct nb_weight {
    nb_param_kind kind;
    size_t taps, in, out; /* stored as (taps x in, out); an embedding has `in` rows */
    int rank;             /* of PyTorch's shape */
    size_t fan_in; /* of nn.Linear's and nn.Conv2d's draws, for the bias too; 0: a constant, or N(0, 1) */
    bool bias;     /* it has one */
} nb_weight;

/* What a layer may do for the one that follows it, so that memory is gone through once less. */
enum {
    NB_FOLD_RELU =
        1, /* a ReLU, whose signs it finds again in gradient: what follows may overwrite the output */
    NB_FOLD_PLUS = 2 /* a sum: forward adds the other input, nb_layer_args.plus */
};

typedef struct nb_layer_kind {
    const char *name;       /* PyTorch's, of the module or the function */
    const char *takes_text; /* what its inputs may be; names of settings stand for their values */
    const char *python; /* in PyTorch, as a function of {0}, {1} or {*}: NULL for nn.NAME(settings)({0}) */
    const char *python_module; /* as a module, with {setting} or {, setting}: NULL for nn.NAME(settings) */
    const char *python_needs;  /* what these call and PyTorch has not; or NULL */
    nb_setting settings[NB_SETTINGS];            /* up to the first without a name */
    nb_weight (*weight)(const double *settings); /* NULL: a layer without parameters */
    /* Before a pass in training: a number for each of n of its output's; NULL: it draws none. */
    void (*draw)(const double *settings, nb_rng *rng, size_t n, float *out);
    bool spreads; /* a vector beside the first input is taken for every pixel or token */
    int inputs;   /* values that it reads: 0 to NB_INPUTS */
    int optional; /* of them, the last ones that may be left out */
    nb_layer_fn *forward, *backward, *gradient; /* backward, gradient: NULL where there is nothing to do */
    nb_shape (*shape)(const nb_layer_spec *s); /* of its output, all 0 if inputs do not fit; NULL: as in[0] */
    size_t (*saved)(const nb_layer_spec *s);   /* floats that forward saves for a sample; NULL: none */
    size_t (*work)(const nb_layer_spec *s);    /* floats of `work`; NULL: none */
    const struct nb_layer_kind *faster;        /* the same by other means, for what it fits; or NULL */
    bool (*fits)(const nb_layer_spec *s);      /* of such a one */
    bool winograd;     /* weights, and their gradients, at Winograd's points: nn/winograd.h */
    bool border;       /* with more than one tap: reads a border of zeros around in[0] and d_out */
    int reads_in;      /* gradient or backward read the first so many inputs */
    bool reads_out;    /* backward reads out */
    bool takes_rows;   /* in[0] are whole numbers below the weight's rows */
    bool in_place;     /* out may lie where in[0] does */
    bool whole_rows;   /* goes through a row in one run: all channels must be there, and no others */
    bool side_by_side; /* out is the inputs side by side: each may be made where out has it */
    bool many_images;  /* takes any number of samples of images, too, where other layers take one */
    int folds, takes;  /* NB_FOLD_: which of them it is, and which it does for the layer that follows */
} nb_layer_kind;

static inline bool nb_same_size(nb_shape a, nb_shape b)
{
    return a.height == b.height && a.width == b.width && a.axes == b.axes;
}

/* Out is as in[0], with the weight's outputs for channels: shape of a layer with a weight. */
static inline nb_shape nb_weighted_shape(const nb_layer_spec *s)
{
    if (s->in[0].channels != s->weight_in) return (nb_shape){0};
    return (nb_shape){s->in[0].height, s->in[0].width, s->weight_out, s->in[0].axes};
}

enum { NB_MOST_CHANNELS = 1024, NB_MOST_FEATURES = 1 << 20, NB_MOST_ROWS = 1 << 20 };

/* Pixel i of all samples, row after row. */
static inline float *nb_pixel(nb_tensor t, size_t i)
{
    return t.data + i / t.width / t.height * t.sample + i / t.width % t.height * t.row +
           i % t.width * t.pixel;
}

/* Some of the pixels of a value of height 1; some of each pixel's channels. */
static inline nb_tensor nb_pixels_of(nb_tensor t, size_t first, size_t count)
{
    t.data += first * t.pixel;
    t.width = count;
    return t;
}

static inline nb_tensor nb_channels_of(nb_tensor t, size_t first, size_t count)
{
    t.data += first;
    t.channels = count;
    return t;
}

/* Its pixels to 0, padding included. */
void nb_clear(nb_tensor t, size_t rows);
/* to = from, or to += from, padding included: two tensors of one shape, whose pixels may lie apart. */
void nb_move(nb_tensor to, nb_tensor from, size_t rows, bool add);

#endif
