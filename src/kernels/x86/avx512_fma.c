/* avx512_fma.c - the hot loops in 512-bit vectors, with fused multiply-add. */
#include "kernels/x86/avx512.h"

#define KERNELS nb_kernels_avx512_fma
#define NAME "avx512-fma"
#define MADD(a, b, c) _mm512_fmadd_ps(a, b, c)
#define NARROWER nb_kernels_sse_fma

#include "kernels/body.h"
