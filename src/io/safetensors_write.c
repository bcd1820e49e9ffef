/* safetensors_write.c - named arrays to one file. */
#include "io/safetensors.h"

#include "base/error.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const nb_st_dtype_info nb_st_dtypes[NB_ST_DTYPES] = {
    {"F32", 4}, {"F64", 8}, {"I32", 4}, {"I64", 8}, {"U8", 1}};

void nb_safetensors_add(nb_safetensors *st, const char *name, nb_st_dtype dtype, int rank,
                        const size_t *shape, const void *data)
{
    assert(st->count < NB_ST_MOST_TENSORS && rank <= 4);
    nb_st_tensor *t = &st->tensors[st->count];
    *t = (nb_st_tensor){.dtype = dtype, .rank = rank, .data = data};
    snprintf(t->name, sizeof t->name, "%s", name);
    size_t bytes = nb_st_dtypes[dtype].bytes;
    for (int i = 0; i < rank; i++) bytes *= t->shape[i] = shape[i];
    t->begin = st->count ? st->tensors[st->count - 1].end : 0;
    t->end = t->begin + bytes;
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

nb_status nb_safetensors_write(const nb_safetensors *st, uint8_t **out, size_t *size, nb_error *err)
{
    size_t header = 2;
    for (size_t i = 0; i < st->count; i++) header += entry(NULL, 0, &st->tensors[i], i == 0);
    const size_t padded = (header + 7) / 8 * 8, data = st->count ? st->tensors[st->count - 1].end : 0;
    uint8_t *file = malloc(8 + padded + data + 1);
    if (file == NULL) return nb_fail_memory(err, 8 + padded + data);
    for (int i = 0; i < 8; i++) file[i] = (uint8_t)((uint64_t)padded >> (8 * i));
    char *text = (char *)file + 8;
    memset(text, ' ', padded);
    text[0] = '{';
    size_t used = 1;
    for (size_t i = 0; i < st->count; i++)
        used += entry(text + used, padded - used + 1, &st->tensors[i], i == 0);
    text[used] = '}';
    for (size_t i = used + 1; i < padded; i++) text[i] = ' ';
    for (size_t i = 0; i < st->count; i++) {
        const nb_st_tensor *t = &st->tensors[i];
        if (t->end > t->begin) memcpy(file + 8 + padded + t->begin, t->data, t->end - t->begin);
    }
    *out = file;
    *size = 8 + padded + data;
    return NB_OK;
}
