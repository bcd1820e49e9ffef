/* simd128.c - the hot loops in WebAssembly's 128-bit vectors, exact. */
#ifdef __wasm_simd128__
#include "kernels/wasm/simd128.h"

#define KERNELS nb_kernels_simd128
#define NAME "simd128"
#define MR 4
#define MADD(a, b, c) wasm_f32x4_add(wasm_f32x4_mul(a, b), c)

#include "kernels/body.h"
#endif
