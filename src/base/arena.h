/* arena.h - one allocation, handed out in aligned pieces.
 *
 * An object says once which pieces it takes; nb_arena_fill has it say so twice, first to measure and then for good. */
#ifndef NB_BASE_ARENA_H
#define NB_BASE_ARENA_H

#include "base/size.h"
#include "noisebook.h"

#include <stddef.h>

#define NB_ALIGN 64 /* a cache line, and the widest vector */

typedef struct nb_arena {
    unsigned char *base; /* NULL while measuring */
    size_t used;
} nb_arena;

/* The next `count` items of `size` bytes, zeroed; NULL while measuring. A count may be NB_TOO_LARGE. */
void *nb_arena_take(nb_arena *a, size_t count, size_t size);
/* The same, not zeroed: a page of memory costs most when it is first touched. */
void *nb_arena_take_raw(nb_arena *a, size_t count, size_t size);

/* Takes the object's pieces: a call of nb_arena_take or nb_arena_take_raw for each, in an order that never changes. */
typedef void nb_arena_taker(nb_arena *a, void *object);
/* Measures, allocates and takes. On NB_ERR_MEMORY the arena is empty, and the object's pieces are NULL. */
nb_status nb_arena_fill(nb_arena *a, nb_arena_taker *take, void *object, nb_error *err);
void nb_arena_free(nb_arena *a);

/* malloc aligned to NB_ALIGN, zeroed; end with nb_aligned_free. */
void *nb_aligned_alloc(size_t bytes);
void nb_aligned_free(void *p);

#endif
