/* error.c - how a function says what went wrong. */
#include "base/error.h"

#include "base/size.h"

#include <stdarg.h>
#include <stdio.h>

nb_status nb_fail(nb_error *err, nb_status status, const char *format, ...)
{
    if (err == NULL) return status;
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    /* A message may quote a file: it stays one line of text whatever the file holds. */
    for (char *c = err->message; *c; c++) {
        if (*c < ' ' || *c > '~') *c = '?';
    }
    err->status = status;
    return status;
}

nb_status nb_fail_memory(nb_error *err, size_t bytes)
{
    if (bytes == NB_TOO_LARGE)
        return nb_fail(err, NB_ERR_MEMORY, "not enough memory: more was asked for than can be counted");
    return nb_fail(err, NB_ERR_MEMORY, "not enough memory: %.1f MB were asked for", (double)bytes / 1e6);
}
