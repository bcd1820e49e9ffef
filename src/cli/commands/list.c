/* list.c - the exercises of the course, a line each. */
#include "cli/commands/commands.h"
#include "cli/exercises/exercises.h"

#include <stdio.h>

int nb_cli_list(int argc, char **argv)
{
    cli_options o;
    int status;
    if (!cli_parse("list", argc - 2, argv + 2, &o, &status)) return status;
    for (int i = 0; i < CLI_EXERCISES; i++)
        printf("%9s  %s\n", cli_exercises[i].name, cli_exercises[i].title);
    return 0;
}
