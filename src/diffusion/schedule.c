/* schedule.c - beta_t and everything derived from it.
 *
 * Linear: Ho et al. 2020 (DDPM). Cosine: Nichol and Dhariwal 2021 (Improved DDPM), eq. 17. The two
 * "quadratic" ones and the exponential one are the course's. Zero terminal SNR: Lin et al. 2023, algorithm 1. */
#include "diffusion/schedule.h"

#include "base/arena.h"
#include "base/crc32.h"
#include "base/error.h"
#include "base/math.h"
#include "base/names.h"

#include <float.h>
#include <math.h>

struct nb_schedule {
    nb_training note; /* the fields that are a schedule's */
    double *beta;     /* (T) */
    float *table;     /* (NB_TABLES, T) */
};

/* ---- The kinds: beta_t of t = 0..T-1 ---- */

/* Entry i of n even steps from `from` to `to`, rounded as np.linspace does. */
static double linspace(double from, double to, int n, int i)
{
    return i == n - 1 ? to : i * ((to - from) / (n - 1)) + from;
}

static double linear_beta(int t, int T, double start, double end) { return linspace(start, end, T, t); }

static double quadratic_beta(int t, int T, double start, double end)
{
    const double u = linspace(0.0, 1.0, T, t);
    return start + (end - start) * (u * u);
}

static double quadratic_sqrt_beta(int t, int T, double start, double end)
{
    const double root = linspace(sqrt(start), sqrt(end), T, t);
    return root * root;
}

static double exponential_beta(int t, int T, double start, double end)
{
    return start * nb_exp(t * nb_log(end / start) / T);
}

static double exponential_closed_beta(int t, int T, double start, double end)
{
    return start * nb_exp((t + 1) * nb_log(end / start) / T);
}

/* alpha_bar before normalisation: cos^2 of a quarter turn, offset by s = 0.008 so that beta_0 is not too
 * small. */
static double cosine_alpha_bar(double t, double T)
{
    const double s = 0.008, c = nb_cos((t / T + s) / (1.0 + s) * NB_PI * 0.5);
    return c * c;
}

/* Equation 17, clipped. */
static double cosine_beta(int t, int T, double min, double max)
{
    const double first = cosine_alpha_bar(0.0, T);
    const double beta = 1.0 - (cosine_alpha_bar(t + 1, T) / first) / (cosine_alpha_bar(t, T) / first);
    return beta < min ? min : beta > max ? max : beta;
}

static double cosine(int t, int T, double start, double end)
{
    (void)start;
    (void)end;
    return cosine_beta(t, T, 0.0, 0.999);
}

static double cosine_9999(int t, int T, double start, double end)
{
    (void)start;
    (void)end;
    return cosine_beta(t, T, 1e-4, 0.9999);
}

static double cosine_clipped(int t, int T, double start, double end)
{
    (void)start;
    (void)end;
    return cosine_beta(t, T, 1e-4, 0.999);
}

#define COSINE "1 - f(t+1) / f(t), f(t) = cos^2((t/T + 0.008) / 1.008 pi/2)"

#define PYTHON_COSINE(least, most)                                                                           \
    "f = np.cos((np.arange(T + 1) / T + 0.008) / 1.008 * np.pi * 0.5) ** 2\n"                                \
    "beta = np.clip(1 - (f / f[0])[1:] / (f / f[0])[:-1], " least ", " most ")"

static const struct {
    nb_schedule_info info;
    double (*beta)(int t, int T, double start, double end);
    const char *python; /* beta as an array of NumPy's, of T, BETA_START and BETA_END */
} kinds[NB_SCHEDULE_KINDS] = {
    [NB_SCHEDULE_LINEAR] = {{"linear", "beta_start + (beta_end - beta_start) t / (T-1)", true},
                            linear_beta,
                            "beta = np.linspace(BETA_START, BETA_END, T)"},
    [NB_SCHEDULE_COSINE] = {{"cosine", COSINE ", at most 0.999", false}, cosine, PYTHON_COSINE("0", "0.999")},
    [NB_SCHEDULE_COSINE_9999] = {{"cosine-0.9999", COSINE ", within 0.0001 and 0.9999", false},
                                 cosine_9999,
                                 PYTHON_COSINE("1e-4", "0.9999")},
    [NB_SCHEDULE_QUADRATIC] = {{"quadratic", "beta_start + (beta_end - beta_start) (t / (T-1))^2", true},
                               quadratic_beta,
                               "beta = BETA_START + (BETA_END - BETA_START) * np.linspace(0, 1, T) ** 2"},
    [NB_SCHEDULE_QUADRATIC_SQRT] = {{"quadratic-sqrt",
                                     "(sqrt(beta_start) + (sqrt(beta_end) - sqrt(beta_start)) t / (T-1))^2",
                                     true},
                                    quadratic_sqrt_beta,
                                    "beta = np.linspace(BETA_START**0.5, BETA_END**0.5, T) ** 2"},
    [NB_SCHEDULE_EXPONENTIAL] =
        {{"exponential", "beta_start (beta_end / beta_start)^(t/T)", true},
         exponential_beta,
         "beta = BETA_START * np.exp(np.arange(T) * np.log(BETA_END / BETA_START) / T)"},
    [NB_SCHEDULE_EXPONENTIAL_CLOSED] =
        {{"exponential-closed", "beta_start (beta_end / beta_start)^((t+1)/T)", true},
         exponential_closed_beta,
         "beta = BETA_START * np.exp((np.arange(T) + 1) * np.log(BETA_END / BETA_START) / T)"},
    [NB_SCHEDULE_COSINE_CLIPPED] = {{"cosine-clipped", COSINE ", within 0.0001 and 0.999", false},
                                    cosine_clipped,
                                    PYTHON_COSINE("1e-4", "0.999")},
};

const char *nb_schedule_python(nb_schedule_kind kind)
{
    return (int)kind >= 0 && (int)kind < NB_SCHEDULE_KINDS ? kinds[kind].python : NULL;
}

const nb_schedule_info *nb_schedule_describe(nb_schedule_kind kind)
{
    return (int)kind >= 0 && (int)kind < NB_SCHEDULE_KINDS ? &kinds[kind].info : NULL;
}

static const char *name_at(size_t index) { return index < NB_SCHEDULE_KINDS ? kinds[index].info.name : NULL; }

const char *nb_schedule_name(nb_schedule_kind kind) { return (int)kind >= 0 ? name_at((size_t)kind) : NULL; }

nb_status nb_schedule_find(const char *name, nb_schedule_kind *out, nb_error *err)
{
    size_t found;
    const nb_status status = nb_name_find("schedule", name_at, name, &found, err);
    if (status == NB_OK) *out = (nb_schedule_kind)found;
    return status;
}

/* ---- The tables ---- */

/* Float operations in PyTorch's order, one rounding each; cumprod accumulates in double, as PyTorch's does. Returns the
 * first timestep at which no signal is left in float, where 1 / sqrt(alpha_bar) is infinite, or -1. The last one may mean it:
 * a beta of 1. */
static int fill_tables(nb_schedule *s)
{
    float *row[NB_TABLES];
    const int T = s->note.T;
    for (int k = 0; k < NB_TABLES; k++) row[k] = s->table + (size_t)k * (size_t)T;
    double product = 1.0;
    for (int t = 0; t < T; t++) {
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
        if (!(alpha_bar >= FLT_MIN) && !(t == T - 1 && s->beta[t] == 1.0)) return t;
    }
    s->note.zero_terminal_snr = row[NB_ALPHA_BAR][T - 1] == 0.0F;
    return -1;
}

/* 2^-24 is where 1 - beta still differs from 1 in float: below it nothing would be noised. */
static const double least_beta = 0x1p-24;

static nb_status check_T(int T, nb_error *err)
{
    if (T >= 2 && T <= 100000) return NB_OK;
    return nb_fail(err, NB_ERR_ARGUMENT, "T = %d: the number of timesteps is 2 to 100000", T);
}

/* A schedule is its block of memory: the struct first, its arrays behind it. */
typedef struct block {
    int T;
    nb_schedule *s;
    double *beta;
    float *table;
} block;

static void take_memory(nb_arena *a, void *context)
{
    block *b = context;
    b->s = nb_arena_take(a, 1, sizeof *b->s);
    b->beta = nb_arena_take(a, (size_t)b->T, sizeof *b->beta);
    b->table = nb_arena_take(a, nb_mul((size_t)b->T, NB_TABLES), sizeof *b->table);
}

/* NULL if there is not enough memory. */
static nb_schedule *allocate(nb_schedule_kind kind, int T, nb_error *err)
{
    nb_arena a = {0};
    block b = {.T = T};
    if (nb_arena_fill(&a, take_memory, &b, err) != NB_OK) return NULL;
    *b.s = (nb_schedule){.note = {.T = T, .schedule = kind}, .beta = b.beta, .table = b.table};
    return b.s;
}

/* The tables of a schedule whose betas are there. */
static nb_status finish(nb_schedule *s, nb_schedule **out, nb_error *err)
{
    const int drowned = fill_tables(s);
    if (drowned >= 0) {
        const int T = s->note.T;
        const char *name = nb_schedule_name(s->note.schedule);
        nb_schedule_destroy(s);
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "the %s schedule of %d timesteps leaves no signal from t = %d on (alpha_bar is 0 in "
                       "float): take fewer timesteps or smaller betas",
                       name ? name : "given", T, drowned);
    }
    s->note.beta_crc = nb_crc32(nb_schedule_table(s, NB_BETA), (size_t)s->note.T * sizeof(float));
    *out = s;
    return NB_OK;
}

nb_status nb_schedule_create(nb_schedule_kind kind, int T, double beta_start, double beta_end,
                             nb_schedule **out, nb_error *err)
{
    if (nb_name_check("schedule", name_at, (int)kind, err) != NB_OK) return NB_ERR_ARGUMENT;
    if (check_T(T, err) != NB_OK) return NB_ERR_ARGUMENT;
    const bool takes = kinds[kind].info.takes_beta;
    if (takes && !(beta_start >= least_beta && beta_start <= beta_end && beta_end < 1.0))
        return nb_fail(err, NB_ERR_ARGUMENT,
                       "beta from %g to %g: it takes 6e-8 <= beta_start <= beta_end < 1", beta_start,
                       beta_end);
    nb_schedule *s = allocate(kind, T, err);
    if (s == NULL) return NB_ERR_MEMORY;
    s->note.beta_start = takes ? beta_start : 0.0;
    s->note.beta_end = takes ? beta_end : 0.0;
    for (int t = 0; t < T; t++) s->beta[t] = kinds[kind].beta(t, T, beta_start, beta_end);
    return finish(s, out, err);
}

/* sqrt(alpha_bar) of t as it is, shifted to end at 0 and scaled to begin where it did. */
typedef struct line {
    double first, last;
} line;

static double on_line(line l, double root) { return (root - l.last) * (l.first / (l.first - l.last)); }

nb_status nb_schedule_rescale(const nb_schedule *s, nb_schedule **out, nb_error *err)
{
    const int T = s->note.T;
    double bar = 1.0, before = 1.0;
    for (int t = 0; t < T; t++) bar *= 1.0 - s->beta[t];
    const line l = {sqrt(1.0 - s->beta[0]), sqrt(bar)};
    nb_schedule *made = allocate(s->note.schedule, T, err);
    if (made == NULL) return NB_ERR_MEMORY;
    made->note.beta_start = s->note.beta_start;
    made->note.beta_end = s->note.beta_end;
    bar = 1.0;
    for (int t = 0; t < T; t++) {
        bar *= 1.0 - s->beta[t];
        const double root = on_line(l, sqrt(bar)), now = root * root;
        made->beta[t] = 1.0 - now / before;
        before = now;
    }
    return finish(made, out, err);
}

nb_status nb_schedule_from_beta(int T, const double *beta, nb_schedule **out, nb_error *err)
{
    if (check_T(T, err) != NB_OK) return NB_ERR_ARGUMENT;
    nb_schedule *s = allocate(NB_SCHEDULE_OWN, T, err);
    if (s == NULL) return NB_ERR_MEMORY;
    for (int t = 0; t < T; t++) {
        if (!(beta[t] >= least_beta && (beta[t] < 1.0 || (t == T - 1 && beta[t] == 1.0)))) {
            nb_schedule_destroy(s);
            return nb_fail(err, NB_ERR_ARGUMENT,
                           "beta[%d] = %g: each beta takes 6e-8 to below 1, and the last one 1 too", t,
                           beta[t]);
        }
        s->beta[t] = beta[t];
    }
    return finish(s, out, err);
}

void nb_schedule_destroy(nb_schedule *s) { nb_aligned_free(s); }
int nb_schedule_T(const nb_schedule *s) { return s ? s->note.T : 0; }
nb_schedule_kind nb_schedule_kind_of(const nb_schedule *s) { return s->note.schedule; }
const double *nb_schedule_beta64(const nb_schedule *s) { return s->beta; }

const float *nb_schedule_table(const nb_schedule *s, nb_table table)
{
    if ((int)table < 0 || (int)table >= NB_TABLES) return NULL;
    return s->table + (size_t)table * (size_t)s->note.T;
}

void nb_schedule_note(const nb_schedule *s, nb_training *out)
{
    out->T = s->note.T;
    out->schedule = s->note.schedule;
    out->beta_start = s->note.beta_start;
    out->beta_end = s->note.beta_end;
    out->beta_crc = s->note.beta_crc;
    out->zero_terminal_snr = s->note.zero_terminal_snr;
}
