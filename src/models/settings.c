/* settings.c - the numbers that a layer takes by name, in text and back. */
#include "models/network.h"

#include "base/error.h"
#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>

const nb_layer_kind *nb_layer_find(const char *name)
{
    for (const nb_layer_kind *const *kind = nb_layers; *kind; kind++)
        if (strcmp((*kind)->name, name) == 0) return *kind;
    return NULL;
}

static size_t settings_of(const nb_layer_kind *kind)
{
    size_t n = 0;
    while (n < NB_SETTINGS && kind->settings[n].name) n++;
    return n;
}

/* The layer of a number: those that others stand for (nb_layer_kind.faster) have none. NULL past the last. */
static const nb_layer_kind *numbered(int index)
{
    for (const nb_layer_kind *const *kind = nb_layers; index >= 0 && *kind; kind++)
        if ((*kind)->takes_text && nb_layer_find((*kind)->name) == *kind && index-- == 0) return *kind;
    return NULL;
}

nb_layer_info nb_layer_describe(int index)
{
    const nb_layer_kind *kind = numbered(index);
    if (kind == NULL) return (nb_layer_info){0};
    return (nb_layer_info){kind->name, kind->inputs, kind->optional, kind->weight != NULL};
}

const nb_setting *nb_layer_setting(int layer, int index)
{
    const nb_layer_kind *kind = numbered(layer);
    if (kind == NULL || index < 0 || (size_t)index >= settings_of(kind)) return NULL;
    return &kind->settings[index];
}

/* Appends to a text that may be full. */
static void append(char *text, size_t size, const char *more)
{
    const size_t n = strlen(text);
    if (n < size) snprintf(text + n, size - n, "%s", more);
}

static nb_status fail_unknown(const nb_layer_kind *kind, const char *word, size_t length, nb_error *err)
{
    char all[160] = "";
    for (size_t i = 0; i < settings_of(kind); i++) {
        if (i > 0) append(all, sizeof all, ", ");
        append(all, sizeof all, kind->settings[i].name);
    }
    return nb_fail(err, NB_ERR_ARGUMENT, "%s takes no %.*s: %s%s", kind->name, (int)length, word,
                   *all ? "it takes " : "it takes nothing", all);
}

size_t nb_setting_word(const nb_setting *s, double value, const char **word)
{
    size_t index = (size_t)value;
    for (*word = s->words; *word && **word; *word += strspn(*word, " ")) {
        const size_t length = strcspn(*word, " ");
        if (index-- == 0) return length;
        *word += length;
    }
    return 0;
}

static bool read_word(const nb_setting *s, const char *text, double *out)
{
    const char *word;
    size_t length;
    for (size_t i = 0; (length = nb_setting_word(s, (double)i, &word)) > 0; i++) {
        if (strlen(text) != length || strncmp(text, word, length) != 0) continue;
        *out = (double)i;
        return true;
    }
    return false;
}

static nb_status check(const nb_layer_kind *kind, const nb_setting *s, double value, nb_error *err)
{
    if (isnan(value))
        return nb_fail(err, NB_ERR_ARGUMENT, "%s without %s: it must be given", kind->name, s->name);
    const bool whole = s->real || floor(value) == value;
    if (whole && value >= s->least && value <= s->most) return NB_OK;
    char got[32], least[32], most[32];
    nb_number_write(value, 6, got, sizeof got);
    nb_number_write(s->least, 7, least, sizeof least);
    nb_number_write(s->most, 7, most, sizeof most);
    if (s->least == s->most)
        return nb_fail(err, NB_ERR_ARGUMENT, "%s with %s = %s: it takes %s", kind->name, s->name, got, least);
    return nb_fail(err, NB_ERR_ARGUMENT, "%s with %s = %s: it takes %s%s to %s", kind->name, s->name, got,
                   whole ? "" : "whole numbers, ", least, most);
}

/* One "name=number" of the text. */
static nb_status read_one(const nb_layer_kind *kind, const char *word, size_t length, double *settings,
                          nb_error *err)
{
    const char *equals = memchr(word, '=', length);
    const size_t n = equals ? (size_t)(equals - word) : length;
    size_t i = 0;
    while (i < settings_of(kind) &&
           (strlen(kind->settings[i].name) != n || strncmp(kind->settings[i].name, word, n) != 0))
        i++;
    if (equals == NULL || i == settings_of(kind)) return fail_unknown(kind, word, n, err);
    char number[40] = "";
    if (length - n - 1 < sizeof number) memcpy(number, equals + 1, length - n - 1);
    const nb_setting *s = &kind->settings[i];
    if (s->words) {
        if (read_word(s, number, &settings[i])) return NB_OK;
        return nb_fail(err, NB_ERR_ARGUMENT, "%s with %.*s: it takes %s", kind->name, (int)length, word,
                       s->words);
    }
    if (nb_number_read(number, &settings[i])) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT, "%s with %.*s: it takes a number", kind->name, (int)length, word);
}

nb_status nb_settings_read(const nb_layer_kind *kind, const char *text, double *settings, nb_error *err)
{
    double read[NB_SETTINGS] = {0};
    for (size_t i = 0; i < settings_of(kind); i++) read[i] = kind->settings[i].given;
    for (const char *word = text; word && *word;) {
        const size_t length = strcspn(word, " ,");
        if (length > 0) {
            const nb_status status = read_one(kind, word, length, read, err);
            if (status != NB_OK) return status;
        }
        word += length + (word[length] != '\0');
    }
    for (size_t i = 0; i < settings_of(kind); i++) {
        const nb_status status = check(kind, &kind->settings[i], read[i], err);
        if (status != NB_OK) return status;
    }
    memcpy(settings, read, sizeof read);
    return NB_OK;
}

void nb_settings_write(const nb_layer_kind *kind, const double *settings, char *text, size_t size)
{
    *text = '\0';
    for (size_t i = 0; i < settings_of(kind); i++) {
        char number[40];
        if (settings[i] == kind->settings[i].given) continue;
        const char *word;
        const size_t length = nb_setting_word(&kind->settings[i], settings[i], &word);
        if (length > 0)
            snprintf(number, sizeof number, "%.*s", (int)length, word);
        else
            nb_number_write(settings[i], 15, number, sizeof number);
        if (*text) append(text, size, " ");
        append(text, size, kind->settings[i].name);
        append(text, size, "=");
        append(text, size, number);
    }
}

void nb_settings_fill(const nb_layer_kind *kind, const double *settings, char *text, size_t size)
{
    *text = '\0';
    for (const char *c = kind->takes_text ? kind->takes_text : ""; *c;) {
        size_t n = 0, i = 0;
        while (isalnum((unsigned char)c[n]) || c[n] == '_') n++;
        char piece[64] = "";
        snprintf(piece, sizeof piece, "%.*s", (int)(n > 0 ? n : 1), c);
        while (i < settings_of(kind) && strcmp(kind->settings[i].name, piece) != 0) i++;
        if (i < settings_of(kind)) nb_number_write(settings[i], 7, piece, sizeof piece);
        append(text, size, piece);
        c += n > 0 ? n : 1;
    }
}

void nb_shape_write(nb_shape s, char *text, size_t size)
{
    if (s.axes == NB_FEATURES)
        snprintf(text, size, "(%zu)", s.channels);
    else if (s.axes == NB_TOKENS)
        snprintf(text, size, "(%zu, %zu)", s.width, s.channels);
    else if (s.axes == NB_SERIES)
        snprintf(text, size, "(%zu, %zu)", s.channels, s.width);
    else
        snprintf(text, size, "(%zu, %zu, %zu)", s.channels, s.height, s.width);
}
