/* peak.c - the machine's peak: independent multiply-adds that stay in registers, on as many threads as the
 * engine has. */
#include "peak.h"

#include "clock.h"

#include <math.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

/* V8 gives 16 registers: two of them are y's, and one is x. With more sums than these Node 20's keeps some in memory. */
#if defined(__wasm__)
enum { PEAK_SUMS = 8, PEAK_ROUNDS = 20000 };
#else
enum { PEAK_SUMS = 12, PEAK_ROUNDS = 20000 };
#endif

#if defined(__x86_64__)

/* The empty statement makes the compiler believe that x changes, so that no product is computed only once. */
#define PEAK_LOOP(function, isa, V, SET1, MADD)                                                              \
    __attribute__((target(isa))) static float function(float seed)                                           \
    {                                                                                                        \
        V x = SET1(seed), sum[PEAK_SUMS];                                                                    \
        const V y = SET1(0.5F);                                                                              \
        for (int i = 0; i < PEAK_SUMS; i++) sum[i] = SET1(0.0F);                                             \
        for (int round = 0; round < PEAK_ROUNDS; round++) {                                                  \
            _Pragma("GCC unroll 16") for (int i = 0; i < PEAK_SUMS; i++)                                     \
            {                                                                                                \
                __asm__ volatile("" : "+x"(x));                                                              \
                sum[i] = MADD(x, y, sum[i]);                                                                 \
            }                                                                                                \
        }                                                                                                    \
        float total = 0.0F;                                                                                  \
        for (int i = 0; i < PEAK_SUMS; i++) total += ((const float *)&sum[i])[0];                            \
        return total;                                                                                        \
    }

#define MADD_128(a, b, c) _mm_add_ps(_mm_mul_ps(a, b), c)
#define MADD_256(a, b, c) _mm256_add_ps(_mm256_mul_ps(a, b), c)
#define MADD_512(a, b, c) _mm512_add_ps(_mm512_mul_ps(a, b), c)

PEAK_LOOP(peak_sse2, "sse2", __m128, _mm_set1_ps, MADD_128)
PEAK_LOOP(peak_avx2, "avx2", __m256, _mm256_set1_ps, MADD_256)
PEAK_LOOP(peak_avx2_fma, "avx2,fma", __m256, _mm256_set1_ps, _mm256_fmadd_ps)
PEAK_LOOP(peak_avx512, "avx512f", __m512, _mm512_set1_ps, MADD_512)
PEAK_LOOP(peak_avx512_fma, "avx512f", __m512, _mm512_set1_ps, _mm512_fmadd_ps)

#elif defined(__wasm_simd128__)

/* An engine would see through the statement above: here x is loaded, from elsewhere in each round, and goes into two sums, as in
 * a tile of a product. */
#define PEAK_LOOP(function, MADD)                                                                            \
    static float function(float seed)                                                                        \
    {                                                                                                        \
        float numbers[4 * (PEAK_SUMS + 4)];                                                                  \
        for (int i = 0; i < 4 * (PEAK_SUMS + 4); i++) numbers[i] = seed;                                     \
        v128_t sum[PEAK_SUMS];                                                                               \
        const v128_t y0 = wasm_f32x4_splat(seed), y1 = wasm_f32x4_splat(seed + 0.5F);                        \
        for (int i = 0; i < PEAK_SUMS; i++) sum[i] = wasm_f32x4_splat(0.0F);                                 \
        for (int round = 0; round < PEAK_ROUNDS; round++) {                                                  \
            const float *at = numbers + 4 * (round & 3);                                                     \
            _Pragma("unroll") for (int i = 0; i < PEAK_SUMS; i += 2)                                         \
            {                                                                                                \
                const v128_t x = wasm_v128_load(at + 2 * i);                                                 \
                sum[i] = MADD(x, y0, sum[i]);                                                                \
                sum[i + 1] = MADD(x, y1, sum[i + 1]);                                                        \
            }                                                                                                \
        }                                                                                                    \
        float total = 0.0F;                                                                                  \
        for (int i = 0; i < PEAK_SUMS; i++) total += wasm_f32x4_extract_lane(sum[i], 0);                     \
        return total;                                                                                        \
    }

#define MADD_128(a, b, c) wasm_f32x4_add(wasm_f32x4_mul(a, b), c)

PEAK_LOOP(peak_simd128, MADD_128)
#if defined(__wasm_relaxed_simd__)
PEAK_LOOP(peak_relaxed, wasm_f32x4_relaxed_madd)
#endif

#endif

static const struct peak {
    const char *kernels;
    int width;
    float (*loop)(float seed);
} peaks[] = {
#if defined(__x86_64__)
    {"sse2", 4, peak_sse2},
    {"avx2", 8, peak_avx2},
    {"avx2-fma", 8, peak_avx2_fma},
    {"avx512", 16, peak_avx512},
    {"avx512-fma", 16, peak_avx512_fma},
#elif defined(__wasm_simd128__)
    {"simd128", 4, peak_simd128},
#if defined(__wasm_relaxed_simd__)
    {"simd128-relaxed", 4, peak_relaxed},
#endif
#endif
    {NULL, 0, NULL},
};

/* Each thread counts its own best run; all keep the processor busy for as long as this. An engine takes its time before it has
 * compiled the loop for speed. */
#if defined(__wasm__)
#define PEAK_MS 500.0
#else
#define PEAK_MS 20.0
#endif

typedef struct peak_thread {
    pthread_t handle;
    const struct peak *peak;
    double best_ms;
    bool started;
} peak_thread;

static void *run_peak(void *argument)
{
    peak_thread *p = argument;
    volatile float sink = 1.0F;
    double start = bench_now_ms();
    const double end = start + PEAK_MS;
    p->best_ms = INFINITY;
    while (start < end) {
        sink = p->peak->loop(sink) > 0.0F;
        const double now = bench_now_ms();
        p->best_ms = fmin(p->best_ms, now - start);
        start = now;
    }
    return NULL;
}

double bench_peak_gflops(const nb_engine *engine)
{
    enum { MOST_THREADS = 64 };
    const int count = nb_engine_threads(engine);
    const struct peak *p = peaks;
    while (p->kernels && strcmp(p->kernels, nb_engine_kernels(engine)) != 0) p++;
    if (p->kernels == NULL) return 0.0;
    peak_thread threads[MOST_THREADS] = {{.peak = p}};
    for (int i = 1; i < count; i++) {
        threads[i].peak = p;
        threads[i].started = pthread_create(&threads[i].handle, NULL, run_peak, &threads[i]) == 0;
    }
    run_peak(&threads[0]);
    double gflops = 0.0;
    for (int i = 0; i < count; i++) {
        if (threads[i].started) pthread_join(threads[i].handle, NULL);
        if (i == 0 || threads[i].started)
            gflops += 2e-6 * PEAK_SUMS * PEAK_ROUNDS * p->width / threads[i].best_ms;
    }
    return gflops;
}
