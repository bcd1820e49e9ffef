/* avx2.c - the hot loops in 256-bit vectors, exact. */
#include "kernels/x86/avx2.h"

#define KERNELS nb_kernels_avx2
#define NAME "avx2"
#define MADD(a, b, c) _mm256_add_ps(_mm256_mul_ps(a, b), c)
#define NARROWER nb_kernels_sse2

#include "kernels/body.h"
