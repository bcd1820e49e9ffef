/* sse_fma.c - the hot loops in 128-bit vectors, with fused multiply-add: the columns that wider fused vectors leave over. */
#include "kernels/x86/sse.h"

#define KERNELS nb_kernels_sse_fma
#define NAME "sse-fma"
#define MR 6
#define MADD(a, b, c) _mm_fmadd_ps(a, b, c)

#include "kernels/body.h"
