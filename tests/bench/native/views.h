/* views.h - where the time of a workload goes. All take an engine with one thread, print, and return an exit status. */
#ifndef BENCH_VIEWS_H
#define BENCH_VIEWS_H

#include "workloads.h"

/* layers.c: the time of each layer in each pass. */
int bench_layers(const nb_engine *engine, const bench_workload *w, double seconds);

/* layers.c: the same of a forward and a backward pass of 16 samples through the network that a text describes. */
int bench_network(const nb_engine *engine, const char *path, double seconds);

/* products.c: the matrix products of one run by shape, each timed for so long. */
int bench_products(const nb_engine *engine, const bench_workload *w, double seconds);

/* scaling.c: what it would take on 1 to 16 threads, and what it takes on those that there are. */
int bench_scaling(const nb_engine *engine, const bench_workload *w, double seconds);

#endif
