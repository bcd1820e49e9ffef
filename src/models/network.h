/* network.h - a network as it is written down: what noisebook.h's nb_network_ functions make and models/lower.c reads. */
#ifndef NB_MODELS_NETWORK_H
#define NB_MODELS_NETWORK_H

#include "models/graph.h"

enum { NB_MOST_LAYERS = 4096, NB_MOST_NAME = 100 /* so that a line of text is not long */ };

typedef struct nb_net_input {
    char *name;
    nb_input_kind kind;
    nb_shape shape;
    int count; /* classes of labels, words of tokens; else 0 */
} nb_net_input;

typedef struct nb_net_module {
    char *name;
    const nb_layer_kind *kind;
    double settings[NB_SETTINGS];
    int uses;
} nb_net_module;

typedef enum nb_step_kind {
    NB_STEP_APPLY, /* a module, or with module -1 the function of `kind` */
    NB_STEP_ENTER, /* from here to LEAVE stands in the forward of module `name`, of class `of` */
    NB_STEP_LEAVE, /* which returns the value in[0], or nothing (-1) */
    NB_STEP_NAME   /* in[0] can be looked at by this name */
} nb_step_kind;

typedef struct nb_step {
    nb_step_kind what;
    int module;
    const nb_layer_kind *kind;
    double settings[NB_SETTINGS];
    int in[NB_INPUTS], out; /* values; -1 where there is none */
    char *name, *of;
} nb_step;

typedef struct nb_net_value {
    nb_shape shape;
    int step, input; /* what makes it; -1 for the other */
    int uses;        /* by steps and as an output */
} nb_net_value;

typedef struct nb_net_output {
    char *name;
    int value;
} nb_net_output;

struct nb_network {
    nb_net_input *inputs;
    nb_net_module *modules;
    nb_step *steps;
    nb_net_value *values;
    nb_net_output *outputs;
    int n_inputs, n_modules, n_steps, n_values, n_outputs, depth /* of ENTER */;
    size_t input_room, module_room, step_room, value_room, output_room;
    nb_error failure; /* the first */
};

static inline bool nb_network_failed(const nb_network *net) { return net->failure.status != NB_OK; }

/* The settings of a kind from "name=number name=number", in the descriptor's order; NB_ERR_ARGUMENT. */
nb_status nb_settings_read(const nb_layer_kind *kind, const char *text, double *settings, nb_error *err);
/* What a setting of words is called: its length; 0 for one of numbers. */
size_t nb_setting_word(const nb_setting *s, double value, const char **word);
/* And back: those that are not what PyTorch takes where none is given. */
void nb_settings_write(const nb_layer_kind *kind, const double *settings, char *text, size_t size);
/* The descriptor's takes_text with the numbers in the place of the settings' names. */
void nb_settings_fill(const nb_layer_kind *kind, const double *settings, char *text, size_t size);
/* As noisebook.h has it. */
nb_value_shape nb_shape_of(nb_shape s);
/* "(32, 8, 8)" */
void nb_shape_write(nb_shape s, char *text, size_t size);
const nb_layer_kind *nb_layer_find(const char *name);

/* Builds it onto a graph that has just begun. */
nb_status nb_network_lower(const nb_network *net, nb_graph *g, nb_rng *init, nb_error *err);

#endif
