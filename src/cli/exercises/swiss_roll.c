/* swiss_roll.c - exercises 5 and 6: train the noise predictor on the swiss roll, then sample from it. */
#include "cli/exercises/exercises.h"
#include "cli/exercises/shared.h"
#include "cli/figures/figures.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/session/steps.h"

#include <math.h>
#include <string.h>

enum { FRAME_EVERY = 100, CURVE_POINTS = 4097, DIRECTIONS = 128 };

typedef struct course {
    size_t n;
    double *data;      /* (n, 2) */
    float *x;          /* the same */
    double *loss;      /* (epochs) */
    float *trajectory; /* (frames, samples, 2) */
    int *frame_t;      /* (frames) */
    size_t frames;
} course;

/* The data and the model. */
static int begin(session *s, course *c)
{
    nb_error err;
    c->n = (size_t)s->o->points;
    c->data = session_take(s, 2 * c->n, sizeof *c->data);
    c->x = session_take(s, 2 * c->n, sizeof *c->x);
    if (!c->data || !c->x) return NB_EXIT_FAILED;
    if (nb_data_swiss_roll(s->numpy, c->n, 0.1, c->data, &err) != NB_OK) return cli_failed(&err);
    for (size_t i = 0; i < 2 * c->n; i++) c->x[i] = (float)c->data[i];
    return session_model(s, cli_noise_predictor(s->o));
}

static int train(session *s, course *c)
{
    int status = cli_train(s, "", s->model, c->x, c->n, (nb_train_config){0}, &c->loss);
    if (status == 0) status = session_add_model(s, "model.safetensors", s->model);
    if (status != 0) return status;
    const size_t points[2] = {c->n, 2}, epochs = (size_t)s->o->epochs;
    const bool good = session_add(s, "loss.npy", NB_F64, 1, &epochs, c->loss) &&
                      session_add(s, "data.npy", NB_F64, 2, points, c->data);
    return good ? 0 : NB_EXIT_FAILED;
}

static void keep_frame(const session *s, course *c, const nb_sampler *sampler, int t)
{
    const size_t values = (size_t)s->o->samples * 2;
    memcpy(c->trajectory + c->frames * values, nb_sampler_x(sampler), values * sizeof(float));
    c->frame_t[c->frames++] = t;
}

/* x_T, x after every timestep that divides by 100, and x_0: the course's trajectory. */
static int sample(session *s, course *c)
{
    const cli_options *o = s->o;
    const nb_sample_config config = cli_sampling(o);
    const size_t most = (size_t)o->timesteps / FRAME_EVERY + 3;
    c->trajectory = session_take(s, most * config.n * 2, sizeof *c->trajectory);
    c->frame_t = session_take(s, most, sizeof *c->frame_t);
    if (!c->trajectory || !c->frame_t) return NB_EXIT_FAILED;
    nb_sampler *sampler = NULL;
    nb_error err;
    if (nb_sampler_create(s->model, s->schedule, s->torch, &config, NULL, &sampler, &err) != NB_OK)
        return cli_failed(&err);
    keep_frame(s, c, sampler, o->timesteps);
    int status = 0;
    for (int done = 1; status == 0 && nb_sampler_t(sampler) >= 0; done++) {
        const int t = nb_sampler_t(sampler);
        status = nb_sampler_step(sampler, &err) == NB_OK ? cli_interrupted() : cli_failed(&err);
        if (status == 0 && done == 1) cli_tell_enlarged(s, config.method, sampler, t);
        if (status == 0 && (t % FRAME_EVERY == 0 || nb_sampler_t(sampler) < 0)) keep_frame(s, c, sampler, t);
        if (status == 0 && (done % 10 == 0 || done == o->steps))
            cli_progress("sampling", done, o->steps, NAN);
    }
    nb_sampler_destroy(sampler);
    return status;
}

/* How far the samples are from the curve and from the data. */
static int judge(session *s, const course *c, const float *samples)
{
    const size_t n = (size_t)s->o->samples;
    double *curve = session_take(s, 2 * (size_t)CURVE_POINTS, sizeof *curve);
    double *x = session_take(s, 2 * n, sizeof *x), distance = 0.0;
    nb_error err;
    if (!curve || !x) return NB_EXIT_FAILED;
    for (size_t i = 0; i < 2 * n; i++) x[i] = (double)samples[i];
    nb_data_swiss_roll_curve(CURVE_POINTS, curve);
    double from_curve = 0.0;
    if (nb_sliced_wasserstein(n, x, c->n, c->data, DIRECTIONS, &distance, &err) != NB_OK ||
        nb_curve_distance(n, x, CURVE_POINTS, curve, &from_curve, &err) != NB_OK)
        return cli_failed(&err);
    session_metric(s, "curve_distance", from_curve);
    session_metric(s, "sliced_wasserstein", distance);
    return 0;
}

static int add_samples(session *s, const course *c)
{
    const size_t n = (size_t)s->o->samples, shape[3] = {c->frames, n, 2};
    float *samples = c->trajectory + (c->frames - 1) * n * 2;
    const bool good = session_add(s, "samples.npy", NB_F32, 2, shape + 1, samples) &&
                      session_add(s, "trajectory.npy", NB_F32, 3, shape, c->trajectory);
    figure_sampling(s, c->frames, c->frame_t, n, c->trajectory, c->n, c->x);
    return good ? judge(s, c, samples) : NB_EXIT_FAILED;
}

int nb_exercise_5(session *s)
{
    course c = {0};
    int status = begin(s, &c);
    if (status == 0) status = train(s, &c);
    if (status == 0) figure_training(s, c.n, c.x, (size_t)s->o->epochs, c.loss);
    return status;
}

/* With weights it samples from them; without, it trains first and continues on the same generator. */
int nb_exercise_6(session *s)
{
    course c = {0};
    int status = begin(s, &c);
    if (status == 0 && s->o->weights)
        nb_rng_seed(s->torch, s->o->seed); /* the model's own draws are not part of this run */
    else if (status == 0)
        status = train(s, &c);
    if (status == 0) status = sample(s, &c);
    return status == 0 ? add_samples(s, &c) : status;
}
