/* classes.c - exercise 10: train with labels, a tenth of them dropped, and sample with guidance. */
#include "cli/exercises/exercises.h"
#include "cli/figures/figures.h"
#include "cli/message.h"
#include "cli/session/steps.h"

enum { CLASSES = 3 };

typedef struct classes {
    size_t n;     /* points, a multiple of the classes */
    double *data; /* (n, 2) */
    float *x;     /* the same */
    int32_t *labels;
    double *loss;   /* (epochs) */
    float *samples; /* (scales, classes, samples, 2) */
} classes;

static int make_data(session *s, classes *c)
{
    nb_error err;
    c->n = (size_t)s->o->points / CLASSES * CLASSES;
    if (c->n == 0) return cli_fail(NB_EXIT_USAGE, "--points %d: three classes take at least 3", s->o->points);
    c->data = session_take(s, 2 * c->n, sizeof *c->data);
    c->x = session_take(s, 2 * c->n, sizeof *c->x);
    c->labels = session_take(s, c->n, sizeof *c->labels);
    if (!c->data || !c->x || !c->labels) return NB_EXIT_FAILED;
    if (nb_data_classes(s->numpy, c->n / CLASSES, c->data, c->labels, &err) != NB_OK) return cli_failed(&err);
    for (size_t i = 0; i < 2 * c->n; i++) c->x[i] = (float)c->data[i];
    return 0;
}

static int train(session *s, classes *c)
{
    nb_model_config config = nb_model_default(NB_CONDITIONAL_DIFFUSION);
    config.hidden_dim = s->o->hidden;
    config.max_batch = cli_batch(s->o, c->n);
    const int status = session_model(s, config);
    if (status != 0) return status;
    const nb_train_config train = {.labels = c->labels, .label_dropout = s->o->label_dropout};
    return cli_train(s, "", s->model, c->x, c->n, train, &c->loss);
}

/* Every class at every guidance scale. */
static int sample(session *s, classes *c)
{
    const cli_options *o = s->o;
    const size_t n = (size_t)o->samples;
    int32_t *wanted = session_take(s, n, sizeof *wanted);
    float *out = c->samples = session_take(s, 2 * o->scales * CLASSES * n, sizeof *out);
    if (!wanted || !out) return NB_EXIT_FAILED;
    for (size_t i = 0; i < o->scales * CLASSES; i++, out += 2 * n) {
        for (size_t k = 0; k < n; k++) wanted[k] = (int32_t)(i % CLASSES);
        nb_sample_config config = cli_sampling(o);
        config.labels = wanted;
        config.guided = true;
        config.guidance_scale = o->guidance[i / CLASSES];
        const int status = cli_sample(s, s->model, &config, NULL, out);
        if (status != 0) return status;
    }
    return 0;
}

int nb_exercise_10(session *s)
{
    classes c = {0};
    int status = make_data(s, &c);
    if (status == 0) status = train(s, &c);
    if (status == 0) status = sample(s, &c);
    if (status == 0) status = session_add_model(s, "model.safetensors", s->model);
    if (status != 0) return status;
    const size_t n = (size_t)s->o->samples, epochs = (size_t)s->o->epochs, points[2] = {c.n, 2};
    const size_t shape[4] = {s->o->scales, CLASSES, n, 2};
    const bool good = session_add(s, "loss.npy", NB_F64, 1, &epochs, c.loss) &&
                      session_add(s, "data.npy", NB_F64, 2, points, c.data) &&
                      session_add(s, "labels.npy", NB_I32, 1, points, c.labels) &&
                      session_add(s, "samples.npy", NB_F32, 4, shape, c.samples);
    figure_guidance(s, s->o->scales, s->o->guidance, CLASSES, n, c.samples);
    return good ? 0 : NB_EXIT_FAILED;
}
