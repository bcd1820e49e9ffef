/* avx2_fma.c - the hot loops in 256-bit vectors, with fused multiply-add. */
#include "kernels/x86/avx2.h"

#define KERNELS nb_kernels_avx2_fma
#define NAME "avx2-fma"
#define MADD(a, b, c) _mm256_fmadd_ps(a, b, c)
#define NARROWER nb_kernels_sse_fma

#include "kernels/body.h"
