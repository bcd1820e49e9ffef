/* predict.c - eps_theta(x_t, t) for arrays in files: a model's forward pass, to be held against PyTorch's. */
#include "cli/cli.h"
#include "cli/files.h"

#include <math.h>
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

static bool read_floats(const char *path, nb_array *a)
{
    return cli_read_npy(path, a) && as_floats(path, a);
}

/* A model with the file's weights; NULL after a message. */
static nb_model *load_model(const nb_engine *engine, const char *path)
{
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    if (!cli_read_file(path, &file, &size)) return NULL;
    nb_model_config config;
    nb_model *model = NULL;
    nb_rng *rng = NULL;
    nb_status status = nb_model_config_of(NB_SIMPLE_NOISE_PREDICTOR, file, size, &config, &err);
    if (status == NB_OK) status = nb_rng_create(0, &rng, &err);
    if (status == NB_OK) status = nb_model_create(engine, &config, rng, &model, &err);
    if (status == NB_OK) status = nb_model_load(model, file, size, &err);
    free(file);
    nb_rng_destroy(rng);
    if (status == NB_OK) return model;
    cli_fail(0, "%s: %s", path, err.message);
    nb_model_destroy(model);
    return NULL;
}

static bool check_arrays(const cli_options *o, const nb_array *x, const nb_array *t, const nb_model *model)
{
    const size_t dim = (size_t)nb_model_get_config(model).input_dim;
    if (x->rank != 2 || x->shape[1] != dim) {
        cli_fail(0, "%s: this model takes x of shape (n, %zu)", o->input, dim);
        return false;
    }
    if (t->rank != 1 || t->shape[0] != x->shape[0]) {
        cli_fail(0, "%s: with %zu points t has the shape (%zu,)", o->t, x->shape[0], x->shape[0]);
        return false;
    }
    return true;
}

/* Forward pass and file; an exit status. */
static int predict(const cli_options *o, nb_model *model, const nb_array *x, const nb_array *t)
{
    if (!check_arrays(o, x, t, model)) return NB_EXIT_USAGE;
    nb_array eps = *x;
    eps.data = malloc(nb_array_count(x) * sizeof(float) + 1);
    if (eps.data == NULL) return cli_fail(NB_EXIT_FAILED, "not enough memory for %zu points", x->shape[0]);
    nb_model_forward(model, x->shape[0], x->data, t->data, NULL, eps.data, NULL);
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    int status = NB_EXIT_FAILED;
    if (nb_npy_encode(&eps, &file, &size, &err) != NB_OK)
        cli_fail(0, "%s", err.message);
    else if (cli_write_file(o->out, file, size))
        status = 0;
    free(file);
    free(eps.data);
    return status;
}

int nb_cli_predict(int argc, char **argv)
{
    cli_options o;
    int status;
    if (!cli_parse("predict", argc, argv, &o, &status)) return status;
    if (!o.model || !o.weights || !o.input || !o.t || !o.out)
        return cli_fail(NB_EXIT_USAGE, "predict needs --model, --weights, --input, --t and --out");
    if (strcmp(o.model, "simple-noise-predictor") != 0)
        return cli_fail(NB_EXIT_USAGE, "--model %s: it takes simple-noise-predictor", o.model);
    if (o.labels) return cli_fail(NB_EXIT_USAGE, "--labels: simple-noise-predictor has no classes");
    nb_engine *engine = NULL;
    nb_error err;
    if (nb_engine_create(o.mode, o.threads, NULL, &engine, &err) != NB_OK)
        return cli_fail(NB_EXIT_FAILED, "%s", err.message);
    nb_array x = {0}, t = {0};
    nb_model *model = load_model(engine, o.weights);
    status = NB_EXIT_USAGE;
    if (model && read_floats(o.input, &x) && read_floats(o.t, &t)) status = predict(&o, model, &x, &t);
    free(x.data);
    free(t.data);
    nb_model_destroy(model);
    nb_engine_destroy(engine);
    return status;
}
