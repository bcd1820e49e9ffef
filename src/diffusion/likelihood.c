/* likelihood.c - log p(x_0) of a flow by the instantaneous change of variables (Chen et al. 2018, theorem 1):
 *
 *   dx/dt = v(x, t),  d log p(x_t)/dt = -div v(x_t, t);  log p(x_0) = log N(x_1; 0, I) + integral of div v dt from 0 to 1
 *
 * div v is exact: one backward pass for each number of a sample gives a row of v's Jacobian. Both go by Heun's method in double. */
#include "base/arena.h"
#include "base/error.h"
#include "diffusion/objective.h"
#include "models/model.h"

#include <math.h>
#include <string.h>

typedef struct path {
    nb_model *model;
    size_t n, dim, rows; /* rows: samples that go through the model at once */
    nb_arena arena;
    double *x, *v1, *v2;         /* (rows, dim) */
    double *log_p, *div1, *div2; /* (rows) */
    double *out;                 /* (n) */
    float *in, *pred, *d_out, *d_x, *time;
} path;

static void take_memory(nb_arena *a, void *context)
{
    path *p = context;
    const size_t values = nb_mul(p->rows, p->dim);
    double **const doubles[] = {&p->x, &p->v1, &p->v2};
    double **const sums[] = {&p->log_p, &p->div1, &p->div2};
    float **const floats[] = {&p->in, &p->pred, &p->d_out, &p->d_x};
    for (int k = 0; k < 3; k++) *doubles[k] = nb_arena_take(a, values, sizeof(double));
    for (int k = 0; k < 3; k++) *sums[k] = nb_arena_take(a, p->rows, sizeof(double));
    for (int k = 0; k < 4; k++) *floats[k] = nb_arena_take(a, values, sizeof(float));
    p->time = nb_arena_take(a, p->rows, sizeof(float));
    p->out = nb_arena_take(a, p->n, sizeof(double));
}

/* v (rows, dim) and its divergence (rows) at p->in. inputs: of these rows. */
static nb_status evaluate(path *p, size_t rows, nb_inputs inputs, double t, double *v, double *div,
                          nb_error *err)
{
    const size_t d = p->dim;
    for (size_t i = 0; i < rows; i++) p->time[i] = nb_model_flow_time(p->model, (float)t);
    inputs.x = p->in;
    inputs.t = p->time;
    nb_status status = nb_model_run(p->model, rows, &inputs, p->pred, err);
    memset(div, 0, rows * sizeof *div);
    memset(p->d_out, 0, rows * d * sizeof *p->d_out);
    for (size_t i = 0; i < rows * d; i++) v[i] = (double)p->pred[i];
    for (size_t k = 0; k < d && status == NB_OK; k++) {
        for (size_t i = 0; i < rows; i++) p->d_out[i * d + k] = 1.0F;
        status = nb_model_run_back(p->model, rows, p->d_out, p->d_x, NULL, err);
        for (size_t i = 0; i < rows; i++) {
            p->d_out[i * d + k] = 0.0F;
            div[i] += (double)p->d_x[i * d + k];
        }
    }
    return status;
}

/* One of Heun's steps, from t to t + h. */
static nb_status advance(path *p, size_t rows, nb_inputs inputs, double t, double h, nb_error *err)
{
    const size_t count = rows * p->dim;
    for (size_t i = 0; i < count; i++) p->in[i] = (float)p->x[i];
    nb_status status = evaluate(p, rows, inputs, t, p->v1, p->div1, err);
    for (size_t i = 0; i < count; i++) p->in[i] = (float)(p->x[i] + h * p->v1[i]);
    if (status == NB_OK) status = evaluate(p, rows, inputs, t + h, p->v2, p->div2, err);
    for (size_t i = 0; i < count; i++) p->x[i] += 0.5 * h * (p->v1[i] + p->v2[i]);
    for (size_t i = 0; i < rows; i++) p->log_p[i] += 0.5 * h * (p->div1[i] + p->div2[i]);
    return status;
}

/* All of the way for `rows` samples from `first` on; inputs: theirs. */
static nb_status follow(path *p, size_t first, size_t rows, nb_inputs inputs, int steps, nb_error *err)
{
    const double half_log_two_pi = 0.91893853320467274;
    nb_status status = NB_OK;
    for (size_t i = 0; i < rows * p->dim; i++) p->x[i] = (double)inputs.x[i];
    memset(p->log_p, 0, rows * sizeof *p->log_p);
    for (int k = 0; k < steps && status == NB_OK; k++) {
        const double t = (double)k / steps;
        status = advance(p, rows, inputs, t, (double)(k + 1) / steps - t, err);
    }
    for (size_t i = 0; i < rows && status == NB_OK; i++) {
        double log_p = p->log_p[i];
        for (size_t j = i * p->dim; j < (i + 1) * p->dim; j++)
            log_p -= 0.5 * p->x[j] * p->x[j] + half_log_two_pi;
        if (!isfinite(log_p))
            return nb_fail(err, NB_ERR_NONFINITE,
                           "the likelihood of sample %zu is not finite: the network's velocity has grown out "
                           "of range",
                           first + i);
        p->out[first + i] = log_p;
    }
    return status;
}

static nb_status check(const nb_model *model, size_t n, const float *x, const int32_t *labels,
                       const float *cond, int steps, nb_error *err)
{
    const size_t d = nb_model_sample_size(model);
    nb_status status = nb_model_check_denoiser(model, err);
    if (status != NB_OK) return status;
    if (model->training.objective != NB_OBJECTIVE_FLOW)
        return nb_fail(
            err, NB_ERR_ARGUMENT,
            "the likelihood of a network that predicts %s: it takes one trained with the objective "
            "flow",
            nb_objective_name(model->training.objective));
    if (d > NB_MOST_TRACE)
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "the likelihood of samples of %zu numbers: the exact trace takes at most %zu", d,
                       NB_MOST_TRACE);
    if (n < 1 || n > NB_MAX_POINTS)
        return nb_fail(err, NB_ERR_ARGUMENT, "%zu samples: it takes 1 to %zu", n, NB_MAX_POINTS);
    if (steps < 1 || steps > 100000)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d steps: the likelihood takes 1 to 100000", steps);
    for (size_t i = 0; i < n * d; i++) {
        if (!isfinite(x[i])) return nb_fail(err, NB_ERR_NONFINITE, "sample %zu is not finite", i / d);
    }
    status = nb_model_check_labels(model, n, labels, true, err);
    if (status == NB_OK) status = nb_model_check_kept_cond(model, n, cond, err);
    return status == NB_OK ? nb_model_check_skips(model, err) : status;
}

nb_status nb_flow_log_likelihood(nb_model *model, size_t n, const float *x, const int32_t *labels,
                                 const float *cond, int steps, double *out, nb_error *err)
{
    nb_status status = check(model, n, x, labels, cond, steps, err);
    if (status != NB_OK) return status;
    const size_t batch = (size_t)nb_model_get_config(model).max_batch, dim = nb_model_sample_size(model),
                 cond_size = nb_model_cond_size(model);
    path p = {.model = model, .n = n, .dim = dim, .rows = n < batch ? n : batch};
    status = nb_arena_fill(&p.arena, take_memory, &p, err);
    if (status != NB_OK) return status;
    for (size_t first = 0; first < n && status == NB_OK; first += p.rows) {
        const size_t rows = n - first < p.rows ? n - first : p.rows;
        const nb_inputs inputs = {x + first * dim, NULL, labels ? labels + first : NULL,
                                  cond ? cond + first * cond_size : NULL};
        status = follow(&p, first, rows, inputs, steps, err);
    }
    if (status == NB_OK) memcpy(out, p.out, n * sizeof *out);
    nb_arena_free(&p.arena);
    return status;
}
