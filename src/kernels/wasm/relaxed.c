/* relaxed.c - the hot loops in WebAssembly's 128-bit vectors, with a multiply-add that the engine fuses where
 * the processor can. */
#ifdef __wasm_relaxed_simd__
#include "kernels/wasm/simd128.h"

#define KERNELS nb_kernels_relaxed
#define NAME "simd128-relaxed"
#define MR 6
#define MADD(a, b, c) wasm_f32x4_relaxed_madd(a, b, c)

#include "kernels/body.h"
#endif
