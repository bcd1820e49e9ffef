/* exercise_swiss_roll.c - exercises 5 and 6: train the noise predictor on the swiss roll, then sample from
 * it. */
#include "cli/exercises.h"
#include "cli/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_EVERY = 100, CURVE_POINTS = 4097, DIRECTIONS = 128 };

/* Everything both exercises work on. np.random.seed(S) and torch.manual_seed(S) come right before. */
typedef struct course {
    const cli_options *o;
    nb_rng *numpy, *torch;
    nb_engine *engine;
    nb_schedule *schedule;
    nb_model *model;
    double *data64; /* (points, 2) */
    float *data;
    double *loss;      /* (epochs) */
    float *trajectory; /* (frames, samples, 2) */
    int *frame_t;      /* (frames) */
    size_t frames;
} course;

static void close_course(course *c)
{
    nb_model_destroy(c->model);
    nb_schedule_destroy(c->schedule);
    nb_engine_destroy(c->engine);
    nb_rng_destroy(c->numpy);
    nb_rng_destroy(c->torch);
    free(c->data64);
    free(c->data);
    free(c->loss);
    free(c->trajectory);
    free(c->frame_t);
}

static int load_weights(course *c, const uint8_t *file, size_t size)
{
    nb_error err;
    if (nb_model_load(c->model, file, size, &err) == NB_OK) return 0;
    return cli_fail(NB_EXIT_USAGE, "%s: %s", c->o->weights, err.message);
}

/* The model as the options ask: its width from the weights' file if there is one. */
static int make_model(course *c)
{
    const cli_options *o = c->o;
    nb_model_config config = nb_model_default(NB_SIMPLE_NOISE_PREDICTOR);
    uint8_t *file = NULL;
    size_t size = 0;
    nb_error err;
    if (o->weights) {
        if (!cli_read_file(o->weights, &file, &size)) return NB_EXIT_USAGE;
        if (nb_model_config_of(config.kind, file, size, &config, &err) != NB_OK) {
            free(file);
            return cli_fail(NB_EXIT_USAGE, "%s: %s", o->weights, err.message);
        }
    }
    int status = 0;
    if (o->weights && config.input_dim != 2)
        status = cli_fail(NB_EXIT_USAGE, "%s: these weights are for points of %d numbers, not 2", o->weights,
                          config.input_dim);
    else if (o->weights && cli_given(o, "hidden") && o->hidden != config.hidden_dim)
        status =
            cli_fail(NB_EXIT_USAGE, "--hidden %d: the weights are of width %d", o->hidden, config.hidden_dim);
    if (!o->weights) config.hidden_dim = o->hidden;
    config.max_batch = o->batch < o->points ? o->batch : o->points;
    if (status == 0 && nb_model_create(c->engine, &config, c->torch, &c->model, &err) != NB_OK)
        status = cli_failed(&err);
    if (status == 0 && o->weights) status = load_weights(c, file, size);
    free(file);
    return status;
}

static int open_course(course *c, const cli_options *o, cli_result *r)
{
    nb_error err;
    const size_t n = (size_t)o->points;
    c->o = o;
    if (o->steps > o->timesteps)
        return cli_fail(NB_EXIT_USAGE, "--steps %d: with T = %d it takes 1 to %d", o->steps, o->timesteps,
                        o->timesteps);
    c->data64 = malloc(2 * n * sizeof *c->data64);
    c->data = malloc(2 * n * sizeof *c->data);
    if (c->data64 == NULL || c->data == NULL)
        return cli_fail(NB_EXIT_FAILED, "not enough memory for %zu points", n);
    if (nb_engine_create(o->mode, o->threads, NULL, &c->engine, &err) != NB_OK ||
        nb_rng_create(o->seed, &c->numpy, &err) != NB_OK ||
        nb_rng_create(o->seed, &c->torch, &err) != NB_OK ||
        nb_data_swiss_roll(c->numpy, n, 0.1, c->data64, &err) != NB_OK ||
        nb_schedule_create(o->schedule, o->timesteps, 1e-4, 0.02, &c->schedule, &err) != NB_OK)
        return cli_failed(&err);
    for (size_t i = 0; i < 2 * n; i++) c->data[i] = (float)c->data64[i];
    const int status = make_model(c);
    if (status != 0) return status;
    r->kernels = nb_engine_kernels(c->engine);
    r->parameters = nb_model_param_count(c->model);
    return 0;
}

static void show_progress(const char *what, long done, long total, double loss)
{
    if (!isatty(STDERR_FILENO)) return;
    enum { WIDTH = 30 };
    char bar[WIDTH + 1];
    for (long i = 0; i < WIDTH; i++) bar[i] = i * total < done * WIDTH ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %ld/%ld", what, bar, done, total);
    if (!isnan(loss)) fprintf(stderr, "  loss %.4f", loss);
    if (done == total) fputc('\n', stderr);
}

static int train(course *c, cli_result *r)
{
    const cli_options *o = c->o;
    const nb_train_config config = {.batch = o->batch < o->points ? o->batch : o->points, .lr = o->lr};
    nb_trainer *trainer = NULL;
    nb_train_report report = {0};
    nb_error err;
    c->loss = malloc((size_t)o->epochs * sizeof *c->loss);
    if (c->loss == NULL) return cli_fail(NB_EXIT_FAILED, "not enough memory for %d epochs", o->epochs);
    nb_status status = nb_trainer_create(c->model, c->schedule, c->torch, c->data, (size_t)o->points, &config,
                                         &trainer, &err);
    for (int epoch = 0; status == NB_OK && epoch < o->epochs; epoch++) {
        do status = nb_trainer_step(trainer, &report, &err);
        while (status == NB_OK && !report.epoch_end);
        c->loss[epoch] = report.epoch_loss;
        if (status == NB_OK) show_progress("training", epoch + 1, o->epochs, report.epoch_loss);
    }
    nb_trainer_destroy(trainer);
    if (status != NB_OK) return cli_failed(&err);
    r->final_loss = report.epoch_loss;
    return 0;
}

static int add_training_files(const course *c, cli_result *r)
{
    const size_t points[2] = {(size_t)c->o->points, 2}, epochs = (size_t)c->o->epochs;
    uint8_t *weights = NULL;
    size_t size = 0;
    nb_error err;
    if (nb_model_save(c->model, &weights, &size, &err) != NB_OK) return cli_failed(&err);
    cli_set_add(&r->files, "model.safetensors", weights, size);
    const bool good = cli_set_add_array(&r->files, "data.npy", NB_F64, 2, points, c->data64) &&
                      cli_set_add_array(&r->files, "loss.npy", NB_F64, 1, &epochs, c->loss);
    return good ? 0 : NB_EXIT_FAILED;
}

static void keep_frame(course *c, const nb_sampler *s, int t)
{
    const size_t values = (size_t)c->o->samples * 2;
    memcpy(c->trajectory + c->frames * values, nb_sampler_x(s), values * sizeof(float));
    c->frame_t[c->frames++] = t;
}

/* x_T, x after every timestep that divides by 100, and x_0: the course's trajectory. */
static int sample(course *c)
{
    const cli_options *o = c->o;
    const nb_sample_config config = {(size_t)o->samples, o->steps, NB_VARIANCE_POSTERIOR};
    const size_t most = (size_t)o->timesteps / FRAME_EVERY + 3;
    c->trajectory = malloc(most * (size_t)o->samples * 2 * sizeof(float));
    c->frame_t = malloc(most * sizeof(int));
    if (c->trajectory == NULL || c->frame_t == NULL)
        return cli_fail(NB_EXIT_FAILED, "not enough memory for the trajectory of %d samples", o->samples);
    nb_sampler *s = NULL;
    nb_error err;
    nb_status status = nb_sampler_create(c->model, c->schedule, c->torch, &config, NULL, &s, &err);
    if (status == NB_OK) keep_frame(c, s, o->timesteps);
    const int steps = o->steps ? o->steps : o->timesteps;
    for (int done = 1; status == NB_OK && nb_sampler_t(s) >= 0; done++) {
        const int t = nb_sampler_t(s);
        status = nb_sampler_step(s, &err);
        if (status == NB_OK && (t % FRAME_EVERY == 0 || nb_sampler_t(s) < 0)) keep_frame(c, s, t);
        if (status == NB_OK && (done % 10 == 0 || done == steps)) show_progress("sampling", done, steps, NAN);
    }
    nb_sampler_destroy(s);
    return status == NB_OK ? 0 : cli_failed(&err);
}

static int judge(const course *c, const float *samples, cli_result *r)
{
    const size_t n = (size_t)c->o->samples, m = (size_t)c->o->points;
    double *curve = malloc(2 * CURVE_POINTS * sizeof *curve), *x = malloc(2 * n * sizeof *x);
    int status = NB_EXIT_FAILED;
    nb_error err;
    if (curve == NULL || x == NULL) {
        cli_fail(0, "not enough memory for the metrics");
    } else {
        for (size_t i = 0; i < 2 * n; i++) x[i] = (double)samples[i];
        nb_data_swiss_roll_curve(CURVE_POINTS, curve);
        r->curve_distance = nb_curve_distance(n, x, CURVE_POINTS, curve);
        status = nb_sliced_wasserstein(n, x, m, c->data64, DIRECTIONS, &r->sliced_wasserstein, &err) == NB_OK
                     ? 0
                     : cli_failed(&err);
    }
    free(curve);
    free(x);
    return status;
}

static int add_sampling_files(const course *c, cli_result *r)
{
    const size_t n = (size_t)c->o->samples, shape[3] = {c->frames, n, 2};
    float *samples = c->trajectory + (c->frames - 1) * n * 2;
    const bool good =
        cli_set_add_array(&r->files, "samples.npy", NB_F32, 2, shape + 1, samples) &&
        cli_set_add_array(&r->files, "trajectory.npy", NB_F32, 3, shape, c->trajectory) &&
        figure_sampling(r, c->frames, c->frame_t, n, c->trajectory, (size_t)c->o->points, c->data);
    return good ? judge(c, samples, r) : NB_EXIT_FAILED;
}

int nb_exercise_5(const cli_options *o, cli_result *r)
{
    course c = {0};
    int status = open_course(&c, o, r);
    if (status == 0) status = train(&c, r);
    if (status == 0) status = add_training_files(&c, r);
    if (status == 0 && !figure_training(r, (size_t)o->points, c.data, (size_t)o->epochs, c.loss))
        status = NB_EXIT_FAILED;
    close_course(&c);
    return status;
}

/* With weights it samples from them; without, it trains first and continues on the same generator. */
int nb_exercise_6(const cli_options *o, cli_result *r)
{
    course c = {0};
    int status = open_course(&c, o, r);
    if (status == 0 && !o->weights) {
        status = train(&c, r);
        if (status == 0) status = add_training_files(&c, r);
    } else if (status == 0) {
        nb_rng_seed(c.torch, o->seed); /* the model's own draws are not part of this run */
    }
    if (status == 0) status = sample(&c);
    if (status == 0) status = add_sampling_files(&c, r);
    close_course(&c);
    return status;
}
