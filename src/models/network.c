/* network.c - writing a network down: each call adds a line, and finds at once whether it fits. */
#include "models/network.h"

#include "base/error.h"
#include "base/grow.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const input_kinds[NB_INPUT_KINDS] = {"x",      "timestep", "fraction",
                                                        "labels", "cond",     "tokens"};

const char *nb_input_kind_name(nb_input_kind kind)
{
    return (int)kind >= 0 && (int)kind < NB_INPUT_KINDS ? input_kinds[kind] : NULL;
}

nb_status nb_network_create(nb_network **out, nb_error *err)
{
    nb_network *net = calloc(1, sizeof *net);
    if (net == NULL) return nb_fail_memory(err, sizeof *net);
    *out = net;
    return NB_OK;
}

void nb_network_destroy(nb_network *net)
{
    if (net == NULL) return;
    for (int i = 0; i < net->n_inputs; i++) free(net->inputs[i].name);
    for (int i = 0; i < net->n_modules; i++) free(net->modules[i].name);
    for (int i = 0; i < net->n_outputs; i++) free(net->outputs[i].name);
    for (int i = 0; i < net->n_steps; i++) {
        free(net->steps[i].name);
        free(net->steps[i].of);
    }
    free(net->inputs);
    free(net->modules);
    free(net->steps);
    free(net->values);
    free(net->outputs);
    free(net);
}

nb_status nb_network_check(const nb_network *net, nb_error *err)
{
    if (!nb_network_failed(net)) return NB_OK;
    return nb_fail(err, net->failure.status, "%s", net->failure.message);
}

/* Keeps the first failure; returns -1. */
static int fail(nb_network *net, nb_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static int fail(nb_network *net, nb_status status, const char *format, ...)
{
    if (nb_network_failed(net)) return -1;
    char text[sizeof net->failure.message];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    nb_fail(&net->failure, status, "%s", text);
    return -1;
}

/* ---- Lists -------------------------------------------------------------------------------------------------- */

static bool grow(nb_network *net, void **list, size_t *room, int count, size_t size)
{
    if (nb_network_failed(net)) return false;
    void *grown = nb_grow(*list, room, (size_t)count, size);
    if (grown == NULL) fail(net, NB_ERR_MEMORY, "not enough memory for the lists of a network");
    if (grown) *list = grown;
    return grown != NULL;
}

static bool is_name(const char *name)
{
    const char *c = name;
    while (isalnum((unsigned char)*c) || *c == '_' || *c == '.' || *c == '-') c++;
    return name[0] != '\0' && *c == '\0';
}

static char *copy_name(nb_network *net, const char *what, const char *name)
{
    if (nb_network_failed(net)) return NULL;
    if (!is_name(name)) {
        fail(net, NB_ERR_ARGUMENT,
             "\"%.60s\" is no name for %s: it takes letters, digits, \"_\", \"-\" and \".\"", name, what);
        return NULL;
    }
    const size_t n = strlen(name) + 1;
    if (n > NB_MOST_NAME + 1) {
        fail(net, NB_ERR_ARGUMENT, "\"%.60s...\" is a name of %zu letters for %s: it takes at most %d", name,
             n - 1, what, NB_MOST_NAME);
        return NULL;
    }
    char *copy = malloc(n);
    if (copy == NULL)
        fail(net, NB_ERR_MEMORY, "not enough memory for a name");
    else
        memcpy(copy, name, n);
    return copy;
}

static int add_value(nb_network *net, nb_shape shape, int step, int input)
{
    void *list = net->values;
    if (!grow(net, &list, &net->value_room, net->n_values, sizeof *net->values)) return -1;
    net->values = list;
    net->values[net->n_values] = (nb_net_value){shape, step, input, 0};
    return net->n_values++;
}

/* A step of these names, each of which it owns. */
static nb_step *add_step(nb_network *net, nb_step step)
{
    void *list = net->steps;
    if (!grow(net, &list, &net->step_room, net->n_steps, sizeof *net->steps)) {
        free(step.name);
        free(step.of);
        return NULL;
    }
    net->steps = list;
    net->steps[net->n_steps] = step;
    return &net->steps[net->n_steps++];
}

static bool is_value(nb_network *net, const char *who, int value)
{
    if (nb_network_failed(net)) return false;
    if (value >= 0 && value < net->n_values) return true;
    fail(net, NB_ERR_ARGUMENT, "%s: value %d is not one of this network, which has %d so far", who, value,
         net->n_values);
    return false;
}

/* ---- Inputs ------------------------------------------------------------------------------------------------- */

enum { MOST_SIZE = 1 << 20 };

static bool check_shape(nb_network *net, const char *name, size_t want, size_t rank, const int *shape)
{
    if (rank != want) {
        fail(net, NB_ERR_SHAPE, "input %.60s: %zu numbers for its shape, where %zu are wanted", name, rank,
             want);
        return false;
    }
    for (size_t i = 0; i < rank; i++) {
        if (shape[i] >= 1 && shape[i] <= MOST_SIZE) continue;
        fail(net, NB_ERR_SHAPE, "input %.60s: a size of %d; it takes 1 to %d", name, shape[i], MOST_SIZE);
        return false;
    }
    return true;
}

static nb_shape shape_from(nb_axes axes, const int *s)
{
    if (axes == NB_FEATURES) return nb_vector((size_t)s[0]);
    if (axes == NB_TOKENS) return (nb_shape){1, (size_t)s[0], (size_t)s[1], axes};
    if (axes == NB_SERIES) return (nb_shape){1, (size_t)s[1], (size_t)s[0], axes};
    return nb_image((size_t)s[1], (size_t)s[2], (size_t)s[0]);
}

/* Reads shape as the kind of input takes it. */
static bool read_shape(nb_network *net, nb_net_input *in, nb_axes axes, size_t rank, const int *shape)
{
    static const size_t ranks[] = {[NB_FEATURES] = 1, [NB_TOKENS] = 2, [NB_SERIES] = 2, [NB_IMAGE] = 3};
    switch (in->kind) {
    case NB_INPUT_TIMESTEP:
    case NB_INPUT_FRACTION:
        in->shape = nb_vector(1);
        return check_shape(net, in->name, 0, rank, shape);
    case NB_INPUT_LABELS:
        if (!check_shape(net, in->name, 1, rank, shape)) return false;
        in->count = shape[0];
        in->shape = nb_vector(1);
        return true;
    case NB_INPUT_TOKENS:
        if (!check_shape(net, in->name, 2, rank, shape)) return false;
        in->count = shape[1];
        in->shape = nb_vector((size_t)shape[0]);
        return true;
    case NB_INPUT_X:
    case NB_INPUT_COND:
        break;
    }
    if ((int)axes < NB_FEATURES || axes > NB_IMAGE) {
        fail(net, NB_ERR_ARGUMENT, "input %.60s: %d is no kind of axes", in->name, (int)axes);
        return false;
    }
    if (!check_shape(net, in->name, ranks[axes], rank, shape)) return false;
    in->shape = shape_from(axes, shape);
    return true;
}

static bool only_one(nb_network *net, const nb_net_input *in)
{
    for (int i = 0; i < net->n_inputs; i++) {
        const nb_net_input *other = &net->inputs[i];
        const bool times = other->kind == NB_INPUT_TIMESTEP || other->kind == NB_INPUT_FRACTION;
        const bool time = in->kind == NB_INPUT_TIMESTEP || in->kind == NB_INPUT_FRACTION;
        const bool many = in->kind == NB_INPUT_COND || in->kind == NB_INPUT_TOKENS;
        if (strcmp(other->name, in->name) == 0) {
            fail(net, NB_ERR_ARGUMENT, "two inputs are named \"%.60s\"", in->name);
            return false;
        }
        if ((time && times) || (!many && other->kind == in->kind)) {
            fail(net, NB_ERR_ARGUMENT, "inputs %.60s and %.60s: a network has one %s", other->name, in->name,
                 time ? "t" : nb_input_kind_name(in->kind));
            return false;
        }
    }
    return true;
}

int nb_network_input(nb_network *net, const char *name, nb_input_kind kind, nb_axes axes, size_t rank,
                     const int *shape)
{
    if (!nb_network_failed(net) && nb_input_kind_name(kind) == NULL)
        fail(net, NB_ERR_ARGUMENT, "%d is no kind of input", (int)kind);
    if (!nb_network_failed(net) && net->n_steps > 0)
        fail(net, NB_ERR_ARGUMENT, "input %.60s after the first step: inputs come first", name);
    nb_net_input in = {.name = copy_name(net, "an input", name), .kind = kind};
    void *list = net->inputs;
    if (in.name == NULL || !read_shape(net, &in, axes, rank, shape) || !only_one(net, &in) ||
        !grow(net, &list, &net->input_room, net->n_inputs, sizeof *net->inputs)) {
        free(in.name);
        return -1;
    }
    net->inputs = list;
    net->inputs[net->n_inputs++] = in;
    return add_value(net, in.shape, -1, net->n_inputs - 1);
}

/* ---- Modules and steps -------------------------------------------------------------------------------------- */

static const nb_layer_kind *find_kind(nb_network *net, const char *who, const char *kind)
{
    if (nb_network_failed(net)) return NULL;
    const nb_layer_kind *found = nb_layer_find(kind);
    if (found && found->takes_text) return found;
    fail(net, NB_ERR_ARGUMENT, "%.60s: no layer is named \"%.60s\"", who, kind);
    return NULL;
}

static bool read_settings(nb_network *net, const char *who, const nb_layer_kind *kind, const char *text,
                          double *settings)
{
    nb_error err;
    if (nb_network_failed(net)) return false;
    const nb_status status = nb_settings_read(kind, text, settings, &err);
    if (status == NB_OK) return true;
    if (*who)
        fail(net, status, "%.60s: %s", who, err.message);
    else
        fail(net, status, "%s", err.message);
    return false;
}

int nb_network_module(nb_network *net, const char *name, const char *kind, const char *settings)
{
    nb_net_module m = {.kind = find_kind(net, name, kind)};
    if (m.kind == NULL || !read_settings(net, name, m.kind, settings, m.settings)) return -1;
    for (int i = 0; i < net->n_modules; i++) {
        if (strcmp(net->modules[i].name, name) == 0)
            return fail(net, NB_ERR_ARGUMENT, "two modules are named \"%.60s\"", name);
    }
    m.name = copy_name(net, "a module", name);
    void *list = net->modules;
    if (m.name == NULL || !grow(net, &list, &net->module_room, net->n_modules, sizeof *net->modules)) {
        free(m.name);
        return -1;
    }
    net->modules = list;
    net->modules[net->n_modules] = m;
    return net->n_modules++;
}

/* "down1.conv1: Conv2d(in_channels=1 ...)", or the function's name alone. */
static void say_who(const nb_network *net, const nb_step *s, char *text, size_t size)
{
    char settings[80], call[120];
    nb_settings_write(s->kind, s->settings, settings, sizeof settings);
    snprintf(call, sizeof call, *settings ? "%.24s(%s)" : "%.24s", s->kind->name, settings);
    if (s->module >= 0)
        snprintf(text, size, "%.50s: %.110s", net->modules[s->module].name, call);
    else
        snprintf(text, size, "%.110s", call);
}

static int fail_shapes(nb_network *net, const nb_step *s, const nb_layer_spec *spec)
{
    char who[170], given[80] = "", one[40], takes[80];
    say_who(net, s, who, sizeof who);
    for (int i = 0; i < NB_INPUTS && s->in[i] >= 0; i++) {
        const size_t n = strlen(given);
        nb_shape_write(spec->in[i], one, sizeof one);
        snprintf(given + n, sizeof given - n, "%s%s", i ? ", " : "", one);
    }
    nb_settings_fill(s->kind, s->settings, takes, sizeof takes);
    return fail(net, NB_ERR_SHAPE, "%s was given %s: it takes %s", who, given, takes);
}

/* Sets spec->out. */
static bool find_shape(nb_network *net, const nb_step *s, nb_layer_spec *spec)
{
    for (int i = 0; i < NB_INPUTS; i++) {
        if (s->in[i] >= 0) spec->in[i] = net->values[s->in[i]].shape;
    }
    memcpy(spec->settings, s->settings, sizeof spec->settings);
    if (s->kind->weight) {
        const nb_weight w = s->kind->weight(s->settings);
        spec->weight_in = w.in;
        spec->weight_out = w.out;
        spec->taps = w.taps;
    }
    spec->out = s->kind->shape ? s->kind->shape(spec) : spec->in[0];
    const bool fits = spec->out.height > 0 && spec->out.width > 0 && spec->out.channels > 0;
    if (!fits) fail_shapes(net, s, spec);
    return fits;
}

/* A table must have a row for each number that can come. */
static bool check_rows(nb_network *net, const nb_step *s)
{
    if (!s->kind->takes_rows) return true;
    const int input = net->values[s->in[0]].input;
    const nb_net_input *in = input >= 0 ? &net->inputs[input] : NULL;
    const char *name = s->module >= 0 ? net->modules[s->module].name : s->kind->name;
    if (in == NULL || (in->kind != NB_INPUT_LABELS && in->kind != NB_INPUT_TOKENS)) {
        fail(net, NB_ERR_SHAPE, "%.60s: %s takes labels or tokens as they come in, not what is computed",
             name, s->kind->name);
        return false;
    }
    const bool labels = in->kind == NB_INPUT_LABELS;
    const int rows = (int)s->settings[0], least = in->count + labels;
    if (rows >= least) return true;
    fail(net, NB_ERR_SHAPE,
         labels ? "%.60s: %d rows for %d classes: it takes %d, the last for no class"
                : "%.60s: %d rows for %d words: it takes %d",
         name, rows, in->count, least);
    return false;
}

static int run_step(nb_network *net, nb_step s, size_t n, const int *in)
{
    const char *who = s.module >= 0 ? net->modules[s.module].name : s.kind->name;
    const size_t most = (size_t)s.kind->inputs, least = most - (size_t)s.kind->optional;
    if (n < least || n > most)
        return fail(net, NB_ERR_SHAPE, "%.60s: %zu values where %s takes %zu", who, n, s.kind->name,
                    n < least ? least : most);
    for (size_t i = 0; i < NB_INPUTS; i++) s.in[i] = i < n ? in[i] : -1;
    for (size_t i = 0; i < n; i++)
        if (!is_value(net, who, in[i])) return -1;
    if (s.kind == &nb_add_layer && net->values[s.in[0]].shape.axes == NB_FEATURES &&
        net->values[s.in[1]].shape.axes != NB_FEATURES) { /* a vector comes second */
        s.in[0] = in[1];
        s.in[1] = in[0];
    }
    if (net->n_values - net->n_inputs >= NB_MOST_LAYERS)
        return fail(net, NB_ERR_SHAPE, "a network has at most %d layers", NB_MOST_LAYERS);
    nb_layer_spec spec = {0};
    if (!find_shape(net, &s, &spec) || !check_rows(net, &s)) return -1;
    s.what = NB_STEP_APPLY;
    s.out = add_value(net, spec.out, net->n_steps, -1);
    if (s.out < 0 || add_step(net, s) == NULL) return -1;
    for (size_t i = 0; i < n; i++) net->values[in[i]].uses++;
    if (s.module >= 0) net->modules[s.module].uses++;
    return s.out;
}

int nb_network_apply(nb_network *net, int module, size_t n, const int *in)
{
    if (nb_network_failed(net)) return -1;
    if (module < 0 || module >= net->n_modules)
        return fail(net, NB_ERR_ARGUMENT, "module %d is not one of this network, which has %d so far", module,
                    net->n_modules);
    nb_step s = {.module = module, .kind = net->modules[module].kind};
    memcpy(s.settings, net->modules[module].settings, sizeof s.settings);
    return run_step(net, s, n, in);
}

int nb_network_call(nb_network *net, const char *kind, const char *settings, size_t n, const int *in)
{
    nb_step s = {.module = -1, .kind = find_kind(net, "a function", kind)};
    if (s.kind == NULL) return -1;
    if (s.kind->weight) return fail(net, NB_ERR_ARGUMENT, "%s has weights: make it a module", s.kind->name);
    if (!read_settings(net, "", s.kind, settings, s.settings)) return -1;
    return run_step(net, s, n, in);
}

/* ---- What is written, and what comes out -------------------------------------------------------------------- */

static const nb_step no_step = {.module = -1, .in = {-1, -1, -1, -1}, .out = -1};

void nb_network_enter(nb_network *net, const char *name, const char *of)
{
    nb_step s = no_step;
    s.what = NB_STEP_ENTER;
    s.name = copy_name(net, "a module", name);
    s.of = copy_name(net, "a class", of);
    net->depth++;
    add_step(net, s);
}

void nb_network_leave(nb_network *net, int value)
{
    nb_step s = no_step;
    if (net->depth == 0) fail(net, NB_ERR_ARGUMENT, "a module is left that was not entered");
    if (value >= 0 && !is_value(net, "leaving a module", value)) return;
    s.what = NB_STEP_LEAVE;
    s.in[0] = value;
    net->depth--;
    add_step(net, s);
}

void nb_network_name(nb_network *net, const char *name, int value)
{
    if (!is_value(net, name, value)) return;
    nb_step s = no_step;
    s.what = NB_STEP_NAME;
    s.in[0] = value;
    s.name = copy_name(net, "a value", name);
    add_step(net, s);
}

void nb_network_output(nb_network *net, const char *name, int value)
{
    if (!is_value(net, name, value)) return;
    for (int i = 0; i < net->n_outputs; i++) {
        if (strcmp(net->outputs[i].name, name) == 0)
            fail(net, NB_ERR_ARGUMENT, "two outputs are named \"%.60s\"", name);
        if (net->outputs[i].value == value)
            fail(net, NB_ERR_ARGUMENT, "outputs %.60s and %.60s are one value", net->outputs[i].name, name);
    }
    char *copy = copy_name(net, "an output", name);
    void *list = net->outputs;
    if (copy == NULL || !grow(net, &list, &net->output_room, net->n_outputs, sizeof *net->outputs)) {
        free(copy);
        return;
    }
    net->outputs = list;
    net->outputs[net->n_outputs++] = (nb_net_output){copy, value};
    net->values[value].uses++;
}

size_t nb_network_values(const nb_network *net) { return (size_t)net->n_values; }

nb_value_shape nb_network_shape(const nb_network *net, size_t index)
{
    return nb_shape_of(net->values[index].shape);
}

nb_value_shape nb_shape_of(nb_shape s)
{
    const int height = (int)s.height, width = (int)s.width, channels = (int)s.channels;
    switch (s.axes) {
    case NB_FEATURES:
        return (nb_value_shape){s.axes, 1, {channels, 1, 1}};
    case NB_TOKENS:
        return (nb_value_shape){s.axes, 2, {width, channels, 1}};
    case NB_SERIES:
        return (nb_value_shape){s.axes, 2, {channels, width, 1}};
    case NB_IMAGE:
        break;
    }
    return (nb_value_shape){s.axes, 3, {channels, height, width}};
}
