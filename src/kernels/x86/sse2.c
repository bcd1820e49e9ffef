/* sse2.c - the hot loops in 128-bit vectors, which every x86-64 has. */
#include "kernels/x86/sse.h"

#define KERNELS nb_kernels_sse2
#define NAME "sse2"
#define MR 4
#define MADD(a, b, c) _mm_add_ps(_mm_mul_ps(a, b), c)

#include "kernels/body.h"
