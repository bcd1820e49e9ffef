/* targets.c - exercise 11: one network trained on the noise, on x_0 and on v, and where each of them errs. */
#include "cli/exercises/exercises.h"
#include "cli/exercises/shared.h"
#include "cli/figures/figures.h"
#include "cli/message.h"
#include "cli/session/steps.h"

enum { TARGETS = 3, LEVELS = 20, DIRECTIONS = 128 };
static const nb_objective objectives[TARGETS] = {NB_OBJECTIVE_EPS, NB_OBJECTIVE_X0, NB_OBJECTIVE_V};
static const char *const files[TARGETS] = {"eps.safetensors", "x0.safetensors", "v.safetensors"};

typedef struct targets {
    size_t n, samples;
    double *data;          /* (n, 2) */
    float *x;              /* the same */
    double *loss[TARGETS]; /* (epochs) */
    double *by_level;      /* (TARGETS, LEVELS), of the noise */
    int32_t timesteps[LEVELS];
    float *out; /* (TARGETS, samples, 2) */
} targets;

static int begin(session *s, targets *c)
{
    nb_error err;
    c->n = (size_t)s->o->points;
    c->samples = (size_t)s->o->samples;
    c->data = session_take(s, 2 * c->n, sizeof *c->data);
    c->x = session_take(s, 2 * c->n, sizeof *c->x);
    c->by_level = session_take(s, (size_t)TARGETS * LEVELS, sizeof *c->by_level);
    c->out = session_take(s, (size_t)TARGETS * c->samples * 2, sizeof *c->out);
    if (!c->data || !c->x || !c->by_level || !c->out) return NB_EXIT_FAILED;
    if (nb_data_swiss_roll(s->numpy, c->n, 0.1, c->data, &err) != NB_OK) return cli_failed(&err);
    for (size_t i = 0; i < 2 * c->n; i++) c->x[i] = (float)c->data[i];
    for (int k = 0; k < LEVELS; k++)
        c->timesteps[k] = (int32_t)((int64_t)(s->o->timesteps - 1) * k / (LEVELS - 1));
    return 0;
}

/* From the same initial weights and by the same draws as the others. */
static int train(session *s, targets *c, int k)
{
    const nb_train_config config = {.objective = objectives[k]};
    nb_error err;
    nb_model_destroy(s->model);
    s->model = NULL;
    nb_rng_seed(s->torch, s->o->seed);
    int status = session_model(s, cli_noise_predictor(s->o));
    if (status == 0)
        status = cli_train(s, nb_objective_name(objectives[k]), s->model, c->x, c->n, config, &c->loss[k]);
    if (status == 0) status = session_add_model(s, files[k], s->model);
    if (status != 0) return status;
    if (nb_loss_by_level(s->model, s->schedule, c->n, c->x, NULL, NULL, LEVELS, c->timesteps, s->o->seed,
                         NULL, c->by_level + (size_t)k * LEVELS, &err) != NB_OK)
        return cli_failed(&err);
    nb_rng_seed(s->torch, s->o->seed);
    const nb_sample_config sampling = cli_sampling(s->o);
    return cli_sample(s, s->model, &sampling, NULL, c->out + (size_t)k * 2 * c->samples);
}

static int judge(session *s, const targets *c)
{
    double *x = session_take(s, 2 * c->samples, sizeof *x),
           *distance = session_take(s, TARGETS, sizeof *distance);
    nb_error err;
    if (!x || !distance) return NB_EXIT_FAILED;
    for (size_t k = 0; k < TARGETS; k++) {
        for (size_t i = 0; i < 2 * c->samples; i++) x[i] = (double)c->out[k * 2 * c->samples + i];
        if (nb_sliced_wasserstein(c->samples, x, c->n, c->data, DIRECTIONS, &distance[k], &err) != NB_OK)
            return cli_failed(&err);
    }
    session_metrics(s, "sliced_wasserstein", TARGETS, distance);
    return 0;
}

int nb_exercise_11(session *s)
{
    targets c = {0};
    int status = begin(s, &c);
    for (int k = 0; k < TARGETS && status == 0; k++) status = train(s, &c, k);
    if (status == 0) status = judge(s, &c);
    if (status != 0) return status;
    const size_t epochs = (size_t)s->o->epochs, points[2] = {c.n, 2}, levels[2] = {TARGETS, LEVELS},
                 shape[3] = {TARGETS, c.samples, 2};
    const char *titles[TARGETS];
    for (int k = 0; k < TARGETS; k++) titles[k] = nb_objective_name(objectives[k]);
    const bool good = session_add(s, "eps_loss.npy", NB_F64, 1, &epochs, c.loss[0]) &&
                      session_add(s, "x0_loss.npy", NB_F64, 1, &epochs, c.loss[1]) &&
                      session_add(s, "v_loss.npy", NB_F64, 1, &epochs, c.loss[2]) &&
                      session_add(s, "t.npy", NB_I32, 1, &levels[1], c.timesteps) &&
                      session_add(s, "loss_by_level.npy", NB_F64, 2, levels, c.by_level) &&
                      session_add(s, "data.npy", NB_F64, 2, points, c.data) &&
                      session_add(s, "samples.npy", NB_F32, 3, shape, c.out);
    figure_losses(s, "loss.png", TARGETS, titles, epochs, c.loss);
    return good ? 0 : NB_EXIT_FAILED;
}
