/* predict.c - eps_theta(x_t, t, c) for arrays in files: a model's forward pass, to be held against PyTorch's. */
#include "cli/commands/arrays.h"
#include "cli/commands/commands.h"
#include "cli/files/files.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/options/options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The arrays of one prediction. */
typedef struct request {
    const cli_options *o;
    nb_model_kind kind;
    nb_array x, t, cond;
    int32_t *labels; /* (n), or NULL */
    nb_model *model;
} request;

static bool is_points(nb_model_kind kind)
{
    return kind == NB_SIMPLE_NOISE_PREDICTOR || kind == NB_CONDITIONAL_DIFFUSION;
}

/* A model of the course with the file's weights, for images as large as x is. */
static nb_status create_model(request *r, const nb_engine *engine, const uint8_t *file, size_t size,
                              nb_error *err)
{
    nb_model_config config;
    nb_rng *rng = NULL;
    nb_status status = nb_model_config_of(r->kind, file, size, &config, err);
    if (status == NB_OK && !is_points(r->kind) && r->x.rank == 4 && r->x.shape[2] <= 65536 &&
        r->x.shape[3] <= 65536) {
        config.image_height = (int)r->x.shape[2];
        config.image_width = (int)r->x.shape[3];
    }
    if (status == NB_OK) status = nb_rng_create(0, &rng, err);
    if (status == NB_OK) status = nb_model_create(engine, &config, rng, &r->model, err);
    if (status == NB_OK) status = nb_model_load(r->model, file, size, err);
    nb_rng_destroy(rng);
    return status;
}

enum { NETWORK_BATCH = 32 };

/* false after a message. */
static bool load_model(request *r, const nb_engine *engine)
{
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    if (!cli_read_file(r->o->weights, &file, &size)) return false;
    nb_status status = cli_given(r->o, "model") ? NB_OK : nb_model_kind_of(file, size, &r->kind, &err);
    if (status == NB_OK)
        status = r->kind == NB_NETWORK ? nb_model_open(engine, file, size, NETWORK_BATCH, &r->model, &err)
                                       : create_model(r, engine, file, size, &err);
    free(file);
    if (status != NB_OK) cli_fail(0, "%s: %s", r->o->weights, err.message);
    return status == NB_OK;
}

/* A t that the network has no use for is refused, as PyTorch refuses an argument that forward does not take. */
static bool check_t(const request *r, size_t n)
{
    const bool takes = nb_model_takes_t(r->model);
    if (!takes && r->o->t == NULL) return true;
    if (!takes)
        cli_fail(0, "--t: this model takes no t");
    else if (r->o->t == NULL)
        cli_fail(0, "this model takes t: give --t, .npy of shape (%zu,), %s", n,
                 nb_model_takes_fraction(r->model) ? "t / T" : "the timesteps");
    else if (r->t.rank != 1 || r->t.shape[0] != n)
        cli_fail(0, "%s: with %zu samples t has the shape (%zu,)", r->o->t, n, n);
    else
        return true;
    return false;
}

static bool check_arrays(const request *r)
{
    const size_t n = r->x.shape[0];
    const bool any_size =
        r->kind != NB_NETWORK; /* the course's networks are made for pictures as large as x */
    if (!cli_check_samples(r->model, r->o->input, &r->x, any_size)) return false;
    if (!check_t(r, n)) return false;
    return cli_check_cond(r->model, &r->cond, n);
}

/* Forward pass and file; an exit status. What a network gives is shaped as x where it has as many numbers. */
static int predict(const request *r)
{
    const size_t n = r->x.shape[0], out = nb_model_output_size(r->model);
    nb_array eps = r->x;
    nb_error err;
    if (out != nb_model_sample_size(r->model))
        eps = (nb_array){.dtype = NB_F32, .rank = 2, .shape = {n, out}};
    eps.data = malloc(nb_array_count(&eps) * sizeof(float) + 1);
    if (eps.data == NULL) return cli_fail(NB_EXIT_FAILED, "not enough memory for %zu samples", n);
    int status = NB_EXIT_USAGE;
    uint8_t *file = NULL;
    size_t size = 0;
    const nb_inputs inputs = {r->x.data, r->t.data, r->labels, r->cond.data};
    if (nb_model_run(r->model, n, &inputs, eps.data, &err) != NB_OK) {
        cli_fail(0, "%s", err.message);
    } else if (nb_npy_encode(&eps, &file, &size, &err) != NB_OK) {
        status = cli_fail(NB_EXIT_FAILED, "%s", err.message);
    } else {
        status = cli_write_file(r->o->out, file, size) ? 0 : NB_EXIT_FAILED;
    }
    free(file);
    free(eps.data);
    return status;
}

int nb_cli_predict(int argc, char **argv)
{
    cli_options o;
    int status;
    if (!cli_parse("predict", argc - 2, argv + 2, &o, &status)) return status;
    if (!o.weights || !o.input || !o.out)
        return cli_fail(NB_EXIT_USAGE, "predict needs --weights, --input and --out");
    request r = {.o = &o, .kind = o.model};
    nb_engine *engine = NULL;
    nb_error err;
    if (!cli_can_write_file(o.out)) return NB_EXIT_FAILED;
    sigset_t before;
    cli_hold_signals(&before);
    const nb_status made = nb_engine_create(o.mode, o.threads, NULL, &engine, &err);
    cli_release_signals(&before);
    if (made != NB_OK) return cli_fail(NB_EXIT_FAILED, "%s", err.message);
    bool ready = cli_read_floats(o.input, &r.x) && (!o.t || cli_read_floats(o.t, &r.t)) &&
                 (!o.cond || cli_read_floats(o.cond, &r.cond));
    size_t n = ready ? r.x.shape[0] : 0;
    ready = ready && cli_read_labels(&o, &n, &r.labels) && load_model(&r, engine) && check_arrays(&r);
    status = ready ? predict(&r) : NB_EXIT_USAGE;
    free(r.x.data);
    free(r.t.data);
    free(r.cond.data);
    free(r.labels);
    nb_model_destroy(r.model);
    nb_engine_destroy(engine);
    return status;
}
