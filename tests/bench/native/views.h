/* views.h - where the time of a workload goes. Both take an engine with one thread, print, and return an exit status. */
#ifndef BENCH_VIEWS_H
#define BENCH_VIEWS_H

#include "workloads.h"

/* layers.c: the time of each layer in each pass. */
int bench_layers(const nb_engine *engine, const bench_workload *w, double seconds);

/* products.c: the matrix products of one run by shape, each timed for so long. */
int bench_products(const nb_engine *engine, const bench_workload *w, double seconds);

#endif
