/* session.c - what an exercise works with: opened from the options, closed in one place. */
#include "cli/session/session.h"

#include "cli/interrupt.h"
#include "cli/message.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The schedule rescaled. An exit status. */
static int end_in_noise(session *s)
{
    nb_schedule *rescaled = NULL;
    nb_error err;
    if (nb_schedule_rescale(s->schedule, &rescaled, &err) != NB_OK) return cli_failed(&err);
    nb_schedule_destroy(s->schedule);
    s->schedule = rescaled;
    return 0;
}

int session_open(session *s, const cli_options *o, const checkpoint *resumed)
{
    nb_error err;
    sigset_t before;
    *s = (session){.o = o, .resumed = resumed, .result.final_loss = NAN};
    cli_hold_signals(&before);
    const nb_status status = nb_engine_create(o->mode, o->threads, NULL, &s->engine, &err);
    cli_release_signals(&before);
    if (status != NB_OK || nb_rng_create(o->seed, &s->numpy, &err) != NB_OK ||
        nb_rng_create(o->seed, &s->torch, &err) != NB_OK ||
        nb_schedule_create(o->schedule, o->timesteps, o->beta_start, o->beta_end, &s->schedule, &err) !=
            NB_OK)
        return cli_failed(&err);
    return o->zero_terminal_snr ? end_in_noise(s) : 0;
}

void session_close(session *s)
{
    nb_model_destroy(s->model);
    nb_schedule_destroy(s->schedule);
    nb_engine_destroy(s->engine);
    nb_rng_destroy(s->numpy);
    nb_rng_destroy(s->torch);
    for (size_t i = 0; i < s->arrays; i++) free(s->array[i]);
    cli_set_free(&s->result.files);
    checkpoint_free(&s->trained);
}

void *session_take(session *s, size_t count, size_t size)
{
    assert(s->arrays < SESSION_MOST_ARRAYS);
    void *array = malloc(count * size + 1); /* the options' ranges keep it far from overflow */
    if (array == NULL)
        cli_fail(0, "not enough memory for %zu numbers", count);
    else
        s->array[s->arrays++] = array;
    return array;
}

/* Whether weights of the sizes `found` do for the exercise; false after a message. */
static bool suits(const cli_options *o, const nb_model_config *config, const nb_model_config *found)
{
    const bool points = config->kind == NB_SIMPLE_NOISE_PREDICTOR;
    if (points && found->input_dim != config->input_dim)
        cli_fail(0, "%s: these weights are for points of %d numbers, not %d", o->weights, found->input_dim,
                 config->input_dim);
    else if (!points && found->in_channels != config->in_channels)
        cli_fail(0, "%s: these weights are for pictures of %d channels, not %d", o->weights,
                 found->in_channels, config->in_channels);
    else if (cli_given(o, "hidden") && found->hidden_dim != o->hidden)
        cli_fail(0, "--hidden %d: the weights are of width %d", o->hidden, found->hidden_dim);
    else
        return true;
    return false;
}

/* The sizes of the weights in place of config's; false after a message. */
static bool sizes_of_weights(const cli_options *o, const uint8_t *file, size_t size, nb_model_config *config)
{
    nb_model_config found;
    nb_error err;
    if (nb_model_config_of(config->kind, file, size, &found, &err) != NB_OK) {
        cli_fail(0, "%s: %s", o->weights, err.message);
        return false;
    }
    if (!suits(o, config, &found)) return false;
    found.max_batch = config->max_batch;
    found.image_height = config->image_height;
    found.image_width = config->image_width;
    *config = found;
    return true;
}

int session_model(session *s, nb_model_config config)
{
    const cli_options *o = s->o;
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    if (o->weights && !cli_read_file(o->weights, &file, &size)) return NB_EXIT_USAGE;
    int status = 0;
    if (o->weights && !sizes_of_weights(o, file, size, &config))
        status = NB_EXIT_USAGE;
    else if (nb_model_create(s->engine, &config, s->torch, &s->model, &err) != NB_OK)
        status = cli_failed(&err);
    else if (o->weights && nb_model_load(s->model, file, size, &err) != NB_OK)
        status = cli_fail(NB_EXIT_USAGE, "%s: %s", o->weights, err.message);
    free(file);
    if (status != 0) return status;
    s->result.kernels = nb_engine_kernels(s->engine);
    s->result.parameters = nb_model_param_count(s->model);
    return 0;
}

void session_metric(session *s, const char *name, double value)
{
    session_metrics(s, name, 0, NULL);
    s->result.metric[s->result.metrics - 1].value = value;
}

void session_metrics(session *s, const char *name, size_t count, const double *list)
{
    cli_result *r = &s->result;
    assert(r->metrics < RESULT_MOST_METRICS);
    r->metric[r->metrics].name = name;
    r->metric[r->metrics].count = count;
    r->metric[r->metrics++].list = list;
}

bool session_add(session *s, const char *name, nb_dtype dtype, int rank, const size_t *shape, void *data)
{
    return cli_set_add_array(&s->result.files, name, dtype, rank, shape, data);
}

void session_lacks(session *s, const char *name, const char *why)
{
    cli_fail(0, "%s is left out: %s", name, why);
    s->result.lacks_figure = true;
}

int session_add_model(session *s, const char *name, const nb_model *model)
{
    uint8_t *weights = NULL;
    size_t size = 0;
    nb_error err;
    if (nb_model_save(model, &weights, &size, &err) != NB_OK) return cli_failed(&err);
    cli_set_add(&s->result.files, name, weights, size);
    return 0;
}
