/* message.h - what the program says on stderr, and the status with which it ends. */
#ifndef BENCH_MESSAGE_H
#define BENCH_MESSAGE_H

enum { BENCH_FAILED = 1, BENCH_USAGE = 2 };

/* Prints "noisebook-bench: <message>" as one line on stderr and returns status. */
int bench_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
