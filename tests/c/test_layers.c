/* test_layers.c - every layer, forward and backward, against PyTorch in double; the convolution's kernel against
 * plain C; the same bits from every variant and any number of threads. */
#include "layer_cases.h"

static layer_run run;

static void test_against_golden(nb_engine *engine, bool exact)
{
    static float got[MOST_NUMBERS];
    double worst = 0.0;
    for (uint32_t i = 0; i < CASES; i++) {
        char name[64];
        snprintf(name, sizeof name, "layer_%s", cases[i].name);
        nb_array want = golden(name);
        run_case(&cases[i], engine, i, &run, got);
        nb_graph_free(&run.g);
        const size_t count = run.count;
        CHECK(count == nb_array_count(&want), "%s: %zu numbers, not %zu", name, count, nb_array_count(&want));
        gap all = {0};
        for (size_t k = 0; k < count; k++) gap_add(&all, (double)got[k], entry(&want, k));
        for (size_t part = 0, k = 0; k < count; part++) {
            gap g = {0};
            for (; k < run.ends[part]; k++) gap_add(&g, (double)got[k], entry(&want, k));
            /* The bias of a convolution before a norm has no gradient but rounding errors. */
            const double scale = fmax(g.scale, 0.1 * all.scale);
            CHECK(g.worst <= 1.5e-6 * scale, "%s, part %zu: off by %g of %g", name, part, g.worst, g.scale);
            worst = fmax(worst, g.worst / scale);
        }
        if (exact) bits(name, got, count * sizeof *got);
        free(want.data);
    }
    printf("measured layers, %s %.2g (limit 1.5e-6)\n", nb_engine_kernels(engine), worst);
    nb_engine_destroy(engine);
}

/* Every variant and 1, 2, 3 and 8 threads. */
static void test_same_bits(void)
{
    static float want[MOST_NUMBERS], got[MOST_NUMBERS];
    const char *names[16];
    const size_t variants = nb_kernel_names(names, 16);
    const int threads[] = {1, 2, 3, 8};
    for (uint32_t i = 0; i < CASES; i++) {
        for (size_t v = 0; v < variants; v++) {
            for (int k = 0; k < 4; k++) {
                nb_engine *engine = NULL;
                if (nb_engine_create(NB_MODE_EXACT, threads[k], names[v], &engine, NULL) != NB_OK) continue;
                const bool first = v == 0 && k == 0;
                run_case(&cases[i], engine, i, &run, first ? want : got);
                nb_graph_free(&run.g);
                CHECK(first || memcmp(want, got, run.count * sizeof *got) == 0,
                      "%s: %s with %d threads differs", cases[i].name, names[v], threads[k]);
                nb_engine_destroy(engine);
            }
        }
    }
}

/* ---- The kernel of the convolution ------------------------------------------------------------------------ */

static uint32_t state = 1;

static float next(void)
{
    state = state * 1664525U + 1013904223U;
    return (float)((double)state * 0x1p-31 - 1.0);
}

enum { ROOM = 20000 };

/* c of one case; what lies beside it must stay as it was, and is compared as well. */
static void run_blocks(const nb_kernels *kernels, size_t m, size_t n, size_t k, bool flipped, float *c)
{
    static float a[ROOM], b[ROOM], row[256];
    state = (uint32_t)(m * 1000 + n * 10 + k);
    for (size_t i = 0; i < ROOM; i++) {
        a[i] = next();
        b[i] = next();
        c[i] = next();
    }
    for (size_t i = 0; i < 256; i++) row[i] = next();
    const size_t b_row = nb_padded(n), pixel = nb_padded(k);
    const ptrdiff_t sign = flipped ? -1 : 1, line = (ptrdiff_t)((m + 1) * pixel);
    const nb_gemm_blocks s = {.g = {.m = m,
                                    .n = n,
                                    .k = k,
                                    .a = a + ROOM / 2,
                                    .a_row = pixel,
                                    .a_step = 1,
                                    .b = b,
                                    .b_row = b_row,
                                    .c = c + 4,
                                    .c_row = b_row + 4,
                                    .row = m % 2 ? row : NULL,
                                    .accumulate = flipped},
                              .rows = 3,
                              .columns = 2,
                              .a_y = sign * line,
                              .a_x = sign * (ptrdiff_t)pixel,
                              .b_y = 2 * k * b_row,
                              .b_x = k * b_row};
    kernels->gemm_blocks(&s);
}

static size_t compare_blocks(const nb_kernels *kernels)
{
    static float want[ROOM], got[ROOM];
    static const size_t rows[] = {0, 1, 2, 3, 5, 6, 7, 8, 9, 13, 17},
                        columns[] = {1, 3, 4, 5, 8, 12, 16, 17, 33, 49};
    size_t count = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t j = 0; j < sizeof columns / sizeof *columns; j++) {
            for (size_t k = 0; k < 6; k++) {
                run_blocks(&nb_kernels_scalar, rows[i], columns[j], k, k % 2, want);
                run_blocks(kernels, rows[i], columns[j], k, k % 2, got);
                count += memcmp(want, got, sizeof want) != 0;
            }
        }
    }
    return count;
}

/* A fault that must be found: the last block left out. */
static void one_block_short(const nb_gemm_blocks *s)
{
    nb_gemm_blocks fewer = *s;
    fewer.columns -= s->g.m == 13;
    nb_kernels_scalar.gemm_blocks(&fewer);
}

static void test_kernel(void)
{
    const char *names[16];
    const size_t variants = nb_kernel_names(names, 16);
    for (size_t v = 0; v < variants; v++) {
        nb_engine *engine = NULL;
        REQUIRE(nb_engine_create(NB_MODE_EXACT, 1, names[v], &engine, NULL) == NB_OK, "%s", names[v]);
        const size_t count = compare_blocks(engine->kernels);
        CHECK(count == 0, "%s: %zu cases of gemm_blocks differ from scalar", names[v], count);
        nb_engine_destroy(engine);
    }
    nb_kernels faulty = nb_kernels_scalar;
    faulty.gemm_blocks = one_block_short;
    CHECK(compare_blocks(&faulty) > 0, "a block left out went unnoticed");
}

int main(void)
{
    nb_engine *exact = new_engine(), *fast = NULL;
    REQUIRE(nb_engine_create(NB_MODE_FAST, 1, NULL, &fast, NULL) == NB_OK, "no fast engine");
    test_against_golden(exact, true);
    test_against_golden(fast, false);
    test_same_bits();
    test_kernel();
    return check_report();
}
