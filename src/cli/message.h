/* message.h - what the program says on stderr, and the status with which it ends. noisebook-bench says it so too: NB_PROGRAM
 * is its name then.
 *
 * Exit status: 0 done, 1 it could not be done (a loss that is not finite, a full disk), 2 the request was wrong. */
#ifndef CLI_MESSAGE_H
#define CLI_MESSAGE_H

#include "noisebook.h"

#include <stdio.h>

enum { NB_EXIT_FAILED = 1, NB_EXIT_USAGE = 2 };

/* Prints "NAME: <message>" as one line on stderr and returns status. */
int cli_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints the core's message. The exit status: bad input is the caller's (2), what the work ran into is not (1). */
int cli_failed(const nb_error *err);
/* A word of a command as a shell reads it. */
void cli_print_word(FILE *f, const char *word);

#endif
