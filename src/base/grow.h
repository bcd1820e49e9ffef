/* grow.h - lists that grow while something is built. */
#ifndef NB_BASE_GROW_H
#define NB_BASE_GROW_H

#include "base/size.h"

/* Makes room for one more than `count` items of `size` bytes: returns `items`, or where they have moved to, *room being how
 * many there is room for; NULL if there is not enough memory, `items` being as they were. End them with free. */
void *nb_grow(void *items, size_t *room, size_t count, size_t size);

#endif
