/* main.c - noisebook-bench: the workloads of tests/bench, timed natively.
 *
 * With --loop this is one contestant of tests/bench/bench.mjs: it says {"ready": true, ...} and then answers lines.
 * "check NAME" gets {"name", "check", "flops"}: the losses of the first steps, or the mean size of the numbers in a set
 * of samples, which all contestants have to agree on; "run NAME" gets {"name", "ms_median", "ms_all", "peak_gflops"}. */
#include "cli/message.h"
#include "noisebook.h"
#include "peak.h"
#include "timing.h"
#include "views.h"
#include "workloads.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Answers ---- */

static void print_ready(const nb_engine *engine, nb_mode mode)
{
    printf("{\"ready\": true, \"kernels\": \"%s\", \"mode\": \"%s\", \"threads\": %d, \"version\": \"%s\"}\n",
           nb_engine_kernels(engine), mode == NB_MODE_FAST ? "fast" : "exact", nb_engine_threads(engine),
           NB_VERSION);
    fflush(stdout);
}

static void print_answer(const bench_workload *w, const nb_engine *engine, double seconds)
{
    bench_times t;
    nb_error err = {0};
    if (bench_measure(w, engine, seconds, &t, &err) != NB_OK) {
        printf("{\"error\": \"%s failed: %s\"}\n", w->name, err.message);
    } else {
        printf("{\"name\": \"%s\", \"ms_median\": %.5f, \"ms_all\": [", w->name, t.median);
        for (size_t i = 0; i < t.count; i++) printf("%s%.5f", i ? ", " : "", t.ms[i]);
        printf("], \"peak_gflops\": %.2f}\n", bench_peak_gflops(engine));
    }
    free(t.ms);
}

/* The first losses of a training run; one number for a sampling run. */
enum { CHECKED_STEPS = 3 };

static void print_check(const bench_workload *w, const nb_engine *engine)
{
    bench_fixture f = {0};
    nb_error err = {0};
    double results[CHECKED_STEPS];
    const int count = w->train.batch ? CHECKED_STEPS : 1;
    nb_status status = bench_make(w, engine, &f, &err);
    for (int i = 0; status == NB_OK && i < count; i++) {
        status = bench_run(&f, &err);
        results[i] = f.result;
    }
    bench_end(&f);
    if (status != NB_OK) {
        printf("{\"error\": \"%s failed: %s\"}\n", w->name, err.message);
        return;
    }
    printf("{\"name\": \"%s\", \"flops\": %.0f, \"check\": [", w->name, bench_flops(w));
    for (int i = 0; i < count; i++) printf("%s%.9g", i ? ", " : "", results[i]);
    printf("]}\n");
}

static int serve(const nb_engine *engine, nb_mode mode, double seconds)
{
    char line[256], word[8], name[32], rest;
    print_ready(engine, mode);
    while (fgets(line, sizeof line, stdin)) {
        const int words = sscanf(line, "%7s %31s %c", word, name, &rest);
        const bool run = words == 2 && strcmp(word, "run") == 0,
                   check = words == 2 && strcmp(word, "check") == 0;
        const bench_workload *w = run || check ? bench_find(name) : NULL;
        if (w && run)
            print_answer(w, engine, seconds);
        else if (w)
            print_check(w, engine);
        else if (words > 0)
            printf("{\"error\": \"%s\"}\n",
                   run || check ? "unknown workload" : "expected 'check NAME' or 'run NAME'");
        fflush(stdout);
    }
    return 0;
}

/* --layers, --products or --scaling, on one thread. */
typedef int bench_view(const nb_engine *engine, const bench_workload *w, double seconds);

typedef struct bench_named_view {
    const char *name;
    bench_view *view;
} bench_named_view;

static const bench_named_view views[] = {
    {"--layers", bench_layers}, {"--products", bench_products}, {"--scaling", bench_scaling}, {NULL, NULL}};

typedef struct options {
    const bench_workload *only;
    const char *kernels;
    double seconds;
    int threads;
    nb_mode mode;
    bool loop;
    bench_view *view;    /* instead of the table */
    const char *network; /* a file: its layers, instead of the table */
} options;

static int print_views(const nb_engine *engine, const options *o)
{
    if (nb_engine_threads(engine) > 1)
        return cli_fail(NB_EXIT_USAGE, "--threads %d: a layer's or a product's own time shows on one thread",
                        nb_engine_threads(engine));
    if (o->network) return bench_network(engine, o->network, o->seconds);
    for (const bench_workload *w = bench_workloads(); w->name; w++) {
        const int status = o->only && o->only != w ? 0 : o->view(engine, w, o->seconds);
        if (status != 0) return status;
    }
    return 0;
}

static int print_table(const nb_engine *engine, const bench_workload *only, double seconds)
{
    printf("%s kernels, %d thread%s\n", nb_engine_kernels(engine), nb_engine_threads(engine),
           nb_engine_threads(engine) == 1 ? "" : "s");
    printf("%-17s %10s %10s %10s %6s %9s %9s %8s\n", "workload", "median ms", "min", "max", "runs", "GFLOP/s",
           "peak", "of peak");
    for (const bench_workload *w = bench_workloads(); w->name; w++) {
        if (only && only != w) continue;
        bench_times t;
        nb_error err = {0};
        const nb_status status = bench_measure(w, engine, seconds, &t, &err);
        free(t.ms);
        if (status != NB_OK) return cli_fail(NB_EXIT_FAILED, "%s: %s", w->name, err.message);
        const double gflops = 1e-6 * bench_flops(w) / t.median, peak = bench_peak_gflops(engine);
        printf("%-17s %10.4f %10.4f %10.4f %6zu %9.2f ", w->name, t.median, t.min, t.max, t.count, gflops);
        if (peak > 0.0)
            printf("%9.1f %7.1f%%\n", peak, 100.0 * gflops / peak);
        else
            printf("%9s %8s\n", "-", "-");
        fflush(stdout);
    }
    return 0;
}

/* ---- Command line ---- */

static const char help[] =
    "usage: noisebook-bench [--workload NAME] [--seconds S] [--threads N] [--mode exact|fast]\n"
    "                       [--kernels NAME] [--layers | --products | --scaling | --network FILE | --loop]\n"
    "\n"
    "Times the workloads of tests/bench and compares them with this machine's multiply-add peak.\n"
    "\n"
    "  --seconds S      how long each is repeated (1)\n"
    "  --threads N      1 to 64 (1)\n"
    "  --mode M         exact or fast (exact)\n"
    "  --kernels NAME   instead of the best this machine runs\n"
    "  --layers         the time of each layer and pass instead, on one thread\n"
    "  --products       its matrix products by shape instead, each by itself against the peak, on one "
    "thread\n"
    "  --scaling        a model of it on 1 to 16 threads, from the times of its tasks on one, with the "
    "measured time\n"
    "                   where the machine has the threads\n"
    "  --network FILE   the time of each layer of the network in that file (as nb_network_read takes it)\n"
    "  --loop           answer lines 'check NAME' and 'run NAME' in JSON until the input ends\n"
    "\n"
    "The workloads:\n";

static int print_help(void)
{
    fputs(help, stdout);
    for (const bench_workload *w = bench_workloads(); w->name; w++) printf("  %-18s %s\n", w->name, w->about);
    return 0;
}

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
        o->only = bench_find(value);
        if (o->only == NULL) return refuse(name, value, "noisebook-bench --help lists the workloads");
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
    } else if (strcmp(name, "--network") == 0) {
        o->network = value;
    } else {
        o->kernels = value;
    }
    return 0;
}

/* One option, at most two words; returns how many words it took, or 0 with *status. */
static int read_option(options *o, int argc, char **argv, int *status)
{
    static const char *const with_value[] = {"--workload", "--seconds", "--threads",
                                             "--mode",     "--kernels", "--network"};
    enum { COUNT = sizeof with_value / sizeof *with_value };
    if (strcmp(argv[0], "--loop") == 0) {
        o->loop = true;
        return 1;
    }
    for (const bench_named_view *v = views; v->name; v++) {
        if (strcmp(argv[0], v->name) != 0) continue;
        o->view = v->view;
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
    *status = refuse(argv[0], "is no option", "noisebook-bench --help lists them");
    return 0;
}

int main(int argc, char **argv)
{
    options o = {.seconds = 1.0, .threads = 1, .mode = NB_MODE_EXACT};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return print_help();
        }
    }
    int status = 0;
    for (int i = 1; i < argc;) {
        const int words = read_option(&o, argc - i, argv + i, &status);
        if (words == 0) return status;
        i += words;
    }
    nb_engine *engine = NULL;
    nb_error err;
    if (nb_engine_create(o.mode, o.threads, o.kernels, &engine, &err) != NB_OK)
        return cli_fail(NB_EXIT_USAGE, "%s", err.message);
    if (o.view || o.network)
        status = print_views(engine, &o);
    else
        status = o.loop ? serve(engine, o.mode, o.seconds) : print_table(engine, o.only, o.seconds);
    nb_engine_destroy(engine);
    return status;
}
