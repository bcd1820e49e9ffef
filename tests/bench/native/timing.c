/* timing.c - a workload run again and again. */
#include "timing.h"

#include "clock.h"

#include <stdio.h>
#include <stdlib.h>

static nb_status add_time(bench_times *t, double ms, nb_error *err)
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
static void summarize(bench_times *t)
{
    qsort(t->ms, t->count, sizeof *t->ms, by_size);
    t->min = t->ms[0];
    t->max = t->ms[t->count - 1];
    t->median = 0.5 * (t->ms[(t->count - 1) / 2] + t->ms[t->count / 2]);
}

nb_status bench_measure(const bench_workload *w, const nb_engine *engine, double seconds, bench_times *t,
                        nb_error *err)
{
    bench_fixture f = {0};
    *t = (bench_times){0};
    nb_status status = bench_make(w, engine, &f, err);
    for (int i = 0; status == NB_OK && i < w->warmup; i++) status = bench_run(&f, err);
    const double end = bench_now_ms() + 1e3 * seconds;
    while (status == NB_OK && (t->count == 0 || bench_now_ms() < end)) {
        const double start = bench_now_ms();
        status = bench_run(&f, err);
        if (status == NB_OK) status = add_time(t, bench_now_ms() - start, err);
    }
    bench_end(&f);
    if (status == NB_OK) summarize(t);
    return status;
}
