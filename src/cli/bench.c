/* bench.c - `noisebook bench`: the workloads of tests/bench, timed natively.
 *
 * A workload is a line of the table below. With --loop this is one contestant of tests/bench/bench.mjs: it
 * says {"ready": true, ...} and then answers each line "run NAME" by {"name", "ms_median", "ms_all", "peak_gflops"}. */
#define _POSIX_C_SOURCE 200809L

#include "cli/cli.h"
#include "noisebook.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* ---- Workloads ---- */

enum { POINTS = 5000, BATCH = 128, SAMPLES = 500, T = 1000 };

/* Exercise 5: the objects of a training run, seed 42. */
typedef struct fixture {
    const nb_engine *engine;
    nb_rng *rng;
    nb_schedule *schedule;
    nb_model *model;
    nb_trainer *trainer;
    nb_train_report report;
} fixture;

static nb_status make_model(fixture *f, nb_error *err)
{
    const nb_model_config config = nb_model_default(NB_SIMPLE_NOISE_PREDICTOR);
    nb_status status = nb_rng_create(42, &f->rng, err);
    if (status == NB_OK) status = nb_schedule_create(NB_SCHEDULE_COSINE, T, 1e-4, 0.02, &f->schedule, err);
    if (status == NB_OK) status = nb_model_create(f->engine, &config, f->rng, &f->model, err);
    return status;
}

static nb_status swiss_roll(float *out, nb_error *err)
{
    static double points[2 * POINTS];
    nb_rng *numpy = NULL;
    nb_status status = nb_rng_create(42, &numpy, err);
    if (status == NB_OK) status = nb_data_swiss_roll(numpy, POINTS, 0.1, points, err);
    for (size_t i = 0; status == NB_OK && i < 2 * POINTS; i++) out[i] = (float)points[i];
    nb_rng_destroy(numpy);
    return status;
}

static nb_status make_trainer(fixture *f, nb_error *err)
{
    static float data[2 * POINTS];
    const nb_train_config config = {.batch = BATCH, .lr = 1e-3};
    nb_status status = swiss_roll(data, err);
    if (status == NB_OK) status = make_model(f, err);
    if (status == NB_OK)
        status = nb_trainer_create(f->model, f->schedule, f->rng, data, POINTS, &config, &f->trainer, err);
    return status;
}

/* The last batch of an epoch is a small one: it is taken, but not timed. */
static nb_status skip_last_batch(fixture *f, nb_error *err)
{
    if (f->report.step == 0 || f->report.in_epoch + 1 != f->report.per_epoch) return NB_OK;
    return nb_trainer_step(f->trainer, &f->report, err);
}

static nb_status train_step(fixture *f, nb_error *err)
{
    return nb_trainer_step(f->trainer, &f->report, err);
}

static nb_status draw_samples(fixture *f, nb_error *err)
{
    const nb_sample_config config = {.n = SAMPLES, .steps = T, .variance = NB_VARIANCE_POSTERIOR};
    nb_sampler *sampler = NULL;
    nb_status status = nb_sampler_create(f->model, f->schedule, f->rng, &config, NULL, &sampler, err);
    while (status == NB_OK && nb_sampler_t(sampler) >= 0) status = nb_sampler_step(sampler, err);
    nb_sampler_destroy(sampler);
    return status;
}

typedef nb_status step_fn(fixture *f, nb_error *err);

/* Multiply-adds of a forward pass for one sample, and those that a backward pass does not need: the gradients
 * of t and of the point. */
#define MLP_MADDS 38432.0
#define MLP_UNNEEDED (32.0 + 2.0 * 128.0)

static const struct workload {
    const char *name;
    double flops; /* useful work of one run */
    int warmup;   /* runs */
    step_fn *make, *prepare, *run;
} workloads[] = {
    {"train-mlp", 2.0 * BATCH *(3.0 * MLP_MADDS - MLP_UNNEEDED), 80, make_trainer, skip_last_batch,
     train_step},
    {"ddpm-mlp", 2.0 * SAMPLES *T *MLP_MADDS, 1, make_model, NULL, draw_samples},
};
typedef struct workload workload;
enum { WORKLOADS = sizeof workloads / sizeof *workloads };

static const workload *find_workload(const char *name)
{
    for (size_t i = 0; i < WORKLOADS; i++) {
        if (strcmp(workloads[i].name, name) == 0) return &workloads[i];
    }
    return NULL;
}

static void end_fixture(fixture *f)
{
    nb_trainer_destroy(f->trainer);
    nb_model_destroy(f->model);
    nb_schedule_destroy(f->schedule);
    nb_rng_destroy(f->rng);
}

/* ---- Timing ---- */

typedef struct times {
    double *ms, median, min, max;
    size_t count, capacity;
} times;

static nb_status add_time(times *t, double ms, nb_error *err)
{
    if (t->count == t->capacity) {
        const size_t capacity = t->capacity ? 2 * t->capacity : 1024;
        double *grown = realloc(t->ms, capacity * sizeof *grown);
        if (grown == NULL) {
            snprintf(err->message, sizeof err->message, "not enough memory for %zu timings", capacity);
            return err->status = NB_ERR_MEMORY;
        }
        t->ms = grown;
        t->capacity = capacity;
    }
    t->ms[t->count++] = ms;
    return NB_OK;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts the timings. */
static void summarize(times *t)
{
    qsort(t->ms, t->count, sizeof *t->ms, by_size);
    t->min = t->ms[0];
    t->max = t->ms[t->count - 1];
    t->median = 0.5 * (t->ms[(t->count - 1) / 2] + t->ms[t->count / 2]);
}

static nb_status run_once(const workload *w, fixture *f, double *ms, nb_error *err)
{
    nb_status status = w->prepare ? w->prepare(f, err) : NB_OK;
    const double start = now_ms();
    if (status == NB_OK) status = w->run(f, err);
    *ms = now_ms() - start;
    return status;
}

/* Times runs one by one, until `seconds` have passed; the caller frees t->ms. The model and data are made
 * afresh, so that every measurement times the same stretch of training. */
static nb_status measure(const workload *w, const nb_engine *engine, double seconds, times *t, nb_error *err)
{
    fixture f = {.engine = engine};
    double ms;
    *t = (times){0};
    nb_status status = w->make(&f, err);
    for (int i = 0; status == NB_OK && i < w->warmup; i++) status = run_once(w, &f, &ms, err);
    const double end = now_ms() + 1e3 * seconds;
    while (status == NB_OK && (t->count == 0 || now_ms() < end)) {
        status = run_once(w, &f, &ms, err);
        if (status == NB_OK) status = add_time(t, ms, err);
    }
    end_fixture(&f);
    if (status == NB_OK) summarize(t);
    return status;
}

/* ---- The machine's peak: independent multiply-adds that stay in registers ---- */

enum { PEAK_SUMS = 12, PEAK_ROUNDS = 100000 };

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
#endif
    {NULL, 0, NULL},
};

/* GFLOP/s that this engine's instructions could reach just now, best of twenty short runs; 0 where no loop is
 * written for them. One thread's peak times the number of threads. */
static double peak_gflops(const nb_engine *engine)
{
    const struct peak *p = peaks;
    while (p->kernels && strcmp(p->kernels, nb_engine_kernels(engine)) != 0) p++;
    if (p->kernels == NULL) return 0.0;
    double best = INFINITY;
    volatile float sink = 1.0F;
    for (int i = 0; i < 20; i++) {
        const double start = now_ms();
        sink = p->loop(sink) > 0.0F;
        best = fmin(best, now_ms() - start);
    }
    return 2e-6 * PEAK_SUMS * PEAK_ROUNDS * p->width * nb_engine_threads(engine) / best;
}

/* ---- Answers ---- */

static void print_ready(const nb_engine *engine, nb_mode mode)
{
    printf("{\"ready\": true, \"kernels\": \"%s\", \"mode\": \"%s\", \"threads\": %d, \"version\": \"%s\"}\n",
           nb_engine_kernels(engine), mode == NB_MODE_FAST ? "fast" : "exact", nb_engine_threads(engine),
           NB_VERSION);
    fflush(stdout);
}

static void print_answer(const workload *w, const nb_engine *engine, double seconds)
{
    times t;
    nb_error err = {0};
    if (measure(w, engine, seconds, &t, &err) != NB_OK) {
        printf("{\"error\": \"%s failed: %s\"}\n", w->name, err.message);
    } else {
        printf("{\"name\": \"%s\", \"ms_median\": %.5f, \"ms_all\": [", w->name, t.median);
        for (size_t i = 0; i < t.count; i++) printf("%s%.5f", i ? ", " : "", t.ms[i]);
        printf("], \"peak_gflops\": %.2f}\n", peak_gflops(engine));
    }
    free(t.ms);
}

static int serve(const nb_engine *engine, nb_mode mode, double seconds)
{
    char line[256], name[32], rest;
    print_ready(engine, mode);
    while (fgets(line, sizeof line, stdin)) {
        const int words = sscanf(line, "run %31s %c", name, &rest);
        const workload *w = words == 1 ? find_workload(name) : NULL;
        if (w)
            print_answer(w, engine, seconds);
        else if (strspn(line, " \t\r\n") != strlen(line))
            printf("{\"error\": \"%s\"}\n", words == 1 ? "unknown workload" : "expected 'run NAME'");
        fflush(stdout);
    }
    return 0;
}

static int print_table(const nb_engine *engine, const workload *only, double seconds)
{
    printf("%s kernels, %d thread%s\n", nb_engine_kernels(engine), nb_engine_threads(engine),
           nb_engine_threads(engine) == 1 ? "" : "s");
    printf("%-10s %10s %10s %10s %6s %9s %9s %8s\n", "workload", "median ms", "min", "max", "runs", "GFLOP/s",
           "peak", "of peak");
    for (size_t i = 0; i < WORKLOADS; i++) {
        const workload *w = &workloads[i];
        if (only && only != w) continue;
        times t;
        nb_error err = {0};
        const nb_status status = measure(w, engine, seconds, &t, &err);
        free(t.ms);
        if (status != NB_OK) return cli_fail(NB_EXIT_FAILED, "%s: %s", w->name, err.message);
        const double gflops = 1e-6 * w->flops / t.median, peak = peak_gflops(engine);
        printf("%-10s %10.4f %10.4f %10.4f %6zu %9.2f ", w->name, t.median, t.min, t.max, t.count, gflops);
        if (peak > 0.0)
            printf("%9.1f %7.1f%%\n", peak, 100.0 * gflops / peak);
        else
            printf("%9s %8s\n", "-", "-");
        fflush(stdout);
    }
    return 0;
}

/* ---- Command line ---- */

typedef struct options {
    const workload *only;
    const char *kernels;
    double seconds;
    int threads;
    nb_mode mode;
    bool loop;
} options;

static const char help[] =
    "usage: noisebook bench [--workload NAME] [--seconds S] [--threads N] [--mode exact|fast]\n"
    "                       [--kernels NAME] [--loop]\n"
    "\n"
    "Times the workloads of tests/bench: train-mlp (a training step of exercise 5, batch 128) and\n"
    "ddpm-mlp (500 DDPM samples in 1,000 steps), and compares them with this machine's multiply-add peak.\n"
    "\n"
    "  --seconds S      how long each is repeated (1)\n"
    "  --threads N      1 to 64 (1)\n"
    "  --mode M         exact or fast (exact)\n"
    "  --kernels NAME   instead of the best this machine runs\n"
    "  --loop           answer lines 'run NAME' in JSON until the input ends\n";

static int refuse(const char *what, const char *value, const char *accepted)
{
    return cli_fail(NB_EXIT_USAGE, "%s %.60s: %s", what, value, accepted);
}

static bool read_number(const char *text, double low, double high, double *out)
{
    char *end;
    errno = 0;
    *out = strtod(text, &end);
    return errno == 0 && end != text && *end == '\0' && *out >= low && *out <= high;
}

/* Returns 0, or the exit status after saying what is wrong. */
static int set_option(options *o, const char *name, const char *value)
{
    double threads;
    if (strcmp(name, "--workload") == 0) {
        o->only = find_workload(value);
        if (o->only == NULL) return refuse(name, value, "there are train-mlp and ddpm-mlp");
    } else if (strcmp(name, "--seconds") == 0) {
        if (!read_number(value, 0.0, 3600.0, &o->seconds)) return refuse(name, value, "it takes 0 to 3600");
    } else if (strcmp(name, "--threads") == 0) {
        if (!read_number(value, 1.0, 64.0, &threads) || threads != floor(threads))
            return refuse(name, value, "it takes a whole number from 1 to 64");
        o->threads = (int)threads;
    } else if (strcmp(name, "--mode") == 0) {
        o->mode = strcmp(value, "fast") == 0 ? NB_MODE_FAST : NB_MODE_EXACT;
        if (o->mode == NB_MODE_EXACT && strcmp(value, "exact") != 0)
            return refuse(name, value, "it takes exact or fast");
    } else {
        o->kernels = value;
    }
    return 0;
}

/* One option, at most two words; returns how many words it took, or 0 with *status. */
static int read_option(options *o, int argc, char **argv, int *status)
{
    static const char *const with_value[] = {"--workload", "--seconds", "--threads", "--mode", "--kernels"};
    enum { COUNT = sizeof with_value / sizeof *with_value };
    if (strcmp(argv[0], "--loop") == 0) {
        o->loop = true;
        return 1;
    }
    const size_t n = strcspn(argv[0], "=");
    for (int k = 0; k < COUNT; k++) {
        if (strlen(with_value[k]) != n || strncmp(with_value[k], argv[0], n) != 0) continue;
        const bool inside = argv[0][n] == '=';
        if (!inside && argc < 2) {
            *status = cli_fail(NB_EXIT_USAGE, "%s needs a value", argv[0]);
            return 0;
        }
        *status = set_option(o, with_value[k], inside ? argv[0] + n + 1 : argv[1]);
        if (*status != 0) return 0;
        return inside ? 1 : 2;
    }
    *status = refuse(argv[0], "is no option of bench", "noisebook bench --help lists them");
    return 0;
}

int nb_cli_bench(int argc, char **argv)
{
    options o = {.seconds = 1.0, .threads = 1, .mode = NB_MODE_EXACT};
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            fputs(help, stdout);
            return 0;
        }
    }
    int status = 0;
    for (int i = 0; i < argc;) {
        const int words = read_option(&o, argc - i, argv + i, &status);
        if (words == 0) return status;
        i += words;
    }
    nb_engine *engine = NULL;
    nb_error err;
    if (nb_engine_create(o.mode, o.threads, o.kernels, &engine, &err) != NB_OK)
        return cli_fail(NB_EXIT_USAGE, "%s", err.message);
    status = o.loop ? serve(engine, o.mode, o.seconds) : print_table(engine, o.only, o.seconds);
    nb_engine_destroy(engine);
    return status;
}
