/* foundations.c - exercises 1 to 4: noise, schedules, the jump to any timestep, the score and the network. */
#include "cli/exercises/exercises.h"
#include "cli/exercises/shared.h"
#include "cli/figures/figures.h"
#include "cli/message.h"

#include <math.h>
#include <string.h>

/* ---- Exercise 1 ---- */

enum { LEVELS = 5 };
static const double levels[LEVELS] = {0.0, 0.05, 0.1, 0.2, 0.5};

/* The spiral with noise of standard deviation `level` added, as the course's cell does, and after one true step of the
 * forward process with beta = level, as its formula says: both with the same eps. */
int nb_exercise_1(session *s)
{
    const size_t n = (size_t)s->o->points, shape[3] = {LEVELS, n, 2};
    double *x = session_take(s, 2 * n, sizeof *x), *eps = session_take(s, 2 * n, sizeof *eps);
    double *added = session_take(s, LEVELS * 2 * n, sizeof *added);
    double *step = session_take(s, LEVELS * 2 * n, sizeof *step);
    if (!x || !eps || !added || !step) return NB_EXIT_FAILED;
    nb_data_spiral(n, x);
    for (size_t k = 0; k < LEVELS; k++) {
        nb_numpy_randn(s->numpy, 2 * n, eps);
        for (size_t i = 0; i < 2 * n; i++) {
            added[k * 2 * n + i] = x[i] + eps[i] * levels[k];
            step[k * 2 * n + i] = sqrt(1.0 - levels[k]) * x[i] + sqrt(levels[k]) * eps[i];
        }
    }
    double copy[LEVELS];
    memcpy(copy, levels, sizeof copy);
    const bool good = session_add(s, "data.npy", NB_F64, 2, shape + 1, x) &&
                      session_add(s, "levels.npy", NB_F64, 1, shape, copy) &&
                      session_add(s, "noisy.npy", NB_F64, 3, shape, added) &&
                      session_add(s, "markov.npy", NB_F64, 3, shape, step);
    figure_noise(s, LEVELS, levels, n, added, step);
    return good ? 0 : NB_EXIT_FAILED;
}

/* ---- Exercise 2 ---- */

int nb_exercise_2(session *s)
{
    const size_t shape[2] = {NB_SCHEDULE_KINDS, (size_t)s->o->timesteps}, count = shape[0] * shape[1];
    double *beta = session_take(s, count, sizeof *beta);
    float *alpha_bar = session_take(s, count, sizeof *alpha_bar);
    nb_schedule_kind kinds[NB_SCHEDULE_KINDS];
    if (!beta || !alpha_bar) return NB_EXIT_FAILED;
    for (int k = 0; k < NB_SCHEDULE_KINDS; k++) kinds[k] = (nb_schedule_kind)k;
    const int status = cli_tabulate(NB_SCHEDULE_KINDS, kinds, s->o->timesteps, beta, alpha_bar);
    if (status != 0) return status;
    const bool good = session_add(s, "beta.npy", NB_F64, 2, shape, beta) &&
                      session_add(s, "alpha_bar.npy", NB_F32, 2, shape, alpha_bar);
    figure_schedules(s, "figure.png", shape[0], kinds, shape[1], beta, alpha_bar);
    return good ? 0 : NB_EXIT_FAILED;
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

int nb_exercise_3(session *s)
{
    static float board[PIXELS], noisy[MOMENTS * PIXELS];
    const size_t shape[3] = {MOMENTS, BOARD, BOARD};
    int32_t t[MOMENTS];
    nb_error err;
    if (nb_data_checkerboard(BOARD, BOARD, SQUARE, board, &err) != NB_OK) return cli_failed(&err);
    noise_board(s->numpy, s->schedule, board, noisy, t);
    const bool good = session_add(s, "data.npy", NB_F32, 2, shape + 1, board) &&
                      session_add(s, "t.npy", NB_I32, 1, shape, t) &&
                      session_add(s, "noisy.npy", NB_F32, 3, shape, noisy);
    figure_images(s, MOMENTS, t, BOARD, noisy);
    return good ? 0 : NB_EXIT_FAILED;
}
