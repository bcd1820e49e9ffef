/* run_config.h - the settings of a run that the studio saved: run.json, beside its data (web/kernel/studio/config.js). */
#ifndef CLI_RUN_CONFIG_H
#define CLI_RUN_CONFIG_H

#include "cli/files/files.h"
#include "cli/options/options.h"

typedef struct run_config {
    char data[CLI_MOST_PATH], labels[CLI_MOST_PATH]; /* what o->data and o->labels may point to */
    char *network;                                   /* the network's text, malloc'ed */
    double held_out; /* the part of the samples, at their end, that is not trained on */
} run_config;

/* Reads o->config, and proposes (cli_propose) what it says for the options of noisebook train: the command line and a checkpoint
 * come first. c, zeroed to begin, has to last as long as o; its network is the caller's to free, also after a failure. false
 * after a message. */
bool cli_read_run_config(cli_options *o, run_config *c);

#endif
