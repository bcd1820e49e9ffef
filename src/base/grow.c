/* grow.c - lists that grow while something is built. */
#include "base/grow.h"

#include <stdlib.h>
#include <string.h>

void *nb_grow(void *items, size_t *room, size_t count, size_t size)
{
    if (count < *room) return items;
    const size_t more = *room ? nb_mul(*room, 2) : 16;
    void *moved = malloc(nb_mul(more, size));
    if (moved == NULL) return NULL;
    if (count > 0) memcpy(moved, items, count * size);
    free(items);
    *room = more;
    return moved;
}
