/* sample.c - samples of any network whose weights are in a file. */
#include "cli/commands/arrays.h"
#include "cli/commands/commands.h"
#include "cli/figures/figures.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/session/record.h"
#include "cli/session/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 32, PICTURES = 16, POINTS = 500, COLUMNS = 8, ROWS = 4 };

static const char *const lists[CLI_LISTS] = {
    "seed=42 weights threads mode=exact out",
    "samples steps times method=ddpm eta=0 variance=posterior "
    "clip=auto timesteps schedule zero-terminal-snr=off any-schedule=off labels "
    "guidance cond"};

typedef struct request {
    uint8_t *file; /* the weights */
    size_t size, n;
    nb_array cond, times;
    int32_t *labels; /* (n), or NULL */
    char picture[CLI_MOST_PATH];
} request;

static int help(void)
{
    printf("usage: noisebook sample --weights FILE --out FILE.npy [OPTION ...]\n\n"
           "Samples of any network, as many as --samples says, or --labels and --cond have rows; else 16 "
           "pictures or 500 points.\n\n");
    cli_print_options(lists[CLI_COMMON]);
    cli_print_options(lists[CLI_OWN]);
    return 0;
}

/* The times of a flow, which say how many steps there are; false after a message. */
static bool read_times(cli_options *o, nb_array *times)
{
    if (!o->times) return true;
    if (!cli_read_floats(o->times, times)) return false;
    if (times->rank != 1 || times->shape[0] < 2 || times->shape[0] > 100001) {
        cli_fail(0, "%s: times have the shape (steps + 1,), of 1 to 100000 steps", o->times);
        return false;
    }
    const int steps = (int)times->shape[0] - 1;
    if (cli_given(o, "steps") && o->steps != steps) {
        cli_fail(0, "--steps %d: the times are of %d steps", o->steps, steps);
        return false;
    }
    o->steps = steps;
    return true;
}

/* The options complete; false after a message. */
static bool settle(cli_options *o, request *r)
{
    nb_training known;
    nb_error err;
    if (!cli_heeded(o, "sample", lists)) return false;
    if (!o->weights || !o->out) {
        cli_fail(0, "sample needs --weights and --out");
        return false;
    }
    if (o->scales > 1) {
        cli_fail(0, "--guidance: sample takes one scale, not %zu", o->scales);
        return false;
    }
    if (!cli_read_file(o->weights, &r->file, &r->size)) return false;
    if (nb_training_of(r->file, r->size, &known, &err) != NB_OK) {
        cli_fail(0, "%s: %s", o->weights, err.message);
        return false;
    }
    const bool flow = known.objective == NB_OBJECTIVE_FLOW;
    if (!cli_check_flow(o, flow)) return false;
    if (flow && !(cli_propose(o, "method", nb_method_name(NB_EULER)) && cli_propose(o, "steps", "100")))
        return false;
    if (!flow && known.T == 0 && !(cli_given(o, "schedule") && cli_given(o, "timesteps"))) {
        cli_fail(0, "%s does not say what schedule it was trained for: give --schedule and --timesteps",
                 o->weights);
        return false;
    }
    if (!cli_take_schedule(o, &known) || !cli_complete(o, lists)) return false;
    if (o->steps == 0) o->steps = o->timesteps;
    return read_times(o, &r->times) && cli_check_method(o);
}

/* out/x.png for out/x.npy, or nothing: then pictures are not drawn. */
static void name_picture(const char *out, char path[CLI_MOST_PATH])
{
    const size_t n = strlen(out);
    path[0] = '\0';
    if (n > 4 && n < CLI_MOST_PATH && strcmp(out + n - 4, ".npy") == 0)
        snprintf(path, CLI_MOST_PATH, "%.*s.png", (int)(n - 4), out);
}

/* The model and what it is given. An exit status. */
static int read_inputs(session *s, request *r)
{
    const cli_options *o = s->o;
    nb_error err;
    if (nb_model_open(s->engine, r->file, r->size, BATCH, &s->model, &err) != NB_OK) {
        const int status = cli_fail(err.status == NB_ERR_MEMORY ? NB_EXIT_FAILED : NB_EXIT_USAGE, "%s: %s",
                                    o->weights, err.message);
        return status;
    }
    if (o->cond && !cli_read_floats(o->cond, &r->cond)) return NB_EXIT_USAGE;
    r->n = cli_given(o, "samples") ? (size_t)o->samples : r->cond.rank > 0 ? r->cond.shape[0] : 0;
    if (!cli_read_labels(o, &r->n, &r->labels)) return NB_EXIT_USAGE;
    if (r->n == 0) r->n = nb_model_sample_shape(s->model).rank > 1 ? PICTURES : POINTS;
    return cli_check_cond(s->model, &r->cond, r->n) ? 0 : NB_EXIT_USAGE;
}

/* From which value (black) to which (white) pictures are shown. */
static void range_of(const session *s, size_t count, const float *x, double *low, double *high)
{
    const nb_training known = nb_model_get_training(s->model);
    if (known.has_range) {
        *low = (double)known.data_min;
        *high = (double)known.data_max;
        return;
    }
    *low = *high = (double)x[0];
    for (size_t i = 1; i < count; i++) {
        *low = (double)x[i] < *low ? (double)x[i] : *low;
        *high = (double)x[i] > *high ? (double)x[i] : *high;
    }
    if (*high == *low) *high = *low + 1.0;
}

/* The first pictures, in rows. An exit status. */
static int draw(session *s, const request *r, const nb_value_shape *sample, const float *x)
{
    const size_t columns = r->n < COLUMNS ? r->n : COLUMNS,
                 rows = r->n / columns < ROWS ? r->n / columns : ROWS, size = nb_model_sample_size(s->model);
    picture_row row[ROWS];
    char title[64];
    snprintf(title, sizeof title, "%s, %d steps", nb_method_describe(s->o->method)->title, s->o->steps);
    for (size_t i = 0; i < rows; i++) row[i] = (picture_row){i ? "" : title, x + i * columns * size};
    picture_grid grid = {.rows = rows,
                         .columns = columns,
                         .channels = sample->shape[0],
                         .height = sample->shape[1],
                         .width = sample->shape[2],
                         .row = row};
    range_of(s, r->n * size, x, &grid.low, &grid.high);
    figure_rows(s, r->picture, &grid);
    if (s->result.files.count == 0) return NB_EXIT_FAILED;
    return cli_write_file(r->picture, s->result.files.file[0].data, s->result.files.file[0].size)
               ? 0
               : NB_EXIT_FAILED;
}

static int write_samples(session *s, const request *r, float *x)
{
    const nb_value_shape sample = nb_model_sample_shape(s->model);
    nb_array a = {.dtype = NB_F32, .rank = 1 + sample.rank, .shape = {r->n}, .data = x};
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    for (int i = 0; i < sample.rank; i++) a.shape[1 + i] = (size_t)sample.shape[i];
    if (nb_npy_encode(&a, &file, &size, &err) != NB_OK) return cli_failed(&err);
    const bool written = cli_write_file(s->o->out, file, size);
    free(file);
    if (!written) return NB_EXIT_FAILED;
    const bool picture =
        sample.axes == NB_IMAGE && (sample.shape[0] == 1 || sample.shape[0] == 3) && r->picture[0];
    return picture ? draw(s, r, &sample, x) : 0;
}

static int sample(session *s, request *r)
{
    int status = read_inputs(s, r);
    if (status != 0) return status;
    nb_sample_config config = cli_sampling(s->o);
    config.n = r->n;
    config.labels = r->labels;
    config.cond = r->cond.data;
    config.times = r->times.data;
    config.guided = s->o->scales > 0;
    config.guidance_scale = s->o->guidance[0];
    float *x = session_take(s, r->n * nb_model_sample_size(s->model), sizeof *x);
    if (x == NULL) return NB_EXIT_FAILED;
    status = cli_sample(s, s->model, &config, NULL, x);
    if (status != 0 && cli_interrupted()) cli_fail(0, "interrupted: nothing is written");
    return status == 0 ? write_samples(s, r, x) : status;
}

int nb_cli_sample(int argc, char **argv)
{
    cli_options o;
    request r = {0};
    session s;
    int status;
    if (!cli_parse("sample", argc - 2, argv + 2, &o, &status)) return status;
    if (o.help) return help();
    status = NB_EXIT_USAGE;
    if (settle(&o, &r)) {
        name_picture(o.out, r.picture);
        status = cli_can_write_file(o.out) && (!r.picture[0] || cli_can_write_file(r.picture))
                     ? 0
                     : NB_EXIT_FAILED;
    }
    if (status == 0) {
        cli_watch_signals();
        status = session_open(&s, &o, NULL);
        if (status == 0) status = sample(&s, &r);
        session_close(&s);
    }
    free(r.file);
    free(r.cond.data);
    free(r.times.data);
    free(r.labels);
    return status;
}
