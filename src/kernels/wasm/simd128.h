/* simd128.h - what the exact and the relaxed variant share. */
#include <wasm_simd128.h>

#define V v128_t
#define WIDTH 4
#define NR 2
#define TOGETHER 4
#define LOAD(p) wasm_v128_load(p)
#define STORE(p, x) wasm_v128_store(p, x)
#define SET1(x) wasm_f32x4_splat(x)
#define ADD(a, b) wasm_f32x4_add(a, b)
#define SUB(a, b) wasm_f32x4_sub(a, b)
#define MUL(a, b) wasm_f32x4_mul(a, b)
#define DIV(a, b) wasm_f32x4_div(a, b)
#define SQRT(a) wasm_f32x4_sqrt(a)
/* pmax(b, a) is b unless b < a: a NaN in b stays, as with x86's maxps. */
#define MAX(a, b) wasm_f32x4_pmax(b, a)
#define KEEP_IF_GREATER(x, a, b) wasm_v128_and(x, wasm_f32x4_gt(a, b))
#define FLUSH(x) wasm_v128_andnot(x, wasm_f32x4_lt(wasm_f32x4_abs(x), wasm_f32x4_splat(FLT_MIN)))
#define POWER_OF_2(x) wasm_i32x4_add(wasm_i32x4_shl(x, 23), wasm_i32x4_splat(127 << 23))
