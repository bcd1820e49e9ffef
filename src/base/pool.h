/* pool.h - a few threads that run the same function for a range of indices. */
#ifndef NB_BASE_POOL_H
#define NB_BASE_POOL_H

#include "base/platform.h"

#include <stddef.h>

typedef struct nb_pool nb_pool;

/* Called once for each index in 0..count-1, from any of the threads. */
typedef void nb_task(void *context, size_t index, size_t thread);

/* NULL if the threads cannot be had. threads >= 1 counts the caller, so that 1 starts none. */
nb_pool *nb_pool_create(int threads);
void nb_pool_destroy(nb_pool *pool);
int nb_pool_threads(const nb_pool *pool);
/* Returns when all of it is done. Index i goes to thread i mod threads: no lock, and the same split every
 * time. */
void nb_pool_run(nb_pool *pool, size_t count, nb_task *task, void *context);

#endif
