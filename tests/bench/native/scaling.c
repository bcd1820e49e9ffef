/* scaling.c - `noisebook-bench --scaling`: how a workload would go on more threads than this machine has.
 *
 * The workload runs on one thread, in a pool that says it has more (nb_pool_rehearse): the batch is cut and shared out as
 * for these. Each task's time is noted; with images that of each layer of each sample. Then the round is gone through again
 * on paper: whoever is free takes the next task, a sample waits its turn at each layer's gradients, all wait for the last.
 * What lies between the rounds is one thread's. This counts work and waiting; of memory and caches that threads share it
 * knows nothing but the bytes. Where the machine has the threads, the measured time stands beside it. */
#include "base/pool.h"
#include "cli/message.h"
#include "clock.h"
#include "models/model.h"
#include "models/pass.h"
#include "timing.h"
#include "views.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_THREADS = 16 };

/* What a thread does at a stretch. */
typedef struct segment {
    double ms;
    int layer; /* whose gradients it adds to, after the sample before; -1: it waits for nobody */
} segment;

typedef struct list {
    segment *at;
    size_t n, room;
} list;

typedef struct rehearsal {
    const nb_graph *g;
    size_t threads;
    double round_ms; /* what it takes to begin and end one */
    double began, task_end,
        layer_end;       /* the clock as the round began, and where the last task or layer ended */
    double inside;       /* time in this run's rounds */
    double planned;      /* what they would take */
    double busy;         /* of all threads together */
    double moved;        /* floats that one thread has written and another reads */
    int rounds;          /* of this run */
    list tasks, samples; /* of this round; a sample's segments after one of layer NEXT */
    double *turns;       /* (NB_LANES, layers): when a lane's last sample has added to a layer's gradients */
    nb_status status;
} rehearsal;

enum { NEXT = -2 };

static void add(rehearsal *r, list *l, double ms, int layer)
{
    if (l->n == l->room) {
        const size_t room = l->room ? 2 * l->room : 1024;
        segment *grown = realloc(l->at, room * sizeof *grown);
        if (grown == NULL) {
            r->status = NB_ERR_MEMORY;
            return;
        }
        l->at = grown;
        l->room = room;
    }
    l->at[l->n++] = (segment){ms, layer};
}

static size_t first_free(const double *free_at, size_t threads)
{
    size_t best = 0;
    for (size_t t = 1; t < threads; t++) best = free_at[t] < free_at[best] ? t : best;
    return best;
}

static double last_of(const double *free_at, size_t threads)
{
    double last = 0.0;
    for (size_t t = 0; t < threads; t++) last = fmax(last, isfinite(free_at[t]) ? free_at[t] : 0.0);
    return last;
}

/* ---- The plan of a round ---- */

static double plan_tasks(const rehearsal *r)
{
    double free_at[MOST_THREADS] = {0};
    for (size_t i = 0; i < r->tasks.n; i++) free_at[first_free(free_at, r->threads)] += r->tasks.at[i].ms;
    return last_of(free_at, r->threads);
}

/* As graph_pass.c shares samples out. */
typedef struct lanes {
    size_t n, rows, count;
    size_t next[NB_LANES], threads[NB_LANES], of[MOST_THREADS];
    size_t who[NB_LANES]; /* has the lane's last sample */
} lanes;

static size_t left_in(const lanes *l, size_t lane)
{
    const size_t first = lane * l->rows, rows = l->n - first < l->rows ? l->n - first : l->rows;
    return rows - l->next[lane];
}

static bool take(lanes *l, size_t t, size_t *sample)
{
    if (left_in(l, l->of[t]) == 0) {
        size_t best = l->count;
        double most = 0.0;
        l->threads[l->of[t]]--;
        for (size_t lane = 0; lane < l->count; lane++) {
            const double share = (double)left_in(l, lane) / (double)(l->threads[lane] + 1);
            if (share <= most) continue;
            best = lane;
            most = share;
        }
        if (best == l->count) return false;
        l->of[t] = best;
        l->threads[best]++;
    }
    *sample = l->of[t] * l->rows + l->next[l->of[t]]++;
    return true;
}

/* Where each sample's segments begin. */
static size_t find_samples(const rehearsal *r, size_t *starts)
{
    size_t n = 0;
    for (size_t i = 0; i < r->samples.n; i++)
        if (r->samples.at[i].layer == NEXT) starts[n++] = i + 1;
    return n;
}

/* Goes through a sample from that time on; returns when it is done. */
static double plan_sample(const rehearsal *r, size_t start, size_t lane, double time)
{
    double *turns = r->turns + lane * (size_t)r->g->n_layers;
    for (size_t i = start; i < r->samples.n && r->samples.at[i].layer != NEXT; i++) {
        const segment *s = &r->samples.at[i];
        if (s->layer >= 0) time = fmax(time, turns[r->g->layers[s->layer].turn]);
        time += s->ms;
        if (s->layer >= 0) turns[s->layer] = time;
    }
    return time;
}

static double plan_samples(rehearsal *r, double beside)
{
    double free_at[MOST_THREADS] = {0};
    size_t *starts = malloc(r->samples.n * sizeof *starts), sample;
    if (starts == NULL) {
        r->status = NB_ERR_MEMORY;
        return 0.0;
    }
    lanes l = {.n = find_samples(r, starts), .rows = 1};
    const size_t threads = r->threads < l.n ? r->threads : l.n;
    if (l.n > 0) l.rows = (l.n + NB_LANES - 1) / NB_LANES;
    l.count = (l.n + l.rows - 1) / l.rows;
    memset(r->turns, 0, NB_LANES * (size_t)r->g->n_layers * sizeof *r->turns);
    for (size_t t = 0; t < threads; t++) {
        l.of[t] = t % l.count;
        l.threads[l.of[t]]++;
    }
    free_at[0] = beside;
    for (size_t left = l.n; left > 0;) {
        const size_t t = first_free(free_at, threads);
        if (!take(&l, t, &sample)) {
            free_at[t] = INFINITY;
            continue;
        }
        const size_t lane = l.of[t];
        free_at[t] = plan_sample(r, starts[sample], lane, free_at[t]);
        if (l.next[lane] > 1 && l.who[lane] != t) r->moved += (double)r->g->lane_floats;
        l.who[lane] = t;
        left--;
    }
    free(starts);
    double done = last_of(free_at, threads);
    for (size_t i = 0; i < NB_LANES * (size_t)r->g->n_layers; i++) done = fmax(done, r->turns[i]);
    return done;
}

static double total(const list *l)
{
    double ms = 0.0;
    for (size_t i = 0; i < l->n; i++) ms += l->at[i].ms;
    return ms;
}

/* ---- What is told ---- */

static void on_task(void *context, size_t done, size_t count)
{
    rehearsal *r = context;
    const double now = bench_now_ms();
    if (done == 0) {
        r->began = now;
        r->tasks.n = r->samples.n = 0;
    } else {
        add(r, &r->tasks, now - r->task_end, -1);
    }
    if (done == count && count > 0 && r->status == NB_OK) {
        const double all = total(&r->tasks), beside = all - total(&r->samples);
        r->planned += r->samples.n > 0 ? plan_samples(r, beside) : plan_tasks(r);
        if (count > 1 && r->threads > 1) r->planned += r->round_ms;
        r->busy += all;
        r->inside += now - r->began;
        r->rounds++;
    }
    r->task_end = r->layer_end = bench_now_ms();
}

static void on_layer(void *context, int layer, nb_pass pass)
{
    rehearsal *r = context;
    const double now = bench_now_ms();
    if (layer < 0 && pass == NB_PASS_FORWARD) add(r, &r->samples, 0.0, NEXT);
    if (pass != NB_PASS_GRADIENT || layer >= 0)
        add(r, &r->samples, now - r->layer_end, pass == NB_PASS_GRADIENT ? layer : -1);
    r->layer_end = bench_now_ms();
}

/* ---- A workload ---- */

typedef struct outcome {
    double ms, busy, moved;
    int rounds;
} outcome;

/* Floats that a training step moves between so many threads, beside a lane's gradients: all of them read all weights, which
 * each has changed some of; the sums of gradients read what any of them has written. */
static double moved_by_step(const nb_graph *g, size_t threads)
{
    const double others = (double)(threads - 1);
    const double weights = (double)(g->weight_floats + g->weight_t_floats + g->weight_u_floats);
    const double sums = g->images ? (double)(NB_LANES * g->lane_floats) / (double)threads
                                  : (double)g->slots * (double)(g->act_floats + g->scratch_floats);
    return others * (weights + sums);
}

static nb_status rehearse(const bench_workload *w, rehearsal *r, bench_fixture *f, double seconds,
                          outcome *best, nb_error *err)
{
    nb_status status = NB_OK;
    const double end = bench_now_ms() + 1e3 * seconds;
    *best = (outcome){.ms = INFINITY};
    for (int runs = 0; status == NB_OK && (runs < 3 || bench_now_ms() < end); runs++) {
        r->inside = r->planned = r->busy = r->moved = 0.0;
        r->rounds = 0;
        const double start = bench_now_ms();
        status = bench_run(f, err);
        const double between = bench_now_ms() - start - r->inside, ms = between + r->planned;
        if (status == NB_OK) status = r->status;
        if (status != NB_OK || ms >= best->ms) continue;
        const double step = w->train.batch ? moved_by_step(r->g, r->threads) : 0.0;
        *best = (outcome){ms, (r->busy + between) / ((double)r->threads * ms), 4e-6 * (r->moved + step),
                          r->rounds};
        if (w->train.batch == 0) best->moved = 0.0;
    }
    return status;
}

static nb_status plan_for(const nb_engine *engine, const bench_workload *w, size_t threads, double round_ms,
                          double seconds, outcome *out, nb_error *err)
{
    rehearsal r = {.threads = threads, .round_ms = round_ms};
    bench_fixture f = {0};
    nb_engine pretended = *engine;
    nb_status status = NB_ERR_MEMORY;
    pretended.pool = nb_pool_rehearse((int)threads, on_task, &r);
    if (pretended.pool) status = bench_make(w, &pretended, &f, err);
    if (status == NB_OK) {
        r.g = &f.model->graph;
        r.turns = calloc(NB_LANES * (size_t)r.g->n_layers, sizeof *r.turns);
        if (r.turns == NULL) status = NB_ERR_MEMORY;
    }
    for (int i = 0; status == NB_OK && i < w->warmup; i++) status = bench_run(&f, err);
    if (status == NB_OK && r.g->images) {
        f.model->graph.watch = on_layer;
        f.model->graph.watch_context = &r;
    }
    if (status == NB_OK) status = rehearse(w, &r, &f, seconds, out, err);
    bench_end(&f);
    nb_pool_destroy(pretended.pool);
    free(r.tasks.at);
    free(r.samples.at);
    free(r.turns);
    return status;
}

/* Ends when both threads have come. */
static void meet(void *context, size_t index)
{
    atomic_size_t *here = context;
    (void)index;
    const size_t both = (atomic_fetch_add(here, 1) / 2 + 1) * 2;
    for (unsigned turns = 0; atomic_load(here) < both; turns++) nb_pool_pause(turns);
}

/* Milliseconds of a round in which two threads meet; where there is one processor, what a good machine takes. */
static double time_of_round(void)
{
    enum { ROUNDS = 200, TRIES = 20 };
    double best = 1e-3;
    nb_pool *pool = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? nb_pool_create(2) : NULL;
    for (int i = 0; pool && i < TRIES; i++) {
        atomic_size_t here = 0;
        const double start = bench_now_ms();
        for (int k = 0; k < ROUNDS; k++) nb_pool_run(pool, 2, meet, &here);
        const double ms = (bench_now_ms() - start) / ROUNDS;
        best = i == 0 ? ms : fmin(best, ms);
    }
    nb_pool_destroy(pool);
    return best;
}

/* The shortest run on that many threads, where this machine has them; otherwise 0. */
static nb_status measure(const nb_engine *engine, const bench_workload *w, size_t threads, double seconds,
                         double *ms, nb_error *err)
{
    bench_times times = {0};
    nb_engine real = *engine;
    *ms = 0.0;
    if ((long)threads > sysconf(_SC_NPROCESSORS_ONLN)) return NB_OK;
    real.pool = nb_pool_create((int)threads);
    if (real.pool == NULL) return NB_OK; /* a module without threads */
    const nb_status status = bench_measure(w, &real, seconds, &times, err);
    *ms = times.min;
    free(times.ms);
    nb_pool_destroy(real.pool);
    return status;
}

int bench_scaling(const nb_engine *engine, const bench_workload *w, double seconds)
{
    static const size_t threads[] = {1, 2, 3, 4, 5, 6, 8, 12, MOST_THREADS};
    enum { COUNT = sizeof threads / sizeof *threads };
    nb_error err = {0};
    const double round_ms = time_of_round();
    double one = 0.0;
    printf("%s, %s kernels; a round costs %.2f us\n", w->name, nb_engine_kernels(engine), 1e3 * round_ms);
    printf("%7s %10s %8s %6s %7s %9s %12s\n", "threads", "ms", "speedup", "busy", "rounds", "MB moved",
           "measured ms");
    for (size_t i = 0; i < COUNT; i++) {
        outcome o = {0};
        double measured;
        nb_status status = plan_for(engine, w, threads[i], round_ms, seconds / COUNT, &o, &err);
        if (status == NB_OK) status = measure(engine, w, threads[i], seconds / COUNT, &measured, &err);
        if (status != NB_OK) return cli_fail(NB_EXIT_FAILED, "%s: %s", w->name, err.message);
        if (i == 0) one = o.ms;
        printf("%7zu %10.4f %8.2f %5.0f%% %7d %9.2f ", threads[i], o.ms, one / o.ms, 100.0 * o.busy, o.rounds,
               o.moved);
        if (measured > 0.0)
            printf("%12.4f\n", measured);
        else
            printf("%12s\n", "-");
        fflush(stdout);
    }
    return 0;
}
