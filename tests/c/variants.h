/* variants.h - every kernel variant that this machine runs, exact and fused, against plain C. */
#ifndef NB_TESTS_VARIANTS_H
#define NB_TESTS_VARIANTS_H

#include "check.h"
#include "kernels/engine.h"

/* `differences` counts the numbers in which a mode's kernels differ from nb_kernels_scalar. */
static inline void check_variants(nb_mode mode, size_t (*differences)(const nb_kernels *k))
{
    const char *names[16];
    const size_t variants = nb_kernel_names(names, 16);
    for (size_t v = 0; v < variants; v++) {
        nb_engine *engine = NULL;
        REQUIRE(nb_engine_create(mode, 1, names[v], &engine, NULL) == NB_OK, "%s", names[v]);
        const size_t count = differences(engine->kernels);
        CHECK(count == 0, "%s: %zu numbers differ from scalar", engine->kernels->name, count);
        nb_engine_destroy(engine);
    }
}

#endif
