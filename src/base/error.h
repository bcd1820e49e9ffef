/* error.h - how a function says what went wrong. */
#ifndef NB_BASE_ERROR_H
#define NB_BASE_ERROR_H

#include "base/platform.h"
#include "noisebook.h"

/* Fills err (if not NULL) with a printf-style message and returns status: `return nb_fail(err, ...)`. */
nb_status nb_fail(nb_error *err, nb_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* nb_fail with NB_ERR_MEMORY and the number of bytes that were asked for (base/size.h). */
nb_status nb_fail_memory(nb_error *err, size_t bytes);

#endif
