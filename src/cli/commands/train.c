/* train.c - training of any network, from its text or from weights. */
#include "cli/commands/arrays.h"
#include "cli/commands/commands.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/session/record.h"
#include "cli/session/run_config.h"
#include "cli/session/steps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const lists[CLI_LISTS] = {
    "seed=42 weights network config threads mode=exact out",
    "data labels cond epochs=100 batch optimizer=adam lr=0.001 warmup=0 decay=off "
    "objective=eps stratified=off label-dropout=0 "
    "ema=0 timesteps=1000 schedule=cosine zero-terminal-snr=off resume"};

typedef struct request {
    uint8_t *file; /* the weights, or the network's text with a 0 at its end */
    size_t size;
    run_config config;
    nb_array data, cond;
    int32_t *labels; /* of the data, or NULL */
    char checkpoint[CLI_MOST_PATH];
} request;

static int help(void)
{
    printf("usage: noisebook train --network FILE --data FILE.npy --out FILE.safetensors [OPTION ...]\n"
           "       noisebook train --weights FILE --data FILE.npy --out FILE.safetensors [OPTION ...]\n"
           "       noisebook train --config run.json --out FILE.safetensors [OPTION ...]\n\n"
           "The same seed and data give the bits of lab.seed(S), lab.model and lab.Trainer. An interrupted "
           "run leaves\nFILE.checkpoint.safetensors, with which --resume goes on. --batch is 128 for points "
           "and 32 otherwise.\n\n");
    cli_print_options(lists[CLI_COMMON]);
    cli_print_options(lists[CLI_OWN]);
    return 0;
}

/* What the weights, or the checkpoint, say of their schedule; false after a message. */
static bool take_record(cli_options *o, const request *r, const checkpoint *resumed)
{
    nb_training known;
    nb_error err;
    if (resumed == NULL && o->weights == NULL) return true;
    const uint8_t *file = resumed ? resumed->file : r->file;
    if (nb_training_of(file, resumed ? resumed->size : r->size, &known, &err) != NB_OK) {
        cli_fail(0, "%s: %s", resumed ? resumed->path : o->weights, err.message);
        return false;
    }
    if (!cli_take_schedule(o, &known) || !cli_propose(o, "objective", nb_objective_name(known.objective)))
        return false;
    if (resumed && known.beta_end > 0.0) {
        o->beta_start = known.beta_start;
        o->beta_end = known.beta_end;
    }
    return true;
}

static bool read_network(const cli_options *o, request *r)
{
    const char *path = o->weights ? o->weights : o->network;
    if (o->config) {
        r->file = (uint8_t *)r->config.network;
        r->config.network = NULL;
        return true;
    }
    if (!cli_read_file(path, &r->file, &r->size)) return false;
    if (o->weights) return true;
    if (memchr(r->file, 0, r->size)) {
        cli_fail(0, "%s is no text of a network", path);
        return false;
    }
    uint8_t *text = realloc(r->file, r->size + 1);
    if (text == NULL) {
        cli_fail(0, "%s: not enough memory", path);
        return false;
    }
    text[r->size] = 0;
    r->file = text;
    return true;
}

static const char needs[] = "train needs --network, --weights or --config, --data and --out";

/* Whether it is said once what is trained; false after a message. */
static bool has_one_source(const cli_options *o)
{
    const int sources = (o->network != NULL) + (o->weights != NULL) + (o->config != NULL);
    if (sources == 0) cli_fail(0, "%s", needs);
    if (sources > 1)
        cli_fail(
            0, "train takes --network, to begin, --weights, to train them further, or --config, a run of the "
               "studio: one of them");
    return sources == 1;
}

/* Whether sampling can begin at the last timestep with what is to be predicted; false after a message. */
static bool can_begin(const cli_options *o)
{
    if (!o->zero_terminal_snr || o->objective != NB_OBJECTIVE_EPS) return true;
    cli_fail(0, "--zero-terminal-snr on: of noise alone, the noise says nothing of x_0, and no sampler could "
                "begin; it "
                "takes --objective x0 or v");
    return false;
}

/* The options complete, and the network's file read; false after a message. */
static bool settle(cli_options *o, request *r, const checkpoint *resumed)
{
    const char *settings;
    size_t size;
    if (!cli_heeded(o, CLI_TRAIN, lists)) return false;
    if (resumed && !(checkpoint_settings(resumed, &settings, &size) &&
                     cli_read_settings(o, o->resume, CLI_TRAIN, settings, size)))
        return false;
    if (!has_one_source(o) || (o->config && !cli_read_run_config(o, &r->config))) return false;
    if (!o->data || !o->out) {
        cli_fail(0, "%s", needs);
        return false;
    }
    return read_network(o, r) && take_record(o, r, resumed) && cli_complete(o, lists) &&
           cli_check_flow(o, o->objective == NB_OBJECTIVE_FLOW) && can_begin(o);
}

/* x.checkpoint.safetensors for x.safetensors. */
static void name_checkpoint(const char *out, char path[CLI_MOST_PATH])
{
    static const char end[] = ".safetensors";
    const size_t n = strlen(out), tail = sizeof end - 1;
    const bool ends = n > tail && strcmp(out + n - tail, end) == 0;
    snprintf(path, CLI_MOST_PATH, "%.*s.%s", (int)(ends ? n - tail : n), out, checkpoint_name);
}

/* Batches are as large as lab.Trainer's, where --batch is left out. */
static bool read_arrays(cli_options *o, request *r)
{
    if (!cli_read_floats(o->data, &r->data)) return false;
    if (r->data.rank == 0 || r->data.shape[0] == 0) {
        cli_fail(0, "%s: no samples: it takes (n, and the shape of a sample)", o->data);
        return false;
    }
    if (o->batch == 0 && !cli_keep(o, "batch", r->data.rank == 2 ? "128" : "32")) return false;
    if (!cli_read_labels(o, &r->data.shape[0], &r->labels) ||
        (o->cond && !cli_read_floats(o->cond, &r->cond)))
        return false;
    const size_t n = r->data.shape[0], held = (size_t)lround(r->config.held_out * (double)n);
    if (held >= n) {
        cli_fail(0, "%s: of %zu samples %s holds out %zu, and none are left", o->data, n, o->config, held);
        return false;
    }
    r->data.shape[0] -= held;
    return true;
}

/* The model, which takes its initial weights from s->torch where they are not in a file. An exit status. */
static int make_model(session *s, const request *r)
{
    const cli_options *o = s->o;
    const int batch = cli_batch(o, r->data.shape[0]);
    nb_network *net = NULL;
    nb_error err;
    nb_status status;
    if (o->weights) {
        status = nb_model_open(s->engine, r->file, r->size, batch, &s->model, &err);
    } else {
        status = nb_network_read((const char *)r->file, &net, &err);
        if (status == NB_OK) status = nb_model_build(s->engine, net, batch, s->torch, &s->model, &err);
        nb_network_destroy(net);
    }
    if (status == NB_OK) return 0;
    return cli_fail(status == NB_ERR_MEMORY ? NB_EXIT_FAILED : NB_EXIT_USAGE, "%s: %s",
                    o->weights  ? o->weights
                    : o->config ? o->config
                                : o->network,
                    err.message);
}

static int train(session *s, request *r)
{
    const cli_options *o = s->o;
    const size_t n = r->data.shape[0];
    double *loss;
    int status = make_model(s, r);
    if (status != 0) return status;
    if (!cli_check_samples(s->model, o->data, &r->data, false) || !cli_check_cond(s->model, &r->cond, n))
        return NB_EXIT_USAGE;
    nb_train_config config = {.labels = r->labels, .cond = r->cond.data, .label_dropout = o->label_dropout};
    /* A run of the studio has the data's labels also where its network does not ask for them. */
    if (o->config && !cli_given(o, "labels") && nb_model_classes(s->model) == 0) {
        config.labels = NULL;
        config.label_dropout = 0.0;
    }
    status = cli_train(s, "", s->model, r->data.data, n, config, &loss);
    if (status != 0) return status;
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    if (nb_model_save(s->model, &file, &size, &err) != NB_OK) return cli_failed(&err);
    const bool written = cli_write_file(o->out, file, size);
    free(file);
    return written ? 0 : NB_EXIT_FAILED;
}

/* What was trained by a run that ended early, and the command that goes on with it. The exit status. */
static int keep(const session *s, const request *r, const char *program, int status)
{
    uint8_t *file = NULL;
    size_t size = 0;
    if (!cli_pack_trained(s, CLI_TRAIN, lists, &file, &size)) return NB_EXIT_FAILED;
    const bool kept = cli_write_file(r->checkpoint, file, size);
    free(file);
    if (!kept) return NB_EXIT_FAILED;
    const char *const words[] = {program, CLI_TRAIN, "--resume", r->checkpoint, "--out", s->o->out};
    cli_tell_kept(s, sizeof words / sizeof *words, words);
    return status;
}

static int run(const cli_options *o, request *r, const checkpoint *resumed, const char *program)
{
    session s;
    cli_watch_signals();
    int status = session_open(&s, o, resumed);
    if (status == 0) status = train(&s, r);
    if (status != 0 && cli_interrupted() && isatty(STDERR_FILENO))
        fputc('\n', stderr); /* below the progress bar */
    if (status != 0 && s.trained.count > 0)
        status = keep(&s, r, program, status);
    else if (status != 0 && cli_interrupted())
        cli_fail(0, "interrupted: nothing was trained, and nothing is written");
    session_close(&s);
    return status;
}

int nb_cli_train(int argc, char **argv)
{
    cli_options o;
    request r = {0};
    checkpoint resumed = {0};
    int status;
    if (!cli_parse(CLI_TRAIN, argc - 2, argv + 2, &o, &status)) return status;
    if (o.help) return help();
    const checkpoint *from = o.resume ? &resumed : NULL;
    status = NB_EXIT_USAGE;
    if ((o.resume == NULL || checkpoint_open(&resumed, o.resume)) && settle(&o, &r, from) &&
        read_arrays(&o, &r)) {
        name_checkpoint(o.out, r.checkpoint);
        status = cli_can_write_file(o.out) && cli_can_write_file(r.checkpoint) ? run(&o, &r, from, argv[0])
                                                                               : NB_EXIT_FAILED;
    }
    free(r.file);
    free(r.config.network);
    free(r.data.data);
    free(r.cond.data);
    free(r.labels);
    checkpoint_close(&resumed);
    return status;
}
