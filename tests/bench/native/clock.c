/* clock.c - the time. */
#include "clock.h"

#include <time.h>

double bench_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

double bench_clock_step_ms(void)
{
    double least = 1e3;
    for (int i = 0; i < 8; i++) {
        const double start = bench_now_ms();
        double now = start;
        while (now <= start) now = bench_now_ms();
        if (now - start < least) least = now - start;
    }
    return least;
}
