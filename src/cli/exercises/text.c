/* text.c - exercise 15: a picture from words. Training on scenes with some combinations left out, then an exam: what captions
 * ask for is drawn with guidance and measured. */
#include "cli/exercises/caption_network.h"
#include "cli/exercises/exercises.h"
#include "cli/figures/figures.h"
#include "cli/message.h"
#include "cli/session/steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = NB_SCENE_SIDE, PIXELS = 3 * SIDE * SIDE, TOKENS = NB_SCENE_TOKENS, AT_ONCE = 64, SHOWN = 8 };

/* What no training scene shows. */
static const char *const left_out = "purple triangle, red circle, green square";

typedef struct scenes {
    size_t n;
    float *images, *cond, *objects;
    int32_t *tokens;
} scenes;

static int take_scenes(session *s, scenes *c, size_t n)
{
    c->n = n;
    c->images = session_take(s, n * PIXELS, sizeof *c->images);
    c->cond = session_take(s, n * TOKENS, sizeof *c->cond);
    c->tokens = session_take(s, n * TOKENS, sizeof *c->tokens);
    c->objects = session_take(s, n * NB_SCENE_OBJECTS * NB_SCENE_NUMBERS, sizeof *c->objects);
    return c->images && c->cond && c->tokens && c->objects ? 0 : NB_EXIT_FAILED;
}

static int draw(session *s, nb_rng *rng, nb_scenes_config config, scenes *c)
{
    nb_error err;
    if (nb_data_scenes(rng, c->n, &config, left_out, c->images, c->tokens, c->objects, &err) != NB_OK)
        return cli_failed(&err);
    for (size_t i = 0; i < c->n * TOKENS; i++) c->cond[i] = (float)c->tokens[i];
    (void)s;
    return 0;
}

static int open_model(session *s, int max_batch)
{
    nb_error err;
    nb_network *net;
    uint8_t *file = NULL;
    size_t size = 0;
    if (s->o->weights && !cli_read_file(s->o->weights, &file, &size)) return NB_EXIT_USAGE;
    if (nb_network_create(&net, &err) != NB_OK) return cli_failed(&err);
    caption_network(net);
    int status = 0;
    if (nb_model_build(s->engine, net, max_batch, s->torch, &s->model, &err) != NB_OK)
        status = cli_failed(&err);
    else if (file && nb_model_load(s->model, file, size, &err) != NB_OK)
        status = cli_fail(NB_EXIT_USAGE, "%s: %s", s->o->weights, err.message);
    free(file);
    nb_network_destroy(net);
    if (status != 0) return status;
    s->result.kernels = nb_engine_kernels(s->engine);
    s->result.parameters = nb_model_param_count(s->model);
    return 0;
}

/* A part of the captions is emptied, so that one network learns to go without, too. */
static int train(session *s)
{
    const cli_options *o = s->o;
    scenes c;
    double *u, *loss;
    int status = take_scenes(s, &c, (size_t)o->points);
    u = session_take(s, c.n, sizeof *u);
    if (status != 0 || u == NULL) return NB_EXIT_FAILED;
    status = draw(s, s->numpy, (nb_scenes_config){.least = 1, .most = 2, .said = 0.9}, &c);
    if (status != 0) return status;
    nb_numpy_uniform(s->numpy, c.n, 0.0, 1.0, u, NULL);
    for (size_t i = 0; i < c.n; i++) {
        if (u[i] < o->label_dropout) memset(c.cond + i * TOKENS, 0, TOKENS * sizeof *c.cond);
    }
    status = cli_train(s, "", s->model, c.images, c.n, (nb_train_config){.cond = c.cond}, &loss);
    if (status == 0) status = session_add_model(s, "model.safetensors", s->model);
    if (status != 0) return status;
    const size_t epochs = (size_t)o->epochs;
    return session_add(s, "loss.npy", NB_F64, 1, &epochs, loss) ? 0 : NB_EXIT_FAILED;
}

/* ---- Sampling: DDIM on x_0, guided by the words ---- */

typedef struct sampling {
    session *s;
    const scenes *c;
    float *x, *in, *out, *cond; /* (n) pictures; room for twice AT_ONCE, with captions and without */
    double scale;
} sampling;

/* The guess of x_0 without words, and w times the way from there to that with them, of m pictures from `from` on, in out. */
static nb_status predict(const sampling *g, size_t from, size_t m, float t, nb_error *err)
{
    float when[2 * AT_ONCE];
    for (size_t i = 0; i < 2 * m; i++) when[i] = t;
    memcpy(g->in, g->x + from * PIXELS, m * PIXELS * sizeof *g->in);
    memcpy(g->in + m * PIXELS, g->in, m * PIXELS * sizeof *g->in);
    memcpy(g->cond, g->c->cond + from * TOKENS, m * TOKENS * sizeof *g->cond);
    memset(g->cond + m * TOKENS, 0, m * TOKENS * sizeof *g->cond);
    const nb_inputs inputs = {.x = g->in, .t = when, .cond = g->cond};
    const nb_status status = nb_model_run(g->s->model, 2 * m, &inputs, g->out, err);
    const float *const without = g->out + m * PIXELS, w = (float)g->scale;
    for (size_t i = 0; i < m * PIXELS; i++) g->out[i] = without[i] + w * (g->out[i] - without[i]);
    return status;
}

static float between(float value) { return value < -1.0F ? -1.0F : value > 1.0F ? 1.0F : value; }

/* From timestep t to the one before it in the list; -1: x_0. */
static void step(const sampling *g, size_t from, size_t m, int t, int before)
{
    const float *const table = nb_schedule_table(g->s->schedule, NB_ALPHA_BAR);
    const float signal = sqrtf(table[t]), noise = sqrtf(1.0F - table[t]);
    const float next = before < 0 ? 1.0F : table[before], keep = sqrtf(next), put = sqrtf(1.0F - next);
    float *const x = g->x + from * PIXELS;
    for (size_t i = 0; i < m * PIXELS; i++) {
        const float x_0 = between(g->out[i]);
        x[i] = keep * x_0 + put * (x[i] - signal * x_0) / noise;
    }
}

static int sample(const sampling *g)
{
    nb_error err;
    const size_t n = g->c->n;
    const int T = nb_schedule_T(g->s->schedule), steps = g->s->o->steps;
    nb_torch_randn(g->s->torch, n * PIXELS, g->x);
    for (int k = 0; k < steps; k++) {
        const int t = T - 1 - (int)((long long)k * T / steps);
        const int before = k + 1 < steps ? T - 1 - (int)((long long)(k + 1) * T / steps) : -1;
        for (size_t from = 0; from < n; from += AT_ONCE) {
            const size_t m = n - from < AT_ONCE ? n - from : AT_ONCE;
            if (predict(g, from, m, (float)t, &err) != NB_OK) return cli_failed(&err);
            step(g, from, m, t, before);
        }
        cli_progress("sampling", k + 1, steps, NAN);
    }
    return 0;
}

/* ---- The exam ---- */

/* The share of pictures that show all of what their captions ask for; size apart, as place and colour are the question. */
static int judge(const sampling *g, double *share)
{
    nb_error err;
    const scenes *c = g->c;
    int32_t *right = session_take(g->s, c->n * NB_SCENE_PARTS, sizeof *right);
    if (right == NULL) return NB_EXIT_FAILED;
    if (nb_scene_fit(c->n, g->x, c->objects, &err) != NB_OK ||
        nb_scene_agree(c->n, c->tokens, c->objects, right, &err) != NB_OK)
        return cli_failed(&err);
    size_t good = 0;
    for (size_t i = 0; i < c->n; i++, right += NB_SCENE_PARTS)
        good += right[NB_PART_COUNT] && right[NB_PART_SHAPE] && right[NB_PART_COLOUR] && right[NB_PART_PLACE];
    *share = (double)good / (double)c->n;
    return 0;
}

typedef struct exam {
    const char *metric, *title, *file;
    nb_scenes_config config;
} exam;

static const exam exams[] = {
    {"one_shape", "one shape", "one.npy", {.least = 1, .most = 1, .said = 1.0}},
    {"one_shape_left_out", "one, left out of training", "one_left_out.npy", {1, 1, 1.0, true}},
    {"two_shapes", "two shapes", "two.npy", {.least = 2, .most = 2, .said = 1.0}},
};
enum { EXAMS = sizeof exams / sizeof *exams };

static int sit(session *s, const exam *e, sampling *g, scenes *c)
{
    nb_rng *rng = NULL;
    nb_error err;
    double *shares = session_take(s, s->o->scales, sizeof *shares);
    if (shares == NULL) return NB_EXIT_FAILED;
    if (nb_rng_create(s->o->seed + 1U, &rng, &err) != NB_OK) return cli_failed(&err);
    int status = draw(s, rng, e->config, c);
    nb_rng_destroy(rng);
    for (size_t k = 0; status == 0 && k < s->o->scales; k++) {
        g->scale = s->o->guidance[k];
        status = sample(g);
        if (status == 0) status = judge(g, &shares[k]);
    }
    if (status != 0) return status;
    session_metrics(s, e->metric, s->o->scales, shares);
    const size_t shape[4] = {c->n, 3, SIDE, SIDE};
    return session_add(s, e->file, NB_F32, 4, shape, g->x) ? 0 : NB_EXIT_FAILED;
}

int nb_exercise_15(session *s)
{
    int status = open_model(s, cli_batch(s->o, (size_t)s->o->points));
    if (status == 0 && s->o->weights == NULL) status = train(s);
    if (status != 0) return status;
    nb_rng_seed(s->torch, s->o->seed);
    const size_t n = (size_t)s->o->samples;
    scenes c[EXAMS];
    picture_row rows[EXAMS];
    float *in = session_take(s, (size_t)4 * AT_ONCE * PIXELS, sizeof *in),
          *cond = session_take(s, (size_t)2 * AT_ONCE * TOKENS, sizeof *cond);
    if (!in || !cond) return NB_EXIT_FAILED;
    for (int i = 0; status == 0 && i < EXAMS; i++) {
        sampling g = {.s = s, .c = &c[i], .in = in, .out = in + (size_t)2 * AT_ONCE * PIXELS, .cond = cond};
        status = take_scenes(s, &c[i], n);
        g.x = session_take(s, n * PIXELS, sizeof *g.x);
        if (status != 0 || g.x == NULL) return NB_EXIT_FAILED;
        status = sit(s, &exams[i], &g, &c[i]);
        rows[i] = (picture_row){exams[i].title, g.x};
    }
    if (status != 0) return status;
    const picture_grid grid = {EXAMS, n < SHOWN ? n : SHOWN, 3, SIDE, SIDE, -1.0, 1.0, rows};
    figure_rows(s, "figure.png", &grid);
    return 0;
}
