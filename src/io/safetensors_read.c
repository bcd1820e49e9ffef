/* safetensors_read.c - named arrays from one file, which may be anything at all.
 *
 * The header is JSON of one fixed form, read by a cursor that never passes its end. */
#include "io/safetensors.h"

#include "base/error.h"
#include "io/half.h"

#include <stdlib.h>
#include <string.h>

typedef struct cursor {
    const char *at, *end;
    bool noted; /* __metadata__ has been passed */
} cursor;

static void skip_space(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t' || *c->at == '\r')) c->at++;
}

/* Takes `ch` if it comes next. */
static bool accept(cursor *c, char ch)
{
    skip_space(c);
    if (c->at == c->end || *c->at != ch) return false;
    c->at++;
    return true;
}

/* A string without escapes, cut off at the capacity only to fail. */
static bool read_string(cursor *c, char *out, size_t capacity)
{
    if (!accept(c, '"')) return false;
    size_t n = 0;
    for (; c->at < c->end && *c->at != '"'; c->at++) {
        if (*c->at == '\\' || (unsigned char)*c->at < 0x20 || n + 1 == capacity) return false;
        out[n++] = *c->at;
    }
    out[n] = '\0';
    return accept(c, '"');
}

static bool read_size(cursor *c, size_t *out)
{
    skip_space(c);
    const char *first = c->at;
    uint64_t n = 0;
    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        n = n * 10 + (uint64_t)(*c->at - '0');
        if (n > SIZE_MAX / 64) return false;
    }
    *out = (size_t)n;
    return c->at > first;
}

/* [n, n, ...], at most `most` of them. */
static bool read_sizes(cursor *c, size_t *out, int most, int *count)
{
    *count = 0;
    if (!accept(c, '[')) return false;
    if (accept(c, ']')) return true;
    do {
        if (*count == most || !read_size(c, &out[*count])) return false;
        (*count)++;
    } while (accept(c, ','));
    return accept(c, ']');
}

/* A string into out as far as it fits and has no escapes, for which `whole` stands. */
static bool pass_string(cursor *c, char *out, size_t capacity, bool *whole)
{
    size_t n = 0;
    if (!accept(c, '"')) return false;
    *whole = true;
    for (; c->at < c->end && *c->at != '"'; c->at++) {
        *whole = *whole && *c->at != '\\' && (unsigned char)*c->at >= 0x20 && n + 1 < capacity;
        if (*whole) out[n++] = *c->at;
        if (*c->at == '\\' && ++c->at >= c->end) return false;
    }
    out[n] = '\0';
    return accept(c, '"');
}

/* An object of strings, which is all that __metadata__ may be. Those that fit are kept. */
static bool read_metadata(cursor *c, nb_safetensors *st)
{
    if (!accept(c, '{')) return false;
    if (accept(c, '}')) return true;
    do {
        nb_st_note note;
        bool name, value;
        if (!pass_string(c, note.name, sizeof note.name, &name) || !accept(c, ':')) return false;
        skip_space(c);
        const char *first = c->at + 1;
        if (!pass_string(c, note.value, sizeof note.value, &value)) return false;
        if (name && st->graph == NULL && strcmp(note.name, "graph") == 0) {
            st->graph = first;
            st->graph_length = (size_t)(c->at - 1 - first);
        } else if (name && value && st->notes < NB_ST_MOST_NOTES) {
            st->note[st->notes++] = note;
        }
    } while (accept(c, ','));
    return accept(c, '}');
}

static bool find_dtype(const char *name, nb_st_dtype *out)
{
    for (int i = 0; i < NB_ST_DTYPES; i++) {
        if (strcmp(name, nb_st_dtypes[i].name) == 0) {
            *out = (nb_st_dtype)i;
            return true;
        }
    }
    return false;
}

/* {"dtype": ..., "shape": ..., "data_offsets": ...} in any order, each once. */
static nb_status read_entry(cursor *c, nb_st_tensor *t, nb_error *err)
{
    char key[24], dtype[16] = "";
    unsigned seen = 0;
    if (!accept(c, '{')) return nb_fail(err, NB_ERR_FORMAT, "tensor %s: no entry in braces", t->name);
    do {
        size_t offsets[2] = {0, 0};
        int n = 0;
        bool good = read_string(c, key, sizeof key) && accept(c, ':');
        if (good && strcmp(key, "dtype") == 0) {
            good = read_string(c, dtype, sizeof dtype) && !(seen & 1);
            seen |= 1;
        } else if (good && strcmp(key, "shape") == 0) {
            good = read_sizes(c, t->shape, 4, &t->rank) && !(seen & 2);
            seen |= 2;
        } else if (good && strcmp(key, "data_offsets") == 0) {
            good = read_sizes(c, offsets, 2, &n) && n == 2 && !(seen & 4);
            t->begin = offsets[0];
            t->end = offsets[1];
            seen |= 4;
        } else {
            good = false;
        }
        if (!good)
            return nb_fail(err, NB_ERR_FORMAT, "tensor %s: dtype, shape or data_offsets are malformed",
                           t->name);
    } while (accept(c, ','));
    if (!accept(c, '}') || seen != 7)
        return nb_fail(err, NB_ERR_FORMAT, "tensor %s: dtype, shape and data_offsets are not all there",
                       t->name);
    if (!find_dtype(dtype, &t->dtype))
        return nb_fail(err, NB_ERR_FORMAT, "tensor %s is of type %s: it takes F32, and F64, F16 or BF16",
                       t->name, dtype);
    return NB_OK;
}

static nb_status check_extent(const nb_st_tensor *t, size_t data_size, nb_error *err)
{
    size_t bytes = nb_st_dtypes[t->dtype].bytes;
    for (int i = 0; i < t->rank; i++) {
        if (t->shape[i] != 0 && bytes > SIZE_MAX / 8 / t->shape[i])
            return nb_fail(err, NB_ERR_FORMAT, "tensor %s: its shape is beyond any memory", t->name);
        bytes *= t->shape[i];
    }
    if (t->begin > t->end || t->end > data_size)
        return nb_fail(err, NB_ERR_FORMAT,
                       "tensor %s: bytes %zu to %zu lie outside the file's %zu bytes of data", t->name,
                       t->begin, t->end, data_size);
    if (t->end - t->begin != bytes)
        return nb_fail(err, NB_ERR_FORMAT, "tensor %s: %zu bytes where its shape needs %zu", t->name,
                       t->end - t->begin, bytes);
    return NB_OK;
}

static int by_begin(const void *a, const void *b)
{
    const nb_st_tensor *const *p = a, *const *q = b;
    if ((*p)->begin != (*q)->begin) return (*p)->begin < (*q)->begin ? -1 : 1;
    return ((*p)->end > (*q)->end) - ((*p)->end < (*q)->end);
}

/* Laid end to end, the tensors fill the data. */
static nb_status check_cover(const nb_safetensors *st, size_t data_size, nb_error *err)
{
    const nb_st_tensor *sorted[NB_ST_MOST_TENSORS];
    for (size_t i = 0; i < st->count; i++) sorted[i] = &st->tensors[i];
    qsort(sorted, st->count, sizeof(const nb_st_tensor *), by_begin);
    size_t at = 0;
    for (size_t i = 0; i < st->count; i++) {
        if (sorted[i]->begin != at)
            return nb_fail(err, NB_ERR_FORMAT,
                           "tensor %s begins at byte %zu where %zu is next: tensors overlap or leave a gap",
                           sorted[i]->name, sorted[i]->begin, at);
        at = sorted[i]->end;
    }
    if (at != data_size)
        return nb_fail(err, NB_ERR_FORMAT,
                       "a safetensors file with %zu bytes of data where its tensors need %zu", data_size, at);
    return NB_OK;
}

static nb_status read_tensor(cursor *c, nb_safetensors *st, const uint8_t *data, size_t data_size,
                             nb_error *err)
{
    char name[NB_ST_MOST_NAME];
    if (!read_string(c, name, sizeof name) || !accept(c, ':'))
        return nb_fail(err, NB_ERR_FORMAT, "a safetensors header whose tensor names cannot be read");
    if (strcmp(name, "__metadata__") == 0) {
        const bool first = !c->noted;
        c->noted = true;
        if (first && read_metadata(c, st)) return NB_OK;
        return nb_fail(err, NB_ERR_FORMAT,
                       "a safetensors header whose __metadata__ is not one object of strings");
    }
    if (st->count == NB_ST_MOST_TENSORS)
        return nb_fail(err, NB_ERR_FORMAT, "more than %d tensors", NB_ST_MOST_TENSORS);
    if (nb_safetensors_find(st, name)) return nb_fail(err, NB_ERR_FORMAT, "tensor %s is there twice", name);
    nb_st_tensor *t = &st->tensors[st->count];
    memset(t, 0, sizeof *t);
    memcpy(t->name, name, sizeof name);
    nb_status status = read_entry(c, t, err);
    if (status == NB_OK) status = check_extent(t, data_size, err);
    if (status != NB_OK) return status;
    t->data = data + t->begin;
    st->count++;
    return NB_OK;
}

/* What a file is that begins as no safetensors file does, and what to do with it; NULL for any other. */
static const char *other_format(const uint8_t *file, size_t size)
{
    static const struct {
        const char *first;
        size_t count;
        const char *what;
    } known[] = {
        {"PK\x03\x04", 4,
         "a PyTorch file (.pt, .pth) or another zip archive, not a safetensors file: load it in PyTorch and "
         "save it with "
         "safetensors.torch.save_file(model.state_dict(), path)"},
        {"\x80\x02", 2,
         "a pickle, as old PyTorch files are, not a safetensors file: load it in PyTorch and save it with "
         "safetensors.torch.save_file(model.state_dict(), path)"},
        {"\x93NUMPY", 6, "a .npy file, which holds one array, not a safetensors file"},
        {"\x89HDF", 4, "an HDF5 file (.h5), not a safetensors file"},
        {"GGUF", 4, "a GGUF file, not a safetensors file"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const bool whole = size > 8 + known[i].count && memcmp(file, known[i].first, known[i].count) == 0;
        if (whole && file[8] != '{') return known[i].what;
    }
    return NULL;
}

nb_status nb_safetensors_read(const uint8_t *file, size_t size, nb_safetensors *st, nb_error *err)
{
    st->count = st->notes = st->graph_length = 0;
    st->graph = NULL;
    if (other_format(file, size)) return nb_fail(err, NB_ERR_FORMAT, "%s", other_format(file, size));
    if (size < 8) return nb_fail(err, NB_ERR_FORMAT, "not a safetensors file: %zu bytes are too few", size);
    uint64_t header = 0;
    for (int i = 0; i < 8; i++) header |= (uint64_t)file[i] << (8 * i);
    if (header > size - 8 || header > NB_ST_MOST_HEADER)
        return nb_fail(
            err, NB_ERR_FORMAT,
            "not a whole safetensors file: a header of %llu bytes in a file of %zu (at most %d are read)",
            (unsigned long long)header, size, NB_ST_MOST_HEADER);
    const uint8_t *data = file + 8 + header;
    const size_t data_size = size - 8 - (size_t)header;
    cursor c = {.at = (const char *)file + 8, .end = (const char *)file + 8 + header};
    if (!accept(&c, '{'))
        return nb_fail(err, NB_ERR_FORMAT, "not a safetensors file: its header is not a JSON object");
    if (!accept(&c, '}')) {
        do {
            const nb_status status = read_tensor(&c, st, data, data_size, err);
            if (status != NB_OK) return status;
        } while (accept(&c, ','));
        if (!accept(&c, '}'))
            return nb_fail(err, NB_ERR_FORMAT, "a safetensors header that does not end in a brace");
    }
    skip_space(&c);
    if (c.at != c.end) return nb_fail(err, NB_ERR_FORMAT, "a safetensors header with text after its end");
    return check_cover(st, data_size, err);
}

const char *nb_safetensors_note(const nb_safetensors *st, const char *name)
{
    for (size_t i = 0; i < st->notes; i++) {
        if (strcmp(st->note[i].name, name) == 0) return st->note[i].value;
    }
    return NULL;
}

/* What \u and four digits stand for, if that is ASCII; else 0. */
static char escaped_code(const char *digits)
{
    static const char hex[] = "0123456789abcdef";
    unsigned code = 0;
    for (int i = 0; i < 4; i++) {
        const char digit = (char)(digits[i] >= 'A' && digits[i] <= 'F' ? digits[i] - 'A' + 'a' : digits[i]);
        const char *found = digit ? strchr(hex, digit) : NULL;
        if (found == NULL) return 0;
        code = 16 * code + (unsigned)(found - hex);
    }
    return code < 0x80 ? (char)code : 0;
}

/* The character that a string goes on with, past it; 0 for none that ASCII has. */
static char next_character(const char **at, const char *end)
{
    static const char names[] = "nrtbf\"\\/", meant[] = "\n\r\t\b\f\"\\/";
    const char c = *(*at)++;
    if ((unsigned char)c < 0x20 || (unsigned char)c >= 0x7f) return 0;
    if (c != '\\') return c;
    if (*at == end) return 0;
    const char name = *(*at)++;
    if (name == 'u' && end - *at >= 4) {
        *at += 4;
        return escaped_code(*at - 4);
    }
    const char *found = name ? strchr(names, name) : NULL;
    return found ? meant[found - names] : '\0';
}

nb_status nb_safetensors_graph(const nb_safetensors *st, char **out, nb_error *err)
{
    *out = NULL;
    if (st->graph == NULL) return NB_OK;
    char *text = malloc(st->graph_length + 1);
    if (text == NULL) return nb_fail_memory(err, st->graph_length + 1);
    const char *at = st->graph, *end = at + st->graph_length;
    size_t n = 0;
    while (at < end) {
        text[n] = next_character(&at, end);
        if (text[n++] != '\0') continue;
        free(text);
        return nb_fail(err, NB_ERR_FORMAT,
                       "the graph in this file's record is no text of ASCII at letter %zu", n);
    }
    text[n] = '\0';
    *out = text;
    return NB_OK;
}

float nb_safetensors_float(const nb_st_tensor *t, size_t i)
{
    const uint8_t *at =
        t->data + i * nb_st_dtypes[t->dtype].bytes; /* the file's numbers need not be aligned */
    uint16_t half;
    double real;
    float value;
    switch (t->dtype) {
    case NB_ST_F16:
        memcpy(&half, at, sizeof half);
        return nb_half_float(half);
    case NB_ST_BF16:
        memcpy(&half, at, sizeof half);
        return nb_bfloat_float(half);
    case NB_ST_F64:
        memcpy(&real, at, sizeof real);
        return (float)real;
    default:
        memcpy(&value, at, sizeof value);
        return value;
    }
}

const nb_st_tensor *nb_safetensors_find(const nb_safetensors *st, const char *name)
{
    for (size_t i = 0; i < st->count; i++) {
        if (strcmp(st->tensors[i].name, name) == 0) return &st->tensors[i];
    }
    return NULL;
}
