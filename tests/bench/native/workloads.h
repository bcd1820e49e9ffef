/* workloads.h - what is timed. */
#ifndef BENCH_WORKLOADS_H
#define BENCH_WORKLOADS_H

#include "noisebook.h"

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

#endif
