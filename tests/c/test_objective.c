/* test_objective.c - noise, data and v: each gives the others, and samplers and losses take what a network predicts for what it is. */
#include "diffusion/objective.h"
#include "options.h"
#include "sampling.h"

enum { N = 4, D = 2, STEPS = 5 };

enum { SCHEDULED = NB_OBJECTIVE_FLOW }; /* the flow has a test of its own */
static const nb_objective all[SCHEDULED] = {NB_OBJECTIVE_EPS, NB_OBJECTIVE_X0, NB_OBJECTIVE_V};

static void test_names(void)
{
    nb_objective o = NB_OBJECTIVE_V;
    CHECK(nb_objective_find("x0", &o, NULL) == NB_OK && o == NB_OBJECTIVE_X0, "x0");
    FAILS(NB_ERR_ARGUMENT, "no objective is named \"x_0\": there are eps, x0, v, flow",
          nb_objective_find("x_0", &o, &failure));
    CHECK(nb_objective_name((nb_objective)4) == NULL && nb_objective_name((nb_objective)-1) == NULL, "4");
}

/* Of x_0 and eps at every timestep: the target, taken apart, is x_0 and eps again. */
static void test_round_trip(void)
{
    nb_schedule *s = new_schedule(NB_SCHEDULE_LINEAR, 1000);
    const float x_0[N * D] = {-1, 1, 0.5F, -0.25F, 0, 1, 0.75F, -1},
                        eps[N * D] = {0.3F, -2, 1, 0, 0.1F, 1.5F, -0.7F, 0.2F};
    for (int k = 0; k < SCHEDULED; k++) {
        double worst = 0.0;
        for (int32_t t = 0; t < 1000; t += 9) {
            const int32_t steps[N] = {t, t, t, t};
            const nb_level at = nb_level_of(s, t);
            float x[N * D], target[N * D], x0[N * D];
            nb_q_sample(s, N, D, x_0, steps, eps, x, NULL);
            REQUIRE(nb_objective_target(s, all[k], N, D, x_0, steps, eps, target, NULL) == NB_OK, "a target");
            nb_objective_split(all[k], &at, (size_t)N * D, x, target, x0);
            for (int i = 0; i < N * D; i++) {
                /* an error of eps is one of x_0 as noise / signal, and the other way round */
                worst = fmax(worst, fabs((double)(x0[i] - x_0[i]) * (double)at.signal));
                worst = fmax(worst, fabs((double)(target[i] - eps[i]) * (double)at.noise));
            }
        }
        CHECK(worst < 1e-6, "%s: %g", nb_objective_name(all[k]), worst);
    }
    float out[D];
    FAILS(NB_ERR_ARGUMENT, "timesteps are 0 to 999",
          nb_objective_target(s, NB_OBJECTIVE_V, 1, D, x_0, (int32_t[]){1000}, eps, out, &failure));
    FAILS(NB_ERR_ARGUMENT, "4 is no objective: there are eps (0), x0 (1), v (2), flow (3)",
          nb_objective_target(s, (nb_objective)4, 1, D, x_0, (int32_t[]){1}, eps, out, &failure));
    FAILS(NB_ERR_ARGUMENT, "a schedule for the objective flow",
          nb_objective_target(s, NB_OBJECTIVE_FLOW, 1, D, x_0, (int32_t[]){1}, eps, out, &failure));
    nb_schedule_destroy(s);
}

/* The noise by what the network gives for x at t, as the objective's definition has it. */
static double eps_of(nb_objective o, double signal, double noise, double x, double prediction)
{
    if (o == NB_OBJECTIVE_X0) return (x - signal * prediction) / noise;
    return o == NB_OBJECTIVE_V ? noise * x + signal * prediction : prediction;
}

/* DDIM written out in double, and the loss of the noise, with the same network taken for one of each objective. */
static void test_sampler(nb_objective o)
{
    const classes data = new_classes();
    course c = train_classes(4, (nb_train_config){.batch = BATCH, .lr = 1e-3, .objective = o});
    train_step(&c);
    CHECK(nb_model_get_training(c.model).objective == o, "the trainer noted another objective");
    const float x_T[N * D] = {0.5F, -1, 1, 1, -0.2F, 0.3F, 1.5F, -0.5F};
    nb_sample_config config = {.n = N, .steps = STEPS, .method = NB_DDIM, .clip = NB_CLIP_OFF};
    nb_sampler *sampler = begin(c.model, c.schedule, NULL, config, x_T);
    double x[N * D];
    for (int i = 0; i < N * D; i++) x[i] = (double)x_T[i];
    for (int k = 0; k < STEPS; k++) {
        const int t = nb_sampler_t(sampler);
        step(sampler);
        const int next = nb_sampler_t(sampler);
        const float *signals = nb_schedule_table(c.schedule, NB_SQRT_ALPHA_BAR);
        const float *noises = nb_schedule_table(c.schedule, NB_SQRT_ONE_MINUS_ALPHA_BAR);
        const double signal = (double)signals[t], noise = (double)noises[t];
        float in[N * D], out[N * D], times[N];
        for (int i = 0; i < N * D; i++) in[i] = (float)x[i];
        for (int i = 0; i < N; i++) times[i] = (float)t / (float)T;
        nb_model_forward(c.model, N, in, times, NULL, out, NULL);
        for (int i = 0; i < N * D; i++) {
            const double eps = eps_of(o, signal, noise, x[i], (double)out[i]),
                         x0 = (x[i] - noise * eps) / signal;
            x[i] = next < 0 ? x0 : (double)signals[next] * x0 + (double)noises[next] * eps;
        }
        double worst = 0.0, most = 1.0;
        for (int i = 0; i < N * D; i++) {
            worst = fmax(worst, fabs(x[i] - (double)nb_sampler_x(sampler)[i]));
            most = fmax(most, fabs(x[i]));
            x[i] = (double)nb_sampler_x(sampler)[i]; /* rounding does not grow from step to step */
        }
        CHECK(worst < 2e-3 * most, "%s at t = %d: %g of %g", nb_objective_name(o), t, worst, most);
    }
    nb_sampler_destroy(sampler);
    const int32_t level = 120;
    float eps[POINTS * D], noised[POINTS * D], out[POINTS * D], times[POINTS];
    int32_t steps[POINTS];
    double got, want = 0.0;
    nb_rng *rng = new_rng(5);
    nb_torch_randn(rng, (size_t)POINTS * D, eps);
    for (int i = 0; i < POINTS; i++) {
        steps[i] = level;
        times[i] = (float)level / (float)T;
    }
    nb_q_sample(c.schedule, POINTS, D, data.x, steps, eps, noised, NULL);
    nb_model_forward(c.model, POINTS, noised, times, NULL, out, NULL);
    const nb_level at = nb_level_of(c.schedule, level);
    for (int i = 0; i < POINTS * D; i++) {
        const double e = eps_of(o, (double)at.signal, (double)at.noise, (double)noised[i], (double)out[i]);
        want += (e - (double)eps[i]) * (e - (double)eps[i]) / (POINTS * D);
    }
    REQUIRE(nb_loss_by_level(c.model, c.schedule, POINTS, data.x, NULL, NULL, 1, &level, 0, eps, &got,
                             NULL) == NB_OK,
            "a loss");
    CHECK(fabs(got - want) < 1e-5 * want, "%s: %g, by hand %g", nb_objective_name(o), got, want);
    nb_rng_destroy(rng);
    course_end(&c);
}

int main(void)
{
    test_names();
    test_round_trip();
    for (int k = 0; k < SCHEDULED; k++) test_sampler(all[k]);
    return check_report();
}
