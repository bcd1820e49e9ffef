/* test_records.c - what weights were trained for: noted by the trainer, carried by files, asked for by samplers. */
#include "options.h"
#include "sampling.h"

/* Three steps on the classes by the cosine schedule with T = 200. */
static course trained(void)
{
    static const int32_t any = 0;
    course c = train_classes(7, (nb_train_config){.batch = BATCH, .lr = 1e-3, .labels = &any});
    for (int i = 0; i < 3; i++) train_step(&c);
    return c;
}

static uint8_t *save(const nb_model *model, size_t *size)
{
    uint8_t *file = NULL;
    nb_error err = {0};
    REQUIRE(nb_model_save(model, &file, size, &err) == NB_OK, "%s", err.message);
    return file;
}

static bool same_training(const nb_training *a, const nb_training *b)
{
    return a->T == b->T && a->schedule == b->schedule && a->beta_start == b->beta_start &&
           a->beta_end == b->beta_end && a->beta_crc == b->beta_crc && a->has_seed == b->has_seed &&
           a->seed == b->seed && a->steps == b->steps && a->has_range == b->has_range &&
           a->data_min == b->data_min && a->data_max == b->data_max;
}

static void test_trainer(void)
{
    course c = trained();
    const nb_training t = nb_model_get_training(c.model);
    const classes data = new_classes();
    float low = data.x[0], high = data.x[0];
    for (size_t i = 0; i < (size_t)2 * POINTS; i++) {
        low = fminf(low, data.x[i]);
        high = fmaxf(high, data.x[i]);
    }
    CHECK(t.T == T && t.schedule == NB_SCHEDULE_COSINE && t.steps == 3, "T = %d, schedule %d, %d steps", t.T,
          (int)t.schedule, (int)t.steps);
    CHECK(t.has_seed && t.seed == 7, "the seed");
    CHECK(t.has_range && t.data_min == low && t.data_max == high,
          "the data's range is %g to %g, not %g to %g", (double)t.data_min, (double)t.data_max, (double)low,
          (double)high);
    /* The checkpoint goes on counting, in a trainer whose generator had another seed. */
    course other = train_classes(8, (nb_train_config){.batch = BATCH, .lr = 1e-3, .labels = data.labels});
    uint8_t *state = NULL;
    size_t size;
    nb_error err = {0};
    REQUIRE(nb_trainer_save(c.trainer, &state, &size, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_trainer_load(other.trainer, state, size, &err) == NB_OK, "%s", err.message);
    train_step(&other);
    const nb_training on = nb_model_get_training(other.model);
    CHECK(on.steps == 4 && on.has_seed && on.seed == 7, "%d steps, seed %u", (int)on.steps,
          (unsigned)on.seed);
    free(state);
    course_end(&other);
    course_end(&c);
}

static void test_file(void)
{
    course c = trained();
    const nb_training t = nb_model_get_training(c.model);
    size_t size;
    uint8_t *file = save(c.model, &size);
    nb_error err = {0};
    nb_model_kind kind = NB_MINI_UNET;
    CHECK(nb_model_kind_of(file, size, &kind, &err) == NB_OK && kind == NB_CONDITIONAL_DIFFUSION, "%s",
          err.message);
    nb_training read = {0};
    CHECK(nb_training_of(file, size, &read, &err) == NB_OK && same_training(&read, &t), "the file's record");
    nb_model_config config;
    CHECK(nb_model_config_of(kind, file, size, &config, &err) == NB_OK && config.hidden_dim == 16 &&
              config.time_dim == 8 && config.n_classes == 3,
          "%s", err.message);
    course fresh = course_begin(small_conditional(BATCH), 1);
    CHECK(nb_model_load(fresh.model, file, size, &err) == NB_OK, "%s", err.message);
    read = nb_model_get_training(fresh.model);
    CHECK(same_training(&read, &t), "the loaded model's record");
    /* Each damage makes it none, and the weights load all the same. */
    static const char *const damage[][2] = {{"\"noisebook\":\"1\"", "\"noisebook\":\"2\""},
                                            {"\"T\":\"200\"", "\"T\":\"2x0\""},
                                            {"\"T\":\"200\"", "\"T\":\"0.5\""},
                                            {"\"cosine\"", "\"cosinf\""},
                                            {"\"seed\":\"7\"", "\"seed\":\"-\""},
                                            {"\"steps\":\"3\"", "\"steps\":\".\""},
                                            {"\"beta_crc\"", "\"beta_crx\""},
                                            {"\"hidden_dim\":\"16\"", "\"hidden_dim\":\"17\""},
                                            {"\"data_min\"", "\"data_mim\""},
                                            {"\"eps\"", "\"epx\""},
                                            {"\"n_classes\":\"3\"", "\"n_classes\":\"4\""}};
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        uint8_t *bad = malloc(size);
        REQUIRE(bad != NULL, "no memory");
        memcpy(bad, file, size);
        char *at = NULL;
        for (size_t k = 8; at == NULL && k < 1024; k++) {
            if (memcmp(bad + k, damage[i][0], strlen(damage[i][0])) == 0) at = (char *)bad + k;
        }
        REQUIRE(at != NULL, "the record has no %s", damage[i][0]);
        memcpy(at, damage[i][1], strlen(damage[i][0]));
        CHECK(nb_model_load(fresh.model, bad, size, &err) == NB_OK, "%s: %s", damage[i][1], err.message);
        const nb_training none = nb_model_get_training(fresh.model);
        CHECK(same_training(&none, &(nb_training){0}), "%s passes as a record", damage[i][1]);
        free(bad);
    }
    free(file);
    course_end(&fresh);
    course_end(&c);
}

static void test_set(void)
{
    course c = course_begin(small_conditional(BATCH), 1);
    static const nb_training bad[] = {{.T = 1},
                                      {.T = 100001},
                                      {.schedule = (nb_schedule_kind)99},
                                      {.beta_start = 0.5, .beta_end = 0.1},
                                      {.has_range = true},
                                      {.has_range = true, .data_min = 1.0F, .data_max = INFINITY},
                                      {.objective = (nb_objective)4},
                                      {.steps = -1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        FAILS(NB_ERR_ARGUMENT, "trained ", nb_model_set_training(c.model, &bad[i], &failure));
    const double beta[3] = {0.1, 0.2, 0.3};
    nb_schedule *own = NULL;
    nb_error err = {0};
    REQUIRE(nb_schedule_from_beta(3, beta, &own, &err) == NB_OK, "%s", err.message);
    float data[4] = {-2.0F, 0.5F, 3.25F, 1.0F};
    CHECK(nb_model_note_training(c.model, own, NB_OBJECTIVE_V, NULL, 2, data, 12, &err) == NB_OK, "%s",
          err.message);
    size_t size;
    uint8_t *file = save(c.model, &size);
    nb_training t = {0};
    CHECK(nb_training_of(file, size, &t, &err) == NB_OK, "%s", err.message);
    CHECK(t.objective == NB_OBJECTIVE_V && t.schedule == NB_SCHEDULE_OWN && t.T == 3 && t.steps == 12 &&
              !t.has_seed && t.data_min == -2.0F && t.data_max == 3.25F,
          "a loop of one's own");
    data[1] = NAN;
    FAILS(NB_ERR_NONFINITE, "data point 0",
          nb_model_note_training(c.model, own, NB_OBJECTIVE_EPS, NULL, 2, data, 1, &failure));
    free(file);
    nb_schedule_destroy(own);
    course_end(&c);
}

/* The weights that the pages ship. */
static void test_shipped(void)
{
    static const struct {
        const char *path;
        nb_model_kind kind;
        nb_schedule_kind schedule;
        int T;
        float low;
    } shipped[] = {{"web/data/shapes-unet.safetensors", NB_MINI_UNET, NB_SCHEDULE_LINEAR, 1000, 0.0F},
                   {"web/data/digits-unet.safetensors", NB_CONDITIONAL_UNET, NB_SCHEDULE_COSINE, 200, -1.0F}};
    course c = course_begin(small_conditional(BATCH), 1);
    for (size_t i = 0; i < 2; i++) {
        size_t size;
        uint8_t *file = read_file(shipped[i].path, &size);
        nb_training t = {0}, want;
        nb_model_kind kind = NB_SIMPLE_NOISE_PREDICTOR;
        nb_schedule *s = new_schedule(shipped[i].schedule, shipped[i].T);
        CHECK(nb_training_of(file, size, &t, NULL) == NB_OK &&
                  nb_model_kind_of(file, size, &kind, NULL) == NB_OK && kind == shipped[i].kind,
              "%s", shipped[i].path);
        nb_model_note_training(c.model, s, (nb_objective)(i % NB_OBJECTIVES), NULL, 0, NULL, 1, NULL);
        want = nb_model_get_training(c.model);
        CHECK(t.T == want.T && t.schedule == want.schedule && t.beta_crc == want.beta_crc, "%s: the schedule",
              shipped[i].path);
        CHECK(t.has_range && t.data_min == shipped[i].low && t.data_max == 1.0F, "%s: the range",
              shipped[i].path);
        nb_schedule_destroy(s);
        free(file);
    }
    course_end(&c);
}

/* ---- Who samples asks ---------------------------------------------------------------------------------------- */

static void test_schedules(void)
{
    course c = trained();
    nb_schedule *linear = new_schedule(NB_SCHEDULE_LINEAR, T),
                *shorter = new_schedule(NB_SCHEDULE_COSINE, 50),
                *same = new_schedule(NB_SCHEDULE_COSINE_CLIPPED,
                                     T); /* at T = 200 the floor is below every beta */
    nb_sample_config config = {.n = 2, .steps = 3};
    nb_sampler *sampler = NULL;
    FAILS(NB_ERR_ARGUMENT,
          "trained for the schedule cosine with T = 200, not linear from 0.0001 to 0.02 with T = 200",
          nb_sampler_create(c.model, linear, c.rng, &config, NULL, &sampler, &failure));
    FAILS(NB_ERR_ARGUMENT, "cosine with T = 200, not cosine with T = 50",
          nb_sampler_create(c.model, shorter, c.rng, &config, NULL, &sampler, &failure));
    CHECK(sampler == NULL, "a refused sampler");
    nb_sampler_destroy(begin(c.model, same, c.rng, config, NULL));
    config.any_schedule = true;
    nb_sampler_destroy(begin(c.model, linear, c.rng, config, NULL));
    nb_schedule_destroy(linear);
    nb_schedule_destroy(shorter);
    nb_schedule_destroy(same);
    course_end(&c);
}

static void test_clipping(void)
{
    course c = trained();
    const nb_training t = nb_model_get_training(c.model);
    float low = 7.0F, high = 7.0F;
    for (int m = 0; m < METHODS; m++) {
        nb_sample_config config = {.n = 40, .steps = 8, .method = (nb_method)m};
        nb_sampler *sampler = begin(c.model, c.schedule, c.rng, config, NULL);
        const bool clips = nb_sampler_clips(sampler, &low, &high);
        CHECK(clips == (m != NB_DDPM) && clips == nb_method_describe((nb_method)m)->clips, "%s",
              method_names[m]);
        CHECK(!clips || (low == t.data_min && high == t.data_max), "%s clips to %g, %g", method_names[m],
              (double)low, (double)high);
        step(sampler);
        float least = 0.0F, most = 0.0F;
        for (size_t i = 0; i < 80; i++) {
            least = fminf(least, nb_sampler_x0(sampler)[i]);
            most = fmaxf(most, nb_sampler_x0(sampler)[i]);
        }
        /* Three steps of training: the first prediction of x_0 lies far out. */
        CHECK(clips ? least == t.data_min && most == t.data_max : most > 10.0F, "%s: x_0 from %g to %g",
              method_names[m], (double)least, (double)most);
        nb_sampler_destroy(sampler);
        config.clip = NB_CLIP_OFF;
        sampler = begin(c.model, c.schedule, c.rng, config, NULL);
        CHECK(!nb_sampler_clips(sampler, &low, &high), "%s clips although it is off", method_names[m]);
        nb_sampler_destroy(sampler);
        config.clip = NB_CLIP_DATA;
        sampler = begin(c.model, c.schedule, c.rng, config, NULL);
        CHECK(nb_sampler_clips(sampler, &low, &high), "%s does not clip to the data", method_names[m]);
        nb_sampler_destroy(sampler);
    }
    nb_model_set_training(c.model, &(nb_training){0}, NULL);
    nb_sampler *sampler = NULL;
    nb_sample_config bad = {.n = 2, .clip = NB_CLIP_DATA};
    FAILS(NB_ERR_ARGUMENT, "do not say what it was",
          nb_sampler_create(c.model, c.schedule, c.rng, &bad, NULL, &sampler, &failure));
    bad = (nb_sample_config){.n = 2, .clip = NB_CLIP_RANGE, .clip_low = 1.0F, .clip_high = 1.0F};
    FAILS(NB_ERR_ARGUMENT, "low < high",
          nb_sampler_create(c.model, c.schedule, c.rng, &bad, NULL, &sampler, &failure));
    bad = (nb_sample_config){.n = 2, .clip = (nb_clip)4};
    FAILS(NB_ERR_ARGUMENT, "no way to clip",
          nb_sampler_create(c.model, c.schedule, c.rng, &bad, NULL, &sampler, &failure));
    course_end(&c);
}

/* An option that is another method's is refused, and the table says whose it is. */
static void test_options_of_methods(void)
{
    course c = trained();
    nb_sampler *sampler = NULL;
    for (int m = 0; nb_method_describe((nb_method)m); m++) {
        const nb_method_info *info = nb_method_describe((nb_method)m);
        const nb_sample_config eta = {.n = 2, .method = (nb_method)m, .eta = 0.5},
                               variance = {.n = 2, .method = (nb_method)m, .variance = NB_VARIANCE_BETA};
        nb_method found = NB_PNDM;
        CHECK(nb_method_find(info->name, &found, NULL) == NB_OK && (int)found == m, "%s", info->name);
        CHECK(info->title && info->identifier && info->source && info->looks_back >= 0, "%s", info->name);
        if (!info->takes_eta)
            FAILS(NB_ERR_ARGUMENT, "it is an option of ddim",
                  nb_sampler_create(c.model, c.schedule, c.rng, &eta, NULL, &sampler, &failure));
        if (!info->takes_variance)
            FAILS(NB_ERR_ARGUMENT, "it is an option of ddpm",
                  nb_sampler_create(c.model, c.schedule, c.rng, &variance, NULL, &sampler, &failure));
    }
    course_end(&c);
}

int main(void)
{
    test_trainer();
    test_file();
    test_set();
    test_shipped();
    test_schedules();
    test_clipping();
    test_options_of_methods();
    return check_report();
}
