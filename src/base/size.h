/* size.h - sizes that are too large to count stay too large: where a sum or product would go round, it is NB_TOO_LARGE.
 *
 * size_t has 32 bits in WebAssembly. An arena asked for that many bytes refuses (arena.h). */
#ifndef NB_BASE_SIZE_H
#define NB_BASE_SIZE_H

#include "base/platform.h"

#include <stddef.h>
#include <stdint.h>

#define NB_TOO_LARGE SIZE_MAX

static inline size_t nb_add(size_t a, size_t b)
{
    size_t sum;
    return __builtin_add_overflow(a, b, &sum) ? NB_TOO_LARGE : sum;
}

static inline size_t nb_mul(size_t a, size_t b)
{
    size_t product;
    return __builtin_mul_overflow(a, b, &product) ? NB_TOO_LARGE : product;
}

/* The next multiple of `step` from n on. */
static inline size_t nb_round_up(size_t n, size_t step)
{
    const size_t over = n % step;
    return over == 0 ? n : nb_add(n, step - over);
}

#endif
