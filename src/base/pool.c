/* pool.c - a few threads that run the same function for a range of indices.
 *
 * A training step lasts a third of a millisecond and meets its pool several times, so a thread that waits
 * spins for a while before it sleeps. */
#include "base/pool.h"

#include <stdlib.h>

/* WebAssembly without -pthread has no threads to start. */
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)

struct nb_pool {
    int threads;
};

nb_pool *nb_pool_create(int threads)
{
    if (threads != 1) return NULL;
    nb_pool *pool = malloc(sizeof *pool);
    if (pool) pool->threads = 1;
    return pool;
}

void nb_pool_destroy(nb_pool *pool) { free(pool); }
int nb_pool_threads(const nb_pool *pool) { return pool->threads; }

void nb_pool_run(nb_pool *pool, size_t count, nb_task *task, void *context)
{
    (void)pool;
    for (size_t i = 0; i < count; i++) task(context, i, 0);
}

#else

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* About 20 to 50 microseconds. WebAssembly has no pause: there a turn takes about a nanosecond. */
#ifdef __EMSCRIPTEN__
enum { SPINS = 30000 };
#else
enum { SPINS = 4000 };
#endif

typedef struct worker {
    nb_pool *pool;
    pthread_t handle;
    size_t index;
} worker;

struct nb_pool {
    int threads;
    nb_task *task;
    void *context;
    size_t count;
    atomic_uint round;   /* counts the calls of run; a change starts the workers */
    atomic_uint working; /* workers not yet done with this round */
    atomic_bool quit;
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    worker workers[]; /* threads - 1 */
};

static inline void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void run_share(nb_pool *pool, size_t thread)
{
    for (size_t i = thread; i < pool->count; i += (size_t)pool->threads) pool->task(pool->context, i, thread);
}

static unsigned wait_for_round(nb_pool *pool, unsigned seen)
{
    for (int spin = 0; spin < SPINS; spin++) {
        const unsigned round = atomic_load_explicit(&pool->round, memory_order_acquire);
        if (round != seen) return round;
        pause_cpu();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->round) == seen) pthread_cond_wait(&pool->start, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return atomic_load(&pool->round);
}

static void *work(void *argument)
{
    const worker *self = argument;
    nb_pool *pool = self->pool;
    unsigned seen = 0;
    for (;;) {
        seen = wait_for_round(pool, seen);
        if (atomic_load(&pool->quit)) return NULL;
        run_share(pool, self->index);
        if (atomic_fetch_sub_explicit(&pool->working, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

static void begin_round(nb_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->working, (unsigned)pool->threads - 1);
    atomic_fetch_add(&pool->round, 1);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
}

nb_pool *nb_pool_create(int threads)
{
    if (threads < 1) return NULL;
    nb_pool *pool = calloc(1, sizeof *pool + (size_t)(threads - 1) * sizeof(worker));
    if (pool == NULL) return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->start, NULL);
    pthread_cond_init(&pool->done, NULL);
    pool->threads = 1;
    for (int i = 0; i < threads - 1; i++) {
        worker *w = &pool->workers[i];
        *w = (worker){.pool = pool, .index = (size_t)i + 1};
        if (pthread_create(&w->handle, NULL, work, w) != 0) {
            nb_pool_destroy(pool);
            return NULL;
        }
        pool->threads++;
    }
    return pool;
}

void nb_pool_destroy(nb_pool *pool)
{
    if (pool == NULL) return;
    atomic_store(&pool->quit, true);
    begin_round(pool);
    for (int i = 0; i < pool->threads - 1; i++) pthread_join(pool->workers[i].handle, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

int nb_pool_threads(const nb_pool *pool) { return pool->threads; }

void nb_pool_run(nb_pool *pool, size_t count, nb_task *task, void *context)
{
    pool->task = task;
    pool->context = context;
    pool->count = count;
    if (pool->threads == 1 || count <= 1) {
        for (size_t i = 0; i < count; i++) task(context, i, 0);
        return;
    }
    begin_round(pool);
    run_share(pool, 0);
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load_explicit(&pool->working, memory_order_acquire) == 0) return;
        pause_cpu();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->working) != 0) pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

#endif
