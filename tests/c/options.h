/* options.h - exercise 10's data and network, small, to train with any options. */
#ifndef NB_TESTS_OPTIONS_H
#define NB_TESTS_OPTIONS_H

#include "check.h"

enum {
    PER_CLASS = 30,
    POINTS = 3 * PER_CLASS,
    NONE = 3,
    BATCH = 20,
    LAST_BATCH = 10,
    PER_EPOCH = 5,
    T = 200
};

/* Ring, square and blob with their labels. */
typedef struct classes {
    float x[2 * POINTS];
    int32_t labels[POINTS];
} classes;

static inline classes new_classes(void)
{
    classes c;
    double points[2 * POINTS];
    nb_rng *numpy = new_rng(42);
    REQUIRE(nb_data_classes(numpy, PER_CLASS, points, c.labels, NULL) == NB_OK, "no memory");
    for (size_t i = 0; i < (size_t)2 * POINTS; i++) c.x[i] = (float)points[i];
    nb_rng_destroy(numpy);
    return c;
}

/* torch.manual_seed(seed); model; trainer. */
typedef struct course {
    nb_engine *engine;
    nb_rng *rng;
    nb_schedule *schedule;
    nb_model *model;
    nb_trainer *trainer;
} course;

static inline course course_begin(nb_model_config config, uint32_t seed)
{
    course c = {.engine = new_engine(), .rng = new_rng(seed)};
    nb_error err = {0};
    c.schedule = new_schedule(NB_SCHEDULE_COSINE, T);
    REQUIRE(nb_model_create(c.engine, &config, c.rng, &c.model, &err) == NB_OK, "%s", err.message);
    return c;
}

static inline void course_end(course *c)
{
    nb_trainer_destroy(c->trainer);
    nb_model_destroy(c->model);
    nb_schedule_destroy(c->schedule);
    nb_rng_destroy(c->rng);
    nb_engine_destroy(c->engine);
}

static inline nb_model_config small_conditional(int max_batch)
{
    nb_model_config config = nb_model_default(NB_CONDITIONAL_DIFFUSION);
    config.hidden_dim = 16;
    config.time_dim = 8;
    config.max_batch = max_batch;
    return config;
}

/* The trainer's data and labels are gone once it is made: it must have its own. */
static inline course train_classes(uint32_t seed, nb_train_config options)
{
    course c = course_begin(small_conditional(BATCH), seed);
    classes *given = malloc(sizeof *given);
    REQUIRE(given != NULL, "no memory");
    *given = new_classes();
    if (options.labels) options.labels = given->labels;
    nb_error err = {0};
    REQUIRE(nb_trainer_create(c.model, c.schedule, c.rng, given->x, POINTS, &options, &c.trainer, &err) ==
                NB_OK,
            "%s", err.message);
    memset(given, 0x7f, sizeof *given);
    free(given);
    return c;
}

static inline nb_train_report train_step(const course *c)
{
    nb_train_report report = {0};
    nb_error err = {0};
    REQUIRE(nb_trainer_step(c->trainer, &report, &err) == NB_OK, "%s", err.message);
    return report;
}

static inline bool same_params(const nb_model *a, const float *want)
{
    float *got = all_params(a);
    const bool same = memcmp(got, want, nb_model_param_count(a) * sizeof *got) == 0;
    free(got);
    return same;
}

static inline bool same_rng(const nb_rng *a, const nb_rng *b)
{
    uint8_t p[NB_RNG_STATE_BYTES], q[NB_RNG_STATE_BYTES];
    nb_rng_get_state(a, p);
    nb_rng_get_state(b, q);
    return memcmp(p, q, sizeof p) == 0;
}

#endif
