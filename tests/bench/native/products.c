/* products.c - `noisebook-bench --products`: the matrix products of a workload, shape by shape, against the machine's
 * multiply-add peak.
 *
 * One run notes which products there are and how often. Each is then timed by itself, by turns on a few sets of
 * matrices that fit the second-level cache, as the sets of a Winograd convolution do. */
#include "base/arena.h"
#include "cli/message.h"
#include "clock.h"
#include "kernels/engine.h"
#include "peak.h"
#include "views.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct product {
    nb_gemm shape; /* its pointers mean nothing: it is timed on other matrices, and without a bias */
    double calls;
} product;

/* A kernel is given no context, so what it notes is here. One thread. */
enum { MOST_PRODUCTS = 256 };
static struct {
    void (*gemm)(const nb_gemm *g);
    product products[MOST_PRODUCTS];
    size_t count;
} noted;

static bool alike(const nb_gemm *a, const nb_gemm *b)
{
    return a->m == b->m && a->n == b->n && a->k == b->k && a->transposed == b->transposed &&
           a->accumulate == b->accumulate && a->a_row == b->a_row && a->b_row == b->b_row &&
           a->c_row == b->c_row;
}

static void note(const nb_gemm *g)
{
    size_t i = 0;
    while (i < noted.count && !alike(&noted.products[i].shape, g)) i++;
    if (i == noted.count && i < MOST_PRODUCTS) noted.products[noted.count++] = (product){*g, 0.0};
    if (i < noted.count) noted.products[i].calls++;
    noted.gemm(g);
}

static double flops_of(const nb_gemm *g) { return 2.0 * (double)(g->m * g->n * g->k); }

/* Room for matrices of which each begins a cache line, as in a graph; one more is for the last row's padding. */
static size_t floats_of(const nb_gemm *g, size_t ends[3])
{
    enum { LINE = NB_ALIGN / sizeof(float) };
    const size_t sizes[] = {(g->transposed ? g->k : g->m) * g->a_row, g->k * g->b_row, g->m * g->c_row};
    size_t all = 0;
    for (int i = 0; i < 3; i++) ends[i] = all += (sizes[i] / LINE + 2) * LINE;
    return all;
}

enum { MOST_SETS = 36, CACHE_FLOATS = 1 << 16, CALLS = 64 };

/* The clock is to step so often in a round. */
enum { STEPS = 50 };

static void run_calls(const nb_gemm *shape, const nb_engine *engine, float *room, size_t floats,
                      const size_t ends[3], size_t calls)
{
    const size_t fit = CACHE_FLOATS / floats, sets = fit < 1 ? 1 : fit < MOST_SETS ? fit : MOST_SETS;
    for (size_t i = 0; i < calls; i++) {
        float *set = room + i % sets * floats;
        nb_gemm g = *shape;
        g.a = set;
        g.b = set + ends[0];
        g.c = set + ends[1];
        g.bias = NULL;
        engine->kernels->gemm(&g);
    }
}

/* Milliseconds of a call, in the best of many rounds; negative if there is no memory. */
static double time_of(const nb_gemm *shape, const nb_engine *engine, double seconds)
{
    size_t ends[3], calls = CALLS;
    const size_t floats = floats_of(shape, ends);
    float *room = nb_aligned_alloc((CACHE_FLOATS > floats ? CACHE_FLOATS : floats) * sizeof *room);
    if (room == NULL) return -1.0;
    const double step = bench_clock_step_ms();
    double best = INFINITY, now = bench_now_ms();
    const double end = now + 1e3 * seconds;
    do {
        const double start = now;
        run_calls(shape, engine, room, floats, ends, calls);
        now = bench_now_ms();
        if (now - start < STEPS * step) /* in a page the clock is coarse */
            calls *= 2;
        else
            best = fmin(best, (now - start) / (double)calls);
    } while (now < end || best == INFINITY);
    nb_aligned_free(room);
    return best;
}

static int by_work(const void *a, const void *b)
{
    const product *p = a, *q = b;
    const double x = p->calls * flops_of(&p->shape), y = q->calls * flops_of(&q->shape);
    return (x < y) - (x > y);
}

static int print_products(const nb_engine *engine, const char *name, double seconds)
{
    double flops = 0.0, ms = 0.0, peak_ms = 0.0;
    printf("%s, %s kernels\n%5s %5s %5s  %-12s %9s %9s %9s %8s\n", name, engine->kernels->name, "m", "n", "k",
           "", "calls", "GFLOP/s", "peak", "of peak");
    for (size_t i = 0; i < noted.count; i++) {
        const product *p = &noted.products[i];
        const double peak = bench_peak_gflops(engine), call = time_of(&p->shape, engine, seconds);
        if (call < 0.0) return cli_fail(NB_EXIT_FAILED, "%s: no memory for a product's matrices", name);
        const double work = flops_of(&p->shape), gflops = 1e-6 * work / call;
        flops += p->calls * work;
        ms += p->calls * call;
        peak_ms += peak > 0.0 ? 1e-6 * p->calls * work / peak : 0.0;
        printf("%5zu %5zu %5zu  %-12s %9.0f %9.1f %9.1f ", p->shape.m, p->shape.n, p->shape.k,
               p->shape.transposed ? "A transposed" : "", p->calls, gflops, peak);
        if (peak > 0.0)
            printf("%7.1f%%\n", 100.0 * gflops / peak);
        else
            printf("%8s\n", "-");
    }
    printf("%-31s %9.3f ms %6.1f GFLOP/s", "all products of a run", ms, 1e-6 * flops / ms);
    if (peak_ms > 0.0) printf(", %.1f%% of peak", 100.0 * peak_ms / ms);
    printf("\n");
    return 0;
}

int bench_products(const nb_engine *engine, const bench_workload *w, double seconds)
{
    nb_kernels noting = *engine->kernels;
    noted.gemm = noting.gemm;
    noted.count = 0;
    noting.gemm = note;
    const nb_engine watched = {&noting, engine->pool};
    bench_fixture f = {0};
    nb_error err = {0};
    nb_status status = bench_make(w, &watched, &f, &err);
    if (status == NB_OK) status = bench_run(&f, &err);
    bench_end(&f);
    if (status != NB_OK) return cli_fail(NB_EXIT_FAILED, "%s: %s", w->name, err.message);
    if (noted.count == MOST_PRODUCTS)
        return cli_fail(NB_EXIT_FAILED, "%s: too many kinds of products", w->name);
    qsort(noted.products, noted.count, sizeof *noted.products, by_work);
    return print_products(engine, w->name, seconds);
}
