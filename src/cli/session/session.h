/* session.h - what an exercise works with: opened from the options, closed in one place. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli/files/files.h"
#include "cli/options/options.h"
#include "cli/session/checkpoint.h"

enum { SESSION_MOST_ARRAYS = 32, RESULT_MOST_METRICS = 16 };

/* What an exercise leaves behind: its files, and what result.json says about it. */
typedef struct cli_result {
    cli_file_set files;
    const char *kernels; /* NULL if it has no model */
    size_t parameters;
    double final_loss; /* NaN if nothing was trained */
    struct {
        const char *name;
        size_t count; /* 0: value, else a list */
        double value;
        const double *list;
    } metric[RESULT_MOST_METRICS];
    size_t metrics;
    bool lacks_figure; /* one could not be made, which was said */
} cli_result;

typedef struct session {
    const cli_options *o;
    cli_result result;
    nb_rng *numpy, *torch; /* np.random.seed(S), torch.manual_seed(S): right before the exercise */
    nb_engine *engine;
    nb_schedule *schedule;
    nb_model *model;           /* NULL until session_model */
    const checkpoint *resumed; /* what it goes on from, borrowed; NULL: from the start */
    training_states trained;
    bool told; /* cli_tell_enlarged has said it */
    void *array[SESSION_MOST_ARRAYS];
    size_t arrays;
} session;

/* An exit status. Close it either way. */
int session_open(session *s, const cli_options *o, const checkpoint *resumed);
void session_close(session *s);

/* Memory for count things of `size` bytes that lasts until the session closes; NULL after a message. */
void *session_take(session *s, size_t count, size_t size);
/* The exercise's model with the sizes of config, initial weights from s->torch and then those of --weights, which may have
 * other widths. An exit status. */
int session_model(session *s, nb_model_config config);
void session_metric(session *s, const char *name, double value);
void session_metrics(session *s, const char *name, size_t count,
                     const double *list); /* lasts as the session */
/* An array as a .npy file; false after a message. */
bool session_add(session *s, const char *name, nb_dtype dtype, int rank, const size_t *shape, void *data);
/* Notes that a figure could not be made, after the message: the rest is written, and the run fails. */
void session_lacks(session *s, const char *name, const char *why);
/* A model's weights as a .safetensors file. An exit status. */
int session_add_model(session *s, const char *name, const nb_model *model);

#endif
