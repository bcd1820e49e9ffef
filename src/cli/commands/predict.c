/* predict.c - eps_theta(x_t, t, c) for arrays in files: a model's forward pass, to be held against PyTorch's. */
#include "cli/commands/commands.h"
#include "cli/files/files.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/options/options.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The array's numbers as floats in place of its data; false after a message. */
static bool as_floats(const char *path, nb_array *a)
{
    const size_t n = nb_array_count(a);
    float *out = malloc(n * sizeof *out + 1);
    if (out == NULL) {
        cli_fail(0, "%s: not enough memory", path);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        switch (a->dtype) {
        case NB_F32:
            out[i] = ((const float *)a->data)[i];
            break;
        case NB_F64:
            out[i] = (float)((const double *)a->data)[i];
            break;
        case NB_I32:
            out[i] = (float)((const int32_t *)a->data)[i];
            break;
        case NB_I64:
            out[i] = (float)((const int64_t *)a->data)[i];
            break;
        }
        if (!isfinite(out[i])) {
            cli_fail(0, "%s: number %zu is not finite as a float", path, i);
            free(out);
            return false;
        }
    }
    free(a->data);
    a->data = out;
    a->dtype = NB_F32;
    return true;
}

static bool read_floats(const char *path, nb_array *a) { return cli_read_npy(path, a) && as_floats(path, a); }

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

/* x is (n, and the shape of a sample). */
static bool check_x(const request *r)
{
    const nb_value_shape sample = nb_model_sample_shape(r->model);
    bool fits = r->x.rank == 1 + sample.rank;
    for (int i = 0; fits && i < sample.rank; i++) fits = r->x.shape[1 + i] == (size_t)sample.shape[i];
    if (fits) return true;
    char text[64] = "(n";
    for (int i = 0; i < sample.rank; i++) {
        const size_t n = strlen(text);
        const bool any = r->kind != NB_NETWORK && sample.rank == 3 && i > 0; /* of the course: any size */
        if (any)
            snprintf(text + n, sizeof text - n, ", %s", i == 1 ? "height" : "width");
        else
            snprintf(text + n, sizeof text - n, ", %d", sample.shape[i]);
    }
    cli_fail(0, "%s: this model takes x of shape %s)", r->o->input, text);
    return false;
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
    const size_t n = r->x.shape[0], cond = nb_model_cond_size(r->model);
    if (!check_x(r)) return false;
    if (!check_t(r, n)) return false;
    if (cond == 0 && r->cond.data == NULL) return true;
    if (cond > 0 && r->cond.data && r->cond.rank == 2 && r->cond.shape[0] == n && r->cond.shape[1] == cond)
        return true;
    if (cond == 0)
        cli_fail(0, "--cond: this model takes no further inputs");
    else
        cli_fail(0, "--cond: with %zu samples this model takes further inputs of shape (%zu, %zu)", n, n,
                 cond);
    return false;
}

/* Class labels as int32, from integers of either size; false after a message. */
static bool read_labels(request *r)
{
    nb_array a;
    if (r->o->labels == NULL) return true;
    if (!cli_read_npy(r->o->labels, &a)) return false;
    const bool integers = a.dtype == NB_I32 || a.dtype == NB_I64;
    if (!integers || a.rank != 1 || a.shape[0] != r->x.shape[0]) {
        cli_fail(0, "%s: with %zu samples labels are whole numbers of shape (%zu,)", r->o->labels,
                 r->x.shape[0], r->x.shape[0]);
        free(a.data);
        return false;
    }
    r->labels = malloc(a.shape[0] * sizeof *r->labels + 1);
    for (size_t i = 0; r->labels && i < a.shape[0]; i++) {
        const int64_t label = a.dtype == NB_I32 ? ((const int32_t *)a.data)[i] : ((const int64_t *)a.data)[i];
        r->labels[i] = label < 0 || label > INT32_MAX ? -1 : (int32_t)label; /* the core refuses -1 */
    }
    free(a.data);
    if (r->labels == NULL) cli_fail(0, "not enough memory for the labels");
    return r->labels != NULL;
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
    const bool ready = read_floats(o.input, &r.x) && (!o.t || read_floats(o.t, &r.t)) && read_labels(&r) &&
                       (!o.cond || read_floats(o.cond, &r.cond)) && load_model(&r, engine) &&
                       check_arrays(&r);
    status = ready ? predict(&r) : NB_EXIT_USAGE;
    free(r.x.data);
    free(r.t.data);
    free(r.cond.data);
    free(r.labels);
    nb_model_destroy(r.model);
    nb_engine_destroy(engine);
    return status;
}
