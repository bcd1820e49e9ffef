/* steps.h - training and sampling to the end, with a progress bar on a terminal. */
#ifndef CLI_STEPS_H
#define CLI_STEPS_H

#include "cli/session/session.h"

/* A bar on stderr if that is a terminal; loss is left out if it is NaN. */
void cli_progress(const char *what, long done, long total, double loss);

/* Trains model on data (n samples) for --epochs at --lr, in batches of --batch or n if that is less; config says the
 * rest. With --ema the model is left with the average of its weights. What was trained goes to s->trained under the
 * network's name ("" where a run trains one), also if a signal ends it early, and is where --resume goes on. *loss (epochs)
 * lasts as long as the session. An exit status. */
int cli_train(session *s, const char *network, nb_model *model, const float *data, size_t n,
              nb_train_config config, double **loss);
/* What trainers and samplers of that objective take: the session's, but NULL for a flow. */
const nb_schedule *cli_schedule(const session *s, nb_objective objective);
/* The batch that cli_train takes, for the model's max_batch. */
int cli_batch(const cli_options *o, size_t n);

/* What a run that ended early has trained, with its options (cli_write_settings), as the file of a checkpoint; *out is
 * malloc'ed for the caller. false after a message. */
bool cli_pack_trained(const session *s, const char *what, const char *const lists[CLI_LISTS], uint8_t **out,
                      size_t *size);
/* Says that it was kept, and the command, of `count` words, that goes on from there. */
void cli_tell_kept(const session *s, size_t count, const char *const *words);

/* What --samples, --steps, --method, --eta, --variance, --clip and --any-schedule ask for. */
nb_sample_config cli_sampling(const cli_options *o);
/* After a sampler's first step, from t: says once in a run if that enlarged the network's error much, unclipped. */
void cli_tell_enlarged(session *s, nb_method method, const nb_sampler *sampler, int t);
/* Samples to x_0 from s->torch, or from x_T if it is not NULL: x_0 to out. An exit status. */
int cli_sample(session *s, nb_model *model, const nb_sample_config *config, const float *x_T, float *out);

#endif
