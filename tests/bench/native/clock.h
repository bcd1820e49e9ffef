/* clock.h - the time. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

/* Milliseconds on a clock that nobody sets. */
double bench_now_ms(void);

/* The smallest step that it was seen to make. */
double bench_clock_step_ms(void);

#endif
