/* test_training_options.c - labels and their dropout, the average of the weights, training without shuffling:
 * against the same training written out, and what is refused. */
#include "allocations.h"
#include "options_by_hand.h"
#include "train/trainer.h"

static const struct {
    const char *name;
    nb_train_config options;
} cases[] = {
    {"plain", {.batch = BATCH, .lr = 2e-3}},
    {"labels", {.batch = BATCH, .lr = 2e-3, .labels = data.labels}},
    {"dropout_0.1", {.batch = BATCH, .lr = 2e-3, .labels = data.labels, .label_dropout = 0.1}},
    {"dropout_1", {.batch = BATCH, .lr = 2e-3, .labels = data.labels, .label_dropout = 1.0}},
    {"in_order", {.batch = BATCH, .lr = 2e-3, .keep_order = true}},
    {"ema_0.9", {.batch = BATCH, .lr = 2e-3, .ema_decay = 0.9}}, /* the warm-up ends within the test */
    {"ema_0.6", {.batch = BATCH, .lr = 2e-3, .ema_decay = 0.6}},
    {"stratified", {.batch = BATCH, .lr = 2e-3, .stratified = true}},
    {"warmup", {.batch = BATCH, .lr = 2e-3, .warmup = 4}},
    {"decay", {.batch = BATCH, .lr = 2e-3, .decay_steps = 9, .lr_end = 0.25}}, /* ends within the test */
    {"min_snr", {.batch = BATCH, .lr = 2e-3, .loss_weight = NB_WEIGHT_MIN_SNR, .weight_limit = 5.0}},
    {"v", {.batch = BATCH, .lr = 2e-3, .loss_weight = NB_WEIGHT_V, .weight_limit = 50.0}},
    {"x0", {.batch = BATCH, .lr = 2e-3, .objective = NB_OBJECTIVE_X0}},
    {"x0_min_snr",
     {.batch = BATCH,
      .lr = 2e-3,
      .objective = NB_OBJECTIVE_X0,
      .loss_weight = NB_WEIGHT_MIN_SNR,
      .weight_limit = 5.0}},
    {"of_v", {.batch = BATCH, .lr = 2e-3, .objective = NB_OBJECTIVE_V}},
    {"v_min_snr",
     {.batch = BATCH,
      .lr = 2e-3,
      .objective = NB_OBJECTIVE_V,
      .loss_weight = NB_WEIGHT_MIN_SNR,
      .weight_limit = 5.0}},
    {"muon", {.batch = BATCH, .lr = 2e-3, .optimizer = NB_OPTIMIZER_MUON}},
    {"everything",
     {.batch = BATCH,
      .lr = 2e-3,
      .labels = data.labels,
      .label_dropout = 0.3,
      .ema_decay = 0.999,
      .keep_order = true,
      .stratified = true,
      .warmup = 3,
      .decay_steps = 11,
      .optimizer = NB_OPTIMIZER_MUON,
      .loss_weight = NB_WEIGHT_MIN_SNR,
      .weight_limit = 1.0}},
};
enum { CASES = sizeof cases / sizeof *cases };
#define EVERYTHING (cases[CASES - 1].options)

static void same_course(const course *c, by_hand *h, int steps, const char *what)
{
    for (int i = 0; i < steps; i++) {
        const double got = train_step(c).loss, want = hand_step(h);
        CHECK(memcmp(&got, &want, sizeof got) == 0, "%s: loss %.17g, by hand %.17g", what, got, want);
    }
    float *want = all_params(h->c.model);
    CHECK(same_params(c->model, want), "%s: other weights than by hand", what);
    CHECK(same_rng(c->rng, h->c.rng), "%s: the generator was drawn from otherwise", what);
    free(want);
}

/* In and out of the model, with a gradient of its own in between, which must leave no trace. */
static void swap(const course *c, const by_hand *h, const char *what)
{
    const float x[2] = {0.5F, -0.5F}, t[1] = {0.5F};
    float eps[2];
    float *trained = all_params(c->model);
    for (int i = 0; i < 2; i++) {
        CHECK(nb_trainer_use_ema(c->trainer, true, NULL) == NB_OK, "%s: in", what);
        CHECK(same_params(c->model, h->ema), "%s: the average is another than by hand", what);
    }
    bits(what, h->ema, h->count * sizeof *h->ema);
    nb_model_forward(c->model, 1, x, t, NULL, eps, NULL);
    nb_model_backward(c->model, 1, eps, NULL, NULL);
    nb_train_report report = {.step = -7};
    FAILS(NB_ERR_ARGUMENT, "EMA weights are in the model", nb_trainer_step(c->trainer, &report, &failure));
    CHECK(report.step == -7 && same_rng(c->rng, h->c.rng), "%s: a refused step left its mark", what);
    for (int i = 0; i < 2; i++) {
        CHECK(nb_trainer_use_ema(c->trainer, false, NULL) == NB_OK, "%s: out", what);
        CHECK(same_params(c->model, trained), "%s: the trained weights did not come back", what);
    }
    free(trained);
}

static void test_by_hand(void)
{
    for (size_t k = 0; k < CASES; k++) {
        const char *name = cases[k].name;
        course c = train_classes(5, cases[k].options);
        by_hand h = hand_begin(5, cases[k].options);
        same_course(&c, &h, 20, name);
        if (cases[k].options.ema_decay > 0.0) {
            char what[40];
            snprintf(what, sizeof what, "options_%s_average", name);
            swap(&c, &h, what);
        }
        same_course(&c, &h, 7, name);
        float *weights = all_params(c.model);
        char what[40];
        snprintf(what, sizeof what, "options_%s", name);
        bits(what, weights, h.count * sizeof *weights);
        free(weights);
        course_end(&c);
        hand_end(&h);
    }
}

/* ---- Label dropout ---------------------------------------------------------------------------------------- */

static void test_share(double dropout)
{
    course c = train_classes(
        8, (nb_train_config){.batch = BATCH, .lr = 1e-3, .labels = data.labels, .label_dropout = dropout});
    double dropped = 0.0, all = 0.0;
    for (int i = 0; i < 80 * PER_EPOCH; i++) {
        const size_t first = c.trainer->position;
        train_step(&c);
        const size_t rows = first + BATCH > POINTS ? LAST_BATCH : BATCH;
        all += (double)rows;
        for (size_t k = 0; k < rows; k++) {
            const int32_t label = c.trainer->batch_labels[k];
            CHECK(label == NONE || label == data.labels[c.trainer->order[first + k]], "another's label");
            dropped += label == NONE;
        }
    }
    const double error = sqrt(dropout * (1.0 - dropout) / all);
    printf("measured label dropout %g: share %.4f (limit 4 standard errors, %.4f)\n", dropout, dropped / all,
           4.0 * error);
    CHECK(fabs(dropped / all - dropout) <= 4.0 * error, "share %g", dropped / all);
    course_end(&c);
}

/* The rows of class_embed.weight that have a gradient: those of the classes, or that of no class. */
static void test_rows(double dropout)
{
    enum { WIDTH = 16, ROWS = NONE + 1 };
    course c = train_classes(
        3, (nb_train_config){.batch = BATCH, .lr = 1e-3, .labels = data.labels, .label_dropout = dropout});
    float before[ROWS][WIDTH], after[ROWS][WIDTH], grad[ROWS][WIDTH];
    CHECK(strcmp(nb_model_param_info(c.model, 0).name, "class_embed.weight") == 0, "another parameter");
    nb_model_get_param(c.model, 0, before[0]);
    for (int i = 0; i < 2 * PER_EPOCH; i++) train_step(&c);
    nb_model_get_param(c.model, 0, after[0]);
    nb_model_get_grad(c.model, 0, grad[0]);
    for (int row = 0; row < ROWS; row++) {
        const bool trains = (row == NONE) == (dropout > 0.0);
        float largest = 0.0F;
        for (int k = 0; k < WIDTH; k++) largest = fmaxf(largest, fabsf(grad[row][k]));
        CHECK((largest > 0.0F) == trains, "dropout %g: row %d has a gradient of %g", dropout, row,
              (double)largest);
        CHECK((memcmp(before[row], after[row], sizeof before[row]) != 0) == trains, "dropout %g: row %d",
              dropout, row);
    }
    course_end(&c);
}

/* ---- Resuming --------------------------------------------------------------------------------------------- */

static uint8_t *save(const course *c, size_t *size)
{
    uint8_t *file = NULL;
    nb_error err = {0};
    REQUIRE(nb_trainer_save(c->trainer, &file, size, &err) == NB_OK, "%s", err.message);
    return file;
}

static void check_same_state(const course *a, const course *b, const char *what)
{
    size_t size_a, size_b;
    uint8_t *state_a = save(a, &size_a), *state_b = save(b, &size_b);
    CHECK(size_a == size_b && memcmp(state_a, state_b, size_a) == 0, "%s: another state", what);
    free(state_a);
    free(state_b);
}

/* Saved after `steps` steps, 5 an epoch, and loaded into a trainer of another life whose average is in use. */
static void test_resume(nb_train_config options, int steps)
{
    course a = train_classes(6, options), b = train_classes(7, options);
    for (int i = 0; i < steps; i++) train_step(&a);
    for (int i = 0; i < 8; i++) train_step(&b);
    size_t size, in_use_size;
    uint8_t *file = save(&a, &size);
    nb_trainer_use_ema(a.trainer, true, NULL);
    uint8_t *in_use = save(&a, &in_use_size);
    CHECK(size == in_use_size && memcmp(file, in_use, size) == 0,
          "the file shows which weights are in the model");
    nb_trainer_use_ema(a.trainer, false, NULL);
    nb_trainer_use_ema(b.trainer, true, NULL);
    nb_error err = {0};
    CHECK(nb_trainer_load(b.trainer, file, size, &err) == NB_OK, "%s", err.message);
    check_same_state(&a, &b, "just loaded");
    for (int i = 0; i < 13; i++) {
        const double p = train_step(&a).loss, q = train_step(&b).loss;
        CHECK(memcmp(&p, &q, sizeof p) == 0, "step %d after step %d: loss %.17g, not %.17g", i, steps, q, p);
    }
    check_same_state(&a, &b, "13 steps later");
    char name[40];
    snprintf(name, sizeof name, "options_saved_%d%s", steps, options.keep_order ? "_in_order" : "");
    bits(name, file, size);
    free(file);
    free(in_use);
    course_end(&a);
    course_end(&b);
}

/* A state with an average is none for a trainer without, and the other way round; nothing changes. */
static void test_foreign_states(void)
{
    nb_train_config without = EVERYTHING;
    without.ema_decay = 0.0;
    course a = train_classes(6, EVERYTHING), b = train_classes(6, without);
    course c = train_classes(6, EVERYTHING), d = train_classes(6, without);
    for (int i = 0; i < 3; i++) {
        train_step(&a);
        train_step(&b);
    }
    size_t size;
    uint8_t *file = save(&a, &size);
    FAILS(NB_ERR_FORMAT, "with an EMA", nb_trainer_load(d.trainer, file, size, &failure));
    free(file);
    file = save(&b, &size);
    FAILS(NB_ERR_FORMAT, "without an EMA", nb_trainer_load(c.trainer, file, size, &failure));
    free(file);
    for (int i = 0; i < 3; i++) {
        train_step(&c);
        train_step(&d);
    }
    check_same_state(&a, &c, "after a refused state");
    check_same_state(&b, &d, "after a refused state");
    course *all[] = {&a, &b, &c, &d};
    for (size_t i = 0; i < 4; i++) course_end(all[i]);
}

/* A state goes on only where the options are those that it was trained by; a file of before there were any, only without. */
static void test_other_options(void)
{
    course a = train_classes(6, EVERYTHING);
    for (int i = 0; i < 3; i++) train_step(&a);
    size_t size;
    uint8_t *file = save(&a, &size);
    static const char *const wrong[] = {
        "stratified = 1: this trainer has 0",    "warmup = 3: this trainer has 2",
        "decay_steps = 11: this trainer has 12", "lr_end = 0: this trainer has 0.5",
        "loss_weight = 1: this trainer has 2",   "weight_limit = 1: this trainer has 2",
        "objective = 0: this trainer has 2",     "optimizer = 1: this trainer has 0"};
    for (int i = 0; i < 8; i++) {
        nb_train_config other = EVERYTHING;
        if (i == 0) other.stratified = false;
        if (i == 1) other.warmup = 2;
        if (i == 2) other.decay_steps = 12;
        if (i == 3) other.lr_end = 0.5;
        if (i == 4) other.loss_weight = NB_WEIGHT_V;
        if (i == 5) other.weight_limit = 2.0;
        if (i == 6) other.objective = NB_OBJECTIVE_V;
        if (i == 7) other.optimizer = NB_OPTIMIZER_ADAM;
        course b = train_classes(6, other), c = train_classes(6, other);
        FAILS(NB_ERR_FORMAT, wrong[i], nb_trainer_load(b.trainer, file, size, &failure));
        check_same_state(&b, &c, "after a refused state");
        course_end(&b);
        course_end(&c);
    }
    for (size_t i = 0; i + 15 < size; i++) {
        if (memcmp(file + i, "trainer.options", 15) == 0) file[i] = 'x'; /* as if it were not there */
    }
    course b = train_classes(6, EVERYTHING);
    FAILS(NB_ERR_FORMAT, "stratified = 0: this trainer has 1",
          nb_trainer_load(b.trainer, file, size, &failure));
    free(file);
    course_end(&a);
    course_end(&b);
}

/* Weights of the caller's, which the trainer keeps; a state goes on with no others. */
static void test_weights(void)
{
    float given[T], kept[T];
    for (int t = 0; t < T; t++) given[t] = kept[t] = t < 20 ? 0.0F : 30.0F / (float)t;
    nb_train_config options = {.batch = BATCH, .lr = 2e-3, .weights = given};
    course c = train_classes(5, options);
    for (int t = 0; t < T; t++) given[t] = 1.0F;
    options.weights = kept;
    by_hand h = hand_begin(5, options);
    same_course(&c, &h, 20, "weights by timestep");
    size_t size;
    uint8_t *file = save(&c, &size);
    course same = train_classes(6, options);
    CHECK(nb_trainer_load(same.trainer, file, size, NULL) == NB_OK, "the same weights");
    check_same_state(&c, &same, "with weights");
    kept[T - 1] += 1.0F;
    course other = train_classes(6, options);
    FAILS(NB_ERR_FORMAT, "with checksum of weights = ", nb_trainer_load(other.trainer, file, size, &failure));
    course without = train_classes(6, (nb_train_config){.batch = BATCH, .lr = 2e-3});
    FAILS(NB_ERR_FORMAT, "this trainer has 0", nb_trainer_load(without.trainer, file, size, &failure));
    free(file);
    hand_end(&h);
    course *all[] = {&c, &same, &other, &without};
    for (size_t i = 0; i < 4; i++) course_end(all[i]);
}

static void test_refused_weights(void)
{
    float w[T] = {0};
    course c = course_begin(small_conditional(BATCH), 1);
    nb_trainer *t = NULL;
    nb_train_config config = {.batch = 2, .lr = 1e-3, .weights = w};
#define REFUSED(says, schedule)                                                                              \
    FAILS(NB_ERR_ARGUMENT, says,                                                                             \
          nb_trainer_create(c.model, schedule, c.rng, data.x, 2, &config, &t, &failure))
    REFUSED("a weight of 0 at every timestep", c.schedule);
    w[T - 1] = 1.0F;
    static const float bad[] = {-1.0F, 2e6F, NAN, INFINITY};
    for (int i = 0; i < 4; i++) {
        w[3] = bad[i];
        REFUSED("of timestep 3: it takes 0 to 1e6", c.schedule);
    }
    w[3] = 0.0F;
    config.loss_weight = NB_WEIGHT_MIN_SNR;
    config.weight_limit = 5.0;
    REFUSED("loss weights min-snr beside weights of each timestep", c.schedule);
    config.loss_weight = NB_WEIGHT_ONE;
    config.objective = NB_OBJECTIVE_FLOW;
    REFUSED("for the objective flow, which has none", NULL);
#undef REFUSED
    CHECK(t == NULL, "a refused trainer was handed out");
    course_end(&c);
}

/* PyTorch's LinearLR and CosineAnnealingLR, one after the other; its timesteps of torch.rand. */
static void test_against_pytorch(void)
{
    nb_array lr = golden("options_lr"), t = golden("options_timesteps");
    const nb_train_config config = {.warmup = 5, .decay_steps = 40, .lr_end = 0.1, .stratified = true};
    gap g = {0};
    for (size_t i = 0; i < nb_array_count(&lr); i++)
        gap_add(&g, nb_lr_factor(&config, (int64_t)i + 1), entry(&lr, i));
    CHECK(g.count == 40, "%zu steps", g.count);
    check_gap("learning rate", g, 1e-12);
    nb_rng *rng = new_rng(42);
    for (size_t row = 0; row < 4; row++) {
        int32_t steps[32];
        nb_draw_timesteps(&config, rng, 1000, 32, steps);
        for (size_t i = 0; i < 32; i++)
            CHECK((double)steps[i] == entry(&t, row * 32 + i), "batch %zu, sample %zu: t = %d", row, i,
                  (int)steps[i]);
    }
    nb_rng_destroy(rng);
    free(lr.data);
    free(t.data);
}

/* ---- Refusals and memory ---------------------------------------------------------------------------------- */

static void test_refusals(void)
{
    course c = course_begin(small_conditional(BATCH), 1);
    static const int32_t low[2] = {0, -1}, high[2] = {2, 3}, fine[2] = {0, 2};
    static const struct {
        const char *part;
        nb_train_config config;
    } bad[] = {
        {"label -1 of sample 1: training takes 0 to 2", {.batch = 2, .lr = 1e-3, .labels = low}},
        {"label 3 of sample 1", {.batch = 2, .lr = 1e-3, .labels = high}},
        {"label dropout -0.1", {.batch = 2, .lr = 1e-3, .labels = fine, .label_dropout = -0.1}},
        {"label dropout 1.5", {.batch = 2, .lr = 1e-3, .labels = fine, .label_dropout = 1.5}},
        {"label dropout nan", {.batch = 2, .lr = 1e-3, .labels = fine, .label_dropout = NAN}},
        {"label dropout 0.1 without labels", {.batch = 2, .lr = 1e-3, .label_dropout = 0.1}},
        {"EMA decay 1:", {.batch = 2, .lr = 1e-3, .labels = fine, .ema_decay = 1.0}},
        {"EMA decay -0.5", {.batch = 2, .lr = 1e-3, .labels = fine, .ema_decay = -0.5}},
        {"EMA decay nan", {.batch = 2, .lr = 1e-3, .labels = fine, .ema_decay = NAN}},
        {"EMA decay inf", {.batch = 2, .lr = 1e-3, .labels = fine, .ema_decay = INFINITY}},
        {"warm-up of -1 steps", {.batch = 2, .lr = 1e-3, .warmup = -1}},
        {"until step 5, after a warm-up of 5", {.batch = 2, .lr = 1e-3, .warmup = 5, .decay_steps = 5}},
        {"until step -3", {.batch = 2, .lr = 1e-3, .decay_steps = -3}},
        {"ends at 1.5", {.batch = 2, .lr = 1e-3, .decay_steps = 5, .lr_end = 1.5}},
        {"ends at nan", {.batch = 2, .lr = 1e-3, .decay_steps = 5, .lr_end = NAN}},
        {"3 is no loss weight: there are one (0), min-snr (1), v (2)",
         {.batch = 2, .lr = 1e-3, .loss_weight = (nb_loss_weight)3}},
        {"limit 0", {.batch = 2, .lr = 1e-3, .loss_weight = NB_WEIGHT_V}},
        {"limit nan", {.batch = 2, .lr = 1e-3, .loss_weight = NB_WEIGHT_MIN_SNR, .weight_limit = NAN}}};
    nb_trainer *t = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        FAILS(NB_ERR_ARGUMENT, bad[i].part,
              nb_trainer_create(c.model, c.schedule, c.rng, data.x, 2, &bad[i].config, &t, &failure));
    nb_model *plain = new_model(c.engine, 8, 8, BATCH, c.rng);
    const nb_train_config labels = {.batch = 2, .lr = 1e-3, .labels = fine};
    FAILS(NB_ERR_ARGUMENT, "labels for a simple-noise-predictor",
          nb_trainer_create(plain, c.schedule, c.rng, data.x, 2, &labels, &t, &failure));
    CHECK(t == NULL, "a refused trainer was handed out");
    REQUIRE(nb_trainer_create(c.model, c.schedule, c.rng, data.x, 2, &labels, &c.trainer, NULL) == NB_OK,
            "labels");
    FAILS(NB_ERR_ARGUMENT, "ema_decay", nb_trainer_use_ema(c.trainer, true, &failure));
    FAILS(NB_ERR_ARGUMENT, "ema_decay", nb_trainer_use_ema(c.trainer, false, &failure));
    nb_model_destroy(plain);
    course_end(&c);
}

/* A step that is refused as not finite leaves the average alone as well. */
static void test_nonfinite(void)
{
    nb_train_config wild = EVERYTHING;
    wild.lr = 1e6;
    wild.warmup = wild.decay_steps = 0;
    course c = train_classes(2, wild);
    nb_error err = {0};
    nb_train_report report;
    int steps = 0;
    while (steps < 200 && nb_trainer_step(c.trainer, &report, &err) == NB_OK) steps++;
    CHECK(err.status == NB_ERR_NONFINITE && strstr(err.message, "learning rate 1e+06"), "%d steps", steps);
    nb_trainer_use_ema(c.trainer, true, NULL);
    float *average = all_params(c.model);
    size_t lost = 0;
    for (size_t i = 0; i < nb_model_param_count(c.model); i++) lost += isfinite(average[i]) ? 0 : 1;
    CHECK(lost == 0, "%zu averages are not finite", lost);
    free(average);
    course_end(&c);
}

static void test_no_allocation(void)
{
    course c = train_classes(1, EVERYTHING);
    check_counter();
    const long before = allocations;
    for (int i = 0; i < 4 * PER_EPOCH; i++) train_step(&c);
    nb_trainer_use_ema(c.trainer, true, NULL);
    check_no_allocation("training with every option", before);
    course_end(&c);
}

int main(void)
{
    data = new_classes();
    test_by_hand();
    test_share(0.0);
    test_share(0.1);
    test_share(1.0);
    test_rows(0.0);
    test_rows(1.0);
    nb_train_config shuffled = EVERYTHING;
    shuffled.keep_order = false;
    static const int resumed_after[] = {0, 3, 5, 9};
    for (size_t i = 0; i < 4; i++) test_resume(shuffled, resumed_after[i]);
    test_resume(EVERYTHING, 7);
    test_foreign_states();
    test_other_options();
    test_against_pytorch();
    test_refusals();
    test_weights();
    test_refused_weights();
    test_nonfinite();
    test_no_allocation();
    return check_report();
}
