/* checkpoint.h - what was trained so far, as a file to go on from.
 *
 * A safetensors file: nb_trainer_save's tensors and metadata, each named after the network's name and a dot where a run trains more than
 * one; "run.loss" (epochs completed), named likewise; and "run.settings", the exercise and its options as "name=value",
 * each ended by a zero byte. */
#ifndef CLI_CHECKPOINT_H
#define CLI_CHECKPOINT_H

#include "cli/options/options.h"
#include "io/safetensors.h"

enum { CHECKPOINT_MOST_NETWORKS = 3 };
extern const char checkpoint_name[]; /* of the file */

/* The state of one network's training. */
typedef struct training_state {
    const char *network; /* "" where a run trains one */
    uint8_t *file;       /* nb_trainer_save's */
    size_t size;
    const double *loss; /* (epochs), borrowed */
    size_t epochs;
} training_state;

/* What a run has trained, in order. Zero it to begin. */
typedef struct training_states {
    training_state state[CHECKPOINT_MOST_NETWORKS];
    size_t count;
} training_states;

/* Adds the trainer's state after so many epochs. An exit status. */
int checkpoint_keep(training_states *states, const char *network, const nb_trainer *trainer,
                    const double *loss, size_t epochs);
/* settings: cli_write_settings', borrowed. *out is malloc'ed for the caller; false after a message. */
bool checkpoint_encode(const training_states *states, const char *settings, size_t settings_size,
                       uint8_t **out, size_t *size);
void checkpoint_free(training_states *states);

/* A file that was read. */
typedef struct checkpoint {
    const char *path;
    uint8_t *file;
    size_t size;
    nb_safetensors *st; /* views into file */
} checkpoint;

/* Close it either way. false after a message. */
bool checkpoint_open(checkpoint *c, const char *path);
void checkpoint_close(checkpoint *c);
/* Its settings, owned by c; false after a message. */
bool checkpoint_settings(const checkpoint *c, const char **settings, size_t *size);
/* Whether it has come to this network. */
bool checkpoint_has(const checkpoint *c, const char *network);
/* The state of this network's training into its trainer, the losses of the completed epochs into loss (capacity). An exit
 * status. */
int checkpoint_restore(const checkpoint *c, const char *network, nb_trainer *trainer, size_t capacity,
                       double *loss, size_t *epochs);

#endif
