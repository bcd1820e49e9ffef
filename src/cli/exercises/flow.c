/* flow.c - exercise 12: a flow on the swiss roll, its paths made straight (reflow), and one step learned from them. */
#include "cli/exercises/exercises.h"
#include "cli/exercises/shared.h"
#include "cli/figures/figures.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/session/steps.h"

#include <math.h>
#include <string.h>

enum { FLOW, REFLOW, STUDENT, NETWORKS, BUDGETS = 3, DIRECTIONS = 128, JUDGED = 1000 };
static const char *const names[NETWORKS] = {"flow.safetensors", "reflow.safetensors", "student.safetensors"};

typedef struct straight {
    size_t n, samples;
    double *data;    /* (n, 2) */
    float *x;        /* the same */
    float *noise;    /* (n, 2), of the pairs */
    float *made;     /* (n, 2), what the flow makes of it */
    float *x_T;      /* (samples, 2) */
    float *out;      /* (NETWORKS, BUDGETS, samples, 2) */
    float *paths;    /* (2, steps + 1, samples, 2) */
    double *loss[2]; /* (epochs) */
} straight;

static int begin(session *s, straight *c)
{
    nb_error err;
    c->n = (size_t)s->o->points;
    c->samples = (size_t)s->o->samples;
    const size_t frames = (size_t)s->o->steps + 1;
    c->data = session_take(s, 2 * c->n, sizeof *c->data);
    c->x = session_take(s, 2 * c->n, sizeof *c->x);
    c->noise = session_take(s, 2 * c->n, sizeof *c->noise);
    c->made = session_take(s, 2 * c->n, sizeof *c->made);
    c->x_T = session_take(s, 2 * c->samples, sizeof *c->x_T);
    c->out = session_take(s, (size_t)NETWORKS * BUDGETS * c->samples * 2, sizeof *c->out);
    c->paths = session_take(s, 2 * frames * c->samples * 2, sizeof *c->paths);
    if (!c->data || !c->x || !c->noise || !c->made || !c->x_T || !c->out || !c->paths) return NB_EXIT_FAILED;
    if (nb_data_swiss_roll(s->numpy, c->n, 0.1, c->data, &err) != NB_OK) return cli_failed(&err);
    for (size_t i = 0; i < 2 * c->n; i++) c->x[i] = (float)c->data[i];
    return session_model(s, cli_noise_predictor(s->o));
}

static nb_sample_config by_euler(size_t n, int steps)
{
    return (nb_sample_config){.n = n, .steps = steps, .method = NB_EULER, .clip = NB_CLIP_OFF};
}

/* Pairs of noise, drawn here, and what the model makes of it. */
static int make_pairs(session *s, straight *c)
{
    const nb_sample_config config = by_euler(c->n, s->o->steps);
    nb_torch_randn(s->torch, 2 * c->n, c->noise);
    return cli_sample(s, s->model, &config, c->noise, c->made);
}

/* x on its way from x_T: steps + 1 frames of (samples, 2). */
static int follow(session *s, const straight *c, float *frames)
{
    const nb_sample_config config = by_euler(c->samples, s->o->steps);
    const size_t values = 2 * c->samples;
    nb_sampler *sampler = NULL;
    nb_error err;
    if (nb_sampler_create(s->model, NULL, NULL, &config, c->x_T, &sampler, &err) != NB_OK)
        return cli_failed(&err);
    int status = 0;
    memcpy(frames, c->x_T, values * sizeof *frames);
    for (int k = 1; status == 0 && k <= config.steps; k++) {
        status = nb_sampler_step(sampler, &err) == NB_OK ? cli_interrupted() : cli_failed(&err);
        if (status == 0) memcpy(frames + (size_t)k * values, nb_sampler_x(sampler), values * sizeof *frames);
    }
    nb_sampler_destroy(sampler);
    return status;
}

/* The model's samples in 1, 2 and --steps steps, and its weights. */
static int sample(session *s, straight *c, int network)
{
    const int budget[BUDGETS] = {1, 2, s->o->steps};
    const size_t values = 2 * c->samples;
    int status = session_add_model(s, names[network], s->model);
    for (int k = 0; k < BUDGETS && status == 0; k++) {
        const nb_sample_config config = by_euler(c->samples, budget[k]);
        status = cli_sample(s, s->model, &config, c->x_T, c->out + (size_t)(network * BUDGETS + k) * values);
    }
    if (status != 0 || network == STUDENT) return status;
    return follow(s, c, c->paths + (size_t)network * (size_t)(s->o->steps + 1) * values);
}

/* One step of Adam towards x_0 = noise - v(noise, 1) for pairs first .. first + rows. */
static nb_status student_step(nb_model *model, nb_adam *adam, const straight *c, size_t first, size_t rows,
                              float *work, nb_error *err)
{
    float *target = work, *v = work + 2 * rows, *d_v = work + 4 * rows, *t = work + 6 * rows;
    const float *noise = c->noise + 2 * first, *x_0 = c->made + 2 * first;
    for (size_t i = 0; i < 2 * rows; i++) target[i] = noise[i] - x_0[i];
    for (size_t i = 0; i < rows; i++) t[i] = 1.0F;
    nb_status status = nb_model_forward(model, rows, noise, t, NULL, v, err);
    nb_mse(2 * rows, v, target, d_v);
    if (status == NB_OK) status = nb_model_backward(model, rows, d_v, NULL, err);
    return status == NB_OK ? nb_adam_step(adam, err) : status;
}

/* The model is taught to make x_0 of the pairs' noise in one step. */
static int distil(session *s, straight *c)
{
    const size_t batch = (size_t)cli_batch(s->o, c->n);
    float *work = session_take(s, 7 * batch, sizeof *work);
    nb_adam *adam = NULL;
    nb_error err;
    if (work == NULL) return NB_EXIT_FAILED;
    if (nb_adam_create(s->model, s->o->lr, 0.9, 0.999, 1e-8, &adam, &err) != NB_OK) return cli_failed(&err);
    int status = 0;
    for (int epoch = 0; epoch < s->o->epochs && status == 0; epoch++) {
        for (size_t at = 0; at < c->n && status == 0; at += batch) {
            const size_t rows = c->n - at < batch ? c->n - at : batch;
            if (student_step(s->model, adam, c, at, rows, work, &err) != NB_OK) status = cli_failed(&err);
        }
        if (status == 0) status = cli_interrupted();
        if (status == 0) cli_progress("one step", epoch + 1, s->o->epochs, NAN);
    }
    nb_adam_destroy(adam);
    return status;
}

/* How much longer paths are than the straight lines between their ends: the mean of length / distance. */
static double curvature(const straight *c, const float *frames, size_t count)
{
    double sum = 0.0;
    for (size_t i = 0; i < c->samples; i++) {
        double length = 0.0;
        const float *from = frames + 2 * i, *at = from;
        for (size_t k = 1; k < count; k++) {
            const float *next = frames + 2 * (k * c->samples + i);
            length += hypot((double)(next[0] - at[0]), (double)(next[1] - at[1]));
            at = next;
        }
        const double distance = hypot((double)(at[0] - from[0]), (double)(at[1] - from[1]));
        sum += distance > 0.0 ? length / distance : 1.0;
    }
    return sum / (double)c->samples;
}

/* Sliced Wasserstein distances to the data, as samples.npy has them, and how straight the paths are. */
static int judge(session *s, const straight *c)
{
    double *x = session_take(s, 2 * c->samples, sizeof *x),
           *distance = session_take(s, (size_t)NETWORKS * BUDGETS, sizeof *distance),
           *bend = session_take(s, 2, sizeof *bend);
    nb_error err;
    if (!x || !distance || !bend) return NB_EXIT_FAILED;
    for (size_t k = 0; k < (size_t)NETWORKS * BUDGETS; k++) {
        for (size_t i = 0; i < 2 * c->samples; i++) x[i] = (double)c->out[k * 2 * c->samples + i];
        if (nb_sliced_wasserstein(c->samples, x, c->n, c->data, DIRECTIONS, &distance[k], &err) != NB_OK)
            return cli_failed(&err);
    }
    const size_t frames = (size_t)s->o->steps + 1;
    for (size_t k = 0; k < 2; k++) bend[k] = curvature(c, c->paths + k * frames * c->samples * 2, frames);
    session_metrics(s, "sliced_wasserstein", (size_t)NETWORKS * BUDGETS, distance);
    session_metrics(s, "length_of_paths_to_distance", 2, bend);
    return 0;
}

/* log p of the first data points under the flow, which is in the model. */
static int likelihood(session *s, const straight *c)
{
    const size_t n = c->n < JUDGED ? c->n : JUDGED;
    double *log_p = session_take(s, n, sizeof *log_p), mean = 0.0;
    nb_error err;
    if (log_p == NULL) return NB_EXIT_FAILED;
    if (nb_flow_log_likelihood(s->model, n, c->x, NULL, NULL, s->o->steps, log_p, &err) != NB_OK)
        return cli_failed(&err);
    for (size_t i = 0; i < n; i++) mean += log_p[i] / (double)n;
    session_metric(s, "log_likelihood", mean);
    return session_add(s, "log_likelihood.npy", NB_F64, 1, &n, log_p) ? 0 : NB_EXIT_FAILED;
}

static int add_arrays(session *s, straight *c)
{
    const size_t epochs = (size_t)s->o->epochs, points[2] = {c->n, 2};
    const size_t shape[4] = {NETWORKS, BUDGETS, c->samples, 2};
    const size_t path[4] = {2, (size_t)s->o->steps + 1, c->samples, 2};
    const bool good = session_add(s, "flow_loss.npy", NB_F64, 1, &epochs, c->loss[FLOW]) &&
                      session_add(s, "reflow_loss.npy", NB_F64, 1, &epochs, c->loss[REFLOW]) &&
                      session_add(s, "data.npy", NB_F64, 2, points, c->data) &&
                      session_add(s, "samples.npy", NB_F32, 4, shape, c->out) &&
                      session_add(s, "paths.npy", NB_F32, 4, path, c->paths);
    if (!good) return NB_EXIT_FAILED;
    figure_flows(s, path[1], c->samples, c->paths, c->out, c->n, c->x);
    return judge(s, c);
}

int nb_exercise_12(session *s)
{
    straight c = {0};
    const nb_train_config first = {.objective = NB_OBJECTIVE_FLOW};
    int status = begin(s, &c);
    if (status == 0) status = cli_train(s, "flow", s->model, c.x, c.n, first, &c.loss[FLOW]);
    if (status != 0) return status;
    nb_torch_randn(s->torch, 2 * c.samples, c.x_T);
    status = sample(s, &c, FLOW);
    if (status == 0) status = likelihood(s, &c);
    if (status == 0) status = make_pairs(s, &c);
    const nb_train_config second = {.objective = NB_OBJECTIVE_FLOW, .noise = c.noise};
    if (status == 0) status = cli_train(s, "reflow", s->model, c.made, c.n, second, &c.loss[REFLOW]);
    if (status == 0) status = sample(s, &c, REFLOW);
    if (status == 0) status = distil(s, &c);
    if (status == 0) status = sample(s, &c, STUDENT);
    return status == 0 ? add_arrays(s, &c) : status;
}
