/* commands.h - noisebook run | train | sample | predict | export | list. They take main's arguments and return an exit status. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int nb_cli_run(int argc, char **argv);
int nb_cli_train(int argc, char **argv);
int nb_cli_sample(int argc, char **argv);
int nb_cli_predict(int argc, char **argv);
int nb_cli_export(int argc, char **argv);
int nb_cli_list(int argc, char **argv);

#endif
