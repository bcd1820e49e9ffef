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

/* The last line and exit status of a test program. A program that checked nothing has failed. */
static inline int check_report(void)
{
    if (checks_passed == 0 && checks_failed == 0) {
        printf("nothing was checked\n");
        checks_failed++;
    }
    printf("%d passed, %d failed\n", checks_passed, checks_failed);
    return checks_failed ? 1 : 0;
}

/* Ends the program if the condition does not hold: what follows could not run. */
#define REQUIRE(condition, ...)                                                                              \
    do {                                                                                                     \
        const int failed_before = checks_failed;                                                             \
        CHECK(condition, __VA_ARGS__);                                                                       \
        if (checks_failed > failed_before) exit(check_report());                                             \
    } while (0)

/* Runs a call that must fail with status `want` and a message of one line that contains `part`. The call
 * passes &failure as its nb_error. */
#define FAILS(want, part, call)                                                                              \
    do {                                                                                                     \
        nb_error failure = {0};                                                                              \
        const nb_status status_of_call = (call);                                                             \
        CHECK(status_of_call == (want) && failure.status == (want), "status %d", (int)status_of_call);       \
        CHECK(one_line(failure.message) && strstr(failure.message, part), "%s: \"%s\"", #call,               \
              failure.message);                                                                              \
    } while (0)

/* A message: not empty, ended, without a line break. */
static inline bool one_line(const char *message)
{
    const void *end = memchr(message, 0, sizeof((nb_error *)0)->message);
    return end != NULL && message[0] != '\0' && strpbrk(message, "\r\n") == NULL;
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

/* |got - want| <= absolute + relative |want|, and both finite. */
static inline bool near(double got, double want, double absolute, double relative)
{
    return isfinite(want) && fabs(got - want) <= absolute + relative * fabs(want);
}

/* The larger of two numbers. A NaN stays, where fmax would drop it: the worst of many errors must not be lost. */
static inline double larger(double a, double b) { return a >= b || isnan(a) ? a : b; }

/* The largest difference of some numbers to what they should be, and the largest of those. */
typedef struct gap {
    double worst, scale;
    size_t count;
} gap;

static inline void gap_add(gap *g, double got, double want)
{
    g->worst = larger(g->worst, fabs(got - want));
    g->scale = larger(g->scale, fabs(want));
    g->count++;
}

/* The difference in units of the scale: NaN, and so within no limit, if there was nothing to compare. */
static inline double gap_relative(gap g) { return g.count > 0 && g.worst == 0.0 ? 0.0 : g.worst / g.scale; }

/* The difference is at most `limit` of the scale. Prints what was measured, so that limits can be kept tight. */
static inline void check_gap(const char *name, gap g, double limit)
{
    const double relative = gap_relative(g);
    printf("measured %s %.2g (limit %.2g)\n", name, relative, limit);
    CHECK(relative <= limit, "%s: off by %g of the largest, %g", name, relative, g.scale);
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

static inline nb_schedule *new_schedule(nb_schedule_kind kind, int T)
{
    nb_schedule *schedule = NULL;
    nb_error err;
    REQUIRE(nb_schedule_create(kind, T, 1e-4, 0.02, &schedule, &err) == NB_OK, "%s", err.message);
    return schedule;
}

/* A SimpleNoisePredictor for points in the plane. */
static inline nb_model *new_model(const nb_engine *engine, int hidden, int time_dim, int max_batch,
                                  nb_rng *init)
{
    nb_model_config config = nb_model_default(NB_SIMPLE_NOISE_PREDICTOR);
    config.hidden_dim = hidden;
    config.time_dim = time_dim;
    config.max_batch = max_batch;
    nb_model *model = NULL;
    nb_error err;
    REQUIRE(nb_model_create(engine, &config, init, &model, &err) == NB_OK, "%s", err.message);
    return model;
}

/* Every parameter, one after the other; the caller frees it. */
static inline float *all_params(const nb_model *model)
{
    float *values = malloc(nb_model_param_count(model) * sizeof *values), *at = values;
    REQUIRE(values != NULL, "no memory");
    for (size_t i = 0; i < nb_model_params(model); i++) {
        nb_model_get_param(model, i, at);
        at += nb_model_param_info(model, i).count;
    }
    return values;
}

/* tests/golden/<name>.safetensors into the model. */
static inline void load_golden(nb_model *model, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "tests/golden/%s.safetensors", name);
    size_t size;
    uint8_t *file = read_file(path, &size);
    nb_error err = {0};
    REQUIRE(nb_model_load(model, file, size, &err) == NB_OK, "%s: %s", path, err.message);
    free(file);
}

static inline double curve_distance(size_t n, const double *x, size_t m, const double *curve)
{
    double distance = NAN;
    nb_error err = {0};
    CHECK(nb_curve_distance(n, x, m, curve, &distance, &err) == NB_OK, "%s", err.message);
    return distance;
}

#endif
