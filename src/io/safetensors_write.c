/* safetensors_write.c - named arrays to one file. */
#include "io/safetensors.h"

#include "base/error.h"
#include "base/size.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const nb_st_dtype_info nb_st_dtypes[NB_ST_DTYPES] = {{"F32", 4, true},  {"F64", 8, true},  {"F16", 2, true},
                                                     {"BF16", 2, true}, {"I32", 4, false}, {"I64", 8, false},
                                                     {"U8", 1, false}};

void nb_safetensors_add_note(nb_safetensors *st, const char *name, const char *value)
{
    assert(st->notes < NB_ST_MOST_NOTES && strcspn(value, "\"\\") == strlen(value));
    nb_st_note *note = &st->note[st->notes++];
    snprintf(note->name, sizeof note->name, "%s", name);
    snprintf(note->value, sizeof note->value, "%s", value);
}

void nb_safetensors_add(nb_safetensors *st, const char *name, nb_st_dtype dtype, int rank,
                        const size_t *shape, const void *data)
{
    assert(st->count < NB_ST_MOST_TENSORS && rank <= 4);
    nb_st_tensor *t = &st->tensors[st->count];
    *t = (nb_st_tensor){.dtype = dtype, .rank = rank, .data = data};
    snprintf(t->name, sizeof t->name, "%s", name);
    size_t bytes = nb_st_dtypes[dtype].bytes;
    for (int i = 0; i < rank; i++) bytes = nb_mul(bytes, t->shape[i] = shape[i]);
    t->begin = st->count ? st->tensors[st->count - 1].end : 0;
    t->end = nb_add(t->begin, bytes);
    st->count++;
}

/* One tensor's entry; names are our own and need no escapes. */
static size_t entry(char *out, size_t capacity, const nb_st_tensor *t, bool first)
{
    char shape[128] = "";
    size_t used = 0;
    for (int i = 0; i < t->rank; i++)
        used += (size_t)snprintf(shape + used, sizeof shape - used, i ? ",%zu" : "%zu", t->shape[i]);
    return (size_t)snprintf(out, capacity,
                            "%s\"%s\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
                            first ? "" : ",", t->name, nb_st_dtypes[t->dtype].name, shape, t->begin, t->end);
}

/* The graph, its newlines escaped: names and numbers need no more. */
static size_t graph_entry(const char *graph, char *out, size_t capacity)
{
    size_t used = 0;
    for (; *graph; graph++) {
        const char *piece = *graph == '\n' ? "\\n" : (const char[]){*graph, '\0'};
        for (; *piece; piece++, used++)
            if (used + 1 < capacity) out[used] = *piece;
    }
    if (capacity > 0) out[used < capacity ? used : capacity - 1] = '\0';
    return used;
}

/* The header's JSON object, its length; nothing is written beyond capacity. */
static size_t header_text(const nb_safetensors *st, char *out, size_t capacity)
{
    size_t used = 0;
#define PUT(...)                                                                                             \
    (size_t) snprintf(used < capacity ? out + used : NULL, used < capacity ? capacity - used : 0, __VA_ARGS__)
    used += PUT("{");
    for (size_t i = 0; i < st->notes; i++)
        used += PUT("%s\"%s\":\"%s\"", i ? "," : "\"__metadata__\":{", st->note[i].name, st->note[i].value);
    if (st->graph) {
        used += PUT("%s\"graph\":\"", st->notes ? "," : "\"__metadata__\":{");
        used += graph_entry(st->graph, used < capacity ? out + used : NULL,
                            used < capacity ? capacity - used : 0);
        used += PUT("\"");
    }
    if (st->notes || st->graph) used += PUT(st->count ? "}," : "}");
    for (size_t i = 0; i < st->count; i++) {
        char text[NB_ST_MOST_NAME + 256];
        entry(text, sizeof text, &st->tensors[i], i == 0);
        used += PUT("%s", text);
    }
    used += PUT("}");
#undef PUT
    return used;
}

nb_status nb_safetensors_write(const nb_safetensors *st, uint8_t **out, size_t *size, nb_error *err)
{
    const size_t header = header_text(st, NULL, 0), padded = nb_round_up(header, 8);
    if (padded > NB_ST_MOST_HEADER)
        return nb_fail(err, NB_ERR_SHAPE, "a header of %zu bytes for one file: it takes at most %d", padded,
                       NB_ST_MOST_HEADER);
    const size_t data = st->count ? st->tensors[st->count - 1].end : 0;
    const size_t bytes = nb_add(8 + padded + 1, data);
    uint8_t *file = bytes == NB_TOO_LARGE ? NULL : malloc(bytes);
    if (file == NULL) return nb_fail_memory(err, bytes);
    for (int i = 0; i < 8; i++) file[i] = (uint8_t)((uint64_t)padded >> (8 * i));
    char *text = (char *)file + 8;
    header_text(st, text, padded + 1);
    for (size_t i = header; i < padded; i++) text[i] = ' ';
    for (size_t i = 0; i < st->count; i++) {
        const nb_st_tensor *t = &st->tensors[i];
        if (t->end > t->begin) memcpy(file + 8 + padded + t->begin, t->data, t->end - t->begin);
    }
    *out = file;
    *size = 8 + padded + data;
    return NB_OK;
}
