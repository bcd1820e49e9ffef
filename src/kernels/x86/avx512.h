/* avx512.h - what the exact and the fused 512-bit variant share. */
#include <immintrin.h>

#define V __m512
#define WIDTH 16
#define MR 8
#define NR 2
#define LOAD(p) _mm512_loadu_ps(p)
#define STORE(p, x) _mm512_storeu_ps(p, x)
#define SET1(x) _mm512_set1_ps(x)
#define ADD(a, b) _mm512_add_ps(a, b)
#define SUB(a, b) _mm512_sub_ps(a, b)
#define MUL(a, b) _mm512_mul_ps(a, b)
#define DIV(a, b) _mm512_div_ps(a, b)
#define SQRT(a) _mm512_sqrt_ps(a)
#define MAX(a, b) _mm512_max_ps(a, b) /* b unless a > b */
#define KEEP_IF_GREATER(x, a, b) _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), x)
#define FLUSH(x)                                                                                             \
    _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(_mm512_abs_ps(x), _mm512_set1_ps(FLT_MIN), _CMP_NLT_UQ), x)
#define POWER_OF_2(x)                                                                                        \
    _mm512_castsi512_ps(                                                                                     \
        _mm512_add_epi32(_mm512_slli_epi32(_mm512_castps_si512(x), 23), _mm512_set1_epi32(127 << 23)))
