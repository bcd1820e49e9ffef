/* clock.h - the time. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

/* Milliseconds on a clock that nobody sets. */
double bench_now_ms(void);

#endif
