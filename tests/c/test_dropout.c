/* test_dropout.c - what training draws: PyTorch's numbers, in its order; and that nothing is drawn where nobody asks. */
#include "text_model.h"

enum { N = 3, SIZE = 30, COUNT = N * SIZE };

static const char text[] = "input x x image 5 2 3\n"
                           "module drop Dropout p=0.3\n"
                           "apply drop 0\n"
                           "call Tanh 1\n"
                           "call Dropout 2 p=0.5\n"
                           "output y 3\n";

static nb_model *model_of(const nb_engine *engine, const char *lines)
{
    nb_rng *rng = new_rng(1);
    nb_model *model = text_model(engine, lines, N, rng);
    nb_rng_destroy(rng);
    return model;
}

typedef struct pass {
    float x[COUNT], out[COUNT], d_x[COUNT];
} pass;

/* rng: what training draws from, or NULL. */
static void run(nb_model *model, nb_rng *rng, pass *p)
{
    static float ones[COUNT];
    nb_error err = {0};
    for (size_t i = 0; i < COUNT; i++) ones[i] = 1.0F;
    if (rng) REQUIRE(nb_model_draw(model, N, rng, &err) == NB_OK, "%s", err.message);
    const nb_inputs in = {.x = p->x};
    REQUIRE(nb_model_run(model, N, &in, p->out, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_run_back(model, N, ones, p->d_x, NULL, &err) == NB_OK, "%s", err.message);
}

static void test_against_pytorch(void)
{
    static pass p, again;
    const int threads[] = {1, 2, 3};
    nb_array want = golden("dropout");
    REQUIRE(nb_array_count(&want) == 2 * COUNT + 1, "golden numbers of another size");
    for (size_t k = 0; k < 3; k++) {
        nb_engine *engine = NULL;
        if (nb_engine_create(NB_MODE_EXACT, threads[k], NULL, &engine, NULL) != NB_OK && k > 0) continue;
        REQUIRE(engine != NULL, "no engine with one thread");
        nb_model *model = model_of(engine, text);
        nb_rng *rng = new_rng(11);
        pass *to = k == 0 ? &p : &again;
        nb_torch_randn(rng, COUNT, to->x);
        run(model, rng, to);
        float next;
        nb_torch_rand(rng, 1, &next);
        CHECK(next == (float)entry(&want, 2 * COUNT), "the generator stands elsewhere than PyTorch's");
        nb_rng_destroy(rng);
        nb_model_destroy(model);
        nb_engine_destroy(engine);
        CHECK(k == 0 || memcmp(&p, &again, sizeof p) == 0, "%d threads give other bits", threads[k]);
    }
    int zeros = 0;
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(fabs((double)p.out[i] - entry(&want, i)) <= 1e-6, "a number is off");
        CHECK(fabs((double)p.d_x[i] - entry(&want, COUNT + i)) <= 1e-6, "a number is off");
        zeros += p.out[i] == 0.0F;
    }
    CHECK(zeros > COUNT / 2 && zeros < COUNT, "%d of %d are dropped", zeros, (int)COUNT);
    bits("dropout", &p, sizeof p);
    free(want.data);
}

/* Vectors go through in runs of many rows, and each has draws of its own: PyTorch's, in order. */
static void test_rows(void)
{
    enum { ROWS = 150, WIDE = 5, ALL = ROWS * WIDE };
    static float x[ALL], ones[ALL], drawn[ALL], out[ALL], d_x[ALL];
    const double keep = 1.0 - 0.4;
    nb_engine *engine = new_engine();
    nb_rng *rng = new_rng(5), *by_hand = new_rng(7);
    nb_model *model = text_model(engine,
                                 "input x x features 5\n"
                                 "call Dropout 0 p=0.4\n"
                                 "output y 1\n",
                                 ROWS, rng);
    nb_error err = {0};
    nb_torch_randn(rng, ALL, x);
    for (size_t i = 0; i < ALL; i++) ones[i] = 1.0F;
    nb_rng_seed(rng, 7);
    REQUIRE(nb_model_draw(model, ROWS, rng, &err) == NB_OK &&
                nb_model_run(model, ROWS, &(nb_inputs){.x = x}, out, &err) == NB_OK &&
                nb_model_run_back(model, ROWS, ones, d_x, NULL, &err) == NB_OK,
            "%s", err.message);
    nb_torch_bernoulli(by_hand, ALL, keep, drawn);
    int wrong = 0;
    for (size_t i = 0; i < ALL; i++) {
        const float factor = drawn[i] / (float)keep;
        wrong += out[i] != x[i] * factor || d_x[i] != factor;
    }
    CHECK(wrong == 0, "%d of %d numbers have another's draw", wrong, (int)ALL);
    nb_model_destroy(model);
    nb_rng_destroy(rng);
    nb_rng_destroy(by_hand);
    nb_engine_destroy(engine);
}

/* Nobody asked, or it was for another pass: all is let through. */
static void test_not_in_training(void)
{
    static pass p, all;
    nb_engine *engine = new_engine();
    nb_model *model = model_of(engine, text), *plain = model_of(engine, "input x x image 5 2 3\n"
                                                                        "call Tanh 0\n"
                                                                        "output y 1\n");
    nb_rng *rng = new_rng(2);
    nb_error err = {0};
    nb_torch_randn(rng, COUNT, p.x);
    memcpy(all.x, p.x, sizeof p.x);
    run(plain, NULL, &all);
    CHECK(nb_model_draws(model) && !nb_model_draws(plain), "which of them draws");
    run(model, NULL, &p);
    CHECK(memcmp(&p, &all, sizeof p) == 0, "something is dropped that was not drawn");
    run(model, rng, &p);
    CHECK(memcmp(p.out, all.out, sizeof p.out) != 0, "nothing is dropped");
    run(model, NULL, &p);
    CHECK(memcmp(&p, &all, sizeof p) == 0, "a draw is used twice");
    REQUIRE(nb_model_draw(model, N, rng, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_predict(model, N, &(nb_inputs){.x = p.x}, p.out, &err) == NB_OK, "%s", err.message);
    CHECK(memcmp(p.out, all.out, sizeof p.out) == 0, "a prediction drops something");
    CHECK(nb_model_draw(model, N + 1, rng, &err) == NB_ERR_SHAPE &&
              strcmp(err.message, "draws for 4 samples: this model was made for at most 3") == 0,
          "%s", err.message);
    nb_rng_destroy(rng);
    nb_model_destroy(model);
    nb_model_destroy(plain);
    nb_engine_destroy(engine);
}

/* The trainer's step is that of a loop by hand, which draws after timesteps and noise. */
static void test_trainer(void)
{
    static const char net[] = "input x x features 2\n"
                              "input t fraction\n"
                              "module fc Linear in_features=3 out_features=16\n"
                              "module out Linear in_features=16 out_features=2\n"
                              "call cat 0 1\n"
                              "apply fc 2\n"
                              "call Dropout 3 p=0.2\n"
                              "call Tanh 4\n"
                              "apply out 5\n"
                              "output eps 6\n";
    enum { BATCH = N, T = 10 };
    const float data[2 * BATCH] = {0.5F, -1.0F, 0.25F, 2.0F, -0.5F, 1.5F};
    float x_t[2 * BATCH], eps[2 * BATCH], time[BATCH], out[2 * BATCH], d_out[2 * BATCH];
    int32_t t[BATCH], order[BATCH];
    nb_error err = {0};
    nb_engine *engine = new_engine();
    nb_schedule *schedule = NULL;
    REQUIRE(nb_schedule_create(NB_SCHEDULE_LINEAR, T, 1e-4, 0.02, &schedule, &err) == NB_OK, "%s",
            err.message);
    nb_model *a = model_of(engine, net), *b = model_of(engine, net);
    nb_rng *rng = new_rng(3), *by_hand = new_rng(3);
    nb_trainer *trainer = NULL;
    nb_train_report report;
    REQUIRE(nb_trainer_create(a, schedule, rng, data, BATCH, &(nb_train_config){.batch = BATCH, .lr = 0.01},
                              &trainer, &err) == NB_OK &&
                nb_trainer_step(trainer, &report, &err) == NB_OK,
            "%s", err.message);
    nb_adam *adam = NULL;
    REQUIRE(nb_adam_create(b, 0.01, 0.9, 0.999, 1e-8, &adam, &err) == NB_OK, "%s", err.message);
    float x_0[2 * BATCH];
    nb_torch_randperm(by_hand, BATCH, order, NULL);
    for (size_t i = 0; i < BATCH; i++) memcpy(x_0 + 2 * i, data + 2 * order[i], 2 * sizeof *data);
    nb_torch_randint(by_hand, 0, T, BATCH, t, NULL);
    nb_torch_randn(by_hand, (size_t)2 * BATCH, eps);
    REQUIRE(nb_q_sample(schedule, BATCH, 2, x_0, t, eps, x_t, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_times(b, T, BATCH, t, time, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_draw(b, BATCH, by_hand, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_model_forward(b, BATCH, x_t, time, NULL, out, &err) == NB_OK, "%s", err.message);
    const double loss = nb_mse((size_t)2 * BATCH, out, eps, d_out);
    CHECK(loss == report.loss, "a loss of %g, not %g", report.loss, loss);
    REQUIRE(nb_model_backward(b, BATCH, d_out, NULL, &err) == NB_OK && nb_adam_step(adam, &err) == NB_OK,
            "%s", err.message);
    for (size_t i = 0; i < nb_model_params(a); i++) {
        float of_trainer[64], of_hand[64];
        nb_model_get_param(a, i, of_trainer);
        nb_model_get_param(b, i, of_hand);
        const size_t count = nb_model_param_info(a, i).count;
        CHECK(memcmp(of_trainer, of_hand, count * sizeof *of_hand) == 0, "parameter %zu differs", i);
    }
    nb_adam_destroy(adam);
    nb_trainer_destroy(trainer);
    nb_rng_destroy(rng);
    nb_rng_destroy(by_hand);
    nb_model_destroy(a);
    nb_model_destroy(b);
    nb_schedule_destroy(schedule);
    nb_engine_destroy(engine);
}

int main(void)
{
    test_against_pytorch();
    test_rows();
    test_not_in_training();
    test_trainer();
    return check_report();
}
