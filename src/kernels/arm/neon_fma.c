/* neon_fma.c - the hot loops in Arm's 128-bit vectors, with fused multiply-add. */
#include "kernels/arm/neon.h"

#define KERNELS nb_kernels_neon_fma
#define NAME "neon-fma"
#define MADD(a, b, c) vfmaq_f32(c, a, b)

#include "kernels/body.h"
