/* allocations.h - counts what the program asks the heap for, by standing in for malloc and its kin.
 *
 * The C libraries keep the real functions under other names: glibc and Emscripten. Elsewhere, and under a
 * sanitizer that has taken their place already, nothing is counted and ALLOCATIONS_COUNTED is 0. */
#ifndef NB_TESTS_ALLOCATIONS_H
#define NB_TESTS_ALLOCATIONS_H

#include "check.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif

/* volatile: a compiler takes malloc to change no variable of ours */
static volatile long allocations;           /* calls so far */
static volatile long allocations_left = -1; /* calls until one finds no memory; -1: none does */

static inline bool allocation_fails(void)
{
    allocations++;
    if (allocations_left < 0) return false;
    return allocations_left-- == 0;
}

#if defined(__EMSCRIPTEN__) && !defined(SANITIZED)
#include <emscripten/heap.h>
#define ALLOCATIONS_COUNTED 1
#define REAL_MALLOC emscripten_builtin_malloc
#define REAL_CALLOC emscripten_builtin_calloc
#define REAL_ALIGNED emscripten_builtin_memalign
#elif defined(__GLIBC__) && !defined(SANITIZED)
#define ALLOCATIONS_COUNTED 1
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
#define REAL_MALLOC __libc_malloc
#define REAL_CALLOC __libc_calloc
#define REAL_ALIGNED __libc_memalign
extern void *__libc_realloc(void *p, size_t size);
#define REAL_REALLOC __libc_realloc
#else
#define ALLOCATIONS_COUNTED 0
#endif

#if ALLOCATIONS_COUNTED
void *malloc(size_t size) { return allocation_fails() ? NULL : REAL_MALLOC(size); }

void *calloc(size_t count, size_t size) { return allocation_fails() ? NULL : REAL_CALLOC(count, size); }

#if defined(REAL_REALLOC)
void *realloc(void *p, size_t size) { return allocation_fails() ? NULL : REAL_REALLOC(p, size); }
#endif

void *aligned_alloc(size_t alignment, size_t size)
{
    return allocation_fails() ? NULL : REAL_ALIGNED(alignment, size);
}
#endif

/* `what` made no call since the counter stood at `before`. */
static inline void check_no_allocation(const char *what, long before)
{
    if (!ALLOCATIONS_COUNTED) {
        printf("note: %s: allocations are not counted in this build\n", what);
        return;
    }
    CHECK(allocations == before, "%s allocated %ld times", what, allocations - before);
}

/* The counter counts: otherwise the checks above would prove nothing. */
static inline void check_counter(void)
{
    const long before = allocations;
    void *volatile p = malloc(16), *volatile q = calloc(4, 4), *volatile r = aligned_alloc(64, 64);
    CHECK(p && q && r && allocations == before + 3 * ALLOCATIONS_COUNTED, "the counter does not count");
    free(p);
    free(q);
    free(r);
}

#endif
