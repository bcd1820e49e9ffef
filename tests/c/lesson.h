/* lesson.h - exercise 5 as the notebook has it: seed, roll, model, trainer. */
#ifndef NB_TESTS_LESSON_H
#define NB_TESTS_LESSON_H

#include "check.h"

typedef struct lesson_config {
    uint32_t seed;
    size_t points;
    int batch, hidden, T;
    nb_schedule_kind schedule;
    double lr;
    uint32_t other; /* added to the seed of PyTorch's generator: another model on the same data */
} lesson_config;

static inline lesson_config lesson_defaults(uint32_t seed)
{
    return (lesson_config){seed, 5000, 128, 128, 1000, NB_SCHEDULE_COSINE_CLIPPED, 1e-3, 0};
}

/* np.random.seed(S); torch.manual_seed(S); data; model; trainer. */
typedef struct lesson {
    nb_engine *engine;
    nb_rng *rng; /* PyTorch's */
    nb_schedule *schedule;
    nb_model *model;
    nb_trainer *trainer;
} lesson;

static inline lesson lesson_begin(const lesson_config *c)
{
    lesson l = {.engine = new_engine(), .rng = new_rng(c->seed + c->other)};
    nb_rng *numpy = new_rng(c->seed);
    const size_t values = 2 * c->points;
    double *roll = malloc(values * sizeof *roll);
    float *data = malloc(values * sizeof *data);
    nb_error err = {0};
    REQUIRE(roll != NULL && data != NULL, "no memory");
    REQUIRE(nb_data_swiss_roll(numpy, c->points, 0.1, roll, &err) == NB_OK, "%s", err.message);
    for (size_t i = 0; i < values; i++) data[i] = (float)roll[i];
    l.schedule = new_schedule(c->schedule, c->T);
    l.model = new_model(l.engine, c->hidden, 32, c->batch, l.rng);
    const nb_train_config config = {.batch = c->batch, .lr = c->lr};
    REQUIRE(nb_trainer_create(l.model, l.schedule, l.rng, data, c->points, &config, &l.trainer, &err) ==
                NB_OK,
            "%s", err.message);
    free(roll);
    free(data);
    nb_rng_destroy(numpy);
    return l;
}

static inline nb_train_report lesson_step(lesson *l)
{
    nb_train_report report = {0};
    nb_error err = {0};
    REQUIRE(nb_trainer_step(l->trainer, &report, &err) == NB_OK, "%s", err.message);
    return report;
}

/* To the end of the epoch; its mean loss. */
static inline double lesson_epoch(lesson *l)
{
    nb_train_report report;
    do report = lesson_step(l);
    while (!report.epoch_end);
    return report.epoch_loss;
}

static inline void lesson_end(lesson *l)
{
    nb_trainer_destroy(l->trainer);
    nb_model_destroy(l->model);
    nb_schedule_destroy(l->schedule);
    nb_rng_destroy(l->rng);
    nb_engine_destroy(l->engine);
}

#endif
