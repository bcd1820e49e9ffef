/* schedule.c - beta_t and everything derived from it.
 *
 * Linear: Ho et al. 2020 (DDPM). Cosine: Nichol and Dhariwal 2021 (Improved DDPM), eq. 17. The two
 * "quadratic" ones and the exponential one are the course's. */
#include "base/arena.h"
#include "base/error.h"
#include "base/math.h"

#include <float.h>
#include <math.h>
#include <string.h>

struct nb_schedule {
    int T;
    double *beta; /* (T) */
    float *table; /* (NB_TABLES, T) */
};

static const char *const names[NB_SCHEDULE_KINDS] = {
    [NB_SCHEDULE_LINEAR] = "linear",
    [NB_SCHEDULE_COSINE] = "cosine",
    [NB_SCHEDULE_COSINE_9999] = "cosine-0.9999",
    [NB_SCHEDULE_QUADRATIC] = "quadratic",
    [NB_SCHEDULE_QUADRATIC_SQRT] = "quadratic-sqrt",
    [NB_SCHEDULE_EXPONENTIAL] = "exponential",
    [NB_SCHEDULE_EXPONENTIAL_CLOSED] = "exponential-closed",
};

const char *nb_schedule_name(nb_schedule_kind kind)
{
    return (int)kind >= 0 && (int)kind < NB_SCHEDULE_KINDS ? names[kind] : NULL;
}

nb_status nb_schedule_find(const char *name, nb_schedule_kind *out, nb_error *err)
{
    for (int k = 0; k < NB_SCHEDULE_KINDS; k++) {
        if (strcmp(name, names[k]) == 0) {
            *out = (nb_schedule_kind)k;
            return NB_OK;
        }
    }
    return nb_fail(
        err, NB_ERR_ARGUMENT,
        "no schedule is named \"%.40s\": there are linear, cosine, cosine-0.9999, quadratic, quadratic-sqrt, "
        "exponential, exponential-closed",
        name);
}

/* Entry i of n even steps from `from` to `to`, rounded as np.linspace does. */
static double linspace(double from, double to, int n, int i)
{
    return i == n - 1 ? to : i * ((to - from) / (n - 1)) + from;
}

/* alpha_bar before normalisation: cos^2 of a quarter turn, offset by s = 0.008 so that beta_0 is not too
 * small. */
static double cosine_alpha_bar(double t, double T)
{
    const double s = 0.008, c = nb_cos((t / T + s) / (1.0 + s) * NB_PI * 0.5);
    return c * c;
}

static double cosine_beta(int t, int T, double max)
{
    const double first = cosine_alpha_bar(0.0, T);
    const double beta = 1.0 - (cosine_alpha_bar(t + 1, T) / first) / (cosine_alpha_bar(t, T) / first);
    return beta < 1e-4 ? 1e-4 : beta > max ? max : beta;
}

static double beta_at(nb_schedule_kind kind, int t, int T, double start, double end)
{
    switch (kind) {
    case NB_SCHEDULE_LINEAR:
        return linspace(start, end, T, t);
    case NB_SCHEDULE_COSINE:
        return cosine_beta(t, T, 0.999);
    case NB_SCHEDULE_COSINE_9999:
        return cosine_beta(t, T, 0.9999);
    case NB_SCHEDULE_QUADRATIC: {
        const double u = linspace(0.0, 1.0, T, t);
        return start + (end - start) * (u * u);
    }
    case NB_SCHEDULE_QUADRATIC_SQRT: {
        const double root = linspace(sqrt(start), sqrt(end), T, t);
        return root * root;
    }
    case NB_SCHEDULE_EXPONENTIAL:
        return start * nb_exp(t * nb_log(end / start) / T);
    case NB_SCHEDULE_EXPONENTIAL_CLOSED:
        return start * nb_exp((t + 1) * nb_log(end / start) / T);
    }
    return 0.0;
}

/* Float operations in PyTorch's order, one rounding each; cumprod accumulates in double, as PyTorch's does. Returns the
 * first timestep at which no signal is left in float, where 1 / sqrt(alpha_bar) is infinite, or -1. */
static int fill_tables(nb_schedule *s)
{
    float *row[NB_TABLES];
    for (int k = 0; k < NB_TABLES; k++) row[k] = s->table + (size_t)k * (size_t)s->T;
    double product = 1.0;
    for (int t = 0; t < s->T; t++) {
        const float beta = (float)s->beta[t], alpha = 1.0F - beta;
        const float previous = t > 0 ? row[NB_ALPHA_BAR][t - 1] : 1.0F;
        product *= (double)alpha;
        const float alpha_bar = (float)product, one_minus = 1.0F - alpha_bar;
        row[NB_BETA][t] = beta;
        row[NB_ALPHA][t] = alpha;
        row[NB_ALPHA_BAR][t] = alpha_bar;
        row[NB_ALPHA_BAR_PREV][t] = previous;
        row[NB_SQRT_ALPHA_BAR][t] = sqrtf(alpha_bar);
        row[NB_SQRT_ONE_MINUS_ALPHA_BAR][t] = sqrtf(one_minus);
        row[NB_SQRT_RECIP_ALPHA][t] = sqrtf(1.0F / alpha);
        row[NB_POSTERIOR_VARIANCE][t] = beta * (1.0F - previous) / one_minus;
        row[NB_SNR][t] = alpha_bar / one_minus;
        if (!(alpha_bar >= FLT_MIN)) return t;
    }
    return -1;
}

static nb_schedule *place(nb_arena *a, int T)
{
    nb_schedule *s = nb_arena_take(a, 1, sizeof *s);
    double *beta = nb_arena_take(a, (size_t)T, sizeof *beta);
    float *table = nb_arena_take(a, (size_t)T * NB_TABLES, sizeof *table);
    if (s) *s = (nb_schedule){.T = T, .beta = beta, .table = table};
    return s;
}

/* 2^-24 is where 1 - beta still differs from 1 in float: below it nothing would be noised. */
static const double least_beta = 0x1p-24;

static nb_status check_T(int T, nb_error *err)
{
    if (T >= 2 && T <= 100000) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT, "T = %d: the number of timesteps is 2 to 100000", T);
}

/* NULL if there is not enough memory. */
static nb_schedule *allocate(int T, nb_error *err)
{
    nb_arena a = {0};
    place(&a, T);
    const size_t bytes = a.used;
    if (nb_arena_alloc(&a)) return place(&a, T);
    nb_fail_memory(err, bytes);
    return NULL;
}

/* The tables of a schedule whose betas are there. what: names it in an error. */
static nb_status finish(nb_schedule *s, const char *what, nb_schedule **out, nb_error *err)
{
    const int drowned = fill_tables(s);
    if (drowned >= 0) {
        const int T = s->T;
        nb_schedule_destroy(s);
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "the %s schedule of %d timesteps leaves no signal from t = %d on (alpha_bar is 0 in "
                       "float): take fewer timesteps or smaller betas",
                       what, T, drowned);
    }
    *out = s;
    return NB_OK;
}

nb_status nb_schedule_create(nb_schedule_kind kind, int T, double beta_start, double beta_end,
                             nb_schedule **out, nb_error *err)
{
    if (nb_schedule_name(kind) == NULL)
        return nb_fail(err, NB_ERR_ARGUMENT, "%d is no schedule: they are numbered 0 to %d", (int)kind,
                       NB_SCHEDULE_KINDS - 1);
    if (check_T(T, err) != NB_OK) return NB_ERR_ARGUMENT;
    const bool cosine = kind == NB_SCHEDULE_COSINE || kind == NB_SCHEDULE_COSINE_9999;
    if (!cosine && !(beta_start >= least_beta && beta_start <= beta_end && beta_end < 1.0))
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "beta from %g to %g: it takes 6e-8 <= beta_start <= beta_end < 1", beta_start,
                       beta_end);
    nb_schedule *s = allocate(T, err);
    if (s == NULL) return NB_ERR_MEMORY;
    for (int t = 0; t < T; t++) s->beta[t] = beta_at(kind, t, T, beta_start, beta_end);
    return finish(s, names[kind], out, err);
}

nb_status nb_schedule_from_beta(int T, const double *beta, nb_schedule **out, nb_error *err)
{
    if (check_T(T, err) != NB_OK) return NB_ERR_ARGUMENT;
    nb_schedule *s = allocate(T, err);
    if (s == NULL) return NB_ERR_MEMORY;
    for (int t = 0; t < T; t++) {
        if (!(beta[t] >= least_beta && beta[t] < 1.0)) {
            nb_schedule_destroy(s);
            return nb_fail(err, NB_ERR_ARGUMENT, "beta[%d] = %g: each beta takes 6e-8 to below 1", t,
                           beta[t]);
        }
        s->beta[t] = beta[t];
    }
    return finish(s, "given", out, err);
}

void nb_schedule_destroy(nb_schedule *s) { nb_aligned_free(s); }
int nb_schedule_T(const nb_schedule *s) { return s->T; }
const double *nb_schedule_beta64(const nb_schedule *s) { return s->beta; }
const float *nb_schedule_table(const nb_schedule *s, nb_table table)
{
    return s->table + (size_t)table * (size_t)s->T;
}
