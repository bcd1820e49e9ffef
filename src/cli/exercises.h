/* exercises.h - the exercises, as the command line runs them. */
#ifndef NB_CLI_EXERCISES_H
#define NB_CLI_EXERCISES_H

#include "cli/cli.h"
#include "cli/files.h"

enum { CLI_EXERCISES = 10 };

/* What an exercise leaves behind besides its files. */
typedef struct cli_result {
    cli_file_set files;
    const char *kernels;
    size_t parameters;
    double final_loss;                         /* NaN if nothing was trained */
    double curve_distance, sliced_wasserstein; /* of the samples; NaN if there are none */
} cli_result;

/* Does the exercise and fills result; an exit status, after a message if it is not 0. */
typedef int cli_exercise_fn(const cli_options *o, cli_result *result);

typedef struct cli_exercise {
    const char *title;
    cli_exercise_fn *run;                      /* NULL: in preparation */
    const char *settings;                      /* the options it heeds, as result.json names them */
    int points, epochs, batch, samples, steps; /* its defaults, 0 for those of the options */
    bool linear;                               /* its schedule unless one is asked for: linear, else cosine */
} cli_exercise;

extern const cli_exercise cli_exercises[CLI_EXERCISES];

cli_exercise_fn nb_exercise_1, nb_exercise_2, nb_exercise_3, nb_exercise_4, nb_exercise_5, nb_exercise_6,
    nb_exercise_7, nb_exercise_8, nb_exercise_9, nb_exercise_10;

/* The noise predictor of exercises 4 to 6 as the options ask, its width from the weights' file if there is one; the
 * initial weights are drawn from init either way. An exit status. */
int cli_swiss_roll_model(const cli_options *o, const nb_engine *engine, nb_rng *init, nb_model **out);

/* Prints the core's message. The exit status: bad input is the caller's (2), what the work ran into is not (1). */
int cli_failed(const nb_error *err);

#endif
