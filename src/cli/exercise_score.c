/* exercise_score.c - exercise 4: the network on random input, and its score beside the exact one. */
#include "cli/exercises.h"
#include "cli/figures.h"
#include "cli/steps.h"

#include <math.h>
#include <stdlib.h>

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

static nb_status compute(fields *f, const cli_options *o, nb_rng *numpy, nb_rng *torch, nb_model *model,
                         nb_schedule *s, double *data, nb_error *err)
{
    nb_torch_randn(torch, sizeof f->x / sizeof *f->x, f->x);
    nb_torch_rand(torch, INPUTS, f->t);
    nb_status status = nb_model_forward(model, INPUTS, f->x, f->t, NULL, f->eps, err);
    if (status == NB_OK) status = nb_data_swiss_roll(numpy, (size_t)o->points, 0.1, data, err);
    fill_grid(f, nb_schedule_T(s));
    for (int k = 0; k < LEVELS && status == NB_OK; k++) {
        const size_t at = (size_t)k * 2 * CELLS;
        status = nb_exact_score(s, f->level[k], (size_t)o->points, data, CELLS, f->grid, f->exact + at, err);
        if (status == NB_OK) status = learned_score(model, s, f->level[k], f->grid, f->learned + at, err);
    }
    return status;
}

static int add_files(fields *f, const nb_model *model, cli_result *r)
{
    const size_t inputs[2] = {INPUTS, 2}, field[3] = {LEVELS, CELLS, 2};
    const int status = cli_add_model(model, 0, NULL, r);
    if (status != 0) return status;
    const bool good = cli_set_add_array(&r->files, "x.npy", NB_F32, 2, inputs, f->x) &&
                      cli_set_add_array(&r->files, "t.npy", NB_F32, 1, inputs, f->t) &&
                      cli_set_add_array(&r->files, "eps.npy", NB_F32, 2, inputs, f->eps) &&
                      cli_set_add_array(&r->files, "grid.npy", NB_F64, 2, field + 1, f->grid) &&
                      cli_set_add_array(&r->files, "score_t.npy", NB_I32, 1, field, f->level) &&
                      cli_set_add_array(&r->files, "score.npy", NB_F64, 3, field, f->exact) &&
                      cli_set_add_array(&r->files, "learned.npy", NB_F64, 3, field, f->learned) &&
                      figure_scores(r, LEVELS, f->level, CELLS, f->grid, f->exact, f->learned);
    return good ? 0 : NB_EXIT_FAILED;
}

int nb_exercise_4(const cli_options *o, cli_result *r)
{
    fields *f = malloc(sizeof *f);
    double *data = malloc(2 * (size_t)o->points * sizeof *data);
    nb_rng *numpy = NULL, *torch = NULL;
    nb_engine *engine = NULL;
    nb_model *model = NULL;
    nb_schedule *s = NULL;
    nb_error err;
    int status = 0;
    if (!f || !data) {
        free(f);
        free(data);
        return cli_fail(NB_EXIT_FAILED, "not enough memory for %d points", o->points);
    }
    if (nb_rng_create(o->seed, &numpy, &err) != NB_OK || nb_rng_create(o->seed, &torch, &err) != NB_OK ||
        nb_engine_create(o->mode, o->threads, NULL, &engine, &err) != NB_OK ||
        nb_schedule_create(o->schedule, o->timesteps, 1e-4, 0.02, &s, &err) != NB_OK)
        status = cli_failed(&err);
    if (status == 0) status = cli_swiss_roll_model(o, engine, torch, &model);
    if (status == 0 && compute(f, o, numpy, torch, model, s, data, &err) != NB_OK) status = cli_failed(&err);
    if (status == 0) {
        r->kernels = nb_engine_kernels(engine);
        r->parameters = nb_model_param_count(model);
        status = add_files(f, model, r);
    }
    nb_model_destroy(model);
    nb_schedule_destroy(s);
    nb_engine_destroy(engine);
    nb_rng_destroy(numpy);
    nb_rng_destroy(torch);
    free(data);
    free(f);
    return status;
}
