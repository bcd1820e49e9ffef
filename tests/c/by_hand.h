/* by_hand.h - weights in a file, taken apart and put together again as others might write it. */
#ifndef NB_TESTS_BY_HAND_H
#define NB_TESTS_BY_HAND_H

#include "check.h"

static nb_engine *engine;

static inline nb_model *small_model(uint32_t seed)
{
    nb_rng *rng = new_rng(seed);
    nb_model *model = new_model(engine, 3, 2, 4, rng);
    nb_rng_destroy(rng);
    return model;
}

static inline uint8_t *save(const nb_model *model, size_t *size)
{
    uint8_t *file = NULL;
    nb_error err = {0};
    REQUIRE(nb_model_save(model, &file, size, &err) == NB_OK, "%s", err.message);
    return file;
}

/* A file's header as text, and its data; the header may be replaced by any other. */
typedef struct parts {
    char header[4096];
    uint8_t data[1024];
    size_t data_size;
} parts;

static inline parts take_apart(const uint8_t *file, size_t size)
{
    parts p = {.header = ""};
    uint64_t header;
    memcpy(&header, file, 8);
    REQUIRE(header < sizeof p.header && size - 8 - header <= sizeof p.data, "the model is too large");
    memcpy(p.header, file + 8, (size_t)header);
    const char *record = strstr(p.header, "\"__metadata__\""),
               *after = record ? strstr(record, "},") + 2 : NULL;
    if (record) memmove(p.header + 1, after, strlen(after) + 1); /* as PyTorch's own files */
    p.data_size = size - 8 - (size_t)header;
    memcpy(p.data, file + 8 + header, p.data_size);
    return p;
}

/* In a block of exactly its size; the caller frees it. */
static inline uint8_t *put_together(const parts *p, size_t *size)
{
    const uint64_t header = strlen(p->header);
    *size = 8 + (size_t)header + p->data_size;
    uint8_t *file = malloc(*size);
    REQUIRE(file != NULL, "no memory");
    memcpy(file, &header, 8);
    memcpy(file + 8, p->header, (size_t)header);
    memcpy(file + 8 + header, p->data, p->data_size);
    return file;
}

/* Replaces the first `from` in the header. */
static inline void replace(parts *p, const char *from, const char *to)
{
    char *at = strstr(p->header, from);
    REQUIRE(at != NULL, "the header has no %s", from);
    const size_t cut = strlen(from), put = strlen(to), rest = strlen(at + cut) + 1;
    REQUIRE(strlen(p->header) - cut + put < sizeof p->header, "the header grows too long");
    memmove(at + put, at + cut, rest);
    memcpy(at, to, put);
}

#endif
