/* arena.h - one allocation, handed out in aligned pieces.
 *
 * An object measures itself first (take from an arena with base == NULL only adds up), allocates once, and
 * takes the same pieces again in the same order. */
#ifndef NB_BASE_ARENA_H
#define NB_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#define NB_ALIGN 64 /* a cache line, and the widest vector */

typedef struct nb_arena {
    unsigned char *base; /* NULL while measuring */
    size_t used;
} nb_arena;

/* The next `count` items of `size` bytes, zeroed by nb_arena_alloc; NULL while measuring. */
void *nb_arena_take(nb_arena *a, size_t count, size_t size);
/* Allocates what was measured and rewinds. false if there is not enough memory. */
bool nb_arena_alloc(nb_arena *a);
void nb_arena_free(nb_arena *a);

/* malloc aligned to NB_ALIGN, zeroed; end with nb_aligned_free. */
void *nb_aligned_alloc(size_t bytes);
void nb_aligned_free(void *p);

#endif
