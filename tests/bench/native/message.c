/* message.c - what the program says on stderr. */
#include "message.h"

#include <stdarg.h>
#include <stdio.h>

int bench_fail(int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("noisebook-bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return status;
}
