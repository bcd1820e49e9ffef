/* values.h - the kinds of value that an option takes. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "cli/options/options.h"

typedef enum cli_kind {
    CLI_INTEGER,
    CLI_SEED,     /* uint32_t */
    CLI_REAL,     /* from low to high */
    CLI_POSITIVE, /* above low, at most high */
    CLI_SCALES,   /* up to CLI_MOST_SCALES numbers with commas between */
    CLI_SWITCH,   /* on or off */
    CLI_SCHEDULE,
    CLI_METHOD,
    CLI_VARIANCE,
    CLI_OPTIMIZER,
    CLI_OBJECTIVE,
    CLI_MODEL,
    CLI_CLIP, /* auto, off, on, or two numbers with a comma between */
    CLI_MODE,
    CLI_RECIPE, /* a name of the recipes for the exercise's data */
    CLI_TEXT
} cli_kind;

typedef struct cli_option {
    const char *name;
    cli_kind kind;
    size_t field; /* offset in cli_options */
    double low, high;
    const char *commands, *help;
} cli_option;

/* The core's name number i for an option of a kind that takes one; NULL from the end on, and for other kinds. */
const char *cli_name_at(cli_kind kind, int i);
/* Puts the value that text names into its field of o; false after a message. */
bool cli_read_value(const cli_option *option, const char *text, cli_options *o);
/* The field of o as cli_read_value takes it; false if it is a name that was not given. */
bool cli_value_text(const cli_option *option, const cli_options *o, char *out, size_t capacity);
/* The field of o as a number, text or list in j; names of files are left out. */
void cli_add_value(const cli_option *option, const cli_options *o, json *j);

#endif
