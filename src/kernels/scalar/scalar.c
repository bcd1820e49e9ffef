/* scalar.c - the hot loops in plain C: what every other variant must equal. */
#if defined(__GNUC__) && !defined(__clang__)
/* GCC 12 would vectorise the sums of a transposed A by reading its next row, beyond the last. */
#pragma GCC optimize("no-tree-loop-vectorize")
#endif

#include "base/math.h"

#include <math.h>

#define KERNELS nb_kernels_scalar
#define NAME "scalar"
#define V float
#define WIDTH 1
#define MR 4
#define NR 4
#define LOAD(p) (*(p))
#define STORE(p, x) (*(p) = (x))
#define SET1(x) (x)
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MUL(a, b) ((a) * (b))
#define DIV(a, b) ((a) / (b))
#define SQRT(a) sqrtf(a)
/* b unless a > b: a NaN in b stays. */
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define MADD(a, b, c) ((a) * (b) + (c))
#define KEEP_IF_GREATER(x, a, b) ((a) > (b) ? (x) : 0.0F)
#define FLUSH(x) (fabsf(x) < FLT_MIN ? 0.0F : (x))
#ifdef NB_TESTS_IN_DOUBLE_H
#define EXP(x) nb_exp_in_loops(x) /* to the precision of a float that is double */
#else
#define POWER_OF_2(x) power_of_2(x)

static inline float power_of_2(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (bits << 23) + (UINT32_C(127) << 23);
    float power;
    memcpy(&power, &bits, sizeof power);
    return power;
}
#endif

#include "kernels/body.h"
