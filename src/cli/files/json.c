/* json.c - writing a small JSON object. */
#include "cli/files/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(json *j, const char *text)
{
    const size_t n = strlen(text);
    if (j->used + n + 1 > j->capacity) {
        const size_t capacity = 2 * j->capacity + n + 256;
        char *grown = realloc(j->text, capacity);
        if (grown == NULL) {
            j->failed = true;
            return;
        }
        j->text = grown;
        j->capacity = capacity;
    }
    memcpy(j->text + j->used, text, n + 1);
    j->used += n;
}

static void quoted(json *j, const char *text)
{
    put(j, "\"");
    for (; *text; text++) {
        char c[8] = {*text};
        if (*text == '"' || *text == '\\')
            snprintf(c, sizeof c, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            snprintf(c, sizeof c, "\\u%04x", (unsigned)*text);
        put(j, c);
    }
    put(j, "\"");
}

/* The comma, line and name before a value. */
static void begin(json *j, const char *name)
{
    if (j->comma) put(j, ",");
    if (j->depth) put(j, "\n");
    for (int i = 0; i < j->depth; i++) put(j, "  ");
    if (name) {
        quoted(j, name);
        put(j, ": ");
    }
    j->comma = true;
}

void json_open(json *j, const char *name)
{
    begin(j, name);
    put(j, "{");
    j->depth++;
    j->comma = false;
}

void json_close(json *j)
{
    j->depth--;
    j->comma = false;
    begin(j, NULL);
    if (j->depth == 0) put(j, "\n");
    put(j, "}");
    if (j->depth == 0) put(j, "\n");
}

static void number(json *j, double value)
{
    char text[32] = "null";
    if (isfinite(value)) snprintf(text, sizeof text, "%.17g", value);
    put(j, text);
}

void json_number(json *j, const char *name, double value)
{
    begin(j, name);
    number(j, value);
}

void json_numbers(json *j, const char *name, size_t count, const double *values)
{
    begin(j, name);
    put(j, "[");
    for (size_t i = 0; i < count; i++) {
        if (i) put(j, ", ");
        number(j, values[i]);
    }
    put(j, "]");
}

void json_text(json *j, const char *name, const char *value)
{
    begin(j, name);
    quoted(j, value);
}

uint8_t *json_take(json *j, size_t *size)
{
    if (j->failed) {
        free(j->text);
        return NULL;
    }
    *size = j->used;
    return (uint8_t *)j->text;
}
