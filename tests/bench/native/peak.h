/* peak.h - how much the machine can multiply and add. */
#ifndef BENCH_PEAK_H
#define BENCH_PEAK_H

#include "noisebook.h"

/* GFLOP/s that this engine's multiply-adds reach just now on all its threads at once; 0 where no loop is written for
 * its kernels. */
double bench_peak_gflops(const nb_engine *engine);

#endif
