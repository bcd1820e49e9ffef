/* options.h - what can be asked for on the command line, and reading it. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/files/json.h"
#include "noisebook.h"

enum { CLI_MOST_SCALES = 8 };

/* What can be asked for; every command, and of run every exercise, takes some of it. */
typedef struct cli_options {
    const char *positional; /* the exercise, for run */
    const char *source;     /* the file that values are read of, for messages; NULL: the command line */
    uint32_t seed;
    int epochs, batch, points, timesteps, steps, samples, hidden, channels, height, width, threads,
        autoencoder_steps;
    double lr, ema, label_dropout, eta, kl;
    double guidance[CLI_MOST_SCALES];
    size_t scales; /* how many of guidance */
    nb_schedule_kind schedule;
    nb_method method;
    nb_variance variance;
    nb_optimizer optimizer;
    nb_objective objective;
    double warmup;
    bool decay, stratified;
    nb_clip clip;
    float clip_low, clip_high;   /* of NB_CLIP_RANGE */
    double beta_start, beta_end; /* the course's, or what weights say */
    bool raw_time, any_schedule, zero_terminal_snr;
    nb_mode mode;
    nb_model_kind model;
    const char *recipe;      /* its name, NULL where none was asked for */
    const nb_recipe *trains; /* what that means for the exercise */
    const char *weights, *network, *config, *resume, *data, *out, *input, *t, *labels, *cond, *times;
    uint64_t given;    /* bit i: option i of the table was on the command line */
    uint64_t kept;     /* bit i: its value comes from a file: a checkpoint, or the record of weights */
    uint64_t proposed; /* bit i: its value was proposed */
    bool help;         /* --help was, of a command with lists */
} cli_options;

/* Fills o from argv for the command named `command`; false after a message, or after --help with *status 0. `command` also
 * selects which options are taken. run, train and sample have lists of theirs: they see to --help (o->help), and cli_heeded
 * says what they take. */
bool cli_parse(const char *command, int argc, char **argv, cli_options *o, int *status);
bool cli_given(const cli_options *o, const char *name);
/* An option's value that comes from a file, in place of its default; false after a message. */
bool cli_keep(cli_options *o, const char *name, const char *text);

/* A recipe's, or that of weights, in place of its default; the command line and a checkpoint come first. false after a message. */
bool cli_propose(cli_options *o, const char *name, const char *text);
/* Whether the option's value comes before what the recipe says: always, where there is none. */
bool cli_decides(const cli_options *o, const char *name);

#define CLI_TRAIN "train" /* noisebook train among the exercises of checkpoints */

/* Lists of options are "name=default name ...": what has no default is left out unless given. */
enum { CLI_COMMON, CLI_OWN, CLI_TRAINING, CLI_LISTS };

/* Options as a checkpoint keeps them, "name=value" with a zero byte after each; the first is the exercise, or CLI_TRAIN. *out is
 * malloc'ed for the caller. Written after cli_complete, without --out and --resume. false after a message. */
bool cli_write_settings(const cli_options *o, const char *exercise, const char *const lists[CLI_LISTS],
                        char **out, size_t *size);
/* Takes them over, before cli_complete, where the command line is silent. What it says otherwise is refused, but for
 * --epochs and --threads. `path` is the file they are from, and `text` has to last as long as o. false after a message. */
bool cli_read_settings(cli_options *o, const char *path, const char *exercise, const char *text, size_t size);

/* Refuses the options that no list names. Those of lists[CLI_TRAINING] have no meaning beside --weights, and are refused
 * then. A list may be NULL. false after a message that begins with `what`. */
bool cli_heeded(const cli_options *o, const char *what, const char *const lists[CLI_LISTS]);
/* Fills in the defaults of what has no value yet; false after a message. */
bool cli_complete(cli_options *o, const char *const lists[CLI_LISTS]);
/* A line for each option of a list, with its default. */
void cli_print_options(const char *list);
/* What the options of a list were set to, but for names of files. */
void cli_add_settings(json *j, const cli_options *o, const char *list);

#endif
