/* test_flow.c - flow matching: trained as PyTorch does, sampled by Euler and Heun on any times, likelihoods; against closed forms. */
#include "allocations.h"
#include "sampling.h"
#include "text_model.h"
#include "train/trainer.h"

static void predicts(nb_model *model, nb_objective objective, const nb_schedule *schedule)
{
    nb_error err = {0};
    REQUIRE(nb_model_note_training(model, schedule, objective, NULL, 0, NULL, 0, &err) == NB_OK, "%s",
            err.message);
}

/* ---- Training ------------------------------------------------------------------------------------------------ */

enum { POINTS = 200, BATCH = 64, HIDDEN = 20, PER_EPOCH = 4, STEPS = 12 };

typedef struct run {
    nb_engine *engine;
    nb_rng *rng;
    nb_model *model;
    nb_trainer *trainer;
    float data[2 * POINTS], noise[2 * POINTS];
} run;

static void run_begin(run *r, bool pairs, nb_train_config config)
{
    double roll[2 * POINTS];
    nb_rng *numpy = new_rng(3);
    nb_error err = {0};
    *r = (run){.engine = new_engine(), .rng = new_rng(3)};
    REQUIRE(nb_data_swiss_roll(numpy, POINTS, 0.1, roll, &err) == NB_OK, "%s", err.message);
    for (size_t i = 0; i < (size_t)2 * POINTS; i++) r->data[i] = (float)roll[i];
    r->model = new_model(r->engine, HIDDEN, 32, BATCH, r->rng);
    if (pairs) nb_torch_randn(r->rng, (size_t)2 * POINTS, r->noise);
    config.batch = BATCH;
    config.lr = 1e-3;
    config.objective = NB_OBJECTIVE_FLOW;
    config.noise = pairs ? r->noise : NULL;
    REQUIRE(nb_trainer_create(r->model, NULL, r->rng, r->data, POINTS, &config, &r->trainer, &err) == NB_OK,
            "%s", err.message);
    memset(r->noise, 0x7f, sizeof r->noise); /* the trainer has its own */
    nb_rng_destroy(numpy);
}

static void run_end(run *r)
{
    nb_trainer_destroy(r->trainer);
    nb_model_destroy(r->model);
    nb_rng_destroy(r->rng);
    nb_engine_destroy(r->engine);
}

static double run_step(run *r)
{
    nb_train_report report = {0};
    nb_error err = {0};
    REQUIRE(nb_trainer_step(r->trainer, &report, &err) == NB_OK, "%s", err.message);
    return report.loss;
}

static void test_training(bool pairs, const char *name)
{
    run r;
    run_begin(&r, pairs, (nb_train_config){0});
    nb_array want = golden(name);
    double losses[STEPS], worst = 0.0;
    REQUIRE(nb_array_count(&want) == STEPS, "%s has another length", name);
    for (size_t i = 0; i < STEPS; i++) {
        losses[i] = run_step(&r);
        worst = larger(worst, fabs(losses[i] / entry(&want, i) - 1.0));
    }
    printf("%s: losses to %.2g (limit 1e-5)\n", name, worst);
    CHECK(worst <= 1e-5, "%s: %g", name, worst);
    bits(name, losses, sizeof losses);
    const nb_training t = nb_model_get_training(r.model);
    CHECK(t.objective == NB_OBJECTIVE_FLOW && t.T == 0 && t.steps == STEPS && t.has_range && t.has_seed,
          "objective %d, T %d", (int)t.objective, t.T);
    free(want.data);
    run_end(&r);
}

/* Times of a batch that are spread evenly, and what a checkpoint goes on with. */
static void test_options(void)
{
    nb_rng *rng = new_rng(9), *same = new_rng(9);
    float times[10], u;
    nb_draw_times(&(nb_train_config){.stratified = true}, rng, 10, times);
    nb_torch_rand(same, 1, &u);
    for (int i = 0; i < 10; i++) {
        const double want = fmod((double)u + i / 10.0, 1.0);
        CHECK(fabs((double)times[i] - want) < 1e-6, "time %d: %g, not %g", i, (double)times[i], want);
    }
    nb_rng_destroy(rng);
    nb_rng_destroy(same);
    const nb_train_config config = {.stratified = true, .ema_decay = 0.9, .optimizer = NB_OPTIMIZER_MUON};
    run a, b;
    run_begin(&a, true, config);
    run_begin(&b, true, config);
    uint8_t *state = NULL;
    size_t size = 0;
    nb_error err = {0};
    for (int i = 0; i < 3; i++) run_step(&a);
    REQUIRE(nb_trainer_save(a.trainer, &state, &size, &err) == NB_OK, "%s", err.message);
    REQUIRE(nb_trainer_load(b.trainer, state, size, &err) == NB_OK, "%s", err.message);
    for (int i = 0; i < 3; i++) CHECK(run_step(&a) == run_step(&b), "step %d after a checkpoint", i);
    free(state);
    run_end(&a);
    run_end(&b);
}

/* ---- Sampling ------------------------------------------------------------------------------------------------- */

enum { N = 20, MOMENTS = 6 };
static const float moments[MOMENTS] = {1.0F, 0.9F, 0.55F, 0.5F, 0.1F, 0.0F};

static void test_golden(nb_model *model, nb_method method, const char *name)
{
    nb_rng *rng = new_rng(3);
    nb_array want = golden(name);
    REQUIRE(nb_array_count(&want) == (size_t)MOMENTS * N * 2, "%s has another shape", name);
    nb_sampler *sampler =
        begin(model, NULL, rng,
              (nb_sample_config){.n = N, .steps = MOMENTS - 1, .method = method, .times = moments}, NULL);
    gap g = {0};
    for (int k = 0; k < MOMENTS; k++) {
        CHECK(nb_sampler_time(sampler) == (double)moments[k] && nb_sampler_t(sampler) == MOMENTS - 2 - k,
              "%s is at %g, %d", name, nb_sampler_time(sampler), nb_sampler_t(sampler));
        for (size_t i = 0; i < (size_t)2 * N; i++)
            gap_add(&g, (double)nb_sampler_x(sampler)[i], entry(&want, (size_t)k * 2 * N + i));
        if (k + 1 < MOMENTS) step(sampler);
    }
    check_gap(name, g, 1e-5);
    bits(name, nb_sampler_x(sampler), sizeof(float) * 2 * N);
    free(want.data);
    nb_sampler_destroy(sampler);
    nb_rng_destroy(rng);
}

/* v = (A x + b) (c t + d), number by number. */
typedef struct velocity {
    float A[4], b[2], c, d;
} velocity;

static nb_model *flow_of(const nb_engine *engine, nb_rng *rng, const char *time, const velocity *v)
{
    char text[400];
    snprintf(text, sizeof text,
             "input x x features 2\ninput t %s\n"
             "module a Linear in_features=2 out_features=2\nmodule b Linear in_features=1 out_features=2\n"
             "apply a 0\napply b 1\ncall mul 2 3\noutput v 4\n",
             time);
    nb_model *model = text_model(engine, text, 16, rng);
    nb_model_set_param(model, 0, v->A);
    nb_model_set_param(model, 1, v->b);
    nb_model_set_param(model, 2, (float[]){v->c, v->c});
    nb_model_set_param(model, 3, (float[]){v->d, v->d});
    predicts(model, NB_OBJECTIVE_FLOW, NULL);
    return model;
}

/* The error at t = 0 of `steps` steps from x_T, along dx/dt = x (c t + d): x_0 = x_T exp(-(c / 2 + d)). */
static double error_of(nb_model *model, const velocity *v, nb_method method, int steps)
{
    const float x_T[4] = {1.0F, -0.5F, 2.0F, 0.25F};
    float x[4];
    finish(begin(model, NULL, NULL, (nb_sample_config){.n = 2, .steps = steps, .method = method}, x_T), x,
           sizeof x);
    double worst = 0.0;
    for (int i = 0; i < 4; i++) {
        const double want = (double)x_T[i] * exp(-((double)v->c / 2.0 + (double)v->d));
        worst = larger(worst, fabs((double)x[i] - want));
    }
    return worst;
}

/* Half the step, half (Euler) and a quarter (Heun) of the error; timesteps and fractions are the same network. */
static void test_order(const nb_engine *engine, nb_rng *rng)
{
    const velocity v = {{1, 0, 0, 1}, {0, 0}, 1.0F, 0.5F};
    const velocity in_timesteps = {{1, 0, 0, 1}, {0, 0}, 1e-3F, 0.5F};
    nb_model *model = flow_of(engine, rng, "fraction", &v),
             *other = flow_of(engine, rng, "timestep", &in_timesteps);
    const double euler = error_of(model, &v, NB_EULER, 10) / error_of(model, &v, NB_EULER, 20);
    const double heun = error_of(model, &v, NB_HEUN, 4) / error_of(model, &v, NB_HEUN, 8);
    printf("twice the steps: Euler's error / %.3f, Heun's / %.3f\n", euler, heun);
    CHECK(fabs(euler - 2.0) < 0.15 && fabs(heun - 4.0) < 0.4, "%g, %g", euler, heun);
    CHECK(error_of(other, &v, NB_HEUN, 100) < 2e-4, "timesteps: %g", error_of(other, &v, NB_HEUN, 100));
    nb_model_destroy(model);
    nb_model_destroy(other);
}

/* A Gaussian N(mu, s^2) and its noise, taken as they come: x_t ~ N((1 - t) mu, (1 - t)^2 s^2 + t^2), whose velocity is known; here by
 * Heun's method with the network set anew at each evaluation's time. Samples are mu + s noise. */
static void test_gaussian(const nb_engine *engine, nb_rng *rng)
{
    enum { COUNT = 200 };
    const double mu = 0.7, s2 = 0.09;
    velocity v = {{0, 0, 0, 0}, {0, 0}, 0, 1};
    nb_model *model = flow_of(engine, rng, "fraction", &v);
    const float x_T[4] = {1.0F, -0.5F, 2.0F, 0.25F};
    nb_sampler *sampler =
        begin(model, NULL, NULL, (nb_sample_config){.n = 2, .steps = 4000, .method = NB_EULER}, x_T);
    while (nb_sampler_t(sampler) >= 0) {
        /* v = E[eps - x_0 | x] = -mu + k (x - (1 - t) mu), k = (t - (1 - t) s^2) / ((1 - t)^2 s^2 + t^2) */
        const double t = nb_sampler_time(sampler), a = 1.0 - t, k = (t - a * s2) / (a * a * s2 + t * t);
        const float A[4] = {(float)k, 0, 0, (float)k}, b = (float)(-mu - k * a * mu);
        nb_model_set_param(model, 0, A);
        nb_model_set_param(model, 1, (float[]){b, b});
        step(sampler);
    }
    double worst = 0.0;
    for (int i = 0; i < 4; i++)
        worst = larger(worst, fabs((double)nb_sampler_x(sampler)[i] - (mu + sqrt(s2) * (double)x_T[i])));
    printf("a Gaussian's flow ends within %.2g (limit 3e-3)\n", worst);
    CHECK(worst < 3e-3, "%g", worst);
    nb_sampler_destroy(sampler);
    nb_model_destroy(model);
}

/* A straight path takes one step; a path there and back ends where it began; clipping keeps x_0 and gives v to fit. */
static void test_paths(const nb_engine *engine, nb_rng *rng)
{
    const velocity straight = {{0, 0, 0, 0}, {0.5F, -2.0F}, 0, 1},
                   bent = {{0, 1, -1, 0}, {0.1F, 0.2F}, 1, 0.5F};
    const float x_T[2] = {1.0F, 1.0F}, there[3] = {0.25F, 0.5F, 0.875F};
    float x[2], back[2], times[101];
    nb_model *model = flow_of(engine, rng, "fraction", &straight);
    nb_sample_config config = {.n = 1, .steps = 1, .method = NB_EULER};
    finish(begin(model, NULL, NULL, config, x_T), x, sizeof x);
    CHECK(x[0] == 0.5F && x[1] == 3.0F, "one step to %g, %g", (double)x[0], (double)x[1]);
    config.clip = NB_CLIP_RANGE;
    config.clip_low = -1.0F;
    config.clip_high = 1.0F;
    config.steps = 2;
    nb_sampler *sampler = begin(model, NULL, NULL, config, x_T);
    step(sampler);
    CHECK(nb_sampler_x0(sampler)[1] == 1.0F && nb_sampler_x(sampler)[0] == 0.75F &&
              nb_sampler_x(sampler)[1] == 1.0F,
          "clipped to %g, at %g", (double)nb_sampler_x0(sampler)[1], (double)nb_sampler_x(sampler)[1]);
    nb_sampler_destroy(sampler);
    nb_model_destroy(model);
    model = flow_of(engine, rng, "fraction", &bent);
    config = (nb_sample_config){.n = 1, .steps = 100, .method = NB_HEUN};
    finish(begin(model, NULL, NULL, config, x_T), x, sizeof x);
    for (int i = 0; i <= 100; i++) times[i] = (float)i / 100.0F;
    config.times = times;
    finish(begin(model, NULL, NULL, config, x), back, sizeof back);
    CHECK(fabsf(back[0] - 1.0F) < 1e-3F && fabsf(back[1] - 1.0F) < 1e-3F && fabsf(x[0] - 1.0F) > 0.1F,
          "back at %g, %g", (double)back[0], (double)back[1]);
    config.steps = 2;
    config.times = there;
    sampler = begin(model, NULL, NULL, config, x_T);
    CHECK(nb_sampler_time(sampler) == 0.25, "begins at %g", nb_sampler_time(sampler));
    nb_sampler_destroy(sampler);
    nb_model_destroy(model);
}

/* ---- Likelihood ----------------------------------------------------------------------------------------------- */

static void likelihood(nb_model *model, size_t n, const float *x, int steps, double *out)
{
    nb_error err = {0};
    REQUIRE(nb_flow_log_likelihood(model, n, x, NULL, NULL, steps, out, &err) == NB_OK, "%s", err.message);
}

static void test_golden_likelihood(nb_model *model)
{
    double roll[2 * N], got[N];
    float x[2 * N];
    nb_rng *numpy = new_rng(3);
    nb_array want = golden("flow_log_likelihood");
    REQUIRE(nb_data_swiss_roll(numpy, N, 0.1, roll, NULL) == NB_OK, "a roll");
    for (int i = 0; i < 2 * N; i++) x[i] = (float)roll[i];
    likelihood(model, N, x, 25, got); /* more than max_batch: in two parts */
    gap g = {0};
    for (size_t i = 0; i < N; i++) gap_add(&g, got[i], entry(&want, i));
    check_gap("flow_log_likelihood", g, 1e-5);
    bits("flow_log_likelihood", got, sizeof got);
    free(want.data);
    nb_rng_destroy(numpy);
}

static void test_likelihood(const nb_engine *engine, nb_rng *rng)
{
    const float x[4] = {0.3F, -1.0F, 0.0F, 2.0F};
    const double log_two_pi = log(2.0 * 3.14159265358979323846);
    double got[2];
    /* x_0 = s x_T with s = exp(-(c / 2 + d)): N(0, s^2) */
    const velocity scale = {{1, 0, 0, 1}, {0, 0}, 1.5F, -0.4F};
    const double s = exp(-0.35);
    nb_model *model = flow_of(engine, rng, "fraction", &scale);
    likelihood(model, 2, x, 400, got);
    for (int i = 0; i < 2; i++) {
        const double r2 = (double)(x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1]);
        const double want = -log_two_pi - 2.0 * log(s) - r2 / (2.0 * s * s);
        CHECK(fabs(got[i] - want) < 2e-5, "N(0, %g^2): %g, not %g", s, got[i], want);
    }
    nb_model_destroy(model);
    /* A turn changes no volume and no length; a stretch along one axis, a shear beside it: div = tr A = 0.3. */
    const velocity turn = {{0, 1, -1, 0}, {0, 0}, 0, 1}, shear = {{0.3F, 5.0F, 0, 0}, {0, 0}, 0, 1};
    model = flow_of(engine, rng, "fraction", &turn);
    likelihood(model, 1, x, 200, got);
    double want = -log_two_pi - 0.5 * 1.09;
    CHECK(fabs(got[0] - want) < 2e-5, "a turn: %g, not %g", got[0], want);
    nb_model_destroy(model);
    model = flow_of(engine, rng, "fraction", &shear);
    likelihood(model, 1, x, 400, got);
    /* x' = 0.3 x + 5 y, y' = 0: x_1 = (x_0 + 5 y / 0.3) e^0.3 - 5 y / 0.3 */
    const double y = -1.0, at = 5.0 * y / 0.3, x_1 = (0.3 + at) * exp(0.3) - at;
    want = -log_two_pi - 0.5 * (x_1 * x_1 + y * y) + 0.3;
    CHECK(fabs(got[0] - want) < 1e-4, "a shear: %g, not %g", got[0], want);
    nb_model_destroy(model);
}

/* ---- Refusals --------------------------------------------------------------------------------------------------- */

static void test_refusals(nb_model *flow, nb_model *noise, const nb_schedule *s)
{
    nb_rng *rng = new_rng(1);
    nb_sampler *sampler = NULL;
    const struct {
        nb_model *model;
        const nb_schedule *schedule;
        nb_sample_config config;
        const char *says;
    } samplers[] = {
        {flow,
         s,
         {.n = 1},
         "ddpm for a network that predicts a flow's velocity: it is sampled by euler, heun"},
        {flow, NULL, {.n = 1, .method = NB_DDIM}, "ddim for a network that predicts a flow's velocity"},
        {noise,
         NULL,
         {.n = 1, .method = NB_HEUN},
         "heun for a network that predicts eps: it takes one trained with the objective flow; this one is "
         "sampled by ddpm, ddim, dpm-solver++, plms"},
        {flow, s, {.n = 1, .method = NB_EULER}, "a schedule for the objective flow"},
        {noise, NULL, {.n = 1}, "no schedule for the objective eps"},
        {flow,
         NULL,
         {.n = 1, .method = NB_EULER, .steps = 1, .timesteps = (int[]){5}},
         "timesteps for euler"},
        {noise, s, {.n = 1, .steps = 1, .times = moments}, "times for ddpm"},
        {flow, NULL, {.n = 1, .method = NB_EULER, .times = moments}, "times without steps"},
        {flow,
         NULL,
         {.n = 1, .method = NB_EULER, .steps = 1, .times = (float[]){1.5F, 0}},
         "times[0] = 1.5: a flow's times are 0 to 1"},
        {flow,
         NULL,
         {.n = 1, .method = NB_EULER, .steps = 1, .times = (float[]){NAN, 0}},
         "a flow's times are 0 to 1"},
        {flow,
         NULL,
         {.n = 1, .method = NB_EULER, .steps = 2, .times = (float[]){1, 0.5F, 0.5F}},
         "time 0.5 after 0.5"},
        {flow,
         NULL,
         {.n = 1, .method = NB_EULER, .steps = 2, .times = (float[]){1, 0, 0.5F}},
         "time 0.5 after 0: they must all fall, or all rise"},
        {flow, NULL, {.n = 1, .method = NB_EULER, .steps = 100001}, "of a flow it takes 1 to 100000"},
        {flow, NULL, {.n = 1, .method = NB_EULER, .eta = 0.5}, "eta = 0.5 for euler"},
    };
    for (size_t i = 0; i < sizeof samplers / sizeof *samplers; i++)
        FAILS(NB_ERR_ARGUMENT, samplers[i].says,
              nb_sampler_create(samplers[i].model, samplers[i].schedule, rng, &samplers[i].config, NULL,
                                &sampler, &failure));
    nb_rng_destroy(rng);
}

static void test_training_refusals(nb_model *flow, nb_model *noise, const nb_schedule *s)
{
    nb_rng *rng = new_rng(1);
    nb_sampler *sampler = NULL;
    nb_trainer *trainer = NULL;
    float x[4] = {0};
    double out[2];
    const nb_train_config good = {.batch = 1, .lr = 1e-3, .objective = NB_OBJECTIVE_FLOW},
                          plain = {.batch = 1, .lr = 1e-3};
    nb_train_config weighted = good, paired = good;
    weighted.loss_weight = NB_WEIGHT_V;
    weighted.weight_limit = 5.0;
    paired.noise = (float[]){0, 0, NAN, 0};
    FAILS(NB_ERR_ARGUMENT, "a schedule for the objective flow",
          nb_trainer_create(noise, s, rng, x, 2, &good, &trainer, &failure));
    FAILS(NB_ERR_ARGUMENT, "no schedule for the objective eps: only that of flow does without one",
          nb_trainer_create(noise, NULL, rng, x, 2, &plain, &trainer, &failure));
    FAILS(NB_ERR_ARGUMENT, "loss weights v for the objective flow: it takes one",
          nb_trainer_create(noise, NULL, rng, x, 2, &weighted, &trainer, &failure));
    FAILS(NB_ERR_NONFINITE, "the noise of data point 1 is not finite",
          nb_trainer_create(noise, NULL, rng, x, 2, &paired, &trainer, &failure));
    FAILS(NB_ERR_ARGUMENT, "a schedule for the objective flow",
          nb_loss_by_level(flow, s, 1, x, NULL, NULL, 1, (int32_t[]){3}, 0, NULL, out, &failure));
    FAILS(NB_ERR_ARGUMENT, "the likelihood of a network that predicts eps",
          nb_flow_log_likelihood(noise, 1, x, NULL, NULL, 5, out, &failure));
    FAILS(NB_ERR_ARGUMENT, "0 steps", nb_flow_log_likelihood(flow, 1, x, NULL, NULL, 0, out, &failure));
    FAILS(NB_ERR_ARGUMENT, "0 samples", nb_flow_log_likelihood(flow, 0, x, NULL, NULL, 5, out, &failure));
    x[3] = INFINITY;
    FAILS(NB_ERR_NONFINITE, "sample 1 is not finite",
          nb_flow_log_likelihood(flow, 2, x, NULL, NULL, 5, out, &failure));
    nb_model_set_param(flow, 0, (float[]){3e38F, 0, 0, 3e38F});
    x[0] = x[1] = 1e30F;
    FAILS(NB_ERR_NONFINITE, "the likelihood of sample 0 is not finite",
          nb_flow_log_likelihood(flow, 1, x, NULL, NULL, 5, out, &failure));
    sampler = begin(flow, NULL, NULL, (nb_sample_config){.n = 1, .steps = 4, .method = NB_HEUN}, x);
    FAILS(NB_ERR_NONFINITE, "a sample is not finite at time = 1", nb_sampler_step(sampler, &failure));
    nb_sampler_destroy(sampler);
    nb_rng_destroy(rng);
}

int main(void)
{
    test_training(false, "flow_losses");
    test_training(true, "flow_losses_pairs");
    test_options();
    nb_engine *engine = new_engine();
    nb_rng *rng = new_rng(5);
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 50);
    nb_model *model = new_model(engine, HIDDEN, 32, 16, rng);
    load_golden(model, "flow_h20");
    predicts(model, NB_OBJECTIVE_FLOW, NULL);
    test_golden(model, NB_EULER, "flow_euler");
    test_golden(model, NB_HEUN, "flow_heun");
    test_golden_likelihood(model);
    test_order(engine, rng);
    test_gaussian(engine, rng);
    test_paths(engine, rng);
    test_likelihood(engine, rng);
    nb_model *flow = flow_of(engine, rng, "fraction", &(velocity){{1, 0, 0, 1}, {0, 0}, 0, 1});
    predicts(model, NB_OBJECTIVE_EPS, s);
    test_refusals(flow, model, s);
    test_training_refusals(flow, model, s);
    nb_model_destroy(flow);
    nb_model_destroy(model);
    nb_schedule_destroy(s);
    nb_rng_destroy(rng);
    nb_engine_destroy(engine);
    return check_report();
}
