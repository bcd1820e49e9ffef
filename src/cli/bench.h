/* bench.h - the parts of `noisebook bench`: what is timed (bench_workloads.c), and the machine's peak (bench_peak.c). */
#ifndef NB_CLI_BENCH_H
#define NB_CLI_BENCH_H

#include "noisebook.h"

double bench_now_ms(void);

/* Something to time: a training step where train.batch is set, otherwise one sampling run. */
typedef struct bench_workload {
    const char *name, *about;
    nb_model_config model; /* what differs from the course's sizes */
    size_t points;         /* of the data set: a multiple of the batch, so that every step is of one size */
    nb_train_config train; /* without labels: models with classes get them */
    nb_sample_config sample;
    nb_schedule_kind schedule;
    int warmup; /* training steps before the first timed one */
} bench_workload;

/* The table, which ends with a NULL name, and a line of it; NULL if there is none of this name. */
const bench_workload *bench_workloads(void);
const bench_workload *bench_find(const char *name);

/* Useful work of one run in floating-point operations: two for each multiply-add of a matrix product or convolution. */
double bench_flops(const bench_workload *w);

/* What a workload needs, made from seed 42: zeroed before bench_make, ended by bench_end whatever that returned. */
typedef struct bench_fixture {
    const bench_workload *workload;
    nb_rng *rng;
    nb_schedule *schedule;
    nb_model *model;
    nb_trainer *trainer;
    double result; /* of the last run: a step's loss, or the mean size of the samples' numbers */
} bench_fixture;

nb_status bench_make(const bench_workload *w, const nb_engine *engine, bench_fixture *f, nb_error *err);
nb_status bench_run(bench_fixture *f, nb_error *err);
void bench_end(bench_fixture *f);

/* GFLOP/s that this engine's multiply-adds reach just now on all its threads at once; 0 where no loop is written for
 * its kernels. */
double bench_peak_gflops(const nb_engine *engine);

/* Prints the time of each layer in each pass; the engine has one thread. Returns the exit status. */
int bench_layers(const nb_engine *engine, const bench_workload *w, double seconds);

/* Prints the matrix products of one run by shape, each timed for so long; the engine has one thread. Returns the exit
 * status. */
int bench_products(const nb_engine *engine, const bench_workload *w, double seconds);

#endif
