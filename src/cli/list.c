/* list.c - the exercises of the course. */
#include "cli/exercises.h"

#include "cli/cli.h"

#include <stdio.h>

const cli_exercise cli_exercises[CLI_EXERCISES] = {
    {"Gaussian noise", nb_exercise_1, "points"},
    {"Noise schedules", nb_exercise_2, "timesteps"},
    {"The reparameterisation trick", nb_exercise_3, "schedule timesteps"},
    {"The score and the noise predictor", nb_exercise_4, "schedule timesteps points"},
    {"Training", nb_exercise_5, "schedule timesteps points"},
    {"DDPM sampling", nb_exercise_6, "schedule timesteps points"},
    {"The mini U-Net", NULL, ""},
    {"Image generation", NULL, ""},
    {"DDIM", NULL, ""},
    {"Classifier-free guidance", NULL, ""},
};

int nb_cli_list(int argc, char **argv)
{
    cli_options o;
    int status;
    if (!cli_parse("list", argc, argv, &o, &status)) return status;
    for (int i = 0; i < CLI_EXERCISES; i++)
        printf("%4d  %-36s %s\n", i + 1, cli_exercises[i].title,
               cli_exercises[i].run ? "" : "in preparation");
    return 0;
}
