/* avx512.c - the hot loops in 512-bit vectors, exact. */
#include "kernels/x86/avx512.h"

#define KERNELS nb_kernels_avx512
#define NAME "avx512"
#define MADD(a, b, c) _mm512_add_ps(_mm512_mul_ps(a, b), c)
#define NARROWER nb_kernels_sse2

#include "kernels/body.h"
