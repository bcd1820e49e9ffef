/* arena.c - one allocation, handed out in aligned pieces. */
#include "base/arena.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* No machine has more; some systems would promise it, and end the program once it is used. */
static const uint64_t most_bytes = UINT64_C(1) << 38;

static void *alloc_raw(size_t bytes)
{
    if (bytes > NB_TOO_LARGE / 2 || (uint64_t)bytes > most_bytes) return NULL;
    const size_t rounded = nb_round_up(bytes, NB_ALIGN);
    return aligned_alloc(NB_ALIGN, rounded ? rounded : NB_ALIGN);
}

void *nb_aligned_alloc(size_t bytes)
{
    void *p = alloc_raw(bytes);
    if (p) memset(p, 0, nb_round_up(bytes, NB_ALIGN));
    return p;
}

void nb_aligned_free(void *p) { free(p); }

void *nb_arena_take_raw(nb_arena *a, size_t count, size_t size)
{
    void *p = a->base ? a->base + a->used : NULL;
    a->used = nb_add(a->used, nb_round_up(nb_mul(count, size), NB_ALIGN));
    return p;
}

void *nb_arena_take(nb_arena *a, size_t count, size_t size)
{
    void *p = nb_arena_take_raw(a, count, size);
    if (p) memset(p, 0, nb_round_up(count * size, NB_ALIGN));
    return p;
}

/* Allocates what was measured and rewinds. false if there is not enough memory. */
static bool allocate(nb_arena *a)
{
    a->base = alloc_raw(a->used);
    a->used = 0;
    return a->base != NULL;
}

nb_status nb_arena_fill(nb_arena *a, nb_arena_taker *take, void *object, nb_error *err)
{
    *a = (nb_arena){0};
    take(a, object);
    const size_t bytes = a->used;
    if (!allocate(a)) return nb_fail_memory(err, bytes);
    take(a, object);
    return NB_OK;
}

void nb_arena_free(nb_arena *a)
{
    nb_aligned_free(a->base);
    a->base = NULL;
    a->used = 0;
}
