/* pytorch_form.c - a layer as PyTorch writes it, by its descriptor. */
#include "models/pytorch.h"

#include "base/number.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void nb_pytorch_put(writer *w, text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const size_t n = (size_t)vsnprintf(NULL, 0, format, args);
    if (t->length + n + 1 > t->room) {
        char *grown = realloc(t->data, 2 * (t->length + n + 1));
        if (grown == NULL) w->status = NB_ERR_MEMORY;
        if (grown) t->room = 2 * (t->length + n + 1);
        if (grown) t->data = grown;
    }
    if (t->length + n + 1 <= t->room) {
        vsnprintf(t->data + t->length, n + 1, format, again);
        t->length += n;
    }
    va_end(again);
    va_end(args);
}

static void put_setting(writer *w, text *t, const nb_layer_kind *kind, const double *settings,
                        const char *name, size_t n)
{
    for (int i = 0; i < NB_SETTINGS && kind->settings[i].name; i++) {
        if (strlen(kind->settings[i].name) != n || strncmp(kind->settings[i].name, name, n) != 0) continue;
        const char *word;
        const size_t length = nb_setting_word(&kind->settings[i], settings[i], &word);
        char number[40];
        nb_number_write(settings[i], 15, number, sizeof number);
        if (length > 0)
            nb_pytorch_put(w, t, "\"%.*s\"", (int)length, word);
        else
            nb_pytorch_put(w, t, "%s", number);
    }
}

/* A form with {settings} and {values}. */
void nb_pytorch_form(writer *w, text *t, const nb_layer_kind *kind, const double *settings, const char *form,
                     const char *const *values)
{
    while (*form) {
        const char *end = *form == '{' ? strchr(form, '}') : NULL;
        if (end == NULL)
            nb_pytorch_put(w, t, "%c", *form++);
        else if (values && isdigit((unsigned char)form[1]))
            nb_pytorch_put(w, t, "%s", values[form[1] - '0']);
        else
            put_setting(w, t, kind, settings, form + 1, (size_t)(end - form - 1));
        if (end) form = end + 1;
    }
}

void nb_pytorch_module(writer *w, text *t, const nb_layer_kind *kind, const double *settings)
{
    if (kind->python_module) {
        nb_pytorch_form(w, t, kind, settings, kind->python_module, NULL);
        return;
    }
    if (!isupper((unsigned char)kind->name[0])) w->lacks = kind->name;
    nb_pytorch_put(w, t, "nn.%s(", kind->name);
    const char *comma = "";
    for (int i = 0; i < NB_SETTINGS && kind->settings[i].name; i++) {
        const nb_setting *s = &kind->settings[i];
        if (settings[i] == s->given) continue;
        const bool by_place = s->given != s->given; /* it must be given */
        if (strcmp(s->name, "bias") == 0) {
            nb_pytorch_put(w, t, "%sbias=%s", comma, settings[i] != 0.0 ? "True" : "False");
        } else {
            nb_pytorch_put(w, t, by_place ? "%s" : "%s%s=", comma, s->name);
            put_setting(w, t, kind, settings, s->name, strlen(s->name));
        }
        comma = ", ";
    }
    nb_pytorch_put(w, t, ")");
}
