/* pytorch_text.c - text that grows, Python's names and long lines. */
#include "models/pytorch.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void *nb_pytorch_grow(writer *w, void *list, int count, size_t *room, size_t size)
{
    if (w->status != NB_OK) return NULL;
    if ((size_t)count < *room) return list;
    const size_t more = 2 * (size_t)count + 16;
    void *grown = realloc(list, more * size);
    if (grown == NULL) {
        w->status = NB_ERR_MEMORY;
        w->lacking = more * size;
        return NULL;
    }
    *room = more;
    return grown;
}

void nb_pytorch_put(writer *w, text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const size_t n = (size_t)vsnprintf(NULL, 0, format, args);
    if (t->length + n + 1 > t->room) {
        const size_t room = 2 * (t->length + n + 1);
        char *grown = realloc(t->data, room);
        if (grown == NULL) {
            w->status = NB_ERR_MEMORY;
            w->lacking = room;
        } else {
            t->room = room;
            t->data = grown;
        }
    }
    if (t->length + n + 1 <= t->room) {
        vsnprintf(t->data + t->length, n + 1, format, again);
        t->length += n;
    }
    va_end(again);
    va_end(args);
}

void nb_pytorch_drop(text *t)
{
    free(t->data);
    *t = (text){0};
}

/* ---- Names ---------------------------------------------------------------------------------------------------- */

bool nb_pytorch_identifier(const char *name, size_t n)
{
    static const char *const taken[] = {
        "False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
        "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
        "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
        "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"};
    if (n == 0 || isdigit((unsigned char)name[0])) return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strlen(taken[i]) == n && strncmp(taken[i], name, n) == 0) return false;
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)name[i]) && name[i] != '_') return false;
    return true;
}

bool nb_pytorch_free(const writer *w, const char *name)
{
    static const char *const called[] = {"self", "super", "torch", "nn", "np", "F", "math", "Parts"};
    char helper[2][MOST_NAME + 16];
    for (size_t i = 0; i < sizeof called / sizeof *called; i++)
        if (strcmp(called[i], name) == 0) return false;
    if (!nb_pytorch_identifier(name, strlen(name)) || strlen(name) > 30) return false;
    snprintf(helper[0], sizeof helper[0], "def %s(", name);
    snprintf(helper[1], sizeof helper[1], "class %s(", name);
    const char *helpers = nb_pytorch_string(&w->helpers);
    return strstr(helpers, helper[0]) == NULL && strstr(helpers, helper[1]) == NULL;
}

const char *nb_pytorch_last(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* ---- Long lines ----------------------------------------------------------------------------------------------- */

/* The bracket that the last letter of a line closes, if what it opens after is a plain name: "x = f(...)". NULL without. */
static const char *opening(const char *line, size_t n)
{
    int depth = 0;
    size_t i = n;
    if (n == 0 || strchr(")]}", line[n - 1]) == NULL) return NULL;
    while (i-- > 0) {
        if (strchr(")]}", line[i])) depth++;
        if (strchr("([{", line[i]) && --depth == 0) break;
    }
    if (depth != 0) return NULL;
    size_t before = i;
    while (before > 0 && (isalnum((unsigned char)line[before - 1]) || strchr("_.", line[before - 1])))
        before--;
    const bool given = before > 2 && strncmp(line + before - 3, " = ", 3) == 0;
    const bool returned = before == 7 && strncmp(line, "return ", 7) == 0;
    const bool begins = before == 0 || given || returned;
    return begins ? line + i : NULL;
}

static void put_line(writer *w, text *out, size_t indent, const char *line, size_t n, const char *end);

/* What stands between brackets, one thing a line. */
static void put_items(writer *w, text *out, size_t indent, const char *items, size_t n)
{
    int depth = 0;
    size_t from = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && strchr("([{", items[i])) depth++;
        if (i < n && strchr(")]}", items[i])) depth--;
        if (i < n && (items[i] != ',' || depth > 0)) continue;
        if (i > from) put_line(w, out, indent, items + from, i - from, ",");
        from = i + 1;
        while (from < n && items[from] == ' ') from++;
    }
}

static void put_line(writer *w, text *out, size_t indent, const char *line, size_t n, const char *end)
{
    const char *open = indent + n + strlen(end) > MOST_COLUMNS ? opening(line, n) : NULL;
    if (open == NULL) {
        nb_pytorch_put(w, out, "%*s%.*s%s\n", (int)indent, "", (int)n, line, end);
        return;
    }
    size_t head = (size_t)(open - line) + 1, tail = n - 1;
    if (strchr("[{", line[head]) && opening(line + head, tail - head) == line + head) { /* f([...]) */
        head++;
        tail--;
    }
    nb_pytorch_put(w, out, "%*s%.*s\n", (int)indent, "", (int)head, line);
    put_items(w, out, indent + 4, line + head, tail - head);
    nb_pytorch_put(w, out, "%*s%.*s%s\n", (int)indent, "", (int)(n - tail), line + tail, end);
}

void nb_pytorch_wrap(writer *w, text *out, const text *lines)
{
    for (const char *line = nb_pytorch_string(lines); *line;) {
        const size_t indent = strspn(line, " "), n = strcspn(line, "\n");
        if (n == 0)
            nb_pytorch_put(w, out, "\n");
        else
            put_line(w, out, indent, line + indent, n - indent, "");
        line += n + (line[n] == '\n');
    }
}
