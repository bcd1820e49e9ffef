/* check.h - a small test harness, the same natively and in WebAssembly.
 *
 * A test is a function; CHECK counts, prints what failed and goes on; bits() prints a checksum of numbers,
 * which the test runner compares between builds. Run from the repository's root: golden files are found from
 * there. */
#ifndef NB_TESTS_CHECK_H
#define NB_TESTS_CHECK_H

#include "noisebook.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int checks_passed, checks_failed;

#define CHECK(condition, ...)                                                                                \
    do {                                                                                                     \
        if (condition) {                                                                                     \
            checks_passed++;                                                                                 \
        } else {                                                                                             \
            checks_failed++;                                                                                 \
            printf("%s:%d: %s: ", __FILE__, __LINE__, #condition);                                           \
            printf(__VA_ARGS__);                                                                             \
            printf("\n");                                                                                    \
        }                                                                                                    \
    } while (0)

/* Ends the program: what follows could not run. */
#define REQUIRE(condition, ...)                                                                              \
    do {                                                                                                     \
        CHECK(condition, __VA_ARGS__);                                                                       \
        if (checks_failed) exit(1);                                                                          \
    } while (0)

/* The last line and exit status of a test program. */
static inline int check_report(void)
{
    printf("%d passed, %d failed\n", checks_passed, checks_failed);
    return checks_failed ? 1 : 0;
}

/* FNV-1a over the bytes, printed as `bits <name> <hex>`. */
static inline void bits(const char *name, const void *data, size_t size)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++) hash = (hash ^ ((const uint8_t *)data)[i]) * UINT64_C(1099511628211);
    printf("bits %s %016llx\n", name, (unsigned long long)hash);
}

/* A whole file; the caller frees it. */
static inline uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    REQUIRE(f != NULL, "%s cannot be opened (run from the repository's root)", path);
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    fseek(f, 0, SEEK_SET);
    uint8_t *data = malloc(*size + 1);
    REQUIRE(data != NULL && fread(data, 1, *size, f) == *size, "%s cannot be read", path);
    fclose(f);
    return data;
}

/* tests/golden/<name>.npy; the caller frees .data. */
static inline nb_array golden(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "tests/golden/%s.npy", name);
    size_t size;
    uint8_t *file = read_file(path, &size);
    nb_array a = {0};
    nb_error err = {0};
    REQUIRE(nb_npy_decode(file, size, &a, &err) == NB_OK, "%s: %s", path, err.message);
    free(file);
    return a;
}

/* Entry i of an array of any type. */
static inline double entry(const nb_array *a, size_t i)
{
    switch (a->dtype) {
    case NB_F32:
        return (double)((const float *)a->data)[i];
    case NB_F64:
        return ((const double *)a->data)[i];
    case NB_I32:
        return (double)((const int32_t *)a->data)[i];
    case NB_I64:
        return (double)((const int64_t *)a->data)[i];
    }
    return 0.0;
}

/* |got - want| <= absolute + relative |want|, and not NaN. */
static inline bool near(double got, double want, double absolute, double relative)
{
    return fabs(got - want) <= absolute + relative * fabs(want);
}

static inline nb_rng *new_rng(uint32_t seed)
{
    nb_rng *rng = NULL;
    nb_error err;
    REQUIRE(nb_rng_create(seed, &rng, &err) == NB_OK, "%s", err.message);
    return rng;
}

/* Kernels by NB_KERNELS, threads by NB_THREADS; the best and 1 otherwise. */
static inline nb_engine *new_engine(void)
{
    nb_engine *engine = NULL;
    nb_error err;
    const char *threads = getenv("NB_THREADS");
    REQUIRE(nb_engine_create(NB_MODE_EXACT, threads ? atoi(threads) : 1, getenv("NB_KERNELS"), &engine,
                             &err) == NB_OK,
            "%s", err.message);
    return engine;
}

#endif
