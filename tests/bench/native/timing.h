/* timing.h - a workload run again and again. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include "workloads.h"

typedef struct bench_times {
    double *ms, median, min, max; /* ms: sorted, malloc'ed for the caller */
    size_t count, capacity;
} bench_times;

/* Times runs one by one, until `seconds` have passed; the caller frees t->ms, whatever comes back. The model and data
 * are made afresh, so that every measurement times the same stretch of training. */
nb_status bench_measure(const bench_workload *w, const nb_engine *engine, double seconds, bench_times *t,
                        nb_error *err);

#endif
