/* test_cond.c - a network with further inputs, numbers and words: trained, measured and sampled by the core as by loops that
 * are written out. */
#include "sampling.h"
#include "text_model.h"

enum { N = 7, DIM = 2, COND = 4, BATCH = 3, T = 20, CLASSES = 3, EPOCHS = 3 };

static const char text[] = "input x x features 2\n"
                           "input t fraction\n"
                           "input label labels 3\n"
                           "input hint cond features 3\n"
                           "input word tokens 1 5\n"
                           "module net Linear in_features=6 out_features=8\n"
                           "module class_emb Embedding num_embeddings=4 embedding_dim=8\n"
                           "module words Embedding num_embeddings=5 embedding_dim=8\n"
                           "module out Linear in_features=8 out_features=2\n"
                           "call cat 0 1\n"
                           "call cat 5 3\n"
                           "apply net 6\n"
                           "apply class_emb 2\n"
                           "call add 7 8\n"
                           "apply words 4\n"
                           "call add 9 10\n"
                           "call SiLU 11\n"
                           "apply out 12\n"
                           "output eps 13\n";

static nb_engine *engine;
static nb_schedule *schedule;

typedef struct samples {
    float x[N * DIM], cond[N * COND];
    int32_t labels[N];
} samples;

static samples new_samples(void)
{
    samples s;
    nb_rng *rng = new_rng(8);
    nb_torch_randn(rng, sizeof s.x / sizeof *s.x, s.x);
    nb_torch_randn(rng, sizeof s.cond / sizeof *s.cond, s.cond);
    for (int i = 0; i < N; i++) {
        s.cond[i * COND + COND - 1] = (float)(i * 3 % 5); /* the word */
        s.labels[i] = i % CLASSES;
    }
    nb_rng_destroy(rng);
    return s;
}

static nb_model *new_network(nb_rng *init) { return text_model(engine, text, BATCH, init); }

/* ---- Training ---- */

/* One step of algorithm 1 on the samples order[0..rows-1]; its loss. */
static double step_by_hand(nb_model *model, nb_adam *adam, nb_rng *rng, const samples *s,
                           const int32_t *order, size_t rows, float dropout)
{
    float x[BATCH * DIM], eps[BATCH * DIM], pred[BATCH * DIM], d[BATCH * DIM], cond[BATCH * COND];
    float time[BATCH], drop[BATCH];
    int32_t t[BATCH], labels[BATCH];
    nb_error err = {0};
    for (size_t i = 0; i < rows; i++) {
        memcpy(x + i * DIM, s->x + order[i] * DIM, DIM * sizeof *x);
        memcpy(cond + i * COND, s->cond + order[i] * COND, COND * sizeof *cond);
        labels[i] = s->labels[order[i]];
    }
    nb_torch_randint(rng, 0, T, rows, t, NULL);
    nb_torch_randn(rng, rows * DIM, eps);
    nb_q_sample(schedule, rows, DIM, x, t, eps, x, NULL);
    nb_model_times(model, T, rows, t, time, NULL);
    nb_torch_rand(rng, rows, drop);
    for (size_t i = 0; i < rows; i++)
        if (drop[i] < dropout) labels[i] = CLASSES;
    REQUIRE(nb_model_run(model, rows, &(nb_inputs){x, time, labels, cond}, pred, &err) == NB_OK, "%s",
            err.message);
    const double loss = nb_mse(rows * DIM, pred, eps, d);
    REQUIRE(nb_model_backward(model, rows, d, NULL, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_adam_step(adam, &err) == NB_OK, "%s", err.message);
    return loss;
}

static nb_trainer *new_trainer(nb_model *model, nb_rng *rng)
{
    samples *given = malloc(sizeof *given);
    nb_trainer *trainer;
    nb_error err = {0};
    REQUIRE(given != NULL, "no memory");
    *given = new_samples();
    const nb_train_config config = {
        .batch = BATCH, .lr = 0.01, .labels = given->labels, .cond = given->cond, .label_dropout = 0.3};
    REQUIRE(nb_trainer_create(model, schedule, rng, given->x, N, &config, &trainer, &err) == NB_OK, "%s",
            err.message);
    memset(given, 0x7f, sizeof *given); /* it must have its own */
    free(given);
    return trainer;
}

static void test_training(void)
{
    const samples s = new_samples();
    nb_rng *rng = new_rng(3), *own = new_rng(3);
    nb_model *model = new_network(rng), *by_hand = new_network(own);
    nb_trainer *trainer = new_trainer(model, rng);
    nb_adam *adam;
    nb_error err = {0};
    REQUIRE(nb_adam_create(by_hand, 0.01, 0.9, 0.999, 1e-8, &adam, &err) == NB_OK, "%s", err.message);
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        int32_t order[N];
        nb_torch_randperm(own, N, order, NULL);
        for (size_t at = 0; at < N; at += BATCH) {
            nb_train_report report;
            REQUIRE(nb_trainer_step(trainer, &report, &err) == NB_OK, "%s", err.message);
            const double loss =
                step_by_hand(by_hand, adam, own, &s, order + at, N - at < BATCH ? N - at : BATCH, 0.3F);
            CHECK(report.loss == loss, "epoch %d: loss %.17g, by hand %.17g", epoch, report.loss, loss);
        }
    }
    float *got = all_params(model), *want = all_params(by_hand);
    const size_t bytes = nb_model_param_count(model) * sizeof *got;
    CHECK(memcmp(got, want, bytes) == 0, "other weights than by hand");
    bits("cond_trained", got, bytes);
    free(got);
    free(want);
    nb_adam_destroy(adam);
    nb_trainer_destroy(trainer);
    nb_model_destroy(model);
    nb_model_destroy(by_hand);
    nb_rng_destroy(rng);
    nb_rng_destroy(own);
}

/* A checkpoint has no samples in it: they are given once more, and what follows has the same bits. */
static void test_checkpoint(void)
{
    nb_rng *rng = new_rng(4), *other = new_rng(5);
    nb_model *model = new_network(rng), *second = new_network(other);
    nb_trainer *trainer = new_trainer(model, rng), *resumed = new_trainer(second, other);
    nb_train_report a, b;
    nb_error err = {0};
    uint8_t *file = NULL;
    size_t size = 0;
    for (int i = 0; i < 2; i++) nb_trainer_step(trainer, &a, NULL);
    REQUIRE(nb_trainer_save(trainer, &file, &size, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_trainer_load(resumed, file, size, &err) == NB_OK, "%s", err.message);
    for (int i = 0; i < 5; i++) {
        REQUIRE(nb_trainer_step(trainer, &a, &err) == NB_OK, "%s", err.message);
        REQUIRE(nb_trainer_step(resumed, &b, &err) == NB_OK, "%s", err.message);
        CHECK(a.loss == b.loss && a.step == b.step, "step %d: loss %g, resumed %g", i, a.loss, b.loss);
    }
    free(file);
    nb_trainer_destroy(trainer);
    nb_trainer_destroy(resumed);
    nb_model_destroy(model);
    nb_model_destroy(second);
    nb_rng_destroy(rng);
    nb_rng_destroy(other);
}

/* ---- Losses and samples of a network that was trained a little ---- */

static nb_model *new_trained(void)
{
    nb_rng *rng = new_rng(6);
    nb_model *model = new_network(rng);
    nb_trainer *trainer = new_trainer(model, rng);
    nb_train_report report;
    for (int i = 0; i < 30; i++) nb_trainer_step(trainer, &report, NULL);
    nb_trainer_destroy(trainer);
    nb_rng_destroy(rng);
    return model;
}

static void test_losses(nb_model *model)
{
    const samples s = new_samples();
    const int32_t levels[] = {0, 7, T - 1};
    double got[3];
    float eps[N * DIM], x[N * DIM], pred[N * DIM], time[N];
    nb_error err = {0};
    nb_rng *rng = new_rng(77);
    nb_torch_randn(rng, sizeof eps / sizeof *eps, eps);
    nb_rng_destroy(rng);
    REQUIRE(nb_loss_by_level(model, schedule, N, s.x, s.labels, s.cond, 3, levels, 77, NULL, got, &err) ==
                NB_OK,
            "%s", err.message);
    for (int k = 0; k < 3; k++) {
        int32_t t[N];
        for (int i = 0; i < N; i++) t[i] = levels[k];
        nb_q_sample(schedule, N, DIM, s.x, t, eps, x, NULL);
        nb_model_times(model, T, N, t, time, NULL);
        nb_model_run(model, N, &(nb_inputs){x, time, s.labels, s.cond}, pred, NULL);
        double want = 0.0;
        for (int i = 0; i < N * DIM; i++) want += pow((double)pred[i] - (double)eps[i], 2.0);
        want /= N * DIM;
        CHECK(got[k] == want, "t = %d: %.17g, by hand %.17g", (int)levels[k], got[k], want);
    }
    bits("cond_losses", got, sizeof got);
}

/* Each predicted x_0 is that of passes with the same further inputs, w: guidance scale, to the bit. */
static void check_sampler(nb_model *model, nb_method method, float w)
{
    const samples s = new_samples();
    samples given = s;
    float x[N * DIM], null[N * DIM], class[N * DIM], time[N];
    nb_rng *rng = new_rng(5);
    nb_sampler *sampler = begin(model, schedule, rng,
                                (nb_sample_config){.n = N,
                                                   .steps = 6,
                                                   .method = method,
                                                   .clip = NB_CLIP_OFF,
                                                   .labels = given.labels,
                                                   .cond = given.cond,
                                                   .guided = true,
                                                   .guidance_scale = (double)w},
                                NULL);
    memset(&given, 0x7f, sizeof given);
    while (nb_sampler_t(sampler) >= 0) {
        const int t = nb_sampler_t(sampler);
        memcpy(x, nb_sampler_x(sampler), sizeof x);
        for (int i = 0; i < N; i++) time[i] = (float)t / (float)T;
        nb_model_run(model, N, &(nb_inputs){x, time, NULL, s.cond}, null, NULL);
        nb_model_run(model, N, &(nb_inputs){x, time, s.labels, s.cond}, class, NULL);
        step(sampler);
        const float noise = nb_schedule_table(schedule, NB_SQRT_ONE_MINUS_ALPHA_BAR)[t];
        const float inverse = 1.0F / nb_schedule_table(schedule, NB_SQRT_ALPHA_BAR)[t];
        for (int i = 0; i < N * DIM; i++) {
            const float eps = w == 1.0F ? class[i] : null[i] + w * (class[i] - null[i]);
            CHECK((x[i] - noise * eps) * inverse == nb_sampler_x0(sampler)[i],
                  "%s, w = %g, t = %d: x_0 of %d", nb_method_name(method), (double)w, t, i);
        }
    }
    char name[64];
    snprintf(name, sizeof name, "cond_%s_%g", nb_method_name(method), (double)w);
    bits(name, nb_sampler_x(sampler), sizeof x);
    nb_sampler_destroy(sampler);
    nb_rng_destroy(rng);
}

/* ---- What is refused ---- */

typedef nb_status attempt(nb_model *model, const float *x, const float *cond, nb_error *err);

static nb_status try_trainer(nb_model *model, const float *x, const float *cond, nb_error *err)
{
    nb_rng *rng = new_rng(1);
    nb_trainer *trainer = NULL;
    const nb_train_config config = {.batch = 2, .lr = 0.1, .cond = cond};
    const nb_status status = nb_trainer_create(model, schedule, rng, x, N, &config, &trainer, err);
    CHECK(trainer == NULL, "a trainer was made");
    nb_rng_destroy(rng);
    return status;
}

static nb_status try_losses(nb_model *model, const float *x, const float *cond, nb_error *err)
{
    double loss = 123.0;
    const nb_status status =
        nb_loss_by_level(model, schedule, N, x, NULL, cond, 1, &(int32_t){3}, 1, NULL, &loss, err);
    CHECK(loss == 123.0, "the loss was written");
    return status;
}

static nb_status try_sampler(nb_model *model, const float *x, const float *cond, nb_error *err)
{
    nb_sampler *sampler = NULL;
    const nb_sample_config config = {.n = N, .method = NB_DDIM, .cond = cond};
    const nb_status status = nb_sampler_create(model, schedule, NULL, &config, x, &sampler, err);
    CHECK(sampler == NULL, "a sampler was made");
    return status;
}

static void test_refusals(nb_model *model)
{
    static attempt *const attempts[] = {try_trainer, try_losses, try_sampler};
    nb_rng *rng = new_rng(1);
    nb_model *points = new_model(engine, 4, 4, 4, rng);
    for (size_t k = 0; k < sizeof attempts / sizeof *attempts; k++) {
        samples s = new_samples();
        FAILS(NB_ERR_ARGUMENT, "takes further inputs, 4 numbers a sample: none are given",
              attempts[k](model, s.x, NULL, &failure));
        FAILS(NB_ERR_ARGUMENT, "further inputs for a simple-noise-predictor: it takes none",
              attempts[k](points, s.x, s.cond, &failure));
        s.cond[5 * COND + 1] = INFINITY;
        FAILS(NB_ERR_NONFINITE, "further inputs of sample 5 are not finite",
              attempts[k](model, s.x, s.cond, &failure));
        s = new_samples();
        s.cond[6 * COND + 3] = 5.0F;
        FAILS(NB_ERR_ARGUMENT, "word of sample 6: token 5; its vocabulary is 0 to 4",
              attempts[k](model, s.x, s.cond, &failure));
    }
    nb_model_destroy(points);
    nb_rng_destroy(rng);
}

int main(void)
{
    engine = new_engine();
    schedule = new_schedule(NB_SCHEDULE_LINEAR, T);
    test_training();
    test_checkpoint();
    nb_model *model = new_trained();
    test_losses(model);
    for (int method = 0; method < METHODS; method++) {
        check_sampler(model, (nb_method)method, 1.0F);
        check_sampler(model, (nb_method)method, 2.5F);
    }
    test_refusals(model);
    nb_model_destroy(model);
    nb_schedule_destroy(schedule);
    nb_engine_destroy(engine);
    return check_report();
}
