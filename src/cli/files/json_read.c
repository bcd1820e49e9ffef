/* json_read.c - reading JSON. */
#include "cli/files/json_read.h"

#include "cli/message.h"

#include <stdio.h>
#include <string.h>

enum { MOST_DEPTH = 32, MOST_PATH = 256 };

typedef struct reader {
    const char *name;
    char *start, *at, *end;
    char path[MOST_PATH];
    size_t length; /* of path */
    int depth, line;
    json_visit *visit;
    void *to;
} reader;

static bool complain(const reader *r, const char *what)
{
    cli_fail(0, "%s, line %d: %s", r->name, r->line, what);
    return false;
}

static void skip_space(reader *r)
{
    for (; r->at < r->end && *r->at != '\0' && strchr(" \t\r\n", *r->at); r->at++) r->line += *r->at == '\n';
}

static bool accept(reader *r, char c)
{
    skip_space(r);
    if (r->at == r->end || *r->at != c) return false;
    r->at++;
    return true;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The four digits after \u; -1 if they are none. */
static long unit(reader *r)
{
    long code = 0;
    if (r->end - r->at < 4) return -1;
    for (int i = 0; i < 4; i++) {
        const int digit = hex(*r->at++);
        if (digit < 0) return -1;
        code = 16 * code + digit;
    }
    return code;
}

/* A character by its number, which no C string ends in; NULL if it is none. */
static char *put_code(reader *r, char *out, long code)
{
    if (code >= 0xd800 && code < 0xdc00) { /* the first half of a pair */
        if (r->end - r->at < 6 || *r->at++ != '\\' || *r->at++ != 'u') return NULL;
        const long low = unit(r);
        if (low < 0xdc00 || low > 0xdfff) return NULL;
        code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    } else if (code <= 0 || (code >= 0xdc00 && code <= 0xdfff)) {
        return NULL;
    }
    const int more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    *out++ = (char)(lead[more] | (unsigned)(code >> 6 * more));
    for (int i = more - 1; i >= 0; i--) *out++ = (char)(0x80U | ((unsigned)(code >> 6 * i) & 0x3fU));
    return out;
}

/* What stands after a backslash; NULL if nothing may. */
static char *put_escaped(reader *r, char *out)
{
    static const char names[] = "\"\\/bfnrt", codes[] = "\"\\/\b\f\n\r\t";
    const char c = r->at < r->end ? *r->at++ : '\0';
    const char *known = c ? strchr(names, c) : NULL;
    if (c == 'u') return put_code(r, out, unit(r));
    if (known == NULL) return NULL;
    *out++ = codes[known - names];
    return out;
}

/* A string, in its own place: what is meant is never longer than what is written. NULL after a message. */
static const char *read_text(reader *r)
{
    if (!accept(r, '"')) {
        complain(r, "a text in quotation marks was expected");
        return NULL;
    }
    char *const text = r->at, *out = text;
    while (r->at < r->end && *r->at != '"') {
        if ((unsigned char)*r->at < 0x20) break;
        if (*r->at != '\\') {
            *out++ = *r->at++;
            continue;
        }
        r->at++;
        out = put_escaped(r, out);
        if (out == NULL) {
            complain(r, "a text has a backslash that means nothing");
            return NULL;
        }
    }
    if (r->at == r->end || *r->at != '"') {
        complain(r, "a text does not end on its line");
        return NULL;
    }
    r->at++;
    *out = '\0';
    return text;
}

static bool digits(reader *r)
{
    const char *first = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') r->at++;
    return r->at > first;
}

/* Past a number as JSON has them: no sign before, no zero in front, no dot at an end. */
static bool pass_number(reader *r)
{
    if (*r->at == '-') r->at++;
    const char *first = r->at;
    if (!digits(r) || (*first == '0' && r->at - first > 1)) return false;
    if (r->at < r->end && *r->at == '.') {
        r->at++;
        if (!digits(r)) return false;
    }
    if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at < r->end && (*r->at == '+' || *r->at == '-')) r->at++;
        return digits(r);
    }
    return true;
}

static bool tell(reader *r, json_kind kind, const char *text)
{
    const json_value value = {r->path, kind, text};
    return r->visit(r->to, &value);
}

/* A number or a word. What ends it is put back after the visit. */
static bool read_plain(reader *r)
{
    char *const first = r->at;
    json_kind kind = JSON_NUMBER;
    if (r->at < r->end && (*r->at == '-' || (*r->at >= '0' && *r->at <= '9'))) {
        if (!pass_number(r)) return complain(r, "a number is not written as JSON writes them");
    } else {
        while (r->at < r->end && *r->at >= 'a' && *r->at <= 'z') r->at++;
        const size_t n = (size_t)(r->at - first);
        if (n == 4 && strncmp(first, "null", n) == 0)
            kind = JSON_NULL;
        else if ((n == 4 && strncmp(first, "true", n) == 0) || (n == 5 && strncmp(first, "false", n) == 0))
            kind = JSON_SWITCH;
        else
            return complain(r, "this is no JSON: a value was expected");
    }
    /* One place to the left there is room for the 0: a comma, a colon, a bracket or a space has been read there. */
    const size_t n = (size_t)(r->at - first);
    if (first == r->start) {
        first[n] = '\0';
        return tell(r, kind, kind == JSON_NULL ? "" : first);
    }
    memmove(first - 1, first, n);
    first[n - 1] = '\0';
    return tell(r, kind, kind == JSON_NULL ? "" : first - 1);
}

static bool read_value(reader *r);

/* What a name or a place leads to. */
static bool read_member(reader *r, const char *name)
{
    const size_t before = r->length;
    const int n = snprintf(r->path + before, MOST_PATH - before, "%s%s", before ? "." : "", name);
    if (n < 0 || (size_t)n >= MOST_PATH - before) return complain(r, "a name is too long");
    r->length += (size_t)n;
    if (!read_value(r)) return false;
    r->length = before;
    r->path[before] = '\0';
    return true;
}

static bool read_object(reader *r)
{
    if (accept(r, '}')) return true;
    do {
        skip_space(r);
        const char *name = read_text(r);
        if (name == NULL) return false;
        if (!accept(r, ':')) return complain(r, "a colon was expected");
        if (!read_member(r, name)) return false;
    } while (accept(r, ','));
    return accept(r, '}') || complain(r, "a comma or } was expected");
}

static bool read_list(reader *r)
{
    if (accept(r, ']')) return true;
    size_t i = 0;
    do {
        char place[24];
        snprintf(place, sizeof place, "%zu", i++);
        if (!read_member(r, place)) return false;
    } while (accept(r, ','));
    return accept(r, ']') || complain(r, "a comma or ] was expected");
}

static bool read_value(reader *r)
{
    skip_space(r);
    if (r->at < r->end && *r->at == '"') {
        const char *text = read_text(r);
        return text && tell(r, JSON_TEXT, text);
    }
    const bool object = accept(r, '{');
    if (!object && !accept(r, '[')) return read_plain(r);
    if (r->depth == MOST_DEPTH) return complain(r, "values lie too deep in each other");
    r->depth++;
    const bool read =
        tell(r, object ? JSON_OBJECT : JSON_ARRAY, "") && (object ? read_object(r) : read_list(r));
    r->depth--;
    return read;
}

bool json_read(const char *name, uint8_t *text, size_t size, json_visit *visit, void *to)
{
    reader r = {.name = name, .start = (char *)text, .at = (char *)text, .visit = visit, .to = to, .line = 1};
    r.end = r.at + size;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) r.at += 3; /* some editors mark UTF-8 so */
    if (!read_value(&r)) return false;
    skip_space(&r);
    return r.at == r.end || complain(&r, "something follows after the end");
}
