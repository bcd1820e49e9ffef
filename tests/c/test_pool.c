/* test_pool.c - each index runs once, and has been seen to when run returns; nobody waits for a slow one. The thread sanitizer, which runs this too, finds what passes here by luck. */
#if !defined(__EMSCRIPTEN__) && !defined(_WIN32)
#define _DEFAULT_SOURCE
#include <time.h>
#define CAN_WAIT 1
#endif

#include "base/pool.h"
#include "check.h"

#include <stdatomic.h>
#include <string.h>

enum { MOST = 100, THREADS = 8 };

/* What a round writes, and the next one reads: plain numbers, which only the pool keeps from being shared. */
typedef struct rounds_seen {
    size_t runs[MOST];
} rounds_seen;

static void task(void *context, size_t index)
{
    rounds_seen *r = context;
    if (index < MOST) r->runs[index]++;
}

/* Longer than a waiting thread spins, so that it sleeps. */
static void fall_asleep(void)
{
#ifdef CAN_WAIT
    const struct timespec nap = {0, 2000000};
    nanosleep(&nap, NULL);
#endif
}

static void check_rounds(nb_pool *pool, int threads, size_t count, int rounds, bool asleep)
{
    static rounds_seen r;
    memset(&r, 0, sizeof r);
    int bad = 0;
    for (int i = 0; i < rounds; i++) {
        if (asleep) fall_asleep();
        nb_pool_run(pool, count, task, &r);
        size_t wrong = 0;
        for (size_t k = 0; k < MOST; k++) wrong += r.runs[k] != (k < count ? (size_t)i + 1 : 0);
        bad += wrong > 0;
    }
    CHECK(bad == 0, "%d threads, %zu indices: after %d of %d rounds some have run too often or not", threads,
          count, bad, rounds);
}

/* Pools of every size, kept busy and left to sleep. */
static void test_rounds(void)
{
    static const int threads[] = {1, 2, 3, THREADS};
    static const size_t counts[] = {1, 2, 3, 7, MOST};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        nb_pool *pool = nb_pool_create(threads[i]);
        if (pool == NULL) {
            CHECK(threads[i] > 1, "a pool of the caller alone");
            printf("note: no pool of %d threads here\n", threads[i]);
            continue;
        }
        CHECK(nb_pool_threads(pool) == threads[i], "%d threads, not %d", nb_pool_threads(pool), threads[i]);
        for (size_t k = 0; k < sizeof counts / sizeof *counts; k++) {
            check_rounds(pool, threads[i], counts[k], 200, false);
            check_rounds(pool, threads[i], counts[k], 3, true);
        }
        static rounds_seen none;
        memset(&none, 0, sizeof none);
        nb_pool_run(pool, 0, task, &none);
        size_t ran = 0;
        for (size_t k = 0; k < MOST; k++) ran += none.runs[k];
        CHECK(ran == 0, "no index, and %zu ran", ran);
        nb_pool_destroy(pool);
    }
}

/* Pools that end at once, and while their threads sleep. */
static void test_ends(void)
{
    for (int i = 0; i < 20; i++) {
        nb_pool *pool = nb_pool_create(3);
        if (i % 2) fall_asleep();
        nb_pool_destroy(pool);
    }
    nb_pool_destroy(NULL);
    CHECK(nb_pool_create(0) == NULL && nb_pool_create(-1) == NULL, "a pool of no threads");
}

#ifdef CAN_WAIT
typedef struct slow_one {
    atomic_size_t others; /* indices that have run, but for 0 */
    size_t seen;          /* of them, by the end of 0 */
} slow_one;

/* Index 0 takes until all others have run, or so long that they would have. */
static void first_is_slow(void *context, size_t index)
{
    slow_one *s = context;
    if (index > 0) {
        atomic_fetch_add(&s->others, 1);
        return;
    }
    for (int i = 0; i < 10000 && atomic_load(&s->others) < MOST - 1; i++) fall_asleep();
    s->seen = atomic_load(&s->others);
}

/* What one thread is busy with keeps no other index waiting. */
static void test_slow(void)
{
    nb_pool *pool = nb_pool_create(2);
    for (int i = 0; pool && i < 3; i++) {
        slow_one s = {0};
        nb_pool_run(pool, MOST, first_is_slow, &s);
        CHECK(s.seen == MOST - 1, "%zu others waited for the slow one's thread", MOST - 1 - s.seen);
    }
    nb_pool_destroy(pool);
}
#endif

typedef struct queue {
    atomic_size_t next, done;
    size_t order[MOST];
} queue;

/* Takes a number, and waits for the one before. */
static void after_the_one_before(void *context, size_t index)
{
    (void)index;
    queue *q = context;
    const size_t mine = atomic_fetch_add(&q->next, 1);
    for (unsigned turns = 0; atomic_load_explicit(&q->done, memory_order_acquire) != mine; turns++)
        nb_pool_pause(turns);
    q->order[mine] = mine;
    atomic_store_explicit(&q->done, mine + 1, memory_order_release);
}

/* A task may wait for those that have begun. */
static void test_turns(void)
{
    static const int threads[] = {1, 2, THREADS};
    for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
        nb_pool *pool = nb_pool_create(threads[i]);
        for (int k = 0; pool && k < 20; k++) {
            static queue q;
            memset(q.order, 0, sizeof q.order);
            atomic_store(&q.next, 0);
            atomic_store(&q.done, 0);
            nb_pool_run(pool, MOST, after_the_one_before, &q);
            size_t wrong = 0;
            for (size_t j = 0; j < MOST; j++) wrong += q.order[j] != j;
            CHECK(wrong == 0 && q.done == MOST, "%d threads: %zu out of turn", threads[i], wrong);
        }
        nb_pool_destroy(pool);
    }
}

int main(void)
{
    test_rounds();
#ifdef CAN_WAIT
    test_slow();
#endif
    test_turns();
    test_ends();
    return check_report();
}
