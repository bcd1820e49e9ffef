/* exercises.h - the exercises, as the command line runs them. */
#ifndef CLI_EXERCISES_H
#define CLI_EXERCISES_H

#include "cli/options/options.h"
#include "cli/session/session.h"

/* Does the exercise in a session that was opened for it: an exit status, after a message if it is not 0. */
typedef int cli_exercise_fn(session *s);

typedef struct cli_exercise {
    const char *name, *title; /* what run takes, and what it is called */
    cli_exercise_fn *run;
    const char *options[CLI_LISTS]; /* as cli_complete takes them */
    const char *writes;             /* the names of its files; those of training not with --weights */
    const char *about;              /* more for its --help, or NULL */
    const char *data;               /* what nb_recipe_find knows its data by; NULL: it has no recipes */
} cli_exercise;

extern const cli_exercise cli_exercises[]; /* the last one has no name */

cli_exercise_fn nb_exercise_1, nb_exercise_2, nb_exercise_3, nb_exercise_4, nb_exercise_5, nb_exercise_6,
    nb_exercise_7, nb_exercise_8, nb_exercise_9, nb_exercise_10, nb_exercise_11, nb_exercise_13,
    nb_exercise_14, nb_exercise_15, nb_exercise_companion;
cli_exercise_fn nb_exercise_12;

#endif
