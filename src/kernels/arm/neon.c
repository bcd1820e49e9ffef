/* neon.c - the hot loops in Arm's 128-bit vectors, exact. */
#include "kernels/arm/neon.h"

#define KERNELS nb_kernels_neon
#define NAME "neon"
#define MADD(a, b, c) vaddq_f32(vmulq_f32(a, b), c)

#include "kernels/body.h"
