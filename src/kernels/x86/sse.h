/* sse.h - what the exact and the fused 128-bit variant share. */
#include <immintrin.h>

#define V __m128
#define WIDTH 4
#define NR 2
#define LOAD(p) _mm_loadu_ps(p)
#define STORE(p, x) _mm_storeu_ps(p, x)
#define SET1(x) _mm_set1_ps(x)
#define ADD(a, b) _mm_add_ps(a, b)
#define SUB(a, b) _mm_sub_ps(a, b)
#define MUL(a, b) _mm_mul_ps(a, b)
#define DIV(a, b) _mm_div_ps(a, b)
#define SQRT(a) _mm_sqrt_ps(a)
#define MAX(a, b) _mm_max_ps(a, b) /* b unless a > b */
#define KEEP_IF_GREATER(x, a, b) _mm_and_ps(x, _mm_cmpgt_ps(a, b))
#define FLUSH(x) _mm_andnot_ps(_mm_cmplt_ps(_mm_andnot_ps(_mm_set1_ps(-0.0F), x), _mm_set1_ps(FLT_MIN)), x)
#define POWER_OF_2(x)                                                                                        \
    _mm_castsi128_ps(_mm_add_epi32(_mm_slli_epi32(_mm_castps_si128(x), 23), _mm_set1_epi32(127 << 23)))
