/* exercise_foundations.c - exercises 1 to 4: noise, schedules, the jump to any timestep, the score and the network. */
#include "cli/exercises.h"
#include "cli/figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(void) { return cli_fail(NB_EXIT_FAILED, "not enough memory"); }

/* ---- Exercise 1 ---- */

enum { LEVELS = 5 };
static const double levels[LEVELS] = {0.0, 0.05, 0.1, 0.2, 0.5};

/* The spiral with noise of standard deviation `level` added, as the course's cell does, and after one true step of the
 * forward process with beta = level, as its formula says: both with the same eps. */
static int noise_spiral(nb_rng *rng, size_t n, const double *x, double *added, double *step, cli_result *r)
{
    double *eps = malloc(2 * n * sizeof *eps);
    if (eps == NULL) return no_memory();
    for (size_t k = 0; k < LEVELS; k++) {
        nb_numpy_randn(rng, 2 * n, eps);
        for (size_t i = 0; i < 2 * n; i++) {
            added[k * 2 * n + i] = x[i] + eps[i] * levels[k];
            step[k * 2 * n + i] = sqrt(1.0 - levels[k]) * x[i] + sqrt(levels[k]) * eps[i];
        }
    }
    free(eps);
    const size_t shape[3] = {LEVELS, n, 2};
    double copy[LEVELS];
    memcpy(copy, levels, sizeof copy);
    const bool good = cli_set_add_array(&r->files, "levels.npy", NB_F64, 1, shape, copy) &&
                      cli_set_add_array(&r->files, "noisy.npy", NB_F64, 3, shape, added) &&
                      cli_set_add_array(&r->files, "markov.npy", NB_F64, 3, shape, step) &&
                      figure_noise(r, LEVELS, levels, n, added, step);
    return good ? 0 : NB_EXIT_FAILED;
}

int nb_exercise_1(const cli_options *o, cli_result *r)
{
    const size_t n = (size_t)o->points, shape[2] = {n, 2};
    double *x = malloc(2 * n * sizeof *x * (1 + 2 * LEVELS));
    nb_rng *rng = NULL;
    nb_error err;
    int status = NB_EXIT_FAILED;
    if (x == NULL)
        no_memory();
    else if (nb_rng_create(o->seed, &rng, &err) != NB_OK)
        cli_failed(&err);
    else {
        nb_data_spiral(n, x);
        if (cli_set_add_array(&r->files, "data.npy", NB_F64, 2, shape, x))
            status = noise_spiral(rng, n, x, x + 2 * n, x + 2 * n * (1 + LEVELS), r);
    }
    nb_rng_destroy(rng);
    free(x);
    return status;
}

/* ---- Exercise 2 ---- */

/* One row a schedule, in the order of nb_schedule_kind. */
static int tabulate(int T, double *beta, float *alpha_bar)
{
    for (int k = 0; k < NB_SCHEDULE_KINDS; k++) {
        nb_schedule *s = NULL;
        nb_error err;
        if (nb_schedule_create((nb_schedule_kind)k, T, 1e-4, 0.02, &s, &err) != NB_OK)
            return cli_failed(&err);
        memcpy(beta + (size_t)k * (size_t)T, nb_schedule_beta64(s), (size_t)T * sizeof *beta);
        memcpy(alpha_bar + (size_t)k * (size_t)T, nb_schedule_table(s, NB_ALPHA_BAR),
               (size_t)T * sizeof *alpha_bar);
        nb_schedule_destroy(s);
    }
    return 0;
}

int nb_exercise_2(const cli_options *o, cli_result *r)
{
    const size_t shape[2] = {NB_SCHEDULE_KINDS, (size_t)o->timesteps}, count = shape[0] * shape[1];
    double *beta = malloc(count * sizeof *beta);
    float *alpha_bar = malloc(count * sizeof *alpha_bar);
    int status = beta && alpha_bar ? tabulate(o->timesteps, beta, alpha_bar) : no_memory();
    if (status == 0) {
        const bool good = cli_set_add_array(&r->files, "beta.npy", NB_F64, 2, shape, beta) &&
                          cli_set_add_array(&r->files, "alpha_bar.npy", NB_F32, 2, shape, alpha_bar) &&
                          figure_schedules(r, shape[1], beta, alpha_bar);
        if (!good) status = NB_EXIT_FAILED;
    }
    free(beta);
    free(alpha_bar);
    return status;
}

/* ---- Exercise 3 ---- */

enum { BOARD = 64, SQUARE = 8, MOMENTS = 6, PIXELS = BOARD * BOARD };

/* The moments of the course, 0 to T-1, for any T; at the first it shows the clean picture. */
static int moment(int i, int T)
{
    static const int of_1000[MOMENTS] = {0, 100, 250, 500, 750, 999};
    return T == 1000 ? of_1000[i] : i * (T - 1) / (MOMENTS - 1);
}

/* alpha_bar_t in double, as NumPy has it. */
static double alpha_bar_at(const nb_schedule *s, int t)
{
    double product = 1.0;
    for (int i = 0; i <= t; i++) product *= 1.0 - nb_schedule_beta64(s)[i];
    return product;
}

static void noise_board(nb_rng *rng, const nb_schedule *s, const float *board, float *noisy, int32_t *t)
{
    double eps[PIXELS];
    for (int k = 0; k < MOMENTS; k++, noisy += PIXELS) {
        t[k] = moment(k, nb_schedule_T(s));
        if (t[k] == 0) {
            memcpy(noisy, board, PIXELS * sizeof *noisy);
            continue;
        }
        nb_numpy_randn(rng, PIXELS, eps);
        const double bar = alpha_bar_at(s, t[k]), signal = sqrt(bar), noise = sqrt(1.0 - bar);
        for (int i = 0; i < PIXELS; i++) noisy[i] = (float)(signal * (double)board[i] + noise * eps[i]);
    }
}

int nb_exercise_3(const cli_options *o, cli_result *r)
{
    static float board[PIXELS], noisy[MOMENTS * PIXELS];
    const size_t shape[3] = {MOMENTS, BOARD, BOARD};
    int32_t t[MOMENTS];
    nb_rng *rng = NULL;
    nb_schedule *s = NULL;
    nb_error err;
    int status = 0;
    if (nb_rng_create(o->seed, &rng, &err) != NB_OK ||
        nb_schedule_create(o->schedule, o->timesteps, 1e-4, 0.02, &s, &err) != NB_OK ||
        nb_data_checkerboard(BOARD, SQUARE, board, &err) != NB_OK) {
        status = cli_failed(&err);
    } else {
        noise_board(rng, s, board, noisy, t);
        const bool good = cli_set_add_array(&r->files, "data.npy", NB_F32, 2, shape + 1, board) &&
                          cli_set_add_array(&r->files, "t.npy", NB_I32, 1, shape, t) &&
                          cli_set_add_array(&r->files, "noisy.npy", NB_F32, 3, shape, noisy) &&
                          figure_images(r, MOMENTS, t, BOARD, noisy);
        if (!good) status = NB_EXIT_FAILED;
    }
    nb_schedule_destroy(s);
    nb_rng_destroy(rng);
    return status;
}
