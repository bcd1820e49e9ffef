/* pool.c - a few threads that run the same function for a range of indices.
 *
 * A training step lasts a third of a millisecond and meets its pool several times, so a thread that waits
 * spins for a while before it sleeps. Each thread has a share of the indices, the same one every time, since what it has
 * worked on lies in its cache. Nobody waits for a thread that has not come: who has done its own takes from the others', so
 * that a core which is slow, or somebody else's for a moment, does less. */
#include "base/pool.h"

#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>

/* WebAssembly without -pthread has no threads to start. */
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)

struct nb_pool {
    int threads;
    nb_pool_watch *watch;
    void *watch_context;
};

nb_pool *nb_pool_create(int threads)
{
    nb_pool *pool = threads == 1 ? nb_aligned_alloc(sizeof *pool) : NULL;
    if (pool) pool->threads = 1;
    return pool;
}

void nb_pool_destroy(nb_pool *pool) { nb_aligned_free(pool); }

static void run_all(nb_pool *pool, size_t count, nb_task *task, void *context)
{
    (void)pool;
    for (size_t i = 0; i < count; i++) task(context, i);
}

void nb_pool_pause(unsigned turns) { (void)turns; }

#else

#ifndef __EMSCRIPTEN__
#include <sched.h>
#endif
#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>

/* About 20 to 50 microseconds. WebAssembly has no pause: there a turn takes about a nanosecond. */
#ifdef __EMSCRIPTEN__
enum { SPINS = 30000 };
#else
enum { SPINS = 4000 };
#endif

/* The round, and in the lower half how many indices of a thread's share nobody has taken. */
typedef struct ticket {
    alignas(64) _Atomic(uint64_t) left;
} ticket;

typedef struct worker {
    nb_pool *pool;
    pthread_t handle;
    size_t index;
} worker;

/* A round is one call of run. What it is about is written before the tickets and stands still until its last index is done. A
 * thread that comes late may read it while the next one is written: its ticket is not taken then. */
struct nb_pool {
    int threads;
    nb_pool_watch *watch; /* of a rehearsal, which has no threads */
    void *watch_context;
    uint32_t round;
    _Atomic(nb_task *) task;
    _Atomic(void *) context;
    atomic_size_t count;
    atomic_bool quit, caller_sleeps;
    atomic_int sleepers;
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    alignas(64) atomic_size_t finished; /* of its indices */
    ticket *tickets;                    /* one for each thread */
    worker workers[];                   /* threads - 1 */
};

static inline void pause_cpu(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

void nb_pool_pause(unsigned turns)
{
    if (turns < SPINS) {
        pause_cpu();
        return;
    }
#ifdef __EMSCRIPTEN__
    int never = 0;
    __builtin_wasm_memory_atomic_wait32(&never, 0, 50000); /* nanoseconds */
#else
    sched_yield();
#endif
}

static uint32_t round_of(uint64_t left) { return (uint32_t)(left >> 32); }

static uint64_t left_of(nb_pool *pool, size_t thread)
{
    return atomic_load_explicit(&pool->tickets[thread].left, memory_order_acquire);
}

/* The end of a thread's share of the indices. */
static size_t end_of(const nb_pool *pool, size_t count, size_t thread)
{
    return count * (thread + 1) / (size_t)pool->threads;
}

/* Runs what is left of an owner's share in that round; returns how many indices those were. */
static size_t run_share(nb_pool *pool, uint32_t round, size_t owner)
{
    for (size_t ran = 0;; ran++) {
        uint64_t left = left_of(pool, owner);
        nb_task *task;
        void *context;
        size_t count;
        do {
            if (round_of(left) != round || (uint32_t)left == 0) return ran;
            task = atomic_load_explicit(&pool->task, memory_order_relaxed);
            context = atomic_load_explicit(&pool->context, memory_order_relaxed);
            count = atomic_load_explicit(&pool->count, memory_order_relaxed);
        } while (!atomic_compare_exchange_weak_explicit(&pool->tickets[owner].left, &left, left - 1,
                                                        memory_order_acq_rel, memory_order_acquire));
        task(context, end_of(pool, count, owner) - (uint32_t)left);
    }
}

/* Its own share, then what the next ones have left. */
static void run_round(nb_pool *pool, uint32_t round, size_t thread)
{
    const size_t threads = (size_t)pool->threads;
    size_t ran = 0;
    for (size_t k = 0; k < threads; k++) ran += run_share(pool, round, (thread + k) % threads);
    if (ran == 0) return;
    const size_t count = atomic_load_explicit(&pool->count, memory_order_relaxed);
    if (atomic_fetch_add(&pool->finished, ran) + ran == count && atomic_load(&pool->caller_sleeps)) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_signal(&pool->done);
        pthread_mutex_unlock(&pool->lock);
    }
}

static uint32_t wait_for_round(nb_pool *pool, uint32_t seen, size_t thread)
{
    for (int spin = 0; spin < SPINS; spin++) {
        const uint32_t round = round_of(left_of(pool, thread));
        if (round != seen) return round;
        pause_cpu();
    }
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1);
    while (round_of(atomic_load(&pool->tickets[thread].left)) == seen)
        pthread_cond_wait(&pool->start, &pool->lock);
    atomic_fetch_sub(&pool->sleepers, 1);
    pthread_mutex_unlock(&pool->lock);
    return round_of(left_of(pool, thread));
}

static void *work(void *argument)
{
    const worker *self = argument;
    nb_pool *pool = self->pool;
    uint32_t seen = 0;
    for (;;) {
        seen = wait_for_round(pool, seen, self->index);
        if (atomic_load(&pool->quit)) return NULL;
        run_round(pool, seen, self->index);
    }
}

static void begin_round(nb_pool *pool, size_t count)
{
    atomic_store_explicit(&pool->count, count, memory_order_relaxed);
    atomic_store_explicit(&pool->finished, 0, memory_order_relaxed);
    pool->round++;
    for (size_t t = 0, first = 0; t < (size_t)pool->threads; t++) {
        const size_t end = end_of(pool, count, t);
        atomic_store(&pool->tickets[t].left, (uint64_t)pool->round << 32 | (end - first));
        first = end;
    }
    if (atomic_load(&pool->sleepers) == 0) return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_broadcast(&pool->start);
    pthread_mutex_unlock(&pool->lock);
}

nb_pool *nb_pool_create(int threads)
{
    if (threads < 1) return NULL;
    nb_pool *pool = nb_aligned_alloc(sizeof *pool + (size_t)(threads - 1) * sizeof(worker));
    ticket *tickets = nb_aligned_alloc((size_t)threads * sizeof *tickets);
    if (pool == NULL || tickets == NULL) {
        nb_aligned_free(tickets);
        nb_aligned_free(pool);
        return NULL;
    }
    pool->tickets = tickets;
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
    if (pool->watch) pool->threads = 1; /* it only said so */
    atomic_store(&pool->quit, true);
    begin_round(pool, 0);
    for (int i = 0; i < pool->threads - 1; i++) pthread_join(pool->workers[i].handle, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->start);
    pthread_mutex_destroy(&pool->lock);
    nb_aligned_free(pool->tickets);
    nb_aligned_free(pool);
}

static bool all_done(const nb_pool *pool, size_t count) { return atomic_load(&pool->finished) == count; }

/* The last indices may be with threads that lost their cores. */
static void wait_for_all(nb_pool *pool, size_t count)
{
    for (int spin = 0; spin < SPINS; spin++) {
        if (all_done(pool, count)) return;
        pause_cpu();
    }
    pthread_mutex_lock(&pool->lock);
    atomic_store(&pool->caller_sleeps, true);
    while (!all_done(pool, count)) pthread_cond_wait(&pool->done, &pool->lock);
    atomic_store(&pool->caller_sleeps, false);
    pthread_mutex_unlock(&pool->lock);
}

static void run_all(nb_pool *pool, size_t count, nb_task *task, void *context)
{
    atomic_store_explicit(&pool->task, task, memory_order_relaxed);
    atomic_store_explicit(&pool->context, context, memory_order_relaxed);
    begin_round(pool, count);
    run_round(pool, pool->round, 0);
    wait_for_all(pool, count);
}

#endif

int nb_pool_threads(const nb_pool *pool) { return pool->threads; }

nb_pool *nb_pool_rehearse(int threads, nb_pool_watch *watch, void *context)
{
    nb_pool *pool = nb_pool_create(1);
    if (pool == NULL) return NULL;
    pool->threads = threads;
    pool->watch = watch;
    pool->watch_context = context;
    return pool;
}

void nb_pool_run(nb_pool *pool, size_t count, nb_task *task, void *context)
{
    if (pool->threads > 1 && count > 1 && pool->watch == NULL) {
        run_all(pool, count, task, context);
        return;
    }
    if (pool->watch) pool->watch(pool->watch_context, 0, count);
    for (size_t i = 0; i < count; i++) {
        task(context, i);
        if (pool->watch) pool->watch(pool->watch_context, i + 1, count);
    }
}
