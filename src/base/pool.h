/* pool.h - a few threads that run the same function for a range of indices. */
#ifndef NB_BASE_POOL_H
#define NB_BASE_POOL_H

#include "base/platform.h"

#include <stddef.h>

typedef struct nb_pool nb_pool;

/* Called once for each index in 0..count-1, in their order, from any of the threads; `thread` tells apart those that run at
 * the same time. */
typedef void nb_task(void *context, size_t index, size_t thread);

/* NULL if the threads cannot be had. threads >= 1 counts the caller, so that 1 starts none. */
nb_pool *nb_pool_create(int threads);
void nb_pool_destroy(nb_pool *pool);
int nb_pool_threads(const nb_pool *pool);
/* Returns when all of it is done. The next index goes to whoever is free; with a single thread, or index, to the caller. */
void nb_pool_run(nb_pool *pool, size_t count, nb_task *task, void *context);
/* For a task that waits for what one of a lower index does, each time that it has looked in vain; turns: how often that was. */
void nb_pool_pause(unsigned turns);

#endif
