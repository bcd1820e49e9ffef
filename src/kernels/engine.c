/* engine.c - picks the kernels this machine runs best and starts the threads. */
#include "kernels/engine.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_VARIANTS = 8 };

#if defined(__wasm__)
#pragma weak nb_kernels_scalar /* the pages' modules are linked without it */
#endif

typedef struct variant {
    const nb_kernels *exact, *fast; /* fast = exact where there is no fused multiply-add */
} variant;

/* Those this machine can run, slowest first. */
static size_t runnable(variant list[MOST_VARIANTS])
{
    size_t n = 0;
#if defined(__wasm__)
    if (&nb_kernels_scalar != NULL)
#endif
        list[n++] = (variant){&nb_kernels_scalar, &nb_kernels_scalar};
#if defined(__wasm_relaxed_simd__)
    list[n++] = (variant){&nb_kernels_simd128, &nb_kernels_relaxed};
#elif defined(__wasm_simd128__)
    list[n++] = (variant){&nb_kernels_simd128, &nb_kernels_simd128};
#elif defined(__x86_64__)
    __builtin_cpu_init();
    list[n++] = (variant){&nb_kernels_sse2, &nb_kernels_sse2};
    if (__builtin_cpu_supports("avx2"))
        list[n++] = (variant){&nb_kernels_avx2,
                              __builtin_cpu_supports("fma") ? &nb_kernels_avx2_fma : &nb_kernels_avx2};
    if (__builtin_cpu_supports("avx512f")) list[n++] = (variant){&nb_kernels_avx512, &nb_kernels_avx512_fma};
#elif defined(__aarch64__)
    list[n++] = (variant){&nb_kernels_neon, &nb_kernels_neon_fma};
#endif
    return n;
}

size_t nb_kernel_names(const char **names, size_t capacity)
{
    variant list[MOST_VARIANTS];
    const size_t n = runnable(list);
    for (size_t i = 0; i < n && i < capacity; i++) names[i] = list[i].exact->name;
    return n;
}

static nb_status choose(nb_mode mode, const char *name, const nb_kernels **out, nb_error *err)
{
    variant list[MOST_VARIANTS];
    const size_t n = runnable(list);
    size_t i = n - 1;
    if (name) {
        for (i = 0; i < n && strcmp(name, list[i].exact->name) != 0;) i++;
        if (i == n)
            return nb_fail(err, NB_ERR_ARGUMENT,
                           "no kernels named \"%.40s\" run on this machine; the best here are %s", name,
                           list[n - 1].exact->name);
    }
    *out = mode == NB_MODE_FAST ? list[i].fast : list[i].exact;
    return NB_OK;
}

nb_status nb_engine_create(nb_mode mode, int threads, const char *kernels, nb_engine **out, nb_error *err)
{
    if (mode != NB_MODE_EXACT && mode != NB_MODE_FAST)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d is no mode: it is exact (0) or fast (1)", (int)mode);
    if (threads < 1 || threads > 64)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d threads: it takes 1 to 64", threads);
    const nb_kernels *table = NULL;
    const nb_status status = choose(mode, kernels, &table, err);
    if (status != NB_OK) return status;
    nb_engine *engine = malloc(sizeof *engine);
    if (engine == NULL) return nb_fail_memory(err, sizeof *engine);
    engine->kernels = table;
    engine->pool = nb_pool_create(threads);
    if (engine->pool == NULL) {
        free(engine);
        return nb_fail(err, NB_ERR_MEMORY, "%d threads cannot be started here", threads);
    }
    *out = engine;
    return NB_OK;
}

void nb_engine_destroy(nb_engine *engine)
{
    if (engine == NULL) return;
    nb_pool_destroy(engine->pool);
    free(engine);
}

int nb_engine_threads(const nb_engine *engine) { return nb_pool_threads(engine->pool); }
const char *nb_engine_kernels(const nb_engine *engine) { return engine->kernels->name; }
