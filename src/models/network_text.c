/* network_text.c - a network as text: a line for each call that made it.
 *
 *   input x x image 1 32 32          input t fraction          input label labels 10
 *   module down1.conv1 Conv2d in_channels=1 out_channels=32 kernel_size=3 padding=1
 *   enter down1 ResidualBlock        apply down1.conv1 0       call cat 5 3        leave 9
 *   name time_emb 4                  output eps 12
 *
 * Values go by number: inputs first, then what each apply or call makes. */
#include "models/network.h"

#include "base/error.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const axes_names[] = {"features", "tokens", "series", "image"};

/* ---- Writing ------------------------------------------------------------------------------------------------ */

typedef struct text {
    char *data; /* NULL while measuring, or where there was no memory */
    size_t length, room;
} text;

static void add(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(text *t, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n =
        vsnprintf(t->data ? t->data + t->length : NULL, t->data ? t->room - t->length : 0, format, args);
    va_end(args);
    t->length += (size_t)n;
}

static void write_input(text *t, const nb_network *net, const nb_net_input *in)
{
    add(t, "input %s %s", in->name, nb_input_kind_name(in->kind));
    if (in->kind == NB_INPUT_LABELS) add(t, " %d", in->count);
    if (in->kind == NB_INPUT_TOKENS) add(t, " %zu %d", in->shape.channels, in->count);
    if (in->kind == NB_INPUT_X || in->kind == NB_INPUT_COND) {
        const nb_value_shape s = nb_network_shape(net, (size_t)(in - net->inputs));
        add(t, " %s", axes_names[s.axes]);
        for (int i = 0; i < s.rank; i++) add(t, " %d", s.shape[i]);
    }
    add(t, "\n");
}

static void write_settings(text *t, const nb_layer_kind *kind, const double *settings)
{
    char words[400];
    nb_settings_write(kind, settings, words, sizeof words);
    add(t, "%s%s\n", *words ? " " : "", words);
}

static void write_step(text *t, const nb_network *net, const nb_step *s)
{
    if (s->what == NB_STEP_ENTER) add(t, "enter %s %s\n", s->name, s->of);
    if (s->what == NB_STEP_NAME) add(t, "name %s %d\n", s->name, s->in[0]);
    if (s->what == NB_STEP_LEAVE && s->in[0] < 0) add(t, "leave\n");
    if (s->what == NB_STEP_LEAVE && s->in[0] >= 0) add(t, "leave %d\n", s->in[0]);
    if (s->what != NB_STEP_APPLY) return;
    if (s->module >= 0)
        add(t, "apply %s", net->modules[s->module].name);
    else
        add(t, "call %s", s->kind->name);
    for (int i = 0; i < NB_INPUTS && s->in[i] >= 0; i++) add(t, " %d", s->in[i]);
    if (s->module >= 0)
        add(t, "\n");
    else
        write_settings(t, s->kind, s->settings);
}

static void write_all(text *t, const nb_network *net)
{
    t->length = 0;
    for (int i = 0; i < net->n_inputs; i++) write_input(t, net, &net->inputs[i]);
    for (int i = 0; i < net->n_modules; i++) {
        add(t, "module %s %s", net->modules[i].name, net->modules[i].kind->name);
        write_settings(t, net->modules[i].kind, net->modules[i].settings);
    }
    for (int i = 0; i < net->n_steps; i++) write_step(t, net, &net->steps[i]);
    for (int i = 0; i < net->n_outputs; i++)
        add(t, "output %s %d\n", net->outputs[i].name, net->outputs[i].value);
}

nb_status nb_network_write(const nb_network *net, uint8_t **out, size_t *size, nb_error *err)
{
    if (nb_network_failed(net)) return nb_network_check(net, err);
    text t = {0};
    write_all(&t, net);
    t.room = t.length + 1;
    t.data = malloc(t.room);
    if (t.data == NULL) return nb_fail_memory(err, t.room);
    t.data[0] = '\0';
    write_all(&t, net);
    *out = (uint8_t *)t.data;
    *size = t.length;
    return NB_OK;
}

/* ---- Reading ------------------------------------------------------------------------------------------------ */

enum { MOST_WORDS = 8, MOST_LINE = 512 };

/* A line's words up to its settings, which are left in one piece. */
typedef struct line {
    char copy[MOST_LINE];
    const char *words[MOST_WORDS], *settings;
    size_t count;
} line;

/* false: too long, or too many words. */
static bool split(line *l, const char *from, size_t length)
{
    l->count = 0;
    l->settings = "";
    if (length >= sizeof l->copy) return false;
    memcpy(l->copy, from, length);
    l->copy[length] = '\0';
    for (char *c = l->copy; *c;) {
        char *end = c + strcspn(c, " \t\r");
        if (memchr(c, '=', (size_t)(end - c))) {
            l->settings = c;
            return true;
        }
        if (end > c && l->count == MOST_WORDS) return false;
        if (end > c) l->words[l->count++] = c;
        c = end + (*end != '\0');
        *end = '\0';
    }
    return true;
}

static bool read_whole(const char *word, int *out)
{
    int value = 0;
    if (*word == '\0') return false;
    for (; isdigit((unsigned char)*word); word++) {
        if (value > (1 << 24)) return false;
        value = 10 * value + (*word - '0');
    }
    *out = value;
    return *word == '\0';
}

/* The words from `first` on, as whole numbers. */
static bool read_wholes(const line *l, size_t first, int *out, size_t *count)
{
    *count = 0;
    for (size_t i = first; i < l->count; i++)
        if (!read_whole(l->words[i], &out[(*count)++])) return false;
    return true;
}

static bool read_input(nb_network *net, const line *l)
{
    int kind = 0, axes = 0, shape[MOST_WORDS];
    size_t rank, first = 3;
    if (l->count < 3) return false;
    while (kind < NB_INPUT_KINDS && strcmp(l->words[2], nb_input_kind_name((nb_input_kind)kind)) != 0) kind++;
    if (kind == NB_INPUT_KINDS) return false;
    if (kind == NB_INPUT_X || kind == NB_INPUT_COND) {
        if (l->count < 4) return false;
        while (axes <= NB_IMAGE && strcmp(l->words[3], axes_names[axes]) != 0) axes++;
        if (axes > NB_IMAGE) return false;
        first = 4;
    }
    if (!read_wholes(l, first, shape, &rank)) return false;
    nb_network_input(net, l->words[1], (nb_input_kind)kind, (nb_axes)axes, rank, shape);
    return true;
}

static int module_named(const nb_network *net, const char *name)
{
    for (int i = 0; i < net->n_modules; i++)
        if (strcmp(net->modules[i].name, name) == 0) return i;
    return -1;
}

/* false: not a line of a network. What a good line asks for may still fail, which the network keeps. */
static bool read_line(nb_network *net, const line *l)
{
    const char *verb = l->words[0];
    int values[MOST_WORDS];
    size_t n;
    if (strcmp(verb, "input") == 0) return *l->settings == '\0' && read_input(net, l);
    if (strcmp(verb, "module") == 0) {
        if (l->count == 3) nb_network_module(net, l->words[1], l->words[2], l->settings);
        return l->count == 3;
    }
    if (strcmp(verb, "call") == 0) {
        if (l->count < 2 || !read_wholes(l, 2, values, &n)) return false;
        nb_network_call(net, l->words[1], l->settings, n, values);
        return true;
    }
    if (*l->settings) return false;
    if (strcmp(verb, "apply") == 0) {
        const int module = l->count > 1 ? module_named(net, l->words[1]) : -1;
        if (module < 0 || !read_wholes(l, 2, values, &n)) return false;
        nb_network_apply(net, module, n, values);
        return true;
    }
    if (strcmp(verb, "enter") == 0) {
        if (l->count == 3) nb_network_enter(net, l->words[1], l->words[2]);
        return l->count == 3;
    }
    if (strcmp(verb, "leave") == 0) {
        if (!read_wholes(l, 1, values, &n) || n > 1) return false;
        nb_network_leave(net, n == 1 ? values[0] : -1);
        return true;
    }
    if (l->count != 3 || !read_whole(l->words[2], values)) return false;
    if (strcmp(verb, "name") == 0) {
        nb_network_name(net, l->words[1], values[0]);
        return true;
    }
    if (strcmp(verb, "output") != 0) return false;
    nb_network_output(net, l->words[1], values[0]);
    return true;
}

static nb_status read_lines(nb_network *net, const char *from, nb_error *err)
{
    line l;
    for (int number = 1; *from; number++) {
        const size_t length = strcspn(from, "\n");
        const bool good = split(&l, from, length) && (l.count == 0 || read_line(net, &l));
        if (!good)
            return nb_fail(err, NB_ERR_FORMAT, "line %d of a network is none: \"%.*s\"", number,
                           (int)(length < 60 ? length : 60), from);
        if (nb_network_failed(net))
            return nb_fail(err, net->failure.status, "line %d of a network: %.220s", number,
                           net->failure.message);
        from += length + (from[length] == '\n');
    }
    return NB_OK;
}

nb_status nb_network_read(const char *from, nb_network **out, nb_error *err)
{
    nb_network *net;
    nb_status status = nb_network_create(&net, err);
    if (status != NB_OK) return status;
    status = read_lines(net, from, err);
    if (status == NB_OK)
        *out = net;
    else
        nb_network_destroy(net);
    return status;
}
