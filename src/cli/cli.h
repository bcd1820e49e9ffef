/* cli.h - the command line: noisebook run | predict | bench | list.
 *
 * Exit status: 0 done, 1 it could not be done (a loss that is not finite, a full disk), 2 the request was
 * wrong. */
#ifndef NB_CLI_H
#define NB_CLI_H

#include "noisebook.h"

enum { NB_EXIT_FAILED = 1, NB_EXIT_USAGE = 2 };

/* What can be asked for; every command takes some of it. */
typedef struct cli_options {
    const char *positional; /* the exercise, for run */
    uint32_t seed;
    int epochs, batch, points, timesteps, steps, samples, hidden, threads;
    double lr;
    nb_schedule_kind schedule;
    nb_mode mode;
    const char *weights, *out, *model, *input, *t, *labels;
    unsigned given; /* bit i: option i of the table was on the command line */
} cli_options;

/* Commands; argv starts after the command's name. */
int nb_cli_run(int argc, char **argv);
int nb_cli_predict(int argc, char **argv);
int nb_cli_bench(int argc, char **argv);
int nb_cli_list(int argc, char **argv);

/* Prints "noisebook: <message>" as one line on stderr and returns status. */
int cli_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* options.c. Fills o from argv for the command named `command`; false after a message, or after --help with
 * *status 0. `command` also selects which options are taken. */
bool cli_parse(const char *command, int argc, char **argv, cli_options *o, int *status);
bool cli_given(const cli_options *o, const char *name);

#endif
