/* score.c - exercise 4: the network on random input, and its score beside the exact one. */
#include "cli/exercises/exercises.h"
#include "cli/exercises/shared.h"
#include "cli/figures/figures.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "models/training.h"

enum { INPUTS = 32, LEVELS = 4, GRID = 24, CELLS = GRID * GRID };

/* Everything lives here: the arrays are small. */
typedef struct fields {
    float x[2 * INPUTS], t[INPUTS], eps[2 * INPUTS];
    double grid[2 * CELLS], exact[LEVELS * 2 * CELLS], learned[LEVELS * 2 * CELLS];
    int32_t level[LEVELS]; /* timesteps */
} fields;

static void fill_grid(fields *f, int T)
{
    for (int i = 0; i < CELLS; i++) {
        f->grid[2 * i] = -2.0 + 4.0 * (i % GRID + 0.5) / GRID;
        f->grid[2 * i + 1] =
            -2.0 + 4.0 * (i / GRID + 0.5) / GRID; /* NOLINT(bugprone-integer-division): the row */
    }
    static const double share[LEVELS] = {0.05, 0.2, 0.4, 0.8};
    for (int k = 0; k < LEVELS; k++) f->level[k] = (int32_t)(share[k] * (T - 1));
}

/* The network's score at a timestep: -eps / sqrt(1 - alpha_bar). */
static nb_status learned_score(nb_model *model, const nb_schedule *s, int t, const double *grid, double *out,
                               nb_error *err)
{
    float x[2 * CELLS], time[CELLS], eps[2 * CELLS];
    for (int i = 0; i < 2 * CELLS; i++) x[i] = (float)grid[i];
    for (int i = 0; i < CELLS; i++) time[i] = (float)t / (float)nb_schedule_T(s);
    const nb_status status = nb_model_forward(model, CELLS, x, time, NULL, eps, err);
    const double sd = (double)nb_schedule_table(s, NB_SQRT_ONE_MINUS_ALPHA_BAR)[t];
    for (int i = 0; status == NB_OK && i < 2 * CELLS; i++) out[i] = -(double)eps[i] / sd;
    return status;
}

static int compute(session *s, fields *f)
{
    const size_t n = (size_t)s->o->points;
    double *data = session_take(s, 2 * n, sizeof *data);
    nb_error err;
    if (data == NULL) return NB_EXIT_FAILED;
    if (!s->o->any_schedule && nb_training_check(s->model, s->schedule, &err) != NB_OK)
        return cli_failed(&err);
    nb_torch_randn(s->torch, sizeof f->x / sizeof *f->x, f->x);
    nb_torch_rand(s->torch, INPUTS, f->t);
    nb_status status = nb_model_forward(s->model, INPUTS, f->x, f->t, NULL, f->eps, &err);
    if (status == NB_OK) status = nb_data_swiss_roll(s->numpy, n, 0.1, data, &err);
    fill_grid(f, nb_schedule_T(s->schedule));
    for (int k = 0; k < LEVELS && status == NB_OK && !cli_interrupted(); k++) {
        const size_t at = (size_t)k * 2 * CELLS;
        status = nb_exact_score(s->schedule, f->level[k], n, data, CELLS, f->grid, f->exact + at, &err);
        if (status == NB_OK)
            status = learned_score(s->model, s->schedule, f->level[k], f->grid, f->learned + at, &err);
    }
    return status == NB_OK ? cli_interrupted() : cli_failed(&err);
}

int nb_exercise_4(session *s)
{
    const size_t inputs[2] = {INPUTS, 2}, field[3] = {LEVELS, CELLS, 2};
    fields *f = session_take(s, 1, sizeof *f);
    if (f == NULL) return NB_EXIT_FAILED;
    int status = session_model(s, cli_noise_predictor(s->o));
    if (status == 0) status = compute(s, f);
    if (status == 0) status = session_add_model(s, "model.safetensors", s->model);
    if (status != 0) return status;
    const bool good = session_add(s, "x.npy", NB_F32, 2, inputs, f->x) &&
                      session_add(s, "t.npy", NB_F32, 1, inputs, f->t) &&
                      session_add(s, "eps.npy", NB_F32, 2, inputs, f->eps) &&
                      session_add(s, "grid.npy", NB_F64, 2, field + 1, f->grid) &&
                      session_add(s, "score_t.npy", NB_I32, 1, field, f->level) &&
                      session_add(s, "score.npy", NB_F64, 3, field, f->exact) &&
                      session_add(s, "learned.npy", NB_F64, 3, field, f->learned);
    figure_scores(s, LEVELS, f->level, CELLS, f->grid, f->exact, f->learned);
    return good ? 0 : NB_EXIT_FAILED;
}
