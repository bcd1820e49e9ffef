/* arena.c - one allocation, handed out in aligned pieces. */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *nb_aligned_alloc(size_t bytes)
{
    if (bytes > SIZE_MAX / 2) return NULL;
    const size_t rounded = (bytes + NB_ALIGN - 1) / NB_ALIGN * NB_ALIGN;
    void *p = aligned_alloc(NB_ALIGN, rounded ? rounded : NB_ALIGN);
    if (p) memset(p, 0, rounded);
    return p;
}

void nb_aligned_free(void *p) { free(p); }

void *nb_arena_take(nb_arena *a, size_t count, size_t size)
{
    void *p = a->base ? a->base + a->used : NULL;
    /* Saturate: a sum that overflows asks for more than there is, and nb_arena_alloc refuses it. */
    if (size != 0 && count > (SIZE_MAX / 4) / size) {
        a->used = SIZE_MAX / 2 + 1;
    } else if (a->used <= SIZE_MAX / 2) {
        a->used += (count * size + NB_ALIGN - 1) / NB_ALIGN * NB_ALIGN;
    }
    return p;
}

bool nb_arena_alloc(nb_arena *a)
{
    a->base = nb_aligned_alloc(a->used);
    a->used = 0;
    return a->base != NULL;
}

void nb_arena_free(nb_arena *a)
{
    nb_aligned_free(a->base);
    a->base = NULL;
    a->used = 0;
}
