/* avx2.h - what the exact and the fused 256-bit variant share. */
#include <immintrin.h>

#define V __m256
#define WIDTH 8
#define MR 6
#define NR 2
#define LOAD(p) _mm256_loadu_ps(p)
#define STORE(p, x) _mm256_storeu_ps(p, x)
#define SET1(x) _mm256_set1_ps(x)
#define ADD(a, b) _mm256_add_ps(a, b)
#define SUB(a, b) _mm256_sub_ps(a, b)
#define MUL(a, b) _mm256_mul_ps(a, b)
#define DIV(a, b) _mm256_div_ps(a, b)
#define SQRT(a) _mm256_sqrt_ps(a)
#define MAX(a, b) _mm256_max_ps(a, b) /* b unless a > b */
#define KEEP_IF_GREATER(x, a, b) _mm256_and_ps(x, _mm256_cmp_ps(a, b, _CMP_GT_OQ))
#define FLUSH(x)                                                                                             \
    _mm256_andnot_ps(                                                                                        \
        _mm256_cmp_ps(_mm256_andnot_ps(_mm256_set1_ps(-0.0F), x), _mm256_set1_ps(FLT_MIN), _CMP_LT_OQ), x)
#define POWER_OF_2(x)                                                                                        \
    _mm256_castsi256_ps(                                                                                     \
        _mm256_add_epi32(_mm256_slli_epi32(_mm256_castps_si256(x), 23), _mm256_set1_epi32(127 << 23)))
