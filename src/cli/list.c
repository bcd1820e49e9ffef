/* list.c - the exercises of the course. */
#include "cli/exercises.h"

#include "cli/cli.h"

#include <stdio.h>

#define DATA_SETTINGS "schedule timesteps points"

const cli_exercise cli_exercises[CLI_EXERCISES] = {
    {.title = "Gaussian noise", .run = nb_exercise_1, .settings = "points", .points = 1000},
    {.title = "Noise schedules", .run = nb_exercise_2, .settings = "timesteps"},
    {.title = "The reparameterisation trick", .run = nb_exercise_3, .settings = "schedule timesteps"},
    {.title = "The score and the noise predictor", .run = nb_exercise_4, .settings = DATA_SETTINGS},
    {.title = "Training", .run = nb_exercise_5, .settings = DATA_SETTINGS},
    {.title = "DDPM sampling", .run = nb_exercise_6, .settings = DATA_SETTINGS},
    {.title = "The mini U-Net", .run = nb_exercise_7, .settings = "", .batch = 4},
    {.title = "Image generation",
     .run = nb_exercise_8,
     .settings = DATA_SETTINGS,
     .points = 2000,
     .epochs = 30,
     .batch = 32,
     .linear = true},
    {.title = "DDIM",
     .run = nb_exercise_9,
     .settings = DATA_SETTINGS,
     .points = 2000,
     .epochs = 30,
     .batch = 32,
     .samples = 8,
     .steps = 50,
     .linear = true},
    {.title = "Classifier-free guidance",
     .run = nb_exercise_10,
     .settings = DATA_SETTINGS,
     .points = 3000,
     .samples = 100},
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
