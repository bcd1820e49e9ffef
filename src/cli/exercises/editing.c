/* editing.c - exercise 13: a trained model changes pictures: two shapes over each other back from part of the way into noise
 * (SDEdit), a hidden half drawn anew in one round and in several (RePaint), pictures up to their noise and down again. */
#include "cli/exercises/exercises.h"
#include "cli/exercises/shared.h"
#include "cli/figures/figures.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/session/steps.h"

#include <math.h>
#include <string.h>

enum { LEVELS = 5, WAYS = 2, ROUNDS = 8, MOST_SHOWN = 10 };

/* Of all timesteps. */
static const double share[LEVELS] = {0.05, 0.15, 0.3, 0.5, 0.8};

typedef struct editing {
    size_t n, count; /* pictures, and the numbers in them */
    float *shapes;   /* (2 n, 1, height, width) */
    float *drawn;    /* (n, 1, height, width) */
    float *edited;   /* (LEVELS, n, height, width) */
    float *filled;   /* (WAYS, n, height, width) */
    float *noise, *back;
    float *x, *z;    /* (n, 1, height, width) each, to work in */
    int32_t *kind;   /* (n) */
    double *iou;     /* (n) */
    float low, high; /* what black and white are to the model */
    double clean[LEVELS], kept[LEVELS], clean_filled[WAYS], error;
} editing;

static nb_sample_config along(const editing *e, int steps, const int *list)
{
    return (nb_sample_config){
        .n = e->n, .steps = steps, .timesteps = list, .method = NB_DDIM, .clip = NB_CLIP_OFF};
}

/* `steps` timesteps from `first` down to 0, or as many as there are. */
static int fill(int *list, int steps, int first)
{
    const int count = steps <= first + 1 ? steps : first + 1, gaps = count > 1 ? count - 1 : 1;
    for (int i = 0; i < count; i++)
        list[i] = (int)((2 * (int64_t)first * (count - 1 - i) + gaps) / (2 * (int64_t)gaps));
    return count;
}

static int take(session *s, editing *e)
{
    const size_t pixels = (size_t)s->o->height * (size_t)s->o->width;
    e->n = (size_t)s->o->samples;
    e->count = e->n * pixels;
    int32_t *labels = session_take(s, 2 * e->n, sizeof *labels);
    e->shapes = session_take(s, 2 * e->count, sizeof *e->shapes);
    e->drawn = session_take(s, e->count, sizeof *e->drawn);
    e->edited = session_take(s, LEVELS * e->count, sizeof *e->edited);
    e->filled = session_take(s, WAYS * e->count, sizeof *e->filled);
    e->noise = session_take(s, 4 * e->count, sizeof *e->noise);
    e->kind = session_take(s, e->n, sizeof *e->kind);
    e->iou = session_take(s, e->n, sizeof *e->iou);
    if (!labels || !e->shapes || !e->drawn || !e->edited || !e->filled || !e->noise || !e->kind || !e->iou)
        return NB_EXIT_FAILED;
    e->back = e->noise + e->count;
    e->x = e->back + e->count;
    e->z = e->x + e->count;
    nb_error err;
    if (nb_data_shapes(s->numpy, 2 * e->n, s->o->height, s->o->width, e->shapes, labels, &err) != NB_OK)
        return cli_failed(&err);
    const nb_training known = nb_model_get_training(s->model);
    e->low = known.has_range ? known.data_min : 0.0F;
    e->high = known.has_range ? known.data_max : 1.0F;
    for (size_t i = 0; i < 2 * e->count; i++) e->shapes[i] = e->low + (e->high - e->low) * e->shapes[i];
    for (size_t i = 0; i < e->count; i++) e->drawn[i] = fmaxf(e->shapes[i], e->shapes[e->count + i]);
    return 0;
}

static float middle(const editing *e) { return 0.5F * (e->low + e->high); }

/* The share of clean shapes. An exit status. */
static int judge(session *s, const editing *e, const float *pictures, double *clean)
{
    nb_error err;
    if (nb_shape_fit(e->n, s->o->height, s->o->width, pictures, middle(e), e->kind, e->iou, clean, &err) !=
        NB_OK)
        return cli_failed(&err);
    return 0;
}

/* Intersection over union of what is white. */
static double overlap(const editing *e, const float *a, const float *b)
{
    size_t both = 0, either = 0;
    for (size_t i = 0; i < e->count; i++) {
        both += a[i] > middle(e) && b[i] > middle(e);
        either += a[i] > middle(e) || b[i] > middle(e);
    }
    return either ? (double)both / (double)either : 1.0;
}

/* out = sqrt(keep) x + sqrt(1 - keep) z with z from the session's generator; out may be x. */
static void mix(session *s, const editing *e, double keep, const float *x, float *out)
{
    const float signal = (float)sqrt(keep), noise = (float)sqrt(1.0 - keep);
    nb_torch_randn(s->torch, e->count, e->z);
    for (size_t i = 0; i < e->count; i++) out[i] = signal * x[i] + noise * e->z[i];
}

/* ---- From a drawing ------------------------------------------------------------------------------------------ */

static int edit(session *s, editing *e, int *list)
{
    const int T = nb_schedule_T(s->schedule);
    int status = 0;
    for (int k = 0; k < LEVELS && status == 0; k++) {
        float *out = e->edited + (size_t)k * e->count;
        const int t = (int)(share[k] * T), steps = fill(list, s->o->steps, t);
        mix(s, e, (double)nb_schedule_table(s->schedule, NB_ALPHA_BAR)[t], e->drawn, e->x);
        const nb_sample_config config = along(e, steps, list);
        status = cli_sample(s, s->model, &config, e->x, out);
        if (status == 0) status = judge(s, e, out, &e->clean[k]);
        e->kept[k] = overlap(e, out, e->drawn);
    }
    return status;
}

/* ---- A hidden half --------------------------------------------------------------------------------------------- */

/* One step of DDIM with eta = 1 of x from t to next, or to x_0 where next is -1. An exit status. */
static int step(session *s, editing *e, int t, int next)
{
    const int pair[2] = {t, next};
    nb_sample_config config = along(e, next < 0 ? 1 : 2, pair);
    config.eta = 1.0;
    nb_sampler *sampler = NULL;
    nb_error err;
    if (nb_sampler_create(s->model, s->schedule, s->torch, &config, e->x, &sampler, &err) != NB_OK)
        return cli_failed(&err);
    const int status = nb_sampler_step(sampler, &err) == NB_OK ? cli_interrupted() : cli_failed(&err);
    if (status == 0) memcpy(e->x, nb_sampler_x(sampler), e->count * sizeof *e->x);
    nb_sampler_destroy(sampler);
    return status;
}

/* The right half of shapes, drawn anew: after each step the left half is put back, noised as x is. Rounds beyond the first
 * go up to t once more and step again. An exit status. */
static int inpaint(session *s, editing *e, int steps, int rounds, int *list, float *out)
{
    const float *bar = nb_schedule_table(s->schedule, NB_ALPHA_BAR);
    const size_t width = (size_t)s->o->width;
    const int count = fill(list, steps, nb_schedule_T(s->schedule) - 1);
    int status = 0;
    nb_torch_randn(s->torch, e->count, e->x);
    for (int i = 0; i < count; i++) {
        const int next = i + 1 < count ? list[i + 1] : -1;
        const double low = next < 0 ? 1.0 : (double)bar[next];
        for (int round = 0; round < (next < 0 ? 1 : rounds) && status == 0; round++) {
            if (round > 0) mix(s, e, (double)bar[list[i]] / low, e->x, e->x);
            status = step(s, e, list[i], next);
            mix(s, e, low, e->shapes, out);
            for (size_t at = 0; at < e->count; at++)
                if (at % width < width / 2) e->x[at] = out[at];
        }
        if (status != 0) return status;
        cli_progress("filling", i + 1, count, NAN);
    }
    memcpy(out, e->x, e->count * sizeof *out);
    return 0;
}

static int inpaint_both(session *s, editing *e, int *list)
{
    int status = inpaint(s, e, s->o->steps, 1, list, e->filled);
    const int fewer = s->o->steps / ROUNDS > 2 ? s->o->steps / ROUNDS : 2;
    if (status == 0) status = inpaint(s, e, fewer, ROUNDS, list, e->filled + e->count);
    for (int k = 0; k < WAYS && status == 0; k++)
        status = judge(s, e, e->filled + (size_t)k * e->count, &e->clean_filled[k]);
    return status;
}

/* ---- Up and down ------------------------------------------------------------------------------------------------- */

static int invert(session *s, editing *e, int *list)
{
    const int count = fill(list, s->o->steps, nb_schedule_T(s->schedule) - 1);
    int *up = session_take(s, (size_t)count, sizeof *up);
    if (!up) return NB_EXIT_FAILED;
    for (int i = 0; i < count; i++) up[i] = list[count - 1 - i];
    nb_sample_config config = along(e, count, up);
    int status = cli_sample(s, s->model, &config, e->shapes, e->noise);
    config.timesteps = list;
    if (status == 0) status = cli_sample(s, s->model, &config, e->noise, e->back);
    double sum = 0.0;
    for (size_t i = 0; i < e->count; i++) {
        const double gap = (double)e->back[i] - (double)e->shapes[i];
        sum += gap * gap;
    }
    e->error = sqrt(sum / (double)e->count);
    return status;
}

/* ---- All of it ----------------------------------------------------------------------------------------------------- */

static bool add_all(session *s, editing *e)
{
    const size_t height = (size_t)s->o->height, width = (size_t)s->o->width;
    const size_t one[4] = {e->n, 1, height, width}, levels[4] = {LEVELS, e->n, height, width},
                 ways[4] = {WAYS, e->n, height, width};
    return session_add(s, "pictures.npy", NB_F32, 4, one, e->shapes) &&
           session_add(s, "drawn.npy", NB_F32, 4, one, e->drawn) &&
           session_add(s, "edited.npy", NB_F32, 4, levels, e->edited) &&
           session_add(s, "filled.npy", NB_F32, 4, ways, e->filled) &&
           session_add(s, "noise.npy", NB_F32, 4, one, e->noise) &&
           session_add(s, "back.npy", NB_F32, 4, one, e->back);
}

static void draw(session *s, const editing *e)
{
    const float *level = e->edited;
    const picture_row rows[] = {{"two shapes over each other", e->drawn},
                                {"back from 5% of the timesteps", level},
                                {"from 15%", level + e->count},
                                {"from 30%", level + 2 * e->count},
                                {"from 50%", level + 3 * e->count},
                                {"from 80%", level + 4 * e->count},
                                {"pictures", e->shapes},
                                {"right half drawn anew, one round", e->filled},
                                {"the same in 8 rounds", e->filled + e->count},
                                {"up to their noise and down again", e->back}};
    const size_t shown = e->n < MOST_SHOWN ? e->n : MOST_SHOWN;
    const picture_grid grid = {sizeof rows / sizeof *rows,
                               shown,
                               1,
                               s->o->height,
                               s->o->width,
                               (double)e->low,
                               (double)e->high,
                               rows};
    figure_rows(s, "figure.png", &grid);
}

int nb_exercise_13(session *s)
{
    editing *e = session_take(s, 1, sizeof *e);
    int *list = session_take(s, (size_t)s->o->steps, sizeof *list);
    if (!e || !list) return NB_EXIT_FAILED;
    int status = cli_shapes_model(s);
    if (status == 0) status = take(s, e);
    if (status == 0) status = edit(s, e, list);
    if (status == 0) status = inpaint_both(s, e, list);
    if (status == 0) status = invert(s, e, list);
    if (status != 0) return status;
    session_metrics(s, "clean_edited", LEVELS, e->clean);
    session_metrics(s, "overlap_edited", LEVELS, e->kept);
    session_metrics(s, "clean_filled", WAYS, e->clean_filled);
    session_metric(s, "inversion_error", e->error);
    if (!add_all(s, e)) return NB_EXIT_FAILED;
    draw(s, e);
    return 0;
}
