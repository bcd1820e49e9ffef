/* main.c - which command. */
#include "cli/commands/commands.h"
#include "cli/message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *help;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"run", "do an exercise of the course and write its arrays, figure and model", nb_cli_run},
    {"train", "train a network of your own, or weights further", nb_cli_train},
    {"sample", "sample from given weights", nb_cli_sample},
    {"predict", "predict the noise in given points with given weights", nb_cli_predict},
    {"export", "write the network of given weights as a program for PyTorch", nb_cli_export},
    {"list", "list the exercises", nb_cli_list},
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int help(void)
{
    printf("noisebook " NB_VERSION " - diffusion models small enough to train while you watch\n\n"
           "usage: noisebook COMMAND [OPTION ...]\n\n");
    for (size_t i = 0; i < COMMANDS; i++) printf("  %-8s %s\n", commands[i].name, commands[i].help);
    printf("\nnoisebook COMMAND --help lists a command's options.\n");
    return 0;
}

static int command(int argc, char **argv)
{
    if (argc < 2) {
        help();
        return NB_EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) return help();
    if (strcmp(name, "--version") == 0) {
        printf("noisebook " NB_VERSION "\n");
        return 0;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        if (strcmp(name, commands[i].name) == 0) return commands[i].run(argc, argv);
    }
    return cli_fail(NB_EXIT_USAGE,
                    "no command is named \"%s\": there are run, train, sample, predict, export and list",
                    name);
}

/* What was printed is there, or the program says that it is not. */
static int finish(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    return cli_fail(status ? status : NB_EXIT_FAILED, "standard output cannot be written: %s",
                    strerror(errno));
}

int main(int argc, char **argv) { return finish(command(argc, argv)); }
