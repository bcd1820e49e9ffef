/* pool.h - a few threads that run the same function for a range of indices. */
#ifndef NB_BASE_POOL_H
#define NB_BASE_POOL_H

#include "base/platform.h"

#include <stddef.h>

typedef struct nb_pool nb_pool;

/* Called once for each index in 0..count-1, from any of the threads. */
typedef void nb_task(void *context, size_t index);

/* NULL if the threads cannot be had. threads >= 1 counts the caller, so that 1 starts none. */
nb_pool *nb_pool_create(int threads);
void nb_pool_destroy(nb_pool *pool);
int nb_pool_threads(const nb_pool *pool);
/* Returns when all of it is done. count / threads indices in a row are a thread's share, for as long as nobody else is free;
 * with a single thread, or index, all are the caller's. */
void nb_pool_run(nb_pool *pool, size_t count, nb_task *task, void *context);
/* Told that `done` of a round's indices have run: 0 as it begins. */
typedef void nb_pool_watch(void *context, size_t done, size_t count);
/* A pool that says it has so many threads and runs all on the caller's, for one that measures; NULL without memory. */
nb_pool *nb_pool_rehearse(int threads, nb_pool_watch *watch, void *context);
/* For a task that waits for what one does that has begun, each time that it has looked in vain; turns: how often that was. */
void nb_pool_pause(unsigned turns);

#endif
