/* pytorch_form.c - a layer as PyTorch writes it, by its descriptor: with holes for its settings. */
#include "models/pytorch.h"

#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

void nb_pytorch_value(writer *w, text *t, const nb_setting *setting, double value)
{
    if (setting == NULL || strcmp(setting->name, "bias") == 0) {
        nb_pytorch_put(w, t, "%s", value != 0.0 ? "True" : "False");
        return;
    }
    const char *word;
    const size_t length = nb_setting_word(setting, value, &word);
    char number[40];
    nb_number_write(value, 15, number, sizeof number);
    if (length > 0)
        nb_pytorch_put(w, t, "\"%.*s\"", (int)length, word);
    else
        nb_pytorch_put(w, t, "%s", number);
}

void nb_pytorch_hole(writer *w, text *t, hole h)
{
    body *b = w->now;
    hole *grown = nb_pytorch_grow(w, b->holes, b->n_holes, &b->hole_room, sizeof *b->holes);
    if (grown == NULL) return;
    b->holes = grown;
    h.argument = -1;
    h.forward = t != &b->init;
    nb_pytorch_put(w, t, "%c%0*d", HOLE, HOLE_DIGITS, b->n_holes);
    b->holes[b->n_holes++] = h;
}

/* After ", " one that is 0 is left out. */
static void put_setting(writer *w, text *t, const nb_layer_kind *kind, const double *settings,
                        const char *name, size_t n, const char *module)
{
    const size_t comma = strncmp(name, ", ", 2) == 0 ? 2 : 0;
    for (int i = 0; i < NB_SETTINGS && kind->settings[i].name; i++) {
        const nb_setting *s = &kind->settings[i];
        if (strlen(s->name) == n - comma && strncmp(s->name, name + comma, n - comma) == 0)
            nb_pytorch_hole(w, t,
                            (hole){.setting = s,
                                   .name = s->name,
                                   .module = module,
                                   .value = settings[i],
                                   .style = comma > 0 ? HOLE_MORE : HOLE_PLAIN});
    }
}

static void put_values(writer *w, text *t, const char *const *values)
{
    for (int k = 0; k < NB_INPUTS && *values[k]; k++) nb_pytorch_put(w, t, "%s%s", k ? ", " : "", values[k]);
}

void nb_pytorch_form(writer *w, text *t, const nb_layer_kind *kind, const double *settings, const char *form,
                     const char *module, const char *const *values)
{
    while (*form) {
        const char *end = *form == '{' ? strchr(form, '}') : NULL;
        if (end == NULL)
            nb_pytorch_put(w, t, "%c", *form++);
        else if (values && isdigit((unsigned char)form[1]))
            nb_pytorch_put(w, t, "%s", values[form[1] - '0']);
        else if (values && form[1] == '*')
            put_values(w, t, values);
        else
            put_setting(w, t, kind, settings, form + 1, (size_t)(end - form - 1), module);
        if (end) form = end + 1;
    }
}

bool nb_pytorch_is_module(const nb_layer_kind *kind)
{
    return kind->python_module || isupper((unsigned char)kind->name[0]);
}

void nb_pytorch_module(writer *w, text *t, const nb_layer_kind *kind, const double *settings,
                       const char *module)
{
    if (!nb_pytorch_is_module(kind)) w->lacks = kind->name;
    if (kind->python_module) {
        nb_pytorch_form(w, t, kind, settings, kind->python_module, module, NULL);
        return;
    }
    nb_pytorch_put(w, t, "nn.%s(", kind->name);
    for (int i = 0; i < NB_SETTINGS && kind->settings[i].name; i++) {
        const nb_setting *s = &kind->settings[i];
        const hole_style style = isnan(s->given) ? HOLE_PLACE : HOLE_OPTION;
        nb_pytorch_hole(
            w, t,
            (hole){.setting = s, .name = s->name, .module = module, .value = settings[i], .style = style});
    }
    nb_pytorch_put(w, t, ")");
}
