/* fence.h - memory for arrays that must not be overrun. Include it first.
 *
 * Natively an array lies between two pages that cannot be touched, at either end of its own memory;
 * everywhere canaries lie beside it. */
#ifndef NB_TESTS_FENCE_H
#define NB_TESTS_FENCE_H

#if !defined(__EMSCRIPTEN__) && !defined(_WIN32)
#define _DEFAULT_SOURCE
#include <sys/mman.h>
#define GUARD_PAGES 1
#endif

#include "check.h"

enum { PAGE = 16384, ROOM = 8 * PAGE / (int)sizeof(float), FENCES = 8 };

/* ROOM floats; an array lies at its low or high end, the rest are canaries. */
typedef struct fence {
    float *room, *array;
    size_t size;
} fence;

static const float canary = 12345.678F;
static fence fences[FENCES];

static inline void fences_open(void)
{
    for (int i = 0; i < FENCES; i++) {
#ifdef GUARD_PAGES
        char *p = mmap(NULL, 10 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(p != MAP_FAILED, "no guard pages");
        REQUIRE(mprotect(p + PAGE, 8 * PAGE, PROT_READ | PROT_WRITE) == 0, "no guard pages");
        fences[i].room = (float *)(void *)(p + PAGE);
#else
        fences[i].room = malloc(ROOM * sizeof(float));
        REQUIRE(fences[i].room != NULL, "no memory");
#endif
    }
}

static inline void fences_close(void)
{
    for (int i = 0; i < FENCES; i++) {
#ifdef GUARD_PAGES
        munmap((char *)fences[i].room - PAGE, 10 * PAGE);
#else
        free(fences[i].room);
#endif
    }
}

/* The fence's array of `size` floats, filled from `values`. */
static inline float *fenced(int index, bool high, size_t size, const float *values)
{
    fence *f = &fences[index];
    if (size > ROOM) REQUIRE(false, "%zu floats do not fit a fence", size);
    f->array = high ? f->room + ROOM - size : f->room;
    f->size = size;
    /* Canaries near the array are enough: further out is the guard page or nothing. */
    for (size_t i = 0; i < 64 && size + i < ROOM; i++)
        *(high ? f->array - 1 - i : f->array + size + i) = canary;
    if (size) memcpy(f->array, values, size * sizeof *values);
    return f->array;
}

static inline size_t broken_canaries(int index, bool high)
{
    const fence *f = &fences[index];
    size_t broken = 0;
    for (size_t i = 0; i < 64 && f->size + i < ROOM; i++)
        broken += *(high ? f->array - 1 - i : f->array + f->size + i) != canary;
    return broken;
}

#endif
