/* list.c - the exercises of the course, a line each. */
#include "cli/commands/commands.h"
#include "cli/exercises/exercises.h"

#include <stdio.h>

int nb_cli_list(int argc, char **argv)
{
    cli_options o;
    int status;
    if (!cli_parse("list", argc - 2, argv + 2, &o, &status)) return status;
    for (const cli_exercise *e = cli_exercises; e->name; e++) printf("%9s  %s\n", e->name, e->title);
    return 0;
}
