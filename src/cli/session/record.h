/* record.h - options that weights answer, and options that belong to a method. */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include "cli/options/options.h"

/* The schedule and T that weights were trained for, where the command line does not say; false after a message.
 * Nothing is done where they are not known. */
bool cli_take_schedule(cli_options *o, const nb_training *known);
/* Whether no option of a schedule is given for a flow, which has none, and no times for what is none; false after a message. */
bool cli_check_flow(const cli_options *o, bool flow);
/* Whether --eta and --variance, where given, are options of --method; false after a message. */
bool cli_check_method(const cli_options *o);

#endif
