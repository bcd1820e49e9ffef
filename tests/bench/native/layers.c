/* layers.c - `noisebook-bench --layers`: where a workload's time goes, by layer and pass; `--network FILE`: that of a network
 * of one's own.
 *
 * The graph tells when a layer has finished a pass; the time since it last told is that layer's. With images it goes
 * through the layers sample by sample, in calls that are alike: a layer's time is that of its shortest call, which
 * nothing disturbed, times their number. With points, and where the clock is too coarse for a call (in a page), it is the
 * shortest of all runs. The rest of the shortest run (noise, loss, Adam, the sampler's update) is the last line's. */
#include "cli/message.h"
#include "clock.h"
#include "models/model.h"
#include "peak.h"
#include "views.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct pass_time {
    double call, run, this_run; /* the shortest call, the shortest run, and the run that is going on */
    int calls;                  /* in this run */
} pass_time;

/* In a page a clock moves by 5 us or more. */
#define FINE_MS 0.002

typedef struct profile {
    bool alike;                    /* the calls of a layer can be compared */
    pass_time (*times)[NB_PASSES]; /* (layers) */
    int layers;
    double last;
} profile;

static void watch(void *context, int layer, nb_pass pass)
{
    profile *p = context;
    const double ms = bench_now_ms() - p->last;
    if (layer >= 0) {
        pass_time *t = &p->times[layer][pass];
        t->call = fmin(t->call, ms);
        t->this_run += ms;
        t->calls++;
    }
    p->last = bench_now_ms();
}

static void forget(profile *p)
{
    for (int i = 0; i < p->layers; i++) {
        for (int k = 0; k < NB_PASSES; k++) p->times[i][k] = (pass_time){INFINITY, INFINITY, 0.0, 0};
    }
}

static void begin_run(profile *p)
{
    for (int i = 0; i < p->layers; i++) {
        for (int k = 0; k < NB_PASSES; k++) {
            p->times[i][k].this_run = 0.0;
            p->times[i][k].calls = 0;
        }
    }
}

static void end_run(profile *p)
{
    for (int i = 0; i < p->layers; i++) {
        for (int k = 0; k < NB_PASSES; k++)
            p->times[i][k].run = fmin(p->times[i][k].run, p->times[i][k].this_run);
    }
}

/* Milliseconds of a run. */
static double time_of(const pass_time *t, bool alike)
{
    if (t->calls == 0) return 0.0;
    return alike ? t->call * t->calls : t->run;
}

/* "conv 3x3", "norm, ReLU": the layer's kind, and what it does besides. */
static void name_kind(const nb_graph *g, const nb_layer *l, char *text, size_t size)
{
    const nb_param *w = l->module.weight >= 0 ? &g->params[l->module.weight] : NULL;
    const bool conv = w && (w->kind == NB_PARAM_CONV || w->kind == NB_PARAM_CONV_TRANSPOSE);
    char taps[16] = "";
    const int side = conv ? (int)lround(sqrt((double)w->taps)) : 0;
    if (conv && (size_t)side * (size_t)side == w->taps) snprintf(taps, sizeof taps, " %dx%d", side, side);
    snprintf(text, size, "%s%s%s", l->kind->name, taps, l->relu ? ", ReLU" : "");
}

/* Multiply-adds of a forward pass over one sample; of a convolution, those of its definition. */
static double madds_of(const nb_graph *g, const nb_layer *l)
{
    const nb_value_info *out = &g->values[l->out];
    if (l->kind == &nb_attention_weights_layer) {
        const nb_value_info *q = &g->values[l->in[0]], *k = &g->values[l->in[1]];
        return (double)(q->width * q->channels * k->width);
    }
    if (l->kind == &nb_attention_apply_layer)
        return (double)(out->width * out->channels * g->values[l->in[1]].width);
    if (l->module.weight < 0) return 0.0;
    const nb_param *w = &g->params[l->module.weight];
    if (w->kind > NB_PARAM_CONV_TRANSPOSE) return 0.0; /* no matrix */
    const nb_value_info *each = w->kind == NB_PARAM_CONV_TRANSPOSE ? &g->values[l->in[0]] : out; /* pixels */
    return (double)(w->rows * w->cols * each->height * each->width);
}

/* "module  64->32 16x16": what the layer is called, and its sizes. */
static void describe(const nb_graph *g, const nb_layer *l, char *text, size_t size)
{
    const nb_value_info *out = &g->values[l->out], *in = l->in[0] >= 0 ? &g->values[l->in[0]] : NULL;
    char name[64] = "";
    if (l->module.weight >= 0) snprintf(name, sizeof name, "%s", g->params[l->module.weight].name);
    char *end = strrchr(name, '.');
    if (end) *end = '\0';
    char kind[32];
    name_kind(g, l, kind, sizeof kind);
    /* A graph has values: the analyzer loses that. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    snprintf(text, size, "%-12s %-22s %3zu->%-3zu %2zux%zu", kind, name, in ? in->channels : 0, out->channels,
             out->height, out->width);
}

static void print_row(const char *text, const double ms[NB_PASSES], double run_ms, double flops)
{
    const double sum = ms[0] + ms[1] + ms[2];
    printf("%-52s %9.4f %9.4f %9.4f %6.1f%%", text, ms[NB_PASS_FORWARD], ms[NB_PASS_GRADIENT],
           ms[NB_PASS_BACKWARD], 100.0 * sum / run_ms);
    if (flops > 0.0)
        printf(" %9.1f\n", 1e-6 * flops / sum);
    else
        printf(" %9s\n", "-");
}

static void print_profile(const nb_graph *g, const profile *p, double samples, double run_ms)
{
    double all[NB_PASSES] = {0};
    printf("%-52s %9s %9s %9s %7s %9s\n", "layer", "forward", "gradient", "backward", "share", "GFLOP/s");
    for (int i = 0; i < g->n_layers; i++) {
        char text[96];
        double ms[NB_PASSES], flops = 0.0;
        for (int k = 0; k < NB_PASSES; k++) {
            all[k] += ms[k] = time_of(&p->times[i][k], p->alike);
            if (ms[k] > 0.0) flops += 2.0 * samples * madds_of(g, &g->layers[i]);
        }
        describe(g, &g->layers[i], text, sizeof text);
        print_row(text, ms, run_ms, flops);
    }
    print_row("all layers", all, run_ms, 0.0);
    printf("%-52s %29.4f %6.1f%%\n", "the rest", run_ms - all[0] - all[1] - all[2],
           100.0 * (1.0 - (all[0] + all[1] + all[2]) / run_ms));
}

/* Runs `run` for that long, watched, and prints where its time went; samples: those of a run. */
static nb_status profile_runs(const nb_engine *engine, const char *name, nb_graph *g, double samples,
                              nb_status (*run)(void *context, nb_error *err), void *context, double seconds,
                              nb_error *err)
{
    profile p = {.alike = g->images && bench_clock_step_ms() < FINE_MS, .layers = g->n_layers};
    p.times = calloc((size_t)p.layers, sizeof *p.times);
    if (p.times == NULL) {
        *err = (nb_error){NB_ERR_MEMORY, "not enough memory for the layers' times"};
        return err->status;
    }
    forget(&p);
    g->watch = watch;
    g->watch_context = &p;
    nb_status status = NB_OK;
    int runs = 0;
    double run_ms = INFINITY;
    const double start = bench_now_ms();
    while (status == NB_OK && (runs == 0 || bench_now_ms() < start + 1e3 * seconds)) {
        begin_run(&p);
        const double began = bench_now_ms();
        status = run(context, err);
        run_ms = fmin(run_ms, bench_now_ms() - began);
        end_run(&p);
        runs++;
    }
    if (status == NB_OK) {
        printf("%s, %s kernels, the shortest of %d runs %.3f ms\n", name, nb_engine_kernels(engine), runs,
               run_ms);
        print_profile(g, &p, samples, run_ms);
    }
    free(p.times);
    return status;
}

static nb_status run_workload(void *context, nb_error *err) { return bench_run(context, err); }

int bench_layers(const nb_engine *engine, const bench_workload *w, double seconds)
{
    bench_fixture f = {0};
    nb_error err = {0};
    nb_status status = bench_make(w, engine, &f, &err);
    for (int i = 0; status == NB_OK && i < w->warmup; i++) status = bench_run(&f, &err);
    const double samples =
        w->train.batch ? w->train.batch : (double)w->sample.n * w->sample.steps * (w->sample.guided ? 2 : 1);
    if (status == NB_OK)
        status = profile_runs(engine, w->name, &f.model->graph, samples, run_workload, &f, seconds, &err);
    bench_end(&f);
    return status == NB_OK ? 0 : cli_fail(NB_EXIT_FAILED, "%s: %s", w->name, err.message);
}

/* ---- A network of one's own ----------------------------------------------------------------------------------- */

enum { SAMPLES = 16, MOST_TEXT = 1 << 20 };

typedef struct own_network {
    nb_model *model;
    nb_inputs in;
    float *out;
} own_network;

static nb_status run_network(void *context, nb_error *err)
{
    const own_network *n = context;
    const nb_status status = nb_model_run(n->model, SAMPLES, &n->in, n->out, err);
    return status == NB_OK ? nb_model_run_back(n->model, SAMPLES, n->out, NULL, NULL, err) : status;
}

static nb_status read_network(const nb_engine *engine, const char *path, nb_rng *rng, nb_model **out,
                              nb_error *err)
{
    static char text[MOST_TEXT];
    FILE *f = fopen(path, "rb");
    const size_t size = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    if (size == 0) {
        *err = (nb_error){NB_ERR_FORMAT, "the file cannot be read, or is empty"};
        return err->status;
    }
    nb_network *net;
    nb_status status = nb_network_read(text, &net, err);
    if (status != NB_OK) return status;
    status = nb_model_build(engine, net, SAMPLES, rng, out, err);
    nb_network_destroy(net);
    return status;
}

/* Random numbers for x; 0 for all else. */
static nb_status profile_network(const nb_engine *engine, const char *path, own_network *n, nb_rng *rng,
                                 double seconds, nb_error *err)
{
    const size_t x = SAMPLES * nb_model_sample_size(n->model), cond = SAMPLES * nb_model_cond_size(n->model);
    float *numbers = calloc(x + cond + SAMPLES, sizeof *numbers);
    n->out = malloc(SAMPLES * nb_model_output_size(n->model) * sizeof *n->out);
    nb_status status = NB_OK;
    if (numbers == NULL || n->out == NULL) {
        *err = (nb_error){NB_ERR_MEMORY, "not enough memory for its inputs and outputs"};
        status = err->status;
    } else {
        nb_torch_randn(rng, x, numbers);
        n->in = (nb_inputs){.x = numbers, .t = numbers + x + cond, .cond = cond > 0 ? numbers + x : NULL};
        status = profile_runs(engine, path, &n->model->graph, SAMPLES, run_network, n, seconds, err);
    }
    free(numbers);
    free(n->out);
    return status;
}

int bench_network(const nb_engine *engine, const char *path, double seconds)
{
    own_network n = {0};
    nb_rng *rng = NULL;
    nb_error err = {0};
    nb_status status = nb_rng_create(42, &rng, &err);
    if (status == NB_OK) status = read_network(engine, path, rng, &n.model, &err);
    if (status == NB_OK) status = profile_network(engine, path, &n, rng, seconds, &err);
    nb_model_destroy(n.model);
    nb_rng_destroy(rng);
    if (status != NB_OK) return cli_fail(NB_EXIT_FAILED, "%s: %s", path, err.message);
    const double peak = bench_peak_gflops(engine);
    if (peak > 0.0) printf("%-52s %29s %7s %9.1f\n", "the machine's multiply-add peak", "", "", peak);
    return 0;
}
