/* neon.h - what the exact and the fused variant share: the 128-bit vectors that every 64-bit Arm processor has. */
#include <arm_neon.h>

#define V float32x4_t
#define WIDTH 4
#define MR 8
#define NR 2
#define LOAD(p) vld1q_f32(p)
#define STORE(p, x) vst1q_f32(p, x)
#define SET1(x) vdupq_n_f32(x)
#define ADD(a, b) vaddq_f32(a, b)
#define SUB(a, b) vsubq_f32(a, b)
#define MUL(a, b) vmulq_f32(a, b)
#define DIV(a, b) vdivq_f32(a, b)
#define SQRT(a) vsqrtq_f32(a)
#define MAX(a, b) vbslq_f32(vcgtq_f32(a, b), a, b) /* b unless a > b; vmaxq would let a NaN in a through */
#define KEEP_IF_GREATER(x, a, b) vbslq_f32(vcgtq_f32(a, b), x, vdupq_n_f32(0.0F))
#define FLUSH(x) vbslq_f32(vcltq_f32(vabsq_f32(x), vdupq_n_f32(FLT_MIN)), vdupq_n_f32(0.0F), x)
#define POWER_OF_2(x)                                                                                        \
    vreinterpretq_f32_s32(vaddq_s32(vshlq_n_s32(vreinterpretq_s32_f32(x), 23), vdupq_n_s32(127 << 23)))
